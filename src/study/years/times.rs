//! How long things take, in microseconds: what up times, repairs and failovers are drawn from.

use rand::Rng;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;
use serde::{Deserialize, Serialize};

use crate::sim::Micros;

/// Longest time that is ever drawn: ten thousand years.
pub(super) const LONGEST_US: f64 = 3.2e17;

/// A distribution of times.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Times {
    /// Without memory.
    Exponential {
        /// Mean.
        mean_us: Micros,
    },
    /// Always the same.
    Constant {
        /// That.
        us: Micros,
    },
    /// As likely anywhere in a range.
    Uniform {
        /// Shortest.
        lo_us: Micros,
        /// Longest; not below the shortest.
        hi_us: Micros,
    },
    /// Ages (shape above 1), or gets over its childhood (below 1).
    Weibull {
        /// Shape.
        shape: f64,
        /// 63 % are shorter.
        scale_us: Micros,
    },
    /// Mostly short, now and then very long.
    Lognormal {
        /// The median.
        median_us: Micros,
        /// Standard deviation of the logarithm.
        sigma: f64,
    },
    /// One of these, such as the failovers that were measured at message level.
    Empirical(Vec<Micros>),
}

impl Times {
    /// What stands in for times that a document does not give, until somebody fills them in. Not possible.
    pub(super) fn missing() -> Self {
        Self::Uniform { lo_us: Micros::MAX, hi_us: 0 }
    }

    /// No time at all.
    pub(super) fn none() -> Self {
        Self::Constant { us: 0 }
    }

    /// Whether what is left of such a time does not depend on how much of it is over.
    pub fn has_no_memory(&self) -> bool {
        matches!(self, Self::Exponential { .. })
    }

    /// Whether it is exponential, or nothing at all: what Markov chains know.
    pub(super) fn is_markovian(&self) -> bool {
        matches!(self, Self::Exponential { .. } | Self::Constant { us: 0 })
    }

    /// Mean, in microseconds.
    pub fn mean_us(&self) -> f64 {
        match self {
            Self::Exponential { mean_us: us } | Self::Constant { us } => *us as f64,
            Self::Uniform { lo_us, hi_us } => f64::midpoint(*lo_us as f64, *hi_us as f64),
            Self::Weibull { shape, scale_us } => *scale_us as f64 * libm::tgamma(1.0 + 1.0 / shape),
            Self::Lognormal { median_us, sigma } => *median_us as f64 * libm::exp(sigma * sigma / 2.0),
            Self::Empirical(list) => list.iter().map(|us| *us as f64).sum::<f64>() / list.len() as f64,
        }
    }

    /// Whether it can be drawn from: nothing empty, nothing without end.
    pub fn is_possible(&self) -> bool {
        let fits = |us: Micros| (us as f64) < LONGEST_US;
        match self {
            Self::Exponential { mean_us } => *mean_us > 0 && fits(*mean_us),
            Self::Constant { us } => fits(*us),
            Self::Uniform { lo_us, hi_us } => lo_us <= hi_us && fits(*hi_us),
            Self::Weibull { shape, scale_us } => (0.1..=100.0).contains(shape) && *scale_us > 0 && fits(*scale_us),
            Self::Lognormal { median_us, sigma } => (0.0..=5.0).contains(sigma) && *median_us > 0 && fits(*median_us),
            Self::Empirical(list) => !list.is_empty() && list.iter().all(|us| fits(*us)),
        }
    }
}

/// The random numbers of one chunk.
#[derive(Debug)]
pub struct Dice {
    bits: Xoshiro256PlusPlus,
    ziggurat: Ziggurat,
}

impl Dice {
    /// The numbers that belong to a seed and a chunk.
    pub fn new(seed: u64, chunk: u64) -> Self {
        // The seeding scatters its number; the two are kept apart by an odd factor.
        let key = seed ^ chunk.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Self { bits: Xoshiro256PlusPlus::seed_from_u64(key), ziggurat: Ziggurat::new() }
    }

    /// A time.
    #[inline]
    pub fn draw(&mut self, times: &Times) -> Micros {
        match times {
            Times::Exponential { mean_us } => rounded(self.exponential() * *mean_us as f64),
            _ => self.draw_other(times),
        }
    }

    #[inline(never)]
    fn draw_other(&mut self, times: &Times) -> Micros {
        rounded(match times {
            Times::Exponential { mean_us } => self.exponential() * *mean_us as f64,
            Times::Constant { us } => return *us,
            Times::Uniform { lo_us, hi_us } => return lo_us + self.below(hi_us - lo_us + 1),
            Times::Weibull { shape, scale_us } => libm::pow(self.exponential(), 1.0 / shape) * *scale_us as f64,
            Times::Lognormal { median_us, sigma } => libm::exp(self.normal() * sigma) * *median_us as f64,
            Times::Empirical(list) => return list[self.below(list.len() as u64) as usize],
        })
    }

    /// True with a probability of `ppm` in a million.
    pub fn chance_ppm(&mut self, ppm: u32) -> bool {
        ppm >= 1_000_000 || self.below(1_000_000) < u64::from(ppm)
    }

    /// A number from 0 to below 1.
    pub(super) fn toss(&mut self) -> f64 {
        unit(self.bits.next_u64())
    }

