//! Each mechanism, switched off, brings its failure back.

use crate::chaos::{Cell, Decider, EVERYTHING, Fence, MS, Record, Route, Writes, observe, report, stormy};
use crate::lab::{C, isolate, lab};
use crate::often::seeds;
use ha_lab::scenario::{
    Action, Decision, Durability, Fallback, MasterStandby, ReplicationMode, Scenario, Setup, Target,
};

/// The first of many random schedules in which it goes wrong.
fn first_failure(cell: Cell, change: impl Fn(&mut Scenario), wrong: impl Fn(&Record) -> bool) -> Option<u64> {
    (0..1_500).find(|seed| {
        let mut scenario = stormy(cell, *seed, EVERYTHING);
        change(&mut scenario);
        wrong(&observe(&scenario))
    })
}

fn system(scenario: &mut Scenario) -> &mut MasterStandby {
    match &mut scenario.system {
        Setup::MasterStandby(system) => system,
        Setup::SingleNode(_) | Setup::Cluster(_) | Setup::Pool(_) => unreachable!("every cell is a pair or more"),
    }
}

const SAFE: Cell =
    Cell { writes: Writes::SemiSync, decider: Decider::Majority, fence: Fence::Epochs, route: Route::Proxy };

fn loses(record: &Record) -> bool {
    !record.ever_missing().is_empty()
}

#[test]
fn with_every_mechanism_on_nothing_is_lost() {
    for seed in seeds(150) {
        let scenario = stormy(SAFE, seed, EVERYTHING);
        if loses(&observe(&scenario)) {
            report("an acknowledged write was lost", &scenario, &|scenario| loses(&observe(scenario)));
        }
    }
}

#[test]
fn without_epochs_writes_are_lost() {
    assert!(first_failure(SAFE, |s| system(s).fencing.epochs = false, loses).is_some());
}

#[test]
fn without_a_majority_writes_are_lost() {
    let alone = |s: &mut Scenario| system(s).decision = Decision::Alone { canvass_us: 50 * MS };
    assert!(first_failure(SAFE, alone, loses).is_some());
}

#[test]
fn without_waiting_for_a_standby_writes_are_lost() {
    assert!(first_failure(SAFE, |s| system(s).replication.mode = ReplicationMode::Async, loses).is_some());
}

#[test]
fn without_strictness_writes_are_lost() {
    let degrade = |s: &mut Scenario| system(s).replication.fallback = Fallback::Degrade { after_us: 100 * MS };
    assert!(first_failure(SAFE, degrade, loses).is_some());
}

#[test]
fn without_waiting_for_the_disk_an_outage_of_the_zone_loses_writes() {
    // Both lose power at once, and what both had only in memory is gone.
    let outage = |durability| {
        let mut pair = lab().with(|system| (system.standbys, system.replication.durability) = (1, durability));
        pair.0.network.zones = vec![vec![Target::Node(0), Target::Node(1)]];
        pair.0.machines.sync_us = 100 * MS;
        pair.at(3_000, Action::ZoneDown { zone: 0 }).at(4_000, Action::ZoneUp { zone: 0 }).run(9_000)
    };
    let synced = outage(Durability::Synced);
    assert!(synced.record.lost().is_empty() && synced.writes_done(7_000, 9_000) > 10);
    assert!(!outage(Durability::Received).record.lost().is_empty());
}

#[test]
fn without_a_lease_a_master_that_is_cut_off_goes_on_acknowledging() {
    let leased = Cell { writes: Writes::Async, fence: Fence::LeaseEpochs, ..SAFE };
    let conflicts = |record: &Record| !record.conflicts().is_empty();
    let direct = Cell { route: Route::Direct, ..leased };
    assert!(first_failure(direct, |s| system(s).fencing.lease = None, conflicts).is_some());
}

/// What the master and its standbys are asked by hand outruns every vote.
#[test]
fn the_button_promotes_without_asking_anybody() {
    let seen =
        lab().at(2_000, isolate(&[Target::Node(2)])).at(2_500, Action::Promote { on: Target::Node(2) }).run(5_000);
    assert_eq!(seen.masters().len(), 2);
    assert_eq!(seen.masters()[1].1, C);
}
