//! Switchover and failback.

use crate::chaos::{MS, S};
use crate::lab::{A, C, crash, lab};
use ha_lab::ha::inspect::Role;
use ha_lab::ha::note::{FencedBy, Note};
use ha_lab::scenario::{Action, Fencing, Lease, Target};
use ha_lab::sim::MachineId;

#[test]
fn a_switchover_loses_nothing_and_hardly_anybody_notices() {
    let seen = lab().at(2_000, Action::Switchover { to: Some(Target::Node(2)) }).run(6_000);
    let [(0, A), (took_over, C)] = seen.masters()[..] else { panic!("{:?}", seen.masters()) };
    assert!(took_over < 2_200 * MS, "{took_over}");
    assert!(seen.notes.iter().any(|(_, _, n)| matches!(n, Note::Fenced { by: FencedBy::Handover, .. })));
    assert!(seen.record.lost().is_empty());
    assert_eq!(seen.role(A), Some(Role::Standby));
}

#[test]
fn a_switchover_to_the_dead_is_given_up() {
    let seen = lab().at(2_000, crash(Target::Node(2))).at(3_000, Action::Switchover { to: Some(Target::Node(2)) });
    let seen = seen.run(8_000);
    assert_eq!(seen.masters().len(), 1);
    assert!(seen.first(|_, note| matches!(note, Note::SwitchoverFailed { to: C })).is_some());
    assert!(seen.writes_done(6_000, 8_000) > 20, "the master goes on");
}

#[test]
fn a_switchover_hands_the_lease_over_instead_of_waiting_for_its_end() {
    let lease = Lease { length_us: 2 * S, drift_ppm: 1_000 };
    let seen = lab().with(|system| system.fencing = Fencing { stonith: None, lease: Some(lease), epochs: true });
    let seen = seen.at(3_000, Action::Switchover { to: Some(Target::Node(1)) }).run(6_000);
    assert_eq!(seen.masters().len(), 2);
    assert!(seen.writes_done(3_500, 4_500) > 5, "half a second later it takes writes");
}

#[test]
fn failback_gives_the_role_back_to_the_preferred_master() {
    let seen = lab().with(|system| system.failback_after_us = Some(S));
    let seen = seen.at(2_000, crash(Target::Node(0))).at(5_000, Action::Restart { on: Target::Node(0) }).run(9_000);
    let masters: Vec<MachineId> = seen.masters().into_iter().map(|(_, id)| id).collect();
    assert!(masters.len() == 3 && masters[2] == A, "{masters:?}");
    assert!(seen.record.lost().is_empty());
}
