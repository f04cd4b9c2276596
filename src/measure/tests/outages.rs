//! When is the service down, and what was it?

use super::tale::{A, B, C, Tale, config, ms, pos};
use crate::ha::message::{Command, OpKind};
use crate::ha::note::{FencedBy, Note, Outcome};
use crate::measure::{Budget, Cause, Live, Phases, State};
use crate::sim::{Fault, SimTime, Status};

fn tale() -> Tale {
    Tale::new(config(1))
}

#[test]
fn one_failed_canary_is_not_an_outage() {
    let mut tale = tale();
    tale.served_but(1000, &[(200, 250), (300, 350)]);
    let ledger = tale.ledger();
    assert!(ledger.incidents().is_empty());
    let time = ledger.figures(ms(1000)).availability.time.unwrap();
    assert_eq!(time.good, time.all);
    assert_eq!(time.nines(), None, "nobody knows how many nines a run without downtime has");
}

#[test]
fn an_outage_runs_from_the_first_failed_issue_to_the_first_good_completion() {
    let mut tale = tale();
    tale.served_but(1000, &[(200, 400)]);
    let ledger = tale.ledger();
    let [incident] = ledger.incidents() else { panic!("one outage") };
    assert_eq!((incident.started, incident.ended), (ms(200), Some(ms(402))));
    let figures = ledger.figures(ms(1000));
    assert_eq!(figures.downtime_us, 202_000);
    assert_eq!(figures.downtime_reads_us, 202_000);
    assert_eq!(figures.mttr_us, Some(202_000));
    assert_eq!(figures.mttf_us, Some(798_000));
    assert_eq!(figures.achieved_recovery_us, Some(202_000));
    assert_eq!(figures.mttd_us, None, "nobody suspected anything");
}

#[test]
fn one_good_canary_does_not_end_an_outage() {
    let mut tale = tale();
    tale.served_but(1000, &[(200, 400), (450, 500)]);
    let ledger = tale.ledger();
    let [incident] = ledger.incidents() else { panic!("one outage") };
    assert_eq!(incident.ended, Some(ms(502)));
}

#[test]
fn while_nothing_comes_back_the_service_is_unanswered_neither_served_nor_down() {
    let mut tale = tale();
    tale.canaries(0, 0, 1_000, Outcome::Done); // answered after 2 ms
    tale.canaries(0, 1_000, 3_000, Outcome::Unknown); // hang for 1 s
    let seems = |at| tale.ledger_at(at).service(ms(at)).writes;
    assert_eq!(seems(1_000), Live::Up, "what has just left is no reason to worry");
    for at in [1_010, 1_900] {
        assert_eq!(seems(at), Live::Unanswered { since: ms(1_000) });
    }
    assert_eq!(seems(2_010), Live::Failing, "the first has timed out");
    assert_eq!(seems(2_200), Live::Down);
}

#[test]
fn a_canary_that_hangs_is_judged_in_its_place() {
    let mut tale = tale();
    tale.canaries(0, 0, 200, Outcome::Done);
    tale.canaries(0, 200, 300, Outcome::Unknown); // hang for 1 s
    tale.canaries(0, 300, 2000, Outcome::Done); // answered at once
    // The good answers are back long before the two that hang are given up: it is not the service that is silent.
    assert_eq!(tale.ledger_at(1100).service(ms(1100)).writes, Live::Up);
    assert_eq!(tale.ledger_at(1200).service(ms(1200)).writes, Live::Failing);
    let ledger = tale.ledger();
    let [incident] = ledger.incidents() else { panic!("one outage") };
    assert_eq!((incident.started, incident.ended), (ms(200), Some(ms(302))));
}

