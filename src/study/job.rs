//! Work in pieces, for whoever is free: Web Workers, that share nothing with the page.
//!
//! 1. A [`Task`] is the whole: years of a plant, or crashes of a scenario's master. It is cut into [`Job`]s whose size does
//!    not depend on who does them.
//! 2. A [`Course`] hands the jobs out, one at a time, and takes the [`Answer`]s in whatever order they come.
//! 3. What has come back is put together in the order of the jobs, never past a gap: what a course shows in between is what
//!    a shorter study would have come to, and in the end it is the same bytes as in one piece.
//!
//! Jobs and answers are JSON on the way ([`Word`]).
//!
//! ```
//! use ha_lab::scenario::Scenario;
//! use ha_lab::study::{Course, Sum, Task, Word};
//!
//! let task = Task::Failovers { scenario: Scenario::default().to_json(), seed: 1, runs: 6 };
//! let mut course = Course::new(task);
//! while let Some((number, job)) = course.hand_out() {
//!     let Word::Answer(answer) = Word::to(&job.to_json()) else { panic!("it was answered") };
//!     course.take(number, answer).unwrap();
//! }
//! let Sum::Failovers(runs) = course.sum() else { panic!("those were asked for") };
//! assert_eq!((runs.len(), runs[5].seed, course.is_over()), (6, 6, true));
//! ```

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::failover::{self, Measured};
use super::years::{Diagram, DiagramStudy, DiagramTally, Plant, RareTally, Study, Tally};
use super::{GREATEST_SEED, limits};
use crate::scenario::parse;

/// Crashes of one job: a second or so on a slow machine.
pub const RUNS_OF_A_JOB: u64 = 5;

/// All that is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Task {
    /// Years of a plant.
    Years {
        /// What is simulated.
        plant: Box<Plant>,
        /// Seed of the study.
        seed: u64,
        /// How many years.
        years: u64,
    },
    /// Years of a diagram of blocks.
    Diagram {
        /// What is simulated.
        diagram: Box<Diagram>,
        /// Seed of the study.
        seed: u64,
        /// How many years.
        years: u64,
    },
    /// Crashes of the master of a scenario, each with a seed of its own.
    Failovers {
        /// The scenario, as a document.
        scenario: String,
        /// Seed of the first run.
        seed: u64,
        /// How many.
        runs: u64,
    },
}

/// A piece of a task that makes sense by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Job {
    /// One chunk of a study of years.
    Years {
        /// What is simulated.
        plant: Box<Plant>,
        /// Seed of the study.
        seed: u64,
        /// Years of the whole study.
        years: u64,
        /// Which chunk.
        chunk: u64,
    },
    /// The cycles of one chunk, with failures made likely: where the years have shown hardly any outage.
    Rare {
        /// What is simulated.
        plant: Box<Plant>,
        /// Seed of the study.
        seed: u64,
        /// Years of the whole study.
        years: u64,
        /// Which chunk.
        chunk: u64,
    },
    /// One chunk of a study of years of a diagram.
    Diagram {
        /// What is simulated.
        diagram: Box<Diagram>,
        /// Seed of the study.
        seed: u64,
        /// Years of the whole study.
        years: u64,
        /// Which chunk.
        chunk: u64,
    },
    /// Crashes of the master of a scenario.
    Failovers {
        /// The scenario, as a document.
        scenario: String,
        /// Seed of the first run.
        seed: u64,
        /// How many.
        runs: u64,
    },
}

/// What a job came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Of years.
    Years(Box<Tally>),
    /// Of cycles with failures made likely.
    Rare(Box<RareTally>),
    /// Of years of a diagram.
    Diagram(Box<DiagramTally>),
    /// Of crashes, in the order of their seeds.
    Failovers(Vec<Measured>),
    /// It could not be done: why, in English, for a report.
    Refused(String),
}

/// What a worker says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// It has started, and hears jobs from now on.
    Ready,
    /// Of the job that it was given last.
    Answer(Answer),
    /// It stops: a defect.
    Broken(String),
}

impl Word {
    /// The answer to a job as it comes over the wire.
    pub fn to(job: &str) -> Self {
        let answer = serde_json::from_str::<Job>(job).map_or_else(|error| Answer::Refused(error.to_string()), Job::run);
        Self::Answer(answer)
    }

    /// From JSON; what cannot be read comes from a broken worker.
    pub fn read(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_else(|error| Self::Broken(error.to_string()))
    }

