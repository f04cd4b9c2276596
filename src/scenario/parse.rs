//! Reading a scenario, with every problem in one go.
//!
//! The reader of serde stops at the first error. So the offending field is noted and taken out of the
//! document, its default stands in for it, and the rest is read again, until nothing is left to complain of.

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::document::{Scenario, VERSION};
use super::path::{Path, Step};
use super::problem::{Expected, MOST, Problem, Problems, quote, shorten};
use super::read::{Place, Wrong, read};
use super::write::{to_text, to_value};
use super::{ranges, rules};

/// Largest document that is read, in bytes.
pub const LARGEST: usize = 1 << 20;

/// Reads a scenario and checks it.
///
/// ```
/// use ha_lab::scenario;
///
/// assert!(scenario::parse(r#"{"version": 1, "clients": {"sites": 1}}"#).is_ok());
///
/// let problems = scenario::parse(r#"{"version": 1, "seed": "x", "clients": {"sights": 1, "attempts": 0}}"#);
/// let said = problems.unwrap_err().to_string();
/// assert!(said.contains("seed: found \"x\"; expected a whole number from 0 to 9007199254740991"), "{said}");
/// assert!(said.contains("clients.sights: found 1; expected no such field; known here: sites, "), "{said}");
/// assert!(said.contains("clients.attempts: found 0; expected a whole number from 1 to 20"), "{said}");
/// ```
///
/// # Errors
///
/// Every offending field with its path, what stood there and what would be right; at most 50 of them.
pub fn parse(text: &str) -> Result<Scenario, Problems> {
    let document = object(text, LARGEST)?;
    let mut reader = Reader::new(document);
    reader.check_version();
    let scenario = reader.read();
    reader.check(&scenario);
    if reader.problems.is_empty() {
        return match twice(text) {
            Some(path) => Err(single(path.to_string(), "more than one".to_owned(), Expected::Once)),
            None => Ok(scenario),
        };
    }
    Err(Problems(reader.problems.into_iter().map(|(_, problem)| problem).collect()))
}

/// What can be read of a document that may be wrong; defaults stand in for the rest. It has not been checked: it is for
/// those who want to know what a draft is about.
pub fn mended(document: &Value) -> Scenario {
    Reader::new(document.clone()).read()
}

/// Reads another document than a scenario, of at most so many bytes, as strictly: no field is unknown or stands twice.
///
/// # Errors
///
/// The first thing that is wrong.
pub fn read_as<T: DeserializeOwned>(text: &str, largest: usize) -> Result<T, Problems> {
    let document = object(text, largest)?;
    if let Some(path) = twice(text) {
        return Err(single(path.to_string(), "more than one".to_owned(), Expected::Once));
    }
    read(&document).map_err(|error| {
        let (wrong, Place { path, .. }) = error.split();
        if let Wrong::Missing(field) = wrong {
            return single(path.key(field).to_string(), String::new(), Expected::Present);
        }
        let expected = expected(&path, wrong, false);
        let place = if matches!(expected, Expected::WithOptions(_)) { path.parent() } else { path };
        single(place.to_string(), place.look(&document).map(quote).unwrap_or_default(), expected)
    })
}

/// The object that a text holds.
fn object(text: &str, largest: usize) -> Result<Value, Problems> {
    let text = text.trim_start_matches('\u{feff}'); // some editors begin a file with a byte order mark
    if text.len() > largest {
        return Err(single(String::new(), format!("{} bytes", text.len()), Expected::Bytes(largest)));
    }
    let document: Value = serde_json::from_str(text).map_err(|error| {
        let line = text.lines().nth(error.line().saturating_sub(1)).unwrap_or_default().trim();
        let found = if line.is_empty() { "nothing".to_owned() } else { shorten(line) };
        let said = error.to_string();
        let why = said.split(" at line ").next().unwrap_or_default().to_owned();
        single(format!("line {}, column {}", error.line(), error.column()), found, Expected::Json(why))
    })?;
    if document.is_object() { Ok(document) } else { Err(single(String::new(), quote(&document), Expected::Object)) }
}

