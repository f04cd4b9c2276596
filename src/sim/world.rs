//! The world: decides when everything happens and tells the trace.

mod connections;
mod machines;

use serde::Serialize;

use super::connection::{CloseReason, Connections, End, Pair, Segment};
use super::dice::{Dice, Domain};
use super::fault::{Fault, Origin};
use super::limits;
use super::machine::{ArmedTimer, Machine, MachineSpec, Status, Waiting};
use super::network::{Fate, LinkSpec, Network};
use super::queue::{Place, Queue};
use super::system::{Input, MessageBrief, Outbox, Output, Process, System, Wire};
use super::time::{Micros, SimTime};
use super::trace::{Event, Loss, Sink};

/// Names a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
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
    connections: Connections<S>,
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
            connections: Connections::new(count),
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
                self.start_process(MachineId::from_index(index), true, sink);
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

    /// The states of all machines, so that equal parts of them can share their memory. No value may change.
    pub fn share_memory(&mut self, mut each: impl FnMut(Option<&mut S::Process>, &mut S::Durable)) {
        for machine in &mut self.machines {
            each(machine.process.as_mut(), machine.disk.image_mut());
        }
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
                .get(Pair::new(machine, peer))
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
    #[inline(never)] // it is long, and the page has to fetch it
    pub fn advance(&mut self, sink: &mut impl Sink<S>) -> bool {
        let Some((place, due)) = self.queue.pop() else { return false };
        let at = place.at;
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
            Due::Timer { machine, timer } => self.timer_comes_up(machine, timer, place, sink),
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

    /// Gives something to a machine that is free, or puts it into its inbox.
    fn put(&mut self, id: MachineId, what: Waiting<S>, sink: &mut impl Sink<S>) {
        let machine = &mut self.machines[id.index()];
        if machine.is_free() && machine.inbox.is_empty() {
            self.take(id, what, sink);
        } else {
            machine.inbox.push_back(what);
        }
        self.work(id, sink);
    }

    /// Lets a machine take steps until one takes time, or nothing waits.
    fn work(&mut self, id: MachineId, sink: &mut impl Sink<S>) {
        while self.machines[id.index()].is_free() {
            let Some(what) = self.machines[id.index()].inbox.pop_front() else { return };
            self.take(id, what, sink);
        }
    }

    fn take(&mut self, id: MachineId, what: Waiting<S>, sink: &mut impl Sink<S>) {
        match what {
            Waiting::Input(input) => self.step(id, input, sink),
            Waiting::Timer(timer, generation) => {
                let machine = &mut self.machines[id.index()];
                let armed = machine.timers.iter().position(|t| t.timer == timer && t.generation == generation);
                let Some(position) = armed else { return };
                machine.timers.swap_remove(position);
                self.emit(sink, Event::Fired { machine: id, timer });
                self.step(id, Input::Timer(timer), sink);
            }
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
        let life = self.machines[id.index()].life;
        for item in items.drain(..) {
            if self.machines[id.index()].life != life {
                break; // it has cut its own power: the rest never leaves
            }
            match item {
                Output::Datagram(to, body) => self.send_datagram(id, to, body, sink),
                Output::Stream(to, body) => self.send_stream(id, to, body, sink),
                Output::Close(peer) => self.close(id, peer, sink),
                Output::SetTimer(timer, lo, hi) => self.set_timer(id, timer, lo, hi),
                Output::Work(timer, takes_us) => {
                    let slow = u64::from(self.machines[id.index()].slow_permille);
                    let takes_us = takes_us.saturating_mul(slow) / 1000;
                    self.set_timer(id, timer, takes_us, takes_us);
                }
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
                Output::Note(lane, note) => self.emit(sink, Event::Note { machine: id, lane, note }),
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
        let deadline = set_at.after(wait);
        let due = self.queue.reserve(machine.clock.sim(deadline).max(self.now));
        let known = machine.timers.iter_mut().find(|known| known.timer == timer);
        // Most timers are set anew long before they run out: one entry in the queue serves them all.
        let entry = known.as_ref().and_then(|known| known.entry).filter(|entry| *entry < due);
        let armed = ArmedTimer { timer, set_at, deadline, generation, due, entry: entry.or(Some(due)) };
        match known {
            Some(known) => *known = armed,
            None => machine.timers.push(armed),
        }
        if entry.is_none() {
            self.queue.push_at(due, Due::Timer { machine: id, timer });
        }
    }

    fn timer_comes_up(&mut self, id: MachineId, timer: S::Timer, place: Place, sink: &mut impl Sink<S>) {
        let mut timers = self.machines[id.index()].timers.iter_mut();
        let Some(armed) = timers.find(|armed| armed.timer == timer && armed.entry == Some(place)) else { return };
        if armed.due > place {
            armed.entry = Some(armed.due);
            return self.queue.push_at(armed.due, Due::Timer { machine: id, timer });
        }
        armed.entry = None;
        let generation = armed.generation;
        self.put(id, Waiting::Timer(timer, generation), sink);
    }

    /// The clock was changed: every deadline falls elsewhere now.
    fn reschedule_timers(&mut self, id: MachineId) {
        let machine = &mut self.machines[id.index()];
        for armed in &mut machine.timers {
            armed.generation = machine.timers_set;
            machine.timers_set += 1;
            armed.due = self.queue.reserve(machine.clock.sim(armed.deadline).max(self.now));
            armed.entry = Some(armed.due);
            self.queue.push_at(armed.due, Due::Timer { machine: id, timer: armed.timer });
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
}
