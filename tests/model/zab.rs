//! Zab: every order in which the connections, disks, timers and crashes of a small ensemble can take turns.
//!
//! The members are the core itself. A connection keeps order and may break at any moment; its two ends learn of that at
//! different times, and what is sent into a connection that is over is lost. A crash and the restart behind it are one
//! act, as for Raft; the others are told of it when what was sent before has arrived, or not at all before they have
//! lost patience.

use std::collections::{BTreeSet, VecDeque};
use std::hash::{Hash, Hasher};
use std::rc::Rc;

use ha_lab::ha::cluster::zab::{
    Config, Durable, Effect, Input, Members, Message, Outbox, Service, State, Timer, Write, Zab, Zxid,
};
use ha_lab::sim::{CloseReason, MachineId, Ticket};
use stateright::{Model, Property};

use super::local::{Local, holds};
use super::{digest, prove, refute};

const MEMBERS: usize = 3;

/// Transactions are numbers; the state is not looked at, because no snapshot is ever taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Plain;

impl Service for Plain {
    type Txn = u8;
    type State = ();
    type Touched = ();
}

/// What is explored, and how far.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    /// The ensemble is established in epoch 1, under member 2; otherwise it has just been started.
    established: bool,
    /// No member leads a newer epoch.
    epochs: u32,
    /// No member's election clock goes further.
    rounds: u32,
    proposals: u8,
    crashes: u8,
    /// Connections that break.
    breaks: u8,
    /// Times that somebody loses patience: with the leader, or with a stage of discovery or synchronisation.
    timeouts: u8,
    /// Half ticks of leaders.
    half_ticks: u8,
    /// Notifications that are sent again.
    notifies: u8,
    slow_disks: bool,
    /// Broken on purpose: in a crash the disk forgets the newest transaction, though it was synced.
    lying_disks: bool,
}

const CALM: Bounds = Bounds {
    established: true,
    epochs: 2,
    rounds: 2,
    proposals: 0,
    crashes: 0,
    breaks: 0,
    timeouts: 0,
    half_ticks: 0,
    notifies: 0,
    slow_disks: false,
    lying_disks: false,
};

#[derive(Clone, Debug)]
struct Member {
    zab: Zab<Plain>,
    disk: Durable<Plain>,
    unsynced: VecDeque<(Ticket, Write<Plain>)>,
    next_ticket: Ticket,
    timers: BTreeSet<Timer>,
    /// How many transactions it has delivered since it was started.
    delivered: usize,
    /// Of all the above.
    digest: u64,
}

/// What travels on a connection.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Item {
    Body(Message<Plain>),
    /// The connection is over.
    Over,
}

/// One direction between two members.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Lane {
    items: VecDeque<Rc<Item>>,
    /// The sender holds a connection.
    open: bool,
    /// It is over, and the sender does not know yet.
    dead: bool,
}

/// What was seen on the way, as far as the properties ask for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Seen {
    /// What the member that has delivered most has delivered.
    history: Vec<(Zxid, u8)>,
    /// What leaders have proposed.
    proposed: Vec<(Zxid, u8)>,
    /// Bit *i* of place *e*: member *i* was established as the leader of epoch *e*.
    leaders: Vec<u8>,
    forked: bool,
    invented: bool,
    /// A leader was established without all that had been delivered.
    incomplete: bool,
    truncated: bool,
}

#[derive(Clone, Debug)]
pub struct World {
    members: Vec<Rc<Member>>,
    /// From member *i* to member *j*: place `MEMBERS * i + j`.
    lanes: Vec<Rc<Lane>>,
    left: Left,
    seen: Rc<Seen>,
}

/// How much may still happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Left {
    proposals: u8,
    crashes: u8,
    breaks: u8,
    timeouts: u8,
    half_ticks: u8,
    notifies: u8,
}

impl Hash for World {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.members.iter().for_each(|member| member.digest.hash(hasher));
        self.lanes.hash(hasher);
        self.left.hash(hasher);
        self.seen.hash(hasher);
    }
}

