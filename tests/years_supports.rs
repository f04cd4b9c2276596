//! Years of plants that lean on something: a manager without which nobody takes over, a router in series. Held against a chain
//! that is written by hand here.
#![cfg(not(target_arch = "wasm32"))]

use std::collections::BTreeMap;

use ha_lab::study::years::{
    Cause, Estimate, Impossible, Plant, Report, Serving, Shard, Study, Support, SupportKind, Takeover, Times, merge,
    read_plant,
};
use ha_lab::theory::{Chain, Steady};

const HOUR_US: f64 = 3.6e9;
const SEED: u64 = 11;

fn hours(mean: f64) -> Times {
    Times::Exponential { mean_us: (mean * HOUR_US).round() as u64 }
}

/// Rates per hour.
const FAILS: f64 = 0.01;
const REPAIRED: f64 = 0.1;
const TAKEOVER: f64 = 2.0;
const RESTART: f64 = 1.0;
const ELECTION: f64 = 4.0;
const RUNS_OUT: f64 = 0.5;

fn support(what: SupportKind, nodes: u8, needed: u8) -> Support {
    Support {
        what,
        nodes,
        needed,
        up: hours(1.0 / FAILS),
        repair: hours(1.0 / REPAIRED),
        takeover: Times::Constant { us: 0 },
        common_cause: None,
        goes_on: None,
    }
}

fn manager() -> Support {
    Support {
        takeover: hours(1.0 / ELECTION),
        goes_on: Some(hours(1.0 / RUNS_OUT)),
        ..support(SupportKind::Manager, 3, 2)
    }
}

/// A pair whose takeovers and restarts need whatever it leans on.
fn pair(supports: Vec<Support>) -> Plant {
    let takeover = Takeover {
        restart: Some(hours(1.0 / RESTART)),
        repaired_serves: false,
        ..Takeover::lasting(hours(1.0 / TAKEOVER))
    };
    let plant = Plant::of(2, 1, hours(1.0 / FAILS), hours(1.0 / REPAIRED), Serving::Leader(takeover));
    Plant { supports, ..plant }
}

/// What the service does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Does {
    Leads,
    TakesOver,
    Restarts,
    /// A takeover, or a restart, is done but for the manager's word.
    WaitsToTakeOver,
    WaitsToRestart,
    TooFew,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct State {
    up: u32,
    does: Does,
    members: u32,
    is_there: bool,
}

/// How the members of the manager fail, come back and elect: 2 of 3.
fn manager_moves(state: State) -> Vec<(State, f64)> {
    let State { members, is_there, .. } = state;
    let mut moves = Vec::new();
    let mut to = |members: u32, is_there: bool, rate: f64| {
        let back = is_there && !state.is_there;
        let does = match state.does {
            Does::WaitsToTakeOver if back => Does::TakesOver,
            Does::WaitsToRestart if back => Does::Restarts,
            does => does,
        };
        moves.push((State { does, members, is_there, ..state }, rate));
    };
    if members > 0 {
        let others = if is_there { members - 1 } else { members };
        to(members - 1, is_there && members > 2, f64::from(others) * FAILS);
        if is_there {
            to(members - 1, false, FAILS);
        }
    }
    to(members + u32::from(members < 3), is_there, f64::from(3 - members) * REPAIRED);
    if !is_there && members >= 2 {
        to(members, true, ELECTION);
    }
    moves
}

fn moves(state: State) -> Vec<(State, f64)> {
    use Does::{Leads, Restarts, TakesOver, TooFew, WaitsToRestart, WaitsToTakeOver};
    let mut moves = manager_moves(state);
    let mut to = |up: u32, does: Does, rate: f64| {
        let does = if up == 0 { TooFew } else { does };
        moves.push((State { up, does, ..state }, rate));
    };
    let (up, does) = (state.up, state.does);
    if does == Leads {
        to(up - 1, TakesOver, FAILS);
        to(up - 1, Leads, f64::from(up - 1) * FAILS);
        if !state.is_there {
            to(up, WaitsToRestart, RUNS_OUT);
        }
    } else if up > 0 {
        to(up - 1, does, f64::from(up) * FAILS);
    }
    let asks = |there: Does, away: Does| if state.is_there { there } else { away };
    match does {
        TakesOver => to(up, asks(Leads, WaitsToTakeOver), TAKEOVER),
        Restarts => to(up, asks(Leads, WaitsToRestart), RESTART),
        _ => {}
    }
    if up < 2 {
        let does = if does == TooFew { asks(Restarts, WaitsToRestart) } else { does };
        to(up + 1, does, f64::from(2 - up) * REPAIRED);
    }
    moves
}

/// Exactly how much of the time it is down, and how often.
fn exactly() -> (f64, f64) {
    let first = State { up: 2, does: Does::Leads, members: 3, is_there: true };
    let mut chain = Chain::new();
    let mut known = BTreeMap::new();
    let mut open = vec![first];
    known.insert(first, chain.state("first".into(), true));
    let mut arcs = Vec::new();
    while let Some(state) = open.pop() {
        for (next, rate) in moves(state).into_iter().filter(|(next, rate)| *next != state && *rate > 0.0) {
            let from = known[&state];
            let to = *known.entry(next).or_insert_with(|| {
                open.push(next);
                chain.state(format!("{next:?}").into(), next.does == Does::Leads)
            });
            arcs.push((from, to, rate));
        }
    }
    for (from, to, rate) in arcs {
        chain.arc(from, to, rate);
    }
    let steady = Steady::of(&chain);
    (steady.availability().down, steady.outages_per_hour() * 8_760.0)
}

