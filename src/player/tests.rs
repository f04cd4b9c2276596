//! What time travel promises.
//!
//! Random journeys are drawn from a seed; `LAB_SEED=7 cargo test --lib player` repeats the one of seed 7.

use super::*;
use crate::measure::Figures;
use crate::scenario::{Class, RandomFaults, Scheduled, Target, Unable, presets};
use crate::sim::{Dice, Domain, Event, Fault, Origin, Sink, Tier, TraceHash};

fn at(ms: u64) -> SimTime {
    SimTime::from_us(ms * 1_000)
}

fn crash() -> Action {
    Action::MachineCrash { on: Target::Node(0) }
}

fn restart() -> Action {
    Action::Restart { on: Target::Node(0) }
}

/// Few clients, so that hours go by quickly.
fn calm() -> Scenario {
    let mut scenario = Scenario::default();
    scenario.clients.canary_us = Some(1_000_000);
    scenario.clients.mean_gap_us = Some(5_000_000);
    scenario
}

/// Things also happen by themselves.
fn eventful() -> Scenario {
    let mut scenario = Scenario::default();
    scenario.clients.canary_us = Some(200_000);
    scenario.faults.scheduled = vec![
        Scheduled::at(12_000_000, Action::Freeze { on: Target::Master }),
        Scheduled::at(20_000_000, Action::Thaw { on: Target::OldMaster }),
    ];
    scenario.faults.random =
        vec![RandomFaults { on: Class::Data, mttf_us: 40_000_000, mttr_us: 8_000_000, ..RandomFaults::default() }];
    scenario
}

/// All that is to be equal when two ways lead to one moment.
fn state(player: &Player) -> (SimTime, u64, u64, Figures, Vec<Flight>, Vec<Told>) {
    (
        player.now(),
        player.hash(),
        player.world().events(),
        player.ledger().figures(player.now()),
        player.flights().copied().collect(),
        player.story().to_vec(),
    )
}

/// The same moment, reached without detours.
fn straight(player: &Player) -> Player {
    let (mut fresh, _) = player.session().resume();
    fresh.seek(player.now());
    fresh
}

fn assert_straight(player: &Player, how: &str) {
    let straight = straight(player);
    assert!(state(player) == state(&straight), "{how}: at {} µs a detour led to another world", player.now().us());
}

#[test]
fn seeking_is_running() {
    let mut player = Player::new(eventful());
    player.seek(at(100_000));
    let end = state(&player);
    for to in [95_000, 31_000, 30_000, 29_999, 0, 61_234, 100_000] {
        player.seek(at(to));
        assert_straight(&player, "seek");
        assert_eq!(player.explored(), at(100_000), "the explored part stays explored");
    }
    assert!(state(&player) == end);
}

#[test]
fn a_checkpointed_run_equals_a_straight_one() {
    let scenario = eventful();
    let mut player = Player::with_seed(scenario.clone(), 9);
    player.play(at(200_000), || false);

    let mut run = Run::new(&scenario, 9);
    let mut ears = (TraceHash::new(9), Ledger::new(run.world().config()));
    run.start(&mut ears);
    run.run_until(at(200_000), &mut ears);
    assert_eq!(player.hash(), ears.0.value());
    assert_eq!(player.ledger().figures(player.now()), ears.1.figures(run.now()));
}

#[test]
fn undo_keeps_the_playhead_and_redo_brings_the_same_world_back() {
    let mut player = Player::new(Scenario::default());
    player.seek(at(8_000));
    player.act(crash()).unwrap();
    player.seek(at(20_000));
    let crashed = state(&player);
    assert!(player.undo());
    assert_eq!(player.now(), at(20_000));
    let mut peaceful = Player::new(Scenario::default());
    peaceful.seek(at(20_000));
    assert!(state(&player) == state(&peaceful), "as if it had never happened");
    assert!(player.can_redo() && !player.can_undo() && !player.undo());
    assert!(player.redo());
    assert!(state(&player) == crashed);
}

