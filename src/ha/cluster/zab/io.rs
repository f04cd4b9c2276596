//! What can happen to a member, and what it does about it. An embedder maps these one to one onto the simulator's.

use std::rc::Rc;

use serde::Serialize;

use super::Service;
use super::durable::Write;
use super::log::Snapshot;
use super::message::Message;
use super::note::Note;
use super::zxid::Zxid;
use crate::sim::{CloseReason, MachineId, Micros, Ticket, Words};

/// What can happen to a member.
///
/// Messages travel on connections: in order, and nothing arrives from an old connection once its end was told.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Input<A: Service> {
    /// It has just been started from its durable state.
    Start,
    /// In place of [`Input::Start`]: the ensemble is established from the start. All disks have to say that they accepted
    /// this epoch and have the history of its leader.
    Established {
        /// Who leads.
        leader: MachineId,
        /// In this epoch.
        epoch: u32,
    },
    /// A message has arrived.
    Message {
        /// Who sent it.
        from: MachineId,
        /// What it says.
        body: Message<A>,
    },
    /// A timer that it had set has run out.
    Timer(Timer),
    /// Its write with this ticket, and all before it, are on the disk.
    Synced(Ticket),
    /// Its write with this ticket could not be done.
    WriteFailed(Ticket),
    /// A connection with `peer` stands.
    Opened {
        /// The machine at the other end.
        peer: MachineId,
    },
    /// The connection with `peer` is gone; what was sent on it may or may not have arrived.
    Closed {
        /// The machine at the other end.
        peer: MachineId,
        /// How it ended.
        reason: CloseReason,
    },
    /// Broadcast a transaction. A follower forwards it to its leader.
    Propose(A::Txn),
    /// Tell when everything that the leader has proposed by now is delivered here (ZooKeeper's `sync`).
    Sync(u64),
    /// The embedder's state after every transaction up to `zxid`, the one of [`Effect::CheckpointDue`].
    Checkpoint(Snapshot<A>),
}

/// One effect of a step.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Effect<A: Service> {
    /// Send on the connection with the machine; it is opened if there is none.
    Send(MachineId, Message<A>),
    /// Close the connection with the machine.
    Close(MachineId),
    /// Set (or set anew) the timer to a duration that the world draws from `lo..=hi`.
    SetTimer(Timer, Micros, Micros),
    /// Forget the timer.
    CancelTimer(Timer),
    /// Write to the disk; the ticket comes back when it is synced.
    Persist(Ticket, Write<A>),

    /// The leader has given a transaction its place and broadcasts it.
    Proposed {
        /// Its place.
        zxid: Zxid,
        /// The transaction.
        txn: A::Txn,
    },
    /// A transaction was not taken, surely without effect.
    ProposalRefused {
        /// The transaction.
        txn: A::Txn,
        /// Why.
        why: Refusal,
    },
    /// The embedder's state is to become this one.
    InstallSnapshot(Snapshot<A>),
    /// A committed transaction, to be applied: every member is given the same ones in the same order.
    Delivered {
        /// Its place.
        zxid: Zxid,
        /// The transaction.
        txn: A::Txn,
    },
    /// The state as it is now, after exactly `zxid`, should be handed in as [`Input::Checkpoint`].
    CheckpointDue {
        /// The last transaction delivered.
        zxid: Zxid,
    },
    /// The member serves: what is delivered is up to date, and transactions are taken.
    ServiceStarted {
        /// Under the leader of this epoch.
        epoch: u32,
        /// It is that leader itself.
        leading: bool,
    },
    /// It serves no longer. Whether what was proposed here and is not delivered yet will be, nobody knows.
    ServiceStopped,
    /// A `sync` is done.
    SyncDone(u64),
    /// A `sync` will not be answered.
    SyncDropped(u64),
    /// What a follower has gathered in its `touched` since the last ping: sessions that were heard of.
    Touched {
        /// The follower.
        from: MachineId,
        /// What it gathered.
        touched: Rc<A::Touched>,
    },
    /// Say something to the trace.
    Note(Note),
}

/// Why a transaction is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Refusal {
    /// The member does not serve.
    NotServing = 1,
    /// Too many proposals are under way.
    Busy = 2,
    /// The epoch has used up its counters.
    Rollover = 3,
}

/// What a member may be waiting for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Timer {
    /// Looking: better votes, before the election is over.
    Finalize = 1,
    /// Looking: notifications of others, before its own are sent again.
    Notify = 2,
    /// Following: the next try to connect.
    Connect = 3,
    /// Following: the leader's next message.
    Silence = 4,
    /// Leading: the quorum of a stage of discovery or synchronisation.
    Stage = 5,
    /// Leading: half a tick.
    HalfTick = 6,
    /// Halted: the supervisor.
    Restart = 7,
}

impl Timer {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Finalize, Self::Notify, Self::Connect, Self::Silence, Self::Stage, Self::HalfTick, Self::Restart];
}

impl Words for Timer {
    fn words(&self, sink: &mut impl FnMut(u64)) {
        sink(*self as u64);
    }
}

/// The effects of one step, in order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Outbox<A: Service> {
    items: Vec<Effect<A>>,
    next_ticket: Ticket,
}

impl<A: Service> Outbox<A> {
    /// An empty one. The first write of the step gets the ticket `next`, the second the one after it, and so on. Given
    /// [`next_ticket`](crate::sim::Outbox::next_ticket), these are the tickets that the simulator will give them.
    pub fn new(next: Ticket) -> Self {
        Self { items: Vec::new(), next_ticket: next }
    }

    /// The effects so far.
    pub fn items(&self) -> &[Effect<A>] {
        &self.items
    }

    /// The effects, and the ticket of the next write.
    pub fn into_parts(self) -> (Vec<Effect<A>>, Ticket) {
        (self.items, self.next_ticket)
    }

    pub(super) fn push(&mut self, effect: Effect<A>) {
        self.items.push(effect);
    }

    pub(super) fn send(&mut self, to: MachineId, body: Message<A>) {
        self.push(Effect::Send(to, body));
    }

    pub(super) fn close(&mut self, peer: MachineId) {
        self.push(Effect::Close(peer));
    }

    pub(super) fn set_timer(&mut self, timer: Timer, us: Micros) {
        self.push(Effect::SetTimer(timer, us, us));
    }

    pub(super) fn cancel_timer(&mut self, timer: Timer) {
        self.push(Effect::CancelTimer(timer));
    }

    pub(super) fn persist(&mut self, write: Write<A>) -> Ticket {
        let ticket = self.next_ticket;
        self.next_ticket = ticket.next();
        self.push(Effect::Persist(ticket, write));
        ticket
    }

    pub(super) fn note(&mut self, note: Note) {
        self.push(Effect::Note(note));
    }
}
