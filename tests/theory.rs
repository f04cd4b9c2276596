//! What theory answers, held against reference values of thirty digits that another program has calculated with exact
//! rational arithmetic (`tests/oracles/availability.json`).
#![cfg(not(target_arch = "wasm32"))]

use std::collections::BTreeSet;

use ha_lab::theory::{Model, Outputs, Request, Share, Value};
use serde_json::Value as Json;

/// What is asked of an unavailability, and with a wide margin of everything else.
const TWELVE_DIGITS: f64 = 5e-13;

fn oracles() -> Vec<Json> {
    serde_json::from_str(include_str!("oracles/availability.json")).expect("JSON")
}

fn answer(case: &Json) -> Outputs {
    let found = Request::read(case).and_then(|request| request.answer());
    found.unwrap_or_else(|problems| panic!("{}: {problems:?}", case["id"]))
}

#[test]
fn every_reference_value_is_met_to_twelve_digits() {
    let mut values = 0;
    for case in oracles() {
        values += compare(case["id"].as_str().unwrap(), &case["outputs"], &answer(&case));
    }
    assert_eq!(values, 867, "all values of the reference");
}

/// Compares all that a case has; nothing may be missing and nothing more. How many values there were.
fn compare(place: &str, expected: &Json, found: &Outputs) -> usize {
    let expected = expected.as_object().unwrap_or_else(|| panic!("{place} is no object"));
    let names: BTreeSet<_> = found.0.iter().map(|(name, _)| &**name).collect();
    let more = names.iter().filter(|name| !expected.contains_key(**name)).copied().collect::<Vec<_>>();
    // Told for every ensemble; one case of the reference does not ask for it.
    let may_be_more: &[&str] = if place == "quorum-leader-onecrew" { &["leader_losses_per_year_365d"] } else { &[] };
    assert_eq!(more, may_be_more, "{place}: nobody asked for these");
    let values = expected.iter().map(|(name, expected)| {
        let place = format!("{place}.{name}");
        let found = found.get(name).unwrap_or_else(|| panic!("{place} is missing"));
        compare_value(&place, expected, found)
    });
    values.sum()
}

fn compare_value(place: &str, expected: &Json, found: &Value) -> usize {
    match (found, expected) {
        (Value::Group(group), expected) => compare(place, expected, group),
        (Value::Table(rows), Json::Array(expected)) => {
            assert_eq!(rows.len(), expected.len(), "{place}");
            let rows = expected.iter().zip(rows).enumerate();
            rows.map(|(index, (expected, row))| compare(&format!("{place}[{index}]"), expected, row)).sum()
        }
        (Value::Text(text), expected) => {
            assert_eq!(&**text, expected, "{place}");
            1
        }
        (Value::Number(number), Json::String(expected)) => {
            let right: f64 = expected.parse().unwrap();
            assert_near(place, *number, right, TWELVE_DIGITS.max(rounding(expected)));
            1
        }
        // The hours of a table are echoed.
        (Value::Number(number), Json::Number(expected)) => {
            assert_eq!(Some(*number), expected.as_f64(), "{place}");
            1
        }
        (Value::Share(share), Json::String(expected)) => {
            compare_share(place, expected, *share);
            1
        }
        other => panic!("{place}: {other:?}"),
    }
}

/// An availability, and what is missing to 1, taken from all digits of the text.
fn compare_share(place: &str, expected: &str, share: Share) {
    let digits = expected.split_once('.').map_or(0, |(_, part)| part.len());
    let right: f64 = expected.parse().unwrap();
    assert_near(place, share.up, right, TWELVE_DIGITS.max(rounding(expected)));
    let rest = one_minus(expected);
    // Some reference values are cut after 15 to 18 places.
    let cut = if digits < 10 { 0.0 } else { 0.5 * tenths(digits) / rest };
    assert_near(&format!("1 - {place}"), share.down, rest, TWELVE_DIGITS.max(cut));
    assert_near(&format!("1 - the text of {place}"), one_minus(&share.text()), rest, TWELVE_DIGITS.max(cut));
}

#[track_caller]
fn assert_near(place: &str, found: f64, right: f64, relative: f64) {
    let off = (found - right).abs();
    assert!(
        off <= relative * right.abs(),
        "{place}: found {found:e}, expected {right:e}, off by {:e}",
        off / right.abs()
    );
}

/// How far a reference value may be off because it is written with few digits. Those with fewer than ten are exact, but for
/// errors of approximations, which have four.
fn rounding(text: &str) -> f64 {
    let digits = text.split('e').next().unwrap().trim_start_matches(['0', '.']);
    match digits.bytes().filter(u8::is_ascii_digit).count() {
        4 => 5e-4,
        count @ 11..=15 => tenths(count - 1),
        _ => 0.0,
    }
}

fn tenths(digits: usize) -> f64 {
    format!("1e-{digits}").parse().unwrap()
}

/// One minus a decimal number from 0 to 1, borrowed digit by digit.
fn one_minus(text: &str) -> f64 {
    if text.contains('e') {
        return 1.0 - text.parse::<f64>().unwrap();
    }
    let part = text.strip_prefix("0.").unwrap_or_else(|| panic!("{text} is not below 1"));
    let mut rest = Vec::new();
    let mut borrow = 0;
    for digit in part.bytes().rev() {
        let digit = digit - b'0' + borrow;
        rest.push((10 - digit) % 10 + b'0');
        borrow = u8::from(digit > 0);
    }
    rest.reverse();
    let whole = if borrow == 1 { "0" } else { "1" };
    format!("{whole}.{}", String::from_utf8(rest).unwrap()).parse().unwrap()
}

#[test]
fn the_documents_explain_every_model() {
    let text = include_str!("../docs/models.md");
    for (model, family) in Model::ALL {
        assert!(text.contains(&format!("`{model}`")), "docs/models.md does not explain {model}");
        assert!(text.contains(&format!("`{family}`")), "docs/models.md does not name {family}");
    }
}

#[test]
fn one_minus_is_what_it_says() {
    let rests = ["0.9", "0.25", "0.990", "0.0"].map(|text| one_minus(text).to_string());
    assert_eq!(rests, ["0.1", "0.75", "0.01", "1"]);
}
