//! Raft inside a member: inputs go to the core, its effects go out, and what it says is told in the lab's words.

use std::rc::Rc;

use super::super::config::Wire;
use super::super::entries::place;
use super::super::raft::{
    Busy, Config, Durable, Effect, InFlight, Input, Members, Note as Said, Outbox as Effects, Payload, Raft,
    Refusal as No, Role, Why,
};
use super::super::service::{Cmd, State};
use super::{Asked, Core, Member, Reign, Waiting};
use crate::ha::durable::Write;
use crate::ha::limits::FOLD_EVERY;
use crate::ha::message::{Answer, Message, Pos, Refusal, Timer};
use crate::ha::note::{Note, StepDown};
use crate::ha::system::Ha;
use crate::sim::{self, LocalTime, MachineId, Outbox};

/// The core, and what belongs to embedding it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct RaftCore {
    pub(super) raft: Box<Raft<Cmd>>,
    in_flight: InFlight,
    /// Empty between two steps: kept so that it need not grow anew in each.
    effects: Effects<Cmd>,
    /// The state after an earlier place: up to there the log can be folded, and a tail still stays.
    kept: Rc<State>,
}

/// How the server was before a step.
#[derive(Clone, Copy)]
struct Before {
    stage: Stage,
    term: u32,
    leader: Option<MachineId>,
    votes: u8,
    /// It has told its successor to campaign.
    handed_over: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Follower,
    PreCandidate,
    Candidate,
    Leader,
}

impl RaftCore {
    pub(super) fn core(config: Config, me: MachineId, disk: &Durable<Cmd>) -> (Core, Rc<State>) {
        let state: <Cmd as super::super::raft::Command>::State = Rc::clone(&disk.log.snapshot().state);
        let raft = Box::new(Raft::new(config, me, disk));
        let core = Self { raft, in_flight: InFlight::default(), effects: Effects::default(), kept: Rc::clone(&state) };
        (Core::Raft(core), state)
    }

    /// One that belongs to no ensemble.
    pub(super) fn outside(config: Config, me: MachineId) -> (Core, Rc<State>) {
        Self::core(config, me, &Durable::new(Members::default()))
    }

    /// What an input of the world is for the core; nothing, if it is not its business.
    pub(super) fn input(&mut self, input: &sim::Input<Ha>) -> Option<Input<Cmd>> {
        match *input {
            sim::Input::Timer(Timer::Raft(timer)) => Some(Input::Timer(timer)),
            sim::Input::Synced(ticket) => self.in_flight.synced(ticket).map(Input::Synced),
            sim::Input::WriteFailed(ticket) => self.in_flight.failed(ticket).map(Input::WriteFailed),
            _ => None,
        }
    }

    fn before(&self) -> Before {
        Before {
            stage: match self.raft.role() {
                Role::Follower => Stage::Follower,
                Role::PreCandidate(_) => Stage::PreCandidate,
                Role::Candidate(_) => Stage::Candidate,
                Role::Leader(_) => Stage::Leader,
            },
            term: self.raft.term(),
            leader: self.raft.leader(),
            votes: self.raft.votes().count() as u8,
            handed_over: self.raft.as_leader().and_then(|leader| leader.transfer).is_some_and(|transfer| transfer.told),
        }
    }
}

impl Member {
    /// One step of the core, and all that comes of it. `asked`: the write that is proposed.
    #[inline(never)]
    pub(super) fn raft(&mut self, now: LocalTime, input: Input<Cmd>, asked: Option<Asked>, out: &mut Outbox<Ha>) {
        let Core::Raft(core) = &mut self.core else { return };
        let before = core.before();
        let from = if let Input::Message { from, .. } = &input { Some(*from) } else { None };
        let mut effects = std::mem::take(&mut core.effects);
        core.raft.step(input, &mut effects);
        if from.is_some() && core.raft.leader() == from {
            self.heard_at = now;
        }
        effects.each(|effect, _| self.raft_effect(now, effect, before, asked, out));
        if let Core::Raft(core) = &mut self.core {
            core.effects = effects;
        }
        self.fold(now, out);
    }

