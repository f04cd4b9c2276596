//! What a member says about itself. The page's log and its state diagrams are made from these.

use serde::Serialize;

use super::election::Why;
use super::zxid::Zxid;
use crate::sim::{MachineId, Words};

/// How a leader brings a follower to its own history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum SyncMode {
    /// The follower has nothing that the leader has not: what it lacks is sent.
    Diff = 1,
    /// The follower has more: that is thrown away first.
    Trunc = 2,
    /// The follower is too far behind, or has parted from the leader's history in an older epoch.
    Snap = 3,
}

/// Why a leader gave up a follower.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Dropped {
    /// Its connection was closed: its process died, or it follows no more.
    Closed = 1,
    /// It was silent for `syncLimit` ticks (`initLimit` before it was synchronised).
    Silent = 2,
    /// It did not acknowledge a proposal for `syncLimit` ticks.
    Slow = 3,
    /// Its history is newer than the leader's, which must not lead it.
    Ahead = 4,
}

/// One statement of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Note {
    /// It looks for a leader.
    Looking {
        /// In this round of its election clock.
        round: u32,
        /// Why.
        why: Why,
    },
    /// It votes for somebody else than before, or for itself in a new round.
    Voted {
        /// For whom.
        leader: MachineId,
        /// The last transaction of the one voted for.
        zxid: Zxid,
        /// The epoch of that one's history.
        peer_epoch: u32,
    },
    /// Its election is over.
    Elected {
        /// Who is to lead; itself, if it leads.
        leader: MachineId,
        /// In this round.
        round: u32,
        /// It met an ensemble that has its leader already.
        joined: bool,
    },
    /// The leader proposes a new epoch to those who follow.
    EpochProposed {
        /// Greater than any that a quorum had promised.
        epoch: u32,
    },
    /// It has promised an epoch; the promise is on the disk.
    EpochAccepted {
        /// Which.
        epoch: u32,
    },
    /// The leader brings a follower to its history.
    Synchronising {
        /// Whom.
        follower: MachineId,
        /// How.
        mode: SyncMode,
        /// From the follower's last transaction.
        from: Zxid,
    },
    /// It threw away transactions that its leader does not have.
    Truncated {
        /// The last one that stayed.
        to: Zxid,
        /// How many went.
        dropped: u32,
    },
    /// It serves: as the leader whose history a quorum has, or as its follower.
    Established {
        /// The leader's epoch.
        epoch: u32,
        /// As the leader.
        leading: bool,
        /// The last transaction of the history that is now committed.
        upto: Zxid,
    },
    /// Transactions were delivered.
    Delivered {
        /// Up to here.
        upto: Zxid,
    },
    /// It leads no longer.
    SteppedDown {
        /// Its epoch; 0 if it had not got one.
        epoch: u32,
        /// Why.
        why: Why,
    },
    /// It follows no longer.
    LostLeader {
        /// Whom.
        leader: MachineId,
        /// Why.
        why: Why,
    },
    /// The leader gave up a follower.
    FollowerDropped {
        /// Whom.
        follower: MachineId,
        /// Why.
        why: Dropped,
    },
    /// The leader had too much under way to take a follower's request.
    RequestDropped {
        /// Whose.
        follower: MachineId,
    },
    /// It could not write to its disk, and gives up until it is started again.
    Halted,
}

impl Note {
    /// Whether the note tells the story, or only how it came about.
    pub fn is_story(&self) -> bool {
        !matches!(self, Self::Voted { .. } | Self::Delivered { .. } | Self::RequestDropped { .. })
    }
}

impl Words for Note {
    #[inline(never)]
    fn words(&self, sink: &mut impl FnMut(u64)) {
        let id = |machine: MachineId| u64::from(machine.number());
        let (tag, a, b): (u64, u64, u64) = match *self {
            Self::Looking { round, why } => (1, why as u64, round.into()),
            Self::Voted { leader, zxid, peer_epoch } => (2, id(leader) | u64::from(peer_epoch) << 8, zxid.word()),
            Self::Elected { leader, round, joined } => (3, id(leader) | u64::from(joined) << 8, round.into()),
            Self::EpochProposed { epoch } => (4, 0, epoch.into()),
            Self::EpochAccepted { epoch } => (5, 0, epoch.into()),
            Self::Synchronising { follower, mode, from } => (6, id(follower) | (mode as u64) << 8, from.word()),
            Self::Truncated { to, dropped } => (7, dropped.into(), to.word()),
            Self::Established { epoch, leading, upto } => (8, u64::from(epoch) | u64::from(leading) << 32, upto.word()),
            Self::Delivered { upto } => (9, 0, upto.word()),
            Self::SteppedDown { epoch, why } => (10, why as u64, epoch.into()),
            Self::LostLeader { leader, why } => (11, id(leader) | (why as u64) << 8, 0),
            Self::FollowerDropped { follower, why } => (12, id(follower) | (why as u64) << 8, 0),
            Self::RequestDropped { follower } => (13, id(follower), 0),
            Self::Halted => (14, 0, 0),
        };
        sink(tag << 56 ^ a);
        sink(b);
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_note_is_small() {
        assert!(size_of::<super::Note>() <= 32, "{} bytes", size_of::<super::Note>());
    }
}
