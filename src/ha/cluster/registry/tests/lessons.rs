//! One registry, one order after the other.

use crate::ha::cluster::registry::{Note, Order, Outcome, Registry, Revision, UNHEARD, changes};
use crate::ha::message::InSync;

fn owners(registry: &Registry) -> Vec<Option<u8>> {
    registry.shards().iter().map(|shard| shard.owner).collect()
}

fn done(registry: &mut Registry, order: Order) -> Revision {
    match registry.apply(order) {
        Outcome::Done(revision) => revision,
        Outcome::Refused => panic!("{order:?} is refused in {registry:?}"),
    }
}

/// The owner of a shard says who has everything.
fn record(registry: &mut Registry, shard: u8, members: u8) -> Outcome {
    let known = *registry.shard(shard).expect("there is one");
    let set = InSync { epoch: known.token, version: known.in_sync.version + 1, members };
    registry.apply(Order::Record { shard, token: known.token, set, seen: registry.revision() })
}

fn hand_over(registry: &mut Registry, shard: u8) -> Revision {
    let known = *registry.shard(shard).expect("there is one");
    let to = known.successor.expect("somebody is to take over");
    done(registry, Order::HandOver { shard, token: known.token, to })
}

#[test]
fn a_warm_cluster_has_its_shards_dealt_out() {
    let registry = Registry::of(4, 1, 3, 2, true).started(3);
    assert_eq!((registry.revision(), owners(&registry)), (1, vec![Some(0), Some(1), Some(2)]));
    let holders: Vec<_> = registry.shards().iter().map(|shard| shard.holders).collect();
    assert_eq!(holders, [0b011, 0b110, 0b101]);
    assert!(registry.shards().iter().all(|shard| shard.token == 1 && shard.in_sync.members == shard.holders));
    assert!(registry.worker(2).is_some_and(|known| known.lease == 1));
    assert_eq!(registry.worker(3), None, "a spare waits");
}

#[test]
fn a_cold_cluster_gives_shards_to_those_who_come() {
    let mut registry = Registry::of(3, 0, 3, 2, true);
    assert_eq!(owners(&registry), [None; 3]);
    assert_eq!(done(&mut registry, Order::Grant { worker: 1, lost: 0 }), 1);
    assert_eq!(owners(&registry), [Some(1), Some(1), None], "what nobody holds who lives has to wait");
    done(&mut registry, Order::Grant { worker: 2, lost: 0 });
    assert_eq!(owners(&registry), [Some(1), Some(1), Some(2)]);
    let moves: Vec<_> = registry.shards().iter().map(|shard| shard.successor).collect();
    assert_eq!(moves, [None; 3], "two and one is even enough");
}

#[test]
fn a_dead_owner_is_followed_by_one_who_has_everything_under_a_new_token() {
    let mut registry = Registry::of(3, 0, 3, 2, true).started(3);
    assert_eq!(done(&mut registry, Order::Revoke { worker: 0, lease: 1 }), 2);
    assert_eq!(owners(&registry), [Some(1), Some(1), Some(2)]);
    let shard = registry.shard(0).expect("there is one");
    assert_eq!((shard.token, shard.holders), (2, 0b011), "the dead one stays a holder: it may be back soon");
}

#[test]
fn who_has_not_everything_never_becomes_owner() {
    let mut registry = Registry::of(3, 0, 1, 2, true).started(3);
    assert_ne!(record(&mut registry, 0, 0b001), Outcome::Refused, "the other holder has fallen behind");
    let before = registry.clone();
    done(&mut registry, Order::Revoke { worker: 0, lease: 1 });
    assert_eq!(owners(&registry), [None], "nobody else has all acknowledged writes");
    let said = changes(&before, &registry, Order::Revoke { worker: 0, lease: 1 });
    assert!(said.contains(&Note::Vacant { shard: 0, token: 1 }), "{said:?}");
    done(&mut registry, Order::Grant { worker: 2, lost: 0 });
    assert_eq!(owners(&registry), [None]);
    let lease = done(&mut registry, Order::Grant { worker: 0, lost: 0 });
    let shard = registry.shard(0).expect("there is one");
    assert_eq!((shard.owner, shard.token), (Some(0), lease), "it waited for the one that has");
}

#[test]
fn without_in_sync_sets_who_takes_over_may_lack_something() {
    let mut registry = Registry::of(3, 0, 1, 2, false).started(3);
    done(&mut registry, Order::Revoke { worker: 0, lease: 1 });
    assert_eq!(owners(&registry), [Some(1)], "however far behind it was");
}

