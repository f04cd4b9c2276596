//! The ribbon: from simulated time to pixels and back, ticks, and marks that do not cover each other.

use crate::sim::SimTime;

/// The stretch of time that the ribbon shows; it begins at zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    /// Where it ends, in microseconds.
    pub end_us: u64,
}

/// A number on the time axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tick {
    /// When, in microseconds.
    pub at_us: u64,
    /// Where, as a share of the width.
    pub share: f64,
}

const SECOND: u64 = 1_000_000;
/// Lengths of the ribbon in seconds: it grows in steps, so that it stands still in between.
const STEPS: [u64; 22] = [
    30,
    60,
    120,
    300,
    600,
    1_200,
    1_800,
    3_600,
    7_200,
    10_800,
    21_600,
    43_200,
    86_400,
    172_800,
    432_000,
    864_000,
    2_592_000,
    5_184_000,
    15_552_000,
    31_536_000,
    63_072_000,
    315_360_000,
];
/// Distances of ticks in seconds.
const DISTANCES: [u64; 20] = [
    5, 10, 20, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400, 432_000, 864_000, 2_592_000,
    15_552_000, 31_536_000,
];

impl Scale {
    /// A ribbon on which everything up to `explored` has room.
    pub fn new(explored: SimTime) -> Self {
        let seconds = explored.us() / SECOND + explored.us() / (20 * SECOND);
        let end = STEPS.iter().find(|step| **step > seconds).copied().unwrap_or(seconds.max(1) * 2);
        Self { end_us: end * SECOND }
    }

    /// Where an instant stands, as a share of the width.
    pub fn share(self, at: SimTime) -> f64 {
        (at.us() as f64 / self.end_us as f64).min(1.0)
    }

    /// The instant at a share of the width.
    pub fn instant(self, share: f64) -> SimTime {
        SimTime::from_us((share.clamp(0.0, 1.0) * self.end_us as f64) as u64)
    }

    /// Ticks for a ribbon of `width` pixels.
    pub fn ticks(self, width: f64) -> Vec<Tick> {
        let most = (width / 96.0).max(2.0) as u64;
        // Half hours are read well beside one or two hours, not beside five.
        let fits = |us: &u64| self.end_us / us <= most && (*us != 1_800 * SECOND || self.end_us <= 7_200 * SECOND);
        let distance = DISTANCES.iter().map(|seconds| seconds * SECOND).find(fits);
        let distance = distance.unwrap_or(self.end_us);
        (0..=self.end_us / distance)
            .map(|number| number * distance)
            .map(|at_us| Tick { at_us, share: at_us as f64 / self.end_us as f64 })
            .collect()
    }
}

/// Which of the marks at these places (pixels, ascending) get a label, when labels are `room` pixels wide: a mark
/// whose label would cover the label before it goes without.
pub fn spread(places: &[f64], room: f64) -> Vec<bool> {
    let mut free_from = f64::NEG_INFINITY;
    places
        .iter()
        .map(|place| {
            let fits = *place >= free_from;
            if fits {
                free_from = place + room;
            }
            fits
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_been_explored_has_room_on_the_ribbon() {
        for seconds in [0, 1, 29, 30, 57, 3_599, 100_000, 40_000_000, 4_000_000_000] {
            let explored = SimTime::from_us(seconds * SECOND);
            let scale = Scale::new(explored);
            assert!(scale.end_us > explored.us(), "{seconds}");
            assert!(scale.ticks(1248.0).len() <= 15, "{seconds}");
        }
    }

    #[test]
    fn a_place_on_the_ribbon_is_the_instant_that_stands_there() {
        let scale = Scale::new(SimTime::from_us(40 * SECOND));
        let at = SimTime::from_us(12_345_678);
        assert!(scale.instant(scale.share(at)).us().abs_diff(at.us()) <= 1);
    }

    #[test]
    fn crowded_labels_are_left_out() {
        assert_eq!(spread(&[0.0, 10.0, 30.0, 45.0], 24.0), [true, false, true, false]);
    }
}
