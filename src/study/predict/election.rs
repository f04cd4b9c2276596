//! A majority that elects its leader: Raft's election and Zab's, part by part, and the chain that makes.
//!
//! Followers wait from the leader's last word on, and every write is a word too. Members that have never talked to each other
//! need a connection first: the first message takes three trips.

use super::failover::{Times, Way, way_us, write};
use super::race::Race;
use super::step::{Part, Phase, Step, Term, steps, sum_us, syncs, trips};
use super::words::Words;
use super::{Model, Rates, System, long_run};
use crate::scenario::{Cluster, Etcd, Manager, ReadLevel, Scenario, Setup, Timing, Wire, Zookeeper};
use crate::sim::Micros;
use crate::sim::limits;
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
    let words = client_words(scenario, cluster, &times);
    let elects = |waiting: u32| {
        election(&cluster.manager, (members, waiting), &times, words, scenario.network.connection_timeout_us)
    };
    let all = elects(members.saturating_sub(1));
    let stood_us = all.takes_us();
    let arrive = |stood_us: f64| arrive(scenario, cluster, &times, stood_us);
    let [redirect, resume] = arrive(stood_us);
    // With some of the others down, those who wait are fewer.
    let spread: f64 = by_waiting(members, rates).map(|(chance, waiting)| chance * elects(waiting).takes_us()).sum();
    let fewer_us = if members > 1 { spread - stood_us } else { 0.0 };
    let failover = steps([all.detect, all.decide, all.open.clone(), redirect, resume]);
    let [redirect, resume] = arrive(f64::INFINITY);
    let again = steps([all.detect_again, all.decide_again, all.open, redirect, resume]);
    let unseen_us = times.unseen_us(way_us(scenario, &times, 2.0 * times.node_us));
    let one = quorum(members, rates, sum_us(&failover) + fewer_us - unseen_us, sum_us(&again) - unseen_us);
    let (share, outages_per_hour) = long_run(&one.chain());
    System { model: Model::Quorum(one), failover, again, unseen_us, share, outages_per_hour, manager: None }
}

/// How many of the others are up when a leader fails, as long as they are enough, each with its chance.
fn by_waiting(members: u32, rates: Rates) -> impl Iterator<Item = (f64, u32)> {
    let share = rates.share();
    let others = members.saturating_sub(1);
    let chance = move |up: u32| {
        let ways: f64 = (0..others - up).map(|i| f64::from(others - i) / f64::from(i + 1)).product();
        ways * libm::pow(share.up, f64::from(up)) * libm::pow(share.down, f64::from(others - up))
    };
    let enough = (members / 2 + 1).min(others)..=others;
    let all: f64 = enough.clone().map(chance).sum();
    enough.map(move |up| (chance(up) / all, up))
}

