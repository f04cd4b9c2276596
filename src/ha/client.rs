//! A client site: sends requests, waits, tries again, and runs the probe.
//!
//! Requests come as an open-loop Poisson process: a slow service does not slow its users down. The probe sends
//! one canary write and one canary read for every shard at a fixed pace, without retries, on the real route.
//!
//! When a request comes, and what it asks, depends on (seed, site, ordinal) alone.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::config::{Config, Router, SystemKind};
use super::limits::{KEYS, REQUESTS};
use super::message::{Answer, Command, Message, Op, OpKind, Pos, RequestId, Timer};
use super::note::{Note, Outcome, Stale};
use super::pool::{Grant, RetryTokens};
use super::system::Ha;
use crate::sim::{CloseReason, Dice, Domain, Input, LocalTime, MachineId, Micros, Outbox};

/// A site that comes up again goes on with the number that it would have reached with one request (or one canary of each
/// shard) in this time.
const RENUMBER_US: Micros = 250;

/// A site of clients.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Client {
    config: Rc<Config>,
    site: u8,
    next_request: u32,
    next_canary: u32,
    slots: Vec<Option<Pending>>,
    /// Where writes go: a node, or with proxies nothing.
    route: Option<MachineId>,
    /// The newest epoch that it has heard of.
    newest_epoch: u32,
    /// The proxy or balancer in use, by index.
    proxy: usize,
    /// A name server has been asked and has not answered.
    asking: bool,
    load_permille: u32,
    poison_next: bool,
    /// Turn of the next read that may go anywhere.
    turn: u32,
    /// Members of an ensemble that did not do a write in time.
    doubted: BTreeMap<MachineId, Doubt>,
    /// What it knows of its connections.
    lines: BTreeMap<MachineId, Line>,
    /// What bounds its retries, if anything does.
    tokens: Option<RetryTokens>,
}

/// What a client holds against a member of an ensemble.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Doubt {
    /// Until then it does not go there with writes on the word of another.
    until: LocalTime,
    /// Unless it leads in a newer term than this.
    epoch: u32,
    /// Nothing at all came from there.
    silent: bool,
}

/// One connection of a client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Line {
    /// Counts the connections to this machine so far.
    number: u32,
    /// Counts the answers that came from it.
    answers: u32,
}

/// A request under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Pending {
    /// Which.
    pub id: RequestId,
    /// What for.
    pub op: Op,
    /// Which try.
    pub attempt: u8,
    /// Where it was sent; none while it waits.
    pub target: Option<MachineId>,
    /// An earlier try may have been done.
    pub unknown: bool,
    /// The state of the connection when it was sent.
    line: Line,
}

impl Client {
    pub(super) fn new(config: Rc<Config>, site: u8) -> Self {
        Self {
            tokens: config.clients.retry_budget.map(RetryTokens::new),
            config,
            site,
            next_request: 0,
            next_canary: 0,
            slots: Vec::new(),
            route: None,
            newest_epoch: 0,
            proxy: usize::from(site),
            asking: false,
            load_permille: 1000,
            poison_next: false,
            turn: 0,
            doubted: BTreeMap::new(),
            lines: BTreeMap::new(),
        }
    }

    /// Requests under way.
    pub fn pending(&self) -> impl Iterator<Item = &Pending> {
        self.slots.iter().flatten()
    }

    /// The node that it sends writes to, unless it goes through a proxy.
    pub fn route(&self) -> Option<MachineId> {
        self.route
    }

    /// The machine that it sends writes to.
    pub fn next_hop(&self) -> Option<MachineId> {
        match self.config.router {
            Router::Proxy { .. } => Some(self.config.layout.proxies[self.proxy % self.config.layout.proxies.len()]),
            Router::Balancer => Some(self.config.layout.balancers[self.proxy % self.config.layout.balancers.len()]),
            Router::Vip | Router::Dns { .. } | Router::Discovery => self.route,
        }
    }

