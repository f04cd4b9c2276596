//! A pair whose failover takes time, during which the service is down.
//!
//! States: `UU` both up, `FO` failing over (the master is down, the standby is not serving yet), `U1` one serves and the
//! other is in repair, `DD` both down. A node that is repaired while the failover still runs takes up its old place
//! ("resume"), and a standby that fails in that time leaves nobody. So each failover is a race, and the classroom formula,
//! which knows no race, is a little too pessimistic.

use super::super::chain::{Chain, State};
use super::super::decimal;
use super::super::fields::{Fields, HasFields};
use super::super::limits;
use super::super::outputs::{Outputs, YEAR_HOURS};
use super::super::problem::Range;
use super::super::steady::Steady;
use super::{Theory, steady_outputs, summary};

/// Seconds of an hour.
pub const HOUR_S: f64 = 3_600.0;

/// Places of the states in which failovers start and run.
pub(super) const UU: State = 0;
const FO: State = 1;

/// U ≈ (mean outage of a failover) / (MTTF + MTTR) + u², and how far that is off, relative to the exact value.
pub(super) fn classroom(
    outputs: Outputs,
    mean_outage_hours: f64,
    mttf_hours: f64,
    mttr_hours: f64,
    exact: f64,
) -> Outputs {
    let cycle = mttf_hours + mttr_hours;
    let unavailability = mean_outage_hours / cycle + (mttr_hours / cycle) * (mttr_hours / cycle);
    outputs
        .number("classroom_approx_unavailability", unavailability)
        .number("classroom_approx_rel_error", (unavailability - exact) / exact)
}

/// Whether a failed master can come back while its standby is still being promoted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DuringFailover {
    /// Its repair goes on, and if it is back first it serves again.
    #[default]
    Resume,
    /// Its repair begins when the failover is over.
    NoRepair,
}

/// A pair with an exponential failover delay that always succeeds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Failover {
    /// Mean up time of a node that serves, in hours.
    pub mttf_hours: f64,
    /// Mean repair time of a node, in hours.
    pub mttr_hours: f64,
    /// Mean time from the failure of the master until the standby serves, in seconds.
    pub failover_mean_seconds: f64,
    /// How many nodes can be repaired at once.
    pub crews: u32,
    /// What happens to the failed master meanwhile.
    pub during: DuringFailover,
    /// Failure rate of the standby divided by the master's; 1 if nobody says.
    pub dormancy_factor: Option<f64>,
    /// Mean time to start the service on the node that is repaired first after both were down; at once if nobody says.
    pub restart_mean_seconds: Option<f64>,
}

impl HasFields for Failover {
    fn fields(&mut self, at: &mut Fields) {
        at.hours("mttf_hours", &mut self.mttf_hours);
        at.hours("mttr_hours", &mut self.mttr_hours);
        at.seconds("failover_mean_seconds", &mut self.failover_mean_seconds);
        at.only("coverage", 1.0);
        at.count("crews", &mut self.crews, (1, 2));
        let words = [("resume", DuringFailover::Resume), ("norepair", DuringFailover::NoRepair)];
        at.word("repair_during_failover", &mut self.during, false, &words);
        at.optional_number("dormancy_factor", &mut self.dormancy_factor, Range::closed("", (0.0, 1.0)));
        let seconds = Range::closed("seconds", limits::SECONDS);
        at.optional_number("restart_mean_seconds", &mut self.restart_mean_seconds, seconds);
    }
}

impl Theory for Failover {
    fn chain(&self) -> Option<Chain> {
        let (fails, repair) = (1.0 / self.mttf_hours, 1.0 / self.mttr_hours);
        let idle = self.dormancy_factor.unwrap_or(1.0) * fails;
        let mut chain = Chain::new();
        let [uu, fo, u1, dd] = [chain.up("UU"), chain.down("FO"), chain.up("U1"), chain.down("DD")];
        chain.arc(uu, fo, fails);
        chain.arc(uu, u1, idle);
        chain.arc(fo, u1, HOUR_S / self.failover_mean_seconds);
        chain.arc(fo, dd, idle);
        if self.during == DuringFailover::Resume {
            chain.arc(fo, uu, repair);
        }
        chain.arc(u1, uu, repair);
        chain.arc(u1, dd, fails);
        let repairs = f64::from(self.crews) * repair;
        if let Some(restart_s) = self.restart_mean_seconds {
            let restart = chain.down("RS");
            chain.arc(dd, restart, repairs);
            chain.arc(restart, u1, HOUR_S / restart_s);
            chain.arc(restart, dd, fails);
            chain.arc(restart, uu, repair);
        } else {
            chain.arc(dd, u1, repairs);
        }
        Some(chain)
    }

