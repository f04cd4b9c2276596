//! A small world for one ensemble: machines with disks, a clock, and faults. Everything is drawn from the seed.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use super::judge::{Applied, Judge};
use super::wires::Wire;
pub use crate::ha::cluster::zab::Config;
use crate::ha::cluster::zab::{
    Durable, Effect, Input, Members, Note, Outbox, Service, Snapshot, State, Timer, Write, Zab,
};
use crate::sim::{CloseReason, Dice, Domain, MachineId, Ticket};

pub const MS: u64 = 1_000;
pub const S: u64 = 1_000 * MS;

/// Transactions are numbers, and the state is the list of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Lab;

impl Service for Lab {
    type Txn = u32;
    type State = Vec<Applied>;
    type Touched = BTreeSet<u32>;
}

/// One machine, with its disk and its process.
#[derive(Clone, Debug)]
pub struct Node {
    pub zab: Option<Zab<Lab>>,
    pub disk: Durable<Lab>,
    /// Written, but not on the disk.
    pub unsynced: VecDeque<(Ticket, Write<Lab>)>,
    pub sync_us: (u64, u64),
    pub disk_full: bool,
    pub frozen: bool,
    inbox: VecDeque<Input<Lab>>,
    /// What the process has applied.
    pub applied: Vec<Applied>,
    pub notes: Vec<(u64, Note)>,
    pub synced: Vec<u64>,
    pub refused: Vec<u32>,
    pub touched: BTreeSet<u32>,
    next_ticket: Ticket,
    timers: BTreeMap<Timer, u64>,
    syncing: Option<u64>,
}

#[derive(Clone, Copy, Debug)]
pub enum Due {
    Timer { node: usize, timer: Timer, version: u64 },
    Pump { from: usize, to: usize },
    Hangup { from: usize, to: usize, id: u64, reason: CloseReason },
    Synced { node: usize, version: u64, upto: Ticket },
    WriteFailed { node: usize, ticket: Ticket },
}

#[derive(Clone, Debug)]
pub struct Net {
    pub now: u64,
    pub config: Config,
    pub nodes: Vec<Node>,
    pub judge: Judge,
    /// One-way latency.
    pub latency_us: (u64, u64),
    /// After how long a sender gives up a connection on which nothing passes.
    pub give_up_us: u64,
    pub cut: BTreeSet<(usize, usize)>,
    pub wires: BTreeMap<(usize, usize), Wire>,
    queue: BTreeMap<(u64, u64), Due>,
    pub ordinal: u64,
    seed: u64,
    next_value: u32,
}

pub fn id(node: usize) -> MachineId {
    MachineId::from_index(node)
}

/// Short limits: a tick of 200 ms, so that a machine that vanished is missed after a second.
pub fn config(members: usize) -> Config {
    Config {
        tick_us: 200 * MS,
        notify_max_us: 2 * S,
        restart_us: S,
        snapshot_every: 40,
        log_tail: 40,
        ..Config::zookeeper(Members::of((0..members).map(id)))
    }
}

impl Net {
    /// All members, not started.
    pub fn new(config: Config, seed: u64) -> Self {
        let node = Node {
            zab: None,
            disk: Durable::default(),
            unsynced: VecDeque::new(),
            sync_us: (MS, 5 * MS),
            disk_full: false,
            frozen: false,
            inbox: VecDeque::new(),
            applied: Vec::new(),
            notes: Vec::new(),
            synced: Vec::new(),
            refused: Vec::new(),
            touched: BTreeSet::new(),
            next_ticket: Ticket::FIRST,
            timers: BTreeMap::new(),
            syncing: None,
        };
        Self {
            now: 0,
            nodes: vec![node; config.members.len() as usize],
            config,
            judge: Judge::default(),
            latency_us: (MS, 3 * MS),
            give_up_us: 20 * S,
            cut: BTreeSet::new(),
            wires: BTreeMap::new(),
            queue: BTreeMap::new(),
            ordinal: 0,
            seed,
            next_value: 0,
        }
    }

