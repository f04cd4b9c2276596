//! A study that is spread over many machines: what each of them writes, and how it is put together again.
//!
//! Shard `i` of `n` has every `n`th chunk, from the `i`th on. What it came to is a document that knows the study it
//! belongs to, so that [`merge`] adds nothing that does not belong together, nothing twice, and leaves nothing out. The sum
//! is then that of the study in one piece, bit for bit.

use serde::{Deserialize, Serialize};

use super::document::check;
use super::plant::Plant;
use super::rare::RareTally;
use super::tally::Tally;
use super::{CHUNK_YEARS, Impossible, Study, limits};
use crate::scenario::{Problems, read_as};

/// Version of the format of shards.
pub const FORMAT: u32 = 3;

/// One of so many parts of a study.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shard {
    /// Which, from 1.
    pub number: u64,
    /// Of how many.
    pub of: u64,
}

impl Shard {
    /// The study in one piece.
    pub const WHOLE: Self = Self { number: 1, of: 1 };

    /// Shard `number` of `of`; `None` if there is none.
    pub fn new(number: u64, of: u64) -> Option<Self> {
        let exists = (1..=limits::SHARDS).contains(&of) && (1..=of).contains(&number);
        exists.then_some(Self { number, of })
    }

    /// Its chunks, of so many.
    pub fn chunks(self, all: u64) -> impl Iterator<Item = u64> {
        (self.number - 1..all).step_by(self.of as usize)
    }
}

/// What a shard came to, and of what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Version of this format.
    pub format: u32,
    /// Version of the engine that ran it.
    pub engine_version: String,
    /// What was simulated.
    pub plant: Plant,
    /// A short name for that: of different plants, different.
    pub plant_digest: String,
    /// Seed of the study.
    pub seed: u64,
    /// Years of the whole study.
    pub years: u64,
    /// Which part of it.
    pub shard: Shard,
    /// How many chunks that is.
    pub chunks: u64,
    /// What they came to.
    pub tally: Tally,
    /// What rare states came to in as many cycles, if they were sampled.
    pub rare: Option<RareTally>,
}

impl Part {
    /// Runs a shard, on so many threads; rare states are sampled if they are wanted, or if outages are rare.
    pub fn run(study: &Study, shard: Shard, threads: usize, rare: bool) -> Result<Self, Impossible> {
        let rare = rare || study.is_rare()?;
        Ok(Self {
            format: FORMAT,
            engine_version: env!("CARGO_PKG_VERSION").to_owned(),
            plant: study.plant.clone(),
            plant_digest: study.plant.digest(),
            seed: study.seed,
            years: study.years,
            shard,
            chunks: shard.chunks(study.chunks()).count() as u64,
            tally: study.run_shard(shard, threads)?,
            rare: rare.then(|| study.run_rare_shard(shard, threads)).transpose()?,
        })
    }

    /// As JSON, with a line break at the end.
    pub fn to_json(&self) -> String {
        // Numbers, texts and lists of them can all be written.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// Reads what another machine has written.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in itself.
    pub fn read(text: &str) -> Result<Self, Unmergeable> {
        let part: Self = read_as(text, limits::SHARD_BYTES)?;
        let differs = |field, found: &dyn ToString, expected: &dyn ToString| {
            Err(Unmergeable::Itself { field, found: found.to_string(), expected: expected.to_string() })
        };
        if part.format != FORMAT {
            return differs("format", &part.format, &FORMAT);
        }
        if part.engine_version != env!("CARGO_PKG_VERSION") {
            return differs("engine_version", &part.engine_version, &env!("CARGO_PKG_VERSION"));
        }
        check(&part.plant)?;
        if part.plant_digest != part.plant.digest() {
            return differs("plant_digest", &part.plant_digest, &part.plant.digest());
        }
        if !(1..=limits::YEARS).contains(&part.years) {
            return differs("years", &part.years, &format!("from 1 to {}", limits::YEARS));
        }
        if Shard::new(part.shard.number, part.shard.of).is_none() {
            let expected = format!("from 1 to {}, of at most {}", part.shard.of, limits::SHARDS);
            return differs("shard", &part.shard, &expected);
        }
        let all = part.study().chunks();
        if part.chunks != part.shard.chunks(all).count() as u64 {
            return differs("chunks", &part.chunks, &part.shard.chunks(all).count());
        }
        let years: u64 = part.shard.chunks(all).map(|chunk| (part.years - chunk * CHUNK_YEARS).min(CHUNK_YEARS)).sum();
        if part.tally.years != years || part.tally.years_in_buckets() != Some(years) {
            return differs("tally.years", &part.tally.years, &years);
        }
        let is_ours = |chunk: u64| part.shard.chunks(all).any(|ours| ours == chunk);
        if !part.tally.is_plausible() || part.tally.longest.is_some_and(|longest| !is_ours(longest.chunk)) {
            return differs(
                "tally",
                &"counts that so many years cannot have come to",
                &"what 'halab years' has written",
            );
        }
        if let Some(rare) = &part.rare
            && (rare.unfinished > part.chunks || rare.cycles > years || (rare.unfinished == 0 && rare.cycles != years))
        {
            return differs("rare.cycles", &rare.cycles, &years);
        }
        Ok(part)
    }

    /// The study that it is a part of.
    pub fn study(&self) -> Study<'_> {
        Study { plant: &self.plant, seed: self.seed, years: self.years }
    }
}

