//! A master: heartbeats, its lease, the agreed in-sync set, and handing the role over.

use std::collections::VecDeque;

use super::super::durable::Write;
use super::super::limits::LEASE_ROUNDS;
use super::super::message::{Answer, Entry, InSync, Message, Op, OpKind, RequestId, Timer};
use super::super::note::{Note, StepDown};
use super::super::system::Ha;
use super::super::voter::Safe;
use super::shared::Stored;
use super::{DataNode, State};
use crate::ha::Detector;
use crate::ha::config::{Decision, Fallback, ReplicationMode, Router};
use crate::sim::{LocalTime, MachineId, Micros, Outbox};

/// Heartbeats between two attempts to have an in-sync set recorded.
const PROPOSE_AGAIN_BEATS: u32 = 3;
/// Heartbeats between two updates of the name server, in case it missed one.
const NAME_AGAIN_BEATS: u32 = 10;

/// A master's own matters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Master {
    /// Its epoch.
    pub epoch: u32,
    /// Index of the last entry that it inherited.
    pub base: u32,
    /// What it knows of each data node, by index; its own place is unused.
    pub peers: Vec<Peer>,
    /// What the shared storage has, if there is one.
    pub stored: Stored,
    /// Requests that wait for their acknowledgement, oldest first.
    pub waiting: VecDeque<Waiting>,
    /// Until when it may write, on its own clock; none: no round has been granted yet.
    pub lease_until: Option<LocalTime>,
    /// Rounds of heartbeats under way: number, time of sending, and who has answered (bit *i*: machine *i*).
    pub rounds: VecDeque<(u32, LocalTime, u32)>,
    /// Counts the heartbeats.
    pub round: u32,
    /// Goes on with fewer standbys than configured.
    pub degraded: bool,
    /// The in-sync set that holds.
    pub in_sync: InSync,
    /// The in-sync set that is being recorded, and who has it (bit *i*: machine *i*).
    pub proposed: Option<(InSync, u32)>,
    /// Bit *i*: data node *i* has nearly everything, and from now on writes wait for it: so it comes to have all that is
    /// acknowledged, and a set with it can be proposed. Without that it would lag behind a busy master for ever.
    pub joining: u8,
    /// It has stopped taking writes, to hand over to this node.
    pub switching_to: Option<MachineId>,
    /// Announcements of the virtual address still to be repeated.
    pub announcements: u8,
    /// Bit *i*: the power of data node *i* was cut by this master's order.
    pub shot: u32,
    /// The preferred master has everything, and its time until it gets the role back runs.
    pub failback_armed: bool,
}

/// What a master knows of one standby.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Peer {
    /// It follows, on a connection that stands.
    pub linked: bool,
    /// Index of the next entry to send.
    pub next: u32,
    /// It has the log up to here, as replication counts it.
    pub has: u32,
    /// It has the log on its disk up to here.
    pub synced: u32,
    /// When it was last heard.
    pub heard_at: LocalTime,
}

/// A write that waits for its acknowledgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Waiting {
    /// Its place in the log.
    pub index: u32,
    /// The request.
    pub id: RequestId,
    /// Which try.
    pub attempt: u8,
    /// Who gets the answer.
    pub from: MachineId,
}

impl DataNode {
    /// Opens as master.
    pub(super) fn become_master(&mut self, now: LocalTime, epoch: u32, logs_read: u8, out: &mut Outbox<Ha>) {
        let base = self.log.last();
        let first_epoch = base.index == 0 && epoch == 1;
        let peer = Peer { linked: false, next: base.index + 1, has: 0, synced: 0, heard_at: now };
        self.voter.epoch = epoch;
        self.voter.voted_for = Some(self.me);
        self.voter.master = Some(self.me);
        self.voter.master_epoch = epoch;
        self.voter.suspects = false;
        self.voter.chosen = None;
        self.voter.may_be_master = 1 << self.index;
        if !self.voter.remembers {
            self.voter.remembers = true;
            self.pending.persist(Write::Provisioned, Safe::Remembers, out);
        }
        self.matched = base.index;
        let lease = self.config.nodes.fencing.lease;
        self.state = State::Master(Box::new(Master {
            epoch,
            base: base.index,
            peers: vec![peer; self.config.layout.data.len()],
            stored: Stored { next: base.index + 1, has: base.index },
            waiting: VecDeque::new(),
            // A warm start begins with a lease that was just granted.
            lease_until: lease.filter(|_| first_epoch).map(|lease| now.after(lease.length_us)).or(self.claimed_until),
            rounds: VecDeque::new(),
            round: 0,
            degraded: false,
            in_sync: self.voter.in_sync,
            proposed: None,
            joining: 0,
            switching_to: None,
            announcements: 3,
            shot: 0,
            failback_armed: false,
        }));
        for timer in [Timer::Silence, Timer::Canvass, Timer::Fence, Timer::LeaseWait, Timer::Recovery] {
            out.cancel_timer(timer);
        }
        out.note(Note::BecameMaster { epoch, base, logs_read });
        if lease.is_some() && first_epoch {
            let length = lease.map_or(0, |lease| lease.length_us);
            out.set_timer(Timer::Lease, length, length);
        }
        if self.is_managed() {
            self.watch_claim(now, out);
        }
        if !first_epoch {
            // The entry that opens the epoch: from here on logs of older epochs differ.
            let open = Op { kind: OpKind::Read, key: 0 };
            self.write_log(base.index, [Entry { epoch, request: None, op: open }].into(), out);
            self.store(out);
            self.shrink_inherited_set(now, out);
        }
        self.announce(out);
        self.beat(now, out);
        self.commit(now, out);
    }

