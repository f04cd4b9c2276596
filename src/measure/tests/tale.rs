//! A trace made by hand. Times are in milliseconds and may be told in any order.

use crate::ha::cluster::{Claim, ClusterConfig, EnsembleConfig, Protocol, Reads, Spread, Wire, raft, registry};
use crate::ha::config::{
    ClientConfig, Decision, Detection, Durability, Fallback, Fencing, NodeConfig, Replication, ReplicationMode, Router,
    SilenceLimit, Standby, SystemKind,
};
use crate::ha::message::{Brief, Kind, OpKind, Pos, Refusal, RequestId};
use crate::ha::note::{FencedBy, Note, Outcome};
use crate::ha::{Config, Ha, Layout};
use crate::measure::Ledger;
use crate::sim;
use crate::sim::{Event, Fault, MachineId, Origin, SimTime, Sink, Status};

pub const A: MachineId = MachineId::from_index(0);
pub const B: MachineId = MachineId::from_index(1);
pub const C: MachineId = MachineId::from_index(2);

/// Pause between two canaries of one site.
pub const CANARY_MS: u64 = 50;

/// Three data nodes and some client sites.
pub fn config(sites: usize) -> Config {
    Config {
        seed: 1,
        layout: Layout::new(3, false, 0, false, false, false, sites),
        system: SystemKind::MasterStandby,
        nodes: NodeConfig {
            replication: Replication {
                mode: ReplicationMode::Async,
                durability: Durability::Received,
                fallback: Fallback::Strict,
            },
            standby: Standby { start_up_us: 0, serves_reads: false },
            detection: Detection { heartbeat_us: 100_000, limit: SilenceLimit::Missed(3) },
            decision: Decision::Majority,
            fencing: Fencing::default(),
            recovery_us: 0,
            failback_after_us: None,
            write_us: 0,
            read_us: 0,
            backup: None,
        },
        router: Router::Discovery,
        clients: ClientConfig {
            mean_gap_us: 100_000,
            read_permille: 500,
            reads_anywhere: false,
            timeout_us: 1_000_000,
            attempts: 1,
            backoff_us: 0,
            canary_us: CANARY_MS * 1000,
            retry_budget: None,
        },
        cold_start: false,
    }
}

/// A cluster of three workers that all hold all shards, with one balancer and a manager of three members.
pub fn cluster(sites: usize, shards: u8) -> Config {
    let mut config = config(sites);
    config.layout = config.layout.with_balancers(1).with_members(3);
    config.router = Router::Balancer;
    config.nodes.decision = Decision::Manager;
    config.nodes.fencing.epochs = true;
    let manager = EnsembleConfig {
        protocol: Protocol::Raft(raft::Config::paper()),
        wire: Wire::Connection,
        reads: Reads::Linearizable,
        idempotence: false,
        founders: 3,
        logs: Vec::new(),
    };
    let claim = Claim { ttl_us: 1_000_000, keep_alive_us: 300_000, checked: true, failsafe: false };
    config.system = SystemKind::Cluster(ClusterConfig {
        manager,
        shards,
        copies: 3,
        spares: 0,
        claim,
        election: None,
        spread: Spread::default(),
    });
    config
}

pub fn pos(epoch: u32, index: u32) -> Pos {
    Pos { epoch, index }
}

pub fn ms(ms: u64) -> SimTime {
    SimTime::from_us(ms * 1000)
}

pub struct Tale {
    pub config: Config,
    /// Of which shard is told.
    pub shard: u8,
    events: Vec<(SimTime, Event<Ha>)>,
}

impl Tale {
    /// A is master of epoch 1, B and C follow; of the next shard B is, and so on. Nothing has happened yet.
    pub fn new(config: Config) -> Self {
        let mut tale = Self { config, shard: 0, events: Vec::new() };
        for (machine, _) in tale.config.layout.parts() {
            tale.status(0, machine, Status::Up);
        }
        for shard in 0..tale.config.shards() {
            tale.shard = shard;
            let [owner, others @ ..] = [0, 1, 2].map(|next| [A, B, C][(usize::from(shard) + next) % 3]);
            tale.note(0, owner, Note::BecameMaster { epoch: 1, base: Pos::default(), logs_read: 3 });
            for other in others {
                tale.note(0, other, Note::Follows { master: owner, epoch: 1 });
            }
        }
        tale.shard = 0;
        tale
    }

