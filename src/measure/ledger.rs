//! The ledger: takes every event of the trace to the account that it belongs to.

use std::rc::Rc;

use super::budget::Budget;
use super::capped::Capped;
use super::faults::{FaultRef, Faults};
use super::figures::{Availability, Figures, Reads, Share, Writes, mean};
use super::history::{Fate, History};
use super::incident::{Cause, Incident, Phases};
use super::limits;
use super::nodes::NodeTally;
use super::probe::{Failure, Turn};
use super::promotions::{Promotion, Promotions};
use super::service::{Change, Opening, READS, Service, Sites, Stretch, WRITES};
use super::split_brain::{Seats, SplitBrain};
use crate::ha::config::ReplicationMode;
use crate::ha::message::{Command, Kind, OpKind, Pos, Refusal, RequestId};
use crate::ha::note::{Note, Outcome};
use crate::ha::{Config, Ha, Part};
use crate::sim::{Event, Fault, MachineId, Micros, Origin, SimTime, Sink, Status};

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
            probes: config.clients.canary_us > 0,
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

    /// How the service looks right now.
    pub fn service(&self) -> Service {
        self.sites.live()
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

    // ---- machines and faults -----------------------------------------------------------------------

    fn data_index(&self, machine: MachineId) -> Option<usize> {
        match self.parts[machine.index()] {
            Part::Data(index) => Some(index.into()),
            _ => None,
        }
    }

    fn machine(&mut self, at: SimTime, machine: MachineId, status: Status) {
        let before = self.statuses[machine.index()].replace(status);
        self.nodes[machine.index()].turn(at, status);
        if status == Status::Up {
            self.faults.machine_up(at, machine, before == Some(Status::Frozen));
        }
        match self.parts[machine.index()] {
            Part::Data(node) => {
                let node = usize::from(node);
                if status == Status::Up && before != Some(Status::Frozen) {
                    self.promotions.machine_up(at, node);
                } else if !status.has_process() {
                    self.promotions.given_up(node);
                }
                self.seats.status(at, node, status);
            }
            Part::Client(site) if status != Status::Up => {
                self.sites.blind(site);
                if !status.has_process() {
                    self.history.blind(site);
                }
            }
            _ => {}
        }
    }

    fn fault(&mut self, at: SimTime, origin: Origin, fault: &Fault<Ha>) {
        let status = fault.machine().and_then(|machine| self.statuses[machine.index()]);
        let newest = self.faults.newest();
        let hurts = self.hurts(fault);
        self.faults.done(FaultRef { at, fault: *fault, origin }, status, hurts);
        if let Fault::Command(_, Command::Promote | Command::Switchover(_)) = fault {
            self.promotions.asked_for(at);
        }
        let added = self.faults.newest().filter(|_| self.faults.newest() != newest);
        if let (Some(added), Some(_)) = (added, self.opening) {
            self.open_incident(|incident| {
                if incident.faults.len() < limits::INCIDENT_FAULTS {
                    incident.faults.push(added);
                }
            });
        }
    }

    /// Whether a fault can break the service as it is now: the loss of a standby hurts only those who wait
    /// for it, that of a witness, fencing device or operator nobody at once.
    fn hurts(&self, fault: &Fault<Ha>) -> bool {
        let Some(machine) = fault.machine() else { return true };
        match self.parts[machine.index()] {
            Part::Data(_) => {
                let is_master = self.promotions.newest().is_none_or(|(master, _)| master == machine);
                is_master || self.mode != ReplicationMode::Async
            }
            Part::Witness | Part::Fencer | Part::Operator => false,
            Part::Proxy(_) | Part::Dns | Part::Client(_) => true,
        }
    }

    // ---- outages -----------------------------------------------------------------------------------

    fn open_incident(&mut self, change: impl FnOnce(&mut Incident)) {
        if let Some(last) = self.incidents.items_mut().last_mut() {
            change(Rc::make_mut(last));
        }
    }

    /// Takes up what the canaries of one site have told.
    fn collect(&mut self, site: u8, kind: usize) {
        while let Some(turn) = self.sites.next_turn(site, kind) {
            let fresh = match turn {
                Turn::Down(Failure { last_good, issued, completed }) => self.faults.fresh(last_good, issued, completed),
                Turn::Up(_) => None,
            };
            self.sites.add(site, kind, turn, fresh);
        }
    }

    fn settle(&mut self) {
        while let Some(change) = self.sites.settle(self.now) {
            match change {
                Change::WentDown(at, opening) => self.outage_begins(at, opening),
                Change::CameUp(at, by) => self.outage_ends(at, by),
            }
        }
    }

    /// Since when what happened can have to do with an outage: not from before the outage ahead of it.
    fn related_since(&self, fault_at: Option<SimTime>, started: SimTime) -> SimTime {
        fault_at.unwrap_or(started).min(started).max(self.closed.last_end)
    }

    fn cause(&self, started: SimTime, until: SimTime, opening: &Opening) -> (Cause, Option<SimTime>) {
        if let Some(fresh) = opening.fresh {
            return (if fresh.is_load() { Cause::Overload } else { Cause::Fault }, Some(fresh.at));
        }
        let back = |us: Micros| SimTime::from_us(started.us().saturating_sub(us)).max(self.closed.last_end);
        if self.promotions.any_asked_for(back(limits::ORDER_WINDOW_US).min(opening.last_good), until) {
            return (Cause::Planned, None);
        }
        let standing = self.faults.standing(started);
        let load = self.faults.load(started);
        match (standing, load) {
            (None, Some(load)) => (Cause::Overload, Some(load.at)),
            _ if self.promotions.any_false_alarm(back(limits::CAUSE_WINDOW_US), until) => (Cause::FalseAlarm, None),
            (Some(standing), _) => (Cause::Fault, Some(standing.at)),
            (None, None) => (Cause::Unknown, None),
        }
    }

    fn outage_begins(&mut self, started: SimTime, opening: Opening) {
        let (cause, fault_at) = self.cause(started, self.now, &opening);
        let since = self.related_since(fault_at, started);
        let faults = self.faults.active_since(since).take(limits::INCIDENT_FAULTS).collect();
        let incident = Incident {
            cause,
            faults,
            fault_at,
            started,
            ended: None,
            promoted: None,
            phases: Phases::default(),
            noticed: None,
        };
        let gone = self.incidents.push(Rc::new(incident));
        if gone > 0 {
            for failover in self.failovers.items_mut() {
                failover.outage = failover.outage.and_then(|outage| outage.checked_sub(gone));
            }
        }
        self.opening = Some(opening);
        let noticed = self.promotions.first_suspicion(since, self.now);
        self.open_incident(|incident| incident.noticed = noticed);
        self.link_failovers(since, self.now);
    }

    /// Failovers in a span of time belong to the newest incident.
    fn link_failovers(&mut self, from: SimTime, to: SimTime) {
        let outage = self.incidents.len().checked_sub(1);
        let within = |failover: &&mut Failover| from <= failover.at && failover.at <= to;
        if self.failovers.last().is_some_and(|last| last.at >= from) {
            self.failovers
                .items_mut()
                .iter_mut()
                .rev()
                .take_while(|failover| failover.at >= from)
                .filter(within)
                .for_each(|failover| {
                    failover.outage.get_or_insert(outage.expect("there is an incident"));
                });
        }
    }

    fn outage_ends(&mut self, ended: SimTime, by: Option<MachineId>) {
        let opening = self.opening.take().expect("an outage that ends has begun");
        let mut incident = Incident::clone(self.incidents.last().expect("an outage that ends is the last one"));
        let started = incident.started;
        let since = self.related_since(incident.fault_at, started);
        if opening.fresh.is_none() && incident.cause != Cause::Planned {
            // What was still to come when it began may explain it better.
            if let (cause @ (Cause::Planned | Cause::FalseAlarm), fault_at) = self.cause(started, ended, &opening) {
                (incident.cause, incident.fault_at) = (cause, fault_at);
            }
        }
        let promotion = self.promotions.that_ended(since, ended, by);
        incident.faults.retain(|fault| fault.at <= ended);
        incident.ended = Some(ended);
        let noticed = incident.noticed.or_else(|| self.promotions.first_suspicion(since, ended));
        incident.noticed = noticed.filter(|noticed| *noticed <= ended);
        incident.promoted = promotion.map(|promotion| (promotion.to, promotion.epoch));
        incident.phases = Phases::of(started, ended, promotion.as_ref(), incident.noticed);
        let outage_us = ended.since(started);
        self.closed.outages += 1;
        self.closed.outage_us += outage_us;
        self.closed.longest_us = self.closed.longest_us.max(outage_us);
        if promotion.map_or(incident.noticed, |promotion| promotion.suspected).is_some() {
            self.closed.detected += 1;
            self.closed.detect_us += incident.phases.detect_us;
        }
        self.open_incident(|last| *last = incident);
        self.link_failovers(since, ended);
        self.closed.last_end = ended;
    }
}

