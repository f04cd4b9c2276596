//! The world: decides when everything happens and tells the trace.

use std::collections::{BTreeMap, VecDeque};

use super::connection::{CloseReason, Connection, End, Lane, Pair, Segment};
use super::dice::{Dice, Domain};
use super::fault::{Fault, Origin};
use super::limits;
use super::machine::{ArmedTimer, Machine, MachineSpec, Status, Waiting};
use super::network::{Fate, LinkSpec, Network};
use super::queue::Queue;
use super::system::{Input, MessageBrief, Outbox, Output, Process, System, Wire};
use super::time::{Micros, SimTime};
use super::trace::{Event, Loss, Sink};

/// Names a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MachineId(u8);

impl MachineId {
    /// Machine number `index` of the world.
    pub const fn from_index(index: usize) -> Self {
        assert!(index < limits::MACHINES, "more machines than a world holds");
        Self(index as u8)
    }

    /// Its place in the world.
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// Its number.
    pub const fn number(self) -> u8 {
        self.0
    }
}

/// All that a world is made of, beside its seed.
#[derive(Clone, Debug)]
pub struct WorldSpec<S: System> {
    /// What every process knows.
    pub config: S::Config,
    /// The machines, in order of their ids.
    pub machines: Vec<MachineSpec>,
    /// One-way links, `from × machines + to`.
    pub links: Vec<LinkSpec>,
    /// An unanswered connection is given up after this long (TCP user timeout, RFC 5482).
    pub connection_timeout_us: Micros,
}

/// What is due.
#[derive(Clone, Debug)]
enum Due<S: System> {
    Datagram {
        id: u64,
        from: MachineId,
        to: MachineId,
        body: S::Message,
    },
    Segment {
        connection: u64,
        from: MachineId,
        to: MachineId,
        segment: Segment<S>,
    },
    /// A handshake reaches the machine that is called.
    Call {
        connection: u64,
        from: MachineId,
        to: MachineId,
        pause_us: Micros,
    },
    /// The answer reaches the caller.
    Answer {
        connection: u64,
        from: MachineId,
        to: MachineId,
    },
    /// The end of a connection reaches `to`.
    Hangup {
        connection: u64,
        peer: MachineId,
        to: MachineId,
        reason: CloseReason,
    },
    /// Try again what could not pass.
    Retry {
        connection: u64,
        from: MachineId,
        to: MachineId,
    },
    Timer {
        machine: MachineId,
        timer: S::Timer,
        generation: u64,
    },
    StepEnds {
        machine: MachineId,
        life: u32,
    },
    SyncEnds {
        machine: MachineId,
        life: u32,
    },
    Starts {
        machine: MachineId,
        life: u32,
    },
}

/// A message on its way, for pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InFlight<B> {
    /// The message.
    pub id: u64,
    /// Sender.
    pub from: MachineId,
    /// Receiver.
    pub to: MachineId,
    /// When it will arrive if nothing happens on the way.
    pub arrives: SimTime,
    /// What it says.
    pub brief: B,
}

/// A simulated world.
#[derive(Clone, Debug)]
pub struct World<S: System> {
    seed: u64,
    now: SimTime,
    config: S::Config,
    machines: Vec<Machine<S>>,
    network: Network,
    connections: BTreeMap<Pair, Connection<S>>,
    queue: Queue<Due<S>>,
    connection_timeout_us: Micros,
    /// Number of the next trace event.
    order: u64,
    next_message: u64,
    next_connection: u64,
    steps_now: u32,
    /// Emptied vectors of effects, to be filled again.
    spare: Vec<Vec<Output<S>>>,
}

impl<S: System> World<S> {
    /// A world at time zero in which nothing has started yet.
    pub fn new(seed: u64, spec: WorldSpec<S>) -> Self {
        let count = spec.machines.len();
        assert!(count <= limits::MACHINES, "a world holds at most {} machines", limits::MACHINES);
        assert_eq!(spec.links.len(), count * count, "one link for each ordered pair of machines");
        let machines = spec
            .machines
            .iter()
            .enumerate()
            .map(|(index, machine)| Machine::new(*machine, S::provision(&spec.config, MachineId::from_index(index))))
            .collect();
        let links = spec.links;
        Self {
            seed,
            now: SimTime::ZERO,
            config: spec.config,
            machines,
            network: Network::new(count, |from, to| links[from.index() * count + to.index()]),
            connections: BTreeMap::new(),
            queue: Queue::new(),
            connection_timeout_us: spec.connection_timeout_us,
            order: 0,
            next_message: 0,
            next_connection: 0,
            steps_now: 0,
            spare: Vec::new(),
        }
    }

