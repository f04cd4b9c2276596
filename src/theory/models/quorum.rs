//! Nodes of which so many must be up: a majority, or any other number; with and without a leader who must be elected.

use std::iter::zip;

use super::super::chain::Chain;
use super::super::fields::{Fields, HasFields};
use super::super::limits;
use super::super::outputs::{Outputs, YEAR_HOURS};
use super::super::problem::Range;
use super::super::share::Share;
use super::super::steady::Steady;
use super::failover::HOUR_S;
use super::{Theory, steady_outputs, summary};

/// From 1 to `n`, or to the most there may be while `n` itself is wrong.
pub(super) fn up_to(n: u32) -> (u32, u32) {
    (1, if n == 0 { limits::NODES } else { n })
}

/// `k` of `n` equal nodes must be up. With a crew for each: A = Σ C(n,i) pⁱ(1−p)ⁿ⁻ⁱ for i ≥ k.
#[derive(Clone, Debug, PartialEq)]
pub struct Alike {
    /// How many nodes there are.
    pub n: u32,
    /// How many must be up.
    pub k: u32,
    /// Mean up time of a node, in hours.
    pub mttf_hours: f64,
    /// Mean repair time of a node, in hours.
    pub mttr_hours: f64,
    /// How many nodes can be repaired at once.
    pub crews: u32,
    /// Whether nodes go on failing while too few are up.
    pub failures_while_down: bool,
}

/// `k` of these nodes, each with an availability of its own, must be up; none cares for the others.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Different {
    /// The nodes' availabilities.
    pub nodes: Vec<Share>,
    /// How many must be up.
    pub k: u32,
}

/// `k` out of `n`.
#[derive(Clone, Debug, PartialEq)]
pub enum KOfN {
    /// Nodes with the same times.
    Alike(Alike),
    /// Nodes with availabilities of their own.
    Different(Different),
}

impl Default for KOfN {
    fn default() -> Self {
        let none = Alike { n: 0, k: 0, mttf_hours: 0.0, mttr_hours: 0.0, crews: 0, failures_while_down: true };
        Self::Alike(none)
    }
}

/// How likely it is that none, one, two … of these are up, where none cares for the others.
pub fn how_many_up(nodes: impl Iterator<Item = Share>) -> Vec<f64> {
    let mut up = vec![1.0];
    for node in nodes {
        let with = [0.0].into_iter().chain(up.iter().map(|p| p * node.up));
        let without = up.iter().map(|p| p * node.down).chain([0.0]);
        up = zip(with, without).map(|(with, without)| with + without).collect();
    }
    up
}

/// The chance of exactly so many.
pub fn exactly(chances: &[f64], up: usize) -> f64 {
    chances.get(up).copied().unwrap_or(0.0)
}

impl Different {
    /// The chance that at least `k` are up, by adding one node after the other: exact, without a subtraction.
    pub fn availability(&self) -> Share {
        let up = how_many_up(self.nodes.iter().copied());
        let (too_few, enough) = up.split_at((self.k as usize).min(up.len()));
        Share { up: enough.iter().sum(), down: too_few.iter().sum() }
    }
}

impl HasFields for KOfN {
    fn fields(&mut self, at: &mut Fields) {
        if at.has("node_availability") {
            *self = Self::Different(Different::default());
        }
        match self {
            Self::Alike(alike) => {
                at.count("n", &mut alike.n, (1, limits::NODES));
                at.count("k", &mut alike.k, up_to(alike.n));
                at.hours("mttf_hours", &mut alike.mttf_hours);
                at.hours("mttr_hours", &mut alike.mttr_hours);
                at.count("crews", &mut alike.crews, up_to(alike.n));
                at.flag("failures_while_down", &mut alike.failures_while_down);
            }
            Self::Different(different) => {
                at.availabilities("node_availability", &mut different.nodes, limits::NODES as usize);
                at.count("k", &mut different.k, up_to(different.nodes.len() as u32));
            }
        }
    }
}

