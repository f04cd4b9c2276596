//! Numbers as text: all digits of an availability, however many nines it has.
//!
//! Next to 1 an `f64` has no room: of 0.99999999999712 it keeps four digits of what matters, the distance to 1. So the
//! models calculate that distance, the unavailability, and 1 minus it is taken digit by digit. The same holds for what
//! comes in: a coverage of 0.999999 leaves exactly one in a million, while `1.0 - 0.999999` does not.

/// 1 − `share`, for the decimal number that `share` is written as.
pub fn complement(share: f64) -> f64 {
    complement_of(&share.to_string()).and_then(|text| text.parse().ok()).unwrap_or(1.0 - share)
}

/// 1 − a decimal number from 0 to 1, such as `0.9995`, with all its digits. `None` if the text is none.
pub fn complement_of(text: &str) -> Option<String> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    if whole.is_empty() || !whole.bytes().chain(part.bytes()).all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let part = part.trim_end_matches('0');
    match (whole.trim_start_matches('0'), part) {
        ("", "") => Some("1.0".to_owned()),
        ("1", "") => Some("0.0".to_owned()),
        ("", _) => {
            // Nine minus each digit, and ten minus the last, which is not 0.
            let (last, others) = part.as_bytes().split_last()?;
            let others = others.iter().map(|digit| char::from(b'9' - digit + b'0'));
            Some("0.".chars().chain(others).chain([char::from(b'9' + 1 - last + b'0')]).collect())
        }
        _ => None,
    }
}

/// A number as JSON has it: the shortest digits that name this `f64` and no other.
pub fn number(value: f64) -> String {
    format!("{value:?}")
}

/// x − 1 + e^−x, divided by x: the mean of 1 − e^−v for v from 0 to x. For x > 0.
pub fn mean_decayed(x: f64) -> f64 {
    if x > 0.5 {
        return 1.0 + libm::expm1(-x) / x;
    }
    // Near 0 the difference above loses its digits: x/2 − x²/6 + x³/24 − …
    let (mut term, mut sum) = (x / 2.0, 0.0);
    for divisor in 3..20 {
        sum += term;
        term *= -x / f64::from(divisor);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_minus_a_decimal_number_is_exact() {
        for (share, rest) in [
            ("0.9", "0.1"),
            ("0.99950", "0.0005"),
            ("0.000000998", "0.999999002"),
            ("1", "0.0"),
            ("0", "1.0"),
            ("1.000", "0.0"),
        ] {
            assert_eq!(complement_of(share).as_deref(), Some(rest), "1 - {share}");
        }
        for wrong in ["", ".5", "1.5", "-0.5", "1e-3", "0.5x", "2", "nan"] {
            assert_eq!(complement_of(wrong), None, "{wrong}");
        }
        assert_eq!(complement(0.999_999).to_bits(), 1e-6_f64.to_bits());
        assert_eq!(complement(1e-12).to_string(), "0.999999999999");
    }

    #[test]
    fn the_mean_of_what_has_decayed_is_smooth_where_the_series_ends() {
        // By 30-digit arithmetic: (x - 1 + exp(-x)) / x.
        for (x, mean) in [
            (1e-9, 4.999_999_998_333_333e-10),
            (0.4, 0.175_800_115_089_098_2),
            (0.5, 0.213_061_319_425_266_85),
            (0.6, 0.248_019_393_490_044_2),
            (30.0, 0.966_666_666_666_669_8),
        ] {
            assert!((mean_decayed(x) / mean - 1.0).abs() < 1e-15, "{x}: {}", mean_decayed(x));
        }
    }
}
