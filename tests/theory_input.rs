//! What theory refuses: each wrong field is named, with what stands there and what would be right.
#![cfg(not(target_arch = "wasm32"))]

use ha_lab::theory::models::{KOfN, Pair, Single, Standby};
use ha_lab::theory::{Model, Problem, Request, answer, limits};
use serde_json::{Value as Json, json};

fn cases() -> Vec<Json> {
    serde_json::from_str(include_str!("oracles/availability.json")).expect("JSON")
}

fn problems(question: &Json) -> Vec<Problem> {
    let answered = Request::read(question).and_then(|request| request.answer());
    answered.err().unwrap_or_else(|| panic!("{question} should have been refused"))
}

/// All that is wrong with the parameters, in words.
fn said(family: &str, params: &Json) -> String {
    let all: Vec<_> = problems(&json!({"family": family, "params": params})).iter().map(Problem::to_string).collect();
    all.join("\n")
}

/// Where the numbers of a document stand, as JSON pointers.
fn numbers(json: &Json, at: &str, found: &mut Vec<String>) {
    match json {
        Json::Number(_) => found.push(at.to_owned()),
        Json::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| numbers(item, &format!("{at}/{index}"), found));
        }
        Json::Object(fields) => fields.iter().for_each(|(name, field)| numbers(field, &format!("{at}/{name}"), found)),
        _ => {}
    }
}

/// A pointer as our messages name it: `/components/0/mttf_hours` is `params.components[0].mttf_hours`.
fn field(pointer: &str) -> String {
    let parts = pointer.split('/').skip(1).map(|part| match part.parse::<usize>() {
        Ok(index) => format!("[{index}]"),
        Err(_) => format!(".{part}"),
    });
    format!("params{}", parts.collect::<String>())
}

/// Every number of every model, replaced by what cannot be: the message names that field, and no other.
#[test]
fn every_number_of_every_model_has_its_limits() {
    let wrong = [json!(-1), json!(-0.001), json!(1e300), json!("1000"), json!(null), json!([1]), json!({})];
    let mut tried = 0;
    for case in cases() {
        let mut pointers = Vec::new();
        numbers(&case["params"], "", &mut pointers);
        for pointer in pointers {
            for value in &wrong {
                // The logarithm of a median below an hour is negative.
                if pointer.ends_with("mu_ln_hours") && value.is_number() && value.as_f64() < Some(0.0) {
                    continue;
                }
                let mut question = case.clone();
                *question["params"].pointer_mut(&pointer).unwrap() = value.clone();
                let named: Vec<_> = problems(&question).into_iter().map(|problem| problem.field).collect();
                assert!(named.contains(&field(&pointer)), "{}: {pointer} = {value}: {named:?}", case["id"]);
                tried += 1;
            }
        }
    }
    assert!(tried > 1_500, "{tried}");
}

#[test]
fn zero_is_no_time_and_no_count() {
    for case in cases() {
        let mut pointers = Vec::new();
        numbers(&case["params"], "", &mut pointers);
        for pointer in pointers {
            let may_be_zero = ["coverage", "dormancy_factor", "gamma", "mu_ln_hours"];
            if may_be_zero.iter().any(|name| pointer.ends_with(name)) {
                continue;
            }
            let mut question = case.clone();
            *question["params"].pointer_mut(&pointer).unwrap() = json!(0);
            let named: Vec<_> = problems(&question).into_iter().map(|problem| problem.field).collect();
            assert!(named.contains(&field(&pointer)), "{}: {pointer} = 0: {named:?}", case["id"]);
        }
    }
}

#[test]
fn what_is_missing_is_named() {
    let optional = [
        "coverage",
        "dormancy_factor",
        "repair_during_failover",
        "restart_mean_seconds",
        "failures_while_down",
        "discipline",
    ];
    for case in cases() {
        let model = &case["params"]["model"];
        for name in case["params"].as_object().unwrap().keys() {
            let mut question = case.clone();
            question["params"].as_object_mut().unwrap().remove(name);
            let read = Request::read(&question);
            let may_lack = optional.contains(&&**name) && model != "pair-warm" && model != "pair-coverage"
                || name == "mttr_hours" && model.as_str().unwrap().starts_with("reliability")
                || name == "crews" && model == "pair-hot-unequal";
            let coverage = name == "coverage"
                && ["two-processors-coverage", "reliability-coverage-2"].contains(&model.as_str().unwrap());
            if may_lack && !coverage {
                assert!(read.is_ok(), "{}: {name} may be left out: {read:?}", case["id"]);
                continue;
            }
            let Err(problems) = read else { panic!("{}: {name} has to be there", case["id"]) };
            // Without its list, it is the other k of n that misses its fields.
            let named = problems[0].field == format!("params.{name}") || name == "node_availability";
            assert!(named, "{}: {name}: {problems:?}", case["id"]);
        }
    }
}

