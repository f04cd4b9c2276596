//! The messages of an ensemble in short, as the pictures and the trace know them.
//!
//! What Raft says has the kinds of master-standby where it means the same: appends, heartbeats, votes. Zab's messages
//! keep their own names; only its pings are heartbeats, and its snapshots copies. What is passed on between members
//! keeps the kind that it has between client and member.

use super::registry::{self, Order, Outcome};
use super::service::{Cmd, Ensemble};
use super::{raft, tree, zab};
use crate::ha::brief::{Brief, Kind};
use crate::ha::message::Refusal;
use crate::sim::MessageBrief;

fn is_probes(cmd: &Cmd) -> bool {
    cmd.request().is_some_and(|id| id.canary)
}

#[inline(never)]
pub(in crate::ha) fn raft_brief(message: &raft::Message<Cmd>) -> Brief {
    use raft::Message as M;
    let of = |kind, number, count| Brief { kind, canary: false, epoch: message.term(), number, count, lane: 0 };
    match message {
        M::RequestVote { last, pre, .. } => of(Kind::Canvass, last.index, u32::from(*pre)),
        M::Vote { granted: true, pre, .. } => of(Kind::VoteGranted, 0, u32::from(*pre)),
        M::Vote { granted: false, pre, .. } => of(Kind::VoteRefused, Refusal::None as u32, u32::from(*pre)),
        M::Append { prev, entries, .. } => {
            let probes = |entry: &raft::Entry<Cmd>| match &entry.payload {
                raft::Payload::Command(cmd) => is_probes(cmd),
                raft::Payload::Noop | raft::Payload::Members(_) => false,
            };
            let canary = !entries.is_empty() && entries.iter().all(probes);
            Brief { canary, ..of(Kind::Append, prev.index, entries.len() as u32) }
        }
        M::Appended { matched, .. } => of(Kind::AppendReply, *matched, *matched),
        M::AppendRefused { hint, .. } => of(Kind::AppendRefused, hint.index, hint.term),
        M::Heartbeat { commit, round, .. } => of(Kind::Heartbeat, *round, *commit),
        M::HeartbeatReply { round, .. } => of(Kind::HeartbeatReply, *round, 0),
        M::InstallSnapshot { snapshot, .. } => of(Kind::Copy, snapshot.pos.index, snapshot.pos.term),
        M::TimeoutNow { .. } => of(Kind::Handover, 0, 0),
        M::ReadIndex { ctx, .. } => of(Kind::ReadIndex, *ctx as u32, 0),
        M::ReadIndexReply { index, .. } => of(Kind::ReadIndexReply, index.unwrap_or(0), u32::from(index.is_some())),
    }
}

#[inline(never)]
pub(in crate::ha) fn zab_brief(message: &zab::Message<Ensemble>) -> Brief {
    use zab::Message as M;
    let short = message.brief();
    let of = |kind| Brief { kind, canary: false, epoch: short.epoch, number: short.zxid.counter(), count: 0, lane: 0 };
    match message {
        M::Notification(said) => Brief {
            kind: Kind::Notification,
            canary: false,
            epoch: said.vote.peer_epoch,
            number: said.vote.leader.number().into(),
            count: said.state as u32 | said.vote.round << 8,
            lane: 0,
        },
        M::FollowerInfo { .. } => of(Kind::FollowerInfo),
        M::Refused => of(Kind::NotLeading),
        M::LeaderInfo { .. } => of(Kind::LeaderInfo),
        M::AckEpoch { .. } => of(Kind::AckEpoch),
        M::Diff { .. } => of(Kind::Diff),
        M::Trunc { .. } => of(Kind::Trunc),
        M::Snap { .. } => of(Kind::Copy),
        M::History(records) => Brief { count: records.len() as u32, ..of(Kind::History) },
        M::NewLeader { .. } => of(Kind::NewLeader),
        M::UpToDate => of(Kind::UpToDate),
        M::Propose(record) => Brief { canary: is_probes(&record.txn), ..of(Kind::Propose) },
        M::Ack(_) => of(Kind::Ack),
        M::Commit(_) => of(Kind::Commit),
        M::Ping => of(Kind::Heartbeat),
        M::Pong(_) => of(Kind::HeartbeatReply),
        M::Request(cmd) => Brief { canary: is_probes(cmd), ..of(Kind::Forward) },
        M::SyncRequest(ctx) => Brief { number: *ctx as u32, ..of(Kind::SyncRequest) },
        M::SyncReply(ctx) => Brief { number: *ctx as u32, ..of(Kind::SyncReply) },
    }
}

#[inline(never)]
pub(in crate::ha) fn registry_brief(message: &registry::Message) -> Brief {
    use registry::Message as M;
    let of = |kind, number, count| Brief { kind, canary: false, epoch: 0, number, count, lane: 0 };
    match message {
        M::Watch { has, .. } => of(Kind::Watch, *has, 0),
        M::Map(map) => of(Kind::Map, map.revision(), 0),
        M::Fired { revision } => of(Kind::WatchFired, *revision, 0),
        M::KeepAlive { round, claim, .. } => of(Kind::KeepAlive, *round, claim.map_or(0, |(_, lease)| lease)),
        M::ForwardKeepAlive { round, claim, .. } => of(Kind::KeepAlive, *round, claim.1),
        M::Kept { round } | M::ForwardKept { round, kept: true, .. } => of(Kind::Kept, *round, 0),
        M::ForwardKept { claim, kept: false, .. } => of(Kind::ClaimGone, claim.1, 0),
        M::Gone { lease } => of(Kind::ClaimGone, *lease, 0),
        M::Order { order, .. } | M::ForwardOrder { order, .. } => order_brief(*order),
        M::Ordered { outcome: Outcome::Done(revision), .. } => of(Kind::Ordered, *revision, 1),
        M::Ordered { outcome: Outcome::Refused, .. } => of(Kind::Ordered, 0, 0),
        M::Look { path, watch, .. } => of(Kind::Look, path.number().map_or(0, |number| number + 1), u32::from(*watch)),
        M::Found { found, .. } => of(Kind::Found, found.children.len() as u32, u32::from(found.node.is_some())),
        M::NodeFired { path, event } => {
            of(Kind::NodeFired, path.number().map_or(0, |number| number + 1), *event as u32)
        }
        M::Unavailable => of(Kind::Unavailable, 0, 0),
        M::TooNew => of(Kind::TooNew, 0, 0),
    }
}

/// The token in it, whom or what it is about, and which kind of order it is.
fn order_brief(order: Order) -> Brief {
    let (epoch, number, count) = match order {
        Order::Grant { worker, .. } => (0, worker, 1),
        Order::Revoke { worker, lease } => (lease, worker, 2),
        Order::Record { shard, token, .. } => (token, shard, 3),
        Order::HandOver { shard, token, .. } => (token, shard, 4),
        Order::Drain { worker, on: true } => (0, worker, 5),
        Order::Drain { worker, on: false } => (0, worker, 6),
        Order::AcceptLoss { shard } => (0, shard, 7),
        Order::Tree { by: (worker, _), op: tree::Op::Create { .. } } => (0, worker, 8),
        Order::Tree { by: (worker, _), op: tree::Op::Set { .. } } => (0, worker, 9),
        Order::Tree { by: (worker, _), op: tree::Op::Delete { .. } } => (0, worker, 10),
    };
    Brief { kind: Kind::Order, canary: false, epoch, number: number.into(), count, lane: 0 }
}
