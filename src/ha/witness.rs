//! The witness: votes and records, holds no data. It makes an even number of data nodes odd.

use std::rc::Rc;

use super::config::Config;
use super::durable::Durable;
use super::message::{Message, Pos, Timer};
use super::note::{Note, Stale};
use super::system::Ha;
use super::voter::{Ask, Respondent, Safe, Unsafe, Voter};
use crate::sim::{Input, LocalTime, MachineId, Outbox};

/// A voter without data.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Witness {
    config: Rc<Config>,
    voter: Voter,
    pending: Unsafe,
    /// The last refusal that was noted: who, and in which epoch.
    refused: Option<(MachineId, u32)>,
}

impl Witness {
    pub(super) fn new(config: Rc<Config>, durable: &Durable) -> Self {
        Self { config, voter: Voter::new(durable), pending: Unsafe::default(), refused: None }
    }

    /// What it knows and has promised.
    pub fn voter(&self) -> &Voter {
        &self.voter
    }

    #[inline(never)]
    pub(super) fn step(&mut self, now: LocalTime, input: Input<Ha>, first: bool, out: &mut Outbox<Ha>) {
        match input {
            Input::Start if first && !self.config.cold_start => {
                let master = self.config.layout.data[0];
                self.voter.hear(&self.config, now, master, self.voter.epoch, &mut self.pending, out);
                self.voter.grant_lease(&self.config, now, self.voter.epoch);
            }
            Input::Start => self.voter.forget_grant(&self.config, now),
            Input::Message { from, body, .. } => self.message(now, from, &body, out),
            Input::Timer(Timer::Silence) => self.voter.suspect(now, out),
            Input::Synced(ticket) => {
                while let Some(safe) = self.pending.synced(ticket) {
                    match safe {
                        Safe::Stream(to, message) => out.stream(to, message),
                        Safe::Datagram(to, message) => out.datagram(to, message),
                        Safe::Log(_) | Safe::OwnVote(_) | Safe::OwnRecord(_) | Safe::Remembers | Safe::Recovered(_) => {
                        }
                    }
                }
            }
            Input::WriteFailed(ticket) => {
                self.pending.failed(ticket);
                out.note(Note::DiskFailed);
            }
            Input::Timer(_) | Input::Opened { .. } | Input::Closed { .. } | Input::Command(_) => {}
        }
    }

    fn message(&mut self, now: LocalTime, from: MachineId, body: &Message, out: &mut Outbox<Ha>) {
        match *body {
            Message::Heartbeat { epoch, open: false, .. } if epoch >= self.voter.epoch => {
                self.voter.give_time(&self.config, from, out);
            }
            Message::Heartbeat { open: false, .. } => {}
            Message::Heartbeat { epoch, round, .. } => {
                if epoch < self.voter.epoch {
                    // Its promise to a newer candidate binds a voter in any configuration.
                    if self.config.nodes.fencing.epochs {
                        let newest = self.voter.epoch;
                        if self.refused.replace((from, epoch)) != Some((from, epoch)) {
                            out.note(Note::StaleRefused { from, epoch, newest, what: Stale::Heartbeat });
                        }
                        out.datagram(from, Message::AppendRefused { epoch: newest, last: Pos::default(), base: 0 });
                    }
                    return;
                }
                self.voter.hear(&self.config, now, from, epoch, &mut self.pending, out);
                if self.config.nodes.fencing.lease.is_some() {
                    let granted = self.voter.grant_lease(&self.config, now, epoch);
                    out.datagram(from, Message::HeartbeatReply { epoch, round, granted });
                }
            }
            Message::Canvass { epoch, last, handover, pre } => {
                let ask = Ask { epoch, last, handover, pre };
                let me = Respondent { last: None, busy: false };
                self.voter.answer(&self.config, now, from, ask, me, &mut self.pending, out);
            }
            Message::SetInSync { epoch, set } => self.voter.record(from, epoch, set, &mut self.pending, out),
            _ => {}
        }
    }
}
