//! What a simulated system has to say about itself, and what its processes may do.

use std::fmt::Debug;
use std::hash::Hash;

use serde::Serialize;

use super::connection::CloseReason;
use super::dice::Dice;
use super::disk::Ticket;
use super::time::{LocalTime, Micros};
use super::world::MachineId;

/// Something with a portable meaning as 64-bit words: what the trace hash is made of.
///
/// `derive(Hash)` will not do: it writes `usize` lengths and `isize` discriminants, which differ on wasm32.
pub trait Words {
    /// Gives every word of the value, always in the same order, to `sink`.
    fn words(&self, sink: &mut impl FnMut(u64));
}

/// A family of processes that talk to each other: names every type that crosses the simulator.
pub trait System: Copy + Eq + Hash + Debug + 'static {
    /// What all processes know from the start and never change.
    type Config: Clone + Debug;
    /// A closed enum of the state machines.
    type Process: Process<Self> + Clone + Eq + Hash + Debug;
    /// What processes tell each other.
    type Message: Clone + Eq + Hash + Debug + MessageBrief<Self::Brief>;
    /// A message in at most 24 bytes, for the trace.
    type Brief: Copy + Eq + Hash + Debug + Words;
    /// What a process may be waiting for.
    type Timer: Copy + Eq + Hash + Debug + Words;
    /// What an operator, or a fault inside a process, asks of it.
    type Command: Copy + Eq + Hash + Debug + Words;
    /// What survives a crash.
    type Durable: Clone + Eq + Hash + Debug + Default;
    /// One change of what survives a crash.
    type Write: Clone + Eq + Hash + Debug;
    /// What a process says about itself to the trace, in at most 40 bytes.
    type Note: Copy + Eq + Hash + Debug + Words;

    /// The process that starts on `machine` with the durable state found there; `first` if it is up from the
    /// beginning of the world, as if it had been running all along.
    fn boot(config: &Self::Config, machine: MachineId, durable: &Self::Durable, first: bool) -> Self::Process;
    /// The durable state of a machine that was set up and never crashed.
    fn provision(config: &Self::Config, machine: MachineId) -> Self::Durable;
    /// What is left when the disk is lost: only what is kept elsewhere, such as a backup.
    fn wipe(durable: &Self::Durable) -> Self::Durable;
    /// Carries out one synced write.
    fn write(durable: &mut Self::Durable, write: Self::Write);
    /// What a command changes on the disk of a machine on which no process hears it. Most have no effect there.
    fn command_offline(_: &mut Self::Durable, _: &Self::Command) {}
    /// Service time of a step in microseconds, on a machine of normal speed.
    fn cost_us(process: &Self::Process, input: &Input<Self>) -> Micros;
    /// Whether a note tells the story (kept for the session) or only how it came about.
    fn is_story(note: &Self::Note) -> bool;
}

/// The short form of a message.
pub trait MessageBrief<B> {
    /// Kind and the numbers that matter, without the payload.
    fn brief(&self) -> B;
}

/// A state machine: same state, same input, same dice, same effects.
pub trait Process<S: System> {
    /// Takes one input at local time `now` and puts its effects into `out`.
    fn step(&mut self, now: LocalTime, input: Input<S>, dice: &mut Dice, out: &mut Outbox<S>);
}

/// How a message travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Wire {
    /// May be lost, delayed or overtaken.
    Datagram,
    /// In order; loss becomes delay; broken by reset or timeout.
    Connection,
}

/// What can happen to a process.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Input<S: System> {
    /// It has just been started from its durable state.
    Start,
    /// A message has arrived.
    Message {
        /// Who sent it.
        from: MachineId,
        /// How it came.
        wire: Wire,
        /// What it says.
        body: S::Message,
    },
    /// A timer that it had set has run out.
    Timer(S::Timer),
    /// Its write with this ticket, and all before it, are on the platter.
    Synced(Ticket),
    /// Its write with this ticket could not be done.
    WriteFailed(Ticket),
    /// A connection to or from `peer` stands.
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
    /// An operator's command, or a fault inside the process.
    Command(S::Command),
}

/// One effect of a step.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Output<S: System> {
    /// Send without a connection.
    Datagram(MachineId, S::Message),
    /// Send on the connection with the machine; it is opened if there is none.
    Stream(MachineId, S::Message),
    /// Close the connection with the machine.
    Close(MachineId),
    /// Set (or set anew) the timer to a local duration that the world draws from `lo..=hi`.
    SetTimer(S::Timer, Micros, Micros),
    /// Set the timer to when so much work is done: later on a slow machine.
    Work(S::Timer, Micros),
    /// Forget the timer.
    CancelTimer(S::Timer),
    /// Write to the disk; the ticket comes back when it is synced.
    Persist(Ticket, S::Write),
    /// Cut the power of another machine: what a fencing device is for.
    PowerOff(MachineId),
    /// Give the power back and let the machine boot.
    PowerOn(MachineId),
    /// Say something to the trace; the number tells which part of the process does, where it has several.
    Note(u8, S::Note),
}

