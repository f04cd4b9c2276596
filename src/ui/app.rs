//! The root of the page: every wish of the visitor arrives here as a message.

use gloo_render::{AnimationFrame, request_animation_frame};
use serde_json::Value;
use web_sys::KeyboardEvent;
use yew::{Callback, Component, Context, Html, MouseEvent, html};

use super::lab::{Dialog, Filter, Lab, Tab};
use super::{browser, dialogs, keys, numbers, panel, parts, stage, timeline, years};
use crate::i18n::{self, Lang, text};
use crate::player::StepBy;
use crate::scenario::{self, Action, Scenario};
use crate::sim::{MachineId, SimTime};

/// What can be wished for.
#[derive(Clone)]
pub enum Msg {
    /// A frame of the screen.
    Frame(f64),
    /// The rest of the program is here.
    Whole,
    /// The page has another size.
    Fit,
    /// A key was pressed, and nothing on the page took it.
    Key(KeyboardEvent),
    /// Play or pause.
    Play,
    /// A step forward, or back.
    Step(StepBy, bool),
    /// To this moment.
    Seek(SimTime),
    /// To this moment, to look at it.
    Visit(SimTime),
    /// The playhead is taken hold of, or let go.
    Hold(bool),
    /// To the furthest moment.
    End,
    /// At this speed.
    Speed(u32),
    /// Faster, or slower.
    Faster(bool),
    /// Slow down when something happens.
    SlowAtFaults,
    /// Take back.
    Undo,
    /// Do again.
    Redo,
    /// From the beginning, with the same or another seed.
    Restart(bool),
    /// Do this to the system.
    Act(Action),
    /// Cut or mend a link.
    Link(usize),
    /// Look at a machine.
    Select(MachineId),
    /// Show this in the inspector.
    Tab(Tab),
    /// Show these events in the log.
    Filter(Filter),
    /// Only events of the selected machine.
    OnlySelected,
    /// Open something.
    Open(Dialog),
    /// Close it.
    Close,
    /// The other language.
    Lang,
    /// The other theme.
    Theme,
    /// Play a ready scenario.
    Preset(usize),
    /// A file was read, or could not be.
    File(Option<String>),
    /// Do faults of wires to this other end.
    Other(MachineId),
    /// This amount of a fault.
    Amount(&'static str, usize),
    /// A field of the settings has this value now.
    Draft(String, Value),
    /// This item of a list in the settings is open now, or none is.
    Entry(Option<String>),
    /// The whole document of the settings.
    Document(String),
    /// A real system's timings are laid over the settings.
    Timing(usize),
    /// Apply the settings.
    Apply,
    /// An earlier or later outage.
    Incident(bool),
    /// An outage is assumed to happen every so often: the number, as typed.
    OnceEvery(String),
    /// Its unit, by place.
    OnceIn(usize),
    /// Put the message away.
    Dismiss,
    /// Put the story away.
    Story,
    /// The address leads to another view now, or may do.
    Where,
    /// To the other view.
    Elsewhere,
    /// Something about the numbers.
    Numbers(numbers::Wish),
    /// Something about simulated years.
    Years(years::Wish),
}

/// How components ask for something.
pub type Ask = Callback<Msg>;

/// Asks for `msg` on a click.
pub fn on(ask: &Ask, msg: Msg) -> Callback<MouseEvent> {
    let ask = ask.clone();
    Callback::from(move |event: MouseEvent| {
        event.stop_propagation();
        ask.emit(msg.clone());
    })
}

/// The page.
pub struct App {
    lab: Lab,
    frame: Option<AnimationFrame>,
    /// The page says, or is about to say, that the first machine can be killed.
    ready: bool,
    /// The stage has been measured since its surroundings changed.
    fitted: bool,
    /// The language of the document's title.
    titled: Option<Lang>,
    /// What had the focus when a dialog was opened.
    focused: Option<web_sys::Element>,
}

impl Component for App {
    type Message = Msg;
    type Properties = ();

