//! Fields in which something is wrong, of blocks that are not looked at: kept until somebody looks again.

use super::act::{self, Act};
use crate::theory::blocks::{Block, Spot};
use crate::view::desk::Entry;

/// The fields, with their blocks; no block is there twice.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drafts(Vec<(Spot, Vec<Entry>)>);

/// Whether something is wrong in one of these fields.
pub fn has_wrong(entries: &[Entry]) -> bool {
    entries.iter().any(|entry| entry.wrong.is_some())
}

impl Drafts {
    /// A block that has one.
    pub fn first(&self) -> Option<&Spot> {
        self.0.first().map(|(spot, _)| spot)
    }

    /// Whether this block has one.
    pub fn has(&self, spot: &[usize]) -> bool {
        self.0.iter().any(|(at, _)| at == spot)
    }

    /// Keeps the fields of a block, if something is wrong in them.
    pub fn put(&mut self, spot: &Spot, entries: &[Entry]) {
        if has_wrong(entries) {
            self.0.push((spot.clone(), entries.to_vec()));
        }
    }

    /// The fields of a block, which are not kept any longer.
    pub fn take(&mut self, spot: &Spot) -> Option<Vec<Entry>> {
        let place = self.0.iter().position(|(at, _)| at == spot)?;
        Some(self.0.remove(place).1)
    }

    /// Each where its block is after an act on the block at `here`; those whose fields are gone are left out.
    #[must_use]
    pub fn after(mut self, root: &Block, here: &Spot, act: &Act) -> Self {
        if matches!(act, Act::Become(_) | Act::AllNeeded(_)) {
            // Its fields are others now.
            self.take(here);
        }
        // The same act on a diagram whose blocks have names that nobody can type says where they go.
        let name = |number: usize| format!("\u{1}{number}\u{1}");
        let mut marked = root.clone();
        for (number, (spot, _)) in self.0.iter().enumerate() {
            if let Some(block) = marked.at_mut(spot) {
                block.name = name(number);
            }
        }
        let Some((after, _)) = act::done(&marked, here, act) else { return self };
        let moved = self.0.into_iter().enumerate().filter_map(|(number, (_, entries))| {
            let mut spot = Spot::new();
            find(&after, &name(number), &mut spot).then_some((spot, entries))
        });
        Self(moved.collect())
    }
}

/// The first block of this name, from the spot on; of a copy, that is the original.
fn find(block: &Block, name: &str, spot: &mut Spot) -> bool {
    block.name == name
        || block.blocks().iter().enumerate().any(|(place, inside)| {
            spot.push(place);
            let found = find(inside, name, spot);
            if !found {
                spot.pop();
            }
            found
        })
}
