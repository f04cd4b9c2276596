//! One member of the ensemble: a protocol core, the state that the agreed log makes, and the clients that wait.
//!
//! 1. A client's write goes to the leader, which proposes it (`raft`), or to any member, which has its leader propose
//!    it (`zab`). When it is committed, it is applied, and the client is told where it stands.
//! 2. A local read is answered from what is applied here. A linearizable one first asks the core: Raft's leader makes
//!    sure that it still leads (Ongaro §6.4), Zab's members wait for a `sync`.
//! 3. A member that stops leading, or serving, does not know what becomes of the writes that wait: it says so.
//!
//! What always holds: a write is acknowledged only when it is committed; what the core wants done is done in its
//! order; and what the core says about itself is told in the words of the ledger where it has them, and in the
//! protocol's own ([`Note::Raft`], [`Note::Zab`]) where it has not.
//!
//! The members of a cluster hold no data of clients: theirs are the orders of workers and balancers (`registry`).
//!
//! A member whose disk was wiped takes no part any more: it has forgotten what it had promised. Only a change of the
//! membership makes another out of it: removed, and added as a new server (Raft, Ongaro §4).

mod inside;
mod raft;
mod registry;
mod zab;

use std::collections::VecDeque;
use std::rc::Rc;

use super::config::{EnsembleConfig, Protocol, Reads};
use super::disk::MemberDisk;
use super::raft::Change;
use super::service::{Cmd, State};
use crate::ha::config::{Config, Router};
use crate::ha::durable::{Durable, Write};
use crate::ha::limits::UNACKNOWLEDGED;
use crate::ha::master_standby::Trouble;
use crate::ha::message::{Answer, Command, Message, Op, OpKind, Pos, RequestId, Timer};
use crate::ha::note::{Note, StepDown};
use crate::ha::system::Ha;
use crate::sim::{Input, LocalTime, MachineId, Outbox};

pub use inside::Inside;
use raft::RaftCore;
use registry::Desk;
use zab::ZabCore;

/// A member of the ensemble.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Member {
    config: Rc<Config>,
    me: MachineId,
    core: Core,
    /// What is committed, applied.
    state: Rc<State>,
    /// Writes that wait for their commit, oldest first.
    writes: VecDeque<Waiting>,
    /// Reads that wait for the core, oldest first, each with its number.
    reads: VecDeque<(u64, Asked)>,
    next_read: u64,
    /// Its own leadership.
    reign: Option<Reign>,
    /// Whom it followed last, in which term or epoch.
    followed: Option<(MachineId, u32)>,
    /// The newest term or epoch in which it led or followed.
    epoch: u32,
    /// When it heard its leader last.
    heard_at: LocalTime,
    trouble: Trouble,
    /// The trouble comes from the release that is installed: a restart does not cure it.
    bad_release: bool,
    /// Its disk was wiped: it takes no part.
    outside: bool,
    /// Of a cluster: the workers and balancers that it serves.
    desk: Desk,
}

/// The protocol.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Core {
    Raft(RaftCore),
    Zab(ZabCore),
}

/// Its own leadership.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Reign {
    /// Term or epoch.
    epoch: u32,
    /// The end of the log that it inherited.
    base: Pos,
    /// It can commit: it takes requests.
    serves: bool,
    /// It hands over to this member.
    handing_to: Option<MachineId>,
}

/// A request, and whom to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Asked {
    from: MachineId,
    id: RequestId,
    attempt: u8,
    key: u8,
}

/// A write that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Waiting {
    asked: Asked,
    /// Where it was proposed, if this member knows.
    at: Option<Pos>,
}

impl Member {
    pub(in crate::ha) fn new(config: Rc<Config>, me: MachineId, durable: &Durable) -> Self {
        let ensemble = config.ensemble().expect("only an ensemble has members");
        let outside = durable.member.is_none();
        let (core, state) = match (ensemble.protocol, durable.member.as_deref()) {
            (Protocol::Raft(options), Some(MemberDisk::Raft(disk))) => RaftCore::core(options, me, disk),
            (Protocol::Raft(options), _) => RaftCore::outside(options, me),
            (Protocol::Zab(options), Some(MemberDisk::Zab(disk))) => ZabCore::core(options, me, disk),
            (Protocol::Zab(options), _) => ZabCore::core(options, me, &super::zab::Durable::default()),
        };
        Self {
            me,
            core,
            state,
            writes: VecDeque::new(),
            reads: VecDeque::new(),
            next_read: 0,
            reign: None,
            followed: None,
            epoch: 0,
            heard_at: LocalTime::default(),
            trouble: if durable.bad_release { Trouble::Fails } else { Trouble::None },
            bad_release: durable.bad_release,
            outside,
            desk: Desk::default(),
            config,
        }
    }

