//! The range of every number, and the length of every list and text, in one table.
//!
//! Reader, page and JSON Schema take them from here.

use serde_json::Value;

use super::path::{self, Path};
use super::problem::{Expected, Problem, quote};
use crate::ha::limits;

/// The range of a number, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The field; `[]` stands for every item of a list.
    pub path: &'static str,
    /// Smallest.
    pub min: i64,
    /// Greatest.
    pub max: i64,
}

/// The greatest length of a list, in items, or of a text, in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Length {
    /// The field; `[]` stands for every item of a list.
    pub path: &'static str,
    /// Most.
    pub max: usize,
}

const MS: i64 = 1_000;
const SECOND: i64 = 1_000 * MS;
const HOUR: i64 = 3_600 * SECOND;
const DAY: i64 = 24 * HOUR;
/// 2⁵³ − 1: the greatest whole number that every JSON reader keeps exact.
const EXACT: i64 = (1 << 53) - 1;
/// Longest run.
const LONGEST: i64 = 1_000 * HOUR;

const fn range(path: &'static str, min: i64, max: i64) -> Range {
    Range { path, min, max }
}

/// A limit as the end of a range.
#[expect(clippy::cast_possible_wrap, reason = "no limit comes near")]
const fn up_to(limit: usize) -> i64 {
    limit as i64
}