    /// Starts every machine that is up from the beginning.
    pub fn start(&mut self, sink: &mut impl Sink<S>) {
        for index in 0..self.machines.len() {
            if self.machines[index].spec.up {
                self.start_process(MachineId::from_index(index), sink);
            }
        }
    }

    /// The simulated time.
    pub fn now(&self) -> SimTime {
        self.now
    }

    /// The seed of every die in it.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// What every process knows.
    pub fn config(&self) -> &S::Config {
        &self.config
    }

    /// One machine.
    pub fn machine(&self, id: MachineId) -> &Machine<S> {
        &self.machines[id.index()]
    }

    /// All machines with their ids.
    pub fn machines(&self) -> impl Iterator<Item = (MachineId, &Machine<S>)> {
        self.machines.iter().enumerate().map(|(index, machine)| (MachineId::from_index(index), machine))
    }

    /// The wires.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// How many events the trace has.
    pub fn events(&self) -> u64 {
        self.order
    }

    /// When the next thing happens.
    pub fn next_at(&self) -> Option<SimTime> {
        self.queue.next_at()
    }

    /// Messages on their way, in no particular order.
    pub fn in_flight(&self) -> impl Iterator<Item = InFlight<S::Brief>> {
        self.queue.iter().filter_map(|(arrives, due)| match due {
            Due::Datagram { id, from, to, body } => {
                Some(InFlight { id: *id, from: *from, to: *to, arrives, brief: body.brief() })
            }
            Due::Segment { from, to, segment, .. } => {
                Some(InFlight { id: segment.id, from: *from, to: *to, arrives, brief: segment.body.brief() })
            }
            _ => None,
        })
    }

    /// Whether a connection between the two stands, as `machine` believes.
    pub fn believes_connected(&self, machine: MachineId, peer: MachineId) -> bool {
        machine != peer
            && self
                .connections
                .get(&Pair::new(machine, peer))
                .is_some_and(|connection| connection.ends[Pair::new(machine, peer).side(machine)] == End::Open)
    }

    /// Runs everything that happens up to and including `until`, and moves the time there.
    pub fn run_until(&mut self, until: SimTime, sink: &mut impl Sink<S>) {
        while self.next_at().is_some_and(|at| at <= until) {
            self.advance(sink);
        }
        if self.now < until {
            self.now = until;
            self.steps_now = 0;
        }
    }

    /// Runs the next event; false if there is none.
    pub fn advance(&mut self, sink: &mut impl Sink<S>) -> bool {
        let Some((at, due)) = self.queue.pop() else { return false };
        debug_assert!(at >= self.now, "time does not go back");
        if at > self.now {
            self.steps_now = 0;
        }
        self.steps_now += 1;
        assert!(self.steps_now < limits::STEPS_PER_INSTANT, "livelock at {} µs", at.us());
        self.now = at;
        match due {
            Due::Datagram { id, from, to, body } => self.datagram_arrives(id, from, to, body, sink),
            Due::Segment { connection, from, to, segment } => {
                self.segment_arrives(connection, from, to, segment, sink);
            }
            Due::Call { connection, from, to, pause_us } => self.call_arrives(connection, from, to, pause_us, sink),
            Due::Answer { connection, from, to } => self.answer_arrives(connection, from, to, sink),
            Due::Hangup { connection, peer, to, reason } => self.hang_up(connection, peer, to, reason, sink),
            Due::Retry { connection, from, to } => self.retry(connection, from, to, sink),
            Due::Timer { machine, timer, generation } => {
                if self.is_armed(machine, timer, generation) && self.machines[machine.index()].status.has_process() {
                    self.put(machine, Waiting::Timer(timer, generation), sink);
                }
            }
            Due::StepEnds { machine, life } => self.step_ends(machine, life, sink),
            Due::SyncEnds { machine, life } => self.sync_ends(machine, life, sink),
            Due::Starts { machine, life } => self.start_goes_on(machine, life, sink),
        }
        true
    }

    fn emit(&mut self, sink: &mut impl Sink<S>, event: Event<S>) {
        sink.event(self.now, self.order, &event);
        self.order += 1;
    }

    // ---- steps -------------------------------------------------------------------------------------