#[test]
fn a_parameter_that_no_model_knows_is_refused() {
    for case in cases() {
        let mut question = case.clone();
        question["params"]["mttf"] = json!(1000);
        assert_eq!(problems(&question)[0].field, "params.mttf", "{}", case["id"]);
    }
}

#[test]
fn mtbf_is_not_taken_for_mttf() {
    let said = said("single", &json!({"model": "single", "mtbf_hours": 1000, "mttr_hours": 50}));
    assert!(said.contains("params.mttf_hours: is missing"), "{said}");
    assert!(said.contains("params.mtbf_hours: is no parameter here; this model takes the mean up time"), "{said}");
}

#[test]
fn messages_say_what_would_be_right() {
    let hours = |n: u32| json!({"model": "k-of-n", "n": n, "k": 2, "mttf_hours": 100, "mttr_hours": 1, "crews": 1});
    for (family, params, expected) in [
        ("k_of_n", hours(102), "params.n: found 102; expected from 1 to 101"),
        ("k_of_n", hours(1), "params.k: found 2; expected 1"),
        ("k_off_n", hours(3), r#"family: found "k_off_n"; expected one of single, series, "#),
        ("single", hours(3), r#"family: found "single"; expected k_of_n, where this model belongs"#),
        ("single", json!({"model": "singel"}), r#"params.model: found "singel"; expected one of single, mtbf-naming"#),
        ("single", json!({}), "params.model: is missing"),
        (
            "single",
            json!({"model": "mtbf-naming", "mtbf_hours": 10, "mttr_hours": 10}),
            "params.mttr_hours: found 10; expected less than mtbf_hours, which is 10",
        ),
        (
            "detection",
            json!({"model": "heartbeat-push", "heartbeat_seconds": 3, "timeout_seconds": 2}),
            "params.heartbeat_seconds: found 3; expected at most timeout_seconds, which is 2",
        ),
        (
            "detection",
            json!({"model": "poll", "interval_seconds": 3, "probe_timeout_seconds": 2, "fall": 1.5}),
            "params.fall: found 1.5; expected a whole number",
        ),
        (
            "rpo",
            json!({"model": "rpo-mm1", "writes_per_second": 1000, "apply_per_second": 1000}),
            "params.writes_per_second: found 1000; expected less than apply_per_second, which is 1000",
        ),
        (
            "nines",
            json!({"model": "nines", "availabilities": ["0.9", "1.1"]}),
            "params.availabilities[1]: found \"1.1\"; expected an availability above 0 and below 1",
        ),
        ("nines", json!({"model": "nines", "availabilities": []}), "found 0 items; expected from 1 to 1000"),
        (
            "raft_election",
            json!({"model": "raft-split-vote", "n": 5, "available": 2, "one_way_latency_over_timeout_range": 0.1}),
            "params.available: found 2; expected from 3 to 5",
        ),
        (
            "cold_standby",
            json!({"model": "pair-cold", "mttf_hours": 1, "mttr_hours": 1, "crews": 1, "dormancy_factor": 0.5}),
            "params.dormancy_factor: found 0.5; expected 0",
        ),
        (
            "transient",
            json!({"model": "nines", "availabilities": ["0.9"], "t_hours": [1]}),
            r#"family: found "transient"; expected nines"#,
        ),
        (
            "single",
            json!({"model": "renewal", "uptime": {"weibull": {"shape": 2, "scale_hours": 1}, "constant": {"hours": 1}},
                   "repair": {"gamma": {}}}),
            "params.repair.gamma: is no parameter here; there are exponential, constant, weibull, lognormal",
        ),
    ] {
        let said = said(family, &params);
        assert!(said.contains(expected), "expected: {expected}\nsaid: {said}");
    }
}

#[test]
fn what_a_slider_sets_is_checked_like_what_a_file_says() {
    let mut node = Model::Single(Single { mttf_hours: f64::NAN, mttr_hours: f64::INFINITY });
    let problems = node.solve().unwrap_err();
    let fields: Vec<_> = problems.iter().map(|problem| problem.field.as_str()).collect();
    assert_eq!(fields, ["mttf_hours", "mttr_hours"], "{problems:?}");
    let mut pair = Model::PairHot(Pair { mttf_hours: 100.0, mttr_hours: 1.0, crews: 3, ..Pair::with(Standby::Hot) });
    assert_eq!(pair.solve().unwrap_err()[0].to_string(), "crews: found 3; expected from 1 to 2");
    assert!(Model::KOfN(KOfN::default()).solve().is_err());
}

/// A figure that has run out of digits is not shown: a hundred nodes of which one is enough are down less than 10⁻³⁰⁰.
#[test]
fn a_result_beyond_all_digits_is_refused() {
    let params = |mttf_hours: f64| json!({"model": "k-of-n", "n": 101, "k": 1, "mttf_hours": mttf_hours, "mttr_hours": 1, "crews": 101});
    assert!(said("k_of_n", &params(1e6)).contains("take fewer nodes or less extreme times"));
    assert!(answer(&json!({"family": "k_of_n", "params": params(100.0)}).to_string()).is_ok());
    // Hardly ever up is no problem, as long as it is not too hardly.
    let never_up = Request::read(&json!({"family": "k_of_n", "params": {"model": "k-of-n", "n": 101, "k": 101,
        "mttf_hours": 1, "mttr_hours": 100, "crews": 101}}));
    let outputs = never_up.and_then(|request| request.answer()).unwrap();
    assert!(outputs.json(0).contains("\"unavailability\": 1.0"));
}

#[test]
fn several_questions_are_answered_together_or_not_at_all() {
    let node =
        |mttf: f64| json!({"family": "single", "params": {"model": "single", "mttf_hours": mttf, "mttr_hours": 1}});
    let text = answer(&json!([node(9.0), node(99.0)]).to_string()).unwrap();
    let answers: Json = serde_json::from_str(&text).unwrap();
    assert_eq!(answers[0]["outputs"]["availability"], json!(0.9));
    assert_eq!(answers[1]["outputs"]["availability"], json!(0.99));
    let problems = answer(&json!([node(9.0), node(-9.0), 7]).to_string()).unwrap_err();
    let fields: Vec<_> = problems.iter().map(|problem| problem.field.as_str()).collect();
    assert_eq!(fields, ["[1].params.mttf_hours", "[2]"]);
    let many = vec![node(-1.0); 200];
    assert!(answer(&Json::Array(many).to_string()).unwrap_err().len() <= limits::PROBLEMS + 1);
}

#[test]
fn what_is_no_json_is_refused_at_its_place() {
    let node = |mttf: &str| format!(r#"{{"family": "single", "params": {{"model": "single", "mttf_hours": {mttf}}}}}"#);
    for wrong in ["1e999", "Infinity", "NaN", "-Infinity", "1.", "01"] {
        let problems = answer(&node(wrong)).unwrap_err();
        assert!(problems[0].to_string().contains("mttf_hours: "), "{wrong}: {}", problems[0]);
    }
    assert!(answer("").unwrap_err()[0].to_string().contains("expected a JSON document"));
    assert!(answer(&" ".repeat(limits::REQUEST_BYTES + 1)).unwrap_err()[0].to_string().contains("longer than"));
}

/// The usual reader would take the last of the two, and nobody would know.
#[test]
fn a_field_that_stands_twice_is_refused() {
    let said = |text: &str| answer(text).unwrap_err().iter().map(Problem::to_string).collect::<Vec<_>>().join("\n");
    let once = "found more than one; expected this field once";
    let single =
        r#"{"family": "single", "params": {"model": "single", "mttf_hours": 9, "mttr_hours": 1, "mttf_hours": 8}}"#;
    assert_eq!(said(single), format!("params.mttf_hours: {once}"));
    assert_eq!(
        said(&format!("[{}, {single}]", single.replace(", \"mttf_hours\": 8", ""))),
        format!("[1].params.mttf_hours: {once}")
    );
    assert_eq!(said(r#"{"family": "single", "family": "series"}"#), format!("family: {once}"));
    let parts = r#"{"family": "series", "params": {"components": [{"mttf_hours": 1, "mttr_hours": 1},
        {"mttf_hours": 1, "mttr_hours": 1, "mttr_hours": 1}]}}"#;
    assert_eq!(said(parts), format!("params.components[1].mttr_hours: {once}"));
    assert!(Request::parse(single).is_err());
    // In another object, or in a list, the same name is another field.
    let twice = r#"[{"family": "single", "params": {"model": "single", "mttf_hours": 9, "mttr_hours": 1}},
        {"family": "single", "params": {"model": "single", "mttf_hours": 9, "mttr_hours": 1}}]"#;
    assert!(answer(twice).is_ok());
}
