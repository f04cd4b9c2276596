//! Years on the command line: what a plant comes to, how a study is cut into shards, and what is refused.
#![cfg(not(target_arch = "wasm32"))]

#[path = "support/halab.rs"]
mod program;

use std::path::Path;

use ha_lab::study::years::{Report, Study, model_of, plant_of, read_plant};
use ha_lab::theory::{Request, Value as Figure};
use program::{prints, refuses};
use serde_json::{Value, json};

/// Two nodes that fail every thousand hours and are repaired within ten; a failover of half a minute.
const PAIR: &str = r#"{
  "nodes": 2, "needed": 1, "crews": 2,
  "up": {"exponential": {"mean_us": 3600000000000}},
  "repair": {"exponential": {"mean_us": 36000000000}},
  "serving": {"leader": {"automatic": {"exponential": {"mean_us": 30000000}}}}
}"#;

/// The same pair, as it is asked of theory.
const QUESTION: &str = r#"{"family": "failover", "params": {"model": "pair-failover",
  "mttf_hours": 1000, "mttr_hours": 10, "failover_mean_seconds": 30, "crews": 2}}"#;

#[track_caller]
fn figures(arguments: &[&str]) -> Value {
    serde_json::from_str(&prints(arguments)).expect("JSON")
}

/// A file of this test; `name` has to be unique.
fn file(name: &str, content: &str) -> String {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, content).expect("a file for the test");
    path.to_str().expect("UTF-8").to_owned()
}

/// What is wrong with a plant, each on a line.
#[track_caller]
fn wrong_with(name: &str, content: &str) -> String {
    let said = refuses(&["years", &file(name, content), "--years", "1"]);
    assert!(said.contains("is no plant that can be simulated."), "{said}");
    said
}

#[test]
fn a_pair_is_as_available_as_theory_says() {
    let pair = file("pair.json", PAIR);
    let report = figures(&["years", &pair, "--years", "2e5", "--json"]);
    assert_eq!((&report["years"], &report["seed"]), (&json!(200_000), &json!(1)));
    assert_eq!(report["engine_version"], env!("CARGO_PKG_VERSION"));
    let exact = report["theory"]["unavailability"].as_f64().expect("theory knows the pair");
    assert_eq!(report["theory"]["model"], "pair-failover");
    assert!((exact / 1.0620e-4 - 1.0).abs() < 1e-3, "55.8 minutes a year: {exact}");
    let [low, high] = [0, 1].map(|end| report["unavailability_95"][end].as_f64().unwrap());
    let middle = f64::midpoint(low, high);
    // Four times as wide: a fixed seed, but no lucky one.
    assert!((middle - exact).abs() < 2.0 * (high - low), "seed 1: {low} to {high} is far from {exact}");
    assert!((high - low) / exact < 0.05, "200,000 years tell it within a few per cent");
    assert_eq!(report["found_by"], "regenerative_cycles");
    let causes = report["causes"].as_object().unwrap();
    let sum: f64 = causes.values().filter_map(Value::as_f64).sum();
    assert!(
        (sum - 1.0).abs() < 1e-9 && causes.contains_key("automatic") && causes.contains_key("too_few"),
        "{causes:?}"
    );
    let downtime = &report["downtime_us_per_year"];
    let quantiles = ["p50", "p90", "p99", "max"].map(|name| downtime[name].as_u64().unwrap());
    assert!(quantiles.is_sorted() && quantiles[0] < quantiles[3], "{quantiles:?}");
    let mean = downtime["mean"].as_f64().unwrap();
    let from_share = report["unavailability"].as_f64().unwrap() * 365.0 * 86_400e6;
    assert!((mean / from_share - 1.0).abs() < 1e-9, "the mean year is the share of a year");

    let said = prints(&["years", &pair, "--years", "200000"]);
    for line in [
        "availability    0.9998",
        "unavailability  1.05",
        "nines           3.9 nines; exactly 3.9",
        "causes          takeovers",
    ] {
        assert!(said.contains(line), "{line} is not in\n{said}");
    }
}

