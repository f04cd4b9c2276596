//! A continuous-time Markov chain: states that are up or down, and the rates at which one becomes another.
//!
//! The first state is where everything is up, and where the chain starts. Times are hours, rates are per hour.
//!
//! ```
//! use ha_lab::theory::{Chain, Steady};
//!
//! let mut node = Chain::new();
//! let (up, down) = (node.up("up"), node.down("down"));
//! node.arc(up, down, 1.0 / 1000.0);
//! node.arc(down, up, 1.0);
//! assert!(Steady::of(&node).availability().text().starts_with("0.999000999000999"));
//! ```

use std::borrow::Cow;

/// A state of a chain, by its place in the order in which the states were added.
pub type State = usize;

/// A chain.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chain {
    names: Vec<Cow<'static, str>>,
    is_up: Vec<bool>,
    arcs: Vec<(State, State, f64)>,
}

impl Chain {
    /// A chain without states.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a state in which the service is up.
    pub fn up(&mut self, name: impl Into<Cow<'static, str>>) -> State {
        self.state(name.into(), true)
    }

    /// Adds a state in which the service is down.
    pub fn down(&mut self, name: impl Into<Cow<'static, str>>) -> State {
        self.state(name.into(), false)
    }

    /// Adds a state.
    pub fn state(&mut self, name: Cow<'static, str>, is_up: bool) -> State {
        self.names.push(name);
        self.is_up.push(is_up);
        self.names.len() - 1
    }

    /// Lets one state become another at this rate per hour; a rate of 0 never does.
    pub fn arc(&mut self, from: State, to: State, per_hour: f64) {
        assert!(per_hour >= 0.0 && per_hour.is_finite() && from != to, "{from} -> {to} at {per_hour} per hour");
        assert!(from.max(to) < self.len(), "states are added before their arcs");
        if per_hour > 0.0 {
            self.arcs.push((from, to, per_hour));
        }
    }

    /// How many states there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// What a state is called.
    pub fn name(&self, state: State) -> &Cow<'static, str> {
        &self.names[state]
    }

    /// Whether the service is up in a state.
    pub fn is_up(&self, state: State) -> bool {
        self.is_up[state]
    }

    /// From where, to where, and the rate per hour.
    pub fn arcs(&self) -> &[(State, State, f64)] {
        &self.arcs
    }

    /// The rates as a matrix, row by row; its diagonal is 0.
    pub fn rates(&self) -> Matrix {
        let mut rates = Matrix::zero(self.len());
        for &(from, to, per_hour) in &self.arcs {
            rates.rows[from][to] += per_hour;
        }
        rates
    }

    /// The same chain until its first failure: all that is down becomes one state, the last, which nothing leaves.
    #[must_use]
    pub fn until_failure(&self) -> Self {
        let mut chain = Self::new();
        let mut place = vec![0; self.len()];
        for state in (0..self.len()).filter(|state| self.is_up(*state)) {
            place[state] = chain.up(self.name(state).clone());
        }
        let failed = chain.down("failed");
        for &(from, to, per_hour) in &self.arcs {
            if self.is_up(from) {
                chain.arc(place[from], if self.is_up(to) { place[to] } else { failed }, per_hour);
            }
        }
        chain
    }
}

/// A square matrix without negative entries: no sum of its products cancels.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    /// Row by row.
    pub rows: Vec<Vec<f64>>,
}

impl Matrix {
    /// All zero.
    pub fn zero(size: usize) -> Self {
        Self { rows: vec![vec![0.0; size]; size] }
    }

    /// Ones on the diagonal.
    pub fn one(size: usize) -> Self {
        let mut one = Self::zero(size);
        for (at, row) in one.rows.iter_mut().enumerate() {
            row[at] = 1.0;
        }
        one
    }

    /// This matrix times another.
    #[must_use]
    pub fn times(&self, other: &Self) -> Self {
        let mut product = Self::zero(self.rows.len());
        for (row, into) in self.rows.iter().zip(&mut product.rows) {
            for (factor, from) in row.iter().zip(&other.rows).filter(|(factor, _)| **factor > 0.0) {
                for (sum, entry) in into.iter_mut().zip(from) {
                    *sum += factor * entry;
                }
            }
        }
        product
    }

    /// This matrix times a column.
    pub fn times_column(&self, column: &[f64]) -> Vec<f64> {
        self.rows.iter().map(|row| row.iter().zip(column).map(|(a, b)| a * b).sum()).collect()
    }

    /// Each row divided by its sum, so that rounding does not make probability out of nothing.
    #[must_use]
    pub fn with_rows_of_one(mut self) -> Self {
        for row in &mut self.rows {
            let sum: f64 = row.iter().sum();
            divide(row, sum);
        }
        self
    }
}

/// Divides all of them.
pub(super) fn divide(entries: &mut [f64], by: f64) {
    for entry in entries {
        *entry /= by;
    }
}
