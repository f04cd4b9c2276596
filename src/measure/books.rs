//! The books: what all shards of a system have had of outages, failovers and split brains, in order of time.
//!
//! Every entry says which shard it is of. What is settled of one shard waits for the others (see
//! [`Ledger`](super::Ledger)), so entries come in order and keep their places.

use std::rc::Rc;

use super::capped::Capped;
use super::incident::Incident;
use super::limits;
use super::split_brain::SplitBrains;
use crate::sim::{MachineId, SimTime};

/// Another node became master.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failover {
    /// Of which shard; 0 where there is one.
    pub shard: u8,
    /// When.
    pub at: SimTime,
    /// In which epoch.
    pub epoch: u32,
    /// The master before it.
    pub from: Option<MachineId>,
    /// The new master.
    pub to: MachineId,
    /// It was asked for: a switchover or a failback.
    pub planned: bool,
    /// Index of the incident that it belongs to; none if no client noticed.
    pub outage: Option<usize>,
    /// Acknowledged writes that were lost by it.
    pub lost: u64,
}

/// The lists that all accounts write into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Books {
    pub(super) incidents: Capped<Rc<Incident>>,
    /// Number of the first incident that is kept.
    first: u64,
    pub(super) failovers: Capped<Failover>,
    pub(super) failover_count: u32,
    pub(super) splits: SplitBrains,
}

impl Books {
    pub(super) fn new() -> Self {
        Self {
            incidents: Capped::new(limits::INCIDENTS),
            first: 0,
            failovers: Capped::new(limits::FAILOVERS),
            failover_count: 0,
            splits: SplitBrains::new(),
        }
    }

    /// Enters an outage that begins; gives its number.
    pub(super) fn open(&mut self, incident: &Rc<Incident>) -> u64 {
        let gone = self.incidents.push(Rc::clone(incident));
        if gone > 0 {
            self.first += gone as u64;
            for failover in self.failovers.items_mut() {
                failover.outage = failover.outage.and_then(|outage| outage.checked_sub(gone));
            }
        }
        self.first + self.incidents.len() as u64 - 1
    }

    /// Where an outage stands, unless it is forgotten.
    fn place(&self, number: u64) -> Option<usize> {
        number.checked_sub(self.first).map(|place| place as usize)
    }

    /// More is known of an outage.
    pub(super) fn amend(&mut self, number: u64, incident: &Rc<Incident>) {
        if let Some(place) = self.place(number) {
            self.incidents.items_mut()[place] = Rc::clone(incident);
        }
    }

    /// Enters a failover.
    pub(super) fn failed_over(&mut self, failover: Failover) {
        self.failovers.push(failover);
        self.failover_count += 1;
    }

    /// Failovers of a shard in a span of time belong to this outage.
    pub(super) fn link_failovers(&mut self, shard: u8, number: u64, from: SimTime, to: SimTime) {
        let Some(outage) = self.place(number) else { return };
        if self.failovers.last().is_some_and(|last| last.at >= from) {
            self.failovers
                .items_mut()
                .iter_mut()
                .rev()
                .take_while(|failover| failover.at >= from)
                .filter(|failover| failover.shard == shard && failover.at <= to)
                .for_each(|failover| {
                    failover.outage.get_or_insert(outage);
                });
        }
    }

    /// A write is lost by the newest failover of a shard, if that led to this master and epoch.
    pub(super) fn lost_by(&mut self, shard: u8, newest: Option<(MachineId, u32)>) {
        if let Some(last) = self.failovers.items_mut().iter_mut().rfind(|failover| failover.shard == shard) {
            last.lost += u64::from(newest == Some((last.to, last.epoch)));
        }
    }
}
