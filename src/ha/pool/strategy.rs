//! How a balancer picks a worker. Every strategy is a function of what it is shown and of keyed dice.
//!
//! Weights are there for all of them but consistent hashing: a worker in slow start weighs less (for the balancer of
//! weighted round robin they are also what the user says).

use std::rc::Rc;

use super::config::Strategy;
use crate::ha::message::RequestId;
use crate::sim::{Dice, Domain};

/// Points of each worker on the ring (ketama has as many).
const POINTS: u64 = 160;

/// A worker that may be picked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its index in the pool.
    pub index: u8,
    /// Its weight, in thousandths, not 0.
    pub weight_milli: u32,
    /// Requests under way there.
    pub active: u16,
}

impl Candidate {
    /// Whether it has less to do for its weight than another one, or as much. What is about to come counts as well, so
    /// that weights count where nobody has anything to do.
    fn is_no_busier_than(self, other: Self) -> bool {
        let load = |of: Self, with: Self| (u64::from(of.active) + 1) * u64::from(with.weight_milli);
        load(self, other) <= load(other, self)
    }
}

/// The memory of a strategy.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Picker {
    strategy: Strategy,
    /// Smooth weighted round robin: what each worker has coming to it.
    credit: Vec<i64>,
    /// The one that was picked last.
    last: u8,
    /// Points and whose they are, in order of the points.
    ring: Rc<[(u64, u8)]>,
}

/// The dice of one try of a request at a balancer.
pub(in crate::ha) fn try_dice(seed: u64, id: RequestId, attempt: u8, tried: u32) -> Dice {
    let who = u64::from(id.site) << 32 | u64::from(id.ordinal) | 1 << 40 | u64::from(id.canary) << 41;
    Dice::keyed(seed, Domain::Attempt, who, u64::from(attempt) << 8 | u64::from(tried))
}

/// Scatters every bit: the finaliser of `SplitMix64`.
fn hash(word: u64) -> u64 {
    let z = word.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Picker {
    /// For a pool of so many workers.
    pub fn new(strategy: Strategy, workers: usize) -> Self {
        let mut ring = Vec::new();
        if strategy == Strategy::ConsistentHash {
            let points = |worker: u8| (0..POINTS).map(move |point| (hash(u64::from(worker) << 32 | point), worker));
            ring = (0..workers as u8).flat_map(points).collect();
            ring.sort_unstable();
        }
        Self { strategy, credit: vec![0; workers], last: workers.saturating_sub(1) as u8, ring: ring.into() }
    }

    /// Picks one of the candidates, which are in order of their index; `key` is what consistent hashing goes by.
    pub fn pick(&mut self, candidates: &[Candidate], key: u64, dice: &mut Dice) -> Option<u8> {
        let picked = match self.strategy {
            _ if candidates.len() < 2 => candidates.first()?.index,
            Strategy::RoundRobin | Strategy::Weighted => self.next_in_turn(candidates),
            Strategy::Random => drawn(candidates, dice).index,
            Strategy::LeastConnections => self.least(candidates),
            Strategy::TwoChoices => two_choices(candidates, dice),
            Strategy::ConsistentHash => self.on_the_ring(candidates, key),
        };
        self.last = picked;
        Some(picked)
    }

    /// Each gets its weight, the richest is picked and pays for all: with equal weights one after the other, with
    /// 5, 1, 1 the order a a b a c a a.
    fn next_in_turn(&mut self, candidates: &[Candidate]) -> u8 {
        let mut sum = 0;
        for candidate in candidates {
            self.credit[usize::from(candidate.index)] += i64::from(candidate.weight_milli);
            sum += i64::from(candidate.weight_milli);
        }
        let richest = |candidate: &&Candidate| (self.credit[usize::from(candidate.index)], u8::MAX - candidate.index);
        let picked = candidates.iter().max_by_key(richest).expect("there is a candidate").index;
        self.credit[usize::from(picked)] -= sum;
        picked
    }

    /// Of several that are equal, the next one after the last one picked.
    fn least(&self, candidates: &[Candidate]) -> u8 {
        let is_least = |one: &&Candidate| candidates.iter().all(|other| one.is_no_busier_than(*other));
        let least = || candidates.iter().filter(is_least).map(|candidate| candidate.index);
        least().find(|index| *index > self.last).or_else(|| least().next()).unwrap_or(candidates[0].index)
    }

    /// The first candidate at or after the key's place: when one goes, only its own keys move.
    fn on_the_ring(&self, candidates: &[Candidate], key: u64) -> u8 {
        let place = hash(key ^ 0x6b65_7973_6b65_7973); // keys and points are different things
        let from = self.ring.partition_point(|(point, _)| *point < place);
        let around = self.ring[from..].iter().chain(&self.ring[..from]);
        let is_there = |worker: u8| candidates.iter().any(|candidate| candidate.index == worker);
        around.map(|(_, worker)| *worker).find(|worker| is_there(*worker)).unwrap_or(candidates[0].index)
    }
}

/// One by dice, according to weight.
fn drawn<'a>(candidates: impl IntoIterator<Item = &'a Candidate, IntoIter: Clone>, dice: &mut Dice) -> Candidate {
    let candidates = candidates.into_iter();
    let sum = candidates.clone().map(|candidate| u64::from(candidate.weight_milli)).sum::<u64>().max(1);
    let mut left = dice.below(sum);
    for candidate in candidates.clone() {
        match left.checked_sub(u64::from(candidate.weight_milli)) {
            Some(rest) => left = rest,
            None => return *candidate,
        }
    }
    *candidates.last().expect("there is a candidate")
}

