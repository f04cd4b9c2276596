//! Serving: requests, health checks, backups, and what can be wrong with a node that still answers.

use std::rc::Rc;

use super::super::durable::Write;
use super::super::limits::UNACKNOWLEDGED;
use super::super::message::{Answer, Message, Op, OpKind, RequestId, Timer};
use super::super::note::{Note, StepDown};
use super::super::system::Ha;
use super::super::voter::Safe;
use super::{DataNode, State};
use crate::ha::log::Log;
use crate::sim::{LocalTime, MachineId, Outbox};

/// What is wrong with a node that answers heartbeats.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Trouble {
    /// Nothing.
    #[default]
    None,
    /// Every request fails.
    Fails,
    /// Requests hang.
    Hangs,
}

impl DataNode {
    #[expect(clippy::too_many_arguments, reason = "the fields of the message")]
    pub(super) fn request(
        &mut self,
        now: LocalTime,
        from: MachineId,
        id: RequestId,
        attempt: u8,
        op: Op,
        epoch: u32,
        out: &mut Outbox<Ha>,
    ) {
        let answer = match self.trouble {
            Trouble::Hangs => return,
            Trouble::Fails => Some(Answer::Failed),
            Trouble::None => self.try_request(now, from, id, attempt, op, epoch, out),
        };
        if let Some(answer) = answer {
            let epoch = self.master_epoch();
            out.stream(from, Message::Response { id, attempt, answer, epoch });
        }
    }

    /// The answer, unless it has to wait.
    #[expect(clippy::too_many_arguments, reason = "the fields of the message")]
    fn try_request(
        &mut self,
        now: LocalTime,
        from: MachineId,
        id: RequestId,
        attempt: u8,
        op: Op,
        epoch: u32,
        out: &mut Outbox<Ha>,
    ) -> Option<Answer> {
        if let Some(mine) = self.as_master().map(|master| master.epoch) {
            if self.config.nodes.fencing.epochs && epoch > mine {
                // The client has met a newer master.
                self.newest_epoch = self.newest_epoch.max(epoch);
                self.step_down(now, StepDown::NewerEpoch, out);
            } else if !self.holds_lease(now) {
                self.lease_timer(now, out);
            }
        }
        let State::Master(master) = &self.state else { return Some(self.answer_as_standby(op)) };
        if self.poisoned {
            return Some(Answer::Failed);
        }
        if !self.holds_lease(now) {
            return Some(Answer::NotMaster(None));
        }
        if op.kind == OpKind::Read {
            return Some(Answer::Done(self.log.version(op.key, self.acknowledged())));
        }
        if master.switching_to.is_some() {
            return Some(Answer::NotMaster(None));
        }
        if self.cannot_write() || master.waiting.len() >= UNACKNOWLEDGED {
            return Some(Answer::Failed);
        }
        if attempt > 0 && self.is_managed() && self.asked_again(from, id, attempt, out) {
            return None;
        }
        self.propose_write(now, from, id, attempt, op, out);
        None
    }

    fn answer_as_standby(&self, op: Op) -> Answer {
        let serves = self.config.nodes.standby.serves_reads && self.config.clients.reads_anywhere;
        if serves && op.kind == OpKind::Read && self.state == State::Standby && self.voter.remembers {
            if self.poisoned {
                return Answer::Failed;
            }
            return Answer::Done(self.log.version(op.key, self.log.last_index()));
        }
        Answer::NotMaster(self.voter.master.filter(|master| *master != self.me && !self.voter.suspects))
    }

    /// The epoch of the newest master that it knows. What it has only promised to a candidate is nobody's yet.
    fn master_epoch(&self) -> u32 {
        self.as_master().map_or(self.voter.master_epoch, |master| master.epoch)
    }

    /// Whether a request would be served well now.
    fn is_well(&self) -> bool {
        self.trouble == Trouble::None && !self.poisoned && !self.cannot_write()
    }

    pub(super) fn check(&mut self, from: MachineId, round: u32, deep: bool, out: &mut Outbox<Ha>) {
        if deep && self.trouble == Trouble::Hangs {
            return; // a deep check does what a request does
        }
        let master = matches!(&self.state, State::Master(master) if master.switching_to.is_none());
        let well = !deep || self.is_well();
        let epoch = self.master_epoch();
        out.datagram(from, Message::CheckReply { round, master, epoch, well });
    }

    // ---- trouble and backups -------------------------------------------------------------------------

    pub(super) fn turn_gray(&mut self, trouble: Trouble, out: &mut Outbox<Ha>) {
        self.trouble = trouble;
        out.note(Note::TurnedGray { hang: trouble == Trouble::Hangs });
    }

    pub(super) fn turn_well(&mut self, out: &mut Outbox<Ha>) {
        if self.trouble != Trouble::None {
            self.trouble = Trouble::None;
            out.note(Note::Recovered);
        }
    }

    /// A release is installed: a bad one, or one that is well.
    #[inline(never)]
    pub(super) fn release(&mut self, bad: bool, out: &mut Outbox<Ha>) {
        if bad != self.bad_release {
            self.bad_release = bad;
            self.pending.persist(Write::Release { bad }, Safe::Log(0), out);
        }
        if bad { self.turn_gray(Trouble::Fails, out) } else { self.turn_well(out) }
    }

    pub(super) fn schedule_backup(&self, out: &mut Outbox<Ha>) {
        if let Some(backup) = self.config.nodes.backup {
            out.set_timer(Timer::Backup, backup.every_us, backup.every_us);
        }
    }

    #[inline(never)]
    pub(super) fn take_backup(&mut self, out: &mut Outbox<Ha>) {
        self.schedule_backup(out);
        let upto = self.committed.max(self.log.base_index());
        if !self.poisoned && self.voter.remembers && upto > 0 {
            let snapshot = Rc::new(self.log.snapshot(upto));
            self.backup = Some(Rc::clone(&snapshot));
            out.note(Note::BackedUp { pos: snapshot.pos });
            self.pending.persist(Write::Backup(snapshot), Safe::Log(0), out);
        }
    }

    /// The operator gives this node its last good backup back. What came after it is lost.
    #[inline(never)]
    pub(super) fn restore(&mut self, now: LocalTime, out: &mut Outbox<Ha>) {
        let (Some(snapshot), Some(backup)) = (self.backup.clone(), self.config.nodes.backup) else { return };
        let was_master = self.as_master().is_some();
        self.step_down(now, StepDown::Restore, out);
        if was_master {
            // The others are to wait for it, not to replace it.
            self.voter.master = Some(self.me);
            out.set_timer(Timer::Heartbeat, 0, 0);
        }
        out.cancel_timer(Timer::Silence);
        out.cancel_timer(Timer::Canvass);
        out.note(Note::Restoring { pos: snapshot.pos, takes_us: backup.restore_us });
        out.set_timer(Timer::Restore, backup.restore_us, backup.restore_us);
        self.state = State::Restoring(snapshot, 0);
    }

    #[inline(never)]
    pub(super) fn restored(&mut self, now: LocalTime, out: &mut Outbox<Ha>) {
        let State::Restoring(snapshot, _) = &self.state else { return };
        let snapshot = Rc::clone(snapshot);
        self.log = Log::from_snapshot((*snapshot).clone());
        self.pending.truncate_log(0);
        self.synced = 0;
        self.poisoned = false;
        self.pending.persist(Write::Replace(snapshot), Safe::Log(self.log.last_index()), out);
        self.reopen(now, out);
    }
}
