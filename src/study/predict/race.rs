//! What it costs an election of Raft that several members campaign at once.
//!
//! The first to time out usually wins, undisturbed. Another one that times out before it is asked for its vote campaigns too;
//! then nobody may get a majority, and all wait for another timeout. No formula covers that for any number of members, because
//! it hangs on who reaches whom first. On new connections it is worse than the textbooks have it: the question takes three
//! trips, but once the first call has arrived, one's own question goes back on it in one. So of two that wait the votes split
//! if the second times out between one and three trips after the first; later rounds split within one trip.
//!
//! So the mean over all timeouts is taken point by point: they are spread evenly over their range (an additive lattice, one
//! irrational step for each member), and at each point the rules of the protocol are gone through with the mean times of
//! trips and syncs. Where the second timeout comes when the first has already won, there is nothing to go through.

use std::collections::BTreeMap;

/// Who races, and how long things take; microseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Race {
    /// Members of the ensemble.
    pub members: u32,
    /// How many of them are up, without a leader.
    pub waiting: u32,
    /// Shortest election timeout.
    pub lo_us: f64,
    /// Longest.
    pub hi_us: f64,
    /// Shortest and longest trip between two members.
    pub trip_us: (f64, f64),
    /// One sync.
    pub sync_us: f64,
    /// Candidates ask before they raise the term.
    pub pre_vote: bool,
    /// Messages need a connection, and there is none yet.
    pub connects: bool,
    /// A newer term makes a member wait anew, as in etcd.
    pub counts_anew: bool,
}

/// What a race comes to on average.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Contest {
    /// How often the first campaign elects nobody.
    pub again: f64,
    /// How much longer all takes than an undisturbed campaign of who times out first.
    pub cost_us: f64,
}

/// Points of the lattice.
const POINTS: u32 = 2_048;
/// Steps that a race may take; then it counts as it stands.
const STEPS: u32 = 400;

impl Race {
    /// From its timeout until the first is elected, if nobody disturbs it.
    pub(super) fn undisturbed_us(&self) -> f64 {
        let first = if self.connects { 4.0 } else { 2.0 };
        let trips = if self.pre_vote { first + 2.0 } else { first };
        trips * self.mean_trip_us() + 2.0 * self.sync_us
    }

    fn mean_trip_us(&self) -> f64 {
        f64::midpoint(self.trip_us.0, self.trip_us.1)
    }

    /// The mean over all timeouts.
    pub(super) fn contest(&self) -> Contest {
        let none = Contest { again: 0.0, cost_us: 0.0 };
        if self.waiting < self.members / 2 + 1 || self.waiting < 2 {
            return none;
        }
        let mut sum = none;
        for point in 0..POINTS {
            let draws = Draws::at(point);
            let mut timers: Vec<f64> = (0..self.waiting).map(|member| self.timeout(draws.first(member))).collect();
            timers.sort_by(f64::total_cmp);
            let quiet_us = timers[0] + self.undisturbed_us();
            // Its request is everywhere by then: who times out later has voted.
            if timers[1] > quiet_us {
                continue;
            }
            let (elected_us, terms) = Course::of(self, timers, draws).run();
            sum.cost_us += elected_us - quiet_us;
            sum.again += f64::from(u32::from(terms > 1));
        }
        Contest { again: sum.again / f64::from(POINTS), cost_us: sum.cost_us / f64::from(POINTS) }
    }

    fn timeout(&self, part: f64) -> f64 {
        self.lo_us + part * (self.hi_us - self.lo_us)
    }
}

/// Numbers from 0 to 1: the first of each member from the lattice, all others scattered.
struct Draws {
    point: u32,
    word: u64,
}

impl Draws {
    fn at(point: u32) -> Self {
        Self { point, word: u64::from(point) }
    }

    fn first(&self, member: u32) -> f64 {
        // Roots of the first primes: irrational, and independent of each other.
        const STEPS: [f64; 8] = [
            std::f64::consts::SQRT_2,
            1.732_050_807_568_877_2,
            2.236_067_977_499_79,
            2.645_751_311_064_590_7,
            3.316_624_790_355_4,
            3.605_551_275_463_989,
            4.123_105_625_617_661,
            4.358_898_943_540_674,
        ];
        let turns = (f64::from(self.point) + 0.5) * STEPS[member as usize % STEPS.len()];
        turns - turns.floor()
    }