    /// Tells the router where the master is.
    fn announce(&mut self, out: &mut Outbox<Ha>) {
        let State::Master(master) = &mut self.state else { return };
        let epoch = master.epoch;
        match self.config.router {
            Router::Vip if master.announcements > 0 => {
                master.announcements -= 1;
                for client in &self.config.layout.clients {
                    out.datagram(*client, Message::Announce { epoch });
                }
            }
            Router::Dns { .. } if master.round % NAME_AGAIN_BEATS == 0 => {
                if let Some(dns) = self.config.layout.dns {
                    out.stream(dns, Message::DnsUpdate { epoch });
                }
            }
            _ => {}
        }
    }

    /// Somebody looks for the virtual address: whoever holds itself to be master says so.
    pub(super) fn who_has(&self, from: MachineId, out: &mut Outbox<Ha>) {
        if let State::Master(master) = &self.state {
            out.datagram(from, Message::Announce { epoch: master.epoch });
        }
    }

    /// The master's heartbeat.
    pub(super) fn beat(&mut self, now: LocalTime, out: &mut Outbox<Ha>) {
        let duels = self.config.duels();
        let leased = self.config.nodes.fencing.lease.is_some();
        let round = match &mut self.state {
            State::Master(master) => &mut master.round,
            State::Restoring(_, round) => round,
            _ => return self.ask_for_patience(out),
        };
        *round += 1;
        let round = *round - 1;
        let (epoch, last, committed) = (self.voter.epoch, self.log.last(), self.committed);
        for voter in self.other_voters() {
            out.datagram(voter, Message::Heartbeat { epoch, round, last, committed, open: true });
        }
        let beat = self.config.nodes.detection.heartbeat_us;
        out.set_timer(Timer::Heartbeat, beat, beat);
        let State::Master(master) = &mut self.state else { return };
        if leased {
            if master.rounds.len() == LEASE_ROUNDS {
                master.rounds.pop_front();
            }
            master.rounds.push_back((round, now, 1 << self.me.index()));
        }
        if round > 0 {
            self.announce(out);
        }
        if duels {
            self.watch_standbys(now, out);
        }
        self.propose_again(out);
        self.store_again(out);
        self.count_grant(now, self.me, round, out); // enough by itself if there is no other voter
    }

    // ---- lease ---------------------------------------------------------------------------------------

    pub(super) fn heartbeat_reply(
        &mut self,
        now: LocalTime,
        from: MachineId,
        epoch: u32,
        granted: Option<u32>,
        out: &mut Outbox<Ha>,
    ) {
        let index = self.config.layout.data_index(from);
        let State::Master(master) = &mut self.state else { return };
        if master.epoch != epoch {
            return;
        }
        if let Some(index) = index {
            master.peers[index].heard_at = now;
            master.shot &= !(1 << index);
        }
        if let Some(round) = granted {
            self.count_grant(now, from, round, out);
        }
    }

