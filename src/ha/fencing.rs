//! The fencing device, and the human on duty.

use std::rc::Rc;

use super::config::{Config, Decision};
use super::durable::{Durable, Write};
use super::message::{InSync, Message, Pos, Timer};
use super::note::Note;
use super::system::Ha;
use super::voter::{Safe, Unsafe};
use crate::sim::{Dice, Domain, Input, MachineId, Micros, Outbox};

/// A device that can cut a node's power (STONITH).
///
/// An order that has arrived is carried out, whatever becomes of the node that gave it: so two nodes can shoot
/// each other.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Fencer {
    config: Rc<Config>,
    me: MachineId,
    /// For each data node: who wants it off, for which epoch, and which order that was.
    orders: Vec<Vec<(MachineId, u32, u32)>>,
    /// Counts what it has done, for its dice.
    done: u32,
}

impl Fencer {
    pub(super) fn new(config: Rc<Config>, me: MachineId) -> Self {
        let orders = vec![Vec::new(); config.layout.data.len()];
        Self { config, me, orders, done: 0 }
    }

    /// Whether the power of data node `index` is about to be cut.
    pub fn is_at_work(&self, index: usize) -> bool {
        !self.orders[index].is_empty()
    }

    #[inline(never)]
    pub(super) fn step(&mut self, input: &Input<Ha>, out: &mut Outbox<Ha>) {
        let Some(stonith) = self.config.nodes.fencing.stonith else { return };
        match *input {
            Input::Message { from, body: Message::Fence { target, epoch, order }, .. } => {
                let Some(index) = self.config.layout.data_index(target) else { return };
                self.orders[index].push((from, epoch, order));
                if self.orders[index].len() == 1 {
                    out.set_timer(Timer::FenceDone(index as u8), stonith.delay_us, stonith.delay_us);
                }
            }
            Input::Timer(Timer::FenceDone(index)) => {
                let target = self.config.layout.data[usize::from(index)];
                let mut dice = Dice::keyed(self.config.seed, Domain::Fence, self.me.number().into(), self.done.into());
                self.done += 1;
                let confirmed = dice.chance_ppm(stonith.success_ppm);
                if confirmed {
                    out.power_off(target);
                    if stonith.reboot {
                        out.power_on(target);
                    }
                }
                for (from, epoch, order) in self.orders[usize::from(index)].drain(..) {
                    if from != target {
                        out.datagram(from, Message::FenceReply { target, epoch, order, confirmed });
                    }
                }
            }
            _ => {}
        }
    }
}

/// The human on duty: is called, takes some time, looks who still calls, and acts: picks the most advanced
/// standby, or pulls the plug of a node that a fencing device could not switch off.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Operator {
    config: Rc<Config>,
    /// The newest in-sync set recorded.
    in_sync: InSync,
    /// Masters of this epoch and older ones have been given up: their sets are not recorded any more.
    given_up: u32,
    /// What was given up before the last order: it counts again if that order turns out not to be needed.
    given_up_before: u32,
    /// Who was chosen last, and the epoch that it begins by that, unless it has heard of newer ones. Who is chosen
    /// next begins a newer one: without that the old master's successor could be older than the old master.
    chosen: Option<(MachineId, u32)>,
    /// Counts the orders to become master.
    orders: u32,
    work: Work,
    /// Calls not yet acted upon.
    calls: Vec<Call>,
    pending: Unsafe,
}

/// What the operator is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Work {
    /// Nobody has called.
    Nothing,
    /// On the way.
    Coming,
    /// Looks who still calls: a master that was only silent for a while needs no replacement.
    Looking,
}

/// A call to the operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Call {
    /// Who called.
    pub node: MachineId,
    /// Epoch in which the master was lost.
    pub epoch: u32,
    /// The newest epoch that the caller has heard of.
    pub newest: u32,
    /// The end of the caller's log.
    pub last: Pos,
    /// Bit *i*: the plug of data node *i* has to be pulled; none: somebody has to be chosen.
    pub targets: u8,
}

impl Operator {
    pub(super) fn new(config: Rc<Config>, durable: &Durable) -> Self {
        let (in_sync, given_up) = (durable.in_sync, durable.epoch);
        let given_up = if durable.voted_for.is_some() { given_up } else { 0 };
        Self {
            config,
            in_sync,
            given_up,
            given_up_before: given_up,
            chosen: durable.name,
            orders: 0,
            work: Work::Nothing,
            calls: Vec::new(),
            pending: Unsafe::default(),
        }
    }

    /// Calls not yet acted upon.
    pub fn calls(&self) -> &[Call] {
        &self.calls
    }

    #[inline(never)]
    pub(super) fn step(&mut self, input: &Input<Ha>, out: &mut Outbox<Ha>) {
        match *input {
            Input::Message { from, ref body, .. } => match *body {
                Message::Page { epoch, newest, last, targets } => {
                    self.called(Call { node: from, epoch, newest, last, targets }, out);
                }
                Message::Decline { order } => self.declined(order, out),
                Message::SetInSync { epoch, set } => self.record(from, epoch, set, out),
                _ => {}
            },
            Input::Timer(Timer::Operator) if self.work == Work::Coming => self.look(out),
            Input::Timer(Timer::Operator) => self.act(out),
            Input::Synced(ticket) => {
                while let Some(safe) = self.pending.synced(ticket) {
                    if let Safe::Stream(to, message) = safe {
                        out.stream(to, message);
                    }
                }
            }
            Input::WriteFailed(ticket) => self.pending.failed(ticket),
            _ => {}
        }
    }

