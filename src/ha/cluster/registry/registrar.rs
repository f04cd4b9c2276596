//! The manager's client inside a worker or balancer: registers, keeps the claim alive, watches the registry.
//!
//! It talks to one member of the ensemble at a time, and to the next one when that is silent for two keep-alives, closes
//! the connection, or cannot help. In the order in which it happens:
//!
//! 1. It says hello: watches from the newest revision that it has, and registers, if it is to. A worker of a warm start
//!    has its claim already, and a spare waits until it is told to join.
//! 2. It keeps the claim alive, and says each time how far the worker's logs go. **A claim counts from the
//!    sending** of what was answered: whatever the answer took, the manager counts from later.
//! 3. When its own clock says that the claim has run out, or the manager that it is gone, the claim is lost for good: it
//!    registers anew, and what it owned is given out again, perhaps to itself, under new tokens.
//!
//! What holds with an etcd-like manager, if clocks run alike and are looked at: nobody else is given what it owns as long
//! as it holds its claim. An old leader that is cut off together with the worker may renew the claim for up to two
//! election timeouts; its successor is elected after nine tenths of one at the earliest, and waits for one on top, as
//! etcd's does. The tenth that is missing was not met in random tests. With a ZooKeeper-like manager members answer
//! keep-alives themselves, and one that is cut off from its leader goes on to do so for up to `syncLimit` ticks. Fencing
//! tokens are needed with either.

use std::collections::VecDeque;
use std::rc::Rc;

use super::{Logs, Message, Note, Order, Outcome, Registry, Revision, Timer, ttl_us};
use crate::ha::cluster::tree::{Look, Path};
use crate::ha::config::Config;
use crate::ha::limits::LEASE_ROUNDS;
use crate::ha::message::{self, Message as Any};
use crate::ha::note;
use crate::ha::system::Ha;
use crate::sim::{Input, LocalTime, MachineId, Outbox};

/// Unanswered keep-alives after which a member is left.
const SILENT: u8 = 2;

/// The manager's client inside a worker or balancer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Registrar {
    config: Rc<Config>,
    worker: Option<u8>,
    map: Rc<Registry>,
    /// The newest revision that it knows of, perhaps without the map.
    seen: Revision,
    claim: Claim,
    /// Bit *s*: the worker's disk has lost what it had of shard *s*.
    lost: u8,
    /// How far the worker's logs went when it was last asked.
    logs: Logs,
    session: Session,
    /// Keep-alives that may still be answered: number, lease, and when they were sent.
    rounds: VecDeque<(u32, Option<Revision>, LocalTime)>,
    next_round: u32,
    next_number: u32,
    now: LocalTime,
}

/// A worker's claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Claim {
    /// It does not belong to the cluster: a spare, or somebody who only watches.
    Outside,
    /// It was told to leave.
    Left,
    /// It is to register, and perhaps has asked for it.
    Wanted(Option<Asked>),
    /// It has it.
    Held { lease: Revision, until: LocalTime },
}

/// The order that is to get it its claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Asked {
    number: u32,
    /// The newest revision that it knew.
    seen: Revision,
    /// When it was sent first: from then on the claim counts.
    sent: LocalTime,
}

/// The member that it talks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Session {
    /// Its index in the ensemble.
    member: u8,
    /// Keep-alives without a word of it.
    silent: u8,
    /// Members in a row that could not help. When all could not, it waits for the next keep-alive.
    failed: u8,
    /// It has left another one, and has not heard this one yet.
    moved: bool,
    /// It could not help, and there is no other, or it was not asked yet: the watch is set as soon as it answers.
    unwatched: bool,
}

/// What a step of the registrar has brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct News {
    /// The map is newer.
    pub map: bool,
    /// The claim was renewed: [`Registrar::claim`] holds longer.
    pub renewed: bool,
    /// The claim is lost: its time ran out on the own clock (if that is checked), or the manager has said so.
    pub lost: bool,
}

impl Registrar {
    /// The registrar of a worker, by index, or of somebody who only watches.
    pub fn new(config: Rc<Config>, me: MachineId, worker: Option<u8>) -> Self {
        let members = config.members().len().max(1);
        let member = (usize::from(me.number()) % members) as u8;
        Self {
            worker,
            map: Rc::new(Registry::provision(&config)),
            seen: 0,
            claim: Claim::Outside,
            lost: 0,
            logs: Rc::new([]),
            session: Session { member, silent: 0, failed: 0, moved: false, unwatched: false },
            rounds: VecDeque::new(),
            next_round: 1,
            next_number: 0,
            now: LocalTime::default(),
            config,
        }
    }

