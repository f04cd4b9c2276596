//! The system as a whole: all its shards together, from second to second.
//!
//! It is down when all shards are, partly down when some shard, or some site of a shard, is. How long a shard was down is
//! the shard's own account; here is counted what no account can know by itself.

use super::capped::Capped;
use super::limits;
use super::service::{READS, State, Stretch, WRITES};
use crate::sim::{Micros, SimTime};

/// How the shards stand, by one kind of canaries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Standing {
    /// Shards of which at least half of the sites are down.
    pub(super) down: usize,
    /// Shards of which some site is.
    pub(super) hurt: usize,
}

/// All shards together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Whole {
    shards: usize,
    /// Which kind decides on the service.
    lead: usize,
    standing: [Standing; 2],
    since: SimTime,
    any_down_us: Micros,
    partial_us: Micros,
    ribbon: Capped<Stretch>,
}

impl Whole {
    pub(super) fn new(shards: usize, lead: usize) -> Self {
        let mut ribbon = Capped::new(limits::RIBBON);
        ribbon.push(Stretch { from: SimTime::ZERO, state: State::Up });
        Self {
            shards,
            lead,
            standing: [Standing::default(); 2],
            since: SimTime::ZERO,
            any_down_us: 0,
            partial_us: 0,
            ribbon,
        }
    }

    /// For how long some shard was down, and for how long only some shards or sites were, until `now`.
    pub(super) fn until(&self, now: SimTime) -> (Micros, Micros) {
        let Standing { down, hurt } = self.standing[self.lead];
        let passed = now.since(self.since);
        let any_down_us = self.any_down_us + if down > 0 { passed } else { 0 };
        let partial_us = self.partial_us + if hurt > 0 && down < self.shards { passed } else { 0 };
        (any_down_us, partial_us)
    }

    /// From `at` on the shards stand like this. What lasted no time at all leaves the ribbon again.
    pub(super) fn turn(&mut self, at: SimTime, standing: [Standing; 2]) {
        (self.any_down_us, self.partial_us) = self.until(at);
        self.since = self.since.max(at);
        self.standing = standing;
        let state = self.state();
        if self.ribbon.last().is_some_and(|last| last.from == at) {
            self.ribbon.pop();
        }
        if self.ribbon.last().is_none_or(|last| last.state != state) {
            self.ribbon.push(Stretch { from: at, state });
        }
    }

    fn state(&self) -> State {
        let down = self.standing.map(|standing| standing.down == self.shards);
        match (down[WRITES], down[READS]) {
            (true, true) => State::Down,
            (true, false) => State::ReadsOnly,
            (false, true) => State::WritesOnly,
            (false, false) if self.standing.iter().any(|standing| standing.hurt > 0) => State::PartlyDown,
            (false, false) => State::Up,
        }
    }

    pub(super) fn ribbon(&self) -> &[Stretch] {
        &self.ribbon
    }
}
