//! Every limit of a study in one place.

/// Runs of one study.
pub const RUNS: u64 = 1_000_000;
/// Threads of one study.
pub const THREADS: usize = 1_024;
/// Years of one study at component level.
pub const YEARS: u64 = 1_000_000_000;
/// Largest document that describes a plant, in bytes.
pub const PLANT_BYTES: usize = 1 << 20;
/// Largest file of what a shard came to, in bytes; the plant is inside.
pub const SHARD_BYTES: usize = 2 << 20;
/// Shards of one study.
pub const SHARDS: u64 = 100_000;
/// Times of an empirical distribution.
pub const TIMES: usize = 10_000;
/// Events before an outage that its history tells, with the one that began it.
pub const HISTORY_BEFORE: usize = 8;
/// Events during an outage that its history tells.
pub const HISTORY_DURING: usize = 8;
/// Causes of failure of a plant's nodes, beyond the first.
pub const OTHER_CAUSES: usize = 8;
/// What a plant leans on beside its nodes.
pub const SUPPORTS: usize = 4;
/// Zones of a plant.
pub const ZONES: usize = 16;
/// Blocks of a diagram: those of theory, each with what its nodes have in common.
pub const BLOCKS: usize = 300;
/// Events of a chunk in which rare states are sampled; a plant that needs more is hardly ever well.
pub const RARE_EVENTS: u64 = 10_000_000;