    /// Puts something into a machine's inbox and lets it work if it is free.
    fn put(&mut self, machine: MachineId, what: Waiting<S>, sink: &mut impl Sink<S>) {
        self.machines[machine.index()].inbox.push_back(what);
        self.work(machine, sink);
    }

    /// Lets a machine take steps until one takes time, or nothing waits.
    fn work(&mut self, id: MachineId, sink: &mut impl Sink<S>) {
        loop {
            let machine = &mut self.machines[id.index()];
            if machine.status != Status::Up || machine.held.is_some() {
                return;
            }
            let input = match machine.inbox.pop_front() {
                None => return,
                Some(Waiting::Input(input)) => input,
                Some(Waiting::Timer(timer, generation)) => {
                    let armed = machine.timers.iter().position(|t| t.timer == timer && t.generation == generation);
                    let Some(position) = armed else { continue };
                    machine.timers.swap_remove(position);
                    self.emit(sink, Event::Fired { machine: id, timer });
                    Input::Timer(timer)
                }
            };
            self.step(id, input, sink);
        }
    }

    fn step(&mut self, id: MachineId, input: Input<S>, sink: &mut impl Sink<S>) {
        let items = self.spare.pop().unwrap_or_default();
        let machine = &mut self.machines[id.index()];
        let process = machine.process.as_mut().expect("a machine that is up has a process");
        let cost = S::cost_us(process, &input).saturating_mul(u64::from(machine.slow_permille)) / 1000;
        let mut dice = Dice::keyed(self.seed, Domain::Step, u64::from(id.number()), machine.steps);
        machine.steps += 1;
        let mut out = Outbox::new(items, machine.next_ticket);
        process.step(machine.clock.local(self.now), input, &mut dice, &mut out);
        let (items, next_ticket) = out.into_parts();
        machine.next_ticket = next_ticket;
        if cost == 0 {
            self.release(id, items, sink);
        } else {
            let ends = self.now.after(cost);
            let life = machine.life;
            machine.held = Some((ends, items));
            self.queue.push(ends, Due::StepEnds { machine: id, life });
        }
    }

    fn step_ends(&mut self, id: MachineId, life: u32, sink: &mut impl Sink<S>) {
        let machine = &mut self.machines[id.index()];
        if machine.life != life || machine.status != Status::Up {
            return; // a frozen machine's effects wait for the thaw
        }
        if machine.held.as_ref().is_some_and(|(ends, _)| *ends <= self.now) {
            let (_, items) = machine.held.take().expect("just seen");
            self.release(id, items, sink);
            self.work(id, sink);
        }
    }

    /// The effects of a step leave, in order.
    fn release(&mut self, id: MachineId, mut items: Vec<Output<S>>, sink: &mut impl Sink<S>) {
        for item in items.drain(..) {
            match item {
                Output::Datagram(to, body) => self.send_datagram(id, to, body, sink),
                Output::Stream(to, body) => self.send_stream(id, to, body, sink),
                Output::Close(peer) => self.close(id, peer, sink),
                Output::SetTimer(timer, lo, hi) => self.set_timer(id, timer, lo, hi),
                Output::CancelTimer(timer) => self.machines[id.index()].timers.retain(|armed| armed.timer != timer),
                Output::Persist(ticket, write) => {
                    if self.machines[id.index()].disk.accept(ticket, write) {
                        self.begin_sync(id);
                    } else {
                        self.machines[id.index()].inbox.push_back(Waiting::Input(Input::WriteFailed(ticket)));
                    }
                }
                Output::PowerOff(target) => self.apply(Origin::Process, &Fault::PowerLoss(target), sink),
                Output::PowerOn(target) => self.apply(Origin::Process, &Fault::Restart(target), sink),
                Output::Note(note) => self.emit(sink, Event::Note { machine: id, note }),
            }
        }
        if self.spare.len() < limits::MACHINES {
            self.spare.push(items);
        }
    }

    // ---- timers and disk ---------------------------------------------------------------------------

    fn set_timer(&mut self, id: MachineId, timer: S::Timer, lo: Micros, hi: Micros) {
        let machine = &mut self.machines[id.index()];
        let generation = machine.timers_set;
        machine.timers_set += 1;
        let wait = if lo >= hi {
            lo
        } else {
            Dice::keyed(self.seed, Domain::Timer, u64::from(id.number()), generation).between(lo, hi)
        };
        let set_at = machine.clock.local(self.now);
        let armed = ArmedTimer { timer, set_at, deadline: set_at.after(wait), generation };
        match machine.timers.iter_mut().find(|known| known.timer == timer) {
            Some(known) => *known = armed,
            None => machine.timers.push(armed),
        }
        let at = machine.clock.sim(armed.deadline).max(self.now);
        self.queue.push(at, Due::Timer { machine: id, timer, generation });
    }

