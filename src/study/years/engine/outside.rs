//! What befalls several nodes at once: the cause that all share, zones that fail, maintenance.

use super::moves::rate;
use super::{Cause, Chunk, Micros, NEVER, Next, Node, Plant};
use crate::study::years::plant::Zone;
use crate::study::years::rare::Move;

/// Where maintenance stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Upkeep {
    /// Until the next window.
    Between,
    /// It is this node's turn as soon as all is well.
    Turn(u8),
    /// The leader hands over, because it is its turn.
    Switching(u8),
    /// This node is down for it.
    Node(u8),
    /// All are.
    Everybody,
}

/// The timers of all that, and what it has done to the nodes.
#[derive(Debug)]
pub(super) struct Outside {
    /// When the first of the timers goes off.
    pub(super) next: Micros,
    common: Micros,
    zones: Vec<ZoneNow>,
    maintenance: Micros,
    upkeep: Upkeep,
    /// Which nodes are in a zone that has failed.
    dark: u32,
}

#[derive(Clone, Copy, Debug)]
struct ZoneNow {
    is_down: bool,
    timer: Micros,
    nodes: u32,
}

impl Outside {
    /// Nothing has happened yet, and no timer runs.
    pub(super) fn new(plant: &Plant) -> Self {
        let zone = |zone: &Zone| ZoneNow { is_down: false, timer: NEVER, nodes: zone.bits() };
        let zones = plant.zones.iter().map(zone).collect();
        Self { next: NEVER, common: NEVER, zones, maintenance: NEVER, upkeep: Upkeep::Between, dark: 0 }
    }

    /// Whose timer goes off now.
    pub(super) fn who(&self, now: Micros) -> Next {
        if self.common == now {
            return Next::CommonCause;
        }
        let zone = self.zones.iter().position(|zone| zone.timer == now);
        zone.map_or(Next::Maintenance, |zone| Next::Zone(zone as u8))
    }

    pub(super) fn zones_down(&self) -> impl Iterator<Item = bool> {
        self.zones.iter().map(|zone| zone.is_down)
    }

    /// Whether a node is in a zone that has failed.
    pub(super) fn is_dark(&self, node: u8) -> bool {
        self.dark & (1 << node) != 0
    }

    /// Whether no zone has failed and nothing is maintained.
    pub(super) fn is_calm(&self) -> bool {
        self.dark == 0 && self.upkeep == Upkeep::Between
    }

    /// Whether all nodes are down for maintenance.
    pub(super) fn everybody_is_maintained(&self) -> bool {
        self.upkeep == Upkeep::Everybody
    }

    fn set_next(&mut self) {
        let zones = self.zones.iter().map(|zone| zone.timer).min().unwrap_or(NEVER);
        self.next = self.common.min(zones).min(self.maintenance);
    }
}

