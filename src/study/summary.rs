//! What many lengths of time come to.

use crate::sim::Micros;

/// The quantiles of a [`Summary`], with their names.
pub const QUANTILES: [(&str, u64); 6] =
    [("p01", 10), ("p10", 100), ("p50", 500), ("p90", 900), ("p99", 990), ("p999", 999)];

/// Smallest, largest, mean and quantiles of a sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// How many there are.
    pub count: u64,
    /// The smallest.
    pub min_us: Micros,
    /// In the order of [`QUANTILES`], by nearest rank: the smallest value with at least so much of the sample at or below it.
    pub quantiles_us: [Micros; QUANTILES.len()],
    /// The arithmetic mean.
    pub mean_us: f64,
    /// The largest.
    pub max_us: Micros,
}

impl Summary {
    /// Sums a sample up; none if it is empty.
    pub fn of(sample: impl IntoIterator<Item = Micros>) -> Option<Self> {
        let mut sample: Vec<Micros> = sample.into_iter().collect();
        sample.sort_unstable();
        let (min_us, max_us) = (*sample.first()?, *sample.last()?);
        let count = sample.len() as u64;
        let rank = |permille: u64| (count * permille).div_ceil(1_000).max(1) - 1;
        let sum: u128 = sample.iter().map(|us| u128::from(*us)).sum();
        Some(Self {
            count,
            min_us,
            quantiles_us: QUANTILES.map(|(_, permille)| sample[rank(permille) as usize]),
            mean_us: sum as f64 / count as f64,
            max_us,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_of_the_sample_by_nearest_rank() {
        let summary = Summary::of((1..=100).rev()).unwrap();
        assert_eq!((summary.min_us, summary.max_us, summary.count), (1, 100, 100));
        assert_eq!(summary.quantiles_us, [1, 10, 50, 90, 99, 100]);
        assert!((summary.mean_us - 50.5).abs() < 1e-12);
    }

    #[test]
    fn of_one_value_everything_is_that_value_and_of_none_there_is_nothing() {
        let one = Summary::of([7]).unwrap();
        assert_eq!((one.quantiles_us, one.mean_us.to_bits()), ([7; 6], 7.0_f64.to_bits()));
        assert_eq!(Summary::of([]), None);
    }
}
