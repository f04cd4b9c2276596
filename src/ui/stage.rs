//! The stage: clients, router, nodes and the wires between them. Still parts are HTML and SVG; what moves is
//! painted on the canvas.

use yew::{Html, html};

use super::app::{Ask, Msg, on};
use super::icons::Icon;
use super::lab::{Dialog, Lab};
use super::parts::{Button, class_list};
use crate::ha::cluster::{EnsembleConfig, Protocol, Reads};
use crate::ha::config::{Decision, ReplicationMode, Router, SystemKind};
use crate::ha::inspect::Role;
use crate::ha::pool::inspect::Pressure;
use crate::ha::{NodeKind, Part};
use crate::i18n::{
    Dialect, Doing, Lang, cuts_power, doing, doing_briefly, holds, option_name, status, text, was_called,
};
use crate::scenario::{Action, Target};
use crate::sim::MachineId;
use crate::view::{self, Cell, Density, Health, NodeView, Place, Rect, form, whole};

/// The stage with its controls.
pub fn view(lab: &Lab, ask: &Ask) -> Html {
    // A window that is too low is scrolled; what stands below the picture stays below it.
    let height = if lab.narrow { lab.plan.height } else { lab.plan.least_height };
    let height = format!("{}height:{}px", if lab.narrow { "" } else { "min-" }, whole(height.ceil()));
    let ways = view::way_leads_to(lab.player.world());
    html! {
        <main class="stage" id="stage" tabindex="-1" data-testid="stage" aria-label={text!(lab.lang, stage)}>
            <div class="chips">if lab.whole { { chips(lab, ask) } }</div>
            <div class="picture" id="picture" style={height}>
                { wires(lab, &ways, ask) }
                <canvas id="canvas" aria-hidden="true"></canvas>
                { for lab.plan.places.iter().filter(|place| !matches!(place.part, Part::Data(_)))
                    .map(|place| helper(lab, place, &ways, ask)) }
                { hub(lab, &ways) }
                { cards(lab, &ways, ask) }
                if lab.whole { { story(lab, ask) } }
                { alarm(lab) }
                { hint(lab) }
                { notice(lab, ask) }
            </div>
            <ul class="legend" aria-label={text!(lab.lang, legend)}>if lab.whole { { super::legend::view(lab) } }</ul>
        </main>
    }
}

/// The nodes that clients are led to.
fn cards(lab: &Lab, ways: &Ways, ask: &Ask) -> Html {
    let world = lab.player.world();
    if world.config().layout.is_pool() {
        return super::pool::cards(lab, ask);
    }
    if super::cluster::has_shards(lab) {
        return super::cluster::cards(lab, ask);
    }
    let window = view::window(view::leading_log(world));
    let nodes = view::nodes(world, lab.player.story());
    html! { <>{ for nodes.iter().map(|node| card(lab, node, &window, ways, ask)) }</> }
}

pub(super) fn place(rect: Rect) -> String {
    let [x, y, w, h] = [rect.x, rect.y, rect.w, rect.h].map(whole);
    format!("left:{x}px;top:{y}px;width:{w}px;height:{h}px")
}

