//! What the members of an ensemble know from the start, beyond what every process of the lab knows.

use super::tree::Recipe;
use super::{raft, zab};
use crate::ha::pool::{Ejection, Strategy};
use crate::sim::Micros;

/// A manager ensemble, and how it serves clients.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EnsembleConfig {
    /// The protocol that agrees on the log.
    pub protocol: Protocol,
    /// How members talk to each other.
    pub wire: Wire,
    /// What a read may miss.
    pub reads: Reads,
    /// A write that comes again under the same name is applied once.
    pub idempotence: bool,
    /// How many of the members belong to it from the start: the first ones. The others stand by, to be added.
    pub founders: u8,
    /// Entries that the members' logs begin with, one number for each member; those that are not named have none.
    pub logs: Vec<u32>,
}

impl EnsembleConfig {
    /// Whether a watch is a stream that shows every change (etcd), or fires once and has to be set again (ZooKeeper).
    pub fn watches_stream(&self) -> bool {
        matches!(self.protocol, Protocol::Raft(_))
    }
}

/// The protocol that agrees on the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// Raft, as in etcd.
    Raft(raft::Config),
    /// Zab, as in ZooKeeper.
    Zab(zab::Config),
}

/// How members talk to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wire {
    /// On connections: a crashed process is noticed at once, a loss becomes a delay.
    Connection,
    /// Each message by itself: lost, delayed, overtaken. Zab cannot live with that.
    Datagram,
}

/// What a read may miss.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reads {
    /// Any member answers from what it has applied: perhaps long ago.
    Local,
    /// Nothing that was acknowledged before the read was asked for.
    Linearizable,
}

/// A manager ensemble, and the workers that it manages.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClusterConfig {
    /// The ensemble.
    pub manager: EnsembleConfig,
    /// How many shards the data are cut into.
    pub shards: u8,
    /// How many workers hold each shard.
    pub copies: u8,
    /// Workers that stand by from the start, the last ones; they belong to the cluster only when they are told to join.
    pub spares: u8,
    /// How workers claim to be alive.
    pub claim: Claim,
    /// ZooKeeper: the workers elect one that coordinates them, by this recipe.
    pub election: Option<Recipe>,
    /// How balancers spread the reads that any holder may answer.
    pub spread: Spread,
}

/// How balancers spread the reads that any holder of a shard may answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Spread {
    /// How a holder is picked; all weigh alike.
    pub strategy: Strategy,
    /// Holders that fail reads get none for a while, if there is such a rule.
    pub ejection: Option<Ejection>,
    /// Any request that a worker has not answered after so long has failed (HAProxy's `timeout server`).
    pub timeout_us: Micros,
}

impl Default for Spread {
    fn default() -> Self {
        Self { strategy: Strategy::RoundRobin, ejection: None, timeout_us: 2_500_000 }
    }
}

/// How a worker claims to be alive: by a lease (etcd) or a session (ZooKeeper).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Claim {
    /// After so long without a word from the worker, the manager takes it for dead.
    pub ttl_us: Micros,
    /// Pause between two words of the worker.
    pub keep_alive_us: Micros,
    /// A worker stops when its own clock says that its claim has run out. Without that it goes on until it is told.
    pub checked: bool,
    /// An owner that loses the manager goes on as long as all other holders of its shard say that they hear it.
    pub failsafe: bool,
}
