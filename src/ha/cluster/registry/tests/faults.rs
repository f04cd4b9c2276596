//! How clients fare when the manager is not well, and which clock runs out first.

use super::stand::{Lab, Like, MS, S, config};
use crate::ha::cluster::registry::Note;
use crate::often::seeds;
use crate::sim::{Dice, Domain, Fault, MachineId};

const BOTH: [Like; 2] = [Like::Etcd, Like::Zookeeper];

fn revoked(note: &Note) -> bool {
    matches!(note, Note::Revoked { .. })
}

fn members(lab: &Lab) -> Vec<MachineId> {
    (0..lab.members).map(|index| lab.member_id(index)).collect()
}

#[test]
fn a_new_leader_begins_anew_for_all_claims() {
    for like in BOTH {
        let mut lab = Lab::new(like, 11);
        lab.run(5 * S);
        let (old, dead) = (lab.leader().expect("one leads"), lab.worker(0));
        lab.apply(Fault::MachineCrash(dead));
        lab.run(2_500 * MS);
        lab.apply(Fault::ProcessCrash(old));
        lab.until("another leads", |lab| lab.leader().is_some_and(|leader| leader != old));
        let elected = lab.world.now();
        lab.until("the dead worker is struck off", |lab| lab.registry().worker(0).is_none());
        let took = lab.world.now().since(elected);
        assert!(took >= 3 * S, "{like:?}: only {took} µs after the election");
        let gone: Vec<_> = lab.said().filter(|(_, _, said)| revoked(said)).map(|(_, _, said)| said).collect();
        assert_eq!(gone, [Note::Revoked { worker: 0, lease: 1 }], "{like:?}: no living worker lost its claim");
    }
}

#[test]
fn without_a_majority_nothing_is_revoked_and_nothing_assigned() {
    for like in BOTH {
        let mut lab = Lab::new(like, 12);
        lab.run(5 * S);
        // Its leader is left alone with a worker that dies.
        let leader = lab.leader().expect("one leads");
        for member in members(&lab).into_iter().filter(|member| *member != leader) {
            lab.apply(Fault::MachineCrash(member));
        }
        lab.apply(Fault::MachineCrash(lab.worker(0)));
        lab.run(30 * S);
        assert_eq!(lab.registry().revision(), 1, "{like:?}\n{}", lab.tell());
        assert_eq!(lab.registry().shard(0).and_then(|shard| shard.owner), Some(0), "as far as anybody can know");
        // The living ones stop by their own clocks, and know what they knew.
        for worker in [1, 2] {
            let client = lab.client(lab.worker(worker)).expect("it runs");
            assert_eq!((client.lost, client.registrar.claim()), (1, None), "{like:?}");
        }
        let map = lab.client(lab.balancer()).expect("it runs").registrar.map();
        assert_eq!(map.shard(1).and_then(|shard| shard.owner), Some(1), "{like:?}: routes stay as they are");
        for member in members(&lab).into_iter().filter(|member| *member != leader) {
            lab.apply(Fault::Restart(member));
        }
        lab.until("the dead one is struck off", |lab| lab.registry().worker(0).is_none());
        lab.run(3 * S);
        assert_eq!(lab.registry().workers().count(), 2, "{like:?}: the living ones have registered anew");
    }
}

#[test]
fn a_leader_in_the_minority_revokes_nothing() {
    for like in BOTH {
        let mut lab = Lab::new(like, 13);
        lab.run(5 * S);
        let leader = lab.leader().expect("one leads");
        lab.cut_off(&[leader]);
        lab.run(20 * S);
        let minority = lab.member(leader).expect("it runs").registry();
        assert_eq!(minority.revision(), 1, "{like:?}");
        assert_eq!(lab.when(revoked), None, "{like:?}: all have moved to the others in time\n{}", lab.tell());
        assert!(lab.leader().is_some_and(|newer| newer != leader), "{like:?}");
    }
}

