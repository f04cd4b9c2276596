//! When silence becomes suspicion: a count of missed heartbeats, or phi-accrual.
//!
//! Phi-accrual (Hayashibara et al., "The φ accrual failure detector", 2004): phi = −log₁₀ of the probability
//! that a heartbeat comes even later than now. It is turned into a timer here: the silence after which phi
//! would reach the threshold. The normal distribution's tail is approximated as Akka does.

use super::config::{Detection, SilenceLimit};
use super::limits::PHI_SAMPLES;
use crate::sim::{LocalTime, Micros};

/// Watches one sender of heartbeats.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Detector {
    heard_at: LocalTime,
    /// The last intervals between heartbeats, for phi.
    intervals: Vec<u32>,
    next: u8,
}

impl Detector {
    /// A detector that has just heard a heartbeat.
    pub fn new(now: LocalTime) -> Self {
        Self { heard_at: now, intervals: Vec::new(), next: 0 }
    }

    /// When it last heard a heartbeat.
    pub fn heard_at(&self) -> LocalTime {
        self.heard_at
    }

    /// A heartbeat is heard.
    pub fn hear(&mut self, now: LocalTime, detection: &Detection) {
        if matches!(detection.limit, SilenceLimit::Phi { .. }) {
            let interval = u32::try_from(now.since(self.heard_at)).unwrap_or(u32::MAX);
            if self.intervals.len() < PHI_SAMPLES {
                self.intervals.push(interval);
            } else {
                self.intervals[usize::from(self.next) % PHI_SAMPLES] = interval;
                self.next = (self.next + 1) % PHI_SAMPLES as u8;
            }
        }
        self.heard_at = now;
    }

    /// The silence after which the sender is suspected.
    pub fn limit_us(&self, detection: &Detection) -> Micros {
        match detection.limit {
            SilenceLimit::Missed(count) => detection.heartbeat_us * u64::from(count),
            SilenceLimit::Phi { threshold_milli } => {
                let (mean, deviation) = self.mean_and_deviation(detection.heartbeat_us);
                mean + (deviations_at(threshold_milli) * deviation as f64) as u64
            }
        }
    }

    /// Suspicion in thousandths: 1000 is the limit.
    pub fn suspicion_permille(&self, now: LocalTime, detection: &Detection) -> u32 {
        let limit = self.limit_us(detection).max(1);
        u32::try_from(now.since(self.heard_at) * 1000 / limit).unwrap_or(u32::MAX)
    }

    /// Of the intervals heard; of a guess until there are enough of them.
    fn mean_and_deviation(&self, period_us: Micros) -> (u64, u64) {
        // Akka's first estimate: the period, with a quarter of it as deviation; never below a twentieth.
        if self.intervals.len() < 4 {
            return (period_us, period_us / 4);
        }
        let count = self.intervals.len() as u64;
        let mean = self.intervals.iter().map(|&i| u64::from(i)).sum::<u64>() / count;
        let squares: u64 = self.intervals.iter().map(|&i| u64::from(i).abs_diff(mean).pow(2) / count).sum();
        (mean, squares.isqrt().max(period_us / 20))
    }
}

/// How many standard deviations after the mean phi reaches the threshold.
fn deviations_at(threshold_milli: u32) -> f64 {
    let phi = |y: f64| {
        let e = libm::exp(-y * (1.5976 + 0.070_566 * y * y));
        -libm::log10(e / (1.0 + e))
    };
    let threshold = f64::from(threshold_milli) / 1000.0;
    let (mut low, mut high) = (0.0, 40.0);
    for _ in 0..50 {
        let middle = f64::midpoint(low, high);
        if phi(middle) < threshold { low = middle } else { high = middle }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phi(threshold_milli: u32) -> Detection {
        Detection { heartbeat_us: 1_000_000, limit: SilenceLimit::Phi { threshold_milli } }
    }

    #[test]
    fn a_higher_threshold_waits_longer() {
        let detector = Detector::new(LocalTime::from_us(0));
        assert!(detector.limit_us(&phi(8_000)) > detector.limit_us(&phi(3_000)));
    }

    #[test]
    fn phi_learns_that_heartbeats_come_irregularly() {
        let detection = phi(8_000);
        let (mut steady, mut shaky) = (Detector::default(), Detector::default());
        let mut now = 0;
        for i in 0..40_u64 {
            steady.hear(LocalTime::from_us(i * 1_000_000), &detection);
            now += if i % 2 == 0 { 400_000 } else { 1_600_000 };
            shaky.hear(LocalTime::from_us(now), &detection);
        }
        assert!(shaky.limit_us(&detection) > 2 * steady.limit_us(&detection));
    }

    #[test]
    fn a_threshold_of_one_is_a_chance_of_one_in_ten() {
        // The normal distribution's upper tenth begins 1.2816 deviations above the mean.
        assert!((deviations_at(1_000) - 1.2816).abs() < 0.01);
    }
}
