//! Elections: how long the system was without a leader that it could rely on, and how many terms it took to find one.
//!
//! An election begins when the leader stops running, gives its role up, or, if it is alive but cut off, when the first node
//! misses it; at a cold start it begins with the run. It ends when a node is decided on. If that one is lost before it takes
//! office, the election goes on. A master of a pair counts as its leader. A cluster's elections are those of its manager:
//! who owns which shard is nobody's vote.

use crate::ha::note::Note;
use crate::ha::{Config, Ha};
use crate::sim::{Event, MachineId, Micros, SimTime, Sink, Status};

use super::capped::Capped;
use super::limits;

/// One change of the leader, or its first election.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Election {
    /// When the system lost its leader, or began without one.
    pub started: SimTime,
    /// When the new leader was decided on.
    pub elected: SimTime,
    /// Terms (epochs) for which somebody stood; one at least.
    pub terms: u32,
    /// Who won.
    pub leader: MachineId,
}

impl Election {
    /// How long it took.
    pub fn length_us(&self) -> Micros {
        self.elected.since(self.started)
    }
}

/// Listens to a run, and writes its elections down.
#[derive(Clone, Debug)]
pub struct Elections {
    list: Capped<Election>,
    /// The manager's members, where others speak of masters too; nobody else is listened to then.
    members: Vec<MachineId>,
    leader: Option<MachineId>,
    /// Since when the leader is missing.
    open: Option<SimTime>,
    /// Since when somebody misses it.
    missed: Option<SimTime>,
    /// Terms that somebody stood for since then.
    stood: Vec<u32>,
    /// The election that is written down last has a winner who has not taken office yet.
    in_waiting: bool,
    /// The leader is frozen.
    frozen: bool,
}

impl Elections {
    /// Before the run. It starts with its first data node (a cluster: its first member) as leader, or with nobody.
    pub fn new(config: &Config) -> Self {
        let members = config.layout.members.clone();
        Self {
            list: Capped::new(limits::ELECTIONS),
            leader: members.first().or(config.layout.data.first()).copied().filter(|_| !config.cold_start),
            members,
            open: config.cold_start.then_some(SimTime::ZERO),
            missed: None,
            stood: Vec::new(),
            in_waiting: false,
            frozen: false,
        }
    }

    /// Those that are over, oldest first.
    pub fn list(&self) -> &[Election] {
        &self.list
    }

    fn note(&mut self, at: SimTime, machine: MachineId, note: &Note) {
        match *note {
            Note::Suspected { .. } | Note::NoMaster { .. } => {
                self.missed.get_or_insert(at);
            }
            Note::Trusted { .. } if self.open.is_none() => self.end(),
            Note::Canvassing { epoch, .. } => {
                self.missed.get_or_insert(at);
                if !self.stood.contains(&epoch) && self.stood.len() < limits::TERMS {
                    self.stood.push(epoch);
                }
            }
            Note::Decided { .. } => self.elected(at, machine),
            Note::SteppedDown { .. } if self.leader == Some(machine) => {
                self.open.get_or_insert(at);
            }
            Note::BecameMaster { .. } => {
                // A master that nobody had to decide on: it came back before anybody missed it for long.
                if !self.in_waiting && self.leader != Some(machine) {
                    self.elected(at, machine);
                }
                (self.leader, self.open, self.in_waiting) = (Some(machine), None, false);
                self.end();
            }
            _ => {}
        }
    }

    fn elected(&mut self, at: SimTime, machine: MachineId) {
        let mut started = self.open.or(self.missed).unwrap_or(at);
        let mut terms = self.stood.len().max(1) as u32;
        if self.in_waiting
            && let Some(before) = self.list.pop()
        {
            (started, terms) = (before.started, before.terms + terms);
        }
        self.list.push(Election { started, elected: at, terms, leader: machine });
        (self.leader, self.open, self.in_waiting) = (Some(machine), None, true);
        self.end();
    }

    fn end(&mut self) {
        self.missed = None;
        self.stood.clear();
    }
}

