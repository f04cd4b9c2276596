//! Each ready scenario teaches its lesson, not only on paper.
#![cfg(not(target_arch = "wasm32"))]

use std::rc::Rc;

use ha_lab::ha::Ha;
use ha_lab::ha::note::{FencedBy, Note, Outcome, Stale, StepDown};
use ha_lab::measure::{Cause, Figures, Incident, Ledger, Phases};
use ha_lab::player::Player;
use ha_lab::scenario::{self, Run, Scenario, Setup};
use ha_lab::sim::{Event, Fault, MachineId, Micros, Origin, SimTime};

/// A ready scenario, run to its end with its own seed.
struct Lesson {
    name: &'static str,
    seed: u64,
    until: SimTime,
    ledger: Ledger,
    story: Vec<(SimTime, Event<Ha>)>,
}

fn lesson(name: &'static str) -> Lesson {
    let preset = scenario::preset(name).unwrap_or_else(|| panic!("there is no scenario {name}"));
    let scenario = scenario::parse(preset.json).unwrap_or_else(|problems| panic!("{name}:\n{problems}"));
    run(name, &scenario)
}

fn run(name: &'static str, scenario: &Scenario) -> Lesson {
    // With another seed, HALAB_SEED=7 cargo test --test scenarios, most lessons hold as well.
    let other = std::env::var("HALAB_SEED").ok().and_then(|seed| seed.parse().ok());
    let (seed, until) = (other.unwrap_or(scenario.seed), SimTime::from_us(scenario.until_us));
    let mut run = Run::new(scenario, seed);
    let mut sinks = (Ledger::new(run.world().config()), Vec::new());
    run.start(&mut sinks);
    run.run_until(until, &mut sinks);
    assert_eq!(run.skipped(), [], "{name}: all that is planned can be done");
    let (ledger, story) = sinks;
    let lesson = Lesson { name, seed, until, ledger, story };
    for incident in lesson.ledger.incidents().iter().filter(|incident| !incident.open()) {
        let sum = incident.phases.sum_us();
        assert_eq!(sum, incident.outage_us(until), "{}: the phases add up", lesson.replay());
    }
    lesson
}

impl Lesson {
    /// What replays it.
    fn replay(&self) -> String {
        format!("halab run {} --seed {}", self.name, self.seed)
    }

    fn figures(&self) -> Figures {
        self.ledger.figures(self.until)
    }

    fn incidents(&self) -> &[Rc<Incident>] {
        self.ledger.incidents()
    }

    /// The one outage that there is.
    fn outage(&self) -> &Incident {
        match self.incidents() {
            [incident] => incident,
            other => panic!("{}: one outage expected, not {other:#?}", self.replay()),
        }
    }

    fn notes(&self) -> impl Iterator<Item = (SimTime, MachineId, Note)> + '_ {
        self.story.iter().filter_map(|(at, event)| match event {
            Event::Note { machine, note, .. } => Some((*at, *machine, *note)),
            _ => None,
        })
    }

    fn count(&self, which: impl Fn(&Note) -> bool) -> usize {
        self.notes().filter(|(_, _, note)| which(note)).count()
    }

    #[track_caller]
    fn holds(&self, what: bool, lesson: &str) {
        assert!(what, "{lesson}\n{}\n{:#?}\n{:#?}", self.replay(), self.figures(), self.incidents());
    }
}

const SECOND: Micros = 1_000_000;

/// The phases by name, longest first.
fn longest(phases: Phases) -> &'static str {
    let all = [
        (phases.detect_us, "detect"),
        (phases.decide_us, "decide"),
        (phases.fence_us, "fence"),
        (phases.promote_us, "promote"),
        (phases.redirect_us, "redirect"),
        (phases.resume_us, "resume"),
        (phases.repair_us, "repair"),
    ];
    all.into_iter().max().map_or("", |(_, name)| name)
}

