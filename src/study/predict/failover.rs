//! One master, and those who take over: what the parts of a failover are, and which chain that makes.
//!
//! The silence that raises suspicion is counted from the last heartbeat, which was sent half a period before the failure, on
//! average, and heard a trip later. A first message on a new connection needs three trips: call, answer, message. A dead
//! master's connections are gone, so a new master has none with anybody.

use super::step::{Part, Phase, Step, Term, steps, sum_us, syncs, trips};
use super::{Model, Rates, System, long_run, middle};
use crate::ha::Detector;
use crate::ha::config;
use crate::scenario::{
    Class, Decision, Dns, Durability, Fallback, MasterStandby, Proxy, ReplicationMode, Router, Scenario, Setup,
    SilenceLimit, SingleNode,
};
use crate::sim::{LocalTime, Micros};
use crate::theory::models::Succession;

/// The times that many parts need.
#[derive(Clone, Copy)]
pub(super) struct Times {
    /// One way between two machines of the system.
    pub(super) node_us: f64,
    /// Its shortest and its longest.
    pub(super) node_range_us: (f64, f64),
    /// One way between a client and the system.
    pub(super) client_us: f64,
    /// One sync.
    pub(super) sync_us: Micros,
    /// Pause between two canaries.
    pub(super) canary_us: f64,
    /// Clients' patience.
    pub(super) timeout_us: f64,
    /// Client sites.
    pub(super) sites: u32,
}

impl Times {
    pub(super) fn of(scenario: &Scenario) -> Self {
        let network = &scenario.network;
        let (nodes, clients) = (network.between_nodes, network.to_clients);
        Self {
            node_us: middle(nodes.lo_us, nodes.hi_us),
            node_range_us: (nodes.lo_us as f64, nodes.hi_us.max(nodes.lo_us) as f64),
            client_us: middle(clients.lo_us, clients.hi_us),
            sync_us: scenario.machines.sync_us,
            canary_us: scenario.clients.canary_us.unwrap_or(0) as f64,
            timeout_us: scenario.clients.timeout_us as f64,
            sites: u32::from(scenario.clients.sites.max(1)),
        }
    }

    /// How long after a failure the first canary leaves that fails. One that is under way when it happens fails too, and
    /// then the outage begins with the failure; `way_us` is how long they are under way.
    pub(super) fn unseen_us(&self, way_us: f64) -> f64 {
        let gap = (self.canary_us - way_us).max(0.0);
        if self.canary_us > 0.0 { gap * gap / (2.0 * self.canary_us) } else { 0.0 }
    }

    /// The next canary.
    pub(super) fn next_canary(&self) -> Part {
        let us = self.canary_us / 2.0;
        Part { term: Term::NextCanary { canary_us: self.canary_us as Micros }, us }
    }
}

/// How the new master's clients find it, as parts after its opening: until requests go there (the phase `Redirect`), from
/// there until one arrives, and from the answer back.
pub(super) struct Way {
    pub(super) redirect: Vec<Part>,
    pub(super) there: Vec<Part>,
    pub(super) back: Vec<Part>,
}

impl Way {
    /// `takeover_us` have passed since the old master failed.
    pub(super) fn of(scenario: &Scenario, times: &Times, takeover_us: f64, epochs: bool, nodes: u32) -> Self {
        let (client, node) = (times.client_us, times.node_us);
        match &scenario.router {
            Router::Proxy(proxy) => Self {
                redirect: through_proxy(proxy, times, takeover_us, epochs),
                there: vec![times.next_canary(), trips(3, node)],
                back: vec![trips(1, node), trips(1, client)],
            },
            Router::Vip => Self {
                redirect: vec![trips(1, client)],
                there: vec![times.next_canary(), trips(3, client)],
                back: vec![trips(1, client)],
            },
            Router::Dns(Dns { ttl_us }) => {
                // So many of the sites must have asked again that fewer than half are down.
                let (sites, ttl) = (f64::from(times.sites), *ttl_us as f64);
                let asked = f64::from(times.sites / 2 + 1) / (sites + 1.0);
                let caches = Part { term: Term::Caches { ttl_us: *ttl_us, sites: times.sites }, us: ttl * asked };
                Self {
                    redirect: vec![trips(3, node), caches, trips(2, client)],
                    there: vec![times.next_canary(), trips(3, client)],
                    back: vec![trips(1, client)],
                }
            }
            Router::Discovery => {
                // Nobody is asked anew before a request to the dead one has timed out; then one after the other.
                let wait = (times.timeout_us - takeover_us).max(0.0);
                let around = f64::from(nodes) / 2.0 * 2.0 * client;
                Self {
                    redirect: vec![
                        Part { term: Term::Timeout { timeout_us: times.timeout_us as Micros }, us: wait },
                        Part { term: Term::AskAround { nodes }, us: around },
                    ],
                    there: vec![times.next_canary(), trips(3, client)],
                    back: vec![trips(1, client)],
                }
            }
        }
    }
}

