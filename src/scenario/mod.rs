//! Scenarios: a system, its clients and its faults as a versioned JSON document, and the run that is made of it.
//!
//! [`parse`] reads a document and names everything that is wrong with it. [`Scenario::world`] builds the world
//! that it describes; a [`Run`] is that world with its plan of scheduled and random faults.
//!
//! What always holds: a scenario that [`parse`] or [`Scenario::validate`] accepts makes a world without a panic;
//! scenario and seed together decide the whole run.

mod action;
mod cluster;
mod document;
mod options;
mod parse;
mod path;
mod plan;
mod pool;
mod presets;
mod problem;
mod ranges;
mod read;
mod rules;
mod run;
#[cfg(test)]
mod schema;
pub mod timings;
mod wiring;
mod workers;
mod write;

pub use action::{Action, Target};
pub use cluster::{Cluster, Continuous, DataPath, Etcd, Manager, ReadLevel, Ticks, Timing, Wire, Zookeeper};
pub use document::{
    Class, Distribution, Faults, Objective, RandomFaults, RandomKind, Recurring, Scenario, Scheduled, Text, VERSION,
    View,
};
pub use options::{
    Backup, Clients, ClockOf, Decision, Detection, Dns, Durability, Fallback, Fencing, Latency, Lease, Machines,
    MasterStandby, Network, Proxy, Replication, ReplicationMode, Router, Setup, SilenceLimit, SingleNode, Standby,
    Stonith,
};
pub use parse::{LARGEST, mended, parse, read_as};
pub use pool::{Balancer, Check, Ejection, Pool, Retries, RetryBudget, Service, Strategy, WarmUp, Worker};
pub use presets::{Preset, preset, presets};
pub use problem::{Expected, Problem, Problems, Rule};
pub use ranges::{LENGTHS, Length, RANGES, Range, range_of};
pub use run::{Run, Skipped, Unable, trace_hash};
pub use workers::{Claim, Election, ManagerLease, Members, Workers};
pub use write::{to_text, to_value};
