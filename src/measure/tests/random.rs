//! Random traces and real runs, counted twice.

use std::rc::Rc;

use super::recount::System;
use super::tale::{Tale, cluster, config};
use crate::ha::cluster::registry;
use crate::ha::config::{Decision, Fallback, Fencing, Lease, ReplicationMode, Router, SystemKind};
use crate::ha::message::{Brief, InSync, Kind, OpKind, Pos, Refusal, RequestId};
use crate::ha::note::{Note, Outcome, StepDown};
use crate::ha::{Config, Ha, Layout};
use crate::measure::{Ledger, Phases};
use crate::often::seeds;
use crate::sim::{
    Dice, Domain, Event, Fault, LinkSpec, MachineId, MachineSpec, Origin, SimTime, Sink, Status, Wire, World, WorldSpec,
};

/// Counts twice after some of the events, and compares all that is known.
fn compare(config: &Config, events: &[(SimTime, Event<Ha>)], seed: u64, checks: usize) {
    let mut ledger = Ledger::new(config);
    let every = (events.len() / checks).max(1);
    for (place, (at, event)) in events.iter().enumerate() {
        ledger.event(*at, place as u64, event);
        let last = place + 1 == events.len();
        if !last && (place % every != every - 1 || events[place + 1].0 == *at) {
            continue;
        }
        let recount = System::new(config, &events[..=place], *at);
        let mut figures = ledger.figures(*at);
        figures.mttd_us = None;
        assert_eq!(figures, recount.figures(), "seed {seed}, after {place} events, at {} µs", at.us());
        assert!(ledger.incidents().is_sorted_by_key(|incident| incident.started), "seed {seed}");
        let mut incidents: Vec<_> = ledger.incidents().iter().map(|i| (i.started, i.shard, i.ended)).collect();
        incidents.sort();
        assert_eq!(incidents, recount.outages(), "seed {seed}");
        check_sums(&ledger, *at, seed);
    }
}

/// What must hold of every ledger.
fn check_sums(ledger: &Ledger, now: SimTime, seed: u64) {
    let figures = ledger.figures(now);
    let outages: u64 = ledger.incidents().iter().map(|incident| incident.outage_us(now)).sum();
    let shards = u64::from(ledger.shards());
    assert_eq!(outages / shards, figures.downtime_us, "seed {seed}: the outages are the downtime");
    assert!(figures.downtime_us <= figures.any_down_us, "seed {seed}: a mean is no more than the whole");
    for incident in ledger.incidents() {
        let whole = if incident.open() { 0 } else { incident.outage_us(now) };
        assert_eq!(incident.phases.sum_us(), whole, "seed {seed}: the phases are the outage: {incident:?}");
        if incident.open() {
            assert_eq!(incident.phases, Phases::default());
        }
    }
    let splits = ledger.split_brains().iter().map(|split| split.until.unwrap_or(now).since(split.from)).sum::<u64>();
    assert_eq!(splits, figures.split_brain_us, "seed {seed}");
    assert_eq!(
        ledger.failovers().iter().map(|failover| failover.lost).max().unwrap_or(0).max(figures.achieved_loss),
        figures.achieved_loss
    );
    assert!(ledger.ribbon().is_sorted_by(|a, b| a.from < b.from && a.state != b.state), "seed {seed}");
}

type Events = Vec<(SimTime, Event<Ha>)>;

/// How long a random trace is.
const LENGTH_US: u64 = 20_000_000;

