//! A judge who looks at nothing but trace and logs.
//!
//! It does not use the ledger: what it finds about lost writes and split brains is found independently, from what
//! clients were told ([`Note::Finished`]), from who became master on top of which log ([`Note::BecameMaster`]), and
//! from the logs themselves.

use std::collections::BTreeMap;

use ha_lab::ha::Ha;
use ha_lab::ha::master_standby::DataNode;
use ha_lab::ha::message::{Entry, OpKind, Pos, RequestId};
use ha_lab::ha::note::{Note, Outcome};
use ha_lab::scenario::{Clients, Run, Scenario};
use ha_lab::sim::{Event, MachineId, SimTime, Sink};

use super::S;

/// A write that a client was told is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Acked {
    pub id: RequestId,
    pub pos: Pos,
    /// When the master said so.
    pub said_at: SimTime,
}

/// What is to be remembered of a run.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// Epoch → who became master, when, and on top of which log.
    pub masters: BTreeMap<u32, (MachineId, SimTime, Pos)>,
    said: BTreeMap<(RequestId, Pos), SimTime>,
    pub acked: Vec<Acked>,
    issued: BTreeMap<RequestId, SimTime>,
    /// Done canary writes: site and time.
    pub canaries: Vec<(u8, SimTime)>,
    /// What must never happen, whatever the architecture.
    pub wrong: Vec<String>,
    entries: BTreeMap<(u32, u32), (Entry, u32)>,
}

impl Sink<Ha> for Record {
    fn event(&mut self, at: SimTime, _: u64, event: &Event<Ha>) {
        let Event::Note { machine, note, .. } = *event else { return };
        match note {
            Note::BecameMaster { epoch, base, .. } => {
                if let Some((other, then, _)) = self.masters.insert(epoch, (machine, at, base)) {
                    self.wrong.push(format!("epoch {epoch} began twice: {other:?} at {then:?}, {machine:?} at {at:?}"));
                }
            }
            Note::Acknowledged { id, pos, .. } => {
                self.said.insert((id, pos), at);
            }
            Note::Issued { id, .. } => {
                let known = self.issued.insert(id, at);
                self.wrong.extend(known.map(|_| format!("{id:?} was issued twice")));
            }
            Note::Finished { id, kind, outcome, version, .. } => {
                if self.issued.remove(&id).is_none() {
                    self.wrong.push(format!("{id:?} finished twice, or was never issued"));
                }
                if outcome == Outcome::Done && kind != OpKind::Read {
                    match self.said.get(&(id, version)) {
                        Some(said_at) => self.acked.push(Acked { id, pos: version, said_at: *said_at }),
                        None => self.wrong.push(format!("{id:?} was done at {version:?}, but no master had said so")),
                    }
                    if id.canary {
                        self.canaries.push((id.site, at));
                    }
                }
            }
            _ => {}
        }
    }
}

impl Record {
    /// Whether the log with which the master of `epoch` began, and what it wrote, holds `pos`.
    pub fn holds(&self, mut epoch: u32, pos: Pos) -> bool {
        let mut upto = u32::MAX;
        while epoch > pos.epoch {
            let Some((_, _, base)) = self.masters.get(&epoch) else { return false };
            (epoch, upto) = (base.epoch, base.index);
        }
        epoch == pos.epoch && pos.index <= upto
    }

    /// Acknowledged writes that some later master began without.
    pub fn ever_missing(&self) -> Vec<Acked> {
        let missing =
            |ack: &&Acked| self.masters.range(ack.pos.epoch + 1..).any(|(epoch, _)| !self.holds(*epoch, ack.pos));
        self.acked.iter().filter(missing).copied().collect()
    }

    /// Acknowledged writes that the last master does not have.
    pub fn lost(&self) -> Vec<Acked> {
        let Some(last) = self.masters.keys().next_back() else { return Vec::new() };
        self.acked.iter().filter(|ack| !self.holds(*last, ack.pos)).copied().collect()
    }

    /// Writes that a superseded master acknowledged after its successor had acknowledged others, and that the
    /// successor does not have: two nodes acknowledged conflicting writes at overlapping times.
    pub fn conflicts(&self) -> Vec<(Acked, Acked)> {
        let mut first_said: BTreeMap<u32, Acked> = BTreeMap::new();
        for ack in &self.acked {
            let first = first_said.entry(ack.pos.epoch).or_insert(*ack);
            if ack.said_at < first.said_at {
                *first = *ack;
            }
        }
        let conflict = |old: &Acked| {
            let newer = first_said.range(old.pos.epoch + 1..).map(|(_, new)| *new);
            newer.into_iter().find(|new| new.said_at < old.said_at && !self.holds(new.pos.epoch, old.pos))
        };
        self.acked.iter().filter_map(|old| conflict(old).map(|new| (*old, new))).collect()
    }

    /// Log matching: the same place holds the same entry, on top of the same one, on every node and at all times.
    fn compare_logs(&mut self, run: &Run) {
        for (id, machine) in run.world().machines() {
            let own = machine.process().and_then(|process| process.data()).map(DataNode::log);
            let durable = &machine.disk().image().log;
            for log in own.into_iter().chain([durable]) {
                let mut before = log.base().epoch;
                for (pos, entry) in log.entries() {
                    let known = self.entries.entry((pos.epoch, pos.index)).or_insert((*entry, before));
                    if *known != (*entry, before) {
                        let at = run.now();
                        self.wrong.push(format!("{id:?} has another entry at {pos:?} at {at:?}: {entry:?}, {known:?}"));
                    }
                    before = pos.epoch;
                }
            }
        }
    }
}

/// Runs a scenario to its end and gives what there is to remember.
pub fn observe(scenario: &Scenario) -> Record {
    let mut record = Record::default();
    let mut run = Run::new(scenario, scenario.seed);
    run.start(&mut record);
    let steps = 6;
    for step in 1..=steps {
        run.run_until(SimTime::from_us(scenario.until_us * step / steps), &mut record);
        record.compare_logs(&run);
        if !record.wrong.is_empty() {
            return record;
        }
    }
    record.check_requests(&run, scenario);
    record
}

impl Record {
    /// Every request ends within its attempts, their timeouts, and the pauses between them.
    fn check_requests(&mut self, run: &Run, scenario: &Scenario) {
        let Clients { attempts, timeout_us, backoff_us, .. } = scenario.clients;
        let pauses: u64 = (1..u32::from(attempts)).map(|attempt| (backoff_us << (attempt - 1)) * 3 / 2).sum();
        let longest = u64::from(attempts) * timeout_us + pauses;
        let now = run.now();
        for (id, at) in &self.issued {
            if now.since(*at) > longest + 1 {
                self.wrong.push(format!("{id:?} was issued at {at:?} and never finished"));
            }
        }
    }

    /// Long after everything is healed there is one master, and the canaries of every site are well.
    pub fn check_liveness(&mut self, scenario: &Scenario) {
        let end = SimTime::from_us(scenario.until_us);
        for site in 0..scenario.clients.sites {
            let well = self.canaries.iter().filter(|(of, at)| *of == site && end.since(*at) < 3 * S).count();
            if well < 5 {
                self.wrong.push(format!("site {site} has {well} of 20 good canaries in the last three seconds"));
            }
        }
    }
}
