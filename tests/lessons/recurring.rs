//! What comes and goes at random.

use crate::chaos::S;
use crate::lab::{A, B, Lab, Seen, lab};
use ha_lab::ha::Ha;
use ha_lab::scenario::{Action, Distribution, Recurring, Target};
use ha_lab::sim::{Event, Fault, Origin};

/// The action comes after every 4 s, and lasts for 2 s; or so on average.
fn every_four_seconds(action: Action, distribution: Distribution) -> Lab {
    let mut lab = lab();
    lab.0.faults.recurring = vec![Recurring { action, mttf_us: 4 * S, mttr_us: 2 * S, distribution }];
    lab
}

fn faults(seen: &Seen) -> Vec<(u64, Fault<Ha>)> {
    let by_chance = |(at, event): &(u64, Event<Ha>)| match event {
        Event::Fault { origin: Origin::Random, fault } => Some((*at, *fault)),
        _ => None,
    };
    seen.events.iter().filter_map(by_chance).collect()
}

#[test]
fn a_link_is_cut_and_mended_again_and_again() {
    let action = Action::Cut { from: Target::Node(0), to: Target::Node(1), both_ways: false };
    let found = faults(&every_four_seconds(action.clone(), Distribution::Fixed).run(15_000));
    let (cut, mend) = (Fault::Cut(A, B), Fault::Mend(A, B));
    assert_eq!(found, [(4 * S, cut), (6 * S, mend), (10 * S, cut), (12 * S, mend)]);
    // At random, the seed decides, and nothing else.
    let random = every_four_seconds(action, Distribution::Exponential);
    let times = |lab: &Lab| faults(&lab.run(60_000)).into_iter().map(|(at, _)| at).collect::<Vec<_>>();
    let (once, mut other) = (times(&random), random.clone());
    assert!(once.len() > 8 && once == times(&random), "{once:?}");
    other.0.faults.recurring[0].action = Action::Slow { on: Target::Node(2), permille: 3_000 };
    assert_eq!(once, times(&other), "whatever it is that comes");
    other.0.seed += 1;
    assert_ne!(once, times(&other));
}

/// The master freezes, a standby takes over, and who thaws is the one that froze.
#[test]
fn what_was_done_to_a_role_is_undone_where_it_was_done() {
    let seen = every_four_seconds(Action::Freeze { on: Target::Master }, Distribution::Fixed).run(13_000);
    let masters: Vec<_> = seen.masters().into_iter().map(|(_, machine)| machine).collect();
    let found = faults(&seen);
    let [first, second] = [masters[0], masters[1]];
    assert_ne!(first, second, "somebody else takes over");
    let expected =
        [(4, Fault::Freeze(first)), (6, Fault::Thaw(first)), (10, Fault::Freeze(second)), (12, Fault::Thaw(second))];
    assert_eq!(found, expected.map(|(at, fault)| (at * S, fault)));
}

/// A role that nobody has: nothing happens until the next time, and nothing is undone.
#[test]
fn where_nobody_has_the_role_nothing_happens() {
    let lab = every_four_seconds(Action::MachineCrash { on: Target::OldMaster }, Distribution::Fixed);
    assert_eq!(faults(&lab.run(9_000)), [], "nobody was master before");
    let then = lab.at(7_000, Action::Switchover { to: None }).run(13_000);
    let found = faults(&then);
    assert!(
        matches!(found[..], [(_, Fault::MachineCrash(one)), (_, Fault::Restart(other))] if one == other),
        "{found:?}"
    );
    assert_eq!(found[0].0, 10 * S);
    assert!(then.writes_done(10_000, 13_000) > 0);
}
