//! Looking for a leader: fast leader election.
//!
//! A member that looks begins a new *round*: it votes for itself and notifies everybody. A vote names a leader, the
//! last transaction of that leader and the epoch of its history; votes are ranked by (epoch, zxid, machine). Whoever
//! hears a better vote of its round adopts it and notifies everybody again, and whoever hears of a later round joins
//! it. A vote that a quorum shares waits for `finalizeWait`, in case a better one is under way; then it stands, and
//! its owner leads or follows.
//!
//! Notifications may get lost with their connections. They are sent again after pauses that double; and who hears
//! from a member of an earlier round, or is asked though it has a leader, answers with its own vote.
//!
//! A member that comes late finds the others leading and following. It joins them if a quorum of them names the same
//! leader *and* that leader itself says that it leads: otherwise a leader that has just died would be elected over and
//! over by those who do not know yet.

use std::collections::BTreeMap;

use serde::Serialize;

use super::io::{Outbox, Timer};
use super::message::Message;
use super::note::Note;
use super::zxid::Zxid;
use super::{Core, Members, Next, Service};
use crate::sim::{MachineId, Micros};

/// Why a member looks for a leader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Why {
    /// It has just started.
    Started = 1,
    /// Following: the connection with the leader is gone.
    LeaderClosed = 2,
    /// Following: the leader was silent for `syncLimit` ticks (`initLimit` before synchronisation).
    LeaderSilent = 3,
    /// Following: the elected leader does not lead.
    LeaderRefused = 4,
    /// Following: the leader's epoch is older than one that was promised.
    OldEpoch = 5,
    /// Following: the leader said something out of order.
    OutOfOrder = 6,
    /// Leading: no quorum followed within `initLimit` ticks.
    NoQuorum = 7,
    /// Leading: the quorum of followers is lost.
    QuorumLost = 8,
    /// Leading: the counters of the epoch are used up.
    Rollover = 9,
    /// The disk failed.
    DiskFailed = 10,
}

/// A vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Vote {
    /// For whom.
    pub leader: MachineId,
    /// The last transaction of the one voted for.
    pub zxid: Zxid,
    /// The epoch of that one's history; once the leader is established, its own epoch.
    pub peer_epoch: u32,
    /// The round in which it was given (`electionEpoch`).
    pub round: u32,
}

impl Vote {
    fn beats(&self, other: &Self) -> bool {
        (self.peer_epoch, self.zxid, self.leader) > (other.peer_epoch, other.zxid, other.leader)
    }
}

/// What its sender is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum PeerState {
    /// Electing.
    Looking = 0,
    /// It has a leader.
    Following = 1,
    /// It leads.
    Leading = 2,
}

/// A vote and what its sender is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Notification {
    /// The vote.
    pub vote: Vote,
    /// What its sender is doing.
    pub state: PeerState,
}

impl Notification {
    /// Whether two senders mean the same. Those who have left the election need only agree on leader and epoch:
    /// zxid and round of one ensemble can differ (ZOOKEEPER-1732).
    fn agrees(&self, other: &Self) -> bool {
        if self.state == PeerState::Looking || other.state == PeerState::Looking {
            self.vote == other.vote
        } else {
            self.vote.leader == other.vote.leader && self.vote.peer_epoch == other.vote.peer_epoch
        }
    }
}

/// The newest notification of each member.
pub type Ballots = BTreeMap<MachineId, Notification>;

/// The state of a member that looks for a leader. Its vote is in what it keeps whatever it is doing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Looking {
    /// Votes of this round (`recvset`).
    pub(super) received: Ballots,
    /// What members say who have a leader, whatever the round (`outofelection`).
    pub(super) settled: Ballots,
    /// Pause before the next notifications.
    notify_us: Micros,
    /// A quorum shares its vote; it waits for a better one.
    finalizing: bool,
}

impl Looking {
    /// A quorum shares its vote.
    pub(super) fn is_finalizing(&self) -> bool {
        self.finalizing
    }

    /// A new round begins.
    pub(super) fn start<A: Service>(core: &mut Core<A>, out: &mut Outbox<A>) -> Self {
        core.vote = Vote { round: core.vote.round.saturating_add(1), ..core.own_vote() };
        let mut looking = Self {
            received: Ballots::new(),
            settled: Ballots::new(),
            notify_us: core.config.notify_first_us,
            finalizing: false,
        };
        looking.vote(core, core.vote, out);
        looking.await_finalize(core, out);
        looking
    }

