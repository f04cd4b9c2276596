//! One holder at a time.

use crate::chaos::{Cell, Decider, EVERYTHING, Fence, MS, Route, S, Writes, report, stormy};
use crate::lab::{isolate, lab};
use crate::often::seeds;
use ha_lab::scenario::{Action, Fencing, Lease, Run, Scenario, Target};
use ha_lab::sim::{MachineId, SimTime};

/// How many nodes hold a lease at one instant, each by its own clock: the most of a run.
fn most_lease_holders(scenario: &Scenario) -> usize {
    let mut run = Run::new(scenario, scenario.seed);
    run.start(&mut ());
    let mut most = 0;
    while run.now() < SimTime::from_us(scenario.until_us) && run.advance(&mut ()) {
        let world = run.world();
        let holds = |id: &&MachineId| {
            let machine = world.machine(**id);
            let master = machine.process().and_then(|node| node.data()).and_then(|data| data.as_master());
            let until = master.and_then(|master| master.lease_until);
            until.is_some_and(|until| machine.local(world.now()) < until)
        };
        most = most.max(run.layout().data.iter().filter(holds).count());
    }
    most
}

fn leased(seed: u64, fence: Fence) -> Scenario {
    let cell = Cell { writes: Writes::Async, decider: Decider::Majority, fence, route: Route::Direct };
    stormy(cell, seed, EVERYTHING)
}

#[test]
fn two_nodes_never_hold_a_lease_at_one_instant_while_clocks_drift_within_the_bound() {
    for seed in seeds(300) {
        let scenario = leased(seed, if seed % 2 == 0 { Fence::Lease } else { Fence::LeaseEpochs });
        if most_lease_holders(&scenario) > 1 {
            report("two lease holders at one instant", &scenario, &|scenario| most_lease_holders(scenario) > 1);
        }
    }
}

#[test]
fn beyond_the_bound_two_nodes_hold_a_lease_at_one_instant() {
    // The master's clock runs at half speed: its 300 ms are 600 ms of everybody else's.
    let lease = Lease { length_us: 300 * MS, drift_ppm: 1_000 };
    let slow = lab().with(|system| system.fencing = Fencing { stonith: None, lease: Some(lease), epochs: true });
    let mut slow = slow.at(1_000, Action::ClockRate { on: Target::Node(0), ppb: -500_000_000 });
    slow.system().recovery_us = 0;
    let slow = slow.at(2_000, isolate(&[Target::Node(0)]));
    assert_eq!(most_lease_holders(&Scenario { until_us: 4 * S, ..slow.0 }), 2);
}