fn through_proxy(proxy: &Proxy, times: &Times, takeover_us: f64, epochs: bool) -> Vec<Part> {
    let check = proxy.check_us as f64;
    let mut parts =
        vec![Part { term: Term::NextCheck { check_us: proxy.check_us }, us: check / 2.0 }, trips(1, times.node_us)];
    if !epochs {
        // Without epochs the proxy stays with the old master until its checks have failed.
        let patience = proxy.check_timeout_us.min(proxy.check_us) as f64;
        let out = (f64::from(proxy.fall.max(1)) - 0.5) * check + patience;
        let found = takeover_us + super::step::Step::new(Phase::Redirect, parts.iter().copied()).us();
        parts.push(Part { term: Term::OldRoute, us: (out - found).max(0.0) });
    }
    parts
}

/// A single node: down until it is repaired, has replayed its log, and is found.
pub(super) fn single(scenario: &Scenario, single: &SingleNode, rates: Rates) -> System {
    let times = Times::of(scenario);
    let recovery = Part { term: Term::Recovery { recovery_us: single.recovery_us }, us: single.recovery_us as f64 };
    let promote = Step::new(Phase::Promote, [recovery]);
    let way = Way::of(scenario, &times, rates.mttr_us, false, 1);
    let write = write(single.write_us);
    let own = u32::from(single.durability == Durability::Synced);
    let mut resume = way.there;
    // The address did not move; only the connection is new.
    let redirect = if matches!(scenario.router, Router::Proxy(_)) { way.redirect } else { Vec::new() };
    resume.extend([write, syncs(own, times.sync_us)]);
    resume.extend(way.back);
    let again = steps([promote, Step::new(Phase::Redirect, redirect), Step::new(Phase::Resume, resume)]);
    let unseen_us = times.unseen_us(way_us(scenario, &times, 0.0));
    let one = Succession { again_seconds: System::measured(sum_us(&again), unseen_us), ..rates.nodes(1) };
    let (share, outages_per_hour) = long_run(&one.chain());
    let model = Model::Single(one);
    System { model, failover: Vec::new(), again, unseen_us, share, outages_per_hour, manager: None }
}

/// How long a canary write is under way when all is well.
pub(super) fn way_us(scenario: &Scenario, times: &Times, replication_us: f64) -> f64 {
    let proxied = if matches!(scenario.router, Router::Proxy(_)) { 2.0 * times.node_us } else { 0.0 };
    2.0 * times.client_us + proxied + times.sync_us as f64 + replication_us
}

pub(super) fn write(service_us: Micros) -> Part {
    Part { term: Term::Write { service_us }, us: service_us as f64 }
}

/// The silence that raises suspicion, and the part that it is of a failover.
fn silence(scenario: &Scenario, pair: &MasterStandby, times: &Times) -> (f64, Part) {
    let heartbeat_us = pair.detection.heartbeat_us;
    let limit_us = match pair.detection.limit {
        SilenceLimit::Missed { heartbeats } => heartbeat_us * u64::from(heartbeats),
        SilenceLimit::Phi { threshold_milli } => {
            // What a detector has learnt from intervals that scatter as two latencies differ.
            let limit = config::SilenceLimit::Phi { threshold_milli };
            let detection = config::Detection { heartbeat_us, limit };
            let nodes = scenario.network.between_nodes;
            let scatter = ((nodes.hi_us.saturating_sub(nodes.lo_us)) as f64 / libm::sqrt(6.0)) as u64;
            let mut at = 0;
            let mut detector = Detector::new(LocalTime::from_us(at));
            for beat in 0..32_u64 {
                at += if beat % 2 == 0 { heartbeat_us + scatter } else { heartbeat_us.saturating_sub(scatter) };
                detector.hear(LocalTime::from_us(at), &detection);
            }
            detector.limit_us(&detection)
        }
    };
    let beat = heartbeat_us.max(1) as f64;
    let us = limit_us as f64 - beat / 2.0 + times.node_us;
    let beats_permille = (limit_us as f64 / beat * 1_000.0).round() as u32;
    (limit_us as f64, Part { term: Term::Silence { beats_permille, heartbeat_us }, us })
}