/// What is configured, in a word each; a click leads to the options.
#[inline(never)]
fn chips(lab: &Lab, ask: &Ask) -> Html {
    let (t, lang) = (lab.lang.texts(), lab.lang);
    let config = lab.player.world().config();
    if config.layout.is_pool() {
        return super::pool::chips(lab, ask);
    }
    match &config.system {
        SystemKind::Ensemble(ensemble) => return ensemble_chips(lab, ensemble, ask),
        SystemKind::Cluster(_) if !config.layout.balancers.is_empty() => return super::cluster::chips(lab, ask),
        _ => {}
    }
    let nodes = &config.nodes;
    let replication = match nodes.replication.mode {
        _ if config.layout.storage.is_some() => option_name!(lang, shared_storage),
        ReplicationMode::Async => option_name!(lang, asynchronous),
        ReplicationMode::SemiSync(_) => option_name!(lang, semi_sync),
        ReplicationMode::Sync => option_name!(lang, sync),
    };
    let decision = match nodes.decision {
        Decision::Alone { .. } => option_name!(lang, alone),
        Decision::Majority => option_name!(lang, majority),
        Decision::Operator { .. } => option_name!(lang, by_operator),
        Decision::Manager => option_name!(lang, by_manager),
    };
    let fencing = [
        (nodes.fencing.stonith.is_some(), "STONITH"),
        (nodes.fencing.lease.is_some(), option_name!(lang, lease)),
        (nodes.fencing.epochs, option_name!(lang, epochs)),
    ];
    let fencing: Vec<_> = fencing.iter().filter(|(is_on, _)| *is_on).map(|(_, name)| *name).collect();
    let fencing = if fencing.is_empty() { option_name!(lang, no_fencing).to_owned() } else { fencing.join(" + ") };
    let router = router_name(lang, config.router);
    let single = config.layout.data.len() == 1;
    html! {
        <>
            if single {
                { chip(ask, option_name!(lang, system), option_name!(lang, single), form::Page::System) }
            } else {
                { chip(ask, option_name!(lang, replication), replication, form::Page::Replication) }
                { chip(ask, option_name!(lang, decision), decision, form::Page::Failover) }
                { chip(ask, t.chip_fencing, &fencing, form::Page::Failover) }
                if !config.layout.members.is_empty() { { super::cluster::members_chip(lab, ask) } }
            }
            // A manager tier leaves no room for two rows; the stage shows the router anyway.
            if config.layout.members.is_empty() {
                { chip(ask, option_name!(lang, router), router, form::Page::Router) }
            }
        </>
    }
}

/// How the members of an ensemble agree, and what their clients may read.
#[inline(never)]
fn ensemble_chips(lab: &Lab, ensemble: &EnsembleConfig, ask: &Ask) -> Html {
    let o = lab.lang.options();
    let config = lab.player.world().config();
    let protocol = match ensemble.protocol {
        Protocol::Raft(_) => o.etcd.name,
        Protocol::Zab(_) => o.zookeeper.name,
    };
    let reads = match ensemble.reads {
        Reads::Local => o.local_reads.name,
        Reads::Linearizable => o.linearizable.name,
    };
    html! {
        <>
            { chip(ask, o.protocol.name, protocol, form::Page::System) }
            { super::cluster::members_chip(lab, ask) }
            { chip(ask, o.read_level.name, reads, form::Page::System) }
            { chip(ask, o.router.name, router_name(lab.lang, config.router), form::Page::Router) }
        </>
    }
}

/// How clients find the master, in a word.
fn router_name(lang: Lang, router: Router) -> &'static str {
    match router {
        Router::Proxy { .. } => option_name!(lang, proxy),
        Router::Vip => "VIP",
        Router::Dns { .. } => option_name!(lang, dns),
        Router::Discovery | Router::Balancer => option_name!(lang, discovery),
    }
}

/// One of them.
pub(super) fn chip(ask: &Ask, name: &'static str, value: &str, page: form::Page) -> Html {
    html! {
        <button type="button" class="chip" onclick={on(ask, Msg::Open(Dialog::Settings(page)))}>
            { name }<b>{ value.to_owned() }</b>
        </button>
    }
}

type Ways = [(MachineId, Option<MachineId>)];

/// Whether a link is part of the way that requests take now.
fn is_used(lab: &Lab, link: &view::Link, ways: &Ways) -> bool {
    match link.ends {
        (a, Some(b)) => {
            ways.contains(&(a, Some(b)))
                || matches!(
                    (lab.part(a), lab.part(b)),
                    (Part::Client(_), Part::Proxy(_) | Part::Balancer(_)) if is_next_hop(lab, a, b)
                )
        }
        _ if link.net => false,
        (a, None) => matches!(lab.part(a), Part::Client(_)) || ways.iter().any(|(_, to)| *to == Some(a)),
    }
}

