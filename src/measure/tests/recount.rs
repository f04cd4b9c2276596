//! The same figures a second time: slowly, from all events at once, in the most obvious way. Each shard by itself, from
//! the events that concern it; then all of them together.

use crate::ha::cluster::registry;
use crate::ha::config::{Fallback, ReplicationMode};
use crate::ha::limits::SEATS;
use crate::ha::message::{Brief, Command, InSync, Kind, OpKind, Pos, Refusal, RequestId};
use crate::ha::note::{Note, Outcome};
use crate::ha::{Config, Ha, Part};
use crate::measure::{Availability, Figures, NodeFigures, Reads, Share, Writes};
use crate::sim::{Event, Fault, MachineId, Origin, SimTime, Status};

/// Everything that has happened to one shard, in order.
struct Recount<'a> {
    config: &'a Config,
    shard: u8,
    events: &'a [(SimTime, Event<Ha>)],
    now: SimTime,
    promotions: Vec<Promotion>,
    /// Of each machine.
    statuses: Vec<Vec<(usize, SimTime, Status)>>,
    /// Where each machine sent a heartbeat or acknowledged something.
    acts: Vec<Vec<usize>>,
}

/// One canary, with the places of its two events in the list.
#[derive(Clone, Copy, Debug)]
struct Canary {
    issued: (usize, SimTime),
    finished: Option<(usize, SimTime, bool)>,
}

/// A span of time; open ones have no end.
type Span = (SimTime, Option<SimTime>);

/// Whether an event is of a shard, or of all.
fn concerns(config: &Config, shard: u8, event: &Event<Ha>) -> bool {
    match event {
        Event::Note { note: Note::Issued { key, .. } | Note::Finished { key, .. }, .. } => {
            config.shard_of(*key) == shard
        }
        Event::Note { machine, lane, note } => match config.layout.part(*machine) {
            Part::Member(_) => matches!(note, Note::Registry(_)),
            _ => *lane == shard,
        },
        Event::Sent { brief, .. } => brief.lane == shard,
        _ => true,
    }
}

impl<'a> Recount<'a> {
    fn new(config: &'a Config, shard: u8, events: &'a [(SimTime, Event<Ha>)], now: SimTime) -> Self {
        let machines = config.layout.machines();
        let (statuses, acts) = (vec![Vec::new(); machines], vec![Vec::new(); machines]);
        let mut recount = Self { config, shard, events, now, promotions: Vec::new(), statuses, acts };
        for (place, (at, event)) in events.iter().enumerate() {
            match *event {
                Event::Machine { machine, status, .. } => recount.statuses[machine.index()].push((place, *at, status)),
                Event::Sent { from: node, brief: Brief { kind: Kind::Heartbeat, .. }, .. }
                | Event::Note { machine: node, note: Note::Acknowledged { .. }, .. } => {
                    recount.acts[node.index()].push(place);
                }
                Event::Note { machine: node, note: Note::BecameMaster { epoch, base, .. }, .. } => {
                    recount.promotions.push(Promotion { place, node, epoch, base });
                }
                _ => {}
            }
        }
        recount
    }

    fn notes(&self) -> impl Iterator<Item = (usize, SimTime, MachineId, Note)> {
        self.events.iter().enumerate().filter_map(|(place, (at, event))| match event {
            Event::Note { machine, note, .. } => Some((place, *at, *machine, *note)),
            _ => None,
        })
    }

    fn statuses(&self, machine: MachineId) -> impl Iterator<Item = (usize, SimTime, Status)> {
        self.statuses[machine.index()].iter().copied()
    }

    fn status_before(&self, machine: MachineId, place: usize) -> Option<Status> {
        self.statuses(machine).take_while(|(p, ..)| *p < place).last().map(|(_, _, status)| status)
    }

    // ---- outages -----------------------------------------------------------------------------------