#[test]
fn acting_in_the_past_moves_later_actions_into_the_redo_branch() {
    let mut player = Player::new(Scenario::default());
    for (ms, action) in [(8_000, crash()), (30_000, restart()), (45_000, Action::PoisonWrite)] {
        player.seek(at(ms));
        player.act(action).unwrap();
    }
    player.seek(at(60_000));
    let branch = player.branch();

    player.seek(at(15_000));
    let acted = player.act(Action::Freeze { on: Target::Node(1) }).unwrap();
    assert_eq!(acted, Acted { moved_to_redo: 2 });
    assert_eq!(player.actions().len(), 2);
    assert_ne!(player.branch(), branch);
    assert_eq!(player.explored(), at(15_000), "the future is open again");
    assert_straight(&player, "fork");

    // They come back one by one, each at its own time.
    assert!(player.redo());
    assert_eq!(player.actions()[2], (at(30_000), restart()));
    assert_eq!((player.now(), player.actions_done()), (at(15_000), 2));
    player.seek(at(50_000));
    assert_eq!(player.actions_done(), 3);
    assert!(player.redo());
    assert_eq!((player.now(), player.actions_done()), (at(50_000), 4), "it lies in the past: it has happened");
    assert_straight(&player, "redo");
    assert!(!player.can_redo());
}

#[test]
fn an_action_is_all_that_a_fork_changes() {
    // Scheduled and random faults come at the same times in every course of events.
    let faults = |player: &Player| -> Vec<(SimTime, Fault<crate::ha::Ha>)> {
        let told = player.story().iter();
        told.filter_map(|told| match told.event {
            Event::Fault { origin: Origin::Random, fault } => Some((told.at, fault)),
            _ => None,
        })
        .collect()
    };
    let mut player = Player::new(eventful());
    player.seek(at(120_000));
    let before = faults(&player);
    assert!(before.len() > 2, "{before:?}");
    player.seek(at(5_000));
    player.act(Action::PowerLoss { on: Target::Node(2) }).unwrap();
    player.seek(at(120_000));
    assert_eq!(faults(&player), before);
}

#[test]
fn actions_of_one_microsecond_keep_their_order() {
    let mut player = Player::new(Scenario::default());
    player.seek(at(10_000));
    player.act(Action::Freeze { on: Target::Node(0) }).unwrap();
    player.act(Action::Thaw { on: Target::Node(0) }).unwrap();
    player.act(crash()).unwrap();
    assert_straight(&player, "three at once");
    player.seek(at(25_000));
    assert_straight(&player, "three at once, later");
    player.undo();
    assert_straight(&player, "two at once");
    player.seek(at(10_000));
    assert_eq!(player.actions_done(), 2, "seeking to their moment does them");
    assert!(player.redo());
    assert_eq!(player.actions_done(), 3);
    assert_straight(&player, "three again");
}

#[test]
fn an_action_amid_a_microsecond_waits_for_its_end() {
    let mut player = Player::new(Scenario::default());
    player.seek(at(5_000));
    for _ in 0..40 {
        player.step_forward(StepBy::Event);
    }
    player.act(crash()).unwrap();
    player.seek(at(20_000));
    assert_straight(&player, "acted after steps");
}

#[test]
fn what_cannot_be_done_changes_nothing() {
    let mut player = Player::new(Scenario::default());
    player.seek(at(8_000));
    player.act(crash()).unwrap();
    player.seek(at(30_000));
    player.seek(at(5_000));
    let before = state(&player);
    assert!(player.act(Action::MachineCrash { on: Target::Dns }).is_err(), "there is no name server");
    assert!(state(&player) == before);
    assert_eq!((player.actions().len(), player.explored()), (1, at(30_000)));
}

