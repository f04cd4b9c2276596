//! What must never happen, checked at every delivery and at every establishment.
//!
//! | property | how it is checked |
//! | --- | --- |
//! | integrity | what is delivered was broadcast, and stands in the history once |
//! | total order, agreement, prefix | everybody's deliveries are a prefix of one history; so are snapshots |
//! | local primary order | the transactions of an epoch are its leader's proposals, from the first, without gaps |
//! | global primary order | zxids only grow |
//! | primary integrity | a leader is established only after it delivered all of older epochs that anybody ever does |
//! | one leader | nobody else is established in its epoch |
//! | durability | what is delivered first is on the disks of a quorum; so is the epoch of an established leader |

use std::collections::{BTreeMap, BTreeSet};

use crate::ha::cluster::zab::{Durable, Zxid};

use super::net::Lab;

/// One delivered transaction.
pub type Applied = (Zxid, u32);

/// Sees everything.
#[derive(Clone, Debug, Default)]
pub struct Judge {
    /// What the longest member has delivered.
    pub history: Vec<Applied>,
    delivered: BTreeSet<u32>,
    broadcast: BTreeSet<u32>,
    proposals: BTreeMap<u32, Vec<u32>>,
    /// By epoch: who, and how much it had delivered.
    established: BTreeMap<u32, (usize, usize)>,
    /// The first thing that was wrong.
    pub wrong: Option<String>,
}

impl Judge {
    fn check(&mut self, right: bool, what: impl FnOnce() -> String) {
        if !right && self.wrong.is_none() {
            self.wrong = Some(what());
        }
    }

    /// How many leaders were established.
    pub fn epochs(&self) -> usize {
        self.established.len()
    }

    pub fn on_broadcast(&mut self, value: u32) {
        let new = self.broadcast.insert(value);
        self.check(new, || format!("the test broadcasts {value} twice"));
    }

    pub fn on_proposed(&mut self, zxid: Zxid, value: u32) {
        let proposals = self.proposals.entry(zxid.epoch()).or_default();
        proposals.push(value);
        let right = proposals.len() == zxid.counter() as usize;
        self.check(right, || format!("{zxid:?} is not the next proposal of its epoch"));
    }

    /// `node`, which has delivered `before` transactions, delivers one more.
    pub fn on_delivered(&mut self, node: usize, before: usize, applied: Applied, disks: &[&Durable<Lab>]) {
        if let Some(known) = self.history.get(before).copied() {
            return self.check(known == applied, || {
                format!("order: member {node} delivers {applied:?} where another delivered {known:?}")
            });
        }
        let (zxid, value) = applied;
        self.check(before == self.history.len(), || format!("gap: member {node} delivers {applied:?}"));
        let last = self.history.last().map_or(Zxid::ZERO, |(zxid, _)| *zxid);
        self.check(zxid > last, || format!("global primary order: {zxid:?} behind {last:?}"));
        let was_broadcast = self.broadcast.contains(&value) && self.delivered.insert(value);
        self.check(was_broadcast, || format!("integrity: {applied:?} was not broadcast, or is delivered twice"));
        let first = if zxid.epoch() == last.epoch() { last.counter() + 1 } else { 1 };
        let proposed = self.proposals.get(&zxid.epoch()).and_then(|all| all.get(zxid.counter() as usize - 1)).copied();
        let in_order = zxid.counter() == first && proposed == Some(value);
        self.check(in_order, || format!("local primary order: {applied:?} behind {last:?}, proposed {proposed:?}"));
        let newer = self.established.range(zxid.epoch() + 1..).find(|(_, (_, upto))| *upto <= before);
        let newer = newer.map(|(epoch, _)| *epoch);
        self.check(newer.is_none(), || format!("primary integrity: {applied:?} is missed by the leader of {newer:?}"));
        let synced = disks.iter().filter(|disk| has(disk, zxid)).count();
        self.check(synced > disks.len() / 2, || format!("durability: {applied:?} is committed with {synced} disks"));
        self.history.push(applied);
    }

    pub fn on_installed(&mut self, node: usize, state: &[Applied]) {
        let right = self.history.get(..state.len()) == Some(state);
        self.check(right, || format!("prefix: member {node} installs a state that is no prefix of the history"));
    }

    /// `node`, which has delivered `upto` transactions, is established as the leader of `epoch`.
    pub fn on_established(&mut self, node: usize, epoch: u32, upto: usize, disks: &[&Durable<Lab>]) {
        let other = self.established.insert(epoch, (node, upto));
        self.check(other.is_none(), || format!("one leader: {node} and {other:?} are established in epoch {epoch}"));
        let missed = self.history.get(upto..).and_then(|rest| rest.iter().find(|(zxid, _)| zxid.epoch() < epoch));
        let missed = missed.copied();
        self.check(missed.is_none(), || {
            format!("primary integrity: {node} is established in epoch {epoch} without {missed:?}")
        });
        let promised = disks.iter().filter(|disk| disk.accepted_epoch >= epoch && disk.current_epoch >= epoch).count();
        self.check(promised > disks.len() / 2, || format!("durability: epoch {epoch} is on {promised} disks only"));
    }
}

fn has(disk: &Durable<Lab>, zxid: Zxid) -> bool {
    disk.log.contains(zxid) || disk.log.snapshot().zxid >= zxid
}
