//! The contract of the simulator: one test for each of its guarantees.

#[path = "support/parrot.rs"]
mod parrot;

use ha_lab::sim::echo::{self, Echo, EchoConfig};
use ha_lab::sim::{
    CloseReason, Event, Fault, LinkSpec, Loss, MachineId, MachineSpec, SimTime, Status, TraceHash, World, limits,
};
use parrot::{A, Aviary, B, C, Do, MS, Said};

fn heard(from: MachineId, number: u32) -> Said {
    Said::Heard { from, number }
}

// ---- steps ---------------------------------------------------------------------------------------------

#[test]
fn what_happens_in_the_same_microsecond_happens_first_in_first_out() {
    let mut aviary = Aviary::new(1, 3, 1, 1);
    aviary.order(A, Do::Datagram { to: C, number: 1 }).order(B, Do::Datagram { to: C, number: 2 });
    aviary.order(A, Do::Datagram { to: C, number: 3 }).until(10);
    assert_eq!(aviary.heard(C), [1, 2, 3]);
}

#[test]
fn the_effects_of_a_step_leave_at_its_end() {
    let mut aviary = Aviary::new(1, 2, 1, 1);
    aviary.slow_order(A, Do::Datagram { to: B, number: 7 }, 10 * MS).until(10);
    assert_eq!(aviary.heard(B).len(), 0);
    assert!(aviary.trace.iter().any(|(at, e)| matches!(e, Event::Sent { .. }) && at.us() == 10 * MS));
    aviary.until(11);
    assert_eq!(aviary.when(B, heard(A, 7)), Some(11 * MS));
}

#[test]
fn a_slow_machine_takes_longer_for_the_same_step() {
    let mut aviary = Aviary::new(1, 2, 1, 1);
    aviary.fault(Fault::Slow(A, 3_000)).slow_order(A, Do::Datagram { to: B, number: 7 }, 10 * MS).until(100);
    assert_eq!(aviary.when(B, heard(A, 7)), Some(31 * MS));
}

#[test]
fn a_freeze_in_mid_step_holds_the_effects_back_and_the_thaw_lets_them_go() {
    let mut aviary = Aviary::new(1, 2, 1, 1);
    aviary.slow_order(A, Do::Datagram { to: B, number: 7 }, 10 * MS).until(5).fault(Fault::Freeze(A)).until(500);
    assert_eq!(aviary.heard(B).len(), 0);
    aviary.fault(Fault::Thaw(A)).until(600);
    assert_eq!(aviary.when(B, heard(A, 7)), Some(501 * MS), "decided at 0 ms, on the wire at 500 ms");
}

#[test]
fn a_short_freeze_does_not_shorten_the_step() {
    let mut aviary = Aviary::new(1, 2, 1, 1);
    aviary.slow_order(A, Do::Datagram { to: B, number: 7 }, 10 * MS).until(2).fault(Fault::Freeze(A));
    aviary.until(4).fault(Fault::Thaw(A)).until(100);
    assert_eq!(aviary.when(B, heard(A, 7)), Some(11 * MS));
}

#[test]
fn a_frozen_machine_wakes_up_to_all_that_waits_for_it() {
    let mut aviary = Aviary::new(1, 2, 1, 1);
    aviary.order(B, Do::Timer { id: 1, lo: 10_000, hi: 10_000 }).fault(Fault::Freeze(B));
    aviary.order(A, Do::Datagram { to: B, number: 7 }).until(300).fault(Fault::Thaw(B)).until(301);
    let said: Vec<Said> = aviary.said(B).into_iter().map(|(_, said)| said).collect();
    assert_eq!(said[1..], [heard(A, 7), Said::Fired { id: 1, local_us: 300 * MS }]);
}

#[test]
fn steps_that_a_crash_interrupts_have_no_effect() {
    let mut aviary = Aviary::new(1, 2, 1, 1);
    aviary.slow_order(A, Do::Datagram { to: B, number: 7 }, 10 * MS).until(5).fault(Fault::ProcessCrash(A));
    aviary.fault(Fault::Restart(A)).until(1_000);
    assert_eq!(aviary.heard(B).len(), 0);
    assert_eq!(aviary.world.machine(A).status(), Status::Up);
}

#[test]
fn who_cuts_its_own_power_says_nothing_more() {
    let mut aviary = Aviary::new(1, 2, 1, 1);
    aviary.order(A, Do::PowerOff { target: A }).until(10);
    assert_eq!(aviary.said(A), []);
    assert_eq!(aviary.world.machine(A).status(), Status::Down);
}

// ---- connections ---------------------------------------------------------------------------------------

/// A and B with a connection that A has opened, at 100 ms.
fn connected(seed: u64) -> Aviary {
    let mut aviary = Aviary::new(seed, 3, 1, 1);
    aviary.order(A, Do::Stream { to: B, number: 0 }).until(100);
    assert!(aviary.world.believes_connected(A, B) && aviary.world.believes_connected(B, A));
    aviary
}

