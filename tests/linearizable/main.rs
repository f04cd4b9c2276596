//! What clients of a Raft ensemble see, key by key: writes and reads of the newest look as if each happened in one
//! instant between its call and its answer; local reads never go back within a session.
//!
//! Commands are what the test network carries: numbers. Here a number says which key is written and is itself the
//! value. A write whose answer never came may have happened at any time since, or never. The judge is `stateright`'s
//! `LinearizabilityTester`.
#![cfg(not(target_arch = "wasm32"))]

#[path = "../support/history.rs"]
mod history;
#[path = "../support/raft_net.rs"]
mod net;
#[path = "../support/often.rs"]
mod often;

use std::collections::BTreeMap;

use ha_lab::ha::cluster::raft::{Config, Raft};
use ha_lab::sim::{Dice, Domain};
use history::{Event, Op, What, by_key, is_linearizable, tell};
use net::{Lost, Net};
use often::seeds;

const MS: u64 = 1_000;
const SERVERS: usize = 3;
const KEYS: u32 = 4;
/// Operations of one history, all keys together.
const OPERATIONS: usize = 100;
const PATIENCE_US: u64 = 300 * MS;
/// A client that has given up a write is a new one to the judge from then on.
const CLIENTS: usize = 4;

/// What a client is waiting for.
#[derive(Clone, Copy)]
enum Waits {
    Nothing,
    /// For this word to be applied where it was proposed.
    Word(u32),
    /// For this read to be answered.
    Ticket(u64),
}

struct Client {
    /// Its name for the judge.
    name: usize,
    server: usize,
    key: u32,
    since_us: u64,
    waits: Waits,
}

fn key_of(word: u32) -> u32 {
    word % KEYS
}

/// The newest value of a key at a server.
fn value(net: &Net, server: usize, key: u32) -> u32 {
    net.words(server).iter().rev().copied().find(|word| key_of(*word) == key).unwrap_or(0)
}

/// A random schedule of faults, with clients at work; gives what they saw.
fn seen_by_clients(seed: u64, config: Config) -> Vec<Event> {
    let mut dice = Dice::keyed(seed, Domain::Schedule, 1, 0);
    let mut net = Net::new(seed, config, SERVERS, SERVERS);
    net.latency_us = (500, [2, 20, 60][dice.below(3) as usize] * MS);
    net.loss_ppm = [0, 50_000][dice.below(2) as usize];
    net.run(700 * MS);
    let mut events = Vec::new();
    let mut calls = 0;
    let client = |name| Client { name, server: 0, key: 0, since_us: 0, waits: Waits::Nothing };
    let mut clients: Vec<_> = (0..CLIENTS).map(client).collect();
    let mut next_name = CLIENTS;
    let end_us = net.now_us + 6_000 * MS;
    while net.now_us < end_us {
        net.run(dice.between(MS, 10 * MS));
        for client in &mut clients {
            answers(&net, client, &mut next_name, &mut events);
            if matches!(client.waits, Waits::Nothing) && calls < OPERATIONS && dice.below(6) == 0 {
                calls += usize::from(call(&mut net, client, &mut dice, &mut events));
            }
        }
        if dice.below(12) == 0 {
            fault(&mut net, &mut dice);
        }
    }
    for client in clients.iter().filter(|client| !matches!(client.waits, Waits::Nothing)) {
        let Client { name, server, key, .. } = *client;
        events.push(Event { at_us: net.now_us, client: name, server, key, what: What::GaveUp });
    }
    assert_eq!(net.checks.wrong.as_deref().filter(|wrong| !wrong.starts_with("stale read")), None, "seed {seed}");
    events
}

/// Asks a server, if it is up; for a write, one that holds itself to be the leader.
fn call(net: &mut Net, client: &mut Client, dice: &mut Dice, events: &mut Vec<Event>) -> bool {
    let up = |net: &Net, server: usize| net.nodes[server].server.is_some();
    let leads = |net: &Net, server: usize| net.nodes[server].server.as_ref().is_some_and(Raft::is_leader);
    let server = dice.below(SERVERS as u64) as usize;
    if !up(net, server) {
        return false;
    }
    let writes = leads(net, server) && dice.below(2) == 0;
    let (op, key, waits);
    if writes {
        let at_us = net.now_us;
        let word = net.propose(server);
        (op, key, waits) = (Op::Write(word), key_of(word), Waits::Word(word));
        debug_assert_eq!(at_us, net.now_us);
    } else {
        key = dice.below(KEYS.into()) as u32;
        let already = net.reads.len();
        let ticket = net.read(server);
        if net.reads.len() > already && net.reads[already].2.is_none() {
            return false; // it knows no leader, and says so at once
        }
        (op, waits) = (Op::Read, Waits::Ticket(ticket));
    }
    (client.server, client.key, client.since_us, client.waits) = (server, key, net.now_us, waits);
    events.push(Event { at_us: net.now_us, client: client.name, server, key, what: What::Call(op) });
    true
}

