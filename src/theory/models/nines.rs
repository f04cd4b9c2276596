//! What an availability allows: downtime per year, month, week and day.

use super::super::fields::{Fields, HasFields};
use super::super::limits;
use super::super::outputs::Outputs;
use super::super::share::Share;
use super::Theory;

/// Minutes of a day.
const DAY_MIN: f64 = 1_440.0;

/// A table of availabilities.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Nines {
    /// The availabilities.
    pub availabilities: Vec<Share>,
}

impl HasFields for Nines {
    fn fields(&mut self, at: &mut Fields) {
        at.availabilities("availabilities", &mut self.availabilities, limits::ROWS);
    }
}

impl Theory for Nines {
    fn outputs(&self) -> Outputs {
        let rows = self.availabilities.iter().map(|share| {
            let minutes_of = |days: f64| share.down * days * DAY_MIN;
            Outputs::new()
                .share("availability", *share)
                .number("minutes_per_year_365d", minutes_of(365.0))
                .number("minutes_per_year_365_25d", minutes_of(365.25))
                .number("minutes_per_30d", minutes_of(30.0))
                .number("minutes_per_month_year_over_12_365d", minutes_of(365.0) / 12.0)
                .number("minutes_per_week", minutes_of(7.0))
                .number("seconds_per_day", minutes_of(1.0) * 60.0)
        });
        Outputs::table(rows.collect())
    }
}
