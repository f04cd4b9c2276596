//! What survives a crash: the term, the vote in it, and the log (§3.8); and the writes that change it.

use std::rc::Rc;

use super::log::{Command, Entry, Log, Pos, Snapshot};
use super::members::Members;
use crate::sim::MachineId;

/// The durable state of one server.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Durable<C: Command> {
    /// The newest term that it has seen.
    pub term: u32,
    /// For whom it voted in that term.
    pub vote: Option<MachineId>,
    /// The log.
    pub log: Log<C>,
}

/// One change of it. A write is done whole or not at all.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Write<C: Command> {
    /// The term, and the vote in it.
    Term {
        /// The term.
        term: u32,
        /// The vote.
        vote: Option<MachineId>,
    },
    /// The log behind `after` is replaced by these entries.
    Entries {
        /// The last entry that stays.
        after: Pos,
        /// What comes behind it.
        entries: Rc<[Entry<C>]>,
    },
    /// The log up to here is replaced by this snapshot.
    Compact(Rc<Snapshot<C>>),
    /// The whole log is replaced by this snapshot.
    Install(Rc<Snapshot<C>>),
    /// Everything is written anew: a write has failed, and nobody knows what the disk holds.
    All(Box<Durable<C>>),
}

impl<C: Command> Durable<C> {
    /// A new server of an ensemble that begins with these members; with none, one that is to be added later.
    pub fn new(members: Members) -> Self {
        let snapshot = Snapshot { pos: Pos::default(), members, state: C::State::default() };
        Self { term: 0, vote: None, log: Log::from_snapshot(Rc::new(snapshot)) }
    }

    /// Carries out one synced write. One that rests on a write that has failed does nothing: its server knows of the
    /// failure, promises nothing, and writes everything anew.
    pub fn apply(&mut self, write: Write<C>) {
        match write {
            Write::Term { term, vote } => {
                self.term = term;
                self.vote = vote;
            }
            Write::Entries { after, .. } if !self.log.has(after) => {}
            Write::Entries { after, entries } => {
                self.log.truncate(after.index);
                for entry in entries.iter() {
                    self.log.push(entry.clone());
                }
            }
            Write::Compact(snapshot) if !self.log.has(snapshot.pos) => {}
            Write::Compact(snapshot) => self.log.compact(snapshot.pos.index, snapshot.state.clone()),
            Write::Install(snapshot) => self.log = Log::from_snapshot(snapshot),
            Write::All(everything) => *self = *everything,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ha::cluster::raft::Payload;

    #[derive(Clone, Debug, PartialEq, Eq, Hash)]
    struct Nothing;

    impl Command for Nothing {
        type State = ();
    }

    fn entries(term: u32) -> Rc<[Entry<Nothing>]> {
        [Entry { term, payload: Payload::Noop }].into()
    }

    /// A write that would replace a wrong tail has failed; the next one, which goes on from there, must not be put
    /// behind the wrong tail.
    #[test]
    fn a_write_that_rests_on_a_failed_one_does_nothing() {
        let mut disk = Durable::<Nothing>::new(Members::default());
        let start = Pos::default();
        disk.apply(Write::Entries { after: start, entries: entries(1) });
        let before = disk.clone();
        disk.apply(Write::Entries { after: Pos { term: 2, index: 1 }, entries: entries(2) });
        assert_eq!(disk, before);
        disk.apply(Write::Entries { after: start, entries: entries(2) });
        disk.apply(Write::Entries { after: Pos { term: 2, index: 1 }, entries: entries(2) });
        assert_eq!(disk.log.last(), Pos { term: 2, index: 2 });
    }
}
