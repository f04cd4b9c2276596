//! How clients fare whose manager is well: claims, watches, orders.

use super::stand::{Lab, Like, MS, S, config};
use crate::ha::cluster::registry::{Note, Revision};
use crate::ha::message::Command;
use crate::sim::Fault;

const BOTH: [Like; 2] = [Like::Etcd, Like::Zookeeper];

#[test]
fn as_long_as_all_is_well_nothing_changes_and_claims_are_renewed() {
    for like in BOTH {
        let mut lab = Lab::new(like, 1);
        lab.run(20 * S);
        assert_eq!(lab.registry().revision(), 1, "{like:?}\n{}", lab.tell());
        assert_eq!(lab.said().count(), 0, "{like:?}\n{}", lab.tell());
        for worker in 0..3 {
            let client = lab.client(lab.worker(worker)).expect("it runs");
            assert!((18..=22).contains(&client.renewed), "{like:?}: {}", client.renewed);
            let (lease, until) = client.registrar.claim().expect("it has one");
            assert!(lease == 1 && until.us() > 21 * S);
        }
        let leader = lab.leader().and_then(|leader| lab.member(leader)).expect("it runs");
        assert_eq!(leader.claims().collect::<Vec<_>>(), [(0, 1), (1, 1), (2, 1)], "{like:?}");
    }
}

#[test]
fn a_silent_worker_loses_its_shards_when_its_claim_has_run_out() {
    for like in BOTH {
        let mut lab = Lab::new(like, 2);
        lab.run(5 * S);
        lab.apply(Fault::MachineCrash(lab.worker(0)));
        let crashed = lab.world.now();
        lab.until("its shard is somebody else's", |lab| lab.registry().shard(0).is_some_and(|shard| shard.token > 1));
        let took = lab.world.now().since(crashed);
        assert!((2 * S..4 * S).contains(&took), "{like:?}: {took} µs");
        lab.run(S);
        let said: Vec<_> = lab.said().map(|(_, _, said)| said).collect();
        let is_told = |what: &Note| said.iter().filter(|said| *said == what).count() == 1;
        assert!(is_told(&Note::Revoked { worker: 0, lease: 1 }), "{said:?}");
        assert!(is_told(&Note::Assigned { shard: 0, worker: 1, token: 2 }), "{said:?}");
        assert!(is_told(&Note::WatchFired { revision: 2 }), "the balancer hears of it: {said:?}");
        let expired = said.iter().find_map(|said| match said {
            Note::Expired { worker: 0, lease: 1, silent_us } => Some(*silent_us),
            _ => None,
        });
        assert!(expired.is_some_and(|silent_us| silent_us >= 3 * S), "{said:?}");
        for client in [lab.worker(1), lab.worker(2), lab.balancer()] {
            let map = lab.client(client).expect("it runs").registrar.map();
            assert_eq!(map.shard(0).and_then(|shard| shard.owner), Some(1), "{like:?}: everybody knows");
        }
    }
}

#[test]
fn a_worker_that_restarts_registers_anew_and_owns_nothing_under_its_old_token() {
    for like in BOTH {
        let mut lab = Lab::new(like, 3);
        lab.run(5 * S);
        lab.apply(Fault::ProcessCrash(lab.worker(0)));
        lab.run(100 * MS);
        lab.apply(Fault::Restart(lab.worker(0)));
        lab.until("it is back", |lab| lab.client(lab.worker(0)).is_some_and(|c| c.registrar.claim().is_some()));
        lab.run(S);
        let registry = lab.registry();
        assert_eq!(registry.worker(0).map(|known| known.lease), Some(2), "{like:?}: long before the old one ran out");
        assert_eq!(registry.shard(0).map(|shard| (shard.owner, shard.token)), Some((Some(0), 2)));
        assert_eq!(lab.client(lab.worker(0)).map(|client| client.registrar.map().revision()), Some(2));
    }
}

#[test]
fn a_spare_joins_when_it_is_told_and_leaves_when_it_is_told() {
    for like in BOTH {
        let mut lab = Lab::of(config(like, 4, 1, 3), 4, (MS, 5 * MS));
        lab.run(5 * S);
        let spare = lab.worker(3);
        assert_eq!(lab.registry().worker(3), None);
        lab.apply(Fault::Command(spare, Command::Ready(spare)));
        lab.until("it is registered", |lab| lab.registry().worker(3).is_some());
        lab.run(10 * S);
        assert_eq!(lab.registry().worker(3).map(|known| known.lease), Some(2), "{like:?}: it keeps its claim");
        lab.apply(Fault::Command(spare, Command::Recover));
        lab.run(S);
        assert_eq!(lab.registry().worker(3), None, "{like:?}: nobody waits for its claim to run out");
        assert_eq!(lab.when(|said| matches!(said, Note::Expired { .. })), None);
    }
}

#[test]
fn an_order_may_be_given_to_any_member() {
    for like in BOTH {
        for asker in 0..3 {
            let mut lab = Lab::new(like, 5);
            lab.run(S);
            let (who, leaver) = (lab.worker(asker), lab.worker(2));
            lab.apply(Fault::Command(who, Command::Drain(leaver)));
            lab.run(S);
            assert!(lab.registry().is_leaving(2), "{like:?}, asked by {asker}");
            let successor = lab.registry().shard(2).and_then(|shard| shard.successor);
            assert_eq!(successor, Some(0), "{like:?}: the other holder is to take over");
        }
    }
}

#[test]
fn a_cold_start_begins_with_nobody() {
    for like in BOTH {
        let mut cold = config(like, 3, 0, 3);
        cold.cold_start = true;
        let mut lab = Lab::of(cold, 6, (MS, 5 * MS));
        assert_eq!(lab.registry().revision(), 0);
        lab.until("all shards are owned", |lab| lab.registry().shards().iter().all(|shard| shard.owner.is_some()));
        lab.run(2 * S);
        assert_eq!(lab.registry().workers().count(), 3, "{like:?}");
    }
}

/// Two changes at once: the stream shows each, a watch that fires once only the last.
#[test]
fn a_stream_shows_every_state_and_a_watch_that_fires_once_misses_some() {
    let shown = |like| -> Vec<Revision> {
        let mut lab = Lab::of(config(like, 3, 0, 3), 7, (10 * MS, 10 * MS));
        lab.run(5 * S);
        for worker in 0..3 {
            let who = lab.worker(worker);
            lab.apply(Fault::Command(who, Command::Drain(who)));
        }
        lab.run(S);
        assert_eq!(lab.registry().revision(), 4);
        lab.client(lab.balancer()).expect("it runs").shown.clone()
    };
    assert_eq!(shown(Like::Etcd), [2, 3, 4]);
    let seen = shown(Like::Zookeeper);
    assert!(seen.len() < 3 && seen.last() == Some(&4), "{seen:?}");
}
