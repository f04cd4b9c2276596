//! The drawing of a diagram: the way goes from the left to the right, through every block of a row and through any branch of
//! those that stand side by side.
//!
//! What always holds: no two parts overlap, a frame lies around what is in it, and everything lies within the picture.

use super::super::Rect;
use crate::theory::blocks::{Block, Kind, Spot};

/// A part's box.
const BOX: (f64, f64) = (128.0, 56.0);
/// Between the blocks of a row.
const GAP_X: f64 = 20.0;
/// Between branches; the mark of the weakest block stands in it.
const GAP_Y: f64 = 18.0;
/// From where the way parts to the branches.
const PART: f64 = 22.0;
/// From the branches over where they meet to the mark "2/3".
const MEET: f64 = 48.0;
/// Inside of a frame.
const PAD: f64 = 12.0;
/// The head of a frame, with its name.
const HEAD: f64 = 24.0;
/// Around everything.
const EDGE: f64 = 14.0;
/// From an end of the way to the first block.
const END: f64 = 24.0;

/// A drawing.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// Its width.
    pub width: f64,
    /// Its height.
    pub height: f64,
    /// Frames and boxes, those behind first.
    pub shapes: Vec<Shape>,
    /// The way, as pieces that go along or down: each from a point over others.
    pub wires: Vec<Vec<(f64, f64)>>,
    /// Where the branches of a group meet, and how many of how many are needed.
    pub marks: Vec<((f64, f64), usize, usize)>,
    /// Where the way begins and ends.
    pub ends: [(f64, f64); 2],
}

/// A block of the drawing.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    /// Which block.
    pub spot: Spot,
    /// Where it is.
    pub rect: Rect,
    /// Whether it is a frame around others.
    pub is_frame: bool,
}

/// Where an arrow key leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Towards {
    /// Back.
    Left,
    /// On.
    Right,
    /// Up, or out of a frame.
    Up,
    /// Down, or into a frame.
    Down,
}

/// How much room a block takes, and how far below its top the way enters it.
struct Room {
    width: f64,
    height: f64,
    axis: f64,
}

fn room(block: &Block, outermost: bool) -> Room {
    let inside: Vec<_> = block.blocks().iter().map(|block| room(block, false)).collect();
    let mut found = match &block.kind {
        Kind::Series(_) if !inside.is_empty() => {
            let axis = inside.iter().map(|one| one.axis).fold(0.0, f64::max);
            let below = inside.iter().map(|one| one.height - one.axis).fold(0.0, f64::max);
            let width = inside.iter().map(|one| one.width + GAP_X).sum::<f64>() - GAP_X;
            Room { width, height: axis + below, axis }
        }
        Kind::Parallel { .. } if !inside.is_empty() => {
            let width = PART + MEET + inside.iter().map(|one| one.width).fold(0.0, f64::max);
            let height = inside.iter().map(|one| one.height + GAP_Y).sum::<f64>() - GAP_Y;
            let last = &inside[inside.len() - 1];
            Room { width, height, axis: f64::midpoint(inside[0].axis, height - last.height + last.axis) }
        }
        _ => Room { width: BOX.0, height: BOX.1, axis: BOX.1 / 2.0 },
    };
    if block.is_group() && !outermost {
        found.width += 2.0 * PAD;
        found.height += HEAD + PAD;
        found.axis += HEAD;
    }
    found
}

impl Picture {
    /// Draws a diagram.
    pub fn of(root: &Block) -> Self {
        let all = room(root, true);
        let mut picture = Self {
            width: all.width + 2.0 * (EDGE + END),
            height: all.height + 2.0 * EDGE,
            shapes: Vec::new(),
            wires: Vec::new(),
            marks: Vec::new(),
            ends: [(0.0, 0.0); 2],
        };
        let axis = EDGE + all.axis;
        let (from, to) = (EDGE + END, EDGE + END + all.width);
        picture.ends = [(EDGE, axis), (to + END, axis)];
        if root.blocks().is_empty() && root.is_group() {
            picture.wires.push(vec![(EDGE, axis), (to + END, axis)]);
            return picture;
        }
        picture.wires.push(vec![(EDGE, axis), (from, axis)]);
        picture.wires.push(vec![(to, axis), (to + END, axis)]);
        picture.place(root, &mut Vec::new(), (from, axis));
        picture
    }

