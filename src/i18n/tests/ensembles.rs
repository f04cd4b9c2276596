//! What ensembles say is well formed, too, in the words of Raft and of Zab.

use super::*;
use crate::ha::cluster::{raft, zab};

fn dialects() -> [Names; 2] {
    [Dialect::Raft, Dialect::Zab].map(|dialect| {
        let mut names = names();
        names.dialect = dialect;
        names
    })
}

fn raft_notes() -> Vec<raft::Note> {
    use raft::{Busy, Members, Note, Pos, Refusal, Why};
    let at = Pos { term: 2, index: 128 };
    let members = Members::of([m(0), m(1), m(2)]);
    let whys = [
        Why::Started,
        Why::Timeout,
        Why::TimeoutNow,
        Why::Told,
        Why::PreVoteWon,
        Why::Elected,
        Why::NewerTerm,
        Why::HeardLeader,
        Why::Refused,
        Why::NoQuorum,
        Why::Removed,
        Why::DiskFailed,
    ];
    let refusals =
        [Refusal::OlderTerm, Refusal::AlreadyVoted, Refusal::HasLeader, Refusal::BehindMe, Refusal::HearsLeader];
    let busy = [
        Busy::Transferring,
        Busy::Full,
        Busy::ChangePending,
        Busy::NothingCommitted,
        Busy::NoSuchChange,
        Busy::NoSuchSuccessor,
        Busy::DiskFailed,
    ];
    let mut notes = vec![
        Note::BecameCandidate { term: 2, why: Why::Timeout },
        Note::BecamePreCandidate { term: 2, why: Why::Timeout },
        Note::BecameLeader { term: 2, last: at },
        Note::VoteGranted { candidate: m(1), term: 2, pre: true },
        Note::CommittedTo { index: 128 },
        Note::ConflictRepaired { after: at, dropped: 3 },
        Note::MembersAppended { index: 128, members },
        Note::MembersCommitted { index: 128, members },
        Note::MembersUndone { index: 128, members },
        Note::CatchingUp { server: m(1), round: 2, goal: 128 },
        Note::CatchUpFailed { server: m(1) },
        Note::SnapshotTaken { pos: at },
        Note::SnapshotSent { to: m(1), pos: at },
        Note::SnapshotInstalled { pos: at },
        Note::TransferBegan { to: m(1) },
        Note::TransferDone { to: m(1) },
        Note::TransferFailed { to: m(1) },
        Note::ReadRefused { term: 2, leader: None },
        Note::DiskFailed,
        Note::DiskRecovered,
    ];
    notes.extend(whys.map(|why| Note::SteppedDown { term: 2, why }));
    notes.extend(whys.map(|why| Note::BecameFollower { term: 2, leader: None, why }));
    notes.extend(refusals.map(|why| Note::VoteRefused { candidate: m(1), term: 2, pre: true, why }));
    notes.extend(busy.map(|why| Note::Refused { why }));
    notes
}

fn zab_notes() -> Vec<zab::Note> {
    use zab::{Dropped, Note, SyncMode, Why, Zxid};
    let at = Zxid::new(2, 128);
    let whys = [
        Why::Started,
        Why::LeaderClosed,
        Why::LeaderSilent,
        Why::LeaderRefused,
        Why::OldEpoch,
        Why::OutOfOrder,
        Why::NoQuorum,
        Why::QuorumLost,
        Why::Rollover,
        Why::DiskFailed,
    ];
    let mut notes = vec![
        Note::Voted { leader: m(1), zxid: at, peer_epoch: 2 },
        Note::Elected { leader: m(1), round: 3, joined: true },
        Note::Elected { leader: m(1), round: 3, joined: false },
        Note::EpochProposed { epoch: 2 },
        Note::EpochAccepted { epoch: 2 },
        Note::Truncated { to: at, dropped: 2 },
        Note::Established { epoch: 2, leading: true, upto: at },
        Note::Delivered { upto: at },
        Note::RequestDropped { follower: m(1) },
        Note::Halted,
    ];
    notes.extend(whys.map(|why| Note::Looking { round: 3, why }));
    notes.extend(whys.map(|why| Note::LostLeader { leader: m(1), why }));
    notes.extend(whys.map(|why| Note::SteppedDown { epoch: 2, why }));
    notes.extend([SyncMode::Diff, SyncMode::Trunc, SyncMode::Snap].map(|mode| Note::Synchronising {
        follower: m(1),
        mode,
        from: at,
    }));
    notes.extend(
        [Dropped::Closed, Dropped::Silent, Dropped::Slow, Dropped::Ahead]
            .map(|why| Note::FollowerDropped { follower: m(1), why }),
    );
    notes
}

#[test]
fn every_note_of_an_ensemble_is_a_sentence_in_both_languages() {
    let id = RequestId { site: 1, ordinal: 12, canary: false };
    let (first, pos) = (Pos { epoch: 1, index: 120 }, Pos { epoch: 2, index: 128 });
    let mut all = notes();
    all.extend([true, false].map(|twice| Note::Repeated { id, first, pos, twice }));
    all.push(Note::Outside);
    all.extend(
        [StepDown::NoQuorum, StepDown::DiskFailed, StepDown::Removed].map(|why| Note::SteppedDown { epoch: 2, why }),
    );
    all.extend(raft_notes().into_iter().map(Note::Raft));
    all.extend(zab_notes().into_iter().map(Note::Zab));
    for names in dialects() {
        for what in &all {
            for machine in [0, 1] {
                let told = Event::Note { machine: m(machine), lane: 0, note: *what };
                check_sentence(&format!("{told:?}"), |lang| event(lang, &told, &names));
            }
        }
    }
}

