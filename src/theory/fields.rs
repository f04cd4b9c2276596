//! The fields of a model, visited one by one: read from a document, or only checked.
//!
//! Each model names its fields once, with their ranges. What is read and what a slider has set goes through the same
//! checks, and all that is wrong is told together.

use serde_json::{Map, Value as Json};

use super::decimal;
use super::limits;
use super::problem::{Kind, Problem, Range, Wrong};
use super::share::Share;

/// What visits the fields.
#[derive(Debug)]
pub struct Fields<'a> {
    /// The document, if one is read.
    document: Option<&'a Map<String, Json>>,
    path: String,
    known: Vec<&'static str>,
    problems: Vec<Problem>,
}

/// What a document has for a field.
enum Given<'a> {
    /// This.
    Json(&'a Json),
    /// Nothing.
    Missing,
    /// There is no document: what is there is checked.
    Checked,
}

/// A part of a model that has fields of its own.
pub trait HasFields: Default {
    /// Visits its fields.
    fn fields(&mut self, at: &mut Fields);
}

impl<'a> Fields<'a> {
    /// Reads the fields from a document.
    pub fn reading(document: &'a Map<String, Json>, path: &str) -> Self {
        Self { document: Some(document), path: path.to_owned(), known: Vec::new(), problems: Vec::new() }
    }

    /// Checks what the fields hold.
    pub fn checking(path: &str) -> Self {
        Self { document: None, path: path.to_owned(), known: Vec::new(), problems: Vec::new() }
    }

    /// All that is wrong. What the document has beyond the visited fields is wrong too.
    pub fn problems(mut self) -> Vec<Problem> {
        for name in self.document.into_iter().flat_map(Map::keys) {
            if !self.known.contains(&name.as_str()) {
                let mtbf = name.contains("mtbf") && self.known.contains(&"mttf_hours");
                let wrong = if mtbf { Wrong::Mtbf } else { Wrong::Unknown { known: self.known.clone() } };
                let field = self.field(name);
                self.problems.push(Problem { field, wrong });
            }
        }
        self.problems.truncate(limits::PROBLEMS);
        self.problems
    }

    /// Whether the document has a field.
    pub fn has(&self, name: &str) -> bool {
        self.document.is_some_and(|document| document.contains_key(name))
    }

    /// Whether nothing is wrong so far.
    pub fn is_fine(&self) -> bool {
        self.problems.is_empty()
    }

    /// Looks no further: what is wrong already says enough.
    pub fn give_up(&mut self) {
        self.document = None;
    }

    /// Whether a document is read, and not only what is there checked.
    pub fn is_reading(&self) -> bool {
        self.document.is_some()
    }

    /// A field that somebody else reads.
    pub fn known(&mut self, name: &'static str) {
        self.known.push(name);
    }

    /// A time in hours.
    pub fn hours(&mut self, name: &'static str, value: &mut f64) {
        self.number(name, value, Range::closed("hours", limits::HOURS));
    }

    /// A time in seconds.
    pub fn seconds(&mut self, name: &'static str, value: &mut f64) {
        self.number(name, value, Range::closed("seconds", limits::SECONDS));
    }

    /// A rate per second.
    pub fn per_second(&mut self, name: &'static str, value: &mut f64) {
        self.number(name, value, Range::closed("per second", limits::PER_SECOND));
    }

    /// A probability; 0 and 1 are allowed.
    pub fn probability(&mut self, name: &'static str, value: &mut f64) {
        self.number(name, value, Range::closed("", (0.0, 1.0)));
    }

    /// A probability between 0 and 1, neither of them.
    pub fn chance(&mut self, name: &'static str, value: &mut f64) {
        self.number(name, value, Range { unit: "", from: 0.0, to: 1.0, closed: false });
    }

    /// A number in a range.
    pub fn number(&mut self, name: &'static str, value: &mut f64, range: Range) {
        match self.given(name) {
            Given::Json(json) => match json.as_f64() {
                Some(number) => *value = number,
                None => return self.kind(name, json, Kind::Number),
            },
            Given::Missing => return self.wrong(name, Wrong::Missing),
            Given::Checked => {}
        }
        if !range.has(*value) {
            self.wrong(name, Wrong::Range { found: *value, expected: range });
        }
    }

    /// A number that may be left out.
    pub fn optional_number(&mut self, name: &'static str, value: &mut Option<f64>, range: Range) {
        if self.document.is_some() && self.has(name) {
            *value = Some(0.0);
        }
        match value {
            Some(value) => self.number(name, value, range),
            None => self.known(name),
        }
    }

