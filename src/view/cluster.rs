//! A cluster as its cards show it: what each worker owns and holds, how long its claim lasts, and what the manager knows.
//!
//! A worker's card shows what the worker itself believes. Of one that does not run it shows what the manager still
//! believes of it: until its claim has run out, its shards are its own.

use std::rc::Rc;

use super::node::{Health, doing, membership, since};
use crate::ha::cluster::registry::{Registry, Shard, Timer as RegistryTimer, ttl_us};
use crate::ha::cluster::tree::Contender;
use crate::ha::cluster::{LogRef, Member, Protocol, Worker};
use crate::ha::inspect::{Role, log_of};
use crate::ha::master_standby::{DataNode, Stage, State, Trouble};
use crate::ha::message::{NodeTimer, Timer};
use crate::ha::{Ha, Node};
use crate::i18n::Doing;
use crate::player::Told;
use crate::sim::{Machine, MachineId, Micros, World};

/// What a worker is to its cluster, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Owns shards, and holds others perhaps.
    Owner,
    /// Holds shards that others own.
    Holder,
    /// Belongs to the cluster, without shards.
    Idle,
    /// Its claim is lost or not there yet: it registers.
    Claiming,
    /// Does not belong to the cluster.
    Spare,
    /// Does not run.
    Gone,
}

/// What a worker is to one shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// Its master: takes writes.
    Owner,
    /// Is to be its master, and is not open yet.
    Opening,
    /// Has stopped taking writes, to hand it over.
    HandingOver,
    /// Holds a copy, and may become its master.
    Follower,
    /// Holds a copy that does not have everything.
    Behind,
    /// Does not run; in the manager's eyes it is still the owner.
    LostOwner,
    /// Does not run, and held a copy.
    LostCopy,
}

/// A shard on a worker's card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShardView {
    /// Which.
    pub shard: u8,
    /// What the worker is to it.
    pub hold: Hold,
    /// The newest fencing token that the worker knows of.
    pub token: u32,
}

/// A worker's card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerView {
    /// Which machine.
    pub machine: MachineId,
    /// Whether it runs.
    pub health: Health,
    /// What it is.
    pub standing: Standing,
    /// It is to be emptied.
    pub leaving: bool,
    /// It was to be emptied, and is empty.
    pub drained: bool,
    /// Its shards.
    pub shards: Vec<ShardView>,
    /// Those of its shards that nobody owns, in the manager's eyes.
    pub ownerless: Vec<u8>,
    /// How long its claim lasts, on its own clock.
    pub claim_left_us: Option<Micros>,
    /// How long the manager's leader waits before it takes the claim; none where nobody leads, or nothing is claimed.
    pub manager_left_us: Option<Micros>,
    /// The member that it talks to.
    pub member: Option<MachineId>,
    /// The number of its ephemeral sequence node, as the manager has it; none with an etcd-like one.
    pub sequence: Option<u32>,
    /// It coordinates the workers, as far as it knows.
    pub coordinates: bool,
    /// It fails or hangs requests although it seems well.
    pub gray: bool,
    /// Bad data keeps it from serving.
    pub poisoned: bool,
}

/// The member that leads the manager in the newest term, on a machine that runs or is frozen.
#[inline(never)]
pub fn manager(world: &World<Ha>) -> Option<MachineId> {
    let members = &world.config().layout.members;
    let leads = members.iter().filter_map(|id| Some((world.machine(*id).process()?.leads()?, *id)));
    leads.max().map(|(_, id)| id)
}

/// The registry as the manager has it: its leader's, or else the newest that anybody knows.
#[inline(never)]
pub fn registry(world: &World<Ha>) -> Option<Rc<Registry>> {
    let leader = manager(world).and_then(|id| member(world.machine(id)));
    if let Some(leader) = leader {
        return Some(Rc::clone(leader.registry()));
    }
    let known = world.machines().filter_map(|(_, machine)| {
        let process = machine.process()?;
        let of_member = process.member().map(Member::registry);
        let of_worker = process.holder().map(|worker| worker.registrar().map());
        of_member.or(of_worker).or(process.gateway().map(|gateway| gateway.registrar().map())).map(Rc::clone)
    });
    known.max_by_key(|registry| registry.revision())
}

