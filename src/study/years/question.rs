//! From a model of theory to the plant that it describes.
//!
//! Only what means the same is simulated: the states, who is repaired when, and what fails meanwhile. Times are rounded to
//! the microsecond, the coverage must be one in parts of a million.

use super::plant::{Failback, NODES, NodeTimes, Plant, Serving, Takeover};
use super::times::Times;
use crate::scenario::{Expected, Problem};
use crate::sim::Micros;
use crate::theory::Model;
use crate::theory::models::{Delay, Distribution, DuringFailover, Failover, KOfN, Series, Single, WhileDown};

const HOUR_US: f64 = 3.6e9;
const SECOND_US: f64 = 1e6;

/// The models that can be simulated.
const SIMULATED: [&str; 16] = [
    "single",
    "renewal",
    "series",
    "pair-hot",
    "pair-hot-unequal",
    "pair-cold",
    "pair-warm",
    "pair-failover",
    "pair-failover-constant",
    "pair-failover-heartbeat",
    "pair-coverage",
    "pair-latent-standby",
    "pair-failback",
    "k-of-n",
    "quorum-leader",
    "load-shared",
];

/// The plant of a model whose parameters have been checked, or why it has none.
pub fn plant_of(model: &Model) -> Result<Plant, Problem> {
    let pair = |mttf, mttr, crews, takeover| plant(2, 1, crews, exponential(mttf), exponential(mttr), takeover);
    let hours = |hours: f64| exponential(hours);
    match model {
        Model::Single(it) => plant(1, 1, 1, hours(it.mttf_hours), hours(it.mttr_hours), None),
        Model::Renewal(it) => plant(1, 1, 1, times(&it.uptime), times(&it.repair), None),
        Model::PairHot(it) => pair(it.mttf_hours, it.mttr_hours, it.crews, None),
        Model::PairUnequal(it) => {
            let crews = it.crews.unwrap_or(2);
            let each = [&it.master, &it.slave].map(node_times).to_vec();
            Ok(Plant { each, ..pair(it.master.mttf_hours, it.master.mttr_hours, crews, None)? })
        }
        Model::Series(it) => series(it),
        Model::PairCold(it) | Model::PairWarm(it) => {
            let at_once = sleeping(Takeover::lasting(Times::none()), it.dormancy_factor);
            pair(it.mttf_hours, it.mttr_hours, it.crews, Some(at_once))
        }
        Model::PairFailover(it) => pair(it.mttf_hours, it.mttr_hours, it.crews, Some(takeover_of(it)?)),
        Model::PairConstant(it) | Model::PairHeartbeat(it) => {
            let us = |seconds: f64| (seconds * SECOND_US).round() as Micros;
            let times = match it.delay {
                Delay::Constant { failover_seconds } => Times::Constant { us: us(failover_seconds) },
                Delay::Heartbeat { heartbeat_seconds, timeout_seconds, promote_seconds } => Times::Uniform {
                    lo_us: us(timeout_seconds - heartbeat_seconds + promote_seconds),
                    hi_us: us(timeout_seconds + promote_seconds),
                },
            };
            pair(it.mttf_hours, it.mttr_hours, it.crews, Some(Takeover::lasting(times)))
        }
        Model::PairCoverage(it) => {
            let takeover = Takeover {
                covered_ppm: ppm(it.coverage)?,
                by_hand: seconds(it.manual_failover_mean_seconds),
                ..Takeover::lasting(seconds(it.failover_mean_seconds))
            };
            pair(it.mttf_hours, it.mttr_hours, it.crews, Some(takeover))
        }
        Model::PairLatent(it) => {
            let unseen_until = Some(hours(it.standby_test_mean_hours));
            let takeover = Takeover { unseen_until, ..Takeover::lasting(seconds(it.failover_mean_seconds)) };
            pair(it.mttf_hours, it.mttr_hours, it.crews, Some(takeover))
        }
        Model::PairFailback(it) => {
            let failback =
                Failback { wait: hours(it.failback_wait_mean_hours), takes: seconds(it.failback_mean_seconds) };
            let takeover =
                Takeover { failback: Some(failback), ..Takeover::lasting(seconds(it.failover_mean_seconds)) };
            pair(it.mttf_hours, it.mttr_hours, 2, Some(takeover))
        }
        Model::KOfN(KOfN::Alike(it)) => {
            let plant = plant(it.n, it.k, it.crews, hours(it.mttf_hours), hours(it.mttr_hours), None)?;
            Ok(Plant { rest_while_down: !it.failures_while_down, ..plant })
        }
        Model::KOfN(KOfN::Different(_)) => Err(refused(
            "params.node_availability",
            "a list",
            "n, mttf_hours and mttr_hours instead: what is simulated are times",
        )),
        Model::QuorumLeader(it) => {
            let election = seconds(it.election_mean_seconds);
            let takeover =
                Takeover { restart: Some(election.clone()), repaired_serves: false, ..Takeover::lasting(election) };
            plant(it.n, it.k, it.crews, hours(it.mttf_hours), hours(it.mttr_hours), Some(takeover))
        }
        Model::LoadShared(it) => {
            let plant = plant(it.n, 1, it.crews, hours(it.mttf_hours_at_full_strength), hours(it.mttr_hours), None)?;
            Ok(Plant { stress: it.gamma, ..plant })
        }
        other => {
            let known = SIMULATED.iter().map(|name| (*name).to_owned()).collect();
            let expected = Expected::OneOf(known);
            Err(Problem { path: "params.model".to_owned(), found: format!("\"{}\"", other.name()), expected })
        }
    }
}

