//! Handing the leadership over (§3.10).

use ha_lab::ha::cluster::raft::{Busy, Input, Message, Note, Why};

use super::net::{Lost, m};
use super::{fine, guarded, led};

/// The others hear the leader, and would not vote for anybody; for the successor they do.
#[test]
fn the_successor_leads_at_once_with_all_that_the_leader_had() {
    let mut net = led(guarded(), 3, 3);
    let word = net.propose(0);
    net.step(0, Input::Transfer(m(2)));
    let before = net.now_us;
    net.settle();
    assert_eq!(net.leader(), Some(2));
    assert!(net.now_us - before < 20_000, "within round trips, not timeouts");
    assert!(net.noted(0, |note| *note == Note::TransferDone { to: m(2) }));
    assert!(net.noted(2, |note| matches!(note, Note::BecameCandidate { why: Why::TimeoutNow, .. })));
    assert_eq!(net.words(2), [word]);
    fine(&net);
}

#[test]
fn a_successor_that_is_behind_catches_up_first_and_proposals_wait() {
    let mut net = led(guarded(), 3, 3);
    net.isolate(2);
    let word = net.propose(0);
    net.settle();
    net.step(0, Input::Transfer(m(2)));
    net.propose(0);
    assert!(net.noted(0, |note| *note == Note::Refused { why: Busy::Transferring }));
    net.heal();
    net.beat();
    net.beat();
    assert_eq!(net.leader(), Some(2));
    assert_eq!(net.words(2), [word]);
    fine(&net);
}

#[test]
fn a_transfer_to_a_dead_server_is_given_up_and_the_leader_goes_on() {
    let mut net = led(guarded(), 3, 3);
    net.crash(2, Lost::Nothing);
    net.step(0, Input::Transfer(m(2)));
    net.run(400_000);
    assert!(net.noted(0, |note| *note == Note::TransferFailed { to: m(2) }));
    let word = net.propose(0);
    net.settle();
    assert!(net.server(0).is_leader());
    assert_eq!(net.words(0), [word]);
    fine(&net);
}

/// A message of an old leader starts no campaign.
#[test]
fn an_old_order_to_campaign_is_ignored() {
    let mut net = led(guarded(), 3, 3);
    net.step(0, Input::Transfer(m(1)));
    net.settle();
    assert_eq!(net.leader(), Some(1));
    net.step(2, Input::Message { from: m(0), body: Message::TimeoutNow { term: 1 } });
    net.settle();
    assert_eq!(net.leader(), Some(1));
    assert_eq!(net.server(1).term(), 2);
    fine(&net);
}