fn single(path: String, found: String, expected: Expected) -> Problems {
    Problems(vec![Problem { path, found, expected }])
}

/// The first field that stands twice in its object; the text has to be JSON.
///
/// A [`Value`] keeps the last of the two; a student would not know which one counts.
fn twice(text: &str) -> Option<Path> {
    let mut path = Path::default();
    let mut seen: Vec<BTreeSet<String>> = Vec::new(); // for each open bracket
    let mut letters = text.char_indices();
    while let Some((start, letter)) = letters.next() {
        match letter {
            '{' | '[' => {
                path.0.push(if letter == '{' { Step::Key(String::new()) } else { Step::Index(0) });
                seen.push(BTreeSet::new());
            }
            '}' | ']' => {
                path.0.pop();
                seen.pop();
            }
            ',' => {
                if let Some(Step::Index(index)) = path.0.last_mut() {
                    *index += 1;
                }
            }
            '"' => {
                while letters.next().is_some_and(|(_, letter)| letter != '"') {
                    // What is behind a backslash does not end the text.
                    if text[..letters.offset()].ends_with('\\') {
                        letters.next();
                    }
                }
                let end = letters.offset();
                if text[end..].trim_start().starts_with(':')
                    && let (Some(Step::Key(key)), Some(seen)) = (path.0.last_mut(), seen.last_mut())
                {
                    serde_json::from_str::<Value>(&text[start..end]).ok()?.as_str()?.clone_into(key);
                    if !seen.insert(key.clone()) {
                        return Some(path);
                    }
                }
            }
            _ => {}
        }
    }
    None
}

/// A document that is being mended until it can be read.
struct Reader {
    document: Value,
    problems: Vec<(Path, Problem)>,
    /// What was taken out, by its path in the document as it was given.
    removed: Vec<Path>,
    /// The items that were taken out of lists, each by the original path of its list and its original index; in order
    /// of the indexes.
    gaps: Vec<(Path, usize)>,
}

impl Reader {
    fn new(document: Value) -> Self {
        Self { document, problems: Vec::new(), removed: Vec::new(), gaps: Vec::new() }
    }

    fn check_version(&mut self) {
        let found = self.document.get("version").map(quote).unwrap_or_default();
        if self.document.get("version").and_then(Value::as_u64) != Some(u64::from(VERSION)) {
            self.report(Path::of("version"), found, Expected::Version(VERSION));
            self.document["version"] = VERSION.into();
        }
    }

    fn report(&mut self, path: Path, found: String, expected: Expected) {
        if self.problems.len() < MOST {
            let problem = Problem { path: path.to_string(), found, expected };
            self.problems.push((path, problem));
        }
    }

    /// Reads, and takes out what is wrong, until the document can be read.
    fn read(&mut self) -> Scenario {
        for _ in 0..MOST {
            let error = match read(&self.document) {
                Ok(scenario) => return scenario,
                Err(error) => error,
            };
            let (wrong, place) = error.split();
            if !self.take_out(place, wrong) {
                break;
            }
        }
        Scenario::default()
    }

    /// Notes one error and removes what caused it; false if nothing could be removed.
    fn take_out(&mut self, place: Place, wrong: Wrong) -> bool {
        let Place { path: mut broken, variants } = place;
        let original = self.original(&broken);
        match wrong {
            Wrong::Missing(field) => {
                let missing = original.key(field);
                if !self.removed.contains(&missing) {
                    self.report(missing, String::new(), Expected::Present);
                }
            }
            // A pair that lost one of its two because that was wrong; it has been reported.
            Wrong::Length(_) if self.removed.iter().any(|gone| original.touches(gone)) => {}
            wrong => {
                let expected = expected(&broken, wrong, true);
                let place = if matches!(expected, Expected::WithOptions(_)) { broken.parent() } else { broken.clone() };
                let found = place.look(&self.document).map(quote).unwrap_or_default();
                self.report(self.original(&place), found, expected);
            }
        }
        // A name with wrong options goes as a whole: `{"slow": …}`, not only what stands inside.
        broken.0.truncate(broken.0.len() - variants);
        self.remove(&broken)
    }

