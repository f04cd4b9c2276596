//! The fencing device, and the human on duty.

use std::rc::Rc;

use super::config::{Config, Decision};
use super::durable::{Durable, Write};
use super::message::{InSync, Message, Pos, Timer};
use super::note::Note;
use super::system::Ha;
use crate::sim::{Dice, Domain, Input, MachineId, Outbox};

/// A device that can cut a node's power (STONITH).
///
/// An order that has arrived is carried out, whatever becomes of the node that gave it: so two nodes can shoot
/// each other.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Fencer {
    config: Rc<Config>,
    me: MachineId,
    /// For each data node: who wants it off, and which order that was.
    orders: Vec<Vec<(MachineId, u32)>>,
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

    pub(super) fn step(&mut self, input: &Input<Ha>, out: &mut Outbox<Ha>) {
        let Some(stonith) = self.config.nodes.fencing.stonith else { return };
        match *input {
            Input::Message { from, body: Message::Fence { target, order }, .. } => {
                let Some(index) = self.config.layout.data_index(target) else { return };
                self.orders[index].push((from, order));
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
                for (from, order) in self.orders[usize::from(index)].drain(..) {
                    if from != target {
                        out.datagram(from, Message::FenceReply { target, order, confirmed });
                    }
                }
            }
            _ => {}
        }
    }
}

/// The human on duty: is called, thinks, and picks the most advanced standby that called.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Operator {
    config: Rc<Config>,
    in_sync: InSync,
    /// Calls not yet acted upon: who, epoch of the lost master, end of the caller's log, and whether it is
    /// about fencing.
    calls: Vec<Call>,
}

/// A call to the operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Call {
    /// Who called.
    pub node: MachineId,
    /// Epoch in which the master was lost.
    pub epoch: u32,
    /// The end of the caller's log.
    pub last: Pos,
    /// It is about fencing.
    pub fencing: bool,
}

impl Operator {
    pub(super) fn new(config: Rc<Config>, durable: &Durable) -> Self {
        Self { config, in_sync: durable.in_sync, calls: Vec::new() }
    }

    /// Calls not yet acted upon.
    pub fn calls(&self) -> &[Call] {
        &self.calls
    }

    pub(super) fn step(&mut self, input: &Input<Ha>, out: &mut Outbox<Ha>) {
        match *input {
            Input::Message { from, ref body, .. } => match *body {
                Message::Page { epoch, last, fencing } => self.called(Call { node: from, epoch, last, fencing }, out),
                Message::SetInSync { epoch, set } if set > self.in_sync => {
                    self.in_sync = set;
                    out.persist(Write::InSync(set));
                    out.stream(from, Message::InSyncRecorded { epoch, set });
                }
                _ => {}
            },
            Input::Timer(Timer::Operator) => self.act(out),
            _ => {}
        }
    }

    fn called(&mut self, call: Call, out: &mut Outbox<Ha>) {
        if self.calls.is_empty() {
            let (lo, hi) = match self.config.nodes.decision {
                Decision::Operator { reaction_lo_us, reaction_hi_us } => (reaction_lo_us, reaction_hi_us),
                // Called only because the fencing device failed: to look at the machine and pull its plug.
                Decision::Alone { .. } | Decision::Majority => {
                    let takes = self.config.nodes.fencing.stonith.map_or(0, |stonith| stonith.operator_us);
                    (takes, takes)
                }
            };
            out.note(Note::OperatorCalled { by: call.node, fencing: call.fencing });
            out.set_timer(Timer::Operator, lo, hi);
        }
        self.calls.retain(|known| known.node != call.node);
        self.calls.push(call);
    }

    fn act(&mut self, out: &mut Outbox<Ha>) {
        let calls = std::mem::take(&mut self.calls);
        for call in calls.iter().filter(|call| call.fencing) {
            out.note(Note::OperatorActs { node: call.node, epoch: call.epoch });
            out.stream(call.node, Message::Promote { epoch: call.epoch, fenced: true });
        }
        let may = |call: &&Call| {
            let index = self.config.layout.data_index(call.node);
            !call.fencing && (!self.config.agrees_in_sync() || index.is_some_and(|index| self.in_sync.has(index)))
        };
        let best = calls.iter().filter(may).max_by_key(|call| (call.last, std::cmp::Reverse(call.node)));
        if let Some(call) = best {
            out.note(Note::OperatorActs { node: call.node, epoch: call.epoch });
            out.stream(call.node, Message::Promote { epoch: call.epoch, fenced: false });
        }
    }
}
