//! A run: a world, and the plan of what is done to it.

use super::action::{Action, Target};
use super::document::Scenario;
use super::plan::{Plan, Planned};
use super::problem::Problem;
use super::write::to_value;
use super::{ranges, wiring};
use crate::ha::cluster::raft::Members;
use crate::ha::cluster::registry::UNHEARD;
use crate::ha::cluster::{MemberDisk, Protocol};
use crate::ha::inspect::best_standby;
use crate::ha::message::Command;
use crate::ha::note::Note;
use crate::ha::{Config, Ha, Layout, Log, Node};
use crate::sim::{Event, Fault, MachineId, Origin, SimTime, Sink, TraceHash, World};

/// Most planned actions that are remembered because they could not be done.
const SKIPPED: usize = 64;

/// A world with its plan of scheduled and random faults.
///
/// Actions happen after all events of their microsecond, so a run is decided by scenario, seed, and the times of
/// the actions that were done by hand.
///
/// ```no_run
/// use ha_lab::scenario::{Action, Run, Scenario, Target};
/// use ha_lab::sim::SimTime;
///
/// let mut run = Run::new(&Scenario::default(), 7);
/// run.start(&mut ());
/// run.run_until(SimTime::from_us(10_000_000), &mut ());
/// run.act(&Action::MachineCrash { on: Target::Master }, &mut ()).unwrap();
/// run.run_until(SimTime::from_us(30_000_000), &mut ());
/// ```
#[derive(Clone, Debug)]
pub struct Run {
    world: World<Ha>,
    plan: Plan,
    roles: Roles,
    zones: Vec<Vec<MachineId>>,
    skipped: Vec<Skipped>,
}

/// A planned action that could not be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// When it was due.
    pub at: SimTime,
    /// What.
    pub action: Action,
    /// Why.
    pub why: Unable,
}

/// Why an action cannot be done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unable {
    /// There is no such machine.
    #[error("this system has no {0:?}")]
    NoSuchMachine(Target),
    /// Nobody has the role now.
    #[error("nobody is {0:?} now")]
    NobodyIs(Target),
    /// Only data nodes can do it.
    #[error("{0:?} is not a data node")]
    NotADataNode(Target),
    /// Nothing runs there that could do it.
    #[error("nothing runs on {0:?}: start it first")]
    NotRunning(Target),
    /// So many have been done by hand, and no more are kept.
    #[error("{0} actions by hand are the most that one run keeps: undo some, or start again")]
    TooMany(usize),
    /// A pool has neither master nor data.
    #[error("in a pool nobody is master, and nothing is stored")]
    Stateless,
    /// Only a balancer can do it.
    #[error("this system has no balancer")]
    NoBalancer,
    /// Who is master is the manager's business.
    #[error("the manager decides who is master: take the master's claim from it, or hand over")]
    ManagerDecides,
    /// It belongs to the ensemble already.
    #[error("{0:?} belongs to the ensemble: remove it first")]
    IsAMember(Target),
    /// It is no server of the ensemble.
    #[error("{0:?} is no server of the manager")]
    NotAServer(Target),
    /// The members of a ZooKeeper-like ensemble are fixed here.
    #[error("the members of a ZooKeeper-like ensemble do not change here")]
    FixedMembers,
    /// Nobody keeps a list of workers.
    #[error("this system has no manager that workers could join")]
    NoManager,
    /// There is no such shard.
    #[error("this system has no shard {0}")]
    NoSuchShard(u8),
    /// Nothing of it is to be accepted as lost.
    #[error("shard {0} has an owner: nothing of it is to be given up")]
    ShardHasOwner(u8),
    /// No worker lives that could own it.
    #[error("no worker is registered that could own shard {0}")]
    NobodyToOwn(u8),
    /// There is no such zone.
    #[error("this system has no zone {0}")]
    NoSuchZone(u8),
    /// The two ends are one machine.
    #[error("both ends are the same machine")]
    SameMachine,
    /// A number is out of its range.
    #[error("{0}")]
    OutOfRange(Problem),
    /// A partition has two to four groups.
    #[error("a partition has two to four groups")]
    Groups,
}

