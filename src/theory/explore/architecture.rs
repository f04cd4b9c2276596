//! The architectures, their inputs, and the models that they become.

use super::super::decimal;
use super::super::models::{
    Alike, Coverage, Failback, Failover, KOfN, Latent, LoadShared, Model, Pair, QuorumLeader, Series, Single, Standby,
    WhileDown,
};
use super::super::problem::Wrong;
use super::answer::Complaint;
use super::input::Input;

const HOUR_S: f64 = 3_600.0;

/// How a service is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Architecture {
    /// One node.
    Single,
    /// Three parts, all of them needed.
    Series,
    /// Two nodes of which one is enough, with a failover that takes no time.
    Pair,
    /// A pair whose failover takes time.
    Failover,
    /// A pair whose failover works only sometimes.
    Coverage,
    /// A pair whose standby dies unseen.
    Latent,
    /// A pair that goes back to its preferred master.
    Failback,
    /// So many of so many.
    KOfN,
    /// A majority with a leader.
    Quorum,
    /// Nodes that share a load.
    Pool,
}

/// What the up times of the inputs are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Basis {
    /// Mean up times.
    #[default]
    Mttf,
    /// Mean times from failure to failure: up time and repair.
    Mtbf,
}

impl Architecture {
    /// All, from the simplest.
    pub const ALL: [Self; 10] = [
        Self::Single,
        Self::Series,
        Self::Pair,
        Self::Failover,
        Self::Coverage,
        Self::Latent,
        Self::Failback,
        Self::KOfN,
        Self::Quorum,
        Self::Pool,
    ];

    /// Its inputs, in the order in which one thinks of them.
    pub fn inputs(self) -> &'static [Input] {
        use Input as I;
        match self {
            Self::Single => &[I::Mttf, I::Mttr],
            Self::Series => &[I::Mttf, I::Mttr, I::Mttf2, I::Mttr2, I::Mttf3, I::Mttr3],
            Self::Pair => &[I::Mttf, I::Mttr, I::Dormancy, I::Crews, I::CommonCause],
            Self::Failover => &[I::Mttf, I::Mttr, I::Failover, I::Dormancy, I::Crews, I::CommonCause],
            Self::Coverage => &[I::Mttf, I::Mttr, I::Failover, I::Coverage, I::Manual, I::Crews, I::CommonCause],
            Self::Latent => &[I::Mttf, I::Mttr, I::Failover, I::Test, I::Crews, I::CommonCause],
            Self::Failback => &[I::Mttf, I::Mttr, I::Failover, I::Wait, I::Failback, I::CommonCause],
            Self::KOfN => &[I::Nodes, I::Needed, I::Mttf, I::Mttr, I::Crews, I::CommonCause],
            Self::Quorum => &[I::Nodes, I::Mttf, I::Mttr, I::Election, I::Crews, I::CommonCause],
            Self::Pool => &[I::Nodes, I::Demand, I::Mttf, I::Mttr, I::Gamma, I::Crews, I::CommonCause],
        }
    }

    /// A word for tests and files; the same in every language. It is that of the model.
    pub fn name(self) -> &'static str {
        match self {
            Self::Single => "single",
            Self::Series => "series",
            Self::Pair => "pair",
            Self::Failover => "pair-failover",
            Self::Coverage => "pair-coverage",
            Self::Latent => "pair-latent-standby",
            Self::Failback => "pair-failback",
            Self::KOfN => "k-of-n",
            Self::Quorum => "quorum-leader",
            Self::Pool => "load-shared",
        }
    }

    /// Whether it has a number of nodes that can be chosen.
    pub fn has_nodes(self) -> bool {
        self.inputs().contains(&Input::Nodes)
    }
}

/// An architecture with values for its inputs.
#[derive(Clone, Debug, PartialEq)]
pub struct Inputs {
    /// How the service is built.
    pub architecture: Architecture,
    /// What its up times are.
    pub basis: Basis,
    values: [f64; Input::COUNT],
}

impl Inputs {
    /// What one starts from.
    pub fn of(architecture: Architecture) -> Self {
        let mut inputs = Self { architecture, basis: Basis::Mttf, values: [0.0; Input::COUNT] };
        // A value for each, also for those that this architecture has not: it may be exchanged.
        for other in Architecture::ALL {
            for input in other.inputs() {
                inputs.set(*input, input.start());
            }
        }
        inputs
    }

    /// The value of an input, times in seconds.
    pub fn get(&self, input: Input) -> f64 {
        self.values[input as usize]
    }

    /// Sets an input, whether its value makes sense or not.
    pub fn set(&mut self, input: Input, value: f64) {
        self.values[input as usize] = value;
    }

    /// How many nodes there are.
    pub fn nodes(&self) -> u32 {
        if self.architecture.has_nodes() { self.get(Input::Nodes) as u32 } else { 2 }
    }