/// Every number of a scenario.
pub const RANGES: &[Range] = &[
    range("version", 1, 1),
    range("seed", 0, EXACT),
    range("until_us", MS, LONGEST),
    range("system.single_node.recovery_us", 0, HOUR),
    range("system.single_node.write_us", 0, 10 * SECOND),
    range("system.single_node.read_us", 0, 10 * SECOND),
    range("system.single_node.backup.every_us", MS, DAY),
    range("system.single_node.backup.restore_us", 0, DAY),
    range("system.master_standby.standbys", 1, up_to(limits::DATA_NODES) - 1),
    range("system.master_standby.replication.mode.semi_sync.standbys", 1, up_to(limits::DATA_NODES) - 1),
    range("system.master_standby.replication.fallback.degrade.after_us", 0, HOUR),
    range("system.master_standby.standby.start_up_us", 0, HOUR),
    range("system.master_standby.detection.heartbeat_us", MS, 10 * 60 * SECOND),
    range("system.master_standby.detection.limit.missed.heartbeats", 1, 1_000),
    range("system.master_standby.detection.limit.phi.threshold_milli", 100, 100_000),
    range("system.master_standby.decision.alone.canvass_us", 0, HOUR),
    range("system.master_standby.decision.operator.reaction_lo_us", 0, DAY),
    range("system.master_standby.decision.operator.reaction_hi_us", 0, DAY),
    range("system.master_standby.fencing.stonith.delay_us", 0, HOUR),
    range("system.master_standby.fencing.stonith.success_ppm", 0, 1_000_000),
    range("system.master_standby.fencing.stonith.tries", 1, 100),
    range("system.master_standby.fencing.stonith.operator_us", 0, DAY),
    range("system.master_standby.fencing.stonith.stagger_us", 0, HOUR),
    range("system.master_standby.fencing.lease.length_us", MS, HOUR),
    range("system.master_standby.fencing.lease.drift_ppm", 0, 500_000),
    range("system.master_standby.recovery_us", 0, HOUR),
    range("system.master_standby.failback_after_us", 0, DAY),
    range("system.master_standby.write_us", 0, 10 * SECOND),
    range("system.master_standby.read_us", 0, 10 * SECOND),
    range("system.master_standby.backup.every_us", MS, DAY),
    range("system.master_standby.backup.restore_us", 0, DAY),
    range("system.cluster.members", 1, up_to(limits::ENSEMBLE)),
    range("system.cluster.spare_members", 0, up_to(limits::ENSEMBLE) - 1),
    range("system.cluster.manager.etcd.timing.ticks.tick_us", MS, 60 * SECOND),
    range("system.cluster.manager.etcd.timing.ticks.election_ticks", 1, 1_000),
    range("system.cluster.manager.etcd.timing.ticks.heartbeat_ticks", 1, 1_000),
    range("system.cluster.manager.etcd.timing.continuous.election_lo_us", MS, HOUR),
    range("system.cluster.manager.etcd.timing.continuous.election_hi_us", MS, HOUR),
    range("system.cluster.manager.etcd.timing.continuous.heartbeat_us", MS, HOUR),
    range("system.cluster.manager.zookeeper.tick_us", MS, 60 * SECOND),
    range("system.cluster.manager.zookeeper.init_limit", 1, 1_000),
    range("system.cluster.manager.zookeeper.sync_limit", 1, 1_000),
    range("system.cluster.manager.zookeeper.finalize_wait_us", MS, 60 * SECOND),
    range("system.cluster.manager.zookeeper.notify_us", MS, 60 * SECOND),
    range("system.cluster.manager.zookeeper.connect_retry_us", MS, 60 * SECOND),
    range("system.cluster.data.workers.count", 1, up_to(limits::POOL)),
    range("system.cluster.data.workers.spares", 0, up_to(limits::POOL) - 1),
    range("system.cluster.data.workers.shards", 1, limits::SHARDS as i64),
    range("system.cluster.data.workers.copies", 1, up_to(limits::DATA_NODES)),
    range("system.cluster.data.workers.replication.mode.semi_sync.standbys", 1, up_to(limits::DATA_NODES) - 1),
    range("system.cluster.data.workers.replication.fallback.degrade.after_us", 0, HOUR),
    range("system.cluster.data.workers.heartbeat_us", MS, 10 * 60 * SECOND),
    range("system.cluster.data.workers.recovery_us", 0, HOUR),
    range("system.cluster.data.workers.claim.ttl_us", MS, HOUR),
    range("system.cluster.data.workers.claim.keep_alive_us", MS, HOUR),
    range("system.cluster.data.workers.balancers", 1, up_to(limits::BALANCERS)),
    range("system.cluster.data.workers.timeout_us", MS, 10 * 60 * SECOND),
    range("system.cluster.data.workers.ejection.failures", 1, 100),
    range("system.cluster.data.workers.ejection.base_us", MS, HOUR),
    range("system.cluster.data.workers.ejection.share_permille", 0, 1_000),
    range("system.master_standby.decision.manager.members", 1, up_to(limits::ENSEMBLE)),
    range("system.master_standby.decision.manager.claim.ttl_us", MS, HOUR),
    range("system.master_standby.decision.manager.claim.keep_alive_us", MS, HOUR),
    range("system.master_standby.decision.manager.ensemble.etcd.timing.ticks.tick_us", MS, 60 * SECOND),
    range("system.master_standby.decision.manager.ensemble.etcd.timing.ticks.election_ticks", 1, 1_000),
    range("system.master_standby.decision.manager.ensemble.etcd.timing.ticks.heartbeat_ticks", 1, 1_000),
    range("system.master_standby.decision.manager.ensemble.etcd.timing.continuous.election_lo_us", MS, HOUR),
    range("system.master_standby.decision.manager.ensemble.etcd.timing.continuous.election_hi_us", MS, HOUR),
    range("system.master_standby.decision.manager.ensemble.etcd.timing.continuous.heartbeat_us", MS, HOUR),
    range("system.master_standby.decision.manager.ensemble.zookeeper.tick_us", MS, 60 * SECOND),
    range("system.master_standby.decision.manager.ensemble.zookeeper.init_limit", 1, 1_000),
    range("system.master_standby.decision.manager.ensemble.zookeeper.sync_limit", 1, 1_000),
    range("system.master_standby.decision.manager.ensemble.zookeeper.finalize_wait_us", MS, 60 * SECOND),
    range("system.master_standby.decision.manager.ensemble.zookeeper.notify_us", MS, 60 * SECOND),
    range("system.master_standby.decision.manager.ensemble.zookeeper.connect_retry_us", MS, 60 * SECOND),
    range("system.cluster.write_us", 0, 10 * SECOND),
    range("system.cluster.read_us", 0, 10 * SECOND),
    range("system.cluster.logs[]", 0, up_to(limits::SEED_ENTRIES)),
    range("system.pool.nodes", 1, up_to(limits::POOL)),
    range("system.pool.balancer.balancers", 1, up_to(limits::BALANCERS)),
    range("system.pool.balancer.weights[]", 1, 1_000),
    range("system.pool.balancer.check.interval_us", MS, HOUR),
    range("system.pool.balancer.check.timeout_us", MS, HOUR),
    range("system.pool.balancer.check.fall", 1, 100),
    range("system.pool.balancer.check.rise", 1, 100),
    range("system.pool.balancer.ejection.failures", 1, 100),
    range("system.pool.balancer.ejection.base_us", MS, HOUR),
    range("system.pool.balancer.ejection.share_permille", 0, 1_000),
    range("system.pool.balancer.retries.most", 1, up_to(limits::POOL) - 1),
    range("system.pool.balancer.retries.budget.share_permille", 0, 10_000),
    range("system.pool.balancer.retries.budget.burst", 0, 10_000),
    range("system.pool.balancer.timeout_us", MS, HOUR),
    range("system.pool.balancer.slow_start_us", 0, HOUR),
    range("system.pool.worker.service_us", 1, 10 * SECOND),
    range("system.pool.worker.servers", 1, limits::SERVERS as i64),
    range("system.pool.worker.queue", 0, limits::QUEUE as i64),
    range("system.pool.worker.warm_up.lasts_us", MS, HOUR),
    range("system.pool.worker.warm_up.permille", 1_000, 100_000),
    range("router.proxy.proxies", 1, up_to(limits::PROXIES)),
    range("router.proxy.check_us", MS, HOUR),
    range("router.proxy.check_timeout_us", MS, HOUR),
    range("router.proxy.fall", 1, 100),
    range("router.proxy.rise", 1, 100),
    range("router.dns.ttl_us", 0, DAY),
    range("clients.sites", 1, up_to(limits::SITES)),
    range("clients.mean_gap_us", MS, DAY),
    range("clients.read_permille", 0, 1_000),
    range("clients.timeout_us", MS, HOUR),
    range("clients.attempts", 1, 20),
    range("clients.backoff_us", 0, HOUR),
    range("clients.canary_us", MS, HOUR),
    range("clients.retry_budget.share_permille", 0, 10_000),
    range("clients.retry_budget.burst", 0, 10_000),
    range("network.between_nodes.lo_us", 0, 60 * SECOND),
    range("network.between_nodes.hi_us", 0, 60 * SECOND),
    range("network.to_clients.lo_us", 0, 60 * SECOND),
    range("network.to_clients.hi_us", 0, 60 * SECOND),
    range("network.loss_ppm", 0, 1_000_000),
    range("network.connection_timeout_us", MS, DAY),
    range("machines.boot_us", 0, DAY),
    range("machines.start_us", 0, DAY),
    range("machines.sync_us", 0, 10 * SECOND),
    range("machines.clocks[].offset_us", 0, 365 * DAY),
    range("machines.clocks[].rate_ppb", -500_000_000, 500_000_000),
    range("faults.scheduled[].at_us", 0, LONGEST),
    range("faults.scheduled[].between_us[]", 0, LONGEST),
    range("faults.scheduled[].do.slow.permille", 1, 1_000_000),
    range("faults.scheduled[].do.slow_disk.permille", 1, 1_000_000),
    range("faults.scheduled[].do.loss.ppm", 0, 1_000_000),
    range("faults.scheduled[].do.delay.latency_us", 0, 60 * SECOND),
    range("faults.scheduled[].do.delay.jitter_us", 0, 60 * SECOND),
    range("faults.scheduled[].do.zone_down.zone", 0, ZONES - 1),
    range("faults.scheduled[].do.zone_up.zone", 0, ZONES - 1),
    range("faults.scheduled[].do.accept_loss.shard", 0, limits::SHARDS as i64 - 1),
    range("faults.scheduled[].do.clock_jump.by_us", -365 * DAY, 365 * DAY),
    range("faults.scheduled[].do.clock_rate.ppb", -500_000_000, 500_000_000),
    range("faults.scheduled[].do.load.permille", 0, 100_000),
    range("faults.recurring[].do.slow.permille", 1, 1_000_000),
    range("faults.recurring[].do.slow_disk.permille", 1, 1_000_000),
    range("faults.recurring[].do.loss.ppm", 0, 1_000_000),
    range("faults.recurring[].do.delay.latency_us", 0, 60 * SECOND),
    range("faults.recurring[].do.delay.jitter_us", 0, 60 * SECOND),
    range("faults.recurring[].do.zone_down.zone", 0, ZONES - 1),
    range("faults.recurring[].do.zone_up.zone", 0, ZONES - 1),
    range("faults.recurring[].do.accept_loss.shard", 0, limits::SHARDS as i64 - 1),
    range("faults.recurring[].do.clock_jump.by_us", -365 * DAY, 365 * DAY),
    range("faults.recurring[].do.clock_rate.ppb", -500_000_000, 500_000_000),
    range("faults.recurring[].do.load.permille", 0, 100_000),
    range("faults.random[].mttf_us", MS, 365 * DAY),
    range("faults.random[].mttr_us", MS, 365 * DAY),
    range("faults.recurring[].mttf_us", MS, 365 * DAY),
    range("faults.recurring[].mttr_us", MS, 365 * DAY),
    range("objective.availability_ppm", 0, 1_000_000),
    range("objective.rto_us", 0, DAY),
    range("objective.rpo_writes", 0, 1_000_000),
    range("view.speed_permille", 1, 1_000_000),
];

