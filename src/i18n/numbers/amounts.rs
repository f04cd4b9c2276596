//! Exact figures as people write them: enough digits to tell seven nines from eight, and no nine that is not reached.

use crate::i18n::{Lang, unread};
use crate::theory::explore::Amount;
use crate::theory::{Kind, Share, Wrong};

/// More nines than this are not written out.
const MOST_NINES: f64 = 13.0;

/// A number with so many digits that matter, in powers of ten where it is very large or very small.
///
/// ```
/// use ha_lab::i18n::numbers::digits;
///
/// assert_eq!(digits(8760.0, 3), "8760");
/// assert_eq!(digits(0.000_123_4, 3), "0.000123");
/// assert_eq!(digits(1.5e-9, 3), "1.5 × 10⁻⁹");
/// ```
pub fn digits(value: f64, count: usize) -> String {
    if !value.is_finite() {
        return "–".into();
    }
    if value == 0.0 {
        return "0".into();
    }
    let text = format!("{value:.*e}", count.saturating_sub(1));
    let rounded: f64 = text.parse().unwrap_or(value);
    // Whole numbers keep all their digits: 8760 is not 8.76 thousand.
    match rounded.abs() {
        size if size >= libm::pow(10.0, count as f64 - 1.0) && size < 1e7 => return libm::round(value).to_string(),
        size if (1e-4..1e7).contains(&size) => return rounded.to_string(),
        _ => {}
    }
    let (number, power) = text.split_once('e').unwrap_or((&text, "0"));
    let number = if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number };
    format!("{number} × 10{}", superscript(power))
}

fn superscript(power: &str) -> String {
    let raised = |letter: char| match letter {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        digit => char::from_u32(0x2070 + digit.to_digit(10).unwrap_or(0)).unwrap_or('⁰'),
    };
    power.chars().map(raised).collect()
}

/// A share in percent without the sign, cut off and never rounded up: two digits of what is missing follow the nines, in
/// groups of three.
///
/// ```
/// use ha_lab::i18n::numbers::percent;
/// use ha_lab::theory::Share;
///
/// assert_eq!(percent(Share::but(1.23e-7)), "99.999 987 7");
/// assert_eq!(percent(Share::but(1.23e-8)), "99.999 998 77");
/// assert_eq!(percent(Share::but(0.0099)), "99.01");
/// assert_eq!(percent(Share { up: 0.01, down: 0.99 }), "1");
/// ```
pub fn percent(share: Share) -> String {
    if share.down >= 0.5 {
        return digits(share.up * 100.0, 3);
    }
    let nines = share.nines();
    if nines > MOST_NINES {
        return format!("100 − {}", digits(share.down * 100.0, 3));
    }
    // "0.99999…": behind the point, two digits are whole percents.
    let text = share.text();
    let mut behind: String = text.split_once('.').map_or("0", |(_, behind)| behind).into();
    while behind.len() < 2 {
        behind.push('0');
    }
    let keep = (libm::floor(nines) as usize + 1).max(2);
    let (whole, rest) = behind.split_at(2);
    let rest = rest.get(..keep.min(rest.len())).unwrap_or_default().trim_end_matches('0');
    let groups: Vec<_> = rest.as_bytes().chunks(3).map(|three| String::from_utf8_lossy(three).into_owned()).collect();
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    if rest.is_empty() { whole.to_owned() } else { format!("{whole}.{}", groups.join(" ")) }
}

/// The availability at a tick of an axis, by what is missing, with its sign: "99.98 %".
pub fn axis_percent(lang: Lang, down: f64) -> String {
    let sign = lang.texts().percent_sign;
    if down >= 1.0 {
        return format!("0{sign}");
    }
    if down < 1e-9 {
        return format!("1 − {}", digits(down, 2).replace("1 × ", ""));
    }
    // Ticks have one digit that matters, so nothing is cut off here.
    let text = Share::but(down).text();
    let behind = text.split_once('.').map_or("0", |(_, behind)| behind);
    let padded = format!("{behind:0<2}");
    let (whole, rest) = padded.split_at(2);
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    if rest.is_empty() { format!("{whole}{sign}") } else { format!("{whole}.{rest}{sign}") }
}

/// So many nines, to a hundredth, cut off.
pub fn nines(lang: Lang, share: Share) -> String {
    let cut = libm::floor(share.nines().max(0.0) * 100.0 + 1e-9) / 100.0;
    let text = format!("{cut:.2}");
    say!(lang, "{text} nines", "{text} 个 9")
}

