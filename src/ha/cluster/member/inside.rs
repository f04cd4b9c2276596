//! A member from outside: for pictures, selectors and tests, and for its own answers.

use super::super::disk::MemberDisk;
use super::super::entries::LogRef;
use super::super::raft;
use super::super::raft::{Role as RaftRole, Timer as RaftTimer};
use super::super::service::{Cmd, Ensemble, State};
use super::super::zab::{LeaderPhase, State as ZabState, Timer as ZabTimer, Zab};
use super::{Core, Member};
use crate::ha::config::Config;
use crate::ha::inspect::Role;
use crate::ha::master_standby::Trouble;
use crate::ha::message::{Pos, Timer};
use crate::sim::MachineId;

/// The protocol core of a member.
#[derive(Clone, Copy, Debug)]
pub enum Inside<'a> {
    /// Raft.
    Raft(&'a raft::Raft<Cmd>),
    /// Zab.
    Zab(&'a Zab<Ensemble>),
}

impl Member {
    /// What it knew from the start.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Its protocol core.
    pub fn inside(&self) -> Inside<'_> {
        match &self.core {
            Core::Raft(core) => Inside::Raft(&core.raft),
            Core::Zab(core) => Inside::Zab(&core.zab),
        }
    }

    /// Its log.
    pub fn log(&self) -> LogRef<'_> {
        match &self.core {
            Core::Raft(core) => LogRef::Raft(core.raft.log()),
            Core::Zab(core) => LogRef::Zab(core.zab.storage().history()),
        }
    }

    /// Index of the last entry that is committed, as far as it knows; it has applied as much.
    pub fn committed(&self) -> u32 {
        self.state.applied
    }

    /// On the disk up to here.
    pub fn synced_index(&self) -> u32 {
        match &self.core {
            Core::Raft(core) => core.raft.synced_index(),
            Core::Zab(core) => LogRef::Zab(&core.zab.storage().stable().log).last_index(),
        }
    }

    /// Whom it holds for the leader, itself perhaps.
    pub fn leader(&self) -> Option<MachineId> {
        match &self.core {
            Core::Raft(core) => core.raft.leader(),
            Core::Zab(core) => core.zab.leader(),
        }
    }

    /// The leader that others should ask, if it knows another.
    pub(super) fn hint(&self) -> Option<MachineId> {
        self.leader().filter(|leader| *leader != self.me)
    }

    /// The newest term, or the newest epoch that it has accepted.
    pub fn term(&self) -> u32 {
        match &self.core {
            Core::Raft(core) => core.raft.term(),
            Core::Zab(core) => core.zab.storage().ahead().accepted_epoch,
        }
    }

    /// Its term or epoch, if it holds itself to be the leader. Another may have been elected since.
    pub fn leads(&self) -> Option<u32> {
        match &self.core {
            Core::Raft(core) => core.raft.is_leader().then(|| core.raft.term()),
            Core::Zab(core) => match core.zab.state() {
                ZabState::Leading { phase: LeaderPhase::Broadcasting } => Some(core.zab.epoch()),
                _ => None,
            },
        }
    }

    /// Its term or epoch, if clients can have their writes done here.
    pub fn serves_as_leader(&self) -> Option<u32> {
        self.reign.filter(|reign| reign.serves && reign.handing_to.is_none()).map(|reign| reign.epoch)
    }

    /// The member to which it hands its role over.
    pub fn handing_to(&self) -> Option<MachineId> {
        self.reign.and_then(|reign| reign.handing_to)
    }

    /// Whether its state is there to be read: with Zab only in a member that follows or leads an ensemble.
    pub fn may_read(&self) -> bool {
        match &self.core {
            Core::Raft(_) => !self.outside,
            Core::Zab(core) => !self.outside && core.zab.serves(),
        }
    }

    /// Whether its disk was wiped, so that it takes no part.
    pub fn is_outside(&self) -> bool {
        self.outside
    }

    /// Writes of clients that wait for their commit here.
    pub fn waiting_writes(&self) -> usize {
        self.writes.len()
    }

    /// Reads that wait for the core.
    pub fn waiting_reads(&self) -> usize {
        self.reads.len()
    }

    /// The state that what it has applied comes to.
    pub fn applied(&self) -> &State {
        &self.state
    }

    /// Whether bad data keeps it from serving.
    pub fn is_poisoned(&self) -> bool {
        self.state.poisoned
    }

    /// What is wrong with it.
    pub fn trouble(&self) -> Trouble {
        self.trouble
    }

    /// How many others surely have the entry at `at`.
    pub(super) fn copies_of(&self, at: Pos) -> u8 {
        let others = match &self.core {
            Core::Raft(core) => core
                .raft
                .as_leader()
                .map(|leader| leader.progress.iter().filter(|(_, progress)| progress.matched >= at.index).count()),
            Core::Zab(core) if self.reign.is_some() => {
                let log = core.zab.storage().history();
                let behind = LogRef::Zab(log).last_index() - at.index;
                let record = log.len().checked_sub(behind + 1).and_then(|place| log.get(place));
                record.map(|record| core.zab.learners().filter(|(_, learner)| learner.acked >= record.zxid).count())
            }
            Core::Zab(_) => None,
        };
        others.map_or(self.quorum() - 1, |others| others as u8)
    }

    /// The follower with the most of its log.
    pub(super) fn successor(&self) -> Option<MachineId> {
        match &self.core {
            Core::Raft(core) => {
                let progress = &core.raft.as_leader()?.progress;
                progress
                    .iter()
                    .max_by_key(|(id, progress)| (progress.matched, std::cmp::Reverse(*id)))
                    .map(|(id, _)| id)
            }
            Core::Zab(core) => core
                .zab
                .learners()
                .max_by_key(|(id, learner)| (learner.acked, std::cmp::Reverse(*id)))
                .map(|(id, _)| id),
        }
    }

    /// Who belongs to the ensemble as far as it knows, if that can change.
    pub fn members(&self) -> Option<raft::Members> {
        match &self.core {
            Core::Raft(core) => Some(core.raft.configuration().1),
            Core::Zab(_) => None,
        }
    }

    /// What it is doing, in a word.
    pub fn role(&self) -> Role {
        if self.outside || self.members().is_some_and(|members| !members.contains(self.me)) {
            return Role::Outside;
        }
        match &self.core {
            _ if self.handing_to().is_some() => Role::SteppingDown,
            Core::Raft(core) => match core.raft.role() {
                RaftRole::Follower => Role::Follower,
                RaftRole::PreCandidate(_) => Role::PreCandidate,
                RaftRole::Candidate(_) => Role::Candidate,
                RaftRole::Leader(_) => self.as_leader(),
            },
            Core::Zab(core) => match core.zab.state() {
                ZabState::Looking => Role::Looking,
                ZabState::Following { .. } if core.zab.serves() => Role::Follower,
                ZabState::Following { .. } => Role::Joining,
                ZabState::Leading { .. } => self.as_leader(),
                ZabState::Halted => Role::Halted,
            },
        }
    }

    fn as_leader(&self) -> Role {
        if self.reign.is_some_and(|reign| reign.serves) { Role::Leader } else { Role::Elected }
    }

    /// The timer that tells what it waits for next.
    pub fn countdown(&self) -> Timer {
        match &self.core {
            Core::Raft(core) if core.raft.is_leader() => Timer::Raft(RaftTimer::Heartbeat),
            Core::Raft(_) => Timer::Raft(RaftTimer::Election),
            Core::Zab(core) => Timer::Zab(match core.zab.state() {
                ZabState::Looking if core.zab.is_finalizing() => ZabTimer::Finalize,
                ZabState::Looking => ZabTimer::Notify,
                ZabState::Following { .. } => ZabTimer::Silence,
                ZabState::Leading { phase: LeaderPhase::Broadcasting } => ZabTimer::HalfTick,
                ZabState::Leading { .. } => ZabTimer::Stage,
                ZabState::Halted => ZabTimer::Restart,
            }),
        }
    }

    /// Takes over the memory of what is equal on its disk. Nothing that can be read changes.
    pub(in crate::ha) fn share(&mut self, disk: &MemberDisk) {
        match (&mut self.core, disk) {
            (Core::Raft(core), MemberDisk::Raft(disk)) => core.raft.share_log(&disk.log),
            (Core::Zab(core), MemberDisk::Zab(disk)) => core.zab.share_log(&disk.log),
            _ => {}
        }
    }
}
