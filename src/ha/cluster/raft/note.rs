//! What a server says about itself: every transition, and why it happened.

use serde::Serialize;

use super::log::Pos;
use super::members::Members;
use crate::sim::{MachineId, Words};

/// Why a server changed its role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Why {
    /// It has just started.
    Started = 1,
    /// It has heard no leader for an election timeout (§3.4).
    Timeout = 2,
    /// The leader asked it to take over (§3.10).
    TimeoutNow = 3,
    /// It was told to.
    Told = 4,
    /// A majority would vote for it (§9.6).
    PreVoteWon = 5,
    /// A majority voted for it (§3.4).
    Elected = 6,
    /// It met a newer term (§3.3).
    NewerTerm = 7,
    /// It heard the leader of its term (§3.4).
    HeardLeader = 8,
    /// A majority refused (§3.4).
    Refused = 9,
    /// It heard no majority for an election timeout (§6.2).
    NoQuorum = 10,
    /// It is committed that it belongs to the ensemble no longer (§4.2.2).
    Removed = 11,
    /// Its disk refused a write: it can promise nothing.
    DiskFailed = 12,
}

/// Why a voter refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Refusal {
    /// It has seen a newer term (§3.3).
    OlderTerm = 1,
    /// It voted for another in this term (§3.4).
    AlreadyVoted = 2,
    /// It knows the leader of this term.
    HasLeader = 3,
    /// Its own log is more up to date (§3.6.1).
    BehindMe = 4,
    /// It hears a leader (§4.2.3).
    HearsLeader = 5,
}

/// Why a leader does not do what it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Busy {
    /// It hands the leadership over (§3.10).
    Transferring = 1,
    /// Too much is uncommitted.
    Full = 2,
    /// The last change of members is not committed yet (§4.1).
    ChangePending = 3,
    /// Nothing of its own term is committed yet: a change of a leader before it could still come back (§4.1, as
    /// corrected by Ongaro on raft-dev in 2015).
    NothingCommitted = 4,
    /// There is nothing to change, or it would leave too few members or too many.
    NoSuchChange = 5,
    /// It cannot hand over to that one: to itself, or to one that does not vote.
    NoSuchSuccessor = 6,
    /// Its disk refuses to write.
    DiskFailed = 7,
}

/// One statement of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Note {
    /// It follows.
    BecameFollower {
        /// In this term.
        term: u32,
        /// Whom, if it knows.
        leader: Option<MachineId>,
        /// Why.
        why: Why,
    },
    /// It asks what the others would say.
    BecamePreCandidate {
        /// Its term; it asks for the next one.
        term: u32,
        /// Why.
        why: Why,
    },
    /// It asks for votes.
    BecameCandidate {
        /// In this term.
        term: u32,
        /// Why.
        why: Why,
    },
    /// It leads.
    BecameLeader {
        /// In this term.
        term: u32,
        /// The end of the log that it inherited.
        last: Pos,
    },
    /// It leads no more.
    SteppedDown {
        /// The term in which it led.
        term: u32,
        /// Why.
        why: Why,
    },
    /// It gives its vote.
    VoteGranted {
        /// To this candidate.
        candidate: MachineId,
        /// In this term.
        term: u32,
        /// It only says that it would.
        pre: bool,
    },
    /// It refuses its vote.
    VoteRefused {
        /// To this candidate.
        candidate: MachineId,
        /// In this term.
        term: u32,
        /// It only says that it would.
        pre: bool,
        /// Why.
        why: Refusal,
    },
    /// Everything up to here is committed, as far as it knows.
    CommittedTo {
        /// The index.
        index: u32,
    },
    /// Entries that the leader does not have are thrown away (§3.5).
    ConflictRepaired {
        /// The last entry that stays.
        after: Pos,
        /// How many were thrown away.
        dropped: u32,
    },
    /// A new configuration is in its log, and in force here.
    MembersAppended {
        /// Where.
        index: u32,
        /// Which.
        members: Members,
    },
    /// It is committed.
    MembersCommitted {
        /// Where.
        index: u32,
        /// Which.
        members: Members,
    },
    /// A new configuration was thrown away; this one is in force again.
    MembersUndone {
        /// Where that was made.
        index: u32,
        /// Which.
        members: Members,
    },
    /// A new server begins a round of catching up (§4.2.1).
    CatchingUp {
        /// Which.
        server: MachineId,
        /// The how-manieth.
        round: u8,
        /// Up to here.
        goal: u32,
    },
    /// It was too slow, or cannot be reached: it will not become a voter.
    CatchUpFailed {
        /// Which.
        server: MachineId,
    },
    /// It keeps a snapshot in place of the entries up to here.
    SnapshotTaken {
        /// Where.
        pos: Pos,
    },
    /// It sends a snapshot.
    SnapshotSent {
        /// To whom.
        to: MachineId,
        /// Of everything up to here.
        pos: Pos,
    },
    /// Its log is replaced by a snapshot.
    SnapshotInstalled {
        /// Of everything up to here.
        pos: Pos,
    },
    /// It takes no more proposals and lets the successor catch up.
    TransferBegan {
        /// Who is to lead.
        to: MachineId,
    },
    /// The successor campaigns, and this leader has made way.
    TransferDone {
        /// Who is to lead.
        to: MachineId,
    },
    /// It was given up; the leader goes on.
    TransferFailed {
        /// Who was to lead.
        to: MachineId,
    },
    /// A read is refused.
    ReadRefused {
        /// In this term.
        term: u32,
        /// Whom it holds for leader.
        leader: Option<MachineId>,
    },
    /// A proposal, a change or a transfer is refused by the leader.
    Refused {
        /// Why.
        why: Busy,
    },
    /// A write failed: it takes no part until everything is written.
    DiskFailed,
    /// Everything is on the disk again.
    DiskRecovered,
}