fn member(machine: &Machine<Ha>) -> Option<&Member> {
    machine.process().and_then(Node::member)
}

/// The shards that nobody owns: no worker lives that surely has all of their data.
pub fn ownerless(registry: &Registry) -> impl Iterator<Item = (u8, &Shard)> {
    (0..).zip(registry.shards()).filter(|(_, shard)| shard.owner.is_none())
}

/// All workers, as their cards show them.
#[inline(never)]
pub fn workers(world: &World<Ha>) -> Vec<WorkerView> {
    let registry = registry(world).unwrap_or_default();
    let data = (0..).zip(&world.config().layout.data);
    data.map(|(index, id)| worker(world, &registry, index, *id)).collect()
}

fn worker(world: &World<Ha>, registry: &Registry, index: u8, id: MachineId) -> WorkerView {
    let machine = world.machine(id);
    let holder = machine.process().and_then(Node::holder);
    let shards = holder.map_or_else(|| believed(registry, index), |holder| held(registry, index, holder));
    let is = |hold: Hold| shards.iter().any(|shard| shard.hold == hold);
    let nodes = |holder: &Worker| -> Vec<(Trouble, bool)> {
        let nodes = (0..world.config().shards()).filter_map(|shard| holder.node(shard));
        nodes.map(|node| (node.trouble(), node.is_poisoned())).collect()
    };
    let troubles = holder.map(nodes).unwrap_or_default();
    WorkerView {
        machine: id,
        health: Health::of(machine.status()),
        standing: match holder {
            None => Standing::Gone,
            Some(holder) if !holder.registrar().has_joined() => Standing::Spare,
            Some(holder) if holder.registrar().claim().is_none() => Standing::Claiming,
            Some(_) if is(Hold::Owner) || is(Hold::Opening) || is(Hold::HandingOver) => Standing::Owner,
            Some(_) if shards.is_empty() => Standing::Idle,
            Some(_) => Standing::Holder,
        },
        ownerless: ownerless(registry).filter(|(_, shard)| shard.is_held_by(index)).map(|(shard, _)| shard).collect(),
        leaving: registry.is_leaving(index),
        drained: registry.is_drained(index),
        shards,
        claim_left_us: claim(world, machine).map(|(left, _)| left),
        manager_left_us: manager_waits(world, index),
        member: holder.map(|holder| holder.registrar().member()),
        sequence: registry.worker(index).and_then(|known| known.sequence),
        coordinates: holder.and_then(Worker::contender).is_some_and(Contender::leads),
        gray: troubles.iter().any(|(trouble, _)| *trouble != Trouble::None),
        poisoned: troubles.iter().any(|(_, poisoned)| *poisoned),
    }
}

/// What a worker that runs is to its shards.
fn held(registry: &Registry, index: u8, holder: &Worker) -> Vec<ShardView> {
    let of = |(shard, known): (u8, &Shard)| {
        let node = holder.node(shard)?;
        let hold = match node.role() {
            Role::Master => Hold::Owner,
            Role::SteppingDown => Hold::HandingOver,
            Role::Fencing | Role::Promoting => Hold::Opening,
            _ if !known.is_held_by(index) => return None,
            Role::Standby if known.in_sync.has(index.into()) || node.voter().in_sync.has(index.into()) => {
                Hold::Follower
            }
            Role::Standby if !holder.config().agrees_in_sync() => Hold::Follower,
            _ => Hold::Behind,
        };
        Some(ShardView { shard, hold, token: node.voter().epoch })
    };
    (0..).zip(registry.shards()).filter_map(of).collect()
}

