//! In a cluster every tier has its own words, and who speaks of a shard says which.

use super::*;
use crate::i18n::cluster;
use crate::scenario::parse;

/// A cluster's layout and names.
fn cluster_of(manager: &str) -> (Layout, Names) {
    let system = format!(r#"{{ "cluster": {{ "manager": {manager}, "data": {{ "workers": {{}} }} }} }}"#);
    let config = parse(&format!(r#"{{ "version": 1, "system": {system} }}"#)).unwrap().config(1);
    (config.layout.clone(), Names::of(&config))
}

const MANAGERS: [&str; 2] = [r#"{ "etcd": {} }"#, r#"{ "zookeeper": {} }"#];

#[test]
fn every_tier_of_a_cluster_speaks_in_sentences() {
    for manager in MANAGERS {
        let (layout, names) = cluster_of(manager);
        for machine in [layout.data[0], layout.members[1], layout.balancers[0]] {
            for note in notes().into_iter().chain([Note::Decided { epoch: 3, votes: 0, needed: 0, logs_read: 0 }]) {
                let told = Event::Note { machine, lane: 1, note };
                check_sentence(&format!("{told:?}"), |lang| event(lang, &told, &names));
            }
        }
        for (from, to) in [(0, 1), (1, 0)].map(|(a, b)| (layout.data[a], layout.data[b])) {
            let brief = Brief { kind: Kind::Append, canary: false, epoch: 3, number: 4, count: 1, lane: 1 };
            let told = Event::Arrived { id: 1, from, to, brief };
            check_sentence("replication", |lang| event(lang, &told, &names));
        }
    }
}

#[test]
fn who_speaks_of_a_shard_says_which() {
    let (layout, names) = cluster_of(MANAGERS[0]);
    let said = |machine, note| {
        let told = Event::Note { machine, lane: 1, note };
        Lang::ALL.map(|lang| event(lang, &told, &names))
    };
    let (worker, balancer, member) = (layout.data[1], layout.balancers[0], layout.members[1]);
    assert_eq!(
        said(worker, Note::Decided { epoch: 5, votes: 0, needed: 0, logs_read: 0 }),
        [
            "Shard 2: the manager has made B the owner, under fencing token 5.",
            "分片 2：集群管理器指定 B 为归属节点，隔离令牌 5。"
        ]
    );
    assert_eq!(said(balancer, Note::Routed { to: worker, epoch: 5 })[0], "Shard 2: L1 now sends writes to B, epoch 5.");
    // The manager knows no shards of its own, and has the words of Raft.
    assert_eq!(
        said(member, Note::Follows { master: layout.members[0], epoch: 3 })[0],
        "M2 follows the leader M1 in term 3."
    );
}

#[test]
fn the_words_on_the_cards_are_in_both_languages() {
    let (layout, names) = cluster_of(MANAGERS[1]);
    let spoken = names.spoken_by(layout.members[0]);
    for lang in Lang::ALL {
        let mut words = vec![
            cluster::shard(lang, 0),
            cluster::shards(lang, &[0, 2]),
            cluster::claim_left(lang, 3_400_000, &names),
            cluster::via(lang, layout.members[0], &names),
            cluster::waits(lang, Some(3_400_000)),
            cluster::member_line(lang, (3, 40, 41), &spoken),
            cluster::member_numbers(lang, (3, 40, 41), &spoken),
            cluster::cut(lang, 3, 2),
        ];
        for (owned, held) in [(&[][..], &[][..]), (&[], &[1]), (&[0], &[1]), (&[0, 2], &[])] {
            words.push(cluster::owns(lang, owned, held));
        }
        for (left, held) in [(Some(2_000_000), 1), (None, 1), (None, 0)] {
            words.push(cluster::manager_waits(lang, left, held));
        }
        for (members, losses, even) in [(1, 0, false), (2, 0, true), (3, 1, false), (4, 1, true)] {
            words.push(cluster::survives_briefly(lang, members, losses));
            check_sentence("survives", |lang| cluster::survives(lang, members, losses, even));
        }
        for word in words {
            assert_eq!(flaw(lang, &word), None, "{word}");
        }
    }
}
