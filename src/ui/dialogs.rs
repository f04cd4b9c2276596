//! What opens above the page: scenarios, settings, faults, help.

use wasm_bindgen::{JsCast as _, closure::Closure};
use web_sys::{FileReader, HtmlDialogElement, HtmlInputElement};
use yew::{Event, Html, InputEvent, TargetCast as _, html};

use super::app::{Ask, Msg, on};
use super::browser;
use super::icons::Icon;
use super::keys::KEYS;
use super::lab::{Dialog, Lab};
use super::panel::chosen;
use super::parts::{Button, colon, text};
use super::{settings, years};
use crate::i18n::{expected, found, place};
use crate::scenario::{LARGEST, Problem};
use crate::sim::MachineId;
use crate::view::acts::{self, Act};

/// The open dialog, if one is.
pub fn view(lab: &Lab, ask: &Ask) -> Html {
    lab.dialog.map_or_else(|| html! {}, |dialog| opened(lab, dialog, ask))
}

#[inline(never)]
fn opened(lab: &Lab, dialog: Dialog, ask: &Ask) -> Html {
    let t = lab.lang.texts();
    match dialog {
        Dialog::Scenarios => {
            frame(lab, ask, "", t.choose_scenario, t.choose_explain, scenarios(lab, ask), files(lab, ask))
        }
        Dialog::Settings(page) => settings::view(lab, page, ask),
        Dialog::Faults(machine) => frame(
            lab,
            ask,
            "",
            t.actions_more.trim_end_matches('…'),
            t.actions_explain,
            faults(lab, machine, ask),
            html! {},
        ),
        Dialog::Years => {
            let t = lab.lang.years();
            frame(lab, ask, "", t.lab_title, t.lab_explain, years::from_lab::body(lab, ask), html! {})
        }
        Dialog::Help => frame(lab, ask, "slim", t.help_title, "", help(lab), html! {}),
    }
}

/// A dialog with its title, body and foot.
#[inline(never)]
pub fn frame(lab: &Lab, ask: &Ask, class: &'static str, title: &str, explain: &str, body: Html, foot: Html) -> Html {
    let t = lab.lang.texts();
    let close = ask.clone();
    let outside = ask.clone();
    html! {
        <dialog id="dialog" class={class} aria-label={title.to_owned()} data-testid="dialog"
            oncancel={move |event: Event| { event.prevent_default(); close.emit(Msg::Close) }}
            onmousedown={move |event: yew::MouseEvent| {
                // A click on the backdrop has the dialog itself as its target.
                let target = event.target().and_then(|target| target.dyn_into::<HtmlDialogElement>().ok());
                if target.is_some() { outside.emit(Msg::Close) }
            }}>
            <div class="dialog-head">
                <div><h2>{ title.to_owned() }</h2>if !explain.is_empty() { <p>{ explain.to_owned() }</p> }</div>
                { Button { class: "quiet icon", test: "close".into(), icon: Some(Icon::Cross), title: t.close, ..Button::default() }
                    .html(ask, Msg::Close) }
            </div>
            { body }
            { foot }
        </dialog>
    }
}

/// Opens the dialog that has just been rendered above everything else, with the focus in it.
pub fn show_modal() {
    let dialog = browser::by_id("dialog").and_then(|element| element.dyn_into::<HtmlDialogElement>().ok());
    if let Some(dialog) = dialog.filter(|dialog| !dialog.open()) {
        let _ = dialog.show_modal();
    }
}

#[inline(never)]
fn scenarios(lab: &Lab, ask: &Ask) -> Html {
    let running = lab.player.scenario();
    html! {
        <div class="body">
            { errors(lab) }
            <div class="cards">
                { for lab.shelf.iter().enumerate().map(|(index, scenario)| html! {
                    <button type="button" key={index} data-testid={format!("preset-{}", crate::scenario::presets()[index].name)}
                        aria-current={(scenario == running).then_some("true")} onclick={on(ask, Msg::Preset(index))}>
                        <b>{ text(lab.lang, &scenario.title) }</b>
                        <span>{ text(lab.lang, &scenario.story) }</span>
                    </button>
                }) }
            </div>
        </div>
    }
}

/// Everything that is wrong with the file that was opened.
#[inline(never)]
fn errors(lab: &Lab) -> Html {
    let t = lab.lang.texts();
    let Some(problems) = &lab.problems else { return html! {} };
    let title = if problems.is_empty() { t.file_unreadable } else { t.file_bad };
    html! {
        <div class="error" role="alert" data-testid="error-box">
            <h3>{ title }</h3>
            <ul>{ for problems.iter().map(|one| complaint(lab, one)) }</ul>
            <p>{ t.file_bad_kept }</p>
        </div>
    }
}

/// One problem: where, what was found, what would be right.
fn complaint(lab: &Lab, one: &Problem) -> Html {
    let t = lab.lang.texts();
    html! {
        <li><dl>
            if !one.path.is_empty() { <dt>{ t.problem_path }</dt><dd><code>{ place(lab.lang, &one.path) }</code></dd> }
            if !one.found.is_empty() { <dt>{ t.problem_found }</dt><dd><code>{ found(lab.lang, one) }</code></dd> }
            <dt>{ t.problem_expected }</dt><dd>{ expected(lab.lang, &one.expected) }</dd>
        </dl></li>
    }
}

