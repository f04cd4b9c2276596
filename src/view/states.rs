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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_state_covers_another_and_all_fit() {
        let diagram = diagram(352.0);
        for (i, (_, a)) in diagram.states.iter().enumerate() {
            assert!(a.x >= 0.0 && a.right() <= 352.0 && a.bottom() <= diagram.height);
            assert!(diagram.states.iter().take(i).all(|(_, b)| !a.overlaps(*b)));
        }
    }

    #[test]
    fn every_state_can_be_left() {
        let diagram = diagram(352.0);
        for (state, _) in &diagram.states {
            assert!(diagram.arrows.iter().any(|arrow| arrow.from == *state), "{state:?}");
        }
    }
}
