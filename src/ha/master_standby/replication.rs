//! Replication: the master sends its log, counts who has it, and acknowledges what enough of them have.

use std::rc::Rc;

use super::super::message::{Answer, Entry, Message, Op, Pos, RequestId};
use super::super::note::{Note, StepDown};
use super::super::system::Ha;
use super::master::Waiting;
use super::{DataNode, State};
use crate::ha::config::{Durability, Fallback, ReplicationMode};
use crate::ha::limits::BATCH;
use crate::sim::{LocalTime, MachineId, Outbox};

impl DataNode {
    /// Appends a client's write; it is acknowledged when enough nodes have it.
    pub(super) fn propose_write(
        &mut self,
        now: LocalTime,
        from: MachineId,
        id: RequestId,
        attempt: u8,
        op: Op,
        out: &mut Outbox<Ha>,
    ) {
        let State::Master(master) = &mut self.state else { return };
        let epoch = master.epoch;
        let before = self.log.last_index();
        let first = master.waiting.is_empty();
        master.waiting.push_back(Waiting { index: before + 1, id, attempt, from });
        self.write_log(before, [Entry { epoch, request: Some(id), op }].into(), out);
        if first {
            self.arm_degrade(false, out);
        }
        if self.storage().is_some() {
            self.store(out);
        } else {
            for index in 0..self.config.layout.data.len() {
                self.send_log(index, out);
            }
        }
        self.commit(now, out);
    }

    /// Sends a standby what it lacks.
    fn send_log(&mut self, index: usize, out: &mut Outbox<Ha>) {
        let committed = self.committed;
        let State::Master(master) = &mut self.state else { return };
        let to = self.config.layout.data[index];
        let epoch = master.epoch;
        let peer = &mut master.peers[index];
        while index != self.index && peer.linked && peer.next <= self.log.last_index() {
            let before = self.log.pos(peer.next - 1);
            let (Some(before), Some(entries)) = (before, self.log.batch_after(peer.next - 1)) else {
                // It needs entries that are folded up: all the data instead.
                let snapshot = Rc::new(self.log.snapshot(committed.max(self.log.base_index())));
                peer.next = snapshot.pos.index + 1;
                out.stream(to, Message::Copy { epoch, snapshot, committed });
                continue;
            };
            peer.next += entries.len() as u32;
            out.stream(to, Message::Append { epoch, before, entries: entries.into(), committed });
        }
    }

    /// A standby wants to follow: find where its log and this one part.
    pub(super) fn follow(
        &mut self,
        now: LocalTime,
        from: MachineId,
        epoch: u32,
        last: Pos,
        base: u32,
        out: &mut Outbox<Ha>,
    ) {
        let Some(index) = self.config.layout.data_index(from) else { return };
        let State::Master(master) = &mut self.state else { return };
        if master.epoch != epoch {
            return;
        }
        master.peers[index].linked = true;
        master.peers[index].has = 0;
        master.peers[index].heard_at = now;
        if self.config.agrees_in_sync() {
            // If its disk was wiped it may have forgotten a set that it had recorded. It comes before the data.
            let set = master.in_sync;
            out.stream(from, Message::SetInSync { epoch, set });
        }
        if self.storage().is_none() {
            self.send_from(index, last, base, out);
        } else if index == 0 {
            self.consider_failback(out); // it has all that it needs
        }
    }

    /// Sends the log from the last place that it can share with a log that ends, or differs, at `last`; all the
    /// data if that lies in the part of the other log, up to `base`, that is folded up.
    fn send_from(&mut self, index: usize, last: Pos, base: u32, out: &mut Outbox<Ha>) {
        let highest = last.index.min(self.log.last_index());
        // Entries of epochs that are newer than the standby's cannot be in its log.
        let shared = (self.log.base_index().max(base)..=highest)
            .rev()
            .find(|i| self.log.pos(*i).is_some_and(|pos| pos.epoch <= last.epoch && (*i < last.index || pos == last)));
        let committed = self.committed;
        let to = self.config.layout.data[index];
        let State::Master(master) = &mut self.state else { return };
        let epoch = master.epoch;
        let peer = &mut master.peers[index];
        let before = shared.and_then(|shared| self.log.pos(shared));
        match before {
            // Something has to be sent, even if it is nothing: the answer tells how far the logs agree.
            Some(before) if before.index == self.log.last_index() => {
                peer.next = before.index + 1;
                out.stream(to, Message::Append { epoch, before, entries: Rc::new([]), committed });
            }
            Some(before) => {
                peer.next = before.index + 1;
                self.send_log(index, out);
            }
            None => {
                let snapshot = Rc::new(self.log.snapshot(committed.max(self.log.base_index())));
                peer.next = snapshot.pos.index + 1;
                out.stream(to, Message::Copy { epoch, snapshot, committed });
                self.send_log(index, out);
            }
        }
    }

    #[inline(never)]
    pub(super) fn append_refused(
        &mut self,
        now: LocalTime,
        from: MachineId,
        epoch: u32,
        last: Pos,
        base: u32,
        out: &mut Outbox<Ha>,
    ) {
        self.newest_epoch = self.newest_epoch.max(epoch);
        if Some(from) == self.storage() {
            self.refused_by_storage(epoch, out);
        }
        let Some(mine) = self.as_master().map(|master| master.epoch) else { return };
        if epoch > mine {
            if self.config.nodes.fencing.epochs || self.is_managed() {
                self.step_down(now, StepDown::NewerEpoch, out);
            } else if self.owner(epoch) > self.index {
                self.hold_rank(now, epoch, out);
            } else {
                self.step_down(now, StepDown::Outranked, out);
            }
        } else if epoch == mine
            && let Some(index) = self.config.layout.data_index(from)
        {
            if let State::Master(master) = &mut self.state {
                master.peers[index].heard_at = now;
            }
            self.send_from(index, last, base, out);
        }
    }

