//! Master-standby: one data node, in the order in which its life happens.
//!
//! ```text
//!            silence             agreed          fenced           replayed
//!  Standby ──────────▶ Candidate ──────▶ Fencing ──────▶ Promoting ──────▶ Master
//!     ▲                    │                                                  │
//!     └──── heard again ───┘◀───── newer epoch, lease lost, handed over ──────┘
//! ```
//!
//! - `standby`: hears the master, follows its log, suspects it.
//! - `candidate`: asks the voters, or the operator.
//! - `promotion`: fences the old master, replays the log, opens.
//! - `master`: heartbeats, lease, in-sync set, switchover.
//! - `replication`: sends the log, counts who has it, acknowledges.
//! - `serve`: answers clients and health checks; backups, gray failure, poison.
//! - `shared`: where the data nodes share one storage, it takes the place of the replication.
//! - `managed`: where a manager says who is master, it takes the place of the votes.
//!
//! What always holds: an epoch belongs to one node (its number says to which), a promise is on the disk before
//! it is given, and a master acknowledges only what its replication mode asks for.

mod candidate;
mod managed;
mod master;
mod promotion;
mod replication;
mod serve;
mod shared;
mod standby;

use std::rc::Rc;

pub use candidate::Candidate;
pub(in crate::ha) use managed::Wish;
pub use master::{Master, Peer};
pub use promotion::{Fencing, Promotion, Stage};
pub use serve::Trouble;
pub use shared::Stored;

use super::config::Config;
use super::detector::Detector;
use super::durable::{Durable, Write};
use super::log::Log;
use super::message::{Command, Message, Pos, Snapshot, Timer};
use super::note::{Note, Stale};
use super::system::Ha;
use super::voter::{Safe, Unsafe, Voter};
use crate::sim::{Input, LocalTime, MachineId, Micros, Outbox, Ticket};

/// What a data node is doing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Follows a master, or waits for one.
    Standby,
    /// Asks whether it may become master.
    Candidate(Candidate),
    /// Is to become master, and makes sure that the old one cannot write.
    Fencing(Fencing),
    /// Starts the service and replays its log.
    Promoting(Promotion),
    /// Takes writes.
    Master(Box<Master>),
    /// Gets a backup back. If it was master it goes on with its heartbeats; the number counts them.
    Restoring(Rc<Snapshot>, u32),
}

/// A master or standby.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DataNode {
    config: Rc<Config>,
    me: MachineId,
    index: usize,
    state: State,
    voter: Voter,
    /// The newest epoch heard of, promised or not.
    newest_epoch: u32,
    /// The newest epoch of its own whose promise is on the disk.
    own_epoch: u32,
    log: Log,
    /// The log is on the disk up to here.
    synced: u32,
    /// Acknowledged up to here, as far as it knows.
    committed: u32,
    /// Agrees with its master's log up to here.
    matched: u32,
    /// A connection on which the master sends the log stands, or is being asked for.
    linked: bool,
    caught_up: bool,
    /// Heartbeats in a row that told of entries which it does not have, and none of them came.
    starved_beats: u8,
    backup: Option<Rc<Snapshot>>,
    trouble: Trouble,
    /// The trouble comes from the release that is installed: a restart does not cure it.
    bad_release: bool,
    poisoned: bool,
    /// The disk takes no writes.
    read_only: bool,
    pending: Unsafe,
    /// The last refusal that was noted: who, in which epoch, and what.
    refused: Option<(MachineId, u32, Stale)>,
    /// Bit *i*: data node *i* holds these data, too. All of them do, unless a manager says otherwise.
    holders: u8,
    /// Until when its worker's claim holds, on its own clock.
    claimed_until: Option<LocalTime>,
    /// It has stopped and handed over, in this epoch to this data node; the manager does not know it yet.
    handed_over: Option<(u32, u8)>,
}

