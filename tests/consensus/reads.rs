//! Reads that miss nothing that was acknowledged before they came (§6.4).

use ha_lab::ha::cluster::raft::{Config, Message, Role};

use super::net::Lost;
use super::{fine, guarded, led, plain};

#[test]
fn a_leader_reads_when_a_majority_has_confirmed_it() {
    let mut net = led(guarded(), 3, 3);
    net.propose(0);
    net.settle();
    let read = net.read(0);
    assert_eq!(net.reads, [], "not before the round is answered");
    assert_eq!(net.server(0).pending_reads(), 1);
    net.settle();
    assert_eq!(net.reads, [(0, read, Some(2))]);
    fine(&net);
}

/// A deposed leader that does not know it: it gets no majority for its round, and says nothing. With the round left
/// out it answers, and what it answers is stale.
#[test]
fn a_deposed_leader_does_not_answer_a_read() {
    for broken in [false, true] {
        let mut net = led(Config { read_index_without_quorum: broken, ..plain() }, 3, 3);
        net.isolate(0);
        net.campaign(1);
        net.settle();
        net.propose(1);
        net.settle();
        assert!(matches!(net.server(0).role(), Role::Leader(_)), "it still believes");
        let read = net.read(0);
        net.settle();
        let stale = net.checks.wrong.clone();
        assert_eq!(stale.is_some_and(|wrong| wrong.starts_with("stale read")), broken);
        net.heal();
        net.beat();
        if !broken {
            assert_eq!(net.reads, [(0, read, None)], "refused, as soon as it knows");
        }
    }
}

/// A new leader does not know what its predecessors have committed before something of its own term is.
#[test]
fn a_new_leader_lets_reads_wait_for_its_first_entry() {
    let mut net = led(plain(), 3, 3);
    let word = net.propose(0);
    net.swallow =
        Some(|from, _, message| from == 0 && matches!(message, Message::Append { entries, .. } if entries.is_empty()));
    net.settle();
    assert_eq!(net.words(0), [word]);
    assert_eq!(net.server(1).commit(), 1, "the others have it, and do not know that it is committed");
    net.crash(0, Lost::Nothing);
    net.swallow = Some(|from, _, message| from == 1 && matches!(message, Message::Append { .. }));
    net.campaign(1);
    net.settle();
    assert!(net.server(1).is_leader());
    let read = net.read(1);
    net.beat();
    assert_eq!(net.reads, []);
    net.swallow = None;
    net.beat();
    net.beat();
    assert_eq!(net.reads, [(1, read, Some(3))]);
    assert_eq!(net.words(1), [word]);
    fine(&net);
}

#[test]
fn a_follower_asks_the_leader_and_waits_until_it_has_applied_as_much() {
    let mut net = led(guarded(), 3, 3);
    net.swallow = Some(|_, to, message| to == 2 && matches!(message, Message::Append { .. }));
    let word = net.propose(0);
    net.settle();
    let read = net.read(2);
    net.settle();
    assert_eq!(net.reads, [], "it knows the index, and has not applied so much");
    net.swallow = None;
    net.beat();
    net.beat();
    assert_eq!(net.reads, [(2, read, Some(2))]);
    assert_eq!(net.words(2), [word]);
    fine(&net);
}

#[test]
fn without_a_leader_there_is_no_read() {
    let mut net = led(guarded(), 3, 3);
    net.crash(1, Lost::Nothing);
    net.start(1);
    let read = net.read(1);
    assert_eq!(net.reads, [(1, read, None)]);
}
