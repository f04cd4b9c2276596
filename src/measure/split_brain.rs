//! Split brain: two nodes are *able to acknowledge* conflicting writes at one instant.
//!
//! A node is able when it runs, is master in its own eyes, takes writes, and as many standbys follow it as its
//! replication waits for; where all share one storage, when that runs, can be reached, and does not refuse it. Two nodes
//! that merely believe to be master are a *dual master*, no more.

use super::capped::Capped;
use super::limits;
use crate::ha::Config;
use crate::ha::cluster::registry::Registry;
use crate::ha::config::{Fallback, ReplicationMode};
use crate::ha::limits::{SEATS, SHARDS};
use crate::ha::message::InSync;
use crate::sim::{MachineId, Micros, SimTime, Status};

/// Two nodes that were able to acknowledge conflicting writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SplitBrain {
    /// Of which shard; 0 where there is one.
    pub shard: u8,
    /// Since when.
    pub from: SimTime,
    /// Until when; none while it lasts.
    pub until: Option<SimTime>,
    /// Which nodes, the one of the older epoch first.
    pub nodes: [MachineId; 2],
    /// In which epochs.
    pub epochs: [u32; 2],
}

/// The split brains of all shards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SplitBrains {
    list: Capped<SplitBrain>,
    /// Those that last, of each shard.
    open: [Option<SplitBrain>; SHARDS as usize],
    count: u32,
    closed_us: Micros,
}

impl SplitBrains {
    pub(super) fn new() -> Self {
        Self { list: Capped::new(limits::SPLIT_BRAINS), open: [None; SHARDS as usize], count: 0, closed_us: 0 }
    }

    /// A shard has this split brain now, or none.
    pub(super) fn follow(&mut self, at: SimTime, shard: u8, now: Option<SplitBrain>) {
        let before = std::mem::replace(&mut self.open[usize::from(shard)], now);
        if before == now {
            return;
        }
        if let Some(open) = before {
            self.close(at, open);
        }
        if let Some(begun) = now {
            self.list.push(begun);
            self.count += 1;
        }
    }

    /// It is over. One that lasted no time was only the order of events within an instant.
    fn close(&mut self, at: SimTime, open: SplitBrain) {
        let place = self.list.iter().rposition(|split| *split == open);
        if open.from == at {
            self.count -= 1;
            place.map(|place| self.list.remove(place));
        } else {
            self.closed_us += at.since(open.from);
            if let Some(place) = place {
                self.list.items_mut()[place].until = Some(at);
            }
        }
    }

    pub(super) fn list(&self) -> &[SplitBrain] {
        &self.list
    }

    pub(super) fn count(&self) -> u32 {
        self.count
    }

    pub(super) fn split_us(&self, now: SimTime) -> Micros {
        self.closed_us + self.open.iter().flatten().map(|open| now.since(open.from)).sum::<Micros>()
    }
}

/// A node's time as master, in its own eyes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Reign {
    epoch: u32,
    takes_writes: bool,
    /// It goes on without standbys.
    degraded: bool,
    /// It has woken up, and whether its lease still holds will be seen by what it does.
    unproven: bool,
}

/// What the ledger knows of a data node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Seat {
    running: bool,
    reign: Option<Reign>,
    /// Whom it followed last, in which epoch.
    followed: Option<(MachineId, u32)>,
    /// It still takes what that master sends.
    follows: bool,
    /// Whose log it has: the last master that it followed or was.
    log_of: Option<MachineId>,
    in_sync: Option<InSync>,
}

/// What the ledger knows of the storage that all data nodes share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Volume {
    running: bool,
    /// The newest epoch for which it was reserved.
    reserved: u32,
    /// Bit *i*: data node *i* cannot reach it.
    cut_off: u8,
}

/// Who holds a shard at the start (bit *i*: data node *i*): the manager lays out a cluster's.
fn first_holders(config: &Config, shard: u8) -> u8 {
    match config.cluster() {
        Some(_) => Registry::cold(config).shards()[usize::from(shard)].holders,
        None => ((1_u16 << config.layout.data.len()) - 1) as u8,
    }
}

