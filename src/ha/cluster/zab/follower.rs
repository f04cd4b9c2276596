//! Following: how a member comes to have its leader's history, and then keeps up with it.
//!
//! 1. *Connecting*: FOLLOWERINFO goes to the elected leader. It may not know yet that it is: a few tries.
//! 2. *Discovery*: LEADERINFO names the new epoch. The promise to follow no older one goes to the disk, and only then
//!    ACKEPOCH to the leader, with the end of the history.
//! 3. *Synchronisation*: DIFF, TRUNC or SNAP, and what follows them, go to the log; at NEWLEADER the current epoch is
//!    written behind them. When all of that is on the disk, and not before, NEWLEADER is acknowledged.
//! 4. *Broadcast*: at UPTODATE the whole history of the synchronisation is committed, is delivered, and the member
//!    serves. From now on each PROPOSE is acknowledged when it is on the disk, and delivered at its COMMIT.
//!
//! A proposal may come before NEWLEADER: the leader was broadcasting already. It is acknowledged behind NEWLEADER,
//! never before: otherwise it could be committed with the vote of a member that would rank by its older epoch in the
//! next election, and be lost (ZOOKEEPER-4646).

use std::collections::VecDeque;
use std::rc::Rc;

use super::durable::Write;
use super::election::Why;
use super::io::{Effect, Outbox, Refusal, Timer};
use super::log::{Record, Snapshot};
use super::message::Message;
use super::note::Note;
use super::zxid::Zxid;
use super::{Core, Next, Service};
use crate::ha::limits;
use crate::sim::{MachineId, Ticket};

use FollowerPhase as P;

/// How far a follower has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FollowerPhase {
    /// It asks the leader to be followed.
    Connecting {
        /// Tries that are left.
        tries: u8,
    },
    /// Its promise is on the way to the disk.
    AcceptingEpoch {
        /// The write.
        ticket: Ticket,
        /// What it said before about its history, which ACKEPOCH repeats.
        current_epoch: u32,
    },
    /// It has acknowledged the epoch, and waits for the leader's history.
    AwaitingHistory,
    /// The leader's history comes in.
    Synchronising,
    /// The history is on the way to the disk.
    AcceptingHistory {
        /// The last write of it.
        ticket: Ticket,
    },
    /// It has acknowledged the history, and waits for a quorum to have it.
    AwaitingQuorum,
    /// It serves.
    Broadcasting,
}

/// The state of a member that has a leader.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Following {
    pub(super) leader: MachineId,
    pub(super) phase: FollowerPhase,
    /// The leader's epoch; 0 before LEADERINFO.
    pub(super) epoch: u32,
    /// Where the history of the synchronisation ends.
    upto: Zxid,
    /// Committed by the leader, as far as it said so.
    committed: Zxid,
    /// What it has told the leader to have on the disk.
    pub(super) acked: Zxid,
    /// `sync` operations that the leader has not answered.
    syncs: VecDeque<u64>,
}

impl Following {
    pub(super) fn start<A: Service>(core: &Core<A>, leader: MachineId, out: &mut Outbox<A>) -> Self {
        let following = Self {
            leader,
            phase: FollowerPhase::Connecting { tries: core.config.connect_tries },
            epoch: 0,
            upto: Zxid::ZERO,
            committed: Zxid::ZERO,
            acked: Zxid::ZERO,
            syncs: VecDeque::new(),
        };
        following.register(core, out);
        out.set_timer(Timer::Silence, core.config.init_us());
        following
    }

    /// It follows from the start, and has its leader's history.
    pub(super) fn established<A: Service>(
        core: &mut Core<A>,
        leader: MachineId,
        epoch: u32,
        out: &mut Outbox<A>,
    ) -> Self {
        let upto = core.storage.history().last();
        let phase = FollowerPhase::Broadcasting;
        let following = Self { leader, phase, epoch, upto, committed: upto, acked: upto, syncs: VecDeque::new() };
        out.set_timer(Timer::Silence, core.config.sync_us());
        out.note(Note::Established { epoch, leading: false, upto });
        core.deliver(upto, out);
        out.push(Effect::ServiceStarted { epoch, leading: false });
        following
    }

    pub(super) fn serves(&self) -> bool {
        self.phase == FollowerPhase::Broadcasting
    }

    fn register<A: Service>(&self, core: &Core<A>, out: &mut Outbox<A>) {
        let accepted_epoch = core.storage.ahead().accepted_epoch;
        out.send(self.leader, Message::FollowerInfo { accepted_epoch });
    }

