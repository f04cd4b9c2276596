//! From the decision to an open master: fence the old one, start the service, replay the log.

use super::super::message::{Message, Timer};
use super::super::note::{FencedBy, Note};
use super::super::system::Ha;
use super::{DataNode, Decided, State};
use crate::sim::{LocalTime, MachineId, Outbox};

/// What is still to be done before the old master cannot write any more.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Fencing {
    /// The epoch in preparation.
    pub epoch: u32,
    /// How it was decided.
    pub decided: Decided,
    /// Bit *i*: the power of data node *i* is still to be cut.
    pub targets: u32,
    /// Orders given so far.
    pub order: u32,
    /// The last order is out and not answered.
    pub waiting: bool,
}

/// The service starts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Promotion {
    /// The epoch in preparation.
    pub epoch: u32,
    /// Standbys whose log was read before the decision.
    pub logs_read: u8,
    /// How far it is.
    pub stage: Stage,
}

/// How far a promotion is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// The service starts; the log is on a shared storage and comes next.
    Starting,
    /// The shared storage is asked for the log.
    Reading,
    /// The log is replayed.
    Replaying,
    /// All is done; only its own promise is not on the disk yet.
    Replayed,
}

impl DataNode {
    /// It is decided: this node is to be master in `epoch`.
    #[inline(never)]
    pub(super) fn decided(
        &mut self,
        now: LocalTime,
        epoch: u32,
        votes: u8,
        needed: u8,
        mut decided: Decided,
        out: &mut Outbox<Ha>,
    ) {
        let (answered, rivals) = match &self.state {
            State::Candidate(candidate) => {
                let agree = |index: usize| candidate.votes >> self.config.layout.data[index].index() & 1 == 1;
                let rivals = (0..self.config.layout.data.len())
                    .filter(|index| candidate.rivals >> index & 1 == 1 && *index != self.index && !agree(*index));
                (candidate.logs, Some(rivals.fold(0, |set, index| set | 1 << index)))
            }
            _ => (1 << self.index, None),
        };
        decided.logs_read = if self.storage().is_some() { 0 } else { answered.count_ones() as u8 };
        out.note(Note::Decided { epoch, votes, needed, logs_read: decided.logs_read });
        if self.voter.epoch < epoch {
            self.promise(epoch, out);
        }
        out.cancel_timer(Timer::Canvass);
        out.cancel_timer(Timer::Silence);
        // Whose power to cut: of all who may be master as far as the voters know, except who has just voted, or as
        // far as the operator knows; else the silent master's, or after a restart that of all who did not answer.
        let last_heard = match self.voter.master.and_then(|master| self.config.layout.data_index(master)) {
            Some(index) if index != self.index => 1 << index,
            _ => ((1_u32 << self.config.layout.data.len()) - 1) & !(1 << self.index) & !answered,
        };
        let by_operator = decided.may_be_master.map(|set| u32::from(set) & !(1 << self.index));
        let targets = rivals.filter(|_| self.config.votes()).or(by_operator).unwrap_or(last_heard);
        self.state = State::Fencing(Fencing { epoch, decided, targets, order: 0, waiting: false });
        self.ask_for_patience(out);
        let fencing = self.config.nodes.fencing;
        if self.is_alone() {
            self.fenced(now, FencedBy::Nothing, out);
        } else if decided.handover {
            self.fenced(now, FencedBy::Handover, out);
        } else if decided.fenced {
            self.fenced(now, FencedBy::Operator, out);
        } else if self.is_managed() && decided.lease_left_us == 0 {
            self.fenced(now, self.fenced_by_manager(), out);
        } else if let Some(stonith) = fencing.stonith.filter(|_| targets != 0) {
            let pause = stonith.stagger_us * self.index as u64;
            out.set_timer(Timer::Fence, pause, pause);
        } else if let Some(lease) = fencing.lease {
            // The granters' clocks gave the time left; this clock measures it, and may run fast.
            let left = decided.lease_left_us;
            let wait = if left > 0 { lease.stretched_us(left) } else { 0 };
            out.set_timer(Timer::LeaseWait, wait, wait);
        } else {
            self.fenced(now, if fencing.epochs { FencedBy::Epoch } else { FencedBy::Nothing }, out);
        }
    }

    /// Fencing and replaying can take long: the others are not to choose somebody else in the meantime.
    pub(super) fn ask_for_patience(&mut self, out: &mut Outbox<Ha>) {
        let (State::Fencing(Fencing { epoch, .. }) | State::Promoting(Promotion { epoch, .. })) = self.state else {
            return;
        };
        let (last, committed) = (self.log.last(), self.committed);
        for voter in self.other_voters() {
            out.datagram(voter, Message::Heartbeat { epoch, round: 0, last, committed, open: false });
        }
        let beat = self.config.nodes.detection.heartbeat_us;
        out.set_timer(Timer::Heartbeat, beat, beat);
        self.mount_again(out);
    }

