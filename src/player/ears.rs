//! What the player hears of a run: one sink that keeps the ledger, the hash and what is shown.

use std::collections::VecDeque;

use super::flights::Flights;
use super::limits;
use crate::ha::message::Timer;
use crate::ha::note::Note;
use crate::ha::{Config, Ha};
use crate::measure::{Ledger, Promises};
use crate::sim::{Event, Origin, SimTime, Sink, Tier, TraceHash};

/// An event, when it happened, and its number in the trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// When.
    pub at: SimTime,
    /// Events of the run before it.
    pub order: u64,
    /// What.
    pub event: Event<Ha>,
}

/// What belongs to one instant: cloned into checkpoints.
#[derive(Clone, Debug)]
pub(super) struct Instant {
    pub(super) ledger: Ledger,
    pub(super) promises: Promises,
    pub(super) hash: TraceHash,
    pub(super) flights: Flights,
}

/// What has been told on the whole branch, the future of the playhead included.
///
/// `ring` and `story` are stretches without gaps: an event that is told again in a replay is already there.
#[derive(Clone, Debug)]
pub(super) struct Memory {
    ring: VecDeque<Told>,
    /// Number of the event that the ring takes next.
    ring_next: u64,
    story: Vec<Told>,
    story_next: u64,
    /// Whether old story events had to go.
    pub(super) story_cut: bool,
}

/// The sink.
#[derive(Clone, Debug)]
pub(super) struct Ears {
    pub(super) instant: Instant,
    pub(super) memory: Memory,
    /// What has been heard since somebody last looked.
    pub(super) heard: Heard,
}

/// What was among the events of one step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Heard {
    /// Something worth a stop when going event by event.
    pub(super) event: bool,
    /// A turn of the story.
    pub(super) story: bool,
    /// A fault that nobody at the page did, or a change of master: worth going slowly.
    pub(super) trouble: bool,
}

impl Ears {
    pub(super) fn new(config: &Config, seed: u64) -> Self {
        let instant = Instant {
            ledger: Ledger::new(config),
            promises: Promises::new(config),
            hash: TraceHash::new(seed),
            flights: Flights::default(),
        };
        let memory = Memory { ring: VecDeque::new(), ring_next: 0, story: Vec::new(), story_next: 0, story_cut: false };
        Self { instant, memory, heard: Heard::default() }
    }
}

impl Sink<Ha> for Ears {
    fn event(&mut self, at: SimTime, order: u64, event: &Event<Ha>) {
        self.instant.ledger.event(at, order, event);
        self.instant.promises.event(at, event, &self.instant.ledger);
        self.instant.hash.event(at, order, event);
        let is_probe = self.instant.flights.event(at, event);
        let is_story = event.tier() == Tier::Story;
        self.heard.story |= is_story;
        self.heard.event |= is_story || !is_probe && is_worth_a_stop(event);
        self.heard.trouble |= is_trouble(event);
        self.memory.hear(Told { at, order, event: *event }, is_story);
    }
}

/// Whether a step by single events stops here.
fn is_worth_a_stop(event: &Event<Ha>) -> bool {
    match event {
        Event::Fired { timer, .. } => !matches!(timer, Timer::Canary | Timer::Request(_)),
        Event::Note { note, .. } => !is_canary(note),
        Event::Synced { .. } => false,
        _ => true,
    }
}

fn is_canary(note: &Note) -> bool {
    matches!(note, Note::Issued { id, .. } | Note::Finished { id, .. } | Note::Acknowledged { id, .. } if id.canary)
}

fn is_trouble(event: &Event<Ha>) -> bool {
    match event {
        Event::Fault { origin, .. } => !matches!(origin, Origin::Hand),
        Event::Note { note, .. } => {
            matches!(note, Note::Suspected { .. } | Note::BecameMaster { .. } | Note::SwitchoverBegan { .. })
        }
        _ => false,
    }
}

impl Memory {
    fn hear(&mut self, told: Told, is_story: bool) {
        if told.order == self.ring_next {
            if self.ring.len() == limits::RING {
                self.ring.pop_front();
            }
            self.ring.push_back(told);
            self.ring_next += 1;
        }
        if told.order >= self.story_next {
            self.story_next = told.order + 1;
            if is_story {
                if self.story.len() == limits::STORY {
                    self.story.drain(..limits::STORY / 4);
                    self.story_cut = true;
                }
                self.story.push(told);
            }
        }
    }

    /// Whether the ring goes on without a gap when the run goes on from event number `order`.
    pub(super) fn reaches(&self, order: u64) -> bool {
        (self.ring_begin()..=self.ring_next).contains(&order)
    }

    /// The run goes on from event number `order`.
    pub(super) fn resume_at(&mut self, order: u64) {
        if !self.reaches(order) {
            self.ring.clear();
            self.ring_next = order;
        }
    }

    /// What comes from event number `order` on will be different.
    pub(super) fn forget_from(&mut self, order: u64) {
        self.ring.truncate(self.ring.partition_point(|told| told.order < order));
        self.ring_next = self.ring_next.min(order);
        self.story.truncate(self.story.partition_point(|told| told.order < order));
        self.story_next = self.story_next.min(order);
    }

    /// Number of the first event in the ring.
    fn ring_begin(&self) -> u64 {
        self.ring.front().map_or(self.ring_next, |told| told.order)
    }

    /// Events in the ring before number `order`, oldest first.
    pub(super) fn ring(&self, order: u64) -> impl DoubleEndedIterator<Item = &Told> + ExactSizeIterator {
        self.ring.range(..self.ring.partition_point(|told| told.order < order))
    }

    /// The story, and how much of it lies before event number `order`.
    pub(super) fn story(&self, order: u64) -> (&[Told], usize) {
        (&self.story, self.story.partition_point(|told| told.order < order))
    }
}