// ---- what the processes say --------------------------------------------------------------------------

impl Ledger {
    fn note(&mut self, at: SimTime, machine: MachineId, note: &Note) {
        match *note {
            Note::Issued { id, kind, key } => self.issued(at, id, kind, key),
            Note::Finished { id, kind, key, outcome, version } => {
                if id.canary {
                    let kind = canary(kind);
                    self.sites.detector(id.site, kind).finished(at, id.ordinal, outcome == Outcome::Done);
                    self.collect(id.site, kind);
                } else if kind == OpKind::Read {
                    self.read_finished(id, outcome, version);
                } else {
                    self.write_finished(id, kind, key, outcome, version);
                }
            }
            Note::Acknowledged { id, .. } if id.canary => {
                self.acts_as_master(at, machine);
                self.sites.detector(id.site, WRITES).acknowledged(id.ordinal, machine);
            }
            Note::Acknowledged { id, pos, .. } => {
                self.acts_as_master(at, machine);
                self.history.acknowledged(machine, id, pos);
            }
            Note::Routed { to, .. } => match self.parts[machine.index()] {
                Part::Proxy(_) => self.promotions.routed_by_proxy(at, to),
                Part::Client(site) => self.promotions.routed_by_site(at, to, site, self.sites.count()),
                _ => {}
            },
            _ => {
                if let Some(node) = self.data_index(machine) {
                    self.data_note(at, machine, node, note);
                }
            }
        }
    }

