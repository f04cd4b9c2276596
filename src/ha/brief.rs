//! Messages in short: what kind, and the numbers that matter. Trace and pictures need no more.

use serde::Serialize;

use super::cluster::briefs;
use super::message::{Answer, Message, OpKind, Refusal};
use crate::sim::{MessageBrief, Words};

/// A message in short, for the trace and the pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Brief {
    /// What kind of message it is.
    pub kind: Kind,
    /// Whether it belongs to the probe.
    pub canary: bool,
    /// The epoch in it; 0 if there is none.
    pub epoch: u32,
    /// The log index, round, or request ordinal in it.
    pub number: u32,
    /// A second number: entries carried, or attempt.
    pub count: u32,
    /// Which part of its process it comes from, where that has several: the shard. As in notes.
    #[serde(skip_serializing_if = "is_first")]
    pub lane: u8,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
fn is_first(lane: &u8) -> bool {
    *lane == 0
}

/// The kinds of messages; what a picture tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
#[expect(missing_docs, reason = "each is the message of the same name")]
pub enum Kind {
    ReadRequest = 1,
    WriteRequest,
    Done,
    NotMaster,
    Failed,
    Check,
    CheckReply,
    Announce,
    WhoHas,
    DnsUpdate,
    DnsQuery,
    DnsAnswer,
    Heartbeat,
    HeartbeatReply,
    Follow,
    Append,
    AppendReply,
    AppendRefused,
    Copy,
    Canvass,
    VoteGranted,
    VoteRefused,
    SetInSync,
    InSyncRecorded,
    Handover,
    Fence,
    FenceReply,
    Page,
    Promote,
    Mount,
    Mounted,
    Decline,
    ReadIndex,
    ReadIndexReply,
    Notification,
    FollowerInfo,
    NotLeading,
    LeaderInfo,
    AckEpoch,
    Diff,
    Trunc,
    History,
    NewLeader,
    UpToDate,
    Propose,
    Ack,
    Commit,
    Forward,
    SyncRequest,
    SyncReply,
    Watch,
    Map,
    WatchFired,
    KeepAlive,
    Kept,
    ClaimGone,
    Order,
    Ordered,
    Unavailable,
    TooNew,
    Look,
    Found,
    NodeFired,
}

impl Words for Brief {
    fn words(&self, sink: &mut impl FnMut(u64)) {
        sink(self.kind as u64 | u64::from(self.canary) << 8 | u64::from(self.lane) << 16 | u64::from(self.epoch) << 32);
        sink(u64::from(self.number) << 32 | u64::from(self.count));
    }
}

impl MessageBrief<Brief> for Message {
    fn brief(&self) -> Brief {
        let of = |kind, epoch, number, count| Brief { kind, canary: false, epoch, number, count, lane: 0 };
        match self {
            Self::Request { id, attempt, op, epoch } => {
                let kind = if op.kind == OpKind::Read { Kind::ReadRequest } else { Kind::WriteRequest };
                Brief { canary: id.canary, ..of(kind, *epoch, id.ordinal, u32::from(*attempt)) }
            }
            Self::Response { id, attempt, answer, epoch } => {
                let kind = match answer {
                    Answer::Done(_) => Kind::Done,
                    Answer::NotMaster(_) => Kind::NotMaster,
                    Answer::Failed | Answer::Unknown => Kind::Failed,
                };
                Brief { canary: id.canary, ..of(kind, *epoch, id.ordinal, u32::from(*attempt)) }
            }
            Self::Check { round, deep } => of(Kind::Check, 0, *round, u32::from(*deep)),
            Self::CheckReply { round, epoch, well, .. } => of(Kind::CheckReply, *epoch, *round, u32::from(*well)),
            Self::Announce { epoch } => of(Kind::Announce, *epoch, 0, 0),
            Self::WhoHas => of(Kind::WhoHas, 0, 0, 0),
            Self::DnsUpdate { epoch } => of(Kind::DnsUpdate, *epoch, 0, 0),
            Self::DnsQuery => of(Kind::DnsQuery, 0, 0, 0),
            Self::DnsAnswer { node, epoch } => of(Kind::DnsAnswer, *epoch, u32::from(node.number()), 0),
            Self::Heartbeat { epoch, round, last, .. } => of(Kind::Heartbeat, *epoch, *round, last.index),
            Self::HeartbeatReply { epoch, round, .. } => of(Kind::HeartbeatReply, *epoch, *round, 0),
            Self::Follow { epoch, last, .. } => of(Kind::Follow, *epoch, last.index, last.epoch),
            Self::Append { epoch, before, entries, .. } => of(Kind::Append, *epoch, before.index, entries.len() as u32),
            Self::AppendReply { epoch, received, synced } => of(Kind::AppendReply, *epoch, *received, *synced),
            Self::AppendRefused { epoch, last, .. } => of(Kind::AppendRefused, *epoch, last.index, last.epoch),
            Self::Mount { epoch } => of(Kind::Mount, *epoch, 0, 0),
            Self::Mounted { epoch, log } => of(Kind::Mounted, *epoch, log.last_index(), log.last().epoch),
            Self::Copy { epoch, snapshot, .. } => of(Kind::Copy, *epoch, snapshot.pos.index, snapshot.pos.epoch),
            Self::Canvass { epoch, last, pre, .. } => of(Kind::Canvass, *epoch, last.index, u32::from(*pre)),
            Self::Ballot { epoch, pre, why, .. } => {
                let kind = if *why == Refusal::None { Kind::VoteGranted } else { Kind::VoteRefused };
                of(kind, *epoch, *why as u32, u32::from(*pre))
            }
            Self::SetInSync { epoch, set } => of(Kind::SetInSync, *epoch, set.version, set.members.into()),
            Self::InSyncRecorded { epoch, set } => of(Kind::InSyncRecorded, *epoch, set.version, set.members.into()),
            Self::Handover { epoch, last } => of(Kind::Handover, *epoch, last.index, last.epoch),
            Self::Fence { target, epoch, order } => of(Kind::Fence, *epoch, target.number().into(), *order),
            Self::FenceReply { target, epoch, confirmed, .. } => {
                of(Kind::FenceReply, *epoch, target.number().into(), u32::from(*confirmed))
            }
            Self::Page { epoch, last, .. } => of(Kind::Page, *epoch, last.index, last.epoch),
            Self::Decline { order } => of(Kind::Decline, 0, *order, 0),
            Self::Raft(message) => briefs::raft_brief(message),
            Self::Zab(message) => briefs::zab_brief(message),
            Self::Shard(shard, body) => Brief { lane: *shard, ..body.brief() },
            Self::Registry(message) => briefs::registry_brief(message),
            Self::Promote { epoch, fenced, .. } => of(Kind::Promote, *epoch, u32::from(*fenced), 0),
        }
    }
}
