//! The leader's side of the log (§3.5): it appends, sends, and finds out what is committed (§3.6.2).

use super::io::{Effect, Outbox};
use super::log::{Command, Entry, Payload, Pos};
use super::message::{Message, Timer};
use super::note::{Busy, Note, Why};
use super::role::{Flow, Role};
use super::{Raft, limits};
use crate::sim::MachineId;
use crate::sim::limits::MACHINES;

impl<C: Command> Raft<C> {
    /// A client's command becomes an entry.
    pub(super) fn propose(&mut self, command: C, out: &mut Outbox<C>) {
        let Role::Leader(leader) = &self.role else {
            return out.push(Effect::NotLeader { hint: self.leader });
        };
        // §3.10: otherwise the successor would never have it all.
        if leader.transfer.is_some() {
            out.refuse(Busy::Transferring);
        } else if self.log.last_index() - self.commit >= limits::UNCOMMITTED {
            out.refuse(Busy::Full);
        } else {
            let pos = self.append(Payload::Command(command), out);
            out.push(Effect::Proposed(pos));
            self.send_entries_to_all(out);
        }
    }

    /// Appends to its own log. It does not wait for its disk to send the entry on (§10.2.1), and counts itself among
    /// those who have it only when the disk is done.
    pub(super) fn append(&mut self, payload: Payload<C>, out: &mut Outbox<C>) -> Pos {
        let entry = Entry { term: self.term, payload };
        self.append_behind(self.log.last_index(), &[entry], out);
        self.log.last()
    }

    pub(super) fn send_entries_to_all(&mut self, out: &mut Outbox<C>) {
        self.for_each_follower(|raft, to| raft.send_entries(to, out));
    }

    /// Sends what is new, as much as may be under way.
    fn send_entries(&mut self, to: MachineId, out: &mut Outbox<C>) {
        while self.send_append(to, false, out) {}
    }

    /// Sends one append; without entries only if `empty` is wanted. Where the log does not reach back far enough, it
    /// sends a snapshot. Gives whether it sent anything.
    pub(super) fn send_append(&mut self, to: MachineId, empty: bool, out: &mut Outbox<C>) -> bool {
        if self.config.withhold_entries {
            return false;
        }
        let Role::Leader(leader) = &mut self.role else { return false };
        let Some(progress) = leader.progress.get_mut(to) else { return false };
        if progress.is_paused(self.config.inflight()) {
            return false;
        }
        let Some(prev) = self.log.pos(progress.next - 1) else {
            let pos = self.log.snapshot().pos;
            progress.flow = Flow::Snapshot { index: pos.index, beats: 0 };
            out.note(Note::SnapshotSent { to, pos });
            out.send(to, Message::InstallSnapshot { term: self.term, snapshot: self.log.snapshot().clone() });
            return true;
        };
        if prev.index >= self.log.last_index() && !empty {
            return false;
        }
        let entries = self.log.after(prev.index, self.config.append_entries());
        match &mut progress.flow {
            Flow::Replicate { inflight } if !entries.is_empty() => {
                let last = prev.index + entries.len() as u32;
                inflight.push_back(last);
                progress.next = last + 1;
            }
            Flow::Probe { waits } => *waits = true,
            Flow::Replicate { .. } | Flow::Snapshot { .. } => {}
        }
        out.send(to, Message::Append { term: self.term, prev, entries, commit: self.commit });
        true
    }

    /// A follower has the log up to here.
    pub(super) fn appended(&mut self, from: MachineId, matched: u32, out: &mut Outbox<C>) {
        let Role::Leader(leader) = &mut self.role else { return };
        let Some(progress) = leader.progress.get_mut(from) else { return };
        // What it does not have itself any more belongs to another history: that server has lost its disk's word.
        let matched = matched.min(self.log.last_index());
        progress.accepted(matched);
        if matched > self.commit {
            self.commit_what_a_majority_has(out);
        }
        self.send_entries(from, out);
        self.successor_has(from, out);
        self.learner_has(from, out);
    }

    /// A follower's log is another at `prev`. The hint says where the two can agree at best, and the leader's own log
    /// may rule out more of it (§3.5): one question for each term that differs, not for each entry.
    pub(super) fn append_refused(&mut self, from: MachineId, prev: u32, hint: Pos, out: &mut Outbox<C>) {
        let Role::Leader(leader) = &mut self.role else { return };
        let Some(progress) = leader.progress.get_mut(from) else { return };
        if progress.refused(prev, self.log.last_up_to(hint.index, hint.term)) {
            self.send_append(from, true, out);
        }
    }

