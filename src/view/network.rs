//! The manager tier of a cluster, and the network between it and the workers.
//!
//! ```text
//!      ┌────────── [ L1 ] ───────┐
//!   [ A ]    [ B ]     [ C ]     │
//!     │        │         │       │
//!   ──┴────┬───┴────┬────┴───┬───┘
//!        [ M1 ]   [ M2 ]   [ M3 ]
//! ```
//!
//! What always holds: every worker, member and balancer has one link to the network, and who is cut off there is
//! separated from everybody on it. In several rows the network runs below each row of workers and above each row of
//! members, and along the right margin from one to the next, so that nothing passes behind a card.

use super::path::{Path, Point, Rect};
use super::plan::{Density, Plan};
use crate::ha::{Layout, Part};
use crate::sim::MachineId;

/// The network: where it runs, and how machines reach it.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// Its lines.
    pub lines: Vec<Path>,
    /// Where it runs along the right margin.
    margin: f64,
    /// Where it runs across the stage, from top to bottom.
    heights: Vec<f64>,
    taps: Vec<Tap>,
}

/// How a machine reaches the network.
#[derive(Clone, Debug, PartialEq)]
struct Tap {
    machine: MachineId,
    /// Which of the horizontal lines.
    line: usize,
    /// From its box to the line.
    way: Vec<Point>,
}

impl Network {
    /// The way from one machine to another over the network, if both are on it and do not have a link of their own.
    #[inline(never)]
    pub(super) fn route(&self, from: MachineId, to: MachineId) -> Option<Path> {
        let tap = |machine| self.taps.iter().find(|tap| tap.machine == machine);
        let (a, b) = (tap(from)?, tap(to)?);
        let mut corners = a.way.clone();
        if a.line != b.line {
            corners.extend([a.line, b.line].map(|line| Point::new(self.margin, self.heights[line])));
        }
        corners.extend(b.way.iter().rev());
        Some(Path::through(&corners))
    }
}

/// How the lower tiers of a stage are laid out.
pub(super) struct Tiers {
    /// Density, size and number in a row of the workers' cards.
    pub workers: (Density, (f64, f64), usize),
    /// Width and number in a row of the members' boxes.
    members: (f64, usize),
    rows: usize,
    /// From the edges of the stage to the boxes.
    pub margin: f64,
}

/// A member's box.
const MEMBER: (f64, f64) = (196.0, 46.0);
/// From a box to the network.
const DROP: f64 = 34.0;
/// From the network to the next row of boxes that are not on it.
const CLEAR: f64 = 14.0;

impl Tiers {
    /// Between two rows of workers.
    pub const ROW_GAP: f64 = DROP + CLEAR;

    #[inline(never)]
    pub fn new(layout: &Layout, width: f64, margin: f64, narrow: bool) -> Self {
        let margin = margin + 8.0;
        let room = width - 2.0 * margin;
        let (count, members) = (layout.data.len(), layout.members.len());
        let per_row = if narrow && members > 3 { members.div_ceil(2) } else { members };
        let each = (room - 8.0 * (per_row.max(1) - 1) as f64) / per_row.max(1) as f64;
        let rows = members.div_ceil(per_row.max(1));
        Self { workers: worker_card(count, room, narrow), members: (each.min(MEMBER.0), per_row), rows, margin }
    }

    /// How much room the network and the members take below the workers.
    pub fn height(&self) -> f64 {
        let rows = self.rows as f64;
        2.0 * DROP + rows * MEMBER.1 + (rows - 1.0) * Self::ROW_GAP
    }

