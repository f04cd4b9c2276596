//! The lab against theory: what a run of a thousand outages shows, and what `study::predict` says of the same scenario without
//! simulating anything.
//!
//! It is held against two things.
//!
//! - *Runs with failures by chance.* Times to failure are scaled down to minutes, so that a run has a thousand outages soon,
//!   and failures during failovers and repairs count too. How long the longest repairs were rules what such a run comes to, so
//!   its interval is wide.
//! - *What one failover costs.* Thousands of steady systems whose master or leader crashes at a random moment. That tells the mean to
//!   about a per cent and a half: a prediction that is 3 % wrong is found out, to either side.
//!
//! All intervals are of 99.9 %: of those here hardly ever one misses. Where an assumption is broken, the two must part, and the
//! premise that is broken has to be named.
//!
//! `AGREEMENT=1 cargo test --profile checked --test agreement -- --nocapture` prints the phases of both, side by side.

use ha_lab::measure::{Incident, Ledger};
use ha_lab::scenario::{
    Cluster, DataPath, Decision, Distribution, Dns, Fencing, Lease, Manager, MasterStandby, Pool, Proxy, RandomFaults,
    Replication, ReplicationMode, Router, Run, Scenario, Setup, SingleNode, Stonith, Zookeeper,
};
use ha_lab::sim::SimTime;
use ha_lab::study::failover::measure_all;
use ha_lab::study::predict::{Assumption, Breach, Observed, Prediction, Rates, Verdict};

/// Standard errors of an interval of 99.9 %.
const ERRORS: f64 = 3.29;
/// Outages of each run.
const OUTAGES: u64 = 1_000;
/// Crashes whose mean tells what a failover costs.
const CRASHES: u64 = 5_000;
/// A prediction that is so much wrong must be found out.
const FOUND_OUT: f64 = 0.03;
/// What the derivation may leave out: latencies that scatter, of which it takes the mean.
const SLACK: f64 = 0.005;
/// Simulated time between two looks at how many there are.
const STRIDE_US: u64 = 2_000 * SECOND_US;

const SECOND_US: u64 = 1_000_000;

fn scenario(system: Setup, router: Router) -> Scenario {
    let mut scenario = Scenario { system, router, ..Scenario::default() };
    // Nobody but the probe, and that at leisure: half a second is little beside outages of five.
    scenario.clients.mean_gap_us = None;
    scenario.clients.canary_us = Some(500_000);
    scenario.clients.sites = 1;
    let random = RandomFaults { mttf_us: 300 * SECOND_US, mttr_us: 20 * SECOND_US, ..RandomFaults::default() };
    scenario.faults.random = vec![random];
    scenario
}

/// Runs until there are enough outages.
fn watch(scenario: &Scenario, seed: u64) -> (Observed, Ledger) {
    let mut run = Run::new(scenario, seed);
    let mut ledger = Ledger::new(run.world().config());
    run.start(&mut ledger);
    loop {
        let until = SimTime::from_us(run.now().us() + STRIDE_US);
        run.run_until(until, &mut ledger);
        if ledger.figures(until).outages >= OUTAGES {
            return (Observed::of(&ledger, until), ledger);
        }
    }
}

/// How long some part of an outage lasted.
type Length = fn(&Incident) -> u64;

/// Both, side by side, with the phases of failovers.
fn side_by_side(seed: u64, prediction: &Prediction, observed: &Observed, ledger: &Ledger) -> String {
    let (low, high) = observed.interval(ERRORS).unwrap_or_default();
    let down = prediction.availability.down;
    let year_us = 365.0 * 86_400e6;
    let over: Vec<&Incident> =
        ledger.incidents().iter().map(|one| &**one).filter(|one| one.promoted.is_some()).collect();
    let mean = |of: Length| over.iter().map(|one| of(one) as f64).sum::<f64>() / over.len().max(1) as f64 / 1e6;
    let phases: [(&str, Length); 7] = [
        ("repair", |one| one.phases.repair_us),
        ("detect", |one| one.phases.detect_us),
        ("decide", |one| one.phases.decide_us),
        ("fence", |one| one.phases.fence_us),
        ("promote", |one| one.phases.promote_us),
        ("redirect", |one| one.phases.redirect_us),
        ("resume", |one| one.phases.resume_us),
    ];
    let measured: Vec<_> = phases.iter().map(|(name, of)| format!("{name} {:.3}", mean(*of))).collect();
    let said = |steps: &[ha_lab::study::predict::Step]| {
        let all: Vec<_> = steps.iter().map(|step| format!("{:?} {:.3}", step.phase, step.us() / 1e6)).collect();
        all.join(", ")
    };
    format!(
        "seed {seed}: unavailability predicted {down:.6}, observed {:.6} from {low:.6} to {high:.6} ({:+.1} %)\n  \
         outages a year {:.0}, {:.0}; failover {:.3} s, {:.3} s\n  failover: {}\n  again:    {}\n  measured: {}",
        observed.unavailability,
        (down / observed.unavailability - 1.0) * 100.0,
        prediction.outages_per_year,
        observed.outages as f64 / observed.watched_us as f64 * year_us,
        prediction.failover_us().unwrap_or_default() / 1e6,
        observed.failover_us.unwrap_or_default() / 1e6,
        said(&prediction.failover),
        said(&prediction.again),
        measured.join(", "),
    )
}

