//! Ensembles in the lab: what the ready scenarios teach, and what holds whatever happens to the members.
#![cfg(not(target_arch = "wasm32"))]

#[path = "support/often.rs"]
mod often;

use std::collections::BTreeSet;

use ha_lab::ha::Ha;
use ha_lab::ha::note::{Note, StepDown};
use ha_lab::measure::{Figures, Incident, Ledger};
use ha_lab::scenario::{
    self, Action, Cluster, DataPath, Etcd, Manager, Router, Run, Scenario, Scheduled, Setup, Target, Timing, Wire,
    Zookeeper,
};
use ha_lab::sim::{Dice, Domain, Event, MachineId, Micros, SimTime};

const SECOND: Micros = 1_000_000;

/// A scenario, run to its end.
struct Seen {
    replay: String,
    until: SimTime,
    ledger: Ledger,
    events: Vec<(SimTime, Event<Ha>)>,
}

fn ready(name: &str) -> Scenario {
    let preset = scenario::preset(name).unwrap_or_else(|| panic!("there is no scenario {name}"));
    scenario::parse(preset.json).unwrap_or_else(|problems| panic!("{name}:\n{problems}"))
}

fn cluster(scenario: &mut Scenario) -> &mut Cluster {
    match &mut scenario.system {
        Setup::Cluster(cluster) => cluster,
        _ => panic!("not a cluster"),
    }
}

fn etcd(scenario: &mut Scenario) -> &mut Etcd {
    match &mut cluster(scenario).manager {
        Manager::Etcd(etcd) => etcd,
        Manager::Zookeeper(_) => panic!("not Raft"),
    }
}

fn see(scenario: &Scenario) -> Seen {
    let until = SimTime::from_us(scenario.until_us);
    let mut run = Run::new(scenario, scenario.seed);
    let mut sinks = (Ledger::new(run.world().config()), Vec::new());
    run.start(&mut sinks);
    run.run_until(until, &mut sinks);
    let (ledger, events) = sinks;
    let replay = format!("seed {}; halab run of\n{}", scenario.seed, scenario.to_json());
    let seen = Seen { replay, until, ledger, events };
    for incident in seen.ledger.incidents().iter().filter(|incident| !incident.open()) {
        assert_eq!(incident.phases.sum_us(), incident.outage_us(until), "the phases add up; {}", seen.replay);
    }
    // Whatever is taught: consensus loses nothing, and two leaders are never able to acknowledge.
    let figures = seen.figures();
    seen.holds(figures.writes.lost == 0 && figures.writes.conflicting == 0, "no acknowledged write is ever lost");
    seen.holds(figures.split_brains == 0, "two leaders are no split brain");
    seen
}

impl Seen {
    fn figures(&self) -> Figures {
        self.ledger.figures(self.until)
    }

    fn outage(&self) -> &Incident {
        match self.ledger.incidents() {
            [incident] => incident,
            other => panic!("one outage expected, not {other:#?}\n{}", self.replay),
        }
    }

    fn notes(&self) -> impl Iterator<Item = (SimTime, MachineId, Note)> + '_ {
        self.events.iter().filter_map(|(at, event)| match event {
            Event::Note { machine, note, .. } => Some((*at, *machine, *note)),
            _ => None,
        })
    }

    fn count(&self, which: impl Fn(&Note) -> bool) -> usize {
        self.notes().filter(|(_, _, note)| which(note)).count()
    }

    /// Acknowledgements in a span of time, in seconds.
    fn acknowledged(&self, from_s: u64, to_s: u64) -> Vec<MachineId> {
        let within = |at: SimTime| (from_s * SECOND..to_s * SECOND).contains(&at.us());
        let acks = self.notes().filter(|(at, _, note)| within(*at) && matches!(note, Note::Acknowledged { .. }));
        acks.map(|(_, machine, _)| machine).collect()
    }

    /// The terms in which somebody led and served.
    fn reigns(&self) -> Vec<u32> {
        let epoch = |note| if let Note::BecameMaster { epoch, .. } = note { Some(epoch) } else { None };
        self.notes().filter_map(|(_, _, note)| epoch(note)).collect()
    }

    /// The terms for which somebody stood.
    fn candidacies(&self) -> BTreeSet<u32> {
        let epoch = |note| if let Note::Canvassing { epoch, .. } = note { Some(epoch) } else { None };
        self.notes().filter_map(|(_, _, note)| epoch(note)).collect()
    }

    #[track_caller]
    fn holds(&self, what: bool, lesson: &str) {
        assert!(what, "{lesson}\n{:#?}\n{:#?}\n{}", self.figures(), self.ledger.incidents(), self.replay);
    }
}