    fn is_armed(&self, id: MachineId, timer: S::Timer, generation: u64) -> bool {
        let machine = &self.machines[id.index()];
        // After a change of the clock's rate an older entry of the queue may come before the deadline.
        machine.timers.iter().any(|armed| {
            armed.timer == timer && armed.generation == generation && armed.deadline <= machine.clock.local(self.now)
        })
    }

    /// The clock was changed: every deadline falls elsewhere now.
    fn reschedule_timers(&mut self, id: MachineId) {
        let machine = &mut self.machines[id.index()];
        for armed in &mut machine.timers {
            armed.generation = machine.timers_set;
            machine.timers_set += 1;
            let at = machine.clock.sim(armed.deadline).max(self.now);
            self.queue.push(at, Due::Timer { machine: id, timer: armed.timer, generation: armed.generation });
        }
    }

    fn begin_sync(&mut self, id: MachineId) {
        let machine = &mut self.machines[id.index()];
        if let Some(takes) = machine.disk.begin_sync() {
            self.queue.push(self.now.after(takes), Due::SyncEnds { machine: id, life: machine.life });
        }
    }

    fn sync_ends(&mut self, id: MachineId, life: u32, sink: &mut impl Sink<S>) {
        if self.machines[id.index()].life != life {
            return;
        }
        if let Some(ticket) = self.machines[id.index()].disk.end_sync() {
            self.emit(sink, Event::Synced { machine: id, ticket });
            self.put(id, Waiting::Input(Input::Synced(ticket)), sink);
        }
        self.begin_sync(id);
    }

    // ---- datagrams ---------------------------------------------------------------------------------

    fn send_datagram(&mut self, from: MachineId, to: MachineId, body: S::Message, sink: &mut impl Sink<S>) {
        let id = self.next_message;
        self.next_message += 1;
        let passes = self.network.passes(from, to);
        let (arrives, lost) = match self.network.draw(self.seed, from, to) {
            Fate::Arrives(latency) => (self.now.after(latency), false),
            Fate::Lost => (self.now, true),
        };
        self.emit(sink, Event::Sent { id, from, to, wire: Wire::Datagram, arrives, brief: body.brief() });
        if !passes {
            self.emit(sink, Event::Lost { id, from, to, why: Loss::Cut });
        } else if lost {
            self.emit(sink, Event::Lost { id, from, to, why: Loss::Random });
        } else {
            self.queue.push(arrives, Due::Datagram { id, from, to, body });
        }
    }

    fn datagram_arrives(&mut self, id: u64, from: MachineId, to: MachineId, body: S::Message, sink: &mut impl Sink<S>) {
        let receiver = &self.machines[to.index()];
        let why = if !self.network.passes(from, to) {
            Loss::Cut
        } else if !receiver.status.has_process() {
            Loss::Down
        } else if receiver.inbox.len() >= limits::INBOX {
            Loss::Overflow
        } else {
            self.emit(sink, Event::Arrived { id, from, to, brief: body.brief() });
            let input = Input::Message { from, wire: Wire::Datagram, body };
            return self.put(to, Waiting::Input(input), sink);
        };
        self.emit(sink, Event::Lost { id, from, to, why });
    }

    // ---- connections -------------------------------------------------------------------------------

    fn send_stream(&mut self, from: MachineId, to: MachineId, body: S::Message, sink: &mut impl Sink<S>) {
        let pair = Pair::new(from, to);
        let side = pair.side(from);
        let segment: Segment<S> = Segment { id: self.next_message, body };
        self.next_message += 1;
        let brief = segment.body.brief();
        let id = segment.id;
        let known = self.connections.get(&pair).map(|connection| (connection.ends[side], connection.stale[side]));
        match known {
            Some((End::Open, _)) => {
                self.emit(sink, Event::Sent { id, from, to, wire: Wire::Connection, arrives: self.now, brief });
                self.fly(pair, side, segment, sink);
            }
            Some((End::Gone, true)) => {
                // It still believes in a connection that the other end has replaced: the answer is a reset.
                let connection = self.connections[&pair].id;
                self.emit(sink, Event::Sent { id, from, to, wire: Wire::Connection, arrives: self.now, brief });
                self.emit(sink, Event::Lost { id, from, to, why: Loss::Closed });
                self.send_hangup(connection, to, from, CloseReason::Reset);
            }
            Some((End::Opening, _)) => {
                self.emit(sink, Event::Sent { id, from, to, wire: Wire::Connection, arrives: SimTime::NEVER, brief });
                self.hold(pair, side, segment, sink);
            }
            Some((End::Gone, false)) | None => {
                self.emit(sink, Event::Sent { id, from, to, wire: Wire::Connection, arrives: SimTime::NEVER, brief });
                self.open(pair, from);
                self.hold(pair, side, segment, sink);
            }
        }
    }

