//! The event queue: ordered by time, then by order of entry (first in, first out).
//!
//! A line with the soonest at its end. Most of what enters is a message, due in a few milliseconds, and passes the few
//! that are sooner; the timers far ahead in the line do not move. That beats a heap, whose every removal sinks to the
//! bottom. The line holds places only: what is due stays where it was put until its turn comes.

use super::time::SimTime;

/// A place in line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Place {
    pub(super) at: SimTime,
    order: u64,
}

/// A place, and where lies what is due then.
#[derive(Clone, Copy, Debug)]
struct Slot {
    place: Place,
    shelf: u32,
}

/// What is still to happen.
#[derive(Clone, Debug)]
pub(super) struct Queue<T> {
    /// The soonest last.
    line: Vec<Slot>,
    shelves: Vec<Option<T>>,
    empty: Vec<u32>,
    next_order: u64,
}

impl<T> Queue<T> {
    pub(super) fn new() -> Self {
        Self { line: Vec::new(), shelves: Vec::new(), empty: Vec::new(), next_order: 0 }
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
        let later = self.line.iter().rposition(|slot| slot.place > place).map_or(0, |sooner| sooner + 1);
        self.line.insert(later, Slot { place, shelf });
    }

    /// When the next thing happens.
    pub(super) fn next_at(&self) -> Option<SimTime> {
        self.line.last().map(|slot| slot.place.at)
    }

    pub(super) fn pop(&mut self) -> Option<(Place, T)> {
        let Slot { place, shelf } = self.line.pop()?;
        let what = self.shelves[shelf as usize].take().expect("every slot has its shelf");
        self.empty.push(shelf);
        Some((place, what))
    }

    /// What is still to happen, in no particular order: for pictures, never for decisions.
    pub(super) fn iter(&self) -> impl Iterator<Item = (SimTime, &T)> {
        self.line.iter().filter_map(|slot| Some((slot.place.at, self.shelves[slot.shelf as usize].as_ref()?)))
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
