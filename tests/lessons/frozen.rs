//! Machines that stop and go on.

use crate::chaos::{MS, Route, S};
use crate::lab::{A, Seen, lab};
use ha_lab::ha::note::{Note, Stale, StepDown};
use ha_lab::scenario::{Action, Durability, Fencing, Lease, ReplicationMode, Router, Run, Scheduled, Target};
use ha_lab::sim::SimTime;

#[test]
fn a_frozen_master_wakes_up_and_is_fenced() {
    let frozen =
        lab().at(2_000, Action::Freeze { on: Target::Node(0) }).at(5_000, Action::Thaw { on: Target::Node(0) });
    let seen = frozen.run(8_000);
    assert_eq!(seen.masters().len(), 2);
    let refused =
        |note: &Note| matches!(note, Note::StaleRefused { from: A, what: Stale::Append | Stale::Heartbeat, .. });
    assert!(seen.first(|_, note| refused(note)).is_some_and(|at| at >= 5_000 * MS));
    let stepped = seen.first(|m, note| m == A && matches!(note, Note::SteppedDown { why: StepDown::NewerEpoch, .. }));
    assert!(stepped.is_some_and(|at| at < 5_300 * MS));
    assert!(seen.record.lost().is_empty() && seen.record.conflicts().is_empty());
}

/// A master that is frozen in the middle of a write, which it had checked under a valid lease, and wakes up when
/// the lease is long over.
fn write_in_mid_step(route: Route) -> Seen {
    let lease = Lease { length_us: 300 * MS, drift_ppm: 1_000 };
    let mut lab = lab().with(|system| {
        system.replication.mode = ReplicationMode::Async;
        system.replication.durability = Durability::Received;
        system.fencing = Fencing { stonith: None, lease: Some(lease), epochs: true };
        system.write_us = 20 * MS;
    });
    lab.0.clients.timeout_us = 5 * S;
    (lab.0.clients.mean_gap_us, lab.0.clients.read_permille, lab.0.clients.canary_us) = (Some(300 * MS), 0, None);
    if route == Route::Direct {
        lab = lab.router(Router::Vip);
    }
    // Finds a moment in which the master is in the middle of a step.
    let mut run = Run::new(&lab.0, lab.0.seed);
    run.start(&mut ());
    run.run_until(SimTime::from_us(2 * S), &mut ());
    let in_a_write = |run: &Run| {
        let mut later = run.clone();
        later.run_until(run.now().after(15 * MS), &mut ());
        [run, &later].iter().all(|run| run.world().machine(A).is_in_step())
    };
    while !in_a_write(&run) {
        run.advance(&mut ());
    }
    let now_us = run.now().us() + 5 * MS;
    lab.0.faults.scheduled.push(Scheduled::at(now_us, Action::Freeze { on: Target::Node(0) }));
    let lab = lab.at(4_000, Action::Thaw { on: Target::Node(0) });
    lab.run(8_000)
}

#[test]
fn a_write_that_leaves_after_the_lease_ran_out_is_stopped_by_its_epoch() {
    let seen = write_in_mid_step(Route::Proxy);
    assert_eq!(seen.masters().len(), 2);
    let late = |note: &Note| matches!(note, Note::Acknowledged { pos, .. } if pos.epoch == 1);
    let late = seen.notes.iter().find(|(at, _, note)| *at >= 4_000 * MS && late(note)).map(|(at, ..)| *at);
    assert_eq!(late, Some(4_000 * MS), "checked two seconds ago, said now");
    let refused = |note: &Note| matches!(note, Note::StaleRefused { from: A, what: Stale::Response, .. });
    assert!(seen.first(|_, note| refused(note)).is_some(), "the proxy knows better");
    assert!(seen.record.conflicts().is_empty());
}

#[test]
fn where_clients_reach_the_old_master_directly_nothing_stops_that_write() {
    let seen = write_in_mid_step(Route::Direct);
    assert_eq!(seen.record.conflicts().len(), 1, "acknowledged, and superseded before it was");
    assert_eq!(seen.record.lost().len(), 1);
}
