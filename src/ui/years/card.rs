//! The part of the Numbers view that simulates the architecture chosen there.

use yew::{Event, Html, InputEvent, html};

use super::super::app::{Ask, Msg, on};
use super::super::dialogs::typed;
use super::super::lab::Lab;
use super::super::panel::chosen;
use super::super::workers::Trouble;
use super::results;
use super::{AMOUNTS, Drawn, Subject, Wish, Years};
use crate::i18n::{numbers, years as say};
use crate::study::years::{Diagram, Exact, Unsimulated, Why};
use crate::theory::blocks::Spot;
use crate::theory::complement;
use crate::view::desk::Desk;

/// What the fields say, or why it cannot be simulated.
pub fn subject_of(desk: &Desk) -> Result<Subject, Unsimulated> {
    if let Some(board) = desk.board() {
        let (block, answer) = (Box::new(board.shown.clone()), Box::new(board.answer.clone()));
        return Ok(Subject::Diagram(Diagram::of(&block)?, answer.as_ref().into(), Drawn::Board(block, answer)));
    }
    let diagram = Diagram::of_inputs(&desk.shown).map_err(|why| Unsimulated { spot: Spot::new(), why })?;
    if let Diagram::Plant(plant) = diagram {
        return Ok(Subject::Plant(plant));
    }
    let (answer, parts) = (&desk.answer, &desk.answer.parts);
    let down = answer.availability.down;
    let of_nodes = parts.own * complement(parts.common) / down;
    let of_common = parts.common * complement(parts.own) / down;
    let exact = Exact { down, outages_per_year: answer.outages_per_year };
    Ok(Subject::Diagram(diagram, exact, Drawn::Common(of_nodes, of_common)))
}

/// Why something cannot be simulated, and which block.
fn cannot(lab: &Lab, desk: &Desk, refused: &Unsimulated) -> String {
    let t = lab.lang.years();
    let why = match refused.why {
        Why::Nodes => t.not_many,
        Why::Coverage => t.not_fine,
        Why::Times => t.not_times,
        Why::Other => t.refused,
    };
    match desk.board().and_then(|board| board.shown.at(&refused.spot)) {
        Some(block) => numbers::refused(lab.lang, &numbers::block(lab.lang, block), why),
        None => why.into(),
    }
}

/// The card.
#[inline(never)]
pub fn view(lab: &Lab, desk: &Desk, ask: &Ask) -> Html {
    let t = lab.lang.years();
    let fresh = Years::default();
    let years = lab.years.as_deref().unwrap_or(&fresh);
    let subject = subject_of(desk);
    // What is shown is not what the fields say, or what nobody could simulate now.
    let old = years.shown.as_ref().is_some_and(|shown| !subject.as_ref().is_ok_and(|now| shown.subject.is_like(now)));
    html! {
        <section class="n-card n-years" data-testid="n-years">
            <h2>{ t.title }</h2>
            <p class="fine">{ t.explain }</p>
            { match subject {
                Ok(_) => controls(lab, years, years.crew.is_some(), progress(lab, years), ask),
                Err(why) => html! { <p class="n-cannot" data-testid="y-cannot">{ cannot(lab, desk, &why) }</p> },
            } }
            { trouble(lab, years) }
            if let Some(shown) = &years.shown {
                if old { <p class="fine n-old" data-testid="y-old">{ t.old_inputs }</p> }
                { results::view(lab, shown, years.crew.is_some()) }
            }
        </section>
    }
}

/// How many years, with which seed; start and stop; and how far it is.
#[inline(never)]
pub fn controls(lab: &Lab, years: &Years, runs: bool, state: Html, ask: &Ask) -> Html {
    let t = lab.lang.years();
    let amount = ask.clone();
    let onchange = move |event: Event| amount.emit(Msg::Years(Wish::Amount(chosen(&event))));
    let seed = ask.clone();
    let oninput = move |event: InputEvent| seed.emit(Msg::Years(Wish::Seed(typed(&event))));
    let wrong = years.seed().is_none();
    html! {
        <div class="y-controls">
            <label for="y-amount">{ t.how_many }</label>
            <select id="y-amount" data-testid="y-amount" data-index={years.amount.to_string()} {onchange} disabled={runs}>
                { for AMOUNTS.iter().enumerate().map(|(place, amount)| html! {
                    <option selected={place == years.amount}>{ crate::i18n::count(*amount) }</option>
                }) }
            </select>
            <span class="y-pair">
                <label for="y-seed">{ t.seed }</label>
                <input id="y-seed" data-testid="y-seed" type="text" inputmode="numeric" autocomplete="off"
                    value={years.seed.clone()} aria-invalid={wrong.then_some("true")}
                    aria-describedby={wrong.then_some("y-seed-wrong")} {oninput} disabled={runs} />
            </span>
            if runs {
                <button type="button" data-testid="y-stop" onclick={on(ask, Msg::Years(Wish::Stop))}>{ t.stop }</button>
            } else {
                <button type="button" class="primary" data-testid="y-run" disabled={wrong}
                    onclick={on(ask, Msg::Years(Wish::Start))}>{ t.run }</button>
            }
            { state }
            if wrong { <p class="wrong" id="y-seed-wrong" data-testid="y-seed-wrong">{ t.seed_wrong }</p> }
        </div>
    }
}

/// How far a study is, or how it ended.
pub fn progress(lab: &Lab, years: &Years) -> Html {
    let lang = lab.lang;
    let Some(shown) = &years.shown else { return html! {} };
    let Some(crew) = &years.crew else {
        if years.trouble.is_some() {
            return html! {};
        }
        return html! { <p class="y-state fine" data-testid="y-done">{ say::finished(lang, shown.tally.years, shown.years) }</p> };
    };
    let course = crew.course();
    let done = shown.years * course.answered() / course.jobs().max(1);
    bar(done, shown.years, say::progress(lang, done, shown.years))
}

/// A bar with its words.
pub fn bar(done: u64, all: u64, said: String) -> Html {
    html! {
        <div class="y-state">
            <progress max={all.to_string()} value={done.to_string()} aria-label={said.clone()}></progress>
            <span data-testid="y-progress">{ said }</span>
        </div>
    }
}

/// Why it does not go on.
pub fn trouble(lab: &Lab, years: &Years) -> Html {
    let t = lab.lang.years();
    let Some(trouble) = &years.trouble else { return html! {} };
    let (said, detail) = match trouble {
        Trouble::NotStarted => (t.no_worker, None),
        Trouble::Broke(why) => (t.broke, Some(why)),
        Trouble::Refused(why) => (t.refused, Some(why)),
    };
    html! {
        <div class="error" role="alert" data-testid="y-trouble">
            <p>{ said }</p>
            if let Some(detail) = detail { <pre>{ detail.clone() }</pre> }
        </div>
    }
}
