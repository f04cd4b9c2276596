//! Small pieces that the whole page is made of, and its header.

use yew::{AttrValue, Html, classes, html};

use super::app::{Ask, Msg, on};
use super::icons::Icon;
use super::lab::{Dialog, Lab};
use crate::i18n::{Lang, text};
use crate::view::form::Page;

/// A button with an icon, a text, or both. `test` is its hook for tests; `title` names it if it has no text.
#[derive(Default)]
pub struct Button<'a> {
    /// Its hook.
    pub test: String,
    /// Classes of the style sheet.
    pub class: &'static str,
    /// Its icon.
    pub icon: Option<Icon>,
    /// Its text.
    pub text: &'a str,
    /// Its name for who cannot see the icon, and its tooltip.
    pub title: &'a str,
    /// It cannot be used now.
    pub off: bool,
    /// It is pressed in; none: it is no switch.
    pub pressed: Option<bool>,
}

impl Button<'_> {
    /// Draws it.
    pub fn html(self, ask: &Ask, msg: Msg) -> Html {
        let title = (!self.title.is_empty()).then(|| AttrValue::from(self.title.to_owned()));
        // What can be read must be part of the name, or who speaks to the page cannot press the button.
        let name = title.clone().filter(|title| title.contains(self.text));
        let test = (!self.test.is_empty()).then(|| AttrValue::from(self.test));
        let pressed = self.pressed.map(|pressed| if pressed { "true" } else { "false" });
        html! {
            <button type="button" class={self.class} data-testid={test} aria-label={name} title={title}
                aria-pressed={pressed} disabled={self.off} onclick={on(ask, msg)}>
                { self.icon.map(Icon::html) }
                { self.text }
            </button>
        }
    }
}

/// The text of a scenario in the page's language.
pub fn text(lang: Lang, text: &crate::scenario::Text) -> &str {
    match lang {
        Lang::En => &text.en,
        Lang::Zh => &text.zh,
    }
}

/// A colon with its space.
pub fn colon(lang: Lang) -> &'static str {
    match lang {
        Lang::En => ": ",
        Lang::Zh => "：",
    }
}

/// A comma with its space.
pub fn comma(lang: Lang) -> &'static str {
    match lang {
        Lang::En => ", ",
        Lang::Zh => "，",
    }
}

/// The mark and the name.
pub fn brand(lang: Lang) -> Html {
    html! {
        <div class="brand">
            <svg width="28" height="20" viewBox="0 0 26 18" aria-hidden="true">
                <circle class="logo-lost" cx="5" cy="9" r="4" /><circle class="logo-up" cx="19" cy="9" r="6" />
            </svg>
            <b>{ text!(lang, app) }</b>
        </div>
    }
}

/// The header: what this is, which scenario, and the visitor's preferences.
pub fn header(lab: &Lab, ask: &Ask) -> Html {
    let title = text(lab.lang, &lab.player.scenario().title);
    let title = if title.is_empty() { text!(lab.lang, lab) } else { title };
    html! {
        <header class="head">
            { brand(lab.lang) }
            if lab.whole { { super::numbers::nav(lab) } }
            <div class="scenario">
                <h1 title={text(lab.lang, &lab.player.scenario().story).to_owned()}>{ title }</h1>
                if lab.whole {
                    { Button { test: "scenario-open".into(), text: text!(lab.lang, change), class: "small-text", ..Button::default() }
                        .html(ask, Msg::Open(Dialog::Scenarios)) }
                }
            </div>
            if lab.whole { { tools(lab, ask) } }
        </header>
    }
}

/// What leads away from the stage, and the visitor's preferences.
#[inline(never)]
fn tools(lab: &Lab, ask: &Ask) -> Html {
    let t = lab.lang.texts();
    html! {
        <>
            <div class="main-tools">
                { Button { test: "faults-open".into(), icon: Some(Icon::Bolt), text: t.actions_more, ..Button::default() }
                    .html(ask, Msg::Open(Dialog::Faults(lab.selected))) }
                { Button { test: "settings-open".into(), text: t.settings, ..Button::default() }
                    .html(ask, Msg::Open(Dialog::Settings(Page::System))) }
            </div>
            { preferences(lab, ask) }
        </>
    }
}

/// Language, theme and help.
#[inline(never)]
pub fn preferences(lab: &Lab, ask: &Ask) -> Html {
    let t = lab.lang.texts();
    let tool = |test: &str, icon, title| Button {
        test: test.to_owned(),
        class: "quiet icon",
        icon: Some(icon),
        title,
        ..Button::default()
    };
    html! {
        <div class="tools">
            <button type="button" class="quiet" data-testid="lang" title={t.switch_language}
                lang={lab.lang.other().tag()} onclick={on(ask, Msg::Lang)}>{ t.other_language }</button>
            { tool("theme", Icon::Theme, if lab.dark { t.to_light } else { t.to_dark }).html(ask, Msg::Theme) }
            { tool("help", Icon::Question, t.help).html(ask, Msg::Open(Dialog::Help)) }
        </div>
    }
}

/// Classes from words that hold.
pub fn class_list(parts: &[(&'static str, bool)]) -> yew::Classes {
    let mut classes = classes!();
    for (name, holds) in parts {
        if *holds {
            classes.push(*name);
        }
    }
    classes
}

/// A select shows what it was told last, also after the visitor has used it: browsers keep their own mind then.
pub fn sync_selects() {
    use wasm_bindgen::JsCast as _;
    let Ok(selects) = super::browser::document().query_selector_all("select[data-index]") else { return };
    for index in 0..selects.length() {
        let select = selects.get(index).and_then(|node| node.dyn_into::<web_sys::HtmlSelectElement>().ok());
        let wanted = select.as_ref().and_then(|select| select.get_attribute("data-index")?.parse().ok());
        if let (Some(select), Some(wanted)) = (select, wanted)
            && select.selected_index() != wanted
        {
            select.set_selected_index(wanted);
        }
    }
}
