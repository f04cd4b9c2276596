//! What is wrong with a request: which field, what stands there, and what would be right. Data, so that the command line
//! says it in one language and the page in two.

use std::fmt;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// The field, like `params.components[2].mttr_hours`; empty for the whole.
    pub field: String,
    /// What is wrong with it.
    pub wrong: Wrong,
}

/// What is wrong, and what would be right.
#[derive(Clone, Debug, PartialEq)]
pub enum Wrong {
    /// It is not there.
    Missing,
    /// It stands twice in its object.
    Twice,
    /// There is no such parameter; these exist.
    Unknown {
        /// The parameters of this model.
        known: Vec<&'static str>,
    },
    /// MTBF is given where the model takes the mean up time, MTTF.
    Mtbf,
    /// Not what the field holds.
    Kind {
        /// What stands there, as JSON.
        found: String,
        /// What would be right.
        expected: Kind,
    },
    /// None of the words that the field knows.
    Word {
        /// What stands there.
        found: String,
        /// The words.
        known: Vec<&'static str>,
    },
    /// Outside of its range.
    Range {
        /// What stands there.
        found: f64,
        /// What would be right.
        expected: Range,
    },
    /// Not in order with another field.
    Order {
        /// What stands there.
        found: f64,
        /// The other field.
        other: &'static str,
        /// What stands in the other field.
        limit: f64,
        /// Whether the two may be the same.
        or_equal: bool,
    },
    /// Too many items, or none.
    Items {
        /// How many there are.
        found: usize,
        /// How many there may be.
        most: usize,
    },
    /// Blocks within blocks within blocks.
    Deep {
        /// How many lie within each other.
        found: usize,
        /// How many may.
        most: usize,
    },
    /// A text that is too long.
    Long {
        /// How many characters it has.
        found: usize,
        /// How many it may have.
        most: usize,
    },
    /// The model does not belong to the family.
    Family {
        /// The family that is named.
        found: String,
        /// The families that have the model.
        right: Vec<&'static str>,
    },
    /// No JSON.
    Json {
        /// What the reader says.
        found: String,
    },
    /// The result leaves the range of numbers whose digits hold.
    Digits,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A number.
    Number,
    /// A whole number.
    Whole,
    /// `true` or `false`.
    Bool,
    /// A text.
    Text,
    /// An object.
    Object,
    /// A list.
    List,
    /// An availability, as a number or as a decimal text.
    Availability,
    /// An object with one of the known distributions.
    Distribution,
}

/// A range of numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// The unit, such as `hours`; empty for a plain number.
    pub unit: &'static str,
    /// Smallest.
    pub from: f64,
    /// Greatest.
    pub to: f64,
    /// Whether smallest and greatest are allowed themselves.
    pub closed: bool,
}

impl Range {
    /// Numbers from `from` to `to`, both included.
    pub const fn closed(unit: &'static str, (from, to): (f64, f64)) -> Self {
        Self { unit, from, to, closed: true }
    }

    /// Whether a number lies in it.
    pub fn has(&self, value: f64) -> bool {
        if self.closed { self.from <= value && value <= self.to } else { self.from < value && value < self.to }
    }
}

/// As people write it: `1000` rather than `1000.0`, `1e9` rather than a billion.
fn plain(value: f64) -> String {
    let (short, long) = (format!("{value:e}"), value.to_string());
    if value.abs() >= 1e6 && short.len() < long.len() || value.abs() < 1e-4 && value != 0.0 { short } else { long }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, to) = (plain(self.from), plain(self.to));
        let gap = if self.unit.is_empty() { "" } else { " " };
        match self.closed {
            true if from == to => write!(f, "{from}"),
            true => write!(f, "from {from} to {to}{gap}{}", self.unit),
            false => write!(f, "above {from} and below {to}{gap}{}", self.unit),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Number => "a number",
            Self::Whole => "a whole number",
            Self::Bool => "true or false",
            Self::Text => "a text",
            Self::Object => "an object",
            Self::List => "a list",
            Self::Availability => "an availability above 0 and below 1, as a number or as a text like \"0.9995\"",
            Self::Distribution => "an object with one distribution: weibull, lognormal, exponential or constant",
        })
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => write!(f, "is missing"),
            Self::Twice => write!(f, "found more than one; expected this field once"),
            Self::Unknown { known } => write!(f, "is no parameter here; there are {}", known.join(", ")),
            Self::Mtbf => write!(
                f,
                "is no parameter here; this model takes the mean up time, mttf_hours (MTBF minus MTTR, where MTBF is \
                 counted from failure to failure)"
            ),
            Self::Kind { found, expected } => write!(f, "found {found}; expected {expected}"),
            Self::Word { found, known } => write!(f, "found {found}; expected one of {}", known.join(", ")),
            Self::Range { found, expected } => write!(f, "found {}; expected {expected}", plain(*found)),
            Self::Order { found, other, limit, or_equal } => {
                let order = if *or_equal { "at most" } else { "less than" };
                write!(f, "found {}; expected {order} {other}, which is {}", plain(*found), plain(*limit))
            }
            Self::Items { found, most } => write!(f, "found {found} items; expected from 1 to {most}"),
            Self::Deep { found, most } => write!(f, "found {found} blocks within each other; expected at most {most}"),
            Self::Long { found, most } => write!(f, "found {found} characters; expected at most {most}"),
            Self::Family { found, right } => {
                write!(f, "found {found}; expected {}, where this model belongs", right.join(" or "))
            }
            Self::Json { found } => write!(f, "expected a JSON document; {found}"),
            Self::Digits => write!(
                f,
                "the result is smaller or greater than numbers can say here; take fewer nodes or less extreme times"
            ),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let gap = if self.field.is_empty() { "" } else { ": " };
        write!(f, "{}{gap}{}", self.field, self.wrong)
    }
}