    /// The canaries of one site and kind, in lives of the site's machine: from one stop of it to the next.
    fn canaries(&self, site: usize, write: bool) -> Vec<Vec<Canary>> {
        let client = self.config.layout.clients[site];
        let stops = self.statuses(client).filter(|(_, _, status)| *status != Status::Up).map(|(place, ..)| place);
        let mut from = 0;
        let mut lives = Vec::new();
        for stop in stops.chain([usize::MAX]) {
            let mut life: Vec<(RequestId, Canary)> = Vec::new();
            for (place, at, machine, note) in self.notes().filter(|(place, ..)| from <= *place && *place < stop) {
                match note {
                    Note::Issued { id, kind, .. }
                        if machine == client && id.canary && (kind == OpKind::Write) == write =>
                    {
                        life.push((id, Canary { issued: (place, at), finished: None }));
                    }
                    Note::Finished { id, kind, outcome, .. }
                        if machine == client && id.canary && (kind == OpKind::Write) == write =>
                    {
                        if let Some((_, canary)) = life.iter_mut().find(|(known, _)| *known == id) {
                            canary.finished = Some((place, at, outcome == Outcome::Done));
                        }
                    }
                    _ => {}
                }
            }
            lives.push(life.into_iter().map(|(_, canary)| canary).collect());
            from = stop;
        }
        lives
    }

    /// When one site was down, and before which instant nothing can change any more.
    fn site_down(&self, site: usize, write: bool) -> (Vec<Span>, SimTime) {
        let lives = self.canaries(site, write);
        let mut spans: Vec<Span> = Vec::new();
        let mut last_edge = SimTime::ZERO;
        let mut last_good = SimTime::ZERO;
        let mut horizon = self.now.after(1);
        let count = lives.len();
        for (life, canaries) in lives.into_iter().enumerate() {
            let known: Vec<_> = canaries.iter().take_while(|canary| canary.finished.is_some()).collect();
            let mut streak: Vec<&Canary> = Vec::new(); // of verdicts that speak against the present state
            for canary in &known {
                let (place, _, good) = canary.finished.unwrap();
                let down = spans.last().is_some_and(|span| span.1.is_none());
                if good == down {
                    streak.push(canary);
                } else {
                    streak.clear();
                }
                if let [first, _] = streak[..] {
                    let (_, issued) = first.issued;
                    let (_, completed, _) = first.finished.unwrap();
                    if down {
                        last_edge = completed.max(last_edge);
                        spans.last_mut().unwrap().1 = Some(last_edge);
                    } else {
                        // All verdicts up to this one had to be known for the second to count.
                        let told = known.iter().map(|canary| canary.finished.unwrap().0);
                        let told = told.take_while(|p| *p != place).chain([place]).max().unwrap();
                        // A good one behind it shows that what broke the service had come before.
                        let behind = canaries.iter().filter(|other| other.issued.0 > canary.issued.0);
                        let good = behind.filter_map(|other| other.finished).filter(|(p, _, good)| *p < told && *good);
                        let completed = good.map(|(_, at, _)| at).fold(completed, SimTime::min);
                        let fault = self.fresh_fault(last_good, issued, completed, told);
                        last_edge = fault.map_or(issued, |at| at.max(issued)).max(last_edge);
                        match spans.last_mut().filter(|(_, to)| *to == Some(last_edge)) {
                            Some(last) => last.1 = None, // it was never up in between
                            None => spans.push((last_edge, None)),
                        }
                    }
                    streak.clear();
                }
                if good {
                    last_good = canary.issued.1;
                }
            }
            if life + 1 == count {
                let down = spans.last().is_some_and(|span| span.1.is_none());
                let rest = &canaries[known.len()..];
                if down {
                    let good = streak.first().into_iter().copied().chain(rest).filter_map(|canary| canary.finished);
                    horizon = good.filter(|(_, _, good)| *good).map(|(_, at, _)| at).fold(horizon, SimTime::min);
                } else if let Some(first) = streak.first().copied().or(rest.first()) {
                    horizon = first.issued.1;
                }
                horizon = horizon.max(last_edge);
            }
        }
        spans.retain(|(from, to)| *to != Some(*from));
        (spans, horizon)
    }

