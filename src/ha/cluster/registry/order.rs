//! What an order changes by itself. What follows from it, such as new owners, is `placement`'s.
//!
//! An order that changes nothing does not count as a revision: who repeats what got lost disturbs nobody. An order of
//! an owner carries its token, and that of an earlier owner is refused.

use super::{Ahead, Ask, Order, Registration, Registry, Revision, Shard, UNHEARD, bit};
use crate::ha::message::InSync;

/// What has become of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It is done, at this revision; if it was so already, nothing has changed. Of a Grant: the lease.
    Done(Revision),
    /// It must not be done: the sender is no owner any more, or asks for what cannot be.
    Refused,
}

impl Registry {
    /// Carries an order out, and places what it sets free.
    pub fn apply(&mut self, order: Order) -> Outcome {
        self.apply_knowing(order, UNHEARD)
    }

    /// The same, when it is known who has most of each shard.
    pub fn apply_knowing(&mut self, order: Order, ahead: Ahead) -> Outcome {
        let mut next = self.clone();
        next.revision = self.revision.checked_add(1).expect("nobody waits for four billion changes");
        if next.carry_out(order, ahead).is_none() {
            return Outcome::Refused;
        }
        next.settle(ahead);
        let newest = std::mem::replace(&mut next.revision, self.revision);
        if next != *self {
            next.revision = newest;
            *self = next;
        }
        Outcome::Done(self.revision)
    }

    /// The same for an order that may come twice, or late. A worker that is granted its claim, and asks again because the
    /// answer got lost, keeps it; and an order that was held up somewhere does not replace a younger claim.
    pub fn apply_asked(&mut self, ask: Option<Ask>, order: Order, ahead: Ahead) -> Outcome {
        let (Order::Grant { worker, .. }, Some(ask)) = (order, ask) else { return self.apply_knowing(order, ahead) };
        let place = usize::from(worker);
        if let (Some(known), true) = (self.worker(worker), self.granted.get(place) == Some(&Some(ask))) {
            return Outcome::Done(known.lease);
        }
        if self.worker(worker).is_some_and(|known| known.lease > ask.seen) {
            return Outcome::Refused;
        }
        let outcome = self.apply_knowing(order, ahead);
        if outcome != Outcome::Refused {
            self.granted[place] = Some(ask);
        }
        outcome
    }

    /// Gives nothing if it must not be done.
    fn carry_out(&mut self, order: Order, ahead: Ahead) -> Option<()> {
        match order {
            Order::Grant { worker, lost } => self.grant(worker, lost),
            Order::Revoke { worker, lease } => {
                // Another lease, or none: that one is gone already.
                if self.has_lease(worker, lease) {
                    self.release(worker);
                    self.leave_behind(worker);
                    self.workers[usize::from(worker)] = None;
                }
                Some(())
            }
            Order::Record { shard, token, set, seen } => self.record(shard, token, set, seen),
            Order::HandOver { shard, token, to } => self.hand_over(shard, token, to),
            Order::Drain { worker, on } => {
                self.workers.get(usize::from(worker))?;
                self.leaving = if on { self.leaving | bit(worker) } else { self.leaving & !bit(worker) };
                if let Some(known) = &mut self.workers[usize::from(worker)] {
                    known.draining = on;
                }
                Some(())
            }
            Order::AcceptLoss { shard } => self.accept_loss(shard, ahead),
            Order::Tree { .. } => None,
        }
    }

    /// A worker that registers anew has a new life: what the old one owned is given out again, under new tokens.
    ///
    /// Of what its disk has lost it has nothing any more, whatever was recorded. If nobody else had everything, the shard
    /// stays without owner: the manager must not give an empty one to the clients as if that were all.
    fn grant(&mut self, worker: u8, lost: u8) -> Option<()> {
        self.workers.get(usize::from(worker))?;
        self.release(worker);
        for (number, shard) in (0..).zip(&mut self.shards) {
            if lost & bit(number) != 0 && shard.is_held_by(worker) {
                if shard.in_sync.has(worker.into()) {
                    let InSync { version, members, .. } = shard.in_sync;
                    shard.in_sync = InSync { version: version + 1, members: members & !bit(worker), ..shard.in_sync };
                }
                self.emptied[usize::from(worker)] = self.revision;
            }
        }
        let sequence = self.take_sequence();
        let known = Registration { lease: self.revision, draining: self.is_leaving(worker), sequence };
        self.workers[usize::from(worker)] = Some(known);
        Some(())
    }

