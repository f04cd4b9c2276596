//! From a scenario to a world: who is there, what everybody knows, and the wires.

use std::rc::Rc;

use super::action::Target;
use super::cluster::{Cluster, DataPath, Etcd, Manager, ReadLevel, Timing, Wire, Zookeeper};
use super::document::{Class, Scenario};
use super::options::{self, Decision, Fencing, MasterStandby, Router, Setup, SilenceLimit, SingleNode};
use super::pool;
use super::workers::{Claim, Election, ManagerLease, Workers};
use crate::ha::cluster;
use crate::ha::cluster::tree::Recipe;
use crate::ha::cluster::{ClusterConfig, EnsembleConfig, Protocol, Reads, raft, zab};
use crate::ha::config::{self, NodeConfig, SystemKind};
use crate::ha::{Config, Ha, Layout, Part, limits};
use crate::sim::{LinkSpec, MachineId, MachineSpec, WorldSpec};

/// Clocks of those who grant a lease in failsafe mode are trusted to differ by no more than this.
const FAILSAFE_DRIFT_PPM: u32 = 1_000;

impl Scenario {
    /// Which machines there are.
    pub fn layout(&self) -> Layout {
        layout(self)
    }

    /// Whether backups are taken.
    pub fn has_backups(&self) -> bool {
        takes_backups(self)
    }

    /// What every process knows.
    pub fn config(&self, seed: u64) -> Config {
        let layout = layout(self);
        Config {
            seed,
            system: match &self.system {
                Setup::MasterStandby(MasterStandby { decision: Decision::Manager(lease), .. }) => {
                    SystemKind::Cluster(leased(lease, &layout))
                }
                Setup::SingleNode(_) | Setup::MasterStandby(_) => SystemKind::MasterStandby,
                Setup::Cluster(cluster) => match &cluster.data {
                    DataPath::ThroughTheLog => SystemKind::Ensemble(ensemble(cluster, &layout.data)),
                    DataPath::Workers(workers) => SystemKind::Cluster(managed(cluster, workers, &layout)),
                },
                Setup::Pool(pool) => SystemKind::Pool(pool::config(pool)),
            },
            nodes: match &self.system {
                Setup::SingleNode(single) => single_node(single),
                Setup::MasterStandby(system) => master_standby(system),
                Setup::Cluster(cluster) => match &cluster.data {
                    DataPath::ThroughTheLog => member(cluster, layout.data.len()),
                    DataPath::Workers(workers) => holder(cluster, workers),
                },
                Setup::Pool(_) => single_node(&pool::stateless()),
            },
            router: if layout.balancers.is_empty() { router(&self.router) } else { config::Router::Balancer },
            layout,
            clients: config::ClientConfig {
                reads_anywhere: self.clients.reads_anywhere || reads_at_holders(&self.system),
                ..clients(&self.clients)
            },
            cold_start: match &self.system {
                Setup::SingleNode(_) | Setup::Pool(_) => false,
                Setup::MasterStandby(system) => system.cold_start,
                Setup::Cluster(cluster) => cluster.cold_start,
            },
        }
    }

    /// The world in which the scenario takes place.
    pub fn world(&self, seed: u64) -> WorldSpec<Ha> {
        let config = self.config(seed);
        let parts = config.layout.parts();
        WorldSpec {
            machines: parts.iter().map(|(id, _)| self.machine(&config.layout, *id)).collect(),
            links: parts.iter().flat_map(|from| parts.iter().map(|to| self.link(from.1, to.1))).collect(),
            connection_timeout_us: self.network.connection_timeout_us,
            config: Rc::new(config),
        }
    }

