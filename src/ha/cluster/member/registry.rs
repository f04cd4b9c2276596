//! The member as a server of workers and balancers: orders, claims, watches.
//!
//! 1. **Orders** may come to any member that has a leader. Raft's followers pass them on, as etcd does, Zab's core does
//!    it itself; whoever was asked answers when it has applied them.
//! 2. **Claims** are counted down by the leader alone. In etcd, keep-alives are passed on to it; in ZooKeeper, members
//!    answer them and tell the leader with their next pong which sessions they have heard of. A new leader begins anew
//!    for all: with the full time, in etcd and an election timeout on top, for the old one may have promised so much. So
//!    no claim runs out because the manager was busy with itself.
//! 3. A claim that has run out is **revoked through the log**. Without a majority nothing is revoked, and nothing given
//!    to anybody: who owned a shard still does, as far as anybody can know. With each order the leader writes down **who has
//!    most** of each shard, as it has heard with the keep-alives: they are as old as these. Where nobody keeps in-sync sets
//!    that decides who takes over, so it is compared as MySQL's orchestrator does, and not raced for as in Patroni, whose
//!    nodes write their positions to the store with every turn of their loop, and compare them there.
//! 4. **Watches**: etcd streams every revision; ZooKeeper's fire once, and the client has to ask again, and sees only the
//!    newest. A ZooKeeper-like member refuses clients that have seen a newer registry than its own.
//!
//! A member without a leader says so, and its clients go elsewhere.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use super::super::config::{Protocol, Wire};
use super::super::registry::{
    self, Ahead, Ask, Logs, Message, Note, Order, Registry, Revision, Timer, UNHEARD, ttl_us,
};
use super::super::service::{Cmd, Decree};
use super::super::tree::{Look, Path, Tree, Watches};
use super::{Core, Member};
use crate::ha::limits::{ORDERS, WATCH_HISTORY};
use crate::ha::master_standby::Trouble;
use crate::ha::message::{self, Message as Any, Pos};
use crate::ha::note;
use crate::ha::system::Ha;
use crate::sim::{LocalTime, MachineId, Micros, Outbox};

/// How often etcd's lessor looks for leases that have run out (`lease/lessor.go`: 500 ms). A lease runs out at any time
/// between two looks, so one draw from the range is as good as simulating them.
const LOOK_US: Micros = 500_000;

/// When etcd has a lease revoked again that is still there (`defaultExpiredleaseRetryInterval`).
const REVOKE_AGAIN_US: Micros = 3_000_000;

/// What a member knows of its clients.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Desk {
    /// Who is connected, and whether a watch of it is set.
    clients: BTreeMap<MachineId, bool>,
    /// Watches on nodes of the tree.
    watches: Watches,
    /// Orders that were given here and are not applied yet, oldest first.
    asks: VecDeque<Ask>,
    /// The newest registries, oldest first: what a stream can go back to.
    recent: VecDeque<Rc<Registry>>,
    /// Of the leader: the claims that it counts down, by worker.
    claims: BTreeMap<u8, Counted>,
    /// Of the leader: how far the logs of these workers went when they were heard of last.
    logs: BTreeMap<u8, Logs>,
}

/// A claim that is counted down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Counted {
    lease: Revision,
    heard_at: LocalTime,
    /// Ticks that are left (ZooKeeper). etcd's leases have timers.
    ticks: u32,
    /// It has run out, and is to be revoked.
    expired: bool,
}

impl Member {
    /// What the manager has agreed on, as far as this member has applied it.
    pub fn registry(&self) -> &Rc<Registry> {
        &self.state.registry
    }

    /// Leading: the claims that it counts down, worker and lease.
    pub fn claims(&self) -> impl Iterator<Item = (u8, Revision)> {
        self.desk.claims.iter().map(|(worker, counted)| (*worker, counted.lease))
    }

    /// ZooKeeper's leader: the ticks after which this worker's session is over, if nothing is heard of it.
    pub fn ticks_left(&self, worker: u8) -> Option<u32> {
        self.desk.claims.get(&worker).filter(|_| self.is_zab()).map(|counted| counted.ticks)
    }

