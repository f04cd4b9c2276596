//! An ensemble in the lab's own simulator: inputs and effects map onto it one to one, and its connections, disks and
//! crashes are what the protocol needs.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::judge::Applied;
use super::net::{Lab, MS, S, config, id};
use crate::ha::cluster::zab::{self, Brief, Config, Durable, Effect, Message, Note, Snapshot, Timer, Why, Write, Zab};
use crate::often::seeds;
use crate::sim::{
    Dice, Domain, Event, Fault, Input, LinkSpec, LocalTime, MachineId, MachineSpec, Micros, Origin, Outbox, Process,
    SimTime, Sink, System, Words, World, WorldSpec,
};

/// A system of nothing but members.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Ensemble;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Member {
    zab: Zab<Lab>,
    applied: Vec<Applied>,
}

/// Broadcast this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Propose(u32);

impl Words for Propose {
    fn words(&self, sink: &mut impl FnMut(u64)) {
        sink(self.0.into());
    }
}

impl System for Ensemble {
    type Config = Config;
    type Process = Member;
    type Message = Message<Lab>;
    type Brief = Brief;
    type Timer = Timer;
    type Command = Propose;
    type Durable = Durable<Lab>;
    type Write = Write<Lab>;
    type Note = Note;

    fn boot(config: &Config, machine: MachineId, durable: &Durable<Lab>, _: bool) -> Member {
        Member { zab: Zab::new(*config, machine, durable), applied: Vec::new() }
    }

    fn provision(_: &Config, _: MachineId) -> Durable<Lab> {
        Durable::default()
    }

    fn wipe(_: &Durable<Lab>) -> Durable<Lab> {
        Durable::default()
    }

    fn write(durable: &mut Durable<Lab>, write: Write<Lab>) {
        durable.apply(write);
    }

    fn cost_us(_: &Member, _: &Input<Self>) -> Micros {
        20
    }

    fn is_story(note: &Note) -> bool {
        note.is_story()
    }
}

impl Process<Ensemble> for Member {
    fn step(&mut self, _: LocalTime, input: Input<Ensemble>, _: &mut Dice, out: &mut Outbox<Ensemble>) {
        let mut next = Some(match input {
            Input::Start => zab::Input::Start,
            Input::Message { from, body, .. } => zab::Input::Message { from, body },
            Input::Timer(timer) => zab::Input::Timer(timer),
            Input::Synced(ticket) => zab::Input::Synced(ticket),
            Input::WriteFailed(ticket) => zab::Input::WriteFailed(ticket),
            Input::Opened { peer } => zab::Input::Opened { peer },
            Input::Closed { peer, reason } => zab::Input::Closed { peer, reason },
            Input::Command(Propose(value)) => zab::Input::Propose(value),
        });
        while let Some(input) = next.take() {
            let mut effects = zab::Outbox::new(out.next_ticket());
            self.zab.step(input, &mut effects);
            for effect in effects.into_parts().0 {
                match effect {
                    Effect::Send(to, body) => out.stream(to, body),
                    Effect::Close(peer) => out.close(peer),
                    Effect::SetTimer(timer, lo, hi) => out.set_timer(timer, lo, hi),
                    Effect::CancelTimer(timer) => out.cancel_timer(timer),
                    Effect::Persist(ticket, write) => assert_eq!(out.persist(write), ticket),
                    Effect::InstallSnapshot(snapshot) => self.applied = Vec::clone(&snapshot.state),
                    Effect::Delivered { zxid, txn } => self.applied.push((zxid, txn)),
                    Effect::CheckpointDue { zxid } => {
                        let state = Rc::new(self.applied.clone());
                        next = Some(zab::Input::Checkpoint(Snapshot { zxid, state }));
                    }
                    Effect::Note(note) => out.note(note),
                    _ => {}
                }
            }
        }
    }
}

/// Notes, with their times.
#[derive(Default)]
struct Notes(Vec<(u64, MachineId, Note)>);

impl Sink<Ensemble> for Notes {
    fn event(&mut self, at: SimTime, _: u64, event: &Event<Ensemble>) {
        if let Event::Note { machine, note, .. } = event {
            self.0.push((at.us(), *machine, *note));
        }
    }
}

struct Run {
    world: World<Ensemble>,
    notes: Notes,
    history: Vec<Applied>,
    seed: u64,
}

impl Run {
    fn new(members: usize, seed: u64) -> Self {
        let spec = WorldSpec {
            config: config(members),
            machines: vec![MachineSpec { sync_us: 2 * MS, ..MachineSpec::default() }; members],
            links: vec![LinkSpec { latency_lo_us: MS, latency_hi_us: 3 * MS, loss_ppm: 0 }; members * members],
            connection_timeout_us: 15 * S,
        };
        let mut run = Self { world: World::new(seed, spec), notes: Notes::default(), history: Vec::new(), seed };
        run.world.start(&mut run.notes);
        run
    }

    fn run(&mut self, us: u64) {
        let until = self.world.now().after(us);
        self.world.run_until(until, &mut self.notes);
        self.check();
    }

    fn apply(&mut self, fault: &Fault<Ensemble>) {
        self.world.apply(Origin::Hand, fault, &mut self.notes);
    }

