//! From the running system to years: what its failover costs is measured at message level, and years are made of that.
//!
//! 1. The dialog opens on the scenario that is played. What is assumed of its machines stands in fields.
//! 2. The workers crash its master a few hundred times. Whoever has nobody to take over goes on without.
//! 3. They simulate years of the plant that comes of it, and the same figures and charts are shown as in the Numbers view.
//! 4. The longest outage opens in the lab. What was played before is kept, and one comes back to it by a button or by undo.

use yew::{Event, Html, InputEvent, html};

use super::super::app::{Ask, Msg, on};
use super::super::dialogs::typed;
use super::super::lab::Lab;
use super::super::numbers;
use super::super::panel::chosen;
use super::super::parts::Button;
use super::super::workers::{Crew, Told, Turn};
use super::{Subject, Wish, Years, card, results};
use crate::i18n::{Lang, count, duration, years as say};
use crate::player::Session;
use crate::scenario::{DataPath, Scenario, Setup, Text};
use crate::sim::Micros;
use crate::study::failover::{FIRST_SEED, Measured, RUNS, victim};
use crate::study::upscale::{Assumed, Shape, manager, plant_of, replay, shape, supports, usual_times};
use crate::study::{Sum, Summary, Task};

const HOUR_US: f64 = 3.6e9;
/// Shortest and longest mean times that are simulated, in hours.
const MTTF_HOURS: (f64, f64) = (1.0, 10_000_000.0);
const MTTR_HOURS: (f64, f64) = (0.001, 100_000.0);
/// Fewest and most of a hundred failures that all share.
const SHARED_PERCENT: (f64, f64) = (0.0, 90.0);

/// The way from a scenario to years.
pub struct FromLab {
    /// What is measured.
    scenario: Scenario,
    /// Its nodes.
    shape: Shape,
    mttf: String,
    mttr: String,
    needed: u8,
    /// There is something beside the nodes that could fail.
    leans: bool,
    /// Routers, storage and manager fail too.
    all_fail: bool,
    /// Of a hundred failures, those that all share.
    shared: String,
    /// What the crashes came to.
    measured: Vec<Measured>,
    measuring: Option<Crew>,
    /// The years.
    pub years: Years,
}

/// A scenario that one has left for a while, and where its playhead stood.
pub type Left = Box<Session>;

impl FromLab {
    fn new(scenario: Scenario) -> Self {
        let shape = shape(&scenario);
        let (mttf_us, mttr_us) = usual_times(&scenario);
        let hours = |us: Micros| (us as f64 / HOUR_US).to_string();
        let any = Assumed { mttf_us: 1, mttr_us: 1, needed: 1, all_fail: true, common_cause_ppm: 0 };
        Self {
            needed: shape.needed,
            leans: !supports(&scenario, &any).is_empty(),
            all_fail: manager(&scenario).is_some(),
            shared: "0".to_owned(),
            shape,
            scenario,
            mttf: hours(mttf_us),
            mttr: hours(mttr_us),
            measured: Vec::new(),
            measuring: None,
            years: Years { amount: 0, ..Years::default() },
        }
    }

    fn hours(text: &str, (least, most): (f64, f64)) -> Option<f64> {
        text.trim().parse().ok().filter(|hours| (least..=most).contains(hours))
    }

    fn assumed(&self) -> Option<Assumed> {
        let us = |hours: f64| (hours * HOUR_US) as Micros;
        Some(Assumed {
            mttf_us: us(Self::hours(&self.mttf, MTTF_HOURS)?),
            mttr_us: us(Self::hours(&self.mttr, MTTR_HOURS)?),
            needed: self.needed,
            all_fail: self.all_fail,
            common_cause_ppm: (Self::hours(&self.shared, SHARED_PERCENT)? * 10_000.0) as u32,
        })
    }

    fn start(&mut self, ask: &yew::Callback<Told>) {
        let Some(assumed) = self.assumed().filter(|_| self.years.seed().is_some()) else { return };
        self.years.trouble = None;
        if victim(&self.scenario).is_some() && self.measured.is_empty() {
            let task = Task::Failovers { scenario: self.scenario.to_json(), seed: FIRST_SEED, runs: RUNS };
            match Crew::start(task, ask) {
                Ok(crew) => self.measuring = Some(crew),
                Err(trouble) => self.years.trouble = Some(trouble),
            }
            return;
        }
        let plant = plant_of(&self.scenario, &self.measured, assumed);
        self.years.start(Subject::Plant(Box::new(plant)), ask);
    }

    fn stop(&mut self) {
        self.measuring = None;
        if self.years.crew.is_some() {
            self.years.stop();
        }
    }