    pub(super) fn step(&mut self, now: LocalTime, input: Input<Ha>, first: bool, out: &mut Outbox<Ha>) {
        match input {
            Input::Start => {
                if !first {
                    // It has forgotten how far it was, and must not name two requests alike.
                    let unused = (now.us() / RENUMBER_US) as u32;
                    let canaries = now.us() * u64::from(self.config.shards()) / RENUMBER_US;
                    (self.next_request, self.next_canary) = (unused, canaries as u32);
                }
                self.start(first, out);
            }
            Input::Timer(Timer::Arrival) => self.arrive(out),
            Input::Timer(Timer::Canary) => self.send_canaries(out),
            Input::Timer(Timer::Request(slot)) => self.timed_out(now, usize::from(slot), out),
            Input::Timer(Timer::Retry(slot)) => self.send(usize::from(slot), out),
            Input::Timer(Timer::Ttl) => self.expire(out),
            Input::Message { from, body, .. } => match body {
                Message::Response { id, attempt, answer, epoch } => {
                    self.lines.entry(from).or_default().answers += 1;
                    self.doubted.retain(|_, doubt| doubt.until > now);
                    if let Some(doubt) = self.doubted.get_mut(&from) {
                        doubt.silent = false;
                    }
                    self.answered(id, attempt, answer, epoch, out);
                }
                Message::Announce { epoch } => self.announced(from, epoch, out),
                Message::DnsAnswer { node, epoch } => self.resolved(node, epoch, out),
                _ => {}
            },
            Input::Closed { peer, reason } => self.closed(now, peer, reason, out),
            Input::Command(Command::Load(permille)) => {
                self.load_permille = permille;
                self.schedule_arrival(out);
            }
            Input::Command(Command::SendPoison) => {
                self.poison_next = true;
                self.arrive(out);
            }
            Input::Timer(_) | Input::Synced(_) | Input::WriteFailed(_) | Input::Opened { .. } | Input::Command(_) => {}
        }
    }

    fn start(&mut self, first: bool, out: &mut Outbox<Ha>) {
        let master = self.config.layout.data[0];
        match self.config.router {
            Router::Proxy { .. } | Router::Balancer => {}
            Router::Dns { ttl_us } => {
                if first {
                    self.set_route(master, 1, out);
                    out.set_timer(Timer::Ttl, 1, ttl_us.max(1)); // caches are of different age
                }
            }
            Router::Vip | Router::Discovery => self.set_route(master, 1, out),
        }
        self.schedule_arrival(out);
        if self.config.clients.canary_us > 0 {
            self.send_canaries(out);
        }
    }

    // ---- where to ------------------------------------------------------------------------------------

    fn set_route(&mut self, to: MachineId, epoch: u32, out: &mut Outbox<Ha>) {
        self.newest_epoch = self.newest_epoch.max(epoch);
        if self.route != Some(to) {
            self.route = Some(to);
            out.note(Note::Routed { to, epoch });
        }
    }

    /// Somebody says that it holds the virtual address.
    #[inline(never)]
    fn announced(&mut self, from: MachineId, epoch: u32, out: &mut Outbox<Ha>) {
        let newest = self.newest_epoch;
        if self.config.nodes.fencing.epochs && epoch < newest {
            out.note(Note::StaleRefused { from, epoch, newest, what: Stale::Route });
        } else {
            self.set_route(from, epoch, out);
        }
    }

    #[inline(never)]
    fn resolved(&mut self, node: MachineId, epoch: u32, out: &mut Outbox<Ha>) {
        let Router::Dns { ttl_us } = self.config.router else { return };
        self.asking = false;
        self.set_route(node, epoch, out);
        out.set_timer(Timer::Ttl, ttl_us, ttl_us);
        for slot in 0..self.slots.len() {
            if self.slots[slot].is_some_and(|pending| pending.target.is_none() && pending.attempt == 0) {
                self.send(slot, out);
            }
        }
    }