    pub(super) fn append_reply(
        &mut self,
        now: LocalTime,
        from: MachineId,
        epoch: u32,
        received: u32,
        synced: u32,
        out: &mut Outbox<Ha>,
    ) {
        let last = self.log.last_index();
        if Some(from) == self.storage() {
            return self.stored(now, epoch, received, out);
        }
        let Some(index) = self.config.layout.data_index(from) else { return };
        let State::Master(master) = &mut self.state else { return };
        if master.epoch != epoch {
            return;
        }
        let peer = &mut master.peers[index];
        peer.heard_at = now;
        peer.has = peer.has.max(received);
        peer.synced = peer.synced.max(synced);
        if index == 0 && peer.linked && peer.has >= last {
            self.consider_failback(out);
        }
        self.commit(now, out);
        self.welcome(now, index, out);
        self.try_handover(now, out);
    }

    /// A standby that has everything counts again.
    fn welcome(&mut self, now: LocalTime, index: usize, out: &mut Outbox<Ha>) {
        let last = self.log.last_index();
        let acknowledged = self.acknowledged();
        let State::Master(master) = &mut self.state else { return };
        let lag = acknowledged.saturating_sub(master.peers[index].has);
        if lag > 0 {
            let joins = self.config.agrees_in_sync() && !master.in_sync.has(index) && lag <= BATCH as u32;
            if joins && master.peers[index].linked {
                master.joining |= 1 << index;
            }
            return;
        }
        match self.config.nodes.replication.mode {
            ReplicationMode::Async => {}
            ReplicationMode::SemiSync(needed) => {
                let enough = master.peers.iter().filter(|peer| peer.linked && peer.has >= last).count();
                if master.degraded && enough >= usize::from(needed) {
                    master.degraded = false;
                    out.note(Note::Degraded { on: false, needed });
                }
            }
            ReplicationMode::Sync => {
                if !master.in_sync.has(index) && master.proposed.is_none() && master.peers[index].linked {
                    let members = master.in_sync.members | 1 << index;
                    master.joining &= !(1 << index);
                    self.propose(now, members, out);
                }
            }
        }
    }

    /// Moves the acknowledged end of the log as far as the replication mode allows, and answers those who waited.
    pub(super) fn commit(&mut self, now: LocalTime, out: &mut Outbox<Ha>) {
        let replication = self.config.nodes.replication;
        let State::Master(master) = &self.state else { return };
        let own = match replication.durability {
            _ if self.storage().is_some() => master.stored.has,
            Durability::Received => self.log.last_index(),
            Durability::Synced => self.synced,
        };
        let upto = match replication.mode {
            ReplicationMode::Async => own,
            ReplicationMode::SemiSync(_) if master.degraded => own,
            ReplicationMode::SemiSync(needed) => {
                let mut has: Vec<u32> = (0..master.peers.len())
                    .filter(|index| *index != self.index)
                    .map(|index| master.peers[index].has)
                    .collect();
                has.sort_unstable_by(|a, b| b.cmp(a));
                let enough = usize::from(needed).checked_sub(1).map_or(own, |i| has.get(i).copied().unwrap_or(0));
                own.min(enough)
            }
            ReplicationMode::Sync => {
                // While a set is being recorded, the members of both must have it.
                let members = master.in_sync.members | master.proposed.map_or(0, |(set, _)| set.members);
                let waits_for = members | master.joining;
                let alone = members.count_ones() < 2 && replication.fallback == Fallback::Strict;
                if alone {
                    self.committed
                } else {
                    (0..master.peers.len())
                        .filter(|index| *index != self.index && waits_for >> index & 1 == 1)
                        .fold(own, |least, index| least.min(master.peers[index].has))
                }
            }
        };
        // What it inherited counts from when an entry of its own epoch does: whoever has that one has all before
        // it, and no log without it is newer (Ongaro §5.4.2).
        if upto <= self.committed.max(master.base) {
            return;
        }
        if !self.holds_lease(now) {
            // The write may stand on every disk, but this node is not sure to be master any more.
            return self.lease_timer(now, out);
        }
        self.committed = upto;
        self.acknowledge(out);
        self.log.compact(self.foldable());
    }

    /// Up to here the log may hold acknowledged writes: a new master does not know which of those that it has
    /// inherited were.
    pub(super) fn acknowledged(&self) -> u32 {
        self.committed.max(self.as_master().map_or(0, |master| master.base))
    }

    /// Answers the writes that are acknowledged now.
    fn acknowledge(&mut self, out: &mut Outbox<Ha>) {
        let committed = self.committed;
        let me = self.index;
        let State::Master(master) = &mut self.state else { return };
        let epoch = master.epoch;
        let mut answered = false;
        while let Some(waiting) = master.waiting.pop_front_if(|waiting| waiting.index <= committed) {
            let pos = Pos { epoch, index: waiting.index };
            let standbys = (0..master.peers.len()).filter(|i| *i != me && master.peers[*i].has >= pos.index).count();
            let Waiting { id, attempt, from, .. } = waiting;
            out.note(Note::Acknowledged { id, pos, standbys: standbys as u8 });
            out.stream(from, Message::Response { id, attempt, answer: Answer::Done(pos), epoch });
            answered = true;
        }
        if answered {
            self.arm_degrade(true, out);
        }
    }
}
