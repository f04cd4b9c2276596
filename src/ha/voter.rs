//! A voter: hears the master, promises epochs, grants leases, and records the in-sync set.
//!
//! Data nodes and the witness vote by the same rules. A promise reaches the disk before the answer leaves.

use std::collections::VecDeque;

use super::config::{Config, Decision, Lease, ReplicationMode};
use super::detector::Detector;
use super::durable::{Durable, Write};
use super::message::{InSync, Message, Pos, Refusal, Timer};
use super::note::Note;
use super::system::Ha;
use crate::sim::{LocalTime, MachineId, Micros, Outbox, Ticket};

/// What a voter knows and has promised.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Voter {
    /// The newest epoch promised.
    pub epoch: u32,
    /// For whom it voted in that epoch.
    pub voted_for: Option<MachineId>,
    /// The newest in-sync set that it knows.
    pub in_sync: InSync,
    /// The master that it hears, or heard last.
    pub master: Option<MachineId>,
    /// That master's epoch.
    pub master_epoch: u32,
    /// Hears the master's heartbeats.
    pub detector: Detector,
    /// It holds the master for dead, or has never heard one.
    pub suspects: bool,
    /// Whom it has voted for, or heard to be chosen, and gives time to open. Without this two candidates, chosen one
    /// after the other, would shoot each other.
    pub chosen: Option<MachineId>,
    /// Until when, on its own clock, somebody may hold a lease that it granted.
    pub granted_until: LocalTime,
    /// To the master of which epoch it granted that lease; 0 if it does not know any more.
    pub granted_epoch: u32,
    /// Bit *i*: data node *i* may be master, as far as it knows: it has heard it, or voted for it since.
    pub may_be_master: u8,
    /// False after its disk was wiped: it must not vote, for it may have promised otherwise.
    pub remembers: bool,
}

impl Voter {
    /// A voter as it comes up; its silence is counted from its first step.
    pub fn new(durable: &Durable) -> Self {
        Self {
            epoch: durable.epoch,
            voted_for: durable.voted_for,
            in_sync: durable.in_sync,
            master: None,
            master_epoch: 0,
            detector: Detector::default(),
            suspects: true,
            chosen: None,
            granted_until: LocalTime::default(),
            granted_epoch: 0,
            may_be_master: u8::MAX,
            remembers: durable.provisioned,
        }
    }

    /// What it says to a candidate.
    pub fn consider(&self, config: &Config, candidate: MachineId, ask: Ask, me: Respondent) -> Refusal {
        let member = config.layout.data_index(candidate).is_some_and(|index| self.in_sync.has(index));
        // The master that it hears has come back as a candidate, or has itself asked this one to take over.
        let gave_up = self.master == Some(candidate) || (ask.handover != 0 && ask.handover == self.master_epoch);
        if !self.remembers {
            Refusal::Amnesia
        } else if me.busy || (!self.suspects && !gave_up) || self.chosen.is_some_and(|chosen| chosen != candidate) {
            Refusal::HearsMaster
        } else if ask.epoch < self.epoch
            || (ask.epoch == self.epoch && self.voted_for.is_some_and(|voted| voted != candidate))
        {
            Refusal::AlreadyVoted
        } else if me.last.is_some_and(|mine| mine > ask.last) {
            Refusal::BehindMe
        } else if config.agrees_in_sync() && !member {
            Refusal::NotInSync
        } else {
            Refusal::None
        }
    }

    /// How long somebody may still believe in a lease that it granted, on its own clock.
    pub fn lease_left_us(&self, now: LocalTime) -> Micros {
        self.granted_until.since(now)
    }

    /// Grants, or renews, the lease of the master of `epoch`: counted from now on its own clock, with the drift
    /// bound on top. Not while the lease of another may still run: so no two of them ever do, however it was
    /// decided who is master.
    pub fn grant_lease(&mut self, config: &Config, now: LocalTime, epoch: u32) -> bool {
        let Some(lease) = config.nodes.fencing.lease else { return true };
        if self.granted_epoch != epoch && self.lease_left_us(now) > 0 {
            return false;
        }
        self.granted_epoch = epoch;
        self.granted_until = self.granted_until.max(now.after(lease.granted_us()));
        true
    }

    /// It does not know what lease it granted before it went down: as if it had just granted one to somebody.
    pub fn forget_grant(&mut self, config: &Config, now: LocalTime) {
        if let Some(lease) = config.nodes.fencing.lease {
            self.granted_until = now.after(lease.granted_us());
        }
    }
}

