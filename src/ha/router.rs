//! What stands between clients and nodes: proxies and the name server.
//!
//! A virtual address has no process of its own: the master announces it to the clients, and client-side
//! discovery needs nothing but the clients (see [`client`](super::client)).

use std::collections::BTreeMap;
use std::rc::Rc;

use super::config::{Config, Router};
use super::durable::{Durable, Write};
use super::message::{Answer, Message, Op, OpKind, RequestId, Timer};
use super::note::{Note, Stale};
use super::system::Ha;
use crate::sim::{Input, LocalTime, MachineId, Outbox};

/// A proxy: checks the nodes' health and forwards requests to the master.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Proxy {
    config: Rc<Config>,
    backends: Vec<Backend>,
    target: Option<usize>,
    newest_epoch: u32,
    /// Requests forwarded and not answered: who asked, and which node was asked.
    forwarded: BTreeMap<(RequestId, u8), (MachineId, usize)>,
    /// The last refused answer that was noted: whose, and of which epoch.
    refused: Option<(MachineId, u32)>,
    /// Turn of the next read that may go anywhere.
    turn: u32,
}

/// What a proxy knows of one node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Backend {
    /// Takes requests.
    pub up: bool,
    /// Holds itself to be master.
    pub master: bool,
    /// Its epoch when it was checked last.
    pub epoch: u32,
    /// Checks in a row that went against `up`.
    pub against: u8,
    /// The check under way.
    pub round: u32,
    /// That check has been answered.
    pub answered: bool,
}

impl Proxy {
    pub(super) fn new(config: Rc<Config>) -> Self {
        let backends = vec![Backend::default(); config.layout.data.len()];
        Self { config, backends, target: None, newest_epoch: 0, forwarded: BTreeMap::new(), refused: None, turn: 0 }
    }

    /// What it knows of the nodes.
    pub fn backends(&self) -> &[Backend] {
        &self.backends
    }

    /// Where it sends writes.
    pub fn target(&self) -> Option<MachineId> {
        self.target.map(|index| self.config.layout.data[index])
    }

    /// Requests that it has forwarded and that are not answered.
    pub fn open_requests(&self) -> usize {
        self.forwarded.len()
    }

    /// The newest epoch that it has seen.
    pub fn newest_epoch(&self) -> u32 {
        self.newest_epoch
    }

    pub(super) fn step(&mut self, _now: LocalTime, input: Input<Ha>, first: bool, out: &mut Outbox<Ha>) {
        match input {
            Input::Start => self.start(first, out),
            Input::Timer(Timer::Check(index)) => self.check(usize::from(index), out),
            Input::Timer(Timer::CheckTimeout(index)) => self.judge(usize::from(index), false, out),
            Input::Message { from, body, .. } => match body {
                Message::CheckReply { round, master, epoch, well } => {
                    self.checked(from, round, master, epoch, well, out);
                }
                Message::Request { id, attempt, op, .. } => self.request(from, id, attempt, op, out),
                Message::Response { id, attempt, answer, epoch } => {
                    self.response(from, id, attempt, answer, epoch, out);
                }
                _ => {}
            },
            Input::Closed { peer, .. } => self.closed(peer, out),
            Input::Timer(_) | Input::Synced(_) | Input::WriteFailed(_) | Input::Opened { .. } | Input::Command(_) => {}
        }
    }

    fn start(&mut self, first: bool, out: &mut Outbox<Ha>) {
        if first && !self.config.cold_start {
            for backend in &mut self.backends {
                backend.up = true;
                backend.epoch = 1;
            }
            self.backends[0].master = true;
        }
        for index in 0..self.backends.len() {
            self.check(index, out);
        }
        self.choose(out);
    }

    // ---- health checks -------------------------------------------------------------------------------

    fn check(&mut self, index: usize, out: &mut Outbox<Ha>) {
        let Router::Proxy { check_us, check_timeout_us, deep, .. } = self.config.router else { return };
        let backend = &mut self.backends[index];
        backend.round += 1;
        backend.answered = false;
        out.datagram(self.config.layout.data[index], Message::Check { round: backend.round, deep });
        out.set_timer(Timer::Check(index as u8), check_us, check_us);
        let patience = check_timeout_us.min(check_us);
        out.set_timer(Timer::CheckTimeout(index as u8), patience, patience);
    }

    fn checked(&mut self, from: MachineId, round: u32, master: bool, epoch: u32, well: bool, out: &mut Outbox<Ha>) {
        let Some(index) = self.config.layout.data_index(from) else { return };
        let backend = &mut self.backends[index];
        if backend.round != round || backend.answered {
            return;
        }
        backend.answered = true;
        out.cancel_timer(Timer::CheckTimeout(index as u8));
        let known = std::mem::replace(&mut backend.epoch, epoch);
        if master && self.config.nodes.fencing.epochs && epoch < self.newest_epoch {
            backend.master = false;
            if known != epoch || backend.up {
                let newest = self.newest_epoch;
                out.note(Note::StaleRefused { from, epoch, newest, what: Stale::Route });
            }
        } else {
            backend.master = master;
            self.newest_epoch = self.newest_epoch.max(epoch);
        }
        self.judge(index, well, out);
    }

