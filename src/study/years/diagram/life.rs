//! A diagram in the course of a chunk: its plants live by themselves, and it hears when one of them goes down or is back.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::{Diagram, DiagramTally};
use crate::sim::Micros;
use crate::study::years::engine::Chunk;
use crate::study::years::tally::{Cause, Outage, Tally, YEAR_US};
use crate::study::years::times::Dice;

/// A block in the course of a chunk.
struct Place {
    around: usize,
    needed: usize,
    /// How many of the blocks in it are up.
    up: usize,
    is_up: bool,
    /// While the whole is down: whether it would be up if this were.
    hangs: bool,
}

/// A diagram in the course of a chunk.
pub(super) struct Life<'a> {
    number: u64,
    /// The outermost first, each before what is in it.
    places: Vec<Place>,
    plants: Vec<Chunk<'a>>,
    /// The place of each plant, and why it is down.
    leaves: Vec<(usize, Option<Cause>)>,
    down: Option<Cause>,
    since: Micros,
    outage_from: Micros,
    year_end: Micros,
    year_down: Micros,
    year_outages: u64,
    tally: DiagramTally,
}

impl<'a> Life<'a> {
    pub(super) fn new(diagram: &'a Diagram, seed: u64, number: u64) -> Self {
        let mut life = Self {
            number,
            places: Vec::new(),
            plants: Vec::new(),
            leaves: Vec::new(),
            down: None,
            since: 0,
            outage_from: 0,
            year_end: YEAR_US,
            year_down: 0,
            year_outages: 0,
            tally: DiagramTally { whole: Tally::default(), hung_us: vec![0; diagram.count()] },
        };
        life.place(diagram, 0, seed);
        life
    }

    fn place(&mut self, diagram: &'a Diagram, around: usize, seed: u64) {
        let here = self.places.len();
        let (needed, up) = match diagram {
            Diagram::Plant(_) => (1, 1),
            Diagram::Of { needed, blocks } => (*needed as usize, blocks.len()),
        };
        self.places.push(Place { around, needed, up, is_up: true, hangs: false });
        if let Diagram::Plant(plant) = diagram {
            // An odd factor keeps the plants apart; the first has the seed itself.
            let key = seed ^ (self.plants.len() as u64).wrapping_mul(0xd134_2543_de82_ef95);
            self.leaves.push((here, None));
            self.plants.push(Chunk::new(plant, self.number, Dice::new(key, self.number)));
        }
        for block in diagram.blocks() {
            self.place(block, here, seed);
        }
    }

    /// Simulates until the end.
    pub(super) fn run(mut self, end: Micros) -> DiagramTally {
        let mut next: BinaryHeap<_> = (0..self.plants.len()).filter_map(|plant| self.change(plant, end)).collect();
        while let Some(&Reverse((now, _))) = next.peek() {
            self.close(now);
            // What happens at the same instant is settled at once.
            while let Some(&Reverse((at, plant))) = next.peek()
                && at == now
            {
                next.pop();
                self.hear(plant);
                next.extend(self.change(plant, end));
            }
            self.settle(now);
        }
        self.close(end);
        self.years_until(end);
        for plant in &self.plants {
            let (takeovers, failures) = plant.counts();
            self.tally.whole.takeovers += takeovers;
            self.tally.whole.failures += failures;
        }
        self.tally
    }

    /// Runs a plant until it goes down, is back, or is down for another cause; and when that is.
    fn change(&mut self, plant: usize, end: Micros) -> Option<Reverse<(Micros, usize)>> {
        let before = self.leaves[plant].1;
        let chunk = &mut self.plants[plant];
        while chunk.step(end) {
            if chunk.why_it_is_down() != before {
                return Some(Reverse((chunk.now(), plant)));
            }
        }
        None
    }

    /// A plant has changed: so may everything around it.
    fn hear(&mut self, plant: usize) {
        let cause = self.plants[plant].why_it_is_down();
        let mut here = self.leaves[plant].0;
        self.leaves[plant].1 = cause;
        let mut is_up = cause.is_none();
        while self.places[here].is_up != is_up {
            self.places[here].is_up = is_up;
            if here == 0 {
                return;
            }
            here = self.places[here].around;
            let group = &mut self.places[here];
            group.up = if is_up { group.up + 1 } else { group.up - 1 };
            is_up = group.up >= group.needed;
        }
    }

    fn settle(&mut self, now: Micros) {
        let was_down = self.down.is_some();
        self.down = None;
        if !self.places[0].is_up {
            for place in 0..self.places.len() {
                let Place { around, is_up, .. } = self.places[place];
                let group = &self.places[around];
                self.places[place].hangs = place == 0 || !is_up && group.hangs && group.up + 1 >= group.needed;
            }
            let on_one = self.leaves.iter().find(|(place, _)| self.places[*place].hangs).and_then(|leaf| leaf.1);
            self.down = Some(on_one.unwrap_or(Cause::TooFew));
        }
        match (was_down, self.down.is_some()) {
            (false, true) => {
                self.years_until(now);
                self.tally.whole.outages += 1;
                self.year_outages += 1;
                self.outage_from = now;
            }
            (true, false) => {
                let (length_us, chunk, from_us) = (now - self.outage_from, self.number, self.outage_from);
                self.tally.whole.outage_over(Outage { length_us, chunk, from_us });
            }
            _ => {}
        }
    }

    /// Counts the time since the last change, in the years in which it was.
    fn close(&mut self, now: Micros) {
        let mut from = std::mem::replace(&mut self.since, now);
        let Some(cause) = self.down else { return };
        self.tally.whole.down_us[cause as usize] += u128::from(now - from);
        for (sum, place) in self.tally.hung_us.iter_mut().zip(&self.places) {
            *sum += if place.hangs { u128::from(now - from) } else { 0 };
        }
        while self.year_end <= now {
            self.year_down += self.year_end.saturating_sub(from);
            from = from.max(self.year_end);
            self.end_year();
        }
        self.year_down += now - from;
    }

    fn years_until(&mut self, end: Micros) {
        while self.year_end <= end {
            self.end_year();
        }
    }

    fn end_year(&mut self) {
        self.tally.whole.year(self.year_down, self.year_outages);
        (self.year_down, self.year_outages) = (0, 0);
        self.year_end += YEAR_US;
    }
}
