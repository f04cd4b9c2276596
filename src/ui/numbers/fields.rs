//! The inputs: a slider and a field for each, its unit, and what is wrong with it.

use yew::{Event, Html, InputEvent, html};

use super::super::app::{Ask, Msg};
use super::super::dialogs::typed;
use super::super::lab::Lab;
use super::super::panel::chosen;
use super::super::parts::{class_list, colon};
use super::{Wish, editor};
use crate::i18n::Label;
use crate::i18n::numbers::{architecture, input, unit, wrong};
use crate::theory::explore::{Amount, Architecture, Basis, TIMES};
use crate::view::desk::{Desk, Field, STEPS};

/// Which architecture, and its inputs.
#[inline(never)]
pub fn inputs(lab: &Lab, desk: &Desk, ask: &Ask) -> Html {
    let (lang, w) = (lab.lang, lab.lang.numbers());
    let here = desk.inputs.architecture;
    let board = desk.board();
    let place = Architecture::ALL.iter().position(|one| *one == here && board.is_none());
    // The diagram of blocks stands behind all architectures.
    let place = place.unwrap_or(Architecture::ALL.len());
    let choose = ask.clone();
    let onchange = move |event: Event| {
        let wish = Architecture::ALL.get(chosen(&event)).map_or(Wish::Compose, |one| Wish::Choose(*one));
        choose.emit(Msg::Numbers(wish));
    };
    let count = ask.clone();
    let onbasis = move |event: Event| {
        let basis = if chosen(&event) == 0 { Basis::Mttf } else { Basis::Mtbf };
        count.emit(Msg::Numbers(Wish::Basis(basis)));
    };
    let mtbf = desk.inputs.basis == Basis::Mtbf;
    html! {
        <section class="n-inputs" aria-label={w.inputs}>
            <label class="n-label" for="n-architecture">{ w.architecture }</label>
            <select id="n-architecture" class="n-wide" data-testid="n-architecture" data-index={place.to_string()} {onchange}>
                { for Architecture::ALL.iter().map(|one| html! {
                    <option selected={*one == here && board.is_none()}>{ architecture(lang, *one).name }</option>
                }) }
                <option selected={board.is_some()}>{ w.b_composite }</option>
            </select>
            <p class="fine">{ if board.is_some() { w.b_composite_explain } else { architecture(lang, here).explain } }</p>
            if let Some(board) = board {
                { editor::fields(lab, desk, board, ask) }
            } else {
            <label class="n-label" for="n-basis">{ w.basis }</label>
            <select id="n-basis" class="n-wide" data-testid="n-basis" data-index={usize::from(mtbf).to_string()} onchange={onbasis}>
                <option selected={!mtbf}>{ w.basis_mttf }</option>
                <option selected={mtbf}>{ w.basis_mtbf }</option>
            </select>
            <div class="n-fields">
                { for here.inputs().iter().map(|one| {
                    row(lab, desk, Field::Input(*one), input(lang, *one, desk.inputs.basis), true, ask)
                }) }
            </div>
            }
        </section>
    }
}

/// A field with its name, and with a slider if wanted.
#[inline(never)]
pub fn row(lab: &Lab, desk: &Desk, field: Field, label: Label, slider: bool, ask: &Ask) -> Html {
    let (lang, w) = (lab.lang, lab.lang.numbers());
    let entry = desk.entry(field);
    let id = format!("n-{}", field.name());
    let problem = entry.wrong.as_ref().map(|what| wrong(lang, what, field.amount()));
    let wrong_id = format!("{id}-wrong");
    let on_type = ask.clone();
    let oninput = move |event: InputEvent| on_type.emit(Msg::Numbers(Wish::Type(field, typed(&event))));
    let on_unit = ask.clone();
    let onchange = move |event: Event| on_unit.emit(Msg::Numbers(Wish::Unit(field, chosen(&event))));
    let on_slide = ask.clone();
    let onslide = move |event: InputEvent| {
        let step = typed(&event).parse().unwrap_or(0);
        on_slide.emit(Msg::Numbers(Wish::Slide(field, step)));
    };
    let measure = match field.amount() {
        Amount::Time => {
            let place = TIMES.iter().position(|time| *time == entry.unit).unwrap_or(0);
            html! {
                <select data-testid={format!("{id}-unit")} data-index={place.to_string()} {onchange}
                    aria-label={format!("{}{}{}", w.unit_of, colon(lang), label.name)}>
                    { for TIMES.iter().map(|time| html! {
                        <option selected={*time == entry.unit}>{ unit(lang, *time) }</option>
                    }) }
                </select>
            }
        }
        Amount::Share => html! { <span class="n-unit">{ "%" }</span> },
        Amount::Count | Amount::Factor => html! { <span class="n-unit"></span> },
    };
    let unit_text = if field.amount() == Amount::Time { unit(lang, entry.unit) } else { "" };
    html! {
        <div class={class_list(&[("n-field", true), ("slides", slider)])} key={field.name()}>
            <label for={id.clone()} title={label.explain}>{ label.name }</label>
            <div class="n-entry">
                <input type="text" inputmode="decimal" autocomplete="off" spellcheck="false" id={id.clone()}
                    data-testid={id.clone()} value={entry.text.clone()} aria-invalid={problem.is_some().then_some("true")}
                    aria-describedby={problem.is_some().then(|| wrong_id.clone())} {oninput} />
                { measure }
            </div>
            if slider {
                <input type="range" min="0" max={STEPS.to_string()} step="1" data-testid={format!("{id}-slider")}
                    value={entry.place(desk.nodes()).to_string()} oninput={onslide}
                    aria-label={format!("{} ({})", label.name, w.slider)}
                    aria-valuetext={format!("{} {unit_text}", entry.text)} />
            }
            if let Some(problem) = problem {
                <p class="wrong" id={wrong_id.clone()} data-testid={wrong_id}>{ problem }</p>
            }
        </div>
    }
}
