//! What is simulated over years: nodes that fail and are repaired, and who must be up for the service to be.

use serde::{Deserialize, Serialize};

use super::limits;
use super::support::Support;
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
    /// The times of nodes that differ, from the first node on; those that are not given are as above.
    #[serde(default)]
    pub each: Vec<NodeTimes>,
    /// What else nodes fail of, each with a repair of its own; whichever comes first.
    #[serde(default)]
    pub other_causes: Vec<Failure>,
    /// Zones that fail, and with them the nodes in them.
    #[serde(default)]
    pub zones: Vec<Zone>,
    /// Windows of planned maintenance.
    #[serde(default)]
    pub maintenance: Option<Maintenance>,
    /// What the service leans on beside its nodes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub supports: Vec<Support>,
    /// What serving takes, beyond enough nodes.
    pub serving: Serving,
}

/// The times of one node, where they are not those of all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeTimes {
    /// How long it is up.
    #[serde(default)]
    pub up: Option<Times>,
    /// How long its repair takes.
    #[serde(default)]
    pub repair: Option<Times>,
}

/// Something that nodes fail of. All causes begin anew when a node is repaired.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// How long a node is up until it fails of this.
    pub up: Times,
    /// How long the repair takes then.
    pub repair: Times,
}

/// A zone: while it is down, so are the nodes in it. What happens to a node by itself goes on beneath.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Zone {
    /// Which nodes are in it, from 0.
    pub nodes: Vec<u8>,
    /// How long it is up.
    pub up: Times,
    /// How long it is down then.
    pub repair: Times,
}

/// Planned maintenance, after which a node is as new.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Maintenance {
    /// How long from the end of a window to the next.
    pub every: Times,
    /// How long a node is down for it, or all are.
    pub takes: Times,
    /// All nodes at once, whatever else goes on. Otherwise one after the other, each when all are up and somebody serves.
    #[serde(default)]
    pub at_once: bool,
    /// How long the service is down when the leader hands over before its turn; not at all if not given.
    #[serde(default = "Times::none")]
    pub switchover: Times,
}

impl Zone {
    /// Whether it has nodes, each once, and all of them among so many.
    pub(super) fn is_of(&self, nodes: u8) -> bool {
        let exist = self.nodes.iter().all(|node| *node < nodes);
        exist && !self.nodes.is_empty() && self.bits().count_ones() as usize == self.nodes.len()
    }