fn answers(net: &Net, client: &mut Client, next_name: &mut usize, events: &mut Vec<Event>) {
    let Client { name, server, key, .. } = *client;
    let mut tell = |what| events.push(Event { at_us: net.now_us, client: name, server, key, what });
    let late = net.now_us > client.since_us + PATIENCE_US;
    match client.waits {
        Waits::Word(word) if net.nodes[server].server.is_some() && net.words(server).contains(&word) => {
            tell(What::Written);
            client.waits = Waits::Nothing;
        }
        Waits::Ticket(ticket) => match net.reads.iter().find(|(_, read, _)| *read == ticket) {
            // The answer is formed here, from what is applied now; it may be newer than the read needs.
            Some((_, _, Some(_))) if net.nodes[server].server.is_some() => {
                tell(What::Read(value(net, server, key)));
                client.waits = Waits::Nothing;
            }
            None if !late => {}
            _ => {
                tell(What::GaveUp);
                client.waits = Waits::Nothing;
                (client.name, *next_name) = (*next_name, *next_name + 1);
            }
        },
        Waits::Word(_) if late => {
            tell(What::GaveUp);
            client.waits = Waits::Nothing;
            (client.name, *next_name) = (*next_name, *next_name + 1);
        }
        Waits::Nothing | Waits::Word(_) => {}
    }
}

fn fault(net: &mut Net, dice: &mut Dice) {
    let server = dice.below(SERVERS as u64) as usize;
    match dice.below(8) {
        0 => net.crash(server, Lost::AllBut(dice.below(3) as usize)),
        1 => {
            if let Some(leader) = net.leader() {
                net.isolate(leader);
            }
        }
        2 => net.partition(dice.below(1 << SERVERS) as u32),
        3 => net.campaign(server),
        4 | 5 => net.heal(),
        _ => (0..SERVERS).for_each(|server| net.start(server)),
    }
}

/// Configurations with and without the protections around elections.
fn config(seed: u64) -> Config {
    let guarded = seed.is_multiple_of(2);
    Config { pre_vote: guarded, check_quorum: guarded, ..Config::paper() }
}

#[test]
fn writes_and_reads_of_the_newest_are_linearizable() {
    let seeds = seeds(400);
    let (mut operations, mut answered, mut open) = (0, 0, 0);
    for seed in seeds.clone() {
        let events = seen_by_clients(seed, config(seed));
        for (key, events) in by_key(&events) {
            assert!(
                is_linearizable(&events),
                "seed {seed}, key {key}: not linearizable\n{}replay: HALAB_SEED={seed} cargo test --profile checked \
                 --test linearizable",
                tell(&events)
            );
            operations += events.iter().filter(|event| matches!(event.what, What::Call(_))).count();
            answered += events.iter().filter(|event| matches!(event.what, What::Read(_))).count();
            open += events.iter().filter(|event| event.what == What::GaveUp).count();
        }
    }
    println!("{seeds:?}: {operations} operations, {answered} reads answered, {open} left open");
    assert!(seeds.end - seeds.start == 1 || (operations > 20_000 && answered > 5_000 && open > 500));
}

/// The same judge, and a leader that answers without asking whether it still leads (§6.4): it is found out.
#[test]
fn a_read_index_without_a_quorum_is_caught() {
    let found = (0..2_000).find_map(|seed| {
        let events = seen_by_clients(seed, Config { read_index_without_quorum: true, ..config(seed) });
        let (key, events) = by_key(&events).into_iter().find(|(_, events)| !is_linearizable(events))?;
        Some((seed, key, events))
    });
    let (seed, key, events) = found.expect("a stale read, somewhere among 2000 schedules");
    println!("seed {seed}, key {key}: not linearizable, as it should be\n{}", tell(&events));
    let intact: Vec<_> = by_key(&seen_by_clients(seed, config(seed))).into_values().collect();
    assert!(intact.iter().all(|events| is_linearizable(events)), "the same schedule with the round of heartbeats");
}

