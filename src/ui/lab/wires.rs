//! The drawn wires: what is wrong with them, and cutting and mending them by a click.

use super::Lab;
use crate::scenario::{Action, Target};
use crate::sim::MachineId;
use crate::view;

impl Lab {
    /// Whether every pair that talks over a link is cut, and whether anything else is wrong with it.
    pub fn link_state(&self, link: &view::Link) -> (bool, bool) {
        let network = self.player.world().network();
        let passes = |(a, b): &(MachineId, MachineId)| network.passes(*a, *b) || network.passes(*b, *a);
        let is_whole = |(a, b): &(MachineId, MachineId)| {
            let fine = |a, b| network.passes(a, b) && !network.link(a, b).is_impaired();
            fine(*a, *b) && fine(*b, *a)
        };
        let is_cut = !link.pairs.iter().any(passes);
        (is_cut, !is_cut && !link.pairs.iter().all(|pair| is_whole(pair) || self.is_cut_beyond(link, *pair)))
    }

    /// Whether a pair on a link to the common network is cut where the other one meets it.
    #[inline(never)]
    fn is_cut_beyond(&self, link: &view::Link, (a, b): (MachineId, MachineId)) -> bool {
        let network = self.player.world().network();
        let passes = |(a, b): &(MachineId, MachineId)| network.passes(*a, *b) || network.passes(*b, *a);
        let other = if link.ends.0 == a { b } else { a };
        let beyond = self.plan.links.iter().find(|link| link.net && link.ends.0 == other);
        link.net && beyond.is_some_and(|link| !link.pairs.iter().any(passes))
    }

    /// Cuts a link, or mends it.
    pub fn toggle(&mut self, index: usize) {
        let Some(link) = self.plan.links.get(index).cloned() else { return };
        let (is_cut, impaired) = self.link_state(&link);
        let layout = self.player.world().config().layout.clone();
        for (from, to) in link.pairs.clone() {
            // Who is cut off on the other side stays so.
            if (is_cut || impaired) && self.is_cut_beyond(&link, (from, to)) && link.pairs.len() > 1 {
                continue;
            }
            let (from, to) = (Target::of(&layout, from), Target::of(&layout, to));
            let both_ways = true;
            self.act(if is_cut || impaired {
                Action::Mend { from, to, both_ways }
            } else {
                Action::Cut { from, to, both_ways }
            });
        }
    }
}