    /// The faults that broke something when they were done, and whether they could hurt the service.
    fn faults(&self) -> Vec<(usize, SimTime, bool)> {
        let mut faults = Vec::new();
        for (place, (at, event)) in self.events.iter().enumerate() {
            let Event::Fault { origin, fault } = *event else { continue };
            let status = fault.machine().and_then(|machine| self.status_before(machine, place));
            let breaks = match fault {
                Fault::ProcessCrash(_) => status.is_some_and(Status::has_process),
                Fault::MachineCrash(_) | Fault::PowerLoss(_) => status != Some(Status::Down),
                Fault::Freeze(_) => status == Some(Status::Up),
                Fault::Partition(_) => true,
                Fault::Command(_, Command::Load(permille)) => {
                    permille > 1000 && status.is_some_and(Status::has_process)
                }
                _ => false,
            };
            if origin == Origin::Process || !breaks {
                continue;
            }
            let master = self.promotions.iter().filter(|p| p.place < place).max_by_key(|p| p.epoch).map(|p| p.node);
            let hurts = match fault.machine().map(|machine| (machine, self.config.layout.part(machine))) {
                Some((machine, Part::Data(_))) => {
                    master.is_none_or(|master| master == machine)
                        || self.config.nodes.replication.mode != ReplicationMode::Async
                }
                Some((_, Part::Witness | Part::Fencer | Part::Operator | Part::Member(_))) => false,
                _ => true,
            };
            faults.push((place, *at, hurts));
        }
        faults
    }

    fn fresh_fault(&self, last_good: SimTime, issued: SimTime, completed: SimTime, told: usize) -> Option<SimTime> {
        let faults: Vec<_> = self.faults().into_iter().filter(|(place, ..)| *place < told).collect();
        let between: Vec<_> = faults.iter().filter(|(_, at, _)| last_good < *at && *at <= issued).collect();
        let found = between.iter().rev().find(|(_, _, hurts)| *hurts).copied();
        let found = found.or(between.last().copied());
        found.or(faults.iter().find(|(_, at, hurts)| issued < *at && *at <= completed && *hurts)).map(|(_, at, _)| *at)
    }

    /// Before this instant nothing can change any more.
    fn horizon(&self) -> SimTime {
        let sites = 0..self.config.layout.clients.len();
        let horizons = sites.flat_map(|site| [true, false].map(|write| self.site_down(site, write).1));
        horizons.min().unwrap()
    }

    /// When single sites were down, as far as that is settled.
    fn sites_down(&self, write: bool, horizon: SimTime) -> Vec<Span> {
        (0..self.config.layout.clients.len())
            .flat_map(|site| self.site_down(site, write).0)
            .filter(|(from, _)| *from < horizon)
            .map(|(from, to)| (from, to.filter(|to| *to < horizon)))
            .collect()
    }

    /// Outages of the service.
    fn outages(&self, write: bool, horizon: SimTime) -> Vec<Span> {
        let sites = self.config.layout.clients.len();
        let spans = self.sites_down(write, horizon);
        let mut outages = Vec::<Span>::new();
        for pair in cuts(&spans, self.now).windows(2) {
            let down = spans.iter().filter(|span| covers(span, pair)).count();
            // One outage goes on into the next span of time only if enough sites stay down in between.
            let stays = |(from, to): &&Span| *from < pair[0] && to.is_none_or(|to| to > pair[0]);
            let stay = spans.iter().filter(stays).count();
            if down > 0 && 2 * down >= sites {
                let last = outages.last_mut().filter(|(_, to)| *to == Some(pair[0]));
                match last.filter(|_| 2 * stay >= sites) {
                    Some(last) => last.1 = Some(pair[1]),
                    None => outages.push((pair[0], Some(pair[1]))),
                }
            }
        }
        // What lasts until now is open if enough sites have not come up.
        let still = spans.iter().filter(|(_, to)| to.is_none()).count();
        if still > 0 && 2 * still >= sites {
            match outages.last_mut().filter(|(_, to)| *to == Some(self.now)) {
                Some(last) => last.1 = None,
                None => outages.push((self.now, None)),
            }
        }
        outages
    }

    // ---- data --------------------------------------------------------------------------------------

    /// The newest promotion before a place in the list.
    fn current(&self, place: usize) -> Option<Promotion> {
        self.promotions.iter().copied().filter(|p| p.place < place).max_by_key(|p| p.epoch)
    }