impl DataNode {
    pub(super) fn new(config: Rc<Config>, me: MachineId, index: usize, durable: &Durable) -> Self {
        let log = durable.log.clone();
        let last = log.last();
        let all = ((1_u16 << config.layout.data.len()) - 1) as u8;
        Self {
            config,
            me,
            index,
            state: State::Standby,
            voter: Voter::new(durable),
            newest_epoch: durable.epoch.max(last.epoch),
            own_epoch: 0,
            synced: last.index,
            committed: log.base_index(),
            matched: log.base_index(),
            linked: false,
            caught_up: false,
            starved_beats: 0,
            backup: durable.backup.clone(),
            trouble: if durable.bad_release { Trouble::Fails } else { Trouble::None },
            bad_release: durable.bad_release,
            poisoned: log.poison(last.index).is_some(),
            read_only: false,
            pending: Unsafe::default(),
            refused: None,
            holders: all,
            claimed_until: None,
            handed_over: None,
            log,
        }
    }

    pub(super) fn step(&mut self, now: LocalTime, input: Input<Ha>, first: bool, out: &mut Outbox<Ha>) {
        match input {
            Input::Start => self.start(now, first, out),
            Input::Message { from, body, .. } => self.message(now, from, body, out),
            Input::Timer(timer) => self.timer(now, timer, out),
            Input::Synced(ticket) => self.synced(now, ticket, out),
            Input::WriteFailed(ticket) => self.write_failed(ticket, out),
            Input::Opened { .. } => {}
            Input::Closed { peer, .. } => self.closed(peer),
            Input::Command(command) => self.command(now, command, out),
        }
    }

    fn start(&mut self, now: LocalTime, first: bool, out: &mut Outbox<Ha>) {
        self.voter.detector = Detector::new(now);
        self.schedule_backup(out);
        if self.bad_release {
            self.turn_gray(Trouble::Fails, out);
        }
        if self.is_managed() {
            return; // it waits for the manager's word
        }
        if first && !self.config.cold_start {
            // A warm start: the first data node has been master all along, in epoch 1.
            if self.index == 0 {
                self.become_master(now, self.voter.epoch, 0, out);
            } else {
                let master = self.config.layout.data[0];
                self.hear(now, master, self.voter.epoch, out);
                self.voter.grant_lease(&self.config, now, self.voter.epoch);
            }
            return;
        }
        if !first {
            self.voter.forget_grant(&self.config, now);
        }
        if self.is_alone() && self.voter.remembers {
            return self.decided(now, self.next_epoch(), 1, 1, Decided::default(), out);
        }
        let limit = self.silence_limit_us();
        out.set_timer(Timer::Silence, limit, limit);
    }

    fn message(&mut self, now: LocalTime, from: MachineId, body: Message, out: &mut Outbox<Ha>) {
        match body {
            Message::Request { id, attempt, op, epoch } => self.request(now, from, id, attempt, op, epoch, out),
            Message::Check { round, deep } => self.check(from, round, deep, out),
            Message::Heartbeat { epoch, open: false, .. } => self.preparing(now, from, epoch, out),
            Message::Heartbeat { epoch, round, last, committed, .. } => {
                self.heartbeat(now, from, epoch, round, last, committed, out);
            }
            Message::HeartbeatReply { epoch, round, granted } => {
                self.heartbeat_reply(now, from, epoch, granted.then_some(round), out);
            }
            Message::Follow { epoch, last, base } => self.follow(now, from, epoch, last, base, out),
            Message::Append { epoch, before, entries, committed } => {
                self.append(now, from, epoch, before, &entries, committed, out);
            }
            Message::AppendReply { epoch, received, synced } => {
                self.append_reply(now, from, epoch, received, synced, out);
            }
            Message::AppendRefused { epoch, last, base } => self.append_refused(now, from, epoch, last, base, out),
            Message::Copy { epoch, snapshot, committed } => self.copy(now, from, epoch, &snapshot, committed, out),
            Message::Mounted { epoch, log } => self.mounted(now, epoch, &log, out),
            Message::Canvass { epoch, last, handover, pre } => {
                self.canvass(now, from, super::voter::Ask { epoch, last, handover, pre }, out);
            }
            Message::Ballot { epoch, pre, why, promised, last, lease_left_us, in_sync, may_be_master } => {
                self.newest_epoch = self.newest_epoch.max(promised);
                let ballot = candidate::Ballot { epoch, pre, why, last, lease_left_us, in_sync, may_be_master };
                self.ballot(now, from, ballot, out);
            }
            Message::SetInSync { epoch, set } => self.voter.record(from, epoch, set, &mut self.pending, out),
            Message::InSyncRecorded { epoch, set } => self.in_sync_recorded(now, from, epoch, set, out),
            Message::Handover { epoch, last } => self.handover(now, from, epoch, last, out),
            Message::FenceReply { target, epoch, order, confirmed } => {
                self.fence_reply(now, target, epoch, order, confirmed, out);
            }
            Message::WhoHas => self.who_has(from, out),
            Message::Promote { epoch, order, fenced, may_be_master } => {
                self.ordered(now, (from, order), epoch, fenced, may_be_master, out);
            }
            Message::Response { .. }
            | Message::CheckReply { .. }
            | Message::Announce { .. }
            | Message::DnsUpdate { .. }
            | Message::DnsQuery
            | Message::DnsAnswer { .. }
            | Message::Fence { .. }
            | Message::Mount { .. }
            | Message::Decline { .. }
            | Message::Page { .. }
            | Message::Raft(_)
            | Message::Zab(_)
            | Message::Shard(..)
            | Message::Registry(_) => {}
        }
    }