    /// What follows is told of this shard.
    pub fn of(&mut self, shard: u8) -> &mut Self {
        self.shard = shard;
        self
    }

    pub fn client(&self, site: u8) -> MachineId {
        self.config.layout.clients[usize::from(site)]
    }

    pub fn event(&mut self, at: u64, event: Event<Ha>) {
        self.events.push((ms(at), event));
    }

    pub fn note(&mut self, at: u64, machine: MachineId, note: Note) {
        let lane = if self.config.layout.clients.contains(&machine) { 0 } else { self.shard };
        self.event(at, Event::Note { machine, lane, note });
    }

    pub fn status(&mut self, at: u64, machine: MachineId, status: Status) {
        self.event(at, Event::Machine { machine, status, lost_writes: 0 });
    }

    pub fn fault(&mut self, at: u64, fault: Fault<Ha>) {
        self.event(at, Event::Fault { origin: Origin::Hand, fault });
    }

    pub fn kill(&mut self, at: u64, machine: MachineId) {
        self.fault(at, Fault::MachineCrash(machine));
        self.status(at, machine, Status::Down);
    }

    pub fn restart(&mut self, at: u64, machine: MachineId) {
        self.fault(at, Fault::Restart(machine));
        self.status(at, machine, Status::Up);
    }

    /// One request, from its issue to its end.
    #[expect(clippy::too_many_arguments, reason = "a request has so many sides")]
    pub fn request(
        &mut self,
        at: u64,
        takes: u64,
        id: RequestId,
        kind: OpKind,
        key: u8,
        outcome: Outcome,
        version: Pos,
    ) {
        let client = self.client(id.site);
        self.note(at, client, Note::Issued { id, kind, key });
        self.note(at + takes, client, Note::Finished { id, kind, key, outcome, version });
    }

    /// A canary write and a canary read.
    pub fn canary(&mut self, site: u8, at: u64, takes: u64, outcome: Outcome) {
        self.canary_of(site, OpKind::Write, at, takes, outcome);
        self.canary_of(site, OpKind::Read, at, takes, outcome);
    }

    pub fn canary_of(&mut self, site: u8, kind: OpKind, at: u64, takes: u64, outcome: Outcome) {
        let shards = u32::from(self.config.shards());
        let pair = (at / CANARY_MS) as u32 * shards + u32::from(self.shard);
        let id = RequestId { site, ordinal: 2 * pair + u32::from(kind == OpKind::Read), canary: true };
        self.request(at, takes, id, kind, self.shard, outcome, Pos::default());
    }

    /// Canaries of a site from `from` to just before `to`: good ones take 2 ms, failed ones 3 ms, and what is
    /// unknown times out after 1 s.
    pub fn canaries(&mut self, site: u8, from: u64, to: u64, outcome: Outcome) {
        let takes = match outcome {
            Outcome::Done => 2,
            Outcome::Failed => 3,
            Outcome::Unknown => 1000,
        };
        for n in from.div_ceil(CANARY_MS)..to.div_ceil(CANARY_MS) {
            self.canary(site, n * CANARY_MS, takes, outcome);
        }
    }

    /// The manager's first member speaks of the registry.
    pub fn registry(&mut self, at: u64, note: registry::Note) {
        let member = self.config.layout.members[0];
        self.event(at, Event::Note { machine: member, lane: 0, note: Note::Registry(note) });
    }

    /// The manager finds that a worker's lease has run out, and takes it away.
    pub fn lease_expired(&mut self, at: u64, worker: u8) {
        self.registry(at, registry::Note::Expired { worker, lease: 1, silent_us: 1_000_000 });
        self.registry(at, registry::Note::Revoked { worker, lease: 1 });
    }

    /// The balancer leads the shard's requests to a worker.
    pub fn led(&mut self, at: u64, to: MachineId, epoch: u32) {
        let balancer = self.config.layout.balancers[0];
        self.note(at, balancer, Note::Routed { to, epoch });
    }

