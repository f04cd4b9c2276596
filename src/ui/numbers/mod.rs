//! The Numbers view: an architecture, its inputs, and all that theory says of it. The lab stands still meanwhile.
//!
//! It is reached by the address (`#numbers`), which the links in the header and a key lead to. All of it arrives with the
//! second part of the program, its style sheet too.

mod cards;
pub mod charts;
mod diagram;
mod editor;
mod fields;
mod math;
mod ranking;

use yew::{Html, MouseEvent, html};

use super::app::{Ask, Msg};
use super::lab::{Dialog, Lab};
use super::{browser, dialogs, parts, years};
use crate::i18n::Lang;
use crate::theory::explore::{Architecture, Basis, Input};
use crate::view::desk::{Desk, Field};

/// The address of the lab.
pub const LAB: &str = "#lab";
/// The address of the numbers.
pub const NUMBERS: &str = "#numbers";

/// Its style sheet.
pub const STYLE: &str = include_str!("../../../assets/styles/numbers.css");

/// What can be wished for here.
#[derive(Clone)]
pub enum Wish {
    /// Another architecture.
    Choose(Architecture),
    /// Up times are these.
    Basis(Basis),
    /// This was typed.
    Type(Field, String),
    /// The slider stands at this step.
    Slide(Field, u32),
    /// Another unit.
    Unit(Field, usize),
    /// The chart moves this input.
    Move(Input),
    /// A diagram of blocks instead of an architecture.
    Compose,
    /// Something about the diagram.
    Board(editor::Do),
}

/// Does it.
#[inline(never)]
pub fn fulfil(lab: &mut Lab, wish: Wish) {
    let lang = lab.lang;
    let Some(desk) = &mut lab.desk else { return };
    match wish {
        Wish::Choose(architecture) => desk.choose(architecture),
        Wish::Basis(basis) => desk.count_from(basis),
        Wish::Type(field, text) => desk.type_in(field, text),
        Wish::Slide(field, step) => desk.slide(field, step),
        Wish::Unit(field, unit) => desk.measure(field, unit),
        Wish::Move(input) => desk.moved = input,
        Wish::Compose => editor::begin(desk, lang),
        Wish::Board(what) => editor::fulfil(desk, what, lang),
    }
    if let Some(board) = desk.board() {
        editor::keep(board);
    }
}

/// The page has been drawn anew.
#[inline(never)]
pub fn drawn(lab: &Lab) {
    if let Some(board) = lab.desk.as_ref().and_then(|desk| desk.board()) {
        diagram::bring(board);
    }
}

/// The page speaks another language now.
#[inline(never)]
pub fn speak(lab: &mut Lab) {
    if let Some(board) = lab.desk.as_mut().and_then(|desk| desk.board_mut()) {
        board.speak(lab.lang);
    }
}

/// Shows the view, or the lab again.
#[inline(never)]
pub fn show(lab: &mut Lab, shown: bool) {
    lab.numbers = shown;
    lab.rest();
    if shown {
        lab.desk.get_or_insert_with(|| Box::new(Desk::new()));
    }
}

/// What a key asks for in this view.
pub fn key(key: &str, lab: &Lab) -> Option<Msg> {
    let board = lab.desk.as_ref().is_some_and(|desk| desk.board().is_some());
    Some(match key {
        "u" if board => Msg::Numbers(Wish::Board(editor::Do::Undo)),
        "U" if board => Msg::Numbers(Wish::Board(editor::Do::Redo)),
        "v" => Msg::Elsewhere,
        "l" => Msg::Lang,
        "t" => Msg::Theme,
        "?" => Msg::Open(Dialog::Help),
        _ => return None,
    })
}

/// The document's title.
#[inline(never)]
pub fn title(lang: Lang) -> &'static str {
    lang.numbers().page_title
}

/// The links to the views.
#[inline(never)]
pub fn nav(lab: &Lab) -> Html {
    let w = lab.lang.numbers();
    let link = |to: &'static str, name: &'static str, test: &'static str, here: bool| {
        html! { <a href={to} data-testid={test} aria-current={here.then_some("page")}>{ name }</a> }
    };
    html! {
        <nav class="views" aria-label={w.views}>
            { link(LAB, w.lab, "view-lab", !lab.numbers) }
            { link(NUMBERS, w.numbers, "view-numbers", lab.numbers) }
        </nav>
    }
}

/// The whole page in this view.
#[inline(never)]
pub fn view(lab: &Lab, ask: &Ask) -> Html {
    let Some(desk) = &lab.desk else { return html! {} };
    let w = lab.lang.numbers();
    let skip = |event: MouseEvent| {
        // A link to the result would lead away from this view.
        event.prevent_default();
        browser::focus("n-result");
    };
    html! {
        <div class="app on-numbers">
            <style>{ STYLE }</style>
            <a class="skip" href="#n-result" onclick={skip}>{ w.skip }</a>
            <header class="head">
                { parts::brand(lab.lang) }
                { nav(lab) }
                <h1 class="grow">{ w.title }</h1>
                { parts::preferences(lab, ask) }
            </header>
            <main class="numbers">
                { fields::inputs(lab, desk, ask) }
                <div class="n-out">
                    { cards::result(lab, desk) }
                    <div class="n-cards">
                        if let Some(board) = desk.board() {
                            { diagram::card(lab, board, ask) }
                            { ranking::help(lab, board) }
                            { cards::budget(lab, desk, ask) }
                            { ranking::card(lab, board) }
                            { years::card::view(lab, desk, ask) }
                            { math::of_diagram(lab, board) }
                        } else {
                            { cards::causes(lab, desk) }
                            { cards::sweep(lab, desk, ask) }
                            { cards::nodes(lab, desk) }
                            { cards::budget(lab, desk, ask) }
                            { years::card::view(lab, desk, ask) }
                            { math::card(lab, desk) }
                            { cards::article(lab, desk, ask) }
                        }
                    </div>
                </div>
            </main>
            { dialogs::view(lab, ask) }
            <div class="sr" role="status" aria-live="polite">{ cards::spoken(lab, desk) }</div>
        </div>
    }
}
