//! The diagram as SVG: each block can be reached by the keyboard, and the weakest is marked by shape, word and colour.

use yew::{Callback, FocusEvent, Html, KeyboardEvent, MouseEvent, html};

use super::super::app::{Ask, Msg};
use super::super::browser;
use super::super::lab::Lab;
use super::super::parts::{class_list, comma};
use super::editor::{Do, acts, focus_fields};
use super::{Wish, cards};
use crate::i18n::Lang;
use crate::i18n::numbers as say;
use crate::theory::blocks::Kind;
use crate::view::blocks::{Act, Board, Picture, Shape, Towards, fit, letters_of};
use crate::view::{Rect, tenths};

/// The widths of a letter of 12.5 and of 11 pixels, about.
const LETTER: f64 = 6.7;
const SMALL: f64 = 6.0;
/// The same of bold letters of 11 pixels.
const HEAD: f64 = 6.5;

/// The element of a block.
pub fn id(spot: &[usize]) -> String {
    spot.iter().fold("b".to_owned(), |id, place| format!("{id}-{place}"))
}

fn number(value: f64) -> String {
    tenths(value).to_string()
}

/// The card with the diagram, and what can be done to it.
#[inline(never)]
pub fn card(lab: &Lab, board: &Board, ask: &Ask) -> Html {
    let (lang, w) = (lab.lang, lab.lang.numbers());
    let picture = Picture::of(&board.root);
    let Picture { width, height, .. } = picture;
    let keyed = ask.clone();
    let onkeydown = move |event: KeyboardEvent| {
        // Alt and an arrow lead back in the browser's history.
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        let wish = match event.key().as_str() {
            "ArrowLeft" => Do::Walk(Towards::Left),
            "ArrowRight" => Do::Walk(Towards::Right),
            "ArrowUp" => Do::Walk(Towards::Up),
            "ArrowDown" => Do::Walk(Towards::Down),
            "Delete" | "Backspace" => Do::Act(Act::Remove),
            "Enter" | " " => {
                event.prevent_default();
                return focus_fields();
            }
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        keyed.emit(Msg::Numbers(Wish::Board(wish)));
    };
    let wires = picture.wires.iter().map(|wire| {
        let points = wire.iter().map(|(x, y)| format!("{},{}", number(*x), number(*y)));
        html! { <polyline class="b-wire" points={points.collect::<Vec<_>>().join(" ")} /> }
    });
    let marks = picture.marks.iter().map(|((x, y), needed, of)| {
        let text = format!("{needed}/{of}");
        let half = 7.0 + text.len() as f64 * SMALL / 2.0;
        html! {
            <g class="b-mark" aria-hidden="true">
                <rect x={number(x - half)} y={number(y - 10.0)} width={number(half * 2.0)} height="20" rx="10" />
                <text x={number(*x)} y={number(y + 4.0)}>{ text }</text>
            </g>
        }
    });
    let ends = picture.ends.iter().zip([w.b_in, w.b_out]).map(|((x, y), name)| {
        html! {
            <g class="b-end" aria-hidden="true">
                <circle cx={number(*x)} cy={number(*y)} r="5" />
                <text x={number(*x)} y={number(y - 11.0)}>{ name }</text>
            </g>
        }
    });
    html! {
        <section class="n-card wide b-card" data-testid="b-diagram">
            <div class="n-title"><h2>{ w.b_diagram }</h2>{ history(lab, board, ask) }</div>
            { acts(lab, board, ask) }
            if let Some(told) = board.says(lang) { <p class="wrong" data-testid="b-told">{ told }</p> }
            <div class="b-scroll" id="b-scroll" data-spot={id(&board.spot)}>
                <svg class="b-svg" width={number(width)} height={number(height)} viewBox={format!("0 0 {width} {height}")}
                    role="group" aria-label={w.b_diagram} {onkeydown}>
                    // The way runs over frames and behind boxes.
                    { for picture.shapes.iter().filter(|shape| shape.is_frame).map(|shape| block(lab, board, shape, ask)) }
                    { for wires }
                    { for ends }
                    { for picture.shapes.iter().filter(|shape| !shape.is_frame).map(|shape| block(lab, board, shape, ask)) }
                    { for marks }
                </svg>
            </div>
            <p class="fine">{ w.b_diagram_explain }{ if lang == Lang::En { " " } else { "" } }{ w.b_keys }</p>
        </section>
    }
}

/// Undo and redo.
fn history(lab: &Lab, board: &Board, ask: &Ask) -> Html {
    let w = lab.lang.numbers();
    let (undo, redo) = board.can_undo();
    html! {
        <div class="b-acts">
            { super::editor::button(w.b_undo, "b-undo", undo, Do::Undo, ask) }
            { super::editor::button(w.b_redo, "b-redo", redo, Do::Redo, ask) }
        </div>
    }
}

/// A part, or the frame of a group.
fn block(lab: &Lab, board: &Board, shape: &Shape, ask: &Ask) -> Html {
    let (lang, w) = (lab.lang, lab.lang.numbers());
    let Some(block) = board.root.at(&shape.spot) else { return html! {} };
    let Rect { x, y, w: width, h: height } = shape.rect;
    // Figures are those of the diagram that was answered.
    let own = (board.shown == board.root).then(|| board.answer.place(&shape.spot)).flatten();
    let is_weakest = own == Some(board.answer.weakest);
    let figure = own.map_or_else(|| "–".to_owned(), |own| cards::percent(lab, board.answer.blocks[own].availability));
    let selected = board.spot == shape.spot;
    let wrong = board.is_wrong_at(&shape.spot);
    let name = say::block(lang, block);
    let also = match &block.kind {
        Kind::Parallel { needed, blocks } => say::needed(lang, *needed as usize, blocks.len()),
        Kind::Series(_) => w.b_all_short.into(),
        Kind::Built(inputs) => say::architecture(lang, inputs.architecture).name.into(),
        Kind::Part(_) | Kind::Known(_) => String::new(),
    };
    let mut spoken = vec![name.as_str(), figure.as_str()];
    spoken.extend([also.as_str()].into_iter().filter(|also| !also.is_empty()));
    spoken.extend(is_weakest.then_some(w.b_weakest));
    spoken.extend(wrong.then_some(w.b_check));
    let spoken = spoken.join(comma(lang));
    // The first block can be reached even if none is selected.
    let first = board.spot.is_empty() && shape.spot == [0];
    let classes =
        [("b-block", true), ("frame", shape.is_frame), ("on", selected), ("weak", is_weakest), ("bad", wrong)];
    // The figure is never cut off, the name may be.
    let room = ((width - 20.0) / HEAD) as usize;
    let head = format!("{} · {figure}", fit(&name, room.saturating_sub(letters_of(&figure) + 3)));
    let small = block.name.is_empty() || also.is_empty();
    let (ask, to) = (ask.clone(), shape.spot.clone());
    let go = Callback::from(move |()| {
        // Looking at it again would drop what is being typed.
        if !selected {
            ask.emit(Msg::Numbers(Wish::Board(Do::Look(to.clone()))));
        }
    });
    let focused = go.clone();
    let onclick = move |event: MouseEvent| {
        event.stop_propagation();
        go.emit(());
    };
    let onfocus = move |_: FocusEvent| focused.emit(());
    html! {
        <g class={class_list(&classes)} key={id(&shape.spot)}>
            <g class="b-hit" id={id(&shape.spot)} data-testid={id(&shape.spot)} role="button"
                tabindex={if selected || first { "0" } else { "-1" }} aria-label={spoken.clone()}
                aria-pressed={selected.to_string()} {onclick} {onfocus}>
                <title>{ spoken }</title>
                <rect class="b-box" x={number(x)} y={number(y)} width={number(width)} height={number(height)} rx="8" />
            </g>
            // Who cannot see the drawing hears the name of the button, which says all of this.
            <g class="b-texts" aria-hidden="true">
                if shape.is_frame {
                    <text class="b-head" x={number(x + 10.0)} y={number(y + 16.0)}>{ head }</text>
                } else {
                    <text class="b-name" x={number(x + width / 2.0)} y={number(y + if small { 24.0 } else { 21.0 })}>
                        { fit(&name, ((width - 12.0) / LETTER) as usize) }
                    </text>
                    <text class="b-figure" x={number(x + width / 2.0)} y={number(y + if small { 42.0 } else { 36.5 })}>
                        { figure }
                    </text>
                    if !small {
                        <text class="b-also" x={number(x + width / 2.0)} y={number(y + 50.0)}>
                            { fit(&also, ((width - 6.0) / 5.3) as usize) }
                        </text>
                    }
                }
                if is_weakest { { badge(w.b_weakest, x, y, "weak") } }
                if wrong { { badge(w.b_check, x + width - 16.0 - badge_length(w.b_check), y, "bad") } }
            </g>
        </g>
    }
}

/// A word on the upper edge of a block, with a mark before it.
fn badge(text: &str, x: f64, y: f64, class: &'static str) -> Html {
    let length = badge_length(text);
    let (left, top) = (x + 8.0, y - 11.0);
    let mark = match class {
        "weak" => format!("M{} {}h8l-4 7z", number(left + 6.0), number(top + 5.5)),
        _ => format!("M{} {}h2.4v6h-2.4zm0 7.4h2.4v2.2h-2.4z", number(left + 9.0), number(top + 4.0)),
    };
    html! {
        <g class={class_list(&[("b-badge", true), (class, true)])}>
            <rect x={number(left)} y={number(top)} width={number(length)} height="17" rx="8.5" />
            <path d={mark} />
            <text x={number(left + 18.0)} y={number(top + 12.5)}>{ text.to_owned() }</text>
        </g>
    }
}

fn badge_length(text: &str) -> f64 {
    letters_of(text) as f64 * HEAD + 27.0
}

/// Gives the focus to the block that is looked at, once it has been drawn.
pub fn focus_when_drawn() {
    if let Some(scroll) = browser::by_id("b-scroll") {
        let _ = scroll.set_attribute("data-focus", "");
    }
}

fn focus(board: &Board) {
    use wasm_bindgen::JsCast as _;
    if let Some(element) = browser::by_id(&id(&board.spot)) {
        // SVG elements take the focus as HTML ones do.
        let _ = element.unchecked_ref::<web_sys::HtmlElement>().focus();
    }
}

/// Brings a block into the box that scrolls sideways when another is looked at; what the visitor scrolls stays otherwise.
pub fn bring(board: &Board) {
    let Some(scroll) = browser::by_id("b-scroll") else { return };
    if scroll.has_attribute("data-focus") {
        let _ = scroll.remove_attribute("data-focus");
        focus(board);
    }
    let now = id(&board.spot);
    if scroll.get_attribute("data-brought").as_deref() == Some(now.as_str()) {
        return;
    }
    let _ = scroll.set_attribute("data-brought", &now);
    if let Some(Rect { x, w: width, .. }) = Picture::of(&board.root).shape(&board.spot).map(|shape| shape.rect) {
        let (left, room) = (f64::from(scroll.scroll_left()), f64::from(scroll.client_width()));
        if x < left || x + width > left + room {
            scroll.set_scroll_left((x + width / 2.0 - room / 2.0) as i32);
        }
    }
}
