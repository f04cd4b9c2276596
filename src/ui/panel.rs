//! The panel: figures, the last outage taken apart, and the inspector.

use wasm_bindgen::JsCast as _;
use web_sys::HtmlSelectElement;
use yew::{Event, Html, html};

use super::app::{Ask, Msg, on};
use super::icons::Icon;
use super::inspector;
use super::lab::Lab;
use super::parts::{Button, class_list, colon, comma};
use super::{predict, years};
use crate::i18n::{Label, cause, count, duration, length, live, nines, parts, percent, percent_number};
use crate::measure::{Figures, Live, Phases};
use crate::sim::Micros;
use crate::view;

const DAY_US: Micros = 86_400_000_000;
/// Width of the bar that takes an outage apart.
const BAR: f64 = 352.0;

/// The panel.
#[inline(never)]
pub fn view(lab: &Lab, ask: &Ask) -> Html {
    let t = lab.lang.texts();
    let figures = lab.player.ledger().figures(lab.player.now());
    html! {
        <aside class="panel" aria-label={t.figures}>
            { availability(lab, &figures) }
            { tiles(lab, &figures) }
            { outage(lab, ask) }
            { years::from_lab::door(lab, ask) }
            { predict::row(lab, ask) }
            { inspector::view(lab, ask) }
        </aside>
    }
}

fn availability(lab: &Lab, figures: &Figures) -> Html {
    let (t, f) = (lab.lang.texts(), lab.lang.figures());
    let share = figures.availability.time;
    let number = share.map_or_else(|| "–".to_owned(), |share| percent_number(share.good, share.all));
    let boxes = view::nine_boxes(figures.nines()).map(|nine| {
        let fill = format!("--fill:{}%", view::whole(nine.fill * 100.0));
        html! { <i class={if nine.fill > 0.0 { "nine on" } else { "nine" }} style={fill}>{ "9" }</i> }
    });
    let nines_text = if share.is_some() && figures.nines().is_none() {
        f.nines.name.to_owned()
    } else {
        nines(lab.lang, figures.nines())
    };
    let service = lab.player.ledger().service(lab.player.now());
    let say = |what: &'static str, how: Live| {
        let (icon, class) = match how {
            Live::Up => (Icon::Check, "ok"),
            Live::Unanswered { .. } => (Icon::Question, "open"),
            Live::Failing | Live::PartlyDown => (Icon::Alert, "bad"),
            Live::Down => (Icon::Cross, "bad"),
        };
        html! { <span>{ what }<span class={class}>{ icon.sized(12) }{ live(lab.lang, how) }</span></span> }
    };
    let by_requests = figures.availability.requests.map(|share| percent(lab.lang, share.good, share.all));
    html! {
        <section>
            <h2 title={f.availability.explain}>{ f.availability.name }{ comma(lab.lang) }{ t.since_start }</h2>
            <div class="big">
                <span class="number" data-testid="availability">{ number }<small>{ t.percent_sign }</small></span>
                <span class="nines" role="img" aria-label={nines_text.clone()} title={f.nines.explain}>{ for boxes }</span>
            </div>
            <p class="service">
                { say(t.writes, service.writes) }
                { say(t.reads, service.reads) }
                if let Some(by_requests) = by_requests {
                    <span title={f.by_requests.explain}>{ f.by_requests.name }<b>{ by_requests }</b></span>
                }
            </p>
        </section>
    }
}

fn tiles(lab: &Lab, figures: &Figures) -> Html {
    let f = lab.lang.figures();
    let tile = |label: Label, value: String, bad: bool| {
        html! { <div class={if bad { "bad" } else { "" }} title={label.explain}><dt>{ short(label.name) }</dt><dd>{ value }</dd></div> }
    };
    let time = |us: Option<Micros>| us.map_or_else(|| "–".to_owned(), |us| duration(lab.lang, us));
    let downtime = match figures.downtime_us {
        0 => length(lab.lang, 0),
        us => duration(lab.lang, us),
    };
    let lost = figures.writes.lost;
    let conflicting = figures.writes.conflicting;
    let third = if figures.split_brains > 0 {
        tile(f.split_brains, count(figures.split_brains.into()), true)
    } else {
        tile(f.failovers, count(figures.failovers.into()), false)
    };
    let fourth = if conflicting > 0 && lost == 0 {
        tile(f.conflicting_writes, count(conflicting), true)
    } else {
        tile(f.lost_writes, count(lost), lost > 0)
    };
    if lab.player.world().config().layout.is_pool() {
        // Nobody takes over, and nothing is stored.
        let w = lab.lang.cluster_texts();
        let plain = |name: &'static str, value: u64, bad: bool| tile(Label { name, explain: name }, count(value), bad);
        let failed = figures.writes.failed + figures.writes.unknown + figures.reads.failed;
        return html! {
            <dl class="tiles">
                { tile(f.downtime, downtime, false) }
                { plain(w.outages_word, figures.outages, false) }
                { plain(w.failed_requests, failed, failed > 0) }
                { tile(f.mttr, time(figures.mttr_us), false) }
            </dl>
        };
    }
    html! {
        <dl class="tiles">
            { tile(f.downtime, downtime, false) }
            { third }
            { fourth }
            { tile(f.mttr, time(figures.mttr_us), false) }
        </dl>
    }
}

