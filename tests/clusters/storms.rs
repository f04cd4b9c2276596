//! Random fault schedules over clusters of every shape, and over pairs under a manager's lease.

use ha_lab::scenario::{
    Action, Claim, Clients, Cluster, Continuous, DataPath, Decision, Detection, Durability, Ejection, Election, Etcd,
    Fallback, Fencing, Latency, Machines, Manager, ManagerLease, MasterStandby, Members, Network, Proxy, ReadLevel,
    Replication, ReplicationMode, Router, Scenario, Scheduled, Setup, SilenceLimit, Strategy, Target, Text, Ticks,
    Timing, Wire, Workers, Zookeeper,
};
use ha_lab::sim::{Dice, Domain};

#[path = "../support/shrink.rs"]
mod shrink;

pub use shrink::report;

pub const MS: u64 = 1_000;
pub const S: u64 = 1_000_000;

/// Faults happen up to here; then everything is healed and started again.
pub const HEALED_US: u64 = 14 * S;
/// Here the judge looks.
pub const END_US: u64 = 34 * S;

/// What keeps a cluster from losing writes, and what may be switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Safety {
    /// Old tokens are refused.
    pub tokens: bool,
    /// A worker stops when its claim has run out on its own clock.
    pub checked: bool,
    /// Every in-sync holder has a write before it is acknowledged.
    pub sync: bool,
}

pub const SAFE: Safety = Safety { tokens: true, checked: true, sync: true };

pub struct Draw(Dice);

impl Draw {
    fn new(seed: u64, what: u64) -> Self {
        Self(Dice::keyed(seed, Domain::Schedule, 0xc1a5, what))
    }

    fn below(&mut self, n: u64) -> u64 {
        self.0.below(n)
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize]
    }
}

fn manager(draw: &mut Draw) -> Manager {
    if draw.one_in(3) {
        return Manager::Zookeeper(Zookeeper {
            tick_us: 200 * MS,
            init_limit: 5,
            sync_limit: 2,
            finalize_wait_us: 50 * MS,
            notify_us: 50 * MS,
            connect_retry_us: 100 * MS,
        });
    }
    let timing = if draw.one_in(3) {
        Timing::Ticks(Ticks { tick_us: 50 * MS, election_ticks: 6, heartbeat_ticks: 1 })
    } else {
        let (election_lo_us, election_hi_us) = (300 * MS, 600 * MS);
        Timing::Continuous(Continuous { election_lo_us, election_hi_us, heartbeat_us: 100 * MS })
    };
    let wire = if draw.one_in(2) { Wire::Connection } else { Wire::Datagram };
    Manager::Etcd(Etcd { timing, wire, ..Etcd::default() })
}

fn replication(draw: &mut Draw, safety: Safety) -> Replication {
    let (mode, durability) = if safety.sync {
        (ReplicationMode::Sync, Durability::Synced)
    } else {
        (ReplicationMode::Async, Durability::Received)
    };
    let fallback = if draw.one_in(4) { Fallback::Strict } else { Fallback::Degrade { after_us: 400 * MS } };
    Replication { mode, durability, fallback }
}

fn claim(draw: &mut Draw, safety: Safety) -> Claim {
    Claim {
        ttl_us: draw.of(&[800, 1_200, 1_600]) * MS,
        keep_alive_us: draw.of(&[200, 300]) * MS,
        checked: safety.checked,
        failsafe: draw.one_in(4),
    }
}

