//! The page's state: the player, what is selected and open, and one frame of time.

mod speech;
mod wires;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::Value;

use super::browser::{self, by_id};
use super::paint::Painter;
use super::years::{Years, from_lab::FromLab, from_lab::Left};
use crate::ha::config::Part;
use crate::ha::inspect::current_master;
use crate::i18n::{Lang, Names};
use crate::measure::{Breach, Live};
use crate::player::{Flight, Pace, Player, Session, Told};
use crate::scenario::{self, Action, Problem, Scenario};
use crate::sim::{Loss, MachineId, Micros, SimTime};
use crate::study::predict::Prediction;
use crate::view::{self, Path, Plan, Tint, Way, form};

/// What the inspector shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    /// The story in sentences.
    Log,
    /// The selected machine.
    Node,
    /// Its messages.
    Messages,
    /// What theory says of it all.
    Theory,
}

/// Which events the log shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    /// Turns of the story.
    Story,
    /// Faults and machines.
    Faults,
    /// Changes of role.
    Roles,
    /// Messages.
    Messages,
    /// Requests of the clients.
    Requests,
    /// Everything there is.
    All,
}

/// What is open above the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialog {
    /// Scenarios to choose from, files to open and save.
    Scenarios,
    /// Every option.
    Settings(form::Page),
    /// Every fault, on this machine first.
    Faults(MachineId),
    /// From this system to years.
    Years,
    /// How to use the lab.
    Help,
}

/// The ways of messages from one machine to another, found once for each size of the page.
type Routes = BTreeMap<(u8, u8), Rc<(Path, bool)>>;

/// Engine time in one frame.
const SLICE_MS: f64 = 8.0;
/// Real time between two renderings of figures and texts.
const RENDER_MS: f64 = 100.0;
/// Real time between two announcements to screen readers.
const SPEAK_MS: f64 = 2_000.0;
/// Real time between two savings of the session.
const SAVE_MS: f64 = 2_000.0;
/// Real time for which a lost message leaves its cross.
const CROSS_MS: f64 = 1_400.0;

/// The page's state.
pub struct Lab {
    /// What is played.
    pub player: Player,
    /// How fast.
    pub pace: Pace,
    /// Language of the page.
    pub lang: Lang,
    /// Theme of the page.
    pub dark: bool,
    /// The visitor asked for less motion.
    pub calm: bool,
    /// Names of the machines.
    pub names: Names,
    /// The drawn system.
    pub plan: Plan,
    /// The screen is narrow: everything stands in one column.
    pub narrow: bool,
    /// The selected machine.
    pub selected: MachineId,
    /// What the inspector shows.
    pub tab: Tab,
    /// What the log shows.
    pub filter: Filter,
    /// The log shows only events of the selected machine.
    pub only_selected: bool,
    /// What is open.
    pub dialog: Option<Dialog>,
    /// The other end for faults of a wire.
    pub other: MachineId,
    /// Chosen amounts of faults, by name.
    pub amounts: BTreeMap<&'static str, usize>,
    /// What is wrong with the file that was opened.
    pub problems: Option<Vec<Problem>>,
    /// Settings that are not applied yet, and what is wrong with them.
    pub draft: Option<(Value, Vec<Problem>)>,
    /// The open item of a list in the settings, by its pointer.
    pub entry: Option<String>,
    /// Title and story of the ready scenarios.
    pub shelf: Vec<Scenario>,
    /// A short message to the visitor.
    pub notice: Option<String>,
    /// A broken promise that has been said.
    breach: Option<Breach>,
    notice_until: f64,
    /// The story of the scenario is shown on the stage.
    pub story: bool,
    /// The hint of the first visit is shown.
    pub hint: bool,
    /// Which outage is taken apart; none: the last one.
    pub incident: Option<usize>,
    /// How often such an outage is assumed to happen.
    pub once: view::Once,
    /// What was said to screen readers last.
    pub spoken: String,
    to_say: Vec<String>,
    spoke_at: f64,
    heard: u64,
    /// How writes seemed to be served when it was looked at last.
    seemed: Live,
    painter: Option<Painter>,
    /// What theory says of the scenario if its machines fail once in so long.
    pub predicted: RefCell<Option<(Micros, Rc<Prediction>)>>,
    routes: RefCell<Routes>,
    last_frame: Option<f64>,
    rendered_at: f64,
    saved_at: f64,
    resume_to: Option<SimTime>,
    /// The playhead is being dragged: time stands still.
    pub held: bool,
    /// Something has changed since the last frame was painted.
    pub dirty: bool,
    /// The whole program is here; before, only what the first visit needs until a machine can be killed.
    pub whole: bool,
    /// The Numbers view is shown, and the lab stands still.
    pub numbers: bool,
    /// What the Numbers view shows, once it has been opened.
    pub desk: Option<Box<view::desk::Desk>>,
    /// Years of it by simulation, once they were asked for.
    pub years: Option<Box<Years>>,
    /// The way from the running system to years.
    pub to_years: Option<Box<FromLab>>,
    /// What was played before an outage of years was opened.
    pub left: Option<Left>,
}

