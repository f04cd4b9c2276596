//! The world's connections: handshakes, segments in order, stalls, resets and timeouts.

use std::collections::VecDeque;

use super::{Due, World};
use crate::sim::connection::{CloseReason, Connection, End, Lane, Pair, Segment};
use crate::sim::machine::Waiting;
use crate::sim::system::{Input, MessageBrief, System, Wire};
use crate::sim::time::{Micros, SimTime};
use crate::sim::trace::{Event, Loss, Sink};
use crate::sim::{MachineId, limits};

impl<S: System> World<S> {
    pub(super) fn send_stream(&mut self, from: MachineId, to: MachineId, body: S::Message, sink: &mut impl Sink<S>) {
        let pair = Pair::new(from, to);
        let side = pair.side(from);
        let segment: Segment<S> = Segment { id: self.next_message, body };
        self.next_message += 1;
        let brief = segment.body.brief();
        let id = segment.id;
        let known = self.connections.get(pair).map(|known| (known.id, known.ends[side], known.stale[side]));
        match known {
            Some((_, End::Open, _)) => {
                let passes = self.set_out(pair, side);
                let arrives = passes.map_or(SimTime::NEVER, |(_, arrives)| arrives);
                self.emit(sink, Event::Sent { id, from, to, wire: Wire::Connection, arrives, brief });
                match passes {
                    Some((connection, arrives)) => {
                        self.queue.push(arrives, Due::Segment { connection, from, to, segment });
                    }
                    None => self.hold(pair, side, segment, sink),
                }
            }
            Some((connection, End::Gone, true)) => {
                // It still believes in a connection that the other end has replaced: the answer is a reset.
                self.emit(sink, Event::Sent { id, from, to, wire: Wire::Connection, arrives: self.now, brief });
                self.emit(sink, Event::Lost { id, from, to, why: Loss::Closed });
                self.send_hangup(connection, to, from, CloseReason::Reset);
            }
            Some((_, End::Opening, _)) => {
                self.emit(sink, Event::Sent { id, from, to, wire: Wire::Connection, arrives: SimTime::NEVER, brief });
                self.hold(pair, side, segment, sink);
            }
            Some((_, End::Gone, false)) | None => {
                self.emit(sink, Event::Sent { id, from, to, wire: Wire::Connection, arrives: SimTime::NEVER, brief });
                self.open(pair, from, sink);
                self.hold(pair, side, segment, sink);
            }
        }
    }

    pub(super) fn hold(&mut self, pair: Pair, side: usize, segment: Segment<S>, sink: &mut impl Sink<S>) {
        let (from, to) = (pair.machine(side), pair.machine(1 - side));
        let known = self.connections.get_mut(pair).expect("it was just opened");
        let connection = known.id;
        let lane = &mut known.lanes[side];
        let id = segment.id;
        if lane.held.len() < limits::LANE {
            // One that was under way when the link was cut comes back behind those that could not set out any more.
            let place = lane.held.partition_point(|earlier| earlier.id < id);
            lane.held.insert(place, segment);
            return self.emit(sink, Event::Held { id, from, to });
        }
        // A connection never loses something from its middle: one that cannot hold more is broken.
        self.emit(sink, Event::Lost { id, from, to, why: Loss::Overflow });
        self.send_hangup(connection, from, to, CloseReason::Reset);
        self.end_gone(pair, side, sink);
        if self.machines[from.index()].status.has_process() {
            // Into the inbox only: the sender may be in the middle of a step.
            self.emit(sink, Event::Closed { machine: from, peer: to, reason: CloseReason::Reset });
            let closed = Input::Closed { peer: to, reason: CloseReason::Reset };
            self.machines[from.index()].inbox.push_back(Waiting::Input(closed));
        }
    }

