//! Block diagrams: held against all states of all parts, against what is known of rows and of parts side by side, and
//! against each other turned inside out.
#![cfg(not(target_arch = "wasm32"))]

#[path = "support/often.rs"]
mod often;

use ha_lab::theory::blocks::{Answer, Block, Kind, Known, written};
use ha_lab::theory::explore::{Architecture, Input, Inputs};
use ha_lab::theory::{Model, Problem, Request, Share, answer, limits};
use often::seeds;
use rand::{RngExt as _, SeedableRng as _};
use rand_xoshiro::SplitMix64;
use serde_json::{Value as Json, json};

/// A random diagram of at most ten parts, some of them nearly never up.
fn random(seed: u64) -> Block {
    let mut dice = SplitMix64::seed_from_u64(seed);
    let parts = dice.random_range(1..=10);
    grow(&mut dice, parts, &mut 0)
}

fn grow(dice: &mut SplitMix64, parts: usize, named: &mut u32) -> Block {
    if parts == 1 {
        *named += 1;
        let hours = |dice: &mut SplitMix64| f64::from(dice.random_range(1..=1_000_u32));
        let name = format!("part {named}");
        if dice.random_range(0..4) == 0 {
            let availability = Share::of_times(hours(dice), hours(dice));
            return Block { name, kind: Kind::Known(Known { availability, mttr_hours: hours(dice) }) };
        }
        return Block::part(&name, hours(dice), hours(dice));
    }
    let mut left = parts;
    let mut blocks = Vec::new();
    while left > 0 {
        // Never all in one, so that it ends.
        let some = dice.random_range(1..=left.min(parts - 1));
        blocks.push(grow(dice, some, named));
        left -= some;
    }
    let needed = dice.random_range(1..=blocks.len() as u32);
    match dice.random_range(0..2) {
        0 => Block::series("row", blocks),
        _ => Block::parallel("side by side", needed, blocks),
    }
}

/// The parts of a diagram, in the order of the drawing.
fn parts(block: &Block) -> Vec<&Block> {
    if block.is_group() { block.blocks().iter().flat_map(parts).collect() } else { vec![block] }
}

/// A part's availability and how often it fails per hour, by their definitions.
fn facts(part: &Block) -> (f64, f64) {
    match &part.kind {
        Kind::Part(part) => {
            let cycle = part.mttf_hours + part.mttr_hours;
            (part.mttf_hours / cycle, 1.0 / cycle)
        }
        Kind::Known(known) => (known.availability.up, known.availability.down / known.mttr_hours),
        other => panic!("{other:?} is no part"),
    }
}

/// Whether a diagram is up if these parts are: by walking through it.
fn is_up(block: &Block, up: &mut impl Iterator<Item = bool>) -> bool {
    if !block.is_group() {
        return up.next().expect("a state for each part");
    }
    // All are asked, so that each takes its own states.
    let states: Vec<_> = block.blocks().iter().map(|block| is_up(block, up)).collect();
    states.iter().filter(|up| **up).count() >= block.needed()
}

/// A diagram by all states of its parts.
struct ByHand {
    up: f64,
    down: f64,
    per_hour: f64,
    /// For each part: the chance that all hangs on it, and how likely the whole is down if this part never is.
    hangs: Vec<f64>,
    without: Vec<f64>,
}

fn by_hand(block: &Block) -> ByHand {
    let facts: Vec<_> = parts(block).into_iter().map(facts).collect();
    let n = facts.len();
    let mut found = ByHand { up: 0.0, down: 0.0, per_hour: 0.0, hangs: vec![0.0; n], without: vec![0.0; n] };
    for states in 0..1_u32 << n {
        let has = |part: usize| states >> part & 1 == 1;
        let works = |states: u32| is_up(block, &mut (0..n).map(|part| states >> part & 1 == 1));
        let chance = |but: usize| -> f64 {
            (0..n)
                .filter(|part| *part != but)
                .map(|part| if has(part) { facts[part].0 } else { 1.0 - facts[part].0 })
                .product()
        };
        *if works(states) { &mut found.up } else { &mut found.down } += chance(n);
        for part in (0..n).filter(|part| has(*part)) {
            let (with, without) = (works(states), works(states & !(1 << part)));
            if with && !without {
                found.hangs[part] += chance(part);
                found.per_hour += chance(part) * facts[part].1;
            }
            if !with {
                found.without[part] += chance(part);
            }
        }
    }
    found
}