#[test]
fn a_client_leaves_a_member_that_dies_silently_or_aloud() {
    for like in BOTH {
        for aloud in [true, false] {
            let mut lab = Lab::new(like, 14);
            lab.run(5 * S);
            let worker = lab.worker(0);
            let member = lab.client(worker).expect("it runs").registrar.member();
            lab.apply(if aloud { Fault::ProcessCrash(member) } else { Fault::MachineCrash(member) });
            lab.run(15 * S);
            let client = lab.client(worker).expect("it runs");
            assert_ne!(client.registrar.member(), member, "{like:?}");
            assert!(client.registrar.claim().is_some(), "{like:?}, aloud {aloud}\n{}", lab.tell());
            let moved = |said: &Note| matches!(said, Note::SessionMoved { .. });
            assert!(lab.when(moved).is_some(), "{like:?}, aloud {aloud}");
            assert!(!aloud || client.lost == 0, "{like:?}: there was time enough");
        }
    }
}

#[test]
fn a_worker_that_was_cut_off_is_told_that_its_claim_is_gone_and_comes_back() {
    for like in BOTH {
        let mut lab = Lab::new(like, 15);
        lab.run(5 * S);
        let worker = lab.worker(0);
        lab.cut_off(&[worker]);
        lab.until("it is struck off", |lab| lab.registry().worker(0).is_none());
        let client = lab.client(worker).expect("it runs");
        assert_eq!((client.lost, client.registrar.claim()), (1, None), "{like:?}: its own clock was first");
        lab.run(3 * S);
        lab.apply(Fault::Heal);
        lab.until("it is back", |lab| lab.client(lab.worker(0)).is_some_and(|c| c.registrar.claim().is_some()));
        assert_eq!(lab.client(worker).map(|client| client.lost), Some(1), "{like:?}: once is enough");
    }
}

#[test]
fn who_does_not_look_at_its_clock_goes_on_until_it_is_told() {
    for like in BOTH {
        let mut trusting = config(like, 3, 0, 3);
        if let crate::ha::config::SystemKind::Cluster(cluster) = &mut trusting.system {
            cluster.claim.checked = false;
        }
        let mut lab = Lab::of(trusting, 16, (MS, 5 * MS));
        lab.run(5 * S);
        let worker = lab.worker(0);
        lab.cut_off(&[worker]);
        lab.until("its shard is another's", |lab| lab.registry().shard(0).is_some_and(|shard| shard.token > 1));
        let client = lab.client(worker).expect("it runs");
        assert!(client.registrar.claim().is_some(), "{like:?}: two believe that they own it");
        lab.apply(Fault::Heal);
        lab.run(15 * S);
        assert_eq!(lab.client(worker).map(|client| client.lost), Some(1), "{like:?}");
        assert!(lab.when(|said| matches!(said, Note::ClaimLost { told: true, .. })).is_some());
    }
}

/// A member that was cut off, and does not know it, has an older registry than a client that comes from another one.
#[test]
fn a_member_refuses_a_client_that_has_seen_more_than_itself() {
    let mut lab = Lab::of(config(Like::Zookeeper, 3, 0, 5), 17, (MS, 5 * MS));
    lab.run(2 * S);
    let (worker, leader) = (lab.worker(1), lab.leader().expect("one leads"));
    let first = lab.client(worker).expect("it runs").registrar.member();
    // The next one that it will try is held back, but still believes in its leader.
    let at = members(&lab).iter().position(|member| *member == first).expect("it is one");
    let next = lab.member_id((at + 1) % 5);
    assert!(next != leader && first != leader, "another seed is needed");
    lab.apply(Fault::Cut(leader, next));
    lab.apply(Fault::Cut(next, leader));
    let order = crate::ha::message::Command::Drain(lab.worker(2));
    lab.apply(Fault::Command(worker, order));
    lab.run(100 * MS);
    assert_eq!(lab.client(worker).map(|client| client.registrar.map().revision()), Some(2));
    lab.apply(Fault::ProcessCrash(first));
    lab.run(500 * MS);
    let refused = lab.said().find(|(_, _, said)| matches!(said, Note::TooNew { .. }));
    let expected = Note::TooNew { client: worker, seen: 2, mine: 1 };
    assert_eq!(refused.map(|(_, by, said)| (by, said)), Some((next, expected)), "{}", lab.tell());
    let client = lab.client(worker).expect("it runs");
    assert!(client.registrar.member() != next && client.registrar.map().revision() == 2);
}

