//! Every limit of the simulator in one place, so that an hours-long session stays bounded.

/// Most machines in one world: 7 members, 8 workers, balancers, client sites and helpers.
pub const MACHINES: usize = 32;
/// Inputs that wait at one machine; what comes on top is dropped and the trace says so.
pub const INBOX: usize = 4_096;
/// Segments that wait in one direction of one connection before it is broken.
pub const LANE: usize = 4_096;
/// Writes that one disk holds unsynced; what comes on top fails.
pub const DISK_QUEUE: usize = 65_536;
/// Steps at one instant before the world calls it a livelock: no honest protocol comes near.
pub const STEPS_PER_INSTANT: u32 = 1_000_000;
/// First retransmission after a loss on a connection (RFC 6298 lets Linux go down to 200 ms).
pub const RETRANSMIT_FIRST_US: u64 = 200_000;
/// Longest pause between two retransmissions.
pub const RETRANSMIT_MAX_US: u64 = 8_000_000;
