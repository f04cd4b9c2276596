//! HA Lab (高可用实验室): a laboratory for high availability.

#[cfg(target_arch = "wasm32")]
pub mod ui;
