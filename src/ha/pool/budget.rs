//! The retry budget: retries are a share of the requests, whatever happens.
//!
//! A bucket of tokens, as in Finagle's `RetryBudget`: each request puts in a share of a token, each retry takes out
//! a whole one, and the bucket holds no more than so many. What always holds: in any stretch of time, retries ≤
//! burst + share × requests. Without that, a pool in trouble gets more work the more of it fails.

/// A retry budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RetryBudget {
    /// Retries for a thousand requests.
    pub share_permille: u32,
    /// Retries that can be saved up.
    pub burst: u16,
}

/// The tokens in hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RetryTokens {
    budget: RetryBudget,
    milli: u32,
    /// A retry has been refused, and the bucket has not been half full since.
    spent: bool,
}

/// Whether a retry may be made, and whether that is news.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant {
    /// Yes.
    Given,
    /// No, for the first time since the bucket was half full.
    RunOut,
    /// No.
    Refused,
}

impl RetryTokens {
    /// A full bucket.
    pub fn new(budget: RetryBudget) -> Self {
        Self { budget, milli: u32::from(budget.burst) * 1_000, spent: false }
    }

    /// A request comes. True if retries had been stopped, and go on from now on.
    pub fn deposit(&mut self) -> bool {
        let most = u32::from(self.budget.burst) * 1_000;
        self.milli = self.milli.saturating_add(self.budget.share_permille).min(most);
        let goes_on = self.spent && self.milli > 0 && self.milli * 2 >= most;
        self.spent &= !goes_on;
        goes_on
    }

    /// Asks for a retry.
    pub fn withdraw(&mut self) -> Grant {
        if self.has_one() {
            self.milli -= 1_000;
            return Grant::Given;
        }
        if std::mem::replace(&mut self.spent, true) { Grant::Refused } else { Grant::RunOut }
    }

    /// Whether a retry could be made now.
    pub fn has_one(self) -> bool {
        self.milli >= 1_000
    }

    /// Whole tokens in hand.
    pub fn left(self) -> u32 {
        self.milli / 1_000
    }

    /// Whether retries are stopped, since one was refused.
    pub fn is_spent(self) -> bool {
        self.spent
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::{Dice, Domain};

    #[test]
    fn retries_never_exceed_the_burst_and_the_share_of_the_requests() {
        for seed in 0..200 {
            let mut dice = Dice::keyed(seed, Domain::Step, 0, 0);
            let budget = RetryBudget { share_permille: dice.below(600) as u32, burst: dice.below(30) as u16 };
            let mut tokens = RetryTokens::new(budget);
            let (mut requests, mut retries) = (0_u64, 0_u64);
            for _ in 0..5_000 {
                if dice.below(3) == 0 {
                    tokens.deposit();
                    requests += 1;
                } else {
                    retries += u64::from(tokens.withdraw() == Grant::Given);
                }
                let most = u64::from(budget.burst) * 1_000 + u64::from(budget.share_permille) * requests;
                assert!(retries * 1_000 <= most, "seed {seed}: {retries} retries for {requests} requests, {budget:?}");
            }
        }
    }

    #[test]
    fn an_empty_bucket_is_news_once_until_it_is_half_full_again() {
        let mut tokens = RetryTokens::new(RetryBudget { share_permille: 500, burst: 2 });
        assert_eq!([0; 4].map(|_| tokens.withdraw()), [Grant::Given, Grant::Given, Grant::RunOut, Grant::Refused]);
        assert!(!tokens.deposit(), "half a token");
        assert!(tokens.deposit(), "one of two");
        assert_eq!(tokens.withdraw(), Grant::Given);
        assert_eq!(tokens.withdraw(), Grant::RunOut);
    }
}