#[test]
fn an_empty_newcomer_takes_over_only_from_an_owner_that_says_so() {
    let mut registry = Registry::of(2, 0, 1, 1, false).started(2);
    done(&mut registry, Order::Drain { worker: 0, on: true });
    assert_eq!(registry.shard(0).map(|shard| (shard.holders, shard.successor)), Some((0b11, Some(1))));
    let mut dies = registry.clone();
    done(&mut dies, Order::Revoke { worker: 0, lease: 1 });
    assert_eq!(owners(&dies), [None], "the other one may have nothing at all");
    hand_over(&mut registry, 0);
    assert_eq!(owners(&registry), [Some(1)], "now it surely has everything");
    assert!(registry.is_drained(0));
}

#[test]
fn what_an_earlier_owner_asks_for_is_refused() {
    let mut registry = Registry::of(3, 0, 1, 3, true).started(3);
    done(&mut registry, Order::Revoke { worker: 0, lease: 1 });
    done(&mut registry, Order::Grant { worker: 0, lost: 0 });
    let before = registry.clone();
    let set = InSync { epoch: 1, version: 9, members: 0b001 };
    assert_eq!(registry.apply(Order::Record { shard: 0, token: 1, set, seen: 9 }), Outcome::Refused);
    assert_eq!(registry.apply(Order::HandOver { shard: 0, token: 1, to: 0 }), Outcome::Refused);
    assert_eq!(done(&mut registry, Order::Revoke { worker: 0, lease: 1 }), 3, "that lease is gone; the new one stays");
    assert_eq!(registry, before);
}

#[test]
fn a_set_that_comes_late_is_refused() {
    let mut registry = Registry::of(3, 0, 1, 3, true).started(3);
    record(&mut registry, 0, 0b011);
    let late = InSync { epoch: 1, version: 0, members: 0b111 };
    assert_eq!(registry.apply(Order::Record { shard: 0, token: 1, set: late, seen: 9 }), Outcome::Refused);
    for unsound in [0b110, 0b000, 0b1001] {
        assert_eq!(record(&mut registry, 0, unsound), Outcome::Refused, "the owner is in it, and holders only");
    }
}

#[test]
fn what_is_repeated_changes_nothing() {
    let mut registry = Registry::of(3, 0, 1, 3, true).started(3);
    let first = done(&mut registry, Order::Drain { worker: 2, on: true });
    let before = registry.clone();
    assert_eq!(done(&mut registry, Order::Drain { worker: 2, on: true }), first);
    assert_eq!(registry, before);
}

#[test]
fn a_worker_that_registers_anew_owns_nothing_under_its_old_tokens() {
    let mut registry = Registry::of(3, 0, 3, 2, true).started(3);
    let lease = done(&mut registry, Order::Grant { worker: 0, lost: 0 });
    let shard = registry.shard(0).expect("there is one");
    assert_eq!((shard.owner, shard.token), (Some(0), lease), "it owns the fewest, so it gets its shard back");
}

#[test]
fn a_worker_that_is_back_gets_its_share_by_being_handed_it() {
    let mut registry = Registry::of(3, 0, 3, 3, true).started(3);
    done(&mut registry, Order::Revoke { worker: 0, lease: 1 });
    for (shard, members) in [(0, 0b110), (1, 0b110), (2, 0b110)] {
        record(&mut registry, shard, members);
    }
    assert_eq!(owners(&registry), [Some(1), Some(1), Some(2)]);
    done(&mut registry, Order::Grant { worker: 0, lost: 0 });
    assert_eq!(registry.shard(0).and_then(|shard| shard.successor), None, "it has not caught up yet");
    record(&mut registry, 0, 0b111);
    assert_eq!(registry.shard(0).and_then(|shard| shard.successor), Some(0));
    let token = hand_over(&mut registry, 0);
    assert_eq!(owners(&registry), [Some(0), Some(1), Some(2)]);
    assert_eq!(registry.shard(0).map(|shard| shard.token), Some(token));
}

#[test]
fn a_spare_that_joins_is_given_data_first_and_then_a_shard() {
    let mut registry = Registry::of(3, 1, 4, 2, true).started(2);
    assert_eq!(owners(&registry), [Some(0), Some(1), Some(0), Some(1)]);
    done(&mut registry, Order::Grant { worker: 2, lost: 0 });
    let shard = *registry.shard(0).expect("there is one");
    assert_eq!((shard.holders, shard.successor), (0b111, None), "one copy at a time");
    assert!(registry.shards()[1..].iter().all(|shard| shard.holders == 0b011));
    record(&mut registry, 0, 0b111);
    assert_eq!(registry.shard(0).and_then(|shard| shard.successor), Some(2));
    hand_over(&mut registry, 0);
    let shard = registry.shard(0).expect("there is one");
    assert_eq!((shard.owner, shard.holders.count_ones()), (Some(2), 2), "one copy too many is gone");
}

