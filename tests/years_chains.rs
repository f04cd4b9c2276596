//! Years of plants that theory has no name for, held against chains that are written by hand here: zones, maintenance, nodes
//! that differ, more than one cause of failure. And rare states, which are sampled more often and weighed.
#![cfg(not(target_arch = "wasm32"))]

use std::collections::BTreeMap;

use ha_lab::study::years::{
    Estimate, Failure, Impossible, Maintenance, NodeTimes, Plant, RareTally, Report, Serving, Study, Takeover, Times,
    Zone, model_of, plant_of,
};
use ha_lab::theory::{Chain, Request, Steady, Value};
use serde_json::json;

const HOUR_US: f64 = 3.6e9;

fn hours(mean: f64) -> Times {
    Times::Exponential { mean_us: (mean * HOUR_US).round() as u64 }
}

fn nodes(count: u8, needed: u8, serving: Serving) -> Plant {
    Plant::of(count, needed, hours(100.0), hours(10.0), serving)
}

/// Takes half an hour.
fn failover() -> Takeover {
    Takeover::lasting(hours(0.5))
}

/// Years of a plant against its exact unavailability and, if given, outages per year: within four and a half standard errors.
#[track_caller]
fn agrees(plant: &Plant, unavailability: f64, outages_per_year: Option<f64>) {
    const SEED: u64 = 4;
    let study = Study { plant, seed: SEED, years: 20_000 };
    let report = Report::of(study, study.run(2).unwrap()).unwrap();
    let Estimate { unavailability: seen, standard_error, outages_per_year: outages, outages_error, .. } =
        report.estimate;
    let off = (seen - unavailability) / standard_error.unwrap();
    println!("seed {SEED}: {seen} seen, {unavailability} exactly, {off:.2} errors off; {outages} outages a year");
    assert!(off.abs() < 4.5, "seed {SEED}: {seen} is {off:.1} errors off {unavailability}");
    assert!(standard_error.unwrap() < 0.02 * seen, "seed {SEED}: too vague to tell: {standard_error:?}");
    if let Some(exact) = outages_per_year {
        let off = (outages - exact) / outages_error.unwrap();
        assert!(off.abs() < 4.5, "seed {SEED}: {outages} outages are {off:.1} errors off {exact}");
    }
}

/// What a node does in the chains below.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Is {
    Up,
    Down,
    Maintained,
}

/// Whose turn maintenance is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Turn {
    Nobody,
    Waits(usize),
    HandsOver(usize),
    Runs(usize),
}

/// A state of a plant with a leader: all that matters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct State {
    nodes: Vec<Is>,
    dark: Vec<bool>,
    leader: Option<usize>,
    turn: Turn,
}

/// The rules, as rates per hour.
struct Rules {
    fails: Vec<f64>,
    repaired: Vec<f64>,
    /// How much less often standbys fail.
    dormancy: f64,
    /// Which nodes are in each zone, how often it fails and comes back.
    zones: Vec<(Vec<usize>, f64, f64)>,
    /// How often windows come, how often one is over; and a switchover.
    maintenance: Option<(f64, f64, f64)>,
    takeover: f64,
}

impl Rules {
    fn new(count: usize) -> Self {
        let (fails, repaired) = (vec![0.01; count], vec![0.1; count]);
        Self { fails, repaired, dormancy: 1.0, zones: Vec::new(), maintenance: None, takeover: 2.0 }
    }

    fn serves(&self, state: &State, node: usize) -> bool {
        let dark = self.zones.iter().zip(&state.dark).any(|((nodes, ..), dark)| *dark && nodes.contains(&node));
        state.nodes[node] == Is::Up && !dark
    }

    fn up(&self, state: &State) -> Vec<usize> {
        (0..state.nodes.len()).filter(|node| self.serves(state, *node)).collect()
    }

    /// What follows at once from a change: who leads, and whose turn it is.
    fn settled(&self, before: &State, mut state: State) -> State {
        let (was, up) = (self.up(before), self.up(&state));
        let handing_over = matches!(state.turn, Turn::HandsOver(_));
        if state.leader.is_some_and(|leader| !up.contains(&leader)) {
            state.leader = None;
        }
        // Who comes back while nobody leads does, unless a switchover runs that others can end.
        let back = up.iter().find(|node| !was.contains(node));
        if state.leader.is_none()
            && let Some(back) = back
            && (!handing_over || was.is_empty())
        {
            state.leader = Some(*back);
        }
        if let Turn::HandsOver(node) = state.turn
            && (state.leader.is_some() || up.is_empty())
        {
            state.turn = Turn::Waits(node);
        }
        if let Turn::Waits(node) = state.turn
            && up.len() == state.nodes.len()
            && let Some(leader) = state.leader
        {
            if leader == node {
                state.leader = None;
                state.turn = Turn::HandsOver(node);
            } else {
                state.nodes[node] = Is::Maintained;
                state.turn = Turn::Runs(node);
            }
        }
        state
    }

