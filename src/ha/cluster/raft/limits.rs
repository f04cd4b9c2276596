//! Every limit of Raft in one place.

/// Most voters: an ensemble of seven, and one that comes before another goes.
pub const VOTERS: u32 = 8;
/// Most members, learners included.
pub const MEMBERS: u32 = 12;
/// Most entries in one append, whatever the configuration says.
pub const APPEND_ENTRIES: u32 = 1_024;
/// Most appends under way to one follower, whatever the configuration says (etcd's `MaxInflightMsgs` is 512).
pub const INFLIGHT: u32 = 512;
/// Entries that a leader holds uncommitted before it takes no more proposals.
pub const UNCOMMITTED: u32 = 8_192;
/// Reads that wait at one server.
pub const READS: usize = 1_024;
/// Replies that wait for one server's disk; what comes on top is not sent, as if it had been lost.
pub const PROMISES: usize = 8_192;
/// Rounds in which a new server must catch up (Ongaro §4.2.1 proposes ten).
pub const CATCH_UP_ROUNDS: u8 = 10;
/// Answered heartbeats after which a snapshot that was sent counts as lost.
pub const SNAPSHOT_BEATS: u8 = 10;
