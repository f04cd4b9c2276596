//! A standby: hears the master, follows its log, and suspects it when it is silent.

use std::rc::Rc;

use super::super::durable::Write;
use super::super::message::{Entry, Message, Pos, Snapshot, Timer};
use super::super::note::{Note, Stale, StepDown};
use super::super::system::Ha;
use super::super::voter::{Safe, Voter};
use super::{DataNode, State};
use crate::ha::config::{Decision, Durability};
use crate::ha::log::Log;
use crate::sim::{LocalTime, MachineId, Outbox};

/// Heartbeats that tell of entries which do not come, before it asks for them again.
const STARVED_BEATS: u8 = 10;

impl DataNode {
    #[expect(clippy::too_many_arguments, reason = "the fields of the message")]
    pub(super) fn heartbeat(
        &mut self,
        now: LocalTime,
        from: MachineId,
        epoch: u32,
        round: u32,
        last: Pos,
        committed: u32,
        out: &mut Outbox<Ha>,
    ) {
        self.newest_epoch = self.newest_epoch.max(epoch);
        if self.refuses(from, epoch, Stale::Heartbeat, out) {
            return;
        }
        match &self.state {
            State::Master(_) => return self.meet_master(now, from, epoch, out),
            // What was decided is decided; only a newer master is a reason to stop.
            State::Fencing(_) | State::Promoting(_) if epoch < self.voter.epoch => return,
            State::Candidate(candidate) if !candidate.pre && epoch < candidate.epoch => return,
            State::Restoring(..) => return,
            // Without epochs nobody is refused, but whoever was replaced has to hear of it.
            _ if self.voter.master != Some(from) && epoch < self.voter.master_epoch => {
                let refusal = Message::AppendRefused { epoch: self.voter.master_epoch, last: self.log.last(), base: 0 };
                return out.datagram(from, refusal);
            }
            _ => {}
        }
        self.hear(now, from, epoch, out);
        if self.config.answers_heartbeats() && epoch >= self.voter.epoch {
            let granted = self.voter.grant_lease(&self.config, now, epoch);
            out.datagram(from, Message::HeartbeatReply { epoch, round, granted });
        }
        if self.storage().is_some() {
            return self.remember_again(out); // there is nothing to catch up with
        }
        self.committed = self.committed.max(committed.min(self.matched));
        self.notice_caught_up(last, out);
        if self.matched >= last.index {
            self.starved_beats = 0;
        } else if self.starved_beats < STARVED_BEATS {
            self.starved_beats += 1;
        } else {
            self.linked = false; // what it asked for does not come: ask again
        }
    }

    /// Somebody was chosen to be master and gets ready.
    #[inline(never)]
    pub(super) fn preparing(&mut self, now: LocalTime, from: MachineId, epoch: u32, out: &mut Outbox<Ha>) {
        self.newest_epoch = self.newest_epoch.max(epoch);
        if epoch < self.voter.epoch {
            return; // others have been asked since
        }
        match self.state {
            State::Master(_) if self.config.nodes.fencing.epochs => self.step_down(now, StepDown::NewerEpoch, out),
            State::Master(_) | State::Restoring(..) => return,
            State::Standby | State::Candidate(_) | State::Fencing(_) | State::Promoting(_) => {}
        }
        if !self.voter.suspects && self.voter.master != Some(from) && self.state == State::Standby {
            return; // it hears its master well
        }
        self.state = State::Standby;
        self.let_go();
        for timer in [Timer::Fence, Timer::LeaseWait, Timer::Recovery, Timer::Heartbeat] {
            out.cancel_timer(timer);
        }
        self.voter.give_time(&self.config, from, out);
    }

    fn notice_caught_up(&mut self, last: Pos, out: &mut Outbox<Ha>) {
        if !self.caught_up && self.matched >= last.index && self.voter.may_remember(&self.config) {
            out.note(Note::CaughtUp { pos: self.log.last() });
            self.remember_again(out);
        }
    }

    /// It has what its master has. If its disk was wiped, it now knows again what it promises.
    fn remember_again(&mut self, out: &mut Outbox<Ha>) {
        if !std::mem::replace(&mut self.caught_up, true) && !self.voter.remembers {
            let Voter { epoch, voted_for, .. } = self.voter;
            self.pending.persist(Write::Promise { epoch, voted_for }, Safe::Log(0), out);
            self.pending.persist(Write::Provisioned, Safe::Remembers, out);
        }
    }