impl Sink<Ha> for Elections {
    fn event(&mut self, at: SimTime, _: u64, event: &Event<Ha>) {
        match event {
            Event::Note { machine, .. } if !self.members.is_empty() && !self.members.contains(machine) => {}
            Event::Note { machine, note, .. } => self.note(at, *machine, note),
            Event::Machine { machine, status, .. } if self.leader == Some(*machine) => match status {
                // It wakes up and goes on where it was, if nobody else was elected meanwhile.
                Status::Up if self.frozen => (self.open, self.frozen) = (None, false),
                Status::Frozen | Status::Crashed | Status::Down => {
                    self.frozen = *status == Status::Frozen;
                    self.open.get_or_insert(at);
                }
                Status::Up | Status::Starting | Status::Booting => {}
            },
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ha::message::Pos;
    use crate::ha::note::StepDown;

    fn machine(index: usize) -> MachineId {
        MachineId::from_index(index)
    }

    fn at(ms: u64) -> SimTime {
        SimTime::from_us(ms * 1_000)
    }

    fn tell(elections: &mut Elections, ms: u64, who: usize, note: Note) {
        elections.event(at(ms), 0, &Event::Note { machine: machine(who), lane: 0, note });
    }

    /// Three nodes; the first leads from the start, unless it is cold.
    fn elections(cold: bool) -> Elections {
        let mut config = crate::measure::tests::tale::config(3);
        config.cold_start = cold;
        Elections::new(&config)
    }

    fn stands(epoch: u32) -> Note {
        Note::Canvassing { epoch, last: Pos::default() }
    }

    fn decided(epoch: u32) -> Note {
        Note::Decided { epoch, votes: 2, needed: 2, logs_read: 2 }
    }

    fn leads(epoch: u32) -> Note {
        Note::BecameMaster { epoch, base: Pos::default(), logs_read: 2 }
    }

    fn status(elections: &mut Elections, ms: u64, who: usize, status: Status) {
        elections.event(at(ms), 0, &Event::Machine { machine: machine(who), status, lost_writes: 0 });
    }

    #[test]
    fn it_takes_from_the_crash_to_the_decision_and_counts_the_terms() {
        let mut elections = elections(false);
        tell(&mut elections, 0, 0, leads(1));
        assert!(elections.list().is_empty(), "nobody elected the first leader of a warm start");
        status(&mut elections, 100, 0, Status::Down);
        tell(&mut elections, 400, 1, stands(2));
        tell(&mut elections, 401, 2, stands(2));
        tell(&mut elections, 700, 2, stands(3));
        tell(&mut elections, 710, 2, decided(3));
        tell(&mut elections, 730, 2, leads(3));
        let expected = Election { started: at(100), elected: at(710), terms: 2, leader: machine(2) };
        assert_eq!(elections.list(), [expected]);
    }

    #[test]
    fn a_cold_start_begins_with_an_election() {
        let mut elections = elections(true);
        tell(&mut elections, 170, 1, stands(1));
        tell(&mut elections, 180, 1, leads(1));
        let expected = Election { started: at(0), elected: at(180), terms: 1, leader: machine(1) };
        assert_eq!(elections.list(), [expected]);
    }

    #[test]
    fn a_leader_that_is_cut_off_is_missed_and_one_that_is_heard_again_is_not_replaced() {
        let mut elections = elections(false);
        tell(&mut elections, 0, 0, leads(1));
        tell(&mut elections, 50, 1, Note::Suspected { master: machine(0), silent_us: 50_000 });
        tell(&mut elections, 60, 1, Note::Trusted { master: machine(0) });
        tell(&mut elections, 500, 1, Note::Suspected { master: machine(0), silent_us: 50_000 });
        tell(&mut elections, 510, 1, stands(2));
        tell(&mut elections, 520, 1, decided(2));
        tell(&mut elections, 530, 1, leads(2));
        assert_eq!(elections.list()[0].started, at(500));
        tell(&mut elections, 600, 1, Note::SteppedDown { epoch: 2, why: StepDown::NewerEpoch });
        tell(&mut elections, 700, 2, leads(3));
        assert_eq!(elections.list()[1].started, at(600));
    }

    #[test]
    fn a_leader_that_wakes_up_in_time_still_leads() {
        let mut elections = elections(false);
        tell(&mut elections, 0, 0, leads(1));
        status(&mut elections, 10, 0, Status::Frozen);
        status(&mut elections, 20, 0, Status::Up);
        status(&mut elections, 90, 0, Status::Down);
        tell(&mut elections, 95, 1, leads(2));
        assert_eq!(elections.list()[0].started, at(90));
    }
}
