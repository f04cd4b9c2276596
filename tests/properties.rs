//! Properties over random fault schedules, for every architecture.

#[path = "support/chaos.rs"]
mod chaos;

use chaos::{Cell, Decider, EVERYTHING, observe, report, runs, stormy};
use ha_lab::scenario::Scenario;

fn cell(seed: u64) -> Cell {
    let cells = Cell::all();
    cells[(seed % cells.len() as u64) as usize]
}

/// Whatever the architecture and whatever happens: no epoch begins twice, the same place in two logs holds the
/// same entry, nobody is told that something was done which no master said, and every request ends in time.
#[test]
fn what_holds_in_every_architecture() {
    let wrong = |scenario: &Scenario| observe(scenario).wrong;
    for seed in 0..runs(2_000) {
        let scenario = stormy(cell(seed), seed, EVERYTHING);
        let found = wrong(&scenario);
        if !found.is_empty() {
            report(&format!("{:?}: {found:?}", cell(seed)), &scenario, &|scenario| !wrong(scenario).is_empty());
        }
    }
}

/// When everything is healed and started again, there is a master before long, and everybody is served.
///
/// Not where nodes decide alone and can shoot: they may shoot each other for ever, or until none is left (see the
/// fence race and the fence loop in `stories`).
#[test]
fn what_was_broken_heals() {
    let wrong = |scenario: &Scenario| {
        let mut record = observe(scenario);
        record.wrong.clear();
        record.check_liveness(scenario);
        record.wrong
    };
    for seed in 0..runs(2_000) {
        let cell = cell(seed);
        if cell.decider == Decider::Alone && cell.fence.stonith() {
            continue;
        }
        let scenario = stormy(cell, seed, EVERYTHING);
        let found = wrong(&scenario);
        if !found.is_empty() {
            report(&format!("{cell:?}: {found:?}"), &scenario, &|scenario| !wrong(scenario).is_empty());
        }
    }
}
