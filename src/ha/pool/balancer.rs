//! The balancer: takes requests from clients, picks a worker for each, and looks after the workers' health.
//!
//! It follows a list of targets: the machines of [`Layout::data`](crate::ha::Layout::data). For each it knows what
//! active checks and answers say ([`health`](super::health)), whether it drains, and what is under way there. A worker gets
//! new requests only if nothing is held against it; who has just come back gets less than its share for a while.
//!
//! What always holds: a request is under way at one worker at a time and tried at each at most once; every request is
//! answered, if only because its timer runs out; retries stay within the budget; no more workers are ejected than the
//! share allows.

use std::rc::Rc;

use super::budget::{Grant, RetryTokens};
use super::config::{BalancerConfig, Retries, Strategy};
use super::health::{Checks, Outlier, most_ejected};
use super::strategy::{Candidate, Picker, try_dice};
use crate::ha::config::{Config, SystemKind};
use crate::ha::limits::{KEYS, REQUESTS, SITES};
use crate::ha::message::{Answer, Command, Message, Op, OpKind, RequestId, Timer};
use crate::ha::note::Note;
use crate::ha::system::Ha;
use crate::sim::{Input, LocalTime, MachineId, Micros, Outbox};

/// The load is measured over this many seconds.
pub const WINDOW: usize = 5;
/// Pause between two looks at the load.
const TALLY_US: Micros = 1_000_000;
/// Least weight of a worker in slow start, in thousandths of its own (Envoy's `min_weight_percent` is 10 %).
const LEAST_PERMILLE: u64 = 100;

/// A balancer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Balancer {
    config: Rc<Config>,
    backends: Vec<Backend>,
    /// Users' requests and canaries take turns of their own.
    pickers: [Picker; 2],
    slots: Vec<Option<Forwarded>>,
    tokens: Option<RetryTokens>,
    /// Users' requests sent to workers, retries included: in the last seconds, and in this one.
    sent: [u32; WINDOW],
    sending: u32,
    /// Retries since the start.
    retries: u32,
    /// There was nobody to send a request to, and there has been nobody since.
    helpless: bool,
}

/// What a balancer knows of one worker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Backend {
    /// What active checks say.
    pub checks: Checks,
    /// What its answers say.
    pub outlier: Outlier,
    /// It gets no new requests, by order.
    pub draining: bool,
    /// Users' requests under way there, and canaries.
    pub active: [u16; 2],
    /// Since when it has been back; none once it gets its full share.
    warming_since: Option<LocalTime>,
    line: Line,
}

/// The connection to a worker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Line {
    /// Counts the connections so far.
    number: u32,
    /// Counts the answers.
    answers: u32,
}

/// A request under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Forwarded {
    client: MachineId,
    id: RequestId,
    attempt: u8,
    op: Op,
    /// Where it is.
    at: u8,
    /// Bit *i*: it has been tried at worker *i*.
    tried: u8,
    /// A try may have been done.
    unknown: bool,
    /// The connection when it was sent.
    line: Line,
}

impl Backend {
    /// Whether it gets new requests.
    pub fn is_in(&self) -> bool {
        self.checks.is_up() && !self.outlier.is_out() && !self.draining
    }

    /// Its share of what it will get later, in thousandths: less than all while it is in slow start.
    pub fn share_permille(&self, now: LocalTime, slow_start_us: Micros) -> u32 {
        let Some(since) = self.warming_since else { return 1_000 };
        (now.since(since) * 1_000 / slow_start_us.max(1)).clamp(LEAST_PERMILLE, 1_000) as u32
    }
}

impl Balancer {
    pub(in crate::ha) fn new(config: Rc<Config>) -> Self {
        let workers = config.layout.data.len();
        let options = options(&config);
        let picker = Picker::new(options.strategy, workers);
        Self {
            backends: vec![Backend::default(); workers],
            pickers: [picker.clone(), picker],
            slots: Vec::new(),
            tokens: options.retries.and_then(|retries| retries.budget).map(RetryTokens::new),
            sent: [0; WINDOW],
            sending: 0,
            retries: 0,
            helpless: false,
            config,
        }
    }

    /// What it knows of the workers.
    pub fn backends(&self) -> &[Backend] {
        &self.backends
    }

