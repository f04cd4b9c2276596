//! How fast the engine runs, native: `./dev bench engine`. No test asserts these figures; they go into
//! `docs/performance.md`.
//!
//! One master and four standbys, one-way 0.5 to 5 ms, 1 ms disk sync, heartbeat 50 ms, 5 writes a second, trace
//! hash and ledger on; without a probe, and with one canary write and read every 50 ms.

use std::time::Instant;

use ha_lab::measure::Ledger;
use ha_lab::scenario::{Run, Scenario, parse};
use ha_lab::sim::{SimTime, TraceHash};

const SIMULATED_S: u64 = 3_600;

fn scenario(canary_us: &str) -> Scenario {
    let text = format!(
        r#"{{
            "version": 1,
            "system": {{ "master_standby": {{ "standbys": 4, "detection": {{ "heartbeat_us": 50000 }} }} }},
            "router": "vip",
            "clients": {{ "sites": 1, "mean_gap_us": 200000, "read_permille": 0, "canary_us": {canary_us} }},
            "machines": {{ "sync_us": 1000 }},
            "network": {{
                "between_nodes": {{ "lo_us": 500, "hi_us": 5000 }},
                "to_clients": {{ "lo_us": 500, "hi_us": 5000 }}
            }}
        }}"#
    );
    parse(&text).unwrap_or_else(|problems| panic!("{problems}"))
}

fn main() {
    for (name, canary_us) in [("no probe", "null"), ("50 ms probe", "50000")] {
        let scenario = scenario(canary_us);
        let mut speeds: Vec<f64> = (0..5)
            .map(|seed| {
                let mut run = Run::new(&scenario, seed);
                let mut sinks = (TraceHash::new(seed), Ledger::new(run.world().config()));
                let begun = Instant::now();
                run.start(&mut sinks);
                run.run_until(SimTime::from_us(SIMULATED_S * 1_000_000), &mut sinks);
                let events = run.world().events();
                let took = begun.elapsed().as_secs_f64();
                println!("  {name}, seed {seed}: {events} events in {took:.3} s, hash {:016x}", sinks.0.value());
                SIMULATED_S as f64 / took
            })
            .collect();
        speeds.sort_by(f64::total_cmp);
        println!(
            "{name}: {:.0} simulated seconds a second (median of 5, {:.0} to {:.0})",
            speeds[2], speeds[0], speeds[4]
        );
    }
}
