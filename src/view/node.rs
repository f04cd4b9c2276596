//! A data node as its card shows it, read from the world.

use super::card::LogView;
use super::cluster;
use super::member::member_state;
use crate::ha::cluster::{LogRef, Member};
use crate::ha::config::{Decision, Router};
use crate::ha::inspect::{Role, log_of};
use crate::ha::master_standby::{DataNode, Promotion, Stage, State, Trouble};
use crate::ha::message::{Brief, Kind, Timer};
use crate::ha::note::Note;
use crate::ha::{Ha, Node};
use crate::i18n::Doing;
use crate::player::Told;
use crate::sim::{ArmedTimer, Event, LocalTime, Machine, MachineId, Micros, SimTime, Status, World};

/// Whether a node runs, as far as a picture is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// It runs.
    Up,
    /// It stands still.
    Frozen,
    /// Nothing runs.
    Down,
    /// It is on its way up.
    Starting,
}

impl Health {
    /// Of a machine in this state.
    pub fn of(status: Status) -> Self {
        match status {
            Status::Up => Self::Up,
            Status::Frozen => Self::Frozen,
            Status::Crashed | Status::Down => Self::Down,
            Status::Starting | Status::Booting => Self::Starting,
        }
    }

    /// For tests and style sheets.
    pub fn word(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Frozen => "frozen",
            Self::Down => "down",
            Self::Starting => "starting",
        }
    }
}

/// A card's contents.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeView {
    /// Which machine.
    pub machine: MachineId,
    /// Whether it runs.
    pub health: Health,
    /// What it is; none while there is no process.
    pub role: Option<Role>,
    /// What it is doing.
    pub doing: Doing,
    /// Its log.
    pub log: LogView,
    /// Client writes that nobody has been promised yet.
    pub unacknowledged: u32,
    /// It has this many client writes fewer than the master.
    pub lag: u32,
    /// It holds nothing itself: the data are on the shared storage, and it is not master.
    pub dataless: bool,
    /// It fails or hangs requests although it seems well.
    pub gray: bool,
    /// Bad data keeps it from serving.
    pub poisoned: bool,
    /// A master that goes on with too few standbys.
    pub degraded: bool,
}

impl NodeView {
    /// For tests: the role as a word, `none` without a process.
    pub fn role_word(&self) -> &'static str {
        match self.role {
            Some(Role::Master) => "master",
            Some(Role::SteppingDown) => "stepping-down",
            Some(Role::Standby | Role::Suspecting) => "standby",
            Some(Role::Candidate) => "candidate",
            Some(Role::Fencing) => "fencing",
            Some(Role::Promoting) => "promoting",
            Some(Role::Restoring) => "restoring",
            Some(Role::Rejoining) => "rejoining",
            Some(role) => member_word(role),
            None => "none",
        }
    }
}

/// The role of a member of an ensemble as a word.
#[inline(never)]
fn member_word(role: Role) -> &'static str {
    match role {
        Role::Leader => "leader",
        Role::Elected => "elected",
        Role::Follower => "follower",
        Role::PreCandidate => "pre-candidate",
        Role::Looking => "looking",
        Role::Joining => "joining",
        Role::Outside => "outside",
        Role::Halted => "halted",
        _ => "none",
    }
}

/// The timer that the card of a data node or member shows in its ring, if one runs.
pub fn countdown(machine: &Machine<Ha>) -> Option<ArmedTimer<Timer>> {
    let wanted = machine.process()?.countdown()?;
    machine.timers().iter().find(|armed| armed.timer == wanted).copied()
}

/// Reads all data nodes from a world; `story` is what has happened so far.
pub fn nodes(world: &World<Ha>, story: &[Told]) -> Vec<NodeView> {
    let data = &world.config().layout.data;
    let master = crate::ha::inspect::current_master(world);
    let reference = master.map(|id| log_of(world.machine(id)));
    data.iter().map(|id| node(world, *id, story, reference.filter(|_| Some(*id) != master))).collect()
}

/// The log that all others are compared with: the master's, or else the most advanced one.
pub fn leading_log(world: &World<Ha>) -> LogRef<'_> {
    let master = crate::ha::inspect::current_master(world);
    let layout = &world.config().layout;
    let logs = layout.data.iter().chain(&layout.storage).map(|id| log_of(world.machine(*id)));
    let most = logs.max_by_key(|log| log.last()).expect("there is a data node");
    master.map_or(most, |id| log_of(world.machine(id)))
}