#[test]
fn an_outage_does_not_begin_before_the_fault_that_broke_it() {
    let mut tale = tale();
    tale.canaries(0, 0, 200, Outcome::Done);
    tale.canaries(0, 200, 1000, Outcome::Unknown);
    tale.kill(201, A);
    tale.kill(205, C); // comes too late to be the cause
    let ledger = tale.ledger();
    let [incident] = ledger.incidents() else { panic!("one outage") };
    assert_eq!(incident.started, ms(201));
    assert_eq!(incident.fault_at, Some(ms(201)));
    assert_eq!(incident.notice_us(), Some(0));
    assert_eq!(incident.cause, Cause::Fault);
    assert_eq!(incident.faults.iter().map(|fault| fault.at).collect::<Vec<_>>(), [ms(201), ms(205)]);
    assert_eq!(ledger.figures(ms(2000)).downtime_us, 1_799_000);
}

#[test]
fn a_failover_can_be_over_before_the_first_canary_is_given_up() {
    let mut tale = tale();
    tale.canaries(0, 0, 1000, Outcome::Done);
    tale.canaries(0, 1000, 1300, Outcome::Unknown);
    tale.canaries(0, 1300, 4000, Outcome::Done);
    tale.kill(1001, A); // while the first of them was under way
    tale.promoted(1200, B, 2, pos(1, 0));
    assert!(tale.ledger_at(1900).incidents().is_empty());
    let ledger = tale.ledger();
    let [incident] = ledger.incidents() else { panic!("one outage") };
    assert_eq!((incident.cause, incident.started, incident.ended), (Cause::Fault, ms(1001), Some(ms(1302))));
    assert_eq!(incident.promoted, Some((B, 2)));
    assert_eq!(ledger.failovers()[0].outage, Some(0));
}

#[test]
fn of_two_faults_between_two_canaries_the_later_one_is_blamed() {
    let mut tale = tale();
    tale.served_but(2000, &[(1000, 1500)]);
    tale.fault(960, Fault::Delay(A, B, 1000, 0)); // may have hurt,
    tale.kill(980, A); // but this did,
    tale.kill(990, C); // and this cannot have
    assert_eq!(tale.ledger().incidents()[0].fault_at, Some(ms(980)));
}

#[test]
fn an_outage_under_way_counts_up_to_now() {
    let mut tale = tale();
    tale.served_but(600, &[(200, 600)]);
    let ledger = tale.ledger();
    assert!(ledger.incidents()[0].open());
    let figures = ledger.figures(ms(600));
    assert_eq!(figures.downtime_us, 400_000);
    assert_eq!(figures.outages, 1);
    assert_eq!(figures.mttr_us, None, "it is not over: nobody knows how long it will last");
    assert_eq!(ledger.service(ms(600)).writes, Live::Down);
    assert_eq!(ledger.figures(ms(700)).downtime_us, 500_000);
}

#[test]
fn half_of_the_sites_are_an_outage_and_fewer_are_a_partial_one() {
    let mut tale = Tale::new(config(3));
    tale.served_but(1000, &[(200, 600)]);
    for (site, from, to) in [(1, 400, 500), (2, 0, 0)] {
        tale.canaries(site, 0, from, Outcome::Done);
        tale.canaries(site, from, to, Outcome::Failed);
        tale.canaries(site, to, 1000, Outcome::Done);
    }
    let ledger = tale.ledger();
    let [incident] = ledger.incidents() else { panic!("one outage") };
    assert_eq!((incident.started, incident.ended), (ms(400), Some(ms(502))));
    let figures = ledger.figures(ms(1000));
    assert_eq!(figures.downtime_us, 102_000);
    assert_eq!(figures.partial_us, 200_000 + 100_000);
    let states: Vec<_> = ledger.ribbon().iter().map(|stretch| stretch.state).collect();
    assert_eq!(states, [State::Up, State::PartlyDown, State::Down, State::PartlyDown, State::Up]);
}