    fn timer(&mut self, now: LocalTime, timer: Timer, out: &mut Outbox<Ha>) {
        match timer {
            Timer::Heartbeat => self.beat(now, out),
            Timer::Silence => self.silence(now, out),
            Timer::Canvass => self.canvass_timer(now, out),
            Timer::Lease => self.lease_timer(now, out),
            Timer::LeaseWait => self.lease_waited(now, out),
            Timer::Fence => self.fence_timer(now, out),
            Timer::Recovery => self.recovered(now, out),
            Timer::Degrade => self.degrade(now, out),
            Timer::Failback => self.failback(now, out),
            Timer::Switchover => self.switchover_failed(now, out),
            Timer::Backup => self.take_backup(out),
            Timer::Restore => self.restored(now, out),
            Timer::DiskRetry => self.retry_disk(out),
            Timer::Operator
            | Timer::FenceDone(_)
            | Timer::Check(_)
            | Timer::CheckTimeout(_)
            | Timer::Arrival
            | Timer::Canary
            | Timer::Request(_)
            | Timer::Retry(_)
            | Timer::Ttl
            | Timer::Raft(_)
            | Timer::Zab(_)
            | Timer::Registry(_)
            | Timer::Work(_)
            | Timer::Upstream(_)
            | Timer::Ejection(_)
            | Timer::Tally
            | Timer::Shard(..) => {}
        }
    }

    #[inline(never)]
    fn command(&mut self, now: LocalTime, command: Command, out: &mut Outbox<Ha>) {
        match command {
            Command::Promote if self.is_managed() => {}
            Command::Promote => self.promoted_by_hand(now, Decided::default(), out),
            Command::Switchover(to) => self.switchover(now, to, out),
            Command::Gray { hang } => self.turn_gray(if hang { Trouble::Hangs } else { Trouble::Fails }, out),
            Command::BadRelease => self.release(true, out),
            Command::Recover => self.release(false, out),
            Command::Restore => self.restore(now, out),
            Command::SendPoison
            | Command::Load(_)
            | Command::Drain(_)
            | Command::Ready(_)
            | Command::AddMember(_)
            | Command::RemoveMember(_)
            | Command::AcceptLoss(_)
            | Command::Join
            | Command::Leave => {}
        }
    }

