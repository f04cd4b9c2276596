//! The messages that are on their way, with all that is needed to draw them.

use std::collections::VecDeque;

use super::limits;
use crate::ha::Ha;
use crate::ha::message::Brief;
use crate::sim::{Event, Loss, MachineId, SimTime, Wire};

/// A message on its way. Its place is (now − sent) / (arrives − sent).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flight {
    /// The message.
    pub id: u64,
    /// Sender.
    pub from: MachineId,
    /// Receiver.
    pub to: MachineId,
    /// Datagram or connection.
    pub wire: Wire,
    /// When it set out; on a connection, the last time that it did.
    pub sent: SimTime,
    /// When it arrives if nothing happens on the way; [`SimTime::NEVER`] while it is held.
    pub arrives: SimTime,
    /// Its connection cannot carry it now.
    pub held: bool,
    /// What it says.
    pub brief: Brief,
}

/// A message that was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lost {
    /// The message, as it was before.
    pub flight: Flight,
    /// When.
    pub at: SimTime,
    /// Why.
    pub why: Loss,
}

/// All messages on their way, in order of their ids, and those lost last.
#[derive(Clone, Debug, Default)]
pub(super) struct Flights {
    /// The oldest arrive first, as a rule: taking them from the front has to be cheap.
    flying: VecDeque<Flight>,
    lost: VecDeque<Lost>,
}

impl Flights {
    pub(super) fn flying(&self) -> &VecDeque<Flight> {
        &self.flying
    }

    pub(super) fn lost(&self) -> impl DoubleEndedIterator<Item = &Lost> {
        self.lost.iter()
    }

    fn find(&self, id: u64) -> Option<usize> {
        self.flying.binary_search_by_key(&id, |flight| flight.id).ok()
    }

    /// Takes note of an event; tells whether it is about a message of the probe.
    pub(super) fn event(&mut self, at: SimTime, event: &Event<Ha>) -> bool {
        match *event {
            Event::Sent { id, from, to, wire, arrives, brief } => {
                if self.flying.len() < limits::FLIGHTS {
                    self.flying.push_back(Flight { id, from, to, wire, sent: at, arrives, held: false, brief });
                }
                brief.canary
            }
            Event::Held { id, .. } => self.change(id, |flight| {
                flight.held = true;
                flight.arrives = SimTime::NEVER;
            }),
            Event::Resent { id, arrives, .. } => self.change(id, |flight| {
                flight.held = false;
                flight.sent = at;
                flight.arrives = arrives;
            }),
            Event::Arrived { id, brief, .. } => {
                self.find(id).and_then(|index| self.flying.remove(index));
                brief.canary
            }
            Event::Lost { id, why, .. } => {
                let Some(flight) = self.find(id).and_then(|index| self.flying.remove(index)) else { return false };
                if self.lost.len() == limits::LOSSES {
                    self.lost.pop_front();
                }
                self.lost.push_back(Lost { flight, at, why });
                flight.brief.canary
            }
            _ => false,
        }
    }

    fn change(&mut self, id: u64, change: impl FnOnce(&mut Flight)) -> bool {
        let Some(index) = self.find(id) else { return false };
        change(&mut self.flying[index]);
        self.flying[index].brief.canary
    }
}
