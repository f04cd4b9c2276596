//! What servers tell each other, and what they wait for.

use std::rc::Rc;

use serde::Serialize;

use super::log::{Command, Entry, Pos, Snapshot};
use crate::sim::Words;

/// A message. Each has the term of its sender, or, in a pre-vote, the term that is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Message<C: Command> {
    /// `RequestVote` (§3.4): a candidate asks for a vote.
    RequestVote {
        /// The term asked for.
        term: u32,
        /// The end of its log.
        last: Pos,
        /// Only asks what the voter would say (§9.6).
        pre: bool,
        /// The leader has asked it to: the voter need not refuse because it hears one (§4.2.3).
        transfer: bool,
    },
    /// A voter's answer.
    Vote {
        /// The term asked for, if it agrees to a pre-vote; else its own.
        term: u32,
        /// Whether it answers a pre-vote.
        pre: bool,
        /// Whether it agrees.
        granted: bool,
    },
    /// `AppendEntries` (§3.5).
    Append {
        /// The leader's term.
        term: u32,
        /// The place before the first entry.
        prev: Pos,
        /// The entries; none to find out where the logs part, or to tell what is committed.
        entries: Rc<[Entry<C>]>,
        /// Everything up to here is committed.
        commit: u32,
    },
    /// The follower has the leader's log up to here, on its disk.
    Appended {
        /// The term.
        term: u32,
        /// Index of the last entry that is surely the same.
        matched: u32,
    },
    /// The follower does not have the place before the first entry, or has seen a newer term.
    AppendRefused {
        /// Its term.
        term: u32,
        /// Index of the place that it was asked for.
        prev: u32,
        /// Where the logs may still agree: nothing behind this place can be the same (§3.5).
        hint: Pos,
    },
    /// The leader lives. The dissertation sends an empty append; this one cannot be refused for the log.
    Heartbeat {
        /// Its term.
        term: u32,
        /// Everything up to here is committed, and the follower has it.
        commit: u32,
        /// Counts the leader's rounds of heartbeats: an answer proves that it still led in that round (§6.4).
        round: u32,
    },
    /// The follower has heard it.
    HeartbeatReply {
        /// The term.
        term: u32,
        /// The round that it answers.
        round: u32,
    },
    /// `InstallSnapshot` (§5.2): the follower lacks what the leader's log does not have any more.
    InstallSnapshot {
        /// The leader's term.
        term: u32,
        /// The snapshot, in one piece.
        snapshot: Rc<Snapshot<C>>,
    },
    /// `TimeoutNow` (§3.10): the follower shall campaign at once.
    TimeoutNow {
        /// The leader's term.
        term: u32,
    },
    /// A follower asks up to where it has to have applied the log before it may answer a read (§6.4).
    ReadIndex {
        /// Its term.
        term: u32,
        /// Names the read.
        ctx: u64,
    },
    /// Up to here; or the leader cannot say.
    ReadIndexReply {
        /// The leader's term.
        term: u32,
        /// The read.
        ctx: u64,
        /// The index.
        index: Option<u32>,
    },
}

/// What a server waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Timer {
    /// A leader, or the outcome of its own campaign.
    Election = 1,
    /// The leader that it has heard does not count as heard any more (§4.2.3).
    Lease = 2,
    /// The next heartbeat is due.
    Heartbeat = 3,
    /// Has the leader heard a majority since the last time (§6.2)?
    Quorum = 4,
    /// A transfer has taken too long (§3.10).
    Transfer = 5,
    /// A new server has taken an election timeout for one round of catching up (§4.2.1).
    CatchUp = 6,
    /// The disk gets another try.
    Disk = 7,
}

impl Words for Timer {
    fn words(&self, sink: &mut impl FnMut(u64)) {
        sink(*self as u64);
    }
}

/// The kinds of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
#[expect(missing_docs, reason = "each is the message of that name")]
pub enum Kind {
    RequestPreVote = 1,
    RequestVote = 2,
    PreVoteGranted = 3,
    PreVoteRefused = 4,
    VoteGranted = 5,
    VoteRefused = 6,
    Append = 7,
    Appended = 8,
    AppendRefused = 9,
    Heartbeat = 10,
    HeartbeatReply = 11,
    InstallSnapshot = 12,
    TimeoutNow = 13,
    ReadIndex = 14,
    ReadIndexReply = 15,
}

/// A message in short: no payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Brief {
    /// The term.
    pub term: u32,
    /// The place that it speaks of; what it has no number for is 0.
    pub at: Pos,
    /// How many entries it carries.
    pub entries: u16,
    /// A second number: what is committed, or the round.
    pub more: u32,
    /// What it is.
    pub kind: Kind,
}

impl Words for Brief {
    fn words(&self, sink: &mut impl FnMut(u64)) {
        sink(self.kind as u64 | u64::from(self.entries) << 8 | u64::from(self.term) << 32);
        sink(u64::from(self.at.term) << 32 | u64::from(self.at.index));
        sink(self.more.into());
    }
}

impl<C: Command> Message<C> {
    /// The term in it.
    pub fn term(&self) -> u32 {
        match *self {
            Self::RequestVote { term, .. }
            | Self::Vote { term, .. }
            | Self::Append { term, .. }
            | Self::Appended { term, .. }
            | Self::AppendRefused { term, .. }
            | Self::Heartbeat { term, .. }
            | Self::HeartbeatReply { term, .. }
            | Self::InstallSnapshot { term, .. }
            | Self::TimeoutNow { term }
            | Self::ReadIndex { term, .. }
            | Self::ReadIndexReply { term, .. } => term,
        }
    }

    /// The message in short.
    pub fn brief(&self) -> Brief {
        let index = |index: u32| Pos { term: 0, index };
        let (kind, at, more) = match *self {
            Self::RequestVote { last, pre, transfer, .. } => {
                (if pre { Kind::RequestPreVote } else { Kind::RequestVote }, last, transfer.into())
            }
            Self::Vote { pre: true, granted: true, .. } => (Kind::PreVoteGranted, index(0), 0),
            Self::Vote { pre: true, granted: false, .. } => (Kind::PreVoteRefused, index(0), 0),
            Self::Vote { pre: false, granted: true, .. } => (Kind::VoteGranted, index(0), 0),
            Self::Vote { pre: false, granted: false, .. } => (Kind::VoteRefused, index(0), 0),
            Self::Append { prev, commit, .. } => (Kind::Append, prev, commit),
            Self::Appended { matched, .. } => (Kind::Appended, index(matched), 0),
            Self::AppendRefused { prev, hint, .. } => (Kind::AppendRefused, hint, prev),
            Self::Heartbeat { commit, round, .. } => (Kind::Heartbeat, index(commit), round),
            Self::HeartbeatReply { round, .. } => (Kind::HeartbeatReply, index(0), round),
            Self::InstallSnapshot { ref snapshot, .. } => (Kind::InstallSnapshot, snapshot.pos, 0),
            Self::TimeoutNow { .. } => (Kind::TimeoutNow, index(0), 0),
            Self::ReadIndex { ctx, .. } => (Kind::ReadIndex, index(0), ctx as u32),
            Self::ReadIndexReply { ctx, index: at, .. } => (Kind::ReadIndexReply, index(at.unwrap_or(0)), ctx as u32),
        };
        let entries = if let Self::Append { entries, .. } = self { entries.len() as u16 } else { 0 };
        Brief { term: self.term(), at, entries, more, kind }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_brief_fits_in_24_bytes() {
        assert!(size_of::<super::Brief>() <= 24, "{}", size_of::<super::Brief>());
    }
}
