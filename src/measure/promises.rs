//! What consensus and a manager promise, watched while it happens.
//!
//! - *Election safety*: at most one leader in a term or epoch (Ongaro §3.2; Junqueira et al. 2011).
//! - *One owner*: at most one worker is ever master of a shard under one token.
//! - *Nothing lost*: no acknowledged write is missing from the log that counts; promised by ensembles that hold the data,
//!   and by clusters whose writes are on every holder that may own them, with tokens and claims that are looked at.
//! - *State machine safety*: what two members have applied at one index is the same ([`audit`]).
//!
//! These rest on [`Assumption`]s: disks keep what they have synced, clocks run alike, nobody gives data up. If an action broke one before a
//! promise was broken, the two are named together, and the run goes on; if not, the fault is the lab's own.

use std::collections::VecDeque;
use std::rc::Rc;

use super::{Ledger, limits};
use crate::ha::cluster::Member;
use crate::ha::cluster::registry::Note as Said;
use crate::ha::config::{ReplicationMode, SystemKind};
use crate::ha::note::Note;
use crate::ha::{Config, Ha, Node, Part};
use crate::sim::{Event, Fault, MachineId, SimTime, World};

/// What was promised, and did not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promise {
    /// Two leaders in one term or epoch.
    OneLeader {
        /// The term or epoch.
        epoch: u32,
        /// Who led first.
        first: MachineId,
        /// And who led, too.
        second: MachineId,
    },
    /// Two masters of one shard under one token.
    OneOwner {
        /// The shard, by index.
        shard: u8,
        /// The token.
        token: u32,
        /// Who was first.
        first: MachineId,
        /// And who was, too.
        second: MachineId,
    },
    /// Acknowledged writes are missing from the log that counts.
    NothingLost {
        /// How many.
        writes: u64,
    },
    /// Two members have applied different entries, or come to different states.
    SameState {
        /// One.
        first: MachineId,
        /// The other.
        second: MachineId,
        /// Up to this index of the log.
        index: u32,
    },
}

/// What the promises rest on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assumption {
    /// A disk keeps what it has synced: this one was wiped.
    DiskKeeps(MachineId),
    /// Clocks run alike: this one does not, or has jumped.
    ClockRuns(MachineId),
    /// Nobody gives data up: an operator has accepted the loss of this shard's.
    NothingGivenUp(u8),
}

/// A promise that was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Breach {
    /// When.
    pub at: SimTime,
    /// What.
    pub promise: Promise,
    /// The assumption that an action had broken before; none: the fault is the lab's own.
    pub because: Option<Assumption>,
}

/// Watches what is promised. Fed by the trace; cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promises {
    parts: Rc<[Part]>,
    /// The data nodes are the ensemble.
    is_ensemble: bool,
    /// Every acknowledged write is on all who may own it.
    keeps_writes: bool,
    /// Who led, the newest last: the members' own reigns have no shard.
    reigns: VecDeque<(Option<u8>, u32, MachineId)>,
    lost: u64,
    /// Bit *s*: the operator has accepted that shard *s* has lost data.
    given_up: u8,
    assumption: Option<Assumption>,
    breach: Option<Breach>,
}

impl Promises {
    /// What this system promises.
    pub fn new(config: &Config) -> Self {
        let is_ensemble = matches!(config.system, SystemKind::Ensemble(_));
        let in_sync = config.nodes.replication.mode == ReplicationMode::Sync && config.nodes.fencing.epochs;
        let keeps_writes = is_ensemble || in_sync && config.cluster().is_some_and(|cluster| cluster.claim.checked);
        Self {
            parts: config.layout.parts().into_iter().map(|(_, part)| part).collect(),
            is_ensemble,
            keeps_writes,
            reigns: VecDeque::new(),
            lost: 0,
            given_up: 0,
            assumption: None,
            breach: None,
        }
    }

    /// The first promise that was broken.
    pub fn breach(&self) -> Option<Breach> {
        self.breach
    }

    /// Takes up an event that the ledger knows already.
    pub fn event(&mut self, at: SimTime, event: &Event<Ha>, ledger: &Ledger) {
        match *event {
            Event::Fault { fault, .. } => self.assumption = self.assumption.or(broken_by(&fault)),
            Event::Note { note: Note::Registry(Said::LossAccepted { shard, .. }), .. } => self.given_up |= 1 << shard,
            Event::Note { machine, lane, note: Note::BecameMaster { epoch, .. } } => {
                let shard = match self.parts[machine.index()] {
                    Part::Member(_) => None,
                    _ if self.is_ensemble => None,
                    _ => Some(lane),
                };
                self.reigns(at, shard, epoch, machine);
                let lost = ledger.lost();
                if self.keeps_writes && lost > self.lost {
                    let promise = Promise::NothingLost { writes: lost - self.lost };
                    // Who gives data up has lost them, whatever went before.
                    let given_up = self.given_up >> lane & 1 == 1;
                    let because = if given_up { Some(Assumption::NothingGivenUp(lane)) } else { self.assumption };
                    self.breach.get_or_insert(Breach { at, promise, because });
                }
                self.lost = lost;
            }
            _ => {}
        }
    }

