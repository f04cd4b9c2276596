//! The fields of a page: one below the other, and the items of lists as cards, of which one is open at a time.

use gloo_timers::callback::Timeout;
use serde_json::{Value, json};
use wasm_bindgen::JsCast as _;
use web_sys::{HtmlElement, HtmlInputElement, HtmlTextAreaElement};
use yew::{Event, Html, InputEvent, MouseEvent, Properties, TargetCast as _, component, html, use_state};

use super::super::app::{Ask, Msg};
use super::super::browser;
use super::super::dialogs::typed;
use super::super::icons::Icon;
use super::super::lab::Lab;
use super::super::panel;
use super::super::parts::class_list;
use super::mark;
use crate::i18n::{Lang, about, expected, should_be};
use crate::scenario::{Expected, Problem};
use crate::view::form::{Choice, Control, Field, Item, Unit, change_list, chosen, field_of, toggled};

/// What the fields are about, and where wishes go.
struct Sheet<'a> {
    lab: &'a Lab,
    fields: &'a [Field],
    draft: &'a Value,
    /// What is wrong, each with the field at which it is shown.
    problems: Vec<(Option<usize>, &'a Problem)>,
    ask: &'a Ask,
}

/// All of them.
#[inline(never)]
pub(super) fn view(lab: &Lab, fields: &[Field], (draft, problems): (&Value, &[Problem]), ask: &Ask) -> Html {
    let problems = problems.iter().map(|one| (field_of(fields, &one.path), one)).collect();
    let sheet = Sheet { lab, fields, draft, problems, ask };
    let mut rows = Vec::new();
    let mut place = 0;
    while let Some(field) = fields.get(place) {
        let inner = fields[place + 1..].iter().take_while(|field| field.inner).count();
        if let Control::Item(item) = &field.control {
            rows.push(sheet.entry(place, item, inner));
            place += inner;
        } else {
            rows.push(sheet.row(place));
        }
        place += 1;
    }
    rows.into_iter().collect()
}

/// What would be right at a field, in its unit.
pub(super) fn said(lab: &Lab, wrong: &Problem, field: &Field) -> String {
    match (&wrong.expected, &field.control) {
        (Expected::Number { min, max }, Control::Number(unit)) if *unit != Unit::Count => {
            unit.between((*min, *max), lab.lang)
        }
        (other, _) => expected(lab.lang, other),
    }
}

/// What stands between two sentences.
fn gap(lang: Lang) -> &'static str {
    match lang {
        Lang::En => " ",
        Lang::Zh => "",
    }
}

/// How a field is found in the page.
fn id_of(field: &Field) -> String {
    let kind = match field.control {
        Control::Item(_) => "item",
        Control::Present(_) => "has",
        _ => "",
    };
    format!("{kind}{}", field.pointer.replace('/', "-"))
}

/// Puts the focus there when the page has been drawn again.
fn focus_soon(id: String) {
    let focus = move || {
        if let Some(element) = browser::by_id(&id).and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
            let _ = element.focus();
        }
    };
    Timeout::new(0, focus).forget();
}

