//! Every limit of a study in one place.

/// Runs of one study.
pub const RUNS: u64 = 1_000_000;
/// Threads of one study.
pub const THREADS: usize = 1_024;
/// Years of one study at component level.
pub const YEARS: u64 = 1_000_000_000;
