//! What the processes know from the start: who is who, and every option.
//!
//! A single node is a master without standbys: same code, nobody to take over.

use super::cluster::{ClusterConfig, EnsembleConfig};
use super::pool::{PoolConfig, RetryBudget};
use crate::sim::{MachineId, Micros};

/// Everything that is configured.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Config {
    /// Seed of the clients' own dice.
    pub seed: u64,
    /// Which machine does what.
    pub layout: Layout,
    /// Which system it is.
    pub system: SystemKind,
    /// The data nodes.
    pub nodes: NodeConfig,
    /// How clients find the master.
    pub router: Router,
    /// The clients.
    pub clients: ClientConfig,
    /// The system starts without a master and has to find one.
    pub cold_start: bool,
}

/// Which system it is: what runs on the machines of [`Part::Data`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SystemKind {
    /// A master and its standbys, or a master alone.
    MasterStandby,
    /// The members of a manager ensemble, which hold the clients' data themselves. Of [`NodeConfig`] only the service
    /// times are theirs.
    Ensemble(EnsembleConfig),
    /// Stateless workers behind a balancer. Of [`NodeConfig`] nothing is theirs.
    Pool(PoolConfig),
    /// Workers that hold the data in shards, and a manager ensemble that says which worker owns which shard. With one
    /// shard it is a master with its standbys under the manager's lease.
    Cluster(ClusterConfig),
}

impl Config {
    /// The manager ensemble, if there is one.
    pub fn ensemble(&self) -> Option<&EnsembleConfig> {
        match &self.system {
            SystemKind::Ensemble(ensemble) => Some(ensemble),
            SystemKind::Cluster(cluster) => Some(&cluster.manager),
            SystemKind::MasterStandby | SystemKind::Pool(_) => None,
        }
    }

    /// The members of the manager ensemble.
    pub fn members(&self) -> &[MachineId] {
        match &self.system {
            SystemKind::Ensemble(_) => &self.layout.data,
            _ => &self.layout.members,
        }
    }

    /// The cluster that the ensemble manages, if it does not hold the data itself.
    pub fn cluster(&self) -> Option<&ClusterConfig> {
        match &self.system {
            SystemKind::Cluster(cluster) => Some(cluster),
            _ => None,
        }
    }

    /// How many shards the data are cut into.
    pub fn shards(&self) -> u8 {
        self.cluster().map_or(1, |cluster| cluster.shards)
    }

    /// The shard to which a key belongs.
    pub fn shard_of(&self, key: u8) -> u8 {
        key % self.shards()
    }
}

/// Which machine does what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Layout {
    /// Master and standbys; the first is the preferred master.
    pub data: Vec<MachineId>,
    /// A voter without data.
    pub witness: Option<MachineId>,
    /// Proxies, if clients go through them.
    pub proxies: Vec<MachineId>,
    /// The name server, if clients ask it.
    pub dns: Option<MachineId>,
    /// The device that can cut a node's power.
    pub fencer: Option<MachineId>,
    /// The human on duty.
    pub operator: Option<MachineId>,
    /// Client sites.
    pub clients: Vec<MachineId>,
    /// The one storage that all data nodes share; none: each has its own, and the log is replicated.
    pub storage: Option<MachineId>,
    /// What spreads the requests over a pool, or leads those of a cluster to the owners of their shards.
    pub balancers: Vec<MachineId>,
    /// The members of the manager ensemble, where they hold no data of clients themselves.
    pub members: Vec<MachineId>,
}

/// What a machine is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Holds data: a master or a standby. With its index among the data nodes.
    Data(u8),
    /// Votes, holds no data.
    Witness,
    /// Forwards requests. With its index among the proxies.
    Proxy(u8),
    /// Name server.
    Dns,
    /// Cuts power.
    Fencer,
    /// The human on duty.
    Operator,
    /// Sends requests. With its index among the sites.
    Client(u8),
    /// Holds the data of all data nodes: a volume of a SAN or NAS.
    Storage,
    /// Spreads requests over a pool, or leads those of a cluster. With its index among the balancers.
    Balancer(u8),
    /// Belongs to the manager ensemble of a cluster. With its index among the members.
    Member(u8),
}

impl Layout {
    /// Lays out the machines in a fixed order: data nodes, witness, proxies, name server, fencing device,
    /// operator, client sites.
    #[expect(clippy::fn_params_excessive_bools, reason = "one for each machine that there may be")]
    pub fn new(
        data: usize,
        witness: bool,
        proxies: usize,
        dns: bool,
        fencer: bool,
        operator: bool,
        sites: usize,
    ) -> Self {
        let mut next = 0;
        let mut take = |count: usize| -> Vec<MachineId> {
            let ids = (next..next + count).map(MachineId::from_index).collect();
            next += count;
            ids
        };
        Self {
            data: take(data),
            witness: take(usize::from(witness)).pop(),
            proxies: take(proxies),
            dns: take(usize::from(dns)).pop(),
            fencer: take(usize::from(fencer)).pop(),
            operator: take(usize::from(operator)).pop(),
            clients: take(sites),
            storage: None,
            balancers: Vec::new(),
            members: Vec::new(),
        }
    }

