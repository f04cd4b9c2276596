//! How fast the engine runs, native and in Chromium: `./dev bench engine`; `./dev bench years` runs the years alone, and the
//! same pair in `SimPy` (`benches/simpy`). No test asserts these figures; they go into
//! `docs/performance.md`.
//!
//! Five servers under Raft, and one master with four standbys: one-way 0.5 to 5 ms, 1 ms disk sync, heartbeat 50 ms,
//! 5 writes a second, trace hash and ledger on; without a probe, and with one canary write and read every 50 ms. Then:
//! years of a pair at component level; going anywhere in a session of an hour, and of a hundred.

use ha_lab::measure::Ledger;
use ha_lab::player::Player;
use ha_lab::scenario::{Run, parse, preset};
use ha_lab::sim::{SimTime, TraceHash};
use ha_lab::study::years::{Plant, Serving, Study, Takeover, Tally, Times};

const SIMULATED_S: u64 = 3_600;

const RAFT: &str = r#"{ "cluster": { "members": 5, "data": "through_the_log", "manager": { "etcd": {
    "timing": { "continuous": { "election_lo_us": 150000, "election_hi_us": 300000, "heartbeat_us": 50000 } }
} } } }"#;
const PAIR: &str = r#"{ "master_standby": { "standbys": 4, "detection": { "heartbeat_us": 50000 } } }"#;

/// The largest stage, whose frames `./dev bench page` times: five members, eight workers with four shards, a balancer.
const LARGEST: &str = include_str!("largest-stage.json");

fn scenario(system: &str) -> String {
    format!(
        r#"{{
            "version": 1,
            "system": {system},
            "router": "vip",
            "clients": {{ "sites": 1, "mean_gap_us": 200000, "read_permille": 0, "canary_us": null }},
            "machines": {{ "sync_us": 1000 }},
            "network": {{
                "between_nodes": {{ "lo_us": 500, "hi_us": 5000 }},
                "to_clients": {{ "lo_us": 500, "hi_us": 5000 }}
            }}
        }}"#
    )
}

/// How long it takes to go anywhere in a long session of the first visit's scenario, with a failover in it.
fn seek(hours: u64) {
    let crash = preset("crash").and_then(|preset| parse(preset.json).ok()).expect("a ready scenario");
    let mut player = Player::new(crash);
    let end_s = hours * 3_600;
    player.seek(SimTime::from_us(end_s * 1_000_000));
    let mut took_ms: Vec<f64> = (1..=40)
        .map(|number| {
            // All over the session, never twice the same place, and far from the place before.
            let to_s = end_s * (number * 17 % 41) / 41;
            let begun = now_s();
            player.seek(SimTime::from_us(to_s * 1_000_000 + 999_999));
            (now_s() - begun) * 1_000.0
        })
        .collect();
    took_ms.sort_by(f64::total_cmp);
    say!("seek in {hours} h: {:.1} ms (median of 40, longest {:.1})", took_ms[20], took_ms[39]);
}

/// How many years a pair lives through in a second: exponential times, MTTF 1000 h, MTTR 10 h, failover 30 s, two crews.
fn years() {
    const YEARS: u64 = 200_000;
    let exponential = |seconds: u64| Times::Exponential { mean_us: seconds * 1_000_000 };
    let failover = Serving::Leader(Takeover::lasting(exponential(30)));
    let pair = Plant::of(2, 1, exponential(3_600_000), exponential(36_000), failover);
    let mut all = Tally::default();
    let mut speeds: Vec<f64> = (0..5)
        .map(|seed| {
            let begun = now_s();
            let tally = Study { plant: &pair, seed, years: YEARS }.run(1).expect("a plant that can be simulated");
            let took = now_s() - begun;
            say!("  years, seed {seed}: {} failures and {} outages in {took:.3} s", tally.failures, tally.outages);
            all.add(&tally);
            YEARS as f64 / took
        })
        .collect();
    speeds.sort_by(f64::total_cmp);
    say!("years of a pair: {:.0} a second (median of 5, {:.0} to {:.0})", speeds[2], speeds[0], speeds[4]);
    let report = Study { plant: &pair, seed: 0, years: 5 * YEARS }.report([&all]).expect("years");
    let (low, high) = report.interval().expect("outages enough");
    let (seen, outages) = (report.estimate.unavailability, report.estimate.outages_per_year);
    say!("  unavailability {seen:.4e}, 95 %: {low:.4e} to {high:.4e}; {outages:.3} outages a year");
}

/// Seconds on the host's clock, from wherever.
#[cfg(not(target_arch = "wasm32"))]
#[allow(clippy::disallowed_types, reason = "a bench measures the host's time")]
fn now_s() -> f64 {
    use std::sync::LazyLock;
    use std::time::Instant;
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed().as_secs_f64()
}

#[cfg(target_arch = "wasm32")]
fn now_s() -> f64 {
    js_sys::Date::now() / 1_000.0
}

#[cfg(not(target_arch = "wasm32"))]
use std::println as say;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::console_log as say;

fn measure() {
    let (raft, pair, largest) = (scenario(RAFT), scenario(PAIR), LARGEST.to_owned());
    for (name, text, canary_us) in [
        ("Raft, no probe", &raft, None),
        ("Raft, 50 ms probe", &raft, Some(50_000)),
        ("master and standbys, no probe", &pair, None),
        ("master and standbys, 50 ms probe", &pair, Some(50_000)),
        ("largest stage, no probe", &largest, None),
        ("largest stage, 50 ms probe", &largest, Some(50_000)),
    ] {
        let mut scenario = parse(text).unwrap_or_else(|problems| panic!("{problems}"));
        scenario.clients.canary_us = canary_us;
        let mut speeds: Vec<f64> = (0..5)
            .map(|seed| {
                let mut run = Run::new(&scenario, seed);
                let mut sinks = (TraceHash::new(seed), Ledger::new(run.world().config()));
                let begun = now_s();
                run.start(&mut sinks);
                run.run_until(SimTime::from_us(SIMULATED_S * 1_000_000), &mut sinks);
                let took = now_s() - begun;
                let (events, hash) = (run.world().events(), sinks.0.value());
                say!("  {name}, seed {seed}: {events} events in {took:.3} s, hash {hash:016x}");
                SIMULATED_S as f64 / took
            })
            .collect();
        speeds.sort_by(f64::total_cmp);
        say!("{name}: {:.0} simulated seconds a second (median of 5, {:.0} to {:.0})", speeds[2], speeds[0], speeds[4]);
    }
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    if std::env::args().any(|argument| argument == "years") {
        return years();
    }
    measure();
    years();
    seek(1);
    seek(100);
}

/// The browser's test runner calls what carries its attribute, not this.
#[cfg(target_arch = "wasm32")]
fn main() {}

#[cfg(target_arch = "wasm32")]
mod browser {
    use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

    wasm_bindgen_test_configure!(run_in_browser);

    #[wasm_bindgen_test]
    fn engine() {
        super::measure();
        super::years();
        super::seek(1);
        super::seek(100);
    }
}
