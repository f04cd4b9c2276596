//! Where everything stands on the stage: clients on top, the router below them, then the nodes, then the manager of a
//! cluster, then helpers.
//!
//! What always holds: boxes do not overlap, nothing sticks out, and the handles by which links are cut are at
//! least a finger's width apart.

use super::network::{Network, Tiers};
use super::path::{Path, Point, Rect};
use crate::ha::{Layout, Part, config::Router};
use crate::sim::MachineId;

/// How much a node's card shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Density {
    /// Everything: up to three in a row, if they are wide enough.
    Full,
    /// Shorter texts and buttons without words: up to five in a row.
    Compact,
    /// Name, role, state and one figure.
    Chip,
}

/// What stands between clients and nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Proxies, which are machines.
    Proxy,
    /// A virtual address, which is none.
    Address,
    /// A name, with a name server beside the way.
    Name,
    /// Nothing but the network.
    Discovery,
    /// Balancers, which are machines and spread requests over all nodes.
    Balancer,
}

impl From<&Router> for Way {
    fn from(router: &Router) -> Self {
        match router {
            Router::Proxy { .. } => Self::Proxy,
            Router::Vip => Self::Address,
            Router::Dns { .. } => Self::Name,
            Router::Discovery => Self::Discovery,
            Router::Balancer => Self::Balancer,
        }
    }
}

/// A machine and where it stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Which machine.
    pub machine: MachineId,
    /// What it is for.
    pub part: Part,
    /// Where.
    pub rect: Rect,
}

/// A line that can be cut.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// Names it among the links of the plan.
    pub name: String,
    /// The machines at its ends; none where it meets the common network of the clients, or of workers and manager.
    pub ends: (MachineId, Option<MachineId>),
    /// Every pair of machines that talk over it.
    pub pairs: Vec<(MachineId, MachineId)>,
    /// Its way.
    pub path: Path,
    /// Where it is taken hold of.
    pub handle: Point,
    /// It meets the network of workers and manager.
    pub net: bool,
}

/// A drawn system.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// How wide it was to be.
    pub width: f64,
    /// How high it is: at least as high as it was to be.
    pub height: f64,
    /// How high it has to be at least.
    pub least_height: f64,
    /// How much the nodes' cards show.
    pub density: Density,
    /// All machines.
    pub places: Vec<Place>,
    /// Where the clients' ways meet, if not at proxies.
    pub hub: Option<Rect>,
    /// What workers and manager talk over, if there is a manager tier.
    pub network: Option<Network>,
    /// All lines.
    pub links: Vec<Link>,
}

/// Least distance between two handles (WCAG 2.5.8: 24 pixels).
const FINGER: f64 = 25.0;
const PHONE: f64 = 600.0;
const SITE: (f64, f64) = (96.0, 46.0);
const SMALL: (f64, f64) = (200.0, 46.0);
const HUB: (f64, f64) = (264.0, 38.0);
const ROW_GAP: f64 = 34.0;
/// Least way between clients and router, and between router and nodes.
const GAPS: (f64, f64) = (52.0, 62.0);
/// Longest such way.
const LONGEST: (f64, f64) = (96.0, 150.0);