impl PartialEq for World {
    fn eq(&self, other: &Self) -> bool {
        digest(self) == digest(other)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Begin,
    /// The next of what one has sent to another.
    Deliver(usize, usize),
    Timer(usize, Timer),
    Sync(usize),
    /// The first so many unsynced writes survive.
    CrashAndRestart(usize, usize),
    Break(usize, usize),
    Propose(usize),
}

type Place = super::local::Place<World>;

fn id(index: usize) -> MachineId {
    MachineId::from_index(index)
}

fn config() -> Config {
    let members = Members::of((0..MEMBERS).map(id));
    Config { connect_tries: 2, sync_limit: 1, init_limit: 1, ..Config::zookeeper(members) }
}

impl World {
    fn new(bounds: &Bounds) -> Self {
        let Bounds { proposals, crashes, breaks, timeouts, half_ticks, notifies, .. } = *bounds;
        let member = |index| Member {
            zab: Zab::new(config(), id(index), &Durable::default()),
            disk: Durable::default(),
            unsynced: VecDeque::new(),
            next_ticket: Ticket::FIRST,
            timers: BTreeSet::new(),
            delivered: 0,
            digest: 0,
        };
        let mut world = Self {
            members: (0..MEMBERS).map(|index| Rc::new(member(index))).collect(),
            lanes: vec![Rc::default(); MEMBERS * MEMBERS],
            left: Left { proposals, crashes, breaks, timeouts, half_ticks, notifies },
            seen: Rc::new(Seen { leaders: vec![0; bounds.epochs as usize + 1], ..Seen::default() }),
        };
        (0..MEMBERS).for_each(|index| world.step(bounds, index, Input::Start));
        if bounds.established {
            world.establish(bounds);
        }
        world
    }

    /// Everything arrives, and whoever waits for better votes stops waiting when nothing arrives any more.
    fn establish(&mut self, bounds: &Bounds) {
        while !self.members.iter().all(|member| member.zab.serves()) {
            let mut acts = Vec::new();
            self.acts(bounds, &mut acts);
            let urgent = |act: &&Act| matches!(act, Act::Deliver(..) | Act::Sync(_));
            let next = acts.iter().find(urgent);
            // The leader first, so that nobody comes to it in vain.
            let next = next.or_else(|| acts.iter().rfind(|act| matches!(act, Act::Timer(_, Timer::Finalize))));
            self.happen(bounds, *next.expect("an ensemble in peace gets a leader"));
        }
    }

    fn lane(&mut self, from: usize, to: usize) -> &mut Lane {
        Rc::make_mut(&mut self.lanes[MEMBERS * from + to])
    }

    fn step(&mut self, bounds: &Bounds, index: usize, input: Input<Plain>) {
        let mut member = Member::clone(&self.members[index]);
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            let mut out = Outbox::new(member.next_ticket);
            member.zab.step(input, &mut out);
            let (effects, next_ticket) = out.into_parts();
            member.next_ticket = next_ticket;
            for effect in effects {
                match effect {
                    Effect::Send(to, body) => self.send(index, to.index(), body),
                    Effect::Close(peer) => self.close(index, peer.index()),
                    Effect::SetTimer(timer, ..) => _ = member.timers.insert(timer),
                    Effect::CancelTimer(timer) => _ = member.timers.remove(&timer),
                    Effect::Persist(ticket, write) if bounds.slow_disks => member.unsynced.push_back((ticket, write)),
                    Effect::Persist(ticket, write) => {
                        member.disk.apply(write);
                        inputs.push_back(Input::Synced(ticket));
                    }
                    Effect::Proposed { zxid, txn } => Rc::make_mut(&mut self.seen).proposed.push((zxid, txn)),
                    Effect::InstallSnapshot(_) => member.delivered = 0,
                    Effect::Delivered { zxid, txn } => {
                        self.delivered(member.delivered, (zxid, txn));
                        member.delivered += 1;
                    }
                    Effect::ServiceStarted { epoch, leading: true } => {
                        let seen = Rc::make_mut(&mut self.seen);
                        seen.leaders[epoch as usize] |= 1 << index;
                        seen.incomplete |=
                            seen.history.iter().skip(member.delivered).any(|(zxid, _)| zxid.epoch() < epoch);
                    }
                    Effect::Note(ha_lab::ha::cluster::zab::Note::Truncated { .. }) => {
                        Rc::make_mut(&mut self.seen).truncated = true;
                    }
                    _ => {}
                }
            }
        }
        member.digest = digest(&(&member.zab, &member.disk, &member.unsynced, &member.timers, member.delivered));
        self.members[index] = Rc::new(member);
    }