fn workers(draw: &mut Draw, reads: &mut Draw, safety: Safety) -> Setup {
    let count = draw.of(&[2, 3, 3, 4]);
    let copies = draw.of(&[2, 2, 3, 1]).min(count);
    let mut replication = replication(draw, safety);
    if copies == 1 {
        // Strict means: never on one disk alone.
        replication.fallback = Fallback::Degrade { after_us: 400 * MS };
    }
    let workers = Workers {
        count,
        spares: draw.of(&[0, 0, 1]),
        shards: draw.of(&[1, 2, 3, 4]),
        copies,
        replication,
        heartbeat_us: 100 * MS,
        recovery_us: draw.of(&[0, 50 * MS]),
        claim: claim(draw, safety),
        tokens: safety.tokens,
        balancers: draw.of(&[1, 2]),
        strategy: reads.of(&[Strategy::RoundRobin, Strategy::LeastConnections, Strategy::TwoChoices]),
        ejection: reads.one_in(2).then(|| Ejection { base_us: S, ..Ejection::default() }),
        timeout_us: 2_500_000,
        election: Election::None,
    };
    Setup::Cluster(Cluster {
        manager: manager(draw),
        members: draw.of(&[1, 3, 3, 5]),
        reads: reads.of(&[ReadLevel::Linearizable, ReadLevel::Linearizable, ReadLevel::Local]),
        data: DataPath::Workers(workers),
        idempotence: draw.one_in(2),
        write_us: draw.of(&[500, 4 * MS]),
        read_us: 500,
        cold_start: draw.one_in(6),
        ..Cluster::default()
    })
}

/// A master with its standbys under the manager's lease.
fn pair(draw: &mut Draw, safety: Safety) -> Setup {
    Setup::MasterStandby(MasterStandby {
        standbys: draw.of(&[1, 1, 2]),
        replication: replication(draw, safety),
        detection: Detection { heartbeat_us: 100 * MS, limit: SilenceLimit::Missed { heartbeats: 3 } },
        decision: Decision::Manager(ManagerLease {
            ensemble: manager(draw),
            members: Members(draw.of(&[1, 3, 3])),
            claim: claim(draw, safety),
        }),
        fencing: Fencing { stonith: None, lease: None, epochs: safety.tokens },
        recovery_us: draw.of(&[0, 50 * MS]),
        write_us: draw.of(&[500, 4 * MS]),
        read_us: 500,
        ..MasterStandby::default()
    })
}

/// A cluster, or a pair, in quick times; nothing goes wrong.
pub fn calm(seed: u64, safety: Safety) -> Scenario {
    let mut draw = Draw::new(seed, 1);
    let is_pair = draw.one_in(4);
    let system = if is_pair { pair(&mut draw, safety) } else { workers(&mut draw, &mut Draw::new(seed, 3), safety) };
    let proxy = Proxy { proxies: 1, check_us: 100 * MS, check_timeout_us: 80 * MS, fall: 2, rise: 2, deep: false };
    let wide = if draw.one_in(4) { 30 } else { 3 };
    Scenario {
        title: Text::default(),
        story: Text::default(),
        seed,
        until_us: END_US,
        system,
        router: match is_pair {
            true if draw.one_in(2) => Router::Discovery,
            true => Router::Proxy(proxy),
            false => Router::default(),
        },
        clients: Clients {
            sites: 2,
            mean_gap_us: Some(60 * MS),
            read_permille: 300,
            reads_anywhere: false,
            timeout_us: draw.of(&[400 * MS, 1_500 * MS]),
            attempts: 3,
            backoff_us: 50 * MS,
            canary_us: Some(150 * MS),
            retry_budget: None,
        },
        network: Network {
            between_nodes: Latency { lo_us: MS, hi_us: wide * MS },
            to_clients: Latency { lo_us: MS, hi_us: 3 * MS },
            loss_ppm: draw.of(&[0, 0, 3_000]),
            connection_timeout_us: 2 * S,
            zones: Vec::new(),
        },
        machines: Machines {
            boot_us: 300 * MS,
            start_us: 50 * MS,
            sync_us: draw.of(&[500, 8 * MS]),
            ..Machines::default()
        },
        ..Scenario::default()
    }
}

/// Who is there.
struct Cast {
    nodes: Vec<Target>,
    members: Vec<Target>,
    routers: Vec<Target>,
    sites: [Target; 2],
    is_pair: bool,
}

