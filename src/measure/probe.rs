//! The probe: from each site's canaries to the site being down or up, for writes and reads apart.
//!
//! A site is down from the issue of the first of two consecutive failed canaries to the completion of the
//! first of two consecutive good ones. "Consecutive" goes by the order in which they were issued. Answers come
//! in another order (one canary hangs while its successor is refused at once), so a verdict waits until all
//! verdicts before it are known.

use std::collections::VecDeque;

use super::limits;
use crate::sim::{MachineId, Micros, SimTime};

/// A canary whose verdict, or that of one before it, is not known yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Canary {
    ordinal: u32,
    issued: SimTime,
    /// Who acknowledged it, if it was a write and somebody did.
    by: Option<MachineId>,
    verdict: Option<Verdict>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Verdict {
    good: bool,
    at: SimTime,
}

/// The first of two failed canaries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    /// When the last good canary before it was issued: until then the service was well.
    pub(super) last_good: SimTime,
    pub(super) issued: SimTime,
    /// When it was known to have failed, or when one after it was good: what broke the service came before that.
    pub(super) completed: SimTime,
}

/// The first of two good canaries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Success {
    pub(super) completed: SimTime,
    pub(super) by: Option<MachineId>,
}

/// A site went down or came up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    Down(Failure),
    Up(Success),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Up,
    /// One canary failed; the next one tells.
    Failing(Failure),
    Down,
    /// One canary was good; the next one tells.
    Recovering(Success),
}

/// How a site, or the service, looks right now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Live {
    /// Well.
    Up,
    /// A canary is out for longer than they usually are: nothing has failed, and nothing comes back.
    Unanswered {
        /// When the oldest such canary left.
        since: SimTime,
    },
    /// A canary failed, and it is not known yet whether the next one does too.
    Failing,
    /// Some shards are down, others are not.
    PartlyDown,
    /// Down.
    Down,
}

impl Live {
    /// Several shards together: down when all of them are, else as the worst of them.
    pub(super) fn of_all(shards: impl Iterator<Item = Self> + Clone) -> Self {
        let best = shards.clone().min().unwrap_or(Self::Up);
        match shards.max().unwrap_or(Self::Up) {
            Self::Down if best != Self::Down => Self::PartlyDown,
            worst => worst,
        }
    }
}

/// One site's canaries of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Detector {
    state: State,
    last_good: SimTime,
    /// How long good canaries take: the slowest of late, fading by an eighth with each.
    usual_us: Micros,
    /// In order of issue; the first is undecided, or the queue is about to be worked off.
    waiting: VecDeque<Canary>,
}

impl Detector {
    pub(super) fn new() -> Self {
        Self { state: State::Up, last_good: SimTime::ZERO, usual_us: 0, waiting: VecDeque::new() }
    }

    pub(super) fn issued(&mut self, at: SimTime, ordinal: u32) {
        if self.waiting.len() == limits::CANARIES {
            self.waiting.pop_front();
        }
        self.waiting.push_back(Canary { ordinal, issued: at, by: None, verdict: None });
    }

    fn find(&mut self, ordinal: u32) -> Option<&mut Canary> {
        let place = self.waiting.binary_search_by_key(&ordinal, |canary| canary.ordinal).ok()?;
        self.waiting.get_mut(place)
    }

    pub(super) fn acknowledged(&mut self, ordinal: u32, by: MachineId) {
        if let Some(canary) = self.find(ordinal) {
            canary.by = Some(by);
        }
    }

    pub(super) fn finished(&mut self, at: SimTime, ordinal: u32, good: bool) {
        if let Some(canary) = self.find(ordinal) {
            canary.verdict = Some(Verdict { good, at });
        }
    }

    /// The site's machine is not running: what it has under way says nothing about the service.
    pub(super) fn blind(&mut self) {
        self.waiting.clear();
        self.state = match self.state {
            State::Failing(_) => State::Up,
            State::Recovering(_) => State::Down,
            sure => sure,
        };
    }

    /// Works off known verdicts up to the next turn.
    pub(super) fn next_turn(&mut self) -> Option<Turn> {
        while let Some(Canary { issued, by, verdict: Some(verdict), .. }) = self.waiting.front().copied() {
            self.waiting.pop_front();
            let mut turn = None;
            self.state = match (self.state, verdict.good) {
                (State::Up | State::Failing(_), true) => State::Up,
                (State::Up, false) => {
                    State::Failing(Failure { last_good: self.last_good, issued, completed: verdict.at })
                }
                (State::Failing(mut first), false) => {
                    // Whoever was served after it is a witness that the service had not broken by then.
                    first.completed = self.earliest_good(first.completed);
                    turn = Some(Turn::Down(first));
                    State::Down
                }
                (State::Down | State::Recovering(_), false) => State::Down,
                (State::Down, true) => State::Recovering(Success { completed: verdict.at, by }),
                (State::Recovering(first), true) => {
                    turn = Some(Turn::Up(first));
                    State::Up
                }
            };
            if verdict.good {
                self.last_good = issued;
                self.usual_us = verdict.at.since(issued).max(self.usual_us - self.usual_us / 8);
            }
            if turn.is_some() {
                return turn;
            }
        }
        None
    }

    /// No turn that is still to be found lies before this instant. `soon` is just after now.
    pub(super) fn horizon(&self, soon: SimTime) -> SimTime {
        match self.state {
            State::Up => self.waiting.front().map_or(soon, |canary| canary.issued),
            State::Failing(first) => first.issued,
            State::Down => self.earliest_good(soon),
            State::Recovering(first) => self.earliest_good(first.completed),
        }
    }

    /// When the first of those that wait was good, if that was before `limit`.
    fn earliest_good(&self, limit: SimTime) -> SimTime {
        let known = self.waiting.iter().filter_map(|canary| canary.verdict);
        known.filter(|verdict| verdict.good).map(|verdict| verdict.at).fold(limit, SimTime::min)
    }

    /// When the oldest of those canaries left that nobody answers, if it takes half as long again as usual by `now`.
    /// One that hangs while later ones are answered is the exception, not the service.
    fn overdue(&self, now: SimTime) -> Option<SimTime> {
        let is_good = |canary: &Canary| canary.verdict.is_some_and(|verdict| verdict.good);
        let behind = self.waiting.iter().rposition(is_good).map_or(0, |place| place + 1);
        let oldest = self.waiting.iter().skip(behind).find(|canary| canary.verdict.is_none())?.issued;
        let patience_us = self.usual_us + self.usual_us / 2;
        (self.usual_us > 0 && now.since(oldest) > patience_us).then_some(oldest)
    }

    pub(super) fn live(&self, now: SimTime) -> Live {
        let failed = |canary: &Canary| canary.verdict.is_some_and(|verdict| !verdict.good);
        match self.state {
            State::Down | State::Recovering(_) => Live::Down,
            State::Failing(_) => Live::Failing,
            State::Up if self.waiting.iter().any(failed) => Live::Failing,
            State::Up => self.overdue(now).map_or(Live::Up, |since| Live::Unanswered { since }),
        }
    }
}
