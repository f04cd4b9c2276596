//! What a plant leans on beside its nodes: the manager that says who leads, the balancers, a storage that all share.
//!
//! A support is a group of machines of its own, each with its own failures and repairs. It is there while enough of them are
//! up and one of them leads. Without it the service is down; or, if the service *goes on*, nobody takes over meanwhile
//! (static stability), and who serves stops when it has gone on for too long, until the support is back.

use serde::{Deserialize, Serialize};

use super::plant::{NODES, SHORTEST_US};
use super::times::Times;

/// A group of machines beside the nodes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Support {
    /// What it is.
    pub what: SupportKind,
    /// How many machines there are.
    pub nodes: u8,
    /// How many of them must be up.
    pub needed: u8,
    /// How long one is up.
    pub up: Times,
    /// How long its repair takes; there is a crew for each.
    pub repair: Times,
    /// From the failure of the one that leads, or from the return of enough of them, until the support is there again.
    #[serde(default = "Times::none")]
    pub takeover: Times,
    /// When all that are up fail together.
    #[serde(default)]
    pub common_cause: Option<Times>,
    /// How long the service goes on without it, while nobody takes over; not at all if not given.
    #[serde(default)]
    pub goes_on: Option<Times>,
}

/// What a support is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SupportKind {
    /// Through which requests come: proxies or balancers.
    Router,
    /// The storage that all nodes share.
    Storage,
    /// Who says which node leads.
    Manager,
}

impl Support {
    /// Whether there are enough machines of it, and its times can be drawn.
    pub(super) fn is_possible(&self) -> bool {
        let some = (1..=NODES).contains(&self.nodes) && (1..=self.nodes).contains(&self.needed);
        let long = self.long_times().all(|times| times.is_possible() && times.mean_us() >= SHORTEST_US);
        let short = [Some(&self.repair), Some(&self.takeover), self.goes_on.as_ref()];
        some && long && short.into_iter().flatten().all(Times::is_possible)
    }

    /// The times until something fails.
    pub(super) fn long_times(&self) -> impl Iterator<Item = &Times> {
        [&self.up].into_iter().chain(&self.common_cause)
    }
}
