//! What is simulated, and what a study has come to so far: of a plant, or of a diagram of plants.

use super::year_s;
use crate::study::years::{
    Cause, Diagram, DiagramReport, DiagramStudy, DiagramTally, Estimate, Exact, History, Plant, RareTally, Report,
    Study, Tally,
};
use crate::study::{Sum, Task};
use crate::theory::blocks::{Answer, Block};

/// What was known after so many years: the unavailability, and its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Known {
    /// Years so far.
    pub years: u64,
    /// What was observed.
    pub seen: f64,
    /// The interval of 95 %.
    pub interval: (f64, f64),
}

/// What is simulated.
#[derive(Clone, Debug, PartialEq)]
pub enum Subject {
    /// A plant.
    Plant(Box<Plant>),
    /// Plants put together, with what theory says of the whole.
    Diagram(Diagram, Exact, Drawn),
}

/// What a diagram was made of, for its names.
#[derive(Clone, Debug, PartialEq)]
pub enum Drawn {
    /// An architecture in series with what its nodes have in common, which theory blames for this share of the downtime,
    /// and for this one.
    Common(f64, f64),
    /// A diagram on the board, and theory's answer.
    Board(Box<Block>, Box<Answer>),
}

impl Subject {
    /// Whether the same comes out: what blocks are called makes no difference.
    pub fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Plant(one), Self::Plant(other)) => one == other,
            (Self::Diagram(one, ..), Self::Diagram(other, ..)) => one == other,
            _ => false,
        }
    }

    /// Years of it.
    pub fn task(&self, seed: u64, years: u64) -> Task {
        match self {
            Self::Plant(plant) => Task::Years { plant: plant.clone(), seed, years },
            Self::Diagram(diagram, ..) => Task::Diagram { diagram: Box::new(diagram.clone()), seed, years },
        }
    }
}

/// What a study has come to so far.
pub struct Shown {
    /// What was simulated.
    pub subject: Subject,
    /// With which seed.
    pub seed: u64,
    /// How many years were asked for.
    pub years: u64,
    /// What those came to that are over.
    pub tally: Tally,
    /// For how long a diagram was down and hung on each of its blocks.
    pub hung_us: Vec<u128>,
    /// What rare states came to, where outages are rare.
    pub rare: Option<RareTally>,
    /// How it became known.
    pub course: Vec<Known>,
    /// How the longest outage came about, once nothing more is to come.
    pub history: Option<History>,
}

impl Shown {
    /// Before anything has happened.
    pub fn new(subject: Subject, seed: u64, years: u64) -> Self {
        let (tally, hung_us) = (Tally::default(), Vec::new());
        Self { subject, seed, years, tally, hung_us, rare: None, course: Vec::new(), history: None }
    }

    /// The figures; none before the first years are over.
    pub fn figures(&self) -> Option<Figures<'_>> {
        let (seed, years) = (self.seed, self.years);
        Some(match &self.subject {
            Subject::Plant(plant) => {
                let study = Study { plant, seed, years };
                let report = Report::of(study, self.tally.clone())?.with_rare(self.rare.clone());
                Figures::Plant(Box::new(Report { history: self.history.clone(), ..report }))
            }
            Subject::Diagram(diagram, exact, _) => {
                let tally = DiagramTally { whole: self.tally.clone(), hung_us: self.hung_us.clone() };
                Figures::Diagram(Box::new(DiagramStudy { diagram, seed, years }.report(tally, exact)?))
            }
        })
    }

    /// Nothing more is to come.
    pub fn end(&mut self) {
        // How the longest outage of a diagram came about would be a history of many plants; nobody asks for it.
        let Subject::Plant(plant) = &self.subject else { return };
        let study = Study { plant, seed: self.seed, years: self.years };
        self.history = self.tally.longest.and_then(|longest| study.history(longest).ok());
    }

    /// Takes what has been put together so far.
    pub fn take(&mut self, sum: &Sum) {
        let tally = match sum {
            Sum::Years(tally, rare) => {
                self.rare = rare.as_deref().cloned();
                tally.as_ref()
            }
            Sum::Diagram(tally) => {
                self.hung_us.clone_from(&tally.hung_us);
                &tally.whole
            }
            Sum::Failovers(_) => return,
        };
        if tally.years == self.tally.years {
            return;
        }
        self.tally = tally.clone();
        let known = self.figures().and_then(|figures| {
            let (years, seen) = (self.tally.years, figures.estimate().unavailability);
            figures.interval().map(|interval| Known { years, seen, interval })
        });
        self.course.extend(known);
    }
}

/// The figures of a study, whatever was simulated.
pub enum Figures<'a> {
    /// Of a plant.
    Plant(Box<Report<'a>>),
    /// Of a diagram.
    Diagram(Box<DiagramReport<'a>>),
}

impl Figures<'_> {
    /// What they say of the long run.
    pub fn estimate(&self) -> &Estimate {
        match self {
            Self::Plant(report) => &report.estimate,
            Self::Diagram(report) => &report.estimate,
        }
    }

    /// The unavailability's interval of 95 %; none if there is too little to tell.
    pub fn interval(&self) -> Option<(f64, f64)> {
        match self {
            Self::Plant(report) => report.interval(),
            Self::Diagram(report) => report.interval(),
        }
    }

    /// The exact unavailability, where theory knows it.
    pub fn exact(&self) -> Option<f64> {
        match self {
            Self::Plant(report) => report.theory.as_ref().map(|theory| theory.availability.down),
            Self::Diagram(report) => Some(report.exact.down),
        }
    }

    /// Mean downtime of a year, in seconds.
    pub fn mean_s(&self) -> f64 {
        match self {
            Self::Plant(report) => report.mean_us() / 1e6,
            Self::Diagram(report) => report.estimate.unavailability * year_s(),
        }
    }

    /// The causes that cost time, each with its share.
    pub fn causes(&self) -> Vec<(Cause, f64)> {
        match self {
            Self::Plant(report) => report.causes(),
            Self::Diagram(report) => report.causes(),
        }
    }

    /// Whether rare states were sampled more often.
    pub fn is_rare(&self) -> bool {
        matches!(self, Self::Plant(report) if report.rare.is_some())
    }

    /// As JSON.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Plant(report) => report.to_json(),
            Self::Diagram(report) => report.to_json(),
        }
    }
}