/// How the pair of the model fails over.
fn takeover_of(it: &Failover) -> Result<Takeover, Problem> {
    let factor = it.dormancy_factor.unwrap_or(1.0);
    if factor < 1.0 && it.restart_mean_seconds.is_some() {
        // The chain lets the node fail like a leader while the service starts on it; here it does so when it leads.
        let right = "no such field beside a dormancy_factor below 1";
        return Err(refused("params.restart_mean_seconds", "one", right));
    }
    let takeover = Takeover {
        repair_waits: it.during == DuringFailover::NoRepair,
        restart: it.restart_mean_seconds.map(seconds),
        ..Takeover::lasting(seconds(it.failover_mean_seconds))
    };
    Ok(sleeping(takeover, factor))
}

/// With standbys that fail so much less often.
fn sleeping(takeover: Takeover, dormancy_factor: f64) -> Takeover {
    let cold = dormancy_factor <= 0.0;
    Takeover { cold, dormancy_factor: if cold { 1.0 } else { dormancy_factor }, ..takeover }
}

/// All parts are needed, each with times of its own.
fn series(it: &Series) -> Result<Plant, Problem> {
    let count = it.components.len() as u32;
    let first = it.components.first().cloned().unwrap_or_default();
    let plant = plant(count, count, count, exponential(first.mttf_hours), exponential(first.mttr_hours), None)?;
    let each = it.components.iter().map(node_times).collect();
    Ok(Plant { each, rest_while_down: it.while_down == WhileDown::Frozen, ..plant })
}

fn node_times(it: &Single) -> NodeTimes {
    NodeTimes { up: Some(exponential(it.mttf_hours)), repair: Some(exponential(it.mttr_hours)) }
}

fn plant(
    nodes: u32,
    needed: u32,
    crews: u32,
    up: Times,
    repair: Times,
    takeover: Option<Takeover>,
) -> Result<Plant, Problem> {
    if nodes > u32::from(NODES) {
        return Err(refused("params.n", &nodes.to_string(), "at most 16 nodes, which is what is simulated"));
    }
    let [nodes, needed, crews] = [nodes, needed, crews].map(|count| count as u8);
    let serving = takeover.map_or(Serving::Everybody, Serving::Leader);
    Ok(Plant { crews, ..Plant::of(nodes, needed, up, repair, serving) })
}

fn exponential(mean_hours: f64) -> Times {
    Times::Exponential { mean_us: (mean_hours * HOUR_US).round() as Micros }
}

fn seconds(mean: f64) -> Times {
    Times::Exponential { mean_us: (mean * SECOND_US).round() as Micros }
}

fn times(of: &Distribution) -> Times {
    let us = |hours: f64| (hours * HOUR_US).round() as Micros;
    match of {
        Distribution::Exponential(it) => exponential(it.mean_hours),
        Distribution::Constant(it) => Times::Constant { us: us(it.hours) },
        Distribution::Weibull(it) => Times::Weibull { shape: it.shape, scale_us: us(it.scale_hours) },
        Distribution::Lognormal(it) => Times::Lognormal { median_us: us(libm::exp(it.mu_ln_hours)), sigma: it.sigma },
    }
}

/// The coverage in parts of a million, if it is a whole number of them.
fn ppm(coverage: f64) -> Result<u32, Problem> {
    let ppm = (coverage * 1e6).round();
    if (coverage * 1e6 - ppm).abs() > 1e-6 {
        let right = "at most six digits: what is simulated counts in parts of a million";
        return Err(refused("params.coverage", &coverage.to_string(), right));
    }
    Ok(ppm as u32)
}

fn refused(path: &str, found: &str, right: &str) -> Problem {
    Problem { path: path.to_owned(), found: found.to_owned(), expected: Expected::Other(right.to_owned()) }
}