fn is_next_hop(lab: &Lab, site: MachineId, to: MachineId) -> bool {
    let process = lab.player.world().machine(site).process();
    let next = process.and_then(|process| match &process.kind {
        NodeKind::Client(client) => client.next_hop(),
        _ => None,
    });
    next == Some(to)
}

fn wires(lab: &Lab, ways: &Ways, ask: &Ask) -> Html {
    let world = lab.player.world();
    let is_dead = |id: MachineId| !world.machine(id).status().has_process();
    let (w, h) = (lab.plan.width, lab.plan.height);
    let lines = lab.plan.links.iter().enumerate().map(|(index, link)| {
        let (cut, impaired) = lab.link_state(link);
        let dead = is_dead(link.ends.0) || link.ends.1.is_some_and(is_dead);
        let used = is_used(lab, link, ways);
        let class =
            class_list(&[("wire", true), ("used", used && !cut), ("dead", dead), ("cut", cut), ("impaired", impaired)]);
        html! {
            <g key={link.name.clone()}>
                <path class={class} d={link.path.d.clone()} />
                <path class="hit" d={link.path.d.clone()} onclick={on(ask, Msg::Link(index))} />
            </g>
        }
    });
    html! {
        <>
            <svg viewBox={format!("0 0 {} {}", whole(w), whole(h))} aria-hidden="true">
                if lab.plan.network.is_some() { { super::cluster::network(lab) } }
                { for lines }
            </svg>
            if lab.whole { { handles(lab, ask) } }
        </>
    }
}

/// A button on each link.
#[inline(never)]
fn handles(lab: &Lab, ask: &Ask) -> Html {
    let t = lab.lang.texts();
    let handles = lab.plan.links.iter().enumerate().map(|(index, link)| {
        let (cut, impaired) = lab.link_state(link);
        let name = |id| lab.names.name(lab.lang, id);
        let other = if link.net { lab.lang.cluster_texts().net_label } else { t.clients };
        let other = link.ends.1.map_or_else(|| other.to_owned(), name);
        let what = if cut || impaired { t.mend_link } else { t.cut_link };
        let state = if cut {
            t.link_cut
        } else if impaired {
            t.link_impaired
        } else {
            ""
        };
        let title = format!("{what}: {} – {other} {state}", name(link.ends.0)).trim_end().to_owned();
        let style = format!("left:{}px;top:{}px", whole(link.handle.x), whole(link.handle.y));
        html! {
            <button type="button" key={link.name.clone()} id={format!("link-{index}")}
                class={class_list(&[("handle", true), ("cut", cut), ("impaired", impaired)])} style={style}
                data-testid={format!("link-{}", link.name)} title={title.clone()} aria-label={title}
                data-state={if cut { "cut" } else if impaired { "impaired" } else { "up" }}
                onclick={on(ask, Msg::Link(index))}>
                { if cut || impaired { Icon::Chain } else { Icon::Scissors }.html() }
            </button>
        }
    });
    html! { <>{ for handles }</> }
}

fn is_selected(lab: &Lab, machine: MachineId) -> bool {
    lab.selected == machine
}

/// A machine without data: client site, proxy, witness, name server, fencing device, operator.
fn helper(lab: &Lab, at: &Place, ways: &Ways, ask: &Ask) -> Html {
    let machine = at.machine;
    let world = lab.player.world();
    let health = Health::of(world.machine(machine).status());
    let name = lab.names.heading(lab.lang, machine);
    let leads_to = ways.iter().find(|(who, _)| *who == machine).and_then(|(_, to)| *to);
    let selected = is_selected(lab, machine);
    if let Part::Client(_) = at.part {
        return html! {
            <div class={class_list(&[("box site", true), ("failing", health == Health::Down)])} style={place(at.rect)}
                key={format!("m{machine:?}")}
                data-testid={format!("node-{}", machine.number())} data-role="client" data-state={health.word()}>
                <button type="button" aria-pressed={selected.to_string()} onclick={on(ask, Msg::Select(machine))}>
                    { Icon::Screen.sized(24) }
                    <span>{ name }</span>
                </button>
            </div>
        };
    }
    if let Part::Member(_) = at.part {
        return super::cluster::member(lab, at, ask);
    }
    device(lab, at, leads_to, ask)
}