/// A trace in which everything happens to everybody, whether it makes sense or not.
fn random_tale(seed: u64, shards: u8) -> (Config, Events) {
    let mut dice = Dice::keyed(seed, Domain::Schedule, 1, u64::from(shards));
    let sites = 1 + dice.below(3) as usize;
    let mut config = if shards == 0 { config(sites) } else { cluster(sites, shards) };
    config.clients.read_permille = if dice.below(5) == 0 { 1000 } else { 500 };
    config.nodes.fencing.epochs = dice.below(2) == 0;
    config.nodes.replication.mode =
        [ReplicationMode::Async, ReplicationMode::SemiSync(1), ReplicationMode::Sync][dice.below(3) as usize];
    if dice.below(2) == 0 {
        config.nodes.replication.fallback = Fallback::Degrade { after_us: 1 };
    }
    if let SystemKind::Cluster(cluster) = &mut config.system {
        cluster.copies = 2 + dice.below(2) as u8;
        cluster.claim.checked = dice.below(2) == 0;
    }
    let mut events = Tale::new(config.clone()).events();
    add_canaries(&mut dice, &config, &mut events);
    for shard in 0..config.shards() {
        add_roles_and_requests(&mut dice, &config, shard, &mut events);
    }
    if config.cluster().is_some() {
        add_manager(&mut dice, &config, &mut events);
    }
    events.sort_by_key(|(at, _)| *at);
    (config, events)
}

/// Canaries: good and bad times of each site take turns, for each shard by itself.
fn add_canaries(dice: &mut Dice, config: &Config, events: &mut Events) {
    let shards = config.shards();
    let mut add = |at: u64, event: Event<Ha>| events.push((SimTime::from_us(at), event));
    for site in 0..config.layout.clients.len() as u8 {
        let machine = config.layout.clients[usize::from(site)];
        let (mut bad, mut until) = (vec![false; shards.into()], vec![0; shards.into()]);
        let mut at = dice.below(50_000);
        let mut ordinal = 0;
        while at < LENGTH_US {
            for key in 0..shards {
                let (bad, until) = (&mut bad[usize::from(key)], &mut until[usize::from(key)]);
                if at >= *until {
                    *bad = !*bad && dice.below(2) == 0;
                    *until = at + dice.between(20_000, 1_500_000);
                }
                for kind in [OpKind::Write, OpKind::Read] {
                    let id = RequestId { site, ordinal, canary: true };
                    ordinal += 1;
                    let good = *bad == (dice.below(8) == 0);
                    let outcome = if good { Outcome::Done } else { Outcome::Failed };
                    let takes = match dice.below(6) {
                        0 if !good => 1_000_000, // it hangs
                        0 => dice.between(100, 400_000),
                        _ => dice.between(100, 30_000),
                    };
                    add(at, Event::Note { machine, lane: 0, note: Note::Issued { id, kind, key } });
                    let note = Note::Finished { id, kind, key, outcome, version: Pos::default() };
                    add(at + takes, Event::Note { machine, lane: 0, note });
                }
            }
            at += 50_000;
        }
    }
}

