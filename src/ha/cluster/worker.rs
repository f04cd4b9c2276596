//! A worker of a cluster: holds shards, each by a data node of its own, and claims to be alive at the manager.
//!
//! 1. Its registrar keeps the claim alive and watches the registry.
//! 2. What the registry says of a shard is handed on to the node that holds it, which becomes master, stops, or follows
//!    ([`DataNode::told`]). For a shard that it is to hold from now on it begins a node without data.
//! 3. A request goes to the node of its key's shard.
//! 4. What a node wants the manager to do is asked for until the registry shows it.
//!
//! The nodes share the machine: its disk, its clock, its connections, and the worker's claim.

use std::rc::Rc;

use super::config::ClusterConfig;
use super::registry::{self, Logs, News, Order, Registrar, Registry};
use super::tree::Contender;
use crate::ha::config::Config;
use crate::ha::durable::{Durable, Write};
use crate::ha::master_standby::{DataNode, Wish};
use crate::ha::message::{Answer, Command, Message, NodeTimer, Pos, Timer};
use crate::ha::system::Ha;
use crate::sim::{Input, Lane, LocalTime, MachineId, Outbox, Ticket};

/// A worker.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Worker {
    config: Rc<Config>,
    me: MachineId,
    index: u8,
    registrar: Registrar,
    /// Its part in the election of a coordinator, if there is one.
    contender: Option<Box<Contender>>,
    /// By shard; none for one that it does not hold.
    nodes: Vec<Option<Box<DataNode>>>,
    /// What the manager was last asked for each of them.
    asked: Vec<Option<Wish>>,
    /// The registry that its nodes were told of last.
    known: Rc<Registry>,
    /// What its disk held when it came up, for shards that it may hold later.
    disks: Vec<Durable>,
}

/// The disk of a worker before the start: for each shard that of a data node, empty and in its owner's first epoch.
pub fn provision(config: &Config, cluster: &ClusterConfig, machine: MachineId) -> Vec<Durable> {
    let Some(index) = config.layout.data_index(machine) else { return Vec::new() };
    let registry = Registry::provision(config);
    let of = |number: u8| {
        let shard = registry.shards().get(usize::from(number)).copied().unwrap_or_default();
        let holds = shard.holders >> index & 1 == 1;
        let owner = shard.owner.filter(|_| holds).map(|owner| config.layout.data[usize::from(owner)]);
        let epoch = if holds { shard.token } else { 0 };
        Durable { provisioned: true, epoch, voted_for: owner, in_sync: shard.in_sync, ..Durable::default() }
    };
    (0..cluster.shards).map(of).collect()
}

/// The effects of one shard's node, as the worker has them.
struct OfShard<'a> {
    shard: u8,
    config: &'a Config,
}

impl Lane<Ha> for OfShard<'_> {
    fn number(&self) -> u8 {
        self.shard
    }

    fn message(&self, to: MachineId, body: Message) -> Message {
        // Clients and balancers ask the worker; how it keeps its shards apart is not their business.
        let between_holders = self.config.layout.data_index(to).is_some();
        if between_holders { Message::Shard(self.shard, Box::new(body)) } else { body }
    }

    fn timer(&self, timer: Timer) -> Timer {
        Timer::Shard(self.shard, NodeTimer::of(timer))
    }

    fn write(&self, write: Write) -> Write {
        Write::Shard(self.shard, Box::new(write))
    }
}

impl Worker {
    pub(in crate::ha) fn new(config: Rc<Config>, me: MachineId, index: u8, durable: &Durable) -> Self {
        let registrar = Registrar::new(Rc::clone(&config), me, Some(index));
        let shards = usize::from(config.shards());
        let disks: Vec<_> = (0..shards)
            .map(|shard| {
                let disk = durable.shards.get(shard).cloned().unwrap_or_default();
                Durable { bad_release: durable.bad_release, ..disk }
            })
            .collect();
        // Whatever data there are may be asked for: as long as the registry is not known, every shard is held.
        let node = |disk: &Durable| Some(Box::new(DataNode::new(Rc::clone(&config), me, index.into(), disk)));
        let nodes = disks.iter().map(node).collect();
        let known = Rc::clone(registrar.map());
        let election = config.cluster().and_then(|cluster| cluster.election);
        let contender = election.map(|recipe| Box::new(Contender::new(recipe, index)));
        Self { me, index, registrar, contender, nodes, asked: vec![None; shards], known, disks, config }
    }

    /// What it knew from the start.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The node that holds a shard, if it does.
    pub fn node(&self, shard: u8) -> Option<&DataNode> {
        self.nodes.get(usize::from(shard))?.as_deref()
    }

    /// The shards that it owns, as far as its nodes hold themselves to be masters.
    pub fn owns(&self) -> impl Iterator<Item = u8> {
        let is_master = |shard: &u8| self.node(*shard).is_some_and(|node| node.as_master().is_some());
        (0..self.config.shards()).filter(is_master)
    }