    fn create(ctx: &Context<Self>) -> Self {
        let ask: Ask = ctx.link().callback(|msg| msg);
        let on_key = ask.clone();
        browser::listen("keydown", move |event| {
            use wasm_bindgen::JsCast as _;
            if let Ok(key) = event.dyn_into::<KeyboardEvent>() {
                on_key.emit(Msg::Key(key));
            }
        });
        let on_whole = ask.clone();
        browser::listen("ha-lab-whole", move |_| on_whole.emit(Msg::Whole));
        let on_address = ask.clone();
        browser::listen("hashchange", move |_| on_address.emit(Msg::Where));
        browser::listen("resize", move |_| ask.emit(Msg::Fit));
        let lab = Lab::new();
        let ready = lab.serves();
        if ready {
            // This runs once the page has been built. Yew calls rendered() later: first it lets the browser draw.
            yew::platform::spawn_local(async { browser::say_ready() });
        }
        Self { lab, frame: None, ready, fitted: false, titled: None, focused: None }
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        if let Msg::Frame(at) = msg {
            self.next_frame(ctx);
            if self.lab.numbers {
                return false;
            }
            return self.lab.frame(at);
        }
        if let Msg::Key(event) = msg {
            let Some(msg) = keys::meaning(&event, &self.lab) else { return false };
            event.prevent_default();
            return self.update(ctx, msg);
        }
        match msg {
            Msg::Fit => {
                self.lab.fit();
                return self.lab.dirty;
            }
            Msg::Whole => {
                self.lab.whole = true;
                // What comes now takes its room on the page.
                self.fitted = false;
                self.look_where();
            }
            Msg::Years(wish) => {
                if matches!(wish, years::Wish::Worst | years::Wish::Back) {
                    self.close();
                    self.fitted = false;
                }
                let ask = ctx.link().callback(|msg| msg);
                return years::fulfil(&mut self.lab, wish, &ask);
            }
            other => self.wish(other),
        }
        self.lab.dirty = true;
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let ask: Ask = ctx.link().callback(|msg| msg);
        let lab = &self.lab;
        if lab.numbers {
            return numbers::view(lab, &ask);
        }
        html! {
            <div class="app">
                <a class="skip" href="#stage">{ text!(lab.lang, skip_to_stage) }</a>
                { parts::header(lab, &ask) }
                { stage::view(lab, &ask) }
                // The stage comes first; what measures and commands it, with the second part of the program.
                if lab.whole {
                    { panel::view(lab, &ask) }
                    { timeline::view(lab, &ask) }
                } else {
                    <aside class="panel" aria-busy="true"></aside>
                    <footer class="time" aria-busy="true"></footer>
                }
                { dialogs::view(lab, &ask) }
                <div class="sr" role="status" aria-live="polite">{ lab.spoken.clone() }</div>
            </div>
        }
    }

    fn rendered(&mut self, ctx: &Context<Self>, first: bool) {
        if self.titled != Some(self.lab.lang) {
            self.titled = Some(self.lab.lang);
            browser::document().set_title(title(&self.lab));
        }
        dialogs::show_modal();
        parts::sync_selects();
        if self.lab.numbers {
            numbers::drawn(&self.lab);
        }
        if first {
            self.next_frame(ctx);
            // A page in one piece is whole from the start.
            if self.lab.whole {
                ctx.link().send_message(Msg::Where);
            }
        }
        if !self.fitted {
            self.fitted = true;
            ctx.link().send_message(Msg::Fit);
        }
        if !self.ready && self.lab.serves() {
            self.ready = true;
            browser::say_ready();
        }
    }
}

impl App {
    fn next_frame(&mut self, ctx: &Context<Self>) {
        let link = ctx.link().clone();
        self.frame = Some(request_animation_frame(move |at| link.send_message(Msg::Frame(at))));
    }

