//! Proof that the registry does what it says: lessons of one registry, random orders, and members with their clients in
//! the lab's own simulator.

mod clients;
mod faults;
mod lessons;
mod random;
mod stand;
