//! What redundancy does not help against.

use crate::chaos::{MS, S};
use crate::lab::{A, B, C, Seen, crash, lab};
use ha_lab::ha::note::Note;
use ha_lab::scenario::{Action, Backup, Fallback, Proxy, ReplicationMode, Router, Target, Unable};
use ha_lab::sim::MachineId;

#[test]
fn a_gray_failure_is_missed_by_shallow_checks_and_caught_by_deep_ones() {
    let gray = |deep, hang| {
        let proxy = Proxy { proxies: 1, check_us: 100 * MS, check_timeout_us: 80 * MS, fall: 2, rise: 2, deep };
        lab().router(Router::Proxy(proxy)).at(2_000, Action::Gray { on: Target::Node(0), hang }).run(6_000)
    };
    for hang in [false, true] {
        let out = |seen: &Seen| seen.first(|_, note| matches!(note, Note::Health { node: A, up: false }));
        let shallow = gray(false, hang);
        assert_eq!((out(&shallow), shallow.writes_done(2_500, 6_000)), (None, 0), "everything looks well");
        assert!(out(&gray(true, hang)).is_some_and(|at| at < 2_500 * MS));
    }
}

#[test]
fn a_poison_write_reaches_every_standby_and_only_a_backup_helps_at_its_price() {
    let backup = Backup { every_us: 2 * S, restore_us: 2 * S };
    let poisoned = lab().with(|system| system.backup = Some(backup)).at(3_000, Action::PoisonWrite);
    let seen = poisoned.clone().at(5_000, crash(Target::Node(0))).run(9_000);
    assert_eq!(seen.count(|_, note| matches!(note, Note::Poisoned { .. })), 3);
    assert_eq!(seen.masters().len(), 2);
    assert_eq!(seen.writes_done(4_000, 9_000), 0, "a failover only changes who cannot serve");
    let seen = poisoned.at(5_000, Action::RestoreBackup { on: Target::Master }).run(12_000);
    assert!(seen.writes_done(8_000, 12_000) > 20);
    let lost = seen.record.lost();
    assert!(!lost.is_empty(), "all that was written between the backup and the poison");
    let world = seen.run.world();
    let poisoned = |id: &&MachineId| {
        world
            .machine(**id)
            .process()
            .and_then(|node| node.data())
            .is_some_and(ha_lab::ha::master_standby::DataNode::is_poisoned)
    };
    assert_eq!([A, B, C].iter().filter(poisoned).count(), 0, "the standbys follow the restored one");
}

#[test]
fn a_silent_fall_back_loses_what_strictness_keeps() {
    let pair = |fallback| {
        let pair = lab().with(|system| (system.standbys, system.replication.fallback) = (1, fallback));
        // The standby is away; the master goes on alone, or waits; then it dies and the standby is back.
        let pair = pair.at(2_000, crash(Target::Node(1))).at(5_000, Action::Restart { on: Target::Node(1) });
        pair.at(5_050, crash(Target::Node(0))).at(9_000, Action::Restart { on: Target::Node(0) }).run(14_000)
    };
    let degraded = pair(Fallback::Degrade { after_us: 300 * MS });
    assert!(degraded.first(|_, note| matches!(note, Note::Degraded { on: true, .. })).is_some(), "it says so");
    assert!(degraded.record.lost().len() > 20, "{}", degraded.record.lost().len());
    let strict = pair(Fallback::Strict);
    assert_eq!(strict.writes_done(2_500, 5_000), 0);
    assert!(strict.record.lost().is_empty());
}

#[test]
fn an_agreed_set_makes_degrading_cost_availability_instead_of_writes() {
    let pair = lab().with(|system| {
        system.standbys = 1;
        system.replication.mode = ReplicationMode::Sync;
        system.replication.fallback = Fallback::Degrade { after_us: 300 * MS };
    });
    let pair = pair.at(2_000, crash(Target::Node(1))).at(5_000, Action::Restart { on: Target::Node(1) });
    let seen = pair.at(5_050, crash(Target::Node(0))).at(9_000, Action::Restart { on: Target::Node(0) }).run(14_000);
    assert!(seen.writes_done(3_000, 5_000) > 10, "alone, and on record");
    assert_eq!(seen.writes_done(5_200, 9_000), 0, "who was left out of the set is not promoted");
    assert!(seen.writes_done(11_000, 14_000) > 10);
    assert!(seen.record.lost().is_empty());
}

#[test]
fn a_bad_release_reaches_a_node_that_is_down_and_no_restart_cures_it() {
    let bad = lab().at(1_000, crash(Target::Node(1))).at(2_000, Action::BadRelease);
    let bad =
        bad.at(3_000, Action::Restart { on: Target::Node(1) }).at(4_000, Action::ProcessCrash { on: Target::Node(0) });
    let bad = bad.at(4_100, Action::Restart { on: Target::Node(0) });
    let seen = bad.clone().run(7_000);
    let gray = |id| seen.count(|machine, note| machine == id && matches!(note, Note::TurnedGray { .. }));
    assert_eq!([gray(A), gray(B), gray(C)], [2, 1, 1], "B starts with it, A starts with it again");
    assert_eq!(seen.writes_done(2_500, 7_000), 0);
    let rolled_back = bad.at(5_000, Action::RollBack).run(9_000);
    assert!(rolled_back.writes_done(6_500, 9_000) > 20, "taken back everywhere, it is over");
}

#[test]
fn nobody_can_be_told_anything_while_nothing_runs_there() {
    let dead = lab().at(2_000, crash(Target::Node(0))).at(2_050, Action::Switchover { to: None });
    let dead = dead.at(2_050, Action::Promote { on: Target::Node(0) });
    let seen = dead.at(2_050, Action::Gray { on: Target::Node(0), hang: false }).run(3_000);
    let skipped: Vec<_> = seen.run.skipped().iter().map(|skipped| skipped.why.clone()).collect();
    let on = Unable::NotRunning;
    assert_eq!(skipped, [on(Target::Master), on(Target::Node(0)), on(Target::Node(0))]);
}
