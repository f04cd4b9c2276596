//! The balancer of a cluster: leads each request to the worker that owns the shard of its key.
//!
//! It watches the registry, and knows of the workers what the registry says: that a worker is gone it learns when the
//! manager has taken its claim, not before. Without the manager it goes on with what it knows (static stability).
//!
//! Reads that may miss something any holder of the shard may answer: those it spreads ([`spread`](super::spread)).
//!
//! A request that cannot be led anywhere fails at once. One whose worker is taken for dead, closes the connection, or
//! has not answered for too long (HAProxy's `timeout server`), is answered as unknown: whether it is asked again is the
//! client's policy. An answer under an old token is not passed on, where tokens count.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use super::registry::{Registrar, Registry};
use super::spread::Readers;
use crate::ha::config::Config;
use crate::ha::limits::{REQUESTS, SITES};
use crate::ha::message::{Answer, Message, Op, OpKind, RequestId, Timer};
use crate::ha::note::{Note, Stale};
use crate::ha::pool::Outlier;
use crate::ha::system::Ha;
use crate::sim::{Input, Lane, LocalTime, MachineId, Micros, Outbox};

/// The balancer of a cluster.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Gateway {
    config: Rc<Config>,
    registrar: Registrar,
    /// Where the requests of each shard go, and the token of that owner.
    routes: Vec<(Option<u8>, u32)>,
    /// Requests passed on and not answered.
    forwarded: BTreeMap<(RequestId, u8), Forwarded>,
    /// When it waits no longer, and for which: in order, for all have the same time. Of those that have ended meanwhile the
    /// first is never one.
    deadlines: VecDeque<(LocalTime, (RequestId, u8))>,
    now: LocalTime,
    /// Where reads go that any holder may answer.
    readers: Readers,
    /// The last refused answer that was noted: whose, and under which token.
    refused: Option<(MachineId, u32)>,
}

/// A request passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Forwarded {
    client: MachineId,
    worker: MachineId,
    shard: u8,
    /// Any holder may answer it, and nothing was held against this one for it yet.
    spread: bool,
}

/// What the balancer says of a shard.
struct OfShard(u8);

impl Lane<Ha> for OfShard {
    fn number(&self) -> u8 {
        self.0
    }

    fn message(&self, _: MachineId, body: Message) -> Message {
        body
    }

    fn timer(&self, timer: crate::ha::message::Timer) -> crate::ha::message::Timer {
        timer
    }

    fn write(&self, write: crate::ha::Write) -> crate::ha::Write {
        write
    }
}

impl Gateway {
    pub(in crate::ha) fn new(config: Rc<Config>, me: MachineId) -> Self {
        let registrar = Registrar::new(Rc::clone(&config), me, None);
        let routes = vec![(None, 0); usize::from(config.shards())];
        let options = config.cluster().map(|cluster| cluster.spread).unwrap_or_default();
        let readers = Readers::new(&config, options);
        Self {
            config,
            registrar,
            routes,
            forwarded: BTreeMap::new(),
            deadlines: VecDeque::new(),
            now: LocalTime::default(),
            readers,
            refused: None,
        }
    }

    /// The manager's client in it.
    pub fn registrar(&self) -> &Registrar {
        &self.registrar
    }

    /// Where the requests of a shard go.
    pub fn route(&self, shard: u8) -> Option<MachineId> {
        let (worker, _) = self.routes.get(usize::from(shard))?;
        worker.map(|worker| self.config.layout.data[usize::from(worker)])
    }

    /// How the reads that it has spread fared at a worker, by index.
    pub fn outlier(&self, worker: usize) -> Option<Outlier> {
        self.readers.outlier(worker)
    }

    /// Requests that it has passed on and that are not answered.
    pub fn open_requests(&self) -> usize {
        self.forwarded.len()
    }

