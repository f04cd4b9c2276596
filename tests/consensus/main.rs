//! Raft, rule by rule, and under thousands of random faults. Sections (§) are those of Ongaro's dissertation (2014).
#![cfg(not(target_arch = "wasm32"))]

#[path = "../support/raft_net.rs"]
mod net;
#[path = "../support/often.rs"]
mod often;

mod closed_forms;
mod disks;
mod elections;
mod logs;
mod members;
mod random;
mod reads;
mod snapshots;
mod transfers;

use ha_lab::ha::cluster::raft::{Config, Timing};
use net::Net;

/// Neither questions before an election nor checks for a quorum: the protocol of the paper.
fn plain() -> Config {
    Config { pre_vote: false, check_quorum: false, ..Config::paper() }
}

/// As etcd is delivered, with times of the paper.
fn guarded() -> Config {
    Config::paper()
}

/// An ensemble whose first server leads and has committed the entry that opens its term.
fn led(config: Config, machines: usize, voters: usize) -> Net {
    let mut net = Net::new(1, config, machines, voters);
    net.campaign(0);
    net.settle();
    net.beat();
    assert!(net.server(0).is_leader());
    assert_eq!(net.server(voters - 1).commit(), 1);
    net
}

/// Nothing that must always hold was broken on the way.
fn fine(net: &Net) {
    assert_eq!(net.checks.wrong, None);
}

/// The election timeout that no server of the lesson's ensemble exceeds, and some time to settle.
fn an_election_us(config: &Config) -> u64 {
    let Timing::Continuous { election_hi_us, .. } = config.timing else { unreachable!("the lessons use the paper's") };
    2 * election_hi_us
}