impl Cast {
    fn of(scenario: &Scenario) -> Self {
        let (nodes, members, routers, is_pair) = match &scenario.system {
            Setup::Cluster(Cluster { data: DataPath::Workers(workers), members, .. }) => {
                let routers = (0..workers.balancers).map(Target::Balancer).collect();
                (workers.count + workers.spares, *members, routers, false)
            }
            Setup::MasterStandby(MasterStandby { standbys, decision: Decision::Manager(lease), .. }) => {
                let proxy = matches!(scenario.router, Router::Proxy(_));
                (standbys + 1, lease.members.0, (0..u8::from(proxy)).map(Target::Proxy).collect(), true)
            }
            other => panic!("{other:?}"),
        };
        let nodes = (0..nodes).map(Target::Node).collect();
        let members = (0..members).map(Target::Member).collect();
        Self { nodes, members, routers, sites: [Target::Site(0), Target::Site(1)], is_pair }
    }

    fn everybody(&self) -> Vec<Target> {
        let targets = self.nodes.iter().chain(&self.members).chain(&self.routers).chain(&self.sites);
        targets.copied().collect()
    }

    fn victim(&self, draw: &mut Draw) -> Target {
        match draw.below(8) {
            0 => Target::Leader,
            1 | 2 => draw.of(&self.members),
            3 if !self.routers.is_empty() => draw.of(&self.routers),
            4 => Target::Master,
            _ => draw.of(&self.nodes),
        }
    }
}

/// The same with a random schedule of faults, and everything healed at the end.
pub fn stormy(seed: u64, safety: Safety) -> Scenario {
    let mut scenario = calm(seed, safety);
    let mut draw = Draw::new(seed, 2);
    let cast = Cast::of(&scenario);
    let everybody = cast.everybody();
    let mut plan: Vec<(u64, Action)> = Vec::new();
    for _ in 0..=draw.below(8) {
        let at = 500 * MS + draw.below(HEALED_US - 3 * S);
        let until = at + draw.of(&[60 * MS, 400 * MS, 900 * MS, 2 * S, 5 * S]) + draw.below(100 * MS);
        let victim = cast.victim(&mut draw);
        storm(&mut plan, &mut draw, &cast, victim, (at, until));
    }
    plan.sort_by_key(|(at, _)| *at);
    scenario.faults.scheduled = plan.into_iter().map(|(at, action)| Scheduled::at(at, action)).collect();
    heal(&mut scenario, &everybody, &cast);
    scenario
}

/// Whoever is down is started again: the victim of a role cannot be named any more.
fn all(plan: &mut Vec<(u64, Action)>, at: u64, everybody: &[Target], action: impl Fn(Target) -> Action) {
    plan.extend(everybody.iter().map(|on| (at, action(*on))));
}

