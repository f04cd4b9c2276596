//! Thousands of random schedules of faults, with everything going on that Raft has: losses, delays, doubled messages,
//! partitions, crashes that lose what was not synced, full disks, changes of members, transfers, snapshots and reads.
//!
//! The checks of figure 3.2 look at every step. In the end everything is healed, and the ensemble must work: it elects
//! a leader, commits a new word, and everybody has the same words, among them all that were ever committed.

use std::fmt::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};

use ha_lab::ha::cluster::raft::{Change, Config, Input, Note, Raft, Timing};
use ha_lab::sim::{Dice, Domain};

use super::net::{Lost, Net, m};
use super::often::seeds;

const MS: u64 = 1_000;
const HEALED_US: u64 = 6_000 * MS;

/// One thing that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    /// At every server that holds itself to be leader.
    Propose,
    Read(usize),
    Crash(usize, Lost),
    /// Whoever leads.
    CrashLeader(Lost),
    Start(usize),
    CutOneWay(usize, usize),
    Partition(u32),
    /// The leader alone, or with one other.
    CutOffLeader(Option<usize>),
    Heal,
    /// Messages lost and doubled, in a million; slowest message.
    Weather(u32, u32, u64),
    /// Slowest sync of all disks.
    Disks(u64),
    Full(usize, bool),
    Transfer(usize),
    Change(Change),
    Compact(usize),
    Campaign(usize),
}

/// All that a schedule consists of.
#[derive(Clone, Debug)]
struct Schedule {
    seed: u64,
    config: Config,
    machines: usize,
    voters: usize,
    acts: Vec<(u64, Act)>,
}

fn schedule(seed: u64) -> Schedule {
    let mut dice = Dice::keyed(seed, Domain::Schedule, 0, 0);
    let timing = if dice.below(4) == 0 {
        Timing::Ticks { tick_us: 20 * MS, election_ticks: 8, heartbeat_ticks: 1 }
    } else {
        Config::paper().timing
    };
    let config = Config {
        timing,
        pre_vote: dice.below(2) == 0,
        check_quorum: dice.below(2) == 0,
        append_entries: [1, 3, 64][dice.below(3) as usize],
        inflight: [1, 4, 256][dice.below(3) as usize],
        ..Config::paper()
    };
    let voters = [3, 3, 3, 5, 4, 2, 1][dice.below(7) as usize];
    let machines = voters + dice.below(3) as usize;
    // Some schedules leave the ensemble in peace but for one kind of trouble.
    let kinds: Vec<u64> = (0..5).map(|_| dice.below(20)).collect();
    let varied = dice.below(3) > 0;
    let acts = 20 + dice.below(120);
    let mut acts: Vec<_> = (0..acts)
        .map(|_| {
            let at = dice.below(HEALED_US);
            let kind = if varied { dice.below(20) } else { kinds[dice.below(5) as usize] };
            (at, act(kind, machines, &mut dice))
        })
        .collect();
    acts.sort_by_key(|(at, _)| *at);
    Schedule { seed, config, machines, voters, acts }
}

fn act(kind: u64, machines: usize, dice: &mut Dice) -> Act {
    let server = dice.below(machines as u64) as usize;
    let other = dice.below(machines as u64) as usize;
    let lost = if dice.below(3) == 0 { Lost::Nothing } else { Lost::AllBut(dice.below(3) as usize) };
    match kind {
        0..=5 => Act::Propose,
        6 if dice.below(2) == 0 => Act::Read(server),
        6 => Act::Crash(server, lost),
        7 => Act::CrashLeader(lost),
        8 | 9 => Act::Start(server),
        10 if server != other => Act::CutOneWay(server, other),
        11 => Act::Partition(dice.below(1 << machines) as u32),
        12 => Act::CutOffLeader((dice.below(2) == 0).then_some(server)),
        10 | 13 => Act::Heal,
        14 => Act::Weather(
            [0, 0, 50_000, 300_000][dice.below(4) as usize],
            [0, 100_000][dice.below(2) as usize],
            [2, 20, 120, 500][dice.below(4) as usize] * MS,
        ),
        15 => match dice.below(3) {
            0 => Act::Disks([2, 30, 150][dice.below(3) as usize] * MS),
            state => Act::Full(server, state == 1),
        },
        16 => Act::Transfer(server),
        17 => Act::Change(match dice.below(4) {
            0 => Change::AddLearner(m(server)),
            1 => Change::Remove(m(server)),
            _ => Change::AddVoter(m(server)),
        }),
        18 => Act::Compact(server),
        _ => Act::Campaign(server),
    }
}