    fn synced(&mut self, now: LocalTime, ticket: Ticket, out: &mut Outbox<Ha>) {
        while let Some(safe) = self.pending.synced(ticket) {
            match safe {
                Safe::Log(upto) => self.log_synced(now, upto, out),
                Safe::Recovered(upto) => {
                    self.log_synced(now, upto, out);
                    self.read_only = false;
                    if self.storage().is_none() && self.synced < self.log.last_index() {
                        self.read_only = true; // more has come in the meantime
                        self.retry_disk(out);
                    }
                }
                Safe::Stream(to, message) => self.stream_when_safe(to, message, out),
                Safe::Datagram(to, message) => out.datagram(to, message),
                Safe::OwnVote(epoch) => self.own_vote(now, epoch, out),
                Safe::OwnRecord(set) => self.in_sync_recorded(now, self.me, set.epoch, set, out),
                Safe::Remembers => self.voter.remembers = true,
            }
        }
    }

    fn log_synced(&mut self, now: LocalTime, upto: u32, out: &mut Outbox<Ha>) {
        self.synced = self.synced.max(upto);
        self.log.compact(self.foldable());
        self.commit(now, out);
    }

    /// What is acknowledged, on the disk, and shared with the master that it follows: only that may be folded.
    fn foldable(&self) -> u32 {
        let safe = self.committed.min(self.synced);
        if self.as_master().is_some() { safe } else { safe.min(self.matched) }
    }

    /// Sends an answer that had to wait for the disk. By now the log may have been cut, or a write may have
    /// failed: it claims no more than what is there, and nothing to a master that it does not follow any more.
    fn stream_when_safe(&self, to: MachineId, message: Message, out: &mut Outbox<Ha>) {
        match message {
            Message::AppendReply { epoch, .. } if epoch != self.voter.master_epoch => {}
            Message::AppendReply { epoch, received, synced } => {
                let upto = self.synced.min(self.matched);
                let (received, synced) = (received.min(upto), synced.min(upto));
                out.stream(to, Message::AppendReply { epoch, received, synced });
            }
            message => out.stream(to, message),
        }
    }

    #[inline(never)]
    fn write_failed(&mut self, ticket: Ticket, out: &mut Outbox<Ha>) {
        self.pending.failed(ticket);
        // Later writes rest on this one: whatever becomes of them, the log on the disk ends where it did.
        self.pending.truncate_log(self.synced);
        if !self.read_only {
            self.read_only = true;
            out.note(Note::DiskFailed);
        }
        let pause = self.config.nodes.detection.heartbeat_us;
        out.set_timer(Timer::DiskRetry, pause, pause);
    }

    /// Writes again all that may not be on the disk.
    #[inline(never)]
    fn retry_disk(&mut self, out: &mut Outbox<Ha>) {
        let Voter { epoch, voted_for, in_sync, .. } = self.voter;
        let vote = if voted_for == Some(self.me) { Safe::OwnVote(epoch) } else { Safe::Log(0) };
        self.pending.persist(Write::Promise { epoch, voted_for }, vote, out);
        self.pending.persist(Write::InSync(in_sync), Safe::Log(0), out);
        if self.storage().is_some() {
            // Only its promises are on its own disk.
            self.pending.persist(Write::InSync(in_sync), Safe::Recovered(self.synced), out);
        } else {
            self.write_log_again(out);
        }
        if !self.voter.remembers && self.caught_up {
            self.pending.persist(Write::Provisioned, Safe::Remembers, out);
        }
    }

    fn write_log_again(&mut self, out: &mut Outbox<Ha>) {
        let base = self.log.base_index();
        if self.synced < base {
            self.pending.persist(Write::Replace(Rc::new(self.log.snapshot(base))), Safe::Log(base), out);
        }
        let after = self.log.pos(self.synced.max(base)).expect("it is kept from its base on");
        let entries = self.log.entries().filter(|(pos, _)| pos.index > after.index).map(|(_, entry)| *entry).collect();
        let write = Write::Entries { after, entries, committed: self.foldable() };
        self.pending.persist(write, Safe::Recovered(self.log.last_index()), out);
    }

