//! What clients of an ensemble see, and what they do not: ZooKeeper promises less than a register.
//!
//! - Writes, and reads that wait for a write of their own at the same member, are linearizable.
//! - `sync` and then a read is not: the leader answers `sync` without asking anybody whether it still leads, so one that
//!   slept through its replacement vouches, for up to a tick, for what has been overtaken. As long as nobody else is established, it is.
//! - A session that stays with one member, as long as that lives, never goes back, and sees its own writes.

#[path = "../../../../../tests/support/history.rs"]
mod history;

use super::net::{MS, Net, S, config};
use crate::often::seeds;
use crate::sim::{Dice, Domain};
use history::{Event, Op, What, by_key, is_linearizable, tell};

const MEMBERS: usize = 3;
const KEYS: u32 = 4;
const OPERATIONS: usize = 100;
const CLIENTS: usize = 4;
const PATIENCE_US: u64 = S;

/// How a client makes sure that a read is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reads {
    /// `sync`, then the member's own state.
    Sync,
    /// A write, and when it is delivered the member's own state.
    Write,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waits {
    Nothing,
    Word(u32, bool),
    Sync(u64),
}

#[derive(Clone, Copy)]
struct Client {
    name: usize,
    member: usize,
    key: u32,
    since_us: u64,
    waits: Waits,
}

fn key_of(word: u32) -> u32 {
    word % KEYS
}

fn value(net: &Net, member: usize, key: u32) -> u32 {
    net.nodes[member].applied.iter().rev().map(|(_, word)| *word).find(|word| key_of(*word) == key).unwrap_or(0)
}

fn fault(net: &mut Net, dice: &mut Dice) {
    let member = dice.below(MEMBERS as u64) as usize;
    match dice.below(9) {
        0 => net.crash_process(member),
        1 => net.crash_machine(member, dice.below(3) as usize),
        2 | 3 => {
            // A leader alone, which does not know it yet.
            let leader = net.leader().unwrap_or(member);
            net.partition(&[leader]);
        }
        4 => net.heal(),
        5 => {
            // It sleeps through its own replacement, and wakes up believing that it leads.
            let leader = net.leader().unwrap_or(member);
            net.freeze(leader);
        }
        6 => (0..MEMBERS).for_each(|member| net.thaw(member)),
        _ => net.start_all(),
    }
}

/// A random schedule with clients at work; gives what they saw, and how many leaders there were.
fn seen_by_clients(seed: u64, how: Reads, faults: bool) -> (Vec<Event>, usize) {
    let dice = &mut Dice::keyed(seed, Domain::Schedule, 3, 0);
    let mut net = Net::new(config(MEMBERS), seed);
    net.start_all();
    net.run_until(10 * S, |net| net.leader().is_some());
    net.latency_us = (MS, [3, 20][dice.below(2) as usize] * MS);
    let client = |name| Client { name, member: 0, key: 0, since_us: 0, waits: Waits::Nothing };
    let mut clients: Vec<_> = (0..CLIENTS).map(client).collect();
    let (mut events, mut calls, mut next_name, mut ctx) = (Vec::new(), 0, CLIENTS, 0);
    let end_us = net.now + 10 * S;
    while net.now < end_us {
        let pause_us = dice.between(MS, 12 * MS);
        net.run(pause_us);
        for client in &mut clients {
            let Client { name, member, key, .. } = *client;
            let at_us = net.now;
            let mut say = |key, what| events.push(Event { at_us, client: name, server: member, key, what });
            // A member that has died answers nobody any more, even if it is up again.
            let late = at_us > client.since_us + PATIENCE_US || net.nodes[member].zab.is_none();
            match client.waits {
                Waits::Word(word, reads) if net.nodes[member].applied.iter().any(|(_, w)| *w == word) => {
                    say(key_of(word), What::Written);
                    if reads {
                        say(key, What::Read(value(&net, member, key)));
                    }
                    client.waits = Waits::Nothing;
                }
                Waits::Sync(ctx) if net.nodes[member].zab.is_some() && net.nodes[member].synced.contains(&ctx) => {
                    say(key, What::Read(value(&net, member, key)));
                    client.waits = Waits::Nothing;
                }
                Waits::Word(word, reads) if late => {
                    say(key_of(word), What::GaveUp);
                    if reads {
                        say(key, What::GaveUp);
                    }
                    (client.waits, client.name, next_name) = (Waits::Nothing, next_name, next_name + 1);
                }
                Waits::Sync(_) if late => {
                    say(key, What::GaveUp);
                    (client.waits, client.name, next_name) = (Waits::Nothing, next_name, next_name + 1);
                }
                Waits::Nothing if calls < OPERATIONS && dice.below(6) == 0 => {
                    let member = dice.below(MEMBERS as u64) as usize;
                    if !net.nodes[member].serves() {
                        continue;
                    }
                    calls += 1;
                    (client.member, client.since_us) = (member, at_us);
                    let mut call =
                        |key, op| events.push(Event { at_us, client: name, server: member, key, what: What::Call(op) });
                    let reads = dice.below(2) == 0;
                    if reads && how == Reads::Sync {
                        ctx += 1;
                        client.key = dice.below(KEYS.into()) as u32;
                        call(client.key, Op::Read);
                        net.sync(member, ctx);
                        client.waits = Waits::Sync(ctx);
                    } else {
                        let word = net.propose(member);
                        call(key_of(word), Op::Write(word));
                        client.key = key_of(word + 1);
                        if reads {
                            call(client.key, Op::Read);
                        }
                        client.waits = Waits::Word(word, reads);
                    }
                }
                _ => {}
            }
        }
        if faults && dice.below(25) == 0 {
            fault(&mut net, dice);
        }
    }
    for client in &clients {
        let Client { name, member, key, waits, .. } = *client;
        let mut gave_up = |key| {
            events.push(Event { at_us: end_us, client: name, server: member, key, what: What::GaveUp });
        };
        match waits {
            Waits::Nothing => {}
            Waits::Sync(_) => gave_up(key),
            Waits::Word(word, reads) => {
                gave_up(key_of(word));
                if reads {
                    gave_up(key);
                }
            }
        }
    }
    assert_eq!(net.judge.wrong, None, "seed {seed}");
    (events, net.judge.epochs())
}

