//! What is wrong with a scenario: where, what was found, and what would be right.

use std::fmt;

use serde_json::Value;

/// Most problems that are reported at once.
pub const MOST: usize = 50;

/// Longest piece of a document that is quoted, in characters.
const QUOTED: usize = 60;

/// Everything that is wrong with a scenario; never empty.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Problems(pub Vec<Problem>);

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The field, like `system.master_standby.replication.mode`; `line 3, column 7` if it is not even JSON.
    pub path: String,
    /// What stands there, as JSON; empty if nothing does.
    pub found: String,
    /// What would be right.
    pub expected: Expected,
}

/// What would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// A JSON document; with what the reader stumbled over.
    Json(String),
    /// No more than so many bytes.
    Bytes(usize),
    /// This version of the format.
    Version(u32),
    /// A whole number in this range, both ends included.
    Number {
        /// Smallest.
        min: i64,
        /// Greatest.
        max: i64,
    },
    /// `true` or `false`.
    Bool,
    /// A text.
    Text,
    /// An object: fields in braces.
    Object,
    /// A list, with at most so many items if a number is given.
    List(Option<usize>),
    /// A text of at most so many characters.
    Characters(usize),
    /// One of these names, alone or as the only field of an object that holds its options.
    OneOf(Vec<String>),
    /// The name alone, as a text.
    Alone(String),
    /// The name as the only field of an object that holds its options.
    WithOptions(String),
    /// The field is unknown; these exist there.
    Fields(Vec<String>),
    /// The field has to be there.
    Present,
    /// The field stands there twice and should stand there once.
    Once,
    /// Fields that do not go together.
    Rule(Rule),
    /// What the reader said, for what has no better words.
    Other(String),
}