    /// A voter renews the lease, as an answer to a heartbeat.
    fn count_grant(&mut self, now: LocalTime, from: MachineId, round: u32, out: &mut Outbox<Ha>) {
        let needed = if self.is_managed() { self.holders.count_ones() } else { self.config.layout.majority() as u32 };
        let Some(lease) = self.config.nodes.fencing.lease else { return };
        let State::Master(master) = &mut self.state else { return };
        let Some(known) = master.rounds.iter_mut().find(|known| known.0 == round) else { return };
        known.2 |= 1 << from.index();
        if known.2.count_ones() >= needed {
            // The holder counts from the sending of the heartbeat that a majority has answered.
            let until = known.1.after(lease.length_us);
            if master.lease_until.is_none_or(|old| until > old) {
                master.lease_until = Some(until);
                let left = until.since(now);
                out.set_timer(Timer::Lease, left, left);
            }
            master.rounds.retain(|known| known.0 > round);
            self.commit(now, out);
        }
    }

    /// Whether it may write now: it has no need of a lease, or holds one by its own clock.
    pub(super) fn holds_lease(&self, now: LocalTime) -> bool {
        match (&self.state, self.config.nodes.fencing.lease) {
            (State::Master(master), lease) if lease.is_some() || self.heeds_claim() => {
                master.lease_until.is_some_and(|until| now < until)
            }
            (State::Master(_), _) => true,
            _ => false,
        }
    }

    pub(super) fn lease_timer(&mut self, now: LocalTime, out: &mut Outbox<Ha>) {
        let lost = matches!(&self.state, State::Master(master) if master.lease_until.is_some_and(|until| now >= until));
        if lost {
            self.step_down(now, StepDown::LeaseLost, out);
        }
    }

    /// Gives up the role. What waits for its acknowledgement stays unknown to its client.
    pub(super) fn step_down(&mut self, now: LocalTime, why: StepDown, out: &mut Outbox<Ha>) {
        let State::Master(master) = std::mem::replace(&mut self.state, State::Standby) else { return };
        out.note(Note::SteppedDown { epoch: master.epoch, why });
        self.let_go();
        for Waiting { id, attempt, from, .. } in master.waiting {
            let epoch = master.epoch;
            out.stream(from, Message::Response { id, attempt, answer: Answer::Unknown, epoch });
        }
        for timer in [Timer::Heartbeat, Timer::Lease, Timer::Degrade, Timer::Failback, Timer::Switchover, Timer::Fence]
        {
            out.cancel_timer(timer);
        }
        self.voter.master = None;
        self.voter.suspects = true;
        self.voter.detector = Detector::new(now);
        self.linked = false;
        let limit = self.silence_limit_us();
        out.set_timer(Timer::Silence, limit, limit);
    }

    // ---- the in-sync set -----------------------------------------------------------------------------

    /// A new master goes on without the old one, once that is recorded.
    fn shrink_inherited_set(&mut self, now: LocalTime, out: &mut Outbox<Ha>) {
        if !self.config.agrees_in_sync() {
            return;
        }
        let State::Master(master) = &mut self.state else { return };
        let members = master.in_sync.members | 1 << self.index;
        let set = InSync { epoch: master.epoch, version: 0, members };
        master.in_sync = set;
        self.propose(now, members, out);
    }

    /// Who has to record a new set: whoever decides on promotions.
    fn recorders(&self) -> Vec<MachineId> {
        match self.config.nodes.decision {
            Decision::Majority => self.other_voters(),
            Decision::Operator { .. } => self.config.layout.operator.into_iter().collect(),
            // A standby that decides alone asks nobody: there is nobody to record it with.
            Decision::Alone { .. } => Vec::new(),
            // Its worker asks the manager.
            Decision::Manager => Vec::new(),
        }
    }

    /// A proposal or its answer may have been lost with a connection: every few heartbeats it is sent again to
    /// those who have not answered.
    fn propose_again(&self, out: &mut Outbox<Ha>) {
        let State::Master(master) = &self.state else { return };
        let Some((set, who)) = master.proposed else { return };
        if master.round % PROPOSE_AGAIN_BEATS == 0 {
            for recorder in self.recorders().into_iter().filter(|recorder| who >> recorder.index() & 1 == 0) {
                out.stream(recorder, Message::SetInSync { epoch: set.epoch, set });
            }
        }
    }

    /// Has a new set recorded by whoever decides on promotions.
    pub(super) fn propose(&mut self, now: LocalTime, members: u8, out: &mut Outbox<Ha>) {
        let State::Master(master) = &mut self.state else { return };
        let version = master.proposed.map_or(master.in_sync.version, |(set, _)| set.version) + 1;
        let set = InSync { epoch: master.epoch, version, members };
        master.proposed = Some((set, 0));
        for recorder in self.recorders() {
            out.stream(recorder, Message::SetInSync { epoch: set.epoch, set });
        }
        self.voter.in_sync = self.voter.in_sync.max(set);
        self.pending.persist(Write::InSync(set), Safe::OwnRecord(set), out);
        self.commit(now, out);
    }

