//! How long ago a leader last spoke when it fails: the mean age of its last word.
//!
//! Followers wait from there on, so it comes off what they wait. A leader speaks of its own accord, at a fixed pace; and
//! whenever something is written or read, once when it is proposed and once more when it is committed. At a moment that has
//! nothing to do with any of these, the age is above `a` if none of them has spoken within `a`; the mean is the integral of
//! that chance. A pace alone comes to half of it.

/// Of what a leader's words consist.
#[derive(Clone, Copy, Debug)]
pub(super) struct Words {
    /// From one word of its own accord to the next.
    pub pace_us: f64,
    /// From one canary to the next; infinite if there is none.
    pub canary_us: f64,
    /// Writes of users in a microsecond.
    pub write_rate: f64,
    /// Reads of users in a microsecond, where they make the leader speak.
    pub read_rate: f64,
    /// From a proposal to the word that it is committed.
    pub commit_us: f64,
}

/// Steps of the integral.
const STEPS: u32 = 1_000;
/// So many times the mean pause between two requests never pass without one: e⁻⁴⁰.
const NEVER: f64 = 40.0;

impl Words {
    /// Only of its own accord.
    pub(super) fn paced(pace_us: f64) -> Self {
        let canary_us = f64::INFINITY;
        Self { pace_us, canary_us, write_rate: 0.0, read_rate: 0.0, commit_us: 0.0 }
    }

    /// The mean age of the last one.
    pub(super) fn age_us(&self) -> f64 {
        // Users who speak all the time leave no silence beyond this that counts.
        let users = NEVER / (self.write_rate + self.read_rate);
        let longest = self.pace_us.min(self.canary_us).min(users);
        let step = longest / f64::from(STEPS);
        (0..STEPS).map(|index| self.silent_for((f64::from(index) + 0.5) * step) * step).sum()
    }

    /// The chance that nothing was said for so long.
    fn silent_for(&self, us: f64) -> f64 {
        let paced = (1.0 - us / self.pace_us).max(0.0);
        let canaries = if self.canary_us.is_finite() {
            let commit = self.commit_us % self.canary_us;
            ((commit - us).max(0.0) + (self.canary_us - commit - us).max(0.0)) / self.canary_us
        } else {
            1.0
        };
        let users = self.write_rate * (us + us.min(self.commit_us)) + self.read_rate * us;
        paced * canaries * libm::exp(-users)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_pace_half_has_passed() {
        assert!((Words::paced(1e6).age_us() - 5e5).abs() < 1.0);
    }

    #[test]
    fn a_commit_halfway_between_two_canaries_halves_it() {
        let words = Words { canary_us: 5e5, commit_us: 2.5e5, ..Words::paced(1e12) };
        assert!((words.age_us() / 1.25e5 - 1.0).abs() < 1e-3, "{}", words.age_us());
        // Two paces that know nothing of each other: a third.
        let two = Words { canary_us: 5e5, ..Words::paced(5e5) };
        assert!((two.age_us() / (5e5 / 3.0) - 1.0).abs() < 1e-3, "{}", two.age_us());
    }

    #[test]
    fn users_who_write_all_the_time_leave_no_silence() {
        let words = Words { write_rate: 1e-5, ..Words::paced(1e8) };
        assert!((words.age_us() / 1e5 - 1.0).abs() < 0.01, "{}", words.age_us());
    }
}
