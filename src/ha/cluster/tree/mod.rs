//! ZooKeeper's tree of nodes, as small as the recipes need it, and the recipe for an election on it.
//!
//! 1. A client creates, sets and deletes nodes (*znodes*). Each such order goes through the log, so every member comes to
//!    the same tree. A node has a parent, data (a number here), and a version that an order may insist on.
//! 2. A *sequence* node gets a number from its parent that nobody had before. An *ephemeral* node goes with the session
//!    that made it, in the same step, and has no children.
//! 3. Questions are answered by the member that is asked, from what it has applied, and may leave a *watch*: it fires once,
//!    at that member, when what was asked about changes ([`Watches`]).
//! 4. The recipe ([`Contender`]): who wants to coordinate makes an ephemeral sequence node; the lowest number does it. All
//!    others wait, each for the node before its own; or, the naive way, all for any change, which wakes the whole herd.
//!
//! What always holds: every node but the root has its parent; every ephemeral node has a session that lives; numbers of
//! one parent never come again.
//!
//! The registry of workers and shards beside it ([`registry`](super::registry)) has its own orders and its own watch: in
//! ZooKeeper it would be nodes too.
//!
//! ```
//! use ha_lab::ha::cluster::tree::{Mode, Op, Path, Tree};
//! use ha_lab::ha::message::Pos;
//!
//! let (mut tree, at) = (Tree::default(), Pos { epoch: 1, index: 1 });
//! let create = |path, mode| Op::Create { path, mode, data: 0 };
//! tree.apply(at, (0, 1), create(Path::ELECTION, Mode::Persistent)).unwrap();
//! let mine = tree.apply(at, (0, 1), create(Path::CANDIDATE, Mode::EphemeralSequential)).unwrap();
//! assert_eq!(mine.number(), Some(0));
//! // Worker 0's session is over, and its node with it.
//! tree.close_sessions(|_| false);
//! assert_eq!((tree.get(mine), tree.get(Path::ELECTION).unwrap().children), (None, 0));
//! ```

mod path;
mod recipe;
#[cfg(test)]
mod tests;
mod watches;

pub use path::{Path, Word};
pub use recipe::{Contender, Recipe};
pub use watches::{Event, Watches};

use std::collections::BTreeMap;
use std::rc::Rc;

use serde::Serialize;

use super::registry::{Registry, Revision};
use crate::ha::config::Config;
use crate::ha::limits::ZNODES;
use crate::ha::message::Pos;

/// A session: a worker, and the claim under which it lives.
pub type Session = (u8, Revision);

/// All nodes, after some place of the log.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Tree {
    nodes: BTreeMap<Path, Znode>,
}

/// A node, as ZooKeeper's `Stat` has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Znode {
    /// What is in it.
    pub data: u32,
    /// Where in the log it was created (`czxid`).
    pub created: Pos,
    /// Where its data were set last (`mzxid`).
    pub modified: Pos,
    /// How often they were set (`dataVersion`).
    pub version: u32,
    /// How many children it has (`numChildren`).
    pub children: u32,
    /// How many it has ever had: the number of its next sequence node.
    pub ever: u32,
    /// The session that it goes with, if it is ephemeral (`ephemeralOwner`).
    pub owner: Option<Session>,
}

/// Whether a node stays, and whether its parent numbers it (ZooKeeper's `CreateMode`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// It stays until somebody deletes it.
    Persistent,
    /// The same, numbered.
    PersistentSequential,
    /// It goes with its session.
    Ephemeral,
    /// The same, numbered.
    EphemeralSequential,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// Make a node.
    Create {
        /// Where; a sequence node gets its number added.
        path: Path,
        /// Of which kind.
        mode: Mode,
        /// What is in it.
        data: u32,
    },
    /// Write into it.
    Set {
        /// Which.
        path: Path,
        /// What.
        data: u32,
        /// Only if it has this version.
        version: Option<u32>,
    },
    /// Take it away.
    Delete {
        /// Which.
        path: Path,
        /// Only if it has this version.
        version: Option<u32>,
    },
}