    pub(in crate::ha) fn nodes_mut(&mut self) -> impl Iterator<Item = &mut DataNode> {
        self.nodes.iter_mut().flatten().map(|node| &mut **node)
    }

    /// The manager's client in it.
    pub fn registrar(&self) -> &Registrar {
        &self.registrar
    }

    /// Its part in the election of a coordinator, if there is one.
    pub fn contender(&self) -> Option<&Contender> {
        self.contender.as_deref()
    }

    #[inline(never)]
    pub(in crate::ha) fn step(&mut self, now: LocalTime, input: Input<Ha>, first: bool, out: &mut Outbox<Ha>) {
        self.registrar.has_lost(self.lost());
        if matches!(input, Input::Timer(Timer::Registry(registry::Timer::KeepAlive))) {
            self.registrar.has_logs(self.logs());
        }
        let news = self.registrar.step(now, &input, first, out);
        if let Some(contender) = &mut self.contender {
            contender.step(&input, news, &mut self.registrar, out);
        }
        match input {
            Input::Start => self.start(now, first, out),
            Input::Message { from, wire, body } => match body {
                // Before the manager knows that its disk is lost it follows nobody: its owner might count it.
                Message::Shard(shard, _) if self.has_lost(shard) && self.registrar.claim().is_none() => {}
                Message::Shard(shard, body) => {
                    self.within(shard, now, Input::Message { from, wire, body: *body }, out);
                }
                Message::Request { id, attempt, op, .. } => {
                    let shard = self.config.shard_of(op.key);
                    if self.node(shard).is_some() {
                        self.within(shard, now, Input::Message { from, wire, body }, out);
                    } else {
                        let answer = Answer::NotMaster(None);
                        out.stream(from, Message::Response { id, attempt, answer, epoch: 0 });
                    }
                }
                // Under a manager's lease, proxies and clients ask the node itself.
                Message::Check { .. } | Message::WhoHas => {
                    self.within(0, now, Input::Message { from, wire, body }, out);
                }
                _ => {}
            },
            Input::Timer(Timer::Shard(shard, timer)) => self.within(shard, now, Input::Timer(timer.plain()), out),
            Input::Synced(ticket) => self.for_all(now, || Input::Synced(ticket), out),
            // They share the disk: when it fails, it fails all.
            Input::WriteFailed(ticket) => self.failed(now, ticket, out),
            Input::Closed { peer, reason } => self.for_all(now, || Input::Closed { peer, reason }, out),
            Input::Command(command) => self.command(now, command, out),
            Input::Timer(_) | Input::Opened { .. } => {}
        }
        self.heed(now, news, out);
        self.ask(news.renewed, out);
    }

    /// Whether its disk has lost what it had of a shard, and it has not got that back yet.
    fn has_lost(&self, shard: u8) -> bool {
        self.node(shard).is_some_and(|node| !node.voter().remembers)
    }

    fn logs(&self) -> Logs {
        let end = |shard: u8| self.node(shard).map_or_else(Pos::default, DataNode::log_end);
        (0..self.config.shards()).map(end).collect()
    }

    fn lost(&self) -> u8 {
        (0..self.config.shards()).filter(|shard| self.has_lost(*shard)).fold(0, |bits, shard| bits | 1 << shard)
    }

    /// Lets the node of a shard take a step.
    fn within(&mut self, shard: u8, now: LocalTime, input: Input<Ha>, out: &mut Outbox<Ha>) {
        self.with(shard, out, |node, out| node.step(now, input, false, out));
    }

    fn with(&mut self, shard: u8, out: &mut Outbox<Ha>, act: impl FnOnce(&mut DataNode, &mut Outbox<Ha>)) {
        let Some(Some(node)) = self.nodes.get_mut(usize::from(shard)) else { return };
        out.within(&OfShard { shard, config: &self.config }, |out| act(node, out));
    }

    fn for_all(&mut self, now: LocalTime, input: impl Fn() -> Input<Ha>, out: &mut Outbox<Ha>) {
        for shard in 0..self.config.shards() {
            self.within(shard, now, input(), out);
        }
    }

    fn failed(&mut self, now: LocalTime, ticket: Ticket, out: &mut Outbox<Ha>) {
        self.for_all(now, || Input::WriteFailed(ticket), out);
    }

    fn start(&mut self, now: LocalTime, first: bool, out: &mut Outbox<Ha>) {
        self.for_all(now, || Input::Start, out);
        if first && !self.config.cold_start {
            let claim = self.registrar.claim();
            let map = Rc::clone(self.registrar.map());
            for (number, shard) in (0..).zip(map.shards()) {
                self.hold(number, shard.holders);
                self.with(number, out, |node, out| {
                    if let Some((_, until)) = claim {
                        node.renewed(now, until, out);
                    }
                    node.begin(now, shard, out);
                });
            }
        }
    }