    /// Refuses a superseded sender, where epochs are checked, and lets it know.
    pub(super) fn refuses(&mut self, from: MachineId, epoch: u32, what: Stale, out: &mut Outbox<Ha>) -> bool {
        let newest = self.voter.epoch;
        if !self.config.nodes.fencing.epochs || epoch >= newest {
            return false;
        }
        if self.refused.replace((from, epoch, what)) != Some((from, epoch, what)) {
            out.note(Note::StaleRefused { from, epoch, newest, what });
        }
        out.datagram(from, Message::AppendRefused { epoch: newest, last: self.log.last(), base: 0 });
        true
    }

    /// A master lives: follow it.
    pub(super) fn hear(&mut self, now: LocalTime, master: MachineId, epoch: u32, out: &mut Outbox<Ha>) {
        self.state = State::Standby;
        self.let_go();
        for timer in [Timer::Fence, Timer::LeaseWait, Timer::Recovery, Timer::Heartbeat] {
            out.cancel_timer(timer);
        }
        let new = self.voter.hear(&self.config, now, master, epoch, &mut self.pending, out);
        if new {
            self.linked = false;
            self.caught_up = false;
            self.matched = self.log.base_index();
            out.note(Note::Follows { master, epoch });
        }
        if !self.linked {
            self.linked = true;
            self.starved_beats = 0;
            out.stream(master, Message::Follow { epoch, last: self.log.last(), base: self.log.base_index() });
        }
    }

