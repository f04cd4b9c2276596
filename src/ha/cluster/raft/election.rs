//! Electing a leader (§3.4), with a round of questions before it (§9.6) and protection from servers that ask in vain
//! (§4.2.3).

use super::io::{Effect, Outbox};
use super::log::{Command, Payload, Pos};
use super::members::bit;
use super::message::{Message, Timer};
use super::note::{Note, Refusal, Why};
use super::role::{Ballots, Leader, Progress, Role};
use super::transfer::end_transfer;
use super::{Raft, Timing, members};
use crate::sim::MachineId;

/// What a candidate asks for.
#[derive(Clone, Copy)]
pub(super) struct Ask {
    pub(super) term: u32,
    pub(super) last: Pos,
    pub(super) pre: bool,
    pub(super) transfer: bool,
}

impl<C: Command> Raft<C> {
    /// A server begins as a follower (§3.4).
    pub(super) fn start(&mut self, out: &mut Outbox<C>) {
        self.become_follower(self.term, None, Why::Started, out);
    }

    /// The ensemble is set up as if everybody had just voted for this server: it leads from the start. Its disk has to
    /// say so, with its vote for itself, and everybody else's the same.
    pub(super) fn take_office(&mut self, out: &mut Outbox<C>) {
        assert!(self.vote == Some(self.me) && self.members().is_voter(self.me), "nobody voted for it");
        self.become_leader(out);
    }

    /// It has heard no leader, or its campaign came to nothing: it campaigns (again).
    pub(super) fn election_timeout(&mut self, out: &mut Outbox<C>) {
        self.arm_election(out);
        self.campaign(Why::Timeout, out);
    }

    pub(super) fn campaign(&mut self, why: Why, out: &mut Outbox<C>) {
        if self.is_leader() || !self.may_campaign() {
            return;
        }
        if self.config.pre_vote {
            self.become_pre_candidate(why, out);
        } else {
            self.become_candidate(why, false, out);
        }
    }

    /// A voter may; and a server that a change takes out, as long as it does not know that this is committed: the
    /// others may still need it (§4.2.2).
    pub(super) fn may_campaign(&self) -> bool {
        let (index, members) = self.log.members();
        let was_voter = || self.log.members_before().is_some_and(|before| before.is_voter(self.me));
        members.is_voter(self.me) || (index > self.commit && was_voter())
    }

    /// §9.6: asks the others what they would say, and raises nothing.
    fn become_pre_candidate(&mut self, why: Why, out: &mut Outbox<C>) {
        self.forget_leader(out);
        self.role = Role::PreCandidate(Ballots { granted: bit(self.me), ..Ballots::default() });
        out.note(Note::BecamePreCandidate { term: self.term, why });
        self.arm_election(out);
        self.ask(Ask { term: self.term + 1, last: self.log.last(), pre: true, transfer: false }, out);
        self.tally(out);
    }

    /// §3.4: raises the term and votes for itself. The others are asked when that is on the disk: otherwise it could
    /// come back from a crash and ask once more in the same term, with less in its log.
    pub(super) fn become_candidate(&mut self, why: Why, transfer: bool, out: &mut Outbox<C>) {
        self.forget_leader(out);
        self.term += 1;
        self.vote = Some(self.me);
        self.role = Role::Candidate(Ballots { transfer, ..Ballots::default() });
        out.note(Note::BecameCandidate { term: self.term, why });
        self.arm_election(out);
        self.canvass_when_safe(out);
    }

    /// Its vote for itself in `term` is safe.
    pub(super) fn canvass(&mut self, term: u32, out: &mut Outbox<C>) {
        if let (Role::Candidate(ballots), true) = (&mut self.role, self.term == term) {
            ballots.granted |= bit(self.me);
            let transfer = ballots.transfer;
            self.ask(Ask { term: self.term, last: self.log.last(), pre: false, transfer }, out);
            self.tally(out);
        }
    }

