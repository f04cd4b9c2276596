//! Years of a diagram of blocks: each block without blocks in it is a plant of its own.
//!
//! Blocks do not care for each other, so each plant lives by itself, with dice of its own, as if it were alone. The diagram
//! only hears when a plant goes down and when it is back, in the order of time; then it is settled which groups have enough
//! left, and while the whole is down, on which blocks that hangs: it would be up if this one were. So what the years say of a
//! block is what `theory`'s diagrams call the share of the downtime that would vanish without its failures.
//!
//! The first plant has the dice that it would have alone, so a diagram of one plant is that plant's study. Years are taken
//! for independent: with many blocks there is hardly a moment at which everything is well.
//!
//! ```
//! use ha_lab::study::years::{Diagram, DiagramStudy};
//! use ha_lab::theory::blocks::Block;
//!
//! let row = Block::series("", vec![Block::part("web", 900.0, 1.0), Block::part("database", 900.0, 9.0)]);
//! let diagram = Diagram::of(&row).unwrap();
//! let study = DiagramStudy { diagram: &diagram, seed: 1, years: 1_000 };
//! let report = study.report(study.run(1).unwrap(), &(&row.answer().unwrap()).into()).unwrap();
//! let (low, high) = report.interval().unwrap();
//! assert!((low..high).contains(&report.exact.down));
//! assert!(report.of_downtime(2) > 0.85, "it is the database");
//! ```

mod life;
mod report;

use serde::{Deserialize, Serialize};

use self::life::Life;
pub use self::report::{DiagramReport, Exact};
use super::estimate::Estimate;
use super::plant::{Impossible, Plant};
use super::question::plant_of;
use super::tally::{Tally, YEAR_US, digits_of_list};
use super::{CHUNK_YEARS, limits};
use crate::theory::Share;
use crate::theory::blocks::{Block, Kind, Known, Spot};
use crate::theory::explore::Inputs;
use crate::theory::models::{Model, Single};

/// A plant, or so many of some diagrams.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Diagram {
    /// A plant.
    Plant(Box<Plant>),
    /// So many of these must be up.
    Of {
        /// How many.
        needed: u32,
        /// Of which.
        blocks: Vec<Self>,
    },
}

/// Why something cannot be simulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// It has more nodes than a plant.
    Nodes,
    /// Its coverage is no whole number of parts of a million.
    Coverage,
    /// Its times are too short or too long.
    Times,
    /// Something else.
    Other,
}

/// A block that cannot be simulated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsimulated {
    /// Which.
    pub spot: Spot,
    /// Why.
    pub why: Why,
}

/// A diagram that is no diagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undrawn {
    /// A plant in it.
    #[error("{0}")]
    Plant(#[from] Impossible),
    /// Groups that need more blocks than they have, or none.
    #[error("needed: expected from 1 to the number of blocks")]
    Needed,
    /// Too many blocks.
    #[error("blocks: expected at most 300")]
    Blocks,
}

/// A diagram, and for how long it is watched.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DiagramStudy<'a> {
    /// What is simulated.
    pub diagram: &'a Diagram,
    /// Seed of all chunks.
    pub seed: u64,
    /// How many years; no more than [`limits::YEARS`].
    pub years: u64,
}

/// What so many years of a diagram came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DiagramTally {
    /// Of the whole. The cause of a downtime is that of the first block on which it hung; too few, if on none alone.
    pub whole: Tally,
    /// For how long the whole was down and hung on a block, for each block, the outermost first, each before what is in it.
    #[serde(with = "digits_of_list")]
    pub hung_us: Vec<u128>,
}

/// The plant of a model.
fn plant(model: &Model) -> Result<Plant, Why> {
    let plant = plant_of(model).map_err(|problem| match problem.path.as_str() {
        "params.n" => Why::Nodes,
        "params.coverage" => Why::Coverage,
        _ => Why::Other,
    })?;
    match plant.check() {
        Ok(()) => Ok(plant),
        Err(Impossible::Times) => Err(Why::Times),
        Err(_) => Err(Why::Other),
    }
}