    /// Records an in-sync set for a master that was not given up, and says so when it is on the disk.
    fn record(&mut self, master: MachineId, epoch: u32, set: InSync, out: &mut Outbox<Ha>) {
        if epoch <= self.given_up {
            let refusal = Message::AppendRefused { epoch: self.given_up + 1, last: Pos::default(), base: 0 };
            out.datagram(master, refusal);
        } else if set >= self.in_sync {
            self.in_sync = set;
            let answer = Safe::Stream(master, Message::InSyncRecorded { epoch, set });
            self.pending.persist(Write::InSync(set), answer, out);
        }
    }

    /// Shortest and longest time from a call to an act, and how much of it is the look at who still calls.
    fn reaction_us(&self) -> (Micros, Micros, Micros) {
        let (lo, hi) = match self.config.nodes.decision {
            Decision::Operator { reaction_lo_us, reaction_hi_us } => (reaction_lo_us, reaction_hi_us),
            // Called only because the fencing device failed: to look at the machine and pull its plug.
            Decision::Alone { .. } | Decision::Majority | Decision::Manager => {
                let takes = self.config.nodes.fencing.stonith.map_or(0, |stonith| stonith.operator_us);
                (takes, takes)
            }
        };
        // Whoever is in need calls with every heartbeat.
        (lo, hi, lo.min(self.config.nodes.detection.heartbeat_us * 5 / 2))
    }

    fn called(&mut self, call: Call, out: &mut Outbox<Ha>) {
        if self.work == Work::Nothing {
            self.work = Work::Coming;
            let (lo, hi, look) = self.reaction_us();
            out.note(Note::OperatorCalled { by: call.node, fencing: call.targets != 0 });
            out.set_timer(Timer::Operator, lo - look, hi - look);
        }
        self.calls.retain(|known| known.node != call.node);
        self.calls.push(call);
    }

    fn look(&mut self, out: &mut Outbox<Ha>) {
        let (_, _, look) = self.reaction_us();
        self.work = Work::Looking;
        if look > 0 {
            self.calls.clear();
        }
        out.set_timer(Timer::Operator, look, look);
    }

    fn act(&mut self, out: &mut Outbox<Ha>) {
        self.work = Work::Nothing;
        let calls = std::mem::take(&mut self.calls);
        for call in calls.iter().filter(|call| call.targets != 0) {
            for (index, node) in self.config.layout.data.iter().enumerate() {
                if call.targets >> index & 1 == 1 {
                    out.power_off(*node);
                }
            }
            out.note(Note::OperatorActs { node: call.node, epoch: call.epoch });
            let order = Message::Promote { epoch: call.epoch, order: 0, fenced: true, may_be_master: 0 };
            out.stream(call.node, order);
        }
        let calls_for_help = |node: &MachineId| calls.iter().any(|call| call.node == *node);
        let others = self.config.layout.data.iter().enumerate().filter(|(_, node)| !calls_for_help(node));
        let may_be_master = others.fold(0, |set, (index, _)| set | 1 << index);
        let may = |call: &&Call| {
            let index = self.config.layout.data_index(call.node);
            call.targets == 0 && (!self.config.agrees_in_sync() || index.is_some_and(|index| self.in_sync.has(index)))
        };
        let best = calls.iter().filter(may).max_by_key(|call| (call.last, std::cmp::Reverse(call.node)));
        if let Some(call) = best {
            // From now on the lost master must not agree on a set without the one that is chosen.
            let lost = self.in_sync.epoch.max(call.epoch).max(self.chosen.map_or(0, |(_, epoch)| epoch));
            self.given_up_before = self.given_up;
            self.given_up = self.given_up.max(lost);
            self.orders += 1;
            let newest = calls.iter().map(|call| call.newest).max().unwrap_or(0).max(self.given_up);
            let index = self.config.layout.data_index(call.node).expect("only data nodes may be chosen");
            let begins = self.config.layout.epoch_after(newest, index);
            self.chosen = Some((call.node, begins));
            out.note(Note::OperatorActs { node: call.node, epoch: call.epoch });
            out.persist(Write::Name(call.node, begins));
            let order = Message::Promote { epoch: self.given_up, order: self.orders, fenced: false, may_be_master };
            let order = Safe::Stream(call.node, order);
            self.pending.persist(self.promise(), order, out);
        }
    }

    fn promise(&self) -> Write {
        Write::Promise { epoch: self.given_up, voted_for: self.chosen.map(|(node, _)| node) }
    }

    /// Who was chosen last hears a master again and does nothing. That master was not lost, and its sets are recorded
    /// as before; if it stayed given up, it would have to go as soon as it asked for a new set, for no reason.
    fn declined(&mut self, order: u32, out: &mut Outbox<Ha>) {
        if order == self.orders {
            self.given_up = self.given_up_before;
            self.pending.persist(self.promise(), Safe::Log(0), out);
        }
    }
}
