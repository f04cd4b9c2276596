//! What a tally says about the truth: the unavailability with its interval, or that there is too little to tell.

use super::plant::Plant;
use super::tally::{Tally, YEAR_US};

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
}

impl Estimate {
    /// Of a tally of years of a plant.
    ///
    /// Where the plant has no memory, cycles from one moment at which all is well to the next are independent, and the
    /// error is that of a ratio of their sums (Crane and Iglehart, *Journal of the ACM* 21, 1974). Otherwise years are taken
    /// for independent, which they nearly are as long as repairs take days and not months. `None` without years.
    pub fn of(plant: &Plant, tally: &Tally) -> Option<Self> {
        if tally.years == 0 {
            return None;
        }
        let years = tally.years as f64;
        let all_us = years * YEAR_US as f64;
        let down_us = tally.down_in_all_us() as f64;
        let share = down_us / all_us;
        let (effective_outages, standard_error) = if plant.has_no_memory() && tally.cycles.count > 1 {
            tally.cycles.spread(share)
        } else {
            let squared = tally.year_squared as f64;
            let effective = if squared > 0.0 { down_us * down_us / squared } else { 0.0 };
            let error = (effective >= ENOUGH && tally.years > 1).then(|| {
                let mean_us = down_us / years;
                let variance = (tally.year_squared as f64 / years - mean_us * mean_us).max(0.0) * years / (years - 1.0);
                (variance / years).sqrt() / YEAR_US as f64
            });
            (effective, error)
        };
        Some(Self {
            unavailability: share,
            effective_outages,
            standard_error,
            outages_per_year: tally.outages as f64 / years,
        })
    }

    /// The interval of so many standard errors to each side, not below 0: 1.96 for 95 %, 3.29 for 99.9 %.
    pub fn interval(&self, errors: f64) -> Option<(f64, f64)> {
        let half = errors * self.standard_error?;
        Some(((self.unavailability - half).max(0.0), self.unavailability + half))
    }
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
