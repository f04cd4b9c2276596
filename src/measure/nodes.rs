//! Up and down times of every machine.

use crate::sim::{Micros, SimTime, Status};

/// One machine's account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct NodeTally {
    up: bool,
    /// The last change.
    since: SimTime,
    up_us: Micros,
    /// Down times that are over.
    repaired_us: Micros,
    repairs: u32,
    failures: u32,
    /// It has been up at least once: a machine that waits for its first start has not failed.
    known: bool,
}

/// How often and how long a machine was down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NodeFigures {
    /// Time up.
    pub up_us: Micros,
    /// Time down or frozen, since it was first up.
    pub down_us: Micros,
    /// How often it went down or froze.
    pub failures: u32,
    /// Mean time to failure: time up, divided by the number of failures.
    pub mttf_us: Option<Micros>,
    /// Mean time to repair, of the down times that are over.
    pub mttr_us: Option<Micros>,
}

impl NodeTally {
    /// A frozen machine counts as down: nobody gets an answer from it.
    pub(super) fn turn(&mut self, at: SimTime, status: Status) {
        let up = status == Status::Up;
        if up == self.up {
            return;
        }
        let passed = at.since(self.since);
        if self.up {
            self.up_us += passed;
            self.failures += 1;
        } else if self.known {
            self.repaired_us += passed;
            self.repairs += 1;
        } else {
            self.known = true;
        }
        self.up = up;
        self.since = at;
    }

    pub(super) fn figures(&self, now: SimTime) -> NodeFigures {
        let running = now.since(self.since);
        let up_us = self.up_us + if self.up { running } else { 0 };
        let down_us = self.repaired_us + if self.known && !self.up { running } else { 0 };
        NodeFigures {
            up_us,
            down_us,
            failures: self.failures,
            mttf_us: super::figures::mean(up_us, self.failures.into()),
            mttr_us: super::figures::mean(self.repaired_us, self.repairs.into()),
        }
    }
}