#[test]
fn what_one_site_learns_late_is_put_where_it_belongs() {
    // Site 1 has been cut off before site 0, but its canaries hang and it learns so later.
    let mut tale = Tale::new(config(2));
    tale.served_but(3000, &[(300, 500)]);
    tale.canaries(1, 0, 200, Outcome::Done);
    tale.canaries(1, 200, 600, Outcome::Unknown);
    tale.canaries(1, 600, 3000, Outcome::Done);
    assert!(tale.ledger_at(900).incidents().is_empty(), "nobody can tell yet when it began");
    let ledger = tale.ledger();
    let [incident] = ledger.incidents() else { panic!("one outage") };
    assert_eq!((incident.started, incident.ended), (ms(200), Some(ms(602))));
}

#[test]
fn a_site_whose_own_machine_is_down_sees_nothing() {
    let mut tale = tale();
    let client = tale.client(0);
    tale.canaries(0, 0, 200, Outcome::Done);
    // One fails; then the client freezes, and what it had under way times out only when it wakes.
    tale.canary(0, 200, 3, Outcome::Failed);
    tale.canary(0, 250, 4750, Outcome::Unknown);
    tale.fault(260, Fault::Freeze(client));
    tale.status(260, client, Status::Frozen);
    tale.fault(5000, Fault::Thaw(client));
    tale.status(5000, client, Status::Up);
    tale.canaries(0, 5000, 6000, Outcome::Done);
    assert!(tale.ledger().incidents().is_empty());
}

#[test]
fn reads_can_go_on_while_writes_wait() {
    let mut tale = tale();
    for n in 0..20 {
        let refused = (4..8).contains(&n);
        let outcome = if refused { Outcome::Failed } else { Outcome::Done };
        tale.canary_of(0, OpKind::Write, n * 50, 2, outcome);
        tale.canary_of(0, OpKind::Read, n * 50, 2, Outcome::Done);
    }
    let ledger = tale.ledger();
    let states: Vec<_> = ledger.ribbon().iter().map(|stretch| (stretch.from, stretch.state)).collect();
    assert_eq!(states, [(ms(0), State::Up), (ms(200), State::ReadsOnly), (ms(402), State::Up)]);
    assert_eq!(ledger.figures(ms(1000)).downtime_reads_us, 0);
}

#[test]
fn a_system_that_only_reads_is_judged_by_its_reads() {
    let mut config = config(1);
    config.clients.read_permille = 1000;
    let mut tale = Tale::new(config);
    for n in 0..20 {
        let outcome = if (4..8).contains(&n) { Outcome::Failed } else { Outcome::Done };
        tale.canary_of(0, OpKind::Write, n * 50, 2, Outcome::Done);
        tale.canary_of(0, OpKind::Read, n * 50, 2, outcome);
    }
    let ledger = tale.ledger();
    assert_eq!(ledger.incidents().len(), 1);
    assert_eq!(ledger.figures(ms(1000)).downtime_us, 202_000);
}

/// The master dies at 1000 ms and B takes over.
fn failover() -> Tale {
    let mut tale = tale();
    tale.served_but(3000, &[(1050, 2100)]);
    tale.kill(1020, A);
    tale.suspects(1400, B, A);
    tale.note(1500, B, Note::CanvassFailed { epoch: 2, votes: 1, needed: 2 });
    tale.decided(1700, B, 3);
    tale.fenced(1750, B, 3, FencedBy::Lease);
    tale.promoted(1900, B, 3, pos(1, 0));
    tale.follows(1910, C, B, 3);
    tale.routed(2000, 0, B, 3);
    tale
}

