//! The workers elect one that coordinates them, on nodes of a ZooKeeper-like manager.

use ha_lab::ha::cluster::registry::Note as Said;
use ha_lab::ha::cluster::tree::{Contender, Path};
use ha_lab::ha::note::Note;
use ha_lab::measure::Ledger;
use ha_lab::scenario::{Action, Run, Scenario, Scheduled, Target};
use ha_lab::sim::{MachineId, SimTime};

use super::seen::{Seen, m, ready, see};
use super::storms::S;

/// Who coordinates, by what it says, from one moment on.
fn coordinators(seen: &Seen) -> Vec<(u64, MachineId, bool)> {
    let says = |(at, machine, _, note): (SimTime, MachineId, u8, Note)| match note {
        Note::Registry(Said::Coordinates { on, .. }) => Some((at.us() / S, machine, on)),
        _ => None,
    };
    seen.notes().filter_map(says).collect()
}

/// Watches on nodes that fire within a span of time, in seconds.
fn woken(seen: &Seen, from_s: u64, to_s: u64) -> Vec<MachineId> {
    let fired = seen.notes().filter(|(at, _, _, note)| {
        (from_s * S..to_s * S).contains(&at.us()) && matches!(note, Note::Registry(Said::NodeFired { .. }))
    });
    fired.map(|(_, machine, ..)| machine).collect()
}

#[test]
fn in_a_herd_one_death_wakes_all_and_in_a_line_the_next_one_only() {
    for seed in 1..=5 {
        let herd = see(&Scenario { seed, ..ready("herd-effect") });
        let mut all = woken(&herd, 10, 35);
        all.sort_unstable();
        herd.holds(all == [1, 2, 3, 4, 5].map(m), "five others live, and all of them ask");
        herd.holds(woken(&herd, 35, 60).len() >= 5, "and once more when A is back, for nothing");

        let line = see(&Scenario { seed, ..ready("no-herd") });
        line.holds(woken(&line, 10, 25) == [m(1)], "A was first: B is next");
        line.holds(woken(&line, 25, 60) == [m(4)], "D stood in the middle: E wakes, and waits again");
        for seen in [&herd, &line] {
            let who: Vec<_> = coordinators(seen).into_iter().map(|(_, who, on)| (who, on)).collect();
            seen.holds(who == [(m(0), true), (m(1), true)], "A coordinates, then B, and A's return changes nothing");
        }
    }
}

#[test]
fn who_was_frozen_for_longer_than_its_session_resigns_when_it_wakes() {
    let mut scenario = ready("no-herd");
    let on = Target::Node(0);
    scenario.faults.scheduled =
        vec![Scheduled::at(10 * S, Action::Freeze { on }), Scheduled::at(30 * S, Action::Thaw { on })];
    let seen = see(&scenario);
    let told = coordinators(&seen);
    seen.holds(told.len() == 3, "A, B, and A no more");
    seen.holds(told[1].1 == m(1) && (20..26).contains(&told[1].0), "B is next when A's session is over");
    seen.holds(told[2] == (30, m(0), false), "A looks at its clock first; until then there were two of them");
}

#[test]
fn a_watch_is_set_anew_at_the_next_member() {
    // B's watch is at the member that dies before A does.
    for member in 1..3 {
        let mut scenario = ready("no-herd");
        let crash = |at, on| Scheduled::at(at * S, Action::MachineCrash { on });
        scenario.faults.scheduled = vec![crash(6, Target::Member(member)), crash(14, Target::Node(0))];
        let seen = see(&scenario);
        seen.holds(
            coordinators(&seen).last().is_some_and(|(_, who, on)| *who == m(1) && *on),
            "B is next all the same",
        );
    }
}

#[test]
fn without_a_majority_of_the_manager_nobody_is_elected() {
    let mut scenario = ready("no-herd");
    let crash = |at, on| Scheduled::at(at * S, Action::MachineCrash { on });
    scenario.faults.scheduled =
        vec![crash(8, Target::Member(0)), crash(8, Target::Member(1)), crash(10, Target::Node(0))];
    let seen = see(&scenario);
    let elected: Vec<_> = coordinators(&seen).into_iter().filter(|(_, _, on)| *on).collect();
    seen.holds(
        elected == [(2, m(0), true)] || elected == [(1, m(0), true)],
        "A's node is there as long as nobody can delete it",
    );
}

/// Whatever is cut, crashed or frozen: when all is well again there is one candidate for each worker, and one coordinates.
#[test]
fn after_every_storm_there_is_one_coordinator_and_one_node_for_each() {
    for name in ["herd-effect", "no-herd"] {
        for seed in 1..=12 {
            let mut scenario = Scenario { seed, ..ready(name) };
            let pick = |salt: u64, of: u64| (seed * 7 + salt * 13) % of;
            scenario.faults.scheduled = (0..8)
                .flat_map(|step| {
                    let at = (6 + 5 * step) * S + pick(step, 997) * 1_000;
                    let on = match pick(step, 4) {
                        0 => Target::Member(pick(step + 1, 3) as u8),
                        _ => Target::Node(pick(step + 2, 6) as u8),
                    };
                    let to = Target::Member(pick(step + 3, 3) as u8);
                    let (fault, undo) = match pick(step + 4, 3) {
                        0 => (Action::ProcessCrash { on }, Action::Restart { on }),
                        1 if on != to => (
                            Action::Cut { from: on, to, both_ways: true },
                            Action::Mend { from: on, to, both_ways: true },
                        ),
                        _ => (Action::Freeze { on }, Action::Thaw { on }),
                    };
                    let lasts = (2 + pick(step + 5, 13)) * S;
                    [Scheduled::at(at, fault), Scheduled::at(at + lasts, undo)]
                })
                .collect();
            scenario.until_us = 110 * S;
            let mut run = Run::new(&scenario, seed);
            let mut ledger = Ledger::new(run.world().config());
            run.start(&mut ledger);
            run.run_until(SimTime::from_us(scenario.until_us), &mut ledger);
            let replay = format!("seed {seed}; halab run of\n{}", scenario.to_json());
            let contenders: Vec<&Contender> =
                run.world().machines().filter_map(|(_, machine)| machine.process()?.holder()?.contender()).collect();
            assert_eq!(
                contenders.iter().filter(|one| one.leads()).count(),
                1,
                "one coordinates\n{contenders:#?}\n{replay}"
            );
            let mut nodes: Vec<Path> = contenders.iter().filter_map(|one| one.node()).collect();
            nodes.sort_unstable();
            for (_, machine) in run.world().machines() {
                let Some(member) = machine.process().and_then(|process| process.member()) else { continue };
                let tree = &member.applied().tree;
                let known: Vec<Path> =
                    tree.nodes().map(|(path, _)| path).filter(|path| *path != Path::ELECTION).collect();
                assert_eq!(known, nodes, "each has its node, in everybody's tree\n{replay}");
            }
        }
    }
}
