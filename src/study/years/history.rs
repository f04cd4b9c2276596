//! How an outage came about: who failed and who came back, before it and in its course.
//!
//! Nothing is kept of it while years go by. A chunk is a function of seed and number, so it is run again up to the outage,
//! and whatever changes from one step to the next is noted.

use std::collections::VecDeque;

use serde::Serialize;

use super::engine::{Chunk, Node};
use super::limits;
use super::tally::Outage;
use crate::sim::Micros;

/// An outage, with what led to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct History {
    /// The outage.
    pub outage: Outage,
    /// Nodes that did not run before the first of the events.
    pub down_before: Vec<u8>,
    /// Zones that were down before the first of the events.
    pub zones_down_before: Vec<u8>,
    /// What the service leans on and was away before the first of the events.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub supports_away_before: Vec<u8>,
    /// Who led before the first of the events.
    pub leader_before: Option<u8>,
    /// The last events before the outage, the one that began it, and the first of those in its course.
    pub events: Vec<Event>,
    /// How many more there were before it was over.
    pub left_out: u64,
}

/// Something that happened to a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Event {
    /// When, since the chunk began.
    pub at_us: Micros,
    /// To which node.
    pub node: u8,
    /// What.
    pub what: What,
}

/// What happens to nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// It failed.
    Failed,
    /// It failed, and nobody noticed.
    FailedUnseen,
    /// It was found dead.
    Found,
    /// It was repaired.
    Repaired,
    /// It was taken down for maintenance.
    TakenDown,
    /// Its maintenance is done.
    Maintained,
    /// The zone of this number failed; here `node` is the zone.
    ZoneFailed,
    /// The zone of this number is back; here `node` is the zone.
    ZoneBack,
    /// It leads from now on.
    Leads,
    /// What the service leans on is away; here `node` is its number among the supports.
    SupportAway,
    /// It is back; here `node` is its number among the supports.
    SupportBack,
}

/// All nodes at one moment.
#[derive(Clone, PartialEq, Eq)]
struct Moment {
    nodes: Vec<Node>,
    leader: Option<u8>,
    zones: Vec<bool>,
    supports: Vec<bool>,
}

impl Moment {
    fn of(chunk: &Chunk) -> Self {
        let (nodes, leader) = chunk.nodes();
        Self {
            nodes: nodes.to_vec(),
            leader,
            zones: chunk.zones_down().collect(),
            supports: chunk.supports_there().collect(),
        }
    }

    fn down(&self) -> Vec<u8> {
        (0..).zip(&self.nodes).filter(|(_, state)| **state != Node::Up).map(|(node, _)| node).collect()
    }

    /// What has happened since then.
    fn until<'a>(&'a self, later: &'a Self, at_us: Micros) -> impl Iterator<Item = Event> + 'a {
        let pairs = (0..).zip(self.nodes.iter().zip(&later.nodes));
        let nodes = pairs.filter_map(move |(node, (before, after))| {
            let what = change(*before, *after)?;
            Some(Event { at_us, node, what })
        });
        let zones = (0..).zip(self.zones.iter().zip(&later.zones)).filter(|(_, (before, after))| before != after);
        let zones = zones.map(move |(node, (_, down))| Event {
            at_us,
            node,
            what: if *down { What::ZoneFailed } else { What::ZoneBack },
        });
        let leads = later.leader.filter(|_| later.leader != self.leader);
        let supports =
            (0..).zip(self.supports.iter().zip(&later.supports)).filter(|(_, (before, after))| before != after);
        let supports = supports.map(move |(node, (_, there))| Event {
            at_us,
            node,
            what: if *there { What::SupportBack } else { What::SupportAway },
        });
        zones.chain(supports).chain(nodes).chain(leads.map(|node| Event { at_us, node, what: What::Leads }))
    }
}

fn change(before: Node, after: Node) -> Option<What> {
    match (before, after) {
        (Node::Up, Node::Unseen) => Some(What::FailedUnseen),
        (Node::Up, Node::Waiting | Node::Repairing) => Some(What::Failed),
        (Node::Unseen, Node::Waiting | Node::Repairing) => Some(What::Found),
        (Node::Repairing, Node::Up) => Some(What::Repaired),
        (Node::Up, Node::Maintained) => Some(What::TakenDown),
        (Node::Maintained, Node::Up) => Some(What::Maintained),
        _ => None,
    }
}

/// Runs a chunk up to the end of an outage, and tells how that came about.
pub(super) fn history(mut chunk: Chunk, outage: Outage) -> History {
    let end = outage.from_us + outage.length_us;
    let mut events = VecDeque::new();
    let (mut during, mut left_out) = (0, 0);
    let mut before = Moment::of(&chunk);
    // The end belongs to it: who leads then ended it.
    while chunk.step(end + 1) {
        let after = Moment::of(&chunk);
        let at_us = chunk.now();
        let begun = at_us > outage.from_us || chunk.down_since() == Some(outage.from_us);
        for event in before.until(&after, at_us) {
            if at_us > outage.from_us {
                during += 1;
                if during > limits::HISTORY_DURING {
                    left_out += 1;
                    continue;
                }
            } else if events.len() == limits::HISTORY_BEFORE {
                events.pop_front();
            }
            events.push_back((before.clone(), event));
        }
        before = after;
        if begun && chunk.down_since().is_none() {
            break;
        }
    }
    let first = events.front().map_or(&before, |(moment, _)| moment);
    let (down_before, leader_before) = (first.down(), first.leader);
    let zones_down_before = (0..).zip(&first.zones).filter(|(_, down)| **down).map(|(zone, _)| zone).collect();
    let supports_away_before =
        (0..).zip(&first.supports).filter(|(_, there)| !**there).map(|(support, _)| support).collect();
    let events = events.into_iter().map(|(_, event)| event).collect();
    History { outage, down_before, zones_down_before, supports_away_before, leader_before, events, left_out }
}
