//! What a prediction rests on, and what of that is broken: by the scenario, or by what happened.

use super::{Model, Phase, Prediction, step};
use crate::ha::Ha;
use crate::ha::message::Command;
use crate::measure::{Cause, Incident};
use crate::scenario::{Action, Decision, Distribution, MasterStandby, RandomKind, Router, Scenario, Setup, Strategy};
use crate::sim::{Fault, Origin};

/// What a prediction takes for granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Assumption {
    /// Failures come by chance, not by hand or by schedule.
    Chance,
    /// The times up and down are exponential: a machine is never due.
    Memoryless,
    /// Machines fail by themselves, not together.
    Independent,
    /// What fails is silent and gone: no gray failures, no frozen machines that wake up.
    FailSilent,
    /// The network is whole.
    WholeNetwork,
    /// There is enough capacity for the load.
    Capacity,
    /// A worker that is dead and still in rotation costs a pool single requests, and no two canaries in a row.
    SingleRequests,
    /// Failures are rare beside the failover: another one hardly comes while it runs.
    RareFailures,
    /// What the failover is made of is what takes time, not the clients' caches.
    ShortCaches,
    /// Clients leave the dead node before the new one is open.
    ClientsMove,
    /// Somebody takes over by itself; nobody waits for a human.
    Automatic,
    /// Canaries are frequent beside the outages.
    FineProbe,
    /// No replacement of a master that was well, and none asked for.
    NoFalseAlarm,
    /// Detection is not exact where heartbeats get lost.
    NoLoss,
}

/// Who breaks an assumption.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Breach {
    /// The scenario does, from the start.
    Configured,
    /// It happened in the run.
    Happened,
}

/// An assumption, and whether it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Premise {
    /// What is assumed.
    pub assumption: Assumption,
    /// Who breaks it, if anybody does.
    pub broken: Option<Breach>,
}

impl Assumption {
    /// All of them, the gravest first.
    pub const ALL: [Self; 14] = [
        Self::Chance,
        Self::Independent,
        Self::FailSilent,
        Self::WholeNetwork,
        Self::Capacity,
        Self::SingleRequests,
        Self::Memoryless,
        Self::ShortCaches,
        Self::ClientsMove,
        Self::RareFailures,
        Self::Automatic,
        Self::FineProbe,
        Self::NoFalseAlarm,
        Self::NoLoss,
    ];
}

/// How much longer than the rest of the failover clients' caches may be: half of it.
const LONG_CACHES: f64 = 0.5;
/// How many failovers a node must be up, for failures to be rare.
const RARE: f64 = 20.0;
/// How many canaries must fit into an outage.
const CANARIES: f64 = 5.0;

/// All premises of a prediction, as far as the scenario tells.
pub(super) fn of(scenario: &Scenario, prediction: &Prediction) -> Vec<Premise> {
    let breaks = |assumption| is_broken(scenario, prediction, assumption).then_some(Breach::Configured);
    Assumption::ALL.into_iter().map(|assumption| Premise { assumption, broken: breaks(assumption) }).collect()
}

