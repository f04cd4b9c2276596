//! The history of the data: which writes were acknowledged, and which of them a promotion threw away.
//!
//! Every promotion begins a *branch*: the log that it inherited, then what the new master adds. Walking back
//! from the newest branch over the places where each began gives the one log that counts, and an acknowledged
//! write that is not on it is lost.
//!
//! ```text
//! branch 1  ──●──●──●──●──●        ●: acknowledged
//!                   └─ base of branch 2
//! branch 2           ──●──●        the last two writes of branch 1 are lost
//! ```

use std::collections::BTreeMap;
use std::rc::Rc;

use super::limits;
use crate::ha::limits::KEYS;
use crate::ha::message::{Pos, RequestId};
use crate::sim::MachineId;

/// Acknowledged writes at [`limits::PAGE_PLACES`] places of one branch.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Page {
    /// The first place.
    first: u32,
    count: u32,
    /// One bit for each place.
    bits: Vec<u64>,
}

impl Page {
    fn new(first: u32) -> Self {
        Self { first, count: 0, bits: vec![0; limits::PAGE_PLACES as usize / 64] }
    }

    fn set(&mut self, index: u32) {
        let place = (index - self.first) as usize;
        let word = &mut self.bits[place / 64];
        let bit = 1 << (place % 64);
        self.count += u32::from(*word & bit == 0);
        *word |= bit;
    }

    /// Takes out what lies behind `last`; gives how many that were.
    fn cut(&mut self, last: u32) -> u32 {
        let before = self.count;
        let keep = last.saturating_add(1).saturating_sub(self.first);
        for (word, start) in self.bits.iter_mut().zip((0_u32..).step_by(64)) {
            let kept = keep.saturating_sub(start).min(64);
            *word &= if kept == 64 { u64::MAX } else { (1 << kept) - 1 };
        }
        self.count = self.bits.iter().map(|word| word.count_ones()).sum();
        before - self.count
    }
}

/// One promoted log, from where it began.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Branch {
    epoch: u32,
    master: MachineId,
    /// The end of what it inherited.
    base: Pos,
    /// The branch on which `base` lies.
    parent: Option<u32>,
    /// Acknowledged writes, in pages in order of their places.
    pages: Vec<Rc<Page>>,
    /// Acknowledged writes before those, of which only the number is kept.
    old: u64,
}

impl Branch {
    /// Takes out the acknowledged writes behind `last`; gives how many that were.
    ///
    /// Old ones, of which the places are forgotten, go together: when not even the first of them is kept.
    fn cut(&mut self, last: u32) -> u64 {
        let mut lost = 0;
        for page in self.pages.iter_mut().rev() {
            if page.first + (limits::PAGE_PLACES - 1) <= last {
                return lost;
            }
            if page.count > 0 {
                lost += u64::from(Rc::make_mut(page).cut(last));
            }
        }
        if last <= self.base.index {
            lost += std::mem::take(&mut self.old);
        }
        lost
    }
}

/// An acknowledgement that left a master.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Acknowledgement {
    pos: Pos,
    branch: u32,
    /// The master was superseded by then, and its successor does not have the write.
    conflicts: bool,
    /// The shard was not the master's any more, by the manager's word.
    by_stale_holder: bool,
}

/// A request under way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct UnderWay {
    /// The newest acknowledged version of its key when it was issued.
    newest: Pos,
    acknowledged: Vec<Acknowledgement>,
}

/// What became of a write that its client holds to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Kept,
    Lost,
    Conflicting,
}

/// The branches, and what was acknowledged on them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct History {
    /// Number of the first branch that is remembered.
    first: u32,
    branches: Vec<Rc<Branch>>,
    /// The branch that counts.
    current: Option<u32>,
    pages: usize,
    /// Newest acknowledged version of each key.
    newest: [Pos; KEYS],
    under_way: BTreeMap<RequestId, UnderWay>,
}

impl History {
    fn branch(&self, number: u32) -> Option<&Rc<Branch>> {
        self.branches.get(number.checked_sub(self.first)? as usize)
    }

    /// The newest branch of an epoch, of this master if there are several.
    fn find(&self, epoch: u32, master: Option<MachineId>) -> Option<u32> {
        let number = |place: usize| self.first + place as u32;
        let is_of = |branch: &Rc<Branch>| branch.epoch == epoch && master.is_none_or(|m| m == branch.master);
        self.branches
            .iter()
            .rposition(is_of)
            .or_else(|| self.branches.iter().rposition(|branch| branch.epoch == epoch))
            .map(number)
    }

