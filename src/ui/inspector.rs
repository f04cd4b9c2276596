//! The inspector: the log, the selected machine from the inside, and its messages.

use yew::{Event, Html, html};

use super::app::{Ask, Msg};
use super::cluster::has_shards;
use super::lab::{Filter, Lab, Tab};
use super::log::{Log, rows};
use super::panel::{chosen, tab_button};
use super::parts::Button;
use crate::ha::cluster::Member;
use crate::ha::inspect::{Role, log_of};
use crate::ha::master_standby::DataNode;
use crate::ha::message::OpKind;
use crate::ha::note::Note;
use crate::ha::{Node, Part};
use crate::i18n::{
    Dialect, clock, duration, event, message_between, only, progress, role, status, term_heading, timer, variables,
};
use crate::sim::{Event as Told, MachineId, Status};
use crate::view::{self, State, only_node, tenths};

/// The inspector.
pub fn view(lab: &Lab, ask: &Ask) -> Html {
    let t = lab.lang.texts();
    let name = lab.names.heading(lab.lang, lab.selected);
    let tab = |tab, name: &str, test| tab_button(ask, Msg::Tab(tab), name, lab.tab == tab, test);
    let node = match lab.part(lab.selected) {
        Part::Data(_) if has_shards(lab) => {
            format!("{} {name}", lab.lang.cluster_texts().worker)
        }
        Part::Data(_) => format!("{} {name}", t.node),
        Part::Member(_) => format!("{} {name}", lab.lang.cluster_texts().member),
        _ => name,
    };
    let shown = match lab.tab {
        Tab::Log => t.log_heading.to_owned(),
        Tab::Node => node.clone(),
        Tab::Messages => t.messages.to_owned(),
        Tab::Theory => lab.lang.predict().tab.to_owned(),
    };
    html! {
        <section class="inspector" aria-label={t.inspector}>
            <div class="tabs">
                { tab(Tab::Log, t.log_heading, "tab-log") }
                { tab(Tab::Node, &node, "tab-node") }
                { tab(Tab::Messages, t.messages, "tab-messages") }
                { tab(Tab::Theory, lab.lang.predict().tab, "tab-theory") }
                if lab.tab == Tab::Log { <span class="end">{ filters(lab, ask) }</span> }
            </div>
            <div class="tab" tabindex="0" role="region" aria-label={shown}>
                { match lab.tab {
                    Tab::Log => html! {
                        <div data-testid="log"><Log rows={rows(lab)} empty={t.log_empty} go={t.go_to_moment} ask={ask.clone()} /></div>
                    },
                    Tab::Node => machine(lab),
                    Tab::Messages => messages(lab),
                    Tab::Theory => super::predict::tab(lab),
                } }
            </div>
        </section>
    }
}

const FILTERS: [Filter; 6] =
    [Filter::Story, Filter::Faults, Filter::Roles, Filter::Messages, Filter::Requests, Filter::All];

fn filters(lab: &Lab, ask: &Ask) -> Html {
    let t = lab.lang.texts();
    let names = [t.filter_story, t.filter_faults, t.filter_roles, t.filter_messages, t.filter_requests, t.filter_all];
    let for_one = ask.clone();
    let ask = ask.clone();
    let onchange = move |event: Event| ask.emit(Msg::Filter(FILTERS[chosen(&event).min(5)]));
    let here = FILTERS.iter().position(|filter| *filter == lab.filter).unwrap_or(0);
    html! {
        <>
            <select aria-label={t.filter} data-index={here.to_string()} {onchange}>
                { for FILTERS.iter().zip(names).map(|(filter, name)| html! {
                    <option selected={lab.filter == *filter}>{ name }</option>
                }) }
            </select>
            { Button { class: "text", text: &only(lab.lang, &lab.names.heading(lab.lang, lab.selected)), title: t.filter_node,
                pressed: Some(lab.only_selected), ..Button::default() }.html(&for_one, Msg::OnlySelected) }
        </>
    }
}

/// The box of the diagram for a role.
fn state_of(role: Role) -> Option<State> {
    Some(match role {
        Role::Standby | Role::Suspecting => State::Standby,
        Role::Candidate => State::Candidate,
        Role::Fencing => State::Fencing,
        Role::Promoting => State::Promoting,
        Role::Master => State::Master,
        Role::SteppingDown => State::SteppingDown,
        Role::Restoring => State::Restoring,
        Role::Rejoining => State::Rejoining,
        Role::Follower => State::Follower,
        Role::PreCandidate => State::PreCandidate,
        Role::Elected => State::Elected,
        Role::Leader => State::Leader,
        Role::Looking => State::Looking,
        Role::Joining => State::Joining,
        _ => return None,
    })
}