    fn hold(&mut self, pair: Pair, side: usize, segment: Segment<S>, sink: &mut impl Sink<S>) {
        let (from, to) = (pair.machine(side), pair.machine(1 - side));
        let lane = &mut self.connections.get_mut(&pair).expect("it was just opened").lanes[side];
        let id = segment.id;
        if lane.held.len() < limits::LANE {
            lane.held.push_back(segment);
            self.emit(sink, Event::Held { id, from, to });
        } else {
            self.emit(sink, Event::Lost { id, from, to, why: Loss::Overflow });
        }
    }

    fn open(&mut self, pair: Pair, from: MachineId) {
        let id = self.next_connection;
        self.next_connection += 1;
        let mut connection = Connection::new(id, from, self.now);
        let side = pair.side(from);
        connection.ends[side] = End::Opening;
        if let Some(old) = self.connections.get(&pair) {
            connection.stale[1 - side] = old.ends[1 - side] != End::Gone || old.stale[1 - side];
        }
        self.connections.insert(pair, connection);
        let to = pair.other(from);
        let takes = self.network.draw_reliable(self.seed, from, to);
        let call = Due::Call { connection: id, from, to, pause_us: limits::RETRANSMIT_FIRST_US };
        self.queue.push(self.now.after(takes), call);
    }

    fn call_arrives(&mut self, id: u64, from: MachineId, to: MachineId, pause_us: Micros, sink: &mut impl Sink<S>) {
        let pair = Pair::new(from, to);
        let Some(connection) = self.connections.get(&pair).filter(|connection| connection.id == id) else { return };
        if connection.ends[pair.side(from)] != End::Opening {
            return;
        }
        let opened_at = connection.opened_at;
        let status = self.machines[to.index()].status;
        if self.network.passes(from, to) && status.has_os() {
            if !status.has_process() {
                return self.send_hangup(id, to, from, CloseReason::Refused);
            }
            let connection = self.connections.get_mut(&pair).expect("just seen");
            let was_stale = std::mem::take(&mut connection.stale[pair.side(to)]);
            connection.ends[pair.side(to)] = End::Open;
            if was_stale {
                self.tell_closed(to, from, CloseReason::Reset, sink);
            }
            self.tell_opened(to, from, sink);
            let takes = self.network.draw_reliable(self.seed, to, from);
            self.queue.push(self.now.after(takes), Due::Answer { connection: id, from: to, to: from });
        } else if self.now.since(opened_at) >= self.connection_timeout_us {
            self.hang_up(id, to, from, CloseReason::TimedOut, sink);
        } else {
            let next = (pause_us * 2).min(limits::RETRANSMIT_MAX_US);
            let call = Due::Call { connection: id, from, to, pause_us: next };
            self.queue.push(self.now.after(pause_us), call);
        }
    }

    fn answer_arrives(&mut self, id: u64, from: MachineId, to: MachineId, sink: &mut impl Sink<S>) {
        let pair = Pair::new(from, to);
        let side = pair.side(to);
        let Some(connection) = self.connections.get_mut(&pair).filter(|connection| connection.id == id) else { return };
        if connection.ends[side] != End::Opening {
            return;
        }
        if !self.network.passes(from, to) || !self.machines[to.index()].status.has_os() {
            // Lost on its way back: the call is repeated.
            let call = Due::Call { connection: id, from: to, to: from, pause_us: limits::RETRANSMIT_FIRST_US };
            return self.queue.push(self.now.after(limits::RETRANSMIT_FIRST_US), call);
        }
        connection.ends[side] = End::Open;
        connection.stale[side] = false;
        self.tell_opened(to, from, sink);
        self.release_held(pair, side, sink);
        self.release_held(pair, 1 - side, sink);
    }

