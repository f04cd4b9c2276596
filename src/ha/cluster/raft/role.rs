//! The roles of a server, and what only that role knows (§3.3).

use std::collections::VecDeque;

use crate::sim::MachineId;

/// What a server is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// It answers candidates and the leader.
    Follower,
    /// It asks what the others would say (§9.6). Its term is still the old one.
    PreCandidate(Ballots),
    /// It asks for votes.
    Candidate(Ballots),
    /// It makes the log.
    Leader(Box<Leader>),
}

/// The votes of one campaign; bit *i* is machine *i*.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Ballots {
    /// Who agrees.
    pub granted: u32,
    /// Who refuses.
    pub refused: u32,
    /// The leader has asked for the campaign (§3.10).
    pub transfer: bool,
}

/// What a leader knows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Leader {
    /// How far each of the others is.
    pub progress: Followers,
    /// Bit *i*: machine *i* was heard since the last look for a quorum (§6.2).
    pub heard: u32,
    /// Counts the rounds of heartbeats.
    pub round: u32,
    /// Reads that wait (§6.4), oldest first.
    pub reads: VecDeque<Read>,
    /// The leadership is being handed over (§3.10).
    pub transfer: Option<Transfer>,
    /// A new server that catches up before it becomes a voter (§4.2.1).
    pub catch_up: Option<CatchUp>,
}

/// How far each follower is, in the order of the machines. There are few: they stand in a row, which is faster to
/// search than a tree.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Followers(Vec<(MachineId, Progress)>);

impl Followers {
    /// How far this one is, if it follows.
    pub fn get(&self, machine: MachineId) -> Option<&Progress> {
        self.0.iter().find(|(follower, _)| *follower == machine).map(|(_, progress)| progress)
    }

    /// How far this one is, to note that it is further.
    pub(super) fn get_mut(&mut self, machine: MachineId) -> Option<&mut Progress> {
        self.0.iter_mut().find(|(follower, _)| *follower == machine).map(|(_, progress)| progress)
    }

    /// The follower at this place in the row.
    pub(super) fn machine(&self, place: usize) -> Option<MachineId> {
        self.0.get(place).map(|(follower, _)| *follower)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (MachineId, &Progress)> {
        self.0.iter().map(|(follower, progress)| (*follower, progress))
    }

    /// Exactly these follow, from now on; who is new is at the beginning.
    pub(super) fn are(&mut self, wanted: impl Iterator<Item = MachineId>, mut new: impl FnMut(MachineId) -> Progress) {
        let mut before = std::mem::take(&mut self.0);
        self.0 = wanted
            .map(|machine| {
                let known = before.iter().position(|(follower, _)| *follower == machine);
                (machine, known.map_or_else(|| new(machine), |known| before.swap_remove(known).1))
            })
            .collect();
        self.0.sort_unstable_by_key(|(follower, _)| *follower);
    }
}

/// How far one follower is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Progress {
    /// Up to here its log is surely the leader's, on its disk.
    pub matched: u32,
    /// The next entry to send.
    pub next: u32,
    /// The newest round of heartbeats that it has answered.
    pub acked_round: u32,
    /// How the leader sends to it.
    pub flow: Flow,
}

/// How a leader sends to one follower (§10.2.1; etcd-raft's `tracker.StateType`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Flow {
    /// It does not know where the logs part: one append at a time, until one is accepted.
    Probe {
        /// One is under way.
        waits: bool,
    },
    /// It knows: appends follow each other without waiting for answers.
    Replicate {
        /// The last indexes of the appends under way.
        inflight: VecDeque<u32>,
    },
    /// A snapshot is under way.
    Snapshot {
        /// Up to here.
        index: u32,
        /// Heartbeats answered since: after some it counts as lost.
        beats: u8,
    },
}

/// A read that waits at the leader.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Read {
    /// The follower that asks; none if it is the leader's own.
    pub from: Option<MachineId>,
    /// Its name.
    pub ctx: u64,
    /// What was committed when it came, and the round that must prove the leadership since; none as long as nothing
    /// of the leader's own term is committed.
    pub asked: Option<(u32, u32)>,
}

/// A transfer of leadership.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Transfer {
    /// To whom.
    pub to: MachineId,
    /// Its log was complete, and it was told to campaign.
    pub told: bool,
}

/// A new server on its way to become a voter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CatchUp {
    /// Which.
    pub server: MachineId,
    /// The round, from 1.
    pub round: u8,
    /// The round ends when it has the log up to here: to where it went when the round began.
    pub goal: u32,
    /// Election timeouts that this round has taken.
    pub late: u8,
}

impl Progress {
    pub(super) fn probing(next: u32) -> Self {
        Self { matched: 0, next, acked_round: 0, flow: Flow::Probe { waits: false } }
    }

    /// Whether nothing may be sent to it now.
    pub(super) fn is_paused(&self, most_inflight: usize) -> bool {
        match &self.flow {
            Flow::Probe { waits } => *waits,
            Flow::Replicate { inflight } => inflight.len() >= most_inflight,
            Flow::Snapshot { .. } => true,
        }
    }

    /// It has the log up to `matched`.
    pub(super) fn accepted(&mut self, matched: u32) {
        self.matched = self.matched.max(matched);
        let again = self.matched + 1;
        match &mut self.flow {
            Flow::Probe { .. } => self.replicate_from(again),
            Flow::Snapshot { index, .. } if self.matched >= *index => self.replicate_from(again),
            Flow::Snapshot { .. } => {}
            Flow::Replicate { inflight } => {
                while inflight.front().is_some_and(|sent| *sent <= matched) {
                    inflight.pop_front();
                }
                self.next = self.next.max(again);
            }
        }
    }

    /// It has refused the place `prev`; nothing behind `hint` can be the same. Gives whether that is news.
    pub(super) fn refused(&mut self, prev: u32, hint: u32) -> bool {
        match self.flow {
            // An answer to something that was sent earlier.
            Flow::Replicate { .. } if prev <= self.matched => return false,
            Flow::Probe { .. } if prev + 1 != self.next => return false,
            Flow::Snapshot { .. } => return false,
            // Something was lost or overtaken: from the last place that surely matches.
            Flow::Replicate { .. } => self.next = self.matched + 1,
            Flow::Probe { .. } => self.next = (hint + 1).min(prev).max(self.matched + 1),
        }
        self.flow = Flow::Probe { waits: false };
        true
    }

    /// It has answered a heartbeat, so what was sent before may be lost.
    pub(super) fn beat(&mut self, round: u32, most_inflight: usize, most_beats: u8) {
        self.acked_round = self.acked_round.max(round);
        match &mut self.flow {
            Flow::Probe { waits } => *waits = false,
            Flow::Replicate { inflight } => {
                if inflight.len() >= most_inflight {
                    inflight.pop_front();
                }
            }
            Flow::Snapshot { beats, .. } => {
                *beats += 1;
                if *beats >= most_beats {
                    self.next = self.matched + 1;
                    self.flow = Flow::Probe { waits: false };
                }
            }
        }
    }

    fn replicate_from(&mut self, next: u32) {
        self.next = next;
        self.flow = Flow::Replicate { inflight: VecDeque::new() };
    }
}