fn is_broken(scenario: &Scenario, prediction: &Prediction, assumption: Assumption) -> bool {
    let random = &scenario.faults.random;
    let recurring = scenario.faults.recurring.iter().map(|recurring| &recurring.action);
    let scheduled = || scenario.faults.scheduled.iter().map(|scheduled| &scheduled.action).chain(recurring.clone());
    let failover_us = prediction.failover_us().unwrap_or_else(|| step::sum_us(&prediction.again));
    match assumption {
        Assumption::Chance => !random.is_empty() && scheduled().next().is_some(),
        // Fixed times that start together stay together.
        Assumption::Memoryless => random.iter().any(|one| one.distribution == Distribution::Fixed),
        Assumption::Independent => {
            random.iter().any(|one| one.distribution == Distribution::Fixed && nodes(&prediction.model) > 1)
                || scheduled().any(|action| matches!(action, Action::ZoneDown { .. } | Action::BadRelease))
        }
        Assumption::FailSilent => {
            random.iter().any(|one| one.kind == RandomKind::Freeze)
                || scheduled()
                    .any(|action| matches!(action, Action::Gray { .. } | Action::Freeze { .. } | Action::PoisonWrite))
        }
        Assumption::WholeNetwork => scheduled().any(|action| {
            matches!(action, Action::Cut { .. } | Action::Partition { .. } | Action::Loss { .. } | Action::Delay { .. })
        }),
        Assumption::Capacity => {
            matches!(prediction.model, Model::KOfN { nodes, needed } if needed > 1 && needed >= nodes)
                || scheduled().any(|action| matches!(action, Action::Load { .. }))
        }
        // Turn by turn, both canaries of a site at once: of two workers one gets all that are writes.
        Assumption::SingleRequests => match &scenario.system {
            Setup::Pool(pool) => pool.nodes == 2 || pool.balancer.strategy != Strategy::RoundRobin,
            _ => false,
        },
        Assumption::RareFailures => prediction.rates.mttf_us < RARE * failover_us,
        Assumption::ShortCaches => match &scenario.router {
            Router::Dns(dns) if prediction.failover_us().is_some() => {
                let caches = |part: &step::Part| matches!(part.term, step::Term::Caches { .. });
                let parts = prediction.failover.iter().flat_map(|step| &step.parts);
                let rest: f64 = parts.filter(|part| !caches(part)).map(|part| part.us).sum();
                dns.ttl_us as f64 > LONG_CACHES * rest
            }
            _ => false,
        },
        Assumption::ClientsMove => {
            prediction.failover_us().is_some()
                && matches!(scenario.router, Router::Discovery)
                && scenario.clients.timeout_us as f64 > until_open(prediction)
        }
        Assumption::Automatic => {
            matches!(&scenario.system, Setup::MasterStandby(MasterStandby { decision: Decision::Operator { .. }, .. }))
        }
        Assumption::FineProbe => {
            let pace = scenario.clients.canary_us.unwrap_or(u64::MAX) as f64;
            pace * CANARIES > prediction.outage_us().unwrap_or(f64::INFINITY)
        }
        Assumption::NoFalseAlarm => scheduled()
            .any(|action| matches!(action, Action::Switchover { .. } | Action::Promote { .. } | Action::Drain { .. })),
        Assumption::NoLoss => scenario.network.loss_ppm > 0,
    }
}

/// How many machines can fail together.
fn nodes(model: &Model) -> u32 {
    match model {
        Model::KOfN { nodes, .. } => *nodes,
        other => other.succession().map_or(1, |one| one.nodes),
    }
}

/// Until the new master is open.
fn until_open(prediction: &Prediction) -> f64 {
    prediction.failover.iter().filter(|step| step.phase < Phase::Redirect).map(step::Step::us).sum()
}

impl Prediction {
    /// The premises after these outages: what happened in them may break more.
    pub fn premises_after<'a>(&self, outages: impl IntoIterator<Item = &'a Incident>) -> Vec<Premise> {
        let mut premises = self.premises.clone();
        let mut broke = |assumption: Assumption| {
            if let Some(premise) = premises.iter_mut().find(|premise| premise.assumption == assumption) {
                premise.broken.get_or_insert(Breach::Happened);
            }
        };
        for outage in outages {
            match outage.cause {
                Cause::Overload => broke(Assumption::Capacity),
                Cause::FalseAlarm | Cause::Planned => broke(Assumption::NoFalseAlarm),
                Cause::Fault | Cause::Unknown => {}
            }
            for fault in &outage.faults {
                if matches!(fault.origin, Origin::Hand | Origin::Schedule) {
                    broke(Assumption::Chance);
                    if let Some(assumption) = broken_by(&fault.fault) {
                        broke(assumption);
                    }
                }
            }
        }
        premises
    }
}

/// What a fault that somebody did breaks, beside the chance.
fn broken_by(fault: &Fault<Ha>) -> Option<Assumption> {
    match fault {
        Fault::Freeze(_)
        | Fault::Slow(..)
        | Fault::SlowDisk(..)
        | Fault::DiskFull(..)
        | Fault::Command(_, Command::Gray { .. } | Command::SendPoison) => Some(Assumption::FailSilent),
        Fault::Command(_, Command::BadRelease) => Some(Assumption::Independent),
        Fault::Command(_, Command::Load(_)) => Some(Assumption::Capacity),
        Fault::Cut(..) | Fault::Partition(_) | Fault::Loss(..) | Fault::Delay(..) => Some(Assumption::WholeNetwork),
        _ => None,
    }
}
