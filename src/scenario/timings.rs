//! Timings of real systems: their defaults, where they stand written, and what of them the lab can express.
//!
//! A timing is laid over a scenario: what it sets is set, everything else stays. Figures that were not found in the system's
//! own sources are marked.

use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::Value;

use super::document::Text;

/// The defaults of one real system.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timing {
    /// What it is called on the command line.
    pub name: String,
    /// Whose defaults these are.
    pub of: String,
    /// The model says all of the system's failover that its options say; otherwise only some of its timings are taken.
    pub complete: bool,
    /// Fields of a scenario.
    pub settings: Value,
    /// The figures, as the system's sources have them.
    pub values: Vec<Sourced>,
    /// What the model leaves out.
    pub leaves_out: Text,
}

/// A figure with its source.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sourced {
    /// The parameter, as the system calls it.
    pub what: String,
    /// Its default.
    pub value: String,
    /// Where that stands.
    pub source: String,
    /// How sure it is.
    pub status: Status,
}

/// How sure a figure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Read in the system's own source code or documentation.
    Verified,
    /// Read elsewhere.
    Secondary,
    /// From memory, or assumed.
    Unverified,
}

/// All that are known. They are read once.
pub fn timings() -> &'static [Timing] {
    static ALL: LazyLock<Vec<Timing>> =
        LazyLock::new(|| serde_json::from_str(include_str!("../../assets/timings.json")).expect("a test reads it"));
    &ALL
}

impl Timing {
    /// The document with this timing laid over it.
    pub fn over(&self, document: &Value) -> Value {
        let mut changed = document.clone();
        lay(&self.settings, &mut changed);
        changed
    }
}

/// Lays `settings` over `onto`: objects field by field, everything else whole. An object with one field is a choice if what it
/// lies over has another one: then it replaces it, with its options.
fn lay(settings: &Value, onto: &mut Value) {
    match (settings, onto) {
        (Value::Object(settings), Value::Object(onto)) if !is_other_choice(settings, onto) => {
            for (name, value) in settings {
                lay(value, onto.entry(name.clone()).or_insert(Value::Null));
            }
        }
        (settings, onto) => *onto = settings.clone(),
    }
}

fn is_other_choice(settings: &serde_json::Map<String, Value>, onto: &serde_json::Map<String, Value>) -> bool {
    settings.len() == 1 && onto.len() == 1 && settings.keys().next() != onto.keys().next()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Scenario, parse, presets, to_text, to_value};

    #[test]
    fn each_can_be_laid_over_the_first_visit_and_gives_a_scenario_that_differs() {
        let document = to_value(&Scenario::default());
        for timing in timings() {
            let laid = timing.over(&document);
            let scenario = parse(&to_text(&laid)).unwrap_or_else(|problems| panic!("{}: {problems}", timing.name));
            assert_ne!(scenario, Scenario::default(), "{}", timing.name);
            assert!(!scenario.view.eye_times, "{}: these are real times", timing.name);
            assert_eq!(timing.over(&laid), laid, "{}: laid twice, it changes nothing more", timing.name);
        }
    }

    #[test]
    fn each_says_where_its_figures_stand_and_what_it_leaves_out() {
        for timing in timings() {
            assert!(!timing.values.is_empty() && !timing.leaves_out.en.is_empty() && !timing.leaves_out.zh.is_empty());
            for one in &timing.values {
                assert!(!one.source.is_empty() && !one.value.is_empty(), "{}: {}", timing.name, one.what);
            }
        }
    }

    #[test]
    fn what_a_timing_does_not_set_stays() {
        let preset = presets().iter().find(|preset| preset.name == "crash").unwrap();
        let scenario = parse(preset.json).unwrap();
        let haproxy = timings().iter().find(|timing| timing.name == "haproxy").unwrap();
        let laid = parse(&to_text(&haproxy.over(&to_value(&scenario)))).unwrap();
        assert_eq!((&laid.system, &laid.faults, &laid.title), (&scenario.system, &scenario.faults, &scenario.title));
        assert_ne!(laid.router, scenario.router);
    }
}