/// What is neither client nor data node.
#[inline(never)]
fn device(lab: &Lab, at: &Place, leads_to: Option<MachineId>, ask: &Ask) -> Html {
    let machine = at.machine;
    let world = lab.player.world();
    let health = Health::of(world.machine(machine).status());
    let name = lab.names.heading(lab.lang, machine);
    let state = status(lab.lang, world.machine(machine).status());
    let process = world.machine(machine).process();
    let selected = is_selected(lab, machine);
    let (icon, kind, role) = match at.part {
        Part::Witness => (Icon::Eye, text!(lab.lang, witness), "witness"),
        Part::Dns => (Icon::Book, text!(lab.lang, dns), "dns"),
        Part::Fencer => (Icon::Bolt, text!(lab.lang, fencer), "fencer"),
        Part::Operator => (Icon::Person, text!(lab.lang, operator), "operator"),
        Part::Storage => (Icon::Disk, text!(lab.lang, storage), "storage"),
        Part::Balancer(_) => (Icon::Router, text!(lab.lang, balancer), "balancer"),
        _ => (Icon::Router, text!(lab.lang, proxy), "proxy"),
    };
    let title = if matches!(at.part, Part::Witness | Part::Proxy(_) | Part::Balancer(_)) {
        format!("{kind} {name}")
    } else {
        name
    };
    let is_balancer = matches!(at.part, Part::Balancer(_));
    let (pool_line, pressure) = if !is_balancer {
        (String::new(), Pressure::Calm)
    } else if world.config().layout.is_pool() {
        super::pool::balancer_line(lab)
    } else {
        (super::cluster::balancer_line(lab, machine), Pressure::Calm)
    };
    let line = if health != Health::Up {
        state.to_owned()
    } else if is_balancer {
        pool_line
    } else if let (Part::Proxy(_), Some(to)) = (at.part, leads_to) {
        format!("→ {}", lab.names.name(lab.lang, to))
    } else if let Part::Proxy(_) = at.part {
        text!(lab.lang, no_target).to_owned()
    } else {
        match process.map(|process| &process.kind) {
            Some(NodeKind::Fencer(fencer)) => {
                let data = &world.config().layout.data;
                let at_work = data.iter().enumerate().filter(|(index, _)| fencer.is_at_work(*index)).map(|(_, id)| *id);
                cuts_power(lab.lang, at_work, &lab.names)
            }
            Some(NodeKind::Operator(operator)) => {
                was_called(lab.lang, operator.calls().iter().map(|call| call.node), &lab.names)
            }
            Some(NodeKind::Storage(storage)) => {
                let epochs = world.config().nodes.fencing.epochs;
                holds(lab.lang, storage.log().last_index(), epochs.then_some(storage.reserved()))
            }
            Some(NodeKind::Dns(dns)) => format!("→ {}", lab.names.name(lab.lang, dns.record().0)),
            _ => state.to_owned(),
        }
    };
    let more = format!("{}: {title}", text!(lab.lang, more_about));
    let classes = class_list(&[
        ("box small node", true),
        ("selected", selected),
        ("down", health == Health::Down),
        ("frozen", health == Health::Frozen),
        ("warn", health == Health::Up && pressure > Pressure::Calm),
    ]);
    html! {
        <div class={classes}
            style={place(at.rect)} key={format!("m{machine:?}")} data-testid={format!("node-{}", machine.number())}
            data-role={role} data-state={health.word()} onclick={on(ask, Msg::Select(machine))}>
            { icon.sized(18) }
            <button type="button" class="who" aria-pressed={selected.to_string()} onclick={on(ask, Msg::Select(machine))}>
                <b>{ title.clone() }</b><span>{ line }</span>
            </button>
            { Button { class: "menu quiet", icon: Some(Icon::Dots), title: &more, ..Button::default() }
                .html(ask, Msg::Open(Dialog::Faults(machine))) }
        </div>
    }
}

