//! The parts that a failover is added up from, each with the formula that gives it.

use crate::sim::Micros;

/// In which phase of an outage a part lies; the same as those of a measured one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Until the failure is noticed.
    Detect,
    /// Until it is decided who takes over.
    Decide,
    /// Until the old master cannot write any more.
    Fence,
    /// Until the new one is open.
    Promote,
    /// Until requests go there.
    Redirect,
    /// Until clients have answers again.
    Resume,
}

/// What a part consists of; times are those of the configuration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Term {
    /// (limit − ½) heartbeats: the last one was sent somewhat before the failure.
    Silence {
        /// Silent heartbeats until suspicion, in thousandths.
        beats_permille: u32,
        /// One heartbeat.
        heartbeat_us: Micros,
    },
    /// A whole silence limit: nothing was heard since the start.
    WholeSilence {
        /// Its length.
        limit_us: Micros,
    },
    /// The first of so many election timeouts, from the last word of the leader: shortest + range / (waiting + 1).
    FirstTimeout {
        /// Shortest timeout.
        lo_us: Micros,
        /// Longest.
        hi_us: Micros,
        /// How many wait.
        waiting: u32,
        /// From one word of the leader to the next: half of it has passed.
        words_us: Micros,
    },
    /// A campaign that is under way, or the next one.
    NextCampaign,
    /// So many one-way trips.
    Trips {
        /// How many.
        count: u32,
        /// One of them, on average.
        one_way_us: Micros,
    },
    /// So many disk syncs.
    Syncs {
        /// How many.
        count: u32,
        /// One of them.
        sync_us: Micros,
    },
    /// Who stands nearest waits a random bit of a heartbeat before it asks.
    Stagger {
        /// One heartbeat.
        heartbeat_us: Micros,
    },
    /// The window in which the other standbys may name their logs.
    Canvass {
        /// Its length.
        window_us: Micros,
    },
    /// A voter was asked before it suspected, and the question comes again: what that costs on average.
    AskedTooEarly {
        /// How often, in thousandths.
        permille: u32,
    },
    /// Votes that were split, and the election is held again: what that costs on average.
    SplitVotes {
        /// How often, in thousandths.
        permille: u32,
    },
    /// The best vote was lost on a connection that both sides opened, and is told again: what that costs on average.
    VoteLost {
        /// How often, in thousandths.
        permille: u32,
        /// The pause before it is told again.
        notify_us: Micros,
    },
    /// Every other time the follower has elected the leader before the leader itself knows, and is sent away once.
    CameTooEarly {
        /// The pause before it comes again.
        retry_us: Micros,
    },
    /// The operator's reaction.
    Operator {
        /// Shortest.
        lo_us: Micros,
        /// Longest.
        hi_us: Micros,
    },
    /// The rest of a claim that the manager holds: its time to live less half a keep-alive.
    Claim {
        /// Time to live.
        ttl_us: Micros,
        /// Pause between two words.
        keep_alive_us: Micros,
    },
    /// The rest of the old master's lease.
    LeaseLeft {
        /// Its whole length.
        length_us: Micros,
    },
    /// The power is cut.
    PowerOff {
        /// How long that takes.
        delay_us: Micros,
        /// How often it works, in a million.
        success_ppm: u32,
    },
    /// Votes wait for a better one.
    FinalizeWait {
        /// So long.
        wait_us: Micros,
    },
    /// The service is started.
    StartUp {
        /// So long.
        start_up_us: Micros,
    },
    /// The log is replayed.
    Recovery {
        /// So long.
        recovery_us: Micros,
    },
    /// Half of the pause between two health checks.
    NextCheck {
        /// The pause.
        check_us: Micros,
    },
    /// Health checks in a row until a worker is in again.
    Rise {
        /// How many.
        checks: u32,
        /// The pause between two.
        check_us: Micros,
    },
    /// The old master is still believed to be up.
    OldRoute,
    /// What is left of the clients' caches, of those sites that make half of all.
    Caches {
        /// Time to live.
        ttl_us: Micros,
        /// How many sites there are.
        sites: u32,
    },
    /// Clients ask one node after the other.
    AskAround {
        /// How many nodes.
        nodes: u32,
    },
    /// Clients wait for an answer that does not come.
    Timeout {
        /// How long.
        timeout_us: Micros,
    },
    /// Half of the pause between two canaries.
    NextCanary {
        /// The pause.
        canary_us: Micros,
    },
    /// Until a standby follows the new master, who needs it for writes.
    Followers,
    /// The write itself.
    Write {
        /// Service time.
        service_us: Micros,
    },
}

/// A term with what it comes to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Part {
    /// What.
    pub term: Term,
    /// Its mean.
    pub us: f64,
}

/// The parts of one phase.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Which phase.
    pub phase: Phase,
    /// In order; they add up.
    pub parts: Vec<Part>,
}

impl Step {
    /// Of parts; those that take no time are left out.
    pub(super) fn new(phase: Phase, parts: impl IntoIterator<Item = Part>) -> Self {
        Self { phase, parts: parts.into_iter().filter(|part| part.us > 0.0).collect() }
    }

    /// Its mean length.
    pub fn us(&self) -> f64 {
        self.parts.iter().map(|part| part.us).sum()
    }
}

/// Of all steps.
pub(super) fn sum_us(steps: &[Step]) -> f64 {
    steps.iter().map(Step::us).sum()
}

/// Only those that take time.
pub(super) fn steps(all: impl IntoIterator<Item = Step>) -> Vec<Step> {
    all.into_iter().filter(|step| step.us() > 0.0).collect()
}

/// So many trips of this mean length.
pub(super) fn trips(count: u32, one_way_us: f64) -> Part {
    Part { term: Term::Trips { count, one_way_us: one_way_us.round() as Micros }, us: f64::from(count) * one_way_us }
}

/// So many syncs.
pub(super) fn syncs(count: u32, sync_us: Micros) -> Part {
    Part { term: Term::Syncs { count, sync_us }, us: f64::from(count) * sync_us as f64 }
}