    pub(super) fn open(&mut self, pair: Pair, from: MachineId, sink: &mut impl Sink<S>) {
        let id = self.next_connection;
        self.next_connection += 1;
        let mut connection = Connection::new(id, from, self.now);
        let side = pair.side(from);
        connection.ends[side] = End::Opening;
        if let Some(old) = self.connections.get(pair) {
            connection.stale[1 - side] = old.ends[1 - side] != End::Gone || old.stale[1 - side];
        }
        let old = self.connections.insert(pair, connection);
        // What the other end still had to send belongs to a connection that is no more.
        for segment in old.into_iter().flat_map(|old| old.lanes).flat_map(|lane| lane.held) {
            let (from, to) = (pair.other(from), from);
            self.emit(sink, Event::Lost { id: segment.id, from, to, why: Loss::Closed });
        }
        let to = pair.other(from);
        let takes = self.network.draw_reliable(self.seed, from, to);
        let due = if takes < self.connection_timeout_us {
            Due::Call { connection: id, from, to, pause_us: limits::RETRANSMIT_FIRST_US }
        } else {
            Due::Hangup { connection: id, peer: to, to: from, reason: CloseReason::TimedOut }
        };
        self.queue.push(self.now.after(takes.min(self.connection_timeout_us)), due);
    }

    pub(super) fn call_arrives(
        &mut self,
        id: u64,
        from: MachineId,
        to: MachineId,
        pause_us: Micros,
        sink: &mut impl Sink<S>,
    ) {
        let pair = Pair::new(from, to);
        let Some(connection) = self.connections.get(pair).filter(|connection| connection.id == id) else { return };
        if connection.ends[pair.side(from)] != End::Opening {
            return;
        }
        let opened_at = connection.opened_at;
        let status = self.machines[to.index()].status;
        if self.network.passes(from, to) && status.has_os() {
            if !status.has_process() {
                return self.send_hangup(id, to, from, CloseReason::Refused);
            }
            let takes = self.network.draw_reliable(self.seed, to, from);
            let answered = self.now.after(takes);
            let side = pair.side(to);
            let connection = self.connections.get_mut(pair).expect("just seen");
            let was_stale = std::mem::take(&mut connection.stale[side]);
            let was_open = std::mem::replace(&mut connection.ends[side], End::Open) == End::Open;
            // What this end sends from now on arrives behind its answer.
            connection.lanes[side].last_arrival = connection.lanes[side].last_arrival.max(answered);
            self.queue.push(answered, Due::Answer { connection: id, from: to, to: from });
            if was_stale {
                self.tell_closed(to, from, CloseReason::Reset, sink);
            }
            if !was_open {
                self.tell_opened(to, from, sink);
            }
        } else if self.now.since(opened_at) >= self.connection_timeout_us {
            self.hang_up(id, to, from, CloseReason::TimedOut, sink);
        } else {
            let next = (pause_us * 2).min(limits::RETRANSMIT_MAX_US);
            let call = Due::Call { connection: id, from, to, pause_us: next };
            let again = self.now.after(pause_us).min(opened_at.after(self.connection_timeout_us));
            self.queue.push(again, call);
        }
    }

    pub(super) fn answer_arrives(&mut self, id: u64, from: MachineId, to: MachineId, sink: &mut impl Sink<S>) {
        let pair = Pair::new(from, to);
        let side = pair.side(to);
        let Some(connection) = self.connections.get_mut(pair).filter(|connection| connection.id == id) else { return };
        if connection.ends[side] != End::Opening {
            return;
        }
        if !self.network.passes(from, to) || !self.machines[to.index()].status.has_os() {
            // Lost on its way back: the call is repeated.
            let call = Due::Call { connection: id, from: to, to: from, pause_us: limits::RETRANSMIT_FIRST_US };
            let timeout = connection.opened_at.after(self.connection_timeout_us).max(self.now);
            return self.queue.push(self.now.after(limits::RETRANSMIT_FIRST_US).min(timeout), call);
        }
        connection.ends[side] = End::Open;
        connection.stale[side] = false;
        self.tell_opened(to, from, sink);
        self.release_held(pair, side, sink);
        self.release_held(pair, 1 - side, sink);
    }

