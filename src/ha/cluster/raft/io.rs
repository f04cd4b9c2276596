//! What a server is given, and what it wants done.
//!
//! An embedder hands every effect on, in order: sends, timers, writes and notes to its own outbox, and the rest to
//! the state machine and the clients. The server numbers its writes itself; [`InFlight`] turns the tickets of
//! [`sim::Outbox`](crate::sim::Outbox) into these numbers.

use std::collections::VecDeque;
use std::rc::Rc;

use super::durable::Write;
use super::log::{Command, Payload, Pos, Snapshot};
use super::members::Change;
use super::message::{Message, Timer};
use super::note::{Busy, Note};
use crate::sim::{MachineId, Micros, Ticket};

/// Numbers the writes of one life of a server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WriteId(pub(super) u64);

/// What can happen to a server.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Input<C: Command> {
    /// It has just been made from its durable state.
    Start,
    /// A message has arrived.
    Message {
        /// From whom.
        from: MachineId,
        /// What it says.
        body: Message<C>,
    },
    /// A timer has run out.
    Timer(Timer),
    /// This write and all before it are on the disk.
    Synced(WriteId),
    /// This write could not be done.
    WriteFailed(WriteId),
    /// A client wants a command in the log.
    Propose(C),
    /// A client wants to read what is newest now (§6.4). `ctx` names the read; no two of one server may be alike.
    ReadIndex(u64),
    /// The operator wants another leader (§3.10).
    Transfer(MachineId),
    /// The operator wants other members (§4).
    Change(Change),
    /// In place of [`Input::Start`]: lead from the start, in the term in which all disks say that it was voted for.
    TakeOffice,
    /// Campaign now, without waiting for the timer.
    Campaign,
    /// This is the state after all entries up to `index`: what came before can go (§5.1).
    Compact {
        /// The last entry in it, one that was committed.
        index: u32,
        /// The state.
        state: C::State,
    },
}

/// What a server wants done.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Effect<C: Command> {
    /// Send. Messages may be lost, doubled and overtaken.
    Send(MachineId, Message<C>),
    /// Set (or set anew) the timer to a local duration that is drawn from `lo..=hi`.
    SetTimer(Timer, Micros, Micros),
    /// Forget the timer.
    CancelTimer(Timer),
    /// Write to the disk, behind all earlier writes.
    Persist(WriteId, Write<C>),
    /// An entry is committed: apply it. They come in order, without gaps.
    Committed(Pos, Payload<C>),
    /// The state is that of this snapshot now; the entries in between do not come any more.
    Restore(Rc<Snapshot<C>>),
    /// The proposal, or the change, stands in the log here. It is done when it is committed there, and surely will
    /// never be when another entry is.
    Proposed(Pos),
    /// It cannot be asked for that: it is not leader.
    NotLeader {
        /// Whom it holds for leader.
        hint: Option<MachineId>,
    },
    /// It is leader, and cannot do it now.
    Dropped(Busy),
    /// Everything that was acknowledged when the read came is applied by now: read.
    ReadReady {
        /// The read.
        ctx: u64,
        /// What is applied at least.
        index: u32,
    },
    /// The read cannot be answered here and now.
    ReadRefused {
        /// The read.
        ctx: u64,
        /// Whom it holds for leader.
        hint: Option<MachineId>,
    },
    /// Tell the trace.
    Note(Note),
}

/// The effects of steps that nobody has carried out yet, in order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Outbox<C: Command> {
    effects: Vec<Effect<C>>,
}

impl<C: Command> Default for Outbox<C> {
    fn default() -> Self {
        Self { effects: Vec::new() }
    }
}

impl<C: Command> Outbox<C> {
    /// Takes all effects out, the oldest first, also those that carrying one out puts in.
    pub fn each(&mut self, mut carry_out: impl FnMut(Effect<C>, &mut Self)) {
        while !self.effects.is_empty() {
            let mut oldest = std::mem::take(&mut self.effects);
            for effect in oldest.drain(..) {
                carry_out(effect, self);
            }
            if self.effects.is_empty() {
                self.effects = oldest; // so that it need not grow anew in each step
            }
        }
    }

    /// The effects that are in it.
    pub fn effects(&self) -> impl Iterator<Item = &Effect<C>> {
        self.effects.iter()
    }

    /// Makes the effect in its place: a push would make it elsewhere and copy it.
    fn put(&mut self, make: impl FnOnce() -> Effect<C>) {
        self.effects.extend(std::iter::once_with(make));
    }

    pub(super) fn push(&mut self, effect: Effect<C>) {
        self.effects.push(effect);
    }

    pub(super) fn send(&mut self, to: MachineId, message: Message<C>) {
        self.put(|| Effect::Send(to, message));
    }

    pub(super) fn set_timer(&mut self, timer: Timer, (lo_us, hi_us): (Micros, Micros)) {
        self.put(|| Effect::SetTimer(timer, lo_us, hi_us));
    }

    pub(super) fn cancel_timer(&mut self, timer: Timer) {
        self.put(|| Effect::CancelTimer(timer));
    }

    /// The leader cannot do what it is asked for.
    pub(super) fn refuse(&mut self, why: Busy) {
        self.note(Note::Refused { why });
        self.push(Effect::Dropped(why));
    }

    pub(super) fn note(&mut self, note: Note) {
        self.put(|| Effect::Note(note));
    }
}

/// Writes under way: which ticket of the world belongs to which write of the server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct InFlight(VecDeque<(Ticket, WriteId)>);

impl InFlight {
    /// The write got this ticket.
    pub fn sent(&mut self, ticket: Ticket, write: WriteId) {
        self.0.push_back((ticket, write));
    }

    /// Everything up to this ticket is on the disk; gives the last write of the server among it, if there is one.
    pub fn synced(&mut self, ticket: Ticket) -> Option<WriteId> {
        let done = self.0.partition_point(|(sent, _)| *sent <= ticket);
        self.0.drain(..done).next_back().map(|(_, write)| write)
    }

    /// The write with this ticket failed; gives it, if it was one of the server's.
    pub fn failed(&mut self, ticket: Ticket) -> Option<WriteId> {
        let at = self.0.iter().position(|(sent, _)| *sent == ticket)?;
        self.0.remove(at).map(|(_, write)| write)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::Outbox;
    use crate::sim::echo::Echo;

    #[test]
    fn a_sync_covers_all_writes_up_to_its_ticket() {
        let mut world = Outbox::<Echo>::detached();
        let mut under_way = InFlight::default();
        let tickets: Vec<_> = (1..=4).map(|_| world.persist(Default::default())).collect();
        for (ticket, write) in tickets.iter().zip([1, 2, 3]) {
            under_way.sent(*ticket, WriteId(write));
        }
        assert_eq!(under_way.synced(tickets[1]), Some(WriteId(2)));
        assert_eq!(under_way.synced(tickets[1]), None);
        assert_eq!(under_way.failed(tickets[3]), None, "somebody else's");
        assert_eq!(under_way.failed(tickets[2]), Some(WriteId(3)));
        assert_eq!(under_way, InFlight::default());
    }
}