    /// Its nodes, a bit for each.
    pub(super) fn bits(&self) -> u32 {
        self.nodes.iter().fold(0, |bits, node| bits | 1 << (node % 32))
    }
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
    /// How often standbys fail, compared with the leader: 1 is hot, less is warm.
    #[serde(default = "hot")]
    pub dormancy_factor: f64,
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

fn hot() -> f64 {
    1.0
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
            dormancy_factor: 1.0,
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
    /// Nodes that rest while a leader is looked for, or that rest and are stressed, or cut off, or maintained.
    #[error(
        "rest_while_down: expected false where a leader serves, where load makes nodes fail, and beside zones and maintenance"
    )]
    Rest,
    /// Standbys that fail unseen, and may also be cut off or maintained.
    #[error("serving.leader.unseen_until: expected none beside zones and maintenance")]
    Unseen,
    /// Standbys that never fail, or more often than the leader, or whose pace two things set.
    #[error(
        "serving.leader.dormancy_factor: expected above 0 to 1, and 1 where standbys are cold or load makes nodes fail"
    )]
    Dormancy,
    /// More nodes with times of their own than there are.
    #[error("each: expected at most as many as there are nodes")]
    Each,
    /// Too many causes.
    #[error("other_causes: expected at most 8")]
    OtherCauses,
    /// Rare states of a plant that is no Markov chain.
    #[error("importance sampling: expected exponential times throughout, or takeovers that take none")]
    Memory,
    /// Too many zones, or one without nodes, or with nodes that are not there.
    #[error("zones: expected at most 16, each with one or more of the nodes, counted from 0, and none twice")]
    Zones,
    /// Too many supports, or one without machines, or one without which nobody can go on, or nodes that rest.
    #[error(
        "supports: expected at most 4, each with enough machines; goes_on only where a leader serves; no rest_while_down"
    )]
    Supports,
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
        let disturbed = !self.zones.is_empty() || self.maintenance.is_some();
        if self.rest_while_down && (self.stress > 0.0 || self.serving != Serving::Everybody || disturbed) {
            return Err(Impossible::Rest);
        }
        if self.each.len() > usize::from(self.nodes) {
            return Err(Impossible::Each);
        }
        if self.other_causes.len() > limits::OTHER_CAUSES {
            return Err(Impossible::OtherCauses);
        }
        if self.zones.len() > limits::ZONES || !self.zones.iter().all(|zone| zone.is_of(self.nodes)) {
            return Err(Impossible::Zones);
        }
        let follows = matches!(self.serving, Serving::Leader(_));
        let leans = |support: &Support| support.is_possible() && (follows || support.goes_on.is_none());
        let rests = self.rest_while_down && !self.supports.is_empty();
        if self.supports.len() > limits::SUPPORTS || rests || !self.supports.iter().all(leans) {
            return Err(Impossible::Supports);
        }
        let lasts = |times: &Times| times.is_possible() && times.mean_us() >= SHORTEST_US;
        let mut possible = self.long_times().all(lasts) && self.short_times().all(Times::is_possible);
        if let Serving::Leader(takeover) = &self.serving {
            let Takeover { automatic, by_hand, restart, unseen_until, failback, .. } = takeover;
            let [wait, takes] = [failback.as_ref().map(|it| &it.wait), failback.as_ref().map(|it| &it.takes)];
            let all = [Some(automatic), Some(by_hand), restart.as_ref(), unseen_until.as_ref(), wait, takes];
            possible &= all.into_iter().flatten().all(Times::is_possible);
            if takeover.covered_ppm > 1_000_000 {
                return Err(Impossible::Coverage);
            }
            if disturbed && unseen_until.is_some() {
                return Err(Impossible::Unseen);
            }
            let factor = takeover.dormancy_factor;
            let warm = factor < 1.0;
            if !(factor > 0.0 && factor <= 1.0) || (warm && (takeover.cold || self.stress > 0.0)) {
                return Err(Impossible::Dormancy);
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

    /// Nodes that are alike, with nothing but their times.
    pub fn of(nodes: u8, needed: u8, up: Times, repair: Times, serving: Serving) -> Self {
        Self {
            nodes,
            needed,
            crews: nodes,
            up,
            repair,
            stress: 0.0,
            rest_while_down: false,
            common_cause: None,
            each: Vec::new(),
            other_causes: Vec::new(),
            zones: Vec::new(),
            maintenance: None,
            supports: Vec::new(),
            serving,
        }
    }

    /// How long a node is up, as far as its first cause goes.
    pub(super) fn up_of(&self, node: u8) -> &Times {
        self.each.get(usize::from(node)).and_then(|times| times.up.as_ref()).unwrap_or(&self.up)
    }

    /// How long a node's repair takes after it has failed of a cause; 0 is the first.
    pub(super) fn repair_of(&self, node: u8, cause: u8) -> &Times {
        if let Some(other) = self.other_causes.get(usize::from(cause).wrapping_sub(1)) {
            return &other.repair;
        }
        self.each.get(usize::from(node)).and_then(|times| times.repair.as_ref()).unwrap_or(&self.repair)
    }

    /// The times that run while all is well: until something fails, or is planned.
    fn long_times(&self) -> impl Iterator<Item = &Times> {
        let nodes = self.each.iter().filter_map(|times| times.up.as_ref());
        let causes = self.other_causes.iter().map(|cause| &cause.up);
        let zones = self.zones.iter().map(|zone| &zone.up);
        let planned = self.maintenance.iter().map(|maintenance| &maintenance.every);
        let supports = self.supports.iter().flat_map(Support::long_times);
        let own = [&self.up].into_iter().chain(&self.common_cause).chain(nodes);
        own.chain(causes).chain(zones).chain(planned).chain(supports)
    }

    /// The times in which something is put right, but for the takeover's.
    fn short_times(&self) -> impl Iterator<Item = &Times> {
        let nodes = self.each.iter().filter_map(|times| times.repair.as_ref());
        let causes = self.other_causes.iter().map(|cause| &cause.repair);
        let zones = self.zones.iter().map(|zone| &zone.repair);
        let planned = self.maintenance.iter().flat_map(|maintenance| [&maintenance.takes, &maintenance.switchover]);
        [&self.repair].into_iter().chain(nodes).chain(causes).chain(zones).chain(planned)
    }

    /// Whether the plant is a Markov chain: rare states can be sampled more often ([`super::Study::rare_chunk`]). What runs
    /// beside the service has to take time; takeovers may take none. What it leans on has a memory: how long it has gone on.
    pub fn is_markovian(&self) -> bool {
        let exponential = Times::has_no_memory;
        let mut beside = self.long_times().chain(self.maintenance.iter().map(|it| &it.takes));
        let (causes, zones) = (self.other_causes.iter().map(|it| &it.repair), self.zones.iter().map(|it| &it.repair));
        let each = self.each.iter().filter_map(|it| it.repair.as_ref());
        let mut repairs = [&self.repair].into_iter().chain(each).chain(causes).chain(zones);
        let serving = match &self.serving {
            Serving::Everybody => true,
            Serving::Leader(it) => {
                let failback = it.failback.iter().flat_map(|it| [&it.wait, &it.takes]);
                let mut quick = [&it.automatic, &it.by_hand].into_iter().chain(&it.restart).chain(failback);
                quick.all(Times::is_markovian) && it.unseen_until.as_ref().is_none_or(exponential)
            }
        };
        let switchover = self.maintenance.as_ref().is_none_or(|it| it.switchover.is_markovian());
        serving && switchover && self.supports.is_empty() && beside.all(exponential) && repairs.all(exponential)
    }

    /// Whether nodes have no other times than the two of all, and these run on whatever happens.
    pub(super) fn nodes_are_plain(&self) -> bool {
        let steady = self.stress <= 0.0 && !self.rest_while_down;
        steady && self.each.is_empty() && self.other_causes.is_empty()
    }

    /// Whether it makes no difference which of the nodes leads.
    pub(super) fn nodes_are_alike(&self) -> bool {
        let preferred = matches!(&self.serving, Serving::Leader(Takeover { failback: Some(_), .. }));
        !preferred && self.each.is_empty() && self.zones.is_empty() && self.maintenance.is_none()
    }

    /// Whether the plant forgets its past whenever all nodes are up and somebody serves: nobody has aged.
    pub fn has_no_memory(&self) -> bool {
        self.long_times().all(Times::has_no_memory)
    }
}
