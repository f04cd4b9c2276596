//! The inputs of architectures: what kind of amount each is, how far its slider goes, and which values are allowed at all.

use super::super::decimal;
use super::super::limits;
use super::super::problem::{Kind, Range, Wrong};

/// Seconds of an hour.
const HOUR_S: f64 = 3_600.0;

/// An input. Times are mean times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Input {
    /// Up time of a node, or of the first part of a row.
    Mttf,
    /// Repair time of a node, or of the first part of a row.
    Mttr,
    /// Up time of the second part.
    Mttf2,
    /// Repair time of the second part.
    Mttr2,
    /// Up time of the third part.
    Mttf3,
    /// Repair time of the third part.
    Mttr3,
    /// How many nodes there are.
    Nodes,
    /// How many of them must be up.
    Needed,
    /// From the failure of the master until the standby serves.
    Failover,
    /// Probability that the automatic failover works.
    Coverage,
    /// A failover by hand.
    Manual,
    /// Until a test finds a standby that died unseen.
    Test,
    /// From the repair of the preferred master until the service goes back to it.
    Wait,
    /// The outage of going back.
    Failback,
    /// An election.
    Election,
    /// Failure rate of the standby divided by the master's.
    Dormancy,
    /// The power by which nodes that carry more fail more often.
    Gamma,
    /// The load, in nodes that it keeps busy.
    Demand,
    /// How many nodes can be repaired at once.
    Crews,
    /// Share of the failures that take all nodes down.
    CommonCause,
}

/// What an input is measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// Seconds.
    Time,
    /// A number from 0 to 1.
    Share,
    /// A whole number.
    Count,
    /// A plain number.
    Factor,
}

/// A unit of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Time {
    /// Seconds.
    Second,
    /// Minutes.
    Minute,
    /// Hours.
    Hour,
    /// Days.
    Day,
    /// Years of 365 days.
    Year,
}

/// The units of time, from the shortest.
pub const TIMES: [Time; 5] = [Time::Second, Time::Minute, Time::Hour, Time::Day, Time::Year];

impl Time {
    /// Its length in seconds.
    pub fn seconds(self) -> f64 {
        match self {
            Self::Second => 1.0,
            Self::Minute => 60.0,
            Self::Hour => HOUR_S,
            Self::Day => 24.0 * HOUR_S,
            Self::Year => 8_760.0 * HOUR_S,
        }
    }
}

/// How places on a slider, or on the axis of a chart, become values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Evenly.
    Linear,
    /// By factors.
    Log,
    /// A share of which the distance to 1 goes by factors; its ends are 0 and 1 themselves.
    Nines,
    /// Evenly, by whole numbers.
    Whole,
}

/// The values that a slider reaches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    /// Smallest.
    pub from: f64,
    /// Greatest.
    pub to: f64,
    /// What lies between.
    pub scale: Scale,
}

/// So near to 1 comes a slider of [`Scale::Nines`] before it reaches 1.
const NEAREST_NINES: f64 = 6.0;

impl Span {
    const fn log(from: f64, to: f64) -> Self {
        Self { from, to, scale: Scale::Log }
    }

    const fn whole(from: u32, to: u32) -> Self {
        Self { from: from as f64, to: to as f64, scale: Scale::Whole }
    }

    /// The value at a place from 0 to 1.
    pub fn at(&self, place: f64) -> f64 {
        let even = self.from + (self.to - self.from) * place;
        match self.scale {
            Scale::Linear => even,
            Scale::Whole => libm::round(even),
            Scale::Log => self.from * libm::pow(self.to / self.from, place),
            Scale::Nines if place <= 0.0 => 0.0,
            Scale::Nines if place >= 1.0 => 1.0,
            Scale::Nines => 1.0 - libm::pow(10.0, -NEAREST_NINES * place),
        }
    }

    /// The place of a value, from 0 to 1; what lies outside is at an end.
    pub fn place(&self, value: f64) -> f64 {
        let place = match self.scale {
            Scale::Linear | Scale::Whole => (value - self.from) / (self.to - self.from),
            Scale::Log => libm::log(value / self.from) / libm::log(self.to / self.from),
            Scale::Nines => -libm::log10(decimal::complement(value.clamp(0.0, 1.0))) / NEAREST_NINES,
        };
        if place.is_nan() { 0.0 } else { place.clamp(0.0, 1.0) }
    }
}

impl Input {
    /// How many there are.
    pub(super) const COUNT: usize = Self::CommonCause as usize + 1;

