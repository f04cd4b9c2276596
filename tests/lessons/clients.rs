//! Routers and clients.

use crate::chaos::{MS, S};
use crate::lab::{A, Seen, crash, lab};
use ha_lab::ha::Ha;
use ha_lab::ha::message::OpKind;
use ha_lab::ha::note::{Note, Outcome};
use ha_lab::scenario::{Action, Dns, ReplicationMode, Router, Target};
use ha_lab::sim::{CloseReason, Event, MachineId};

#[test]
fn clients_find_the_new_master_as_late_as_their_cache_expires() {
    let with_ttl = |ttl_s| {
        let named = lab().router(Router::Dns(Dns { ttl_us: ttl_s * S })).at(2_500, crash(Target::Master));
        let seen = named.run(20_000);
        let routed = |(at, machine, note): &(u64, MachineId, Note)| {
            let client = seen.run.layout().clients.contains(machine);
            matches!(note, Note::Routed { epoch, .. } if client && *epoch > 1).then_some(*at)
        };
        seen.notes.iter().filter_map(routed).max().expect("every site finds it")
    };
    let (short, long) = (with_ttl(1), with_ttl(10));
    assert!(short < 5 * S && long > 6 * S, "{short} {long}");
}

#[test]
fn after_a_takeover_of_the_address_clients_hang_on_the_old_connection() {
    // The machine is gone without a word: what was sent to it is answered by nobody.
    let takeover = |fault: Action| lab().router(Router::Vip).at(2_000, fault).run(6_000);
    let silent = takeover(crash(Target::Node(0)));
    let told = takeover(Action::ProcessCrash { on: Target::Node(0) });
    let unknown = |seen: &Seen| {
        let hung = |(at, _, note): &&(u64, MachineId, Note)| {
            *at > 2_300 * MS && matches!(note, Note::Finished { outcome: Outcome::Unknown, .. })
        };
        seen.notes.iter().filter(hung).count()
    };
    assert!(unknown(&silent) > 0);
    let resets = |seen: &Seen| {
        let reset = |event: &Event<Ha>| matches!(event, Event::Closed { peer: A, reason: CloseReason::Reset, .. });
        seen.events.iter().filter(|(at, event)| *at < 2_100 * MS && reset(event)).count()
    };
    assert_eq!(resets(&silent), 0, "a machine crash closes no connection");
    assert!(resets(&told) >= 3, "a process crash closes them all");
}

#[test]
fn reads_from_a_standby_can_be_old() {
    let mut anywhere = lab().router(Router::Discovery);
    anywhere.system().standby.serves_reads = true;
    anywhere.0.clients.reads_anywhere = true;
    let lagging = Action::Delay { between: (Target::Node(0), Target::Node(2)), latency_us: 500_000, jitter_us: 0 };
    let seen = anywhere.at(1_000, lagging).run(6_000);
    // A read that was issued after a write was acknowledged, and that does not see it.
    let mut newest = std::collections::BTreeMap::new();
    let mut issued = std::collections::BTreeMap::new();
    let mut stale = 0;
    for (_, _, note) in &seen.notes {
        match note {
            Note::Issued { id, key, .. } => {
                issued.insert(*id, newest.get(key).copied().unwrap_or_default());
            }
            Note::Finished { kind: OpKind::Write, key, outcome: Outcome::Done, version, .. } => {
                let newest = newest.entry(*key).or_insert(*version);
                *newest = (*newest).max(*version);
            }
            Note::Finished { id, kind: OpKind::Read, outcome: Outcome::Done, version, .. } => {
                stale += u32::from(*version < issued[id]);
            }
            _ => {}
        }
    }
    assert!(stale > 5, "{stale}");
}

#[test]
fn arrivals_depend_on_seed_and_site_alone() {
    let arrivals = |seen: &Seen| -> Vec<(u64, MachineId, Note)> {
        let arrival = |(_, _, note): &&(u64, MachineId, Note)| matches!(note, Note::Issued { id, .. } if !id.canary);
        seen.notes.iter().filter(arrival).copied().collect()
    };
    let calm = lab().run(6_000);
    let storm = lab().with(|system| system.replication.mode = ReplicationMode::Async).router(Router::Discovery);
    let storm = storm.at(2_000, crash(Target::Master)).at(3_000, Action::Freeze { on: Target::Node(2) }).run(6_000);
    // Machines have other numbers where there is no proxy; sites, ordinals and times are the same.
    let strip = |seen: &Seen| arrivals(seen).into_iter().map(|(at, _, note)| (at, note)).collect::<Vec<_>>();
    assert_eq!(strip(&calm), strip(&storm));
    assert!(strip(&calm).len() > 100);
}