    /// All members, started, with an established leader and all others following.
    pub fn established(members: usize) -> Self {
        let mut net = Self::new(config(members), 1);
        net.start_all();
        assert!(net.run_until(10 * S, |net| net.nodes.iter().all(Node::serves)), "{}", net.tell());
        net
    }

    pub fn draw(&mut self, (lo, hi): (u64, u64)) -> u64 {
        self.ordinal += 1;
        Dice::keyed(self.seed, Domain::Message, 0, self.ordinal).between(lo, hi)
    }

    pub fn schedule(&mut self, after_us: u64, due: Due) {
        self.ordinal += 1;
        self.queue.insert((self.now + after_us, self.ordinal), due);
    }

    // ---- running --------------------------------------------------------------------------------------------

    /// Lets time pass.
    pub fn run(&mut self, us: u64) {
        self.run_until(us, |_| false);
    }

    /// Lets time pass until something holds; false if it does not within `us`.
    pub fn run_until(&mut self, us: u64, mut done: impl FnMut(&Self) -> bool) -> bool {
        let end = self.now + us;
        while !done(self) {
            match self.queue.first_key_value() {
                Some(((at, _), _)) if *at <= end => {
                    let ((at, _), due) = self.queue.pop_first().expect("just seen");
                    self.now = at;
                    self.happen(due);
                }
                _ => {
                    self.now = end;
                    return done(self);
                }
            }
        }
        true
    }

    fn happen(&mut self, due: Due) {
        match due {
            Due::Timer { node, timer, version } => {
                if self.nodes[node].timers.get(&timer) == Some(&version) {
                    self.nodes[node].timers.remove(&timer);
                    self.give(node, Input::Timer(timer));
                }
            }
            Due::Pump { from, to } => self.pump(from, to),
            Due::Hangup { from, to, id, reason } => {
                let (wire, side) = self.wire(to, from);
                if wire.ends[side] == Some(id) && (reason == CloseReason::TimedOut || self.passes(from, to)) {
                    self.end_gone(to, from);
                    self.give(to, Input::Closed { peer: MachineId::from_index(from), reason });
                }
            }
            Due::WriteFailed { node, ticket } => self.give(node, Input::WriteFailed(ticket)),
            Due::Synced { node, version, upto } => {
                if self.nodes[node].syncing == Some(version) {
                    self.nodes[node].syncing = None;
                    self.flush(node, upto);
                    self.begin_sync(node);
                    self.give(node, Input::Synced(upto));
                }
            }
        }
    }

    /// An input for a process, which waits if that is frozen.
    pub fn give(&mut self, node: usize, input: Input<Lab>) {
        if self.nodes[node].zab.is_some() {
            self.nodes[node].inbox.push_back(input);
            self.drain_inbox(node);
        }
    }

    fn drain_inbox(&mut self, node: usize) {
        while !self.nodes[node].frozen
            && let Some(input) = self.nodes[node].inbox.pop_front()
        {
            self.step(node, input);
        }
    }

    fn step(&mut self, node: usize, input: Input<Lab>) {
        let mut out = Outbox::new(self.nodes[node].next_ticket);
        self.nodes[node].zab.as_mut().expect("it runs").step(input, &mut out);
        let (effects, next_ticket) = out.into_parts();
        self.nodes[node].next_ticket = next_ticket;
        for effect in effects {
            self.carry_out(node, effect);
        }
    }

