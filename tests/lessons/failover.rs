//! Somebody takes over, or nobody does.

use crate::chaos::{MS, S};
use crate::lab::{A, Lab, Seen, crash, isolate, lab};
use ha_lab::ha::note::Note;
use ha_lab::scenario::{Action, Decision, Detection, Scenario, Setup, SilenceLimit, SingleNode, Standby, Target};

#[test]
fn a_standby_takes_over_from_a_master_that_crashes() {
    let seen = lab().at(2_000, crash(Target::Master)).run(6_000);
    let [(0, A), (took_over, heir)] = seen.masters()[..] else { panic!("{:?}", seen.masters()) };
    assert!(
        heir != A && (2_200 * MS..3_000 * MS).contains(&took_over),
        "three missed heartbeats and a vote: {took_over}"
    );
    assert!(seen.writes_done(4_000, 6_000) > 20);
    assert!(seen.record.lost().is_empty());
}

#[test]
fn without_a_majority_nobody_takes_over() {
    let seen = lab().at(2_000, crash(Target::Node(0))).at(2_000, crash(Target::Node(2))).run(10_000);
    assert_eq!(seen.masters().len(), 1);
    assert_eq!(seen.writes_done(3_000, 10_000), 0);
}

#[test]
fn a_witness_makes_an_even_number_odd() {
    let pair = |standbys| lab().with(|system| system.standbys = standbys).at(2_000, crash(Target::Master));
    assert!(pair(1).run(6_000).masters().len() == 2, "the standby and the witness are two of three");
    let seen = pair(1).at(2_000, crash(Target::Witness)).run(6_000);
    assert_eq!(seen.masters().len(), 1, "the dead count among those of whom a majority is needed");
}

#[test]
fn a_cold_start_elects_a_master_and_only_one() {
    for decision in [Decision::Majority, Decision::Operator { reaction_lo_us: S, reaction_hi_us: S }] {
        let seen = lab().with(|system| (system.cold_start, system.decision) = (true, decision.clone())).run(8_000);
        assert_eq!(seen.masters().len(), 1, "{decision:?}");
        assert!(seen.writes_done(5_000, 8_000) > 20);
    }
}

#[test]
fn a_single_node_is_down_until_it_is_up_again() {
    let mut lab = Lab(Scenario { system: Setup::SingleNode(SingleNode::default()), ..lab().0 });
    lab = lab.at(2_000, crash(Target::Master)).at(5_000, Action::Restart { on: Target::Node(0) });
    let seen = lab.run(9_000);
    assert_eq!(seen.writes_done(2_100, 5_000), 0);
    assert!(seen.writes_done(7_000, 9_000) > 20);
    assert!(seen.record.lost().is_empty(), "what is on its disk is still there");
}

#[test]
fn a_cold_standby_takes_over_late() {
    let late = lab().with(|system| system.standby = Standby { start_up_us: 3 * S, serves_reads: false });
    let seen = late.at(2_000, crash(Target::Master)).run(9_000);
    assert!((5_200 * MS..6_500 * MS).contains(&seen.masters()[1].0), "{:?}", seen.masters());
}

#[test]
fn an_operator_takes_their_time_and_does_not_act_when_the_master_was_only_silent() {
    let operator = |lo: u64, hi: u64| Decision::Operator { reaction_lo_us: lo * S, reaction_hi_us: hi * S };
    let night = lab().with(|system| system.decision = operator(4, 6));
    let seen = night.clone().at(2_000, crash(Target::Master)).run(12_000);
    assert!((6_200 * MS..9_000 * MS).contains(&seen.masters()[1].0), "{:?}", seen.masters());
    let seen = night.at(2_000, isolate(&[Target::Node(0)])).at(3_000, Action::Heal).run(12_000);
    assert!(seen.first(|_, note| matches!(note, Note::OperatorCalled { .. })).is_some());
    assert_eq!(seen.masters().len(), 1, "they were called, and found it well again");
}

#[test]
fn a_limit_that_is_too_tight_makes_the_role_flap() {
    let flap = |heartbeats| {
        let mut lab = lab().with(|system| {
            system.detection = Detection { heartbeat_us: 100 * MS, limit: SilenceLimit::Missed { heartbeats } };
        });
        // A network that now and then takes 150 ms longer.
        lab.0.network.between_nodes.hi_us = 150 * MS;
        lab.run(40_000)
    };
    let (tight, wide) = (flap(1), flap(5));
    let alarms = |seen: &Seen| seen.count(|_, note| matches!(note, Note::Suspected { .. }));
    assert!(alarms(&tight) > 100, "{}", alarms(&tight));
    assert!(tight.masters().len() > 2, "{:?}", tight.masters());
    assert_eq!((alarms(&wide), wide.masters().len()), (0, 1));
}

#[test]
fn phi_accrual_learns_what_a_fixed_limit_has_to_be_told() {
    let limit = SilenceLimit::Phi { threshold_milli: 8_000 };
    let mut lab = lab().with(|system| system.detection = Detection { heartbeat_us: 100 * MS, limit });
    lab.0.network.between_nodes.hi_us = 100 * MS;
    let seen = lab.at(20_000, crash(Target::Master)).run(26_000);
    assert_eq!(seen.masters().len(), 2, "no false alarm in twenty seconds, and the real one: {:?}", seen.masters());
}
