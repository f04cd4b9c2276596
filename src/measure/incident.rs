//! One outage of the service: its cause, and the phases into which it falls.

use super::faults::FaultRef;
use super::promotions::Promotion;
use crate::sim::{MachineId, Micros, SimTime};

/// What an outage came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// Something broke.
    Fault,
    /// A change of master that somebody asked for.
    Planned,
    /// More load than the system can carry.
    Overload,
    /// A master that was well was taken for dead and replaced.
    FalseAlarm,
    /// Nothing that the trace tells.
    Unknown,
}

/// The parts of an outage, in order; together they are exactly the outage.
///
/// A part is 0 when its milestone is missing or came before the one ahead of it. Attempts that failed count in
/// `decide_us`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Phases {
    /// Until the later master suspected the old one.
    pub detect_us: Micros,
    /// Until it was decided that it takes over.
    pub decide_us: Micros,
    /// Until the old master could not write any more.
    pub fence_us: Micros,
    /// Until it had replayed its log and was master.
    pub promote_us: Micros,
    /// Until the clients were sent to it.
    pub redirect_us: Micros,
    /// Until they got answers again.
    pub resume_us: Micros,
    /// What no promotion explains: the time until what was broken was mended.
    pub repair_us: Micros,
}

impl Phases {
    /// The whole outage.
    pub fn sum_us(&self) -> Micros {
        self.detect_us
            + self.decide_us
            + self.fence_us
            + self.promote_us
            + self.redirect_us
            + self.resume_us
            + self.repair_us
    }

    /// Takes an outage apart.
    ///
    /// - A standby was promoted: its milestones.
    /// - The master itself became master anew: until it ran again is repair, then its milestones. If it never
    ///   stopped running, nor asked anybody (it restored a backup), until it was master again is repair.
    /// - Nobody became master: detection if anybody noticed, then repair.
    pub(super) fn of(
        started: SimTime,
        ended: SimTime,
        promotion: Option<&Promotion>,
        noticed: Option<SimTime>,
    ) -> Self {
        let mut reached = started;
        let mut until = |milestone: Option<SimTime>| {
            let next = milestone.map_or(reached, |at| at.clamp(reached, ended));
            let passed = next.since(reached);
            reached = next;
            passed
        };
        let Some(promotion) = promotion else {
            return Self { detect_us: until(noticed), repair_us: until(Some(ended)), ..Self::default() };
        };
        let repair_us = if promotion.from == Some(promotion.to) {
            let alone = promotion.decided.is_none().then_some(promotion.at);
            until(promotion.up.filter(|up| *up >= started).or(alone))
        } else {
            0
        };
        Self {
            repair_us,
            detect_us: until(promotion.suspected),
            decide_us: until(promotion.decided),
            fence_us: until(promotion.fenced),
            promote_us: until(Some(promotion.at)),
            redirect_us: until(promotion.routed),
            resume_us: until(Some(ended)),
        }
    }
}

/// One outage of the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    /// Which shard was down; 0 where there is one.
    pub shard: u8,
    /// Where it came from.
    pub cause: Cause,
    /// The faults that were active in it, at most [`limits::INCIDENT_FAULTS`](super::limits::INCIDENT_FAULTS).
    pub faults: Vec<FaultRef>,
    /// When the fault that broke the service was done.
    pub fault_at: Option<SimTime>,
    /// Issue of the first failed canary, but not before the fault that broke the service.
    pub started: SimTime,
    /// Completion of the canary that ended it.
    pub ended: Option<SimTime>,
    /// Who became master and so ended it, in which epoch.
    pub promoted: Option<(MachineId, u32)>,
    /// Its parts; all 0 while it is open.
    pub phases: Phases,
    /// When it was first noticed by a node of the system, if it was.
    pub noticed: Option<SimTime>,
}

impl Incident {
    /// How long it lasted, or has lasted until `now`.
    pub fn outage_us(&self, now: SimTime) -> Micros {
        self.ended.unwrap_or(now).since(self.started)
    }

    /// How long after the fault the clients noticed.
    pub fn notice_us(&self) -> Option<Micros> {
        self.fault_at.map(|at| self.started.since(at))
    }

    /// Whether it still lasts.
    pub fn open(&self) -> bool {
        self.ended.is_none()
    }
}