impl Chunk<'_> {
    /// Starts the timers.
    pub(super) fn watch_outside(&mut self) {
        self.next_common_cause();
        for zone in 0..self.plant.zones.len() {
            self.outside.zones[zone].timer = self.now + self.dice.draw(&self.plant.zones[zone].up);
        }
        self.next_window();
        self.outside.set_next();
    }

    /// Everybody who is up fails, and who was dead unseen is found.
    pub(super) fn common_cause(&mut self) {
        for node in 0..self.plant.nodes {
            match self.nodes[usize::from(node)] {
                Node::Up => {
                    self.tally.failures += 1;
                    if self.is_up(node) {
                        self.change_up(self.up - 1);
                    }
                }
                Node::Unseen => self.unseen -= 1,
                Node::Waiting | Node::Repairing | Node::Maintained => continue,
            }
            self.send_to_repair(node);
        }
        self.leader = None;
        self.stop_takeover();
        self.next_common_cause();
        self.outside.set_next();
    }

    fn next_common_cause(&mut self) {
        if let Some(times) = &self.plant.common_cause {
            self.outside.common = self.now + self.dice.draw(times);
        }
    }

    /// A zone fails, and its nodes are cut off with it; or it is back. What happens to a node by itself goes on beneath.
    pub(super) fn zone_timer(&mut self, zone: usize) {
        let plant = self.plant;
        let (was_dark, before) = (self.outside.dark, self.candidates());
        let now = &mut self.outside.zones[zone];
        now.is_down = !now.is_down;
        let times = if now.is_down { &plant.zones[zone].repair } else { &plant.zones[zone].up };
        now.timer = self.now + self.dice.draw(times);
        let down = self.outside.zones.iter().filter(|zone| zone.is_down);
        let dark = down.fold(0, |dark, zone| dark | zone.nodes);
        self.outside.dark = dark;
        self.outside.set_next();
        let running = (0..plant.nodes).filter(|node| self.nodes[usize::from(*node)] == Node::Up);
        let changed =
            running.filter(|node| (was_dark ^ dark) & (1 << node) != 0).fold(0, |bits, node| bits | 1 << node);
        let count = u32::count_ones(changed) as u8;
        if dark & !was_dark != 0 {
            self.change_up(self.up - count);
            self.lost(changed);
        } else if count > 0 {
            self.change_up(self.up + count);
            self.returned(u32::trailing_zeros(changed) as u8, before);
        }
    }

    /// What of all that may happen next, and how often.
    pub(super) fn moves_outside(&self, moves: &mut Vec<Move>) {
        let plant = self.plant;
        if let Some(times) = &plant.common_cause {
            moves.push(Move { next: Next::CommonCause, per_us: rate(times), fails: true });
        }
        for (number, (zone, now)) in (0..).zip(plant.zones.iter().zip(&self.outside.zones)) {
            let times = if now.is_down { &zone.repair } else { &zone.up };
            moves.push(Move { next: Next::Zone(number), per_us: rate(times), fails: !now.is_down });
        }
        if let Some(maintenance) = plant.maintenance.as_ref().filter(|_| self.outside.maintenance != NEVER) {
            let fails = self.outside.upkeep == Upkeep::Between;
            let times = if fails { &maintenance.every } else { &maintenance.takes };
            moves.push(Move { next: Next::Maintenance, per_us: rate(times), fails });
        }
    }

    fn next_window(&mut self) {
        if let Some(maintenance) = &self.plant.maintenance {
            self.outside.maintenance = self.now + self.dice.draw(&maintenance.every);
        }
    }

    /// A window begins, or what is maintained is done.
    pub(super) fn maintenance_timer(&mut self) {
        let Some(maintenance) = &self.plant.maintenance else { return };
        self.outside.maintenance = NEVER;
        match self.outside.upkeep {
            Upkeep::Between if maintenance.at_once => self.maintain_everybody(),
            Upkeep::Between => self.outside.upkeep = Upkeep::Turn(0),
            Upkeep::Node(node) => self.node_maintained(node),
            Upkeep::Everybody => self.everybody_maintained(),
            Upkeep::Turn(_) | Upkeep::Switching(_) => unreachable!("who waits for a turn has no timer"),
        }
        self.outside.set_next();
    }

    /// Who has a turn is taken down once everybody is up and the service too; who leads hands over first.
    pub(super) fn go_on_with_maintenance(&mut self) {
        let Some(maintenance) = &self.plant.maintenance else { return };
        if let Upkeep::Switching(node) = self.outside.upkeep
            && self.running != super::Running::Switchover
        {
            // It has handed over, or somebody failed meanwhile.
            self.outside.upkeep = Upkeep::Turn(node);
        }
        let Upkeep::Turn(node) = self.outside.upkeep else { return };
        let all_is_well = self.up == self.plant.nodes && (self.takeover.is_none() || self.leader.is_some());
        if !all_is_well {
            return;
        }
        if self.leader == Some(node) && self.plant.needed < self.plant.nodes {
            self.outside.upkeep = Upkeep::Switching(node);
            self.switch_over(&maintenance.switchover);
            if self.running == super::Running::Switchover {
                return;
            }
        }
        self.outside.upkeep = Upkeep::Node(node);
        self.outside.maintenance = self.now + self.dice.draw(&maintenance.takes);
        self.outside.set_next();
        self.take_down(node);
        self.change_up(self.up - 1);
        self.lost(1 << node);
    }

    fn take_down(&mut self, node: u8) {
        self.nodes[usize::from(node)] = Node::Maintained;
        self.timers[usize::from(node)] = NEVER;
    }

    fn node_maintained(&mut self, node: u8) {
        let last = node + 1 == self.plant.nodes;
        self.outside.upkeep = if last { Upkeep::Between } else { Upkeep::Turn(node + 1) };
        if last {
            self.next_window();
        }
        let before = self.candidates();
        self.nodes[usize::from(node)] = Node::Up;
        if self.is_up(node) {
            self.change_up(self.up + 1);
        }
        self.begin_life(node);
        if self.is_up(node) {
            self.returned(node, before);
        }
    }

    fn maintain_everybody(&mut self) {
        let Some(maintenance) = &self.plant.maintenance else { return };
        self.outside.upkeep = Upkeep::Everybody;
        self.outside.maintenance = self.now + self.dice.draw(&maintenance.takes);
        for node in 0..self.plant.nodes {
            if self.nodes[usize::from(node)] == Node::Up {
                self.take_down(node);
            }
        }
        self.change_up(0);
        self.leader = None;
        self.stop_takeover();
    }

    fn everybody_maintained(&mut self) {
        self.outside.upkeep = Upkeep::Between;
        self.next_window();
        let before = self.candidates();
        let maintained: Vec<u8> =
            (0..self.plant.nodes).filter(|node| self.nodes[usize::from(*node)] == Node::Maintained).collect();
        for node in &maintained {
            self.nodes[usize::from(*node)] = Node::Up;
        }
        let up: Vec<u8> = (0..self.plant.nodes).filter(|node| self.is_up(*node)).collect();
        self.change_up(up.len() as u8);
        for node in maintained {
            self.begin_life(node);
        }
        if let Some(node) = up.first() {
            self.returned(*node, before);
        }
    }

    /// Whom it needed: those who are maintained, those whose zone has failed, or others.
    pub(super) fn why_too_few(&self) -> Cause {
        if self.outside.is_calm() {
            return Cause::TooFew;
        }
        let nodes = &self.nodes[..usize::from(self.plant.nodes)];
        let maintained = nodes.iter().filter(|node| **node == Node::Maintained).count() as u8;
        let dark = (0..self.plant.nodes)
            .filter(|node| self.nodes[usize::from(*node)] == Node::Up && self.outside.is_dark(*node))
            .count() as u8;
        if maintained > 0 && self.up + maintained >= self.plant.needed {
            Cause::Maintenance
        } else if self.up + maintained + dark >= self.plant.needed {
            Cause::Zone
        } else {
            Cause::TooFew
        }
    }
}