#[test]
fn the_phases_of_a_failover_add_up_to_its_outage() {
    let mut tale = failover();
    tale.restart(2500, A);
    let ledger = tale.ledger();
    let [incident] = ledger.incidents() else { panic!("one outage") };
    let expected = Phases {
        detect_us: 350_000,
        decide_us: 300_000, // the failed canvass included
        fence_us: 50_000,
        promote_us: 150_000,
        redirect_us: 100_000,
        resume_us: 102_000,
        repair_us: 0,
    };
    assert_eq!(incident.phases, expected);
    assert_eq!(incident.phases.sum_us(), incident.outage_us(ms(9999)));
    assert_eq!(incident.promoted, Some((B, 3)));
    assert_eq!(incident.notice_us(), Some(30_000));
    let [failover] = ledger.failovers() else { panic!("one failover") };
    assert_eq!((failover.from, failover.to, failover.epoch), (Some(A), B, 3));
    assert_eq!((failover.planned, failover.outage), (false, Some(0)));
    let figures = ledger.figures(ms(3000));
    assert_eq!(figures.mttd_us, Some(350_000));
    assert_eq!(figures.per_node[0].down_us, 1_480_000);
    assert_eq!(figures.per_node[0].mttr_us, Some(1_480_000));
    assert_eq!(figures.per_node[0].mttf_us, Some(1_520_000));
}

#[test]
fn a_milestone_that_comes_before_the_one_ahead_of_it_takes_no_time() {
    let mut tale = tale();
    tale.served_but(3000, &[(1050, 2100)]);
    tale.kill(1020, A);
    tale.suspects(1040, B, A); // noticed before any client did
    tale.fenced(1600, B, 2, FencedBy::Operator); // fenced first,
    tale.decided(1700, B, 2); // decided then
    tale.promoted(1900, B, 2, pos(1, 0));
    let incident = tale.ledger().incidents()[0].clone();
    let Phases { detect_us, decide_us, fence_us, promote_us, redirect_us, resume_us, repair_us } = incident.phases;
    assert_eq!((detect_us, decide_us, fence_us, promote_us), (0, 650_000, 0, 200_000));
    assert_eq!((redirect_us, resume_us, repair_us), (0, 202_000, 0));
}

#[test]
fn each_promotion_has_milestones_of_its_own() {
    let mut tale = tale();
    tale.served_but(9000, &[(1050, 2000), (5050, 6000)]);
    tale.kill(1020, A);
    tale.suspects(1400, B, A);
    tale.decided(1500, B, 2);
    tale.promoted(1600, B, 2, pos(1, 0));
    tale.restart(3000, A);
    tale.kill(5020, B);
    tale.promoted(5500, A, 4, pos(2, 0)); // by order: nobody suspected or decided anything
    tale.restart(5600, B);
    tale.promoted(5700, B, 5, pos(4, 0)); // and back
    let phases: Vec<_> = tale.ledger().incidents().iter().map(|incident| incident.phases).collect();
    assert_eq!((phases[0].detect_us, phases[0].decide_us), (350_000, 100_000));
    assert_eq!((phases[1].detect_us, phases[1].decide_us), (0, 0));
}

#[test]
fn the_second_outage_under_one_fault_was_not_ended_by_the_promotion_in_the_first() {
    let mut tale = tale();
    tale.served_but(9000, &[(1050, 2000), (5000, 6000)]);
    tale.kill(1020, A); // for good
    tale.promoted(1600, B, 2, pos(1, 0));
    let ledger = tale.ledger();
    let [first, second] = ledger.incidents() else { panic!("two outages") };
    assert_eq!((first.promoted, second.promoted), (Some((B, 2)), None));
    assert_eq!((second.cause, second.phases.repair_us), (Cause::Fault, 1_002_000));
    assert_eq!(ledger.failovers()[0].outage, Some(0));
}

#[test]
fn half_of_the_sites_must_have_found_the_new_master() {
    let mut tale = Tale::new(config(4));
    for site in 0..4 {
        tale.canaries(site, 0, 1000, Outcome::Done);
        tale.canaries(site, 1000, 2000, Outcome::Failed);
        tale.canaries(site, 2000, 3000, Outcome::Done);
    }
    tale.kill(1000, A);
    tale.promoted(1500, B, 2, pos(1, 0));
    for (site, at) in [(3, 1600), (0, 1700), (1, 1800), (2, 1900)] {
        tale.routed(at, site, B, 2);
    }
    assert_eq!(tale.ledger().incidents()[0].phases.redirect_us, 200_000);
}

