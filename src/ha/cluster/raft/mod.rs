//! Raft, whole: one server of an ensemble that agrees on a log.
//!
//! Numbers with § are sections of Ongaro's dissertation, "Consensus: Bridging Theory and Practice" (2014), in the
//! order of the protocol:
//!
//! 1. **A leader is elected** (`election`): a server that hears no leader for a random time asks whether the others
//!    would vote for it (§9.6), then raises the term and asks for their votes (§3.4). A vote goes once in a term, and
//!    only to a log that is as up to date as the voter's (§3.6.1).
//! 2. **It makes the log, and the others take it over** (`replication`, `follower`): entries go out while the
//!    leader's own disk still writes (§10.2.1); where logs differ, the leader's counts (§3.5). What a majority has
//!    on its disks is committed, if it is of the leader's own term (§3.6.2).
//! 3. **What is read is newest** (`read`): the leader first makes sure that it still leads (§6.4).
//! 4. **The leadership is handed over** (`transfer`, §3.10), **members come and go** one by one (`change`, §4),
//!    **and the log is folded up** into snapshots (`snapshot`, §5).
//!
//! What always holds, whatever is lost, delayed, doubled or crashed, as long as a disk keeps what it has synced:
//! one leader in a term at most; a leader only appends to its log; logs with the same entry at one place are the same
//! up to there; what is committed is in the log of every later leader; and no two servers apply different entries at
//! one place (§3.2). **A promise is on the disk before it is given** (`promise`): votes and acknowledged entries leave
//! when their writes are synced.
//!
//! The server is a pure state machine without a clock: timers are set as ranges, from which the world draws.
//!
//! ```
//! use ha_lab::ha::cluster::raft::{Command, Config, Durable, Effect, Input, Members, Outbox, Raft};
//! use ha_lab::sim::MachineId;
//!
//! #[derive(Clone, PartialEq, Eq, Hash, Debug)]
//! struct Add(u32);
//! impl Command for Add {
//!     type State = u32;
//! }
//!
//! // An ensemble of one: it elects itself, and what it writes is committed as soon as its disk has it.
//! let me = MachineId::from_index(0);
//! let mut disk = Durable::<Add>::new(Members::of([me]));
//! let mut server = Raft::new(Config::paper(), me, &disk);
//! let (mut sum, mut out) = (0, Outbox::default());
//! for input in [Input::Start, Input::Campaign, Input::Propose(Add(5)), Input::Propose(Add(2))] {
//!     server.step(input, &mut out);
//!     out.each(|effect, out| match effect {
//!         Effect::Persist(id, write) => {
//!             disk.apply(write);
//!             server.step(Input::Synced(id), out);
//!         }
//!         Effect::Committed(_, ha_lab::ha::cluster::raft::Payload::Command(Add(n))) => sum += n,
//!         _ => {}
//!     });
//! }
//! assert!(server.is_leader());
//! assert_eq!(sum, 7);
//! ```

mod change;
mod config;
mod durable;
mod election;
mod follower;
mod io;
pub mod limits;
mod log;
mod members;
mod message;
mod note;
mod promise;
mod read;
mod replication;
mod role;
mod snapshot;
mod transfer;
mod view;

pub use config::{Config, Timing};
pub use durable::{Durable, Write};
pub use io::{Effect, InFlight, Input, Outbox, WriteId};
pub use log::{Command, Entry, Log, Payload, Pos, Snapshot};
pub use members::{Change, Members};
pub use message::{Brief, Kind, Message, Timer};
pub use note::{Busy, Note, Refusal, Why};
pub use role::{Ballots, CatchUp, Flow, Followers, Leader, Progress, Read, Role, Transfer};

use crate::sim::MachineId;

/// One server.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Raft<C: Command> {
    config: Config,
    me: MachineId,
    /// The newest term that it has seen.
    term: u32,
    /// For whom it voted in it.
    vote: Option<MachineId>,
    /// The log, with what is not on the disk yet.
    log: Log<C>,
    /// Everything up to here is committed, and handed to the state machine.
    commit: u32,
    role: Role,
    /// The leader of this term, if it knows.
    leader: Option<MachineId>,
    /// It has heard that leader within the shortest election timeout (§4.2.3).
    hears_leader: bool,
    /// Reads that it has asked the leader about, and the index that their answer needs.
    forwarded: Vec<(u64, Option<u32>)>,
    promises: promise::Promises<C>,
}

