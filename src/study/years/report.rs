//! What a study has shown, in figures: observed ones with their interval, and beside them what theory says.
//!
//! The same tally gives the same report, wherever its chunks were run.

use serde_json::{Map, Value as Json, json};

use super::Study;
use super::estimate::{Estimate, poisson_bounds};
use super::history::History;
use super::known::model_of;
use super::rare::RareTally;
use super::tally::{ALL_CAUSES, Cause, Tally, YEAR_US};
use crate::sim::Micros;
use crate::theory::{Share, Value};

/// How many standard errors are 95 % to both sides.
const ERRORS_95: f64 = 1.96;
/// How often a Poisson bound is missed, to each side.
const TAIL_95: f64 = 0.025;

/// The figures of a study.
#[derive(Clone, Debug, PartialEq)]
pub struct Report<'a> {
    /// What was studied.
    pub study: Study<'a>,
    /// What it came to.
    pub tally: Tally,
    /// What that says of the long run.
    pub estimate: Estimate,
    /// What theory says, if it knows the plant.
    pub theory: Option<Theory>,
    /// What rare states came to, if they were sampled ([`Self::with_rare`]).
    pub rare: Option<RareTally>,
    /// How the longest outage came about, if somebody asked ([`Self::with_history`]).
    pub history: Option<History>,
}

/// What theory says of a plant.
#[derive(Clone, Debug, PartialEq)]
pub struct Theory {
    /// By which model.
    pub model: &'static str,
    /// How much of the time it is up, and down.
    pub availability: Share,
    /// Outages in a year of 365 days.
    pub outages_per_year: Option<f64>,
}

impl Theory {
    /// Asks theory.
    fn of(study: &Study) -> Option<Self> {
        let mut model = model_of(study.plant)?;
        let outputs = model.solve().ok()?;
        let number = |name| match outputs.get(name) {
            Some(Value::Number(number)) => Some(*number),
            _ => None,
        };
        let availability = match outputs.get("availability") {
            Some(Value::Share(share)) => *share,
            _ => Share::but(number("unavailability")?),
        };
        Some(Self { model: model.name(), availability, outages_per_year: number("outages_per_year_365d") })
    }
}

impl<'a> Report<'a> {
    /// Of a study that came to this; `None` without years.
    pub fn of(study: Study<'a>, tally: Tally) -> Option<Self> {
        let estimate = Estimate::of(study.plant, &tally)?;
        let theory = Theory::of(&study);
        Some(Self { study, tally, estimate, theory, rare: None, history: None })
    }

    /// The same with the history of the longest outage; that takes as long as one chunk.
    #[must_use]
    pub fn with_history(self) -> Self {
        let history = self.tally.longest.and_then(|outage| self.study.history(outage).ok());
        Self { history, ..self }
    }

    /// The same, with what rare states came to: where enough of those cycles matter, the figures are theirs.
    #[must_use]
    pub fn with_rare(self, rare: Option<RareTally>) -> Self {
        let estimate = Estimate::of(self.study.plant, &self.tally).unwrap_or(self.estimate);
        let found = rare.as_ref().and_then(RareTally::estimate);
        let estimate = found.map_or(estimate, |found| Estimate {
            unavailability: found.unavailability,
            effective_outages: found.effective_outages,
            standard_error: Some(found.standard_error),
            outages_per_year: found.outages_per_year,
            outages_error: Some(found.outages_error),
        });
        Self { estimate, rare, ..self }
    }

    /// Whether the figures are those of importance sampling.
    fn is_rare(&self) -> bool {
        self.rare.as_ref().is_some_and(|rare| rare.estimate().is_some())
    }

    /// The unavailability's interval of 95 %; `None` if there is too little to tell.
    pub fn interval(&self) -> Option<(f64, f64)> {
        self.estimate.interval(ERRORS_95)
    }

