//! What a study of a diagram has shown, in figures, beside what theory says.

use super::{DiagramStudy, DiagramTally};
use crate::study::years::estimate::Estimate;
use crate::study::years::tally::{ALL_CAUSES, Cause};
use crate::theory::{Share, blocks};

/// How many standard errors are 95 % to both sides.
const ERRORS_95: f64 = 1.96;

/// What theory says of the whole.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exact {
    /// How much of the time it is down.
    pub down: f64,
    /// How often it breaks in a year of 365 days.
    pub outages_per_year: f64,
}

/// The figures of a study of a diagram.
#[derive(Clone, Debug, PartialEq)]
pub struct DiagramReport<'a> {
    /// What was studied.
    pub study: DiagramStudy<'a>,
    /// What it came to.
    pub tally: DiagramTally,
    /// What that says of the long run.
    pub estimate: Estimate,
    /// What theory says of it.
    pub exact: Exact,
}

impl From<&blocks::Answer> for Exact {
    fn from(answer: &blocks::Answer) -> Self {
        Self { down: answer.availability.down, outages_per_year: answer.per_year() }
    }
}

impl DiagramReport<'_> {
    /// The unavailability's interval of 95 %; `None` if there is too little to tell.
    pub fn interval(&self) -> Option<(f64, f64)> {
        self.estimate.interval(ERRORS_95)
    }

    /// The share of the downtime that hung on a block, by its number: the outermost is 0, each comes before what is in it.
    pub fn of_downtime(&self, block: usize) -> f64 {
        let all = self.tally.whole.down_in_all_us() as f64;
        let hung = self.tally.hung_us.get(block).copied().unwrap_or_default() as f64;
        if all > 0.0 { hung / all } else { 0.0 }
    }

    /// The causes that cost time, each with its share.
    pub fn causes(&self) -> Vec<(Cause, f64)> {
        let all = self.tally.whole.down_in_all_us() as f64;
        let each = ALL_CAUSES.into_iter().zip(self.tally.whole.down_us);
        each.filter(|(_, us)| *us > 0).map(|(cause, us)| (cause, us as f64 / all)).collect()
    }

    /// As JSON.
    pub fn to_json(&self) -> serde_json::Value {
        let Self { study, tally, estimate, exact } = self;
        let whole = &tally.whole;
        let interval = self.interval();
        let quantile = |permille| whole.year_quantile_us(permille);
        let causes: serde_json::Map<_, _> =
            self.causes().into_iter().map(|(cause, share)| (cause.name().to_owned(), share.into())).collect();
        serde_json::json!({
            "engine_version": env!("CARGO_PKG_VERSION"),
            "diagram": study.diagram,
            "seed": study.seed,
            "years": whole.years,
            "availability": Share::but(estimate.unavailability).up,
            "availability_95": interval.map(|(low, high)| [1.0 - high, 1.0 - low]),
            "unavailability": estimate.unavailability,
            "unavailability_95": interval,
            "found_by": if interval.is_some() { "independent_years" } else { "too_few_to_tell" },
            "effective_outages": estimate.effective_outages,
            "downtime_us_per_year": {
                "mean": whole.down_in_all_us() as f64 / whole.years as f64,
                "p50": quantile(500),
                "p90": quantile(900),
                "p99": quantile(990),
                "max": whole.worst_year_us,
            },
            "outages": whole.outages,
            "outages_per_year": estimate.outages_per_year,
            "longest_outage_us": whole.longest_us(),
            "causes": causes,
            "of_downtime": (0..tally.hung_us.len()).map(|block| self.of_downtime(block)).collect::<Vec<_>>(),
            "takeovers": whole.takeovers,
            "node_failures": whole.failures,
            "theory": {
                "model": "blocks",
                "unavailability": exact.down,
                "outages_per_year": exact.outages_per_year,
            },
        })
    }
}