    /// The same with so many members of a manager ensemble, behind all the others.
    #[must_use]
    pub fn with_members(mut self, count: usize) -> Self {
        let first = self.machines();
        self.members = (first..first + count).map(MachineId::from_index).collect();
        self
    }

    /// The same with so many balancers, behind all the others.
    #[must_use]
    pub fn with_balancers(mut self, count: usize) -> Self {
        let first = self.machines();
        self.balancers = (first..first + count).map(MachineId::from_index).collect();
        self
    }

    /// Whether the nodes are a pool: nobody has a role, and nothing is stored.
    pub fn is_pool(&self) -> bool {
        !self.balancers.is_empty() && self.members.is_empty()
    }

    /// The same with one storage that all data nodes share, behind all the others.
    #[must_use]
    pub fn with_storage(mut self) -> Self {
        self.storage = Some(MachineId::from_index(self.machines()));
        self
    }

    /// Every machine with its part, in order of ids.
    pub fn parts(&self) -> Vec<(MachineId, Part)> {
        let mut parts = Vec::new();
        let indexed = |ids: &[MachineId], part: fn(u8) -> Part| -> Vec<(MachineId, Part)> {
            ids.iter().enumerate().map(|(index, id)| (*id, part(index as u8))).collect()
        };
        parts.extend(indexed(&self.data, Part::Data));
        parts.extend(self.witness.map(|id| (id, Part::Witness)));
        parts.extend(indexed(&self.proxies, Part::Proxy));
        parts.extend(self.dns.map(|id| (id, Part::Dns)));
        parts.extend(self.fencer.map(|id| (id, Part::Fencer)));
        parts.extend(self.operator.map(|id| (id, Part::Operator)));
        parts.extend(indexed(&self.clients, Part::Client));
        parts.extend(self.storage.map(|id| (id, Part::Storage)));
        parts.extend(indexed(&self.balancers, Part::Balancer));
        parts.extend(indexed(&self.members, Part::Member));
        parts
    }

    /// What a machine is for.
    pub fn part(&self, machine: MachineId) -> Part {
        self.parts()[machine.index()].1
    }

    /// How many machines there are.
    pub fn machines(&self) -> usize {
        self.parts().len()
    }

    /// All who vote on a promotion: every data node and the witness, dead or alive.
    pub fn voters(&self) -> impl Iterator<Item = MachineId> + '_ {
        self.data.iter().copied().chain(self.witness)
    }

    /// The smallest number of voters that is more than half.
    pub fn majority(&self) -> usize {
        self.voters().count() / 2 + 1
    }

    /// The smallest epoch that is newer than `newest` and belongs to data node `index`: epochs are dealt out in turn,
    /// so no two nodes are ever master in the same epoch, however the decision was made.
    pub fn epoch_after(&self, newest: u32, index: usize) -> u32 {
        let nodes = self.data.len() as u32;
        let mine = (index as u32 + 1) % nodes;
        (newest + 1..=newest + nodes).find(|epoch| epoch % nodes == mine).expect("one in every few epochs is its own")
    }

    /// A data node's index.
    pub fn data_index(&self, machine: MachineId) -> Option<usize> {
        self.data.iter().position(|id| *id == machine)
    }
}

/// Options of the data nodes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NodeConfig {
    /// When a write is acknowledged.
    pub replication: Replication,
    /// How a standby waits.
    pub standby: Standby,
    /// How a dead master is noticed.
    pub detection: Detection,
    /// Who decides on a promotion.
    pub decision: Decision,
    /// How the old master is kept from writing.
    pub fencing: Fencing,
    /// Replaying the log before a promoted node opens.
    pub recovery_us: Micros,
    /// Whether, and how long after its return, the preferred master gets its role back by itself.
    pub failback_after_us: Option<Micros>,
    /// Service time of a write.
    pub write_us: Micros,
    /// Service time of a read.
    pub read_us: Micros,
    /// Backups, if any are taken.
    pub backup: Option<Backup>,
}

/// When a write is acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Replication {
    /// Who must have the write.
    pub mode: ReplicationMode,
    /// What "has it" means.
    pub durability: Durability,
    /// What happens when too few standbys are there.
    pub fallback: Fallback,
}

