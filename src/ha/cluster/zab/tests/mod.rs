//! Proof that Zab does what it says: one member led by hand, lessons in a small network, random schedules with a judge,
//! and an ensemble in the lab's own simulator.

mod by_hand;
mod chaos;
mod judge;
mod lessons;
mod net;
mod sessions;
mod synchronisation;
mod wires;
mod world;

pub use net::Lab;