/// Most zones.
const ZONES: i64 = 8;

/// Where actions of a scenario stand; those that recur have the same ranges.
const ACTION: &str = "faults.scheduled[].do.";

/// Every list and text of a scenario that has no other bound.
pub const LENGTHS: &[Length] = &[
    Length { path: "title.en", max: 200 },
    Length { path: "title.zh", max: 200 },
    Length { path: "story.en", max: 4_000 },
    Length { path: "story.zh", max: 4_000 },
    Length { path: "system.cluster.logs", max: limits::ENSEMBLE },
    Length { path: "system.pool.balancer.weights", max: limits::POOL },
    Length { path: "network.zones", max: ZONES as usize },
    Length { path: "network.zones[]", max: 32 },
    Length { path: "machines.clocks", max: 32 },
    Length { path: "machines.down", max: 32 },
    Length { path: "faults.scheduled", max: 256 },
    Length { path: "faults.scheduled[].do.partition.groups", max: 4 },
    Length { path: "faults.scheduled[].do.partition.groups[]", max: 32 },
    Length { path: "faults.random", max: 16 },
    Length { path: "faults.recurring", max: 16 },
    Length { path: "faults.recurring[].do.partition.groups", max: 4 },
    Length { path: "faults.recurring[].do.partition.groups[]", max: 32 },
];

