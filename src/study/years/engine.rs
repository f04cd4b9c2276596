//! One chunk of years, event by event.
//!
//! Every node has one timer: until it fails, until it is repaired, or until a test finds it dead. The service has one, for
//! the takeover that runs, and so has the cause that all share. The earliest goes off, and what it changes is settled: is
//! anybody serving, and if not, why?

use super::plant::{NODES, Plant, Serving, Takeover};
use super::tally::{Cause, Outage, Tally, YEAR_US};
use super::times::Dice;
use crate::sim::Micros;

/// The node to which the service goes back, if it does.
const PREFERRED: u8 = 0;

/// Never.
const NEVER: Micros = Micros::MAX;

/// What a node is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Node {
    Up,
    /// Dead, and nobody knows.
    Unseen,
    /// Waits for a crew.
    Waiting,
    Repairing,
}

/// What the service's timer runs for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Running {
    Nothing,
    Automatic,
    ByHand,
    Restart,
    /// A node leads that is not the preferred one, and will hand over.
    FailbackWait,
    /// It hands over.
    Failback,
}

/// Simulates years that begin with everything up. Their number is what it is whatever happens in them.
pub(super) fn simulate(plant: &Plant, years: u64, number: u64, dice: Dice) -> Tally {
    let mut chunk = Chunk::new(plant, number, dice);
    let end = years * YEAR_US;
    while chunk.step(end) {}
    chunk.finish(end);
    chunk.tally
}

/// A plant in the course of a chunk.
pub(super) struct Chunk<'a> {
    plant: &'a Plant,
    number: u64,
    takeover: Option<&'a Takeover>,
    dice: Dice,
    now: Micros,
    nodes: [Node; NODES as usize],
    /// When each node's time is over.
    timers: [Micros; NODES as usize],
    /// What is left of the lives of nodes while they rest.
    left: [Micros; NODES as usize],
    /// When the takeover is.
    service_timer: Micros,
    /// When the next failure strikes that all share.
    common_timer: Micros,
    up: u8,
    unseen: u8,
    repairing: u8,
    /// Who waits for a crew, first come, first served.
    queue: Vec<u8>,
    leader: Option<u8>,
    /// Who led before the failback that runs.
    handing_over: u8,
    /// A failed leader whose repair waits for the end of the takeover.
    held: Option<u8>,
    running: Running,
    /// How much faster nodes fail with so many up; empty if that makes no difference.
    stress: Vec<f64>,
    /// Whether lives stand still, with what is left of them in the timers.
    resting: bool,
    /// Why the service is down, if it is.
    down: Option<Cause>,
    /// Since when it has been down, for whatever causes.
    outage_from: Micros,
    /// Since when for this cause.
    cause_from: Micros,
    cycle_from: Micros,
    cycle_down: Micros,
    cycle_outages: u64,
    year_end: Micros,
    year_down: Micros,
    year_outages: u64,
    tally: Tally,
}

impl<'a> Chunk<'a> {
    pub(super) fn new(plant: &'a Plant, number: u64, dice: Dice) -> Self {
        let takeover = match &plant.serving {
            Serving::Everybody => None,
            Serving::Leader(takeover) => Some(takeover),
        };
        let mut chunk = Self {
            plant,
            number,
            takeover,
            dice,
            now: 0,
            nodes: [Node::Up; NODES as usize],
            timers: [NEVER; NODES as usize],
            left: [NEVER; NODES as usize],
            service_timer: NEVER,
            common_timer: NEVER,
            up: plant.nodes,
            unseen: 0,
            repairing: 0,
            queue: Vec::with_capacity(NODES as usize),
            leader: takeover.map(|_| 0),
            handing_over: 0,
            held: None,
            running: Running::Nothing,
            stress: stress(plant),
            resting: false,
            down: None,
            outage_from: 0,
            cause_from: 0,
            cycle_from: 0,
            cycle_down: 0,
            cycle_outages: 0,
            year_end: YEAR_US,
            year_down: 0,
            year_outages: 0,
            tally: Tally::default(),
        };
        for node in 0..plant.nodes {
            chunk.begin_life(node);
        }
        chunk.next_common_cause();
        chunk
    }

