//! Lessons of the load-balanced pool, and the laboratory for them: three nodes, a balancer, two sites.

mod health;
mod overload;
mod spreading;
mod storm;

use ha_lab::ha::message::{Kind, OpKind};
use ha_lab::ha::note::{Note, Outcome};
use ha_lab::ha::pool::{Balancer, Worker};
use ha_lab::ha::{Ha, Node};
use ha_lab::measure::Ledger;
use ha_lab::scenario::{Action, Latency, Pool, Run, Scenario, Scheduled, Service, Setup, Target};
use ha_lab::sim::{Event, MachineId, SimTime, Sink};

pub const MS: u64 = 1_000;
pub const S: u64 = 1_000_000;

/// A pool with quick times: messages take a millisecond or two, a request 20 ms, and two of them at once.
#[derive(Clone)]
pub struct Lab(pub Scenario);

/// What was seen of a run.
pub struct Seen {
    pub run: Run,
    pub ledger: Ledger,
    pub notes: Vec<(u64, MachineId, Note)>,
    /// Users' requests that a balancer sent to a node.
    pub sent: Vec<(u64, MachineId)>,
}

impl Sink<Ha> for Seen {
    fn event(&mut self, at: SimTime, order: u64, event: &Event<Ha>) {
        self.ledger.event(at, order, event);
        match *event {
            Event::Note { machine, note, .. } => self.notes.push((at.us(), machine, note)),
            Event::Sent { to, brief, .. } if !brief.canary && self.run.layout().data_index(to).is_some() => {
                if matches!(brief.kind, Kind::ReadRequest | Kind::WriteRequest) {
                    self.sent.push((at.us(), to));
                }
            }
            _ => {}
        }
    }
}

/// Three nodes, checked every 200 ms; nothing is tried again.
pub fn lab() -> Lab {
    let mut lab = Lab(Scenario::default());
    let mut pool = Pool::default();
    pool.worker.service_us = 20 * MS;
    pool.worker.service = Service::Fixed;
    pool.balancer.retries = None;
    pool.balancer.timeout_us = 300 * MS;
    let check = pool.balancer.check.as_mut().expect("checks are on");
    (check.interval_us, check.timeout_us) = (200 * MS, 100 * MS);
    lab.0.system = Setup::Pool(pool);
    lab.0.clients.mean_gap_us = Some(40 * MS);
    lab.0.clients.timeout_us = 500 * MS;
    lab.0.clients.attempts = 1;
    lab.0.clients.backoff_us = 100 * MS;
    let quick = Latency { lo_us: MS, hi_us: 2 * MS };
    (lab.0.network.between_nodes, lab.0.network.to_clients) = (quick, quick);
    (lab.0.machines.boot_us, lab.0.machines.start_us) = (500 * MS, 100 * MS);
    lab
}

impl Lab {
    pub fn with(mut self, change: impl FnOnce(&mut Pool)) -> Self {
        let Setup::Pool(pool) = &mut self.0.system else { panic!("it is a pool") };
        change(pool);
        self
    }

    pub fn at(mut self, ms: u64, action: Action) -> Self {
        self.0.faults.scheduled.push(Scheduled::at(ms * MS, action));
        self
    }

    pub fn run(&self, until_ms: u64) -> Seen {
        self.run_while(until_ms, |_| {})
    }

    /// Looks at the run every 10 ms.
    pub fn run_while(&self, until_ms: u64, mut look: impl FnMut(&Seen)) -> Seen {
        self.0.validate().unwrap_or_else(|problems| panic!("{problems}"));
        let run = Run::new(&self.0, self.0.seed);
        let ledger = Ledger::new(run.world().config());
        let mut seen = Seen { run: run.clone(), ledger, notes: Vec::new(), sent: Vec::new() };
        let mut run = run;
        run.start(&mut seen);
        for ms in (10..=until_ms).step_by(10) {
            run.run_until(SimTime::from_us(ms * MS), &mut seen);
            seen.run = run.clone();
            look(&seen);
        }
        seen
    }
}

impl Seen {
    /// When it was said first, in microseconds.
    pub fn first(&self, what: impl Fn(&Note) -> bool) -> Option<u64> {
        self.notes.iter().find(|(_, _, note)| what(note)).map(|(at, ..)| *at)
    }

    pub fn count(&self, what: impl Fn(&Note) -> bool) -> usize {
        self.notes.iter().filter(|(_, _, note)| what(note)).count()
    }

    /// Users' requests that ended between the two times: done, and not.
    pub fn ended(&self, from_ms: u64, to_ms: u64) -> (usize, usize) {
        let ended = self.notes.iter().filter_map(|(at, _, note)| match note {
            Note::Finished { id, outcome, .. } if !id.canary && (from_ms * MS..to_ms * MS).contains(at) => {
                Some(*outcome == Outcome::Done)
            }
            _ => None,
        });
        let (mut done, mut failed) = (0, 0);
        for well in ended {
            if well { done += 1 } else { failed += 1 }
        }
        (done, failed)
    }

    /// Users' requests of one kind that failed or nobody knows of.
    pub fn failed(&self, kind: OpKind) -> usize {
        self.count(|note| {
            matches!(note, Note::Finished { id, kind: of, outcome, .. }
                if !id.canary && *of == kind && *outcome != Outcome::Done)
        })
    }

    /// Requests that were sent to each node between the two times.
    pub fn shares(&self, from_ms: u64, to_ms: u64) -> Vec<usize> {
        let within = |at: u64| (from_ms * MS..to_ms * MS).contains(&at);
        let of = |node: &MachineId| self.sent.iter().filter(|(at, to)| within(*at) && to == node).count();
        self.run.layout().data.iter().map(of).collect()
    }

    pub fn worker(&self, index: usize) -> Option<&Worker> {
        self.run.world().machine(self.run.layout().data[index]).process().and_then(Node::worker)
    }

    pub fn balancer(&self, index: usize) -> Option<&Balancer> {
        self.run.world().machine(self.run.layout().balancers[index]).process().and_then(Node::balancer)
    }
}

pub fn node(index: u8) -> Target {
    Target::Node(index)
}

pub fn crash(index: u8) -> Action {
    Action::MachineCrash { on: node(index) }
}

pub fn restart(index: u8) -> Action {
    Action::Restart { on: node(index) }
}
