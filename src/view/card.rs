//! What a node's card shows: the end of its log, and the time until its next timer.

use crate::ha::cluster::LogRef;
use crate::ha::message::Entry;

/// Cells of a log bar.
pub const CELLS: usize = 12;

/// One place of the log, as one node has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// It has the entry, and the entry is acknowledged.
    Committed,
    /// It has the entry, and nobody has been promised anything.
    Pending,
    /// It has another entry there than the master.
    Diverged,
    /// Others have an entry there, this node has not: its lag.
    Missing,
    /// Nothing has been written there yet.
    Empty,
}

/// What the bar has to know about a node's log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogView {
    /// Index of its last entry.
    pub last: u32,
    /// Index of its last acknowledged entry, as far as it knows.
    pub committed: u32,
    /// Index of the first entry that differs from the master's log, if one does.
    pub diverged: Option<u32>,
    /// Client writes from there on: nobody else has them.
    pub strays: u32,
}

/// The entries that bars show: the newest client writes of the leading log, the same for all nodes, so that
/// their bars can be compared. The probe's writes are left out: they come forty times a second.
pub fn window(log: LogRef<'_>) -> Vec<u32> {
    let is_client = |entry: &Entry| entry.request.is_some_and(|id| !id.canary);
    let newest = log.newest_first().filter(|(_, entry)| is_client(entry)).map(|(pos, _)| pos.index);
    let mut window: Vec<u32> = newest.take(CELLS).collect();
    window.reverse();
    window
}

/// The cells of a node's log for the entries of the [`window`].
pub fn cells(window: &[u32], log: LogView) -> [Cell; CELLS] {
    let mut cells = [Cell::Empty; CELLS];
    for (cell, index) in cells.iter_mut().zip(window) {
        *cell = if *index > log.last || log.diverged.is_some_and(|first| *index >= first) {
            Cell::Missing
        } else if *index <= log.committed {
            Cell::Committed
        } else {
            Cell::Pending
        };
    }
    // What only this node has stands behind what all have.
    let strays = (log.strays as usize).min(CELLS / 3);
    cells[CELLS - strays..].fill(Cell::Diverged);
    cells
}

/// The share of a timer that has run, and what is left of it, from its start and end on the machine's clock.
pub fn ring(now_us: u64, set_at_us: u64, deadline_us: u64) -> (f64, u64) {
    let whole = deadline_us.saturating_sub(set_at_us);
    let left = deadline_us.saturating_sub(now_us);
    let share = if whole == 0 { 1.0 } else { 1.0 - left as f64 / whole as f64 };
    (share.clamp(0.0, 1.0), left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lagging_standby_has_holes_and_a_returned_master_has_what_nobody_else_has() {
        use Cell::{Committed as C, Diverged as D, Empty as E, Missing as M, Pending as P};
        let window = [3, 9, 12, 20, 31];
        let standby = cells(&window, LogView { last: 15, committed: 10, ..LogView::default() });
        assert_eq!(standby[..6], [C, C, P, M, M, E]);
        let old = cells(&window, LogView { last: 14, committed: 10, diverged: Some(11), strays: 2 });
        assert_eq!(old, [C, C, M, M, M, E, E, E, E, E, D, D]);
    }

    #[test]
    fn a_ring_fills_until_its_timer_fires() {
        assert_eq!(ring(100, 100, 300), (0.0, 200));
        assert_eq!(ring(200, 100, 300), (0.5, 100));
        assert_eq!(ring(900, 100, 300), (1.0, 0));
    }
}
