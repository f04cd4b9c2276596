//! Studies: one scenario, run with many seeds, and what the runs come to together.
//!
//! Runs know nothing of each other, so they are spread over all cores; their results are put in the order of their seeds,
//! whoever finished first. The same study gives the same bytes on one core and on sixty-four.
//!
//! ```
//! use ha_lab::scenario::{parse, preset};
//! use ha_lab::sim::SimTime;
//! use ha_lab::study::{Study, Summary};
//!
//! let scenario = parse(preset("crash").unwrap().json).unwrap();
//! let study = Study { seed: 1, runs: 4, until: SimTime::from_us(30_000_000) };
//! let runs = study.run(&scenario, 2);
//! assert_eq!(runs, study.run(&scenario, 1));
//! let outages = Summary::of(runs.iter().flat_map(|run| run.outages.iter().map(|outage| outage.length_us)));
//! assert_eq!(outages.unwrap().count, 4, "the master crashes once in each run");
//! ```

pub mod failover;
mod job;
pub mod limits;
pub mod predict;
mod runs;
mod summary;
pub mod upscale;
pub mod years;

pub use job::{Answer, Course, Job, RUNS_OF_A_JOB, Sum, Task, Untaken, Word};
use runs::GREATEST_SEED;
pub use runs::{Outage, RunResult, Study};
pub use summary::{QUANTILES, Summary};
