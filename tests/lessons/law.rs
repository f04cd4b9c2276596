//! The law of semi-synchronous replication.

use crate::chaos::{Cell, Decider, EVERYTHING, Fence, Route, Writes, observe, report, stormy};
use crate::often::times;
use ha_lab::scenario::{Action, ReplicationMode, Scenario, Setup, Target};

/// Acknowledging standbys + standby logs read at promotion > standbys, with the fewest logs that a majority reads.
fn law_holds(standbys: u8, acknowledging: u8) -> bool {
    let data = standbys + 1;
    let witness = u8::from(data.is_multiple_of(2));
    let majority = u8::midpoint(data, witness) + 1;
    // The master's own copy, and its own vote, count on both sides.
    acknowledging + 1 + (majority - witness) > data
}

fn with_acknowledging(standbys: u8, acknowledging: u8, seed: u64) -> Scenario {
    let cell = Cell { writes: Writes::TooFew, decider: Decider::Majority, fence: Fence::Epochs, route: Route::Direct };
    let mut scenario = stormy(cell, seed, EVERYTHING);
    let Setup::MasterStandby(system) = &mut scenario.system else { unreachable!() };
    system.standbys = standbys;
    system.replication.mode = ReplicationMode::SemiSync { standbys: acknowledging };
    // Actions on nodes that this system does not have fall away.
    let there = |target: &Target| !matches!(target, Target::Node(node) if *node > standbys);
    scenario.faults.scheduled.retain_mut(|scheduled| match &mut scheduled.action {
        Action::Partition { groups } => {
            for group in groups.iter_mut() {
                group.retain(there);
            }
            groups.retain(|group| !group.is_empty());
            groups.len() > 1
        }
        Action::Cut { from, to, .. } | Action::Mend { from, to, .. } => there(from) && there(to),
        Action::Loss { between, .. } | Action::Delay { between, .. } => there(&between.0) && there(&between.1),
        Action::ProcessCrash { on }
        | Action::MachineCrash { on }
        | Action::PowerLoss { on }
        | Action::Restart { on }
        | Action::Freeze { on }
        | Action::Thaw { on }
        | Action::SlowDisk { on, .. }
        | Action::DiskFull { on, .. }
        | Action::ClockRate { on, .. } => there(on),
        _ => true,
    });
    scenario
}

#[test]
fn acknowledging_standbys_plus_logs_read_more_than_standbys_loses_nothing_and_fewer_lose() {
    for standbys in 1..=4 {
        for acknowledging in 1..=standbys {
            let loses = |scenario: &Scenario| !observe(scenario).lost().is_empty();
            let seeds = if law_holds(standbys, acknowledging) { times(60) } else { 3_000 };
            let found = (0..seeds).map(|seed| with_acknowledging(standbys, acknowledging, seed)).find(|s| loses(s));
            match (law_holds(standbys, acknowledging), found) {
                (true, Some(scenario)) => {
                    report(&format!("{acknowledging} of {standbys}: the law is broken"), &scenario, &loses);
                }
                (false, None) => panic!("{acknowledging} of {standbys}: no schedule with a loss was found"),
                _ => {}
            }
        }
    }
}
