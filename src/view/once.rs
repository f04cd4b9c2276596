//! How often an outage is assumed to happen: what was typed, in which unit, and the last good value. Whatever is typed, that
//! one stays.

use super::fixed::read_scaled;
use crate::sim::Micros;

/// A unit of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Hours.
    Hour,
    /// Days.
    Day,
    /// Months of 30 days.
    Month,
}

impl Unit {
    /// From the shortest.
    pub const ALL: [Self; 3] = [Self::Hour, Self::Day, Self::Month];

    /// How long it is.
    pub fn us(self) -> Micros {
        match self {
            Self::Hour => 3_600_000_000,
            Self::Day => 86_400_000_000,
            Self::Month => 30 * 86_400_000_000,
        }
    }
}

/// Hundredths that a number may have.
const SCALE: u64 = 100;
/// Greatest number, in hundredths.
const MOST: i64 = 10_000_000;

/// The field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once {
    /// What stands in it.
    pub text: String,
    /// Its unit.
    pub unit: Unit,
    /// The last good value.
    pub every_us: Micros,
    /// What stands in it is no such number.
    pub wrong: bool,
}

impl Default for Once {
    fn default() -> Self {
        Self { text: "30".into(), unit: Unit::Day, every_us: 30 * Unit::Day.us(), wrong: false }
    }
}

impl Once {
    /// Something was typed.
    pub fn typed(&mut self, text: String) {
        self.text = text;
        self.read();
    }

    /// Another unit was chosen, by its place.
    pub fn measured_in(&mut self, place: usize) {
        self.unit = Unit::ALL[place.min(Unit::ALL.len() - 1)];
        self.read();
    }

    fn read(&mut self) {
        let number = read_scaled(&self.text, SCALE).filter(|hundredths| (1..=MOST).contains(hundredths));
        self.wrong = number.is_none();
        if let Some(hundredths) = number {
            self.every_us = self.unit.us() / SCALE * hundredths.unsigned_abs();
        }
    }

    /// For another visit; nothing that is wrong is kept.
    pub fn kept(&self) -> Option<String> {
        let place = Unit::ALL.iter().position(|unit| *unit == self.unit)?;
        (!self.wrong).then(|| format!("{place} {}", self.text.trim()))
    }

    /// What was kept, if it can be read.
    pub fn from_kept(kept: &str) -> Option<Self> {
        let (place, text) = kept.split_once(' ')?;
        let mut once = Self { unit: *Unit::ALL.get(place.parse::<usize>().ok()?)?, ..Self::default() };
        once.typed(text.to_owned());
        (!once.wrong).then_some(once)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_good_value_stays() {
        let mut once = Once::default();
        once.typed("2.5".into());
        assert_eq!((once.every_us, once.wrong), (216_000_000_000, false));
        for text in ["", "0", "-3", "many", "1.2.3", "100001", "1e3"] {
            once.typed(text.into());
            assert_eq!((once.every_us, once.wrong, once.kept()), (216_000_000_000, true, None), "'{text}'");
        }
        once.typed(" 4 ".into());
        once.measured_in(2);
        assert_eq!(once.every_us, 4 * 30 * 86_400_000_000);
    }

    #[test]
    fn it_is_remembered() {
        let mut once = Once::default();
        once.measured_in(0);
        once.typed("12.25".into());
        assert_eq!(Once::from_kept(&once.kept().unwrap()), Some(once));
        for kept in ["", "9 1", "1 x", "1"] {
            assert_eq!(Once::from_kept(kept), None, "'{kept}'");
        }
    }
}
