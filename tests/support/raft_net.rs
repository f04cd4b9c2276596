//! A small deterministic network for servers of Raft: delays, losses, partitions, disks that sync late, and crashes.
//! The [`checks`] look at every effect.
//!
//! Every draw has a key of its own, so that a schedule with one fault less is the same otherwise.

#![allow(dead_code, missing_docs)]

#[path = "raft_checks.rs"]
mod checks;

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use checks::Checks;
use ha_lab::ha::cluster::raft::{
    Change, Command, Config, Durable, Effect, Input, Kind, Members, Message, Note, Outbox, Payload, Raft, Timer, Write,
    WriteId,
};
use ha_lab::sim::{Dice, Domain, MachineId};

/// A command: a number. The state is the list of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Word(pub u32);

impl Command for Word {
    type State = Rc<Vec<u32>>;
}

pub fn m(index: usize) -> MachineId {
    MachineId::from_index(index)
}

/// Whether a message from one server to another is lost.
pub type Swallow = fn(usize, usize, &Message<Word>) -> bool;

/// What is lost in a crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// The process alone: the operating system writes out everything.
    Nothing,
    /// All but this many of the writes that are not synced.
    AllBut(usize),
}

#[derive(Clone, Debug)]
enum Event {
    Deliver { from: usize, to: usize, message: Message<Word> },
    Synced { node: usize, life: u32, write: WriteId },
    Failed { node: usize, life: u32, write: WriteId },
    Timer { node: usize, life: u32, timer: Timer, set: u64 },
}

#[derive(Clone, Debug)]
pub struct Node {
    pub server: Option<Raft<Word>>,
    pub disk: Durable<Word>,
    pub unsynced: VecDeque<(WriteId, Write<Word>)>,
    /// Its disk refuses writes.
    pub full: bool,
    /// Its disk takes writes, and syncs none of them.
    pub stalled: bool,
    /// What its state machine holds.
    pub words: Rc<Vec<u32>>,
    /// Up to here.
    pub applied: u32,
    timers: BTreeMap<Timer, u64>,
    life: u32,
    disk_busy_until: u64,
}

pub struct Net {
    pub seed: u64,
    pub config: Config,
    pub now_us: u64,
    pub nodes: Vec<Node>,
    /// What the servers said, with the time.
    pub notes: Vec<(u64, usize, Note)>,
    /// Answers to reads: the server, the read, and the index if it was answered.
    pub reads: Vec<(usize, u64, Option<u32>)>,
    pub latency_us: (u64, u64),
    pub sync_us: (u64, u64),
    pub loss_ppm: u32,
    pub doubled_ppm: u32,
    /// Messages for which it says yes are lost.
    pub swallow: Option<Swallow>,
    /// How many messages of each kind were sent.
    pub kinds: BTreeMap<Kind, u32>,
    pub checks: Checks,
    /// Bit `to` of entry `from`: nothing gets through.
    cut: Vec<u32>,
    queue: BTreeMap<(u64, u64), Event>,
    order: u64,
    drawn: BTreeMap<(u8, u64), u64>,
    next_read: u64,
    next_word: u32,
}

impl Net {
    /// `machines` servers, the first `voters` of which are the ensemble; all started.
    pub fn new(seed: u64, config: Config, machines: usize, voters: usize) -> Self {
        let members = Members::of((0..voters).map(m));
        let node = |index| Node {
            server: None,
            disk: Durable::new(if index < voters { members } else { Members::default() }),
            unsynced: VecDeque::new(),
            full: false,
            stalled: false,
            words: Rc::default(),
            applied: 0,
            timers: BTreeMap::new(),
            life: 0,
            disk_busy_until: 0,
        };
        let mut net = Self {
            seed,
            config,
            now_us: 0,
            nodes: (0..machines).map(node).collect(),
            notes: Vec::new(),
            reads: Vec::new(),
            latency_us: (1_000, 1_000),
            sync_us: (1_000, 1_000),
            loss_ppm: 0,
            doubled_ppm: 0,
            swallow: None,
            kinds: BTreeMap::new(),
            checks: Checks::default(),
            cut: vec![0; machines],
            queue: BTreeMap::new(),
            order: 0,
            drawn: BTreeMap::new(),
            next_read: 0,
            next_word: 0,
        };
        (0..machines).for_each(|node| net.start(node));
        net
    }

    // ---- what a test looks at ----

    pub fn server(&self, node: usize) -> &Raft<Word> {
        self.nodes[node].server.as_ref().expect("it is up")
    }

    /// The leader of the newest term that has one.
    pub fn leader(&self) -> Option<usize> {
        let leads = |node: &usize| self.nodes[*node].server.as_ref().is_some_and(Raft::is_leader);
        (0..self.nodes.len()).filter(leads).max_by_key(|node| self.server(*node).term())
    }

