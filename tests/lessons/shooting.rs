//! Nodes that can cut each other's power.

use crate::chaos::{MS, S};
use crate::lab::{A, B, Lab, Seen, isolate, lab};
use ha_lab::ha::Ha;
use ha_lab::ha::note::Note;
use ha_lab::scenario::{Action, Decision, Fencing, ReplicationMode, Router, Stonith, Target};
use ha_lab::sim::{Event, Fault};

/// A pair that decides alone and shoots, and a link between them that is cut for ten seconds.
fn duel(stagger_us: u64, reboot: bool) -> Lab {
    let stonith = Stonith { delay_us: 200 * MS, stagger_us, reboot, ..Stonith::default() };
    let pair = lab().router(Router::Vip).with(|system| {
        system.standbys = 1;
        system.decision = Decision::Alone { canvass_us: 20 * MS };
        system.fencing = Fencing { stonith: Some(stonith), lease: None, epochs: true };
        system.replication.mode = ReplicationMode::Async;
    });
    pair.at(2_000, Action::Cut { from: Target::Node(0), to: Target::Node(1), both_ways: true }).at(12_000, Action::Heal)
}

fn shots(seen: &Seen) -> [usize; 2] {
    [A, B].map(|target| {
        let shot = |event: &Event<Ha>| matches!(event, Event::Fault { fault: Fault::PowerLoss(m), .. } if *m == target);
        seen.events.iter().filter(|(_, event)| shot(event)).count()
    })
}

#[test]
fn two_nodes_that_do_not_hear_each_other_shoot_each_other() {
    let seen = duel(0, false).run(12_000);
    assert_eq!(shots(&seen), [1, 1], "a fence race without a winner");
    assert_eq!(seen.writes_done(3_000, 12_000), 0);
}

#[test]
fn a_stagger_cures_the_fence_race() {
    let seen = duel(600 * MS, false).run(12_000);
    assert_eq!(shots(&seen), [0, 1], "the preferred one shoots first and lives");
    assert!(seen.writes_done(3_000, 12_000) > 100);
}

#[test]
fn whoever_boots_into_silence_shoots_first_and_asks_later() {
    // The fence loop: the loser comes up again, hears nobody, and shoots the winner. Leaving it off is the cure.
    for stagger_us in [0, 600 * MS] {
        let [of_a, of_b] = shots(&duel(stagger_us, true).run(12_000));
        assert!(of_a >= 3 && of_b >= 3, "{of_a} and {of_b}");
    }
}

#[test]
fn nobody_is_promoted_before_the_shot_is_confirmed_and_in_the_end_the_operator_is_called() {
    let stonith = Stonith { delay_us: 100 * MS, success_ppm: 0, tries: 2, operator_us: 3 * S, ..Stonith::default() };
    let broken = lab().with(|system| system.fencing = Fencing { stonith: Some(stonith), lease: None, epochs: true });
    let seen = broken.at(2_000, isolate(&[Target::Node(0), Target::Site(0)])).run(12_000);
    let failed = seen.count(|_, note| matches!(note, Note::FenceFailed { .. }));
    let called = seen.first(|_, note| matches!(note, Note::OperatorCalled { fencing: true, .. })).expect("called");
    let became = seen.masters()[1].0;
    assert!(failed >= 2 && became > called + 2 * S, "{failed} {called} {became}");
    assert_eq!(shots(&seen)[0], 1, "the operator pulls the plug");
    assert!(seen.record.conflicts().is_empty());
}

#[test]
fn an_operator_has_nobody_shot_who_calls_for_help() {
    // The master steps down by itself when the operator has given up its epoch; all three call.
    let stonith = Stonith { delay_us: 100 * MS, reboot: false, ..Stonith::default() };
    let operated = lab().with(|system| {
        system.decision = Decision::Operator { reaction_lo_us: 500 * MS, reaction_hi_us: 500 * MS };
        system.fencing = Fencing { stonith: Some(stonith), lease: None, epochs: true };
        system.cold_start = true;
    });
    let seen = operated.run(5_000);
    assert_eq!(seen.masters().len(), 1);
    assert_eq!(shots(&seen), [0, 0]);
}