    fn moves(&self, state: &State) -> Vec<(State, f64)> {
        let mut moves = Vec::new();
        let mut change = |rate: f64, act: &dyn Fn(&mut State)| {
            let mut next = state.clone();
            act(&mut next);
            moves.push((self.settled(state, next), rate));
        };
        for node in 0..state.nodes.len() {
            let handing_over = state.turn == Turn::HandsOver(node) && state.leader.is_none();
            let pace = if state.leader == Some(node) || handing_over { 1.0 } else { self.dormancy };
            match state.nodes[node] {
                Is::Up => change(self.fails[node] * pace, &|next| next.nodes[node] = Is::Down),
                Is::Down => change(self.repaired[node], &|next| next.nodes[node] = Is::Up),
                Is::Maintained => {}
            }
        }
        for (zone, (_, fails, back)) in self.zones.iter().enumerate() {
            change(if state.dark[zone] { *back } else { *fails }, &|next| next.dark[zone] = !next.dark[zone]);
        }
        let up = self.up(state);
        if let Some((every, takes, switchover)) = self.maintenance {
            match state.turn {
                Turn::Nobody => change(every, &|next| next.turn = Turn::Waits(0)),
                Turn::Runs(node) => change(takes, &|next| {
                    next.nodes[node] = Is::Up;
                    let last = node + 1 == next.nodes.len();
                    next.turn = if last { Turn::Nobody } else { Turn::Waits(node + 1) };
                }),
                Turn::HandsOver(node) => {
                    change(switchover, &|next| next.leader = up.iter().copied().find(|it| *it != node).or(Some(node)));
                }
                Turn::Waits(_) => {}
            }
        }
        if state.leader.is_none() && !up.is_empty() && !matches!(state.turn, Turn::HandsOver(_)) {
            change(self.takeover, &|next| next.leader = up.first().copied());
        }
        moves
    }

    /// Unavailability, and outages per year.
    fn exact(&self) -> (f64, f64) {
        let count = self.fails.len();
        let zones = vec![false; self.zones.len()];
        let first = State { nodes: vec![Is::Up; count], dark: zones, leader: Some(0), turn: Turn::Nobody };
        let (mut known, mut states) = (BTreeMap::from([(first.clone(), 0)]), vec![first]);
        let mut arcs = Vec::new();
        let mut at = 0;
        while at < states.len() {
            for (next, rate) in self.moves(&states[at].clone()) {
                let to = *known.entry(next.clone()).or_insert_with(|| {
                    states.push(next);
                    states.len() - 1
                });
                arcs.push((at, to, rate));
            }
            at += 1;
        }
        let mut chain = Chain::new();
        for state in &states {
            chain.state(format!("{state:?}").into(), state.leader.is_some());
        }
        for (from, to, rate) in arcs.into_iter().filter(|(from, to, _)| from != to) {
            chain.arc(from, to, rate);
        }
        let steady = Steady::of(&chain);
        (steady.availability().down, steady.outages_per_hour() * 8_760.0)
    }
}

/// A zone and what is in it fail apart from each other, so that their availabilities multiply.
#[test]
fn a_zone_takes_its_nodes_with_it() {
    let zone = |nodes: &[u8]| Zone { nodes: nodes.to_vec(), up: hours(1_000.0), repair: hours(5.0) };
    let (node, zone_up) = (100.0 / 110.0, 1_000.0 / 1_005.0);
    let both = Plant { zones: vec![zone(&[0, 1])], ..nodes(2, 1, Serving::Everybody) };
    agrees(&both, 1.0 - zone_up * (1.0 - (1.0 - node) * (1.0 - node)), None);
    let apart = Plant { zones: vec![zone(&[0]), zone(&[1])], ..both.clone() };
    agrees(&apart, (1.0 - node * zone_up) * (1.0 - node * zone_up), None);
    // A rack in a zone: two of three are needed, and one zone has two.
    let uneven = Plant { zones: vec![zone(&[0, 1]), zone(&[2]), zone(&[0])], ..nodes(3, 2, Serving::Everybody) };
    let (with, without) = (node, node * zone_up);
    let two_of = |a: f64, b: f64, c: f64| a * b + a * c + b * c - 2.0 * a * b * c;
    // By whether the zone of nodes 0 and 1 is up; without it there are never two.
    agrees(&uneven, 1.0 - zone_up * two_of(node * zone_up, with, without), None);
    let causes = Study { plant: &uneven, seed: 1, years: 100 }.run(1).unwrap();
    assert!(causes.down_us.iter().filter(|us| **us > 0).count() == 2, "zones and too few: {:?}", causes.down_us);
}