    fn machine(&self, layout: &Layout, id: MachineId) -> MachineSpec {
        let is = |target: &Target| place(layout, *target) == Some(id);
        let clock = self.machines.clocks.iter().find(|clock| is(&clock.on));
        MachineSpec {
            boot_us: self.machines.boot_us,
            start_us: self.machines.start_us,
            sync_us: self.machines.sync_us,
            clock_offset_us: clock.map_or(0, |clock| clock.offset_us),
            clock_rate_ppb: clock.map_or(0, |clock| clock.rate_ppb),
            up: !self.machines.down.iter().any(is),
        }
    }

    fn link(&self, from: Part, to: Part) -> LinkSpec {
        let client = |part| matches!(part, Part::Client(_));
        let latency = if client(from) || client(to) { self.network.to_clients } else { self.network.between_nodes };
        LinkSpec { latency_lo_us: latency.lo_us, latency_hi_us: latency.hi_us, loss_ppm: self.network.loss_ppm }
    }
}

/// Which machines there are.
///
/// A witness votes when the data nodes are an even number and a majority decides. Whoever can cut power has an
/// operator behind it, for when the power cannot be cut.
pub(super) fn layout(scenario: &Scenario) -> Layout {
    let (data, witness, fencer, operator) = match &scenario.system {
        Setup::SingleNode(_) => (1, false, false, false),
        Setup::Cluster(Cluster { members, spare_members, data: DataPath::ThroughTheLog, .. }) => {
            (usize::from(*members) + usize::from(*spare_members), false, false, false)
        }
        Setup::Cluster(Cluster { data: DataPath::Workers(workers), .. }) => {
            (usize::from(workers.count) + usize::from(workers.spares), false, false, false)
        }
        Setup::Pool(pool) => (usize::from(pool.nodes), false, false, false),
        Setup::MasterStandby(MasterStandby { standbys, decision, fencing, .. }) => {
            let data = 1 + usize::from(*standbys);
            let stonith = fencing.stonith.is_some();
            let operator = stonith || matches!(decision, Decision::Operator { .. });
            (data, *decision == Decision::Majority && data % 2 == 0, stonith, operator)
        }
    };
    let (proxies, dns) = match &scenario.router {
        _ if has_balancers(&scenario.system) => (0, false),
        Router::Proxy(proxy) => (usize::from(proxy.proxies), false),
        Router::Dns(_) => (0, true),
        Router::Vip | Router::Discovery => (0, false),
    };
    // Numbers out of range are refused elsewhere; here they must only do no harm.
    let data = data.clamp(1, limits::SEATS);
    let proxies = proxies.min(limits::PROXIES);
    let sites = usize::from(scenario.clients.sites).min(limits::SITES);
    let layout = Layout::new(data, witness, proxies, dns, fencer, operator, sites);
    match &scenario.system {
        Setup::MasterStandby(MasterStandby { replication, .. })
            if replication.mode == options::ReplicationMode::SharedStorage =>
        {
            layout.with_storage()
        }
        Setup::Pool(pool) => layout.with_balancers(usize::from(pool.balancer.balancers).clamp(1, limits::BALANCERS)),
        Setup::Cluster(Cluster { data: DataPath::Workers(workers), members, spare_members, .. }) => layout
            .with_balancers(usize::from(workers.balancers).clamp(1, limits::BALANCERS))
            .with_members((usize::from(*members) + usize::from(*spare_members)).clamp(1, limits::ENSEMBLE)),
        Setup::MasterStandby(MasterStandby { decision: Decision::Manager(lease), .. }) => {
            layout.with_members(usize::from(lease.members.0).clamp(1, limits::ENSEMBLE))
        }
        _ => layout,
    }
}

/// Whether clients go to balancers of the system's own, instead of a router.
pub(super) fn has_balancers(system: &Setup) -> bool {
    matches!(system, Setup::Pool(_) | Setup::Cluster(Cluster { data: DataPath::Workers(_), .. }))
}

/// Whether any worker that holds a shard answers reads of it, from what it has.
fn reads_at_holders(system: &Setup) -> bool {
    matches!(system, Setup::Cluster(Cluster { data: DataPath::Workers(_), reads: ReadLevel::Local, .. }))
}

