//! The trace: the one account of what happened, told event by event to a [`Sink`].

use serde::Serialize;

use super::connection::CloseReason;
use super::disk::Ticket;
use super::fault::{Fault, Origin};
use super::machine::Status;
use super::system::{System, Wire, Words};
use super::time::SimTime;
use super::world::MachineId;

/// Why a message did not arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Loss {
    /// The network dropped it.
    Random = 1,
    /// The link is cut, or the machines are in different partitions.
    Cut = 2,
    /// Nobody listens there: the machine or the process is down.
    Down = 3,
    /// The receiver's inbox is full.
    Overflow = 4,
    /// The connection that it travelled on is gone.
    Closed = 5,
}

/// One thing that happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<S: System> {
    /// A message left; on a datagram's way nothing says yet that it will arrive.
    Sent {
        /// Names the message for the rest of its way.
        id: u64,
        /// Sender.
        from: MachineId,
        /// Receiver.
        to: MachineId,
        /// Datagram or connection.
        wire: Wire,
        /// When it will arrive if nothing happens on the way; [`SimTime::NEVER`] if it cannot set out yet and is held.
        arrives: SimTime,
        /// What it says, in short.
        brief: S::Brief,
    },
    /// A message arrived.
    Arrived {
        /// The message.
        id: u64,
        /// Sender.
        from: MachineId,
        /// Receiver.
        to: MachineId,
        /// What it says, in short.
        brief: S::Brief,
    },
    /// A message will never arrive.
    Lost {
        /// The message.
        id: u64,
        /// Sender.
        from: MachineId,
        /// Receiver.
        to: MachineId,
        /// Why.
        why: Loss,
    },
    /// A message on a connection could not pass and waits to be sent again.
    Held {
        /// The message.
        id: u64,
        /// Sender.
        from: MachineId,
        /// Receiver.
        to: MachineId,
    },
    /// A message that was held is on its way now.
    Resent {
        /// The message.
        id: u64,
        /// Sender.
        from: MachineId,
        /// Receiver.
        to: MachineId,
        /// When it will arrive now.
        arrives: SimTime,
    },
    /// A connection stands, seen from `machine`.
    Opened {
        /// Who sees it.
        machine: MachineId,
        /// The other end.
        peer: MachineId,
    },
    /// A connection is gone, seen from `machine`.
    Closed {
        /// Who sees it.
        machine: MachineId,
        /// The other end.
        peer: MachineId,
        /// How it ended.
        reason: CloseReason,
    },
    /// A timer ran out and its process was told.
    Fired {
        /// Whose.
        machine: MachineId,
        /// Which.
        timer: S::Timer,
    },
    /// Writes up to this ticket are safe.
    Synced {
        /// On whose disk.
        machine: MachineId,
        /// The last of them.
        ticket: Ticket,
    },
    /// A machine changed its status.
    Machine {
        /// Which.
        machine: MachineId,
        /// What it is now.
        status: Status,
        /// Writes that were lost by it.
        lost_writes: u32,
    },
    /// A fault, or its undoing, was done.
    Fault {
        /// By whom.
        origin: Origin,
        /// What.
        fault: Fault<S>,
    },
    /// A process said something.
    Note {
        /// Which machine's.
        machine: MachineId,
        /// Which part of it, where it has several that work side by side; else 0.
        lane: u8,
        /// What.
        note: S::Note,
    },
}

/// How long an event is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    /// For the session: faults, roles, incidents.
    Story,
    /// In a ring, and rebuilt by replay: messages and timers.
    Wire,
}

impl<S: System> Event<S> {
    /// Story or wire.
    pub fn tier(&self) -> Tier {
        match self {
            Self::Machine { .. } | Self::Fault { .. } => Tier::Story,
            Self::Note { note, .. } if S::is_story(note) => Tier::Story,
            _ => Tier::Wire,
        }
    }

    /// The machine to which it happened, if it is one.
    pub fn machine(&self) -> Option<MachineId> {
        match *self {
            Self::Sent { from: machine, .. }
            | Self::Held { from: machine, .. }
            | Self::Resent { from: machine, .. }
            | Self::Arrived { to: machine, .. }
            | Self::Lost { to: machine, .. }
            | Self::Opened { machine, .. }
            | Self::Closed { machine, .. }
            | Self::Fired { machine, .. }
            | Self::Synced { machine, .. }
            | Self::Machine { machine, .. }
            | Self::Note { machine, .. } => Some(machine),
            Self::Fault { fault, .. } => fault.machine(),
        }
    }
}

