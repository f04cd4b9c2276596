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
