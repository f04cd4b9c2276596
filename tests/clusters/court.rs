//! A judge of clusters who looks at nothing but trace, logs and registries; the ledger is heard as a second one.

use std::collections::BTreeMap;
use std::rc::Rc;

use ha_lab::ha::cluster::registry::Registry;
use ha_lab::ha::message::{OpKind, Pos, RequestId};
use ha_lab::ha::note::{Note, Outcome};
use ha_lab::ha::{Config, Ha};
use ha_lab::measure::{Figures, Ledger};
use ha_lab::scenario::{Run, Scenario};
use ha_lab::sim::{Event, MachineId, SimTime, Sink};

use super::storms::{MS, S};

/// How often registries are compared.
const LOOK_US: u64 = 100 * MS;

/// A write that a client was told is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Acked {
    pub id: RequestId,
    pub shard: u8,
    pub pos: Pos,
    /// When its master said so.
    pub said_at: SimTime,
}

/// What is to be remembered of a run.
pub struct Record {
    config: Rc<Config>,
    ledger: Ledger,
    /// By shard and token: who became master, when, and on top of which log.
    masters: BTreeMap<(u8, u32), (MachineId, SimTime, Pos)>,
    said: BTreeMap<(RequestId, Pos), SimTime>,
    acked: Vec<Acked>,
    /// Done canary writes: site and time.
    canaries: Vec<(u8, SimTime)>,
    /// By revision: what the registry was. All members have to agree.
    registries: BTreeMap<u32, Rc<Registry>>,
    /// By index: what a member had applied there.
    applied: BTreeMap<u32, Rc<Registry>>,
    /// When each shard was last seen with its owner as master.
    mastered: BTreeMap<u8, SimTime>,
    /// What must never happen.
    pub wrong: Vec<String>,
}

impl Sink<Ha> for Record {
    fn event(&mut self, at: SimTime, order: u64, event: &Event<Ha>) {
        self.ledger.event(at, order, event);
        let Event::Note { machine, lane, note } = *event else { return };
        match note {
            Note::BecameMaster { epoch, base, .. } if self.config.layout.data_index(machine).is_some() => {
                if let Some(before) = self.masters.insert((lane, epoch), (machine, at, base)) {
                    self.wrong.push(format!("token {epoch} of shard {lane}: {before:?}, then {machine:?} at {at:?}"));
                }
            }
            Note::Acknowledged { id, pos, .. } => {
                self.said.entry((id, pos)).or_insert(at);
            }
            Note::Finished { id, kind, key, outcome: Outcome::Done, version } if kind != OpKind::Read => {
                let (shard, said_at) = (self.config.shard_of(key), self.said.get(&(id, version)).copied());
                // Who asks again may hear of a write that an earlier owner had not acknowledged yet.
                self.acked.push(Acked { id, shard, pos: version, said_at: said_at.unwrap_or(at) });
                if id.canary {
                    self.canaries.push((id.site, at));
                }
            }
            _ => {}
        }
    }
}

impl Record {
    fn new(config: &Rc<Config>) -> Self {
        Self {
            config: Rc::clone(config),
            ledger: Ledger::new(config),
            masters: BTreeMap::new(),
            said: BTreeMap::new(),
            acked: Vec::new(),
            canaries: Vec::new(),
            registries: BTreeMap::new(),
            applied: BTreeMap::new(),
            mastered: BTreeMap::new(),
            wrong: Vec::new(),
        }
    }

    pub fn figures(&self, at: u64) -> Figures {
        self.ledger.figures(SimTime::from_us(at))
    }

    /// Whether the log with which the master of `token` began, and what it wrote, holds `pos`.
    fn holds(&self, shard: u8, mut token: u32, pos: Pos) -> bool {
        let mut upto = u32::MAX;
        while token > pos.epoch {
            let Some((_, _, base)) = self.masters.get(&(shard, token)) else { return false };
            if base.epoch >= token {
                return false; // its token began twice, which is said elsewhere
            }
            (token, upto) = (base.epoch, base.index);
        }
        token == pos.epoch && pos.index <= upto
    }

    /// Acknowledged writes that some later owner began without.
    pub fn missing(&self) -> Vec<Acked> {
        let misses = |ack: &&Acked| {
            let later = self.masters.range((ack.shard, ack.pos.epoch + 1)..=(ack.shard, u32::MAX));
            later.into_iter().any(|((shard, token), _)| !self.holds(*shard, *token, ack.pos))
        };
        self.acked.iter().filter(misses).copied().collect()
    }

    /// Writes that a superseded owner acknowledged after its successor had opened, and that the successor lacks.
    pub fn conflicts(&self) -> Vec<Acked> {
        let conflict = |ack: &&Acked| {
            let later = self.masters.range((ack.shard, ack.pos.epoch + 1)..=(ack.shard, u32::MAX));
            later
                .into_iter()
                .any(|((shard, token), (_, opened, _))| *opened < ack.said_at && !self.holds(*shard, *token, ack.pos))
        };
        self.acked.iter().filter(conflict).copied().collect()
    }