#[track_caller]
fn agrees(scenario: &Scenario, seeds: impl IntoIterator<Item = u64>) {
    let prediction = Prediction::of(scenario, Rates::NEVER);
    for seed in seeds {
        let (observed, ledger) = watch(scenario, seed);
        let both = side_by_side(seed, &prediction, &observed, &ledger);
        if std::env::var_os("AGREEMENT").is_some() {
            println!("{both}");
        }
        assert!(observed.outages >= OUTAGES);
        assert_eq!(observed.verdict(&prediction, ERRORS), Verdict::Agrees, "{both}\n{scenario:?}");
    }
}

/// Everything starts at once, and what has a pace of half a second or a whole one would keep step with the heartbeats for
/// ever. In a long run failures bring that out of order; here the paces have to do it.
fn out_of_step(mut scenario: Scenario) -> Scenario {
    scenario.clients.canary_us = scenario.clients.canary_us.map(|us| us.min(470_000));
    if let Router::Proxy(proxy) = &mut scenario.router {
        proxy.check_us = 830_000;
    }
    scenario
}

/// The mean of many failovers is as predicted, and would not be if the prediction were 3 % more or less.
#[track_caller]
fn costs_as_predicted(scenario: &Scenario, first_seed: u64) {
    let scenario = &out_of_step(scenario.clone());
    let prediction = Prediction::of(scenario, Rates::NEVER);
    let predicted = prediction.failover_us().expect("somebody takes over") - prediction.unseen_us;
    let runs = measure_all(scenario, first_seed..first_seed + CRASHES, 2);
    let costs: Vec<f64> = runs.iter().filter_map(|run| run.outage_us).map(|us| us as f64).collect();
    assert_eq!(costs.len() as u64, CRASHES, "somebody took over each time");
    let n = costs.len() as f64;
    let mean = costs.iter().sum::<f64>() / n;
    let variance = costs.iter().map(|cost| (cost - mean) * (cost - mean)).sum::<f64>() / (n - 1.0);
    let half = ERRORS * (variance / n).sqrt();
    let steps: Vec<_> = prediction.failover.iter().map(|step| (step.phase, step.us() / 1e6)).collect();
    let both = format!(
        "seeds from {first_seed}: a failover costs {:.4} s, predicted; {:.4} ± {:.4} s, observed ({:+.2} %)\n  {steps:?}",
        predicted / 1e6,
        mean / 1e6,
        half / 1e6,
        (predicted / mean - 1.0) * 100.0,
    );
    if std::env::var_os("AGREEMENT").is_some() {
        println!("{both}");
    }
    let inside = |us: f64| (us - mean).abs() <= half + SLACK * mean;
    assert!(inside(predicted), "{both}\n{scenario:?}");
    for wrong in [1.0 - FOUND_OUT, 1.0 + FOUND_OUT] {
        assert!(!inside(wrong * predicted), "{wrong} times as much would pass too: {both}");
    }
}

/// The two part, and this is named as the reason.
#[track_caller]
fn parts_by(scenario: &Scenario, seed: u64, reason: Assumption) {
    let prediction = Prediction::of(scenario, Rates::NEVER);
    let (observed, ledger) = watch(scenario, seed);
    let both = side_by_side(seed, &prediction, &observed, &ledger);
    assert_eq!(observed.verdict(&prediction, ERRORS), Verdict::Parts, "{both}");
    let premises = prediction.premises_after(ledger.incidents().iter().map(|one| &**one));
    let broken: Vec<_> = premises.iter().filter(|premise| premise.broken.is_some()).collect();
    assert!(broken.iter().any(|premise| premise.assumption == reason), "{broken:?}\n{both}");
}

fn proxy() -> Router {
    Router::Proxy(Proxy::default())
}

fn pair(change: impl FnOnce(&mut MasterStandby)) -> Setup {
    let replication = Replication { mode: ReplicationMode::Async, ..Replication::default() };
    let mut pair = MasterStandby { standbys: 1, replication, ..MasterStandby::default() };
    change(&mut pair);
    Setup::MasterStandby(pair)
}

