//! Pairs whose failover does not always work: what is not covered, or not noticed, takes a human.

use super::super::chain::Chain;
use super::super::decimal;
use super::super::fields::{Fields, HasFields};
use super::super::outputs::{Outputs, YEAR_HOURS};
use super::super::steady::Steady;
use super::failover::{HOUR_S, UU, classroom};
use super::{Theory, steady_outputs, summary};

/// A failover that works by itself with probability `coverage`, and otherwise waits for a human (`UC`). All delays are
/// exponential; the failed node's repair runs meanwhile and ends the outage if it is first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Coverage {
    /// Mean up time of a node, in hours.
    pub mttf_hours: f64,
    /// Mean repair time of a node, in hours.
    pub mttr_hours: f64,
    /// Mean length of an automatic failover, in seconds.
    pub failover_mean_seconds: f64,
    /// Probability that the automatic failover works.
    pub coverage: f64,
    /// Mean length of a failover by hand, in seconds.
    pub manual_failover_mean_seconds: f64,
    /// How many nodes can be repaired at once.
    pub crews: u32,
}

impl HasFields for Coverage {
    fn fields(&mut self, at: &mut Fields) {
        at.hours("mttf_hours", &mut self.mttf_hours);
        at.hours("mttr_hours", &mut self.mttr_hours);
        at.seconds("failover_mean_seconds", &mut self.failover_mean_seconds);
        at.probability("coverage", &mut self.coverage);
        at.seconds("manual_failover_mean_seconds", &mut self.manual_failover_mean_seconds);
        at.count("crews", &mut self.crews, (1, 2));
    }
}

impl Theory for Coverage {
    fn chain(&self) -> Option<Chain> {
        let (fails, repair) = (1.0 / self.mttf_hours, 1.0 / self.mttr_hours);
        let mut chain = Chain::new();
        let [both, automatic, one] = [chain.up("UU"), chain.down("FO"), chain.up("U1")];
        let [by_hand, none] = [chain.down("UC"), chain.down("DD")];
        chain.arc(both, automatic, self.coverage * fails);
        chain.arc(both, one, fails);
        chain.arc(both, by_hand, decimal::complement(self.coverage) * fails);
        chain.arc(automatic, one, HOUR_S / self.failover_mean_seconds);
        chain.arc(by_hand, one, HOUR_S / self.manual_failover_mean_seconds);
        for waiting in [automatic, by_hand] {
            chain.arc(waiting, none, fails);
            chain.arc(waiting, both, repair);
        }
        chain.arc(one, both, repair);
        chain.arc(one, none, fails);
        chain.arc(none, one, f64::from(self.crews) * repair);
        Some(chain)
    }

    fn outputs(&self) -> Outputs {
        let chain = self.chain().unwrap_or_default();
        let steady = Steady::of(&chain);
        let started = self.coverage * steady.probability(UU) / self.mttf_hours;
        let completed = steady.probability(1) * HOUR_S / self.failover_mean_seconds;
        let outputs = summary(&chain, &steady)
            .number("failovers_started_per_year_365d", YEAR_HOURS * started)
            .number("failovers_completed_per_year_365d", YEAR_HOURS * completed);
        let uncovered = decimal::complement(self.coverage);
        let outage_s = self.coverage * self.failover_mean_seconds + uncovered * self.manual_failover_mean_seconds;
        classroom(outputs, outage_s / HOUR_S, self.mttf_hours, self.mttr_hours, steady.availability().down)
    }
}

/// The two processors of the textbooks (Trivedi, *Probability and Statistics with Reliability, Queuing, and Computer
/// Science Applications*, chapter 8): a failure that is not covered takes both down for a reboot, in which nothing fails.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TwoProcessors {
    /// Mean up time of a processor, in hours.
    pub mttf_hours: f64,
    /// Mean repair time of a processor, in hours.
    pub mttr_hours: f64,
    /// Probability that a failure is covered.
    pub coverage: f64,
    /// Mean length of a reboot, in hours.
    pub reboot_mean_hours: f64,
    /// How many processors can be repaired at once.
    pub crews: u32,
}

impl HasFields for TwoProcessors {
    fn fields(&mut self, at: &mut Fields) {
        at.hours("mttf_hours", &mut self.mttf_hours);
        at.hours("mttr_hours", &mut self.mttr_hours);
        at.probability("coverage", &mut self.coverage);
        at.hours("reboot_mean_hours", &mut self.reboot_mean_hours);
        at.count("crews", &mut self.crews, (1, 2));
    }
}

impl Theory for TwoProcessors {
    fn chain(&self) -> Option<Chain> {
        let (fails, repair) = (1.0 / self.mttf_hours, 1.0 / self.mttr_hours);
        let mut chain = Chain::new();
        let [two, one, reboot, none] = [chain.up("2"), chain.up("1"), chain.down("1c"), chain.down("0")];
        chain.arc(two, one, 2.0 * self.coverage * fails);
        chain.arc(two, reboot, 2.0 * decimal::complement(self.coverage) * fails);
        chain.arc(reboot, one, 1.0 / self.reboot_mean_hours);
        chain.arc(one, two, repair);
        chain.arc(one, none, fails);
        chain.arc(none, one, f64::from(self.crews) * repair);
        Some(chain)
    }

    fn outputs(&self) -> Outputs {
        steady_outputs(&self.chain().unwrap_or_default())
    }
}

