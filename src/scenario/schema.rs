//! The JSON Schema of the format: made from the types, their comments and the table of ranges, and kept in
//! `docs/scenario.schema.json`. Only the tests know about it.

use serde_json::{Value, json};

use super::Scenario;
use super::ranges::{LENGTHS, RANGES};
use crate::ha::limits;

/// Where the schema is kept.
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/scenario.schema.json");

fn schema() -> Value {
    let mut schema = schemars::generate::SchemaSettings::draft2020_12()
        .with(|settings| settings.inline_subschemas = false)
        .into_generator()
        .into_root_schema_for::<Scenario>()
        .to_value();
    schema["$id"] = json!("https://ha-lab.example/scenario.schema.json");
    schema["title"] = json!("HA Lab scenario, version 1");
    schema["required"] = json!(["version"]);
    for range in RANGES {
        for place in places_of(&schema, range.path) {
            let place = schema.pointer_mut(&place).unwrap();
            place["minimum"] = json!(range.min);
            place["maximum"] = json!(range.max);
            place.as_object_mut().unwrap().remove("format");
        }
    }
    for length in LENGTHS {
        for place in places_of(&schema, length.path) {
            let place = schema.pointer_mut(&place).unwrap();
            let word = if place["type"] == json!("string") { "maxLength" } else { "maxItems" };
            place[word] = json!(length.max);
        }
    }
    let places =
        [("node", limits::SEATS), ("proxy", limits::PROXIES), ("site", limits::SITES), ("balancer", limits::BALANCERS)];
    for (place, count) in places {
        let pointer = one_step(&schema, "/$defs/Target", place).pop().unwrap();
        let place = schema.pointer_mut(&pointer).unwrap();
        place["maximum"] = json!(count - 1);
        place.as_object_mut().unwrap().remove("format");
    }
    schema
}

/// The parts of the schema that describe the field at `path`; a pair has two.
fn places_of(schema: &Value, path: &str) -> Vec<String> {
    let steps = path.split('.').flat_map(|part| {
        let lists = part.matches("[]").count();
        std::iter::once(part.trim_end_matches("[]")).chain(std::iter::repeat_n("[]", lists))
    });
    let places = steps.fold(vec![String::new()], |places, step| {
        places.iter().flat_map(|place| one_step(schema, place, step)).collect()
    });
    assert!(!places.is_empty(), "the schema has no {path}");
    places.iter().map(|place| resolve(schema, place)).collect()
}

/// Follows references.
fn resolve(schema: &Value, pointer: &str) -> String {
    let place = schema.pointer(pointer).unwrap();
    place["$ref"].as_str().map_or_else(|| pointer.to_owned(), |to| resolve(schema, to.trim_start_matches('#')))
}

fn one_step(schema: &Value, pointer: &str, step: &str) -> Vec<String> {
    let pointer = resolve(schema, pointer);
    let place = schema.pointer(&pointer).unwrap();
    if step == "[]" {
        let pair = place["prefixItems"].as_array().map_or(0, Vec::len);
        if pair > 0 {
            return (0..pair).map(|index| format!("{pointer}/prefixItems/{index}")).collect();
        }
        return place.get("items").map(|_| format!("{pointer}/items")).into_iter().collect();
    }
    if place["properties"].get(step).is_some() {
        return vec![format!("{pointer}/properties/{step}")];
    }
    let either = ["oneOf", "anyOf"].into_iter().flat_map(|either| {
        let count = place[either].as_array().map_or(0, Vec::len);
        (0..count).map(move |index| format!("{either}/{index}"))
    });
    either.flat_map(|either| one_step(schema, &format!("{pointer}/{either}"), step)).collect()
}

/// Calls `visit` for every object in the schema.
fn walk(value: &Value, at: &str, visit: &mut impl FnMut(&str, &Value)) {
    visit(at, value);
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, field)| walk(field, &format!("{at}/{key}"), visit)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| walk(item, &format!("{at}/{index}"), visit));
        }
        _ => {}
    }
}

#[test]
fn the_schema_in_the_docs_is_the_schema_of_the_types() {
    let mut made = serde_json::to_string_pretty(&schema()).unwrap();
    made.push('\n');
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(FILE, &made).unwrap();
    }
    let kept = std::fs::read_to_string(FILE).unwrap_or_default();
    assert!(kept == made, "docs/scenario.schema.json is out of step; BLESS=1 cargo test --lib schema writes it anew");
}

#[test]
fn every_number_of_the_format_has_a_range() {
    walk(&schema(), "", &mut |at, part| {
        let is_number = part["type"] == json!("integer") || part["type"] == json!(["integer", "null"]);
        assert!(!is_number || part["maximum"].is_i64(), "no range for the number at {at}");
    });
}

#[test]
fn every_part_of_the_format_says_what_it_means() {
    walk(&schema(), "", &mut |at, part| {
        for (name, field) in part["properties"].as_object().into_iter().flatten() {
            let option = part["required"] == json!([name]) && !part["description"].is_null();
            assert!(option || !field["description"].is_null(), "{at}: no description of {name}");
        }
    });
}