    fn ask(&self, ask: Ask, out: &mut Outbox<C>) {
        let Ask { term, last, pre, transfer } = ask;
        for voter in self.members().voters().filter(|voter| *voter != self.me) {
            out.send(voter, Message::RequestVote { term, last, pre, transfer });
        }
    }

    /// A candidate asks. Whether it belongs to the voter's configuration does not matter (§4.1).
    pub(super) fn request_vote(&mut self, from: MachineId, ask: Ask, out: &mut Outbox<C>) {
        let Ask { term, last, pre, transfer } = ask;
        let protects = self.hears_a_leader() && !transfer && term > self.term;
        if term > self.term && !pre && !protects {
            self.become_follower(term, None, Why::NewerTerm, out);
        }
        let future = pre && term > self.term;
        let refusal = if protects {
            Some(Refusal::HearsLeader)
        } else if term < self.term {
            Some(Refusal::OlderTerm)
        } else if !future && self.vote.is_some_and(|vote| vote != from) {
            Some(Refusal::AlreadyVoted)
        } else if !future && self.vote.is_none() && self.leader.is_some() {
            Some(Refusal::HasLeader)
        } else if last < self.log.last() {
            Some(Refusal::BehindMe)
        } else {
            None
        };
        let Some(why) = refusal else {
            out.note(Note::VoteGranted { candidate: from, term, pre });
            if !pre {
                self.vote = Some(from);
                self.promises.term_changed();
                self.arm_election(out);
            }
            return self.promise(from, Message::Vote { term, pre, granted: true }, out);
        };
        out.note(Note::VoteRefused { candidate: from, term, pre, why });
        self.promise(from, Message::Vote { term: self.term, pre, granted: false }, out);
    }

    /// §4.2.3: it has heard a leader within the shortest election timeout, so whoever asks must be mistaken.
    fn hears_a_leader(&self) -> bool {
        self.config.check_quorum && (self.is_leader() || (self.leader.is_some() && self.hears_leader))
    }

    /// A voter has answered.
    pub(super) fn count_vote(&mut self, from: MachineId, term: u32, pre: bool, granted: bool, out: &mut Outbox<C>) {
        // Who agrees to a pre-vote names the term that was asked for.
        if term > self.term && !(pre && granted) {
            return self.become_follower(term, None, Why::NewerTerm, out);
        }
        let ballots = match &mut self.role {
            Role::PreCandidate(ballots) if pre && (!granted || term == self.term + 1) => ballots,
            Role::Candidate(ballots) if !pre && term == self.term => ballots,
            _ => return,
        };
        if granted {
            ballots.granted |= bit(from);
        } else {
            ballots.refused |= bit(from);
        }
        self.tally(out);
    }

    /// Is there a majority for it, or against it?
    fn tally(&mut self, out: &mut Outbox<C>) {
        let members = self.members();
        match &self.role {
            Role::PreCandidate(ballots) if members.is_quorum(ballots.granted) => {
                self.become_candidate(Why::PreVoteWon, false, out);
            }
            Role::Candidate(ballots) if members.is_quorum(ballots.granted) => self.become_leader(out),
            Role::PreCandidate(ballots) | Role::Candidate(ballots) if members.is_quorum(ballots.refused) => {
                self.become_follower(self.term, None, Why::Refused, out);
            }
            _ => {}
        }
    }

    /// §3.4, and an entry of its own without a command: only with one of these can it commit what came before
    /// (§3.6.2).
    fn become_leader(&mut self, out: &mut Outbox<C>) {
        let last = self.log.last();
        let mut leader = Box::new(Leader::default());
        let others = self.members().everyone().filter(|other| *other != self.me);
        leader.progress.are(others, |_| Progress::probing(last.index + 1));
        self.role = Role::Leader(leader);
        self.leader = Some(self.me);
        out.note(Note::BecameLeader { term: self.term, last });
        out.cancel_timer(Timer::Election);
        self.arm_heartbeat(out);
        if self.config.check_quorum {
            self.arm_quorum(out);
        }
        self.append(Payload::Noop, out);
        self.send_entries_to_all(out);
        if self.config.withhold_entries {
            // Its first entry would have told them.
            self.send_heartbeats(out);
        }
    }

