//! What becomes of workers, and of the shards that they own.

use ha_lab::ha::cluster::registry::Note as Said;
use ha_lab::ha::note::{Note, StepDown};
use ha_lab::measure::{Assumption, Promise};
use ha_lab::player::Player;
use ha_lab::scenario::{Action, Replication, ReplicationMode, Scenario, Scheduled, Target, Unable};
use ha_lab::sim::SimTime;

use super::seen::{cluster, m, ready, see, without_manager, workers};
use super::storms::S;

#[test]
fn a_dead_workers_shard_goes_to_a_holder_when_its_claim_has_run_out_and_the_balancer_follows() {
    for name in ["worker-crash", "worker-crash-zookeeper"] {
        for seed in 1..=5 {
            let seen = see(&Scenario { seed, ..ready(name) });
            seen.loses_nothing();
            let revoked = seen.said(|said| matches!(said, Said::Revoked { worker: 0, .. }));
            let given = seen.said(|said| matches!(said, Said::Assigned { shard: 0, worker: 1, token: 2.. }));
            seen.holds(revoked.is_some_and(|at| (13..22).contains(&(at.us() / S))), "nobody may know before that");
            seen.holds(given.is_some() && given == revoked, "in the same step B gets it");
            let routed = seen.notes().any(|(at, _, shard, note)| {
                shard == 0 && Some(at) > given && matches!(note, Note::Routed { to, epoch: 2.. } if to == m(1))
            });
            seen.holds(routed, "and requests go there");
            seen.holds(seen.acknowledged(0, 24, 34).iter().all(|by| *by == m(1)), "B serves");
            seen.holds(!seen.acknowledged(1, 16, 30).is_empty(), "the other shards are served all along");
        }
    }
}

#[test]
fn a_worker_that_is_back_is_handed_its_share_and_nothing_waits_for_a_timeout() {
    let seen = see(&ready("worker-crash"));
    let handed = seen.said(|said| matches!(said, Said::HandedOver { to: 0, .. }));
    seen.holds(handed.is_some_and(|at| at.us() > 35 * S), "by its owner, when it has everything");
    seen.holds(!seen.acknowledged(0, 50, 60).is_empty(), "and it is well");
}

#[test]
fn the_longer_the_lease_the_longer_the_outage_and_too_short_a_lease_fails_over_for_nothing() {
    let longest = |name: &str| see(&ready(name)).figures().achieved_recovery_us.unwrap_or(0);
    let (short, long) = (longest("worker-crash"), longest("lease-too-long"));
    assert!(short < 14 * S && long > 25 * S, "{short} {long}");
    let hasty = see(&ready("lease-too-short"));
    hasty.loses_nothing();
    hasty.holds(!hasty.ledger.failovers().is_empty(), "A was healthy all the time");
    let mut scenario = ready("lease-too-short");
    // And it has to be patient with a member that is slow to answer.
    workers(&mut scenario).claim.ttl_us = 30 * S;
    workers(&mut scenario).claim.keep_alive_us = 6 * S;
    let calm = see(&scenario);
    calm.holds(calm.ledger.failovers().is_empty(), "a long lease sits it out");
}

#[test]
fn nothing_that_an_expired_owner_does_is_applied_where_tokens_are_looked_at() {
    for seed in 1..=5 {
        let seen = see(&Scenario { seed, ..ready("expired-lease") });
        seen.loses_nothing();
        seen.holds(seen.figures().stale_holders > 0, "A acts on a claim that is gone");
        seen.holds(seen.figures().writes.by_stale_holders == 0, "in vain");
    }
}

#[test]
fn without_tokens_an_expired_owner_acknowledges_what_is_thrown_away_later() {
    let seen = see(&ready("expired-lease-no-token"));
    let writes = seen.figures().writes;
    seen.holds(
        writes.by_stale_holders > 0 && writes.lost + writes.conflicting > 0,
        "two histories, one is thrown away",
    );
    let mut scenario = ready("expired-lease-no-token");
    workers(&mut scenario).claim.checked = true;
    let seen = see(&scenario);
    seen.holds(seen.figures().writes.by_stale_holders == 0, "who looks at its clock stops in time");
}

#[test]
fn a_drained_worker_leaves_without_a_trace_and_a_spare_gets_its_share() {
    for seed in 1..=5 {
        let seen = see(&Scenario { seed, ..ready("drain-and-join") });
        seen.loses_nothing();
        let drained = seen.said(|said| matches!(said, Said::Drained { worker: 0 }));
        seen.holds(drained.is_some_and(|at| at.us() < 40 * S), "A is empty before it leaves");
        let shards = seen.count(|note| matches!(note, Note::Registry(Said::HandedOver { to: 3, .. })));
        seen.holds(shards == 1, "D gets one of three");
        seen.holds(seen.ledger.failovers().iter().all(|failover| failover.planned), "nobody is taken for dead");
    }
}