    fn options(&self) -> &EnsembleConfig {
        self.config.ensemble().expect("only an ensemble has members")
    }

    #[inline(never)]
    pub(in crate::ha) fn step(&mut self, now: LocalTime, input: Input<Ha>, first: bool, out: &mut Outbox<Ha>) {
        match input {
            Input::Start => self.start(now, first, out),
            Input::Message { from, body, .. } => self.message(now, from, body, out),
            Input::Command(command) => self.command(now, command, out),
            _ if self.outside => {}
            Input::Timer(Timer::Registry(timer)) => self.registry_timer(now, timer, out),
            input => {
                if let Input::Closed { peer, .. } = input {
                    self.client_closed(peer);
                }
                self.hand_on(now, &input, out);
            }
        }
    }

    /// Everything else is the core's.
    fn hand_on(&mut self, now: LocalTime, input: &Input<Ha>, out: &mut Outbox<Ha>) {
        match &mut self.core {
            Core::Raft(core) => {
                if let Some(input) = core.input(input) {
                    self.raft(now, input, None, out);
                }
            }
            Core::Zab(_) => {
                if let Some(input) = ZabCore::input(input) {
                    self.zab(now, input, None, out);
                }
            }
        }
    }

    fn start(&mut self, now: LocalTime, first: bool, out: &mut Outbox<Ha>) {
        self.heard_at = now;
        if self.bad_release {
            self.turn_gray(Trouble::Fails, out);
        }
        if self.outside {
            return out.note(Note::Outside);
        }
        let warm = first && !self.config.cold_start;
        let leader = self.config.members()[0];
        match &self.core {
            Core::Raft(_) if warm && self.me == leader => self.raft(now, super::raft::Input::TakeOffice, None, out),
            Core::Raft(_) => self.raft(now, super::raft::Input::Start, None, out),
            Core::Zab(_) if warm => self.zab(now, super::zab::Input::Established { leader, epoch: 1 }, None, out),
            Core::Zab(_) => self.zab(now, super::zab::Input::Start, None, out),
        }
    }

    fn message(&mut self, now: LocalTime, from: MachineId, body: Message, out: &mut Outbox<Ha>) {
        match body {
            Message::Request { id, attempt, op, .. } => self.request(now, from, id, attempt, op, out),
            Message::Check { round, deep } => self.check(from, round, deep, out),
            Message::WhoHas => {
                if let (Some(epoch), None) = (self.serves_as_leader(), self.config.cluster()) {
                    out.datagram(from, Message::Announce { epoch });
                }
            }
            _ if self.outside => {}
            Message::Raft(body) => self.raft(now, super::raft::Input::Message { from, body }, None, out),
            Message::Zab(body) => self.zab(now, super::zab::Input::Message { from, body }, None, out),
            Message::Registry(body) => self.registry_message(now, from, &body, out),
            _ => {}
        }
    }

    fn command(&mut self, now: LocalTime, command: Command, out: &mut Outbox<Ha>) {
        match command {
            Command::Gray { hang } => self.turn_gray(if hang { Trouble::Hangs } else { Trouble::Fails }, out),
            Command::BadRelease => self.release(true, out),
            Command::Recover => self.release(false, out),
            Command::AddMember(who) if who == self.me => self.come_in(now, out),
            Command::AddMember(who) => self.change(now, Change::AddVoter(who), out),
            Command::RemoveMember(who) => self.change(now, Change::Remove(who), out),
            Command::Promote => self.campaign(now, out),
            Command::Switchover(to) => self.hand_over(now, to, out),
            Command::AcceptLoss(shard) => self.accept_loss(now, shard, out),
            Command::Restore
            | Command::SendPoison
            | Command::Load(_)
            | Command::Drain(_)
            | Command::Ready(_)
            | Command::Join
            | Command::Leave => {}
        }
    }

    /// The operator's button. Only Raft has one: a member of Zab cannot campaign against its ensemble.
    fn campaign(&mut self, now: LocalTime, out: &mut Outbox<Ha>) {
        if matches!(self.core, Core::Raft(_)) && !self.outside {
            self.raft(now, super::raft::Input::Campaign, None, out);
        }
    }