/// Where the clients' ways meet.
fn hub(lab: &Lab, ways: &Ways) -> Html {
    let Some(rect) = lab.plan.hub else { return html! {} };
    let name = match lab.player.world().config().router {
        Router::Vip => option_name!(lab.lang, vip),
        other => router_name(lab.lang, other),
    };
    let mut targets: Vec<_> = ways.iter().filter_map(|(_, to)| *to).collect();
    targets.sort_unstable();
    targets.dedup();
    let to = lab.names.list(lab.lang, targets.into_iter());
    let to = if to.is_empty() { "→ ?".to_owned() } else { format!("→ {to}") };
    html! {
        <div class="box small hub" style={place(rect)} key="hub">
            { Icon::Route.sized(16) }
            <div class="who"><b>{ name }</b><span>{ to }</span></div>
        </div>
    }
}

/// Role as an icon and a word, and the class of the card.
fn badge(lab: &Lab, node: &NodeView) -> (Icon, &'static str, &'static str) {
    match (node.health, node.role) {
        (Health::Down, _) => (Icon::Cross, text!(lab.lang, down_word), "down"),
        (Health::Frozen, _) => (Icon::Snow, text!(lab.lang, frozen_word), "frozen"),
        (Health::Starting, _) => {
            (Icon::Turn, status(lab.lang, lab.player.world().machine(node.machine).status()), "busy")
        }
        _ if node.poisoned => (Icon::Alert, text!(lab.lang, poisoned), "warn"),
        (_, Some(role)) if lab.names.dialect != Dialect::Pair => member_badge(lab, role),
        (_, Some(Role::Master)) => (Icon::Crown, text!(lab.lang, master), "master"),
        (_, Some(Role::SteppingDown)) => (Icon::Crown, text!(lab.lang, role_stepping_down), "busy"),
        (_, Some(Role::Suspecting)) => (Icon::Alert, text!(lab.lang, role_suspecting), "suspects"),
        (_, Some(Role::Candidate)) => (Icon::Ballot, text!(lab.lang, candidate), "busy"),
        (_, Some(Role::Fencing)) => (Icon::Bolt, text!(lab.lang, role_fencing), "busy"),
        (_, Some(Role::Promoting)) => (Icon::Rise, text!(lab.lang, role_promoting), "busy"),
        (_, Some(Role::Restoring)) => (Icon::Disk, text!(lab.lang, role_restoring), "busy"),
        (_, Some(Role::Rejoining)) => (Icon::Turn, text!(lab.lang, role_rejoining), "warn"),
        _ => (Icon::Shield, text!(lab.lang, standby), "standby"),
    }
}

/// The same for a member of an ensemble.
#[inline(never)]
pub(super) fn member_badge(lab: &Lab, role: Role) -> (Icon, &'static str, &'static str) {
    let (icon, class) = match role {
        Role::Leader => (Icon::Crown, "master"),
        Role::SteppingDown => (Icon::Crown, "busy"),
        Role::Elected => (Icon::Rise, "busy"),
        Role::PreCandidate => (Icon::Alert, "suspects"),
        Role::Candidate | Role::Looking => (Icon::Ballot, "busy"),
        Role::Joining => (Icon::Turn, "warn"),
        Role::Outside | Role::Halted => (Icon::Cross, "warn"),
        _ => (Icon::Shield, "standby"),
    };
    (icon, crate::i18n::role(lab.lang, role), class)
}

