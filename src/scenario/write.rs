//! JSON values as text.
//!
//! What `serde_json` does as well, but without its printing of floats, whose tables alone are ten kilobytes of the
//! page: a scenario has no floats, and one that stands where none belongs is only quoted.

use std::fmt::Write as _;

use serde_json::Value;

/// A value as JSON on one line.
pub fn compact(value: &Value) -> String {
    let mut text = String::new();
    write(value, None, &mut text);
    text
}

/// A value as JSON, a field a line.
pub fn pretty(value: &Value) -> String {
    let mut text = String::new();
    write(value, Some(0), &mut text);
    text
}

fn write(value: &Value, indent: Option<usize>, text: &mut String) {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(is) => text.push_str(if *is { "true" } else { "false" }),
        Value::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(number), _, _) => _ = write!(text, "{number}"),
            (_, Some(number), _) => _ = write!(text, "{number}"),
            (_, _, number) => float(number.unwrap_or_default(), text),
        },
        Value::String(string) => quote(string, text),
        Value::Array(items) => {
            list(['[', ']'], items.len(), indent, text, items.iter(), write);
        }
        Value::Object(fields) => {
            list(['{', '}'], fields.len(), indent, text, fields.iter(), |(name, value), inner, text| {
                quote(name, text);
                text.push_str(if inner.is_some() { ": " } else { ":" });
                write(value, inner, text);
            });
        }
    }
}

fn list<T>(
    brackets: [char; 2],
    count: usize,
    indent: Option<usize>,
    text: &mut String,
    items: impl Iterator<Item = T>,
    each: impl Fn(T, Option<usize>, &mut String),
) {
    let inner = indent.map(|indent| indent + 2);
    let new_line = |indent: Option<usize>, text: &mut String| {
        if let Some(indent) = indent.filter(|_| count > 0) {
            text.push('\n');
            text.extend(std::iter::repeat_n(' ', indent));
        }
    };
    text.push(brackets[0]);
    for (index, item) in items.enumerate() {
        if index > 0 {
            text.push(',');
        }
        new_line(inner, text);
        each(item, inner, text);
    }
    new_line(indent, text);
    text.push(brackets[1]);
}

fn quote(string: &str, text: &mut String) {
    text.push('"');
    for letter in string.chars() {
        match letter {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            control if u32::from(control) < 0x20 => _ = write!(text, "\\u{:04x}", u32::from(control)),
            letter => text.push(letter),
        }
    }
    text.push('"');
}

/// About nine digits: enough to recognise a number that should not be there.
fn float(number: f64, text: &mut String) {
    if number < 0.0 {
        text.push('-');
    }
    let (mut mantissa, mut exponent) = (number.abs(), 0_i32);
    while mantissa >= 1e9 {
        (mantissa, exponent) = (mantissa / 10.0, exponent + 1);
    }
    while mantissa > 0.0 && mantissa < 1e-3 {
        (mantissa, exponent) = (mantissa * 1e3, exponent - 3);
    }
    let scaled = (mantissa * 1e6).round() as u64;
    let _ = write!(text, "{}.{:06}", scaled / 1_000_000, scaled % 1_000_000);
    text.truncate(text.trim_end_matches('0').len());
    if text.ends_with('.') {
        text.push('0');
    }
    if exponent != 0 {
        let _ = write!(text, "e{exponent}");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_written_is_what_serde_json_writes() {
        let value = json!({
            "a": [1, -2, u64::MAX, true, null, [], {}, "x\n\"\\\u{1}纪元"],
            "b": { "c": {}, "d": 0.5, "e": -1.25, "f": 3.0 },
        });
        assert_eq!(compact(&value), value.to_string());
        assert_eq!(pretty(&value), serde_json::to_string_pretty(&value).unwrap());
    }

    #[test]
    fn a_strange_number_can_be_recognised() {
        for number in [1e300, 2.5e-9, 123_456_789.5, 1e-300] {
            let written = compact(&json!(number));
            let read: f64 = written.parse().unwrap();
            assert!((read / number - 1.0).abs() < 1e-3, "{written}");
        }
    }
}