#[test]
fn clients_that_found_the_node_before_it_was_master_need_no_redirection() {
    let mut tale = tale();
    tale.served_but(3000, &[(1000, 2000)]);
    tale.kill(1000, A);
    tale.routed(1400, 0, B, 1); // they try one node after the other
    tale.promoted(1500, B, 2, pos(1, 0));
    tale.routed(1600, 0, C, 1);
    tale.routed(1700, 0, B, 2);
    let Phases { promote_us, redirect_us, .. } = tale.ledger().incidents()[0].phases;
    assert_eq!((promote_us, redirect_us), (500_000, 0));
}

#[test]
fn an_outage_that_no_promotion_ended_is_repair() {
    let mut tale = tale();
    tale.served_but(4000, &[(1000, 3000)]);
    tale.fault(990, Fault::partition(4, |machine| u8::from(machine == A)));
    tale.suspects(1300, B, A);
    tale.note(1500, B, Note::CanvassFailed { epoch: 2, votes: 1, needed: 2 });
    tale.fault(2990, Fault::Heal);
    tale.note(2995, B, Note::Trusted { master: A });
    let incident = tale.ledger().incidents()[0].clone();
    assert_eq!(incident.promoted, None);
    assert_eq!(incident.phases, Phases { detect_us: 300_000, repair_us: 1_702_000, ..Phases::default() });
}

#[test]
fn a_master_that_comes_back_was_repaired_first() {
    let mut tale = tale();
    tale.served_but(9000, &[(1000, 5000)]);
    tale.kill(1000, A);
    tale.restart(4000, A);
    tale.promoted(4500, A, 2, pos(1, 0));
    let ledger = tale.ledger();
    let expected = Phases { repair_us: 3_000_000, promote_us: 500_000, resume_us: 502_000, ..Phases::default() };
    assert_eq!(ledger.incidents()[0].phases, expected);
    assert!(ledger.failovers().is_empty(), "nobody took over from anybody");
}

#[test]
fn a_master_that_lost_its_lease_and_is_chosen_again_was_not_repaired() {
    let mut tale = tale();
    tale.served_but(9000, &[(1000, 2000)]);
    tale.note(1000, A, Note::SteppedDown { epoch: 1, why: crate::ha::note::StepDown::LeaseLost });
    tale.decided(1500, A, 2);
    tale.promoted(1600, A, 2, pos(1, 0));
    let expected = Phases { decide_us: 500_000, promote_us: 100_000, resume_us: 402_000, ..Phases::default() };
    assert_eq!(tale.ledger().incidents()[0].phases, expected);
}

#[test]
fn slow_answers_among_fast_refusals_do_not_part_an_outage() {
    let mut tale = tale();
    tale.canaries(0, 0, 200, Outcome::Done);
    tale.canaries(0, 200, 300, Outcome::Failed);
    tale.canary(0, 300, 200, Outcome::Done); // two good ones, but slow:
    tale.canary(0, 350, 150, Outcome::Done);
    tale.canaries(0, 400, 600, Outcome::Failed); // refused before they are back
    tale.canaries(0, 600, 1000, Outcome::Done);
    let ledger = tale.ledger();
    let [incident] = ledger.incidents() else { panic!("one outage: {:?}", ledger.incidents()) };
    assert_eq!((incident.started, incident.ended), (ms(200), Some(ms(602))));
}