    /// Everything that waited in a direction goes on its way.
    pub(super) fn release_held(&mut self, pair: Pair, side: usize, sink: &mut impl Sink<S>) {
        let Some(connection) = self.connections.get_mut(pair) else { return };
        if connection.ends[side] != End::Open {
            return;
        }
        let lane = &mut connection.lanes[side];
        lane.stalled_since = None;
        let held: VecDeque<_> = std::mem::take(&mut lane.held);
        let (from, to) = (pair.machine(side), pair.machine(1 - side));
        for segment in held {
            match self.set_out(pair, side) {
                Some((connection, arrives)) => {
                    let id = segment.id;
                    self.queue.push(arrives, Due::Segment { connection, from, to, segment });
                    self.emit(sink, Event::Resent { id, from, to, arrives });
                }
                None => self.hold(pair, side, segment, sink),
            }
        }
        // A stall may have broken the connection and told its sender.
        self.work(pair.machine(side), sink);
    }

    /// Whether a segment that sets out now passes, behind those before it: on which connection, and when it arrives.
    /// One that does not has to be held, and the next try is arranged.
    fn set_out(&mut self, pair: Pair, side: usize) -> Option<(u64, SimTime)> {
        let (from, to) = (pair.machine(side), pair.machine(1 - side));
        let connection = self.connections.get_mut(pair).expect("it sets out on a connection");
        let id = connection.id;
        let lane: &mut Lane<S> = &mut connection.lanes[side];
        if lane.stalled_since.is_some() {
            return None;
        }
        if !self.network.passes(from, to) {
            self.stall(pair, side);
            return None;
        }
        let takes = self.network.draw_reliable(self.seed, from, to);
        if takes >= self.connection_timeout_us {
            // So many retransmissions in vain that the sender will have given up by then.
            lane.stalled_since = Some(self.now);
            let gives_up = Due::Hangup { connection: id, peer: to, to: from, reason: CloseReason::TimedOut };
            self.queue.push(self.now.after(self.connection_timeout_us), gives_up);
            return None;
        }
        let arrives = self.now.after(takes).max(lane.last_arrival);
        lane.last_arrival = arrives;
        Some((id, arrives))
    }

    /// Nothing passes in a direction: all waits for the next try.
    fn stall(&mut self, pair: Pair, side: usize) {
        let (from, to) = (pair.machine(side), pair.machine(1 - side));
        let connection = self.connections.get_mut(pair).expect("it stalls on a connection");
        let id = connection.id;
        let lane = &mut connection.lanes[side];
        if lane.stalled_since.is_none() {
            lane.stalled_since = Some(self.now);
            lane.pause_us = limits::RETRANSMIT_FIRST_US;
            self.queue.push(self.now.after(lane.pause_us), Due::Retry { connection: id, from, to });
        }
    }

    pub(super) fn segment_arrives(
        &mut self,
        id: u64,
        from: MachineId,
        to: MachineId,
        segment: Segment<S>,
        sink: &mut impl Sink<S>,
    ) {
        let pair = Pair::new(from, to);
        let side = pair.side(from);
        let Some(connection) = self.connections.get(pair).filter(|connection| connection.id == id) else {
            // One end has begun a new connection; what was under way on the old one is lost with it.
            return self.emit(sink, Event::Lost { id: segment.id, from, to, why: Loss::Closed });
        };
        let receiver = &self.machines[to.index()];
        let no_way = connection.lanes[side].stalled_since.is_some()
            || connection.ends[1 - side] == End::Opening
            || !self.network.passes(from, to)
            || !receiver.status.has_os()
            || receiver.inbox.len() >= limits::INBOX;
        if no_way && connection.ends[side] == End::Open {
            self.stall(pair, side);
            return self.hold(pair, side, segment, sink);
        }
        if no_way {
            // Nobody is left to send it again.
            return self.emit(sink, Event::Lost { id: segment.id, from, to, why: Loss::Closed });
        }
        if connection.ends[1 - side] != End::Open {
            self.emit(sink, Event::Lost { id: segment.id, from, to, why: Loss::Closed });
            return self.send_hangup(id, to, from, CloseReason::Reset);
        }
        self.emit(sink, Event::Arrived { id: segment.id, from, to, brief: segment.body.brief() });
        self.put(to, Waiting::Input(Input::Message { from, wire: Wire::Connection, body: segment.body }), sink);
    }