    fn remove(&mut self, now: &Path) -> bool {
        let original = self.original(now);
        if let Some((Step::Index(_), list)) = now.0.split_last()
            && let Some(Step::Index(index)) = original.0.last()
        {
            let list = self.original(&Path(list.to_vec()));
            let place = self.gaps.partition_point(|(_, gap)| gap < index);
            self.gaps.insert(place, (list, *index));
        }
        self.removed.push(original);
        now.remove(&mut self.document)
    }

    /// Where a place of the mended document was in the document as it was given.
    fn original(&self, now: &Path) -> Path {
        now.0.iter().fold(Path::default(), |path, step| match step {
            Step::Key(key) => path.key(key),
            Step::Index(index) => {
                let gaps = self.gaps.iter().filter(|(list, _)| *list == path);
                let index = gaps.fold(*index, |index, (_, gap)| if *gap <= index { index + 1 } else { index });
                path.index(index)
            }
        })
    }

    /// Ranges and rules, in what could be read.
    fn check(&mut self, scenario: &Scenario) {
        for (path, problem) in ranges::check(&self.document) {
            let path = self.original(&path);
            if !self.problems.iter().any(|(known, _)| known == &path) {
                self.report(path, problem.found, problem.expected);
            }
        }
        for broken in rules::check(scenario) {
            // A rule about a field that could not be read, or is out of range, would only confuse.
            let concerns: Vec<Path> = broken.concerns.iter().map(|path| self.original(path)).collect();
            let known = |path: &Path| self.problems.iter().any(|(known, _)| known.touches(path));
            if !concerns.iter().any(known) {
                let path = concerns[0].clone();
                self.report(path, broken.found, Expected::Rule(broken.rule));
            }
        }
    }
}

impl Scenario {
    /// Checks every number, length and rule; for scenarios that were put together by a program.
    ///
    /// # Errors
    ///
    /// Everything that is wrong.
    pub fn validate(&self) -> Result<(), Problems> {
        let document = to_value(self);
        let mut reader = Reader::new(document);
        reader.check_version();
        reader.check(self);
        let problems: Vec<Problem> = reader.problems.into_iter().map(|(_, problem)| problem).collect();
        if problems.is_empty() { Ok(()) } else { Err(Problems(problems)) }
    }

    /// The scenario as a document that [`parse`] reads back to the same.
    pub fn to_json(&self) -> String {
        let mut text = to_text(self);
        text.push('\n');
        text
    }
}

