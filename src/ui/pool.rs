//! A pool on the page: its nodes' cards, its balancers, and what is configured.

use yew::{Html, html};

use super::app::{Ask, Msg, on};
use super::icons::Icon;
use super::lab::{Dialog, Lab};
use super::parts::{Button, class_list};
use super::stage::{chip, place};
use crate::ha::pool::inspect::{Load, Pressure, Standing, balancers, load, options};
use crate::ha::pool::{Strategy, WINDOW};
use crate::i18n::{PoolOptions, pool, status};
use crate::scenario::{Action, Target};
use crate::sim::{MachineId, Status};
use crate::view::pool::{Place, WorkerView, places, workers};
use crate::view::{Density, Health, form, whole};

/// The cards of all nodes.
#[inline(never)]
pub fn cards(lab: &Lab, ask: &Ask) -> Html {
    html! { <>{ for workers(lab.player.world()).iter().map(|worker| card(lab, worker, ask)) }</> }
}

/// Standing as an icon and a word, and the class of the card.
fn badge(lab: &Lab, worker: &WorkerView) -> (Icon, &'static str, &'static str) {
    let t = lab.lang.texts();
    match (worker.health, worker.standing) {
        (Health::Down, _) => (Icon::Cross, t.down_word, "down"),
        (Health::Frozen, _) => (Icon::Snow, t.frozen_word, "frozen"),
        (Health::Starting, _) => {
            (Icon::Turn, status(lab.lang, lab.player.world().machine(worker.machine).status()), "busy")
        }
        _ if worker.overflows => (Icon::Alert, t.worker_overloaded, "warn"),
        (_, Standing::Draining(_)) => (Icon::Turn, t.worker_draining, "busy"),
        (_, Standing::Ejected(_)) => (Icon::Alert, t.worker_ejected, "warn"),
        (_, Standing::Out) => (Icon::Alert, t.worker_out, "warn"),
        (_, Standing::Warming(_)) => (Icon::Rise, t.worker_warming, "busy"),
        (_, Standing::In | Standing::Unknown) => (Icon::Check, t.worker_in, "standby"),
    }
}

/// For tests.
fn word(standing: Standing) -> &'static str {
    match standing {
        Standing::In => "in",
        Standing::Warming(_) => "warming",
        Standing::Out => "out",
        Standing::Ejected(_) => "ejected",
        Standing::Draining(_) => "draining",
        Standing::Unknown => "unknown",
    }
}

fn card(lab: &Lab, worker: &WorkerView, ask: &Ask) -> Html {
    let t = lab.lang.texts();
    let machine = worker.machine;
    let number = machine.number();
    let name = lab.names.heading(lab.lang, machine);
    let (icon, role, class) = badge(lab, worker);
    let dense = lab.plan.density;
    let selected = lab.selected == machine;
    let classes = class_list(&[
        ("box node", true),
        (class, true),
        ("selected", selected),
        ("compact", dense == Density::Compact),
        ("chipped", dense == Density::Chip),
    ]);
    let on_it = Target::of(&lab.player.world().config().layout, machine);
    let cells = places(worker).map(|place| {
        html! { <i class={match place {
            Place::Busy => "",
            Place::Taken => "queued",
            Place::Idle => "missing",
            Place::Free => "empty",
        }}></i> }
    });
    let button = |test: String, class: &'static str, text: &'static str, action: Action| {
        Button { test, class, text, title: &format!("{text}: {name}"), ..Button::default() }.html(ask, Msg::Act(action))
    };
    let kill = if worker.health == Health::Down {
        button(format!("restart-{number}"), "go", t.restart_node, Action::Restart { on: on_it })
    } else {
        button(format!("kill-{number}"), "kill", t.kill, Action::MachineCrash { on: on_it })
    };
    let drain = if worker.draining {
        button(format!("ready-{number}"), "go", t.undrain, Action::Ready { on: on_it })
    } else {
        button(format!("drain-{number}"), "", t.drain, Action::Drain { on: on_it })
    };
    let standing = if dense == Density::Full { pool::standing } else { pool::standing_briefly };
    let line = match worker.health {
        Health::Down | Health::Frozen | Health::Starting => {
            let state = status(lab.lang, lab.player.world().machine(machine).status());
            format!("{state} · {}", pool::standing_briefly(lab.lang, worker.standing))
        }
        Health::Up => standing(lab.lang, worker.standing),
    };
    let small = dense == Density::Chip;
    let (busy, waiting) = if small {
        (format!("{}/{}", worker.busy, worker.servers), format!("{}/{}", worker.queued, worker.queue))
    } else {
        let busy = pool::busy(lab.lang, worker.busy, worker.servers);
        (busy, pool::waiting(lab.lang, worker.queued, worker.queue))
    };
    let more = format!("{}: {name}", t.more_about);
    let load = format!(
        "{} · {}",
        pool::busy(lab.lang, worker.busy, worker.servers),
        pool::waiting(lab.lang, worker.queued, worker.queue)
    );
    html! {
        <article class={classes} style={place(lab.plan.rect(machine))} key={format!("m{machine:?}")}
            data-testid={format!("node-{number}")} data-role="worker" data-state={worker.health.word()}
            data-standing={word(worker.standing)} aria-label={format!("{name}: {role}")} onclick={on(ask, Msg::Select(machine))}>
            <div class="top">
                <button type="button" class="name" aria-pressed={selected.to_string()} title={format!("{}: {name}", t.node)}
                    onclick={on(ask, Msg::Select(machine))}><span>{ name.clone() }</span></button>
                <span class="badge">{ icon.sized(12) }<span>{ role }</span></span>
            </div>
            <p class="line">{ line }</p>
            <div class="bar" aria-hidden="true">{ for cells }</div>
            <div class="ends" title={load}><span>{ busy }</span><span>{ waiting }</span></div>
            <div class="acts">
                { kill }
                if !small { { drain } }
                // Beside "restart" a small card has no room for more; "break something" has it all.
                if !small || worker.health != Health::Down {
                    { Button { class: "menu", icon: Some(Icon::Dots), title: &more, ..Button::default() }
                        .html(ask, Msg::Open(Dialog::Faults(machine))) }
                }
            </div>
            if worker.gray { <span class="flag bad">{ Icon::Alert.sized(11) }{ t.gray }</span> }
            else if worker.cold_permille > 1_000 { <span class="flag">{ t.cold }</span> }
        </article>
    }
}

