//! Going anywhere in time: on, back, by steps.

use super::checkpoint::Checkpoint;
use super::ears::Heard;
use super::{Player, limits};
use crate::measure::Breach;
use crate::sim::SimTime;

/// How far a step goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepBy {
    /// To the next message, timer or turn of the story. The probe's own traffic is passed over.
    Event,
    /// To the next turn of the story: a fault, a change of role, a machine up or down.
    Story,
}

impl StepBy {
    fn is_in(self, heard: Heard) -> bool {
        match self {
            Self::Event => heard.event,
            Self::Story => heard.story,
        }
    }
}

/// Where to stop on the way to a moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stops {
    /// Before the user's action with this number.
    pub(super) action: usize,
    /// As soon as something happened that is worth going slowly.
    pub(super) trouble: bool,
}

impl Stops {
    pub(super) const NOWHERE: Self = Self { action: usize::MAX, trouble: false };
}

impl Player {
    /// Plays on to `until`, or until it is `enough`, which is asked every few hundred events.
    ///
    /// Gives the moment that was reached. It may lie in the middle of a long stretch; the next call goes on.
    pub fn play(&mut self, until: SimTime, enough: impl FnMut() -> bool) -> SimTime {
        self.run_to(until, enough, Stops::NOWHERE);
        self.now()
    }

    /// The same, but stops soon after a fault that comes by itself, a suspicion, or a change of master; then
    /// gives true.
    pub fn play_to_trouble(&mut self, until: SimTime, enough: impl FnMut() -> bool) -> bool {
        self.ears.heard = Heard::default();
        self.run_to(until, enough, Stops { trouble: true, ..Stops::NOWHERE });
        self.ears.heard.trouble
    }

    /// Goes to a moment: everything up to and including its microsecond has happened.
    pub fn seek(&mut self, to: SimTime) {
        self.go(to, usize::MAX);
    }

    /// Goes to the next thing that happens; false if that is not within [`limits::STEP_US`].
    pub fn step_forward(&mut self, by: StepBy) -> bool {
        let last = self.now().after(limits::STEP_US);
        while self.next_at().is_some_and(|at| at <= last) {
            self.ears.heard = Heard::default();
            self.tick();
            self.pass();
            if by.is_in(self.ears.heard) {
                return true;
            }
        }
        self.run_to(last, || false, Stops::NOWHERE);
        false
    }

    /// Goes back to where [`Player::step_forward`] would have come from; false at the very start.
    pub fn step_back(&mut self, by: StepBy) -> bool {
        let here = (self.now(), self.world().events());
        self.leave();
        let mut from = here;
        loop {
            if by == StepBy::Story {
                // The story tells in which stretch to look.
                let (story, before) = self.ears.memory.story(from.1);
                if let Some(told) = before.checked_sub(1).map(|last| story[last]) {
                    from = from.min((told.at, told.order));
                }
            }
            let start = self.checkpoints.before(from.0, from.1).clone();
            let begin = (start.at(), start.order());
            if let Some(stop) = self.last_stop(start.clone(), here, by) {
                self.restore(start);
                while self.world().events() < stop {
                    self.tick();
                }
                return true;
            }
            if begin.1 == self.checkpoints.start().order() {
                self.restore(start);
                return begin < here;
            }
            from = (begin.0, begin.1 - 1);
        }
    }

    /// The last stop of a step between a checkpoint and `here`: how many events lie before it.
    fn last_stop(&mut self, start: Checkpoint, here: (SimTime, u64), by: StepBy) -> Option<u64> {
        let mut stop = None;
        self.restore(start);
        while self.next_at().is_some_and(|at| at <= here.0) {
            self.ears.heard = Heard::default();
            self.tick();
            let reached = (self.now(), self.world().events());
            if reached >= here {
                break;
            }
            if by.is_in(self.ears.heard) {
                stop = Some(reached.1);
            }
        }
        stop
    }

    // ---- running -----------------------------------------------------------------------------------

    /// When the next event, planned action or user's action happens.
    fn next_at(&self) -> Option<SimTime> {
        let action = self.actions.get(self.done).map(|(at, _)| *at);
        self.run.next_at().into_iter().chain(action).min()
    }

    /// The smallest step that there is.
    fn tick(&mut self) {
        let Some(next) = self.next_at() else { return };
        let grid = self.checkpoints.next_at(self.now());
        if grid < next {
            self.run.run_until(grid, &mut self.ears);
            self.keep();
        }
        if self.run.next_at().is_some_and(|at| at <= next) {
            self.run.advance(&mut self.ears);
        } else {
            self.run.run_until(next, &mut self.ears);
            self.do_next();
        }
    }