    /// The retry budget, if there is one.
    pub fn tokens(&self) -> Option<RetryTokens> {
        self.tokens
    }

    /// Users' requests sent to workers in the last [`WINDOW`] seconds, retries included.
    pub fn sent_lately(&self) -> u32 {
        self.sent.iter().sum()
    }

    /// Retries since it was started.
    pub fn retries(&self) -> u32 {
        self.retries
    }

    #[inline(never)]
    pub(in crate::ha) fn step(&mut self, now: LocalTime, input: &Input<Ha>, out: &mut Outbox<Ha>) {
        match *input {
            Input::Start => {
                for index in 0..self.backends.len() {
                    self.check(index, out);
                }
                out.set_timer(Timer::Tally, TALLY_US, TALLY_US);
            }
            Input::Timer(Timer::Check(index)) => self.check(usize::from(index), out),
            Input::Timer(Timer::CheckTimeout(index)) => {
                if self.backends[usize::from(index)].checks.missed() {
                    self.judge(now, usize::from(index), false, out);
                }
            }
            Input::Timer(Timer::Ejection(index)) => self.ejection_over(now, usize::from(index), out),
            Input::Timer(Timer::Tally) => self.tally(out),
            Input::Timer(Timer::Upstream(slot)) => self.timed_out(now, usize::from(slot), out),
            Input::Message { from, ref body, .. } => self.message(now, from, body, out),
            Input::Closed { peer, .. } => self.closed(now, peer, out),
            Input::Command(Command::Drain(node)) => self.drain(node, out),
            Input::Command(Command::Ready(node)) => self.ready(now, node, out),
            Input::Timer(_) | Input::Synced(_) | Input::WriteFailed(_) | Input::Opened { .. } | Input::Command(_) => {}
        }
    }

    fn message(&mut self, now: LocalTime, from: MachineId, body: &Message, out: &mut Outbox<Ha>) {
        match *body {
            Message::Request { id, attempt, op, .. } => self.request(now, from, id, attempt, op, out),
            Message::Response { id, attempt, answer, .. } => {
                let Some(index) = self.config.layout.data_index(from) else { return };
                self.backends[index].line.answers += 1;
                let is_it = |slot: &Option<Forwarded>| {
                    slot.is_some_and(|one| (one.id, one.attempt, usize::from(one.at)) == (id, attempt, index))
                };
                // What comes after its time is up is nobody's any more.
                if let Some(slot) = self.slots.iter().position(is_it) {
                    self.ended(now, slot, answer, out);
                }
            }
            Message::CheckReply { round, well, .. } => {
                let Some(index) = self.config.layout.data_index(from) else { return };
                if self.backends[index].checks.answered(round) {
                    out.cancel_timer(Timer::CheckTimeout(index as u8));
                    self.judge(now, index, well, out);
                }
            }
            _ => {}
        }
    }

    // ---- health --------------------------------------------------------------------------------------

    fn check(&mut self, index: usize, out: &mut Outbox<Ha>) {
        let Some(check) = options(&self.config).check else { return };
        let round = self.backends[index].checks.ask();
        out.datagram(self.config.layout.data[index], Message::Check { round, deep: check.deep });
        out.set_timer(Timer::Check(index as u8), check.interval_us, check.interval_us);
        let patience = check.timeout_us.min(check.interval_us);
        out.set_timer(Timer::CheckTimeout(index as u8), patience, patience);
    }

    fn judge(&mut self, now: LocalTime, index: usize, well: bool, out: &mut Outbox<Ha>) {
        let Some(check) = options(&self.config).check else { return };
        if self.backends[index].checks.judge(well, check) {
            out.note(Note::Health { node: self.config.layout.data[index], up: well });
            if well {
                self.comes_back(now, index);
            }
        }
    }

    /// A user's request at a worker has ended: enough that failed in a row have it ejected, if the share allows.
    fn judge_by_answer(&mut self, index: usize, done: bool, out: &mut Outbox<Ha>) {
        let Some(ejection) = options(&self.config).ejection else { return };
        let out_already = self.backends.iter().filter(|backend| backend.outlier.is_out()).count();
        let has_room = out_already < most_ejected(self.backends.len(), ejection);
        if let Some((failures, for_us)) = self.backends[index].outlier.judge(done, has_room, ejection) {
            out.note(Note::Ejected { node: self.config.layout.data[index], failures, for_us });
            out.set_timer(Timer::Ejection(index as u8), for_us, for_us);
        }
    }

