//! Predicted beside observed: the row in the panel, the tab that takes it apart, and one outage in a year.

use std::rc::Rc;

use yew::{Event, Html, InputEvent, html};

use super::app::{Ask, Msg, on};
use super::dialogs::typed;
use super::icons::Icon;
use super::lab::{Lab, Tab};
use super::panel::chosen;
use crate::i18n::predict::{
    a_year, assumption, breach, conclusion, few, model, once_wrong, part, phase, reckoned, verdict,
};
use crate::i18n::{cost, duration, percent};
use crate::measure::Incident;
use crate::sim::Micros;
use crate::study::predict::{Assumption, ERRORS_95, Observed, Prediction, Premise, Rates, Step, Verdict};
use crate::view::{self, fixed};

/// What only this needs of the style sheet.
const STYLES: &str = include_str!("../../assets/styles/predict.css");
/// How long a repair is assumed to take where nothing fails by chance.
const REPAIR_US: Micros = 600_000_000;
/// Width of the scale on which the two are shown.
const WIDTH: f64 = 352.0;
/// A share of the time in so many parts.
const PARTS: f64 = 1e12;

/// What theory says, reckoned again only for another scenario or another rate: the panel is drawn ten times a second.
fn prediction(lab: &Lab) -> Rc<Prediction> {
    let every_us = lab.once.every_us;
    let mut known = lab.predicted.borrow_mut();
    if let Some((_, prediction)) = known.as_ref().filter(|(of_us, _)| *of_us == every_us) {
        return Rc::clone(prediction);
    }
    let assumed = Rates { mttf_us: every_us as f64, mttr_us: REPAIR_US as f64 };
    let prediction = Rc::new(Prediction::of(lab.player.scenario(), assumed));
    *known = Some((every_us, Rc::clone(&prediction)));
    prediction
}

/// Both, and what they come to.
struct Both {
    prediction: Rc<Prediction>,
    observed: Observed,
    verdict: Verdict,
    premises: Vec<Premise>,
}

impl Both {
    fn of(lab: &Lab) -> Self {
        let now = lab.player.now();
        let prediction = prediction(lab);
        let observed = Observed::of(lab.player.ledger(), now);
        let verdict = observed.verdict(&prediction, ERRORS_95);
        let premises = prediction.premises_after(lab.player.ledger().incidents().iter().map(|one| &**one));
        Self { prediction, observed, verdict, premises }
    }

    /// Why the two may part.
    fn reason(&self) -> Option<Assumption> {
        self.premises.iter().find(|premise| premise.broken.is_some()).map(|premise| premise.assumption)
    }
}

/// A share of the time that is up, as a percentage; `down` is its rest.
fn share(lab: &Lab, down: f64) -> String {
    let missing = (down * PARTS).round().clamp(0.0, PARTS) as u64;
    percent(lab.lang, PARTS as u64 - missing, PARTS as u64)
}

fn time(lab: &Lab, us: Option<f64>) -> String {
    us.map_or_else(|| "–".to_owned(), |us| duration(lab.lang, us.round() as Micros))
}

fn mark(lab: &Lab, what: Verdict) -> Html {
    let (icon, class) = match what {
        Verdict::Agrees => (Icon::Check, "ok"),
        Verdict::Parts => (Icon::Alert, "bad"),
        Verdict::TooFew | Verdict::ByHand => (Icon::Question, "open"),
    };
    html! { <span class={format!("p-mark {class}")}>{ icon.sized(12) }{ verdict(lab.lang, what) }</span> }
}

/// One row for the panel: what theory says, what was seen, and whether that is the same.
#[inline(never)]
pub fn row(lab: &Lab, ask: &Ask) -> Html {
    let p = lab.lang.predict();
    let both = Both::of(lab);
    let Both { prediction, observed, verdict, .. } = &both;
    // Without failures by chance there is no availability to compare; a failover has a length all the same.
    let [said, seen, shown] = if *verdict == Verdict::ByHand {
        let Some(said) = prediction.failover_us() else { return html! {} };
        [time(lab, Some(said)), time(lab, observed.failover_us), p.failover.to_owned()]
    } else {
        let seen = (observed.outages > 0).then(|| share(lab, observed.unavailability));
        [share(lab, prediction.availability.down), seen.unwrap_or_else(|| "–".into()), p.availability.to_owned()]
    };
    html! {
        <>
            <style>{ STYLES }</style>
            <button type="button" class="p-row" data-testid="predict-row" title={p.compare}
                aria-pressed={(lab.tab == Tab::Theory).to_string()} onclick={on(ask, Msg::Tab(Tab::Theory))}>
                if *verdict == Verdict::ByHand { <span class="p-what">{ shown }</span> }
                <span>{ p.predicted }<b data-testid="predicted">{ said }</b></span>
                <span>{ p.observed }<b data-testid="observed">{ seen }</b></span>
                if *verdict != Verdict::ByHand { { mark(lab, *verdict) } }
            </button>
        </>
    }
}