    pub(super) fn on_message<A: Service>(&mut self, core: &mut Core<A>, body: Message<A>, out: &mut Outbox<A>) -> Next {
        let patience_us = if self.serves() { core.config.sync_us() } else { core.config.init_us() };
        out.set_timer(Timer::Silence, patience_us);
        match (self.phase, body) {
            (P::Connecting { .. }, Message::Refused) => self.try_again(core, Why::LeaderRefused, out),
            (P::Connecting { .. }, Message::LeaderInfo { epoch }) => self.on_leader_info(core, epoch, out),
            (P::AwaitingHistory, Message::Diff { upto }) => {
                self.begin(upto);
                Next::Stay
            }
            (P::AwaitingHistory, Message::Trunc { upto }) => self.on_trunc(core, upto, out),
            (P::AwaitingHistory, Message::Snap { snapshot, upto }) => self.on_snap(core, snapshot, upto, out),
            (P::Synchronising, Message::History(records)) => Self::append(core, records, out),
            (P::Synchronising, Message::NewLeader { .. }) => {
                let write = Write::CurrentEpoch { epoch: self.epoch, last: core.storage.history().last() };
                self.phase = P::AcceptingHistory { ticket: core.storage.write(write, out) };
                Next::Stay
            }
            (P::AwaitingQuorum, Message::UpToDate) => {
                self.become_up_to_date(core, out);
                Next::Stay
            }
            (P::Synchronising | P::AcceptingHistory { .. } | P::AwaitingQuorum | P::Broadcasting, body) => {
                self.on_broadcast(core, body, out)
            }
            // What is left of an older connection, or comes from a leader that does not know what it does.
            _ => Next::Stay,
        }
    }

    /// Proposals and commits, which may begin before the synchronisation has ended.
    fn on_broadcast<A: Service>(&mut self, core: &mut Core<A>, body: Message<A>, out: &mut Outbox<A>) -> Next {
        match body {
            Message::Propose(record) => return Self::append(core, Rc::from([record]), out),
            Message::Commit(zxid) => {
                self.committed = self.committed.max(zxid);
                if self.serves() {
                    core.deliver(self.committed, out);
                }
            }
            Message::Ping if self.serves() => {
                let touched = Rc::new(std::mem::take(&mut core.touched));
                out.send(self.leader, Message::Pong(touched));
            }
            Message::SyncReply(ctx) => {
                self.syncs.retain(|waiting| *waiting != ctx);
                out.push(Effect::SyncDone(ctx));
            }
            _ => {}
        }
        Next::Stay
    }

    /// The connection with the leader is gone. While it tries to connect, that is a try that failed.
    pub(super) fn on_closed<A: Service>(&mut self, core: &Core<A>, out: &mut Outbox<A>) -> Next {
        match self.phase {
            P::Connecting { .. } => self.try_again(core, Why::LeaderRefused, out),
            _ => Next::Look(Why::LeaderClosed),
        }
    }

    /// That one does not lead yet, or leads an older epoch: another try, a few times.
    fn try_again<A: Service>(&mut self, core: &Core<A>, why: Why, out: &mut Outbox<A>) -> Next {
        let P::Connecting { tries } = &mut self.phase else { return Next::Look(why) };
        *tries = tries.saturating_sub(1);
        if *tries == 0 {
            return Next::Look(why);
        }
        out.set_timer(Timer::Connect, core.config.connect_retry_us);
        Next::Stay
    }

    fn on_leader_info<A: Service>(&mut self, core: &mut Core<A>, epoch: u32, out: &mut Outbox<A>) -> Next {
        let ahead = core.storage.ahead();
        let (accepted_epoch, current_epoch) = (ahead.accepted_epoch, ahead.current_epoch);
        if epoch < accepted_epoch {
            // It has promised an epoch that came to nothing, and stays outside until the next one. ZooKeeper looks for
            // a leader again at once, finds the same one, and turns in a circle as fast as the network allows.
            return self.try_again(core, Why::OldEpoch, out);
        }
        self.epoch = epoch;
        if epoch > accepted_epoch {
            let ticket = core.storage.write(Write::AcceptedEpoch(epoch), out);
            self.phase = FollowerPhase::AcceptingEpoch { ticket, current_epoch };
        } else {
            // Promised already, perhaps to another who proposed the same epoch: it must not count for both.
            self.ack_epoch(core, None, out);
        }
        Next::Stay
    }

    fn ack_epoch<A: Service>(&mut self, core: &Core<A>, current_epoch: Option<u32>, out: &mut Outbox<A>) {
        self.phase = FollowerPhase::AwaitingHistory;
        out.send(self.leader, Message::AckEpoch { current_epoch, last: core.storage.history().last() });
    }

    /// The leader has chosen how to synchronise.
    fn begin(&mut self, upto: Zxid) {
        self.phase = FollowerPhase::Synchronising;
        self.upto = upto;
        self.committed = upto;
        self.acked = upto;
    }

