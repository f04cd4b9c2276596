//! What a study has shown, in figures: observed ones with their interval, and beside them what theory says.
//!
//! The same tally gives the same report, wherever its chunks were run.

use serde_json::{Map, Value as Json, json};

use super::Study;
use super::estimate::{ENOUGH, Estimate, poisson_bounds};
use super::history::History;
use super::known::model_of;
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
        let availability = Share::but(number("unavailability")?);
        Some(Self { model: model.name(), availability, outages_per_year: number("outages_per_year_365d") })
    }
}

impl<'a> Report<'a> {
    /// Of a study that came to this; `None` without years.
    pub fn of(study: Study<'a>, tally: Tally) -> Option<Self> {
        let estimate = Estimate::of(study.plant, &tally)?;
        let theory = Theory::of(&study);
        Some(Self { study, tally, estimate, theory, history: None })
    }

    /// The same with the history of the longest outage; that takes as long as one chunk.
    #[must_use]
    pub fn with_history(self) -> Self {
        let history = self.tally.longest.and_then(|outage| self.study.history(outage).ok());
        Self { history, ..self }
    }

    /// The unavailability's interval of 95 %; `None` if there is too little to tell.
    pub fn interval(&self) -> Option<(f64, f64)> {
        self.estimate.interval(ERRORS_95)
    }

    /// How the interval was found.
    pub fn found_by(&self) -> &'static str {
        match self.estimate.standard_error {
            None => "too_few_to_tell",
            Some(_) if self.study.plant.has_no_memory() && self.tally.cycles.count > 1 => "regenerative_cycles",
            Some(_) => "independent_years",
        }
    }

    /// Between how many outages per year lie, with 95 %: exact, and given where they were few.
    pub fn outages_per_year_bounds(&self) -> Option<(f64, f64)> {
        let years = self.tally.years as f64;
        let few = (self.tally.outages as f64) < ENOUGH;
        few.then(|| poisson_bounds(self.tally.outages, TAIL_95)).map(|(low, high)| (low / years, high / years))
    }

    /// Mean downtime of a year.
    pub fn mean_us(&self) -> f64 {
        self.tally.down_in_all_us() as f64 / self.tally.years as f64
    }

    /// A quantile of the downtime of a year, at most an eighth too high.
    pub fn quantile_us(&self, permille: u64) -> Micros {
        self.tally.year_quantile_us(permille).unwrap_or_default()
    }

    /// The causes that cost time, each with its share.
    pub fn causes(&self) -> impl Iterator<Item = (Cause, f64)> {
        let all = self.tally.down_in_all_us() as f64;
        let each = ALL_CAUSES.into_iter().zip(self.tally.down_us);
        each.filter(|(_, us)| *us > 0).map(move |(cause, us)| (cause, us as f64 / all))
    }

    /// As JSON.
    pub fn to_json(&self) -> Json {
        let Self { study, tally, estimate, theory, history } = self;
        let share = Share::but(estimate.unavailability);
        let nines = |share: Share| (share.down > 0.0).then(|| share.nines());
        let causes: Map<_, _> = self.causes().map(|(cause, share)| (cause.name().to_owned(), json!(share))).collect();
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
            "longest_outage_us": tally.longest_us(),
            "longest_outage": tally.longest.map(|outage| json!({
                "length_us": outage.length_us,
                "chunk": outage.chunk,
                "from_us": outage.from_us,
                "down_before": history.as_ref().map(|history| &history.down_before),
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