    fn release(&mut self, worker: u8) {
        for shard in self.shards.iter_mut().filter(|shard| shard.owner == Some(worker)) {
            (shard.owner, shard.successor) = (None, None);
        }
    }

    /// Nobody waits for a worker that is taken for dead: it is in sync no more, unless it is the last one that is. It
    /// comes in again when it has everything, and the owner says so.
    fn leave_behind(&mut self, worker: u8) {
        if self.sync {
            for shard in &mut self.shards {
                let others = shard.in_sync.members & !bit(worker);
                if others != 0 && others != shard.in_sync.members {
                    shard.in_sync = InSync { version: shard.in_sync.version + 1, members: others, ..shard.in_sync };
                }
            }
        }
    }

    /// As Elasticsearch's `allocate_stale_primary` and `allocate_empty_primary`, or Kafka's unclean election: whoever is
    /// chosen counts as the only one that has everything. What the others have on top of that they give up when they
    /// follow it, should they ever come back.
    fn accept_loss(&mut self, shard: u8, ahead: Ahead) -> Option<()> {
        let heir = self.heir(shard, ahead)?;
        let shard = self.shards.get_mut(usize::from(shard))?;
        let set = InSync { version: shard.in_sync.version + 1, members: bit(heir), ..shard.in_sync };
        *shard = Shard { holders: shard.holders | bit(heir), in_sync: set, ..*shard };
        Some(())
    }

    /// Who would own a shard without owner, if its loss were accepted: of the holders that live whoever has most; if none
    /// does, a worker that begins with nothing.
    pub fn heir(&self, shard: u8, ahead: Ahead) -> Option<u8> {
        let place = usize::from(shard);
        let known = self.shards.get(place).filter(|shard| shard.owner.is_none())?;
        let may = |worker: &u8| self.is_in(*worker) || self.lives(*worker) && known.is_held_by(*worker);
        self.indexes()
            .filter(may)
            .min_by_key(|worker| (!known.is_held_by(*worker), ahead[place] & bit(*worker) == 0, self.rank(*worker)))
    }

    /// Sets only go forward: one that comes late must not bring back a member that has been left behind since, nor one
    /// that has lost its disk since the owner looked.
    fn record(&mut self, shard: u8, token: Revision, set: InSync, seen: Revision) -> Option<()> {
        let emptied = |worker: usize| set.has(worker) && self.emptied[worker] > seen;
        if (0..self.workers.len()).any(emptied) {
            return None;
        }
        let shard = self.shards.get_mut(usize::from(shard))?;
        let owner = shard.owner.filter(|_| shard.token == token && set.epoch == token)?;
        let sound = set.members & bit(owner) != 0 && set.members & !shard.holders == 0;
        let (known, newer) = (shard.in_sync, |set: InSync| (set.epoch, set.version));
        (sound && (set == known || newer(set) > newer(known))).then(|| shard.in_sync = set)
    }

    fn hand_over(&mut self, shard: u8, token: Revision, to: u8) -> Option<()> {
        let known = *self.shards.get(usize::from(shard))?;
        let owner = known.owner.filter(|_| known.token == token)?;
        // To itself: whoever was to get it cannot any more.
        if owner != to && !self.may_follow(&known, to) {
            return None;
        }
        let (sync, revision) = (self.sync, self.revision);
        let shard = &mut self.shards[usize::from(shard)];
        (shard.owner, shard.token, shard.successor) = (Some(to), revision, None);
        if !sync {
            // Nobody records who has everything; here the owner has said so of one.
            shard.in_sync.members |= bit(to);
        }
        Some(())
    }
}
