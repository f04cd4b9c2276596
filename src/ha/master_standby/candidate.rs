//! A candidate: asks the voters, waits for its own window, or calls the operator.
//!
//! With a majority it asks twice: first what the voters would say (pre-vote, Ongaro §9.6), so that a node which
//! is cut off does not push the epoch up and depose a healthy master on its return; then for real.

use super::super::message::{InSync, Message, Pos, Refusal, Timer};
use super::super::note::Note;
use super::super::system::Ha;
use super::super::voter::{Ask, Respondent, Safe};
use super::promotion::Stage;
use super::{DataNode, Decided, State};
use crate::ha::config::Decision;
use crate::ha::durable::Write;
use crate::sim::{LocalTime, MachineId, Micros, Outbox};

/// What a candidate has heard so far.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Candidate {
    /// The epoch that it asks for.
    pub epoch: u32,
    /// It only asks what the voters would say.
    pub pre: bool,
    /// The master of this epoch has stopped and asked it to take over; 0: nobody has.
    pub handover: u32,
    /// Bit *i*: machine *i* agrees.
    pub votes: u32,
    /// Bit *i*: the log of data node *i* is known.
    pub logs: u32,
    /// Somebody who should rather become master was heard.
    pub better: bool,
    /// How long somebody may still believe in a lease.
    pub lease_left_us: Micros,
    /// Bit *i*: data node *i* may be master, as far as those know who agree.
    pub rivals: u8,
}

/// An answer, as it is counted.
#[derive(Clone, Copy)]
pub(super) struct Ballot {
    pub(super) epoch: u32,
    pub(super) pre: bool,
    pub(super) why: Refusal,
    pub(super) last: Option<Pos>,
    pub(super) lease_left_us: Micros,
    pub(super) in_sync: InSync,
    pub(super) may_be_master: u8,
}

impl DataNode {
    /// It is time to ask, or the time to answer is over.
    #[inline(never)]
    pub(super) fn canvass_timer(&mut self, now: LocalTime, out: &mut Outbox<Ha>) {
        match (&self.state, self.config.nodes.decision) {
            (State::Standby, Decision::Operator { .. }) | (State::Fencing(_), _) => self.page_operator(out),
            (State::Standby, Decision::Majority) if self.voter.suspects => self.ask(now, true, 0, out),
            (State::Standby, Decision::Alone { .. }) if self.voter.suspects => self.ask(now, false, 0, out),
            (State::Candidate(candidate), Decision::Alone { .. }) if !candidate.better => {
                let decided = Decided { lease_left_us: candidate.lease_left_us, ..Decided::default() };
                self.decided(now, candidate.epoch, 1, 1, decided, out);
            }
            (State::Candidate(_), _) => self.canvass_failed(out),
            _ => {}
        }
    }

    #[inline(never)]
    fn canvass_failed(&mut self, out: &mut Outbox<Ha>) {
        let State::Candidate(candidate) = std::mem::replace(&mut self.state, State::Standby) else { return };
        let needed = if self.config.votes() { self.config.layout.majority() as u8 } else { 1 };
        let votes = candidate.votes.count_ones() as u8;
        out.note(Note::CanvassFailed { epoch: candidate.epoch, votes, needed });
        let beat = self.config.nodes.detection.heartbeat_us;
        self.voter.suspects = true;
        out.set_timer(Timer::Canvass, beat, 2 * beat);
    }

    /// Asks every voter.
    pub(super) fn ask(&mut self, now: LocalTime, pre: bool, handover: u32, out: &mut Outbox<Ha>) {
        let epoch = self.next_epoch();
        let last = self.log.last();
        let lease_left_us = if handover == 0 { self.voter.lease_left_us(now) } else { 0 };
        let me = 1 << self.me.index();
        self.state = State::Candidate(Candidate {
            epoch,
            pre,
            handover,
            votes: if pre { me } else { 0 },
            logs: 1 << self.index,
            better: false,
            lease_left_us,
            rivals: self.voter.may_be_master,
        });
        if !pre {
            out.note(Note::Canvassing { epoch, last });
            self.promise(epoch, out);
        }
        for voter in self.other_voters() {
            out.datagram(voter, Message::Canvass { epoch, last, handover, pre });
        }
        let beat = self.config.nodes.detection.heartbeat_us;
        let (lo, hi) = match self.config.nodes.decision {
            Decision::Alone { canvass_us } => (canvass_us, canvass_us),
            Decision::Majority | Decision::Operator { .. } | Decision::Manager => (beat, beat + beat / 2),
        };
        out.set_timer(Timer::Canvass, lo, hi);
    }

    /// Votes for itself; counts when it is on the disk.
    pub(super) fn promise(&mut self, epoch: u32, out: &mut Outbox<Ha>) {
        self.voter.epoch = epoch;
        self.voter.voted_for = Some(self.me);
        let promise = Write::Promise { epoch, voted_for: Some(self.me) };
        self.pending.persist(promise, Safe::OwnVote(epoch), out);
    }

    pub(super) fn own_vote(&mut self, now: LocalTime, epoch: u32, out: &mut Outbox<Ha>) {
        self.own_epoch = self.own_epoch.max(epoch);
        if let State::Promoting(promotion) = &self.state
            && promotion.stage == Stage::Replayed
        {
            return self.recovered(now, out);
        }
        if let State::Candidate(candidate) = &mut self.state
            && candidate.epoch == epoch
            && !candidate.pre
        {
            candidate.votes |= 1 << self.me.index();
            self.count_votes(now, out);
        }
    }

