//! What the processes say about themselves. Ledger, stage and log are made from these and from nothing else.
//!
//! The milestones of a failover, in order: [`Note::Suspected`] → [`Note::Decided`] → [`Note::Fenced`] →
//! [`Note::BecameMaster`] → [`Note::Routed`]. A planned switchover begins with [`Note::SwitchoverBegan`].

use serde::Serialize;

use super::cluster::{raft, registry, zab};
use super::message::{InSync, OpKind, Pos, Refusal, RequestId};
use crate::sim::{MachineId, Micros, Words};

/// How a request ended for its client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Outcome {
    /// Answered well.
    Done = 1,
    /// Refused or failed, surely without effect.
    Failed = 2,
    /// Not answered in time: a write may or may not have been done.
    Unknown = 3,
}

/// Why a master gave up its role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum StepDown {
    /// It met a newer epoch.
    NewerEpoch = 1,
    /// Its lease ran out unrenewed.
    LeaseLost = 2,
    /// It handed the role over.
    Handover = 3,
    /// It met a master of higher rank. Without epochs rank decides, as in VRRP.
    Outranked = 4,
    /// The operator restores a backup on it.
    Restore = 5,
    /// It does not hear a majority any more.
    NoQuorum = 6,
    /// Its disk takes no writes: it can promise nothing.
    DiskFailed = 7,
    /// It belongs to the ensemble no more.
    Removed = 8,
}

/// What makes sure that the old master cannot write any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum FencedBy {
    /// Nothing: no fencing is configured.
    Nothing = 1,
    /// The power was cut, and that was confirmed.
    PowerCut = 2,
    /// Its lease has surely run out.
    Lease = 3,
    /// Only that others refuse its epoch.
    Epoch = 4,
    /// The operator said so.
    Operator = 5,
    /// It handed over by itself.
    Handover = 6,
}

/// What a stale sender wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Stale {
    /// To replicate.
    Append = 1,
    /// To answer a client through a proxy.
    Response = 2,
    /// To be routed to.
    Route = 3,
    /// To be heard as a living master.
    Heartbeat = 4,
    /// To write to the shared storage, or to read from it as a master would.
    Storage = 5,
}

