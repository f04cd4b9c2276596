//! What happens to nodes: they fail, wait for a crew, are repaired, and live anew.

use super::{Chunk, Micros, NEVER, Node, Plant, Times};
use crate::study::years::times::LONGEST_US;

impl<'a> Chunk<'a> {
    pub(super) fn node_timer(&mut self, node: u8) {
        match self.nodes[usize::from(node)] {
            Node::Up => self.fail(node),
            Node::Repairing => self.repaired(node),
            // While a takeover runs nobody tests; it will find out by itself, or testing begins again when somebody leads.
            Node::Unseen if self.leader.is_none() => self.timers[usize::from(node)] = NEVER,
            Node::Unseen => {
                self.unseen -= 1;
                self.send_to_repair(node);
            }
            Node::Waiting | Node::Maintained => unreachable!("who waits has no timer"),
        }
    }

    fn fail(&mut self, node: u8) {
        self.tally.failures += 1;
        let served = !self.outside.is_dark(node);
        if served {
            self.change_up(self.up - 1);
        }
        let leads = self.leader == Some(node);
        if !leads && self.takeover.is_some_and(|takeover| takeover.unseen_until.is_some()) {
            self.nodes[usize::from(node)] = Node::Unseen;
            self.unseen += 1;
            self.test_later(node);
        } else if leads && self.candidates() >= self.plant.needed && self.takeover.is_some_and(|it| it.repair_waits) {
            self.nodes[usize::from(node)] = Node::Waiting;
            self.timers[usize::from(node)] = NEVER;
            self.held = Some(node);
        } else {
            self.send_to_repair(node);
        }
        if served {
            self.lost(1 << node);
        }
    }

    fn repaired(&mut self, node: u8) {
        self.repairing -= 1;
        if !self.queue.is_empty() {
            let next = self.queue.remove(0);
            self.begin_repair(next);
        }
        if self.outside.everybody_is_maintained() {
            self.nodes[usize::from(node)] = Node::Maintained;
            self.timers[usize::from(node)] = NEVER;
            return;
        }
        let before = self.candidates();
        let serves = !self.outside.is_dark(node);
        self.nodes[usize::from(node)] = Node::Up;
        if serves {
            self.change_up(self.up + 1);
        }
        self.begin_life(node);
        if serves {
            self.returned(node, before);
        }
    }

    /// More or fewer nodes are up: the lives of the others run out faster or slower from now on.
    #[inline]
    pub(super) fn change_up(&mut self, up: u8) {
        let before = std::mem::replace(&mut self.up, up);
        if !self.plain {
            self.change_stress(before, up);
        }
    }

    fn change_stress(&mut self, before: u8, up: u8) {
        if self.stress.is_empty() || before.max(1) == up.max(1) {
            return;
        }
        let ratio = self.stress[usize::from(before)] / self.stress[usize::from(up)];
        for (timer, node) in self.timers.iter_mut().zip(&self.nodes) {
            if *node == Node::Up && *timer != NEVER && *timer > self.now {
                *timer = self.now + ((*timer - self.now) as f64 * ratio + 0.5) as Micros;
            }
        }
    }

    #[inline]
    pub(super) fn begin_life(&mut self, node: u8) {
        if self.plain {
            self.timers[usize::from(node)] = self.now + self.dice.draw(&self.plant.up);
        } else {
            self.begin_special_life(node);
        }
    }

    fn begin_special_life(&mut self, node: u8) {
        let place = usize::from(node);
        if let Some(dormancy) = self.dormancy {
            self.awake &= !(1 << node);
            self.timers[place] = NEVER;
            if self.leader == Some(node) {
                self.wake(node);
            } else if dormancy > 0.0 {
                self.left[place] = self.life(node);
                self.sleep_on(node);
            }
            return;
        }
        self.timers[place] = self.now + self.life(node);
        if self.resting {
            self.left[place] = self.timers[place] - self.now;
            self.timers[place] = NEVER;
        }
    }