#[test]
fn a_process_crash_closes_its_connections_at_once() {
    let mut aviary = connected(1);
    aviary.fault(Fault::ProcessCrash(B)).until(200);
    assert_eq!(aviary.closed(A), [(101 * MS, CloseReason::Reset)]);
}

#[test]
fn a_machine_crash_is_silent() {
    let mut aviary = connected(1);
    aviary.fault(Fault::MachineCrash(B)).until(100_000);
    assert_eq!(aviary.closed(A), []);
    assert!(aviary.world.believes_connected(A, B), "it has no way to know");
}

#[test]
fn who_sends_into_silence_gives_up_after_the_timeout() {
    let mut aviary = connected(1);
    aviary.fault(Fault::MachineCrash(B)).order(A, Do::Stream { to: B, number: 1 }).until(100_000);
    // 1 ms to find nobody there, then five seconds of retransmissions.
    assert_eq!(aviary.closed(A), [(5_101 * MS, CloseReason::TimedOut)]);
    assert!(!aviary.world.believes_connected(A, B));
}

#[test]
fn a_call_into_silence_gives_up_after_the_timeout() {
    let mut aviary = Aviary::new(1, 2, 1, 1);
    aviary.fault(Fault::Cut(A, B)).order(A, Do::Stream { to: B, number: 1 }).until(100_000);
    assert_eq!(aviary.closed(A), [(5_000 * MS, CloseReason::TimedOut)]);
}

#[test]
fn nobody_listening_refuses_a_call_at_once() {
    let mut aviary = Aviary::new(1, 2, 1, 1);
    aviary.fault(Fault::ProcessCrash(B)).order(A, Do::Stream { to: B, number: 1 }).until(1_000);
    assert_eq!(aviary.closed(A), [(2 * MS, CloseReason::Refused)]);
}

#[test]
fn what_was_sent_before_a_crash_still_arrives_and_before_the_news_of_it() {
    for fault in [Fault::ProcessCrash(A), Fault::MachineCrash(A)] {
        let mut aviary = connected(1);
        aviary.order(A, Do::Stream { to: B, number: 1 }).fault(fault).until(200);
        assert_eq!(aviary.heard(B), [0, 1], "{fault:?}");
        let closed = aviary.closed(B);
        assert_eq!(closed.len(), usize::from(fault == Fault::ProcessCrash(A)));
        assert!(closed.iter().all(|(at, _)| *at >= aviary.when(B, heard(A, 1)).expect("it was heard")));
    }
}

#[test]
fn a_connection_keeps_the_order_whatever_the_latency() {
    let mut aviary = Aviary::new(3, 2, 1, 50);
    for number in 0..200 {
        aviary.order(A, Do::Stream { to: B, number }).until(u64::from(number));
    }
    aviary.until(2_000);
    assert_eq!(aviary.heard(B), (0..200).collect::<Vec<_>>());
}

#[test]
fn on_a_connection_loss_becomes_delay() {
    let mut aviary = Aviary::new(3, 2, 1, 1);
    aviary.fault(Fault::Loss(A, B, 300_000)).order(A, Do::Streams { to: B, count: 100 }).until(60_000);
    assert_eq!(aviary.heard(B), (0..100).collect::<Vec<_>>());
    let last = aviary.when(B, heard(A, 99)).expect("it was heard");
    assert!(last >= limits::RETRANSMIT_FIRST_US, "a hundred segments, three in ten lost: {last} µs");
}

#[test]
fn a_link_that_loses_everything_ends_its_connections_by_timeout() {
    let mut aviary = connected(1);
    aviary.fault(Fault::Loss(A, B, 1_000_000)).order(A, Do::Streams { to: B, count: 3 }).until(60_000);
    assert_eq!(aviary.closed(A), [(5_100 * MS, CloseReason::TimedOut)]);
    assert_eq!(aviary.heard(B), [0]);
    aviary.order(A, Do::Stream { to: B, number: 9 }).until(120_000);
    assert_eq!(aviary.closed(A)[1..], [(65_000 * MS, CloseReason::TimedOut)], "nor can a new one be opened");
}

#[test]
fn a_cut_connection_stalls_and_resumes_by_retransmission() {
    let mut aviary = connected(1);
    aviary.fault(Fault::Cut(A, B)).order(A, Do::Streams { to: B, count: 3 }).until(1_000);
    assert_eq!(aviary.heard(B), [0]);
    aviary.fault(Fault::Mend(A, B)).until(4_000);
    assert_eq!(aviary.heard(B), [0, 0, 1, 2]);
    // Retransmissions after 200, 600 and 1400 ms; the third finds the link mended.
    assert_eq!(aviary.when(B, heard(A, 2)), Some(1_501 * MS));
    assert_eq!(aviary.closed(A), []);
}

