//! Years by simulation, as the page runs them: what was asked for, the crew that is at it, and what has come out so far.
//!
//! A study shows what was put together last, while it runs and after it was stopped. It is drawn by [`results`]; the Numbers
//! view ([`card`]) asks for the architecture that is chosen there, the lab ([`from_lab`]) for the system that runs.

mod blame;
pub mod card;
pub mod from_lab;
pub mod results;
mod shown;

use super::app::{Ask, Msg};
use super::browser;
use super::lab::Lab;
use super::workers::{Crew, Told, Trouble, Turn};
use crate::study::years::YEAR_US;

pub use shown::{Drawn, Figures, Known, Shown, Subject};

/// How many years one may choose.
pub const AMOUNTS: [u64; 4] = [1_000, 10_000, 100_000, 1_000_000];

/// Greatest seed: what JavaScript reads exactly.
const GREATEST_SEED: u64 = (1 << 53) - 1;

/// Real time between two drawings of a study that runs.
const DRAW_MS: f64 = 120.0;

/// What can be wished for.
#[derive(Clone)]
pub enum Wish {
    /// So many years: a place in [`AMOUNTS`].
    Amount(usize),
    /// This was typed as the seed.
    Seed(String),
    /// This was typed as the MTTF.
    Mttf(String),
    /// This was typed as the MTTR.
    Mttr(String),
    /// So many nodes must be up, less one.
    Needed(usize),
    /// This was typed as the share of failures that all nodes share.
    Shared(String),
    /// Routers, storage and manager fail too, or not any more.
    AllFail,
    /// Open the longest outage in the lab.
    Worst,
    /// Go back to what was played before.
    Back,
    /// Simulate what is chosen.
    Start,
    /// Stop, and keep what there is.
    Stop,
    /// A worker has said something.
    Told(Told),
}

/// What stands in the fields, what runs, and what is shown.
pub struct Years {
    /// Place in [`AMOUNTS`].
    pub amount: usize,
    /// What stands in the field of the seed.
    pub seed: String,
    /// Who is at it.
    pub crew: Option<Crew>,
    /// What has come out.
    pub shown: Option<Shown>,
    /// Why it does not go on.
    pub trouble: Option<Trouble>,
    drawn_at: f64,
}

impl Default for Years {
    fn default() -> Self {
        Self { amount: 1, seed: "1".into(), crew: None, shown: None, trouble: None, drawn_at: 0.0 }
    }
}

impl Years {
    /// The seed, if it is one.
    pub fn seed(&self) -> Option<u64> {
        self.seed.trim().parse().ok().filter(|seed| *seed <= GREATEST_SEED)
    }

    /// Starts to simulate.
    pub fn start(&mut self, subject: Subject, ask: &yew::Callback<Told>) {
        let Some(seed) = self.seed() else { return };
        let years = AMOUNTS[self.amount.min(AMOUNTS.len() - 1)];
        self.crew = None;
        let task = subject.task(seed, years);
        self.shown = Some(Shown::new(subject, seed, years));
        match Crew::start(task, ask) {
            Ok(crew) => (self.crew, self.trouble) = (Some(crew), None),
            Err(trouble) => self.trouble = Some(trouble),
        }
    }

    /// Lets the crew go, and keeps what there is.
    pub fn stop(&mut self) {
        self.crew = None;
        if let Some(shown) = &mut self.shown {
            shown.end();
        }
    }

    /// Hears a worker; whether there is something new to see.
    pub fn hear(&mut self, told: Told) -> bool {
        let Some(crew) = &mut self.crew else { return false };
        let turn = crew.hear(told);
        if turn == Turn::Nothing {
            return false;
        }
        if let Some(shown) = &mut self.shown {
            shown.take(crew.course().sum());
        }
        match turn {
            Turn::Over => self.stop(),
            Turn::Stuck(trouble) => (self.crew, self.trouble) = (None, Some(trouble)),
            Turn::Nothing | Turn::Further => {
                let now = browser::now_ms();
                if now - self.drawn_at < DRAW_MS {
                    return false;
                }
                self.drawn_at = now;
            }
        }
        true
    }
}

/// Does it; whether there is something new to see.
#[inline(never)]
pub fn fulfil(lab: &mut Lab, wish: Wish, ask: &Ask) -> bool {
    let heard = ask.reform(|told| Msg::Years(Wish::Told(told)));
    // What a worker says is for the crew that it belongs to, and the others do not hear it.
    if let Wish::Told(told) = wish {
        let in_the_lab = lab.to_years.as_mut().is_some_and(|from| from.hear(told.clone(), &heard));
        let in_the_numbers = lab.years.as_mut().is_some_and(|years| years.hear(told));
        return in_the_lab || in_the_numbers;
    }
    match wish {
        Wish::Worst => {
            from_lab::open_worst(lab);
            return true;
        }
        Wish::Back => return from_lab::go_back(lab),
        _ if !lab.numbers => {
            if let Some(from) = &mut lab.to_years {
                from_lab::fulfil(from, wish, &heard);
            }
            return true;
        }
        _ => {}
    }
    let subject = lab.desk.as_deref().and_then(|desk| card::subject_of(desk).ok());
    let years = lab.years.get_or_insert_default();
    match wish {
        Wish::Amount(place) => years.amount = place.min(AMOUNTS.len() - 1),
        Wish::Seed(text) => years.seed = text,
        Wish::Start => {
            if let Some(subject) = subject {
                years.start(subject, &heard);
            }
        }
        Wish::Stop => years.stop(),
        Wish::Told(_)
        | Wish::Mttf(_)
        | Wish::Mttr(_)
        | Wish::Needed(_)
        | Wish::Shared(_)
        | Wish::AllFail
        | Wish::Worst
        | Wish::Back => {}
    }
    true
}

/// Seconds of a year.
pub fn year_s() -> f64 {
    YEAR_US as f64 / 1e6
}
