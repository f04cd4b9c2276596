//! A cluster on the page: its workers' cards, its manager's members, its balancers, and what the inspector says of them.

use yew::{Html, html};

use super::app::{Ask, Msg, on};
use super::browser::by_id;
use super::icons::Icon;
use super::lab::{Dialog, Lab, RING};
use super::parts::{Button, class_list};
use super::stage::{chip, member_badge, place};
use crate::ha::cluster::registry::Registry;
use crate::ha::cluster::{Gateway, Member, Protocol, Worker};
use crate::ha::config::ReplicationMode;
use crate::ha::inspect::{Role, short_name};
use crate::i18n::{ClusterTexts, cluster as say, doing, doing_briefly, node_name, status};
use crate::scenario::{Action, Target};
use crate::sim::MachineId;
use crate::view::cluster::{
    Hold, ShardView, Standing, WorkerView, claim, manager_waits, member_view, routes, survives, workers,
};
use crate::view::{self, Density, Health, Place, form, tenths};

/// What only a cluster needs of the style sheet.
const STYLES: &str = include_str!("../../assets/styles/cluster.css");

/// Whether the data are in shards on workers: then their cards are about shards, not about one log.
pub fn has_shards(lab: &Lab) -> bool {
    lab.player.world().config().shards() > 1
}

/// The cards of all workers.
#[inline(never)]
pub fn cards(lab: &Lab, ask: &Ask) -> Html {
    html! { <>{ for workers(lab.player.world()).iter().map(|worker| card(lab, worker, ask)) }</> }
}

/// What a worker is, as an icon and a word, and the class of the card.
fn badge(lab: &Lab, worker: &WorkerView) -> (Icon, &'static str, &'static str) {
    let t = lab.lang.texts();
    let w = lab.lang.cluster_texts();
    match (worker.health, worker.standing) {
        (Health::Down, _) => (Icon::Cross, t.down_word, "down"),
        (Health::Frozen, _) => (Icon::Snow, t.frozen_word, "frozen"),
        (Health::Starting, _) => {
            (Icon::Turn, status(lab.lang, lab.player.world().machine(worker.machine).status()), "busy")
        }
        _ if worker.poisoned => (Icon::Alert, t.poisoned, "warn"),
        (_, Standing::Claiming | Standing::Gone) => (Icon::Alert, w.standing_claiming, "warn"),
        _ if worker.leaving => (Icon::Turn, t.worker_draining, "busy"),
        (_, Standing::Owner) => (Icon::Crown, w.standing_owner, "master"),
        (_, Standing::Holder) => (Icon::Shield, w.standing_holder, "standby"),
        (_, Standing::Idle) => (Icon::Check, w.standing_idle, "standby"),
        (_, Standing::Spare) => (Icon::Person, w.standing_spare, "spare"),
    }
}

/// For tests.
fn word(standing: Standing) -> &'static str {
    match standing {
        Standing::Owner => "owner",
        Standing::Holder => "holder",
        Standing::Idle => "idle",
        Standing::Claiming => "claiming",
        Standing::Spare => "spare",
        Standing::Gone => "gone",
    }
}

/// What a worker is to a shard: the class of its mark, and the words.
fn hold(w: &'static ClusterTexts, hold: Hold) -> (&'static str, &'static str) {
    match hold {
        Hold::Owner => ("owner", w.hold_owner),
        Hold::Opening => ("opening", w.hold_opening),
        Hold::HandingOver => ("handing", w.hold_handing),
        Hold::Follower => ("follower", w.hold_follower),
        Hold::Behind => ("behind", w.hold_behind),
        Hold::LostOwner => ("lost owner", w.hold_lost_owner),
        Hold::LostCopy => ("lost", w.hold_lost_copy),
    }
}

fn marks(lab: &Lab, shards: &[ShardView]) -> Html {
    let w = lab.lang.cluster_texts();
    html! {
        <ul class="shards">
            { for shards.iter().map(|shard| {
                let (class, words) = hold(w, shard.hold);
                let title = format!("{}: {words}", say::shard(lab.lang, shard.shard));
                html! {
                    <li key={shard.shard} class={class} title={title.clone()} data-shard={(shard.shard + 1).to_string()}>
                        <span aria-hidden="true">{ shard.shard + 1 }</span><span class="sr">{ title }</span>
                    </li>
                }
            }) }
        </ul>
    }
}

