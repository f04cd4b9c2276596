//! Charts as pure geometry: scales, ticks, lines and bars, in the units of an SVG's view box.
//!
//! What always holds: every length is finite, whatever the values are; a scale is never empty, so a line of one point, or
//! one that never moves, has room around it; there are never more ticks than asked for.
//!
//! ```
//! use ha_lab::view::chart::{Kind, Scale};
//!
//! let years = Scale::around(Kind::Log, [1.0, 1_000.0].into_iter(), (0.0, 300.0));
//! assert_eq!(years.at(10.0), 100.0);
//! assert_eq!(years.ticks(4), [1.0, 10.0, 100.0, 1_000.0]);
//! ```

use super::fixed::fixed;

/// How values become lengths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Evenly.
    Linear,
    /// Evenly, with a tick at whole numbers only.
    Whole,
    /// By factors; values are above 0.
    Log,
}

/// A scale: values along an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    kind: Kind,
    from: f64,
    to: f64,
    pixels: (f64, f64),
}

/// Smallest value on a logarithmic scale.
const TINY: f64 = 1e-300;
/// Greatest value on any scale.
const HUGE: f64 = 1e300;

impl Scale {
    /// From one value to another, which lie at these pixels.
    pub fn new(kind: Kind, from: f64, to: f64, pixels: (f64, f64)) -> Self {
        let floor = if kind == Kind::Log { TINY } else { -HUGE };
        let [from, to] = [from, to].map(|end| end.clamp(floor, HUGE));
        // Nothing between the ends: as much again on both sides.
        let (from, to) = match kind {
            _ if from < to => (from, to),
            Kind::Log => (from / 10.0, from * 10.0),
            Kind::Linear | Kind::Whole => (from - from.abs().max(1.0), from + from.abs().max(1.0)),
        };
        Self { kind, from, to, pixels }
    }

    /// Wide enough for all of these values; those that are not finite do not count. Logarithmic scales are at least a
    /// decade wide, and end at a 1, 2 or 5.
    pub fn around(kind: Kind, values: impl Iterator<Item = f64>, pixels: (f64, f64)) -> Self {
        let good = values.filter(|value| value.is_finite() && (kind != Kind::Log || *value >= TINY));
        let (mut from, mut to) =
            good.fold((f64::INFINITY, 0.0_f64), |(from, to), value| (from.min(value), to.max(value)));
        if !from.is_finite() {
            (from, to) = (1.0, 1.0);
        }
        if kind == Kind::Log {
            if to / from < 10.0 {
                let middle = libm::sqrt(from) * libm::sqrt(to);
                let half = libm::sqrt(10.0);
                (from, to) = (middle / half, middle * half);
            }
            (from, to) = (step_down(from), step_up(to));
        }
        Self::new(kind, from, to, pixels)
    }

    /// The pixel of a value; values outside are at the ends.
    pub fn at(&self, value: f64) -> f64 {
        let share = match self.kind {
            Kind::Linear | Kind::Whole => (value - self.from) / (self.to - self.from),
            Kind::Log => libm::log10(value.max(TINY) / self.from) / libm::log10(self.to / self.from),
        };
        let share = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) };
        self.pixels.0 + (self.pixels.1 - self.pixels.0) * share
    }

    /// Round values within the scale, at most so many.
    pub fn ticks(&self, most: usize) -> Vec<f64> {
        match self.kind {
            Kind::Linear => linear_ticks(self.from, self.to, most, 0.0),
            Kind::Whole => linear_ticks(self.from, self.to, most, 1.0),
            Kind::Log => log_ticks(self.from, self.to, most),
        }
    }
}

/// So many times 10 to a whole power, as the decimal number that it is: 3 · 10⁻⁴ by multiplication has stray digits.
fn decimal(times: u32, exponent: i32) -> f64 {
    format!("{times}e{exponent}").parse().unwrap_or(0.0)
}

fn decade(value: f64) -> i32 {
    // A bit more, so that 1000 is not taken for 999.999….
    libm::floor(libm::log10(value) + 1e-9) as i32
}

/// The 1, 2 or 5 of a decade at or below a value.
fn step_down(value: f64) -> f64 {
    let steps = [5, 2, 1].map(|times| decimal(times, decade(value)));
    steps.into_iter().find(|step| *step <= value * (1.0 + 1e-9)).unwrap_or(steps[2])
}

/// The 1, 2 or 5 of a decade at or above a value.
fn step_up(value: f64) -> f64 {
    let steps = [1, 2, 5, 10].map(|times| decimal(times, decade(value)));
    steps.into_iter().find(|step| *step >= value * (1.0 - 1e-9)).unwrap_or(steps[3])
}

