//! The state machine of a data node as a picture: the way up on top, the way back below.
//!
//! ```text
//! standby → candidate → fencing → promoting → master
//!    ↑                                          │
//!    └── rejoining ← restoring    stepping down ┘
//! ```

use super::fixed::tenths;
use super::path::Rect;

/// A box of the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Follows a master, or looks for one.
    Standby,
    /// Asks whether it may become master.
    Candidate,
    /// Makes sure that the old master cannot write.
    Fencing,
    /// Replays its log.
    Promoting,
    /// Takes writes.
    Master,
    /// Hands over.
    SteppingDown,
    /// Brings its data in line with the master's.
    Rejoining,
    /// Restores a backup.
    Restoring,
    /// Of an ensemble: follows a leader, or waits for one.
    Follower,
    /// Asks who would vote for it.
    PreCandidate,
    /// Was elected, and cannot commit yet.
    Elected,
    /// Leads an ensemble.
    Leader,
    /// Looks for a leader (Zab).
    Looking,
    /// Is brought to its leader's history (Zab).
    Joining,
}

/// A transition.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrow {
    /// From where.
    pub from: State,
    /// Where to.
    pub to: State,
    /// The `d` of an SVG path.
    pub d: String,
}

/// The picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagram {
    /// The boxes.
    pub states: Vec<(State, Rect)>,
    /// The transitions.
    pub arrows: Vec<Arrow>,
    /// How high it is.
    pub height: f64,
}

const HEIGHT: f64 = 26.0;
const TOP: f64 = 2.0;
const BOTTOM: f64 = 58.0;
const GAP: f64 = 9.0;

/// The picture in a given width.
pub fn diagram(width: f64) -> Diagram {
    let w = (width - 4.0 * GAP - 4.0) / 5.0;
    let column = |index: f64, y: f64| Rect { x: 2.0 + index * (w + GAP), y, w, h: HEIGHT };
    let states = vec![
        (State::Standby, column(0.0, TOP)),
        (State::Candidate, column(1.0, TOP)),
        (State::Fencing, column(2.0, TOP)),
        (State::Promoting, column(3.0, TOP)),
        (State::Master, column(4.0, TOP)),
        (State::SteppingDown, column(4.0, BOTTOM)),
        (State::Restoring, column(2.0, BOTTOM)),
        (State::Rejoining, column(0.0, BOTTOM)),
    ];
    let rect = |wanted: State| states.iter().find(|(state, _)| *state == wanted).expect("every state has a box").1;
    let right = |from: State, to: State| {
        let (a, b) = (rect(from).right_middle(), rect(to).left_middle());
        Arrow { from, to, d: format!("M{} {}H{}", tenths(a.x), tenths(a.y), tenths(b.x)) }
    };
    let down = |from: State, to: State| {
        let (a, b) = (rect(from).bottom_middle(), rect(to).top_middle());
        Arrow { from, to, d: format!("M{} {}V{}", tenths(a.x), tenths(a.y), tenths(b.y)) }
    };
    let rejoin = {
        let (a, b) = (rect(State::Rejoining).top_middle(), rect(State::Standby).bottom_middle());
        Arrow {
            from: State::Rejoining,
            to: State::Standby,
            d: format!("M{} {}V{}", tenths(a.x), tenths(a.y), tenths(b.y)),
        }
    };
    // A master that meets a newer epoch, or has handed over, comes back as a follower, below everything.
    let back = {
        let (a, b) = (rect(State::SteppingDown).bottom_middle(), rect(State::Rejoining).bottom_middle());
        let low = BOTTOM + HEIGHT + 10.0;
        let [ax, ay, low, bx, by] = [a.x, a.y, low, b.x, b.y].map(tenths);
        let d = format!("M{ax} {ay}V{low}H{bx}V{by}");
        Arrow { from: State::SteppingDown, to: State::Rejoining, d }
    };
    let restored = {
        let (a, b) = (rect(State::Restoring).left_middle(), rect(State::Rejoining).right_middle());
        Arrow {
            from: State::Restoring,
            to: State::Rejoining,
            d: format!("M{} {}H{}", tenths(a.x), tenths(a.y), tenths(b.x)),
        }
    };
    let arrows = vec![
        right(State::Standby, State::Candidate),
        right(State::Candidate, State::Fencing),
        right(State::Fencing, State::Promoting),
        right(State::Promoting, State::Master),
        down(State::Master, State::SteppingDown),
        back,
        restored,
        rejoin,
    ];
    Diagram { states, arrows, height: BOTTOM + HEIGHT + 12.0 }
}