/// The machine that a place means; none for a role, or if there is none.
pub(super) fn place(layout: &Layout, target: Target) -> Option<MachineId> {
    match target {
        Target::Node(place) => layout.data.get(usize::from(place)).copied(),
        Target::Proxy(place) => layout.proxies.get(usize::from(place)).copied(),
        Target::Site(place) => layout.clients.get(usize::from(place)).copied(),
        Target::Witness => layout.witness,
        Target::Dns => layout.dns,
        Target::Fencer => layout.fencer,
        Target::Operator => layout.operator,
        Target::Storage => layout.storage,
        Target::Balancer(place) => layout.balancers.get(usize::from(place)).copied(),
        Target::Member(place) => layout.members.get(usize::from(place)).copied(),
        Target::Master | Target::Standby | Target::OldMaster | Target::Leader => None,
    }
}

/// The machines of a class, in order of their ids.
pub(super) fn members(layout: &Layout, class: Class) -> Vec<MachineId> {
    layout.parts().into_iter().filter(|(_, part)| class.has(*part)).map(|(id, _)| id).collect()
}

/// Whether backups are taken.
pub(super) fn takes_backups(scenario: &Scenario) -> bool {
    match &scenario.system {
        Setup::SingleNode(single) => single.backup.is_some(),
        Setup::MasterStandby(system) => system.backup.is_some(),
        Setup::Cluster(_) | Setup::Pool(_) => false,
    }
}

/// A single node is a master without standbys: nobody to wait for, nobody to take over.
fn single_node(single: &SingleNode) -> NodeConfig {
    master_standby(&MasterStandby {
        standbys: 0,
        replication: options::Replication {
            mode: options::ReplicationMode::Async,
            durability: single.durability,
            fallback: options::Fallback::Strict,
        },
        fencing: Fencing { stonith: None, lease: None, epochs: false },
        recovery_us: single.recovery_us,
        write_us: single.write_us,
        read_us: single.read_us,
        backup: single.backup.clone(),
        ..MasterStandby::default()
    })
}

fn master_standby(system: &MasterStandby) -> NodeConfig {
    NodeConfig {
        replication: config::Replication {
            mode: match system.replication.mode {
                // With a shared storage the standbys have nothing either.
                options::ReplicationMode::Async | options::ReplicationMode::SharedStorage => {
                    config::ReplicationMode::Async
                }
                options::ReplicationMode::SemiSync { standbys } => config::ReplicationMode::SemiSync(standbys),
                options::ReplicationMode::Sync => config::ReplicationMode::Sync,
            },
            durability: match system.replication.durability {
                options::Durability::Received => config::Durability::Received,
                options::Durability::Synced => config::Durability::Synced,
            },
            fallback: match system.replication.fallback {
                options::Fallback::Strict => config::Fallback::Strict,
                options::Fallback::Degrade { after_us } => config::Fallback::Degrade { after_us },
            },
        },
        standby: config::Standby { start_up_us: system.standby.start_up_us, serves_reads: system.standby.serves_reads },
        detection: config::Detection {
            heartbeat_us: system.detection.heartbeat_us,
            limit: match system.detection.limit {
                SilenceLimit::Missed { heartbeats } => config::SilenceLimit::Missed(heartbeats),
                SilenceLimit::Phi { threshold_milli } => config::SilenceLimit::Phi { threshold_milli },
            },
        },
        decision: match system.decision {
            Decision::Alone { canvass_us } => config::Decision::Alone { canvass_us },
            Decision::Majority => config::Decision::Majority,
            Decision::Manager(_) => config::Decision::Manager,
            Decision::Operator { reaction_lo_us, reaction_hi_us } => {
                config::Decision::Operator { reaction_lo_us, reaction_hi_us }
            }
        },
        fencing: match &system.decision {
            Decision::Manager(lease) => config::Fencing { lease: failsafe(&lease.claim), ..fencing(&system.fencing) },
            _ => fencing(&system.fencing),
        },
        recovery_us: system.recovery_us,
        failback_after_us: system.failback_after_us,
        write_us: system.write_us,
        read_us: system.read_us,
        backup: system
            .backup
            .as_ref()
            .map(|backup| config::Backup { every_us: backup.every_us, restore_us: backup.restore_us }),
    }
}