#[test]
fn a_drained_worker_goes_without_a_trace_and_copies_stay_enough() {
    let mut registry = Registry::of(3, 0, 1, 2, true).started(3);
    done(&mut registry, Order::Drain { worker: 0, on: true });
    let shard = *registry.shard(0).expect("there is one");
    assert_eq!((shard.owner, shard.holders, shard.successor), (Some(0), 0b111, Some(1)));
    hand_over(&mut registry, 0);
    assert!(!registry.is_drained(0), "the newcomer has not everything yet, and two copies are wanted");
    record(&mut registry, 0, 0b111);
    let shard = *registry.shard(0).expect("there is one");
    assert_eq!((shard.owner, shard.holders), (Some(1), 0b110));
    assert!(registry.is_drained(0));
    done(&mut registry, Order::Revoke { worker: 0, lease: 1 });
    assert_eq!(owners(&registry), [Some(1)], "nobody has noticed");
}

#[test]
fn a_drained_worker_that_alone_has_everything_keeps_its_shard() {
    let mut registry = Registry::of(2, 0, 1, 1, true).started(2);
    done(&mut registry, Order::Revoke { worker: 1, lease: 1 });
    done(&mut registry, Order::Drain { worker: 0, on: true });
    assert_eq!(owners(&registry), [Some(0)], "there is nobody to take over");
    assert!(!registry.is_drained(0));
    done(&mut registry, Order::Grant { worker: 1, lost: 0 });
    record(&mut registry, 0, 0b11);
    hand_over(&mut registry, 0);
    assert!(registry.is_drained(0));
}

#[test]
fn who_is_dead_for_good_is_replaced_when_it_is_drained() {
    let mut registry = Registry::of(3, 0, 1, 2, true).started(3);
    done(&mut registry, Order::Revoke { worker: 1, lease: 1 });
    record(&mut registry, 0, 0b001);
    assert_eq!(registry.shard(0).map(|shard| shard.holders), Some(0b011), "a short outage copies nothing");
    done(&mut registry, Order::Drain { worker: 1, on: true });
    assert_eq!(registry.shard(0).map(|shard| shard.holders), Some(0b111));
    record(&mut registry, 0, 0b101);
    assert_eq!(registry.shard(0).map(|shard| shard.holders), Some(0b101));
    assert!(registry.is_drained(1));
}

#[test]
fn who_registers_with_an_empty_disk_counts_for_nothing_until_it_is_recorded_again() {
    let mut registry = Registry::of(2, 0, 1, 2, true).started(2);
    let before = registry.clone();
    let order = Order::Grant { worker: 1, lost: 0b1 };
    let lease = done(&mut registry, order);
    assert_eq!(registry.shard(0).map(|shard| shard.in_sync.members), Some(0b01));
    assert!(changes(&before, &registry, order).contains(&Note::Emptied { worker: 1 }));
    // The owner had asked for a set with it before it knew.
    let set = InSync { epoch: 1, version: 7, members: 0b11 };
    assert_eq!(registry.apply(Order::Record { shard: 0, token: 1, set, seen: lease - 1 }), Outcome::Refused);
    assert_ne!(registry.apply(Order::Record { shard: 0, token: 1, set, seen: lease }), Outcome::Refused);
}

#[test]
fn when_the_last_disk_with_everything_is_lost_the_shard_stays_without_owner() {
    let mut registry = Registry::of(2, 0, 2, 2, true).started(2);
    assert_ne!(record(&mut registry, 0, 0b01), Outcome::Refused, "the other holder has fallen behind");
    let before = registry.clone();
    let order = Order::Grant { worker: 0, lost: 0b11 };
    done(&mut registry, order);
    assert_eq!(owners(&registry), [None, Some(1)], "the other shard has a whole copy");
    assert!(registry.shards()[0].is_lost());
    let said = changes(&before, &registry, order);
    assert!(said.contains(&Note::Lost { shard: 0 }) && said.contains(&Note::Vacant { shard: 0, token: 1 }), "{said:?}");
    done(&mut registry, Order::Grant { worker: 1, lost: 0 });
    assert_eq!(owners(&registry), [None, Some(1)], "nobody else becomes its owner by living longer");
}

#[test]
fn who_has_stopped_for_a_successor_that_dies_takes_the_shard_back_under_a_new_token() {
    let mut registry = Registry::of(2, 0, 1, 2, true).started(2);
    done(&mut registry, Order::Drain { worker: 0, on: true });
    done(&mut registry, Order::Revoke { worker: 1, lease: 1 });
    assert_eq!(registry.apply(Order::HandOver { shard: 0, token: 1, to: 1 }), Outcome::Refused, "it is dead");
    let token = done(&mut registry, Order::HandOver { shard: 0, token: 1, to: 0 });
    assert_eq!(registry.shard(0).map(|shard| (shard.owner, shard.token)), Some((Some(0), token)));
    assert_eq!(registry.apply(Order::HandOver { shard: 0, token: 1, to: 1 }), Outcome::Refused, "that came late");
}