fn storm(plan: &mut Vec<(u64, Action)>, draw: &mut Draw, cast: &Cast, victim: Target, (at, until): (u64, u64)) {
    let everybody = cast.everybody();
    let restart = |on| Action::Restart { on };
    let worker = draw.of(&cast.nodes);
    match draw.below(17) {
        0 | 1 => {
            plan.push((at, Action::ProcessCrash { on: victim }));
            all(plan, until, &everybody, restart);
        }
        2 => {
            plan.push((at, Action::MachineCrash { on: victim }));
            all(plan, until, &everybody, restart);
        }
        3 | 4 => {
            plan.push((at, Action::PowerLoss { on: victim }));
            all(plan, until, &everybody, restart);
        }
        5 | 6 => {
            plan.push((at, Action::Freeze { on: victim }));
            all(plan, until, &everybody, |on| Action::Thaw { on });
        }
        7 => {
            let (from, to) = (draw.of(&everybody), draw.of(&everybody));
            if from != to {
                let both_ways = draw.one_in(2);
                plan.push((at, Action::Cut { from, to, both_ways }));
                plan.push((until, Action::Mend { from, to, both_ways }));
            }
        }
        8 | 9 => {
            let mut groups = vec![Vec::new(); draw.of(&[2, 2, 3])];
            let count = groups.len() as u64;
            for target in &everybody {
                groups[draw.below(count) as usize].push(*target);
            }
            groups.retain(|group| !group.is_empty());
            if groups.len() > 1 {
                plan.push((at, Action::Partition { groups }));
                plan.push((until, Action::Heal));
            }
        }
        10 => {
            // One worker without the manager.
            let (alone, rest) = (vec![worker], cast.members.clone());
            plan.push((at, Action::Partition { groups: vec![alone, rest] }));
            plan.push((until, Action::Heal));
        }
        11 => {
            let between = (worker, draw.of(&everybody));
            if between.0 != between.1 {
                let (latency_us, jitter_us) = (draw.of(&[50_000, 400_000]), draw.of(&[0, 200_000]));
                plan.push((at, Action::Delay { between, latency_us, jitter_us }));
                plan.push((until, Action::Delay { between, latency_us: 0, jitter_us: 0 }));
            }
        }
        12 => {
            let on = draw_node(draw, cast);
            let ppb = i64::try_from(draw.below(20_000_000)).expect("small") - 10_000_000;
            plan.push((at, Action::ClockRate { on, ppb }));
        }
        13 => {
            let on = draw_node(draw, cast);
            plan.push((at, Action::SlowDisk { on, permille: draw.of(&[5_000, 50_000]) }));
            plan.push((until, Action::SlowDisk { on, permille: 1_000 }));
        }
        14 => {
            plan.push((at, Action::DiskFull { on: worker, full: true }));
            plan.push((until, Action::DiskFull { on: worker, full: false }));
        }
        15 => {
            plan.push((at, Action::PowerLoss { on: worker }));
            plan.push((at + 1, Action::WipeDisk { on: worker }));
            all(plan, until, &everybody, restart);
        }
        _ => {
            let (begin, end) = match draw.below(4) {
                0 => (Action::Drain { on: worker }, Action::Ready { on: worker }),
                1 if !cast.is_pair => (Action::Leave { on: worker }, Action::Join { on: worker }),
                2 => (Action::Join { on: worker }, Action::Drain { on: worker }),
                _ => (Action::Switchover { to: None }, Action::Ready { on: worker }),
            };
            plan.push((at, begin));
            plan.push((until, end));
        }
    }
}

fn draw_node(draw: &mut Draw, cast: &Cast) -> Target {
    if draw.one_in(2) { draw.of(&cast.nodes) } else { draw.of(&cast.members) }
}

/// Everything is undone.
fn heal(scenario: &mut Scenario, everybody: &[Target], cast: &Cast) {
    let mut last = vec![Action::Heal];
    for node in &cast.nodes {
        for other in everybody.iter().filter(|other| *other != node) {
            last.push(Action::Delay { between: (*node, *other), latency_us: 0, jitter_us: 0 });
        }
    }
    for on in cast.nodes.iter().chain(&cast.members) {
        last.push(Action::DiskFull { on: *on, full: false });
        last.push(Action::SlowDisk { on: *on, permille: 1_000 });
    }
    for on in everybody {
        last.push(Action::Thaw { on: *on });
        last.push(Action::Restart { on: *on });
    }
    scenario.faults.scheduled.extend(last.into_iter().map(|action| Scheduled::at(HEALED_US, action)));
    // When they run again, every worker belongs to the cluster and may have shards.
    for again in [S, 4 * S] {
        for on in &cast.nodes {
            for action in [Action::Join { on: *on }, Action::Ready { on: *on }] {
                scenario.faults.scheduled.push(Scheduled::at(HEALED_US + again, action));
            }
        }
    }
}
