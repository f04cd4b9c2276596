//! Members come and go, one by one (§4).
//!
//! A change is an entry with the whole new configuration, and in force at each server as soon as it is in its log
//! (§4.1). The next one has to wait until it is committed. A leader makes none before it has committed something of
//! its own term, or two changes that know nothing of each other could be under way. A new voter first catches up in
//! rounds, each as long as the log had become when it began; when one takes less than an election timeout, the server
//! is near enough (§4.2.1).

use super::io::{Effect, Outbox};
use super::log::{Command, Payload};
use super::members::{Change, Members, bit};
use super::message::Timer;
use super::note::{Busy, Note};
use super::role::{CatchUp, Progress, Role};
use super::{Raft, limits};
use crate::sim::MachineId;

impl<C: Command> Raft<C> {
    pub(super) fn change(&mut self, change: Change, out: &mut Outbox<C>) {
        let Role::Leader(leader) = &self.role else {
            return out.push(Effect::NotLeader { hint: self.leader });
        };
        let (index, members) = self.log.members();
        if leader.transfer.is_some() {
            return out.refuse(Busy::Transferring);
        }
        if index > self.commit || leader.catch_up.is_some() {
            return out.refuse(Busy::ChangePending);
        }
        if !self.has_committed() {
            return out.refuse(Busy::NothingCommitted);
        }
        let Some(next) = members.after(change) else {
            return out.refuse(Busy::NoSuchChange);
        };
        if let Change::AddVoter(server) = change {
            self.begin_round(CatchUp { server, round: 1, goal: 0, late: 0 }, out);
        } else {
            self.append_members(next, out);
        }
    }

    fn append_members(&mut self, members: Members, out: &mut Outbox<C>) {
        let pos = self.append(Payload::Members(members), out);
        out.push(Effect::Proposed(pos));
        self.follow_members(out);
        self.send_entries_to_all(out);
    }

    /// The leader sends to all members and to who catches up, and to nobody else.
    fn follow_members(&mut self, out: &mut Outbox<C>) {
        let (me, next, members) = (self.me, self.log.last_index().max(1), self.members());
        let Role::Leader(leader) = &mut self.role else { return };
        let catching_up = leader.catch_up.map(|catch_up| catch_up.server);
        let also = catching_up.filter(|server| !members.contains(*server));
        leader.progress.are(members.everyone().chain(also).filter(|server| *server != me), |server| {
            // It has not had the time to be heard (§6.2).
            leader.heard |= bit(server);
            Progress::probing(next)
        });
        if leader.transfer.is_some_and(|transfer| !members.is_voter(transfer.to)) {
            self.transfer_timeout(out);
            out.cancel_timer(Timer::Transfer);
        }
    }

    fn begin_round(&mut self, catch_up: CatchUp, out: &mut Outbox<C>) {
        let CatchUp { server, round, .. } = catch_up;
        let goal = self.log.last_index();
        let Role::Leader(leader) = &mut self.role else { return };
        leader.catch_up = Some(CatchUp { goal, late: 0, ..catch_up });
        out.note(Note::CatchingUp { server, round, goal });
        self.arm_catch_up(out);
        self.follow_members(out);
        self.send_append(server, true, out);
        self.learner_has(server, out);
    }

    /// A follower has got further: if it is the one that catches up, its round may be over.
    pub(super) fn learner_has(&mut self, follower: MachineId, out: &mut Outbox<C>) {
        let Role::Leader(leader) = &mut self.role else { return };
        let Some(catch_up) = leader.catch_up.filter(|catch_up| catch_up.server == follower) else { return };
        if leader.progress.get(follower).is_none_or(|progress| progress.matched < catch_up.goal) {
            return;
        }
        if catch_up.late == 0 {
            leader.catch_up = None;
            out.cancel_timer(Timer::CatchUp);
            if let Some(members) = self.members().after(Change::AddVoter(follower)) {
                self.append_members(members, out);
            }
        } else if catch_up.round < limits::CATCH_UP_ROUNDS {
            self.begin_round(CatchUp { round: catch_up.round + 1, ..catch_up }, out);
        } else {
            self.give_up_on(follower, out);
        }
    }

    /// The round has taken an election timeout, or one more of them.
    pub(super) fn catch_up_timeout(&mut self, out: &mut Outbox<C>) {
        let Role::Leader(leader) = &mut self.role else { return };
        let Some(catch_up) = &mut leader.catch_up else { return };
        catch_up.late += 1;
        let server = catch_up.server;
        if catch_up.late < limits::CATCH_UP_ROUNDS {
            self.arm_catch_up(out);
        } else {
            self.give_up_on(server, out);
        }
    }

    fn give_up_on(&mut self, server: MachineId, out: &mut Outbox<C>) {
        if let Role::Leader(leader) = &mut self.role {
            leader.catch_up = None;
        }
        out.note(Note::CatchUpFailed { server });
        out.cancel_timer(Timer::CatchUp);
        self.follow_members(out);
    }

    fn arm_catch_up(&self, out: &mut Outbox<C>) {
        let us = self.config.timing.base_us();
        out.set_timer(Timer::CatchUp, (us, us));
    }
}
