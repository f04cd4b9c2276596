//! The old master comes back.

use crate::chaos::MS;
use crate::lab::{A, B, C, crash, isolate, lab};
use ha_lab::ha::inspect::Role;
use ha_lab::ha::note::{Note, StepDown};
use ha_lab::scenario::{Action, Decision, Fallback, ReplicationMode, Router, Scheduled, Target};
use ha_lab::sim::MachineId;

#[test]
fn an_old_master_throws_away_what_nobody_else_has() {
    // Cut off with a site, it acknowledges writes that its successor never sees.
    let lone = lab().with(|system| system.replication.mode = ReplicationMode::Async).router(Router::Discovery);
    let seen = lone.at(2_000, isolate(&[Target::Node(0), Target::Site(0)])).at(5_000, Action::Heal).run(9_000);
    let thrown = seen.notes.iter().find_map(|(_, machine, note)| match note {
        Note::Rewound { dropped, .. } if *machine == A => Some(*dropped),
        _ => None,
    });
    assert!(thrown.is_some_and(|dropped| dropped > 10), "{thrown:?}");
    assert!(seen.record.lost().len() > 10 && !seen.record.conflicts().is_empty(), "a split brain, and its price");
    assert!(
        seen.first(|m, note| m == A && matches!(note, Note::SteppedDown { why: StepDown::NewerEpoch, .. })).is_some()
    );
    let world = seen.run.world();
    let log = |id: MachineId| {
        world.machine(id).process().and_then(|node| node.data()).map(ha_lab::ha::master_standby::DataNode::log_end)
    };
    assert_eq!(seen.role(A), Some(Role::Standby));
    assert!(log(A).expect("it is up").epoch > 1);
}

#[test]
fn who_was_away_for_too_long_copies_all_the_data() {
    let mut busy = lab().with(|system| system.write_us = 100);
    busy.0.clients.mean_gap_us = Some(MS);
    busy.0.clients.read_permille = 0;
    let seen = busy.at(1_000, crash(Target::Node(2))).at(9_000, Action::Restart { on: Target::Node(2) }).run(12_000);
    assert!(seen.first(|machine, note| machine == C && matches!(note, Note::Copied { .. })).is_some());
    assert!(
        seen.first(|machine, note| machine == C && matches!(note, Note::CaughtUp { .. }))
            .is_some_and(|at| at < 12_000 * MS)
    );
}

#[test]
fn a_wiped_disk_does_not_vote_before_it_has_the_data_again() {
    // Node 1 loses its disk and then nobody else is left to elect the third one.
    let wiped = lab().at(2_000, Action::WipeDisk { on: Target::Node(1) }).at(2_100, crash(Target::Node(0)));
    let seen = wiped.at(2_500, Action::Restart { on: Target::Node(1) }).run(6_000);
    assert_eq!(seen.masters().len(), 1, "one vote of three: who forgot its promises gives none");
    // With a master there to copy from it is a voter again.
    let again = lab().at(2_000, Action::WipeDisk { on: Target::Node(1) });
    let again = again.at(2_500, Action::Restart { on: Target::Node(1) }).at(5_000, crash(Target::Node(0)));
    assert_eq!(again.run(9_000).masters().len(), 2);
}

#[test]
fn a_master_that_returns_just_in_time_is_not_given_up() {
    let system = lab().with(|system| {
        system.replication.mode = ReplicationMode::Sync;
        system.decision = Decision::Operator { reaction_lo_us: 500 * MS, reaction_hi_us: 500 * MS };
    });
    let frozen = system.at(2_000, Action::Freeze { on: Target::Node(0) });
    let acts = |note: &Note| matches!(note, Note::OperatorActs { .. });
    let acted = frozen.run(4_000).first(|_, note| acts(note)).expect("the operator picks somebody");
    // It wakes up while the order is on its way: who was chosen hears it again and does nothing.
    let mut back = frozen.clone();
    back.0.faults.scheduled.push(Scheduled::at(acted - 2 * MS, Action::Thaw { on: Target::Node(0) }));
    let seen = back.at(6_000, crash(Target::Node(2))).run(9_000);
    assert_eq!(seen.first(|_, note| acts(note)), Some(acted), "the order was given");
    assert!(seen.first(|m, note| m == B && matches!(note, Note::Trusted { master: A })).is_some_and(|at| at > acted));
    // Later it has to go on without C, and has that recorded by the operator who had given it up.
    assert!(seen.first(|m, note| m == A && matches!(note, Note::InSyncSet { set } if set.members == 0b011)).is_some());
    assert_eq!(seen.masters().len(), 1, "no failover: nobody was lost");
    assert!(seen.writes_done(7_500, 9_000) > 10);
}

