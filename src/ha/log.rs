//! The replicated log of a data node: a snapshot of what came before, and the newest entries.

use super::chunks::{CHUNK, Chunks};
use super::limits;
use super::message::{Entry, OpKind, Pos, Snapshot};

/// A log that keeps its newest entries and folds older ones into a snapshot.
///
/// Only what is acknowledged may be folded: what may still be thrown away has to stay an entry.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Log {
    base: Snapshot,
    entries: Chunks<Entry>,
}

impl Default for Log {
    fn default() -> Self {
        Self::from_snapshot(Snapshot { pos: Pos::default(), versions: [Pos::default(); limits::KEYS], poisoned: false })
    }
}

impl Log {
    /// A log that begins behind a snapshot.
    pub fn from_snapshot(base: Snapshot) -> Self {
        let entries = Chunks::behind(base.pos.index);
        Self { base, entries }
    }

    /// Its end.
    pub fn last(&self) -> Pos {
        self.pos(self.last_index()).expect("a log knows its end")
    }

    /// Index of its last entry.
    pub fn last_index(&self) -> u32 {
        self.entries.last()
    }

    /// Index of the last entry that is folded into the snapshot.
    pub fn base_index(&self) -> u32 {
        self.base.pos.index
    }

    /// The place up to which it is folded.
    pub fn base(&self) -> Pos {
        self.base.pos
    }

    /// The entry at `index`, if it is still one.
    pub fn get(&self, index: u32) -> Option<&Entry> {
        self.entries.get(index)
    }

    /// The place at `index`, if the log knows it.
    pub fn pos(&self, index: u32) -> Option<Pos> {
        if index == self.base.pos.index {
            return Some(self.base.pos);
        }
        self.get(index).map(|entry| Pos { epoch: entry.epoch, index })
    }

    /// Entries behind `index`, at most [`limits::BATCH`] of them; none if the log no longer has them all.
    pub fn batch_after(&self, index: u32) -> Option<Vec<Entry>> {
        let kept = self.base.pos.index..=self.last_index();
        let upto = self.last_index().min(index.saturating_add(limits::BATCH as u32));
        kept.contains(&index).then(|| (index + 1..=upto).filter_map(|index| self.get(index).copied()).collect())
    }

    /// The entries that are kept, oldest first, with their places.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = (Pos, &Entry)> {
        self.entries.iter().map(|(index, entry)| (Pos { epoch: entry.epoch, index }, entry))
    }

    /// Appends an entry; gives its place.
    pub fn push(&mut self, entry: Entry) -> Pos {
        Pos { epoch: entry.epoch, index: self.entries.push(entry) }
    }

    /// Throws away everything behind `index`; gives how many entries that were.
    pub fn truncate(&mut self, index: u32) -> u32 {
        self.entries.truncate(index)
    }

    /// Folds the oldest entries, none behind `index`, into the snapshot, so that about [`limits::LOG_TAIL`] are
    /// kept. A chunk's worth at a time.
    pub fn compact(&mut self, index: u32) {
        while self.entries.len() as usize >= limits::LOG_TAIL + CHUNK as usize && self.base.pos.index + CHUNK <= index {
            let until = self.base.pos.index + CHUNK;
            for (index, entry) in self.entries.iter().take(CHUNK as usize) {
                let pos = Pos { epoch: entry.epoch, index };
                self.base.pos = pos;
                fold(&mut self.base, pos, entry);
            }
            self.entries.drop_through(until);
        }
    }

    /// Takes over the memory of entries of `other` that are equal to its own. Nothing that can be read changes: nodes that
    /// have replicated the same entries, and their disks, keep them once.
    pub fn share(&mut self, other: &Self) {
        self.entries.share(&other.entries);
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
        let writes = |entry: &Entry| entry.request.is_some() && entry.op.key == key;
        (self.base.pos.index + 1..=index.min(self.last_index()))
            .rev()
            .find(|index| self.get(*index).is_some_and(writes))
            .and_then(|index| self.pos(index))
            .unwrap_or(self.base.versions[usize::from(key)])
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
        let end = 3 * limits::LOG_TAIL as u32 + 5;
        for i in 0..end {
            log.push(write(1 + i / 700, (i % 7) as u8));
        }
        let before: Vec<_> = (0..7).map(|key| log.version(key, end)).collect();
        let whole = log.snapshot(end);
        log.compact(end);
        assert!((limits::LOG_TAIL..limits::LOG_TAIL + CHUNK as usize).contains(&log.entries().count()));
        assert_eq!(log.last_index(), end);
        assert_eq!(log.snapshot(end), whole);
        assert_eq!((0..7).map(|key| log.version(key, end)).collect::<Vec<_>>(), before);
    }

    #[test]
    fn a_log_is_the_same_whichever_way_it_got_its_entries() {
        let (mut once, mut twice) = (Log::default(), Log::default());
        for i in 0..300_u32 {
            once.push(write(1, (i % 5) as u8));
            twice.push(write(1, (i % 5) as u8));
            if i % 90 == 89 {
                let shared = twice.clone();
                for _ in 0..70 {
                    twice.push(write(2, 9));
                }
                assert_eq!(twice.truncate(i + 1), 70);
                assert_eq!(twice, shared, "what is thrown away leaves no trace");
            }
        }
        assert_eq!(once, twice);
        assert_eq!(once.batch_after(250).expect("all there").len(), 50);
        assert!(once.batch_after(301).is_none());
    }

    #[test]
    fn equal_chunks_are_kept_once_and_nothing_else_changes() {
        let (mut ahead, mut behind) = (Log::default(), Log::default());
        let end = limits::LOG_TAIL as u32 + 200;
        for i in 0..end {
            ahead.push(write(1, (i % 5) as u8));
            behind.push(write(if i < end - 100 { 1 } else { 2 }, (i % 5) as u8));
        }
        ahead.compact(end);
        let before = behind.clone();
        behind.share(&ahead);
        assert_eq!(behind, before);
        let shared = behind.entries.shared_with(&ahead.entries);
        let whole_and_equal = (end - 100) / CHUNK - ahead.base_index() / CHUNK;
        assert_eq!(shared, whole_and_equal as usize, "all that both keep and that are equal");
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