    /// The workers and balancers that talk to it.
    pub fn registry_clients(&self) -> impl Iterator<Item = MachineId> {
        self.desk.clients.keys().copied()
    }

    /// Whether it has a leader, and so can help.
    fn has_leader(&self) -> bool {
        match &self.core {
            Core::Raft(core) => core.raft.leader().is_some(),
            Core::Zab(core) => core.zab.serves(),
        }
    }

    fn is_zab(&self) -> bool {
        matches!(self.core, Core::Zab(_))
    }

    pub(super) fn registry_message(&mut self, now: LocalTime, from: MachineId, body: &Message, out: &mut Outbox<Ha>) {
        if matches!(
            body,
            Message::Watch { .. } | Message::KeepAlive { .. } | Message::Order { .. } | Message::Look { .. }
        ) {
            if self.trouble == Trouble::Hangs {
                return;
            }
            if self.trouble == Trouble::Fails || !self.has_leader() {
                return tell(from, Message::Unavailable, out);
            }
            self.desk.clients.entry(from).or_insert(false);
        }
        match *body {
            Message::Watch { has, seen } => self.watch(from, has, seen, out),
            // One that has seen more was refused when it said hello.
            Message::KeepAlive { round, claim, seen, ref logs } if !self.is_behind(seen) => {
                self.kept_alive(now, from, round, claim.map(|claim| (claim, logs)), out);
            }
            Message::Order { number, seen, order } => {
                self.ordered(now, Ask { client: from, number, seen }, order, out);
            }
            Message::Look { number, applied, path, what, watch } if self.is_zab() => {
                self.looked_at(from, (number, applied), (path, what), watch, out);
            }
            Message::ForwardOrder { ask, order } => {
                if matches!(&self.core, Core::Raft(core) if core.raft.is_leader()) {
                    self.propose(now, Some(ask), order, out);
                }
            }
            Message::ForwardKeepAlive { client, round, claim, ref logs } => {
                if let Some(kept) = self.renew(now, claim, logs, out) {
                    self.pass(from, Message::ForwardKept { client, round, claim, kept }, out);
                }
            }
            Message::ForwardKept { client, round, claim: (_, lease), kept }
                if self.desk.clients.contains_key(&client) =>
            {
                tell(client, if kept { Message::Kept { round } } else { Message::Gone { lease } }, out);
            }
            _ => {}
        }
    }

    pub(super) fn registry_timer(&mut self, now: LocalTime, timer: Timer, out: &mut Outbox<Ha>) {
        match timer {
            Timer::Lease(worker) => self.expire(now, worker, out),
            Timer::Tick => self.tick(now, out),
            Timer::KeepAlive | Timer::Claim => {}
        }
    }

    /// A client is gone, and its watch and its orders with it. Its claim is not: that only time, or an order, ends.
    pub(super) fn client_closed(&mut self, peer: MachineId) {
        self.desk.clients.remove(&peer);
        self.desk.watches.forget(peer);
        self.desk.asks.retain(|ask| ask.client != peer);
    }

    /// It serves no more: as in ZooKeeper, its clients have to go elsewhere.
    pub(super) fn close_clients(&mut self, out: &mut Outbox<Ha>) {
        for client in std::mem::take(&mut self.desk.clients).into_keys() {
            out.close(client);
        }
        self.desk.watches = Watches::default();
        self.desk.asks.clear();
    }

    // ---- orders --------------------------------------------------------------------------------------

    fn ordered(&mut self, now: LocalTime, ask: Ask, order: Order, out: &mut Outbox<Ha>) {
        if !self.desk.asks.contains(&ask) {
            self.desk.asks.push_back(ask);
        }
        if self.desk.asks.len() > ORDERS {
            self.desk.asks.pop_front();
        }
        match (&self.core, self.hint()) {
            (Core::Raft(core), Some(leader)) if !core.raft.is_leader() => {
                self.pass(leader, Message::ForwardOrder { ask, order }, out);
            }
            _ => self.propose(now, Some(ask), order, out),
        }
    }

