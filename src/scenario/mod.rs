//! Scenarios: a system, its clients and its faults as a versioned JSON document, and the run that is made of it.

mod action;
mod document;
mod options;

pub use action::{Action, Target};
pub use document::{
    Class, Distribution, Faults, Objective, RandomFaults, RandomKind, Scenario, Scheduled, Text, VERSION, View,
};
pub use options::{
    Backup, Clients, ClockOf, Decision, Detection, Dns, Durability, Fallback, Fencing, Latency, Lease, Machines,
    MasterStandby, Network, Proxy, Replication, ReplicationMode, Router, Setup, SilenceLimit, SingleNode, Standby,
    Stonith,
};