    fn closed(&mut self, peer: MachineId) {
        if Some(peer) == self.storage() {
            if let State::Master(master) = &mut self.state {
                master.stored.next = master.stored.has + 1;
            }
        } else if let (State::Master(master), Some(index)) = (&mut self.state, self.config.layout.data_index(peer)) {
            master.peers[index].linked = false;
            master.joining &= !(1 << index);
            master.failback_armed &= index != 0;
        } else if self.voter.master == Some(peer) {
            self.linked = false;
        }
    }

    /// A single node, or the last of the data nodes configured: nobody to ask and nobody to fence.
    fn is_alone(&self) -> bool {
        self.config.layout.data.len() == 1 && !self.is_managed()
    }

    fn silence_limit_us(&self) -> Micros {
        self.voter.detector.limit_us(&self.config.nodes.detection)
    }

    /// The smallest epoch of its own that is newer than all it has heard of.
    fn next_epoch(&self) -> u32 {
        self.config.layout.epoch_after(self.newest_epoch.max(self.voter.epoch), self.index)
    }

    /// Index of the data node to which an epoch belongs.
    fn owner(&self, epoch: u32) -> usize {
        let nodes = self.config.layout.data.len();
        (epoch as usize + nodes - 1) % nodes
    }

    /// Every voter but itself.
    fn other_voters(&self) -> Vec<MachineId> {
        if self.is_managed() {
            return self.other_holders();
        }
        self.config.layout.voters().filter(|voter| *voter != self.me).collect()
    }

    /// Replaces what the log holds behind `after`, in memory at once and on the disk soon.
    fn write_log(&mut self, after: u32, entries: Rc<[super::message::Entry]>, out: &mut Outbox<Ha>) {
        let dropped = self.log.truncate(after);
        if dropped > 0 {
            self.synced = self.synced.min(after);
            self.pending.truncate_log(after);
            self.committed = self.committed.min(after);
            self.poisoned = self.log.poison(after).is_some();
            out.note(Note::Rewound { to: self.log.last(), dropped });
        }
        let after = self.log.last();
        for entry in entries.iter() {
            let pos = self.log.push(*entry);
            if entry.op.kind == super::message::OpKind::Poison && !self.poisoned {
                self.poisoned = true;
                out.note(Note::Poisoned { pos });
            }
        }
        if !self.read_only && self.storage().is_none() {
            let write = Write::Entries { after, entries, committed: self.foldable() };
            self.pending.persist(write, Safe::Log(self.log.last_index()), out);
        }
    }

    // ---- for pictures and tests ----------------------------------------------------------------------

    /// What it knew from the start.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// What it is doing.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// What it knows of its master, and what it has promised.
    pub fn voter(&self) -> &Voter {
        &self.voter
    }

    pub(in crate::ha) fn log_mut(&mut self) -> &mut Log {
        &mut self.log
    }

    /// Its log.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// The end of its log.
    pub fn log_end(&self) -> Pos {
        self.log.last()
    }

    /// Acknowledged up to here, as far as it knows.
    pub fn committed(&self) -> u32 {
        self.committed
    }

    /// On the disk up to here.
    pub fn synced_index(&self) -> u32 {
        self.synced
    }

    /// What is wrong with it.
    pub fn trouble(&self) -> Trouble {
        self.trouble
    }

    /// Whether bad data keeps it from serving.
    pub fn is_poisoned(&self) -> bool {
        self.poisoned
    }

    /// Its backup.
    pub fn backup(&self) -> Option<&Snapshot> {
        self.backup.as_deref()
    }

    /// The master's own matters, if it is master.
    pub fn as_master(&self) -> Option<&Master> {
        match &self.state {
            State::Master(master) => Some(master),
            _ => None,
        }
    }
}

/// How a decision was reached, beyond the votes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Decided {
    /// The old master itself asked for it.
    pub handover: bool,
    /// The operator has made sure that the old master is off.
    pub fenced: bool,
    /// Bit *i*: the operator, who gave the order, does not know whether data node *i* is master.
    pub may_be_master: Option<u8>,
    /// Standbys whose log was read, its own included.
    pub logs_read: u8,
    /// How long somebody may still believe in a lease.
    pub lease_left_us: Micros,
}
