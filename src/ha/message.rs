//! What the machines of a master-standby system tell each other, and what they wait for.

use std::rc::Rc;

use serde::Serialize;

pub use super::brief::{Brief, Kind};
use super::cluster::{Cmd, Ensemble, raft, registry, zab};
use super::log::Log;
use crate::sim::{MachineId, Words};

/// A place in the log: the epoch of the master that wrote the entry, and its index.
///
/// Compared in this order: an entry of a newer epoch is newer, whatever its index.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Pos {
    /// The writing master's epoch; 0 before the first entry.
    pub epoch: u32,
    /// 1 for the first entry.
    pub index: u32,
}

/// Names a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct RequestId {
    /// The site's index.
    pub site: u8,
    /// Counts the site's requests; canaries have a count of their own.
    pub ordinal: u32,
    /// Whether it is a canary of the probe.
    pub canary: bool,
}

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Op {
    /// Read or write.
    pub kind: OpKind,
    /// Of which key.
    pub key: u8,
}

/// Read or write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum OpKind {
    /// Gives the version of the key.
    Read = 1,
    /// Makes a new version of the key.
    Write = 2,
    /// A write with bad data: every node that applies it can no longer serve.
    Poison = 3,
}

/// One entry of the replicated log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Entry {
    /// Epoch of the master that wrote it.
    pub epoch: u32,
    /// The request that it carries out; none for the entry with which a master opens its epoch.
    pub request: Option<RequestId>,
    /// What it does.
    pub op: Op,
}

/// All data at one place in the log.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Snapshot {
    /// The place.
    pub pos: Pos,
    /// The newest version of each key.
    pub versions: [Pos; super::limits::KEYS],
    /// Whether a poison write is among what it holds.
    pub poisoned: bool,
}

