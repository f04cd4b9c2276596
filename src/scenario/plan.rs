//! When planned actions happen: the schedule, the random failures with their repairs, and what recurs with its undoing.

use super::action::Action;
use super::document::{Distribution, RandomKind, Scenario};
use super::wiring;
use crate::ha::Ha;
use crate::sim::{Dice, Domain, Fault, MachineId, Micros, SimTime};

/// What is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Planned {
    /// From the schedule.
    Scheduled(Action),
    /// A random failure or repair.
    Random(Fault<Ha>),
    /// What recurs, by its place in the scenario's list. If it can be done, [`Plan::done`] hears how it is undone.
    Again(usize, Action),
    /// It is undone where it was done.
    Undo(Action),
    /// It was not done, so there is nothing to undo.
    Nothing,
}

/// Everything that is to happen by plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    seed: u64,
    /// In order of time.
    schedule: Vec<(SimTime, Action)>,
    /// Actions of the schedule that have happened.
    done: usize,
    streams: Vec<Stream>,
}

/// What a stream does by turns, to do and to undo.
#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    /// A machine fails and is repaired.
    Machine(MachineId, RandomKind),
    /// An action, and how it is undone where it was done last.
    Action(usize, Action, Option<Action>),
}

/// The failures and repairs of one machine, or one action that recurs.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stream {
    what: What,
    mttf_us: Micros,
    mttr_us: Micros,
    distribution: Distribution,
    /// Names the stream to the dice: the machine, above it the entry in the scenario's list, above that which list.
    who: u64,
    /// Counts failures and repairs: the next is a failure if it is even.
    ordinal: u64,
    next: SimTime,
}

impl Plan {
    pub(super) fn new(scenario: &Scenario, seed: u64) -> Self {
        let mut schedule: Vec<_> = (0_u64..)
            .zip(&scenario.faults.scheduled)
            .map(|(index, scheduled)| {
                let (lo, hi) = scheduled.span_us();
                let at = Dice::keyed(seed, Domain::Schedule, index, 0).between(lo, hi);
                (SimTime::from_us(at), scheduled.action.clone())
            })
            .collect();
        schedule.sort_by_key(|(at, _)| *at); // stable: at one instant, in the order of the file
        let layout = wiring::layout(scenario);
        let streams = (0_u64..).zip(&scenario.faults.random).flat_map(|(entry, random)| {
            wiring::members(&layout, random.on).into_iter().map(move |machine| Stream {
                what: What::Machine(machine, random.kind),
                mttf_us: random.mttf_us,
                mttr_us: random.mttr_us,
                distribution: random.distribution,
                who: u64::from(machine.number()) | entry << 8,
                ordinal: 0,
                next: SimTime::ZERO,
            })
        });
        let recurring = scenario.faults.recurring.iter().enumerate().map(|(entry, recurring)| Stream {
            what: What::Action(entry, recurring.action.clone(), None),
            mttf_us: recurring.mttf_us,
            mttr_us: recurring.mttr_us,
            distribution: recurring.distribution,
            who: (entry as u64) << 8 | RECURRING,
            ordinal: 0,
            next: SimTime::ZERO,
        });
        let mut streams: Vec<Stream> = streams.chain(recurring).collect();
        for stream in &mut streams {
            stream.next = stream.next.after(stream.pause_us(seed));
        }
        Self { seed, schedule, done: 0, streams }
    }

    /// When the next planned action happens.
    pub(super) fn next_at(&self) -> Option<SimTime> {
        let scheduled = self.schedule.get(self.done).map(|(at, _)| *at);
        let random = self.streams.iter().map(|stream| stream.next).min();
        scheduled.into_iter().chain(random).min()
    }

    /// Takes the next planned action: the schedule first, then machine by machine.
    pub(super) fn pop(&mut self) -> Option<Planned> {
        let at = self.next_at()?;
        if let Some((_, action)) = self.schedule.get(self.done).filter(|(when, _)| *when == at) {
            self.done += 1;
            return Some(Planned::Scheduled(action.clone()));
        }
        let stream = self.streams.iter_mut().find(|stream| stream.next == at)?;
        let planned = stream.take();
        stream.ordinal += 1;
        stream.next = stream.next.after(stream.pause_us(self.seed));
        Some(planned)
    }

