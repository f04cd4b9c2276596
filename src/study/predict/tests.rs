//! What a prediction follows from, one input at a time.

use super::*;
use crate::scenario::{
    Dns, Fencing, Lease, Proxy, RandomFaults, RandomKind, ReplicationMode, Router, SilenceLimit, SingleNode,
};

const SECOND_US: u64 = 1_000_000;

fn of(change: impl FnOnce(&mut Scenario, &mut MasterStandby)) -> Prediction {
    let (mut scenario, mut pair) = (Scenario::default(), MasterStandby::default());
    scenario.faults.random = vec![RandomFaults { mttf_us: 86_400 * SECOND_US, ..RandomFaults::default() }];
    change(&mut scenario, &mut pair);
    if matches!(scenario.system, Setup::MasterStandby(_)) {
        scenario.system = Setup::MasterStandby(pair);
    }
    Prediction::of(&scenario, Rates::NEVER)
}

fn seconds(prediction: &Prediction, phase: Phase) -> f64 {
    prediction.failover.iter().filter(|step| step.phase == phase).map(Step::us).sum::<f64>() / 1e6
}

#[test]
fn three_silent_heartbeats_are_two_and_a_half_and_a_trip() {
    let three = of(|_, _| ());
    assert!((seconds(&three, Phase::Detect) - 2.65).abs() < 1e-9);
    let six = of(|_, pair| pair.detection.limit = SilenceLimit::Missed { heartbeats: 6 });
    assert!((six.failover_us().unwrap() - three.failover_us().unwrap() - 3e6).abs() < 1.0);
    assert!(six.availability.down > three.availability.down);
}

#[test]
fn of_a_lease_only_what_is_left_is_waited_for() {
    let leased = |length_us| {
        let lease = Some(Lease { length_us, drift_ppm: 0 });
        of(|_, pair| pair.fencing = Fencing { lease, ..Fencing::default() })
    };
    assert!(seconds(&leased(3 * SECOND_US), Phase::Fence).abs() < 1e-9, "it has run out before anybody suspects");
    let ten = seconds(&leased(10 * SECOND_US), Phase::Fence);
    assert!((6.0..7.0).contains(&ten), "{ten}");
}

#[test]
fn of_two_sites_both_must_have_asked_again() {
    let named = |sites| {
        of(|scenario, _| {
            scenario.router = Router::Dns(Dns { ttl_us: 60 * SECOND_US });
            scenario.clients.sites = sites;
        })
    };
    let difference = seconds(&named(2), Phase::Redirect) - seconds(&named(1), Phase::Redirect);
    assert!((difference - 10.0).abs() < 1e-6, "two thirds of a minute, not half of it: {difference}");
    let broken = |premise: &&Premise| premise.broken == Some(Breach::Configured);
    let broken: Vec<_> = named(2).premises.iter().filter(broken).map(|premise| premise.assumption).collect();
    assert_eq!(broken, [Assumption::ShortCaches]);
}

#[test]
fn booting_comes_on_top_of_the_repair_and_can_fail_too() {
    let mut scenario = Scenario::default();
    scenario.faults.random = vec![RandomFaults { mttf_us: 300 * SECOND_US, ..RandomFaults::default() }];
    let machine = Rates::of(&scenario, Class::Data).unwrap();
    // (300 + 30)·e^(3/300) − 300.
    assert!((machine.mttr_us / 1e6 - 33.316_55).abs() < 1e-4, "{machine:?}");
    scenario.faults.random[0].kind = RandomKind::Freeze;
    let frozen = Rates::of(&scenario, Class::Data).unwrap();
    assert!((frozen.mttr_us - 30e6).abs() < 1.0, "a thaw boots nothing");
    assert_eq!(Rates::of(&scenario, Class::Proxies), None);
}

#[test]
fn more_redundancy_is_more_available_and_a_proxy_that_fails_stands_in_series() {
    let single = of(|scenario, _| scenario.system = Setup::SingleNode(SingleNode::default()));
    let pair = |mode| {
        of(|_, pair| {
            pair.standbys = 1;
            pair.replication.mode = mode;
        })
    };
    assert!(pair(ReplicationMode::Async).availability.down < single.availability.down / 2.0);
    // Who waits for the only standby needs both.
    assert!(pair(ReplicationMode::SemiSync { standbys: 1 }).availability.down > single.availability.down);
    let all_fail = of(|scenario, _| scenario.faults.random[0].on = Class::All);
    let two = of(|scenario, _| {
        scenario.faults.random[0].on = Class::All;
        scenario.router = Router::Proxy(Proxy { proxies: 2, ..Proxy::default() });
    });
    let perfect = of(|_, _| ());
    let proxy_down = all_fail.availability.down - perfect.availability.down;
    assert!((proxy_down / all_fail.rates.share().down - 1.0).abs() < 0.01, "one proxy is as bad as one node");
    assert!(perfect.availability.down < two.availability.down && two.availability.down < all_fail.availability.down);
}

/// Machines that fail while they boot, again and again, come back after a billion hours as far as a chain is concerned.
#[test]
fn who_fails_whenever_it_boots_has_a_prediction_too() {
    let cluster = Scenario { system: Setup::Cluster(Cluster::default()), ..Scenario::default() };
    let pool = Scenario { system: Setup::Pool(crate::scenario::Pool::default()), ..Scenario::default() };
    for mut scenario in [Scenario::default(), cluster, pool] {
        let often = RandomFaults { on: Class::All, mttf_us: 1_000, ..RandomFaults::default() };
        scenario.faults.random = vec![often.clone(), RandomFaults { kind: RandomKind::ProcessCrash, ..often }];
        let prediction = Prediction::of(&scenario, Rates::NEVER);
        assert!(prediction.availability.up < 1e-6, "{:?}", prediction.availability);
        assert!(prediction.outages_per_year.is_finite());
    }
}

/// What all shards come to is counted, what one goes through is timed: so it is in the ledger.
#[test]
fn an_outage_of_a_shard_is_as_long_however_many_there_are() {
    let with = |shards| {
        let mut cluster = Cluster::default();
        if let DataPath::Workers(workers) = &mut cluster.data {
            workers.shards = shards;
        }
        let scenario = Scenario { system: Setup::Cluster(cluster), ..Scenario::default() };
        Prediction::of(&scenario, Rates { mttf_us: 3_600e6, mttr_us: 60e6 })
    };
    let (one, four) = (with(1), with(4));
    assert!((four.outages_per_year / one.outages_per_year - 4.0).abs() < 1e-9);
    assert_eq!(four.availability, one.availability);
    assert!((four.outage_us().unwrap() - one.outage_us().unwrap()).abs() < 1.0);
}

#[test]
fn a_planned_switchover_is_no_failover_to_hold_a_prediction_against() {
    let observed = |name| {
        let scenario = crate::scenario::parse(crate::scenario::preset(name).unwrap().json).unwrap();
        let mut run = crate::scenario::Run::new(&scenario, scenario.seed);
        let mut ledger = crate::measure::Ledger::new(run.world().config());
        run.start(&mut ledger);
        run.run_until(crate::sim::SimTime::from_us(scenario.until_us), &mut ledger);
        Observed::of(&ledger, run.now())
    };
    let planned = observed("planned-switchover");
    assert_eq!((planned.outages, planned.failovers, planned.failover_us), (2, 0, None));
    assert_eq!(observed("crash").failovers, 1);
}
