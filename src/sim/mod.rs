//! The simulator: machines, wires, clocks, disks and dice, and nothing about high availability.
//!
//! A [`World`] holds machines. On each machine runs one process, a pure state machine that is given an
//! [`Input`] and answers with effects in an [`Outbox`]. The world decides when things happen: it owns the
//! time ([`SimTime`]), the event queue and the randomness ([`Dice`]). Everything that happens is told to a
//! [`Sink`] as an [`Event`]; nobody learns about a run in any other way.
//!
//! What always holds:
//!
//! - **The same seed gives the same trace, bit for bit**, native or wasm, debug or release. Nothing here
//!   iterates over a hash map, reads a wall clock, or draws from a shared stream of random numbers.
//! - **Events of the same microsecond run first in, first out.**
//! - **A step's effects leave at its end.** A step that takes service time and is frozen half-way keeps its
//!   effects back until the machine wakes: what was checked at the start may be untrue by then.
//! - **Every buffer has a limit**, named in [`limits`].
//!
//! ```
//! use ha_lab::sim::echo::{self, Echo};
//! use ha_lab::sim::{SimTime, TraceHash, World};
//!
//! // Two machines that greet each other once a second, simulated for a minute, twice.
//! let run = |seed| {
//!     let mut hash = TraceHash::new(seed);
//!     let mut world = World::<Echo>::new(seed, echo::two_machines());
//!     world.start(&mut hash);
//!     world.run_until(SimTime::from_us(60_000_000), &mut hash);
//!     hash.value()
//! };
//! assert_eq!(run(7), run(7));
//! assert_ne!(run(7), run(8));
//! ```

mod connection;
mod dice;
mod disk;
pub mod echo;
mod fault;
pub mod limits;
mod machine;
mod network;
mod queue;
mod system;
mod time;
mod trace;
mod world;

pub use connection::CloseReason;
pub use dice::{Dice, Domain};
pub use disk::{Disk, Ticket};
pub use fault::{Fault, Origin};
pub use machine::{ArmedTimer, Machine, MachineSpec, Status};
pub use network::{Link, LinkSpec, Network};
pub use system::{Input, Lane, MessageBrief, Outbox, Output, Process, System, Wire, Words};
pub use time::{LocalTime, Micros, SimTime};
pub use trace::{Event, Loss, Sink, Tier, TraceHash};
pub use world::{InFlight, MachineId, World, WorldSpec};
