//! What the page may ask a member.

use super::follower::FollowerPhase;
use super::leader::{LeaderPhase, Learner};
use super::log::TxnLog;
use super::{Ballots, Config, PeerState, Role, Service, Storage, Vote, Zab, Zxid};
use crate::sim::MachineId;

/// What a member is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Looking for a leader.
    Looking,
    /// It has one.
    Following {
        /// Whom.
        leader: MachineId,
        /// How far it has come.
        phase: FollowerPhase,
    },
    /// It is one.
    Leading {
        /// How far it has come.
        phase: LeaderPhase,
    },
    /// It has given up because of its disk, or was not started yet.
    Halted,
}

impl<A: Service> Zab<A> {
    /// What it is doing.
    pub fn state(&self) -> State {
        match &self.role {
            Role::Looking(_) => State::Looking,
            Role::Following(following) => State::Following { leader: following.leader, phase: following.phase },
            Role::Leading(leading) => State::Leading { phase: leading.phase },
            Role::Halted => State::Halted,
        }
    }

    pub(super) fn peer_state(&self) -> PeerState {
        match &self.role {
            Role::Looking(_) | Role::Halted => PeerState::Looking,
            Role::Following(_) => PeerState::Following,
            Role::Leading(_) => PeerState::Leading,
        }
    }

    /// Whether it serves: what is delivered is up to date, as far as it can know, and transactions are taken.
    pub fn serves(&self) -> bool {
        match &self.role {
            Role::Following(following) => following.serves(),
            Role::Leading(leading) => leading.serves(),
            Role::Looking(_) | Role::Halted => false,
        }
    }

    /// Whom it takes for the leader, itself perhaps.
    pub fn leader(&self) -> Option<MachineId> {
        match &self.role {
            Role::Following(following) => Some(following.leader),
            Role::Leading(_) => Some(self.core.me),
            Role::Looking(_) | Role::Halted => None,
        }
    }

    /// Epoch of the leader that it follows or is; 0 if that has none yet, or there is nobody.
    pub fn epoch(&self) -> u32 {
        match &self.role {
            Role::Following(following) => following.epoch,
            Role::Leading(leading) if leading.phase != LeaderPhase::Gathering => leading.epoch,
            _ => 0,
        }
    }

    /// Looking: whether a quorum shares its vote, and it only waits for a better one.
    pub fn is_finalizing(&self) -> bool {
        matches!(&self.role, Role::Looking(looking) if looking.is_finalizing())
    }

    /// What it knows from the start.
    pub fn config(&self) -> &Config {
        &self.core.config
    }

    /// Its vote; of one that has a leader, the vote that won.
    pub fn vote(&self) -> Vote {
        self.core.vote
    }

    /// Its round of the election.
    pub fn round(&self) -> u32 {
        self.core.vote.round
    }

    /// The notifications of this round that it has received, its own among them. Empty unless it is looking.
    pub fn received(&self) -> Option<&Ballots> {
        if let Role::Looking(looking) = &self.role { Some(&looking.received) } else { None }
    }

    /// What it has heard, while looking, from members that have a leader.
    pub fn settled(&self) -> Option<&Ballots> {
        if let Role::Looking(looking) = &self.role { Some(&looking.settled) } else { None }
    }

    /// Its disk: epochs and log, those that are safe and those under way.
    pub fn storage(&self) -> &Storage<A> {
        &self.core.storage
    }

    /// The last transaction of its log.
    pub fn last(&self) -> Zxid {
        self.core.storage.history().last()
    }

    /// The last transaction that is delivered here. A leader delivers what it commits, at once.
    pub fn delivered(&self) -> Zxid {
        self.core.delivered
    }

    /// Following: the last transaction that it has acknowledged.
    pub fn acked(&self) -> Option<Zxid> {
        if let Role::Following(following) = &self.role { Some(following.acked) } else { None }
    }

    /// Leading: its followers.
    pub fn learners(&self) -> impl Iterator<Item = (MachineId, &Learner)> {
        let learners = if let Role::Leading(leading) = &self.role { Some(&leading.learners) } else { None };
        learners.into_iter().flatten().map(|(id, learner)| (*id, learner))
    }

    /// Takes over the memory of what is equal in another log. Nothing that can be read changes.
    pub fn share_log(&mut self, other: &TxnLog<A>) {
        self.core.storage.share_log(other);
    }

    /// What is to travel to the leader with the answer to its next ping; the embedder adds to it.
    pub fn touched(&mut self) -> &mut A::Touched {
        &mut self.core.touched
    }
}