    /// The master sends a heartbeat.
    pub fn beats(&mut self, at: u64, master: MachineId, epoch: u32) {
        let brief = Brief { kind: Kind::Heartbeat, canary: false, epoch, number: 0, count: 0, lane: self.shard };
        let event = Event::Sent { id: 0, from: master, to: C, arrives: ms(at + 1), wire: sim::Wire::Datagram, brief };
        self.event(at, event);
    }

    /// Site 0 is served from 0 to `until`, but for the given spans.
    pub fn served_but(&mut self, until: u64, spans: &[(u64, u64)]) {
        let mut from = 0;
        for (start, end) in spans {
            self.canaries(0, from, *start, Outcome::Done);
            self.canaries(0, *start, *end, Outcome::Failed);
            from = *end;
        }
        self.canaries(0, from, until, Outcome::Done);
    }

    /// A write of a client at `at`, acknowledged by `master` 1 ms later and known to the client after 2 ms.
    pub fn write(&mut self, at: u64, ordinal: u32, key: u8, master: MachineId, version: Pos) {
        self.write_slowly(at, 1, 2, ordinal, key, master, version);
    }

    #[expect(clippy::too_many_arguments, reason = "a request has so many sides")]
    pub fn write_slowly(
        &mut self,
        at: u64,
        answered: u64,
        takes: u64,
        ordinal: u32,
        key: u8,
        master: MachineId,
        version: Pos,
    ) {
        let id = RequestId { site: 0, ordinal, canary: false };
        self.request(at, takes, id, OpKind::Write, key, Outcome::Done, version);
        self.note(at + answered, master, Note::Acknowledged { id, pos: version, standbys: 0 });
    }

    pub fn read(&mut self, at: u64, takes: u64, ordinal: u32, key: u8, version: Pos) {
        let id = RequestId { site: 0, ordinal, canary: false };
        self.request(at, takes, id, OpKind::Read, key, Outcome::Done, version);
    }

    pub fn suspects(&mut self, at: u64, node: MachineId, master: MachineId) {
        self.note(at, node, Note::Suspected { master, silent_us: 0 });
    }

    pub fn decided(&mut self, at: u64, node: MachineId, epoch: u32) {
        self.note(at, node, Note::Decided { epoch, votes: 2, needed: 2, logs_read: 2 });
    }

    pub fn fenced(&mut self, at: u64, node: MachineId, epoch: u32, by: FencedBy) {
        self.note(at, node, Note::Fenced { epoch, by });
    }

    pub fn promoted(&mut self, at: u64, node: MachineId, epoch: u32, base: Pos) {
        self.note(at, node, Note::BecameMaster { epoch, base, logs_read: 2 });
    }

    pub fn follows(&mut self, at: u64, node: MachineId, master: MachineId, epoch: u32) {
        self.note(at, node, Note::Follows { master, epoch });
    }

    pub fn votes(&mut self, at: u64, node: MachineId, candidate: MachineId, epoch: u32) {
        self.note(at, node, Note::Voted { candidate, epoch, why: Refusal::None });
    }

    pub fn routed(&mut self, at: u64, site: u8, to: MachineId, epoch: u32) {
        let client = self.client(site);
        self.note(at, client, Note::Routed { to, epoch });
    }

    /// The events in order of time; of one instant in the order in which they were told.
    pub fn events(&self) -> Vec<(SimTime, Event<Ha>)> {
        let mut events = self.events.clone();
        events.sort_by_key(|(at, _)| *at);
        events
    }

    /// The ledger after all that was told until `until`.
    pub fn ledger_at(&self, until: u64) -> Ledger {
        let mut ledger = Ledger::new(&self.config);
        for (order, (at, event)) in self.events().iter().enumerate().take_while(|(_, (at, _))| *at <= ms(until)) {
            ledger.event(*at, order as u64, event);
        }
        ledger
    }

    /// The ledger after all that was told.
    pub fn ledger(&self) -> Ledger {
        self.ledger_at(u64::MAX / 1000)
    }
}