/// The range of a number; `path` may have indexes where the table has `[]`.
pub fn range_of(path: &str) -> Option<Range> {
    let mut plain = String::with_capacity(path.len());
    let mut inside = false;
    for letter in path.chars() {
        inside = match letter {
            '[' => true,
            ']' => false,
            _ if inside => continue,
            _ => false,
        };
        plain.push(letter);
    }
    RANGES.iter().copied().find(|range| range.path == plain)
}

/// Every number out of its range and everything too long, with its place.
pub(super) fn check(document: &Value) -> Vec<(Path, Problem)> {
    let mut problems = Vec::new();
    for range in RANGES {
        path::visit(document, range.path, &mut |path, value| out_of_range(path, value, *range, &mut problems));
    }
    for length in LENGTHS {
        path::visit(document, length.path, &mut |path, value| {
            let expected = match value {
                Value::Array(items) if items.len() > length.max => Expected::List(Some(length.max)),
                Value::String(text) if text.chars().count() > length.max => Expected::Characters(length.max),
                _ => return,
            };
            problems.push((path.clone(), Problem { path: path.to_string(), found: quote(value), expected }));
        });
    }
    problems
}

/// Every number of an action that is out of its range.
pub(super) fn check_action(action: &Value) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (pattern, range) in RANGES.iter().filter_map(|range| Some((range.path.strip_prefix(ACTION)?, range))) {
        path::visit(action, pattern, &mut |path, value| out_of_range(path, value, *range, &mut problems));
    }
    problems.into_iter().map(|(_, problem)| problem).collect()
}

fn out_of_range(path: &Path, value: &Value, range: Range, problems: &mut Vec<(Path, Problem)>) {
    let fits = match value {
        Value::Number(number) => number.as_i64().is_some_and(|number| (range.min..=range.max).contains(&number)),
        _ => true,
    };
    if !fits {
        let expected = Expected::Number { min: range.min, max: range.max };
        problems.push((path.clone(), Problem { path: path.to_string(), found: quote(value), expected }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_found_under_the_path_of_a_field() {
        assert_eq!(range_of("clients.sites").map(|range| (range.min, range.max)), Some((1, 4)));
        assert_eq!(range_of("faults.scheduled[17].at_us").map(|range| range.min), Some(0));
        assert_eq!(range_of("title"), None);
    }
}