/// The judge itself: it knows a stale read from one that may be either, because a write was under way.
#[test]
fn the_judge_tells_stale_from_concurrent() {
    let event = |at_us, client, what| Event { at_us, client, server: 0, key: 0, what };
    let write = |word| What::Call(Op::Write(word));
    let read = What::Call(Op::Read);
    let stale = [event(0, 0, write(4)), event(1, 0, What::Written), event(2, 1, read), event(3, 1, What::Read(0))];
    assert!(!is_linearizable(&stale));
    let concurrent = [event(0, 0, write(4)), event(2, 1, read), event(3, 1, What::Read(0)), event(4, 0, What::Written)];
    assert!(is_linearizable(&concurrent));
    let open = |seen| {
        [
            event(0, 0, write(4)),
            event(1, 0, What::GaveUp),
            event(2, 1, read),
            event(3, 1, What::Read(seen)),
            event(4, 1, read),
            event(5, 1, What::Read(4)),
            event(6, 1, read),
            event(7, 1, What::Read(4)),
        ]
    };
    assert!(is_linearizable(&open(0)) && is_linearizable(&open(4)), "whether it happened, and when, is open");
    let mut back = open(4);
    back[7].what = What::Read(0);
    assert!(!is_linearizable(&back), "but not that it is undone");
}

/// What a session has seen of a key: it must not see less later.
#[derive(Default)]
struct Session {
    /// By key: how many words of the log the answer stood on.
    seen: BTreeMap<u32, usize>,
}

/// How far in the one history of all words a value stands; 0: before the first.
fn place(net: &Net, word: u32) -> usize {
    net.checks.words(usize::MAX).iter().position(|known| *known == word).map_or(0, |at| at + 1)
}

impl Session {
    /// Whether this answer is at least as new as what the session has seen.
    fn sees(&mut self, key: u32, place: usize) -> bool {
        let before = self.seen.insert(key, place).unwrap_or(0);
        place >= before
    }
}

/// Reads that a server answers from what it has applied, without asking anybody: of a session that stays with one
/// server, as long as that one lives, they are monotonic, and see the session's own writes. Of one that changes
/// servers, they are not.
#[test]
fn local_reads_of_a_session_never_go_back_unless_it_changes_servers() {
    let (mut reads, mut own, mut back) = (0, 0, 0);
    for seed in seeds(400) {
        let mut dice = Dice::keyed(seed, Domain::Schedule, 2, 0);
        let mut net = Net::new(seed, config(seed), SERVERS, SERVERS);
        net.latency_us = (500, 60 * MS);
        net.run(700 * MS);
        let mut staying: Vec<Session> = (0..SERVERS).map(|_| Session::default()).collect();
        let mut roaming = Session::default();
        let mut written: Vec<Option<u32>> = vec![None; SERVERS];
        for _ in 0..400 {
            net.run(dice.between(MS, 15 * MS));
            for server in 0..SERVERS {
                if net.nodes[server].server.is_none() {
                    (staying[server], written[server]) = (Session::default(), None);
                    continue;
                }
                if let Some(word) = written[server].filter(|word| net.words(server).contains(word)) {
                    // Acknowledged: from now on the session has seen it.
                    let (key, at) = (key_of(word), place(&net, word));
                    let seen = staying[server].seen.entry(key).or_insert(0);
                    *seen = at.max(*seen);
                    written[server] = None;
                    own += 1;
                }
                if written[server].is_none() && dice.below(8) == 0 && net.server(server).is_leader() {
                    written[server] = Some(net.propose(server));
                }
                let key = dice.below(KEYS.into()) as u32;
                let at = place(&net, value(&net, server, key));
                assert!(staying[server].sees(key, at), "seed {seed}: a session at server {server} goes back in {key}");
                back += usize::from(!roaming.sees(key, at));
                reads += 1;
            }
            if dice.below(12) == 0 {
                fault(&mut net, &mut dice);
            }
        }
    }
    println!("{reads} local reads, {own} own writes seen; roaming sessions went back {back} times");
    assert!(own > 500 && back > 500, "the schedules are worth it: {own} {back}");
}