/// Who is, and who was, master: the newest epoch that began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Roles {
    epoch: u32,
    master: Option<MachineId>,
    old: Option<MachineId>,
    /// The manager's members, if they are not the data nodes; their leader, and its term.
    members: u32,
    term: u32,
    leader: Option<MachineId>,
}

impl Roles {
    fn of(config: &Config) -> Self {
        let layout = &config.layout;
        let first = |ids: &[MachineId]| ids.first().copied().filter(|_| !config.cold_start && !layout.is_pool());
        Self {
            epoch: 0,
            master: first(&layout.data),
            old: None,
            members: layout.members.iter().fold(0, |set, id| set | 1 << id.index()),
            term: 0,
            leader: first(config.members()),
        }
    }

    /// A node became master of the data (of their first shard), or leader of the manager.
    fn became_master(&mut self, machine: MachineId, epoch: u32) {
        if self.members >> machine.index() & 1 == 1 {
            if epoch > self.term {
                (self.term, self.leader) = (epoch, Some(machine));
            }
        } else if epoch > self.epoch {
            self.epoch = epoch;
            if self.master != Some(machine) {
                self.old = self.master.replace(machine);
            }
            if self.members == 0 {
                self.leader = self.master;
            }
        }
    }
}

/// Listens in for changes of master on the way to the sink.
struct Watch<'a, T> {
    roles: &'a mut Roles,
    sink: &'a mut T,
}

impl<T: Sink<Ha>> Sink<Ha> for Watch<'_, T> {
    fn event(&mut self, at: SimTime, order: u64, event: &Event<Ha>) {
        if let Event::Note { machine, lane: 0, note: Note::BecameMaster { epoch, .. } } = *event {
            self.roles.became_master(machine, epoch);
        }
        self.sink.event(at, order, event);
    }
}

impl Run {
    /// A run at time zero in which nothing has started yet. The scenario has to be a valid one.
    pub fn new(scenario: &Scenario, seed: u64) -> Self {
        debug_assert!(scenario.validate().is_ok(), "{:?}", scenario.validate());
        let world = World::new(seed, scenario.world(seed));
        let layout = &world.config().layout;
        let find = |zone: &Vec<Target>| zone.iter().filter_map(|target| wiring::place(layout, *target)).collect();
        let zones = scenario.network.zones.iter().map(find).collect();
        let roles = Roles::of(world.config());
        Self { plan: Plan::new(scenario, seed), roles, zones, skipped: Vec::new(), world }
    }

    /// Starts every machine that is up from the beginning.
    pub fn start(&mut self, sink: &mut impl Sink<Ha>) {
        self.world.start(&mut Watch { roles: &mut self.roles, sink });
    }

    /// The world.
    pub fn world(&self) -> &World<Ha> {
        &self.world
    }

    /// Which machine does what.
    pub fn layout(&self) -> &Layout {
        &self.world.config().layout
    }

    /// The simulated time.
    pub fn now(&self) -> SimTime {
        self.world.now()
    }

    /// When the next event or planned action happens.
    pub fn next_at(&self) -> Option<SimTime> {
        self.world.next_at().into_iter().chain(self.plan.next_at()).min()
    }

    /// Planned actions that could not be done, the first 64 of them.
    pub fn skipped(&self) -> &[Skipped] {
        &self.skipped
    }