/// A rule that ties fields together. Each names what is required and how to get there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rule {
    /// The first of two bounds is not above the second.
    Ordered,
    /// Exactly one of `at_us` and `between_us`.
    OneTime,
    /// Not more standbys than there are.
    EnoughStandbys {
        /// How many there are.
        standbys: u8,
    },
    /// A lease has to be granted by a majority.
    LeaseNeedsMajority,
    /// A standby holds nothing of what is on a shared storage.
    SharedIsReadByTheMaster,
    /// Backups of a shared storage are not simulated.
    SharedHasNoBackup,
    /// A check ends before the next one begins.
    CheckEndsFirst {
        /// The pause between two checks.
        check_us: u64,
    },
    /// Standbys have to serve reads for clients to read there.
    ReadsNeedServingStandbys,
    /// The system has such a machine.
    Exists {
        /// How many of the kind there are.
        count: usize,
    },
    /// A place is meant, not a role that changes hands.
    Place,
    /// Only a data node can do this.
    DataNode,
    /// There must be a standby.
    NeedsStandby,
    /// There must be backups.
    NeedsBackup,
    /// What recurs has to be undone in between.
    NeedsUndo,
    /// Two different machines.
    Different,
    /// Two to four groups, none of them empty.
    Groups,
    /// Each machine once.
    Once,
    /// At least one data node is up at the start.
    SomebodyUp,
    /// A pool brings its own way for the clients.
    PoolHasItsBalancer,
    /// In a pool nobody has a role.
    NoRolesInAPool,
    /// A pool stores nothing.
    PoolStoresNothing,
    /// Only a pool has what is asked for.
    NeedsPool,
    /// Any worker answers any request as it is.
    AnyWorkerAnswers,
    /// Weights are for one strategy.
    WeightsNeedWeighted,
    /// Not more weights than workers.
    OneWeightEach {
        /// How many workers there are.
        count: usize,
    },
    /// With a leader from the start, all logs are alike.
    LogsNeedColdStart,
    /// Not more logs than members.
    OneLogEach {
        /// How many members there are.
        count: usize,
    },
    /// A server of the ensemble is meant.
    AServer,
    /// The members of a ZooKeeper-like ensemble are fixed.
    FixedMembers,
    /// Not so many members.
    MostMembers {
        /// Most, spares included.
        most: u8,
    },
    /// Only a manager ensemble has what is asked for.
    NeedsManager,
    /// The recipe for an election needs ZooKeeper's nodes.
    ElectionNeedsNodes,
    /// The workers of a cluster bring their own way for the clients.
    ClusterHasItsBalancer,
    /// The members' logs are of no interest where workers hold the data.
    LogsNeedTheLog,
    /// Not so many workers.
    MostWorkers {
        /// Most, spares included.
        most: u8,
    },
    /// Not more copies than workers.
    EnoughWorkers {
        /// How many workers there are.
        count: u8,
    },
    /// Where a manager decides, each node has its own data.
    NotShared,
    /// A worker speaks up before its claim runs out.
    KeptAliveInTime {
        /// How long the claim lasts.
        ttl_us: u64,
    },
    /// Backups under a manager are not simulated.
    ManagerHasNoBackup,
    /// The manager's lease takes the place of other fencing, and of a preferred master.
    ManagerFences,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Ordered => write!(f, "the first bound not above the second"),
            Self::OneTime => write!(f, "either `at_us` or `between_us`"),
            Self::NeedsUndo => write!(
                f,
                "a fault that can be taken back, such as slow, cut or gray; what happens once, and orders, stand in \
                 faults.scheduled"
            ),
            Self::EnoughStandbys { standbys } => {
                write!(f, "at most {standbys}, for there are no more standbys; or raise system.master_standby.standbys")
            }
            Self::LeaseNeedsMajority => write!(
                f,
                "null, or \"majority\" as system.master_standby.decision: a lease has to be granted by somebody, and \
                 only a majority of the voters can"
            ),
            Self::SharedIsReadByTheMaster => write!(
                f,
                "false, or another system.master_standby.replication.mode: with a shared storage only the master reads, and a \
                 standby has no data to answer from"
            ),
            Self::SharedHasNoBackup => write!(
                f,
                "null, or another system.master_standby.replication.mode: backups of a shared storage are not simulated"
            ),
            Self::CheckEndsFirst { check_us } => {
                write!(
                    f,
                    "at most {check_us}, the time from one check to the next: a check ends before the next begins"
                )
            }
            Self::ReadsNeedServingStandbys => {
                write!(f, "false, or true as system.master_standby.standby.serves_reads: else standbys refuse reads")
            }
            Self::Exists { count: 0 } => write!(f, "another machine: this system has none of that kind"),
            Self::Exists { count } => write!(f, "a number from 0 to {}: this system has no more", count - 1),
            Self::Place => write!(f, "a place such as {{\"node\": 0}}, not a role, which changes hands"),
            Self::DataNode => write!(f, "a data node, such as \"master\" or {{\"node\": 0}}"),
            Self::NeedsStandby => write!(f, "a system with a standby: choose master_standby or cluster in system"),
            Self::NeedsBackup => write!(f, "a system that takes backups: set backup in system"),
            Self::Different => write!(f, "two different machines"),
            Self::Groups => write!(f, "two to four groups, none of them empty"),
            Self::Once => write!(f, "each machine only once"),
            Self::SomebodyUp => write!(f, "at least one data node that is up at the start"),
            Self::PoolHasItsBalancer => write!(f, "no router: clients of a pool go to system.pool.balancer"),
            Self::NoRolesInAPool => {
                write!(f, "a place such as {{\"node\": 0}}: in a pool nobody is master or standby")
            }
            Self::PoolStoresNothing => {
                write!(f, "another action, or a system that stores something: a pool has no data and no master")
            }
            Self::NeedsPool => write!(f, "a system with a balancer: choose pool in system"),
            Self::ElectionNeedsNodes => write!(f, "none, or \"zookeeper\" as system.cluster.manager: it needs znodes"),
            Self::AnyWorkerAnswers => write!(f, "false: any worker of a pool answers any request as it is"),
            Self::WeightsNeedWeighted => {
                write!(f, "none, or \"weighted\" as system.pool.balancer.strategy: other strategies know no weights")
            }
            Self::OneWeightEach { count } => write!(f, "at most {count} numbers, one for each worker"),
            Self::LogsNeedColdStart => {
                write!(f, "none, or true as system.cluster.cold_start: with a leader from the start all logs are alike")
            }
            Self::OneLogEach { count } => write!(f, "at most {count} numbers, one for each member"),
            Self::AServer => write!(
                f,
                "a server of the ensemble: {{\"member\": 0}}, or {{\"node\": 0}} where everything goes through the manager's log"
            ),
            Self::FixedMembers => {
                write!(f, "0 or nothing: the members of a ZooKeeper-like ensemble do not change here; choose etcd")
            }
            Self::MostMembers { most } => write!(f, "at most {most} members, spares included"),
            Self::NeedsManager => write!(
                f,
                "a system with a manager: cluster in system, or {{\"manager\": {{}}}} as system.master_standby.decision"
            ),
            Self::ClusterHasItsBalancer => {
                write!(f, "no router: clients of workers go to the cluster's balancer, which watches the manager")
            }
            Self::LogsNeedTheLog => {
                write!(f, "none, or \"through_the_log\" as system.cluster.data: workers have logs of their own")
            }
            Self::MostWorkers { most } => write!(f, "at most {most} workers, spares included"),
            Self::EnoughWorkers { count } => {
                write!(f, "at most {count}, for there are no more workers; or raise system.cluster.data.workers.count")
            }
            Self::NotShared => write!(f, "another mode: under a manager each node has data of its own"),
            Self::KeptAliveInTime { ttl_us } => {
                write!(f, "less than {ttl_us}, the time after which the manager gives up on a silent node")
            }
            Self::ManagerHasNoBackup => write!(f, "null: backups under a manager are not simulated"),
            Self::ManagerFences => {
                write!(f, "null: the manager's lease keeps the old master from writing, and knows no preferred master")
            }
        }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |f: &mut fmt::Formatter<'_>, names: &[String]| {
            for (index, name) in names.iter().enumerate() {
                write!(f, "{}{name}", if index == 0 { "" } else { ", " })?;
            }
            Ok(())
        };
        match self {
            Self::Json(why) => write!(f, "JSON ({why})"),
            Self::Bytes(most) => write!(f, "at most {most} bytes"),
            Self::Version(version) => write!(f, "{version}, the version that this engine reads"),
            Self::Number { min, max } => write!(f, "a whole number from {min} to {max}"),
            Self::Bool => write!(f, "true or false"),
            Self::Text => write!(f, "a text in double quotes"),
            Self::Object => write!(f, "an object {{…}}"),
            Self::List(None) => write!(f, "a list […]"),
            Self::List(Some(most)) => write!(f, "at most {most} items"),
            Self::Characters(most) => write!(f, "at most {most} characters"),
            Self::OneOf(options) => {
                write!(f, "one of ")?;
                names(f, options)
            }
            Self::Alone(name) => write!(f, "only the name, \"{name}\""),
            Self::WithOptions(name) => write!(f, "its options too, {{\"{name}\": {{…}}}}"),
            Self::Fields(fields) if fields.is_empty() => write!(f, "no field at all here"),
            Self::Fields(fields) => {
                write!(f, "no such field; known here: ")?;
                names(f, fields)
            }
            Self::Present => write!(f, "this field to be there"),
            Self::Once => write!(f, "this field once"),
            Self::Rule(rule) => rule.fmt(f),
            Self::Other(what) => f.write_str(what),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        if self.found.is_empty() {
            write!(f, "missing; expected {}", self.expected)
        } else {
            write!(f, "found {}; expected {}", self.found, self.expected)
        }
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            write!(f, "{}{problem}", if index == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

/// A value as JSON, cut if it is long.
pub(super) fn quote(value: &Value) -> String {
    shorten(&value.to_string())
}

/// A text, cut if it is long, without what a terminal would obey.
pub(super) fn shorten(text: &str) -> String {
    let visible = |letter: char| if letter.is_control() { '\u{fffd}' } else { letter };
    let mut letters = text.chars();
    let mut short: String = letters.by_ref().take(QUOTED).map(visible).collect();
    if letters.next().is_some() {
        short.push('…');
    }
    short
}
