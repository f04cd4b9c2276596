//! Random schedules of faults under the eyes of the judge, and what was broken heals.
//!
//! A schedule that fails is first made smaller.

use std::fmt::Write as _;

use super::net::{Config, MS, Net, S, config};
use crate::ha::cluster::zab::Zab;
use crate::often::seeds;
use crate::sim::{Dice, Domain};

/// One fault, or something asked of the ensemble.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Propose(usize),
    Sync(usize),
    CrashProcess(usize),
    /// The first so many unsynced writes are kept.
    CrashMachine(usize, usize),
    /// All machines at once, as above.
    PowerLoss(usize),
    Start(usize),
    StartAll,
    Freeze(usize),
    Thaw(usize),
    Cut(usize, usize),
    /// Bit *i*: member *i* is on the one side.
    Partition(u64),
    Heal,
    Break(usize, usize),
    /// Longest one-way latency.
    Latency(u64),
    /// Longest sync.
    SlowDisk(usize, u64),
    DiskFull(usize, bool),
}

const HEALED_US: u64 = 16 * S;

/// Schedules are written in a vocabulary of their own: mild ones keep the ensemble going, wild ones rarely let it.
fn schedule(seed: u64) -> (Config, Vec<(u64, Act)>) {
    let dice = &mut Dice::keyed(seed, Domain::Schedule, 0, 0);
    let members = [3, 3, 3, 5, 5, 4, 2, 1, 7][dice.below(9) as usize];
    let pause_us = [40 * MS, 100 * MS, 250 * MS, 700 * MS][dice.below(4) as usize];
    let busy = dice.below(4);
    let mut config = config(members);
    config.last_counter = if dice.below(6) == 0 { 5 + dice.below(30) as u32 } else { u32::MAX };
    (config.snapshot_every, config.log_tail) = if dice.below(3) == 0 { (7, 0) } else { (40, 40) };
    let (mut at, mut acts) = (dice.between(0, 800 * MS), Vec::new());
    while at < HEALED_US {
        let any = |dice: &mut Dice| dice.below(members as u64) as usize;
        let act = match dice.below(24 + 8 * busy) {
            0 => Act::CrashProcess(any(dice)),
            1 => Act::CrashMachine(any(dice), dice.below(4) as usize),
            2 if dice.below(2) == 0 => Act::PowerLoss(dice.below(4) as usize),
            3..=5 => Act::Start(any(dice)),
            6 => Act::StartAll,
            7 => Act::Freeze(any(dice)),
            8 | 9 => Act::Thaw(any(dice)),
            10 => Act::Cut(any(dice), any(dice)),
            11 => Act::Partition(dice.below(1 << members)),
            12..=15 => Act::Heal,
            16 | 17 => Act::Break(any(dice), any(dice)),
            18 => Act::Latency([3 * MS, 30 * MS, 300 * MS][dice.below(3) as usize]),
            19 => Act::SlowDisk(any(dice), [5 * MS, 100 * MS, S][dice.below(3) as usize]),
            20 => Act::DiskFull(any(dice), dice.below(3) == 0),
            21 => Act::Sync(any(dice)),
            _ => Act::Propose(any(dice)),
        };
        acts.push((at, act));
        at += dice.between(MS, 2 * pause_us);
    }
    (config, acts)
}

fn perform(net: &mut Net, act: Act) {
    match act {
        Act::Propose(node) => {
            net.propose(node);
        }
        Act::Sync(node) => net.sync(node, 0),
        Act::CrashProcess(node) => net.crash_process(node),
        Act::CrashMachine(node, kept) => net.crash_machine(node, kept),
        Act::PowerLoss(kept) => (0..net.nodes.len()).for_each(|node| net.crash_machine(node, kept)),
        Act::Start(node) => net.start(node),
        Act::StartAll => net.start_all(),
        Act::Freeze(node) => net.freeze(node),
        Act::Thaw(node) => net.thaw(node),
        Act::Cut(from, to) if from != to => net.cut(from, to),
        Act::Partition(sides) => {
            let group: Vec<_> = (0..net.nodes.len()).filter(|node| sides >> node & 1 == 1).collect();
            net.partition(&group);
        }
        Act::Heal => net.heal(),
        Act::Break(a, b) if a != b => net.break_connection(a, b),
        Act::Cut(..) | Act::Break(..) => {}
        Act::Latency(hi) => net.latency_us = (MS, hi),
        Act::SlowDisk(node, hi) => net.nodes[node].sync_us = (MS, hi),
        Act::DiskFull(node, full) => net.nodes[node].disk_full = full,
    }
}

