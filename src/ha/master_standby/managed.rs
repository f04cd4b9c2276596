//! Under a manager: the registry says who is master of a shard, instead of votes.
//!
//! 1. Its worker tells it what the registry says of its shard ([`DataNode::told`]). If it is the new owner, it opens in
//!    the epoch that is the owner's token: the manager has waited until the earlier owner's claim ran out.
//! 2. As master it writes while its worker's claim holds ([`DataNode::renewed`]), if claims are heeded at all.
//! 3. What it wants the manager to do, its worker finds in [`DataNode::wish`]: record another in-sync set, or give the
//!    shard to whom it has handed over.
//! 4. In failsafe mode all other holders grant it a lease too, with every heartbeat. With that it goes on when the manager
//!    is out of reach; and whoever is made owner meanwhile waits until the lease that it has granted itself is over.

use std::rc::Rc;

use super::master::{Master, Waiting};
use super::{DataNode, Decided, State};
use crate::ha::cluster::registry::Shard;
use crate::ha::config::Decision;
use crate::ha::durable::Write;
use crate::ha::log::Log;
use crate::ha::message::{Answer, Entry, InSync, Message, Pos, RequestId, Timer};
use crate::ha::note::{FencedBy, Note, StepDown};
use crate::ha::system::Ha;
use crate::sim::{LocalTime, MachineId, Outbox};

/// What it wants the manager to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::ha) enum Wish {
    /// Record this in-sync set.
    Record(InSync),
    /// Give the shard to this data node: the master of this epoch has stopped.
    HandOver(u32, u8),
}

/// Whether the registry has another in-sync set for this master, as new as what it has proposed: that one, or without a
/// member that the manager has taken out.
fn is_news(master: &Master, recorded: InSync) -> bool {
    let newest = master.proposed.map_or(master.in_sync, |(set, _)| set).version;
    recorded.epoch == master.epoch && recorded.version >= newest && recorded != master.in_sync
}

impl DataNode {
    /// Whether a manager decides.
    pub(super) fn is_managed(&self) -> bool {
        self.config.nodes.decision == Decision::Manager
    }

    /// Whether it stops when its worker's claim has run out on its own clock.
    pub(super) fn heeds_claim(&self) -> bool {
        self.config.cluster().is_some_and(|cluster| cluster.claim.checked)
    }

    /// Whether the holders' leases carry it on when the manager is out of reach.
    fn is_failsafe(&self) -> bool {
        self.config.cluster().is_some_and(|cluster| cluster.claim.failsafe)
    }

    pub(super) fn other_holders(&self) -> Vec<MachineId> {
        let held = |index: &usize| self.holders >> index & 1 == 1 && *index != self.index;
        (0..self.config.layout.data.len()).filter(held).map(|index| self.config.layout.data[index]).collect()
    }

    /// A warm start: the shard's owner has been master all along, in the epoch of its token.
    pub(in crate::ha) fn begin(&mut self, now: LocalTime, shard: &Shard, out: &mut Outbox<Ha>) {
        self.holders = shard.holders;
        let Some(owner) = shard.owner.map(usize::from) else { return };
        if owner == self.index {
            self.become_master(now, shard.token, 0, out);
        } else {
            self.hear(now, self.config.layout.data[owner], shard.token, out);
            self.voter.grant_lease(&self.config, now, shard.token);
        }
    }

