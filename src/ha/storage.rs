//! The shared storage: one volume (SAN or NAS) that the master writes to and a promoted standby reads from.
//!
//! ```text
//!            Append ▶        ◀ AppendReply
//!   Master ─────────── Storage ─────────── node that is to be master
//!                        ◀ Mount   Mounted ▶
//! ```
//!
//! It holds the only copy, so it is a single point of failure: while it is down, slow or cut off, nothing is
//! acknowledged, whoever is master.
//!
//! Where epochs count, a node that is to be master *reserves* the storage before it reads: from then on everything of
//! an older epoch is refused here, at the last place that a late write passes (SCSI-3 persistent reservations, the
//! fencing token of a store). What is read after that is complete, so nothing acknowledged is missing in it.
//!
//! Without epochs it is as dumb as a disk: it takes what anybody writes, wherever they write it. A master that was
//! replaced and does not know it writes over what its successor has written. The successor does not notice, for it
//! reads from its memory; but each entry of a log names the one before it, so whoever reads this log next stops at the
//! foreign entry, and all that the successor acknowledged behind it is gone. (So it is enough to keep what a reader
//! would find: the rest can never be read again.)

use std::rc::Rc;

use super::config::{Config, Durability};
use super::durable::{Durable, Write};
use super::log::Log;
use super::message::{Entry, Message, Pos, Timer};
use super::note::{Note, Stale};
use super::system::Ha;
use super::voter::{Safe, Unsafe};
use crate::sim::{Input, MachineId, Micros, Outbox};

/// A volume that all data nodes share.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Storage {
    config: Rc<Config>,
    /// What a reader of the log would find.
    log: Log,
    /// On the disk up to here.
    synced: u32,
    /// Acknowledged up to here, as far as the last writer has said.
    committed: u32,
    /// The newest epoch for which it was reserved.
    reserved: u32,
    /// The disk takes no writes.
    full: bool,
    pending: Unsafe,
    /// The last refusal that was noted: whose, and of which epoch.
    refused: Option<(MachineId, u32)>,
    /// The last who was found to write what nobody can read.
    unreadable: Option<(MachineId, u32)>,
}

impl Storage {
    pub(super) fn new(config: Rc<Config>, durable: &Durable) -> Self {
        let log = durable.log.clone();
        Self {
            config,
            synced: log.last_index(),
            committed: log.base_index(),
            reserved: durable.epoch,
            full: false,
            pending: Unsafe::default(),
            refused: None,
            unreadable: None,
            log,
        }
    }

    /// What a reader of the log would find.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// On the disk up to here.
    pub fn synced_index(&self) -> u32 {
        self.synced
    }

    /// The newest epoch for which it was reserved; older ones are refused where epochs count.
    pub fn reserved(&self) -> u32 {
        self.reserved
    }

    /// Service time of a write.
    pub(super) fn cost_us(&self) -> Micros {
        self.config.nodes.write_us
    }

    #[inline(never)]
    pub(super) fn step(&mut self, input: Input<Ha>, out: &mut Outbox<Ha>) {
        match input {
            Input::Message { from, body: Message::Mount { epoch }, .. } => self.mount(from, epoch, out),
            Input::Message { from, body: Message::Append { epoch, before, entries, committed }, .. } => {
                self.write(from, epoch, before, &entries, committed, out);
            }
            Input::Synced(ticket) => {
                while let Some(safe) = self.pending.synced(ticket) {
                    match safe {
                        Safe::Log(upto) => self.log_synced(upto),
                        Safe::Recovered(upto) => {
                            self.log_synced(upto);
                            self.full = false;
                            if self.synced < self.log.last_index() {
                                self.full = true; // more has come in the meantime
                                self.retry_disk(out);
                            }
                        }
                        Safe::Stream(to, message) => out.stream(to, message),
                        Safe::Datagram(..) | Safe::OwnVote(_) | Safe::OwnRecord(_) | Safe::Remembers => {}
                    }
                }
            }
            Input::WriteFailed(ticket) => {
                self.pending.failed(ticket);
                self.pending.truncate_log(self.synced);
                if !std::mem::replace(&mut self.full, true) {
                    out.note(Note::DiskFailed);
                }
                let pause = self.config.nodes.detection.heartbeat_us;
                out.set_timer(Timer::DiskRetry, pause, pause);
            }
            Input::Timer(Timer::DiskRetry) => self.retry_disk(out),
            _ => {}
        }
    }

    fn log_synced(&mut self, upto: u32) {
        self.synced = self.synced.max(upto);
        self.log.compact(self.committed.min(self.synced));
    }

    /// Refuses a superseded node, where epochs are checked, and lets it know.
    fn refuses(&mut self, from: MachineId, epoch: u32, out: &mut Outbox<Ha>) -> bool {
        let newest = self.reserved;
        if !self.config.nodes.fencing.epochs || epoch >= newest {
            return false;
        }
        if self.refused.replace((from, epoch)) != Some((from, epoch)) {
            out.note(Note::StaleRefused { from, epoch, newest, what: Stale::Storage });
        }
        out.stream(from, Message::AppendRefused { epoch: newest, last: Pos::default(), base: 0 });
        true
    }