/// The chance that a voter is asked before it suspects the master itself: the last heartbeat came to it later than to the
/// candidate, by more than the candidate waits and its question takes.
fn asked_too_early(times: &Times, heartbeat_us: f64) -> f64 {
    const STEPS: u32 = 12;
    let (lo, hi) = times.node_range_us;
    let points =
        |from: f64, to: f64| (0..STEPS).map(move |i| from + (to - from) * (f64::from(i) + 0.5) / f64::from(STEPS));
    let mut early = 0_usize;
    for heard in points(lo, hi) {
        for candidate in points(lo, hi) {
            for asks in points(lo, hi) {
                early += points(0.0, heartbeat_us / 8.0).filter(|pause| heard > candidate + pause + asks).count();
            }
        }
    }
    early as f64 / f64::from(STEPS.pow(4))
}

/// What has to be decided, with how long the old master's lease has run by then.
fn decide(pair: &MasterStandby, times: &Times, again: bool) -> (Vec<Part>, f64) {
    let heartbeat_us = pair.detection.heartbeat_us;
    let beat = heartbeat_us as f64;
    let stagger = Part { term: Term::Stagger { heartbeat_us }, us: beat / 16.0 };
    match &pair.decision {
        Decision::Alone { canvass_us } => {
            let window = Part { term: Term::Canvass { window_us: *canvass_us }, us: *canvass_us as f64 };
            (vec![stagger, window], beat / 16.0)
        }
        Decision::Majority => {
            // First what they would say, then the vote itself, which is on a disk before it is given.
            let early = if again { 0.0 } else { asked_too_early(times, beat) };
            let cost = if pair.standbys > 1 { 0.5 * beat } else { 2.75 * beat };
            let too_early =
                Part { term: Term::AskedTooEarly { permille: (early * 1_000.0).round() as u32 }, us: early * cost };
            let parts = vec![stagger, too_early, trips(4, times.node_us), syncs(1, times.sync_us)];
            // Its own grant counts from when it asks for the vote, after the first round.
            (parts, beat / 16.0 + early * cost + 2.0 * times.node_us)
        }
        Decision::Operator { reaction_lo_us, reaction_hi_us } => {
            let reaction = Part {
                term: Term::Operator { lo_us: *reaction_lo_us, hi_us: *reaction_hi_us },
                us: middle(*reaction_lo_us, *reaction_hi_us),
            };
            (vec![trips(4, times.node_us), reaction], 4.0 * times.node_us + reaction.us)
        }
        Decision::Manager(_) => (Vec::new(), 0.0),
    }
}

/// Until the old master cannot write; `elapsed_us` of its lease have run.
fn fence(pair: &MasterStandby, times: &Times, elapsed_us: f64) -> Vec<Part> {
    if let Some(stonith) = &pair.fencing.stonith {
        let success = (f64::from(stonith.success_ppm) / 1e6).clamp(0.0, 1.0);
        let once = stonith.delay_us as f64 + 2.0 * times.node_us;
        let tries = i32::from(stonith.tries.max(1));
        let all_fail = (0..tries).fold(1.0, |chance, _| chance * (1.0 - success));
        // 1 + q + q² + …: each order is given if all before it have failed.
        let orders = (0..tries).fold((0.0, 1.0), |(sum, chance), _| (sum + chance, chance * (1.0 - success))).0;
        let by_hand = all_fail * (stonith.operator_us as f64 + 4.0 * times.node_us);
        let term = Term::PowerOff { delay_us: stonith.delay_us, success_ppm: stonith.success_ppm };
        return vec![trips(2, times.node_us), Part { term, us: orders * once + by_hand }];
    }
    if let Some(lease) = &pair.fencing.lease {
        let length = lease.length_us as f64 * (1.0 + f64::from(lease.drift_ppm) / 1e6);
        let left = (length - elapsed_us).max(0.0) * (1.0 + f64::from(lease.drift_ppm) / 1e6);
        return vec![Part { term: Term::LeaseLeft { length_us: lease.length_us }, us: left }];
    }
    Vec::new()
}