impl std::fmt::Display for Shard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

/// Why shards cannot be added.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unmergeable {
    /// It is no shard.
    #[error("{0}")]
    NoShard(#[from] Problems),
    /// It contradicts itself, or is another engine's.
    #[error("{field}: found {found}; expected {expected}")]
    Itself {
        /// The field.
        field: &'static str,
        /// What stands there.
        found: String,
        /// What would be right.
        expected: String,
    },
    /// It belongs to another study than the first.
    #[error("{field}: found {found}; the first shard has {first}")]
    Other {
        /// Which of them, from 0.
        which: usize,
        /// The field.
        field: &'static str,
        /// What stands there.
        found: String,
        /// What stands in the first.
        first: String,
    },
    /// Two have the same chunk.
    #[error("shard {shard}: has chunk {chunk}, which shard {before} has too")]
    Doubled {
        /// Which of them, from 0.
        which: usize,
        /// The one.
        shard: Shard,
        /// The other.
        before: Shard,
        /// The chunk.
        chunk: u64,
    },
    /// Nobody has a chunk.
    #[error("chunks: {missing} of {all} are missing, the first is {first}; shard {shard} would have it")]
    Missing {
        /// How many.
        missing: usize,
        /// How many there should be.
        all: u64,
        /// The first of them.
        first: u64,
        /// Who would have it, if the study was cut like the first shard's.
        shard: Shard,
    },
    /// There is none.
    #[error("found no shard; expected at least one")]
    Nothing,
}

/// Adds the parts of one study.
///
/// # Errors
///
/// What does not belong to the first one's study or has not been sampled like it, what is there twice, and what is not there.
pub fn merge(parts: &[Part]) -> Result<(Tally, Option<RareTally>), Unmergeable> {
    let first = parts.first().ok_or(Unmergeable::Nothing)?;
    let all = first.study().chunks();
    let mut owners: Vec<Option<Shard>> = vec![None; all as usize];
    let mut sum = Tally::default();
    let mut rare = first.rare.as_ref().map(|_| RareTally::default());
    for (which, part) in parts.iter().enumerate() {
        let other = |field, found: &dyn ToString, first: &dyn ToString| {
            Err(Unmergeable::Other { which, field, found: found.to_string(), first: first.to_string() })
        };
        if part.plant != first.plant {
            return other("plant_digest", &part.plant_digest, &first.plant_digest);
        }
        if part.seed != first.seed {
            return other("seed", &part.seed, &first.seed);
        }
        if part.years != first.years {
            return other("years", &part.years, &first.years);
        }
        let sampled = |rare: bool| if rare { "some" } else { "none" };
        if part.rare.is_some() != rare.is_some() {
            return other("rare", &sampled(part.rare.is_some()), &sampled(rare.is_some()));
        }
        for chunk in part.shard.chunks(all) {
            if let Some(before) = owners[chunk as usize].replace(part.shard) {
                return Err(Unmergeable::Doubled { which, shard: part.shard, before, chunk });
            }
        }
        sum.add(&part.tally);
        if let (Some(rare), Some(more)) = (&mut rare, &part.rare) {
            rare.add(more);
        }
    }
    let Some(gap) = owners.iter().position(Option::is_none) else { return Ok((sum, rare)) };
    let missing = owners.iter().filter(|owner| owner.is_none()).count();
    let of = first.shard.of;
    Err(Unmergeable::Missing { missing, all, first: gap as u64, shard: Shard { number: gap as u64 % of + 1, of } })
}