    /// All deliver prefixes of one history, and no epoch has two leaders.
    fn check(&mut self) {
        let seed = self.seed;
        for (machine, member) in self.world.machines() {
            let Some(member) = member.process() else { continue };
            let both = self.history.len().min(member.applied.len());
            assert_eq!(
                self.history[..both],
                member.applied[..both],
                "seed {seed}: {machine:?} at {:?}",
                self.world.now()
            );
            if member.applied.len() > both {
                self.history.clone_from(&member.applied);
            }
        }
        let mut leaders = BTreeMap::new();
        for (_, machine, note) in &self.notes.0 {
            if let Note::Established { epoch, leading: true, .. } = note {
                assert_eq!(leaders.insert(*epoch, *machine), None, "seed {seed}: epoch {epoch}");
            }
        }
    }

    fn leader(&self) -> Option<MachineId> {
        let leads = |(_, member): &(MachineId, &Member)| member.zab.serves() && member.zab.learners().next().is_some();
        let members = self.world.machines().filter_map(|(id, machine)| Some((id, machine.process()?)));
        members.filter(leads).map(|(id, _)| id).next()
    }

    fn said(&self, since: u64, which: impl Fn(&Note) -> bool) -> Option<u64> {
        self.notes.0.iter().find(|(at, _, note)| *at >= since && which(note)).map(|(at, ..)| at - since)
    }
}

#[test]
fn in_the_lab_a_dead_process_is_missed_at_once_and_a_dead_machine_after_sync_limit() {
    let lost = |note: &Note| matches!(note, Note::LostLeader { .. });
    let established = |note: &Note| matches!(note, Note::Established { leading: true, .. });
    let outage = |fault: fn(MachineId) -> Fault<Ensemble>| {
        let mut run = Run::new(3, 7);
        run.run(5 * S);
        assert_eq!(run.leader(), Some(id(2)), "{:?}", run.notes.0);
        run.apply(&fault(id(2)));
        run.run(10 * S);
        let missed = run.said(5 * S, lost).expect("the leader is lost");
        (missed, run.said(5 * S, established).expect("another is established"))
    };
    let (process_missed, process_back) = outage(Fault::ProcessCrash);
    let (machine_missed, machine_back) = outage(Fault::MachineCrash);
    assert!(process_missed < 5 * MS && process_back < S, "{process_missed} {process_back}");
    assert!((800 * MS..=1_000 * MS).contains(&machine_missed), "{machine_missed}");
    assert!((machine_missed + 200 * MS..machine_missed + S).contains(&machine_back), "{machine_back}");
}

#[test]
fn in_the_lab_all_deliver_one_history_and_what_was_broken_heals() {
    for seed in seeds(300) {
        let dice = &mut Dice::keyed(seed, Domain::Schedule, 1, 0);
        let members = [3, 5, 4, 1][dice.below(4) as usize];
        let mut run = Run::new(members, seed);
        let mut value = 0;
        while run.world.now().us() < 12 * S {
            run.run(dice.between(MS, 250 * MS));
            let any = id(dice.below(members as u64) as usize);
            let other = id(dice.below(members as u64) as usize);
            value += 1;
            run.apply(&match dice.below(20) {
                0 => Fault::ProcessCrash(any),
                1 => Fault::MachineCrash(any),
                2 => Fault::PowerLoss(any),
                3..=5 => Fault::Restart(any),
                6 => Fault::Freeze(any),
                7 | 8 => Fault::Thaw(any),
                9 if any != other => Fault::Cut(any, other),
                10 => Fault::partition(members, |machine| machine.number() & 1),
                11 | 12 => Fault::Heal,
                13 => Fault::DiskFull(any, true),
                14 => Fault::DiskFull(any, false),
                _ => Fault::Command(any, Propose(value)),
            });
        }
        run.apply(&Fault::Heal);
        for machine in (0..members).map(id) {
            run.apply(&Fault::DiskFull(machine, false));
            run.apply(&Fault::Thaw(machine));
            run.apply(&Fault::Restart(machine));
        }
        run.run(40 * S);
        let leader = if members == 1 { Some(id(0)) } else { run.leader() };
        let replay = format!("HALAB_SEED={seed} cargo test --locked --profile checked --lib zab::tests::world");
        let leader = leader.unwrap_or_else(|| panic!("seed {seed}: nobody leads; replay: {replay}\n{:?}", run.notes.0));
        run.apply(&Fault::Command(leader, Propose(u32::MAX)));
        run.run(2 * S);
        assert_eq!(run.history.last().map(|(_, value)| *value), Some(u32::MAX), "seed {seed}; replay: {replay}");
    }
}

#[test]
fn the_simulator_names_why_a_leader_was_lost() {
    let mut run = Run::new(3, 3);
    run.run(5 * S);
    run.apply(&Fault::partition(3, |machine| u8::from(machine == id(2))));
    run.run(5 * S);
    let stepped_down = |note: &Note| matches!(note, Note::SteppedDown { why: Why::QuorumLost, .. });
    let silent = |note: &Note| matches!(note, Note::LostLeader { why: Why::LeaderSilent, .. });
    assert!(run.said(5 * S, stepped_down).is_some() && run.said(5 * S, silent).is_some());
}
