//! Broadcast: what an established leader does with transactions, and how leader and followers watch each other.
//!
//! A transaction gets the next zxid, goes to the leader's log and to all followers that have begun to synchronise.
//! It is committed when a quorum has it on the disk: the leader counts itself when its own write is synced, like
//! everybody. Commits go out, and transactions are delivered, in the order of their zxids.
//!
//! Twice a tick the leader pings. A follower that says nothing, or does not acknowledge a proposal, for `syncLimit`
//! ticks is dropped; at each full tick a leader without a quorum steps down. So a machine that vanished is missed
//! after `syncLimit` ticks, while a process that died is missed at once, because its connections are closed.

use super::durable::Write;
use super::election::Why;
use super::io::{Effect, Outbox, Refusal, Timer};
use super::leader::{Leading, LearnerPhase};
use super::log::Record;
use super::message::Message;
use super::note::{Dropped, Note};
use super::zxid::Zxid;
use super::{Core, Next, Service};
use crate::ha::limits;
use crate::sim::MachineId;

impl Leading {
    /// The place of the next proposal; none if the epoch has no more.
    fn next_zxid<A: Service>(&self, core: &Core<A>) -> Option<Zxid> {
        let last = core.storage.history().last();
        let counter = if last.epoch() == self.epoch { last.counter() } else { 0 };
        (counter < core.config.last_counter).then(|| Zxid::new(self.epoch, counter + 1))
    }

    /// Proposals that are under way.
    fn outstanding<A: Service>(&self, core: &Core<A>) -> u32 {
        let counter = |zxid: Zxid| if zxid.epoch() == self.epoch { zxid.counter() } else { 0 };
        counter(core.storage.history().last()) - counter(core.delivered)
    }

    pub(super) fn propose<A: Service>(&mut self, core: &mut Core<A>, txn: A::Txn, out: &mut Outbox<A>) -> Next {
        let why = if !self.serves() {
            Refusal::NotServing
        } else if self.outstanding(core) >= limits::OUTSTANDING {
            Refusal::Busy
        } else if let Some(zxid) = self.next_zxid(core) {
            let after = core.storage.history().last();
            let record = Record::<A> { zxid, txn };
            out.push(Effect::Proposed { zxid, txn: record.txn.clone() });
            for (id, _) in self.learners.iter().filter(|(_, learner)| learner.is_forwarded_to()) {
                out.send(*id, Message::Propose(record.clone()));
            }
            core.storage.write(Write::Append { after, records: [record].into() }, out);
            return Next::Stay;
        } else {
            Refusal::Rollover
        };
        out.push(Effect::ProposalRefused { txn, why });
        if why == Refusal::Rollover { Next::Look(Why::Rollover) } else { Next::Stay }
    }

    pub(super) fn on_request<A: Service>(
        &mut self,
        core: &mut Core<A>,
        from: MachineId,
        txn: A::Txn,
        out: &mut Outbox<A>,
    ) -> Next {
        if self.serves() && self.outstanding(core) < limits::OUTSTANDING && self.next_zxid(core).is_some() {
            return self.propose(core, txn, out);
        }
        out.note(Note::RequestDropped { follower: from });
        if self.serves() && self.next_zxid(core).is_none() { Next::Look(Why::Rollover) } else { Next::Stay }
    }

    pub(super) fn on_ack<A: Service>(&mut self, core: &mut Core<A>, from: MachineId, zxid: Zxid, out: &mut Outbox<A>) {
        if let Some(learner) = self.learners.get_mut(&from).filter(|learner| learner.counts()) {
            learner.acked = learner.acked.max(zxid);
            self.advance_commit(core, out);
        }
    }

    /// Commits what a quorum has on the disk.
    pub(super) fn advance_commit<A: Service>(&mut self, core: &mut Core<A>, out: &mut Outbox<A>) {
        if !self.serves() {
            return;
        }
        let mut acked = vec![core.storage.stable().log.last()];
        acked.extend(self.learners.values().filter(|learner| learner.counts()).map(|learner| learner.acked));
        acked.sort_unstable_by(|a, b| b.cmp(a));
        let Some(committed) = acked.get(core.config.quorum() as usize - 1).copied() else { return };
        if committed <= core.delivered {
            return;
        }
        for (id, _) in self.learners.iter().filter(|(_, learner)| learner.is_forwarded_to()) {
            out.send(*id, Message::Commit(committed));
        }
        core.deliver(committed, out);
        while let Some((_, asked_by, ctx)) = self.syncs.pop_front_if(|(zxid, ..)| *zxid <= committed) {
            answer(asked_by, ctx, out);
        }
    }

    /// Answers when everything proposed by now is committed.
    pub(super) fn sync<A: Service>(
        &mut self,
        core: &Core<A>,
        asked_by: Option<MachineId>,
        ctx: u64,
        out: &mut Outbox<A>,
    ) {
        if self.serves() && self.outstanding(core) == 0 {
            answer(asked_by, ctx, out);
        } else if self.serves() && self.syncs.len() < limits::WAITING_SYNCS {
            self.syncs.push_back((core.storage.history().last(), asked_by, ctx));
        } else if asked_by.is_none() {
            out.push(Effect::SyncDropped(ctx));
        }
    }

    /// Half a tick has passed: who is still there?
    pub(super) fn half_tick<A: Service>(&mut self, core: &Core<A>, out: &mut Outbox<A>) -> Next {
        out.set_timer(Timer::HalfTick, core.config.tick_us / 2);
        let (init_limit, sync_limit) = (2 * core.config.init_limit, 2 * core.config.sync_limit);
        let proposed = core.storage.history().last();
        let mut lost = Vec::new();
        for (id, learner) in &mut self.learners {
            learner.silent_half_ticks += 1;
            if !learner.counts() || learner.acked >= learner.owes {
                (learner.owes, learner.owed_half_ticks) = (proposed, 0);
            } else {
                learner.owed_half_ticks += 1;
            }
            let limit = if learner.counts() { sync_limit } else { init_limit };
            if learner.silent_half_ticks >= limit {
                lost.push((*id, Dropped::Silent));
            } else if learner.owed_half_ticks >= sync_limit {
                lost.push((*id, Dropped::Slow));
            }
        }
        for (id, why) in lost {
            self.drop_follower(id, why, out);
        }
        let full = self.second_half;
        self.second_half = !full;
        if full && (self.learners.len() as u32 + 1) < core.config.quorum() {
            return Next::Look(Why::QuorumLost);
        }
        for (id, learner) in &self.learners {
            if learner.phase == LearnerPhase::Serving {
                out.send(*id, Message::Ping);
            }
        }
        Next::Stay
    }
}

/// Says that everything proposed before a `sync` is committed; that was said before on the same connection.
fn answer<A: Service>(asked_by: Option<MachineId>, ctx: u64, out: &mut Outbox<A>) {
    match asked_by {
        Some(follower) => out.send(follower, Message::SyncReply(ctx)),
        None => out.push(Effect::SyncDone(ctx)),
    }
}