fn promote(pair: &MasterStandby, times: &Times) -> Vec<Part> {
    let start_up_us = pair.standby.start_up_us;
    let mut parts = vec![
        Part { term: Term::StartUp { start_up_us }, us: start_up_us as f64 },
        Part { term: Term::Recovery { recovery_us: pair.recovery_us }, us: pair.recovery_us as f64 },
    ];
    if pair.replication.mode == ReplicationMode::SharedStorage {
        parts.insert(1, trips(4, times.node_us));
    }
    parts
}

/// How many standbys a write waits for while all are well.
fn needed(pair: &MasterStandby) -> u32 {
    match pair.replication.mode {
        ReplicationMode::Async | ReplicationMode::SharedStorage => 0,
        ReplicationMode::SemiSync { standbys } => u32::from(standbys.min(pair.standbys)),
        ReplicationMode::Sync => u32::from(pair.standbys),
    }
}

/// How long replication takes: to the standbys and back, with a sync where it counts.
fn replication_us(pair: &MasterStandby, times: &Times) -> f64 {
    match pair.replication.mode {
        ReplicationMode::Async => 0.0,
        ReplicationMode::SharedStorage => 2.0 * times.node_us,
        _ if needed(pair) == 0 => 0.0,
        _ => 2.0 * times.node_us,
    }
}

/// From the opening until clients have answers. `stood_us` are gone since the old master failed.
fn arrive(scenario: &Scenario, pair: &MasterStandby, times: &Times, stood_us: f64) -> [Step; 2] {
    let way = Way::of(scenario, times, stood_us, pair.fencing.epochs, u32::from(pair.standbys) + 1);
    let redirect = Step::new(Phase::Redirect, way.redirect);
    let mut resume = way.there;
    resume.push(write(pair.write_us));
    let node = times.node_us;
    if pair.replication.mode == ReplicationMode::SharedStorage {
        resume.extend([trips(4, node), syncs(1, times.sync_us)]);
    } else if needed(pair) > 0 {
        // A standby hears the new master, calls it, and follows; a write that comes earlier waits for that.
        let arrived = redirect.us() + Step::new(Phase::Resume, resume.iter().copied()).us();
        resume.push(Part { term: Term::Followers, us: (4.0 * node - arrived).max(0.0) });
        resume.extend([trips(2, node), syncs(1, times.sync_us)]);
    } else if pair.replication.durability == Durability::Synced {
        resume.push(syncs(1, times.sync_us));
    }
    resume.extend(way.back);
    [redirect, Step::new(Phase::Resume, resume)]
}

/// A master with standbys.
pub(super) fn master_standby(scenario: &Scenario, pair: &MasterStandby, rates: Rates) -> System {
    let times = Times::of(scenario);
    let nodes = u32::from(pair.standbys) + 1;
    let (limit_us, noticed) = silence(scenario, pair, &times);
    let detect = Step::new(Phase::Detect, [noticed]);
    let (decided, runs_us) = decide(pair, &times, false);
    let decide_step = Step::new(Phase::Decide, decided);
    let fence_step = Step::new(Phase::Fence, fence(pair, &times, limit_us + runs_us));
    let promoted = Step::new(Phase::Promote, promote(pair, &times));
    let stood_us = [&detect, &decide_step, &fence_step, &promoted].into_iter().map(Step::us).sum();
    let [redirect, resume] = arrive(scenario, pair, &times, stood_us);
    let failover = steps([detect, decide_step, fence_step, promoted.clone(), redirect, resume]);

    let choose = choose(scenario, nodes);
    let again = back(scenario, pair, &times, choose, limit_us, promoted);
    let unseen_us = times.unseen_us(way_us(scenario, &times, replication_us(pair, &times)));
    let measured = |us: f64| System::measured(us, unseen_us);
    let beat = pair.detection.heartbeat_us as f64;
    // A standby that has come back hears the master, calls it, and has what waited: then that is acknowledged.
    let proxied = if matches!(scenario.router, Router::Proxy(_)) { times.node_us } else { 0.0 };
    let follows = beat / 2.0 + 6.0 * times.node_us + times.sync_us as f64;
    let rejoin_us = follows + times.client_us + proxied;
    let (write, stall) = replicas(pair, nodes, limit_us, &times);
    let one = Succession {
        choose: choose.max(1),
        write,
        steps_down: pair.fencing.lease.is_some() && matches!(pair.decision, Decision::Majority),
        revives: pair.fencing.stonith.as_ref().is_some_and(|stonith| stonith.reboot),
        takeover_seconds: measured(sum_us(&failover)),
        again_seconds: measured(sum_us(&again)),
        rejoin_seconds: measured(rejoin_us),
        stall,
        ..rates.nodes(nodes)
    };
    let (share, outages_per_hour) = with_witness(scenario, &one);
    let model = Model::Failover(one);
    System { model, failover, again, unseen_us, share, outages_per_hour, manager: None }
}

