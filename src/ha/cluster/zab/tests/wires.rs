//! Connections of the small world: they keep order, and what cannot pass waits until it can, or until the sender gives
//! up. A process that dies closes its connections, a machine that dies does not.

use std::collections::VecDeque;

use super::net::{Due, Lab, MS, Net};
use crate::ha::cluster::zab::{Input, Message};
use crate::sim::{CloseReason, MachineId};

/// The connection between two machines: the newest one, and what each end believes.
#[derive(Clone, Debug, Default)]
pub struct Wire {
    pub newest: u64,
    pub ends: [Option<u64>; 2],
    /// Who has learned of the newest.
    pub joined: [bool; 2],
    pub lanes: [Lane; 2],
}

#[derive(Clone, Debug, Default)]
pub struct Lane {
    pub waiting: VecDeque<(u64, u64, Message<Lab>)>,
    pub pumping: bool,
    pub stalled_since: Option<u64>,
}

impl Net {
    pub fn wire(&mut self, me: usize, peer: usize) -> (&mut Wire, usize) {
        (self.wires.entry((me.min(peer), me.max(peer))).or_default(), usize::from(me > peer))
    }

    pub fn passes(&self, from: usize, to: usize) -> bool {
        !self.cut.contains(&(from, to))
    }

    pub fn send(&mut self, from: usize, to: usize, body: Message<Lab>) {
        self.ordinal += 1;
        let fresh = self.ordinal;
        let (wire, side) = self.wire(from, to);
        if wire.ends[side].is_none() {
            let joins = wire.ends[1 - side] == Some(wire.newest) && !wire.joined[side];
            if !joins {
                wire.newest = fresh;
                wire.joined = [false; 2];
            }
            wire.ends[side] = Some(wire.newest);
            wire.joined[side] = true;
        }
        let id = wire.ends[side].expect("it was just opened");
        let takes_us = self.draw(self.latency_us);
        let arrives = self.now + takes_us;
        let (wire, side) = self.wire(from, to);
        let lane = &mut wire.lanes[side];
        lane.waiting.push_back((arrives, id, body));
        if !std::mem::replace(&mut lane.pumping, true) {
            self.schedule(takes_us, Due::Pump { from, to });
        }
    }

    /// The first message of a direction arrives, if it can.
    pub fn pump(&mut self, from: usize, to: usize) {
        let (now, passes, up) = (self.now, self.passes(from, to), self.is_machine_up(to));
        let give_up_us = self.give_up_us;
        let (wire, side) = self.wire(from, to);
        let lane = &mut wire.lanes[side];
        lane.pumping = false;
        let Some((_, id, _)) = lane.waiting.front() else { return };
        let id = *id;
        if !passes || !up {
            if now - *lane.stalled_since.get_or_insert(now) >= give_up_us {
                lane.stalled_since = None;
                lane.waiting.retain(|(_, of, _)| *of != id);
                self.schedule(0, Due::Hangup { from: to, to: from, id, reason: CloseReason::TimedOut });
                self.pump_next(from, to);
            } else {
                lane.pumping = true;
                let pause_us = self.draw((50 * MS, 200 * MS));
                self.schedule(pause_us, Due::Pump { from, to });
            }
            return;
        }
        lane.stalled_since = None;
        let (_, id, body) = lane.waiting.pop_front().expect("just seen");
        let has_process = self.nodes[to].zab.is_some();
        let (wire, side) = self.wire(to, from);
        let (mut replaced, mut opened) = (false, false);
        if has_process && id == wire.newest && !wire.joined[side] {
            replaced = wire.ends[side].is_some();
            opened = true;
            wire.ends[side] = Some(id);
            wire.joined[side] = true;
        }
        let arrives = has_process && wire.ends[side] == Some(id);
        if replaced {
            self.give(to, Input::Closed { peer: MachineId::from_index(from), reason: CloseReason::Reset });
        }
        if opened {
            self.give(to, Input::Opened { peer: MachineId::from_index(from) });
        }
        // The news of the old connection may have made the process close the new one.
        let (wire, side) = self.wire(to, from);
        if arrives && wire.ends[side] == Some(id) {
            self.give(to, Input::Message { from: MachineId::from_index(from), body });
        } else {
            let reason = if has_process { CloseReason::Reset } else { CloseReason::Refused };
            self.hang_up(to, from, id, reason);
        }
        self.pump_next(from, to);
    }

    fn pump_next(&mut self, from: usize, to: usize) {
        let now = self.now;
        let (wire, side) = self.wire(from, to);
        let lane = &mut wire.lanes[side];
        if let (false, Some((arrives, ..))) = (lane.pumping, lane.waiting.front()) {
            lane.pumping = true;
            let after_us = arrives.saturating_sub(now);
            self.schedule(after_us, Due::Pump { from, to });
        }
    }

    /// `from` tells `to` that the connection is over, behind everything sent before.
    fn hang_up(&mut self, from: usize, to: usize, id: u64, reason: CloseReason) {
        let takes_us = self.draw(self.latency_us);
        let now = self.now;
        let (wire, side) = self.wire(from, to);
        let last = wire.lanes[side].waiting.back().map_or(0, |(arrives, ..)| arrives.saturating_sub(now));
        self.schedule(takes_us.max(last), Due::Hangup { from, to, id, reason });
    }

    pub fn end_gone(&mut self, me: usize, peer: usize) {
        let (wire, side) = self.wire(me, peer);
        wire.ends[side] = None;
    }

    pub fn close(&mut self, me: usize, peer: usize) {
        let (wire, side) = self.wire(me, peer);
        if let Some(id) = wire.ends[side].take() {
            self.hang_up(me, peer, id, CloseReason::Reset);
        }
    }

    /// Both ends are told that their connection is gone, and what is under way is lost.
    pub fn break_connection(&mut self, a: usize, b: usize) {
        for (me, peer) in [(a, b), (b, a)] {
            let (wire, side) = self.wire(me, peer);
            wire.lanes[side].waiting.clear();
            if wire.ends[side].take().is_some() {
                self.give(me, Input::Closed { peer: MachineId::from_index(peer), reason: CloseReason::Reset });
            }
        }
    }
}
