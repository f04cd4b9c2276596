//! The ledger: takes every event of the trace to the accounts that it belongs to, and adds up what they say.
//!
//! There is one account for each shard, and one for what is no cluster. In order:
//!
//! 1. Machines and faults are every account's business. What a process says goes to one account: what clients say of a
//!    request to the shard of its key, what workers and balancers say by the lane in which they say it. The members of a
//!    cluster's manager speak of their own leadership, which is not the data's; only what they say of the registry counts.
//! 2. What canaries tell is settled in order of time, for all sites and all shards together: a turn of one waits until
//!    none can come up with an earlier one. So outages stand in the books in the order in which they began.
//! 3. Each shard is a service of its own. The system's downtime is the mean of its shards', its outages are theirs.

use std::rc::Rc;

use super::account::Account;
use super::books::{Books, Failover};
use super::budget::Budget;
use super::figures::{Availability, Figures, Reads, Share, Writes, mean};
use super::incident::Incident;
use super::nodes::NodeTally;
use super::probe::Live;
use super::service::{READS, Service, Stretch, WRITES};
use super::split_brain::SplitBrain;
use super::whole::{Standing, Whole};
use crate::ha::cluster::registry;
use crate::ha::limits::KEYS;
use crate::ha::message::Kind;
use crate::ha::note::Note;
use crate::ha::{Config, Ha, Part};
use crate::sim::{Event, MachineId, Micros, SimTime, Sink};

/// Keeps account of a run. Fed by the trace and by nothing else; cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ledger {
    parts: Rc<[Part]>,
    /// The shard of each key.
    shard_of: [u8; KEYS],
    /// Whether there is a probe.
    probes: bool,
    /// Which canaries decide whether the service is down.
    lead: usize,
    now: SimTime,
    nodes: Vec<NodeTally>,
    /// One for each shard.
    accounts: Vec<Account>,
    books: Books,
    whole: Whole,
}

impl Ledger {
    /// The ledger of a run that has not begun.
    pub fn new(config: &Config) -> Self {
        let parts: Rc<[Part]> = config.layout.parts().into_iter().map(|(_, part)| part).collect();
        let lead = if config.clients.read_permille >= 1000 { READS } else { WRITES };
        let shards = config.shards();
        Self {
            shard_of: std::array::from_fn(|key| config.shard_of(key as u8)),
            probes: config.clients.canary_us > 0 && !config.layout.clients.is_empty(),
            lead,
            now: SimTime::ZERO,
            nodes: vec![NodeTally::default(); parts.len()],
            accounts: (0..shards).map(|shard| Account::new(config, &parts, shard, lead)).collect(),
            books: Books::new(),
            whole: Whole::new(shards.into(), lead),
            parts,
        }
    }

    /// Acknowledged writes that are missing from the logs that count, so far.
    pub fn lost(&self) -> u64 {
        self.accounts.iter().map(|account| account.writes.lost).sum()
    }

    // ---- what it is told -----------------------------------------------------------------------------

    fn note(&mut self, at: SimTime, machine: MachineId, lane: u8, note: &Note) {
        let shard = match (self.parts[machine.index()], note) {
            (Part::Member(_), Note::Registry(note)) => return self.registry_says(at, machine, note),
            (Part::Member(_), _) => return,
            (Part::Client(_), Note::Issued { key, .. } | Note::Finished { key, .. }) => {
                self.shard_of[usize::from(*key)]
            }
            _ => lane,
        };
        if let Some(account) = self.accounts.get_mut(usize::from(shard)) {
            account.note(at, machine, note, &mut self.books);
            account.book_split(&mut self.books);
        }
    }

    /// The manager says who lives, and who owns what. Claims are the business of every shard.
    fn registry_says(&mut self, at: SimTime, member: MachineId, note: &registry::Note) {
        match *note {
            registry::Note::Expired { worker, .. } => {
                for account in &mut self.accounts {
                    account.lease_expired(at, member, worker, &mut self.books);
                }
            }
            registry::Note::Revoked { worker, .. } => {
                self.accounts.iter_mut().for_each(|account| account.lease_revoked(worker));
            }
            registry::Note::Assigned { shard, worker: to, token }
            | registry::Note::HandedOver { shard, to, token, .. } => {
                if let Some(account) = self.accounts.get_mut(usize::from(shard)) {
                    account.assigned(to, token);
                }
            }
            _ => {}
        }
    }

    /// Takes up, in order of time, every turn of a site that no other can come before any more.
    fn settle(&mut self) {
        if self.accounts.iter().all(|account| account.sites.next_turn_at().is_none()) {
            return;
        }
        let soon = self.now.after(1);
        let horizon = self.accounts.iter().map(|account| account.sites.horizon(soon)).fold(soon, SimTime::min);
        loop {
            let waiting = self.accounts.iter().enumerate();
            let next = waiting.filter_map(|(shard, account)| Some((account.sites.next_turn_at()?, shard))).min();
            let Some(((at, ..), shard)) = next else { return };
            if at >= horizon && !self.accounts.iter().any(|account| account.sites.is_overfull()) {
                return;
            }
            self.accounts[shard].settle_next(self.now, &mut self.books);
            self.whole.turn(at, [WRITES, READS].map(|kind| self.standing(kind)));
        }
    }

