//! What the members of an ensemble know from the start, beyond what every process of the lab knows.

use super::{raft, zab};

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
    /// Entries that the members' logs begin with, one number for each member; those that are not named have none.
    pub logs: Vec<u32>,
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