/// A standby that fails unseen (`UL`) and is found dead by a test, or by the failover that needed it (`DL`).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Latent {
    /// Mean up time of a node, in hours.
    pub mttf_hours: f64,
    /// Mean repair time of a node, in hours.
    pub mttr_hours: f64,
    /// Mean length of a failover, also of one that fails, in seconds.
    pub failover_mean_seconds: f64,
    /// Mean time from the standby's failure until a test finds it, in hours.
    pub standby_test_mean_hours: f64,
    /// How many nodes can be repaired at once.
    pub crews: u32,
}

impl HasFields for Latent {
    fn fields(&mut self, at: &mut Fields) {
        at.hours("mttf_hours", &mut self.mttf_hours);
        at.hours("mttr_hours", &mut self.mttr_hours);
        at.seconds("failover_mean_seconds", &mut self.failover_mean_seconds);
        at.hours("standby_test_mean_hours", &mut self.standby_test_mean_hours);
        at.count("crews", &mut self.crews, (1, 2));
    }
}

impl Theory for Latent {
    fn chain(&self) -> Option<Chain> {
        let (fails, repair) = (1.0 / self.mttf_hours, 1.0 / self.mttr_hours);
        let failover = HOUR_S / self.failover_mean_seconds;
        let mut chain = Chain::new();
        let [both, failing_over, unseen] = [chain.up("UU"), chain.down("FO"), chain.up("UL")];
        let [one, in_vain, none] = [chain.up("U1"), chain.down("DL"), chain.down("DD")];
        chain.arc(both, failing_over, fails);
        chain.arc(both, unseen, fails);
        chain.arc(unseen, one, 1.0 / self.standby_test_mean_hours);
        chain.arc(unseen, in_vain, fails);
        chain.arc(in_vain, none, failover);
        chain.arc(in_vain, unseen, repair);
        chain.arc(failing_over, one, failover);
        chain.arc(failing_over, in_vain, fails);
        chain.arc(failing_over, both, repair);
        chain.arc(one, both, repair);
        chain.arc(one, none, fails);
        chain.arc(none, one, f64::from(self.crews) * repair);
        Some(chain)
    }

    fn outputs(&self) -> Outputs {
        let chain = self.chain().unwrap_or_default();
        let steady = Steady::of(&chain);
        let ended = |state| YEAR_HOURS * steady.probability(state) * HOUR_S / self.failover_mean_seconds;
        summary(&chain, &steady)
            .number("failed_failovers_per_year_365d", ended(4))
            .number("failovers_completed_per_year_365d", ended(1))
    }
}

/// A pair with a preferred master: after its repair the service goes back to it, which costs a second, planned outage.
/// States name who serves: `MS` the master with its standby, `SM` the other way round, `M1` and `S1` alone, `FO` and `FO2`
/// failing over to the standby and back, `FB` failing back. Two crews.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Failback {
    /// Mean up time of a node, in hours.
    pub mttf_hours: f64,
    /// Mean repair time of a node, in hours.
    pub mttr_hours: f64,
    /// Mean length of a failover, in seconds.
    pub failover_mean_seconds: f64,
    /// Mean time from the repair until the failback starts, in hours.
    pub failback_wait_mean_hours: f64,
    /// Mean length of a failback, in seconds.
    pub failback_mean_seconds: f64,
}

impl HasFields for Failback {
    fn fields(&mut self, at: &mut Fields) {
        at.hours("mttf_hours", &mut self.mttf_hours);
        at.hours("mttr_hours", &mut self.mttr_hours);
        at.seconds("failover_mean_seconds", &mut self.failover_mean_seconds);
        at.hours("failback_wait_mean_hours", &mut self.failback_wait_mean_hours);
        at.seconds("failback_mean_seconds", &mut self.failback_mean_seconds);
        // With one crew the order of the repairs would count, and the states do not tell it.
        at.count("crews", &mut 2, (2, 2));
    }
}

impl Failback {
    /// The place of `SM`: the standby serves, the master is well again and waits.
    const WAITING: usize = 5;
}

impl Theory for Failback {
    fn chain(&self) -> Option<Chain> {
        let (fails, repair) = (1.0 / self.mttf_hours, 1.0 / self.mttr_hours);
        let (failover, failback) = (HOUR_S / self.failover_mean_seconds, HOUR_S / self.failback_mean_seconds);
        let mut chain = Chain::new();
        let [ms, to_standby, m_alone, s_alone] = [chain.up("MS"), chain.down("FO"), chain.up("M1"), chain.up("S1")];
        let [none, sm, back, to_master] = [chain.down("DD"), chain.up("SM"), chain.down("FB"), chain.down("FO2")];
        // Who serves, who stands by: fails, is failed over, is left alone.
        for (both, failing_over, survivor, alone) in
            [(ms, to_standby, s_alone, m_alone), (sm, to_master, m_alone, s_alone)]
        {
            chain.arc(both, failing_over, fails);
            chain.arc(both, alone, fails);
            chain.arc(failing_over, survivor, failover);
            chain.arc(failing_over, none, fails);
            chain.arc(failing_over, both, repair);
            chain.arc(alone, both, repair);
            chain.arc(alone, none, fails);
            chain.arc(none, alone, repair);
        }
        chain.arc(sm, back, 1.0 / self.failback_wait_mean_hours);
        chain.arc(back, ms, failback);
        chain.arc(back, s_alone, fails);
        chain.arc(back, m_alone, fails);
        Some(chain)
    }

    fn outputs(&self) -> Outputs {
        let chain = self.chain().unwrap_or_default();
        let steady = Steady::of(&chain);
        let started = steady.probability(Self::WAITING) / self.failback_wait_mean_hours;
        summary(&chain, &steady).number("failbacks_per_year_365d", YEAR_HOURS * started)
    }
}
