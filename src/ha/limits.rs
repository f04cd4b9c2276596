//! Every limit of the high-availability systems in one place.

/// Most data nodes: one master and four standbys.
pub const DATA_NODES: usize = 5;
/// Most machines behind the clients' way: data nodes, members of an ensemble that holds the data, or workers.
pub const SEATS: usize = POOL;
/// Most proxies.
pub const PROXIES: usize = 2;
/// Most client sites.
pub const SITES: usize = 4;
/// Keys that clients read and write.
pub const KEYS: usize = 16;
/// Newest log entries that a node keeps; who is further behind copies the data.
pub const LOG_TAIL: usize = 4_096;
/// Entries in one replication message.
pub const BATCH: usize = 64;
/// Requests that one site has under way.
pub const REQUESTS: usize = 512;
/// Heartbeat intervals remembered by the phi-accrual detector.
pub const PHI_SAMPLES: usize = 32;
/// Heartbeats whose sending time a lease holder remembers.
pub const LEASE_ROUNDS: usize = 16;
/// Client requests that wait at a master for their acknowledgement.
pub const UNACKNOWLEDGED: usize = 4_096;
/// Heartbeats between two announcements of where the master is (keepalived calls it `vrrp_garp_master_refresh`).
pub const ANNOUNCE_EVERY: u32 = 5;
/// Newest requests of each site of which a member remembers that it has applied them.
pub const REMEMBERED: usize = 128;
/// Entries that a member has committed since it last kept its state, before it folds its log up to there.
pub const FOLD_EVERY: u32 = 2_048;
/// Entries that a scenario may put into a member's log before the start.
pub const SEED_ENTRIES: usize = 1_000;
/// Most members of a manager ensemble.
pub const ENSEMBLE: usize = 7;
/// Proposals that a Zab leader has under way (`zookeeper.globalOutstandingLimit`); what comes on top is refused.
pub const OUTSTANDING: u32 = 1_000;
/// Transactions in one message of a Zab synchronisation.
pub const HISTORY_BATCH: usize = 64;
/// `sync` operations that wait at one member.
pub const WAITING_SYNCS: usize = 1_024;
/// Most workers of a pool.
pub const POOL: usize = 8;
/// Most balancers of a pool.
pub const BALANCERS: usize = 2;
/// Most shards of a cluster.
pub const SHARDS: u8 = 4;
/// Orders of workers and balancers that wait at one member for being applied.
pub const ORDERS: usize = 64;
/// Newest registries that a member keeps: who watches from further back is told of these only, and skips what came before.
pub const WATCH_HISTORY: usize = 64;
/// Nodes that a ZooKeeper-like manager keeps in its tree, the root included.
pub const ZNODES: usize = 64;
/// Words in the path of a node.
pub const ZNODE_DEPTH: usize = 3;
/// Most requests that a worker serves at once.
pub const SERVERS: u8 = 16;
/// Most requests that a worker lets wait.
pub const QUEUE: u16 = 1_000;
/// Requests, canaries and checks that a worker serves at once.
pub const WORK_SLOTS: usize = 128;
/// Canaries and checks that wait at a worker.
pub const CANARIES_WAITING: usize = 2_000;
/// How often a worker's ejection grows longer: with Envoy's base of 30 s up to its longest of 300 s.
pub const EJECTIONS: u8 = 10;
