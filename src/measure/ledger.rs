//! The ledger: takes every event of the trace to the account that it belongs to.

mod notes;
mod outages;

use std::rc::Rc;

use super::budget::Budget;
use super::capped::Capped;
use super::faults::Faults;
use super::figures::{Availability, Figures, Reads, Share, Writes, mean};
use super::history::History;
use super::incident::Incident;
use super::limits;
use super::nodes::NodeTally;
use super::promotions::Promotions;
use super::service::{Opening, READS, Service, Sites, Stretch, WRITES};
use super::split_brain::{Seats, SplitBrain};
use crate::ha::config::ReplicationMode;
use crate::ha::message::Kind;
use crate::ha::{Config, Ha, Part};
use crate::sim::{Event, MachineId, Micros, SimTime, Sink, Status};

/// Another node became master.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failover {
    /// When.
    pub at: SimTime,
    /// In which epoch.
    pub epoch: u32,
    /// The master before it.
    pub from: Option<MachineId>,
    /// The new master.
    pub to: MachineId,
    /// It was asked for: a switchover or a failback.
    pub planned: bool,
    /// Index of the incident that it belongs to; none if no client noticed.
    pub outage: Option<usize>,
    /// Acknowledged writes that were lost by it.
    pub lost: u64,
}

/// Sums over the outages that are over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Closed {
    outages: u64,
    outage_us: Micros,
    longest_us: Micros,
    detected: u64,
    detect_us: Micros,
    last_end: SimTime,
}

/// Keeps account of a run. Fed by the trace and by nothing else; cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ledger {
    parts: Rc<[Part]>,
    mode: ReplicationMode,
    /// Whether there is a probe.
    probes: bool,
    /// Which canaries decide whether the service is down.
    lead: usize,
    now: SimTime,
    statuses: Vec<Option<Status>>,
    nodes: Vec<NodeTally>,
    faults: Faults,
    sites: Sites,
    promotions: Promotions,
    seats: Seats,
    history: History,
    incidents: Capped<Rc<Incident>>,
    /// How the open incident began.
    opening: Option<Opening>,
    closed: Closed,
    failovers: Capped<Failover>,
    failover_count: u32,
    writes: Writes,
    reads: Reads,
    /// Writes lost by the newest promotion, and by the worst before it.
    lost_now: u64,
    worst_loss: u64,
}

impl Ledger {
    /// The ledger of a run that has not begun.
    pub fn new(config: &Config) -> Self {
        let parts: Rc<[Part]> = config.layout.parts().into_iter().map(|(_, part)| part).collect();
        let lead = if config.clients.read_permille >= 1000 { READS } else { WRITES };
        Self {
            mode: config.nodes.replication.mode,
            probes: config.clients.canary_us > 0 && !config.layout.clients.is_empty(),
            lead,
            now: SimTime::ZERO,
            statuses: vec![None; parts.len()],
            nodes: vec![NodeTally::default(); parts.len()],
            faults: Faults::default(),
            sites: Sites::new(config.layout.clients.len(), lead),
            promotions: Promotions::default(),
            seats: Seats::new(config),
            history: History::default(),
            incidents: Capped::new(limits::INCIDENTS),
            opening: None,
            closed: Closed::default(),
            failovers: Capped::new(limits::FAILOVERS),
            failover_count: 0,
            writes: Writes::default(),
            reads: Reads::default(),
            lost_now: 0,
            worst_loss: 0,
            parts,
        }
    }

    // ---- what it tells -----------------------------------------------------------------------------

    /// Every outage of the service, oldest first; the last one may be open.
    pub fn incidents(&self) -> &[Rc<Incident>] {
        &self.incidents
    }

    /// Every time that another node became master, oldest first.
    pub fn failovers(&self) -> &[Failover] {
        &self.failovers
    }

    /// Every time that two nodes were able to acknowledge conflicting writes, oldest first.
    pub fn split_brains(&self) -> &[SplitBrain] {
        self.seats.list()
    }

    /// Whether two running nodes believe to be master right now.
    pub fn dual_master(&self) -> bool {
        self.seats.is_dual()
    }

    /// How the service looks at `now`, which is not before the last event.
    pub fn service(&self, now: SimTime) -> Service {
        self.sites.live(now)
    }

    /// The change points of the service's state, as far as they are settled.
    pub fn ribbon(&self) -> &[Stretch] {
        self.sites.ribbon()
    }

    /// What an objective allows in a window that ends now, and what of it is used.
    pub fn budget(&self, now: SimTime, objective_ppm: u32, window_us: Micros) -> Budget {
        Budget::of(&self.incidents, now, objective_ppm, window_us)
    }

    /// All figures at `now`, which is not before the last event.
    pub fn figures(&self, now: SimTime) -> Figures {
        let (downtime_us, partial_us) = self.sites.down_us(self.lead, now);
        let (downtime_reads_us, _) = self.sites.down_us(READS, now);
        let open = self.incidents.last().filter(|incident| incident.open());
        let outages = self.closed.outages + u64::from(open.is_some());
        let time = |down_us: Micros| Share::of(now.us().saturating_sub(down_us), now.us()).filter(|_| self.probes);
        let Writes { acked, failed, unknown, .. } = self.writes;
        let Reads { served, failed: unserved, .. } = self.reads;
        let longest_us = open.map_or(0, |open| open.outage_us(now)).max(self.closed.longest_us);
        Figures {
            availability: Availability {
                time: time(downtime_us),
                time_reads: time(downtime_reads_us),
                requests: Share::of(acked + served, acked + failed + unknown + served + unserved),
                reads: Share::of(served, served + unserved),
                writes: Share::of(acked, acked + failed + unknown),
            },
            downtime_us,
            downtime_reads_us,
            partial_us,
            outages,
            mttf_us: mean(now.us().saturating_sub(downtime_us), outages),
            mttr_us: mean(self.closed.outage_us, self.closed.outages),
            mttd_us: mean(self.closed.detect_us, self.closed.detected),
            failovers: self.failover_count,
            split_brains: self.seats.count(),
            split_brain_us: self.seats.split_us(now),
            writes: self.writes,
            reads: self.reads,
            achieved_recovery_us: (outages > 0).then_some(longest_us),
            achieved_loss: self.worst_loss.max(self.lost_now),
            per_node: self.nodes.iter().map(|node| node.figures(now)).collect(),
        }
    }
}

impl Sink<Ha> for Ledger {
    fn event(&mut self, at: SimTime, _: u64, event: &Event<Ha>) {
        self.now = at;
        match event {
            Event::Note { machine, note, .. } => self.note(at, *machine, note),
            Event::Sent { from, brief, .. } if brief.kind == Kind::Heartbeat => self.acts_as_master(at, *from),
            Event::Machine { machine, status, .. } => self.machine(at, *machine, *status),
            Event::Fault { origin, fault } => self.fault(at, *origin, fault),
            _ => return,
        }
        self.settle();
    }
}