    #[inline(never)]
    fn wish(&mut self, msg: Msg) {
        let lab = &mut self.lab;
        let t = lab.lang.texts();
        match msg {
            Msg::Frame(_) | Msg::Key(_) | Msg::Fit | Msg::Whole | Msg::Years(_) => {}
            Msg::Play => lab.pace.playing = !lab.pace.playing,
            Msg::Step(by, forward) => {
                lab.pace.playing = false;
                if forward {
                    lab.player.step_forward(by);
                    lab.dirty = true;
                } else {
                    lab.player.step_back(by);
                    lab.moved();
                }
            }
            Msg::Seek(to) => lab.go(to),
            Msg::Visit(to) => {
                lab.pace.playing = false;
                lab.go(to);
            }
            Msg::Hold(held) => lab.held = held,
            Msg::End => {
                lab.player.seek(lab.player.explored());
                lab.moved();
            }
            Msg::Speed(permille) => lab.pace.set_speed(permille),
            Msg::Faster(true) => lab.pace.faster(),
            Msg::Faster(false) => lab.pace.slower(),
            Msg::SlowAtFaults => lab.pace.slow_at_faults = !lab.pace.slow_at_faults,
            // An outage of years was opened over what was played: that is taken back like an action.
            Msg::Undo if lab.left.is_some() && !lab.player.can_undo() => {
                years::from_lab::go_back(lab);
                self.fitted = false;
            }
            Msg::Undo => {
                let last = lab.player.actions().last().map(|(_, action)| i18n::action(lab.lang, action));
                lab.undo();
                lab.moved();
                lab.say(last.map_or_else(|| t.nothing_to_undo.to_owned(), |last| i18n::undone(lab.lang, &last)));
            }
            Msg::Redo => {
                let next = lab.player.next_redo().map(|(_, action)| i18n::action(lab.lang, action));
                lab.redo();
                lab.moved();
                lab.say(next.map_or_else(|| t.nothing_to_redo.to_owned(), |next| i18n::redone(lab.lang, &next)));
            }
            Msg::Restart(new) => {
                let seed = new.then(|| (browser::now_ms() * 1_000.0) as u64 * 2_654_435_761 % 1_000_000);
                lab.player.restart(seed);
                lab.moved();
                lab.pace.playing = true;
                lab.say(t.restarted);
                lab.save();
            }
            Msg::Act(action) => lab.act(action),
            Msg::Link(index) => lab.toggle(index),
            Msg::Select(machine) => {
                lab.selected = machine;
                if lab.tab == Tab::Log {
                    lab.tab = Tab::Node;
                }
            }
            Msg::Tab(tab) => lab.tab = tab,
            Msg::Filter(filter) => lab.filter = filter,
            Msg::OnlySelected => lab.only_selected = !lab.only_selected,
            Msg::Open(dialog) => self.open(dialog),
            Msg::Close => self.close(),
            Msg::Lang => {
                lab.lang = lab.lang.other();
                let _ = browser::root().set_attribute("lang", lab.lang.tag());
                remember(lab, "lang", lab.lang.tag());
                if lab.desk.is_some() {
                    numbers::speak(lab);
                }
                self.fitted = false;
            }
            Msg::Theme => {
                lab.dark = !lab.dark;
                let name = if lab.dark { "dark" } else { "light" };
                let _ = browser::root().set_attribute("data-theme", name);
                remember(lab, "theme", name);
                lab.repaint();
            }
            Msg::Preset(index) => {
                if let Some(scenario) = lab.shelf.get(index).cloned() {
                    self.play(scenario);
                }
            }
            Msg::File(text) => self.file(text),
            Msg::Other(machine) => lab.other = machine,
            Msg::Amount(name, index) => {
                lab.amounts.insert(name, index);
            }
            Msg::Draft(pointer, value) => {
                if let Some((draft, problems)) = &mut lab.draft {
                    if let Some(place) = draft.pointer_mut(&pointer) {
                        *place = value;
                    }
                    *problems = check(&scenario::to_text(draft));
                }
            }
            Msg::Entry(pointer) => lab.entry = pointer,
            Msg::Document(text) => {
                if let Some((draft, problems)) = &mut lab.draft {
                    *problems = check(&text);
                    *draft = serde_json::from_str(&text).unwrap_or(Value::String(text));
                }
            }
            Msg::Timing(index) => {
                let timing = scenario::timings::timings().get(index);
                if let (Some((draft, problems)), Some(timing)) = (&mut lab.draft, timing) {
                    *draft = timing.over(draft);
                    *problems = check(&scenario::to_text(draft));
                }
            }
            Msg::Apply => {
                let draft = lab.draft.as_ref().map(|(draft, _)| scenario::to_text(draft));
                if let Some(Ok(scenario)) = draft.map(|draft| scenario::parse(&draft)) {
                    self.play(scenario);
                }
            }
            Msg::Incident(later) => {
                let last = lab.player.ledger().incidents().len().saturating_sub(1);
                let here = lab.incident.unwrap_or(last);
                let there = if later { here + 1 } else { here.saturating_sub(1) };
                lab.incident = (there < last).then_some(there);
            }
            Msg::OnceEvery(text) => {
                lab.once.typed(text);
                keep_once(lab);
            }
            Msg::OnceIn(place) => {
                lab.once.measured_in(place);
                keep_once(lab);
            }
            Msg::Story => lab.story = false,
            Msg::Where => self.look_where(),
            Msg::Elsewhere => browser::go_to(if lab.numbers { numbers::LAB } else { numbers::NUMBERS }),
            Msg::Numbers(wish) => numbers::fulfil(lab, wish),
            Msg::Dismiss => {
                lab.notice = None;
                lab.hint = false;
            }
        }
    }

