//! One member among others that are played by hand: what it says, and above all when it does not say it yet.

use std::rc::Rc;

use super::net::{Lab, MS, S, config, id};
use crate::ha::cluster::zab::{
    Durable, Effect, Input, LeaderPhase, Message, Notification, Outbox, PeerState, Record, Refusal, Snapshot, State,
    Timer, Vote, Write, Zab, Zxid,
};
use crate::sim::{CloseReason, Ticket};

type Said = Vec<Effect<Lab>>;

/// The member under test, and the next ticket of its disk.
struct Hand {
    zab: Zab<Lab>,
    next: Ticket,
    /// Tickets that are not synced, oldest first.
    unsynced: Vec<Ticket>,
}

impl Hand {
    /// Member `me` of `members`, started from `disk`.
    fn start(members: usize, me: usize, disk: &Durable<Lab>) -> (Self, Said) {
        let zab = Zab::new(config(members), id(me), disk);
        let mut hand = Self { zab, next: Ticket::FIRST, unsynced: Vec::new() };
        let said = hand.give(Input::Start);
        (hand, said)
    }

    fn give(&mut self, input: Input<Lab>) -> Said {
        let mut out = Outbox::new(self.next);
        self.zab.step(input, &mut out);
        let (said, next) = out.into_parts();
        self.next = next;
        self.unsynced.extend(said.iter().filter_map(|effect| match effect {
            Effect::Persist(ticket, _) => Some(*ticket),
            _ => None,
        }));
        said
    }

    fn hear(&mut self, from: usize, body: Message<Lab>) -> Said {
        self.give(Input::Message { from: id(from), body })
    }

    /// All its writes reach the disk.
    fn sync(&mut self) -> Said {
        let last = self.unsynced.drain(..).next_back().expect("nothing was written");
        self.give(Input::Synced(last))
    }

    /// Member 0 of three, who follows member 2.
    fn following(disk: &Durable<Lab>) -> Self {
        let (mut hand, _) = Self::start(3, 0, disk);
        for (peer, state) in [(1, PeerState::Following), (2, PeerState::Leading)] {
            hand.hear(peer, notification(vote(2, disk.log.last(), disk.current_epoch, 1), state));
        }
        assert_eq!(hand.zab.leader(), Some(id(2)));
        hand
    }

    /// The highest member, elected by the others, who have not come to follow it yet.
    fn leading(members: usize, disk: &Durable<Lab>) -> Self {
        let me = members - 1;
        let (mut hand, _) = Self::start(members, me, disk);
        for peer in 0..me {
            hand.hear(peer, notification(vote(me, disk.log.last(), disk.current_epoch, 1), PeerState::Looking));
        }
        hand.give(Input::Timer(Timer::Finalize));
        assert_eq!(hand.zab.state(), State::Leading { phase: LeaderPhase::Gathering });
        hand
    }
}

fn vote(leader: usize, zxid: Zxid, peer_epoch: u32, round: u32) -> Vote {
    Vote { leader: id(leader), zxid, peer_epoch, round }
}

fn notification(vote: Vote, state: PeerState) -> Message<Lab> {
    Message::Notification(Notification { vote, state })
}

fn record(epoch: u32, counter: u32) -> Record<Lab> {
    Record { zxid: Zxid::new(epoch, counter), txn: epoch * 1000 + counter }
}

/// A disk with a history of so many transactions in each epoch, from the first on.
pub fn disk(counters: &[u32]) -> Durable<Lab> {
    let mut disk = Durable { accepted_epoch: counters.len() as u32, ..Durable::default() };
    disk.current_epoch = disk.accepted_epoch;
    for (epoch, counter) in (1..).zip(counters) {
        for counter in 1..=*counter {
            let records = Rc::from([record(epoch, counter)]);
            disk.apply(Write::Append { after: disk.log.last(), records });
        }
    }
    disk
}

/// What was sent to a member.
fn sent(said: &Said, to: usize) -> Vec<&Message<Lab>> {
    let to_it = |effect| match effect {
        &Effect::Send(peer, ref body) if peer == id(to) => Some(body),
        _ => None,
    };
    said.iter().filter_map(to_it).collect()
}

fn timer_us(said: &Said, which: Timer) -> Option<u64> {
    said.iter().find_map(|effect| match effect {
        Effect::SetTimer(timer, us, _) if *timer == which => Some(*us),
        _ => None,
    })
}

fn ack_epoch(current_epoch: u32, last: Zxid) -> Message<Lab> {
    Message::AckEpoch { current_epoch: Some(current_epoch), last }
}