    fn delivered(&mut self, before: usize, what: (Zxid, u8)) {
        match self.seen.history.get(before) {
            Some(known) if *known == what => {}
            None if before == self.seen.history.len() => {
                let seen = Rc::make_mut(&mut self.seen);
                seen.forked |= seen.history.last().is_some_and(|(zxid, _)| *zxid >= what.0);
                seen.invented |= !seen.proposed.contains(&what);
                seen.history.push(what);
            }
            _ => Rc::make_mut(&mut self.seen).forked = true,
        }
    }

    // ---- connections -----------------------------------------------------------------------------------------

    fn send(&mut self, from: usize, to: usize, body: Message<Plain>) {
        if !self.lanes[MEMBERS * from + to].open {
            // A new connection. What is left of one that the other has closed does not come any more.
            self.forget_through_end(to, from);
            let lane = self.lane(from, to);
            (lane.open, lane.dead) = (true, false);
        }
        let lane = self.lane(from, to);
        if !lane.dead {
            lane.items.push_back(Rc::new(Item::Body(body)));
        }
    }

    fn forget_through_end(&mut self, from: usize, to: usize) {
        let lane = self.lane(from, to);
        if let Some(end) = lane.items.iter().rposition(|item| **item == Item::Over) {
            lane.items.drain(..=end);
        }
    }

    fn close(&mut self, me: usize, peer: usize) {
        let lane = self.lane(me, peer);
        let (open, dead) = (std::mem::take(&mut lane.open), std::mem::take(&mut lane.dead));
        if dead {
            self.forget_through_end(peer, me);
        } else if open {
            lane.items.push_back(Rc::new(Item::Over));
            let back = self.lane(peer, me);
            back.items.clear();
            back.dead = back.open;
        }
    }

    /// Both ends will be told, each in its time.
    fn break_connection(&mut self, a: usize, b: usize) {
        for (from, to) in [(a, b), (b, a)] {
            let lane = self.lane(from, to);
            lane.items.clear();
            lane.dead = lane.open;
        }
        for (from, to) in [(a, b), (b, a)] {
            if self.lanes[MEMBERS * to + from].dead {
                self.lane(from, to).items.push_back(Rc::new(Item::Over));
            }
        }
    }

    fn crash_and_restart(&mut self, bounds: &Bounds, index: usize, kept: usize) {
        for peer in (0..MEMBERS).filter(|peer| *peer != index) {
            let lane = self.lane(index, peer);
            (lane.open, lane.dead) = (false, false);
            if self.lanes[MEMBERS * index + peer].items.is_empty() && !self.lanes[MEMBERS * peer + index].open {
                continue;
            }
            self.lane(index, peer).items.push_back(Rc::new(Item::Over));
            let back = self.lane(peer, index);
            back.items.clear();
            back.dead = back.open;
        }
        let mut member = Member::clone(&self.members[index]);
        for (_, write) in std::mem::take(&mut member.unsynced).into_iter().take(kept) {
            member.disk.apply(write);
        }
        if bounds.lying_disks {
            let before = self.seen.history.iter().rev().map(|(zxid, _)| *zxid).nth(1).unwrap_or(Zxid::ZERO);
            member.disk.log.truncate(before);
        }
        member.timers.clear();
        member.next_ticket = Ticket::FIRST;
        member.zab = Zab::new(config(), id(index), &member.disk);
        self.members[index] = Rc::new(member);
        self.step(bounds, index, Input::Start);
    }

    // ---- acts ------------------------------------------------------------------------------------------------