    /// All members have the same registry at the same place, and every revision has one meaning.
    fn look(&mut self, run: &Run) {
        let newest = self.registries.values().next_back().map(Rc::clone);
        for (number, shard) in (0..).zip(newest.iter().flat_map(|newest| newest.shards())) {
            let master = shard.owner.and_then(|owner| {
                let machine = self.config.layout.data[usize::from(owner)];
                run.world().machine(machine).process()?.holder()?.node(number)?.as_master()
            });
            if master.is_some_and(|master| master.epoch == shard.token) {
                self.mastered.insert(number, run.now());
            }
        }
        let mut found = Vec::new();
        for (id, machine) in run.world().machines() {
            let Some(node) = machine.process() else { continue };
            if let Some(member) = node.member() {
                found.push((id, Some(member.applied().applied), Rc::clone(member.registry())));
            }
            if let Some(worker) = node.holder() {
                found.push((id, None, Rc::clone(worker.registrar().map())));
            }
            if let Some(gateway) = node.gateway() {
                found.push((id, None, Rc::clone(gateway.registrar().map())));
            }
        }
        for (id, applied, registry) in found {
            let known = self.registries.entry(registry.revision()).or_insert_with(|| Rc::clone(&registry));
            let same = |known: &Registry| known.shards() == registry.shards() && known.workers().eq(registry.workers());
            // A client that has seen nothing yet knows of nobody.
            if !same(known) && registry.revision() > 0 {
                self.wrong.push(format!("{id:?} has another revision: {registry:?}\nthan {known:?}"));
            }
            if let Some(index) = applied {
                let known = self.applied.entry(index).or_insert_with(|| Rc::clone(&registry));
                if *known != registry {
                    self.wrong.push(format!("{id:?} has applied {index} to {registry:?}\nnot {known:?}"));
                }
            }
        }
    }

    /// Tokens only grow, from revision to revision, and who gets a shard gets a new one.
    fn check_tokens(&mut self) {
        let mut wrong = Vec::new();
        let known: Vec<_> = self.registries.values().filter(|known| known.revision() > 0).collect();
        for pair in known.windows(2) {
            for (shard, (was, is)) in pair[0].shards().iter().zip(pair[1].shards()).enumerate() {
                let given = is.owner.is_some() && is.owner != was.owner;
                if is.token < was.token || given && is.token == was.token {
                    wrong.push(format!("shard {shard}: {was:?}, then {is:?}"));
                }
            }
        }
        for ((shard, token), (machine, ..)) in &self.masters {
            let owner = |known: &&Rc<Registry>| {
                let shard = known.shard(*shard)?;
                (shard.token == *token).then_some(shard.owner)?
            };
            let owners: Vec<u8> = known.iter().filter_map(owner).collect();
            let index = self.config.layout.data_index(*machine);
            if owners.iter().any(|owner| Some(usize::from(*owner)) != index) {
                wrong.push(format!("{machine:?} is master of shard {shard} with token {token} of {owners:?}"));
            }
        }
        self.wrong.extend(wrong);
    }

    fn check_phases(&mut self, now: SimTime) {
        let ended = self.ledger.incidents().iter().filter(|incident| !incident.open());
        let odd = ended.filter(|incident| incident.phases.sum_us() != incident.outage_us(now));
        self.wrong.extend(odd.map(|incident| format!("the phases do not add up: {incident:?}")));
    }

    /// Long after everything is healed every shard has its owner, and everybody is served; but for shards of which all
    /// whole copies are gone.
    fn check_liveness(&mut self, scenario: &Scenario) {
        let end = SimTime::from_us(scenario.until_us);
        let Some(newest) = self.registries.values().next_back().cloned() else { return };
        let lost = newest.shards().iter().any(ha_lab::ha::cluster::registry::Shard::is_lost);
        for (number, shard) in (0_u8..).zip(newest.shards()) {
            if shard.is_lost() {
                continue;
            }
            // On lossy wires a claim may be lost at any time; but not for long.
            if self.mastered.get(&number).is_none_or(|at| end.since(*at) > 2 * S) {
                self.wrong.push(format!("shard {number} is without master: {newest:?}"));
            }
        }
        let workers = newest.workers().count();
        if workers != self.config.layout.data.len() {
            self.wrong.push(format!("only {workers} workers are there: {newest:?}"));
        }
        let owned: Vec<usize> = (0..workers as u8).map(|worker| newest.owned_by(worker)).collect();
        let uneven = owned.iter().max() > owned.iter().min().map(|least| least + 1).as_ref();
        if uneven && !lost && self.config.nodes.replication.mode == ha_lab::ha::config::ReplicationMode::Sync {
            self.wrong.push(format!("owners are uneven: {owned:?} {newest:?}"));
        }
        for site in 0..scenario.clients.sites {
            let well = self.canaries.iter().filter(|(of, at)| *of == site && end.since(*at) < 3 * S).count();
            if well < 5 && !lost {
                self.wrong.push(format!("site {site} has {well} of 20 good canaries in the last three seconds"));
            }
        }
    }
}

/// Runs a scenario to its end and gives what there is to remember.
pub fn observe(scenario: &Scenario) -> Record {
    let (mut record, run) = watch(scenario);
    record.check_tokens();
    record.check_phases(run.now());
    record
}

/// The same, and whether what was broken heals.
pub fn observe_healing(scenario: &Scenario) -> Record {
    let (mut record, run) = watch(scenario);
    record.check_tokens();
    record.check_phases(run.now());
    record.check_liveness(scenario);
    record
}

fn watch(scenario: &Scenario) -> (Record, Run) {
    let mut run = Run::new(scenario, scenario.seed);
    let mut record = Record::new(run.world().config());
    run.start(&mut record);
    let mut at = 0;
    while at < scenario.until_us {
        at = (at + LOOK_US).min(scenario.until_us);
        run.run_until(SimTime::from_us(at), &mut record);
        record.look(&run);
        if !record.wrong.is_empty() {
            break;
        }
    }
    (record, run)
}
