//! What became of the data?

use super::tale::{A, B, C, Tale, config, ms, pos};
use crate::ha::cluster::raft;
use crate::ha::message::{OpKind, Pos, RequestId};
use crate::ha::note::{Note, Outcome};
use crate::measure::{Reads, Share, Writes};

fn tale() -> Tale {
    Tale::new(config(1))
}

fn writes(tale: &Tale) -> Writes {
    tale.ledger().figures(ms(10_000)).writes
}

fn reads(tale: &Tale) -> Reads {
    tale.ledger().figures(ms(10_000)).reads
}

fn request(ordinal: u32) -> RequestId {
    RequestId { site: 0, ordinal, canary: false }
}

#[test]
fn a_timed_out_write_is_unknown_not_failed() {
    let mut tale = tale();
    tale.write(100, 0, 1, A, pos(1, 1));
    tale.request(200, 1000, request(1), OpKind::Write, 1, Outcome::Unknown, Pos::default());
    tale.request(300, 2, request(2), OpKind::Write, 1, Outcome::Failed, Pos::default());
    tale.request(400, 1000, request(3), OpKind::Read, 1, Outcome::Unknown, Pos::default());
    tale.read(500, 2, 4, 1, pos(1, 1));
    let figures = tale.ledger().figures(ms(10_000));
    assert_eq!(
        figures.writes,
        Writes { acked: 1, failed: 1, unknown: 1, lost: 0, conflicting: 0, repeated: 0, by_stale_holders: 0 }
    );
    assert_eq!(figures.reads, Reads { served: 1, failed: 1, stale: 0 });
    assert_eq!(figures.availability.writes, Share::of(1, 3));
    assert_eq!(figures.availability.reads, Share::of(1, 2));
    assert_eq!(figures.availability.requests, Share::of(2, 5));
}

#[test]
fn canaries_are_left_out_of_what_clients_get() {
    let mut tale = tale();
    tale.canaries(0, 0, 1000, Outcome::Failed);
    tale.promoted(2000, B, 2, Pos::default());
    let figures = tale.ledger().figures(ms(10_000));
    assert_eq!(figures.availability.requests, None);
    assert_eq!(figures.writes, Writes::default());
}

#[test]
fn an_acknowledged_write_that_the_new_master_lacks_is_lost() {
    let mut tale = tale();
    for index in 1..=5 {
        tale.write(u64::from(index) * 100, index, 1, A, pos(1, index));
    }
    tale.promoted(1000, B, 2, pos(1, 3));
    assert_eq!(writes(&tale).lost, 2);
    let ledger = tale.ledger();
    assert_eq!(ledger.failovers()[0].lost, 2);
    assert_eq!(ledger.figures(ms(2000)).achieved_loss, 2);

    // The next promotion does not lose them a second time.
    tale.promoted(2000, C, 3, pos(2, 4));
    assert_eq!(writes(&tale).lost, 2);
    // But it loses what the one before had kept, if it has even less.
    tale.promoted(3000, A, 4, pos(1, 1));
    assert_eq!(writes(&tale).lost, 4);
    assert_eq!(tale.ledger().figures(ms(4000)).achieved_loss, 2);
}

#[test]
fn a_write_that_was_never_acknowledged_cannot_be_lost() {
    let mut tale = tale();
    tale.request(100, 1000, request(1), OpKind::Write, 1, Outcome::Unknown, Pos::default());
    tale.note(101, A, Note::Acknowledged { id: request(1), pos: pos(1, 1), standbys: 0 });
    tale.promoted(500, B, 2, Pos::default());
    assert_eq!(writes(&tale).lost, 0);
}

#[test]
fn the_log_that_counts_is_followed_back_through_every_master() {
    let mut tale = tale();
    tale.write(100, 1, 1, A, pos(1, 10));
    tale.promoted(1000, B, 2, pos(1, 10));
    tale.write(1100, 2, 1, B, pos(2, 12));
    tale.promoted(2000, C, 3, pos(2, 12));
    tale.write(2100, 3, 1, C, pos(3, 14));
    assert_eq!(writes(&tale).lost, 0);
    // A log that left the others before place 12 of epoch 2 lacks two of the three.
    tale.promoted(3000, A, 4, pos(2, 11));
    assert_eq!(writes(&tale).lost, 2);
}

#[test]
fn what_an_elected_leader_writes_before_it_serves_can_be_inherited() {
    // B is elected in term 2 and puts its first entry behind A's, but never serves. C has all of that, and leads next.
    let mut tale = tale();
    for n in 1..=3 {
        tale.write(100 * u64::from(n), n, 1, A, pos(1, n));
    }
    let last = raft::Pos { term: 1, index: 3 };
    tale.note(500, B, Note::Raft(raft::Note::BecameLeader { term: 2, last }));
    tale.follows(600, C, B, 2);
    tale.promoted(900, C, 3, pos(2, 4));
    assert_eq!(writes(&tale), Writes { acked: 3, ..Writes::default() });
}