/// How many data nodes must be up to choose a master, as long as the witness is.
fn choose(scenario: &Scenario, nodes: u32) -> u32 {
    match &scenario.system {
        Setup::MasterStandby(MasterStandby { decision: Decision::Majority, .. }) if has_witness(nodes) => {
            nodes.div_ceil(2)
        }
        Setup::MasterStandby(MasterStandby { decision: Decision::Majority, .. }) => nodes / 2 + 1,
        _ => 1,
    }
}

/// A witness votes where the data nodes are an even number.
fn has_witness(nodes: u32) -> bool {
    nodes.is_multiple_of(2)
}

/// The chain, or what it comes to on average while a witness that fails too is up, and while it is down.
fn with_witness(scenario: &Scenario, one: &Succession) -> (crate::theory::Share, f64) {
    let with = long_run(&one.chain());
    let votes = matches!(&scenario.system, Setup::MasterStandby(pair) if pair.decision == Decision::Majority);
    let Some(witness) = Rates::of(scenario, Class::Witness).filter(|_| votes && has_witness(one.nodes)) else {
        return with;
    };
    let share = witness.share();
    let without = long_run(&Succession { choose: (one.choose + 1).min(one.nodes), ..one.clone() }.chain());
    let mix = |a: f64, b: f64| share.up * a + share.down * b;
    let mixed = crate::theory::Share { up: mix(with.0.up, without.0.up), down: mix(with.0.down, without.0.down) };
    (mixed, mix(with.1, without.1))
}

/// How many must be up for writes, and what the loss of a standby costs.
fn replicas(pair: &MasterStandby, nodes: u32, limit_us: f64, times: &Times) -> (u32, Option<(u32, f64)>) {
    // Writes that wait less than the clients do are only slow.
    let seen = |after_us: f64, below: u32| {
        (after_us + 2.0 * times.client_us > times.timeout_us).then_some((below, after_us / 1e6))
    };
    match (pair.replication.mode, pair.replication.fallback) {
        (ReplicationMode::Async | ReplicationMode::SharedStorage, _) => (1, None),
        (ReplicationMode::SemiSync { .. }, Fallback::Strict) => (1 + needed(pair), None),
        (ReplicationMode::SemiSync { .. }, Fallback::Degrade { after_us }) => {
            (1, seen(after_us as f64, 1 + needed(pair)))
        }
        // A set of one is not gone on with.
        (ReplicationMode::Sync, Fallback::Strict) => (2.min(nodes), seen(limit_us, nodes)),
        (ReplicationMode::Sync, Fallback::Degrade { after_us }) => (1, seen(after_us as f64, nodes)),
    }
}

/// The way back when enough are up again to choose a master, after there were too few.
fn back(
    scenario: &Scenario,
    pair: &MasterStandby,
    times: &Times,
    choose: u32,
    limit_us: f64,
    promoted: Step,
) -> Vec<Step> {
    let beat = pair.detection.heartbeat_us as f64;
    // Who is up already asks again and again; who has just come up waits for a whole silence first.
    let (detect, waited_us) = if choose > 1 && matches!(pair.decision, Decision::Majority) {
        let next = 2.75 * beat / f64::from(choose);
        (Part { term: Term::NextCampaign, us: next }, next)
    } else {
        (Part { term: Term::WholeSilence { limit_us: limit_us as Micros }, us: limit_us }, limit_us)
    };
    let (decided, runs_us) = decide(pair, times, true);
    // Its own disk does not say what lease it has granted: as if it had done so as it came up.
    let fenced = fence(pair, times, waited_us + runs_us);
    let [redirect, resume] = arrive(scenario, pair, times, f64::INFINITY);
    steps([
        Step::new(Phase::Detect, [detect]),
        Step::new(Phase::Decide, decided),
        Step::new(Phase::Fence, fenced),
        promoted,
        redirect,
        resume,
    ])
}
