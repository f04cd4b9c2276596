//! What a model answers: names and values in a fixed order, written as JSON with all their digits.

use std::borrow::Cow;

use super::decimal::number;
use super::limits;
use super::share::Share;

/// Hours of a year of 365 days.
pub const YEAR_HOURS: f64 = 8_760.0;

/// An answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outputs(pub Vec<(Cow<'static, str>, Value)>);

/// A value of an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A number.
    Number(f64),
    /// An availability or another share; next to 1 it is written with more digits than an `f64` has.
    Share(Share),
    /// A text.
    Text(Cow<'static, str>),
    /// Values with names.
    Group(Outputs),
    /// Rows with the same names.
    Table(Vec<Outputs>),
}

impl Outputs {
    /// No value yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a value.
    pub fn push(&mut self, name: impl Into<Cow<'static, str>>, value: Value) {
        self.0.push((name.into(), value));
    }

    /// With a number more.
    #[must_use]
    pub fn number(mut self, name: &'static str, value: f64) -> Self {
        self.push(name, Value::Number(value));
        self
    }

    /// With a text more.
    #[must_use]
    pub fn text(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.push(name, Value::Text(value.into()));
        self
    }

    /// With a share more.
    #[must_use]
    pub fn share(mut self, name: &'static str, share: Share) -> Self {
        self.push(name, Value::Share(share));
        self
    }

    /// A table alone.
    pub fn table(rows: Vec<Self>) -> Self {
        Self(vec![("table".into(), Value::Table(rows))])
    }

    /// The value of that name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// Whether all digits hold: nothing is infinite, and nothing so near to 0 that digits may be lost.
    pub fn holds(&self) -> bool {
        self.0.iter().all(|(_, value)| match value {
            Value::Number(number) => number.is_finite(),
            Value::Share(share) => share.up.is_finite() && share.down >= limits::SMALLEST,
            Value::Text(_) => true,
            Value::Group(group) => group.holds(),
            Value::Table(rows) => rows.iter().all(Self::holds),
        })
    }

    /// As JSON, in several lines; the first of them is not indented.
    pub fn json(&self, indent: usize) -> String {
        let gap = " ".repeat(indent);
        let fields = self.0.iter().map(|(name, value)| {
            let value = match value {
                Value::Number(value) => number(*value),
                Value::Share(share) => share.text(),
                Value::Text(text) => quoted(text),
                Value::Group(group) => group.json(indent + 2),
                Value::Table(rows) => {
                    let rows: Vec<_> = rows.iter().map(|row| row.json(indent + 4)).collect();
                    format!("[\n{gap}    {}\n{gap}  ]", rows.join(&format!(",\n{gap}    ")))
                }
            };
            format!("{gap}  {}: {value}", quoted(name))
        });
        format!("{{\n{}\n{gap}}}", fields.collect::<Vec<_>>().join(",\n"))
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