    fn carry_out(&mut self, node: usize, effect: Effect<Lab>) {
        match effect {
            Effect::Send(to, body) => self.send(node, to.index(), body),
            Effect::Close(peer) => self.close(node, peer.index()),
            Effect::SetTimer(timer, lo, hi) => {
                let after_us = self.draw((lo, hi));
                let version = self.ordinal;
                self.nodes[node].timers.insert(timer, version);
                self.schedule(after_us, Due::Timer { node, timer, version });
            }
            Effect::CancelTimer(timer) => {
                self.nodes[node].timers.remove(&timer);
            }
            // Some of what comes at once with it may still fit: a hole in the history is what must not be.
            Effect::Persist(ticket, _) if self.nodes[node].disk_full && self.draw((0, 1)) == 0 => {
                let after_us = self.draw((0, MS / 2));
                self.schedule(after_us, Due::WriteFailed { node, ticket });
            }
            Effect::Persist(ticket, write) => {
                self.nodes[node].unsynced.push_back((ticket, write));
                self.begin_sync(node);
            }
            Effect::Proposed { zxid, txn } => self.judge.on_proposed(zxid, txn),
            Effect::ProposalRefused { txn, .. } => self.nodes[node].refused.push(txn),
            Effect::InstallSnapshot(snapshot) => {
                self.judge.on_installed(node, &snapshot.state);
                self.nodes[node].applied = Vec::clone(&snapshot.state);
            }
            Effect::Delivered { zxid, txn } => {
                let disks: Vec<_> = self.nodes.iter().map(|node| &node.disk).collect();
                self.judge.on_delivered(node, self.nodes[node].applied.len(), (zxid, txn), &disks);
                self.nodes[node].applied.push((zxid, txn));
            }
            Effect::CheckpointDue { zxid } => {
                let snapshot = Snapshot { zxid, state: Rc::new(self.nodes[node].applied.clone()) };
                self.nodes[node].inbox.push_back(Input::Checkpoint(snapshot));
            }
            Effect::ServiceStarted { epoch, leading: true } => {
                let disks: Vec<_> = self.nodes.iter().map(|node| &node.disk).collect();
                self.judge.on_established(node, epoch, self.nodes[node].applied.len(), &disks);
            }
            Effect::ServiceStarted { .. } | Effect::ServiceStopped | Effect::SyncDropped(_) => {}
            Effect::SyncDone(ctx) => self.nodes[node].synced.push(ctx),
            Effect::Touched { touched, .. } => self.nodes[node].touched.extend(touched.iter()),
            Effect::Note(note) => self.nodes[node].notes.push((self.now, note)),
        }
    }

    // ---- disks ----------------------------------------------------------------------------------------------

    fn begin_sync(&mut self, node: usize) {
        let machine = &self.nodes[node];
        if let (None, Some((upto, _))) = (machine.syncing, machine.unsynced.back()) {
            let upto = *upto;
            let takes_us = self.draw(machine.sync_us);
            let version = self.ordinal;
            self.nodes[node].syncing = Some(version);
            self.schedule(takes_us, Due::Synced { node, version, upto });
        }
    }

    fn flush(&mut self, node: usize, upto: Ticket) {
        let machine = &mut self.nodes[node];
        while let Some((_, write)) = machine.unsynced.pop_front_if(|(ticket, _)| *ticket <= upto) {
            machine.disk.apply(write);
        }
    }

    // ---- faults ---------------------------------------------------------------------------------------------

    pub fn is_machine_up(&self, node: usize) -> bool {
        // A machine that is down is cut off from itself.
        self.passes(node, node)
    }

    pub fn start(&mut self, node: usize) {
        self.cut.remove(&(node, node));
        if self.nodes[node].zab.is_none() {
            self.nodes[node].zab = Some(Zab::new(self.config, id(node), &self.nodes[node].disk));
            self.give(node, Input::Start);
        }
    }

    pub fn start_all(&mut self) {
        for node in 0..self.nodes.len() {
            self.start(node);
        }
    }

    fn process_gone(&mut self, node: usize) {
        let machine = &mut self.nodes[node];
        machine.zab = None;
        machine.frozen = false;
        machine.inbox.clear();
        machine.timers.clear();
        machine.applied.clear();
    }

    /// The process dies: its connections are closed, its writes reach the disk.
    pub fn crash_process(&mut self, node: usize) {
        if self.nodes[node].zab.is_none() {
            return;
        }
        self.process_gone(node);
        for peer in (0..self.nodes.len()).filter(|peer| *peer != node) {
            self.close(node, peer);
        }
        if let Some((upto, _)) = self.nodes[node].unsynced.back() {
            let upto = *upto;
            self.flush(node, upto);
        }
        self.nodes[node].syncing = None;
    }