#[track_caller]
fn assert_near(what: &str, found: f64, right: f64) {
    assert!((found - right).abs() <= 1e-9 * right.abs().max(1e-6), "{what}: found {found:e}, expected {right:e}");
}

fn answered(block: &Block) -> Answer {
    block.answer().expect("good values")
}

#[test]
fn every_figure_is_that_of_all_states_added_up() {
    for seed in seeds(300) {
        let block = random(seed);
        let (found, right) = (answered(&block), by_hand(&block));
        let what = |figure: &str| format!("{figure}, HALAB_SEED={seed} cargo test --test theory_blocks\n{block:#?}\n");
        assert_near(&what("availability"), found.availability.up, right.up);
        assert_near(&what("unavailability"), found.availability.down, right.down);
        assert_near(&what("outages"), found.per_hour, right.per_hour);
        let leaves = found.blocks.iter().filter(|one| !block.at(&one.spot).expect("it is there").is_group());
        for (index, one) in leaves.enumerate() {
            assert_eq!(one.name, parts(&block)[index].name);
            assert_near(&what("importance"), one.importance, right.hangs[index]);
            assert_near(&what("without"), one.without.down, right.without[index]);
            // What vanishes if the part never fails is exactly its share of the downtime.
            let gone = one.of_downtime * found.availability.down;
            assert_near(&what("share of the downtime"), one.without.down + gone, found.availability.down);
        }
    }
}

#[test]
fn the_outages_are_shared_out_among_the_parts() {
    for seed in seeds(300) {
        let block = random(seed);
        let answer = answered(&block);
        let leaves = answer.blocks.iter().filter(|one| !block.at(&one.spot).expect("it is there").is_group());
        let sum: f64 = leaves.map(|one| one.of_outages).sum();
        assert!((sum - 1.0).abs() < 1e-9, "HALAB_SEED={seed}: {sum}");
    }
}

/// Up and down exchanged, and k of n with n − k + 1 of n.
fn dual(block: &Block) -> Block {
    let kind = match &block.kind {
        Kind::Part(part) => {
            let part = ha_lab::theory::models::Single { mttf_hours: part.mttr_hours, mttr_hours: part.mttf_hours };
            Kind::Part(part)
        }
        Kind::Known(known) => {
            let Share { up, down } = known.availability;
            // As often down as up: what was the mean down time is the mean up time.
            Kind::Known(Known { availability: Share { up: down, down: up }, mttr_hours: known.mttr_hours * up / down })
        }
        _ => {
            let blocks: Vec<_> = block.blocks().iter().map(dual).collect();
            let needed = blocks.len() - block.needed() + 1;
            Kind::Parallel { needed: needed as u32, blocks }
        }
    };
    Block { name: block.name.clone(), kind }
}

#[test]
fn turned_inside_out_up_is_down_and_as_often() {
    for seed in seeds(300) {
        let block = random(seed);
        let (one, other) = (answered(&block), answered(&dual(&block)));
        assert_near(&format!("HALAB_SEED={seed}, up"), other.availability.down, one.availability.up);
        assert_near(&format!("HALAB_SEED={seed}, down"), other.availability.up, one.availability.down);
        assert_near(&format!("HALAB_SEED={seed}, how often"), other.per_hour, one.per_hour);
    }
}

