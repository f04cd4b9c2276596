//! Names of nodes: a few words, and a number at the end where the parent has counted.

use std::fmt;

use serde::Serialize;

use crate::ha::limits::ZNODE_DEPTH;

/// A word in a path: all that the lab's recipes need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// `election`: under it stand those who would coordinate, and its data name who does.
    Election,
    /// `n_`: one of them.
    Candidate,
}

/// The path of a node. Only its last word can carry a number, so what has one has no children here; in ZooKeeper a
/// persistent sequence node may.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Path {
    words: [Option<Word>; ZNODE_DEPTH],
    number: Option<u32>,
}

impl Path {
    /// `/`.
    pub const ROOT: Self = Self { words: [None; ZNODE_DEPTH], number: None };
    /// `/election`.
    pub const ELECTION: Self = Self::ROOT.under(Word::Election);
    /// `/election/n_`, to which the parent adds a number.
    pub const CANDIDATE: Self = Self::ELECTION.under(Word::Candidate);

    /// A node below this one.
    ///
    /// # Panics
    /// If that is too deep, or this one has a number.
    #[must_use]
    pub const fn under(mut self, word: Word) -> Self {
        assert!(self.number.is_none());
        let mut depth = 0;
        while self.words[depth].is_some() {
            depth += 1;
        }
        self.words[depth] = Some(word);
        self
    }

    /// The same with the number that its parent has given.
    #[must_use]
    pub const fn numbered(self, number: u32) -> Self {
        Self { number: Some(number), ..self }
    }

    /// The node above; none of the root.
    pub fn parent(self) -> Option<Self> {
        let last = self.words.iter().rposition(Option::is_some)?;
        let mut words = self.words;
        words[last] = None;
        Some(Self { words, number: None })
    }

    /// Its words, from the root on.
    pub fn words(self) -> impl Iterator<Item = Word> {
        self.words.into_iter().flatten()
    }

    /// The number that its parent has given it.
    pub fn number(self) -> Option<u32> {
        self.number
    }

    /// As one number, for the trace.
    pub(in crate::ha::cluster) fn code(self) -> u64 {
        let words = self.words.iter().fold(0, |code, word| code << 4 | word.map_or(0, |word| word as u64 + 1));
        words << 33 | self.number.map_or(0, |number| u64::from(number) + 1)
    }
}

/// As ZooKeeper writes it: a number in ten digits.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for word in self.words() {
            f.write_str(match word {
                Word::Election => "/election",
                Word::Candidate => "/n_",
            })?;
        }
        match self.number {
            Some(number) => write!(f, "{number:010}"),
            None if *self == Self::ROOT => f.write_str("/"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
