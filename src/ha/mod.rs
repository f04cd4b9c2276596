//! The systems of the lab: masters and standbys, clients, routers, and those who decide.
//!
//! This is the one implementation of [`System`](crate::sim::System). Every process is an enum variant, so a
//! world can be cloned, compared and hashed. A single node is a master without standbys: the same code, with
//! nobody to take over.

mod brief;
mod chunks;
pub mod client;
pub mod cluster;
pub mod config;
mod detector;
mod durable;
pub mod fencing;
pub mod inspect;
pub mod limits;
mod log;
pub mod master_standby;
pub mod message;
pub mod note;
pub mod pool;
pub mod router;
pub mod storage;
mod system;
mod voter;
mod witness;

pub use config::{Config, Layout, Part};
pub use detector::Detector;
pub use durable::{Durable, Write};
pub use log::Log;
pub use system::{Ha, Node, NodeKind};
pub use voter::Voter;
pub use witness::Witness;