fn is_owned(hold: Hold) -> bool {
    matches!(hold, Hold::Owner | Hold::Opening | Hold::HandingOver)
}

/// What a worker is doing, in a line.
fn line(lab: &Lab, worker: &WorkerView) -> String {
    let w = lab.lang.cluster_texts();
    match worker.standing {
        Standing::Gone => say::manager_waits(lab.lang, worker.manager_left_us, worker.shards.len()),
        Standing::Claiming => w.asks_for_claim.to_owned(),
        Standing::Spare => w.outside_cluster.to_owned(),
        _ if !worker.ownerless.is_empty() => say::without_owner(lab.lang, &worker.ownerless),
        Standing::Owner | Standing::Holder | Standing::Idle => {
            let of = |mine: bool| -> Vec<u8> {
                worker.shards.iter().filter(|shard| is_owned(shard.hold) == mine).map(|shard| shard.shard).collect()
            };
            say::owns(lab.lang, &of(true), &of(false))
        }
    }
}

fn card(lab: &Lab, worker: &WorkerView, ask: &Ask) -> Html {
    let t = lab.lang.texts();
    let w = lab.lang.cluster_texts();
    let machine = worker.machine;
    let number = machine.number();
    let name = lab.names.heading(lab.lang, machine);
    let (icon, role, class) = badge(lab, worker);
    let small = lab.plan.density == Density::Chip;
    let selected = lab.selected == machine;
    let classes = class_list(&[
        ("box node worker", true),
        (class, true),
        ("selected", selected),
        ("compact", !small),
        ("chipped", small),
    ]);
    let on_it = Target::of(&lab.player.world().config().layout, machine);
    let button = |test: String, class: &'static str, text: &'static str, action: Action| {
        Button { test, class, text, title: &format!("{text}: {name}"), ..Button::default() }.html(ask, Msg::Act(action))
    };
    let kill = if worker.health == Health::Down {
        button(format!("restart-{number}"), "go", t.restart_node, Action::Restart { on: on_it })
    } else {
        button(format!("kill-{number}"), "kill", t.kill, Action::MachineCrash { on: on_it })
    };
    let second = if let Some(shard) = worker.ownerless.first().filter(|_| worker.health != Health::Down) {
        button(format!("accept-{number}"), "kill", w.accept_loss, Action::AcceptLoss { shard: *shard })
    } else if worker.standing == Standing::Spare {
        button(format!("join-{number}"), "go", w.join, Action::Join { on: on_it })
    } else if worker.leaving {
        button(format!("ready-{number}"), "go", t.undrain, Action::Ready { on: on_it })
    } else if worker.health == Health::Up {
        button(format!("drain-{number}"), "", t.drain, Action::Drain { on: on_it })
    } else {
        html! {}
    };
    let left = match (worker.claim_left_us, worker.standing) {
        (Some(left), _) => say::claim_left(lab.lang, left, &lab.names),
        (None, Standing::Gone) if small => say::waits(lab.lang, worker.manager_left_us),
        _ => String::new(),
    };
    let right = worker.member.filter(|_| !small && worker.standing != Standing::Spare);
    let right = right.map_or_else(String::new, |member| say::via(lab.lang, member, &lab.names));
    let line = line(lab, worker);
    let more = format!("{}: {name}", t.more_about);
    html! {
        <article class={classes} style={place(lab.plan.rect(machine))} key={format!("m{machine:?}")}
            data-testid={format!("node-{number}")} data-role="holder" data-state={worker.health.word()}
            data-standing={word(worker.standing)} aria-label={format!("{name}: {role}")} onclick={on(ask, Msg::Select(machine))}>
            <div class="top">
                <button type="button" class="name" aria-pressed={selected.to_string()} title={format!("{}: {name}", w.worker)}
                    onclick={on(ask, Msg::Select(machine))}>
                    <svg class="ring" width="19" height="19" viewBox="-9.5 -9.5 19 19" aria-hidden="true">
                        <circle r="7" /><circle class="run" r="7" id={format!("ring-{number}")} />
                    </svg>
                    <span>{ name.clone() }</span>
                </button>
                { sequence(w, worker) }
                <span class="badge">{ icon.sized(12) }<span>{ role }</span></span>
            </div>
            <p class="line" title={line.clone()}>{ line.clone() }</p>
            { marks(lab, &worker.shards) }
            <div class="ends" title={line}><span>{ left }</span><span>{ right }</span></div>
            <div class="acts">
                { kill }
                if !small || worker.standing == Standing::Spare || !worker.ownerless.is_empty() { { second } }
                // Beside "restart" a small card has no room for more, nor has any beside "accept loss"; "break something" has it all.
                if worker.ownerless.is_empty() && (!small || worker.health != Health::Down) {
                    { Button { class: "menu", icon: Some(Icon::Dots), title: &more, ..Button::default() }
                        .html(ask, Msg::Open(Dialog::Faults(machine))) }
                }
            </div>
            if worker.gray { <span class="flag bad">{ Icon::Alert.sized(11) }{ t.gray }</span> }
        </article>
    }
}

