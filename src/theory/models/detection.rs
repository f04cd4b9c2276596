//! How long until somebody notices, and how often somebody notices what is not there.

use super::super::fields::{Fields, HasFields};
use super::super::limits;
use super::super::outputs::Outputs;
use super::Theory;
use super::quorum::up_to;

/// Heartbeats are sent every period, and whoever hears none for the timeout is taken for dead. A crash falls anywhere
/// within a period, so it is noticed after timeout − U(0, period). No delay on the network.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeartbeatPush {
    /// The period, in seconds.
    pub heartbeat_seconds: f64,
    /// How long nothing may be heard, in seconds; not less than the period.
    pub timeout_seconds: f64,
}

impl HasFields for HeartbeatPush {
    fn fields(&mut self, at: &mut Fields) {
        at.seconds("heartbeat_seconds", &mut self.heartbeat_seconds);
        at.seconds("timeout_seconds", &mut self.timeout_seconds);
        at.not_above("heartbeat_seconds", self.heartbeat_seconds, "timeout_seconds", self.timeout_seconds);
    }
}

impl Theory for HeartbeatPush {
    fn outputs(&self) -> Outputs {
        Outputs::new()
            .number("min_seconds", self.timeout_seconds - self.heartbeat_seconds)
            .number("mean_seconds", self.timeout_seconds - self.heartbeat_seconds / 2.0)
            .number("max_seconds", self.timeout_seconds)
    }
}

/// Somebody asks every interval and waits for the probe's timeout; after `fall` failures in a row the node is dead:
/// U(0, interval) + (fall − 1)·interval + timeout.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Poll {
    /// Time from one probe to the next, in seconds.
    pub interval_seconds: f64,
    /// How long a probe waits for its answer, in seconds.
    pub probe_timeout_seconds: f64,
    /// Failures in a row.
    pub fall: u32,
}

impl HasFields for Poll {
    fn fields(&mut self, at: &mut Fields) {
        at.seconds("interval_seconds", &mut self.interval_seconds);
        at.seconds("probe_timeout_seconds", &mut self.probe_timeout_seconds);
        at.count("fall", &mut self.fall, (1, limits::MISSES));
    }
}

impl Theory for Poll {
    fn outputs(&self) -> Outputs {
        let after = |intervals: f64| intervals * self.interval_seconds + self.probe_timeout_seconds;
        let fall = f64::from(self.fall);
        Outputs::new()
            .number("min_seconds", after(fall - 1.0))
            .number("mean_seconds", after(fall - 0.5))
            .number("max_seconds", after(fall))
    }
}

/// Heartbeats are lost one by one, independently: the mean number until so many are lost in a row (Feller, *An Introduction
/// to Probability Theory*, XIII.7). (p⁻ᵐ − 1) / (1 − p) = p⁻¹ + p⁻² + … + p⁻ᵐ.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FalseAlarm {
    /// Chance that a heartbeat is lost.
    pub loss_probability: f64,
    /// Losses in a row that raise the alarm.
    pub misses: u32,
    /// The period, in seconds.
    pub heartbeat_seconds: f64,
}

impl HasFields for FalseAlarm {
    fn fields(&mut self, at: &mut Fields) {
        at.chance("loss_probability", &mut self.loss_probability);
        at.count("misses", &mut self.misses, (1, limits::MISSES));
        at.seconds("heartbeat_seconds", &mut self.heartbeat_seconds);
    }
}

impl Theory for FalseAlarm {
    fn outputs(&self) -> Outputs {
        let heartbeats = (0..self.misses).fold(0.0, |sum, _| (sum + 1.0) / self.loss_probability);
        Outputs::new().number("mean_heartbeats", heartbeats).number("mean_seconds", heartbeats * self.heartbeat_seconds)
    }
}

/// VRRP's `Master_Down_Interval` (RFC 5798 §6.1): three advertisements and the skew by which the better one is first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Vrrp {
    /// Time from one advertisement to the next, in seconds.
    pub advert_int_seconds: f64,
    /// Priority of the backup.
    pub priority: u32,
    /// Version of the protocol: 2 (RFC 3768), which is meant if nobody says, or 3, whose skew grows with the interval.
    pub version: Option<u32>,
}

impl HasFields for Vrrp {
    fn fields(&mut self, at: &mut Fields) {
        at.seconds("advert_int_seconds", &mut self.advert_int_seconds);
        at.count("priority", &mut self.priority, (1, 255));
        at.optional_count("version", &mut self.version, (2, 3));
    }
}

impl Theory for Vrrp {
    fn outputs(&self) -> Outputs {
        let unit_s = if self.version == Some(3) { self.advert_int_seconds } else { 1.0 };
        let skew_s = f64::from(256 - self.priority) * unit_s / 256.0;
        Outputs::new().number("seconds", 3.0 * self.advert_int_seconds + skew_s)
    }
}

/// Raft's elections (Ongaro's dissertation, chapter 9): timeouts drawn from [1, 2] ranges, all timers fresh at once, a fixed
/// one-way latency, no disk. A vote splits when, within one latency of the first, so many others time out as well that
/// nobody is left to make a majority.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RaftSplitVote {
    /// Voters of the cluster.
    pub n: u32,
    /// Voters that are up: at least a majority.
    pub available: u32,
    /// One-way latency, divided by the range from which timeouts are drawn.
    pub latency: f64,
}

impl RaftSplitVote {
    /// The chance that the vote splits, and that it does not.
    fn split(&self) -> (f64, f64) {
        let (s, l) = (self.available, self.latency);
        // So many must time out together to spoil it.
        let spoilers = s - self.n / 2;
        let (mut split, mut won) = (0.0, 0.0);
        let mut ways = 1.0;
        for together in 0..=s {
            let l_power = libm::pow(l, f64::from(together));
            let chance = ways * l_power * libm::pow(1.0 - l, f64::from(s - together));
            *if together >= spoilers { &mut split } else { &mut won } += chance;
            ways = ways * f64::from(s - together) / f64::from(together + 1);
        }
        (split, won)
    }
}

impl HasFields for RaftSplitVote {
    fn fields(&mut self, at: &mut Fields) {
        at.count("n", &mut self.n, (1, limits::NODES));
        at.count("available", &mut self.available, (self.n / 2 + 1, up_to(self.n).1));
        at.chance("one_way_latency_over_timeout_range", &mut self.latency);
    }
}

impl Theory for RaftSplitVote {
    fn outputs(&self) -> Outputs {
        let (split, won) = self.split();
        let first = 1.0 / f64::from(self.available + 1);
        Outputs::new()
            .number("split_vote_probability", split)
            .number("expected_first_timeout_in_range", first)
            .number("expected_election_time_in_range_units", (1.0 + first + self.latency) / won + self.latency - 0.25)
    }
}
