//! A cluster: each shard is a service of its own, and a manager says who owns it.

use super::tale::{A, B, C, Tale, cluster, config, ms, pos};
use crate::ha::cluster::registry;
use crate::ha::message::{OpKind, Pos, RequestId};
use crate::ha::note::{FencedBy, Note, Outcome, StepDown};
use crate::measure::{Cause, Elections, Live, Phases, State, Stretch};
use crate::sim::{Fault, Sink, Status};

/// Two shards: A is the owner of the first, B of the second.
fn tale() -> Tale {
    Tale::new(cluster(1, 2))
}

/// A dies at 1000 ms; the manager gives its shard to B, and at 2500 ms it is served again. The other goes on.
fn one_owner_lost() -> Tale {
    let mut tale = tale();
    tale.served_but(4000, &[(1050, 2500)]);
    tale.of(1).served_but(4000, &[]);
    tale.of(0).kill(1000, A);
    tale.lease_expired(1900, 0);
    tale.registry(1950, registry::Note::Assigned { shard: 0, worker: 1, token: 7 });
    tale.led(1980, B, 7); // the balancer hears of it before B is ready
    tale.decided(2000, B, 7);
    tale.fenced(2100, B, 7, FencedBy::Lease);
    tale.promoted(2300, B, 7, pos(1, 0));
    tale
}

#[test]
fn the_time_availability_is_that_of_an_average_key() {
    let figures = one_owner_lost().ledger().figures(ms(4000));
    assert_eq!(figures.any_down_us, 1_452_000, "from the first failed canary to the first good one");
    assert_eq!(figures.downtime_us, 726_000, "but only for half of the keys");
    assert_eq!(figures.partial_us, 1_452_000, "all of it with the other half served");
    let time = figures.availability.time.unwrap();
    assert_eq!((time.good, time.all), (2 * 4_000_000 - 1_452_000, 2 * 4_000_000));
    assert_eq!((figures.outages, figures.failovers), (1, 1));
    assert_eq!(figures.mttr_us, Some(1_452_000), "an outage lasts as long as its shard is down");
    assert_eq!(figures.mttf_us, Some(8_000_000 - 1_452_000), "two shards were up for so long, and failed once");
    assert_eq!(figures.achieved_recovery_us, Some(1_452_000));
}

#[test]
fn an_outage_says_which_shard_it_was_and_what_took_so_long() {
    let ledger = one_owner_lost().ledger();
    let [incident] = ledger.incidents() else { panic!("one outage: {:?}", ledger.incidents()) };
    assert_eq!((incident.shard, incident.cause, incident.fault_at), (0, Cause::Fault, Some(ms(1000))));
    assert_eq!((incident.started, incident.ended), (ms(1050), Some(ms(2502))));
    assert_eq!((incident.noticed, incident.promoted), (Some(ms(1900)), Some((B, 7))));
    let expected = Phases {
        detect_us: 850_000, // the manager finds that the lease has run out
        decide_us: 100_000,
        fence_us: 100_000,
        promote_us: 200_000,
        redirect_us: 0, // the balancer had led requests there before
        resume_us: 202_000,
        repair_us: 0,
    };
    assert_eq!(incident.phases, expected);
    assert_eq!(ledger.figures(ms(4000)).mttd_us, Some(850_000));
    let [failover] = ledger.failovers() else { panic!("one failover") };
    assert_eq!((failover.shard, failover.from, failover.to, failover.outage), (0, Some(A), B, Some(0)));
}

#[test]
fn a_balancer_that_follows_late_redirects_late() {
    let mut tale = Tale::new(cluster(1, 2));
    tale.of(1).served_but(4000, &[(1050, 3000)]);
    tale.kill(1000, B);
    tale.lease_expired(1900, 1);
    tale.decided(2000, C, 7);
    tale.promoted(2000, C, 7, pos(1, 0));
    tale.of(0).led(2100, C, 7); // of another shard
    tale.of(1).led(2600, C, 7);
    let ledger = tale.ledger();
    let incident = &ledger.incidents()[0];
    assert_eq!((incident.shard, incident.promoted), (1, Some((C, 7))));
    assert_eq!((incident.phases.redirect_us, incident.phases.resume_us), (600_000, 402_000));
}

