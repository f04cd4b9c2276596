//! All shards together.

use super::{Recount, Span, concerns, covers, cuts};
use crate::ha::message::OpKind;
use crate::ha::note::Outcome;
use crate::ha::{Config, Ha};
use crate::measure::{Availability, Figures, Reads, Share, Writes};
use crate::sim::{Event, SimTime};

/// What concerns each shard, and what it comes to.
pub struct System<'a> {
    config: &'a Config,
    now: SimTime,
    /// Of each shard.
    events: Vec<Vec<(SimTime, Event<Ha>)>>,
}

impl<'a> System<'a> {
    pub fn new(config: &'a Config, events: &[(SimTime, Event<Ha>)], now: SimTime) -> Self {
        let of = |shard| events.iter().filter(|(_, event)| concerns(config, shard, event)).copied().collect();
        Self { config, now, events: (0..config.shards()).map(of).collect() }
    }

    fn shards(&self) -> Vec<Recount<'_>> {
        (0..).zip(&self.events).map(|(shard, events)| Recount::new(self.config, shard, events, self.now)).collect()
    }

    fn leads(&self) -> bool {
        self.config.clients.read_permille < 1000
    }

    fn horizon(&self) -> SimTime {
        self.shards().iter().map(Recount::horizon).min().unwrap()
    }

    /// All outages with their shards, in order of their beginnings.
    pub fn outages(&self) -> Vec<(SimTime, u8, Option<SimTime>)> {
        let horizon = self.horizon();
        let mut outages = Vec::new();
        for one in self.shards() {
            outages.extend(one.outages(self.leads(), horizon).into_iter().map(|(from, to)| (from, one.shard, to)));
        }
        outages.sort();
        outages
    }

    /// For how long some shard was down, and for how long some sites or shards but not all shards.
    fn any_and_partial_us(&self) -> (u64, u64) {
        let horizon = self.horizon();
        let shards = self.shards();
        let sites: Vec<Span> = shards.iter().flat_map(|one| one.sites_down(self.leads(), horizon)).collect();
        let outages: Vec<Vec<Span>> = shards.iter().map(|one| one.outages(self.leads(), horizon)).collect();
        let (mut any_us, mut partial_us) = (0, 0);
        for pair in cuts(sites.iter().chain(outages.iter().flatten()), self.now).windows(2) {
            let down = outages.iter().filter(|spans| spans.iter().any(|span| covers(span, pair))).count();
            let hurt = sites.iter().any(|span| covers(span, pair));
            let passed = pair[1].since(pair[0]);
            any_us += if down > 0 { passed } else { 0 };
            partial_us += if hurt && down < shards.len() { passed } else { 0 };
        }
        (any_us, partial_us)
    }

    /// All figures, but for the mean time to detect.
    pub fn figures(&self) -> Figures {
        let shards = self.shards();
        let horizon = self.horizon();
        let (count, now) = (shards.len() as u64, self.now);
        let us = |span: &Span| span.1.unwrap_or(now).since(span.0);
        let outages: Vec<Span> = shards.iter().flat_map(|one| one.outages(self.leads(), horizon)).collect();
        let down_us: u64 = outages.iter().map(us).sum();
        let down_reads_us: u64 = shards.iter().flat_map(|one| one.outages(false, horizon)).map(|span| us(&span)).sum();
        let closed: Vec<u64> = outages.iter().filter(|(_, to)| to.is_some()).map(us).collect();
        let failures = outages.len() as u64;
        let finished: Vec<_> = shards.iter().flat_map(Recount::finished).collect();
        let share = |of: &dyn Fn(OpKind) -> bool| {
            let all = finished.iter().filter(|(_, _, kind, ..)| of(*kind));
            let good = all.clone().filter(|(_, _, _, _, outcome, _)| *outcome == Outcome::Done).count();
            Share::of(good as u64, all.count() as u64)
        };
        let (any_down_us, partial_us) = self.any_and_partial_us();
        let splits: Vec<(u32, u64)> = shards.iter().map(Recount::split_brains).collect();
        let written: Vec<(Writes, u64)> = shards.iter().map(Recount::writes).collect();
        let read: Vec<Reads> = shards.iter().map(Recount::reads).collect();
        let writes = |of: fn(&Writes) -> u64| written.iter().map(|(writes, _)| of(writes)).sum();
        let reads = |of: fn(&Reads) -> u64| read.iter().map(of).sum();
        Figures {
            availability: Availability {
                time: Share::of(now.us() * count - down_us, now.us() * count),
                time_reads: Share::of(now.us() * count - down_reads_us, now.us() * count),
                requests: share(&|_| true),
                reads: share(&|kind| kind == OpKind::Read),
                writes: share(&|kind| kind != OpKind::Read),
            },
            downtime_us: down_us / count,
            downtime_reads_us: down_reads_us / count,
            partial_us,
            any_down_us,
            outages: failures,
            mttf_us: (failures > 0).then(|| (now.us() * count - down_us) / failures),
            mttr_us: (!closed.is_empty()).then(|| closed.iter().sum::<u64>() / closed.len() as u64),
            mttd_us: None,
            failovers: shards.iter().map(Recount::failovers).sum(),
            split_brains: splits.iter().map(|(count, _)| count).sum(),
            split_brain_us: splits.iter().map(|(_, us)| us).sum(),
            stale_holders: shards.iter().map(|one| one.stale_holders().0).sum(),
            writes: Writes {
                acked: writes(|w| w.acked),
                failed: writes(|w| w.failed),
                unknown: writes(|w| w.unknown),
                lost: writes(|w| w.lost),
                conflicting: writes(|w| w.conflicting),
                repeated: writes(|w| w.repeated),
                by_stale_holders: writes(|w| w.by_stale_holders),
            },
            reads: Reads { served: reads(|r| r.served), failed: reads(|r| r.failed), stale: reads(|r| r.stale) },
            achieved_recovery_us: outages.iter().map(us).max(),
            achieved_loss: written.iter().map(|(_, loss)| *loss).max().unwrap_or(0),
            per_node: self.config.layout.parts().into_iter().map(|(machine, _)| shards[0].node(machine)).collect(),
        }
    }
}