    /// Everything that happens to its machine is shown to it; what is not its business it leaves alone.
    pub fn step(&mut self, now: LocalTime, input: &Input<Ha>, first: bool, out: &mut Outbox<Ha>) -> News {
        self.now = now;
        let mut news = News::default();
        if let Some(lease) = self.has_run_out() {
            self.lose(lease, false, &mut news, out);
        }
        match input {
            Input::Start => self.start(first, out),
            Input::Message { from, body: Any::Registry(body), .. } if *from == self.member() => {
                self.hear(body, &mut news, out);
            }
            Input::Timer(message::Timer::Registry(Timer::KeepAlive)) => self.beat(out),
            Input::Closed { peer, .. } if *peer == self.member() => self.give_up_member(out),
            _ => {}
        }
        news
    }

    /// Asks the manager for a change. It may get lost: whoever needs it asks again until the map shows it.
    pub fn ask(&mut self, order: Order, out: &mut Outbox<Ha>) {
        self.order(order, out);
    }

    /// The same; gives the number that the answer will have.
    pub fn order(&mut self, order: Order, out: &mut Outbox<Ha>) -> u32 {
        let number = self.take_number();
        self.send(Message::Order { number, seen: self.seen, order }, out);
        number
    }

    /// Asks a ZooKeeper-like manager about a node of the tree: of no member that has applied less than `applied`.
    pub fn look(&mut self, (path, what): (Path, Look), watch: bool, applied: u32, out: &mut Outbox<Ha>) -> u32 {
        let number = self.take_number();
        self.send(Message::Look { number, applied, path, what, watch }, out);
        number
    }

    /// What the worker's disk has lost, as bits of shards: said with the next registration.
    pub fn has_lost(&mut self, shards: u8) {
        self.lost = shards;
    }

    /// How far the worker's logs go, by shard: said with the next keep-alive.
    pub fn has_logs(&mut self, logs: Logs) {
        self.logs = logs;
    }

    /// A spare, or a worker that has left, becomes a worker of the cluster.
    pub fn join(&mut self, out: &mut Outbox<Ha>) {
        if self.worker.is_some() && matches!(self.claim, Claim::Outside | Claim::Left) {
            self.claim = Claim::Wanted(None);
            self.register(out);
        }
    }

    /// The worker gives its claim back, and leaves. If that gets lost, the claim runs out by itself.
    pub fn leave(&mut self, out: &mut Outbox<Ha>) {
        let Some(worker) = self.worker else { return };
        if let Claim::Held { lease, .. } = std::mem::replace(&mut self.claim, Claim::Left) {
            out.cancel_timer(message::Timer::Registry(Timer::Claim));
            self.ask(Order::Revoke { worker, lease }, out);
        }
    }

    /// The newest registry that it has seen.
    pub fn map(&self) -> &Rc<Registry> {
        &self.map
    }

    /// The worker's claim: which lease, and until when it holds by its own clock.
    pub fn claim(&self) -> Option<(Revision, LocalTime)> {
        match self.claim {
            Claim::Held { lease, until } => Some((lease, until)),
            Claim::Outside | Claim::Left | Claim::Wanted(_) => None,
        }
    }

    /// Whether it belongs to the cluster, or is about to.
    pub fn has_joined(&self) -> bool {
        matches!(self.claim, Claim::Held { .. } | Claim::Wanted(_))
    }

    /// The member that it talks to.
    pub fn member(&self) -> MachineId {
        self.config.members()[usize::from(self.session.member)]
    }

    fn send(&self, body: Message, out: &mut Outbox<Ha>) {
        out.stream(self.member(), Any::Registry(body));
    }

    fn note(said: Note, out: &mut Outbox<Ha>) {
        out.note(note::Note::Registry(said));
    }

    fn take_number(&mut self) -> u32 {
        let number = self.next_number;
        self.next_number = number.wrapping_add(1);
        number
    }

    fn keep_alive_us(&self) -> u64 {
        self.config.cluster().map_or(0, |cluster| cluster.claim.keep_alive_us)
    }

