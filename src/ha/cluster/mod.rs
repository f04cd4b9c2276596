//! The cluster's manager: an ensemble that agrees on one log, and survives as long as its majority does.
//!
//! A protocol core here is a pure state machine on its own types, without the lab's messages and notes: it is given
//! an input, and answers with effects that map one to one onto those of [`sim::Outbox`](crate::sim::Outbox). What
//! the agreed log means is its embedder's business: that is [`member`], the process of the lab.

pub(super) mod briefs;
mod config;
mod disk;
mod entries;
mod gateway;
pub mod member;
pub mod raft;
pub mod registry;
mod service;
mod spread;
pub mod tree;
mod worker;
pub mod zab;

pub use config::{Claim, ClusterConfig, EnsembleConfig, Protocol, Reads, Spread, Wire};
pub use disk::MemberDisk;
pub use entries::LogRef;
pub use gateway::Gateway;
pub use member::Member;
pub use service::{Applied, Cmd, Decree, Ensemble, State};
pub use worker::{Worker, provision};
