//! Who is able to acknowledge writes?

use super::tale::{A, B, C, Tale, config, ms};
use crate::ha::config::{Fallback, Lease, ReplicationMode};
use crate::ha::message::{InSync, Pos, RequestId};
use crate::ha::note::{Note, StepDown};
use crate::measure::SplitBrain;
use crate::sim::Status;

fn tale(mode: ReplicationMode, fallback: Fallback) -> Tale {
    let mut config = config(1);
    config.nodes.replication.mode = mode;
    config.nodes.replication.fallback = fallback;
    Tale::new(config)
}

/// B is promoted at 1000 ms while A goes on believing; C follows B from 1100 ms on.
fn two_believers(mode: ReplicationMode, fallback: Fallback) -> Tale {
    let mut tale = tale(mode, fallback);
    tale.promoted(1000, B, 2, Pos::default());
    tale.votes(1000, C, B, 2);
    tale.follows(1100, C, B, 2);
    tale
}

fn split_us(tale: &Tale) -> u64 {
    tale.ledger().figures(ms(5000)).split_brain_us
}

#[test]
fn two_masters_that_need_nobody_are_a_split_brain() {
    let mut tale = two_believers(ReplicationMode::Async, Fallback::Strict);
    assert!(tale.ledger().dual_master());
    tale.note(3000, A, Note::SteppedDown { epoch: 1, why: StepDown::NewerEpoch });
    let ledger = tale.ledger();
    let expected = SplitBrain { shard: 0, from: ms(1000), until: Some(ms(3000)), nodes: [A, B], epochs: [1, 2] };
    assert_eq!(ledger.split_brains(), [expected]);
    assert_eq!((ledger.figures(ms(5000)).split_brains, split_us(&tale)), (1, 2_000_000));
    assert!(!ledger.dual_master());
}

#[test]
fn a_master_that_nobody_follows_only_believes() {
    let tale = two_believers(ReplicationMode::SemiSync(1), Fallback::Strict);
    assert!(tale.ledger().split_brains().is_empty());
    assert!(tale.ledger().dual_master());
}

#[test]
fn a_standby_that_promised_a_newer_epoch_refuses_its_master_if_epochs_count() {
    for (epochs, split) in [(true, 0), (false, 100_000)] {
        let mut config = config(1);
        config.nodes.replication.mode = ReplicationMode::SemiSync(1);
        config.nodes.fencing.epochs = epochs;
        let mut tale = Tale::new(config);
        tale.votes(900, C, B, 2);
        tale.promoted(1000, B, 2, Pos::default());
        tale.note(1200, B, Note::Degraded { on: true, needed: 1 });
        // Until 1300 C still takes what A sends, unless its promise to B counts.
        tale.follows(1300, C, B, 2);
        assert_eq!(split_us(&tale), split, "epochs: {epochs}");
    }
}

#[test]
fn a_standby_that_hears_its_master_again_follows_again() {
    let mut tale = two_believers(ReplicationMode::SemiSync(1), Fallback::Strict);
    tale.note(1500, C, Note::Decided { epoch: 3, votes: 1, needed: 1, logs_read: 1 });
    tale.follows(1600, B, A, 1); // B steps back: now there is one master, whom only B follows
    tale.promoted(2000, B, 5, Pos::default());
    tale.note(2500, C, Note::Trusted { master: A }); // not the one it followed last
    assert_eq!(split_us(&tale), 0);
    tale.follows(3000, C, A, 1);
    tale.note(3500, C, Note::Decided { epoch: 6, votes: 1, needed: 1, logs_read: 1 });
    tale.note(4000, C, Note::Trusted { master: A });
    tale.note(4000, B, Note::Degraded { on: true, needed: 1 });
    assert_eq!(split_us(&tale), 1_000_000);
}