impl Sheet<'_> {
    /// What is wrong at a field.
    fn wrong(&self, place: usize) -> Option<&Problem> {
        self.problems.iter().find(|(at, _)| *at == Some(place)).map(|(_, one)| *one)
    }

    /// An item of a list: what it says in a line, and its fields if it is open, or if something is wrong with them.
    fn entry(&self, place: usize, item: &Item, inner: usize) -> Html {
        let field = &self.fields[place];
        let (t, id) = (self.lab.lang.schedule_texts(), id_of(field));
        let fields = place + 1..=place + inner;
        let is_wrong = fields.clone().any(|place| self.wrong(place).is_some());
        let is_open = !item.folds || is_wrong || self.lab.entry.as_deref() == Some(&field.pointer);
        let body = format!("{id}-fields");
        let toggle = {
            let (ask, pointer) = (self.ask.clone(), field.pointer.clone());
            move |_: MouseEvent| ask.emit(Msg::Entry((!is_open).then(|| pointer.clone())))
        };
        let remove = {
            let (ask, changed) = (self.ask.clone(), change_list(self.draft, field));
            move |_: MouseEvent| {
                let Some((at, list)) = changed.clone() else { return };
                focus_soon(format!("add{}", at.replace('/', "-")));
                ask.emit(Msg::Entry(None));
                ask.emit(Msg::Draft(at, list));
            }
        };
        let lead = html! { if !item.lead.is_empty() { <span class="lead">{ item.lead.clone() }</span> } };
        let title = html! { <span class="title">{ item.title.clone() }</span> };
        html! {
            <section class={class_list(&[("entry", true), ("open", is_open), ("bad", is_wrong)])} key={id.clone()} aria-label={item.title.clone()}>
                <div class="entry-head">
                    if item.folds {
                        <button type="button" class="quiet" id={id} data-testid={format!("entry{}", field.pointer)}
                            aria-expanded={is_open.to_string()} aria-controls={is_open.then(|| body.clone())} onclick={toggle}>
                            <svg class="fold" width="12" height="12" viewBox="0 0 12 12" aria-hidden="true"><path d="M4 2l4 4-4 4" /></svg>
                            { lead }{ title }
                            if is_wrong { { mark(self.lab) } }
                        </button>
                    } else {
                        <h3 {id} tabindex="-1">{ lead }{ title }</h3>
                    }
                    <button type="button" class="quiet icon" title={t.remove} data-testid={format!("remove{}", field.pointer)}
                        aria-label={about(self.lab.lang, t.remove, &item.title)} onclick={remove}>{ Icon::Cross.html() }</button>
                </div>
                if is_open { <div class="entry-fields" id={body}>{ for fields.map(|place| self.row(place)) }</div> }
            </section>
        }
    }

    fn row(&self, place: usize) -> Html {
        let field = &self.fields[place];
        let lang = self.lab.lang;
        let value = self.draft.pointer(&field.pointer).cloned().unwrap_or_default();
        let id = id_of(field);
        let wrong = self.wrong(place);
        let explain = match &field.control {
            Control::Choice(choices) => chosen(choices, &value).map_or("", |place| choices[place].explain),
            _ => "",
        };
        let said = wrong.map(|wrong| said(self.lab, wrong, field));
        let wide = matches!(field.control, Control::Set(..) | Control::Text(_));
        let class = [
            ("field", true),
            ("inner", field.inner),
            ("wide", wide),
            ("list", matches!(field.control, Control::List(_))),
        ];
        let name = if matches!(field.control, Control::Set(..) | Control::List(_)) {
            html! { <span class="label" id={format!("{id}-label")}>{ field.label.name }</span> }
        } else {
            html! { <label class="label" for={id.clone()}>{ field.label.name }</label> }
        };
        html! {
            <div class={class_list(&class)} key={format!("{}{}", field.pointer, field.label.name)}>
                { name }
                <p class="explain">
                    { field.label.explain }
                    if !explain.is_empty() { { gap(lang) }<em>{ explain }</em> }
                </p>
                <div class="input">{ self.control(field, &value, &id, wrong.is_some()) }</div>
                if let Some(said) = said { <p class="wrong" id={format!("{id}-wrong")}>{ should_be(lang, &said) }</p> }
            </div>
        }
    }

    fn control(&self, field: &Field, value: &Value, id: &str, wrong: bool) -> Html {
        let t = self.lab.lang.texts();
        let ask = self.ask.clone();
        let pointer = field.pointer.clone();
        let id = id.to_owned();
        let invalid = wrong.then_some("true");
        let described = wrong.then(|| format!("{id}-wrong"));
        match &field.control {
            Control::Number(unit) => {
                let unit = *unit;
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
            Control::Text(is_long) => {
                let text = value.as_str().unwrap_or_default().to_owned();
                let said = move |text: String| ask.emit(Msg::Draft(pointer.clone(), json!(text)));
                if *is_long {
                    let oninput =
                        move |event: InputEvent| said(event.target_unchecked_into::<HtmlTextAreaElement>().value());
                    html! { <textarea class="prose" rows="4" {id} value={text} aria-invalid={invalid} aria-describedby={described} {oninput} /> }
                } else {
                    let oninput = move |event: InputEvent| said(typed(&event));
                    html! { <input type="text" class="prose" {id} value={text} aria-invalid={invalid} aria-describedby={described} {oninput} /> }
                }
            }
            Control::Present(contents) => {
                let is_on = !(value.is_null() || value.as_array().is_some_and(Vec::is_empty));
                let nothing = if contents.is_array() { json!([]) } else { Value::Null };
                let next = if is_on { nothing } else { contents.clone() };
                let onchange = move |event: Event| {
                    let input: HtmlInputElement = event.target_unchecked_into();
                    input.set_checked(!is_on);
                    ask.emit(Msg::Draft(pointer.clone(), next.clone()));
                };
                html! { <input type="checkbox" {id} checked={is_on} {onchange} /> }
            }
            Control::Choice(choices) => choice(self.ask, choices, (&pointer, value), (id, wrong)),
            Control::Set(choices, _) => self.set(field, choices, value, &id),
            Control::List(_) => self.add(field),
            Control::Item(_) => html! {},
        }
    }

    /// Machines that are switched on and off one by one.
    fn set(&self, field: &Field, choices: &[Choice], value: &Value, id: &str) -> Html {
        let has = |choice: &Choice| value.as_array().is_some_and(|set| set.contains(&choice.contents));
        html! {
            <div class="set" role="group" id={id.to_owned()} aria-labelledby={format!("{id}-label")}>
                { for choices.iter().enumerate().map(|(place, choice)| {
                    let (ask, changed) = (self.ask.clone(), toggled(self.draft, field, place));
                    let onclick = move |_: MouseEvent| {
                        if let Some((at, value)) = changed.clone() {
                            ask.emit(Msg::Draft(at, value));
                        }
                    };
                    html! {
                        <button type="button" key={place} aria-pressed={has(choice).to_string()} title={choice.explain} {onclick}>
                            { choice.name.clone() }
                        </button>
                    }
                }) }
            </div>
        }
    }

    /// The button that makes a list longer, and opens what is new.
    fn add(&self, field: &Field) -> Html {
        let t = self.lab.lang.schedule_texts();
        let (ask, changed) = (self.ask.clone(), change_list(self.draft, field));
        let id = format!("add{}", field.pointer.replace('/', "-"));
        let disabled = changed.is_none();
        let onclick = move |_: MouseEvent| {
            let Some((at, list)) = changed.clone() else { return };
            let item = format!("{at}/{}", list.as_array().map_or(0, Vec::len).saturating_sub(1));
            focus_soon(format!("item{}", item.replace('/', "-")));
            ask.emit(Msg::Draft(at, list));
            ask.emit(Msg::Entry(Some(item)));
        };
        let name = about(self.lab.lang, t.add, field.label.name);
        html! { <button type="button" {id} data-testid={format!("add{}", field.pointer)} {disabled} aria-label={name} {onclick}>{ t.add }</button> }
    }
}