impl Plan {
    /// Puts a system on a stage of this width and at least this height.
    pub fn new(layout: &Layout, way: Way, width: f64, height: f64) -> Self {
        let narrow = width < PHONE;
        let margin = if narrow { 10.0 } else { 18.0 };
        let count = layout.data.len();
        let tiers = if layout.members.is_empty() { None } else { Some(Tiers::new(layout, width, margin, narrow)) };
        let (density, card, per_row) =
            tiers.as_ref().map_or_else(|| card(count, width - 2.0 * margin, narrow), |tiers| tiers.workers);
        let row_gap = tiers.as_ref().map_or(ROW_GAP, |_| Tiers::ROW_GAP);
        let below = tiers.as_ref().map_or(0.0, Tiers::height);
        let rows = count.div_ceil(per_row.max(1));
        let helpers = helpers(layout);
        let bows = if count > 2 && !layout.is_pool() && tiers.is_none() {
            14.0 + 16.0 * (per_row.min(count) - 1) as f64
        } else {
            0.0
        };
        let helper_gap = if layout.witness.is_some() || layout.storage.is_some() { 46.0 } else { 12.0 };

        let nodes_h = rows as f64 * card.1 + (rows.max(1) - 1) as f64 * row_gap;
        let helpers_h = if helpers.is_empty() { 0.0 } else { SMALL.1 + if bows > 0.0 { 10.0 } else { helper_gap } };
        let fixed = SITE.1 + HUB.1.max(SMALL.1) + nodes_h + bows + below + helpers_h + 16.0;
        let least_height = fixed + GAPS.0 + GAPS.1;
        let free = (height - fixed).max(GAPS.0 + GAPS.1);
        let upper = (free * 0.42).clamp(GAPS.0, LONGEST.0);
        let lower = (free - upper).clamp(GAPS.1, LONGEST.1);
        let height = height.max(fixed + upper + lower);
        let top = 10.0 + (height - fixed - upper - lower) / 2.0;

        let mut plan = Self {
            width,
            height,
            least_height,
            density,
            places: Vec::new(),
            hub: None,
            network: None,
            links: Vec::new(),
        };
        let site_w = SITE.0.min((width - 2.0 * margin) / layout.clients.len().max(1) as f64 - 4.0);
        plan.row(&layout.clients, Part::Client, top, (site_w, SITE.1), margin, 180.0);
        let router_y = top + SITE.1 + upper;
        let fronts = if way == Way::Balancer { &layout.balancers } else { &layout.proxies };
        if matches!(way, Way::Proxy | Way::Balancer) && !fronts.is_empty() {
            let part = if way == Way::Balancer { Part::Balancer } else { Part::Proxy };
            // A balancer says how near the pool is to its limit, and needs room for that.
            let wide = if way == Way::Balancer { HUB.0 } else { SMALL.0 };
            let each = wide.min((width - 2.0 * margin) / fronts.len() as f64 - 8.0);
            plan.row(fronts, part, router_y, (each, SMALL.1), margin, 300.0);
        } else {
            // A name server stands beside the way, so the way moves aside, and shrinks, where space is short.
            let gap: f64 = if narrow { 20.0 } else { 70.0 };
            let beside = layout.dns.map_or(0.0, |_| gap.min(width / 16.0) + SMALL.0);
            let hub_w = HUB.0.min(width - 2.0 * margin - beside);
            let middle = (width / 2.0).min(width - margin - beside - hub_w / 2.0);
            let hub = Rect::centred(middle, router_y, hub_w, HUB.1);
            plan.hub = Some(hub);
            if let Some(dns) = layout.dns {
                let x = hub.right() + beside - SMALL.0;
                let rect = Rect { x, y: router_y + (HUB.1 - SMALL.1) / 2.0, w: SMALL.0, h: SMALL.1 };
                plan.places.push(Place { machine: dns, part: Part::Dns, rect });
            }
        }
        let nodes_y = router_y + HUB.1.max(SMALL.1) + lower;
        for (row, ids) in layout.data.chunks(per_row.max(1)).enumerate() {
            let y = nodes_y + row as f64 * (card.1 + row_gap);
            let first = row * per_row;
            let margin = tiers.as_ref().map_or(margin, |tiers| tiers.margin);
            plan.row(ids, |index| Part::Data(first as u8 + index), y, card, margin, 298.0);
        }
        let ids: Vec<_> = helpers.iter().map(|(machine, _)| *machine).collect();
        let helper_y = nodes_y + nodes_h + bows + below + helpers_h - SMALL.1;
        let each = SMALL.0.min((width - 2.0 * margin) / helpers.len().max(1) as f64 - 8.0);
        plan.row(&ids, |index| helpers[usize::from(index)].1, helper_y, (each, SMALL.1), margin, 226.0);

        plan.join_clients(layout);
        match tiers {
            Some(tiers) => tiers.join(&mut plan, layout, nodes_y + nodes_h),
            None => plan.join_nodes(layout, per_row),
        }
        for helper in [layout.witness, layout.storage].into_iter().flatten() {
            plan.join_helper(layout, helper);
        }
        plan
    }

    /// Spreads machines evenly over a row.
    pub(super) fn row(
        &mut self,
        ids: &[MachineId],
        part: impl Fn(u8) -> Part,
        y: f64,
        (w, h): (f64, f64),
        margin: f64,
        pitch: f64,
    ) {
        let count = ids.len() as f64;
        let pitch = pitch.max(w + 12.0).min((self.width - 2.0 * margin) / count);
        for (index, machine) in ids.iter().enumerate() {
            let x = self.width / 2.0 + (index as f64 - (count - 1.0) / 2.0) * pitch;
            self.places.push(Place { machine: *machine, part: part(index as u8), rect: Rect::centred(x, y, w, h) });
        }
    }