    /// The cached answer is too old: ask again, and use the old one until the answer is there.
    #[inline(never)]
    fn expire(&mut self, out: &mut Outbox<Ha>) {
        let Some(dns) = self.config.layout.dns else { return };
        self.asking = true;
        out.datagram(dns, Message::DnsQuery);
        let patience = self.config.clients.timeout_us;
        out.set_timer(Timer::Ttl, patience, patience);
    }

    /// Where a request goes.
    fn target(&mut self, op: Op) -> Option<MachineId> {
        let anywhere = op.kind == OpKind::Read
            && self.config.clients.reads_anywhere
            && self.config.nodes.standby.serves_reads
            && !matches!(self.config.router, Router::Proxy { .. } | Router::Balancer);
        if anywhere {
            let data = &self.config.layout.data;
            let first = self.turn as usize + 1 + usize::from(self.site);
            let answers = |node: &MachineId| self.doubted.get(node).is_none_or(|doubt| !doubt.silent);
            let steps = (0..data.len()).find(|step| answers(&data[(first + step) % data.len()]));
            self.turn = self.turn.wrapping_add(1 + steps.unwrap_or(0) as u32);
            return Some(data[(first + steps.unwrap_or(0)) % data.len()]);
        }
        self.next_hop()
    }

    /// It did not work there: with several proxies, or with discovery, try the next; look for the virtual
    /// address anew.
    fn try_elsewhere(&mut self, failed: MachineId, hint: Option<MachineId>, out: &mut Outbox<Ha>) {
        match self.config.router {
            Router::Proxy { .. } | Router::Balancer if self.next_hop() == Some(failed) => self.proxy += 1,
            Router::Discovery if self.route == Some(failed) => {
                if let Some(next) = self.next_node(failed, hint) {
                    self.set_route(next, self.newest_epoch, out);
                }
            }
            Router::Vip if self.route == Some(failed) => {
                for node in &self.config.layout.data {
                    out.datagram(*node, Message::WhoHas);
                }
            }
            _ => {}
        }
    }

    fn is_of_ensemble(&self) -> bool {
        matches!(self.config.system, SystemKind::Ensemble(_))
    }

    /// A member of an ensemble does not answer. Its followers go on naming it until their election timeouts: twice the
    /// clients' patience is enough for most.
    fn leave_alone(&mut self, now: LocalTime, node: MachineId, silent: bool) {
        if self.is_of_ensemble() {
            let until = now.after(2 * self.config.clients.timeout_us);
            let silent = silent || self.doubted.get(&node).is_some_and(|doubt| doubt.silent);
            self.doubted.insert(node, Doubt { until, epoch: self.newest_epoch, silent });
        }
    }

    /// With discovery: where to go from a node that did not do it. A node that was just found dead is left out, even
    /// where others still hold it for the master; then it waits where it is.
    fn next_node(&self, failed: MachineId, hint: Option<MachineId>) -> Option<MachineId> {
        let data = &self.config.layout.data;
        let is_well = |node: &MachineId| !self.doubted.contains_key(node);
        if let Some(hint) = hint {
            let is_new = |node: &MachineId| self.doubted.get(node).is_none_or(|doubt| doubt.epoch < self.newest_epoch);
            return Some(hint).filter(is_new);
        }
        let index = self.config.layout.data_index(failed).unwrap_or(0);
        let others = || (1..data.len()).map(|step| data[(index + step) % data.len()]);
        let answers = |node: &MachineId| self.doubted.get(node).is_some_and(|doubt| !doubt.silent);
        others().find(is_well).or_else(|| others().find(answers)).or_else(|| others().next())
    }

    // ---- requests ------------------------------------------------------------------------------------

    fn dice(&self, ordinal: u32) -> Dice {
        Dice::keyed(self.config.seed, Domain::Request, self.site.into(), ordinal.into())
    }

    fn schedule_arrival(&mut self, out: &mut Outbox<Ha>) {
        let mean = self.config.clients.mean_gap_us;
        if mean == 0 || self.load_permille == 0 {
            return out.cancel_timer(Timer::Arrival);
        }
        let gap = self.dice(self.next_request).exponential(mean * 1000 / u64::from(self.load_permille)).max(1);
        out.set_timer(Timer::Arrival, gap, gap);
    }

