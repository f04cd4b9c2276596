//! What workers and balancers and the manager tell each other, and what they wait for.
//!
//! Between client and member everything goes on one connection, in order.

use std::rc::Rc;

use serde::Serialize;

use super::{Logs, Order, Outcome, Registry, Revision};
use crate::ha::cluster::tree;
use crate::sim::{MachineId, Words};

/// Names an order, so that its answer is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ask {
    /// Who asks.
    pub client: MachineId,
    /// Which of its orders. Like etcd's, the numbers of a client begin with the time at which it came up (`idutil`): no
    /// answer to its earlier life is taken for one to this.
    pub number: u32,
    /// The newest revision that the client knew: a Grant is late if its worker has a younger claim.
    pub seen: Revision,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Message {
    /// A client wants to know the registry from behind this revision on.
    Watch {
        /// The revision that it has.
        has: Revision,
        /// The newest that it knows of.
        seen: Revision,
    },
    /// The registry after some revision. With etcd each one comes, in order; with ZooKeeper the newest, when it is asked for.
    Map(Rc<Registry>),
    /// The watch has fired, and is gone (ZooKeeper): ask again.
    Fired {
        /// The revision that set it off.
        revision: Revision,
    },
    /// A client is there, and its claim with it.
    KeepAlive {
        /// Counts them.
        round: u32,
        /// The claim: worker and lease.
        claim: Option<(u8, Revision)>,
        /// The newest revision that it has seen.
        seen: Revision,
        /// How far its logs go: so the manager learns who has most.
        logs: Logs,
    },
    /// It was heard, and its claim is renewed.
    Kept {
        /// Which was heard.
        round: u32,
    },
    /// Its claim is no more.
    Gone {
        /// Which lease or session.
        lease: Revision,
    },
    /// A client asks for a change.
    Order {
        /// Names it.
        number: u32,
        /// The newest revision that the client knows of.
        seen: Revision,
        /// The change.
        order: Order,
    },
    /// What has become of an order.
    Ordered {
        /// Which.
        number: u32,
        /// What.
        outcome: Outcome,
    },
    /// ZooKeeper: a client asks about a node of the tree.
    Look {
        /// Names the question.
        number: u32,
        /// Index of the newest entry that the client has seen applied.
        applied: u32,
        /// Which node.
        path: tree::Path,
        /// What of it.
        what: tree::Look,
        /// It is to be told when the answer changes.
        watch: bool,
    },
    /// What the member has applied of it.
    Found {
        /// Which question.
        number: u32,
        /// The answer.
        found: Rc<tree::Found>,
    },
    /// A watch on a node has fired, and is gone.
    NodeFired {
        /// Which node.
        path: tree::Path,
        /// What has happened.
        event: tree::Event,
    },
    /// The member has no leader: ask another one.
    Unavailable,
    /// The client has seen a newer registry than the member: ask another one.
    TooNew,
    /// etcd: a member passes an order on to its leader.
    ForwardOrder {
        /// Whose.
        ask: Ask,
        /// The change.
        order: Order,
    },
    /// etcd: a member passes a keep-alive on to its leader.
    ForwardKeepAlive {
        /// Whose.
        client: MachineId,
        /// Which.
        round: u32,
        /// The claim: worker and lease.
        claim: (u8, Revision),
        /// How far its logs go.
        logs: Logs,
    },
    /// The leader's answer.
    ForwardKept {
        /// For whom.
        client: MachineId,
        /// Which.
        round: u32,
        /// The claim: worker and lease.
        claim: (u8, Revision),
        /// It is renewed, or gone.
        kept: bool,
    },
}

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Timer {
    /// A client's next keep-alive.
    KeepAlive,
    /// A worker's claim runs out on its own clock.
    Claim,
    /// etcd's leader: the lease of this worker runs out.
    Lease(u8),
    /// ZooKeeper's leader: sessions are counted down by one tick.
    Tick,
}

impl Words for Timer {
    fn words(&self, sink: &mut impl FnMut(u64)) {
        sink(match *self {
            Self::KeepAlive => 1,
            Self::Claim => 2,
            Self::Lease(worker) => 3 | u64::from(worker) << 8,
            Self::Tick => 4,
        });
    }
}
