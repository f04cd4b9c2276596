//! Snapshots (§5): what is applied need not stay in the log.

use ha_lab::ha::cluster::raft::{Change, Input, Message, Note};

use super::net::{Lost, m};
use super::{fine, guarded, led, plain};

#[test]
fn a_follower_that_is_too_far_behind_gets_a_snapshot_and_then_the_rest() {
    let mut net = led(guarded(), 3, 3);
    net.isolate(2);
    (0..10).for_each(|_| _ = net.propose(0));
    net.settle();
    net.compact(0);
    assert_eq!(net.server(0).log().base(), 11);
    let word = net.propose(0);
    net.settle();
    net.heal();
    net.beat();
    net.beat();
    assert!(net.noted(2, |note| matches!(note, Note::SnapshotInstalled { .. })));
    assert_eq!(net.words(2), net.words(0));
    assert_eq!(net.words(2).last(), Some(&word));
    fine(&net);
}

#[test]
fn a_server_starts_again_from_its_snapshot() {
    let mut net = led(guarded(), 3, 3);
    let words: Vec<u32> = (0..5).map(|_| net.propose(0)).collect();
    net.settle();
    net.compact(1);
    net.settle();
    net.crash(1, Lost::AllBut(0));
    net.start(1);
    assert_eq!(net.words(1), words, "without asking anybody");
    assert_eq!(net.server(1).commit(), 6);
    fine(&net);
}

/// §5.1: the configuration is part of the snapshot.
#[test]
fn a_snapshot_knows_the_members() {
    let mut net = led(plain(), 4, 3);
    net.change(0, Change::Remove(m(2)));
    net.settle();
    net.compact(0);
    net.change(0, Change::AddVoter(m(3)));
    net.settle();
    net.beat();
    let (_, members) = net.server(3).configuration();
    assert!(members.is_voter(m(3)) && !members.is_voter(m(2)));
    net.crash(0, Lost::AllBut(9));
    net.start(0);
    assert_eq!(net.server(0).configuration().1, members);
    fine(&net);
}

/// A snapshot that comes late is no way back.
#[test]
fn an_old_snapshot_throws_nothing_away() {
    let mut net = led(plain(), 3, 3);
    net.propose(0);
    net.settle();
    net.compact(0);
    let snapshot = net.server(0).log().snapshot().clone();
    (0..3).for_each(|_| _ = net.propose(0));
    net.settle();
    net.compact(1);
    let before = net.server(1).log().clone();
    net.step(1, Input::Message { from: m(0), body: Message::InstallSnapshot { term: 1, snapshot } });
    net.settle();
    assert_eq!(*net.server(1).log(), before);
    fine(&net);
}

/// §5.2: a follower that has the snapshot's last entry keeps what comes behind it; it may have acknowledged that.
#[test]
fn a_snapshot_of_what_a_follower_has_only_tells_it_what_is_committed() {
    let mut net = led(plain(), 3, 3);
    net.propose(0);
    net.settle();
    net.compact(0);
    let snapshot = net.server(0).log().snapshot().clone();
    net.propose(0);
    net.settle();
    net.crash(1, Lost::Nothing);
    net.start(1);
    assert_eq!((net.server(1).commit(), net.server(1).log().last_index()), (0, 3));
    net.step(1, Input::Message { from: m(0), body: Message::InstallSnapshot { term: 1, snapshot } });
    assert_eq!((net.server(1).commit(), net.server(1).log().last_index()), (2, 3));
    assert_eq!(net.words(1).len(), 1);
    fine(&net);
}

/// A lost snapshot is sent again after some heartbeats.
#[test]
fn a_lost_snapshot_is_sent_again() {
    let mut net = led(plain(), 3, 3);
    net.isolate(2);
    (0..3).for_each(|_| _ = net.propose(0));
    net.settle();
    net.compact(0);
    net.heal();
    net.swallow = Some(|_, _, message| matches!(message, Message::InstallSnapshot { .. }));
    net.beat();
    net.beat();
    net.swallow = None;
    net.beat();
    assert_eq!(net.words(2), [0; 0]);
    (0..12).for_each(|_| net.beat());
    assert_eq!(net.words(2), net.words(0));
    fine(&net);
}
