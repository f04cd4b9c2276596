//! Editing a diagram: the fields of the block that is looked at, the acts, files, and what is kept for the next visit.

use web_sys::HtmlInputElement;
use yew::{Event, Html, InputEvent, KeyboardEvent, MouseEvent, TargetCast as _, html};

use super::super::app::{Ask, Msg};
use super::super::browser;
use super::super::dialogs::{read, typed};
use super::super::lab::Lab;
use super::super::panel::chosen;
use super::{Wish, diagram};
use crate::i18n::numbers as say;
use crate::i18n::{Label, Lang};
use crate::theory::blocks::{Kind, Spot};
use crate::theory::explore::{Amount, Basis, Input};
use crate::theory::limits;
use crate::view::blocks::{Act, Board, Example, Is, Towards};
use crate::view::desk::{Desk, Field};

/// What is wished for the diagram.
#[derive(Clone)]
pub enum Do {
    /// To look at this block.
    Look(Spot),
    /// To look at the next in this direction.
    Walk(Towards),
    /// To do this to the block that is looked at.
    Act(Act),
    /// To take the last act back.
    Undo,
    /// To do it again.
    Redo,
    /// An example, again or for the first time.
    Again(Example),
    /// A file, or that it could not be read.
    Open(Option<String>),
    /// To the fields.
    Edit,
    /// Back to the diagram.
    Leave,
}

/// Where the diagram is kept between visits.
const KEPT: &str = "blocks";
/// Largest file that is read.
const LARGEST: usize = 1 << 20;

/// Shows the diagram; the first time the one that was kept.
pub fn begin(desk: &mut Desk, lang: Lang) {
    let kept = browser::kept(KEPT).filter(|_| !desk.has_board());
    desk.compose(lang);
    if let (Some(kept), Some(board)) = (kept, desk.board_mut()) {
        board.resume(&kept);
    }
}

/// Keeps the diagram for the next visit, if somebody made it.
pub fn keep(board: &Board) {
    if board.is_example(Example::Shop) {
        browser::forget(KEPT);
    } else {
        browser::keep(KEPT, &board.written());
    }
}

/// Does what was wished for.
pub fn fulfil(desk: &mut Desk, what: Do, lang: Lang) {
    let Some(board) = desk.board_mut() else { return };
    let mut with_focus = false;
    match what {
        Do::Look(spot) => board.look(spot),
        Do::Walk(way) => {
            board.walk(way);
            with_focus = true;
        }
        Do::Act(act) => {
            // Who removes a block by a key stands on it, and then on what comes after it.
            with_focus =
                act == Act::Remove && browser::document().active_element().is_some_and(|on| on.tag_name() == "g");
            board.act(&act);
        }
        Do::Undo => board.undo(),
        Do::Redo => board.redo(),
        Do::Again(which) => board.begin_again(which, lang),
        Do::Open(text) => board.open(text.as_deref()),
        Do::Edit => focus_fields(),
        Do::Leave => with_focus = true,
    }
    if with_focus {
        diagram::focus_when_drawn();
    }
}

/// Goes to the first field of the block that is looked at.
pub fn focus_fields() {
    browser::focus("b-name");
}

/// A button that keeps the focus when it cannot be used any more.
pub fn button(name: &'static str, test: &'static str, can: bool, wish: Do, ask: &Ask) -> Html {
    let ask = ask.clone();
    let onclick = move |event: MouseEvent| {
        event.stop_propagation();
        if can {
            ask.emit(Msg::Numbers(Wish::Board(wish.clone())));
        }
    };
    html! {
        <button type="button" class="small-text" data-testid={test} aria-disabled={(!can).then_some("true")} {onclick}>{ name }</button>
    }
}

/// What can be done to the block that is looked at.
#[inline(never)]
pub fn acts(lab: &Lab, board: &Board, ask: &Ask) -> Html {
    let w = lab.lang.numbers();
    let all = [
        (w.b_after, "b-after", Act::After(board.fresh_name(w.b_new))),
        (w.b_beside, "b-beside", Act::Beside),
        (w.b_group, "b-group", Act::Group),
        (w.b_ungroup, "b-ungroup", Act::Ungroup),
        (w.b_earlier, "b-earlier", Act::Earlier),
        (w.b_later, "b-later", Act::Later),
        (w.b_remove, "b-remove", Act::Remove),
    ];
    html! {
        <div class="b-acts" role="group" aria-label={w.b_selected}>
            { button(w.b_edit, "b-edit", board.here().is_some(), Do::Edit, ask) }
            { for all.into_iter().map(|(name, test, act)| button(name, test, board.can(&act), Do::Act(act), ask)) }
        </div>
    }
}

/// The fields of the block that is looked at, and the files.
#[inline(never)]
pub fn fields(lab: &Lab, desk: &Desk, board: &Board, ask: &Ask) -> Html {
    let (lang, w) = (lab.lang, lab.lang.numbers());
    let leave = ask.clone();
    let onkeydown = move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            event.stop_propagation();
            leave.emit(Msg::Numbers(Wish::Board(Do::Leave)));
        }
    };
    html! {
        <div class="b-edit" {onkeydown}>
            <div class="n-title">
                <h2>{ w.b_selected }</h2>
                { button(w.b_back, "b-back", board.here().is_some(), Do::Leave, ask) }
            </div>
            if let Some(here) = board.here() {
                { name(lab, &here.name, ask) }
                { kind(lab, board, &here.kind, ask) }
                <div class="n-fields b-fields">
                    { for board.entries.iter().map(|entry| {
                        super::fields::row(lab, desk, entry.field, label(lang, board, entry.field), true, ask)
                    }) }
                </div>
            } else {
                <p class="fine">{ w.b_none }</p>
            }
            { files(lab, board, ask) }
        </div>
    }
}

