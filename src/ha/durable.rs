//! What survives a crash, and the writes that change it.

use std::rc::Rc;

use super::cluster::{Cmd, Ensemble, MemberDisk, raft, zab};
use super::log::Log;
use super::message::{Entry, InSync, Pos, Snapshot};
use crate::sim::MachineId;

/// The durable state of one machine. Each kind of process uses its part of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Durable {
    /// False on a disk that was wiped: what this node once promised is not known any more.
    pub provisioned: bool,
    /// The data.
    pub log: Log,
    /// The newest epoch that was promised or followed.
    pub epoch: u32,
    /// For whom it voted in that epoch.
    pub voted_for: Option<MachineId>,
    /// The newest in-sync set recorded.
    pub in_sync: InSync,
    /// The last good backup; kept elsewhere, so that it outlives the disk.
    pub backup: Option<Rc<Snapshot>>,
    /// A release that fails every request is installed.
    pub bad_release: bool,
    /// Name server: where the name points, and in which epoch. Operator: who was chosen last, and for which epoch.
    pub name: Option<(MachineId, u32)>,
    /// A member of an ensemble: all that its protocol keeps. None on a disk that was wiped.
    pub member: Option<Box<MemberDisk>>,
    /// A worker of a cluster: the data of each shard that it holds, by shard.
    pub shards: Vec<Durable>,
}

/// One change of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Write {
    /// The log behind `after` is replaced by these entries.
    Entries {
        /// The last entry that stays.
        after: Pos,
        /// What comes behind it.
        entries: Rc<[Entry]>,
        /// Entries up to here may be folded.
        committed: u32,
    },
    /// The log is replaced by a snapshot.
    Replace(Rc<Snapshot>),
    /// A promise not to follow older epochs, and for whom it votes in this one.
    Promise {
        /// The epoch.
        epoch: u32,
        /// The vote.
        voted_for: Option<MachineId>,
    },
    /// An in-sync set.
    InSync(InSync),
    /// What was lost with a disk is there again: from now on the node knows what it promises.
    Provisioned,
    /// Whether the installed release is bad.
    Release {
        /// It fails every request.
        bad: bool,
    },
    /// A backup.
    Backup(Rc<Snapshot>),
    /// The name points there, or this node was chosen.
    Name(MachineId, u32),
    /// Of a member of a Raft ensemble.
    Raft(raft::Write<Cmd>),
    /// Of a member of a Zab ensemble.
    Zab(zab::Write<Ensemble>),
    /// The disk of a server that is to be added to a Raft ensemble.
    NewMember(Box<MemberDisk>),
    /// Of a holder of this shard.
    Shard(u8, Box<Write>),
}

impl Durable {
    /// Carries out one synced write.
    pub fn apply(&mut self, write: Write) {
        match write {
            // An earlier write has failed, and what this one rests on is missing: all of it is written again.
            Write::Entries { after, .. } if self.log.pos(after.index) != Some(after) => {}
            Write::Entries { after, entries, committed } => {
                self.log.truncate(after.index);
                for entry in entries.iter() {
                    self.log.push(*entry);
                }
                self.log.compact(committed);
            }
            Write::Replace(snapshot) => {
                self.log = Log::from_snapshot((*snapshot).clone());
            }
            Write::Promise { epoch, voted_for } => {
                self.epoch = epoch;
                self.voted_for = voted_for;
            }
            Write::InSync(set) => self.in_sync = self.in_sync.max(set),
            Write::Provisioned => self.provisioned = true,
            Write::Release { bad } => self.bad_release = bad,
            Write::Backup(snapshot) => self.backup = Some(snapshot),
            Write::Name(node, epoch) => self.name = Some((node, epoch)),
            Write::NewMember(disk) => self.member = Some(disk),
            Write::Shard(shard, write) => {
                if let Some(disk) = self.shards.get_mut(usize::from(shard)) {
                    disk.apply(*write);
                }
            }
            Write::Raft(write) => {
                if let Some(MemberDisk::Raft(disk)) = self.member.as_deref_mut() {
                    disk.apply(write);
                }
            }
            Write::Zab(write) => {
                if let Some(MemberDisk::Zab(disk)) = self.member.as_deref_mut() {
                    disk.apply(write);
                }
            }
        }
    }
}