impl<C: Command> Raft<C> {
    /// A server as it comes up. It does nothing before [`Input::Start`]. Its state machine begins with the state of the
    /// log's snapshot; what came after is applied when the server learns again that it is committed.
    pub fn new(config: Config, me: MachineId, durable: &Durable<C>) -> Self {
        Self {
            config,
            me,
            term: durable.term,
            vote: durable.vote,
            log: durable.log.clone(),
            commit: durable.log.base(),
            role: Role::Follower,
            leader: None,
            hears_leader: false,
            forwarded: Vec::new(),
            promises: promise::Promises::new(durable.log.last_index()),
        }
    }

    /// Takes one input and puts what it wants done into `out`.
    pub fn step(&mut self, input: Input<C>, out: &mut Outbox<C>) {
        match input {
            Input::Synced(write) => self.synced(write, out),
            Input::WriteFailed(write) => self.write_failed(write, out),
            Input::Timer(Timer::Disk) => self.write_everything(out),
            _ if self.promises.is_stuck() => self.refuse(&input, out),
            Input::Start => self.start(out),
            Input::Message { from, body } => self.message(from, body, out),
            Input::Timer(timer) => self.timer(timer, out),
            Input::Propose(command) => self.propose(command, out),
            Input::ReadIndex(ctx) => self.read_index(ctx, out),
            Input::Transfer(to) => self.transfer(to, out),
            Input::Change(change) => self.change(change, out),
            Input::TakeOffice => self.take_office(out),
            Input::Campaign => self.campaign(Why::Told, out),
            Input::Compact { index, state } => self.compact(index, state, out),
        }
        self.persist_term(out);
    }

    fn timer(&mut self, timer: Timer, out: &mut Outbox<C>) {
        match timer {
            Timer::Election => self.election_timeout(out),
            Timer::Lease => self.hears_leader = false,
            Timer::Heartbeat => self.heartbeat_timer(out),
            Timer::Quorum => self.check_quorum(out),
            Timer::Transfer => self.transfer_timeout(out),
            Timer::CatchUp => self.catch_up_timeout(out),
            Timer::Disk => {}
        }
    }

    fn message(&mut self, from: MachineId, body: Message<C>, out: &mut Outbox<C>) {
        match body {
            Message::RequestVote { term, last, pre, transfer } => {
                self.request_vote(from, election::Ask { term, last, pre, transfer }, out);
            }
            Message::Vote { term, pre, granted } => self.count_vote(from, term, pre, granted, out),
            Message::Append { term, prev, entries, commit } => {
                if self.hear_leader(from, term, out) {
                    self.append_entries(from, prev, &entries, commit, out);
                }
            }
            Message::Heartbeat { term, commit, round } => {
                if self.hear_leader(from, term, out) {
                    self.heartbeat(from, commit, round, out);
                }
            }
            Message::InstallSnapshot { term, snapshot } => {
                if self.hear_leader(from, term, out) {
                    self.install_snapshot(from, snapshot, out);
                }
            }
            Message::Appended { term, matched } => {
                if self.is_answer(from, term, out) {
                    self.appended(from, matched, out);
                }
            }
            Message::AppendRefused { term, prev, hint } => {
                if self.is_answer(from, term, out) {
                    self.append_refused(from, prev, hint, out);
                }
            }
            Message::HeartbeatReply { term, round } => {
                if self.is_answer(from, term, out) {
                    self.heartbeat_reply(from, round, out);
                }
            }
            Message::TimeoutNow { term } => self.timeout_now(term, out),
            Message::ReadIndex { term, ctx } => self.follower_asks(from, term, ctx, out),
            Message::ReadIndexReply { ctx, index, .. } => self.leader_says(ctx, index, out),
        }
    }

    /// Whether a follower's answer is for this leader: from its own term. A newer one makes it step down (§3.3).
    fn is_answer(&mut self, from: MachineId, term: u32, out: &mut Outbox<C>) -> bool {
        if term > self.term {
            self.become_follower(term, None, Why::NewerTerm, out);
        }
        match &mut self.role {
            Role::Leader(leader) if term == self.term => {
                leader.heard |= members::bit(from);
                true
            }
            _ => false,
        }
    }

    /// What a server whose disk has failed says: it takes no part.
    fn refuse(&self, input: &Input<C>, out: &mut Outbox<C>) {
        match input {
            Input::Propose(_) | Input::Transfer(_) | Input::Change(_) => out.refuse(Busy::DiskFailed),
            Input::ReadIndex(ctx) => self.refuse_read(*ctx, out),
            _ => {}
        }
    }
}