impl Theory for KOfN {
    /// By how many nodes are down.
    fn chain(&self) -> Option<Chain> {
        let Self::Alike(Alike { n, k, mttf_hours, mttr_hours, crews, failures_while_down }) = self else { return None };
        let most_down = if *failures_while_down { *n } else { n - k + 1 };
        let mut chain = Chain::new();
        for down in 0..=most_down {
            chain.state(down.to_string().into(), n - down >= *k);
        }
        for down in 0..most_down {
            let (here, next) = (down as usize, down as usize + 1);
            chain.arc(here, next, f64::from(n - down) / mttf_hours);
            chain.arc(next, here, f64::from((down + 1).min(*crews)) / mttr_hours);
        }
        Some(chain)
    }

    fn outputs(&self) -> Outputs {
        match self {
            Self::Alike(_) => steady_outputs(&self.chain().unwrap_or_default()),
            Self::Different(different) => Outputs::new().share("availability", different.availability()),
        }
    }
}

/// A cluster that needs a majority and a leader: losing the leader, or regaining the majority, costs an election of
/// exponential length. States are (nodes up, `L` leader, `E` election, `N` too few).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QuorumLeader {
    /// How many nodes there are.
    pub n: u32,
    /// How many must be up.
    pub k: u32,
    /// Mean up time of a node, in hours.
    pub mttf_hours: f64,
    /// Mean repair time of a node, in hours.
    pub mttr_hours: f64,
    /// Mean length of an election, in seconds.
    pub election_mean_seconds: f64,
    /// How many nodes can be repaired at once.
    pub crews: u32,
}

impl HasFields for QuorumLeader {
    fn fields(&mut self, at: &mut Fields) {
        at.count("n", &mut self.n, (1, limits::NODES));
        at.count("k", &mut self.k, up_to(self.n));
        at.hours("mttf_hours", &mut self.mttf_hours);
        at.hours("mttr_hours", &mut self.mttr_hours);
        at.seconds("election_mean_seconds", &mut self.election_mean_seconds);
        at.count("crews", &mut self.crews, up_to(self.n));
    }
}

impl Theory for QuorumLeader {
    fn chain(&self) -> Option<Chain> {
        let Self { n, k, mttf_hours, mttr_hours, election_mean_seconds, crews } = *self;
        let mut chain = Chain::new();
        let all = chain.up(format!("({n}, 'L')"));
        let too_few: Vec<_> = (0..k).map(|up| chain.down(format!("({up}, 'N')"))).collect();
        let mut electing = Vec::new();
        let mut led = Vec::new();
        for up in k..=n {
            electing.push(chain.down(format!("({up}, 'E')")));
            led.push(if up == n { all } else { chain.up(format!("({up}, 'L')")) });
        }
        let fails = |nodes: u32| f64::from(nodes) / mttf_hours;
        let repair = |up: u32| f64::from((n - up).min(crews)) / mttr_hours;
        // Who is where when one node less is up; with too few it does not matter who was leader.
        let below = |up: u32, states: &[usize]| match up.checked_sub(k + 1) {
            Some(place) => states[place as usize],
            None => too_few[k as usize - 1],
        };
        for up in 0..k {
            let here = too_few[up as usize];
            if up > 0 {
                chain.arc(here, too_few[up as usize - 1], fails(up));
            }
            chain.arc(here, too_few.get(up as usize + 1).copied().unwrap_or(electing[0]), repair(up));
        }
        for up in k..=n {
            let place = (up - k) as usize;
            let (elects, leads) = (electing[place], led[place]);
            chain.arc(leads, below(up, &electing), fails(1));
            chain.arc(leads, below(up, &led), fails(up - 1));
            chain.arc(elects, below(up, &electing), fails(up));
            chain.arc(elects, leads, HOUR_S / election_mean_seconds);
            if up < n {
                chain.arc(leads, led[place + 1], repair(up));
                chain.arc(elects, electing[place + 1], repair(up));
            }
        }
        Some(chain)
    }