    /// Lets logs that are equal share their memory, before a copy of the run is kept. Nothing else changes.
    pub fn share_memory(&mut self) {
        let mut known: Vec<Log> = Vec::new();
        let mut disks: Vec<MemberDisk> = Vec::new();
        self.world.share_memory(|mut process, durable| {
            if let Some(disk) = durable.member.as_deref_mut() {
                for other in &disks {
                    disk.share(other);
                }
                if let Some(process) = process.as_deref_mut() {
                    process.share(disk);
                }
                disks.push(disk.clone());
            }
            let logs = process.into_iter().flat_map(Node::logs_mut);
            let on_disk = [&mut durable.log].into_iter().chain(durable.shards.iter_mut().map(|shard| &mut shard.log));
            for log in logs.chain(on_disk) {
                for other in &known {
                    log.share(other);
                }
                if log.last_index() > 0 {
                    known.push(log.clone());
                }
            }
        });
    }

    /// Runs everything that happens up to and including `until`, and moves the time there.
    pub fn run_until(&mut self, until: SimTime, sink: &mut impl Sink<Ha>) {
        while let Some(at) = self.plan.next_at().filter(|at| *at <= until) {
            self.world.run_until(at, &mut Watch { roles: &mut self.roles, sink });
            self.next_planned(sink);
        }
        self.world.run_until(until, &mut Watch { roles: &mut self.roles, sink });
    }

    /// Runs one event or one planned action; false if there is none left.
    pub fn advance(&mut self, sink: &mut impl Sink<Ha>) -> bool {
        match (self.world.next_at(), self.plan.next_at()) {
            (event, Some(planned)) if event.is_none_or(|event| planned < event) => {
                self.world.run_until(planned, &mut Watch { roles: &mut self.roles, sink });
                self.next_planned(sink);
                true
            }
            _ => self.world.advance(&mut Watch { roles: &mut self.roles, sink }),
        }
    }

    /// Does something by hand, now: behind everything else that happens in this microsecond.
    ///
    /// # Errors
    ///
    /// Says why it cannot be done; then nothing was done, but the microsecond is finished all the same.
    pub fn act(&mut self, action: &Action, sink: &mut impl Sink<Ha>) -> Result<(), Unable> {
        self.run_until(self.now(), sink);
        check_ranges(action)?;
        self.carry_out(Origin::Hand, action, sink)
    }

    /// Whether something can be done by hand, now: when the microsecond is finished.
    ///
    /// # Errors
    ///
    /// Says why it cannot be done.
    pub fn can(&self, action: &Action) -> Result<(), Unable> {
        check_ranges(action)?;
        self.faults(action).map(drop)
    }

    /// The machine that is meant now.
    ///
    /// # Errors
    ///
    /// There is no such machine, or nobody has the role.
    pub fn resolve(&self, target: Target) -> Result<MachineId, Unable> {
        let found = match target {
            Target::Master => self.roles.master,
            Target::OldMaster => self.roles.old,
            Target::Leader => self.roles.leader.filter(|_| self.world.config().ensemble().is_some()),
            Target::Standby if self.layout().is_pool() => None,
            Target::Standby => best_standby(&self.world),
            _ => return wiring::place(self.layout(), target).ok_or(Unable::NoSuchMachine(target)),
        };
        found.ok_or(Unable::NobodyIs(target))
    }

    fn next_planned(&mut self, sink: &mut impl Sink<Ha>) {
        match self.plan.pop() {
            Some(Planned::Random(fault)) => self.apply(Origin::Random, fault, sink),
            Some(Planned::Again(place, action)) => {
                let undo = self.do_again(action, sink).and_then(|done| done.undo());
                self.plan.done(place, undo);
            }
            // Somebody may have undone it, or done worse, in the meantime: then this comes too late.
            Some(Planned::Undo(action)) => drop(self.carry_out(Origin::Random, &action, sink)),
            Some(Planned::Scheduled(action)) => {
                if let Err(why) = self.carry_out(Origin::Schedule, &action, sink)
                    && self.skipped.len() < SKIPPED
                {
                    self.skipped.push(Skipped { at: self.now(), action, why });
                }
            }
            Some(Planned::Nothing) | None => {}
        }
    }

