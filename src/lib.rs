//! HA Lab (高可用实验室): a laboratory for high availability.

pub mod ha;
pub mod scenario;
pub mod sim;
#[cfg(target_arch = "wasm32")]
pub mod ui;
pub mod view;