    /// Whether a write stands in the log that counted at a place in the list.
    fn contains(&self, pos: Pos, place: usize) -> bool {
        let Some(mut at) = self.current(place) else { return true };
        let mut last = u32::MAX;
        while at.epoch != pos.epoch {
            last = last.min(at.base.index);
            let Some(before) = self.promotions.iter().copied().find(|p| p.epoch == at.base.epoch) else { return false };
            at = before;
        }
        pos.index <= last
    }

    fn finished(&self) -> Vec<(usize, RequestId, OpKind, u8, Outcome, Pos)> {
        self.notes()
            .filter_map(|(place, _, _, note)| match note {
                Note::Finished { id, kind, key, outcome, version } if !id.canary => {
                    Some((place, id, kind, key, outcome, version))
                }
                _ => None,
            })
            .collect()
    }

    /// When a request was issued, if its site has not been stopped since.
    fn issued(&self, request: RequestId, place: usize) -> Option<usize> {
        let client = self.config.layout.clients[usize::from(request.site)];
        let issued = self
            .notes()
            .filter(|(p, _, _, note)| *p < place && matches!(note, Note::Issued { id, .. } if *id == request))
            .last()?;
        let stopped = self.statuses(client).any(|(p, _, status)| issued.0 < p && p < place && !status.has_process());
        (!stopped).then_some(issued.0)
    }

    fn writes(&self) -> (Writes, u64) {
        let mut writes = Writes::default();
        let (_, stale) = self.stale_holders();
        let mut lost_by = vec![0_u64; self.promotions.len() + 1];
        for (place, id, kind, _, outcome, version) in self.finished() {
            match (kind, outcome) {
                (OpKind::Read, _) => continue,
                (_, Outcome::Done) => writes.acked += 1,
                (_, Outcome::Failed) => writes.failed += 1,
                (_, Outcome::Unknown) => writes.unknown += 1,
            }
            if outcome != Outcome::Done || kind == OpKind::Poison {
                continue;
            }
            let issued = self.issued(id, place).unwrap_or(place);
            let acknowledged = self
                .notes()
                .filter(|(p, _, _, note)| {
                    let this = matches!(note, Note::Acknowledged { id: i, pos, .. } if *i == id && *pos == version);
                    this && issued < *p && *p < place
                })
                .last();
            writes.by_stale_holders += u64::from(acknowledged.is_some_and(|(p, ..)| stale.contains(&p)));
            let conflicts = acknowledged.is_some_and(|(p, ..)| {
                let superseded = self.current(p).is_some_and(|current| current.epoch > version.epoch);
                superseded && !self.contains(version, p)
            });
            if conflicts {
                writes.conflicting += 1;
                continue;
            }
            let promotions = &self.promotions;
            let moments = [place].into_iter().chain(promotions.iter().map(|p| p.place + 1)).filter(|p| *p >= place);
            if let Some(moment) = moments.into_iter().find(|moment| !self.contains(version, *moment)) {
                writes.lost += 1;
                lost_by[promotions.iter().filter(|p| p.place < moment).count()] += 1;
            }
        }
        (writes, lost_by.into_iter().max().unwrap_or(0))
    }

    fn reads(&self) -> Reads {
        let mut reads = Reads::default();
        for (place, id, kind, key, outcome, version) in self.finished() {
            if kind != OpKind::Read {
                continue;
            }
            if outcome != Outcome::Done {
                reads.failed += 1;
                continue;
            }
            reads.served += 1;
            let misses = |issued: usize| {
                self.finished().iter().any(|(p, _, k, other, o, written)| {
                    *p < issued && *k == OpKind::Write && *other == key && *o == Outcome::Done && *written > version
                })
            };
            reads.stale += u64::from(self.issued(id, place).is_some_and(misses));
        }
        reads
    }

    // ---- roles -------------------------------------------------------------------------------------

    fn failovers(&self) -> u32 {
        let promotions = &self.promotions;
        let newest_before = |p: &Promotion| self.current(p.place);
        promotions
            .iter()
            .filter(|p| p.epoch > 1 && newest_before(p).is_some_and(|before| before.node != p.node))
            .count() as u32
    }

