//! One way to look into any log of the lab, whichever protocol made it: for pictures, selectors and tests.
//!
//! Places are named as the ledger knows them: by the epoch (Raft's term, the epoch of a zxid) and by an index that
//! counts all entries. A zxid counts anew in each epoch; the index goes on.

use super::service::{Cmd, Ensemble};
use super::{raft, zab};
use crate::ha::log::Log;
use crate::ha::message::{Entry, Op, OpKind, Pos};

/// A log, and how its entries are found.
#[derive(Clone, Copy, Debug)]
pub enum LogRef<'a> {
    /// Of a data node, or of the shared storage.
    Data(&'a Log),
    /// Of a member of a Raft ensemble.
    Raft(&'a raft::Log<Cmd>),
    /// Of a member of a Zab ensemble.
    Zab(&'a zab::TxnLog<Ensemble>),
}

impl<'a> LogRef<'a> {
    /// Index of the last entry.
    pub fn last_index(self) -> u32 {
        match self {
            Self::Data(log) => log.last_index(),
            Self::Raft(log) => log.last_index(),
            Self::Zab(log) => zab_base(log) + log.len(),
        }
    }

    /// Index before the first entry that is kept.
    pub fn base_index(self) -> u32 {
        match self {
            Self::Data(log) => log.base_index(),
            Self::Raft(log) => log.base(),
            Self::Zab(log) => zab_base(log),
        }
    }

    /// The place of the last entry.
    pub fn last(self) -> Pos {
        match self {
            Self::Data(log) => log.last(),
            Self::Raft(log) => place(log.last()),
            Self::Zab(log) => Pos { epoch: log.last().epoch(), index: self.last_index() },
        }
    }

    /// The place at `index`, if the log knows it.
    pub fn pos(self, index: u32) -> Option<Pos> {
        match self {
            Self::Data(log) => log.pos(index),
            Self::Raft(log) => log.pos(index).map(place),
            Self::Zab(log) if index == zab_base(log) => Some(Pos { epoch: log.floor().epoch(), index }),
            Self::Zab(_) => self.get(index).map(|entry| Pos { epoch: entry.epoch, index }),
        }
    }

    /// The entry at `index`, if it is kept.
    pub fn get(self, index: u32) -> Option<Entry> {
        match self {
            Self::Data(log) => log.get(index).copied(),
            Self::Raft(log) => log.get(index).map(|entry| match entry.payload {
                raft::Payload::Command(cmd) => said(entry.term, cmd),
                raft::Payload::Noop | raft::Payload::Members(_) => said(entry.term, OPENS),
            }),
            Self::Zab(log) => {
                let record = log.get(index.checked_sub(zab_base(log) + 1)?)?;
                Some(said(record.zxid.epoch(), record.txn))
            }
        }
    }

    /// The entries that are kept, newest first.
    pub fn newest_first(self) -> impl Iterator<Item = (Pos, Entry)> + 'a {
        (self.base_index() + 1..=self.last_index()).rev().filter_map(move |index| {
            let entry = self.get(index)?;
            Some((Pos { epoch: entry.epoch, index }, entry))
        })
    }
}

/// An entry with which a leader opens its term: it asks for nothing.
const OPENS: Cmd = Cmd { request: None, op: Op { kind: OpKind::Read, key: 0 } };

fn said(epoch: u32, cmd: Cmd) -> Entry {
    Entry { epoch, request: cmd.request, op: cmd.op }
}

/// A place of Raft's log, as the ledger knows it.
pub(super) fn place(pos: raft::Pos) -> Pos {
    Pos { epoch: pos.term, index: pos.index }
}

/// How many transactions stand before the first that is kept. The snapshot knows how many are in it.
fn zab_base(log: &zab::TxnLog<Ensemble>) -> u32 {
    let snapshot = log.snapshot();
    snapshot.state.applied - log.place_behind(snapshot.zxid)
}
