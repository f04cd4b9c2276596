//! A stand for the manager and its clients: members of an ensemble, and processes that are nothing but a registrar, in
//! the lab's own simulator.
//!
//! Workers come first, then one balancer, then the members.

use std::rc::Rc;

use super::super::{Note, Order, Registrar, Registry, Revision};
use crate::ha::cluster::{Claim, ClusterConfig, EnsembleConfig, Member, MemberDisk, Protocol, Reads, Spread, Wire};
use crate::ha::cluster::{raft, zab};
use crate::ha::config::{
    ClientConfig, Decision, Detection, Durability, Fallback, Fencing, NodeConfig, Part, Replication, ReplicationMode,
    Router, SilenceLimit, Standby, SystemKind,
};
use crate::ha::message::{Brief, Command, Message, Timer};
use crate::ha::note;
use crate::ha::{Config, Durable, Ha, Layout, Write};
use crate::sim::{
    self, Dice, Event, Fault, Input, LinkSpec, LocalTime, MachineId, MachineSpec, Micros, Origin, Outbox, Output,
    Process, SimTime, System, World, WorldSpec,
};

pub const MS: Micros = 1_000;
pub const S: Micros = 1_000 * MS;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stand;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Actor {
    kind: Kind,
    first: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Member(Box<Member>),
    Client(Box<Client>),
}

/// A process with nothing but a registrar in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Client {
    pub registrar: Registrar,
    /// The revisions that it was shown, in order.
    pub shown: Vec<Revision>,
    pub lost: u32,
    pub renewed: u32,
}

impl System for Stand {
    type Config = Rc<Config>;
    type Process = Actor;
    type Message = Message;
    type Brief = Brief;
    type Timer = Timer;
    type Command = Command;
    type Durable = Durable;
    type Write = Write;
    type Note = note::Note;

    fn boot(config: &Rc<Config>, machine: MachineId, durable: &Durable, first: bool) -> Actor {
        let shared = Rc::clone(config);
        let kind = match config.layout.part(machine) {
            Part::Member(_) => Kind::Member(Box::new(Member::new(shared, machine, durable))),
            part => {
                let worker = if let Part::Data(index) = part { Some(index) } else { None };
                let registrar = Registrar::new(shared, machine, worker);
                Kind::Client(Box::new(Client { registrar, shown: Vec::new(), lost: 0, renewed: 0 }))
            }
        };
        Actor { kind, first }
    }

    fn provision(config: &Rc<Config>, machine: MachineId) -> Durable {
        let index = config.members().iter().position(|member| *member == machine);
        let disk = index.map(|index| MemberDisk::provision(config, config.ensemble().expect("there is one"), index));
        Durable { provisioned: true, member: disk.map(Box::new), ..Durable::default() }
    }

    fn wipe(_: &Durable) -> Durable {
        Durable::default()
    }

    fn write(durable: &mut Durable, write: Write) {
        durable.apply(write);
    }

    fn cost_us(_: &Actor, _: &Input<Self>) -> Micros {
        0
    }

    fn is_story(_: &note::Note) -> bool {
        true
    }
}

impl Process<Stand> for Actor {
    fn step(&mut self, now: LocalTime, input: Input<Stand>, _: &mut Dice, out: &mut Outbox<Stand>) {
        // The processes belong to another family: an outbox of theirs goes on where this one's tickets stand.
        let mut inner = Outbox::<Ha>::detached();
        while inner.next_ticket() < out.next_ticket() {
            inner.persist(Write::Provisioned);
        }
        let skip = inner.items().len();
        let input = translated(input);
        match &mut self.kind {
            Kind::Member(member) => member.step(now, input, self.first, &mut inner),
            Kind::Client(client) => client.step(now, &input, self.first, &mut inner),
        }
        for item in inner.items()[skip..].iter().cloned() {
            match item {
                Output::Datagram(to, body) => out.datagram(to, body),
                Output::Stream(to, body) => out.stream(to, body),
                Output::Close(peer) => out.close(peer),
                Output::SetTimer(timer, lo, hi) => out.set_timer(timer, lo, hi),
                Output::CancelTimer(timer) => out.cancel_timer(timer),
                Output::Persist(ticket, write) => assert_eq!(out.persist(write), ticket),
                Output::Note(_, note) => out.note(note),
                Output::Work(..) | Output::PowerOff(_) | Output::PowerOn(_) => panic!("{item:?}"),
            }
        }
    }
}