    pub fn noted(&self, node: usize, says: impl Fn(&Note) -> bool) -> bool {
        self.notes.iter().any(|(_, who, note)| *who == node && says(note))
    }

    pub fn words(&self, node: usize) -> &[u32] {
        &self.nodes[node].words
    }

    // ---- what a test does ----

    pub fn campaign(&mut self, node: usize) {
        self.step(node, Input::Campaign);
    }

    /// A new word, for this server to put into the log.
    pub fn propose(&mut self, node: usize) -> u32 {
        self.next_word += 1;
        self.step(node, Input::Propose(Word(self.next_word)));
        self.next_word
    }

    pub fn read(&mut self, node: usize) -> u64 {
        self.next_read += 1;
        self.checks.read_begins(self.next_read);
        self.step(node, Input::ReadIndex(self.next_read));
        self.next_read
    }

    pub fn change(&mut self, node: usize, change: Change) {
        self.step(node, Input::Change(change));
    }

    pub fn compact(&mut self, node: usize) {
        let Node { applied: index, words: state, .. } = self.nodes[node].clone();
        self.step(node, Input::Compact { index, state });
    }

    /// This timer of this server runs out now.
    pub fn fire(&mut self, node: usize, timer: Timer) {
        self.step(node, Input::Timer(timer));
    }

    pub fn crash(&mut self, node: usize, lost: Lost) {
        let it = &mut self.nodes[node];
        if it.server.take().is_some() {
            let kept = if let Lost::AllBut(kept) = lost { kept } else { usize::MAX };
            for (_, write) in std::mem::take(&mut it.unsynced).into_iter().take(kept) {
                it.disk.apply(write);
            }
            it.timers.clear();
            it.life += 1;
        }
    }

    pub fn start(&mut self, node: usize) {
        let it = &mut self.nodes[node];
        if it.server.is_none() {
            self.checks.restarts(m(node), &it.disk);
            it.server = Some(Raft::new(self.config, m(node), &it.disk));
            it.words = Rc::clone(&it.disk.log.snapshot().state);
            it.applied = it.disk.log.base();
            self.step(node, Input::Start);
        }
    }

    /// Nothing gets through in this direction.
    pub fn cut(&mut self, from: usize, to: usize) {
        self.cut[from] |= 1 << to;
    }

    /// Only those in the same group hear each other; bit *i* of `side`: server *i* is on this side.
    pub fn partition(&mut self, side: u32) {
        for (from, cut) in self.cut.iter_mut().enumerate() {
            *cut = if side >> from & 1 == 1 { !side } else { side };
        }
    }

    pub fn isolate(&mut self, node: usize) {
        self.partition(1 << node);
    }

    pub fn heal(&mut self) {
        self.cut.fill(0);
    }

    /// Whether anything gets through from one to the other.
    pub fn connected(&self, from: usize, to: usize) -> bool {
        self.cut[from] >> to & 1 == 0
    }

    pub fn stall_disk(&mut self, node: usize, stalled: bool) {
        self.nodes[node].stalled = stalled;
        if !stalled {
            let writes: Vec<_> = self.nodes[node].unsynced.iter().map(|(write, _)| *write).collect();
            for write in writes {
                self.sync_later(node, write);
            }
        }
    }

    /// A stalled disk syncs one write.
    pub fn sync_one(&mut self, node: usize) {
        if let Some((write, _)) = self.nodes[node].unsynced.front() {
            self.sync_later(node, *write);
        }
        self.settle();
    }

    /// Everything that is under way arrives, and what comes of it; no timer runs out.
    pub fn settle(&mut self) {
        while let Some(at) =
            self.queue.iter().find(|(_, event)| !matches!(event, Event::Timer { .. })).map(|(at, _)| *at)
        {
            self.happen(at);
        }
    }

    /// The leader sends heartbeats, and what comes of it.
    pub fn beat(&mut self) {
        for node in 0..self.nodes.len() {
            if self.nodes[node].server.as_ref().is_some_and(Raft::is_leader) {
                self.fire(node, Timer::Heartbeat);
            }
        }
        self.settle();
    }

    /// Time passes.
    pub fn run(&mut self, us: u64) {
        let end = self.now_us + us;
        while let Some((at, _)) =
            self.queue.first_key_value().map(|(at, event)| (*at, event)).filter(|(at, _)| at.0 <= end)
        {
            self.happen(at);
        }
        self.now_us = end;
    }