#[test]
fn a_row_and_a_group_are_the_models_of_their_own() {
    let parts = [(1_000.0, 10.0), (2_000.0, 4.0), (50.0, 1.0)];
    let blocks: Vec<_> = parts.iter().map(|(up, down)| Block::part("", *up, *down)).collect();
    let components: Vec<_> = parts.iter().map(|(up, down)| json!({"mttf_hours": up, "mttr_hours": down})).collect();
    let row = json!({"family": "series", "params":
        {"model": "series", "components": components, "others_while_down": "ageing"}});
    assert_near("row", answered(&Block::series("", blocks)).availability.down, down_of(&row));

    let alike = vec![Block::part("", 1_000.0, 10.0); 5];
    for needed in 1..=5 {
        let group = json!({"family": "k_of_n", "params":
            {"model": "k-of-n", "n": 5, "k": needed, "mttf_hours": 1000, "mttr_hours": 10, "crews": 5}});
        let answer = answered(&Block::parallel("", needed, alike.clone()));
        assert_near("group", answer.availability.down, down_of(&group));
        let Ok(outputs) = Request::read(&group).and_then(|request| request.answer()) else { panic!("good") };
        let Some(ha_lab::theory::Value::Number(outages)) = outputs.get("outages_per_year_365d") else { panic!("one") };
        assert_near("outages", answer.per_year(), *outages);
    }
}

fn down_of(question: &Json) -> f64 {
    let outputs = Request::read(question).and_then(|request| request.answer()).expect("good");
    let Some(ha_lab::theory::Value::Share(share)) = outputs.get("availability") else { panic!("it has one") };
    share.down
}

#[test]
fn an_architecture_in_a_diagram_is_as_good_as_alone() {
    for architecture in ha_lab::theory::blocks::ARCHITECTURES {
        let inputs = Inputs::of(architecture);
        let alone = inputs.answer().expect("good");
        let found = answered(&Block::series("", vec![Block::built("it", inputs)]));
        assert_near(architecture.name(), found.availability.down, alone.availability.down);
        assert_near(architecture.name(), found.per_year(), alone.outages_per_year);
    }
}

#[test]
fn no_digit_of_a_tiny_unavailability_is_lost() {
    // Six parts side by side: u⁶ = (10⁻⁶)⁶, thirty-six nines; one never down of two in a row leaves exactly the other.
    let part = Block::part("", 999_999.0, 1.0);
    let six = answered(&Block::parallel("", 1, vec![part.clone(); 6]));
    assert!((six.availability.down / 1e-36 - 1.0).abs() < 1e-12, "{:e}", six.availability.down);
    let small = Block::parallel("small", 1, vec![part.clone(); 4]);
    let row = answered(&Block::series("", vec![Block::part("large", 1.0, 1.0), small]));
    let large = row.blocks.iter().find(|one| one.name == "large").expect("it is there");
    assert!((large.without.down / 1e-24 - 1.0).abs() < 1e-12, "{:e}", large.without.down);
}

#[test]
fn the_weakest_is_a_group_where_its_blocks_stand_in_for_each_other() {
    let node = |name: &str| Block::part(name, 100.0, 10.0);
    let pair = Block::parallel("pair", 1, vec![node("a"), node("b")]);
    let all = |pair: Block, up: f64| {
        let block = Block::series("", vec![pair, Block::part("network", up, 1.0)]);
        let answer = answered(&block);
        answer.blocks[answer.weakest].name.clone()
    };
    assert_eq!(all(pair.clone(), 10_000.0), "pair");
    assert_eq!(all(pair.clone(), 50.0), "network");
    let both = Block::parallel("both", 2, vec![node("a"), Block::part("b", 10.0, 10.0)]);
    assert_eq!(all(both, 10_000.0), "b", "two of two are a row");
    assert_eq!(answered(&pair).weakest, 0, "nothing but the pair is needed");
}