fn translated(input: Input<Stand>) -> Input<Ha> {
    match input {
        Input::Start => Input::Start,
        Input::Message { from, wire, body } => Input::Message { from, wire, body },
        Input::Timer(timer) => Input::Timer(timer),
        Input::Synced(ticket) => Input::Synced(ticket),
        Input::WriteFailed(ticket) => Input::WriteFailed(ticket),
        Input::Opened { peer } => Input::Opened { peer },
        Input::Closed { peer, reason } => Input::Closed { peer, reason },
        Input::Command(command) => Input::Command(command),
    }
}

impl Client {
    fn step(&mut self, now: LocalTime, input: &Input<Ha>, first: bool, out: &mut Outbox<Ha>) {
        let news = self.registrar.step(now, input, first, out);
        self.lost += u32::from(news.lost);
        self.renewed += u32::from(news.renewed);
        if news.map {
            self.shown.push(self.registrar.map().revision());
        }
        match input {
            Input::Command(Command::Ready(_)) => self.registrar.join(out),
            Input::Command(Command::Recover) => self.registrar.leave(out),
            Input::Command(Command::Drain(worker)) => {
                self.registrar.ask(Order::Drain { worker: worker.number(), on: true }, out);
            }
            _ => {}
        }
    }
}

/// Which manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Like {
    Etcd,
    Zookeeper,
}

/// A running stand.
pub struct Lab {
    pub world: World<Stand>,
    pub events: Vec<(SimTime, Event<Stand>)>,
    pub workers: usize,
    pub members: usize,
}

/// Three seconds to live, a keep-alive each second; ticks of 200 ms, elections after about a second.
pub fn config(like: Like, workers: usize, spares: u8, members: usize) -> Config {
    let layout = Layout::new(workers, false, 0, false, false, false, 0).with_balancers(1).with_members(members);
    let protocol = match like {
        Like::Etcd => Protocol::Raft(raft::Config::etcd()),
        Like::Zookeeper => {
            let all = zab::Members::of(layout.members.iter().copied());
            Protocol::Zab(zab::Config { tick_us: 200 * MS, ..zab::Config::zookeeper(all) })
        }
    };
    let wire = if like == Like::Etcd { Wire::Datagram } else { Wire::Connection };
    let manager = EnsembleConfig {
        protocol,
        wire,
        reads: Reads::Local,
        idempotence: true,
        founders: members as u8,
        logs: Vec::new(),
    };
    let claim = Claim { ttl_us: 3 * S, keep_alive_us: S, checked: true, failsafe: false };
    let cluster =
        ClusterConfig { manager, shards: 3, copies: 2, spares, claim, election: None, spread: Spread::default() };
    let replication =
        Replication { mode: ReplicationMode::Sync, durability: Durability::Synced, fallback: Fallback::Strict };
    Config {
        seed: 1,
        layout,
        system: SystemKind::Cluster(cluster),
        nodes: NodeConfig {
            replication,
            standby: Standby { start_up_us: 0, serves_reads: false },
            detection: Detection { heartbeat_us: S, limit: SilenceLimit::Missed(3) },
            decision: Decision::Manager,
            fencing: Fencing::default(),
            recovery_us: 0,
            failback_after_us: None,
            write_us: 0,
            read_us: 0,
            backup: None,
        },
        router: Router::Balancer,
        clients: ClientConfig {
            mean_gap_us: 0,
            read_permille: 0,
            reads_anywhere: false,
            timeout_us: S,
            attempts: 1,
            backoff_us: S,
            canary_us: 0,
            retry_budget: None,
        },
        cold_start: false,
    }
}

impl Lab {
    /// Three workers, one balancer, three members.
    pub fn new(like: Like, seed: u64) -> Self {
        Self::of(config(like, 3, 0, 3), seed, (MS, 5 * MS))
    }

