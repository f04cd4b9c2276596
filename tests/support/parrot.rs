//! A system for testing the simulator: every machine does what it is told and says what it learns.

#![allow(dead_code, missing_docs)]

use ha_lab::sim::{
    CloseReason, Dice, Event, Fault, Input, LinkSpec, LocalTime, MachineId, MachineSpec, MessageBrief, Micros, Origin,
    Outbox, Process, SimTime, Sink, System, TraceHash, Words, World, WorldSpec,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Parrots;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Parrot;

/// An order, and how long it takes to carry it out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Order(pub Do, pub Micros);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Do {
    Nothing,
    Datagram {
        to: MachineId,
        number: u32,
    },
    Stream {
        to: MachineId,
        number: u32,
    },
    /// Numbers from 0 on.
    Streams {
        to: MachineId,
        count: u32,
    },
    Close {
        to: MachineId,
    },
    Persist {
        number: u32,
    },
    Timer {
        id: u32,
        lo: u32,
        hi: u32,
    },
    Cancel {
        id: u32,
    },
    PowerOff {
        target: MachineId,
    },
}

/// What a parrot says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Said {
    Did(Do),
    Heard { from: MachineId, number: u32 },
    Fired { id: u32, local_us: u64 },
    Synced { ticket: u64 },
    Failed { ticket: u64 },
    Opened { peer: MachineId },
    Closed { peer: MachineId, reason: CloseReason },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Number(pub u32);

impl Words for Number {
    fn words(&self, sink: &mut impl FnMut(u64)) {
        sink(self.0.into());
    }
}

impl MessageBrief<Self> for Number {
    fn brief(&self) -> Self {
        *self
    }
}

impl Words for Order {
    fn words(&self, sink: &mut impl FnMut(u64)) {
        self.0.words(sink);
        sink(self.1);
    }
}

impl Words for Do {
    fn words(&self, sink: &mut impl FnMut(u64)) {
        let to = |m: MachineId| u64::from(m.number());
        let (tag, a, b) = match *self {
            Self::Nothing => (0, 0, 0),
            Self::Datagram { to: m, number } => (1, to(m), number.into()),
            Self::Stream { to: m, number } => (2, to(m), number.into()),
            Self::Streams { to: m, count } => (3, to(m), count.into()),
            Self::Close { to: m } => (4, to(m), 0),
            Self::Persist { number } => (5, number.into(), 0),
            Self::Timer { id, lo, hi } => (6, u64::from(id), u64::from(lo) << 32 | u64::from(hi)),
            Self::Cancel { id } => (7, id.into(), 0),
            Self::PowerOff { target } => (8, to(target), 0),
        };
        [tag, a, b].into_iter().for_each(sink);
    }
}

impl Words for Said {
    fn words(&self, sink: &mut impl FnMut(u64)) {
        let to = |m: MachineId| u64::from(m.number());
        let (tag, a, b) = match *self {
            Self::Did(what) => {
                sink(2);
                return what.words(sink);
            }
            Self::Heard { from, number } => (3, to(from), number.into()),
            Self::Fired { id, local_us } => (4, id.into(), local_us),
            Self::Synced { ticket } => (5, ticket, 0),
            Self::Failed { ticket } => (6, ticket, 0),
            Self::Opened { peer } => (7, to(peer), 0),
            Self::Closed { peer, reason } => (8, to(peer), reason as u64),
        };
        [tag, a, b].into_iter().for_each(sink);
    }
}

impl System for Parrots {
    type Config = ();
    type Process = Parrot;
    type Message = Number;
    type Brief = Number;
    type Timer = Number;
    type Command = Order;
    type Durable = u32;
    type Write = u32;
    type Note = Said;

    fn boot((): &(), _: MachineId, _: &u32, _: bool) -> Parrot {
        Parrot
    }

    fn provision((): &(), _: MachineId) -> u32 {
        0
    }

    fn wipe(_: &u32) -> u32 {
        0
    }

    fn write(durable: &mut u32, write: u32) {
        *durable = write;
    }

    fn cost_us(_: &Parrot, input: &Input<Self>) -> Micros {
        if let Input::Command(Order(_, cost)) = input { *cost } else { 0 }
    }

    fn is_story(_: &Said) -> bool {
        true
    }
}

