//! The options of a cluster, as a scenario writes them.

use serde::{Deserialize, Serialize};

use super::workers::Workers;
use crate::sim::Micros;

/// Options of a cluster: a manager ensemble, and what it manages.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Cluster {
    /// The manager ensemble: which protocol, with which times.
    pub manager: Manager,
    /// How many members the ensemble has.
    pub members: u8,
    /// How many more stand by, to be added (etcd-like managers only).
    pub spare_members: u8,
    /// Where the clients' data are.
    pub data: DataPath,
    /// What a read may miss.
    pub reads: ReadLevel,
    /// A write that comes again because its client got no answer is applied once (idempotence keys).
    pub idempotence: bool,
    /// Service time of a write.
    pub write_us: Micros,
    /// Service time of a read.
    pub read_us: Micros,
    /// The ensemble starts without a leader and has to elect one.
    pub cold_start: bool,
    /// Entries that the members' logs begin with, one number for each member; the others begin with none.
    pub logs: Vec<u32>,
}

/// The manager ensemble.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Manager {
    /// Like etcd: Raft.
    Etcd(Etcd),
    /// Like ZooKeeper: Zab.
    Zookeeper(Zookeeper),
}

/// Options of Raft.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Etcd {
    /// How long members wait for a leader, and leaders between heartbeats.
    pub timing: Timing,
    /// A member first asks whether the others would vote for it, and raises its term only then.
    pub pre_vote: bool,
    /// A leader that hears no majority steps down, and who hears a leader gives nobody else its vote.
    pub check_quorum: bool,
    /// How members talk to each other.
    pub wire: Wire,
    /// Leaders send heartbeats, but no entries: logs that differ stay different, and nothing is committed. For measuring
    /// elections in which only some can win.
    pub withhold_entries: bool,
}

/// How long a member of a Raft ensemble waits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Timing {
    /// As etcd counts: in ticks, an election timeout being n to 2n − 1 of them.
    Ticks(Ticks),
    /// As in Ongaro's dissertation: any time in a range.
    Continuous(Continuous),
}

/// Times in ticks.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Ticks {
    /// From one tick to the next (etcd: `--heartbeat-interval`).
    pub tick_us: Micros,
    /// Least ticks of an election timeout (etcd: `--election-timeout` divided by the tick).
    pub election_ticks: u32,
    /// Ticks from one heartbeat to the next.
    pub heartbeat_ticks: u32,
}

/// Times in ranges.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Continuous {
    /// Shortest election timeout.
    pub election_lo_us: Micros,
    /// Longest election timeout.
    pub election_hi_us: Micros,
    /// From one heartbeat to the next.
    pub heartbeat_us: Micros,
}

/// How members talk to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Wire {
    /// On connections: in order, and loss becomes delay.
    Connection,
    /// Each message by itself, as in published simulations: lost, delayed or overtaken.
    Datagram,
}

/// Options of Zab. Names in brackets are ZooKeeper's.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Zookeeper {
    /// The unit of the limits (`tickTime`).
    pub tick_us: Micros,
    /// Ticks that a new leader has for each step on its way (`initLimit`).
    pub init_limit: u32,
    /// Ticks that leader and follower may be silent to each other (`syncLimit`).
    pub sync_limit: u32,
    /// How long a vote with a quorum waits for a better one (`finalizeWait`).
    pub finalize_wait_us: Micros,
    /// First pause before a vote is sent again; it doubles (`minNotificationInterval`).
    pub notify_us: Micros,
    /// Pause between two tries to reach the elected leader (`leaderConnectDelayDuringRetryMs`).
    pub connect_retry_us: Micros,
}

/// Where the clients' data are.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum DataPath {
    /// In the manager itself: everything goes through its log.
    ThroughTheLog,
    /// With workers, in shards that the manager gives to them: coordination and data are apart, as in real systems.
    Workers(Workers),
}

/// What a read may miss.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReadLevel {
    /// Any member answers from what it has: it may be old.
    Local,
    /// Nothing that was acknowledged before: a leader makes sure that it still leads, and others ask it.
    Linearizable,
}

// As in `options`, the defaults are times for the eye: a hundred times those of the paper, and more than etcd's.

impl Default for Cluster {
    fn default() -> Self {
        Self {
            manager: Manager::default(),
            members: 3,
            spare_members: 0,
            data: DataPath::Workers(Workers::default()),
            reads: ReadLevel::Linearizable,
            idempotence: true,
            write_us: 2_000,
            read_us: 1_000,
            cold_start: false,
            logs: Vec::new(),
        }
    }
}

impl Default for Manager {
    fn default() -> Self {
        Self::Etcd(Etcd::default())
    }
}

impl Default for Etcd {
    fn default() -> Self {
        Self {
            timing: Timing::default(),
            pre_vote: true,
            check_quorum: true,
            wire: Wire::Connection,
            withhold_entries: false,
        }
    }
}

impl Default for Timing {
    fn default() -> Self {
        Self::Continuous(Continuous::default())
    }
}

impl Default for Ticks {
    fn default() -> Self {
        Self { tick_us: 100_000, election_ticks: 10, heartbeat_ticks: 1 }
    }
}

impl Default for Continuous {
    fn default() -> Self {
        Self { election_lo_us: 3_000_000, election_hi_us: 6_000_000, heartbeat_us: 1_000_000 }
    }
}

impl Default for Zookeeper {
    fn default() -> Self {
        Self {
            tick_us: 1_000_000,
            init_limit: 10,
            sync_limit: 3,
            finalize_wait_us: 500_000,
            notify_us: 1_000_000,
            connect_retry_us: 500_000,
        }
    }
}
