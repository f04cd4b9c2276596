//! What all servers know from the start: how long they wait, and which parts of the protocol are in use.

use super::limits;
use crate::sim::Micros;

/// How long a server waits. All ranges are closed; the world draws from them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Timing {
    /// As in the dissertation (§3.4): any time in a range.
    Continuous {
        /// Shortest election timeout; also how long a server that has heard a leader refuses others its vote.
        election_lo_us: Micros,
        /// Longest.
        election_hi_us: Micros,
        /// From one heartbeat to the next.
        heartbeat_us: Micros,
    },
    /// As etcd counts: its clock ticks, and a server campaigns at the `n`th tick without a leader, `n` drawn from
    /// `election_ticks..=2 * election_ticks - 1`.
    ///
    /// A count of `n` begins anywhere between two ticks, so it takes more than `n - 1` and at most `n` of them; with
    /// `n` drawn evenly that is one even draw from the whole range, and no tick has to be simulated. etcd draws once
    /// for each term or role and keeps to it, here each contact draws anew: the same chances for any one silence.
    Ticks {
        /// From one tick to the next (etcd: `--heartbeat-interval`, 100 ms).
        tick_us: Micros,
        /// Least ticks of an election timeout (etcd: `--election-timeout` divided by the tick, 10).
        election_ticks: u32,
        /// Ticks from one heartbeat to the next (etcd: 1).
        heartbeat_ticks: u32,
    },
}

/// The configuration of a server. All of an ensemble have the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Config {
    /// How long it waits.
    pub timing: Timing,
    /// Ask first what the others would say, and raise the term only if a majority would agree (§9.6).
    pub pre_vote: bool,
    /// A leader that hears no majority for an election timeout steps down (§6.2), and a server that hears a leader
    /// gives nobody its vote (§4.2.3).
    ///
    /// The two belong together, as in etcd: without the first, a leader that can send and not receive could be
    /// deposed by nobody.
    pub check_quorum: bool,
    /// Most entries in one append.
    pub append_entries: u32,
    /// Most appends under way to one follower.
    pub inflight: u32,
    /// Broken on purpose: a leader answers reads without asking a majority whether it still leads (§6.4), and so a
    /// deposed one gives stale data. For tests and demonstrations.
    pub read_index_without_quorum: bool,
    /// Leaders send heartbeats, but no entries: logs that differ stay different, as in the measurements of §9.3, where only
    /// some of the servers could be elected. Nothing is committed. For measuring elections.
    pub withhold_entries: bool,
}

impl Timing {
    /// The range of the election timeout.
    pub fn election_us(&self) -> (Micros, Micros) {
        match *self {
            Self::Continuous { election_lo_us, election_hi_us, .. } => (election_lo_us, election_hi_us),
            Self::Ticks { tick_us, election_ticks, .. } => {
                let ticks = Micros::from(election_ticks.max(1));
                ((ticks - 1) * tick_us + 1, (2 * ticks - 1) * tick_us)
            }
        }
    }

    /// How long a leader that was heard counts as heard.
    pub fn lease_us(&self) -> (Micros, Micros) {
        match *self {
            Self::Continuous { election_lo_us, .. } => (election_lo_us, election_lo_us),
            Self::Ticks { tick_us, election_ticks, .. } => {
                let ticks = Micros::from(election_ticks.max(1));
                ((ticks - 1) * tick_us + 1, ticks * tick_us)
            }
        }
    }

    /// The plain election timeout, without chance: what a leader's checks and a transfer are given.
    pub fn base_us(&self) -> Micros {
        self.lease_us().1
    }

    /// From one heartbeat to the next.
    pub fn heartbeat_us(&self) -> Micros {
        match *self {
            Self::Continuous { heartbeat_us, .. } => heartbeat_us,
            Self::Ticks { tick_us, heartbeat_ticks, .. } => Micros::from(heartbeat_ticks.max(1)) * tick_us,
        }
    }
}

impl Config {
    /// The dissertation's times (§3.4) with every protection in use.
    pub const fn paper() -> Self {
        let timing = Timing::Continuous { election_lo_us: 150_000, election_hi_us: 300_000, heartbeat_us: 50_000 };
        Self {
            timing,
            pre_vote: true,
            check_quorum: true,
            append_entries: 64,
            inflight: 256,
            read_index_without_quorum: false,
            withhold_entries: false,
        }
    }

    /// etcd's defaults: ticks of 100 ms, ten of them to an election.
    pub const fn etcd() -> Self {
        let timing = Timing::Ticks { tick_us: 100_000, election_ticks: 10, heartbeat_ticks: 1 };
        Self { timing, inflight: 512, ..Self::paper() }
    }

    /// Most entries in one append, at least one.
    pub(super) fn append_entries(&self) -> u32 {
        self.append_entries.clamp(1, limits::APPEND_ENTRIES)
    }

    /// Most appends under way to one follower, at least one.
    pub(super) fn inflight(&self) -> usize {
        self.inflight.clamp(1, limits::INFLIGHT) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn etcd_campaigns_after_nine_to_nineteen_ticks() {
        let timing = Config::etcd().timing;
        assert_eq!(timing.election_us(), (900_001, 1_900_000));
        assert_eq!((timing.lease_us(), timing.base_us()), ((900_001, 1_000_000), 1_000_000));
        assert_eq!(timing.heartbeat_us(), 100_000);
    }
}