/// One statement of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Note {
    /// A client has a new request.
    Issued {
        /// Which.
        id: RequestId,
        /// What for.
        kind: OpKind,
        /// Of which key.
        key: u8,
    },
    /// A client is through with a request.
    Finished {
        /// Which.
        id: RequestId,
        /// What for.
        kind: OpKind,
        /// Of which key.
        key: u8,
        /// How it ended.
        outcome: Outcome,
        /// The version written or read, if it was done.
        version: Pos,
    },
    /// A client or proxy now sends (writes) to this node.
    Routed {
        /// Where to.
        to: MachineId,
        /// In which epoch, as far as it knows.
        epoch: u32,
    },
    /// A proxy, client, standby or storage refuses something that comes from a superseded master.
    StaleRefused {
        /// Whose.
        from: MachineId,
        /// Its epoch.
        epoch: u32,
        /// The newest epoch known.
        newest: u32,
        /// What.
        what: Stale,
    },
    /// A proxy takes a node out, or in again.
    Health {
        /// Which node.
        node: MachineId,
        /// In (true) or out.
        up: bool,
    },

    /// The master has been silent for too long.
    Suspected {
        /// The silent master.
        master: MachineId,
        /// For how long, on the local clock.
        silent_us: Micros,
    },
    /// It came up and has not heard a master for too long.
    NoMaster {
        /// For how long, on the local clock.
        silent_us: Micros,
    },
    /// The master was heard again: a false alarm, or it came back.
    Trusted {
        /// Which.
        master: MachineId,
    },

    /// It asks the voters whether it may become master.
    Canvassing {
        /// In this epoch.
        epoch: u32,
        /// With a log that ends here.
        last: Pos,
    },
    /// It answers a candidate.
    Voted {
        /// Whom.
        candidate: MachineId,
        /// For which epoch.
        epoch: u32,
        /// [`Refusal::None`]: yes.
        why: Refusal,
    },
    /// It is decided that this node is to be master.
    Decided {
        /// In this epoch.
        epoch: u32,
        /// Who agreed, itself included.
        votes: u8,
        /// How many had to.
        needed: u8,
        /// Standbys whose log was read, its own included.
        logs_read: u8,
    },
    /// A canvass came to nothing.
    CanvassFailed {
        /// The epoch asked for.
        epoch: u32,
        /// Who agreed.
        votes: u8,
        /// How many had to.
        needed: u8,
    },
    /// The operator has been called.
    OperatorCalled {
        /// By whom it is known: the calling node.
        by: MachineId,
        /// To confirm that the old master is off, not to choose the new one.
        fencing: bool,
    },
    /// The operator gives the order.
    OperatorActs {
        /// To this node: become master.
        node: MachineId,
        /// Because the master of this epoch is lost.
        epoch: u32,
    },

    /// The order to cut a node's power is out.
    FenceOrdered {
        /// Whose.
        target: MachineId,
        /// The how-manieth try.
        order: u32,
    },
    /// An order was not confirmed.
    FenceFailed {
        /// Whose power.
        target: MachineId,
        /// The how-manieth try.
        order: u32,
    },
    /// The old master cannot write any more, as far as this node can make sure.
    Fenced {
        /// In preparation of this epoch.
        epoch: u32,
        /// How.
        by: FencedBy,
    },

    /// It starts the service and replays its log.
    Promoting {
        /// For this epoch.
        epoch: u32,
        /// From a log that ends here.
        last: Pos,
        /// How long this takes.
        takes_us: Micros,
    },
    /// It is master now and takes writes.
    BecameMaster {
        /// In this epoch.
        epoch: u32,
        /// The end of the log that it inherited.
        base: Pos,
        /// Standbys whose log was read before the decision, its own included.
        logs_read: u8,
    },
    /// It stops taking writes.
    SteppedDown {
        /// Its epoch.
        epoch: u32,
        /// Why.
        why: StepDown,
    },
    /// It follows a master.
    Follows {
        /// Whom.
        master: MachineId,
        /// In which epoch.
        epoch: u32,
    },

    /// The master answers a client: the write is acknowledged, once this arrives.
    Acknowledged {
        /// Which write.
        id: RequestId,
        /// Where it stands.
        pos: Pos,
        /// Standbys that have it, as far as the master knows.
        standbys: u8,
    },
    /// A new in-sync set holds.
    InSyncSet {
        /// Which.
        set: InSync,
    },
    /// Too few standbys: the master goes on without them (true), or has enough again.
    Degraded {
        /// Whether it goes on without.
        on: bool,
        /// How many it needs.
        needed: u8,
    },
    /// Entries that the new master does not have are thrown away.
    Rewound {
        /// The log's new end.
        to: Pos,
        /// How many were thrown away.
        dropped: u32,
    },
    /// All the data was copied from the master.
    Copied {
        /// Up to here.
        pos: Pos,
    },
    /// The log has caught up with the master's.
    CaughtUp {
        /// Up to here.
        pos: Pos,
    },
    /// A write could not be put on the disk.
    DiskFailed,

    /// The shared storage takes writes of this epoch and newer ones only: it is reserved.
    Reserved {
        /// For this node.
        node: MachineId,
        /// In this epoch.
        epoch: u32,
    },
    /// A node that is to be master has read the shared storage.
    Mounted {
        /// Up to here.
        pos: Pos,
    },
    /// A write to the shared storage replaced what another node had written there.
    Overwritten {
        /// Who wrote.
        by: MachineId,
        /// In which epoch.
        epoch: u32,
        /// Entries of others that stood there and behind.
        dropped: u32,
    },
    /// What a node writes to the shared storage stands behind what is not its own any more: whoever reads the log
    /// stops before it.
    Unreadable {
        /// Who writes.
        from: MachineId,
        /// The log ends here for a reader.
        end: Pos,
    },

    /// A poison write was applied: this node cannot serve any more.
    Poisoned {
        /// Where it stands.
        pos: Pos,
    },
    /// A backup was taken.
    BackedUp {
        /// Of everything up to here.
        pos: Pos,
    },
    /// The restoring of a backup has begun.
    Restoring {
        /// Of everything up to here.
        pos: Pos,
        /// How long this takes.
        takes_us: Micros,
    },

    /// A planned switchover has begun: the master takes no more writes.
    SwitchoverBegan {
        /// To this node.
        to: MachineId,
    },
    /// It was given up; the master goes on.
    SwitchoverFailed {
        /// To this node.
        to: MachineId,
    },
    /// Requests fail or hang from now on, though the node answers heartbeats.
    TurnedGray {
        /// They hang.
        hang: bool,
    },
    /// The node serves well again.
    Recovered,

    /// A request stands in the log a second time, because its client had no answer and asked again.
    Repeated {
        /// Which.
        id: RequestId,
        /// Where it was applied first.
        first: Pos,
        /// Where it stands again.
        pos: Pos,
        /// It was applied again: without idempotence keys nobody notices.
        twice: bool,
    },
    /// The member's disk was wiped: it has forgotten what it promised, and takes no part in the ensemble.
    Outside,
    /// What only Raft knows.
    Raft(raft::Note),
    /// What only Zab knows.
    Zab(zab::Note),
    /// What concerns the registry of a cluster.
    Registry(registry::Note),
    /// The balancer ejects a worker: too many of its requests failed in a row.
    Ejected {
        /// Which.
        node: MachineId,
        /// How many.
        failures: u8,
        /// For how long.
        for_us: Micros,
    },
    /// An ejection is over.
    Reinstated {
        /// Whose.
        node: MachineId,
    },
    /// The balancer sends a worker no new requests, by order.
    Draining {
        /// Which.
        node: MachineId,
    },
    /// Nothing is under way at a worker that drains.
    Drained {
        /// Which.
        node: MachineId,
    },
    /// The balancer sends it requests again, by order.
    Ready {
        /// Which.
        node: MachineId,
    },
    /// The balancer has nobody to send a request to.
    NobodyIn,
    /// A balancer or client stops retrying, for its budget is used up (true), or goes on.
    RetriesStopped {
        /// It stops.
        on: bool,
    },
    /// A worker's queue is full: it refuses what comes on top.
    QueueFull {
        /// How many wait.
        waiting: u16,
    },
    /// The queue is no more than half full again.
    QueueEased {
        /// How many wait.
        waiting: u16,
    },
}