    /// Where a machine stands.
    pub fn rect(&self, machine: MachineId) -> Rect {
        self.places.iter().find(|place| place.machine == machine).map_or_else(Rect::default, |place| place.rect)
    }

    fn join_clients(&mut self, layout: &Layout) {
        let Some(hub) = self.hub else {
            let fronts = || layout.proxies.iter().chain(&layout.balancers);
            for (index, proxy) in fronts().enumerate() {
                // Handles of the first proxy sit above those of the second.
                let share = if fronts().count() == 1 { 0.5 } else { 0.35 + 0.3 * index as f64 };
                let box_ = self.rect(*proxy);
                for site in &layout.clients {
                    self.pair(*site, *proxy, Path::drop(self.rect(*site).bottom_middle(), box_.top_middle()), share);
                }
                for node in &layout.data {
                    self.pair(*proxy, *node, Path::drop(box_.bottom_middle(), self.rect(*node).top_middle()), share);
                }
            }
            return;
        };
        let all = |machine: MachineId, others: &[MachineId]| others.iter().map(|other| (machine, *other)).collect();
        let behind: Vec<_> = layout.data.iter().copied().chain(layout.dns).collect();
        for site in &layout.clients {
            let path = Path::drop(self.rect(*site).bottom_middle(), hub.top_middle());
            self.link(format!("clients-{}", site.number()), (*site, None), all(*site, &behind), path, 0.45);
        }
        for node in &layout.data {
            let path = Path::drop(hub.bottom_middle(), self.rect(*node).top_middle());
            self.link(format!("clients-{}", node.number()), (*node, None), all(*node, &layout.clients), path, 0.55);
        }
        if let Some(dns) = layout.dns {
            let path = Path::line(hub.right_middle(), self.rect(dns).left_middle());
            self.link(format!("clients-{}", dns.number()), (dns, None), all(dns, &layout.clients), path, 0.5);
        }
    }

    fn join_nodes(&mut self, layout: &Layout, per_row: usize) {
        if layout.is_pool() {
            return; // workers have nothing to say to each other
        }
        for (b, node) in layout.data.iter().enumerate() {
            for (a, other) in layout.data.iter().enumerate().take(b) {
                let (left, right) = (self.rect(*other), self.rect(*node));
                let same_row = a / per_row == b / per_row;
                let path = if same_row && b - a == 1 {
                    Path::line(left.right_middle(), right.left_middle())
                } else if same_row && b / per_row == (layout.data.len() - 1) / per_row {
                    let span = (b - a) as f64;
                    // Bows of the same span start a little apart, so that none hides another.
                    let shift = 10.0 * (span - 1.0);
                    let (from, to) = (left.bottom_middle(), right.bottom_middle());
                    Path::bow(Point::new(from.x + shift, from.y), Point::new(to.x - shift, to.y), 16.0 * span - 6.0)
                } else if same_row {
                    Path::bow(left.bottom_middle(), right.bottom_middle(), 22.0)
                } else {
                    Path::line(left.bottom_middle(), right.top_middle())
                };
                self.pair(*other, *node, path, 0.5);
            }
        }
    }

    /// Joins every data node with a witness or a shared storage below them.
    fn join_helper(&mut self, layout: &Layout, helper: MachineId) {
        let box_ = self.rect(helper);
        let count = layout.data.len() as f64;
        for (index, node) in layout.data.iter().enumerate() {
            let side = index as f64 - (count - 1.0) / 2.0;
            let from = self.rect(*node).bottom_middle();
            let from = Point::new(from.x - side.signum() * 34.0, from.y);
            let to = Point::new(box_.x + box_.w / 2.0 + side * box_.w * 0.8 / count.max(1.0), box_.y);
            let share = if count > 2.0 && side.abs() < 1.0 { 0.72 } else { 0.5 };
            self.pair(*node, helper, Path::drop(from, to), share);
        }
    }

    fn pair(&mut self, a: MachineId, b: MachineId, path: Path, share: f64) {
        self.link(format!("{}-{}", a.number(), b.number()), (a, Some(b)), vec![(a, b)], path, share);
    }