    /// Puts the members below the workers, which end at `top`, and joins all with the network.
    #[inline(never)]
    pub fn join(&self, plan: &mut Plan, layout: &Layout, top: f64) {
        let (width, per_row) = self.members;
        let mut heights = Vec::new();
        let worker_rows = layout.data.len().div_ceil(self.workers.2.max(1));
        for row in 0..worker_rows {
            let rows_below = (worker_rows - 1 - row) as f64;
            heights.push(top - rows_below * (self.workers.1.1 + Self::ROW_GAP) + DROP);
        }
        let mut y = top + 2.0 * DROP;
        for (row, ids) in layout.members.chunks(per_row.max(1)).enumerate() {
            if row > 0 {
                heights.push(y - DROP);
            }
            let first = row * per_row;
            plan.row(ids, |index| Part::Member(first as u8 + index), y, (width, MEMBER.1), self.margin, 298.0);
            y += MEMBER.1 + Self::ROW_GAP;
        }
        let margin = plan.width - self.margin / 2.0;
        let mut taps = Vec::new();
        for (index, machine) in layout.data.iter().enumerate() {
            let from = plan.rect(*machine).bottom_middle();
            taps.push(Tap::upright(*machine, from, index / self.workers.2.max(1), &heights));
        }
        for (index, machine) in layout.members.iter().enumerate() {
            let line = worker_rows - 1 + index / per_row.max(1);
            taps.push(Tap::upright(*machine, plan.rect(*machine).top_middle(), line, &heights));
        }
        let last = layout.balancers.len().saturating_sub(1);
        for (index, machine) in layout.balancers.iter().enumerate() {
            taps.push(Tap::aside(*machine, plan.rect(*machine), (last - index) as f64, margin, heights[0]));
        }
        let lines = lines(&heights, &taps, margin);
        for tap in &taps {
            let pairs = pairs(layout, tap.machine);
            // A balancer's link is taken hold of beside its box.
            let share = if layout.balancers.contains(&tap.machine) { 0.16 } else { 0.5 };
            let name = format!("net-{}", tap.machine.number());
            plan.link(name, (tap.machine, None), pairs, Path::through(&tap.way), share);
            if let Some(link) = plan.links.last_mut() {
                link.net = true;
                // All of it can be pressed, at the margin of a phone too.
                link.handle.x = link.handle.x.clamp(12.0, plan.width - 12.0);
            }
        }
        plan.network = Some(Network { lines, margin, heights, taps });
    }
}

impl Tap {
    /// Straight up or down.
    fn upright(machine: MachineId, from: Point, line: usize, heights: &[f64]) -> Self {
        Self { machine, line, way: vec![from, Point::new(from.x, heights[line])] }
    }

    /// Along the right margin; who has others to its right goes below them.
    fn aside(machine: MachineId, rect: Rect, others: f64, margin: f64, height: f64) -> Self {
        let margin = margin - 5.0 * others;
        let mut way = vec![rect.right_middle()];
        if others > 0.0 {
            let from = Point::new(rect.right() - 24.0, rect.bottom());
            way = vec![from, Point::new(from.x, from.y + 12.0)];
        }
        way.push(Point::new(margin, way[way.len() - 1].y));
        way.push(Point::new(margin, height));
        Self { machine, line: 0, way }
    }
}

/// The lines across the stage, each as long as it has to be, and the one along the margin.
fn lines(heights: &[f64], taps: &[Tap], margin: f64) -> Vec<Path> {
    let mut lines: Vec<Path> = (heights.iter().enumerate())
        .map(|(line, height)| {
            let ends = taps.iter().filter(|tap| tap.line == line).filter_map(|tap| tap.way.last()).map(|end| end.x);
            let left = ends.clone().fold(margin, f64::min);
            let right = if heights.len() > 1 { margin } else { ends.fold(left, f64::max) };
            Path::line(Point::new(left, *height), Point::new(right, *height))
        })
        .collect();
    if let (Some(first), Some(last), true) = (heights.first(), heights.last(), heights.len() > 1) {
        lines.push(Path::line(Point::new(margin, *first), Point::new(margin, *last)));
    }
    lines
}

/// Whom a machine reaches over the network: workers reach workers and members, members everybody, balancers members.
fn pairs(layout: &Layout, machine: MachineId) -> Vec<(MachineId, MachineId)> {
    let is_balancer = layout.balancers.contains(&machine);
    let is_member = layout.members.contains(&machine);
    let workers = layout.data.iter().filter(|_| !is_balancer);
    let balancers = layout.balancers.iter().filter(|_| is_member);
    let others = workers.chain(&layout.members).chain(balancers).filter(|other| **other != machine);
    others.map(|other| (machine, *other)).collect()
}

/// Density, size and number in a row of the workers' cards.
fn worker_card(count: usize, room: f64, narrow: bool) -> (Density, (f64, f64), usize) {
    let gap = if narrow || count > 5 { 8.0 } else { 22.0 };
    let each = |count: usize| (room - gap * (count.max(1) - 1) as f64) / count.max(1) as f64;
    if count <= 5 && each(count) >= 148.0 {
        return (Density::Compact, (each(count).min(176.0), 136.0), count);
    }
    let most = ((room + gap) / (96.0 + gap)).floor().max(1.0) as usize;
    let rows = count.div_ceil(most);
    let per_row = count.div_ceil(rows.max(1));
    (Density::Chip, (each(per_row).min(132.0), 128.0), per_row)
}
