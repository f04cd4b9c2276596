//! One storage that all nodes share: nothing to replicate, and nothing to fall back on.

use crate::chaos::{Cell, Decider, EVERYTHING, Fence, MS, Route, S, Writes, observe, stormy};
use crate::lab::{A, B, C, Lab, crash, lab};
use ha_lab::ha::NodeKind;
use ha_lab::ha::note::{Note, Stale};
use ha_lab::measure::Ledger;
use ha_lab::scenario::{Action, Decision, Durability, Fencing, ReplicationMode, Router, Run, Target};
use ha_lab::sim::{MachineId, SimTime};

fn shared() -> Lab {
    lab().with(|system| system.replication.mode = ReplicationMode::SharedStorage)
}

/// What the ledger says at the end of a run.
fn ledger(lab: &Lab, until_ms: u64) -> Ledger {
    let mut run = Run::new(&lab.0, lab.0.seed);
    let mut ledger = Ledger::new(run.world().config());
    run.start(&mut ledger);
    run.run_until(SimTime::from_us(until_ms * MS), &mut ledger);
    ledger
}

#[test]
fn a_standby_holds_nothing_and_finds_everything_on_the_storage() {
    let seen = shared().at(3_000, crash(Target::Node(0))).run(8_000);
    let masters: Vec<_> = seen.masters().into_iter().map(|(_, id)| id).collect();
    assert_eq!(masters, [A, B]);
    let (read, pos) = seen
        .notes
        .iter()
        .find_map(|(at, _, note)| if let Note::Mounted { pos } = note { Some((*at, *pos)) } else { None })
        .expect("the new master reads the storage");
    assert!(pos.epoch == 1 && pos.index > 30, "{pos:?} at {read}");
    let c = seen.run.world().machine(C).process().and_then(|process| process.data()).expect("C runs");
    assert_eq!(c.log_end().index, 0, "C has nothing to read but through the master");
    assert!(seen.record.lost().is_empty());
    assert!(seen.writes_done(5_000, 8_000) > 20, "and the service goes on");
}

#[test]
fn the_storage_is_a_single_point_of_failure() {
    let lab = shared().at(3_000, crash(Target::Storage)).at(6_000, Action::Restart { on: Target::Storage });
    let seen = lab.run(9_000);
    assert_eq!(seen.masters().len(), 1, "the master is well, and nobody could do better");
    assert_eq!(seen.writes_done(3_100, 6_000), 0, "but it cannot acknowledge anything");
    assert!(seen.writes_done(7_500, 9_000) > 10, "until the storage is back");
    assert!(seen.record.lost().is_empty());
    let ledger = ledger(&lab, 9_000);
    let [outage] = ledger.incidents() else { panic!("one outage, not {:?}", ledger.incidents()) };
    assert_eq!(outage.fault_at, Some(SimTime::from_us(3_000 * MS)), "whose cause is the storage");
}

#[test]
fn who_takes_over_while_the_storage_is_down_waits_for_it() {
    let lab = shared().at(3_000, crash(Target::Node(0))).at(3_000, crash(Target::Storage));
    let seen = lab.at(6_000, Action::Restart { on: Target::Storage }).run(9_000);
    let [(_, A), (opened, B)] = seen.masters()[..] else { panic!("{:?}", seen.masters()) };
    assert!(opened > 6_300 * MS, "it cannot open before it has read: {opened}");
    assert!(seen.record.lost().is_empty());
}

#[test]
fn a_slow_storage_makes_every_write_slow() {
    let slow = Action::SlowDisk { on: Target::Storage, permille: 300_000 };
    let seen = shared().at(3_000, slow).run(6_000);
    let (before, after) = (seen.writes_done(1_000, 3_000), seen.writes_done(4_000, 6_000));
    assert!(after > 0 && seen.masters().len() == 1, "{before} and {after}");
    let waiting = |node: MachineId| match &seen.run.world().machine(node).process().expect("A runs").kind {
        NodeKind::Data(node) => node.as_master().expect("A is master").waiting.len(),
        _ => panic!("A holds data"),
    };
    assert!(waiting(A) > 3, "writes pile up behind the disk");
}

#[test]
fn a_full_storage_stops_writes_and_goes_on_when_there_is_room() {
    let full = |full| Action::DiskFull { on: Target::Storage, full };
    let seen = shared().at(3_000, full(true)).at(5_000, full(false)).run(8_000);
    assert_eq!(seen.writes_done(3_100, 5_000), 0);
    assert!(seen.writes_done(5_500, 8_000) > 20);
    assert_eq!(seen.masters().len(), 1);
}

