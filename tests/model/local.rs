//! Lets the checker carry states that must not leave their thread.
//!
//! Protocol states share memory through `Rc`, so that clones are cheap, and the checker wants states that could be
//! sent to other threads. It is given a handle; the state itself stays with the one thread that does the checking.

use std::any::Any;
use std::cell::RefCell;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::rc::Rc;
use std::thread::{self, ThreadId};

/// Where a search is: before the first step, or in a world.
#[derive(Clone, Debug, PartialEq, Hash)]
pub enum Place<W: Clone + fmt::Debug + PartialEq + Hash + 'static> {
    Nowhere,
    At(Local<W>),
}

/// What a world is asked; before the first step the answer is `nowhere`.
pub fn holds<W>(place: &Place<W>, what: impl FnOnce(&W) -> bool, nowhere: bool) -> bool
where
    W: Clone + fmt::Debug + PartialEq + Hash + 'static,
{
    match place {
        Place::Nowhere => nowhere,
        Place::At(world) => what(&world.get()),
    }
}

#[derive(Default)]
struct Kept {
    slots: Vec<Option<Rc<dyn Any>>>,
    free: Vec<usize>,
}

thread_local! {
    static KEPT: RefCell<Kept> = RefCell::default();
}

/// A value that stays on the thread which made it. Only there can it be looked at.
pub struct Local<T> {
    slot: usize,
    home: ThreadId,
    of: PhantomData<fn() -> T>,
}

impl<T: 'static> Local<T> {
    pub fn new(value: T) -> Self {
        Self::keep(Rc::new(value))
    }

    fn keep(value: Rc<T>) -> Self {
        let slot = KEPT.with_borrow_mut(|kept| {
            let slot = kept.free.pop().unwrap_or_else(|| {
                kept.slots.push(None);
                kept.slots.len() - 1
            });
            kept.slots[slot] = Some(value);
            slot
        });
        Self { slot, home: thread::current().id(), of: PhantomData }
    }

    pub fn get(&self) -> Rc<T> {
        assert_eq!(self.home, thread::current().id(), "a state is only looked at on its own thread");
        let value = KEPT.with_borrow(|kept| kept.slots[self.slot].clone());
        value.expect("it is kept").downcast().expect("it is what was kept")
    }
}

impl<T> Drop for Local<T> {
    /// On another thread there is nothing to do: the value goes with its own thread.
    fn drop(&mut self) {
        if self.home == thread::current().id() {
            // Taken out first: what it holds may itself be kept here. At the end of the thread all is gone anyway.
            let _ = KEPT.try_with(|kept| {
                let mut kept = kept.borrow_mut();
                let value = kept.slots[self.slot].take();
                kept.free.push(self.slot);
                drop(kept);
                drop(value);
            });
        }
    }
}

impl<T: 'static> Clone for Local<T> {
    fn clone(&self) -> Self {
        Self::keep(self.get())
    }
}

impl<T: PartialEq + 'static> PartialEq for Local<T> {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl<T: Hash + 'static> Hash for Local<T> {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.get().hash(hasher);
    }
}

impl<T: fmt::Debug + 'static> fmt::Debug for Local<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}