    fn outputs(&self) -> Outputs {
        let chain = self.chain().unwrap_or_default();
        let steady = Steady::of(&chain);
        // Every outage begins with the loss of a leader, be it alone or with the majority.
        summary(&chain, &steady).number("leader_losses_per_year_365d", YEAR_HOURS * steady.outages_per_hour())
    }
}

/// Nodes that share the load: each that fails makes the others fail more often, by (n / nodes up) to the power γ. "Up"
/// means that at least one is; how much of the demand is served stands beside it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LoadShared {
    /// How many nodes there are.
    pub n: u32,
    /// Mean up time of a node while all are up, in hours.
    pub mttf_hours_at_full_strength: f64,
    /// Mean repair time of a node, in hours.
    pub mttr_hours: f64,
    /// The power; 0: load does no harm.
    pub gamma: f64,
    /// What one node can serve.
    pub node_capacity: f64,
    /// What is asked for, in the same unit.
    pub demand: f64,
    /// How many nodes can be repaired at once.
    pub crews: u32,
}

/// A third of the demand, three times, is all of it, although 0.333… is a bit less.
const NEARLY: f64 = 1.0 + 1e-9;

impl LoadShared {
    /// Which share of the demand is served with so many nodes up.
    fn served(&self, up: u32) -> Share {
        let capacity = f64::from(up) * self.node_capacity;
        if capacity * NEARLY >= self.demand {
            Share { up: 1.0, down: 0.0 }
        } else {
            Share { up: capacity / self.demand, down: (self.demand - capacity) / self.demand }
        }
    }

    /// What share of the demand is served on average, and how much of the time all of it is.
    fn service(&self, steady: &Steady) -> (Share, Share) {
        let (mut on_average, mut in_full) = (Share { up: 0.0, down: 0.0 }, Share { up: 0.0, down: 0.0 });
        for down in 0..=self.n {
            let (served, probability) = (self.served(self.n - down), steady.probability(down as usize));
            on_average.up += served.up * probability;
            on_average.down += served.down * probability;
            *if served.down == 0.0 { &mut in_full.up } else { &mut in_full.down } += probability;
        }
        (on_average, in_full)
    }
}

impl HasFields for LoadShared {
    fn fields(&mut self, at: &mut Fields) {
        at.count("n", &mut self.n, (1, limits::NODES));
        at.hours("mttf_hours_at_full_strength", &mut self.mttf_hours_at_full_strength);
        at.hours("mttr_hours", &mut self.mttr_hours);
        at.number("gamma", &mut self.gamma, Range::closed("", (0.0, limits::GAMMA)));
        at.number("node_capacity", &mut self.node_capacity, Range::closed("", limits::FACTOR));
        at.number("demand", &mut self.demand, Range::closed("", limits::FACTOR));
        at.count("crews", &mut self.crews, up_to(self.n));
    }
}

impl Theory for LoadShared {
    /// By how many nodes are down.
    fn chain(&self) -> Option<Chain> {
        let mut chain = Chain::new();
        for down in 0..=self.n {
            chain.state(down.to_string().into(), down < self.n);
        }
        for down in 0..self.n {
            let (here, next, up) = (down as usize, down as usize + 1, f64::from(self.n - down));
            let stress = libm::pow(f64::from(self.n) / up, self.gamma);
            chain.arc(here, next, up * stress / self.mttf_hours_at_full_strength);
            chain.arc(next, here, f64::from((down + 1).min(self.crews)) / self.mttr_hours);
        }
        Some(chain)
    }

    fn outputs(&self) -> Outputs {
        let chain = self.chain().unwrap_or_default();
        let steady = Steady::of(&chain);
        let (on_average, in_full) = self.service(&steady);
        summary(&chain, &steady)
            .share("expected_served_fraction_of_demand", on_average)
            .share("prob_full_demand_served", in_full)
            .text("availability_meaning", "at least one node up")
    }
}