/// What a candidate asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ask {
    /// The epoch.
    pub epoch: u32,
    /// The end of its log.
    pub last: Pos,
    /// The master of this epoch has stopped and asked it to take over; 0: nobody has.
    pub handover: u32,
    /// Only what it would say.
    pub pre: bool,
}

/// What an answer depends on, beside the voter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Respondent {
    /// The end of its log; none for a witness.
    pub last: Option<Pos>,
    /// It is master, or sure to become one.
    pub busy: bool,
}

impl Lease {
    /// What the granter waits: the length with the drift bound on top.
    pub fn granted_us(self) -> Micros {
        self.stretched_us(self.length_us)
    }

    /// A length of time measured on another clock: with the drift bound on top, and what clocks that tick in
    /// microseconds round off.
    pub fn stretched_us(self, us: Micros) -> Micros {
        us + (us * u64::from(self.drift_ppm)).div_ceil(1_000_000) + 2
    }
}

impl Config {
    /// Whether the in-sync set is agreed with somebody, and only its members may be promoted.
    pub fn agrees_in_sync(&self) -> bool {
        self.nodes.replication.mode == ReplicationMode::Sync
    }

    /// Whether the voters' majority decides.
    pub fn votes(&self) -> bool {
        self.nodes.decision == Decision::Majority
    }

    /// Whether heartbeats have to be answered: to renew a lease, or so that a lone master notices that it is
    /// alone and can shoot.
    pub fn answers_heartbeats(&self) -> bool {
        self.nodes.fencing.lease.is_some() || self.duels()
    }

    /// Two nodes that decide alone and can shoot: each shoots the other when it hears nothing from it.
    pub fn duels(&self) -> bool {
        self.nodes.fencing.stonith.is_some() && matches!(self.nodes.decision, Decision::Alone { .. })
    }
}

/// What a voter does when a write is safe.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Safe {
    /// The log is on the disk up to here.
    Log(u32),
    /// Send this on the connection with the machine.
    Stream(MachineId, Message),
    /// Send this as a datagram.
    Datagram(MachineId, Message),
    /// Its own vote in this epoch counts.
    OwnVote(u32),
    /// Its own record of this in-sync set counts.
    OwnRecord(InSync),
    /// The copied data is there: from now on it knows again what it promises.
    Remembers,
    /// Everything up to here that could not be written before is on the disk.
    Recovered(u32),
}

/// Writes under way, and what each of them holds back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Unsafe(VecDeque<(Ticket, Safe)>);

impl Unsafe {
    /// Writes, and does `then` when that is safe.
    pub fn persist(&mut self, write: Write, then: Safe, out: &mut Outbox<Ha>) {
        let ticket = out.persist(write);
        self.0.push_back((ticket, then));
    }

    /// One more thing to do when the last write is safe; done at once if there is none under way.
    pub fn after_last(&mut self, then: Safe) -> Option<Safe> {
        match self.0.back() {
            Some(&(ticket, _)) => {
                self.0.push_back((ticket, then));
                None
            }
            None => Some(then),
        }
    }

    /// Takes out what waited for writes up to `ticket`.
    pub fn synced(&mut self, ticket: Ticket) -> Option<Safe> {
        self.0.pop_front_if(|(waiting, _)| *waiting <= ticket).map(|(_, then)| then)
    }

    /// Forgets what waited for a write that failed.
    pub fn failed(&mut self, ticket: Ticket) {
        self.0.retain(|(waiting, _)| *waiting != ticket);
    }

    /// The log was cut, or a write failed: writes under way no longer reach beyond `index`.
    pub fn truncate_log(&mut self, index: u32) {
        for (_, then) in &mut self.0 {
            if let Safe::Log(upto) | Safe::Recovered(upto) = then {
                *upto = (*upto).min(index);
            }
        }
    }
}