    pub fn of(config: Config, seed: u64, (latency_lo_us, latency_hi_us): (Micros, Micros)) -> Self {
        let (workers, members, count) = (config.layout.data.len(), config.members().len(), config.layout.machines());
        let spec = WorldSpec {
            config: Rc::new(config),
            machines: vec![MachineSpec { sync_us: MS, ..MachineSpec::default() }; count],
            links: vec![LinkSpec { latency_lo_us, latency_hi_us, loss_ppm: 0 }; count * count],
            connection_timeout_us: 20 * S,
        };
        let mut lab = Self { world: World::new(seed, spec), events: Vec::new(), workers, members };
        lab.world.start(&mut lab.events);
        lab
    }

    pub fn run(&mut self, for_us: Micros) {
        let until = self.world.now().after(for_us);
        self.world.run_until(until, &mut self.events);
    }

    /// Runs until something holds; panics if it does not within 30 s.
    pub fn until(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        let end = self.world.now().after(30 * S);
        while !holds(self) {
            assert!(self.world.now() < end, "{what}: never\n{}", self.tell());
            self.run(MS);
        }
    }

    pub fn apply(&mut self, fault: Fault<Stand>) {
        self.world.apply(Origin::Hand, &fault, &mut self.events);
    }

    pub fn worker(&self, index: usize) -> MachineId {
        assert!(index < self.workers);
        MachineId::from_index(index)
    }

    pub fn balancer(&self) -> MachineId {
        MachineId::from_index(self.workers)
    }

    pub fn member_id(&self, index: usize) -> MachineId {
        MachineId::from_index(self.workers + 1 + index)
    }

    pub fn member(&self, id: MachineId) -> Option<&Member> {
        match self.world.machine(id).process().map(|actor| &actor.kind) {
            Some(Kind::Member(member)) => Some(member),
            _ => None,
        }
    }

    pub fn client(&self, id: MachineId) -> Option<&Client> {
        match self.world.machine(id).process().map(|actor| &actor.kind) {
            Some(Kind::Client(client)) => Some(client),
            _ => None,
        }
    }

    /// The newest leader that serves.
    pub fn leader(&self) -> Option<MachineId> {
        let leads = |id| self.member(id).and_then(Member::serves_as_leader).map(|epoch| (epoch, id));
        (0..self.members).filter_map(|index| leads(self.member_id(index))).max().map(|(_, id)| id)
    }

    /// The newest registry that any living member has applied.
    pub fn newest(&self) -> Option<Rc<Registry>> {
        let known = (0..self.members).filter_map(|index| self.member(self.member_id(index)));
        known.map(Member::registry).max_by_key(|registry| registry.revision()).cloned()
    }

    /// The same; somebody lives.
    pub fn registry(&self) -> Rc<Registry> {
        self.newest().expect("somebody lives")
    }

    /// What was said of the registry, by whom, and when.
    pub fn said(&self) -> impl Iterator<Item = (SimTime, MachineId, Note)> {
        self.events.iter().filter_map(|(at, event)| match event {
            Event::Note { machine, note: note::Note::Registry(said), .. } => Some((*at, *machine, *said)),
            _ => None,
        })
    }

    /// When it was said first, if it was.
    pub fn when(&self, is: impl Fn(&Note) -> bool) -> Option<SimTime> {
        self.said().find(|(_, _, said)| is(said)).map(|(at, ..)| at)
    }

    /// Everything but messages, for a failed test.
    pub fn tell(&self) -> String {
        let notes = self.events.iter().filter(|(_, event)| matches!(event, Event::Note { .. } | Event::Machine { .. }));
        notes.map(|(at, event)| format!("{:>9} {event:?}", at.us())).collect::<Vec<_>>().join("\n")
    }

    /// Cuts some machines off from all others.
    pub fn cut_off(&mut self, apart: &[MachineId]) {
        let count = self.workers + 1 + self.members;
        self.apply(sim::Fault::partition(count, |id| u8::from(apart.contains(&id))));
    }
}
