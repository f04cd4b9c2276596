//! Proof that Zab does what it says: one member led by hand, lessons in a small network, and random schedules with a
//! judge.

mod by_hand;
mod chaos;
mod judge;
mod lessons;
mod net;
mod synchronisation;
