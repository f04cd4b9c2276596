//! The log: events as sentences, newest first; a click leads to their moment.

use std::rc::Rc;

use yew::{Html, Properties, component, html};

use super::app::{Ask, Msg, on};
use super::icons::Icon;
use super::lab::{Filter, Lab};
use crate::ha::Ha;
use crate::ha::note::Note;
use crate::i18n::{clock, event};
use crate::player::Told;
use crate::sim::{Event, Fault, SimTime, Status, Tier};

/// Rows that are shown at most.
const ROWS: usize = 120;
/// Events that are looked through for them at most.
const LOOK_THROUGH: usize = 20_000;

/// One event.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    order: u64,
    at: SimTime,
    text: String,
    kind: Kind,
}

/// What an event is to the eye.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Fault,
    Rise,
    Up,
    Role,
    Other,
}

impl Kind {
    fn of(event: &Event<Ha>) -> Self {
        match event {
            Event::Fault { fault: Fault::Restart(_) | Fault::Thaw(_) | Fault::Mend(..) | Fault::Heal, .. }
            | Event::Machine { status: Status::Up | Status::Starting | Status::Booting, .. } => Self::Up,
            Event::Fault { .. } | Event::Lost { .. } | Event::Machine { .. } => Self::Fault,
            Event::Note { note: Note::BecameMaster { .. }, .. } => Self::Rise,
            Event::Note { note, .. } if is_role(note) => Self::Role,
            _ => Self::Other,
        }
    }

    fn icon(self) -> Icon {
        match self {
            Self::Fault => Icon::Cross,
            Self::Rise => Icon::Crown,
            Self::Up => Icon::Turn,
            Self::Role => Icon::Right,
            Self::Other => Icon::Dots,
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Fault => "fault",
            Self::Rise => "rise",
            _ => "",
        }
    }
}

fn is_role(note: &Note) -> bool {
    matches!(
        note,
        Note::Suspected { .. }
            | Note::Trusted { .. }
            | Note::Canvassing { .. }
            | Note::Voted { .. }
            | Note::Decided { .. }
            | Note::CanvassFailed { .. }
            | Note::Fenced { .. }
            | Note::FenceOrdered { .. }
            | Note::FenceFailed { .. }
            | Note::Promoting { .. }
            | Note::BecameMaster { .. }
            | Note::SteppedDown { .. }
            | Note::Follows { .. }
            | Note::OperatorCalled { .. }
            | Note::OperatorActs { .. }
            | Note::SwitchoverBegan { .. }
            | Note::SwitchoverFailed { .. }
            | Note::Restoring { .. }
            | Note::Registry(_)
            | Note::Raft(_)
            | Note::Zab(_)
    )
}

/// What nobody wants to read: everything coming up at the very start, and the replication of the probe's writes.
fn is_noise(lab: &Lab, told: &Told) -> bool {
    match told.event {
        Event::Machine { status: Status::Up, .. } => told.at == SimTime::ZERO,
        Event::Sent { from, to, brief, .. } | Event::Arrived { from, to, brief, .. } => {
            lab.filter != Filter::All && crate::view::is_of_probe(lab.player.world(), from, to, &brief)
        }
        _ => false,
    }
}

impl Filter {
    fn lets_pass(self, event: &Event<Ha>) -> bool {
        let is_canary = match event {
            Event::Sent { brief, .. } | Event::Arrived { brief, .. } => brief.canary,
            Event::Note { note, .. } => {
                matches!(note, Note::Issued { id, .. } | Note::Finished { id, .. } | Note::Acknowledged { id, .. } if id.canary)
            }
            _ => false,
        };
        match self {
            Self::Story => event.tier() == Tier::Story,
            Self::Faults => matches!(event, Event::Fault { .. } | Event::Machine { .. }),
            Self::Roles => matches!(event, Event::Note { note, .. } if is_role(note)),
            Self::Messages => {
                !is_canary && matches!(event, Event::Sent { .. } | Event::Lost { .. } | Event::Held { .. })
            }
            Self::Requests => {
                !is_canary
                    && matches!(
                        event,
                        Event::Note {
                            note: Note::Issued { .. } | Note::Finished { .. } | Note::Acknowledged { .. },
                            ..
                        }
                    )
            }
            Self::All => !is_canary,
        }
    }

    fn is_story(self) -> bool {
        matches!(self, Self::Story | Self::Faults | Self::Roles)
    }
}

/// The rows of the log as it is now.
pub fn rows(lab: &Lab) -> Rc<Vec<Row>> {
    let wanted = |told: &&Told| {
        let passes = lab.filter.lets_pass(&told.event) && !is_noise(lab, told);
        passes && (!lab.only_selected || told.event.machine() == Some(lab.selected))
    };
    let row = |told: &Told| Row {
        order: told.order,
        at: told.at,
        text: event(lab.lang, &told.event, &lab.names),
        kind: Kind::of(&told.event),
    };
    let rows = if lab.filter.is_story() {
        lab.player.story().iter().rev().filter(wanted).take(ROWS).map(row).collect()
    } else {
        lab.player.wire().rev().take(LOOK_THROUGH).filter(wanted).take(ROWS).map(row).collect()
    };
    Rc::new(rows)
}

/// Rows, and whom to ask.
#[derive(Properties, PartialEq)]
pub struct LogProps {
    /// Newest first.
    pub rows: Rc<Vec<Row>>,
    /// What is said when there are none.
    pub empty: &'static str,
    /// What a click does.
    pub go: &'static str,
    /// Whom to ask.
    pub ask: Ask,
}

/// The list.
#[component]
pub fn Log(props: &LogProps) -> Html {
    if props.rows.is_empty() {
        return html! { <p class="fine">{ props.empty }</p> };
    }
    html! {
        <ol class="log">
            { for props.rows.iter().map(|row| html! {
                <li key={row.order} class={row.kind.class()}>
                    <button type="button" title={props.go} onclick={on(&props.ask, Msg::Visit(row.at))}>
                        <time>{ clock(row.at.us()) }</time>
                        { row.kind.icon().sized(12) }
                        <span>{ row.text.clone() }</span>
                    </button>
                </li>
            }) }
        </ol>
    }
}
