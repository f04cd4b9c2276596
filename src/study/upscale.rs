//! From a running scenario to years, and from the worst of those years back to a scenario.
//!
//! 1. [`shape`]: how many nodes the scenario has, and how many of them it needs. A cluster with workers is seen from one of
//!    its shards: its holders are the nodes. All shards are alike, so what one is down on average all are.
//! 2. [`plant_of`]: nodes that fail and are repaired as [`Assumed`], with a failover that costs what was [measured](super::failover);
//!    and, if they fail as well, the routers, the storage and the manager that the service leans on ([`supports`]).
//! 3. [`replay`]: the longest outage of those years as a scenario. A plain failover is the measured run itself, by its seed.
//!    Otherwise the nodes fail and come back in the same order, and the waits in between are shortened.

mod lean;

pub use lean::{manager, supports};

use super::failover::{Measured, rehearsal, steady};
use super::years::{History, Plant, Serving, Takeover, Times, What};
use crate::ha::inspect::current_master;
use crate::scenario::{
    Action, Class, Cluster, DataPath, Decision, Fallback, MasterStandby, Replication, ReplicationMode, Run, Scenario,
    Scheduled, Setup, Target,
};
use crate::sim::{Micros, SimTime};

/// A takeover that nobody does: a thousand years. Whoever is repaired first serves.
pub const NEVER: Times = Times::Constant { us: 1_000 * super::years::YEAR_US };

/// In a replay the first node fails here: everything runs steadily then.
const FIRST_US: Micros = 10_000_000;
/// Shortest and longest wait between two events of a replay.
const WAIT_US: (Micros, Micros) = (5_000_000, 120_000_000);
/// The playhead stands this long before the outage.
const BEFORE_US: Micros = 1_000_000;

/// How many nodes there are, and how many must be up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Nodes.
    pub nodes: u8,
    /// How many of them the service needs.
    pub needed: u8,
}

/// What is assumed of the machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assumed {
    /// Mean time that a machine is up.
    pub mttf_us: Micros,
    /// Mean time of its repair.
    pub mttr_us: Micros,
    /// How many nodes must be up.
    pub needed: u8,
    /// The routers, the storage and the manager fail as well, as often as the nodes do.
    pub all_fail: bool,
    /// How many of a million failures take all machines of a kind down at once (the β factor of IEC 61508-6).
    pub common_cause_ppm: u32,
}

/// How long a machine is up and down on average where a scenario does not say, or has times for the eye: 1000 h, 10 h.
const USUAL_US: (Micros, Micros) = (1_000 * 3_600_000_000, 10 * 3_600_000_000);
/// What fails more often than once an hour is made for the eye.
const FOR_THE_EYE_US: Micros = 3_600_000_000;

/// Mean up and down time of a scenario's machines, to begin with.
pub fn usual_times(scenario: &Scenario) -> (Micros, Micros) {
    let random = scenario.faults.random.iter().find(|random| matches!(random.on, Class::Data | Class::All));
    let given = random.map(|random| (random.mttf_us, random.mttr_us));
    given.filter(|(mttf_us, _)| *mttf_us >= FOR_THE_EYE_US).unwrap_or(USUAL_US)
}

/// Mean time that one of so many machines is up until it fails of itself alone.
fn apart(assumed: &Assumed, nodes: u8) -> Micros {
    let alone_ppm = 1_000_000 - u64::from(if nodes > 1 { assumed.common_cause_ppm.min(999_999) } else { 0 });
    (u128::from(assumed.mttf_us) * 1_000_000 / u128::from(alone_ppm)) as Micros
}

/// When all of so many machines fail together, if they do.
fn together(assumed: &Assumed, nodes: u8) -> Option<Times> {
    let common_ppm = u128::from(assumed.common_cause_ppm.min(999_999));
    let mean_us = (u128::from(assumed.mttf_us) * 1_000_000).checked_div(common_ppm)?;
    // Rarer than once in a thousand years is never.
    let seen = nodes > 1 && mean_us < u128::from(1_000 * super::years::YEAR_US);
    seen.then_some(Times::Exponential { mean_us: mean_us as Micros })
}

