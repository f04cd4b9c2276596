//! Which faults are active, and which of them broke the service.

use std::collections::VecDeque;

use super::limits;
use crate::ha::Ha;
use crate::ha::message::Command;
use crate::sim::{Fault, MachineId, Origin, SimTime, Status};

/// A fault that was active in an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaultRef {
    /// When it was done.
    pub at: SimTime,
    /// What was done.
    pub fault: Fault<Ha>,
    /// By whom.
    pub origin: Origin,
}

impl FaultRef {
    /// More load than usual is not a fault of the system.
    pub(super) fn is_load(&self) -> bool {
        matches!(self.fault, Fault::Command(_, Command::Load(_)))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Known {
    is: FaultRef,
    /// It could break the service as it was then.
    hurts: bool,
    over: Option<SimTime>,
}

/// The faults that are active, and those that were until recently.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Faults {
    known: VecDeque<Known>,
}

/// Whether a fault breaks something; otherwise it mends, or asks for something.
fn breaks(fault: &Fault<Ha>) -> bool {
    match *fault {
        Fault::ProcessCrash(_)
        | Fault::MachineCrash(_)
        | Fault::PowerLoss(_)
        | Fault::WipeDisk(_)
        | Fault::Freeze(_)
        | Fault::Cut(..)
        | Fault::ClockJump(..) => true,
        Fault::Slow(_, permille) | Fault::SlowDisk(_, permille) => permille != 1000,
        Fault::DiskFull(_, full) => full,
        Fault::Partition(groups) => groups != 0,
        Fault::Loss(_, _, ppm) => ppm > 0,
        Fault::Delay(_, _, latency_us, jitter_us) => latency_us > 0 || jitter_us > 0,
        Fault::ClockRate(_, ppb) => ppb != 0,
        Fault::Command(_, command) => match command {
            Command::Gray { .. } | Command::BadRelease | Command::SendPoison => true,
            Command::Load(permille) => permille > 1000,
            Command::Promote
            | Command::Switchover(_)
            | Command::Recover
            | Command::Restore
            | Command::Drain(_)
            | Command::Ready(_)
            | Command::Join
            | Command::Leave
            | Command::AddMember(_)
            | Command::RemoveMember(_)
            | Command::AcceptLoss(_) => false,
        },
        Fault::Restart(_) | Fault::Thaw(_) | Fault::Mend(..) | Fault::Heal => false,
    }
}

/// Whether `new` ends `old`: by undoing it, or by taking its place.
fn ends(new: &Fault<Ha>, old: &Fault<Ha>) -> bool {
    let same_pair = |a: MachineId, b: MachineId, c: MachineId, d: MachineId| (a, b) == (c, d) || (a, b) == (d, c);
    match (*old, *new) {
        (Fault::Slow(m, _), Fault::Slow(n, _))
        | (Fault::SlowDisk(m, _), Fault::SlowDisk(n, _))
        | (Fault::DiskFull(m, _), Fault::DiskFull(n, _))
        | (Fault::ClockRate(m, _), Fault::ClockRate(n, _))
        | (Fault::Command(m, Command::Load(_)), Fault::Command(n, Command::Load(_)))
        | (
            Fault::Command(m, Command::Gray { .. } | Command::BadRelease),
            Fault::Command(n, Command::Recover | Command::Gray { .. } | Command::BadRelease),
        ) => m == n,
        (Fault::Cut(a, b), Fault::Mend(c, d) | Fault::Cut(c, d)) => (a, b) == (c, d),
        (Fault::Loss(a, b, _), Fault::Loss(c, d, _)) | (Fault::Delay(a, b, ..), Fault::Delay(c, d, ..)) => {
            same_pair(a, b, c, d)
        }
        (Fault::Cut(..), Fault::Heal)
        | (Fault::Partition(_), Fault::Heal | Fault::Partition(_))
        | (Fault::Command(_, Command::SendPoison), Fault::Command(_, Command::Restore)) => true,
        _ => false,
    }
}

/// Whether it is over as soon as the machine goes on (a thaw) or is started anew, which also cures what was wrong
/// with its process; but not a bad release, which is on its disk.
fn ends_with_a_start(fault: &Fault<Ha>, machine: MachineId, thaw: bool) -> bool {
    match *fault {
        Fault::Freeze(m) => m == machine,
        Fault::ProcessCrash(m)
        | Fault::MachineCrash(m)
        | Fault::PowerLoss(m)
        | Fault::WipeDisk(m)
        | Fault::Command(m, Command::Gray { .. } | Command::Load(_)) => m == machine && !thaw,
        _ => false,
    }
}

impl Faults {
    /// A fault, or its undoing, is done, to a machine that had `status` if it is done to one. `hurts`: it can
    /// break the service as it is now.
    pub(super) fn done(&mut self, is: FaultRef, status: Option<Status>, hurts: bool) {
        let FaultRef { at, fault, origin } = is;
        for known in &mut self.known {
            if known.over.is_none() && ends(&fault, &known.is.fault) {
                known.over = Some(at);
            }
        }
        let idle = match fault {
            Fault::Freeze(_) => status != Some(Status::Up),
            // A bad release waits on the disk of a node that is down.
            Fault::Command(_, Command::BadRelease) => false,
            Fault::ProcessCrash(_) | Fault::Command(..) => !status.is_some_and(Status::has_process),
            Fault::MachineCrash(_) | Fault::PowerLoss(_) => status == Some(Status::Down),
            _ => false,
        };
        if origin == Origin::Process || idle || !breaks(&fault) {
            return;
        }
        self.forget(at);
        self.known.push_back(Known { is, hurts, over: None });
    }