#[test]
fn steps_go_back_the_way_they_came() {
    for by in [StepBy::Event, StepBy::Story] {
        let mut player = Player::new(eventful());
        player.seek(at(29_500)); // a checkpoint lies on the way
        let mut stops = vec![];
        for _ in 0..60 {
            assert!(player.step_forward(by), "{by:?}");
            stops.push((player.hash(), player.now()));
        }
        assert!(stops.windows(2).all(|pair| pair[0].0 != pair[1].0), "{by:?}: every step shows something new");
        stops.pop();
        while let Some(stop) = stops.pop() {
            assert!(player.step_back(by));
            assert_eq!((player.hash(), player.now()), stop, "{by:?}: {} steps before", stops.len());
        }
    }
}

#[test]
fn steps_back_end_at_the_start() {
    let mut player = Player::new(calm());
    player.seek(at(70_000));
    let mut steps = 0;
    while player.step_back(StepBy::Story) {
        steps += 1;
        assert!(steps < 1_000, "it does not get there");
    }
    assert_eq!(player.now(), SimTime::ZERO);
    assert!(!player.step_back(StepBy::Event));
    assert_eq!(player.explored(), at(70_000));
}

#[test]
fn a_step_back_into_a_quiet_time_finds_the_event_before_it() {
    let mut scenario = calm();
    scenario.clients.canary_us = None;
    scenario.clients.mean_gap_us = None;
    let mut player = Player::new(scenario);
    player.seek(at(10_000));
    player.act(crash()).unwrap();
    player.seek(at(300_000));
    assert!(player.step_back(StepBy::Story));
    assert!(player.now() > at(10_000) && player.now() < at(40_000), "the end of the failover, not {:?}", player.now());
}

#[test]
fn the_messages_on_their_way_are_those_of_the_world() {
    let mut player = Player::new(eventful());
    let mut held = 0;
    for moment in 1..200 {
        player.seek(at(moment * 501));
        let mut expected: Vec<_> = player.world().in_flight().map(|it| (it.id, it.from, it.to, it.arrives)).collect();
        expected.sort_unstable();
        let flying = |flight: &&Flight| !flight.held;
        let flights: Vec<_> = player.flights().filter(flying).map(|it| (it.id, it.from, it.to, it.arrives)).collect();
        assert_eq!(flights, expected, "at {} µs", player.now().us());
        assert!(player.flights().filter(flying).all(|it| it.sent <= player.now() && player.now() <= it.arrives));
        held += player.flights().filter(|flight| flight.held).count();
    }
    assert!(held > 0, "crashes make messages wait");
    assert!(player.losses().count() > 0);
}

#[test]
fn what_is_shown_lies_in_the_past_of_the_playhead() {
    let mut player = Player::new(eventful());
    player.seek(at(90_000));
    let whole = player.story().to_vec();
    player.seek(at(45_000));
    let (past, ahead) = (player.story(), player.story_ahead());
    assert!(past.iter().all(|told| told.at <= at(45_000)) && ahead.iter().all(|told| told.at > at(45_000)));
    assert_eq!([past, ahead].concat(), whole);
    let wire: Vec<u64> = player.wire().map(|told| told.order).collect();
    assert_eq!(wire.last().map(|last| last + 1), Some(player.world().events()));
    assert!(wire.windows(2).all(|pair| pair[0] + 1 == pair[1]), "no gaps");
    assert!(player.wire().next().unwrap().at <= at(40_000), "one can look back from there");
}

#[test]
fn memory_is_bounded_in_a_long_session() {
    let mut scenario = calm();
    scenario.faults.random = eventful().faults.random;
    let mut player = Player::new(scenario);
    player.seek(at(18 * 3_600_000));
    let (checkpoints, every_us) = player.checkpoints.size();
    assert!(checkpoints <= limits::CHECKPOINTS, "{checkpoints} checkpoints");
    assert_eq!(every_us, 4 * limits::CHECKPOINT_US, "thinned twice in eighteen hours");
    assert!(player.wire().len() == limits::RING && player.story().len() <= limits::STORY);
    assert!(player.flights().len() <= limits::FLIGHTS && player.losses().count() <= limits::LOSSES);
}