/// Who is master in whose eyes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seats {
    shard: u8,
    data: Vec<MachineId>,
    mode: ReplicationMode,
    degrades: bool,
    leased: bool,
    /// Who has promised a newer epoch refuses masters of older ones.
    epochs: bool,
    all: [Seat; SEATS],
    /// The shared storage, if there is one.
    volume: Option<Volume>,
    /// The newest in-sync set that any master has had recorded.
    in_sync: InSync,
    /// The split brain that lasts.
    open: Option<SplitBrain>,
}

impl Seats {
    pub(super) fn new(config: &Config, shard: u8) -> Self {
        let data = config.layout.data.clone();
        let all = first_holders(config, shard);
        let claim = config.cluster().is_some_and(|cluster| cluster.claim.checked);
        Self {
            shard,
            data,
            mode: config.nodes.replication.mode,
            degrades: matches!(config.nodes.replication.fallback, Fallback::Degrade { .. }),
            leased: config.nodes.fencing.lease.is_some() || claim,
            epochs: config.nodes.fencing.epochs,
            all: [Seat::default(); SEATS],
            volume: config.layout.storage.map(|_| Volume::default()),
            in_sync: InSync { epoch: 0, version: 0, members: all },
            open: None,
        }
    }

    pub(super) fn status(&mut self, at: SimTime, node: usize, status: Status) {
        let seat = &mut self.all[node];
        seat.running = status == Status::Up;
        if let (Status::Frozen, Some(reign), true) = (status, &mut seat.reign, self.leased) {
            reign.unproven = true;
        }
        if !status.has_process() {
            seat.reign = None;
            seat.follows = false;
        }
        self.look(at);
    }

    pub(super) fn storage_status(&mut self, at: SimTime, status: Status) {
        if let Some(volume) = &mut self.volume {
            volume.running = status == Status::Up;
        }
        self.look(at);
    }

    /// The shared storage refuses older epochs from now on.
    pub(super) fn reserved(&mut self, at: SimTime, epoch: u32) {
        if let Some(volume) = &mut self.volume {
            volume.reserved = volume.reserved.max(epoch);
        }
        self.look(at);
    }

    /// These data nodes (bits) cannot reach the shared storage.
    pub(super) fn cut_off(&mut self, at: SimTime, nodes: u8) {
        if let Some(volume) = &mut self.volume {
            volume.cut_off = nodes;
        }
        self.look(at);
    }

    /// It sends a heartbeat or acknowledges: its lease holds, in its own eyes.
    pub(super) fn acts_as_master(&mut self, at: SimTime, node: usize) {
        if let Some(reign) = &mut self.all[node].reign
            && std::mem::take(&mut reign.unproven)
        {
            self.look(at);
        }
    }

    pub(super) fn became_master(&mut self, at: SimTime, node: usize, epoch: u32) {
        let seat = &mut self.all[node];
        seat.reign = Some(Reign { epoch, takes_writes: true, degraded: false, unproven: false });
        seat.follows = false;
        seat.log_of = Some(self.data[node]);
        self.look(at);
    }

    pub(super) fn stepped_down(&mut self, at: SimTime, node: usize) {
        self.all[node].reign = None;
        self.look(at);
    }

    /// The master stops taking writes for a while (a switchover), or goes on with it.
    pub(super) fn takes_writes(&mut self, at: SimTime, node: usize, takes: bool) {
        if let Some(reign) = &mut self.all[node].reign {
            reign.takes_writes = takes;
        }
        self.look(at);
    }

    pub(super) fn degraded(&mut self, at: SimTime, node: usize, on: bool) {
        if let Some(reign) = &mut self.all[node].reign {
            reign.degraded = on;
        }
        self.look(at);
    }

    pub(super) fn in_sync(&mut self, at: SimTime, node: usize, set: InSync) {
        self.all[node].in_sync = Some(set);
        self.in_sync = self.in_sync.max(set);
        self.look(at);
    }

    pub(super) fn follows(&mut self, at: SimTime, node: usize, master: MachineId, epoch: u32) {
        let seat = &mut self.all[node];
        seat.followed = Some((master, epoch));
        seat.follows = true;
        seat.log_of = Some(master);
        seat.reign = None;
        self.look(at);
    }

    /// It hears its master again. Where epochs count it hears only one that it has not turned away from.
    pub(super) fn trusts(&mut self, at: SimTime, node: usize, master: MachineId) {
        let seat = &mut self.all[node];
        seat.follows |= seat.reign.is_none() && seat.followed.is_some_and(|(followed, _)| followed == master);
        self.look(at);
    }