/// The tab.
#[inline(never)]
pub fn tab(lab: &Lab) -> Html {
    let p = lab.lang.predict();
    let both = Both::of(lab);
    let prediction = &both.prediction;
    let steps = if prediction.failover.is_empty() { &prediction.again } else { &prediction.failover };
    let heading = if prediction.failover.is_empty() { p.parts_again } else { p.parts };
    html! {
        <div class="p-tab" data-testid="theory">
            { table(lab, &both) }
            { scale(lab, &both) }
            <p class="p-said" data-testid="conclusion">
                { conclusion(lab.lang, both.verdict, both.observed.outages, both.reason()) }
            </p>
            if prediction.by_hand {
                <p class="fine">{ reckoned(lab.lang, lab.once.every_us, REPAIR_US) }</p>
            }
            <h3>{ p.model }</h3>
            <p>{ model(lab.lang, &prediction.model) }</p>
            if !steps.is_empty() {
                <h3>{ heading }</h3>
                { made_of(lab, steps) }
            }
            <h3>{ p.rests_on }</h3>
            { rests_on(lab, &both.premises) }
        </div>
    }
}

fn table(lab: &Lab, both: &Both) -> Html {
    let p = lab.lang.predict();
    let Both { prediction, observed, .. } = both;
    let chance = !prediction.by_hand && observed.outages > 0;
    let seen_share = chance.then(|| share(lab, observed.unavailability));
    let a_year_seen = observed.outages_per_year_bounds().filter(|_| chance);
    let row = |name: &'static str, said: String, seen: String| {
        html! { <tr><th scope="row">{ name }</th><td>{ said }</td><td>{ seen }</td></tr> }
    };
    let failover = prediction.failover_us();
    html! {
        <table aria-label={p.title}>
            <thead><tr><td></td><th scope="col">{ p.predicted }</th><th scope="col">{ p.observed }</th></tr></thead>
            <tbody>
                { row(p.availability, share(lab, prediction.availability.down), seen_share.unwrap_or_else(|| "–".into())) }
                if failover.is_some() { { row(p.failover, time(lab, failover), time(lab, observed.failover_us)) } }
                { row(
                    p.outages_a_year,
                    few(prediction.outages_per_year),
                    a_year_seen.map_or_else(|| "–".into(), |(low, high)| a_year(lab.lang, low, high)),
                ) }
            </tbody>
        </table>
    }
}

/// The interval of the observed availability as a bar, and the predicted one on it.
fn scale(lab: &Lab, both: &Both) -> Html {
    let p = lab.lang.predict();
    let Some((low, high)) = both.observed.interval(ERRORS_95).filter(|_| !both.prediction.by_hand) else {
        return html! {};
    };
    let said = both.prediction.availability.down;
    let (from, to) = (low.min(said), high.max(said));
    let margin = (to - from).max(1e-12) * 0.12;
    // More available stands to the right.
    let at = |down: f64| (to + margin - down) / (to - from + 2.0 * margin) * WIDTH;
    let (left, right, seen, said) = (at(high), at(low), at(both.observed.unavailability), at(said));
    let diamond = format!("M{x} 5l6 7-6 7-6-7z", x = fixed(said, 1));
    let [left, width, seen] = [left, (right - left).max(2.0), seen].map(|place| fixed(place, 1).to_string());
    html! {
        <figure>
            <svg viewBox="0 0 352 24" width="100%" height="24" role="img" aria-label={p.interval}>
                <line class="p-axis" x1="0" x2="352" y1="12" y2="12" />
                <rect class="p-bar" x={left} y="8" width={width} height="8" rx="4" />
                <line class="p-seen" x1={seen.clone()} x2={seen} y1="4" y2="20" />
                <path class="p-said" d={diamond} />
            </svg>
            <figcaption>
                <span class="p-key seen">{ p.observed }</span><span class="p-key said">{ p.predicted }</span>
                <span>{ p.interval }</span>
            </figcaption>
        </figure>
    }
}