/// What a member has in common with a data node: how long its steps take, and what the ledger has to know of it. A
/// write is acknowledged when a majority has it, and who knows a newer term or epoch refuses older ones.
#[inline(never)]
fn member(cluster: &Cluster, members: usize) -> NodeConfig {
    let standbys = (members / 2) as u8;
    master_standby(&MasterStandby {
        standbys: members as u8 - 1,
        replication: options::Replication {
            mode: options::ReplicationMode::SemiSync { standbys },
            ..options::Replication::default()
        },
        standby: options::Standby { serves_reads: true, ..options::Standby::default() },
        recovery_us: 0,
        write_us: cluster.write_us,
        read_us: cluster.read_us,
        ..MasterStandby::default()
    })
}

/// A holder of shards: a data node under the manager.
#[inline(never)]
fn holder(cluster: &Cluster, workers: &Workers) -> NodeConfig {
    let node = master_standby(&MasterStandby {
        standbys: workers.copies.saturating_sub(1),
        replication: workers.replication.clone(),
        standby: options::Standby { serves_reads: true, ..options::Standby::default() },
        detection: options::Detection { heartbeat_us: workers.heartbeat_us, ..options::Detection::default() },
        fencing: Fencing { stonith: None, lease: None, epochs: workers.tokens },
        recovery_us: workers.recovery_us,
        write_us: cluster.write_us,
        read_us: cluster.read_us,
        ..MasterStandby::default()
    });
    let fencing = config::Fencing { lease: failsafe(&workers.claim), ..node.fencing };
    NodeConfig { decision: config::Decision::Manager, fencing, ..node }
}

/// In failsafe mode the other holders of the data grant a lease of the same length.
fn failsafe(claim: &Claim) -> Option<config::Lease> {
    claim.failsafe.then_some(config::Lease { length_us: claim.ttl_us, drift_ppm: FAILSAFE_DRIFT_PPM })
}

#[inline(never)]
fn managed(cluster: &Cluster, workers: &Workers, layout: &Layout) -> ClusterConfig {
    ClusterConfig {
        manager: ensemble(cluster, &layout.members),
        shards: workers.shards.clamp(1, limits::SHARDS),
        copies: workers.copies.clamp(1, workers.count.max(1)),
        spares: workers.spares,
        claim: claim(&workers.claim),
        spread: cluster::Spread {
            strategy: pool::strategy(workers.strategy),
            ejection: workers.ejection.as_ref().map(pool::ejection),
            timeout_us: workers.timeout_us,
        },
        election: match workers.election {
            Election::None => None,
            Election::WatchPredecessor => Some(Recipe::WatchPredecessor),
            Election::WatchAll => Some(Recipe::WatchAll),
        },
    }
}

#[inline(never)]
fn leased(lease: &ManagerLease, layout: &Layout) -> ClusterConfig {
    let cluster = Cluster { manager: lease.ensemble.clone(), members: lease.members.0, ..Cluster::default() };
    ClusterConfig {
        manager: ensemble(&cluster, &layout.members),
        shards: 1,
        copies: layout.data.len() as u8,
        spares: 0,
        claim: claim(&lease.claim),
        spread: cluster::Spread::default(),
        election: None,
    }
}

fn claim(claim: &Claim) -> cluster::Claim {
    cluster::Claim {
        ttl_us: claim.ttl_us,
        keep_alive_us: claim.keep_alive_us,
        checked: claim.checked,
        failsafe: claim.failsafe,
    }
}