#[test]
fn seeking_anywhere_in_an_hour_runs_no_more_than_one_interval() {
    let mut player = Player::new(calm());
    player.seek(at(3_600_000));
    for minute in (0..60).rev().chain([59, 1, 30]) {
        let to = at(minute * 60_000 + 29_999);
        let start = player.start_for(to, usize::MAX).map_or(player.now(), Checkpoint::at);
        assert!(to.since(start) <= limits::CHECKPOINT_US + limits::LOOK_BACK_US, "{} µs", to.since(start));
        player.seek(to);
    }
    assert_straight(&player, "after all this");
    player.seek(player.explored());
    assert_eq!(player.now(), at(3_600_000));
}

#[test]
fn a_frame_ends_when_it_is_enough() {
    let mut player = Player::new(Scenario::default());
    let mut asked = 0;
    let reached = player.play(at(3_600_000), || {
        asked += 1;
        asked == 20
    });
    let events = player.world().events();
    assert!(reached < at(3_600_000));
    assert!(events < 20 * 4 * limits::SLICE_EVENTS, "{events} events in 20 slices");
    player.play(at(20_000), || false);
    assert_eq!(player.now().max(at(20_000)), player.now());
    assert_straight(&player, "slices");
}

#[test]
fn playing_stops_when_trouble_comes() {
    let mut player = Player::new(eventful());
    assert!(player.play_to_trouble(at(60_000), || false));
    let first = player.story().iter().find(|told| matches!(told.event, Event::Fault { .. })).unwrap().at;
    assert!(player.now().since(first) < 1_000_000, "{first:?}, stopped at {:?}", player.now());
    let mut quiet = Player::new(calm());
    quiet.seek(at(3_000));
    assert!(!quiet.play_to_trouble(at(10_000), || false));
    assert_eq!(quiet.now(), at(10_000));
}

#[test]
fn restarting_keeps_the_actions_for_redo() {
    let mut player = Player::new(Scenario::default());
    player.seek(at(8_000));
    player.act(crash()).unwrap();
    player.seek(at(20_000));
    let first = state(&player);
    assert_eq!(player.restart(None), 1);
    assert_eq!((player.now(), player.actions().len()), (SimTime::ZERO, 0));
    player.redo();
    player.seek(at(20_000));
    assert!(state(&player) == first);
    player.restart(Some(77));
    assert_eq!(player.seed(), 77);
}

