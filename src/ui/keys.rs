//! The keyboard: everything that a mouse can do.

use wasm_bindgen::JsCast as _;
use web_sys::{Element, KeyboardEvent};

use super::app::Msg;
use super::lab::{Dialog, Lab, Tab};
use crate::player::StepBy;
use crate::scenario::{Action, Target};
use crate::sim::{SimTime, Status};
use crate::view::form;

/// What a key does, among the texts of a language.
type What = fn(&crate::i18n::Texts) -> &'static str;

/// The keys and what they do, for the help.
pub const KEYS: [(&str, What); 21] = [
    ("␣", |t| t.key_play),
    ("← →", |t| t.key_step),
    ("⇧ ← →", |t| t.key_story),
    (", .", |t| t.key_speed),
    ("Home End", |t| t.key_ends),
    ("u U", |t| t.key_undo),
    ("r R", |t| t.key_restart_run),
    ("1 … 9", |t| t.key_select),
    ("k", |t| t.key_kill),
    ("f", |t| t.key_freeze),
    ("m", |t| t.key_menu),
    ("c", |t| t.key_links),
    ("n", |t| t.key_tabs),
    ("o", |t| t.key_scenarios),
    ("s", |t| t.key_settings),
    ("g", |t| t.slow_at_faults),
    ("v", |t| t.key_view),
    ("l", |t| t.key_language),
    ("t", |t| t.key_theme),
    ("?", |t| t.key_help),
    ("Esc", |t| t.key_close),
];

/// What a key asks for now; nothing if it belongs to a field, a dialog or the browser.
#[inline(never)]
pub fn meaning(event: &KeyboardEvent, lab: &Lab) -> Option<Msg> {
    if event.ctrl_key() || event.meta_key() || event.alt_key() || event.default_prevented() || lab.dialog.is_some() {
        return None;
    }
    let tag = event.target().and_then(|target| target.dyn_into::<Element>().ok()).map(|element| element.tag_name());
    let tag = tag.as_deref().unwrap_or_default();
    if matches!(tag, "INPUT" | "SELECT" | "TEXTAREA") {
        return None;
    }
    if lab.numbers {
        return super::numbers::key(&event.key(), lab);
    }
    let world = lab.player.world();
    let on = Target::of(&world.config().layout, lab.selected);
    let status = world.machine(lab.selected).status();
    Some(match event.key().as_str() {
        " " if matches!(tag, "BUTTON" | "A" | "SUMMARY") => return None,
        " " | "p" => Msg::Play,
        "ArrowRight" => Msg::Step(if event.shift_key() { StepBy::Story } else { StepBy::Event }, true),
        "ArrowLeft" => Msg::Step(if event.shift_key() { StepBy::Story } else { StepBy::Event }, false),
        "." => Msg::Faster(true),
        "," => Msg::Faster(false),
        "Home" => Msg::Seek(SimTime::ZERO),
        "End" => Msg::End,
        "u" => Msg::Undo,
        "U" => Msg::Redo,
        "r" => Msg::Restart(false),
        "R" => Msg::Restart(true),
        "k" if status.has_process() => Msg::Act(Action::MachineCrash { on }),
        "k" => Msg::Act(Action::Restart { on }),
        "f" if status == Status::Frozen => Msg::Act(Action::Thaw { on }),
        "f" => Msg::Act(Action::Freeze { on }),
        "m" => Msg::Open(Dialog::Faults(lab.selected)),
        "c" => {
            super::browser::focus("link-0");
            return None;
        }
        "n" => Msg::Tab(match lab.tab {
            Tab::Log => Tab::Node,
            Tab::Node => Tab::Messages,
            Tab::Messages => Tab::Theory,
            Tab::Theory => Tab::Log,
        }),
        "o" => Msg::Open(Dialog::Scenarios),
        "s" => Msg::Open(Dialog::Settings(form::Page::System)),
        "g" => Msg::SlowAtFaults,
        "v" => Msg::Elsewhere,
        "l" => Msg::Lang,
        "t" => Msg::Theme,
        "?" => Msg::Open(Dialog::Help),
        "Escape" => Msg::Dismiss,
        digit => {
            let number = digit.parse::<usize>().ok().filter(|number| (1..=9).contains(number))?;
            Msg::Select(
                lab.plan
                    .places
                    .iter()
                    .filter(|place| matches!(place.part, crate::ha::Part::Data(_)))
                    .nth(number - 1)?
                    .machine,
            )
        }
    })
}
