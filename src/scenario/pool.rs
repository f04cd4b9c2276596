//! The options of a load-balanced pool, as a scenario writes them, and what they mean to its processes.

use serde::{Deserialize, Serialize};

use super::options;
use crate::ha::pool;
use crate::sim::Micros;

/// Options of a pool: stateless workers behind a balancer.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Pool {
    /// How many workers.
    pub nodes: u8,
    /// How requests are spread, and what is done about workers that fail.
    pub balancer: Balancer,
    /// What each worker can carry.
    pub worker: Worker,
}

/// Options of the balancer.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Balancer {
    /// How many of them; clients go to the other when one does not answer.
    pub balancers: u8,
    /// How a worker is picked.
    pub strategy: Strategy,
    /// Weights of the workers, for the strategy `weighted`; those that are not named weigh 1.
    pub weights: Vec<u32>,
    /// Active health checks; `null`: none.
    pub check: Option<Check>,
    /// Passive ejection of workers that fail requests; `null`: none.
    pub ejection: Option<Ejection>,
    /// Tries on other workers; `null`: none.
    pub retries: Option<Retries>,
    /// A worker that has not answered after this long has failed the request.
    pub timeout_us: Micros,
    /// How long a worker that has come back gets less than its share, from a tenth up; 0: it gets all of it at once.
    pub slow_start_us: Micros,
}

/// How a worker is picked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// One after the other.
    RoundRobin,
    /// One after the other, heavier ones more often.
    Weighted,
    /// By dice.
    Random,
    /// Whoever has the fewest requests under way.
    LeastConnections,
    /// Of two drawn by dice, the one with fewer requests under way.
    TwoChoices,
    /// By key: always the same worker for a key, as long as it is in.
    ConsistentHash,
}

/// Active health checks.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Check {
    /// Pause between two checks of a worker.
    pub interval_us: Micros,
    /// Time after which a check has failed.
    pub timeout_us: Micros,
    /// Failed checks in a row until a worker is out.
    pub fall: u8,
    /// Good checks in a row until it is in again.
    pub rise: u8,
    /// A deep check waits and is served like a request; a shallow one only asks whether somebody is there.
    pub deep: bool,
}

/// Passive ejection, as Envoy's outlier detection.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Ejection {
    /// Failed requests in a row until a worker is ejected.
    pub failures: u8,
    /// For how long, times the number of its ejections.
    pub base_us: Micros,
    /// At most this share of the pool is ejected at once, but one worker in any case.
    pub share_permille: u32,
}

/// Tries on other workers.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Retries {
    /// How many, at most, for one request.
    pub most: u8,
    /// Writes that may have been done already are tried again, too (nginx: `non_idempotent`).
    pub writes: bool,
    /// What bounds them; `null`: nothing.
    pub budget: Option<RetryBudget>,
}

/// A retry budget: a bucket of tokens that requests fill and retries empty.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct RetryBudget {
    /// Retries for a thousand requests.
    pub share_permille: u32,
    /// Retries that can be saved up.
    pub burst: u16,
}

/// What a worker can carry.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Worker {
    /// Mean time in which one server serves one request.
    pub service_us: Micros,
    /// How that time scatters.
    pub service: Service,
    /// Requests that are served at once.
    pub servers: u8,
    /// Requests that may wait for a server; what comes on top is refused at once.
    pub queue: u16,
    /// A worker that has just been started is slow at first; `null`: it is as fast as ever.
    pub warm_up: Option<WarmUp>,
}

/// How service times scatter about their mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Service {
    /// Not at all.
    Fixed,
    /// Exponentially: most requests are short, a few are long.
    Exponential,
}

/// A worker that has just been started is slow at first: its caches are empty.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct WarmUp {
    /// Until it is as fast as it will be.
    pub lasts_us: Micros,
    /// Thousandths of the usual service time right after the start; falls evenly to 1000.
    pub permille: u32,
}

// As in `options`, the defaults are times for the eye.

impl Default for Pool {
    fn default() -> Self {
        Self { nodes: 3, balancer: Balancer::default(), worker: Worker::default() }
    }
}

impl Default for Balancer {
    fn default() -> Self {
        Self {
            balancers: 1,
            strategy: Strategy::RoundRobin,
            weights: Vec::new(),
            check: Some(Check::default()),
            ejection: None,
            retries: Some(Retries::default()),
            timeout_us: 1_500_000,
            slow_start_us: 0,
        }
    }
}

/// HAProxy's fall and rise.
impl Default for Check {
    fn default() -> Self {
        Self { interval_us: 1_000_000, timeout_us: 800_000, fall: 3, rise: 2, deep: false }
    }
}

/// Envoy's numbers, but for the time and the share: 30 s and 10 % there.
impl Default for Ejection {
    fn default() -> Self {
        Self { failures: 5, base_us: 10_000_000, share_permille: 340 }
    }
}

impl Default for Retries {
    fn default() -> Self {
        Self { most: 1, writes: false, budget: Some(RetryBudget::default()) }
    }
}

/// Finagle's share.
impl Default for RetryBudget {
    fn default() -> Self {
        Self { share_permille: 200, burst: 10 }
    }
}

impl Default for Worker {
    fn default() -> Self {
        Self { service_us: 100_000, service: Service::Exponential, servers: 2, queue: 10, warm_up: None }
    }
}

impl Default for WarmUp {
    fn default() -> Self {
        Self { lasts_us: 10_000_000, permille: 5_000 }
    }
}

/// What clients have where the system has nothing of its own that they could be without: a budget of theirs.
pub(super) fn budget(budget: Option<&RetryBudget>) -> Option<pool::RetryBudget> {
    budget.map(|budget| pool::RetryBudget { share_permille: budget.share_permille, burst: budget.burst })
}

