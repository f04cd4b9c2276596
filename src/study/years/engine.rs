//! One chunk of years, event by event.
//!
//! Every node has one timer: until it fails, until it is repaired, or until a test finds it dead. The service has one, for
//! the takeover that runs. What comes from outside has one more: the cause that all share, the zones, the maintenance. The
//! earliest goes off, and what it changes is settled: is anybody serving, and if not, why?
//!
//! `lives` has what happens to nodes, `service` who leads, `outside` what befalls several at once, `supports` what the service
//! leans on beside its nodes, `account` the sums.
//! `moves` shows the same as a Markov chain, for rare states.

mod account;
mod lives;
mod moves;
mod outside;
mod service;
mod supports;

pub(super) use moves::Coin;
use outside::Outside;
use supports::Supporting;

use super::plant::{NODES, Plant, Serving, Takeover};
use super::tally::{Cause, Outage, Tally, YEAR_US};
use super::times::{Dice, Times};
use crate::sim::Micros;

/// The node to which the service goes back, if it does.
const PREFERRED: u8 = 0;

/// Never.
const NEVER: Micros = Micros::MAX;

/// What a node is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Node {
    Up,
    /// Dead, and nobody knows.
    Unseen,
    /// Waits for a crew.
    Waiting,
    Repairing,
    /// Taken down for maintenance.
    Maintained,
}

/// What the service's timer runs for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Running {
    Nothing,
    Automatic,
    ByHand,
    Restart,
    /// A node leads that is not the preferred one, and will hand over.
    FailbackWait,
    /// It hands over.
    Failback,
    /// The leader hands over, because it will be maintained.
    Switchover,
}

/// Something that may happen next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// A node's timer.
    Node(u8),
    /// The service's timer.
    Service,
    /// The failure that all share.
    CommonCause,
    /// A zone fails or is back.
    Zone(u8),
    /// A window of maintenance begins, or a node of it is done.
    Maintenance,
    /// Something happens to what the service leans on.
    Support(u8),
}

/// Simulates years that begin with everything up. Their number is what it is whatever happens in them.
pub(super) fn simulate(plant: &Plant, years: u64, number: u64, dice: Dice) -> Tally {
    let mut chunk = Chunk::new(plant, number, dice);
    let end = years * YEAR_US;
    while chunk.step(end) {}
    chunk.finish(end);
    chunk.tally
}

/// A plant in the course of a chunk.
pub(super) struct Chunk<'a> {
    plant: &'a Plant,
    number: u64,
    takeover: Option<&'a Takeover>,
    dice: Dice,
    now: Micros,
    nodes: [Node; NODES as usize],
    /// When each node's time is over.
    timers: [Micros; NODES as usize],
    /// What is left of the lives of nodes while they rest, or sleep.
    left: [Micros; NODES as usize],
    /// When the takeover is.
    service_timer: Micros,
    outside: Outside,
    supports: Vec<Supporting<'a>>,
    /// When the first timer of the supports goes off.
    support_timer: Micros,
    /// How many nodes run, and are in no zone that has failed.
    up: u8,
    unseen: u8,
    repairing: u8,
    /// Who waits for a crew, first come, first served.
    queue: Vec<u8>,
    leader: Option<u8>,
    /// Who led before the failback that runs.
    handing_over: u8,
    /// A failed leader whose repair waits for the end of the takeover.
    held: Option<u8>,
    running: Running,
    /// How much faster nodes fail with so many up; empty if that makes no difference.
    stress: Vec<f64>,
    /// Whether lives stand still, with what is left of them in the timers.
    resting: bool,
    /// By how much less standbys fail than the leader, if that makes a difference; 0: not at all.
    dormancy: Option<f64>,
    /// Which nodes' lives run at the leader's pace.
    awake: u32,
    /// Since when the standbys' lives have run at their own.
    asleep_since: [Micros; NODES as usize],
    /// Which of its causes a node will fail of: 0 is the first.
    fails_of: [u8; NODES as usize],
    coin: Coin,
    /// Nodes are nothing special: there is nothing about their lives but one time up and one for the repair.
    plain: bool,
    /// Nobody can tell the nodes apart, so that it does not matter who leads.
    alike: bool,
    /// Why the service is down, if it is.
    down: Option<Cause>,
    /// Since when it has been down, for whatever causes.
    outage_from: Micros,
    /// Since when for this cause.
    cause_from: Micros,
    cycle_from: Micros,
    cycle_down: Micros,
    cycle_outages: u64,
    year_end: Micros,
    year_down: Micros,
    year_outages: u64,
    longest_us: Micros,
    tally: Tally,
}

