//! The transaction log of one member: a snapshot of the delivered state, and the newest transactions.
//!
//! ```text
//!   floor          snapshot        committed       last
//!     |───────────────|────────────────|────────────|
//!      kept for DIFF    replayed after   may still be
//!      only             a restart        truncated
//! ```
//!
//! Only what is delivered goes into a snapshot. Some transactions in front of it are kept, so that a member that is a
//! little behind can be sent the difference; who stands before the floor is sent the snapshot. Transactions are kept
//! in chunks that clones share, so that a checkpoint of the world costs little.

use std::collections::VecDeque;
use std::rc::Rc;

use super::Service;
use super::zxid::Zxid;

/// Transactions in one chunk.
const CHUNK: usize = 32;

/// A transaction and its place in the history.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Record<A: Service> {
    /// Its id.
    pub zxid: Zxid,
    /// What it does.
    pub txn: A::Txn,
}

/// The state after every transaction up to a place.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Snapshot<A: Service> {
    /// The last transaction that is in it.
    pub zxid: Zxid,
    /// The state.
    pub state: Rc<A::State>,
}

impl<A: Service> Default for Snapshot<A> {
    fn default() -> Self {
        Self { zxid: Zxid::ZERO, state: Rc::default() }
    }
}

/// The log.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TxnLog<A: Service> {
    snapshot: Snapshot<A>,
    /// The transaction before the first that is kept.
    floor: Zxid,
    /// Every chunk but the last is full.
    chunks: VecDeque<Rc<Vec<Record<A>>>>,
    len: u32,
}

impl<A: Service> Default for TxnLog<A> {
    fn default() -> Self {
        Self::from_snapshot(Snapshot::default())
    }
}

impl<A: Service> TxnLog<A> {
    /// A log that begins behind a snapshot.
    pub fn from_snapshot(snapshot: Snapshot<A>) -> Self {
        Self { floor: snapshot.zxid, snapshot, chunks: VecDeque::new(), len: 0 }
    }

    /// The newest snapshot.
    pub fn snapshot(&self) -> &Snapshot<A> {
        &self.snapshot
    }

    /// The transaction before the first that is kept.
    pub fn floor(&self) -> Zxid {
        self.floor
    }

    /// The last transaction.
    pub fn last(&self) -> Zxid {
        self.chunks.back().and_then(|chunk| chunk.last()).map_or(self.floor, |record| record.zxid)
    }

    /// How many transactions are kept.
    pub fn len(&self) -> u32 {
        self.len
    }

    /// Whether only the snapshot is there.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The kept transactions behind `zxid`, oldest first.
    pub fn after(&self, zxid: Zxid) -> impl Iterator<Item = &Record<A>> {
        let first = self.chunks.partition_point(|chunk| chunk.last().is_some_and(|record| record.zxid <= zxid));
        self.chunks.range(first..).flat_map(|chunk| chunk.iter()).skip_while(move |record| record.zxid <= zxid)
    }

    /// Whether the history up to `zxid` is known to be what leads to the kept transactions.
    pub fn contains(&self, zxid: Zxid) -> bool {
        if zxid == self.floor {
            return true;
        }
        let at = self.chunks.partition_point(|chunk| chunk.last().is_some_and(|record| record.zxid < zxid));
        let found = self.chunks.get(at).map(|chunk| chunk.binary_search_by_key(&zxid, |record| record.zxid));
        matches!(found, Some(Ok(_)))
    }

    /// The kept transaction at a place, 0 for the oldest.
    pub fn get(&self, place: u32) -> Option<&Record<A>> {
        self.chunks.get(place as usize / CHUNK)?.get(place as usize % CHUNK)
    }

    /// How many of the kept transactions are up to `zxid`.
    pub fn place_behind(&self, zxid: Zxid) -> u32 {
        let begun = self.chunks.partition_point(|chunk| chunk.first().is_some_and(|record| record.zxid <= zxid));
        let Some(last) = begun.checked_sub(1) else { return 0 };
        (last * CHUNK + self.chunks[last].partition_point(|record| record.zxid <= zxid)) as u32
    }

    /// Takes over the memory of chunks of `other` that are equal to its own. Nothing that can be read changes.
    pub fn share(&mut self, other: &Self) {
        for chunk in &mut self.chunks {
            let first = chunk.first().map(|record| record.zxid);
            let twin = first.and_then(|first| {
                let at = other.chunks.partition_point(|chunk| chunk.last().is_some_and(|record| record.zxid < first));
                other.chunks.get(at)
            });
            if let Some(twin) = twin.filter(|twin| !Rc::ptr_eq(chunk, twin) && chunk == *twin) {
                *chunk = Rc::clone(twin);
            }
        }
    }

    /// Appends a transaction.
    pub fn push(&mut self, record: Record<A>) {
        debug_assert!(record.zxid > self.last(), "{:?} behind {:?}", record.zxid, self.last());
        match self.chunks.back_mut() {
            Some(chunk) if chunk.len() < CHUNK => Rc::make_mut(chunk).push(record),
            _ => {
                let mut chunk = Vec::with_capacity(CHUNK);
                chunk.push(record);
                self.chunks.push_back(Rc::new(chunk));
            }
        }
        self.len += 1;
    }