    pub(super) fn retry(&mut self, id: u64, from: MachineId, to: MachineId, sink: &mut impl Sink<S>) {
        let pair = Pair::new(from, to);
        let side = pair.side(from);
        let Some(connection) = self.connections.get_mut(pair).filter(|connection| connection.id == id) else { return };
        if connection.ends[side] != End::Open {
            return;
        }
        let lane = &mut connection.lanes[side];
        let Some(since) = lane.stalled_since else { return };
        if self.network.passes(from, to) && self.machines[to.index()].status.has_os() {
            self.release_held(pair, side, sink);
        } else if self.now.since(since) >= self.connection_timeout_us {
            self.hang_up(id, to, from, CloseReason::TimedOut, sink);
        } else {
            lane.pause_us = (lane.pause_us * 2).min(limits::RETRANSMIT_MAX_US);
            let again = self.now.after(lane.pause_us).min(since.after(self.connection_timeout_us));
            self.queue.push(again, Due::Retry { connection: id, from, to });
        }
    }

    /// A process closes its end; the other end hears of it behind what was sent before.
    pub(super) fn close(&mut self, machine: MachineId, peer: MachineId, sink: &mut impl Sink<S>) {
        let pair = Pair::new(machine, peer);
        let side = pair.side(machine);
        if let Some(connection) = self.connections.get(pair).filter(|c| c.ends[side] != End::Gone) {
            let id = connection.id;
            self.send_hangup(id, machine, peer, CloseReason::Reset);
            self.end_gone(pair, side, sink);
        }
    }

    /// `from`'s operating system tells `to` that the connection is over, if that passes.
    pub(super) fn send_hangup(&mut self, connection: u64, from: MachineId, to: MachineId, reason: CloseReason) {
        if !self.network.passes(from, to) {
            return;
        }
        let takes = self.network.draw_reliable(self.seed, from, to);
        let pair = Pair::new(from, to);
        let mut at = self.now.after(takes);
        if let Some(known) = self.connections.get(pair).filter(|known| known.id == connection) {
            at = at.max(known.lanes[pair.side(from)].last_arrival);
        }
        self.queue.push(at, Due::Hangup { connection, peer: from, to, reason });
    }

    /// `to` learns, or decides, that its connection with `peer` is over.
    pub(super) fn hang_up(
        &mut self,
        id: u64,
        peer: MachineId,
        to: MachineId,
        reason: CloseReason,
        sink: &mut impl Sink<S>,
    ) {
        let pair = Pair::new(peer, to);
        let side = pair.side(to);
        let Some(connection) = self.connections.get_mut(pair).filter(|connection| connection.id == id) else { return };
        if reason != CloseReason::TimedOut && !self.network.passes(peer, to) {
            return;
        }
        if std::mem::take(&mut connection.stale[side]) {
            return self.tell_closed(to, peer, reason, sink);
        }
        if connection.ends[side] != End::Gone {
            self.end_gone(pair, side, sink);
            self.tell_closed(to, peer, reason, sink);
        }
    }

    /// One end forgets the connection, and with it what it had not got through.
    pub(super) fn end_gone(&mut self, pair: Pair, side: usize, sink: &mut impl Sink<S>) {
        let (from, to) = (pair.machine(side), pair.machine(1 - side));
        let Some(connection) = self.connections.get_mut(pair) else { return };
        connection.ends[side] = End::Gone;
        connection.stale[side] = false;
        connection.lanes[side].stalled_since = None;
        let lost: VecDeque<_> = std::mem::take(&mut connection.lanes[side].held);
        if connection.ends == [End::Gone; 2] && connection.stale == [false; 2] {
            self.connections.remove(pair);
        }
        for segment in lost {
            self.emit(sink, Event::Lost { id: segment.id, from, to, why: Loss::Closed });
        }
    }

    pub(super) fn tell_opened(&mut self, machine: MachineId, peer: MachineId, sink: &mut impl Sink<S>) {
        self.emit(sink, Event::Opened { machine, peer });
        self.put(machine, Waiting::Input(Input::Opened { peer }), sink);
    }

    pub(super) fn tell_closed(
        &mut self,
        machine: MachineId,
        peer: MachineId,
        reason: CloseReason,
        sink: &mut impl Sink<S>,
    ) {
        if self.machines[machine.index()].status.has_process() {
            self.emit(sink, Event::Closed { machine, peer, reason });
            self.put(machine, Waiting::Input(Input::Closed { peer, reason }), sink);
        }
    }
}
