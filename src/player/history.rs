//! Acting, undo and redo.

use super::{Player, limits};
use crate::scenario::{Action, Unable};
use crate::sim::SimTime;

/// What acting has changed beside the world.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Acted {
    /// Later actions of the user that wait in the redo branch now.
    pub moved_to_redo: usize,
}

impl Player {
    /// Does something, now: behind everything else of this microsecond.
    ///
    /// In the past, another course of events begins here: later actions of the user move to the redo branch,
    /// in place of what was there. Scheduled and random faults stay.
    ///
    /// # Errors
    ///
    /// Says why it cannot be done; then nothing has changed.
    pub fn act(&mut self, action: Action) -> Result<Acted, Unable> {
        self.seek(self.now());
        if self.done >= limits::ACTIONS {
            return Err(Unable::TooMany(limits::ACTIONS));
        }
        self.run.can(&action)?;
        let later = self.actions.split_off(self.done);
        if self.furthest.is_some() {
            self.fork(self.now(), self.done);
        }
        let moved_to_redo = later.len();
        self.undone = later;
        self.undone.reverse();
        self.actions.push((self.now(), action));
        self.do_next();
        Ok(Acted { moved_to_redo })
    }

    /// Whether there is an action to undo.
    pub fn can_undo(&self) -> bool {
        !self.actions.is_empty()
    }

    /// Whether there is an action to redo.
    pub fn can_redo(&self) -> bool {
        !self.undone.is_empty()
    }

    /// The action that redo would bring back next.
    pub fn next_redo(&self) -> Option<&(SimTime, Action)> {
        self.undone.last()
    }

    /// Takes back the last action; the playhead stays. False if there is none.
    pub fn undo(&mut self) -> bool {
        let Some((at, _)) = self.actions.last() else { return false };
        self.rewrite(*at, self.actions.len() - 1, |player| player.undone.extend(player.actions.pop()));
        true
    }

    /// Does again what was taken back, or moved out of the way, first in time; the playhead stays. False if
    /// there is nothing.
    pub fn redo(&mut self) -> bool {
        let Some((at, _)) = self.undone.last() else { return false };
        self.rewrite(*at, self.actions.len(), |player| player.actions.extend(player.undone.pop()));
        true
    }

    /// Changes the actions from number `index` on, the first of which is at `at`, and comes back to the playhead.
    fn rewrite(&mut self, at: SimTime, index: usize, change: impl FnOnce(&mut Self)) {
        let (playhead, explored) = (self.now(), self.explored());
        if at > explored {
            return change(self); // nobody has been there
        }
        self.go(at, index);
        self.fork(at, index);
        change(self);
        self.seek(playhead);
    }

    /// Another course of events begins at the playhead, which is at `at`, before user's action number `index`.
    fn fork(&mut self, at: SimTime, index: usize) {
        let order = self.world().events();
        self.ears.memory.forget_from(order);
        self.checkpoints.cut(at, index);
        self.furthest = None;
        self.branch = self.branch.wrapping_add(1);
    }
}