fn diagram(lab: &Lab) -> Html {
    let t = lab.lang.texts();
    let machine = lab.player.world().machine(lab.selected);
    let role_of = |process: &Node| only_node(process).map_or(process.role(), DataNode::role);
    let here = machine.process().and_then(|process| state_of(role_of(process)));
    let dialect = lab.names.spoken_by(lab.selected).dialect;
    let diagram = match dialect {
        Dialect::Pair => view::diagram(352.0),
        Dialect::Raft => view::raft_diagram(352.0),
        Dialect::Zab => view::zab_diagram(352.0),
    };
    let name = |state: State| match state {
        State::Candidate if dialect != Dialect::Pair => role(lab.lang, Role::Candidate),
        State::Follower => role(lab.lang, Role::Follower),
        State::PreCandidate => role(lab.lang, Role::PreCandidate),
        State::Elected => role(lab.lang, Role::Elected),
        State::Leader => role(lab.lang, Role::Leader),
        State::Looking => role(lab.lang, Role::Looking),
        State::Joining => role(lab.lang, Role::Joining),
        State::Standby => t.standby,
        State::Candidate => t.candidate,
        State::Fencing => t.state_fencing,
        State::Promoting => t.state_promoting,
        State::Master => t.master,
        State::SteppingDown => t.state_stepping_down,
        State::Rejoining => t.state_rejoining,
        State::Restoring => t.state_restoring,
    };
    let label = here.map_or_else(|| status(lab.lang, machine.status()).to_owned(), |state| name(state).to_owned());
    html! {
        <svg class="machine" width="100%" viewBox={format!("0 0 352 {}", view::whole(diagram.height))} role="img"
            aria-label={format!("{}: {label}", t.state_machine)}>
            <defs>
                <marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6.5" markerHeight="6.5" orient="auto">
                    <path d="M0 0l8 4-8 4z" />
                </marker>
            </defs>
            <g class={if here.is_none() { "gone" } else { "" }}>
                { for diagram.arrows.iter().map(|arrow| html! {
                    <path d={arrow.d.clone()} marker-end="url(#tip)" class={if here == Some(arrow.to) { "taken" } else { "" }} />
                }) }
                { for diagram.states.iter().map(|(state, rect)| html! {
                    <g class={if here == Some(*state) { "here" } else { "" }}>
                        <rect x={tenths(rect.x).to_string()} y={tenths(rect.y).to_string()} width={tenths(rect.w).to_string()}
                            height={tenths(rect.h).to_string()} rx="7" />
                        <text x={tenths(rect.x + rect.w / 2.0).to_string()} y={tenths(rect.y + 17.0).to_string()}>{ name(*state) }</text>
                    </g>
                }) }
            </g>
        </svg>
    }
}

/// The last thing that changed a machine's role or state, as a sentence with its moment.
fn last_change(lab: &Lab) -> Html {
    let t = lab.lang.texts();
    let is_change = |what: &Told<crate::ha::Ha>| match what {
        Told::Machine { .. } => true,
        Told::Note { note, .. } => matches!(
            note,
            Note::Suspected { .. }
                | Note::Canvassing { .. }
                | Note::Decided { .. }
                | Note::CanvassFailed { .. }
                | Note::Fenced { .. }
                | Note::Promoting { .. }
                | Note::BecameMaster { .. }
                | Note::SteppedDown { .. }
                | Note::Follows { .. }
                | Note::Restoring { .. }
                | Note::TurnedGray { .. }
                | Note::Poisoned { .. }
                | Note::NoMaster { .. }
                | Note::Outside
                | Note::Raft(_)
                | Note::Zab(_)
                | Note::Registry(_)
                | Note::QueueFull { .. }
                | Note::QueueEased { .. }
                | Note::RetriesStopped { .. }
                | Note::NobodyIn
        ),
        _ => false,
    };
    let last = lab
        .player
        .story()
        .iter()
        .rev()
        .find(|told| told.event.machine() == Some(lab.selected) && is_change(&told.event));
    match last {
        Some(told) => html! {
            <p class="why"><b>{ t.last_change }{ " " }{ clock(told.at.us()) }</b>{ " " }{ event(lab.lang, &told.event, &lab.names) }</p>
        },
        None => html! {},
    }
}

