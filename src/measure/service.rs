//! The service, seen from all sites together: down when at least half of them are.
//!
//! What single sites find out lies in the past, and one site's past may come to light after another's. So a
//! turn of one site waits here until no site can come up with an earlier one; then it is settled for good.
//! With one site there is nothing to wait for. Where there are several shards, each has its sites by itself, and the
//! ledger settles them together.

use super::faults::FaultRef;
use super::limits;
use super::probe::{Detector, Failure, Live, Success, Turn};
use crate::ha::limits::SITES;
use crate::sim::{MachineId, Micros, SimTime};

/// Which canaries: an index into pairs.
pub(super) const WRITES: usize = 0;
pub(super) const READS: usize = 1;

/// The service as it looks right now, for writes and for reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Service {
    /// Writes.
    pub writes: Live,
    /// Reads.
    pub reads: Live,
}

/// The state of the service in a stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// All sites are served.
    Up,
    /// Fewer than half of the sites are not; or some shards are not, but others are.
    PartlyDown,
    /// Reads are served, writes are not.
    ReadsOnly,
    /// Writes are served, reads are not.
    WritesOnly,
    /// Neither is.
    Down,
}

/// A change point of the service's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// From here on, until the next one,
    pub from: SimTime,
    /// it is in this state.
    pub state: State,
}

/// A turn of one site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Edge {
    at: SimTime,
    site: usize,
    kind: usize,
    what: What,
}

impl Edge {
    /// In an instant in which one site comes up and another goes down, the first does so first.
    fn order(&self) -> (SimTime, bool, usize) {
        (self.at, matches!(self.what, What::Down(_)), self.site)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Down(Opening),
    Up(Option<MachineId>),
}

/// What is known of an outage when it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Opening {
    pub(super) last_good: SimTime,
    /// The fault that came just in time.
    pub(super) fresh: Option<FaultRef>,
}

/// The service as a whole turned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    WentDown(SimTime, Opening),
    CameUp(SimTime, Option<MachineId>),
}

/// Sums over one kind of canaries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    sites_down: u32,
    since: SimTime,
    down_us: Micros,
}

impl Tally {
    fn is_down(self, sites: u32) -> bool {
        self.sites_down > 0 && 2 * self.sites_down >= sites
    }

    fn move_to(&mut self, at: SimTime, sites: u32) {
        let passed = at.since(self.since);
        if self.is_down(sites) {
            self.down_us += passed;
        }
        self.since = self.since.max(at);
    }
}

/// All sites' detectors and what follows from them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sites {
    count: usize,
    detectors: Vec<[Detector; 2]>,
    /// When each detector turned last: its turns do not overtake each other.
    turned: [[SimTime; 2]; SITES],
    edges: Vec<Edge>,
    tallies: [Tally; 2],
    /// Which kind decides on the service.
    lead: usize,
}

impl Sites {
    pub(super) fn new(count: usize, lead: usize) -> Self {
        Self {
            count,
            detectors: vec![[Detector::new(), Detector::new()]; count],
            turned: [[SimTime::ZERO; 2]; SITES],
            edges: Vec::new(),
            tallies: [Tally::default(); 2],
            lead,
        }
    }

    pub(super) fn detector(&mut self, site: u8, kind: usize) -> &mut Detector {
        &mut self.detectors[usize::from(site)][kind]
    }

    /// A site's machine is not running.
    pub(super) fn blind(&mut self, site: u8) {
        for detector in &mut self.detectors[usize::from(site)] {
            detector.blind();
        }
    }

    pub(super) fn count(&self) -> u32 {
        self.count as u32
    }

    /// The next turn that a detector has found.
    pub(super) fn next_turn(&mut self, site: u8, kind: usize) -> Option<Turn> {
        self.detector(site, kind).next_turn()
    }

    /// Takes a turn to account, with the fault that came just in time to explain it.
    pub(super) fn add(&mut self, site: u8, kind: usize, turn: Turn, fresh: Option<FaultRef>) {
        let (at, what) = match turn {
            Turn::Down(Failure { last_good, issued, .. }) => {
                let at = fresh.map_or(issued, |fault| issued.max(fault.at));
                (at, What::Down(Opening { last_good, fresh }))
            }
            Turn::Up(Success { completed, by }) => (completed, What::Up(by)),
        };
        let site = usize::from(site);
        let turned = &mut self.turned[site][kind];
        *turned = at.max(*turned);
        let edge = Edge { at: *turned, site, kind, what };
        // Slow answers and fast refusals overtake each other: a state that lasted no time was none.
        let same = |known: &Edge| (known.at, known.site, known.kind) == (edge.at, site, kind);
        if let Some(before) = self.edges.iter().rposition(same) {
            self.edges.remove(before);
        } else {
            let place = self.edges.partition_point(|known| known.order() <= edge.order());
            self.edges.insert(place, edge);
        }
    }

    /// The place in time of the next turn that waits to be settled.
    pub(super) fn next_turn_at(&self) -> Option<(SimTime, bool, usize)> {
        self.edges.first().map(Edge::order)
    }

    /// More turns wait than may.
    pub(super) fn is_overfull(&self) -> bool {
        self.edges.len() > limits::TURNS
    }

    /// Settles the next turn of a site; the service may turn with it.
    pub(super) fn turn_next(&mut self) -> Option<Change> {
        let edge = self.edges.remove(0);
        self.turn(edge)
    }

    /// No site can still come up with a turn before this instant. It never goes back.
    pub(super) fn horizon(&self, soon: SimTime) -> SimTime {
        let pairs = self.detectors.iter().zip(&self.turned);
        let each = pairs.flat_map(|(detectors, turned)| detectors.iter().zip(turned));
        each.map(|(detector, turned)| detector.horizon(soon).max(*turned)).fold(soon, SimTime::min)
    }

    fn turn(&mut self, edge: Edge) -> Option<Change> {
        let sites = self.count();
        let tally = &mut self.tallies[edge.kind];
        tally.move_to(edge.at, sites);
        let was_down = tally.is_down(sites);
        match edge.what {
            What::Down(_) => tally.sites_down += 1,
            What::Up(_) => tally.sites_down -= 1,
        }
        let is_down = tally.is_down(sites);
        match edge.what {
            What::Down(opening) if edge.kind == self.lead && is_down && !was_down => {
                Some(Change::WentDown(edge.at, opening))
            }
            What::Up(by) if edge.kind == self.lead && was_down && !is_down => Some(Change::CameUp(edge.at, by)),
            _ => None,
        }
    }

    /// Whether the service is down, and whether any site is, by one kind of canaries.
    pub(super) fn stands(&self, kind: usize) -> (bool, bool) {
        let tally = self.tallies[kind];
        (tally.is_down(self.count()), tally.sites_down > 0)
    }

    /// Down until `now`, for one kind of canaries.
    pub(super) fn down_us(&self, kind: usize, now: SimTime) -> Micros {
        let mut tally = self.tallies[kind];
        tally.move_to(now, self.count());
        tally.down_us
    }

    pub(super) fn live(&self, now: SimTime) -> Service {
        // How the site looks that makes half of all, if those come first that are worst off.
        let live = |kind: usize| {
            let mut sites: Vec<Live> = self.detectors.iter().map(|pair| pair[kind].live(now)).collect();
            sites.sort_unstable_by(|a, b| b.cmp(a));
            sites.get(self.count.div_ceil(2).saturating_sub(1)).copied().unwrap_or(Live::Up)
        };
        Service { writes: live(WRITES), reads: live(READS) }
    }
}