fn report(plant: &Plant) -> Report<'_> {
    let study = Study { plant, seed: SEED, years: 20_000 };
    Report::of(study, study.run(2).unwrap()).unwrap()
}

/// Within four and a half standard errors, and these are small.
#[track_caller]
fn agrees(plant: &Plant, unavailability: f64, outages_per_year: f64) {
    let Estimate { unavailability: seen, standard_error, outages_per_year: outages, outages_error, .. } =
        report(plant).estimate;
    let off = (seen - unavailability) / standard_error.unwrap();
    println!("seed {SEED}: {seen} seen, {unavailability} exactly, {off:.2} errors off; {outages} outages a year");
    assert!(off.abs() < 4.5, "seed {SEED}: {seen} is {off:.1} errors off {unavailability}");
    assert!(standard_error.unwrap() < 0.02 * seen, "seed {SEED}: too vague to tell: {standard_error:?}");
    let off = (outages - outages_per_year) / outages_error.unwrap();
    assert!(off.abs() < 4.5, "seed {SEED}: {outages} outages are {off:.1} errors off {outages_per_year}");
}

#[test]
fn without_its_manager_a_service_goes_on_and_nobody_takes_over() {
    let (down, outages) = exactly();
    agrees(&pair(vec![manager()]), down, outages);
}

#[test]
fn a_router_stands_in_series() {
    let (down, outages) = exactly();
    let router = REPAIRED / (FAILS + REPAIRED);
    let all_up = (1.0 - down) * router;
    let both = outages * router + (1.0 - down) * router * FAILS * 8_760.0;
    agrees(&pair(vec![manager(), support(SupportKind::Router, 1, 1)]), 1.0 - all_up, both);
}

#[test]
fn each_cause_is_told() {
    let plant = pair(vec![manager(), support(SupportKind::Router, 1, 1), support(SupportKind::Storage, 1, 1)]);
    let report = report(&plant);
    let causes: Vec<_> = report.causes().into_iter().map(|(cause, _)| cause).collect();
    for cause in [Cause::Automatic, Cause::TooFew, Cause::Router, Cause::Storage, Cause::Manager] {
        assert!(causes.contains(&cause), "{cause:?} is missing in {causes:?}");
    }
    assert!(report.theory.is_none(), "no model of theory has a manager");
}

/// Who goes on for ever without the manager is hurt by its absence only when somebody should take over.
#[test]
fn a_claim_that_outlasts_the_manager_costs_less() {
    let patient = Support { goes_on: Some(Times::Constant { us: 1_000_000_000_000_000 }), ..manager() };
    let hasty = Support { goes_on: Some(Times::Constant { us: 0 }), ..manager() };
    let [none, patient, some, hasty] = [vec![], vec![patient], vec![manager()], vec![hasty]]
        .map(|supports| report(&pair(supports)).estimate.unavailability);
    assert!(none < patient && patient < some && some < hasty, "{none} {patient} {some} {hasty}");
}

#[test]
fn a_cause_that_all_members_share_takes_the_manager_away() {
    let shared = Support { common_cause: Some(hours(1_000.0)), ..manager() };
    let [alone, shared] = [vec![manager()], vec![shared]].map(|it| report(&pair(it)).estimate.unavailability);
    assert!(shared > 1.02 * alone, "{shared} {alone}");
}

#[test]
fn any_sharding_gives_the_same_bytes() {
    use ha_lab::study::years::Part;
    let plant = pair(vec![manager(), support(SupportKind::Router, 2, 1)]);
    let study = Study { plant: &plant, seed: SEED, years: 21_000 };
    let whole = study.run(1).unwrap();
    assert_eq!(whole, study.run(2).unwrap());
    let parts: Vec<_> =
        (1..=3).map(|number| Part::run(&study, Shard::new(number, 3).unwrap(), 1, false).unwrap()).collect();
    let read: Vec<_> = parts.iter().rev().map(|part| Part::read(&part.to_json()).unwrap()).collect();
    assert_eq!(merge(&read).unwrap().0, whole);
    assert_eq!(read[0].study().plant, &plant);
}

#[test]
fn the_longest_outage_tells_what_was_away() {
    let rare = Support { repair: hours(500.0), ..support(SupportKind::Router, 1, 1) };
    let plant = pair(vec![rare]);
    let study = Study { plant: &plant, seed: SEED, years: 100 };
    let longest = study.run(1).unwrap().longest.unwrap();
    let history = serde_json::to_value(study.history(longest).unwrap()).unwrap();
    assert!(history.to_string().contains("support_away"), "{history}");
}

#[test]
fn what_nobody_can_lean_on_is_refused() {
    let plant = pair(vec![support(SupportKind::Manager, 3, 4)]);
    assert_eq!(plant.check(), Err(Impossible::Supports));
    let nobody_leads = Plant { serving: Serving::Everybody, ..pair(vec![manager()]) };
    assert_eq!(nobody_leads.check(), Err(Impossible::Supports));
    let five = pair(vec![support(SupportKind::Router, 1, 1); 5]);
    assert_eq!(five.check(), Err(Impossible::Supports));
    assert!(!pair(vec![manager()]).is_markovian());
    // As a document, too.
    let text = serde_json::to_string(&pair(vec![manager()])).unwrap();
    assert_eq!(read_plant(&text).unwrap(), pair(vec![manager()]));
    let wrong = text.replace(r#""needed":2"#, r#""needed":4"#);
    let said = read_plant(&wrong).unwrap_err().to_string();
    assert!(said.contains("supports"), "{said}");
}
