//! Where a manager says who is master: a claim that runs out takes the place of the silence, and the manager's majority has to
//! be there when it does.
//!
//! As long as nothing else fails, nobody needs the manager (static stability). But a claim that cannot be renewed runs out: a
//! manager that is away for longer than that takes everything down. So it stands in series with the outages that last so long.

use super::election::{Election, election, quorum};
use super::failover::{Times, way_us, write};
use super::step::{Part, Phase, Step, Term, steps, sum_us, syncs, trips};
use super::words::Words;
use super::{HOUR_US, InSeries, Model, Rates, Series, System, long_run};
use crate::scenario::{
    Claim, Class, Cluster, Fallback, Manager, ManagerLease, MasterStandby, Replication, ReplicationMode, Scenario,
    Setup, Workers,
};
use crate::theory::models::Succession;

/// How long a manager of so many members takes to elect its leader, in which claims like this are held.
pub fn election_us(scenario: &Scenario, manager: &Manager, members: u8, claim: &Claim) -> f64 {
    let words = Words::paced(claim.keep_alive_us.max(1) as f64);
    let members = u32::from(members.max(1));
    let all = (members, members.saturating_sub(1));
    election(manager, all, &Times::of(scenario), words, scenario.network.connection_timeout_us).takes_us()
}

/// What both kinds of managed systems have.
struct Managed<'a> {
    manager: &'a Manager,
    members: u32,
    claim: &'a Claim,
    nodes: u32,
    replication: &'a Replication,
    recovery_us: u64,
    start_up_us: u64,
    write_us: u64,
}

impl Managed<'_> {
    /// The election of the manager's leader, whom nobody but it speaks to often.
    fn election(&self, scenario: &Scenario, times: &Times) -> Election {
        let words = Words::paced(self.claim.keep_alive_us.max(1) as f64);
        let all = (self.members, self.members.saturating_sub(1));
        election(self.manager, all, times, words, scenario.network.connection_timeout_us)
    }

    /// The manager, if its members fail by chance: only what lasts longer than a claim counts.
    fn in_series(&self, scenario: &Scenario, times: &Times) -> Option<InSeries> {
        let rates = Rates::of(scenario, Class::Members)?;
        let election = self.election(scenario, times);
        let (takeover_us, again_us) = (election.takes_us(), election.takes_again_us());
        let one = quorum(self.members, rates, takeover_us, again_us);
        // Too few members; elections alone are shorter than any claim.
        let (all, _) = long_run(&one.chain());
        let (elections, _) = (takeover_us / rates.mttf_us, 0.0);
        let too_few = (all.down - elections).max(0.0);
        // With too few up, one more comes back at so many times the rate of one.
        let missing = f64::from(self.members - self.members / 2);
        let outage_us = rates.mttr_us / missing;
        let outlasts = libm::exp(-(self.claim.ttl_us as f64) / outage_us);
        let share = crate::theory::Share::but((too_few * outlasts).min(1.0));
        Some(InSeries { part: Series::Manager, share, outages_per_hour: share.down / outage_us * HOUR_US })
    }

    fn system(&self, scenario: &Scenario, rates: Rates) -> (Succession, Vec<Step>, Vec<Step>, f64) {
        let times = Times::of(scenario);
        let (node, client, sync_us) = (times.node_us, times.client_us, times.sync_us);
        let Claim { ttl_us, keep_alive_us, .. } = *self.claim;
        let term = Term::Claim { ttl_us, keep_alive_us };
        let runs_out = Part { term, us: ttl_us as f64 - keep_alive_us as f64 / 2.0 + node };
        // The order that takes the claim away goes through the log; then the next owner is told.
        let decide = Step::new(Phase::Decide, [trips(2, node), syncs(1, sync_us), trips(1, node)]);
        let opens = [
            Part { term: Term::StartUp { start_up_us: self.start_up_us }, us: self.start_up_us as f64 },
            Part { term: Term::Recovery { recovery_us: self.recovery_us }, us: self.recovery_us as f64 },
        ];
        let promote = Step::new(Phase::Promote, opens);
        let resume = Step::new(
            Phase::Resume,
            [
                times.next_canary(),
                trips(3, node),
                write(self.write_us),
                syncs(1, sync_us),
                trips(1, node),
                trips(1, client),
            ],
        );
        let failover = steps([Step::new(Phase::Detect, [runs_out]), decide.clone(), promote.clone(), resume.clone()]);
        // Who comes back registers anew.
        let registers = Step::new(Phase::Detect, [trips(3, node)]);
        let again = steps([registers, decide, promote, resume]);
        let unseen_us = times.unseen_us(way_us(scenario, &times, 2.0 * node));
        let measured = |us: f64| System::measured(us, unseen_us);
        let waits =
            |after_us: u64| (after_us as f64 + 2.0 * client > times.timeout_us).then_some(after_us as f64 / 1e6);
        let (write, stall) = match (self.replication.mode, self.replication.fallback) {
            (ReplicationMode::Async | ReplicationMode::SharedStorage, _) => (1, None),
            (ReplicationMode::SemiSync { standbys }, Fallback::Strict) => (1 + u32::from(standbys), None),
            (_, Fallback::Degrade { after_us }) => (1, waits(after_us).map(|s| (self.nodes, s))),
            (ReplicationMode::Sync, Fallback::Strict) => (2.min(self.nodes), waits(ttl_us).map(|s| (self.nodes, s))),
        };
        let one = Succession {
            write: write.min(self.nodes),
            takeover_seconds: measured(sum_us(&failover)),
            again_seconds: measured(sum_us(&again)),
            rejoin_seconds: measured(4.0 * node + client),
            stall,
            ..rates.nodes(self.nodes)
        };
        (one, failover, again, unseen_us)
    }
}