/// What would be right at a place; in a scenario, numbers have ranges.
fn expected(path: &Path, wrong: Wrong, in_a_scenario: bool) -> Expected {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let last = || if let Some(Step::Key(name)) = path.0.last() { name.clone() } else { String::new() };
    if matches!(wrong, Wrong::Length(_) | Wrong::Type(_))
        && let Some(range) = in_a_scenario.then(|| ranges::range_of(&path.to_string())).flatten()
    {
        return Expected::Number { min: range.min, max: range.max };
    }
    let wanted = match wrong {
        Wrong::Field(known) => return Expected::Fields(owned(known)),
        Wrong::Variant(known) => return Expected::OneOf(owned(known)),
        Wrong::Alone => return Expected::Alone(last()),
        Wrong::WithOptions => return Expected::WithOptions(last()),
        Wrong::Missing(_) => return Expected::Present,
        Wrong::Length(wanted) | Wrong::Type(wanted) => wanted,
    };
    match wanted.as_str() {
        "u8" => Expected::Number { min: 0, max: u8::MAX.into() },
        "u32" => Expected::Number { min: 0, max: u32::MAX.into() },
        "u64" => Expected::Number { min: 0, max: i64::MAX },
        "f64" => Expected::Other("a number".to_owned()),
        "a boolean" => Expected::Bool,
        "a string" => Expected::Text,
        "a sequence" => Expected::List(None),
        _ if wanted.starts_with("struct ") => Expected::Object,
        _ if wanted.starts_with("a tuple") => Expected::Other("a list of two: [first, second]".to_owned()),
        _ => Expected::Other(wanted),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Text;
    use super::*;
    use crate::sim::{Dice, Domain};

    fn said(text: &str) -> Vec<String> {
        parse(text).map_or_else(|problems| problems.0.iter().map(ToString::to_string).collect(), |_| Vec::new())
    }

    #[test]
    fn the_version_alone_is_the_lab_of_the_first_visit() {
        let default = Scenario { title: Text::default(), story: Text::default(), ..Scenario::default() };
        assert_eq!(parse(r#"{"version": 1}"#), Ok(default));
    }

    #[test]
    fn what_is_written_reads_back_the_same() {
        let scenario = Scenario::default();
        assert_eq!(parse(&scenario.to_json()), Ok(scenario));
    }

    #[test]
    fn every_problem_is_reported_with_its_path_in_the_file() {
        let text = r#"{
            "version": 1,
            "sead": 3,
            "until_us": -1,
            "system": {"master_standby": {
                "standbys": 9,
                "replication": {"mode": "asink", "durability": 1, "fallback": {"degrade": {"after_us": "2s"}}},
                "fencing": {"epochs": "yes", "stonith": {"tries": 0}}
            }},
            "faults": {"scheduled": [
                {"at_us": 1, "do": {"slow": {"on": "master", "permille": "fast"}}},
                {"at_us": 2, "do": {"melt": {"on": "master"}}},
                {"at_us": 3, "do": {"heal": {}}},
                {"at_us": 4, "do": "process_crash"},
                {"at_us": 5},
                {"at_us": 6, "do": {"cut": {"from": "master", "to": {"node": 8}}}},
                {"do": "heal"},
                {"at_us": 7, "do": {"loss": {"between": ["master", 4], "ppm": 2000000}}},
                {"at_us": 8, "do": {"slow": {"on": {"node": 0}, "permille": 0}}}
            ]}
        }"#;
        let expected = [
            "until_us: found -1; expected a whole number from 1000 to 3600000000000",
            "sead: found 3; expected no such field; known here: version, title, story, seed, until_us, system, \
             router, clients, network, machines, faults, objective, view",
            "system.master_standby.standbys: found 9; expected a whole number from 1 to 4",
            "system.master_standby.replication.mode: found \"asink\"; expected one of async, semi_sync, sync",
            "system.master_standby.replication.durability: found 1; expected one of received, synced",
            "system.master_standby.replication.fallback.degrade.after_us: found \"2s\"; expected a whole number from \
             0 to 3600000000",
            "system.master_standby.fencing.epochs: found \"yes\"; expected true or false",
            "system.master_standby.fencing.stonith.tries: found 0; expected a whole number from 1 to 100",
            "faults.scheduled[0].do.slow.permille: found \"fast\"; expected a whole number from 1 to 1000000",
            "faults.scheduled[1].do: found {\"melt\":{\"on\":\"master\"}}; expected one of process_crash, machine_crash",
            "faults.scheduled[2].do.heal: found {}; expected only the name, \"heal\"",
            "faults.scheduled[3].do: found \"process_crash\"; expected its options too, {\"process_crash\": {…}}",
            "faults.scheduled[4].do: missing; expected this field to be there",
            "faults.scheduled[6]: found neither; expected either `at_us` or `between_us`",
            "faults.scheduled[7].do.loss.between[1]: found 4; expected one of master, standby, old_master, node",
            "faults.scheduled[8].do.slow.permille: found 0; expected a whole number from 1 to 1000000",
        ];
        let said = said(text);
        for wanted in expected {
            assert!(said.iter().any(|said| said.starts_with(wanted)), "not said: {wanted}\nbut: {said:#?}");
        }
        // Whether there is a node 8 cannot be told while the number of standbys is wrong.
        assert_eq!(said.len(), expected.len(), "{said:#?}");
    }

    #[test]
    fn rules_name_the_remedy() {
        let rule = |text: &str| said(text).join("\n");
        let lease =
            r#"{"version": 1, "system": {"master_standby": {"decision": {"alone": {}}, "fencing": {"lease": {}}}}}"#;
        assert!(rule(lease).contains("\"majority\" as system.master_standby.decision"), "{}", rule(lease));
        let quorum = r#"{"version": 1, "system": {"master_standby": {"replication": {"mode": {"semi_sync": {"standbys": 3}}}}}}"#;
        assert!(rule(quorum).contains("raise system.master_standby.standbys"), "{}", rule(quorum));
        let shared = r#"{"version": 1, "system": {"master_standby": {
            "replication": {"mode": "shared_storage"}, "standby": {"serves_reads": true}, "backup": {}}}}"#;
        assert_eq!(
            rule(shared).matches("or another system.master_standby.replication.mode").count(),
            2,
            "{}",
            rule(shared)
        );
        let none = r#"{"version": 1, "faults": {"scheduled": [{"at_us": 1, "do": {"freeze": {"on": "storage"}}}]}}"#;
        assert!(rule(none).contains("this system has none of that kind"), "{}", rule(none));
        let alone = r#"{"version": 1, "system": {"single_node": {}}, "faults": {"scheduled": [
            {"at_us": 1, "do": {"switchover": {}}}, {"at_us": 1, "do": {"freeze": {"on": "witness"}}}]}}"#;
        assert!(rule(alone).contains("choose master_standby or cluster in system"), "{}", rule(alone));
        assert!(rule(alone).contains("do.freeze.on: found \"witness\"; expected another machine"), "{}", rule(alone));
    }

    #[test]
    fn what_is_not_json_is_refused_with_line_and_column() {
        assert_eq!(said("{\n  \"version\": 1,\n}"), ["line 3, column 1: found }; expected JSON (trailing comma)"]);
        assert!(said("")[0].starts_with("line 1, column 0: found nothing; expected JSON ("));
        assert_eq!(said("[1]"), ["found [1]; expected an object {…}"]);
        assert!(said(&"[".repeat(5_000))[0].contains("recursion limit"));
        assert_eq!(said(&" ".repeat(LARGEST + 1)), ["found 1048577 bytes; expected at most 1048576 bytes"]);
    }

    #[test]
    fn another_version_is_refused() {
        assert_eq!(said("{}"), ["version: missing; expected 1, the version that this engine reads"]);
        assert_eq!(said(r#"{"version": 2}"#), ["version: found 2; expected 1, the version that this engine reads"]);
    }

    #[test]
    fn a_field_that_stands_there_twice_is_refused() {
        assert_eq!(
            said(r#"{"version": 1, "clients": {"sites": 1, "sites": 2}}"#),
            ["clients.sites: found more than one; expected this field once"]
        );
        assert_eq!(
            said(r#"{"version": 1, "title": {"en": "\\\"en\": {[", "e\u006e" : ""}}"#),
            ["title.en: found more than one; expected this field once"]
        );
        let second = r#"{"at_us": 1, "do": "heal"}, {"at_us": 1, "do": "heal", "at_us": 2}"#;
        assert_eq!(
            said(&format!(r#"{{"version": 1, "faults": {{"scheduled": [{second}]}}}}"#)),
            ["faults.scheduled[1].at_us: found more than one; expected this field once"]
        );
    }

    #[test]
    fn what_recurs_can_be_undone() {
        let recurring = |action: &str| format!(r#"{{"version": 1, "faults": {{"recurring": [{{"do": {action}}}]}}}}"#);
        assert!(parse(&recurring(r#"{"gray": {"on": "master"}}"#)).is_ok());
        assert_eq!(
            said(&recurring(r#""heal""#)),
            [
                "faults.recurring[0].do: found \"heal\"; expected a fault that can be taken back, such as slow, cut or gray; what \
              happens once, and orders, stand in faults.scheduled"
            ]
        );
        assert_eq!(said(&recurring(r#"{"slow": {"on": {"node": 9}, "permille": 0}}"#)).len(), 2);
    }

    #[test]
    fn fields_have_names() {
        assert_eq!(said(r#"{"version": 1, "clients": [200]}"#), ["clients: found [200]; expected an object {…}"]);
    }

    #[test]
    fn fifty_problems_are_enough() {
        let fields: Vec<String> = (0..200).map(|number| format!("\"x{number}\": 0")).collect();
        assert_eq!(said(&format!("{{\"version\": 1, {}}}", fields.join(", "))).len(), MOST);
    }

    /// Replaces, removes, renames or doubles something at random, and wants an answer: never a panic.
    #[test]
    fn nothing_panics_on_any_input() {
        let everything = include_str!("../../tests/data/everything.json");
        let faults = parse(everything).expect("a valid scenario").faults;
        let cluster = include_str!("../../tests/data/cluster.json").to_owned();
        let pool = include_str!("../../tests/data/pool.json").to_owned();
        let seeds = [everything.to_owned(), Scenario { faults, ..Scenario::default() }.to_json(), cluster, pool];
        let strange = [
            "null",
            "true",
            "-1",
            "0",
            "1",
            "255",
            "256",
            "1e99",
            "18446744073709551615",
            "9223372036854775807",
            "0.5",
            "\"\"",
            "\"master\"",
            "\"majority\"",
            "[]",
            "[[]]",
            "{}",
            "{\"node\":0}",
            "{\"node\":255}",
            "[0,0]",
            "[1,2,3]",
            "{\"alone\":{}}",
            "{\"alone\":{},\"majority\":{}}",
        ];
        for seed in 0..4_000_u64 {
            let mut dice = Dice::keyed(seed, Domain::Step, 0, 0);
            let text = &seeds[dice.below(4) as usize];
            let mut document: Value = serde_json::from_str(text).unwrap();
            for _ in 0..=dice.below(4) {
                mutate(&mut document, &mut dice, &strange);
            }
            let mutated = document.to_string();
            if let Ok(scenario) = parse(&mutated) {
                assert_eq!(scenario.validate(), Ok(()), "seed {seed}: {mutated}");
                assert_eq!(parse(&scenario.to_json()), Ok(scenario.clone()), "seed {seed}: {mutated}");
                scenario.world(seed);
                super::super::plan::Plan::new(&scenario, seed);
            }
            let broken: String = text.chars().take(dice.below(text.len() as u64 / 2) as usize).collect();
            assert!(parse(&broken).is_err());
        }
    }

    fn mutate(value: &mut Value, dice: &mut Dice, strange: &[&str]) {
        let deeper = dice.below(8) > 0;
        match value {
            Value::Object(fields) if deeper && !fields.is_empty() => {
                let key = fields.keys().nth(dice.below(fields.len() as u64) as usize).unwrap().clone();
                match dice.below(12) {
                    0 => _ = fields.remove(&key),
                    1 => {
                        let field = fields.remove(&key).unwrap();
                        fields.insert(format!("{key}s"), field);
                    }
                    _ => mutate(&mut fields[&key], dice, strange),
                }
            }
            Value::Array(items) if deeper && !items.is_empty() => {
                let index = dice.below(items.len() as u64) as usize;
                match dice.below(12) {
                    0 => _ = items.remove(index),
                    1 => items.push(items[index].clone()),
                    _ => mutate(&mut items[index], dice, strange),
                }
            }
            other => *other = serde_json::from_str(strange[dice.below(strange.len() as u64) as usize]).unwrap(),
        }
    }
}