/// What the effects of one part of a process are outside that part: their names there.
pub trait Lane<S: System> {
    /// Its number in the trace.
    fn number(&self) -> u8;
    /// A message of it, to this machine.
    fn message(&self, to: MachineId, body: S::Message) -> S::Message;
    /// A timer of it.
    fn timer(&self, timer: S::Timer) -> S::Timer;
    /// A write of it.
    fn write(&self, write: S::Write) -> S::Write;
}

/// The effects of one step, in order. They leave together when the step ends.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Outbox<S: System> {
    items: Vec<Output<S>>,
    next_ticket: Ticket,
}

impl<S: System> Outbox<S> {
    pub(super) fn new(items: Vec<Output<S>>, next_ticket: Ticket) -> Self {
        Self { items, next_ticket }
    }

    /// An outbox outside a world: for testing one process by hand.
    pub fn detached() -> Self {
        Self { items: Vec::new(), next_ticket: Ticket::FIRST }
    }

    pub(super) fn into_parts(self) -> (Vec<Output<S>>, Ticket) {
        (self.items, self.next_ticket)
    }

    /// Lets one part of a process take its step, and gives its effects their names outside it.
    pub fn within(&mut self, lane: &impl Lane<S>, step: impl FnOnce(&mut Self)) {
        let before = self.items.len();
        step(self);
        for item in &mut self.items[before..] {
            let inside = std::mem::replace(item, Output::Close(MachineId::from_index(0)));
            *item = match inside {
                Output::Datagram(to, body) => Output::Datagram(to, lane.message(to, body)),
                Output::Stream(to, body) => Output::Stream(to, lane.message(to, body)),
                Output::SetTimer(timer, lo, hi) => Output::SetTimer(lane.timer(timer), lo, hi),
                Output::Work(timer, takes_us) => Output::Work(lane.timer(timer), takes_us),
                Output::CancelTimer(timer) => Output::CancelTimer(lane.timer(timer)),
                Output::Persist(ticket, write) => Output::Persist(ticket, lane.write(write)),
                Output::Note(_, note) => Output::Note(lane.number(), note),
                Output::Close(_) | Output::PowerOff(_) | Output::PowerOn(_) => inside,
            };
        }
    }

    /// The effects so far.
    pub fn items(&self) -> &[Output<S>] {
        &self.items
    }

    /// Makes the effect in its place: a push would make it elsewhere and copy it.
    fn put(&mut self, make: impl FnOnce() -> Output<S>) {
        self.items.extend(std::iter::once_with(make));
    }

    /// Sends a datagram.
    pub fn datagram(&mut self, to: MachineId, body: S::Message) {
        self.put(|| Output::Datagram(to, body));
    }

    /// Sends on the connection with `to`, which is opened if there is none.
    pub fn stream(&mut self, to: MachineId, body: S::Message) {
        self.put(|| Output::Stream(to, body));
    }

    /// Closes the connection with `peer`.
    pub fn close(&mut self, peer: MachineId) {
        self.put(|| Output::Close(peer));
    }

    /// Sets a timer, or sets it anew, to a local duration in `lo..=hi` that the world draws.
    pub fn set_timer(&mut self, timer: S::Timer, lo: Micros, hi: Micros) {
        self.put(|| Output::SetTimer(timer, lo, hi));
    }

    /// Sets a timer, or sets it anew, to when a piece of work is done that takes so long on a machine of normal speed.
    /// Unlike a step's own time it leaves the process free for other inputs: for what is done side by side.
    pub fn work(&mut self, timer: S::Timer, takes_us: Micros) {
        self.put(|| Output::Work(timer, takes_us));
    }

    /// Forgets a timer; harmless if it was not set.
    pub fn cancel_timer(&mut self, timer: S::Timer) {
        self.put(|| Output::CancelTimer(timer));
    }

    /// Starts a disk write. [`Input::Synced`] with this ticket, or a later one, says when it is safe.
    pub fn persist(&mut self, write: S::Write) -> Ticket {
        let ticket = self.next_ticket;
        self.next_ticket = ticket.next();
        self.put(|| Output::Persist(ticket, write));
        ticket
    }

    /// The ticket of the next write of this machine.
    pub fn next_ticket(&self) -> Ticket {
        self.next_ticket
    }

    /// Cuts the power of another machine.
    pub fn power_off(&mut self, target: MachineId) {
        self.put(|| Output::PowerOff(target));
    }

    /// Gives another machine its power back.
    pub fn power_on(&mut self, target: MachineId) {
        self.put(|| Output::PowerOn(target));
    }

    /// Tells the trace.
    pub fn note(&mut self, note: S::Note) {
        self.put(|| Output::Note(0, note));
    }
}