    /// Time to shoot, or the last shot was not answered.
    #[inline(never)]
    pub(super) fn fence_timer(&mut self, now: LocalTime, out: &mut Outbox<Ha>) {
        if let State::Master(_) = self.state {
            return self.shoot_silent_standbys(now, out);
        }
        let (Some(stonith), Some(fencer)) = (self.config.nodes.fencing.stonith, self.config.layout.fencer) else {
            return;
        };
        let State::Fencing(fencing) = &mut self.state else { return };
        let targets: Vec<MachineId> = (0..self.config.layout.data.len())
            .filter(|index| fencing.targets >> index & 1 == 1)
            .map(|index| self.config.layout.data[index])
            .collect();
        if fencing.waiting {
            out.note(Note::FenceFailed { target: targets[0], order: fencing.order });
        }
        if fencing.order >= u32::from(stonith.tries) {
            return self.page_operator(out);
        }
        fencing.order += 1;
        fencing.waiting = true;
        for target in targets {
            out.note(Note::FenceOrdered { target, order: fencing.order });
            out.stream(fencer, Message::Fence { target, epoch: fencing.epoch, order: fencing.order });
        }
        let patience = stonith.delay_us + 4 * self.config.nodes.detection.heartbeat_us;
        out.set_timer(Timer::Fence, patience, patience);
    }

    #[inline(never)]
    pub(super) fn fence_reply(
        &mut self,
        now: LocalTime,
        target: MachineId,
        epoch: u32,
        order: u32,
        confirmed: bool,
        out: &mut Outbox<Ha>,
    ) {
        let index = self.config.layout.data_index(target).expect("only data nodes are fenced");
        if let State::Master(master) = &mut self.state {
            if confirmed {
                master.shot |= 1 << index;
            }
            return;
        }
        let State::Fencing(fencing) = &mut self.state else { return };
        if (fencing.epoch, fencing.order) != (epoch, order) {
            return;
        }
        if confirmed {
            fencing.targets &= !(1 << index);
            if fencing.targets == 0 {
                self.fenced(now, FencedBy::PowerCut, out);
            }
        } else {
            fencing.waiting = false;
            out.note(Note::FenceFailed { target, order });
            out.set_timer(Timer::Fence, 0, 0);
        }
    }

    pub(super) fn lease_waited(&mut self, now: LocalTime, out: &mut Outbox<Ha>) {
        if matches!(self.state, State::Fencing(_)) {
            self.fenced(now, FencedBy::Lease, out);
        }
    }

    pub(super) fn fenced_by_operator(&mut self, now: LocalTime, out: &mut Outbox<Ha>) {
        self.fenced(now, FencedBy::Operator, out);
    }

    /// The old master cannot write any more: open.
    fn fenced(&mut self, now: LocalTime, by: FencedBy, out: &mut Outbox<Ha>) {
        let State::Fencing(fencing) = &self.state else { return };
        let (epoch, logs_read) = (fencing.epoch, fencing.decided.logs_read);
        out.note(Note::Fenced { epoch, by });
        out.cancel_timer(Timer::Fence);
        out.cancel_timer(Timer::Canvass);
        let (start_up_us, recovery_us) = (self.config.nodes.standby.start_up_us, self.config.nodes.recovery_us);
        // A log of its own is replayed as soon as the service has started; one on a shared storage is read first.
        let (stage, pause) = match self.storage() {
            Some(_) => (Stage::Starting, start_up_us),
            None => (Stage::Replaying, start_up_us + recovery_us),
        };
        self.state = State::Promoting(Promotion { epoch, logs_read, stage });
        out.note(Note::Promoting { epoch, last: self.log.last(), takes_us: start_up_us + recovery_us });
        if pause == 0 {
            self.recovered(now, out);
        } else {
            out.set_timer(Timer::Recovery, pause, pause);
        }
    }

    /// The service has started, or the log is replayed. Before its promise is on the disk it must not write in this
    /// epoch: it might forget that it did, and begin the same epoch again.
    pub(super) fn recovered(&mut self, now: LocalTime, out: &mut Outbox<Ha>) {
        if let State::Promoting(promotion) = &mut self.state {
            match promotion.stage {
                Stage::Starting => return self.mount(out),
                Stage::Reading => return,
                Stage::Replaying | Stage::Replayed => promotion.stage = Stage::Replayed,
            }
            let (epoch, logs_read) = (promotion.epoch, promotion.logs_read);
            if self.own_epoch >= epoch {
                self.become_master(now, epoch, logs_read, out);
            }
        }
    }

    /// Opens in a new epoch as soon as that is promised, without asking anybody.
    pub(super) fn reopen(&mut self, now: LocalTime, out: &mut Outbox<Ha>) {
        let epoch = self.next_epoch();
        self.promise(epoch, out);
        let stage = if self.storage().is_some() { Stage::Starting } else { Stage::Replayed };
        self.state = State::Promoting(Promotion { epoch, logs_read: 0, stage });
        self.recovered(now, out);
    }
}