/// Why something was not done, in ZooKeeper's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Error {
    /// There is no such node, or no parent for it.
    NoNode,
    /// There is one already.
    NodeExists,
    /// It has another version by now.
    BadVersion,
    /// It has children.
    NotEmpty,
    /// The parent is ephemeral.
    NoChildrenForEphemerals,
    /// There are as many nodes as the lab keeps.
    Full,
}

/// What has become of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It is new.
    Created {
        /// Whose session it goes with.
        owner: Option<u8>,
    },
    /// Its data were set.
    Set {
        /// Its version now.
        version: u32,
    },
    /// It is gone.
    Deleted,
}

/// What a client asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Look {
    /// Whether the node is there (`exists`).
    Exists,
    /// Its children (`getChildren`).
    Children,
}

/// What a member knows of a node.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Found {
    /// Index of the newest entry that it has applied: the client goes back to no member that has less.
    pub applied: u32,
    /// The node, if there is one.
    pub node: Option<Znode>,
    /// Its children, if they were asked for, each with its session.
    pub children: Vec<(Path, Option<Session>)>,
}

impl Default for Tree {
    fn default() -> Self {
        Self { nodes: BTreeMap::from([(Path::ROOT, Znode::default())]) }
    }
}

impl Op {
    /// The node that it is about.
    pub fn path(self) -> Path {
        match self {
            Self::Create { path, .. } | Self::Set { path, .. } | Self::Delete { path, .. } => path,
        }
    }
}

impl Change {
    /// As one number, for the trace.
    pub(super) fn code(self) -> u64 {
        match self {
            Self::Created { owner } => 1 | owner.map_or(0, |owner| u64::from(owner) + 1) << 8,
            Self::Set { version } => 2 | u64::from(version) << 8,
            Self::Deleted => 3,
        }
    }
}

impl Mode {
    fn is_ephemeral(self) -> bool {
        matches!(self, Self::Ephemeral | Self::EphemeralSequential)
    }

    fn is_sequential(self) -> bool {
        matches!(self, Self::PersistentSequential | Self::EphemeralSequential)
    }
}

impl Znode {
    /// How often its children have changed, as clients are told it: ZooKeeper counts those that were made, and works out
    /// the rest (`DataNode.copyStat`).
    pub fn child_version(&self) -> u32 {
        2 * self.ever - self.children
    }
}

impl Tree {
    /// As it is from the start: empty, or after a warm start of an election that worker A has won.
    pub fn provision(config: &Config) -> Rc<Self> {
        let mut tree = Self::default();
        if config.cluster().is_some_and(|cluster| cluster.election.is_some()) && !config.cold_start {
            let at = Pos::default();
            let registry = Registry::provision(config);
            let registered: Vec<Session> = registry.workers().map(|(worker, known)| (worker, known.lease)).collect();
            let made = registered.iter().try_for_each(|session| {
                let first = Op::Create { path: Path::ELECTION, mode: Mode::Persistent, data: 0 };
                let mine = Op::Create { path: Path::CANDIDATE, mode: Mode::EphemeralSequential, data: 0 };
                let _exists = tree.apply(at, *session, first);
                tree.apply(at, *session, mine).map(|_| ())
            });
            debug_assert!(made.is_ok(), "there is room for all workers");
        }
        Rc::new(tree)
    }

    /// Carries an order of a session out, at this place of the log. Gives the path, with its number.
    ///
    /// # Errors
    /// If it cannot be done; then nothing has changed.
    pub fn apply(&mut self, at: Pos, by: Session, op: Op) -> Result<Path, Error> {
        match op {
            Op::Create { path, mode, data } => self.create(at, path, (mode, data), by),
            Op::Set { path, data, version } => {
                let node = self.fit(path, version)?;
                (node.data, node.modified, node.version) = (data, at, node.version + 1);
                Ok(path)
            }
            Op::Delete { path, version } => {
                if self.fit(path, version)?.children > 0 {
                    return Err(Error::NotEmpty);
                }
                self.remove(path);
                Ok(path)
            }
        }
    }