/// An answer to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// Done; with the version read or written.
    Done(Pos),
    /// Not master; with the master that it knows.
    NotMaster(Option<MachineId>),
    /// Surely not done.
    Failed,
    /// Broken on the way: may or may not have been done.
    Unknown,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Message {
    /// A client or proxy asks. `attempt` tells apart the tries of one request.
    Request {
        /// Which request.
        id: RequestId,
        /// Which try.
        attempt: u8,
        /// What for.
        op: Op,
        /// The newest epoch that the sender knows.
        epoch: u32,
    },
    /// The answer to a request.
    Response {
        /// Which request.
        id: RequestId,
        /// Which try.
        attempt: u8,
        /// The answer.
        answer: Answer,
        /// The answering node's epoch.
        epoch: u32,
    },
    /// A proxy asks whether a node is well.
    Check {
        /// Counts the checks.
        round: u32,
        /// Whether to try what a request does.
        deep: bool,
    },
    /// The node's answer.
    CheckReply {
        /// The check that is answered.
        round: u32,
        /// Whether it holds itself to be master.
        master: bool,
        /// Its epoch.
        epoch: u32,
        /// Whether it can serve; a shallow check does not know and says yes.
        well: bool,
    },
    /// The master holds the virtual address now (gratuitous ARP).
    Announce {
        /// Its epoch.
        epoch: u32,
    },
    /// Who holds the virtual address? (ARP request, when the known holder does not answer any more.)
    WhoHas,
    /// Make the name point at the sender.
    DnsUpdate {
        /// Its epoch.
        epoch: u32,
    },
    /// Who is master?
    DnsQuery,
    /// The name points here.
    DnsAnswer {
        /// Where.
        node: MachineId,
        /// In this epoch.
        epoch: u32,
    },
    /// The master lives, or the one that was chosen prepares.
    Heartbeat {
        /// Its epoch.
        epoch: u32,
        /// Counts the heartbeats of this master.
        round: u32,
        /// Its log's end.
        last: Pos,
        /// Everything up to here is acknowledged.
        committed: u32,
        /// It has opened. Before that it only asks the others for patience: it fences, or replays its log.
        open: bool,
    },
    /// A voter has heard it; if leases are in use, it renews the lease.
    HeartbeatReply {
        /// Of which epoch.
        epoch: u32,
        /// Of which heartbeat.
        round: u32,
        /// Whether the lease is renewed: not while the lease of an earlier master may still run.
        granted: bool,
    },
    /// A standby asks the master to send the log from behind this place on.
    Follow {
        /// The standby's epoch.
        epoch: u32,
        /// The end of its log.
        last: Pos,
        /// Up to here its log is folded up and can only be replaced as a whole.
        base: u32,
    },
    /// Entries for the standby's log.
    Append {
        /// The master's epoch.
        epoch: u32,
        /// The place before the first entry.
        before: Pos,
        /// The entries.
        entries: Rc<[Entry]>,
        /// Everything up to here is acknowledged.
        committed: u32,
    },
    /// The standby has the log up to here.
    AppendReply {
        /// The master's epoch.
        epoch: u32,
        /// In memory.
        received: u32,
        /// On the disk.
        synced: u32,
    },
    /// The standby's log has another entry there, or none.
    AppendRefused {
        /// The refusing node's epoch: newer than the sender's if that was the reason.
        epoch: u32,
        /// Where to look for what the logs share: at this place or before it.
        last: Pos,
        /// Up to here its log is folded up and can only be replaced as a whole.
        base: u32,
    },
    /// A node that is to be master wants to have the shared storage, and to read what is on it.
    Mount {
        /// The epoch that it prepares: where epochs count, the storage takes nothing from older ones from now on.
        epoch: u32,
    },
    /// The shared storage is the asker's, and this is on it.
    Mounted {
        /// The epoch asked for.
        epoch: u32,
        /// The log.
        log: Rc<Log>,
    },
    /// All the data, for a standby that is too far behind or went another way.
    Copy {
        /// The master's epoch.
        epoch: u32,
        /// The data.
        snapshot: Rc<Snapshot>,
        /// Everything up to here is acknowledged.
        committed: u32,
    },
    /// A candidate wants to become master in this epoch.
    Canvass {
        /// The new epoch.
        epoch: u32,
        /// The end of its log.
        last: Pos,
        /// The master of this epoch has stopped and asked it to; 0: nobody has.
        handover: u32,
        /// Only asks what the voter would say: nobody promises anything yet (pre-vote, Ongaro §9.6).
        pre: bool,
    },
    /// A voter's answer.
    Ballot {
        /// The epoch asked for.
        epoch: u32,
        /// Whether this answers a pre-vote.
        pre: bool,
        /// Whether it agrees ([`Refusal::None`]), or why not.
        why: Refusal,
        /// The newest epoch that the voter has promised.
        promised: u32,
        /// The end of the voter's log; none from a witness.
        last: Option<Pos>,
        /// How long, on its own clock, the old master may still believe in its lease.
        lease_left_us: u64,
        /// The newest in-sync set that the voter has recorded.
        in_sync: InSync,
        /// Bit *i*: data node *i* may be master, as far as the voter knows.
        may_be_master: u8,
    },
    /// The master wants this in-sync set recorded before it relies on it.
    SetInSync {
        /// Its epoch.
        epoch: u32,
        /// The set.
        set: InSync,
    },
    /// The voter has it on its disk.
    InSyncRecorded {
        /// The master's epoch.
        epoch: u32,
        /// The set.
        set: InSync,
    },
    /// Take over: the master has stopped and your log is complete.
    Handover {
        /// The master's epoch.
        epoch: u32,
        /// The end of its log.
        last: Pos,
    },
    /// Cut this node's power.
    Fence {
        /// Whose.
        target: MachineId,
        /// For which epoch of the sender; with it no answer is taken for that to a later order.
        epoch: u32,
        /// Counts the orders for this epoch.
        order: u32,
    },
    /// The fencing device's answer.
    FenceReply {
        /// Whose.
        target: MachineId,
        /// For which epoch it was ordered.
        epoch: u32,
        /// Which order.
        order: u32,
        /// Whether it is surely off.
        confirmed: bool,
    },
    /// A node calls the operator: somebody has to decide.
    Page {
        /// Epoch in which the master was lost.
        epoch: u32,
        /// The newest epoch that the caller has heard of.
        newest: u32,
        /// The end of the caller's log.
        last: Pos,
        /// Bit *i*: fencing failed, and the operator has to pull the plug of data node *i*.
        targets: u8,
    },
    /// The chosen node does not become master: it hears one again.
    Decline {
        /// Which order it declines.
        order: u32,
    },
    /// The operator's order to become master.
    Promote {
        /// In an epoch newer than this.
        epoch: u32,
        /// Counts the orders to become master.
        order: u32,
        /// The operator has made sure that the old master is off.
        fenced: bool,
        /// Bit *i*: data node *i* may be master, as far as the operator knows: it has not called for help.
        may_be_master: u8,
    },
    /// Between the members of a Raft ensemble.
    Raft(raft::Message<Cmd>),
    /// Between the members of a Zab ensemble.
    Zab(zab::Message<Ensemble>),
    /// Between two holders of this shard.
    Shard(u8, Box<Message>),
    /// Between the manager of a cluster and its workers and balancers.
    Registry(registry::Message),
}