    fn checks_claim(&self) -> bool {
        self.config.cluster().is_some_and(|cluster| cluster.claim.checked)
    }

    /// Whether its worker belongs to the cluster from the start.
    fn is_spare(&self) -> bool {
        let spares = self.config.cluster().map_or(0, |cluster| cluster.spares);
        let first = self.config.layout.data.len().saturating_sub(spares.into());
        self.worker.is_none_or(|worker| usize::from(worker) >= first)
    }

    fn start(&mut self, first: bool, out: &mut Outbox<Ha>) {
        self.next_number = self.now.us() as u32;
        let warm = first && !self.config.cold_start;
        self.claim = match (self.is_spare(), warm) {
            (true, _) => Claim::Outside,
            (false, true) => Claim::Held { lease: 1, until: self.now.after(ttl_us(&self.config)) },
            (false, false) => Claim::Wanted(None),
        };
        if !warm {
            self.map = Rc::new(Registry::cold(&self.config));
        }
        self.seen = self.map.revision();
        self.watch_clock(out);
        if warm {
            // As if it had been there all along. When it keeps its claim alive, the members know their leader.
            self.session.unwatched = true;
        } else {
            self.hello(out);
        }
        let pause_us = self.keep_alive_us();
        out.set_timer(message::Timer::Registry(Timer::KeepAlive), pause_us.div_ceil(2), pause_us);
    }

    // ---- the member ----------------------------------------------------------------------------------

    fn hello(&mut self, out: &mut Outbox<Ha>) {
        self.watch(out);
        self.keep_alive(out);
        self.register(out);
    }

    fn watch(&self, out: &mut Outbox<Ha>) {
        self.send(Message::Watch { has: self.map.revision(), seen: self.seen }, out);
    }

    fn keep_alive(&mut self, out: &mut Outbox<Ha>) {
        let claim = self.worker.zip(self.claim().map(|(lease, _)| lease));
        let round = self.next_round;
        self.next_round = round.wrapping_add(1);
        self.rounds.push_back((round, claim.map(|(_, lease)| lease), self.now));
        if self.rounds.len() > LEASE_ROUNDS {
            self.rounds.pop_front();
        }
        self.session.silent = self.session.silent.saturating_add(1);
        self.send(Message::KeepAlive { round, claim, seen: self.seen, logs: Rc::clone(&self.logs) }, out);
    }

    /// Asks for a claim, if it is to have one: under the same number again, as long as that could still be answered in time.
    fn register(&mut self, out: &mut Outbox<Ha>) {
        let (Claim::Wanted(asked), Some(worker)) = (self.claim, self.worker) else { return };
        let fresh = asked.filter(|asked| self.now < asked.sent.after(ttl_us(&self.config)));
        let (seen, sent) = (self.seen, self.now);
        let asked = fresh.unwrap_or_else(|| Asked { number: self.take_number(), seen, sent });
        self.claim = Claim::Wanted(Some(asked));
        let Asked { number, seen, .. } = asked;
        self.send(Message::Order { number, seen, order: Order::Grant { worker, lost: self.lost } }, out);
    }

    fn beat(&mut self, out: &mut Outbox<Ha>) {
        let pause_us = self.keep_alive_us();
        out.set_timer(message::Timer::Registry(Timer::KeepAlive), pause_us, pause_us);
        let all = self.config.members().len();
        let helpless = usize::from(self.session.failed) >= all;
        if helpless || self.session.silent >= SILENT {
            self.session.failed = 0;
            self.next_member(out);
        } else {
            self.keep_alive(out);
            self.register(out);
        }
    }

    /// This one cannot help: the next one, unless all could not.
    fn give_up_member(&mut self, out: &mut Outbox<Ha>) {
        self.session.failed = self.session.failed.saturating_add(1);
        if usize::from(self.session.failed) < self.config.members().len() {
            self.next_member(out);
        } else {
            self.session.unwatched = true;
        }
    }

    fn next_member(&mut self, out: &mut Outbox<Ha>) {
        out.close(self.member());
        let all = self.config.members().len();
        let member = ((usize::from(self.session.member) + 1) % all) as u8;
        self.session = Session { member, silent: 0, moved: all > 1, unwatched: false, ..self.session };
        self.hello(out);
    }