    /// What the registry says of its shard now; `handed`: its old owner has given it away, and lives; `emptied`, bit *i*:
    /// data node *i* has lost its disk since the last time.
    pub(in crate::ha) fn told(
        &mut self,
        now: LocalTime,
        shard: &Shard,
        (handed, emptied): (bool, u8),
        out: &mut Outbox<Ha>,
    ) {
        self.holders = shard.holders;
        if let State::Master(master) = &mut self.state {
            master.joining &= shard.holders;
            for (index, peer) in master.peers.iter_mut().enumerate() {
                peer.linked &= shard.holders >> index & 1 == 1;
            }
        }
        if self.as_master().is_none_or(|master| master.proposed.is_none()) {
            // The registry's word is the newest, and it may have fewer members than what stands on this disk.
            self.voter.in_sync = shard.in_sync;
        }
        self.newest_epoch = self.newest_epoch.max(shard.token);
        if self.handed_over.is_some_and(|(epoch, _)| epoch < shard.token) {
            self.handed_over = None;
        }
        self.take_back(shard);
        if self.as_master().is_some_and(|master| is_news(master, shard.in_sync)) {
            self.set_recorded(now, shard.in_sync, out);
        }
        self.have_lost(now, emptied & !shard.in_sync.members, out);
        let reigns = match &self.state {
            State::Master(master) => Some(master.epoch),
            State::Fencing(fencing) => Some(fencing.epoch),
            State::Promoting(promotion) => Some(promotion.epoch),
            State::Standby | State::Candidate(_) | State::Restoring(..) => None,
        };
        if shard.owner != Some(self.index as u8) {
            if reigns.is_some() {
                self.unseat(now, shard, out);
            }
        } else if reigns == Some(shard.token) {
            self.manage(now, shard, out);
        } else if self.may_take_over(now) && reigns.is_none_or(|epoch| epoch < shard.token) {
            self.take_over(now, shard.token, handed, out);
        }
    }

    /// Whoever was to get the shard may not have it any more: it died, or has fallen behind. Then it goes back to the one that
    /// has stopped for it, under a new token: or nobody would ever be master.
    fn take_back(&mut self, shard: &Shard) {
        let me = self.index as u8;
        let Some((epoch, to)) = self.handed_over else { return };
        let whole = self.config.agrees_in_sync() && shard.is_held_by(to) && shard.in_sync.has(to.into());
        if shard.owner == Some(me) && shard.token == epoch && shard.successor != Some(to) && !whole {
            self.handed_over = Some((epoch, me));
        }
    }

    /// Other holders (bits) have lost their disks, and registered since: what they once had does not count any more, and the
    /// registry has taken them out of the in-sync set. They come back into it like newcomers.
    fn have_lost(&mut self, now: LocalTime, others: u8, out: &mut Outbox<Ha>) {
        let others = others & !(1 << self.index);
        let State::Master(master) = &mut self.state else { return };
        for (index, peer) in master.peers.iter_mut().enumerate() {
            if others >> index & 1 == 1 {
                (peer.has, peer.synced) = (0, 0);
            }
        }
        master.joining &= !others;
        if let Some((set, _)) = master.proposed
            && set.members & others != 0
        {
            self.propose(now, set.members & !others, out);
        }
    }

    /// It has not handed over, and its worker has a claim: without one it must not open.
    fn may_take_over(&self, now: LocalTime) -> bool {
        let claimed = self.claimed_until.is_some_and(|until| now < until || !self.heeds_claim());
        claimed && self.handed_over.is_none()
    }

    /// It is the owner now.
    fn take_over(&mut self, now: LocalTime, token: u32, handover: bool, out: &mut Outbox<Ha>) {
        self.step_down(now, StepDown::NewerEpoch, out);
        let lease_left_us = if self.is_failsafe() { self.voter.lease_left_us(now) } else { 0 };
        self.decided(now, token, 0, 0, Decided { handover, lease_left_us, ..Decided::default() }, out);
    }

    /// It is not the owner any more.
    fn unseat(&mut self, now: LocalTime, shard: &Shard, out: &mut Outbox<Ha>) {
        let why = if shard.owner.is_some() { StepDown::NewerEpoch } else { StepDown::LeaseLost };
        match &self.state {
            // The manager took its claim from it, but the other holders have given it theirs.
            State::Master(_) if shard.owner.is_none() && self.is_failsafe() && self.holds_lease(now) => {}
            State::Master(_) => self.step_down(now, why, out),
            _ => {
                self.state = State::Standby;
                for timer in [Timer::Fence, Timer::LeaseWait, Timer::Recovery, Timer::Heartbeat] {
                    out.cancel_timer(timer);
                }
            }
        }
    }