impl<'a> Chunk<'a> {
    pub(super) fn new(plant: &'a Plant, number: u64, dice: Dice) -> Self {
        let takeover = match &plant.serving {
            Serving::Everybody => None,
            Serving::Leader(takeover) => Some(takeover),
        };
        let dormancy = takeover.map_or(1.0, |it| if it.cold { 0.0 } else { it.dormancy_factor });
        let mut chunk = Self {
            plant,
            number,
            takeover,
            dice,
            now: 0,
            nodes: [Node::Up; NODES as usize],
            timers: [NEVER; NODES as usize],
            left: [NEVER; NODES as usize],
            service_timer: NEVER,
            outside: Outside::new(plant),
            supports: Supporting::all(plant),
            support_timer: NEVER,
            up: plant.nodes,
            unseen: 0,
            repairing: 0,
            queue: Vec::with_capacity(NODES as usize),
            leader: takeover.map(|_| 0),
            handing_over: 0,
            held: None,
            running: Running::Nothing,
            stress: lives::stress(plant),
            resting: false,
            dormancy: (dormancy < 1.0).then_some(dormancy),
            awake: 0,
            asleep_since: [0; NODES as usize],
            fails_of: [0; NODES as usize],
            coin: Coin::Honest,
            plain: dormancy >= 1.0 && plant.nodes_are_plain(),
            alike: plant.nodes_are_alike(),
            down: None,
            outage_from: 0,
            cause_from: 0,
            cycle_from: 0,
            cycle_down: 0,
            cycle_outages: 0,
            year_end: YEAR_US,
            year_down: 0,
            year_outages: 0,
            longest_us: 0,
            tally: Tally::default(),
        };
        for node in 0..plant.nodes {
            chunk.begin_life(node);
        }
        chunk.watch_outside();
        chunk.watch_supports();
        chunk
    }

    /// What happens next, if that is before the end.
    pub(super) fn step(&mut self, end: Micros) -> bool {
        let (mut first, mut at) = (0, NEVER);
        for (node, timer) in self.timers[..usize::from(self.plant.nodes)].iter().enumerate() {
            if *timer < at {
                (first, at) = (node, *timer);
            }
        }
        let of_nodes = at;
        at = at.min(self.service_timer).min(self.outside.next).min(self.support_timer);
        if at >= end {
            return false;
        }
        self.now = at;
        // At the same instant nodes come first.
        let next = if at == of_nodes {
            Next::Node(first as u8)
        } else if at == self.service_timer {
            Next::Service
        } else if at == self.outside.next {
            self.outside.who(at)
        } else {
            Next::Support(self.supports_who())
        };
        self.happen(next);
        true
    }

    /// Lets something happen, and settles what it changes.
    pub(super) fn happen(&mut self, next: Next) {
        match next {
            Next::Node(node) => self.node_timer(node),
            Next::Service => self.taken_over(),
            Next::CommonCause => self.common_cause(),
            Next::Zone(zone) => self.zone_timer(usize::from(zone)),
            Next::Maintenance => self.maintenance_timer(),
            Next::Support(number) => self.support_timer(usize::from(number)),
        }
        if self.plant.maintenance.is_some() {
            self.go_on_with_maintenance();
        }
        self.settle();
    }

    fn finish(&mut self, end: Micros) {
        self.now = end;
        self.close_cause();
        self.years_until(end);
    }

    /// What a node is doing, and who leads.
    pub(super) fn nodes(&self) -> (&[Node], Option<u8>) {
        (&self.nodes[..usize::from(self.plant.nodes)], self.leader)
    }

    /// Which zones are down.
    pub(super) fn zones_down(&self) -> impl Iterator<Item = bool> {
        self.outside.zones_down()
    }

    /// What time it is, since the chunk began.
    pub(super) fn now(&self) -> Micros {
        self.now
    }

    /// Why the service is down, if it is.
    pub(super) fn why_it_is_down(&self) -> Option<Cause> {
        self.down
    }

    /// How many takeovers ended with a new leader, and how many nodes failed.
    pub(super) fn counts(&self) -> (u64, u64) {
        (self.tally.takeovers, self.tally.failures)
    }

    /// Since when the service has been down, if it is.
    pub(super) fn down_since(&self) -> Option<Micros> {
        self.down.map(|_| self.outage_from)
    }

    /// Whether a node runs, and is in no zone that has failed.
    fn is_up(&self, node: u8) -> bool {
        self.nodes[usize::from(node)] == Node::Up && !self.outside.is_dark(node)
    }

    /// Who might take over, as far as is known.
    fn candidates(&self) -> u8 {
        self.up + self.unseen
    }
}
