//! Who notices that a node is not well, and when.

use super::{MS, S, Seen, crash, lab, node, restart};
use ha_lab::ha::message::OpKind;
use ha_lab::ha::note::Note;
use ha_lab::measure::Cause;
use ha_lab::scenario::{Action, Ejection, Retries, Target};

fn out(seen: &Seen) -> Option<u64> {
    seen.first(|note| matches!(note, Note::Health { up: false, .. }))
}

#[test]
fn a_crash_costs_a_third_of_the_requests_until_three_checks_have_failed() {
    let seen = lab().at(2_000, crash(0)).run(6_000);
    let noticed = out(&seen).expect("the checks fail");
    // The check at 2.0 s is the first to fail, the one at 2.4 s the third, 100 ms later.
    assert!((2_400 * MS..2_700 * MS).contains(&noticed), "{noticed}");
    assert_eq!(seen.ended(0, 2_000).1, 0);
    let (done, failed) = seen.ended(2_000, noticed / MS + 500);
    assert!(failed > 0 && failed < done, "{done} done, {failed} failed");
    assert_eq!(seen.ended(noticed / MS + 500, 6_000).1, 0, "nothing is sent there any more");
}

#[test]
fn a_node_that_is_back_has_to_pass_two_checks() {
    let seen = lab().at(2_000, crash(0)).at(4_000, restart(0)).run(8_000);
    let back = seen.first(|note| matches!(note, Note::Health { up: true, .. })).expect("it is well again");
    let up_at = 4_600 * MS;
    assert!((up_at + 200 * MS..up_at + 600 * MS).contains(&back), "{back}");
    assert_eq!(seen.shares(4_600, back / MS)[0], 0);
    assert!(seen.shares(back / MS, 8_000)[0] > 20);
}

#[test]
fn reads_are_tried_elsewhere_and_writes_that_may_be_done_only_if_one_says_so() {
    let lab = |writes| {
        let retries = Retries { most: 1, writes, budget: None };
        lab().with(|pool| pool.balancer.retries = Some(retries)).at(2_000, crash(0)).run(6_000)
    };
    let careful = lab(false);
    assert_eq!(careful.failed(OpKind::Read), 0);
    assert!(careful.failed(OpKind::Write) > 0, "a write that got no answer may have been done");
    let bold = lab(true);
    assert_eq!(bold.failed(OpKind::Read) + bold.failed(OpKind::Write), 0);
}

#[test]
fn a_shallow_check_does_not_see_a_gray_node_and_a_deep_one_does() {
    for hang in [false, true] {
        let gray = |deep| {
            let lab = lab().with(|pool| pool.balancer.check.as_mut().unwrap().deep = deep);
            lab.at(2_000, Action::Gray { on: node(0), hang }).run(6_000)
        };
        let shallow = gray(false);
        assert_eq!(out(&shallow), None, "hang {hang}");
        assert!(shallow.ended(5_000, 6_000).1 > 10, "hang {hang}: a third fails for as long as it lasts");
        let deep = gray(true);
        assert!(out(&deep).is_some_and(|at| at < 3_000 * MS), "hang {hang}: {:?}", out(&deep));
        assert_eq!(deep.ended(4_000, 6_000).1, 0, "hang {hang}");
    }
}

#[test]
fn failed_requests_eject_a_gray_node_each_time_for_longer() {
    let ejection = Ejection { failures: 5, base_us: S, share_permille: 500 };
    let lab = lab().with(|pool| pool.balancer.ejection = Some(ejection));
    let seen = lab.at(2_000, Action::Gray { on: node(0), hang: false }).run(12_500);
    let times: Vec<u64> = seen
        .notes
        .iter()
        .filter_map(|(_, _, note)| match note {
            Note::Ejected { failures: 5, for_us, .. } => Some(*for_us),
            _ => None,
        })
        .collect();
    assert_eq!(times, [S, 2 * S, 3 * S, 4 * S]);
    let failed = seen.ended(0, 12_500).1;
    assert!((20..=24).contains(&failed), "five for each time: {failed}");
    assert_eq!(out(&seen), None, "no check has seen it");
}