/// Three nodes in two zones: a zone that fails with the leader in it is failed over like the leader alone.
#[test]
fn a_leader_is_lost_with_its_zone() {
    let zone = |nodes: &[u8]| Zone { nodes: nodes.to_vec(), up: hours(500.0), repair: hours(4.0) };
    let plant = nodes(3, 1, Serving::Leader(failover()));
    let plant = Plant { zones: vec![zone(&[0, 1]), zone(&[2])], ..plant };
    let zones = vec![(vec![0, 1], 0.002, 0.25), (vec![2], 0.002, 0.25)];
    let (down, outages) = Rules { zones, ..Rules::new(3) }.exact();
    agrees(&plant, down, Some(outages));
}

/// Warm standbys, in zones of their own.
#[test]
fn a_warm_standby_fails_less_often_until_it_leads() {
    let zone = |node: u8| Zone { nodes: vec![node], up: hours(300.0), repair: hours(6.0) };
    let warm = Takeover { dormancy_factor: 0.25, ..failover() };
    let plant = Plant { zones: vec![zone(0), zone(1)], ..nodes(2, 1, Serving::Leader(warm)) };
    let zones = vec![(vec![0], 1.0 / 300.0, 1.0 / 6.0), (vec![1], 1.0 / 300.0, 1.0 / 6.0)];
    let (down, outages) = Rules { zones, dormancy: 0.25, ..Rules::new(2) }.exact();
    agrees(&plant, down, Some(outages));
}

/// A good master and a poor one: who leads depends on who failed last.
#[test]
fn nodes_may_differ() {
    let poor = NodeTimes { up: Some(hours(20.0)), repair: Some(hours(2.0)) };
    let plant = Plant { each: vec![NodeTimes::default(), poor], ..nodes(2, 1, Serving::Leader(failover())) };
    let rules = Rules { fails: vec![0.01, 0.05], repaired: vec![0.1, 0.5], ..Rules::new(2) };
    let (down, outages) = rules.exact();
    agrees(&plant, down, Some(outages));
}

/// Node by node, when all is well: the leader hands over, and what that costs has a cause of its own.
#[test]
fn rolling_maintenance_costs_switchovers() {
    let maintenance = Maintenance { every: hours(50.0), takes: hours(2.0), at_once: false, switchover: hours(0.25) };
    for count in [2, 3] {
        for dormancy_factor in [1.0, 0.5] {
            let warm = Takeover { dormancy_factor, ..failover() };
            let plant = nodes(count, 1, Serving::Leader(warm));
            let plant = Plant { maintenance: Some(maintenance.clone()), ..plant };
            let rules = Rules::new(count.into());
            let rules = Rules { maintenance: Some((0.02, 0.5, 4.0)), dormancy: dormancy_factor, ..rules };
            let (down, outages) = rules.exact();
            agrees(&plant, down, Some(outages));
        }
    }
    // Everybody is needed: each turn is an outage, and all of it is planned.
    let calm = Plant { up: hours(1e6), maintenance: Some(maintenance), ..nodes(2, 2, Serving::Everybody) };
    let study = Study { plant: &calm, seed: 1, years: 1_000 };
    let causes = Report::of(study, study.run(1).unwrap()).unwrap().causes();
    assert!(causes.iter().any(|(cause, share)| cause.name() == "maintenance" && *share > 0.99), "{causes:?}");
    // 50 hours, then two turns of two hours.
    agrees(&Plant { up: hours(8e7), ..calm }, 4.0 / 54.0, None);
}