    /// Does what recurs, to whoever it is for now; gives what was done to whom. `None`: nobody has the role.
    fn do_again(&mut self, mut action: Action, sink: &mut impl Sink<Ha>) -> Option<Action> {
        self.fix_roles(&mut action).ok()?;
        self.carry_out(Origin::Random, &action, sink).ok()?;
        Some(action)
    }

    /// Whoever is meant by a role now is meant by place from now on.
    fn fix_roles(&self, action: &mut Action) -> Result<(), Unable> {
        for target in action.targets_mut() {
            if !target.is_place() {
                *target = Target::of(self.layout(), self.resolve(*target)?);
            }
        }
        Ok(())
    }

    fn apply(&mut self, origin: Origin, fault: Fault<Ha>, sink: &mut impl Sink<Ha>) {
        self.world.apply(origin, &fault, &mut Watch { roles: &mut self.roles, sink });
    }

    /// Finds out who is meant, and does it.
    fn carry_out(&mut self, origin: Origin, action: &Action, sink: &mut impl Sink<Ha>) -> Result<(), Unable> {
        for fault in self.faults(action)? {
            self.apply(origin, fault, sink);
        }
        Ok(())
    }

    /// What an action does to the world.
    fn faults(&self, action: &Action) -> Result<Vec<Fault<Ha>>, Unable> {
        let on = |target: Target| self.resolve(target);
        let node = |target: Target| {
            let machine = self.resolve(target)?;
            self.layout().data_index(machine).map(|_| machine).ok_or(Unable::NotADataNode(target))
        };
        let running = |target: Target, machine: MachineId| {
            let runs = self.world.machine(machine).status().has_process();
            if runs { Ok(machine) } else { Err(Unable::NotRunning(target)) }
        };
        let pair = |a: Target, b: Target| {
            let (a, b) = (self.resolve(a)?, self.resolve(b)?);
            if a == b { Err(Unable::SameMachine) } else { Ok((a, b)) }
        };
        let zone = |zone: u8| self.zones.get(usize::from(zone)).ok_or(Unable::NoSuchZone(zone));
        let all = |ids: &[MachineId], fault: &dyn Fn(MachineId) -> Fault<Ha>| ids.iter().map(|id| fault(*id)).collect();
        let tell = |id: MachineId, command: Command| Fault::Command(id, command);
        let layout = self.layout();
        let needs_data = matches!(
            action,
            Action::PoisonWrite | Action::RestoreBackup { .. } | Action::Promote { .. } | Action::Switchover { .. }
        );
        if matches!(action, Action::Promote { .. }) && self.world.config().cluster().is_some() {
            return Err(Unable::ManagerDecides);
        }
        if matches!(action, Action::Join { .. } | Action::Leave { .. }) && layout.members.is_empty() {
            return Err(Unable::NoManager);
        }
        if needs_data && layout.is_pool() {
            return Err(Unable::Stateless);
        }
        Ok(match *action {
            Action::ProcessCrash { on: target } => vec![Fault::ProcessCrash(on(target)?)],
            Action::MachineCrash { on: target } => vec![Fault::MachineCrash(on(target)?)],
            Action::PowerLoss { on: target } => vec![Fault::PowerLoss(on(target)?)],
            Action::Restart { on: target } => vec![Fault::Restart(on(target)?)],
            Action::WipeDisk { on: target } => vec![Fault::WipeDisk(on(target)?)],
            Action::Freeze { on: target } => vec![Fault::Freeze(on(target)?)],
            Action::Thaw { on: target } => vec![Fault::Thaw(on(target)?)],
            Action::Slow { on: target, permille } => vec![Fault::Slow(on(target)?, permille)],
            Action::SlowDisk { on: target, permille } => vec![Fault::SlowDisk(on(target)?, permille)],
            Action::DiskFull { on: target, full } => vec![Fault::DiskFull(on(target)?, full)],
            Action::ClockJump { on: target, by_us } => vec![Fault::ClockJump(on(target)?, by_us)],
            Action::ClockRate { on: target, ppb } => vec![Fault::ClockRate(on(target)?, ppb)],
            Action::Cut { from, to, both_ways } => {
                let (from, to) = pair(from, to)?;
                let back = both_ways.then_some(Fault::Cut(to, from));
                [Fault::Cut(from, to)].into_iter().chain(back).collect()
            }
            Action::Mend { from, to, both_ways } => {
                let (from, to) = pair(from, to)?;
                let back = both_ways.then_some(Fault::Mend(to, from));
                [Fault::Mend(from, to)].into_iter().chain(back).collect()
            }
            Action::Partition { ref groups } => vec![self.partition(groups)?],
            Action::Heal => vec![Fault::Heal],
            Action::Loss { between: (a, b), ppm } => {
                let (a, b) = pair(a, b)?;
                vec![Fault::Loss(a, b, ppm)]
            }
            Action::Delay { between: (a, b), latency_us, jitter_us } => {
                let (a, b) = pair(a, b)?;
                vec![Fault::Delay(a, b, latency_us, jitter_us)]
            }
            Action::ZoneDown { zone: number } => all(zone(number)?, &Fault::PowerLoss),
            Action::ZoneUp { zone: number } => all(zone(number)?, &Fault::Restart),
            Action::Gray { on: target, hang } => vec![tell(running(target, node(target)?)?, Command::Gray { hang })],
            Action::Recover { on: target } => vec![tell(node(target)?, Command::Recover)],
            Action::BadRelease => all(&layout.data, &|id| tell(id, Command::BadRelease)),
            Action::RollBack => all(&layout.data, &|id| tell(id, Command::Recover)),
            Action::PoisonWrite => all(&layout.clients[..1], &|id| tell(id, Command::SendPoison)),
            Action::RestoreBackup { on: target } => vec![tell(running(target, node(target)?)?, Command::Restore)],
            Action::Load { permille } => all(&layout.clients, &|id| tell(id, Command::Load(permille))),
            Action::Promote { on: target } => vec![tell(running(target, node(target)?)?, Command::Promote)],
            Action::Switchover { to } => {
                let to = to.map(node).transpose()?;
                let master = running(Target::Master, on(Target::Master)?)?;
                vec![tell(master, Command::Switchover(to))]
            }
            // In a cluster the worker asks the manager, and the balancers follow.
            Action::Drain { on } if !layout.members.is_empty() => {
                vec![tell(running(on, node(on)?)?, Command::Drain(node(on)?))]
            }
            Action::Ready { on } if !layout.members.is_empty() => {
                vec![tell(running(on, node(on)?)?, Command::Ready(node(on)?))]
            }
            Action::Drain { on } => self.tell_balancers(Command::Drain(node(on)?))?,
            Action::Ready { on } => self.tell_balancers(Command::Ready(node(on)?))?,
            Action::Join { on } => vec![tell(running(on, node(on)?)?, Command::Join)],
            Action::Leave { on } => vec![tell(running(on, node(on)?)?, Command::Leave)],
            Action::AcceptLoss { shard } => vec![tell(self.who_accepts(shard)?, Command::AcceptLoss(shard))],
            Action::AddMember { on: target } => {
                let (who, leader) = self.of_ensemble(running(target, on(target)?)?, target)?;
                if self.members_of(leader).is_some_and(|members| members.contains(who)) {
                    return Err(Unable::IsAMember(target));
                }
                vec![tell(who, Command::AddMember(who)), tell(leader, Command::AddMember(who))]
            }
            Action::RemoveMember { on: target } => {
                let (who, leader) = self.of_ensemble(on(target)?, target)?;
                vec![tell(leader, Command::RemoveMember(who))]
            }
        })
    }

