//! What a block diagram comes to, and what each block contributes.

use super::super::limits;
use super::super::models::{exactly, how_many_up};
use super::super::problem::Wrong;
use super::super::share::Share;
use super::{Block, Kind, Spot};

const YEAR_HOURS: f64 = super::super::YEAR_HOURS;

/// The answer to a diagram.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// How much of the time the whole is up.
    pub availability: Share,
    /// How often it breaks, per hour.
    pub per_hour: f64,
    /// All blocks, the outermost first, each before what is in it.
    pub blocks: Vec<Ranked>,
    /// Which of them is the weakest: of all that the whole needs, the one without whose failures most downtime would
    /// vanish. Blocks that stand in for each other are taken together.
    pub weakest: usize,
}

/// A block with what it is to blame for.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranked {
    /// Where it is.
    pub spot: Spot,
    /// Its name.
    pub name: String,
    /// How much of the time it is up.
    pub availability: Share,
    /// How often it breaks, per hour.
    pub per_hour: f64,
    /// The chance that the whole hangs on it: up if this block is, down if it is not (Birnbaum importance).
    pub importance: f64,
    /// What the whole would come to if this block never failed. Down may be 0.
    pub without: Share,
    /// Which share of the downtime would vanish then (criticality importance). Blocks that stand in for each other are both
    /// to blame, so these may add up to more than 1.
    pub of_downtime: f64,
    /// Which share of the outages begins with its failure. Of all parts together: 1.
    pub of_outages: f64,
}

/// Why there is no answer, and at which block.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// The block.
    pub spot: Spot,
    /// What is wrong.
    pub wrong: Wrong,
}

/// A block with its own figures.
struct Solved<'a> {
    block: &'a Block,
    share: Share,
    per_hour: f64,
    inside: Vec<Solved<'a>>,
    /// For each block inside, the chance that this one hangs on it.
    hangs_on: Vec<f64>,
}

impl Answer {
    /// How often it breaks in a year.
    pub fn per_year(&self) -> f64 {
        self.per_hour * YEAR_HOURS
    }

    /// Mean time from the end of an outage to the next, in hours.
    pub fn mean_up_hours(&self) -> f64 {
        self.availability.up / self.per_hour
    }

    /// Mean length of an outage, in hours.
    pub fn mean_down_hours(&self) -> f64 {
        self.availability.down / self.per_hour
    }

    /// The place in the list of the block at a spot.
    pub fn place(&self, spot: &[usize]) -> Option<usize> {
        self.blocks.iter().position(|block| block.spot == spot)
    }
}

impl Block {
    /// What it comes to. Its values have been checked.
    pub fn answer(&self) -> Result<Answer, Refusal> {
        let solved = solve(self, &mut Vec::new())?;
        let whole = solved.share;
        if whole.down < limits::SMALLEST || !solved.per_hour.is_finite() {
            return Err(Refusal { spot: Vec::new(), wrong: Wrong::Digits });
        }
        let mut blocks = Vec::new();
        solved.rank(&solved, &mut Vec::new(), 1.0, &mut blocks);
        let mut answer = Answer { availability: whole, per_hour: solved.per_hour, blocks, weakest: 0 };
        answer.weakest = weakest(self, &answer);
        Ok(answer)
    }

    /// What the whole comes to if the block at a spot has another availability.
    pub fn with(&self, spot: &[usize], share: Share) -> Option<Share> {
        self.at(spot)?;
        solve(self, &mut Vec::new()).ok().map(|solved| solved.with(spot, share))
    }
}

fn solve<'a>(block: &'a Block, spot: &mut Spot) -> Result<Solved<'a>, Refusal> {
    let leaf = |share, per_hour| Ok(Solved { block, share, per_hour, inside: Vec::new(), hangs_on: Vec::new() });
    let refuse = |wrong| Err(Refusal { spot: spot.clone(), wrong });
    match &block.kind {
        Kind::Part(part) => leaf(part.availability(), 1.0 / (part.mttf_hours + part.mttr_hours)),
        Kind::Known(known) => leaf(known.availability, known.availability.down / known.mttr_hours),
        Kind::Built(inputs) => match inputs.answer() {
            Ok(answer) => leaf(answer.availability, answer.outages_per_year / YEAR_HOURS),
            Err(complaints) => refuse(complaints.into_iter().next().map_or(Wrong::Digits, |one| one.wrong)),
        },
        Kind::Series(_) | Kind::Parallel { .. } => {
            let (blocks, needed) = (block.blocks(), block.needed());
            if blocks.is_empty() {
                return refuse(Wrong::Items { found: 0, most: limits::BLOCKS });
            }
            let mut inside = Vec::with_capacity(blocks.len());
            for (place, block) in blocks.iter().enumerate() {
                spot.push(place);
                inside.push(solve(block, spot)?);
                spot.pop();
            }
            let shares: Vec<_> = inside.iter().map(|one| one.share).collect();
            let hangs_on: Vec<_> = (0..shares.len())
                .map(|place| {
                    let others = shares.iter().enumerate().filter(|(other, _)| *other != place);
                    exactly(&how_many_up(others.map(|(_, share)| *share)), needed - 1)
                })
                .collect();
            let per_hour = inside.iter().zip(&hangs_on).map(|(one, hangs)| one.per_hour * hangs).sum();
            Ok(Solved { block, share: enough(shares.into_iter(), needed), per_hour, inside, hangs_on })
        }
    }
}

/// At least so many are up.
fn enough(shares: impl Iterator<Item = Share>, needed: usize) -> Share {
    let chances = how_many_up(shares);
    let (too_few, enough) = chances.split_at(needed.min(chances.len()));
    Share { up: enough.iter().sum(), down: too_few.iter().sum() }
}

impl Solved<'_> {
    /// What this comes to if the block at a spot in it has another availability.
    fn with(&self, spot: &[usize], share: Share) -> Share {
        let Some((place, rest)) = spot.split_first() else { return share };
        let shares = self.inside.iter().enumerate();
        let shares = shares.map(|(other, one)| if other == *place { one.with(rest, share) } else { one.share });
        enough(shares, self.block.needed())
    }

    fn rank(&self, whole: &Self, spot: &mut Spot, importance: f64, ranked: &mut Vec<Ranked>) {
        ranked.push(Ranked {
            spot: spot.clone(),
            name: self.block.name.clone(),
            availability: self.share,
            per_hour: self.per_hour,
            importance,
            without: whole.with(spot, Share { up: 1.0, down: 0.0 }),
            of_downtime: importance * self.share.down / whole.share.down,
            of_outages: importance * self.per_hour / whole.per_hour,
        });
        for (place, (one, hangs)) in self.inside.iter().zip(&self.hangs_on).enumerate() {
            spot.push(place);
            one.rank(whole, spot, importance * hangs, ranked);
            spot.pop();
        }
    }
}

/// Goes from the outermost block into the one to blame for most, as long as all of the blocks in it are needed.
fn weakest(whole: &Block, answer: &Answer) -> usize {
    let (mut block, mut spot) = (whole, Spot::new());
    while block.is_group() && block.needed() == block.blocks().len() {
        let blame = |place: usize| {
            let at: Spot = spot.iter().copied().chain([place]).collect();
            answer.place(&at).map_or(0.0, |place| answer.blocks[place].of_downtime)
        };
        // The first of several that are alike.
        let worst = (0..block.blocks().len()).rev().max_by(|a, b| blame(*a).total_cmp(&blame(*b)));
        let Some(worst) = worst else { break };
        spot.push(worst);
        block = &block.blocks()[worst];
    }
    answer.place(&spot).unwrap_or(0)
}
