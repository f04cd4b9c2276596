//! Every option, page by page, with what is wrong at the field that it is about. The running lab stays as it is
//! until the settings are applied.

mod fields;

use serde_json::Value;
use web_sys::HtmlTextAreaElement;
use yew::{Event, Html, TargetCast as _, html};

use super::app::{Ask, Msg, on};
use super::dialogs::frame;
use super::icons::Icon;
use super::lab::{Dialog, Lab};
use super::parts::colon;
use crate::i18n::{Lang, about, expected};
use crate::scenario::{Problem, to_text};
use crate::view::form::{self, Field, Page, field_of};

/// What only the settings need: it comes with the second part of the program.
const STYLES: &str = include_str!("../../assets/styles/settings.css");

/// The dialog.
#[inline(never)]
pub fn view(lab: &Lab, page: Page, ask: &Ask) -> Html {
    let t = lab.lang.texts();
    let Some((draft, problems)) = &lab.draft else { return html! {} };
    let shown = form::fields(draft, page, lab.lang);
    let wrong = if problems.is_empty() { Vec::new() } else { wrong_pages(lab, draft, problems) };
    let body = html! {
        <div class="body settings">
            <style>{ STYLES }</style>
            <nav aria-label={t.settings}>
                { for Page::ALL.iter().filter(|other| has_something(draft, **other, lab.lang)).map(|other| html! {
                    <button type="button" key={other.name(t)} data-testid={format!("page-{}", other.name(Lang::En.texts()))}
                        aria-pressed={(*other == page).to_string()}
                        onclick={on(ask, Msg::Open(Dialog::Settings(*other)))}>
                        { other.name(t) }
                        if wrong.iter().flatten().any(|(page, _)| page == other) { { mark(lab) } }
                    </button>
                }) }
            </nav>
            <div class="fields" tabindex="0" role="region" aria-label={page.name(t)}>
                { fields::view(lab, &shown, (draft, problems), ask) }
                if page == Page::Timings { { super::timings::view(lab, draft, ask) } }
                if page == Page::Document { { document(lab, draft, problems, ask) } }
            </div>
        </div>
    };
    let is_elsewhere = |one: &&Problem| field_of(&shown, &one.path).is_none();
    let elsewhere = problems.iter().position(|one| is_elsewhere(&one)).filter(|_| page != Page::Document);
    let foot = html! {
        <div class="dialog-foot">
            <span class="grow" role="status">
                { match (elsewhere, problems.is_empty()) {
                    (Some(place), _) => html! { <>
                        if let Some((other, said)) = &wrong[place] {
                            <button type="button" class="text" onclick={on(ask, Msg::Open(Dialog::Settings(*other)))}>{ other.name(t) }</button>
                            { " " }<span class="wrong">{ said.clone() }</span>
                        } else {
                            <span class="wrong">{ complaint(lab, &problems[place]) }</span>
                        }
                    </> },
                    (None, false) => html! { <span class="wrong">{ t.invalid }</span> },
                    _ => html! { { t.apply_restarts } },
                } }
            </span>
            <button type="button" onclick={on(ask, Msg::Close)}>{ t.cancel }</button>
            <button type="button" class="primary" data-testid="apply" disabled={!problems.is_empty()}
                onclick={on(ask, Msg::Apply)}>{ t.apply }</button>
        </div>
    };
    frame(lab, ask, "", t.settings, t.settings_explain, body, foot)
}

/// A mark that something is wrong, with a word for who cannot see it.
fn mark(lab: &Lab) -> Html {
    html! { <span class="wrong mark">{ Icon::Alert.html() }<span class="sr">{ lab.lang.schedule_texts().is_wrong }</span></span> }
}

/// On which page each problem is shown at a field, and what is said there.
#[inline(never)]
fn wrong_pages(lab: &Lab, draft: &Value, problems: &[Problem]) -> Vec<Option<(Page, String)>> {
    let pages: Vec<(Page, Vec<Field>)> =
        Page::ALL.iter().map(|page| (*page, form::fields(draft, *page, lab.lang))).collect();
    let shown = |one: &Problem| {
        let found = pages.iter().find_map(|(page, all)| Some((*page, &all[field_of(all, &one.path)?])));
        found.map(|(page, field)| (page, about(lab.lang, field.label.name, &fields::said(lab, one, field))))
    };
    problems.iter().map(shown).collect()
}

/// Whether a page says anything about the system that is being described.
fn has_something(draft: &Value, page: Page, lang: Lang) -> bool {
    let depends = matches!(page, Page::Replication | Page::Failover | Page::Balancer | Page::Router);
    !depends || !form::fields(draft, page, lang).is_empty()
}

/// A problem in one line.
fn complaint(lab: &Lab, one: &Problem) -> String {
    format!("{}{}{}", one.path, colon(lab.lang), expected(lab.lang, &one.expected))
}

/// The whole document as text.
fn document(lab: &Lab, draft: &Value, problems: &[Problem], ask: &Ask) -> Html {
    let t = lab.lang.texts();
    let text = match draft {
        Value::String(text) => text.clone(),
        other => to_text(other),
    };
    let ask = ask.clone();
    let onchange = move |event: Event| {
        let area: HtmlTextAreaElement = event.target_unchecked_into();
        ask.emit(Msg::Document(area.value()));
    };
    html! {
        <>
            <p class="explain">{ t.document_explain }</p>
            <textarea rows="18" spellcheck="false" aria-label="JSON" value={text} {onchange} />
            <ul>{ for problems.iter().map(|one| html! { <li class="wrong">{ complaint(lab, one) }</li> }) }</ul>
        </>
    }
}