/// A pair whose master holds a lease in a manager.
pub(super) fn leased(scenario: &Scenario, lease: &ManagerLease, rates: Rates) -> System {
    let Setup::MasterStandby(pair) = &scenario.system else { unreachable!("a manager's lease is a pair's") };
    let MasterStandby { standbys, replication, standby, recovery_us, write_us, .. } = pair;
    let managed = Managed {
        manager: &lease.ensemble,
        members: u32::from(lease.members.0.max(1)),
        claim: &lease.claim,
        nodes: u32::from(*standbys) + 1,
        replication,
        recovery_us: *recovery_us,
        start_up_us: standby.start_up_us,
        write_us: *write_us,
    };
    let (one, failover, again, unseen_us) = managed.system(scenario, rates);
    let (share, outages_per_hour) = long_run(&one.chain());
    let manager = managed.in_series(scenario, &Times::of(scenario));
    System { model: Model::Failover(one), failover, again, unseen_us, share, outages_per_hour, manager }
}

/// Workers that hold shards: each is as available as its holders. The system's time availability is the mean of them, and its
/// outages are those of all.
pub(super) fn shards(scenario: &Scenario, workers: &Workers, rates: Rates) -> System {
    let Setup::Cluster(Cluster { manager, members, write_us, .. }) = &scenario.system else {
        unreachable!("only clusters have workers")
    };
    let managed = Managed {
        manager,
        members: u32::from((*members).max(1)),
        claim: &workers.claim,
        nodes: u32::from(workers.copies.clamp(1, workers.count.max(1))),
        replication: &workers.replication,
        recovery_us: workers.recovery_us,
        start_up_us: 0,
        write_us: *write_us,
    };
    let (holders, failover, again, unseen_us) = managed.system(scenario, rates);
    let (share, outages_per_hour) = long_run(&holders.chain());
    let shards = u32::from(workers.shards.max(1));
    let manager = managed.in_series(scenario, &Times::of(scenario));
    System { model: Model::Shards { holders, shards }, failover, again, unseen_us, share, outages_per_hour, manager }
}
