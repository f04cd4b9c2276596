//! How messages look: each kind has a shape of its own, so that no eye needs the colour.

use crate::ha::message::Kind;
use crate::sim::SimTime;

/// What a message looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// A filled circle: a request.
    Dot,
    /// A circle: a reply.
    Ring,
    /// A circle with a bar: a refusal or failure.
    NoEntry,
    /// A filled square: log entries.
    Square,
    /// A square: log entries are there.
    Frame,
    /// A filled diamond: asks for a vote.
    Diamond,
    /// A diamond: the vote.
    Lozenge,
    /// A small filled circle: a heartbeat.
    Speck,
    /// A small circle: a health check, or the answer to a heartbeat.
    Ringlet,
    /// A flag: here I am, an address or a name.
    Flag,
    /// A bolt: cut the power.
    Bolt,
    /// A triangle: become master.
    Triangle,
    /// A bell: the operator is called.
    Bell,
}

/// A colour by its meaning; the style sheet has one for each theme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tint {
    /// Requests and replies.
    Request,
    /// Replication.
    Replication,
    /// Votes and agreements.
    Vote,
    /// Heartbeats and checks.
    Heartbeat,
    /// Refused, failed, cut off.
    Down,
    /// Fencing and calls for help.
    Warn,
    /// Master, promotion, address.
    Accent,
    /// Lines.
    Line,
    /// Service is there.
    Up,
}

impl Tint {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Request,
        Self::Replication,
        Self::Vote,
        Self::Heartbeat,
        Self::Down,
        Self::Warn,
        Self::Accent,
        Self::Line,
        Self::Up,
    ];

    /// The custom property of the style sheet that holds it.
    pub fn property(self) -> &'static str {
        match self {
            Self::Request => "--req",
            Self::Replication => "--repl",
            Self::Vote => "--vote",
            Self::Heartbeat => "--heartbeat",
            Self::Down => "--down-line",
            Self::Warn => "--warn-line",
            Self::Accent => "--accent",
            Self::Line => "--wire",
            Self::Up => "--up",
        }
    }
}

/// Shape, colour and size of a message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mark {
    /// Its shape.
    pub shape: Shape,
    /// Its colour.
    pub tint: Tint,
    /// Half its width.
    pub size: f64,
}

/// How a message of this kind looks.
pub fn mark(kind: Kind) -> Mark {
    let of = |shape, tint, size| Mark { shape, tint, size };
    match kind {
        Kind::ReadRequest => of(Shape::Dot, Tint::Request, 4.0),
        Kind::WriteRequest => of(Shape::Dot, Tint::Request, 5.5),
        Kind::Done => of(Shape::Ring, Tint::Request, 4.5),
        Kind::NotMaster | Kind::Failed => of(Shape::NoEntry, Tint::Down, 5.0),
        Kind::Check | Kind::CheckReply | Kind::HeartbeatReply => of(Shape::Ringlet, Tint::Heartbeat, 2.6),
        Kind::Heartbeat => of(Shape::Speck, Tint::Heartbeat, 3.2),
        Kind::WhoHas | Kind::Announce | Kind::DnsUpdate | Kind::DnsQuery | Kind::DnsAnswer => {
            of(Shape::Flag, Tint::Accent, 6.0)
        }
        Kind::Append => of(Shape::Square, Tint::Replication, 5.5),
        Kind::Copy | Kind::Mounted => of(Shape::Square, Tint::Replication, 8.0),
        Kind::AppendReply => of(Shape::Frame, Tint::Replication, 4.5),
        Kind::AppendRefused => of(Shape::Frame, Tint::Down, 4.5),
        Kind::Follow | Kind::Mount => of(Shape::Frame, Tint::Replication, 6.0),
        Kind::Canvass => of(Shape::Diamond, Tint::Vote, 7.0),
        Kind::VoteGranted | Kind::SetInSync | Kind::InSyncRecorded => of(Shape::Lozenge, Tint::Vote, 6.5),
        Kind::VoteRefused => of(Shape::Lozenge, Tint::Down, 6.5),
        Kind::Handover | Kind::Promote | Kind::Decline => of(Shape::Triangle, Tint::Accent, 7.0),
        Kind::Fence | Kind::FenceReply => of(Shape::Bolt, Tint::Warn, 8.0),
        Kind::Page => of(Shape::Bell, Tint::Warn, 7.0),
        _ => of_ensemble(kind),
    }
}