    fn ejection_over(&mut self, now: LocalTime, index: usize, out: &mut Outbox<Ha>) {
        let Some(ejection) = options(&self.config).ejection else { return };
        if self.backends[index].outlier.time_is_up() {
            out.note(Note::Reinstated { node: self.config.layout.data[index] });
            self.comes_back(now, index);
        }
        let probation = self.backends[index].outlier.pause_us(ejection);
        if probation > 0 {
            out.set_timer(Timer::Ejection(index as u8), probation, probation);
        }
    }

    /// A worker gets requests again: few at first.
    fn comes_back(&mut self, now: LocalTime, index: usize) {
        self.backends[index].warming_since = (options(&self.config).slow_start_us > 0).then_some(now);
    }

    fn drain(&mut self, node: MachineId, out: &mut Outbox<Ha>) {
        let Some(index) = self.config.layout.data_index(node) else { return };
        if !std::mem::replace(&mut self.backends[index].draining, true) {
            out.note(Note::Draining { node });
            self.look_whether_drained(index, out);
        }
    }

    fn ready(&mut self, now: LocalTime, node: MachineId, out: &mut Outbox<Ha>) {
        let Some(index) = self.config.layout.data_index(node) else { return };
        if std::mem::take(&mut self.backends[index].draining) {
            out.note(Note::Ready { node });
            self.comes_back(now, index);
        }
    }

    fn look_whether_drained(&self, index: usize, out: &mut Outbox<Ha>) {
        if self.backends[index].draining && self.backends[index].active == [0, 0] {
            out.note(Note::Drained { node: self.config.layout.data[index] });
        }
    }

    fn tally(&mut self, out: &mut Outbox<Ha>) {
        self.sent.rotate_right(1);
        self.sent[0] = std::mem::take(&mut self.sending);
        out.set_timer(Timer::Tally, TALLY_US, TALLY_US);
    }

    // ---- requests ------------------------------------------------------------------------------------

    fn request(&mut self, now: LocalTime, client: MachineId, id: RequestId, attempt: u8, op: Op, out: &mut Outbox<Ha>) {
        if !id.canary
            && let Some(tokens) = &mut self.tokens
            && tokens.deposit()
        {
            out.note(Note::RetriesStopped { on: false });
        }
        let line = Line::default();
        let one = Forwarded { client, id, attempt, op, at: 0, tried: 0, unknown: false, line };
        let slot = match self.slots.iter().position(Option::is_none) {
            Some(slot) => slot,
            None if self.slots.len() < REQUESTS * SITES => {
                self.slots.push(None);
                self.slots.len() - 1
            }
            None => return out.stream(client, Message::Response { id, attempt, answer: Answer::Failed, epoch: 0 }),
        };
        self.slots[slot] = Some(one);
        let picked = self.pick(now, &one);
        self.send(slot, picked, out);
    }

    /// A worker that is in and has not been tried yet.
    fn pick(&mut self, now: LocalTime, one: &Forwarded) -> Option<u8> {
        let BalancerConfig { strategy, weights, slow_start_us, .. } = options(&self.config);
        let mut candidates = Vec::with_capacity(self.backends.len());
        for (index, backend) in (0_u8..).zip(&mut self.backends) {
            let share = backend.share_permille(now, *slow_start_us);
            if share == 1_000 {
                backend.warming_since = None;
            }
            if backend.is_in() && one.tried >> index & 1 == 0 {
                let own = if *strategy == Strategy::Weighted { weights.get(usize::from(index)) } else { None };
                let weight_milli = own.map_or(share, |own| own.saturating_mul(share)).max(1);
                candidates.push(Candidate { index, weight_milli, active: backend.active[0] });
            }
        }
        // A canary stands for all keys in turn; that of a request is its own.
        let key = if one.id.canary { u64::from(one.id.ordinal) % (KEYS as u64 - 1) } else { one.op.key.into() };
        let mut dice = try_dice(self.config.seed, one.id, one.attempt, one.tried.count_ones());
        self.pickers[usize::from(one.id.canary)].pick(&candidates, key, &mut dice)
    }

