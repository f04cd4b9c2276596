//! The engine as a Markov chain, for importance sampling: what may happen next, and how often. All times are exponential
//! here, so that it does not matter how long the timers have run, and the clock stands still.

use super::{Cause, Chunk, NEVER, Next, Node, Running, Takeover, Times};
use crate::study::years::rare::{Move, weight_of};

/// Who says whether a takeover works by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::study::years) enum Coin {
    /// One that falls as often as it should.
    Honest,
    /// One that falls either way as often.
    Even,
    /// It has fallen: it works, or not.
    Fell(bool),
}

impl Chunk<'_> {
    /// What may happen next.
    pub(in crate::study::years) fn moves(&self, moves: &mut Vec<Move>) {
        moves.clear();
        for node in 0..self.plant.nodes {
            if self.timers[usize::from(node)] != NEVER {
                let (per_us, fails) = self.rate_of(node);
                moves.push(Move { next: Next::Node(node), per_us, fails });
            }
        }
        if let Some(times) = self.service_times() {
            moves.push(Move { next: Next::Service, per_us: rate(times), fails: false });
        }
        self.moves_outside(moves);
    }

    fn rate_of(&self, node: u8) -> (f64, bool) {
        let place = usize::from(node);
        match self.nodes[place] {
            Node::Up => {
                let causes = self.plant.other_causes.iter().map(|cause| rate(&cause.up));
                let fails = rate(self.plant.up_of(node)) + causes.sum::<f64>();
                let stress = self.stress.get(usize::from(self.up)).copied().unwrap_or(1.0);
                let asleep = self.awake & (1 << node) == 0;
                (fails * stress * self.dormancy.filter(|_| asleep).unwrap_or(1.0), true)
            }
            Node::Unseen => (self.takeover.and_then(|it| it.unseen_until.as_ref()).map_or(0.0, rate), false),
            _ => (rate(self.plant.repair_of(node, self.fails_of[place])), false),
        }
    }

    fn service_times(&self) -> Option<&Times> {
        let Takeover { automatic, by_hand, restart, failback, .. } = self.takeover?;
        match self.running {
            Running::Nothing => None,
            Running::Automatic => Some(automatic),
            Running::ByHand => Some(by_hand),
            Running::Restart => restart.as_ref(),
            Running::FailbackWait => failback.as_ref().map(|it| &it.wait),
            Running::Failback => failback.as_ref().map(|it| &it.takes),
            Running::Switchover => self.plant.maintenance.as_ref().map(|it| &it.switchover),
        }
    }

    /// Lets a takeover that begins work as often as not, if asked to, and says how much that weighs.
    pub(in crate::study::years) fn with_coin(&mut self, even: bool, happens: impl FnOnce(&mut Self)) -> f64 {
        let covered_ppm = self.takeover.map_or(1_000_000, |takeover| takeover.covered_ppm);
        let is_open = even && (1..1_000_000).contains(&covered_ppm);
        self.coin = if is_open { Coin::Even } else { Coin::Honest };
        happens(self);
        weight_of(std::mem::replace(&mut self.coin, Coin::Honest), covered_ppm)
    }

    /// Whether the takeover that begins works by itself.
    pub(super) fn is_covered(&mut self, covered_ppm: u32) -> bool {
        if self.coin == Coin::Honest {
            return self.dice.chance_ppm(covered_ppm);
        }
        let covered = self.dice.chance_ppm(500_000);
        self.coin = Coin::Fell(covered);
        covered
    }

    /// A number from 0 to below 1.
    pub(in crate::study::years) fn toss(&mut self) -> f64 {
        self.dice.toss()
    }

    /// Why the service is down, if it is.
    pub(in crate::study::years) fn cause(&self) -> Option<Cause> {
        self.down
    }

    /// Whether enough nodes are up.
    pub(in crate::study::years) fn is_enough(&self) -> bool {
        self.up >= self.plant.needed
    }

    /// How many outages have begun.
    pub(in crate::study::years) fn outages(&self) -> u64 {
        self.tally.outages
    }

    /// How often all has been well again.
    pub(in crate::study::years) fn cycles(&self) -> u64 {
        self.tally.cycles.count
    }
}

/// How often in a microsecond what lasts so long on average is over.
pub(super) fn rate(times: &Times) -> f64 {
    1.0 / times.mean_us()
}
