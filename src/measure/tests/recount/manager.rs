//! What a manager has to do with a shard.

use super::Recount;
use crate::ha::cluster::registry;
use crate::ha::note::Note;
use crate::sim::Event;

impl Recount<'_> {
    /// Who holds the shard before anything is said of that.
    pub(super) fn first_holders(&self) -> u8 {
        let data = self.config.layout.data.len();
        let copies = self.config.cluster().map_or(data, |cluster| cluster.copies.into());
        let holds = |node: &usize| (node + data - usize::from(self.shard) % data) % data < copies;
        (0..data).filter(holds).map(|node| 1 << node).sum()
    }

    /// How often a worker was a stale holder, and in which places of the list one acted.
    pub(super) fn stale_holders(&self) -> (u32, Vec<usize>) {
        let data = &self.config.layout.data;
        let (mut owner, mut token) = (None, 0);
        let (mut episodes, mut places) = (0, Vec::new());
        let mut stale = vec![false; data.len()];
        for (place, (_, event)) in self.events.iter().enumerate().filter(|_| self.config.cluster().is_some()) {
            match *event {
                Event::Note {
                    note: Note::Registry(registry::Note::Assigned { shard, worker, token: new }), ..
                } if shard == self.shard && new >= token => {
                    (owner, token) = (Some(usize::from(worker)), new);
                    stale[usize::from(worker)] = false;
                }
                Event::Note { note: Note::Registry(registry::Note::Revoked { worker, .. }), .. }
                    if owner == Some(worker.into()) =>
                {
                    owner = None;
                }
                Event::Machine { machine, status, .. } if !status.has_process() => {
                    if let Some(node) = self.config.layout.data_index(machine) {
                        stale[node] = false;
                    }
                }
                Event::Sent { from: machine, .. } | Event::Note { machine, note: Note::Acknowledged { .. }, .. } => {
                    if let Some(node) = self.config.layout.data_index(machine) {
                        let is_stale = owner != Some(node) && token > 0;
                        episodes += u32::from(is_stale && !stale[node]);
                        stale[node] = is_stale;
                        places.extend(is_stale.then_some(place));
                    }
                }
                Event::Note { machine, note, .. } => {
                    let Some(node) = self.config.layout.data_index(machine) else { continue };
                    match note {
                        Note::Decided { epoch, .. } | Note::BecameMaster { epoch, .. } if epoch > token => {
                            (owner, token, stale[node]) = (Some(node), epoch, false);
                        }
                        Note::SteppedDown { .. } | Note::Follows { .. } => stale[node] = false,
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        (episodes, places)
    }
}