    /// What happens next, if that is before the end.
    pub(super) fn step(&mut self, end: Micros) -> bool {
        let (mut first, mut at) = (0, NEVER);
        for (node, timer) in self.timers[..usize::from(self.plant.nodes)].iter().enumerate() {
            if *timer < at {
                (first, at) = (node, *timer);
            }
        }
        let of_nodes = at;
        at = at.min(self.service_timer).min(self.common_timer);
        if at >= end {
            return false;
        }
        self.now = at;
        // At the same instant nodes come first.
        if at == of_nodes {
            self.node_timer(first as u8);
        } else if at == self.service_timer {
            self.taken_over();
        } else {
            self.common_cause();
        }
        self.settle();
        true
    }

    fn finish(&mut self, end: Micros) {
        self.now = end;
        self.close_cause();
        self.years_until(end);
    }

    /// What a node is doing, and who leads.
    pub(super) fn nodes(&self) -> (&[Node], Option<u8>) {
        (&self.nodes[..usize::from(self.plant.nodes)], self.leader)
    }

    /// What time it is, since the chunk began.
    pub(super) fn now(&self) -> Micros {
        self.now
    }

    /// Since when the service has been down, if it is.
    pub(super) fn down_since(&self) -> Option<Micros> {
        self.down.map(|_| self.outage_from)
    }

    fn node_timer(&mut self, node: u8) {
        match self.nodes[usize::from(node)] {
            Node::Up => self.fail(node),
            Node::Repairing => self.repaired(node),
            // While a takeover runs nobody tests; it will find out by itself, or testing begins again when somebody leads.
            Node::Unseen if self.leader.is_none() => self.timers[usize::from(node)] = NEVER,
            Node::Unseen => {
                self.unseen -= 1;
                self.send_to_repair(node);
            }
            Node::Waiting => unreachable!("who waits has no timer"),
        }
    }

    fn fail(&mut self, node: u8) {
        self.tally.failures += 1;
        self.change_up(self.up - 1);
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
        let Some(takeover) = self.takeover else { return };
        if self.running == Running::Failback {
            return self.failback_failed(node);
        }
        if leads || (self.leader.is_some() && self.up < self.plant.needed) {
            self.leader = None;
            if self.candidates() >= self.plant.needed {
                if self.dice.chance_ppm(takeover.covered_ppm) {
                    self.start(Running::Automatic, &takeover.automatic);
                } else {
                    self.start(Running::ByHand, &takeover.by_hand);
                }
            } else {
                self.stop_takeover();
            }
        } else if (self.running == Running::FailbackWait && node == PREFERRED)
            || (self.leader.is_none() && self.candidates() < self.plant.needed)
        {
            self.stop_takeover();
        }
    }

    fn repaired(&mut self, node: u8) {
        self.repairing -= 1;
        if !self.queue.is_empty() {
            let next = self.queue.remove(0);
            self.begin_repair(next);
        }
        let regained = self.candidates() < self.plant.needed && self.candidates() + 1 >= self.plant.needed;
        self.nodes[usize::from(node)] = Node::Up;
        self.change_up(self.up + 1);
        self.begin_life(node);
        let Some(takeover) = self.takeover else { return };
        if self.leader.is_some() {
            return self.wait_for_failback();
        }
        match &takeover.restart {
            Some(restart) if regained => self.start(Running::Restart, restart),
            None if regained => self.lead(node),
            _ if !takeover.repaired_serves => {}
            _ if matches!(self.running, Running::Nothing | Running::Failback) => {}
            _ => self.lead(node),
        }
    }

    /// The takeover is over: somebody who is up leads, or it is found that nobody is.
    fn taken_over(&mut self) {
        match self.running {
            Running::FailbackWait => return self.hand_over(),
            Running::Failback => return self.lead(PREFERRED),
            _ => self.stop_takeover(),
        }
        let nodes = &self.nodes[..usize::from(self.plant.nodes)];
        if let Some(node) = nodes.iter().position(|node| *node == Node::Up) {
            self.tally.takeovers += 1;
            self.lead(node as u8);
            return;
        }
        for node in 0..self.plant.nodes {
            if self.nodes[usize::from(node)] == Node::Unseen {
                self.unseen -= 1;
                self.send_to_repair(node);
            }
        }
    }