/// The nodes of a scenario. A cluster with workers is seen from one shard: its holders.
pub fn shape(scenario: &Scenario) -> Shape {
    match &scenario.system {
        Setup::SingleNode(_) => Shape { nodes: 1, needed: 1 },
        Setup::MasterStandby(options) => {
            let nodes = options.standbys + 1;
            Shape { nodes, needed: votes(options, nodes).max(copies(&options.replication)).min(nodes) }
        }
        Setup::Cluster(Cluster { data: DataPath::ThroughTheLog, members, .. }) => {
            Shape { nodes: *members, needed: members / 2 + 1 }
        }
        Setup::Cluster(Cluster { data: DataPath::Workers(workers), .. }) => {
            let nodes = workers.copies.clamp(1, workers.count.max(1));
            Shape { nodes, needed: copies(&workers.replication).min(nodes) }
        }
        Setup::Pool(pool) => {
            // Requests in a second that come, and those that one worker can serve.
            let come =
                scenario.clients.mean_gap_us.map_or(0.0, |gap| f64::from(scenario.clients.sites) / gap.max(1) as f64);
            let each = f64::from(pool.worker.servers) / pool.worker.service_us.max(1) as f64;
            let needed = libm::ceil(come / each).clamp(1.0, f64::from(pool.nodes.max(1))) as u8;
            Shape { nodes: pool.nodes, needed }
        }
    }
}

/// Data nodes that must be up for somebody to be promoted. A witness has a vote, and is taken to be up.
fn votes(options: &MasterStandby, nodes: u8) -> u8 {
    if options.decision != Decision::Majority {
        return 1;
    }
    // An odd number of voters: the witness makes it one, and its own vote need not come from a data node.
    if nodes.is_multiple_of(2) { nodes / 2 } else { nodes / 2 + 1 }
}

/// Nodes that must have a write before it is acknowledged, whatever happens.
fn copies(replication: &Replication) -> u8 {
    if replication.fallback != Fallback::Strict {
        return 1;
    }
    match replication.mode {
        ReplicationMode::Async | ReplicationMode::SharedStorage => 1,
        ReplicationMode::SemiSync { standbys } => standbys + 1,
        ReplicationMode::Sync => 2,
    }
}

/// The plant of a scenario whose failovers cost what was measured. None was measured where nobody takes over.
pub fn plant_of(scenario: &Scenario, measured: &[Measured], assumed: Assumed) -> Plant {
    let shape = shape(scenario);
    // Whoever takes over is told so by the manager, if there is one: a node that is back does not begin by itself.
    let managed = assumed.all_fail && manager(scenario).is_some();
    let over: Vec<Micros> = measured.iter().filter_map(|run| run.outage_us).map(|us| us.max(1)).collect();
    let serving = if measured.is_empty() {
        Serving::Everybody
    } else {
        let covered = over.len() == measured.len();
        let automatic = if over.is_empty() { NEVER } else { Times::Empirical(over) };
        let share = measured.iter().filter(|run| run.outage_us.is_some()).count() as u64 * 1_000_000;
        Serving::Leader(Takeover {
            covered_ppm: (share / measured.len() as u64) as u32,
            by_hand: if covered { automatic.clone() } else { NEVER },
            restart: Some(automatic.clone()).filter(|times| *times != NEVER),
            // Where nobody takes over, the service comes back with the first node that is repaired.
            repaired_serves: !covered && !managed,
            ..Takeover::lasting(automatic)
        })
    };
    let exponential = |mean_us| Times::Exponential { mean_us };
    let needed = assumed.needed.clamp(1, shape.nodes);
    let (up, repair) = (exponential(apart(&assumed, shape.nodes)), exponential(assumed.mttr_us));
    // Where nobody leads, nobody can be kept from it.
    let leads = matches!(serving, Serving::Leader(_));
    let mut supports = if assumed.all_fail { supports(scenario, &assumed) } else { Vec::new() };
    supports.retain(|support| leads || support.goes_on.is_none());
    let common_cause = together(&assumed, shape.nodes);
    let nodes = Plant::of(shape.nodes, needed, up, repair, serving);
    Plant { crews: shape.nodes, common_cause, supports, ..nodes }
}

/// An outage of years, to be watched.
#[derive(Clone, Debug, PartialEq)]
pub struct Replay {
    /// The scenario; its title and story are still those of the one that it was made from.
    pub scenario: Scenario,
    /// Just before the outage.
    pub at: SimTime,
    /// Whether it is the very run that was measured, at its own length. Otherwise waits were shortened.
    pub is_measured: bool,
}

