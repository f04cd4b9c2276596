//! Lessons about measuring, told with traces made by hand.

mod data;
mod outages;
mod random;
mod recount;
mod roles;
mod shards;
pub(super) mod tale;
