//! Two kinds of time, in microseconds, that cannot be mixed up.
//!
//! [`SimTime`] is the world's and only the world and the trace have it. [`LocalTime`] is one machine's own
//! monotonic clock, which may start elsewhere and run faster or slower; leases and timeouts live on it.

/// A length of time in microseconds.
pub type Micros = u64;

/// An instant of the simulated world, in microseconds since its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SimTime(u64);

/// An instant on one machine's own monotonic clock, in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalTime(u64);

impl SimTime {
    /// The start of every world.
    pub const ZERO: Self = Self(0);
    /// Later than anything that will happen.
    pub const NEVER: Self = Self(u64::MAX);

    /// The instant `us` microseconds after the start.
    pub const fn from_us(us: Micros) -> Self {
        Self(us)
    }

    /// Microseconds since the start.
    pub const fn us(self) -> Micros {
        self.0
    }

    /// The instant `us` later; stays at [`SimTime::NEVER`] once there.
    #[must_use]
    pub const fn after(self, us: Micros) -> Self {
        Self(self.0.saturating_add(us))
    }

    /// How long it is since `earlier`; 0 if that is still to come.
    pub const fn since(self, earlier: Self) -> Micros {
        self.0.saturating_sub(earlier.0)
    }
}

impl LocalTime {
    /// The instant `us` on a local clock.
    pub const fn from_us(us: Micros) -> Self {
        Self(us)
    }

    /// Microseconds on the local clock.
    pub const fn us(self) -> Micros {
        self.0
    }

    /// The local instant `us` later.
    #[must_use]
    pub const fn after(self, us: Micros) -> Self {
        Self(self.0.saturating_add(us))
    }

    /// Local microseconds since `earlier`; 0 if that is still to come.
    pub const fn since(self, earlier: Self) -> Micros {
        self.0.saturating_sub(earlier.0)
    }
}

/// A machine's clock: local = `local_base` + (sim − `sim_base`) × (1 + rate).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Clock {
    sim_base: SimTime,
    local_base: LocalTime,
    rate_ppb: i64,
}

const BILLION: i128 = 1_000_000_000;

impl Clock {
    pub(super) const fn new(offset_us: Micros, rate_ppb: i64) -> Self {
        Self { sim_base: SimTime::ZERO, local_base: LocalTime(offset_us), rate_ppb }
    }

    pub(super) const fn rate_ppb(&self) -> i64 {
        self.rate_ppb
    }

    pub(super) fn local(&self, sim: SimTime) -> LocalTime {
        let passed = sim.since(self.sim_base);
        if self.rate_ppb == 0 {
            return self.local_base.after(passed);
        }
        let passed = i128::from(passed) * (BILLION + i128::from(self.rate_ppb)) / BILLION;
        self.local_base.after(passed as u64)
    }

    /// The first simulated instant at which the local clock shows at least `local`.
    pub(super) fn sim(&self, local: LocalTime) -> SimTime {
        let wait = local.since(self.local_base);
        if self.rate_ppb == 0 {
            return self.sim_base.after(wait);
        }
        let rate = BILLION + i128::from(self.rate_ppb);
        let wait = (i128::from(wait) * BILLION + rate - 1) / rate;
        self.sim_base.after(wait as u64)
    }

    /// From `now` on, run at another rate. The clock itself does not jump.
    pub(super) fn set_rate(&mut self, now: SimTime, rate_ppb: i64) {
        self.local_base = self.local(now);
        self.sim_base = now;
        self.rate_ppb = rate_ppb;
    }

    /// Jump by `offset_us`. A monotonic clock does not go back below zero.
    pub(super) fn jump(&mut self, now: SimTime, offset_us: i64) {
        self.local_base = LocalTime(self.local(now).us().saturating_add_signed(offset_us));
        self.sim_base = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fast_clock_reaches_its_deadline_early() {
        let fast = Clock::new(0, 100_000_000); // 10 % fast
        assert_eq!(fast.sim(LocalTime(1_100_000)), SimTime(1_000_000));
        assert!(fast.local(fast.sim(LocalTime(777_777))) >= LocalTime(777_777));
    }

    #[test]
    fn changing_the_rate_does_not_make_the_clock_jump() {
        let mut clock = Clock::new(5, 0);
        clock.set_rate(SimTime(1_000), -500_000_000);
        assert_eq!(clock.local(SimTime(1_000)), LocalTime(1_005));
        assert_eq!(clock.local(SimTime(3_000)), LocalTime(2_005));
    }
}