    /// The silence limit has passed.
    #[inline(never)]
    pub(super) fn silence(&mut self, now: LocalTime, out: &mut Outbox<Ha>) {
        if self.state != State::Standby || self.is_managed() {
            return;
        }
        self.voter.suspect(now, out);
        if !self.voter.remembers {
            return; // an empty disk must not become master
        }
        match self.config.nodes.decision {
            Decision::Operator { .. } => self.page_operator(out),
            Decision::Manager => {}
            Decision::Alone { .. } | Decision::Majority => {
                // The most preferred of those left goes first; Redis Cluster waits by rank as well.
                let beat = self.config.nodes.detection.heartbeat_us;
                let data = &self.config.layout.data;
                let rank = data[..self.index].iter().filter(|node| Some(**node) != self.voter.master).count() as u64;
                out.set_timer(Timer::Canvass, rank * beat / 2, rank * beat / 2 + beat / 8);
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the fields of the message")]
    pub(super) fn append(
        &mut self,
        now: LocalTime,
        from: MachineId,
        epoch: u32,
        before: Pos,
        entries: &Rc<[Entry]>,
        committed: u32,
        out: &mut Outbox<Ha>,
    ) {
        self.newest_epoch = self.newest_epoch.max(epoch);
        if self.refuses(from, epoch, Stale::Append, out) || !self.may_follow(now, from, epoch, out) {
            return;
        }
        self.starved_beats = 0;
        let base = self.log.base();
        let agrees = if before.index >= base.index {
            self.log.pos(before.index) == Some(before)
        } else {
            // What is folded up has to be a part of what comes, or the logs have nothing in common.
            entries.get((base.index - before.index - 1) as usize).is_none_or(|entry| entry.epoch == base.epoch)
        };
        if !agrees {
            let last = self.where_to_look(before);
            return out.stream(from, Message::AppendRefused { epoch, last, base: base.index });
        }
        let known = entries
            .iter()
            .enumerate()
            .take_while(|(i, entry)| {
                let index = before.index + 1 + *i as u32;
                index <= self.log.base_index() || self.log.get(index) == Some(entry)
            })
            .count();
        let upto = before.index + entries.len() as u32;
        if known < entries.len() {
            let fresh = if known == 0 { Rc::clone(entries) } else { entries[known..].into() };
            self.write_log(before.index + known as u32, fresh, out);
        }
        self.matched = self.matched.max(upto).min(self.log.last_index());
        self.committed = self.committed.max(committed.min(self.matched));
        let reply = |received, synced| Message::AppendReply { epoch, received, synced };
        match self.config.nodes.replication.durability {
            Durability::Received => out.stream(from, reply(self.matched, self.synced.min(self.matched))),
            Durability::Synced => {
                let answer = Safe::Stream(from, reply(self.matched, self.matched));
                if let Some(Safe::Stream(to, message)) = self.pending.after_last(answer) {
                    self.stream_when_safe(to, message, out);
                }
            }
        }
    }

    /// Tells a master that does not find its own `before` here where to look instead: at the end of the log, or
    /// before the whole epoch in which the logs differ (Ongaro §5.3 calls it a fast back-up).
    fn where_to_look(&self, before: Pos) -> Pos {
        match self.log.pos(before.index) {
            None => self.log.last(),
            Some(mine) if mine.epoch <= before.epoch => mine,
            Some(mine) => (self.log.base_index()..before.index)
                .rev()
                .filter_map(|index| self.log.pos(index))
                .find(|pos| pos.epoch < mine.epoch)
                .unwrap_or(self.log.base()),
        }
    }

    /// Whether it takes the log from this sender: the master that it follows, or a newer one.
    fn may_follow(&mut self, now: LocalTime, from: MachineId, epoch: u32, out: &mut Outbox<Ha>) -> bool {
        if !matches!(self.state, State::Standby | State::Candidate(_)) {
            return false;
        }
        if self.voter.master == Some(from) && self.voter.master_epoch == epoch {
            return true;
        }
        if epoch > self.voter.master_epoch && epoch >= self.voter.epoch {
            self.hear(now, from, epoch, out);
        }
        false
    }

    #[inline(never)]
    pub(super) fn copy(
        &mut self,
        now: LocalTime,
        from: MachineId,
        epoch: u32,
        snapshot: &Rc<Snapshot>,
        committed: u32,
        out: &mut Outbox<Ha>,
    ) {
        if self.refuses(from, epoch, Stale::Append, out) || !self.may_follow(now, from, epoch, out) {
            return;
        }
        self.log = Log::from_snapshot((**snapshot).clone());
        let upto = self.log.last_index();
        self.synced = 0;
        self.pending.truncate_log(0);
        self.matched = upto;
        self.committed = committed.min(upto);
        self.poisoned = snapshot.poisoned;
        out.note(Note::Copied { pos: self.log.last() });
        self.pending.persist(Write::Replace(Rc::clone(snapshot)), Safe::Log(upto), out);
        let reply = Safe::Stream(from, Message::AppendReply { epoch, received: upto, synced: upto });
        if let Some(Safe::Stream(to, message)) = self.pending.after_last(reply) {
            self.stream_when_safe(to, message, out);
        }
    }

    /// Two masters meet.
    #[inline(never)]
    fn meet_master(&mut self, now: LocalTime, other: MachineId, epoch: u32, out: &mut Outbox<Ha>) {
        // A majority has promised its epoch to one of them; only without one can rank decide.
        if self.config.nodes.fencing.epochs
            || matches!(self.config.nodes.decision, Decision::Majority | Decision::Manager)
        {
            if epoch > self.voter.epoch {
                self.step_down(now, StepDown::NewerEpoch, out);
                self.hear(now, other, epoch, out);
            }
            return;
        }
        let other_index = self.config.layout.data_index(other).expect("only data nodes are masters");
        let mine = self.voter.epoch;
        if other_index > self.index {
            self.hold_rank(now, epoch, out);
        } else if epoch > mine {
            self.step_down(now, StepDown::Outranked, out);
            self.hear(now, other, epoch, out);
        } else {
            // The other one wins, and has to begin a newer epoch than this one's, or nobody else would follow it.
            out.datagram(other, Message::AppendRefused { epoch: mine, last: self.log.last(), base: 0 });
            self.step_down(now, StepDown::Outranked, out);
        }
    }

    /// Without epochs rank decides between two masters, as in VRRP: the higher one stays, in an epoch that is newer
    /// than the other's, and its log is the one that counts from now on.
    pub(super) fn hold_rank(&mut self, now: LocalTime, other_epoch: u32, out: &mut Outbox<Ha>) {
        if other_epoch > self.voter.epoch {
            self.step_down(now, StepDown::Outranked, out);
            self.reopen(now, out);
        }
    }
}
