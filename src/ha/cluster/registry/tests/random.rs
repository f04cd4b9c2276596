//! Thousands of random orders, most of them sensible, some late, some forged: what must hold after each.

use crate::ha::cluster::registry::{Order, Outcome, Registry, UNHEARD};
use crate::ha::message::InSync;
use crate::often::seeds;
use crate::sim::{Dice, Domain};

const ORDERS: usize = 400;

fn workers(registry: &Registry) -> u8 {
    registry.workers.len() as u8
}

fn some_order(registry: &Registry, dice: &mut Dice) -> Order {
    let worker = dice.below(workers(registry).into()) as u8;
    let shard = dice.below(registry.shards().len() as u64) as u8;
    let known = *registry.shard(shard).expect("there is one");
    // Some come late.
    let token = if dice.below(8) == 0 { known.token.saturating_sub(1) } else { known.token };
    match dice.below(13) {
        0 => Order::Grant { worker, lost: 0 },
        1 => Order::Grant { worker, lost: if dice.below(3) == 0 { dice.word() as u8 } else { 0 } },
        2 => {
            let lease = registry.worker(worker).map_or(1, |known| known.lease);
            Order::Revoke { worker, lease: if dice.below(6) == 0 { lease.saturating_sub(1) } else { lease } }
        }
        3 => Order::Drain { worker, on: dice.below(3) != 0 },
        12 => Order::AcceptLoss { shard },
        4 => Order::Drain { worker, on: false },
        5..=8 => {
            let owner = known.owner.unwrap_or(0);
            let members = if dice.below(8) == 0 { dice.below(256) as u8 } else { known.holders & dice.word() as u8 };
            let members = if dice.below(8) == 0 { members } else { members | 1 << owner };
            let version = known.in_sync.version + dice.below(3) as u32;
            let seen = registry.revision() - dice.below(4).min(registry.revision().into()) as u32;
            Order::Record { shard, token, set: InSync { epoch: token, version, members }, seen }
        }
        _ => Order::HandOver { shard, token, to: known.successor.filter(|_| dice.below(6) != 0).unwrap_or(worker) },
    }
}

/// Whatever is wrong after an order.
fn fault(before: &Registry, after: &Registry, order: Order, outcome: Outcome) -> Option<String> {
    let changed = before != after;
    let wrong = |what: &str| Some(format!("{what}: {order:?} gives {outcome:?}\nbefore {before:?}\nafter {after:?}"));
    if after.revision() != before.revision() + u32::from(changed) || (changed && outcome == Outcome::Refused) {
        return wrong("a change is a revision, and a refusal none");
    }
    let mut again = after.clone();
    again.settle(UNHEARD);
    if outcome != Outcome::Refused && again != *after {
        return wrong("what is settled is settled");
    }
    let given_up = |shard: usize| matches!(order, Order::AcceptLoss { shard: of } if usize::from(of) == shard);
    let granted = u32::from(matches!(order, Order::Grant { .. }) && outcome != Outcome::Refused);
    if after.next_sequence != before.next_sequence.map(|next| next + granted) {
        return wrong("every registration takes one number, and nothing else does");
    }
    for (shard, (was, is)) in before.shards().iter().zip(after.shards()).enumerate() {
        if given_up(shard) && changed && was.owner.is_some() {
            return wrong("who has an owner is not given up");
        }
        let has = |worker: u8| after.worker(worker).is_some();
        let may_own = |worker: u8| has(worker) && is.is_held_by(worker) && is.in_sync.has(worker.into());
        if is.token < was.token || (is.owner.is_some() && is.owner != was.owner && is.token != after.revision()) {
            return wrong("tokens grow, and are the revision of the change");
        }
        if let (Order::Record { token, shard: at, .. } | Order::HandOver { token, shard: at, .. }, true) =
            (order, changed)
            && usize::from(at) == shard
            && token != was.token
        {
            return wrong("an old token changes nothing");
        }
        if let Some(owner) = is.owner {
            if !may_own(owner) {
                return wrong("an owner lives, and has everything");
            }
            if was.owner != is.owner && after.sync && !was.in_sync.has(owner.into()) && !given_up(shard) {
                return wrong("a new owner had everything before");
            }
        } else if (0..workers(after)).any(may_own) {
            return wrong("nobody owns what somebody could");
        }
        let wiped = matches!(order, Order::Grant { lost, .. } if lost >> shard & 1 == 1);
        if is.in_sync.members & !is.holders != 0 || is.is_lost() && !was.is_lost() && !wiped {
            return wrong("somebody has everything, and holds it, unless disks are lost");
        }
        if let (Order::Grant { worker, .. }, true) = (order, wiped)
            && is.in_sync.has(worker.into())
        {
            return wrong("who has lost its disk has not everything");
        }
        if let (Order::Record { seen, set, .. }, true) = (order, is.in_sync != was.in_sync)
            && (0..workers(after)).any(|worker| set.has(worker.into()) && after.emptied(worker) > seen)
        {
            return wrong("a set that was asked for before a disk was lost is refused");
        }
        if let Some(to) = is.successor
            && (!(may_own(to) || !after.sync && is.is_held_by(to) && has(to))
                || is.owner == Some(to)
                || after.is_leaving(to))
        {
            return wrong("a successor could take over at once");
        }
        let new = is.holders & !was.holders;
        if (0..8).any(|worker| new >> worker & 1 == 1 && (!has(worker) || after.is_leaving(worker))) {
            return wrong("only who lives, and is to stay, gets a new copy");
        }
    }
    None
}

