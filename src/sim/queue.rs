//! The event queue: ordered by time, then by order of entry (first in, first out).
//!
//! The heap holds places only; what is due stays where it was put until its turn comes, so that ordering moves three
//! words and never a message.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::time::SimTime;

/// A place in line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Place {
    pub(super) at: SimTime,
    order: u64,
}

/// A place, and where lies what is due then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Slot {
    place: Place,
    shelf: u32,
}

/// What is still to happen.
#[derive(Clone, Debug)]
pub(super) struct Queue<T> {
    heap: BinaryHeap<Reverse<Slot>>,
    shelves: Vec<Option<T>>,
    empty: Vec<u32>,
    next_order: u64,
}

impl<T> Queue<T> {
    pub(super) fn new() -> Self {
        Self { heap: BinaryHeap::new(), shelves: Vec::new(), empty: Vec::new(), next_order: 0 }
    }

    pub(super) fn push(&mut self, at: SimTime, what: T) {
        let place = self.reserve(at);
        self.push_at(place, what);
    }

    /// The next place at that time, for what may enter later.
    pub(super) fn reserve(&mut self, at: SimTime) -> Place {
        let place = Place { at, order: self.next_order };
        self.next_order += 1;
        place
    }

    /// Enters at a place that was reserved, and has not come up yet.
    pub(super) fn push_at(&mut self, place: Place, what: T) {
        let shelf = self.empty.pop().unwrap_or_else(|| {
            self.shelves.push(None);
            u32::try_from(self.shelves.len() - 1).expect("everything that is due comes from a buffer with a limit")
        });
        self.shelves[shelf as usize] = Some(what);
        self.heap.push(Reverse(Slot { place, shelf }));
    }

    /// When the next thing happens.
    pub(super) fn next_at(&self) -> Option<SimTime> {
        self.heap.peek().map(|Reverse(slot)| slot.place.at)
    }

    pub(super) fn pop(&mut self) -> Option<(Place, T)> {
        let Reverse(Slot { place, shelf }) = self.heap.pop()?;
        let what = self.shelves[shelf as usize].take().expect("every slot has its shelf");
        self.empty.push(shelf);
        Some((place, what))
    }

    /// What is still to happen, in no particular order: for pictures, never for decisions.
    pub(super) fn iter(&self) -> impl Iterator<Item = (SimTime, &T)> {
        self.heap.iter().filter_map(|Reverse(slot)| Some((slot.place.at, self.shelves[slot.shelf as usize].as_ref()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_times_come_first_in_first_out() {
        let mut queue = Queue::new();
        for (at, what) in [(5, 'b'), (1, 'a'), (5, 'c'), (5, 'd')] {
            queue.push(SimTime::from_us(at), what);
        }
        let order: String = std::iter::from_fn(|| queue.pop()).map(|(_, what)| what).collect();
        assert_eq!(order, "abcd");
    }

    #[test]
    fn who_enters_late_still_has_the_place_that_was_reserved() {
        let mut queue = Queue::new();
        let at = SimTime::from_us;
        let place = queue.reserve(at(5));
        queue.push(at(5), 'b');
        queue.push(at(1), 'x');
        assert_eq!(queue.pop().map(|(_, what)| what), Some('x'));
        queue.push_at(place, 'a');
        let order: String = std::iter::from_fn(|| queue.pop()).map(|(_, what)| what).collect();
        assert_eq!(order, "ab");
    }
}