/// What the manager believes of a worker that does not run.
fn believed(registry: &Registry, index: u8) -> Vec<ShardView> {
    let holds = |(_, shard): &(u8, &Shard)| shard.is_held_by(index);
    let of = |(number, shard): (u8, &Shard)| {
        let hold = if shard.owner == Some(index) { Hold::LostOwner } else { Hold::LostCopy };
        ShardView { shard: number, hold, token: shard.token }
    };
    (0..).zip(registry.shards()).filter(holds).map(of).collect()
}

/// How long a worker's claim lasts, and how long it is when it is new: on its own clock.
#[inline(never)]
pub fn claim(world: &World<Ha>, machine: &Machine<Ha>) -> Option<(Micros, Micros)> {
    let (_, until) = machine.process()?.holder()?.registrar().claim()?;
    Some((until.since(machine.local(world.now())), ttl_us(world.config())))
}

/// How long the manager's leader waits for a word of a worker before it has its claim revoked.
#[inline(never)]
pub fn manager_waits(world: &World<Ha>, worker: u8) -> Option<Micros> {
    let machine = world.machine(manager(world)?);
    let leader = member(machine)?;
    leader.claims().find(|(claimed, _)| *claimed == worker)?;
    let now = machine.local(world.now());
    let left = |wanted: RegistryTimer| {
        let armed = machine.timers().iter().find(|armed| armed.timer == Timer::Registry(wanted));
        armed.map(|armed| armed.deadline.since(now))
    };
    match world.config().ensemble()?.protocol {
        Protocol::Raft(_) => left(RegistryTimer::Lease(worker)),
        Protocol::Zab(zab) => {
            let more = leader.ticks_left(worker)?.saturating_sub(1);
            Some(left(RegistryTimer::Tick)? + u64::from(more) * zab.tick_us)
        }
    }
}

/// The log of one shard on a worker, of the only one on any other machine.
pub(super) fn log_of_shard(machine: &Machine<Ha>, shard: u8) -> LogRef<'_> {
    if shard == 0 {
        return log_of(machine);
    }
    let node = machine.process().and_then(Node::holder).and_then(|holder| holder.node(shard));
    let disk = machine.disk().image().shards.get(usize::from(shard));
    let log = node.map(DataNode::log).or(disk.map(|disk| &disk.log));
    log.map_or_else(|| log_of(machine), LogRef::Data)
}

/// What the node of the only shard is doing, on a worker under a manager's lease.
#[inline(never)]
pub(super) fn running(world: &World<Ha>, machine: &Machine<Ha>, data: &DataNode) -> Doing {
    let wanted = match data.state() {
        State::Promoting(promotion) if matches!(promotion.stage, Stage::Reading) => None,
        State::Promoting(_) => Some(NodeTimer::Recovery),
        State::Fencing(_) => Some(NodeTimer::LeaseWait),
        State::Restoring(..) => Some(NodeTimer::Restore),
        _ => Some(NodeTimer::Silence),
    };
    let now = machine.local(world.now());
    let armed = wanted.and_then(|timer| machine.timers().iter().find(|armed| armed.timer == Timer::Shard(0, timer)));
    let left_us = armed.map_or(0, |armed| armed.deadline.since(now));
    match doing(world, machine, data, left_us) {
        Doing::Master { epoch, beat_us, .. } => {
            Doing::Master { epoch, beat_us, lease_us: claim(world, machine).map(|(left, _)| left) }
        }
        other => other,
    }
}

/// A member's box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemberView {
    /// Whether it runs.
    pub health: Health,
    /// What it is; none while there is no process.
    pub role: Option<Role>,
    /// What it is doing.
    pub doing: Doing,
    /// Its term or epoch.
    pub term: u32,
    /// Index of its last entry.
    pub last: u32,
    /// Index of its last committed entry.
    pub committed: u32,
    /// It leads, and can commit.
    pub serves: bool,
}

