//! Zab inside a member: inputs go to the core, its effects go out, and what it says is told in the lab's words.

use std::rc::Rc;

use super::super::service::{Cmd, Ensemble, State};
use super::super::zab::{
    Config, Durable, Effect, Input, Note as Said, Outbox as Effects, Refusal, Snapshot, Why, Zab, Zxid,
};
use super::{Asked, Core, Member, Reign, Waiting};
use crate::ha::durable::Write;
use crate::ha::message::{Answer, Message, Pos, Timer};
use crate::ha::note::{Note, StepDown};
use crate::ha::system::Ha;
use crate::sim::{self, LocalTime, MachineId, Outbox};

/// The core.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct ZabCore {
    pub(super) zab: Box<Zab<Ensemble>>,
}

impl ZabCore {
    pub(super) fn core(config: Config, me: MachineId, disk: &Durable<Ensemble>) -> (Core, Rc<State>) {
        let state = Rc::clone(&disk.log.snapshot().state);
        (Core::Zab(Self { zab: Box::new(Zab::new(config, me, disk)) }), state)
    }

    /// What an input of the world is for the core; nothing, if it is not its business.
    pub(super) fn input(input: &sim::Input<Ha>) -> Option<Input<Ensemble>> {
        match *input {
            sim::Input::Timer(Timer::Zab(timer)) => Some(Input::Timer(timer)),
            sim::Input::Synced(ticket) => Some(Input::Synced(ticket)),
            sim::Input::WriteFailed(ticket) => Some(Input::WriteFailed(ticket)),
            sim::Input::Opened { peer } => Some(Input::Opened { peer }),
            sim::Input::Closed { peer, reason } => Some(Input::Closed { peer, reason }),
            _ => None,
        }
    }
}

impl Member {
    /// One step of the core, and all that comes of it. `asked`: the write that is proposed.
    #[inline(never)]
    pub(super) fn zab(&mut self, now: LocalTime, input: Input<Ensemble>, asked: Option<Asked>, out: &mut Outbox<Ha>) {
        let from = if let Input::Message { from, .. } = &input { Some(*from) } else { None };
        // Until it is refused.
        self.writes.extend(asked.map(|asked| Waiting { asked, at: None }));
        let mut next = Some(input);
        while let Some(input) = next.take() {
            let Core::Zab(core) = &mut self.core else { return };
            let served = core.zab.serves();
            let mut effects = Effects::new(out.next_ticket());
            core.zab.step(input, &mut effects);
            if from.is_some() && core.zab.leader() == from {
                self.heard_at = now;
            }
            for effect in effects.into_parts().0 {
                if let Effect::CheckpointDue { zxid } = effect {
                    next = Some(Input::Checkpoint(Snapshot { zxid, state: Rc::clone(&self.state) }));
                } else {
                    self.zab_effect(now, effect, served, out);
                }
            }
        }
    }

    fn zab_effect(&mut self, now: LocalTime, effect: Effect<Ensemble>, served: bool, out: &mut Outbox<Ha>) {
        match effect {
            Effect::Send(to, message) => out.stream(to, Message::Zab(message)),
            Effect::Close(peer) => out.close(peer),
            Effect::SetTimer(timer, lo, hi) => out.set_timer(Timer::Zab(timer), lo, hi),
            Effect::CancelTimer(timer) => out.cancel_timer(Timer::Zab(timer)),
            Effect::Persist(ticket, write) => {
                assert_eq!(out.persist(Write::Zab(write)), ticket, "nothing else is written in between");
            }
            Effect::InstallSnapshot(snapshot) => {
                let before = Rc::clone(&self.state.tree);
                self.state = snapshot.state;
                self.registry_changed(out);
                self.tree_changed(&before, out);
            }
            Effect::Delivered { zxid, txn } => self.delivered(now, zxid, &txn, out),
            Effect::ProposalRefused { txn, why } => {
                if let Some(asked) = self.take_write(&txn) {
                    let elsewhere = why != Refusal::Busy;
                    self.answer(asked, if elsewhere { Answer::NotMaster(self.hint()) } else { Answer::Failed }, out);
                }
            }
            Effect::ServiceStopped => {
                self.give_up_writes(out);
                self.close_clients(out);
            }
            Effect::SyncDone(ctx) => self.read_ready(ctx, true, out),
            Effect::SyncDropped(ctx) => self.read_ready(ctx, false, out),
            Effect::Note(said) => self.zab_says(now, said, served, out),
            Effect::Touched { touched, .. } => {
                for (session, logs) in touched.iter() {
                    self.renew(now, *session, logs, out);
                }
            }
            Effect::Proposed { .. } | Effect::CheckpointDue { .. } | Effect::ServiceStarted { .. } => {}
        }
    }

    fn delivered(&mut self, now: LocalTime, zxid: Zxid, cmd: &Cmd, out: &mut Outbox<Ha>) {
        let pos = Pos { epoch: zxid.epoch(), index: self.state.applied + 1 };
        let version = self.apply(now, pos, cmd, out);
        if let Some(asked) = self.take_write(cmd) {
            self.acknowledge(asked, pos, version, out);
        }
    }

    /// The write that waits for this transaction here, if one does.
    fn take_write(&mut self, cmd: &Cmd) -> Option<Asked> {
        let at = self.writes.iter().position(|write| Some(write.asked.id) == cmd.request())?;
        self.writes.remove(at).map(|write| write.asked)
    }

    /// What the core says, in the words of the ledger where it has them.
    fn zab_says(&mut self, now: LocalTime, said: Said, served: bool, out: &mut Outbox<Ha>) {
        match said {
            Said::EpochProposed { epoch } => {
                let needed = self.quorum();
                out.note(Note::Decided { epoch, votes: needed, needed, logs_read: needed });
                self.reign = Some(Reign { epoch, base: self.log().last(), serves: false, handing_to: None });
            }
            Said::Established { epoch, leading: true, .. } => {
                // What it inherited: nothing can have been proposed before.
                let base = self.log().last();
                self.open(now, epoch, base, out);
            }
            Said::Established { epoch, leading: false, .. } => {
                if let Some(leader) = self.hint() {
                    self.follow(now, leader, epoch, out);
                }
            }
            Said::LostLeader { leader, why: Why::LeaderSilent | Why::LeaderClosed } if served => {
                self.miss(now, Some(leader), out);
            }
            Said::SteppedDown { why, .. } => {
                self.heard_at = now;
                let reason = match why {
                    Why::DiskFailed => StepDown::DiskFailed,
                    Why::Rollover => StepDown::NewerEpoch,
                    _ => StepDown::NoQuorum,
                };
                if !self.close(reason, out) {
                    out.note(Note::Zab(said));
                }
            }
            Said::Truncated { dropped, .. } => out.note(Note::Rewound { to: self.log().last(), dropped }),
            Said::Halted => out.note(Note::DiskFailed),
            // Far too frequent.
            Said::Delivered { .. } => {}
            Said::Looking { .. }
            | Said::Voted { .. }
            | Said::Elected { .. }
            | Said::EpochAccepted { .. }
            | Said::Synchronising { .. }
            | Said::LostLeader { .. }
            | Said::FollowerDropped { .. }
            | Said::RequestDropped { .. } => out.note(Note::Zab(said)),
        }
    }
}
