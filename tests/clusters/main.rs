//! Clusters of workers under a manager: what each rule is good for, and what holds whatever happens.
//!
//! `HALAB_SEED=7 cargo test --profile checked --test clusters` repeats one random schedule.
#![cfg(not(target_arch = "wasm32"))]

#[path = "../support/often.rs"]
mod often;

mod court;
mod election;
mod managers;
mod random;
mod reads;
mod seen;
mod storms;
mod workers;