fn two_choices(candidates: &[Candidate], dice: &mut Dice) -> u8 {
    let one = drawn(candidates, dice);
    let other = drawn(candidates.iter().filter(|candidate| candidate.index != one.index), dice);
    if one.is_no_busier_than(other) { one.index } else { other.index }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Strategy; 6] = [
        Strategy::RoundRobin,
        Strategy::Weighted,
        Strategy::Random,
        Strategy::LeastConnections,
        Strategy::TwoChoices,
        Strategy::ConsistentHash,
    ];

    fn candidates(weights: &[u32]) -> Vec<Candidate> {
        (0..).zip(weights).map(|(index, weight)| Candidate { index, weight_milli: *weight, active: 0 }).collect()
    }

    fn dice(seed: u64) -> Dice {
        Dice::keyed(seed, Domain::Attempt, 0, 0)
    }

    #[test]
    fn every_strategy_is_fair_over_many_requests_that_end_at_once() {
        for strategy in ALL {
            let mut picker = Picker::new(strategy, 4);
            let mut got = [0_u32; 4];
            for request in 0..40_000 {
                let picked = picker.pick(&candidates(&[1_000; 4]), request, &mut dice(request)).unwrap();
                got[usize::from(picked)] += 1;
            }
            // Turns are exact. Dice: a standard deviation is 87, four of them. Rings are unfair by their nature: with
            // 160 points, one standard deviation of a share is 1/√160 = 8 %; three of them.
            let far = match strategy {
                Strategy::RoundRobin | Strategy::Weighted | Strategy::LeastConnections => 0,
                Strategy::Random | Strategy::TwoChoices => 350,
                Strategy::ConsistentHash => 2_400,
            };
            assert!(got.iter().all(|count| count.abs_diff(10_000) <= far), "{strategy:?}: {got:?}");
        }
    }

    #[test]
    fn weights_are_kept_and_well_mixed() {
        let mut picker = Picker::new(Strategy::Weighted, 3);
        let order: Vec<u8> =
            (0..7).map(|turn| picker.pick(&candidates(&[5_000, 1_000, 1_000]), 0, &mut dice(turn)).unwrap()).collect();
        assert_eq!(order, [0, 0, 1, 0, 2, 0, 0], "nginx's own example");
    }

    #[test]
    fn the_busy_are_spared() {
        let mut pool = candidates(&[1_000; 3]);
        pool[0].active = 4;
        pool[1].active = 2;
        pool[2].active = 3;
        let mut least = Picker::new(Strategy::LeastConnections, 3);
        assert!((0..9).all(|seed| least.pick(&pool, 0, &mut dice(seed)) == Some(1)));
        let mut two = Picker::new(Strategy::TwoChoices, 3);
        let picks: Vec<_> = (0..300).map(|seed| two.pick(&pool, 0, &mut dice(seed)).unwrap()).collect();
        assert!(!picks.contains(&0), "the busiest of three loses against either of the others");
        assert!(picks.contains(&1) && picks.contains(&2));
    }

    #[test]
    fn two_choices_are_exponentially_better_than_one() {
        // Requests that never end, thrown into bins: the fullest of n has log n / log log n with one choice, and
        // log log n with two (Azar et al. 1994).
        let fullest = |strategy| {
            let mut pool = candidates(&[1_000; 200]);
            let mut picker = Picker::new(strategy, 200);
            for request in 0..200 {
                let picked = picker.pick(&pool, 0, &mut dice(request)).unwrap();
                pool[usize::from(picked)].active += 1;
            }
            pool.iter().map(|candidate| candidate.active).max().unwrap()
        };
        assert!(fullest(Strategy::Random) >= 4, "{}", fullest(Strategy::Random));
        assert!(fullest(Strategy::TwoChoices) <= 3, "{}", fullest(Strategy::TwoChoices));
    }

    #[test]
    fn who_weighs_less_gets_less_whatever_the_strategy() {
        for strategy in [Strategy::RoundRobin, Strategy::Random, Strategy::LeastConnections, Strategy::TwoChoices] {
            let mut picker = Picker::new(strategy, 3);
            let mut pool = candidates(&[1_000, 1_000, 100]);
            let mut got = [0_u32; 3];
            for request in 0..2_100 {
                let picked = usize::from(picker.pick(&pool, 0, &mut dice(request)).unwrap());
                got[picked] += 1;
                // Requests stay for a while, so that who counts them has something to count.
                pool[picked].active += 1;
                if request % 21 == 20 {
                    for candidate in &mut pool {
                        candidate.active = 0;
                    }
                }
            }
            assert!(got[2] * 3 < got[0].min(got[1]), "{strategy:?}: {got:?}");
        }
    }

    #[test]
    fn when_one_goes_only_its_keys_move() {
        let pool = candidates(&[1_000; 5]);
        let without: Vec<_> = pool.iter().copied().filter(|candidate| candidate.index != 2).collect();
        let mut ring = Picker::new(Strategy::ConsistentHash, 5);
        let mut moved = 0;
        for key in 0..10_000 {
            let before = ring.pick(&pool, key, &mut dice(0)).unwrap();
            let after = ring.pick(&without, key, &mut dice(0)).unwrap();
            assert!(before == 2 || before == after, "key {key} moved from {before} to {after}");
            moved += u32::from(before != after);
        }
        assert!((1_400..2_600).contains(&moved), "about a fifth: {moved}");
    }
}