fn first_fault(events: &[Event]) -> Option<(u32, Vec<Event>)> {
    by_key(events).into_iter().find(|(_, events)| !is_linearizable(events))
}

#[test]
fn writes_and_reads_behind_a_write_are_linearizable() {
    let (mut reads, mut epochs) = (0, 0);
    for seed in seeds(150) {
        let (events, leaders) = seen_by_clients(seed, Reads::Write, true);
        if let Some((key, events)) = first_fault(&events) {
            panic!("seed {seed}, key {key}: not linearizable\n{}", tell(&events));
        }
        reads += events.iter().filter(|event| matches!(event.what, What::Read(_))).count();
        epochs += leaders;
    }
    assert!(reads > 1_000 && epochs > 200, "{reads} {epochs}");
}

#[test]
fn sync_and_read_is_linearizable_as_long_as_one_leader_stays() {
    let mut reads = 0;
    for seed in seeds(150) {
        let (events, leaders) = seen_by_clients(seed, Reads::Sync, false);
        assert_eq!(leaders, 1, "seed {seed}");
        if let Some((key, events)) = first_fault(&events) {
            panic!("seed {seed}, key {key}: not linearizable\n{}", tell(&events));
        }
        reads += events.iter().filter(|event| matches!(event.what, What::Read(_))).count();
    }
    assert!(reads > 3_000, "{reads}");
}

/// And when another is established it is not. This is ZooKeeper's `sync`, not a broken one; random schedules hardly ever
/// meet the moment between a leader's awakening and its next look at its quorum.
#[test]
fn a_leader_that_slept_through_its_replacement_answers_a_sync() {
    let mut net = Net::established(MEMBERS);
    let old = net.leader().expect("it is established");
    net.freeze(old);
    net.partition(&[old]);
    assert!(net.run_until(20 * S, |net| net.leader().is_some_and(|leader| leader != old)), "{}", net.tell());
    let new = net.leader().expect("just seen");
    let event = |at_us, client, server, key, what| Event { at_us, client, server, key, what };
    let begun = net.now;
    let word = net.propose(new);
    let key = key_of(word);
    assert!(net.run_until(S, |net| net.values(new).contains(&word)));
    let written = net.now;
    net.run(MS);
    net.thaw(old);
    let asked = net.now;
    net.sync(old, 1);
    assert_eq!(net.nodes[old].synced, [1], "it asks nobody");
    let read = value(&net, old, key);
    let events = [
        event(begun, 0, new, key, What::Call(Op::Write(word))),
        event(written, 0, new, key, What::Written),
        event(asked, 1, old, key, What::Call(Op::Read)),
        event(net.now, 1, old, key, What::Read(read)),
    ];
    assert!(!is_linearizable(&events), "{}", tell(&events));
    net.run(S);
    assert!(!net.nodes[old].serves(), "it soon notices");
}

/// Where in the one history a value stands; 0: before the first.
fn place(net: &Net, word: u32) -> usize {
    net.judge.history.iter().position(|(_, known)| *known == word).map_or(0, |at| at + 1)
}

#[test]
fn a_session_that_stays_with_one_member_never_goes_back() {
    let (mut own, mut roaming_back) = (0, 0);
    for seed in seeds(100) {
        let dice = &mut Dice::keyed(seed, Domain::Schedule, 4, 0);
        let mut net = Net::new(config(MEMBERS), seed);
        net.start_all();
        net.run_until(10 * S, |net| net.leader().is_some());
        net.latency_us = (MS, 20 * MS);
        let (mut seen, mut roaming) = ([[0; KEYS as usize]; MEMBERS], [0; KEYS as usize]);
        let mut written: [Option<u32>; MEMBERS] = [None; MEMBERS];
        for _ in 0..400 {
            let pause_us = dice.between(MS, 20 * MS);
            net.run(pause_us);
            for member in 0..MEMBERS {
                if !net.nodes[member].serves() {
                    // The connection of the session is gone with the service.
                    (seen[member], written[member]) = ([0; KEYS as usize], None);
                    continue;
                }
                let applied = |word: &u32| net.nodes[member].applied.iter().any(|(_, known)| known == word);
                if let Some(word) = written[member].filter(applied) {
                    let key = key_of(word) as usize;
                    seen[member][key] = seen[member][key].max(place(&net, word));
                    (written[member], own) = (None, own + 1);
                } else if written[member].is_none() && dice.below(6) == 0 {
                    written[member] = Some(net.propose(member));
                }
                let key = dice.below(KEYS.into()) as u32;
                let at = place(&net, value(&net, member, key));
                let key = key as usize;
                assert!(at >= seen[member][key], "seed {seed}: a session at member {member} goes back");
                roaming_back += usize::from(at < roaming[key]);
                (seen[member][key], roaming[key]) = (at, at);
            }
            if dice.below(25) == 0 {
                fault(&mut net, dice);
            }
        }
    }
    assert!(own > 300 && roaming_back > 50, "{own} {roaming_back}");
}