    fn arrive(&mut self, out: &mut Outbox<Ha>) {
        let ordinal = self.next_request;
        let mut dice = self.dice(ordinal);
        dice.word(); // the first word was the gap
        let read = dice.chance_ppm(self.config.clients.read_permille * 1000);
        let key = dice.below(u64::from(self.first_canary_key())) as u8;
        let kind = if std::mem::take(&mut self.poison_next) {
            OpKind::Poison
        } else if read {
            OpKind::Read
        } else {
            OpKind::Write
        };
        self.next_request += 1;
        self.issue(RequestId { site: self.site, ordinal, canary: false }, Op { kind, key }, out);
        self.schedule_arrival(out);
    }

    /// The last keys, one of each shard, are the canaries'; clients write and read those before them.
    fn first_canary_key(&self) -> u8 {
        KEYS as u8 - self.config.shards()
    }

    /// One canary write and one canary read of every shard.
    fn send_canaries(&mut self, out: &mut Outbox<Ha>) {
        for key in (self.first_canary_key()..KEYS as u8).rev() {
            for kind in [OpKind::Write, OpKind::Read] {
                let id = RequestId { site: self.site, ordinal: self.next_canary, canary: true };
                self.next_canary += 1;
                self.issue(id, Op { kind, key }, out);
            }
        }
        let pace = self.config.clients.canary_us;
        out.set_timer(Timer::Canary, pace, pace);
    }

    fn issue(&mut self, id: RequestId, op: Op, out: &mut Outbox<Ha>) {
        out.note(Note::Issued { id, kind: op.kind, key: op.key });
        if !id.canary
            && let Some(tokens) = &mut self.tokens
            && tokens.deposit()
        {
            out.note(Note::RetriesStopped { on: false });
        }
        let pending = Pending { id, op, attempt: 0, target: None, unknown: false, line: Line::default() };
        let slot = match self.slots.iter().position(Option::is_none) {
            Some(slot) => slot,
            None if self.slots.len() < REQUESTS => {
                self.slots.push(None);
                self.slots.len() - 1
            }
            None => {
                // No place for one more: the site itself is overloaded.
                let Op { kind, key } = op;
                let version = Pos::default();
                return out.note(Note::Finished { id, kind, key, outcome: Outcome::Failed, version });
            }
        };
        self.slots[slot] = Some(pending);
        self.send(slot, out);
    }

    fn send(&mut self, slot: usize, out: &mut Outbox<Ha>) {
        let Some(pending) = self.slots[slot] else { return };
        let target = self.target(pending.op);
        let line = target.map_or(Line::default(), |target| *self.lines.entry(target).or_default());
        if let Some(pending) = &mut self.slots[slot] {
            (pending.target, pending.line) = (target, line);
        }
        let timeout = self.config.clients.timeout_us;
        out.set_timer(Timer::Request(slot as u16), timeout, timeout);
        if let Some(target) = target {
            let Pending { id, op, attempt, .. } = pending;
            out.stream(target, Message::Request { id, attempt, op, epoch: self.newest_epoch });
        } else if !self.asking && matches!(self.config.router, Router::Dns { .. }) {
            self.expire(out);
        }
    }

    fn answered(&mut self, id: RequestId, attempt: u8, answer: Answer, epoch: u32, out: &mut Outbox<Ha>) {
        self.newest_epoch = self.newest_epoch.max(epoch);
        let found = |pending: &Option<Pending>| pending.is_some_and(|p| p.id == id && p.attempt == attempt);
        let Some(slot) = self.slots.iter().position(found) else { return };
        let target = self.slots[slot].and_then(|pending| pending.target);
        match answer {
            Answer::Done(version) => {
                let wrote = self.slots[slot].filter(|pending| pending.op.kind != OpKind::Read);
                if let Some(target) = wrote.and_then(|pending| pending.target) {
                    self.doubted.remove(&target);
                }
                self.finish(slot, Outcome::Done, version, out);
            }
            Answer::NotMaster(hint) => {
                if let Some(target) = target {
                    self.try_elsewhere(target, hint, out);
                }
                self.failed(slot, false, out);
            }
            Answer::Failed => self.failed(slot, false, out),
            Answer::Unknown => self.failed(slot, true, out),
        }
    }