/// Whether a message is there for the probe alone, also the replication of nothing but its writes.
pub fn is_of_probe(world: &World<Ha>, from: MachineId, to: MachineId, brief: &Brief) -> bool {
    let is_probes = |whose: MachineId, index: u32| {
        let entry = cluster::log_of_shard(world.machine(whose), brief.lane).get(index);
        entry.is_some_and(|entry| entry.request.is_some_and(|id| id.canary))
    };
    let Brief { kind, canary, number, count, .. } = *brief;
    match kind {
        Kind::Append if count > 0 => (number + 1..=number + count).all(|index| is_probes(from, index)),
        Kind::AppendReply => is_probes(to, number),
        Kind::Ack | Kind::Commit => is_zabs_probe(world, if kind == Kind::Ack { to } else { from }, brief),
        _ => canary,
    }
}

/// Whether an acknowledgement or a commit of Zab is about a write of the probe.
#[inline(never)]
fn is_zabs_probe(world: &World<Ha>, leader: MachineId, brief: &Brief) -> bool {
    let entry = log_of(world.machine(leader)).transaction(brief.epoch, brief.number);
    entry.is_some_and(|entry| entry.request.is_some_and(|id| id.canary))
}

fn node(world: &World<Ha>, id: MachineId, story: &[Told], master: Option<LogRef<'_>>) -> NodeView {
    let machine = world.machine(id);
    let data = machine.process().and_then(only_node);
    let log = log_of(machine);
    let last = log.last_index();
    let health = Health::of(machine.status());
    let member = machine.process().and_then(Node::member);
    let is_master = data.is_some_and(|data| data.as_master().is_some());
    let dataless = world.config().layout.storage.is_some() && !is_master;
    let diverged = master.and_then(|reference| diverged(log, reference));
    let committed = data.map(DataNode::committed).or(member.map(Member::committed)).unwrap_or(log.base_index());
    NodeView {
        machine: id,
        health,
        role: machine
            .process()
            .map(|process| data.filter(|_| process.holder().is_some()).map_or(process.role(), DataNode::role)),
        doing: match (health, data) {
            (Health::Up, None) if member.is_some() => membership(world, machine),
            (Health::Up, Some(data)) if world.config().cluster().is_some() => cluster::running(world, machine, data),
            (Health::Up, Some(data)) => running(world, machine, data),
            (Health::Frozen, _) => Doing::Frozen { since_us: since(world.now(), id, story).0 },
            (Health::Starting, _) => Doing::Starts,
            _ => {
                let (since_us, master_in) = since(world.now(), id, story);
                Doing::Gone { master_in, since_us }
            }
        },
        log: LogView { last, committed, diverged, strays: diverged.map_or(0, |first| client_writes(log, first)) },
        unacknowledged: machine.process().map_or(0, |_| client_writes(log, committed + 1)),
        lag: master.filter(|_| !dataless).map_or(0, |reference| match last.checked_sub(reference.base_index()) {
            Some(_) => client_writes(reference, last + 1),
            // Too far behind to tell the writes apart.
            None => reference.last_index() - last,
        }),
        dataless,
        gray: data.map(DataNode::trouble).or(member.map(Member::trouble)).is_some_and(|is| is != Trouble::None),
        poisoned: data.is_some_and(DataNode::is_poisoned) || member.is_some_and(Member::is_poisoned),
        degraded: data.and_then(DataNode::as_master).is_some_and(|master| master.degraded),
    }
}

/// The data node in a process, or the one of the only shard that a worker holds under a manager.
pub fn only_node(process: &Node) -> Option<&DataNode> {
    process.data().or_else(|| process.holder()?.node(0))
}

/// Writes of clients, not of the probe, from this index on.
pub(super) fn client_writes(log: LogRef<'_>, from: u32) -> u32 {
    let newest = log.newest_first().take_while(|(pos, _)| pos.index >= from);
    newest.filter(|(_, entry)| entry.request.is_some_and(|id| !id.canary)).count() as u32
}

/// Index of the first entry of `log` that is not what `reference` has there.
fn diverged(log: LogRef<'_>, reference: LogRef<'_>) -> Option<u32> {
    let first = log.base_index().max(reference.base_index()) + 1;
    (first..=log.last_index()).find(|index| match (log.pos(*index), reference.pos(*index)) {
        (Some(mine), Some(other)) => mine != other,
        // What is longer than the master's log belongs to an older epoch, or is not there yet.
        (Some(mine), None) => mine.epoch < reference.last().epoch,
        _ => false,
    })
}

fn running(world: &World<Ha>, machine: &Machine<Ha>, data: &DataNode) -> Doing {
    let left_us = countdown(machine).map_or(0, |armed| armed.deadline.since(machine.local(world.now())));
    doing(world, machine, data, left_us)
}