    fn propose(&mut self, now: LocalTime, ask: Option<Ask>, order: Order, out: &mut Outbox<Ha>) {
        let cmd = Cmd::Order(Rc::new(Decree { ask, order, ahead: self.ahead() }));
        match self.core {
            Core::Raft(_) => self.raft(now, super::super::raft::Input::Propose(cmd), None, out),
            Core::Zab(_) => self.zab(now, super::super::zab::Input::Propose(cmd), None, out),
        }
    }

    /// Who has most of each shard, of those who live, as far as it has heard with their keep-alives: only a leader has heard
    /// of all of them. A new one knows nothing until they come again.
    fn ahead(&self) -> Ahead {
        let mut ahead = UNHEARD;
        if self.serves_as_leader().is_none() {
            return ahead;
        }
        for (place, shard) in self.state.registry.shards().iter().enumerate() {
            let lives = |worker: u8| self.desk.claims.get(&worker).is_some_and(|counted| !counted.expired);
            let held = self.desk.logs.iter().filter(|(worker, _)| shard.is_held_by(**worker) && lives(**worker));
            let ends = held.filter_map(|(worker, logs)| Some((*worker, *logs.get(place)?)));
            let most = ends.clone().map(|(_, end)| end).max();
            ahead[place] = ends.filter(|(_, end)| Some(*end) == most).fold(0, |bits, (worker, _)| bits | 1 << worker);
        }
        ahead
    }

    /// The operator accepts that a shard without owner has lost something.
    pub(super) fn accept_loss(&mut self, now: LocalTime, shard: u8, out: &mut Outbox<Ha>) {
        if !self.outside && self.config.cluster().is_some() {
            self.propose(now, None, Order::AcceptLoss { shard }, out);
        }
    }

    /// Something of a client goes on to another member, or comes back.
    fn pass(&self, to: MachineId, body: Message, out: &mut Outbox<Ha>) {
        match self.options().wire {
            Wire::Connection => out.stream(to, Any::Registry(body)),
            Wire::Datagram => out.datagram(to, Any::Registry(body)),
        }
    }

    /// An order is committed: it is applied, and all who want to know are told.
    pub(super) fn carry_out(&mut self, now: LocalTime, pos: Pos, decree: Decree, out: &mut Outbox<Ha>) {
        let Decree { ask, order, .. } = decree;
        let (before, tree) = (Rc::clone(&self.state.registry), Rc::clone(&self.state.tree));
        let outcome = Rc::make_mut(&mut self.state).carry_out(pos, decree);
        if self.reign.is_some() {
            for said in registry::changes(&before, &self.state.registry, order) {
                out.note(note::Note::Registry(said));
            }
        }
        if let Some(at) = self.desk.asks.iter().position(|waiting| Some(*waiting) == ask)
            && let Some(Ask { client, number, .. }) = self.desk.asks.remove(at)
        {
            tell(client, Message::Ordered { number, outcome }, out);
        }
        self.registry_changed(out);
        self.tree_changed(&tree, out);
        self.count_new_claims(now, 0, out);
    }

    // ---- watches -------------------------------------------------------------------------------------

    fn watch(&mut self, from: MachineId, has: Revision, seen: Revision, out: &mut Outbox<Ha>) {
        if self.is_behind(seen) {
            let mine = self.state.registry.revision();
            out.note(note::Note::Registry(Note::TooNew { client: from, seen, mine }));
            return tell(from, Message::TooNew, out);
        }
        self.desk.clients.insert(from, true);
        if self.is_zab() {
            return tell(from, Message::Map(Rc::clone(&self.state.registry)), out);
        }
        if self.desk.recent.is_empty() {
            self.desk.recent.push_back(Rc::clone(&self.state.registry));
        }
        for map in self.desk.recent.iter().filter(|map| map.revision() > has) {
            tell(from, Message::Map(Rc::clone(map)), out);
        }
    }

    /// ZooKeeper: nobody goes back in time. Whether a client that has seen so much has to ask another member.
    fn is_behind(&self, seen: Revision) -> bool {
        self.is_zab() && seen > self.state.registry.revision()
    }