#[test]
fn a_master_that_goes_on_alone_is_able_again() {
    let mut tale = two_believers(ReplicationMode::SemiSync(1), Fallback::Degrade { after_us: 1 });
    tale.note(2000, A, Note::Degraded { on: true, needed: 1 });
    tale.note(2500, A, Note::Degraded { on: false, needed: 1 });
    assert_eq!(split_us(&tale), 500_000);
}

#[test]
fn a_frozen_master_is_able_again_when_it_wakes() {
    let mut tale = two_believers(ReplicationMode::Async, Fallback::Strict);
    tale.status(500, A, Status::Frozen);
    tale.status(4000, A, Status::Up);
    tale.note(4200, A, Note::SteppedDown { epoch: 1, why: StepDown::LeaseLost });
    assert_eq!(split_us(&tale), 200_000);
}

#[test]
fn with_a_lease_a_master_that_wakes_proves_by_what_it_does_that_it_is_able() {
    let mut config = config(1);
    config.nodes.fencing.lease = Some(Lease { length_us: 1, drift_ppm: 0 });
    let mut tale = Tale::new(config);
    tale.promoted(1000, B, 2, Pos::default());
    tale.status(500, A, Status::Frozen);
    tale.status(2000, A, Status::Up);
    assert!(tale.ledger().split_brains().is_empty());
    let id = RequestId { site: 0, ordinal: 1, canary: false };
    tale.note(2300, A, Note::Acknowledged { id, pos: Pos::default(), standbys: 0 });
    tale.note(2400, A, Note::SteppedDown { epoch: 1, why: StepDown::LeaseLost });
    assert_eq!(split_us(&tale), 100_000);
}

#[test]
fn a_dead_master_is_not_able_and_comes_back_without_the_role() {
    let mut tale = two_believers(ReplicationMode::Async, Fallback::Strict);
    tale.kill(500, A);
    tale.restart(2000, A);
    assert!(tale.ledger().split_brains().is_empty());
    assert!(!tale.ledger().dual_master());
}

#[test]
fn every_member_of_the_in_sync_set_must_follow() {
    let set = |members| Note::InSyncSet { set: InSync { epoch: 1, version: u32::from(members), members } };
    let set_of_two = |members| Note::InSyncSet { set: InSync { epoch: 2, version: u32::from(members), members } };
    let mut tale = two_believers(ReplicationMode::Sync, Fallback::Strict);
    tale.note(1100, B, set_of_two(0b110));
    assert!(tale.ledger().split_brains().is_empty(), "A waits for B and C");
    tale.note(2000, A, set(0b001));
    assert!(tale.ledger().split_brains().is_empty(), "strict: alone it acknowledges nothing");

    let mut tale = two_believers(ReplicationMode::Sync, Fallback::Degrade { after_us: 1 });
    tale.note(1100, B, set_of_two(0b110));
    tale.note(2000, A, set(0b001));
    assert_eq!(split_us(&tale), 3_000_000, "degrade: alone it goes on");
}

#[test]
fn a_switchover_leaves_no_instant_with_two_masters() {
    let mut tale = tale(ReplicationMode::Async, Fallback::Strict);
    tale.note(1000, A, Note::SwitchoverBegan { to: B });
    tale.promoted(1100, B, 2, Pos::default());
    tale.note(1200, A, Note::SteppedDown { epoch: 1, why: StepDown::Handover });
    assert!(tale.ledger().split_brains().is_empty());
    assert!(tale.ledger().failovers()[0].planned);
    assert_eq!(tale.ledger().failovers()[0].outage, None, "and no client noticed");
}

#[test]
fn what_changes_within_one_instant_is_no_split_brain() {
    let mut tale = tale(ReplicationMode::Async, Fallback::Strict);
    tale.promoted(1000, B, 2, Pos::default());
    tale.note(1000, A, Note::SteppedDown { epoch: 1, why: StepDown::NewerEpoch });
    let ledger = tale.ledger();
    assert!(ledger.split_brains().is_empty());
    assert_eq!(ledger.figures(ms(2000)).split_brains, 0);
}
