//! The timeline: transport, clock, and the ribbon of the service's state with a playhead to drag.

use web_sys::{KeyboardEvent, PointerEvent};
use yew::{Event as DomEvent, Html, html};

use super::app::{Ask, Msg};
use super::browser;
use super::icons::Icon;
use super::lab::Lab;
use super::panel::chosen;
use super::parts::{Button, class_list};
use crate::ha::Ha;
use crate::ha::message::Command;
use crate::ha::note::Note;
use crate::i18n::{clock, length, state, times};
use crate::measure::State;
use crate::player::{SPEEDS, StepBy};
use crate::sim::{Event, Fault, MachineId, SimTime};
use crate::view::{Scale, fixed, spread};

/// The timeline.
#[inline(never)]
pub fn view(lab: &Lab, ask: &Ask) -> Html {
    html! {
        <footer class="time" aria-label={lab.lang.texts().timeline}>
            { transport(lab, ask) }
            { ribbon(lab, ask) }
        </footer>
    }
}

fn transport(lab: &Lab, ask: &Ask) -> Html {
    let t = lab.lang.texts();
    let playing = lab.pace.playing;
    let icon = |test: &str, icon, title, off| Button {
        test: test.to_owned(),
        class: "icon",
        icon: Some(icon),
        title,
        off,
        ..Button::default()
    };
    let now = clock(lab.player.now().us());
    let (whole, fine) = now.split_at(now.len() - 3);
    let speed = lab.pace.speed_permille;
    let mut speeds: Vec<u32> = SPEEDS.to_vec();
    if !speeds.contains(&speed) {
        speeds.push(speed);
        speeds.sort_unstable();
    }
    let options = speeds.clone();
    let here = speeds.iter().position(|option| *option == speed).unwrap_or(0);
    let pick = ask.clone();
    let onchange = move |event: DomEvent| {
        if let Some(speed) = speeds.get(chosen(&event)) {
            pick.emit(Msg::Speed(*speed));
        }
    };
    // Beyond tenfold, fractions of the reached speed are noise.
    let rounded = |reached: u32| if reached > 10_000 { reached / 1_000 * 1_000 } else { reached };
    let slowed = lab.pace.reached_permille().map(|reached| times(rounded(reached).into()));
    let past = lab.player.now() < lab.player.explored();
    html! {
        <div class="transport">
            { icon("restart", Icon::Restart, t.restart_same, false).html(ask, Msg::Restart(false)) }
            { icon("restart-new", Icon::Dice, t.restart_new, false).html(ask, Msg::Restart(true)) }
            <span class="sep"></span>
            { icon("step-back", Icon::Back, t.step_back, lab.player.now() == SimTime::ZERO).html(ask, Msg::Step(StepBy::Event, false)) }
            { Button { test: "play".into(), class: "primary play", icon: Some(if playing { Icon::Pause } else { Icon::Play }),
                title: if playing { t.pause } else { t.play }, pressed: Some(playing), ..Button::default() }.html(ask, Msg::Play) }
            { icon("step-forward", Icon::Forward, t.step_forward, false).html(ask, Msg::Step(StepBy::Event, true)) }
            <span class="clock" data-testid="clock">{ whole.to_owned() }<small>{ fine.to_owned() }</small></span>
            <label><span>{ t.speed }</span>
                <select data-testid="speed" aria-label={t.speed} data-index={here.to_string()} {onchange}>
                    { for options.iter().map(|option| html! {
                        <option selected={*option == speed}>{ times((*option).into()) }</option>
                    }) }
                </select>
            </label>
            if let Some(reached) = slowed { <span class="note">{ t.reaches }{ " " }{ reached }</span> }
            { Button { class: "text", test: "slow-at-faults".into(), text: t.slow_at_faults,
                pressed: Some(lab.pace.slow_at_faults), ..Button::default() }
                .html(ask, Msg::SlowAtFaults) }
            <span class="sep"></span>
            { Button { class: "text undo", test: "undo".into(), icon: Some(Icon::Undo), text: t.undo,
                off: !lab.player.can_undo() && lab.left.is_none(), ..Button::default() }
                .html(ask, Msg::Undo) }
            { Button { class: "text undo", test: "redo".into(), icon: Some(Icon::Redo), text: t.redo,
                off: !lab.player.can_redo(), ..Button::default() }
                .html(ask, Msg::Redo) }
            <span class="end">
                if past {
                    { Button { class: "text", test: "to-end".into(), text: t.back_to_now, ..Button::default() }.html(ask, Msg::End) }
                }
                <span>{ format!("{} {}", t.seed, lab.player.seed()) }</span>
                if !past { <span class="wide">{ "· " }{ t.drag_hint }</span> }
            </span>
        </div>
    }
}

/// A mark above the ribbon: a fault, a repair, or a change of master.
struct Stroke {
    at: SimTime,
    class: &'static str,
    icon: Icon,
    who: Option<MachineId>,
}