/// What a balancer says of the pool: its line, and how it is to be taken.
#[inline(never)]
pub fn balancer_line(lab: &Lab) -> (String, Pressure) {
    match load(lab.player.world()) {
        Some(now) => (pool::load(lab.lang, now), now.pressure()),
        None => (status(lab.lang, Status::Up).to_owned(), Pressure::Calm),
    }
}

/// A warning before anything breaks, and while it does.
#[inline(never)]
pub fn alarm(lab: &Lab) -> Html {
    let Some(now) = load(lab.player.world()) else { return html! {} };
    let class = match now.pressure() {
        Pressure::Calm => return html! {},
        Pressure::Tight => "alarm pressure",
        Pressure::Over => "alarm pressure split",
    };
    // Beside the last balancer, where there is room: it may stand there for long.
    let last = lab.player.world().config().layout.balancers.last();
    let style = last
        .map(|id| lab.plan.rect(*id))
        .filter(|rect| rect.right() + 200.0 < lab.plan.width)
        .map(|rect| format!("left:{}px;top:{}px;right:auto", whole(rect.right() + 14.0), whole(rect.y - 14.0)));
    html! {
        <p {class} {style} role="status" data-testid="pressure">{ Icon::Alert.html() }{ pool::pressure(lab.lang, now) }</p>
    }
}

fn strategy(options: &PoolOptions, strategy: Strategy) -> &'static str {
    match strategy {
        Strategy::RoundRobin => options.round_robin.name,
        Strategy::Weighted => options.weighted.name,
        Strategy::Random => options.random.name,
        Strategy::LeastConnections => options.least_connections.name,
        Strategy::TwoChoices => options.two_choices.name,
        Strategy::ConsistentHash => options.consistent_hash.name,
    }
}

/// What is configured, in a word each.
#[inline(never)]
pub fn chips(lab: &Lab, ask: &Ask) -> Html {
    let Some(options) = options(lab.player.world()) else { return html! {} };
    let p = lab.lang.pool_options();
    let t = lab.lang.texts();
    let balancer = &options.balancer;
    let checks = match balancer.check {
        None => t.none,
        Some(check) if check.deep => p.deep.name,
        Some(_) => t.yes,
    };
    let yes = |is: bool| if is { t.yes } else { t.none };
    let client_budget = lab.player.world().config().clients.retry_budget;
    let budget = client_budget.or(balancer.retries.and_then(|retries| retries.budget));
    let page = form::Page::Balancer;
    html! {
        <>
            { chip(ask, p.strategy.name, strategy(p, balancer.strategy), page) }
            { chip(ask, p.check.name, checks, page) }
            { chip(ask, p.ejection.name, yes(balancer.ejection.is_some()), page) }
            { chip(ask, p.budget.name, yes(budget.is_some()), page) }
        </>
    }
}

/// What the inspector says of a node or a balancer.
#[inline(never)]
pub fn facts(lab: &Lab, machine: MachineId) -> Vec<(&'static str, String)> {
    let t = lab.lang.texts();
    let world = lab.player.world();
    if let Some(worker) = workers(world).iter().find(|worker| worker.machine == machine) {
        return vec![
            (t.busy_servers, format!("{} / {}", worker.busy, worker.servers)),
            (t.waiting_requests, format!("{} / {}", worker.queued, worker.queue)),
            (t.as_balancer_sees_it, pool::standing(lab.lang, worker.standing)),
        ];
    }
    let Some((_, balancer)) = balancers(world).find(|(id, _)| *id == machine) else { return Vec::new() };
    let p = lab.lang.pool_options();
    let mut facts = Vec::new();
    if let Some(options) = options(world) {
        facts.push((p.strategy.name, strategy(p, options.balancer.strategy).to_owned()));
    }
    if let Some(Load { permille, one_less_permille, .. }) = load(world) {
        let percent = |permille: u32| crate::i18n::ppm(lab.lang, permille.div_ceil(10) * 10_000);
        facts.push((t.utilisation, percent(permille)));
        facts.push((t.one_node_less, one_less_permille.map_or_else(|| t.none.to_owned(), percent)));
    }
    let lately = balancer.sent_lately() / WINDOW as u32;
    facts.push((t.requests_a_second, lately.to_string()));
    facts.push((t.retries_made, balancer.retries().to_string()));
    if let Some(tokens) = balancer.tokens() {
        facts.push((t.retry_tokens, tokens.left().to_string()));
    }
    facts
}