#[test]
fn a_crashed_process_that_is_soon_back_is_not_missed_by_the_manager_but_registers_anew() {
    let mut scenario = ready("worker-crash");
    let on = Target::Node(0);
    scenario.faults.scheduled =
        vec![Scheduled::at(10 * S, Action::ProcessCrash { on }), Scheduled::at(11 * S, Action::Restart { on })];
    let seen = see(&scenario);
    seen.loses_nothing();
    seen.holds(seen.said(|said| matches!(said, Said::Expired { .. })).is_none(), "its lease did not run out");
    let again = seen.said(|said| matches!(said, Said::Registered { worker: 0, lease: 2.., .. }));
    seen.holds(again.is_some_and(|at| at.us() < 16 * S), "a new life has a new lease, and its shards new tokens");
}

#[test]
fn a_write_that_is_asked_for_again_is_written_once_with_idempotence_keys() {
    let mut repeated = (0, 0);
    for seed in 1..=6 {
        let mut scenario = Scenario { seed, ..ready("worker-crash") };
        scenario.clients.mean_gap_us = Some(100_000);
        scenario.clients.attempts = 6;
        scenario.faults.scheduled[0].action = Action::ProcessCrash { on: Target::Node(0) };
        cluster(&mut scenario).idempotence = false;
        repeated.0 += see(&scenario).figures().writes.repeated;
        cluster(&mut scenario).idempotence = true;
        repeated.1 += see(&scenario).figures().writes.repeated;
    }
    assert!(repeated.0 > 0 && repeated.1 == 0, "applied again without keys, and with keys: {repeated:?}");
}

/// A lone copy is lost with its disk: the shard stays without owner, and says why, until somebody decides.
#[test]
fn an_empty_disk_is_not_taken_for_a_copy() {
    let on = Target::Node(0);
    let wipe = [(10, Action::PowerLoss { on }), (12, Action::WipeDisk { on }), (12, Action::Restart { on })];
    let wiped = |copies: u8| {
        let mut scenario = ready("worker-crash");
        workers(&mut scenario).copies = copies;
        scenario.faults.scheduled = wipe.iter().map(|(at, act)| Scheduled::at(at * S, act.clone())).collect();
        see(&scenario)
    };
    let two = wiped(2);
    two.loses_nothing();
    two.holds(two.said(|said| matches!(said, Said::Emptied { worker: 0 })).is_some(), "the manager is told");
    two.holds(two.said(|said| matches!(said, Said::Lost { .. })).is_none(), "another holder has everything");
    two.holds(!two.acknowledged(0, 25, 60).is_empty(), "and takes over");
    let one = wiped(1);
    one.holds(one.said(|said| matches!(said, Said::Lost { shard: 0 })).is_some(), "the only copy is gone");
    one.holds(one.acknowledged(0, 12, 60).is_empty(), "nobody pretends that an empty shard is all there was");
    one.holds(!one.acknowledged(1, 25, 60).is_empty(), "the other shards go on");
}

/// The last whole copy of a shard is wiped; at 30 s the operator accepts that.
fn given_up(manager: &str, copies: u8) -> Scenario {
    let mut scenario = ready(manager);
    workers(&mut scenario).copies = copies;
    let on = Target::Node(0);
    let mut plan = vec![(10, Action::PowerLoss { on }), (12, Action::WipeDisk { on }), (12, Action::Restart { on })];
    if copies > 1 {
        // The other holder has been down for a while, and is not in sync any more when it comes back.
        plan.insert(0, (2, Action::MachineCrash { on: Target::Node(1) }));
        plan.push((14, Action::Restart { on: Target::Node(1) }));
        workers(&mut scenario).claim.ttl_us = 4 * S;
    }
    plan.push((30, Action::AcceptLoss { shard: 0 }));
    scenario.faults.scheduled = plan.into_iter().map(|(at, action)| Scheduled::at(at * S, action)).collect();
    scenario.clients.mean_gap_us = Some(100_000);
    scenario
}

#[test]
fn a_lost_shard_begins_anew_when_an_operator_accepts_the_loss_and_not_before() {
    for (manager, copies) in [("worker-crash", 1), ("worker-crash-zookeeper", 1), ("worker-crash", 2)] {
        for seed in 1..=4 {
            let seen = see(&Scenario { seed, ..given_up(manager, copies) });
            seen.holds(seen.said(|said| matches!(said, Said::Lost { shard: 0 })).is_some(), "nobody has everything");
            seen.holds(seen.acknowledged(0, 13, 30).is_empty(), "it stays down as long as nobody decides");
            let accepted = seen.said(|said| matches!(said, Said::LossAccepted { shard: 0, .. }));
            seen.holds(accepted.is_some_and(|at| (30..33).contains(&(at.us() / S))), "the operator decides");
            seen.holds(!seen.acknowledged(0, 35, 60).is_empty(), "then it serves again");
            seen.holds(seen.figures().writes.lost > 0, "without what was acknowledged and is gone");
            seen.holds(seen.figures().split_brains == 0, "and nobody else writes it");
        }
    }
}