    /// Whether a master that was frozen has shown since that it holds its lease to be good.
    fn has_proved(&self, node: MachineId, place: usize) -> bool {
        let frozen = self.statuses(node).filter(|(p, _, status)| *p <= place && *status == Status::Frozen).last();
        let Some((frozen, ..)) = frozen.filter(|_| is_leased(self.config)) else { return true };
        self.acts[node.index()].iter().any(|act| frozen < *act && *act <= place)
            || self.promotions.iter().any(|p| p.node == node && frozen < p.place && p.place <= place)
    }

    /// What is to be known of the roles after some of the events, from scratch.
    fn able(&self, events: &[(usize, MachineId, Note)], place: usize) -> Vec<(u32, MachineId)> {
        let data = &self.config.layout.data;
        let up = |node: MachineId| self.status_before(node, place + 1) == Some(Status::Up);
        let born = |node: MachineId| {
            let stopped = self.statuses(node).filter(|(p, _, status)| *p <= place && !status.has_process());
            stopped.last().map_or(0, |(p, ..)| p)
        };
        let said = |node: MachineId| {
            let from = born(node);
            events.iter().filter(move |(p, m, _)| *m == node && from <= *p && *p <= place)
        };
        let reign = |node: MachineId| {
            let mut reign = None;
            for (_, _, note) in said(node) {
                match note {
                    Note::BecameMaster { epoch, .. } => reign = Some((*epoch, true, false)),
                    Note::SteppedDown { .. } | Note::Follows { .. } => reign = None,
                    Note::SwitchoverBegan { .. } => reign = reign.map(|(e, _, d)| (e, false, d)),
                    Note::SwitchoverFailed { .. } => reign = reign.map(|(e, _, d)| (e, true, d)),
                    Note::Degraded { on, .. } => reign = reign.map(|(e, w, _)| (e, w, *on)),
                    _ => {}
                }
            }
            reign
        };
        let follows = |node: MachineId| {
            let (mut whom, mut still) = (None, false);
            for (_, _, note) in said(node) {
                match note {
                    Note::Follows { master, epoch } => (whom, still) = (Some((*master, *epoch)), true),
                    Note::Trusted { master } if whom.is_some_and(|(m, _)| m == *master) && reign(node).is_none() => {
                        still = true;
                    }
                    Note::BecameMaster { .. } | Note::Decided { .. } | Note::Restoring { .. } => still = false,
                    Note::Canvassing { epoch, .. } | Note::Voted { epoch, why: Refusal::None, .. }
                        if self.config.nodes.fencing.epochs && whom.is_some_and(|(_, e)| e < *epoch) =>
                    {
                        still = false;
                    }
                    _ => {}
                }
            }
            whom.filter(|_| still && up(node))
        };
        let all_sets = events.iter().filter(|(p, ..)| *p <= place).filter_map(|(_, node, note)| match note {
            Note::InSyncSet { set } => Some((*node, *set)),
            _ => None,
        });
        let all_sets: Vec<(MachineId, InSync)> = all_sets.collect();
        let holders = self.first_holders();
        let mut able = Vec::new();
        for node in data {
            let fit = up(*node) && self.has_proved(*node, place);
            let Some((epoch, true, degraded)) = reign(*node).filter(|_| fit) else { continue };
            let followers: Vec<_> =
                data.iter().filter(|other| *other != node && follows(**other) == Some((*node, epoch))).collect();
            let enough = match self.config.nodes.replication.mode {
                ReplicationMode::Async => true,
                _ if degraded => true,
                ReplicationMode::SemiSync(needed) => followers.len() >= usize::from(needed),
                ReplicationMode::Sync => {
                    let own = all_sets.iter().rfind(|(of, _)| of == node).map(|(_, set)| *set);
                    let set = own.filter(|set| set.epoch == epoch).or(all_sets.iter().map(|(_, set)| *set).max());
                    let members = set.map_or(holders, |set| set.members);
                    let others: Vec<_> =
                        (0..data.len()).filter(|i| members >> i & 1 == 1 && data[*i] != *node).collect();
                    if others.is_empty() {
                        matches!(self.config.nodes.replication.fallback, Fallback::Degrade { .. })
                    } else {
                        others.iter().all(|i| followers.contains(&&data[*i]))
                    }
                }
            };
            if enough {
                able.push((epoch, *node));
            }
        }
        able.sort();
        able
    }

