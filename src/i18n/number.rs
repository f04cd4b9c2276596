//! Times, shares and counts as people write them.

use super::Lang;
use crate::sim::Micros;

const MS: Micros = 1_000;
const SECOND: Micros = 1_000_000;
const MINUTE: Micros = 60 * SECOND;
const HOUR: Micros = 60 * MINUTE;
const DAY: Micros = 24 * HOUR;

/// A measured length of time, with about three digits that matter: "3.78 s", "2 min 05 s", "3.78 秒".
pub fn duration(lang: Lang, us: Micros) -> String {
    match us {
        0..MS => say!(lang, "{us} µs", "{us} 微秒"),
        MS..SECOND => {
            let value = three_digits(us, MS);
            if value == "1000" { duration(lang, SECOND) } else { say!(lang, "{value} ms", "{value} 毫秒") }
        }
        SECOND..MINUTE => {
            let value = three_digits(us, SECOND);
            if value == "60.0" { duration(lang, MINUTE) } else { say!(lang, "{value} s", "{value} 秒") }
        }
        MINUTE..HOUR => {
            let (min, s) = (us / MINUTE, us % MINUTE / SECOND);
            say!(lang, "{min} min {s:02} s", "{min} 分 {s:02} 秒")
        }
        HOUR..DAY => {
            let (h, min) = (us / HOUR, us % HOUR / MINUTE);
            say!(lang, "{h} h {min:02} min", "{h} 小时 {min:02} 分")
        }
        _ => {
            let (d, h) = (us / DAY, us % DAY / HOUR);
            say!(lang, "{d} d {h} h", "{d} 天 {h} 小时")
        }
    }
}

/// `us` in units of `unit`, rounded to three digits.
fn three_digits(us: Micros, unit: Micros) -> String {
    let digits = match us / unit {
        0..10 => 2,
        10..100 => 1,
        _ => 0,
    };
    decimal(us, unit, digits)
}

/// `us` in units of `unit` with this many digits behind the point, rounded to the nearest.
fn decimal(us: Micros, unit: Micros, digits: u32) -> String {
    let scale = 10_u64.pow(digits);
    let scaled = (u128::from(us) * u128::from(scale) + u128::from(unit / 2)) / u128::from(unit);
    let (whole, rest) = (scaled / u128::from(scale), scaled % u128::from(scale));
    if digits == 0 { whole.to_string() } else { format!("{whole}.{rest:0width$}", width = digits as usize) }
}

/// A configured length of time, exactly and without noughts at the end: "3 s", "1.5 s", "150 ms".
pub fn length(lang: Lang, us: Micros) -> String {
    let exact = |unit: Micros| {
        let text = decimal(us, unit, 6);
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    match us {
        0 => words!(lang, "0 s", "0 秒").into(),
        1..MS => say!(lang, "{us} µs", "{us} 微秒"),
        MS..SECOND => {
            let value = exact(MS);
            say!(lang, "{value} ms", "{value} 毫秒")
        }
        _ if us.is_multiple_of(DAY) => {
            let value = us / DAY;
            say!(lang, "{value} d", "{value} 天")
        }
        _ if us.is_multiple_of(HOUR) => {
            let value = us / HOUR;
            say!(lang, "{value} h", "{value} 小时")
        }
        _ if us.is_multiple_of(MINUTE) => {
            let value = us / MINUTE;
            say!(lang, "{value} min", "{value} 分钟")
        }
        _ => {
            let value = exact(SECOND);
            say!(lang, "{value} s", "{value} 秒")
        }
    }
}

/// The parts of a whole in one common unit, rounded so that the shown parts add up to the shown whole.
///
/// Gives the whole first. The largest remainders are rounded up, as seats are given in parliaments.
pub fn parts(lang: Lang, parts: &[Micros]) -> Vec<String> {
    let whole: Micros = parts.iter().sum();
    let (unit, digits) = match whole {
        0..SECOND => (MS, 0),
        SECOND..MINUTE => (SECOND, 2),
        MINUTE..HOUR => (SECOND, 0),
        _ => (MINUTE, 0),
    };
    let step = unit / 10_u64.pow(digits);
    let shown_whole = (whole + step / 2) / step;
    let mut steps: Vec<u64> = parts.iter().map(|part| part / step).collect();
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|&index| std::cmp::Reverse((parts[index] % step, std::cmp::Reverse(index))));
    let missing = shown_whole.saturating_sub(steps.iter().sum()) as usize;
    for index in order.into_iter().take(missing) {
        steps[index] += 1;
    }
    let show = |steps: u64| {
        let value = decimal(steps * step, unit, digits);
        match unit {
            MS => say!(lang, "{value} ms", "{value} 毫秒"),
            SECOND => say!(lang, "{value} s", "{value} 秒"),
            _ => say!(lang, "{value} min", "{value} 分钟"),
        }
    };
    std::iter::once(shown_whole).chain(steps).map(show).collect()
}

