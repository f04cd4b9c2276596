//! Who belongs to the ensemble: voters, whose majority decides, and learners, who only receive the log (§4).

use serde::Serialize;

use super::limits;
use crate::sim::MachineId;

/// The bit of a machine in a set of machines.
pub(super) fn bit(machine: MachineId) -> u32 {
    1 << machine.number()
}

/// The machines of a set, in order.
pub(super) fn machines(mut set: u32) -> impl Iterator<Item = MachineId> {
    std::iter::from_fn(move || {
        let lowest = (set != 0).then(|| set.trailing_zeros())?;
        set &= set - 1;
        Some(MachineId::from_index(lowest as usize))
    })
}

/// The configuration of an ensemble.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub struct Members {
    voters: u32,
    learners: u32,
}

/// One change of it. Voters come and go one by one, so that any majority before a change has a server in common with
/// any majority after it (§4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// A server that receives the log and does not vote.
    AddLearner(MachineId),
    /// A voter: a learner, or a new server, which first has to catch up (§4.2.1).
    AddVoter(MachineId),
    /// A voter or learner goes.
    Remove(MachineId),
}

impl Members {
    /// An ensemble of these voters.
    pub fn of(voters: impl IntoIterator<Item = MachineId>) -> Self {
        Self { voters: voters.into_iter().fold(0, |set, voter| set | bit(voter)), learners: 0 }
    }

    /// Whether it votes.
    pub fn is_voter(self, machine: MachineId) -> bool {
        self.voters & bit(machine) != 0
    }

    /// Whether it only learns.
    pub fn is_learner(self, machine: MachineId) -> bool {
        self.learners & bit(machine) != 0
    }

    /// Whether it belongs to the ensemble at all.
    pub fn contains(self, machine: MachineId) -> bool {
        (self.voters | self.learners) & bit(machine) != 0
    }

    /// The voters, in order.
    pub fn voters(self) -> impl Iterator<Item = MachineId> {
        machines(self.voters)
    }

    /// The learners, in order.
    pub fn learners(self) -> impl Iterator<Item = MachineId> {
        machines(self.learners)
    }

    /// Voters and learners, in order.
    pub fn everyone(self) -> impl Iterator<Item = MachineId> {
        machines(self.voters | self.learners)
    }

    /// How many voters decide.
    pub fn quorum(self) -> u32 {
        self.voters.count_ones() / 2 + 1
    }

    /// How many of a set, given as bits, vote here.
    pub(super) fn count(self, set: u32) -> u32 {
        (self.voters & set).count_ones()
    }

    /// Whether a set, given as bits, has a majority here.
    pub(super) fn is_quorum(self, set: u32) -> bool {
        self.voters != 0 && self.count(set) >= self.quorum()
    }

    /// What a change makes of it; none if there is nothing to change, or it would leave too few or too many.
    pub fn after(self, change: Change) -> Option<Self> {
        let mut next = self;
        match change {
            Change::AddLearner(who) => {
                next.voters &= !bit(who);
                next.learners |= bit(who);
            }
            Change::AddVoter(who) => {
                next.voters |= bit(who);
                next.learners &= !bit(who);
            }
            Change::Remove(who) => {
                next.voters &= !bit(who);
                next.learners &= !bit(who);
            }
        }
        let voters = next.voters.count_ones();
        let fits = (1..=limits::VOTERS).contains(&voters) && voters + next.learners.count_ones() <= limits::MEMBERS;
        (next != self && fits).then_some(next)
    }

    /// The two sets as one word each: voters, learners.
    pub fn bits(self) -> (u32, u32) {
        (self.voters, self.learners)
    }
}

impl Change {
    /// Whom it concerns.
    pub fn server(self) -> MachineId {
        match self {
            Self::AddLearner(who) | Self::AddVoter(who) | Self::Remove(who) => who,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn m(index: usize) -> MachineId {
        MachineId::from_index(index)
    }

    /// §4.1: with one voter more or less, every two majorities share a server. With two more they need not.
    #[test]
    fn majorities_before_and_after_a_single_change_overlap() {
        let share = |a: Members, b: Members| {
            (0..256_u32).all(|x| (0..256_u32).all(|y| !a.is_quorum(x) || !b.is_quorum(y) || x & y != 0))
        };
        for n in 1..6 {
            let before = Members::of((0..n).map(m));
            let after = before.after(Change::AddVoter(m(n))).expect("a new voter");
            assert!(share(before, after) && share(after, before));
        }
        let (two, four) = (Members::of((0..2).map(m)), Members::of((0..4).map(m)));
        assert!(share(two, two) && !share(Members::of([m(0)]), Members::of((0..3).map(m))) && share(two, four));
    }

    #[test]
    fn the_last_voter_stays() {
        let one = Members::of([m(3)]);
        assert_eq!(one.after(Change::Remove(m(3))), None);
        assert_eq!(one.after(Change::AddVoter(m(3))), None);
        assert_eq!(one.after(Change::Remove(m(1))), None);
    }
}
