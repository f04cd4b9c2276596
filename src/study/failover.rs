//! What a failover costs at message level: a scenario without its own faults, whose master crashes at a random moment.
//!
//! A [`Measured`] is one run: the seed, the moment of the crash, and how long the service was down, or that it did not come
//! back by itself. The seed decides everything, so the run can be opened in the lab: [`rehearsal`] is the very scenario.
//!
//! ```
//! use ha_lab::scenario::Scenario;
//! use ha_lab::study::failover::{measure, rehearsal};
//!
//! let scenario = Scenario::default();
//! let measured = measure(&scenario, 7).expect("it has a master");
//! assert!(measured.outage_us.expect("a standby takes over") > 1_000_000);
//! assert_eq!(rehearsal(&scenario, 7).expect("the same run").faults.scheduled.len(), 1);
//! ```

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::runs::spread;
use crate::measure::Ledger;
use crate::scenario::{Action, Clients, Cluster, DataPath, Faults, Run, Scenario, Scheduled, Setup, Target};
use crate::sim::{Dice, Domain, Micros, SimTime};

/// The crash comes between these moments: the system runs steadily then, and any phase of a heartbeat is met.
pub const CRASH_BETWEEN_US: (Micros, Micros) = (10_000_000, 20_000_000);

/// Who has not come back after this long does not come back by itself: an hour, so that an operator may be slow.
pub const PATIENCE_US: Micros = 3_600_000_000;

/// Simulated time between two looks at whether the service is back.
const LOOK_US: Micros = 1_000_000;

/// What one crash of the master came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// Seed of the run.
    pub seed: u64,
    /// When the master crashed.
    pub crash_at_us: Micros,
    /// How long the service was down; `None`: it was still down after [`PATIENCE_US`].
    pub outage_us: Option<Micros>,
}

/// Whose crash is measured: who writes go to. In a cluster with workers that is the owner of the first shard, of which the
/// first worker is one. `None` where nobody takes over.
pub fn victim(scenario: &Scenario) -> Option<Target> {
    match &scenario.system {
        Setup::MasterStandby(_) => Some(Target::Master),
        Setup::Cluster(Cluster { data: DataPath::ThroughTheLog, .. }) => Some(Target::Leader),
        Setup::Cluster(Cluster { data: DataPath::Workers(workers), .. }) if workers.copies.min(workers.count) > 1 => {
            Some(Target::Node(0))
        }
        Setup::SingleNode(_) | Setup::Cluster(_) | Setup::Pool(_) => None,
    }
}

/// The shard whose outage is measured, where there are several: that of the first worker.
const SHARD: u8 = 0;

/// When the victim crashes in the run with this seed.
fn crash_at_us(seed: u64) -> Micros {
    Dice::keyed(seed, Domain::Schedule, 0, 0).between(CRASH_BETWEEN_US.0, CRASH_BETWEEN_US.1)
}

/// The scenario of the run with this seed; `None` where there is nothing to measure.
pub fn rehearsal(scenario: &Scenario, seed: u64) -> Option<Scenario> {
    let action = Action::MachineCrash { on: victim(scenario)? };
    let mut rehearsal = steady(scenario);
    rehearsal.seed = seed;
    rehearsal.faults.scheduled = vec![Scheduled::at(crash_at_us(seed), action)];
    Some(rehearsal)
}

/// The system as it runs when nothing goes wrong, and watched.
pub(super) fn steady(scenario: &Scenario) -> Scenario {
    let mut steady = scenario.clone();
    steady.faults = Faults::default();
    match &mut steady.system {
        Setup::MasterStandby(options) => options.cold_start = false,
        Setup::Cluster(options) => options.cold_start = false,
        Setup::SingleNode(_) | Setup::Pool(_) => {}
    }
    if steady.clients.canary_us.is_none() {
        steady.clients.canary_us = Clients::default().canary_us;
    }
    steady
}

