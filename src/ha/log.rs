//! The replicated log of a data node: a snapshot of what came before, and the newest entries.

use std::collections::VecDeque;

use super::limits;
use super::message::{Entry, OpKind, Pos, Snapshot};

/// A log that keeps its newest [`limits::LOG_TAIL`] entries and folds older ones into a snapshot.
///
/// Only what is acknowledged may be folded: what may still be thrown away has to stay an entry.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Log {
    base: Snapshot,
    tail: VecDeque<Entry>,
}

impl Default for Log {
    fn default() -> Self {
        Self::from_snapshot(Snapshot { pos: Pos::default(), versions: [Pos::default(); limits::KEYS], poisoned: false })
    }
}

impl Log {
    /// A log that begins behind a snapshot.
    pub fn from_snapshot(base: Snapshot) -> Self {
        Self { base, tail: VecDeque::new() }
    }

    /// Its end.
    pub fn last(&self) -> Pos {
        self.tail.back().map_or(self.base.pos, |entry| Pos { epoch: entry.epoch, index: self.last_index() })
    }

    /// Index of its last entry.
    pub fn last_index(&self) -> u32 {
        self.base.pos.index + self.tail.len() as u32
    }

    /// Index of the last entry that is folded into the snapshot.
    pub fn base_index(&self) -> u32 {
        self.base.pos.index
    }

    /// The entry at `index`, if it is still one.
    pub fn get(&self, index: u32) -> Option<&Entry> {
        let offset = index.checked_sub(self.base.pos.index + 1)?;
        self.tail.get(offset as usize)
    }

    /// The place at `index`, if the log knows it.
    pub fn pos(&self, index: u32) -> Option<Pos> {
        if index == self.base.pos.index {
            return Some(self.base.pos);
        }
        self.get(index).map(|entry| Pos { epoch: entry.epoch, index })
    }

    /// Entries behind `index`, at most `limits::BATCH` of them; none if the log no longer has them all.
    pub fn batch_after(&self, index: u32) -> Option<Vec<Entry>> {
        let skip = index.checked_sub(self.base.pos.index)? as usize;
        (skip <= self.tail.len()).then(|| self.tail.iter().skip(skip).take(limits::BATCH).copied().collect())
    }

    /// The entries that are kept, oldest first, with their places.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = (Pos, &Entry)> {
        let first = self.base.pos.index + 1;
        self.tail
            .iter()
            .enumerate()
            .map(move |(offset, entry)| (Pos { epoch: entry.epoch, index: first + offset as u32 }, entry))
    }

    /// Appends an entry; gives its place.
    pub fn push(&mut self, entry: Entry) -> Pos {
        self.tail.push_back(entry);
        self.last()
    }

    /// Throws away everything behind `index`; gives how many entries that were.
    pub fn truncate(&mut self, index: u32) -> u32 {
        let keep = index.saturating_sub(self.base.pos.index) as usize;
        let dropped = self.tail.len().saturating_sub(keep);
        self.tail.truncate(keep);
        dropped as u32
    }

    /// Folds old entries up to `index` into the snapshot so that at most `limits::LOG_TAIL` are kept.
    pub fn compact(&mut self, index: u32) {
        while self.tail.len() > limits::LOG_TAIL && self.base.pos.index < index {
            let entry = self.tail.pop_front().expect("it is longer than its limit");
            self.base.pos = Pos { epoch: entry.epoch, index: self.base.pos.index + 1 };
            let pos = self.base.pos;
            fold(&mut self.base, pos, &entry);
        }
    }

    /// The data as of `index`, which must not lie before the folded part.
    pub fn snapshot(&self, index: u32) -> Snapshot {
        assert!(index >= self.base.pos.index, "the past is folded up");
        let mut snapshot = self.base.clone();
        for (pos, entry) in self.entries().take_while(|(pos, _)| pos.index <= index) {
            snapshot.pos = pos;
            fold(&mut snapshot, pos, entry);
        }
        snapshot
    }

    /// The newest version of `key` among entries up to `index`.
    pub fn version(&self, key: u8, index: u32) -> Pos {
        self.entries()
            .rev()
            .filter(|(pos, _)| pos.index <= index)
            .find(|(_, entry)| entry.request.is_some() && entry.op.kind != OpKind::Read && entry.op.key == key)
            .map_or(self.base.versions[usize::from(key)], |(pos, _)| pos)
    }

    /// The first poison write up to `index`, if there is one; its exact place only while it is an entry.
    pub fn poison(&self, index: u32) -> Option<Pos> {
        if self.base.poisoned {
            return Some(self.base.pos);
        }
        self.entries()
            .take_while(|(pos, _)| pos.index <= index)
            .find(|(_, entry)| entry.op.kind == OpKind::Poison)
            .map(|(pos, _)| pos)
    }
}

/// Applies one entry to the data.
fn fold(snapshot: &mut Snapshot, pos: Pos, entry: &Entry) {
    if entry.request.is_some() {
        snapshot.versions[usize::from(entry.op.key)] = pos;
    }
    snapshot.poisoned |= entry.op.kind == OpKind::Poison;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ha::message::{Op, RequestId};

    fn write(epoch: u32, key: u8) -> Entry {
        let op = Op { kind: OpKind::Write, key };
        Entry { epoch, request: Some(RequestId::default()), op }
    }

    #[test]
    fn folding_changes_nothing_that_can_be_read() {
        let mut log = Log::default();
        for i in 0..2_000_u32 {
            log.push(write(1 + i / 700, (i % 7) as u8));
        }
        let before: Vec<_> = (0..7).map(|key| log.version(key, 2_000)).collect();
        let whole = log.snapshot(2_000);
        log.compact(2_000);
        assert_eq!(log.entries().count(), limits::LOG_TAIL);
        assert_eq!(log.snapshot(2_000), whole);
        assert_eq!((0..7).map(|key| log.version(key, 2_000)).collect::<Vec<_>>(), before);
    }

    #[test]
    fn throwing_away_the_tail_brings_the_old_versions_back() {
        let mut log = Log::default();
        log.push(write(1, 3));
        let kept = log.last();
        log.push(write(1, 3));
        assert_eq!(log.truncate(kept.index), 1);
        assert_eq!(log.version(3, u32::MAX), kept);
    }
}