    fn on_trunc<A: Service>(&mut self, core: &mut Core<A>, upto: Zxid, out: &mut Outbox<A>) -> Next {
        self.begin(upto);
        let before = core.storage.history().len();
        if upto < core.storage.history().snapshot().zxid {
            // It cannot go back behind its snapshot. ZooKeeper exits here; only a member that lost its disk, and
            // voted nevertheless, can have brought it about.
            return Next::Halt;
        }
        core.storage.write(Write::Truncate(upto), out);
        out.note(Note::Truncated { to: upto, dropped: before - core.storage.history().len() });
        if core.delivered > upto {
            core.install_snapshot(out);
        }
        Next::Stay
    }

    fn on_snap<A: Service>(
        &mut self,
        core: &mut Core<A>,
        snapshot: Snapshot<A>,
        upto: Zxid,
        out: &mut Outbox<A>,
    ) -> Next {
        self.begin(upto);
        let has_it = (snapshot.zxid..=upto).contains(&core.delivered);
        core.storage.write(Write::Replace(snapshot), out);
        if !has_it {
            core.install_snapshot(out);
        }
        Next::Stay
    }

    fn append<A: Service>(core: &mut Core<A>, records: Rc<[Record<A>]>, out: &mut Outbox<A>) -> Next {
        let after = core.storage.history().last();
        let mut before = after;
        for record in records.iter() {
            if !record.zxid.follows(before) {
                return Next::Look(Why::OutOfOrder);
            }
            before = record.zxid;
        }
        core.storage.write(Write::Append { after, records }, out);
        Next::Stay
    }

    fn become_up_to_date<A: Service>(&mut self, core: &mut Core<A>, out: &mut Outbox<A>) {
        self.phase = FollowerPhase::Broadcasting;
        // All of one ensemble are to name the same vote (ZOOKEEPER-1732).
        core.vote.peer_epoch = self.epoch;
        out.set_timer(Timer::Silence, core.config.sync_us());
        out.note(Note::Established { epoch: self.epoch, leading: false, upto: self.upto });
        core.deliver(self.committed, out);
        out.push(Effect::ServiceStarted { epoch: self.epoch, leading: false });
    }

    /// Something is on the disk: now, and not before, it may be promised.
    pub(super) fn on_synced<A: Service>(&mut self, core: &Core<A>, synced: Ticket, out: &mut Outbox<A>) {
        match self.phase {
            FollowerPhase::AcceptingEpoch { ticket, current_epoch } if synced >= ticket => {
                out.note(Note::EpochAccepted { epoch: self.epoch });
                self.ack_epoch(core, Some(current_epoch), out);
            }
            FollowerPhase::AcceptingHistory { ticket } if synced >= ticket => {
                self.phase = FollowerPhase::AwaitingQuorum;
                out.send(self.leader, Message::Ack(Zxid::new(self.epoch, 0)));
                self.ack_proposals(core, out);
            }
            FollowerPhase::AwaitingQuorum | FollowerPhase::Broadcasting => self.ack_proposals(core, out),
            _ => {}
        }
    }

    fn ack_proposals<A: Service>(&mut self, core: &Core<A>, out: &mut Outbox<A>) {
        let synced = core.storage.stable().log.last();
        if synced > self.acked {
            self.acked = synced;
            out.send(self.leader, Message::Ack(synced));
        }
    }

    pub(super) fn on_timer<A: Service>(&self, core: &Core<A>, timer: Timer, out: &mut Outbox<A>) -> Next {
        match timer {
            Timer::Silence => return Next::Look(Why::LeaderSilent),
            Timer::Connect if matches!(self.phase, FollowerPhase::Connecting { .. }) => self.register(core, out),
            _ => {}
        }
        Next::Stay
    }

    pub(super) fn propose<A: Service>(&self, txn: A::Txn, out: &mut Outbox<A>) {
        if self.serves() {
            out.send(self.leader, Message::Request(txn));
        } else {
            out.push(Effect::ProposalRefused { txn, why: Refusal::NotServing });
        }
    }

    pub(super) fn sync<A: Service>(&mut self, ctx: u64, out: &mut Outbox<A>) {
        if self.serves() && self.syncs.len() < limits::WAITING_SYNCS {
            self.syncs.push_back(ctx);
            out.send(self.leader, Message::SyncRequest(ctx));
        } else {
            out.push(Effect::SyncDropped(ctx));
        }
    }

    /// It follows no more.
    pub(super) fn leave<A: Service>(&mut self, why: Why, out: &mut Outbox<A>) {
        out.note(Note::LostLeader { leader: self.leader, why });
        out.cancel_timer(Timer::Silence);
        out.cancel_timer(Timer::Connect);
        // After a refusal there is nothing to close, and notifications may be under way.
        if why != Why::LeaderRefused {
            out.close(self.leader);
        }
        for ctx in self.syncs.drain(..) {
            out.push(Effect::SyncDropped(ctx));
        }
        if self.serves() {
            out.push(Effect::ServiceStopped);
        }
    }
}