fn label(lang: Lang, board: &Board, field: Field) -> Label {
    let w = lang.numbers();
    let whole = |name: &'static str, input: Input| Label { name, ..say::input(lang, input, Basis::Mttf) };
    match (field, board.is()) {
        (Field::Availability, _) => Label { name: w.b_known_availability, explain: w.b_known_explain },
        // Of a part itself, and of no node in it.
        (Field::Input(Input::Mttf), Some(Is::Part)) => whole("MTTF", Input::Mttf),
        (Field::Input(Input::Mttr), Some(Is::Part | Is::Known)) => whole("MTTR", Input::Mttr),
        (Field::Input(input), _) => say::input(lang, input, Basis::Mttf),
        _ => Label { name: "", explain: "" },
    }
}

fn name(lab: &Lab, now: &str, ask: &Ask) -> Html {
    let w = lab.lang.numbers();
    let ask = ask.clone();
    let oninput = move |event: InputEvent| ask.emit(Msg::Numbers(Wish::Board(Do::Act(Act::Rename(typed(&event))))));
    html! {
        <>
            <label class="n-label" for="b-name">{ w.b_name }</label>
            <input type="text" class="n-wide b-name-field" id="b-name" data-testid="b-name" autocomplete="off" spellcheck="false"
                maxlength={limits::NAME_CHARS.to_string()} value={now.to_owned()} {oninput} />
        </>
    }
}

/// What kind of part it is, or how many a group needs.
fn kind(lab: &Lab, board: &Board, kind: &Kind, ask: &Ask) -> Html {
    let (lang, w) = (lab.lang, lab.lang.numbers());
    let (names, acts, here): (Vec<&'static str>, Vec<Act>, usize) = if let Some(is) = board.is() {
        let kinds = Board::kinds();
        let names = kinds.iter().map(|kind| match kind {
            Is::Part => w.b_part,
            Is::Known => w.b_known,
            Is::Built(architecture) => say::architecture(lang, *architecture).name,
        });
        let here = kinds.iter().position(|one| *one == is).unwrap_or(0);
        (names.collect(), kinds.iter().map(|kind| Act::Become(*kind)).collect(), here)
    } else {
        let here = usize::from(matches!(kind, Kind::Parallel { .. }));
        (vec![w.b_all, w.b_some], vec![Act::AllNeeded(true), Act::AllNeeded(false)], here)
    };
    let explain = match board.is() {
        Some(Is::Built(architecture)) => say::architecture(lang, architecture).explain,
        Some(Is::Known) => w.b_known_explain,
        _ => "",
    };
    let ask = ask.clone();
    let onchange = move |event: Event| {
        if let Some(act) = acts.get(chosen(&event)) {
            ask.emit(Msg::Numbers(Wish::Board(Do::Act(act.clone()))));
        }
    };
    html! {
        <>
            <label class="n-label" for="b-kind">{ w.b_kind }</label>
            <select id="b-kind" class="n-wide" data-testid="b-kind" data-index={here.to_string()} {onchange}>
                { for names.iter().enumerate().map(|(place, name)| html! {
                    <option selected={place == here}>{ *name }</option>
                }) }
            </select>
            if !explain.is_empty() { <p class="fine">{ explain }</p> }
        </>
    }
}

/// Save, open, the example again; and what is wrong with the file that was opened.
fn files(lab: &Lab, board: &Board, ask: &Ask) -> Html {
    let (lang, w) = (lab.lang, lab.lang.numbers());
    let opened = ask.clone();
    let onchange = move |event: Event| {
        let input: HtmlInputElement = event.target_unchecked_into();
        if let Some(file) = input.files().and_then(|files| files.get(0)) {
            let opened = opened.clone();
            read(&file, LARGEST, move |text| opened.emit(Msg::Numbers(Wish::Board(Do::Open(text)))));
        }
        // The same file can be opened again after it was changed.
        input.set_value("");
    };
    html! {
        <div class="b-files">
            <div class="b-acts">
                <a class="button" data-testid="b-save" download="ha-lab-blocks.json"
                    href={browser::data_url("application/json", &board.written())}>{ w.b_save }</a>
                <label class="file">
                    <input type="file" accept=".json,application/json" data-testid="b-file" aria-label={w.b_open} {onchange} />
                    <span>{ w.b_open }</span>
                </label>
            </div>
            <div class="b-acts">
                { for [(w.b_again, "b-again", Example::Shop), (w.b_again_zones, "b-again-zones", Example::Zones)].map(
                    |(name, test, which)| button(name, test, !board.is_example(which), Do::Again(which), ask)
                ) }
            </div>
            <p class="fine">{ w.b_save_explain }</p>
            if let Some(problems) = &board.file {
                <div class="error" role="alert" data-testid="b-file-wrong">
                    <h3>{ if problems.is_empty() { w.b_file_unreadable } else { w.b_file_bad } }</h3>
                    <ul>{ for problems.iter().take(8).map(|problem| html! {
                        <li>
                            if !problem.field.is_empty() { <code>{ problem.field.clone() }</code>{ " " } }
                            { say::wrong(lang, &problem.wrong, Amount::Factor) }
                        </li>
                    }) }</ul>
                </div>
            }
        </div>
    }
}