    /// By the finaliser of `SplitMix64`.
    fn next(&mut self) -> f64 {
        self.word = self.word.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.word ^ (self.word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// What one member is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Follows,
    Asks,
    Stands,
}

/// One member.
#[derive(Clone, Debug)]
struct Racer {
    timer_us: f64,
    stage: Stage,
    /// Terms since the old leader's.
    term: u32,
    vote: Option<usize>,
    granted: u32,
    /// What it promises waits for its disk until then.
    synced_us: f64,
}

/// A connection: who called, and when.
#[derive(Clone, Copy, Debug)]
struct Call {
    by: usize,
    at_us: f64,
    id: u32,
}

/// What comes to a member.
#[derive(Clone, Copy, Debug)]
enum Word {
    Asked {
        from: usize,
        term: u32,
        pre: bool,
    },
    Answer {
        from: usize,
        term: u32,
        pre: bool,
        granted: bool,
    },
    /// Its vote for itself is on its disk.
    Canvass {
        term: u32,
    },
}

#[derive(Clone, Copy, Debug)]
struct Due {
    at_us: f64,
    to: usize,
    /// On which connection.
    call: Option<(usize, usize, u32)>,
    word: Word,
}

/// One race.
struct Course<'a> {
    race: &'a Race,
    racers: Vec<Racer>,
    calls: BTreeMap<(usize, usize), Call>,
    due: Vec<Due>,
    draws: Draws,
    next_call: u32,
    terms: u32,
}

impl<'a> Course<'a> {
    fn of(race: &'a Race, timers: Vec<f64>, draws: Draws) -> Self {
        let racer =
            |timer_us| Racer { timer_us, stage: Stage::Follows, term: 0, vote: None, granted: 0, synced_us: 0.0 };
        let racers = timers.into_iter().map(racer).collect();
        Self { race, racers, calls: BTreeMap::new(), due: Vec::new(), draws, next_call: 0, terms: 0 }
    }

    /// When somebody is elected, and in which term.
    fn run(mut self) -> (f64, u32) {
        let mut now_us = 0.0;
        for _ in 0..STEPS {
            let by_time = |a: &(usize, f64), b: &(usize, f64)| a.1.total_cmp(&b.1);
            let timer = self.racers.iter().map(|racer| racer.timer_us).enumerate().min_by(by_time);
            let due = self.due.iter().map(|due| due.at_us).enumerate().min_by(by_time);
            let elected = match (timer, due) {
                (Some((_, timer_us)), Some((index, at_us))) if at_us <= timer_us => {
                    now_us = at_us;
                    let due = self.due.swap_remove(index);
                    self.comes(now_us, due)
                }
                (Some((who, timer_us)), _) => {
                    now_us = timer_us;
                    self.campaigns(now_us, who);
                    false
                }
                (None, _) => false,
            };
            if elected {
                break;
            }
        }
        (now_us, self.terms)
    }

    fn campaigns(&mut self, now_us: f64, who: usize) {
        if self.race.pre_vote {
            self.racers[who].stage = Stage::Asks;
            self.racers[who].granted = 1 << who;
            self.waits_anew(now_us, who);
            let term = self.racers[who].term + 1;
            self.asks(now_us, who, term, true);
        } else {
            self.stands(now_us, who);
        }
    }

    /// It raises the term, and asks when that is on its disk.
    fn stands(&mut self, now_us: f64, who: usize) {
        let synced_us = now_us + self.race.sync_us;
        let racer = &mut self.racers[who];
        racer.term += 1;
        racer.stage = Stage::Stands;
        racer.vote = Some(who);
        racer.granted = 0;
        racer.synced_us = synced_us;
        let term = racer.term;
        self.terms = self.terms.max(term);
        self.waits_anew(now_us, who);
        self.due.push(Due { at_us: synced_us, to: who, call: None, word: Word::Canvass { term } });
    }

    fn waits_anew(&mut self, now_us: f64, who: usize) {
        let part = self.draws.next();
        self.racers[who].timer_us = now_us + self.race.timeout(part);
    }

    fn asks(&mut self, now_us: f64, who: usize, term: u32, pre: bool) {
        for to in (0..self.racers.len()).filter(|to| *to != who) {
            self.sends(now_us, who, to, Word::Asked { from: who, term, pre });
        }
    }

    fn trip_us(&mut self) -> f64 {
        let (lo, hi) = self.race.trip_us;
        lo + self.draws.next() * (hi - lo)
    }

    fn sends(&mut self, now_us: f64, from: usize, to: usize, word: Word) {
        let trip_us = self.trip_us();
        if !self.race.connects {
            return self.due.push(Due { at_us: now_us + trip_us, to, call: None, word });
        }
        let pair = (from.min(to), from.max(to));
        let mean_us = self.race.mean_trip_us();
        let leaves_us = match self.calls.get(&pair) {
            Some(call) if call.by == from => now_us.max(call.at_us + 2.0 * mean_us),
            // Its call is here; what goes back on it comes behind the answer.
            Some(call) if now_us >= call.at_us + mean_us => now_us.max(call.at_us + 2.0 * mean_us - trip_us),
            // Nobody has called, or it is not known yet: it calls itself, and what waits on the other call is lost.
            _ => {
                self.next_call += 1;
                self.calls.insert(pair, Call { by: from, at_us: now_us, id: self.next_call });
                now_us + 2.0 * mean_us
            }
        };
        let id = self.calls[&pair].id;
        self.due.push(Due { at_us: leaves_us + trip_us, to, call: Some((pair.0, pair.1, id)), word });
    }

