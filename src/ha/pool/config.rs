//! What balancer and workers know from the start.

use super::budget::RetryBudget;
use crate::sim::Micros;

/// A pool: how it is balanced, and what each worker can carry.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PoolConfig {
    /// The balancer, or both of them.
    pub balancer: BalancerConfig,
    /// Every worker.
    pub worker: WorkerConfig,
}

/// How requests are spread, and what is done about workers that fail.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BalancerConfig {
    /// How a worker is picked.
    pub strategy: Strategy,
    /// Weights of the workers for [`Strategy::Weighted`]; those that are not named weigh 1.
    pub weights: Vec<u32>,
    /// Active health checks, if there are any.
    pub check: Option<Check>,
    /// Passive ejection, if there is any.
    pub ejection: Option<Ejection>,
    /// Tries on other workers, if there are any.
    pub retries: Option<Retries>,
    /// A worker that has not answered after this long has failed the request.
    pub timeout_us: Micros,
    /// How long a worker that has come back gets less than its share; 0: it gets all of it at once.
    pub slow_start_us: Micros,
}

/// How a worker is picked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Strategy {
    /// One after the other.
    RoundRobin,
    /// One after the other, heavier ones more often, well mixed (nginx's smooth weighted round robin).
    Weighted,
    /// By dice.
    Random,
    /// Whoever has the fewest requests under way.
    LeastConnections,
    /// Of two drawn by dice, the one with fewer requests under way (Mitzenmacher 2001).
    TwoChoices,
    /// Always the same one for a key, as long as it is there (Karger et al. 1997).
    ConsistentHash,
}

/// Active health checks: the balancer asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Check {
    /// Pause between two checks of a worker.
    pub interval_us: Micros,
    /// Time after which a check has failed.
    pub timeout_us: Micros,
    /// Failed checks in a row until a worker is out.
    pub fall: u8,
    /// Good checks in a row until it is in again.
    pub rise: u8,
    /// A deep check does what a request does; a shallow one only asks whether somebody is there.
    pub deep: bool,
}

/// Passive ejection: the balancer looks at what comes back (Envoy's outlier detection).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ejection {
    /// Failed requests in a row until a worker is ejected.
    pub failures: u8,
    /// For how long, times the number of its ejections.
    pub base_us: Micros,
    /// At most this share of the pool, but one in any case.
    pub share_permille: u32,
}

/// Tries on other workers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Retries {
    /// How many, at most, for one request.
    pub most: u8,
    /// Writes that may have been done already are tried again, too (nginx calls that `non_idempotent`).
    pub writes: bool,
    /// What bounds them; none: nothing does.
    pub budget: Option<RetryBudget>,
}

/// What a worker can carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WorkerConfig {
    /// Mean time in which one server serves one request.
    pub service_us: Micros,
    /// How that time scatters.
    pub service: Service,
    /// Requests that are served at once.
    pub servers: u8,
    /// Requests that may wait for a server; what comes on top is refused.
    pub queue: u16,
    /// A worker that has just been started is slow at first, if so.
    pub warm_up: Option<WarmUp>,
}

/// How service times scatter about their mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Service {
    /// Not at all.
    Fixed,
    /// Exponentially.
    Exponential,
}

/// A worker that has just been started is slow at first: empty caches, code not yet compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WarmUp {
    /// Until it is as fast as it will be.
    pub lasts_us: Micros,
    /// Thousandths of the usual service time right after the start; falls evenly to 1000.
    pub permille: u32,
}

impl PoolConfig {
    /// Requests that so many workers can serve in a time, in thousandths.
    pub fn capacity_milli(&self, workers: usize, in_us: Micros) -> u64 {
        let servers = workers as u64 * u64::from(self.worker.servers);
        servers * 1_000 * in_us / self.worker.service_us.max(1)
    }
}