/// Roles: promotions, steps down, following, freezing and dying (told with the first shard); then requests.
fn add_roles_and_requests(dice: &mut Dice, config: &Config, lane: u8, events: &mut Events) {
    let mut add = |at: u64, event: Event<Ha>| events.push((SimTime::from_us(at), event));
    let mut epoch = 1;
    let mut epochs = vec![(1, usize::from(lane) % 3)]; // with the node of each
    let mut statuses = vec![Status::Up; config.layout.machines()];
    let mut ends = vec![100];
    let mut at = 0;
    while at < LENGTH_US {
        at += dice.between(1_000, 600_000);
        let node = dice.below(3) as usize;
        let machine = MachineId::from_index(node);
        let other = MachineId::from_index(dice.below(3) as usize);
        let (some_epoch, _) = epochs[dice.below(epochs.len() as u64) as usize];
        let note = match dice.below(16) {
            0 | 1 => {
                let any = dice.below(epochs.len() as u64) as usize;
                let back = any.max(epochs.len() - 1 - dice.below(2) as usize % epochs.len());
                let base = Pos { epoch: epochs[back].0, index: dice.below(ends[back] + 1) as u32 };
                epoch += 1 + dice.below(3) as u32;
                epochs.push((epoch, node));
                ends.push(u64::from(base.index) + 100);
                Note::BecameMaster { epoch, base, logs_read: 1 }
            }
            2 => Note::SteppedDown { epoch: some_epoch, why: StepDown::NewerEpoch },
            3..=5 => Note::Follows { master: other, epoch: some_epoch },
            6 => Note::Trusted { master: other },
            7 => Note::Voted { candidate: other, epoch: some_epoch, why: Refusal::None },
            8 => Note::Degraded { on: dice.below(2) == 0, needed: 1 },
            9 => {
                let members = 1 + dice.below(7) as u8;
                Note::InSyncSet { set: InSync { epoch: some_epoch, version: dice.below(9) as u32, members } }
            }
            10 => Note::SwitchoverBegan { to: other },
            11 => Note::SwitchoverFailed { to: other },
            12 => Note::Suspected { master: other, silent_us: 1 },
            13 => Note::Decided { epoch: some_epoch, votes: 1, needed: 1, logs_read: 1 },
            14 if lane == 0 => {
                let machine = MachineId::from_index(dice.below(config.layout.machines() as u64) as usize);
                let up = statuses[machine.index()] == Status::Up;
                let dies = dice.below(2) == 0;
                let (fault, status) = match (up, dies) {
                    (true, true) => (Fault::MachineCrash(machine), Status::Down),
                    (true, false) => (Fault::Freeze(machine), Status::Frozen),
                    (false, _) => (Fault::Restart(machine), Status::Up),
                };
                statuses[machine.index()] = status;
                add(at, Event::Fault { origin: Origin::Hand, fault });
                add(at, Event::Machine { machine, status, lost_writes: 0 });
                continue;
            }
            _ if lane == 0 => {
                let fault = if dice.below(2) == 0 { Fault::Partition(dice.below(64)) } else { Fault::Heal };
                if fault != Fault::Partition(0) {
                    add(at, Event::Fault { origin: Origin::Random, fault });
                }
                continue;
            }
            _ => continue,
        };
        add(at, Event::Note { machine, lane, note });
    }

    // Requests. Who acknowledges what is left to chance.
    let promoted: Vec<(u64, u32)> = events
        .iter()
        .filter_map(|(at, event)| match event {
            Event::Note { lane: of, note: Note::BecameMaster { epoch, .. }, .. } if *of == lane => {
                Some((at.us(), *epoch))
            }
            _ => None,
        })
        .collect();
    let mut add = |at: u64, event: Event<Ha>| events.push((SimTime::from_us(at), event));
    let client = config.layout.clients[0];
    let shards = config.shards();
    for ordinal in 0..150 {
        let at = dice.below(LENGTH_US);
        let (takes, key) = (dice.between(1_000, 400_000), dice.below(3) as u8 * shards + lane);
        let known: Vec<u32> = promoted.iter().filter(|(when, _)| *when < at).map(|(_, epoch)| *epoch).collect();
        let place = known.len() - 1 - (dice.below(3) as usize).min(known.len() - 1);
        let (epoch, node) = epochs[epochs.iter().position(|(epoch, _)| *epoch == known[place]).unwrap()];
        let version = Pos { epoch, index: 1 + ordinal * 97 % 150 }; // each place once
        let kind = if dice.below(3) == 0 { OpKind::Read } else { OpKind::Write };
        let outcome =
            [Outcome::Done, Outcome::Done, Outcome::Done, Outcome::Failed, Outcome::Unknown][dice.below(5) as usize];
        let id = RequestId { site: 0, ordinal: ordinal * u32::from(shards) + u32::from(lane), canary: false };
        add(at, Event::Note { machine: client, lane: 0, note: Note::Issued { id, kind, key } });
        if kind == OpKind::Write && outcome == Outcome::Done {
            let note = Note::Acknowledged { id, pos: version, standbys: 0 };
            add(at + dice.between(1, takes - 1), Event::Note { machine: MachineId::from_index(node), lane, note });
        }
        add(
            at + takes,
            Event::Note { machine: client, lane: 0, note: Note::Finished { id, kind, key, outcome, version } },
        );
    }
}

