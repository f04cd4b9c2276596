//! A question as JSON: `{"family": …, "params": {"model": …, …}}`, alone or several in a list, and its answer.
//!
//! The family says what is asked: `transient` asks a chain at the hours of `t_hours`, every other family asks its models as
//! they are. What else stands beside `family` and `params`, such as an `id`, is not looked at.

use serde_json::{Map, Value as Json};

use super::fields::{Fields, quoted};
use super::limits;
use super::models::{Model, held};
use super::outputs::Outputs;
use super::problem::{Kind, Problem, Range, Wrong};
use super::strict::{self, Unread};
use super::transient::Moment;

/// The family that asks chains at given hours.
const TRANSIENT: &str = "transient";

/// A question.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// What is asked.
    pub model: Model,
    /// At which hours; as the model defines it if empty.
    pub t_hours: Vec<f64>,
}

impl Request {
    /// Reads one question from a text.
    pub fn parse(text: &str) -> Result<Self, Vec<Problem>> {
        Self::read(&document(text)?)
    }

    /// Reads one question.
    pub fn read(json: &Json) -> Result<Self, Vec<Problem>> {
        let one = |field: &str, wrong| Err(vec![Problem { field: field.to_owned(), wrong }]);
        let Some(json) = json.as_object() else {
            return one("", Wrong::Kind { found: quoted(json), expected: Kind::Object });
        };
        let family = match word(json, "family") {
            Ok(family) => family,
            Err(wrong) => return one("family", wrong),
        };
        let families = families();
        if !families.contains(&family) {
            return one("family", Wrong::Word { found: quoted(&family.into()), known: families });
        }
        let params = match json.get("params") {
            None => return one("params", Wrong::Missing),
            Some(Json::Object(params)) => params,
            Some(other) => return one("params", Wrong::Kind { found: quoted(other), expected: Kind::Object }),
        };
        let name = match word(params, "model") {
            Ok(name) => name,
            Err(wrong) => return one("params.model", wrong),
        };
        let Some(mut model) = Model::named(name) else {
            let known = Model::ALL.iter().filter(|(_, of)| *of == family || family == TRANSIENT);
            let known = known.map(|(name, _)| *name).collect();
            return one("params.model", Wrong::Word { found: quoted(&name.into()), known });
        };
        if family != TRANSIENT && family != model.family() {
            let right = vec![model.family()];
            return one("family", Wrong::Family { found: quoted(&family.into()), right });
        }
        let mut at = Fields::reading(params, "params");
        at.known("model");
        model.fields(&mut at);
        let mut t_hours = Vec::new();
        if family == TRANSIENT {
            at.numbers("t_hours", &mut t_hours, limits::TIMES, Range::closed("hours", limits::HOURS));
        }
        let problems = at.problems();
        if !problems.is_empty() {
            return Err(problems);
        }
        if family == TRANSIENT && model.chain().is_none() {
            let right = vec![model.family()];
            return one("family", Wrong::Family { found: quoted(&family.into()), right });
        }
        Ok(Self { model, t_hours })
    }

    /// Answers it. The parameters have been checked.
    pub fn answer(&self) -> Result<Outputs, Vec<Problem>> {
        let chain = self.model.chain().filter(|_| !self.t_hours.is_empty());
        let Some(chain) = chain else { return self.model.answer() };
        let rows = self.t_hours.iter().map(|&hours| {
            let moment = Moment::of(&chain, hours);
            Outputs::new()
                .number("t_hours", hours)
                .share("point_availability", moment.now)
                .share("interval_availability_0_t", moment.so_far)
                .number("expected_downtime_minutes_0_t", moment.so_far.down * hours * 60.0)
        });
        held(Outputs::table(rows.collect()))
    }
}

/// Answers a document: one question or a list of them. The answer is JSON of the same form, with `outputs` for each.
///
/// ```
/// let question = r#"{"family": "single", "params": {"model": "single", "mttf_hours": 99, "mttr_hours": 1}}"#;
/// let answer = ha_lab::theory::answer(question).unwrap();
/// assert!(answer.contains(r#""availability": 0.99,"#), "{answer}");
///
/// let wrong = ha_lab::theory::answer(&question.replace("99", "-99")).unwrap_err();
/// assert_eq!(wrong[0].to_string(), "params.mttf_hours: found -99; expected from 1e-9 to 1e9 hours");
/// ```
pub fn answer(text: &str) -> Result<String, Vec<Problem>> {
    let json = document(text)?;
    let Json::Array(items) = json else {
        let outputs = Request::read(&json).and_then(|request| request.answer())?;
        return Ok(wrapped(&outputs, 0));
    };
    if items.is_empty() || items.len() > limits::REQUESTS {
        let wrong = Wrong::Items { found: items.len(), most: limits::REQUESTS };
        return Err(vec![Problem { field: String::new(), wrong }]);
    }
    let (mut answers, mut problems) = (Vec::new(), Vec::new());
    for (index, item) in items.iter().enumerate() {
        match Request::read(item).and_then(|request| request.answer()) {
            Ok(outputs) => answers.push(wrapped(&outputs, 2)),
            Err(found) => problems.extend(found.into_iter().map(|problem| inside(index, problem))),
        }
        if problems.len() > limits::PROBLEMS {
            break;
        }
    }
    if problems.is_empty() { Ok(format!("[\n  {}\n]", answers.join(",\n  "))) } else { Err(problems) }
}

fn document(text: &str) -> Result<Json, Vec<Problem>> {
    if text.len() > limits::REQUEST_BYTES {
        return Err(vec![no_json(format!("longer than {} bytes", limits::REQUEST_BYTES))]);
    }
    strict::read(text).map_err(|unread| match unread {
        Unread::Json(error) => vec![no_json(place(text, &error))],
        Unread::Twice(field) => vec![Problem { field, wrong: Wrong::Twice }],
    })
}

fn wrapped(outputs: &Outputs, indent: usize) -> String {
    let gap = " ".repeat(indent);
    format!("{{\n{gap}  \"outputs\": {}\n{gap}}}", outputs.json(indent + 2))
}

fn inside(index: usize, problem: Problem) -> Problem {
    let dot = if problem.field.is_empty() { "" } else { "." };
    Problem { field: format!("[{index}]{dot}{}", problem.field), ..problem }
}

fn families() -> Vec<&'static str> {
    let mut families: Vec<_> = Model::ALL.iter().map(|(_, family)| *family).collect();
    families.dedup();
    families.push(TRANSIENT);
    families
}

fn word<'a>(object: &'a Map<String, Json>, name: &str) -> Result<&'a str, Wrong> {
    let json = object.get(name).ok_or(Wrong::Missing)?;
    json.as_str().ok_or_else(|| Wrong::Kind { found: quoted(json), expected: Kind::Text })
}

fn no_json(found: String) -> Problem {
    Problem { field: String::new(), wrong: Wrong::Json { found } }
}

/// What the reader says and where, with the field that it stumbled over: `1e999` and `Infinity` are no JSON.
fn place(text: &str, error: &serde_json::Error) -> String {
    let line = text.lines().nth(error.line().saturating_sub(1)).unwrap_or_default();
    let before = line.get(..error.column().min(line.len())).unwrap_or(line);
    let field = before.rsplit_once(':').and_then(|(name, _)| name.trim_end().strip_suffix('"')?.rsplit('"').next());
    match field {
        Some(field) => format!("{field}: {error}"),
        None => error.to_string(),
    }
}