    /// Runs everything up to and including `until`, unless it is stopped before.
    pub(super) fn run_to(&mut self, until: SimTime, mut enough: impl FnMut() -> bool, stops: Stops) {
        loop {
            if let Some(breach) = self.at_fault() {
                if self.now() > breach.at {
                    self.go(breach.at, stops.action);
                }
                return self.pass();
            }
            let action = self.actions.get(self.done).map(|(at, _)| *at).filter(|_| self.done < stops.action);
            let goal = until.min(self.checkpoints.next_at(self.now())).min(action.unwrap_or(SimTime::NEVER));
            while self.now() < goal {
                let before = self.world().events();
                self.run.run_until(goal.min(self.now().after(self.slice_us)), &mut self.ears);
                let events = self.world().events() - before;
                if events > 2 * limits::SLICE_EVENTS {
                    self.slice_us = (self.slice_us / 2).max(1);
                } else if events < limits::SLICE_EVENTS / 2 {
                    self.slice_us = (self.slice_us * 2).min(limits::SLICE_US);
                }
                self.ears.instant.promises.audit(self.now(), self.run.world());
                if self.at_fault().is_some() {
                    break;
                }
                if self.now() < goal && (enough() || stops.trouble && self.ears.heard.trouble) {
                    return self.pass();
                }
            }
            if self.at_fault().is_some() {
                continue;
            }
            self.run.run_until(self.now(), &mut self.ears); // the playhead may stand amid a microsecond
            self.keep();
            if action.is_some_and(|at| at <= self.now()) {
                self.do_next();
            } else if self.now() >= until || stops.trouble && self.ears.heard.trouble || enough() {
                return self.pass();
            }
        }
    }

    /// A promise was broken, and no action has broken what it rests on: the lab itself is wrong, and the run stops here.
    fn at_fault(&self) -> Option<Breach> {
        self.breach().filter(|breach| breach.because.is_none())
    }

    /// Does the user's next action, behind all events of its microsecond. What cannot be done in this course
    /// of events is passed over.
    pub(super) fn do_next(&mut self) {
        let (_, action) = &self.actions[self.done];
        let _ = self.run.act(action, &mut self.ears);
        self.done += 1;
    }

    /// Takes a checkpoint if it is time.
    fn keep(&mut self) {
        if self.checkpoints.wants(self.now()) {
            let checkpoint = self.checkpoint();
            self.checkpoints.push(checkpoint);
        }
    }

    fn checkpoint(&mut self) -> Checkpoint {
        self.run.share_memory();
        Checkpoint { run: self.run.clone(), instant: self.ears.instant.clone(), done: self.done }
    }

    /// Beyond the furthest point, the playhead itself is the furthest point.
    fn pass(&mut self) {
        if self.furthest.as_ref().is_some_and(|furthest| furthest.order() <= self.world().events()) {
            let furthest = self.furthest.take();
            // Time may have gone on there without events.
            self.furthest = furthest.filter(|furthest| furthest.at() > self.now());
        }
    }

    // ---- jumping -----------------------------------------------------------------------------------

    /// Remembers the furthest point before the playhead leaves it.
    pub(super) fn leave(&mut self) {
        if self.furthest.is_none() {
            self.furthest = Some(Box::new(self.checkpoint()));
        }
    }

    pub(super) fn restore(&mut self, checkpoint: Checkpoint) {
        self.ears.memory.resume_at(checkpoint.order());
        self.run = checkpoint.run;
        self.ears.instant = checkpoint.instant;
        self.done = checkpoint.done;
    }

    /// Goes to where everything up to and including `to` has happened, but no user's action from number
    /// `actions` on.
    pub(super) fn go(&mut self, to: SimTime, actions: usize) {
        if let Some(start) = self.start_for(to, actions).cloned() {
            self.leave();
            self.restore(start);
        }
        self.run_to(to, || false, Stops { action: actions, ..Stops::NOWHERE });
    }

    /// From where to run to `to`; none: from here.
    pub(super) fn start_for(&self, to: SimTime, actions: usize) -> Option<&Checkpoint> {
        let furthest = self.furthest.as_deref().filter(|furthest| furthest.outlives(to, actions));
        let best = furthest.unwrap_or_else(|| self.checkpoints.last_for(to, actions));
        if self.now() <= to && self.done <= actions && best.order() <= self.world().events() {
            return None;
        }
        // Somebody who looks around there wants to see how it came about.
        if self.ears.memory.reaches(best.order()) || to.since(best.at()) >= limits::LOOK_BACK_US {
            return Some(best);
        }
        let earlier = SimTime::from_us(to.us().saturating_sub(limits::LOOK_BACK_US));
        Some(self.checkpoints.last_for(earlier, actions))
    }
}
