//! Folding the log up (§5): each server replaces what it has applied by the state that it made, and sends that to a
//! follower which needs more than its log still has.

use std::rc::Rc;

use super::Raft;
use super::io::{Effect, Outbox};
use super::log::{Command, Log, Snapshot};
use super::message::Message;
use super::note::Note;
use crate::sim::MachineId;

impl<C: Command> Raft<C> {
    /// §5.1: the embedder gives the state after `index`.
    pub(super) fn compact(&mut self, index: u32, state: C::State, out: &mut Outbox<C>) {
        assert!(index <= self.commit, "only what is committed is in the state");
        if index <= self.log.base() {
            return;
        }
        self.log.compact(index, state);
        out.note(Note::SnapshotTaken { pos: self.log.snapshot().pos });
        self.persist_snapshot(out);
    }

    /// §5.2: the leader's log does not reach back to this server's.
    pub(super) fn install_snapshot(&mut self, from: MachineId, snapshot: Rc<Snapshot<C>>, out: &mut Outbox<C>) {
        let pos = snapshot.pos;
        if pos.index > self.commit {
            if self.log.has(pos) {
                // It has all of that, and only did not know that it is committed.
                self.commit_to(pos.index, out);
            } else {
                self.replace_log(Log::from_snapshot(Rc::clone(&snapshot)), out);
                self.commit = pos.index;
                out.note(Note::SnapshotInstalled { pos });
                out.push(Effect::Restore(snapshot));
                self.release_reads(out);
            }
        }
        self.promise(from, Message::Appended { term: self.term, matched: self.commit }, out);
    }
}
