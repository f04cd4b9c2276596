//! What the balancer holds of one worker's health: by asking it ([`Checks`]), and by what comes back ([`Outlier`]).
//!
//! The two are independent: a worker that answers shallow checks can fail every request (gray failure), and one that
//! nobody sends requests to can only be found out by asking.

use super::config::{Check, Ejection};
use crate::ha::limits::EJECTIONS;
use crate::sim::Micros;

/// Active checks of one worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Checks {
    up: bool,
    /// Checks in a row that went against `up`.
    against: u8,
    round: u32,
    /// The check under way; none if it has been answered.
    open: bool,
}

impl Default for Checks {
    /// A worker is held to be well until checks say otherwise, as HAProxy does.
    fn default() -> Self {
        Self { up: true, against: 0, round: 0, open: false }
    }
}

impl Checks {
    /// Whether the worker is in.
    pub fn is_up(self) -> bool {
        self.up
    }

    /// Checks in a row that went against what it is held for.
    pub fn against(self) -> u8 {
        self.against
    }

    /// The next check goes out; gives its number.
    pub(super) fn ask(&mut self) -> u32 {
        self.round += 1;
        self.open = true;
        self.round
    }

    /// An answer; false if it comes too late or twice.
    pub(super) fn answered(&mut self, round: u32) -> bool {
        self.round == round && std::mem::take(&mut self.open)
    }

    /// The check under way was not answered in time; false if it was.
    pub(super) fn missed(&mut self) -> bool {
        std::mem::take(&mut self.open)
    }

    /// Counts one check; true if enough in a row have turned the worker's state.
    pub(super) fn judge(&mut self, well: bool, check: Check) -> bool {
        if well == self.up {
            self.against = 0;
            return false;
        }
        self.against = self.against.saturating_add(1);
        let turns = self.against >= if well { check.rise } else { check.fall };
        if turns {
            self.up = well;
            self.against = 0;
        }
        turns
    }
}

/// What a worker's answers say about it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Outlier {
    /// Failed requests in a row.
    failures: u8,
    /// How often it was ejected, less one for each time that it has done well for as long.
    ejections: u8,
    out: bool,
}

impl Outlier {
    /// Whether it is ejected.
    pub fn is_out(self) -> bool {
        self.out
    }

    /// How often it was ejected lately.
    pub fn ejections(self) -> u8 {
        self.ejections
    }

    /// Failed requests in a row.
    pub fn failures(self) -> u8 {
        self.failures
    }

    /// Counts one request. If the worker has now failed too many in a row, and there is room for one more, it is ejected: gives
    /// after how many failures, and for how long.
    pub(in crate::ha) fn judge(&mut self, done: bool, has_room: bool, ejection: Ejection) -> Option<(u8, Micros)> {
        (self.count(done, ejection) && has_room).then(|| {
            let failures = self.failures;
            (failures, self.eject(ejection))
        })
    }

    /// Counts one request; true if the worker has now failed too many in a row.
    fn count(&mut self, done: bool, ejection: Ejection) -> bool {
        self.failures = if done { 0 } else { self.failures.saturating_add(1) };
        !self.out && self.failures >= ejection.failures
    }

    /// It is ejected; gives for how long.
    fn eject(&mut self, ejection: Ejection) -> Micros {
        self.out = true;
        self.failures = 0;
        self.ejections = (self.ejections + 1).min(EJECTIONS);
        self.pause_us(ejection)
    }

    /// Its time is up: it comes back, or it has been back and well for as long. True if it comes back now.
    pub(in crate::ha) fn time_is_up(&mut self) -> bool {
        if std::mem::take(&mut self.out) {
            return true;
        }
        self.ejections = self.ejections.saturating_sub(1);
        false
    }

    /// How long its ejection lasts, and its probation after that; none if nothing is held against it any more.
    pub(in crate::ha) fn pause_us(self, ejection: Ejection) -> Micros {
        ejection.base_us * u64::from(self.ejections)
    }
}

/// How many workers of a pool may be ejected at once: a share, but one in any case.
pub fn most_ejected(workers: usize, ejection: Ejection) -> usize {
    (workers * ejection.share_permille as usize / 1_000).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHECK: Check = Check { interval_us: 1, timeout_us: 1, fall: 3, rise: 2, deep: false };
    const EJECTION: Ejection = Ejection { failures: 5, base_us: 30, share_permille: 100 };

    #[test]
    fn three_bad_checks_in_a_row_take_a_worker_out_and_two_good_ones_in_again() {
        let mut checks = Checks::default();
        let turns = [false, false, true, false, false, false, true, false, true, true].map(|well| {
            checks.ask();
            checks.judge(well, CHECK)
        });
        let expected = [false, false, false, false, false, true, false, false, false, true];
        assert_eq!(turns, expected);
        assert!(checks.is_up());
    }

    #[test]
    fn a_late_answer_does_not_count() {
        let mut checks = Checks::default();
        let first = checks.ask();
        assert!(checks.missed());
        assert!(!checks.answered(first), "it was given up");
        let second = checks.ask();
        assert!(!checks.answered(first) && checks.answered(second) && !checks.answered(second));
    }

    #[test]
    fn each_ejection_lasts_longer_and_doing_well_is_forgiven() {
        let mut outlier = Outlier::default();
        for _ in 0..4 {
            assert!(!outlier.count(false, EJECTION));
        }
        assert!(outlier.count(false, EJECTION));
        assert_eq!(outlier.eject(EJECTION), 30);
        assert!(!outlier.count(false, EJECTION), "what was under way does not count twice");
        assert!(outlier.time_is_up());
        assert_eq!(outlier.eject(EJECTION), 60);
        assert!(outlier.time_is_up() && !outlier.time_is_up() && !outlier.time_is_up());
        assert_eq!(outlier.pause_us(EJECTION), 0, "forgiven");
    }

    #[test]
    fn a_tenth_of_a_small_pool_is_one() {
        assert_eq!([1, 3, 8, 10, 29].map(|workers| most_ejected(workers, EJECTION)), [1, 1, 1, 1, 2]);
    }
}