    fn standing(&self, kind: usize) -> Standing {
        let each = self.accounts.iter().map(|account| account.sites.stands(kind));
        each.fold(Standing::default(), |all, (down, hurt)| Standing {
            down: all.down + usize::from(down),
            hurt: all.hurt + usize::from(hurt),
        })
    }

    // ---- what it tells -----------------------------------------------------------------------------

    /// How many shards the data are cut into; 1 for what is no cluster.
    pub fn shards(&self) -> u8 {
        self.accounts.len() as u8
    }

    /// Every outage of a shard, in order of their beginnings; those that are open are among them.
    pub fn incidents(&self) -> &[Rc<Incident>] {
        &self.books.incidents
    }

    /// Every time that another node became master of a shard, oldest first.
    pub fn failovers(&self) -> &[Failover] {
        &self.books.failovers
    }

    /// Every time that two nodes were able to acknowledge conflicting writes, oldest first.
    pub fn split_brains(&self) -> &[SplitBrain] {
        self.books.splits.list()
    }

    /// Whether two running nodes believe to be master of the same shard right now.
    pub fn dual_master(&self) -> bool {
        self.accounts.iter().any(|account| account.seats.is_dual())
    }

    /// How the service looks at `now`, which is not before the last event.
    pub fn service(&self, now: SimTime) -> Service {
        let shards: Vec<Service> = self.accounts.iter().map(|account| account.sites.live(now)).collect();
        Service {
            writes: Live::of_all(shards.iter().map(|shard| shard.writes)),
            reads: Live::of_all(shards.iter().map(|shard| shard.reads)),
        }
    }

    /// The change points of the service's state, as far as they are settled.
    pub fn ribbon(&self) -> &[Stretch] {
        self.whole.ribbon()
    }

    /// What an objective allows in a window that ends now, and what of it is used.
    pub fn budget(&self, now: SimTime, objective_ppm: u32, window_us: Micros) -> Budget {
        Budget::of(&self.books.incidents, self.shards(), now, objective_ppm, window_us)
    }

    /// Sums up over all shards.
    fn sum(&self, of: impl Fn(&Account) -> u64) -> u64 {
        self.accounts.iter().map(of).sum()
    }

    /// All figures at `now`, which is not before the last event.
    pub fn figures(&self, now: SimTime) -> Figures {
        let shards = u64::from(self.shards());
        let all_us = now.us() * shards;
        let [down_us, down_reads_us] = [self.lead, READS].map(|kind| self.sum(|one| one.sites.down_us(kind, now)));
        let (any_down_us, partial_us) = self.whole.until(now);
        let outages = self.sum(Account::outages);
        let time = |down_us: Micros| Share::of(all_us.saturating_sub(down_us), all_us).filter(|_| self.probes);
        let writes = self.accounts.iter().map(|one| one.writes).fold(Writes::default(), Writes::plus);
        let reads = self.accounts.iter().map(|one| one.reads).fold(Reads::default(), Reads::plus);
        let Writes { acked, failed, unknown, .. } = writes;
        let Reads { served, failed: unserved, .. } = reads;
        let longest_us = self.accounts.iter().map(|one| one.longest_us(now)).max();
        let stale_holders = self.accounts.iter().filter_map(|one| one.tenure).map(|tenure| tenure.episodes());
        Figures {
            availability: Availability {
                time: time(down_us),
                time_reads: time(down_reads_us),
                requests: Share::of(acked + served, acked + failed + unknown + served + unserved),
                reads: Share::of(served, served + unserved),
                writes: Share::of(acked, acked + failed + unknown),
            },
            downtime_us: down_us / shards,
            downtime_reads_us: down_reads_us / shards,
            partial_us,
            any_down_us,
            outages,
            mttf_us: mean(all_us.saturating_sub(down_us), outages),
            mttr_us: mean(self.sum(|one| one.closed.outage_us), self.sum(|one| one.closed.outages)),
            mttd_us: mean(self.sum(|one| one.closed.detect_us), self.sum(|one| one.closed.detected)),
            failovers: self.books.failover_count,
            split_brains: self.books.splits.count(),
            split_brain_us: self.books.splits.split_us(now),
            stale_holders: stale_holders.sum(),
            writes,
            reads,
            achieved_recovery_us: longest_us.filter(|_| outages > 0),
            achieved_loss: self.accounts.iter().map(Account::loss).max().unwrap_or(0),
            per_node: self.nodes.iter().map(|node| node.figures(now)).collect(),
        }
    }
}

impl Sink<Ha> for Ledger {
    fn event(&mut self, at: SimTime, _: u64, event: &Event<Ha>) {
        self.now = at;
        match event {
            Event::Note { machine, lane, note } => self.note(at, *machine, *lane, note),
            Event::Sent { from, brief, .. } if brief.kind == Kind::Heartbeat => {
                if let Some(account) = self.accounts.get_mut(usize::from(brief.lane)) {
                    account.acts_as_master(at, *from);
                    account.book_split(&mut self.books);
                }
            }
            Event::Machine { machine, status, .. } => {
                self.nodes[machine.index()].turn(at, *status);
                for account in &mut self.accounts {
                    account.machine(at, *machine, *status);
                    account.book_split(&mut self.books);
                }
            }
            Event::Fault { origin, fault } => {
                for account in &mut self.accounts {
                    account.fault(at, *origin, fault, &mut self.books);
                    account.book_split(&mut self.books);
                }
            }
            _ => return,
        }
        self.settle();
    }
}
