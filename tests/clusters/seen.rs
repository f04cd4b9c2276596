//! A scenario, run to its end, and what is asked of it.

use ha_lab::ha::Ha;
use ha_lab::ha::cluster::registry;
use ha_lab::ha::message::Kind;
use ha_lab::ha::note::Note;
use ha_lab::measure::{Figures, Ledger};
use ha_lab::scenario::{self, Action, Cluster, DataPath, Run, Scenario, Scheduled, Setup, Target, Workers};
use ha_lab::sim::{Event, MachineId, SimTime};

use super::storms::S;

pub struct Seen {
    replay: String,
    until: SimTime,
    pub ledger: Ledger,
    events: Vec<(SimTime, Event<Ha>)>,
}

pub fn ready(name: &str) -> Scenario {
    let preset = scenario::preset(name).unwrap_or_else(|| panic!("there is no scenario {name}"));
    scenario::parse(preset.json).unwrap_or_else(|problems| panic!("{name}:\n{problems}"))
}

pub fn cluster(scenario: &mut Scenario) -> &mut Cluster {
    match &mut scenario.system {
        Setup::Cluster(cluster) => cluster,
        other => panic!("{other:?}"),
    }
}

pub fn workers(scenario: &mut Scenario) -> &mut Workers {
    match &mut cluster(scenario).data {
        DataPath::Workers(workers) => workers,
        other @ DataPath::ThroughTheLog => panic!("{other:?}"),
    }
}

pub fn see(scenario: &Scenario) -> Seen {
    let until = SimTime::from_us(scenario.until_us);
    let mut run = Run::new(scenario, scenario.seed);
    let mut sinks = (Ledger::new(run.world().config()), Vec::new());
    run.start(&mut sinks);
    run.run_until(until, &mut sinks);
    let (ledger, events) = sinks;
    let replay = format!("seed {}; halab run of\n{}", scenario.seed, scenario.to_json());
    Seen { replay, until, ledger, events }
}

/// A data node loses the manager at 10 s, and nobody else does.
pub fn without_manager(node: u8) -> Vec<Scheduled> {
    let cut = |member| Action::Cut { from: Target::Node(node), to: Target::Member(member), both_ways: true };
    (0..3).map(|member| Scheduled::at(10 * S, cut(member))).collect()
}

pub fn m(index: usize) -> MachineId {
    MachineId::from_index(index)
}

impl Seen {
    pub fn figures(&self) -> Figures {
        self.ledger.figures(self.until)
    }

    pub fn notes(&self) -> impl Iterator<Item = (SimTime, MachineId, u8, Note)> + '_ {
        self.events.iter().filter_map(|(at, event)| match event {
            Event::Note { machine, lane, note } => Some((*at, *machine, *lane, *note)),
            _ => None,
        })
    }

    /// When the manager first said it.
    pub fn said(&self, which: impl Fn(&registry::Note) -> bool) -> Option<SimTime> {
        let is = |note: &Note| matches!(note, Note::Registry(said) if which(said));
        self.notes().find(|(_, _, _, note)| is(note)).map(|(at, ..)| at)
    }

    pub fn count(&self, which: impl Fn(&Note) -> bool) -> usize {
        self.notes().filter(|(_, _, _, note)| which(note)).count()
    }

    /// Who acknowledged writes of a shard in a span of time, in seconds.
    pub fn acknowledged(&self, shard: u8, from_s: u64, to_s: u64) -> Vec<MachineId> {
        let within = |at: SimTime| (from_s * S..to_s * S).contains(&at.us());
        let acks = self
            .notes()
            .filter(|(at, _, lane, note)| *lane == shard && within(*at) && matches!(note, Note::Acknowledged { .. }));
        acks.map(|(_, machine, ..)| machine).collect()
    }

    /// How often a balancer asked each worker for a read of a user.
    pub fn reads_by_worker(&self) -> [u32; 3] {
        let mut asked = [0; 3];
        for (_, event) in &self.events {
            if let Event::Sent { to, brief, .. } = event
                && brief.kind == Kind::ReadRequest
                && !brief.canary
                && let Some(count) = asked.get_mut(to.index())
            {
                *count += 1;
            }
        }
        asked
    }

    #[track_caller]
    pub fn holds(&self, what: bool, lesson: &str) {
        assert!(what, "{lesson}\n{:#?}\n{:#?}\n{}", self.figures(), self.ledger.incidents(), self.replay);
    }

    #[track_caller]
    pub fn loses_nothing(&self) {
        let figures = self.figures();
        self.holds(figures.writes.lost == 0 && figures.writes.conflicting == 0, "no acknowledged write is lost");
        self.holds(figures.split_brains == 0, "no two owners are able to acknowledge");
    }
}