    /// Which worker owns a shard, as the manager's leader has it.
    pub fn owner_of(&self, shard: u8) -> Option<u8> {
        let leader = self.resolve(Target::Leader).ok()?;
        self.world.machine(leader).process()?.member()?.registry().shard(shard)?.owner
    }

    /// The manager's leader, if it can have a shard begin anew.
    fn who_accepts(&self, shard: u8) -> Result<MachineId, Unable> {
        let config = self.world.config();
        if config.cluster().is_none() {
            return Err(Unable::NoManager);
        }
        let leader = self.resolve(Target::Leader)?;
        let process = self.world.machine(leader).process().filter(|process| process.leads().is_some());
        let Some(member) = process.and_then(Node::member) else { return Err(Unable::NobodyIs(Target::Leader)) };
        let registry = member.registry();
        match registry.shard(shard) {
            None => Err(Unable::NoSuchShard(shard)),
            Some(known) if known.owner.is_some() => Err(Unable::ShardHasOwner(shard)),
            Some(_) if registry.heir(shard, UNHEARD).is_none() => Err(Unable::NobodyToOwn(shard)),
            Some(_) => Ok(leader),
        }
    }

    /// A server of a Raft ensemble, and the leader that can change its membership.
    fn of_ensemble(&self, who: MachineId, target: Target) -> Result<(MachineId, MachineId), Unable> {
        let config = self.world.config();
        let Some(ensemble) = config.ensemble() else { return Err(Unable::NoManager) };
        if !matches!(ensemble.protocol, Protocol::Raft(_)) {
            return Err(Unable::FixedMembers);
        }
        if !config.members().contains(&who) {
            return Err(Unable::NotAServer(target));
        }
        let leader = self.resolve(Target::Leader)?;
        let leads = self.world.machine(leader).process().is_some_and(|process| process.leads().is_some());
        if leads { Ok((who, leader)) } else { Err(Unable::NobodyIs(Target::Leader)) }
    }