    fn raft_effect(
        &mut self,
        now: LocalTime,
        effect: Effect<Cmd>,
        before: Before,
        asked: Option<Asked>,
        out: &mut Outbox<Ha>,
    ) {
        match effect {
            Effect::Send(to, message) => match self.options().wire {
                Wire::Connection => out.stream(to, Message::Raft(message)),
                Wire::Datagram => out.datagram(to, Message::Raft(message)),
            },
            Effect::SetTimer(timer, lo, hi) => out.set_timer(Timer::Raft(timer), lo, hi),
            Effect::CancelTimer(timer) => out.cancel_timer(Timer::Raft(timer)),
            Effect::Persist(id, write) => {
                let ticket = out.persist(Write::Raft(write));
                if let Core::Raft(core) = &mut self.core {
                    core.in_flight.sent(ticket, id);
                }
            }
            Effect::Committed(pos, payload) => self.entry_committed(now, place(pos), &payload, out),
            Effect::Restore(snapshot) => {
                self.state = Rc::clone(&snapshot.state);
                if let Core::Raft(core) = &mut self.core {
                    core.kept = Rc::clone(&snapshot.state);
                }
                self.registry_changed(out);
            }
            Effect::Proposed(pos) => {
                if let Some(asked) = asked {
                    self.writes.push_back(Waiting { asked, at: Some(place(pos)) });
                }
            }
            Effect::NotLeader { hint } => {
                if let Some(asked) = asked {
                    self.answer(asked, Answer::NotMaster(hint), out);
                }
            }
            Effect::Dropped(busy) => {
                if let Some(asked) = asked {
                    let elsewhere = busy == Busy::Transferring;
                    self.answer(asked, if elsewhere { Answer::NotMaster(None) } else { Answer::Failed }, out);
                }
            }
            Effect::ReadReady { ctx, .. } => self.read_ready(ctx, true, out),
            Effect::ReadRefused { ctx, .. } => self.read_ready(ctx, false, out),
            Effect::Note(said) => self.raft_says(now, said, before, out),
        }
    }

    fn entry_committed(&mut self, now: LocalTime, pos: Pos, payload: &Payload<Cmd>, out: &mut Outbox<Ha>) {
        let version = match payload {
            Payload::Command(cmd) => self.apply(now, pos, cmd, out),
            Payload::Noop | Payload::Members(_) => {
                Rc::make_mut(&mut self.state).skip(pos);
                pos
            }
        };
        // The first entry of its own term: with it, everything that it inherited is committed (Ongaro §3.6.2).
        if let Some(Reign { epoch, base, serves: false, .. }) = self.reign
            && epoch == pos.epoch
        {
            self.open(now, epoch, base, out);
        }
        while let Some(Waiting { asked, at: Some(at) }) = self.writes.front().copied()
            && at.index <= pos.index
        {
            self.writes.pop_front();
            if at == pos {
                self.acknowledge(asked, at, version, out);
            } else {
                // Another entry stands there: this one will never be committed.
                self.answer(asked, Answer::Failed, out);
            }
        }
    }

    /// Folds the log up to a state that was kept a while ago, and keeps the present one.
    fn fold(&mut self, now: LocalTime, out: &mut Outbox<Ha>) {
        let Core::Raft(core) = &mut self.core else { return };
        if self.state.applied < core.kept.applied + FOLD_EVERY || core.raft.is_stuck() {
            return;
        }
        let state = std::mem::replace(&mut core.kept, Rc::clone(&self.state));
        if state.applied > 0 {
            self.raft(now, Input::Compact { index: state.applied, state }, None, out);
        }
    }