#[test]
fn no_more_than_the_share_is_ejected_even_if_all_fail() {
    for (share_permille, most) in [(0, 1), (340, 1), (700, 2), (1_000, 3)] {
        let ejection = Ejection { failures: 3, base_us: 60 * S, share_permille };
        let lab = lab().with(|pool| pool.balancer.ejection = Some(ejection));
        let seen = lab.at(2_000, Action::BadRelease).run(6_000);
        assert_eq!(seen.count(|note| matches!(note, Note::Ejected { .. })), most, "{share_permille}");
    }
}

#[test]
fn a_drained_node_can_be_stopped_without_a_failed_request() {
    let stop = |drain: bool| {
        let mut lab = lab().with(|pool| {
            pool.worker.service_us = 200 * MS;
            pool.balancer.timeout_us = 2 * S;
        });
        lab.0.clients.timeout_us = 2 * S;
        lab.0.clients.mean_gap_us = Some(200 * MS);
        for (index, at) in [(0_u8, 2_000), (1, 5_000), (2, 8_000)] {
            if drain {
                lab = lab.at(at, Action::Drain { on: node(index) });
                lab = lab.at(at + 2_000, Action::Ready { on: node(index) });
            }
            lab = lab.at(at + 600, Action::ProcessCrash { on: node(index) }).at(at + 700, restart(index));
        }
        lab.run(12_000)
    };
    let seen = stop(true);
    let (done, failed) = seen.ended(0, 12_000);
    assert!(done > 80 && failed == 0, "{done} done, {failed} failed");
    assert!(seen.ledger.incidents().is_empty(), "nobody noticed: {:?}", seen.ledger.incidents());
    assert_eq!(seen.count(|note| matches!(note, Note::Drained { .. })), 3);
    assert_eq!(seen.shares(2_000, 4_000)[0], 0, "a node that drains gets nothing new");
    assert!(seen.shares(4_000, 5_000)[0] > 0, "and gets its share again when it is ready");
    assert!(stop(false).ended(0, 12_000).1 > 0, "what is under way is broken off without draining");
}

#[test]
fn draining_the_last_node_is_a_planned_outage() {
    let lone = lab().with(|pool| pool.nodes = 1).at(2_000, Action::Drain { on: node(0) });
    let seen = lone.at(3_000, Action::Ready { on: node(0) }).run(5_000);
    let incidents = seen.ledger.incidents();
    assert_eq!(incidents.len(), 1, "{incidents:?}");
    assert_eq!(incidents[0].cause, Cause::Planned);
    assert!(seen.first(|note| matches!(note, Note::NobodyIn)).is_some());
}

#[test]
fn with_two_balancers_clients_go_to_the_other_one() {
    let killed = |balancers| {
        let lab = lab().with(|pool| pool.balancer.balancers = balancers);
        lab.at(2_000, Action::MachineCrash { on: Target::Balancer(0) }).run(8_000)
    };
    let (done, failed) = killed(2).ended(4_000, 8_000);
    assert!(done > 100 && failed == 0, "{done} done, {failed} failed");
    assert_eq!(killed(1).ended(4_000, 8_000).0, 0, "a lone balancer is a single point of failure");
}

#[test]
fn an_outage_of_all_falls_into_detection_and_repair() {
    let mut lab = lab();
    for index in 0..3 {
        lab = lab.at(2_000, crash(index)).at(4_000, restart(index));
    }
    let seen = lab.run(8_000);
    let incident = &seen.ledger.incidents()[0];
    assert_eq!((incident.cause, incident.promoted), (Cause::Fault, None));
    let noticed = out(&seen).expect("the checks fail");
    assert_eq!(incident.noticed, Some(ha_lab::sim::SimTime::from_us(noticed)));
    let phases = incident.phases;
    assert_eq!(phases.detect_us, noticed - incident.started.us());
    assert_eq!(phases.detect_us + phases.repair_us, incident.outage_us(seen.run.now()), "nobody is promoted");
    assert!(seen.ledger.failovers().is_empty() && seen.ledger.split_brains().is_empty());
    let figures = seen.ledger.figures(seen.run.now());
    assert_eq!((figures.writes.lost, figures.writes.conflicting, figures.reads.stale), (0, 0, 0));
}