// ---- election -----------------------------------------------------------------------------------------------

#[test]
fn a_vote_with_a_quorum_waits_for_a_better_one() {
    let (mut hand, _) = Hand::start(3, 1, &disk(&[2]));
    let said = hand.hear(0, notification(vote(1, Zxid::new(1, 2), 1, 1), PeerState::Looking));
    assert_eq!(timer_us(&said, Timer::Finalize), Some(200 * MS), "two of three agree");
    // Member 2 has seen one transaction more.
    let said = hand.hear(2, notification(vote(2, Zxid::new(1, 3), 1, 1), PeerState::Looking));
    assert!(said.contains(&Effect::CancelTimer(Timer::Finalize)));
    assert_eq!(hand.zab.vote().leader, id(2));
    hand.give(Input::Timer(Timer::Finalize));
    assert_eq!(hand.zab.leader(), Some(id(2)));
}

#[test]
fn what_is_not_better_does_not_prolong_the_wait() {
    let (mut hand, _) = Hand::start(5, 4, &disk(&[2]));
    for peer in [0, 1] {
        hand.hear(peer, notification(vote(4, Zxid::new(1, 2), 1, 1), PeerState::Looking));
    }
    for _ in 0..3 {
        let said = hand.hear(2, notification(vote(2, Zxid::new(1, 1), 1, 9), PeerState::Looking));
        assert_eq!(timer_us(&said, Timer::Finalize), None);
    }
    hand.give(Input::Timer(Timer::Finalize));
    assert_eq!(hand.zab.leader(), Some(id(4)));
}

#[test]
fn notifications_are_sent_again_after_pauses_that_double() {
    let (mut hand, said) = Hand::start(3, 0, &Durable::default());
    let mut pauses = vec![timer_us(&said, Timer::Notify).expect("it waits")];
    for _ in 0..5 {
        let said = hand.give(Input::Timer(Timer::Notify));
        assert_eq!((sent(&said, 1).len(), sent(&said, 2).len()), (1, 1));
        pauses.extend(timer_us(&said, Timer::Notify));
    }
    assert_eq!(pauses, [200 * MS, 400 * MS, 800 * MS, 1600 * MS, 2 * S, 2 * S], "up to maxNotificationInterval");
}

#[test]
fn whoever_hears_of_a_later_round_joins_it_and_who_is_in_an_earlier_one_is_told() {
    let (mut hand, _) = Hand::start(3, 1, &disk(&[2]));
    hand.hear(0, notification(vote(0, Zxid::new(1, 1), 1, 7), PeerState::Looking));
    assert_eq!((hand.zab.round(), hand.zab.vote().leader), (7, id(1)), "in round 7, still for the better history");
    let said = hand.hear(2, notification(vote(2, Zxid::new(1, 9), 1, 3), PeerState::Looking));
    assert_eq!(hand.zab.vote().leader, id(1), "a vote of an earlier round does not count");
    assert_eq!(sent(&said, 2), [&notification(vote(1, Zxid::new(1, 2), 1, 7), PeerState::Looking)]);
}

#[test]
fn nobody_joins_a_leader_that_does_not_say_itself_that_it_leads() {
    let (mut hand, _) = Hand::start(3, 0, &Durable::default());
    let heard = vote(2, Zxid::new(4, 1), 4, 9);
    hand.hear(1, notification(heard, PeerState::Following));
    assert_eq!(hand.zab.state(), State::Looking);
    // Member 2 was restarted: it looks itself. Of a quorum that once followed it, nothing is left but talk.
    let (mut five, _) = Hand::start(5, 0, &Durable::default());
    for peer in [1, 2, 3] {
        five.hear(peer, notification(vote(4, Zxid::new(4, 1), 4, 9), PeerState::Following));
    }
    assert_eq!(five.zab.state(), State::Looking);
    five.hear(4, notification(vote(4, Zxid::new(4, 1), 4, 9), PeerState::Leading));
    assert_eq!((five.zab.leader(), five.zab.round()), (Some(id(4)), 9));
}

#[test]
fn a_member_with_a_leader_answers_one_that_looks() {
    let mut hand = Hand::following(&disk(&[1]));
    let said = hand.hear(1, notification(vote(1, Zxid::ZERO, 0, 1), PeerState::Looking));
    assert_eq!(sent(&said, 1), [&notification(vote(2, Zxid::new(1, 1), 1, 1), PeerState::Following)]);
}

