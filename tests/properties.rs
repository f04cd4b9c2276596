//! Properties over random fault schedules, for every architecture. `./dev prove` tries far more of them.

#[path = "support/chaos.rs"]
mod chaos;
#[path = "support/often.rs"]
mod often;

use chaos::{Cell, Decider, EVERYTHING, observe, report, stormy};
use ha_lab::scenario::Scenario;
use often::seeds;

/// Whatever the architecture and whatever happens: no epoch begins twice, the same place in two logs holds the
/// same entry, nobody is told that something was done which no master said, and every request ends in time. And
/// when everything is healed and started again, there is a master before long, and everybody is served.
///
/// The last does not hold where nodes decide alone and can shoot: they may shoot each other for ever, or until none
/// is left (see the fence race and the fence loop in `lessons`).
#[test]
fn what_holds_in_every_architecture_and_what_was_broken_heals() {
    let cells = Cell::all();
    for seed in seeds(2_000) {
        let cell = cells[(seed % cells.len() as u64) as usize];
        let heals = cell.decider != Decider::Alone || !cell.fence.stonith();
        let wrong = |scenario: &Scenario| {
            let mut record = observe(scenario);
            if heals && record.wrong.is_empty() {
                record.check_liveness(scenario);
            }
            record.wrong
        };
        let scenario = stormy(cell, seed, EVERYTHING);
        let found = wrong(&scenario);
        if !found.is_empty() {
            report(&format!("{cell:?}: {found:?}"), &scenario, &|scenario| !wrong(scenario).is_empty());
        }
    }
}