#[test]
fn a_crash_costs_seconds_and_no_acknowledged_write() {
    let crash = lesson("crash");
    let figures = crash.figures();
    crash.holds(crash.ledger.failovers().len() == 1, "one failover");
    crash.holds(figures.writes.lost == 0 && figures.split_brains == 0, "nothing lost, nobody twice");
    let outage = crash.outage();
    crash.holds(outage.cause == Cause::Fault && !outage.open(), "the crash caused it, and it is over");
    crash.holds((2 * SECOND..10 * SECOND).contains(&outage.outage_us(crash.until)), "it took seconds");
    crash.holds(longest(outage.phases) == "detect", "finding out takes longest");
}

#[test]
fn the_textbook_example_takes_over_without_a_call_from_the_dead() {
    let example = lesson("article-example");
    example.holds(example.outage().fault_at == Some(SimTime::from_us(5 * SECOND)), "the master fails at 5 s");
    example.holds(example.ledger.failovers().len() == 1, "the standby finds out by itself");
}

#[test]
fn a_planned_switchover_detects_nothing_and_loses_nothing() {
    let planned = lesson("planned-switchover");
    let crash = lesson("crash");
    planned.holds(planned.ledger.failovers().iter().all(|failover| failover.planned), "all was planned");
    planned.holds(planned.ledger.failovers().len() == 2, "there and back");
    planned.holds(planned.figures().writes.lost == 0, "nothing is lost");
    for pause in planned.incidents() {
        planned.holds(pause.cause == Cause::Planned && pause.phases.detect_us == 0, "nothing had to be detected");
        let shorter = pause.outage_us(planned.until) < crash.outage().outage_us(crash.until);
        planned.holds(shorter, "shorter than a crash");
    }
}

#[test]
fn asynchronous_replication_loses_acknowledged_writes() {
    let lost = lesson("async-loss");
    lost.holds(lost.figures().writes.lost > 0, "acknowledged, and gone");
    lost.holds(lost.figures().split_brains == 0, "though nobody was master twice");
    lost.holds(lost.count(|note| matches!(note, Note::Rewound { dropped: 1.., .. })) > 0, "the old master drops them");
}

#[test]
fn a_silent_fallback_loses_what_semi_synchronous_replication_promised_to_keep() {
    let silent = lesson("silent-fallback");
    silent.holds(silent.count(|note| matches!(note, Note::Degraded { on: true, .. })) > 0, "it went on alone");
    silent.holds(silent.figures().writes.lost > 0, "and that was lost");
}

#[test]
fn a_standby_that_decides_alone_splits_the_brain() {
    let split = lesson("split-brain");
    split.holds(split.figures().split_brains == 1, "two acknowledge at one time");
    split.holds(split.figures().split_brain_us > 5 * SECOND, "for long");
    split.holds(split.figures().writes.conflicting > 0, "and contradict each other");
}

#[test]
fn a_majority_and_a_lease_prevent_the_split_brain() {
    let prevented = lesson("split-brain-prevented");
    prevented.holds(prevented.figures().split_brains == 0, "never two");
    prevented.holds(prevented.figures().writes.conflicting == 0, "no contradiction");
    prevented.holds(prevented.ledger.failovers().len() == 1, "the majority has a master all the same");
    let by_lease = |note: &Note| matches!(note, Note::SteppedDown { why: StepDown::LeaseLost, .. });
    prevented.holds(prevented.count(by_lease) == 1, "the old master stepped down by itself");
    let stepped = prevented.notes().find(|(_, _, note)| by_lease(note)).map(|(at, _, _)| at);
    prevented.holds(stepped < Some(prevented.ledger.failovers()[0].at), "before the new one opened");
}

#[test]
fn without_a_majority_there_is_no_failover() {
    let stuck = lesson("no-failover-without-majority");
    let back = SimTime::from_us(35 * SECOND);
    stuck.holds(stuck.ledger.failovers().iter().all(|failover| failover.at > back), "nobody takes over alone");
    stuck.holds(stuck.outage().outage_us(stuck.until) > 23 * SECOND, "until the old master is back");
    stuck.holds(stuck.count(|note| matches!(note, Note::CanvassFailed { .. })) > 1, "it asks again and again");
    stuck.holds(longest(stuck.outage().phases) == "decide", "two of three are what it waits for");
}