    /// Draws a block whose way enters here; where it leaves.
    fn place(&mut self, block: &Block, spot: &mut Spot, (x, axis): (f64, f64)) -> f64 {
        let outermost = spot.is_empty();
        let all = room(block, outermost);
        let framed = block.is_group() && !outermost;
        if framed || !block.is_group() {
            let rect = Rect { x, y: axis - all.axis, w: all.width, h: all.height };
            self.shapes.push(Shape { spot: spot.clone(), rect, is_frame: framed });
        }
        let pad = if framed { PAD } else { 0.0 };
        let (start, end) = (x + pad, x + all.width - pad);
        if framed {
            self.wires.push(vec![(x, axis), (start, axis)]);
            self.wires.push(vec![(end, axis), (x + all.width, axis)]);
        }
        match &block.kind {
            Kind::Series(blocks) => {
                let mut at = start;
                for (place, one) in blocks.iter().enumerate() {
                    spot.push(place);
                    let left = self.place(one, spot, (at, axis));
                    spot.pop();
                    at = left + GAP_X;
                    if place + 1 < blocks.len() {
                        self.wires.push(vec![(left, axis), (at, axis)]);
                    }
                }
            }
            Kind::Parallel { needed, blocks } => {
                let mut y = axis - all.axis + if framed { HEAD } else { 0.0 };
                let meet = end - MEET + PART;
                for (place, one) in blocks.iter().enumerate() {
                    let own = room(one, false);
                    // The branches stand in the middle between where the way parts and where it meets again.
                    let free = end - MEET - (start + PART);
                    let from = start + PART + (free - own.width) / 2.0;
                    let own_axis = y + own.axis;
                    spot.push(place);
                    let left = self.place(one, spot, (from, own_axis));
                    spot.pop();
                    let parts = start + PART / 2.0;
                    self.wires.push(vec![(start, axis), (parts, axis), (parts, own_axis), (from, own_axis)]);
                    self.wires.push(vec![
                        (left, own_axis),
                        (meet - PART / 2.0, own_axis),
                        (meet - PART / 2.0, axis),
                        (end, axis),
                    ]);
                    y += own.height + GAP_Y;
                }
                self.marks.push(((end - (MEET - PART / 2.0) / 2.0 + 2.0, axis), *needed as usize, blocks.len()));
            }
            _ => {}
        }
        x + all.width
    }

    /// The shape of a block.
    pub fn shape(&self, spot: &[usize]) -> Option<&Shape> {
        self.shapes.iter().find(|shape| shape.spot == spot)
    }

    /// Which block an arrow key leads to.
    pub fn towards(&self, from: &[usize], way: Towards) -> Option<Spot> {
        let Some(here) = self.shape(from) else { return self.shapes.first().map(|shape| shape.spot.clone()) };
        let inside = |outer: &[usize], inner: &[usize]| inner.len() > outer.len() && inner.starts_with(outer);
        if way == Towards::Down && here.is_frame {
            return self.shapes.iter().find(|shape| inside(from, &shape.spot)).map(|shape| shape.spot.clone());
        }
        let middle = |rect: Rect| (rect.x + rect.w / 2.0, rect.y + rect.h / 2.0);
        let (x, y) = middle(here.rect);
        let off = |other: &Shape| -> Option<f64> {
            let (to_x, to_y) = middle(other.rect);
            let (along, aside) = match way {
                Towards::Left => (here.rect.x - other.rect.right(), (to_y - y).abs()),
                Towards::Right => (other.rect.x - here.rect.right(), (to_y - y).abs()),
                Towards::Up => (here.rect.y - other.rect.bottom(), (to_x - x).abs()),
                Towards::Down => (other.rect.y - here.rect.bottom(), (to_x - x).abs()),
            };
            let limit = if matches!(way, Towards::Up | Towards::Down) { here.rect.w } else { f64::INFINITY };
            (along >= 0.0 && aside <= limit).then_some(along + 2.0 * aside)
        };
        let parts = self.shapes.iter().filter(|shape| !shape.is_frame && !inside(from, &shape.spot));
        let near = parts.filter_map(|shape| off(shape).map(|off| (off, shape)));
        let nearest = near.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, shape)| shape.spot.clone());
        match (way, nearest) {
            // Out of a frame, where nothing in it is above.
            (Towards::Up, nearest) => {
                let outer = &from[..from.len().saturating_sub(1)];
                let within = nearest.filter(|spot| outer.is_empty() || inside(outer, spot));
                within.or_else(|| self.shape(outer).map(|shape| shape.spot.clone()))
            }
            (_, nearest) => nearest,
        }
    }
}

fn wide(letter: char) -> usize {
    if u32::from(letter) >= 0x2e80 { 2 } else { 1 }
}