    /// Everything that waited in a direction goes on its way.
    fn release_held(&mut self, pair: Pair, side: usize, sink: &mut impl Sink<S>) {
        let Some(connection) = self.connections.get_mut(&pair) else { return };
        if connection.ends[side] != End::Open {
            return;
        }
        let lane = &mut connection.lanes[side];
        lane.stalled_since = None;
        let held: VecDeque<_> = std::mem::take(&mut lane.held);
        for segment in held {
            self.fly(pair, side, segment, sink);
        }
    }

    /// A segment sets out, behind those before it.
    fn fly(&mut self, pair: Pair, side: usize, segment: Segment<S>, sink: &mut impl Sink<S>) {
        let (from, to) = (pair.machine(side), pair.machine(1 - side));
        let connection = self.connections.get_mut(&pair).expect("it flies on a connection");
        let lane: &mut Lane<S> = &mut connection.lanes[side];
        if lane.stalled_since.is_some() {
            return self.hold(pair, side, segment, sink);
        }
        if !self.network.passes(from, to) {
            return self.stall(pair, side, segment, sink);
        }
        let takes = self.network.draw_reliable(self.seed, from, to);
        let arrives = self.now.after(takes).max(lane.last_arrival);
        lane.last_arrival = arrives;
        let connection = connection.id;
        let id = segment.id;
        self.queue.push(arrives, Due::Segment { connection, from, to, segment });
        self.emit(sink, Event::Resent { id, from, to, arrives });
    }

    /// A segment could not pass: it waits, and all behind it, for the next try.
    fn stall(&mut self, pair: Pair, side: usize, segment: Segment<S>, sink: &mut impl Sink<S>) {
        let (from, to) = (pair.machine(side), pair.machine(1 - side));
        let connection = self.connections.get_mut(&pair).expect("it stalls on a connection");
        let id = connection.id;
        let lane = &mut connection.lanes[side];
        if lane.stalled_since.is_none() {
            lane.stalled_since = Some(self.now);
            lane.pause_us = limits::RETRANSMIT_FIRST_US;
            self.queue.push(self.now.after(lane.pause_us), Due::Retry { connection: id, from, to });
        }
        self.hold(pair, side, segment, sink);
    }

    fn segment_arrives(
        &mut self,
        id: u64,
        from: MachineId,
        to: MachineId,
        segment: Segment<S>,
        sink: &mut impl Sink<S>,
    ) {
        let pair = Pair::new(from, to);
        let side = pair.side(from);
        let current = self.connections.get(&pair).filter(|connection| connection.id == id);
        let Some(connection) = current.filter(|connection| connection.ends[side] == End::Open) else {
            // The sender has given up the connection; what was under way is lost with it.
            return self.emit(sink, Event::Lost { id: segment.id, from, to, why: Loss::Closed });
        };
        let receiver = &self.machines[to.index()];
        if connection.lanes[side].stalled_since.is_some() || !self.network.passes(from, to) || !receiver.status.has_os()
        {
            return self.stall(pair, side, segment, sink);
        }
        if connection.ends[1 - side] != End::Open {
            self.emit(sink, Event::Lost { id: segment.id, from, to, why: Loss::Closed });
            return self.send_hangup(id, to, from, CloseReason::Reset);
        }
        if receiver.inbox.len() >= limits::INBOX {
            return self.emit(sink, Event::Lost { id: segment.id, from, to, why: Loss::Overflow });
        }
        self.emit(sink, Event::Arrived { id: segment.id, from, to, brief: segment.body.brief() });
        self.put(to, Waiting::Input(Input::Message { from, wire: Wire::Connection, body: segment.body }), sink);
    }

