//! Reads that any holder may answer: how the balancer spreads them, and what it does about a holder that fails them.

use ha_lab::ha::cluster::registry::Note as Said;
use ha_lab::ha::note::Note;
use ha_lab::scenario::{Action, Ejection, ReadLevel, Scenario, Scheduled, Strategy, Target};

use super::seen::{cluster, m, ready, see, workers};
use super::storms::S;

/// Three copies of one shard, nearly only reads, each tried once.
fn local(strategy: Strategy, ejection: Option<Ejection>) -> Scenario {
    let mut scenario = ready("worker-crash");
    cluster(&mut scenario).reads = ReadLevel::Local;
    let workers = workers(&mut scenario);
    (workers.shards, workers.copies, workers.strategy, workers.ejection) = (1, 3, strategy, ejection);
    scenario.clients.mean_gap_us = Some(20_000);
    scenario.clients.read_permille = 950;
    scenario.clients.attempts = 1;
    scenario.faults.scheduled = Vec::new();
    scenario
}

#[test]
fn every_strategy_spreads_them_over_all_holders() {
    let strategies = [
        Strategy::RoundRobin,
        Strategy::Random,
        Strategy::LeastConnections,
        Strategy::TwoChoices,
        Strategy::ConsistentHash,
    ];
    for strategy in strategies {
        let seen = see(&local(strategy, None));
        let asked = seen.reads_by_worker();
        let (least, most) = (asked.iter().min().unwrap_or(&0), asked.iter().max().unwrap_or(&0));
        seen.holds(*least * 4 > *most, &format!("{strategy:?} asks all three: {asked:?}"));
        seen.holds(seen.figures().reads.failed == 0, "and all answer");
    }
}

#[test]
fn what_any_holder_may_answer_does_not_wait_for_an_owner() {
    let mut scenario = local(Strategy::RoundRobin, Some(Ejection { base_us: 20 * S, ..Ejection::default() }));
    // Its process dies, its claim goes on for ten seconds: closed connections say sooner that it is gone.
    let crash = Action::ProcessCrash { on: Target::Node(0) };
    scenario.faults.scheduled = vec![Scheduled::at(10 * S, crash)];
    let seen = see(&scenario);
    let ejected = seen.notes().find(|(_, _, _, note)| matches!(note, Note::Ejected { node, .. } if *node == m(0)));
    let revoked = seen.said(|said| matches!(said, Said::Revoked { worker: 0, .. }));
    seen.holds(ejected.is_some_and(|(at, ..)| at.us() < 12 * S && Some(at) < revoked), "it bridges the claim");
}

#[test]
fn a_holder_that_fails_reads_is_ejected_and_most_reads_are_spared() {
    for hang in [false, true] {
        let failed = |ejection: Option<Ejection>| {
            let mut scenario = local(Strategy::RoundRobin, ejection);
            let gray = Action::Gray { on: Target::Node(2), hang };
            scenario.faults.scheduled = vec![Scheduled::at(10 * S, gray)];
            let seen = see(&scenario);
            let reads = seen.reads_by_worker();
            let ejected = seen.count(|note| matches!(note, Note::Ejected { node, .. } if *node == m(2)));
            (reads[2], ejected, seen.figures().reads.failed)
        };
        let (asked, ejected, without) = failed(None);
        assert_eq!(ejected, 0);
        let (spared, ejected, with) = failed(Some(Ejection { base_us: 20 * S, ..Ejection::default() }));
        assert!(ejected > 0 && spared * 2 < asked, "hang {hang}: asked {spared} times instead of {asked}");
        assert!(hang || with * 10 < without, "{with} reads fail instead of {without}");
    }
}

/// Clients that ask once and never again: whether a holder hangs the balancer finds out by its own clock.
#[test]
fn a_read_that_hangs_counts_against_its_holder_although_nobody_asks_again() {
    let ejected_at = |timeout_us| {
        let mut scenario = local(Strategy::RoundRobin, Some(Ejection { base_us: 20 * S, ..Ejection::default() }));
        workers(&mut scenario).timeout_us = timeout_us;
        let gray = Action::Gray { on: Target::Node(2), hang: true };
        scenario.faults.scheduled = vec![Scheduled::at(10 * S, gray)];
        let seen = see(&scenario);
        let first = seen.notes().find(|(_, _, _, note)| matches!(note, Note::Ejected { node, .. } if *node == m(2)));
        first.map(|(at, ..)| at.us())
    };
    let at = ejected_at(S).expect("it is ejected");
    assert!((11 * S..13 * S).contains(&at), "a second after the first reads that hang: {at}");
    assert!(ejected_at(4 * S).expect("later") >= 14 * S, "who waits longer notices later");
    assert_eq!(ejected_at(600 * S), None, "who waits for ever never notices");
}
