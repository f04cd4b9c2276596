//! Numbers with a fixed number of digits, for styles and paths.
//!
//! The standard library prints every float exactly, with tables and big integers of its own: kilobytes that a page
//! does not need for places of boxes.

use std::fmt;

/// A number to be printed with so many digits behind the point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fixed(f64, u32);

/// Rounded to the nearest whole number.
pub fn whole(value: f64) -> Fixed {
    Fixed(value, 0)
}

/// Rounded to tenths.
pub fn tenths(value: f64) -> Fixed {
    Fixed(value, 1)
}

/// Rounded to this many digits, at most 9.
pub fn fixed(value: f64, digits: u32) -> Fixed {
    Fixed(value, digits)
}

impl fmt::Display for Fixed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scale = 10_u64.pow(self.1);
        let scaled = (self.0.abs() * scale as f64).round() as u64;
        if self.0 < 0.0 && scaled > 0 {
            f.write_str("-")?;
        }
        write!(f, "{}", scaled / scale)?;
        if self.1 > 0 {
            write!(f, ".{:0width$}", scaled % scale, width = self.1 as usize)?;
        }
        Ok(())
    }
}

/// The whole number of `1 / scale` that a text means, such as 2500 for "2.5" at a scale of 1000; digits beyond the
/// scale are cut off. None if it is no number.
pub fn read_scaled(text: &str, scale: u64) -> Option<i64> {
    let text = text.trim();
    let (sign, digits) = match text.strip_prefix(['-', '−']) {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && part.is_empty()) || !is_number(whole) || !is_number(part) || digits.len() > 18 {
        return None;
    }
    let read = |text: &str| if text.is_empty() { Some(0) } else { text.parse::<u64>().ok() };
    // A part of a unit is no whole number of them: 1.5 standbys are none, 1.5 ms are.
    let (part_us, rest) = {
        let (scaled, one) = (u128::from(read(part)?) * u128::from(scale), 10_u128.pow(part.len() as u32));
        (scaled / one, scaled % one)
    };
    if rest > 0 {
        return None;
    }
    let scaled = u128::from(read(whole)?) * u128::from(scale) + part_us;
    Some(sign * i64::try_from(scaled).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_look_as_the_standard_library_prints_them() {
        for value in [0.0, 0.04, 0.05, 1.0, -1.26, 99.96, 1234.5] {
            assert_eq!(tenths(value + 0.001).to_string(), format!("{:.1}", value + 0.001));
            assert_eq!(whole(value + 0.001).to_string(), format!("{:.0}", value + 0.001));
            assert_eq!(fixed(value, 4).to_string(), format!("{value:.4}"));
        }
    }

    #[test]
    fn typed_numbers_become_whole_units() {
        let cases = [
            ("2.5", Some(2_500)),
            (" 3 ", Some(3_000)),
            ("-.5", Some(-500)),
            ("2.5000", Some(2_500)),
            ("1.", Some(1_000)),
        ];
        for (text, scaled) in cases {
            assert_eq!(read_scaled(text, 1_000), scaled, "{text}");
        }
        for text in ["", "0.0004", "soon", "1e3", "1,5", ".", "--1", "1.2.3", "99999999999999999999"] {
            assert_eq!(read_scaled(text, 1_000), None, "{text}");
        }
    }
}
