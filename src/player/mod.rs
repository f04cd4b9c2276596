//! Time travel over a scenario and a list of actions.
//!
//! A [`Player`] runs a [`Scenario`] and lets the user act on it, go anywhere in time, and act there again. The
//! run is decided by (scenario, seed, actions with their times) and by nothing else, so the past is not stored
//! but run again from the nearest checkpoint.
//!
//! What always holds:
//!
//! - **Seeking is running**: the state at a moment is the same, bit for bit, however one got there.
//! - **An action comes behind everything else of its microsecond**, so its time is all that has to be known to
//!   do it again. Several in one microsecond keep their order.
//! - **Actions and the redo branch are one list in order of time**, with a cut in between: undo moves the cut
//!   back by one, redo moves it forward, and acting in the past moves the actions that would have come later
//!   behind the cut. Scheduled and random faults stay in any case.
//! - **Memory is bounded**, by [`limits`].
//!
//! ```
//! use ha_lab::player::Player;
//! use ha_lab::scenario::{Action, Scenario, Target};
//! use ha_lab::sim::SimTime;
//!
//! let mut player = Player::new(Scenario::default());
//! player.seek(SimTime::from_us(8_000_000));
//! player.act(Action::MachineCrash { on: Target::Master }).unwrap();
//! player.seek(SimTime::from_us(20_000_000));
//! let failed_over = player.hash();
//! player.undo();
//! assert_eq!(player.now(), SimTime::from_us(20_000_000), "the same moment, in a world where nobody crashed");
//! player.redo();
//! assert_eq!(player.hash(), failed_over);
//! ```

mod checkpoint;
mod ears;
mod flights;
mod history;
pub mod limits;
mod pace;
mod session;
mod travel;

#[cfg(test)]
mod tests;

pub use ears::Told;
pub use flights::{Flight, Lost};
pub use history::Acted;
pub use pace::{Pace, SPEEDS};
pub use session::{Session, SessionError};
pub use travel::StepBy;

use checkpoint::{Checkpoint, Checkpoints};
use ears::Ears;

use crate::ha::Ha;
use crate::measure::{Breach, Ledger};
use crate::scenario::{Action, Run, Scenario};
use crate::sim::{SimTime, World};

/// A scenario that is being played. See the [module](self).
#[derive(Clone, Debug)]
pub struct Player {
    scenario: Scenario,
    seed: u64,
    run: Run,
    ears: Ears,
    /// The user's actions on this branch, in order of time; those from `done` on lie in the future.
    actions: Vec<(SimTime, Action)>,
    done: usize,
    /// What redo brings back, the next one last.
    undone: Vec<(SimTime, Action)>,
    checkpoints: Checkpoints,
    /// The furthest point of this branch, while the playhead is elsewhere.
    furthest: Option<Box<Checkpoint>>,
    branch: u32,
    /// Simulated time that held about [`limits::SLICE_EVENTS`] events lately.
    slice_us: u64,
}

impl Player {
    /// Starts a scenario with its own seed. The scenario has to be a valid one.
    pub fn new(scenario: Scenario) -> Self {
        let seed = scenario.seed;
        Self::with_seed(scenario, seed)
    }

    /// Starts a scenario with another seed.
    pub fn with_seed(scenario: Scenario, seed: u64) -> Self {
        let mut run = Run::new(&scenario, seed);
        let mut ears = Ears::new(run.world().config(), seed);
        run.start(&mut ears);
        let start = Checkpoint { run: run.clone(), instant: ears.instant.clone(), done: 0 };
        Self {
            scenario,
            seed,
            run,
            ears,
            actions: Vec::new(),
            done: 0,
            undone: Vec::new(),
            checkpoints: Checkpoints::new(start),
            furthest: None,
            branch: 0,
            slice_us: 1_000,
        }
    }

    /// Starts again from the beginning, with the same or another seed.
    ///
    /// The user's actions wait in the redo branch; gives how many.
    pub fn restart(&mut self, seed: Option<u64>) -> usize {
        let seed = seed.unwrap_or(self.seed);
        let mut fresh = Self::with_seed(self.scenario.clone(), seed);
        std::mem::swap(self, &mut fresh);
        self.undone = fresh.undone;
        self.undone.extend(fresh.actions.into_iter().rev());
        self.branch = fresh.branch.wrapping_add(1);
        self.undone.len()
    }

    /// What is played.
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// The seed of this run.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The playhead.
    pub fn now(&self) -> SimTime {
        self.run.now()
    }

    /// The furthest moment that was reached on this branch.
    pub fn explored(&self) -> SimTime {
        self.furthest.as_ref().map_or(self.now(), |furthest| furthest.at().max(self.now()))
    }

    /// The run at the playhead.
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// The world at the playhead.
    pub fn world(&self) -> &World<Ha> {
        self.run.world()
    }

    /// The ledger at the playhead.
    pub fn ledger(&self) -> &Ledger {
        &self.ears.instant.ledger
    }

    /// The first promise of a protocol that did not hold, up to the playhead. If nothing that was done explains it, the
    /// run does not go on from there.
    pub fn breach(&self) -> Option<Breach> {
        self.ears.instant.promises.breach()
    }

    /// The ledger at the furthest moment of this branch: what a ribbon shows beyond the playhead.
    pub fn explored_ledger(&self) -> &Ledger {
        self.furthest.as_ref().map_or(self.ledger(), |furthest| &furthest.instant.ledger)
    }

    /// The trace hash up to the playhead.
    pub fn hash(&self) -> u64 {
        self.ears.instant.hash.value()
    }

    /// Changes whenever another course of events begins: then nothing that was drawn of the future holds.
    pub fn branch(&self) -> u32 {
        self.branch
    }

    /// The story up to the playhead, oldest first; see [`limits::STORY`].
    pub fn story(&self) -> &[Told] {
        let (story, now) = self.ears.memory.story(self.world().events());
        &story[..now]
    }

    /// The story from the playhead to the furthest moment of this branch.
    pub fn story_ahead(&self) -> &[Told] {
        let (story, now) = self.ears.memory.story(self.world().events());
        &story[now..]
    }

    /// Whether the beginning of the story is no longer kept.
    pub fn story_is_cut(&self) -> bool {
        self.ears.memory.story_cut
    }

    /// The newest events of all kinds up to the playhead, oldest first; see [`limits::RING`].
    pub fn wire(&self) -> impl DoubleEndedIterator<Item = &Told> + ExactSizeIterator {
        self.ears.memory.ring(self.world().events())
    }

    /// What is on its way now, in the order in which it was first sent.
    pub fn flights(&self) -> impl DoubleEndedIterator<Item = &Flight> + ExactSizeIterator {
        self.ears.instant.flights.flying().iter()
    }

    /// The messages lost last, oldest first; see [`limits::LOSSES`].
    pub fn losses(&self) -> impl DoubleEndedIterator<Item = &Lost> {
        self.ears.instant.flights.lost()
    }

    /// The user's actions on this branch, in order of time; some may lie in the future of the playhead.
    pub fn actions(&self) -> &[(SimTime, Action)] {
        &self.actions
    }

    /// How many of them lie in the past of the playhead.
    pub fn actions_done(&self) -> usize {
        self.done
    }
}