    /// The machine dies, silently: all but the first `kept` unsynced writes are lost.
    pub fn crash_machine(&mut self, node: usize, kept: usize) {
        self.process_gone(node);
        self.cut.insert((node, node));
        for peer in (0..self.nodes.len()).filter(|peer| *peer != node) {
            self.end_gone(node, peer);
            let (wire, side) = self.wire(node, peer);
            wire.lanes[side].waiting.clear();
        }
        let machine = &mut self.nodes[node];
        machine.unsynced.truncate(kept);
        machine.syncing = None;
        if let Some((upto, _)) = machine.unsynced.back() {
            let upto = *upto;
            self.flush(node, upto);
        }
    }

    pub fn freeze(&mut self, node: usize) {
        self.nodes[node].frozen = self.nodes[node].zab.is_some();
    }

    /// What waited is taken in its order.
    pub fn thaw(&mut self, node: usize) {
        self.nodes[node].frozen = false;
        self.drain_inbox(node);
    }

    pub fn cut(&mut self, from: usize, to: usize) {
        self.cut.insert((from, to));
    }

    /// Members of `group` and the others do not hear each other.
    pub fn partition(&mut self, group: &[usize]) {
        for a in 0..self.nodes.len() {
            for b in 0..self.nodes.len() {
                if group.contains(&a) != group.contains(&b) {
                    self.cut(a, b);
                }
            }
        }
    }

    /// All links pass again.
    pub fn heal(&mut self) {
        self.cut.retain(|(from, to)| from == to);
    }

    // ---- asking ---------------------------------------------------------------------------------------------

    /// Broadcasts a new value at a member; gives the value.
    pub fn propose(&mut self, node: usize) -> u32 {
        self.next_value += 1;
        let value = self.next_value;
        if self.nodes[node].zab.is_some() {
            self.judge.on_broadcast(value);
            self.give(node, Input::Propose(value));
        }
        value
    }

    pub fn sync(&mut self, node: usize, ctx: u64) {
        self.give(node, Input::Sync(ctx));
    }

    /// The established leader of the newest epoch.
    pub fn leader(&self) -> Option<usize> {
        let leads = |node: &usize| {
            let node = &self.nodes[*node];
            node.serves() && matches!(node.state(), Some(State::Leading { .. }))
        };
        (0..self.nodes.len()).filter(leads).max_by_key(|node| self.nodes[*node].zab.as_ref().map(Zab::epoch))
    }

    /// Values delivered by a member.
    pub fn values(&self, node: usize) -> Vec<u32> {
        self.nodes[node].applied.iter().map(|(_, value)| *value).collect()
    }

    /// Everything said, for a failed test.
    pub fn tell(&self) -> String {
        let mut lines: Vec<_> = Vec::new();
        for (index, node) in self.nodes.iter().enumerate() {
            lines.extend(node.notes.iter().map(|(at, note)| (*at, index, format!("{note:?}"))));
        }
        lines.sort_by_key(|(at, ..)| *at);
        let line = |(at, node, note): &(u64, usize, String)| format!("{at:>10} us  member {node}  {note}\n");
        let notes: String = lines.iter().map(line).collect();
        let states: Vec<_> = self.nodes.iter().map(Node::state).collect();
        format!("{notes}{states:?}\n{:?}", self.judge.wrong)
    }
}

impl Node {
    pub fn serves(&self) -> bool {
        self.zab.as_ref().is_some_and(Zab::serves)
    }

    pub fn state(&self) -> Option<State> {
        self.zab.as_ref().map(Zab::state)
    }

    /// When it said something for which `which` holds, for the first time since `since`.
    pub fn said(&self, since: u64, which: impl Fn(&Note) -> bool) -> Option<u64> {
        self.notes.iter().find(|(at, note)| *at >= since && which(note)).map(|(at, _)| *at)
    }
}
