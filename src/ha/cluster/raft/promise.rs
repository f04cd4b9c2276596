//! A promise is on the disk before it is given (§3.8).
//!
//! Votes, acknowledged entries and a candidate's own campaign wait here until every write before them is synced. What
//! promises nothing leaves at once: heartbeats, and the leader's appends (§10.2.1). After a failed write the server
//! has no idea what its disk holds. It withdraws all that it was about to promise, takes no part, and writes
//! everything anew until that succeeds; then it is a follower as after a restart.

use std::collections::VecDeque;

use super::durable::{Durable, Write};
use super::io::{Effect, Outbox, WriteId};
use super::log::{Command, Entry};
use super::message::{Message, Timer};
use super::note::{Note, Why};
use super::{Raft, limits};
use crate::sim::MachineId;

/// What waits for the disk.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Promises<C: Command> {
    last_write: WriteId,
    waiting: VecDeque<Waiting<C>>,
    /// The log is on the disk up to here.
    synced: u32,
    /// Term or vote have changed since they were last written.
    term_changed: bool,
    disk: Disk,
}

/// How the disk is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Disk {
    Well,
    /// A write failed.
    Failed,
    /// Everything is being written anew.
    Rewriting(WriteId),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Waiting<C: Command> {
    write: WriteId,
    /// With that write the log is on the disk up to here.
    last: u32,
    then: Then<C>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Then<C: Command> {
    Nothing,
    Send(MachineId, Message<C>),
    /// The candidate's vote for itself in this term is safe: it may ask the others.
    Canvass(u32),
}

impl<C: Command> Promises<C> {
    pub(super) fn new(synced: u32) -> Self {
        Self { last_write: WriteId(0), waiting: VecDeque::new(), synced, term_changed: false, disk: Disk::Well }
    }

    /// It takes no part: its disk has failed.
    pub(super) fn is_stuck(&self) -> bool {
        self.disk != Disk::Well
    }

    /// The log is on the disk up to here.
    pub(super) fn synced(&self) -> u32 {
        self.synced
    }

    pub(super) fn term_changed(&mut self) {
        self.term_changed = true;
    }

    /// What is behind `index` is thrown away, so the writes under way do not make it safe.
    fn truncated(&mut self, index: u32) {
        self.synced = self.synced.min(index);
        for waiting in &mut self.waiting {
            waiting.last = waiting.last.min(index);
        }
    }
}

impl<C: Command> Raft<C> {
    /// Writes term and vote, if they have changed. Always before what belongs to them.
    pub(super) fn persist_term(&mut self, out: &mut Outbox<C>) {
        if self.promises.term_changed && !self.promises.is_stuck() {
            self.promises.term_changed = false;
            self.persist(Write::Term { term: self.term, vote: self.vote }, Then::Nothing, out);
        }
    }

    /// Appends to the log; on the disk later.
    pub(super) fn append_behind(&mut self, after: u32, entries: &[Entry<C>], out: &mut Outbox<C>) {
        self.persist_term(out);
        let before = self.log.members().0;
        let dropped = self.log.truncate(after);
        let after = self.log.last();
        if dropped > 0 {
            assert!(after.index >= self.commit, "a committed entry is thrown away");
            self.promises.truncated(after.index);
            out.note(Note::ConflictRepaired { after, dropped });
            let (index, members) = self.log.members();
            if index != before {
                out.note(Note::MembersUndone { index, members });
            }
        }
        for entry in entries {
            let index = self.log.push(entry.clone()).index;
            if let Some(members) = entry.members() {
                out.note(Note::MembersAppended { index, members });
            }
        }
        self.persist(Write::Entries { after, entries: entries.into() }, Then::Nothing, out);
    }

    /// Replaces the whole log; on the disk later.
    pub(super) fn replace_log(&mut self, log: super::Log<C>, out: &mut Outbox<C>) {
        self.persist_term(out);
        self.promises.truncated(0);
        self.log = log;
        self.persist(Write::Install(self.log.snapshot().clone()), Then::Nothing, out);
    }

    /// Writes down that the log begins later now.
    pub(super) fn persist_snapshot(&mut self, out: &mut Outbox<C>) {
        self.persist(Write::Compact(self.log.snapshot().clone()), Then::Nothing, out);
    }

    /// Sends when all that was written before is on the disk.
    pub(super) fn promise(&mut self, to: MachineId, message: Message<C>, out: &mut Outbox<C>) {
        self.persist_term(out);
        let promises = &mut self.promises;
        if promises.waiting.is_empty() {
            out.send(to, message);
        } else if promises.waiting.len() < limits::PROMISES {
            let (write, last) = (promises.last_write, self.log.last_index());
            promises.waiting.push_back(Waiting { write, last, then: Then::Send(to, message) });
        }
    }

    /// Writes the candidate's term and its vote for itself, and then asks the others.
    pub(super) fn canvass_when_safe(&mut self, out: &mut Outbox<C>) {
        self.promises.term_changed = false;
        self.persist(Write::Term { term: self.term, vote: self.vote }, Then::Canvass(self.term), out);
    }

    fn persist(&mut self, write: Write<C>, then: Then<C>, out: &mut Outbox<C>) {
        let promises = &mut self.promises;
        promises.last_write = WriteId(promises.last_write.0 + 1);
        promises.waiting.push_back(Waiting { write: promises.last_write, last: self.log.last_index(), then });
        out.push(Effect::Persist(promises.last_write, write));
    }

    /// This write and all before it are safe: what waited for them leaves.
    pub(super) fn synced(&mut self, write: WriteId, out: &mut Outbox<C>) {
        match self.promises.disk {
            Disk::Failed => return,
            Disk::Rewriting(everything) if write < everything => return,
            Disk::Rewriting(_) => self.promises.disk = Disk::Well,
            Disk::Well => {
                let before = self.promises.synced;
                while self.promises.waiting.front().is_some_and(|waiting| waiting.write <= write) {
                    let waiting = self.promises.waiting.pop_front().expect("there is one");
                    self.promises.synced = self.promises.synced.max(waiting.last);
                    match waiting.then {
                        Then::Nothing => {}
                        Then::Send(to, message) => out.send(to, message),
                        Then::Canvass(term) => self.canvass(term, out),
                    }
                }
                if self.promises.synced > before {
                    self.own_log_synced(out);
                }
                return;
            }
        }
        self.promises.synced = self.log.last_index();
        out.note(Note::DiskRecovered);
        self.start(out);
    }

    /// A write failed: nothing that rests on it may be promised.
    pub(super) fn write_failed(&mut self, write: WriteId, out: &mut Outbox<C>) {
        match self.promises.disk {
            // It was given up already.
            Disk::Failed => return,
            Disk::Rewriting(everything) if write < everything => return,
            Disk::Rewriting(_) => {}
            Disk::Well => {
                self.become_follower(self.term, None, Why::DiskFailed, out);
                out.cancel_timer(Timer::Election);
                out.note(Note::DiskFailed);
            }
        }
        self.promises.disk = Disk::Failed;
        self.promises.waiting.clear();
        let pause_us = self.config.timing.base_us();
        out.set_timer(Timer::Disk, (pause_us, pause_us));
    }

    /// Writes everything anew.
    pub(super) fn write_everything(&mut self, out: &mut Outbox<C>) {
        if self.promises.disk == Disk::Failed {
            let everything = Durable { term: self.term, vote: self.vote, log: self.log.clone() };
            self.promises.last_write = WriteId(self.promises.last_write.0 + 1);
            self.promises.disk = Disk::Rewriting(self.promises.last_write);
            self.promises.term_changed = false;
            out.push(Effect::Persist(self.promises.last_write, Write::All(Box::new(everything))));
        }
    }
}