    /// Begins a node for a shard that it is to hold, and forgets one that it is to hold no more.
    fn hold(&mut self, number: u8, holders: u8) {
        let (place, holds) = (usize::from(number), holders >> self.index & 1 == 1);
        let node = &mut self.nodes[place];
        if !holds {
            // What it will hold later is another copy; but a disk that was lost stays one until it has got data again.
            let provisioned = node.take().map_or(self.disks[place].provisioned, |node| node.voter().remembers);
            self.disks[place] = Durable { provisioned, ..Durable::default() };
        } else if node.is_none() {
            let disk = &self.disks[place];
            *node = Some(Box::new(DataNode::new(Rc::clone(&self.config), self.me, self.index.into(), disk)));
        }
    }

    /// What the manager has said.
    fn heed(&mut self, now: LocalTime, news: News, out: &mut Outbox<Ha>) {
        if news.lost {
            for shard in 0..self.config.shards() {
                self.with(shard, out, |node, out| node.claim_lost(now, out));
            }
        }
        // A map that is older than the claim may call it the owner under a token of a claim that it has lost, or tell it to
        // forget data that it holds again since: whoever comes up is shown history, and members can lag behind.
        let fresh = |(lease, _): &(u32, LocalTime)| *lease <= self.registrar.map().revision();
        let claim = self.registrar.claim().filter(fresh);
        let until = claim.filter(|_| news.renewed || news.map).map(|(_, until)| until);
        if let Some(until) = until {
            for shard in 0..self.config.shards() {
                self.with(shard, out, |node, out| node.renewed(now, until, out));
            }
        }
        if news.map || until.is_some() {
            let map = Rc::clone(self.registrar.map());
            let known = std::mem::replace(&mut self.known, Rc::clone(&map));
            for (number, shard) in (0..).zip(map.shards()) {
                let handed = was_handed_over(&known, &map, number);
                let emptied = were_emptied(&known, &map);
                if claim.is_some() || self.node(number).is_some_and(|node| node.log_end().index == 0) {
                    self.drop_if_told(now, number, shard.holders, out);
                }
                self.with(number, out, |node, out| node.told(now, shard, (handed, emptied), out));
            }
        }
    }

    /// What it does not hold any more it lets go: a master first stops.
    fn drop_if_told(&mut self, now: LocalTime, number: u8, holders: u8, out: &mut Outbox<Ha>) {
        let holds = holders >> self.index & 1 == 1;
        if !holds && self.node(number).is_some() {
            self.with(number, out, |node, out| node.discard(now, out));
        }
        self.hold(number, holders);
    }

    /// Asks the manager for what the nodes want: once, and again with every renewal until the registry shows it.
    fn ask(&mut self, again: bool, out: &mut Outbox<Ha>) {
        for shard in 0..self.config.shards() {
            let place = usize::from(shard);
            let wish = self.nodes[place].as_ref().and_then(|node| node.wish());
            let before = std::mem::replace(&mut self.asked[place], wish);
            match wish {
                Some(wish) if again || before != Some(wish) => self.registrar.ask(self.order(shard, wish), out),
                _ => {}
            }
        }
    }

    fn order(&self, shard: u8, wish: Wish) -> Order {
        match wish {
            Wish::Record(set) => Order::Record { shard, token: set.epoch, set, seen: self.known.revision() },
            Wish::HandOver(token, to) => Order::HandOver { shard, token, to },
        }
    }

    fn command(&mut self, now: LocalTime, command: Command, out: &mut Outbox<Ha>) {
        match command {
            Command::Drain(_) => self.registrar.ask(Order::Drain { worker: self.index, on: true }, out),
            Command::Ready(_) => self.registrar.ask(Order::Drain { worker: self.index, on: false }, out),
            Command::Join => self.registrar.join(out),
            Command::Leave => self.registrar.leave(out),
            command => self.for_all(now, || Input::Command(command), out),
        }
    }
}

/// Whether the new owner got the shard from the old one, whose claim still holds.
fn was_handed_over(before: &Registry, after: &Registry, shard: u8) -> bool {
    let of = |map: &Registry| map.shards().get(usize::from(shard)).copied().unwrap_or_default();
    let lease = |map: &Registry, worker: u8| map.worker(worker).map(|worker| worker.lease);
    let (old, new) = (of(before), of(after));
    let given = |owner: u8| new.owner != Some(owner) && lease(before, owner) == lease(after, owner);
    new.token > old.token && old.owner.is_some_and(given)
}

/// Bit *i*: worker *i* has registered in between with its disk lost.
fn were_emptied(before: &Registry, after: &Registry) -> u8 {
    let emptied = |worker: &u8| after.emptied(*worker) > before.emptied(*worker);
    (0..u8::BITS as u8).filter(emptied).fold(0, |bits, worker| bits | 1 << worker)
}
