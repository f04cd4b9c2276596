//! Two nodes of which one is enough, with a failover that takes no time and never fails: what redundancy alone can give.

use super::super::chain::Chain;
use super::super::fields::{Fields, HasFields};
use super::super::outputs::Outputs;
use super::super::problem::Range;
use super::single::Single;
use super::{Theory, steady_outputs};

/// What the standby does while it stands by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Standby {
    /// It runs, and fails, as the master does.
    #[default]
    Hot,
    /// It fails, but less often.
    Warm,
    /// It is switched off and cannot fail.
    Cold,
}

/// Two of the same, exponential times. With r = MTTR/MTTF, α = `dormancy_factor` and one crew:
/// A = (1 + (1+α)r) / (1 + (1+α)r + (1+α)r²).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pair {
    /// Which of the three models it is.
    pub standby: Standby,
    /// Mean up time of a node that serves, in hours.
    pub mttf_hours: f64,
    /// Mean repair time of a node, in hours.
    pub mttr_hours: f64,
    /// Failure rate of the standby divided by the master's: 1 hot, 0 cold; given for warm ones only.
    pub dormancy_factor: f64,
    /// How many nodes can be repaired at once.
    pub crews: u32,
}

impl Pair {
    /// A pair without its times.
    pub fn with(standby: Standby) -> Self {
        Self { standby, dormancy_factor: if standby == Standby::Hot { 1.0 } else { 0.0 }, ..Self::default() }
    }
}

impl HasFields for Pair {
    fn fields(&mut self, at: &mut Fields) {
        at.hours("mttf_hours", &mut self.mttf_hours);
        at.hours("mttr_hours", &mut self.mttr_hours);
        at.count("crews", &mut self.crews, (1, 2));
        match self.standby {
            Standby::Hot => at.only("dormancy_factor", 1.0),
            Standby::Cold => at.only("dormancy_factor", 0.0),
            Standby::Warm => {
                at.number("dormancy_factor", &mut self.dormancy_factor, Range::closed("", (0.0, 1.0)));
            }
        }
    }
}

impl Theory for Pair {
    /// By how many nodes are down.
    fn chain(&self) -> Option<Chain> {
        let (fails, repair) = (1.0 / self.mttf_hours, 1.0 / self.mttr_hours);
        let mut chain = Chain::new();
        let [none, one, both] = [chain.up("0"), chain.up("1"), chain.down("2")];
        chain.arc(none, one, (1.0 + self.dormancy_factor) * fails);
        chain.arc(one, none, repair);
        chain.arc(one, both, fails);
        chain.arc(both, one, f64::from(self.crews) * repair);
        Some(chain)
    }

    fn outputs(&self) -> Outputs {
        steady_outputs(&self.chain().unwrap_or_default())
    }
}

/// Two different nodes, both running. Each has a crew of its own, unless `crews` says 1: then who failed first is
/// repaired first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Unequal {
    /// The one.
    pub master: Single,
    /// The other.
    pub slave: Single,
    /// How many nodes can be repaired at once; if nobody says, 1 − U·U by itself.
    pub crews: Option<u32>,
}

impl HasFields for Unequal {
    fn fields(&mut self, at: &mut Fields) {
        at.part("master", &mut self.master);
        at.part("slave", &mut self.slave);
        at.optional_count("crews", &mut self.crews, (1, 2));
        at.word("discipline", &mut (), false, &[("FCFS", ())]);
    }
}

impl Theory for Unequal {
    fn chain(&self) -> Option<Chain> {
        let [fails_m, fails_s] = [1.0 / self.master.mttf_hours, 1.0 / self.slave.mttf_hours];
        let [repair_m, repair_s] = [1.0 / self.master.mttr_hours, 1.0 / self.slave.mttr_hours];
        let mut chain = Chain::new();
        let [both, slave, master] = [chain.up("MS"), chain.up("S"), chain.up("M")];
        chain.arc(both, slave, fails_m);
        chain.arc(both, master, fails_s);
        chain.arc(slave, both, repair_m);
        chain.arc(master, both, repair_s);
        if self.crews == Some(1) {
            let [m_first, s_first] = [chain.down("DD_m_first"), chain.down("DD_s_first")];
            chain.arc(slave, m_first, fails_s);
            chain.arc(master, s_first, fails_m);
            chain.arc(m_first, master, repair_m);
            chain.arc(s_first, slave, repair_s);
        } else {
            let none = chain.down("DD");
            chain.arc(slave, none, fails_s);
            chain.arc(master, none, fails_m);
            chain.arc(none, master, repair_m);
            chain.arc(none, slave, repair_s);
        }
        Some(chain)
    }

    fn outputs(&self) -> Outputs {
        if self.crews.is_some() {
            return steady_outputs(&self.chain().unwrap_or_default());
        }
        Outputs::new().share("availability", self.master.availability().or(self.slave.availability()))
    }
}
