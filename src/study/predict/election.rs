//! A majority that elects its leader: Raft's election and Zab's, part by part, and the chain that makes.
//!
//! Followers wait from the leader's last word on, and every write is a word too. Members that have never talked to each other
//! need a connection first: the first message takes three trips.

use super::failover::{Times, Way, way_us, write};
use super::step::{Part, Phase, Step, Term, steps, sum_us, syncs, trips};
use super::{Model, Rates, System, long_run};
use crate::scenario::{Cluster, Etcd, Manager, Scenario, Setup, Timing, Wire, Zookeeper};
use crate::sim::Micros;
use crate::sim::limits;
use crate::theory::Value;
use crate::theory::models;
use crate::theory::models::Succession;

/// What an election takes: noticing, deciding, and opening; and the same when a member has just come back to an ensemble without
/// leader.
pub(super) struct Election {
    pub(super) detect: Step,
    pub(super) decide: Step,
    pub(super) open: Step,
    pub(super) detect_again: Step,
    pub(super) decide_again: Step,
}

impl Election {
    /// After a leader's failure.
    pub(super) fn takes_us(&self) -> f64 {
        self.detect.us() + self.decide.us() + self.open.us()
    }

    /// After a member's return.
    pub(super) fn takes_again_us(&self) -> f64 {
        self.detect_again.us() + self.decide_again.us() + self.open.us()
    }
}

/// Data that go through the manager's own log.
pub(super) fn through_the_log(scenario: &Scenario, rates: Rates) -> System {
    let Setup::Cluster(cluster) = &scenario.system else { unreachable!("only clusters have a log of their own") };
    let times = Times::of(scenario);
    let members = u32::from(cluster.members.max(1));
    // Both canaries of a site leave together, and those of all sites.
    let words_us = if times.canary_us > 0.0 { times.canary_us } else { f64::INFINITY };
    let election = election(&cluster.manager, members, &times, words_us, scenario.network.connection_timeout_us);
    let stood_us = election.takes_us();
    let arrive = |stood_us: f64| arrive(scenario, cluster, &times, stood_us);
    let [redirect, resume] = arrive(stood_us);
    let failover = steps([election.detect, election.decide, election.open.clone(), redirect, resume]);
    let [redirect, resume] = arrive(f64::INFINITY);
    let again = steps([election.detect_again, election.decide_again, election.open, redirect, resume]);
    let unseen_us = times.unseen_us(way_us(scenario, &times, 2.0 * times.node_us));
    let one = quorum(members, rates, sum_us(&failover) - unseen_us, sum_us(&again) - unseen_us);
    let (share, outages_per_hour) = long_run(&one.chain());
    System { model: Model::Quorum(one), failover, again, unseen_us, share, outages_per_hour, manager: None }
}

/// A majority that is needed for all.
pub(super) fn quorum(members: u32, rates: Rates, takeover_us: f64, again_us: f64) -> Succession {
    let majority = members / 2 + 1;
    Succession {
        choose: majority,
        write: majority,
        steps_down: true,
        takeover_seconds: takeover_us.max(1.0) / 1e6,
        again_seconds: again_us.max(1.0) / 1e6,
        ..rates.nodes(members)
    }
}

/// From the leader that can commit until clients have answers.
fn arrive(scenario: &Scenario, cluster: &Cluster, times: &Times, stood_us: f64) -> [Step; 2] {
    let way = Way::of(scenario, times, stood_us, true, u32::from(cluster.members));
    let mut resume = way.there;
    resume.extend([write(cluster.write_us), trips(2, times.node_us), syncs(1, times.sync_us)]);
    resume.extend(way.back);
    [Step::new(Phase::Redirect, way.redirect), Step::new(Phase::Resume, resume)]
}

/// How an ensemble elects. `words_us` is how often its leader speaks because of its clients.
pub(super) fn election(
    manager: &Manager,
    members: u32,
    times: &Times,
    words_us: f64,
    connection_timeout_us: Micros,
) -> Election {
    match manager {
        Manager::Etcd(etcd) => raft(etcd, members, times, words_us, connection_timeout_us),
        Manager::Zookeeper(zookeeper) => zab(zookeeper, members, times),
    }
}