/// Where main.css lays the page out for a phone.
const NARROW: &str = "(max-width: 940px)";

impl Lab {
    /// The lab of this visit: what was left by a defect, or the first scenario.
    pub fn new() -> Self {
        let resumed = browser::kept("resume").filter(|wish| wish == "1").and_then(|_| browser::kept("session"));
        browser::forget("resume");
        let session = resumed.and_then(|json| Session::from_json(&json).ok());
        let (mut player, resume_to) = match session {
            Some(session) => {
                let (player, to) = session.resume();
                (player, Some(SimTime::from_us(to.us().saturating_sub(1_000_000))))
            }
            None => (Player::new(Scenario::default()), None),
        };
        // The machines say who they are before the first picture.
        player.seek(player.now());
        let root = browser::root();
        let layout = player.world().config().layout.clone();
        // What `fit` will find, so that the first picture is already right: the page less what main.css puts around it.
        let narrow = browser::matches(NARROW);
        let (width, height) = browser::viewport();
        let (width, height) = if narrow { (width, 0.0) } else { (width - 384.0, height.max(640.0) - 217.0) };
        let mut pace = Pace::new(player.scenario().view.speed_permille);
        pace.playing = resume_to.is_none();
        Self {
            pace,
            lang: Lang::from_tag(&root.get_attribute("lang").unwrap_or_default()),
            dark: root.get_attribute("data-theme").as_deref() == Some("dark"),
            calm: browser::matches("(prefers-reduced-motion: reduce)"),
            names: Names::of(player.world().config()),
            plan: Plan::new(&layout, Way::from(&player.world().config().router), width, height),
            narrow,
            selected: layout.data[0],
            tab: Tab::Log,
            filter: Filter::Story,
            only_selected: false,
            dialog: None,
            other: layout.data.get(1).copied().unwrap_or(layout.data[0]),
            amounts: BTreeMap::new(),
            problems: None,
            draft: None,
            entry: None,
            shelf: Vec::new(),
            notice: None,
            breach: None,
            notice_until: 0.0,
            story: true,
            hint: resume_to.is_none(),
            incident: None,
            once: browser::kept("once").and_then(|kept| view::Once::from_kept(&kept)).unwrap_or_default(),
            spoken: String::new(),
            to_say: Vec::new(),
            spoke_at: 0.0,
            heard: player.world().events(),
            seemed: Live::Up,
            painter: None,
            predicted: RefCell::default(),
            routes: RefCell::default(),
            last_frame: None,
            rendered_at: 0.0,
            saved_at: 0.0,
            resume_to,
            held: false,
            dirty: true,
            whole: root.get_attribute("data-part").is_none(),
            numbers: false,
            desk: None,
            years: None,
            to_years: None,
            left: None,
            player,
        }
    }