#[inline(never)]
fn files(lab: &Lab, ask: &Ask) -> Html {
    let t = lab.lang.texts();
    let ask = ask.clone();
    let onchange = move |event: Event| {
        let input: HtmlInputElement = event.target_unchecked_into();
        if let Some(file) = input.files().and_then(|files| files.get(0)) {
            let ask = ask.clone();
            // Far too large: its first bytes are enough for the reader of scenarios to say so.
            read(&file, LARGEST * 2, move |text| ask.emit(Msg::File(text)));
        }
        // The same file can be opened again after it was changed.
        input.set_value("");
    };
    let name = format!("ha-lab-{}.json", lab.player.seed());
    html! {
        <div class="dialog-foot">
            <span class="grow">{ t.save_explain }</span>
            <a class="button" data-testid="save" download={name}
                href={browser::data_url("application/json", &lab.player.as_scenario().to_json())}>{ t.save_file }</a>
            <label class="file">
                <input type="file" accept=".json,application/json" data-testid="file-input" aria-label={t.open_file} {onchange} />
                <span>{ t.open_file }</span>
            </label>
        </div>
    }
}

/// Reads a file, at most so many bytes of it, and tells what is in it.
pub fn read(file: &web_sys::File, most: usize, tell: impl FnOnce(Option<String>) + 'static) {
    let part = file.slice_with_f64_and_f64(0.0, most as f64);
    let (Ok(part), Ok(reader)) = (part, FileReader::new()) else { return tell(None) };
    let done = reader.clone();
    let heard = Closure::once_into_js(move || tell(done.result().ok().and_then(|text| text.as_string())));
    reader.set_onloadend(Some(heard.unchecked_ref()));
    let _ = reader.read_as_text(&part);
}

#[inline(never)]
fn faults(lab: &Lab, machine: MachineId, ask: &Ask) -> Html {
    let t = lab.lang.texts();
    let config = lab.player.world().config().clone();
    let layout = &config.layout;
    let machines: Vec<_> = layout.parts().into_iter().map(|(id, _)| id).collect();
    let pick = |label: &'static str,
                here: MachineId,
                choices: Vec<MachineId>,
                msg: fn(MachineId) -> Msg,
                test: &'static str| {
        let ask = ask.clone();
        let listed = choices.clone();
        let place = choices.iter().position(|id| *id == here).unwrap_or(0);
        let onchange = move |event: Event| {
            if let Some(id) = listed.get(chosen(&event)) {
                ask.emit(msg(*id));
            }
        };
        html! {
            <label>{ label }
                <select {onchange} data-testid={test} aria-label={(label.is_empty()).then_some(t.to)} data-index={place.to_string()}>
                    { for choices.iter().map(|id| html! {
                        <option selected={*id == here}>{ lab.names.heading(lab.lang, *id) }</option>
                    }) }
                </select>
            </label>
        }
    };
    let others: Vec<_> = machines.iter().copied().filter(|id| *id != machine).collect();
    let name = lab.names.name(lab.lang, machine);
    let list =
        |acts: Vec<Act>| html! { <div class="acts-list">{ for acts.iter().map(|act| act_row(lab, act, ask)) }</div> };
    html! {
        <div class="body">
            <h3 class="section">{ pick(t.act_on, machine, machines, |id| Msg::Open(Dialog::Faults(id)), "act-on") }</h3>
            { list(acts::on_machine(lab.player.world().config(), machine, lab.lang)) }
            <h3 class="section">
                { t.actions_network }{ colon(lab.lang) }{ name }{ " –" }
                { pick("", lab.other, others, Msg::Other, "act-other") }
            </h3>
            { list(acts::between(layout, machine, lab.other, &lab.names, lab.lang)) }
            <h3 class="section">{ t.actions_system }</h3>
            { list(acts::on_system(layout, lab.player.scenario().network.zones.len(), &lab.names, lab.lang)) }
        </div>
    }
}

fn act_row(lab: &Lab, act: &Act, ask: &Ask) -> Html {
    let t = lab.lang.texts();
    let name = act.label.name;
    let index = lab.amounts.get(name).copied().unwrap_or(0).min(act.amounts.len().saturating_sub(1));
    let action = act.amounts[index].1.clone();
    let amount = (act.amounts.len() > 1).then(|| {
        let ask = ask.clone();
        let onchange = move |event: Event| ask.emit(Msg::Amount(name, chosen(&event)));
        html! {
            <select {onchange} data-index={index.to_string()} aria-label={format!("{}: {name}", t.how_much)}>
                { for act.amounts.iter().enumerate().map(|(place, (amount, _))| html! {
                    <option selected={place == index}>{ amount.clone() }</option>
                }) }
            </select>
        }
    });
    let go = ask.clone();
    let onclick = move |_| {
        go.emit(Msg::Close);
        go.emit(Msg::Act(action.clone()));
    };
    html! {
        <div class="act" key={name}>
            <b>{ name }</b>
            <p>{ act.label.explain }</p>
            <div class="do">
                { amount }
                <button type="button" aria-label={format!("{}: {name}", t.do_it)} {onclick}>{ t.do_it }</button>
            </div>
        </div>
    }
}

#[inline(never)]
fn help(lab: &Lab) -> Html {
    let t = lab.lang.texts();
    html! {
        <div class="body" tabindex="0">
            <p>{ t.help_what }</p>
            <p>{ t.help_honest }</p>
            <p>{ t.help_time }</p>
            <p class="fine">{ t.mtbf_note }</p>
            <h3 class="section">{ t.keys }</h3>
            <dl class="help">
                { for KEYS.iter().map(|(keys, what)| html! {
                    <div><dt>{ what(t) }</dt><dd>{ for keys.split(' ').map(|key| html! {
                        <><kbd>{ if key == "␣" { t.key_space } else { key } }</kbd>{ " " }</>
                    }) }</dd></div>
                }) }
            </dl>
        </div>
    }
}

/// The text of an input field.
pub fn typed(event: &InputEvent) -> String {
    let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
    input.map_or_else(String::new, |input| input.value())
}