    /// How the interval was found.
    pub fn found_by(&self) -> &'static str {
        self.way(self.estimate.standard_error.is_some()).unwrap_or("too_few_to_tell")
    }

    /// How the interval of the outages per year was found.
    pub fn outages_found_by(&self) -> &'static str {
        self.way(self.estimate.outages_error.is_some()).unwrap_or("poisson")
    }

    /// How intervals are found, where there is enough for one.
    fn way(&self, enough: bool) -> Option<&'static str> {
        let by_cycles = self.study.plant.has_no_memory() && self.tally.cycles.count > 1;
        enough.then_some(match (self.is_rare(), by_cycles) {
            (true, _) => "importance_sampling",
            (_, true) => "regenerative_cycles",
            _ => "independent_years",
        })
    }

    /// Between how many outages per year lie, with 95 %; exact where they were few.
    pub fn outages_per_year_bounds(&self) -> (f64, f64) {
        self.estimate.outages_interval(ERRORS_95).unwrap_or_else(|| {
            let years = self.tally.years as f64;
            let (low, high) = poisson_bounds(self.tally.outages, TAIL_95);
            (low / years, high / years)
        })
    }

    /// Mean downtime of a year.
    pub fn mean_us(&self) -> f64 {
        if self.is_rare() {
            return self.estimate.unavailability * YEAR_US as f64;
        }
        self.tally.down_in_all_us() as f64 / self.tally.years as f64
    }

    /// A quantile of the downtime of a year, at most an eighth too high.
    pub fn quantile_us(&self, permille: u64) -> Micros {
        self.tally.year_quantile_us(permille).unwrap_or_default()
    }

    /// The causes that cost time, each with its share.
    pub fn causes(&self) -> Vec<(Cause, f64)> {
        if let Some(rare) = self.rare.as_ref().filter(|_| self.is_rare()) {
            return rare.causes().collect();
        }
        let all = self.tally.down_in_all_us() as f64;
        let each = ALL_CAUSES.into_iter().zip(self.tally.down_us);
        each.filter(|(_, us)| *us > 0).map(|(cause, us)| (cause, us as f64 / all)).collect()
    }

    /// As JSON.
    pub fn to_json(&self) -> Json {
        let Self { study, tally, estimate, theory, rare, history } = self;
        let share = Share::but(estimate.unavailability);
        let nines = |share: Share| (share.down > 0.0).then(|| share.nines());
        let causes: Map<_, _> =
            self.causes().into_iter().map(|(cause, share)| (cause.name().to_owned(), json!(share))).collect();
        json!({
            "engine_version": env!("CARGO_PKG_VERSION"),
            "plant": study.plant,
            "plant_digest": study.plant.digest(),
            "seed": study.seed,
            "years": tally.years,
            "availability": share.up,
            "availability_95": self.interval().map(|(low, high)| [1.0 - high, 1.0 - low]),
            "unavailability": estimate.unavailability,
            "unavailability_95": self.interval(),
            "found_by": self.found_by(),
            "effective_outages": estimate.effective_outages,
            "nines": nines(share),
            "downtime_us_per_year": {
                "mean": self.mean_us(),
                "p50": self.quantile_us(500),
                "p90": self.quantile_us(900),
                "p99": self.quantile_us(990),
                "max": tally.worst_year_us,
            },
            "outages": tally.outages,
            "outages_per_year": estimate.outages_per_year,
            "outages_per_year_95": self.outages_per_year_bounds(),
            "outages_found_by": self.outages_found_by(),
            "rare_cycles": rare.as_ref().map(|rare| rare.cycles),
            "longest_outage_us": tally.longest_us(),
            "longest_outage": tally.longest.map(|outage| json!({
                "length_us": outage.length_us,
                "chunk": outage.chunk,
                "from_us": outage.from_us,
                "down_before": history.as_ref().map(|history| &history.down_before),
                "zones_down_before": history.as_ref().map(|history| &history.zones_down_before),
                "leader_before": history.as_ref().and_then(|history| history.leader_before),
                "events": history.as_ref().map(|history| &history.events),
                "left_out": history.as_ref().map(|history| history.left_out),
            })),
            "causes": causes,
            "takeovers": tally.takeovers,
            "node_failures": tally.failures,
            "theory": theory.as_ref().map(|theory| json!({
                "model": theory.model,
                "availability": theory.availability.up,
                "unavailability": theory.availability.down,
                "nines": nines(theory.availability),
                "downtime_us_per_year": theory.availability.down * YEAR_US as f64,
                "outages_per_year": theory.outages_per_year,
            })),
        })
    }
}