    pub(super) fn on_notification<A: Service>(
        &mut self,
        core: &mut Core<A>,
        from: MachineId,
        heard: Notification,
        out: &mut Outbox<A>,
    ) -> Next {
        let looking = heard.state == PeerState::Looking;
        if looking && heard.vote.round < core.vote.round {
            out.send(from, core.notification(PeerState::Looking));
        }
        if self.finalizing {
            // As in ZooKeeper, what comes while a vote stands is only asked whether it is better. Unlike there, it
            // does not prolong the wait: one member that chatters would keep another from ever finishing.
            if !heard.vote.beats(&core.vote) {
                return Next::Stay;
            }
            self.finalizing = false;
            out.cancel_timer(Timer::Finalize);
            out.set_timer(Timer::Notify, self.notify_us);
        }
        if looking { self.on_vote(core, from, heard, out) } else { self.on_settled(core, from, heard) }
    }

    /// Somebody else looks as well.
    fn on_vote<A: Service>(
        &mut self,
        core: &mut Core<A>,
        from: MachineId,
        heard: Notification,
        out: &mut Outbox<A>,
    ) -> Next {
        if heard.vote.round < core.vote.round {
            return Next::Stay;
        }
        if heard.vote.round > core.vote.round {
            self.received.clear();
            let own = Vote { round: heard.vote.round, ..core.own_vote() };
            self.vote(core, if heard.vote.beats(&own) { heard.vote } else { own }, out);
        } else if heard.vote.beats(&core.vote) {
            self.vote(core, heard.vote, out);
        }
        self.received.insert(from, heard);
        self.await_finalize(core, out);
        Next::Stay
    }

    /// Somebody has a leader already.
    fn on_settled<A: Service>(&mut self, core: &mut Core<A>, from: MachineId, heard: Notification) -> Next {
        let mut joins = false;
        if heard.vote.round == core.vote.round {
            self.received.insert(from, heard);
            joins = names_leader(core, &self.received, &heard);
        }
        self.settled.insert(from, heard);
        if joins || names_leader(core, &self.settled, &heard) {
            core.vote = heard.vote;
            return core.elected(true);
        }
        Next::Stay
    }

    pub(super) fn on_timer<A: Service>(&mut self, core: &Core<A>, timer: Timer, out: &mut Outbox<A>) -> Next {
        match timer {
            Timer::Finalize if self.finalizing => core.elected(false),
            Timer::Notify if !self.finalizing => {
                core.notify(out);
                self.notify_us = self.notify_us.saturating_mul(2).min(core.config.notify_max_us);
                out.set_timer(Timer::Notify, self.notify_us);
                Next::Stay
            }
            _ => Next::Stay,
        }
    }

    /// Votes, and tells everybody.
    fn vote<A: Service>(&mut self, core: &mut Core<A>, vote: Vote, out: &mut Outbox<A>) {
        core.vote = vote;
        out.note(Note::Voted { leader: vote.leader, zxid: vote.zxid, peer_epoch: vote.peer_epoch });
        self.received.insert(core.me, Notification { vote, state: PeerState::Looking });
        core.notify(out);
        out.set_timer(Timer::Notify, self.notify_us);
    }

    /// If a quorum shares its vote, only a better one can change it now.
    fn await_finalize<A: Service>(&mut self, core: &Core<A>, out: &mut Outbox<A>) {
        let mine = Notification { vote: core.vote, state: PeerState::Looking };
        if core.config.is_quorum(supporters(&self.received, &mine)) {
            self.finalizing = true;
            out.set_timer(Timer::Finalize, core.config.finalize_wait_us);
            out.cancel_timer(Timer::Notify);
        }
    }
}

/// Who says the same.
fn supporters(ballots: &Ballots, what: &Notification) -> Members {
    Members::of(ballots.iter().filter(|(_, ballot)| ballot.agrees(what)).map(|(member, _)| *member))
}

/// Whether a quorum names this leader, and it says so itself (`checkLeader`).
fn names_leader<A: Service>(core: &Core<A>, ballots: &Ballots, heard: &Notification) -> bool {
    let leader = heard.vote.leader;
    let leads = if leader == core.me {
        // The others think that it leads: it does, unless that was before it was started again.
        heard.vote.round == core.vote.round
    } else {
        ballots.get(&leader).is_some_and(|ballot| ballot.state == PeerState::Leading)
    };
    leads && core.config.is_quorum(supporters(ballots, heard))
}

impl<A: Service> Core<A> {
    /// A vote for itself.
    pub(super) fn own_vote(&self) -> Vote {
        let ahead = self.storage.ahead();
        Vote { leader: self.me, zxid: ahead.log.last(), peer_epoch: ahead.current_epoch, round: self.vote.round }
    }

    pub(super) fn notification(&self, state: PeerState) -> Message<A> {
        Message::Notification(Notification { vote: self.vote, state })
    }

    fn notify(&self, out: &mut Outbox<A>) {
        for peer in self.config.others(self.me) {
            out.send(peer, self.notification(PeerState::Looking));
        }
    }

    fn elected(&self, joined: bool) -> Next {
        if self.vote.leader == self.me { Next::Lead { joined } } else { Next::Follow { joined } }
    }
}