    /// A number that may be left out, because only one is right.
    pub fn only(&mut self, name: &'static str, right: f64) {
        self.optional_number(name, &mut None, Range::closed("", (right, right)));
    }

    /// A whole number in a range.
    pub fn count(&mut self, name: &'static str, value: &mut u32, (from, to): (u32, u32)) {
        let range = Range::closed("", (f64::from(from), f64::from(to)));
        let mut number = f64::from(*value);
        let before = self.problems.len();
        self.number(name, &mut number, range);
        if self.problems.len() > before {
            return;
        }
        if number.fract() != 0.0 {
            let found = decimal::number(number);
            return self.wrong(name, Wrong::Kind { found, expected: Kind::Whole });
        }
        *value = number as u32;
    }

    /// A whole number that may be left out.
    pub fn optional_count(&mut self, name: &'static str, value: &mut Option<u32>, range: (u32, u32)) {
        if self.document.is_some() && self.has(name) {
            *value = Some(range.0);
        }
        match value {
            Some(value) => self.count(name, value, range),
            None => self.known(name),
        }
    }

    /// A text of at most so many characters, which may be left out.
    pub fn optional_text(&mut self, name: &'static str, value: &mut String, most: usize) {
        if let Some(json) = self.optional(name, false) {
            match json.as_str() {
                Some(text) => text.clone_into(value),
                None => return self.kind(name, json, Kind::Text),
            }
        }
        let found = value.chars().count();
        if found > most {
            self.wrong(name, Wrong::Long { found, most });
        }
    }