/// The scenario of an outage.
pub fn replay(scenario: &Scenario, measured: &[Measured], history: &History) -> Replay {
    plain_failover(scenario, measured, history).unwrap_or_else(|| in_order(scenario, measured, history))
}

/// The outage was a failover and nothing else: the run that was drawn, by its length.
fn plain_failover(scenario: &Scenario, measured: &[Measured], history: &History) -> Option<Replay> {
    let outage = history.outage;
    let down = nodes_down_at(history, outage.from_us);
    let changes = |what| matches!(what, What::Failed | What::FailedUnseen);
    let during = history.events.iter().filter(|event| event.at_us > outage.from_us && changes(event.what)).count();
    let leans = |what| matches!(what, What::SupportAway | What::SupportBack);
    let lacks = !history.supports_away_before.is_empty() || history.events.iter().any(|event| leans(event.what));
    if down.len() != 1 || during > 0 || lacks {
        return None;
    }
    let run = measured.iter().find(|run| run.outage_us == Some(outage.length_us))?;
    let scenario = rehearsal(scenario, run.seed)?;
    let at = SimTime::from_us(run.crash_at_us.saturating_sub(BEFORE_US));
    Some(Replay { scenario, at, is_measured: true })
}

/// Who is down right after this moment.
fn nodes_down_at(history: &History, at_us: Micros) -> Vec<u8> {
    let mut down = history.down_before.clone();
    for event in history.events.iter().filter(|event| event.at_us <= at_us) {
        match event.what {
            What::Failed | What::FailedUnseen => down.push(event.node),
            What::Repaired => down.retain(|node| *node != event.node),
            // Plants of scenarios have neither maintenance nor zones, and supports are no nodes.
            _ => {}
        }
    }
    down
}

/// The nodes fail and come back in the order in which they did, beginning when all were up for the last time.
fn in_order(scenario: &Scenario, measured: &[Measured], history: &History) -> Replay {
    let outage = history.outage;
    let mut replay = steady(scenario);
    let all = Assumed { mttf_us: 0, mttr_us: 0, needed: 1, all_fail: true, common_cause_ppm: 0 };
    let supports = supports(scenario, &all);
    let longest = measured.iter().filter_map(|run| run.outage_us).max().unwrap_or(WAIT_US.0);
    let wait_us = (2 * longest).clamp(WAIT_US.0, WAIT_US.1);
    // Whom a node of the plant is in the lab: at first its namesake.
    let nodes = shape(scenario).nodes;
    let mut who: Vec<u8> = (0..nodes).collect();
    let mut leader = history.leader_before;
    let (mut now_us, mut last_us, mut at) = (FIRST_US, None, None);
    let (mut down, mut away): (Vec<u8>, bool) = (Vec::new(), false);
    let steps = history.supports_away_before.iter().map(|support| (None, *support, What::SupportAway));
    let steps = steps.chain(history.down_before.iter().map(|node| (None, *node, What::Failed)));
    let steps = steps.chain(history.events.iter().map(|event| (Some(event.at_us), event.node, event.what)));
    for (when, node, what) in steps {
        if let (Some(when), Some(last)) = (when, last_us) {
            now_us += wait_us.min(when - last).max(if when == last { 0 } else { WAIT_US.0 / 5 });
        }
        last_us = when.or(last_us);
        let begins = when == Some(outage.from_us);
        let schedule = |scenario: &mut Scenario, action| {
            scenario.faults.scheduled.push(Scheduled::at(now_us, action));
        };
        match what {
            What::Failed | What::FailedUnseen => {
                if leader == Some(node) {
                    lead(&replay, now_us, node, &mut who);
                    leader = None;
                }
                schedule(&mut replay, Action::MachineCrash { on: Target::Node(who[usize::from(node)]) });
                down.push(node);
            }
            What::Repaired => {
                schedule(&mut replay, Action::Restart { on: Target::Node(who[usize::from(node)]) });
                down.retain(|other| *other != node);
            }
            What::Leads => leader = Some(node),
            What::SupportAway | What::SupportBack => {
                let Some(support) = supports.get(usize::from(node)) else { continue };
                // So many that too few are left.
                for place in 0..=support.nodes - support.needed {
                    let on = lean::machine(scenario, support.what, place);
                    let away = what == What::SupportAway;
                    schedule(&mut replay, if away { Action::MachineCrash { on } } else { Action::Restart { on } });
                }
                away = what == What::SupportAway;
            }
            What::Found | What::TakenDown | What::Maintained | What::ZoneFailed | What::ZoneBack => {}
        }
        if begins && at.is_none() {
            at = Some(now_us.saturating_sub(BEFORE_US));
        }
        // What was over when all were up again did not lead to this.
        if down.is_empty() && !away && when.is_some_and(|when| when < outage.from_us) {
            replay.faults.scheduled.clear();
            (now_us, last_us) = (FIRST_US, None);
        }
    }
    replay.until_us = replay.until_us.max(now_us + wait_us);
    Replay { scenario: replay, at: SimTime::from_us(at.unwrap_or(FIRST_US - BEFORE_US)), is_measured: false }
}