    /// It goes on as the owner; others may hold the shard from now on, or are to take it over.
    fn manage(&mut self, now: LocalTime, shard: &Shard, out: &mut Outbox<Ha>) {
        let Some(master) = self.as_master() else { return };
        let members = master.in_sync.members & shard.holders | 1 << self.index;
        let (switching_to, proposed) = (master.switching_to, master.proposed.is_some());
        if self.config.agrees_in_sync() && members != master.in_sync.members && !proposed {
            self.propose(now, members, out);
        }
        let successor = shard.successor.map(|index| self.config.layout.data[usize::from(index)]);
        if successor.is_some() && switching_to.is_none() {
            self.switchover(now, successor, out);
        }
    }

    /// Its worker's claim holds until then.
    pub(in crate::ha) fn renewed(&mut self, now: LocalTime, until: LocalTime, out: &mut Outbox<Ha>) {
        self.claimed_until = Some(until);
        let heeds = self.heeds_claim();
        let State::Master(master) = &mut self.state else { return };
        if heeds && master.lease_until.is_none_or(|old| until > old) {
            master.lease_until = Some(until);
            self.watch_claim(now, out);
            self.commit(now, out);
        }
    }

    pub(super) fn watch_claim(&self, now: LocalTime, out: &mut Outbox<Ha>) {
        if let (true, State::Master(master)) = (self.heeds_claim(), &self.state) {
            let left = master.lease_until.map_or(0, |until| until.since(now));
            out.set_timer(Timer::Lease, left, left);
        }
    }

    /// Its worker has lost its claim: the manager says so, or the worker's own clock.
    pub(in crate::ha) fn claim_lost(&mut self, now: LocalTime, out: &mut Outbox<Ha>) {
        self.claimed_until = None;
        if self.is_failsafe() && self.holds_lease(now) {
            let epoch = self.voter.epoch;
            return out.note(Note::Failsafe { epoch });
        }
        self.step_down(now, StepDown::LeaseLost, out);
    }

    /// How an earlier owner is kept from writing when the manager has given its shard away.
    pub(super) fn fenced_by_manager(&self) -> FencedBy {
        if self.heeds_claim() {
            FencedBy::Lease
        } else if self.config.nodes.fencing.epochs {
            FencedBy::Epoch
        } else {
            FencedBy::Nothing
        }
    }

    /// It is to hold the shard no more: its data go.
    pub(in crate::ha) fn discard(&mut self, now: LocalTime, out: &mut Outbox<Ha>) {
        self.step_down(now, StepDown::NewerEpoch, out);
        for timer in [Timer::Silence, Timer::Fence, Timer::LeaseWait, Timer::Recovery, Timer::Heartbeat] {
            out.cancel_timer(timer);
        }
        out.persist(Write::Replace(Rc::new(Log::default().snapshot(0))));
    }

    /// A client that got no answer asks again. With idempotence keys a write that stands in the log is not written once
    /// more: true if it is answered with that, now or when it is acknowledged.
    pub(super) fn asked_again(&mut self, from: MachineId, id: RequestId, attempt: u8, out: &mut Outbox<Ha>) -> bool {
        let is_it = |(_, entry): &(Pos, &Entry)| entry.request == Some(id);
        let Some(first) = self.log.entries().rev().find(is_it).map(|(pos, _)| pos) else { return false };
        let once = self.config.ensemble().is_some_and(|ensemble| ensemble.idempotence);
        let acknowledged = self.acknowledged();
        let State::Master(master) = &mut self.state else { return false };
        if !once {
            let pos = Pos { epoch: master.epoch, index: self.log.last_index() + 1 };
            out.note(Note::Repeated { id, first, pos, twice: true });
        } else if first.index <= acknowledged {
            out.stream(from, Message::Response { id, attempt, answer: Answer::Done(first), epoch: master.epoch });
        } else {
            let waiting = Waiting { index: first.index, id, attempt, from };
            let place = master.waiting.partition_point(|known| known.index <= first.index);
            master.waiting.insert(place, waiting);
        }
        once
    }

    /// What it wants the manager to do.
    pub(in crate::ha) fn wish(&self) -> Option<Wish> {
        if let Some((epoch, to)) = self.handed_over {
            return Some(Wish::HandOver(epoch, to));
        }
        let (set, _) = self.as_master()?.proposed?;
        Some(Wish::Record(set))
    }
}