/// The number of its ephemeral node, and whether it coordinates the others.
fn sequence(w: &'static ClusterTexts, worker: &WorkerView) -> Html {
    let Some(number) = worker.sequence else { return html! {} };
    let title = format!("{}: {}", w.sequence_node, node_name(number));
    html! {
        <>
            <span class="seq" {title} data-testid={format!("sequence-{}", worker.machine.number())}>{ format!("#{number}") }</span>
            if worker.coordinates {
                <span class="seq lead" title={w.coordinates}>
                    { Icon::Rise.sized(11) }<span class="sr">{ w.coordinates }</span>
                </span>
            }
        </>
    }
}

/// Below this width a member's box has a shorter role, below that no ring, and fewer letters.
const TIGHT: f64 = 186.0;
const NARROW: f64 = 140.0;

/// A member of the manager.
#[inline(never)]
pub fn member(lab: &Lab, at: &Place, ask: &Ask) -> Html {
    let t = lab.lang.texts();
    let w = lab.lang.cluster_texts();
    let machine = at.machine;
    let number = machine.number();
    let view = member_view(lab.player.world(), lab.player.story(), machine);
    let name = lab.names.heading(lab.lang, machine);
    let words = lab.names.spoken_by(machine);
    let (icon, role, class) = match (view.health, view.role) {
        (Health::Down, _) => (Icon::Cross, t.down_word, "down"),
        (Health::Frozen, _) => (Icon::Snow, t.frozen_word, "frozen"),
        (Health::Up, Some(role)) => member_badge(lab, role),
        _ => (Icon::Turn, status(lab.lang, lab.player.world().machine(machine).status()), "busy"),
    };
    let numbers = (view.term, view.committed, view.last);
    let (line, title) = if view.health == Health::Up {
        let long =
            format!("{} · {}", doing(lab.lang, view.doing, &words), say::member_numbers(lab.lang, numbers, &words));
        let short = if at.rect.w < NARROW { say::member_line_briefly } else { say::member_line };
        (short(lab.lang, numbers, &words), long)
    } else {
        (doing_briefly(lab.lang, view.doing, &words), doing(lab.lang, view.doing, &words))
    };
    let selected = lab.selected == machine;
    let classes = class_list(&[
        ("box small node member", true),
        (class, true),
        ("selected", selected),
        ("tight", at.rect.w < TIGHT),
        ("slim", at.rect.w < NARROW),
    ]);
    let on_it = Target::of(&lab.player.world().config().layout, machine);
    let kill = if view.health == Health::Down {
        let title = format!("{}: {name}", t.restart_node);
        Button {
            test: format!("restart-{number}"),
            class: "go",
            icon: Some(Icon::Turn),
            title: &title,
            ..Button::default()
        }
        .html(ask, Msg::Act(Action::Restart { on: on_it }))
    } else {
        let title = format!("{}: {name}", t.kill);
        Button {
            test: format!("kill-{number}"),
            class: "kill",
            icon: Some(Icon::Cross),
            title: &title,
            ..Button::default()
        }
        .html(ask, Msg::Act(Action::MachineCrash { on: on_it }))
    };
    let role_word = view.role.map_or("none", |role| if role == Role::Leader { "leader" } else { "member" });
    html! {
        <article class={classes} style={place(at.rect)} key={format!("m{machine:?}")}
            data-testid={format!("node-{number}")} data-role={role_word} data-state={view.health.word()}
            aria-label={format!("{} {name}: {role}", w.member)} title={title} onclick={on(ask, Msg::Select(machine))}>
            <svg class="ring" width="19" height="19" viewBox="-9.5 -9.5 19 19" aria-hidden="true">
                <circle r="7" /><circle class="run" r="7" id={format!("ring-{number}")} />
            </svg>
            <button type="button" class="who" aria-pressed={selected.to_string()} onclick={on(ask, Msg::Select(machine))}>
                <b>{ name }<span class="badge">{ icon.sized(11) }<span>{ role }</span></span></b><span>{ line }</span>
            </button>
            { kill }
        </article>
    }
}

