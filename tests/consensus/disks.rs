//! Promises and disks: what is promised is synced, and what is not synced is not promised (§3.8, §10.2.1).

use ha_lab::ha::cluster::raft::{Entry, Input, Message, Note, Pos, Role, Timer};

use super::net::{Lost, Net, m};
use super::{an_election_us, fine, guarded, led, plain};

#[test]
fn a_vote_is_not_answered_before_it_is_on_the_disk() {
    let mut net = Net::new(1, plain(), 3, 3);
    net.isolate(2);
    net.heal();
    net.cut(0, 2);
    net.stall_disk(1, true);
    net.campaign(0);
    net.settle();
    assert_eq!(net.server(1).vote(), Some(m(0)), "decided");
    assert!(matches!(net.server(0).role(), Role::Candidate(_)), "and not told");
    net.crash(1, Lost::AllBut(0));
    net.nodes[1].stalled = false;
    net.start(1);
    assert_eq!(net.server(1).vote(), None, "a power loss may take it back: nobody has relied on it");
    net.campaign(0);
    net.settle();
    assert!(net.server(0).is_leader());
    fine(&net);
}

/// Otherwise it could ask again in the same term, after a crash, with less in its log.
#[test]
fn a_candidate_asks_nobody_before_its_own_vote_is_on_the_disk() {
    let mut net = Net::new(1, plain(), 3, 3);
    net.stall_disk(0, true);
    net.campaign(0);
    net.settle();
    assert_eq!((net.server(0).term(), net.server(1).term()), (1, 0));
    net.stall_disk(0, false);
    net.settle();
    assert!(net.server(0).is_leader());
    fine(&net);
}

/// A sync that belongs to an earlier campaign does not start a later one.
#[test]
fn a_second_campaign_waits_for_its_own_sync() {
    let mut net = Net::new(1, plain(), 3, 3);
    net.stall_disk(0, true);
    net.campaign(0);
    net.campaign(0);
    net.sync_one(0);
    assert_eq!((net.server(0).term(), net.nodes[0].disk.term, net.server(1).term()), (2, 1, 0), "it has asked nobody");
    net.sync_one(0);
    assert_eq!(net.server(1).vote(), Some(m(0)));
    fine(&net);
}

/// A write whose entries were thrown away meanwhile makes nothing safe.
#[test]
fn what_was_thrown_away_does_not_count_as_synced() {
    let mut net = led(plain(), 3, 3);
    net.isolate(0);
    net.stall_disk(0, true);
    (0..5).for_each(|_| _ = net.propose(0));
    net.campaign(1);
    net.settle();
    net.heal();
    net.beat();
    net.beat();
    assert_eq!(net.server(0).log(), net.server(1).log());
    assert_eq!((net.server(0).log().last_index(), net.server(0).synced_index()), (2, 1));
    (0..5).for_each(|_| net.sync_one(0));
    assert_eq!(net.server(0).synced_index(), 1, "the old entries are on the disk, and they are not the log");
    net.stall_disk(0, false);
    net.settle();
    assert_eq!(net.server(0).synced_index(), 2);
    fine(&net);
}

#[test]
fn an_entry_is_not_acknowledged_before_it_is_on_the_disk() {
    let mut net = led(plain(), 3, 3);
    net.crash(2, Lost::Nothing);
    net.stall_disk(1, true);
    let word = net.propose(0);
    net.settle();
    assert_eq!(net.server(1).log().last_index(), 2, "the follower has it");
    assert_eq!(net.server(0).commit(), 1, "and nobody may count on that");
    net.stall_disk(1, false);
    net.settle();
    assert_eq!(net.words(0), [word]);
    fine(&net);
}

/// §10.2.1: the leader's disk is one of several. It sends while its own still writes, and a majority of others will do.
#[test]
fn a_leader_with_a_slow_disk_commits_through_the_others() {
    let mut net = led(plain(), 3, 3);
    net.stall_disk(0, true);
    let word = net.propose(0);
    net.settle();
    assert_eq!(net.words(0), [word], "two of three have it on their disks");
    assert_eq!((net.server(0).synced_index(), net.server(0).log().last_index()), (1, 2));
    net.crash(2, Lost::Nothing);
    net.propose(0);
    net.settle();
    assert_eq!(net.server(0).commit(), 2, "now its own disk is needed, and does not count yet");
    net.stall_disk(0, false);
    net.settle();
    assert_eq!(net.server(0).commit(), 3);
    fine(&net);
}

