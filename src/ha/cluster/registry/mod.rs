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
//! With a ZooKeeper-like manager each registration also makes an ephemeral sequence node: a number that nobody had before,
//! gone with its session. It says whose turn it is among those who could own a shard. The registry is watched as a whole, so
//! every change wakes all who watch; nodes that are watched one by one are in the [`tree`] beside it.
//!
//! What always holds: a shard has at most one owner at any revision, and its tokens only grow. Where replication is
//! synchronous, an owner lives and is in sync, always.
//!
//! Read on in the order in which it happens: `order` says what an order changes, `placement` what follows from it,
//! [`Registrar`] how workers and balancers ask, and the member's `registry` how it serves them.
//!
//! ```
//! use ha_lab::ha::cluster::registry::{Order, Outcome, Registry};
//!
//! // Three workers, three shards, two copies of each.
//! let mut registry = Registry::of(3, 0, 3, 2, true).started(3);
//! assert_eq!(registry.shard(0).unwrap().owner, Some(0));
//!
//! // The first one's lease runs out: who has all of its data gets its shard, under a new token.
//! assert_eq!(registry.apply(Order::Revoke { worker: 0, lease: 1 }), Outcome::Done(2));
//! let shard = registry.shard(0).unwrap();
//! assert_eq!((shard.owner, shard.token), (Some(1), 2));
//! ```

mod changes;
mod message;
mod note;
mod order;
mod placement;
mod registrar;
#[cfg(test)]
mod tests;
mod ttl;

pub use changes::changes;
pub use message::{Ask, Message, Timer};
pub use note::Note;
pub use order::Outcome;
pub use registrar::{News, Registrar};
pub use ttl::ttl_us;

use std::rc::Rc;

use super::{Protocol, tree};
use crate::ha::config::{Config, ReplicationMode};
use crate::ha::limits::SHARDS;
use crate::ha::message::{InSync, Pos};

/// Counts the changes of the registry. A token is the revision at which an owner got its shard.
pub type Revision = u32;

/// How far a worker's logs go, by shard; the first place for a shard that it does not hold.
pub type Logs = Rc<[Pos]>;

/// Who has most, by shard, as bits of workers: of those who live, as far as the manager's leader has heard with their
/// keep-alives. So it is as old as these. No bits: it has heard nothing.
pub type Ahead = [u8; SHARDS as usize];

/// Nothing was heard.
pub const UNHEARD: Ahead = [0; SHARDS as usize];

/// The registry after some place of the log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Registry {
    revision: Revision,
    workers: Vec<Option<Registration>>,
    shards: Vec<Shard>,
    /// How many workers shall hold each shard.
    copies: u8,
    /// Replication is synchronous: the in-sync sets say who has all acknowledged writes.
    sync: bool,
    /// Bit *i*: worker *i* is to be emptied, whether it is registered or not.
    leaving: u8,
    /// The order that got each worker its claim, if it had one.
    granted: Vec<Option<Ask>>,
    /// The revision at which each worker last registered after its disk had lost data; 0: never.
    emptied: Vec<Revision>,
    /// ZooKeeper: the number of the next sequence node. Every registration takes one; none is ever given twice.
    next_sequence: Option<u32>,
}

/// A worker that lives, as far as the manager knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Registration {
    /// Names the lease or session: the revision at which it began.
    pub lease: Revision,
    /// It is to lose its shards: no new ones are given to it.
    pub draining: bool,
    /// ZooKeeper: the number in the name of its node, which is there as long as its session.
    pub sequence: Option<u32>,
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
    /// The holders that have all acknowledged writes: only they may own it. Recorded by its owners. Where replication is
    /// not synchronous nobody keeps that up: then those that have had its data once.
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
        /// Bit *s*: its disk has lost what it had of shard *s*. From now on it does not count among those who have it.
        lost: u8,
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
        /// The newest revision that the owner knew when it asked. Whoever has lost its disk since then is in the set by
        /// mistake.
        seen: Revision,
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
    /// The operator accepts that a shard without owner has lost what nobody has who lives: whoever has most of it is to
    /// own it, or an empty worker if no holder lives.
    AcceptLoss {
        /// Which shard.
        shard: u8,
    },
    /// ZooKeeper: a change of the tree of nodes ([`tree`](super::tree)). The registry stays as it is.
    Tree {
        /// The session that asks.
        by: tree::Session,
        /// The change.
        op: tree::Op,
    },
}

impl Registry {
    /// As it is from the start: warm with all workers registered and all shards owned (token 1, shard *s* by worker
    /// *s* mod workers, held by the next ones too), cold with nobody registered.
    pub fn provision(config: &Config) -> Self {
        let cold = Self::cold(config);
        let spares = config.cluster().map_or(0, |cluster| usize::from(cluster.spares));
        let members = config.layout.data.len().saturating_sub(spares).max(1) as u8;
        if config.cold_start || config.cluster().is_none() { cold } else { cold.started(members) }
    }

