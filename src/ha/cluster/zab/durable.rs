//! What survives a crash, the writes that change it, and what a running member knows of them.
//!
//! The accepted epoch is a promise: not to follow leaders of older epochs. The current epoch is a statement: this
//! history is that of the leader of this epoch, or of what came before it. They are kept apart, because between the
//! two a member may die, having promised but not synchronised (ZOOKEEPER-335 tells what happens otherwise).
//!
//! Writes reach the disk in their order, and a crash loses a tail of them. A write that rests on another which failed
//! does nothing: a history must have no hole, and the current epoch must not speak for a history that is not there.

use std::collections::VecDeque;
use std::rc::Rc;

use super::Service;
use super::io::Outbox;
use super::log::{Record, Snapshot, TxnLog};
use super::zxid::Zxid;
use crate::sim::Ticket;

/// The durable state of one member.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Durable<A: Service> {
    /// The newest epoch that it promised to follow (`acceptedEpoch`).
    pub accepted_epoch: u32,
    /// The epoch of the leader whose history it has (`currentEpoch`).
    pub current_epoch: u32,
    /// The history.
    pub log: TxnLog<A>,
}

impl<A: Service> Default for Durable<A> {
    fn default() -> Self {
        Self { accepted_epoch: 0, current_epoch: 0, log: TxnLog::default() }
    }
}

/// One change of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Write<A: Service> {
    /// The promise not to follow older epochs.
    AcceptedEpoch(u32),
    /// The log up to `last` is the history of the leader of this epoch.
    CurrentEpoch {
        /// The epoch.
        epoch: u32,
        /// Where the log has to end.
        last: Zxid,
    },
    /// Transactions behind `after`.
    Append {
        /// Where the log has to end.
        after: Zxid,
        /// What comes behind it.
        records: Rc<[Record<A>]>,
    },
    /// Everything behind this transaction is thrown away.
    Truncate(Zxid),
    /// The log is replaced by a snapshot.
    Replace(Snapshot<A>),
    /// A newer snapshot of the same history.
    Checkpoint {
        /// The snapshot.
        snapshot: Snapshot<A>,
        /// Transactions to keep at least.
        keep: u32,
    },
}

impl<A: Service> Durable<A> {
    /// Carries out one synced write.
    pub fn apply(&mut self, write: Write<A>) {
        match write {
            Write::AcceptedEpoch(epoch) => self.accepted_epoch = self.accepted_epoch.max(epoch),
            Write::CurrentEpoch { epoch, last } if self.log.last() == last => self.current_epoch = epoch,
            Write::Append { after, ref records } if self.log.last() == after => {
                for record in records.iter() {
                    self.log.push(record.clone());
                }
            }
            // An earlier write has failed, and what this one rests on is missing.
            Write::CurrentEpoch { .. } | Write::Append { .. } => {}
            Write::Truncate(to) => {
                self.log.truncate(to);
            }
            Write::Replace(snapshot) => self.log = TxnLog::from_snapshot(snapshot),
            Write::Checkpoint { snapshot, keep } => self.log.checkpoint(snapshot, keep),
        }
    }
}

/// A running member's view of its disk.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Storage<A: Service> {
    /// What is surely on the disk.
    stable: Durable<A>,
    /// What is on its way.
    pending: VecDeque<(Ticket, Write<A>)>,
    /// How it will be when all of that has arrived: what the member works with.
    ahead: Durable<A>,
}

impl<A: Service> Storage<A> {
    pub(super) fn new(durable: &Durable<A>) -> Self {
        Self { stable: durable.clone(), pending: VecDeque::new(), ahead: durable.clone() }
    }

    /// What is surely on the disk: only this may be promised to others.
    pub fn stable(&self) -> &Durable<A> {
        &self.stable
    }

    /// How the disk will be when all writes have arrived.
    pub fn ahead(&self) -> &Durable<A> {
        &self.ahead
    }

    /// The log that the member works with, as it will be when all writes have arrived.
    pub fn history(&self) -> &TxnLog<A> {
        &self.ahead.log
    }

    pub(super) fn share_log(&mut self, other: &TxnLog<A>) {
        self.stable.log.share(other);
        self.ahead.log.share(other);
    }

    pub(super) fn write(&mut self, write: Write<A>, out: &mut Outbox<A>) -> Ticket {
        self.ahead.apply(write.clone());
        let ticket = out.persist(write.clone());
        self.pending.push_back((ticket, write));
        ticket
    }

    pub(super) fn synced(&mut self, ticket: Ticket) {
        while let Some((_, write)) = self.pending.pop_front_if(|(waiting, _)| *waiting <= ticket) {
            self.stable.apply(write);
        }
    }

    /// Whether the write with this ticket, and all before it, are on the disk.
    pub(super) fn is_synced(&self, ticket: Ticket) -> bool {
        self.pending.front().is_none_or(|(waiting, _)| *waiting > ticket)
    }

    /// A write will not arrive; false if it was one of an earlier life.
    pub(super) fn failed(&mut self, ticket: Ticket) -> bool {
        let before = self.pending.len();
        self.pending.retain(|(waiting, _)| *waiting != ticket);
        self.pending.len() < before
    }

    /// Goes back to what the disk will really hold, after some writes have failed.
    pub(super) fn recover(&mut self) {
        self.ahead = self.stable.clone();
        for (_, write) in &self.pending {
            self.ahead.apply(write.clone());
        }
    }
}