impl Diagram {
    /// The plants of a block, and of all blocks in it.
    ///
    /// # Errors
    ///
    /// Which block cannot be simulated, and why.
    pub fn of(block: &Block) -> Result<Self, Unsimulated> {
        let refused = |why| Unsimulated { spot: Spot::new(), why };
        let single = |part: Single| plant(&Model::Single(part)).map(|plant| Self::Plant(Box::new(plant)));
        match &block.kind {
            Kind::Part(part) => single(part.clone()).map_err(refused),
            Kind::Known(Known { availability: Share { up, down }, mttr_hours }) => {
                single(Single { mttf_hours: mttr_hours * up / down, mttr_hours: *mttr_hours }).map_err(refused)
            }
            Kind::Built(inputs) => Self::of_inputs(inputs).map_err(refused),
            Kind::Series(_) | Kind::Parallel { .. } => {
                let blocks = block.blocks().iter().enumerate().map(|(place, inside)| {
                    Self::of(inside).map_err(|Unsimulated { mut spot, why }| {
                        spot.insert(0, place);
                        Unsimulated { spot, why }
                    })
                });
                Ok(Self::Of { needed: block.needed() as u32, blocks: blocks.collect::<Result<_, _>>()? })
            }
        }
    }

    /// An architecture; in series with it, what all its nodes have in common.
    ///
    /// # Errors
    ///
    /// Why it cannot be simulated.
    pub fn of_inputs(inputs: &Inputs) -> Result<Self, Why> {
        let (model, common) = inputs.in_series();
        let nodes = Self::Plant(Box::new(plant(&model)?));
        let Some(common) = common else { return Ok(nodes) };
        let common = Self::Plant(Box::new(plant(&Model::Single(common))?));
        Ok(Self::Of { needed: 2, blocks: vec![nodes, common] })
    }

    /// Whether it can be simulated.
    ///
    /// # Errors
    ///
    /// Why not.
    pub fn check(&self) -> Result<(), Undrawn> {
        if self.count() > limits::BLOCKS {
            return Err(Undrawn::Blocks);
        }
        match self {
            Self::Plant(plant) => Ok(plant.check()?),
            Self::Of { needed, blocks } => {
                if !(1..=blocks.len()).contains(&(*needed as usize)) {
                    return Err(Undrawn::Needed);
                }
                blocks.iter().try_for_each(Self::check)
            }
        }
    }

    /// How many blocks there are, groups and the outermost one counted too.
    pub fn count(&self) -> usize {
        1 + self.blocks().iter().map(Self::count).sum::<usize>()
    }

    /// The blocks in it; none in a plant.
    pub fn blocks(&self) -> &[Self] {
        match self {
            Self::Plant(_) => &[],
            Self::Of { blocks, .. } => blocks,
        }
    }
}

impl DiagramTally {
    /// Adds what other years came to.
    pub fn add(&mut self, other: &Self) {
        self.whole.add(&other.whole);
        self.hung_us.resize(self.hung_us.len().max(other.hung_us.len()), 0);
        for (sum, more) in self.hung_us.iter_mut().zip(&other.hung_us) {
            *sum += more;
        }
    }
}

impl<'a> DiagramStudy<'a> {
    /// How many chunks it has.
    pub fn chunks(&self) -> u64 {
        self.years.min(limits::YEARS).div_ceil(CHUNK_YEARS)
    }

    /// One chunk.
    ///
    /// # Errors
    ///
    /// The diagram cannot be simulated.
    pub fn chunk(&self, number: u64) -> Result<DiagramTally, Undrawn> {
        self.diagram.check()?;
        let years = self.years.min(limits::YEARS).saturating_sub(number.saturating_mul(CHUNK_YEARS)).min(CHUNK_YEARS);
        Ok(Life::new(self.diagram, self.seed, number).run(years * YEAR_US))
    }

    /// All chunks, on so many threads.
    ///
    /// # Errors
    ///
    /// The diagram cannot be simulated.
    pub fn run(&self, threads: usize) -> Result<DiagramTally, Undrawn> {
        self.diagram.check()?;
        let mut sum = DiagramTally::default();
        let threads = threads.clamp(1, limits::THREADS) as u64;
        let part = |thread: u64| -> Result<DiagramTally, Undrawn> {
            let mut sum = DiagramTally::default();
            for number in (thread..self.chunks()).step_by(threads as usize) {
                sum.add(&self.chunk(number)?);
            }
            Ok(sum)
        };
        let parts = std::thread::scope(|scope| {
            let part = &part;
            let handles: Vec<_> = (1..threads).map(|thread| scope.spawn(move || part(thread))).collect();
            let first = part(0);
            let rest = handles.into_iter().map(|one| one.join().unwrap_or_else(|it| std::panic::resume_unwind(it)));
            std::iter::once(first).chain(rest).collect::<Vec<_>>()
        });
        for part in parts {
            sum.add(&part?);
        }
        Ok(sum)
    }

    /// The figures; `None` without years.
    pub fn report(self, tally: DiagramTally, exact: &Exact) -> Option<DiagramReport<'a>> {
        let estimate = Estimate::of_years(&tally.whole)?;
        Some(DiagramReport { study: self, tally, estimate, exact: *exact })
    }
}

#[cfg(test)]
mod tests;
