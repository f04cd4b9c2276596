//! What a run has shown beside what was predicted: the interval, and whether the two part.

use super::Prediction;
use crate::measure::{Cause, Incident, Ledger};
use crate::sim::{Micros, SimTime};
use crate::study::years::{Cycles, poisson_bounds};

/// Standard errors to both sides that leave 5 % outside.
pub const ERRORS_95: f64 = 1.96;
/// How often a Poisson bound is missed, to each side.
const TAIL_95: f64 = 0.025;

/// What one run has shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Observed {
    /// How long it was watched.
    pub watched_us: Micros,
    /// How much of that the service was down.
    pub unavailability: f64,
    /// Its standard error; none if there were too few outages to tell.
    pub standard_error: Option<f64>,
    /// Outages that began.
    pub outages: u64,
    /// Mean length of the failovers: the outages with one fault that a promotion ended; none without one.
    pub failover_us: Option<f64>,
    /// How many failovers that is.
    pub failovers: u64,
}

/// What the two come to, side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Faults are made by hand: there is nothing to hold the prediction against.
    ByHand,
    /// Too few outages to tell.
    TooFew,
    /// The prediction lies within the interval.
    Agrees,
    /// It lies outside.
    Parts,
}

impl Observed {
    /// Until now. Cycles from the end of one outage to the end of the next are taken for independent, as in simulated years.
    pub fn of(ledger: &Ledger, now: SimTime) -> Self {
        let figures = ledger.figures(now);
        let time = figures.availability.time;
        let unavailability = time.map_or(0.0, |share| (share.all - share.good) as f64 / share.all as f64);
        let over = || ledger.incidents().iter().filter(|incident| !incident.open());
        let mut cycles = Cycles::default();
        let mut last = None;
        for incident in over() {
            let (down_us, ended) = (incident.outage_us(now), incident.ended.unwrap_or(now));
            if let Some(before) = last {
                cycles.note(ended.since(before), down_us, 1);
            }
            last = Some(ended);
        }
        let one_service = ledger.shards() == 1;
        let (_, standard_error) = cycles.spread(unavailability);
        let promoted: Vec<Micros> = over().filter(|one| failed_over(one)).map(|one| one.outage_us(now)).collect();
        let failovers = promoted.len() as u64;
        let sum: u128 = promoted.iter().map(|us| u128::from(*us)).sum();
        Self {
            watched_us: now.us(),
            unavailability,
            // Outages of several shards overlap: they are no cycles of one service.
            standard_error: standard_error.filter(|_| one_service),
            outages: figures.outages,
            failover_us: (failovers > 0).then(|| sum as f64 / failovers as f64),
            failovers,
        }
    }

    /// The interval of so many standard errors to each side, not below 0.
    pub fn interval(&self, errors: f64) -> Option<(f64, f64)> {
        let half = errors * self.standard_error?;
        Some(((self.unavailability - half).max(0.0), self.unavailability + half))
    }

    /// Between how many outages in a year lie, with 95 %: exact, and so also for few.
    pub fn outages_per_year_bounds(&self) -> Option<(f64, f64)> {
        let years = self.watched_us as f64 / crate::study::years::YEAR_US as f64;
        let (low, high) = poisson_bounds(self.outages, TAIL_95);
        (years > 0.0).then(|| (low / years, high / years))
    }

    /// Whether the prediction lies within so many standard errors.
    pub fn verdict(&self, prediction: &Prediction, errors: f64) -> Verdict {
        match self.interval(errors) {
            _ if prediction.by_hand => Verdict::ByHand,
            None => Verdict::TooFew,
            Some((low, high)) if (low..=high).contains(&prediction.availability.down) => Verdict::Agrees,
            Some(_) => Verdict::Parts,
        }
    }
}

/// Another node took over from one that had failed alone: not the old master itself after its repair, and nobody had to be
/// waited for. A planned switchover has nothing to detect.
fn failed_over(incident: &Incident) -> bool {
    let failed = incident.cause == Cause::Fault;
    failed && incident.promoted.is_some() && incident.phases.repair_us == 0 && incident.faults.len() <= 1
}