    /// Gives whether somebody is elected.
    fn comes(&mut self, now_us: f64, due: Due) -> bool {
        if let Some((lower, higher, id)) = due.call
            && self.calls.get(&(lower, higher)).is_none_or(|call| call.id != id)
        {
            return false;
        }
        let me = due.to;
        match due.word {
            Word::Canvass { term } => {
                if self.racers[me].stage == Stage::Stands && self.racers[me].term == term {
                    self.racers[me].granted |= 1 << me;
                    self.asks(now_us, me, term, false);
                }
                self.tallies(now_us, me)
            }
            Word::Asked { from, term, pre } => {
                self.is_asked(now_us, me, from, (term, pre));
                false
            }
            Word::Answer { from, term, pre, granted } => {
                if term > self.racers[me].term && !(pre && granted) {
                    self.follows(now_us, me, term);
                    return false;
                }
                let racer = &mut self.racers[me];
                let counts = match racer.stage {
                    Stage::Asks => pre && term == racer.term + 1,
                    Stage::Stands => !pre && term == racer.term,
                    Stage::Follows => false,
                };
                if counts && granted {
                    racer.granted |= 1 << from;
                }
                counts && self.tallies(now_us, me)
            }
        }
    }

    fn is_asked(&mut self, now_us: f64, me: usize, from: usize, (term, pre): (u32, bool)) {
        if !pre && term > self.racers[me].term {
            self.follows(now_us, me, term);
        }
        let racer = &self.racers[me];
        let future = pre && term > racer.term;
        let granted = term >= racer.term && (future || racer.vote.is_none_or(|vote| vote == from));
        let answer = Word::Answer { from: me, term: if granted { term } else { racer.term }, pre, granted };
        let leaves_us = if granted && !pre {
            let synced_us = now_us + self.race.sync_us;
            let racer = &mut self.racers[me];
            racer.vote = Some(from);
            racer.synced_us = synced_us;
            self.waits_anew(now_us, me);
            synced_us
        } else {
            now_us.max(racer.synced_us)
        };
        self.sends(leaves_us, me, from, answer);
    }

    fn follows(&mut self, now_us: f64, me: usize, term: u32) {
        let racer = &mut self.racers[me];
        racer.term = term;
        racer.vote = None;
        racer.stage = Stage::Follows;
        if self.race.counts_anew {
            self.waits_anew(now_us, me);
        }
    }

    fn tallies(&mut self, now_us: f64, me: usize) -> bool {
        let racer = &self.racers[me];
        if racer.granted.count_ones() <= self.race.members / 2 {
            return false;
        }
        match racer.stage {
            Stage::Asks => {
                self.stands(now_us, me);
                false
            }
            Stage::Stands => true,
            Stage::Follows => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two_of_three(connects: bool) -> Race {
        Race {
            members: 3,
            waiting: 2,
            lo_us: 3e6,
            hi_us: 6e6,
            trip_us: (150e3, 150e3),
            sync_us: 5e3,
            pre_vote: true,
            connects,
            counts_anew: false,
        }
    }

    /// Two timeouts lie less than d apart with 1 − (1 − d/range)².
    fn within(parts: f64) -> f64 {
        1.0 - (1.0 - parts) * (1.0 - parts)
    }

    #[test]
    fn on_new_connections_votes_split_between_one_trip_and_three() {
        let split = two_of_three(true).contest().again;
        let expected = within(0.15) - within(0.05);
        assert!((split - expected).abs() < 0.01, "{split} {expected}");
    }

    #[test]
    fn where_none_is_needed_within_one_trip() {
        let split = two_of_three(false).contest().again;
        assert!((split - within(0.05)).abs() < 0.01, "{split}");
    }

    #[test]
    fn who_is_too_few_or_alone_does_not_race() {
        for waiting in [0, 1] {
            let none = Race { waiting, ..two_of_three(true) }.contest();
            assert_eq!(none, Contest { again: 0.0, cost_us: 0.0 });
        }
        let far = Race { lo_us: 3e6, hi_us: 3e9, ..two_of_three(true) }.contest();
        assert!(far.again < 0.01, "{far:?}");
    }
}