    /// A node is to be master: the storage is reserved for it on the disk, and then it may read.
    fn mount(&mut self, from: MachineId, epoch: u32, out: &mut Outbox<Ha>) {
        if self.refuses(from, epoch, out) {
            return;
        }
        let answer = Message::Mounted { epoch, log: Rc::new(self.log.clone()) };
        if !self.config.nodes.fencing.epochs {
            return out.stream(from, answer);
        }
        if epoch > self.reserved {
            self.reserved = epoch;
            out.note(Note::Reserved { node: from, epoch });
        }
        let promise = Write::Promise { epoch, voted_for: Some(from) };
        self.pending.persist(promise, Safe::Stream(from, answer), out);
    }

    /// Somebody who holds itself to be master writes.
    fn write(
        &mut self,
        from: MachineId,
        epoch: u32,
        before: Pos,
        entries: &Rc<[Entry]>,
        committed: u32,
        out: &mut Outbox<Ha>,
    ) {
        if self.refuses(from, epoch, out) {
            return;
        }
        let upto = before.index + entries.len() as u32;
        if (committed..before.index).contains(&self.log.last_index()) {
            // What is missing in between was lost with a connection. Nothing of it was confirmed, nor read: its writer sends
            // it again, and this with it, as every initiator does with what it has no answer to.
            return;
        }
        if self.log.pos(before.index) == Some(before) {
            self.replace(from, epoch, before, entries, out);
            self.committed = self.committed.max(committed.min(self.log.last_index()));
        } else if before.index >= self.log.base_index() {
            // What stood there is gone, and what stands there now does not belong to the entry before it.
            self.cut(from, epoch, before.index, out);
            if self.unreadable.replace((from, epoch)) != Some((from, epoch)) {
                out.note(Note::Unreadable { from, end: self.log.last() });
            }
        }
        let reply = Message::AppendReply { epoch, received: upto, synced: upto.min(self.synced) };
        match self.config.nodes.replication.durability {
            Durability::Received => out.stream(from, reply),
            Durability::Synced if self.full => {} // the writer asks again
            Durability::Synced => {
                let reply = Message::AppendReply { epoch, received: upto, synced: upto };
                if let Some(Safe::Stream(to, message)) = self.pending.after_last(Safe::Stream(from, reply)) {
                    out.stream(to, message);
                }
            }
        }
    }

    /// Puts entries behind `before`, whatever stood there.
    fn replace(&mut self, from: MachineId, epoch: u32, before: Pos, entries: &Rc<[Entry]>, out: &mut Outbox<Ha>) {
        let index = |place: usize| before.index + 1 + place as u32;
        let is_known = |(place, entry): &(usize, &Entry)| self.log.get(index(*place)) == Some(*entry);
        let known = entries.iter().enumerate().take_while(is_known).count();
        if known == entries.len() {
            return; // it was written before, and only the answer was lost
        }
        self.cut(from, epoch, before.index + known as u32, out);
        self.append(if known == 0 { Rc::clone(entries) } else { entries[known..].into() }, out);
    }

    /// Whatever stands behind `after` cannot be read any more.
    fn cut(&mut self, by: MachineId, epoch: u32, after: u32, out: &mut Outbox<Ha>) {
        let dropped = self.log.truncate(after);
        if dropped > 0 {
            self.synced = self.synced.min(after);
            self.pending.truncate_log(after);
            self.committed = self.committed.min(after);
            out.note(Note::Overwritten { by, epoch, dropped });
            self.append([].into(), out);
        }
    }

    /// Puts entries behind all that can be read, in memory at once and on the disk soon.
    fn append(&mut self, entries: Rc<[Entry]>, out: &mut Outbox<Ha>) {
        let after = self.log.last();
        for entry in entries.iter() {
            self.log.push(*entry);
        }
        if !self.full {
            let write = Write::Entries { after, entries, committed: self.committed.min(self.synced) };
            self.pending.persist(write, Safe::Log(self.log.last_index()), out);
        }
    }

    /// Writes again all that may not be on the disk.
    fn retry_disk(&mut self, out: &mut Outbox<Ha>) {
        let promise = Write::Promise { epoch: self.reserved, voted_for: None };
        self.pending.persist(promise, Safe::Log(0), out);
        let after = self.log.pos(self.synced).expect("what is on the disk is not folded behind");
        let entries = self.log.entries().filter(|(pos, _)| pos.index > after.index).map(|(_, entry)| *entry).collect();
        let write = Write::Entries { after, entries, committed: self.committed.min(self.synced) };
        self.pending.persist(write, Safe::Recovered(self.log.last_index()), out);
    }
}