#[test]
fn an_elected_leader_that_does_not_lead_is_tried_five_times() {
    let mut hand = Hand::following(&Durable::default());
    for attempt in 1..5 {
        let said = if attempt % 2 == 0 {
            hand.hear(2, Message::Refused)
        } else {
            hand.give(Input::Closed { peer: id(2), reason: CloseReason::Refused })
        };
        assert_eq!(timer_us(&said, Timer::Connect), Some(100 * MS));
        let said = hand.give(Input::Timer(Timer::Connect));
        assert_eq!(sent(&said, 2), [&Message::FollowerInfo { accepted_epoch: 0 }]);
    }
    hand.hear(2, Message::Refused);
    assert_eq!(hand.zab.state(), State::Looking);
}

// ---- discovery ----------------------------------------------------------------------------------------------

#[test]
fn a_new_epoch_is_greater_than_all_that_a_quorum_promised_and_the_leader_promises_it_first() {
    let mut hand = Hand::leading(5, &disk(&[1]));
    assert!(sent(&hand.hear(0, Message::FollowerInfo { accepted_epoch: 6 }), 0).is_empty(), "two of five");
    let said = hand.hear(1, Message::FollowerInfo { accepted_epoch: 3 });
    assert!(said.contains(&Effect::Persist(Ticket::FIRST, Write::AcceptedEpoch(7))));
    assert!(sent(&said, 0).is_empty() && sent(&said, 1).is_empty(), "its own promise is not on the disk");
    assert!(sent(&hand.hear(2, Message::FollowerInfo { accepted_epoch: 1 }), 2).is_empty());
    let said = hand.sync();
    for follower in 0..3 {
        assert_eq!(sent(&said, follower), [&Message::LeaderInfo { epoch: 7 }]);
    }
}

#[test]
fn nobody_is_synchronised_before_a_quorum_has_promised_the_epoch() {
    let mut hand = Hand::leading(5, &disk(&[1]));
    for follower in [0, 1] {
        hand.hear(follower, Message::FollowerInfo { accepted_epoch: 1 });
    }
    hand.sync();
    assert!(sent(&hand.hear(0, ack_epoch(1, Zxid::new(1, 1))), 0).is_empty(), "two of five");
    // This one had promised the epoch before: it is not a promise to this leader.
    let said = hand.hear(1, Message::AckEpoch { current_epoch: None, last: Zxid::new(1, 1) });
    assert!(sent(&said, 0).is_empty() && sent(&said, 1).is_empty());
    hand.hear(2, Message::FollowerInfo { accepted_epoch: 1 });
    let said = hand.hear(2, ack_epoch(1, Zxid::ZERO));
    for follower in 0..3 {
        let upto = Zxid::new(1, 1);
        assert_eq!(sent(&said, follower).first(), Some(&&Message::Diff { upto }));
        assert_eq!(sent(&said, follower).last(), Some(&&Message::NewLeader { epoch: 2 }));
    }
}

#[test]
fn a_leader_does_not_lead_a_member_with_a_newer_history() {
    for (current_epoch, last) in [(2, Zxid::new(1, 1)), (1, Zxid::new(1, 2))] {
        let mut hand = Hand::leading(3, &disk(&[1]));
        hand.hear(0, Message::FollowerInfo { accepted_epoch: 2 });
        hand.sync();
        let said = hand.hear(0, ack_epoch(current_epoch, last));
        assert!(said.contains(&Effect::Close(id(0))) && sent(&said, 0).is_empty());
    }
}

#[test]
fn a_promise_is_on_the_disk_before_it_is_given() {
    let mut hand = Hand::following(&disk(&[2]));
    let said = hand.hear(2, Message::LeaderInfo { epoch: 5 });
    assert!(said.contains(&Effect::Persist(Ticket::FIRST, Write::AcceptedEpoch(5))));
    assert!(sent(&said, 2).is_empty());
    assert_eq!(sent(&hand.sync(), 2), [&ack_epoch(1, Zxid::new(1, 2))]);
}

#[test]
fn an_epoch_is_promised_to_one_leader_only() {
    let mut hand = Hand::following(&Durable { accepted_epoch: 5, ..disk(&[2]) });
    let said = hand.hear(2, Message::LeaderInfo { epoch: 5 });
    assert_eq!(sent(&said, 2), [&Message::AckEpoch { current_epoch: None, last: Zxid::new(1, 2) }]);
}

