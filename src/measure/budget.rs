//! An availability objective, and how much of what it allows is used up.

use super::incident::Incident;
use crate::sim::{Micros, SimTime};

/// The error budget of one window of time that ends now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Budget {
    /// Downtime that the objective allows in a whole window.
    pub allowed_us: Micros,
    /// Downtime in the window so far, on the mean over all shards.
    pub used_us: Micros,
    /// The part of the window that has passed: less than all of it while the run is younger.
    pub passed_us: Micros,
    /// The whole window.
    pub window_us: Micros,
}

impl Budget {
    /// The budget of an objective in parts per million (999 000: three nines) over a window that ends at `now`, of a
    /// system with so many shards.
    pub fn of(
        incidents: &[impl AsRef<Incident>],
        shards: u8,
        now: SimTime,
        objective_ppm: u32,
        window_us: Micros,
    ) -> Self {
        let from = SimTime::from_us(now.us().saturating_sub(window_us));
        let used = |incident: &Incident| {
            let ended = incident.ended.unwrap_or(now).min(now);
            ended.since(incident.started.max(from))
        };
        let used_us: Micros = incidents.iter().map(|incident| used(incident.as_ref())).sum();
        let error_ppm = 1_000_000_u32.saturating_sub(objective_ppm);
        Self {
            allowed_us: (u128::from(window_us) * u128::from(error_ppm) / 1_000_000) as Micros,
            used_us: used_us / u64::from(shards),
            passed_us: now.since(from),
            window_us,
        }
    }

    /// What is left; negative when overdrawn.
    pub fn left_us(&self) -> i64 {
        self.allowed_us.cast_signed() - self.used_us.cast_signed()
    }

    /// How fast it is used up: at 1 it lasts exactly one window. None before any time has passed, and for an
    /// objective that allows nothing.
    pub fn burn_rate(&self) -> Option<f64> {
        let even = self.allowed_us as f64 * (self.passed_us as f64 / self.window_us.max(1) as f64);
        (even > 0.0).then(|| self.used_us as f64 / even)
    }
}