/// What makes the leader speak, beside its own pace: both canaries of a site leave together, and those of all sites.
fn client_words(scenario: &Scenario, cluster: &Cluster, times: &Times) -> Words {
    let clients = &scenario.clients;
    let per_us = clients.mean_gap_us.map_or(0.0, |gap| f64::from(times.sites) / gap.max(1) as f64);
    let reads = f64::from(clients.read_permille.min(1_000)) / 1_000.0;
    let asks = cluster.reads == ReadLevel::Linearizable;
    Words {
        canary_us: if times.canary_us > 0.0 { times.canary_us } else { f64::INFINITY },
        write_rate: per_us * (1.0 - reads),
        read_rate: if asks { per_us * reads } else { 0.0 },
        commit_us: 2.0 * times.node_us + times.sync_us as f64,
        ..Words::paced(f64::INFINITY)
    }
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

/// How an ensemble elects, so many members of which so many wait. `words` are those that its leader says because of others.
pub(super) fn election(
    manager: &Manager,
    (members, waiting): (u32, u32),
    times: &Times,
    words: Words,
    connection_timeout_us: Micros,
) -> Election {
    match manager {
        Manager::Etcd(etcd) => raft(etcd, members, waiting, times, words, connection_timeout_us),
        Manager::Zookeeper(zookeeper) => zab(zookeeper, members, waiting, times, words),
    }
}

fn raft(
    etcd: &Etcd,
    members: u32,
    waiting: u32,
    times: &Times,
    words: Words,
    connection_timeout_us: Micros,
) -> Election {
    let (lo_us, hi_us, heartbeat_us, counts_anew) = match &etcd.timing {
        Timing::Continuous(times) => (times.election_lo_us, times.election_hi_us, times.heartbeat_us, false),
        Timing::Ticks(ticks) => {
            let n = Micros::from(ticks.election_ticks.max(1));
            let heartbeat_us = Micros::from(ticks.heartbeat_ticks.max(1)) * ticks.tick_us;
            ((n - 1) * ticks.tick_us + 1, (2 * n - 1) * ticks.tick_us, heartbeat_us, true)
        }
    };
    let waiting = waiting.max(1);
    let range = hi_us.saturating_sub(lo_us).max(1) as f64;
    let first_us = lo_us as f64 + range / f64::from(waiting + 1);
    let age_us = Words { pace_us: words.pace_us.min(heartbeat_us as f64), ..words }.age_us();
    let term = Term::FirstTimeout { lo_us, hi_us, waiting, words_us: (2.0 * age_us) as Micros };
    let noticed = Part { term, us: (first_us - age_us + times.node_us).max(0.0) };

    // On a new connection a message takes three trips; the answers come back on it.
    let connects = etcd.wire == Wire::Connection;
    let first_trip = if connects { 4 } else { 2 };
    let (node, sync_us) = (times.node_us, times.sync_us);
    let asks = if etcd.pre_vote { first_trip + 2 } else { first_trip };
    // Its own vote, and the voter's.
    let campaign = |asks: u32| [trips(asks, node), syncs(2, sync_us)];
    let race = Race {
        members,
        waiting,
        lo_us: lo_us as f64,
        hi_us: hi_us.max(lo_us + 1) as f64,
        trip_us: times.node_range_us,
        sync_us: sync_us as f64,
        pre_vote: etcd.pre_vote,
        connects,
        counts_anew,
    };
    let contest = race.contest();
    let permille = (contest.again * 1_000.0).round() as u32;
    let repeats = Part { term: Term::SplitVotes { permille }, us: contest.cost_us };
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

fn zab(zookeeper: &Zookeeper, members: u32, waiting: u32, times: &Times, words: Words) -> Election {
    let (node, sync_us, tick_us) = (times.node_us, times.sync_us, zookeeper.tick_us);
    // Pings leave every half tick; proposals and commits count as well.
    let beat_us = tick_us as f64 / 2.0;
    let age_us = Words { pace_us: words.pace_us.min(beat_us), read_rate: 0.0, ..words }.age_us();
    let silence_us = f64::from(zookeeper.sync_limit) * tick_us as f64 - age_us + node;
    let term = Term::Silence { beats_permille: zookeeper.sync_limit * 2_000, heartbeat_us: tick_us / 2 };
    let wait_us = zookeeper.finalize_wait_us;
    let waits = Part { term: Term::FinalizeWait { wait_us }, us: wait_us as f64 };
    let quorum = members / 2 + 1;
    let notify_us = zookeeper.notify_us;
    let outcomes = best_vote(waiting, quorum, node, wait_us as f64, notify_us as f64);
    let mean_us: f64 = outcomes.iter().map(|one| one.chance * one.us).sum();
    let lost: f64 = outcomes.iter().filter(|one| one.us > 5.5 * node).map(|one| one.chance).sum();
    let permille = (lost * 1_000.0).round() as u32;
    let again = Part { term: Term::VoteLost { permille, notify_us }, us: (mean_us - 4.0 * node).max(0.0) };
    // Of three, the one that follows has elected the leader before the leader itself knows; every other time it comes too
    // early. With more, the leader knows before anybody comes.
    let retry_us = zookeeper.connect_retry_us;
    let early = Part { term: Term::CameTooEarly { retry_us }, us: f64::midpoint(2.0 * node, retry_us as f64) };
    let comes = if quorum == 2 { early } else { trips(1, node) };
    let alone = members == 1;
    let back = if alone { trips(0, node) } else { trips(5, node) };
    Election {
        detect: Step::new(Phase::Detect, [Part { term, us: silence_us.max(0.0) }]),
        decide: Step::new(Phase::Decide, [trips(4, node), again, waits, comes]),
        // The leader's epoch and its history are agreed on.
        open: Step::new(Phase::Promote, [trips(if alone { 0 } else { 4 }, node), syncs(3, sync_us)]),
        // Who comes back tells the others at once.
        detect_again: Step::new(Phase::Detect, []),
        decide_again: Step::new(Phase::Decide, [back, waits, comes].into_iter().filter(|_| !alone)),
    }
}

/// When a quorum shares the winner's vote, and how likely that is.
#[derive(Clone, Copy, Debug)]
struct Outcome {
    chance: f64,
    us: f64,
}

/// When the one with the best vote knows that a quorum shares it, from the moment when all begin to look for a leader.
///
/// All look within a trip of each other, and call each other. Of two calls that cross the later one stands, and what the
/// earlier one was to carry is lost. So the best vote reaches those that looked before its owner did, in three trips; they
/// tell the rest, and answer. Who was the very first reaches nobody, until it tells its vote again; or the others have
/// agreed on the next best by then.
fn best_vote(waiting: u32, quorum: u32, node_us: f64, wait_us: f64, notify_us: f64) -> Vec<Outcome> {
    let chance = 1.0 / f64::from(waiting.max(1));
    let mut outcomes = Vec::new();
    for earlier in 1..waiting {
        let trips = if earlier + 1 >= quorum { 4.0 } else { 5.0 };
        outcomes.push(Outcome { chance, us: trips * node_us });
    }
    let told_us = notify_us + node_us;
    let again = Outcome { chance: 1.0, us: told_us + node_us };
    let others =
        if waiting > quorum { best_vote(waiting - 1, quorum, node_us, wait_us, notify_us) } else { vec![again] };
    // A better vote that is heard before the wait is over wins.
    let wins = |one: Outcome| if one.us + wait_us < told_us { one } else { Outcome { us: again.us, ..one } };
    outcomes.extend(others.into_iter().map(wins).map(|one| Outcome { chance: one.chance * chance, ..one }));
    outcomes
}