    /// A machine runs: it was started, or it was frozen and goes on.
    pub(super) fn machine_up(&mut self, at: SimTime, machine: MachineId, thaw: bool) {
        for known in &mut self.known {
            if known.over.is_none() && ends_with_a_start(&known.is.fault, machine, thaw) {
                known.over = Some(at);
            }
        }
    }

    /// Forgets what is long over, and what is too much.
    fn forget(&mut self, now: SimTime) {
        let jump = |fault: &Fault<Ha>| matches!(fault, Fault::ClockJump(..));
        self.known.retain(|known| {
            let over = known.over.or(jump(&known.is.fault).then_some(known.is.at));
            over.is_none_or(|over| now.since(over) <= limits::CAUSE_WINDOW_US)
        });
        if self.known.len() == limits::FAULTS {
            let oldest_over = self.known.iter().position(|known| known.over.is_some()).unwrap_or(0);
            self.known.remove(oldest_over);
        }
    }

    /// The fault that came just in time to break the service, whose last good canary was issued at `last_good`
    /// and whose first failed one was issued at `issued` and completed at `completed`.
    ///
    /// The latest one between the two issues, one that can hurt before one that cannot. Failing that, the first
    /// that can hurt while the failed canary was under way.
    pub(super) fn fresh(&self, last_good: SimTime, issued: SimTime, completed: SimTime) -> Option<FaultRef> {
        let between = || self.known.iter().filter(|known| last_good < known.is.at && known.is.at <= issued);
        let under_way = || self.known.iter().filter(|known| issued < known.is.at && known.is.at <= completed);
        let found = between()
            .rfind(|known| known.hurts)
            .or_else(|| between().next_back())
            .or_else(|| under_way().find(|known| known.hurts));
        found.map(|known| known.is)
    }

    /// The latest fault that was active at `at`, or was so until shortly before.
    pub(super) fn standing(&self, at: SimTime) -> Option<FaultRef> {
        let before = || self.known.iter().filter(|known| known.is.at <= at);
        let is_active = |known: &&Known| known.over.is_none_or(|over| over > at) && !known.is.is_load();
        let was_active = |known: &&Known| {
            known.over.is_some_and(|over| at.since(over) <= limits::CAUSE_WINDOW_US) && !known.is.is_load()
        };
        let lasts = |known: &&Known| {
            !matches!(known.is.fault, Fault::ClockJump(..)) || at.since(known.is.at) <= limits::CAUSE_WINDOW_US
        };
        before().filter(lasts).rfind(is_active).or_else(|| before().rfind(was_active)).map(|known| known.is)
    }

    /// The rise in load that was in force at `at`.
    pub(super) fn load(&self, at: SimTime) -> Option<FaultRef> {
        let loaded =
            |known: &&Known| known.is.is_load() && known.is.at <= at && known.over.is_none_or(|over| over > at);
        self.known.iter().rfind(loaded).map(|known| known.is)
    }

    /// All that were active at some time since `from`.
    pub(super) fn active_since(&self, from: SimTime) -> impl Iterator<Item = FaultRef> {
        self.known.iter().filter(move |known| known.over.is_none_or(|over| over >= from)).map(|known| known.is)
    }

    /// The newest one.
    pub(super) fn newest(&self) -> Option<FaultRef> {
        self.known.back().map(|known| known.is)
    }

    /// Whether a cut, in either direction, or a partition parts two machines.
    pub(super) fn parts(&self, a: MachineId, b: MachineId) -> bool {
        let group = |groups: u64, m: MachineId| groups >> (2 * m.index()) & 3;
        self.known.iter().filter(|known| known.over.is_none()).any(|known| match known.is.fault {
            Fault::Cut(c, d) => (a, b) == (c, d) || (a, b) == (d, c),
            Fault::Partition(groups) => group(groups, a) != group(groups, b),
            _ => false,
        })
    }

    /// Whether nothing stands between two machines, nor ails `b`: silence of `b` is then nobody's fault.
    pub(super) fn is_well(&self, a: MachineId, b: MachineId) -> bool {
        let group = |groups: u64, m: MachineId| groups >> (2 * m.index()) & 3;
        let is_pair = |c: MachineId, d: MachineId| (a, b) == (c, d) || (a, b) == (d, c);
        !self.known.iter().filter(|known| known.over.is_none()).any(|known| match known.is.fault {
            Fault::Cut(c, d) | Fault::Loss(c, d, _) | Fault::Delay(c, d, ..) => is_pair(c, d),
            Fault::Partition(groups) => group(groups, a) != group(groups, b),
            Fault::ClockJump(m, _) | Fault::ClockRate(m, _) => m == a || m == b,
            fault => fault.machine() == Some(b),
        })
    }
}