#[test]
fn whoever_an_operator_chooses_begins_a_newer_epoch_than_all_who_were_chosen_before() {
    // A has come up again and is chosen; B, which cannot hear it, calls as well and is chosen next.
    let system = lab().with(|system| {
        system.decision = Decision::Operator { reaction_lo_us: 500 * MS, reaction_hi_us: 500 * MS };
        system.fencing.epochs = false;
    });
    let process = Action::ProcessCrash { on: Target::Node(0) };
    let restart = Action::Restart { on: Target::Node(0) };
    let cut = |to| Action::Cut { from: Target::Node(0), to, both_ways: true };
    let seen = system.at(2_000, process).at(2_300, restart).at(2_400, cut(Target::Node(1)));
    let seen = seen.at(2_400, cut(Target::Node(2))).run(6_000);
    let epochs: Vec<u32> = seen.record.masters.keys().copied().collect();
    let in_time: Vec<u32> = seen
        .notes
        .iter()
        .filter_map(|(_, _, note)| if let Note::BecameMaster { epoch, .. } = note { Some(*epoch) } else { None })
        .collect();
    assert!(in_time.len() > 2, "{in_time:?}");
    assert_eq!(in_time, epochs, "who comes later is newer");
}

#[test]
fn a_wiped_voter_does_not_vote_before_it_knows_the_in_sync_set_again() {
    // A goes on alone, and B, whose disk is slow, has recorded that. B loses the disk, comes back and copies the data.
    // Then A dies with writes that B does not have, and C, which was away all the time, knows nothing of the set.
    let system = lab().with(|system| {
        system.replication.mode = ReplicationMode::Sync;
        system.replication.fallback = Fallback::Degrade { after_us: 400 * MS };
    });
    let slow = |permille| Action::SlowDisk { on: Target::Node(1), permille };
    let system = system.at(1_000, crash(Target::Node(2))).at(2_000, slow(600_000)).at(8_200, slow(1_000));
    let system = system.at(4_500, Action::WipeDisk { on: Target::Node(1) });
    let system = system.at(4_600, Action::Restart { on: Target::Node(1) });
    let cut = Action::Cut { from: Target::Node(0), to: Target::Node(1), both_ways: true };
    let system = system.at(8_000, cut).at(8_200, crash(Target::Node(0)));
    let system = system.at(8_200, Action::Restart { on: Target::Node(2) });
    let system = system.at(14_000, Action::Heal).at(14_000, Action::Restart { on: Target::Node(0) });
    let seen = system.run(20_000);
    let alone = |note: &Note| matches!(note, Note::InSyncSet { set } if set.members == 0b001);
    assert!(seen.first(|_, note| alone(note)).is_some_and(|at| at < 4_500 * MS), "A is alone in its set");
    let copied = |m, note: &Note| m == B && matches!(note, Note::CaughtUp { .. });
    assert!(seen.notes.iter().any(|(at, m, note)| (4_600 * MS..8_000 * MS).contains(at) && copied(*m, note)));
    assert!(seen.writes_done(8_000, 8_200) > 0, "A has acknowledged what B cannot have");
    let masters: Vec<_> = seen.masters().into_iter().map(|(_, id)| id).collect();
    assert_eq!(masters, [A, A], "nobody takes over from A but A itself");
    assert!(seen.record.lost().is_empty());
}
