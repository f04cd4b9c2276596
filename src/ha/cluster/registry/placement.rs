//! Who gets what: a pure consequence of who lives, who is to be emptied, who holds what and who is in sync.
//!
//! In the order in which it is settled:
//!
//! 1. **A shard without owner** gets the live holder from its in-sync set that owns the fewest shards, then the one whose
//!    turn it is ([`Registry::rank`]); one that is to be emptied only if there is no other. If nobody of the set lives, the
//!    shard waits until one of them is back, or an operator accepts the loss: anybody else would lack acknowledged writes.
//!    Where replication is not synchronous nobody keeps the sets up: they name those that have had the data once, and who
//!    takes over may lack the newest writes. There the one comes first that has most, as far as the manager's leader has
//!    heard with the keep-alives. A newcomer that may have nothing at all does not take over there either, unless an owner
//!    hands over to it.
//! 2. **Holders are added** where fewer than the wanted copies would stay without those that are to be emptied. A worker that
//!    died stays a holder: an outage must not copy all data through the net. Who is dead for good is to be drained, too.
//! 3. **Successors**: an owner that is to be emptied hands over to another that is in sync. So does one that owns more
//!    than its share (two more than somebody else): a move never loses anything, for the owner itself says when the
//!    other has everything.
//! 4. **Newcomers** get a copy, one at a time: where owners are uneven and nobody in sync could take over, and where one
//!    has joined and holds nothing.
//! 5. **Copies too many** go: those of workers that are to be emptied, then those of who holds most, but only when
//!    enough others are in sync.

use super::{Ahead, Registry, Shard, bit};

/// Rounds after which everything has long been settled: each adds or removes one copy, or is the last.
const ROUNDS: usize = 64;

impl Registry {
    /// Places what is to be placed. Settling what is settled changes nothing.
    pub(super) fn settle(&mut self, ahead: Ahead) {
        for _ in 0..ROUNDS {
            self.assign(ahead);
            let added = self.add_missing();
            self.choose_successors();
            if !(added || self.spread() || self.trim()) {
                return;
            }
        }
        debug_assert!(false, "it never comes to rest");
    }

    /// Whether a worker is registered.
    pub(super) fn lives(&self, worker: u8) -> bool {
        self.worker(worker).is_some()
    }

    /// Whether a worker is registered, and is to have shards.
    pub(super) fn is_in(&self, worker: u8) -> bool {
        self.worker(worker).is_some_and(|known| !known.draining)
    }

    /// Whether a worker may become the owner without anybody's word, as far as the data are concerned.
    fn may_own(&self, shard: &Shard, worker: u8) -> bool {
        shard.is_held_by(worker) && self.lives(worker) && shard.in_sync.has(worker.into())
    }

    /// Whether an owner may hand over to a worker. Without in-sync sets it alone knows who has everything.
    pub(super) fn may_follow(&self, shard: &Shard, worker: u8) -> bool {
        shard.is_held_by(worker) && self.lives(worker) && (!self.sync || shard.in_sync.has(worker.into()))
    }

    pub(super) fn indexes(&self) -> impl Iterator<Item = u8> + use<> {
        0..self.workers.len() as u8
    }

    /// How many shards a worker will own when everything is handed over.
    fn planned(&self, worker: u8) -> usize {
        self.shards.iter().filter(|shard| shard.successor.or(shard.owner) == Some(worker)).count()
    }

    /// Whose turn it is among those who have the same data: first who is to stay, then who owns least, then in the order of
    /// their sequence nodes (of their indexes where the manager has none).
    pub(super) fn rank(&self, worker: u8) -> (bool, usize, Option<u32>, u8) {
        let sequence = self.worker(worker).and_then(|known| known.sequence);
        (!self.is_in(worker), self.owned_by(worker), sequence, worker)
    }

    fn assign(&mut self, ahead: Ahead) {
        for (index, ahead) in (0..self.shards.len()).zip(ahead) {
            let shard = self.shards[index];
            if shard.owner.is_some() {
                continue;
            }
            let best = self
                .indexes()
                .filter(|worker| self.may_own(&shard, *worker))
                .min_by_key(|worker| (!self.sync && ahead & bit(*worker) == 0, self.rank(*worker)));
            if let Some(worker) = best {
                let revision = self.revision;
                let shard = &mut self.shards[index];
                (shard.owner, shard.token, shard.successor) = (Some(worker), revision, None);
            }
        }
    }

    /// Holders that are to stay, dead or alive.
    fn staying(&self, shard: &Shard) -> u8 {
        (shard.holders & !self.leaving).count_ones() as u8
    }

    fn add_missing(&mut self) -> bool {
        let mut added = false;
        for index in 0..self.shards.len() {
            let shard = self.shards[index];
            if self.staying(&shard) >= self.copies {
                continue;
            }
            let newcomer = self
                .indexes()
                .filter(|worker| self.is_in(*worker) && !shard.is_held_by(*worker))
                .min_by_key(|worker| (self.held_by(*worker), *worker));
            if let Some(worker) = newcomer {
                self.shards[index].holders |= bit(worker);
                added = true;
            }
        }
        added
    }