/// A full disk: it promises nothing and takes no part until everything is written.
#[test]
fn a_server_whose_disk_is_full_stands_aside_and_comes_back() {
    let config = guarded();
    let mut net = led(config, 3, 3);
    net.nodes[0].full = true;
    net.propose(0);
    net.run(4 * an_election_us(&config));
    assert!(net.server(0).is_stuck() && !net.server(0).is_leader());
    let leader = net.leader().expect("another leads");
    let word = net.propose(leader);
    net.run(100_000);
    assert!(net.words(leader).contains(&word));
    net.nodes[0].full = false;
    net.run(4 * an_election_us(&config));
    assert!(net.noted(0, |note| *note == Note::DiskRecovered));
    assert_eq!(net.words(0), net.words(leader));
    net.settle();
    net.crash(0, Lost::AllBut(0));
    net.start(0);
    assert_eq!(net.server(0).log().last_index(), net.server(leader).log().last_index(), "it is all on its disk");
    fine(&net);
}

/// While everything is written anew, the end of an earlier write says nothing.
#[test]
fn a_server_stands_aside_until_all_of_it_is_on_the_disk() {
    let mut net = led(plain(), 3, 3);
    net.stall_disk(0, true);
    net.propose(0);
    net.nodes[0].full = true;
    net.propose(0);
    net.settle();
    net.nodes[0].full = false;
    net.fire(0, Timer::Disk);
    net.sync_one(0);
    assert!(net.server(0).is_stuck(), "the first word is on the disk, the second is not");
    net.sync_one(0);
    assert!(!net.server(0).is_stuck());
    assert_eq!(net.nodes[0].disk.log, *net.server(0).log());
    fine(&net);
}

/// What was synced of the log that a snapshot replaces is not the new log.
#[test]
fn a_snapshot_that_is_installed_has_to_be_synced_itself() {
    let mut net = led(plain(), 3, 3);
    net.isolate(0);
    (0..9).for_each(|_| _ = net.propose(0));
    net.campaign(1);
    net.settle();
    net.propose(1);
    net.settle();
    net.compact(1);
    net.settle();
    net.heal();
    net.stall_disk(0, true);
    net.beat();
    net.beat();
    assert!(net.noted(0, |note| matches!(note, Note::SnapshotInstalled { .. })));
    assert_eq!((net.server(0).log().last_index(), net.server(0).synced_index()), (3, 0));
    net.stall_disk(0, false);
    net.settle();
    assert_eq!(net.server(0).synced_index(), 3);
    fine(&net);
}

/// A log is never newer than the term beside it, wherever a crash cuts the writes off.
#[test]
fn a_term_is_on_the_disk_before_its_entries() {
    for kept in 0..3 {
        let mut net = led(plain(), 3, 3);
        net.stall_disk(2, true);
        let entries = net.server(0).log().after(0, 1);
        let entries = entries.iter().map(|entry| Entry { term: 5, payload: entry.payload.clone() }).collect();
        let prev = Pos { term: 1, index: 1 };
        let body = Message::Append { term: 5, prev, entries, commit: 1 };
        net.step(2, Input::Message { from: m(1), body });
        net.crash(2, Lost::AllBut(kept));
        let disk = &net.nodes[2].disk;
        assert!(disk.log.last().term <= disk.term, "{kept} writes are kept");
    }
}

/// Heartbeats promise nothing, so a slow disk does not look like a dead server.
#[test]
fn a_server_with_a_slow_disk_still_answers_heartbeats() {
    let mut net = led(guarded(), 3, 3);
    net.stall_disk(1, true);
    net.propose(0);
    net.swallow = Some(|from, _, message| from == 2 || (from == 1 && matches!(message, Message::Appended { .. })));
    net.run(2_000_000);
    assert!(net.server(0).is_leader());
    fine(&net);
}
