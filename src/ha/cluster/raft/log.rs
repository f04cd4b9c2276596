//! The log of a server: a snapshot of what came before, and the entries behind it.
//!
//! It knows at each index which configuration is in force there: a server uses the latest one in its log, committed
//! or not (§4.1), and has to find the one before when that is thrown away.

use std::fmt::Debug;
use std::hash::Hash;
use std::rc::Rc;

use serde::Serialize;

use super::members::Members;
use crate::ha::chunks::Chunks;

/// What is replicated: the commands of a state machine, and the state that they make.
///
/// Raft looks into neither. States are cloned when a snapshot is sent or written: let them be shared.
pub trait Command: Clone + Eq + Hash + Debug {
    /// The state of the machine; the default is where it begins.
    type State: Clone + Eq + Hash + Debug + Default;
}

/// A place in the log: the term in which the entry was made, and its index.
///
/// Compared in this order it says whose log is more up to date (§3.6.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Pos {
    /// The term; 0 before the first entry.
    pub term: u32,
    /// 1 for the first entry.
    pub index: u32,
}

/// What an entry carries.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Payload<C> {
    /// Nothing: a new leader's first entry, so that what it inherited can be committed (§3.6.2, §6.4).
    Noop,
    /// A command of the state machine.
    Command(C),
    /// A new configuration, whole; in force as soon as it is in the log (§4.1).
    Members(Members),
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Entry<C> {
    /// The term of the leader that made it.
    pub term: u32,
    /// What it carries.
    pub payload: Payload<C>,
}

/// All that the log said up to one place (§5.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Snapshot<C: Command> {
    /// The last entry that it holds.
    pub pos: Pos,
    /// The configuration in force there.
    pub members: Members,
    /// The state.
    pub state: C::State,
}

/// A log.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Log<C: Command> {
    snapshot: Rc<Snapshot<C>>,
    entries: Chunks<Entry<C>>,
    /// The entries that carry a configuration: their indexes, and what was in force before the first of them.
    changes: Vec<(u32, Members)>,
}

impl<C: Command> Log<C> {
    /// A log that begins behind a snapshot.
    pub fn from_snapshot(snapshot: Rc<Snapshot<C>>) -> Self {
        let entries = Chunks::behind(snapshot.pos.index);
        Self { snapshot, entries, changes: Vec::new() }
    }

    /// Takes over the memory of pieces of `other` that are equal to its own. Nothing that can be read changes.
    pub fn share(&mut self, other: &Self) {
        self.entries.share(&other.entries);
        if !Rc::ptr_eq(&self.snapshot, &other.snapshot) && self.snapshot == other.snapshot {
            self.snapshot = Rc::clone(&other.snapshot);
        }
    }

    /// What the entries stand on.
    pub fn snapshot(&self) -> &Rc<Snapshot<C>> {
        &self.snapshot
    }

    /// The place of the last entry.
    pub fn last(&self) -> Pos {
        self.pos(self.last_index()).expect("a log knows its end")
    }

    /// Index of the last entry.
    pub fn last_index(&self) -> u32 {
        self.entries.last()
    }

    /// Index up to which the snapshot reaches.
    pub fn base(&self) -> u32 {
        self.entries.base()
    }

    /// The entry at `index`, if it is still one.
    pub fn get(&self, index: u32) -> Option<&Entry<C>> {
        self.entries.get(index)
    }

    /// The place at `index`, if the log knows it.
    pub fn pos(&self, index: u32) -> Option<Pos> {
        if index == self.snapshot.pos.index {
            return Some(self.snapshot.pos);
        }
        self.get(index).map(|entry| Pos { term: entry.term, index })
    }

    /// Whether it has this entry. Then it has all that came before as well: the log matching property (§3.5).
    pub fn has(&self, pos: Pos) -> bool {
        self.pos(pos.index) == Some(pos)
    }