/// A picture with boxes in rows of three to five columns, and arrows between boxes of one row or one column.
fn picture(
    width: f64,
    columns: f64,
    boxes: &[(State, f64, bool)],
    steps: &[(State, State)],
    back: &[(State, State)],
) -> Diagram {
    let w = (width - (columns - 1.0) * GAP - 4.0) / columns;
    let states: Vec<(State, Rect)> = boxes
        .iter()
        .map(|(state, column, below)| {
            let y = if *below { BOTTOM } else { TOP };
            (*state, Rect { x: 2.0 + column * (w + GAP), y, w, h: HEIGHT })
        })
        .collect();
    let rect = |wanted: State| states.iter().find(|(state, _)| *state == wanted).expect("every state has a box").1;
    let arrow = |(from, to): &(State, State)| {
        let (a, b) = (rect(*from), rect(*to));
        let d = if a.y < b.y {
            let (a, b) = (a.bottom_middle(), b.top_middle());
            format!("M{} {}L{} {}", tenths(a.x), tenths(a.y), tenths(b.x), tenths(b.y))
        } else if a.y > b.y {
            let (a, b) = (a.top_middle(), b.bottom_middle());
            format!("M{} {}L{} {}", tenths(a.x), tenths(a.y), tenths(b.x), tenths(b.y))
        } else if a.x < b.x {
            let (a, b) = (a.right_middle(), b.left_middle());
            format!("M{} {}H{}", tenths(a.x), tenths(a.y), tenths(b.x))
        } else {
            let (a, b) = (a.left_middle(), b.right_middle());
            format!("M{} {}H{}", tenths(a.x), tenths(a.y), tenths(b.x))
        };
        Arrow { from: *from, to: *to, d }
    };
    let mut arrows: Vec<Arrow> = steps.iter().map(arrow).collect();
    let deepest = if boxes.iter().any(|(.., below)| *below) { BOTTOM + HEIGHT } else { TOP + HEIGHT };
    for (from, to) in back {
        let (a, b) = (rect(*from).bottom_middle(), rect(*to).bottom_middle());
        let [ax, ay, low, bx, by] = [a.x, a.y, deepest + 10.0, b.x, b.y].map(tenths);
        arrows.push(Arrow { from: *from, to: *to, d: format!("M{ax} {ay}V{low}H{bx}V{by}") });
    }
    Diagram { states, arrows, height: deepest + 12.0 }
}

/// The state machine of a Raft server (Ongaro, figure 3.3), with the round of questions before a campaign.
pub fn raft_diagram(width: f64) -> Diagram {
    use State::{Candidate, Elected, Follower, Leader, PreCandidate};
    picture(
        width,
        5.0,
        &[
            (Follower, 0.0, false),
            (PreCandidate, 1.0, false),
            (Candidate, 2.0, false),
            (Elected, 3.0, false),
            (Leader, 4.0, false),
        ],
        &[(Follower, PreCandidate), (PreCandidate, Candidate), (Candidate, Elected), (Elected, Leader)],
        &[(Leader, Follower)],
    )
}

/// The state machine of a Zab member: who looks either leads or follows.
pub fn zab_diagram(width: f64) -> Diagram {
    use State::{Elected, Follower, Joining, Leader, Looking};
    picture(
        width,
        4.0,
        &[
            (Looking, 0.0, false),
            (Elected, 1.0, false),
            (Leader, 3.0, false),
            (Joining, 1.0, true),
            (Follower, 2.0, true),
        ],
        &[(Looking, Elected), (Elected, Leader), (Looking, Joining), (Joining, Follower)],
        &[(Leader, Looking), (Follower, Looking)],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_state_covers_another_and_all_fit() {
        for diagram in [diagram(352.0), raft_diagram(352.0), zab_diagram(352.0)] {
            for (i, (_, a)) in diagram.states.iter().enumerate() {
                assert!(a.x >= 0.0 && a.right() <= 352.0 && a.bottom() <= diagram.height);
                assert!(diagram.states.iter().take(i).all(|(_, b)| !a.overlaps(*b)));
            }
        }
    }

    #[test]
    fn every_state_can_be_left() {
        for diagram in [diagram(352.0), raft_diagram(352.0), zab_diagram(352.0)] {
            for (state, _) in &diagram.states {
                assert!(diagram.arrows.iter().any(|arrow| arrow.from == *state), "{state:?}");
            }
        }
    }
}