    fn members_of(&self, leader: MachineId) -> Option<Members> {
        self.world.machine(leader).process()?.member()?.members()
    }

    /// Tells every balancer that runs.
    fn tell_balancers(&self, command: Command) -> Result<Vec<Fault<Ha>>, Unable> {
        let balancers = &self.layout().balancers;
        if balancers.is_empty() {
            return Err(Unable::NoBalancer);
        }
        let runs = |id: &&MachineId| self.world.machine(**id).status().has_process();
        let told: Vec<_> = balancers.iter().filter(runs).map(|id| Fault::Command(*id, command)).collect();
        if told.is_empty() { Err(Unable::NotRunning(Target::Balancer(0))) } else { Ok(told) }
    }

    /// Who is named twice, as a role and as a place, belongs where it is named first.
    fn partition(&self, groups: &[Vec<Target>]) -> Result<Fault<Ha>, Unable> {
        if !(2..=4).contains(&groups.len()) {
            return Err(Unable::Groups);
        }
        let mut of = vec![None; self.layout().machines()];
        for (group, targets) in (0_u8..).zip(groups) {
            for target in targets {
                of[self.resolve(*target)?.index()].get_or_insert(group);
            }
        }
        Ok(Fault::partition(of.len(), |id| of[id.index()].unwrap_or(0)))
    }
}

/// The hash of the whole trace of a scenario from its start up to and including `until`: the same number on every
/// machine, in every build, natively and in a browser.
pub fn trace_hash(scenario: &Scenario, seed: u64, until: SimTime) -> u64 {
    let mut hash = TraceHash::new(seed);
    let mut run = Run::new(scenario, seed);
    run.start(&mut hash);
    run.run_until(until, &mut hash);
    hash.value()
}

fn check_ranges(action: &Action) -> Result<(), Unable> {
    ranges::check_action(&to_value(action)).pop().map_or(Ok(()), |problem| Err(Unable::OutOfRange(problem)))
}