    fn acts(&self, bounds: &Bounds, acts: &mut Vec<Act>) {
        for (at, lane) in self.lanes.iter().enumerate() {
            acts.extend((!lane.items.is_empty()).then_some(Act::Deliver(at / MEMBERS, at % MEMBERS)));
        }
        for (index, member) in self.members.iter().enumerate() {
            for timer in &member.timers {
                let may = match timer {
                    Timer::Finalize | Timer::Connect | Timer::Restart => true,
                    Timer::Notify => self.left.notifies > 0,
                    Timer::Silence | Timer::Stage => self.left.timeouts > 0,
                    Timer::HalfTick => self.left.half_ticks > 0,
                };
                acts.extend((may && self.may_go_on(bounds, index, *timer)).then_some(Act::Timer(index, *timer)));
            }
            acts.extend((!member.unsynced.is_empty()).then_some(Act::Sync(index)));
            if self.left.crashes > 0 {
                acts.extend((0..=member.unsynced.len()).map(|kept| Act::CrashAndRestart(index, kept)));
            }
            let leads = member.zab.serves() && matches!(member.zab.state(), State::Leading { .. });
            acts.extend((leads && self.left.proposals > 0).then_some(Act::Propose(index)));
            for peer in (index + 1..MEMBERS).filter(|_| self.left.breaks > 0) {
                let (there, back) = (&self.lanes[MEMBERS * index + peer], &self.lanes[MEMBERS * peer + index]);
                acts.extend((there.open && back.open && !there.dead && !back.dead).then_some(Act::Break(index, peer)));
            }
        }
    }

    /// Nobody begins to lead who would need an epoch beyond the bounds.
    fn may_go_on(&self, bounds: &Bounds, index: usize, timer: Timer) -> bool {
        let zab = &self.members[index].zab;
        timer != Timer::Finalize
            || zab.vote().leader != id(index)
            || self.members.iter().all(|member| member.disk.accepted_epoch < bounds.epochs)
    }

    fn happen(&mut self, bounds: &Bounds, act: Act) {
        match act {
            Act::Begin => {}
            Act::Deliver(from, to) => {
                let item = self.lane(from, to).items.pop_front().expect("something is under way");
                let back = self.lane(to, from);
                match &*item {
                    Item::Body(body) => {
                        back.open = true;
                        self.step(bounds, to, Input::Message { from: id(from), body: body.clone() });
                    }
                    Item::Over => {
                        let knew_it = std::mem::take(&mut back.open);
                        back.dead = false;
                        if knew_it {
                            self.step(bounds, to, Input::Closed { peer: id(from), reason: CloseReason::Reset });
                        }
                    }
                }
            }
            Act::Timer(index, timer) => {
                let mut member = Member::clone(&self.members[index]);
                member.timers.remove(&timer);
                self.members[index] = Rc::new(member);
                match timer {
                    Timer::Notify => self.left.notifies -= 1,
                    Timer::Silence | Timer::Stage => self.left.timeouts -= 1,
                    Timer::HalfTick => self.left.half_ticks -= 1,
                    Timer::Finalize | Timer::Connect | Timer::Restart => {}
                }
                self.step(bounds, index, Input::Timer(timer));
            }
            Act::Sync(index) => {
                let mut member = Member::clone(&self.members[index]);
                let (ticket, write) = member.unsynced.pop_front().expect("one waits");
                member.disk.apply(write);
                self.members[index] = Rc::new(member);
                self.step(bounds, index, Input::Synced(ticket));
            }
            Act::CrashAndRestart(index, kept) => {
                self.left.crashes -= 1;
                self.crash_and_restart(bounds, index, kept);
            }
            Act::Break(a, b) => {
                self.left.breaks -= 1;
                self.break_connection(a, b);
            }
            Act::Propose(index) => {
                let txn = self.left.proposals;
                self.left.proposals -= 1;
                self.step(bounds, index, Input::Propose(txn));
            }
        }
    }

    // ---- what always holds -----------------------------------------------------------------------------------

    fn one_leader_in_an_epoch(&self) -> bool {
        self.seen.leaders.iter().all(|who| who.count_ones() <= 1)
    }

    fn total_order(&self) -> bool {
        !self.seen.forked
    }