/// Where a balancer leads the requests of each shard: "1 → A · 2 → B".
#[inline(never)]
pub fn balancer_line(lab: &Lab, machine: MachineId) -> String {
    let name = |to: Option<MachineId>| to.map_or_else(|| "?".to_owned(), |to| lab.names.name(lab.lang, to));
    let routes = routes(lab.player.world(), machine);
    let routes: Vec<String> = (1..).zip(routes).map(|(shard, (_, to))| format!("{shard} → {}", name(to))).collect();
    routes.join(" · ")
}

/// The line between workers and manager, and its name.
#[inline(never)]
pub fn network(lab: &Lab) -> Html {
    let Some(network) = &lab.plan.network else { return html! {} };
    // Within the picture, so that it comes and goes with it.
    let lines = network.lines.iter().map(|line| html! { <path class="wire" d={line.d.clone()} /> });
    html! { <><style>{ STYLES }</style><g class="net">{ for lines }</g></> }
}

/// What is configured, in a word each.
#[inline(never)]
pub fn chips(lab: &Lab, ask: &Ask) -> Html {
    let config = lab.player.world().config();
    let (o, c) = (lab.lang.options(), lab.lang.cluster_options());
    let Some(cluster) = config.cluster() else { return html! {} };
    let protocol = match cluster.manager.protocol {
        Protocol::Raft(_) => o.etcd.name,
        Protocol::Zab(_) => o.zookeeper.name,
    };
    let replication = match config.nodes.replication.mode {
        ReplicationMode::Async => o.asynchronous.name,
        ReplicationMode::SemiSync(_) => o.semi_sync.name,
        ReplicationMode::Sync => o.sync.name,
    };
    html! {
        <>
            { chip(ask, o.protocol.name, protocol, form::Page::System) }
            { members_chip(lab, ask) }
            { chip(ask, c.shards.name, &say::cut(lab.lang, cluster.shards, cluster.copies), form::Page::System) }
            { chip(ask, o.replication.name, replication, form::Page::Replication) }
        </>
    }
}

/// How many members the ensemble has, and how many losses it survives.
#[inline(never)]
pub fn members_chip(lab: &Lab, ask: &Ask) -> Html {
    let members = lab.player.world().config().members().len();
    let (losses, even) = survives(members);
    let class = if even { "chip even" } else { "chip" };
    let page = if has_lease(lab) { form::Page::Failover } else { form::Page::System };
    html! {
        <button type="button" {class} title={say::survives(lab.lang, members, losses, even)}
            onclick={on(ask, Msg::Open(Dialog::Settings(page)))}>
            { lab.lang.options().members.name }
            <b>{ say::survives_briefly(lab.lang, members, losses) }</b>
            if even { { Icon::Alert.sized(12) } }
        </button>
    }
}

/// A master and its standbys under the manager's lease.
fn has_lease(lab: &Lab) -> bool {
    let layout = &lab.player.world().config().layout;
    !layout.members.is_empty() && layout.balancers.is_empty()
}

/// The countdown rings: of workers their claims, of members what they wait for.
#[inline(never)]
pub fn turn_rings(lab: &Lab) {
    let world = lab.player.world();
    let layout = &world.config().layout;
    let set = |id: MachineId, share: f64| {
        if let Some(ring) = by_id(&format!("ring-{}", id.number())) {
            let dashes = format!("{} {}", tenths(share * RING), tenths(RING));
            let _ = ring.set_attribute("stroke-dasharray", &dashes);
        }
    };
    for id in &layout.data {
        let left = claim(world, world.machine(*id));
        set(*id, left.map_or(0.0, |(left, whole)| 1.0 - (left as f64 / whole.max(1) as f64).min(1.0)));
    }
    for id in &layout.members {
        let machine = world.machine(*id);
        let share = view::countdown(machine).map_or(0.0, |armed| {
            let now = machine.local(world.now());
            view::ring(now.us(), armed.set_at.us(), armed.deadline.us()).0
        });
        set(*id, share);
    }
}

// ---- the inspector -------------------------------------------------------------------------------------

