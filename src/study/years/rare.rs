//! Rare states, met often and counted for little: importance sampling with balanced failure biasing.
//!
//! Where all times are exponential, the plant is a Markov chain. From one moment at which all is well to the next it makes
//! a cycle, and cycles are independent. In every second cycle failures are made likely: as long as there have been enough
//! nodes, half of what happens is a failure, each possible one as likely as the others (Shahabuddin, *Management Science*
//! 40, 1994). How much likelier such a cycle has become is its weight, by which its time down is divided. How long cycles
//! are is learnt from those between, in which nothing is changed (Goyal and others, *IEEE Transactions on Computers* 41,
//! 1992; Heidelberger, *ACM TOMACS* 5, 1995). Times are not drawn: a state lasts as long as it does on average.
//!
//! The moves are those of the engine: the same code says what failures and repairs lead to. Weights are floats, their sums
//! are exact ([`ExactSum`]), so any sharding gives the same bytes here as well.

use serde::{Deserialize, Serialize};

use super::engine::{Chunk, Coin, Next};
use super::exact::ExactSum;
use super::limits;
use super::plant::Plant;
use super::tally::{ALL_CAUSES, CAUSES, Cause, YEAR_US};
use super::times::Dice;

/// How often a failure comes next, where a repair might.
const FAILURES: f64 = 0.5;

/// What cycles came to; as many with failures made likely as without.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RareTally {
    /// How many of each.
    pub cycles: u64,
    /// Chunks that came to no end within [`limits::RARE_EVENTS`]: all is hardly ever well.
    pub unfinished: u64,
    /// Weighted time down, in microseconds, by cause in the order of [`ALL_CAUSES`].
    pub down_us: [ExactSum; CAUSES],
    /// Squares of the weighted times down.
    pub down_squared: ExactSum,
    /// Weighted number of outages.
    pub outages: ExactSum,
    /// Squares of that.
    pub outages_squared: ExactSum,
    /// Lengths of the cycles without bias, in microseconds.
    pub length_us: ExactSum,
    /// Squares of the lengths.
    pub length_squared: ExactSum,
}

/// What rare states come to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RareEstimate {
    /// The share of the time that the service is down.
    pub unavailability: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// Outages per year of 365 days.
    pub outages_per_year: f64,
    /// Its standard error.
    pub outages_error: f64,
    /// How many cycles matter: (Σ WD)² / Σ (WD)².
    pub effective_outages: f64,
}

impl RareTally {
    /// Adds what other cycles came to.
    pub fn add(&mut self, other: &Self) {
        self.cycles += other.cycles;
        self.unfinished += other.unfinished;
        for (sum, more) in self.down_us.iter_mut().zip(&other.down_us) {
            sum.add_sum(more);
        }
        self.down_squared.add_sum(&other.down_squared);
        self.outages.add_sum(&other.outages);
        self.outages_squared.add_sum(&other.outages_squared);
        self.length_us.add_sum(&other.length_us);
        self.length_squared.add_sum(&other.length_squared);
    }

    /// What that says; `None` if too few cycles matter, or some chunk came to no end.
    pub fn estimate(&self) -> Option<RareEstimate> {
        if self.cycles < 2 || self.unfinished > 0 {
            return None;
        }
        let count = self.cycles as f64;
        let down: f64 = self.down_us.iter().map(ExactSum::value).sum();
        let length = self.length_us.value();
        let squared = self.down_squared.value();
        // The variance of a mean, in units of the mean length.
        let variance =
            |sum: f64, squared: f64| (squared / count - (sum / count) * (sum / count)).max(0.0) / (count - 1.0);
        let of_length = variance(length, self.length_squared.value());
        let error = |sum: f64, squared: f64| {
            let ratio = sum / length;
            (variance(sum, squared) + ratio * ratio * of_length).sqrt() * count / length
        };
        let effective_outages = if squared > 0.0 { down * down / squared } else { 0.0 };
        let per_year = YEAR_US as f64;
        let outages = self.outages.value();
        (effective_outages >= super::estimate::ENOUGH).then(|| RareEstimate {
            unavailability: down / length,
            standard_error: error(down, squared),
            outages_per_year: outages / length * per_year,
            outages_error: error(outages, self.outages_squared.value()) * per_year,
            effective_outages,
        })
    }

    /// The share of each cause that costs time.
    pub fn causes(&self) -> impl Iterator<Item = (Cause, f64)> {
        let down = self.down_us.each_ref().map(ExactSum::value);
        let all: f64 = down.iter().sum();
        ALL_CAUSES.into_iter().zip(down).filter(|(_, us)| *us > 0.0).map(move |(cause, us)| (cause, us / all))
    }
}