    /// A word for tests and files; the same in every language.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mttf => "mttf",
            Self::Mttr => "mttr",
            Self::Mttf2 => "mttf-2",
            Self::Mttr2 => "mttr-2",
            Self::Mttf3 => "mttf-3",
            Self::Mttr3 => "mttr-3",
            Self::Nodes => "nodes",
            Self::Needed => "needed",
            Self::Failover => "failover",
            Self::Coverage => "coverage",
            Self::Manual => "manual-failover",
            Self::Test => "standby-test",
            Self::Wait => "failback-wait",
            Self::Failback => "failback",
            Self::Election => "election",
            Self::Dormancy => "dormancy",
            Self::Gamma => "gamma",
            Self::Demand => "demand",
            Self::Crews => "crews",
            Self::CommonCause => "common-cause",
        }
    }

    /// The parameter of the models that it is, its unit there, and how many of its own units that is.
    pub(in crate::theory) fn field(self) -> (&'static str, &'static str, f64) {
        const HOURS: &str = "hours";
        const SECONDS: &str = "seconds";
        match self {
            Self::Mttf | Self::Mttf2 | Self::Mttf3 => ("mttf_hours", HOURS, HOUR_S),
            Self::Mttr | Self::Mttr2 | Self::Mttr3 => ("mttr_hours", HOURS, HOUR_S),
            Self::Test => ("standby_test_mean_hours", HOURS, HOUR_S),
            Self::Wait => ("failback_wait_mean_hours", HOURS, HOUR_S),
            Self::Failover => ("failover_mean_seconds", SECONDS, 1.0),
            Self::Manual => ("manual_failover_mean_seconds", SECONDS, 1.0),
            Self::Failback => ("failback_mean_seconds", SECONDS, 1.0),
            Self::Election => ("election_mean_seconds", SECONDS, 1.0),
            Self::Nodes => ("n", "", 1.0),
            Self::Needed => ("k", "", 1.0),
            Self::Coverage => ("coverage", "", 1.0),
            Self::Dormancy => ("dormancy_factor", "", 1.0),
            Self::Gamma => ("gamma", "", 1.0),
            Self::Demand => ("demand", "", 1.0),
            Self::Crews => ("crews", "", 1.0),
            Self::CommonCause => ("common_cause", "", 1.0),
        }
    }

    /// What it is measured in.
    pub fn amount(self) -> Amount {
        match self {
            Self::Nodes | Self::Needed | Self::Crews => Amount::Count,
            Self::Coverage | Self::CommonCause => Amount::Share,
            Self::Dormancy | Self::Gamma | Self::Demand => Amount::Factor,
            _ => Amount::Time,
        }
    }

    /// Whether it is an up time, which may be given as an MTBF.
    pub fn is_up_time(self) -> bool {
        matches!(self, Self::Mttf | Self::Mttf2 | Self::Mttf3)
    }

    /// The repair time that goes with an up time.
    pub(super) fn repair(self) -> Self {
        match self {
            Self::Mttf2 => Self::Mttr2,
            Self::Mttf3 => Self::Mttr3,
            _ => Self::Mttr,
        }
    }

    /// What one starts from.
    pub fn start(self) -> f64 {
        match self {
            Self::Mttf => 1_000.0 * HOUR_S,
            Self::Mttf2 => 2_000.0 * HOUR_S,
            Self::Mttf3 => 5_000.0 * HOUR_S,
            Self::Mttr | Self::Mttr2 | Self::Mttr3 => 10.0 * HOUR_S,
            Self::Nodes => 3.0,
            Self::Needed | Self::Demand | Self::Crews => 2.0,
            Self::Failover => 30.0,
            Self::Coverage => 0.95,
            Self::Manual => 1_800.0,
            Self::Test => 24.0 * HOUR_S,
            Self::Wait => HOUR_S,
            Self::Failback | Self::Election => 5.0,
            Self::Dormancy => 1.0,
            Self::Gamma | Self::CommonCause => 0.0,
        }
    }

    /// The unit that one starts with.
    pub fn unit(self) -> Time {
        match self {
            Self::Failover | Self::Failback | Self::Election => Time::Second,
            Self::Manual => Time::Minute,
            _ => Time::Hour,
        }
    }

    /// How far its slider goes; what is allowed goes further. `nodes`: how many nodes there are, which some cannot exceed.
    pub fn span(self, nodes: u32) -> Span {
        match self {
            Self::Mttf | Self::Mttf2 | Self::Mttf3 => Span::log(HOUR_S, 1e6 * HOUR_S),
            Self::Mttr | Self::Mttr2 | Self::Mttr3 => Span::log(1.0, 1_000.0 * HOUR_S),
            Self::Failover | Self::Failback | Self::Election => Span::log(0.01, 100_000.0),
            Self::Manual => Span::log(1.0, 1_000_000.0),
            Self::Test | Self::Wait => Span::log(60.0, 10_000.0 * HOUR_S),
            Self::Coverage => Span { from: 0.0, to: 1.0, scale: Scale::Nines },
            Self::CommonCause => Span { from: 0.0, to: 0.5, scale: Scale::Linear },
            Self::Dormancy => Span { from: 0.0, to: 1.0, scale: Scale::Linear },
            Self::Gamma => Span { from: 0.0, to: 4.0, scale: Scale::Linear },
            Self::Nodes => Span::whole(1, 15),
            Self::Needed | Self::Crews => Span::whole(1, nodes.max(2)),
            Self::Demand => Span { from: 0.1, to: f64::from(nodes.max(1)), scale: Scale::Linear },
        }
    }

    /// Which values are allowed, in its own measure; times in seconds.
    pub fn range(self) -> Range {
        let seconds = |(from, to): (f64, f64), unit: f64| Range::closed("seconds", (from * unit, to * unit));
        match self {
            Self::Failover | Self::Failback | Self::Election | Self::Manual => seconds(limits::SECONDS, 1.0),
            Self::Coverage | Self::Dormancy => Range::closed("", (0.0, 1.0)),
            // With all failures common, nodes would never fail by themselves.
            Self::CommonCause => Range::closed("", (0.0, 0.99)),
            Self::Gamma => Range::closed("", (0.0, limits::GAMMA)),
            Self::Demand => Range::closed("", limits::FACTOR),
            Self::Nodes | Self::Needed | Self::Crews => Range::closed("", (1.0, f64::from(limits::NODES))),
            _ => seconds(limits::HOURS, HOUR_S),
        }
    }

    /// Whether a value is allowed, whatever the other inputs are.
    pub fn check(self, value: f64) -> Result<f64, Wrong> {
        let range = self.range();
        if !range.has(value) {
            return Err(Wrong::Range { found: value, expected: range });
        }
        if self.amount() == Amount::Count && libm::trunc(value) < value {
            return Err(Wrong::Kind { found: decimal::number(value), expected: Kind::Whole });
        }
        Ok(value)
    }
}