    fn acts_as_master(&mut self, at: SimTime, machine: MachineId) {
        if let Some(node) = self.data_index(machine) {
            self.seats.acts_as_master(at, node);
        }
    }

    fn data_note(&mut self, at: SimTime, machine: MachineId, node: usize, note: &Note) {
        match *note {
            // A master that misses a standby and shoots it is not on its way to become master.
            Note::Suspected { .. } if self.seats.is_master(node) => {}
            Note::Suspected { master, .. } => {
                let runs = self.statuses[master.index()] == Some(Status::Up);
                self.promotions.suspected(at, node, runs && self.faults.is_well(machine, master));
                if self.opening.is_some() {
                    self.open_incident(|incident| {
                        incident.noticed.get_or_insert(at);
                    });
                }
            }
            Note::NoMaster { .. } => self.promotions.suspected(at, node, false),
            Note::Trusted { master } => {
                self.promotions.given_up(node);
                self.seats.trusts(at, node, master);
            }
            Note::Canvassing { epoch, .. } | Note::Voted { epoch, why: Refusal::None, .. } => {
                self.seats.promised(at, node, epoch);
            }
            Note::Decided { .. } => {
                self.promotions.decided(at, node);
                self.seats.turns_away(at, node);
            }
            Note::Fenced { by, .. } => self.promotions.fenced(at, node, by),
            Note::BecameMaster { epoch, base, .. } => self.became_master(at, machine, node, epoch, base),
            Note::SteppedDown { .. } => self.seats.stepped_down(at, node),
            Note::Follows { master, epoch } => {
                self.promotions.given_up(node);
                self.seats.follows(at, node, master, epoch);
            }
            Note::InSyncSet { set } => self.seats.in_sync(at, node, set),
            Note::Degraded { on, .. } => self.seats.degraded(at, node, on),
            Note::Restoring { .. } => self.seats.turns_away(at, node),
            Note::SwitchoverBegan { to } => {
                self.promotions.switchover(at, to);
                self.seats.takes_writes(at, node, false);
            }
            Note::SwitchoverFailed { .. } => {
                self.promotions.switchover_failed();
                self.seats.takes_writes(at, node, true);
            }
            _ => {}
        }
    }