/// The node of the plant that leads is the machine that leads in the lab at this moment: the two exchange their names.
fn lead(scenario: &Scenario, at_us: Micros, node: u8, who: &mut [u8]) {
    let mut run = Run::new(scenario, scenario.seed);
    run.start(&mut ());
    run.run_until(SimTime::from_us(at_us), &mut ());
    let here = match &scenario.system {
        Setup::Cluster(Cluster { data: DataPath::Workers(_), .. }) => run.owner_of(0).map(usize::from),
        Setup::Cluster(_) => run.resolve(Target::Leader).ok().and_then(|leader| run.layout().data_index(leader)),
        _ => current_master(run.world()).and_then(|master| run.layout().data_index(master)),
    };
    let Some(other) = here.and_then(|place| who.iter().position(|lab| usize::from(*lab) == place)) else { return };
    who.swap(usize::from(node), other);
}

#[cfg(test)]
mod tests {
    use super::super::failover::measure;
    use super::super::years::{Event, Outage, Study, SupportKind};
    use super::*;
    use crate::measure::Ledger;
    use crate::scenario::{parse, preset, presets};

    const HOUR_US: Micros = 3_600_000_000;

    fn measured(scenario: &Scenario) -> Vec<Measured> {
        (1..=12).map(|seed| measure(scenario, seed).expect("it has a master")).collect()
    }

    fn assumed(needed: u8) -> Assumed {
        Assumed { mttf_us: 1_000 * HOUR_US, mttr_us: 10 * HOUR_US, needed, all_fail: false, common_cause_ppm: 0 }
    }

    /// What a replay shows, as the ledger sees it: how many machines crash, and how long the longest outage is.
    fn watch(replay: &Replay) -> (usize, Vec<Micros>) {
        let scenario = &replay.scenario;
        assert!(scenario.validate().is_ok(), "{:?}", scenario.validate());
        let mut run = Run::new(scenario, scenario.seed);
        let mut ledger = Ledger::new(run.world().config());
        run.start(&mut ledger);
        run.run_until(replay.at, &mut ledger);
        assert!(ledger.incidents().iter().all(|incident| !incident.open()), "it stands before the outage");
        run.run_until(SimTime::from_us(scenario.until_us), &mut ledger);
        assert_eq!(run.skipped(), [], "everything could be done");
        let until = run.now();
        (scenario.faults.scheduled.len(), ledger.incidents().iter().map(|it| it.outage_us(until)).collect())
    }

    #[test]
    fn every_ready_scenario_has_a_plant() {
        let measured = [Measured { seed: 1, crash_at_us: 1, outage_us: Some(5_000_000) }];
        for preset in presets() {
            let scenario = parse(preset.json).expect("it is good");
            let shape = shape(&scenario);
            for (all_fail, common_cause_ppm) in [(false, 0), (true, 0), (true, 50_000)] {
                let assumed = Assumed { all_fail, common_cause_ppm, ..assumed(shape.needed) };
                for measured in [&[][..], &measured] {
                    let plant = plant_of(&scenario, measured, assumed);
                    assert_eq!(plant.check(), Ok(()), "{}: {plant:?}", preset.name);
                }
            }
        }
    }

