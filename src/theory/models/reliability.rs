//! How likely a system lasts: no failure of the service until a given hour, and the mean time until the first one.

use super::super::chain::Chain;
use super::super::decimal;
use super::super::fields::{Fields, HasFields};
use super::super::limits;
use super::super::outputs::{Outputs, Value};
use super::super::problem::Range;
use super::super::steady::mean_hours_to_failure;
use super::super::transient::reliability;
use super::Theory;
use super::quorum::up_to;

/// What lasts.
#[derive(Clone, Debug, PartialEq)]
pub enum System {
    /// One node: R = e^−λt.
    Single,
    /// Two nodes, one is enough. MTTF = (3λ+μ) / 2λ².
    Parallel,
    /// A node and a cold standby. MTTF = (2λ+μ) / λ².
    Cold,
    /// `k` of `n` nodes, each with a crew. For 2 of 3: MTTF = (5λ+μ) / 6λ².
    KOfN {
        /// How many nodes there are.
        n: u32,
        /// How many must be up.
        k: u32,
    },
    /// Two nodes; a failure that is not covered takes the system down. MTTF = (λ(1+2c)+μ) / 2λ(λ+μ(1−c)).
    Coverage {
        /// Probability that a failure is covered.
        coverage: f64,
    },
}

/// A system and the hours at which to look.
#[derive(Clone, Debug, PartialEq)]
pub struct Reliability {
    /// What lasts.
    pub system: System,
    /// Mean up time of a node, in hours.
    pub mttf_hours: f64,
    /// Mean repair time of a node, in hours; without it nothing is repaired.
    pub mttr_hours: Option<f64>,
    /// Hours since everything was up.
    pub t_hours: Vec<f64>,
}

impl Reliability {
    /// A system without its times.
    pub fn of(system: System) -> Self {
        Self { system, mttf_hours: 0.0, mttr_hours: None, t_hours: Vec::new() }
    }

    /// Its chain; what happens after the first failure of the service is not in it.
    pub fn to_chain(&self) -> Chain {
        let fails = 1.0 / self.mttf_hours;
        let repair = self.mttr_hours.map_or(0.0, |hours| 1.0 / hours);
        let mut chain = Chain::new();
        let (nodes, needed) = match self.system {
            System::Single => (1, 1),
            System::Parallel | System::Cold | System::Coverage { .. } => (2, 1),
            System::KOfN { n, k } => (n, k),
        };
        for down in 0..=nodes - needed {
            chain.up(down.to_string());
        }
        let failed = chain.down("failed");
        for down in 0..=nodes - needed {
            let (here, running) = (down as usize, f64::from(nodes - down));
            let rate = match self.system {
                System::Cold => fails,
                _ => running * fails,
            };
            match self.system {
                System::Coverage { coverage } if down == 0 => {
                    chain.arc(here, here + 1, rate * coverage);
                    chain.arc(here, failed, rate * decimal::complement(coverage));
                }
                _ => chain.arc(here, here + 1, rate),
            }
            if down > 0 {
                chain.arc(here, here - 1, f64::from(down) * repair);
            }
        }
        chain
    }
}

impl Default for Reliability {
    fn default() -> Self {
        Self::of(System::Single)
    }
}

impl HasFields for Reliability {
    fn fields(&mut self, at: &mut Fields) {
        match &mut self.system {
            System::KOfN { n, k } => {
                at.count("n", n, (1, limits::NODES));
                at.count("k", k, up_to(*n));
            }
            System::Coverage { coverage } => at.probability("coverage", coverage),
            System::Single | System::Parallel | System::Cold => {}
        }
        at.hours("mttf_hours", &mut self.mttf_hours);
        if self.system != System::Single {
            at.optional_number("mttr_hours", &mut self.mttr_hours, Range::closed("hours", limits::HOURS));
        }
        at.numbers("t_hours", &mut self.t_hours, limits::TIMES, Range::closed("hours", limits::HOURS));
    }
}

impl Theory for Reliability {
    fn outputs(&self) -> Outputs {
        let chain = self.to_chain();
        let rows = self
            .t_hours
            .iter()
            .map(|&hours| Outputs::new().number("t_hours", hours).share("reliability", reliability(&chain, hours)));
        let mut outputs = Outputs::new().number("mttf_system_hours", mean_hours_to_failure(&chain));
        outputs.push("table", Value::Table(rows.collect()));
        outputs
    }
}
