//! Logs: the leader's counts, and what is committed stays (§3.5, §3.6).

use ha_lab::ha::cluster::raft::{Config, Entry, Input, Kind, Message, Note, Pos};

use super::net::{Lost, Net, Word, m};
use super::{fine, guarded, led, plain};

/// Whether it is an append with an entry of a newer term.
fn carries_newer(message: &Message<Word>, term: u32) -> bool {
    matches!(message, Message::Append { entries, .. } if entries.iter().any(|entry| entry.term > term))
}

#[test]
fn what_a_majority_has_is_committed_and_applied_everywhere() {
    let mut net = led(guarded(), 5, 5);
    net.partition(0b00111);
    let words = [net.propose(0), net.propose(0)];
    net.settle();
    assert_eq!(net.words(0), words);
    assert_eq!(net.words(2), words, "the commit is told at once");
    assert_eq!(net.words(4), [0; 0]);
    net.heal();
    net.beat();
    net.beat();
    assert_eq!(net.words(4), words);
    fine(&net);
}

/// Figure 3.7 (§3.6.2): an entry of an earlier term on a majority of the disks is not committed, for it can still be
/// overwritten. Only an entry of the leader's own term decides, and takes the older ones with it.
#[test]
fn an_old_entry_on_a_majority_is_not_committed_by_counting() {
    let mut net = led(plain(), 5, 5);
    // (a) S1 leads and has an entry that only S2 gets.
    net.partition(0b00011);
    net.propose(0);
    net.settle();
    // (b) S1 crashes; S5 is elected by S3 and S4 and makes another entry at the same place, for itself only.
    net.crash(0, Lost::Nothing);
    net.partition(0b11100);
    net.swallow = Some(|from, _, message| from == 4 && matches!(message, Message::Append { .. }));
    net.campaign(4);
    net.settle();
    assert!(net.server(4).is_leader());
    // (c) S5 crashes, S1 is elected again and brings its old entry to S3: three of five have it now. Its own term's
    // entries do not get through yet.
    net.crash(4, Lost::Nothing);
    net.start(0);
    net.heal();
    net.swallow = Some(|_, _, message| carries_newer(message, 1));
    net.campaign(0);
    net.settle();
    net.campaign(0);
    net.settle();
    assert!(net.server(0).is_leader());
    let term = net.server(0).term();
    let old = Pos { term: 1, index: 2 };
    for follower in [2, 3] {
        let entries = net.server(0).log().after(1, 1);
        let append = Message::Append { term, prev: Pos { term: 1, index: 1 }, entries, commit: 1 };
        net.step(follower, Input::Message { from: m(0), body: append });
    }
    net.settle();
    assert!([0, 1, 2, 3].iter().all(|server| net.server(*server).log().has(old)), "four of five have it");
    assert_eq!(
        net.server(0).commit(),
        0,
        "and it is not committed; since its crash it does not know of anything that is"
    );
    // (d) It could be overwritten: S5's entry is newer, and S5 can be elected. Here (e): an entry of S1's own term gets
    // through, and then both are committed.
    net.swallow = None;
    net.beat();
    net.beat();
    assert!(net.server(0).commit() > 2);
    fine(&net);
}