#[test]
fn a_raft_ensemble_has_a_leader_and_terms() {
    let [raft, zab] = dialects();
    let leader = Event::Note { machine: m(1), lane: 0, note: Note::Follows { master: m(0), epoch: 3 } };
    assert_eq!(event(Lang::En, &leader, &raft), "B follows the leader A in term 3.");
    assert_eq!(event(Lang::Zh, &leader, &raft), "B 在任期 3 跟随领导者 A。");
    assert_eq!(event(Lang::En, &leader, &zab), "B follows the leader A in epoch 3.");
    for note in notes().into_iter().chain(raft_notes().into_iter().map(Note::Raft)) {
        let words = [Note::Health { node: m(0), up: true }, Note::Recovered];
        if note.is_story() && !words.contains(&note) && raft_only(&note) {
            let text = event(Lang::En, &Event::Note { machine: m(1), lane: 0, note }, &raft);
            assert!(!text.contains("master") && !text.contains("epoch"), "{text}");
        }
    }
}

/// Whether a member of a Raft ensemble, or a client of one, can say it.
fn raft_only(note: &Note) -> bool {
    matches!(
        note,
        Note::Routed { .. }
            | Note::Suspected { .. }
            | Note::NoMaster { .. }
            | Note::Trusted { .. }
            | Note::Canvassing { .. }
            | Note::Voted { why: Refusal::None | Refusal::HearsMaster | Refusal::AlreadyVoted | Refusal::BehindMe, .. }
            | Note::Decided { .. }
            | Note::CanvassFailed { .. }
            | Note::BecameMaster { .. }
            | Note::Follows { .. }
            | Note::Rewound { .. }
            | Note::Copied { .. }
            | Note::SwitchoverBegan { .. }
            | Note::SwitchoverFailed { .. }
            | Note::Raft(_)
    )
}

#[test]
fn every_message_and_timer_of_an_ensemble_is_a_sentence_in_both_languages() {
    let kinds = [
        Kind::ReadIndex,
        Kind::ReadIndexReply,
        Kind::Notification,
        Kind::FollowerInfo,
        Kind::NotLeading,
        Kind::LeaderInfo,
        Kind::AckEpoch,
        Kind::Diff,
        Kind::Trunc,
        Kind::History,
        Kind::NewLeader,
        Kind::UpToDate,
        Kind::Propose,
        Kind::Ack,
        Kind::Commit,
        Kind::Forward,
        Kind::SyncRequest,
        Kind::SyncReply,
    ];
    let timers = [
        raft::Timer::Election,
        raft::Timer::Lease,
        raft::Timer::Heartbeat,
        raft::Timer::Quorum,
        raft::Timer::Transfer,
        raft::Timer::CatchUp,
        raft::Timer::Disk,
    ];
    let timers = timers.map(Timer::Raft).into_iter().chain(zab::Timer::ALL.map(Timer::Zab));
    let mut all: Vec<Event<Ha>> = timers.map(|timer| Event::Fired { machine: m(0), timer }).collect();
    for kind in KINDS.into_iter().chain(kinds) {
        for (canary, number, count) in [(false, 3, 0), (true, 3, 1), (false, 0, 5)] {
            let brief = Brief { kind, canary, epoch: 2, number, count, lane: 0 };
            all.push(Event::Arrived { id: 1, from: m(0), to: m(1), brief });
        }
    }
    for names in dialects().into_iter().chain([names()]) {
        for told in &all {
            check_sentence(&format!("{told:?}"), |lang| event(lang, told, &names));
        }
    }
}

#[test]
fn a_member_says_on_its_card_what_it_waits_for() {
    let (a, b) = (m(0), m(1));
    let all = [
        Membership::Leads { term: 3, with: 2, beat_us: 400_000 },
        Membership::Takes { term: 3 },
        Membership::Follows { leader: a, term: 3, left_us: 2_400_000 },
        Membership::Waits { term: 3, left_us: 2_400_000 },
        Membership::Stands { term: 4, pre: true, votes: 1, needed: 2 },
        Membership::Stands { term: 4, pre: false, votes: 1, needed: 2 },
        Membership::Looks { vote: b, round: 3, votes: 1, needed: 2 },
        Membership::Joins { leader: a },
        Membership::Outside,
        Membership::Halted { left_us: 4_200_000 },
    ];
    for names in dialects() {
        for what in all {
            for lang in Lang::ALL {
                for text in [doing(lang, Doing::Member(what), &names), doing_briefly(lang, Doing::Member(what), &names)]
                {
                    let flaw = flaw(lang, &text).filter(|flaw| flaw != "no Han in Chinese");
                    assert_eq!(flaw, None, "{what:?}: {text}");
                }
            }
        }
    }
    let [raft, _] = dialects();
    assert_eq!(doing(Lang::En, Doing::Member(all[2]), &raft), "term 3 · follows A · patience for 2.4 s");
}
