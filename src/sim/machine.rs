//! A machine: a process, its inbox and timers, a clock and a disk.

use std::collections::VecDeque;

use serde::Serialize;

use super::disk::{Disk, Ticket};
use super::queue::Place;
use super::system::{Input, Output, System};
use super::time::{Clock, LocalTime, Micros, SimTime};

/// A machine as the scenario describes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MachineSpec {
    /// From power to a running operating system.
    pub boot_us: Micros,
    /// From a running operating system to a started process.
    pub start_us: Micros,
    /// One disk sync.
    pub sync_us: Micros,
    /// Where the local clock starts.
    pub clock_offset_us: Micros,
    /// How fast the local clock runs, in parts per billion off.
    pub clock_rate_ppb: i64,
    /// Whether it is up when the world starts.
    pub up: bool,
}

impl Default for MachineSpec {
    fn default() -> Self {
        Self { boot_us: 0, start_us: 0, sync_us: 0, clock_offset_us: 0, clock_rate_ppb: 0, up: true }
    }
}

/// What a machine is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Status {
    /// Running.
    Up = 1,
    /// Stopped in mid-step; will go on as if nothing had happened.
    Frozen = 2,
    /// The operating system runs, the process does not.
    Crashed = 3,
    /// The operating system runs, the process is starting.
    Starting = 4,
    /// Nothing runs.
    Down = 5,
    /// The operating system is booting.
    Booting = 6,
}

impl Status {
    /// Whether the operating system answers.
    pub fn has_os(self) -> bool {
        matches!(self, Self::Up | Self::Frozen | Self::Crashed | Self::Starting)
    }

    /// Whether there is a process, running or frozen.
    pub fn has_process(self) -> bool {
        matches!(self, Self::Up | Self::Frozen)
    }
}

/// A timer that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ArmedTimer<T> {
    /// Which.
    pub timer: T,
    /// When it was set, on the local clock.
    pub set_at: LocalTime,
    /// When it runs out, on the local clock.
    pub deadline: LocalTime,
    pub(super) generation: u64,
    /// Its turn in the queue.
    pub(super) due: Place,
    /// Its entry in the queue, which may come up before its turn and then takes the right place.
    pub(super) entry: Option<Place>,
}

/// What waits at a machine.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Waiting<S: System> {
    Input(Input<S>),
    /// Counts only if the timer still has this generation when its turn comes.
    Timer(S::Timer, u64),
}

/// One machine of the world.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Machine<S: System> {
    pub(super) spec: MachineSpec,
    pub(super) status: Status,
    /// Counts starts, so that what belongs to an earlier life is recognised.
    pub(super) life: u32,
    pub(super) process: Option<S::Process>,
    pub(super) clock: Clock,
    pub(super) disk: Disk<S>,
    pub(super) timers: Vec<ArmedTimer<S::Timer>>,
    pub(super) inbox: VecDeque<Waiting<S>>,
    /// Effects of the step under way, and when it ends; they are kept while the machine is frozen.
    pub(super) held: Option<(SimTime, Vec<Output<S>>)>,
    pub(super) slow_permille: u32,
    pub(super) next_ticket: Ticket,
    pub(super) timers_set: u64,
    pub(super) steps: u64,
}

impl<S: System> Machine<S> {
    pub(super) fn new(spec: MachineSpec, durable: S::Durable) -> Self {
        Self {
            spec,
            status: Status::Down,
            life: 0,
            process: None,
            clock: Clock::new(spec.clock_offset_us, spec.clock_rate_ppb),
            disk: Disk::new(durable, spec.sync_us),
            timers: Vec::new(),
            inbox: VecDeque::new(),
            held: None,
            slow_permille: 1000,
            next_ticket: Ticket::FIRST,
            timers_set: 0,
            steps: 0,
        }
    }

    /// What it is doing.
    pub fn status(&self) -> Status {
        self.status
    }

    /// Its process, if there is one.
    pub fn process(&self) -> Option<&S::Process> {
        self.process.as_ref()
    }

    /// Its disk.
    pub fn disk(&self) -> &Disk<S> {
        &self.disk
    }

    /// Its timers that run.
    pub fn timers(&self) -> &[ArmedTimer<S::Timer>] {
        &self.timers
    }

    /// Its local time at a simulated instant.
    pub fn local(&self, now: SimTime) -> LocalTime {
        self.clock.local(now)
    }

    /// How fast its clock runs, in parts per billion off.
    pub fn clock_rate_ppb(&self) -> i64 {
        self.clock.rate_ppb()
    }

    /// How slow it is; 1000 is normal.
    pub fn slow_permille(&self) -> u32 {
        self.slow_permille
    }

    /// Inputs that wait for their turn.
    pub fn waiting(&self) -> usize {
        self.inbox.len()
    }

    /// Whether a step is under way, its effects not yet out.
    pub fn is_in_step(&self) -> bool {
        self.held.is_some()
    }

    /// Whether it can take a step now.
    pub(super) fn is_free(&self) -> bool {
        self.status == Status::Up && self.held.is_none()
    }

    /// Forgets everything volatile.
    pub(super) fn lose_memory(&mut self) {
        self.process = None;
        self.timers.clear();
        self.inbox.clear();
        self.held = None;
        self.life += 1;
    }
}