    pub fn step(&mut self, node: usize, input: Input<Word>) {
        let Some(mut server) = self.nodes[node].server.take() else { return };
        self.checks.before(&server);
        let mut out = Outbox::default();
        server.step(input, &mut out);
        self.checks.after(&server);
        out.each(|effect, _| {
            self.checks.effect(&server, &effect);
            self.carry_out(node, effect);
        });
        self.nodes[node].server = Some(server);
    }

    fn carry_out(&mut self, node: usize, effect: Effect<Word>) {
        match effect {
            Effect::Send(to, message) => self.send(node, to.index(), &message),
            Effect::SetTimer(timer, lo, hi) => {
                self.order += 1;
                let due = self.now_us + self.draw(Domain::Timer, node as u64).between(lo, hi);
                self.nodes[node].timers.insert(timer, self.order);
                self.later(due, Event::Timer { node, life: self.nodes[node].life, timer, set: self.order });
            }
            Effect::CancelTimer(timer) => {
                self.nodes[node].timers.remove(&timer);
            }
            Effect::Persist(write, _) if self.nodes[node].full => {
                self.later(self.now_us, Event::Failed { node, life: self.nodes[node].life, write });
            }
            Effect::Persist(id, write) => {
                self.nodes[node].unsynced.push_back((id, write));
                if !self.nodes[node].stalled {
                    self.sync_later(node, id);
                }
            }
            Effect::Committed(pos, payload) => {
                self.nodes[node].applied = pos.index;
                if let Payload::Command(Word(word)) = payload {
                    Rc::make_mut(&mut self.nodes[node].words).push(word);
                }
            }
            Effect::Restore(snapshot) => {
                self.nodes[node].applied = snapshot.pos.index;
                self.nodes[node].words = Rc::clone(&snapshot.state);
            }
            Effect::ReadReady { ctx, index } => self.reads.push((node, ctx, Some(index))),
            Effect::ReadRefused { ctx, .. } => self.reads.push((node, ctx, None)),
            Effect::Note(note) => self.notes.push((self.now_us, node, note)),
            Effect::Proposed(_) | Effect::NotLeader { .. } | Effect::Dropped(_) => {}
        }
    }

    fn send(&mut self, from: usize, to: usize, message: &Message<Word>) {
        *self.kinds.entry(message.brief().kind).or_default() += 1;
        let swallowed = self.swallow.is_some_and(|swallow| swallow(from, to, message));
        let mut dice = self.draw(Domain::Message, (from * 32 + to) as u64);
        let copies = 1 + u32::from(dice.chance_ppm(self.doubled_ppm));
        for _ in 0..copies {
            let arrives = self.now_us + dice.between(self.latency_us.0, self.latency_us.1);
            if !swallowed && self.connected(from, to) && !dice.chance_ppm(self.loss_ppm) {
                self.later(arrives, Event::Deliver { from, to, message: message.clone() });
            }
        }
    }

    fn sync_later(&mut self, node: usize, write: WriteId) {
        let takes = self.draw(Domain::Step, node as u64).between(self.sync_us.0, self.sync_us.1);
        let done = self.nodes[node].disk_busy_until.max(self.now_us) + takes;
        self.nodes[node].disk_busy_until = done;
        self.later(done, Event::Synced { node, life: self.nodes[node].life, write });
    }

    fn draw(&mut self, domain: Domain, who: u64) -> Dice {
        let ordinal = self.drawn.entry((domain as u8, who)).or_default();
        *ordinal += 1;
        Dice::keyed(self.seed, domain, who, *ordinal)
    }

    fn later(&mut self, at: u64, event: Event) {
        self.order += 1;
        self.queue.insert((at, self.order), event);
    }

    fn happen(&mut self, at: (u64, u64)) {
        let Some(event) = self.queue.remove(&at) else { return };
        self.now_us = self.now_us.max(at.0);
        match event {
            Event::Deliver { from, to, message } if self.connected(from, to) => {
                self.step(to, Input::Message { from: m(from), body: message });
            }
            Event::Deliver { .. } => {}
            Event::Timer { node, life, timer, set } => {
                let it = &mut self.nodes[node];
                if it.life == life && it.timers.get(&timer) == Some(&set) {
                    it.timers.remove(&timer);
                    self.step(node, Input::Timer(timer));
                }
            }
            Event::Synced { node, life, write } => {
                let it = &mut self.nodes[node];
                if it.life == life && it.unsynced.front().is_some_and(|(next, _)| *next <= write) {
                    while it.unsynced.front().is_some_and(|(next, _)| *next <= write) {
                        let (_, write) = it.unsynced.pop_front().expect("there is one");
                        it.disk.apply(write);
                    }
                    self.step(node, Input::Synced(write));
                }
            }
            Event::Failed { node, life, write } => {
                if self.nodes[node].life == life {
                    self.step(node, Input::WriteFailed(write));
                }
            }
        }
    }
}