#[test]
fn the_ribbon_is_down_only_if_all_shards_are() {
    let mut tale = tale();
    tale.served_but(4000, &[(1000, 2000)]);
    tale.of(1).served_but(4000, &[(1500, 3000)]);
    let ledger = tale.ledger();
    let expected = [(0, State::Up), (1000, State::PartlyDown), (1500, State::Down), (2002, State::PartlyDown)];
    let expected = expected.into_iter().chain([(3002, State::Up)]);
    assert_eq!(ledger.ribbon(), expected.map(|(at, state)| Stretch { from: ms(at), state }).collect::<Vec<_>>());
    let figures = ledger.figures(ms(4000));
    assert_eq!((figures.any_down_us, figures.partial_us), (2_002_000, 1_500_000));
    assert_eq!(figures.downtime_us, u64::midpoint(1_002_000, 1_502_000));
    let outages: Vec<_> = ledger.incidents().iter().map(|incident| (incident.shard, incident.started)).collect();
    assert_eq!(outages, [(0, ms(1000)), (1, ms(1500))], "in order of their beginnings");

    let seems = |at| tale.ledger_at(at).service(ms(at)).writes;
    let expected = [(900, Live::Up), (1300, Live::PartlyDown), (1800, Live::Down), (2500, Live::PartlyDown)];
    for (at, live) in expected.into_iter().chain([(3500, Live::Up)]) {
        assert_eq!(seems(at), live, "at {at} ms");
    }
}

#[test]
fn what_one_shard_learns_late_is_put_where_it_belongs() {
    let mut tale = tale();
    tale.served_but(2500, &[(1000, 1200)]); // refused at once
    tale.of(1).canaries(0, 0, 900, Outcome::Done);
    tale.canaries(0, 900, 1500, Outcome::Unknown); // hang for 1 s
    tale.canaries(0, 1500, 3500, Outcome::Done);
    assert!(tale.ledger_at(1800).incidents().is_empty(), "nobody knows yet what came first");
    let ledger = tale.ledger();
    let outages: Vec<_> = ledger.incidents().iter().map(|incident| (incident.shard, incident.started)).collect();
    assert_eq!(outages, [(1, ms(900)), (0, ms(1000))]);
}

#[test]
fn each_outage_has_the_fault_and_the_failover_of_its_shard() {
    let mut tale = tale();
    tale.served_but(5000, &[(1050, 2000)]);
    tale.of(1).served_but(5000, &[(1550, 3000)]);
    tale.of(0).kill(1000, A);
    tale.lease_expired(1400, 0);
    tale.decided(1700, C, 7);
    tale.promoted(1800, C, 7, pos(1, 0));
    tale.of(1).kill(1500, B);
    tale.lease_expired(1900, 1);
    tale.decided(2700, C, 7); // the same token as in the other shard: it says nothing about this one
    tale.promoted(2800, C, 7, pos(1, 0));
    let ledger = tale.ledger();
    let told: Vec<_> =
        ledger.incidents().iter().map(|i| (i.shard, i.fault_at, i.noticed, i.phases.decide_us)).collect();
    assert_eq!(
        told,
        [(0, Some(ms(1000)), Some(ms(1400)), 300_000), (1, Some(ms(1500)), Some(ms(1900)), 800_000)],
        "a machine that owns nothing of a shard is no cause and no notice of its outage"
    );
    let failovers: Vec<_> = ledger.failovers().iter().map(|f| (f.shard, f.from, f.to, f.outage)).collect();
    assert_eq!(failovers, [(0, Some(A), C, Some(0)), (1, Some(B), C, Some(1))]);
}

#[test]
fn a_worker_that_is_back_before_its_lease_ran_out_is_repaired_not_replaced() {
    let mut tale = tale();
    tale.served_but(4000, &[(1050, 1600)]);
    tale.of(1).served_but(4000, &[]);
    tale.of(0).kill(1000, A);
    tale.restart(1400, A);
    let ledger = tale.ledger();
    let [incident] = ledger.incidents() else { panic!("one outage") };
    assert_eq!((incident.promoted, incident.noticed), (None, None));
    assert_eq!(incident.phases, Phases { repair_us: 552_000, ..Phases::default() });
    assert!(ledger.failovers().is_empty());

    // It says that it is master again, in its old epoch: nobody took over for all that.
    tale.promoted(1500, A, 1, pos(1, 0));
    let ledger = tale.ledger();
    let phases = ledger.incidents()[0].phases;
    assert_eq!((phases.repair_us, phases.decide_us, phases.detect_us), (350_000, 0, 0), "until it ran again");
    assert!(ledger.failovers().is_empty());
}

#[test]
fn a_lease_that_runs_out_while_the_worker_is_well_is_a_false_alarm() {
    for (frozen, cause) in [(false, Cause::FalseAlarm), (true, Cause::Fault)] {
        let mut tale = tale();
        tale.served_but(4000, &[(2000, 2500)]);
        tale.of(1).served_but(4000, &[]);
        if frozen {
            tale.fault(900, Fault::Freeze(A));
            tale.status(900, A, Status::Frozen);
        }
        tale.of(0).lease_expired(1950, 0);
        tale.decided(2200, B, 7);
        tale.promoted(2400, B, 7, pos(1, 0));
        assert_eq!(tale.ledger().incidents()[0].cause, cause);
    }
}