    fn send(&mut self, slot: usize, to: Option<u8>, out: &mut Outbox<Ha>) {
        let Some(one) = &mut self.slots[slot] else { return };
        let Some(to) = to else {
            // Nobody to send it to: says so at once, as HAProxy does with 503.
            if !std::mem::replace(&mut self.helpless, true) {
                out.note(Note::NobodyIn);
            }
            return self.answer(slot, Answer::Failed, out);
        };
        self.helpless = false;
        let index = usize::from(to);
        one.at = to;
        one.tried |= 1 << to;
        one.line = self.backends[index].line;
        let Forwarded { id, attempt, op, .. } = *one;
        self.backends[index].active[usize::from(id.canary)] += 1;
        self.sending += u32::from(!id.canary);
        out.stream(self.config.layout.data[index], Message::Request { id, attempt, op, epoch: 0 });
        let patience = options(&self.config).timeout_us;
        out.set_timer(Timer::Upstream(slot as u16), patience, patience);
    }

    fn timed_out(&mut self, now: LocalTime, slot: usize, out: &mut Outbox<Ha>) {
        let Some(one) = self.slots[slot] else { return };
        let index = usize::from(one.at);
        // If nothing has come on its connection since it was sent, the other end may be no more.
        if self.backends[index].line == one.line {
            self.backends[index].line.number += 1;
            out.close(self.config.layout.data[index]);
        }
        self.ended(now, slot, Answer::Unknown, out);
    }

    fn closed(&mut self, now: LocalTime, peer: MachineId, out: &mut Outbox<Ha>) {
        let Some(index) = self.config.layout.data_index(peer) else {
            // A client that has gone waits for nothing.
            return;
        };
        self.backends[index].line.number += 1;
        for slot in 0..self.slots.len() {
            if self.slots[slot].is_some_and(|one| usize::from(one.at) == index) {
                self.ended(now, slot, Answer::Unknown, out);
            }
        }
    }

    /// A try has ended, well or not: an answer for the client, or another try.
    fn ended(&mut self, now: LocalTime, slot: usize, answer: Answer, out: &mut Outbox<Ha>) {
        let Some(one) = &mut self.slots[slot] else { return };
        let done = matches!(answer, Answer::Done(_));
        one.unknown |= answer == Answer::Unknown && one.op.kind != OpKind::Read;
        let one = *one;
        let index = usize::from(one.at);
        let active = &mut self.backends[index].active[usize::from(one.id.canary)];
        *active = active.saturating_sub(1);
        if !one.id.canary {
            self.judge_by_answer(index, done, out);
        }
        self.look_whether_drained(index, out);
        if !done && let Some(to) = self.another_try(now, &one, out) {
            return self.send(slot, Some(to), out);
        }
        let answer = if !done && one.unknown { Answer::Unknown } else { answer };
        self.answer(slot, answer, out);
    }

    /// Where a request that failed is tried again, if it is.
    fn another_try(&mut self, now: LocalTime, one: &Forwarded, out: &mut Outbox<Ha>) -> Option<u8> {
        let Retries { most, writes, .. } = options(&self.config).retries?;
        if one.tried.count_ones() > u32::from(most) || one.unknown && !writes {
            return None;
        }
        let to = self.pick(now, one)?;
        let grant = match &mut self.tokens {
            None => Grant::Given,
            // The probe sees what users would get, and takes nothing from them.
            Some(tokens) if one.id.canary => return tokens.has_one().then_some(to),
            Some(tokens) => tokens.withdraw(),
        };
        if grant == Grant::RunOut {
            out.note(Note::RetriesStopped { on: true });
        }
        if grant != Grant::Given {
            return None;
        }
        self.retries += u32::from(!one.id.canary);
        Some(to)
    }

    fn answer(&mut self, slot: usize, answer: Answer, out: &mut Outbox<Ha>) {
        let Some(Forwarded { client, id, attempt, .. }) = self.slots[slot].take() else { return };
        out.cancel_timer(Timer::Upstream(slot as u16));
        out.stream(client, Message::Response { id, attempt, answer, epoch: 0 });
    }
}

fn options(config: &Config) -> &BalancerConfig {
    match &config.system {
        SystemKind::Pool(pool) => &pool.balancer,
        _ => unreachable!("balancers are booted in pools only"),
    }
}
