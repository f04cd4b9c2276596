//! A list with a limit that is cheap to clone.

use std::ops::Deref;
use std::rc::Rc;

/// Keeps the newest items, at most `limit`. Clones share the items until one of them changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Capped<T> {
    items: Rc<Vec<T>>,
    limit: usize,
}

impl<T: Clone> Capped<T> {
    pub(super) fn new(limit: usize) -> Self {
        Self { items: Rc::default(), limit }
    }

    /// Appends an item; gives how many old ones had to go. They go a quarter at a time, so that a full list
    /// is not moved for every new item.
    pub(super) fn push(&mut self, item: T) -> usize {
        let items = Rc::make_mut(&mut self.items);
        let gone = if items.len() < self.limit { 0 } else { self.limit / 4 };
        items.drain(..gone);
        items.push(item);
        gone
    }

    pub(super) fn items_mut(&mut self) -> &mut [T] {
        Rc::<Vec<T>>::make_mut(&mut self.items)
    }

    /// Takes an item out again.
    pub(super) fn remove(&mut self, place: usize) -> T {
        Rc::make_mut(&mut self.items).remove(place)
    }

    /// Takes the newest item off again.
    pub(super) fn pop(&mut self) -> Option<T> {
        Rc::make_mut(&mut self.items).pop()
    }
}

impl<T> Deref for Capped<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.items
    }
}