#[inline(never)]
fn machine(lab: &Lab) -> Html {
    let t = lab.lang.texts();
    let world = lab.player.world();
    let machine = world.machine(lab.selected);
    let data = machine.process().filter(|_| !has_shards(lab)).and_then(only_node);
    let layout = &world.config().layout;
    let has_log = layout.data_index(lab.selected).is_some() && !layout.is_pool() && !has_shards(lab);
    let has_states = has_log || layout.members.contains(&lab.selected);
    let local = machine.local(lab.player.now());
    let yes = |is: bool| if is { t.yes } else { t.no }.to_owned();
    let mut facts: Vec<(&str, String)> = vec![(t.status, status(lab.lang, machine.status()).to_owned())];
    if let Some(process) = machine.process().filter(|process| process.epoch() > 0 && !has_revision(process)) {
        let raft = lab.names.spoken_by(lab.selected).dialect == Dialect::Raft;
        let heading = if raft { term_heading(lab.lang) } else { t.epoch_heading };
        facts.push((heading, process.epoch().to_string()));
    }
    if let Some(data) = data {
        let known = data.voter().master.map_or_else(|| t.none.to_owned(), |master| lab.names.name(lab.lang, master));
        facts.push((t.knows_master, known));
        facts.push((t.takes_writes, yes(data.as_master().is_some_and(|master| master.switching_to.is_none()))));
        facts.push((t.log_end, data.log_end().index.to_string()));
        facts.push((t.committed, data.committed().to_string()));
        facts.push((t.synced_to, data.synced_index().to_string()));
        if world.config().agrees_in_sync() {
            facts.push((t.in_sync, lab.names.members(lab.lang, data.voter().in_sync.members)));
        }
        if let Some(until) = data.as_master().and_then(|master| master.lease_until) {
            facts.push((t.lease_left, duration(lab.lang, until.since(local))));
        }
    }
    let member = machine.process().and_then(Node::member);
    facts.extend(member.into_iter().flat_map(|member| variables(lab.lang, member, &lab.names)));
    facts.extend(super::pool::facts(lab, lab.selected));
    facts.extend(super::cluster::facts(lab, lab.selected));
    facts.push((t.local_clock, clock(local.us())));
    if machine.waiting() > 0 {
        facts.push((t.waiting_inputs, machine.waiting().to_string()));
    }
    if machine.slow_permille() != 1_000 {
        facts.push((t.slowness, crate::i18n::times(machine.slow_permille().into())));
    }
    html! {
        <div data-testid="inspector">
            if has_states { { diagram(lab) } }
            { last_change(lab) }
            <h3 class="sr">{ t.variables }</h3>
            <dl class="facts">{ for facts.into_iter().map(|(name, value)| html! { <><dt>{ name }</dt><dd>{ value }</dd></> }) }</dl>
            { member.map_or_else(|| html! {}, |member| followers(lab, member)) }
            { super::cluster::tables(lab, lab.selected) }
            { timers(lab) }
            if has_log { { tail(lab) } }
        </div>
    }
}

/// Whether its newest number is a revision of the registry, not an epoch.
fn has_revision(process: &Node) -> bool {
    process.holder().is_some() || process.gateway().is_some()
}

/// How far the others are, as their leader sees it.
#[inline(never)]
fn followers(lab: &Lab, member: &Member) -> Html {
    let rows = progress(lab.lang, member, &lab.names);
    if rows.is_empty() {
        return html! {};
    }
    html! {
        <>
            <h2 class="sub">{ role(lab.lang, Role::Follower) }</h2>
            <table class="table"><tbody>
                { for rows.into_iter().map(|(who, how)| html! { <tr><td>{ who }</td><td>{ how }</td></tr> }) }
            </tbody></table>
        </>
    }
}

fn timers(lab: &Lab) -> Html {
    let t = lab.lang.texts();
    let machine = lab.player.world().machine(lab.selected);
    let now = machine.local(lab.player.now());
    let mut armed: Vec<_> = machine.timers().iter().filter(|armed| !is_of_probe(armed.timer)).collect();
    armed.sort_by_key(|armed| armed.deadline);
    html! {
        <>
            <h2 class="sub">{ t.timers }</h2>
            if armed.is_empty() {
                <p class="fine">{ t.no_timers }</p>
            } else {
                <table class="table"><tbody>
                    { for armed.iter().take(8).map(|armed| html! {
                        <tr>
                            <td>{ timer(lab.lang, armed.timer) }</td>
                            <td class="right">{ duration(lab.lang, armed.deadline.since(now)) }</td>
                        </tr>
                    }) }
                </tbody></table>
            }
        </>
    }
}