/// The other end of figure 3.7, (d): the old entry is overwritten, though a majority had it.
#[test]
fn an_old_entry_on_a_majority_can_be_overwritten() {
    let mut net = led(plain(), 3, 3);
    net.isolate(0);
    net.propose(0);
    net.settle();
    net.crash(0, Lost::Nothing);
    net.heal();
    net.swallow = Some(|from, _, message| from == 2 && matches!(message, Message::Append { .. }));
    net.campaign(2);
    net.settle();
    assert!(net.server(2).is_leader(), "it leads in term 2, and its entry is on its own disk only");
    net.isolate(2);
    net.start(0);
    net.swallow = Some(|_, _, message| carries_newer(message, 2));
    net.campaign(0);
    net.settle();
    net.campaign(0);
    net.settle();
    let (term, prev) = (net.server(0).term(), Pos { term: 1, index: 1 });
    let entries = net.server(0).log().after(1, 1);
    net.step(1, Input::Message { from: m(0), body: Message::Append { term, prev, entries, commit: 1 } });
    net.settle();
    assert!(net.server(1).log().has(Pos { term: 1, index: 2 }), "two of three have the old entry");
    net.crash(0, Lost::Nothing);
    net.swallow = None;
    net.heal();
    net.beat();
    assert!(!net.server(2).is_leader(), "it learns of the newer term, and asks in the next one");
    net.campaign(2);
    net.settle();
    assert!(net.server(2).is_leader());
    assert!(net.server(1).log().has(Pos { term: 2, index: 2 }), "the newer one wins");
    assert!(net.noted(1, |note| matches!(note, Note::ConflictRepaired { .. })));
    fine(&net);
}

/// §3.5: a long wrong tail costs one question for each term in it, not one for each entry.
#[test]
fn conflicts_are_found_in_one_step_for_each_term() {
    let mut net = led(Config { append_entries: 500, ..plain() }, 3, 3);
    net.isolate(0);
    (0..400).for_each(|_| _ = net.propose(0));
    net.campaign(1);
    net.settle();
    (0..300).for_each(|_| _ = net.propose(1));
    net.settle();
    net.campaign(2);
    net.settle();
    net.heal();
    net.kinds.clear();
    net.beat();
    net.beat();
    assert_eq!(net.server(0).log(), net.server(2).log());
    let refused = net.kinds[&Kind::AppendRefused];
    assert!(refused <= 3, "one for the old term, one for the place, one for luck: {refused}");
    let repaired = |note: &Note| matches!(note, Note::ConflictRepaired { dropped: 400, .. });
    assert!(net.noted(0, repaired), "all of the wrong tail goes at once");
    assert_eq!(net.words(0), net.words(2));
    fine(&net);
}

/// The same where the follower's wrong tail is the newer one: it rules out itself what the leader cannot know.
#[test]
fn a_follower_with_many_newer_terms_is_repaired_as_fast() {
    let mut net = led(plain(), 3, 3);
    net.partition(0b011);
    (0..100).for_each(|_| _ = net.propose(0));
    net.settle();
    let payload = net.server(0).log().after(0, 1)[0].payload.clone();
    let entries = (0..90).map(|i| Entry { term: 3 + i / 30, payload: payload.clone() }).collect();
    let append = Message::Append { term: 5, prev: Pos { term: 1, index: 1 }, entries, commit: 1 };
    net.step(2, Input::Message { from: m(1), body: append });
    net.heal();
    net.beat();
    net.campaign(0);
    net.kinds.clear();
    net.settle();
    net.beat();
    assert_eq!(net.server(2).log(), net.server(0).log());
    assert!(net.kinds[&Kind::AppendRefused] <= 3, "{:?}", net.kinds);
    fine(&net);
}

/// A late append must not cut off what came after it and was acknowledged.
#[test]
fn a_message_that_comes_late_or_twice_changes_nothing() {
    let mut net = led(plain(), 3, 3);
    let old = {
        let log = net.server(0).log();
        Message::Append { term: 1, prev: Pos { term: 0, index: 0 }, entries: log.after(0, 1), commit: 0 }
    };
    net.crash(2, Lost::Nothing);
    net.swallow = Some(|_, _, message| matches!(message, Message::Append { entries, .. } if entries.is_empty()));
    net.propose(0);
    net.propose(0);
    net.settle();
    let before = net.server(1).log().clone();
    assert_eq!(before.last_index(), 3);
    net.step(1, Input::Message { from: m(0), body: old });
    net.settle();
    assert_eq!(*net.server(1).log(), before);
    fine(&net);
}

