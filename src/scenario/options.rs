//! The options of the system under test, its clients, wires and machines, as a scenario writes them.

use serde::{Deserialize, Serialize};

use super::action::Target;
use super::cluster::Cluster;
use super::pool::{Pool, RetryBudget};
use super::workers::ManagerLease;
use crate::sim::Micros;

/// An architecture and its options.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Setup {
    /// One node, nobody to take over.
    SingleNode(SingleNode),
    /// One master, one to four standbys.
    MasterStandby(MasterStandby),
    /// Machines that agree on one log, and survive as long as their majority does.
    Cluster(Cluster),
    /// Stateless workers behind a balancer: any of them answers any request.
    Pool(Pool),
}

/// Options of a single node.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct SingleNode {
    /// What must have happened to a write before it is acknowledged.
    pub durability: Durability,
    /// Replaying the log before the restarted node opens.
    pub recovery_us: Micros,
    /// Service time of a write.
    pub write_us: Micros,
    /// Service time of a read.
    pub read_us: Micros,
    /// Backups, if any are taken.
    pub backup: Option<Backup>,
}

/// Options of a master with standbys.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct MasterStandby {
    /// How many standbys.
    pub standbys: u8,
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
    /// How long after its return the preferred master gets its role back by itself; `null`: never.
    pub failback_after_us: Option<Micros>,
    /// Service time of a write.
    pub write_us: Micros,
    /// Service time of a read.
    pub read_us: Micros,
    /// Backups, if any are taken.
    pub backup: Option<Backup>,
    /// The system starts without a master and has to find one.
    pub cold_start: bool,
}

/// When a write is acknowledged.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Replication {
    /// Who must have the write.
    pub mode: ReplicationMode,
    /// What "has it" means.
    pub durability: Durability,
    /// What happens when too few standbys are there.
    pub fallback: Fallback,
}

/// Who must have a write before it is acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ReplicationMode {
    /// The master alone.
    Async,
    /// The master and some of the standbys.
    SemiSync {
        /// How many of them.
        standbys: u8,
    },
    /// The master and every member of the agreed in-sync set.
    Sync,
    /// Nothing is replicated: the one storage (SAN or NAS) that all data nodes share has it. The master writes to it,
    /// a promoted standby reads from it.
    SharedStorage,
}

/// What "has it" means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Durability {
    /// It is in memory.
    Received,
    /// It is on the disk.
    Synced,
}

/// What a master does when too few standbys answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Fallback {
    /// Writes wait.
    Strict,
    /// The master goes on without them.
    Degrade {
        /// How long it waits first.
        #[serde(default = "default_degrade_us")]
        after_us: Micros,
    },
}

/// How a standby waits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Standby {
    /// Hot: 0. Warm or cold: the time to start the service on it.
    pub start_up_us: Micros,
    /// Answers reads from its own, possibly old, data.
    pub serves_reads: bool,
}

/// How a dead master is noticed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Detection {
    /// Pause between two heartbeats of the master.
    pub heartbeat_us: Micros,
    /// When silence becomes suspicion.
    pub limit: SilenceLimit,
}

/// When silence becomes suspicion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum SilenceLimit {
    /// After so many heartbeat periods without one.
    Missed {
        /// Heartbeats in a row.
        #[serde(default = "default_missed")]
        heartbeats: u32,
    },
    /// When the phi-accrual value (Hayashibara et al. 2004) is reached.
    Phi {
        /// Threshold in thousandths; 8000 is Akka's default.
        #[serde(default = "default_phi_milli")]
        threshold_milli: u32,
    },
}

/// Who decides on a promotion.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Decision {
    /// The standby alone.
    Alone {
        /// How long it waits for the other standbys' log positions.
        #[serde(default = "default_canvass_us")]
        canvass_us: Micros,
    },
    /// A majority of all configured voters: the data nodes, and a witness when their number is even.
    Majority,
    /// A human.
    Operator {
        /// Shortest time until they act.
        #[serde(default = "default_reaction_lo_us")]
        reaction_lo_us: Micros,
        /// Longest time until they act.
        #[serde(default = "default_reaction_hi_us")]
        reaction_hi_us: Micros,
    },
    /// A manager ensemble: the master holds a lease there.
    Manager(ManagerLease),
}

