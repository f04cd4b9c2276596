//! The figures: what all the counting comes to at one instant.

use super::nodes::NodeFigures;
use crate::sim::Micros;

/// A part of a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Share {
    /// The good part.
    pub good: u64,
    /// The whole; never 0.
    pub all: u64,
}

impl Share {
    /// None if there is nothing to be a part of.
    pub fn of(good: u64, all: u64) -> Option<Self> {
        (all > 0).then_some(Self { good, all })
    }

    /// Between 0 and 1.
    pub fn fraction(self) -> f64 {
        self.good as f64 / self.all as f64
    }

    /// −log10 of what is missing; none if nothing is, for then nobody knows how many nines there are.
    pub fn nines(self) -> Option<f64> {
        let missing = self.all - self.good;
        (missing > 0).then(|| libm::log10(self.all as f64) - libm::log10(missing as f64))
    }
}

/// The sum divided by the number; none without a sample.
pub(super) fn mean(sum_us: Micros, count: u64) -> Option<Micros> {
    sum_us.checked_div(count)
}

/// Availability in its several meanings. None: nothing to measure it by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Availability {
    /// Time without outage among all time, both summed over all shards: of writes, or of reads if the system only reads.
    pub time: Option<Share>,
    /// The same for reads.
    pub time_reads: Option<Share>,
    /// Requests done among requests finished.
    pub requests: Option<Share>,
    /// The same for reads.
    pub reads: Option<Share>,
    /// The same for writes.
    pub writes: Option<Share>,
}

/// What became of the clients' writes. Canaries are left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Writes {
    /// Done, as far as the client knows.
    pub acked: u64,
    /// Refused or failed.
    pub failed: u64,
    /// Timed out: done or not, nobody knows.
    pub unknown: u64,
    /// Acknowledged, and absent from the log promoted later.
    pub lost: u64,
    /// Acknowledged by a master after it was superseded, and absent from its successor's log.
    pub conflicting: u64,
    /// Applied a second time, because their clients had no answer and asked again.
    pub repeated: u64,
    /// Acknowledged by a worker to which the shard did not belong any more, by the manager's word.
    pub by_stale_holders: u64,
}

impl Writes {
    /// Both together.
    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            acked: self.acked + other.acked,
            failed: self.failed + other.failed,
            unknown: self.unknown + other.unknown,
            lost: self.lost + other.lost,
            conflicting: self.conflicting + other.conflicting,
            repeated: self.repeated + other.repeated,
            by_stale_holders: self.by_stale_holders + other.by_stale_holders,
        }
    }
}

/// What became of the clients' reads. Canaries are left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reads {
    /// Done.
    pub served: u64,
    /// Failed or timed out.
    pub failed: u64,
    /// Done, but missing a write that was acknowledged before the read was issued.
    pub stale: u64,
}

impl Reads {
    /// Both together.
    pub(super) fn plus(self, other: Self) -> Self {
        Self { served: self.served + other.served, failed: self.failed + other.failed, stale: self.stale + other.stale }
    }
}

/// All figures at one instant. An outage under way counts up to that instant.
///
/// Each shard of a cluster is a service of its own, down when at least half of the sites cannot use it. Times are means
/// over the shards: how long an average key could not be used. Outages, failovers and split brains are those of shards and
/// add up, and so do requests. What is no cluster has one shard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Availability.
    pub availability: Availability,
    /// Time in which at least half of the sites were down, on the mean over all shards.
    pub downtime_us: Micros,
    /// The same for reads.
    pub downtime_reads_us: Micros,
    /// Time in which some sites or shards were down, but not so many that all shards were.
    pub partial_us: Micros,
    /// Time in which at least one shard was down; with one shard the downtime.
    pub any_down_us: Micros,
    /// Outages of shards, the one under way included.
    pub outages: u64,
    /// Mean time to failure: time up, of all shards, divided by the number of outages.
    pub mttf_us: Option<Micros>,
    /// Mean time to repair: mean length of the outages that are over.
    pub mttr_us: Option<Micros>,
    /// Mean time to detect: from the start of an outage to the suspicion, of the outages in which there was one.
    pub mttd_us: Option<Micros>,
    /// How often another node became master.
    pub failovers: u32,
    /// How often two nodes were able to acknowledge conflicting writes.
    pub split_brains: u32,
    /// For how long, all of them together.
    pub split_brain_us: Micros,
    /// How often a worker acted as master of a shard that did not belong to it any more, by the manager's word.
    pub stale_holders: u32,
    /// Writes.
    pub writes: Writes,
    /// Reads.
    pub reads: Reads,
    /// The longest outage, to be held against the recovery time objective.
    pub achieved_recovery_us: Option<Micros>,
    /// Most writes lost by one promotion, to be held against the recovery point objective.
    pub achieved_loss: u64,
    /// Every machine, in order of ids.
    pub per_node: Vec<NodeFigures>,
}

impl Figures {
    /// Nines of the time availability; none without downtime.
    pub fn nines(&self) -> Option<f64> {
        self.availability.time.and_then(Share::nines)
    }
}