    /// How long a node lives that begins to, with as many beside it as there are.
    fn life(&mut self, node: u8) -> Micros {
        let mut life = self.dice.draw(self.plant.up_of(node));
        if !self.plant.other_causes.is_empty() {
            self.fails_of[usize::from(node)] = 0;
            for (number, cause) in (1..).zip(&self.plant.other_causes) {
                let other = self.dice.draw(&cause.up);
                if other < life {
                    life = other;
                    self.fails_of[usize::from(node)] = number;
                }
            }
        }
        match self.stress.get(usize::from(self.up)) {
            Some(stress) => (life as f64 / stress + 0.5) as Micros,
            None => life,
        }
    }

    /// A node leads: from now on its life runs at full pace; that of a cold one begins.
    #[inline]
    pub(super) fn wake(&mut self, node: u8) {
        if let Some(dormancy) = self.dormancy {
            self.wake_from(node, dormancy);
        }
    }

    fn wake_from(&mut self, node: u8, dormancy: f64) {
        let place = usize::from(node);
        if self.awake & (1 << node) != 0 {
            return;
        }
        self.awake |= 1 << node;
        let left = if dormancy > 0.0 && self.timers[place] != NEVER {
            let lived = (self.now - self.asleep_since[place]) as f64 * dormancy;
            self.left[place].saturating_sub(lived as Micros)
        } else {
            self.life(node)
        };
        self.timers[place] = self.now + left;
    }

    /// A node that is up leads no longer: its life runs slower, or stops.
    pub(super) fn put_to_sleep(&mut self, node: u8) {
        let place = usize::from(node);
        if self.dormancy.is_none() || self.nodes[place] != Node::Up || self.awake & (1 << node) == 0 {
            return;
        }
        self.awake &= !(1 << node);
        self.left[place] = self.timers[place] - self.now;
        self.sleep_on(node);
    }

    /// How long what is left of a standby's life takes at its own pace.
    fn sleep_on(&mut self, node: u8) {
        let place = usize::from(node);
        let dormancy = self.dormancy.unwrap_or(1.0);
        self.asleep_since[place] = self.now;
        let takes = (self.left[place] as f64 / dormancy).min(LONGEST_US) as Micros;
        self.timers[place] = if dormancy > 0.0 { self.now + takes } else { NEVER };
    }

    /// Lives stand still, or go on.
    pub(super) fn rest(&mut self, resting: bool) {
        self.resting = resting;
        for place in 0..usize::from(self.plant.nodes) {
            if self.nodes[place] == Node::Up && resting {
                self.left[place] = self.timers[place] - self.now;
                self.timers[place] = NEVER;
            } else if self.nodes[place] == Node::Up && self.timers[place] == NEVER {
                self.timers[place] = self.now + self.left[place];
            }
        }
    }

    pub(super) fn test_later(&mut self, node: u8) {
        let times = self.takeover.and_then(|takeover| takeover.unseen_until.as_ref());
        self.timers[usize::from(node)] = times.map_or(NEVER, |times| self.now + self.dice.draw(times));
    }

    pub(super) fn send_to_repair(&mut self, node: u8) {
        if self.repairing < self.plant.crews {
            self.begin_repair(node);
        } else {
            self.nodes[usize::from(node)] = Node::Waiting;
            self.timers[usize::from(node)] = NEVER;
            self.queue.push(node);
        }
    }

    fn begin_repair(&mut self, node: u8) {
        self.repairing += 1;
        self.nodes[usize::from(node)] = Node::Repairing;
        let times = if self.plain { &self.plant.repair } else { self.repair_of(node) };
        self.timers[usize::from(node)] = self.now + self.dice.draw(times);
    }

    /// How long a node's repair takes, after what it has failed of.
    fn repair_of(&self, node: u8) -> &'a Times {
        self.plant.repair_of(node, self.fails_of[usize::from(node)])
    }
}

/// How much faster nodes fail, by how many are up.
pub(super) fn stress(plant: &Plant) -> Vec<f64> {
    let all = f64::from(plant.nodes);
    let of = |up: u8| libm::pow(all / f64::from(up.max(1)), plant.stress);
    if plant.stress > 0.0 { (0..=plant.nodes).map(of).collect() } else { Vec::new() }
}