fn m(index: usize) -> MachineId {
    MachineId::from_index(index)
}

#[test]
fn a_dead_leader_is_missed_after_an_election_timeout_and_nothing_is_lost() {
    for seed in 1..=10 {
        let seen = see(&Scenario { seed, ..ready("leader-crash") });
        seen.holds(seen.ledger.failovers().len() == 1, "one failover");
        let outage = seen.outage();
        // The last heartbeat came up to a second before the crash.
        seen.holds((1_800_000..=6_300_000).contains(&outage.phases.detect_us), "one election timeout to notice");
        seen.holds(outage.phases.fence_us == 0 && outage.phases.promote_us > 0, "nobody is fenced; it has to commit");
        seen.holds(outage.promoted.is_some(), "the election ended it");
    }
}

#[test]
fn zookeeper_needs_more_rounds_and_notices_a_dead_process_at_once() {
    let (raft, zab) = (see(&ready("leader-crash")), see(&ready("leader-crash-zookeeper")));
    zab.holds(zab.outage().phases.decide_us > raft.outage().phases.decide_us, "it votes, then finds an epoch");
    let mut scenario = ready("leader-crash-zookeeper");
    scenario.faults.scheduled[0].action = Action::ProcessCrash { on: Target::Master };
    let seen = see(&scenario);
    seen.holds(seen.outage().phases.detect_us < 500_000, "a closed connection says it");
    zab.holds(zab.outage().phases.detect_us > 2 * SECOND, "silence takes syncLimit ticks");
    // Raft does not take a closed connection for a sign.
    let mut scenario = ready("leader-crash");
    scenario.faults.scheduled[0].action = Action::ProcessCrash { on: Target::Master };
    let seen = see(&scenario);
    seen.holds(seen.outage().phases.detect_us > SECOND, "it waits for its election timeout");
}

#[test]
fn the_textbook_cluster_elects_another_leader() {
    let seen = see(&ready("cluster-article"));
    seen.holds(seen.ledger.failovers().len() == 1 && seen.outage().fault_at == Some(SimTime::from_us(5 * SECOND)), "A");
}

#[test]
fn a_minority_may_die_and_a_majority_may_not() {
    let seen = see(&ready("majority-loss"));
    seen.holds(!seen.acknowledged(11, 16).is_empty(), "three of five go on as if nothing had happened");
    seen.holds(seen.acknowledged(17, 30).is_empty(), "two of five acknowledge nothing");
    seen.holds(seen.count(|note| matches!(note, Note::SteppedDown { why: StepDown::NoQuorum, .. })) == 1, "it resigns");
    seen.holds(!seen.acknowledged(45, 60).is_empty(), "with three again the service is there");
    let outage = seen.outage();
    seen.holds(outage.started >= SimTime::from_us(15 * SECOND), "the first two cost nothing");
}

#[test]
fn four_survive_no_more_than_three() {
    let stops_at = |members: u8| {
        let mut scenario = ready("four-members");
        cluster(&mut scenario).members = members;
        for scheduled in &mut scenario.faults.scheduled {
            let node = |on: &mut Target| {
                if let Target::Node(index) = on {
                    *index -= 4 - members;
                }
            };
            match &mut scheduled.action {
                Action::MachineCrash { on } | Action::Restart { on } => node(on),
                other => panic!("{other:?}"),
            }
        }
        let seen = see(&scenario);
        seen.holds(!seen.acknowledged(9, 16).is_empty(), "one dead server is survived");
        seen.holds(seen.acknowledged(17, 32).is_empty(), "two are not");
        seen.outage().started.us() / SECOND
    };
    assert_eq!((stops_at(3), stops_at(4)), (16, 16), "at the second crash");
}

#[test]
fn a_leader_on_the_smaller_side_believes_and_cannot_acknowledge() {
    let mut scenario = ready("leader-in-minority");
    scenario.until_us = 14_990_000;
    // Without check-quorum it does not even step down.
    etcd(&mut scenario).check_quorum = false;
    scenario.until_us = 25 * SECOND;
    let stubborn = see(&scenario);
    stubborn.holds(stubborn.ledger.dual_master(), "two leaders at once");
    let seen = see(&ready("leader-in-minority"));
    let by_old = |from, to| seen.acknowledged(from, to).into_iter().filter(|machine| *machine == m(0)).count();
    seen.holds(by_old(5, 10) > 0 && by_old(11, 30) == 0, "with two disks of five it acknowledges nothing");
    seen.holds(seen.acknowledged(20, 30).iter().any(|machine| machine.index() >= 2), "the others go on");
    let resigns = |(_, machine, note): (SimTime, MachineId, Note)| {
        machine == m(0) && matches!(note, Note::SteppedDown { epoch: 1, why: StepDown::NoQuorum })
    };
    seen.holds(seen.notes().any(resigns), "and notices that it hears no majority");
    let rewinds = |(_, machine, note): (SimTime, MachineId, Note)| {
        machine == m(0) && matches!(note, Note::Rewound { dropped: 1.., .. })
    };
    seen.holds(seen.notes().any(rewinds), "what it could not commit is thrown away");
}