    /// The registry is another one: by an order, or with a snapshot.
    pub(super) fn registry_changed(&mut self, out: &mut Outbox<Ha>) {
        let map = Rc::clone(&self.state.registry);
        let revision = map.revision();
        if self.desk.recent.back().is_some_and(|newest| newest.revision() == revision) {
            return;
        }
        self.desk.recent.push_back(Rc::clone(&map));
        if self.desk.recent.len() > WATCH_HISTORY {
            self.desk.recent.pop_front();
        }
        if self.trouble != Trouble::None {
            return;
        }
        let once = self.is_zab();
        for (client, watches) in self.desk.clients.iter_mut().filter(|(_, watches)| **watches) {
            *watches = !once;
            tell(*client, if once { Message::Fired { revision } } else { Message::Map(Rc::clone(&map)) }, out);
        }
    }

    // ---- the tree ------------------------------------------------------------------------------------

    /// How many clients of this member wait for something of a node.
    pub fn watches_on(&self, path: Path) -> usize {
        self.desk.watches.on(path)
    }

    /// A client asks about a node: it is answered from what is applied here, unless it has seen more.
    fn looked_at(
        &mut self,
        from: MachineId,
        (number, applied): (u32, u32),
        (path, what): (Path, Look),
        watch: bool,
        out: &mut Outbox<Ha>,
    ) {
        if applied > self.state.applied {
            return tell(from, Message::TooNew, out);
        }
        if watch {
            self.desk.watches.set(from, path, what);
        }
        let found = Rc::new(self.state.tree.look(path, what, self.state.applied));
        tell(from, Message::Found { number, found }, out);
    }

    /// The tree is another one: by an order, or with a snapshot.
    pub(super) fn tree_changed(&mut self, before: &Rc<Tree>, out: &mut Outbox<Ha>) {
        if Rc::ptr_eq(before, &self.state.tree) {
            return;
        }
        if self.reign.is_some() {
            for (path, change) in self.state.tree.changes_since(before) {
                out.note(note::Note::Registry(Note::Znode { path, change }));
            }
        }
        for (client, path, event) in self.desk.watches.fire(before, &self.state.tree) {
            if self.trouble == Trouble::None {
                tell(client, Message::NodeFired { path, event }, out);
            }
        }
    }

    // ---- claims --------------------------------------------------------------------------------------

    fn kept_alive(
        &mut self,
        now: LocalTime,
        from: MachineId,
        round: u32,
        claim: Option<((u8, Revision), &Logs)>,
        out: &mut Outbox<Ha>,
    ) {
        let Some((claim, logs)) = claim else { return tell(from, Message::Kept { round }, out) };
        let leader = self.hint();
        let known = self.state.registry.has_lease(claim.0, claim.1);
        let kept = match (&mut self.core, leader) {
            (Core::Raft(_), Some(leader)) => {
                let logs = Rc::clone(logs);
                return self.pass(leader, Message::ForwardKeepAlive { client: from, round, claim, logs }, out);
            }
            (Core::Zab(core), Some(_)) => {
                if known {
                    core.zab.touched().insert(claim, Rc::clone(logs));
                }
                Some(known)
            }
            (Core::Raft(_) | Core::Zab(_), None) => self.renew(now, claim, logs, out),
        };
        match kept {
            Some(true) => tell(from, Message::Kept { round }, out),
            Some(false) => tell(from, Message::Gone { lease: claim.1 }, out),
            None => {}
        }
    }

    /// The leader has heard of a claim: whether it is still there. It does not say before it serves, and nothing of one
    /// that has run out and is not revoked yet.
    pub(super) fn renew(
        &mut self,
        now: LocalTime,
        (worker, lease): (u8, Revision),
        logs: &Logs,
        out: &mut Outbox<Ha>,
    ) -> Option<bool> {
        self.serves_as_leader()?;
        match self.desk.claims.get(&worker) {
            Some(counted) if counted.lease == lease && counted.expired => None,
            Some(counted) if counted.lease == lease => {
                self.count_claim(now, worker, lease, 0, out);
                self.desk.logs.insert(worker, Rc::clone(logs));
                Some(true)
            }
            _ => Some(false),
        }
    }

