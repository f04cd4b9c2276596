//! From our types to JSON.
//!
//! All writing goes through one serializer, the one that makes the text of a file: with a second one for values the
//! code of every type would be there twice. Values are read from that text.

use serde::Serialize;
use serde_json::Value;

/// As the text of a file.
pub fn to_text(contents: &impl Serialize) -> String {
    serde_json::to_string_pretty(contents).expect("what a scenario holds can be written as JSON")
}

/// As a JSON value.
pub fn to_value(contents: &impl Serialize) -> Value {
    serde_json::from_str(&to_text(contents)).expect("what was written as JSON is JSON")
}