/// All at once, whatever else goes on: a repair goes on meanwhile, and who is repaired waits for the others.
#[test]
fn maintenance_of_all_at_once_is_an_outage() {
    let maintenance = Maintenance { every: hours(40.0), takes: hours(3.0), at_once: true, switchover: hours(1.0) };
    let plant = Plant { maintenance: Some(maintenance), ..nodes(1, 1, Serving::Everybody) };
    let mut chain = Chain::new();
    let [up, repair] = [chain.up("up"), chain.down("repair")];
    let [window, both] = [chain.down("window"), chain.down("repair in a window")];
    for (from, to, rate) in [(up, repair, 0.01), (repair, up, 0.1), (both, window, 0.1)] {
        chain.arc(from, to, rate);
    }
    for (before, during) in [(up, window), (repair, both)] {
        chain.arc(before, during, 1.0 / 40.0);
        chain.arc(during, before, 1.0 / 3.0);
    }
    let steady = Steady::of(&chain);
    agrees(&plant, steady.availability().down, Some(steady.outages_per_hour() * 8_760.0));
    // With a leader it is the same: the service is back with its node.
    let led = Plant { serving: Serving::Leader(failover()), ..plant };
    agrees(&led, steady.availability().down, Some(steady.outages_per_hour() * 8_760.0));
}

/// A disk that fails often and is soon replaced, a board that fails seldom and is not.
#[test]
fn a_node_fails_of_what_comes_first() {
    let board = Failure { up: hours(400.0), repair: hours(50.0) };
    let plant = Plant { other_causes: vec![board], ..nodes(1, 1, Serving::Everybody) };
    let (fails, down) = (0.01 + 0.0025, 0.01 * 10.0 + 0.0025 * 50.0);
    agrees(&plant, down / (1.0 + down), Some(8_760.0 * fails / (1.0 + down)));
}

/// What theory says of a question.
fn exactly(params: &serde_json::Value, family: &str) -> (Plant, f64, f64) {
    let request = Request::read(&json!({"family": family, "params": params})).expect("a good question");
    let outputs = request.answer().expect("an answer");
    let number = |name| match outputs.get(name) {
        Some(Value::Number(number)) => *number,
        _ => panic!("{params}: no {name}"),
    };
    let plant = plant_of(&request.model).expect("a plant");
    (plant, number("unavailability"), number("outages_per_year_365d"))
}

/// Seven nines to thirteen, where no thousand years show an outage that matters: over a thousand seeds the intervals cover
/// the exact value as often as they claim.
#[test]
fn rare_states_are_told_by_importance_sampling() {
    const SEEDS: u64 = 1_000;
    let node = |n: u32, k: u32, mttf: f64| {
        let params = json!({"model": "k-of-n", "n": n, "k": k, "mttf_hours": mttf, "mttr_hours": 24, "crews": n});
        exactly(&params, "k_of_n")
    };
    let pair = json!({"model": "pair-coverage", "mttf_hours": 87_600, "mttr_hours": 10, "failover_mean_seconds": 0.01,
        "coverage": 0.999_999, "manual_failover_mean_seconds": 3600, "crews": 1});
    let unseen = json!({"model": "pair-latent-standby", "mttf_hours": 87_600, "mttr_hours": 10,
        "failover_mean_seconds": 0.1, "standby_test_mean_hours": 24, "crews": 2});
    let cases = [
        ("two of two", node(2, 1, 87_600.0)),
        ("five, three needed", node(5, 3, 87_600.0)),
        ("seven, four needed", node(7, 4, 8_760.0)),
        ("seven, four needed, calm", node(7, 4, 87_600.0)),
        ("a pair, almost always covered", exactly(&pair, "coverage")),
        ("a pair whose standby fails unseen", exactly(&unseen, "latent_standby")),
    ];
    for (name, (plant, unavailability, outages)) in &cases {
        assert!(model_of(plant).is_some());
        let (mut covered, mut outages_covered, mut all) = ([0_u64; 2], [0_u64; 2], RareTally::default());
        for seed in 0..SEEDS {
            let tally = Study { plant, seed, years: 2_000 }.rare_chunk(0).unwrap();
            let found = tally.estimate().unwrap_or_else(|| panic!("{name}, seed {seed}: too few"));
            for (place, errors) in [1.96, 3.2905].into_iter().enumerate() {
                let within = |seen: f64, error: f64, exact: f64| u64::from((seen - exact).abs() <= errors * error);
                covered[place] += within(found.unavailability, found.standard_error, *unavailability);
                outages_covered[place] += within(found.outages_per_year, found.outages_error, *outages);
            }
            all.add(&tally);
        }
        let together = all.estimate().unwrap().unavailability / unavailability;
        println!("{name}: {unavailability:.3e}; {covered:?} and {outages_covered:?}, together {together:.5} of it");
        for [at_95, at_999] in [covered, outages_covered] {
            // Five standard deviations of a binomial.
            assert!((915..=985).contains(&at_95), "{name}: {at_95} of {SEEDS} intervals of 95 % cover the exact value");
            assert!(at_999 >= 993, "{name}: {at_999} of {SEEDS} intervals of 99.9 % cover the exact value");
        }
        assert!((together - 1.0).abs() < 0.01, "{name}: {together}");
    }
}

