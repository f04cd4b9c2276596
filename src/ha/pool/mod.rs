//! A load-balanced pool: stateless workers behind a balancer.
//!
//! In the order in which a request meets it:
//!
//! 1. The [`Balancer`] takes a request from a client and picks a worker by its [`Strategy`], among those that are
//!    neither taken out by active checks ([`health`]), nor ejected for failing requests, nor draining.
//! 2. The [`Worker`] serves it when one of its servers is free; until then it waits in a bounded queue, and where the
//!    queue is full it is refused at once.
//! 3. If that fails, the balancer tries another worker, as far as its retry [`budget`] allows.
//!
//! Nobody is master here and nothing is stored: any worker answers any request, and what can go wrong is capacity.
//! Losing one worker sends its share to the others; close to their limit they drown too, and clients who ask again
//! keep them under water after the lost one is back (metastable failure: Bronson et al. 2021). The budget
//! is what bounds that.
//!
//! **The probe weighs nothing.** A canary waits in the same queues and is refused by the same limits as a user's
//! request, but takes no server, no place, no turn and no token, so measuring availability does not change it.

mod balancer;
mod budget;
mod config;
pub mod health;
pub mod inspect;
mod strategy;
mod worker;

pub use balancer::{Backend, Balancer, WINDOW};
pub use budget::{Grant, RetryBudget, RetryTokens};
pub use config::{BalancerConfig, Check, Ejection, PoolConfig, Retries, Service, Strategy, WarmUp, WorkerConfig};
pub use health::Outlier;
pub(in crate::ha) use health::most_ejected;
pub(in crate::ha) use strategy::try_dice;
pub use strategy::{Candidate, Picker};
pub use worker::Worker;