/// One of several; those under one heading stand together.
fn choice(ask: &Ask, choices: &[Choice], (pointer, value): (&str, &Value), (id, wrong): (String, bool)) -> Html {
    let here = chosen(choices, value);
    let (ask, pointer) = (ask.clone(), pointer.to_owned());
    let contents: Vec<Value> = choices.iter().map(|choice| choice.contents.clone()).collect();
    let onchange = move |event: Event| {
        if let Some(contents) = contents.get(panel::chosen(&event)) {
            ask.emit(Msg::Draft(pointer.clone(), contents.clone()));
        }
    };
    let mut groups: Vec<(&'static str, Vec<Html>)> = Vec::new();
    for (place, choice) in choices.iter().enumerate() {
        let option = html! { <option selected={here == Some(place)}>{ choice.name.clone() }</option> };
        match groups.last_mut().filter(|(group, _)| *group == choice.group) {
            Some((_, options)) => options.push(option),
            None => groups.push((choice.group, vec![option])),
        }
    }
    let described = wrong.then(|| format!("{id}-wrong"));
    html! {
        <select {id} data-index={here.unwrap_or(0).to_string()} aria-invalid={wrong.then_some("true")} aria-describedby={described} {onchange}>
            { for groups.into_iter().map(|(group, options)| if group.is_empty() {
                html! { <>{ for options }</> }
            } else {
                html! { <optgroup label={group}>{ for options }</optgroup> }
            }) }
        </select>
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