    /// As JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Job {
    /// As JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Does it.
    pub fn run(self) -> Answer {
        match self {
            Self::Years { plant, seed, years, chunk } => {
                let tally = Study { plant: &plant, seed, years }.chunk(chunk);
                tally.map_or_else(|wrong| Answer::Refused(wrong.to_string()), |tally| Answer::Years(Box::new(tally)))
            }
            Self::Rare { plant, seed, years, chunk } => {
                let tally = Study { plant: &plant, seed, years }.rare_chunk(chunk);
                tally.map_or_else(|wrong| Answer::Refused(wrong.to_string()), |tally| Answer::Rare(Box::new(tally)))
            }
            Self::Diagram { diagram, seed, years, chunk } => {
                let tally = DiagramStudy { diagram: &diagram, seed, years }.chunk(chunk);
                tally.map_or_else(|wrong| Answer::Refused(wrong.to_string()), |tally| Answer::Diagram(Box::new(tally)))
            }
            Self::Failovers { scenario, seed, runs } => {
                let scenario = match parse(&scenario) {
                    Ok(scenario) => scenario,
                    Err(problems) => return Answer::Refused(problems.to_string()),
                };
                let seeds = (0..runs.min(limits::RUNS)).map(|run| (seed + run) & GREATEST_SEED);
                let measured: Option<Vec<_>> = seeds.map(|seed| failover::measure(&scenario, seed)).collect();
                measured.map_or_else(|| Answer::Refused("nobody takes over in it".to_owned()), Answer::Failovers)
            }
        }
    }
}

/// What all jobs so far came to, in order and without a gap.
#[derive(Clone, Debug, PartialEq)]
pub enum Sum {
    /// Of years; and of rare states, if the first chunk has shown hardly any outage.
    Years(Box<Tally>, Option<Box<RareTally>>),
    /// Of years of a diagram.
    Diagram(Box<DiagramTally>),
    /// Of crashes, in the order of their seeds.
    Failovers(Vec<Measured>),
}

/// An answer that a course cannot take.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Untaken {
    /// The job could not be done.
    #[error("{0}")]
    Refused(String),
    /// It answers another question.
    #[error("an answer to another question")]
    Other,
}

/// A task under way.
#[derive(Clone, Debug, PartialEq)]
pub struct Course {
    task: Task,
    jobs: u64,
    next: u64,
    /// Answers that came before one of an earlier job.
    early: BTreeMap<u64, Answer>,
    merged: u64,
    sum: Sum,
}

impl Course {
    /// A task of which nothing is done yet. No more of it than [`limits`] allow.
    pub fn new(task: Task) -> Self {
        let (jobs, sum) = match &task {
            Task::Years { plant, seed, years } => {
                (Study { plant, seed: *seed, years: *years }.chunks(), Sum::Years(Box::default(), None))
            }
            Task::Diagram { diagram, seed, years } => {
                (DiagramStudy { diagram, seed: *seed, years: *years }.chunks(), Sum::Diagram(Box::default()))
            }
            Task::Failovers { runs, .. } => {
                (runs.min(&limits::RUNS).div_ceil(RUNS_OF_A_JOB), Sum::Failovers(Vec::new()))
            }
        };
        Self { task, jobs, next: 0, early: BTreeMap::new(), merged: 0, sum }
    }

    /// The whole.
    pub fn task(&self) -> &Task {
        &self.task
    }

    /// The next job that nobody has, with its number.
    pub fn hand_out(&mut self) -> Option<(u64, Job)> {
        let number = self.next;
        if number >= self.jobs {
            return None;
        }
        self.next += 1;
        let job = match &self.task {
            Task::Years { plant, seed, years } => {
                let (plant, seed, years) = (plant.clone(), *seed, *years);
                let chunks = Study { plant: &plant, seed, years }.chunks();
                match number.checked_sub(chunks) {
                    None => Job::Years { plant, seed, years, chunk: number },
                    Some(chunk) => Job::Rare { plant, seed, years, chunk },
                }
            }
            Task::Diagram { diagram, seed, years } => {
                Job::Diagram { diagram: diagram.clone(), seed: *seed, years: *years, chunk: number }
            }
            Task::Failovers { scenario, seed, runs } => {
                let from = number * RUNS_OF_A_JOB;
                let runs = (runs - from).min(RUNS_OF_A_JOB);
                Job::Failovers { scenario: scenario.clone(), seed: seed + from, runs }
            }
        };
        Some((number, job))
    }

