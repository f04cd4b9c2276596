//! Points, boxes, and the ways that messages take.

use std::fmt::Write as _;

use super::fixed::tenths;

/// A place.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// To the right.
    pub x: f64,
    /// Downwards.
    pub y: f64,
}

impl Point {
    /// A place.
    pub const fn new(x: f64, y: f64) -> Self {
        Self { x, y }
    }

    /// How far it is to `other`.
    pub fn distance(self, other: Self) -> f64 {
        let (dx, dy) = (other.x - self.x, other.y - self.y);
        (dx * dx + dy * dy).sqrt()
    }

    fn towards(self, other: Self, share: f64) -> Self {
        Self::new(self.x + (other.x - self.x) * share, self.y + (other.y - self.y) * share)
    }
}

/// A box.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rect {
    /// Left edge.
    pub x: f64,
    /// Top edge.
    pub y: f64,
    /// Width.
    pub w: f64,
    /// Height.
    pub h: f64,
}

impl Rect {
    /// A box around a horizontal centre.
    pub fn centred(x: f64, y: f64, w: f64, h: f64) -> Self {
        Self { x: x - w / 2.0, y, w, h }
    }

    /// Right edge.
    pub fn right(self) -> f64 {
        self.x + self.w
    }

    /// Bottom edge.
    pub fn bottom(self) -> f64 {
        self.y + self.h
    }

    /// Middle of the top edge.
    pub fn top_middle(self) -> Point {
        Point::new(self.x + self.w / 2.0, self.y)
    }

    /// Middle of the bottom edge.
    pub fn bottom_middle(self) -> Point {
        Point::new(self.x + self.w / 2.0, self.bottom())
    }

    /// Middle of the left edge.
    pub fn left_middle(self) -> Point {
        Point::new(self.x, self.y + self.h / 2.0)
    }

    /// Middle of the right edge.
    pub fn right_middle(self) -> Point {
        Point::new(self.right(), self.y + self.h / 2.0)
    }

    /// Whether the two share more than an edge.
    pub fn overlaps(self, other: Self) -> bool {
        self.x < other.right() && other.x < self.right() && self.y < other.bottom() && other.y < self.bottom()
    }
}

/// A curve that knows its length: equal shares of it are equally long.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// The `d` of an SVG path.
    pub d: String,
    /// Points on it, and how far each is from the start.
    samples: Vec<(Point, f64)>,
}

const SAMPLES: usize = 20;

impl Path {
    /// A straight line.
    pub fn line(from: Point, to: Point) -> Self {
        let mut path = Self::start(from);
        let _ = write!(path.d, "L{} {}", tenths(to.x), tenths(to.y));
        path.add(to);
        path
    }

    /// From corner to corner.
    pub fn through(corners: &[Point]) -> Self {
        let mut path = Self::start(corners.first().copied().unwrap_or_default());
        for corner in corners.iter().skip(1) {
            let _ = write!(path.d, "L{} {}", tenths(corner.x), tenths(corner.y));
            path.add(*corner);
        }
        path
    }

    /// A cubic Bézier curve.
    pub fn cubic(from: Point, a: Point, b: Point, to: Point) -> Self {
        let mut path = Self::start(from);
        path.d.push('C');
        for value in [a.x, a.y, b.x, b.y, to.x, to.y] {
            let _ = write!(path.d, "{} ", tenths(value));
        }
        for step in 1..=SAMPLES {
            let t = step as f64 / SAMPLES as f64;
            let (ab, bc, cd) = (from.towards(a, t), a.towards(b, t), b.towards(to, t));
            path.add(ab.towards(bc, t).towards(bc.towards(cd, t), t));
        }
        path
    }

    /// From top to bottom, leaving and arriving upright.
    pub fn drop(from: Point, to: Point) -> Self {
        if (from.x - to.x).abs() < 1.0 {
            return Self::line(from, to);
        }
        let bend = (to.y - from.y) * 0.55;
        Self::cubic(from, Point::new(from.x, from.y + bend), Point::new(to.x, to.y - bend), to)
    }

    /// A bow that hangs below two places.
    pub fn bow(from: Point, to: Point, depth: f64) -> Self {
        // A cubic reaches three quarters of the way to its control points.
        let low = from.y.max(to.y) + depth / 0.75;
        Self::cubic(from, Point::new(from.x, low), Point::new(to.x, low), to)
    }

    fn start(from: Point) -> Self {
        Self { d: format!("M{} {}", tenths(from.x), tenths(from.y)), samples: vec![(from, 0.0)] }
    }

