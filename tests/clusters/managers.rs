//! What becomes of a cluster whose manager is in trouble, and of a pair that goes by the manager's lease.

use ha_lab::ha::cluster::registry::Note as Said;
use ha_lab::ha::note::{Note, StepDown};
use ha_lab::scenario::{
    Action, Decision, Manager, ManagerLease, MasterStandby, Scenario, Scheduled, Setup, Target, Zookeeper,
};

use super::seen::{m, ready, see, without_manager, workers};
use super::storms::S;

fn lease(scenario: &mut Scenario) -> &mut ManagerLease {
    match &mut scenario.system {
        Setup::MasterStandby(MasterStandby { decision: Decision::Manager(lease), .. }) => lease,
        other => panic!("{other:?}"),
    }
}

#[test]
fn without_a_manager_nothing_is_assigned_and_what_was_goes_on_as_long_as_the_claims_do() {
    // Failsafe: the other holders stand in for the manager.
    let seen = see(&ready("manager-down"));
    seen.loses_nothing();
    for shard in 0..3 {
        seen.holds(!seen.acknowledged(shard, 18, 22).is_empty(), "long after every claim has run out");
    }
    let changed = seen.notes().any(|(at, _, _, note)| {
        let given = matches!(note, Note::Registry(Said::Assigned { .. } | Said::Revoked { .. }));
        given && (10 * S..35 * S).contains(&at.us())
    });
    seen.holds(!changed, "no majority, no decisions");
    seen.holds(!seen.acknowledged(0, 55, 60).is_empty(), "when it is back, all is well");
    // Without: owners stop by their own clocks when their claims cannot be renewed. That takes a while: the leader that
    // is left renews them until it notices that it is alone.
    let mut scenario = ready("manager-down");
    workers(&mut scenario).claim.failsafe = false;
    let strict = see(&scenario);
    strict.loses_nothing();
    strict.holds((0..3).all(|shard| strict.acknowledged(shard, 24, 35).is_empty()), "nobody dares to go on");
    // With claims that nobody looks at they go on until they are told.
    workers(&mut scenario).claim.checked = false;
    let careless = see(&scenario);
    careless.loses_nothing();
    careless.holds(!careless.acknowledged(0, 24, 35).is_empty(), "only tokens guard them");
}

#[test]
fn while_members_are_restarted_one_by_one_no_shard_moves() {
    for seed in 1..=5 {
        let seen = see(&Scenario { seed, ..ready("rolling-restart-members") });
        seen.loses_nothing();
        seen.holds(seen.ledger.failovers().is_empty() && seen.ledger.incidents().is_empty(), "nobody notices");
        let leaders = seen
            .notes()
            .filter(|(_, machine, _, note)| machine.index() >= 6 && matches!(note, Note::BecameMaster { .. }));
        seen.holds(leaders.count() >= 2, "though the leader has changed");
    }
}

#[test]
fn a_dead_leader_takes_no_claims_with_it() {
    for name in ["worker-crash", "worker-crash-zookeeper"] {
        let mut scenario = ready(name);
        workers(&mut scenario).claim.ttl_us = 15 * S;
        scenario.faults.scheduled = vec![Scheduled::at(10 * S, Action::MachineCrash { on: Target::Leader })];
        let seen = see(&scenario);
        seen.loses_nothing();
        seen.holds(
            seen.said(|said| matches!(said, Said::Revoked { .. })).is_none(),
            "a new leader begins anew for all",
        );
        seen.holds(seen.ledger.failovers().is_empty(), "no shard moves");
    }
}

#[test]
fn a_pair_fails_over_by_the_managers_lease() {
    for seed in 1..=5 {
        let seen = see(&Scenario { seed, ..ready("manager-lease") });
        seen.loses_nothing();
        seen.holds(seen.ledger.failovers().len() == 1, "one failover");
        seen.holds(!seen.acknowledged(0, 30, 60).is_empty(), "and all is well");
    }
}

/// The line of a pair under a ZooKeeper-like manager: who registers anew stands at its end, so the one that has waited
/// longest is next. With an etcd-like manager it is the lowest index.
#[test]
fn of_standbys_that_have_everything_the_lowest_sequence_number_is_next() {
    for (zookeeper, next) in [(true, 2), (false, 0)] {
        let mut scenario = ready("manager-lease");
        if zookeeper {
            lease(&mut scenario).ensemble = Manager::Zookeeper(Zookeeper::default());
        }
        let crash = |at: u64, node: u8| Scheduled::at(at * S, Action::MachineCrash { on: Target::Node(node) });
        let restart = Scheduled::at(30 * S, Action::Restart { on: Target::Node(0) });
        scenario.faults.scheduled = vec![crash(10, 0), restart, crash(50, 1)];
        scenario.until_us = 80 * S;
        let seen = see(&scenario);
        seen.loses_nothing();
        let registered = seen.notes().find_map(|(_, _, _, note)| match note {
            Note::Registry(Said::Registered { worker: 0, sequence, .. }) => Some(sequence),
            _ => None,
        });
        seen.holds(registered == Some(zookeeper.then_some(3)), "three were there before it");
        seen.holds(!seen.acknowledged(0, 30, 50).is_empty(), "B is master");
        let heir = seen.acknowledged(0, 70, 80);
        seen.holds(!heir.is_empty() && heir.iter().all(|by| *by == m(next)), "then the next in line");
    }
}

#[test]
fn a_master_that_alone_loses_the_manager_demotes_itself_before_another_is_promoted() {
    let mut scenario = ready("manager-lease");
    scenario.faults.scheduled = without_manager(0);
    let seen = see(&scenario);
    seen.loses_nothing();
    let when = |who: usize, is: &dyn Fn(&Note) -> bool| {
        seen.notes().find(|(at, machine, _, note)| at.us() > S && *machine == m(who) && is(note)).map(|(at, ..)| at)
    };
    let stops = when(0, &|note| matches!(note, Note::SteppedDown { why: StepDown::LeaseLost, .. }));
    let opens = [1, 2].iter().filter_map(|who| when(*who, &|note| matches!(note, Note::BecameMaster { .. }))).min();
    seen.holds(stops.is_some() && opens.is_some() && stops < opens, "first one stops, then the other opens");
}

#[test]
fn failsafe_keeps_the_master_on_while_all_standbys_answer_and_no_longer() {
    let seen = see(&ready("failsafe"));
    seen.loses_nothing();
    seen.holds(seen.acknowledged(0, 18, 25).iter().any(|by| *by == m(0)), "the whole manager is gone, and it goes on");
    seen.holds(seen.acknowledged(0, 33, 35).is_empty(), "a standby that it does not hear could be master");
    seen.holds(!seen.acknowledged(0, 50, 60).is_empty(), "and all is well again");
    let mut scenario = ready("failsafe");
    lease(&mut scenario).claim.failsafe = false;
    let strict = see(&scenario);
    strict.loses_nothing();
    strict.holds(strict.acknowledged(0, 18, 35).is_empty(), "without failsafe it steps down, healthy as it is");
}