    /// With nobody registered: before a cold start, and all that somebody knows who has just come up.
    pub fn cold(config: &Config) -> Self {
        let Some(cluster) = config.cluster() else { return Self::default() };
        let sync = config.nodes.replication.mode == ReplicationMode::Sync;
        let registry = Self::of(config.layout.data.len() as u8, cluster.spares, cluster.shards, cluster.copies, sync);
        if matches!(cluster.manager.protocol, Protocol::Zab(_)) { registry.with_sequences() } else { registry }
    }

    /// The same with sequence nodes: a ZooKeeper-like manager keeps it, and nobody has registered yet.
    #[must_use]
    pub fn with_sequences(self) -> Self {
        Self { next_sequence: Some(0), ..self }
    }

    /// So many workers, the last of them spares, and so many shards with so many copies each; nobody is registered.
    pub fn of(workers: u8, spares: u8, shards: u8, copies: u8, sync: bool) -> Self {
        let members = workers.saturating_sub(spares).max(1);
        let copies = copies.clamp(1, members);
        let shard = |shard: u8| {
            let holders = (0..copies).fold(0, |bits, next| bits | bit((shard + next) % members));
            let in_sync = InSync { epoch: 1, version: 0, members: holders };
            Shard { owner: None, token: 0, holders, in_sync, successor: None }
        };
        let shards = (0..shards).map(shard).collect();
        let (nobody, granted) = (vec![None; workers.into()], vec![None; workers.into()]);
        let emptied = vec![0; workers.into()];
        let next_sequence = None;
        Self { revision: 0, workers: nobody, shards, copies, sync, leaving: 0, granted, emptied, next_sequence }
    }

    /// The same after a warm start: the first `members` workers are registered under lease 1, and own the shards in turn
    /// under token 1.
    #[must_use]
    pub fn started(mut self, members: u8) -> Self {
        self.revision = 1;
        for place in 0..usize::from(members).min(self.workers.len()) {
            let sequence = self.take_sequence();
            self.workers[place] = Some(Registration { lease: 1, draining: false, sequence });
        }
        for (number, shard) in (0..).zip(&mut self.shards) {
            (shard.owner, shard.token) = (Some(number % members), 1);
        }
        self
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

    /// One shard.
    pub fn shard(&self, index: u8) -> Option<&Shard> {
        self.shards.get(usize::from(index))
    }

    /// The workers that are registered, with what is known of them.
    pub fn workers(&self) -> impl Iterator<Item = (u8, &Registration)> {
        (0..).zip(&self.workers).filter_map(|(index, known)| Some((index, known.as_ref()?)))
    }

    /// Whether a worker is registered under this lease.
    pub fn has_lease(&self, worker: u8, lease: Revision) -> bool {
        self.worker(worker).is_some_and(|known| known.lease == lease)
    }

    /// The number of the next sequence node: the counter of their parent, which goes on whatever becomes of its children.
    fn take_sequence(&mut self) -> Option<u32> {
        let number = self.next_sequence?;
        self.next_sequence = Some(number.checked_add(1).expect("nobody registers four billion times"));
        Some(number)
    }

    /// How many shards a worker owns.
    pub fn owned_by(&self, worker: u8) -> usize {
        self.shards.iter().filter(|shard| shard.owner == Some(worker)).count()
    }

    /// How many shards a worker holds, or is to get.
    pub fn held_by(&self, worker: u8) -> usize {
        self.shards.iter().filter(|shard| shard.is_held_by(worker)).count()
    }

    /// The revision at which a worker last registered after its disk had lost data; 0: never.
    pub fn emptied(&self, worker: u8) -> Revision {
        self.emptied.get(usize::from(worker)).copied().unwrap_or(0)
    }

    /// Whether a worker is to be emptied, registered or not.
    pub fn is_leaving(&self, worker: u8) -> bool {
        self.leaving & bit(worker) != 0
    }

    /// Whether a worker that was to be emptied is empty: it can go without a trace.
    pub fn is_drained(&self, worker: u8) -> bool {
        self.is_leaving(worker) && self.held_by(worker) == 0
    }
}

impl Shard {
    /// Whether a worker holds its data, or is to get them.
    pub fn is_held_by(&self, worker: u8) -> bool {
        self.holders & bit(worker) != 0
    }

    /// Whether nobody is left who surely has all acknowledged writes, dead or alive: their disks are lost.
    pub fn is_lost(&self) -> bool {
        self.in_sync.members == 0
    }
}

/// The bit of a worker; none for a number that no worker can have.
fn bit(worker: u8) -> u8 {
    1_u8.checked_shl(worker.into()).unwrap_or(0)
}