/// What the inspector says first of a worker, member or balancer of a cluster.
#[inline(never)]
pub fn facts(lab: &Lab, machine: MachineId) -> Vec<(&'static str, String)> {
    let t = lab.lang.texts();
    let w = lab.lang.cluster_texts();
    let world = lab.player.world();
    let Some(process) = world.machine(machine).process() else { return Vec::new() };
    let name = |machine| lab.names.name(lab.lang, machine);
    let mut facts = Vec::new();
    if let Some(member) = process.member().filter(|_| lab.names.manager.is_some()) {
        facts.push((w.registry_revision, member.registry().revision().to_string()));
    }
    let registrar = process.holder().map(Worker::registrar).or(process.gateway().map(Gateway::registrar));
    let Some(registrar) = registrar else { return facts };
    facts.push((w.registry_revision, registrar.map().revision().to_string()));
    facts.push((w.talks_to, name(registrar.member())));
    if let Some(gateway) = process.gateway() {
        facts.push((w.open_requests, gateway.open_requests().to_string()));
    }
    if process.holder().is_some() {
        let claim = registrar.claim();
        facts.push((w.claim_number, claim.map_or_else(|| t.none.to_owned(), |(lease, _)| lease.to_string())));
        if let Some((left, _)) = self::claim(world, world.machine(machine)) {
            facts.push((w.claim_left, say::time_left(lab.lang, left)));
        }
        let index = world.config().layout.data_index(machine).unwrap_or_default() as u8;
        if let Some(sequence) = registrar.map().worker(index).and_then(|known| known.sequence) {
            facts.push((w.sequence_node, node_name(sequence)));
        }
        if let Some(contender) = process.holder().and_then(Worker::contender) {
            let waits = contender.waits_for().map(|path| path.to_string());
            let leads = contender.leads().then(|| w.coordinates.to_owned());
            facts.push((w.coordinator, leads.or(waits).unwrap_or_else(|| t.none.to_owned())));
        }
        if let Some(left) = manager_waits(world, index) {
            facts.push((w.manager_waits, say::time_left(lab.lang, left)));
        }
    }
    facts
}

/// What else the inspector says of them.
#[inline(never)]
pub fn tables(lab: &Lab, machine: MachineId, ask: &Ask) -> Html {
    let Some(process) = lab.player.world().machine(machine).process() else { return html! {} };
    if let Some(holder) = process.holder() {
        return html! { <>if has_shards(lab) { { shards_of(lab, holder, machine) } } { ownerless(lab, ask) }</> };
    }
    if process.gateway().is_some() {
        return html! { <>{ way_of(lab, machine) } { ownerless(lab, ask) }</> };
    }
    match process.member() {
        Some(member) if lab.names.manager.is_some() => {
            html! { <>{ of_manager(lab, member) } { ownerless(lab, ask) }</> }
        }
        _ => html! {},
    }
}

/// The shards that nobody owns: why, and the operator's way out.
fn ownerless(lab: &Lab, ask: &Ask) -> Html {
    let Some(registry) = view::cluster::registry(lab.player.world()) else { return html! {} };
    let w = lab.lang.cluster_texts();
    let one = |(shard, known): (u8, &crate::ha::cluster::registry::Shard)| {
        let action = Action::AcceptLoss { shard };
        let title = format!("{}: {}", lab.lang.actions().accept_loss.explain, say::shard(lab.lang, shard));
        let test = format!("accept-shard-{}", shard + 1);
        let button = Button { test, class: "kill", text: w.accept_loss, title: &title, ..Button::default() };
        html! {
            <div class="ownerless" key={shard}>
                <p class="fine">{ say::why_without_owner(lab.lang, shard, known.is_lost()) }</p>
                { button.html(ask, Msg::Act(action)) }
            </div>
        }
    };
    html! { <>{ for view::cluster::ownerless(&registry).map(one) }</> }
}

fn table(title: &'static str, heads: &[&'static str], rows: impl Iterator<Item = Vec<String>>) -> Html {
    let row = |cells: Vec<String>| html! { <tr>{ for cells.into_iter().map(|cell| html! { <td>{ cell }</td> }) }</tr> };
    html! {
        <>
            <h2 class="sub">{ title }</h2>
            <table class="table">
                <thead><tr>{ for heads.iter().map(|head| html! { <th scope="col">{ *head }</th> }) }</tr></thead>
                <tbody>{ for rows.map(row) }</tbody>
            </table>
        </>
    }
}