fn linear_ticks(from: f64, to: f64, most: usize, least: f64) -> Vec<f64> {
    let room = (to - from) / most.saturating_sub(1).max(1) as f64;
    let step = step_up(room.max(TINY)).max(least);
    let (first, last) = (libm::ceil(from / step - 1e-9), libm::floor(to / step + 1e-9));
    let count = (last - first).max(0.0) as usize + 1;
    (0..count.min(most)).map(|index| (first + index as f64) * step).collect()
}

fn log_ticks(from: f64, to: f64, most: usize) -> Vec<f64> {
    let (first, last) = (decade(from), decade(to));
    let fits = |value: &f64| *value >= from * (1.0 - 1e-9) && *value <= to * (1.0 + 1e-9);
    let steps = |steps: &[u32]| -> Vec<f64> {
        let all = (first..=last).flat_map(|decade| steps.iter().map(move |step| decimal(*step, decade)));
        all.filter(fits).collect()
    };
    for some in [&[1, 2, 3, 4, 5, 6, 7, 8, 9][..], &[1, 2, 5], &[1, 3], &[1]] {
        let ticks = steps(some);
        if ticks.len() <= most {
            return ticks;
        }
    }
    let decades = steps(&[1]);
    let every = decades.len().div_ceil(most.max(1));
    decades.into_iter().step_by(every).collect()
}

/// A line through points, as the `d` of a path.
pub fn line(points: impl Iterator<Item = (f64, f64)>) -> String {
    let mut d = String::new();
    for (x, y) in points.filter(|(x, y)| x.is_finite() && y.is_finite()) {
        d.push(if d.is_empty() { 'M' } else { 'L' });
        d.push_str(&fixed(x, 1).to_string());
        d.push(' ');
        d.push_str(&fixed(y, 1).to_string());
    }
    d
}

/// The area between two lines over the same places, as the `d` of a path.
pub fn band(low: &[(f64, f64)], high: &[(f64, f64)]) -> String {
    let around = line(low.iter().copied().chain(high.iter().rev().copied()));
    if around.is_empty() { around } else { around + "Z" }
}

/// A column of a histogram, standing on the horizontal axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Column {
    /// Its left edge.
    pub x: f64,
    /// Its upper edge.
    pub y: f64,
    /// Its width.
    pub width: f64,
    /// Its height.
    pub height: f64,
}

/// Columns for classes of values: from, to, and what they count. Neighbours are a hair apart; one that is not 0 can be seen.
pub fn columns(classes: &[(f64, f64, f64)], x: &Scale, y: &Scale) -> Vec<Column> {
    let ground = y.at(0.0);
    let column = |(from, to, count): &(f64, f64, f64)| {
        let (left, right) = (x.at(*from), x.at(*to));
        let height = if *count > 0.0 { (ground - y.at(*count)).max(1.5) } else { 0.0 };
        let gap = ((right - left) * 0.12).min(1.5);
        Column { x: left + gap / 2.0, width: (right - left - gap).max(0.0), y: ground - height, height }
    };
    classes.iter().map(column).collect()
}

/// A bar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    /// Its top edge.
    pub y: f64,
    /// Its length.
    pub length: f64,
    /// Its share of all bars together.
    pub share: f64,
}

/// Horizontal bars, one under the other, `row` apart, the longest as long as `most`. One that is not 0 can be seen.
pub fn bars(values: &[f64], most: f64, row: f64) -> Vec<Bar> {
    let clean = |value: &f64| if value.is_finite() && *value > 0.0 { *value } else { 0.0 };
    let (longest, all) =
        values.iter().map(clean).fold((0.0_f64, 0.0), |(longest, all), value| (longest.max(value), all + value));
    let of = |value: f64, whole: f64| if whole > 0.0 { value / whole } else { 0.0 };
    let bar = |(index, value): (usize, &f64)| {
        let value = clean(value);
        let length = of(value, longest) * most;
        Bar { y: row * index as f64, length: if value > 0.0 { length.max(1.5) } else { 0.0 }, share: of(value, all) }
    };
    values.iter().enumerate().map(bar).collect()
}

