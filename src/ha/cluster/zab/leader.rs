//! Leading: how an elected member gets an epoch of its own and a quorum that shares its history.
//!
//! 1. *Gathering*: followers come and say which epoch they have promised. When a quorum, the leader included, has, the
//!    new epoch is one more than any of theirs. The leader promises it first, on its disk; then LEADERINFO goes out.
//! 2. *Awaiting epochs*: a quorum has to promise it as well. A follower whose history is newer than the leader's must
//!    not be led by it and is sent away. Now nobody of an older epoch can commit anything more, and the leader's
//!    history holds all that was.
//! 3. *Synchronising*: every follower is brought to the leader's history (`synchronise`). When a quorum has it on the
//!    disk, it is committed, whatever it holds.
//! 4. *Broadcasting* (`broadcast`): the leader is established and serves.
//!
//! Each of the first three has `initLimit` ticks, or the election begins anew. Followers that come later go through
//! the same stages without waiting for others.

use std::collections::{BTreeMap, VecDeque};

use super::durable::Write;
use super::election::Why;
use super::io::{Effect, Outbox, Timer};
use super::message::Message;
use super::note::{Dropped, Note};
use super::zxid::Zxid;
use super::{Core, Members, Next, Service};
use crate::sim::{MachineId, Ticket};

/// How far a leader has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LeaderPhase {
    /// It waits for a quorum to follow.
    Gathering,
    /// Its own promise of the new epoch is on the way to the disk.
    AcceptingEpoch(Ticket),
    /// It waits for a quorum to promise the new epoch.
    AwaitingEpochs,
    /// It waits for a quorum to have its history; its own acknowledgement is that of this write.
    Synchronising(Ticket),
    /// It is established.
    Broadcasting,
}

/// How far a follower has come, as its leader sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LearnerPhase {
    /// It waits for the leader to have an epoch.
    Registered,
    /// It was told the epoch.
    EpochSent,
    /// It answered, with the end of its history.
    EpochAcked(Zxid),
    /// It was sent the leader's history.
    Synchronising,
    /// It has it on the disk.
    Synchronised,
    /// It was told to serve.
    Serving,
}

/// A follower, as its leader sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Learner {
    /// How far it has come.
    pub phase: LearnerPhase,
    /// Its log is on its disk up to here.
    pub acked: Zxid,
    /// How long nothing was heard of it.
    pub silent_half_ticks: u32,
    /// The newest proposal when its debt began to be counted.
    pub(super) owes: Zxid,
    /// How long that one has been waiting for its acknowledgement.
    pub(super) owed_half_ticks: u32,
}

impl Learner {
    /// Whether proposals and commits go to it.
    pub(super) fn is_forwarded_to(&self) -> bool {
        matches!(self.phase, LearnerPhase::Synchronising | LearnerPhase::Synchronised | LearnerPhase::Serving)
    }

    /// Whether its acknowledgements count.
    pub(super) fn counts(&self) -> bool {
        matches!(self.phase, LearnerPhase::Synchronised | LearnerPhase::Serving)
    }
}

/// The state of a member that leads.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Leading {
    pub(super) phase: LeaderPhase,
    /// Its epoch; before it has one, the newest promised by those who came.
    pub(super) epoch: u32,
    /// Who came (`connectingFollowers`), itself included.
    came: Members,
    /// Who promised the epoch (`electingFollowers`).
    promised: Members,
    /// Those who are connected.
    pub(super) learners: BTreeMap<MachineId, Learner>,
    /// The next half tick completes a tick.
    pub(super) second_half: bool,
    /// `sync` operations, each with what has to be committed first and the follower that asks; none: asked here.
    pub(super) syncs: VecDeque<(Zxid, Option<MachineId>, u64)>,
}

impl Leading {
    pub(super) fn start<A: Service>(core: &mut Core<A>, out: &mut Outbox<A>) -> Self {
        let mut leading = Self {
            phase: LeaderPhase::Gathering,
            epoch: core.storage.ahead().accepted_epoch,
            came: Members::of([core.me]),
            promised: Members::default(),
            learners: BTreeMap::new(),
            second_half: false,
            syncs: VecDeque::new(),
        };
        out.set_timer(Timer::Stage, core.config.init_us());
        leading.propose_epoch(core, out);
        leading
    }

    /// It leads from the start, and all others follow and have its history.
    pub(super) fn established<A: Service>(core: &mut Core<A>, epoch: u32, out: &mut Outbox<A>) -> Self {
        let upto = core.storage.history().last();
        let learner =
            Learner { phase: LearnerPhase::Serving, acked: upto, silent_half_ticks: 0, owes: upto, owed_half_ticks: 0 };
        let leading = Self {
            phase: LeaderPhase::Broadcasting,
            epoch,
            came: core.config.members,
            promised: core.config.members,
            learners: core.config.others(core.me).map(|other| (other, learner)).collect(),
            second_half: false,
            syncs: VecDeque::new(),
        };
        out.set_timer(Timer::HalfTick, core.config.tick_us / 2);
        out.note(Note::Established { epoch, leading: true, upto });
        core.deliver(upto, out);
        out.push(Effect::ServiceStarted { epoch, leading: true });
        leading
    }