    fn outputs(&self) -> Outputs {
        let chain = self.chain().unwrap_or_default();
        let steady = Steady::of(&chain);
        let failover_hours = self.failover_mean_seconds / HOUR_S;
        let outputs = summary(&chain, &steady)
            .number("failovers_started_per_year_365d", YEAR_HOURS * steady.probability(UU) / self.mttf_hours)
            .number("failovers_completed_per_year_365d", YEAR_HOURS * steady.probability(FO) / failover_hours);
        let plain = self.dormancy_factor.is_none_or(|factor| factor >= 1.0) && self.restart_mean_seconds.is_none();
        if !plain || self.during == DuringFailover::NoRepair {
            return outputs;
        }
        classroom(outputs, failover_hours, self.mttf_hours, self.mttr_hours, steady.availability().down)
    }
}

/// Detection first, promotion then, each exponential.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TwoStage {
    /// Mean up time of a node, in hours.
    pub mttf_hours: f64,
    /// Mean repair time of a node, in hours.
    pub mttr_hours: f64,
    /// Mean time until the failure is noticed, in seconds.
    pub detect_mean_seconds: f64,
    /// Mean time from there until the standby serves, in seconds.
    pub promote_mean_seconds: f64,
    /// How many nodes can be repaired at once.
    pub crews: u32,
}

impl HasFields for TwoStage {
    fn fields(&mut self, at: &mut Fields) {
        at.hours("mttf_hours", &mut self.mttf_hours);
        at.hours("mttr_hours", &mut self.mttr_hours);
        at.seconds("detect_mean_seconds", &mut self.detect_mean_seconds);
        at.seconds("promote_mean_seconds", &mut self.promote_mean_seconds);
        at.only("coverage", 1.0);
        at.count("crews", &mut self.crews, (1, 2));
    }
}

impl Theory for TwoStage {
    fn chain(&self) -> Option<Chain> {
        let (fails, repair) = (1.0 / self.mttf_hours, 1.0 / self.mttr_hours);
        let mut chain = Chain::new();
        let [both, detecting, one] = [chain.up("UU"), chain.down("DE"), chain.up("U1")];
        let [promoting, none] = [chain.down("FO"), chain.down("DD")];
        chain.arc(both, detecting, fails);
        chain.arc(both, one, fails);
        chain.arc(detecting, promoting, HOUR_S / self.detect_mean_seconds);
        chain.arc(promoting, one, HOUR_S / self.promote_mean_seconds);
        for stage in [detecting, promoting] {
            chain.arc(stage, none, fails);
            chain.arc(stage, both, repair);
        }
        chain.arc(one, both, repair);
        chain.arc(one, none, fails);
        chain.arc(none, one, f64::from(self.crews) * repair);
        Some(chain)
    }

    fn outputs(&self) -> Outputs {
        let chain = self.chain().unwrap_or_default();
        let steady = Steady::of(&chain);
        summary(&chain, &steady)
            .number("failovers_started_per_year_365d", YEAR_HOURS * steady.probability(UU) / self.mttf_hours)
    }
}

/// How long a failover takes that is not exponential.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Delay {
    /// Always the same.
    Constant {
        /// In seconds.
        failover_seconds: f64,
    },
    /// A heartbeat that stops somewhere within its period is missed after timeout − U(0, period); then the promotion.
    Heartbeat {
        /// The heartbeat's period, in seconds.
        heartbeat_seconds: f64,
        /// How long nothing may be heard, in seconds.
        timeout_seconds: f64,
        /// How long the promotion takes, always the same, in seconds.
        promote_seconds: f64,
    },
}