#[test]
fn local_reads_are_old_and_linearizable_ones_are_refused() {
    let local = see(&ready("stale-reads"));
    local.holds(local.figures().reads.stale > 5, "A answers from what it has");
    let strict = see(&ready("no-stale-reads"));
    strict.holds(strict.figures().reads.stale == 0, "nothing old is given");
    strict.holds(strict.figures().reads.failed > local.figures().reads.failed + 5, "and nothing at all on A's side");
}

#[test]
fn narrow_timeouts_split_the_votes() {
    let mut rounds = (0, 0);
    for seed in 1..=8 {
        let mut scenario = Scenario { seed, ..ready("split-votes") };
        rounds.0 += see(&scenario).candidacies().len();
        let Timing::Continuous(times) = &mut etcd(&mut scenario).timing else { panic!("ranges") };
        times.election_hi_us = 2 * times.election_lo_us;
        let wide = see(&scenario);
        wide.holds(wide.ledger.failovers().len() == 1, "a wide range finds a leader");
        rounds.1 += wide.candidacies().len();
    }
    assert!(rounds.0 > 4 * rounds.1, "terms stood for, narrow and wide: {rounds:?}");
}

#[test]
fn half_a_cable_deposes_leaders_unless_they_are_protected() {
    let bare = see(&ready("asymmetric-link"));
    bare.holds(bare.reigns().len() >= 3, "a healthy leader is deposed again and again");
    bare.holds(bare.ledger.incidents().len() >= 2, "and the users notice");
    for (pre_vote, check_quorum) in [(true, false), (false, true), (true, true)] {
        let mut scenario = ready("asymmetric-link");
        let etcd = etcd(&mut scenario);
        (etcd.pre_vote, etcd.check_quorum) = (pre_vote, check_quorum);
        let seen = see(&Scenario { until_us: 44 * SECOND, ..scenario });
        seen.holds(seen.reigns() == [1] && seen.ledger.incidents().is_empty(), "nothing happens");
    }
}

#[test]
fn a_write_that_was_not_answered_is_done_twice_without_idempotence_keys() {
    let seen = see(&ready("duplicate-writes"));
    seen.holds(seen.figures().writes.repeated > 0, "asked again at the new leader, applied again");
    let mut scenario = ready("duplicate-writes");
    cluster(&mut scenario).idempotence = true;
    let seen = see(&scenario);
    seen.holds(seen.figures().writes.repeated == 0, "applied once");
    seen.holds(seen.count(|note| matches!(note, Note::Repeated { twice: false, .. })) > 0, "and recognised");
}

#[test]
fn a_cold_ensemble_elects_nobody_who_lacks_what_a_majority_has() {
    for manager in [Manager::Etcd(Etcd::default()), Manager::Zookeeper(Zookeeper::default())] {
        let setup = Cluster {
            manager,
            cold_start: true,
            logs: vec![9, 2, 9],
            data: DataPath::ThroughTheLog,
            ..Cluster::default()
        };
        for seed in 1..=6 {
            let (system, faults) = (Setup::Cluster(setup.clone()), scenario::Faults::default());
            let until_us = 40 * SECOND;
            let seen = see(&Scenario { seed, system, faults, until_us, router: Router::Discovery, ..ready("crash") });
            let leader = seen.notes().find(|(_, _, note)| matches!(note, Note::BecameMaster { .. }));
            let Some((_, machine, Note::BecameMaster { base, .. })) = leader else {
                panic!("no leader; {}", seen.replay)
            };
            seen.holds(machine != m(1) && base.index == 9, "B has two entries of nine");
        }
    }
}

