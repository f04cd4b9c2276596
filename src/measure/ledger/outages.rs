//! Machines and faults, and the outages that come of them: when they begin and end, and why.

use std::rc::Rc;

use super::super::faults::FaultRef;
use super::super::incident::{Cause, Incident, Phases};
use super::super::limits;
use super::super::probe::{Failure, Turn};
use super::super::service::{Change, Opening};
use super::{Failover, Ledger};
use crate::ha::config::ReplicationMode;
use crate::ha::message::Command;
use crate::ha::{Ha, Part};
use crate::sim::{Fault, MachineId, Micros, Origin, SimTime, Status};

impl Ledger {
    pub(super) fn data_index(&self, machine: MachineId) -> Option<usize> {
        match self.parts[machine.index()] {
            Part::Data(index) => Some(index.into()),
            _ => None,
        }
    }

    pub(super) fn machine(&mut self, at: SimTime, machine: MachineId, status: Status) {
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
            Part::Storage => self.seats.storage_status(at, status),
            _ => {}
        }
    }

    /// Which data nodes cannot reach the shared storage.
    fn look_for_storage(&mut self, at: SimTime) {
        let Some(storage) = self.parts.iter().position(|part| *part == Part::Storage) else { return };
        let storage = MachineId::from_index(storage);
        let parts = self.parts.iter().enumerate();
        let cut_off = parts.filter_map(|(machine, part)| match *part {
            Part::Data(node) if self.faults.parts(MachineId::from_index(machine), storage) => Some(1 << node),
            _ => None,
        });
        let cut_off = cut_off.fold(0, |all, node: u8| all | node);
        self.seats.cut_off(at, cut_off);
    }

    pub(super) fn fault(&mut self, at: SimTime, origin: Origin, fault: &Fault<Ha>) {
        let status = fault.machine().and_then(|machine| self.statuses[machine.index()]);
        let newest = self.faults.newest();
        let hurts = self.hurts(fault);
        self.faults.done(FaultRef { at, fault: *fault, origin }, status, hurts);
        if let Fault::Command(_, Command::Promote | Command::Switchover(_) | Command::Drain(_)) = fault {
            self.promotions.asked_for(at);
        }
        self.look_for_storage(at);
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
            Part::Witness | Part::Fencer | Part::Operator | Part::Member(_) => false,
            Part::Proxy(_) | Part::Dns | Part::Client(_) | Part::Storage | Part::Balancer(_) => true,
        }
    }

    pub(super) fn open_incident(&mut self, change: impl FnOnce(&mut Incident)) {
        if let Some(last) = self.incidents.items_mut().last_mut() {
            change(Rc::make_mut(last));
        }
    }

    /// Takes up what the canaries of one site have told.
    pub(super) fn collect(&mut self, site: u8, kind: usize) {
        while let Some(turn) = self.sites.next_turn(site, kind) {
            let fresh = match turn {
                Turn::Down(Failure { last_good, issued, completed }) => self.faults.fresh(last_good, issued, completed),
                Turn::Up(_) => None,
            };
            self.sites.add(site, kind, turn, fresh);
        }
    }

    pub(super) fn settle(&mut self) {
        while let Some(change) = self.sites.settle(self.now) {
            match change {
                Change::WentDown(at, opening) => self.outage_begins(at, opening),
                Change::CameUp(at, by) => self.outage_ends(at, by),
            }
        }
    }

    /// Since when what happened can have to do with an outage: not from before the outage ahead of it.
    pub(super) fn related_since(&self, fault_at: Option<SimTime>, started: SimTime) -> SimTime {
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
    pub(super) fn link_failovers(&mut self, from: SimTime, to: SimTime) {
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
