//! The ledger: availability, outages and their phases, data lost and stale, split brain, budgets.
//!
//! A [`Ledger`] is a [`Sink`](crate::sim::Sink): it is fed by the trace and knows nothing that the trace does
//! not tell. What always holds:
//!
//! - **The phases of an outage add up to it**, and the outages of a shard to its downtime.
//! - **Every count is exact**, however long the run; only lists have a limit, named in [`limits`].
//! - **No floats in its state**: the same trace gives the same ledger, and a clone goes on as the original does.
//! - **Each shard is a service of its own**, down when at least half of the sites cannot use it. Outages, failovers and
//!   split brains are those of shards and say of which; times are means over the shards: how long an average key could
//!   not be used. What is no cluster has one shard.
//! - **A mean without a sample is none**, never 0 and never infinite.
//!
//! ```
//! use ha_lab::ha::config::*;
//! use ha_lab::ha::message::{OpKind, Pos, RequestId};
//! use ha_lab::ha::note::{Note, Outcome};
//! use ha_lab::measure::Ledger;
//! use ha_lab::sim::{Event, SimTime, Sink};
//!
//! # let config = Config {
//! #     seed: 1,
//! #     layout: Layout::new(1, false, 0, false, false, false, 1),
//! #     system: SystemKind::MasterStandby,
//! #     nodes: NodeConfig {
//! #         replication: Replication {
//! #             mode: ReplicationMode::Async,
//! #             durability: Durability::Received,
//! #             fallback: Fallback::Strict,
//! #         },
//! #         standby: Standby { start_up_us: 0, serves_reads: false },
//! #         detection: Detection { heartbeat_us: 100_000, limit: SilenceLimit::Missed(3) },
//! #         decision: Decision::Majority,
//! #         fencing: Fencing::default(),
//! #         recovery_us: 0,
//! #         failback_after_us: None,
//! #         write_us: 0,
//! #         read_us: 0,
//! #         backup: None,
//! #     },
//! #     router: Router::Discovery,
//! #     clients: ClientConfig {
//! #         mean_gap_us: 0,
//! #         read_permille: 500,
//! #         reads_anywhere: false,
//! #         timeout_us: 1_000_000,
//! #         attempts: 1,
//! #         backoff_us: 0,
//! #         canary_us: 50_000,
//! #         retry_budget: None,
//! #     },
//! #     cold_start: false,
//! # };
//! // One machine with data and one client, whose canary writes go every 50 ms. The 3rd to the 6th fail.
//! let client = config.layout.clients[0];
//! let mut ledger = Ledger::new(&config);
//! for n in 0..20 {
//!     let id = RequestId { site: 0, ordinal: 2 * n, canary: true };
//!     let outcome = if (2..6).contains(&n) { Outcome::Failed } else { Outcome::Done };
//!     let issued = SimTime::from_us(50_000 * u64::from(n));
//!     let note = Note::Issued { id, kind: OpKind::Write, key: 0 };
//!     ledger.event(issued, 0, &Event::Note { machine: client, lane: 0, note });
//!     let note = Note::Finished { id, kind: OpKind::Write, key: 0, outcome, version: Pos::default() };
//!     ledger.event(issued.after(2_000), 0, &Event::Note { machine: client, lane: 0, note });
//! }
//!
//! let outage = &ledger.incidents()[0];
//! assert_eq!(outage.started.us(), 100_000); // the first failed canary leaves
//! assert_eq!(outage.ended.unwrap().us(), 302_000); // the first good one is back
//! let figures = ledger.figures(SimTime::from_us(1_000_000));
//! assert_eq!(figures.downtime_us, 202_000);
//! assert_eq!(figures.availability.time.unwrap().fraction(), 0.798);
//! ```

mod account;
mod books;
mod budget;
mod capped;
mod elections;
mod faults;
mod figures;
mod history;
mod incident;
mod ledger;
pub mod limits;
mod nodes;
mod probe;
mod promises;
mod promotions;
mod service;
mod split_brain;
mod tenure;
#[cfg(test)]
mod tests;
mod whole;

pub use books::Failover;
pub use budget::Budget;
pub use elections::{Election, Elections};
pub use faults::FaultRef;
pub use figures::{Availability, Figures, Reads, Share, Writes};
pub use incident::{Cause, Incident, Phases};
pub use ledger::Ledger;
pub use nodes::NodeFigures;
pub use probe::Live;
pub use promises::{Assumption, Breach, Promise, Promises, audit};
pub use service::{Service, State, Stretch};
pub use split_brain::SplitBrain;
