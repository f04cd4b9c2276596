//! Looking at processes from outside: for pictures, selectors and tests, never for protocols.

use super::cluster::{self, LogRef, Member, MemberDisk};
use super::config::Part;
use super::log::Log;
use super::master_standby::{DataNode, State};
use super::message::Timer;
use super::pool::{Balancer, Worker};
use super::system::{Ha, Node, NodeKind};
use crate::sim::{Machine, MachineId, World};

/// What a process is doing, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Takes writes.
    Master,
    /// Has stopped taking writes, to hand over.
    SteppingDown,
    /// Follows a master.
    Standby,
    /// Holds its master for dead, and waits or asks.
    Suspecting,
    /// Asks whether it may become master.
    Candidate,
    /// Makes sure that the old master cannot write.
    Fencing,
    /// Starts the service and replays its log.
    Promoting,
    /// Gets a backup back.
    Restoring,
    /// Came up and has not heard a master yet.
    Rejoining,
    /// Votes, holds no data.
    Witness,
    /// Forwards requests.
    Proxy,
    /// Name server.
    Dns,
    /// Cuts power.
    Fencer,
    /// The human on duty.
    Operator,
    /// Sends requests.
    Client,
    /// Holds the data of all data nodes.
    Storage,
    /// Leads an ensemble and serves.
    Leader,
    /// Was elected, and cannot commit yet.
    Elected,
    /// Follows the leader of an ensemble.
    Follower,
    /// Asks whether the others would vote for it.
    PreCandidate,
    /// Looks for a leader (Zab).
    Looking,
    /// Has a leader, and is brought to its history (Zab).
    Joining,
    /// Takes no part in its ensemble any more.
    Outside,
    /// Has given up because of its disk.
    Halted,
    /// Serves requests, stores nothing.
    Worker,
    /// Spreads requests over a pool.
    Balancer,
    /// A worker of a cluster that owns shards.
    Owner,
}

impl DataNode {
    /// What it is doing, in a word.
    pub fn role(&self) -> Role {
        match self.state() {
            State::Master(master) if master.switching_to.is_some() => Role::SteppingDown,
            State::Master(_) => Role::Master,
            State::Candidate(_) => Role::Candidate,
            State::Fencing(_) => Role::Fencing,
            State::Promoting(_) => Role::Promoting,
            State::Restoring(..) => Role::Restoring,
            State::Standby if self.voter().master.is_none() => Role::Rejoining,
            State::Standby if self.voter().suspects => Role::Suspecting,
            State::Standby => Role::Standby,
        }
    }
}

impl Node {
    /// The data node in it, if it is one.
    pub fn data(&self) -> Option<&DataNode> {
        match &self.kind {
            NodeKind::Data(node) => Some(node),
            _ => None,
        }
    }

    /// The member of an ensemble in it, if it is one.
    pub fn member(&self) -> Option<&Member> {
        match &self.kind {
            NodeKind::Member(member) => Some(member),
            _ => None,
        }
    }

    /// The worker of a cluster in it, if it is one.
    pub fn holder(&self) -> Option<&cluster::Worker> {
        match &self.kind {
            NodeKind::Holder(worker) => Some(worker),
            _ => None,
        }
    }

    /// The balancer of a cluster in it, if it is one.
    pub fn gateway(&self) -> Option<&cluster::Gateway> {
        match &self.kind {
            NodeKind::Gateway(gateway) => Some(gateway),
            _ => None,
        }
    }

    /// The term or epoch in which it leads a manager ensemble, if it holds itself to be its leader.
    pub fn leads(&self) -> Option<u32> {
        self.member().and_then(Member::leads)
    }

    /// The worker in it, if it is one.
    pub fn worker(&self) -> Option<&Worker> {
        match &self.kind {
            NodeKind::Worker(worker) => Some(worker),
            _ => None,
        }
    }