#[test]
fn a_segment_that_meets_the_cut_on_its_way_is_sent_again() {
    let mut aviary = Aviary::new(1, 2, 50, 50);
    aviary.order(A, Do::Stream { to: B, number: 0 }).until(1_000);
    aviary.order(A, Do::Stream { to: B, number: 1 }).until(1_020).fault(Fault::Cut(A, B)).until(1_100);
    aviary.fault(Fault::Mend(A, B)).until(3_000);
    assert_eq!(aviary.when(B, heard(A, 1)), Some(1_300 * MS), "lost at 1050, again at 1250, 50 ms on its way");
}

#[test]
fn a_segment_that_meets_the_cut_on_its_way_stays_before_those_that_were_sent_after_it() {
    let mut aviary = Aviary::new(1, 2, 10, 10);
    aviary.order(A, Do::Stream { to: B, number: 0 }).until(100).order(A, Do::Stream { to: B, number: 1 }).until(105);
    aviary.fault(Fault::Cut(A, B)).order(A, Do::Stream { to: B, number: 2 }).until(120);
    aviary.order(A, Do::Stream { to: B, number: 3 }).fault(Fault::Mend(A, B)).until(10_000);
    assert_eq!(aviary.heard(B), [0, 1, 2, 3]);
}

#[test]
fn when_a_segment_arrives_is_told_as_it_sets_out() {
    let mut aviary = connected(1);
    aviary.order(A, Do::Stream { to: B, number: 1 }).until(200).fault(Fault::Cut(A, B));
    aviary.order(A, Do::Stream { to: B, number: 2 }).until(300).fault(Fault::Mend(A, B)).until(1_000);
    let told: Vec<_> = aviary
        .trace
        .iter()
        .filter_map(|(at, event)| match event {
            Event::Sent { id, arrives, .. } | Event::Resent { id, arrives, .. } => Some((at.us(), *id, Some(*arrives))),
            Event::Held { id, .. } => Some((at.us(), *id, None)),
            _ => None,
        })
        .collect();
    let due = |at_ms| Some(SimTime::from_us(at_ms * MS));
    let never = Some(SimTime::NEVER);
    let expected = [
        (0, 0, never), // it waits for the handshake
        (0, 0, None),
        (2 * MS, 0, due(3)),
        (100 * MS, 1, due(101)), // told once
        (200 * MS, 2, never),    // it waits for the link
        (200 * MS, 2, None),
        (400 * MS, 2, due(401)),
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_half_open_connection_is_reset_when_something_is_sent_on_it() {
    let mut aviary = connected(1);
    aviary.fault(Fault::MachineCrash(B)).fault(Fault::Restart(B)).until(1_000);
    assert!(aviary.world.believes_connected(A, B) && !aviary.world.believes_connected(B, A));
    aviary.order(A, Do::Stream { to: B, number: 1 }).until(2_000);
    assert_eq!(aviary.closed(A), [(1_002 * MS, CloseReason::Reset)]);
    aviary.order(A, Do::Stream { to: B, number: 2 }).until(3_000);
    assert_eq!(aviary.heard(B), [0, 2], "what was sent on the dead connection is lost, a new one works");
}

#[test]
fn who_was_replaced_while_it_was_down_learns_of_it_from_the_new_connection() {
    let mut aviary = connected(1);
    aviary.fault(Fault::MachineCrash(B)).fault(Fault::Restart(B)).until(1_000);
    aviary.order(B, Do::Stream { to: A, number: 5 }).until(2_000);
    assert_eq!(aviary.closed(A), [(1_001 * MS, CloseReason::Reset)]);
    assert_eq!(aviary.heard(A), [5]);
    aviary.order(A, Do::Stream { to: B, number: 6 }).until(3_000);
    assert_eq!(aviary.heard(B), [0, 6]);
}

#[test]
fn who_closes_a_connection_is_not_told_and_the_other_end_is() {
    let mut aviary = connected(1);
    aviary.order(A, Do::Stream { to: B, number: 1 }).order(A, Do::Close { to: B }).until(200);
    assert_eq!(aviary.closed(A), []);
    assert_eq!(aviary.closed(B), [(101 * MS, CloseReason::Reset)]);
    assert_eq!(aviary.heard(B), [0, 1], "what was sent before the close arrives before it");
}

#[test]
fn an_end_that_may_speak_is_heard_behind_the_handshake() {
    // The one who is called may speak at once, and latencies differ: its words must not overtake its answer.
    for seed in 0..100 {
        let mut aviary = Aviary::new(seed, 2, 1, 50);
        aviary.order(A, Do::Stream { to: B, number: 1 });
        while aviary.when(B, Said::Opened { peer: A }).is_none() {
            let next = aviary.world.next_at().expect("the call is under way").us();
            aviary.until_us(next);
        }
        aviary.order(B, Do::Stream { to: A, number: 2 }).until(1_000);
        assert_eq!((aviary.heard(A), aviary.heard(B)), (vec![2], vec![1]), "seed {seed}");
        assert_eq!(aviary.closed(A), [], "seed {seed}");
    }
}

#[test]
fn two_calls_that_cross_end_in_one_connection_and_nobody_waits_for_ever() {
    for seed in 0..100 {
        let mut aviary = Aviary::new(seed, 2, 1, 50);
        aviary.order(A, Do::Stream { to: B, number: 1 }).order(B, Do::Stream { to: A, number: 2 }).until(10_000);
        assert!(aviary.world.believes_connected(A, B) && aviary.world.believes_connected(B, A), "seed {seed}");
        // A's words were lost with its call, which B's replaced; A was told so.
        assert_eq!(aviary.heard(A), [2], "seed {seed}");
        assert_eq!(aviary.closed(A).len(), 1, "seed {seed}");
    }
}

#[test]
fn every_message_that_was_sent_arrives_when_it_was_due_or_is_lost_and_never_both() {
    for seed in 0..40 {
        let mut aviary = Aviary::new(seed, 3, 1, 40);
        let machines = [A, B, C];
        for step in 0..300_u32 {
            let at =
                |salt: u32, n: u32| (step.wrapping_mul(2_654_435_761).wrapping_add(salt * 97 + seed as u32) >> 7) % n;
            let (from, to) = (machines[at(1, 3) as usize], machines[((at(1, 3) + 1 + at(2, 2)) % 3) as usize]);
            match at(3, 16) {
                0 => aviary.fault(Fault::ProcessCrash(from)),
                1 => aviary.fault(Fault::MachineCrash(from)),
                2..=4 => aviary.fault(Fault::Restart(from)),
                5 => aviary.fault(Fault::Cut(from, to)),
                6 => aviary.fault(Fault::Heal),
                7 => aviary.fault(Fault::Loss(from, to, 200_000)),
                8 => aviary.order(from, Do::Close { to }),
                9 => aviary.fault(Fault::Freeze(from)),
                10 => aviary.fault(Fault::Thaw(from)),
                11 => aviary.order(from, Do::Datagram { to, number: step }),
                _ => aviary.order(from, Do::Stream { to, number: step }),
            };
            aviary.until(u64::from(step) * 30);
        }
        for machine in machines {
            aviary.fault(Fault::Thaw(machine)).fault(Fault::Restart(machine));
        }
        aviary.fault(Fault::Heal).fault(Fault::Loss(A, B, 0)).fault(Fault::Loss(B, C, 0)).fault(Fault::Loss(A, C, 0));
        aviary.until(200_000);
        let mut ends = std::collections::BTreeMap::new();
        let mut due = std::collections::BTreeMap::new();
        for (at, event) in &aviary.trace {
            match event {
                Event::Sent { id, arrives, .. } => {
                    assert!(ends.insert(*id, 0).is_none(), "seed {seed}: {id} sent twice");
                    due.insert(*id, *arrives);
                }
                Event::Held { id, .. } => {
                    due.insert(*id, SimTime::NEVER);
                }
                Event::Resent { id, arrives, .. } => {
                    assert_eq!(due.insert(*id, *arrives), Some(SimTime::NEVER), "seed {seed}: {id} was not held");
                }
                Event::Arrived { id, .. } | Event::Lost { id, .. } => {
                    *ends.get_mut(id).unwrap_or_else(|| panic!("seed {seed}: {id} was never sent")) += 1;
                    let came = matches!(event, Event::Arrived { .. });
                    assert!(!came || due[id] == *at, "seed {seed}: {id} comes at {at:?}, but was due at {:?}", due[id]);
                }
                _ => {}
            }
        }
        let odd: Vec<_> = ends.iter().filter(|(_, ends)| **ends != 1).collect();
        assert!(odd.is_empty(), "seed {seed}: {odd:?}");
    }
}

// ---- datagrams -----------------------------------------------------------------------------------------

#[test]
fn datagrams_can_overtake_each_other() {
    let mut aviary = Aviary::new(2, 2, 1, 50);
    for number in 0..20 {
        aviary.order(A, Do::Datagram { to: B, number });
    }
    aviary.until(1_000);
    let heard = aviary.heard(B);
    assert_eq!(heard.len(), 20);
    assert!(!heard.is_sorted(), "{heard:?}");
}

#[test]
fn a_datagram_is_lost_in_the_cut_that_it_meets_on_its_way() {
    let mut aviary = Aviary::new(1, 2, 50, 50);
    aviary.order(A, Do::Datagram { to: B, number: 1 }).until(20).fault(Fault::Cut(A, B)).until(60);
    aviary.fault(Fault::Mend(A, B)).until(5_000);
    assert_eq!(aviary.heard(B).len(), 0);
    assert!(aviary.trace.iter().any(|(_, event)| matches!(event, Event::Lost { why: Loss::Cut, .. })));
}

#[test]
fn a_cut_is_one_way_and_a_partition_is_both() {
    let mut aviary = Aviary::new(1, 3, 1, 1);
    aviary.fault(Fault::Cut(A, B));
    aviary.order(A, Do::Datagram { to: B, number: 1 }).order(B, Do::Datagram { to: A, number: 2 }).until(10);
    assert_eq!((aviary.heard(A), aviary.heard(B)), (vec![2], vec![]));
    aviary.fault(Fault::Heal).fault(Fault::partition(3, |machine| u8::from(machine == C)));
    aviary.order(A, Do::Datagram { to: C, number: 3 }).order(C, Do::Datagram { to: A, number: 4 });
    aviary.order(A, Do::Datagram { to: B, number: 5 }).until(20);
    assert_eq!((aviary.heard(A), aviary.heard(B), aviary.heard(C)), (vec![2], vec![5], vec![]));
}

// ---- dice ----------------------------------------------------------------------------------------------

/// When each of ten datagrams from A to B arrives, if it does.
fn fates(disturb: impl Fn(&mut Aviary, u32)) -> Vec<(u64, Said)> {
    let mut aviary = Aviary::new(9, 3, 1, 50);
    aviary.fault(Fault::Loss(A, B, 400_000));
    for number in 0..50 {
        disturb(&mut aviary, number);
        aviary.order(A, Do::Datagram { to: B, number }).until(u64::from(number) * 100);
    }
    let heard = |said: &Said| matches!(said, Said::Heard { from: A, .. });
    aviary.until(10_000).said(B).into_iter().filter(|(_, said)| heard(said)).collect()
}

#[test]
fn what_others_do_does_not_change_a_links_fate() {
    let alone = fates(|_, _| {});
    assert!((15..45).contains(&alone.len()), "{}", alone.len());
    let disturbed = fates(|aviary, number| {
        aviary.order(C, Do::Datagram { to: B, number: 1_000 }).order(B, Do::Datagram { to: A, number: 2_000 });
        aviary.order(A, Do::Timer { id: 1, lo: 1, hi: 50_000 });
        if number % 7 == 3 {
            aviary.fault(Fault::MachineCrash(C)).fault(Fault::Restart(C));
        }
    });
    assert_eq!(alone, disturbed);
}

#[test]
fn a_worse_link_loses_more_of_the_same_messages() {
    // The fate of a message is drawn once: what a good link loses, a bad one loses too.
    let arrived = |ppm: u32| -> Vec<u32> {
        let mut aviary = Aviary::new(9, 2, 1, 1);
        aviary.fault(Fault::Loss(A, B, ppm));
        (0..100).for_each(|number| {
            aviary.order(A, Do::Datagram { to: B, number });
        });
        aviary.until(100);
        aviary.heard(B)
    };
    let (good, bad) = (arrived(100_000), arrived(500_000));
    assert!(bad.len() < good.len() && bad.iter().all(|number| good.contains(number)));
}

// ---- disks ---------------------------------------------------------------------------------------------

fn durable(aviary: &Aviary, machine: MachineId) -> u32 {
    *aviary.world.machine(machine).disk().image()
}

#[test]
fn a_write_is_safe_when_its_sync_comes_back() {
    let mut aviary = Aviary::new(1, 1, 1, 1);
    aviary.order(A, Do::Persist { number: 5 }).until(1);
    assert_eq!((durable(&aviary, A), aviary.world.machine(A).disk().unsynced()), (0, 1));
    aviary.until(2);
    assert_eq!(durable(&aviary, A), 5);
    assert_eq!(aviary.when(A, Said::Synced { ticket: 1 }), Some(2 * MS));
}

#[test]
fn writes_that_wait_are_synced_together() {
    let mut aviary = Aviary::new(1, 1, 1, 1);
    aviary.order(A, Do::Persist { number: 1 }).until(1);
    aviary.order(A, Do::Persist { number: 2 }).order(A, Do::Persist { number: 3 }).until(10);
    let synced: Vec<_> = aviary.said(A).into_iter().filter(|(_, said)| matches!(said, Said::Synced { .. })).collect();
    assert_eq!(synced, [(2 * MS, Said::Synced { ticket: 1 }), (4 * MS, Said::Synced { ticket: 3 })]);
}

#[test]
fn a_power_loss_loses_unsynced_writes_and_a_process_crash_keeps_them() {
    // One write at the device, one in the queue behind it.
    let after = |fault: Fault<parrot::Parrots>| {
        let mut aviary = Aviary::new(1, 1, 1, 1);
        aviary.order(A, Do::Persist { number: 1 }).until(1).order(A, Do::Persist { number: 2 }).fault(fault);
        aviary.fault(Fault::Restart(A)).until(100);
        let lost = aviary.trace.iter().find_map(|(_, event)| match event {
            Event::Machine { status: Status::Down | Status::Crashed, lost_writes, .. } => Some(*lost_writes),
            _ => None,
        });
        (durable(&aviary, A), lost)
    };
    assert_eq!(after(Fault::ProcessCrash(A)), (2, Some(0)), "the operating system writes everything out");
    assert_eq!(after(Fault::MachineCrash(A)), (1, Some(1)), "the device finishes what it has");
    assert_eq!(after(Fault::PowerLoss(A)), (0, Some(2)), "nothing is left of either");
}

#[test]
fn a_wiped_disk_is_empty_and_its_machine_is_down() {
    let mut aviary = Aviary::new(1, 1, 1, 1);
    aviary.order(A, Do::Persist { number: 5 }).until(10).fault(Fault::WipeDisk(A)).until(20);
    assert_eq!((durable(&aviary, A), aviary.world.machine(A).status()), (0, Status::Down));
    aviary.fault(Fault::Restart(A)).until(100);
    assert_eq!((durable(&aviary, A), aviary.world.machine(A).status()), (0, Status::Up));
}

#[test]
fn on_a_full_disk_writes_fail() {
    let mut aviary = Aviary::new(1, 1, 1, 1);
    aviary.fault(Fault::DiskFull(A, true)).order(A, Do::Persist { number: 5 }).until(10);
    assert_eq!(aviary.when(A, Said::Failed { ticket: 1 }), Some(0));
    aviary.fault(Fault::DiskFull(A, false)).order(A, Do::Persist { number: 6 }).until(20);
    assert_eq!(aviary.when(A, Said::Synced { ticket: 2 }), Some(12 * MS));
    assert_eq!(durable(&aviary, A), 6);
}

#[test]
fn a_slow_disk_takes_longer() {
    let mut aviary = Aviary::new(1, 1, 1, 1);
    aviary.fault(Fault::SlowDisk(A, 5_000)).order(A, Do::Persist { number: 5 }).until(100);
    assert_eq!(aviary.when(A, Said::Synced { ticket: 1 }), Some(10 * MS));
}

// ---- clocks and timers ---------------------------------------------------------------------------------

#[test]
fn a_fast_clock_fires_early_and_a_slow_one_late() {
    for (ppb, expected) in [(250_000_000, 800 * MS), (0, 1_000 * MS), (-200_000_000, 1_250 * MS)] {
        let mut aviary = Aviary::new(1, 1, 1, 1);
        aviary.fault(Fault::ClockRate(A, ppb)).order(A, Do::Timer { id: 1, lo: 1_000_000, hi: 1_000_000 });
        aviary.until(5_000);
        assert_eq!(aviary.when(A, Said::Fired { id: 1, local_us: 1_000 * MS }), Some(expected), "{ppb} ppb");
    }
}

#[test]
fn a_change_of_rate_moves_the_timers_that_run() {
    let mut aviary = Aviary::new(1, 1, 1, 1);
    aviary.order(A, Do::Timer { id: 1, lo: 1_000_000, hi: 1_000_000 }).until(500);
    aviary.fault(Fault::ClockRate(A, 1_000_000_000)).until(5_000);
    assert_eq!(aviary.when(A, Said::Fired { id: 1, local_us: 1_000 * MS }), Some(750 * MS));
}

#[test]
fn a_jump_of_the_clock_moves_the_timers_that_run() {
    let jump = |by_ms: i64| {
        let mut aviary = Aviary::new(1, 1, 1, 1);
        aviary.order(A, Do::Timer { id: 1, lo: 1_000_000, hi: 1_000_000 }).until(500);
        aviary.fault(Fault::ClockJump(A, by_ms * 1_000)).until(5_000);
        let fired = |said: &Said| matches!(said, Said::Fired { .. });
        aviary.said(A).into_iter().filter(|(_, said)| fired(said)).map(|(at, _)| at).collect::<Vec<_>>()
    };
    assert_eq!(jump(200), [800 * MS]);
    assert_eq!(jump(-200), [1_200 * MS]);
    assert_eq!(jump(10_000), [500 * MS], "whoever jumps over a deadline meets it at once");
}

#[test]
fn a_timer_that_was_set_anew_or_forgotten_does_not_fire() {
    let mut aviary = Aviary::new(1, 1, 1, 1);
    aviary.order(A, Do::Timer { id: 1, lo: 10_000, hi: 10_000 }).order(A, Do::Timer { id: 2, lo: 10_000, hi: 10_000 });
    aviary.until(5).order(A, Do::Timer { id: 1, lo: 10_000, hi: 10_000 }).order(A, Do::Cancel { id: 2 }).until(100);
    let fired: Vec<_> = aviary.said(A).into_iter().filter(|(_, said)| matches!(said, Said::Fired { .. })).collect();
    assert_eq!(fired, [(15 * MS, Said::Fired { id: 1, local_us: 15 * MS })]);
}

#[test]
fn a_timer_that_ran_out_behind_a_step_which_sets_it_anew_does_not_fire() {
    // It runs out at 10 ms while the machine is busy; the step that ends at 12 ms sets it anew.
    let mut aviary = Aviary::new(1, 1, 1, 1);
    aviary.order(A, Do::Timer { id: 1, lo: 10_000, hi: 10_000 }).until(5);
    aviary.slow_order(A, Do::Timer { id: 1, lo: 50_000, hi: 50_000 }, 7 * MS).until(200);
    let fired: Vec<_> = aviary.said(A).into_iter().filter(|(_, said)| matches!(said, Said::Fired { .. })).collect();
    assert_eq!(fired, [(62 * MS, Said::Fired { id: 1, local_us: 62 * MS })]);
}

#[test]
fn timers_die_with_their_process() {
    let mut aviary = Aviary::new(1, 1, 1, 1);
    aviary.order(A, Do::Timer { id: 1, lo: 50_000, hi: 50_000 }).fault(Fault::ProcessCrash(A)).fault(Fault::Restart(A));
    aviary.until(1_000);
    assert!(aviary.said(A).iter().all(|(_, said)| !matches!(said, Said::Fired { .. })));
}

#[test]
fn a_timer_falls_anywhere_in_its_range() {
    let mut aviary = Aviary::new(4, 1, 1, 1);
    for round in 0..200_u64 {
        aviary.order(A, Do::Timer { id: 1, lo: 10_000, hi: 20_000 }).until((round + 1) * 100);
    }
    let fired = |(at, said): (u64, Said)| matches!(said, Said::Fired { .. }).then_some(at % (100 * MS));
    let waits: Vec<u64> = aviary.said(A).into_iter().filter_map(fired).collect();
    assert_eq!(waits.len(), 200);
    assert!(waits.iter().all(|wait| (10 * MS..=20 * MS).contains(wait)));
    assert!(waits.iter().any(|wait| *wait < 12 * MS) && waits.iter().any(|wait| *wait > 18 * MS));
}

// ---- the trace -----------------------------------------------------------------------------------------

fn greet(seed: u64, us: u64) -> (World<Echo>, TraceHash) {
    let config = EchoConfig { period_us: 50_000, cost_us: 300, connected: seed.is_multiple_of(2) };
    let mut world = World::new(seed, echo::two_machines_with(config, 50_000));
    let mut hash = TraceHash::new(seed);
    world.start(&mut hash);
    world.run_until(SimTime::from_us(us), &mut hash);
    (world, hash)
}

#[test]
fn two_runs_of_the_same_seed_are_the_same_run() {
    for seed in 0..20 {
        assert_eq!(greet(seed, 10_000_000).1, greet(seed, 10_000_000).1);
        assert_ne!(greet(seed, 10_000_000).1, greet(seed + 1, 10_000_000).1);
    }
}

#[test]
fn the_hash_covers_the_seed() {
    assert_ne!(TraceHash::new(1), TraceHash::new(2));
}

#[test]
fn the_hash_covers_every_event() {
    use ha_lab::sim::Sink;
    let mut aviary = Aviary::new(1, 3, 1, 20);
    aviary.order(A, Do::Streams { to: B, count: 3 }).order(B, Do::Datagram { to: C, number: 4 });
    aviary.order(C, Do::Persist { number: 1 }).until(500).fault(Fault::MachineCrash(B)).until(1_000);
    let hash_without = |skip: usize| {
        let mut hash = TraceHash::new(1);
        for (order, (at, event)) in aviary.trace.iter().enumerate().filter(|(order, _)| *order != skip) {
            hash.event(*at, order as u64, event);
        }
        hash
    };
    assert_eq!(hash_without(usize::MAX), aviary.hash);
    for skip in 0..aviary.trace.len() {
        assert_ne!(hash_without(skip), aviary.hash, "event {skip}");
    }
}

#[test]
fn a_world_runs_the_same_in_one_stride_or_event_by_event() {
    let (_, stride) = greet(3, 5_000_000);
    let (mut world, mut hash) = greet(3, 0);
    while world.next_at().is_some_and(|at| at <= SimTime::from_us(5_000_000)) {
        assert!(world.advance(&mut hash));
    }
    assert_eq!(hash, stride);
}

#[test]
fn a_cloned_world_goes_on_like_the_original() {
    for seed in 0..10 {
        let (mut original, mut hash) = greet(seed, 3_210_000);
        let (mut copy, mut copied_hash) = (original.clone(), hash);
        copy.run_until(SimTime::from_us(20_000_000), &mut copied_hash);
        original.run_until(SimTime::from_us(20_000_000), &mut hash);
        assert_eq!(hash, copied_hash);
        assert_eq!(hash, greet(seed, 20_000_000).1);
    }
}

// ---- limits and the dead -------------------------------------------------------------------------------

#[test]
fn an_inbox_that_is_full_drops_datagrams_and_says_so() {
    let mut aviary = Aviary::new(1, 2, 1, 1);
    aviary.fault(Fault::Freeze(B));
    let sent = limits::INBOX as u32 + 10;
    for number in 0..sent {
        aviary.order(A, Do::Datagram { to: B, number });
    }
    aviary.until(10);
    assert_eq!(aviary.world.machine(B).waiting(), limits::INBOX);
    let overflows = aviary.trace.iter().filter(|(_, e)| matches!(e, Event::Lost { why: Loss::Overflow, .. })).count();
    assert_eq!(overflows, 10);
}

#[test]
fn an_inbox_that_is_full_holds_a_connection_up_and_loses_nothing_of_it() {
    let mut aviary = connected(1);
    aviary.fault(Fault::Freeze(B));
    let sent = limits::INBOX as u32 + 10;
    aviary.order(A, Do::Streams { to: B, count: sent }).until(1_000).fault(Fault::Thaw(B)).until(20_000);
    assert_eq!(aviary.heard(B)[1..], (0..sent).collect::<Vec<_>>());
}

#[test]
fn a_lane_that_is_full_breaks_its_connection_on_both_ends() {
    let mut aviary = connected(1);
    aviary.fault(Fault::Cut(A, B)).order(A, Do::Streams { to: B, count: limits::LANE as u32 }).until(200);
    assert_eq!(aviary.closed(A), []);
    aviary.fault(Fault::Mend(A, B)).order(A, Do::Stream { to: B, number: 1 }).until(300);
    assert_eq!(aviary.closed(A), [(200 * MS, CloseReason::Reset)]);
    assert_eq!(aviary.closed(B), [(201 * MS, CloseReason::Reset)]);
    let lost = aviary.trace.iter().filter(|(_, event)| matches!(event, Event::Lost { .. })).count();
    assert_eq!(lost, limits::LANE + 1);
}

#[test]
fn a_disk_queue_that_is_full_fails_writes() {
    let mut aviary = Aviary::new(1, 1, 1, 1);
    aviary.fault(Fault::SlowDisk(A, 1_000_000));
    for number in 0..limits::DISK_QUEUE as u32 + 2 {
        aviary.order(A, Do::Persist { number });
    }
    let failed: Vec<_> =
        aviary.until(1).said(A).into_iter().filter(|(_, s)| matches!(s, Said::Failed { .. })).collect();
    // The first is at the device, so one more than the queue holds fits.
    assert_eq!(failed, [(0, Said::Failed { ticket: limits::DISK_QUEUE as u64 + 2 })]);
}

#[test]
fn what_is_done_to_the_dead_changes_nothing_but_is_noted() {
    let mut aviary = Aviary::new(1, 2, 1, 1);
    aviary.fault(Fault::MachineCrash(A)).until(10);
    let before = aviary.trace.len();
    for fault in [
        Fault::ProcessCrash(A),
        Fault::MachineCrash(A),
        Fault::PowerLoss(A),
        Fault::Freeze(A),
        Fault::Thaw(A),
        Fault::Command(A, parrot::Order(Do::Nothing, 0)),
        Fault::Restart(B),
        Fault::Thaw(B),
    ] {
        aviary.fault(fault);
    }
    assert_eq!(aviary.trace.len(), before + 8);
    assert!(aviary.trace[before..].iter().all(|(_, event)| matches!(event, Event::Fault { .. })));
    aviary.order(B, Do::Datagram { to: A, number: 1 }).until(20);
    assert!(aviary.trace.iter().any(|(_, event)| matches!(event, Event::Lost { why: Loss::Down, .. })));
    aviary.fault(Fault::Restart(A)).until(100);
    assert_eq!(aviary.world.machine(A).status(), Status::Up);
}

#[test]
fn a_machine_that_crashes_while_it_boots_has_to_be_started_again() {
    let mut aviary = Aviary::new(1, 1, 1, 1);
    aviary.fault(Fault::MachineCrash(A)).fault(Fault::Restart(A)).until(5).fault(Fault::PowerLoss(A)).until(1_000);
    assert_eq!(aviary.world.machine(A).status(), Status::Down);
    aviary.fault(Fault::Restart(A)).until(2_000);
    assert_eq!(aviary.world.machine(A).status(), Status::Up);
}

#[test]
fn a_machine_that_is_down_from_the_beginning_can_be_started() {
    let spec = MachineSpec { up: false, boot_us: 10 * MS, ..MachineSpec::default() };
    let mut aviary = Aviary::with(1, spec, 1, LinkSpec { latency_lo_us: MS, latency_hi_us: MS, loss_ppm: 0 });
    aviary.until(100);
    assert_eq!(aviary.world.machine(A).status(), Status::Down);
    aviary.fault(Fault::Restart(A)).until(200);
    assert_eq!(aviary.world.machine(A).status(), Status::Up);
}
