//! Members come and go (§4).

use ha_lab::ha::cluster::raft::{Busy, Change, Input, Members, Message, Note, Role, Timer, Why};

use super::net::{Lost, m};
use super::{an_election_us, fine, guarded, led, plain};

fn refused(why: Busy) -> impl Fn(&Note) -> bool {
    move |note| *note == Note::Refused { why }
}

/// §4.1: a change counts as soon as it is in the log, and the next one waits until it is committed.
#[test]
fn members_change_one_by_one() {
    let mut net = led(guarded(), 5, 3);
    net.change(0, Change::AddLearner(m(3)));
    assert!(net.server(0).configuration().1.is_learner(m(3)), "at once");
    net.change(0, Change::AddLearner(m(4)));
    assert!(net.noted(0, refused(Busy::ChangePending)));
    net.settle();
    net.change(0, Change::AddLearner(m(4)));
    net.settle();
    net.beat();
    let (_, members) = net.server(3).configuration();
    assert!(members.is_learner(m(3)) && members.is_learner(m(4)) && members.quorum() == 2);
    fine(&net);
}

/// §4.2.1: a new voter has the log before it counts; otherwise the ensemble could do nothing while it fetches it.
#[test]
fn a_new_voter_catches_up_before_it_votes() {
    let mut net = led(guarded(), 4, 3);
    (0..50).for_each(|_| _ = net.propose(0));
    net.settle();
    net.isolate(3);
    net.change(0, Change::AddVoter(m(3)));
    net.settle();
    assert!(!net.server(0).configuration().1.contains(m(3)), "not yet");
    let word = net.propose(0);
    net.settle();
    assert_eq!(net.words(0).last(), Some(&word), "two of three still decide");
    net.heal();
    net.beat();
    net.beat();
    net.beat();
    assert!(net.server(3).configuration().1.is_voter(m(3)));
    assert_eq!(net.words(3), net.words(0));
    fine(&net);
}

#[test]
fn a_new_voter_that_cannot_be_reached_is_given_up() {
    let mut net = led(guarded(), 4, 3);
    net.crash(3, Lost::Nothing);
    net.change(0, Change::AddVoter(m(3)));
    net.run(3_000_000);
    assert!(net.noted(0, |note| *note == Note::CatchUpFailed { server: m(3) }));
    assert!(net.server(0).as_leader().expect("it leads").progress.get(m(3)).is_none());
    net.change(0, Change::Remove(m(2)));
    net.settle();
    assert!(!net.server(0).configuration().1.contains(m(2)), "other changes are possible again");
    fine(&net);
}

/// §4.2.1: a round that takes an election timeout is followed by another, as long as what came meanwhile.
#[test]
fn a_new_voter_that_is_slow_gets_another_round() {
    let mut net = led(guarded(), 4, 3);
    (0..10).for_each(|_| _ = net.propose(0));
    net.settle();
    net.stall_disk(3, true);
    net.change(0, Change::AddVoter(m(3)));
    net.settle();
    net.fire(0, Timer::CatchUp);
    net.propose(0);
    net.stall_disk(3, false);
    net.settle();
    net.beat();
    net.beat();
    let round = |wanted| move |note: &Note| matches!(note, Note::CatchingUp { round, .. } if *round == wanted);
    assert!(net.noted(0, round(2)) && !net.noted(0, round(3)));
    assert!(net.server(3).configuration().1.is_voter(m(3)));
    fine(&net);
}

/// Ongaro's correction of 2015: before a leader has committed something of its own term, a change that it knows
/// nothing of may be under way.
#[test]
fn a_new_leader_changes_nothing_before_its_first_entry_is_committed() {
    let mut net = led(plain(), 4, 3);
    net.swallow = Some(|from, _, message| from == 1 && matches!(message, Message::Append { .. }));
    net.crash(0, Lost::Nothing);
    net.campaign(1);
    net.settle();
    assert!(net.server(1).is_leader());
    net.change(1, Change::AddLearner(m(3)));
    assert!(net.noted(1, refused(Busy::NothingCommitted)));
    net.swallow = None;
    net.beat();
    net.change(1, Change::AddLearner(m(3)));
    net.settle();
    assert!(net.server(1).configuration().1.is_learner(m(3)));
    fine(&net);
}

/// §4.2.2: a leader that takes itself out manages the ensemble until that is committed, without counting itself.
#[test]
fn a_leader_that_removes_itself_steps_down_when_that_is_committed() {
    let mut net = led(plain(), 3, 3);
    net.partition(0b011);
    net.stall_disk(1, true);
    net.change(0, Change::Remove(m(0)));
    net.settle();
    assert!(net.server(0).is_leader(), "it goes on");
    net.stall_disk(1, false);
    net.settle();
    assert!(net.server(0).is_leader(), "one of two, itself not counted, is no majority");
    net.heal();
    net.beat();
    net.beat();
    assert!(net.noted(0, |note| matches!(note, Note::SteppedDown { why: Why::Removed, .. })));
    net.campaign(1);
    net.settle();
    assert_eq!(net.leader(), Some(1));
    net.campaign(0);
    net.settle();
    assert_eq!(net.leader(), Some(1), "who knows that it is out asks nobody");
    fine(&net);
}

/// §4.1: a change that was not committed may be thrown away, and the one before is in force again.
#[test]
fn a_change_that_was_not_committed_is_undone() {
    let mut net = led(plain(), 4, 3);
    net.isolate(0);
    net.change(0, Change::AddLearner(m(3)));
    net.settle();
    net.campaign(1);
    net.settle();
    net.heal();
    net.beat();
    net.beat();
    assert_eq!(net.server(0).configuration().1, Members::of((0..3).map(m)));
    assert!(net.noted(0, |note| matches!(note, Note::MembersUndone { .. })));
    fine(&net);
}

/// §4.2.3: a server that was removed and does not know it keeps asking. Who hears a leader does not listen.
#[test]
fn a_removed_server_does_not_disturb_the_others() {
    for config in [plain(), guarded()] {
        let mut net = led(config, 4, 4);
        net.isolate(3);
        net.change(0, Change::Remove(m(3)));
        net.settle();
        net.heal();
        net.run(10 * an_election_us(&config));
        let disturbed = net.noted(0, |note| matches!(note, Note::SteppedDown { .. }));
        assert_eq!(disturbed, !config.check_quorum);
        fine(&net);
    }
}

/// A learner receives everything and decides nothing.
#[test]
fn a_learner_neither_votes_nor_campaigns_nor_counts() {
    let mut net = led(guarded(), 4, 3);
    net.change(0, Change::AddLearner(m(3)));
    net.settle();
    net.partition(0b1001);
    let word = net.propose(0);
    net.settle();
    assert_eq!(net.server(3).log().last(), net.server(0).log().last());
    assert!(!net.words(0).contains(&word), "leader and learner are no majority of three");
    net.fire(3, Timer::Election);
    assert_eq!(*net.server(3).role(), Role::Follower, "it asks nobody");
    fine(&net);
}

/// A learner becomes a voter by the same way as a new server, only faster.
#[test]
fn a_learner_is_promoted() {
    let mut net = led(guarded(), 2, 1);
    net.change(0, Change::AddLearner(m(1)));
    net.settle();
    net.step(0, Input::Change(Change::AddVoter(m(1))));
    net.settle();
    let (_, members) = net.server(1).configuration();
    assert!(members.is_voter(m(1)) && members.quorum() == 2);
    fine(&net);
}