/// Reads what was typed into a field, in percent if `percent`, as the decimal number that it is.
///
/// ```
/// use ha_lab::theory::explore::read;
///
/// assert_eq!(read("99.9999", true).unwrap().to_string(), "0.999999");
/// assert!(read("many", false).is_err());
/// ```
pub fn read(text: &str, percent: bool) -> Result<f64, Wrong> {
    let trimmed = text.trim();
    let wrong = || Wrong::Kind { found: trimmed.chars().take(24).collect(), expected: Kind::Number };
    let plain = trimmed.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    if !plain || trimmed.is_empty() {
        return Err(wrong());
    }
    // The point is moved in the text: divided by 100, 99.9 would lose its last digit.
    let moved = if percent && !trimmed.contains(['e', 'E']) { format!("{trimmed}e-2") } else { trimmed.to_owned() };
    let value: f64 = moved.parse().map_err(|_| wrong())?;
    Ok(if percent && trimmed.contains(['e', 'E']) { value / 100.0 } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slider_comes_back_to_where_it_was() {
        for input in [Input::Mttf, Input::Coverage, Input::Dormancy, Input::Failover, Input::CommonCause] {
            let span = input.span(3);
            for step in 0..=100 {
                let place = f64::from(step) / 100.0;
                assert!((span.place(span.at(place)) - place).abs() < 1e-6, "{input:?} at {place}");
            }
            assert!(
                input.check(span.from).is_ok() && input.check(span.to).is_ok(),
                "{input:?}: a slider offers no errors"
            );
        }
    }

    #[test]
    fn what_is_typed_is_taken_at_its_word() {
        assert_eq!(read(" 99.9 ", true), Ok(0.999));
        assert_eq!(read("1e3", false), Ok(1_000.0));
        assert_eq!(read("1e1", true), Ok(0.1));
        for text in ["", "many", "inf", "NaN", "1.2.3", "0x10", "１０"] {
            assert!(matches!(read(text, false), Err(Wrong::Kind { expected: Kind::Number, .. })), "'{text}'");
        }
        assert!(matches!(Input::Mttf.check(read("1e999", false).unwrap_or(1.0)), Err(Wrong::Range { .. })));
        assert!(matches!(Input::Nodes.check(2.5), Err(Wrong::Kind { expected: Kind::Whole, .. })));
        assert!(matches!(Input::Nodes.check(102.0), Err(Wrong::Range { .. })));
    }
}