/// A is frozen for a second, and from then on A and the others cannot hear each other; all reach the storage, and
/// each of them some clients. A standby decides alone.
fn two_masters(epochs: bool) -> Lab {
    let lab = shared().with(|system| {
        system.decision = Decision::Alone { canvass_us: 50 * MS };
        system.fencing = Fencing { stonith: None, lease: None, epochs };
    });
    let mut lab = lab.router(Router::Vip);
    lab.0.clients.mean_gap_us = Some(20 * MS);
    let cut = |from, to| Action::Cut { from, to, both_ways: true };
    let (a, b, c) = (Target::Node(0), Target::Node(1), Target::Node(2));
    let lab = lab.at(3_000, cut(a, b)).at(3_000, cut(a, c)).at(3_000, cut(b, Target::Site(0)));
    let lab = lab.at(3_000, Action::Freeze { on: a }).at(4_000, Action::Thaw { on: a });
    lab.at(6_000, crash(a)).at(6_000, crash(b))
}

#[test]
fn without_fencing_two_masters_write_over_each_other() {
    let lab = two_masters(false);
    let seen = lab.run(9_000);
    let over = |by| seen.count(|_, note| matches!(note, Note::Overwritten { by: who, .. } if *who == by));
    assert!(over(A) > 0, "A writes over what B has written");
    assert!(!seen.record.conflicts().is_empty(), "both have told clients that their writes are done");
    let ledger = ledger(&lab, 9_000);
    let figures = ledger.figures(SimTime::from_us(9_000 * MS));
    assert!(figures.split_brains == 1 && figures.writes.conflicting > 0, "{figures:?}");
    assert!(ledger.failovers().last().expect("C takes over at last").lost > 0, "and C cannot read what B had written");
}

#[test]
fn with_epochs_the_storage_takes_writes_of_one_of_them_only() {
    let lab = two_masters(true);
    let seen = lab.run(9_000);
    let refused = |note: &Note| matches!(note, Note::StaleRefused { from: A, what: Stale::Storage, .. });
    let reserved = seen.first(|_, note| matches!(note, Note::Reserved { node: B, .. })).expect("B has it reserved");
    let refused = seen.first(|_, note| refused(note)).expect("A is refused");
    assert!((reserved..reserved + S).contains(&refused), "{reserved}, {refused}");
    assert!(seen.record.conflicts().is_empty() && seen.record.lost().is_empty());
    let figures = ledger(&lab, 9_000).figures(SimTime::from_us(9_000 * MS));
    assert_eq!((figures.split_brains, figures.writes.conflicting, figures.writes.lost), (0, 0, 0), "{figures:?}");
}

#[test]
fn who_is_cut_off_from_the_storage_splits_no_brain() {
    let mut lab = two_masters(false);
    let cut = Action::Cut { from: Target::Node(0), to: Target::Storage, both_ways: true };
    lab = lab.at(3_000, cut);
    let figures = ledger(&lab, 5_900).figures(SimTime::from_us(5_900 * MS));
    assert_eq!(
        (figures.split_brains, figures.writes.conflicting),
        (0, 0),
        "A believes to be master and can do nothing"
    );
}

#[test]
fn a_write_cache_without_a_battery_loses_what_was_acknowledged() {
    let power = |durability| {
        let lab = shared().with(|system| system.replication.durability = durability);
        let slow = Action::SlowDisk { on: Target::Storage, permille: 200_000 };
        let lab = lab.at(2_000, slow).at(3_000, Action::PowerLoss { on: Target::Storage });
        lab.at(3_500, Action::Restart { on: Target::Storage }).at(5_000, crash(Target::Node(0))).run(9_000)
    };
    assert!(power(Durability::Synced).record.lost().is_empty(), "what is on the disk stays");
    assert!(!power(Durability::Received).record.lost().is_empty(), "what was only in the cache does not");
}

#[test]
fn a_switchover_reads_the_storage_and_failback_works_as_well() {
    let seen = shared().with(|system| system.failback_after_us = Some(S));
    let seen = seen.at(2_000, Action::Switchover { to: Some(Target::Node(2)) }).run(8_000);
    let masters: Vec<_> = seen.masters().into_iter().map(|(_, id)| id).collect();
    assert_eq!(masters, [A, C, A]);
    assert!(seen.record.lost().is_empty());
}

/// Without epochs the storage takes what a replaced master still has under way, over what its successor has just read.
/// What the successor writes then cannot be read by anybody, but it is taken: a disk asks nobody whose blocks it holds.
/// (Found by `./dev prove`; the successor used to wait for ever.)
#[test]
fn who_has_read_the_storage_is_not_held_up_by_what_is_written_over() {
    let (writes, decider) = (Writes::Shared, Decider::Alone);
    let cell = Cell { writes, decider, fence: Fence::Nothing, route: Route::Direct };
    let scenario = stormy(cell, 3_772, EVERYTHING);
    let mut record = observe(&scenario);
    record.check_liveness(&scenario);
    assert_eq!(record.wrong, Vec::<String>::new());
}