    /// Throws away everything behind `to`; gives how many transactions that were.
    pub fn truncate(&mut self, to: Zxid) -> u32 {
        let before = self.len;
        while let Some(chunk) = self.chunks.back_mut() {
            let keep = chunk.partition_point(|record| record.zxid <= to);
            self.len -= (chunk.len() - keep) as u32;
            if keep == chunk.len() {
                break;
            }
            if keep > 0 {
                Rc::make_mut(chunk).truncate(keep);
                break;
            }
            self.chunks.pop_back();
        }
        before - self.len
    }

    /// Takes a newer snapshot, and forgets the oldest transactions in whole chunks, so that at least `keep` stay and
    /// none that is not in the snapshot goes.
    pub fn checkpoint(&mut self, snapshot: Snapshot<A>, keep: u32) {
        if snapshot.zxid <= self.snapshot.zxid || !self.contains(snapshot.zxid) {
            return;
        }
        self.snapshot = snapshot;
        while self.len >= keep.saturating_add(CHUNK as u32) {
            let last = self.chunks.front().and_then(|chunk| chunk.last()).map(|record| record.zxid);
            let Some(last) = last.filter(|last| *last <= self.snapshot.zxid) else { return };
            self.chunks.pop_front();
            self.len -= CHUNK as u32;
            self.floor = last;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::Lab;
    use super::{CHUNK, Record, Snapshot, TxnLog, Zxid};
    use std::rc::Rc;

    /// A log with so many transactions of each epoch.
    fn log(counters: &[u32]) -> TxnLog<Lab> {
        let mut log = TxnLog::default();
        for (epoch, counters) in (1..).zip(counters) {
            for counter in 1..=*counters {
                log.push(Record { zxid: Zxid::new(epoch, counter), txn: counter });
            }
        }
        log
    }

    fn snapshot(epoch: u32, counter: u32) -> Snapshot<Lab> {
        Snapshot { zxid: Zxid::new(epoch, counter), state: Rc::default() }
    }

    #[test]
    fn a_place_is_found_wherever_it_is() {
        let log = log(&[100, 0, 50]);
        assert_eq!((log.len(), log.last()), (150, Zxid::new(3, 50)));
        for behind in [Zxid::ZERO, Zxid::new(1, 31), Zxid::new(1, 32), Zxid::new(1, 33), Zxid::new(1, 100)] {
            let rest: Vec<_> = log.after(behind).map(|record| record.zxid).collect();
            assert!(log.contains(behind) && rest[0].follows(behind), "{behind:?}");
            assert_eq!(rest.len() as u32, 150 - behind.counter());
        }
        assert_eq!(log.after(log.last()).count(), 0);
        // 1.101 was proposed, but is not in this history.
        for missing in [Zxid::new(1, 101), Zxid::new(2, 0), Zxid::new(2, 1), Zxid::new(3, 51)] {
            assert!(!log.contains(missing), "{missing:?}");
        }
    }

    #[test]
    fn places_count_what_is_kept_and_equal_chunks_are_shared() {
        let (mut one, other) = (log(&[40, 0, 60]), log(&[40, 0, 60]));
        let all: Vec<_> = one.after(Zxid::ZERO).map(|record| record.zxid).collect();
        assert!(all.iter().zip(0..).all(|(zxid, place)| one.get(place).is_some_and(|record| record.zxid == *zxid)));
        assert!(all.iter().zip(1..).all(|(zxid, behind)| one.place_behind(*zxid) == behind));
        assert_eq!((one.get(100), one.place_behind(Zxid::ZERO)), (None, 0));
        one.share(&other);
        assert_eq!(one, other);
        assert!(one.chunks.iter().zip(&other.chunks).all(|(mine, theirs)| Rc::ptr_eq(mine, theirs)));
    }

    #[test]
    fn a_log_is_the_same_whichever_way_it_got_there() {
        for keep in [0, 1, 31, 32, 33, 64, 99] {
            let mut long = log(&[100]);
            assert_eq!(long.truncate(Zxid::new(1, keep)), 100 - keep);
            assert_eq!(long, log(&[keep]));
        }
    }

    #[test]
    fn what_is_not_in_the_snapshot_is_never_forgotten() {
        let mut log = log(&[200]);
        log.checkpoint(snapshot(1, 100), 10);
        assert_eq!((log.floor(), log.len()), (Zxid::new(1, 96), 104), "whole chunks of {CHUNK}");
        assert!(log.contains(log.floor()) && !log.contains(Zxid::new(1, 95)));
        log.checkpoint(snapshot(1, 200), 50);
        assert_eq!((log.floor(), log.last()), (Zxid::new(1, 128), Zxid::new(1, 200)), "at least 50 stay");
    }

    #[test]
    fn a_snapshot_of_another_history_is_not_taken() {
        let mut log = log(&[20]);
        for other in [snapshot(1, 21), snapshot(2, 1)] {
            log.checkpoint(other, 0);
            assert_eq!(log.snapshot().zxid, Zxid::ZERO);
        }
        log.checkpoint(snapshot(1, 20), 0);
        log.checkpoint(snapshot(1, 10), 0);
        assert_eq!(log.snapshot().zxid, Zxid::new(1, 20), "nor an older one");
    }
}
