//! What a node's card shows: the end of its log, and the time until its next timer.

/// Cells of a log bar.
pub const CELLS: u32 = 12;

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
}

/// Index of the first cell, the same for all nodes, so that their bars can be compared.
///
/// It moves by a third of the bar at a time: a bar that slides with every write is not read by anybody.
pub fn window_start(longest: u32) -> u32 {
    let step = CELLS / 3;
    (longest.saturating_sub(CELLS - 1)).div_ceil(step) * step + 1
}

/// The cells from `start` on of a node's log, while the longest log ends at `longest`.
pub fn cells(start: u32, longest: u32, log: LogView) -> impl Iterator<Item = Cell> {
    (start..start + CELLS).map(move |index| {
        if index <= log.last {
            if log.diverged.is_some_and(|first| index >= first) {
                Cell::Diverged
            } else if index <= log.committed {
                Cell::Committed
            } else {
                Cell::Pending
            }
        } else if index <= longest {
            Cell::Missing
        } else {
            Cell::Empty
        }
    })
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
    fn the_bar_shows_the_end_of_the_longest_log() {
        for longest in 0..200 {
            let start = window_start(longest);
            assert!(start <= longest.max(1) && longest < start + CELLS, "{start}..{} has no {longest}", start + CELLS);
        }
    }

    #[test]
    fn a_lagging_standby_has_holes_and_a_returned_master_has_what_nobody_else_has() {
        let standby: Vec<_> = cells(1, 8, LogView { last: 6, committed: 5, diverged: None }).collect();
        assert_eq!(standby[..9], {
            use Cell::{Committed as C, Empty as E, Missing as M, Pending as P};
            [C, C, C, C, C, P, M, M, E]
        });
        let old: Vec<_> = cells(1, 8, LogView { last: 7, committed: 5, diverged: Some(7) }).collect();
        assert_eq!(old[6], Cell::Diverged);
    }

    #[test]
    fn a_ring_fills_until_its_timer_fires() {
        assert_eq!(ring(100, 100, 300), (0.0, 200));
        assert_eq!(ring(200, 100, 300), (0.5, 100));
        assert_eq!(ring(900, 100, 300), (1.0, 0));
    }
}