/// Zones, maintenance and failover at once: what importance sampling says is what the chain says.
#[test]
fn rare_states_of_zones_and_maintenance_are_weighed_rightly() {
    let zone = |node: u8| Zone { nodes: vec![node], up: hours(5_000.0), repair: hours(4.0) };
    let maintenance = Maintenance { every: hours(700.0), takes: hours(2.0), at_once: false, switchover: hours(0.001) };
    let warm = Takeover { dormancy_factor: 0.5, ..Takeover::lasting(hours(0.01)) };
    let plant = Plant {
        up: hours(10_000.0),
        zones: vec![zone(0), zone(1), zone(2)],
        maintenance: Some(maintenance),
        ..nodes(3, 1, Serving::Leader(warm))
    };
    let zones = (0..3).map(|node| (vec![node], 0.0002, 0.25)).collect();
    let maintenance = Some((1.0 / 700.0, 0.5, 1_000.0));
    let fails = vec![1e-4; 3];
    let rules = Rules { fails, zones, maintenance, dormancy: 0.5, takeover: 100.0, ..Rules::new(3) };
    let (down, outages) = rules.exact();
    let study = Study { plant: &plant, seed: 2, years: 20_000 };
    let found = study.run_rare_shard(ha_lab::study::years::Shard::WHOLE, 2).unwrap().estimate().unwrap();
    let off = (found.unavailability - down) / found.standard_error;
    println!("{down:.4e} exactly, {found:?}: {off:.2} errors off");
    assert!(off.abs() < 4.0 && found.standard_error < 0.05 * down, "seed 2: {off} errors off {down}: {found:?}");
    let off = (found.outages_per_year - outages) / found.outages_error;
    assert!(off.abs() < 4.0, "seed 2: {off} errors off {outages} outages: {found:?}");
}

/// Weights are floats, but their sums are exact: cut as one likes, the bytes are the same.
#[test]
fn rare_chunks_come_to_the_same_in_any_order() {
    let (plant, ..) = exactly(
        &json!({"model": "k-of-n", "n": 3, "k": 2, "mttf_hours": 87_600, "mttr_hours": 24, "crews": 3}),
        "k_of_n",
    );
    let study = Study { plant: &plant, seed: 8, years: 45_000 };
    let sum = |numbers: &[u64]| {
        let mut sum = RareTally::default();
        for number in numbers {
            sum.add(&study.rare_chunk(*number).unwrap());
        }
        sum
    };
    let whole = sum(&[0, 1, 2, 3, 4]);
    assert_eq!(whole.cycles, 45_000);
    assert_eq!(whole, sum(&[4, 2, 0, 3, 1]));
    let mut halves = sum(&[3, 1]);
    halves.add(&sum(&[0, 4, 2]));
    assert_eq!(serde_json::to_string(&whole).unwrap(), serde_json::to_string(&halves).unwrap());
    let text = serde_json::to_string(&whole).unwrap();
    assert_eq!(serde_json::from_str::<RareTally>(&text).unwrap(), whole);
}

/// Importance sampling needs exponential times, and a plant that is well now and then.
#[test]
fn importance_sampling_says_where_it_does_not_apply() {
    let constant = Plant { repair: Times::Constant { us: 1 }, ..nodes(2, 1, Serving::Everybody) };
    let study = Study { plant: &constant, seed: 1, years: 10_000 };
    assert_eq!((study.rare_chunk(0), study.is_rare()), (Err(Impossible::Memory), Ok(false)));
    let often = nodes(2, 1, Serving::Everybody);
    assert_eq!(Study { plant: &often, ..study }.is_rare(), Ok(false), "plain sampling sees enough");
    let seldom = Plant { up: hours(1e6), ..often };
    assert_eq!(Study { plant: &seldom, ..study }.is_rare(), Ok(true));
    // Sixteen nodes that are up half of the time are all up once in 65,536.
    let never = Plant { up: hours(10.0), repair: hours(1e4), ..nodes(16, 1, Serving::Everybody) };
    let tally = Study { plant: &never, seed: 1, years: 1 }.rare_chunk(0).unwrap();
    assert_eq!((tally.unfinished, tally.estimate()), (1, None));
}