    pub(super) fn heartbeat_timer(&mut self, out: &mut Outbox<C>) {
        if self.is_leader() {
            self.send_heartbeats(out);
            self.arm_heartbeat(out);
        }
    }

    /// A new round of heartbeats; gives its number.
    pub(super) fn send_heartbeats(&mut self, out: &mut Outbox<C>) -> u32 {
        let Role::Leader(leader) = &mut self.role else { return 0 };
        leader.round += 1;
        for (to, progress) in leader.progress.iter() {
            let commit = self.commit.min(progress.matched);
            out.send(to, Message::Heartbeat { term: self.term, commit, round: leader.round });
        }
        leader.round
    }

    pub(super) fn heartbeat_reply(&mut self, from: MachineId, round: u32, out: &mut Outbox<C>) {
        let Role::Leader(leader) = &mut self.role else { return };
        let Some(progress) = leader.progress.get_mut(from) else { return };
        progress.beat(round, self.config.inflight(), limits::SNAPSHOT_BEATS);
        // What was sent may be lost: ask, with nothing but the place if all of it is under way.
        if progress.matched < self.log.last_index() {
            self.send_append(from, true, out);
        }
        self.answer_reads(out);
    }

    /// Its own disk has more of the log.
    pub(super) fn own_log_synced(&mut self, out: &mut Outbox<C>) {
        self.commit_what_a_majority_has(out);
    }

    /// §3.6.2: committed is what a majority has, if it is of the leader's own term; and with it what came before. An
    /// entry of an earlier term that a majority has can still be overwritten (figure 3.7).
    pub(super) fn commit_what_a_majority_has(&mut self, out: &mut Outbox<C>) {
        let Role::Leader(leader) = &self.role else { return };
        let members = self.members();
        let has = |voter: MachineId| match leader.progress.get(voter) {
            _ if voter == self.me => self.promises.synced(),
            Some(progress) => progress.matched,
            None => 0,
        };
        // Who is none has nothing, and comes last.
        let mut matched = [0; MACHINES];
        for (matched, voter) in matched.iter_mut().zip(members.voters()) {
            *matched = has(voter);
        }
        matched[..members.voters().count()].sort_unstable_by_key(|index| std::cmp::Reverse(*index));
        let index = matched[members.quorum() as usize - 1];
        if index <= self.commit || self.log.pos(index).is_none_or(|pos| pos.term != self.term) {
            return;
        }
        self.commit_to(index, out);
        self.for_each_follower(|raft, to| _ = raft.send_append(to, true, out));
        self.begin_reads(out);
        // §4.2.2: it has managed an ensemble to which it does not belong, up to here.
        if !members.is_voter(self.me) && self.log.members().0 <= self.commit {
            self.become_follower(self.term, None, Why::Removed, out);
        }
    }

    /// Everything up to `index` is committed: the state machine gets it.
    pub(super) fn commit_to(&mut self, index: u32, out: &mut Outbox<C>) {
        if index <= self.commit {
            return;
        }
        for at in self.commit + 1..=index {
            let entry = self.log.get(at).expect("what is committed is in the log");
            if let Some(members) = entry.members() {
                out.note(Note::MembersCommitted { index: at, members });
            }
            out.push(Effect::Committed(Pos { term: entry.term, index: at }, entry.payload.clone()));
        }
        self.commit = index;
        out.note(Note::CommittedTo { index });
        self.release_reads(out);
    }

    /// Whether something of the leader's own term is committed.
    pub(super) fn has_committed(&self) -> bool {
        self.log.pos(self.commit).is_some_and(|pos| pos.term == self.term)
    }

    pub(super) fn arm_heartbeat(&self, out: &mut Outbox<C>) {
        let us = self.config.timing.heartbeat_us();
        out.set_timer(Timer::Heartbeat, (us, us));
    }

    /// Does something for each follower; who follows must not change by it.
    fn for_each_follower(&mut self, mut act: impl FnMut(&mut Self, MachineId)) {
        let mut place = 0;
        while let Role::Leader(leader) = &self.role
            && let Some(to) = leader.progress.machine(place)
        {
            act(self, to);
            place += 1;
        }
    }
}
