//! The entries of a log: a list that grows at its back and is cut at both ends.
//!
//! Entries are kept in chunks that clones share, so that a checkpoint of the world costs little. Chunks end at fixed
//! indexes, whichever way the entries came: equal lists are equal in memory, and hash alike.

use std::collections::VecDeque;
use std::rc::Rc;

/// Entries in one chunk.
pub const CHUNK: u32 = 64;

/// Entries `base + 1 ..= last`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Chunks<T> {
    base: u32,
    last: u32,
    /// All but the first and the last are full.
    pieces: VecDeque<Rc<Vec<T>>>,
}

impl<T: Clone> Chunks<T> {
    /// None yet; the first will have the index `base + 1`.
    pub fn behind(base: u32) -> Self {
        Self { base, last: base, pieces: VecDeque::new() }
    }

    /// Index before the first entry.
    pub fn base(&self) -> u32 {
        self.base
    }

    /// Index of the last entry.
    pub fn last(&self) -> u32 {
        self.last
    }

    /// How many there are.
    pub fn len(&self) -> u32 {
        self.last - self.base
    }

    /// The entry at `index`, if there is one.
    pub fn get(&self, index: u32) -> Option<&T> {
        if index <= self.base || index > self.last {
            return None;
        }
        let (chunk, offset) = self.place(index);
        self.pieces[chunk].get(offset)
    }

    /// All of them, oldest first, with their indexes.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (u32, &T)> {
        let (base, skipped) = (self.base, self.base % CHUNK);
        self.pieces.iter().enumerate().flat_map(move |(chunk, entries)| {
            let first = if chunk == 0 { base + 1 } else { base - skipped + chunk as u32 * CHUNK + 1 };
            entries.iter().enumerate().map(move |(offset, entry)| (first + offset as u32, entry))
        })
    }

    /// Pieces that lie at the same place in both lists: positions here and there.
    fn twins(&self, other: &Self) -> impl Iterator<Item = (usize, usize)> + use<T> {
        let (mine, theirs) = ((self.base / CHUNK) as usize, (other.base / CHUNK) as usize);
        let from = mine.max(theirs);
        let upto = (mine + self.pieces.len()).min(theirs + other.pieces.len());
        (from..upto).map(move |piece| (piece - mine, piece - theirs))
    }

    /// Takes over the memory of pieces of `other` that are equal to its own. Nothing that can be read changes.
    pub fn share(&mut self, other: &Self)
    where
        T: PartialEq,
    {
        for (mine, theirs) in self.twins(other) {
            let (piece, twin) = (&mut self.pieces[mine], &other.pieces[theirs]);
            if !Rc::ptr_eq(piece, twin) && piece == twin {
                *piece = Rc::clone(twin);
            }
        }
    }

    /// How many pieces are the same memory.
    #[cfg(test)]
    pub fn shared_with(&self, other: &Self) -> usize {
        self.twins(other).filter(|(mine, theirs)| Rc::ptr_eq(&self.pieces[*mine], &other.pieces[*theirs])).count()
    }

    /// Appends an entry; gives its index.
    pub fn push(&mut self, entry: T) -> u32 {
        match self.pieces.back_mut() {
            Some(chunk) if !self.last.is_multiple_of(CHUNK) => Rc::make_mut(chunk).push(entry),
            _ => {
                let mut chunk = Vec::with_capacity(CHUNK as usize);
                chunk.push(entry);
                self.pieces.push_back(Rc::new(chunk));
            }
        }
        self.last += 1;
        self.last
    }

    /// Throws away everything behind `index`; gives how many entries that were.
    pub fn truncate(&mut self, index: u32) -> u32 {
        let keep = index.max(self.base);
        let dropped = self.last.saturating_sub(keep);
        if dropped == 0 {
            return 0;
        }
        if keep == self.base {
            self.pieces.clear();
        } else {
            let (chunk, offset) = self.place(keep);
            self.pieces.truncate(chunk + 1);
            if self.pieces[chunk].len() > offset + 1 {
                Rc::make_mut(&mut self.pieces[chunk]).truncate(offset + 1);
            }
        }
        self.last = keep;
        dropped
    }

    /// Throws away everything up to and including `index`.
    pub fn drop_through(&mut self, index: u32) {
        let index = index.min(self.last);
        while self.base < index {
            let until = (self.base - self.base % CHUNK + CHUNK).min(self.last);
            if until <= index {
                self.pieces.pop_front();
                self.base = until;
            } else {
                let dropped = (index - self.base) as usize;
                Rc::make_mut(&mut self.pieces[0]).drain(..dropped);
                self.base = index;
            }
        }
    }

    /// In which chunk the entry at `index` is, and where in it.
    fn place(&self, index: u32) -> (usize, usize) {
        let chunk = (index - 1) / CHUNK - self.base / CHUNK;
        let offset = if chunk == 0 { index - 1 - self.base } else { (index - 1) % CHUNK };
        (chunk as usize, offset as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever is cut off, what is left is what a plain list would have, and the same as if it had been made so.
    #[test]
    fn cutting_at_either_end_leaves_what_a_plain_list_has() {
        for base in [0, 1, 63, 64, 65, 200] {
            for last in [base, base + 1, base + 64, base + 130] {
                let mut whole = Chunks::behind(base);
                (base + 1..=last).for_each(|i| assert_eq!(whole.push(i), i));
                for front in base..=last {
                    for back in [front, front + 1, last.saturating_sub(1).max(front), last] {
                        let back = back.min(last);
                        let mut cut = whole.clone();
                        cut.drop_through(front);
                        assert_eq!(cut.truncate(back), last - back, "{base}..{last} cut to {front}..{back}");
                        let mut made = Chunks::behind(front);
                        (front + 1..=back).for_each(|i| assert_eq!(made.push(i), i));
                        assert_eq!(cut, made, "{base}..{last} cut to {front}..{back}");
                        assert!(
                            cut.iter().map(|(index, entry)| (index, *entry)).eq((front + 1..=back).map(|i| (i, i)))
                        );
                        assert!((front + 1..=back).all(|i| cut.get(i) == Some(&i)) && cut.get(front).is_none());
                    }
                }
            }
        }
    }
}