    /// Who holds the shard before anything is said of that.
    fn first_holders(&self) -> u8 {
        let data = self.config.layout.data.len();
        let copies = self.config.cluster().map_or(data, |cluster| cluster.copies.into());
        let holds = |node: &usize| (node + data - usize::from(self.shard) % data) % data < copies;
        (0..data).filter(holds).map(|node| 1 << node).sum()
    }

    /// How often a worker was a stale holder, and in which places of the list one acted.
    fn stale_holders(&self) -> (u32, Vec<usize>) {
        let data = &self.config.layout.data;
        let (mut owner, mut token) = (None, 0);
        let (mut episodes, mut places) = (0, Vec::new());
        let mut stale = vec![false; data.len()];
        for (place, (_, event)) in self.events.iter().enumerate().filter(|_| self.config.cluster().is_some()) {
            match *event {
                Event::Note {
                    note: Note::Registry(registry::Note::Assigned { shard, worker, token: new }), ..
                } if shard == self.shard && new >= token => {
                    (owner, token) = (Some(usize::from(worker)), new);
                    stale[usize::from(worker)] = false;
                }
                Event::Note { note: Note::Registry(registry::Note::Revoked { worker, .. }), .. }
                    if owner == Some(worker.into()) =>
                {
                    owner = None;
                }
                Event::Machine { machine, status, .. } if !status.has_process() => {
                    if let Some(node) = self.config.layout.data_index(machine) {
                        stale[node] = false;
                    }
                }
                Event::Sent { from: machine, .. } | Event::Note { machine, note: Note::Acknowledged { .. }, .. } => {
                    if let Some(node) = self.config.layout.data_index(machine) {
                        let is_stale = owner != Some(node) && token > 0;
                        episodes += u32::from(is_stale && !stale[node]);
                        stale[node] = is_stale;
                        places.extend(is_stale.then_some(place));
                    }
                }
                Event::Note { machine, note, .. } => {
                    let Some(node) = self.config.layout.data_index(machine) else { continue };
                    match note {
                        Note::Decided { epoch, .. } | Note::BecameMaster { epoch, .. } if epoch > token => {
                            (owner, token, stale[node]) = (Some(node), epoch, false);
                        }
                        Note::SteppedDown { .. } | Note::Follows { .. } => stale[node] = false,
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        (episodes, places)
    }

    fn split_brains(&self) -> (u32, u64) {
        let notes: Vec<_> = self
            .notes()
            .filter(|(_, _, machine, note)| note.is_story() && self.config.layout.data_index(*machine).is_some())
            .map(|(place, _, machine, note)| (place, machine, note))
            .collect();
        assert!(self.config.layout.data.len() <= SEATS);
        let proves = |place: &usize| {
            self.acts.iter().enumerate().any(|(machine, acts)| {
                let node = MachineId::from_index(machine);
                acts.binary_search(place).is_ok() && !self.has_proved(node, place - 1)
            })
        };
        let moments = self.events.iter().enumerate().filter(|(place, (_, event))| match event {
            Event::Note { note, .. } if note.is_story() => true,
            Event::Machine { .. } => true,
            _ => proves(place),
        });
        // Who was able, from which instant on.
        let mut states: Vec<(SimTime, Vec<(u32, MachineId)>)> = Vec::new();
        for (place, (at, _)) in moments {
            let able = self.able(&notes, place);
            let pair = if able.len() < 2 { Vec::new() } else { able[able.len() - 2..].to_vec() };
            if states.last().is_none_or(|(_, last)| *last != pair) {
                // States that lasted no time are forgotten, but they part what is before and behind them.
                states.push((*at, pair));
            }
        }
        let ends: Vec<SimTime> = states.iter().skip(1).map(|(at, _)| *at).chain([self.now]).collect();
        let mut spans = states.iter().zip(ends).filter(|((_, pair), _)| !pair.is_empty());
        let open = states.last().is_some_and(|(from, pair)| !pair.is_empty() && *from == self.now);
        spans.by_ref().fold((u32::from(open), 0), |(count, us), ((from, _), to)| {
            (count + u32::from(to > *from), us + to.since(*from))
        })
    }

    fn node(&self, machine: MachineId) -> NodeFigures {
        let mut figures = NodeFigures::default();
        let changes: Vec<_> = self.statuses(machine).map(|(_, at, status)| (at, status == Status::Up)).collect();
        let ends = changes.iter().skip(1).map(|(at, _)| *at).chain([self.now]);
        let born = changes.iter().position(|(_, up)| *up).unwrap_or(changes.len());
        let (mut repairs, mut repaired_us, mut failing) = (0, 0, 0);
        for ((from, up), to) in changes.iter().zip(ends).skip(born) {
            if *up {
                figures.up_us += to.since(*from);
                repaired_us += std::mem::take(&mut failing);
            } else {
                figures.down_us += to.since(*from);
                failing += to.since(*from);
            }
        }
        for pair in changes[born..].windows(2) {
            figures.failures += u32::from(pair[0].1 && !pair[1].1);
            repairs += u64::from(!pair[0].1 && pair[1].1);
        }
        figures.mttf_us = (figures.failures > 0).then(|| figures.up_us / u64::from(figures.failures));
        figures.mttr_us = (repairs > 0).then(|| repaired_us / repairs);
        figures
    }
}

fn is_leased(config: &Config) -> bool {
    config.nodes.fencing.lease.is_some() || config.cluster().is_some_and(|cluster| cluster.claim.checked)
}

/// All instants at which a span begins or ends, and now.
fn cuts<'a>(spans: impl IntoIterator<Item = &'a Span>, now: SimTime) -> Vec<SimTime> {
    let mut cuts: Vec<SimTime> = spans.into_iter().flat_map(|(from, to)| [*from, to.unwrap_or(now)]).collect();
    cuts.push(now);
    cuts.sort();
    cuts.dedup();
    cuts
}

/// Whether a span of time covers what lies between two cuts.
fn covers((from, to): &Span, between: &[SimTime]) -> bool {
    *from <= between[0] && to.is_none_or(|to| to >= between[1])
}

/// What concerns each shard, and what it comes to.
pub struct System<'a> {
    config: &'a Config,
    now: SimTime,
    /// Of each shard.
    events: Vec<Vec<(SimTime, Event<Ha>)>>,
}

impl<'a> System<'a> {
    pub fn new(config: &'a Config, events: &[(SimTime, Event<Ha>)], now: SimTime) -> Self {
        let of = |shard| events.iter().filter(|(_, event)| concerns(config, shard, event)).copied().collect();
        Self { config, now, events: (0..config.shards()).map(of).collect() }
    }

    fn shards(&self) -> Vec<Recount<'_>> {
        (0..).zip(&self.events).map(|(shard, events)| Recount::new(self.config, shard, events, self.now)).collect()
    }

    fn leads(&self) -> bool {
        self.config.clients.read_permille < 1000
    }

    fn horizon(&self) -> SimTime {
        self.shards().iter().map(Recount::horizon).min().unwrap()
    }

    /// All outages with their shards, in order of their beginnings.
    pub fn outages(&self) -> Vec<(SimTime, u8, Option<SimTime>)> {
        let horizon = self.horizon();
        let mut outages = Vec::new();
        for one in self.shards() {
            outages.extend(one.outages(self.leads(), horizon).into_iter().map(|(from, to)| (from, one.shard, to)));
        }
        outages.sort();
        outages
    }

    /// For how long some shard was down, and for how long some sites or shards but not all shards.
    fn any_and_partial_us(&self) -> (u64, u64) {
        let horizon = self.horizon();
        let shards = self.shards();
        let sites: Vec<Span> = shards.iter().flat_map(|one| one.sites_down(self.leads(), horizon)).collect();
        let outages: Vec<Vec<Span>> = shards.iter().map(|one| one.outages(self.leads(), horizon)).collect();
        let (mut any_us, mut partial_us) = (0, 0);
        for pair in cuts(sites.iter().chain(outages.iter().flatten()), self.now).windows(2) {
            let down = outages.iter().filter(|spans| spans.iter().any(|span| covers(span, pair))).count();
            let hurt = sites.iter().any(|span| covers(span, pair));
            let passed = pair[1].since(pair[0]);
            any_us += if down > 0 { passed } else { 0 };
            partial_us += if hurt && down < shards.len() { passed } else { 0 };
        }
        (any_us, partial_us)
    }

    /// All figures, but for the mean time to detect.
    pub fn figures(&self) -> Figures {
        let shards = self.shards();
        let horizon = self.horizon();
        let (count, now) = (shards.len() as u64, self.now);
        let us = |span: &Span| span.1.unwrap_or(now).since(span.0);
        let outages: Vec<Span> = shards.iter().flat_map(|one| one.outages(self.leads(), horizon)).collect();
        let down_us: u64 = outages.iter().map(us).sum();
        let down_reads_us: u64 = shards.iter().flat_map(|one| one.outages(false, horizon)).map(|span| us(&span)).sum();
        let closed: Vec<u64> = outages.iter().filter(|(_, to)| to.is_some()).map(us).collect();
        let failures = outages.len() as u64;
        let finished: Vec<_> = shards.iter().flat_map(Recount::finished).collect();
        let share = |of: &dyn Fn(OpKind) -> bool| {
            let all = finished.iter().filter(|(_, _, kind, ..)| of(*kind));
            let good = all.clone().filter(|(_, _, _, _, outcome, _)| *outcome == Outcome::Done).count();
            Share::of(good as u64, all.count() as u64)
        };
        let (any_down_us, partial_us) = self.any_and_partial_us();
        let splits: Vec<(u32, u64)> = shards.iter().map(Recount::split_brains).collect();
        let written: Vec<(Writes, u64)> = shards.iter().map(Recount::writes).collect();
        let read: Vec<Reads> = shards.iter().map(Recount::reads).collect();
        let writes = |of: fn(&Writes) -> u64| written.iter().map(|(writes, _)| of(writes)).sum();
        let reads = |of: fn(&Reads) -> u64| read.iter().map(of).sum();
        Figures {
            availability: Availability {
                time: Share::of(now.us() * count - down_us, now.us() * count),
                time_reads: Share::of(now.us() * count - down_reads_us, now.us() * count),
                requests: share(&|_| true),
                reads: share(&|kind| kind == OpKind::Read),
                writes: share(&|kind| kind != OpKind::Read),
            },
            downtime_us: down_us / count,
            downtime_reads_us: down_reads_us / count,
            partial_us,
            any_down_us,
            outages: failures,
            mttf_us: (failures > 0).then(|| (now.us() * count - down_us) / failures),
            mttr_us: (!closed.is_empty()).then(|| closed.iter().sum::<u64>() / closed.len() as u64),
            mttd_us: None,
            failovers: shards.iter().map(Recount::failovers).sum(),
            split_brains: splits.iter().map(|(count, _)| count).sum(),
            split_brain_us: splits.iter().map(|(_, us)| us).sum(),
            stale_holders: shards.iter().map(|one| one.stale_holders().0).sum(),
            writes: Writes {
                acked: writes(|w| w.acked),
                failed: writes(|w| w.failed),
                unknown: writes(|w| w.unknown),
                lost: writes(|w| w.lost),
                conflicting: writes(|w| w.conflicting),
                repeated: writes(|w| w.repeated),
                by_stale_holders: writes(|w| w.by_stale_holders),
            },
            reads: Reads { served: reads(|r| r.served), failed: reads(|r| r.failed), stale: reads(|r| r.stale) },
            achieved_recovery_us: outages.iter().map(us).max(),
            achieved_loss: written.iter().map(|(_, loss)| *loss).max().unwrap_or(0),
            per_node: self.config.layout.parts().into_iter().map(|(machine, _)| shards[0].node(machine)).collect(),
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Promotion {
    place: usize,
    node: MachineId,
    epoch: u32,
    base: Pos,
}
