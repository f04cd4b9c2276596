//! How long elections take: as it was measured and simulated by others.
//!
//! Figures: D. Ongaro, "Consensus: Bridging Theory and Practice" (2014), chapter 9, read off the drawn curves, in milliseconds.
//! LAN (§9.3): five real servers, the leader crashed at a random moment of its heartbeat interval, two of the four others
//! eligible. WAN (§9.4): simulated, timeouts 300 to 600 ms, one-way latency 30 to 40 ms.
//!
//! To repeat one: `halab study elections-lan-150-300 --runs 5000`.
#![cfg(not(target_arch = "wasm32"))]

#[path = "support/often.rs"]
mod often;

use std::thread;

use ha_lab::measure::Election;
use ha_lab::scenario::{parse, preset};
use ha_lab::sim::SimTime;
use ha_lab::study::{Study, Summary};

fn elections(name: &str) -> Summary {
    let scenario = parse(preset(name).expect("a ready scenario").json).expect("a valid one");
    let runs = often::times(2_000);
    let study = Study { seed: 1, runs, until: SimTime::from_us(scenario.until_us) };
    let results = study.run(&scenario, thread::available_parallelism().map_or(1, usize::from));
    let over: Vec<u64> = results.iter().flat_map(|run| run.elections.iter().map(Election::length_us)).collect();
    assert_eq!(over.len() as u64, runs, "{name}: one election in each run");
    Summary::of(over).expect("there are some")
}

#[track_caller]
fn is_near(name: &str, measured_us: f64, published_ms: f64, percent: f64) {
    let off = (measured_us / 1_000.0 / published_ms - 1.0) * 100.0;
    println!("{name}: {:.1} ms, published {published_ms} ms ({off:+.1} %)", measured_us / 1_000.0);
    assert!(off.abs() <= percent, "{name}: {:.1} ms, published {published_ms} ms ({off:+.1} %)", measured_us / 1_000.0);
}

#[test]
fn medians_in_a_lan_are_those_that_were_measured() {
    for (name, published_ms) in [
        ("elections-lan-150-155", 287.3),
        ("elections-lan-150-200", 146.5),
        ("elections-lan-150-300", 171.3),
        ("elections-lan-12-24", 30.0),
    ] {
        is_near(name, elections(name).quantiles_us[2] as f64, published_ms, 12.0);
    }
}

#[test]
fn means_over_long_distances_are_those_that_were_simulated() {
    for (name, published_ms) in [("elections-wan-5-of-5", 430.0), ("elections-wan-3-of-5", 631.6)] {
        is_near(name, elections(name).mean_us, published_ms, 4.0);
    }
}
