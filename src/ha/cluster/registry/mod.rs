//! What the manager knows of its cluster: who lives, who owns which shard, and since when.
//!
//! ```text
//!  worker ── Grant ──▶ ┌──────────┐ ── map ──▶ workers: am I the owner, under which token?
//!  worker ── beats ──▶ │ registry │ ── map ──▶ balancers: where does this key go?
//!  leader ── Revoke ─▶ └──────────┘
//! ```
//!
//! 1. A worker registers under a lease (etcd) or a session (ZooKeeper), and keeps it alive.
//! 2. When a lease runs out, the leader of the ensemble has it revoked, through the log: every member comes to the same
//!    registry at the same place.
//! 3. Whoever owned shards loses them, and they are given to workers that have all of their data: under a new token,
//!    the revision at which that happened.
//! 4. Who watches is told: workers become masters of their shards, balancers lead requests to them.
//!
//! What always holds: a shard has at most one owner at any revision, and its tokens only grow.

mod registrar;

pub use registrar::{News, Registrar};

use crate::ha::config::Config;
use crate::ha::message::InSync;

/// Counts the changes of the registry. A token is the revision at which an owner got its shard.
pub type Revision = u32;

/// The registry after some place of the log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Registry {
    revision: Revision,
    workers: Vec<Option<Registration>>,
    shards: Vec<Shard>,
}

/// A worker that lives, as far as the manager knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Registration {
    /// Names the lease or session: the revision at which it began.
    pub lease: Revision,
    /// It is to lose its shards: no new ones are given to it.
    pub draining: bool,
}

/// One shard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Shard {
    /// The worker that owns it, by index.
    pub owner: Option<u8>,
    /// The owner's fencing token; of the last owner, if there is none now. It is the epoch of the shard's master.
    pub token: Revision,
    /// Bit *i*: worker *i* holds the data of it, or is to get them.
    pub holders: u8,
    /// The holders that have all acknowledged writes: only they may own it. Recorded by its owners.
    pub in_sync: InSync,
    /// To whom the owner shall hand it over as soon as that one has everything.
    pub successor: Option<u8>,
}

/// A change of the registry that somebody asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// A worker registers. A lease that it still has is replaced.
    Grant {
        /// Its index.
        worker: u8,
    },
    /// A lease has run out, or its worker gives it back.
    Revoke {
        /// Whose.
        worker: u8,
        /// Which: a later one stays.
        lease: Revision,
    },
    /// The owner has another in-sync set recorded before it relies on it.
    Record {
        /// Of which shard.
        shard: u8,
        /// The owner's token: that of an earlier owner is refused.
        token: Revision,
        /// The set.
        set: InSync,
    },
    /// The owner has stopped and hands its shard over.
    HandOver {
        /// Which shard.
        shard: u8,
        /// The owner's token.
        token: Revision,
        /// To whom.
        to: u8,
    },
    /// The operator empties a worker, or lets it have shards again.
    Drain {
        /// Which.
        worker: u8,
        /// Empty it.
        on: bool,
    },
}

impl Registry {
    /// As it is from the start: warm with all workers registered and all shards owned (token 1, shard *s* by worker
    /// *s* mod workers, held by the next ones too), cold with nobody registered.
    pub fn provision(config: &Config) -> Self {
        let _ = config;
        todo!()
    }

    /// Counts its changes.
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// A worker, if it is registered.
    pub fn worker(&self, index: u8) -> Option<&Registration> {
        self.workers.get(usize::from(index))?.as_ref()
    }

    /// All shards, in order.
    pub fn shards(&self) -> &[Shard] {
        &self.shards
    }
}