/// The data nodes of a worker, one for each shard.
fn shards_of(lab: &Lab, holder: &Worker, machine: MachineId) -> Html {
    let t = lab.lang.texts();
    let w = lab.lang.cluster_texts();
    let worker = workers(lab.player.world()).into_iter().find(|worker| worker.machine == machine);
    let sync = lab.player.world().config().agrees_in_sync();
    let row = |shard: &ShardView| {
        let node = holder.node(shard.shard)?;
        let mut row = vec![
            (shard.shard + 1).to_string(),
            hold(w, shard.hold).1.to_owned(),
            node.as_master().map_or(node.voter().epoch, |master| master.epoch).to_string(),
            format!("{}/{}", node.committed(), node.log_end().index),
        ];
        if sync {
            row.push(lab.names.members(lab.lang, node.voter().in_sync.members));
        }
        Some(row)
    };
    let shards = worker.map(|worker| worker.shards).unwrap_or_default();
    let heads = [w.shard, t.status, w.token, t.log_tail, t.in_sync];
    table(w.shards, &heads[..if sync { 5 } else { 4 }], shards.iter().filter_map(row))
}

/// Where a balancer leads requests.
fn way_of(lab: &Lab, machine: MachineId) -> Html {
    let w = lab.lang.cluster_texts();
    let name = |to: Option<MachineId>| to.map_or_else(|| w.no_route.to_owned(), |to| lab.names.name(lab.lang, to));
    let routes = routes(lab.player.world(), machine);
    let rows = (1_u32..).zip(routes).map(|(shard, (_, to))| vec![shard.to_string(), name(to)]);
    table(w.shards, &[w.shard, w.owner], rows)
}

/// What a member knows of the cluster.
fn of_manager(lab: &Lab, member: &Member) -> Html {
    let t = lab.lang.texts();
    let w = lab.lang.cluster_texts();
    let world = lab.player.world();
    let registry: &Registry = member.registry();
    let leads = member.serves_as_leader().is_some();
    let name = |worker: u8| short_name(crate::ha::Part::Data(worker));
    let shards = (1_u32..).zip(registry.shards()).map(|(number, shard)| {
        let owner = shard.owner.map_or_else(|| t.none.to_owned(), name);
        let owner = shard.successor.map_or(owner.clone(), |to| format!("{owner} → {}", name(to)));
        let holders = lab.names.members(lab.lang, shard.holders);
        let in_sync = lab.names.members(lab.lang, shard.in_sync.members);
        vec![number.to_string(), owner, shard.token.to_string(), holders, in_sync]
    });
    let left = |worker: u8| manager_waits(world, worker).filter(|_| leads);
    let workers = registry.workers().map(|(worker, known)| {
        let left = left(worker).map_or_else(|| "–".to_owned(), |left| say::time_left(lab.lang, left));
        let state = if known.draining { w.draining_word } else { "" };
        vec![name(worker), known.lease.to_string(), left, state.to_owned()]
    });
    let nodes: Vec<Vec<String>> = member
        .applied()
        .tree
        .nodes()
        .map(|(path, node)| {
            let owner = node.owner.map_or_else(|| w.persistent.to_owned(), |(worker, _)| name(worker));
            vec![path.to_string(), node.version.to_string(), owner, member.watches_on(path).to_string()]
        })
        .collect();
    let (losses, even) = survives(world.config().members().len());
    html! {
        <>
            <p class="fine">{ say::survives(lab.lang, world.config().members().len(), losses, even) }</p>
            { table(w.shards, &[w.shard, w.owner, w.token, w.holders, t.in_sync], shards) }
            { table(w.workers, &[w.worker, w.claim_number, w.lasts, ""], workers) }
            if !nodes.is_empty() { { table(w.znodes, &[w.znode, w.znode_version, w.znode_owner, w.znode_watches], nodes.into_iter()) } }
        </>
    }
}

/// Shards whose outages touch this stretch of time, for the ribbon.
#[inline(never)]
pub fn shards_down(lab: &Lab, from: crate::sim::SimTime, until: crate::sim::SimTime) -> String {
    if !has_shards(lab) {
        return String::new();
    }
    let incidents = lab.player.explored_ledger().incidents();
    let touches = incidents.iter().filter(|one| one.started < until && one.ended.is_none_or(|ended| ended > from));
    let mut shards: Vec<u8> = touches.map(|one| one.shard).collect();
    shards.sort_unstable();
    shards.dedup();
    if shards.is_empty() { String::new() } else { format!(" · {}", say::shards(lab.lang, &shards)) }
}