/// A time of so many seconds, with three digits that matter, in the unit in which it reads best.
///
/// ```
/// use ha_lab::i18n::{Lang, numbers::time};
///
/// assert_eq!(time(Lang::En, 3_348.0), "55.8 min");
/// assert_eq!(time(Lang::Zh, 0.0042), "4.2 毫秒");
/// assert_eq!(time(Lang::En, 7.3e13), "2.31 × 10⁶ years");
/// ```
pub fn time(lang: Lang, seconds: f64) -> String {
    let (unit, en, zh) = match seconds {
        s if s < 1e-3 => (1e-6, "µs", "微秒"),
        s if s < 0.9995 => (1e-3, "ms", "毫秒"),
        s if s < 59.95 => (1.0, "s", "秒"),
        s if s < 3_597.0 => (60.0, "min", "分钟"),
        s if s < 48.0 * 3_600.0 => (3_600.0, "h", "小时"),
        s if s < 730.0 * 86_400.0 => (86_400.0, "days", "天"),
        _ => (31_536_000.0, "years", "年"),
    };
    let amount = seconds / unit;
    let number = if amount >= 1e5 && unit > 1e7 { scientific(amount) } else { digits(amount, 3) };
    say!(lang, "{number} {en}", "{number} {zh}")
}

fn scientific(value: f64) -> String {
    let text = format!("{value:.2e}");
    let (number, power) = text.split_once('e').unwrap_or((&text, "0"));
    format!("{number} × 10{}", superscript(power))
}

/// A number at a tick of an axis, short: "1000", "10⁶".
pub fn axis_number(value: f64) -> String {
    if value != 0.0 && !(1e-3..1e5).contains(&value.abs()) {
        let text = format!("{value:.0e}");
        let (number, power) = text.split_once('e').unwrap_or((&text, "0"));
        let power = superscript(power);
        return if number == "1" { format!("10{power}") } else { format!("{number}·10{power}") };
    }
    digits(value, 3)
}

/// What the article's formula really computes.
pub fn verdict(lang: Lang, figure: Share) -> String {
    let number = digits(figure.up * 100.0, 3);
    say!(
        lang,
        "What it really computes: the probability, here {number} %, that the standby fails before the master. That is a statement about order, not about time: there is no repair in it, a better standby makes it worse, and two equal nodes always give 50 %.",
        "它真正算出的是：备节点先于主节点故障的概率，此处为 {number}%。这说的是先后次序，而不是时间：式中没有修复时间，备节点越好结果越差，两个相同的节点永远得到 50%。"
    )
}

/// A share in percent, with its sign and so many figures: "6.01 %".
pub fn share(lang: Lang, share: f64, figures: usize) -> String {
    format!("{}{}", digits(share * 100.0, figures), lang.texts().percent_sign)
}

/// What is wrong with a field, and what would be right: one sentence.
pub fn wrong(lang: Lang, wrong: &Wrong, amount: Amount) -> String {
    let show = |value: f64| match amount {
        Amount::Time if value > 0.0 && value.is_finite() => time(lang, value),
        Amount::Time if value < 0.0 && value.is_finite() => format!("−{}", time(lang, -value)),
        Amount::Share => share(lang, value, 6),
        _ if value.is_infinite() => "∞".into(),
        _ => digits(value, 6),
    };
    match wrong {
        Wrong::Range { found, expected } => {
            let (found, from, to) = (show(*found), show(expected.from), show(expected.to));
            if expected.closed {
                say!(
                    lang,
                    "{found} is not possible here: take {from} to {to}.",
                    "{found} 超出范围：应在 {from} 到 {to} 之间。"
                )
            } else {
                say!(
                    lang,
                    "{found} is not possible here: take more than {from} and less than {to}.",
                    "{found} 超出范围：应大于 {from} 且小于 {to}。"
                )
            }
        }
        Wrong::Order { found, limit, .. } => {
            let (found, limit) = (show(*found), show(*limit));
            say!(
                lang,
                "With an MTBF, the repair must be shorter than it: {found} is not less than {limit}.",
                "按 MTBF 计时，修复时间必须短于它：{found} 并不小于 {limit}。"
            )
        }
        Wrong::Kind { found, expected: Kind::Whole } => {
            say!(lang, "{found} is no whole number.", "{found} 不是整数。")
        }
        Wrong::Kind { found, .. } if found.is_empty() => words!(lang, "A number is missing.", "请填写数字。").into(),
        Wrong::Kind { found, expected: Kind::Number } => {
            say!(lang, "“{found}” is no number.", "“{found}”不是数字。")
        }
        Wrong::Digits => words!(
            lang,
            "The result is too near to 0 or to 1 for its digits to hold; take fewer nodes or less extreme times.",
            "结果过于接近 0 或 1，无法保证数字准确；请减少节点或采用不那么极端的时间。"
        )
        .into(),
        other => of_file(lang, other),
    }
}