fn card(lab: &Lab, node: &NodeView, window: &[u32], ways: &Ways, ask: &Ask) -> Html {
    let machine = node.machine;
    let number = machine.number();
    let name = lab.names.heading(lab.lang, machine);
    let (icon, word, class) = badge(lab, node);
    let uneasy = matches!(node.doing, Doing::Follows { silent_us, limit_us, .. } if silent_us * 100 > limit_us * 55);
    let dense = lab.plan.density;
    let selected = is_selected(lab, machine);
    let classes = class_list(&[
        ("box node", true),
        (class, true),
        ("uneasy", uneasy),
        ("selected", selected),
        ("compact", dense == Density::Compact),
        ("chipped", dense == Density::Chip),
    ]);
    let layout = &lab.player.world().config().layout;
    let on_it = Target::of(layout, machine);
    let cells = view::cells(window, node.log).map(|cell| {
        html! { <i class={match cell {
            Cell::Committed => "",
            Cell::Pending => "pending",
            Cell::Diverged => "diverged",
            Cell::Missing => "missing",
            Cell::Empty => "empty",
        }}></i> }
    });
    let is_master = matches!(node.role, Some(Role::Master | Role::Leader));
    let unacknowledged = node.unacknowledged;
    let small = dense == Density::Chip;
    let right = if node.dataless {
        if small { String::new() } else { text!(lab.lang, on_storage).to_owned() }
    } else if small && is_master && unacknowledged == 0 {
        String::new()
    } else if let (Some(_), true) = (node.log.diverged, dense != Density::Chip) {
        text!(lab.lang, log_diverged).to_owned()
    } else if is_master && unacknowledged > 0 {
        let word = if dense == Density::Full { text!(lab.lang, unacknowledged) } else { text!(lab.lang, waiting) };
        format!("{unacknowledged} {word}")
    } else if is_master && dense == Density::Full {
        format!("{} {}", text!(lab.lang, acknowledged), node.log.committed)
    } else if is_master {
        String::new()
    } else {
        format!("{} {}", text!(lab.lang, lag), node.lag)
    };
    let log = if node.dataless { String::new() } else { format!("{} {}", text!(lab.lang, log), node.log.last) };
    let kill = if node.health == Health::Down {
        Button {
            test: format!("restart-{number}"),
            class: "go",
            text: text!(lab.lang, restart_node),
            title: &format!("{}: {name}", text!(lab.lang, restart_node)),
            ..Button::default()
        }
        .html(ask, Msg::Act(Action::Restart { on: on_it }))
    } else {
        Button {
            test: format!("kill-{number}"),
            class: "kill",
            text: text!(lab.lang, kill),
            title: &format!("{}: {name}", text!(lab.lang, kill)),
            ..Button::default()
        }
        .html(ask, Msg::Act(Action::MachineCrash { on: on_it }))
    };
    let freeze = match node.health {
        Health::Down | Health::Starting => html! {},
        Health::Frozen => Button {
            text: text!(lab.lang, thaw),
            class: "go",
            title: &format!("{}: {name}", text!(lab.lang, thaw)),
            ..Button::default()
        }
        .html(ask, Msg::Act(Action::Thaw { on: on_it })),
        Health::Up => Button {
            text: text!(lab.lang, freeze),
            title: &format!("{}: {name}", text!(lab.lang, freeze)),
            ..Button::default()
        }
        .html(ask, Msg::Act(Action::Freeze { on: on_it })),
    };
    let line = if dense == Density::Full { doing } else { doing_briefly }(lab.lang, node.doing, &lab.names);
    let more = format!("{}: {name}", text!(lab.lang, more_about));
    let has_address = lab.plan.hub.is_some()
        && matches!(lab.player.world().config().router, Router::Vip)
        && ways.iter().any(|(_, to)| *to == Some(machine));
    html! {
        <article class={classes} style={place(lab.plan.rect(machine))} key={format!("m{machine:?}")}
            data-testid={format!("node-{number}")} data-role={node.role_word()} data-state={node.health.word()}
            aria-label={format!("{name}: {word}")} onclick={on(ask, Msg::Select(machine))}>
            <div class="top">
                <button type="button" class="name" aria-pressed={selected.to_string()} title={format!("{}: {name}", text!(lab.lang, node))}
                    onclick={on(ask, Msg::Select(machine))}>
                    <svg class="ring" width="19" height="19" viewBox="-9.5 -9.5 19 19" aria-hidden="true">
                        <circle r="7" /><circle class="run" r="7" id={format!("ring-{number}")} />
                    </svg>
                    <span>{ name.clone() }</span>
                </button>
                <span class="badge">{ icon.sized(12) }<span>{ word }</span></span>
            </div>
            <p class="line">{ line }</p>
            <div class="bar" aria-hidden="true">{ for cells }</div>
            <div class="ends"><span>{ log }</span><span>{ right }</span></div>
            <div class="acts">
                { kill }
                if !small { { freeze } }
                { Button { class: "menu", icon: Some(Icon::Dots), title: &more, ..Button::default() }
                    .html(ask, Msg::Open(Dialog::Faults(machine))) }
            </div>
            if has_address { <span class="flag">{ "VIP" }</span> }
            if node.gray { <span class="flag bad">{ Icon::Alert.sized(11) }{ text!(lab.lang, gray) }</span> }
            else if node.degraded { <span class="flag bad">{ Icon::Alert.sized(11) }{ text!(lab.lang, degraded_word) }</span> }
        </article>
    }
}

