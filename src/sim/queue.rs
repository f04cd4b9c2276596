//! The event queue: ordered by time, then by order of entry (first in, first out).

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::time::SimTime;

#[derive(Clone, Debug)]
struct Slot<T> {
    at: SimTime,
    order: u64,
    what: T,
}

impl<T> PartialEq for Slot<T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<T> Eq for Slot<T> {}

impl<T> PartialOrd for Slot<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Slot<T> {
    // Reversed: `BinaryHeap` gives the greatest first and we want the earliest.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at, other.order).cmp(&(self.at, self.order))
    }
}

/// What is still to happen.
#[derive(Clone, Debug)]
pub(super) struct Queue<T> {
    heap: BinaryHeap<Slot<T>>,
    next_order: u64,
}

impl<T> Queue<T> {
    pub(super) fn new() -> Self {
        Self { heap: BinaryHeap::new(), next_order: 0 }
    }

    pub(super) fn push(&mut self, at: SimTime, what: T) {
        self.heap.push(Slot { at, order: self.next_order, what });
        self.next_order += 1;
    }

    /// When the next thing happens.
    pub(super) fn next_at(&self) -> Option<SimTime> {
        self.heap.peek().map(|slot| slot.at)
    }

    pub(super) fn pop(&mut self) -> Option<(SimTime, T)> {
        self.heap.pop().map(|slot| (slot.at, slot.what))
    }

    /// What is still to happen, in no particular order: for pictures, never for decisions.
    pub(super) fn iter(&self) -> impl Iterator<Item = (SimTime, &T)> {
        self.heap.iter().map(|slot| (slot.at, &slot.what))
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
}