    /// Follows, in this term or a newer one (§3.3). Whatever it was doing in another role is over.
    pub(super) fn become_follower(&mut self, term: u32, leader: Option<MachineId>, why: Why, out: &mut Outbox<C>) {
        self.forget_leader(out);
        let led = self.is_leader();
        if let Role::Leader(mut old) = std::mem::replace(&mut self.role, Role::Follower) {
            out.note(Note::SteppedDown { term: self.term, why });
            end_transfer(old.transfer.take(), why, out);
            self.end_reads(&mut old, out);
            for timer in [Timer::Heartbeat, Timer::Quorum, Timer::CatchUp] {
                out.cancel_timer(timer);
            }
        }
        if term > self.term {
            self.term = term;
            self.vote = None;
            self.promises.term_changed();
        }
        self.leader = leader;
        out.note(Note::BecameFollower { term: self.term, leader, why });
        // By the dissertation, only a leader that is heard and a vote that is given make a server wait anew (figure 3.1):
        // candidates that cannot win hold nobody up. etcd begins to count anew at each newer term.
        let counts_anew = matches!(self.config.timing, Timing::Ticks { .. });
        if led || leader.is_some() || counts_anew || why == Why::Started {
            self.arm_election(out);
        }
    }

    /// The leader that it knew is none any more, or not for it.
    fn forget_leader(&mut self, out: &mut Outbox<C>) {
        self.leader = None;
        if self.hears_leader {
            self.hears_leader = false;
            out.cancel_timer(Timer::Lease);
        }
        let (safe, lost) = self.forwarded.iter().partition(|(_, index)| index.is_some());
        self.forwarded = safe;
        let lost: Vec<_> = lost;
        for (ctx, _) in lost {
            out.push(Effect::ReadRefused { ctx, hint: None });
        }
    }

    /// A leader speaks. Gives whether it is one: not if its term is over, which it is told (§3.3).
    pub(super) fn hear_leader(&mut self, from: MachineId, term: u32, out: &mut Outbox<C>) -> bool {
        if term < self.term {
            self.promise(from, Message::AppendRefused { term: self.term, prev: 0, hint: Pos::default() }, out);
            return false;
        }
        assert!(term > self.term || !self.is_leader(), "two leaders in term {term}");
        if term > self.term {
            self.become_follower(term, Some(from), Why::NewerTerm, out);
        } else if self.leader != Some(from) || self.role != Role::Follower {
            self.become_follower(term, Some(from), Why::HeardLeader, out);
        } else {
            self.arm_election(out);
        }
        if self.config.check_quorum {
            self.hears_leader = true;
            out.set_timer(Timer::Lease, self.config.timing.lease_us());
        }
        true
    }

    /// §6.2: a leader that hears no majority steps down, so that its clients turn to another.
    pub(super) fn check_quorum(&mut self, out: &mut Outbox<C>) {
        let members = self.members();
        if let Role::Leader(leader) = &mut self.role {
            let heard = std::mem::take(&mut leader.heard) | bit(self.me);
            if members.is_quorum(heard) {
                self.arm_quorum(out);
            } else {
                self.become_follower(self.term, None, Why::NoQuorum, out);
            }
        }
    }

    fn arm_quorum(&self, out: &mut Outbox<C>) {
        let us = self.config.timing.base_us();
        out.set_timer(Timer::Quorum, (us, us));
    }

    fn arm_election(&self, out: &mut Outbox<C>) {
        out.set_timer(Timer::Election, self.config.timing.election_us());
    }

    pub(super) fn members(&self) -> members::Members {
        self.log.members().1
    }
}
