//! The workers of a cluster, and their claims, as a scenario writes them.

use serde::{Deserialize, Serialize};

use super::cluster::Manager;
use super::options::{Durability, Fallback, Replication, ReplicationMode};
use super::pool::{Ejection, Strategy};
use crate::sim::Micros;

/// The workers of a cluster: they hold the data, in shards; the manager says who owns which.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Workers {
    /// How many workers belong to the cluster from the start.
    pub count: u8,
    /// How many more stand by, to be told to join.
    pub spares: u8,
    /// How many shards the data are cut into.
    pub shards: u8,
    /// How many workers hold each shard.
    pub copies: u8,
    /// When the owner of a shard acknowledges a write.
    pub replication: Replication,
    /// Pause between two heartbeats of a shard's owner to the other holders.
    pub heartbeat_us: Micros,
    /// Replaying the log before a new owner opens.
    pub recovery_us: Micros,
    /// How workers claim to be alive.
    pub claim: Claim,
    /// What comes under an older token is refused: by the other holders, and by the balancer.
    pub tokens: bool,
    /// One balancer or two.
    pub balancers: u8,
    /// How balancers pick a holder for a read that any of them may answer (`reads`: `local`); all weigh alike.
    pub strategy: Strategy,
    /// Holders that fail such reads get none for a while; `null`: they go on getting them.
    pub ejection: Option<Ejection>,
    /// A worker that has not answered a request after this long has failed it: the balancer waits no longer.
    pub timeout_us: Micros,
    /// Whether the workers elect one that coordinates them, on nodes of a ZooKeeper-like manager.
    pub election: Election,
}

/// How workers elect one of them that coordinates the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Election {
    /// They elect nobody.
    None,
    /// By ZooKeeper's recipe: each waits, with a watch on the node before its own.
    WatchPredecessor,
    /// The naive way: all watch all candidates, so whatever happens wakes the whole herd.
    WatchAll,
}

/// How a worker, or a master, claims to be alive: by a lease of etcd, or a session of ZooKeeper.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Claim {
    /// After so long without a word from it, the manager takes it for dead.
    pub ttl_us: Micros,
    /// Pause between two words.
    pub keep_alive_us: Micros,
    /// It stops when its own clock says that its claim has run out, instead of when it is told.
    pub checked: bool,
    /// When it loses the manager it goes on, as long as all other holders of its data say that they hear it.
    pub failsafe: bool,
}

/// A manager ensemble whose lease decides who is master.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct ManagerLease {
    /// Which protocol, with which times.
    pub ensemble: Manager,
    /// How many members it has.
    pub members: Members,
    /// The master's claim.
    pub claim: Claim,
}

/// How many members an ensemble has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Members(pub u8);

impl Default for Members {
    fn default() -> Self {
        Self(3)
    }
}

impl Default for Workers {
    fn default() -> Self {
        Self {
            count: 3,
            spares: 0,
            shards: 3,
            copies: 2,
            replication: Replication {
                mode: ReplicationMode::Sync,
                durability: Durability::Synced,
                fallback: Fallback::Degrade { after_us: 3_000_000 },
            },
            heartbeat_us: 1_000_000,
            recovery_us: 500_000,
            claim: Claim::default(),
            tokens: true,
            balancers: 1,
            strategy: Strategy::RoundRobin,
            ejection: None,
            timeout_us: 2_500_000,
            election: Election::None,
        }
    }
}

impl Default for Claim {
    fn default() -> Self {
        Self { ttl_us: 10_000_000, keep_alive_us: 1_000_000, checked: true, failsafe: false }
    }
}