/// A member of the manager, as its box shows it.
#[inline(never)]
pub fn member_view(world: &World<Ha>, story: &[Told], id: MachineId) -> MemberView {
    let machine = world.machine(id);
    let member = member(machine);
    let health = Health::of(machine.status());
    let (since_us, master_in) = since(world.now(), id, story);
    MemberView {
        health,
        role: machine.process().map(Node::role),
        doing: match health {
            Health::Up => membership(world, machine),
            Health::Frozen => Doing::Frozen { since_us },
            Health::Starting => Doing::Starts,
            Health::Down => Doing::Gone { master_in, since_us },
        },
        term: member.map_or(0, Member::term),
        last: member.map_or(0, |member| member.log().last_index()),
        committed: member.map_or(0, Member::committed),
        serves: member.is_some_and(|member| member.serves_as_leader().is_some()),
    }
}

/// Where the balancers lead requests: each to the owners that it knows.
#[inline(never)]
pub fn ways(world: &World<Ha>) -> Vec<(MachineId, Option<MachineId>)> {
    let mut ways: Vec<_> = world.config().layout.balancers.iter().flat_map(|id| routes(world, *id)).collect();
    ways.retain(|(_, to)| to.is_some());
    ways.sort_unstable();
    ways.dedup();
    ways
}

/// Where a balancer leads the requests of each shard.
#[inline(never)]
pub fn routes(world: &World<Ha>, balancer: MachineId) -> Vec<(MachineId, Option<MachineId>)> {
    let gateway = world.machine(balancer).process().and_then(Node::gateway);
    let shards = 0..world.config().shards();
    gateway.map_or_else(Vec::new, |gateway| shards.map(|shard| (balancer, gateway.route(shard))).collect())
}

