//! Handing the leadership over (§3.10): the leader takes no more proposals, lets the successor have all of its log,
//! and tells it to campaign at once. The successor's campaign says so, and voters who hear the leader vote for it all
//! the same.

use super::Raft;
use super::io::{Effect, Outbox};
use super::log::Command;
use super::message::{Message, Timer};
use super::note::{Busy, Note, Why};
use super::role::{Role, Transfer};
use crate::sim::MachineId;

impl<C: Command> Raft<C> {
    pub(super) fn transfer(&mut self, to: MachineId, out: &mut Outbox<C>) {
        let members = self.members();
        let Role::Leader(leader) = &mut self.role else {
            return out.push(Effect::NotLeader { hint: self.leader });
        };
        if to == self.me || !members.is_voter(to) {
            return out.refuse(Busy::NoSuchSuccessor);
        }
        if leader.transfer.is_some() {
            return out.refuse(Busy::Transferring);
        }
        leader.transfer = Some(Transfer { to, told: false });
        out.note(Note::TransferBegan { to });
        let us = self.config.timing.base_us();
        out.set_timer(Timer::Transfer, (us, us));
        self.successor_has(to, out);
        self.send_append(to, true, out);
    }

    /// A follower has got further: if it is the successor, and has it all, it may begin.
    pub(super) fn successor_has(&mut self, follower: MachineId, out: &mut Outbox<C>) {
        let Role::Leader(leader) = &mut self.role else { return };
        let complete = leader.progress.get(follower).is_some_and(|p| p.matched == self.log.last_index());
        if let Some(transfer) = &mut leader.transfer
            && transfer.to == follower
            && complete
            && !transfer.told
        {
            transfer.told = true;
            out.send(follower, Message::TimeoutNow { term: self.term });
        }
    }

    /// The leader wants this server to succeed it. No pre-vote: it has not lost anybody.
    pub(super) fn timeout_now(&mut self, term: u32, out: &mut Outbox<C>) {
        if term > self.term {
            self.become_follower(term, None, Why::NewerTerm, out);
        }
        if term == self.term && self.role == Role::Follower && self.may_campaign() {
            self.become_candidate(Why::TimeoutNow, true, out);
        }
    }

    /// It has taken an election timeout: the leader goes on.
    pub(super) fn transfer_timeout(&mut self, out: &mut Outbox<C>) {
        if let Role::Leader(leader) = &mut self.role
            && let Some(transfer) = leader.transfer.take()
        {
            out.note(Note::TransferFailed { to: transfer.to });
        }
    }
}

/// The leader has stepped down.
pub(super) fn end_transfer<C: Command>(transfer: Option<Transfer>, why: Why, out: &mut Outbox<C>) {
    if let Some(Transfer { to, told }) = transfer {
        let made_way = told && why == Why::NewerTerm;
        out.note(if made_way { Note::TransferDone { to } } else { Note::TransferFailed { to } });
        out.cancel_timer(Timer::Transfer);
    }
}
