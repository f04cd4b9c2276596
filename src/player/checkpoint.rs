//! Checkpoints: whole states to start from again.

use super::ears::Instant;
use super::limits;
use crate::scenario::Run;
use crate::sim::{Micros, SimTime};

/// Everything at one moment.
#[derive(Clone, Debug)]
pub(super) struct Checkpoint {
    pub(super) run: Run,
    pub(super) instant: Instant,
    /// The user's actions that had been done.
    pub(super) done: usize,
}

impl Checkpoint {
    pub(super) fn at(&self) -> SimTime {
        self.run.now()
    }

    pub(super) fn order(&self) -> u64 {
        self.run.world().events()
    }

    /// Whether it stays true when the user's actions change from number `done` on, first at `at`.
    pub(super) fn outlives(&self, at: SimTime, done: usize) -> bool {
        self.at() <= at && self.done <= done
    }
}

/// Checkpoints of one branch, in order of time, the start first.
#[derive(Clone, Debug)]
pub(super) struct Checkpoints {
    list: Vec<Checkpoint>,
    every_us: Micros,
}

impl Checkpoints {
    pub(super) fn new(start: Checkpoint) -> Self {
        Self { list: vec![start], every_us: limits::CHECKPOINT_US }
    }

    /// How many there are, and the time between two of them.
    #[cfg(test)]
    pub(super) fn size(&self) -> (usize, Micros) {
        (self.list.len(), self.every_us)
    }

    /// When the next one is to be taken, seen from `now`.
    pub(super) fn next_at(&self, now: SimTime) -> SimTime {
        let next = (now.us() / self.every_us + 1) * self.every_us;
        SimTime::from_us(next)
    }

    /// Whether one is to be taken at `now`.
    pub(super) fn wants(&self, now: SimTime) -> bool {
        now.us().is_multiple_of(self.every_us) && self.list.last().is_none_or(|last| last.at() < now)
    }

    pub(super) fn push(&mut self, checkpoint: Checkpoint) {
        self.list.push(checkpoint);
        if self.list.len() >= limits::CHECKPOINTS {
            self.every_us *= 2;
            let every_us = self.every_us;
            self.list.retain(|checkpoint| checkpoint.at().us().is_multiple_of(every_us));
        }
    }

    /// Those that are no longer true go.
    pub(super) fn cut(&mut self, at: SimTime, done: usize) {
        let keep = self.list.partition_point(|checkpoint| checkpoint.outlives(at, done));
        self.list.truncate(keep.max(1)); // the start outlives everything
    }

    /// The very first one.
    pub(super) fn start(&self) -> &Checkpoint {
        &self.list[0]
    }

    /// The last one from which `at` can be reached without doing user's action number `actions`.
    pub(super) fn last_for(&self, at: SimTime, actions: usize) -> &Checkpoint {
        let count = self.list.partition_point(|checkpoint| checkpoint.outlives(at, actions));
        &self.list[count.saturating_sub(1)]
    }

    /// The last one that is not past `at`, nor past event number `order`.
    pub(super) fn before(&self, at: SimTime, order: u64) -> &Checkpoint {
        let count = self.list.partition_point(|checkpoint| checkpoint.at() <= at && checkpoint.order() <= order);
        &self.list[count.saturating_sub(1)]
    }
}