    /// Takes the answer to a job, in any order.
    ///
    /// # Errors
    ///
    /// It was refused, or answers another question.
    pub fn take(&mut self, number: u64, answer: Answer) -> Result<(), Untaken> {
        match (&answer, &self.sum) {
            (Answer::Refused(why), _) => return Err(Untaken::Refused(why.clone())),
            (Answer::Years(_) | Answer::Rare(_), Sum::Years(..))
            | (Answer::Diagram(_), Sum::Diagram(_))
            | (Answer::Failovers(_), Sum::Failovers(_)) => {}
            _ => return Err(Untaken::Other),
        }
        self.look_at_first(number, &answer);
        self.early.insert(number, answer);
        while let Some(answer) = self.early.remove(&self.merged) {
            match (answer, &mut self.sum) {
                (Answer::Years(tally), Sum::Years(sum, _)) => sum.add(&tally),
                (Answer::Rare(tally), Sum::Years(_, sum)) => sum.get_or_insert_default().add(&tally),
                (Answer::Diagram(tally), Sum::Diagram(sum)) => sum.add(&tally),
                (Answer::Failovers(runs), Sum::Failovers(all)) => all.extend(runs),
                _ => return Err(Untaken::Other),
            }
            self.merged += 1;
        }
        Ok(())
    }

    /// The first chunk decides whether rare states are sampled as well, which are as many jobs again.
    fn look_at_first(&mut self, number: u64, answer: &Answer) {
        if let (0, Answer::Years(first), Task::Years { plant, seed, years }) = (number, answer, &self.task) {
            let study = Study { plant, seed: *seed, years: *years };
            if study.is_rare_after(first) {
                self.jobs = 2 * study.chunks();
            }
        }
    }

    /// What has been put together so far.
    pub fn sum(&self) -> &Sum {
        &self.sum
    }

    /// How many jobs have been answered, also those behind a gap.
    pub fn answered(&self) -> u64 {
        self.merged + self.early.len() as u64
    }

    /// How many jobs have been put together.
    pub fn merged(&self) -> u64 {
        self.merged
    }

    /// How many jobs there are.
    pub fn jobs(&self) -> u64 {
        self.jobs
    }

    /// Whether everything is done.
    pub fn is_over(&self) -> bool {
        self.merged == self.jobs
    }
}

#[cfg(test)]
mod tests {
    use super::super::years::{Part, Report, Serving, Shard, Takeover, Times};
    use super::*;
    use crate::scenario::Scenario;

    fn pair() -> Plant {
        let hour_us = 3_600_000_000;
        let exponential = |hours: u64| Times::Exponential { mean_us: hours * hour_us };
        let failovers = Times::Empirical(vec![20_000_000, 30_000_000, 40_000_000]);
        let serving = Serving::Leader(Takeover::lasting(failovers));
        Plant { crews: 2, ..Plant::of(2, 1, exponential(1_000), exponential(10), serving) }
    }

    fn answer(job: &Job) -> Answer {
        match Word::read(&Word::to(&job.to_json()).to_json()) {
            Word::Answer(answer) => answer,
            other => panic!("{other:?}"),
        }
    }

