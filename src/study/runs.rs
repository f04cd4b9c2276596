//! The runs of a study, on as many threads as there are cores.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::limits;
use crate::measure::{Elections, Incident, Ledger, Phases, Writes};
use crate::scenario::{Run, Scenario};
use crate::sim::{Micros, SimTime, TraceHash};

/// Greatest seed: 2⁵³ − 1, so that JavaScript can read it.
pub(super) const GREATEST_SEED: u64 = (1 << 53) - 1;

/// Which runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Study {
    /// Seed of the first run; each further one has the next.
    pub seed: u64,
    /// How many.
    pub runs: u64,
    /// How long each is, in simulated time.
    pub until: SimTime,
}

/// One outage that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outage {
    /// How long it was.
    pub length_us: Micros,
    /// Its parts; they add up to it.
    pub phases: Phases,
}

/// What one run came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunResult {
    /// Its seed.
    pub seed: u64,
    /// Outages that were over before the run was.
    pub outages: Vec<Outage>,
    /// Whether one was still open.
    pub open: bool,
    /// Its elections.
    pub elections: Vec<crate::measure::Election>,
    /// Its writes.
    pub writes: Writes,
    /// Hash of its trace.
    pub trace_hash: u64,
}

impl Study {
    /// All runs, in the order of their seeds, on so many threads.
    pub fn run(&self, scenario: &Scenario, threads: usize) -> Vec<RunResult> {
        spread(self.runs.min(limits::RUNS), threads, |number| self.one(scenario, number))
    }

    fn one(&self, scenario: &Scenario, number: u64) -> RunResult {
        let seed = (self.seed + number) & GREATEST_SEED;
        let mut run = Run::new(scenario, seed);
        let config = run.world().config();
        let mut sinks = (TraceHash::new(seed), (Ledger::new(config), Elections::new(config)));
        run.start(&mut sinks);
        run.run_until(self.until, &mut sinks);
        let (hash, (ledger, elections)) = sinks;
        let over = ledger.incidents().iter().filter(|incident| !incident.open());
        let outage =
            |incident: &Incident| Outage { length_us: incident.outage_us(self.until), phases: incident.phases };
        RunResult {
            seed,
            outages: over.map(|incident| outage(incident)).collect(),
            open: ledger.incidents().iter().any(|incident| incident.open()),
            elections: elections.list().to_vec(),
            writes: ledger.figures(self.until).writes,
            trace_hash: hash.value(),
        }
    }
}

/// So many results on so many threads, in the order of their numbers.
pub(super) fn spread<T: Send>(count: u64, threads: usize, one: impl Fn(u64) -> T + Sync) -> Vec<T> {
    let next = AtomicU64::new(0);
    let done = Mutex::new(Vec::new());
    let work = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return;
            }
            let result = (number, one(number));
            done.lock().unwrap_or_else(PoisonError::into_inner).push(result);
        }
    };
    if threads <= 1 {
        work();
    } else {
        thread::scope(|scope| {
            for _ in 0..threads.min(limits::THREADS) {
                scope.spawn(work);
            }
        });
    }
    let mut results = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_unstable_by_key(|(number, _)| *number);
    results.into_iter().map(|(_, result)| result).collect()
}
