//! Lessons: elections, broadcast, and how long it takes to miss somebody.

use super::by_hand::disk;
use super::net::{Config, MS, Net, Node, S, config};
use crate::ha::cluster::zab::{Dropped, Note, State, Vote, Why, Zab, Zxid};

/// A small network whose members have these histories; the judge is told of them by a first delivery.
fn with_disks(counters: &[&[u32]]) -> Net {
    let mut net = Net::new(config(counters.len()), 1);
    for (node, counters) in net.nodes.iter_mut().zip(counters) {
        node.disk = disk(counters);
    }
    net
}

/// Whom they elect.
fn elected(net: &mut Net) -> Option<usize> {
    net.start_all();
    net.run_until(5 * S, |net| net.nodes.iter().all(Node::vote_is_settled));
    let leads = |node: &Node| matches!(node.state(), Some(State::Leading { .. }));
    net.nodes.iter().position(leads)
}

impl Node {
    fn vote_is_settled(&self) -> bool {
        !matches!(self.state(), None | Some(State::Looking))
    }

    fn vote(&self) -> Vote {
        self.zab.as_ref().expect("it runs").vote()
    }
}

// ---- election -----------------------------------------------------------------------------------------------

#[test]
fn among_equals_the_highest_member_leads() {
    assert_eq!(elected(&mut with_disks(&[&[], &[], &[], &[], &[]])), Some(4));
}

#[test]
fn the_highest_zxid_wins() {
    assert_eq!(elected(&mut with_disks(&[&[2], &[3], &[2]])), Some(1));
}

#[test]
fn a_newer_epoch_beats_a_longer_history() {
    // Member 0 follows epoch 2 already, though nothing was proposed in it yet.
    assert_eq!(elected(&mut with_disks(&[&[2, 0], &[9], &[9]])), Some(0));
}

#[test]
fn half_of_an_even_ensemble_elects_nobody() {
    let mut net = Net::established(4);
    net.partition(&[0, 1]);
    net.run(20 * S);
    assert_eq!(net.leader(), None, "{}", net.tell());
    net.heal();
    assert!(net.run_until(30 * S, |net| net.nodes.iter().all(Node::serves)), "{}", net.tell());
}

#[test]
fn an_ensemble_of_one_needs_only_its_disk() {
    let mut net = Net::established(1);
    let value = net.propose(0);
    assert!(net.values(0).is_empty(), "it is not synced yet");
    net.run(10 * MS);
    assert_eq!(net.values(0), [value]);
}

#[test]
fn a_late_joiner_finds_the_established_leader() {
    let mut net = Net::established(3);
    net.crash_process(0);
    net.run(S);
    let (before, leader) = (net.now, net.leader());
    net.start(0);
    assert!(net.run_until(S, |net| net.nodes[0].serves()), "{}", net.tell());
    assert!(net.now - before < 50 * MS, "it need not wait for anything but answers: {} us", net.now - before);
    assert_eq!(net.leader(), leader);
    let joined = |note: &Note| matches!(note, Note::Elected { joined: true, .. });
    assert!(net.nodes[0].said(before, joined).is_some(), "{}", net.tell());
    // All of an ensemble name the same leader, epoch and round.
    assert!(net.nodes.iter().all(|node| node.vote().peer_epoch == 1 && node.vote().leader.index() == 2));
}

#[test]
fn a_leader_that_was_restarted_does_not_lead_by_what_others_remember() {
    let mut net = Net::established(3);
    net.crash_machine(2, 0);
    net.start(2);
    let started = net.now;
    // The others still follow what they believe to be a living leader; its new process looks for one.
    net.run(100 * MS);
    assert_eq!(net.nodes[2].state(), Some(State::Looking), "{}", net.tell());
    assert!(net.run_until(10 * S, |net| net.nodes.iter().all(Node::serves)), "{}", net.tell());
    assert!(net.nodes[0].disk.current_epoch == 2 && net.now - started < 5 * S, "{}", net.tell());
}

// ---- how long it takes to miss somebody ---------------------------------------------------------------------

#[test]
fn a_leader_whose_process_dies_is_missed_at_once() {
    let mut net = Net::established(3);
    let died = net.now;
    net.crash_process(2);
    assert!(net.run_until(S, |net| net.leader().is_some()), "{}", net.tell());
    let closed = |note: &Note| matches!(note, Note::LostLeader { why: Why::LeaderClosed, .. });
    assert!(net.nodes[0].said(died, closed).expect("it lost its leader") - died < 5 * MS, "{}", net.tell());
    // What it costs is the election: 200 ms of waiting for a better vote, at worst 200 ms more because one notified the
    // other while that still followed, and one more try to connect, because a follower is through before its leader.
    assert!((200 * MS..600 * MS).contains(&(net.now - died)), "{} us\n{}", net.now - died, net.tell());
}