    /// The last place of `branch` that is on the log that counts; none if nothing of it is.
    fn kept(&self, branch: u32) -> Option<u32> {
        let mut last = u32::MAX;
        let mut at = self.current?;
        while at != branch {
            let here = self.branch(at)?;
            // Each branch keeps no more of its past than all later ones inherited.
            last = last.min(here.base.index);
            at = here.parent?;
        }
        Some(last)
    }

    fn is_kept(&self, branch: u32, index: u32) -> bool {
        branch < self.first || self.kept(branch).is_some_and(|last| index <= last)
    }

    /// A node becomes master; `followed` is the master whose log it had. Gives how many acknowledged writes
    /// are lost by it.
    pub(super) fn promoted(&mut self, master: MachineId, epoch: u32, base: Pos, followed: Option<MachineId>) -> u64 {
        let number = self.begun(master, epoch, base, followed);
        let counts = self.current.and_then(|current| self.branch(current)).is_none_or(|now| epoch >= now.epoch);
        if !counts {
            return 0;
        }
        self.current = Some(number);
        let mut last_kept = vec![0; self.branches.len()];
        let mut last = u32::MAX;
        let mut at = Some(number);
        while let Some(place) = at.and_then(|number| number.checked_sub(self.first)) {
            last_kept[place as usize] = last;
            let branch = &self.branches[place as usize];
            last = last.min(branch.base.index);
            at = branch.parent;
        }
        let has_writes = |branch: &Branch| branch.old > 0 || !branch.pages.is_empty();
        let branches = self.branches.iter_mut().zip(last_kept).filter(|(branch, _)| has_writes(branch));
        branches.map(|(branch, last)| if last == u32::MAX { 0 } else { Rc::make_mut(branch).cut(last) }).sum()
    }

    /// A leader begins its branch, before it can acknowledge anything: others may inherit what it writes even if it
    /// never comes to that. Gives the branch's number.
    pub(super) fn begun(&mut self, master: MachineId, epoch: u32, base: Pos, followed: Option<MachineId>) -> u32 {
        let last = (self.first + self.branches.len() as u32).wrapping_sub(1);
        let has_begun = |branch: &Rc<Branch>| (branch.master, branch.epoch, branch.base) == (master, epoch, base);
        if self.current != Some(last) && self.branches.last().is_some_and(has_begun) {
            return last;
        }
        if self.branches.len() == limits::BRANCHES {
            let gone = limits::BRANCHES / 4;
            self.pages -= self.branches.drain(..gone).map(|branch| branch.pages.len()).sum::<usize>();
            self.first += gone as u32;
        }
        let number = self.first + self.branches.len() as u32;
        let parent = self.find(base.epoch, followed);
        self.branches.push(Rc::new(Branch { epoch, master, base, parent, pages: Vec::new(), old: 0 }));
        number
    }

    pub(super) fn issued(&mut self, id: RequestId, key: u8) {
        if self.under_way.len() == limits::REQUESTS {
            self.under_way.pop_first();
        }
        let newest = self.newest[usize::from(key)];
        self.under_way.insert(id, UnderWay { newest, acknowledged: Vec::new() });
    }

    /// A site's machine is not running: its requests will not finish.
    pub(super) fn blind(&mut self, site: u8) {
        self.under_way.retain(|id, _| id.site != site);
    }

    /// The answer to a write leaves its master, who may be a stale holder.
    pub(super) fn acknowledged(&mut self, master: MachineId, id: RequestId, pos: Pos, by_stale_holder: bool) {
        let Some(branch) = self.find(pos.epoch, Some(master)) else { return };
        let Some(current) = self.current.and_then(|current| self.branch(current)) else { return };
        let superseded = current.epoch > pos.epoch || current.epoch == pos.epoch && current.master != master;
        let conflicts = superseded && !self.is_kept(branch, pos.index);
        let Some(under_way) = self.under_way.get_mut(&id) else { return };
        if under_way.acknowledged.len() == limits::ACKNOWLEDGEMENTS {
            under_way.acknowledged.remove(0);
        }
        under_way.acknowledged.push(Acknowledgement { pos, branch, conflicts, by_stale_holder });
    }