    /// What the core says, in the words of the ledger where it has them.
    fn raft_says(&mut self, now: LocalTime, said: Said, before: Before, out: &mut Outbox<Ha>) {
        match said {
            Said::BecamePreCandidate { why, .. } => {
                self.stands(now, why, before, out);
                out.note(Note::Raft(said));
            }
            Said::BecameCandidate { term, why } => {
                if why != Why::PreVoteWon {
                    self.stands(now, why, before, out);
                }
                let last = self.log().last();
                out.note(Note::Canvassing { epoch: term, last });
            }
            Said::BecameFollower { term, leader: Some(leader), .. } => self.follow(now, leader, term, out),
            Said::BecameFollower { why: Why::Refused, .. } if before.stage == Stage::Candidate => {
                self.canvass_failed(before, out);
            }
            Said::BecameLeader { term, last } => {
                let base = place(last);
                self.reign = Some(Reign { epoch: term, base, serves: false, handing_to: None });
                self.epoch = term;
                let needed = self.quorum();
                if before.stage != Stage::Follower {
                    out.note(Note::Decided { epoch: term, votes: needed, needed, logs_read: needed });
                }
                out.note(Note::Raft(said));
            }
            Said::SteppedDown { why, .. } => {
                self.heard_at = now;
                let reason = match why {
                    Why::NewerTerm if before.handed_over => StepDown::Handover,
                    Why::NoQuorum => StepDown::NoQuorum,
                    Why::DiskFailed => StepDown::DiskFailed,
                    Why::Removed => StepDown::Removed,
                    _ => StepDown::NewerEpoch,
                };
                if !self.close(reason, out) {
                    out.note(Note::Raft(said));
                }
            }
            Said::VoteGranted { candidate, term, pre: false } => {
                out.note(Note::Voted { candidate, epoch: term, why: Refusal::None });
            }
            Said::VoteRefused { candidate, term, pre: false, why } => {
                let why = match why {
                    No::OlderTerm | No::AlreadyVoted => Refusal::AlreadyVoted,
                    No::HasLeader | No::HearsLeader => Refusal::HearsMaster,
                    No::BehindMe => Refusal::BehindMe,
                };
                out.note(Note::Voted { candidate, epoch: term, why });
            }
            Said::ConflictRepaired { after, dropped } => out.note(Note::Rewound { to: place(after), dropped }),
            Said::SnapshotInstalled { pos } => out.note(Note::Copied { pos: place(pos) }),
            Said::TransferBegan { to } => {
                if let Some(reign) = &mut self.reign {
                    reign.handing_to = Some(to);
                }
                out.note(Note::SwitchoverBegan { to });
            }
            Said::TransferFailed { to } => {
                if let Some(reign) = &mut self.reign {
                    reign.handing_to = None;
                }
                out.note(Note::SwitchoverFailed { to });
            }
            Said::DiskFailed => out.note(Note::DiskFailed),
            // Seen by what follows from it, and far too frequent.
            Said::CommittedTo { .. }
            | Said::SnapshotTaken { .. }
            | Said::TransferDone { .. }
            | Said::ReadRefused { .. } => {}
            Said::BecameFollower { .. }
            | Said::VoteGranted { .. }
            | Said::VoteRefused { .. }
            | Said::MembersAppended { .. }
            | Said::MembersCommitted { .. }
            | Said::MembersUndone { .. }
            | Said::CatchingUp { .. }
            | Said::CatchUpFailed { .. }
            | Said::SnapshotSent { .. }
            | Said::Refused { .. }
            | Said::DiskRecovered => out.note(Note::Raft(said)),
        }
    }

    /// It begins to campaign: because it misses a leader, or once more because nobody was elected.
    fn stands(&self, now: LocalTime, why: Why, before: Before, out: &mut Outbox<Ha>) {
        if before.stage == Stage::Candidate {
            self.canvass_failed(before, out);
        } else if why == Why::Timeout && before.stage == Stage::Follower {
            self.miss(now, before.leader, out);
        }
    }

    fn canvass_failed(&self, before: Before, out: &mut Outbox<Ha>) {
        out.note(Note::CanvassFailed { epoch: before.term, votes: before.votes, needed: self.quorum() });
    }
}
