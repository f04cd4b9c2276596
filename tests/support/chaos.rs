//! Random fault schedules over every architecture. The [`judge`] looks at what comes of them.

#![allow(dead_code, missing_docs, unused_imports)]

#[path = "judge.rs"]
mod judge;
#[path = "shrink.rs"]
mod shrink;

use ha_lab::scenario::{
    Action, Clients, Decision, Detection, Dns, Durability, Fallback, Fencing, Latency, Lease, Machines, MasterStandby,
    Network, Proxy, Replication, ReplicationMode, Router, Scenario, Scheduled, Setup, SilenceLimit, Stonith, Target,
    Text,
};
use ha_lab::sim::{Dice, Domain};
pub use judge::{Record, observe};
pub use shrink::report;

pub const MS: u64 = 1_000;
pub const S: u64 = 1_000_000;

/// Faults happen up to here; then everything is healed and started again.
pub const HEALED_US: u64 = 12 * S;
/// Here the judge looks.
pub const END_US: u64 = 24 * S;

// ---- architectures -------------------------------------------------------------------------------------

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Writes {
    Async,
    /// One of two standbys has it: acknowledging standbys + logs read > standbys.
    SemiSync,
    /// One of four standbys has it: too few for the law.
    TooFew,
    SemiSyncDegrade,
    SyncStrict,
    SyncDegrade,
    /// The storage that all share has it.
    Shared,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Decider {
    Alone,
    Majority,
    Operator,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fence {
    Nothing,
    Epochs,
    Lease,
    LeaseEpochs,
    Stonith,
    StonithEpochs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Route {
    /// Virtual address, name with a time to live, or discovery by the clients: the seed decides.
    Direct,
    Proxy,
}

/// One architecture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    pub writes: Writes,
    pub decider: Decider,
    pub fence: Fence,
    pub route: Route,
}

impl Writes {
    pub const ALL: [Self; 7] = [
        Self::Async,
        Self::SemiSync,
        Self::TooFew,
        Self::SemiSyncDegrade,
        Self::SyncStrict,
        Self::SyncDegrade,
        Self::Shared,
    ];

    fn standbys(self) -> u8 {
        if self == Self::TooFew { 4 } else { 2 }
    }

    fn replication(self) -> Replication {
        let degrade = Fallback::Degrade { after_us: 400 * MS };
        let (mode, fallback) = match self {
            Self::Async => (ReplicationMode::Async, Fallback::Strict),
            Self::SemiSync | Self::TooFew => (ReplicationMode::SemiSync { standbys: 1 }, Fallback::Strict),
            Self::SemiSyncDegrade => (ReplicationMode::SemiSync { standbys: 1 }, degrade),
            Self::SyncStrict => (ReplicationMode::Sync, Fallback::Strict),
            Self::SyncDegrade => (ReplicationMode::Sync, degrade),
            Self::Shared => (ReplicationMode::SharedStorage, Fallback::Strict),
        };
        // Who waits for nobody does not wait for its disk either.
        let durability = if self == Self::Async { Durability::Received } else { Durability::Synced };
        Replication { mode, durability, fallback }
    }
}

impl Decider {
    pub const ALL: [Self; 3] = [Self::Alone, Self::Majority, Self::Operator];
}

impl Fence {
    pub const ALL: [Self; 6] =
        [Self::Nothing, Self::Epochs, Self::Lease, Self::LeaseEpochs, Self::Stonith, Self::StonithEpochs];

    pub fn epochs(self) -> bool {
        matches!(self, Self::Epochs | Self::LeaseEpochs | Self::StonithEpochs)
    }

    pub fn lease(self) -> bool {
        matches!(self, Self::Lease | Self::LeaseEpochs)
    }

    pub fn stonith(self) -> bool {
        matches!(self, Self::Stonith | Self::StonithEpochs)
    }
}

impl Route {
    pub const ALL: [Self; 2] = [Self::Direct, Self::Proxy];
}

impl Cell {
    /// Every architecture that there is: a lease needs a majority that grants it.
    pub fn all() -> Vec<Self> {
        let mut cells = Vec::new();
        for decider in Decider::ALL {
            for writes in Writes::ALL {
                for fence in Fence::ALL {
                    for route in Route::ALL {
                        if decider == Decider::Majority || !fence.lease() {
                            cells.push(Self { writes, decider, fence, route });
                        }
                    }
                }
            }
        }
        cells
    }
}

// ---- schedules -----------------------------------------------------------------------------------------

/// What may happen in a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowed {
    /// Machines stop and go on.
    pub freezes: bool,
    /// Clocks run faster or slower, by no more than half the lease's bound.
    pub drift: bool,
    /// Disks are full for a while.
    pub full_disks: bool,
}

pub const EVERYTHING: Allowed = Allowed { freezes: true, drift: true, full_disks: true };

/// Bound of the clocks' drift that leases trust in, in millionths.
pub const DRIFT_PPM: u32 = 20_000;

struct Draw(Dice);

impl Draw {
    fn new(seed: u64, what: u64) -> Self {
        Self(Dice::keyed(seed, Domain::Schedule, 0x7e57, what))
    }

    fn below(&mut self, n: u64) -> u64 {
        self.0.below(n)
    }

    fn between(&mut self, lo: u64, hi: u64) -> u64 {
        self.0.between(lo, hi)
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize]
    }
}