#[test]
fn a_promise_survives_a_crash_and_keeps_older_leaders_away() {
    let mut hand = Hand::following(&Durable { accepted_epoch: 5, ..disk(&[2]) });
    for _ in 0..5 {
        let said = hand.hear(2, Message::LeaderInfo { epoch: 4 });
        assert!(!sent(&said, 2).iter().any(|body| matches!(body, Message::AckEpoch { .. })));
    }
    assert_eq!(hand.zab.state(), State::Looking);
}

// ---- synchronisation ----------------------------------------------------------------------------------------

/// Member 0 up to DIFF, with the leader's epoch 2 promised.
fn at_diff() -> Hand {
    let mut hand = Hand::following(&disk(&[2]));
    hand.hear(2, Message::LeaderInfo { epoch: 2 });
    hand.sync();
    hand.hear(2, Message::Diff { upto: Zxid::new(1, 3) });
    hand
}

#[test]
fn a_history_is_acknowledged_when_it_is_on_the_disk_and_serves_when_a_quorum_has_it() {
    let mut hand = at_diff();
    hand.hear(2, Message::History(Rc::from([record(1, 3)])));
    let said = hand.hear(2, Message::NewLeader { epoch: 2 });
    assert!(sent(&said, 2).is_empty());
    assert_eq!(hand.zab.storage().stable().current_epoch, 1);
    let said = hand.sync();
    assert_eq!(sent(&said, 2), [&Message::Ack(Zxid::new(2, 0))]);
    assert_eq!(hand.zab.storage().stable().current_epoch, 2);
    assert_eq!(hand.zab.delivered(), Zxid::ZERO, "it is not committed yet");
    let said = hand.hear(2, Message::UpToDate);
    let delivered = said.iter().filter(|effect| matches!(effect, Effect::Delivered { .. })).count();
    assert_eq!((delivered, hand.zab.serves()), (3, true));
}

#[test]
fn the_epoch_of_a_history_is_written_behind_the_history() {
    let mut hand = at_diff();
    let said = hand.hear(2, Message::History(Rc::from([record(1, 3)])));
    let log = said.iter().find_map(|effect| match effect {
        Effect::Persist(ticket, Write::Append { .. }) => Some(*ticket),
        _ => None,
    });
    // A crash in between finds the new history under the old epoch, never the other way round (ZOOKEEPER-4643).
    hand.hear(2, Message::NewLeader { epoch: 2 });
    hand.give(Input::Synced(log.expect("it is logged")));
    let stable = hand.zab.storage().stable();
    assert_eq!((stable.log.last(), stable.current_epoch), (Zxid::new(1, 3), 1));
}

#[test]
fn a_proposal_that_comes_before_newleader_is_acknowledged_behind_it() {
    let mut hand = at_diff();
    hand.hear(2, Message::History(Rc::from([record(1, 3)])));
    hand.hear(2, Message::Propose(record(2, 1)));
    assert!(sent(&hand.sync(), 2).is_empty(), "ZOOKEEPER-4646");
    hand.hear(2, Message::NewLeader { epoch: 2 });
    assert_eq!(sent(&hand.sync(), 2), [&Message::Ack(Zxid::new(2, 0)), &Message::Ack(Zxid::new(2, 1))]);
}

#[test]
fn a_log_is_not_truncated_behind_its_snapshot() {
    let mut disk = disk(&[4]);
    disk.apply(Write::Checkpoint { snapshot: Snapshot { zxid: Zxid::new(1, 3), state: Rc::default() }, keep: 9 });
    let mut hand = Hand::following(&disk);
    hand.hear(2, Message::LeaderInfo { epoch: 2 });
    hand.sync();
    hand.hear(2, Message::Trunc { upto: Zxid::new(1, 2) });
    assert_eq!((hand.zab.state(), hand.zab.last()), (State::Halted, Zxid::new(1, 4)));
}

#[test]
fn a_member_that_delivered_what_its_leader_has_lost_goes_back() {
    let mut hand = at_diff();
    hand.hear(2, Message::History(Rc::from([record(1, 3)])));
    hand.hear(2, Message::NewLeader { epoch: 2 });
    hand.sync();
    hand.hear(2, Message::UpToDate);
    assert_eq!(hand.zab.delivered(), Zxid::new(1, 3));
    // Zab never asks for this, unless members lost their disks and voted nevertheless.
    hand.give(Input::Timer(Timer::Silence));
    for (peer, state) in [(1, PeerState::Following), (2, PeerState::Leading)] {
        hand.hear(peer, notification(vote(2, Zxid::new(1, 2), 2, 2), state));
    }
    hand.hear(2, Message::LeaderInfo { epoch: 3 });
    hand.sync();
    let said = hand.hear(2, Message::Trunc { upto: Zxid::new(1, 2) });
    assert!(said.contains(&Effect::InstallSnapshot(Snapshot::default())));
    assert_eq!(hand.zab.delivered(), Zxid::ZERO, "it starts over from its snapshot");
}