#[test]
fn without_in_sync_sets_the_one_that_is_known_to_have_most_takes_over() {
    // Worker 2 is ahead of worker 1, as the leader has heard.
    let ahead = [0b100, 0, 0, 0];
    let mut registry = Registry::of(3, 0, 1, 3, false).started(3);
    registry.apply_knowing(Order::Revoke { worker: 0, lease: 1 }, ahead);
    assert_eq!(owners(&registry), [Some(2)]);
    // In sync is in sync: there it does not matter who is said to be ahead.
    let mut registry = Registry::of(3, 0, 1, 3, true).started(3);
    registry.apply_knowing(Order::Revoke { worker: 0, lease: 1 }, ahead);
    assert_eq!(owners(&registry), [Some(1)]);
}

#[test]
fn an_operator_may_have_a_lost_shard_begin_anew() {
    let mut registry = Registry::of(3, 0, 1, 2, true).started(3);
    let accept = Order::AcceptLoss { shard: 0 };
    assert_eq!(registry.apply(accept), Outcome::Refused, "it has an owner");
    record(&mut registry, 0, 0b001);
    done(&mut registry, Order::Revoke { worker: 0, lease: 1 });
    done(&mut registry, Order::Grant { worker: 0, lost: 0b1 });
    assert!(registry.shard(0).is_some_and(|shard| shard.is_lost() && shard.owner.is_none()));
    let before = registry.clone();
    let token = match registry.apply_knowing(accept, [0b010, 0, 0, 0]) {
        Outcome::Done(token) => token,
        Outcome::Refused => panic!("nobody owns it"),
    };
    let shard = *registry.shard(0).expect("there is one");
    assert_eq!(
        (shard.owner, shard.token, shard.in_sync.members),
        (Some(1), token, 0b010),
        "it has most of what is left"
    );
    let said = changes(&before, &registry, accept);
    assert!(said.contains(&Note::LossAccepted { shard: 0, worker: 1 }), "{said:?}");
    assert!(said.contains(&Note::Assigned { shard: 0, worker: 1, token }), "{said:?}");
}

#[test]
fn where_no_holder_lives_a_lost_shard_begins_anew_with_nothing() {
    let mut registry = Registry::of(3, 0, 1, 1, true).started(3);
    done(&mut registry, Order::Revoke { worker: 0, lease: 1 });
    assert_eq!(owners(&registry), [None], "it may come back");
    done(&mut registry, Order::AcceptLoss { shard: 0 });
    let shard = *registry.shard(0).expect("there is one");
    assert_eq!((shard.owner, shard.in_sync.members), (Some(1), 0b010));
    done(&mut registry, Order::Grant { worker: 0, lost: 0 });
    assert_eq!(owners(&registry), [Some(1)], "what comes back has been given up");
    let mut nobody = Registry::of(3, 0, 1, 1, true);
    assert_eq!(nobody.heir(0, UNHEARD), None);
    assert_eq!(nobody.apply(Order::AcceptLoss { shard: 0 }), Outcome::Refused);
}

#[test]
fn a_sequence_number_is_never_given_twice_and_whoever_registers_anew_stands_at_the_end() {
    let mut registry = Registry::of(3, 0, 1, 3, true).with_sequences().started(3);
    let line = |registry: &Registry| -> Vec<_> { registry.workers().map(|(_, known)| known.sequence).collect() };
    assert_eq!(line(&registry), [Some(0), Some(1), Some(2)]);
    done(&mut registry, Order::Revoke { worker: 0, lease: 1 });
    assert_eq!(owners(&registry), [Some(1)], "the lowest number that is left");
    done(&mut registry, Order::Grant { worker: 0, lost: 0 });
    assert_eq!(line(&registry), [Some(3), Some(1), Some(2)], "its node went with its session, and the counter goes on");
    // All have everything again. With indexes worker 0 would be next; it is at the end of the line.
    record(&mut registry, 0, 0b111);
    done(&mut registry, Order::Revoke { worker: 1, lease: 1 });
    assert_eq!(owners(&registry), [Some(2)]);
    // An order that is refused makes no node.
    let late = Order::Record { shard: 0, token: 1, set: InSync::default(), seen: 0 };
    assert_eq!(registry.apply(late), Outcome::Refused);
    done(&mut registry, Order::Grant { worker: 1, lost: 0 });
    assert_eq!(registry.worker(1).and_then(|known| known.sequence), Some(4));
    assert_eq!(
        Registry::of(1, 0, 1, 1, true).started(1).worker(0).and_then(|known| known.sequence),
        None,
        "as in etcd"
    );
}
