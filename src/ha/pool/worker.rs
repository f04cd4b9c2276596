//! A worker: so many servers, and a bounded queue in front of them.
//!
//! A request is served at once if a server is free, waits if there is room, and is refused if there is none: a fast
//! failure is better than an answer nobody waits for any more. Who has waited too long is served all the same, for
//! the worker cannot know that its client has given up: that is the work that an overloaded pool wastes.
//!
//! What always holds: no more users' requests are served at once than there are servers, nobody waits while a server
//! is free, and the queue is served in order. Canaries and deep checks stand in the same queue and take the same time,
//! but no place and no server (see [`pool`](super)).

use std::collections::VecDeque;
use std::rc::Rc;

use super::config::{Service, WorkerConfig};
use crate::ha::config::{Config, SystemKind};
use crate::ha::durable::{Durable, Write};
use crate::ha::limits::{CANARIES_WAITING, WORK_SLOTS};
use crate::ha::master_standby::Trouble;
use crate::ha::message::{Answer, Command, Message, Pos, RequestId, Timer};
use crate::ha::note::Note;
use crate::ha::system::Ha;
use crate::sim::{Dice, Domain, Input, LocalTime, MachineId, Micros, Outbox};

/// A worker.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Worker {
    config: Rc<Config>,
    trouble: Trouble,
    bad_release: bool,
    waiting: VecDeque<Job>,
    running: Vec<Option<Job>>,
    /// Users' requests among those that wait and those that are served.
    queued: u16,
    busy: u8,
    /// When it was started; none once it is as fast as it will be.
    started: Option<LocalTime>,
    /// It has refused somebody, and the queue has not been half empty since.
    overflows: bool,
}

/// Something to be served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Job {
    from: MachineId,
    what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum What {
    Request(RequestId, u8),
    /// A deep check: does what a request does.
    Check(u32),
}

impl Job {
    /// Whether it takes a place and a server.
    fn weighs(self) -> bool {
        matches!(self.what, What::Request(id, _) if !id.canary)
    }

    fn answer(self, done: bool, out: &mut Outbox<Ha>) {
        match self.what {
            What::Request(id, attempt) => {
                let answer = if done { Answer::Done(Pos::default()) } else { Answer::Failed };
                out.stream(self.from, Message::Response { id, attempt, answer, epoch: 0 });
            }
            What::Check(round) => {
                out.datagram(self.from, Message::CheckReply { round, master: false, epoch: 0, well: done });
            }
        }
    }
}

impl Worker {
    pub(in crate::ha) fn new(config: Rc<Config>, durable: &Durable) -> Self {
        Self {
            config,
            trouble: if durable.bad_release { Trouble::Fails } else { Trouble::None },
            bad_release: durable.bad_release,
            waiting: VecDeque::new(),
            running: Vec::new(),
            queued: 0,
            busy: 0,
            started: None,
            overflows: false,
        }
    }

    fn options(&self) -> &WorkerConfig {
        match &self.config.system {
            SystemKind::Pool(pool) => &pool.worker,
            _ => unreachable!("workers are booted in pools only"),
        }
    }

    /// Servers at work for users.
    pub fn busy(&self) -> u8 {
        self.busy
    }

    /// Users' requests that wait.
    pub fn queued(&self) -> u16 {
        self.queued
    }

    /// Whether it refuses what comes on top.
    pub fn overflows(&self) -> bool {
        self.overflows
    }

    /// What is wrong with it although it answers shallow checks.
    pub fn trouble(&self) -> Trouble {
        self.trouble
    }

    /// Thousandths of the usual service time, for it has only just been started.
    pub fn cold_permille(&self, now: LocalTime) -> u32 {
        let (Some(started), Some(warm_up)) = (self.started, self.options().warm_up) else { return 1_000 };
        let left = warm_up.lasts_us.saturating_sub(now.since(started));
        let extra = u64::from(warm_up.permille.saturating_sub(1_000));
        1_000 + (extra * left / warm_up.lasts_us.max(1)) as u32
    }

    #[inline(never)]
    pub(in crate::ha) fn step(&mut self, now: LocalTime, input: &Input<Ha>, first: bool, out: &mut Outbox<Ha>) {
        match *input {
            Input::Start => {
                // What has been running all along is warm.
                self.started = (!first && self.options().warm_up.is_some()).then_some(now);
                if self.bad_release {
                    out.note(Note::TurnedGray { hang: false });
                }
            }
            Input::Message { from, body: Message::Request { id, attempt, .. }, .. } => {
                self.arrive(now, Job { from, what: What::Request(id, attempt) }, out);
            }
            Input::Message { from, body: Message::Check { round, deep: true }, .. } => {
                self.arrive(now, Job { from, what: What::Check(round) }, out);
            }
            // It answers before it looks at anything: that it runs is all that is asked.
            Input::Message { from, body: Message::Check { round, deep: false }, .. } => {
                Job { from, what: What::Check(round) }.answer(true, out);
            }
            Input::Timer(Timer::Work(slot)) => self.served(now, usize::from(slot), out),
            Input::Command(command) => self.command(command, out),
            _ => {}
        }
    }