    /// Plays another scenario, or the same with other settings.
    pub fn load(&mut self, scenario: Scenario) {
        self.put_on(Player::new(scenario));
        self.resume_to = None;
        self.left = None;
        self.save();
    }

    /// Takes a session up again where it was left, and plays there.
    #[inline(never)]
    pub fn resume(&mut self, session: Session) {
        let (player, to) = session.resume();
        self.put_on(player);
        self.pace.playing = false;
        self.resume_to = Some(to);
        self.story = false;
    }

    fn put_on(&mut self, player: Player) {
        self.player = player;
        self.predicted.take();
        let slow_at_faults = self.pace.slow_at_faults;
        self.pace = Pace::new(self.player.scenario().view.speed_permille);
        self.pace.slow_at_faults = slow_at_faults;
        self.hint = false;
        self.story = true;
        self.incident = None;
        self.heard = 0;
        let layout = self.player.world().config().layout.clone();
        self.names = Names::of(self.player.world().config());
        self.selected = layout.data[0];
        self.other = layout.data.get(1).copied().unwrap_or(layout.clients[0]);
        self.fit();
    }

    /// Draws the system anew for the present size of the page.
    pub fn fit(&mut self) {
        self.narrow = browser::matches(NARROW);
        let (width, height) = browser::free_size_of("picture");
        if width < 1.0 {
            return;
        }
        let config = self.player.world().config();
        let height = if self.narrow { 0.0 } else { height };
        let plan = Plan::new(&config.layout, Way::from(&config.router), width, height);
        if plan != self.plan {
            self.plan = plan;
            self.routes.borrow_mut().clear();
            self.dirty = true;
        }
        self.painter = Painter::new("canvas");
        if let Some(painter) = &mut self.painter {
            painter.resize(self.plan.width, self.plan.height);
        }
    }

    /// Another theme or screen: colours and sharpness are asked for again.
    pub fn repaint(&mut self) {
        self.painter = None;
        self.fit();
    }

    /// Does something to the system, now.
    pub fn act(&mut self, action: Action) {
        match self.player.act(action) {
            Ok(acted) if acted.moved_to_redo > 0 => {
                let notice = crate::i18n::moved_to_redo(self.lang, acted.moved_to_redo);
                self.say(notice);
            }
            Ok(_) => self.notice = None,
            Err(why) => self.say(crate::i18n::unable(self.lang, &why)),
        }
        self.hint = false;
        self.pace.ease(self.player.now());
        self.save();
    }

    /// Keeps what decides this session, so that a defect cannot take it away.
    pub fn save(&mut self) {
        self.saved_at = browser::now_ms();
        browser::keep("session", &self.player.session().to_json());
    }

    /// The playhead was moved.
    pub fn moved(&mut self) {
        self.pace.hurry();
        self.heard = self.player.world().events();
        self.to_say.clear();
        self.incident = None;
        self.hint = false;
        self.dirty = true;
    }

    /// Goes to a moment; who comes into the past is told what that means.
    pub fn go(&mut self, to: SimTime) {
        let was_past = self.player.now() < self.player.explored();
        self.player.seek(to);
        self.moved();
        if !was_past && self.player.now() < self.player.explored() {
            self.say(self.lang.texts().in_the_past);
        }
    }

    /// The master, as pictures see it.
    pub fn master(&self) -> Option<MachineId> {
        current_master(self.player.world())
    }

    /// Whether something has happened, and somebody serves.
    pub fn serves(&self) -> bool {
        let world = self.player.world();
        world.events() > 0 && (self.master().is_some() || world.config().layout.is_pool())
    }

    /// Undoes the last action, with those that belong to the same click.
    pub fn undo(&mut self) -> bool {
        let belongs = |player: &Player, last: &(SimTime, Action)| {
            let same = |action: &Action| {
                matches!(
                    (action, &last.1),
                    (Action::Cut { .. }, Action::Cut { .. }) | (Action::Mend { .. }, Action::Mend { .. })
                )
            };
            player.actions().last().is_some_and(|(at, action)| *at == last.0 && same(action))
        };
        let Some(last) = self.player.actions().last().cloned() else { return false };
        self.player.undo();
        while belongs(&self.player, &last) {
            self.player.undo();
        }
        true
    }

