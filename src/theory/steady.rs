//! Where a chain is in the long run, by the elimination of Grassmann, Taksar and Heyman (GTH, *Operations Research* 33,
//! 1985): Gaussian elimination without a subtraction, so that the rarest state keeps as many digits as the commonest.

use super::chain::{Chain, State, divide};
use super::share::Share;

/// The long run of a chain.
#[derive(Clone, Debug)]
pub struct Steady<'a> {
    chain: &'a Chain,
    probabilities: Vec<f64>,
}

impl<'a> Steady<'a> {
    /// Solves a chain. Every state must lead back to the first.
    pub fn of(chain: &'a Chain) -> Self {
        Self { chain, probabilities: stationary(chain) }
    }

    /// How much of the time the chain is in a state.
    pub fn probability(&self, state: State) -> f64 {
        self.probabilities[state]
    }

    /// How much of the time it is in each state, in the order of the states.
    pub fn probabilities(&self) -> &[f64] {
        &self.probabilities
    }

    /// How much of the time the service is up and down, each summed by itself.
    pub fn availability(&self) -> Share {
        let sum =
            |up| (0..self.chain.len()).filter(|s| self.chain.is_up(*s) == up).map(|s| self.probabilities[s]).sum();
        Share { up: sum(true), down: sum(false) }
    }

    /// How often it goes from up to down.
    pub fn outages_per_hour(&self) -> f64 {
        let breaks = |(from, to): (State, State)| self.chain.is_up(from) && !self.chain.is_up(to);
        let arcs = self.chain.arcs().iter().filter(|(from, to, _)| breaks((*from, *to)));
        arcs.map(|(from, _, per_hour)| self.probabilities[*from] * per_hour).sum()
    }

    /// Mean time from the end of an outage to the next: the MTTF of the service.
    pub fn mean_up_hours(&self) -> f64 {
        self.availability().up / self.outages_per_hour()
    }

    /// Mean length of an outage: the MTTR of the service.
    pub fn mean_down_hours(&self) -> f64 {
        self.availability().down / self.outages_per_hour()
    }
}

/// Mean time from the start to the first failure. What is down leads back to the start after an hour; then the time up is
/// to that hour as one probability is to the other, and the elimination has them both with all digits.
pub fn mean_hours_to_failure(chain: &Chain) -> f64 {
    let mut again = chain.until_failure();
    let failed = again.len() - 1;
    again.arc(failed, 0, 1.0);
    let probabilities = stationary(&again);
    probabilities[..failed].iter().sum::<f64>() / probabilities[failed]
}

fn stationary(chain: &Chain) -> Vec<f64> {
    let mut rates = chain.rates().rows;
    // Takes out one state after the other, from the last: who would go there goes where it would go from there.
    for last in (1..chain.len()).rev() {
        let (above, below) = rates.split_at_mut(last);
        let leaves = &below[0][..last];
        let leaving: f64 = leaves.iter().sum();
        assert!(leaving > 0.0, "'{}' does not lead back to the first state", chain.name(last));
        for row in above {
            let share = row[last] / leaving;
            row[last] = share;
            // The diagonal gets a share too; nobody looks at it.
            for (rate, leaves) in row.iter_mut().zip(leaves) {
                *rate += share * leaves;
            }
        }
    }
    // Puts them in again, from the second.
    let mut weights = vec![1.0];
    for state in 1..chain.len() {
        let weight: f64 = weights.iter().zip(&rates).map(|(weight, row)| weight * row[state]).sum();
        weights.push(weight);
        // A hundred nodes that are hardly ever up would leave the range of floating point.
        if weight > 1e100 {
            divide(&mut weights, weight);
        }
    }
    let all: f64 = weights.iter().sum();
    divide(&mut weights, all);
    weights
}
