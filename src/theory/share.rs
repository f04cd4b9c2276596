//! A share of the time, or a probability, with its rest: the availability and the unavailability.

use super::decimal;

/// A share and its rest. Both have their digits, wherever the share lies. The default is where sums start.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Share {
    /// The share: the availability.
    pub up: f64,
    /// The rest: the unavailability.
    pub down: f64,
}

impl Share {
    /// The share of the time in which something is up that runs and is down this long, in the same unit.
    pub fn of_times(up: f64, down: f64) -> Self {
        Self { up: up / (up + down), down: down / (up + down) }
    }

    /// The share whose rest is known.
    pub fn but(down: f64) -> Self {
        Self { up: decimal::complement(down), down }
    }

    /// Both are up, where neither cares for the other.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { up: self.up * other.up, down: self.down + self.up * other.down }
    }

    /// At least one is up, where neither cares for the other.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self { up: self.up + self.down * other.up, down: self.down * other.down }
    }

    /// How many nines: 3 for 0.999.
    pub fn nines(self) -> f64 {
        -libm::log10(self.down)
    }

    /// All digits of the share, as JSON has a number: next to 1 more than an `f64` could hold.
    pub fn text(self) -> String {
        let near_one = (self.down < 0.5).then(|| decimal::complement_of(&self.down.to_string()));
        near_one.flatten().unwrap_or_else(|| decimal::number(self.up))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twelve_nines_keep_the_digits_of_what_is_missing() {
        assert_eq!(Share::but(2.345_678_901_234e-12).text(), "0.999999999997654321098766");
        assert_eq!(Share { up: 2.5e-20, down: 1.0 }.text(), "2.5e-20");
    }

    #[test]
    fn two_in_a_row_and_two_side_by_side() {
        let (a, b) = (Share::of_times(999.0, 1.0), Share::of_times(99.0, 1.0));
        assert!((a.and(b).down - (1.0 - 0.999 * 0.99)).abs() < 1e-16);
        assert!((a.or(b).down - 1e-5).abs() < 1e-20);
        assert!((a.or(b).nines() - 5.0).abs() < 1e-14);
    }
}
