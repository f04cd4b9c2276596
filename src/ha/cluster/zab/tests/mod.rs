//! Proof that Zab does what it says: a small network, lessons, and random schedules with a judge.

mod chaos;
mod judge;

mod net;