    /// Counts one check, and takes the node in or out when enough in a row say so.
    fn judge(&mut self, index: usize, well: bool, out: &mut Outbox<Ha>) {
        let Router::Proxy { fall, rise, .. } = self.config.router else { return };
        let backend = &mut self.backends[index];
        if well == backend.up {
            backend.against = 0;
        } else {
            backend.against += 1;
            if backend.against >= if well { rise } else { fall } {
                backend.up = well;
                backend.against = 0;
                out.note(Note::Health { node: self.config.layout.data[index], up: well });
                if !well {
                    self.give_up(index, out);
                }
            }
        }
        self.choose(out);
    }

    /// Picks the node for writes: who is up and holds itself to be master; the newest epoch if epochs count,
    /// else whoever was there first.
    fn choose(&mut self, out: &mut Outbox<Ha>) {
        let fit = |index: &usize| self.backends[*index].up && self.backends[*index].master;
        let before = self.target.filter(fit);
        let best = if self.config.nodes.fencing.epochs || before.is_none() {
            (0..self.backends.len()).filter(fit).max_by_key(|index| (self.backends[*index].epoch, usize::MAX - index))
        } else {
            before
        };
        if best != self.target {
            self.target = best;
            if let Some(index) = best {
                let epoch = self.backends[index].epoch;
                out.note(Note::Routed { to: self.config.layout.data[index], epoch });
            }
        }
    }

    // ---- requests ------------------------------------------------------------------------------------

    fn request(&mut self, from: MachineId, id: RequestId, attempt: u8, op: Op, out: &mut Outbox<Ha>) {
        let anywhere =
            op.kind == OpKind::Read && self.config.clients.reads_anywhere && self.config.nodes.standby.serves_reads;
        let target = if anywhere { self.next_reader() } else { self.target };
        let epoch = self.newest_epoch;
        let Some(target) = target else {
            // Nobody to send it to: says so at once, as HAProxy does with 503.
            return out.stream(from, Message::Response { id, attempt, answer: Answer::Failed, epoch });
        };
        self.forwarded.insert((id, attempt), (from, target));
        while self.forwarded.len() > super::limits::REQUESTS * super::limits::SITES {
            self.forwarded.pop_first();
        }
        out.stream(self.config.layout.data[target], Message::Request { id, attempt, op, epoch });
    }

    fn next_reader(&mut self) -> Option<usize> {
        let up: Vec<usize> = (0..self.backends.len()).filter(|index| self.backends[*index].up).collect();
        self.turn = self.turn.wrapping_add(1);
        (!up.is_empty()).then(|| up[self.turn as usize % up.len()])
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
        let newest = self.newest_epoch;
        if self.config.nodes.fencing.epochs && epoch < newest && matches!(answer, Answer::Done(_)) {
            // It may have been done, but by a master that others have replaced: the client must not rely on it.
            if self.refused.replace((from, epoch)) != Some((from, epoch)) {
                out.note(Note::StaleRefused { from, epoch, newest, what: Stale::Response });
            }
            if let Some((client, _)) = self.forwarded.remove(&(id, attempt)) {
                out.stream(client, Message::Response { id, attempt, answer: Answer::Unknown, epoch: newest });
            }
            return;
        }
        if let Some((client, _)) = self.forwarded.remove(&(id, attempt)) {
            // A node's hint is of no use to a client that only knows proxies.
            let answer = if let Answer::NotMaster(_) = answer { Answer::Failed } else { answer };
            out.stream(client, Message::Response { id, attempt, answer, epoch });
        }
    }

    fn closed(&mut self, peer: MachineId, out: &mut Outbox<Ha>) {
        match self.config.layout.data_index(peer) {
            Some(index) => self.give_up(index, out),
            None => self.forwarded.retain(|_, (client, _)| *client != peer),
        }
    }

    /// What was forwarded to this node is not going to be answered: 502.
    fn give_up(&mut self, index: usize, out: &mut Outbox<Ha>) {
        let epoch = self.newest_epoch;
        let lost: Vec<_> =
            self.forwarded.iter().filter(|(_, (_, node))| *node == index).map(|(key, value)| (*key, value.0)).collect();
        for ((id, attempt), client) in lost {
            self.forwarded.remove(&(id, attempt));
            out.stream(client, Message::Response { id, attempt, answer: Answer::Unknown, epoch });
        }
    }
}

/// The name server: one record, for the master.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Dns {
    config: Rc<Config>,
    node: MachineId,
    epoch: u32,
}

impl Dns {
    pub(super) fn new(config: Rc<Config>, durable: &Durable) -> Self {
        let (node, epoch) = durable.name.unwrap_or((config.layout.data[0], 1));
        Self { config, node, epoch }
    }

    /// Where the name points, and in which epoch.
    pub fn record(&self) -> (MachineId, u32) {
        (self.node, self.epoch)
    }

    #[inline(never)]
    pub(super) fn step(&mut self, input: &Input<Ha>, out: &mut Outbox<Ha>) {
        let Input::Message { from, body, .. } = input else { return };
        match *body {
            Message::DnsUpdate { epoch } if self.config.nodes.fencing.epochs && epoch < self.epoch => {
                out.note(Note::StaleRefused { from: *from, epoch, newest: self.epoch, what: Stale::Route });
            }
            Message::DnsUpdate { epoch } if (self.node, self.epoch) == (*from, epoch) => {} // it knows
            Message::DnsUpdate { epoch } => {
                (self.node, self.epoch) = (*from, epoch);
                out.persist(Write::Name(*from, epoch));
                out.note(Note::Routed { to: *from, epoch });
            }
            Message::DnsQuery => out.datagram(*from, Message::DnsAnswer { node: self.node, epoch: self.epoch }),
            _ => {}
        }
    }
}
