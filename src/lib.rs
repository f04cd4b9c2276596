//! HA Lab (高可用实验室): a laboratory for high availability.
//!
//! Real failover state machines run on simulated machines. The rooms of the library, and which of them may
//! know which, stand in `ARCHITECTURE.md`.

pub mod ha;
pub mod i18n;
pub mod measure;
#[cfg(test)]
#[path = "../tests/support/often.rs"]
mod often;
pub mod player;
pub mod scenario;
pub mod sim;
pub mod study;
pub mod theory;
#[cfg(target_arch = "wasm32")]
pub mod ui;
pub mod view;
