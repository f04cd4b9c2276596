//! A scenario as it is written: title, system, clients, network, faults, objectives.
//!
//! Every field but `version` has a default, and all the defaults together are the lab of the first visit: a
//! master and two standbys, two client sites, a proxy, and nothing that goes wrong until somebody does it.
//! (Only title and story are empty if they are not written: another's scenario should not bear our title.)

use serde::{Deserialize, Serialize};

use super::action::{Action, Target};
use super::options::{Clients, Machines, Network, Router, Setup};
use crate::ha::{Layout, Part};
use crate::sim::{MachineId, Micros};

/// The version of the format that this engine reads and writes.
pub const VERSION: u32 = 1;

/// A scenario.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Scenario {
    /// Version of the format: 1. The only field that must be there.
    pub version: u32,
    /// What it is called.
    #[serde(default)]
    pub title: Text,
    /// What to look at, in a few sentences.
    #[serde(default)]
    pub story: Text,
    /// Seed of every die; at most 2⁵³ − 1, so that any JSON reader keeps it exact.
    pub seed: u64,
    /// How long a run is, if nobody says otherwise.
    pub until_us: Micros,
    /// The architecture and its options.
    pub system: Setup,
    /// How clients find the master.
    pub router: Router,
    /// Those who use it.
    pub clients: Clients,
    /// The wires.
    pub network: Network,
    /// The machines.
    pub machines: Machines,
    /// What goes wrong.
    pub faults: Faults,
    /// What is promised to the users.
    pub objective: Objective,
    /// How it is best watched.
    pub view: View,
}

/// A text in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Text {
    /// English.
    pub en: String,
    /// Chinese.
    pub zh: String,
}

/// What goes wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// At given times.
    pub scheduled: Vec<Scheduled>,
    /// Machines that fail and are repaired at random times, again and again.
    pub random: Vec<RandomFaults>,
    /// Anything else that is done and undone at random times, again and again.
    pub recurring: Vec<Recurring>,
}

/// One action at one time: either at an instant or at a random one of a stretch.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Scheduled {
    /// At this instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_us: Option<Micros>,
    /// Or at a random instant from the first to the second; the seed decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub between_us: Option<(Micros, Micros)>,
    /// What is done then.
    #[serde(rename = "do")]
    pub action: Action,
}

/// Failures and repairs at random times.
///
/// The times are a function of the seed and the machine alone, whatever users and protocols do.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct RandomFaults {
    /// Whom they hit.
    pub on: Class,
    /// What happens to them.
    pub kind: RandomKind,
    /// Mean time from a repair to the next failure.
    pub mttf_us: Micros,
    /// Mean time from a failure to its repair; booting comes on top.
    pub mttr_us: Micros,
    /// How the times scatter about their mean.
    pub distribution: Distribution,
}

/// An action at random times, again and again, each time undone after a random while.
///
/// A role is looked up when the action happens; what is undone is undone where it was done. If nobody has the role then,
/// nothing happens until the next time. The times are a function of the seed alone.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Recurring {
    /// What is done; one that has an undo.
    #[serde(rename = "do")]
    pub action: Action,
    /// Mean time until it is done, from the start or from when it was last undone.
    #[serde(default = "mttf_us")]
    pub mttf_us: Micros,
    /// Mean time until it is undone.
    #[serde(default = "mttr_us")]
    pub mttr_us: Micros,
    /// How the times scatter about their mean.
    #[serde(default)]
    pub distribution: Distribution,
}

fn mttf_us() -> Micros {
    RandomFaults::default().mttf_us
}

fn mttr_us() -> Micros {
    RandomFaults::default().mttr_us
}

/// A class of machines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Every machine but the clients' and the operator.
    All,
    /// The data nodes.
    #[default]
    Data,
    /// The voter without data.
    Witness,
    /// The proxies.
    Proxies,
    /// The name server.
    Dns,
    /// The device that cuts power.
    Fencer,
    /// The storage that all data nodes share.
    Storage,
    /// The balancers of a pool or cluster.
    Balancers,
    /// The members of a cluster's manager.
    Members,
}

