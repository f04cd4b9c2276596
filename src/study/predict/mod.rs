//! Predicted: from a scenario to a model of [`theory`](crate::theory), its exact answer, and what that rests on.
//!
//! What a failover should last is added up from the configured times, part by part ([`Step`]): how long until somebody
//! notices, decides, has fenced the old master, has opened, and until the clients are there. With that, the failures and the
//! repairs, the system is a chain ([`Succession`], or `k` of `n`); the router stands in series. `docs/models.md` ("From a
//! scenario to its model") derives each part.
//!
//! Nothing is simulated here. So what a run shows can be held against it: [`Observed`] has the interval, and where the two
//! part, a [`Premise`] should be broken. Some are broken by the scenario itself, others by what happened in the run.
//!
//! ```
//! use ha_lab::scenario::{parse, preset};
//! use ha_lab::study::predict::{Prediction, Rates};
//!
//! let crash = parse(preset("crash").unwrap().json).unwrap();
//! let monthly = Rates { mttf_us: 30.0 * 86_400e6, mttr_us: 600e6 };
//! let prediction = Prediction::of(&crash, monthly);
//! assert!(prediction.by_hand, "nothing fails by chance in it");
//! assert!((4e6..6e6).contains(&prediction.failover_us().unwrap()), "four to six seconds, as its times are for the eye");
//! assert!(prediction.availability.nines() > 5.0);
//! ```

mod cluster;
mod election;
mod failover;
mod observed;
mod pool;
mod premise;
mod race;
mod rates;
mod step;
#[cfg(test)]
mod tests;
mod words;

pub use cluster::election_us;
pub use observed::{ERRORS_95, Observed, Verdict};
pub use premise::{Assumption, Breach, Premise};
pub use rates::Rates;
pub use step::{Part, Phase, Step, Term};

use crate::scenario::{Class, Cluster, DataPath, Decision, MasterStandby, Scenario, Setup};
use crate::sim::Micros;
use crate::theory::models::Succession;
use crate::theory::{Chain, Share, Steady, YEAR_HOURS};

/// Microseconds of an hour.
pub(super) const HOUR_US: f64 = 3_600e6;

/// Which model of theory a scenario is.
#[derive(Clone, Debug, PartialEq)]
pub enum Model {
    /// One node: up, or in repair.
    Single(Succession),
    /// A master and those who take over.
    Failover(Succession),
    /// A majority, and a leader that it elects.
    Quorum(Succession),
    /// So many of so many, without a leader.
    KOfN {
        /// How many there are.
        nodes: u32,
        /// How many must be up.
        needed: u32,
    },
    /// Shards that a manager gives to workers; a shard is as available as its holders, and as the manager.
    Shards {
        /// One shard's holders.
        holders: Succession,
        /// How many shards there are.
        shards: u32,
    },
}

impl Model {
    /// The leader and those who may succeed it, if there is one.
    pub fn succession(&self) -> Option<&Succession> {
        match self {
            Self::Single(one) | Self::Failover(one) | Self::Quorum(one) | Self::Shards { holders: one, .. } => {
                Some(one)
            }
            Self::KOfN { .. } => None,
        }
    }

    /// How many services there are, each with outages of its own.
    fn shards(&self) -> f64 {
        if let Self::Shards { shards, .. } = self { f64::from(*shards) } else { 1.0 }
    }
}

/// A part of the whole that must be up, with its own availability.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InSeries {
    /// Which.
    pub part: Series,
    /// How much of the time it is up.
    pub share: Share,
    /// How often it fails, per hour; of shards, one of them.
    pub outages_per_hour: f64,
}

/// What stands in series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Series {
    /// The nodes that serve.
    Nodes,
    /// The proxies or balancers.
    Router,
    /// The storage that all nodes share.
    Storage,
    /// The manager ensemble.
    Manager,
}

