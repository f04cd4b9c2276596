//! Every option, page by page, with what is wrong at the field that it is about. The running lab stays as it is
//! until the settings are applied.

use serde_json::{Value, json};
use web_sys::{HtmlInputElement, HtmlTextAreaElement};
use yew::{Event, Html, InputEvent, MouseEvent, Properties, TargetCast as _, component, html, use_state};

use super::app::{Ask, Msg, on};
use super::dialogs::{frame, typed};
use super::lab::{Dialog, Lab};
use super::panel::chosen;
use super::parts::{class_list, colon};
use crate::i18n::{Lang, expected};
use crate::scenario::{Problem, to_text};
use crate::view::form::{Control, Field, Page, Unit, change_list, fields, pointer, variant};

/// The dialog.
#[inline(never)]
pub fn view(lab: &Lab, page: Page, ask: &Ask) -> Html {
    let t = lab.lang.texts();
    let Some((draft, problems)) = &lab.draft else { return html! {} };
    let shown: Vec<_> = fields(draft, page, lab.lang);
    let body = html! {
        <div class="body settings">
            <nav aria-label={t.settings}>
                { for Page::ALL.iter().filter(|other| has_something(draft, **other, lab.lang)).map(|other| html! {
                    <button type="button" key={other.name(t)} data-testid={format!("page-{}", other.name(Lang::En.texts()))}
                        aria-pressed={(*other == page).to_string()}
                        onclick={on(ask, Msg::Open(Dialog::Settings(*other)))}>{ other.name(t) }</button>
                }) }
            </nav>
            <div class="fields" tabindex="0" role="region" aria-label={page.name(t)}>
                { for shown.iter().map(|field| row(lab, field, draft, problems, ask)) }
                if page == Page::Timings { { super::timings::view(lab, draft, ask) } }
                if page == Page::Document { { document(lab, draft, problems, ask) } }
            </div>
        </div>
    };
    let elsewhere = problems.first().filter(|one| !shown.iter().any(|field| is_about(one, field)));
    let foot = html! {
        <div class="dialog-foot">
            <span class="grow" role="status">
                { match (elsewhere, problems.is_empty()) {
                    (Some(one), _) => html! { <span class="wrong">{ complaint(lab, one) }</span> },
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

/// Whether a page says anything about the system that is being described.
fn has_something(draft: &Value, page: Page, lang: crate::i18n::Lang) -> bool {
    matches!(page, Page::Timings | Page::Document) || !fields(draft, page, lang).is_empty()
}

/// A problem in one line.
fn complaint(lab: &Lab, one: &Problem) -> String {
    format!("{}{}{}", one.path, colon(lab.lang), expected(lab.lang, &one.expected))
}

/// Whether a problem belongs to a field: it is about the field or something inside it that has no field of its own.
fn is_about(one: &Problem, field: &Field) -> bool {
    let at = pointer(&one.path);
    at == field.pointer
        || (matches!(field.control, Control::Choice(_) | Control::Present(_))
            && at.starts_with(&field.pointer)
            && at.matches('/').count() <= field.pointer.matches('/').count() + 1)
}

fn row(lab: &Lab, field: &Field, draft: &Value, problems: &[Problem], ask: &Ask) -> Html {
    let value = draft.pointer(&field.pointer).cloned().unwrap_or_default();
    let id = field.pointer.replace('/', "-");
    let wrong = problems.iter().find(|one| pointer(&one.path) == field.pointer);
    let explain = match &field.control {
        Control::Choice(choices) => {
            choices.iter().find(|(name, ..)| *name == variant(&value)).map(|(_, label, _)| label.explain)
        }
        _ => None,
    };
    html! {
        <div class={class_list(&[("field", true), ("inner", field.inner)])} key={format!("{}{}", field.pointer, field.label.name)}>
            <label class="label" for={id.clone()}>{ field.label.name }</label>
            <p class="explain">
                { field.label.explain }
                if let Some(explain) = explain { { " " }<em>{ explain }</em> }
            </p>
            <div class="input">{ control(lab, field, (draft, &value), &id, wrong.is_some(), ask) }</div>
            if let Some(wrong) = wrong { <p class="wrong" id={format!("{id}-wrong")}>{ expected(lab.lang, &wrong.expected) }</p> }
        </div>
    }
}

fn control(lab: &Lab, field: &Field, (draft, value): (&Value, &Value), id: &str, wrong: bool, ask: &Ask) -> Html {
    let t = lab.lang.texts();
    let ask = ask.clone();
    let pointer = field.pointer.clone();
    let id = id.to_owned();
    let invalid = wrong.then_some("true");
    let described = wrong.then(|| format!("{id}-wrong"));
    match field.control.clone() {
        Control::Number(unit) => {
            let onvalue = yew::Callback::from(move |value| ask.emit(Msg::Draft(pointer.clone(), value)));
            html! {
                <>
                    <Number {id} {unit} value={value.clone()} {wrong} {onvalue} />
                    <span class="unit">{ unit.name(t) }</span>
                </>
            }
        }
        Control::Flag => {
            let is_on = value.as_bool().unwrap_or(false);
            let onchange = move |_: Event| ask.emit(Msg::Draft(pointer.clone(), json!(!is_on)));
            html! { <input type="checkbox" {id} checked={is_on} {onchange} /> }
        }
        Control::Present(contents) => {
            let is_on = !(value.is_null() || value.as_array().is_some_and(Vec::is_empty));
            let nothing = if contents.is_array() { json!([]) } else { Value::Null };
            let next = if is_on { nothing } else { contents };
            let onchange = move |event: Event| {
                let input: HtmlInputElement = event.target_unchecked_into();
                input.set_checked(!is_on);
                ask.emit(Msg::Draft(pointer.clone(), next.clone()));
            };
            html! { <input type="checkbox" {id} checked={is_on} {onchange} /> }
        }
        Control::Add(_) | Control::Remove => {
            let changed = change_list(draft, field);
            let onclick = move |_: MouseEvent| {
                if let Some((at, list)) = changed.clone() {
                    ask.emit(Msg::Draft(at, list));
                }
            };
            html! { <button type="button" {id} {onclick}>{ field.label.name }</button> }
        }
        Control::Choice(choices) => {
            let here = variant(value).to_owned();
            let options = choices.clone();
            let place = choices.iter().position(|(name, ..)| *name == here).unwrap_or(0);
            let onchange = move |event: Event| {
                if let Some((_, _, contents)) = choices.get(chosen(&event)) {
                    ask.emit(Msg::Draft(pointer.clone(), contents.clone()));
                }
            };
            html! {
                <select {id} data-index={place.to_string()} aria-invalid={invalid} aria-describedby={described} {onchange}>
                    { for options.iter().map(|(name, label, _)| html! { <option selected={*name == here}>{ label.name }</option> }) }
                </select>
            }
        }
    }
}

/// A number and its field.
#[derive(Properties, PartialEq)]
struct NumberProps {
    id: String,
    unit: Unit,
    value: Value,
    wrong: bool,
    onvalue: yew::Callback<Value>,
}

/// A field for a number. It keeps what was typed as long as that means the value: "1." is not made "1" under the
/// visitor's hands.
#[component]
fn Number(props: &NumberProps) -> Html {
    let text = use_state(String::new);
    let shown = if props.unit.read(&text) == props.value { (*text).clone() } else { props.unit.show(&props.value) };
    let (unit, onvalue) = (props.unit, props.onvalue.clone());
    let oninput = move |event: InputEvent| {
        let typed = typed(&event);
        onvalue.emit(unit.read(&typed));
        text.set(typed);
    };
    let described = props.wrong.then(|| format!("{}-wrong", props.id));
    html! {
        <input type="text" inputmode="decimal" autocomplete="off" class="number" id={props.id.clone()} value={shown}
            aria-invalid={props.wrong.then_some("true")} aria-describedby={described} {oninput} />
    }
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
