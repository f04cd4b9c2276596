//! How fast simulated time goes beside real time.

use crate::sim::{Micros, SimTime};

/// Speeds to choose from, in thousandths of real time: 1/1000 to 1000 in steps of 1, 2, 5.
pub const SPEEDS: [u32; 19] = [
    1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000,
    1_000_000,
];

/// A frame that took longer than this was not seen: a tab in the background, a sleeping computer.
const LONGEST_FRAME_US: Micros = 250_000;
/// How long the slow motion after a fault lasts, in simulated time at the calm speed's own scale: real seconds.
const CALM_REAL_US: Micros = 8_000_000;
/// Real time over which the reached speed is measured.
const WINDOW_US: Micros = 1_000_000;

/// Whether and how fast it plays.
#[derive(Clone, Debug)]
pub struct Pace {
    /// It plays.
    pub playing: bool,
    /// Wanted speed in thousandths of real time.
    pub speed_permille: u32,
    /// Go slowly when something happens.
    pub slow_at_faults: bool,
    /// The speed at which the scenario is best watched.
    pub calm_permille: u32,
    /// Until then it goes at the calm speed.
    calm_until: SimTime,
    /// Thousandths of a simulated microsecond that are left over.
    rest: u64,
    /// Real and simulated time since the reached speed was last measured, and what was wanted.
    window: [Micros; 3],
    reached_permille: Option<u32>,
}

impl Pace {
    /// Plays at the speed at which the scenario is best watched.
    pub fn new(speed_permille: u32) -> Self {
        Self {
            playing: true,
            speed_permille,
            slow_at_faults: false,
            calm_permille: speed_permille,
            calm_until: SimTime::ZERO,
            rest: 0,
            window: [0; 3],
            reached_permille: None,
        }
    }

    /// Simulated time to play for so much real time, when the playhead is at `now`.
    pub fn want_us(&mut self, now: SimTime, real_elapsed_us: Micros) -> Micros {
        if !self.playing {
            return 0;
        }
        let real = real_elapsed_us.min(LONGEST_FRAME_US);
        let scaled = real * u64::from(self.speed_now(now)) + self.rest;
        self.rest = scaled % 1_000;
        scaled / 1_000
    }

    /// The speed that is wanted at `now`, slow motion considered.
    pub fn speed_now(&self, now: SimTime) -> u32 {
        if self.is_calm(now) { self.speed_permille.min(self.calm_permille) } else { self.speed_permille }
    }

    /// Whether it goes slowly at `now` because something happened.
    pub fn is_calm(&self, now: SimTime) -> bool {
        self.slow_at_faults && now < self.calm_until && self.speed_permille > self.calm_permille
    }

    /// Something has happened at `now`: it goes slowly for a while.
    pub fn ease(&mut self, now: SimTime) {
        self.calm_until = now.after(CALM_REAL_US * u64::from(self.calm_permille) / 1_000);
    }

    /// Ends the slow motion; after a journey in time, for instance.
    pub fn hurry(&mut self) {
        self.calm_until = SimTime::ZERO;
    }

    /// A frame is over: it wanted so much simulated time for this real time, and got so much.
    pub fn played(&mut self, real_elapsed_us: Micros, wanted_us: Micros, got_us: Micros) {
        for (sum, us) in self.window.iter_mut().zip([real_elapsed_us.min(LONGEST_FRAME_US), wanted_us, got_us]) {
            *sum += us;
        }
        let [real, wanted, got] = self.window;
        if real >= WINDOW_US {
            // A frame more or less does not count: a tenth short is a computer that cannot keep up.
            let behind = u128::from(got) * 10 < u128::from(wanted) * 9;
            self.reached_permille = behind.then(|| (got * 1_000 / real).try_into().unwrap_or(u32::MAX));
            self.window = [0; 3];
        }
    }

    /// The speed that is reached, if the computer cannot keep up with the wanted one.
    pub fn reached_permille(&self) -> Option<u32> {
        self.reached_permille.filter(|_| self.playing)
    }

    /// The next higher speed of [`SPEEDS`].
    pub fn faster(&mut self) {
        self.set_speed(SPEEDS.into_iter().find(|speed| *speed > self.speed_permille).unwrap_or(SPEEDS[18]));
    }

    /// The next lower speed of [`SPEEDS`].
    pub fn slower(&mut self) {
        self.set_speed(SPEEDS.into_iter().rev().find(|speed| *speed < self.speed_permille).unwrap_or(SPEEDS[0]));
    }

    /// Sets the speed.
    pub fn set_speed(&mut self, permille: u32) {
        self.speed_permille = permille.clamp(SPEEDS[0], SPEEDS[18]);
        self.window = [0; 3];
        self.reached_permille = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: SimTime = SimTime::ZERO;

    #[test]
    fn no_time_is_lost_in_slow_motion() {
        let mut pace = Pace::new(1);
        let frames: Micros = (0..1_000).map(|_| pace.want_us(NOW, 16_667)).sum();
        assert_eq!(frames, 16_667, "a thousand frames at a thousandth are one frame");
    }

    #[test]
    fn a_tab_that_was_in_the_background_does_not_jump() {
        let mut pace = Pace::new(1_000);
        assert_eq!(pace.want_us(NOW, 3_600_000_000), LONGEST_FRAME_US);
        pace.playing = false;
        assert_eq!(pace.want_us(NOW, 16_667), 0);
    }

    #[test]
    fn the_page_learns_the_speed_that_is_reached_only_if_it_cannot_keep_up() {
        let mut pace = Pace::new(1_000_000);
        for _ in 0..59 {
            pace.played(17_000, 17_000_000, 17_000_000);
        }
        assert_eq!(pace.reached_permille(), None);
        for _ in 0..59 {
            pace.played(17_000, 17_000_000, 1_700_000);
        }
        assert_eq!(pace.reached_permille(), Some(100_000));
        pace.set_speed(50_000);
        assert_eq!(pace.reached_permille(), None, "another speed, another try");
    }

    #[test]
    fn speeds_go_up_and_down_the_table_and_stop_at_its_ends() {
        let mut pace = Pace::new(1_000);
        pace.faster();
        assert_eq!(pace.speed_permille, 2_000);
        pace.speed_permille = 3_000; // a scenario may ask for one in between
        pace.slower();
        assert_eq!(pace.speed_permille, 2_000);
        for _ in 0..30 {
            pace.slower();
        }
        assert_eq!(pace.speed_permille, 1);
        for _ in 0..30 {
            pace.faster();
        }
        assert_eq!(pace.speed_permille, 1_000_000);
    }

    #[test]
    fn it_goes_slowly_for_a_while_after_a_fault() {
        let mut pace = Pace::new(1_000);
        pace.set_speed(100_000);
        pace.ease(NOW);
        assert_eq!(pace.speed_now(NOW), 100_000, "only if that is asked for");
        pace.slow_at_faults = true;
        assert_eq!(pace.speed_now(NOW), 1_000);
        assert_eq!(pace.speed_now(NOW.after(CALM_REAL_US)), 100_000);
    }
}