/// Who must have a write before it is acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReplicationMode {
    /// The master alone.
    Async,
    /// The master and this many standbys.
    SemiSync(u8),
    /// The master and every member of the agreed in-sync set.
    Sync,
}

/// What "has it" means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Durability {
    /// It is in memory.
    Received,
    /// It is on the disk.
    Synced,
}

/// What a master does when too few standbys answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fallback {
    /// Writes wait.
    Strict,
    /// After this long, writes are acknowledged without standbys, and the trace says so.
    Degrade {
        /// How long the master waits first.
        after_us: Micros,
    },
}

/// How a standby waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Standby {
    /// Hot: 0. Warm or cold: the time to start the service on it.
    pub start_up_us: Micros,
    /// Answers reads from its own, possibly old, data.
    pub serves_reads: bool,
}

/// How a dead master is noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Detection {
    /// Pause between two heartbeats of the master.
    pub heartbeat_us: Micros,
    /// When silence becomes suspicion.
    pub limit: SilenceLimit,
}

/// When silence becomes suspicion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SilenceLimit {
    /// After this many heartbeat periods without one.
    Missed(u32),
    /// When the phi-accrual value reaches this many thousandths (Hayashibara et al. 2004).
    Phi {
        /// Threshold in thousandths; 8000 is Akka's default.
        threshold_milli: u32,
    },
}

/// Who decides on a promotion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Decision {
    /// The standby alone, after it has asked around for this long.
    Alone {
        /// How long it waits for the other standbys' log positions.
        canvass_us: Micros,
    },
    /// A majority of all configured voters.
    Majority,
    /// A human.
    Operator {
        /// Shortest time until they act.
        reaction_lo_us: Micros,
        /// Longest time until they act.
        reaction_hi_us: Micros,
    },
    /// The manager ensemble: whoever owns the shard is its master.
    Manager,
}

/// How the old master is kept from writing. The parts can be combined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Fencing {
    /// Cut its power.
    pub stonith: Option<Stonith>,
    /// Its right to write runs out by itself.
    pub lease: Option<Lease>,
    /// What it sends is refused by those who know a newer epoch.
    pub epochs: bool,
}

/// Shoot the other node in the head.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stonith {
    /// From the order to the power being off.
    pub delay_us: Micros,
    /// How often it works, in a million.
    pub success_ppm: u32,
    /// Orders before the operator is called.
    pub tries: u8,
    /// Each data node waits its index times this before it shoots: the cure of the fence race.
    pub stagger_us: Micros,
    /// Whether the device switches the node on again afterwards.
    pub reboot: bool,
    /// How long the operator needs who is called when all tries have failed.
    pub operator_us: Micros,
}

/// The master's lease, granted by a majority of the voters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Lease {
    /// Its length; the holder counts from sending its renewal, the granter from granting.
    pub length_us: Micros,
    /// Clocks are trusted to differ by no more than this many parts in a million.
    pub drift_ppm: u32,
}

/// Backups of the data, out of reach of the replication.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Backup {
    /// Pause between two backups.
    pub every_us: Micros,
    /// Time to restore one.
    pub restore_us: Micros,
}

/// How clients find the master.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Router {
    /// Proxies that check the nodes' health.
    Proxy {
        /// Pause between two checks of a node.
        check_us: Micros,
        /// Time after which a check has failed.
        check_timeout_us: Micros,
        /// Failed checks until a node is out.
        fall: u8,
        /// Good checks until it is in again.
        rise: u8,
        /// A deep check does what a request does; a shallow one only asks whether somebody is there.
        deep: bool,
    },
    /// An address that the master holds and announces (gratuitous ARP).
    Vip,
    /// A name with a time to live.
    Dns {
        /// Time to live of an answer in the clients' caches.
        ttl_us: Micros,
    },
    /// Clients know all nodes and ask them.
    Discovery,
    /// The balancer of a pool, which any node will do for.
    Balancer,
}

/// What clients do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientConfig {
    /// Mean time between two requests of one site (a Poisson process); 0: none.
    pub mean_gap_us: Micros,
    /// Reads among a thousand requests.
    pub read_permille: u32,
    /// Reads may go to any node that serves them, not only to the master.
    pub reads_anywhere: bool,
    /// Time after which an attempt is given up.
    pub timeout_us: Micros,
    /// Attempts for each request, the first included.
    pub attempts: u8,
    /// Pause before the second attempt; doubles from then on.
    pub backoff_us: Micros,
    /// Pause between two canaries; 0: none.
    pub canary_us: Micros,
    /// What bounds the attempts of a site, if anything does.
    pub retry_budget: Option<RetryBudget>,
}