/// A name without what stands in brackets behind it.
fn short(name: &'static str) -> &'static str {
    name.split(['(', '（']).next().unwrap_or(name).trim_end()
}

/// The phases with their labels, in order.
fn phases(lab: &Lab, phases: &Phases) -> [(&'static str, Label, Micros); 7] {
    let f = lab.lang.figures();
    [
        ("detect", f.detect, phases.detect_us),
        ("decide", f.decide, phases.decide_us),
        ("fence", f.fence, phases.fence_us),
        ("promote", f.promote, phases.promote_us),
        ("redirect", f.redirect, phases.redirect_us),
        ("resume", f.resume, phases.resume_us),
        ("repair", f.repair, phases.repair_us),
    ]
}

fn outage(lab: &Lab, ask: &Ask) -> Html {
    let t = lab.lang.texts();
    let incidents = lab.player.ledger().incidents();
    if let Some(last) = incidents.len().checked_sub(1) {
        return taken_apart(lab, lab.incident.unwrap_or(last).min(last), ask);
    }
    html! {
        <section class="outage" data-testid="incident-card">
            <h2>{ t.last_outage }</h2>
            <div class="phases"></div>
            <p class="fine">{ t.no_outage }</p>
            { budget(lab) }
        </section>
    }
}

/// An outage with its phases.
#[inline(never)]
fn taken_apart(lab: &Lab, index: usize, ask: &Ask) -> Html {
    let (t, f) = (lab.lang.texts(), lab.lang.figures());
    let incidents = lab.player.ledger().incidents();
    let last = incidents.len() - 1;
    let incident = &incidents[index];
    let now = lab.player.now();
    let config = lab.player.world().config();
    let taken =
        if incident.open() { view::phases_so_far(incident, now, lab.player.story(), config) } else { incident.phases };
    let phases = phases(lab, &taken);
    let shown = parts(lab.lang, &phases.map(|(_, _, us)| us));
    let bar = view::parts(&phases.map(|(_, _, us)| us), BAR);
    let pager = (incidents.len() > 1).then(|| {
        let button = |icon, title, later, off| {
            Button { class: "quiet", icon: Some(icon), title, off, ..Button::default() }.html(ask, Msg::Incident(later))
        };
        html! {
            <span class="pager">
                { button(Icon::Left, t.earlier_outage, false, index == 0) }
                <span>{ format!("{}/{}", index + 1, incidents.len()) }</span>
                { button(Icon::Right, t.later_outage, true, index == last) }
            </span>
        }
    });
    let cause = cause(lab.lang, incident.cause);
    let title = if incident.open() { t.this_outage } else { t.last_outage };
    // Where there are several shards, which one was down says more, and there is no room for both.
    let shard = super::cluster::has_shards(lab).then(|| crate::i18n::cluster::shard(lab.lang, incident.shard));
    let heading = match shard {
        Some(shard) => html! { <span data-testid="incident-shard" title={title}>{ shard }</span> },
        None => html! { { title } },
    };
    html! {
        <section class={class_list(&[("outage", true), ("open", incident.open())])} data-testid="incident-card">
            <h2>
                <span>{ heading }{ colon(lab.lang) }</span><b>{ shown[0].clone() }</b>
                <span class="cause" title={cause.explain}>{ cause.name }</span>
                { pager }
            </h2>
            <div class="phases" aria-hidden="true">
                { for bar.iter().map(|part| {
                    let style = format!("--c:var(--p{});flex:{}", part.phase, view::fixed(part.share, 4));
                    let label = part.labelled.then(|| number_of(&shown[part.phase + 1]));
                    html! { <i key={part.phase} style={style} title={phases[part.phase].1.name}>{ label }</i> }
                }) }
            </div>
            <ul class="parts">
                { for phases.iter().enumerate().filter(|(_, (_, _, us))| *us > 0).map(|(index, (name, label, _))| html! {
                    <li key={*name} style={format!("--c:var(--p{index})")} data-testid={format!("phase-{name}")} title={label.explain}>
                        { label.name }<b>{ shown[index + 1].clone() }</b>
                    </li>
                }) }
                if let Some(us) = incident.notice_us().filter(|us| *us > 0) {
                    <li class="before" title={f.notice.explain}>{ f.notice.name }<b>{ duration(lab.lang, us) }</b></li>
                }
            </ul>
            { predict::in_a_year(lab, incident, ask) }
        </section>
    }
}

/// The number of a text like "2.71 s".
fn number_of(text: &str) -> String {
    text.chars().take_while(|letter| letter.is_ascii_digit() || *letter == '.').collect()
}

/// What the objective allows in a month, and what is used.
fn budget(lab: &Lab) -> Html {
    let f = lab.lang.figures();
    let objective = lab.player.scenario().objective.availability_ppm;
    let budget = lab.player.ledger().budget(lab.player.now(), objective, 30 * DAY_US);
    let text = crate::i18n::budget(lab.lang, objective, budget.used_us, budget.allowed_us);
    html! { <p class="fine" title={f.budget.explain}>{ text }</p> }
}

/// A select's chosen place.
pub fn chosen(event: &Event) -> usize {
    let select = event.target().and_then(|target| target.dyn_into::<HtmlSelectElement>().ok());
    select.map_or(0, |select| select.selected_index().unsigned_abs() as usize)
}

/// Tabs of the inspector are buttons.
pub fn tab_button(ask: &Ask, msg: Msg, name: &str, pressed: bool, test: &str) -> Html {
    html! {
        <button type="button" aria-pressed={pressed.to_string()} data-testid={test.to_owned()} onclick={on(ask, msg)}>
            { name.to_owned() }
        </button>
    }
}