#[test]
fn a_frozen_master_wakes_up_and_finds_its_lease_run_out() {
    let frozen = lesson("frozen-lease");
    let by_lease = |note: &Note| matches!(note, Note::SteppedDown { why: StepDown::LeaseLost, .. });
    let stepped = frozen.notes().find(|(_, _, note)| by_lease(note)).map(|(at, _, _)| at.us());
    let thaw = 22 * SECOND;
    frozen.holds(stepped.is_some_and(|at| (thaw..thaw + SECOND / 10).contains(&at)), "it steps down when it wakes");
    let fenced = |note: &Note| matches!(note, Note::Fenced { by: FencedBy::Lease, .. });
    frozen.holds(frozen.count(fenced) == 1, "the new master had waited for the lease");
    frozen.holds(frozen.outage().phases.fence_us > SECOND, "and that took time");
    frozen.holds(frozen.figures().writes.conflicting == 0, "no write contradicts another");
}

#[test]
fn a_frozen_master_wakes_up_and_is_fenced_by_its_epoch() {
    let frozen = lesson("frozen-epoch");
    for what in [Stale::Append, Stale::Response] {
        let refused = |note: &Note| matches!(note, Note::StaleRefused { what: refused, .. } if *refused == what);
        frozen.holds(frozen.count(refused) > 0, "what it sends is refused");
    }
    let newer = |note: &Note| matches!(note, Note::SteppedDown { why: StepDown::NewerEpoch, .. });
    frozen.holds(frozen.count(newer) == 1, "and so it learns that its time is over");
    frozen.holds(frozen.figures().split_brains == 0, "nobody could acknowledge beside the new master");
    frozen.holds(frozen.figures().writes.lost == 0, "nothing is lost");
}

#[test]
fn a_late_write_is_refused_by_the_shared_storage_and_without_epochs_costs_what_came_after_it() {
    let stale = |note: &Note| matches!(note, Note::StaleRefused { what: Stale::Storage, .. });
    let over = |note: &Note| matches!(note, Note::Overwritten { .. });
    let by_lease = |note: &Note| matches!(note, Note::SteppedDown { why: StepDown::LeaseLost, .. });
    let fenced = lesson("shared-storage");
    fenced.holds(fenced.count(by_lease) == 1, "the old master's lease ran out while it was frozen");
    fenced.holds(fenced.count(stale) == 1, "its write left all the same, and the storage refused it");
    fenced.holds(fenced.count(over) == 0, "nothing was written over");
    fenced.holds(fenced.ledger.failovers().len() == 2, "two masters later");
    fenced.holds(fenced.figures().writes.lost == 0, "everything is there");

    let preset = scenario::preset("shared-storage").expect("it was run above");
    let mut dumb = scenario::parse(preset.json).expect("it was run above");
    let Setup::MasterStandby(system) = &mut dumb.system else { panic!("a master with standbys") };
    system.fencing.epochs = false;
    let dumb = run("shared-storage without epochs", &dumb);
    dumb.holds(dumb.count(by_lease) == 1, "the lease ran out here, too");
    dumb.holds(dumb.count(stale) == 0 && dumb.count(over) == 1, "but the late write went over the new master's log");
    let lost: Vec<u64> = dumb.ledger.failovers().iter().map(|failover| failover.lost).collect();
    dumb.holds(lost[0] == 0 && lost[1] > 0, "which the next one found out");
    dumb.holds(dumb.figures().split_brains == 0, "and there were never two masters");
}

#[test]
fn two_that_shoot_each_other_are_worse_off_than_with_a_broken_cable() {
    let race = lesson("fence-race");
    let shots = |(_, event): &&(SimTime, Event<Ha>)| {
        matches!(event, Event::Fault { origin: Origin::Process, fault: Fault::PowerLoss(_) })
    };
    let shots = race.story.iter().filter(shots).count();
    race.holds(shots >= 6, "again and again");
    race.holds(race.figures().downtime_us > 30 * SECOND, "hardly any service");
    race.holds(race.incidents().iter().all(|incident| !incident.open()), "until the cable is mended");
    race.holds(race.figures().split_brains == 0, "but never two masters");
}

