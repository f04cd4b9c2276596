//! A member of an ensemble as its card shows it.

use crate::ha::cluster::member::Inside;
use crate::ha::cluster::{Member, raft, zab};
use crate::i18n::Membership;
use crate::sim::Micros;

/// What it is doing; its timer runs for `left_us` more.
pub(super) fn member_state(member: &Member, left_us: Micros) -> Membership {
    if member.is_outside() {
        return Membership::Outside;
    }
    match member.inside() {
        Inside::Raft(server) => of_raft(member, server, left_us),
        Inside::Zab(server) => of_zab(member, server, left_us),
    }
}

fn of_raft(member: &Member, server: &raft::Raft<crate::ha::cluster::Cmd>, left_us: Micros) -> Membership {
    let term = server.term();
    let (votes, needed) = (server.votes().count() as u32, server.configuration().1.quorum());
    match server.role() {
        raft::Role::Leader(leader) if member.serves_as_leader().is_some() => {
            let newest = leader.round;
            let heard = leader.progress.iter().filter(|(_, progress)| progress.acked_round + 2 > newest).count();
            Membership::Leads { term, with: 1 + heard as u32, beat_us: left_us }
        }
        raft::Role::Leader(_) => Membership::Takes { term },
        raft::Role::Candidate(_) => Membership::Stands { term, pre: false, votes, needed },
        raft::Role::PreCandidate(_) => Membership::Stands { term: term + 1, pre: true, votes, needed },
        raft::Role::Follower => match server.leader() {
            Some(leader) => Membership::Follows { leader, term, left_us },
            None => Membership::Waits { term, left_us },
        },
    }
}

fn of_zab(member: &Member, server: &zab::Zab<crate::ha::cluster::Ensemble>, left_us: Micros) -> Membership {
    match server.state() {
        zab::State::Looking => {
            let vote = server.vote();
            let same = |ballot: &&zab::Notification| ballot.vote.leader == vote.leader;
            let votes = server.received().map_or(0, |ballots| ballots.values().filter(same).count());
            Membership::Looks {
                vote: vote.leader,
                round: server.round(),
                votes: votes as u32,
                needed: server.config().quorum(),
            }
        }
        zab::State::Following { leader, .. } if server.serves() => {
            Membership::Follows { leader, term: server.epoch(), left_us }
        }
        zab::State::Following { leader, .. } => Membership::Joins { leader },
        zab::State::Leading { .. } if member.serves_as_leader().is_some() => {
            let serving = server.learners().filter(|(_, learner)| learner.phase == zab::LearnerPhase::Serving);
            Membership::Leads { term: server.epoch(), with: 1 + serving.count() as u32, beat_us: left_us }
        }
        zab::State::Leading { .. } => Membership::Takes { term: server.epoch() },
        zab::State::Halted => Membership::Halted { left_us },
    }
}