#[test]
fn a_diagram_is_read_as_it_was_written() {
    let mut quorum = Inputs::of(Architecture::Quorum);
    quorum.set(Input::CommonCause, 0.01);
    let known = Known { availability: Share::but(0.0005), mttr_hours: 2.0 };
    let block = Block::series(
        "a \"shop\"",
        vec![
            Block::parallel("应用", 2, vec![Block::part("1", 1_000.0, 10.0), Block::part("", 0.5, 1e-3)]),
            Block::built("etcd", quorum),
            Block { name: "power".into(), kind: Kind::Known(known) },
        ],
    );
    let text = written(&block);
    let request = Request::read(&serde_json::from_str(&text).expect("JSON")).expect("a question");
    let Model::Composite(found) = request.model else { panic!("a diagram") };
    assert_eq!(found.block, block);
    let told = answer(&text).expect("an answer");
    let told: Json = serde_json::from_str(&told).expect("JSON, names with quotes and all");
    assert_eq!(told["outputs"]["blocks"].as_array().map(Vec::len), Some(5), "all but the whole itself");
    assert_eq!(told["outputs"]["blocks"][2]["block"], "应用 / #2");
}

fn problems(block: &Json) -> Vec<String> {
    let question = json!({"family": "composite", "params": {"model": "blocks", "block": block}});
    let found: Result<_, Vec<Problem>> = Request::read(&question).and_then(|request| request.answer());
    found.err().unwrap_or_else(|| panic!("refused: {block}")).iter().map(Problem::to_string).collect()
}

#[test]
fn what_is_wrong_is_told_of_the_field_of_the_block() {
    let part = json!({"mttf_hours": 1000, "mttr_hours": 10});
    let cases = [
        (json!({"series": []}), "params.block.series: found 0 items; expected from 1 to 100"),
        (
            json!({"series": [part, {"mttf_hours": 0, "mttr_hours": 1}]}),
            "params.block.series[1].mttf_hours: found 0; expected from 1e-9 to 1e9 hours",
        ),
        (json!({"needed": 3, "parallel": [part, part]}), "params.block.needed: found 3; expected from 1 to 2"),
        (json!({"parallel": [part]}), "params.block.needed: is missing"),
        (
            json!({"availability": "1", "mttr_hours": 1}),
            "params.block.availability: found \"1\"; expected an availability",
        ),
        (json!({"availability": 0.99}), "params.block.mttr_hours: is missing"),
        (
            json!({"architecture": "pair-failovr"}),
            "params.block.architecture: found \"pair-failovr\"; expected one of pair, ",
        ),
        (
            json!({"architecture": "k-of-n", "n": 3, "k": 5, "mttf_hours": 1000, "mttr_hours": 10, "crews": 1, "common_cause": 0}),
            "params.block.k: found 5; expected from 1 to 3",
        ),
        (
            json!({"mttf_hours": 1000, "mttr_hours": 10, "name": "x".repeat(41)}),
            "params.block.name: found 41 characters; expected at most 40",
        ),
        (
            json!({"mttf_hours": 1000, "mttr_hours": 10, "mtbf_hours": 1}),
            "params.block.mtbf_hours: is no parameter here",
        ),
    ];
    for (block, right) in cases {
        let found = problems(&block);
        assert!(found.len() == 1 && found[0].starts_with(right), "{block}: {found:?}, expected {right}");
    }
}

#[test]
fn too_many_blocks_and_too_deep_ones_are_refused() {
    let part = json!({"mttf_hours": 1000, "mttr_hours": 10});
    let most = vec![part.clone(); limits::BLOCKS - 1];
    assert!(
        answer(&json!({"family": "composite", "params": {"model": "blocks", "block": {"series": most}}}).to_string())
            .is_ok()
    );
    let group = json!({"series": vec![part.clone(); 60]});
    assert_eq!(problems(&json!({"series": [group, group]})), ["params.block: found 123 items; expected from 1 to 100"]);
    let deep = (0..limits::BLOCK_DEPTH).fold(part, |inner, _| json!({"series": [inner]}));
    assert_eq!(problems(&deep), ["params.block: found 11 blocks within each other; expected at most 10"]);
    // A thousand levels end in the reader of JSON, not in our stack.
    let text = format!("{}1{}", "{\"series\":[".repeat(1_000), "]}".repeat(1_000));
    let text = format!("{{\"family\":\"composite\",\"params\":{{\"model\":\"blocks\",\"block\":{text}}}}}");
    assert!(answer(&text).is_err());
}