    pub(super) fn link(
        &mut self,
        name: String,
        ends: (MachineId, Option<MachineId>),
        pairs: Vec<(MachineId, MachineId)>,
        path: Path,
        share: f64,
    ) {
        // Where the wanted place is taken by another handle, the nearest free one along the link does.
        let room = |at: Point| self.links.iter().map(|link| link.handle.distance(at)).fold(f64::INFINITY, f64::min);
        let tries = (0..20).map(|step| share + f64::from((step + 1) / 2) * if step % 2 == 0 { 0.035 } else { -0.035 });
        let places = || tries.clone().filter(|share| (0.12..0.88).contains(share)).map(|share| path.at(share).0);
        let free = places().find(|at| room(*at) >= FINGER);
        let roomiest = || places().max_by(|a, b| room(*a).total_cmp(&room(*b))).expect("some place is on the link");
        let handle = free.unwrap_or_else(roomiest);
        self.links.push(Link { name, ends, pairs, path, handle, net: false });
    }

    /// The way of a message, and whether it goes against the path's direction.
    pub fn route(&self, from: MachineId, to: MachineId) -> (Path, bool) {
        if let Some(way) = self.network.as_ref().and_then(|network| network.route(from, to)) {
            return (way, false);
        }
        let whole = |link: &&Link| matches!(link.ends, (a, Some(b)) if (a, b) == (from, to) || (a, b) == (to, from));
        if let Some(link) = self.links.iter().find(whole) {
            return (link.path.clone(), link.ends.0 != from);
        }
        let to_hub =
            |machine| self.links.iter().find(|link| link.ends == (machine, None) && !link.net).map(|link| &link.path);
        let is_above = |machine| self.rect(machine).y < self.hub.map_or(0.0, |hub| hub.y);
        let (upper, lower) = if is_above(from) { (from, to) } else { (to, from) };
        match (to_hub(upper), to_hub(lower)) {
            // Through the hub: down the client's link, across, and down or aside to the machine.
            (Some(down), Some(on)) if is_above(upper) != is_above(lower) => (down.then(on), upper != from),
            _ => (self.beeline(from, to), false),
        }
    }

    /// A straight way between the boxes of two machines that nothing is drawn between.
    fn beeline(&self, from: MachineId, to: MachineId) -> Path {
        let (a, b) = (self.rect(from), self.rect(to));
        if a.bottom() <= b.y {
            Path::line(a.bottom_middle(), b.top_middle())
        } else if b.bottom() <= a.y {
            Path::line(a.top_middle(), b.bottom_middle())
        } else if a.x < b.x {
            Path::line(a.right_middle(), b.left_middle())
        } else {
            Path::line(a.left_middle(), b.right_middle())
        }
    }

    /// The place where a link that carries this pair is taken hold of; `is_cut` tells which links are cut.
    pub fn cut_point(&self, from: MachineId, to: MachineId, is_cut: impl Fn(&Link) -> bool) -> Option<Point> {
        let carries = |link: &&Link| link.pairs.contains(&(from, to)) || link.pairs.contains(&(to, from));
        let mut links = self.links.iter().filter(carries);
        links.clone().find(|link| is_cut(link)).or_else(|| links.next()).map(|link| link.handle)
    }
}

/// Density, size and number in a row of the nodes' cards.
fn card(count: usize, width: f64, narrow: bool) -> (Density, (f64, f64), usize) {
    // Many stand close together.
    let gap = if narrow || count > 6 { 8.0 } else { 22.0 };
    let each = |count: usize| (width - gap * (count.max(1) - 1) as f64) / count.max(1) as f64;
    let available = each(count);
    if count <= 3 && available >= 196.0 {
        (Density::Full, (available.min(214.0), 164.0), count)
    } else if available >= 148.0 {
        (Density::Compact, (available.min(176.0), 136.0), count)
    } else if available >= 96.0 {
        (Density::Chip, (available.min(132.0), 128.0), count)
    } else {
        let per_row = if count <= 4 { 2 } else { 3 };
        (Density::Chip, (each(per_row).min(132.0), 128.0), per_row)
    }
}