#[test]
fn what_the_managers_members_say_of_their_leadership_is_not_the_datas() {
    let mut tale = one_owner_lost();
    let before = tale.ledger().figures(ms(4000));
    let member = tale.config.layout.members[1];
    tale.of(0).suspects(1200, member, A);
    tale.decided(1300, member, 900);
    tale.promoted(1400, member, 900, pos(0, 0));
    let id = RequestId { site: 0, ordinal: 0, canary: false };
    tale.note(1500, member, Note::Acknowledged { id, pos: pos(900, 1), standbys: 2 });
    assert_eq!(tale.ledger().figures(ms(4000)), before);
}

#[test]
fn the_elections_of_a_cluster_are_its_managers() {
    let mut tale = one_owner_lost();
    let [first, second, _] = tale.config.layout.members[..] else { panic!("three members") };
    tale.of(0).kill(1200, first);
    tale.decided(1500, second, 2);
    tale.promoted(1600, second, 2, pos(0, 0));
    let mut elections = Elections::new(&tale.config);
    for (at, event) in tale.events() {
        elections.event(at, 0, &event);
    }
    let told: Vec<_> = elections.list().iter().map(|e| (e.started, e.elected, e.leader)).collect();
    assert_eq!(told, [(ms(1200), ms(1500), second)]);
}

// ---- data --------------------------------------------------------------------------------------

#[test]
fn shards_have_histories_of_their_own() {
    // Both shards are in epoch 1, and then in epoch 7: the same numbers mean other logs.
    let mut tale = tale();
    for index in 1..=5 {
        tale.of(0).write(u64::from(index) * 100, 2 * index, 0, A, pos(1, index));
        tale.of(1).write(u64::from(index) * 100, 2 * index + 1, 1, B, pos(1, index));
    }
    tale.of(0).promoted(1000, B, 7, pos(1, 3));
    let figures = tale.ledger().figures(ms(1100));
    assert_eq!((figures.writes.acked, figures.writes.lost, figures.achieved_loss), (10, 2, 2));
    tale.of(1).promoted(2000, C, 7, pos(1, 1));
    let ledger = tale.ledger();
    let figures = ledger.figures(ms(2100));
    assert_eq!((figures.writes.acked, figures.writes.lost), (10, 6));
    assert_eq!(figures.achieved_loss, 4, "the most that one promotion lost");
    assert_eq!(ledger.failovers().iter().map(|f| (f.shard, f.lost)).collect::<Vec<_>>(), [(0, 2), (1, 4)]);

    // A read of one shard misses nothing that was written to the other.
    tale.of(0).read(3000, 2, 100, 0, pos(1, 5));
    tale.of(1).read(3000, 2, 101, 1, pos(1, 5));
    assert_eq!(tale.ledger().figures(ms(3100)).reads.stale, 0);
    tale.of(1).read(3200, 2, 102, 3, pos(0, 0)); // another key of the shard: nothing was written to it
    tale.of(1).read(3200, 2, 103, 1, pos(1, 4));
    assert_eq!(tale.ledger().figures(ms(3300)).reads.stale, 1);
}

#[test]
fn a_write_that_is_lost_late_belongs_to_its_shards_failover() {
    let mut tale = tale();
    tale.of(0).write_slowly(900, 50, 300, 0, 0, A, pos(1, 1)); // its answer is on its way
    tale.of(0).promoted(1000, B, 7, Pos::default());
    tale.of(1).promoted(1100, C, 8, Pos::default());
    let ledger = tale.ledger();
    assert_eq!(ledger.failovers().iter().map(|f| (f.shard, f.lost)).collect::<Vec<_>>(), [(0, 1), (1, 0)]);
}

#[test]
fn two_masters_of_different_shards_are_no_split_brain() {
    let mut tale = tale();
    let ledger = tale.ledger_at(900);
    assert!(!ledger.dual_master() && ledger.split_brains().is_empty());
    tale.of(1).promoted(1000, C, 7, Pos::default());
    tale.of(0).promoted(1200, C, 8, Pos::default());
    tale.of(1).note(2000, B, Note::SteppedDown { epoch: 1, why: StepDown::LeaseLost });
    let ledger = tale.ledger();
    let told: Vec<_> = ledger.split_brains().iter().map(|s| (s.shard, s.from, s.until, s.nodes)).collect();
    assert_eq!(told, [(1, ms(1000), Some(ms(2000)), [B, C]), (0, ms(1200), None, [A, C])]);
    let figures = ledger.figures(ms(3000));
    assert_eq!((figures.split_brains, figures.split_brain_us), (2, 1_000_000 + 1_800_000));
}

// ---- stale holders -----------------------------------------------------------------------------