/// How the old master is kept from writing. The parts can be combined.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Fencing {
    /// Cut its power (STONITH).
    pub stonith: Option<Stonith>,
    /// Its right to write runs out by itself.
    pub lease: Option<Lease>,
    /// What it sends is refused by those who know a newer epoch.
    pub epochs: bool,
}

/// Shoot the other node in the head.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Stonith {
    /// From the order to the power being off.
    pub delay_us: Micros,
    /// How often it works, in a million.
    pub success_ppm: u32,
    /// Orders before the operator is called.
    pub tries: u8,
    /// How long the operator needs to make sure that the node is off.
    pub operator_us: Micros,
    /// Each data node waits its place times this before it shoots: the cure of the fence race.
    pub stagger_us: Micros,
    /// Whether the device switches the node on again afterwards.
    pub reboot: bool,
}

/// The master's lease, granted by a majority of the voters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Lease {
    /// Its length; the holder counts from sending its renewal, the granter from granting.
    pub length_us: Micros,
    /// Clocks are trusted to differ by no more than this many parts in a million.
    pub drift_ppm: u32,
}

/// Backups of the data, out of reach of the replication.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Backup {
    /// Pause between two backups.
    pub every_us: Micros,
    /// Time to restore one.
    pub restore_us: Micros,
}

/// How clients find the master.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Router {
    /// Proxies that check the nodes' health.
    Proxy(Proxy),
    /// An address that the master holds and announces (gratuitous ARP).
    Vip,
    /// A name with a time to live.
    Dns(Dns),
    /// Clients know all nodes and ask them.
    Discovery,
}

/// Options of the proxies.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Proxy {
    /// How many of them.
    pub proxies: u8,
    /// Pause between two checks of a node.
    pub check_us: Micros,
    /// Time after which a check has failed.
    pub check_timeout_us: Micros,
    /// Failed checks until a node is out.
    pub fall: u8,
    /// Good checks until it is in again.
    pub rise: u8,
    /// A deep check does what a request does; a shallow one only asks whether somebody is there.
    pub deep: bool,
}

/// Options of the name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Dns {
    /// Time to live of an answer in the clients' caches.
    pub ttl_us: Micros,
}

/// Those who use the system.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Clients {
    /// How many sites.
    pub sites: u8,
    /// Mean time between two requests of one site (a Poisson process); `null`: none.
    pub mean_gap_us: Option<Micros>,
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
    /// Pause between two canaries of the probe; `null`: none, and then no availability over time.
    pub canary_us: Option<Micros>,
    /// What bounds the attempts of a site beyond the first; `null`: nothing.
    pub retry_budget: Option<RetryBudget>,
}

/// The wires.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Network {
    /// One way between two machines of the system.
    pub between_nodes: Latency,
    /// One way between a client site and the system.
    pub to_clients: Latency,
    /// Datagrams lost in a million. On a connection a loss becomes a delay.
    pub loss_ppm: u32,
    /// An unanswered connection is given up after this long (TCP user timeout, RFC 5482).
    pub connection_timeout_us: Micros,
    /// Machines that share power: what `zone_down` takes down together. Places only, no roles.
    pub zones: Vec<Vec<Target>>,
}

/// A latency, drawn uniformly for each message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Latency {
    /// Shortest.
    pub lo_us: Micros,
    /// Longest.
    pub hi_us: Micros,
}

/// The machines.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Machines {
    /// From power to a running operating system.
    pub boot_us: Micros,
    /// From a running operating system to a started process.
    pub start_us: Micros,
    /// One disk sync.
    pub sync_us: Micros,
    /// Clocks that do not start at zero or do not run right.
    pub clocks: Vec<ClockOf>,
    /// Machines that are down when the world starts.
    pub down: Vec<Target>,
}

