//! The watches that clients have set at one member: each fires once, and is gone.
//!
//! They are the member's own, in no log: a client that moves on asks again at the next one, and so sets them anew.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{Look, Path, Tree};
use crate::sim::MachineId;

/// What a watch says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The node was made.
    Created,
    /// Its data were set.
    Changed,
    /// It is gone.
    Deleted,
    /// It has other children.
    Children,
}

/// Who is to be told of what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Watches {
    /// By `exists`: the node comes, changes or goes.
    nodes: BTreeSet<(Path, MachineId)>,
    /// By `getChildren`: children come or go.
    children: BTreeSet<(Path, MachineId)>,
}

impl Watches {
    /// A client has asked, and wants to know when the answer changes.
    pub fn set(&mut self, client: MachineId, path: Path, what: Look) {
        match what {
            Look::Exists => self.nodes.insert((path, client)),
            Look::Children => self.children.insert((path, client)),
        };
    }

    /// A client is gone.
    pub fn forget(&mut self, client: MachineId) {
        self.nodes.retain(|(_, whose)| *whose != client);
        self.children.retain(|(_, whose)| *whose != client);
    }

    /// How many clients wait for something of this node.
    pub fn on(&self, path: Path) -> usize {
        self.nodes.iter().chain(&self.children).filter(|(watched, _)| *watched == path).count()
    }

    /// The tree is another one: takes the watches off that fire.
    pub fn fire(&mut self, before: &Tree, after: &Tree) -> Vec<(MachineId, Path, Event)> {
        let mut fired = Vec::new();
        self.nodes.retain(|(path, client)| {
            let event = match (before.get(*path), after.get(*path)) {
                (None, Some(_)) => Event::Created,
                (Some(_), None) => Event::Deleted,
                (Some(was), Some(is)) if was.modified != is.modified || was.version != is.version => Event::Changed,
                _ => return true,
            };
            fired.push((*client, *path, event));
            false
        });
        self.children.retain(|(path, client)| {
            let event = match (before.get(*path), after.get(*path)) {
                (Some(_), None) => Event::Deleted,
                (Some(was), Some(is)) if was.child_version() != is.child_version() => Event::Children,
                _ => return true,
            };
            fired.push((*client, *path, event));
            false
        });
        fired
    }
}
