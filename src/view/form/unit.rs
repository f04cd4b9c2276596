//! Units: the document counts in microseconds and parts in a million, people do not.

use serde_json::{Value, json};

use super::super::fixed::read_scaled;
use crate::i18n::{Lang, Texts, number_between};

/// In what a number is shown, and how many of the document's units make one of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A plain number.
    Count,
    /// Microseconds, shown as milliseconds.
    Ms,
    /// Microseconds, shown as seconds.
    Seconds,
    /// Parts in a million, shown in per cent.
    Ppm,
    /// Thousandths, shown in per cent.
    Permille,
    /// Thousandths, shown as a number.
    Milli,
    /// Thousandths, shown as so many times.
    Times,
    /// Parts in a billion, shown as milliseconds gained in each second.
    Drift,
}

impl Unit {
    /// Units of the document in one that is shown.
    pub fn scale(self) -> u64 {
        match self {
            Self::Count => 1,
            Self::Ms | Self::Milli | Self::Times => 1_000,
            Self::Seconds | Self::Drift => 1_000_000,
            Self::Ppm => 10_000,
            Self::Permille => 10,
        }
    }

    /// What stands behind the number.
    pub fn name(self, t: &Texts) -> &'static str {
        match self {
            Self::Count | Self::Milli => "",
            Self::Ms => t.unit_ms,
            Self::Seconds => t.unit_s,
            Self::Ppm | Self::Permille => t.unit_percent,
            Self::Times => t.unit_times,
            Self::Drift => t.unit_drift,
        }
    }

    /// The number as it is shown, exactly.
    pub fn show(self, value: &Value) -> String {
        let number = match value {
            Value::Number(number) if number.is_i64() => number.as_i64().unwrap_or_default(),
            Value::Number(other) => return other.to_string(),
            other => return other.as_str().unwrap_or_default().to_owned(),
        };
        let (scale, parts) = (self.scale(), number.unsigned_abs());
        let digits = scale.ilog10() as usize;
        let sign = if number < 0 { "-" } else { "" };
        let text = format!("{sign}{}.{:0digits$}", parts / scale, parts % scale);
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }

    /// A range of the document's numbers, as it is said at the field.
    pub fn between(self, (min, max): (i64, i64), lang: Lang) -> String {
        let shown = |number: i64| self.show(&json!(number));
        number_between(lang, &shown(min), &shown(max), self.name(lang.texts()))
    }

    /// The number that was typed; what is none stays a text, for the reader to complain about.
    pub fn read(self, text: &str) -> Value {
        read_scaled(text, self.scale()).map_or_else(|| json!(text), |number| json!(number))
    }
}