    pub(super) fn serves(&self) -> bool {
        self.phase == LeaderPhase::Broadcasting
    }

    pub(super) fn on_message<A: Service>(
        &mut self,
        core: &mut Core<A>,
        from: MachineId,
        body: Message<A>,
        out: &mut Outbox<A>,
    ) -> Next {
        if let Message::FollowerInfo { accepted_epoch } = body {
            self.on_follower_info(core, from, accepted_epoch, out);
            return Next::Stay;
        }
        let Some(learner) = self.learners.get_mut(&from) else { return Next::Stay };
        learner.silent_half_ticks = 0;
        match body {
            Message::AckEpoch { current_epoch, last } => self.on_ack_epoch(core, from, current_epoch, last, out),
            Message::Ack(zxid) if zxid == Zxid::new(self.epoch, 0) => self.on_ack_history(core, from, out),
            Message::Ack(zxid) => self.on_ack(core, from, zxid, out),
            Message::Pong(touched) => out.push(Effect::Touched { from, touched }),
            Message::Request(txn) => return self.on_request(core, from, txn, out),
            Message::SyncRequest(ctx) => self.sync(core, Some(from), ctx, out),
            _ => {}
        }
        Next::Stay
    }

    fn on_follower_info<A: Service>(
        &mut self,
        core: &mut Core<A>,
        from: MachineId,
        accepted_epoch: u32,
        out: &mut Outbox<A>,
    ) {
        let learner = Learner {
            phase: LearnerPhase::Registered,
            acked: Zxid::ZERO,
            silent_half_ticks: 0,
            owes: Zxid::ZERO,
            owed_half_ticks: 0,
        };
        self.learners.insert(from, learner);
        match self.phase {
            LeaderPhase::Gathering => {
                self.came.insert(from);
                self.epoch = self.epoch.max(accepted_epoch);
                self.propose_epoch(core, out);
            }
            LeaderPhase::AcceptingEpoch(_) => {}
            _ => self.send_epoch(from, out),
        }
    }

    /// With a quorum, the new epoch is known. The leader promises it first.
    fn propose_epoch<A: Service>(&mut self, core: &mut Core<A>, out: &mut Outbox<A>) {
        if core.config.is_quorum(self.came) {
            self.epoch = self.epoch.checked_add(1).expect("no ensemble has four billion leaders");
            out.note(Note::EpochProposed { epoch: self.epoch });
            let ticket = core.storage.write(Write::AcceptedEpoch(self.epoch), out);
            self.phase = LeaderPhase::AcceptingEpoch(ticket);
            out.set_timer(Timer::Stage, core.config.init_us());
        }
    }

    fn send_epoch<A: Service>(&mut self, to: MachineId, out: &mut Outbox<A>) {
        if let Some(learner) = self.learners.get_mut(&to) {
            learner.phase = LearnerPhase::EpochSent;
            out.send(to, Message::LeaderInfo { epoch: self.epoch });
        }
    }

    fn on_ack_epoch<A: Service>(
        &mut self,
        core: &mut Core<A>,
        from: MachineId,
        current_epoch: Option<u32>,
        last: Zxid,
        out: &mut Outbox<A>,
    ) {
        let Some(learner) = self.learners.get_mut(&from) else { return };
        if learner.phase != LearnerPhase::EpochSent {
            return;
        }
        learner.phase = LearnerPhase::EpochAcked(last);
        match self.phase {
            LeaderPhase::AwaitingEpochs => {
                let Some(current_epoch) = current_epoch else { return };
                let ahead = core.storage.ahead();
                if (current_epoch, last) > (ahead.current_epoch, ahead.log.last()) {
                    return self.drop_follower(from, Dropped::Ahead, out);
                }
                self.promised.insert(from);
                self.begin_synchronisation(core, out);
            }
            LeaderPhase::Synchronising(_) | LeaderPhase::Broadcasting => self.synchronise(core, from, last, out),
            LeaderPhase::Gathering | LeaderPhase::AcceptingEpoch(_) => {}
        }
    }