impl Note {
    /// Whether the note tells the story, or only how it came about.
    pub fn is_story(&self) -> bool {
        match self {
            Self::Issued { .. } | Self::Finished { .. } | Self::Acknowledged { .. } => false,
            Self::Raft(note) => note.is_story(),
            Self::Zab(note) => note.is_story(),
            _ => true,
        }
    }
}

impl Words for Note {
    fn words(&self, sink: &mut impl FnMut(u64)) {
        let id = |m: MachineId| u64::from(m.number());
        let at = |p: Pos| u64::from(p.epoch) << 32 | u64::from(p.index);
        let request = |r: RequestId| u64::from(r.ordinal) << 32 | u64::from(r.site) << 8 | u64::from(r.canary);
        let pair = |a: u32, b: u64| u64::from(a) << 32 | b;
        let (tag, a, b): (u64, u64, u64) = match *self {
            Self::Issued { id, kind, key } => (1, request(id), kind as u64 | u64::from(key) << 8),
            Self::Finished { id, kind, key, outcome, version } => {
                sink(request(id));
                (2, kind as u64 | u64::from(key) << 8 | (outcome as u64) << 16, at(version))
            }
            Self::Routed { to, epoch } => (3, id(to), epoch.into()),
            Self::StaleRefused { from, epoch, newest, what } => {
                (4, id(from) | (what as u64) << 8, pair(epoch, newest.into()))
            }
            Self::Health { node, up } => (5, id(node), up.into()),
            Self::Suspected { master, silent_us } => (6, id(master), silent_us),
            Self::NoMaster { silent_us } => (35, 0, silent_us),
            Self::Trusted { master } => (7, id(master), 0),
            Self::Canvassing { epoch, last } => (8, epoch.into(), at(last)),
            Self::Voted { candidate, epoch, why } => (9, id(candidate), pair(epoch, why as u64)),
            Self::Decided { epoch, votes, needed, logs_read } => {
                (10, epoch.into(), u64::from(votes) | u64::from(needed) << 8 | u64::from(logs_read) << 16)
            }
            Self::CanvassFailed { epoch, votes, needed } => {
                (11, epoch.into(), u64::from(votes) | u64::from(needed) << 8)
            }
            Self::OperatorCalled { by, fencing } => (12, id(by), fencing.into()),
            Self::OperatorActs { node, epoch } => (13, id(node), epoch.into()),
            Self::FenceOrdered { target, order } => (14, id(target), order.into()),
            Self::FenceFailed { target, order } => (15, id(target), order.into()),
            Self::Fenced { epoch, by } => (16, epoch.into(), by as u64),
            Self::Promoting { epoch, last, takes_us } => {
                sink(takes_us);
                (17, epoch.into(), at(last))
            }
            Self::BecameMaster { epoch, base, logs_read } => (18, pair(epoch, logs_read.into()), at(base)),
            Self::SteppedDown { epoch, why } => (19, epoch.into(), why as u64),
            Self::Follows { master, epoch } => (20, id(master), epoch.into()),
            Self::Acknowledged { id, pos, standbys } => {
                sink(standbys.into());
                (21, request(id), at(pos))
            }
            Self::InSyncSet { set } => (22, pair(set.epoch, set.version.into()), set.members.into()),
            Self::Degraded { on, needed } => (23, on.into(), needed.into()),
            Self::Rewound { to, dropped } => (24, dropped.into(), at(to)),
            Self::Copied { pos } => (25, 0, at(pos)),
            Self::CaughtUp { pos } => (26, 0, at(pos)),
            Self::DiskFailed => (27, 0, 0),
            Self::Poisoned { pos } => (28, 0, at(pos)),
            Self::BackedUp { pos } => (29, 0, at(pos)),
            Self::Restoring { pos, takes_us } => (30, takes_us, at(pos)),
            Self::SwitchoverBegan { to } => (31, id(to), 0),
            Self::SwitchoverFailed { to } => (32, id(to), 0),
            Self::TurnedGray { hang } => (33, hang.into(), 0),
            Self::Recovered => (34, 0, 0),
            Self::Reserved { node, epoch } => (36, id(node), epoch.into()),
            Self::Mounted { pos } => (37, 0, at(pos)),
            Self::Overwritten { by, epoch, dropped } => (38, id(by), pair(epoch, dropped.into())),
            Self::Unreadable { from, end } => (39, id(from), at(end)),
            Self::Repeated { id, first, pos, twice } => {
                sink(request(id));
                sink(at(first));
                (40, twice.into(), at(pos))
            }
            Self::Outside => (41, 0, 0),
            Self::Raft(note) => {
                sink(42 << 56);
                return note.words(sink);
            }
            Self::Zab(note) => {
                sink(43 << 56);
                return note.words(sink);
            }
            Self::Registry(note) => {
                sink(44 << 56);
                return note.words(sink);
            }
            Self::Ejected { node, failures, for_us } => (60, id(node) | u64::from(failures) << 8, for_us),
            Self::Reinstated { node } => (61, id(node), 0),
            Self::Draining { node } => (62, id(node), 0),
            Self::Drained { node } => (63, id(node), 0),
            Self::Ready { node } => (64, id(node), 0),
            Self::NobodyIn => (65, 0, 0),
            Self::RetriesStopped { on } => (66, on.into(), 0),
            Self::QueueFull { waiting } => (67, waiting.into(), 0),
            Self::QueueEased { waiting } => (68, waiting.into(), 0),
        };
        sink(tag << 56 ^ a);
        sink(b);
    }
}