    /// Redoes the next action, with those that belong to the same click.
    pub fn redo(&mut self) -> bool {
        let Some(first) = self.player.next_redo().cloned() else { return false };
        self.player.redo();
        let is_wire = |action: &Action| matches!(action, Action::Cut { .. } | Action::Mend { .. });
        while is_wire(&first.1) && self.player.next_redo().is_some_and(|(at, action)| *at == first.0 && is_wire(action))
        {
            self.player.redo();
        }
        true
    }

    /// Time stands still for a while: what passes until the next frame does not count.
    pub fn rest(&mut self) {
        self.last_frame = None;
    }

    /// One frame: plays on, paints, and tells whether figures and texts are to be rendered again.
    pub fn frame(&mut self, at: f64) -> bool {
        let elapsed_us = (at - self.last_frame.unwrap_or(at)).max(0.0) * 1_000.0;
        self.last_frame = Some(at);
        let start = browser::now_ms();
        let enough = || browser::now_ms() - start > SLICE_MS;
        if let Some(to) = self.resume_to {
            if self.player.play(to, enough) >= to {
                self.resume_to = None;
                self.moved();
            }
        } else {
            let now = self.player.now();
            let wanted = if self.held { 0 } else { self.pace.want_us(now, elapsed_us as u64) };
            if wanted > 0 {
                let until = now.after(wanted);
                if self.pace.slow_at_faults {
                    if self.player.play_to_trouble(until, enough) {
                        self.pace.ease(self.player.now());
                    }
                } else {
                    self.player.play(until, enough);
                }
                self.pace.played(elapsed_us as u64, wanted, self.player.now().since(now));
            }
        }
        let moves = self.pace.playing || self.resume_to.is_some();
        if moves || self.dirty {
            self.paint();
        }
        let is_time = at - self.rendered_at >= RENDER_MS;
        let spoke = is_time && self.whole && self.speak(at);
        let render = is_time && (moves || self.dirty || spoke);
        if render {
            self.rendered_at = at;
            self.dirty = false;
        }
        if self.player.breach() != self.breach {
            self.tell_breach();
        }
        if self.notice.is_some() && start > self.notice_until {
            self.notice = None;
        }
        // How to write a session down comes with the second part.
        if self.whole && moves && start - self.saved_at > SAVE_MS {
            self.save();
        }
        render
    }

    // ---- what moves --------------------------------------------------------------------------------

