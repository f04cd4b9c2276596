//! What is said of the registry. The leader of the ensemble says what has changed when it applies it, so that it is
//! said once; a new leader may say once more what the old one had just applied. Workers and balancers say how their
//! own sessions fare.

use serde::Serialize;

use super::Revision;
use crate::ha::cluster::tree::{self, Change, Event};
use crate::ha::message::InSync;
use crate::sim::{MachineId, Micros, Words};

/// One statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Note {
    /// A worker has registered.
    Registered {
        /// Its index.
        worker: u8,
        /// Its lease or session.
        lease: Revision,
        /// ZooKeeper: the number of its sequence node.
        sequence: Option<u32>,
    },
    /// The leader has not heard of a claim for too long, and has it revoked.
    Expired {
        /// Whose.
        worker: u8,
        /// Which.
        lease: Revision,
        /// Nothing was heard of it for so long.
        silent_us: Micros,
    },
    /// A claim is gone.
    Revoked {
        /// Whose.
        worker: u8,
        /// Which.
        lease: Revision,
    },
    /// A shard has a new owner, because it had none.
    Assigned {
        /// Which shard.
        shard: u8,
        /// The owner.
        worker: u8,
        /// Its fencing token.
        token: Revision,
    },
    /// A shard has lost its owner, and nobody lives that has all of its data.
    Vacant {
        /// Which shard.
        shard: u8,
        /// The last owner's token.
        token: Revision,
    },
    /// A worker has registered whose disk was lost: it counts no more among those who have all data of a shard.
    Emptied {
        /// Which.
        worker: u8,
    },
    /// The last disk is lost that surely had all data of a shard: acknowledged writes may be lost, and nobody gets it.
    Lost {
        /// Which shard.
        shard: u8,
    },
    /// The operator has accepted that data of a shard are lost: a worker is to own it with what it has.
    LossAccepted {
        /// Which shard.
        shard: u8,
        /// The owner.
        worker: u8,
    },
    /// An owner has handed its shard over.
    HandedOver {
        /// Which shard.
        shard: u8,
        /// From whom.
        from: u8,
        /// To whom.
        to: u8,
        /// The new owner's fencing token.
        token: Revision,
    },
    /// The in-sync set of a shard is another one.
    Recorded {
        /// Which shard.
        shard: u8,
        /// The set.
        set: InSync,
    },
    /// Other workers than before are to hold the data of a shard.
    Placed {
        /// Which shard.
        shard: u8,
        /// Bit *i*: worker *i*.
        holders: u8,
    },
    /// The owner of a shard is to hand it over.
    Moving {
        /// Which shard.
        shard: u8,
        /// To whom.
        to: u8,
    },
    /// A worker is to be emptied.
    Draining {
        /// Which.
        worker: u8,
    },
    /// It owns and holds nothing any more.
    Drained {
        /// Which.
        worker: u8,
    },
    /// It may have shards again.
    Ready {
        /// Which.
        worker: u8,
    },
    /// A balancer's watch has fired: something has changed.
    WatchFired {
        /// The newest revision that it is told.
        revision: Revision,
    },
    /// A worker or balancer has left its member for another one.
    SessionMoved {
        /// The member that it talks to now.
        member: MachineId,
    },
    /// A member refuses a client that has seen a newer registry than its own.
    TooNew {
        /// The client.
        client: MachineId,
        /// The newest revision that it has seen.
        seen: Revision,
        /// The member's own.
        mine: Revision,
    },
    /// A worker has lost its claim.
    ClaimLost {
        /// Which.
        lease: Revision,
        /// The manager has said so; otherwise its own clock did.
        told: bool,
    },
    /// A node of the tree is another one.
    Znode {
        /// Which.
        path: tree::Path,
        /// In which way.
        change: Change,
    },
    /// A worker that would coordinate waits for another.
    Waits {
        /// The node that it watches: the one before its own, or the parent of all.
        on: tree::Path,
    },
    /// A worker's watch on a node has fired.
    NodeFired {
        /// Which node.
        path: tree::Path,
        /// What has happened.
        event: Event,
    },
    /// A worker coordinates the others, or does not any more.
    Coordinates {
        /// Its node.
        node: tree::Path,
        /// It does.
        on: bool,
    },
}

impl Words for Note {
    #[inline(never)]
    fn words(&self, sink: &mut impl FnMut(u64)) {
        let of = |which: u8, revision: Revision| u64::from(which) | u64::from(revision) << 8;
        let id = |machine: MachineId| u64::from(machine.number());
        let (tag, a, b): (u64, u64, u64) = match *self {
            Self::Registered { worker, lease, sequence } => {
                (1, of(worker, lease), sequence.map_or(0, |sequence| u64::from(sequence) + 1))
            }
            Self::Expired { worker, lease, silent_us } => (2, of(worker, lease), silent_us),
            Self::Revoked { worker, lease } => (3, of(worker, lease), 0),
            Self::Assigned { shard, worker, token } => (4, of(shard, token), worker.into()),
            Self::Vacant { shard, token } => (5, of(shard, token), 0),
            Self::HandedOver { shard, from, to, token } => (6, of(shard, token), u64::from(from) | u64::from(to) << 8),
            Self::Recorded { shard, set } => {
                (7, of(shard, set.epoch), u64::from(set.version) << 32 | u64::from(set.members))
            }
            Self::Placed { shard, holders } => (8, shard.into(), holders.into()),
            Self::Moving { shard, to } => (9, shard.into(), to.into()),
            Self::Draining { worker } => (10, worker.into(), 0),
            Self::Drained { worker } => (11, worker.into(), 0),
            Self::Ready { worker } => (12, worker.into(), 0),
            Self::WatchFired { revision } => (13, revision.into(), 0),
            Self::SessionMoved { member } => (14, id(member), 0),
            Self::TooNew { client, seen, mine } => (15, id(client), u64::from(seen) << 32 | u64::from(mine)),
            Self::ClaimLost { lease, told } => (16, lease.into(), told.into()),
            Self::Emptied { worker } => (17, worker.into(), 0),
            Self::Lost { shard } => (18, shard.into(), 0),
            Self::LossAccepted { shard, worker } => (19, shard.into(), worker.into()),
            Self::Znode { path, change } => (20, path.code(), change.code()),
            Self::Waits { on } => (21, on.code(), 0),
            Self::NodeFired { path, event } => (22, path.code(), event as u64),
            Self::Coordinates { node, on } => (23, node.code(), on.into()),
        };
        sink(tag << 56 ^ a);
        sink(b);
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_note_is_small() {
        assert!(size_of::<super::Note>() <= 24, "{} bytes", size_of::<super::Note>());
    }
}