    fn create(&mut self, at: Pos, path: Path, (mode, data): (Mode, u32), by: Session) -> Result<Path, Error> {
        let above = path.parent().ok_or(Error::NodeExists)?;
        let full = self.nodes.len() >= ZNODES;
        let parent = self.nodes.get_mut(&above).ok_or(Error::NoNode)?;
        if parent.owner.is_some() {
            return Err(Error::NoChildrenForEphemerals);
        }
        let path = if mode.is_sequential() { path.numbered(parent.ever) } else { path };
        if self.nodes.contains_key(&path) {
            return Err(Error::NodeExists);
        }
        if full {
            return Err(Error::Full);
        }
        let parent = self.nodes.get_mut(&above).ok_or(Error::NoNode)?;
        (parent.children, parent.ever) = (parent.children + 1, parent.ever + 1);
        let owner = mode.is_ephemeral().then_some(by);
        self.nodes.insert(path, Znode { data, created: at, modified: at, owner, ..Znode::default() });
        Ok(path)
    }

    /// The node, if it has the version that is asked for.
    fn fit(&mut self, path: Path, version: Option<u32>) -> Result<&mut Znode, Error> {
        let node = self.nodes.get_mut(&path).ok_or(Error::NoNode)?;
        if version.is_some_and(|version| version != node.version) { Err(Error::BadVersion) } else { Ok(node) }
    }

    fn remove(&mut self, path: Path) {
        // The root stays, whatever is asked.
        let Some(above) = path.parent() else { return };
        if self.nodes.remove(&path).is_some()
            && let Some(parent) = self.nodes.get_mut(&above)
        {
            parent.children -= 1;
        }
    }

    /// Takes the ephemeral nodes away whose sessions are over.
    pub fn close_sessions(&mut self, lives: impl Fn(Session) -> bool) {
        let is_over = |node: &Znode| node.owner.is_some_and(|owner| !lives(owner));
        let over: Vec<Path> = self.nodes.iter().filter(|(_, node)| is_over(node)).map(|(path, _)| *path).collect();
        for path in over {
            self.remove(path);
        }
    }

    /// Whether a session is over that still has a node.
    pub(super) fn has_orphans(&self, lives: impl Fn(Session) -> bool) -> bool {
        self.nodes.values().any(|node| node.owner.is_some_and(|owner| !lives(owner)))
    }

    /// A node.
    pub fn get(&self, path: Path) -> Option<&Znode> {
        self.nodes.get(&path)
    }

    /// All nodes but the root, in the order of their paths.
    pub fn nodes(&self) -> impl Iterator<Item = (Path, &Znode)> {
        self.nodes.iter().filter(|(path, _)| **path != Path::ROOT).map(|(path, node)| (*path, node))
    }

    /// What is to be said of a node.
    pub(super) fn look(&self, path: Path, what: Look, applied: u32) -> Found {
        let children = self.nodes().filter(|(child, _)| what == Look::Children && child.parent() == Some(path));
        let children = children.map(|(child, node)| (child, node.owner)).collect();
        Found { applied, node: self.get(path).copied(), children }
    }

    /// What has changed since another tree.
    pub fn changes_since(&self, before: &Self) -> Vec<(Path, Change)> {
        let gone = before.nodes().filter(|(path, node)| self.get(*path).is_none_or(|now| now.created != node.created));
        let mut changes: Vec<_> = gone.map(|(path, _)| (path, Change::Deleted)).collect();
        changes.extend(self.nodes().filter_map(|(path, node)| {
            let was = before.get(path).filter(|was| was.created == node.created);
            let version = node.version;
            let change = match was {
                None => Change::Created { owner: node.owner.map(|(worker, _)| worker) },
                Some(was) if was.version != version => Change::Set { version },
                Some(_) => return None,
            };
            Some((path, change))
        }));
        changes
    }
}
