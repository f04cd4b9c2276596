//! The error budget: what an objective allows in a window, and how fast an availability burns it.

use super::super::decimal;
use super::super::share::Share;

/// An objective for a window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Budget {
    /// The availability that is promised, between 0 and 1.
    pub objective: f64,
    /// For which time, in seconds.
    pub window_s: f64,
}

impl Budget {
    /// The share of the time that may be missed.
    pub fn allowed_share(&self) -> f64 {
        decimal::complement(self.objective)
    }

    /// The downtime that it allows in the window, in seconds: (1 − objective)·window.
    pub fn allowed_s(&self) -> f64 {
        self.allowed_share() * self.window_s
    }

    /// The downtime to be expected in the window, in seconds.
    pub fn expected_s(&self, availability: Share) -> f64 {
        availability.down * self.window_s
    }

    /// The burn rate, unavailability/(1 − objective): at 1 the budget is used up exactly at the end of the window.
    pub fn burn(&self, availability: Share) -> f64 {
        availability.down / self.allowed_share()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_nines_allow_43_minutes_a_month() {
        let budget = Budget { objective: 0.999, window_s: 30.0 * 86_400.0 };
        assert!((budget.allowed_s() / 60.0 - 43.2).abs() < 1e-12, "{}", budget.allowed_s());
        assert!((budget.burn(Share::but(0.0005)) - 0.5).abs() < 1e-12);
        assert!((budget.expected_s(Share::but(0.0005)) / 60.0 - 21.6).abs() < 1e-12);
    }
}