#[test]
fn an_outage_by_order_is_planned() {
    let mut tale = tale();
    tale.served_but(3000, &[(1050, 1200)]);
    tale.fault(1000, Fault::Command(A, Command::Switchover(Some(B))));
    tale.note(1010, A, Note::SwitchoverBegan { to: B });
    tale.fenced(1100, B, 2, FencedBy::Handover);
    tale.promoted(1110, B, 2, pos(1, 0));
    let ledger = tale.ledger();
    let incident = &ledger.incidents()[0];
    assert_eq!((incident.cause, incident.fault_at), (Cause::Planned, None));
    assert_eq!(incident.phases.detect_us, 0);
    assert!(ledger.failovers()[0].planned);
}

#[test]
fn a_fault_during_a_switchover_is_a_fault() {
    let mut tale = tale();
    tale.served_but(3000, &[(1050, 1200)]);
    tale.note(1010, A, Note::SwitchoverBegan { to: B });
    tale.kill(1020, A);
    assert_eq!(tale.ledger().incidents()[0].cause, Cause::Fault);
}

#[test]
fn an_old_fault_elsewhere_does_not_make_a_switchover_a_fault() {
    let mut tale = tale();
    tale.served_but(90_000, &[(80_050, 80_200)]);
    tale.kill(1000, C);
    tale.note(80_010, A, Note::SwitchoverBegan { to: B });
    let ledger = tale.ledger();
    assert_eq!(ledger.incidents()[0].cause, Cause::Planned);
    assert_eq!(ledger.incidents()[0].faults.len(), 1, "it was active all the same");
}

#[test]
fn too_much_load_is_not_a_fault() {
    let mut tale = tale();
    tale.served_but(9000, &[(5000, 6000)]);
    let client = tale.client(0);
    tale.fault(1000, Fault::Command(client, Command::Load(9000)));
    let incident = tale.ledger().incidents()[0].clone();
    assert_eq!((incident.cause, incident.fault_at), (Cause::Overload, Some(ms(1000))));
}

#[test]
fn a_master_that_was_well_and_is_replaced_is_a_false_alarm() {
    let mut tale = tale();
    tale.served_but(9000, &[(5000, 6000)]);
    tale.suspects(4800, B, A);
    tale.promoted(4990, B, 2, pos(1, 0));
    assert_eq!(tale.ledger().incidents()[0].cause, Cause::FalseAlarm);

    // If the link between the two was bad, it is the link's fault.
    tale.fault(4000, Fault::Loss(A, B, 900_000));
    assert_eq!(tale.ledger().incidents()[0].cause, Cause::Fault);
}

#[test]
fn a_fault_can_take_its_time_and_be_over_when_it_shows() {
    let mut tale = tale();
    tale.served_but(9000, &[(5000, 6000)]);
    tale.fault(2000, Fault::partition(4, |machine| u8::from(machine == A)));
    let standing = tale.ledger().incidents()[0].clone();
    assert_eq!((standing.cause, standing.notice_us()), (Cause::Fault, Some(3_000_000)));
    tale.fault(4000, Fault::Heal);
    assert_eq!(tale.ledger().incidents()[0].cause, Cause::Fault);
}

#[test]
fn an_outage_without_any_reason_in_the_trace_is_unknown() {
    let mut tale = tale();
    tale.served_but(90_000, &[(80_000, 81_000)]);
    tale.kill(1000, C);
    tale.restart(2000, C); // mended long ago
    let incident = tale.ledger().incidents()[0].clone();
    assert_eq!((incident.cause, incident.faults.len()), (Cause::Unknown, 0));
}

#[test]
fn what_a_fencing_device_does_is_not_a_fault() {
    let mut tale = tale();
    tale.served_but(9000, &[(5000, 6000)]);
    tale.event(4990, crate::sim::Event::Fault { origin: crate::sim::Origin::Process, fault: Fault::PowerLoss(A) });
    assert_eq!(tale.ledger().incidents()[0].cause, Cause::Unknown);
}