impl Process<Parrots> for Parrot {
    fn step(&mut self, now: LocalTime, input: Input<Parrots>, _: &mut Dice, out: &mut Outbox<Parrots>) {
        match input {
            Input::Start => {}
            Input::Message { from, body, .. } => out.note(Said::Heard { from, number: body.0 }),
            Input::Timer(Number(id)) => out.note(Said::Fired { id, local_us: now.us() }),
            Input::Synced(ticket) => out.note(Said::Synced { ticket: ticket.number() }),
            Input::WriteFailed(ticket) => out.note(Said::Failed { ticket: ticket.number() }),
            Input::Opened { peer } => out.note(Said::Opened { peer }),
            Input::Closed { peer, reason } => out.note(Said::Closed { peer, reason }),
            Input::Command(Order(what, _)) => {
                match what {
                    Do::Nothing => {}
                    Do::Datagram { to, number } => out.datagram(to, Number(number)),
                    Do::Stream { to, number } => out.stream(to, Number(number)),
                    Do::Streams { to, count } => (0..count).for_each(|number| out.stream(to, Number(number))),
                    Do::Close { to } => out.close(to),
                    Do::Persist { number } => {
                        out.persist(number);
                    }
                    Do::Timer { id, lo, hi } => out.set_timer(Number(id), lo.into(), hi.into()),
                    Do::Cancel { id } => out.cancel_timer(Number(id)),
                    Do::PowerOff { target } => out.power_off(target),
                }
                out.note(Said::Did(what));
            }
        }
    }
}

/// A world of parrots, its trace and its hash.
#[derive(Clone, Debug)]
pub struct Aviary {
    pub world: World<Parrots>,
    pub trace: Vec<(SimTime, Event<Parrots>)>,
    pub hash: TraceHash,
}

pub struct Both<'a>(&'a mut Vec<(SimTime, Event<Parrots>)>, &'a mut TraceHash);

impl Sink<Parrots> for Both<'_> {
    fn event(&mut self, at: SimTime, order: u64, event: &Event<Parrots>) {
        self.0.push((at, *event));
        self.1.event(at, order, event);
    }
}

pub const A: MachineId = MachineId::from_index(0);
pub const B: MachineId = MachineId::from_index(1);
pub const C: MachineId = MachineId::from_index(2);

/// One millisecond.
pub const MS: u64 = 1_000;

impl Aviary {
    /// `count` parrots, `lo` to `hi` ms apart, with disks of 2 ms and a patience of 5 s.
    pub fn new(seed: u64, count: usize, lo: u64, hi: u64) -> Self {
        Self::with(
            seed,
            MachineSpec { boot_us: 10 * MS, start_us: 5 * MS, sync_us: 2 * MS, ..MachineSpec::default() },
            count,
            LinkSpec { latency_lo_us: lo * MS, latency_hi_us: hi * MS, loss_ppm: 0 },
        )
    }

    pub fn with(seed: u64, machine: MachineSpec, count: usize, link: LinkSpec) -> Self {
        let spec = WorldSpec {
            config: (),
            machines: vec![machine; count],
            links: vec![link; count * count],
            connection_timeout_us: 5_000 * MS,
        };
        let mut aviary = Self { world: World::new(seed, spec), trace: Vec::new(), hash: TraceHash::new(seed) };
        aviary.world.start(&mut Both(&mut aviary.trace, &mut aviary.hash));
        aviary
    }

    /// Lets everything happen up to `ms`.
    pub fn until(&mut self, ms: u64) -> &mut Self {
        self.until_us(ms * MS)
    }

    pub fn until_us(&mut self, us: u64) -> &mut Self {
        self.world.run_until(SimTime::from_us(us), &mut Both(&mut self.trace, &mut self.hash));
        self
    }

    pub fn fault(&mut self, fault: Fault<Parrots>) -> &mut Self {
        self.world.apply(Origin::Hand, &fault, &mut Both(&mut self.trace, &mut self.hash));
        self
    }

    pub fn order(&mut self, on: MachineId, what: Do) -> &mut Self {
        self.fault(Fault::Command(on, Order(what, 0)))
    }

    /// An order that takes its time.
    pub fn slow_order(&mut self, on: MachineId, what: Do, cost_us: u64) -> &mut Self {
        self.fault(Fault::Command(on, Order(what, cost_us)))
    }

    /// What a machine has said so far, with the time in microseconds.
    pub fn said(&self, by: MachineId) -> Vec<(u64, Said)> {
        self.trace
            .iter()
            .filter_map(|(at, event)| match *event {
                Event::Note { machine, note, .. } if machine == by => Some((at.us(), note)),
                _ => None,
            })
            .collect()
    }

    /// The numbers that a machine has heard, in order.
    pub fn heard(&self, by: MachineId) -> Vec<u32> {
        let heard = |(_, said)| if let Said::Heard { number, .. } = said { Some(number) } else { None };
        self.said(by).into_iter().filter_map(heard).collect()
    }

    /// When a machine said it first, in microseconds.
    pub fn when(&self, by: MachineId, what: Said) -> Option<u64> {
        self.said(by).into_iter().find(|(_, said)| *said == what).map(|(at, _)| at)
    }

    /// How its connections ended, as a machine sees it.
    pub fn closed(&self, by: MachineId) -> Vec<(u64, CloseReason)> {
        let closed = |(at, said)| if let Said::Closed { reason, .. } = said { Some((at, reason)) } else { None };
        self.said(by).into_iter().filter_map(closed).collect()
    }
}