fn leaders(net: &Net) -> Vec<usize> {
    let leads = |node: &usize| net.nodes[*node].server.as_ref().is_some_and(Raft::is_leader);
    (0..net.nodes.len()).filter(leads).collect()
}

fn carry_out(net: &mut Net, act: Act) {
    match act {
        Act::Propose => leaders(net).into_iter().for_each(|leader| _ = net.propose(leader)),
        Act::Read(server) => _ = net.read(server),
        Act::Crash(server, lost) => net.crash(server, lost),
        Act::CrashLeader(lost) => leaders(net).into_iter().for_each(|leader| net.crash(leader, lost)),
        Act::Start(server) => net.start(server),
        Act::CutOneWay(from, to) => net.cut(from, to),
        Act::Partition(side) => net.partition(side),
        Act::CutOffLeader(with) => {
            if let Some(leader) = net.leader() {
                net.partition(1 << leader | with.map_or(0, |with| 1 << with));
            }
        }
        Act::Heal => net.heal(),
        Act::Weather(loss, doubled, slowest) => {
            (net.loss_ppm, net.doubled_ppm, net.latency_us) = (loss, doubled, (500, slowest));
        }
        Act::Disks(slowest) => net.sync_us = (100, slowest),
        Act::Full(server, full) => net.nodes[server].full = full,
        Act::Transfer(to) => leaders(net).into_iter().for_each(|leader| net.step(leader, Input::Transfer(m(to)))),
        Act::Change(change) => leaders(net).into_iter().for_each(|leader| net.change(leader, change)),
        Act::Compact(server) => {
            if net.nodes[server].server.is_some() {
                net.compact(server);
            }
        }
        Act::Campaign(server) => net.campaign(server),
    }
}

/// Runs it; gives what went wrong, or what it was good for.
fn run(schedule: &Schedule) -> Result<Tally, String> {
    let mut net = Net::new(schedule.seed, schedule.config, schedule.machines, schedule.voters);
    for (at, act) in &schedule.acts {
        net.run(at - net.now_us);
        carry_out(&mut net, *act);
        if let Some(wrong) = &net.checks.wrong {
            return Err(format!("{wrong}, at {at} µs, with or before {act:?}"));
        }
    }
    net.run(HEALED_US - net.now_us);
    net.heal();
    (net.loss_ppm, net.doubled_ppm, net.latency_us, net.sync_us) = (0, 0, (500, 1_500), (200, 1_000));
    for server in 0..schedule.machines {
        net.nodes[server].full = false;
        net.start(server);
    }
    comes_back(&mut net)?;
    net.checks.wrong.take().map_or_else(|| Ok(Tally::of(&net)), Err)
}

/// How often the things happened that the schedules are for.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    committed: usize,
    elections: usize,
    conflicts: usize,
    snapshots: usize,
    changes: usize,
    undone: usize,
    transfers: usize,
    disks: usize,
    reads: usize,
}