/// What can be wrong in a file only.
fn of_file(lang: Lang, wrong: &Wrong) -> String {
    match wrong {
        Wrong::Missing => words!(lang, "It is missing.", "缺少此项。").into(),
        Wrong::Twice => words!(lang, "It stands there twice.", "该字段重复出现。").into(),
        Wrong::Unknown { known } => {
            let known = known.join(", ");
            say!(lang, "There is no such field here; there are: {known}.", "没有这个字段；可用的有：{known}。")
        }
        Wrong::Mtbf => words!(
            lang,
            "The mean up time is wanted, mttf_hours, and no MTBF.",
            "这里需要平均无故障时间 mttf_hours，而不是 MTBF。"
        )
        .into(),
        Wrong::Kind { found, expected } => {
            let right = kind(lang, *expected);
            say!(lang, "Found {found}; expected {right}.", "这里是 {found}，应为{right}。")
        }
        Wrong::Word { found, known } => {
            let known = known.join(", ");
            say!(lang, "Found {found}; expected one of {known}.", "这里是 {found}，应为以下之一：{known}。")
        }
        Wrong::Items { found, most } => {
            say!(lang, "Found {found} items; expected 1 to {most}.", "共 {found} 项，应为 1 到 {most} 项。")
        }
        Wrong::Deep { found, most } => say!(
            lang,
            "Found {found} blocks within each other; at most {most} may be.",
            "方块嵌套了 {found} 层，最多 {most} 层。"
        ),
        Wrong::Long { found, most } => {
            say!(lang, "Found {found} characters; at most {most} fit.", "共 {found} 个字符，最多 {most} 个。")
        }
        Wrong::Family { found, right } => {
            let right = right.join(", ");
            say!(lang, "This file is about {found}; expected {right}.", "该文件属于 {found}，应为 {right}。")
        }
        Wrong::Json { found } => {
            let why = if lang == Lang::Zh { unread(found) } else { found.clone() };
            say!(lang, "This is no JSON: {why}.", "这不是 JSON：{why}。")
        }
        other => other.to_string(),
    }
}

/// What a field of a file holds.
fn kind(lang: Lang, kind: Kind) -> &'static str {
    match kind {
        Kind::Number => words!(lang, "a number", "数字"),
        Kind::Whole => words!(lang, "a whole number", "整数"),
        Kind::Bool => words!(lang, "true or false", "真或假"),
        Kind::Text => words!(lang, "a text", "文本"),
        Kind::Object => words!(lang, "an object", "对象"),
        Kind::List => words!(lang, "a list", "列表"),
        Kind::Availability => words!(lang, "an availability above 0 and below 1", "大于 0 且小于 1 的可用性"),
        Kind::Distribution => words!(lang, "a distribution", "分布"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::explore::Input;

    #[test]
    fn seven_nines_differ_from_eight() {
        let of = |down| percent(Share::but(down));
        assert_eq!(of(1e-7), "99.999 99");
        assert_eq!(of(1e-8), "99.999 999");
        assert_eq!(of(9.99e-8), "99.999 990 01");
        assert_eq!(of(1.04e-6), "99.999 896", "cut off, not rounded up to a nine that is not there");
        assert_eq!(of(3.2e-20), "100 − 3.2 × 10⁻¹⁸");
        assert_eq!(of(0.4), "60");
        assert_eq!(percent(Share { up: 2.5e-9, down: 1.0 }), "2.5 × 10⁻⁷");
    }

    #[test]
    fn an_axis_has_no_more_digits_than_its_ticks() {
        let of = |down| axis_percent(Lang::En, down);
        assert_eq!([1.0, 0.5, 0.1, 0.01, 0.002, 1e-7].map(of), ["0 %", "50 %", "90 %", "99 %", "99.8 %", "99.99999 %"]);
        assert_eq!(of(1e-12), "1 − 10⁻¹²");
        assert_eq!(of(5e-12), "1 − 5 × 10⁻¹²");
    }

    #[test]
    fn times_read_well() {
        let of = |seconds| time(Lang::En, seconds);
        assert_eq!(of(31_536_000.0), "365 days");
        assert_eq!(of(86_400.0 * 3.5), "3.5 days");
        assert_eq!(of(3_600_000.0), "41.7 days");
        assert_eq!(of(2.5e-8), "0.025 µs");
        assert_eq!([0.01, 0.5, 1e4, 1e6, 2e7].map(axis_number), ["0.01", "0.5", "10000", "10⁶", "2·10⁷"]);
    }

    #[test]
    fn what_is_wrong_is_said_in_both_languages() {
        let wrong_time = Input::Mttf.check(-5.0).expect_err("negative");
        assert!(wrong(Lang::En, &wrong_time, Amount::Time).starts_with("−5 s is not possible here"));
        assert!(wrong(Lang::Zh, &wrong_time, Amount::Time).contains("超出范围"));
        let too_many = Input::Nodes.check(500.0).expect_err("too many");
        assert_eq!(wrong(Lang::En, &too_many, Amount::Count), "500 is not possible here: take 1 to 101.");
        let share = Input::Coverage.check(1.5).expect_err("more than all");
        assert_eq!(wrong(Lang::Zh, &share, Amount::Share), "150% 超出范围：应在 0% 到 100% 之间。");
    }
}