#[test]
fn the_leadership_is_handed_over_as_planned() {
    let mut scenario = ready("leader-crash");
    scenario.faults.scheduled = vec![Scheduled::at(10 * SECOND, Action::Switchover { to: Some(Target::Node(2)) })];
    let seen = see(&scenario);
    seen.holds(
        seen.count(|note| matches!(note, Note::SteppedDown { why: StepDown::Handover, .. })) == 1,
        "it hands over",
    );
    let failovers = seen.ledger.failovers();
    seen.holds(failovers.len() == 1 && failovers[0].to == m(2) && failovers[0].planned, "to C, and nobody has failed");
}

/// Faults at random, all healed at 40 s.
fn random_faults(seed: u64, members: u8) -> Vec<Scheduled> {
    let mut dice = Dice::keyed(seed, Domain::Schedule, 77, 0);
    let mut faults = Vec::new();
    let mut at = 2 * SECOND;
    loop {
        at += dice.between(100_000, 3 * SECOND);
        if at > 40 * SECOND {
            break;
        }
        let any = |dice: &mut Dice| Target::Node(dice.below(members.into()) as u8);
        let (on, other) = (any(&mut dice), any(&mut dice));
        let action = match dice.below(16) {
            0 => Action::ProcessCrash { on },
            1 => Action::MachineCrash { on },
            2 => Action::PowerLoss { on: Target::Master },
            3 => Action::PowerLoss { on },
            4..=6 => Action::Restart { on },
            7 => Action::Freeze { on: Target::Master },
            8 | 9 => Action::Thaw { on },
            10 if on != other => Action::Cut { from: on, to: other, both_ways: dice.below(2) == 0 },
            11 if on != other => {
                Action::Partition { groups: vec![vec![Target::Site(1)], vec![on, other, Target::Site(0)]] }
            }
            12 => Action::DiskFull { on, full: true },
            13 => Action::DiskFull { on, full: false },
            14 if on != other => Action::Delay { between: (on, other), latency_us: 400_000, jitter_us: 400_000 },
            _ => Action::Heal,
        };
        faults.push(Scheduled::at(at, action));
    }
    faults.push(Scheduled::at(41 * SECOND, Action::Heal));
    for index in 0..members {
        let on = Target::Node(index);
        faults.extend([
            Scheduled::at(41 * SECOND, Action::DiskFull { on, full: false }),
            Scheduled::at(41 * SECOND, Action::Thaw { on }),
            Scheduled::at(41 * SECOND, Action::Restart { on }),
        ]);
        for other in 0..index {
            let between = (on, Target::Node(other));
            faults.push(Scheduled::at(41 * SECOND, Action::Delay { between, latency_us: 0, jitter_us: 0 }));
        }
    }
    faults
}

/// No acknowledged write is lost, no two leaders can acknowledge, reads that promise it are not stale, and what was
/// broken heals; whatever happens. `HALAB_SEED=7` runs one seed, `HALAB_TIMES=25` more of them.
#[test]
fn whatever_happens_to_the_members_nothing_acknowledged_is_lost_and_all_heals() {
    for seed in often::seeds(40) {
        let mut dice = Dice::keyed(seed, Domain::Schedule, 78, 0);
        let members = [3, 5, 4, 1, 3, 7][dice.below(6) as usize];
        let wire = if dice.below(2) == 0 { Wire::Connection } else { Wire::Datagram };
        let manager = if dice.below(2) == 0 {
            let (pre_vote, check_quorum) = (dice.below(2) == 0, dice.below(2) == 0);
            Manager::Etcd(Etcd { pre_vote, check_quorum, wire, ..Etcd::default() })
        } else {
            Manager::Zookeeper(Zookeeper::default())
        };
        let is_raft = matches!(manager, Manager::Etcd(_));
        let idempotence = dice.below(2) == 0;
        let system = Setup::Cluster(Cluster {
            members,
            manager,
            idempotence,
            data: DataPath::ThroughTheLog,
            ..Cluster::default()
        });
        let mut scenario = ready("leader-crash");
        (scenario.seed, scenario.until_us, scenario.system) = (seed, 90 * SECOND, system);
        scenario.clients.mean_gap_us = Some(200_000);
        scenario.clients.reads_anywhere = dice.below(2) == 0;
        scenario.clients.attempts = 4;
        scenario.network.between_nodes = scenario::Latency { lo_us: 10_000, hi_us: 40_000 };
        scenario.faults.scheduled = random_faults(seed, members);
        let seen = see(&scenario);
        seen.holds(!is_raft || seen.figures().reads.stale == 0, "linearizable reads are not stale");
        seen.holds(!idempotence || seen.figures().writes.repeated == 0, "nothing is applied twice");
        seen.holds(seen.acknowledged(85, 90).len() > 50, "long after everything is healed the service is well");
    }
}