    /// What recurs was done; this undoes it.
    pub(super) fn done(&mut self, place: usize, how: Option<Action>) {
        let of = |stream: &&mut Stream| matches!(stream.what, What::Action(entry, ..) if entry == place);
        if let Some(Stream { what: What::Action(_, _, undo), .. }) = self.streams.iter_mut().find(of) {
            *undo = how;
        }
    }
}

/// Keeps the dice of what recurs apart from those of the machines.
const RECURRING: u64 = 1 << 32;

impl Stream {
    /// Time until the next failure or repair: a function of seed, machine and ordinal alone.
    fn pause_us(&self, seed: u64) -> Micros {
        let mean_us = if self.ordinal.is_multiple_of(2) { self.mttf_us } else { self.mttr_us };
        let drawn = match self.distribution {
            Distribution::Exponential => {
                Dice::keyed(seed, Domain::Failure, self.who, self.ordinal).exponential(mean_us)
            }
            Distribution::Fixed => mean_us,
        };
        drawn.max(1)
    }

    fn take(&mut self) -> Planned {
        let fails = self.ordinal.is_multiple_of(2);
        match &mut self.what {
            What::Machine(machine, kind) => Planned::Random(fault(*machine, *kind, fails)),
            What::Action(entry, action, _) if fails => Planned::Again(*entry, action.clone()),
            What::Action(_, _, undo) => undo.take().map_or(Planned::Nothing, Planned::Undo),
        }
    }
}

fn fault(machine: MachineId, kind: RandomKind, fails: bool) -> Fault<Ha> {
    match kind {
        RandomKind::ProcessCrash if fails => Fault::ProcessCrash(machine),
        RandomKind::MachineCrash if fails => Fault::MachineCrash(machine),
        RandomKind::PowerLoss if fails => Fault::PowerLoss(machine),
        RandomKind::Freeze if fails => Fault::Freeze(machine),
        RandomKind::Freeze => Fault::Thaw(machine),
        RandomKind::ProcessCrash | RandomKind::MachineCrash | RandomKind::PowerLoss => Fault::Restart(machine),
    }
}

#[cfg(test)]
mod tests {
    use super::super::document::{Class, RandomFaults, Scheduled};
    use super::*;

    fn failures(plan: &mut Plan, machine: usize) -> Vec<SimTime> {
        let mut times = Vec::new();
        while times.len() < 8 {
            let at = plan.next_at().unwrap();
            if let Some(Planned::Random(fault)) = plan.pop()
                && fault.machine() == Some(MachineId::from_index(machine))
            {
                times.push(at);
            }
        }
        times
    }

    #[test]
    fn a_machines_failures_do_not_depend_on_the_rest_of_the_system() {
        let mut lone = Scenario::default();
        lone.faults.random = vec![RandomFaults { on: Class::Data, ..RandomFaults::default() }];
        let mut other = lone.clone();
        other.router = super::super::Router::Vip;
        other.clients.sites = 4;
        other.faults.random[0].on = Class::All;
        other.faults.scheduled = vec![Scheduled::at(5, Action::Heal)];
        for machine in 0..3 {
            let times = failures(&mut Plan::new(&lone, 9), machine);
            assert_eq!(times, failures(&mut Plan::new(&other, 9), machine));
            assert_ne!(times, failures(&mut Plan::new(&lone, 10), machine));
        }
    }

    #[test]
    fn a_random_time_is_decided_by_the_seed() {
        let mut scenario = Scenario::default();
        let action = Action::Heal;
        scenario.faults.scheduled = vec![Scheduled { at_us: None, between_us: Some((1_000, 2_000)), action }];
        let at = |seed| Plan::new(&scenario, seed).next_at().unwrap().us();
        assert_eq!(at(3), at(3));
        assert!((0..50).map(at).collect::<std::collections::BTreeSet<_>>().len() > 30);
        assert!((0..50).map(at).all(|at| (1_000..=2_000).contains(&at)));
    }
}
