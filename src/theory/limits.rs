//! What a model of theory accepts. Beyond these a figure would be absurd, or its digits would not hold.

/// Shortest and longest time in hours: 3.6 microseconds, 114,000 years.
pub const HOURS: (f64, f64) = (1e-9, 1e9);
/// Shortest and longest time in seconds: a nanosecond, 31 years.
pub const SECONDS: (f64, f64) = (1e-9, 1e9);
/// Slowest and fastest rate per second.
pub const PER_SECOND: (f64, f64) = (1e-9, 1e12);
/// Smallest and greatest plain factor: capacities and demands.
pub const FACTOR: (f64, f64) = (1e-9, 1e9);
/// Greatest exponent by which a node fails more often when it carries more.
pub const GAMMA: f64 = 10.0;
/// Range of a Weibull distribution's shape; below it the mean goes through the roof.
pub const SHAPE: (f64, f64) = (0.1, 100.0);
/// Range of a lognormal distribution's μ, the logarithm of its median in hours.
pub const MU: (f64, f64) = (-20.0, 20.0);
/// Greatest σ of a lognormal distribution.
pub const SIGMA: f64 = 5.0;
/// Most nodes: far beyond what anybody votes with, so that a chart shows where more nodes stop to help.
pub const NODES: u32 = 101;
/// Most heartbeats or probes that are missed in a row.
pub const MISSES: u32 = 30;
/// Most components in series.
pub const COMPONENTS: usize = 100;
/// Most blocks of a diagram, groups counted too.
pub const BLOCKS: usize = 100;
/// Most blocks of a diagram that lie within each other.
pub const BLOCK_DEPTH: usize = 10;
/// Longest name of a block, in characters.
pub const NAME_CHARS: usize = 40;
/// Most moments at which a model is looked at.
pub const TIMES: usize = 100;
/// Most rows of a table.
pub const ROWS: usize = 1_000;
/// Most requests in one file.
pub const REQUESTS: usize = 10_000;
/// Largest file of requests, in bytes.
pub const REQUEST_BYTES: usize = 16 << 20;
/// Most problems that are told at once.
pub const PROBLEMS: usize = 50;
/// A probability below this may have lost digits to the range of floating point, and is refused.
pub const SMALLEST: f64 = 1e-290;
