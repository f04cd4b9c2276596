//! What asynchronous replication loses when the master dies: the recovery point.

use super::super::fields::{Fields, HasFields};
use super::super::outputs::Outputs;
use super::Theory;

/// The standby is always the same time behind, and writes come as a Poisson process: Poisson(w·L) of them are lost.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConstantLag {
    /// How far the standby is behind, in seconds.
    pub lag_seconds: f64,
    /// Writes per second.
    pub writes_per_second: f64,
}

impl HasFields for ConstantLag {
    fn fields(&mut self, at: &mut Fields) {
        at.seconds("lag_seconds", &mut self.lag_seconds);
        at.per_second("writes_per_second", &mut self.writes_per_second);
    }
}

impl Theory for ConstantLag {
    fn outputs(&self) -> Outputs {
        let lost = self.writes_per_second * self.lag_seconds;
        Outputs::new()
            .number("mean_lost_writes", lost)
            .number("std_lost_writes", lost.sqrt())
            .number("prob_zero_loss", libm::exp(-lost))
    }
}

/// The log is shipped in batches; a crash falls anywhere between two: U(0, batch) + transfer is lost.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    /// Time from one batch to the next, in seconds.
    pub batch_seconds: f64,
    /// How long a batch is on its way, in seconds.
    pub transfer_seconds: f64,
    /// Writes per second.
    pub writes_per_second: f64,
}

impl HasFields for Batch {
    fn fields(&mut self, at: &mut Fields) {
        at.seconds("batch_seconds", &mut self.batch_seconds);
        at.seconds("transfer_seconds", &mut self.transfer_seconds);
        at.per_second("writes_per_second", &mut self.writes_per_second);
    }
}

impl Theory for Batch {
    fn outputs(&self) -> Outputs {
        let mean_s = self.batch_seconds / 2.0 + self.transfer_seconds;
        Outputs::new()
            .number("mean_loss_window_seconds", mean_s)
            .number("max_loss_window_seconds", self.batch_seconds + self.transfer_seconds)
            .number("mean_lost_writes", mean_s * self.writes_per_second)
    }
}

/// The standby applies one write after the other, each in exponential time, and writes come as a Poisson process: the M/M/1
/// queue. With ρ = w/μ: ρ/(1−ρ) writes wait. At ρ = 1 there is no bound, so writes must come more slowly than they are applied.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Backlog {
    /// Writes per second.
    pub writes_per_second: f64,
    /// Writes that the standby could apply per second.
    pub apply_per_second: f64,
}

impl HasFields for Backlog {
    fn fields(&mut self, at: &mut Fields) {
        at.per_second("writes_per_second", &mut self.writes_per_second);
        at.per_second("apply_per_second", &mut self.apply_per_second);
        at.below("writes_per_second", self.writes_per_second, "apply_per_second", self.apply_per_second);
    }
}

impl Theory for Backlog {
    fn outputs(&self) -> Outputs {
        let spare = self.apply_per_second - self.writes_per_second;
        Outputs::new()
            .number("mean_backlog_writes", self.writes_per_second / spare)
            .number("prob_backlog_zero", spare / self.apply_per_second)
            .number("mean_lag_seconds", 1.0 / spare)
    }
}