    /// Its disk was wiped, and it is to be added as a new server: it begins with an empty disk.
    fn come_in(&mut self, now: LocalTime, out: &mut Outbox<Ha>) {
        let disk = MemberDisk::to_be_added(&self.config);
        if let (true, Protocol::Raft(options), MemberDisk::Raft(empty)) = (self.outside, self.options().protocol, &disk)
        {
            (self.core, self.state) = RaftCore::core(options, self.me, empty);
            self.outside = false;
            out.persist(Write::NewMember(Box::new(disk)));
            self.raft(now, super::raft::Input::Start, None, out);
        }
    }

    /// The operator wants other members. Only Raft can change them.
    fn change(&mut self, now: LocalTime, change: Change, out: &mut Outbox<Ha>) {
        if matches!(self.core, Core::Raft(_)) && !self.outside {
            self.raft(now, super::raft::Input::Change(change), None, out);
        }
    }

    /// A planned switchover. ZooKeeper knows none.
    fn hand_over(&mut self, now: LocalTime, to: Option<MachineId>, out: &mut Outbox<Ha>) {
        let Some(to) = to.or_else(|| self.successor()) else { return };
        match self.core {
            Core::Raft(_) => self.raft(now, super::raft::Input::Transfer(to), None, out),
            Core::Zab(_) => out.note(Note::SwitchoverFailed { to }),
        }
    }

    // ---- clients -------------------------------------------------------------------------------------

    fn request(&mut self, now: LocalTime, from: MachineId, id: RequestId, attempt: u8, op: Op, out: &mut Outbox<Ha>) {
        let asked = Asked { from, id, attempt, key: op.key };
        match self.trouble {
            Trouble::Hangs => return,
            Trouble::Fails => return self.answer(asked, Answer::Failed, out),
            Trouble::None => {}
        }
        if self.outside || self.config.cluster().is_some() {
            // The data of a cluster are with its workers.
            self.answer(asked, Answer::NotMaster(None), out);
        } else if self.state.poisoned {
            self.answer(asked, Answer::Failed, out);
        } else if op.kind == OpKind::Read {
            self.read(now, asked, out);
        } else if self.writes.len() >= UNACKNOWLEDGED {
            self.answer(asked, Answer::Failed, out);
        } else {
            let cmd = Cmd::Write { request: Some(id), op };
            match self.core {
                Core::Raft(_) => self.raft(now, super::raft::Input::Propose(cmd), Some(asked), out),
                Core::Zab(_) => self.zab(now, super::zab::Input::Propose(cmd), Some(asked), out),
            }
        }
    }

    fn read(&mut self, now: LocalTime, asked: Asked, out: &mut Outbox<Ha>) {
        if self.options().reads == Reads::Local {
            return if self.may_read() {
                self.answer(asked, Answer::Done(self.state.version(asked.key)), out);
            } else {
                self.answer(asked, Answer::NotMaster(None), out);
            };
        }
        if self.reads.len() >= UNACKNOWLEDGED {
            return self.answer(asked, Answer::Failed, out);
        }
        let number = self.next_read;
        self.next_read += 1;
        self.reads.push_back((number, asked));
        match self.core {
            Core::Raft(_) => self.raft(now, super::raft::Input::ReadIndex(number), None, out),
            Core::Zab(_) => self.zab(now, super::zab::Input::Sync(number), None, out),
        }
    }

    /// The core vouches for it: what is applied here is as new as the read wants it. Or it cannot.
    fn read_ready(&mut self, number: u64, ready: bool, out: &mut Outbox<Ha>) {
        let Some(at) = self.reads.iter().position(|(waiting, _)| *waiting == number) else { return };
        let Some((_, asked)) = self.reads.remove(at) else { return };
        let answer = if ready && !self.state.poisoned {
            Answer::Done(self.state.version(asked.key))
        } else if ready {
            Answer::Failed
        } else {
            Answer::NotMaster(self.hint())
        };
        self.answer(asked, answer, out);
    }

    fn answer(&self, asked: Asked, answer: Answer, out: &mut Outbox<Ha>) {
        let Asked { from, id, attempt, .. } = asked;
        out.stream(from, Message::Response { id, attempt, answer, epoch: self.epoch });
    }

    /// A committed entry is applied. Gives where it counts as written.
    fn apply(&mut self, now: LocalTime, pos: Pos, cmd: &Cmd, out: &mut Outbox<Ha>) -> Pos {
        let (request, op) = match *cmd {
            Cmd::Write { request, op } => (request, op),
            Cmd::Order(ref decree) => {
                self.carry_out(now, pos, **decree, out);
                return pos;
            }
        };
        let once = self.options().idempotence;
        let poisoned = self.state.poisoned;
        let applied = Rc::make_mut(&mut self.state).apply(pos, request, op, once);
        if self.state.poisoned && !poisoned {
            out.note(Note::Poisoned { pos });
        }
        if let (Some(first), Some(id), true) = (applied.before, request, self.reign.is_some()) {
            let twice = applied.version == pos;
            out.note(Note::Repeated { id, first, pos, twice });
        }
        applied.version
    }