    /// With a quorum of promises, no older leader can commit anything any more: this history is the one.
    fn begin_synchronisation<A: Service>(&mut self, core: &mut Core<A>, out: &mut Outbox<A>) {
        if !core.config.is_quorum(self.promised) {
            return;
        }
        let write = Write::CurrentEpoch { epoch: self.epoch, last: core.storage.history().last() };
        self.phase = LeaderPhase::Synchronising(core.storage.write(write, out));
        out.set_timer(Timer::Stage, core.config.init_us());
        let ready: Vec<_> = self.learners.iter().map(|(id, learner)| (*id, learner.phase)).collect();
        for (id, phase) in ready {
            if let LearnerPhase::EpochAcked(last) = phase {
                self.synchronise(core, id, last, out);
            }
        }
    }

    fn on_ack_history<A: Service>(&mut self, core: &mut Core<A>, from: MachineId, out: &mut Outbox<A>) {
        let Some(learner) = self.learners.get_mut(&from) else { return };
        if learner.phase != LearnerPhase::Synchronising {
            return;
        }
        learner.phase = LearnerPhase::Synchronised;
        if self.serves() {
            self.let_serve(from, out);
        } else {
            self.establish(core, out);
        }
    }

    fn let_serve<A: Service>(&mut self, id: MachineId, out: &mut Outbox<A>) {
        if let Some(learner) = self.learners.get_mut(&id) {
            learner.phase = LearnerPhase::Serving;
            out.send(id, Message::UpToDate);
        }
    }

    /// With a quorum that has its history on the disk, the leader is established, and all of the history committed.
    fn establish<A: Service>(&mut self, core: &mut Core<A>, out: &mut Outbox<A>) {
        let LeaderPhase::Synchronising(own) = self.phase else { return };
        let ready: Vec<_> = self.learners.iter().filter(|(_, learner)| learner.counts()).map(|(id, _)| *id).collect();
        if !core.storage.is_synced(own) || ready.len() as u32 + 1 < core.config.quorum() {
            return;
        }
        self.phase = LeaderPhase::Broadcasting;
        core.vote.peer_epoch = self.epoch;
        out.cancel_timer(Timer::Stage);
        out.set_timer(Timer::HalfTick, core.config.tick_us / 2);
        let upto = core.storage.history().last();
        out.note(Note::Established { epoch: self.epoch, leading: true, upto });
        core.deliver(upto, out);
        for id in ready {
            self.let_serve(id, out);
        }
        for learner in self.learners.values_mut() {
            learner.silent_half_ticks = 0;
        }
        out.push(Effect::ServiceStarted { epoch: self.epoch, leading: true });
    }

    pub(super) fn on_synced<A: Service>(&mut self, core: &mut Core<A>, synced: Ticket, out: &mut Outbox<A>) {
        match self.phase {
            LeaderPhase::AcceptingEpoch(ticket) if synced >= ticket => {
                out.note(Note::EpochAccepted { epoch: self.epoch });
                self.phase = LeaderPhase::AwaitingEpochs;
                self.promised.insert(core.me);
                out.set_timer(Timer::Stage, core.config.init_us());
                let waiting: Vec<_> = self.learners.keys().copied().collect();
                for id in waiting {
                    self.send_epoch(id, out);
                }
                self.begin_synchronisation(core, out);
            }
            LeaderPhase::Synchronising(_) => self.establish(core, out),
            LeaderPhase::Broadcasting => self.advance_commit(core, out),
            _ => {}
        }
    }

    pub(super) fn on_closed<A: Service>(&mut self, peer: MachineId, out: &mut Outbox<A>) {
        if self.learners.remove(&peer).is_some() {
            out.note(Note::FollowerDropped { follower: peer, why: Dropped::Closed });
        }
    }

    pub(super) fn drop_follower<A: Service>(&mut self, id: MachineId, why: Dropped, out: &mut Outbox<A>) {
        if self.learners.remove(&id).is_some() {
            out.note(Note::FollowerDropped { follower: id, why });
            out.close(id);
        }
    }

    pub(super) fn on_timer<A: Service>(&mut self, core: &Core<A>, timer: Timer, out: &mut Outbox<A>) -> Next {
        match timer {
            Timer::Stage if !self.serves() => Next::Look(Why::NoQuorum),
            Timer::HalfTick if self.serves() => self.half_tick(core, out),
            _ => Next::Stay,
        }
    }

    /// It leads no more.
    pub(super) fn leave<A: Service>(&mut self, why: Why, out: &mut Outbox<A>) {
        let has_epoch = !matches!(self.phase, LeaderPhase::Gathering);
        out.note(Note::SteppedDown { epoch: if has_epoch { self.epoch } else { 0 }, why });
        out.cancel_timer(Timer::Stage);
        out.cancel_timer(Timer::HalfTick);
        for id in self.learners.keys() {
            out.close(*id);
        }
        for (_, asked_by, ctx) in self.syncs.drain(..) {
            if asked_by.is_none() {
                out.push(Effect::SyncDropped(ctx));
            }
        }
        if self.serves() {
            out.push(Effect::ServiceStopped);
        }
    }
}