/// A question to theory is the same study as its plant.
#[test]
fn a_question_to_theory_is_simulated() {
    let (question, pair) = (file("question.json", QUESTION), file("as-plant.json", PAIR));
    let of = |file: &str| prints(&["years", file, "--years", "2e4", "--seed", "7"]);
    assert_eq!(of(&question), of(&pair));
    assert_ne!(of(&pair), prints(&["years", &pair, "--years", "2e4", "--seed", "8"]));
}

/// Where a reference model is simulated, the way back from its plant leads to the same exact figures.
#[test]
fn theory_recognises_every_plant_of_its_models() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("oracles/availability.json")).expect("JSON");
    let mut known = std::collections::BTreeSet::new();
    for case in cases.iter().filter(|case| case["family"] != "transient") {
        let request = Request::read(case).expect("a good question");
        let Ok(plant) = plant_of(&request.model) else { continue };
        let down = |model: &ha_lab::theory::Model| match model.clone().solve().expect("an answer").get("availability") {
            Some(Figure::Share(share)) => Some(share.down),
            _ => None,
        };
        let Some(asked) = down(&request.model) else { continue };
        let back = model_of(&plant).unwrap_or_else(|| panic!("{}: theory does not know {plant:?}", case["id"]));
        let found = down(&back).unwrap();
        // Times are rounded to the microsecond.
        assert!((found / asked - 1.0).abs() < 1e-6, "{}: {found} instead of {asked}", case["id"]);
        known.insert(request.model.name());
    }
    for name in
        ["single", "pair-failover", "pair-failover-constant", "pair-failover-heartbeat", "pair-coverage", "k-of-n"]
    {
        assert!(known.contains(name), "{name} is not among {known:?}");
    }
    assert!(known.len() >= 15, "{known:?}");
}

