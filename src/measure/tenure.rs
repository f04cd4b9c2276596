//! Who owns a shard by the manager's word, and who acts as its master without it: a *stale holder*.
//!
//! 1. The manager assigns the shard under a token, and takes it away with the owner's claim.
//! 2. Who acknowledges, or sends heartbeats, while the shard is not its own is a stale holder: one episode, from its first
//!    act until it stops (steps down, follows, loses its process) or owns the shard anew.
//!
//! That alone is not a split brain: a stale holder may be unable to acknowledge.

use crate::ha::limits::SEATS;

/// Who owns a shard, as the trace tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tenure {
    owner: Option<usize>,
    /// Of the owner, or of the last one.
    token: u32,
    /// A node acts without owning the shard.
    stale: [bool; SEATS],
    episodes: u32,
}

impl Tenure {
    /// The manager has given the shard to a node. A new leader may say once more what the one before it has said.
    pub(super) fn assigned(&mut self, node: usize, token: u32) {
        if token >= self.token {
            (self.owner, self.token) = (Some(node), token);
            self.stale[node] = false;
        }
    }

    /// A node takes the shard up: by the manager's word, if the token is new.
    pub(super) fn taken_up(&mut self, node: usize, token: u32) {
        if token > self.token {
            self.assigned(node, token);
        }
    }

    /// The node's claim is gone, and with it what it owns.
    pub(super) fn revoked(&mut self, node: usize) {
        if self.owner == Some(node) {
            self.owner = None;
        }
    }

    /// It acts as master; tells whether it is a stale holder.
    pub(super) fn acts(&mut self, node: usize) -> bool {
        let stale = self.token > 0 && self.owner != Some(node);
        self.episodes += u32::from(stale && !self.stale[node]);
        self.stale[node] = stale;
        stale
    }

    /// It is master no more, in its own eyes.
    pub(super) fn stopped(&mut self, node: usize) {
        self.stale[node] = false;
    }

    /// How often a node was a stale holder.
    pub(super) fn episodes(&self) -> u32 {
        self.episodes
    }
}