/// So many cycles of each kind.
pub(super) fn simulate(plant: &Plant, cycles: u64, dice: Dice) -> RareTally {
    let mut walk = Walk { chunk: Chunk::new(plant, 0, dice), moves: Vec::new(), events: 0 };
    let mut tally = RareTally::default();
    for _ in 0..cycles {
        let (Some(biased), Some(plain)) = (walk.cycle(true), walk.cycle(false)) else {
            tally.unfinished = 1;
            break;
        };
        tally.cycles += 1;
        let down: f64 = biased.down_us.iter().sum();
        for (sum, more) in tally.down_us.iter_mut().zip(biased.down_us) {
            sum.add(more);
        }
        tally.down_squared.add(down * down);
        tally.outages.add(biased.outages);
        tally.outages_squared.add(biased.outages * biased.outages);
        tally.length_us.add(plain.length_us);
        tally.length_squared.add(plain.length_us * plain.length_us);
    }
    tally
}

/// What one cycle comes to.
#[derive(Default)]
struct Cycle {
    length_us: f64,
    down_us: [f64; CAUSES],
    outages: f64,
}

/// Something that may happen, how often in a microsecond it does, and whether it is bad.
#[derive(Clone, Copy, Debug)]
pub(super) struct Move {
    pub(super) next: Next,
    pub(super) per_us: f64,
    pub(super) fails: bool,
}

struct Walk<'a> {
    chunk: Chunk<'a>,
    moves: Vec<Move>,
    events: u64,
}

impl Walk<'_> {
    /// From one moment at which all is well to the next; `None` if there have been too many events.
    fn cycle(&mut self, biased: bool) -> Option<Cycle> {
        let mut cycle = Cycle::default();
        let (mut weight, mut too_few) = (1.0, false);
        let begun = self.chunk.cycles();
        while self.chunk.cycles() == begun {
            self.events += 1;
            if self.events > limits::RARE_EVENTS {
                return None;
            }
            self.chunk.moves(&mut self.moves);
            let all: f64 = self.moves.iter().map(|it| it.per_us).sum();
            let lasts_us = 1.0 / all;
            cycle.length_us += lasts_us;
            if let Some(cause) = self.chunk.cause() {
                cycle.down_us[cause as usize] += weight * lasts_us;
            }
            too_few |= !self.chunk.is_enough();
            let outages = self.chunk.outages();
            let biases = biased && !too_few;
            let (chosen, likelier) = if biases { self.choose_biased(all) } else { (self.choose(all), 1.0) };
            weight /= likelier;
            weight *= self.chunk.with_coin(biases, |chunk| chunk.happen(chosen));
            cycle.outages += weight * (self.chunk.outages() - outages) as f64;
        }
        Some(cycle)
    }

    /// One of the moves, as often as it happens.
    fn choose(&mut self, all: f64) -> Next {
        let at = self.chunk.toss() * all;
        pick(&self.moves, at, |_| true)
    }

    /// A failure as often as not, and how much likelier the move has become by that.
    fn choose_biased(&mut self, all: f64) -> (Next, f64) {
        let failures = self.moves.iter().filter(|it| it.fails).count();
        let repairs: f64 = self.moves.iter().filter(|it| !it.fails).map(|it| it.per_us).sum();
        let share = match (failures, repairs > 0.0) {
            (0, _) => return (self.choose(all), 1.0),
            (_, false) => 1.0,
            _ => FAILURES,
        };
        if self.chunk.toss() < share {
            let each = share / failures as f64;
            let which = (self.chunk.toss() * failures as f64) as usize;
            let failure = self.moves.iter().filter(|it| it.fails).nth(which.min(failures - 1));
            // There is at least one.
            failure.map_or((Next::Service, 1.0), |it| (it.next, each / (it.per_us / all)))
        } else {
            let at = self.chunk.toss() * repairs;
            (pick(&self.moves, at, |it| !it.fails), (1.0 - share) / (repairs / all))
        }
    }
}

/// The move within whose rate a place falls, of those that count.
fn pick(moves: &[Move], at: f64, counts: impl Fn(&Move) -> bool) -> Next {
    let mut left = at;
    let mut last = Next::Service;
    for it in moves.iter().filter(|it| counts(it)) {
        last = it.next;
        left -= it.per_us;
        if left < 0.0 {
            break;
        }
    }
    last
}

/// For [`Chunk::with_coin`]: by how much the fall of an even coin has to be weighed.
pub(super) fn weight_of(coin: Coin, covered_ppm: u32) -> f64 {
    let covered = f64::from(covered_ppm) / 1e6;
    match coin {
        Coin::Honest | Coin::Even => 1.0,
        Coin::Fell(true) => covered / 0.5,
        Coin::Fell(false) => (1.0 - covered) / 0.5,
    }
}
