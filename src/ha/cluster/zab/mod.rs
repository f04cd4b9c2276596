//! Zab, the atomic broadcast of ZooKeeper: one leader at a time gives transactions their order, and every member
//! delivers the same ones in the same order.
//!
//! In the order in which it happens, and where to read on:
//!
//! 1. [`election`]: who looks for a leader votes until a quorum shares a vote for the member with the newest history.
//! 2. [`leader`], [`follower`]: *discovery*. The elected leader learns which epochs a quorum has promised, and has it
//!    promise a newer one. From then on no older leader can commit anything.
//! 3. `synchronise`: *synchronisation*. Followers are brought to the leader's history. When a quorum has it on the
//!    disk, all of it is committed, and the leader is *established*.
//! 4. `broadcast`: *broadcast*. A proposal is committed when a quorum has it on the disk.
//!
//! What always holds, whatever crashes, is cut off, is late or loses what was not synced:
//!
//! - at most one leader is established in an epoch;
//! - all members deliver prefixes of one history, without gaps, and only what was proposed;
//! - the proposals of one leader are delivered in its order, and behind all of older epochs;
//! - what one member has delivered is never lost.
//!
//! It follows ZooKeeper 3.8 (`FastLeaderElection`, `Leader`, `Learner`, `LearnerHandler`); the reasons are in Junqueira,
//! Reed and Serafini, "Zab: High-performance broadcast for primary-backup systems" (DSN 2011). Where ZooKeeper's code
//! acknowledges before the disk has it (ZOOKEEPER-3911, -4643, -4646), this one keeps to the paper. Observers and
//! changes of the membership are left out.
//!
//! A member is a pure step function. Election and following share one connection between two members; the applied
//! state, sessions and clients are the embedder's, who names their types in a [`Service`].
//!
//! ```
//! use ha_lab::ha::cluster::zab::{Config, Durable, Effect, Input, Members, Outbox, Service, Timer, Zab};
//! use ha_lab::sim::{MachineId, Ticket};
//!
//! /// Transactions are numbers, and the state is their sum.
//! #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
//! struct Sum;
//! impl Service for Sum {
//!     type Txn = u64;
//!     type State = u64;
//!     type Touched = ();
//! }
//!
//! // An ensemble of one: it elects itself, and each of its promises waits for the disk.
//! let me = MachineId::from_index(0);
//! let mut durable = Durable::<Sum>::default();
//! let mut zab = Zab::new(Config::zookeeper(Members::of([me])), me, &durable);
//! let mut inputs = vec![Input::Start, Input::Timer(Timer::Finalize)];
//! let (mut ticket, mut sum) = (Ticket::FIRST, 0);
//! while !inputs.is_empty() {
//!     let mut out = Outbox::new(ticket);
//!     zab.step(inputs.remove(0), &mut out);
//!     let (effects, next) = out.into_parts();
//!     ticket = next;
//!     for effect in effects {
//!         match effect {
//!             Effect::Persist(ticket, write) => {
//!                 durable.apply(write);
//!                 inputs.push(Input::Synced(ticket));
//!             }
//!             Effect::ServiceStarted { leading: true, .. } => inputs.push(Input::Propose(42)),
//!             Effect::Delivered { txn, .. } => sum += txn,
//!             _ => {}
//!         }
//!     }
//! }
//! assert_eq!((sum, durable.current_epoch), (42, 1));
//! ```

mod broadcast;
mod config;
mod durable;
pub mod election;
pub mod follower;
mod io;
pub mod leader;
mod log;
mod message;
mod note;
mod synchronise;
mod view;
mod zxid;

#[cfg(test)]
mod tests;

use std::fmt::Debug;
use std::hash::Hash;

use crate::ha::limits;
use crate::sim::{MachineId, Ticket};

pub use config::{Config, Members};
pub use durable::{Durable, Storage, Write};
pub use election::{Ballots, Notification, PeerState, Vote, Why};
pub use follower::FollowerPhase;
pub use io::{Effect, Input, Outbox, Refusal, Timer};
pub use leader::{LeaderPhase, Learner, LearnerPhase};
pub use log::{Record, Snapshot, TxnLog};
pub use message::{Brief, Kind, Message};
pub use note::{Dropped, Note, SyncMode};
pub use view::State;
pub use zxid::Zxid;

use election::Looking;
use follower::Following;
use leader::Leading;

/// The types that an embedder brings along.
pub trait Service: Copy + Eq + Hash + Debug + 'static {
    /// What is broadcast.
    type Txn: Clone + Eq + Hash + Debug;
    /// What transactions change: goes into snapshots.
    type State: Clone + Eq + Hash + Debug + Default;
    /// What a follower gathers between two pings, such as the sessions that it heard of.
    type Touched: Clone + Eq + Hash + Debug + Default;
}

/// One member.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Zab<A: Service> {
    core: Core<A>,
    role: Role,
}

/// What a member is doing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Role {
    /// Looking for a leader.
    Looking(Looking),
    /// Following one.
    Following(Following),
    /// Leading.
    Leading(Leading),
    /// It has given up, and waits to be started.
    Halted,
}