    /// A read is done and gave this version; tells whether it is stale.
    pub(super) fn read(&mut self, id: RequestId, version: Pos) -> bool {
        self.under_way.remove(&id).is_some_and(|request| request.newest > version)
    }

    /// A request has failed, or nobody knows.
    pub(super) fn forget(&mut self, id: RequestId) {
        self.under_way.remove(&id);
    }

    /// Whether a stale holder acknowledged this write under way.
    pub(super) fn is_by_stale_holder(&self, id: RequestId, version: Pos) -> bool {
        let acknowledged =
            self.under_way.get(&id).and_then(|one| one.acknowledged.iter().rfind(|ack| ack.pos == version));
        acknowledged.is_some_and(|ack| ack.by_stale_holder)
    }

    /// A write is done, as far as its client knows.
    pub(super) fn written(&mut self, id: RequestId, key: u8, version: Pos) -> Fate {
        let newest = &mut self.newest[usize::from(key)];
        *newest = version.max(*newest);
        let request = self.under_way.remove(&id).unwrap_or_default();
        let acknowledged = request.acknowledged.iter().rfind(|ack| ack.pos == version);
        if acknowledged.is_some_and(|ack| ack.conflicts) {
            return Fate::Conflicting;
        }
        let branch = acknowledged.map(|ack| ack.branch).or_else(|| self.find(version.epoch, None));
        let Some(branch) = branch else { return Fate::Kept };
        if !self.is_kept(branch, version.index) {
            return Fate::Lost;
        }
        self.mark(branch, version.index);
        Fate::Kept
    }

    fn mark(&mut self, branch: u32, index: u32) {
        let first = index / limits::PAGE_PLACES * limits::PAGE_PLACES;
        let Some(place) = branch.checked_sub(self.first) else { return };
        let branch = Rc::make_mut(&mut self.branches[place as usize]);
        match branch.pages.binary_search_by_key(&first, |page| page.first) {
            Ok(page) => Rc::make_mut(&mut branch.pages[page]).set(index),
            Err(page) => {
                branch.pages.insert(page, Rc::new(Page::new(first)));
                Rc::make_mut(&mut branch.pages[page]).set(index);
                self.pages += 1;
                if self.pages > limits::PAGES {
                    self.thin();
                }
            }
        }
    }

    /// The older half of the pages become mere counts.
    fn thin(&mut self) {
        let mut left = self.pages / 2;
        for branch in &mut self.branches {
            let gone = left.min(branch.pages.len());
            if gone > 0 {
                let branch = Rc::make_mut(branch);
                branch.old += branch.pages.drain(..gone).map(|page| u64::from(page.count)).sum::<u64>();
                self.pages -= gone;
                left -= gone;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: MachineId = MachineId::from_index(0);
    const WRITES: u32 = 5 * limits::PAGE_PLACES;

    fn long_history() -> History {
        let mut history = History::default();
        history.promoted(A, 1, Pos::default(), None);
        for index in 1..=WRITES {
            let id = RequestId { site: 0, ordinal: index, canary: false };
            assert_eq!(history.written(id, 0, Pos { epoch: 1, index }), Fate::Kept);
        }
        history.thin();
        history
    }

    #[test]
    fn what_is_only_a_number_any_more_is_lost_all_or_not_at_all() {
        // The promoted log ends among the writes whose places are still known,
        let mut history = long_history();
        assert_eq!(history.promoted(A, 2, Pos { epoch: 1, index: WRITES - 7 }, Some(A)), 7);
        // among those whose places are not,
        let kept = u64::from(WRITES - 7) - history.branches[0].old;
        assert_eq!(history.promoted(A, 3, Pos { epoch: 1, index: 1_000 }, Some(A)), kept);
        // and before all of them.
        let old = history.branches[0].old;
        assert_eq!(history.promoted(A, 4, Pos::default(), Some(A)), old);
        assert_eq!(u64::from(WRITES - 7), kept + old);
    }

    #[test]
    fn a_clone_shares_what_does_not_change() {
        let history = long_history();
        let mut clone = history.clone();
        let id = RequestId { site: 0, ordinal: 0, canary: false };
        clone.written(id, 0, Pos { epoch: 1, index: WRITES + 1 });
        let shared = |page: &&Rc<Page>| clone.branches[0].pages.iter().any(|other| Rc::ptr_eq(other, page));
        let pages = &history.branches[0].pages;
        assert_eq!(pages.iter().filter(shared).count(), pages.len() - 1, "only the page that was written to is copied");
    }
}
