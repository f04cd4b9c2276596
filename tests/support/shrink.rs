//! When a random schedule fails: the fewest of its actions with which it still does, and how to run that again.
//!
//! Whoever takes this in says up to when its faults happen (`HEALED_US`): what comes then heals everything, and stays.

use std::fmt::Write;

use ha_lab::scenario::Scenario;

use super::HEALED_US;

/// The fewest of its planned actions with which a scenario still fails (delta debugging, Zeller 2002). The healing
/// at the end stays.
pub fn shrink(scenario: &Scenario, fails: &dyn Fn(&Scenario) -> bool) -> Scenario {
    let mut best = scenario.clone();
    let faults = |scenario: &Scenario| scenario.faults.scheduled.iter().filter(|s| s.span_us().0 < HEALED_US).count();
    let mut chunk = faults(&best).div_ceil(2).max(1);
    loop {
        let mut start = 0;
        let mut shrunk = false;
        while start < faults(&best) {
            let mut fewer = best.clone();
            let end = (start + chunk).min(faults(&fewer));
            fewer.faults.scheduled.drain(start..end);
            if fails(&fewer) {
                best = fewer;
                shrunk = true;
            } else {
                start = end;
            }
        }
        if chunk == 1 && !shrunk {
            return best;
        }
        chunk = (chunk / 2).max(1);
    }
}

/// Shrinks a failing scenario, writes it where it can be run again, and fails with how to do that.
pub fn report(what: &str, scenario: &Scenario, fails: &dyn Fn(&Scenario) -> bool) -> ! {
    let small = shrink(scenario, fails);
    let name = format!("failing-{}.json", scenario.seed);
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(&name);
    std::fs::write(&path, small.to_json()).expect("the directory for test files can be written");
    let mut faults = String::new();
    for scheduled in small.faults.scheduled.iter().filter(|scheduled| scheduled.span_us().0 < HEALED_US) {
        let _ = writeln!(faults, "  {:>9} µs {:?}", scheduled.span_us().0, scheduled.action);
    }
    let (seed, path) = (scenario.seed, path.display());
    panic!("{what}\nseed {seed}, these faults are enough:\n{faults}replay: halab run {path} --seed {seed}");
}