    /// A write is committed: its client is told.
    fn acknowledge(&self, asked: Asked, at: Pos, version: Pos, out: &mut Outbox<Ha>) {
        out.note(Note::Acknowledged { id: asked.id, pos: version, standbys: self.copies_of(at) });
        self.answer(asked, Answer::Done(version), out);
    }

    /// It does not know what becomes of them.
    fn give_up_writes(&mut self, out: &mut Outbox<Ha>) {
        for write in std::mem::take(&mut self.writes) {
            self.answer(write.asked, Answer::Unknown, out);
        }
    }

    // ---- leading -------------------------------------------------------------------------------------

    /// It can commit: from now on it is the leader in everybody's eyes.
    fn open(&mut self, now: LocalTime, epoch: u32, base: Pos, out: &mut Outbox<Ha>) {
        self.epoch = epoch;
        self.reign = Some(Reign { epoch, base, serves: true, handing_to: None });
        let logs_read = self.quorum();
        out.note(Note::BecameMaster { epoch, base, logs_read });
        if self.config.cluster().is_some() {
            return self.count_claims(now, out);
        }
        match self.config.router {
            Router::Vip => {
                for client in &self.config.layout.clients {
                    out.datagram(*client, Message::Announce { epoch });
                }
            }
            Router::Dns { .. } => {
                if let Some(dns) = self.config.layout.dns {
                    out.stream(dns, Message::DnsUpdate { epoch });
                }
            }
            Router::Proxy { .. } | Router::Discovery | Router::Balancer => {}
        }
    }

    /// It leads no more; what it was asked is answered with what it knows. Gives whether it did serve.
    fn close(&mut self, why: StepDown, out: &mut Outbox<Ha>) -> bool {
        let Some(reign) = self.reign.take() else { return false };
        if reign.serves {
            out.note(Note::SteppedDown { epoch: reign.epoch, why });
        }
        self.give_up_writes(out);
        self.forget_claims(out);
        reign.serves
    }

    /// It follows: another leader than before, or the same one again.
    fn follow(&mut self, now: LocalTime, leader: MachineId, epoch: u32, out: &mut Outbox<Ha>) {
        (self.heard_at, self.epoch) = (now, epoch);
        if self.followed.replace((leader, epoch)) == Some((leader, epoch)) {
            out.note(Note::Trusted { master: leader });
        } else {
            out.note(Note::Follows { master: leader, epoch });
        }
    }

    /// It has not heard its leader, or any, for too long.
    fn miss(&self, now: LocalTime, leader: Option<MachineId>, out: &mut Outbox<Ha>) {
        let silent_us = now.since(self.heard_at);
        out.note(match leader {
            Some(master) => Note::Suspected { master, silent_us },
            None => Note::NoMaster { silent_us },
        });
    }

    /// How many have to agree.
    fn quorum(&self) -> u8 {
        match &self.core {
            Core::Raft(core) => core.raft.configuration().1.quorum() as u8,
            Core::Zab(_) => (self.config.members().len() / 2 + 1) as u8,
        }
    }

    // ---- trouble -------------------------------------------------------------------------------------

    fn check(&self, from: MachineId, round: u32, deep: bool, out: &mut Outbox<Ha>) {
        if deep && self.trouble == Trouble::Hangs {
            return; // a deep check does what a request does
        }
        let well = !deep || (self.trouble == Trouble::None && !self.state.poisoned && self.may_read());
        let master = self.serves_as_leader().is_some();
        out.datagram(from, Message::CheckReply { round, master, epoch: self.epoch, well });
    }

    fn turn_gray(&mut self, trouble: Trouble, out: &mut Outbox<Ha>) {
        self.trouble = trouble;
        out.note(Note::TurnedGray { hang: trouble == Trouble::Hangs });
    }

    /// A release is installed: a bad one, or one that is well.
    fn release(&mut self, bad: bool, out: &mut Outbox<Ha>) {
        if bad != self.bad_release {
            self.bad_release = bad;
            out.persist(Write::Release { bad });
        }
        if bad {
            self.turn_gray(Trouble::Fails, out);
        } else if self.trouble != Trouble::None {
            self.trouble = Trouble::None;
            out.note(Note::Recovered);
        }
    }
}