/// What a manager says of who lives and who owns what, what its members say of themselves, and who acts as master.
fn add_manager(dice: &mut Dice, config: &Config, events: &mut Events) {
    let mut add = |at: u64, event: Event<Ha>| events.push((SimTime::from_us(at), event));
    let mut at = 0;
    while at < LENGTH_US {
        at += dice.between(1_000, 100_000);
        let (shard, worker) = (dice.below(config.shards().into()) as u8, dice.below(3) as u8);
        let from = config.layout.data[usize::from(worker)];
        let member = config.layout.members[dice.below(3) as usize];
        let token = dice.below(60) as u32;
        let note = match dice.below(8) {
            0 => Note::Registry(registry::Note::Expired { worker, lease: 1, silent_us: 1 }),
            1 => Note::Registry(registry::Note::Revoked { worker, lease: 1 }),
            2 => Note::Registry(registry::Note::Assigned { shard, worker, token }),
            3 => Note::BecameMaster { epoch: token + 100, base: Pos::default(), logs_read: 1 },
            4 => Note::SteppedDown { epoch: token, why: StepDown::NoQuorum },
            _ => {
                let brief = Brief { kind: Kind::Heartbeat, canary: false, epoch: 1, number: 0, count: 0, lane: shard };
                let arrives = SimTime::from_us(at + 1);
                add(at, Event::Sent { id: 0, from, to: config.layout.data[0], wire: Wire::Datagram, arrives, brief });
                continue;
            }
        };
        add(at, Event::Note { machine: member, lane: 0, note });
    }
}

/// Keeps what the ledger listens to.
struct Keep<'a>(&'a mut Vec<(SimTime, Event<Ha>)>);

impl Sink<Ha> for Keep<'_> {
    fn event(&mut self, at: SimTime, _: u64, event: &Event<Ha>) {
        let beats = matches!(event, Event::Sent { brief, .. } if brief.kind == Kind::Heartbeat);
        if beats || matches!(event, Event::Note { .. } | Event::Machine { .. } | Event::Fault { .. }) {
            self.0.push((at, *event));
        }
    }
}