/// How long a text is, in widths of a Latin letter; Chinese characters take two.
pub fn letters_of(text: &str) -> usize {
    text.chars().map(wide).sum()
}

/// As much of a text as fits into so many widths of a Latin letter.
pub fn fit(text: &str, letters: usize) -> String {
    if letters_of(text) <= letters {
        return text.to_owned();
    }
    let mut room = letters.saturating_sub(1);
    let mut kept = String::new();
    for letter in text.chars() {
        let Some(left) = room.checked_sub(wide(letter)) else { break };
        room = left;
        kept.push(letter);
    }
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Lang;
    use crate::view::blocks::example;

    fn zones() -> Block {
        let row = Block::series("zone", vec![example(Lang::En).blocks()[1].clone(), Block::part("db", 100.0, 1.0)]);
        Block::series(
            "",
            vec![Block::part("dns", 100.0, 1.0), Block::parallel("zones", 1, vec![row.clone(), row.clone(), row])],
        )
    }

    fn overlap(a: Rect, b: Rect) -> bool {
        a.x < b.right() && b.x < a.right() && a.y < b.bottom() && b.y < a.bottom()
    }

    #[test]
    fn nothing_overlaps_and_frames_hold_what_is_in_them() {
        for root in [example(Lang::En), zones(), Block::part("alone", 1.0, 1.0), Block::series("", vec![])] {
            let picture = Picture::of(&root);
            let page = Rect { x: 0.0, y: 0.0, w: picture.width, h: picture.height };
            for one in &picture.shapes {
                let rect = one.rect;
                assert!(rect.x >= 0.0 && rect.y >= 0.0 && rect.right() <= page.w && rect.bottom() <= page.h, "{one:?}");
                for other in picture.shapes.iter().filter(|other| other.spot != one.spot) {
                    let within = other.spot.starts_with(&one.spot);
                    let outside = other.rect.x < rect.x
                        || other.rect.right() > rect.right()
                        || other.rect.bottom() > rect.bottom();
                    assert!(!within || !outside, "{other:?} sticks out of {one:?}");
                    let apart = within || one.spot.starts_with(&other.spot) || !overlap(rect, other.rect);
                    assert!(apart, "{one:?} and {other:?}");
                }
            }
            let points = picture.wires.iter().flatten();
            assert!(points.into_iter().all(|(x, y)| *x >= 0.0 && *y >= 0.0 && *x <= page.w && *y <= page.h));
            for wire in &picture.wires {
                let straight =
                    wire.windows(2).all(|two| (two[0].0 - two[1].0).abs() < 0.01 || (two[0].1 - two[1].1).abs() < 0.01);
                assert!(straight, "{wire:?}");
            }
        }
    }

    #[test]
    fn every_group_says_how_many_it_needs() {
        let picture = Picture::of(&example(Lang::En));
        let said: Vec<_> = picture.marks.iter().map(|(_, needed, of)| (*needed, *of)).collect();
        assert_eq!(said, [(1, 2), (2, 3)]);
    }

    #[test]
    fn the_arrow_keys_reach_every_block() {
        for root in [example(Lang::En), zones()] {
            let picture = Picture::of(&root);
            let mut reached = vec![picture.shapes[0].spot.clone()];
            let mut next = 0;
            while let Some(spot) = reached.get(next).cloned() {
                for way in [Towards::Left, Towards::Right, Towards::Up, Towards::Down] {
                    let there = picture.towards(&spot, way);
                    reached.extend(there.filter(|there| !reached.contains(there)));
                }
                next += 1;
            }
            for shape in &picture.shapes {
                assert!(reached.contains(&shape.spot), "{:?} cannot be reached", shape.spot);
            }
        }
        let picture = Picture::of(&example(Lang::En));
        assert_eq!(picture.towards(&[0], Towards::Down), Some(vec![0, 0]), "into the frame");
        assert_eq!(picture.towards(&[0, 0], Towards::Up), Some(vec![0]), "and out of it");
        assert_eq!(picture.towards(&[0, 0], Towards::Down), Some(vec![0, 1]));
        assert_eq!(picture.towards(&[0, 1], Towards::Right), Some(vec![1, 1]));
        assert_eq!(picture.towards(&[3], Towards::Right), None);
    }

    #[test]
    fn long_names_end_in_dots() {
        assert_eq!(fit("Load balancer", 13), "Load balancer");
        assert_eq!(fit("Load balancer 1", 13), "Load balance…");
        assert_eq!(fit("负载均衡器一", 8), "负载均…");
    }
}
