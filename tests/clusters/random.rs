//! What holds whatever happens, and what does not hold any more when a safety mechanism is switched off.

use ha_lab::player::Player;
use ha_lab::scenario::{Scenario, trace_hash};
use ha_lab::sim::SimTime;

use super::court::{observe, observe_healing};
use super::often::seeds;
use super::storms::{SAFE, Safety, report, stormy};

/// What is wrong with a run in which everything is on its guard.
fn faults(scenario: &Scenario) -> Vec<String> {
    let record = observe_healing(scenario);
    let mut wrong = record.wrong.clone();
    let missing = record.missing();
    if !missing.is_empty() {
        wrong.push(format!("acknowledged writes are missing: {missing:?}"));
    }
    let conflicts = record.conflicts();
    if !conflicts.is_empty() {
        wrong.push(format!("two owners acknowledged: {conflicts:?}"));
    }
    let figures = record.figures(scenario.until_us);
    if figures.writes.lost > 0 || figures.writes.conflicting > 0 || figures.split_brains > 0 {
        wrong.push(format!("the ledger counts {:?}, {} split brains", figures.writes, figures.split_brains));
    }
    wrong
}

/// With synchronous replication, fencing tokens and checked claims nothing acknowledged is lost, no two owners are able to
/// acknowledge at one instant, and everybody agrees on who owns what; and what was broken heals.
#[test]
fn whatever_happens_nothing_is_lost_nobody_owns_twice_and_all_heals() {
    for seed in seeds(1_500) {
        let scenario = stormy(seed, SAFE);
        let wrong = faults(&scenario);
        if !wrong.is_empty() {
            report(&format!("{wrong:#?}"), &scenario, &|scenario| !faults(scenario).is_empty());
        }
    }
}

/// The same schedule gives the same trace, and going to a moment gives what playing to it does.
#[test]
fn a_run_repeats_and_seeking_changes_nothing() {
    for seed in seeds(6).take(40) {
        let scenario = stormy(seed, SAFE);
        let end = SimTime::from_us(scenario.until_us);
        let hash = trace_hash(&scenario, seed, end);
        assert_eq!(trace_hash(&scenario, seed, end), hash, "seed {seed}");
        let mut player = Player::with_seed(scenario.clone(), seed);
        player.seek(end);
        let figures = player.ledger().figures(end);
        assert_eq!(player.hash(), hash, "seed {seed}");
        player.seek(SimTime::from_us(5_000_000));
        player.seek(end);
        assert_eq!(player.hash(), hash, "seed {seed}: back and forth");
        assert_eq!(player.ledger().figures(end), figures, "seed {seed}");
    }
}

/// Finds a schedule that breaks it; the first that was found is tried first.
#[track_caller]
fn breaks(known: u64, safety: Safety, what: &str, is_broken: impl Fn(&Scenario) -> bool) {
    let found = std::iter::once(known).chain(0..3_000).find(|seed| is_broken(&stormy(*seed, safety)));
    match found {
        Some(seed) if seed == known => {}
        Some(seed) => panic!("seed {known} does not show any more that {what}; seed {seed} does"),
        None => panic!("nothing shows that {what}"),
    }
}

#[test]
fn without_tokens_and_clocks_and_waiting_for_nobody_two_owners_acknowledge() {
    let safety = Safety { tokens: false, checked: false, sync: false };
    breaks(TWO_OWNERS, safety, "two owners acknowledge", |scenario| !observe(scenario).conflicts().is_empty());
}

/// Waiting for every in-sync holder is not enough, if an old owner may still have one of them believe it.
#[test]
fn without_tokens_and_clocks_writes_are_lost_though_replication_is_synchronous() {
    let safety = Safety { tokens: false, checked: false, sync: true };
    breaks(UNGUARDED, safety, "writes are lost", |scenario| !observe(scenario).missing().is_empty());
}

#[test]
fn with_asynchronous_replication_acknowledged_writes_are_lost() {
    let safety = Safety { sync: false, ..SAFE };
    breaks(LOST, safety, "writes are lost", |scenario| !observe(scenario).missing().is_empty());
}

/// Seeds that were found by search.
const TWO_OWNERS: u64 = 39;
const UNGUARDED: u64 = 5;
const LOST: u64 = 39;