/// Owners do what they are asked for, until nothing is asked for any more.
fn come_to_rest(registry: &mut Registry) -> bool {
    for _ in 0..200 {
        let before = registry.clone();
        for shard in 0..registry.shards().len() as u8 {
            let known = *registry.shard(shard).expect("there is one");
            let Some(owner) = known.owner else { continue };
            let live = registry.workers().fold(0, |bits, (worker, _)| bits | 1 << worker);
            let members = known.holders & live;
            if known.in_sync.members != members || known.in_sync.epoch != known.token {
                let set =
                    InSync { epoch: known.token, version: known.in_sync.version + 1, members: members | 1 << owner };
                registry.apply(Order::Record { shard, token: known.token, set, seen: registry.revision() });
            }
            let known = *registry.shard(shard).expect("there is one");
            if let Some(to) = known.successor {
                registry.apply(Order::HandOver { shard, token: known.token, to });
            }
        }
        if *registry == before {
            return true;
        }
    }
    false
}

fn spread(counts: impl Iterator<Item = usize> + Clone) -> usize {
    counts.clone().max().unwrap_or(0) - counts.min().unwrap_or(0)
}

fn play(seed: u64) -> Result<(usize, usize), String> {
    let dice = &mut Dice::keyed(seed, Domain::Schedule, 7, 0);
    let count = dice.between(1, 8) as u8;
    let spares = dice.below(count.into()) as u8;
    let (shards, copies, sync) = (dice.between(1, 4) as u8, dice.between(1, 3) as u8, dice.below(3) != 0);
    let mut registry = Registry::of(count, spares, shards, copies, sync);
    if dice.below(2) == 0 {
        registry = registry.with_sequences();
    }
    if dice.below(4) != 0 {
        registry = registry.started(count - spares);
    }
    let (mut refused, mut owners) = (0, 0);
    for _ in 0..ORDERS {
        let before = registry.clone();
        let order = some_order(&registry, dice);
        let mut ahead = UNHEARD;
        ahead.fill_with(|| dice.word() as u8 & dice.word() as u8);
        let outcome = registry.apply_knowing(order, ahead);
        refused += usize::from(outcome == Outcome::Refused);
        owners += registry.shards().iter().zip(before.shards()).filter(|(is, was)| is.token != was.token).count();
        if let Some(fault) = fault(&before, &registry, order, outcome) {
            return Err(fault);
        }
    }
    // Everybody lives again, and is to stay.
    for worker in 0..count {
        registry.apply(Order::Drain { worker, on: false });
        if registry.worker(worker).is_none() {
            registry.apply(Order::Grant { worker, lost: 0 });
        }
    }
    if !come_to_rest(&mut registry) {
        return Err(format!("it never comes to rest: {registry:?}"));
    }
    let owned = (0..count).map(|worker| registry.owned_by(worker));
    let lost = registry.shards().iter().any(super::super::Shard::is_lost);
    let vacant = registry.shards().iter().any(|shard| shard.owner.is_none() && !shard.is_lost());
    let copied = registry.shards().iter().all(|shard| shard.holders.count_ones() >= registry.copies.into());
    if vacant || (spread(owned) > 1 || !copied) && !lost {
        return Err(format!("shards are not dealt out evenly: {registry:?}"));
    }
    // One of them goes, and nobody misses it.
    let leaver = dice.below(count.into()) as u8;
    registry.apply(Order::Drain { worker: leaver, on: true });
    if !come_to_rest(&mut registry) || (count > 1 && !lost && !registry.is_drained(leaver)) {
        return Err(format!("{leaver} is not empty: {registry:?}"));
    }
    Ok((refused, owners))
}

#[test]
fn whatever_is_ordered_an_owner_has_everything_and_tokens_grow() {
    let (mut refused, mut owners) = (0, 0);
    for seed in seeds(1_500) {
        match play(seed) {
            Ok(seen) => (refused, owners) = (refused + seen.0, owners + seen.1),
            Err(fault) => panic!(
                "seed {seed}: {fault}\nreplay: HALAB_SEED={seed} cargo test --profile checked --lib registry::tests::random"
            ),
        }
    }
    assert!(refused > 100 && owners > 100, "the schedules are too tame: {refused} {owners}");
}