// ---- broadcast ----------------------------------------------------------------------------------------------

/// Member 2 of three, established in epoch 2 with member 0.
fn established() -> Hand {
    let mut hand = Hand::leading(3, &disk(&[1]));
    hand.hear(0, Message::FollowerInfo { accepted_epoch: 1 });
    hand.sync();
    hand.hear(0, ack_epoch(1, Zxid::new(1, 1)));
    hand.hear(0, Message::Ack(Zxid::new(2, 0)));
    assert!(!hand.zab.serves(), "its own epoch is not on the disk");
    let said = hand.sync();
    assert_eq!(sent(&said, 0), [&Message::UpToDate]);
    assert!(hand.zab.serves());
    hand
}

#[test]
fn a_leader_counts_itself_when_its_own_log_is_synced() {
    let mut hand = established();
    let said = hand.give(Input::Propose(7));
    assert_eq!(sent(&said, 0), [&Message::Propose(Record { zxid: Zxid::new(2, 1), txn: 7 })]);
    let said = hand.hear(0, Message::Ack(Zxid::new(2, 1)));
    assert!(sent(&said, 0).is_empty(), "one of three has it");
    let said = hand.sync();
    assert_eq!(sent(&said, 0), [&Message::Commit(Zxid::new(2, 1))]);
    assert!(said.contains(&Effect::Delivered { zxid: Zxid::new(2, 1), txn: 7 }));
}

#[test]
fn the_acknowledgement_of_one_who_is_not_synchronised_does_not_count() {
    let mut hand = established();
    hand.hear(1, Message::FollowerInfo { accepted_epoch: 1 });
    hand.hear(1, ack_epoch(1, Zxid::new(1, 1)));
    hand.give(Input::Propose(7));
    hand.sync();
    hand.hear(1, Message::Ack(Zxid::new(2, 1)));
    assert_eq!(hand.zab.delivered(), Zxid::new(1, 1));
    hand.hear(0, Message::Ack(Zxid::new(2, 1)));
    assert_eq!(hand.zab.delivered(), Zxid::new(2, 1));
}

#[test]
fn a_follower_that_comes_again_has_to_acknowledge_again() {
    let mut hand = established();
    hand.give(Input::Propose(7));
    hand.hear(0, Message::Ack(Zxid::new(2, 1)));
    // Its connection was replaced: it is truncated to what is committed, and sent the proposal anew.
    hand.hear(0, Message::FollowerInfo { accepted_epoch: 2 });
    let said = hand.hear(0, Message::AckEpoch { current_epoch: None, last: Zxid::new(2, 1) });
    let expected = [
        &Message::Trunc { upto: Zxid::new(1, 1) },
        &Message::Propose(Record { zxid: Zxid::new(2, 1), txn: 7 }),
        &Message::NewLeader { epoch: 2 },
    ];
    assert_eq!(sent(&said, 0), expected);
    hand.sync();
    assert_eq!(hand.zab.delivered(), Zxid::new(1, 1));
}

#[test]
fn too_many_proposals_are_refused() {
    let mut hand = established();
    for value in 0..1_000 {
        assert!(hand.give(Input::Propose(value)).iter().any(|effect| matches!(effect, Effect::Proposed { .. })));
    }
    let why = Refusal::Busy;
    assert!(hand.give(Input::Propose(1_000)).contains(&Effect::ProposalRefused { txn: 1_000, why }));
}

#[test]
fn a_leader_without_followers_steps_down_at_the_next_full_tick() {
    let mut hand = established();
    hand.give(Input::Closed { peer: id(0), reason: CloseReason::Reset });
    hand.give(Input::Timer(Timer::HalfTick));
    assert!(hand.zab.serves());
    let said = hand.give(Input::Timer(Timer::HalfTick));
    assert!(said.contains(&Effect::ServiceStopped) && hand.zab.state() == State::Looking);
}

#[test]
fn strangers_are_not_heard() {
    let mut hand = Hand::leading(3, &Durable::default());
    assert!(hand.hear(5, Message::FollowerInfo { accepted_epoch: 9 }).is_empty());
}