    /// Chosen anew each time: a move that has become needless is dropped.
    fn choose_successors(&mut self) {
        for shard in &mut self.shards {
            shard.successor = None;
        }
        for index in 0..self.shards.len() {
            let shard = self.shards[index];
            let Some(owner) = shard.owner else { continue };
            if self.is_in(owner) {
                continue;
            }
            let best = self.indexes().filter(|worker| self.is_in(*worker) && self.may_follow(&shard, *worker));
            self.shards[index].successor = best.min_by_key(|worker| {
                let behind = !shard.in_sync.has((*worker).into());
                (behind, self.planned(*worker), *worker)
            });
        }
        while let Some((index, to)) = self.evening() {
            self.shards[index].successor = Some(to);
        }
    }

    /// The move that evens the owners out most, if one does.
    fn evening(&self) -> Option<(usize, u8)> {
        let mut best: Option<(usize, usize, u8)> = None;
        for (index, shard) in self.shards.iter().enumerate() {
            let Some(from) = shard.owner.filter(|owner| self.is_in(*owner) && shard.successor.is_none()) else {
                continue;
            };
            for to in self.indexes().filter(|to| self.is_in(*to) && self.may_follow(shard, *to)) {
                let gain = self.planned(from).saturating_sub(self.planned(to));
                if gain > best.map_or(1, |(gain, ..)| gain) {
                    best = Some((gain, index, to));
                }
            }
        }
        best.map(|(_, index, to)| (index, to))
    }

    /// Gives a newcomer a copy. One at a time: copying is dear.
    fn spread(&mut self) -> bool {
        let waits = |shard: &Shard| shard.owner.is_none() && !shard.is_lost();
        let moving = self.shards.iter().any(|shard| self.staying(shard) > self.copies || waits(shard));
        if moving {
            return false;
        }
        let place = self.for_owners().or_else(|| self.for_newcomer());
        let Some((index, to)) = place else { return false };
        self.shards[index].holders |= bit(to);
        true
    }

    /// Who owns too few, and could take over nothing of who owns too many.
    fn for_owners(&self) -> Option<(usize, u8)> {
        let owners = || self.indexes().filter(|worker| self.is_in(*worker));
        let to = owners().min_by_key(|worker| (self.planned(*worker), *worker))?;
        let from = owners().max_by_key(|worker| (self.planned(*worker), std::cmp::Reverse(*worker)))?;
        let mut shards = self.shards.iter().enumerate().filter(|(_, shard)| shard.owner == Some(from));
        // One that it holds already will do, as soon as it is in sync.
        let waits = shards.clone().any(|(_, shard)| shard.is_held_by(to) && shard.successor.is_none());
        if waits || self.planned(from) <= self.planned(to) + 1 {
            return None;
        }
        shards.find(|(_, shard)| !shard.is_held_by(to) && shard.successor.is_none()).map(|(index, _)| (index, to))
    }

    /// Who has joined since the start, and holds nothing, takes over a copy of somebody who holds several. Without
    /// in-sync sets nobody could tell when the new copy is complete, and the old one can go.
    fn for_newcomer(&self) -> Option<(usize, u8)> {
        if !self.sync {
            return None;
        }
        let joined = |worker: &u8| self.worker(*worker).is_some_and(|known| known.lease > 1);
        let to = self.indexes().find(|worker| self.is_in(*worker) && joined(worker) && self.held_by(*worker) == 0)?;
        let is_rich = |worker: u8| self.is_in(worker) && self.held_by(worker) > 1;
        let gives = |shard: &Shard| {
            let mut holders = self.indexes().filter(|worker| shard.is_held_by(*worker));
            holders.any(|worker| shard.owner != Some(worker) && is_rich(worker))
        };
        self.shards.iter().position(gives).map(|index| (index, to))
    }

    /// Takes one copy away that is not needed any more.
    fn trim(&mut self) -> bool {
        for index in 0..self.shards.len() {
            if let Some(worker) = self.superfluous(&self.shards[index]) {
                let shard = &mut self.shards[index];
                shard.holders &= !bit(worker);
                // A smaller set is always true: who is in it has everything.
                shard.in_sync.members &= !bit(worker);
                return true;
            }
        }
        false
    }

    fn superfluous(&self, shard: &Shard) -> Option<u8> {
        shard.owner?;
        let free =
            |worker: &u8| shard.is_held_by(*worker) && shard.owner != Some(*worker) && shard.successor != Some(*worker);
        let whole = self.indexes().filter(|worker| self.is_in(*worker) && self.may_follow(shard, *worker)).count();
        let possible = self.indexes().filter(|worker| self.is_in(*worker)).count();
        let copies = usize::from(self.copies);
        let leaving = self.indexes().find(|worker| free(worker) && self.is_leaving(*worker));
        if leaving.is_some() && whole >= copies.min(possible) && whole > 0 {
            return leaving;
        }
        if self.staying(shard) <= self.copies || shard.successor.is_some() || whole <= copies {
            return None;
        }
        let spare = |worker: &u8| free(worker) && (!self.lives(*worker) || self.may_follow(shard, *worker));
        self.indexes().filter(spare).max_by_key(|worker| {
            let behind = !shard.in_sync.has((*worker).into());
            (!self.lives(*worker), behind, self.held_by(*worker), *worker)
        })
    }
}