/// What a data node is doing; its timer runs for `left_us` more.
pub(super) fn doing(world: &World<Ha>, machine: &Machine<Ha>, data: &DataNode, left_us: Micros) -> Doing {
    let now: LocalTime = machine.local(world.now());
    let voter = data.voter();
    match data.state() {
        State::Master(master) => match master.switching_to {
            Some(to) => Doing::HandsOver { to },
            None => Doing::Master {
                epoch: master.epoch,
                beat_us: left_us,
                lease_us: master.lease_until.map(|until| until.since(now)),
            },
        },
        State::Candidate(candidate) => {
            let layout = &world.config().layout;
            let needed = match world.config().nodes.decision {
                Decision::Majority => layout.majority(),
                _ => 1,
            };
            Doing::Asks { epoch: candidate.epoch, votes: candidate.votes.count_ones(), needed }
        }
        State::Fencing(fencing) => Doing::Fences { epoch: fencing.epoch, left_us },
        State::Promoting(Promotion { stage: Stage::Reading, epoch, .. }) => Doing::Reads { epoch: *epoch },
        State::Promoting(promotion) => Doing::Replays { epoch: promotion.epoch, left_us },
        State::Restoring(..) => Doing::Restores { left_us },
        State::Standby => {
            let detection = &world.config().nodes.detection;
            let silent_us = now.since(voter.detector.heard_at());
            match voter.master {
                None => Doing::Alone { left_us },
                Some(master) if voter.suspects => Doing::Suspects { master, silent_us },
                Some(master) => Doing::Follows { master, silent_us, limit_us: voter.detector.limit_us(detection) },
            }
        }
    }
}

/// What a member of an ensemble is doing.
#[inline(never)]
pub(super) fn membership(world: &World<Ha>, machine: &Machine<Ha>) -> Doing {
    let Some(member) = machine.process().and_then(Node::member) else { return Doing::Starts };
    let left_us = countdown(machine).map_or(0, |armed| armed.deadline.since(machine.local(world.now())));
    match member.handing_to() {
        Some(to) => Doing::HandsOver { to },
        None => Doing::Member(member_state(member, left_us)),
    }
}

/// How long a machine has been as it is, and in which epoch it was master until then.
pub(super) fn since(now: SimTime, id: MachineId, story: &[Told]) -> (Micros, Option<u32>) {
    let mut since = None;
    for told in story.iter().rev() {
        match told.event {
            Event::Machine { machine, .. } if machine == id && since.is_none() => since = Some(now.since(told.at)),
            Event::Note { machine, note, .. } if machine == id => match note {
                Note::BecameMaster { epoch, .. } => return (since.unwrap_or(now.us()), Some(epoch)),
                Note::SteppedDown { .. } | Note::Follows { .. } | Note::Suspected { .. } => break,
                _ => {}
            },
            _ => {}
        }
    }
    (since.unwrap_or(now.us()), None)
}

/// Where the clients' way leads now: to which node, in which epoch, as far as most of them know.
pub fn way_leads_to(world: &World<Ha>) -> Vec<(MachineId, Option<MachineId>)> {
    use crate::ha::NodeKind;
    let layout = &world.config().layout;
    if layout.is_pool() {
        return super::pool::ways(world);
    }
    if !layout.balancers.is_empty() {
        return super::cluster::ways(world);
    }
    let target = |id: &MachineId| match &world.machine(*id).process()?.kind {
        NodeKind::Proxy(proxy) => proxy.target(),
        NodeKind::Client(client) => client.route(),
        NodeKind::Dns(dns) => Some(dns.record().0),
        _ => None,
    };
    let is_proxied = matches!(world.config().router, Router::Proxy { .. });
    let who = if is_proxied { &layout.proxies } else { &layout.clients };
    who.iter().map(|id| (*id, target(id))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::player::Player;
    use crate::scenario::{Action, Scenario, Target};

    fn at(seconds: u64) -> SimTime {
        SimTime::from_us(seconds * 1_000_000)
    }

    #[test]
    fn the_cards_tell_a_failover() {
        let mut player = Player::new(Scenario::default());
        player.seek(at(3));
        let roles = |player: &Player| -> Vec<_> {
            nodes(player.world(), player.story()).iter().map(|node| (node.role_word(), node.health.word())).collect()
        };
        assert_eq!(roles(&player), [("master", "up"), ("standby", "up"), ("standby", "up")]);
        player.act(Action::MachineCrash { on: Target::Master }).unwrap();
        player.seek(at(20));
        let after = nodes(player.world(), player.story());
        assert_eq!(after[0].health, Health::Down);
        assert!(matches!(after[0].doing, Doing::Gone { master_in: Some(1), since_us: 17_000_000 }), "{:?}", after[0]);
        assert_eq!(after.iter().filter(|node| node.role_word() == "master").count(), 1);
        assert!(after[0].lag > 0, "the others went on without it");
    }

    #[test]
    fn the_way_leads_to_the_master() {
        let mut player = Player::new(Scenario::default());
        player.seek(at(3));
        let master = crate::ha::inspect::current_master(player.world());
        assert!(way_leads_to(player.world()).iter().all(|(_, to)| *to == master));
    }
}
