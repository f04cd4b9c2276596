//! What members tell each other, in the order in which it is said. Names are those of ZooKeeper's packets.

use std::rc::Rc;

use super::Service;
use super::election::Notification;
use super::log::{Record, Snapshot};
use super::zxid::Zxid;
use crate::sim::{MessageBrief, Words};

/// A message.
///
/// Two of them are coarser than ZooKeeper's packets: an acknowledgement and a commit speak for everything before them
/// as well, which in-order connections and logs allow.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Message<A: Service> {
    /// Election: my vote, or whom I follow.
    Notification(Notification),

    /// Follower: I follow you, and have promised this epoch.
    FollowerInfo {
        /// The newest epoch it promised.
        accepted_epoch: u32,
    },
    /// Not leading: there is nobody here to be followed (in ZooKeeper the port is closed).
    Refused,
    /// Leader: this is to be our epoch.
    LeaderInfo {
        /// One more than any that was promised by a quorum.
        epoch: u32,
    },
    /// Follower: I promise it, and this is my history.
    AckEpoch {
        /// The epoch of its history; none if it had promised the new epoch already, which does not count as an
        /// acknowledgement.
        current_epoch: Option<u32>,
        /// Its last transaction.
        last: Zxid,
    },

    /// Leader: you are where I am, or behind; transactions up to `upto` follow.
    Diff {
        /// The last of them.
        upto: Zxid,
    },
    /// Leader: throw away what is behind `upto`, which I do not have.
    Trunc {
        /// The last transaction to keep.
        upto: Zxid,
    },
    /// Leader: take this state instead of your history; transactions up to `upto` follow.
    Snap {
        /// The state.
        snapshot: Snapshot<A>,
        /// The last transaction of the synchronisation.
        upto: Zxid,
    },
    /// Leader: transactions of the synchronisation.
    History(Rc<[Record<A>]>),
    /// Leader: that was my history; make it yours.
    NewLeader {
        /// The leader's epoch.
        epoch: u32,
    },
    /// Leader: a quorum has my history, you serve.
    UpToDate,

    /// Leader: a new transaction.
    Propose(Record<A>),
    /// Follower: my log is on the disk up to here; `epoch.0` acknowledges the history of the leader of that epoch.
    Ack(Zxid),
    /// Leader: everything up to here is committed.
    Commit(Zxid),
    /// Leader: are you there?
    Ping,
    /// Follower: I am, and these were touched since.
    Pong(Rc<A::Touched>),
    /// Follower: broadcast this for me.
    Request(A::Txn),
    /// Follower: tell me when all that you have proposed is committed.
    SyncRequest(u64),
    /// Leader: it is.
    SyncReply(u64),
}

/// Which message it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
#[expect(missing_docs, reason = "these are the messages")]
pub enum Kind {
    Notification = 1,
    FollowerInfo = 2,
    Refused = 3,
    LeaderInfo = 4,
    AckEpoch = 5,
    Diff = 6,
    Trunc = 7,
    Snap = 8,
    History = 9,
    NewLeader = 10,
    UpToDate = 11,
    Propose = 12,
    Ack = 13,
    Commit = 14,
    Ping = 15,
    Pong = 16,
    Request = 17,
    SyncRequest = 18,
    SyncReply = 19,
}

/// A message in a few bytes: kind and the numbers that matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Brief {
    /// Which message.
    pub kind: Kind,
    /// Notification: the state of its sender. History: how many transactions.
    pub detail: u8,
    /// The epoch in question; of a notification, that of the vote.
    pub epoch: u32,
    /// The place in the history in question.
    pub zxid: Zxid,
    /// Notification: whom it votes for, and above that the round.
    pub vote: u64,
}

impl Words for Brief {
    fn words(&self, sink: &mut impl FnMut(u64)) {
        sink(self.kind as u64 | u64::from(self.detail) << 8 | u64::from(self.epoch) << 32);
        sink(self.zxid.word());
        sink(self.vote);
    }
}

impl<A: Service> MessageBrief<Brief> for Message<A> {
    fn brief(&self) -> Brief {
        let zero = Brief { kind: Kind::Ping, detail: 0, epoch: 0, zxid: Zxid::ZERO, vote: 0 };
        let of = |kind| Brief { kind, ..zero };
        let at = |kind, zxid: Zxid| Brief { kind, zxid, epoch: zxid.epoch(), ..zero };
        match self {
            Self::Notification(n) => Brief {
                kind: Kind::Notification,
                detail: n.state as u8,
                epoch: n.vote.peer_epoch,
                zxid: n.vote.zxid,
                vote: u64::from(n.vote.leader.number()) | u64::from(n.vote.round) << 8,
            },
            Self::FollowerInfo { accepted_epoch } => Brief { epoch: *accepted_epoch, ..of(Kind::FollowerInfo) },
            Self::Refused => of(Kind::Refused),
            Self::LeaderInfo { epoch } => Brief { epoch: *epoch, ..of(Kind::LeaderInfo) },
            Self::AckEpoch { current_epoch, last } => {
                Brief { epoch: current_epoch.unwrap_or(0), zxid: *last, ..of(Kind::AckEpoch) }
            }
            Self::Diff { upto } => at(Kind::Diff, *upto),
            Self::Trunc { upto } => at(Kind::Trunc, *upto),
            Self::Snap { snapshot, .. } => at(Kind::Snap, snapshot.zxid),
            Self::History(records) => Brief {
                detail: u8::try_from(records.len()).unwrap_or(u8::MAX),
                ..at(Kind::History, records.last().map_or(Zxid::ZERO, |record| record.zxid))
            },
            Self::NewLeader { epoch } => at(Kind::NewLeader, Zxid::new(*epoch, 0)),
            Self::UpToDate => of(Kind::UpToDate),
            Self::Propose(record) => at(Kind::Propose, record.zxid),
            Self::Ack(zxid) => at(Kind::Ack, *zxid),
            Self::Commit(zxid) => at(Kind::Commit, *zxid),
            Self::Ping => of(Kind::Ping),
            Self::Pong(_) => of(Kind::Pong),
            Self::Request(_) => of(Kind::Request),
            Self::SyncRequest(_) => of(Kind::SyncRequest),
            Self::SyncReply(_) => of(Kind::SyncReply),
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_brief_is_brief() {
        assert!(size_of::<super::Brief>() <= 24, "{} bytes", size_of::<super::Brief>());
    }
}