fn made_of(lab: &Lab, steps: &[Step]) -> Html {
    let all: f64 = steps.iter().map(Step::us).sum();
    let place = |step: &Step| step.phase as usize;
    html! {
        <>
            <div class="phases" aria-hidden="true">
                { for steps.iter().map(|step| {
                    let style = format!("--c:var(--p{});flex:{}", place(step), fixed(step.us() / all.max(1.0), 4));
                    html! { <i style={style} title={phase(lab.lang, step.phase).name}></i> }
                }) }
            </div>
            <dl class="p-steps">
                { for steps.iter().map(|step| html! {
                    <div style={format!("--c:var(--p{})", place(step))}>
                        <dt title={phase(lab.lang, step.phase).explain}>
                            { phase(lab.lang, step.phase).name }<b>{ time(lab, Some(step.us())) }</b>
                        </dt>
                        { for step.parts.iter().map(|one| html! {
                            <dd><span>{ part(lab.lang, one) }</span><b>{ time(lab, Some(one.us)) }</b></dd>
                        }) }
                    </div>
                }) }
            </dl>
        </>
    }
}

/// The premises, the broken ones first.
fn rests_on(lab: &Lab, premises: &[Premise]) -> Html {
    let (broken, kept): (Vec<&Premise>, Vec<&Premise>) = premises.iter().partition(|premise| premise.broken.is_some());
    html! {
        <ul class="p-premises">
            { for broken.into_iter().chain(kept).map(|premise| {
                let label = assumption(lab.lang, premise.assumption);
                let (icon, class) = if premise.broken.is_some() { (Icon::Alert, "bad") } else { (Icon::Check, "ok") };
                html! {
                    <li title={label.explain}>
                        <span class={class}>{ icon.sized(12) }</span>
                        <span>
                            { label.name }
                            if premise.broken.is_some() { <small>{ label.explain }</small> }
                        </span>
                        <em class={class}>{ breach(lab.lang, premise.broken) }</em>
                    </li>
                }
            }) }
        </ul>
    }
}

/// What an outage comes to in a year, if one like it happens every so often.
#[inline(never)]
pub fn in_a_year(lab: &Lab, incident: &Incident, ask: &Ask) -> Html {
    if incident.open() {
        return html! {};
    }
    let (t, p) = (lab.lang.texts(), lab.lang.predict());
    let once = &lab.once;
    let outage_us = incident.outage_us(lab.player.now());
    let year_us: u128 = 365 * 86_400_000_000;
    let yearly_us = year_us * u128::from(outage_us) / u128::from(once.every_us + outage_us).max(1);
    let nines = view::nines_of(outage_us, once.every_us);
    let on_type = ask.clone();
    let oninput = move |event: InputEvent| on_type.emit(Msg::OnceEvery(typed(&event)));
    let on_unit = ask.clone();
    let onchange = move |event: Event| on_unit.emit(Msg::OnceIn(chosen(&event)));
    let units = [p.per_hours, p.per_days, p.per_months];
    let width = format!("--chars:{}", once.text.chars().count().clamp(2, 7));
    let place = view::Unit::ALL.iter().position(|unit| *unit == once.unit).unwrap_or(0);
    html! {
        <div class="fine p-once">
            <label>
                { t.cost_assumption }
                <input type="text" inputmode="decimal" autocomplete="off" spellcheck="false" data-testid="once-every"
                    title={p.once_label} value={once.text.clone()} aria-invalid={once.wrong.then_some("true")}
                    aria-describedby={once.wrong.then_some("once-wrong")} style={width} {oninput} />
            </label>
            <select aria-label={p.once_unit} data-testid="once-unit" data-index={place.to_string()} {onchange}>
                { for view::Unit::ALL.iter().zip(units).map(|(unit, name)| html! {
                    <option selected={*unit == once.unit}>{ name }</option>
                }) }
            </select>
            <b data-testid="in-a-year">{ cost(lab.lang, u64::try_from(yearly_us).unwrap_or(u64::MAX), nines) }</b>
            if once.wrong {
                <p class="wrong" id="once-wrong" data-testid="once-wrong" role="alert">{ once_wrong(lab.lang) }{ " " }{ p.still }</p>
            }
        </div>
    }
}