/// An architecture in quick times, without faults.
pub fn calm(cell: Cell, seed: u64) -> Scenario {
    let mut draw = Draw::new(seed, 1);
    let stonith = Stonith {
        delay_us: draw.between(20, 300) * MS,
        success_ppm: draw.of(&[1_000_000, 1_000_000, 600_000]),
        tries: 2,
        operator_us: S,
        stagger_us: draw.of(&[0, 100 * MS]),
        reboot: draw.below(4) > 0,
    };
    let lease = Lease { length_us: draw.of(&[250 * MS, 400 * MS, 800 * MS]), drift_ppm: DRIFT_PPM };
    let wide = if draw.one_in(4) { 40 } else { 3 };
    let system = MasterStandby {
        standbys: cell.writes.standbys(),
        replication: cell.writes.replication(),
        detection: Detection { heartbeat_us: 100 * MS, limit: SilenceLimit::Missed { heartbeats: 3 } },
        decision: match cell.decider {
            Decider::Alone => Decision::Alone { canvass_us: draw.of(&[20 * MS, 150 * MS]) },
            Decider::Majority => Decision::Majority,
            Decider::Operator => Decision::Operator { reaction_lo_us: 300 * MS, reaction_hi_us: 900 * MS },
        },
        fencing: Fencing {
            stonith: cell.fence.stonith().then_some(stonith),
            lease: cell.fence.lease().then_some(lease),
            epochs: cell.fence.epochs(),
        },
        recovery_us: draw.of(&[0, 50 * MS]),
        failback_after_us: draw.one_in(8).then_some(500 * MS),
        write_us: draw.of(&[500, 4 * MS]),
        read_us: 500,
        ..MasterStandby::default()
    };
    Scenario {
        title: Text::default(),
        story: Text::default(),
        seed,
        until_us: END_US,
        system: Setup::MasterStandby(system),
        router: match cell.route {
            Route::Proxy => Router::Proxy(Proxy {
                proxies: 1,
                check_us: 100 * MS,
                check_timeout_us: 80 * MS,
                fall: 2,
                rise: 2,
                deep: draw.one_in(2),
            }),
            Route::Direct => match draw.below(3) {
                0 => Router::Vip,
                1 => Router::Dns(Dns { ttl_us: draw.of(&[100 * MS, 2 * S]) }),
                _ => Router::Discovery,
            },
        },
        clients: Clients {
            sites: 2,
            mean_gap_us: Some(80 * MS),
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
            loss_ppm: draw.of(&[0, 0, 10_000]),
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

/// Seeds from here on give aimed schedules instead of stormy ones.
pub const AIMED: u64 = 1 << 40;

/// One freeze of the master, at some instant, for about as long as a failover takes: what random schedules hardly
/// ever hit is a write in mid-step.
fn aimed(cell: Cell, seed: u64) -> Scenario {
    let mut scenario = calm(cell, seed);
    let mut draw = Draw::new(seed, 3);
    let at = draw.between(2 * S, 4 * S);
    let until = at + draw.of(&[700, 1_000, 1_300]) * MS;
    let faults = [(at, Action::Freeze { on: Target::Node(0) }), (until, Action::Thaw { on: Target::Node(0) })];
    scenario.faults.scheduled = faults.map(|(at, action)| Scheduled::at(at, action)).into();
    scenario
}

/// The same with a random schedule of faults.
pub fn stormy(cell: Cell, seed: u64, allowed: Allowed) -> Scenario {
    if seed >= AIMED {
        return aimed(cell, seed);
    }
    let mut scenario = calm(cell, seed);
    let mut draw = Draw::new(seed, 2);
    let nodes: Vec<Target> = (0..=cell.writes.standbys()).map(Target::Node).collect();
    let mut others = Vec::new();
    if cell.decider == Decider::Majority && nodes.len().is_multiple_of(2) {
        others.push(Target::Witness);
    }
    if cell.route == Route::Proxy {
        others.push(Target::Proxy(0));
    }
    if matches!(scenario.router, Router::Dns(_)) {
        others.push(Target::Dns);
    }
    if cell.fence.stonith() {
        others.push(Target::Fencer);
    }
    if cell.fence.stonith() || cell.decider == Decider::Operator {
        others.push(Target::Operator);
    }
    let mut disks = nodes.clone();
    if cell.writes == Writes::Shared {
        others.push(Target::Storage);
        disks.push(Target::Storage);
    }
    let sites = [Target::Site(0), Target::Site(1)];
    let everybody: Vec<Target> = nodes.iter().chain(&others).chain(&sites).copied().collect();
    let mut plan: Vec<(u64, Action)> = Vec::new();
    let storms = draw.between(1, 7);
    for _ in 0..storms {
        let at = draw.between(500 * MS, HEALED_US - 2 * S);
        let until = at + draw.of(&[60 * MS, 400 * MS, 900 * MS, 2 * S, 5 * S]) + draw.below(100 * MS);
        let node = if draw.one_in(3) {
            draw.of(&nodes)
        } else {
            draw.of(&[Target::Master, Target::Master, Target::Standby, Target::OldMaster])
        };
        let victim = if draw.one_in(8) && !others.is_empty() { draw.of(&others) } else { node };
        match draw.below(13) {
            0 | 1 => {
                plan.push((at, Action::ProcessCrash { on: victim }));
                restart(&mut plan, until, &everybody);
            }
            2 => {
                plan.push((at, Action::MachineCrash { on: victim }));
                restart(&mut plan, until, &everybody);
            }
            3 => {
                plan.push((at, Action::PowerLoss { on: victim }));
                restart(&mut plan, until, &everybody);
            }
            4 | 5 if allowed.freezes => {
                plan.push((at, Action::Freeze { on: victim }));
                plan.extend(everybody.iter().map(|on| (until, Action::Thaw { on: *on })));
            }
            6 => {
                let (from, to) = (draw.of(&everybody), draw.of(&everybody));
                if from != to {
                    let both_ways = draw.one_in(2);
                    plan.push((at, Action::Cut { from, to, both_ways }));
                    plan.push((until, Action::Mend { from, to, both_ways }));
                }
            }
            7 | 8 => {
                // The master, with a site and perhaps some others, on one side.
                let site = draw.of(&sites);
                let (mut side, mut rest): (Vec<_>, Vec<_>) =
                    everybody.iter().partition(|target| **target == site || draw.one_in(4));
                side.insert(0, Target::Master);
                if rest.is_empty() {
                    rest.extend(side.pop());
                }
                plan.push((at, Action::Partition { groups: vec![side, rest] }));
                plan.push((until, Action::Heal));
            }
            9 => {
                let mut groups = vec![Vec::new(), Vec::new(), Vec::new()];
                for target in &everybody {
                    groups[draw.below(3) as usize].push(*target);
                }
                groups.retain(|group| !group.is_empty());
                if groups.len() > 1 {
                    plan.push((at, Action::Partition { groups }));
                    plan.push((until, Action::Heal));
                }
            }
            10 => {
                let between = (draw.of(&nodes), draw.of(&everybody));
                if between.0 != between.1 {
                    let worse = if draw.one_in(2) {
                        Action::Loss { between, ppm: draw.of(&[100_000, 500_000, 1_000_000]) }
                    } else {
                        Action::Delay {
                            between,
                            latency_us: draw.of(&[50_000, 400_000]),
                            jitter_us: draw.of(&[0, 200_000]),
                        }
                    };
                    plan.push((at, worse));
                    plan.push((until, Action::Loss { between, ppm: 0 }));
                    plan.push((until, Action::Delay { between, latency_us: 0, jitter_us: 0 }));
                }
            }
            11 if allowed.drift => {
                // Any two clocks stay within the bound of each other: (1 + d) / (1 − d) ≤ 1 + bound.
                let bound = i64::from(DRIFT_PPM) * 490;
                let ppb = draw.below(2 * bound.unsigned_abs()).cast_signed() - bound;
                plan.push((at, Action::ClockRate { on: draw.of(&nodes), ppb }));
            }
            12 if allowed.full_disks => {
                let on = draw.of(&disks);
                plan.push((at, Action::DiskFull { on, full: true }));
                plan.push((until, Action::DiskFull { on, full: false }));
            }
            _ => {
                let on = draw.of(&disks);
                plan.push((at, Action::SlowDisk { on, permille: draw.of(&[5_000, 50_000]) }));
                plan.push((until, Action::SlowDisk { on, permille: 1_000 }));
            }
        }
    }
    plan.sort_by_key(|(at, _)| *at);
    scenario.faults.scheduled = plan.into_iter().map(|(at, action)| Scheduled::at(at, action)).collect();
    heal(&mut scenario, &everybody, &disks);
    scenario
}

/// Whoever is down is started again: the victim of a role cannot be named any more.
fn restart(plan: &mut Vec<(u64, Action)>, at: u64, everybody: &[Target]) {
    plan.extend(everybody.iter().map(|on| (at, Action::Restart { on: *on })));
}

/// Everything is undone.
fn heal(scenario: &mut Scenario, everybody: &[Target], nodes: &[Target]) {
    let mut last = vec![Action::Heal];
    for node in nodes {
        last.push(Action::DiskFull { on: *node, full: false });
        last.push(Action::SlowDisk { on: *node, permille: 1_000 });
        for other in everybody.iter().filter(|other| *other != node) {
            last.push(Action::Loss { between: (*node, *other), ppm: 0 });
            last.push(Action::Delay { between: (*node, *other), latency_us: 0, jitter_us: 0 });
        }
    }
    for on in everybody {
        last.push(Action::Thaw { on: *on });
        last.push(Action::Restart { on: *on });
    }
    scenario.faults.scheduled.extend(last.into_iter().map(|action| Scheduled::at(HEALED_US, action)));
    // Who was shot in the last moment by an order that was under way.
    let again = everybody.iter().map(|on| Scheduled::at(HEALED_US + 3 * S, Action::Restart { on: *on }));
    scenario.faults.scheduled.extend(again);
}