fn alone(pair: &mut MasterStandby) {
    pair.decision = Decision::Alone { canvass_us: SECOND_US };
}

fn leased(pair: &mut MasterStandby) {
    let lease = Lease { length_us: 5 * SECOND_US, ..Lease::default() };
    pair.fencing = Fencing { lease: Some(lease), ..Fencing::default() };
}

fn shooting(pair: &mut MasterStandby) {
    pair.fencing = Fencing { stonith: Some(Stonith::default()), ..Fencing::default() };
}

fn raft(members: u8) -> Setup {
    Setup::Cluster(Cluster { members, data: DataPath::ThroughTheLog, ..Cluster::default() })
}

fn zab(members: u8) -> Setup {
    let manager = Manager::Zookeeper(Zookeeper::default());
    Setup::Cluster(Cluster { manager, members, data: DataPath::ThroughTheLog, ..Cluster::default() })
}

#[test]
fn a_single_node_is_down_while_it_is_repaired() {
    agrees(&scenario(Setup::SingleNode(SingleNode::default()), proxy()), 1..=1);
    agrees(&scenario(Setup::SingleNode(SingleNode::default()), Router::Vip), 3..=3);
}

#[test]
fn a_pair_whose_standby_decides_alone_and_takes_the_address() {
    agrees(&scenario(pair(alone), Router::Vip), 1..=2);
}

#[test]
fn a_pair_with_a_witness_and_a_lease_behind_a_proxy() {
    agrees(&scenario(pair(leased), proxy()), 4..=4);
    costs_as_predicted(&scenario(pair(leased), proxy()), 1);
}

#[test]
fn a_pair_that_cuts_the_power_behind_a_proxy() {
    agrees(&scenario(pair(shooting), proxy()), 6..=6);
    costs_as_predicted(&scenario(pair(shooting), proxy()), 1);
}

#[test]
fn a_pair_that_is_found_by_name_with_a_short_time_to_live() {
    let name = Router::Dns(Dns { ttl_us: SECOND_US });
    agrees(&scenario(pair(|_| ()), name), 8..=8);
}

#[test]
fn a_master_with_two_standbys_of_which_one_has_every_write() {
    agrees(&scenario(Setup::MasterStandby(MasterStandby::default()), proxy()), 9..=9);
    costs_as_predicted(&scenario(Setup::MasterStandby(MasterStandby::default()), proxy()), 1);
}

#[test]
fn members_that_elect_their_leader() {
    agrees(&scenario(raft(3), Router::Vip), 1..=1);
    agrees(&scenario(raft(3), proxy()), 3..=3);
    agrees(&scenario(raft(5), Router::Vip), 4..=4);
}

#[test]
fn an_election_of_raft_costs_what_its_race_does() {
    for members in [3, 5, 7] {
        costs_as_predicted(&scenario(raft(members), Router::Vip), 1);
    }
}

#[test]
fn members_that_look_for_their_leader() {
    agrees(&scenario(zab(3), Router::Vip), 1..=1);
    agrees(&scenario(zab(5), Router::Vip), 2..=2);
}

#[test]
fn an_election_of_zab_costs_what_crossing_calls_do() {
    for members in [3, 5] {
        let mut scenario = scenario(zab(members), Router::Vip);
        // Proposals are words of the leader, so the silence begins with a canary: coarse ones would keep step with its end.
        scenario.clients.canary_us = Some(100_000);
        costs_as_predicted(&scenario, 1);
    }
}

#[test]
fn a_pool_of_one_worker_is_down_until_it_has_passed_its_checks() {
    agrees(&scenario(Setup::Pool(Pool { nodes: 1, ..Pool::default() }), proxy()), 1..=1);
}

/// Turn by turn, all writes of the probe go to one of the two: until its checks have failed, that is an outage, which no
/// chain of machines that are up or down can know.
#[test]
fn of_two_workers_a_dead_one_costs_more_than_single_requests() {
    parts_by(&scenario(Setup::Pool(Pool { nodes: 2, ..Pool::default() }), proxy()), 1, Assumption::SingleRequests);
}

#[test]
fn machines_that_fail_in_step_are_no_pair() {
    let mut together = scenario(pair(alone), Router::Vip);
    together.faults.random[0].distribution = Distribution::Fixed;
    let prediction = Prediction::of(&together, Rates::NEVER);
    let broken = |premise: &&ha_lab::study::predict::Premise| premise.broken == Some(Breach::Configured);
    assert!(prediction.premises.iter().filter(broken).any(|premise| premise.assumption == Assumption::Independent));
    parts_by(&together, 1, Assumption::Independent);
}