/// A real system of some kind, to which a fault is done every few seconds and mended some time later.
fn real_run(seed: u64, seconds: u64) -> (Config, Vec<(SimTime, Event<Ha>)>) {
    let mut dice = Dice::keyed(seed, Domain::Schedule, 2, 0);
    let sites = 1 + dice.below(3) as usize;
    let proxies = dice.below(3) as usize;
    let mut config = config(sites);
    config.seed = seed;
    config.layout = Layout::new(3, false, proxies, false, false, false, sites);
    config.router = match proxies {
        0 if dice.below(2) == 0 => Router::Vip,
        0 => Router::Discovery,
        _ => Router::Proxy { check_us: 200_000, check_timeout_us: 100_000, fall: 2, rise: 2, deep: dice.below(2) == 0 },
    };
    config.clients.mean_gap_us = 150_000;
    config.clients.canary_us = 100_000;
    config.clients.attempts = 1 + dice.below(3) as u8;
    config.clients.backoff_us = 50_000;
    let nodes = &mut config.nodes;
    nodes.replication.mode =
        [ReplicationMode::Async, ReplicationMode::SemiSync(1), ReplicationMode::Sync][dice.below(3) as usize];
    if dice.below(2) == 0 {
        nodes.replication.fallback = Fallback::Degrade { after_us: 500_000 };
    }
    if dice.below(3) == 0 {
        nodes.decision = Decision::Alone { canvass_us: 200_000 };
    }
    let lease = Lease { length_us: 500_000, drift_ppm: 1_000 };
    nodes.fencing = Fencing { lease: (dice.below(3) == 0).then_some(lease), epochs: dice.below(3) > 0, stonith: None };
    nodes.recovery_us = dice.below(2) * 100_000;
    nodes.write_us = 300;
    nodes.read_us = 100;
    let machines = config.layout.machines();
    let link = LinkSpec { latency_lo_us: 500, latency_hi_us: 5_000, loss_ppm: 1_000 };
    let spec = WorldSpec {
        config: Rc::new(config.clone()),
        machines: vec![MachineSpec { sync_us: 1_000, ..MachineSpec::default() }; machines],
        links: vec![link; machines * machines],
        connection_timeout_us: 2_000_000,
    };
    let mut events = Vec::new();
    let mut keep = Keep(&mut events);
    let mut world = World::<Ha>::new(seed, spec);
    world.start(&mut keep);
    let mut mending: Vec<(SimTime, Fault<Ha>)> = Vec::new();
    let mut next = SimTime::from_us(dice.between(1_000_000, 4_000_000));
    while world.now() < SimTime::from_us(seconds * 1_000_000) {
        mending.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        let (at, fault) = match mending.last() {
            Some((at, fault)) if *at < next => {
                let due = (*at, *fault);
                mending.pop();
                due
            }
            _ => {
                let at = next;
                next = at.after(dice.between(500_000, 5_000_000));
                let victims = if dice.below(6) == 0 { machines } else { 3 };
                let machine = MachineId::from_index(dice.below(victims as u64) as usize);
                let (fault, end) = match dice.below(6) {
                    0 => (Fault::ProcessCrash(machine), Fault::Restart(machine)),
                    1 => (Fault::MachineCrash(machine), Fault::Restart(machine)),
                    2 => (Fault::PowerLoss(machine), Fault::Restart(machine)),
                    3 | 4 => (Fault::Freeze(machine), Fault::Thaw(machine)),
                    _ => (Fault::partition(machines, |m| u8::from(m == machine)), Fault::Heal),
                };
                mending.push((at.after(dice.between(100_000, 6_000_000)), end));
                (at, fault)
            }
        };
        world.run_until(at, &mut keep);
        world.apply(Origin::Random, &fault, &mut keep);
    }
    (config, events)
}

#[test]
fn a_second_count_of_real_runs_comes_to_the_same() {
    count_real_runs(10, 30);
}

#[test]
#[ignore = "takes minutes"]
fn a_second_count_of_many_real_runs_comes_to_the_same() {
    count_real_runs(300, 60);
}

fn count_real_runs(all: u64, seconds: u64) {
    for seed in seeds(all) {
        let (config, events) = real_run(seed, seconds);
        println!("HALAB_SEED={seed} cargo test --lib real_runs: {} events", events.len());
        compare(&config, &events, seed, 4);
    }
}

#[test]
fn a_checkpoint_of_a_real_run_goes_on_as_the_run_does() {
    for seed in seeds(6) {
        let (config, events) = real_run(seed, 30);
        let mut straight = Ledger::new(&config);
        let mut from_checkpoint = straight.clone();
        for (place, (at, event)) in events.iter().enumerate() {
            if place % 100 == 0 {
                assert_eq!(straight, from_checkpoint, "HALAB_SEED={seed}");
                from_checkpoint = straight.clone();
            }
            straight.event(*at, place as u64, event);
            from_checkpoint.event(*at, place as u64, event);
        }
        assert_eq!(straight, from_checkpoint, "HALAB_SEED={seed}");
    }
}

#[test]
fn a_second_count_of_random_traces_comes_to_the_same() {
    for seed in seeds(40) {
        let (config, events) = random_tale(seed, 0);
        println!("HALAB_SEED={seed} cargo test --lib random_traces: {} events", events.len());
        compare(&config, &events, seed, 4);
    }
}

#[test]
fn a_second_count_of_random_clusters_comes_to_the_same() {
    for seed in seeds(40) {
        let (config, events) = random_tale(seed, 1 + (seed % 4) as u8);
        println!("HALAB_SEED={seed} cargo test --lib random_clusters: {} events", events.len());
        compare(&config, &events, seed, 3);
    }
}
