//! Rules that tie the fields of a scenario together.

use super::action::{Action, Target};
use super::cluster::{Cluster, DataPath, Manager, Timing};
use super::document::{Class, Scenario, Scheduled};
use super::options::{Decision, Latency, MasterStandby, ReplicationMode, Router, Setup};
use super::path::Path;
use super::pool::{Pool, Strategy};
use super::problem::{Rule, quote};
use super::wiring;
use super::workers::{Claim, Election, ManagerLease, Workers};
use super::write::to_value;
use crate::ha::{Layout, limits};

/// A rule that does not hold.
pub(super) struct Broken {
    /// The fields that it is about; the first is the one to be reported.
    pub concerns: Vec<Path>,
    /// What stands there.
    pub found: String,
    /// The rule.
    pub rule: Rule,
}

/// Every rule that does not hold.
pub(super) fn check(scenario: &Scenario) -> Vec<Broken> {
    let mut checker = Checker { scenario, layout: wiring::layout(scenario), broken: Vec::new() };
    checker.system();
    checker.traffic();
    checker.places();
    checker.faults();
    checker.broken
}

struct Checker<'a> {
    scenario: &'a Scenario,
    layout: Layout,
    broken: Vec<Broken>,
}

impl Checker<'_> {
    fn refuse(&mut self, rule: Rule, found: impl Into<String>, concerns: &[&str]) {
        let concerns = concerns.iter().map(|path| Path::of(path)).collect();
        self.broken.push(Broken { concerns, found: found.into(), rule });
    }

    fn system(&mut self) {
        match &self.scenario.system {
            Setup::SingleNode(_) => {}
            Setup::MasterStandby(system) => self.master_standby(system),
            Setup::Cluster(cluster) => self.cluster(cluster),
            Setup::Pool(pool) => self.pool(pool),
        }
    }

    fn pool(&mut self, pool: &Pool) {
        let at = |field: &str| format!("system.pool.balancer.{field}");
        if self.scenario.router != Router::default() {
            self.refuse(Rule::PoolHasItsBalancer, "a router", &["router", "system"]);
        }
        if self.scenario.clients.reads_anywhere {
            self.refuse(Rule::AnyWorkerAnswers, "true", &["clients.reads_anywhere", "system"]);
        }
        if let Some(check) = &pool.balancer.check
            && check.timeout_us > check.interval_us
        {
            let rule = Rule::CheckEndsFirst { check_us: check.interval_us };
            let concerns = [at("check.timeout_us"), at("check.interval_us")];
            self.refuse(rule, check.timeout_us.to_string(), &concerns.each_ref().map(String::as_str));
        }
        let (weights, count) = (pool.balancer.weights.len(), usize::from(pool.nodes));
        if weights > 0 && pool.balancer.strategy != Strategy::Weighted {
            self.refuse(Rule::WeightsNeedWeighted, "weights", &[&at("weights"), &at("strategy")]);
        } else if weights > count {
            let rule = Rule::OneWeightEach { count };
            self.refuse(rule, weights.to_string(), &[&at("weights"), "system.pool.nodes"]);
        }
    }

    fn cluster(&mut self, cluster: &Cluster) {
        self.ensemble(&cluster.manager, "system.cluster.manager");
        let (most, spares) = (limits::ENSEMBLE as u8, cluster.spare_members);
        let at = ["system.cluster.spare_members", "system.cluster.members"];
        if cluster.members.saturating_add(spares) > most {
            self.refuse(Rule::MostMembers { most }, format!("{} and {spares}", cluster.members), &at);
        } else if spares > 0 && matches!(cluster.manager, Manager::Zookeeper(_)) {
            self.refuse(Rule::FixedMembers, spares.to_string(), &[at[0], "system.cluster.manager"]);
        }
        if let DataPath::Workers(workers) = &cluster.data {
            return self.workers(cluster, workers);
        }
        let logs = cluster.logs.len();
        let stay = matches!(&cluster.manager, Manager::Etcd(etcd) if etcd.withhold_entries);
        if logs > 0 && !cluster.cold_start && !stay {
            self.refuse(Rule::LogsNeedColdStart, "logs", &["system.cluster.logs", "system.cluster.cold_start"]);
        } else if logs > usize::from(cluster.members) {
            let count = cluster.members.into();
            self.refuse(
                Rule::OneLogEach { count },
                logs.to_string(),
                &["system.cluster.logs", "system.cluster.members"],
            );
        }
    }

    fn ensemble(&mut self, manager: &Manager, at: &str) {
        if let Manager::Etcd(etcd) = manager
            && let Timing::Continuous(times) = &etcd.timing
            && times.election_lo_us > times.election_hi_us
        {
            let at = |field| format!("{at}.etcd.timing.continuous.{field}");
            let found = format!("{} above {}", times.election_lo_us, times.election_hi_us);
            self.refuse(Rule::Ordered, found, &[&at("election_lo_us"), &at("election_hi_us")]);
        }
    }

    fn workers(&mut self, cluster: &Cluster, workers: &Workers) {
        let at = |field: &str| format!("system.cluster.data.workers.{field}");
        if self.scenario.router != Router::default() {
            self.refuse(Rule::ClusterHasItsBalancer, "a router", &["router", "system"]);
        }
        if !cluster.logs.is_empty() {
            self.refuse(Rule::LogsNeedTheLog, "logs", &["system.cluster.logs", "system.cluster.data"]);
        }
        let most = limits::POOL as u8;
        if workers.count.saturating_add(workers.spares) > most {
            let found = format!("{} and {}", workers.count, workers.spares);
            self.refuse(Rule::MostWorkers { most }, found, &[&at("spares"), &at("count")]);
        }
        if workers.copies > workers.count {
            let rule = Rule::EnoughWorkers { count: workers.count };
            self.refuse(rule, workers.copies.to_string(), &[&at("copies"), &at("count")]);
        }
        let standbys = workers.copies.saturating_sub(1);
        match workers.replication.mode {
            ReplicationMode::SemiSync { standbys: wanted } if wanted > standbys => {
                let (field, other) = (at("replication.mode.semi_sync.standbys"), at("copies"));
                self.refuse(Rule::EnoughStandbys { standbys }, wanted.to_string(), &[&field, &other]);
            }
            ReplicationMode::SharedStorage => {
                self.refuse(Rule::NotShared, "shared_storage", &[&at("replication.mode")]);
            }
            _ => {}
        }
        if workers.election != Election::None && !matches!(cluster.manager, Manager::Zookeeper(_)) {
            self.refuse(Rule::ElectionNeedsNodes, "an election", &[&at("election"), "system.cluster.manager"]);
        }
        self.claim(&workers.claim, &at("claim"));
    }

    fn claim(&mut self, claim: &Claim, at: &str) {
        if claim.keep_alive_us >= claim.ttl_us {
            let rule = Rule::KeptAliveInTime { ttl_us: claim.ttl_us };
            let concerns = [format!("{at}.keep_alive_us"), format!("{at}.ttl_us")];
            self.refuse(rule, claim.keep_alive_us.to_string(), &concerns.each_ref().map(String::as_str));
        }
    }

    /// What makes no sense under a manager's lease.
    fn manager_lease(&mut self, system: &MasterStandby, lease: &ManagerLease) {
        let at = |field: &str| format!("system.master_standby.{field}");
        let decision = at("decision");
        self.ensemble(&lease.ensemble, &at("decision.manager.ensemble"));
        self.claim(&lease.claim, &at("decision.manager.claim"));
        if system.replication.mode == ReplicationMode::SharedStorage {
            self.refuse(Rule::NotShared, "shared_storage", &[&at("replication.mode"), &decision]);
        }
        if system.backup.is_some() {
            self.refuse(Rule::ManagerHasNoBackup, "backups", &[&at("backup"), &decision]);
        }
        if system.fencing.stonith.is_some() {
            self.refuse(Rule::ManagerFences, "stonith", &[&at("fencing.stonith"), &decision]);
        }
        if system.failback_after_us.is_some() {
            self.refuse(Rule::ManagerFences, "failback", &[&at("failback_after_us"), &decision]);
        }
    }

    fn master_standby(&mut self, system: &MasterStandby) {
        if let Decision::Manager(lease) = &system.decision {
            self.manager_lease(system, lease);
        }
        let standbys = system.standbys;
        if let ReplicationMode::SemiSync { standbys: wanted } = system.replication.mode
            && wanted > standbys
        {
            let (field, other) =
                ("system.master_standby.replication.mode.semi_sync.standbys", "system.master_standby.standbys");
            self.refuse(Rule::EnoughStandbys { standbys }, wanted.to_string(), &[field, other]);
        }
        if system.replication.mode == ReplicationMode::SharedStorage {
            self.shared_storage(system);
        }
        if system.fencing.lease.is_some() && system.decision != Decision::Majority {
            let concerns = ["system.master_standby.fencing.lease", "system.master_standby.decision"];
            self.refuse(Rule::LeaseNeedsMajority, "a lease", &concerns);
        }
        if let Decision::Operator { reaction_lo_us, reaction_hi_us } = system.decision
            && reaction_lo_us > reaction_hi_us
        {
            let (lo, hi) = ("reaction_lo_us", "reaction_hi_us");
            let at = |field| format!("system.master_standby.decision.operator.{field}");
            self.refuse(Rule::Ordered, format!("{reaction_lo_us} above {reaction_hi_us}"), &[&at(lo), &at(hi)]);
        }
        if self.scenario.clients.reads_anywhere && !system.standby.serves_reads {
            let concerns = ["clients.reads_anywhere", "system.master_standby.standby.serves_reads"];
            self.refuse(Rule::ReadsNeedServingStandbys, "true", &concerns);
        }
    }

    /// What makes no sense where all data nodes share one storage.
    fn shared_storage(&mut self, system: &MasterStandby) {
        let at = |field: &str| format!("system.master_standby.{field}");
        let mode = at("replication.mode");
        if system.standby.serves_reads {
            self.refuse(Rule::SharedIsReadByTheMaster, "true", &[&at("standby.serves_reads"), &mode]);
        }
        if system.backup.is_some() {
            self.refuse(Rule::SharedHasNoBackup, "backups", &[&at("backup"), &mode]);
        }
    }

    fn traffic(&mut self) {
        if let Router::Proxy(proxy) = &self.scenario.router
            && proxy.check_timeout_us > proxy.check_us
        {
            let rule = Rule::CheckEndsFirst { check_us: proxy.check_us };
            let concerns = ["router.proxy.check_timeout_us", "router.proxy.check_us"];
            self.refuse(rule, proxy.check_timeout_us.to_string(), &concerns);
        }
        let network = &self.scenario.network;
        for (name, latency) in [("between_nodes", network.between_nodes), ("to_clients", network.to_clients)] {
            let Latency { lo_us, hi_us } = latency;
            if lo_us > hi_us {
                let at = |field| format!("network.{name}.{field}");
                self.refuse(Rule::Ordered, format!("{lo_us} above {hi_us}"), &[&at("lo_us"), &at("hi_us")]);
            }
        }
    }

    /// A place that is named once in a list of machines.
    fn place(&mut self, target: Target, at: &str, seen: &mut Vec<Target>) {
        if !target.is_place() {
            self.refuse(Rule::Place, name(target), &[at]);
        } else if self.exists(target, at) && seen.contains(&target) {
            self.refuse(Rule::Once, format!("{} again", name(target)), &[at]);
        }
        seen.push(target);
    }

    fn places(&mut self) {
        let mut seen = Vec::new();
        for (index, zone) in self.scenario.network.zones.iter().enumerate() {
            for (place, target) in zone.iter().enumerate() {
                self.place(*target, &format!("network.zones[{index}][{place}]"), &mut seen);
            }
        }
        seen.clear();
        for (index, clock) in self.scenario.machines.clocks.iter().enumerate() {
            self.place(clock.on, &format!("machines.clocks[{index}].on"), &mut seen);
        }
        seen.clear();
        for (index, target) in self.scenario.machines.down.iter().enumerate() {
            self.place(*target, &format!("machines.down[{index}]"), &mut seen);
        }
        if (0..self.layout.data.len()).all(|index| seen.contains(&Target::Node(index as u8))) {
            self.refuse(Rule::SomebodyUp, "every data node", &["machines.down"]);
        }
    }

    /// Whether the machine exists, or might; complains if not.
    fn exists(&mut self, target: Target, at: &str) -> bool {
        let layout = &self.layout;
        let (place, count) = match target {
            Target::Node(place) => (place, layout.data.len()),
            Target::Proxy(place) => (place, layout.proxies.len()),
            Target::Site(place) => (place, layout.clients.len()),
            Target::Witness => (0, usize::from(layout.witness.is_some())),
            Target::Dns => (0, usize::from(layout.dns.is_some())),
            Target::Fencer => (0, usize::from(layout.fencer.is_some())),
            Target::Operator => (0, usize::from(layout.operator.is_some())),
            Target::Storage => (0, usize::from(layout.storage.is_some())),
            Target::Balancer(place) => (place, layout.balancers.len()),
            Target::Member(place) => (place, layout.members.len()),
            Target::Master | Target::Standby | Target::OldMaster if layout.is_pool() => {
                self.refuse(Rule::NoRolesInAPool, name(target), &[at, "system"]);
                return false;
            }
            Target::Leader => {
                let has_manager = !layout.members.is_empty() || matches!(self.scenario.system, Setup::Cluster(_));
                if !has_manager {
                    self.refuse(Rule::NeedsManager, name(target), &[at, "system"]);
                }
                return has_manager;
            }
            Target::Master => return true,
            Target::Standby | Target::OldMaster => {
                let has_standby = layout.data.len() > 1;
                if !has_standby {
                    self.refuse(Rule::NeedsStandby, name(target), &[at, "system"]);
                }
                return has_standby;
            }
        };
        if usize::from(place) < count {
            return true;
        }
        self.refuse(Rule::Exists { count }, name(target), &[at, "system", "router", "clients.sites"]);
        false
    }

    fn faults(&mut self) {
        for (index, scheduled) in self.scenario.faults.scheduled.iter().enumerate() {
            let at = format!("faults.scheduled[{index}]");
            self.time(scheduled, &at);
            self.action(&scheduled.action, &format!("{at}.do"));
        }
        for (index, random) in self.scenario.faults.random.iter().enumerate() {
            if wiring::members(&self.layout, random.on).is_empty() {
                let at = format!("faults.random[{index}].on");
                self.refuse(Rule::Exists { count: 0 }, class(random.on), &[&at, "system", "router"]);
            }
        }
        for (index, recurring) in self.scenario.faults.recurring.iter().enumerate() {
            let at = format!("faults.recurring[{index}].do");
            self.action(&recurring.action, &at);
            if recurring.action.undo().is_none() {
                self.refuse(Rule::NeedsUndo, quote(&to_value(&recurring.action)), &[&at]);
            }
        }
    }

    fn time(&mut self, scheduled: &Scheduled, at: &str) {
        match (scheduled.at_us, scheduled.between_us) {
            (Some(_), Some(_)) => self.refuse(Rule::OneTime, "both", &[at]),
            (None, None) => self.refuse(Rule::OneTime, "neither", &[at]),
            (None, Some((lo, hi))) if lo > hi => {
                self.refuse(Rule::Ordered, format!("{lo} above {hi}"), &[&format!("{at}.between_us")]);
            }
            _ => {}
        }
    }

    fn action(&mut self, action: &Action, at: &str) {
        let field = |kind: &str, field: &str| format!("{at}.{kind}.{field}");
        let needs_data = match action {
            Action::PoisonWrite => "poison_write",
            Action::RestoreBackup { .. } => "restore_backup",
            Action::Promote { .. } => "promote",
            Action::Switchover { .. } => "switchover",
            _ => "",
        };
        if !needs_data.is_empty() && self.layout.is_pool() {
            return self.refuse(Rule::PoolStoresNothing, needs_data, &[at, "system"]);
        }
        match action {
            Action::ProcessCrash { on } => _ = self.exists(*on, &field("process_crash", "on")),
            Action::MachineCrash { on } => _ = self.exists(*on, &field("machine_crash", "on")),
            Action::PowerLoss { on } => _ = self.exists(*on, &field("power_loss", "on")),
            Action::Restart { on } => _ = self.exists(*on, &field("restart", "on")),
            Action::WipeDisk { on } => _ = self.exists(*on, &field("wipe_disk", "on")),
            Action::Freeze { on } => _ = self.exists(*on, &field("freeze", "on")),
            Action::Thaw { on } => _ = self.exists(*on, &field("thaw", "on")),
            Action::Slow { on, .. } => _ = self.exists(*on, &field("slow", "on")),
            Action::SlowDisk { on, .. } => _ = self.exists(*on, &field("slow_disk", "on")),
            Action::DiskFull { on, .. } => _ = self.exists(*on, &field("disk_full", "on")),
            Action::ClockJump { on, .. } => _ = self.exists(*on, &field("clock_jump", "on")),
            Action::ClockRate { on, .. } => _ = self.exists(*on, &field("clock_rate", "on")),
            Action::Gray { on, .. } => self.data_node(*on, &field("gray", "on")),
            Action::Recover { on } => self.data_node(*on, &field("recover", "on")),
            Action::Drain { on } => self.worker(*on, "drain", at),
            Action::Ready { on } => self.worker(*on, "ready", at),
            Action::Join { on } => self.managed_worker(*on, "join", at),
            Action::Leave { on } => self.managed_worker(*on, "leave", at),
            Action::AcceptLoss { shard } => self.shard(*shard, at),
            Action::AddMember { on } => self.server(*on, "add_member", at),
            Action::RemoveMember { on } => self.server(*on, "remove_member", at),
            Action::Promote { on } => self.data_node(*on, &field("promote", "on")),
            Action::RestoreBackup { on } => {
                self.data_node(*on, &field("restore_backup", "on"));
                if !wiring::takes_backups(self.scenario) {
                    self.refuse(Rule::NeedsBackup, "restore_backup", &[at, "system"]);
                }
            }
            Action::Cut { from, to, .. } => self.pair(*from, *to, &field("cut", "from"), &field("cut", "to")),
            Action::Mend { from, to, .. } => self.pair(*from, *to, &field("mend", "from"), &field("mend", "to")),
            Action::Loss { between: (a, b), .. } => {
                self.pair(*a, *b, &field("loss", "between[0]"), &field("loss", "between[1]"));
            }
            Action::Delay { between: (a, b), .. } => {
                self.pair(*a, *b, &field("delay", "between[0]"), &field("delay", "between[1]"));
            }
            Action::Partition { groups } => self.groups(groups, &field("partition", "groups")),
            Action::ZoneDown { zone } => self.zone(*zone, &field("zone_down", "zone")),
            Action::ZoneUp { zone } => self.zone(*zone, &field("zone_up", "zone")),
            Action::Switchover { to: Some(to) } => self.data_node(*to, &field("switchover", "to")),
            Action::Switchover { to: None } if self.layout.data.len() < 2 => {
                self.refuse(Rule::NeedsStandby, "switchover", &[at, "system"]);
            }
            Action::Switchover { to: None }
            | Action::Heal
            | Action::BadRelease
            | Action::RollBack
            | Action::PoisonWrite
            | Action::Load { .. } => {}
        }
    }

    fn data_node(&mut self, on: Target, at: &str) {
        if on.is_place() && !matches!(on, Target::Node(_)) {
            self.refuse(Rule::DataNode, name(on), &[at]);
        } else {
            self.exists(on, at);
        }
    }

    fn worker(&mut self, on: Target, action: &str, at: &str) {
        if self.layout.is_pool() || !self.layout.members.is_empty() {
            self.data_node(on, &format!("{at}.{action}.on"));
        } else {
            self.refuse(Rule::NeedsPool, action, &[at, "system"]);
        }
    }

    /// A server of an ensemble that can change: a member of the manager, or a data node where the manager holds the data.
    fn server(&mut self, on: Target, action: &str, at: &str) {
        let (manager, through_the_log) = match &self.scenario.system {
            Setup::Cluster(cluster) => (Some(&cluster.manager), cluster.data == DataPath::ThroughTheLog),
            Setup::MasterStandby(MasterStandby { decision: Decision::Manager(lease), .. }) => {
                (Some(&lease.ensemble), false)
            }
            _ => (None, false),
        };
        let field = format!("{at}.{action}.on");
        match (manager, on) {
            (None, _) => self.refuse(Rule::NeedsManager, action, &[at, "system"]),
            (Some(Manager::Zookeeper(_)), _) => self.refuse(Rule::FixedMembers, action, &[at, "system"]),
            (_, Target::Member(_) | Target::Leader) => _ = self.exists(on, &field),
            (_, Target::Node(_)) if through_the_log => _ = self.exists(on, &field),
            (_, on) if !on.is_place() && through_the_log => _ = self.exists(on, &field),
            _ => self.refuse(Rule::AServer, name(on), &[&field]),
        }
    }

    fn managed_worker(&mut self, on: Target, action: &str, at: &str) {
        if self.layout.members.is_empty() {
            self.refuse(Rule::NeedsManager, action, &[at, "system"]);
        } else {
            self.data_node(on, &format!("{at}.{action}.on"));
        }
    }

    fn shard(&mut self, shard: u8, at: &str) {
        let shards = match &self.scenario.system {
            Setup::Cluster(Cluster { data: DataPath::Workers(workers), .. }) => workers.shards,
            Setup::MasterStandby(MasterStandby { decision: Decision::Manager(_), .. }) => 1,
            _ => return self.refuse(Rule::NeedsManager, "accept_loss", &[at, "system"]),
        };
        if shard >= shards {
            let field = format!("{at}.accept_loss.shard");
            self.refuse(Rule::Exists { count: shards.into() }, shard.to_string(), &[&field, "system"]);
        }
    }

    fn pair(&mut self, a: Target, b: Target, at_a: &str, at_b: &str) {
        let both = [self.exists(a, at_a), self.exists(b, at_b)];
        if both == [true; 2] && a == b {
            self.refuse(Rule::Different, name(b), &[at_b, at_a]);
        }
    }

    fn groups(&mut self, groups: &[Vec<Target>], at: &str) {
        if !(2..=4).contains(&groups.len()) || groups.iter().any(Vec::is_empty) {
            let sizes: Vec<usize> = groups.iter().map(Vec::len).collect();
            self.refuse(Rule::Groups, format!("groups of {sizes:?}"), &[at]);
        }
        let mut seen = Vec::new();
        for (index, group) in groups.iter().enumerate() {
            for (place, target) in group.iter().enumerate() {
                let at = format!("{at}[{index}][{place}]");
                if self.exists(*target, &at) && seen.contains(target) {
                    self.refuse(Rule::Once, format!("{} again", name(*target)), &[&at]);
                }
                seen.push(*target);
            }
        }
    }

    fn zone(&mut self, zone: u8, at: &str) {
        let count = self.scenario.network.zones.len();
        if usize::from(zone) >= count {
            self.refuse(Rule::Exists { count }, zone.to_string(), &[at, "network.zones"]);
        }
    }
}

fn name(target: Target) -> String {
    to_value(&target).to_string()
}

fn class(class: Class) -> String {
    to_value(&class).to_string()
}