    fn paint(&mut self) {
        self.listen();
        self.turn_rings();
        let Some(painter) = &self.painter else { return };
        painter.clear();
        let now = self.player.now();
        let speed = u64::from(self.pace.speed_now(now));
        let plan = &self.plan;
        let mut routes = self.routes.borrow_mut();
        let mut route = |from: MachineId, to: MachineId| -> Rc<(Path, bool)> {
            Rc::clone(routes.entry((from.number(), to.number())).or_insert_with(|| Rc::new(plan.route(from, to))))
        };
        let mut groups: BTreeMap<(MachineId, MachineId), Vec<&Flight>> = BTreeMap::new();
        for flight in self.player.flights().filter(|flight| !self.is_of_probe(flight)) {
            groups.entry((flight.from, flight.to)).or_default().push(flight);
        }
        let network = self.player.world().network();
        let is_cut =
            |link: &view::Link| !link.pairs.iter().any(|(a, b)| network.passes(*a, *b) || network.passes(*b, *a));
        for ((from, to), flights) in &groups {
            let way = route(*from, *to);
            let (path, reversed) = (&way.0, way.1);
            let free: Vec<_> = flights.iter().filter(|flight| !flight.held).collect();
            let flight_us: u64 = free.iter().map(|flight| flight.arrives.since(flight.sent)).sum();
            let mean_us = flight_us.checked_div(free.len() as u64).unwrap_or(0);
            if view::is_crowded(free.len(), mean_us, speed) {
                let tint = free.first().map_or(Tint::Line, |flight| view::mark(flight.brief.kind).tint);
                let per_s = free.len() as f64 * speed as f64 * 1_000.0 / mean_us.max(1) as f64;
                painter.stream(path, tint, per_s);
            } else {
                for flight in free {
                    let mut share = view::progress(now, flight.sent, flight.arrives);
                    if self.calm {
                        share = ((share * 3.0).floor().min(2.0) + 0.5) / 3.0;
                    }
                    painter.mark(path.lane(share, reversed, LANE), view::mark(flight.brief.kind), false);
                }
            }
            for (place, flight) in flights.iter().filter(|flight| flight.held).take(6).enumerate() {
                // A queue before the barrier, as cars stand on their side of the road.
                let barrier = plan.cut_point(*from, *to, is_cut).map_or(0.5, |at| path.nearest(at));
                let barrier = if reversed { 1.0 - barrier } else { barrier };
                let back = (14.0 + 12.0 * place as f64) / path.length().max(1.0);
                let at = path.lane((barrier - back).max(0.02), reversed, LANE);
                painter.mark(at, view::mark(flight.brief.kind), true);
            }
        }
        let lasting_us = CROSS_MS * speed as f64;
        for lost in self.player.losses().filter(|lost| !self.is_of_probe(&lost.flight)) {
            let age = now.since(lost.at) as f64 / lasting_us.max(1.0);
            if age >= 1.0 {
                continue;
            }
            let way = route(lost.flight.from, lost.flight.to);
            let (path, reversed) = (&way.0, way.1);
            let end = 1.0 - 12.0 / path.length().max(24.0);
            let share = view::progress(lost.at, lost.flight.sent, lost.flight.arrives).clamp(0.08, end);
            let on_the_way = path.lane(share, reversed, LANE);
            let at = match lost.why {
                Loss::Cut => plan.cut_point(lost.flight.from, lost.flight.to, is_cut).unwrap_or(on_the_way),
                _ => on_the_way,
            };
            painter.cross(at, age);
        }
    }

    /// The countdown on each card, written straight into the page.
    fn turn_rings(&self) {
        let world = self.player.world();
        if !world.config().layout.members.is_empty() {
            return super::cluster::turn_rings(self);
        }
        for id in &world.config().layout.data {
            let machine = world.machine(*id);
            let share = view::countdown(machine).map_or(0.0, |armed| {
                let now = machine.local(world.now());
                view::ring(now.us(), armed.set_at.us(), armed.deadline.us()).0
            });
            if let Some(ring) = by_id(&format!("ring-{}", id.number())) {
                let dashes = format!("{} {}", view::tenths(share * RING), view::tenths(RING));
                let _ = ring.set_attribute("stroke-dasharray", &dashes);
            }
        }
    }

    // ---- small questions of the components ---------------------------------------------------------

    /// The number of the part a machine plays.
    pub fn part(&self, machine: MachineId) -> Part {
        self.player.world().config().layout.part(machine)
    }

    /// Whether a message is there for the probe alone.
    pub fn is_of_probe(&self, flight: &Flight) -> bool {
        view::is_of_probe(self.player.world(), flight.from, flight.to, &flight.brief)
    }

    /// The story, the future of the playhead included.
    pub fn whole_story(&self) -> impl DoubleEndedIterator<Item = &Told> {
        self.player.story().iter().chain(self.player.story_ahead())
    }

    /// The ready scenarios, read when they are first asked for.
    pub fn fill_shelf(&mut self) {
        if self.shelf.is_empty() {
            self.shelf = scenario::presets().iter().filter_map(|preset| scenario::parse(preset.json).ok()).collect();
        }
    }
}

/// Length of the circle of a countdown ring.
pub const RING: f64 = std::f64::consts::TAU * 7.0;
/// How far beside a line messages travel.
const LANE: f64 = 4.0;