    /// Hears a worker; whether there is something new to see.
    pub fn hear(&mut self, told: Told, ask: &yew::Callback<Told>) -> bool {
        let Some(crew) = &mut self.measuring else { return self.years.hear(told) };
        match crew.hear(told) {
            Turn::Nothing => return false,
            Turn::Further => {}
            Turn::Over => {
                if let Sum::Failovers(runs) = crew.course().sum() {
                    self.measured.clone_from(runs);
                }
                self.measuring = None;
                self.start(ask);
            }
            Turn::Stuck(trouble) => (self.measuring, self.years.trouble) = (None, Some(trouble)),
        }
        true
    }

    fn runs(&self) -> bool {
        self.measuring.is_some() || self.years.crew.is_some()
    }
}

/// The dialog is opened: on the present scenario, with what was measured of it before.
#[inline(never)]
pub fn enter(lab: &mut Lab) {
    let scenario = lab.player.scenario();
    if lab.to_years.as_ref().is_none_or(|from| from.scenario != *scenario) {
        lab.to_years = Some(Box::new(FromLab::new(scenario.clone())));
    }
}

/// The dialog is closed: nobody works on unseen.
#[inline(never)]
pub fn leave(lab: &mut Lab) {
    if let Some(from) = &mut lab.to_years {
        from.stop();
    }
}

/// Does what was wished for in the dialog.
#[inline(never)]
pub fn fulfil(from: &mut FromLab, wish: Wish, ask: &yew::Callback<Told>) {
    match wish {
        Wish::Mttf(text) => from.mttf = text,
        Wish::Mttr(text) => from.mttr = text,
        Wish::Shared(text) => from.shared = text,
        Wish::AllFail => from.all_fail = !from.all_fail,
        Wish::Needed(place) => from.needed = place as u8 + 1,
        Wish::Amount(place) => from.years.amount = place,
        Wish::Seed(text) => from.years.seed = text,
        Wish::Start => from.start(ask),
        Wish::Stop => from.stop(),
        Wish::Told(_) | Wish::Worst | Wish::Back => {}
    }
}

/// Opens the longest outage. What was played is kept.
#[inline(never)]
pub fn open_worst(lab: &mut Lab) {
    let Some(from) = &lab.to_years else { return };
    let Some(shown) = &from.years.shown else { return };
    let Some(history) = &shown.history else { return };
    let found = replay(&from.scenario, &from.measured, history);
    let (length_us, years) = (history.outage.length_us, shown.tally.years);
    let mut scenario = found.scenario;
    let text = |say: &dyn Fn(Lang) -> String| Text { en: say(Lang::En), zh: say(Lang::Zh) };
    scenario.title = text(&|lang| say::worst_title(lang, years));
    scenario.story = text(&|lang| say::worst_story(lang, years, length_us, found.is_measured));
    // Who looks at one outage after the other comes back to what was there before the first.
    let left = lab.left.take().unwrap_or_else(|| Box::new(lab.player.session()));
    lab.load(scenario);
    lab.left = Some(left);
    lab.pace.playing = false;
    lab.player.seek(found.at);
    lab.moved();
    lab.save();
}

/// Goes back to what was played before; false if nothing was left.
#[inline(never)]
pub fn go_back(lab: &mut Lab) -> bool {
    let Some(left) = lab.left.take() else { return false };
    lab.resume(*left);
    lab.say(lab.lang.years().is_back);
    true
}

/// What leads to the dialog, and back from an outage: on the panel.
#[inline(never)]
pub fn door(lab: &Lab, ask: &Ask) -> Html {
    let t = lab.lang.years();
    html! {
        <p class="door">
            if lab.left.is_some() {
                { Button { test: "y-back".into(), class: "go", text: t.back, ..Button::default() }
                    .html(ask, Msg::Years(Wish::Back)) }
            }
            { Button { test: "y-open".into(), class: "small-text", text: t.from_lab, title: t.from_lab_explain, ..Button::default() }
                .html(ask, Msg::Open(super::super::lab::Dialog::Years)) }
        </p>
    }
}

/// What stands in the dialog.
#[inline(never)]
pub fn body(lab: &Lab, ask: &Ask) -> Html {
    let t = lab.lang.years();
    let Some(from) = &lab.to_years else { return html! {} };
    let shape = from.shape;
    html! {
        <div class="body y-dialog" tabindex="0">
            <style>{ numbers::STYLE }</style>
            { inputs(lab, from, shape, ask) }
            { card::controls(lab, &from.years, from.runs(), state(lab, from), ask) }
            { card::trouble(lab, &from.years) }
            if let Some(shown) = &from.years.shown {
                if !from.runs() && shown.history.is_some() {
                    <p class="y-worst">
                        <button type="button" class="primary" data-testid="y-worst-open"
                            onclick={on(ask, Msg::Years(Wish::Worst))}>{ t.worst_open }</button>
                        <span class="fine">{ t.worst_explain }</span>
                    </p>
                }
                { results::view(lab, shown, from.years.crew.is_some()) }
            }
            { assumptions(lab, from, shape) }
        </div>
    }
}

