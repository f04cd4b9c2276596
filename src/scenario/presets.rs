//! The ready scenarios.

/// A ready scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    /// What it is called on the command line and in links.
    pub name: &'static str,
    /// The document.
    pub json: &'static str,
}

macro_rules! presets {
    ($($name:literal)*) => {
        &[$(Preset { name: $name, json: include_str!(concat!("../../assets/scenarios/", $name, ".json")) }),*]
    };
}

/// All ready scenarios, in the order in which one would teach them.
pub fn presets() -> &'static [Preset] {
    const PRESETS: &[Preset] = presets![
        "crash"
        "article-example"
        "planned-switchover"
        "async-loss"
        "silent-fallback"
        "split-brain"
        "split-brain-prevented"
        "no-failover-without-majority"
        "frozen-lease"
        "frozen-epoch"
        "shared-storage"
        "fence-race"
        "cold-standby"
        "operator-at-night"
        "dns-long-ttl"
        "vip-hanging-connections"
        "gray-failure"
        "poison-write"
        "cluster-article"
        "leader-crash"
        "leader-crash-zookeeper"
        "majority-loss"
        "four-members"
        "change-members"
        "leader-in-minority"
        "stale-reads"
        "no-stale-reads"
        "split-votes"
        "asymmetric-link"
        "duplicate-writes"
        "worker-crash"
        "worker-crash-zookeeper"
        "herd-effect"
        "no-herd"
        "lease-too-long"
        "lease-too-short"
        "manager-down"
        "rolling-restart-members"
        "drain-and-join"
        "expired-lease"
        "expired-lease-no-token"
        "accept-loss"
        "manager-lease"
        "failsafe"
        "pool-crash"
        "rolling-restart"
        "gray-node"
        "passive-ejection"
        "slow-start"
        "overload-cascade"
        "retry-budget"
        "elections-lan-150-155"
        "elections-lan-150-200"
        "elections-lan-150-300"
        "elections-lan-12-24"
        "elections-wan-5-of-5"
        "elections-wan-3-of-5"
    ];
    PRESETS
}

/// The ready scenario with this name.
pub fn preset(name: &str) -> Option<Preset> {
    presets().iter().copied().find(|preset| preset.name == name)
}

#[cfg(test)]
mod tests {
    use super::super::{Scenario, parse};
    use super::*;

    #[test]
    fn every_ready_scenario_is_valid_and_tells_its_story_in_both_languages() {
        for preset in presets() {
            let scenario = parse(preset.json).unwrap_or_else(|problems| panic!("{}:\n{problems}", preset.name));
            for text in [&scenario.title, &scenario.story] {
                assert!(!text.en.is_empty() && !text.zh.is_empty(), "{}", preset.name);
            }
            // What is played in slow motion is long on the screen.
            let on_screen_us = |us: u64| us * 1_000 / u64::from(scenario.view.speed_permille);
            let mut scheduled = scenario.faults.scheduled.iter();
            let quiet = scheduled.all(|scheduled| on_screen_us(scheduled.span_us().0) >= 5_000_000);
            assert!(quiet, "{}: the eye has to see the normal state first", preset.name);
        }
    }

    #[test]
    fn the_crash_happens_in_the_lab_of_the_first_visit() {
        let crash = parse(preset("crash").unwrap().json).unwrap();
        let first = Scenario::default();
        assert_eq!(crash.title, first.title);
        assert_eq!(Scenario { faults: first.faults.clone(), story: first.story.clone(), ..crash }, first);
    }
}