    /// Everybody who is up fails, and who was dead unseen is found.
    fn common_cause(&mut self) {
        for node in 0..self.plant.nodes {
            match self.nodes[usize::from(node)] {
                Node::Up => {
                    self.tally.failures += 1;
                    self.change_up(self.up - 1);
                }
                Node::Unseen => self.unseen -= 1,
                Node::Waiting | Node::Repairing => continue,
            }
            self.send_to_repair(node);
        }
        self.leader = None;
        self.stop_takeover();
        self.next_common_cause();
    }

    fn next_common_cause(&mut self) {
        if let Some(times) = &self.plant.common_cause {
            self.common_timer = self.now + self.dice.draw(times);
        }
    }

    fn lead(&mut self, node: u8) {
        self.stop_takeover();
        self.leader = Some(node);
        if self.takeover.is_some_and(|takeover| takeover.cold) {
            self.timers[usize::from(node)] = self.now + self.life();
        }
        self.wait_for_failback();
        if self.unseen > 0 {
            for other in 0..self.plant.nodes {
                let place = usize::from(other);
                if self.nodes[place] == Node::Unseen && self.timers[place] == NEVER {
                    self.test_later(other);
                }
            }
        }
    }

    /// If a node leads that is not preferred while the preferred one is up, the service will go back.
    fn wait_for_failback(&mut self) {
        let Some(failback) = self.takeover.and_then(|takeover| takeover.failback.as_ref()) else { return };
        let preferred_is_up = self.nodes[usize::from(PREFERRED)] == Node::Up;
        if preferred_is_up && self.leader.is_some_and(|leader| leader != PREFERRED) && self.running == Running::Nothing
        {
            self.start(Running::FailbackWait, &failback.wait);
        }
    }

    fn hand_over(&mut self) {
        let Some(failback) = self.takeover.and_then(|takeover| takeover.failback.as_ref()) else { return };
        self.handing_over = self.leader.take().unwrap_or(PREFERRED);
        self.start(Running::Failback, &failback.takes);
    }

    /// A node failed while the service went back: if it is one of the two, the other serves.
    fn failback_failed(&mut self, node: u8) {
        if node == PREFERRED {
            self.lead(self.handing_over);
        } else if node == self.handing_over {
            self.lead(PREFERRED);
        }
    }

    /// More or fewer nodes are up: the lives of the others run out faster or slower from now on.
    fn change_up(&mut self, up: u8) {
        let before = std::mem::replace(&mut self.up, up);
        if self.stress.is_empty() || before == 0 || up == 0 {
            return;
        }
        let ratio = self.stress[usize::from(before)] / self.stress[usize::from(up)];
        for (timer, node) in self.timers.iter_mut().zip(&self.nodes) {
            if *node == Node::Up && *timer != NEVER && *timer > self.now {
                *timer = self.now + ((*timer - self.now) as f64 * ratio + 0.5) as Micros;
            }
        }
    }

    fn start(&mut self, running: Running, times: &super::times::Times) {
        self.running = running;
        self.service_timer = self.now + self.dice.draw(times);
    }

    fn stop_takeover(&mut self) {
        self.running = Running::Nothing;
        self.service_timer = NEVER;
        if let Some(node) = self.held.take() {
            self.send_to_repair(node);
        }
    }

    fn begin_life(&mut self, node: u8) {
        let idle = self.takeover.is_some_and(|takeover| takeover.cold) && self.leader != Some(node);
        self.timers[usize::from(node)] = if idle { NEVER } else { self.now + self.life() };
        if self.resting {
            self.left[usize::from(node)] = self.timers[usize::from(node)] - self.now;
            self.timers[usize::from(node)] = NEVER;
        }
    }