impl Tally {
    fn of(net: &Net) -> Self {
        let count = |says: fn(&Note) -> bool| net.notes.iter().filter(|(.., note)| says(note)).count();
        Self {
            committed: net.checks.committed.len(),
            elections: count(|note| matches!(note, Note::BecameLeader { .. })),
            conflicts: count(|note| matches!(note, Note::ConflictRepaired { .. })),
            snapshots: count(|note| matches!(note, Note::SnapshotInstalled { .. })),
            changes: count(|note| matches!(note, Note::MembersCommitted { .. })),
            undone: count(|note| matches!(note, Note::MembersUndone { .. })),
            transfers: count(|note| matches!(note, Note::TransferDone { .. })),
            disks: count(|note| matches!(note, Note::DiskRecovered)),
            reads: net.reads.iter().filter(|(.., index)| index.is_some()).count(),
        }
    }

    fn fields(&mut self) -> [&mut usize; 9] {
        let Self { committed, elections, conflicts, snapshots, changes, undone, transfers, disks, reads } = self;
        [committed, elections, conflicts, snapshots, changes, undone, transfers, disks, reads]
    }

    fn add(&mut self, mut other: Self) {
        self.fields().into_iter().zip(other.fields()).for_each(|(sum, more)| *sum += *more);
    }
}

/// Once healed, the ensemble works: a word that is proposed is committed, and all members have all words.
fn comes_back(net: &mut Net) -> Result<(), String> {
    for _ in 0..40 {
        net.run(200 * MS);
        let Some(leader) = net.leader() else { continue };
        let word = net.propose(leader);
        net.run(400 * MS);
        if net.checks.wrong.is_some() {
            return Ok(());
        }
        let words = net.checks.words(usize::MAX);
        let (_, members) = net.server(leader).configuration();
        let has_all = |node: usize| *net.words(node) == words;
        if words.contains(&word) && members.everyone().all(|member| has_all(member.index())) {
            return Ok(());
        }
    }
    Err("healed, and nothing is committed everywhere".to_owned())
}

/// What went wrong, be it a check of the test or an assertion inside of the protocol.
fn fails(schedule: &Schedule) -> Option<String> {
    match catch_unwind(AssertUnwindSafe(|| run(schedule))) {
        Ok(result) => result.err(),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            Some(text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default())
        }
    }
}

/// Leaves out whatever is not needed for it to fail.
fn shrink(schedule: &Schedule) -> Schedule {
    let mut small = schedule.clone();
    let mut step = small.acts.len().div_ceil(2).max(1);
    let mut tries = 0;
    loop {
        let mut at = 0;
        while at < small.acts.len() && tries < 400 {
            let mut fewer = small.clone();
            fewer.acts.drain(at..(at + step).min(fewer.acts.len()));
            tries += 1;
            if fails(&fewer).is_some() { small = fewer } else { at += step }
        }
        if step == 1 {
            return small;
        }
        step = step.div_ceil(2);
    }
}

fn report(schedule: &Schedule) -> ! {
    let loud = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let small = shrink(schedule);
    let what = fails(&small).unwrap_or_default();
    std::panic::set_hook(loud);
    let mut acts = String::new();
    for (at, act) in &small.acts {
        let _ = writeln!(acts, "  {at:>8} µs {act:?}");
    }
    let Schedule { seed, config, machines, voters, .. } = small;
    panic!(
        "{what}\nseed {seed}, {machines} machines, {voters} voters, {config:?}; these acts are enough:\n{acts}\
         replay: HALAB_SEED={seed} cargo test --profile checked --test consensus random"
    );
}

#[test]
fn whatever_happens_what_is_committed_stays_and_the_ensemble_comes_back() {
    let seeds = seeds(10_000);
    let tried = (seeds.end - seeds.start) as usize;
    let mut tally = Tally::default();
    for seed in seeds {
        let schedule = schedule(seed);
        if let Ok(Ok(more)) = catch_unwind(AssertUnwindSafe(|| run(&schedule))) {
            tally.add(more);
        } else {
            report(&schedule);
        }
    }
    let seldom = tally.fields().into_iter().any(|times| *times < tried / 50) || tally.committed < 5 * tried;
    assert!(tried == 1 || !seldom, "in {tried} schedules, too little happened: {tally:?}");
}
