//! Lessons: how those who fell behind, or have too much, come to have the leader's history.

use super::net::{MS, Net, Node, S};
use crate::ha::cluster::zab::{Note, SyncMode, Zxid};

/// How the leader brought `follower` up to date since `since`, and from where.
fn mode(net: &Net, follower: usize, since: u64) -> Vec<(SyncMode, Zxid)> {
    let of_it = |(at, note): &(u64, Note)| match *note {
        Note::Synchronising { follower: to, mode, from } if *at >= since && to.index() == follower => {
            Some((mode, from))
        }
        _ => None,
    };
    net.nodes.iter().flat_map(|node| node.notes.iter().filter_map(of_it)).collect()
}

fn propose(net: &mut Net, node: usize, values: u32) {
    for _ in 0..values {
        net.propose(node);
    }
    net.run(100 * MS);
}

fn all_serve(net: &mut Net) -> u64 {
    assert!(net.run_until(20 * S, |net| net.nodes.iter().all(Node::serves)), "{}", net.tell());
    let since = net.now;
    net.run(100 * MS);
    since
}

fn all_agree(net: &Net) {
    for node in &net.nodes {
        assert_eq!(node.applied, net.judge.history, "{}", net.tell());
    }
}

#[test]
fn who_missed_a_little_is_sent_the_difference() {
    let mut net = Net::established(3);
    propose(&mut net, 2, 5);
    net.crash_process(0);
    propose(&mut net, 2, 7);
    let since = net.now;
    net.start(0);
    all_serve(&mut net);
    assert_eq!(mode(&net, 0, since), [(SyncMode::Diff, Zxid::new(1, 5))], "{}", net.tell());
    all_agree(&net);
}

#[test]
fn who_missed_more_than_is_kept_is_sent_a_snapshot() {
    let mut net = Net::established(3);
    net.crash_process(0);
    // Of 300, the newest 40 and what is behind the last snapshot are kept, in whole chunks.
    propose(&mut net, 2, 300);
    let log = net.nodes[2].zab.as_ref().expect("it runs").storage().history();
    assert!((40..120).contains(&log.len()) && log.floor() > Zxid::ZERO, "{} kept", log.len());
    let since = net.now;
    net.start(0);
    all_serve(&mut net);
    assert_eq!(mode(&net, 0, since), [(SyncMode::Snap, Zxid::ZERO)], "{}", net.tell());
    all_agree(&net);
    // And it survives a restart of all of them.
    (0..3).for_each(|node| net.crash_process(node));
    net.start_all();
    all_serve(&mut net);
    all_agree(&net);
}

/// Member 2 leads, and has a proposal on its disk that nobody else has received, when its machine dies.
fn with_a_proposal_of_its_own() -> Net {
    let mut net = Net::established(3);
    propose(&mut net, 2, 3);
    net.partition(&[2]);
    propose(&mut net, 2, 1);
    assert_eq!(net.nodes[2].disk.log.last(), Zxid::new(1, 4));
    net.crash_machine(2, 0);
    net.heal();
    assert!(net.run_until(10 * S, |net| net.leader() == Some(1)), "{}", net.tell());
    net
}

#[test]
fn the_proposal_of_a_dead_leader_that_nobody_else_has_is_truncated() {
    let mut net = with_a_proposal_of_its_own();
    let since = net.now;
    net.start(2);
    all_serve(&mut net);
    assert_eq!(mode(&net, 2, since), [(SyncMode::Trunc, Zxid::new(1, 4))], "{}", net.tell());
    let truncated = |note: &Note| *note == Note::Truncated { to: Zxid::new(1, 3), dropped: 1 };
    assert!(net.nodes[2].said(since, truncated).is_some());
    assert_eq!(net.nodes[2].disk.log.last(), Zxid::new(1, 3));
    all_agree(&net);
}

#[test]
fn what_is_under_way_follows_a_truncation() {
    let mut net = with_a_proposal_of_its_own();
    net.nodes[0].sync_us = (400 * MS, 400 * MS);
    let value = net.propose(1);
    net.run(10 * MS);
    let since = net.now;
    net.start(2);
    assert!(net.run_until(300 * MS, |net| net.values(2).contains(&value)), "{}", net.tell());
    assert_eq!(mode(&net, 2, since), [(SyncMode::Trunc, Zxid::new(1, 4))]);
    assert!(!net.values(0).contains(&value) || net.now - since < 400 * MS, "its acknowledgement made the quorum");
    net.run(S);
    all_agree(&net);
}

#[test]
fn a_history_is_not_truncated_across_the_border_of_an_epoch() {
    let mut net = with_a_proposal_of_its_own();
    propose(&mut net, 1, 2);
    let since = net.now;
    net.start(2);
    all_serve(&mut net);
    // 1.4 is not what the others have behind 1.3, and they have gone on with 2.1.
    assert_eq!(mode(&net, 2, since), [(SyncMode::Snap, Zxid::new(1, 4))], "{}", net.tell());
    all_agree(&net);
}

#[test]
fn the_proposal_of_a_dead_leader_that_its_successor_has_is_kept() {
    let mut net = Net::established(3);
    propose(&mut net, 2, 3);
    // Only member 0 receives it, and nobody learns that it did.
    net.cut(2, 1);
    net.cut(0, 2);
    let value = net.propose(2);
    net.run(50 * MS);
    assert!((0..3).all(|node| !net.values(node).contains(&value)), "it is not committed");
    net.crash_machine(2, 0);
    net.heal();
    assert!(net.run_until(10 * S, |net| net.leader().is_some()), "{}", net.tell());
    assert_eq!(net.leader(), Some(0), "the longer history wins over the higher member");
    net.run(100 * MS);
    assert!(net.values(0).contains(&value) && net.values(1).contains(&value), "{}", net.tell());
    net.start(2);
    all_serve(&mut net);
    all_agree(&net);
}

#[test]
fn who_is_synchronised_under_load_misses_nothing() {
    let mut net = Net::established(3);
    propose(&mut net, 2, 5);
    net.crash_process(0);
    net.run(100 * MS);
    // Everything that member 0 is to learn takes 20 ms, and every 2 ms there is more.
    net.latency_us = (20 * MS, 20 * MS);
    let since = net.now;
    net.start(0);
    for _ in 0..200 {
        net.propose(2);
        net.run(2 * MS);
    }
    net.run(S);
    assert_eq!(mode(&net, 0, since).len(), 1, "the first attempt is enough\n{}", net.tell());
    assert_eq!(net.judge.history.len(), 205);
    all_agree(&net);
}

#[test]
fn a_leader_that_dies_before_it_is_established_leaves_its_epoch_unused() {
    let mut net = Net::established(3);
    net.crash_process(2);
    let proposed = |note: &Note| matches!(note, Note::EpochAccepted { epoch: 2 });
    assert!(net.run_until(S, |net| net.nodes[0].said(0, proposed).is_some()), "{}", net.tell());
    net.crash_machine(1, 9);
    assert!(!net.nodes[1].serves() && net.nodes[0].disk.accepted_epoch == 2 && net.nodes[0].disk.current_epoch == 1);
    net.start(2);
    assert!(net.run_until(20 * S, |net| net.leader().is_some()), "{}", net.tell());
    let leader = net.leader().expect("there is one");
    assert_eq!(net.nodes[leader].disk.current_epoch, 3, "{}", net.tell());
    net.start(1);
    all_serve(&mut net);
    all_agree(&net);
}