fn stroke(at: SimTime, event: &Event<Ha>) -> Option<Stroke> {
    let of = |class, icon, who| Some(Stroke { at, class, icon, who });
    match *event {
        Event::Fault { fault, .. } => {
            let (class, icon) = match fault {
                Fault::Restart(_)
                | Fault::Thaw(_)
                | Fault::Mend(..)
                | Fault::Heal
                | Fault::Command(_, Command::Recover | Command::Restore | Command::Load(1000)) => ("", Icon::Turn),
                Fault::Command(_, Command::Promote | Command::Switchover(_)) => ("", Icon::Person),
                Fault::Freeze(_) => ("fault", Icon::Snow),
                Fault::Cut(..) | Fault::Partition(_) => ("fault", Icon::Scissors),
                _ => ("fault", Icon::Cross),
            };
            of(class, icon, fault.machine())
        }
        Event::Note { machine, note: Note::BecameMaster { .. }, .. } if at > SimTime::ZERO => {
            of("rise", Icon::Crown, Some(machine))
        }
        _ => None,
    }
}

/// Marks that are drawn at most.
const STROKES: usize = 160;

fn ribbon(lab: &Lab, ask: &Ask) -> Html {
    let t = lab.lang.texts();
    let explored = lab.player.explored();
    let now = lab.player.now();
    let scale = Scale::new(explored);
    let width = (lab.plan.width + if lab.narrow { 0.0 } else { 384.0 } - 32.0).max(200.0);
    let percent = |share: f64| format!("{}%", fixed(share * 100.0, 3));
    let stretches = lab.player.explored_ledger().ribbon();
    let pieces = stretches.iter().enumerate().flat_map(|(index, stretch)| -> Vec<Html> {
        let until = stretches.get(index + 1).map_or(explored, |next| next.from);
        let class = match stretch.state {
            State::Up => "",
            State::PartlyDown | State::WritesOnly => "partly",
            State::ReadsOnly => "reads",
            State::Down => "down",
        };
        let shards = super::cluster::shards_down(lab, stretch.from, until);
        let title = format!("{}{shards}", state(lab.lang, stretch.state));
        // What lies beyond the playhead is pale: it may still become different.
        let middle = now.clamp(stretch.from, until);
        let halves =
            [(stretch.from, middle, ""), (middle, until, "after")].into_iter().filter(|(from, to, _)| from < to);
        halves
            .map(|(from, to, after)| {
                let (from, width) = (scale.share(from), scale.share(to) - scale.share(from));
                let style = format!("left:{};width:{}", percent(from), percent(width));
                html! { <i class={format!("{class} {after}")} style={style} title={title.clone()}></i> }
            })
            .collect()
    });
    let mut strokes: Vec<Stroke> =
        lab.whole_story().rev().filter_map(|told| stroke(told.at, &told.event)).take(STROKES).collect();
    strokes.reverse();
    strokes.dedup_by_key(|stroke| (stroke.at, stroke.class, stroke.who));
    let places: Vec<f64> = strokes.iter().map(|stroke| scale.share(stroke.at) * width).collect();
    let labelled = spread(&places, 32.0);
    let marks = strokes.iter().zip(labelled).map(|(stroke, labelled)| {
        let who = stroke.who.map(|machine| crate::ha::inspect::short_name(lab.part(machine)));
        html! {
            <span class={format!("mark {}", stroke.class)} style={format!("left:{}", percent(scale.share(stroke.at)))}>
                if labelled { <span>{ stroke.icon.sized(11) }{ who }</span> }
            </span>
        }
    });
    let ticks = scale.ticks(width);
    let last = ticks.len().saturating_sub(1);
    let ticks = ticks.iter().enumerate().map(|(index, tick)| {
        let class = class_list(&[("tick", true), ("first", index == 0), ("last", index == last)]);
        html! { <span {class} style={format!("left:{}", percent(tick.share))}>{ length(lab.lang, tick.at_us) }</span> }
    });
    let seek = ask.clone();
    let drag = move |event: PointerEvent| {
        let Some(ribbon) = browser::by_id("ribbon") else { return };
        if event.type_() == "pointerdown" {
            let _ = ribbon.set_pointer_capture(event.pointer_id());
            seek.emit(Msg::Hold(true));
        } else if event.buttons() & 1 == 0 {
            return;
        }
        let bounds = ribbon.get_bounding_client_rect();
        let share = (f64::from(event.client_x()) - bounds.left()) / bounds.width().max(1.0);
        seek.emit(Msg::Seek(scale.instant(share).min(explored)));
    };
    let released = ask.clone();
    let let_go = move |_: PointerEvent| released.emit(Msg::Hold(false));
    let by_key = ask.clone();
    let onkeydown = move |event: KeyboardEvent| {
        let step = (scale.end_us / 100).max(1);
        let page = scale.end_us / 10;
        let to = match event.key().as_str() {
            "ArrowLeft" | "ArrowDown" => now.us().saturating_sub(step),
            "ArrowRight" | "ArrowUp" => now.us() + step,
            "PageDown" => now.us().saturating_sub(page),
            "PageUp" => now.us() + page,
            "Home" => 0,
            "End" => explored.us(),
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        by_key.emit(Msg::Seek(SimTime::from_us(to)));
    };
    html! {
        <div class="ribbon" id="ribbon" data-testid="ribbon" role="slider" tabindex="0" aria-label={t.playhead} aria-valuemin="0"
            aria-valuemax={(explored.us() / 1_000).to_string()} aria-valuenow={(now.us() / 1_000).to_string()}
            aria-valuetext={clock(now.us())}
            onpointerdown={drag.clone()} onpointermove={drag} onpointerup={let_go.clone()} onpointercancel={let_go} {onkeydown}>
            <div class="track">{ for pieces }</div>
            { for marks }
            { for ticks }
            <span class="head-line" style={format!("left:{}", percent(scale.share(now)))}></span>
        </div>
    }
}