    /// However the jobs are spread and whoever is first, the figures are those of a study in one piece, to the last byte.
    #[test]
    fn any_order_of_answers_gives_the_bytes_of_the_study_in_one_piece() {
        let plant = pair();
        let study = Study { plant: &plant, seed: 5, years: 45_000 };
        let whole = Report::of(study, study.run(1).unwrap()).unwrap().to_json().to_string();
        for order in [[0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [2, 0, 4, 1, 3]] {
            let mut course = Course::new(Task::Years { plant: Box::new(plant.clone()), seed: 5, years: 45_000 });
            let jobs: Vec<_> = std::iter::from_fn(|| course.hand_out()).collect();
            assert_eq!(jobs.len(), 5);
            for (done, place) in (1..).zip(order) {
                let (number, job) = &jobs[place];
                course.take(*number, answer(job)).unwrap();
                assert_eq!(course.answered(), done);
            }
            let Sum::Years(tally, None) = course.sum() else { panic!("years were asked for") };
            let report = Report::of(study, (**tally).clone()).unwrap();
            assert_eq!(report.to_json().to_string(), whole, "order {order:?}");
        }
    }

    /// What is shown in between never skips a chunk: it is what a shorter study comes to.
    #[test]
    fn what_is_put_together_stops_before_a_gap() {
        let plant = pair();
        let mut course = Course::new(Task::Years { plant: Box::new(plant.clone()), seed: 5, years: 45_000 });
        let jobs: Vec<_> = std::iter::from_fn(|| course.hand_out()).collect();
        for (place, merged) in [(1, 0), (0, 2), (3, 2)] {
            course.take(jobs[place].0, answer(&jobs[place].1)).unwrap();
            assert_eq!(course.merged(), merged, "after job {place}");
        }
        let shorter = Study { plant: &plant, seed: 5, years: 20_000 }.run(1).unwrap();
        assert_eq!(*course.sum(), Sum::Years(Box::new(shorter), None));
        assert!(!course.is_over());
    }

    /// Where hardly anything happens, rare states are sampled as the command line does it.
    #[test]
    fn rare_outages_are_sampled_as_in_one_piece() {
        let exponential = |hours: u64| Times::Exponential { mean_us: hours * 3_600_000_000 };
        let plant = Plant { crews: 3, ..Plant::of(3, 1, exponential(10_000), exponential(1), Serving::Everybody) };
        let study = Study { plant: &plant, seed: 2, years: 15_000 };
        let whole = Part::run(&study, Shard::WHOLE, 1, false).unwrap();
        assert!(whole.rare.is_some(), "three at once in 15,000 years");
        let mut course = Course::new(Task::Years { plant: Box::new(plant.clone()), seed: 2, years: 15_000 });
        while let Some((number, job)) = course.hand_out() {
            course.take(number, answer(&job)).unwrap();
        }
        assert!(course.is_over() && course.jobs() == 4);
        assert_eq!(*course.sum(), Sum::Years(Box::new(whole.tally), whole.rare.map(Box::new)));
    }

    /// A diagram's years come together like a plant's.
    #[test]
    fn years_of_a_diagram_are_put_together_in_order() {
        let part = Diagram::Plant(Box::new(pair()));
        let diagram = Diagram::Of { needed: 1, blocks: vec![part.clone(), part] };
        let whole = DiagramStudy { diagram: &diagram, seed: 4, years: 25_000 }.run(1).unwrap();
        let mut course = Course::new(Task::Diagram { diagram: Box::new(diagram), seed: 4, years: 25_000 });
        let jobs: Vec<_> = std::iter::from_fn(|| course.hand_out()).collect();
        for place in [2, 0, 1] {
            course.take(jobs[place].0, answer(&jobs[place].1)).unwrap();
        }
        assert!(course.is_over());
        assert_eq!(*course.sum(), Sum::Diagram(Box::new(whole)));
    }

    #[test]
    fn what_cannot_be_done_is_said() {
        let impossible = Plant { nodes: 0, ..pair() };
        let mut course = Course::new(Task::Years { plant: Box::new(impossible), seed: 1, years: 1_000 });
        let (number, job) = course.hand_out().unwrap();
        let refused = course.take(number, answer(&job)).unwrap_err();
        assert_eq!(refused.to_string(), "nodes: expected from 1 to 16");
        assert!(matches!(Word::to("{}"), Word::Answer(Answer::Refused(_))));
        assert!(matches!(Word::read("what?"), Word::Broken(_)));
        let mut course = Course::new(Task::Failovers { scenario: "{}".to_owned(), seed: 1, runs: 1 });
        let (number, job) = course.hand_out().unwrap();
        assert!(matches!(course.take(number, answer(&job)), Err(Untaken::Refused(_))));
        assert_eq!(course.take(0, Answer::Years(Box::default())), Err(Untaken::Other));
    }

    #[test]
    fn crashes_come_in_the_order_of_their_seeds() {
        let scenario = Scenario::default().to_json();
        let mut course = Course::new(Task::Failovers { scenario, seed: 3, runs: 7 });
        let mut jobs: Vec<_> = std::iter::from_fn(|| course.hand_out()).collect();
        jobs.reverse();
        for (number, job) in jobs {
            course.take(number, answer(&job)).unwrap();
        }
        let Sum::Failovers(runs) = course.sum() else { panic!("crashes were asked for") };
        let seeds: Vec<_> = runs.iter().map(|run| run.seed).collect();
        assert_eq!(seeds, [3, 4, 5, 6, 7, 8, 9]);
    }
}