    fn became_master(&mut self, at: SimTime, machine: MachineId, node: usize, epoch: u32, base: Pos) {
        let inherited = self.seats.log_of(node);
        let promotion = self.promotions.became_master(at, node, machine, epoch, self.sites.count());
        let lost = self.history.promoted(machine, epoch, base, inherited);
        self.seats.became_master(at, node, epoch);
        self.writes.lost += lost;
        self.worst_loss = self.worst_loss.max(self.lost_now);
        self.lost_now = lost;
        if epoch > 1 && promotion.from.is_some_and(|from| from != machine) {
            let Promotion { from, planned, .. } = promotion;
            self.failovers.push(Failover { at, epoch, from, to: machine, planned, outage: None, lost });
            self.failover_count += 1;
            if let (Some(_), Some(open)) = (self.opening, self.incidents.last()) {
                let since = self.related_since(open.fault_at, open.started);
                self.link_failovers(since, at);
            }
        }
    }

    fn issued(&mut self, at: SimTime, id: RequestId, kind: OpKind, key: u8) {
        if id.canary {
            self.sites.detector(id.site, canary(kind)).issued(at, id.ordinal);
        } else if kind != OpKind::Poison {
            self.history.issued(id, key);
        }
    }

    fn read_finished(&mut self, id: RequestId, outcome: Outcome, version: Pos) {
        if outcome == Outcome::Done {
            self.reads.served += 1;
            self.reads.stale += u64::from(self.history.read(id, version));
        } else {
            self.reads.failed += 1;
            self.history.forget(id);
        }
    }

    fn write_finished(&mut self, id: RequestId, kind: OpKind, key: u8, outcome: Outcome, version: Pos) {
        match outcome {
            Outcome::Done => self.writes.acked += 1,
            Outcome::Failed => self.writes.failed += 1,
            Outcome::Unknown => self.writes.unknown += 1,
        }
        if outcome != Outcome::Done || kind == OpKind::Poison {
            // Nobody wants a poison write back.
            self.history.forget(id);
            return;
        }
        match self.history.written(id, key, version) {
            Fate::Kept => {}
            Fate::Conflicting => self.writes.conflicting += 1,
            Fate::Lost => {
                // The answer was still on its way when the new master was promoted.
                self.writes.lost += 1;
                self.lost_now += 1;
                let newest = self.promotions.newest();
                if let Some(last) = self.failovers.items_mut().last_mut() {
                    last.lost += u64::from(newest == Some((last.to, last.epoch)));
                }
            }
        }
    }
}

/// Which of the two kinds of canaries.
fn canary(kind: OpKind) -> usize {
    if kind == OpKind::Read { READS } else { WRITES }
}

impl Sink<Ha> for Ledger {
    fn event(&mut self, at: SimTime, _: u64, event: &Event<Ha>) {
        self.now = at;
        match event {
            Event::Note { machine, note } => self.note(at, *machine, note),
            Event::Sent { from, brief, .. } if brief.kind == Kind::Heartbeat => self.acts_as_master(at, *from),
            Event::Machine { machine, status, .. } => self.machine(at, *machine, *status),
            Event::Fault { origin, fault } => self.fault(at, *origin, fault),
            _ => return,
        }
        self.settle();
    }
}