/// The story of the scenario, where the stage has room for it.
#[inline(never)]
fn story(lab: &Lab, ask: &Ask) -> Html {
    let t = lab.lang.texts();
    let above = |part: Part| matches!(part, Part::Client(_) | Part::Proxy(_) | Part::Balancer(_));
    let left = lab.plan.places.iter().filter(|place| above(place.part));
    let room = left.map(|place| place.rect.x).fold(lab.plan.hub.map_or(f64::INFINITY, |hub| hub.x), f64::min) - 34.0;
    let text = super::parts::text(lab.lang, &lab.player.scenario().story).to_owned();
    if !lab.story || lab.narrow || room < 180.0 || text.is_empty() {
        return html! {};
    }
    // It ends above whatever stands below it; the rest is in its title.
    let below = lab.plan.places.iter().filter(|place| !above(place.part)).map(|place| place.rect.y);
    let lines = ((below.fold(f64::INFINITY, f64::min) - 16.0) / 18.2).clamp(3.0, 13.0);
    html! {
        <aside class="story" style={format!("width:{}px", whole(room.min(270.0)))} aria-label={t.story}>
            <p title={text.clone()} style={format!("-webkit-line-clamp:{}", lines as u32)}>{ text }</p>
            { Button { class: "quiet", icon: Some(Icon::Cross), title: t.dismiss, ..Button::default() }.html(ask, Msg::Story) }
        </aside>
    }
}

/// Two masters at once, and worse.
fn alarm(lab: &Lab) -> Html {
    if lab.player.world().config().layout.is_pool() {
        return super::pool::alarm(lab);
    }
    let ledger = lab.player.ledger();
    let (class, text) = if ledger.split_brains().last().is_some_and(|split| split.until.is_none()) {
        ("alarm split", text!(lab.lang, split_brain_now))
    } else if ledger.dual_master() {
        ("alarm", text!(lab.lang, dual_master))
    } else {
        return html! {};
    };
    html! { <p {class} role="status">{ Icon::Alert.html() }{ text }</p> }
}

/// The only hint of the first visit: at the master's kill button.
fn hint(lab: &Lab) -> Html {
    let Some(master) = lab.master().filter(|_| lab.hint) else { return html! {} };
    let rect = lab.plan.rect(master);
    html! {
        <p class="hint" role="note" style={format!("left:{}px;top:{}px", whole(rect.x + 22.0), whole(rect.bottom()))} key="hint">
            { text!(lab.lang, hint_kill) }
        </p>
    }
}

fn notice(lab: &Lab, ask: &Ask) -> Html {
    match &lab.notice {
        Some(notice) => html! {
            <div class="notice" role="status" key="notice">
                <span>{ notice.clone() }</span>
                { Button { text: text!(lab.lang, dismiss), ..Button::default() }.html(ask, Msg::Dismiss) }
            </div>
        },
        None => html! {},
    }
}
