//! Every limit of the player in one place: memory stays bounded however long the session.

use crate::sim::Micros;

/// Simulated time between two checkpoints, while there is room for them.
pub const CHECKPOINT_US: Micros = 30_000_000;
/// Most actions of the user on one branch: each is kept, for undo and for the saved session.
pub const ACTIONS: usize = 4_096;
/// Most checkpoints; at this number every other one goes, and the time between them doubles.
pub const CHECKPOINTS: usize = 1024;
/// Newest events of all kinds that are kept.
pub const RING: usize = 65_536;
/// Story events that are kept; a quarter goes at a time.
pub const STORY: usize = 16_384;
/// Messages on their way that are drawn.
pub const FLIGHTS: usize = 8_192;
/// Lost messages that are remembered for drawing.
pub const LOSSES: usize = 64;
/// How far the newest events reach back at least after a journey in time, if the run is that old.
pub const LOOK_BACK_US: Micros = 5_000_000;
/// Events between two questions whether it is enough for this frame.
pub const SLICE_EVENTS: u64 = 256;
/// Longest simulated time between two such questions.
pub const SLICE_US: Micros = 1_000_000;
/// How far a step looks for the next thing that happens.
pub const STEP_US: Micros = 60_000_000;