    #[inline(never)]
    pub(in crate::ha) fn step(&mut self, now: LocalTime, input: &Input<Ha>, first: bool, out: &mut Outbox<Ha>) {
        self.now = now;
        let waits_for = self.deadlines.front().copied();
        let news = self.registrar.step(now, input, first, out);
        if news.map || matches!(input, Input::Start) && first && !self.config.cold_start {
            self.follow(out);
        }
        match *input {
            Input::Message { from, body: Message::Request { id, attempt, op, .. }, .. } => {
                self.request(from, id, attempt, op, out);
            }
            Input::Message { from, body: Message::Response { id, attempt, answer, epoch }, .. } => {
                self.response(from, id, attempt, answer, epoch, out);
            }
            Input::Closed { peer, .. } => {
                while let Some(key) = self.find(|forwarded| forwarded.client == peer) {
                    self.take_off(key);
                }
                self.give_up(|forwarded| forwarded.worker == peer, out);
            }
            Input::Timer(Timer::Ejection(worker)) => self.readers.time_is_up(&self.config, usize::from(worker), out),
            Input::Timer(Timer::Upstream(_)) => self.wait_no_longer(out),
            _ => {}
        }
        self.watch_clock(waits_for, out);
    }

    /// The timer is set for the oldest request that is under way.
    fn watch_clock(&mut self, before: Option<(LocalTime, (RequestId, u8))>, out: &mut Outbox<Ha>) {
        while self.deadlines.front().is_some_and(|(_, key)| !self.forwarded.contains_key(key)) {
            self.deadlines.pop_front();
        }
        match self.deadlines.front() {
            oldest if oldest == before.as_ref() => {}
            Some((until, _)) => {
                let left_us = until.since(self.now);
                out.set_timer(Timer::Upstream(0), left_us, left_us);
            }
            None => out.cancel_timer(Timer::Upstream(0)),
        }
    }

    /// Workers that have not answered in time have failed their requests, though nobody has said so.
    fn wait_no_longer(&mut self, out: &mut Outbox<Ha>) {
        while let Some((_, key)) = self.deadlines.front().copied().filter(|(until, _)| *until <= self.now) {
            self.deadlines.pop_front();
            if let Some(forwarded) = self.forwarded.get(&key).copied() {
                self.give_up_one(key, forwarded, out);
            }
        }
    }

    /// Follows the registry.
    fn follow(&mut self, out: &mut Outbox<Ha>) {
        let map = Rc::clone(self.registrar.map());
        for (number, shard) in (0..).zip(map.shards()) {
            let place = usize::from(number);
            let known = std::mem::replace(&mut self.routes[place], (shard.owner, shard.token));
            if let (Some(owner), true) = (shard.owner, known != self.routes[place]) {
                let to = self.config.layout.data[usize::from(owner)];
                out.within(&OfShard(number), |out| out.note(Note::Routed { to, epoch: shard.token }));
            }
        }
        let config = Rc::clone(&self.config);
        let gone = |worker: MachineId| is_gone(&config, &map, worker);
        self.give_up(|forwarded| gone(forwarded.worker), out);
    }

    fn request(&mut self, from: MachineId, id: RequestId, attempt: u8, op: Op, out: &mut Outbox<Ha>) {
        let shard = self.config.shard_of(op.key);
        let (_, token) = self.routes[usize::from(shard)];
        let anywhere =
            op.kind == OpKind::Read && self.config.clients.reads_anywhere && self.config.nodes.standby.serves_reads;
        if anywhere {
            self.asked_again(id, attempt, out);
        }
        let target = if anywhere { self.some_holder(shard, id, attempt, op) } else { self.route(shard) };
        let Some(worker) = target else {
            return out.stream(from, Message::Response { id, attempt, answer: Answer::Failed, epoch: token });
        };
        self.take_off((id, attempt));
        self.forwarded.insert((id, attempt), Forwarded { client: from, worker, shard, spread: anywhere });
        self.deadlines.push_back((self.now.after(self.timeout_us()), (id, attempt)));
        self.readers.sent(self.index(worker), id.canary);
        while self.forwarded.len() > REQUESTS * SITES {
            let oldest = self.find(|_| true);
            oldest.and_then(|key| self.take_off(key));
        }
        out.stream(worker, Message::Request { id, attempt, op, epoch: token });
    }

    fn timeout_us(&self) -> Micros {
        self.config.cluster().map_or(0, |cluster| cluster.spread.timeout_us)
    }

