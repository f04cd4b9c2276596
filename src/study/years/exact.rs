//! Sums of floats that are the same in any order and grouping: every bit is kept (Kulisch and Miranker, *SIAM Review* 28,
//! 1986).

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// From the least float to the greatest, and 64 bits more to carry into.
const LIMBS: usize = 34;

/// A sum of floats that are not negative, without any rounding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExactSum {
    /// From the lowest; the first bit is 2⁻¹⁰⁷⁴.
    limbs: [u64; LIMBS],
}

impl Default for ExactSum {
    fn default() -> Self {
        Self { limbs: [0; LIMBS] }
    }
}

impl ExactSum {
    /// Adds a number.
    ///
    /// # Panics
    ///
    /// If it is negative, infinite or none.
    pub fn add(&mut self, number: f64) {
        assert!(number >= 0.0 && number.is_finite(), "{number} cannot be summed");
        let bits = number.abs().to_bits();
        let exponent = bits >> 52;
        let digits = (bits & ((1 << 52) - 1)) | (u64::from(exponent > 0) << 52);
        let shift = exponent.max(1) - 1;
        let shifted = u128::from(digits) << (shift % 64);
        let place = (shift / 64) as usize;
        self.carry(place, shifted as u64);
        self.carry(place + 1, (shifted >> 64) as u64);
    }

    /// Adds another sum.
    pub fn add_sum(&mut self, other: &Self) {
        for (place, limb) in other.limbs.iter().enumerate() {
            self.carry(place, *limb);
        }
    }

    /// The nearest float, but for the last bits.
    pub fn value(&self) -> f64 {
        let exponents = (0..).map(|place| 64 * place - 1_074);
        self.limbs.iter().zip(exponents).map(|(limb, exponent)| libm::ldexp(*limb as f64, exponent)).sum()
    }

    fn carry(&mut self, place: usize, more: u64) {
        let mut more = more;
        for limb in &mut self.limbs[place..] {
            if more == 0 {
                return;
            }
            let (sum, overflows) = limb.overflowing_add(more);
            *limb = sum;
            more = u64::from(overflows);
        }
        assert!(more == 0, "a sum beyond all floats");
    }
}

/// Only the limbs that are not zero: `[place, "digits"]`.
impl Serialize for ExactSum {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let limbs = self.limbs.iter().enumerate().filter(|(_, limb)| **limb > 0);
        to.collect_seq(limbs.map(|(place, limb)| (place as u32, limb.to_string())))
    }
}

impl<'de> Deserialize<'de> for ExactSum {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let mut sum = Self::default();
        for (place, digits) in Vec::<(u32, String)>::deserialize(from)? {
            // The last one is for carries alone, so that the sum of two that were read has room.
            let limb = sum.limbs[..LIMBS - 1].get_mut(place as usize);
            let limb = limb.ok_or_else(|| Error::custom("places from 0 to 32"))?;
            *limb = digits.parse().map_err(|_| Error::custom("a whole number as a text"))?;
        }
        Ok(sum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Floats from the least to nearly the greatest, in two orders and in two halves.
    #[test]
    fn the_order_does_not_matter() {
        let numbers: Vec<f64> = (0..2_000).map(|it| libm::ldexp(1.0 + f64::from(it) / 7.0, it - 1_050)).collect();
        let sum = |numbers: &[f64]| {
            let mut sum = ExactSum::default();
            for number in numbers {
                sum.add(*number);
            }
            sum
        };
        let forwards = sum(&numbers);
        let backwards = sum(&numbers.iter().rev().copied().collect::<Vec<_>>());
        assert_eq!(forwards, backwards);
        let mut halves = sum(&numbers[..700]);
        halves.add_sum(&sum(&numbers[700..]));
        assert_eq!(forwards, halves);
        let text = serde_json::to_string(&forwards).unwrap();
        assert_eq!(serde_json::from_str::<ExactSum>(&text).unwrap(), forwards);
        assert!(serde_json::from_str::<ExactSum>("[[33, \"1\"]]").is_err());
    }

    #[test]
    fn a_million_tenths_are_summed_to_the_last_bit() {
        let mut sum = ExactSum::default();
        (0..1_000_000).for_each(|_| sum.add(0.1));
        // One after the other, floats come to 100000.00000133288.
        assert!((sum.value() - 1e6 * 0.1).abs() < 1e-10, "{}", sum.value());
        assert!(ExactSum::default().value() == 0.0);
    }
}
