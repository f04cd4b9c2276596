//! Machines and faults, and the outages that come of them: when they begin and end, and why.

use std::rc::Rc;

use super::super::books::Books;
use super::super::faults::FaultRef;
use super::super::incident::{Cause, Incident, Phases};
use super::super::limits;
use super::super::probe::{Failure, Turn};
use super::super::service::{Change, Opening};
use super::{Account, Open};
use crate::ha::config::ReplicationMode;
use crate::ha::message::Command;
use crate::ha::{Ha, Part};
use crate::sim::{Fault, MachineId, Micros, Origin, SimTime, Status};

impl Account {
    pub(super) fn data_index(&self, machine: MachineId) -> Option<usize> {
        match self.parts[machine.index()] {
            Part::Data(index) => Some(index.into()),
            _ => None,
        }
    }

    /// The machine of a worker, by its index.
    pub(super) fn machine_of(&self, worker: u8) -> Option<MachineId> {
        self.parts.iter().position(|part| *part == Part::Data(worker)).map(MachineId::from_index)
    }

    pub(in super::super) fn machine(&mut self, at: SimTime, machine: MachineId, status: Status) {
        self.now = at;
        let before = self.statuses[machine.index()].replace(status);
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
                    if let Some(tenure) = &mut self.tenure {
                        tenure.stopped(node);
                    }
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

    pub(in super::super) fn fault(&mut self, at: SimTime, origin: Origin, fault: &Fault<Ha>, books: &mut Books) {
        self.now = at;
        let status = fault.machine().and_then(|machine| self.statuses[machine.index()]);
        let newest = self.faults.newest();
        let hurts = self.hurts(fault);
        self.faults.done(FaultRef { at, fault: *fault, origin }, status, hurts);
        if let Fault::Command(
            _,
            Command::Promote | Command::Switchover(_) | Command::Drain(_) | Command::Leave | Command::RemoveMember(_),
        ) = fault
        {
            self.promotions.asked_for(at);
        }
        self.look_for_storage(at);
        let added = self.faults.newest().filter(|_| self.faults.newest() != newest);
        if let Some(added) = added {
            self.amend(books, |incident| {
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

    /// More is known of the outage under way, if there is one.
    pub(super) fn amend(&mut self, books: &mut Books, change: impl FnOnce(&mut Incident)) {
        if let Some(open) = &mut self.open {
            change(Rc::make_mut(&mut open.incident));
            books.amend(open.number, &open.incident);
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

    /// The next turn of a site is settled, at `now`.
    pub(in super::super) fn settle_next(&mut self, now: SimTime, books: &mut Books) {
        self.now = now;
        match self.sites.turn_next() {
            Some(Change::WentDown(at, opening)) => self.outage_begins(at, opening, books),
            Some(Change::CameUp(at, by)) => self.outage_ends(at, by, books),
            None => {}
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

    fn outage_begins(&mut self, started: SimTime, opening: Opening, books: &mut Books) {
        let (cause, fault_at) = self.cause(started, self.now, &opening);
        let since = self.related_since(fault_at, started);
        let faults = self.faults.active_since(since).take(limits::INCIDENT_FAULTS).collect();
        let noticed = self.promotions.first_suspicion(since, self.now);
        let incident = Rc::new(Incident {
            shard: self.shard,
            cause,
            faults,
            fault_at,
            started,
            ended: None,
            promoted: None,
            phases: Phases::default(),
            noticed,
        });
        let number = books.open(&incident);
        self.open = Some(Open { opening, incident, number });
        books.link_failovers(self.shard, number, since, self.now);
    }

    fn outage_ends(&mut self, ended: SimTime, by: Option<MachineId>, books: &mut Books) {
        let Open { opening, incident, number } = self.open.take().expect("an outage that ends has begun");
        let mut incident = Rc::unwrap_or_clone(incident);
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
        books.amend(number, &Rc::new(incident));
        books.link_failovers(self.shard, number, since, ended);
        self.closed.last_end = ended;
    }
}