#[test]
fn a_leader_whose_machine_dies_is_missed_after_sync_limit() {
    let mut net = Net::established(3);
    let died = net.now;
    net.crash_machine(2, 0);
    assert!(net.run_until(10 * S, |net| net.leader().is_some()), "{}", net.tell());
    let silent = |note: &Note| matches!(note, Note::LostLeader { why: Why::LeaderSilent, .. });
    let missed_us = net.nodes[0].said(died, silent).expect("it lost its leader") - died;
    let limit_us = net.config.sync_us();
    assert!((limit_us - 200 * MS..=limit_us).contains(&missed_us), "{missed_us} us\n{}", net.tell());
}

#[test]
fn a_follower_whose_machine_dies_is_dropped_after_sync_limit_and_one_whose_process_dies_at_once() {
    for machine in [true, false] {
        let mut net = Net::established(3);
        let died = net.now;
        if machine {
            net.crash_machine(0, 0);
        } else {
            net.crash_process(0);
        }
        net.run(5 * S);
        let dropped = |note: &Note| matches!(note, Note::FollowerDropped { .. });
        let missed_us = net.nodes[2].said(died, dropped).expect("it is dropped") - died;
        let why = if machine { Dropped::Silent } else { Dropped::Closed };
        assert!(
            net.nodes[2]
                .notes
                .iter()
                .any(|(_, note)| matches!(note, Note::FollowerDropped { why: w, .. } if *w == why))
        );
        let limit_us = net.config.sync_us();
        let expected = if machine { limit_us - 200 * MS..limit_us + 200 * MS } else { 0..5 * MS };
        assert!(expected.contains(&missed_us), "{missed_us} us\n{}", net.tell());
        assert!(net.nodes[2].serves(), "two of three go on");
    }
}

#[test]
fn a_leader_that_is_cut_off_steps_down_by_itself() {
    let mut net = Net::established(5);
    net.partition(&[4]);
    let cut = net.now;
    let value = net.propose(4);
    assert!(net.run_until(10 * S, |net| !net.nodes[4].serves()), "{}", net.tell());
    assert!(net.now - cut <= net.config.sync_us() + 2 * net.config.tick_us, "{}", net.tell());
    let lost = |note: &Note| matches!(note, Note::SteppedDown { epoch: 1, why: Why::QuorumLost });
    assert!(net.nodes[4].said(cut, lost).is_some());
    assert!(net.run_until(10 * S, |net| net.leader() == Some(3)), "{}", net.tell());
    assert!(!net.values(4).contains(&value), "nobody else has it");
}

#[test]
fn a_frozen_leader_wakes_up_and_cannot_commit() {
    let mut net = Net::established(3);
    net.freeze(2);
    let stale = net.propose(2);
    assert!(net.run_until(10 * S, |net| net.leader() == Some(1)), "{}", net.tell());
    let value = net.propose(1);
    net.run(100 * MS);
    // It still believes to lead, takes what has waited for it, and finds its followers gone.
    net.thaw(2);
    assert!(net.nodes[2].serves());
    net.run(5 * S);
    assert!(net.nodes.iter().all(Node::serves) && net.leader() == Some(1), "{}", net.tell());
    for node in 0..3 {
        assert_eq!(net.values(node), [value], "{stale} was lost\n{}", net.tell());
    }
}

#[test]
fn a_follower_that_does_not_get_its_log_to_the_disk_is_dropped() {
    let mut net = Net::established(3);
    net.nodes[0].sync_us = (60 * S, 60 * S);
    let began = net.now;
    net.propose(2);
    net.run(3 * S);
    let slow = |note: &Note| matches!(note, Note::FollowerDropped { why: Dropped::Slow, .. });
    let dropped_us = net.nodes[2].said(began, slow).expect("it answers pings, but acknowledges nothing") - began;
    assert!(dropped_us <= net.config.sync_us() + 2 * net.config.tick_us, "{dropped_us} us");
    assert!(net.nodes[2].serves(), "{}", net.tell());
}

// ---- broadcast ----------------------------------------------------------------------------------------------

#[test]
fn a_proposal_is_committed_when_a_quorum_has_it_on_the_disk() {
    let mut net = Net::established(3);
    for node in [0, 1] {
        net.nodes[node].sync_us = (300 * MS, 300 * MS);
    }
    let value = net.propose(2);
    net.run(290 * MS);
    assert_eq!(net.nodes[0].zab.as_ref().map(Zab::last), Some(Zxid::new(1, 1)), "both have received it");
    assert!(net.values(2).is_empty(), "only the leader has it on the disk");
    net.run(30 * MS);
    assert!((0..3).all(|node| net.values(node) == [value]), "{}", net.tell());
}

