//! What can be seen of a server from outside.

use super::Raft;
use super::log::{Command, Log};
use super::members::{Members, machines};
use super::role::{Leader, Role};
use crate::sim::MachineId;

impl<C: Command> Raft<C> {
    /// Its own name.
    pub fn me(&self) -> MachineId {
        self.me
    }

    /// Its role, with what only that role knows.
    pub fn role(&self) -> &Role {
        &self.role
    }

    /// Whether it holds itself to be the leader. Another may have been elected since.
    pub fn is_leader(&self) -> bool {
        matches!(self.role, Role::Leader(_))
    }

    /// What it knows as a leader: how far the others are, the reads that wait, a transfer, a server that catches up.
    pub fn as_leader(&self) -> Option<&Leader> {
        match &self.role {
            Role::Leader(leader) => Some(leader),
            _ => None,
        }
    }

    /// The newest term that it has seen.
    pub fn term(&self) -> u32 {
        self.term
    }

    /// For whom it voted in that term.
    pub fn vote(&self) -> Option<MachineId> {
        self.vote
    }

    /// Whom it holds for the leader of that term.
    pub fn leader(&self) -> Option<MachineId> {
        self.leader
    }

    /// Everything up to here is committed, as far as it knows, and was given to the state machine: the core's commit
    /// index and its applied index are one.
    pub fn commit(&self) -> u32 {
        self.commit
    }

    /// Its log, with what is not on its disk yet.
    pub fn log(&self) -> &Log<C> {
        &self.log
    }

    /// Takes over the memory of what is equal in another log. Nothing that can be read changes.
    pub fn share_log(&mut self, other: &Log<C>) {
        self.log.share(other);
    }

    /// Its log is on its disk up to here.
    pub fn synced_index(&self) -> u32 {
        self.promises.synced()
    }

    /// The latest configuration in its log, and where it was made.
    pub fn configuration(&self) -> (u32, Members) {
        self.log.members()
    }

    /// The votes that a campaign has got so far: who agrees.
    pub fn votes(&self) -> impl Iterator<Item = MachineId> {
        machines(match &self.role {
            Role::PreCandidate(ballots) | Role::Candidate(ballots) => ballots.granted,
            Role::Follower | Role::Leader(_) => 0,
        })
    }

    /// Reads that wait here: the leader's, and those that it has asked the leader about.
    pub fn pending_reads(&self) -> usize {
        self.forwarded.len() + self.as_leader().map_or(0, |leader| leader.reads.len())
    }

    /// Its disk has failed, and it takes no part until everything is written anew.
    pub fn is_stuck(&self) -> bool {
        self.promises.is_stuck()
    }
}