/// What a member has, whatever it is doing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Core<A: Service> {
    config: Config,
    me: MachineId,
    storage: Storage<A>,
    /// The last transaction that was delivered, or was in an installed snapshot.
    delivered: Zxid,
    /// Delivered since the last snapshot was due.
    since_snapshot: u32,
    /// Looking: its vote. Otherwise: the vote that won. Its round is the election clock.
    vote: Vote,
    /// What the embedder has gathered for the next ping.
    touched: A::Touched,
}

/// Where a member goes from what it is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    Stay,
    Look(Why),
    Lead { joined: bool },
    Follow { joined: bool },
    Halt,
}

impl<A: Service> Core<A> {
    /// Delivers what is committed.
    fn deliver(&mut self, committed: Zxid, out: &mut Outbox<A>) {
        let before = self.delivered;
        for record in self.storage.history().after(before).take_while(|record| record.zxid <= committed) {
            self.delivered = record.zxid;
            out.push(Effect::Delivered { zxid: record.zxid, txn: record.txn.clone() });
            self.since_snapshot += 1;
            if self.since_snapshot >= self.config.snapshot_every {
                self.since_snapshot = 0;
                out.push(Effect::CheckpointDue { zxid: record.zxid });
            }
        }
        if self.delivered > before {
            out.note(Note::Delivered { upto: self.delivered });
        }
    }

    /// The embedder's state becomes that of the newest snapshot.
    fn install_snapshot(&mut self, out: &mut Outbox<A>) {
        let snapshot = self.storage.history().snapshot().clone();
        self.delivered = snapshot.zxid;
        self.since_snapshot = 0;
        out.push(Effect::InstallSnapshot(snapshot));
    }
}

impl<A: Service> Zab<A> {
    /// A member as it comes up; it does nothing before [`Input::Start`].
    pub fn new(config: Config, me: MachineId, durable: &Durable<A>) -> Self {
        assert!(config.members.contains(me), "a member is one of the members");
        assert!(config.members.len() as usize <= limits::ENSEMBLE, "an ensemble has 1 to 7 members");
        let core = Core {
            config,
            me,
            storage: Storage::new(durable),
            delivered: Zxid::ZERO,
            since_snapshot: 0,
            vote: Vote { leader: me, zxid: Zxid::ZERO, peer_epoch: 0, round: 0 },
            touched: A::Touched::default(),
        };
        Self { core, role: Role::Halted }
    }

    /// Takes one input and puts its effects into `out`.
    pub fn step(&mut self, input: Input<A>, out: &mut Outbox<A>) {
        let next = match input {
            Input::Start => return self.start(out),
            Input::Established { leader, epoch } => return self.start_established(leader, epoch, out),
            Input::Message { from, body } => self.on_message(from, body, out),
            Input::Timer(timer) => self.on_timer(timer, out),
            Input::Synced(ticket) => self.on_synced(ticket, out),
            Input::WriteFailed(ticket) => {
                let failed = self.core.storage.failed(ticket);
                if failed && self.role != Role::Halted { Next::Halt } else { Next::Stay }
            }
            // Whoever wants something of the other end says so at once.
            Input::Opened { .. } => Next::Stay,
            Input::Closed { peer, .. } => self.on_closed(peer, out),
            Input::Propose(txn) => self.propose(txn, out),
            Input::Sync(ctx) => self.sync(ctx, out),
            Input::Checkpoint(snapshot) => {
                assert!(snapshot.zxid <= self.core.delivered, "only what is delivered is in a snapshot");
                let keep = self.core.config.log_tail;
                self.core.storage.write(Write::Checkpoint { snapshot, keep }, out);
                Next::Stay
            }
        };
        self.go(next, out);
    }

    /// It comes up, or is started again after it had given up.
    fn start(&mut self, out: &mut Outbox<A>) {
        self.core.storage.recover();
        self.core.touched = A::Touched::default();
        self.core.install_snapshot(out);
        self.become_looking(Why::Started, out);
    }

    /// It comes up in an ensemble that has its leader already: as everybody is when UPTODATE has arrived everywhere.
    fn start_established(&mut self, leader: MachineId, epoch: u32, out: &mut Outbox<A>) {
        let ahead = self.core.storage.ahead();
        assert!((ahead.accepted_epoch, ahead.current_epoch) == (epoch, epoch), "its disk knows nothing of that");
        self.core.vote = Vote { leader, zxid: ahead.log.last(), peer_epoch: epoch, round: 1 };
        self.core.install_snapshot(out);
        self.role = if leader == self.core.me {
            Role::Leading(Leading::established(&mut self.core, epoch, out))
        } else {
            Role::Following(Following::established(&mut self.core, leader, epoch, out))
        };
    }