    /// Somebody asks for a vote.
    #[inline(never)]
    pub(super) fn canvass(&mut self, now: LocalTime, from: MachineId, ask: Ask, out: &mut Outbox<Ha>) {
        self.newest_epoch = self.newest_epoch.max(ask.epoch);
        let busy =
            matches!(self.state, State::Master(_) | State::Promoting(_) | State::Fencing(_) | State::Restoring(..));
        let me = Respondent { last: Some(self.log.last()), busy };
        self.voter.answer(&self.config, now, from, ask, me, &mut self.pending, out);
        if self.voter.chosen == Some(from) && matches!(self.state, State::Candidate(_)) {
            self.state = State::Standby; // it votes for the other one
        }
    }

    #[inline(never)]
    pub(super) fn ballot(&mut self, now: LocalTime, from: MachineId, ballot: Ballot, out: &mut Outbox<Ha>) {
        let mine = self.log.last();
        let State::Candidate(candidate) = &mut self.state else { return };
        if candidate.epoch != ballot.epoch || candidate.pre != ballot.pre {
            return;
        }
        self.voter.in_sync = self.voter.in_sync.max(ballot.in_sync);
        // A voter that does not agree may have granted a lease all the same: who decides alone has to wait for it.
        if candidate.handover == 0 && (ballot.why == Refusal::None || !self.config.votes()) {
            candidate.lease_left_us = candidate.lease_left_us.max(ballot.lease_left_us);
        }
        if let (Some(last), Some(index)) = (ballot.last, self.config.layout.data_index(from)) {
            candidate.logs |= 1 << index;
            candidate.better |= last > mine;
        }
        match ballot.why {
            Refusal::None => {
                candidate.votes |= 1 << from.index();
                candidate.rivals |= ballot.may_be_master;
            }
            Refusal::AlreadyVoted | Refusal::NotInSync => candidate.better = true,
            Refusal::HearsMaster | Refusal::BehindMe | Refusal::Amnesia => {}
        }
        self.count_votes(now, out);
    }

    fn count_votes(&mut self, now: LocalTime, out: &mut Outbox<Ha>) {
        let State::Candidate(candidate) = &self.state else { return };
        let needed = self.config.layout.majority();
        if !self.config.votes() || (candidate.votes.count_ones() as usize) < needed {
            return;
        }
        if self.config.agrees_in_sync() && !self.voter.in_sync.has(self.index) {
            return;
        }
        if candidate.pre {
            return self.ask(now, false, 0, out);
        }
        let decided =
            Decided { handover: candidate.handover != 0, lease_left_us: candidate.lease_left_us, ..Decided::default() };
        let (epoch, votes) = (candidate.epoch, candidate.votes.count_ones() as u8);
        self.decided(now, epoch, votes, needed as u8, decided, out);
    }

    /// Calls the operator, to choose or to pull a plug, and again until somebody acts.
    pub(super) fn page_operator(&mut self, out: &mut Outbox<Ha>) {
        let Some(operator) = self.config.layout.operator else { return };
        let epoch = self.voter.master_epoch;
        let targets = if let State::Fencing(state) = &self.state { state.targets as u8 } else { 0 };
        let newest = self.newest_epoch.max(self.voter.epoch);
        out.datagram(operator, Message::Page { epoch, newest, last: self.log.last(), targets });
        let beat = self.config.nodes.detection.heartbeat_us;
        out.set_timer(Timer::Canvass, beat, beat);
    }

    /// The operator's order that answers a call.
    #[inline(never)]
    pub(super) fn ordered(
        &mut self,
        now: LocalTime,
        (operator, order): (MachineId, u32),
        epoch: u32,
        fenced: bool,
        may_be_master: u8,
        out: &mut Outbox<Ha>,
    ) {
        self.newest_epoch = self.newest_epoch.max(epoch);
        let well_again = self.state == State::Standby && !self.voter.suspects;
        if self.voter.remembers && !well_again {
            self.promoted_by_hand(
                now,
                Decided { fenced, may_be_master: Some(may_be_master), ..Decided::default() },
                out,
            );
        } else if !fenced {
            out.stream(operator, Message::Decline { order });
        }
    }

    /// The operator's button: no matter what the node believes.
    #[inline(never)]
    pub(super) fn promoted_by_hand(&mut self, now: LocalTime, decided: Decided, out: &mut Outbox<Ha>) {
        match &self.state {
            State::Standby | State::Candidate(_) => {
                let lease_left_us = self.voter.lease_left_us(now);
                let decided = Decided { lease_left_us, ..decided };
                self.decided(now, self.next_epoch(), 1, 1, decided, out);
            }
            State::Fencing(_) if decided.fenced => self.fenced_by_operator(now, out),
            _ => {}
        }
    }

    /// The master has stopped and asks this node to take over.
    #[inline(never)]
    pub(super) fn handover(&mut self, now: LocalTime, from: MachineId, epoch: u32, last: Pos, out: &mut Outbox<Ha>) {
        let follows = self.voter.master == Some(from) && epoch == self.voter.master_epoch;
        let complete = self.storage().is_some() || self.log.last() == last;
        if !follows || self.state != State::Standby || !self.voter.remembers || !complete {
            return;
        }
        if self.config.votes() {
            self.ask(now, false, epoch, out);
        } else {
            let decided = Decided { handover: true, ..Decided::default() };
            self.decided(now, self.next_epoch(), 1, 1, decided, out);
        }
    }
}