    fn hear(&mut self, body: &Message, news: &mut News, out: &mut Outbox<Ha>) {
        if matches!(body, Message::Unavailable | Message::TooNew) {
            return self.give_up_member(out);
        }
        (self.session.silent, self.session.failed) = (0, 0);
        if std::mem::take(&mut self.session.unwatched) {
            self.watch(out);
        }
        if std::mem::take(&mut self.session.moved) {
            Self::note(Note::SessionMoved { member: self.member() }, out);
        }
        match body {
            Message::Kept { round } => self.kept(*round, news, out),
            Message::Gone { lease } if self.claim().is_some_and(|(mine, _)| mine == *lease) => {
                self.lose(*lease, true, news, out);
            }
            Message::Ordered { number, outcome } => self.ordered(*number, *outcome, news, out),
            Message::Map(map) => self.read(map, news, out),
            Message::Fired { revision } => {
                self.fires(*revision, out);
                self.watch(out);
            }
            _ => {}
        }
    }

    /// Only of those who watch and nothing else: a worker's masters say themselves what becomes of it.
    fn fires(&self, revision: Revision, out: &mut Outbox<Ha>) {
        if self.worker.is_none() {
            Self::note(Note::WatchFired { revision }, out);
        }
    }

    fn read(&mut self, map: &Rc<Registry>, news: &mut News, out: &mut Outbox<Ha>) {
        if map.revision() <= self.map.revision() {
            return;
        }
        (self.map, self.seen) = (Rc::clone(map), self.seen.max(map.revision()));
        news.map = true;
        if self.config.cluster().is_some_and(|cluster| cluster.manager.watches_stream()) {
            self.fires(map.revision(), out);
        }
        let Some(worker) = self.worker else { return };
        match self.claim {
            Claim::Held { lease, .. } if lease <= map.revision() && !map.has_lease(worker, lease) => {
                self.lose(lease, true, news, out);
            }
            // A spare that had joined in an earlier life belongs to the cluster.
            Claim::Outside if map.held_by(worker) > 0 => self.join(out),
            _ => {}
        }
    }

    // ---- the claim -----------------------------------------------------------------------------------

    /// The claim, if its time is over on the own clock, and that is looked at.
    fn has_run_out(&self) -> Option<Revision> {
        let (lease, until) = self.claim()?;
        (self.checks_claim() && self.now >= until).then_some(lease)
    }

    /// The clock wakes it when its claim runs out.
    fn watch_clock(&self, out: &mut Outbox<Ha>) {
        if let (Some((_, until)), true) = (self.claim(), self.checks_claim()) {
            let left_us = until.since(self.now);
            out.set_timer(message::Timer::Registry(Timer::Claim), left_us, left_us);
        }
    }

    fn ordered(&mut self, number: u32, outcome: Outcome, news: &mut News, out: &mut Outbox<Ha>) {
        let Claim::Wanted(Some(asked)) = self.claim else { return };
        if asked.number != number {
            return;
        }
        match outcome {
            Outcome::Done(lease) => {
                self.seen = self.seen.max(lease);
                self.claim = Claim::Held { lease, until: asked.sent.after(ttl_us(&self.config)) };
                if self.has_run_out().is_some() {
                    // It came too late to be of use.
                    self.claim = Claim::Wanted(None);
                    return self.register(out);
                }
                news.renewed = true;
                self.watch_clock(out);
            }
            Outcome::Refused => {
                // The manager knows of a younger claim, of an earlier life or by an order that was held up.
                self.claim = Claim::Wanted(None);
                if self.seen > asked.seen {
                    self.register(out);
                }
            }
        }
    }

    fn kept(&mut self, round: u32, news: &mut News, out: &mut Outbox<Ha>) {
        let heard = self.rounds.iter().find(|(sent, ..)| *sent == round).copied();
        let (Claim::Held { lease, until }, Some((_, claim, sent))) = (self.claim, heard) else { return };
        if claim == Some(lease) {
            self.claim = Claim::Held { lease, until: until.max(sent.after(ttl_us(&self.config))) };
            news.renewed = true;
            self.watch_clock(out);
        }
    }

    /// A claim that is lost never comes back: what it stood for is given out again.
    fn lose(&mut self, lease: Revision, told: bool, news: &mut News, out: &mut Outbox<Ha>) {
        Self::note(Note::ClaimLost { lease, told }, out);
        out.cancel_timer(message::Timer::Registry(Timer::Claim));
        news.lost = true;
        self.claim = Claim::Wanted(None);
        self.register(out);
    }
}