    pub(super) fn in_sync_recorded(
        &mut self,
        now: LocalTime,
        from: MachineId,
        epoch: u32,
        set: InSync,
        out: &mut Outbox<Ha>,
    ) {
        let majority = self.config.layout.majority() as u32;
        let decision = self.config.nodes.decision;
        let operator = self.config.layout.operator;
        let State::Master(master) = &mut self.state else { return };
        let Some((proposed, who)) = &mut master.proposed else { return };
        if master.epoch != epoch || *proposed != set {
            return;
        }
        *who |= 1 << from.index();
        let enough = match decision {
            Decision::Majority => who.count_ones() >= majority,
            Decision::Operator { .. } => operator.is_some_and(|operator| *who >> operator.index() & 1 == 1),
            Decision::Alone { .. } => true,
            Decision::Manager => false,
        };
        if enough {
            self.set_recorded(now, set, out);
        }
    }

    /// The proposed set is recorded: from now on it holds.
    pub(super) fn set_recorded(&mut self, now: LocalTime, set: InSync, out: &mut Outbox<Ha>) {
        if let State::Master(master) = &mut self.state {
            master.in_sync = set;
            master.proposed = None;
            out.note(Note::InSyncSet { set });
            let lone = set.members.is_power_of_two();
            let degrades = matches!(self.config.nodes.replication.fallback, Fallback::Degrade { .. });
            if lone && degrades && !master.degraded {
                master.degraded = true;
                out.note(Note::Degraded { on: true, needed: 1 });
            } else if !lone && master.degraded {
                master.degraded = false;
                out.note(Note::Degraded { on: false, needed: 1 });
            }
            self.commit(now, out);
        }
    }

    /// Writes have waited too long for a standby.
    pub(super) fn degrade(&mut self, now: LocalTime, out: &mut Outbox<Ha>) {
        let me = self.index;
        let State::Master(master) = &mut self.state else { return };
        let Some(oldest) = master.waiting.front().map(|waiting| waiting.index) else { return };
        match self.config.nodes.replication.mode {
            ReplicationMode::Async => {}
            ReplicationMode::SemiSync(needed) => {
                if !master.degraded {
                    master.degraded = true;
                    out.note(Note::Degraded { on: true, needed });
                    self.commit(now, out);
                }
            }
            ReplicationMode::Sync => {
                master.joining = 0; // who holds writes up is not waited for any longer
                let keeps = |index: usize| index == me || master.peers[index].has >= oldest;
                let members = master.in_sync.members;
                let kept = (0..master.peers.len()).filter(|i| members >> i & 1 == 1 && keeps(*i));
                let kept = kept.fold(0_u8, |set, index| set | 1 << index);
                // Strict: writes wait all the same when it is the last one, and the others, who have all that was
                // acknowledged, had better stay eligible.
                let strict = self.config.nodes.replication.fallback == Fallback::Strict;
                let enough = !strict || kept.count_ones() > 1;
                if kept != members && enough && master.proposed.is_none_or(|(set, _)| set.members != kept) {
                    self.propose(now, kept, out);
                } else {
                    self.commit(now, out);
                }
            }
        }
        self.arm_degrade(true, out);
    }

    /// How long writes wait before the master goes on without those who do not answer.
    pub(super) fn arm_degrade(&mut self, again: bool, out: &mut Outbox<Ha>) {
        let patience: Micros = match (self.config.nodes.replication.mode, self.config.nodes.replication.fallback) {
            (ReplicationMode::Async, _) | (ReplicationMode::SemiSync(_), Fallback::Strict) => return,
            (_, Fallback::Degrade { after_us }) => after_us,
            (ReplicationMode::Sync, Fallback::Strict) => self.silence_limit_us(),
        };
        let State::Master(master) = &self.state else { return };
        if again && master.waiting.is_empty() {
            out.cancel_timer(Timer::Degrade);
        } else {
            out.set_timer(Timer::Degrade, patience, patience);
        }
    }

    // ---- handing over --------------------------------------------------------------------------------