    fn on_message(&mut self, from: MachineId, body: Message<A>, out: &mut Outbox<A>) -> Next {
        if !self.core.config.members.contains(from) || from == self.core.me {
            return Next::Stay;
        }
        if self.role == Role::Halted {
            out.close(from);
            return Next::Stay;
        }
        match (&mut self.role, body) {
            (Role::Looking(looking), Message::Notification(heard)) => {
                looking.on_notification(&mut self.core, from, heard, out)
            }
            (_, Message::Notification(heard)) => {
                if heard.state == PeerState::Looking {
                    out.send(from, self.core.notification(self.peer_state()));
                }
                Next::Stay
            }
            (Role::Leading(leading), body) => leading.on_message(&mut self.core, from, body, out),
            (_, Message::FollowerInfo { .. }) => {
                out.send(from, Message::Refused);
                Next::Stay
            }
            (Role::Following(following), body) if following.leader == from => {
                following.on_message(&mut self.core, body, out)
            }
            _ => Next::Stay,
        }
    }

    fn on_timer(&mut self, timer: Timer, out: &mut Outbox<A>) -> Next {
        match &mut self.role {
            Role::Looking(looking) => looking.on_timer(&self.core, timer, out),
            Role::Following(following) => following.on_timer(&self.core, timer, out),
            Role::Leading(leading) => leading.on_timer(&self.core, timer, out),
            Role::Halted => {
                if timer == Timer::Restart {
                    self.start(out);
                }
                Next::Stay
            }
        }
    }

    fn on_synced(&mut self, ticket: Ticket, out: &mut Outbox<A>) -> Next {
        self.core.storage.synced(ticket);
        match &mut self.role {
            Role::Following(following) => following.on_synced(&self.core, ticket, out),
            Role::Leading(leading) => leading.on_synced(&mut self.core, ticket, out),
            Role::Looking(_) | Role::Halted => {}
        }
        Next::Stay
    }

    fn on_closed(&mut self, peer: MachineId, out: &mut Outbox<A>) -> Next {
        match &mut self.role {
            Role::Following(following) if following.leader == peer => following.on_closed(&self.core, out),
            Role::Leading(leading) => {
                leading.on_closed(peer, out);
                Next::Stay
            }
            // Notifications are sent again anyway.
            _ => Next::Stay,
        }
    }

    fn propose(&mut self, txn: A::Txn, out: &mut Outbox<A>) -> Next {
        match &mut self.role {
            Role::Leading(leading) => return leading.propose(&mut self.core, txn, out),
            Role::Following(following) => following.propose(txn, out),
            Role::Looking(_) | Role::Halted => {
                out.push(Effect::ProposalRefused { txn, why: Refusal::NotServing });
            }
        }
        Next::Stay
    }

    fn sync(&mut self, ctx: u64, out: &mut Outbox<A>) -> Next {
        match &mut self.role {
            Role::Leading(leading) => leading.sync(&self.core, None, ctx, out),
            Role::Following(following) => following.sync(ctx, out),
            Role::Looking(_) | Role::Halted => out.push(Effect::SyncDropped(ctx)),
        }
        Next::Stay
    }

    fn go(&mut self, next: Next, out: &mut Outbox<A>) {
        match next {
            Next::Stay => {}
            Next::Look(why) => self.become_looking(why, out),
            Next::Lead { joined } => self.become_leader(joined, out),
            Next::Follow { joined } => self.become_follower(joined, out),
            Next::Halt => self.halt(out),
        }
    }

    fn leave(&mut self, why: Why, out: &mut Outbox<A>) {
        match &mut self.role {
            Role::Following(following) => following.leave(why, out),
            Role::Leading(leading) => leading.leave(why, out),
            Role::Looking(_) => {
                out.cancel_timer(Timer::Finalize);
                out.cancel_timer(Timer::Notify);
            }
            Role::Halted => {}
        }
    }

    fn become_looking(&mut self, why: Why, out: &mut Outbox<A>) {
        self.leave(why, out);
        out.note(Note::Looking { round: self.core.vote.round.saturating_add(1), why });
        self.role = Role::Looking(Looking::start(&mut self.core, out));
    }

    fn become_leader(&mut self, joined: bool, out: &mut Outbox<A>) {
        self.leave(Why::Started, out);
        out.note(Note::Elected { leader: self.core.me, round: self.core.vote.round, joined });
        self.role = Role::Leading(Leading::start(&mut self.core, out));
    }

    fn become_follower(&mut self, joined: bool, out: &mut Outbox<A>) {
        self.leave(Why::Started, out);
        let leader = self.core.vote.leader;
        out.note(Note::Elected { leader, round: self.core.vote.round, joined });
        self.role = Role::Following(Following::start(&self.core, leader, out));
    }

    /// The disk has failed it. As in ZooKeeper the server exits, and a supervisor starts it again.
    fn halt(&mut self, out: &mut Outbox<A>) {
        self.leave(Why::DiskFailed, out);
        out.note(Note::Halted);
        for peer in self.core.config.others(self.core.me) {
            out.close(peer);
        }
        out.set_timer(Timer::Restart, self.core.config.restart_us);
        self.role = Role::Halted;
    }
}