    /// The entries that are kept, oldest first, with their indexes.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = (u32, &Entry<C>)> {
        self.entries.iter()
    }

    /// Entries behind `index`, at most `limit` of them.
    pub fn after(&self, index: u32, limit: u32) -> Rc<[Entry<C>]> {
        let upto = self.last_index().min(index.saturating_add(limit));
        (index + 1..=upto).map(|index| self.get(index).expect("it is behind the snapshot").clone()).collect()
    }

    /// The last index up to `index` whose term is `term` at most: where two logs can still agree, if the other one has
    /// `term` at `index` (§3.5). Before the snapshot nothing is known, and the search ends.
    pub fn last_up_to(&self, index: u32, term: u32) -> u32 {
        let mut index = index.min(self.last_index());
        while self.pos(index).is_some_and(|pos| pos.term > term) {
            index -= 1;
        }
        index
    }

    /// The latest configuration, and where it was made.
    pub fn members(&self) -> (u32, Members) {
        self.changes.last().copied().unwrap_or((self.snapshot.pos.index, self.snapshot.members))
    }

    /// The configuration before the latest one, if the log has one.
    pub fn members_before(&self) -> Option<Members> {
        let before = self.changes.len().checked_sub(1)?;
        Some(before.checked_sub(1).map_or(self.snapshot.members, |before| self.changes[before].1))
    }

    /// Appends an entry; gives its place.
    pub fn push(&mut self, entry: Entry<C>) -> Pos {
        let (term, members) = (entry.term, entry.members());
        let index = self.entries.push(entry);
        self.changes.extend(members.map(|members| (index, members)));
        Pos { term, index }
    }

    /// Throws away everything behind `index`; gives how many entries that were.
    pub fn truncate(&mut self, index: u32) -> u32 {
        self.changes.retain(|(at, _)| *at <= index);
        self.entries.truncate(index)
    }

    /// Replaces what came up to `index` by a snapshot of the state there (§5.1). The log must have the place.
    pub fn compact(&mut self, index: u32, state: C::State) {
        let pos = self.pos(index).expect("a snapshot is of a place in the log");
        let members = self.changes.iter().rev().find(|(at, _)| *at <= index);
        let members = members.map_or(self.snapshot.members, |(_, members)| *members);
        self.snapshot = Rc::new(Snapshot { pos, members, state });
        self.changes.retain(|(at, _)| *at > index);
        self.entries.drop_through(index);
    }
}

impl<C> Entry<C> {
    /// The configuration that it carries, if it does.
    pub fn members(&self) -> Option<Members> {
        match self.payload {
            Payload::Members(members) => Some(members),
            Payload::Noop | Payload::Command(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::members::Change;
    use super::*;
    use crate::sim::MachineId;

    #[derive(Clone, Debug, PartialEq, Eq, Hash)]
    struct Nothing;

    impl Command for Nothing {
        type State = ();
    }

    /// Wherever it is folded up, the rest is what one would have that had begun with the snapshot; and wherever it is
    /// cut, the configuration in force is the last that is left.
    #[test]
    fn a_log_knows_its_members_wherever_it_begins_and_ends() {
        let m = MachineId::from_index;
        let mut in_force = vec![Members::of([m(0), m(1)])];
        let first = Snapshot { pos: Pos::default(), members: in_force[0], state: () };
        let mut log = Log::<Nothing>::from_snapshot(Rc::new(first));
        for index in 1..=12 {
            let before = in_force[index - 1];
            let change = before.after(Change::AddLearner(m(index + 1))).filter(|_| index % 3 == 0 && index < 10);
            log.push(Entry { term: 1, payload: change.map_or(Payload::Noop, Payload::Members) });
            in_force.push(change.unwrap_or(before));
        }
        for base in 0..=12 {
            let mut folded = log.clone();
            folded.compact(base, ());
            let pos = log.pos(base).expect("it is there");
            let snapshot = Snapshot { pos, members: in_force[base as usize], state: () };
            let mut begun = Log::from_snapshot(Rc::new(snapshot));
            log.entries().filter(|(index, _)| *index > base).for_each(|(_, entry)| _ = begun.push(entry.clone()));
            assert_eq!(folded, begun, "folded up to {base}");
            for end in base..=12 {
                let mut cut = folded.clone();
                cut.truncate(end);
                assert_eq!(cut.members().1, in_force[end as usize], "folded up to {base}, cut behind {end}");
            }
        }
    }
}