    /// The log in its memory, if it holds the clients' data.
    pub fn log(&self) -> Option<LogRef<'_>> {
        match &self.kind {
            NodeKind::Data(node) => Some(LogRef::Data(node.log())),
            NodeKind::Member(member) if member.config().cluster().is_none() => Some(member.log()),
            NodeKind::Holder(worker) => worker.node(0).map(|node| LogRef::Data(node.log())),
            _ => None,
        }
    }

    /// The balancer in it, if it is one.
    pub fn balancer(&self) -> Option<&Balancer> {
        match &self.kind {
            NodeKind::Balancer(balancer) => Some(balancer),
            _ => None,
        }
    }

    /// Its epoch, if it holds itself to be master of the clients' data (of their first shard), or to be the leader of the
    /// ensemble that holds them.
    pub fn masters(&self) -> Option<u32> {
        match &self.kind {
            NodeKind::Data(node) => node.as_master().map(|master| master.epoch),
            NodeKind::Holder(worker) => worker.node(0)?.as_master().map(|master| master.epoch),
            NodeKind::Member(member) if member.config().cluster().is_none() => member.leads(),
            _ => None,
        }
    }

    /// Lets a member share the memory of its disk's log, where the two are equal.
    pub fn share(&mut self, disk: &MemberDisk) {
        if let NodeKind::Member(member) = &mut self.kind {
            member.share(disk);
        }
    }

    /// The logs in its memory, so that equal logs can share theirs.
    pub fn logs_mut(&mut self) -> Vec<&mut Log> {
        match &mut self.kind {
            NodeKind::Data(node) => vec![node.log_mut()],
            NodeKind::Holder(worker) => worker.nodes_mut().map(DataNode::log_mut).collect(),
            _ => Vec::new(),
        }
    }

    /// What it is doing, in a word.
    pub fn role(&self) -> Role {
        match &self.kind {
            NodeKind::Data(node) => node.role(),
            NodeKind::Member(member) => member.role(),
            NodeKind::Witness(_) => Role::Witness,
            NodeKind::Proxy(_) => Role::Proxy,
            NodeKind::Dns(_) => Role::Dns,
            NodeKind::Fencer(_) => Role::Fencer,
            NodeKind::Operator(_) => Role::Operator,
            NodeKind::Client(_) => Role::Client,
            NodeKind::Storage(_) => Role::Storage,
            NodeKind::Balancer(_) | NodeKind::Gateway(_) => Role::Balancer,
            NodeKind::Holder(worker) if worker.owns().next().is_some() => Role::Owner,
            NodeKind::Holder(_) | NodeKind::Worker(_) => Role::Worker,
        }
    }

    /// The epoch that it lives in, as far as it knows.
    pub fn epoch(&self) -> u32 {
        match &self.kind {
            NodeKind::Data(node) => node.as_master().map_or(node.voter().epoch, |master| master.epoch),
            NodeKind::Witness(witness) => witness.voter().epoch,
            NodeKind::Proxy(proxy) => proxy.newest_epoch(),
            NodeKind::Dns(dns) => dns.record().1,
            NodeKind::Storage(storage) => storage.reserved(),
            NodeKind::Member(member) => member.term(),
            NodeKind::Holder(worker) => worker.registrar().map().revision(),
            NodeKind::Gateway(gateway) => gateway.registrar().map().revision(),
            NodeKind::Fencer(_)
            | NodeKind::Operator(_)
            | NodeKind::Client(_)
            | NodeKind::Worker(_)
            | NodeKind::Balancer(_) => 0,
        }
    }

    /// The timer that tells what it waits for next.
    pub fn countdown(&self) -> Option<Timer> {
        match &self.kind {
            NodeKind::Data(node) => Some(match node.state() {
                State::Master(_) => Timer::Heartbeat,
                State::Candidate(_) => Timer::Canvass,
                State::Standby if node.voter().suspects && node.voter().master.is_some() => Timer::Canvass,
                State::Standby => Timer::Silence,
                State::Fencing(fencing) if fencing.waiting || fencing.decided.lease_left_us == 0 => Timer::Fence,
                State::Fencing(_) => Timer::LeaseWait,
                State::Promoting(_) => Timer::Recovery,
                State::Restoring(..) => Timer::Restore,
            }),
            NodeKind::Member(member) => Some(member.countdown()),
            NodeKind::Witness(_) => Some(Timer::Silence),
            NodeKind::Operator(_) => Some(Timer::Operator),
            _ => None,
        }
    }
}

/// The log of a machine: in its memory while a process runs, else what is on its disk.
pub fn log_of(machine: &Machine<Ha>) -> LogRef<'_> {
    if let Some(log) = machine.process().and_then(Node::log) {
        return log;
    }
    let disk = machine.disk().image();
    if let Some(member) = &disk.member {
        return member.log();
    }
    LogRef::Data(disk.shards.first().map_or(&disk.log, |shard| &shard.log))
}

/// The node that holds itself to be master in the newest epoch, on a machine that runs or is frozen.
pub fn current_master(world: &World<Ha>) -> Option<MachineId> {
    let masters = world.machines().filter_map(|(id, machine)| Some((machine.process()?.masters()?, id)));
    masters.max().map(|(_, id)| id)
}

/// The living standby with the most advanced log; the most preferred of them if several are equal.
pub fn best_standby(world: &World<Ha>) -> Option<MachineId> {
    let standbys = world.machines().filter_map(|(id, machine)| {
        let node = machine.process()?;
        let end = node.log()?.last();
        node.masters().is_none().then_some((end, std::cmp::Reverse(id)))
    });
    standbys.max().map(|(_, std::cmp::Reverse(id))| id)
}

/// A name as it is spoken of: nodes are A to H, the witness W, proxies P1 and P2, balancers L1 and L2, the
/// shared storage V.
pub fn short_name(part: Part) -> String {
    match part {
        Part::Data(index) => char::from(b'A' + index).to_string(),
        Part::Witness => "W".to_owned(),
        Part::Proxy(index) => format!("P{}", index + 1),
        Part::Dns => "DNS".to_owned(),
        Part::Fencer => "F".to_owned(),
        Part::Operator => "O".to_owned(),
        Part::Client(site) => format!("S{}", site + 1),
        Part::Storage => "V".to_owned(),
        Part::Balancer(index) => format!("L{}", index + 1),
        Part::Member(index) => format!("M{}", index + 1),
    }
}
