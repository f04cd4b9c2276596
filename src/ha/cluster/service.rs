//! What the agreed log means: the commands in it, and the state that they make.
//!
//! Every member applies the same commands in the same order, so all come to the same state. A client that got no
//! answer sends its write again, perhaps to another leader, and so one write may stand in the log twice. The state
//! remembers the newest requests of each site: with idempotence keys the second one changes nothing and is answered
//! with the place of the first (Ongaro §6.3).

use std::collections::BTreeMap;
use std::rc::Rc;

use super::{raft, zab};
use crate::ha::limits::{KEYS, REMEMBERED, SITES};
use crate::ha::message::{Op, OpKind, Pos, RequestId};

/// What a log entry asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cmd {
    /// The request that it carries out; none for an entry that stood there before the start.
    pub request: Option<RequestId>,
    /// What it does.
    pub op: Op,
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
    type Touched = ();
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
    /// Applies the entry at `pos`. `once`: unless the same request was applied before.
    pub fn apply(&mut self, pos: Pos, cmd: Cmd, once: bool) -> Applied {
        self.applied = pos.index;
        let Some(id) = cmd.request else { return Applied { version: pos, before: None } };
        let seen = self.seen.get(usize::from(id.site)).filter(|_| !id.canary);
        let before = seen.and_then(|site| site.get(&id.ordinal)).copied();
        if let (Some(first), true) = (before, once) {
            return Applied { version: first, before };
        }
        self.versions[usize::from(cmd.op.key)] = pos;
        self.poisoned |= cmd.op.kind == OpKind::Poison;
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

    fn write(ordinal: u32, key: u8) -> Cmd {
        let request = Some(RequestId { site: 0, ordinal, canary: false });
        Cmd { request, op: Op { kind: OpKind::Write, key } }
    }

    fn at(index: u32) -> Pos {
        Pos { epoch: 1, index }
    }

    #[test]
    fn a_request_that_comes_again_is_applied_once_or_twice() {
        for once in [true, false] {
            let mut state = State::default();
            assert_eq!(state.apply(at(1), write(7, 3), once), Applied { version: at(1), before: None });
            state.apply(at(2), write(8, 3), once);
            let again = state.apply(at(3), write(7, 3), once);
            assert_eq!(again.before, Some(at(1)));
            // Applied once more, it would undo what request 8 has written since.
            assert_eq!((again.version, state.version(3)), if once { (at(1), at(2)) } else { (at(3), at(3)) });
        }
    }

    #[test]
    fn only_the_newest_requests_are_remembered() {
        let mut state = State::default();
        for ordinal in 0..=REMEMBERED as u32 {
            state.apply(at(1 + ordinal), write(ordinal, 0), true);
        }
        assert_eq!(state.apply(at(900), write(1, 0), true).before, Some(at(2)));
        assert_eq!(state.apply(at(901), write(0, 0), true).before, None, "so long nobody asks again");
    }
}
