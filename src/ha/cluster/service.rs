//! What the agreed log means: the commands in it, and the state that they make.
//!
//! Every member applies the same commands in the same order, so all come to the same state. A client that got no
//! answer sends its write again, perhaps to another leader, and so one write may stand in the log twice. The state
//! remembers the newest requests of each site: with idempotence keys the second one changes nothing and is answered
//! with the place of the first (Ongaro §6.3).

use std::collections::BTreeMap;
use std::rc::Rc;

use super::registry::{Ahead, Ask, Logs, Order, Outcome, Registry, Revision};
use super::tree::{self, Session, Tree};
use super::{raft, zab};
use crate::ha::config::Config;
use crate::ha::limits::{KEYS, REMEMBERED, SITES};
use crate::ha::message::{Op, OpKind, Pos, RequestId};

/// What a log entry asks for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Cmd {
    /// A client's write.
    Write {
        /// The request that it carries out; none for an entry that stood there before the start.
        request: Option<RequestId>,
        /// What it does.
        op: Op,
    },
    /// A change of the registry. They are few: the others do not need room for one.
    Order(Rc<Decree>),
}

/// A change of the registry, as it stands in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Decree {
    /// Who is told what has become of it; nobody, if the leader has it done by itself.
    pub ask: Option<Ask>,
    /// The change.
    pub order: Order,
    /// What the leader knew of the workers' logs when it wrote this down: so all members place alike.
    pub ahead: Ahead,
}

impl Cmd {
    /// The client's request that it carries out, if it does.
    pub fn request(&self) -> Option<RequestId> {
        match self {
            Self::Write { request, .. } => *request,
            Self::Order(_) => None,
        }
    }
}

impl raft::Command for Cmd {
    type State = Rc<State>;
}

/// Names the types of the lab to Zab.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ensemble;

impl zab::Service for Ensemble {
    type Txn = Cmd;
    type State = State;
    /// The sessions that were heard of, worker and lease, and how far their logs go.
    type Touched = BTreeMap<(u8, Revision), Logs>;
}

/// The state after some place of the log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct State {
    /// Index of the last entry in it.
    pub applied: u32,
    /// Where the newest version of each key was written.
    versions: [Pos; KEYS],
    /// Where the newest requests of each site were applied first. The probe never asks twice.
    seen: [BTreeMap<u32, Pos>; SITES],
    /// Bad data is among it: whoever has it cannot serve.
    pub poisoned: bool,
    /// What the manager of a cluster agrees on. Empty where the ensemble holds the data itself.
    pub registry: Rc<Registry>,
    /// A ZooKeeper-like manager's tree of nodes.
    pub tree: Rc<Tree>,
}

/// What applying an entry has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Applied {
    /// What its client is told: where its write stands.
    pub version: Pos,
    /// Where the same request was applied before, if it was.
    pub before: Option<Pos>,
}

impl State {
    /// Before the first entry.
    pub fn provision(config: &Config) -> Self {
        Self { registry: Rc::new(Registry::provision(config)), tree: Tree::provision(config), ..Self::default() }
    }

    /// Applies the order at `pos`.
    pub fn carry_out(&mut self, pos: Pos, decree: Decree) -> Outcome {
        self.applied = pos.index;
        if let Order::Tree { by, op } = decree.order {
            return self.change_tree(pos, by, op);
        }
        let outcome = Rc::make_mut(&mut self.registry).apply_asked(decree.ask, decree.order, decree.ahead);
        let registry = &self.registry;
        let lives = |(worker, lease): Session| registry.has_lease(worker, lease);
        if self.tree.has_orphans(lives) {
            Rc::make_mut(&mut self.tree).close_sessions(lives);
        }
        outcome
    }

    /// A session wants the tree changed. It is told how far the log was applied then: it goes to no member that has less.
    fn change_tree(&mut self, pos: Pos, by: Session, op: tree::Op) -> Outcome {
        if !self.registry.has_lease(by.0, by.1) {
            return Outcome::Refused;
        }
        match Rc::make_mut(&mut self.tree).apply(pos, by, op) {
            Ok(_) => Outcome::Done(pos.index),
            Err(_) => Outcome::Refused,
        }
    }

    /// Applies the write at `pos`. `once`: unless the same request was applied before.
    pub fn apply(&mut self, pos: Pos, request: Option<RequestId>, op: Op, once: bool) -> Applied {
        self.applied = pos.index;
        let Some(id) = request else { return Applied { version: pos, before: None } };
        let seen = self.seen.get(usize::from(id.site)).filter(|_| !id.canary);
        let before = seen.and_then(|site| site.get(&id.ordinal)).copied();
        if let (Some(first), true) = (before, once) {
            return Applied { version: first, before };
        }
        self.versions[usize::from(op.key)] = pos;
        self.poisoned |= op.kind == OpKind::Poison;
        if before.is_none() && !id.canary {
            self.remember(id, pos);
        }
        Applied { version: pos, before }
    }

    /// An entry without a command.
    pub fn skip(&mut self, pos: Pos) {
        self.applied = pos.index;
    }

    /// Where the newest version of a key was written.
    pub fn version(&self, key: u8) -> Pos {
        self.versions[usize::from(key)]
    }

    fn remember(&mut self, id: RequestId, pos: Pos) {
        let Some(site) = self.seen.get_mut(usize::from(id.site)) else { return };
        site.insert(id.ordinal, pos);
        if site.len() > REMEMBERED {
            site.pop_first();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(state: &mut State, index: u32, (ordinal, key): (u32, u8), once: bool) -> Applied {
        let request = Some(RequestId { site: 0, ordinal, canary: false });
        state.apply(at(index), request, Op { kind: OpKind::Write, key }, once)
    }

    fn at(index: u32) -> Pos {
        Pos { epoch: 1, index }
    }

    #[test]
    fn a_request_that_comes_again_is_applied_once_or_twice() {
        for once in [true, false] {
            let mut state = State::default();
            assert_eq!(write(&mut state, 1, (7, 3), once), Applied { version: at(1), before: None });
            write(&mut state, 2, (8, 3), once);
            let again = write(&mut state, 3, (7, 3), once);
            assert_eq!(again.before, Some(at(1)));
            // Applied once more, it would undo what request 8 has written since.
            assert_eq!((again.version, state.version(3)), if once { (at(1), at(2)) } else { (at(3), at(3)) });
        }
    }

    #[test]
    fn only_the_newest_requests_are_remembered() {
        let mut state = State::default();
        for ordinal in 0..=REMEMBERED as u32 {
            write(&mut state, 1 + ordinal, (ordinal, 0), true);
        }
        assert_eq!(write(&mut state, 900, (1, 0), true).before, Some(at(2)));
        assert_eq!(write(&mut state, 901, (0, 0), true).before, None, "so long nobody asks again");
    }
}
