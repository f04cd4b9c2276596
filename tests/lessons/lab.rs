//! A laboratory for the lessons: three nodes, quick times, and a way to say what happens when.

use crate::chaos::{Cell, Decider, Fence, MS, Record, Route, Writes, calm};
use ha_lab::ha::Ha;
use ha_lab::ha::inspect::Role;
use ha_lab::ha::message::OpKind;
use ha_lab::ha::note::{Note, Outcome};
use ha_lab::scenario::{Action, MasterStandby, Router, Run, Scenario, Scheduled, Setup, Target};
use ha_lab::sim::{Event, MachineId, SimTime, Sink};

pub const A: MachineId = MachineId::from_index(0);
pub const B: MachineId = MachineId::from_index(1);
pub const C: MachineId = MachineId::from_index(2);

/// A scenario, to be changed and run.
#[derive(Clone)]
pub struct Lab(pub Scenario);

/// What was seen of a run.
pub struct Seen {
    pub run: Run,
    pub notes: Vec<(u64, MachineId, Note)>,
    pub events: Vec<(u64, Event<Ha>)>,
    pub record: Record,
}

impl Sink<Ha> for Seen {
    fn event(&mut self, at: SimTime, order: u64, event: &Event<Ha>) {
        self.record.event(at, order, event);
        match *event {
            Event::Note { machine, note, .. } => self.notes.push((at.us(), machine, note)),
            event => self.events.push((at.us(), event)),
        }
    }
}

/// A master and two standbys, majority, epochs, one of two standbys has every write; one proxy, two sites.
pub fn lab() -> Lab {
    let cell = Cell { writes: Writes::SemiSync, decider: Decider::Majority, fence: Fence::Epochs, route: Route::Proxy };
    let mut lab = Lab(calm(cell, 3));
    lab.0.network.loss_ppm = 0;
    lab.0.network.between_nodes.hi_us = 3 * MS;
    lab.0.machines.sync_us = MS;
    lab.0.clients.timeout_us = 400 * MS;
    let system = lab.system();
    (system.recovery_us, system.write_us, system.read_us, system.failback_after_us) = (50 * MS, MS, 500, None);
    lab
}

impl Lab {
    pub fn system(&mut self) -> &mut MasterStandby {
        match &mut self.0.system {
            Setup::MasterStandby(system) => system,
            Setup::SingleNode(_) | Setup::Cluster(_) | Setup::Pool(_) => {
                panic!("only a pair has the options of a pair")
            }
        }
    }

    pub fn with(mut self, change: impl FnOnce(&mut MasterStandby)) -> Self {
        change(self.system());
        self
    }

    pub fn router(mut self, router: Router) -> Self {
        self.0.router = router;
        self
    }

    pub fn at(mut self, ms: u64, action: Action) -> Self {
        self.0.faults.scheduled.push(Scheduled::at(ms * MS, action));
        self
    }

    pub fn run(&self, until_ms: u64) -> Seen {
        self.0.validate().unwrap_or_else(|problems| panic!("{problems}"));
        let mut run = Run::new(&self.0, self.0.seed);
        let mut seen = Seen { run: run.clone(), notes: Vec::new(), events: Vec::new(), record: Record::default() };
        run.start(&mut seen);
        run.run_until(SimTime::from_us(until_ms * MS), &mut seen);
        assert!(seen.record.wrong.is_empty(), "{:?}", seen.record.wrong);
        seen.run = run;
        seen
    }
}

impl Seen {
    /// When it was said first, in microseconds.
    pub fn first(&self, what: impl Fn(MachineId, &Note) -> bool) -> Option<u64> {
        self.notes.iter().find(|(_, machine, note)| what(*machine, note)).map(|(at, ..)| *at)
    }

    pub fn count(&self, what: impl Fn(MachineId, &Note) -> bool) -> usize {
        self.notes.iter().filter(|(_, machine, note)| what(*machine, note)).count()
    }

    /// Who became master, and when.
    pub fn masters(&self) -> Vec<(u64, MachineId)> {
        let became = |(at, machine, note): &(u64, MachineId, Note)| {
            matches!(note, Note::BecameMaster { .. }).then_some((*at, *machine))
        };
        self.notes.iter().filter_map(became).collect()
    }

    pub fn role(&self, machine: MachineId) -> Option<Role> {
        self.run.world().machine(machine).process().map(ha_lab::ha::Node::role)
    }

    /// Writes of users and canaries that were done between the two times.
    pub fn writes_done(&self, from_ms: u64, to_ms: u64) -> usize {
        let done = |note: &Note| matches!(note, Note::Finished { kind: OpKind::Write, outcome: Outcome::Done, .. });
        self.notes.iter().filter(|(at, _, note)| (from_ms * MS..to_ms * MS).contains(at) && done(note)).count()
    }
}

/// Who is named is cut off from everybody else, and they stay together.
pub fn isolate(side: &[Target]) -> Action {
    let other = [Target::Node(0), Target::Node(1)].into_iter().find(|target| !side.contains(target));
    Action::Partition { groups: vec![other.into_iter().collect(), side.to_vec()] }
}

pub fn crash(on: Target) -> Action {
    Action::MachineCrash { on }
}