    /// It promised an epoch, to a candidate or to itself: where epochs count, it takes nothing more from masters
    /// of older ones.
    pub(super) fn promised(&mut self, at: SimTime, node: usize, epoch: u32) {
        let seat = &mut self.all[node];
        if self.epochs && seat.followed.is_some_and(|(_, followed)| followed < epoch) {
            seat.follows = false;
        }
        self.look(at);
    }

    /// It is to be master itself, or gets a backup back: it takes nothing from anybody.
    pub(super) fn turns_away(&mut self, at: SimTime, node: usize) {
        self.all[node].follows = false;
        self.look(at);
    }

    pub(super) fn is_master(&self, node: usize) -> bool {
        self.all[node].reign.is_some()
    }

    /// For whom a node answers clients: itself if it is master, else the leader that it follows, which has committed
    /// what it acknowledges.
    pub(super) fn serves_for(&self, node: usize) -> MachineId {
        let seat = &self.all[node];
        let leader = seat.followed.filter(|_| seat.reign.is_none() && seat.follows).map(|(leader, _)| leader);
        leader.unwrap_or(self.data[node])
    }

    /// The last master whose log a node has had.
    pub(super) fn log_of(&self, node: usize) -> Option<MachineId> {
        self.all[node].log_of
    }

    /// Whether this many, or these, standbys follow as its replication needs, or the shared storage takes its writes.
    fn has_enough(&self, node: usize, reign: Reign) -> bool {
        if let Some(volume) = self.volume {
            let refused = self.epochs && volume.reserved > reign.epoch;
            return volume.running && !refused && volume.cut_off >> node & 1 == 0;
        }
        let follows = |other: &usize| {
            let seat = &self.all[*other];
            seat.running && seat.follows && seat.followed == Some((self.data[node], reign.epoch))
        };
        let others = || (0..self.data.len()).filter(|other| *other != node);
        match self.mode {
            _ if reign.degraded => true,
            ReplicationMode::Async => true,
            ReplicationMode::SemiSync(needed) => others().filter(follows).count() >= usize::from(needed),
            ReplicationMode::Sync => {
                let own = self.all[node].in_sync.filter(|set| set.epoch == reign.epoch);
                let set = own.unwrap_or(self.in_sync);
                let mut members = others().filter(|other| set.has(*other)).peekable();
                if members.peek().is_none() { self.degrades } else { members.all(|other| follows(&other)) }
            }
        }
    }

    /// Nodes that are able to acknowledge writes, with their epochs.
    fn able(&self) -> impl Iterator<Item = (u32, usize)> {
        (0..self.data.len()).filter_map(|node| {
            let seat = self.all[node];
            let reign = seat.reign.filter(|reign| reign.takes_writes && !reign.unproven && seat.running)?;
            self.has_enough(node, reign).then_some((reign.epoch, node))
        })
    }

    /// The two able nodes of the newest epochs, the older one first.
    fn pair(&self) -> Option<[(u32, usize); 2]> {
        let mut able: Vec<_> = self.able().collect();
        able.sort_unstable();
        able.last_chunk().copied()
    }

    fn look(&mut self, at: SimTime) {
        let believers = self.all.iter().filter(|seat| seat.reign.is_some()).count();
        if believers < 2 && self.open.is_none() {
            return;
        }
        let pair = self.pair();
        let nodes = pair.map(|pair| pair.map(|(_, node)| self.data[node]));
        let epochs = pair.map(|pair| pair.map(|(epoch, _)| epoch));
        if self.open.is_some_and(|open| Some(open.nodes) == nodes && Some(open.epochs) == epochs) {
            return;
        }
        let shard = self.shard;
        self.open = nodes.zip(epochs).map(|(nodes, epochs)| SplitBrain { shard, from: at, until: None, nodes, epochs });
    }

    /// The split brain that lasts, if one does.
    pub(super) fn open(&self) -> Option<SplitBrain> {
        self.open
    }

    /// Whether two running nodes believe to be master.
    pub(super) fn is_dual(&self) -> bool {
        self.all.iter().filter(|seat| seat.running && seat.reign.is_some()).count() >= 2
    }
}