    /// How long a node lives that begins to, with as many beside it as there are.
    fn life(&mut self) -> Micros {
        let life = self.dice.draw(&self.plant.up);
        match self.stress.get(usize::from(self.up)) {
            Some(stress) => (life as f64 / stress + 0.5) as Micros,
            None => life,
        }
    }

    /// Lives stand still, or go on.
    fn rest(&mut self, resting: bool) {
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

    fn test_later(&mut self, node: u8) {
        let times = self.takeover.and_then(|takeover| takeover.unseen_until.as_ref());
        self.timers[usize::from(node)] = times.map_or(NEVER, |times| self.now + self.dice.draw(times));
    }

    fn send_to_repair(&mut self, node: u8) {
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
        self.timers[usize::from(node)] = self.now + self.dice.draw(&self.plant.repair);
    }

    /// Who might take over, as far as is known.
    fn candidates(&self) -> u8 {
        self.up + self.unseen
    }

    /// Notes what has become of the service.
    fn settle(&mut self) {
        debug_assert!(
            self.leader.is_some()
                || self.running != Running::Nothing
                || self.candidates() < self.plant.needed
                || self.takeover.is_none(),
            "somebody could serve and nobody does anything about it"
        );
        let down = self.why_down();
        if down != self.down {
            self.close_cause();
            match (self.down, down) {
                (None, Some(_)) => self.begin_outage(),
                (Some(_), None) => self.outage_over(),
                _ => {}
            }
            self.down = down;
            self.cause_from = self.now;
            if self.plant.rest_while_down {
                self.rest(down == Some(Cause::TooFew));
            }
        }
        let at_home =
            self.takeover.is_none_or(|takeover| takeover.failback.is_none() || self.leader == Some(PREFERRED));
        if down.is_none() && self.up == self.plant.nodes && at_home {
            self.tally.cycle(self.now - self.cycle_from, self.cycle_down, self.cycle_outages);
            (self.cycle_from, self.cycle_down, self.cycle_outages) = (self.now, 0, 0);
        }
    }

    fn begin_outage(&mut self) {
        self.years_until(self.now);
        self.tally.outages += 1;
        self.cycle_outages += 1;
        self.year_outages += 1;
        self.outage_from = self.now;
    }

    fn outage_over(&mut self) {
        let (length_us, chunk, from_us) = (self.now - self.outage_from, self.number, self.outage_from);
        if length_us > self.tally.longest_us() {
            self.tally.outage_over(Outage { length_us, chunk, from_us });
        }
    }

    fn why_down(&self) -> Option<Cause> {
        if self.leader.is_some() || (self.takeover.is_none() && self.up >= self.plant.needed) {
            return None;
        }
        Some(match self.running {
            Running::Nothing => Cause::TooFew,
            _ if self.up < self.plant.needed => Cause::InVain,
            Running::Failback | Running::FailbackWait => Cause::Failback,
            Running::Automatic => Cause::Automatic,
            Running::ByHand => Cause::ByHand,
            Running::Restart => Cause::Restart,
        })
    }

    /// Counts the time down for one cause, in the years in which it was.
    fn close_cause(&mut self) {
        let Some(cause) = self.down else { return };
        self.tally.down_us[cause as usize] += u128::from(self.now - self.cause_from);
        self.cycle_down += self.now - self.cause_from;
        let mut from = self.cause_from;
        while self.year_end <= self.now {
            let end = self.year_end;
            self.year_down += end.saturating_sub(from);
            from = from.max(end);
            self.end_year();
        }
        self.year_down += self.now - from;
    }

    fn years_until(&mut self, end: Micros) {
        while self.year_end <= end {
            self.end_year();
        }
    }

    fn end_year(&mut self) {
        self.tally.year(self.year_down, self.year_outages);
        (self.year_down, self.year_outages) = (0, 0);
        self.year_end += YEAR_US;
    }
}

/// How much faster nodes fail, by how many are up.
fn stress(plant: &Plant) -> Vec<f64> {
    let all = f64::from(plant.nodes);
    let of = |up: u8| libm::pow(all / f64::from(up.max(1)), plant.stress);
    if plant.stress > 0.0 { (0..=plant.nodes).map(of).collect() } else { Vec::new() }
}