    #[inline(never)]
    fn timed_out(&mut self, now: LocalTime, slot: usize, out: &mut Outbox<Ha>) {
        let Some(pending) = self.slots[slot] else { return };
        if let Some(target) = pending.target {
            let read_anywhere = self.config.clients.reads_anywhere && pending.op.kind == OpKind::Read;
            // It says nothing about where writes should go.
            let of_no_account = self.is_of_ensemble() && read_anywhere;
            if !of_no_account {
                self.leave_alone(now, target, false);
            }
            self.doubt(now, target, pending.line, out);
            if !of_no_account {
                self.try_elsewhere(target, None, out);
            }
        }
        self.failed(slot, pending.target.is_some(), out);
    }

    /// A request was not answered in time. If nothing else has come on its connection since it was sent, the
    /// other end may be no more: a new connection for what follows.
    fn doubt(&mut self, now: LocalTime, target: MachineId, sent_on: Line, out: &mut Outbox<Ha>) {
        let line = self.lines.entry(target).or_default();
        if *line == sent_on {
            line.number += 1;
            out.close(target);
            self.leave_alone(now, target, true);
        }
    }

    fn closed(&mut self, now: LocalTime, peer: MachineId, reason: CloseReason, out: &mut Outbox<Ha>) {
        let unknown = reason != CloseReason::Refused;
        let hit = |pending: &Option<Pending>| pending.is_some_and(|pending| pending.target == Some(peer));
        let slots: Vec<usize> = (0..self.slots.len()).filter(|slot| hit(&self.slots[*slot])).collect();
        self.lines.entry(peer).or_default().number += 1;
        self.leave_alone(now, peer, true);
        self.try_elsewhere(peer, None, out);
        for slot in slots {
            self.failed(slot, unknown, out);
        }
    }

    /// A try has failed: another, or that was it.
    fn failed(&mut self, slot: usize, unknown: bool, out: &mut Outbox<Ha>) {
        let limit = self.config.clients.attempts;
        let backoff = self.config.clients.backoff_us;
        let Some(pending) = &mut self.slots[slot] else { return };
        pending.unknown |= unknown && pending.op.kind != OpKind::Read;
        pending.target = None;
        let over = pending.id.canary || pending.attempt + 1 >= limit;
        let grant =
            if over { Grant::Refused } else { self.tokens.as_mut().map_or(Grant::Given, RetryTokens::withdraw) };
        if grant == Grant::RunOut {
            out.note(Note::RetriesStopped { on: true });
        }
        if grant != Grant::Given {
            let outcome = if pending.unknown { Outcome::Unknown } else { Outcome::Failed };
            return self.finish(slot, outcome, Pos::default(), out);
        }
        pending.attempt += 1;
        let pause: Micros = backoff << (pending.attempt - 1).min(10);
        // Jitter of up to half the pause keeps retries from coming in step.
        let who = u64::from(self.site) << 32 | u64::from(pending.id.ordinal);
        let mut dice = Dice::keyed(self.config.seed, Domain::Attempt, who, pending.attempt.into());
        let pause = dice.between(pause, pause + pause / 2);
        out.cancel_timer(Timer::Request(slot as u16));
        out.set_timer(Timer::Retry(slot as u16), pause, pause);
    }

    fn finish(&mut self, slot: usize, outcome: Outcome, version: Pos, out: &mut Outbox<Ha>) {
        let Some(Pending { id, op: Op { kind, key }, .. }) = self.slots[slot].take() else { return };
        out.cancel_timer(Timer::Request(slot as u16));
        out.cancel_timer(Timer::Retry(slot as u16));
        out.note(Note::Finished { id, kind, key, outcome, version });
    }
}