    /// Below `n`, by Lemire's multiplication.
    fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.bits.next_u64()) * u128::from(n)) >> 64) as u64
    }

    #[inline]
    fn exponential(&mut self) -> f64 {
        let bits = self.bits.next_u64();
        let layer = (bits & 0xff) as usize;
        let x = unit(bits) * self.ziggurat.x[layer];
        if x < self.ziggurat.x[layer + 1] { x } else { self.exponential_at_edge(bits) }
    }

    /// What two of a hundred draws come to: beyond what is under the curve in any case.
    #[cold]
    fn exponential_at_edge(&mut self, bits: u64) -> f64 {
        let mut bits = bits;
        loop {
            let layer = (bits & 0xff) as usize;
            let x = unit(bits) * self.ziggurat.x[layer];
            if x < self.ziggurat.x[layer + 1] {
                return x;
            }
            if layer == 0 {
                // Beyond the last layer it is the same distribution again.
                return Ziggurat::RIGHT - libm::log(1.0 - unit(self.bits.next_u64()));
            }
            let (low, high) = (self.ziggurat.height[layer], self.ziggurat.height[layer + 1]);
            if high + (low - high) * unit(self.bits.next_u64()) < libm::exp(-x) {
                return x;
            }
            bits = self.bits.next_u64();
        }
    }

    /// A standard normal number, by Box and Muller.
    fn normal(&mut self) -> f64 {
        let radius = (2.0 * self.exponential()).sqrt();
        radius * libm::cos(std::f64::consts::TAU * unit(self.bits.next_u64()))
    }
}

/// To the nearest microsecond, and no more than ten thousand years.
fn rounded(us: f64) -> Micros {
    // By way of signed numbers, which processors have an instruction for.
    ((us + 0.5) as i64).min(LONGEST_US as i64).cast_unsigned()
}

/// From 0 to below 1, of the upper bits.
fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

/// The layers of equal area under e⁻ˣ (Marsaglia and Tsang, *Journal of Statistical Software* 5, 2000): 98 of 100 draws
/// need no logarithm.
#[derive(Debug)]
struct Ziggurat {
    x: [f64; 257],
    height: [f64; 257],
}

impl Ziggurat {
    /// Where the lowest layer ends and the tail begins.
    const RIGHT: f64 = 7.697_117_470_131_05;
    /// The area of each layer.
    const AREA: f64 = 0.003_949_659_822_581_572;

    fn new() -> Self {
        let mut x = [0.0; 257];
        x[0] = Self::AREA / libm::exp(-Self::RIGHT);
        x[1] = Self::RIGHT;
        for layer in 2..256 {
            x[layer] = -libm::log(Self::AREA / x[layer - 1] + libm::exp(-x[layer - 1]));
        }
        Self { height: x.map(|x| libm::exp(-x)), x }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The greatest distance between what is drawn and what should be (Kolmogorov and Smirnov).
    fn distance(draws: &mut [f64], share_below: impl Fn(f64) -> f64) -> f64 {
        draws.sort_by(f64::total_cmp);
        let count = draws.len() as f64;
        let distances =
            draws.iter().enumerate().map(|(rank, draw)| (share_below(*draw) - (rank as f64 + 0.5) / count).abs());
        distances.fold(0.0, f64::max)
    }

    #[test]
    fn times_have_the_distribution_that_they_say() {
        const DRAWS: usize = 200_000;
        // One in a thousand honest generators is further off.
        let limit = 1.95 / (DRAWS as f64).sqrt();
        let mut dice = Dice::new(7, 0);
        let mean = 1e12;
        for (times, share_below) in [
            (Times::Exponential { mean_us: 1_000_000_000_000 }, (|t| -libm::expm1(-t)) as fn(f64) -> f64),
            (Times::Weibull { shape: 2.0, scale_us: 1_000_000_000_000 }, |t| -libm::expm1(-t * t)),
            (Times::Lognormal { median_us: 1_000_000_000_000, sigma: 0.8 }, |t| {
                libm::erfc(-libm::log(t) / 0.8 / std::f64::consts::SQRT_2) / 2.0
            }),
            (Times::Uniform { lo_us: 0, hi_us: 1_000_000_000_000 }, |t| t),
        ] {
            let mut draws: Vec<_> = (0..DRAWS).map(|_| dice.draw(&times) as f64 / mean).collect();
            let average = draws.iter().sum::<f64>() / DRAWS as f64;
            assert!((average * mean / times.mean_us() - 1.0).abs() < 0.01, "{times:?}: mean {average}");
            let distance = distance(&mut draws, share_below);
            assert!(distance < limit, "seed 7: {times:?} is {distance} off; {limit} allowed");
        }
    }

    #[test]
    fn fixed_and_measured_times_are_what_was_given() {
        let mut dice = Dice::new(1, 1);
        assert_eq!(dice.draw(&Times::Constant { us: 5 }), 5);
        let list = Times::Empirical(vec![3, 7, 11]);
        let mut seen = [0; 12];
        for _ in 0..3_000 {
            seen[dice.draw(&list) as usize] += 1;
        }
        assert!(seen[3] > 900 && seen[7] > 900 && seen[11] > 900, "seed 1: {seen:?}");
        assert!((list.mean_us() - 7.0).abs() < 1e-12);
    }

    #[test]
    fn chunks_of_a_seed_draw_differently() {
        let first = |seed, chunk| Dice::new(seed, chunk).below(u64::MAX);
        assert_ne!(first(1, 0), first(1, 1));
        assert_ne!(first(1, 0), first(2, 0));
        assert_eq!(first(1, 0), first(1, 0));
    }
}