impl Voter {
    /// Hears a master's heartbeat, or another proof of its life. True if it is a new master.
    pub fn hear(
        &mut self,
        config: &Config,
        now: LocalTime,
        master: MachineId,
        epoch: u32,
        pending: &mut Unsafe,
        out: &mut Outbox<Ha>,
    ) -> bool {
        let new = self.master != Some(master) || self.master_epoch != epoch;
        if new {
            self.detector = Detector::new(now);
        } else {
            self.detector.hear(now, &config.nodes.detection);
            if self.suspects {
                out.note(Note::Trusted { master });
            }
        }
        if let (true, Some(index)) = (new, config.layout.data_index(master)) {
            // Whoever was master before it was fenced by it; unless it is itself one who was replaced.
            let others = if epoch >= self.epoch { 0 } else { self.may_be_master };
            self.may_be_master = others | 1 << index;
        }
        self.master = Some(master);
        self.master_epoch = epoch;
        self.suspects = false;
        self.chosen = None;
        if epoch > self.epoch {
            self.epoch = epoch;
            self.voted_for = Some(master);
            pending.persist(Write::Promise { epoch, voted_for: Some(master) }, Safe::Log(0), out);
        }
        let limit = self.detector.limit_us(&config.nodes.detection);
        out.set_timer(Timer::Silence, limit, limit);
        out.cancel_timer(Timer::Canvass);
        new
    }

    /// Somebody was chosen to be master: for a silence limit from now on it waits for that one.
    pub fn give_time(&mut self, config: &Config, chosen: MachineId, out: &mut Outbox<Ha>) {
        self.chosen = Some(chosen);
        let limit = self.detector.limit_us(&config.nodes.detection);
        out.set_timer(Timer::Silence, limit, limit);
        out.cancel_timer(Timer::Canvass);
    }

    /// The silence has lasted too long.
    pub fn suspect(&mut self, now: LocalTime, out: &mut Outbox<Ha>) {
        self.suspects = true;
        if self.chosen.take().is_some() {
            return; // the one that was chosen has not opened: nobody new is silent
        }
        let silent_us = now.since(self.detector.heard_at());
        out.note(match self.master {
            Some(master) => Note::Suspected { master, silent_us },
            None => Note::NoMaster { silent_us },
        });
    }

    /// Answers a candidate. A vote is promised on the disk before the answer leaves.
    #[expect(clippy::too_many_arguments, reason = "the question, the asker, and what the answer depends on")]
    pub fn answer(
        &mut self,
        config: &Config,
        now: LocalTime,
        candidate: MachineId,
        ask: Ask,
        me: Respondent,
        pending: &mut Unsafe,
        out: &mut Outbox<Ha>,
    ) {
        let why = self.consider(config, candidate, ask, me);
        if !ask.pre {
            out.note(Note::Voted { candidate, epoch: ask.epoch, why });
        }
        let ballot = |voter: &Self| Message::Ballot {
            epoch: ask.epoch,
            pre: ask.pre,
            why,
            promised: voter.epoch,
            last: me.last,
            lease_left_us: voter.lease_left_us(now),
            in_sync: voter.in_sync,
            may_be_master: voter.may_be_master,
        };
        if why == Refusal::None && !ask.pre {
            if ask.handover != 0 && ask.handover == self.granted_epoch {
                self.granted_until = LocalTime::default(); // its holder has given it back
            }
            if let Some(index) = config.layout.data_index(candidate) {
                self.may_be_master |= 1 << index;
            }
            self.epoch = ask.epoch;
            self.voted_for = Some(candidate);
            let promise = Write::Promise { epoch: ask.epoch, voted_for: Some(candidate) };
            let answer = Safe::Datagram(candidate, ballot(self));
            pending.persist(promise, answer, out);
            self.give_time(config, candidate, out);
        } else {
            out.datagram(candidate, ballot(self));
        }
    }

    /// Records an in-sync set for the master, and says so when it is on the disk.
    pub fn record(&mut self, master: MachineId, epoch: u32, set: InSync, pending: &mut Unsafe, out: &mut Outbox<Ha>) {
        // One that it knows is written again: the answer may have been lost, or it was only heard of.
        if epoch >= self.epoch && set >= self.in_sync {
            self.in_sync = set;
            // Who has lost its disk learns the set, but its word does not count yet.
            let counts = Safe::Stream(master, Message::InSyncRecorded { epoch, set });
            let then = if self.remembers { counts } else { Safe::Log(0) };
            pending.persist(Write::InSync(set), then, out);
        }
    }

    /// Whether it may be a voter again, after its disk was wiped, as soon as it has the data: it has to know the
    /// in-sync set, for it may have been needed to record that, and may be the only one left who did. A majority that
    /// elects somebody else would not know that a lone master goes on without them.
    pub fn may_remember(&self, config: &Config) -> bool {
        !config.agrees_in_sync() || self.in_sync.epoch > 0
    }
}