impl Delay {
    /// The chance that nothing which happens at this rate per second happens meanwhile, and the chance that it does.
    fn survives(self, per_second: f64) -> (f64, f64) {
        match self {
            Self::Constant { failover_seconds } => {
                let x = per_second * failover_seconds;
                (libm::exp(-x), -libm::expm1(-x))
            }
            Self::Heartbeat { heartbeat_seconds, timeout_seconds, promote_seconds } => {
                let (fixed, spread) = (timeout_seconds - heartbeat_seconds + promote_seconds, heartbeat_seconds);
                let fixed_survives = libm::exp(-per_second * fixed);
                let in_spread = decimal::mean_decayed(per_second * spread);
                let fails = -libm::expm1(-per_second * fixed) + fixed_survives * in_spread;
                (fixed_survives * (1.0 - in_spread), fails)
            }
        }
    }
}

/// A pair whose failover delay is not exponential: a semi-Markov process. In the long run only the mean stay in `FO` and
/// the odds of its ways out count, so a chain with these has the same probabilities.
#[derive(Clone, Debug, PartialEq)]
pub struct Timed {
    /// Mean up time of a node, in hours.
    pub mttf_hours: f64,
    /// Mean repair time of a node, in hours.
    pub mttr_hours: f64,
    /// How long the failover takes.
    pub delay: Delay,
    /// How many nodes can be repaired at once.
    pub crews: u32,
}

impl Timed {
    /// A constant delay, without its times.
    pub fn constant() -> Self {
        Self { mttf_hours: 0.0, mttr_hours: 0.0, delay: Delay::Constant { failover_seconds: 0.0 }, crews: 0 }
    }

    /// Detection by heartbeats, without its times.
    pub fn heartbeat() -> Self {
        let delay = Delay::Heartbeat { heartbeat_seconds: 0.0, timeout_seconds: 0.0, promote_seconds: 0.0 };
        Self { delay, ..Self::constant() }
    }
}

impl Default for Timed {
    fn default() -> Self {
        Self::constant()
    }
}

impl HasFields for Timed {
    fn fields(&mut self, at: &mut Fields) {
        at.hours("mttf_hours", &mut self.mttf_hours);
        at.hours("mttr_hours", &mut self.mttr_hours);
        match &mut self.delay {
            Delay::Constant { failover_seconds } => at.seconds("failover_seconds_constant", failover_seconds),
            Delay::Heartbeat { heartbeat_seconds, timeout_seconds, promote_seconds } => {
                at.seconds("timeout_seconds", timeout_seconds);
                at.seconds("heartbeat_seconds", heartbeat_seconds);
                at.seconds("promote_seconds", promote_seconds);
                at.not_above("heartbeat_seconds", *heartbeat_seconds, "timeout_seconds", *timeout_seconds);
            }
        }
        at.count("crews", &mut self.crews, (1, 2));
    }
}

impl Theory for Timed {
    fn outputs(&self) -> Outputs {
        let (fails, repair) = (1.0 / self.mttf_hours, 1.0 / self.mttr_hours);
        let (survives, interrupted) = self.delay.survives((fails + repair) / HOUR_S);
        let mut chain = Chain::new();
        let [uu, fo, u1, dd] = [chain.up("UU"), chain.down("FO"), chain.up("U1"), chain.down("DD")];
        chain.arc(uu, fo, fails);
        chain.arc(uu, u1, fails);
        // The odds of getting through against being interrupted, which happens at fails + repair.
        chain.arc(fo, u1, (fails + repair) * survives / interrupted);
        chain.arc(fo, dd, fails);
        chain.arc(fo, uu, repair);
        chain.arc(u1, uu, repair);
        chain.arc(u1, dd, fails);
        chain.arc(dd, u1, f64::from(self.crews) * repair);
        let steady = Steady::of(&chain);
        let mut all = steady_outputs(&chain);
        all.0.retain(|(name, _)| {
            matches!(
                &**name,
                "availability" | "unavailability" | "downtime_minutes_per_year_365d" | "state_probabilities"
            )
        });
        all.number("failovers_started_per_year_365d", YEAR_HOURS * steady.probability(UU) / self.mttf_hours)
    }
}
