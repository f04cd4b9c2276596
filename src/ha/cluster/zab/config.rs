//! The ensemble and its time limits. Names in brackets are ZooKeeper's.

use crate::sim::{MachineId, Micros};

/// A set of machines, such as the members of an ensemble or those who have acknowledged something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Members(u32);

impl Members {
    /// These machines.
    pub fn of(machines: impl IntoIterator<Item = MachineId>) -> Self {
        let mut set = Self::default();
        for machine in machines {
            set.insert(machine);
        }
        set
    }

    /// Takes a machine in.
    pub const fn insert(&mut self, machine: MachineId) {
        self.0 |= 1 << machine.number();
    }

    /// Whether a machine is in it.
    pub const fn contains(self, machine: MachineId) -> bool {
        self.0 >> machine.number() & 1 == 1
    }

    /// How many they are.
    pub const fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// Whether nobody is in it.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Lowest first.
    pub fn iter(self) -> impl Iterator<Item = MachineId> {
        (0..u32::BITS as usize).filter(move |index| self.0 >> index & 1 == 1).map(MachineId::from_index)
    }
}

/// What every member knows from the start and never changes: membership is fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Config {
    /// The voters; the id of a machine is its rank among equals (`myid`).
    pub members: Members,
    /// The unit of the limits (`tickTime`).
    pub tick_us: Micros,
    /// Ticks that each stage of discovery and synchronisation may take (`initLimit`).
    pub init_limit: u32,
    /// Ticks that leader and follower may be silent to each other (`syncLimit`).
    pub sync_limit: u32,
    /// How long a vote with a quorum waits for a better one (`finalizeWait`).
    pub finalize_wait_us: Micros,
    /// First pause before notifications are sent again; it doubles (`minNotificationInterval`).
    pub notify_first_us: Micros,
    /// Longest such pause (`maxNotificationInterval`).
    pub notify_max_us: Micros,
    /// How often a follower tries to connect to a leader that does not lead yet.
    pub connect_tries: u8,
    /// Pause between two tries (`leaderConnectDelayDuringRetryMs`).
    pub connect_retry_us: Micros,
    /// How long the supervisor takes to start a member again that gave up because of its disk.
    pub restart_us: Micros,
    /// Delivered transactions between two snapshots (`snapCount`).
    pub snapshot_every: u32,
    /// Transactions that are kept behind a snapshot, so that members a little behind need none of it
    /// (`commitLogCount`).
    pub log_tail: u32,
    /// The last counter of an epoch; behind it the leader steps down, for a new epoch (ZOOKEEPER-1277).
    pub last_counter: u32,
}

impl Config {
    /// ZooKeeper's own defaults, and `initLimit` 10 and `syncLimit` 5 from its sample configuration.
    pub fn zookeeper(members: Members) -> Self {
        Self {
            members,
            tick_us: 2_000_000,
            init_limit: 10,
            sync_limit: 5,
            finalize_wait_us: 200_000,
            notify_first_us: 200_000,
            notify_max_us: 60_000_000,
            connect_tries: 5,
            connect_retry_us: 100_000,
            restart_us: 5_000_000,
            snapshot_every: 1_000,
            log_tail: 500,
            last_counter: u32::MAX,
        }
    }

    /// How many members make a majority.
    pub const fn quorum(&self) -> u32 {
        self.members.len() / 2 + 1
    }

    /// Whether these are a majority.
    pub const fn is_quorum(&self, set: Members) -> bool {
        set.len() >= self.quorum()
    }

    /// The members other than `me`.
    pub fn others(&self, me: MachineId) -> impl Iterator<Item = MachineId> {
        self.members.iter().filter(move |peer| *peer != me)
    }

    /// Time for one stage of discovery and synchronisation.
    pub const fn init_us(&self) -> Micros {
        self.tick_us.saturating_mul(self.init_limit as u64)
    }

    /// Silence after which a connection is given up.
    pub const fn sync_us(&self) -> Micros {
        self.tick_us.saturating_mul(self.sync_limit as u64)
    }
}