    fn arrive(&mut self, now: LocalTime, job: Job, out: &mut Outbox<Ha>) {
        match self.trouble {
            Trouble::Fails => return job.answer(false, out),
            Trouble::Hangs => return,
            Trouble::None => {}
        }
        let full = self.busy >= self.options().servers && self.queued >= self.options().queue;
        let canaries = self.waiting.len() - usize::from(self.queued);
        if full || !job.weighs() && canaries >= CANARIES_WAITING {
            if !std::mem::replace(&mut self.overflows, true) {
                out.note(Note::QueueFull { waiting: self.queued });
            }
            return job.answer(false, out);
        }
        self.queued += u16::from(job.weighs());
        self.waiting.push_back(job);
        self.serve(now, out);
    }

    /// Serves from the head of the queue as long as servers are free.
    fn serve(&mut self, now: LocalTime, out: &mut Outbox<Ha>) {
        while self.busy < self.options().servers {
            let Some(slot) = self.free_slot() else { return };
            let Some(job) = self.waiting.pop_front() else { return };
            if job.weighs() {
                self.queued -= 1;
                self.busy += 1;
            }
            let takes_us = self.takes_us(now, job);
            self.running[slot] = Some(job);
            out.work(Timer::Work(slot as u16), takes_us);
        }
    }

    fn free_slot(&mut self) -> Option<usize> {
        if let Some(slot) = self.running.iter().position(Option::is_none) {
            return Some(slot);
        }
        // Servers are few, and what weighs nothing has the rest.
        (self.running.len() < WORK_SLOTS).then(|| {
            self.running.push(None);
            self.running.len() - 1
        })
    }

    fn takes_us(&mut self, now: LocalTime, job: Job) -> Micros {
        let WorkerConfig { service_us, service, .. } = *self.options();
        let drawn = match (service, job.what) {
            // What a request asks for is its own, whoever serves it and how often it is tried.
            (Service::Exponential, What::Request(id, _)) => {
                let who = u64::from(id.site) | 1 << 16 | u64::from(id.canary) << 17;
                Dice::keyed(self.config.seed, Domain::Request, who, id.ordinal.into()).exponential(service_us)
            }
            (Service::Fixed, _) | (_, What::Check(_)) => service_us,
        };
        let cold = self.cold_permille(now);
        if cold == 1_000 {
            self.started = None;
        }
        (drawn.saturating_mul(u64::from(cold)) / 1_000).max(1)
    }

    fn served(&mut self, now: LocalTime, slot: usize, out: &mut Outbox<Ha>) {
        let Some(job) = self.running.get_mut(slot).and_then(Option::take) else { return };
        self.busy -= u8::from(job.weighs());
        match self.trouble {
            Trouble::None => job.answer(true, out),
            Trouble::Fails => job.answer(false, out),
            Trouble::Hangs => {}
        }
        self.serve(now, out);
        if self.overflows && self.queued * 2 <= self.options().queue {
            self.overflows = false;
            out.note(Note::QueueEased { waiting: self.queued });
        }
    }

    fn command(&mut self, command: Command, out: &mut Outbox<Ha>) {
        match command {
            Command::Gray { hang } => self.turn_gray(if hang { Trouble::Hangs } else { Trouble::Fails }, out),
            Command::BadRelease => {
                self.release(true, out);
                self.turn_gray(Trouble::Fails, out);
            }
            Command::Recover => {
                self.release(false, out);
                if self.trouble != Trouble::None {
                    self.trouble = Trouble::None;
                    out.note(Note::Recovered);
                }
            }
            _ => {}
        }
    }

    fn turn_gray(&mut self, trouble: Trouble, out: &mut Outbox<Ha>) {
        self.trouble = trouble;
        out.note(Note::TurnedGray { hang: trouble == Trouble::Hangs });
    }

    /// A release stays on the disk.
    fn release(&mut self, bad: bool, out: &mut Outbox<Ha>) {
        if bad != self.bad_release {
            self.bad_release = bad;
            out.persist(Write::Release { bad });
        }
    }
}