/// Whatever theory claims to know of a plant, its years show: each variant against its model, within five standard errors.
#[test]
fn what_theory_says_of_a_plant_is_what_its_years_show() {
    const HOUR: &str = r#"{"exponential": {"mean_us": 3600000000}}"#;
    let variants = [
        (r#""repair_waits": true, "restart": HOUR"#, "pair-failover"),
        (r#""repair_waits": true, "cold": true"#, "pair-failover"),
        (r#""cold": true"#, "pair-failover"),
        (r#""dormancy_factor": 0.3"#, "pair-failover"),
        (r#""dormancy_factor": 0.3, "repair_waits": true"#, "pair-failover"),
        (r#""dormancy_factor": 0.3, "restart": HOUR"#, ""),
        (r#""restart": HOUR"#, "pair-failover"),
        (r#""unseen_until": HOUR"#, "pair-latent-standby"),
        (r#""covered_ppm": 500000, "by_hand": HOUR"#, "pair-coverage"),
        (r#""failback": {"wait": HOUR, "takes": HOUR}"#, "pair-failback"),
        (r#""repaired_serves": false, "restart": TAKES"#, "quorum-leader"),
        (r#""cold": true, "restart": HOUR"#, ""),
        (r#""cold": true, "unseen_until": HOUR"#, ""),
        (r#""repaired_serves": false"#, ""),
    ];
    for (seed, (variant, name)) in (1..).zip(variants) {
        const TAKES: &str = r#"{"exponential": {"mean_us": 1800000000}}"#;
        let text = PAIR.replace("3600000000000}", "360000000000}").replace(
            r#"{"automatic": {"exponential": {"mean_us": 30000000}}}"#,
            &format!(r#"{{"automatic": {TAKES}, {variant}}}"#).replace("HOUR", HOUR).replace("TAKES", TAKES),
        );
        let plant = read_plant(&text).unwrap_or_else(|problems| panic!("{variant}: {problems}"));
        let model = model_of(&plant);
        assert_eq!(model.as_ref().map_or("", ha_lab::theory::Model::name), name, "{variant}");
        let study = Study { plant: &plant, seed, years: 10_000 };
        let report = Report::of(study, study.run(1).unwrap()).unwrap();
        let Some(theory) = &report.theory else { continue };
        let (seen, error) = (report.estimate.unavailability, report.estimate.standard_error.unwrap());
        let off = (seen - theory.availability.down) / error;
        assert!(off.abs() < 5.0, "seed {seed}, {variant}: {seen} is {off:.1} errors off {}", theory.availability.down);
    }
}

/// One, two or three shards, on one thread or two, added in any order: the same bytes as in one piece.
#[test]
fn merged_shards_are_the_whole_byte_for_byte() {
    let pair = file("sharded.json", PAIR);
    let study = ["years", &pair, "--years", "45678", "--seed", "5"];
    let with = |more: &[&str]| prints(&[&study[..], more].concat());
    let (text, json) = (with(&["--threads", "1"]), with(&["--json", "--threads", "2"]));
    assert_eq!(text, with(&["--threads", "2"]));
    for of in 1..=3 {
        for threads in ["1", "2"] {
            let mut files: Vec<_> = (1..=of)
                .map(|number| {
                    let shard = format!("{number}/{of}");
                    let part = with(&["--shard", &shard, "--threads", threads]);
                    file(&format!("part-{number}-{of}-{threads}.json"), &part)
                })
                .collect();
            files.reverse();
            let files: Vec<&str> = files.iter().map(String::as_str).collect();
            let merged = |more: &[&str]| prints(&[&["merge"], &files[..], more].concat());
            assert_eq!(merged(&[]), text, "{of} shards on {threads} threads, seed 5");
            assert_eq!(merged(&["--json"]), json, "{of} shards on {threads} threads, seed 5");
        }
    }
}

#[test]
fn shards_that_do_not_belong_together_are_refused() {
    let pair = file("apart.json", PAIR);
    let other = file("apart-other.json", &PAIR.replace("30000000}", "31000000}"));
    let part = |name: &str, plant: &str, years: &str, seed: &str, shard: &str| {
        file(name, &prints(&["years", plant, "--years", years, "--seed", seed, "--shard", shard]))
    };
    let first = part("m1.json", &pair, "30000", "1", "1/3");
    let second = part("m2.json", &pair, "30000", "1", "2/3");
    let refused = |with: &str| refuses(&["merge", &first, with]);
    let plant = part("m-plant.json", &other, "30000", "1", "2/3");
    assert!(refused(&plant).contains(&format!("{plant} cannot be merged.\nplant_digest: found ")));
    let seed = part("m-seed.json", &pair, "30000", "2", "2/3");
    assert!(refused(&seed).contains("seed: found 2; the first shard has 1"));
    let years = part("m-years.json", &pair, "30001", "1", "2/3");
    assert!(refused(&years).contains("years: found 30001; the first shard has 30000"));
    let half = part("m-half.json", &pair, "30000", "1", "1/2");
    assert!(refused(&half).contains("shard 1/2: has chunk 0, which shard 1/3 has too"));
    assert!(refused(&first).contains("shard 1/3: has chunk 0, which shard 1/3 has too"));
    assert!(refused(&second).contains("chunks: 1 of 3 are missing, the first is 2; shard 3/3 would have it"));

    let content = std::fs::read_to_string(&second).unwrap();
    let edited = |name: &str, from: &str, to: &str| {
        assert!(content.contains(from), "{from} is not in {content}");
        refuses(&["merge", &file(name, &content.replace(from, to))])
    };
    let years = edited("e-years.json", "\"years\": 10000,", "\"years\": 9999,");
    assert!(years.contains("tally.years: found 9999; expected 10000"), "{years}");
    let outages = content.lines().find(|line| line.contains("\"outages\"")).unwrap();
    let counts = edited("e-counts.json", outages, "\"outages\": 18446744073709551615,");
    assert!(counts.contains("tally: found counts that so many years cannot"), "{counts}");
    // The longest outage is told again from its chunk, so it has to lie in one of the shard's own.
    let length = content.lines().find(|line| line.contains("\"length_us\"")).unwrap();
    for (name, from, to) in [
        ("e-length.json", length, "\"length_us\": 18446744073709551615,"),
        ("e-chunk.json", "\"chunk\": 1,", "\"chunk\": 2,"),
    ] {
        let longest = edited(name, from, to);
        assert!(longest.contains("tally: found counts that so many years cannot"), "{longest}");
    }
    let digest = edited("e-plant.json", "\"mean_us\": 30000000", "\"mean_us\": 30000001");
    assert!(digest.contains("plant_digest: found "), "{digest}");
    let version = edited(
        "e-engine.json",
        concat!("\"engine_version\": \"", env!("CARGO_PKG_VERSION")),
        "\"engine_version\": \"0.0.0",
    );
    assert!(version.contains("engine_version: found 0.0.0"), "{version}");
    let field = edited("e-field.json", "\"takeovers\": ", "\"outrages\": 1, \"takeovers\": ");
    assert!(
        field.contains("tally.outrages: found 1; expected no such field; known here: years, down_us, outages"),
        "{field}"
    );
    assert!(
        refuses(&["merge", &pair])
            .contains("crews: found 2; expected no such field; known here: format, engine_version")
    );
    assert!(refuses(&["merge"]).contains("at least one FILE"));
}

/// A thousandth of the interval's meaning is not to be had from a handful of outages.
#[test]
fn few_outages_are_too_few_to_tell() {
    let pair = file("few.json", PAIR);
    let report = figures(&["years", &pair, "--years", "2", "--json"]);
    let outages = report["outages"].as_u64().unwrap();
    assert!((5..30).contains(&outages), "seed 1: {outages} outages");
    assert_eq!((&report["found_by"], &report["unavailability_95"]), (&json!("too_few_to_tell"), &Value::Null));
    let [low, high] = [0, 1].map(|end| report["outages_per_year_95"][end].as_f64().unwrap());
    assert!(low < 8.76 && 8.76 < high, "seed 1: {low} to {high} outages a year");
    let said = prints(&["years", &pair, "--years", "2"]);
    assert!(
        said.contains("too few to tell")
            && said.contains("by Poisson")
            && said.contains("pair-failover, by the solver"),
        "{said}"
    );

    // Nothing at all happens in a year; by Garwood's table, up to 3.69 outages are compatible with that.
    let calm = file("calm.json", &PAIR.replace("3600000000000}", "36000000000000000}"));
    let report = figures(&["years", &calm, "--years", "1", "--json"]);
    assert_eq!(
        (&report["outages"], &report["nines"], &report["longest_outage_us"]),
        (&json!(0), &Value::Null, &json!(0))
    );
    assert!((report["outages_per_year_95"][1].as_f64().unwrap() - 3.689).abs() < 0.001);
    assert!(prints(&["years", &calm, "--years", "1"]).contains("longest outage  none"));
}

/// An outage that matters once in a hundred thousand years: sampled by itself, and weighed, in shards as in one piece.
#[test]
fn rare_outages_are_sampled_more_often() {
    let rare = r#"{"family": "k_of_n", "params": {"model": "k-of-n", "n": 5, "k": 3, "mttf_hours": 87600,
        "mttr_hours": 24, "crews": 5}}"#;
    let rare = file("rare.json", rare);
    let study = ["years", &rare, "--years", "30000"];
    let with = |more: &[&str]| prints(&[&study[..], more].concat());
    let report: Value = serde_json::from_str(&with(&["--json"])).unwrap();
    assert_eq!((&report["found_by"], &report["rare_cycles"]), (&json!("importance_sampling"), &json!(30_000)));
    assert_eq!(
        (&report["outages_found_by"], &report["causes"]),
        (&json!("importance_sampling"), &json!({"too_few": 1.0}))
    );
    let exact = report["theory"]["unavailability"].as_f64().unwrap();
    let [low, high] = [0, 1].map(|end| report["unavailability_95"][end].as_f64().unwrap());
    assert!(exact < 1e-9 && high - low < 0.2 * exact, "{exact} in {low} to {high}");
    // Four times as wide: a fixed seed, but no lucky one.
    assert!(
        (f64::midpoint(low, high) - exact).abs() < 2.0 * (high - low),
        "seed 1: {exact} is far from {low} to {high}"
    );
    assert!(with(&[]).contains("by importance sampling, 60000 cycles"));
    assert_eq!(with(&["--rare"]), with(&["--threads", "1"]), "it was chosen anyway");

    let parts = [2, 1].map(|number| {
        let part = with(&["--shard", &format!("{number}/2"), "--threads", "1"]);
        file(&format!("rare-{number}.json"), &part)
    });
    assert_eq!(prints(&["merge", &parts[0], &parts[1]]), with(&[]));
    let content = std::fs::read_to_string(&parts[0]).unwrap();
    let fewer = content.replace("\"cycles\": 10000,", "\"cycles\": 9999,");
    assert_ne!(fewer, content);
    let said = refuses(&["merge", &parts[1], &file("rare-fewer.json", &fewer)]);
    assert!(said.contains("rare.cycles: found 9999; expected 10000"), "{said}");

    // What happens often is not sampled so unless asked for, and then it cannot be merged with what was not.
    let pair = file("often.json", PAIR);
    let part = |shard: &str, more: &[&str]| {
        let part = prints(&[&["years", &pair, "--years", "20000", "--shard", shard], more].concat());
        file(&format!("often-{}.json", &shard[..1]), &part)
    };
    let (plain, asked) = (part("1/2", &[]), part("2/2", &["--rare"]));
    assert!(refuses(&["merge", &plain, &asked]).contains("rare: found some; the first shard has none"));

    // Where times are not exponential, it says so.
    let constant =
        file("constant.json", &PAIR.replace(r#"{"exponential": {"mean_us": 30000000}}"#, r#"{"constant": {"us": 1}}"#));
    let said = refuses(&["years", &constant, "--rare"]);
    assert!(said.contains("importance sampling: expected exponential times throughout"), "{said}");
    let said = prints(&["years", &constant, "--years", "1"]);
    assert!(said.contains("no importance sampling, for not all times are exponential"), "{said}");
}

/// The longest outage is told with what led to it.
#[test]
fn the_longest_outage_has_a_history() {
    let report = figures(&["years", &file("history.json", PAIR), "--years", "20000", "--json"]);
    let longest = &report["longest_outage"];
    assert_eq!(longest["length_us"], report["longest_outage_us"]);
    let events = longest["events"].as_array().unwrap();
    assert!((2..=16).contains(&events.len()), "{longest}");
    let last = events.last().unwrap();
    let end_us = longest["from_us"].as_u64().unwrap() + longest["length_us"].as_u64().unwrap();
    assert_eq!((&last["what"], &last["at_us"]), (&json!("leads"), &json!(end_us)), "who came back ended it");
    assert!(events.iter().any(|event| event["what"] == "failed" && event["at_us"] == longest["from_us"]), "{longest}");
}

/// Nodes that age: theory has no chain, and years are what is independent.
#[test]
fn a_plant_with_a_memory_is_told_by_its_years() {
    let ageing = PAIR.replace(
        r#""up": {"exponential": {"mean_us": 3600000000000}}"#,
        r#""up": {"weibull": {"shape": 2.5, "scale_us": 3600000000000}}"#,
    );
    let report = figures(&["years", &file("ageing.json", &ageing), "--years", "2e4", "--json"]);
    assert_eq!((&report["found_by"], &report["theory"]), (&json!("independent_years"), &Value::Null));
    // One node alone is known whatever its times.
    let alone = r#"{"nodes": 1, "needed": 1, "crews": 1, "serving": "everybody",
        "up": {"weibull": {"shape": 2.5, "scale_us": 3600000000000}}, "repair": {"empirical": [3600000000, 7200000000]}}"#;
    let report = figures(&["years", &file("alone.json", alone), "--years", "2e4", "--json"]);
    let [seen, exact] = [&report, &report["theory"]].map(|of| of["unavailability"].as_f64().unwrap());
    assert!((seen / exact - 1.0).abs() < 0.02, "seed 1: {seen}, exactly {exact}");
}

#[test]
fn what_is_no_plant_is_refused_field_by_field() {
    let edited = |name: &str, from: &str, to: &str| {
        assert!(PAIR.contains(from), "{from}");
        wrong_with(name, &PAIR.replacen(from, to, 1))
    };
    for (number, (from, to, said)) in [
        ("\"nodes\": 2", "\"nodes\": 17", "nodes: found 17; expected a whole number from 1 to 16"),
        ("\"needed\": 1", "\"needed\": 3", "needed: found 3; expected a whole number from 1 to 2"),
        ("\"crews\": 2", "\"crews\": \"two\"", "crews: found \"two\"; expected a whole number from 0 to 255"),
        ("\"crews\": 2", "\"crew\": 2", "crew: found 2; expected no such field; known here: nodes, needed, crews"),
        ("\"crews\": 2,", "", "crews: missing; expected this field to be there"),
        ("\"crews\": 2", "\"crews\": 2, \"crews\": 1", "crews: found more than one; expected this field once"),
        ("\"crews\": 2", "\"crews\": 2, \"stress\": -1", "stress: found -1.0; expected a number from 0 to 10"),
        (
            "3600000000000",
            "1000",
            "up: found {\"exponential\":{\"mean_us\":1000}}; expected a mean of at least a minute",
        ),
        ("36000000000}", "-1}", "repair.exponential.mean_us: found -1; expected a whole number from 0"),
        ("\"repair\": {\"exponential\"", "\"repair\": {\"normal\"", "repair: found {\"normal\":"),
        (
            "\"automatic\": ",
            "\"covered_ppm\": 1000001, \"automatic\": ",
            "serving.leader.covered_ppm: found 1000001; expected a whole",
        ),
        (
            "\"automatic\": ",
            "\"covered_ppm\": 900000, \"automatic\": ",
            "serving.leader.by_hand: missing; expected how long",
        ),
        (
            "{\"exponential\": {\"mean_us\": 30000000}}",
            "{\"empirical\": []}",
            "serving.leader.automatic: found {\"empirical\":[]}; expected from 1",
        ),
        (
            "\"crews\": 2",
            "\"crews\": 2, \"rest_while_down\": true",
            "rest_while_down: found true; expected false where a leader",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let found = edited(&format!("wrong-{number}.json"), from, to);
        assert!(found.contains(said), "'{to}' instead of '{from}': {said} is not in\n{found}");
    }
    for (number, (field, said)) in [
        (
            r#""zones": [{"nodes": [0, 2], "up": HOUR, "repair": HOUR}]"#,
            "zones[0].nodes: found [0,2]; expected one or more",
        ),
        (
            r#""zones": [{"nodes": [], "up": HOUR, "repair": HOUR}]"#,
            "zones[0].nodes: found []; expected one or more of",
        ),
        (r#""zones": [{"nodes": [1, 1], "up": HOUR, "repair": HOUR}]"#, "nodes from 0 to 1, each once"),
        (r#""zones": [{"nodes": [1], "up": SECOND, "repair": HOUR}]"#, "zones[0].up: found {\"exponential\""),
        (r#""zones": [{"nodes": [1], "up": HOUR}]"#, "zones[0].repair: missing; expected this field to be there"),
        (r#""each": [{}, {"up": SECOND}]"#, "each[1].up: found {\"exponential\""),
        (r#""each": [{}, {}, {}]"#, "each: found 3 items; expected at most 2 items"),
        (
            r#""other_causes": [{"up": HOUR, "repair": {"empirical": []}}]"#,
            "other_causes[0].repair: found {\"empirical\":[]}",
        ),
        (r#""maintenance": {"every": SECOND, "takes": HOUR}"#, "maintenance.every: found {\"exponential\""),
        (r#""maintenance": {"takes": HOUR}"#, "maintenance.every: missing"),
        (
            r#""maintenance": {"every": HOUR, "takes": HOUR, "rolling": 1}"#,
            "maintenance.rolling: found 1; expected no such",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let field = field.replace("HOUR", r#"{"exponential": {"mean_us": 3600000000}}"#);
        let field = field.replace("SECOND", r#"{"exponential": {"mean_us": 1000000}}"#);
        let found = edited(&format!("more-{number}.json"), "\"crews\": 2", &format!("\"crews\": 2, {field}"));
        assert!(found.contains(said), "{field}: {said} is not in\n{found}");
    }
    for (number, (field, said)) in [
        (r#""dormancy_factor": 0"#, "dormancy_factor: found 0.0; expected above 0 to 1"),
        (r#""dormancy_factor": 1.5"#, "dormancy_factor: found 1.5; expected above 0 to 1"),
        (r#""dormancy_factor": 0.5, "cold": true"#, "and 1 where standbys are cold"),
    ]
    .into_iter()
    .enumerate()
    {
        let found = edited(&format!("warm-{number}.json"), "\"automatic\": ", &format!("{field}, \"automatic\": "));
        assert!(found.contains(said), "{field}: {said} is not in\n{found}");
    }
    assert!(wrong_with("no-json.json", "{\"nodes\": ").contains("line 1, column 10: found"));
    assert!(wrong_with("list.json", "[]").contains("found []; expected an object"));
    assert!(refuses(&["years", "no-such-file.json"]).contains("no-such-file.json: "));
}

#[test]
fn questions_that_cannot_be_simulated_are_refused_by_name() {
    let ask = |name: &str, question: Value| wrong_with(name, &question.to_string());
    let stages = json!({"family": "failover", "params": {"model": "pair-failover-two-stage", "mttf_hours": 9,
        "mttr_hours": 1, "detect_mean_seconds": 1, "promote_mean_seconds": 1, "crews": 1}});
    let said = ask("q-stages.json", stages);
    let names = "expected one of single, renewal, series, ";
    assert!(said.contains(&format!("params.model: found \"pair-failover-two-stage\"; {names}")), "{said}");
    let mut question: Value = serde_json::from_str(QUESTION).unwrap();
    question["params"]["dormancy_factor"] = json!(0.5);
    question["params"]["restart_mean_seconds"] = json!(60);
    let said = ask("q-warm.json", question.clone());
    assert!(said.contains("params.restart_mean_seconds: found one; expected no such field beside a dorm"), "{said}");
    question["params"].as_object_mut().unwrap().remove("restart_mean_seconds");
    question["params"]["dormancy_factor"] = json!(1);
    question["params"]["mttf_hours"] = json!(-1);
    assert!(ask("q-negative.json", question.clone()).contains("params.mttf_hours: found -1; expected from 1e-9"));
    question["params"]["mttf_hours"] = json!(0.001);
    let said = ask("q-often.json", question.clone());
    assert!(
        said.contains("up: found {\"exponential\":{\"mean_us\":3600000}}; expected a mean of at least a minute"),
        "{said}"
    );
    question["params"]["mttf_hours"] = json!(1000);
    question["family"] = json!("transient");
    question["params"]["t_hours"] = json!([1]);
    assert!(
        ask("q-transient.json", question).contains("family: found \"transient\"; expected the family of the model")
    );
    let mut many = json!({"family": "k_of_n", "params": {"model": "k-of-n", "n": 17, "k": 9, "crews": 1}});
    many["params"]["mttf_hours"] = json!(9);
    many["params"]["mttr_hours"] = json!(1);
    many["params"]["failures_while_down"] = json!(true);
    assert!(ask("q-many.json", many).contains("params.n: found 17; expected at most 16 nodes"));
}

#[test]
fn options_are_checked() {
    let pair = file("options.json", PAIR);
    for (option, wrong, said) in [
        ("--years", "0", "expected a whole number from 1 to 1000000000"),
        ("--years", "1.5", "expected a whole number from 1"),
        ("--years", "inf", "expected a whole number from 1"),
        ("--years", "1e10", "expected a whole number from 1"),
        ("--threads", "0", "expected a whole number from 1 to 1024"),
        ("--shard", "0/3", "expected I/N"),
        ("--shard", "4/3", "expected I/N"),
        ("--shard", "1", "expected I/N"),
        ("--seed", "-1", "expected a whole number from 0"),
    ] {
        let found = refuses(&["years", &pair, option, wrong]);
        assert!(found.contains(said), "{option} {wrong}: {found}");
    }
    assert!(refuses(&["years", &pair, "--until", "1h"]).contains("--until"));
    assert!(refuses(&["years", &pair, &pair]).contains("takes one FILE"));
    assert!(prints(&["years", "--help"]).contains("--shard I/N") && prints(&["merge", "--help"]).contains("--json"));
}

/// A scenario's name or file will do: its failovers are measured at message level, and the years are made of them.
#[test]
fn a_scenario_becomes_a_plant() {
    let report = figures(&["years", "crash", "--years", "1e4", "--json"]);
    let plant = &report["plant"];
    assert_eq!((&plant["nodes"], &plant["needed"]), (&json!(3), &json!(2)), "a majority of three");
    assert_eq!(plant["up"], json!({"exponential": {"mean_us": 3_600_000_000_000_u64}}), "1000 h if it does not say");
    let measured = plant["serving"]["leader"]["automatic"]["empirical"].as_array().expect("failovers");
    assert_eq!(measured.len(), 200);
    let seconds = |us: &Value| us.as_u64().unwrap() as f64 / 1e6;
    assert!(measured.iter().all(|us| (3.0..10.0).contains(&seconds(us))), "{measured:?}");

    let path = Path::new("assets/scenarios/crash.json");
    let path = path.to_str().unwrap();
    let often = figures(&["years", path, "--years", "1e4", "--mttf", "100h", "--mttr", "30m", "--json"]);
    assert_eq!(often["plant"]["up"], json!({"exponential": {"mean_us": 360_000_000_000_u64}}));
    assert_eq!(often["plant"]["repair"], json!({"exponential": {"mean_us": 1_800_000_000_u64}}));
    assert_eq!(often["plant"]["serving"], plant["serving"], "the same scenario, the same failovers");
    let patroni = figures(&["years", path, "--years", "1e4", "--timings", "patroni", "--json"]);
    assert_ne!(patroni["plant"]["serving"], plant["serving"]);

    let said = String::from_utf8(program::halab(&["years", "crash", "--years", "1"]).stderr).expect("UTF-8");
    assert!(said.contains("crash as a plant: 3 nodes, 2 of them needed, up for "), "{said}");
    assert!(said.contains("200 crashes of the master: "), "{said}");
    let pool = figures(&["years", "pool-crash", "--years", "1e4", "--json"]);
    assert_eq!(pool["plant"]["serving"], "everybody");
}

#[test]
fn shards_of_a_scenario_are_the_whole_byte_for_byte() {
    let shard = |number: u32| {
        let said = prints(&["years", "leader-crash", "--years", "4e4", "--shard", &format!("{number}/2")]);
        file(&format!("leader-crash-{number}.json"), &said)
    };
    assert_eq!(prints(&["merge", &shard(2), &shard(1)]), prints(&["years", "leader-crash", "--years", "4e4"]));
}

/// A cluster with workers is seen from one of its shards: two copies, which lean on the manager and on a balancer.
#[test]
fn workers_lean_on_their_manager() {
    let plant = |options: &[&str]| {
        let always = ["years", "worker-crash", "--years", "1e3", "--json"];
        figures(&[always.as_slice(), options].concat())["plant"].clone()
    };
    let whole = plant(&[]);
    assert_eq!((&whole["nodes"], &whole["needed"]), (&json!(2), &json!(1)));
    let supports = whole["supports"].as_array().expect("it leans on something");
    let shapes: Vec<_> = supports.iter().map(|one| (&one["what"], &one["nodes"], &one["needed"])).collect();
    assert_eq!(shapes[0], (&json!("manager"), &json!(3), &json!(2)), "a majority of three");
    assert!(shapes[1..].iter().all(|(what, ..)| *what == "router") && shapes.len() > 1, "{shapes:?}");
    assert!(plant(&["--nodes-only"])["supports"].as_array().is_none_or(Vec::is_empty));
    // One failure in twenty takes both copies down: 20,000 h between two such.
    let mean_us = 20_000 * 3_600_000_000_u64;
    assert_eq!(plant(&["--common-cause", "5"])["common_cause"], json!({"exponential": {"mean_us": mean_us}}));
}

#[test]
fn what_is_no_scenario_says_so() {
    let pair = file("times-of-its-own.json", PAIR);
    assert!(refuses(&["years", &pair, "--mttf", "9h"]).contains("is no scenario, and has times of its own."));
    assert!(refuses(&["years", &pair, "--nodes-only"]).contains("--nodes-only: "));
    assert!(
        refuses(&["years", "crash", "--common-cause", "100"]).contains("expected a percentage from 0 to below 100")
    );
    assert!(refuses(&["years", "no-such"]).contains("'halab list' knows no scenario of that name"));
    assert!(refuses(&["years", "crash", "--mttf", "30s"]).contains("expected a time from 1m to 10000000h"));
    let bad = file("bad-scenario.json", r#"{"version": 1, "seed": -1}"#);
    assert!(refuses(&["years", &bad]).contains("seed: found -1; expected a whole number"));
}

#[test]
fn a_question_in_which_a_field_stands_twice_is_refused() {
    let twice = QUESTION.replace("\"crews\": 2", "\"crews\": 2, \"crews\": 1");
    let said = refuses(&["years", &file("twice.json", &twice)]);
    assert!(said.contains("params.crews: found more than one; expected this field once"), "{said}");
}