    /// A planned switchover: stop taking writes, wait until the other has everything, hand over.
    pub(super) fn switchover(&mut self, now: LocalTime, to: Option<MachineId>, out: &mut Outbox<Ha>) {
        let limit = self.silence_limit_us();
        let State::Master(master) = &mut self.state else { return };
        let best = (0..master.peers.len())
            .filter(|index| *index != self.index && master.peers[*index].linked)
            .max_by_key(|index| (master.peers[*index].has, usize::MAX - index))
            .map(|index| self.config.layout.data[index]);
        let Some(to) = to.filter(|to| *to != self.me).or(best) else { return };
        if master.switching_to.is_some() || self.config.layout.data_index(to).is_none() {
            return;
        }
        master.switching_to = Some(to);
        out.note(Note::SwitchoverBegan { to });
        out.set_timer(Timer::Switchover, limit, limit);
        self.try_handover(now, out);
    }

    /// Hands over as soon as the other node has the whole log and nothing waits.
    pub(super) fn try_handover(&mut self, now: LocalTime, out: &mut Outbox<Ha>) {
        let last = self.log.last();
        let State::Master(master) = &self.state else { return };
        let Some(to) = master.switching_to else { return };
        let index = self.config.layout.data_index(to).expect("it was checked when the switchover began");
        let peer = master.peers[index];
        let eligible = !self.config.agrees_in_sync() || master.in_sync.has(index);
        let has = if self.storage().is_some() { master.stored.has } else { peer.has };
        if eligible && peer.linked && has == last.index && master.waiting.is_empty() {
            let epoch = master.epoch;
            if self.is_managed() {
                self.handed_over = Some((epoch, index as u8));
            } else {
                out.stream(to, Message::Handover { epoch, last });
            }
            self.step_down(now, StepDown::Handover, out);
        }
    }

    pub(super) fn switchover_failed(&mut self, now: LocalTime, out: &mut Outbox<Ha>) {
        if let State::Master(master) = &mut self.state
            && let Some(to) = master.switching_to.take()
        {
            master.failback_armed = false;
            out.note(Note::SwitchoverFailed { to });
            self.commit(now, out);
        }
    }

    /// The preferred master is back and has everything: does it get its role back by itself?
    pub(super) fn consider_failback(&mut self, out: &mut Outbox<Ha>) {
        if let Some(after) = self.config.nodes.failback_after_us
            && self.index != 0
            && let State::Master(master) = &mut self.state
            && !master.failback_armed
        {
            master.failback_armed = true;
            out.set_timer(Timer::Failback, after, after);
        }
    }

    pub(super) fn failback(&mut self, now: LocalTime, out: &mut Outbox<Ha>) {
        let State::Master(master) = &mut self.state else { return };
        master.failback_armed = master.peers[0].linked;
        if master.failback_armed {
            self.switchover(now, Some(self.config.layout.data[0]), out);
        }
    }

    // ---- the duel of two nodes that both can shoot -----------------------------------------------------

    fn watch_standbys(&mut self, now: LocalTime, out: &mut Outbox<Ha>) {
        let limit = self.silence_limit_us();
        let stagger = self.config.nodes.fencing.stonith.map_or(0, |stonith| stonith.stagger_us);
        let State::Master(master) = &self.state else { return };
        let silent = self.silent_standbys(master, now, limit);
        if silent != 0 {
            let pause = stagger * self.index as u64;
            out.set_timer(Timer::Fence, pause, pause);
        }
    }

    fn silent_standbys(&self, master: &Master, now: LocalTime, limit: Micros) -> u32 {
        (0..master.peers.len())
            .filter(|i| *i != self.index && now.since(master.peers[*i].heard_at) > limit && master.shot >> i & 1 == 0)
            .fold(0, |set, index| set | 1 << index)
    }

    pub(super) fn shoot_silent_standbys(&mut self, now: LocalTime, out: &mut Outbox<Ha>) {
        let limit = self.silence_limit_us();
        let Some(fencer) = self.config.layout.fencer else { return };
        let State::Master(master) = &self.state else { return };
        let silent = self.silent_standbys(master, now, limit);
        for (index, target) in self.config.layout.data.iter().enumerate() {
            if silent >> index & 1 == 1 {
                out.note(Note::Suspected { master: *target, silent_us: now.since(master.peers[index].heard_at) });
                out.note(Note::FenceOrdered { target: *target, order: 1 });
                out.stream(fencer, Message::Fence { target: *target, epoch: master.epoch, order: 1 });
            }
        }
        if let State::Master(master) = &mut self.state {
            master.shot |= silent;
        }
    }
}