/// What theory says of a scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// By which model.
    pub model: Model,
    /// Nothing fails by chance in the scenario: the rates are assumed ones.
    pub by_hand: bool,
    /// How long a node is up and down, on average.
    pub rates: Rates,
    /// The parts of a failover, in order; none where nobody takes over.
    pub failover: Vec<Step>,
    /// The parts of the way back after too few were up.
    pub again: Vec<Step>,
    /// How long an outage lasts before a canary shows it; the outages that are observed are so much shorter.
    pub unseen_us: f64,
    /// What must be up, each with its own availability.
    pub series: Vec<InSeries>,
    /// How much of the time the service is up, and down.
    pub availability: Share,
    /// Outages in a year of 365 days; those of all shards, as the ledger counts them.
    pub outages_per_year: f64,
    /// What it rests on, and what of that is broken by the scenario.
    pub premises: Vec<Premise>,
}

/// A system without its surroundings: what the different architectures come to.
pub(super) struct System {
    pub(super) model: Model,
    pub(super) failover: Vec<Step>,
    pub(super) again: Vec<Step>,
    pub(super) unseen_us: f64,
    pub(super) share: Share,
    pub(super) outages_per_hour: f64,
    pub(super) manager: Option<InSeries>,
}

impl Prediction {
    /// Of a scenario; `assumed` are the rates of its nodes if nothing fails by chance in it.
    pub fn of(scenario: &Scenario, assumed: Rates) -> Self {
        let random = Rates::of(scenario, Class::Data);
        let by_hand = random.is_none() && scenario.faults.random.is_empty();
        // Something else fails by chance, but the nodes do not.
        let rates = random.unwrap_or(if by_hand { assumed } else { Rates::NEVER });
        let system = match &scenario.system {
            Setup::SingleNode(single) => failover::single(scenario, single, rates),
            Setup::MasterStandby(MasterStandby { decision: Decision::Manager(lease), .. }) => {
                cluster::leased(scenario, lease, rates)
            }
            Setup::MasterStandby(pair) => failover::master_standby(scenario, pair, rates),
            Setup::Cluster(Cluster { data: DataPath::ThroughTheLog, .. }) => election::through_the_log(scenario, rates),
            Setup::Cluster(Cluster { data: DataPath::Workers(workers), .. }) => {
                cluster::shards(scenario, workers, rates)
            }
            Setup::Pool(pool) => pool::pool(scenario, pool, rates),
        };
        let nodes = InSeries { part: Series::Nodes, share: system.share, outages_per_hour: system.outages_per_hour };
        let mut series = vec![nodes];
        series.extend(rates::router(scenario));
        series.extend(rates::storage(scenario));
        series.extend(system.manager);
        let (availability, outages_per_hour) = in_series(&series);
        let outages_per_year = outages_per_hour * YEAR_HOURS * system.model.shards();
        let mut prediction = Self {
            model: system.model,
            by_hand,
            rates,
            failover: system.failover,
            again: system.again,
            unseen_us: system.unseen_us,
            series,
            availability,
            outages_per_year,
            premises: Vec::new(),
        };
        prediction.premises = premise::of(scenario, &prediction);
        prediction
    }

    /// Mean length of a failover, from the failure until clients are served again; none where nobody takes over.
    pub fn failover_us(&self) -> Option<f64> {
        (!self.failover.is_empty()).then(|| step::sum_us(&self.failover))
    }

    /// Mean length of an outage, of whatever kind.
    pub fn outage_us(&self) -> Option<f64> {
        // The availability is that of one shard.
        let per_hour = self.outages_per_year / YEAR_HOURS / self.model.shards();
        (per_hour > 0.0).then(|| self.availability.down / per_hour * HOUR_US)
    }

    /// Downtime of a year of 365 days.
    pub fn downtime_us_per_year(&self) -> f64 {
        self.availability.down * YEAR_HOURS * HOUR_US
    }
}

/// All of them must be up, and none cares for the others.
fn in_series(parts: &[InSeries]) -> (Share, f64) {
    let none = (Share { up: 1.0, down: 0.0 }, 0.0);
    parts.iter().fold(none, |(share, per_hour), part| {
        (share.and(part.share), per_hour * part.share.up + part.outages_per_hour * share.up)
    })
}

/// The long run of a chain: its availability, and how often it fails.
pub(super) fn long_run(chain: &Chain) -> (Share, f64) {
    let steady = Steady::of(chain);
    (steady.availability(), steady.outages_per_hour())
}

/// The middle of a range.
pub(super) fn middle(lo_us: Micros, hi_us: Micros) -> f64 {
    f64::midpoint(lo_us as f64, hi_us.max(lo_us) as f64)
}