/// Why a voter does not agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Refusal {
    /// It does agree.
    None = 0,
    /// It hears the master.
    HearsMaster = 1,
    /// It has voted in this epoch, or a newer one.
    AlreadyVoted = 2,
    /// Its own log is more advanced.
    BehindMe = 3,
    /// The candidate is not in the agreed in-sync set.
    NotInSync = 4,
    /// It has lost its disk and does not know what it promised.
    Amnesia = 5,
}

/// The agreed in-sync set: only its members may be promoted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct InSync {
    /// Epoch of the master that recorded it.
    pub epoch: u32,
    /// Counts the changes in that epoch.
    pub version: u32,
    /// Bit *i*: data node *i* is a member.
    pub members: u8,
}

impl InSync {
    /// Whether data node `index` is a member.
    pub fn has(self, index: usize) -> bool {
        self.members >> index & 1 == 1
    }
}

/// What a process may be waiting for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Timer {
    /// The master's next heartbeat.
    Heartbeat,
    /// The silence limit of the master.
    Silence,
    /// The end of a canvass, or the pause before the next.
    Canvass,
    /// The master's lease runs out.
    Lease,
    /// The old master's lease has surely run out.
    LeaseWait,
    /// The log is replayed and the service started.
    Recovery,
    /// Pause before shooting, or before shooting again.
    Fence,
    /// The fencing device has done its work on this data node.
    FenceDone(u8),
    /// The human has thought about it.
    Operator,
    /// The master falls back to fewer standbys.
    Degrade,
    /// The preferred master gets its role back.
    Failback,
    /// A switchover that does not come off is given up.
    Switchover,
    /// The next backup.
    Backup,
    /// The backup is restored.
    Restore,
    /// Another try to write to a disk that failed.
    DiskRetry,
    /// The next health check of this data node.
    Check(u8),
    /// The health check of this data node was not answered.
    CheckTimeout(u8),
    /// The next request.
    Arrival,
    /// The next canary.
    Canary,
    /// The attempt of the request in this slot is given up.
    Request(u16),
    /// The request in this slot is tried again.
    Retry(u16),
    /// The cached name expires.
    Ttl,
    /// A member of a Raft ensemble waits.
    Raft(raft::Timer),
    /// A member of a Zab ensemble waits.
    Zab(zab::Timer),
    /// For a claim of a worker in a cluster, or for what the manager has to say.
    Registry(registry::Timer),
    /// A server of a worker is through with the request in this slot.
    Work(u16),
    /// A worker has not answered the request in this slot.
    Upstream(u16),
    /// This worker's ejection is over, or its probation.
    Ejection(u8),
    /// The balancer looks at the load.
    Tally,
    /// A holder of this shard waits.
    Shard(u8, NodeTimer),
}

/// What a data node may be waiting for as one of several on a worker: the timers of the same names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
#[expect(missing_docs, reason = "each is the timer of the same name")]
pub enum NodeTimer {
    Heartbeat = 1,
    Silence,
    Canvass,
    Lease,
    LeaseWait,
    Recovery,
    Fence,
    Degrade,
    Failback,
    Switchover,
    Backup,
    Restore,
    DiskRetry,
}

impl NodeTimer {
    const ALL: [(Timer, Self); 13] = [
        (Timer::Heartbeat, Self::Heartbeat),
        (Timer::Silence, Self::Silence),
        (Timer::Canvass, Self::Canvass),
        (Timer::Lease, Self::Lease),
        (Timer::LeaseWait, Self::LeaseWait),
        (Timer::Recovery, Self::Recovery),
        (Timer::Fence, Self::Fence),
        (Timer::Degrade, Self::Degrade),
        (Timer::Failback, Self::Failback),
        (Timer::Switchover, Self::Switchover),
        (Timer::Backup, Self::Backup),
        (Timer::Restore, Self::Restore),
        (Timer::DiskRetry, Self::DiskRetry),
    ];