impl Note {
    /// Whether the note tells the story, or only how it came about.
    pub fn is_story(&self) -> bool {
        !matches!(
            self,
            Self::CommittedTo { .. }
                | Self::ReadRefused { .. }
                | Self::Refused { .. }
                | Self::SnapshotTaken { .. }
                | Self::BecameFollower { why: Why::Started, .. }
        )
    }
}

impl Words for Note {
    #[inline(never)]
    fn words(&self, sink: &mut impl FnMut(u64)) {
        let id = |machine: MachineId| u64::from(machine.number());
        let some = |machine: Option<MachineId>| machine.map_or(0xff, id);
        let at = |pos: Pos| u64::from(pos.term) << 32 | u64::from(pos.index);
        let set = |members: Members| {
            let (voters, learners) = members.bits();
            u64::from(voters) << 32 | u64::from(learners)
        };
        let (tag, a, b): (u64, u64, u64) = match *self {
            Self::BecameFollower { term, leader, why } => (1, some(leader) | (why as u64) << 8, term.into()),
            Self::BecamePreCandidate { term, why } => (2, why as u64, term.into()),
            Self::BecameCandidate { term, why } => (3, why as u64, term.into()),
            Self::BecameLeader { term, last } => (4, term.into(), at(last)),
            Self::SteppedDown { term, why } => (5, why as u64, term.into()),
            Self::VoteGranted { candidate, term, pre } => (6, id(candidate) | u64::from(pre) << 8, term.into()),
            Self::VoteRefused { candidate, term, pre, why } => {
                (7, id(candidate) | u64::from(pre) << 8 | (why as u64) << 16, term.into())
            }
            Self::CommittedTo { index } => (8, 0, index.into()),
            Self::ConflictRepaired { after, dropped } => (9, dropped.into(), at(after)),
            Self::MembersAppended { index, members } => (10, index.into(), set(members)),
            Self::MembersCommitted { index, members } => (11, index.into(), set(members)),
            Self::MembersUndone { index, members } => (12, index.into(), set(members)),
            Self::CatchingUp { server, round, goal } => (13, id(server) | u64::from(round) << 8, goal.into()),
            Self::CatchUpFailed { server } => (14, id(server), 0),
            Self::SnapshotTaken { pos } => (15, 0, at(pos)),
            Self::SnapshotSent { to, pos } => (16, id(to), at(pos)),
            Self::SnapshotInstalled { pos } => (17, 0, at(pos)),
            Self::TransferBegan { to } => (18, id(to), 0),
            Self::TransferDone { to } => (19, id(to), 0),
            Self::TransferFailed { to } => (20, id(to), 0),
            Self::ReadRefused { term, leader } => (21, some(leader), term.into()),
            Self::Refused { why } => (22, why as u64, 0),
            Self::DiskFailed => (23, 0, 0),
            Self::DiskRecovered => (24, 0, 0),
        };
        sink(tag << 56 ^ a);
        sink(b);
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_note_fits_in_32_bytes() {
        assert!(size_of::<super::Note>() <= 32, "{}", size_of::<super::Note>());
    }
}