#[test]
fn a_frozen_machine_is_down_to_all_who_ask_it() {
    let mut tale = tale();
    tale.status(1000, B, Status::Frozen);
    tale.status(3000, B, Status::Up);
    let node = tale.ledger().figures(ms(10_000)).per_node[1];
    assert_eq!((node.failures, node.down_us, node.up_us), (1, 2_000_000, 8_000_000));
}

#[test]
fn without_a_probe_nobody_knows_the_time_availability() {
    let mut config = config(1);
    config.clients.canary_us = 0;
    let figures = Tale::new(config).ledger().figures(ms(1000));
    assert_eq!(figures.availability.time, None);
    assert_eq!(figures.nines(), None);
}

#[test]
fn a_budget_counts_what_lies_in_its_window() {
    let mut tale = tale();
    tale.served_but(10_000, &[(1000, 2000), (5000, 6000), (9500, 10_000)]);
    let ledger = tale.ledger();
    // 90 % over 4.5 s: 450 ms allowed; of the second outage 502 ms and of the third, still open, 500 ms.
    let budget = ledger.budget(ms(10_000), 900_000, 4_500_000);
    assert_eq!((budget.allowed_us, budget.used_us, budget.left_us()), (450_000, 1_002_000, -552_000));
    assert!((budget.burn_rate().unwrap() - 1002.0 / 450.0).abs() < 1e-9);
    assert_eq!(ledger.budget(ms(10_000), 1_000_000, 4_500_000).burn_rate(), None);
    let young: Budget = ledger.budget(SimTime::ZERO, 900_000, 4_500_000);
    assert_eq!((young.passed_us, young.burn_rate()), (0, None));
}

#[test]
fn the_nines_are_counted_by_the_logarithm() {
    let mut tale = tale();
    tale.served_but(10_000, &[(1000, 1050), (1050, 1100)]);
    let nines = tale.ledger().figures(ms(102_000)).nines().unwrap();
    assert!((nines - 3.0).abs() < 1e-9, "102 ms of 102 s: {nines}");
}

#[test]
fn a_clone_goes_on_as_the_original_does() {
    let tale = failover();
    let events = tale.events();
    for cut in (0..events.len()).step_by(7) {
        let mut straight = crate::measure::Ledger::new(&tale.config);
        let mut resumed = None;
        for (order, (at, event)) in events.iter().enumerate() {
            if order == cut {
                resumed = Some(straight.clone());
            }
            crate::sim::Sink::event(&mut straight, *at, order as u64, event);
        }
        let mut resumed = resumed.unwrap();
        for (order, (at, event)) in events.iter().enumerate().skip(cut) {
            crate::sim::Sink::event(&mut resumed, *at, order as u64, event);
        }
        assert_eq!(straight, resumed);
    }
}

#[test]
fn a_long_life_keeps_its_sums_and_the_newest_of_its_lists() {
    use crate::measure::limits::{FAILOVERS, INCIDENTS};
    let mut tale = tale();
    let lives = INCIDENTS as u64 + 10;
    for life in 0..lives {
        let from = life * 400;
        tale.canaries(0, from, from + 200, Outcome::Done);
        tale.canaries(0, from + 200, from + 400, Outcome::Failed);
        tale.promoted(from + 300, if life % 2 == 0 { B } else { A }, life as u32 + 2, pos(1, 0));
    }
    let ledger = tale.ledger();
    let figures = ledger.figures(ms(lives * 400));
    assert_eq!((figures.outages, u64::from(figures.failovers)), (lives, lives));
    assert!(ledger.incidents().len() <= INCIDENTS && ledger.failovers().len() <= FAILOVERS);
    assert_eq!(figures.mttr_us, Some(202_000));
    for failover in ledger.failovers() {
        let incident = &ledger.incidents()[failover.outage.expect("each of them was an outage")];
        assert!(incident.started <= failover.at && incident.ended.is_none_or(|ended| failover.at <= ended));
        assert!(incident.promoted.is_none_or(|by| by == (failover.to, failover.epoch)));
    }
}