    /// Compares what the members have come to. Once in a while is enough: what differs once goes on to differ.
    pub fn audit(&mut self, at: SimTime, world: &World<Ha>) {
        if self.breach.is_none()
            && let Some(promise) = audit(world)
        {
            self.broken(at, promise);
        }
    }

    fn reigns(&mut self, at: SimTime, shard: Option<u8>, epoch: u32, who: MachineId) {
        let other = self.reigns.iter().find(|(of, known, first)| (*of, *known) == (shard, epoch) && *first != who);
        match (other, shard) {
            (Some((_, _, first)), None) => {
                let first = *first;
                self.broken(at, Promise::OneLeader { epoch, first, second: who });
            }
            (Some((_, _, first)), Some(shard)) => {
                let first = *first;
                self.broken(at, Promise::OneOwner { shard, token: epoch, first, second: who });
            }
            (None, _) => {
                if self.reigns.len() == limits::REIGNS {
                    self.reigns.pop_front();
                }
                self.reigns.push_back((shard, epoch, who));
            }
        }
    }

    fn broken(&mut self, at: SimTime, promise: Promise) {
        self.breach.get_or_insert(Breach { at, promise, because: self.assumption });
    }
}

/// The assumption that a fault breaks.
fn broken_by(fault: &Fault<Ha>) -> Option<Assumption> {
    match *fault {
        Fault::WipeDisk(machine) => Some(Assumption::DiskKeeps(machine)),
        Fault::ClockJump(machine, _) => Some(Assumption::ClockRuns(machine)),
        Fault::ClockRate(machine, ppb) if ppb != 0 => Some(Assumption::ClockRuns(machine)),
        _ => None,
    }
}

/// Members that have applied different entries at the newest places that both have applied, or that are at one place in
/// different states.
pub fn audit(world: &World<Ha>) -> Option<Promise> {
    let members: Vec<(MachineId, &Member)> = world
        .machines()
        .filter_map(|(id, machine)| Some((id, machine.process().and_then(Node::member)?)))
        .filter(|(_, member)| !member.is_outside())
        .collect();
    for (place, (second, b)) in members.iter().enumerate() {
        for (first, a) in &members[..place] {
            let index = a.committed().min(b.committed());
            // What one of them has folded up cannot be compared any more.
            let differs = |at: u32| {
                let places = a.log().pos(at).zip(b.log().pos(at)).is_some_and(|(mine, theirs)| mine != theirs);
                places || a.log().get(at).zip(b.log().get(at)).is_some_and(|(mine, theirs)| mine != theirs)
            };
            let same_place = a.committed() == b.committed();
            let oldest = index.saturating_sub(limits::AUDITED).max(1);
            if (oldest..=index).rev().any(differs) || same_place && a.applied() != b.applied() {
                return Some(Promise::SameState { first: *first, second: *second, index });
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::tests::tale::cluster;
    use super::*;
    use crate::ha::message::Pos;
    use crate::sim::Origin;

    const MS: u64 = 1_000;

    fn member(index: usize) -> MachineId {
        cluster(1, 2).layout.members[index]
    }

    /// A cluster in which this happens, one millisecond after the other.
    fn told(events: &[Event<Ha>]) -> Option<Breach> {
        let config = cluster(1, 2);
        let (mut promises, ledger) = (Promises::new(&config), Ledger::new(&config));
        for (at, event) in (1..).zip(events) {
            promises.event(SimTime::from_us(at * MS), event, &ledger);
        }
        promises.breach()
    }

    fn reigns(machine: MachineId, lane: u8, epoch: u32) -> Event<Ha> {
        Event::Note { machine, lane, note: Note::BecameMaster { epoch, base: Pos::default(), logs_read: 2 } }
    }

    #[test]
    fn two_leaders_in_one_term_are_the_labs_own_fault() {
        let leads = |who: usize, term: u32| reigns(member(who), 0, term);
        assert_eq!(told(&[leads(0, 1), leads(1, 2), leads(0, 3), leads(0, 3)]), None, "the same one may say so twice");
        let promise = Promise::OneLeader { epoch: 1, first: member(0), second: member(2) };
        let breach = Breach { at: SimTime::from_us(3 * MS), promise, because: None };
        assert_eq!(told(&[leads(0, 1), leads(1, 2), leads(2, 1)]), Some(breach));
    }

    #[test]
    fn a_token_belongs_to_one_worker_and_one_shard() {
        let (a, b) = (MachineId::from_index(0), MachineId::from_index(1));
        assert_eq!(told(&[reigns(a, 0, 4), reigns(b, 1, 4)]), None, "another shard is another matter");
        let promise = Promise::OneOwner { shard: 1, token: 4, first: a, second: b };
        assert_eq!(told(&[reigns(a, 1, 4), reigns(b, 1, 4)]).map(|breach| breach.promise), Some(promise));
    }

    #[test]
    fn what_an_action_has_broken_before_is_named() {
        let two = [reigns(member(0), 0, 1), reigns(member(2), 0, 1)];
        let fault = Event::Fault { origin: Origin::Hand, fault: Fault::WipeDisk(member(1)) };
        let breach = told(&[fault, two[0], two[1]]).expect("two leaders");
        assert_eq!(breach.because, Some(Assumption::DiskKeeps(member(1))));
        let late = told(&[two[0], two[1], fault]).expect("two leaders");
        assert_eq!(late.because, None, "it came too late to be the reason");
    }
}