fn calm(net: &mut Net) {
    net.heal();
    net.latency_us = (MS, 3 * MS);
    for node in 0..net.nodes.len() {
        net.nodes[node].disk_full = false;
        net.nodes[node].sync_us = (MS, 5 * MS);
        net.thaw(node);
    }
    net.start_all();
}

/// What is wrong with a run.
fn run(seed: u64, config: Config, acts: &[(u64, Act)]) -> (Net, Option<String>) {
    let mut net = Net::new(config, seed);
    net.give_up_us = [3 * S, 30 * S][(seed % 2) as usize];
    net.start_all();
    for (at, act) in acts {
        let pause_us = at - net.now.min(*at);
        net.run_until(pause_us, |net| net.judge.wrong.is_some());
        perform(&mut net, *act);
        if net.judge.wrong.is_some() {
            break;
        }
    }
    let mut wrong = net.judge.wrong.clone();
    if wrong.is_none() {
        calm(&mut net);
        wrong = heals(&mut net);
    }
    (net, wrong)
}

/// Before long there is a leader, and what it is given is delivered by everybody who follows.
fn heals(net: &mut Net) -> Option<String> {
    let patience_us = net.give_up_us + 20 * S;
    let mut last = 0;
    for _ in 0..3 {
        net.run_until(patience_us, |net| net.leader().is_some() || net.judge.wrong.is_some());
        let leader = net.leader();
        if let (None, Some(leader)) = (&net.judge.wrong, leader) {
            last = net.propose(leader);
            // The first may be refused because the epoch has used up its counters.
            if net.run_until(4 * S, |net| net.judge.wrong.is_some() || has_everywhere(net, last)) {
                break;
            }
        }
    }
    let wrong = net.judge.wrong.clone();
    wrong.or_else(|| (!has_everywhere(net, last)).then(|| format!("it does not heal: {last} is not everywhere")))
}

/// Delivered by all, except those who have promised an epoch newer than the leader's, and have to wait for the next
/// election, as in ZooKeeper.
fn has_everywhere(net: &Net, value: u32) -> bool {
    let Some(leader) = net.leader() else { return false };
    let epoch = net.nodes[leader].zab.as_ref().map_or(0, Zab::epoch);
    let done = |node: usize| {
        net.nodes[node].disk.accepted_epoch > epoch || net.nodes[node].applied.iter().any(|(_, v)| *v == value)
    };
    (0..net.nodes.len()).all(done)
}

/// Leaves out what is not needed for the failure.
fn shrink(seed: u64, config: Config, mut acts: Vec<(u64, Act)>) -> Vec<(u64, Act)> {
    let mut size = acts.len() / 2;
    while size > 0 {
        let mut at = 0;
        while at < acts.len() {
            let mut fewer = acts.clone();
            fewer.drain(at..(at + size).min(acts.len()));
            if run(seed, config, &fewer).1.is_some() {
                acts = fewer;
            } else {
                at += size;
            }
        }
        size /= 2;
    }
    acts
}

#[test]
fn whatever_happens_all_deliver_one_history_and_what_was_broken_heals() {
    let seeds = seeds(5_000);
    let runs = seeds.end - seeds.start;
    let (mut delivered, mut epochs, mut syncs) = (0, 0, 0);
    for seed in seeds {
        let (config, acts) = schedule(seed);
        let (net, wrong) = run(seed, config, &acts);
        if wrong.is_some() {
            let acts = shrink(seed, config, acts);
            let (net, wrong) = run(seed, config, &acts);
            let mut script = String::new();
            for (at, act) in &acts {
                let _ = writeln!(script, "{at:>10} us  {act:?}");
            }
            panic!(
                "{}\n{}\nseed {seed}, {} members, schedule:\n{script}replay: HALAB_SEED={seed} cargo test \
                 --locked --profile checked --lib zab::tests::chaos",
                net.tell(),
                wrong.unwrap_or_default(),
                net.nodes.len(),
            );
        }
        delivered += net.judge.history.len() as u64;
        epochs += net.judge.epochs() as u64;
        syncs += net.nodes.iter().map(|node| node.synced.len()).sum::<usize>();
    }
    // A judge who sees nothing finds nothing wrong.
    let saw_enough = delivered > 5 * runs && epochs > 2 * runs && syncs > 0;
    assert!(runs == 1 || saw_enough, "{runs}: {delivered} {epochs} {syncs}");
}