fn raft(etcd: &Etcd, members: u32, times: &Times, words_us: f64, connection_timeout_us: Micros) -> Election {
    let (lo_us, hi_us, heartbeat_us) = match &etcd.timing {
        Timing::Continuous(times) => (times.election_lo_us, times.election_hi_us, times.heartbeat_us),
        Timing::Ticks(ticks) => {
            let n = Micros::from(ticks.election_ticks.max(1));
            let heartbeat_us = Micros::from(ticks.heartbeat_ticks.max(1)) * ticks.tick_us;
            ((n - 1) * ticks.tick_us + 1, (2 * n - 1) * ticks.tick_us, heartbeat_us)
        }
    };
    let waiting = members.saturating_sub(1).max(1);
    let range = hi_us.saturating_sub(lo_us).max(1) as f64;
    let first_us = lo_us as f64 + range / f64::from(waiting + 1);
    let words = words_us.min(heartbeat_us as f64);
    let term = Term::FirstTimeout { lo_us, hi_us, waiting, words_us: words as Micros };
    let noticed = Part { term, us: (first_us - words / 2.0 + times.node_us).max(0.0) };

    // On a new connection a message takes three trips; the answers come back on it.
    let first_trip = if etcd.wire == Wire::Connection { 4 } else { 2 };
    let (node, sync_us) = (times.node_us, times.sync_us);
    let asks = if etcd.pre_vote { first_trip + 2 } else { first_trip };
    // Its own vote, and the voter's.
    let campaign = |asks: u32| [trips(asks, node), syncs(2, sync_us)];
    let latency = ((node + sync_us as f64) / range).clamp(1e-9, 0.999);
    let split = split_chance(members, waiting, latency);
    // Held again, on connections that are there.
    let once_more_us = first_us + 4.0 * node + 2.0 * sync_us as f64;
    let repeats = Part {
        term: Term::SplitVotes { permille: (split * 1_000.0).round() as u32 },
        us: split / (1.0 - split) * once_more_us,
    };
    let decide = |asks: u32| campaign(asks).into_iter().chain([repeats]);

    // Who has come back waits for a whole timeout of its own; the others call it, after pauses that double.
    let alone = members == 1;
    let waits_us = if alone { first_us } else { next_campaign_us(lo_us, hi_us, connection_timeout_us) };
    Election {
        detect: Step::new(Phase::Detect, [noticed]),
        decide: Step::new(Phase::Decide, decide(asks)),
        // The entry that opens the term is on a majority of disks.
        open: Step::new(Phase::Promote, [trips(2, node), syncs(1, sync_us)]),
        detect_again: Step::new(Phase::Detect, [Part { term: Term::NextCampaign, us: waits_us }]),
        decide_again: Step::new(Phase::Decide, decide(asks)),
    }
}

/// How often votes split, by theory's model.
fn split_chance(members: u32, waiting: u32, latency: f64) -> f64 {
    if waiting < members / 2 + 1 {
        return 0.0;
    }
    let model = models::RaftSplitVote { n: members, available: waiting, latency };
    match models::Model::RaftSplitVote(model).solve().ok().and_then(|all| all.get("split_vote_probability").cloned()) {
        Some(Value::Number(chance)) => chance.clamp(0.0, 0.99),
        _ => 0.0,
    }
}

/// Mean time until either a call to the member that is back gets through, or it campaigns itself. Calls are repeated after
/// pauses that double, and given up after the connection's timeout; somebody may have begun anywhere in that.
fn next_campaign_us(lo_us: Micros, hi_us: Micros, connection_timeout_us: Micros) -> f64 {
    const STEPS: u32 = 400;
    let mut pauses = Vec::new();
    let (mut pause, mut sum) = (limits::RETRANSMIT_FIRST_US, 0);
    while sum < connection_timeout_us {
        let this = pause.min(connection_timeout_us - sum);
        pauses.push(this as f64);
        sum += this;
        pause = (pause * 2).min(limits::RETRANSMIT_MAX_US);
    }
    let all: f64 = pauses.iter().sum();
    let (lo, hi) = (lo_us as f64, hi_us.max(lo_us + 1) as f64);
    let step = hi / f64::from(STEPS);
    let survives = |at: f64| {
        let calls = pauses.iter().map(|pause| (pause - at).max(0.0)).sum::<f64>() / all.max(1.0);
        calls * ((hi - at) / (hi - lo)).clamp(0.0, 1.0)
    };
    (0..STEPS).map(|index| survives((f64::from(index) + 0.5) * step) * step).sum()
}

fn zab(zookeeper: &Zookeeper, members: u32, times: &Times) -> Election {
    let (node, sync_us, tick_us) = (times.node_us, times.sync_us, zookeeper.tick_us);
    // Pings leave every half tick, and half of that has passed.
    let beats_permille = zookeeper.sync_limit * 2_000;
    let silence_us = f64::from(zookeeper.sync_limit) * tick_us as f64 - tick_us as f64 / 4.0 + node;
    let term = Term::Silence { beats_permille, heartbeat_us: tick_us / 2 };
    let waits = zookeeper.finalize_wait_us;
    // Votes on new connections, and a better one is waited for.
    let decide = [trips(4, node), Part { term: Term::FinalizeWait { wait_us: waits }, us: waits as f64 }];
    let notify = zookeeper.notify_us as f64;
    let again = if members == 1 { 0.0 } else { notify };
    Election {
        detect: Step::new(Phase::Detect, [Part { term, us: silence_us.max(0.0) }]),
        decide: Step::new(Phase::Decide, decide),
        // The leader is called, its epoch and its history are agreed on.
        open: Step::new(Phase::Promote, [trips(7, node), syncs(3, sync_us)]),
        detect_again: Step::new(Phase::Detect, [Part { term: Term::NextCampaign, us: again }]),
        decide_again: Step::new(Phase::Decide, decide),
    }
}