/// A table as a CSV file: fields with commas, quotes or line breaks are quoted (RFC 4180).
pub fn csv(heads: &[String], rows: &[Vec<String>]) -> String {
    let field = |text: &String| {
        if text.contains([',', '"', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.clone() }
    };
    let row = |fields: &[String]| fields.iter().map(field).collect::<Vec<_>>().join(",") + "\r\n";
    std::iter::once(row(heads)).chain(rows.iter().map(|fields| row(fields))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const AWKWARD: [f64; 9] = [0.0, -1.0, 1e-300, 1e300, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1.0, 7e-12];

    #[test]
    fn nothing_is_ever_off_the_chart() {
        for kind in [Kind::Linear, Kind::Whole, Kind::Log] {
            for a in AWKWARD {
                for b in AWKWARD {
                    let scale = Scale::around(kind, [a, b].into_iter(), (10.0, 210.0));
                    for value in AWKWARD {
                        let at = scale.at(value);
                        assert!((10.0..=210.0).contains(&at), "{kind:?} around {a}, {b}: {value} at {at}");
                    }
                    let ticks = scale.ticks(6);
                    assert!(
                        ticks.len() <= 6 && ticks.iter().all(|tick| tick.is_finite()),
                        "{kind:?} {a} {b}: {ticks:?}"
                    );
                }
            }
        }
        assert!(!line(AWKWARD.into_iter().zip(AWKWARD)).contains(['N', 'i']), "no NaN and no inf in a path");
    }

    #[test]
    fn ticks_are_round_and_in_order() {
        let ticks = |kind, from, to, most| Scale::new(kind, from, to, (0.0, 1.0)).ticks(most);
        assert_eq!(ticks(Kind::Linear, 0.0, 100.0, 6), [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]);
        assert_eq!(ticks(Kind::Whole, 1.0, 4.0, 9), [1.0, 2.0, 3.0, 4.0]);
        assert_eq!(ticks(Kind::Log, 1e-5, 1e-4, 4), [1e-5, 2e-5, 5e-5, 1e-4]);
        assert_eq!(ticks(Kind::Log, 1e-12, 1e-1, 6), [1e-12, 1e-10, 1e-8, 1e-6, 1e-4, 1e-2]);
        for most in 2..12 {
            for (from, to) in [(0.0, 3.7), (12.0, 9_000.0), (1.0, 15.0)] {
                for kind in [Kind::Linear, Kind::Whole, Kind::Log] {
                    let ticks = ticks(kind, from, to, most);
                    assert!(ticks.len() <= most && ticks.windows(2).all(|two| two[0] < two[1]), "{kind:?}: {ticks:?}");
                }
            }
        }
    }

    #[test]
    fn a_line_that_never_moves_has_room_around_it() {
        let scale = Scale::around(Kind::Log, [3e-6, 3e-6].into_iter(), (100.0, 0.0));
        assert!((scale.at(3e-6) - 50.0).abs() < 20.0, "in the middle: {}", scale.at(3e-6));
        assert!(scale.ticks(6).len() >= 2);
    }

    #[test]
    fn the_smallest_bar_can_be_seen() {
        let bars = bars(&[1.0, 1e-9, 0.0], 200.0, 30.0);
        assert_eq!(bars[0], Bar { y: 0.0, length: 200.0, share: 1.0 / (1.0 + 1e-9) });
        assert!(bars[1].length >= 1.0);
        assert_eq!(bars[2], Bar { y: 60.0, length: 0.0, share: 0.0 });
        assert!(super::bars(&[f64::NAN, 0.0], 200.0, 30.0).iter().all(|bar| bar.length == 0.0 && bar.share == 0.0));
    }

    #[test]
    fn columns_stand_side_by_side_on_the_ground() {
        let x = Scale::new(Kind::Log, 1.0, 16.0, (100.0, 500.0));
        let y = Scale::new(Kind::Linear, 0.0, 1.0, (210.0, 10.0));
        let columns = columns(&[(1.0, 2.0, 0.5), (2.0, 4.0, 0.0), (4.0, 16.0, 1e-9)], &x, &y);
        assert!(columns.iter().all(|column| (column.y + column.height - 210.0).abs() < 1e-9), "{columns:?}");
        assert!((columns[0].height - 100.0).abs() < 1e-9 && columns[1].height == 0.0 && columns[2].height > 1.0);
        assert!(columns.windows(2).all(|two| two[0].x + two[0].width < two[1].x), "{columns:?}");
    }

    #[test]
    fn a_band_goes_there_and_back() {
        assert_eq!(band(&[(0.0, 4.0), (1.0, 3.0)], &[(0.0, 1.0), (1.0, 2.0)]), "M0.0 4.0L1.0 3.0L1.0 2.0L0.0 1.0Z");
        assert_eq!(band(&[], &[]), "");
    }

    #[test]
    fn a_table_survives_commas_and_quotes() {
        let heads = ["name".to_owned(), "n".to_owned()];
        let rows = vec![vec!["so, \"so\"".to_owned(), "1".to_owned()]];
        assert_eq!(csv(&heads, &rows), "name,n\r\n\"so, \"\"so\"\"\",1\r\n");
    }
}
