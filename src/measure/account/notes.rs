//! What the processes say, and to whose account it goes.

use super::super::books::{Books, Failover};
use super::super::history::Fate;
use super::super::promotions::Promotion;
use super::super::service::{READS, WRITES};
use super::Account;
use crate::ha::Part;
use crate::ha::cluster::{raft, zab};
use crate::ha::message::{OpKind, Pos, Refusal, RequestId};
use crate::ha::note::{Note, Outcome};
use crate::sim::{MachineId, SimTime, Status};

impl Account {
    pub(in super::super) fn note(&mut self, at: SimTime, machine: MachineId, note: &Note, books: &mut Books) {
        self.now = at;
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
                    self.write_finished(id, kind, key, outcome, version, books);
                }
            }
            Note::Acknowledged { id, .. } if id.canary => {
                self.acts_as_master(at, machine);
                let by = self.data_index(machine).map_or(machine, |node| self.seats.serves_for(node));
                self.sites.detector(id.site, WRITES).acknowledged(id.ordinal, by);
            }
            Note::Acknowledged { id, pos, .. } => {
                let stale = self.acts_as_master(at, machine);
                self.history.acknowledged(machine, id, pos, stale);
            }
            Note::Routed { to, .. } => match self.parts[machine.index()] {
                Part::Proxy(_) => self.promotions.routed_by_proxy(at, to),
                Part::Balancer(balancer) => self.promotions.routed_by_balancer(at, to, balancer),
                Part::Client(site) => self.promotions.routed_by_site(at, to, site, self.sites.count()),
                _ => {}
            },
            // Nobody takes over in a pool: that the balancer sends requests elsewhere is all that there is to notice.
            Note::Health { up: false, .. } | Note::Ejected { .. }
                if matches!(self.parts[machine.index()], Part::Balancer(_)) =>
            {
                self.promotions.noticed(at);
                self.noticed(at, books);
            }
            _ => {
                if let Some(node) = self.data_index(machine) {
                    self.data_note(at, machine, node, note, books);
                } else if let Note::Reserved { epoch, .. } = *note {
                    self.seats.reserved(at, epoch);
                }
            }
        }
    }

    /// It sends a heartbeat or acknowledges: it holds itself to be master. Tells whether it is a stale holder.
    pub(in super::super) fn acts_as_master(&mut self, at: SimTime, machine: MachineId) -> bool {
        self.now = at;
        let Some(node) = self.data_index(machine) else { return false };
        self.seats.acts_as_master(at, node);
        self.tenure.as_mut().is_some_and(|tenure| tenure.acts(node))
    }

    /// The manager's leader (or who speaks for it) finds that a worker's lease has run out: where that one was master,
    /// this is the detection of its failure.
    #[inline(never)]
    pub(in super::super) fn lease_expired(&mut self, at: SimTime, by: MachineId, worker: u8, books: &mut Books) {
        self.now = at;
        let Some(machine) = self.machine_of(worker) else { return };
        if self.promotions.newest().is_some_and(|(master, _)| master == machine) {
            let runs = self.statuses[machine.index()] == Some(Status::Up);
            self.promotions.lease_expired(at, machine, runs && self.faults.is_well(by, machine));
            self.noticed(at, books);
        }
    }

    /// A worker's lease is gone, and with it what it owned.
    pub(in super::super) fn lease_revoked(&mut self, worker: u8) {
        if let Some(tenure) = &mut self.tenure {
            tenure.revoked(worker.into());
        }
    }

    /// The manager has given the shard to a worker.
    pub(in super::super) fn assigned(&mut self, worker: u8, token: u32) {
        if let Some(tenure) = &mut self.tenure {
            tenure.assigned(worker.into(), token);
        }
    }

    /// Somebody in the system has seen that something is wrong.
    fn noticed(&mut self, at: SimTime, books: &mut Books) {
        self.amend(books, |incident| {
            incident.noticed.get_or_insert(at);
        });
    }

    /// What this says of who owns the shard, if a manager gives it away.
    fn follow_tenure(&mut self, node: usize, note: &Note) {
        let Some(tenure) = &mut self.tenure else { return };
        match *note {
            Note::Decided { epoch, .. } | Note::BecameMaster { epoch, .. } => tenure.taken_up(node, epoch),
            Note::SteppedDown { .. } | Note::Follows { .. } => tenure.stopped(node),
            _ => {}
        }
    }

    fn data_note(&mut self, at: SimTime, machine: MachineId, node: usize, note: &Note, books: &mut Books) {
        self.follow_tenure(node, note);
        match *note {
            // A master that misses a standby and shoots it is not on its way to become master.
            Note::Suspected { .. } if self.seats.is_master(node) => {}
            // Where a manager decides, nobody becomes master by missing one.
            Note::Suspected { .. } | Note::NoMaster { .. } if self.tenure.is_some() => {}
            Note::Suspected { master, .. } => {
                let runs = self.statuses[master.index()] == Some(Status::Up);
                self.promotions.suspected(at, node, runs && self.faults.is_well(machine, master));
                self.noticed(at, books);
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
            Note::BecameMaster { epoch, base, .. } => self.became_master(at, machine, (node, epoch, base), books),
            Note::SteppedDown { .. } => self.seats.stepped_down(at, node),
            Note::Follows { master, epoch } => {
                self.promotions.given_up(node);
                self.seats.follows(at, node, master, epoch);
            }
            Note::Raft(raft::Note::BecameLeader { term, last }) => {
                let base = Pos { epoch: last.term, index: last.index };
                self.history.begun(machine, term, base, self.seats.log_of(node));
            }
            Note::Zab(zab::Note::EpochAccepted { epoch }) => self.seats.promised(at, node, epoch),
            Note::Repeated { twice, .. } => self.writes.repeated += u64::from(twice),
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

    fn became_master(
        &mut self,
        at: SimTime,
        machine: MachineId,
        (node, epoch, base): (usize, u32, Pos),
        books: &mut Books,
    ) {
        let inherited = self.seats.log_of(node);
        let promotion = self.promotions.became_master(at, node, machine, epoch, self.sites.count());
        let lost = self.history.promoted(machine, epoch, base, inherited);
        self.seats.became_master(at, node, epoch);
        self.writes.lost += lost;
        self.worst_loss = self.worst_loss.max(self.lost_now);
        self.lost_now = lost;
        if epoch > 1 && promotion.from.is_some_and(|from| from != machine) {
            let Promotion { from, planned, .. } = promotion;
            let shard = self.shard;
            books.failed_over(Failover { shard, at, epoch, from, to: machine, planned, outage: None, lost });
            if let Some(open) = &self.open {
                let since = self.related_since(open.incident.fault_at, open.incident.started);
                books.link_failovers(shard, open.number, since, at);
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

    fn write_finished(
        &mut self,
        id: RequestId,
        kind: OpKind,
        key: u8,
        outcome: Outcome,
        version: Pos,
        books: &mut Books,
    ) {
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
        self.writes.by_stale_holders += u64::from(self.history.is_by_stale_holder(id, version));
        match self.history.written(id, key, version) {
            Fate::Kept => {}
            Fate::Conflicting => self.writes.conflicting += 1,
            Fate::Lost => {
                // The answer was still on its way when the new master was promoted.
                self.writes.lost += 1;
                self.lost_now += 1;
                books.lost_by(self.shard, self.promotions.newest());
            }
        }
    }
}

/// Which of the two kinds of canaries.
fn canary(kind: OpKind) -> usize {
    if kind == OpKind::Read { READS } else { WRITES }
}