/// One machine's clock.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ClockOf {
    /// Whose. A place, not a role.
    pub on: Target,
    /// Where it starts.
    #[serde(default)]
    pub offset_us: Micros,
    /// How fast it runs, in parts per billion off.
    #[serde(default)]
    pub rate_ppb: i64,
}

// The defaults below are the lab of the first visit: times for the eye, a hundred times slower than real ones.

const fn default_degrade_us() -> Micros {
    2_000_000
}
const fn default_missed() -> u32 {
    3
}
const fn default_phi_milli() -> u32 {
    8_000
}
const fn default_canvass_us() -> Micros {
    1_000_000
}
const fn default_reaction_lo_us() -> Micros {
    5_000_000
}
const fn default_reaction_hi_us() -> Micros {
    15_000_000
}

impl Default for Setup {
    fn default() -> Self {
        Self::MasterStandby(MasterStandby::default())
    }
}

impl Default for SingleNode {
    fn default() -> Self {
        Self { durability: Durability::Synced, recovery_us: 500_000, write_us: 2_000, read_us: 1_000, backup: None }
    }
}

impl Default for MasterStandby {
    fn default() -> Self {
        Self {
            standbys: 2,
            replication: Replication::default(),
            standby: Standby::default(),
            detection: Detection::default(),
            decision: Decision::Majority,
            fencing: Fencing::default(),
            recovery_us: 500_000,
            failback_after_us: None,
            write_us: 2_000,
            read_us: 1_000,
            backup: None,
            cold_start: false,
        }
    }
}

impl Default for Replication {
    fn default() -> Self {
        Self {
            mode: ReplicationMode::SemiSync { standbys: 1 },
            durability: Durability::Synced,
            fallback: Fallback::Strict,
        }
    }
}

impl Default for Detection {
    fn default() -> Self {
        Self { heartbeat_us: 1_000_000, limit: SilenceLimit::Missed { heartbeats: default_missed() } }
    }
}

impl Default for Fencing {
    fn default() -> Self {
        Self { stonith: None, lease: None, epochs: true }
    }
}

impl Default for Stonith {
    fn default() -> Self {
        Self {
            delay_us: 1_500_000,
            success_ppm: 1_000_000,
            tries: 3,
            operator_us: 15_000_000,
            stagger_us: 0,
            reboot: true,
        }
    }
}

impl Default for Lease {
    fn default() -> Self {
        Self { length_us: 3_000_000, drift_ppm: 1_000 }
    }
}

impl Default for Backup {
    fn default() -> Self {
        Self { every_us: 10_000_000, restore_us: 5_000_000 }
    }
}

impl Default for Router {
    fn default() -> Self {
        Self::Proxy(Proxy::default())
    }
}

impl Default for Proxy {
    fn default() -> Self {
        Self { proxies: 1, check_us: 1_000_000, check_timeout_us: 800_000, fall: 2, rise: 1, deep: false }
    }
}

impl Default for Dns {
    fn default() -> Self {
        Self { ttl_us: 5_000_000 }
    }
}

impl Default for Clients {
    fn default() -> Self {
        Self {
            sites: 2,
            mean_gap_us: Some(800_000),
            read_permille: 500,
            reads_anywhere: false,
            timeout_us: 2_500_000,
            attempts: 2,
            backoff_us: 500_000,
            canary_us: Some(50_000),
            retry_budget: None,
        }
    }
}

impl Default for Network {
    fn default() -> Self {
        Self {
            between_nodes: Latency::default(),
            to_clients: Latency::default(),
            loss_ppm: 0,
            connection_timeout_us: 15_000_000,
            zones: Vec::new(),
        }
    }
}

impl Default for Latency {
    fn default() -> Self {
        Self { lo_us: 140_000, hi_us: 160_000 }
    }
}

impl Default for Machines {
    fn default() -> Self {
        Self { boot_us: 2_000_000, start_us: 1_000_000, sync_us: 5_000, clocks: Vec::new(), down: Vec::new() }
    }
}
