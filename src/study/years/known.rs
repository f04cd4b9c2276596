//! From a plant to the model of theory that says what it comes to exactly, if there is one.
//!
//! A plant is known if all that it does has an arc in the model's chain, and the other way round. Times without memory are
//! the chains'; one node alone, and a pair whose failover is always as long or begins with a missed heartbeat, are known
//! with others too.

use super::plant::{Failback, Plant, Serving, Takeover};
use super::times::Times;
use crate::sim::Micros;
use crate::theory::models::{self, Alike, Delay, Different, DuringFailover, Failover, KOfN, Latent, LoadShared};
use crate::theory::models::{Coverage, Pair, QuorumLeader, Series, Single, Standby, Timed, Unequal, WhileDown};
use crate::theory::{Model, Share};

const HOUR_US: f64 = 3.6e9;
const SECOND_US: f64 = 1e6;
const ALWAYS_PPM: u32 = 1_000_000;

/// The model of a plant; `None` if theory has none.
pub fn model_of(plant: &Plant) -> Option<Model> {
    let more = !plant.zones.is_empty() || plant.maintenance.is_some() || !plant.other_causes.is_empty();
    let more = more || !plant.supports.is_empty();
    if plant.common_cause.is_some() || more {
        return None;
    }
    if !plant.each.is_empty() {
        return (plant.serving == Serving::Everybody).then(|| different(plant)).flatten();
    }
    let (nodes, needed, crews) = (u32::from(plant.nodes), u32::from(plant.needed), u32::from(plant.crews));
    let takeover = match &plant.serving {
        Serving::Leader(takeover) => takeover,
        Serving::Everybody if nodes == 1 => {
            // Whatever the distributions: only the means count (renewal-reward theorem).
            let [mttf_hours, mttr_hours] = [&plant.up, &plant.repair].map(|times| times.mean_us() / HOUR_US);
            return Some(Model::Single(Single { mttf_hours, mttr_hours }));
        }
        Serving::Everybody => {
            let (mttf_hours, mttr_hours) = (hours(&plant.up)?, hours(&plant.repair)?);
            if plant.stress > 0.0 {
                let shared = LoadShared {
                    n: nodes,
                    mttf_hours_at_full_strength: mttf_hours,
                    mttr_hours,
                    gamma: plant.stress,
                    node_capacity: 1.0,
                    demand: 1.0,
                    crews,
                };
                return (needed == 1).then_some(Model::LoadShared(shared));
            }
            let failures_while_down = !plant.rest_while_down;
            let alike = Alike { n: nodes, k: needed, mttf_hours, mttr_hours, crews, failures_while_down };
            return Some(Model::KOfN(KOfN::Alike(alike)));
        }
    };
    let (mttf_hours, mttr_hours) = (hours(&plant.up)?, hours(&plant.repair)?);
    if plant.stress > 0.0 {
        return None;
    }
    if !takeover.repaired_serves {
        let election = Takeover {
            restart: Some(takeover.automatic.clone()),
            repaired_serves: false,
            by_hand: takeover.by_hand.clone(),
            ..Takeover::lasting(takeover.automatic.clone())
        };
        let election_mean_seconds = seconds(&takeover.automatic)?;
        let quorum = QuorumLeader { n: nodes, k: needed, mttf_hours, mttr_hours, election_mean_seconds, crews };
        return (*takeover == election).then_some(Model::QuorumLeader(quorum));
    }
    if (nodes, needed) != (2, 1) {
        return None;
    }
    pair(takeover, mttf_hours, mttr_hours, crews)
}

/// The model of nodes that differ and all serve.
fn different(plant: &Plant) -> Option<Model> {
    let nodes = 0..plant.nodes;
    let times = |node| (plant.up_of(node), plant.repair_of(node, 0));
    if plant.stress > 0.0 {
        return None;
    }
    let node = |node| Some(Single { mttf_hours: hours(times(node).0)?, mttr_hours: hours(times(node).1)? });
    if plant.rest_while_down {
        // Who waits while another is down is never down with it, so that one crew will do.
        let components = nodes.map(node).collect::<Option<Vec<_>>>()?;
        let series = Series { components, while_down: WhileDown::Frozen };
        return (plant.needed == plant.nodes).then_some(Model::Series(series));
    }
    if plant.crews == plant.nodes {
        // None cares for the others, so that only their means count.
        let share = |node| Share::of_times(times(node).0.mean_us(), times(node).1.mean_us());
        let different = Different { nodes: nodes.map(share).collect(), k: plant.needed.into() };
        return Some(Model::KOfN(KOfN::Different(different)));
    }
    let unequal = Unequal { master: node(0)?, slave: node(1)?, crews: Some(1) };
    ((plant.nodes, plant.needed) == (2, 1)).then_some(Model::PairUnequal(unequal))
}

