//! Connections: in order, loss becomes delay, broken by reset or timeout.
//!
//! There is at most one connection between two machines. Each end knows only its own side: after a silent
//! crash the other end believes in it until something it sends is answered by a reset, or is not answered
//! for too long.

use std::collections::VecDeque;

use serde::Serialize;

use super::system::System;
use super::time::{Micros, SimTime};
use super::world::MachineId;

/// How a connection ended, as one end sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum CloseReason {
    /// The other end closed it, or its process died and the operating system did.
    Reset = 1,
    /// Nobody listens there.
    Refused = 2,
    /// No answer for too long.
    TimedOut = 3,
}

/// One end's view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum End {
    /// Has asked for it and waits.
    Opening,
    /// Stands, as far as this end knows.
    Open,
    /// This end knows of none.
    Gone,
}

/// A message on a connection.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Segment<S: System> {
    pub(super) id: u64,
    pub(super) body: S::Message,
}

/// One direction.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Lane<S: System> {
    /// Waits for the handshake, or behind a segment that could not pass.
    pub(super) held: VecDeque<Segment<S>>,
    /// No later segment arrives before this.
    pub(super) last_arrival: SimTime,
    /// Since when the first of `held` has been tried in vain.
    pub(super) stalled_since: Option<SimTime>,
    /// Pause before the next try.
    pub(super) pause_us: Micros,
}

impl<S: System> Lane<S> {
    fn new() -> Self {
        Self { held: VecDeque::new(), last_arrival: SimTime::ZERO, stalled_since: None, pause_us: 0 }
    }
}

/// A connection between `ends[0]` and `ends[1]`, the lower machine first.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Connection<S: System> {
    pub(super) id: u64,
    pub(super) opener: MachineId,
    pub(super) opened_at: SimTime,
    pub(super) ends: [End; 2],
    /// `lanes[i]` carries what end `i` sends.
    pub(super) lanes: [Lane<S>; 2],
    /// An end that still believes in an older connection which this one replaced.
    pub(super) stale: [bool; 2],
}

impl<S: System> Connection<S> {
    pub(super) fn new(id: u64, opener: MachineId, at: SimTime) -> Self {
        Self { id, opener, opened_at: at, ends: [End::Gone; 2], lanes: [Lane::new(), Lane::new()], stale: [false; 2] }
    }
}

/// All connections: a place for each pair of machines, in their order.
#[derive(Clone, Debug)]
pub(super) struct Connections<S: System> {
    machines: usize,
    places: Vec<Option<Box<Connection<S>>>>,
}

impl<S: System> Connections<S> {
    pub(super) fn new(machines: usize) -> Self {
        Self { machines, places: vec![None; machines * machines] }
    }

    fn place(&self, Pair(lower, higher): Pair) -> usize {
        lower.index() * self.machines + higher.index()
    }

    pub(super) fn get(&self, pair: Pair) -> Option<&Connection<S>> {
        self.places[self.place(pair)].as_deref()
    }

    pub(super) fn get_mut(&mut self, pair: Pair) -> Option<&mut Connection<S>> {
        let place = self.place(pair);
        self.places[place].as_deref_mut()
    }

    /// Gives the one that it replaces.
    pub(super) fn insert(&mut self, pair: Pair, connection: Connection<S>) -> Option<Box<Connection<S>>> {
        let place = self.place(pair);
        self.places[place].replace(Box::new(connection))
    }

    pub(super) fn remove(&mut self, pair: Pair) {
        let place = self.place(pair);
        self.places[place] = None;
    }

    /// Those of one machine, in order of their pairs.
    pub(super) fn of(&self, machine: MachineId) -> impl Iterator<Item = (Pair, &Connection<S>)> {
        let others = (0..self.machines).map(MachineId::from_index).filter(move |other| *other != machine);
        let pairs = others.map(move |other| Pair::new(machine, other));
        pairs.filter_map(|pair| Some((pair, self.get(pair)?)))
    }
}

/// The two machines of a connection, lower first, and which of them a machine is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Pair(MachineId, MachineId);

impl Pair {
    pub(super) fn new(a: MachineId, b: MachineId) -> Self {
        assert_ne!(a, b, "a machine needs no connection with itself");
        if a < b { Self(a, b) } else { Self(b, a) }
    }

    pub(super) fn side(self, machine: MachineId) -> usize {
        usize::from(machine == self.1)
    }

    pub(super) fn other(self, machine: MachineId) -> MachineId {
        if machine == self.0 { self.1 } else { self.0 }
    }

    pub(super) fn machine(self, side: usize) -> MachineId {
        if side == 0 { self.0 } else { self.1 }
    }
}
