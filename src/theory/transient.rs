//! Where a chain is after some time, and how long it was down until then.
//!
//! The chain is uniformised: looked at Poisson-many times, so that what it does in between is a matrix of probabilities.
//! The time is halved until one look or fewer is expected, the matrix is summed there, and then squared as often. All
//! entries stay non-negative, so nothing cancels: an unavailability of 10⁻¹⁵ after a second has all its digits, and so has
//! one after a century in a chain that fails over within milliseconds.

use super::chain::{Chain, Matrix, divide};
use super::share::Share;

/// Terms of the series beyond those that the longest way through the chain takes: at most one look is expected, and
/// 1/20! is nothing.
const TERMS: usize = 20;

/// A chain after some time, if everything was up at the start.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    /// The point availability: how likely the service is up at that moment.
    pub now: Share,
    /// The interval availability: how much of the time until then it is up, on average.
    pub so_far: Share,
}

impl Moment {
    /// Looks at a chain after so many hours.
    pub fn of(chain: &Chain, hours: f64) -> Self {
        let mut is_up = vec![0.0; chain.len()];
        let mut is_down = vec![0.0; chain.len()];
        for state in 0..chain.len() {
            if chain.is_up(state) { is_up[state] = 1.0 } else { is_down[state] = 1.0 }
        }
        let Span { step, mut sums, halvings } = Span::start(chain, hours, [is_up, is_down]);
        let mut step = step;
        for _ in 0..halvings {
            // As long again: what has been summed, and the same from where the chain then is.
            for sum in &mut sums {
                let again = step.times_column(sum);
                sum.iter_mut().zip(again).for_each(|(sum, again)| *sum += again);
            }
            step = step.times(&step).with_rows_of_one();
        }
        let [up_hours, down_hours] = sums.map(|sum| sum[0]);
        Self { now: row_share(chain, &step), so_far: Share { up: up_hours / hours, down: down_hours / hours } }
    }
}

/// How likely the service has not failed once within so many hours, if everything was up at the start.
pub fn reliability(chain: &Chain, hours: f64) -> Share {
    let chain = chain.until_failure();
    let Span { mut step, halvings, .. } = Span::start(&chain, hours, []);
    for _ in 0..halvings {
        step = step.times(&step).with_rows_of_one();
    }
    row_share(&chain, &step)
}

/// Up and down, starting in the first state.
fn row_share(chain: &Chain, step: &Matrix) -> Share {
    let sum = |up| step.rows[0].iter().enumerate().filter(|(state, _)| chain.is_up(*state) == up).map(|(_, p)| p).sum();
    Share { up: sum(true), down: sum(false) }
}

/// A time so short that the chain is hardly looked at once.
struct Span<const N: usize> {
    /// From each state to each.
    step: Matrix,
    /// Expected hours in what the columns mark, from each state.
    sums: [Vec<f64>; N],
    /// How often it has to be doubled.
    halvings: u32,
}

impl<const N: usize> Span<N> {
    fn start(chain: &Chain, hours: f64, columns: [Vec<f64>; N]) -> Self {
        let mut once = chain.rates();
        let fastest = once.rows.iter().map(|row| row.iter().sum::<f64>()).fold(0.0, f64::max);
        assert!(fastest > 0.0 && hours > 0.0, "nothing ever happens");
        for (state, row) in once.rows.iter_mut().enumerate() {
            divide(row, fastest);
            row[state] = (1.0 - row.iter().sum::<f64>()).max(0.0);
        }
        let (mut looks, mut halvings) = (fastest * hours, 0);
        while looks > 1.0 {
            (looks, halvings) = (looks / 2.0, halvings + 1);
        }
        let terms = TERMS + chain.len();
        let mut step = Matrix::one(chain.len());
        for term in (1..=terms).rev() {
            step = once.times(&step);
            for (state, row) in step.rows.iter_mut().enumerate() {
                divide(row, term as f64 / looks);
                row[state] += 1.0;
            }
        }
        // The time is spent before look number k + 1 with the probability that more than k looks come to pass.
        let mut more = vec![0.0; terms + 1];
        let mut exactly = libm::exp(-looks);
        for count in 1..=terms {
            exactly *= looks / count as f64;
            more[count - 1] = exactly;
        }
        for count in (0..terms).rev() {
            more[count] += more[count + 1];
        }
        let sums = columns.map(|mut column| {
            let mut sum = vec![0.0; chain.len()];
            for more in &more[..terms] {
                sum.iter_mut().zip(&column).for_each(|(sum, entry)| *sum += more / fastest * entry);
                column = once.times_column(&column);
            }
            sum
        });
        Self { step: step.with_rows_of_one(), sums, halvings }
    }
}
