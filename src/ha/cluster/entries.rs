//! One way to look into any log of the lab, whichever protocol made it: for pictures, selectors and tests.
//!
//! Places are named as the ledger knows them: by the epoch (Raft's term, the epoch of a zxid) and by an index that
//! counts all entries. A zxid counts anew in each epoch; the index goes on.

use super::registry::Order;
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
            _ => self.member_last_index(),
        }
    }

    /// Index before the first entry that is kept.
    pub fn base_index(self) -> u32 {
        match self {
            Self::Data(log) => log.base_index(),
            _ => self.member_base_index(),
        }
    }

    /// The place of the last entry.
    pub fn last(self) -> Pos {
        match self {
            Self::Data(log) => log.last(),
            _ => self.member_last(),
        }
    }

    /// The place at `index`, if the log knows it.
    pub fn pos(self, index: u32) -> Option<Pos> {
        match self {
            Self::Data(log) => log.pos(index),
            _ => self.member_pos(index),
        }
    }

    /// The entry at `index`, if it is kept.
    pub fn get(self, index: u32) -> Option<Entry> {
        match self {
            Self::Data(log) => log.get(index).copied(),
            _ => self.member_get(index),
        }
    }

    /// The entries that are kept, newest first.
    pub fn newest_first(self) -> impl Iterator<Item = (Pos, Entry)> + 'a {
        (self.base_index() + 1..=self.last_index()).rev().filter_map(move |index| {
            let entry = self.get(index)?;
            Some((Pos { epoch: entry.epoch, index }, entry))
        })
    }

    /// The change of the registry that the entry at `index` asks for, if it does.
    #[inline(never)]
    pub fn order(self, index: u32) -> Option<Order> {
        let cmd = match self {
            Self::Data(_) => return None,
            Self::Raft(log) => match &log.get(index)?.payload {
                raft::Payload::Command(cmd) => cmd,
                raft::Payload::Noop | raft::Payload::Members(_) => return None,
            },
            Self::Zab(log) => &log.get(index.checked_sub(zab_base(log) + 1)?)?.txn,
        };
        if let Cmd::Order(decree) = cmd { Some(decree.order) } else { None }
    }

    /// The transaction with this zxid, if this is a log of Zab and has it.
    #[inline(never)]
    pub fn transaction(self, epoch: u32, counter: u32) -> Option<Entry> {
        let Self::Zab(log) = self else { return None };
        let zxid = zab::Zxid::new(epoch, counter);
        let record = log.get(log.place_behind(zxid).checked_sub(1)?)?;
        (record.zxid == zxid).then(|| said(epoch, &record.txn))
    }

    // The page's first visit has no ensemble, and need not fetch what follows.

    #[inline(never)]
    fn member_last_index(self) -> u32 {
        match self {
            Self::Data(log) => log.last_index(),
            Self::Raft(log) => log.last_index(),
            Self::Zab(log) => zab_base(log) + log.len(),
        }
    }

    #[inline(never)]
    fn member_base_index(self) -> u32 {
        match self {
            Self::Data(log) => log.base_index(),
            Self::Raft(log) => log.base(),
            Self::Zab(log) => zab_base(log),
        }
    }

    #[inline(never)]
    fn member_last(self) -> Pos {
        match self {
            Self::Data(log) => log.last(),
            Self::Raft(log) => place(log.last()),
            Self::Zab(log) => Pos { epoch: log.last().epoch(), index: self.member_last_index() },
        }
    }

    #[inline(never)]
    fn member_pos(self, index: u32) -> Option<Pos> {
        match self {
            Self::Raft(log) => log.pos(index).map(place),
            Self::Zab(log) if index == zab_base(log) => Some(Pos { epoch: log.floor().epoch(), index }),
            _ => self.member_get(index).map(|entry| Pos { epoch: entry.epoch, index }),
        }
    }

    #[inline(never)]
    fn member_get(self, index: u32) -> Option<Entry> {
        match self {
            Self::Data(log) => log.get(index).copied(),
            Self::Raft(log) => log.get(index).map(|entry| match &entry.payload {
                raft::Payload::Command(cmd) => said(entry.term, cmd),
                raft::Payload::Noop | raft::Payload::Members(_) => said(entry.term, &OPENS),
            }),
            Self::Zab(log) => {
                let record = log.get(index.checked_sub(zab_base(log) + 1)?)?;
                Some(said(record.zxid.epoch(), &record.txn))
            }
        }
    }
}

/// An entry with which a leader opens its term: it asks for nothing.
const OPENS: Cmd = Cmd::Write { request: None, op: NOTHING };

/// What an entry does that no client has asked for. Of an order, [`LogRef::order`] knows more.
const NOTHING: Op = Op { kind: OpKind::Read, key: 0 };

fn said(epoch: u32, cmd: &Cmd) -> Entry {
    match *cmd {
        Cmd::Write { request, op } => Entry { epoch, request, op },
        Cmd::Order(_) => Entry { epoch, request: None, op: NOTHING },
    }
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
