//! What is simulated over years: nodes that fail and are repaired, and who must be up for the service to be.

use serde::{Deserialize, Serialize};

use super::times::Times;

/// Most nodes of a plant.
pub const NODES: u8 = 16;

/// Shortest mean time between failures, so that ten thousand years end.
pub const SHORTEST_US: f64 = 60e6;

/// The architecture, with its times.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plant {
    /// How many nodes there are.
    pub nodes: u8,
    /// How many of them must be up.
    pub needed: u8,
    /// How many can be repaired at once; who failed first is repaired first.
    pub crews: u8,
    /// How long a node is up.
    pub up: Times,
    /// How long its repair takes, once a crew is free.
    pub repair: Times,
    /// How much more often a node fails that carries more: by (nodes / nodes up) to this power. 0: load does no harm.
    #[serde(default)]
    pub stress: f64,
    /// Whether nodes do not fail while too few of them are up to serve.
    #[serde(default)]
    pub rest_while_down: bool,
    /// When all nodes that are up fail together: a zone, a release, a cause that they share.
    #[serde(default)]
    pub common_cause: Option<Times>,
    /// What serving takes, beyond enough nodes.
    pub serving: Serving,
}

/// Who serves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Serving {
    /// Whoever is up: the service is there as long as enough nodes are.
    Everybody,
    /// One of them, the leader. Without one the service is down.
    Leader(Takeover),
}

/// How another node becomes leader.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Takeover {
    /// How long it takes after the leader has failed, if it works by itself.
    pub automatic: Times,
    /// How often in a million it does.
    #[serde(default = "always")]
    pub covered_ppm: u32,
    /// How long it takes by hand.
    #[serde(default = "Times::missing")]
    pub by_hand: Times,
    /// How long it takes to start the service when enough nodes are up again after too few were; at once if not given.
    #[serde(default)]
    pub restart: Option<Times>,
    /// A node that is repaired while nobody serves takes up the service at once.
    #[serde(default = "yes")]
    pub repaired_serves: bool,
    /// The repair of a failed leader begins only when the takeover is over.
    #[serde(default)]
    pub repair_waits: bool,
    /// The first node is preferred: once it is up again, the service goes back to it.
    #[serde(default)]
    pub failback: Option<Failback>,
    /// Standbys that are switched off do not age; they begin to when they lead.
    #[serde(default)]
    pub cold: bool,
    /// Standbys fail unseen, and a test finds them after this time; so does the takeover that needed them.
    #[serde(default)]
    pub unseen_until: Option<Times>,
}

/// How the service goes back to the preferred node: planned, but down meanwhile. If one of the two fails in that time, the
/// other serves at once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failback {
    /// How long after the preferred node's return.
    pub wait: Times,
    /// How long the service is down for it.
    pub takes: Times,
}

/// As many in a million as there are.
fn always() -> u32 {
    1_000_000
}

fn yes() -> bool {
    true
}

impl Takeover {
    /// A takeover of this length that always works, to a hot standby whose failure is seen.
    pub fn lasting(times: Times) -> Self {
        Self {
            by_hand: times.clone(),
            automatic: times,
            covered_ppm: 1_000_000,
            restart: None,
            repaired_serves: true,
            repair_waits: false,
            failback: None,
            cold: false,
            unseen_until: None,
        }
    }
}

/// What a plant cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Impossible {
    /// Too many nodes, or none.
    #[error("nodes: expected from 1 to 16")]
    Nodes,
    /// More needed than there are, or none.
    #[error("needed: expected from 1 to the number of nodes")]
    Needed,
    /// More crews than nodes, or none.
    #[error("crews: expected from 1 to the number of nodes")]
    Crews,
    /// Times that cannot be drawn, or a node that is never up.
    #[error("times: expected at most ten thousand years, up times of a minute or more, and lists that are not empty")]
    Times,
    /// More than a million in a million.
    #[error("covered_ppm: expected from 0 to 1000000")]
    Coverage,
    /// Standbys that are off, or fail unseen, or a preferred node, where more than one node is needed.
    #[error("needed: expected 1 where standbys are cold or fail unseen, or a node is preferred")]
    OneServes,
    /// Nodes that rest while a leader is looked for, or that rest and are stressed.
    #[error("rest_while_down: expected false where a leader serves, or where load makes nodes fail")]
    Rest,
    /// Load that would make nodes fail all the time.
    #[error("stress: expected from 0 to 10")]
    Stress,
}

impl Plant {
    /// Whether it can be simulated.
    pub fn check(&self) -> Result<(), Impossible> {
        if !(1..=NODES).contains(&self.nodes) {
            return Err(Impossible::Nodes);
        }
        if !(1..=self.nodes).contains(&self.needed) {
            return Err(Impossible::Needed);
        }
        if !(1..=self.nodes).contains(&self.crews) {
            return Err(Impossible::Crews);
        }
        if !(0.0..=10.0).contains(&self.stress) {
            return Err(Impossible::Stress);
        }
        if self.rest_while_down && (self.stress > 0.0 || self.serving != Serving::Everybody) {
            return Err(Impossible::Rest);
        }
        let lasts = |times: &Times| times.is_possible() && times.mean_us() >= SHORTEST_US;
        let mut possible = lasts(&self.up) && self.repair.is_possible() && self.common_cause.as_ref().is_none_or(lasts);
        if let Serving::Leader(takeover) = &self.serving {
            let Takeover { automatic, by_hand, restart, unseen_until, failback, .. } = takeover;
            let [wait, takes] = [failback.as_ref().map(|it| &it.wait), failback.as_ref().map(|it| &it.takes)];
            let all = [Some(automatic), Some(by_hand), restart.as_ref(), unseen_until.as_ref(), wait, takes];
            possible &= all.into_iter().flatten().all(Times::is_possible);
            if takeover.covered_ppm > 1_000_000 {
                return Err(Impossible::Coverage);
            }
            if self.needed > 1 && (takeover.cold || takeover.unseen_until.is_some() || takeover.failback.is_some()) {
                return Err(Impossible::OneServes);
            }
        }
        if possible { Ok(()) } else { Err(Impossible::Times) }
    }

    /// A short name: the same for the same plant, and for different ones different but for an accident (FNV-1a, 64 bits).
    pub fn digest(&self) -> String {
        let bytes = serde_json::to_vec(self).unwrap_or_default();
        let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        format!("{hash:016x}")
    }

    /// Whether the plant forgets its past whenever all nodes are up and somebody serves: nobody has aged.
    pub fn has_no_memory(&self) -> bool {
        self.up.has_no_memory() && self.common_cause.as_ref().is_none_or(Times::has_no_memory)
    }
}
