//! A pool: so many workers must be up, and the balancer. Nobody takes over; a dead worker costs single requests until it is
//! noticed, and those are no outage.

use super::failover::Times;
use super::step::{Part, Phase, Step, Term, steps, sum_us, trips};
use super::{HOUR_US, Model, Rates, System, long_run};
use crate::scenario::{Pool, Scenario};
use crate::theory::Chain;

/// A pool behind its balancer.
pub(super) fn pool(scenario: &Scenario, pool: &Pool, rates: Rates) -> System {
    let times = Times::of(scenario);
    let nodes = u32::from(pool.nodes.max(1));
    let needed = needed(scenario, pool).clamp(1, nodes);
    // When all are down, the first that is back has to pass its checks.
    let mut waits = Vec::new();
    if let Some(check) = &pool.balancer.check {
        let (checks, check_us) = (u32::from(check.rise.max(1)), check.interval_us);
        waits.push(Part { term: Term::Rise { checks, check_us }, us: (f64::from(checks) - 0.5) * check_us as f64 });
    }
    waits.push(trips(2, times.node_us));
    let again = steps([
        Step::new(Phase::Redirect, waits),
        Step::new(Phase::Resume, [times.next_canary(), trips(2, times.node_us), trips(2, times.client_us)]),
    ]);
    let unseen_us = times.unseen_us(2.0 * times.client_us + 2.0 * times.node_us);
    let (fails, repair) = (HOUR_US / rates.mttf_us, HOUR_US / rates.mttr_us);
    let back = HOUR_US / (sum_us(&again) - unseen_us).max(1.0);
    let mut chain = Chain::new();
    // By how many are down; and, with enough up again, on the way back.
    let down: Vec<_> = (0..=nodes).map(|down| chain.state(down.to_string().into(), nodes - down >= needed)).collect();
    let rises = chain.down("rises");
    for failed in 0..nodes {
        let (here, next) = (down[failed as usize], down[failed as usize + 1]);
        chain.arc(here, next, f64::from(nodes - failed) * fails);
        let mends = f64::from(failed + 1) * repair;
        let just_enough = nodes - failed == needed;
        chain.arc(next, if just_enough { rises } else { here }, mends);
    }
    let brink = down[(nodes - needed) as usize];
    chain.arc(rises, brink, back);
    chain.arc(rises, down[(nodes - needed) as usize + 1], f64::from(needed) * fails);
    let (share, outages_per_hour) = long_run(&chain);
    let model = Model::KOfN { nodes, needed };
    System { model, failover: Vec::new(), again, unseen_us, share, outages_per_hour, manager: None }
}

/// How many workers can carry what the clients ask for.
fn needed(scenario: &Scenario, pool: &Pool) -> u32 {
    let Some(gap_us) = scenario.clients.mean_gap_us.filter(|gap| *gap > 0) else { return 1 };
    let asked_per_us = f64::from(scenario.clients.sites.max(1)) / gap_us as f64;
    let one_per_us = f64::from(pool.worker.servers.max(1)) / pool.worker.service_us.max(1) as f64;
    libm::ceil(asked_per_us / one_per_us - 1e-9).max(1.0) as u32
}