fn inputs(lab: &Lab, from: &FromLab, shape: Shape, ask: &Ask) -> Html {
    let t = lab.lang.years();
    let field = |id: &'static str,
                 name: &'static str,
                 text: &str,
                 right: bool,
                 wrong: &'static str,
                 wish: fn(String) -> Wish| {
        let ask = ask.clone();
        let oninput = move |event: InputEvent| ask.emit(Msg::Years(wish(typed(&event))));
        html! {
            <div class="y-field">
                <label for={id}>{ name }</label>
                <input {id} data-testid={id} type="text" inputmode="decimal" autocomplete="off" value={text.to_owned()}
                    aria-invalid={(!right).then_some("true")} disabled={from.runs()} {oninput} />
                if !right { <p class="wrong">{ wrong }</p> }
            </div>
        }
    };
    let all = ask.clone();
    let toggle = move |_: Event| all.emit(Msg::Years(Wish::AllFail));
    let needs = ask.clone();
    let onchange = move |event: Event| needs.emit(Msg::Years(Wish::Needed(chosen(&event))));
    html! {
        <div class="y-fields">
            { field("y-mttf", t.mttf_hours, &from.mttf, FromLab::hours(&from.mttf, MTTF_HOURS).is_some(), t.mttf_wrong, Wish::Mttf) }
            { field("y-mttr", t.mttr_hours, &from.mttr, FromLab::hours(&from.mttr, MTTR_HOURS).is_some(), t.mttr_wrong, Wish::Mttr) }
            if shape.nodes > 1 {
                { field("y-shared", t.shared_percent, &from.shared,
                    FromLab::hours(&from.shared, SHARED_PERCENT).is_some(), t.shared_wrong, Wish::Shared) }
            }
            if from.leans {
                <div class="y-field">
                    <label for="y-all">{ t.all_fail }</label>
                    <input id="y-all" data-testid="y-all" type="checkbox" checked={from.all_fail} disabled={from.runs()}
                        onchange={toggle} />
                </div>
            }
            <div class="y-field">
                <label for="y-needed">{ t.needed }</label>
                <select id="y-needed" data-testid="y-needed" data-index={(from.needed - 1).to_string()} {onchange}
                    disabled={from.runs()}>
                    { for (1..=shape.nodes).map(|needed| html! {
                        <option selected={needed == from.needed}>{ say::of(lab.lang, needed, shape.nodes) }</option>
                    }) }
                </select>
            </div>
        </div>
    }
}

/// How far it is.
fn state(lab: &Lab, from: &FromLab) -> Html {
    let Some(crew) = &from.measuring else { return card::progress(lab, &from.years) };
    let done = (crew.course().answered() * crate::study::RUNS_OF_A_JOB).min(RUNS);
    card::bar(done, RUNS, say::measuring(lab.lang, done, RUNS))
}

/// Everything that the years rest on.
fn assumptions(lab: &Lab, from: &FromLab, shape: Shape) -> Html {
    let (lang, t) = (lab.lang, lab.lang.years());
    let all = from.measured.len() as u64;
    let open = from.measured.iter().filter(|run| run.outage_us.is_none()).count() as u64;
    let summary = Summary::of(from.measured.iter().filter_map(|run| run.outage_us));
    let cost = summary.map(|summary| {
        let [median, p90, most] = [summary.quantiles_us[2], summary.quantiles_us[3], summary.max_us];
        say::failover_cost(lang, &count(all), &duration(lang, median), &duration(lang, p90), &duration(lang, most))
    });
    let one_shard = matches!(&from.scenario.system, Setup::Cluster(cluster) if cluster.data != DataPath::ThroughTheLog);
    html! {
        <section class="y-assumed" data-testid="y-assumed">
            <h3>{ t.assumed }</h3>
            <ul>
                if let Some(cost) = cost { <li data-testid="y-cost"><b>{ cost }</b></li> }
                if open > 0 { <li>{ say::nobody(lang, open, all) }</li> }
                if from.measured.is_empty() {
                    <li>{ if victim(&from.scenario).is_some() { t.will_measure } else { t.nobody_takes_over } }</li>
                }
                if from.scenario.view.eye_times { <li>{ t.eye_times }</li> }
                <li>{ t.independent }</li>
                <li>{ say::crews(lang, shape.nodes) }</li>
                if from.needed > 1 { <li>{ t.needed_note }</li> }
                if one_shard { <li data-testid="y-shard">{ t.one_shard }</li> }
                if from.all_fail && from.leans {
                    <li>{ t.supports_fail }</li>
                    if manager(&from.scenario).is_some() { <li>{ t.static_stability }</li> }
                } else {
                    <li>{ t.nodes_only }</li>
                }
            </ul>
        </section>
    }
}