fn pair(takeover: &Takeover, mttf_hours: f64, mttr_hours: f64, crews: u32) -> Option<Model> {
    let Takeover { automatic, by_hand, covered_ppm, restart, repair_waits, failback, cold, unseen_until, .. } =
        takeover;
    let covered = *covered_ppm == ALWAYS_PPM;
    let dormancy_factor = if *cold { 0.0 } else { takeover.dormancy_factor };
    let hot = dormancy_factor >= 1.0;
    let alone = failback.is_none() && unseen_until.is_none() && restart.is_none() && !repair_waits;
    if *automatic == Times::none() {
        let standby = if *cold { Standby::Cold } else { Standby::Warm };
        let pair = Pair { standby, mttf_hours, mttr_hours, dormancy_factor, crews };
        let model = if *cold { Model::PairCold(pair) } else { Model::PairWarm(pair) };
        return (alone && covered).then_some(model);
    }
    // What nothing else may stand beside.
    let plain = restart.is_none() && !repair_waits && hot;
    match (failback, unseen_until) {
        (Some(Failback { wait, takes }), None) if plain && covered && crews == 2 => {
            let failback = models::Failback {
                mttf_hours,
                mttr_hours,
                failover_mean_seconds: seconds(automatic)?,
                failback_wait_mean_hours: hours(wait)?,
                failback_mean_seconds: seconds(takes)?,
            };
            Some(Model::PairFailback(failback))
        }
        (None, Some(test)) if plain && covered => {
            let (failover_mean_seconds, standby_test_mean_hours) = (seconds(automatic)?, hours(test)?);
            let latent = Latent { mttf_hours, mttr_hours, failover_mean_seconds, standby_test_mean_hours, crews };
            Some(Model::PairLatent(latent))
        }
        (None, None) if plain && !covered => {
            let coverage = Coverage {
                mttf_hours,
                mttr_hours,
                failover_mean_seconds: seconds(automatic)?,
                coverage: f64::from(*covered_ppm) / f64::from(ALWAYS_PPM),
                manual_failover_mean_seconds: seconds(by_hand)?,
                crews,
            };
            Some(Model::PairCoverage(coverage))
        }
        (None, None) if covered => match *automatic {
            Times::Constant { us } if plain => {
                let delay = Delay::Constant { failover_seconds: us as f64 / SECOND_US };
                Some(Model::PairConstant(Timed { mttf_hours, mttr_hours, delay, crews }))
            }
            Times::Uniform { lo_us, hi_us } if plain => {
                Some(Model::PairHeartbeat(Timed { mttf_hours, mttr_hours, delay: heartbeat(lo_us, hi_us), crews }))
            }
            // A node that starts fails like a standby until it leads, but in the chain like a leader.
            _ if !hot && restart.is_some() => None,
            _ => {
                let during = if *repair_waits { DuringFailover::NoRepair } else { DuringFailover::Resume };
                let restart_mean_seconds = match restart {
                    Some(restart) => Some(seconds(restart)?),
                    None => None,
                };
                let failover = Failover {
                    mttf_hours,
                    mttr_hours,
                    failover_mean_seconds: seconds(automatic)?,
                    crews,
                    during,
                    dormancy_factor: (!hot).then_some(dormancy_factor),
                    restart_mean_seconds,
                };
                Some(Model::PairFailover(failover))
            }
        },
        _ => None,
    }
}

/// The heartbeats and the promotion that take this long together; half of the shortest is the promotion.
fn heartbeat(lo_us: Micros, hi_us: Micros) -> Delay {
    let promote_us = lo_us as f64 / 2.0;
    Delay::Heartbeat {
        heartbeat_seconds: (hi_us - lo_us) as f64 / SECOND_US,
        timeout_seconds: (hi_us as f64 - promote_us) / SECOND_US,
        promote_seconds: promote_us / SECOND_US,
    }
}

/// The mean of times without memory.
fn hours(times: &Times) -> Option<f64> {
    times.has_no_memory().then(|| times.mean_us() / HOUR_US)
}

fn seconds(times: &Times) -> Option<f64> {
    times.has_no_memory().then(|| times.mean_us() / SECOND_US)
}