/// The machines of the lowest row.
fn helpers(layout: &Layout) -> Vec<(MachineId, Part)> {
    let named = [
        (layout.fencer, Part::Fencer),
        (layout.witness, Part::Witness),
        (layout.storage, Part::Storage),
        (layout.operator, Part::Operator),
    ];
    named.into_iter().filter_map(|(machine, part)| machine.map(|machine| (machine, part))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every kind of system on a projector, a large screen and a phone.
    fn plans() -> Vec<(String, Plan)> {
        let mut plans = Vec::new();
        for (width, height) in [(896.0, 474.0), (1500.0, 800.0), (640.0, 520.0), (375.0, 0.0)] {
            for data in 1..=5 {
                for (way, proxies) in
                    [(Way::Proxy, 1), (Way::Proxy, 2), (Way::Address, 0), (Way::Name, 0), (Way::Discovery, 0)]
                {
                    for (sites, helpers) in [(1, false), (3, true), (4, false)] {
                        let witness = helpers && data % 2 == 0;
                        let dns = way == Way::Name;
                        let layout = Layout::new(data, witness, proxies, dns, helpers, helpers, sites);
                        let name = format!("{data} nodes, {way:?} {proxies}, {sites} sites, {width} × {height}");
                        plans.push((name.clone(), Plan::new(&layout, way, width, height)));
                        let layout = layout.with_storage();
                        plans.push((format!("{name}, shared"), Plan::new(&layout, way, width, height)));
                    }
                }
            }
            for (workers, balancers) in (1..=8).flat_map(|workers| [(workers, 1), (workers, 2)]) {
                for sites in [1, 2, 4] {
                    let layout = Layout::new(workers, false, 0, false, false, false, sites).with_balancers(balancers);
                    let name = format!("pool of {workers}, {balancers}, {sites} sites, {width} × {height}");
                    plans.push((name, Plan::new(&layout, Way::Balancer, width, height)));
                }
            }
        }
        plans.extend(clusters());
        plans
    }

    /// Clusters of every size, and pairs under a manager's lease.
    fn clusters() -> Vec<(String, Plan)> {
        let mut plans = Vec::new();
        for (width, height) in [(896.0, 474.0), (1500.0, 800.0), (640.0, 520.0), (375.0, 0.0)] {
            for members in 1..=7 {
                for (workers, balancers) in (1..=8).flat_map(|workers| [(workers, 1), (workers, 2)]) {
                    for sites in [1, 2, 4] {
                        let layout = Layout::new(workers, false, 0, false, false, false, sites);
                        let layout = layout.with_balancers(balancers).with_members(members);
                        let size = format!("{members} members, {workers} workers, {balancers}, {sites} sites");
                        let name = format!("{size}, {width} × {height}");
                        plans.push((name, Plan::new(&layout, Way::Balancer, width, height)));
                    }
                }
                for (way, proxies) in [(Way::Proxy, 1), (Way::Proxy, 2), (Way::Address, 0), (Way::Name, 0)] {
                    for data in 2..=5 {
                        let layout = Layout::new(data, false, proxies, way == Way::Name, false, false, 2);
                        let name = format!("{data} nodes under {members}, {way:?}, {width} × {height}");
                        plans.push((name, Plan::new(&layout.with_members(members), way, width, height)));
                    }
                }
            }
        }
        plans
    }

    #[test]
    fn no_box_overlaps_another_or_sticks_out() {
        for (name, plan) in plans() {
            let boxes: Vec<Rect> = plan.places.iter().map(|place| place.rect).chain(plan.hub).collect();
            for (i, a) in boxes.iter().enumerate() {
                assert!(
                    a.x >= 0.0 && a.y >= 0.0 && a.right() <= plan.width && a.bottom() <= plan.height,
                    "{name}: {a:?}"
                );
                assert!(boxes.iter().take(i).all(|b| !a.overlaps(*b)), "{name}: {a:?}");
            }
        }
    }

    #[test]
    fn every_machine_stands_somewhere() {
        let layout = Layout::new(4, true, 2, false, true, true, 3);
        let plan = Plan::new(&layout, Way::Proxy, 896.0, 474.0);
        assert_eq!(plan.places.len(), layout.machines());
        assert_eq!(plan.density, Density::Compact);
    }

    #[test]
    fn handles_are_a_finger_apart_on_a_projector() {
        for (name, plan) in plans().into_iter().filter(|(_, plan)| plan.width > 800.0) {
            for (i, a) in plan.links.iter().enumerate() {
                for b in plan.links.iter().take(i) {
                    let apart = a.handle.distance(b.handle);
                    assert!(apart >= 24.0, "{name}: {} and {} are {apart:.0} apart", a.name, b.name);
                }
            }
        }
    }

    #[test]
    fn the_largest_cluster_fits_on_a_projector() {
        let at = |workers, members, sites| {
            let layout = Layout::new(workers, false, 0, false, false, false, sites);
            Plan::new(&layout.with_balancers(1).with_members(members), Way::Balancer, 896.0, 474.0)
        };
        for (workers, density) in [(1, Density::Compact), (5, Density::Compact), (6, Density::Chip), (8, Density::Chip)]
        {
            let plan = at(workers, 7, 2);
            assert_eq!((plan.height, plan.density), (474.0, density), "{workers} workers");
            let members = plan.places.iter().filter(|place| matches!(place.part, Part::Member(_)));
            assert!(
                members.clone().all(|place| (place.rect.h - 46.0).abs() < 0.1 && place.rect.w >= 100.0),
                "{members:?}"
            );
        }
    }

    #[test]
    fn who_is_cut_off_from_the_network_hears_nobody_on_it() {
        let layout = Layout::new(4, false, 0, false, false, false, 2).with_balancers(1).with_members(3);
        for width in [896.0, 360.0] {
            is_separated(&layout, &Plan::new(&layout, Way::Balancer, width, 474.0));
        }
    }

    fn is_separated(layout: &Layout, plan: &Plan) {
        let on_net = || layout.data.iter().chain(&layout.members).chain(&layout.balancers);
        for machine in on_net() {
            let link = plan.links.iter().find(|link| link.net && link.ends.0 == *machine).unwrap();
            for other in on_net().filter(|other| *other != machine) {
                let direct = layout.balancers.contains(machine) && layout.data.contains(other)
                    || layout.data.contains(machine) && layout.balancers.contains(other);
                assert!(link.handle.x >= 12.0 && link.handle.x <= plan.width - 12.0);
                let carried = link.pairs.contains(&(*machine, *other)) || link.pairs.contains(&(*other, *machine));
                assert_eq!(carried, !direct, "{machine:?} {other:?}");
            }
        }
    }

    #[test]
    fn messages_keep_to_the_network() {
        for (name, plan) in clusters() {
            let lines = &plan.network.as_ref().unwrap().lines;
            let on_net: Vec<_> = plan.links.iter().filter(|link| link.net).collect();
            for (a, b) in on_net.iter().flat_map(|a| on_net.iter().map(move |b| (a, b))) {
                let (path, reversed) = plan.route(a.ends.0, b.ends.0);
                if a.ends.0 == b.ends.0 || plan.links.iter().any(|link| link.ends == (a.ends.0, Some(b.ends.0))) {
                    continue;
                }
                assert!(!reversed, "{name}");
                let near = |path: &Path, at: Point| path.at(path.nearest(at)).0.distance(at) < 1.0;
                for share in 0..=20 {
                    let at = path.at(f64::from(share) / 20.0).0;
                    let ways = lines.iter().chain([&a.path, &b.path]);
                    assert!(ways.clone().any(|way| near(way, at)), "{name}: {} to {}, {at:?}", a.name, b.name);
                    let covers = |rect: Rect| {
                        rect.x + 1.0 < at.x
                            && at.x < rect.right() - 1.0
                            && rect.y + 1.0 < at.y
                            && at.y < rect.bottom() - 1.0
                    };
                    let hidden = plan.places.iter().find(|place| covers(place.rect));
                    assert!(hidden.is_none(), "{name}: {} to {} under {hidden:?}", a.name, b.name);
                }
            }
        }
    }

    #[test]
    fn a_projector_needs_no_scrolling() {
        for (name, plan) in plans().into_iter().filter(|(_, plan)| plan.width > 800.0 && plan.height > 474.0) {
            assert!(plan.height <= 800.0, "{name} is {} high", plan.height);
        }
    }

    #[test]
    fn a_reply_takes_the_way_of_its_request() {
        let layout = Layout::new(3, false, 0, false, false, false, 2);
        let plan = Plan::new(&layout, Way::Address, 896.0, 474.0);
        let (site, node) = (layout.clients[0], layout.data[2]);
        let (forth, reversed) = plan.route(site, node);
        let (back, back_reversed) = plan.route(node, site);
        assert_eq!(forth, back);
        assert!(!reversed && back_reversed);
        assert!(forth.at(0.0).0.distance(plan.rect(site).bottom_middle()) < 1.0);
        assert!(forth.at(1.0).0.distance(plan.rect(node).top_middle()) < 1.0);
    }
}