    /// The one that stands for a data node's timer.
    pub fn of(timer: Timer) -> Self {
        Self::ALL.iter().find(|(plain, _)| *plain == timer).expect("a data node sets no other timers").1
    }

    /// The data node's timer.
    pub fn plain(self) -> Timer {
        Self::ALL.iter().find(|(_, of_shard)| *of_shard == self).expect("all are listed").0
    }
}

/// What an operator, or a fault inside a process, asks of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Become master now: the operator's button.
    Promote,
    /// Hand the role over to the most advanced standby, or to this node.
    Switchover(Option<MachineId>),
    /// Answer heartbeats and shallow checks, but fail requests (or, with true, let them hang).
    Gray {
        /// Let requests hang instead of failing them.
        hang: bool,
    },
    /// Serve well again.
    Recover,
    /// A release that fails every request.
    BadRelease,
    /// Restore the last good backup.
    Restore,
    /// A client sends a poison write.
    SendPoison,
    /// Clients send this many thousandths of their usual number of requests.
    Load(u32),
    /// Send no new requests to this worker; what is under way there may end.
    Drain(MachineId),
    /// Send it requests again.
    Ready(MachineId),
    /// Belong to the cluster: take shards.
    Join,
    /// Belong to it no more.
    Leave,
    /// To the leader of a Raft ensemble: add this server; to that server: it is to be added.
    AddMember(MachineId),
    /// To the leader of a Raft ensemble: remove this server.
    RemoveMember(MachineId),
    /// To the leader of a cluster's manager: a shard without owner may begin anew with what is left of it.
    AcceptLoss(u8),
}

impl Words for Timer {
    fn words(&self, sink: &mut impl FnMut(u64)) {
        let (tag, which) = match *self {
            Self::Heartbeat => (1, 0),
            Self::Silence => (2, 0),
            Self::Canvass => (3, 0),
            Self::Lease => (4, 0),
            Self::LeaseWait => (6, 0),
            Self::Recovery => (7, 0),
            Self::Fence => (8, 0),
            Self::FenceDone(node) => (9, u64::from(node)),
            Self::Operator => (10, 0),
            Self::Degrade => (11, 0),
            Self::Failback => (12, 0),
            Self::Switchover => (13, 0),
            Self::Backup => (14, 0),
            Self::Restore => (15, 0),
            Self::DiskRetry => (16, 0),
            Self::Check(node) => (17, u64::from(node)),
            Self::CheckTimeout(node) => (18, u64::from(node)),
            Self::Arrival => (19, 0),
            Self::Canary => (20, 0),
            Self::Request(slot) => (21, u64::from(slot)),
            Self::Retry(slot) => (22, u64::from(slot)),
            Self::Ttl => (23, 0),
            Self::Raft(timer) => (24, timer as u64),
            Self::Zab(timer) => (25, timer as u64),
            Self::Registry(timer) => {
                sink(26 << 32);
                return timer.words(sink);
            }
            Self::Work(slot) => (40, u64::from(slot)),
            Self::Upstream(slot) => (41, u64::from(slot)),
            Self::Ejection(node) => (42, u64::from(node)),
            Self::Tally => (43, 0),
            Self::Shard(shard, timer) => (44, u64::from(shard) << 8 | timer as u64),
        };
        sink(tag << 32 | which);
    }
}

impl Words for Command {
    fn words(&self, sink: &mut impl FnMut(u64)) {
        let (tag, what) = match *self {
            Self::Promote => (1, 0),
            Self::Switchover(to) => (2, to.map_or(0, |id| 1 + u64::from(id.number()))),
            Self::Gray { hang } => (3, u64::from(hang)),
            Self::Recover => (4, 0),
            Self::BadRelease => (5, 0),
            Self::Restore => (6, 0),
            Self::SendPoison => (7, 0),
            Self::Load(permille) => (8, u64::from(permille)),
            Self::Drain(node) => (20, u64::from(node.number())),
            Self::Ready(node) => (21, u64::from(node.number())),
            Self::Join => (22, 0),
            Self::Leave => (23, 0),
            Self::AddMember(node) => (24, u64::from(node.number())),
            Self::AcceptLoss(shard) => (26, shard.into()),
            Self::RemoveMember(node) => (25, u64::from(node.number())),
        };
        sink(tag << 32 | what);
    }
}
