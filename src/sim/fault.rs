//! What can be done to a world from outside.

use serde::Serialize;

use super::system::{System, Words};
use super::time::Micros;
use super::world::MachineId;

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The user, by hand.
    Hand,
    /// The scenario's schedule.
    Schedule,
    /// A random failure or repair.
    Random,
    /// A process of the system, such as a fencing device.
    Process,
}

/// A fault, or its undoing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault<S: System> {
    /// The process dies; the operating system closes its connections at once and finishes its writes.
    ProcessCrash(MachineId),
    /// The machine dies silently; writes not yet at the device are lost.
    MachineCrash(MachineId),
    /// The machine loses power: silent, and every unsynced write is lost.
    PowerLoss(MachineId),
    /// The machine boots, or the process is started again.
    Restart(MachineId),
    /// The disk is lost with all that was on it, and the machine goes down.
    WipeDisk(MachineId),
    /// The machine stops in mid-step and keeps everything, also what it believes.
    Freeze(MachineId),
    /// The frozen machine goes on.
    Thaw(MachineId),
    /// Steps take this many thousandths of their time; 1000 is normal.
    Slow(MachineId, u32),
    /// Syncs take this many thousandths of their time; 1000 is normal.
    SlowDisk(MachineId, u32),
    /// Writes fail (true) or work again (false).
    DiskFull(MachineId, bool),
    /// Nothing passes from the first to the second machine.
    Cut(MachineId, MachineId),
    /// Passes again, from the first to the second.
    Mend(MachineId, MachineId),
    /// Machines of different groups cannot hear each other. Two bits a machine: up to four groups.
    Partition(u64),
    /// Every cut and every partition is over.
    Heal,
    /// Lose this many datagrams in a million between the two, both ways.
    Loss(MachineId, MachineId, u32),
    /// This much more latency and jitter between the two, both ways.
    Delay(MachineId, MachineId, u32, u32),
    /// The local clock jumps.
    ClockJump(MachineId, i64),
    /// The local clock runs fast (positive) or slow by so many parts in a billion.
    ClockRate(MachineId, i64),
    /// Something is asked of, or done to, the process itself.
    Command(MachineId, S::Command),
}

impl<S: System> Fault<S> {
    /// The machine it is done to, if it is one.
    pub fn machine(&self) -> Option<MachineId> {
        match *self {
            Self::ProcessCrash(m)
            | Self::MachineCrash(m)
            | Self::PowerLoss(m)
            | Self::Restart(m)
            | Self::WipeDisk(m)
            | Self::Freeze(m)
            | Self::Thaw(m)
            | Self::Slow(m, _)
            | Self::SlowDisk(m, _)
            | Self::DiskFull(m, _)
            | Self::ClockJump(m, _)
            | Self::ClockRate(m, _)
            | Self::Command(m, _) => Some(m),
            Self::Cut(..) | Self::Mend(..) | Self::Partition(_) | Self::Heal | Self::Loss(..) | Self::Delay(..) => None,
        }
    }

    /// The two-bit groups of [`Fault::Partition`] from a function that tells each machine's group (0 to 3).
    pub fn partition(machines: usize, group: impl Fn(MachineId) -> u8) -> Self {
        let groups = (0..machines).fold(0_u64, |bits, index| {
            let group = group(MachineId::from_index(index));
            assert!(group < 4, "a partition has at most four groups");
            bits | u64::from(group) << (2 * index)
        });
        Self::Partition(groups)
    }
}

impl<S: System> Words for Fault<S> {
    fn words(&self, sink: &mut impl FnMut(u64)) {
        let pair = |a: MachineId, b: MachineId| u64::from(a.number()) << 8 | u64::from(b.number());
        let one = |a: MachineId| u64::from(a.number());
        let (tag, who, what): (u64, u64, u64) = match *self {
            Self::ProcessCrash(m) => (1, one(m), 0),
            Self::MachineCrash(m) => (2, one(m), 0),
            Self::PowerLoss(m) => (3, one(m), 0),
            Self::Restart(m) => (4, one(m), 0),
            Self::WipeDisk(m) => (5, one(m), 0),
            Self::Freeze(m) => (6, one(m), 0),
            Self::Thaw(m) => (7, one(m), 0),
            Self::Slow(m, permille) => (8, one(m), permille.into()),
            Self::SlowDisk(m, permille) => (9, one(m), permille.into()),
            Self::DiskFull(m, full) => (10, one(m), full.into()),
            Self::Cut(a, b) => (11, pair(a, b), 0),
            Self::Mend(a, b) => (12, pair(a, b), 0),
            Self::Partition(groups) => (13, 0, groups),
            Self::Heal => (14, 0, 0),
            Self::Loss(a, b, ppm) => (15, pair(a, b), ppm.into()),
            Self::Delay(a, b, latency, jitter) => (16, pair(a, b), Micros::from(latency) << 32 | Micros::from(jitter)),
            Self::ClockJump(m, by) => (17, one(m), by.cast_unsigned()),
            Self::ClockRate(m, ppb) => (18, one(m), ppb.cast_unsigned()),
            Self::Command(m, command) => {
                sink(19 << 32 | one(m));
                return command.words(sink);
            }
        };
        sink(tag << 32 | who);
        sink(what);
    }
}
