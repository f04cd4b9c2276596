//! The manager ensembles of a cluster: replicated state machines that agree on who is alive and who does what.
//!
//! Each protocol is a core of its own: a pure step function over a transaction type that its embedder names. It knows
//! nothing of clients, sessions or shards.

pub mod zab;
