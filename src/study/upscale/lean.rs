//! What a scenario's service leans on beside its nodes, and how often that fails.
//!
//! Routers and the shared storage stand in series. A manager does not: without its majority nobody takes over, but who serves
//! goes on until its claim has run out (static stability); with failsafe mode, or if it does not look at its own clock, for
//! longer than anybody will see.

use super::{Assumed, NEVER, apart, together};
use crate::scenario::{
    Claim, Cluster, DataPath, Decision, Manager, MasterStandby, ReplicationMode, Router, Scenario, Setup, Target,
};
use crate::sim::Micros;
use crate::study::predict::election_us;
use crate::study::years::{Support, SupportKind, Times};

/// The manager of a scenario's workers, or of its master: which, how many members, and the claim that is held in it.
pub fn manager(scenario: &Scenario) -> Option<(&Manager, u8, &Claim)> {
    match &scenario.system {
        Setup::MasterStandby(MasterStandby { decision: Decision::Manager(lease), .. }) => {
            Some((&lease.ensemble, lease.members.0.max(1), &lease.claim))
        }
        Setup::Cluster(Cluster { data: DataPath::Workers(workers), manager, members, .. }) => {
            Some((manager, (*members).max(1), &workers.claim))
        }
        _ => None,
    }
}

/// All that the service leans on, failing as often as the nodes do.
pub fn supports(scenario: &Scenario, assumed: &Assumed) -> Vec<Support> {
    let mut supports = Vec::new();
    if let Some((manager, members, claim)) = manager(scenario) {
        let forever = claim.failsafe || !claim.checked;
        let runs_out = Times::Uniform {
            lo_us: claim.ttl_us.saturating_sub(claim.keep_alive_us),
            hi_us: claim.ttl_us.max(claim.keep_alive_us),
        };
        let takeover_us = election_us(scenario, manager, members, claim);
        supports.push(Support {
            takeover: Times::Constant { us: takeover_us as Micros },
            goes_on: Some(if forever { NEVER } else { runs_out }),
            ..group(SupportKind::Manager, members, members / 2 + 1, assumed)
        });
    }
    if let Some(count) = routers(scenario) {
        // Of two, clients go to the other one when a request has timed out.
        let to_clients = scenario.network.to_clients;
        let us = scenario.clients.timeout_us + 2 * (to_clients.lo_us + to_clients.hi_us);
        let takeover = Times::Constant { us: if count > 1 { us } else { 0 } };
        supports.push(Support { takeover, ..group(SupportKind::Router, count, 1, assumed) });
    }
    if shares_storage(scenario) {
        supports.push(group(SupportKind::Storage, 1, 1, assumed));
    }
    supports
}

fn group(what: SupportKind, nodes: u8, needed: u8, assumed: &Assumed) -> Support {
    let exponential = |mean_us| Times::Exponential { mean_us };
    Support {
        what,
        nodes,
        needed,
        up: exponential(apart(assumed, nodes)),
        repair: exponential(assumed.mttr_us),
        takeover: Times::Constant { us: 0 },
        common_cause: together(assumed, nodes),
        goes_on: None,
    }
}

/// How many proxies or balancers there are; none where clients find their way by themselves.
fn routers(scenario: &Scenario) -> Option<u8> {
    match (&scenario.system, &scenario.router) {
        (Setup::Pool(pool), _) => Some(pool.balancer.balancers.max(1)),
        (Setup::Cluster(Cluster { data: DataPath::Workers(workers), .. }), _) => Some(workers.balancers.max(1)),
        (_, Router::Proxy(proxy)) => Some(proxy.proxies.max(1)),
        (_, Router::Vip | Router::Dns(_) | Router::Discovery) => None,
    }
}

fn shares_storage(scenario: &Scenario) -> bool {
    let Setup::MasterStandby(pair) = &scenario.system else { return false };
    pair.replication.mode == ReplicationMode::SharedStorage
}

/// The machines of a support in the lab.
pub(super) fn machine(scenario: &Scenario, what: SupportKind, place: u8) -> Target {
    match what {
        SupportKind::Manager => Target::Member(place),
        SupportKind::Storage => Target::Storage,
        SupportKind::Router => match &scenario.system {
            Setup::Pool(_) | Setup::Cluster(Cluster { data: DataPath::Workers(_), .. }) => Target::Balancer(place),
            _ => Target::Proxy(place),
        },
    }
}