    #[test]
    fn a_shard_leans_on_its_manager_and_its_balancer() {
        let scenario = parse(preset("worker-crash").expect("ready").json).expect("good");
        assert_eq!(shape(&scenario), Shape { nodes: 2, needed: 1 }, "one shard is held twice");
        let all = Assumed { all_fail: true, common_cause_ppm: 100_000, ..assumed(1) };
        let found = supports(&scenario, &all);
        let kinds: Vec<_> = found.iter().map(|support| (support.what, support.nodes, support.needed)).collect();
        assert_eq!(kinds, [(SupportKind::Manager, 3, 2), (SupportKind::Router, 1, 1)]);
        assert_eq!(found[0].goes_on, Some(Times::Uniform { lo_us: 9_000_000, hi_us: 10_000_000 }));
        // One failure in ten is shared; who is alone shares with nobody.
        assert_eq!(found[0].common_cause, Some(Times::Exponential { mean_us: 10_000 * HOUR_US }));
        assert_eq!((found[1].common_cause.clone(), found[1].up.mean_us()), (None, 1_000.0 * HOUR_US as f64));
    }

    #[test]
    fn needed_are_votes_and_copies() {
        let needed = |change: fn(&mut MasterStandby)| {
            let mut options = MasterStandby::default();
            options.replication.mode = ReplicationMode::Async;
            change(&mut options);
            shape(&Scenario { system: Setup::MasterStandby(options), ..Scenario::default() }).needed
        };
        assert_eq!(needed(|it| it.decision = Decision::Alone { canvass_us: 0 }), 1);
        assert_eq!(needed(|it| (it.decision, it.standbys) = (Decision::Majority, 2)), 2);
        assert_eq!(needed(|it| (it.decision, it.standbys) = (Decision::Majority, 1)), 1, "the witness votes");
        assert_eq!(needed(|it| (it.decision, it.standbys) = (Decision::Majority, 4)), 3);
        assert_eq!(
            needed(|it| {
                it.decision = Decision::Alone { canvass_us: 0 };
                it.replication.mode = ReplicationMode::SemiSync { standbys: 2 };
                it.replication.fallback = Fallback::Strict;
            }),
            3
        );
    }

    /// A failover that nobody joined in is the very run that was measured, to the microsecond.
    #[test]
    fn a_plain_failover_opens_as_the_run_that_was_measured() {
        let scenario = Scenario::default();
        let measured = measured(&scenario);
        let worst = measured.iter().max_by_key(|run| run.outage_us).expect("some");
        let length_us = worst.outage_us.expect("somebody took over");
        let event = |at_us, node, what| Event { at_us, node, what };
        let history = History {
            outage: Outage { length_us, chunk: 0, from_us: 900 },
            down_before: Vec::new(),
            zones_down_before: Vec::new(),
            supports_away_before: Vec::new(),
            leader_before: Some(0),
            events: vec![event(900, 0, What::Failed), event(900 + length_us, 1, What::Leads)],
            left_out: 0,
        };
        let replay = replay(&scenario, &measured, &history);
        assert!(replay.is_measured);
        assert_eq!(watch(&replay), (1, vec![length_us]), "seed {}", worst.seed);
    }

    /// The longest outage of a thousand years with too few nodes up: the same nodes fail in the lab, and it is down.
    #[test]
    fn too_few_nodes_fail_in_the_lab_as_they_did_over_the_years() {
        for (name, system) in [("crash", None), ("leader-crash", None), ("pair", Some(1_u8))] {
            let mut scenario = parse(preset("crash").expect("ready").json).expect("good");
            if name == "leader-crash" {
                scenario = parse(preset(name).expect("ready").json).expect("good");
            }
            if let (Some(standbys), Setup::MasterStandby(options)) = (system, &mut scenario.system) {
                options.standbys = standbys;
                options.replication.mode = ReplicationMode::Async;
                options.decision = Decision::Alone { canvass_us: 1_000_000 };
            }
            let measured = measured(&scenario);
            let plant = plant_of(&scenario, &measured, assumed(shape(&scenario).needed));
            for seed in 1..=5 {
                let study = Study { plant: &plant, seed, years: 1_000 };
                let tally = study.run(1).expect("possible");
                let longest = tally.longest.expect("a thousand years are enough");
                let history = study.history(longest).expect("possible");
                let replay = replay(&scenario, &measured, &history);
                let (crashes, outages) = watch(&replay);
                assert!(!replay.is_measured && crashes >= 2, "{name}, seed {seed}: {history:?}");
                assert!(outages.iter().any(|us| *us > 3_000_000), "{name}, seed {seed}: {outages:?}\n{history:#?}");
            }
        }
    }
}