/// An append says up to where the logs are the same, and only that far may the follower believe the commit index: its
/// own tail behind it may be wrong.
#[test]
fn a_follower_commits_only_what_surely_matches() {
    let mut net = led(plain(), 3, 3);
    let prev = Pos { term: 1, index: 1 };
    let entry = net.server(0).log().after(0, 1)[0].clone();
    let append = |term, entries, commit| Message::Append { term, prev, entries, commit };
    net.step(2, Input::Message { from: m(1), body: append(2, [entry.clone(), entry].into(), 1) });
    assert_eq!((net.server(2).log().last_index(), net.server(2).commit()), (3, 1));
    net.step(2, Input::Message { from: m(0), body: append(3, [].into(), 3) });
    assert_eq!(net.server(2).commit(), 1, "the next append would show that the tail is wrong");
}

/// What a follower had in an earlier term it may have thrown away since.
#[test]
fn an_answer_of_an_earlier_term_counts_for_nothing() {
    let mut net = led(plain(), 3, 3);
    net.isolate(0);
    net.campaign(1);
    net.settle();
    net.heal();
    net.beat();
    net.isolate(0);
    net.campaign(0);
    net.heal();
    net.campaign(0);
    net.settle();
    assert!(net.server(0).is_leader());
    net.isolate(0);
    net.propose(0);
    net.settle();
    let (term, last) = (net.server(0).term(), net.server(0).log().last_index());
    let appended = |term| Input::Message { from: m(1), body: Message::Appended { term, matched: last } };
    net.step(0, appended(term - 1));
    assert!(net.server(0).commit() < last);
    net.step(0, appended(term));
    assert_eq!(net.server(0).commit(), last);
}

/// Flow control: no more under way than allowed, no more in one message than allowed; and nothing is left behind.
#[test]
fn a_follower_is_not_flooded() {
    let mut net = led(Config { append_entries: 4, inflight: 3, ..guarded() }, 3, 3);
    let (mut most, mut under_way) = (0, 0);
    net.stall_disk(1, true);
    for _ in 0..100 {
        net.propose(0);
        let progress = net.server(0).as_leader().and_then(|leader| leader.progress.get(m(1))).expect("it leads");
        if let ha_lab::ha::cluster::raft::Flow::Replicate { inflight } = &progress.flow {
            under_way = inflight.len();
        }
        most = most.max(under_way);
    }
    assert_eq!(most, 3);
    net.settle();
    net.stall_disk(1, false);
    net.settle();
    for _ in 0..3 {
        net.beat();
    }
    assert_eq!(net.words(1).len(), 100);
    assert_eq!(net.words(1), net.words(0));
    fine(&net);
}

/// A lost append is noticed at the next heartbeat, whoever speaks next.
#[test]
fn a_lost_append_is_sent_again() {
    let mut net = led(guarded(), 3, 3);
    net.swallow = Some(|_, to, message| to == 1 && matches!(message, Message::Append { .. }));
    let word = net.propose(0);
    net.settle();
    net.swallow = None;
    net.beat();
    net.beat();
    assert_eq!(net.words(1), [word]);
    fine(&net);
}

/// The commit index is not on the disk: a server that starts again learns it from the leader.
#[test]
fn an_ensemble_that_was_switched_off_comes_back_with_all_that_was_committed() {
    let mut net = led(plain(), 3, 3);
    let words: Vec<u32> = (0..5).map(|_| net.propose(0)).collect();
    net.settle();
    (0..3).for_each(|server| net.crash(server, Lost::AllBut(0)));
    (0..3).for_each(|server| net.start(server));
    assert_eq!(net.words(1), [0; 0]);
    net.campaign(1);
    net.settle();
    net.beat();
    assert!((0..3).all(|server| net.words(server) == words));
    fine(&net);
}

/// One server is an ensemble as well.
#[test]
fn an_ensemble_of_one_needs_only_its_disk() {
    let mut net = Net::new(1, guarded(), 1, 1);
    net.run(1_000_000);
    net.stall_disk(0, true);
    let word = net.propose(0);
    net.settle();
    assert_eq!(net.words(0), [0; 0]);
    net.stall_disk(0, false);
    net.settle();
    assert_eq!(net.words(0), [word]);
    fine(&net);
}
