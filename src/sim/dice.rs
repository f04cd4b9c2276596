//! Randomness with a name: dice are keyed, never consumed.
//!
//! There is no generator that everybody draws from. Each draw has its own key, such as (seed, link, ordinal
//! of the message), so a machine's failures do not change when a client asks one question more, and two
//! architectures can be given the same failures and the same clients.

use rand::Rng;
use rand_xoshiro::SplitMix64;
use rand_xoshiro::rand_core::SeedableRng;

use super::time::Micros;

/// What a key is for. Part of the key, so that equal ordinals of different things stay independent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Domain {
    /// (link, ordinal of the message): its loss and latency.
    Message = 1,
    /// (machine, ordinal of the timer): where in its range a timer falls.
    Timer = 2,
    /// (machine, ordinal of the step): dice given to a process.
    Step = 3,
    /// (machine, ordinal of the failure): times up and down.
    Failure = 4,
    /// (client, ordinal of the request): when it comes and what it asks.
    Request = 5,
    /// (request, attempt): back-off and choice of a target.
    Attempt = 6,
    /// (scheduled fault, 0): its random time.
    Schedule = 7,
    /// (machine, ordinal): whether a fencing device succeeds.
    Fence = 8,
    /// (link, ordinal of the retransmission).
    Retransmit = 9,
}

/// A generator that belongs to one key.
///
/// `SplitMix64`, because a key is used for one or a few draws and its seeding costs nothing. The key is mixed when the
/// dice are first thrown: every step is given dice, and hardly any throws them.
#[derive(Clone, Debug)]
pub struct Dice {
    key: [u64; 3],
    generator: Option<SplitMix64>,
}

/// The finaliser of `SplitMix64` (Steele, Lea and Flood 2014): a bijection that scatters every bit.
const fn mix(word: u64) -> u64 {
    let z = word.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Dice {
    /// The dice of the key (`seed`, `domain`, `who`, `ordinal`).
    pub fn keyed(seed: u64, domain: Domain, who: u64, ordinal: u64) -> Self {
        Self { key: [seed ^ ((domain as u64) << 56), who, ordinal], generator: None }
    }

    /// 64 random bits.
    pub fn word(&mut self) -> u64 {
        let [seed, who, ordinal] = self.key;
        let keyed = || SplitMix64::seed_from_u64(mix(mix(mix(seed) ^ who) ^ ordinal));
        self.generator.get_or_insert_with(keyed).next_u64()
    }

    /// Uniform in `0..n`, by Lemire's multiplication; the bias is below 2⁻³² for every `n` used here.
    pub fn below(&mut self, n: u64) -> u64 {
        assert!(n > 0, "a die needs at least one face");
        ((u128::from(self.word()) * u128::from(n)) >> 64) as u64
    }

    /// Uniform in `lo..=hi` microseconds.
    pub fn between(&mut self, lo: Micros, hi: Micros) -> Micros {
        if hi <= lo { lo } else { lo + self.below((hi - lo).saturating_add(1).max(1)) }
    }

    /// True with a probability of `ppm` in a million.
    pub fn chance_ppm(&mut self, ppm: u32) -> bool {
        match ppm {
            0 => false,
            1_000_000.. => true,
            _ => self.below(1_000_000) < u64::from(ppm),
        }
    }

    /// Exponential with the given mean, by inversion on `libm` (std's logarithm differs between targets).
    pub fn exponential(&mut self, mean_us: Micros) -> Micros {
        let uniform = ((self.word() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
        let drawn = -libm::log(uniform) * mean_us as f64;
        drawn.min(9.0e18) as Micros
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dice_are_keyed_not_consumed() {
        let mut first = Dice::keyed(1, Domain::Message, 3, 9);
        let _other = Dice::keyed(1, Domain::Message, 3, 10).word();
        assert_eq!(first.word(), Dice::keyed(1, Domain::Message, 3, 9).word());
    }

    #[test]
    fn keys_that_differ_in_one_part_are_independent() {
        let base = Dice::keyed(1, Domain::Message, 3, 9).word();
        for other in [
            Dice::keyed(2, Domain::Message, 3, 9),
            Dice::keyed(1, Domain::Timer, 3, 9),
            Dice::keyed(1, Domain::Message, 4, 9),
            Dice::keyed(1, Domain::Message, 3, 8),
        ] {
            assert_ne!(base, other.clone().word());
        }
    }

    #[test]
    fn an_exponential_has_its_mean() {
        let n = 20_000;
        let sum: u64 = (0..n).map(|i| Dice::keyed(5, Domain::Failure, 0, i).exponential(1_000_000)).sum();
        let mean = sum as f64 / n as f64;
        // Standard error is mean / √n = 0.7 %; four of them.
        assert!((mean - 1e6).abs() < 28_500.0, "seed 5: mean {mean}");
    }

    #[test]
    fn a_range_reaches_both_ends_and_nothing_else() {
        let mut seen = [0_u32; 5];
        for i in 0..500 {
            seen[(Dice::keyed(5, Domain::Timer, 0, i).between(10, 14) - 10) as usize] += 1;
        }
        assert!(seen.iter().all(|&n| n > 50), "{seen:?}");
    }
}