/// The most members that an ensemble of this size can lose, and whether one fewer could lose as many.
pub fn survives(members: usize) -> (usize, bool) {
    let losses = members.saturating_sub(1) / 2;
    (losses, members > 1 && members.is_multiple_of(2))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::player::Player;
    use crate::scenario::{Action, Target, parse};
    use crate::sim::SimTime;

    fn player(system: &str) -> Player {
        Player::new(parse(&format!(r#"{{ "version": 1, "system": {system} }}"#)).unwrap())
    }

    fn at(seconds: u64) -> SimTime {
        SimTime::from_us(seconds * 1_000_000)
    }

    fn holds(player: &Player, worker: usize) -> Vec<(u8, Hold)> {
        workers(player.world())[worker].shards.iter().map(|shard| (shard.shard, shard.hold)).collect()
    }

    #[test]
    fn a_dead_workers_shards_are_its_own_until_its_claim_has_run_out() {
        for manager in [r#"{ "etcd": {} }"#, r#"{ "zookeeper": {} }"#] {
            let system = format!(r#"{{ "cluster": {{ "manager": {manager}, "data": {{ "workers": {{}} }} }} }}"#);
            let mut player = player(&system);
            player.seek(at(9));
            assert_eq!(holds(&player, 0), [(0, Hold::Owner), (2, Hold::Follower)], "{manager}");
            assert_eq!(workers(player.world())[0].standing, Standing::Owner);
            assert_eq!(ways(player.world()).len(), 3);
            player.act(Action::MachineCrash { on: Target::Node(0) }).unwrap();
            player.seek(at(10));
            assert_eq!(holds(&player, 0), [(0, Hold::LostOwner), (2, Hold::LostCopy)], "{manager}");
            let dead = workers(player.world()).swap_remove(0);
            assert_eq!((dead.standing, dead.claim_left_us), (Standing::Gone, None));
            let left = dead.manager_left_us.expect("the leader waits");
            assert!((2_000_000..12_000_000).contains(&left), "{left}");
            player.seek(at(30));
            assert_eq!(holds(&player, 0), [(0, Hold::LostCopy), (2, Hold::LostCopy)], "{manager}");
            assert!(holds(&player, 1).contains(&(0, Hold::Owner)), "{:?}", workers(player.world()));
            assert_eq!(workers(player.world())[0].manager_left_us, None);
            assert!(ways(player.world()).iter().all(|(_, to)| *to != Some(dead.machine)));
        }
    }

    #[test]
    fn a_spare_joins_and_a_worker_is_drained() {
        let mut player = player(r#"{ "cluster": { "data": { "workers": { "spares": 1 } } } }"#);
        player.seek(at(2));
        let standing = |player: &Player, worker: usize| workers(player.world())[worker].standing;
        assert_eq!(standing(&player, 3), Standing::Spare);
        player.act(Action::Join { on: Target::Node(3) }).unwrap();
        player.seek(at(20));
        assert!(matches!(standing(&player, 3), Standing::Owner | Standing::Holder), "{:?}", standing(&player, 3));
        player.act(Action::Drain { on: Target::Node(0) }).unwrap();
        player.seek(at(60));
        let drained = workers(player.world()).swap_remove(0);
        assert!(drained.leaving && drained.drained && drained.shards.is_empty(), "{drained:?}");
    }

    #[test]
    fn a_pair_under_a_managers_lease_looks_like_a_pair() {
        let mut player = player(r#"{ "master_standby": { "decision": { "manager": {} } } }"#);
        player.seek(at(5));
        let cards = crate::view::nodes(player.world(), player.story());
        let roles: Vec<_> = cards.iter().map(crate::view::NodeView::role_word).collect();
        assert_eq!(roles, ["master", "standby", "standby"]);
        assert!(matches!(cards[0].doing, Doing::Master { epoch: 1, lease_us: Some(1..), .. }), "{:?}", cards[0]);
        assert!(cards[1].log.last > 0);
        player.act(Action::MachineCrash { on: Target::Master }).unwrap();
        player.seek(at(25));
        let cards = crate::view::nodes(player.world(), player.story());
        assert_eq!(cards.iter().filter(|card| card.role_word() == "master").count(), 1);
        assert!(cards[0].log.last > 0, "its disk still has its log: {:?}", cards[0]);
    }

    #[test]
    fn a_new_leader_of_the_manager_is_seen() {
        let mut player = player(r#"{ "cluster": { "data": { "workers": {} } } }"#);
        player.seek(at(3));
        let leader = manager(player.world()).unwrap();
        let view = member_view(player.world(), player.story(), leader);
        assert!(view.serves && view.role == Some(Role::Leader) && view.committed > 0, "{view:?}");
        player.act(Action::MachineCrash { on: Target::Leader }).unwrap();
        player.seek(at(20));
        assert!(manager(player.world()).is_some_and(|new| new != leader));
        let dead = member_view(player.world(), player.story(), leader);
        assert!(matches!(dead.doing, Doing::Gone { master_in: Some(1), .. }), "{dead:?}");
    }

    #[test]
    fn the_probes_writes_are_left_out_on_every_shard() {
        let mut player = player(r#"{ "cluster": { "data": { "workers": {} } } }"#);
        let mut seen = [[0_u32; 2]; 3];
        for tenth in 10..100 {
            player.seek(SimTime::from_us(tenth * 100_000));
            for flight in player.flights().filter(|flight| flight.brief.kind == crate::ha::message::Kind::Append) {
                let layout = &player.world().config().layout;
                if layout.data_index(flight.from).is_some() && flight.brief.count == 1 {
                    let probe = crate::view::is_of_probe(player.world(), flight.from, flight.to, &flight.brief);
                    seen[usize::from(flight.brief.lane)][usize::from(probe)] += 1;
                }
            }
        }
        // The probe writes to every shard twenty times a second, clients a few times.
        assert!(seen.iter().all(|[users, probes]| users < probes && *probes > 20), "{seen:?}");
    }

    #[test]
    fn four_members_survive_no_more_than_three() {
        assert_eq!([1, 2, 3, 4, 5].map(survives), [(0, false), (0, true), (1, false), (1, true), (2, false)]);
    }
}