/// Timers of the probe come and go twenty times a second.
fn is_of_probe(timer: crate::ha::message::Timer) -> bool {
    use crate::ha::message::Timer;
    matches!(timer, Timer::Canary | Timer::Request(_))
}

fn tail(lab: &Lab) -> Html {
    let t = lab.lang.texts();
    let o = lab.lang.texts();
    let machine = lab.player.world().machine(lab.selected);
    let process = machine.process();
    let data = process.and_then(only_node).map(DataNode::committed);
    let log = log_of(machine);
    let committed = data.or(process.and_then(Node::member).map(Member::committed)).unwrap_or(log.base_index());
    let entries = log.newest_first().take(8).map(|(pos, entry)| {
        let what = match (entry.request, entry.op.kind) {
            (None, _) => t.entry_opens.to_owned(),
            (Some(id), OpKind::Poison) => format!("{} ({} {})", t.poisoned, site(lab, id.site), id.ordinal),
            (Some(id), _) if id.canary => format!("{} {}", t.entry_canary, site(lab, id.site)),
            (Some(id), _) => format!("{} {} = {} {}", t.entry_key, entry.op.key, site(lab, id.site), id.ordinal),
        };
        let state = if pos.index <= committed { o.acknowledged } else { o.unacknowledged };
        let era = if lab.names.dialect == Dialect::Raft { term_heading(lab.lang) } else { t.epoch };
        let epoch = format!("{era} {}", pos.epoch);
        html! { <tr><td>{ pos.index }</td><td>{ epoch }</td><td>{ what }</td><td class="right">{ state }</td></tr> }
    });
    html! {
        <>
            <h2 class="sub">{ t.log_tail }</h2>
            <table class="table"><tbody>{ for entries }</tbody></table>
        </>
    }
}

fn site(lab: &Lab, site: u8) -> String {
    let sites = &lab.player.world().config().layout.clients;
    sites.get(usize::from(site)).map_or_else(String::new, |id| lab.names.name(lab.lang, *id))
}

/// Messages of the selected machine: on their way, and those that came and went last.
#[inline(never)]
fn messages(lab: &Lab) -> Html {
    let t = lab.lang.texts();
    let me = lab.selected;
    let now = lab.player.now();
    let other = |from: MachineId, to: MachineId| {
        if from == me {
            format!("→ {}", lab.names.name(lab.lang, to))
        } else {
            format!("← {}", lab.names.name(lab.lang, from))
        }
    };
    let concerns = |from: MachineId, to: MachineId| from == me || to == me;
    let row = |key: u64, first: String, second: String, third: String| {
        html! { <tr {key}><td class="nowrap">{ first }</td><td class="nowrap">{ second }</td><td>{ third }</td></tr> }
    };
    let flying = lab.player.flights().rev().filter(|it| concerns(it.from, it.to) && !lab.is_of_probe(it)).take(8);
    let flying = flying.map(|it| {
        let when = if it.held {
            t.never_arrives.to_owned()
        } else {
            format!("{} {}", t.arrives_in, duration(lab.lang, it.arrives.since(now)))
        };
        row(it.id, other(it.from, it.to), when, message_between(lab.lang, &it.brief, (it.from, it.to), &lab.names))
    });
    let recent = lab.player.wire().rev().take(8_000).filter_map(|told| {
        let when = clock(told.at.us());
        match told.event {
            Told::Arrived { from, to, brief, .. }
                if concerns(from, to) && !view::is_of_probe(lab.player.world(), from, to, &brief) =>
            {
                Some(row(told.order, when, other(from, to), message_between(lab.lang, &brief, (from, to), &lab.names)))
            }
            Told::Lost { from, to, .. } if concerns(from, to) => {
                Some(row(told.order, when, other(from, to), event(lab.lang, &told.event, &lab.names)))
            }
            _ => None,
        }
    });
    let down = lab.player.world().machine(me).status() == Status::Down;
    html! {
        <div data-testid="messages">
            <h2>{ t.on_the_way }</h2>
            <table class="table"><tbody>{ for flying }</tbody></table>
            <h2 class="sub">{ if down { t.never_arrived } else { t.arrived_last } }</h2>
            <table class="table"><tbody>{ for recent.take(14) }</tbody></table>
        </div>
    }
}