#[test]
fn an_answer_that_arrives_after_the_promotion_counts_too() {
    let mut tale = tale();
    tale.write_slowly(100, 1, 500, 1, 1, A, pos(1, 1)); // acknowledged at 101, known at 600
    tale.promoted(300, B, 2, Pos::default());
    assert_eq!(writes(&tale), Writes { acked: 1, lost: 1, ..Writes::default() });
    assert_eq!(tale.ledger().failovers()[0].lost, 1);
}

#[test]
fn what_a_superseded_master_acknowledges_is_conflicting_not_lost() {
    let mut tale = tale();
    tale.promoted(300, B, 2, Pos::default());
    tale.write(400, 1, 1, A, pos(1, 1)); // A has not heard of it
    tale.write(400, 2, 1, B, pos(2, 1));
    assert_eq!(writes(&tale), Writes { acked: 2, conflicting: 1, ..Writes::default() });
    tale.promoted(900, C, 3, pos(2, 1));
    assert_eq!(writes(&tale), Writes { acked: 2, conflicting: 1, ..Writes::default() });
}

#[test]
fn a_superseded_master_may_still_say_what_is_true() {
    // It answers late, but its successor has the write: nobody is deceived.
    let mut tale = tale();
    tale.promoted(300, B, 2, pos(1, 1));
    tale.write(400, 1, 1, A, pos(1, 1));
    assert_eq!(writes(&tale), Writes { acked: 1, ..Writes::default() });
}

#[test]
fn two_masters_of_one_epoch_are_told_apart() {
    let mut tale = tale();
    tale.promoted(300, B, 2, Pos::default());
    tale.promoted(400, C, 2, Pos::default());
    tale.write(500, 1, 1, B, pos(2, 1));
    tale.write(500, 2, 1, C, pos(2, 1));
    assert_eq!(writes(&tale), Writes { acked: 2, conflicting: 1, ..Writes::default() });
}

#[test]
fn restoring_a_backup_loses_what_came_after_it() {
    let mut tale = tale();
    for index in 1..=9 {
        tale.write(u64::from(index) * 100, index, 1, A, pos(1, index));
    }
    tale.note(1000, A, Note::Restoring { pos: pos(1, 4), takes_us: 500_000 });
    tale.promoted(1500, A, 2, pos(1, 4));
    assert_eq!(writes(&tale).lost, 5);
    assert_eq!(tale.ledger().figures(ms(2000)).achieved_loss, 5, "though nobody took over");
}

#[test]
fn a_read_that_misses_an_acknowledged_write_is_stale() {
    let mut tale = tale();
    tale.write(100, 1, 7, A, pos(1, 5)); // known to its client at 102
    tale.read(101, 5, 2, 7, pos(1, 4)); // issued before that: may still see the old version
    tale.read(103, 5, 3, 7, pos(1, 4)); // stale
    tale.read(103, 5, 4, 8, pos(1, 4)); // another key
    tale.read(104, 5, 5, 7, pos(1, 6)); // newer is fine
    assert_eq!(reads(&tale), Reads { served: 4, failed: 0, stale: 1 });
}

#[test]
fn after_a_loss_reads_are_stale_until_the_key_is_written_anew() {
    let mut tale = tale();
    tale.write(100, 1, 7, A, pos(1, 5));
    tale.promoted(300, B, 2, pos(1, 4));
    tale.read(400, 2, 2, 7, pos(1, 3));
    tale.write(500, 3, 7, B, pos(2, 5));
    tale.read(600, 2, 4, 7, pos(2, 5));
    assert_eq!(reads(&tale).stale, 1);
}

#[test]
fn long_histories_are_counted_exactly() {
    let mut tale = tale();
    for index in 1..=30_000_u32 {
        tale.write(u64::from(index), index, 1, A, pos(1, index));
    }
    let mut short = tale.ledger();
    tale.promoted(40_000, B, 2, pos(1, 12_345));
    assert_eq!(writes(&tale).lost, 30_000 - 12_345);
    let note = Note::BecameMaster { epoch: 2, base: pos(1, 8_191), logs_read: 1 };
    crate::sim::Sink::event(&mut short, ms(40_000), 0, &crate::sim::Event::Note { machine: B, lane: 0, note });
    assert_eq!(short.figures(ms(50_000)).writes.lost, 30_000 - 8_191);
}
