//! What a tally says about the truth: the unavailability with its interval, or that there is too little to tell.

use super::plant::Plant;
use super::tally::{Cycles, Tally, YEAR_US};

/// With fewer outages than this that matter no interval is given for how long the service is down.
pub const ENOUGH: f64 = 30.0;

/// What years say about the long run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The share of the time down that was seen.
    pub unavailability: f64,
    /// How many outages matter: (Σ D)² / Σ D². A thousand failovers of a second beside one night without anybody count for
    /// little more than one.
    pub effective_outages: f64,
    /// Its standard error; `None` if there were too few outages to tell.
    pub standard_error: Option<f64>,
    /// Outages per year that were seen.
    pub outages_per_year: f64,
    /// The standard error of that; `None` if there were too few, and their Poisson bounds say more.
    pub outages_error: Option<f64>,
}

impl Estimate {
    /// Of a tally of years of a plant.
    ///
    /// Where the plant has no memory, cycles from one moment at which all is well to the next are independent, and the
    /// error is that of a ratio of their sums (Crane and Iglehart, *Journal of the ACM* 21, 1974). Otherwise years are taken
    /// for independent, which they nearly are as long as repairs take days and not months. `None` without years.
    pub fn of(plant: &Plant, tally: &Tally) -> Option<Self> {
        Self::by(plant.has_no_memory(), tally)
    }

    /// The same where there are no cycles: years are taken for independent.
    pub fn of_years(tally: &Tally) -> Option<Self> {
        Self::by(false, tally)
    }

    fn by(cycles: bool, tally: &Tally) -> Option<Self> {
        if tally.years == 0 {
            return None;
        }
        let years = tally.years as f64;
        let all_us = years * YEAR_US as f64;
        let down_us = tally.down_in_all_us() as f64;
        let share = down_us / all_us;
        let cycles = cycles.then_some(&tally.cycles).filter(|cycles| cycles.count > 1);
        let (effective_outages, standard_error) = cycles.map_or_else(
            || {
                let effective = matter(down_us, tally.year_squared as f64);
                let enough = effective >= ENOUGH && tally.years > 1;
                (effective, enough.then(|| error_of_mean(down_us, tally.year_squared as f64, years) / YEAR_US as f64))
            },
            |cycles| cycles.spread(share),
        );
        let outages = tally.outages as f64;
        let outages_error = (outages >= ENOUGH && (cycles.is_some() || tally.years > 1)).then(|| {
            if let Some(cycles) = cycles {
                let squares = residues(
                    outages / (all_us / 1_000.0),
                    [cycles.outages_squared as f64, cycles.length_outages as f64, cycles.length_squared as f64],
                );
                squares.sqrt() / (cycles.length_ms as f64 * 1_000.0) * YEAR_US as f64
            } else {
                error_of_mean(outages, tally.year_outages_squared as f64, years)
            }
        });
        Some(Self {
            unavailability: share,
            effective_outages,
            standard_error,
            outages_per_year: outages / years,
            outages_error,
        })
    }

    /// The same for the outages per year.
    pub fn outages_interval(&self, errors: f64) -> Option<(f64, f64)> {
        let half = errors * self.outages_error?;
        Some(((self.outages_per_year - half).max(0.0), self.outages_per_year + half))
    }

    /// The interval of so many standard errors to each side, not below 0: 1.96 for 95 %, 3.29 for 99.9 %.
    pub fn interval(&self, errors: f64) -> Option<(f64, f64)> {
        let half = errors * self.standard_error?;
        Some(((self.unavailability - half).max(0.0), self.unavailability + half))
    }
}

impl Cycles {
    /// How many outages matter, and the standard error of the share of the time down, if they are enough to tell.
    pub fn spread(&self, share: f64) -> (f64, Option<f64>) {
        let effective = matter(self.down_us as f64, self.down_squared as f64);
        let error = (self.count > 1 && effective >= ENOUGH).then(|| {
            // Downtimes are in microseconds, lengths in milliseconds.
            let sums = [self.down_squared as f64, self.length_down as f64, self.length_squared as f64];
            residues(share * 1_000.0, sums).sqrt() / (self.length_ms as f64 * 1_000.0)
        });
        (effective, error)
    }
}

/// How many outages matter, of the sum of their lengths and the sum of the squares.
fn matter(sum: f64, squares: f64) -> f64 {
    if squares > 0.0 { sum * sum / squares } else { 0.0 }
}

/// Σ(Y − rL)² of cycles, of ΣY², ΣLY and ΣL².
fn residues(ratio: f64, [squared, product, length_squared]: [f64; 3]) -> f64 {
    (squared - 2.0 * ratio * product + ratio * ratio * length_squared).max(0.0)
}

/// The standard error of the mean of so many independent numbers, of their sum and the sum of their squares.
fn error_of_mean(sum: f64, squared: f64, count: f64) -> f64 {
    let mean = sum / count;
    let variance = (squared / count - mean * mean).max(0.0) * count / (count - 1.0);
    (variance / count).sqrt()
}

/// Between which means a Poisson count lies, each end missed with this chance (Garwood, *Biometrika* 28, 1936). Exact, so
/// that it also says what no outage at all means: with 0.025 to each side, 0 outages are compatible with 3.7.
pub fn poisson_bounds(count: u64, tail: f64) -> (f64, f64) {
    let low = if count == 0 { 0.0 } else { mean_where(|mean| 1.0 - at_most(count - 1, mean) < tail, count) };
    (low, mean_where(|mean| at_most(count, mean) > tail, count))
}

/// The mean at which a condition stops to hold that holds for small ones.
fn mean_where(holds: impl Fn(f64) -> bool, count: u64) -> f64 {
    let (mut low, mut high) = (0.0, 20.0 + 3.0 * count as f64);
    for _ in 0..100 {
        let middle = f64::midpoint(low, high);
        *if holds(middle) { &mut low } else { &mut high } = middle;
    }
    low
}

/// The chance of no more than `count` events when `mean` are expected.
fn at_most(count: u64, mean: f64) -> f64 {
    let mut term = libm::exp(-mean);
    let mut sum = term;
    for event in 1..=count {
        term *= mean / event as f64;
        sum += term;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Garwood's table, as every handbook has it.
    #[test]
    fn bounds_of_a_poisson_count_are_those_of_the_table() {
        for (count, low, high) in [(0, 0.0, 3.689), (1, 0.025_32, 5.572), (10, 4.795, 18.39), (29, 19.42, 41.65)] {
            let found = poisson_bounds(count, 0.025);
            assert!((found.0 - low).abs() < 0.005 && (found.1 - high).abs() < 0.005, "{count}: {found:?}");
        }
    }
}