    fn integrity(&self) -> bool {
        !self.seen.invented
    }

    fn primary_integrity(&self) -> bool {
        !self.seen.incomplete
    }

    /// What anybody has delivered stays on the disks of a quorum.
    fn nothing_delivered_is_lost(&self) -> bool {
        self.seen
            .history
            .iter()
            .all(|(zxid, _)| self.members.iter().filter(|member| member.disk.log.contains(*zxid)).count() > MEMBERS / 2)
    }

    fn delivered_everywhere(&self) -> bool {
        !self.seen.history.is_empty() && self.members.iter().all(|m| m.delivered == self.seen.history.len())
    }

    fn outlives_its_leader(&self) -> bool {
        let first = self.seen.history.first().map_or(u32::MAX, |(zxid, _)| zxid.epoch());
        self.seen.leaders.iter().enumerate().any(|(epoch, who)| epoch as u32 > first && *who != 0)
    }

    fn led(&self, epoch: u32) -> bool {
        self.seen.leaders[epoch as usize] != 0
    }
}

impl Model for Bounds {
    type State = Place;
    type Action = Act;

    fn init_states(&self) -> Vec<Place> {
        vec![Place::Nowhere]
    }

    fn actions(&self, place: &Place, acts: &mut Vec<Act>) {
        match place {
            Place::Nowhere => acts.push(Act::Begin),
            Place::At(world) => world.get().acts(self, acts),
        }
    }

    fn next_state(&self, place: &Place, act: Act) -> Option<Place> {
        let Place::At(world) = place else { return Some(Place::At(Local::new(World::new(self)))) };
        let mut world = World::clone(&world.get());
        world.happen(self, act);
        Some(Place::At(Local::new(world)))
    }

    fn within_boundary(&self, place: &Place) -> bool {
        holds(place, |world: &World| world.members.iter().all(|member| member.zab.round() <= self.rounds), true)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let mut properties = vec![
            Property::always("one leader in an epoch", |_, place| holds(place, World::one_leader_in_an_epoch, true)),
            Property::always("total order", |_, place| holds(place, World::total_order, true)),
            Property::always("integrity", |_, place| holds(place, World::integrity, true)),
            Property::always("primary integrity", |_, place| holds(place, World::primary_integrity, true)),
            Property::always("nothing delivered is lost", |_, place| {
                holds(place, World::nothing_delivered_is_lost, true)
            }),
            Property::sometimes("the last epoch has a leader", |bounds: &Self, place| {
                holds(place, |world: &World| world.led(bounds.epochs), false)
            }),
        ];
        if self.proposals > 0 {
            properties.push(Property::sometimes("delivered everywhere", |_, place| {
                holds(place, World::delivered_everywhere, false)
            }));
            properties.push(Property::sometimes("outlives its leader", |_, place| {
                holds(place, World::outlives_its_leader, false)
            }));
        }
        properties
    }
}

// ---- the searches ------------------------------------------------------------------------------------------------

#[test]
fn a_first_election() {
    let bounds = Bounds { established: false, epochs: 1, rounds: 1, ..CALM };
    prove("Zab: from the start to epoch 1", bounds);
}

#[test]
fn a_crash_around_a_transaction() {
    prove("Zab: epoch 2 after a crash, 1 transaction", Bounds { proposals: 1, crashes: 1, ..CALM });
}

#[test]
fn lost_patience_around_a_transaction() {
    prove("Zab: epoch 2 after lost patience, 1 transaction", Bounds { proposals: 1, timeouts: 2, ..CALM });
}

#[test]
#[ignore = "half a minute: ./dev prove"]
fn a_first_election_in_two_rounds() {
    let bounds = Bounds { established: false, epochs: 1, ..CALM };
    prove("Zab: from the start to epoch 1, 2 rounds", bounds);
}

/// What the search must find, or it would find nothing.
#[test]
fn a_lying_disk_is_found_out() {
    let lies = Bounds { proposals: 1, crashes: 1, lying_disks: true, ..CALM };
    refute("Zab: a disk forgets what was synced", lies, &["nothing delivered is lost"]);
}
