//! How often machines fail, and how long they are down, as the scenario's random faults have it.

use super::{HOUR_US, InSeries, Series, System, long_run, middle};
use crate::scenario::{
    Class, Cluster, DataPath, Distribution, MasterStandby, RandomFaults, RandomKind, ReplicationMode, Router, Scenario,
    Setup,
};
use crate::theory::Share;
use crate::theory::models::Succession;

/// A billion hours: longer than anybody watches.
const NEVER_US: f64 = 1e9 * HOUR_US;

/// How long a machine is up and down, on average.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    /// Mean up time; infinite if it never fails.
    pub mttf_us: f64,
    /// Mean down time, booting and starting included.
    pub mttr_us: f64,
}

impl Rates {
    /// It never fails. The numbers are those of a failure in so many years that nobody will see it.
    pub const NEVER: Self = Self { mttf_us: NEVER_US, mttr_us: HOUR_US };

    /// Of the machines of a class, if they fail by chance.
    pub fn of(scenario: &Scenario, class: Class) -> Option<Self> {
        let mut per_us = 0.0;
        let mut down = 0.0;
        for faults in scenario.faults.random.iter().filter(|faults| faults.on == class || faults.on == Class::All) {
            let one = Self::of_faults(scenario, faults);
            per_us += 1.0 / one.mttf_us;
            down += one.mttr_us / one.mttf_us;
        }
        (per_us > 0.0).then(|| Self { mttf_us: 1.0 / per_us, mttr_us: down / per_us })
    }

    /// The repair is drawn, and booting comes on top; the next failure is drawn from the repair on, so it may come before the
    /// machine is up. Then it is down for another repair: (MTTF + MTTR)·e^(boot/MTTF) − MTTF in all.
    fn of_faults(scenario: &Scenario, faults: &RandomFaults) -> Self {
        let machines = &scenario.machines;
        let up_again = match faults.kind {
            RandomKind::ProcessCrash => machines.start_us,
            RandomKind::MachineCrash | RandomKind::PowerLoss => machines.boot_us + machines.start_us,
            RandomKind::Freeze => 0,
        } as f64;
        let (mttf_us, mttr_us) = (faults.mttf_us.max(1) as f64, faults.mttr_us.max(1) as f64);
        match faults.distribution {
            Distribution::Exponential => {
                // Who fails again and again while it boots is as good as never back; but a chain has to lead back.
                let mttr_us = (mttf_us + mttr_us) * libm::exp(up_again / mttf_us) - mttf_us;
                Self { mttf_us, mttr_us: mttr_us.min(NEVER_US) }
            }
            Distribution::Fixed => Self { mttf_us: (mttf_us - up_again).max(1.0), mttr_us: mttr_us + up_again },
        }
    }

    /// How much of the time such a machine is up.
    pub fn share(self) -> Share {
        Share::of_times(self.mttf_us, self.mttr_us)
    }

    /// So many nodes of which any leads and writes alone, and to which everything comes at once: the rest is for the caller.
    pub(super) fn nodes(self, nodes: u32) -> Succession {
        Succession {
            nodes,
            choose: 1,
            write: 1,
            steps_down: false,
            revives: false,
            mttf_hours: self.mttf_us / HOUR_US,
            mttr_hours: self.mttr_us / HOUR_US,
            takeover_seconds: 0.0,
            again_seconds: 0.0,
            rejoin_seconds: 0.0,
            stall: None,
        }
    }

    /// Alone in series.
    fn in_series(self, part: Series) -> InSeries {
        let share = self.share();
        InSeries { part, share, outages_per_hour: share.up * HOUR_US / self.mttf_us }
    }
}

/// Whether the shared storage is what writes go to.
fn shares_storage(scenario: &Scenario) -> bool {
    let Setup::MasterStandby(MasterStandby { replication, .. }) = &scenario.system else { return false };
    replication.mode == ReplicationMode::SharedStorage
}

/// The storage that all nodes share, if it fails by chance.
pub(super) fn storage(scenario: &Scenario) -> Option<InSeries> {
    let rates = Rates::of(scenario, Class::Storage).filter(|_| shares_storage(scenario))?;
    Some(rates.in_series(Series::Storage))
}

/// The proxies or balancers, if they fail by chance. Of two, clients go to the other one when a request has timed out.
/// A name server is asked only when a cache has run out, and the old answer is used until it answers; so it is left out.
pub(super) fn router(scenario: &Scenario) -> Option<InSeries> {
    let (class, count) = match &scenario.system {
        Setup::Pool(pool) => (Class::Balancers, pool.balancer.balancers),
        Setup::Cluster(Cluster { data: DataPath::Workers(workers), .. }) => (Class::Balancers, workers.balancers),
        _ => match &scenario.router {
            Router::Proxy(proxy) => (Class::Proxies, proxy.proxies),
            Router::Vip | Router::Dns(_) | Router::Discovery => return None,
        },
    };
    let rates = Rates::of(scenario, class)?;
    if count <= 1 {
        return Some(rates.in_series(Series::Router));
    }
    let clients = &scenario.clients;
    let to_clients = middle(scenario.network.to_clients.lo_us, scenario.network.to_clients.hi_us);
    let two = Succession {
        takeover_seconds: (clients.timeout_us as f64 + 4.0 * to_clients) / 1e6,
        again_seconds: 4.0 * to_clients / 1e6,
        ..rates.nodes(u32::from(count))
    };
    let (share, outages_per_hour) = long_run(&two.chain());
    Some(InSeries { part: Series::Router, share, outages_per_hour })
}

impl System {
    /// A leader and its successors with these rates; the times are those of the steps, less what no canary sees.
    pub(super) fn measured(us: f64, unseen_us: f64) -> f64 {
        (us - unseen_us).max(1.0) / 1e6
    }
}
