//! The account of one shard: a replicated log, its masters, and the clients of its keys.
//!
//! A shard is a service of its own. Its account sees all machines and faults, what the replicas of the shard say, what
//! clients say of its keys, and where balancers lead its requests. A system that is not a cluster has one shard. Lists go
//! into the [`Books`] that all accounts share.

mod notes;
mod outages;

use std::rc::Rc;

use super::books::Books;
use super::faults::Faults;
use super::figures::{Reads, Writes};
use super::history::History;
use super::incident::Incident;
use super::promotions::Promotions;
use super::service::{Opening, Sites};
use super::split_brain::Seats;
use super::tenure::Tenure;
use crate::ha::config::ReplicationMode;
use crate::ha::{Config, Part};
use crate::sim::{Micros, SimTime, Status};

/// Sums over the outages that are over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Closed {
    pub(super) outages: u64,
    pub(super) outage_us: Micros,
    pub(super) longest_us: Micros,
    pub(super) detected: u64,
    pub(super) detect_us: Micros,
    last_end: SimTime,
}

/// The outage under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Open {
    /// How it began.
    opening: Opening,
    /// What the books say of it, and under which number.
    pub(super) incident: Rc<Incident>,
    number: u64,
}

/// Keeps account of one shard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Account {
    shard: u8,
    parts: Rc<[Part]>,
    mode: ReplicationMode,
    now: SimTime,
    statuses: Vec<Option<Status>>,
    faults: Faults,
    pub(super) sites: Sites,
    promotions: Promotions,
    pub(super) seats: Seats,
    /// Whose turn it is to be master; none where no manager says so.
    pub(super) tenure: Option<Tenure>,
    history: History,
    pub(super) open: Option<Open>,
    pub(super) closed: Closed,
    pub(super) writes: Writes,
    pub(super) reads: Reads,
    /// Writes lost by the newest promotion, and by the worst before it.
    lost_now: u64,
    worst_loss: u64,
}

impl Account {
    /// The account of a shard in a run that has not begun. `lead` are the canaries that decide whether it is down.
    pub(super) fn new(config: &Config, parts: &Rc<[Part]>, shard: u8, lead: usize) -> Self {
        Self {
            shard,
            parts: Rc::clone(parts),
            mode: config.nodes.replication.mode,
            now: SimTime::ZERO,
            statuses: vec![None; parts.len()],
            faults: Faults::default(),
            sites: Sites::new(config.layout.clients.len(), lead),
            promotions: Promotions::default(),
            seats: Seats::new(config, shard),
            tenure: config.cluster().map(|_| Tenure::default()),
            history: History::default(),
            open: None,
            closed: Closed::default(),
            writes: Writes::default(),
            reads: Reads::default(),
            lost_now: 0,
            worst_loss: 0,
        }
    }

    /// Outages, the one under way included.
    pub(super) fn outages(&self) -> u64 {
        self.closed.outages + u64::from(self.open.is_some())
    }

    /// The longest outage until `now`.
    pub(super) fn longest_us(&self, now: SimTime) -> Micros {
        self.open.as_ref().map_or(0, |open| open.incident.outage_us(now)).max(self.closed.longest_us)
    }

    /// Most writes lost by one promotion.
    pub(super) fn loss(&self) -> u64 {
        self.worst_loss.max(self.lost_now)
    }

    /// The split brain goes into the books.
    pub(super) fn book_split(&self, books: &mut Books) {
        books.splits.follow(self.now, self.shard, self.seats.open());
    }
}