    fn add(&mut self, to: Point) {
        let &(last, length) = self.samples.last().expect("a path begins somewhere");
        self.samples.push((to, length + last.distance(to)));
    }

    /// This way, and then the other one.
    #[must_use]
    pub fn then(&self, next: &Self) -> Self {
        let mut path = self.clone();
        path.d.push_str(&next.d.replacen('M', "L", 1));
        for (point, _) in &next.samples {
            path.add(*point);
        }
        path
    }

    /// How long it is.
    pub fn length(&self) -> f64 {
        self.samples.last().map_or(0.0, |(_, length)| *length)
    }

    /// The place after this share of the way, and the direction (a unit vector) there.
    pub fn at(&self, share: f64) -> (Point, Point) {
        let wanted = share.clamp(0.0, 1.0) * self.length();
        let after = self.samples.partition_point(|(_, length)| *length < wanted).clamp(1, self.samples.len() - 1);
        let ((a, from), (b, to)) = (self.samples[after - 1], self.samples[after]);
        let step = (to - from).max(f64::EPSILON);
        let direction = Point::new((b.x - a.x) / step, (b.y - a.y) / step);
        (a.towards(b, (wanted - from) / step), direction)
    }

    /// The share of the way at which it comes nearest to a place.
    pub fn nearest(&self, place: Point) -> f64 {
        let near = self.samples.windows(2).map(|pair| {
            let ((a, from), (b, to)) = (pair[0], pair[1]);
            let length = (to - from).max(f64::EPSILON);
            let along = ((place.x - a.x) * (b.x - a.x) + (place.y - a.y) * (b.y - a.y)) / length;
            let along = along.clamp(0.0, length);
            (a.towards(b, along / length).distance(place), from + along)
        });
        let (_, along) = near.min_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or_default();
        along / self.length().max(f64::EPSILON)
    }

    /// The place of something that travels forth (or back, with `reversed`): on the right-hand side of the way,
    /// so that request and reply do not hide each other.
    pub fn lane(&self, share: f64, reversed: bool, aside: f64) -> Point {
        let (point, direction) = self.at(if reversed { 1.0 - share } else { share });
        let side = if reversed { -aside } else { aside };
        Point::new(point.x - direction.y * side, point.y + direction.x * side)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_a_line_is_its_middle() {
        let path = Path::line(Point::new(0.0, 0.0), Point::new(0.0, 10.0));
        let (middle, direction) = path.at(0.5);
        assert!(middle.distance(Point::new(0.0, 5.0)) < 1e-9);
        assert!(direction.distance(Point::new(0.0, 1.0)) < 1e-9);
    }

    #[test]
    fn equal_shares_of_a_curve_are_equally_long() {
        let path = Path::drop(Point::new(0.0, 0.0), Point::new(300.0, 100.0));
        let steps: Vec<f64> =
            (0..10).map(|i| path.at(f64::from(i) / 10.0).0.distance(path.at(f64::from(i + 1) / 10.0).0)).collect();
        let mean = steps.iter().sum::<f64>() / 10.0;
        assert!(steps.iter().all(|step| (step - mean).abs() < 0.15 * mean), "{steps:?}");
    }

    #[test]
    fn forth_and_back_pass_each_other() {
        let path = Path::line(Point::new(0.0, 0.0), Point::new(0.0, 10.0));
        let (forth, back) = (path.lane(0.5, false, 3.0), path.lane(0.5, true, 3.0));
        assert!((forth.distance(back) - 6.0).abs() < 1e-9);
        assert!(forth.x < back.x, "downwards, the right-hand side is on the left of the screen");
    }

    #[test]
    fn a_place_beside_the_way_is_found_on_it() {
        let path = Path::line(Point::new(0.0, 0.0), Point::new(0.0, 10.0));
        assert!((path.nearest(Point::new(3.0, 2.5)) - 0.25).abs() < 1e-9);
        assert!((path.nearest(Point::new(3.0, 25.0)) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn joined_ways_are_as_long_as_both() {
        let (a, b, c) = (Point::new(0.0, 0.0), Point::new(0.0, 10.0), Point::new(10.0, 10.0));
        let joined = Path::line(a, b).then(&Path::line(b, c));
        assert!((joined.length() - 20.0).abs() < 1e-9);
        assert_eq!(joined.d, "M0.0 0.0L0.0 10.0L0.0 10.0L10.0 10.0");
    }
}