    /// Shows the view to which the address leads. Both need the whole program to be left and entered.
    #[inline(never)]
    fn look_where(&mut self) {
        let numbers = self.lab.whole && browser::hash() == numbers::NUMBERS;
        if numbers != self.lab.numbers {
            self.close();
            numbers::show(&mut self.lab, numbers);
            (self.fitted, self.titled) = (false, None);
        }
    }

    fn open(&mut self, dialog: Dialog) {
        if self.lab.dialog.is_none() {
            self.focused = browser::document().active_element();
        }
        self.lab.problems = None;
        match dialog {
            Dialog::Scenarios => self.lab.fill_shelf(),
            Dialog::Years => years::from_lab::enter(&mut self.lab),
            Dialog::Settings(_) if self.lab.draft.is_none() => {
                let document = serde_json::from_str(&self.lab.player.scenario().to_json());
                self.lab.draft = Some((document.unwrap_or_default(), Vec::new()));
            }
            Dialog::Faults(machine) if machine == self.lab.other => {
                let data = &self.lab.player.world().config().layout.data;
                self.lab.other = data.iter().copied().find(|other| *other != machine).unwrap_or(self.lab.other);
            }
            _ => {}
        }
        self.lab.dialog = Some(dialog);
    }

    fn close(&mut self) {
        if self.lab.dialog == Some(Dialog::Years) {
            years::from_lab::leave(&mut self.lab);
        }
        self.lab.dialog = None;
        self.lab.draft = None;
        self.lab.entry = None;
        self.lab.problems = None;
        if let Some(element) = self.focused.take() {
            use wasm_bindgen::JsCast as _;
            if let Ok(element) = element.dyn_into::<web_sys::HtmlElement>() {
                let _ = element.focus();
            }
        }
    }

    fn play(&mut self, scenario: Scenario) {
        self.close();
        self.lab.load(scenario);
        // What stands around the stage has another size with it.
        self.fitted = false;
    }

    /// A file that cannot be used changes nothing but the error box.
    fn file(&mut self, text: Option<String>) {
        let Some(text) = text else {
            self.lab.problems = Some(Vec::new());
            return;
        };
        match scenario::parse(&text) {
            Ok(scenario) => {
                self.play(scenario);
                self.lab.say(self.lab.lang.texts().opened);
            }
            Err(problems) => self.lab.problems = Some(problems.0),
        }
    }
}

fn title(lab: &Lab) -> &'static str {
    if lab.numbers { numbers::title(lab.lang) } else { text!(lab.lang, page_title) }
}

fn check(document: &str) -> Vec<scenario::Problem> {
    scenario::parse(document).err().map_or_else(Vec::new, |problems| problems.0)
}

/// How often outages are assumed to happen is remembered, if it can be read.
fn keep_once(lab: &mut Lab) {
    if let Some(once) = lab.once.kept() {
        remember(lab, "once", &once);
    }
}

fn remember(lab: &mut Lab, name: &str, value: &str) {
    if !browser::keep(name, value) {
        lab.say(Lang::texts(lab.lang).cannot_store);
    }
}
