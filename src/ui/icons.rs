//! Icons as inline SVG: glyphs of this kind are missing on many machines.

use yew::{AttrValue, Html, html};

/// An icon of 16 × 16, drawn in the colour of its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// Go on.
    Play,
    /// Stop the time.
    Pause,
    /// One event on.
    Forward,
    /// One event back.
    Back,
    /// From the beginning.
    Restart,
    /// From the beginning, with other dice.
    Dice,
    /// Take back.
    Undo,
    /// Do again.
    Redo,
    /// Master.
    Crown,
    /// Standby.
    Shield,
    /// Asks for votes.
    Ballot,
    /// Fencing.
    Bolt,
    /// On its way up.
    Rise,
    /// Comes back, or starts.
    Turn,
    /// Down, failed, closed.
    Cross,
    /// Frozen.
    Snow,
    /// Something is odd.
    Alert,
    /// Way to the nodes.
    Router,
    /// Eye: a witness.
    Eye,
    /// Person.
    Person,
    /// Name server.
    Book,
    /// Screen of a client.
    Screen,
    /// More.
    Dots,
    /// Light and dark.
    Theme,
    /// Help.
    Question,
    /// Cut.
    Scissors,
    /// Whole again.
    Chain,
    /// Data.
    Disk,
    /// Way of requests.
    Route,
    /// Good.
    Check,
    /// To the left.
    Left,
    /// To the right.
    Right,
}

impl Icon {
    /// Strokes, and filled shapes.
    fn paths(self) -> (&'static str, &'static str) {
        match self {
            Self::Play => ("", "M4 2.5v11l10-5.5z"),
            Self::Pause => ("", "M3.5 2.5h3.2v11H3.5zM9.3 2.5h3.2v11H9.3z"),
            Self::Forward => ("M3 2.5v11", "M6 3v10l7.5-5z"),
            Self::Back => ("M13 2.5v11", "M10 3v10L2.5 8z"),
            Self::Restart => ("M13 8a5 5 0 1 1-1.6-3.7M13.2 1.8v3h-3", ""),
            Self::Dice => ("M3 3h10v10H3z", "M5 5h2v2H5zM9 9h2v2H9zM9 5h2v2H9zM5 9h2v2H5z"),
            Self::Undo => ("M3 6.5h6.5a3.5 3.5 0 0 1 0 7H6M6 3.5l-3 3 3 3", ""),
            Self::Redo => ("M13 6.5H6.5a3.5 3.5 0 0 0 0 7H10M10 3.5l3 3-3 3", ""),
            Self::Crown => ("", "M1.5 4l3.5 3L8 2.5 11 7l3.5-3-1.2 9H2.7z"),
            Self::Shield => ("M8 1.8l5 1.9v4c0 3-2.1 5-5 6.3-2.9-1.3-5-3.3-5-6.3v-4z", ""),
            Self::Ballot => ("M8 1.5L14.5 8 8 14.5 1.5 8zM5.5 8l2 2 3-3.5", ""),
            Self::Bolt => ("", "M9.5 1L3 9h4l-1 6 7-8.5H9z"),
            Self::Rise => ("M8 14V3M3.5 7.2L8 2.7l4.5 4.5", ""),
            Self::Turn => ("M2.5 8a5.5 5.5 0 0 1 9.5-3.8M13.5 8A5.5 5.5 0 0 1 4 11.8M12.2 1.5v3h-3M3.8 14.5v-3h3", ""),
            Self::Cross => ("M3.5 3.5l9 9M12.5 3.5l-9 9", ""),
            Self::Snow => ("M8 1.5v13M2.4 4.8l11.2 6.4M13.6 4.8L2.4 11.2M6 2.5l2 2 2-2M6 13.5l2-2 2 2", ""),
            Self::Alert => ("M8 1.8l6.5 12h-13zM8 6.5v3.5M8 11.8v.4", ""),
            Self::Router => ("M1.5 8h4l3-4.5h5M5.5 8l3 4.5h5M11.5 1.5l2 2-2 2M11.5 10.5l2 2-2 2", ""),
            Self::Eye => ("M1.5 8C4 4 12 4 14.5 8 12 12 4 12 1.5 8zM8 6.4a1.6 1.6 0 1 0 .01 0z", ""),
            Self::Person => ("M8 2a2.8 2.8 0 1 0 .01 0zM2.5 14c.5-6 10.5-6 11 0", ""),
            Self::Book => ("M3 2.5h8.5a1.5 1.5 0 0 1 1.5 1.5v9.5H4.5A1.5 1.5 0 0 1 3 12zM6 6h4M6 9h4", ""),
            Self::Screen => ("M1.5 3h13v8h-13zM5.5 14h5", ""),
            Self::Dots => ("", "M2 6.7h2.6v2.6H2zM6.7 6.7h2.6v2.6H6.7zM11.4 6.7H14v2.6h-2.6z"),
            Self::Theme => ("M8 1.8a6.2 6.2 0 1 0 .01 0z", "M8 1.8a6.2 6.2 0 0 1 0 12.4z"),
            Self::Question => {
                ("M8 1.8a6.2 6.2 0 1 0 .01 0zM6.2 6.3c.2-2.4 3.9-2.2 3.7.2-.1 1.3-1.9 1.4-1.9 2.7M8 11.3v.4", "")
            }
            Self::Scissors => ("M4 2l7 9M12 2L5 11M3.8 11.2a1.6 1.6 0 1 0 .01 0zM12.2 11.2a1.6 1.6 0 1 0 .01 0z", ""),
            Self::Chain => ("M6.5 9.5l3-3M5 7L3.2 8.8a2.8 2.8 0 0 0 4 4L9 11M7 5l1.8-1.8a2.8 2.8 0 0 1 4 4L11 9", ""),
            Self::Disk => ("M2.5 4c0-2.5 11-2.5 11 0v8c0 2.5-11 2.5-11 0zM2.5 4c0 2.5 11 2.5 11 0", ""),
            Self::Route => ("M2 13c0-6 12-4 12-10M11.5 4.5L14 2l1 3", ""),
            Self::Check => ("M2.5 8.5l3.5 3.5 7.5-8", ""),
            Self::Left => ("M10 3L5 8l5 5", ""),
            Self::Right => ("M6 3l5 5-5 5", ""),
        }
    }

    /// At its size on a button.
    pub fn html(self) -> Html {
        self.sized(14)
    }

    /// At another size.
    pub fn sized(self, size: u32) -> Html {
        let (strokes, fills) = self.paths();
        let size = AttrValue::from(size.to_string());
        html! {
            <svg class="icon-of" width={size.clone()} height={size} viewBox="0 0 16 16" aria-hidden="true">
                <path d={strokes} />
                if !fills.is_empty() { <path d={fills} /> }
            </svg>
        }
    }
}