#[test]
fn a_cold_standby_needs_time_to_start() {
    let cold = lesson("cold-standby");
    cold.holds(longest(cold.outage().phases) == "promote", "promotion towers over the rest");
    cold.holds(cold.outage().phases.promote_us > 15 * SECOND, "the start-up time is in it");
}

#[test]
fn at_night_the_decision_is_the_outage() {
    let night = lesson("operator-at-night");
    night.holds(longest(night.outage().phases) == "decide", "the human takes longest");
    night.holds(night.outage().phases.decide_us > 40 * SECOND, "and longer than any machine");
}

#[test]
fn clients_ask_the_dead_until_their_cached_name_expires() {
    let dns = lesson("dns-long-ttl");
    let Phases { redirect_us, resume_us, .. } = dns.outage().phases;
    let way = redirect_us + resume_us;
    dns.holds(way > dns.outage().outage_us(dns.until) / 2, "the way to the new master is what takes long");
    dns.holds(dns.outage().outage_us(dns.until) > lesson("crash").outage().outage_us(dns.until), "longer than a crash");
}

#[test]
fn connections_hang_though_the_address_has_moved() {
    let hanging = lesson("vip-hanging-connections");
    let back = hanging.outage().ended.expect("the outage is over");
    let late = hanging.notes().filter(|(at, _, note)| {
        let hung = matches!(note, Note::Finished { id, outcome: Outcome::Unknown | Outcome::Failed, .. } if !id.canary);
        hung && *at > back.after(SECOND)
    });
    hanging.holds(late.count() > 0, "requests hang while new ones are served");
    hanging.holds(hanging.figures().writes.unknown > 0, "nobody knows whether the hanging writes were done");
}

#[test]
fn a_gray_failure_is_seen_by_users_and_by_nobody_else() {
    let gray = lesson("gray-failure");
    gray.holds(gray.count(|note| matches!(note, Note::Suspected { .. })) == 0, "no one suspects anything");
    gray.holds(gray.count(|note| matches!(note, Note::Health { up: false, .. })) == 0, "the health checks are green");
    gray.holds(gray.ledger.failovers().is_empty(), "no failover");
    gray.holds(gray.figures().downtime_us > 20 * SECOND, "and no service");
}

#[test]
fn redundancy_is_no_backup() {
    let poison = lesson("poison-write");
    let nodes = poison.notes().filter(|(_, _, note)| matches!(note, Note::Poisoned { .. }));
    let nodes: std::collections::BTreeSet<_> = nodes.map(|(_, machine, _)| machine).collect();
    poison.holds(nodes.len() == 3, "every copy has the bad data");
    poison.holds(poison.count(|note| matches!(note, Note::Restoring { .. })) > 0, "only a backup helps");
    poison.holds(!poison.outage().open(), "and it does");
    poison.holds(poison.figures().writes.lost > 0, "at a price: what came after it");
}

#[test]
fn the_same_scenario_and_seed_give_the_same_run() {
    let (first, second) = (lesson("crash"), lesson("crash"));
    assert!(first.story == second.story, "two runs of {} differ", first.replay());
}

/// Election safety, one owner a token, nothing lost, equal states: while a scenario is played, somebody watches. Nothing
/// that the ready ones do is beyond what the protocols promise, but for the one in which somebody accepts a loss: there the
/// page says what broke the promise.
#[test]
fn every_ready_scenario_keeps_its_promises() {
    for preset in scenario::presets() {
        let scenario = scenario::parse(preset.json).expect("it is valid");
        let until = SimTime::from_us(scenario.until_us.min(60_000_000));
        let mut player = Player::new(scenario);
        player.seek(until);
        let accepted = preset.name == "accept-loss";
        let (breach, name) = (player.breach(), preset.name);
        assert_eq!(player.now(), until, "{name}");
        assert_eq!(breach.is_some(), accepted, "{name}: {breach:?}");
        assert!(breach.is_none_or(|breach| breach.because.is_some()), "{name}: {breach:?}");
    }
}
