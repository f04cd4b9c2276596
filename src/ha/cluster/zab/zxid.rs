//! Transaction ids: the epoch of the leader that proposed, and a counter of its proposals.
//!
//! Comparing two ids as numbers compares epochs first. The counter starts at 1 in each epoch; no transaction has the
//! counter 0, so `epoch.0` stands for the beginning of an epoch, before its first proposal.

use std::fmt;

use serde::Serialize;

/// A transaction id: `epoch << 32 | counter`.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Zxid(u64);

impl Zxid {
    /// Before every transaction.
    pub const ZERO: Self = Self(0);

    /// Proposal number `counter` of `epoch`.
    pub const fn new(epoch: u32, counter: u32) -> Self {
        Self((epoch as u64) << 32 | counter as u64)
    }

    /// Whose proposal it is.
    pub const fn epoch(self) -> u32 {
        (self.0 >> 32) as u32
    }

    /// The how-manieth of its epoch.
    pub const fn counter(self) -> u32 {
        self.0 as u32
    }

    /// As one word.
    pub const fn word(self) -> u64 {
        self.0
    }

    /// Whether a transaction with this id may stand right behind `before` in a history.
    pub const fn follows(self, before: Self) -> bool {
        if self.epoch() == before.epoch() {
            self.counter() > 0 && self.counter() - 1 == before.counter()
        } else {
            self.epoch() > before.epoch() && self.counter() == 1
        }
    }
}

impl fmt::Debug for Zxid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.epoch(), self.counter())
    }
}

#[cfg(test)]
mod tests {
    use super::Zxid;

    #[test]
    fn epochs_come_before_counters() {
        assert!(Zxid::new(2, 1) > Zxid::new(1, u32::MAX));
        assert_eq!((Zxid::new(7, 9).epoch(), Zxid::new(7, 9).counter()), (7, 9));
    }

    #[test]
    fn a_history_has_no_gap_inside_an_epoch() {
        assert!(Zxid::new(1, 3).follows(Zxid::new(1, 2)) && !Zxid::new(1, 4).follows(Zxid::new(1, 2)));
        assert!(Zxid::new(3, 1).follows(Zxid::new(1, 2)) && !Zxid::new(3, 2).follows(Zxid::new(1, 2)));
        assert!(!Zxid::new(1, 3).follows(Zxid::new(2, 2)) && Zxid::new(1, 1).follows(Zxid::ZERO));
    }
}
