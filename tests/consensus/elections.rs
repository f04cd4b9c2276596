//! Elections: one leader in a term, and no more of them than needed.

use ha_lab::ha::cluster::raft::{Input, Message, Note, Pos, Refusal, Role, Timer, Why};

use super::net::{Lost, Net, m};
use super::{an_election_us, fine, guarded, led, plain};

/// §3.4: random timeouts, so that one server asks before the others do.
#[test]
fn an_ensemble_elects_a_leader_by_itself_and_another_when_it_dies() {
    let config = guarded();
    let mut net = Net::new(7, config, 5, 5);
    net.run(an_election_us(&config));
    let first = net.leader().expect("somebody leads");
    let word = net.propose(first);
    net.run(50_000);
    net.crash(first, Lost::AllBut(0));
    net.run(2 * an_election_us(&config));
    let second = net.leader().expect("somebody else leads");
    assert_ne!(first, second);
    assert_eq!(net.words(second), [word], "what was committed is there");
    fine(&net);
}

/// §3.4: with timeouts that are all alike, votes split for ever; that is what the randomness is for.
#[test]
fn a_split_vote_elects_nobody() {
    let mut net = Net::new(1, plain(), 4, 4);
    net.campaign(0);
    net.campaign(1);
    net.partition(0b0101);
    net.settle();
    assert_eq!(net.leader(), None);
    assert_eq!((net.server(2).vote(), net.server(3).vote()), (Some(m(0)), Some(m(1))));
    net.heal();
    net.campaign(0);
    net.settle();
    assert_eq!(net.leader(), Some(0), "in the next term");
    fine(&net);
}

/// §3.6.1: who lacks something that may be committed is not elected.
#[test]
fn a_server_with_an_older_log_gets_no_vote() {
    let mut net = led(plain(), 3, 3);
    net.isolate(2);
    net.propose(0);
    net.settle();
    net.heal();
    net.campaign(2);
    net.settle();
    assert!(!net.server(2).is_leader());
    let refused = |note: &Note| matches!(note, Note::VoteRefused { why: Refusal::BehindMe, .. });
    assert!(net.noted(1, refused) && net.noted(0, refused));
    assert!(net.noted(0, |note| matches!(note, Note::SteppedDown { why: Why::NewerTerm, .. })), "its term counts");
    net.campaign(1);
    net.settle();
    assert_eq!(net.leader(), Some(1));
    fine(&net);
}

/// §3.4: one vote a term, also across a crash.
#[test]
fn a_server_that_crashes_after_its_vote_does_not_vote_again() {
    let mut net = Net::new(1, plain(), 5, 5);
    net.partition(0b00101);
    net.campaign(0);
    net.settle();
    assert_eq!(net.server(2).vote(), Some(m(0)));
    net.crash(2, Lost::AllBut(0));
    net.start(2);
    net.heal();
    let last = Pos::default();
    net.step(
        2,
        Input::Message { from: m(1), body: Message::RequestVote { term: 1, last, pre: false, transfer: false } },
    );
    assert!(net.noted(2, |note| matches!(note, Note::VoteRefused { why: Refusal::AlreadyVoted, .. })));
    fine(&net);
}

/// §9.6: without the question, a server that was cut off comes back with a high term and deposes a healthy leader;
/// with it, its term has stayed as it was.
#[test]
fn a_server_that_was_cut_off_deposes_nobody_with_pre_vote() {
    for config in [plain(), guarded()] {
        let mut net = led(config, 3, 3);
        net.isolate(2);
        net.run(10 * an_election_us(&config));
        let word = net.propose(0);
        net.settle();
        net.heal();
        net.run(5 * an_election_us(&config));
        let deposed = net.noted(0, |note| matches!(note, Note::SteppedDown { .. }));
        assert_eq!(deposed, !config.pre_vote, "{config:?}");
        assert_eq!(net.server(0).term() > 1, !config.pre_vote);
        assert_eq!(net.words(2), [word], "either way it catches up");
        fine(&net);
    }
}

/// §9.6 and §4.2.3 together: even with a log as good as the others', who asks while they hear the leader asks in
/// vain. As soon as they hear none, the same question is answered with yes.
#[test]
fn who_hears_a_leader_votes_for_nobody_else() {
    let mut net = led(guarded(), 3, 3);
    net.campaign(2);
    net.settle();
    assert!(net.server(0).is_leader());
    assert!(net.noted(1, |note| matches!(note, Note::VoteRefused { why: Refusal::HearsLeader, pre: true, .. })));
    assert_eq!(*net.server(2).role(), Role::Follower, "a majority has refused");
    net.crash(0, Lost::Nothing);
    net.fire(1, Timer::Lease);
    net.campaign(2);
    net.settle();
    assert_eq!(net.leader(), Some(2));
    fine(&net);
}

/// §6.2: the leader on the wrong side of a partition notices by itself.
#[test]
fn a_leader_without_a_majority_steps_down() {
    for config in [plain(), guarded()] {
        let mut net = led(config, 5, 5);
        net.partition(0b00011);
        net.run(2 * an_election_us(&config));
        assert_eq!(net.server(0).is_leader(), !config.check_quorum);
        let noticed = |note: &Note| matches!(note, Note::SteppedDown { why: Why::NoQuorum, .. });
        assert_eq!(net.noted(0, noticed), config.check_quorum);
        assert!(net.leader().is_some_and(|leader| leader >= 2), "the majority has a leader of its own");
        fine(&net);
    }
}

/// Why check-quorum and the vote's protection belong together: a leader that can send and not receive keeps the
/// others quiet, and would do so for ever.
#[test]
fn a_leader_that_hears_nobody_does_not_block_the_others() {
    let config = guarded();
    let mut net = led(config, 3, 3);
    net.cut(1, 0);
    net.cut(2, 0);
    net.run(4 * an_election_us(&config));
    assert!(!net.server(0).is_leader());
    assert!(net.leader().is_some());
    fine(&net);
}

/// §3.3: an old leader learns that its time is over from the first answer.
#[test]
fn an_old_leader_steps_down_when_it_meets_a_newer_term() {
    let mut net = led(plain(), 3, 3);
    net.isolate(0);
    net.campaign(1);
    net.settle();
    assert!(net.server(0).is_leader() && net.server(1).is_leader(), "two believe it, in different terms");
    net.propose(0);
    net.settle();
    assert_eq!(net.server(0).commit(), 1, "but only one can commit");
    net.heal();
    net.fire(0, Timer::Heartbeat);
    net.settle();
    assert!(!net.server(0).is_leader());
    net.beat();
    assert_eq!(net.server(0).leader(), Some(m(1)));
    assert_eq!(net.server(0).log(), net.server(1).log());
    fine(&net);
}