#[test]
fn a_saved_session_comes_back_to_just_before() {
    let mut player = Player::with_seed(eventful(), 5);
    player.seek(at(8_000));
    player.act(Action::Cut { from: Target::Node(0), to: Target::Site(1), both_ways: true }).unwrap();
    player.seek(at(40_000));
    player.act(Action::Heal).unwrap();
    player.undo();
    player.seek(at(41_000));

    let session = Session::from_json(&player.session().to_json()).unwrap();
    assert_eq!(session, player.session());
    let (mut resumed, until) = session.resume();
    while resumed.play(until, || true) < until {}
    assert!(state(&resumed) == state(&player));
    assert!(resumed.can_redo());
    assert_eq!(Session::from_json("{").unwrap_err(), SessionError::NotJson);
    assert!(Session::from_json(r#"{"scenario": {"version": 1}, "seed": -1}"#).is_err());
}

#[test]
fn a_saved_scenario_holds_what_was_done() {
    let mut player = Player::with_seed(Scenario::default(), 5);
    player.seek(at(8_000));
    player.act(crash()).unwrap();
    let saved = player.as_scenario();
    assert_eq!((saved.seed, saved.faults.scheduled.len()), (5, 1));
    saved.validate().unwrap();
    // Who did it is told differently; what happens is the same.
    player.seek(at(20_000));
    let mut again = Player::new(saved);
    again.seek(at(20_000));
    assert_eq!(again.ledger().figures(at(20_000)), player.ledger().figures(at(20_000)));
}

#[test]
fn every_ready_scenario_can_be_travelled() {
    for preset in presets() {
        let mut player = Player::new(crate::scenario::parse(preset.json).unwrap());
        player.seek(at(40_000));
        let end = state(&player);
        player.seek(at(17_000));
        assert_straight(&player, preset.name);
        player.seek(at(40_000));
        assert!(state(&player) == end, "{}: the way back led elsewhere", preset.name);
        // A message never leaves the pictures without having arrived or been lost.
        let oldest = player.flights().next().map_or(player.now(), |flight| flight.sent);
        assert!(player.now().since(oldest) < 20_000_000, "{}: a message is forgotten on its way", preset.name);
    }
}

/// The seeds of random journeys: one from the environment, or a few.
fn seeds() -> Vec<u64> {
    match std::env::var("LAB_SEED").map(|seed| seed.parse()) {
        Ok(Ok(seed)) => vec![seed],
        _ => (1..=12).collect(),
    }
}

#[test]
fn whatever_way_one_takes_one_arrives_at_the_same_world() {
    for seed in seeds() {
        let mut dice = Dice::keyed(seed, Domain::Schedule, 0, 0);
        let mut player = Player::with_seed(eventful(), seed);
        let mut way = Vec::new();
        for _ in 0..25 {
            let to = at(dice.below(90_000));
            let node = Target::Node(dice.below(3) as u8);
            let step = match dice.below(9) {
                0 | 1 => {
                    player.seek(to);
                    format!("seek {}", to.us())
                }
                2 => {
                    let mut asked = 0;
                    let _ = player.play(player.now().after(to.us() / 4), || {
                        asked += 1;
                        asked > 50
                    });
                    "play".to_owned()
                }
                3 => format!("undo {}", player.undo()),
                4 => format!("redo {}", player.redo()),
                5 => format!("step {}", player.step_forward(StepBy::Event)),
                6 => format!("step back {}", player.step_back(StepBy::Event)),
                7 => format!("story back {}", player.step_back(StepBy::Story)),
                _ => {
                    let action = match dice.below(4) {
                        0 => Action::PowerLoss { on: node },
                        1 => Action::Restart { on: node },
                        2 => Action::Freeze { on: Target::Master },
                        _ => Action::Thaw { on: node },
                    };
                    format!("{action:?} {:?}", player.act(action.clone()).map(|acted| acted.moved_to_redo))
                }
            };
            way.push(format!("  {step} → {} µs, event {}", player.now().us(), player.world().events()));
        }
        player.seek(player.now());
        let straight = straight(&player);
        assert!(
            state(&player) == state(&straight),
            "seed {seed}: the way led to another world; LAB_SEED={seed} cargo test --lib player repeats it:\n{}",
            way.join("\n")
        );
        let told: Vec<_> = player.wire().collect();
        let direct: Vec<_> = straight.wire().collect();
        let both = told.len().min(direct.len());
        assert_eq!(told[told.len() - both..], direct[direct.len() - both..], "seed {seed}: the newest events");
    }
}

#[test]
fn the_ring_holds_events_of_all_kinds_and_the_story_only_turns() {
    let mut player = Player::new(eventful());
    player.seek(at(30_000));
    assert!(player.story().iter().all(|told| told.event.tier() == Tier::Story));
    assert!(player.wire().any(|told| told.event.tier() == Tier::Wire));
    let mut hash = TraceHash::new(player.seed());
    for told in player.wire() {
        hash.event(told.at, told.order, &told.event);
    }
    assert_eq!(hash.value(), player.hash(), "while the ring is not full, it is the whole trace");
}

#[test]
fn the_number_of_actions_by_hand_is_limited_and_undo_makes_room() {
    let mut player = Player::new(Scenario::default());
    for _ in 0..limits::ACTIONS {
        player.act(Action::Heal).expect("there is room");
    }
    assert_eq!(player.act(Action::Heal), Err(Unable::TooMany(limits::ACTIONS)));
    assert!(player.undo());
    assert!(player.act(Action::Heal).is_ok());
}