#[test]
fn a_follower_forwards_to_its_leader() {
    let mut net = Net::established(3);
    let values: Vec<_> = (0..30).map(|i| net.propose(i % 3)).collect();
    net.run(S);
    let mut delivered = net.values(0);
    assert!(net.values(1) == delivered && net.values(2) == delivered);
    delivered.sort_unstable();
    assert_eq!(delivered, values, "all of them once, in one order");
}

#[test]
fn a_member_without_a_leader_takes_nothing() {
    let mut net = Net::established(3);
    net.partition(&[0]);
    net.run(3 * S);
    let value = net.propose(0);
    assert_eq!(net.nodes[0].refused, [value]);
}

#[test]
fn sync_waits_for_what_is_under_way() {
    let mut net = Net::established(3);
    net.nodes[1].sync_us = (100 * MS, 100 * MS);
    net.nodes[2].sync_us = (100 * MS, 100 * MS);
    net.nodes[0].sync_us = (100 * MS, 100 * MS);
    let value = net.propose(2);
    net.run(10 * MS);
    net.sync(0, 77);
    net.run(50 * MS);
    assert!(net.nodes[0].synced.is_empty() && net.values(0).is_empty());
    net.run_until(S, |net| !net.nodes[0].synced.is_empty());
    assert_eq!((net.nodes[0].synced.as_slice(), net.values(0)), (&[77][..], vec![value]));
    // With nothing under way it takes one round trip.
    let asked = net.now;
    net.sync(0, 78);
    net.run_until(S, |net| net.nodes[0].synced.len() == 2);
    assert!(net.now - asked < 10 * MS);
}

#[test]
fn what_a_follower_was_touched_by_travels_with_its_answer_to_a_ping() {
    let mut net = Net::established(3);
    net.nodes[0].zab.as_mut().expect("it runs").touched().extend([3, 5]);
    net.run(net.config.tick_us);
    assert!(net.nodes[2].touched.iter().eq(&[3, 5]), "within a tick");
    assert!(net.nodes[0].zab.as_mut().expect("it runs").touched().is_empty(), "it is told once");
}

#[test]
fn an_epoch_that_has_used_up_its_counters_makes_room_for_another() {
    let mut net = Net::new(Config { last_counter: 3, ..config(3) }, 1);
    net.start_all();
    assert!(net.run_until(10 * S, |net| net.nodes.iter().all(Node::serves)), "{}", net.tell());
    for _ in 0..3 {
        net.propose(2);
    }
    net.run(100 * MS);
    let refused = net.propose(2);
    assert_eq!(net.nodes[2].refused, [refused]);
    assert!(net.run_until(10 * S, |net| net.nodes.iter().all(Node::serves)), "{}", net.tell());
    let value = net.propose(2);
    net.run(100 * MS);
    assert_eq!(net.nodes[0].applied.last(), Some(&(Zxid::new(2, 1), value)), "{}", net.tell());
}

// ---- disks --------------------------------------------------------------------------------------------------

#[test]
fn a_member_whose_disk_is_full_gives_up_and_comes_back_when_it_is_not() {
    let mut net = Net::established(3);
    net.nodes[2].disk_full = true;
    for _ in 0..8 {
        net.propose(2);
    }
    net.run(20 * MS);
    assert_eq!(net.nodes[2].state(), Some(State::Halted), "{}", net.tell());
    assert!(net.run_until(10 * S, |net| net.leader() == Some(1)), "{}", net.tell());
    net.nodes[2].disk_full = false;
    assert!(net.run_until(20 * S, |net| net.nodes.iter().all(Node::serves)), "{}", net.tell());
    let value = net.propose(2);
    net.run(S);
    assert!((0..3).all(|node| net.values(node).last() == Some(&value)), "{}", net.tell());
}

#[test]
fn what_was_acknowledged_survives_the_loss_of_all_power() {
    let mut net = Net::established(5);
    let first: Vec<_> = (0..50).map(|_| net.propose(4)).collect();
    net.run(S);
    net.propose(4);
    net.run(2 * MS);
    for node in 0..5 {
        net.crash_machine(node, 0);
    }
    net.run(S);
    net.start_all();
    assert!(net.run_until(20 * S, |net| net.nodes.iter().all(Node::serves)), "{}", net.tell());
    assert!((0..5).all(|node| net.values(node).starts_with(&first)), "{}", net.tell());
}