/// A moment of the run as a clock shows it: "01:01.540", with hours when there are some.
pub fn clock(us: Micros) -> String {
    let (hours, minutes, seconds, ms) = (us / HOUR, us % HOUR / MINUTE, us % MINUTE / SECOND, us % SECOND / MS);
    if hours == 0 {
        format!("{minutes:02}:{seconds:02}.{ms:03}")
    } else {
        format!("{hours}:{minutes:02}:{seconds:02}.{ms:03}")
    }
}

/// The same to the microsecond: "01:01.540 012".
pub fn clock_fine(us: Micros) -> String {
    format!("{} {:03}", clock(us), us % MS)
}

/// A share as the number before the percent sign, with enough digits to tell nines apart and no more.
///
/// What is missing to 100 gets two digits that matter, but a few requests do not give a long number. It is
/// cut off, not rounded up: 99.999 % is never shown for less, and 100 only for all. Without a sample: "–".
pub fn percent_number(good: u64, all: u64) -> String {
    if all == 0 {
        return "–".into();
    }
    if good >= all {
        return "100".into();
    }
    let bad = u128::from(all - good);
    let all = u128::from(all);
    // Digits behind the point until two of the missing share are there: 6.14 → 2, 0.0123 → 3.
    let mut digits = 2_u32;
    while digits < 7 && bad * 100 * 10_u128.pow(digits - 1) < all {
        digits += 1;
    }
    // One failure more or less among `all` moves the share by 100 / all: no digits far behind that.
    let mut sample = 0_u32;
    while sample < 7 && 10_u128.pow(sample + 1) < all {
        sample += 1;
    }
    let digits = digits.min(sample.max(1));
    let scale = 10_u128.pow(digits);
    let scaled = u128::from(good) * 100 * scale / all;
    format!("{}.{:0width$}", scaled / scale, scaled % scale, width = digits as usize)
}

/// A share with its percent sign: "99.95 %", in Chinese "99.95%".
pub fn percent(lang: Lang, good: u64, all: u64) -> String {
    let number = percent_number(good, all);
    if all == 0 { number } else { say!(lang, "{number} %", "{number}%") }
}

/// Parts in a million as a percentage, exactly: "0.5 %".
pub fn ppm(lang: Lang, ppm: u32) -> String {
    let text = decimal(ppm.into(), 10_000, 4);
    let number = text.trim_end_matches('0').trim_end_matches('.');
    say!(lang, "{number} %", "{number}%")
}

/// So many nines: "2.4 nines", cut off so that none is claimed before it is reached. None: "–".
pub fn nines(lang: Lang, nines: Option<f64>) -> String {
    match nines {
        Some(value) if value.is_finite() => {
            let tenths = (value * 10.0) as u64;
            let (whole, tenth) = (tenths / 10, tenths % 10);
            say!(lang, "{whole}.{tenth} nines", "{whole}.{tenth} 个 9")
        }
        _ => "–".into(),
    }
}