    /// The mean up time that an input comes to, in hours. Checked before: an MTBF is longer than the repair.
    pub fn up_hours(&self, input: Input) -> f64 {
        let given = self.get(input);
        match self.basis {
            Basis::Mttf => given / HOUR_S,
            Basis::Mtbf => (given - self.get(input.repair())) / HOUR_S,
        }
    }

    /// The value of a time in hours.
    pub fn hours(&self, input: Input) -> f64 {
        self.get(input) / HOUR_S
    }

    /// More crews than nodes have nothing to do.
    pub fn crews(&self) -> u32 {
        (self.get(Input::Crews) as u32).min(self.nodes())
    }

    /// The share of failures that take all nodes down.
    pub fn common_cause(&self) -> f64 {
        if self.architecture.inputs().contains(&Input::CommonCause) { self.get(Input::CommonCause) } else { 0.0 }
    }

    /// What is wrong with the inputs one by one.
    pub(super) fn complaints(&self) -> Vec<Complaint> {
        let mut complaints = Vec::new();
        for &input in self.architecture.inputs() {
            let found = self.get(input);
            if let Err(wrong) = input.check(found) {
                complaints.push(Complaint { input: Some(input), wrong });
            } else if self.basis == Basis::Mtbf && input.is_up_time() && found <= self.get(input.repair()) {
                let limit = self.get(input.repair());
                let wrong = Wrong::Order { found: limit, other: input.name(), limit: found, or_equal: false };
                complaints.push(Complaint { input: Some(input.repair()), wrong });
            }
        }
        complaints
    }

    /// The model of the nodes by themselves, and the part in series with it that stands for what they have in common, if
    /// there is any. Checked before by an answer.
    pub fn in_series(&self) -> (Model, Option<Single>) {
        let beta = self.common_cause();
        (self.model(1.0 / decimal::complement(beta)), (beta > 0.0).then(|| self.common_part(beta)))
    }

    /// The model, whose nodes are up for `factor` times as long as the inputs say.
    pub(super) fn model(&self, factor: f64) -> Model {
        let (mttf_hours, mttr_hours) = (self.up_hours(Input::Mttf) * factor, self.hours(Input::Mttr));
        let (crews, n) = (self.crews(), self.nodes());
        let failover_mean_seconds = self.get(Input::Failover);
        match self.architecture {
            Architecture::Single => Model::Single(Single { mttf_hours, mttr_hours }),
            Architecture::Series => {
                let components = [Input::Mttf, Input::Mttf2, Input::Mttf3]
                    .map(|up| Single { mttf_hours: self.up_hours(up), mttr_hours: self.hours(up.repair()) });
                Model::Series(Series { components: components.to_vec(), while_down: WhileDown::Ageing })
            }
            Architecture::Pair => {
                let dormancy_factor = self.get(Input::Dormancy);
                Model::PairWarm(Pair { standby: Standby::Warm, mttf_hours, mttr_hours, dormancy_factor, crews })
            }
            Architecture::Failover => Model::PairFailover(Failover {
                mttf_hours,
                mttr_hours,
                failover_mean_seconds,
                crews,
                dormancy_factor: Some(self.get(Input::Dormancy)),
                ..Failover::default()
            }),
            Architecture::Coverage => Model::PairCoverage(Coverage {
                mttf_hours,
                mttr_hours,
                failover_mean_seconds,
                coverage: self.get(Input::Coverage),
                manual_failover_mean_seconds: self.get(Input::Manual),
                crews,
            }),
            Architecture::Latent => Model::PairLatent(Latent {
                mttf_hours,
                mttr_hours,
                failover_mean_seconds,
                standby_test_mean_hours: self.hours(Input::Test),
                crews,
            }),
            Architecture::Failback => Model::PairFailback(Failback {
                mttf_hours,
                mttr_hours,
                failover_mean_seconds,
                failback_wait_mean_hours: self.hours(Input::Wait),
                failback_mean_seconds: self.get(Input::Failback),
            }),
            Architecture::KOfN => Model::KOfN(KOfN::Alike(Alike {
                n,
                k: self.get(Input::Needed) as u32,
                mttf_hours,
                mttr_hours,
                crews,
                failures_while_down: true,
            })),
            Architecture::Quorum => Model::QuorumLeader(QuorumLeader {
                n,
                k: n / 2 + 1,
                mttf_hours,
                mttr_hours,
                election_mean_seconds: self.get(Input::Election),
                crews,
            }),
            Architecture::Pool => Model::LoadShared(LoadShared {
                n,
                mttf_hours_at_full_strength: mttf_hours,
                mttr_hours,
                gamma: self.get(Input::Gamma),
                node_capacity: 1.0,
                demand: self.get(Input::Demand),
                crews,
            }),
        }
    }
}
