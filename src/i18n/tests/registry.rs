//! What a cluster's manager and its clients say is well formed, too, with leases and with sessions.

use super::*;
use crate::ha::cluster::registry::{Note as Said, Timer as Waits};
use crate::ha::cluster::tree::{Change, Event as Fired, Path};

fn names_with(sessions: bool) -> Names {
    let mut names = names();
    names.sessions = sessions;
    names
}

fn said() -> Vec<Said> {
    let set = InSync { epoch: 7, version: 2, members: 0b101 };
    vec![
        Said::Registered { worker: 1, lease: 7, sequence: None },
        Said::Registered { worker: 1, lease: 7, sequence: Some(12) },
        Said::Emptied { worker: 1 },
        Said::Lost { shard: 0 },
        Said::LossAccepted { shard: 0, worker: 2 },
        Said::Expired { worker: 1, lease: 7, silent_us: 10_200_000 },
        Said::Revoked { worker: 1, lease: 7 },
        Said::Assigned { shard: 0, worker: 2, token: 8 },
        Said::Vacant { shard: 0, token: 7 },
        Said::HandedOver { shard: 2, from: 1, to: 0, token: 9 },
        Said::Recorded { shard: 1, set },
        Said::Placed { shard: 1, holders: 0b110 },
        Said::Moving { shard: 1, to: 2 },
        Said::Draining { worker: 1 },
        Said::Drained { worker: 1 },
        Said::Ready { worker: 1 },
        Said::WatchFired { revision: 9 },
        Said::SessionMoved { member: m(1) },
        Said::TooNew { client: m(0), seen: 9, mine: 8 },
        Said::ClaimLost { lease: 7, told: true },
        Said::ClaimLost { lease: 7, told: false },
        Said::Znode { path: Path::ELECTION, change: Change::Created { owner: None } },
        Said::Znode { path: Path::CANDIDATE.numbered(3), change: Change::Created { owner: Some(1) } },
        Said::Znode { path: Path::ELECTION, change: Change::Set { version: 2 } },
        Said::Znode { path: Path::CANDIDATE.numbered(3), change: Change::Deleted },
        Said::Waits { on: Path::ELECTION },
        Said::Waits { on: Path::CANDIDATE.numbered(3) },
        Said::NodeFired { path: Path::CANDIDATE.numbered(3), event: Fired::Deleted },
        Said::NodeFired { path: Path::ELECTION, event: Fired::Children },
        Said::Coordinates { node: Path::CANDIDATE.numbered(3), on: true },
        Said::Coordinates { node: Path::CANDIDATE.numbered(3), on: false },
    ]
}

#[test]
fn every_note_of_the_registry_is_a_sentence_in_both_languages() {
    for names in [names_with(false), names_with(true)] {
        for what in said() {
            let told = Event::Note { machine: m(0), lane: 0, note: Note::Registry(what) };
            check_sentence(&format!("{told:?}"), |lang| event(lang, &told, &names));
        }
    }
}

#[test]
fn a_claim_is_a_lease_or_a_session() {
    let lost = Said::ClaimLost { lease: 7, told: false };
    let lost = Event::Note { machine: m(1), lane: 0, note: Note::Registry(lost) };
    let say = |lang, sessions| event(lang, &lost, &names_with(sessions));
    assert_eq!(say(Lang::Zh, false), "B 放弃自己的租约 7：按本机时钟它已到期，且未能续期。");
    assert_eq!(say(Lang::Zh, true), "B 放弃自己的会话 7：按本机时钟它已到期，且未能续期。");
    let lease = "B gives up its lease 7: its own clock says that it has run out, and was not renewed.";
    assert_eq!(say(Lang::En, false), lease);
    assert_eq!(say(Lang::En, true), lease.replace("lease", "session"));
}

#[test]
fn every_message_and_timer_of_the_registry_is_a_sentence_in_both_languages() {
    let kinds = [
        Kind::Watch,
        Kind::Map,
        Kind::WatchFired,
        Kind::KeepAlive,
        Kind::Kept,
        Kind::ClaimGone,
        Kind::Order,
        Kind::Ordered,
        Kind::Unavailable,
        Kind::TooNew,
        Kind::Look,
        Kind::Found,
        Kind::NodeFired,
    ];
    let timers = [Waits::KeepAlive, Waits::Claim, Waits::Lease(1), Waits::Tick];
    let timers = timers.map(|timer| Event::Fired { machine: m(0), timer: Timer::Registry(timer) });
    let mut all: Vec<Event<Ha>> = timers.into();
    for kind in kinds {
        for count in 0..=10 {
            let brief = Brief { kind, canary: false, epoch: 7, number: 1, count, lane: 0 };
            all.push(Event::Arrived { id: 1, from: m(0), to: m(1), brief });
        }
    }
    for told in &all {
        check_sentence(&format!("{told:?}"), |lang| event(lang, told, &names_with(false)));
    }
}
