//! A disk with a write cache: a write is safe only when its sync has come back.
//!
//! Writes queue up, and one sync carries all that are waiting (group commit). A process crash leaves the
//! operating system to finish; a machine crash loses what waits but not what the device is writing; a power
//! loss loses both.

use super::limits;
use super::system::System;
use super::time::Micros;

/// Names one write of one machine; later writes have greater tickets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(u64);

impl Ticket {
    /// The ticket of the first write.
    pub const FIRST: Self = Self(1);

    /// The ticket of the write after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// The number on the ticket.
    pub const fn number(self) -> u64 {
        self.0
    }
}

/// One machine's disk.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Disk<S: System> {
    image: S::Durable,
    syncing: Vec<(Ticket, S::Write)>,
    waiting: Vec<(Ticket, S::Write)>,
    /// Time of one sync on a healthy disk.
    sync_us: Micros,
    /// 1000 is normal; 5000 makes a sync take five times as long.
    slow_permille: u32,
    full: bool,
}

impl<S: System> Disk<S> {
    pub(super) fn new(image: S::Durable, sync_us: Micros) -> Self {
        Self { image, syncing: Vec::new(), waiting: Vec::new(), sync_us, slow_permille: 1000, full: false }
    }

    /// What would be found after a power loss now.
    pub fn image(&self) -> &S::Durable {
        &self.image
    }

    /// Writes that a power loss now would lose.
    pub fn unsynced(&self) -> usize {
        self.syncing.len() + self.waiting.len()
    }

    /// Whether writes fail.
    pub fn is_full(&self) -> bool {
        self.full
    }

    /// How slow it is; 1000 is normal.
    pub fn slow_permille(&self) -> u32 {
        self.slow_permille
    }

    pub(super) fn set_full(&mut self, full: bool) {
        self.full = full;
    }

    pub(super) fn set_slow(&mut self, permille: u32) {
        self.slow_permille = permille.max(1);
    }

    /// Takes a write into the cache; false if the disk is full.
    pub(super) fn accept(&mut self, ticket: Ticket, write: S::Write) -> bool {
        if self.full || self.waiting.len() >= limits::DISK_QUEUE {
            return false;
        }
        self.waiting.push((ticket, write));
        true
    }

    /// Starts a sync of all that waits, unless one is under way; gives the time it will take.
    pub(super) fn begin_sync(&mut self) -> Option<Micros> {
        if !self.syncing.is_empty() || self.waiting.is_empty() {
            return None;
        }
        std::mem::swap(&mut self.syncing, &mut self.waiting);
        Some(self.sync_us.saturating_mul(u64::from(self.slow_permille)) / 1000)
    }

    /// The sync is done: its writes are in the image. Gives the last ticket.
    pub(super) fn end_sync(&mut self) -> Option<Ticket> {
        let mut last = None;
        for (ticket, write) in self.syncing.drain(..) {
            S::write(&mut self.image, write);
            last = Some(ticket);
        }
        last
    }

    /// The operating system writes out everything: a process died, the machine did not.
    pub(super) fn flush(&mut self) {
        self.end_sync();
        std::mem::swap(&mut self.syncing, &mut self.waiting);
        self.end_sync();
    }

    /// The machine crashed: the batch at the device completes, the rest is lost. Gives the number lost.
    pub(super) fn crash(&mut self) -> usize {
        self.end_sync();
        std::mem::take(&mut self.waiting).len()
    }

    /// The power failed: all that was not synced is lost. Gives the number lost.
    pub(super) fn power_loss(&mut self) -> usize {
        std::mem::take(&mut self.syncing).len() + std::mem::take(&mut self.waiting).len()
    }

    /// Changes what stands on it from outside, while nothing runs that could write.
    pub(super) fn image_mut(&mut self) -> &mut S::Durable {
        &mut self.image
    }

    pub(super) fn wipe(&mut self) {
        self.power_loss();
        self.image = S::wipe(&self.image);
    }
}