impl Class {
    /// Whether this part of a system belongs to it.
    pub fn has(self, part: Part) -> bool {
        match self {
            Self::All => !matches!(part, Part::Client(_) | Part::Operator),
            Self::Data => matches!(part, Part::Data(_)),
            Self::Witness => part == Part::Witness,
            Self::Proxies => matches!(part, Part::Proxy(_)),
            Self::Dns => part == Part::Dns,
            Self::Fencer => part == Part::Fencer,
            Self::Storage => part == Part::Storage,
            Self::Balancers => matches!(part, Part::Balancer(_)),
            Self::Members => matches!(part, Part::Member(_)),
        }
    }
}

/// What a random failure does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RandomKind {
    /// The process dies.
    ProcessCrash,
    /// The machine dies silently.
    #[default]
    MachineCrash,
    /// The machine loses power and unsynced writes.
    PowerLoss,
    /// The machine freezes; its repair is a thaw.
    Freeze,
}

/// How times scatter about their mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Distribution {
    /// Without memory: a machine is never "due".
    #[default]
    Exponential,
    /// Always exactly the mean.
    Fixed,
}

/// What is promised to the users.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Objective {
    /// Availability in parts per million: 999000 is three nines.
    pub availability_ppm: u32,
    /// Longest outage that is acceptable (RTO).
    pub rto_us: Micros,
    /// Most acknowledged writes that may be lost by a failover (RPO).
    pub rpo_writes: u32,
}

/// How it is best watched.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct View {
    /// Speed to start with; 1000 is real time.
    pub speed_permille: u32,
    /// The times are chosen for the eye, far slower than those of real systems; the page says so.
    pub eye_times: bool,
}

impl Default for Scenario {
    fn default() -> Self {
        Self {
            version: VERSION,
            title: Text { en: "The master crashes".to_owned(), zh: "主节点崩溃".to_owned() },
            story: Text {
                en:
                    "A master and two standbys serve two client sites. Kill the master and watch: the heartbeats stop, \
                     a standby grows suspicious, asks for a majority, takes over, and the clients are led to it."
                        .to_owned(),
                zh: "一个主节点和两个备节点为两个客户端站点服务。杀掉主节点，看看会发生什么：心跳停止，备节点起疑，\
                     征得多数票后接管，客户端随即被引向新的主节点。"
                    .to_owned(),
            },
            seed: 1,
            until_us: 60_000_000,
            system: Setup::default(),
            router: Router::default(),
            clients: Clients::default(),
            network: Network::default(),
            machines: Machines::default(),
            faults: Faults::default(),
            objective: Objective::default(),
            view: View::default(),
        }
    }
}

impl Default for RandomFaults {
    fn default() -> Self {
        Self {
            on: Class::default(),
            kind: RandomKind::default(),
            mttf_us: 600_000_000,
            mttr_us: 30_000_000,
            distribution: Distribution::default(),
        }
    }
}

impl Default for Objective {
    fn default() -> Self {
        Self { availability_ppm: 999_000, rto_us: 10_000_000, rpo_writes: 0 }
    }
}

impl Default for View {
    fn default() -> Self {
        Self { speed_permille: 1000, eye_times: true }
    }
}

impl Scheduled {
    /// An action at an instant.
    pub fn at(at_us: Micros, action: Action) -> Self {
        Self { at_us: Some(at_us), between_us: None, action }
    }

    /// The first and the last instant at which it may happen.
    pub fn span_us(&self) -> (Micros, Micros) {
        match (self.at_us, self.between_us) {
            (Some(at), _) => (at, at),
            (None, Some(span)) => span,
            (None, None) => (0, 0),
        }
    }
}

impl Target {
    /// The place of a machine.
    pub fn of(layout: &Layout, machine: MachineId) -> Self {
        match layout.part(machine) {
            Part::Data(index) => Self::Node(index),
            Part::Witness => Self::Witness,
            Part::Proxy(index) => Self::Proxy(index),
            Part::Dns => Self::Dns,
            Part::Fencer => Self::Fencer,
            Part::Operator => Self::Operator,
            Part::Client(index) => Self::Site(index),
            Part::Storage => Self::Storage,
            Part::Balancer(index) => Self::Balancer(index),
            Part::Member(index) => Self::Member(index),
        }
    }

    /// Whether it means the same machine for ever, not a role.
    pub fn is_place(self) -> bool {
        !matches!(self, Self::Master | Self::Standby | Self::OldMaster | Self::Leader)
    }
}
