//! What a member's disk holds, and how an ensemble is set up.

use std::rc::Rc;

use super::config::{EnsembleConfig, Protocol};
use super::entries::LogRef;
use super::service::{Cmd, Ensemble, State};
use super::{raft, zab};
use crate::ha::config::Config;
use crate::ha::message::{Op, OpKind};

/// The durable state of a member.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum MemberDisk {
    /// Of Raft.
    Raft(raft::Durable<Cmd>),
    /// Of Zab.
    Zab(zab::Durable<Ensemble>),
}

impl MemberDisk {
    /// The disk of member number `index` before the start.
    ///
    /// A warm ensemble was set up with its first member as leader: in term 1 all have voted for it, or all have
    /// accepted its epoch 1. A cold one knows no leader; what its logs begin with was written in term or epoch 1, by
    /// the member that has most of it.
    #[inline(never)]
    pub fn provision(config: &Config, ensemble: &EnsembleConfig, index: usize) -> Self {
        let data = config.members();
        let entries = |index: usize| ensemble.logs.get(index).copied().unwrap_or(0);
        let longest = (0..data.len()).max_by_key(|index| (entries(*index), usize::MAX - index)).unwrap_or(0);
        let began = !config.cold_start || entries(longest) > 0;
        let state = Rc::new(State::provision(config));
        match ensemble.protocol {
            Protocol::Raft(_) if index >= usize::from(ensemble.founders) => Self::to_be_added(config),
            Protocol::Raft(_) => {
                let members = raft::Members::of(data.iter().copied().take(ensemble.founders.into()));
                let snapshot = raft::Snapshot { pos: raft::Pos::default(), members, state };
                let mut disk = raft::Durable::new(members);
                disk.log = raft::Log::from_snapshot(Rc::new(snapshot));
                disk.term = u32::from(began);
                disk.vote = began.then(|| data[longest]);
                for _ in 0..entries(index) {
                    disk.log.push(raft::Entry { term: 1, payload: raft::Payload::Noop });
                }
                Self::Raft(disk)
            }
            Protocol::Zab(_) => {
                let epoch = u32::from(began);
                let log = zab::TxnLog::from_snapshot(zab::Snapshot { zxid: zab::Zxid::ZERO, state });
                let mut disk = zab::Durable { accepted_epoch: epoch, current_epoch: epoch, log };
                let txn = Cmd::Write { request: None, op: Op { kind: OpKind::Read, key: 0 } };
                for counter in 1..=entries(index) {
                    disk.log.push(zab::Record { zxid: zab::Zxid::new(1, counter), txn });
                }
                Self::Zab(disk)
            }
        }
    }

    /// The disk of a server that belongs to no ensemble of Raft yet. It knows how all began, for it may be sent the log
    /// from its first entry on.
    pub fn to_be_added(config: &Config) -> Self {
        let (pos, members, state) = Default::default();
        let state = {
            let _: () = state;
            Rc::new(State::provision(config))
        };
        let mut disk = raft::Durable::new(members);
        disk.log = raft::Log::from_snapshot(Rc::new(raft::Snapshot { pos, members, state }));
        Self::Raft(disk)
    }

    /// The log on it.
    pub fn log(&self) -> LogRef<'_> {
        match self {
            Self::Raft(disk) => LogRef::Raft(&disk.log),
            Self::Zab(disk) => LogRef::Zab(&disk.log),
        }
    }

    /// Takes over the memory of what is equal in another's log. Nothing that can be read changes.
    pub fn share(&mut self, other: &Self) {
        match (self, other) {
            (Self::Raft(mine), Self::Raft(theirs)) => mine.log.share(&theirs.log),
            (Self::Zab(mine), Self::Zab(theirs)) => mine.log.share(&theirs.log),
            _ => {}
        }
    }
}