/// Crashes the master once. `None` where there is none.
pub fn measure(scenario: &Scenario, seed: u64) -> Option<Measured> {
    let rehearsal = rehearsal(scenario, seed)?;
    let crash_at_us = crash_at_us(seed);
    let mut run = Run::new(&rehearsal, seed);
    let mut ledger = Ledger::new(run.world().config());
    run.start(&mut ledger);
    // A client that hangs notices when its patience is over, and two canaries in a row must fail.
    let noticed_us = 2 * rehearsal.clients.timeout_us + LOOK_US;
    let mut until = crash_at_us + noticed_us;
    loop {
        run.run_until(SimTime::from_us(until), &mut ledger);
        let of_shard = || ledger.incidents().iter().filter(|incident| incident.shard == SHARD);
        let since_crash = || of_shard().filter(|incident| incident.started.us() >= crash_at_us);
        if !since_crash().any(|incident| incident.open()) {
            let all = since_crash().map(|incident| incident.outage_us(run.now())).sum();
            return Some(Measured { seed, crash_at_us, outage_us: Some(all) });
        }
        if until >= crash_at_us + PATIENCE_US {
            return Some(Measured { seed, crash_at_us, outage_us: None });
        }
        until += LOOK_US;
    }
}

/// How many crashes are measured for a study of years.
pub const RUNS: u64 = 200;
/// Seed of the first of them.
pub const FIRST_SEED: u64 = 1;

/// Crashes the master once with each of these seeds, on so many threads. Nothing where there is none.
pub fn measure_all(scenario: &Scenario, seeds: Range<u64>, threads: usize) -> Vec<Measured> {
    if victim(scenario).is_none() {
        return Vec::new();
    }
    let count = seeds.end.saturating_sub(seeds.start);
    spread(count, threads, |number| measure(scenario, seeds.start + number)).into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Decision, MasterStandby, ReplicationMode, SingleNode, parse, preset};

    #[test]
    fn the_same_seed_gives_the_same_failover_and_another_one_another() {
        let scenario = Scenario::default();
        let runs: Vec<_> = (1..20).map(|seed| measure(&scenario, seed).expect("there is a master")).collect();
        assert_eq!(runs[4], measure(&scenario, 5).expect("there is a master"));
        let lengths: std::collections::BTreeSet<_> = runs.iter().map(|run| run.outage_us).collect();
        assert!(lengths.len() > 10 && !lengths.contains(&None), "{lengths:?}");
        let (lo, hi) = CRASH_BETWEEN_US;
        assert!(runs.iter().all(|run| (lo..=hi).contains(&run.crash_at_us)), "{runs:?}");
    }

    #[test]
    fn what_the_scenario_does_to_itself_is_left_out() {
        let scheduled = parse(preset("split-brain").expect("it is ready").json).expect("and good");
        let rehearsal = rehearsal(&scheduled, 1).expect("it has a master");
        assert_eq!(rehearsal.faults.scheduled.len(), 1, "only the crash: {:?}", rehearsal.faults);
    }

    /// A pair whose master waits for a standby's copy cannot serve alone, whoever is promoted; one that does not wait can.
    #[test]
    fn who_does_not_come_back_by_itself_is_told_apart() {
        let measured = |change: fn(&mut MasterStandby)| {
            let mut options = MasterStandby { standbys: 1, ..MasterStandby::default() };
            change(&mut options);
            let scenario = Scenario { system: Setup::MasterStandby(options), ..Scenario::default() };
            measure(&scenario, 1).expect("a master").outage_us
        };
        assert_eq!(measured(|_| {}), None, "the default waits for one copy");
        assert!(measured(|options| options.replication.mode = ReplicationMode::Async).is_some());
        assert_eq!(
            measured(|options| {
                options.replication.mode = ReplicationMode::Async;
                options.decision =
                    Decision::Operator { reaction_lo_us: 86_400_000_000, reaction_hi_us: 86_400_000_000 };
            }),
            None,
            "the operator sleeps longer than we wait"
        );
    }

    #[test]
    fn a_leader_of_an_ensemble_is_replaced_and_a_single_node_is_not() {
        let leader = parse(preset("leader-crash").expect("it is ready").json).expect("and good");
        if victim(&leader).is_some() {
            assert!(measure(&leader, 3).expect("a leader").outage_us.is_some());
        }
        let single = Scenario { system: Setup::SingleNode(SingleNode::default()), ..Scenario::default() };
        assert_eq!(measure(&single, 1), None);
    }
}