impl<S: System> Words for Event<S> {
    fn words(&self, sink: &mut impl FnMut(u64)) {
        let head = |tag: u64, a: MachineId, b: MachineId, detail: u64| {
            tag | u64::from(a.number()) << 8 | u64::from(b.number()) << 16 | detail << 24
        };
        match self {
            Self::Sent { id, from, to, wire, arrives, brief } => {
                sink(head(1, *from, *to, *wire as u64));
                sink(*id);
                sink(arrives.us());
                brief.words(sink);
            }
            Self::Arrived { id, from, to, brief: _ } => {
                sink(head(2, *from, *to, 0));
                sink(*id);
            }
            Self::Lost { id, from, to, why } => {
                sink(head(3, *from, *to, *why as u64));
                sink(*id);
            }
            Self::Held { id, from, to } => {
                sink(head(4, *from, *to, 0));
                sink(*id);
            }
            Self::Resent { id, from, to, arrives } => {
                sink(head(5, *from, *to, 0));
                sink(*id);
                sink(arrives.us());
            }
            Self::Opened { machine, peer } => sink(head(6, *machine, *peer, 0)),
            Self::Closed { machine, peer, reason } => sink(head(7, *machine, *peer, *reason as u64)),
            Self::Fired { machine, timer } => {
                sink(head(8, *machine, *machine, 0));
                timer.words(sink);
            }
            Self::Synced { machine, ticket } => {
                sink(head(9, *machine, *machine, 0));
                sink(ticket.number());
            }
            Self::Machine { machine, status, lost_writes } => {
                sink(head(10, *machine, *machine, *status as u64 | u64::from(*lost_writes) << 8));
            }
            Self::Fault { origin, fault } => {
                sink(0x0b | (*origin as u64) << 24);
                fault.words(sink);
            }
            Self::Note { machine, lane, note } => {
                sink(head(12, *machine, *machine, u64::from(*lane)));
                note.words(sink);
            }
        }
    }
}

/// Who listens to a run.
pub trait Sink<S: System> {
    /// Event number `order` of the run happened at `at`.
    fn event(&mut self, at: SimTime, order: u64, event: &Event<S>);
}

/// Nobody listens.
impl<S: System> Sink<S> for () {
    fn event(&mut self, _: SimTime, _: u64, _: &Event<S>) {}
}

impl<S: System, T: Sink<S> + ?Sized> Sink<S> for &mut T {
    fn event(&mut self, at: SimTime, order: u64, event: &Event<S>) {
        (**self).event(at, order, event);
    }
}

impl<S: System, A: Sink<S>, B: Sink<S>> Sink<S> for (A, B) {
    fn event(&mut self, at: SimTime, order: u64, event: &Event<S>) {
        self.0.event(at, order, event);
        self.1.event(at, order, event);
    }
}

/// Keeps everything: for tests and short traces.
impl<S: System> Sink<S> for Vec<(SimTime, Event<S>)> {
    fn event(&mut self, at: SimTime, _: u64, event: &Event<S>) {
        self.push((at, *event));
    }
}

/// The running hash of a trace and its seed: two runs with equal hashes were the same run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceHash(u64);

impl TraceHash {
    /// The hash of an empty trace under this seed.
    pub fn new(seed: u64) -> Self {
        let mut hash = Self(0x4841_4c61_6221_0001); // "HALab!", format 1
        hash.add(seed);
        hash
    }

    /// 64 bits; printed as 16 hexadecimal digits.
    pub fn value(self) -> u64 {
        self.0
    }

    fn add(&mut self, word: u64) {
        // One multiplication a word, folded: the mixing step of wyhash (Wang Yi, public domain).
        let product = u128::from(self.0 ^ word) * u128::from(0x9e37_79b9_7f4a_7c15_u64);
        self.0 = (product as u64) ^ ((product >> 64) as u64) ^ word.rotate_left(32);
    }
}

impl<S: System> Sink<S> for TraceHash {
    fn event(&mut self, at: SimTime, order: u64, event: &Event<S>) {
        self.add(at.us());
        self.add(order);
        event.words(&mut |word| self.add(word));
    }
}
