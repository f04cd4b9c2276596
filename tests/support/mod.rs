//! Worlds for the tests, made by hand: three data nodes, one client site, quick clocks.

#![allow(dead_code, missing_docs)]

use std::rc::Rc;

use ha_lab::ha::config::*;
use ha_lab::ha::{Ha, Layout};
use ha_lab::sim::{Event, LinkSpec, MachineId, MachineSpec, SimTime, World, WorldSpec};

pub const MS: u64 = 1_000;
pub const S: u64 = 1_000_000;

pub fn at(us: u64) -> SimTime {
    SimTime::from_us(us)
}

pub fn m(index: usize) -> MachineId {
    MachineId::from_index(index)
}

/// Three data nodes, majority, epochs, semi-synchronous with one standby, virtual address, one site.
pub fn config(data: usize) -> Config {
    Config {
        seed: 1,
        layout: Layout::new(data, data % 2 == 0, 0, false, false, false, 1),
        nodes: NodeConfig {
            replication: Replication {
                mode: ReplicationMode::SemiSync(1),
                durability: Durability::Received,
                fallback: Fallback::Strict,
            },
            standby: Standby { start_up_us: 0, serves_reads: false },
            detection: Detection { heartbeat_us: 100 * MS, limit: SilenceLimit::Missed(3) },
            decision: Decision::Majority,
            fencing: Fencing { stonith: None, lease: None, epochs: true },
            recovery_us: 50 * MS,
            failback_after_us: None,
            write_us: MS,
            read_us: MS,
            backup: None,
        },
        router: Router::Vip,
        clients: ClientConfig {
            mean_gap_us: 100 * MS,
            read_permille: 500,
            reads_anywhere: false,
            timeout_us: 500 * MS,
            attempts: 3,
            backoff_us: 100 * MS,
            canary_us: 50 * MS,
        },
        cold_start: false,
    }
}

pub fn world(mut config: Config, seed: u64) -> World<Ha> {
    config.seed = seed;
    let count = config.layout.machines();
    World::new(
        seed,
        WorldSpec {
            config: Rc::new(config),
            machines: vec![
                MachineSpec { boot_us: S, start_us: 200 * MS, sync_us: MS, ..MachineSpec::default() };
                count
            ],
            links: vec![LinkSpec { latency_lo_us: MS, latency_hi_us: 3 * MS, loss_ppm: 0 }; count * count],
            connection_timeout_us: 5 * S,
        },
    )
}

pub type Trace = Vec<(SimTime, Event<Ha>)>;

/// The story of a trace, a line an event: for looking at.
pub fn story(trace: &Trace) -> String {
    use std::fmt::Write;
    let mut text = String::new();
    for (at, event) in trace {
        if event.tier() == ha_lab::sim::Tier::Story {
            let _ = writeln!(text, "{:>10.3} ms  {event:?}", at.us() as f64 / 1000.0);
        }
    }
    text
}
