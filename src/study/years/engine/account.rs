//! The sums: what is down since when, and for which cause; the longest outage, cycles, years.

use super::{Cause, Chunk, Micros, Outage, PREFERRED, Running, YEAR_US};

impl Chunk<'_> {
    /// Notes what has become of the service.
    pub(super) fn settle(&mut self) {
        debug_assert!(
            self.leader.is_some()
                || self.running != Running::Nothing
                || self.candidates() < self.plant.needed
                || self.takeover.is_none(),
            "somebody could serve and nobody does anything about it"
        );
        let down = self.why_down();
        if down != self.down {
            self.close_cause();
            match (self.down, down) {
                (None, Some(_)) => self.begin_outage(),
                (Some(_), None) => self.outage_over(),
                _ => {}
            }
            self.down = down;
            self.cause_from = self.now;
            if self.plant.rest_while_down {
                self.rest(down == Some(Cause::TooFew));
            }
        }
        if down.is_none() && self.up == self.plant.nodes && self.is_as_at_first() {
            self.tally.cycle(self.now - self.cycle_from, self.cycle_down, self.cycle_outages);
            (self.cycle_from, self.cycle_down, self.cycle_outages) = (self.now, 0, 0);
        }
    }

    /// Given that everybody is up and the service too: is it as if the years had just begun?
    pub(super) fn is_as_at_first(&self) -> bool {
        (self.alike || self.leader.is_none_or(|leader| leader == PREFERRED))
            && self.outside.is_calm()
            && self.supports.iter().all(super::Supporting::is_well)
    }

    fn begin_outage(&mut self) {
        self.years_until(self.now);
        self.tally.outages += 1;
        self.cycle_outages += 1;
        self.year_outages += 1;
        self.outage_from = self.now;
    }

    fn outage_over(&mut self) {
        let (length_us, chunk, from_us) = (self.now - self.outage_from, self.number, self.outage_from);
        if length_us > self.longest_us {
            self.longest_us = length_us;
            self.tally.outage_over(Outage { length_us, chunk, from_us });
        }
    }

    fn why_down(&self) -> Option<Cause> {
        if self.leader.is_some() || (self.takeover.is_none() && self.up >= self.plant.needed) {
            return self.missing_support();
        }
        if self.up >= self.plant.needed
            && let Some(cause) = self.waits_for_support()
        {
            return Some(cause);
        }
        Some(match self.running {
            Running::Nothing => self.why_too_few(),
            _ if self.up < self.plant.needed => Cause::InVain,
            Running::Failback | Running::FailbackWait => Cause::Failback,
            Running::Automatic => Cause::Automatic,
            Running::ByHand => Cause::ByHand,
            Running::Restart => Cause::Restart,
            Running::Switchover => Cause::Maintenance,
        })
    }

    /// Counts the time down for one cause, in the years in which it was.
    pub(super) fn close_cause(&mut self) {
        let Some(cause) = self.down else { return };
        self.tally.down_us[cause as usize] += u128::from(self.now - self.cause_from);
        self.cycle_down += self.now - self.cause_from;
        let mut from = self.cause_from;
        while self.year_end <= self.now {
            let end = self.year_end;
            self.year_down += end.saturating_sub(from);
            from = from.max(end);
            self.end_year();
        }
        self.year_down += self.now - from;
    }

    pub(super) fn years_until(&mut self, end: Micros) {
        while self.year_end <= end {
            self.end_year();
        }
    }

    fn end_year(&mut self) {
        self.tally.year(self.year_down, self.year_outages);
        (self.year_down, self.year_outages) = (0, 0);
        self.year_end += YEAR_US;
    }
}