#[test]
fn who_accepted_the_loss_has_broken_the_promise_that_nothing_is_lost() {
    let scenario = given_up("worker-crash", 1);
    let mut player = Player::new(scenario.clone());
    player.seek(SimTime::from_us(29 * S));
    assert_eq!(player.breach(), None, "a shard that is down has lost nothing yet");
    player.seek(SimTime::from_us(scenario.until_us));
    let breach = player.breach().expect("acknowledged writes are gone");
    assert!(matches!(breach.promise, Promise::NothingLost { writes: 1.. }), "{breach:?}");
    assert_eq!(breach.because, Some(Assumption::NothingGivenUp(0)), "the wiped disk alone did not do it");
}

#[test]
fn only_what_nobody_owns_can_be_given_up() {
    let mut player = Player::new(given_up("worker-crash", 1));
    player.seek(SimTime::from_us(5 * S));
    assert_eq!(player.act(Action::AcceptLoss { shard: 0 }), Err(Unable::ShardHasOwner(0)));
    assert_eq!(player.act(Action::AcceptLoss { shard: 3 }), Err(Unable::NoSuchShard(3)));
    player.seek(SimTime::from_us(29 * S));
    player.act(Action::AcceptLoss { shard: 0 }).expect("nobody owns it");
}

#[test]
fn asynchronous_replication_loses_what_only_the_dead_owner_had() {
    let mut lost = 0;
    for seed in 1..=10 {
        let mut scenario = Scenario { seed, ..ready("worker-crash") };
        scenario.clients.mean_gap_us = Some(50_000);
        workers(&mut scenario).replication = Replication { mode: ReplicationMode::Async, ..Replication::default() };
        // The other holder cannot be reached in its last second.
        let cut = Action::Cut { from: Target::Node(0), to: Target::Node(1), both_ways: true };
        scenario.faults.scheduled.insert(0, Scheduled::at(9 * S, cut));
        lost += see(&scenario).figures().writes.lost;
    }
    assert!(lost > 0, "nobody waited for the other holder");
}

/// A's shard has three copies, asynchronous; B does not hear A in its last seconds, C does. With keep-alives the manager
/// hears that C has more, and gives it the shard, though B comes first by index.
#[test]
fn of_asynchronous_copies_the_one_that_is_known_to_have_most_takes_over() {
    let (mut lost, mut by_index) = (0, 0);
    for seed in 1..=20 {
        for manager in ["worker-crash", "worker-crash-zookeeper"] {
            let mut scenario = Scenario { seed, ..ready(manager) };
            scenario.clients.mean_gap_us = Some(50_000);
            workers(&mut scenario).copies = 3;
            workers(&mut scenario).shards = 1;
            workers(&mut scenario).replication = Replication { mode: ReplicationMode::Async, ..Replication::default() };
            let cut = Action::Cut { from: Target::Node(0), to: Target::Node(1), both_ways: true };
            scenario.faults.scheduled.insert(0, Scheduled::at(6 * S, cut));
            let seen = see(&scenario);
            let heir = seen.said(|said| matches!(said, Said::Assigned { shard: 0, worker: 2, .. }));
            seen.holds(heir.is_some(), "C has more than B");
            lost += seen.figures().writes.lost;
            // Where C is out of the way B is all there is: so much would have been lost with it.
            scenario.faults.scheduled.insert(0, Scheduled::at(S, Action::Drain { on: Target::Node(2) }));
            workers(&mut scenario).copies = 2;
            by_index += see(&scenario).figures().writes.lost;
        }
    }
    assert!(lost * 10 < by_index, "{lost} writes lost, {by_index} with the other one");
}

#[test]
fn an_owner_without_a_claim_steps_down_by_its_own_clock() {
    let mut scenario = ready("worker-crash");
    scenario.faults.scheduled = without_manager(0);
    scenario.until_us = 24 * S;
    let seen = see(&scenario);
    seen.loses_nothing();
    let stops = seen.notes().find_map(|(at, machine, _, note)| match note {
        Note::SteppedDown { why: StepDown::LeaseLost, .. } if machine == m(0) => Some(at),
        _ => None,
    });
    let given = seen.said(|said| matches!(said, Said::Assigned { shard: 0, worker: 1, .. }));
    seen.holds(stops.is_some() && stops < given, "its claim counts from sending, the manager's from later");
}
