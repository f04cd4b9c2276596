//! Composite systems: a reliability block diagram, put together by hand.
//!
//! A [`Block`] is a part (with its mean times, or with a known availability), one of the [`Architecture`]s with nodes of its
//! own, a series of blocks that are all needed, or blocks side by side of which so many are needed. Blocks neither care for
//! each other nor wait for each other: they fail, are repaired and age whatever the others do, also while the whole is down.
//! A part that is drawn twice is two parts.
//!
//! [`Block::answer`] computes, in this order and without a subtraction: what each part comes to; each group, by adding one
//! block after the other to the chances that so many are up; how often the whole breaks (the sum over parts of how often the
//! part fails times the chance that the whole hangs on it: Birnbaum 1969); and what each block is to blame for. That is
//! found by solving the whole again with the block always up, so that it has all its digits too.
//!
//! ```
//! use ha_lab::theory::blocks::Block;
//!
//! let shop = Block::series("shop", vec![
//!     Block::parallel("balancers", 1, vec![Block::part("one", 1_000.0, 10.0), Block::part("two", 1_000.0, 10.0)]),
//!     Block::part("database", 1_000.0, 1.0),
//! ]);
//! let answer = shop.answer().unwrap();
//! assert_eq!(answer.blocks[answer.weakest].name, "database");
//! assert_eq!(format!("{:.5}", answer.availability.up), "0.99890");
//! ```

mod answer;
mod document;

pub use answer::{Answer, Ranked, Refusal};
pub(super) use document::check_size;
pub use document::written;

use super::explore::{Architecture, Inputs};
use super::models::Single;
use super::share::Share;

/// Where a block is: which child of which child, from the outermost block; empty for that itself.
pub type Spot = Vec<usize>;

/// A block with its name, which may be empty.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// What it is called.
    pub name: String,
    /// What it is.
    pub kind: Kind,
}

/// A part whose availability is known.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Known {
    /// How much of the time it is up.
    pub availability: Share,
    /// Its mean down time, in hours: an availability alone does not say how often something breaks.
    pub mttr_hours: f64,
}

/// What a block is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A part with its mean up and down time.
    Part(Single),
    /// A part whose availability is known.
    Known(Known),
    /// An architecture with nodes of its own.
    Built(Box<Inputs>),
    /// Blocks one after the other: all of them are needed.
    Series(Vec<Block>),
    /// Blocks side by side.
    Parallel {
        /// How many of them are needed.
        needed: u32,
        /// The blocks.
        blocks: Vec<Block>,
    },
}

/// The architectures that a block may be. One node and a series are blocks themselves.
pub const ARCHITECTURES: [Architecture; 8] = [
    Architecture::Pair,
    Architecture::Failover,
    Architecture::Coverage,
    Architecture::Latent,
    Architecture::Failback,
    Architecture::KOfN,
    Architecture::Quorum,
    Architecture::Pool,
];

impl Default for Block {
    fn default() -> Self {
        Self { name: String::new(), kind: Kind::Part(Single::default()) }
    }
}

impl Block {
    /// A part with its mean times.
    pub fn part(name: &str, mttf_hours: f64, mttr_hours: f64) -> Self {
        Self { name: name.to_owned(), kind: Kind::Part(Single { mttf_hours, mttr_hours }) }
    }

    /// All of these are needed.
    pub fn series(name: &str, blocks: Vec<Self>) -> Self {
        Self { name: name.to_owned(), kind: Kind::Series(blocks) }
    }

    /// So many of these are needed.
    pub fn parallel(name: &str, needed: u32, blocks: Vec<Self>) -> Self {
        Self { name: name.to_owned(), kind: Kind::Parallel { needed, blocks } }
    }

    /// An architecture with nodes of its own.
    pub fn built(name: &str, inputs: Inputs) -> Self {
        Self { name: name.to_owned(), kind: Kind::Built(Box::new(inputs)) }
    }

    /// The blocks in it; none in a part.
    pub fn blocks(&self) -> &[Self] {
        match &self.kind {
            Kind::Series(blocks) | Kind::Parallel { blocks, .. } => blocks,
            _ => &[],
        }
    }

    /// The same, to be changed; none for a part.
    pub fn blocks_mut(&mut self) -> Option<&mut Vec<Self>> {
        match &mut self.kind {
            Kind::Series(blocks) | Kind::Parallel { blocks, .. } => Some(blocks),
            _ => None,
        }
    }

    /// Whether it is a group of blocks.
    pub fn is_group(&self) -> bool {
        matches!(self.kind, Kind::Series(_) | Kind::Parallel { .. })
    }

    /// How many of its blocks must be up.
    pub fn needed(&self) -> usize {
        match &self.kind {
            Kind::Series(blocks) => blocks.len(),
            Kind::Parallel { needed, .. } => *needed as usize,
            _ => 1,
        }
    }

    /// The block at a spot.
    pub fn at(&self, spot: &[usize]) -> Option<&Self> {
        spot.iter().try_fold(self, |block, place| block.blocks().get(*place))
    }

    /// The same, to be changed.
    pub fn at_mut(&mut self, spot: &[usize]) -> Option<&mut Self> {
        spot.iter().try_fold(self, |block, place| block.blocks_mut()?.get_mut(*place))
    }

    /// How many blocks there are, groups and the outermost one counted too.
    pub fn count(&self) -> usize {
        1 + self.blocks().iter().map(Self::count).sum::<usize>()
    }

    /// How many blocks lie within each other, from 1.
    pub fn depth(&self) -> usize {
        1 + self.blocks().iter().map(Self::depth).max().unwrap_or(0)
    }
}