/// How the messages look that only an ensemble has.
#[inline(never)]
fn of_ensemble(kind: Kind) -> Mark {
    let of = |shape, tint, size| Mark { shape, tint, size };
    match kind {
        Kind::Notification => of(Shape::Diamond, Tint::Vote, 6.0),
        Kind::FollowerInfo | Kind::LeaderInfo => of(Shape::Flag, Tint::Vote, 6.0),
        Kind::AckEpoch => of(Shape::Lozenge, Tint::Vote, 6.5),
        Kind::NewLeader | Kind::UpToDate => of(Shape::Triangle, Tint::Accent, 6.5),
        Kind::Propose => of(Shape::Square, Tint::Replication, 5.5),
        Kind::Diff | Kind::Trunc | Kind::History => of(Shape::Square, Tint::Replication, 7.0),
        Kind::Ack => of(Shape::Frame, Tint::Replication, 4.5),
        Kind::Commit => of(Shape::Ring, Tint::Replication, 4.0),
        Kind::Forward => of(Shape::Dot, Tint::Request, 4.5),
        Kind::ReadIndex | Kind::SyncRequest => of(Shape::Ringlet, Tint::Request, 3.4),
        Kind::ReadIndexReply | Kind::SyncReply => of(Shape::Ring, Tint::Request, 3.4),
        Kind::KeepAlive => of(Shape::Ringlet, Tint::Vote, 3.4),
        Kind::Kept => of(Shape::Ring, Tint::Vote, 3.4),
        Kind::Watch => of(Shape::Ringlet, Tint::Accent, 4.5),
        Kind::Map => of(Shape::Square, Tint::Accent, 5.5),
        Kind::Look => of(Shape::Ringlet, Tint::Accent, 3.4),
        Kind::Found => of(Shape::Ring, Tint::Accent, 3.4),
        Kind::WatchFired | Kind::NodeFired => of(Shape::Bell, Tint::Accent, 6.0),
        Kind::Order => of(Shape::Flag, Tint::Accent, 6.0),
        Kind::Ordered => of(Shape::Frame, Tint::Accent, 5.0),
        _ => of(Shape::NoEntry, Tint::Down, 5.0),
    }
}

/// The share of its way that a message has behind it: (now − sent) / (arrives − sent).
pub fn progress(now: SimTime, sent: SimTime, arrives: SimTime) -> f64 {
    let way = arrives.since(sent);
    if way == 0 { 1.0 } else { (now.since(sent) as f64 / way as f64).min(1.0) }
}

/// Whether so many messages pass a link in a second of the screen that dots only flicker: above 30.
///
/// `under_way` messages of `flight_us` each are on the link at once; the lab runs at `speed_permille`.
pub fn is_crowded(under_way: usize, flight_us: u64, speed_permille: u64) -> bool {
    let screen_us = flight_us.max(1) as f64 * 1000.0 / speed_permille.max(1) as f64;
    under_way as f64 * 1_000_000.0 / screen_us > 30.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_half_way_at_half_time() {
        let at = SimTime::from_us;
        assert!((progress(at(150), at(100), at(200)) - 0.5).abs() < 1e-12);
        assert!((progress(at(300), at(100), at(200)) - 1.0).abs() < 1e-12);
        assert!((progress(at(100), at(100), at(100)) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn dots_give_way_above_thirty_a_second_of_the_screen() {
        // One message of 150 ms at normal speed: about 7 a second.
        assert!(!is_crowded(1, 150_000, 1_000));
        // The same link a hundred times as fast: 667 a second.
        assert!(is_crowded(1, 150_000, 100_000));
        // Slow motion makes dots of what was a stream.
        assert!(is_crowded(2, 500, 1_000));
        assert!(!is_crowded(2, 500, 1));
    }

    #[test]
    fn what_is_told_apart_by_colour_is_told_apart_by_shape() {
        let kinds = [Kind::WriteRequest, Kind::Done, Kind::Append, Kind::Canvass, Kind::Heartbeat, Kind::Fence];
        let mut shapes: Vec<_> = kinds.iter().map(|kind| mark(*kind).shape).collect();
        shapes.sort();
        shapes.dedup();
        assert_eq!(shapes.len(), kinds.len());
    }
}