    fn retry(&mut self, id: u64, from: MachineId, to: MachineId, sink: &mut impl Sink<S>) {
        let pair = Pair::new(from, to);
        let side = pair.side(from);
        let Some(connection) = self.connections.get_mut(&pair).filter(|connection| connection.id == id) else { return };
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
            self.queue.push(self.now.after(lane.pause_us), Due::Retry { connection: id, from, to });
        }
    }

    /// A process closes its end; the other end hears of it behind what was sent before.
    fn close(&mut self, machine: MachineId, peer: MachineId, sink: &mut impl Sink<S>) {
        let pair = Pair::new(machine, peer);
        let side = pair.side(machine);
        if let Some(connection) = self.connections.get(&pair).filter(|c| c.ends[side] != End::Gone) {
            let id = connection.id;
            self.send_hangup(id, machine, peer, CloseReason::Reset);
            self.end_gone(pair, side, sink);
        }
    }

    /// `from`'s operating system tells `to` that the connection is over, if that passes.
    fn send_hangup(&mut self, connection: u64, from: MachineId, to: MachineId, reason: CloseReason) {
        if !self.network.passes(from, to) {
            return;
        }
        let takes = self.network.draw_reliable(self.seed, from, to);
        let pair = Pair::new(from, to);
        let mut at = self.now.after(takes);
        if let Some(known) = self.connections.get(&pair).filter(|known| known.id == connection) {
            at = at.max(known.lanes[pair.side(from)].last_arrival);
        }
        self.queue.push(at, Due::Hangup { connection, peer: from, to, reason });
    }

    /// `to` learns, or decides, that its connection with `peer` is over.
    fn hang_up(&mut self, id: u64, peer: MachineId, to: MachineId, reason: CloseReason, sink: &mut impl Sink<S>) {
        let pair = Pair::new(peer, to);
        let side = pair.side(to);
        let Some(connection) = self.connections.get_mut(&pair).filter(|connection| connection.id == id) else { return };
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
    fn end_gone(&mut self, pair: Pair, side: usize, sink: &mut impl Sink<S>) {
        let (from, to) = (pair.machine(side), pair.machine(1 - side));
        let Some(connection) = self.connections.get_mut(&pair) else { return };
        connection.ends[side] = End::Gone;
        connection.stale[side] = false;
        connection.lanes[side].stalled_since = None;
        let lost: VecDeque<_> = std::mem::take(&mut connection.lanes[side].held);
        if connection.ends == [End::Gone; 2] && connection.stale == [false; 2] {
            self.connections.remove(&pair);
        }
        for segment in lost {
            self.emit(sink, Event::Lost { id: segment.id, from, to, why: Loss::Closed });
        }
    }

    fn tell_opened(&mut self, machine: MachineId, peer: MachineId, sink: &mut impl Sink<S>) {
        self.emit(sink, Event::Opened { machine, peer });
        self.put(machine, Waiting::Input(Input::Opened { peer }), sink);
    }

    fn tell_closed(&mut self, machine: MachineId, peer: MachineId, reason: CloseReason, sink: &mut impl Sink<S>) {
        if self.machines[machine.index()].status.has_process() {
            self.emit(sink, Event::Closed { machine, peer, reason });
            self.put(machine, Waiting::Input(Input::Closed { peer, reason }), sink);
        }
    }

    // ---- machines and faults -----------------------------------------------------------------------

    fn set_status(&mut self, id: MachineId, status: Status, lost_writes: usize, sink: &mut impl Sink<S>) {
        self.machines[id.index()].status = status;
        let lost_writes = u32::try_from(lost_writes).expect("the disk queue has a limit");
        self.emit(sink, Event::Machine { machine: id, status, lost_writes });
    }

    fn start_process(&mut self, id: MachineId, sink: &mut impl Sink<S>) {
        let machine = &mut self.machines[id.index()];
        machine.process = Some(S::boot(&self.config, id, machine.disk.image(), machine.life == 0));
        self.set_status(id, Status::Up, 0, sink);
        self.put(id, Waiting::Input(Input::Start), sink);
    }

    fn start_goes_on(&mut self, id: MachineId, life: u32, sink: &mut impl Sink<S>) {
        let machine = &self.machines[id.index()];
        if machine.life != life {
            return;
        }
        let start_us = machine.spec.start_us;
        match machine.status {
            Status::Booting if start_us > 0 => {
                self.set_status(id, Status::Starting, 0, sink);
                self.queue.push(self.now.after(start_us), Due::Starts { machine: id, life });
            }
            Status::Booting | Status::Starting => self.start_process(id, sink),
            _ => {}
        }
    }

    fn restart(&mut self, id: MachineId, sink: &mut impl Sink<S>) {
        let machine = &self.machines[id.index()];
        let life = machine.life;
        let (status, wait) = match machine.status {
            Status::Crashed => (Status::Starting, machine.spec.start_us),
            Status::Down => (Status::Booting, machine.spec.boot_us),
            _ => return,
        };
        self.set_status(id, status, 0, sink);
        if wait == 0 {
            self.start_goes_on(id, life, sink);
        } else {
            self.queue.push(self.now.after(wait), Due::Starts { machine: id, life });
        }
    }

    /// Every connection of a machine: (pair, connection id).
    fn connections_of(&self, id: MachineId) -> Vec<(Pair, u64)> {
        self.connections.iter().filter(|(pair, _)| pair.has(id)).map(|(pair, c)| (*pair, c.id)).collect()
    }

    fn crash_process(&mut self, id: MachineId, sink: &mut impl Sink<S>) {
        if !self.machines[id.index()].status.has_process() {
            return;
        }
        for (pair, connection) in self.connections_of(id) {
            self.send_hangup(connection, id, pair.other(id), CloseReason::Reset);
            self.end_gone(pair, pair.side(id), sink);
        }
        let machine = &mut self.machines[id.index()];
        machine.disk.flush();
        machine.lose_memory();
        self.set_status(id, Status::Crashed, 0, sink);
    }

    fn crash_machine(&mut self, id: MachineId, lose: impl Fn(&mut Machine<S>) -> usize, sink: &mut impl Sink<S>) {
        if self.machines[id.index()].status == Status::Down {
            lose(&mut self.machines[id.index()]);
            return;
        }
        for (pair, _) in self.connections_of(id) {
            self.end_gone(pair, pair.side(id), sink);
        }
        let machine = &mut self.machines[id.index()];
        let lost = lose(machine);
        machine.lose_memory();
        self.set_status(id, Status::Down, lost, sink);
    }

    /// Does a fault, or undoes one. A fault that changes nothing (killing the dead) is only noted.
    pub fn apply(&mut self, origin: Origin, fault: &Fault<S>, sink: &mut impl Sink<S>) {
        self.emit(sink, Event::Fault { origin, fault: *fault });
        match *fault {
            Fault::ProcessCrash(m) => self.crash_process(m, sink),
            Fault::MachineCrash(m) => self.crash_machine(m, |machine| machine.disk.crash(), sink),
            Fault::PowerLoss(m) => self.crash_machine(m, |machine| machine.disk.power_loss(), sink),
            Fault::WipeDisk(m) => {
                let wipe = |machine: &mut Machine<S>| {
                    let unsynced = machine.disk.unsynced();
                    machine.disk.wipe();
                    unsynced
                };
                self.crash_machine(m, wipe, sink);
            }
            Fault::Restart(m) => self.restart(m, sink),
            Fault::Freeze(m) => {
                if self.machines[m.index()].status == Status::Up {
                    self.set_status(m, Status::Frozen, 0, sink);
                }
            }
            Fault::Thaw(m) => self.thaw(m, sink),
            Fault::Slow(m, permille) => self.machines[m.index()].slow_permille = permille.max(1),
            Fault::SlowDisk(m, permille) => self.machines[m.index()].disk.set_slow(permille),
            Fault::DiskFull(m, full) => self.machines[m.index()].disk.set_full(full),
            Fault::Cut(from, to) => self.network.link_mut(from, to).cut = true,
            Fault::Mend(from, to) => self.network.link_mut(from, to).cut = false,
            Fault::Partition(groups) => self.network.partition(groups),
            Fault::Heal => self.network.heal(),
            Fault::Loss(a, b, ppm) => {
                self.network.link_mut(a, b).extra_loss_ppm = ppm;
                self.network.link_mut(b, a).extra_loss_ppm = ppm;
            }
            Fault::Delay(a, b, latency_us, jitter_us) => {
                for (from, to) in [(a, b), (b, a)] {
                    let link = self.network.link_mut(from, to);
                    link.extra_us = latency_us.into();
                    link.jitter_us = jitter_us.into();
                }
            }
            Fault::ClockJump(m, by_us) => {
                self.machines[m.index()].clock.jump(self.now, by_us);
                self.reschedule_timers(m);
            }
            Fault::ClockRate(m, ppb) => {
                self.machines[m.index()].clock.set_rate(self.now, ppb);
                self.reschedule_timers(m);
            }
            Fault::Command(m, command) => {
                if self.machines[m.index()].status.has_process() {
                    self.put(m, Waiting::Input(Input::Command(command)), sink);
                }
            }
        }
    }

    fn thaw(&mut self, id: MachineId, sink: &mut impl Sink<S>) {
        if self.machines[id.index()].status != Status::Frozen {
            return;
        }
        self.set_status(id, Status::Up, 0, sink);
        let life = self.machines[id.index()].life;
        match self.machines[id.index()].held {
            // It was frozen in mid-step: what it had decided then leaves now.
            Some((ends, _)) if ends <= self.now => self.step_ends(id, life, sink),
            Some(_) => {}
            None => self.work(id, sink),
        }
    }
}