    fn index(&self, worker: MachineId) -> usize {
        self.config.layout.data_index(worker).expect("requests go to workers only")
    }

    fn find(&self, which: impl Fn(&Forwarded) -> bool) -> Option<(RequestId, u8)> {
        self.forwarded.iter().find(|(_, forwarded)| which(forwarded)).map(|(key, _)| *key)
    }

    /// A request is not under way any more.
    fn take_off(&mut self, key: (RequestId, u8)) -> Option<Forwarded> {
        let forwarded = self.forwarded.remove(&key)?;
        self.readers.ended(self.index(forwarded.worker), key.0.canary);
        Some(forwarded)
    }

    /// A read has ended, well or not.
    fn judge(&mut self, (id, forwarded): (RequestId, Forwarded), done: bool, out: &mut Outbox<Ha>) {
        if forwarded.spread && !id.canary {
            self.readers.judge(&self.config, self.index(forwarded.worker), done, out);
        }
    }

    /// A client that asks again got no answer the last time: its read has failed, though nobody has said so.
    fn asked_again(&mut self, id: RequestId, attempt: u8, out: &mut Outbox<Ha>) {
        let Some(before) = attempt.checked_sub(1) else { return };
        let Some(forwarded) = self.forwarded.get_mut(&(id, before)) else { return };
        let failed = *forwarded;
        forwarded.spread = false;
        self.judge((id, failed), false, out);
    }

    /// A worker that lives and holds the shard.
    fn some_holder(&mut self, shard: u8, id: RequestId, attempt: u8, op: Op) -> Option<MachineId> {
        let map = self.registrar.map();
        let holders = map.shards().get(usize::from(shard))?.holders;
        let lives = |index: &u8| holders >> index & 1 == 1 && map.worker(*index).is_some();
        let living: Vec<u8> = (0..self.config.layout.data.len() as u8).filter(lives).collect();
        let index = self.readers.pick(&self.config, (shard, &living), (id, attempt, op))?;
        Some(self.config.layout.data[usize::from(index)])
    }

    fn response(
        &mut self,
        from: MachineId,
        id: RequestId,
        attempt: u8,
        answer: Answer,
        epoch: u32,
        out: &mut Outbox<Ha>,
    ) {
        let Some(forwarded) = self.take_off((id, attempt)) else { return };
        self.judge((id, forwarded), matches!(answer, Answer::Done(_)), out);
        let Forwarded { client, shard, .. } = forwarded;
        let (_, newest) = self.routes[usize::from(shard)];
        let superseded = self.config.nodes.fencing.epochs && epoch < newest;
        let answer = match answer {
            Answer::Done(_) if superseded => {
                if self.refused.replace((from, epoch)) != Some((from, epoch)) {
                    let what = Stale::Response;
                    out.within(&OfShard(shard), |out| out.note(Note::StaleRefused { from, epoch, newest, what }));
                }
                Answer::Unknown
            }
            // A worker's hint is of no use to a client that only knows balancers.
            Answer::NotMaster(_) => Answer::Failed,
            answer => answer,
        };
        out.stream(client, Message::Response { id, attempt, answer, epoch });
    }

    /// These are not going to be answered.
    fn give_up(&mut self, which: impl Fn(&Forwarded) -> bool, out: &mut Outbox<Ha>) {
        let lost: Vec<_> = self.forwarded.iter().filter(|(_, f)| which(f)).map(|(key, f)| (*key, *f)).collect();
        for (key, forwarded) in lost {
            self.give_up_one(key, forwarded, out);
        }
    }

    fn give_up_one(&mut self, (id, attempt): (RequestId, u8), forwarded: Forwarded, out: &mut Outbox<Ha>) {
        self.take_off((id, attempt));
        self.judge((id, forwarded), false, out);
        let Forwarded { client, shard, .. } = forwarded;
        let (_, epoch) = self.routes[usize::from(shard)];
        out.stream(client, Message::Response { id, attempt, answer: Answer::Unknown, epoch });
    }
}

/// The manager has taken the worker's claim.
fn is_gone(config: &Config, map: &Registry, worker: MachineId) -> bool {
    config.layout.data_index(worker).is_none_or(|index| map.worker(index as u8).is_none())
}