    /// It leads and serves now: all claims begin anew.
    pub(super) fn count_claims(&mut self, now: LocalTime, out: &mut Outbox<Ha>) {
        let Some(cluster) = self.config.cluster() else { return };
        let extra_us = match cluster.manager.protocol {
            Protocol::Raft(raft) => raft.timing.base_us(),
            Protocol::Zab(zab) => {
                out.set_timer(timer(Timer::Tick), zab.tick_us, zab.tick_us);
                0
            }
        };
        self.count_new_claims(now, extra_us, out);
    }

    /// It leads no more.
    pub(super) fn forget_claims(&mut self, out: &mut Outbox<Ha>) {
        if self.config.cluster().is_none() {
            return;
        }
        let raft = !self.is_zab();
        self.desk.logs.clear();
        for worker in std::mem::take(&mut self.desk.claims).into_keys().filter(|_| raft) {
            out.cancel_timer(timer(Timer::Lease(worker)));
        }
        if !raft {
            out.cancel_timer(timer(Timer::Tick));
        }
    }

    /// Counts the claims that the registry has, and no others.
    fn count_new_claims(&mut self, now: LocalTime, extra_us: Micros, out: &mut Outbox<Ha>) {
        if !self.reign.is_some_and(|reign| reign.serves) {
            return;
        }
        let registry = Rc::clone(&self.state.registry);
        let is_gone = |(worker, counted): &(&u8, &Counted)| !registry.has_lease(**worker, counted.lease);
        let gone: Vec<u8> = self.desk.claims.iter().filter(is_gone).map(|(worker, _)| *worker).collect();
        for worker in gone {
            self.desk.claims.remove(&worker);
            self.desk.logs.remove(&worker);
            if !self.is_zab() {
                out.cancel_timer(timer(Timer::Lease(worker)));
            }
        }
        for (worker, known) in registry.workers() {
            if !self.desk.claims.contains_key(&worker) {
                self.count_claim(now, worker, known.lease, extra_us, out);
            }
        }
    }

    fn count_claim(&mut self, now: LocalTime, worker: u8, lease: Revision, extra_us: Micros, out: &mut Outbox<Ha>) {
        let ttl_us = ttl_us(&self.config);
        let ticks = match self.options().protocol {
            Protocol::Raft(_) => {
                let least_us = ttl_us + extra_us;
                out.set_timer(timer(Timer::Lease(worker)), least_us, least_us + LOOK_US);
                0
            }
            // The next tick may come at once.
            Protocol::Zab(zab) => ttl_us.div_ceil(zab.tick_us) as u32 + 1,
        };
        self.desk.claims.insert(worker, Counted { lease, heard_at: now, ticks, expired: false });
    }

    /// ZooKeeper counts all sessions down, tick by tick.
    fn tick(&mut self, now: LocalTime, out: &mut Outbox<Ha>) {
        let Protocol::Zab(zab) = self.options().protocol else { return };
        out.set_timer(timer(Timer::Tick), zab.tick_us, zab.tick_us);
        let mut over = Vec::new();
        for (worker, counted) in &mut self.desk.claims {
            counted.ticks = counted.ticks.saturating_sub(1);
            if counted.ticks == 0 {
                counted.ticks = zab.sync_limit.max(1);
                over.push(*worker);
            }
        }
        for worker in over {
            self.expire(now, worker, out);
        }
    }

    /// A claim has run out: it is to be revoked, and again and again as long as it is there.
    fn expire(&mut self, now: LocalTime, worker: u8, out: &mut Outbox<Ha>) {
        let raft = !self.is_zab();
        let Some(counted) = self.desk.claims.get_mut(&worker) else { return };
        let Counted { lease, heard_at, .. } = *counted;
        if !std::mem::replace(&mut counted.expired, true) {
            out.note(note::Note::Registry(Note::Expired { worker, lease, silent_us: now.since(heard_at) }));
        }
        if raft {
            out.set_timer(timer(Timer::Lease(worker)), REVOKE_AGAIN_US, REVOKE_AGAIN_US);
        }
        self.propose(now, None, Order::Revoke { worker, lease }, out);
    }
}

fn tell(client: MachineId, body: Message, out: &mut Outbox<Ha>) {
    out.stream(client, Any::Registry(body));
}

fn timer(timer: Timer) -> message::Timer {
    message::Timer::Registry(timer)
}
