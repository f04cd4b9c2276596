//! What the books say: availability, reliability, detection and loss as closed forms and Markov chains.
//!
//! Each [`Model`] names its parameters with their units, checks them, and answers. What is a chain is solved by one solver:
//! in the long run ([`Steady`]), after some hours ([`Moment`]), and until the first failure ([`reliability`]). On the way to
//! an unavailability nothing is ever subtracted, so it has all its digits, however many nines stand before it.
//!
//! MTTF is the mean up time, MTTR the mean down time; MTBF, from failure to failure, is their sum, and no input unless its
//! name says so. `docs/models.md` describes every model with its assumptions and its source. This room knows nothing of
//! the simulation, so that the two can be held against each other.
//!
//! ```
//! use ha_lab::theory::models::{Failover, Model};
//!
//! let mut pair = Model::PairFailover(Failover {
//!     mttf_hours: 1000.0,
//!     mttr_hours: 10.0,
//!     failover_mean_seconds: 30.0,
//!     crews: 2,
//!     ..Failover::default()
//! });
//! let minutes = pair.solve().unwrap().get("downtime_minutes_per_year_365d").cloned();
//! assert_eq!(format!("{minutes:.1?}"), "Some(Number(55.8))");
//! ```

pub mod article;
pub mod blocks;
pub mod chain;
mod decimal;
pub mod explore;
mod fields;
pub mod limits;
pub mod models;
mod outputs;
mod problem;
mod request;
mod share;
mod steady;
mod strict;
mod transient;

pub use chain::Chain;
pub use decimal::complement;
pub use fields::{Fields, HasFields};
pub use models::Model;
pub use outputs::{Outputs, Value, YEAR_HOURS};
pub use problem::{Kind, Problem, Range, Wrong};
pub use request::{Request, answer};
pub use share::Share;
pub use steady::{Steady, mean_hours_to_failure};
pub use transient::{Moment, reliability};
