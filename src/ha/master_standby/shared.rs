//! The data node's side of a shared storage: the master writes to it, a node that is to be master reads from it, and
//! standbys hold nothing.
//!
//! A master keeps in memory what it has read and written. When it gives up its role it forgets all that: others may
//! write from then on.

use std::rc::Rc;

use super::super::message::{Message, Timer};
use super::super::note::Note;
use super::super::system::Ha;
use super::promotion::{Promotion, Stage};
use super::{DataNode, State};
use crate::ha::log::Log;
use crate::sim::{LocalTime, MachineId, Outbox};

/// Heartbeats between two attempts to have the storage confirm what it has not confirmed.
const STORE_AGAIN_BEATS: u32 = 3;

/// What a master knows of the shared storage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Stored {
    /// Index of the next entry to send.
    pub next: u32,
    /// The storage has confirmed everything up to here.
    pub has: u32,
}

impl DataNode {
    /// The storage that all data nodes share, if they do.
    pub(super) fn storage(&self) -> Option<MachineId> {
        self.config.layout.storage
    }

    /// A full disk of its own keeps a node from writing, unless the data are elsewhere.
    pub(super) fn cannot_write(&self) -> bool {
        self.read_only && self.storage().is_none()
    }

    /// It is not master any more, or is not going to be: what it has read from a shared storage counts no more.
    pub(super) fn let_go(&mut self) {
        if self.storage().is_some() {
            self.log = Log::default();
            (self.synced, self.committed, self.matched) = (0, 0, 0);
            self.poisoned = false;
        }
    }

    /// The service has started: the storage is to be this node's, and it reads what is on it.
    #[inline(never)]
    pub(super) fn mount(&mut self, out: &mut Outbox<Ha>) {
        if let (State::Promoting(promotion), Some(storage)) = (&mut self.state, self.config.layout.storage) {
            promotion.stage = Stage::Reading;
            let epoch = promotion.epoch;
            out.stream(storage, Message::Mount { epoch });
            let beat = self.config.nodes.detection.heartbeat_us;
            out.set_timer(Timer::Heartbeat, beat, beat);
        }
    }

    /// No answer from the storage yet: it may be down, or the connection gone.
    pub(super) fn mount_again(&mut self, out: &mut Outbox<Ha>) {
        if matches!(&self.state, State::Promoting(Promotion { stage: Stage::Reading, .. })) {
            self.mount(out);
        }
    }

    /// The storage is this node's, and this is on it. The log is replayed next.
    #[inline(never)]
    pub(super) fn mounted(&mut self, now: LocalTime, epoch: u32, log: &Rc<Log>, out: &mut Outbox<Ha>) {
        let State::Promoting(promotion) = &mut self.state else { return };
        if promotion.epoch != epoch || promotion.stage != Stage::Reading {
            return;
        }
        promotion.stage = Stage::Replaying;
        self.log = (**log).clone();
        let last = self.log.last();
        self.newest_epoch = self.newest_epoch.max(last.epoch);
        self.synced = last.index;
        self.committed = self.log.base_index();
        out.note(Note::Mounted { pos: last });
        if let Some(pos) = self.log.poison(last.index) {
            self.poisoned = true;
            out.note(Note::Poisoned { pos });
        }
        match self.config.nodes.recovery_us {
            0 => self.recovered(now, out),
            pause => out.set_timer(Timer::Recovery, pause, pause),
        }
    }

    /// The storage refuses this node: it is reserved for a newer epoch.
    pub(super) fn refused_by_storage(&mut self, epoch: u32, out: &mut Outbox<Ha>) {
        self.newest_epoch = self.newest_epoch.max(epoch);
        if matches!(&self.state, State::Promoting(promotion) if promotion.epoch < epoch) {
            self.state = State::Standby;
            self.let_go();
            out.cancel_timer(Timer::Recovery);
            out.cancel_timer(Timer::Heartbeat);
            let limit = self.silence_limit_us();
            out.set_timer(Timer::Silence, limit, limit);
        }
    }

    /// Sends the storage what it lacks.
    pub(super) fn store(&mut self, out: &mut Outbox<Ha>) {
        let committed = self.committed;
        let (State::Master(master), Some(storage)) = (&mut self.state, self.config.layout.storage) else { return };
        let (epoch, stored) = (master.epoch, &mut master.stored);
        // What it has read there was there, though it is not acknowledged in this epoch yet.
        let committed = committed.max(stored.has);
        while stored.next <= self.log.last_index() {
            // What is not confirmed is not folded.
            let (Some(before), Some(entries)) = (self.log.pos(stored.next - 1), self.log.batch_after(stored.next - 1))
            else {
                return;
            };
            stored.next += entries.len() as u32;
            out.stream(storage, Message::Append { epoch, before, entries: entries.into(), committed });
        }
    }

    /// A write or its confirmation may have been lost with a connection: every few heartbeats it is sent again.
    #[inline(never)]
    pub(super) fn store_again(&mut self, out: &mut Outbox<Ha>) {
        if let State::Master(master) = &mut self.state
            && master.round % STORE_AGAIN_BEATS == 0
        {
            master.stored.next = master.stored.has + 1;
            self.store(out);
        }
    }

    /// The storage has it.
    pub(super) fn stored(&mut self, now: LocalTime, epoch: u32, upto: u32, out: &mut Outbox<Ha>) {
        let State::Master(master) = &mut self.state else { return };
        if master.epoch != epoch {
            return;
        }
        master.stored.has = master.stored.has.max(upto);
        self.synced = master.stored.has;
        self.commit(now, out);
        self.try_handover(now, out);
    }
}
