//! Years in a blink: nodes fail and are repaired over decades, and what a failover costs is drawn from what was measured.
//!
//! The years are cut into chunks of ten thousand. A chunk begins with everything up, and its chance is a function of the
//! seed and its number alone. What it comes to is a [`Tally`] of whole numbers; tallies are added. So however the chunks are
//! spread over threads, workers or machines, the same study gives the same bytes.
//!
//! The states are those of `theory`'s chains, but the times may have any distribution. Where they have none but exponential
//! ones, the two must agree, and `tests/years.rs` holds them against each other.
//!
//! A plant is read from a document ([`read_plant`]) or made from a model ([`plant_of`]); theory is asked the other way round
//! ([`model_of`]). A shard of a study becomes a [`Part`], parts are added by [`merge`], and a [`Report`] has the figures.
//! `docs/years.md` describes the formats.
//!
//! ```
//! use ha_lab::study::years::{Plant, Serving, Study, Takeover, Times};
//!
//! let hour_us = 3_600_000_000;
//! let exponential = |mean_us| Times::Exponential { mean_us };
//! let failover = Serving::Leader(Takeover::lasting(exponential(30_000_000)));
//! let pair = Plant::of(2, 1, exponential(1_000 * hour_us), exponential(10 * hour_us), failover);
//! let study = Study { plant: &pair, seed: 1, years: 20_000 };
//! let tally = study.run(2).unwrap();
//! assert_eq!(tally, study.run(1).unwrap(), "the same on one core and on two");
//! assert!((8.5..9.0).contains(&(tally.outages as f64 / 20_000.0)), "outages per year");
//! ```

mod diagram;
mod document;
mod engine;
mod estimate;
mod exact;
mod history;
mod known;
mod plant;
mod question;
mod rare;
mod report;
mod shard;
mod support;
mod tally;
mod times;

pub use diagram::{Diagram, DiagramReport, DiagramStudy, DiagramTally, Exact, Undrawn, Unsimulated, Why};
pub use document::{Unreadable, read_plant};
pub use estimate::{ENOUGH, Estimate, poisson_bounds};
pub use exact::ExactSum;
pub use history::{Event, History, What};
pub use known::model_of;
pub use plant::{Failback, Failure, Impossible, Maintenance, NODES, NodeTimes, Plant, Serving, Takeover, Zone};
pub use question::plant_of;
pub use rare::{RareEstimate, RareTally};
pub use report::{Report, Theory};
pub use shard::{Part, Shard, Unmergeable, merge};
pub use support::{Support, SupportKind};
pub use tally::{ALL_CAUSES, CAUSES, Cause, Cycles, Outage, Tally, YEAR_US};
pub use times::{Dice, Times};

use super::limits;

/// Years of a chunk; the last one may have fewer.
pub const CHUNK_YEARS: u64 = 10_000;

/// A plant, and for how long it is watched.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Study<'a> {
    /// What is simulated.
    pub plant: &'a Plant,
    /// Seed of all chunks.
    pub seed: u64,
    /// How many years; no more than [`limits::YEARS`].
    pub years: u64,
}

impl<'a> Study<'a> {
    /// How many chunks it has.
    pub fn chunks(&self) -> u64 {
        self.years.min(limits::YEARS).div_ceil(CHUNK_YEARS)
    }

    /// One chunk.
    pub fn chunk(&self, number: u64) -> Result<Tally, Impossible> {
        self.plant.check()?;
        Ok(engine::simulate(self.plant, self.years_of(number), number, Dice::new(self.seed, number)))
    }

    /// How many years a chunk has; 0 if there is none of that number.
    pub fn years_of(&self, chunk: u64) -> u64 {
        self.years.min(limits::YEARS).saturating_sub(chunk.saturating_mul(CHUNK_YEARS)).min(CHUNK_YEARS)
    }

    /// What is known so far, of the tallies of any of its chunks; `None` without years.
    pub fn report<'t>(&self, tallies: impl IntoIterator<Item = &'t Tally>) -> Option<Report<'a>> {
        let mut sum = Tally::default();
        tallies.into_iter().for_each(|tally| sum.add(tally));
        Report::of(*self, sum)
    }

    /// How an outage of this study came about, such as [`Tally::longest`]. Its chunk is run again up to there.
    pub fn history(&self, outage: Outage) -> Result<History, Impossible> {
        self.plant.check()?;
        let chunk = engine::Chunk::new(self.plant, outage.chunk, Dice::new(self.seed, outage.chunk));
        Ok(history::history(chunk, outage))
    }

    /// As many cycles as a chunk has years, with and without failures made likely: what rare states come to.
    ///
    /// # Errors
    ///
    /// [`Impossible::Memory`] if not all times are exponential.
    pub fn rare_chunk(&self, number: u64) -> Result<RareTally, Impossible> {
        self.plant.check()?;
        if !self.plant.is_markovian() {
            return Err(Impossible::Memory);
        }
        Ok(rare::simulate(self.plant, self.years_of(number), Dice::new(!self.seed, number)))
    }

    /// Whether outages are so rare that they should be sampled more often, and can be: the first chunk has shown fewer than
    /// 3 that matter, or fewer than there must be for 30 in all. It is the same for every shard.
    pub fn is_rare(&self) -> Result<bool, Impossible> {
        if !self.plant.is_markovian() || self.years == 0 {
            return Ok(false);
        }
        Ok(self.is_rare_after(&self.chunk(0)?))
    }

    /// The same, when the first chunk is known.
    pub fn is_rare_after(&self, first: &Tally) -> bool {
        let wanted = estimate::ENOUGH * self.years_of(0) as f64 / self.years.max(1) as f64;
        let matter = Estimate::of(self.plant, first).map_or(0.0, |estimate| estimate.effective_outages);
        self.plant.is_markovian() && matter < wanted.max(3.0)
    }

    /// All chunks, on so many threads.
    pub fn run(&self, threads: usize) -> Result<Tally, Impossible> {
        self.run_shard(Shard::WHOLE, threads)
    }

    /// The chunks of one shard, on so many threads.
    pub fn run_shard(&self, shard: Shard, threads: usize) -> Result<Tally, Impossible> {
        self.plant.check()?;
        self.spread(shard, threads, |number| self.chunk(number), Tally::add)
    }

    /// The cycles of one shard, on so many threads.
    pub fn run_rare_shard(&self, shard: Shard, threads: usize) -> Result<RareTally, Impossible> {
        self.plant.check()?;
        self.spread(shard, threads, |number| self.rare_chunk(number), RareTally::add)
    }

    fn spread<T: Default + Send>(
        &self,
        shard: Shard,
        threads: usize,
        chunk: impl Fn(u64) -> Result<T, Impossible> + Sync,
        add: impl Fn(&mut T, &T) + Sync,
    ) -> Result<T, Impossible> {
        let threads = threads.clamp(1, limits::THREADS) as u64;
        let part = |thread: u64| {
            let mut sum = T::default();
            for number in shard.chunks(self.chunks()).skip(thread as usize).step_by(threads as usize) {
                add(&mut sum, &chunk(number)?);
            }
            Ok(sum)
        };
        if threads == 1 {
            return part(0);
        }
        let parts = std::thread::scope(|scope| {
            let part = &part;
            let handles: Vec<_> = (0..threads).map(|thread| scope.spawn(move || part(thread))).collect();
            handles.into_iter().map(std::thread::ScopedJoinHandle::join).collect::<Vec<_>>()
        });
        let mut sum = T::default();
        for part in parts {
            add(&mut sum, &part.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
        }
        Ok(sum)
    }
}
