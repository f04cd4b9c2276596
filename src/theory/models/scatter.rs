//! What chance does to one run: two labs that simulate the same node for a year do not see the same availability.

use super::super::decimal::mean_decayed;
use super::super::fields::{Fields, HasFields};
use super::super::limits;
use super::super::outputs::Outputs;
use super::super::share::Share;
use super::Theory;

/// The availability that one run of a node shows, which starts up: its mean and its scatter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Run {
    /// Mean up time of the node, in hours.
    pub mttf_hours: f64,
    /// Mean down time of the node, in hours.
    pub mttr_hours: f64,
    /// Length of the run, in hours.
    pub run_hours: f64,
}

impl Run {
    /// The mean availability of such runs: a bit better than in the long run, because all start up.
    pub fn mean(&self) -> Share {
        Share::but(Share::of_times(self.mttf_hours, self.mttr_hours).down * mean_decayed(self.length()))
    }

    /// The standard deviation of one run. The mean of N runs has this divided by √N.
    ///
    /// With a = λ/σ, b = μ/σ, σ = λ+μ and x = σT, the variance of the time down is, in units of 1/σ²,
    /// a²(1 − e⁻²ˣ − 2xe⁻ˣ) + 2ab(x(1 + e⁻ˣ) − 2(1 − e⁻ˣ)): the second moment less the squared mean, put so that for
    /// long runs nothing cancels. For short ones both terms are series of positive numbers.
    pub fn deviation(&self) -> f64 {
        let (x, Share { up, down }) = (self.length(), Share::of_times(self.mttf_hours, self.mttr_hours));
        let gone = libm::exp(-x);
        let (own, mixed) = if x > 1.0 {
            (1.0 - gone * gone - 2.0 * x * gone, x * (1.0 + gone) - 2.0 * (1.0 - gone))
        } else {
            // 2e⁻ˣ(sinh x − x), and 4e⁻ʸ(y cosh y − sinh y) with y = x/2.
            let y = x / 2.0;
            (2.0 * gone * odd_series(x, |_| 1.0), 4.0 * libm::exp(-y) * odd_series(y, |power| power - 1.0))
        };
        (down * down * own + 2.0 * up * down * mixed).sqrt() / x
    }

    /// What the deviation comes to for long runs: √(2λμ / (λ+μ)³T).
    pub fn deviation_of_long(&self) -> f64 {
        let Share { up, down } = Share::of_times(self.mttf_hours, self.mttr_hours);
        (2.0 * up * down / self.length()).sqrt()
    }

    /// The run's length in units of 1/(λ+μ).
    fn length(&self) -> f64 {
        self.run_hours * (1.0 / self.mttf_hours + 1.0 / self.mttr_hours)
    }
}

/// The sum of `weight(p)·xᵖ/p!` over p = 3, 5, 7, …; for x up to 1.
fn odd_series(x: f64, weight: impl Fn(f64) -> f64) -> f64 {
    let (mut term, mut sum) = (x, 0.0);
    for step in 1..12 {
        let power = f64::from(2 * step + 1);
        term *= x * x / (power * (power - 1.0));
        sum += weight(power) * term;
    }
    sum
}

impl HasFields for Run {
    fn fields(&mut self, at: &mut Fields) {
        at.hours("mttf_hours", &mut self.mttf_hours);
        at.hours("mttr_hours", &mut self.mttr_hours);
        at.hours("T_hours", &mut self.run_hours);
    }
}

/// Runs of several nodes and lengths.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scatter {
    /// One row each.
    pub rows: Vec<Run>,
}

impl HasFields for Scatter {
    fn fields(&mut self, at: &mut Fields) {
        at.parts("rows", &mut self.rows, limits::ROWS);
    }
}

impl Theory for Scatter {
    fn outputs(&self) -> Outputs {
        let rows = self.rows.iter().map(|run| {
            Outputs::new()
                .share("mean_interval_availability", run.mean())
                .number("std_interval_availability", run.deviation())
                .number("asymptotic_std", run.deviation_of_long())
        });
        Outputs::table(rows.collect())
    }
}

/// A run without a single failure: e^(−T/MTTF). A year of 100 % says little about a node.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NoOutage {
    /// Mean up time of the node, in hours.
    pub mttf_hours: f64,
    /// Length of the run, in hours.
    pub run_hours: f64,
}

impl HasFields for NoOutage {
    fn fields(&mut self, at: &mut Fields) {
        at.hours("mttf_hours", &mut self.mttf_hours);
        at.hours("T_hours", &mut self.run_hours);
    }
}

impl Theory for NoOutage {
    fn outputs(&self) -> Outputs {
        let failures = self.run_hours / self.mttf_hours;
        Outputs::new().share("probability", Share { up: libm::exp(-failures), down: -libm::expm1(-failures) })
    }
}
