//! Reads that miss nothing which was acknowledged before they came (§6.4), without an entry in the log.
//!
//! The leader takes down what is committed, and asks in a round of heartbeats whether it still leads: a majority that
//! answers has not elected another before the read came. It must have committed an entry of its own term first;
//! before that it does not know what its predecessors have committed. A follower asks the leader for the index, and
//! reads when it has applied as much.

use super::io::{Effect, Outbox};
use super::log::Command;
use super::members::bit;
use super::message::Message;
use super::note::{Note, Why};
use super::role::{Leader, Read, Role};
use super::{Raft, limits};
use crate::sim::MachineId;

impl<C: Command> Raft<C> {
    /// A client of this server wants to read.
    pub(super) fn read_index(&mut self, ctx: u64, out: &mut Outbox<C>) {
        match self.leader {
            _ if self.is_leader() => self.take_read(None, ctx, out),
            Some(leader) if self.forwarded.len() < limits::READS => {
                self.forwarded.push((ctx, None));
                out.send(leader, Message::ReadIndex { term: self.term, ctx });
            }
            _ => self.refuse_read(ctx, out),
        }
    }

    /// A follower asks.
    pub(super) fn follower_asks(&mut self, from: MachineId, term: u32, ctx: u64, out: &mut Outbox<C>) {
        if term > self.term {
            self.become_follower(term, None, Why::NewerTerm, out);
        }
        if self.is_leader() {
            self.take_read(Some(from), ctx, out);
        } else {
            out.send(from, Message::ReadIndexReply { term: self.term, ctx, index: None });
        }
    }

    fn take_read(&mut self, from: Option<MachineId>, ctx: u64, out: &mut Outbox<C>) {
        if self.config.read_index_without_quorum {
            return self.answer_read(from, ctx, Some(self.commit), out);
        }
        let Role::Leader(leader) = &mut self.role else { return };
        if leader.reads.len() >= limits::READS {
            return self.answer_read(from, ctx, None, out);
        }
        leader.reads.push_back(Read { from, ctx, asked: None });
        self.begin_reads(out);
    }

    /// Reads that came before anything of this term was committed, or just now, get their index and their round.
    pub(super) fn begin_reads(&mut self, out: &mut Outbox<C>) {
        let waits = |read: &Read| read.asked.is_none();
        if !matches!(&self.role, Role::Leader(leader) if leader.reads.back().is_some_and(waits))
            || !self.has_committed()
        {
            return;
        }
        let round = self.send_heartbeats(out);
        if let Role::Leader(leader) = &mut self.role {
            for read in leader.reads.iter_mut().rev().take_while(|read| waits(read)) {
                read.asked = Some((self.commit, round));
            }
        }
        self.answer_reads(out);
    }

    /// Answers the reads whose round a majority has answered.
    pub(super) fn answer_reads(&mut self, out: &mut Outbox<C>) {
        let members = self.members();
        while let Role::Leader(leader) = &mut self.role
            && let Some(&Read { from, ctx, asked: Some((index, round)) }) = leader.reads.front()
        {
            let answered = leader.progress.iter().filter(|(_, progress)| progress.acked_round >= round);
            if !members.is_quorum(answered.fold(bit(self.me), |set, (follower, _)| set | bit(follower))) {
                break;
            }
            leader.reads.pop_front();
            self.answer_read(from, ctx, Some(index), out);
        }
    }

    fn answer_read(&self, from: Option<MachineId>, ctx: u64, index: Option<u32>, out: &mut Outbox<C>) {
        match (from, index) {
            (Some(follower), index) => {
                out.send(follower, Message::ReadIndexReply { term: self.term, ctx, index });
            }
            (None, Some(index)) => out.push(Effect::ReadReady { ctx, index }),
            (None, None) => self.refuse_read(ctx, out),
        }
    }

    /// It leads no more: it can vouch for nothing.
    pub(super) fn end_reads(&mut self, old: &mut Leader, out: &mut Outbox<C>) {
        for read in old.reads.drain(..) {
            self.answer_read(read.from, read.ctx, None, out);
        }
    }

    /// The leader has answered a read of this server.
    pub(super) fn leader_says(&mut self, ctx: u64, index: Option<u32>, out: &mut Outbox<C>) {
        let Some(at) = self.forwarded.iter().position(|(asked, known)| *asked == ctx && known.is_none()) else {
            return;
        };
        if index.is_some() {
            self.forwarded[at].1 = index;
            self.release_reads(out);
        } else {
            self.forwarded.remove(at);
            self.refuse_read(ctx, out);
        }
    }

    /// Reads whose index is applied by now.
    pub(super) fn release_reads(&mut self, out: &mut Outbox<C>) {
        let commit = self.commit;
        self.forwarded.retain(|(ctx, index)| match index {
            Some(index) if *index <= commit => {
                out.push(Effect::ReadReady { ctx: *ctx, index: *index });
                false
            }
            _ => true,
        });
    }

    pub(super) fn refuse_read(&self, ctx: u64, out: &mut Outbox<C>) {
        let hint = self.leader.filter(|leader| *leader != self.me);
        out.note(Note::ReadRefused { term: self.term, leader: hint });
        out.push(Effect::ReadRefused { ctx, hint });
    }
}