/// How a worker is picked.
pub(super) fn strategy(strategy: Strategy) -> pool::Strategy {
    match strategy {
        Strategy::RoundRobin => pool::Strategy::RoundRobin,
        Strategy::Weighted => pool::Strategy::Weighted,
        Strategy::Random => pool::Strategy::Random,
        Strategy::LeastConnections => pool::Strategy::LeastConnections,
        Strategy::TwoChoices => pool::Strategy::TwoChoices,
        Strategy::ConsistentHash => pool::Strategy::ConsistentHash,
    }
}

/// When a worker gets nothing for a while.
pub(super) fn ejection(ejection: &Ejection) -> pool::Ejection {
    pool::Ejection { failures: ejection.failures, base_us: ejection.base_us, share_permille: ejection.share_permille }
}

/// What the processes of a pool know.
#[inline(never)]
pub(super) fn config(pool: &Pool) -> pool::PoolConfig {
    let Pool { balancer, worker, .. } = pool;
    pool::PoolConfig {
        balancer: pool::BalancerConfig {
            strategy: strategy(balancer.strategy),
            weights: balancer.weights.clone(),
            check: balancer.check.as_ref().map(|check| pool::Check {
                interval_us: check.interval_us,
                timeout_us: check.timeout_us,
                fall: check.fall,
                rise: check.rise,
                deep: check.deep,
            }),
            ejection: balancer.ejection.as_ref().map(ejection),
            retries: balancer.retries.as_ref().map(|retries| pool::Retries {
                most: retries.most,
                writes: retries.writes,
                budget: budget(retries.budget.as_ref()),
            }),
            timeout_us: balancer.timeout_us,
            slow_start_us: balancer.slow_start_us,
        },
        worker: pool::WorkerConfig {
            service_us: worker.service_us,
            service: match worker.service {
                Service::Fixed => pool::Service::Fixed,
                Service::Exponential => pool::Service::Exponential,
            },
            servers: worker.servers,
            queue: worker.queue,
            warm_up: worker
                .warm_up
                .as_ref()
                .map(|warm_up| pool::WarmUp { lasts_us: warm_up.lasts_us, permille: warm_up.permille }),
        },
    }
}

/// What the ledger has to know of a node that stores nothing: nobody waits for anybody.
pub(super) fn stateless() -> options::SingleNode {
    options::SingleNode { write_us: 0, read_us: 0, recovery_us: 0, ..options::SingleNode::default() }
}

#[cfg(test)]
mod tests {
    use super::super::parse;

    fn said(text: &str) -> String {
        parse(text).expect_err("it is wrong").to_string()
    }

    fn doing(action: &str) -> String {
        said(&format!(
            r#"{{"version": 1, "system": {{"pool": {{}}}}, "faults": {{"scheduled": [{{"at_us": 1, "do": {action}}}]}}}}"#
        ))
    }

    #[test]
    fn everything_about_a_pool_can_be_written() {
        let scenario =
            parse(include_str!("../../tests/data/pool.json")).unwrap_or_else(|problems| panic!("{problems}"));
        assert_eq!(scenario.config(1).layout.balancers.len(), 2);
    }

    #[test]
    fn what_is_not_a_pools_is_refused_with_the_remedy() {
        for action in [r#""poison_write""#, r#"{"switchover": {}}"#, r#"{"promote": {"on": {"node": 0}}}"#] {
            assert!(doing(action).contains("a pool has no data and no master"), "{}", doing(action));
        }
        for role in ["master", "standby", "old_master"] {
            let said = doing(&format!(r#"{{"machine_crash": {{"on": "{role}"}}}}"#));
            assert!(said.contains(r#"a place such as {"node": 0}"#), "{said}");
        }
        let router = said(r#"{"version": 1, "system": {"pool": {}}, "router": "vip"}"#);
        assert!(router.contains("clients of a pool go to system.pool.balancer"), "{router}");
        let anywhere = said(r#"{"version": 1, "system": {"pool": {}}, "clients": {"reads_anywhere": true}}"#);
        assert!(anywhere.contains("any worker of a pool answers"), "{anywhere}");
    }

    #[test]
    fn what_is_a_pools_is_refused_elsewhere() {
        let drain =
            said(r#"{"version": 1, "faults": {"scheduled": [{"at_us": 1, "do": {"drain": {"on": {"node": 0}}}}]}}"#);
        assert!(drain.contains("choose pool in system"), "{drain}");
        let balancer = said(
            r#"{"version": 1, "faults": {"scheduled": [{"at_us": 1, "do": {"freeze": {"on": {"balancer": 0}}}}]}}"#,
        );
        assert!(balancer.contains("this system has none of that kind"), "{balancer}");
    }

    #[test]
    fn options_of_a_balancer_go_together() {
        let pool = |balancer: &str| {
            said(&format!(r#"{{"version": 1, "system": {{"pool": {{"nodes": 2, "balancer": {balancer}}}}}}}"#))
        };
        let weights = pool(r#"{"weights": [1, 2]}"#);
        assert!(weights.contains(r#""weighted" as system.pool.balancer.strategy"#), "{weights}");
        let many = pool(r#"{"strategy": "weighted", "weights": [1, 2, 3]}"#);
        assert!(many.contains("at most 2 numbers, one for each worker"), "{many}");
        let check = pool(r#"{"check": {"interval_us": 1000, "timeout_us": 2000}}"#);
        assert!(check.contains("at most 1000, the time from one check to the next"), "{check}");
        assert!(doing(r#"{"drain": {"on": {"balancer": 0}}}"#).contains("a data node"), "a balancer cannot be drained");
    }
}