#[inline(never)]
fn ensemble(cluster: &Cluster, members: &[MachineId]) -> EnsembleConfig {
    let (protocol, wire) = match &cluster.manager {
        Manager::Etcd(etcd) => (Protocol::Raft(raft(etcd)), etcd.wire),
        Manager::Zookeeper(zookeeper) => (Protocol::Zab(zab(zookeeper, members)), Wire::Connection),
    };
    EnsembleConfig {
        protocol,
        wire: match wire {
            Wire::Connection => cluster::Wire::Connection,
            Wire::Datagram => cluster::Wire::Datagram,
        },
        reads: match cluster.reads {
            ReadLevel::Local => Reads::Local,
            ReadLevel::Linearizable => Reads::Linearizable,
        },
        idempotence: cluster.idempotence,
        founders: cluster.members,
        logs: cluster.logs.clone(),
    }
}

fn raft(etcd: &Etcd) -> raft::Config {
    let timing = match &etcd.timing {
        Timing::Ticks(ticks) => raft::Timing::Ticks {
            tick_us: ticks.tick_us,
            election_ticks: ticks.election_ticks,
            heartbeat_ticks: ticks.heartbeat_ticks,
        },
        Timing::Continuous(times) => raft::Timing::Continuous {
            election_lo_us: times.election_lo_us,
            election_hi_us: times.election_hi_us,
            heartbeat_us: times.heartbeat_us,
        },
    };
    raft::Config {
        timing,
        pre_vote: etcd.pre_vote,
        check_quorum: etcd.check_quorum,
        withhold_entries: etcd.withhold_entries,
        ..raft::Config::etcd()
    }
}

fn zab(zookeeper: &Zookeeper, members: &[MachineId]) -> zab::Config {
    zab::Config {
        tick_us: zookeeper.tick_us,
        init_limit: zookeeper.init_limit,
        sync_limit: zookeeper.sync_limit,
        finalize_wait_us: zookeeper.finalize_wait_us,
        notify_first_us: zookeeper.notify_us,
        connect_retry_us: zookeeper.connect_retry_us,
        ..zab::Config::zookeeper(zab::Members::of(members.iter().copied()))
    }
}

fn fencing(fencing: &Fencing) -> config::Fencing {
    config::Fencing {
        stonith: fencing.stonith.as_ref().map(|stonith| config::Stonith {
            delay_us: stonith.delay_us,
            success_ppm: stonith.success_ppm,
            tries: stonith.tries,
            stagger_us: stonith.stagger_us,
            reboot: stonith.reboot,
            operator_us: stonith.operator_us,
        }),
        lease: fencing
            .lease
            .as_ref()
            .map(|lease| config::Lease { length_us: lease.length_us, drift_ppm: lease.drift_ppm }),
        epochs: fencing.epochs,
    }
}

fn router(router: &Router) -> config::Router {
    match router {
        Router::Proxy(proxy) => config::Router::Proxy {
            check_us: proxy.check_us,
            check_timeout_us: proxy.check_timeout_us,
            fall: proxy.fall,
            rise: proxy.rise,
            deep: proxy.deep,
        },
        Router::Vip => config::Router::Vip,
        Router::Dns(dns) => config::Router::Dns { ttl_us: dns.ttl_us },
        Router::Discovery => config::Router::Discovery,
    }
}

fn clients(clients: &options::Clients) -> config::ClientConfig {
    config::ClientConfig {
        mean_gap_us: clients.mean_gap_us.unwrap_or(0),
        read_permille: clients.read_permille,
        reads_anywhere: clients.reads_anywhere,
        timeout_us: clients.timeout_us,
        attempts: clients.attempts,
        backoff_us: clients.backoff_us,
        canary_us: clients.canary_us.unwrap_or(0),
        retry_budget: pool::budget(clients.retry_budget.as_ref()),
    }
}