/// Delays of any length, cuts, crashes of leaders: as long as clocks run alike, a worker has stopped before anybody else
/// can be given what it owned.
#[test]
fn with_etcd_the_holder_stops_before_the_granter_grants() {
    let (mut expired, mut renewed) = (0, 0);
    for seed in seeds(60) {
        let dice = &mut Dice::keyed(seed, Domain::Schedule, 8, 0);
        let slowest = [5 * MS, 50 * MS, 400 * MS][dice.below(3) as usize];
        let mut lab = Lab::of(config(Like::Etcd, 3, 0, 3), seed, (MS, slowest));
        let replay = format!(
            "seed {seed}\nreplay: HALAB_SEED={seed} cargo test --profile checked --lib registry::tests::faults"
        );
        // A crash must not make the judge forget what was committed.
        let mut registry = lab.registry();
        for _ in 0..30 {
            let pause_us = dice.between(100 * MS, 2 * S);
            let end = lab.world.now().after(pause_us);
            while lab.world.now() < end {
                lab.run(10 * MS);
                let now_us = lab.world.now().us();
                if let Some(newer) = lab.newest().filter(|newest| newest.revision() > registry.revision()) {
                    registry = newer;
                }
                for worker in 0..3 {
                    let Some(client) = lab.client(lab.worker(worker.into())) else { continue };
                    // All clocks show the world's time.
                    let Some((lease, until)) = client.registrar.claim() else { continue };
                    let holds = until.us() > now_us;
                    assert!(
                        !holds || registry.has_lease(worker, lease),
                        "worker {worker} holds what is gone; {replay}"
                    );
                }
            }
            let (worker, member) = (lab.worker(dice.below(3) as usize), lab.member_id(dice.below(3) as usize));
            match dice.below(8) {
                0 => lab.cut_off(&[worker]),
                1 => lab.cut_off(&[member]),
                2 => lab.cut_off(&[worker, member]),
                3 => lab.apply(Fault::MachineCrash(member)),
                4 => lab.apply(Fault::Cut(worker, member)),
                _ => {
                    lab.apply(Fault::Heal);
                    for member in members(&lab) {
                        lab.apply(Fault::Restart(member));
                    }
                }
            }
        }
        expired += lab.said().filter(|(_, _, said)| matches!(said, Note::Revoked { .. })).count();
        renewed += (0..3).filter_map(|worker| lab.client(lab.worker(worker))).map(|client| client.renewed).sum::<u32>();
    }
    assert!(seeds(60).count() == 1 || (expired > 30 && renewed > 1_000), "too tame: {expired} {renewed}");
}

/// ZooKeeper's members answer pings themselves: one that is cut off from its leader goes on, while the leader counts the
/// session down. That is what fencing tokens are for.
#[test]
fn with_zookeeper_a_session_can_be_over_while_its_member_still_answers() {
    let mut slow = config(Like::Zookeeper, 3, 0, 3);
    if let crate::ha::config::SystemKind::Cluster(cluster) = &mut slow.system {
        if let crate::ha::cluster::Protocol::Zab(zab) = &mut cluster.manager.protocol {
            zab.sync_limit = 40; // 8 s of patience between members, 3 s for a session
        }
        cluster.claim.keep_alive_us = 500 * MS;
    }
    let mut lab = Lab::of(slow, 18, (MS, 5 * MS));
    lab.run(2 * S);
    let leader = lab.leader().expect("one leads");
    let attached = |lab: &Lab, worker| lab.client(lab.worker(worker)).expect("it runs").registrar.member();
    let worker = (0..3).find(|worker| attached(&lab, *worker) != leader).expect("one talks to a follower");
    let member = attached(&lab, worker);
    lab.apply(Fault::Cut(leader, member));
    lab.apply(Fault::Cut(member, leader));
    lab.until("its session is over", |lab| lab.registry().worker(worker as u8).is_none());
    let claim = lab.client(lab.worker(worker)).expect("it runs").registrar.claim();
    assert!(claim.is_some_and(|(_, until)| until.us() > lab.world.now().us()), "it still believes in its claim");
}