/// A factor of speed: "2×", "1/10×".
pub fn times(permille: u64) -> String {
    match permille {
        0 => "0×".into(),
        1..1000 if 1000_u64.is_multiple_of(permille) => format!("1/{}×", 1000 / permille),
        _ => {
            let text = decimal(permille, 1000, 3);
            format!("{}×", text.trim_end_matches('0').trim_end_matches('.'))
        }
    }
}

/// A whole number in groups of three: "12,345"; Chinese writes it the same way.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measured_times_have_three_digits_that_matter() {
        let cases = [
            (0, "0 µs", "0 微秒"),
            (850, "850 µs", "850 微秒"),
            (1_250, "1.25 ms", "1.25 毫秒"),
            (150_000, "150 ms", "150 毫秒"),
            (999_900, "1.00 s", "1.00 秒"),
            (3_784_000, "3.78 s", "3.78 秒"),
            (12_345_000, "12.3 s", "12.3 秒"),
            (59_990_000, "1 min 00 s", "1 分 00 秒"),
            (125_000_000, "2 min 05 s", "2 分 05 秒"),
            (3 * HOUR + 4 * MINUTE, "3 h 04 min", "3 小时 04 分"),
            (30 * DAY + 5 * HOUR, "30 d 5 h", "30 天 5 小时"),
        ];
        for (us, en, zh) in cases {
            assert_eq!((duration(Lang::En, us).as_str(), duration(Lang::Zh, us).as_str()), (en, zh), "{us} µs");
        }
    }

    #[test]
    fn configured_times_are_exact() {
        let cases = [
            (0, "0 s"),
            (1_500_000, "1.5 s"),
            (3 * SECOND, "3 s"),
            (2_500, "2.5 ms"),
            (90 * SECOND, "90 s"),
            (30 * MINUTE, "30 min"),
            (30 * DAY, "30 d"),
        ];
        for (us, text) in cases {
            assert_eq!(length(Lang::En, us), text);
        }
    }

    #[test]
    fn the_shown_phases_add_up_to_the_shown_outage() {
        let shown = parts(Lang::En, &[2_714_900, 328_900, 154_900, 408_000, 178_000]);
        assert_eq!(shown, ["3.78 s", "2.71 s", "0.33 s", "0.15 s", "0.41 s", "0.18 s"].map(String::from), "{shown:?}");
        assert_eq!(parts(Lang::Zh, &[0, 0]), ["0 毫秒", "0 毫秒", "0 毫秒"].map(String::from));
    }

    #[test]
    fn a_nine_is_shown_only_when_it_is_reached() {
        let of = |good, all| percent(Lang::En, good, all);
        assert_eq!(of(57_720_000, 61_500_000), "93.85 %");
        assert_eq!(of(99_999, 100_000), "99.9990 %");
        assert_eq!(of(999_989, 1_000_000), "99.9989 %", "not 99.999: that would be a nine too many");
        assert_eq!(of(1_000_000, 1_000_000), "100 %");
        assert_eq!(of(999_999_999, 1_000_000_000), "99.9999999 %", "never 100 as long as something failed");
        assert_eq!(of(2, 3), "66.6 %", "three requests give no long number");
        assert_eq!(of(0, 0), "–");
        assert_eq!(of(0, 10), "0.0 %");
        assert_eq!(percent(Lang::Zh, 997, 1000), "99.70%");
    }

    #[test]
    fn clocks_show_hours_only_when_there_are_some() {
        assert_eq!(clock(61_540_012), "01:01.540");
        assert_eq!(clock_fine(61_540_012), "01:01.540 012");
        assert_eq!(clock(HOUR + MINUTE), "1:01:00.000");
    }

    #[test]
    fn speeds_and_counts_read_well() {
        assert_eq!(
            [1, 100, 500, 1_000, 1_500, 1_000_000].map(times),
            ["1/1000×", "1/10×", "1/2×", "1×", "1.5×", "1000×"]
        );
        assert_eq!([0, 999, 1_000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(nines(Lang::Zh, Some(2.99)), "2.9 个 9");
        assert_eq!(ppm(Lang::En, 5_000), "0.5 %");
    }
}