#[test]
fn who_acts_without_its_lease_is_a_stale_holder_until_it_stops() {
    let mut tale = tale();
    tale.of(0).beats(900, A, 1);
    tale.lease_expired(1000, 0);
    assert_eq!(tale.ledger_at(1100).figures(ms(1100)).stale_holders, 0, "it does nothing");
    for at in [1200, 1300, 1400] {
        tale.beats(at, A, 1);
    }
    tale.of(0).write(1250, 0, 0, A, pos(1, 1));
    tale.of(0).write(1350, 1, 0, A, pos(1, 2));
    tale.registry(1450, registry::Note::Assigned { shard: 0, worker: 1, token: 7 });
    tale.decided(1500, B, 7);
    tale.promoted(1500, B, 7, pos(1, 2));
    tale.beats(1600, B, 7); // it owns the shard
    tale.beats(1650, A, 1);
    tale.note(1700, A, Note::SteppedDown { epoch: 1, why: StepDown::NewerEpoch });
    let figures = tale.ledger().figures(ms(2000));
    assert_eq!((figures.stale_holders, figures.writes.by_stale_holders), (1, 2));
    assert_eq!((figures.writes.acked, figures.writes.lost), (2, 0), "which is not to say that anything was lost");

    // It comes up with its old belief: a second time.
    tale.promoted(2100, A, 1, pos(1, 2));
    tale.beats(2200, A, 1);
    assert_eq!(tale.ledger().figures(ms(3000)).stale_holders, 2);
}

#[test]
fn a_stale_holder_is_one_of_a_shard() {
    let mut tale = tale();
    // B owns the second shard and follows in the first: it beats for the one under a good lease.
    tale.lease_expired(1000, 0);
    tale.of(1).beats(1100, B, 1);
    // A owned only the first; what it were to say of the second would be stale there.
    tale.of(0).beats(1200, A, 1);
    assert_eq!(tale.ledger().figures(ms(2000)).stale_holders, 1);
    tale.of(1).beats(1300, A, 1);
    assert_eq!(tale.ledger().figures(ms(2000)).stale_holders, 2);
}

#[test]
fn a_new_leader_that_repeats_what_was_said_makes_no_stale_holder() {
    let mut tale = tale();
    tale.lease_expired(1000, 0);
    for at in [1100, 1500] {
        tale.registry(at, registry::Note::Revoked { worker: 0, lease: 1 });
        tale.registry(at + 1, registry::Note::Assigned { shard: 0, worker: 0, token: 7 });
        tale.of(0).beats(at + 100, A, 7);
    }
    assert_eq!(tale.ledger().figures(ms(2000)).stale_holders, 0);
    tale.registry(1900, registry::Note::HandedOver { shard: 0, from: 0, to: 2, token: 9 });
    tale.beats(2000, A, 7);
    assert_eq!(tale.ledger().figures(ms(3000)).stale_holders, 1);
}

#[test]
fn without_a_manager_nobody_is_a_stale_holder() {
    let mut tale = Tale::new(config(1));
    tale.promoted(1000, B, 2, Pos::default());
    tale.beats(1100, A, 1);
    let figures = tale.ledger().figures(ms(2000));
    assert_eq!((figures.stale_holders, figures.split_brains), (0, 1));
}

// ---- one shard ---------------------------------------------------------------------------------

/// The same story told of a master with its standbys, and of a cluster with one shard.
#[test]
fn a_cluster_with_one_shard_has_the_figures_of_a_master_with_standbys() {
    let story = |mut tale: Tale| {
        tale.served_but(4000, &[(1050, 2500)]);
        tale.kill(1000, A);
        tale.suspects(1300, B, A);
        tale.decided(1500, B, 2);
        tale.promoted(1800, B, 2, pos(1, 2));
        tale.write(500, 0, 0, A, pos(1, 1));
        tale.write(600, 1, 1, A, pos(1, 2));
        tale.write(700, 2, 2, A, pos(1, 3));
        tale.request(
            2600,
            1000,
            RequestId { site: 0, ordinal: 3, canary: false },
            OpKind::Read,
            5,
            Outcome::Unknown,
            pos(0, 0),
        );
        tale.ledger()
    };
    let (pair, cluster) = (story(Tale::new(config(1))), story(Tale::new(cluster(1, 1))));
    let mut figures = [pair.figures(ms(4000)), cluster.figures(ms(4000))];
    figures[1].per_node.truncate(figures[0].per_node.len());
    figures[0].mttd_us = None; // a suspicion of its own means nothing where a manager decides
    figures[1].mttd_us = None;
    assert_eq!(figures[0], figures[1]);
    assert_eq!(figures[0].any_down_us, figures[0].downtime_us);
    assert_eq!(pair.ribbon(), cluster.ribbon());
    assert_eq!(pair.failovers(), cluster.failovers());
}
