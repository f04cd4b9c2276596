//! The systems of the lab: masters and standbys, clients, routers, and those who decide.
//!
//! This is the one implementation of [`System`](crate::sim::System). Every process is an enum variant, so a
//! world can be cloned, compared and hashed.

pub mod config;
pub mod limits;
pub mod message;
pub mod note;

mod log;
mod system;

pub use config::{Config, Layout, Part};
pub use log::Log;
pub use system::{Ha, Node};