    /// One of some words; the first is meant if it is left out and need not be there.
    pub fn word<T: Copy>(&mut self, name: &'static str, value: &mut T, needed: bool, words: &[(&'static str, T)]) {
        let Some(json) = self.optional(name, needed) else { return };
        if let Some((_, meant)) = words.iter().find(|(word, _)| json.as_str() == Some(*word)) {
            *value = *meant;
        } else {
            let known = words.iter().map(|(word, _)| *word).collect();
            self.wrong(name, Wrong::Word { found: quoted(json), known });
        }
    }

    /// A flag that is on unless the document says otherwise.
    pub fn flag(&mut self, name: &'static str, value: &mut bool) {
        let Some(json) = self.optional(name, false) else { return };
        match json.as_bool() {
            Some(flag) => *value = flag,
            None => self.kind(name, json, Kind::Bool),
        }
    }

    /// A part with fields of its own.
    pub fn part<T: HasFields>(&mut self, name: &'static str, part: &mut T) {
        let path = self.field(name);
        match self.given(name) {
            Given::Missing => self.wrong(name, Wrong::Missing),
            Given::Json(json) => self.inside(path, Some(json), part),
            Given::Checked => self.inside(path, None, part),
        }
    }

    /// A list of parts, at least one.
    pub fn parts<T: HasFields>(&mut self, name: &'static str, parts: &mut Vec<T>, most: usize) {
        let items = self.list(name, parts, most);
        for (index, part) in parts.iter_mut().enumerate() {
            let path = format!("{}[{index}]", self.field(name));
            self.inside(path, items.map(|items| &items[index]), part);
        }
    }

    /// A list of numbers, at least one.
    pub fn numbers(&mut self, name: &'static str, numbers: &mut Vec<f64>, most: usize, range: Range) {
        let items = self.list(name, numbers, most);
        for (index, number) in numbers.iter_mut().enumerate() {
            let field = format!("{}[{index}]", self.field(name));
            if let Some(json) = items.map(|items| &items[index]) {
                let Some(found) = json.as_f64() else {
                    let wrong = Wrong::Kind { found: quoted(json), expected: Kind::Number };
                    self.problems.push(Problem { field, wrong });
                    continue;
                };
                *number = found;
            }
            if !range.has(*number) {
                self.problems.push(Problem { field, wrong: Wrong::Range { found: *number, expected: range } });
            }
        }
    }

    /// An availability: a number or a decimal text.
    pub fn availability(&mut self, name: &'static str, share: &mut Share) {
        let json = match self.given(name) {
            Given::Missing => return self.wrong(name, Wrong::Missing),
            Given::Json(json) => Some(json),
            Given::Checked => None,
        };
        let field = self.field(name);
        self.problems.extend(read_availability(json, share, field));
    }

    /// A list of availabilities, each a number or a decimal text; taken at their word to the last digit.
    pub fn availabilities(&mut self, name: &'static str, shares: &mut Vec<Share>, most: usize) {
        let items = self.list(name, shares, most);
        for (index, share) in shares.iter_mut().enumerate() {
            let field = format!("{}[{index}]", self.field(name));
            self.problems.extend(read_availability(items.map(|items| &items[index]), share, field));
        }
    }

    /// Two fields in order: the first less than the second.
    pub fn below(&mut self, name: &'static str, found: f64, other: &'static str, limit: f64) {
        if found >= limit && self.problems.is_empty() {
            self.wrong(name, Wrong::Order { found, other, limit, or_equal: false });
        }
    }

    /// Two fields in order: the first not more than the second.
    pub fn not_above(&mut self, name: &'static str, found: f64, other: &'static str, limit: f64) {
        if found > limit && self.problems.is_empty() {
            self.wrong(name, Wrong::Order { found, other, limit, or_equal: true });
        }
    }

    /// Notes what is wrong with all that is here.
    pub fn wrong_here(&mut self, wrong: Wrong) {
        self.problems.push(Problem { field: self.path.clone(), wrong });
    }

    /// The document as JSON, to be quoted.
    pub fn quoted(&self) -> String {
        self.document.map_or(String::new(), |document| quoted(&Json::Object(document.clone())))
    }

    /// Notes what is wrong with a field.
    pub fn wrong(&mut self, name: &str, wrong: Wrong) {
        let field = self.field(name);
        self.problems.push(Problem { field, wrong });
    }

    /// Makes room for what the document lists; nothing if it is no list or has too many items.
    fn list<T: Default>(&mut self, name: &'static str, room: &mut Vec<T>, most: usize) -> Option<&'a Vec<Json>> {
        let items = match self.given(name) {
            Given::Missing => {
                self.wrong(name, Wrong::Missing);
                return None;
            }
            Given::Json(Json::Array(items)) => Some(items),
            Given::Json(json) => {
                self.kind(name, json, Kind::List);
                return None;
            }
            Given::Checked => None,
        };
        let found = items.map_or(room.len(), Vec::len);
        if found == 0 || found > most {
            room.clear();
            self.wrong(name, Wrong::Items { found, most });
            return None;
        }
        if items.is_some() {
            *room = (0..found).map(|_| T::default()).collect();
        }
        items
    }

    fn inside<T: HasFields>(&mut self, path: String, json: Option<&Json>, part: &mut T) {
        let mut inner = match json {
            Some(Json::Object(document)) => Fields::reading(document, &path),
            Some(other) => {
                let wrong = Wrong::Kind { found: quoted(other), expected: Kind::Object };
                return self.problems.push(Problem { field: path, wrong });
            }
            None => Fields::checking(&path),
        };
        part.fields(&mut inner);
        self.problems.append(&mut inner.problems());
    }

    fn given(&mut self, name: &'static str) -> Given<'a> {
        self.known.push(name);
        match self.document.map(|document| document.get(name)) {
            None => Given::Checked,
            Some(None) => Given::Missing,
            Some(Some(json)) => Given::Json(json),
        }
    }

    fn optional(&mut self, name: &'static str, needed: bool) -> Option<&'a Json> {
        match self.given(name) {
            Given::Json(json) => return Some(json),
            Given::Missing if needed => self.wrong(name, Wrong::Missing),
            Given::Missing | Given::Checked => {}
        }
        None
    }

    fn kind(&mut self, name: &str, json: &Json, expected: Kind) {
        self.wrong(name, Wrong::Kind { found: quoted(json), expected });
    }

    fn field(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }
}

/// Takes an availability at its word to the last digit; what is wrong with it, if anything is.
fn read_availability(json: Option<&Json>, share: &mut Share, field: String) -> Option<Problem> {
    if let Some(json) = json {
        let text = json.as_str().map(str::to_owned).or(json.as_f64().map(|number| number.to_string()));
        let down = text.as_deref().and_then(decimal::complement_of).and_then(|down| down.parse().ok());
        let up = text.and_then(|text| text.parse().ok());
        *share = up.zip(down).map_or(Share { up: 0.0, down: 0.0 }, |(up, down)| Share { up, down });
    }
    let fine = share.up > 0.0 && share.down > 0.0 && share.up <= 1.0 && share.down <= 1.0;
    let found = || json.map_or_else(|| decimal::number(share.up), quoted);
    (!fine).then(|| Problem { field, wrong: Wrong::Kind { found: found(), expected: Kind::Availability } })
}

/// A piece of a document, not longer than a line.
pub(super) fn quoted(json: &Json) -> String {
    let text = json.to_string();
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
