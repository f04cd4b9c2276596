//! What the lab teaches, one test for each lesson; and each mechanism, switched off, brings its failure back.

#[path = "support/chaos.rs"]
mod chaos;

use chaos::{Cell, Decider, EVERYTHING, Fence, MS, Record, Route, S, Writes, calm, observe, report, runs, stormy};
use ha_lab::ha::Ha;
use ha_lab::ha::inspect::Role;
use ha_lab::ha::message::OpKind;
use ha_lab::ha::note::{FencedBy, Note, Outcome, Stale, StepDown};
use ha_lab::scenario::{
    Action, Backup, Decision, Detection, Dns, Durability, Fallback, Fencing, Lease, MasterStandby, Proxy,
    ReplicationMode, Router, Run, Scenario, Scheduled, Setup, SilenceLimit, SingleNode, Standby, Stonith, Target,
};
use ha_lab::sim::{CloseReason, Event, Fault, MachineId, SimTime, Sink};

const A: MachineId = MachineId::from_index(0);
const B: MachineId = MachineId::from_index(1);
const C: MachineId = MachineId::from_index(2);

/// A scenario, to be changed and run.
#[derive(Clone)]
struct Lab(Scenario);

/// What was seen of a run.
struct Seen {
    run: Run,
    notes: Vec<(u64, MachineId, Note)>,
    events: Vec<(u64, Event<Ha>)>,
    record: Record,
}

impl Sink<Ha> for Seen {
    fn event(&mut self, at: SimTime, order: u64, event: &Event<Ha>) {
        self.record.event(at, order, event);
        match *event {
            Event::Note { machine, note } => self.notes.push((at.us(), machine, note)),
            event => self.events.push((at.us(), event)),
        }
    }
}

/// A master and two standbys, majority, epochs, one of two standbys has every write; one proxy, two sites.
fn lab() -> Lab {
    let cell = Cell { writes: Writes::SemiSync, decider: Decider::Majority, fence: Fence::Epochs, route: Route::Proxy };
    let mut lab = Lab(calm(cell, 3));
    lab.0.network.loss_ppm = 0;
    lab.0.network.between_nodes.hi_us = 3 * MS;
    lab.0.machines.sync_us = MS;
    lab.0.clients.timeout_us = 400 * MS;
    let system = lab.system();
    (system.recovery_us, system.write_us, system.read_us, system.failback_after_us) = (50 * MS, MS, 500, None);
    lab
}

impl Lab {
    fn system(&mut self) -> &mut MasterStandby {
        match &mut self.0.system {
            Setup::MasterStandby(system) => system,
            Setup::SingleNode(_) => panic!("a single node has no options of a pair"),
        }
    }

    fn with(mut self, change: impl FnOnce(&mut MasterStandby)) -> Self {
        change(self.system());
        self
    }

    fn router(mut self, router: Router) -> Self {
        self.0.router = router;
        self
    }

    fn at(mut self, ms: u64, action: Action) -> Self {
        self.0.faults.scheduled.push(Scheduled::at(ms * MS, action));
        self
    }

    fn run(&self, until_ms: u64) -> Seen {
        self.0.validate().unwrap_or_else(|problems| panic!("{problems}"));
        let mut run = Run::new(&self.0, self.0.seed);
        let mut seen = Seen { run: run.clone(), notes: Vec::new(), events: Vec::new(), record: Record::default() };
        run.start(&mut seen);
        run.run_until(SimTime::from_us(until_ms * MS), &mut seen);
        assert!(seen.record.wrong.is_empty(), "{:?}", seen.record.wrong);
        seen.run = run;
        seen
    }
}

impl Seen {
    /// When it was said first, in microseconds.
    fn first(&self, what: impl Fn(MachineId, &Note) -> bool) -> Option<u64> {
        self.notes.iter().find(|(_, machine, note)| what(*machine, note)).map(|(at, ..)| *at)
    }

    fn count(&self, what: impl Fn(MachineId, &Note) -> bool) -> usize {
        self.notes.iter().filter(|(_, machine, note)| what(*machine, note)).count()
    }

    /// Who became master, and when.
    fn masters(&self) -> Vec<(u64, MachineId)> {
        let became = |(at, machine, note): &(u64, MachineId, Note)| {
            matches!(note, Note::BecameMaster { .. }).then_some((*at, *machine))
        };
        self.notes.iter().filter_map(became).collect()
    }

    fn role(&self, machine: MachineId) -> Option<Role> {
        self.run.world().machine(machine).process().map(ha_lab::ha::Node::role)
    }

    /// Writes of users and canaries that were done between the two times.
    fn writes_done(&self, from_ms: u64, to_ms: u64) -> usize {
        let done = |note: &Note| matches!(note, Note::Finished { kind: OpKind::Write, outcome: Outcome::Done, .. });
        self.notes.iter().filter(|(at, _, note)| (from_ms * MS..to_ms * MS).contains(at) && done(note)).count()
    }
}

/// Who is named is cut off from everybody else, and they stay together.
fn isolate(side: &[Target]) -> Action {
    let other = [Target::Node(0), Target::Node(1)].into_iter().find(|target| !side.contains(target));
    Action::Partition { groups: vec![other.into_iter().collect(), side.to_vec()] }
}

fn crash(on: Target) -> Action {
    Action::MachineCrash { on }
}

// ---- failover ------------------------------------------------------------------------------------------

#[test]
fn a_standby_takes_over_from_a_master_that_crashes() {
    let seen = lab().at(2_000, crash(Target::Master)).run(6_000);
    let [(0, A), (took_over, heir)] = seen.masters()[..] else { panic!("{:?}", seen.masters()) };
    assert!(
        heir != A && (2_200 * MS..3_000 * MS).contains(&took_over),
        "three missed heartbeats and a vote: {took_over}"
    );
    assert!(seen.writes_done(4_000, 6_000) > 20);
    assert!(seen.record.lost().is_empty());
}

#[test]
fn without_a_majority_nobody_takes_over() {
    let seen = lab().at(2_000, crash(Target::Node(0))).at(2_000, crash(Target::Node(2))).run(10_000);
    assert_eq!(seen.masters().len(), 1);
    assert_eq!(seen.writes_done(3_000, 10_000), 0);
}

#[test]
fn a_witness_makes_an_even_number_odd() {
    let pair = |standbys| lab().with(|system| system.standbys = standbys).at(2_000, crash(Target::Master));
    assert!(pair(1).run(6_000).masters().len() == 2, "the standby and the witness are two of three");
    let seen = pair(1).at(2_000, crash(Target::Witness)).run(6_000);
    assert_eq!(seen.masters().len(), 1, "the dead count among those of whom a majority is needed");
}

#[test]
fn a_cold_start_elects_a_master_and_only_one() {
    for decision in [Decision::Majority, Decision::Operator { reaction_lo_us: S, reaction_hi_us: S }] {
        let seen = lab().with(|system| (system.cold_start, system.decision) = (true, decision)).run(8_000);
        assert_eq!(seen.masters().len(), 1, "{decision:?}");
        assert!(seen.writes_done(5_000, 8_000) > 20);
    }
}

#[test]
fn a_single_node_is_down_until_it_is_up_again() {
    let mut lab = Lab(Scenario { system: Setup::SingleNode(SingleNode::default()), ..lab().0 });
    lab = lab.at(2_000, crash(Target::Master)).at(5_000, Action::Restart { on: Target::Node(0) });
    let seen = lab.run(9_000);
    assert_eq!(seen.writes_done(2_100, 5_000), 0);
    assert!(seen.writes_done(7_000, 9_000) > 20);
    assert!(seen.record.lost().is_empty(), "what is on its disk is still there");
}

#[test]
fn a_cold_standby_takes_over_late() {
    let late = lab().with(|system| system.standby = Standby { start_up_us: 3 * S, serves_reads: false });
    let seen = late.at(2_000, crash(Target::Master)).run(9_000);
    assert!((5_200 * MS..6_500 * MS).contains(&seen.masters()[1].0), "{:?}", seen.masters());
}

#[test]
fn an_operator_takes_their_time_and_does_not_act_when_the_master_was_only_silent() {
    let operator = |lo: u64, hi: u64| Decision::Operator { reaction_lo_us: lo * S, reaction_hi_us: hi * S };
    let night = lab().with(|system| system.decision = operator(4, 6));
    let seen = night.clone().at(2_000, crash(Target::Master)).run(12_000);
    assert!((6_200 * MS..9_000 * MS).contains(&seen.masters()[1].0), "{:?}", seen.masters());
    let seen = night.at(2_000, isolate(&[Target::Node(0)])).at(3_000, Action::Heal).run(12_000);
    assert!(seen.first(|_, note| matches!(note, Note::OperatorCalled { .. })).is_some());
    assert_eq!(seen.masters().len(), 1, "they were called, and found it well again");
}

#[test]
fn a_limit_that_is_too_tight_makes_the_role_flap() {
    let flap = |heartbeats| {
        let mut lab = lab().with(|system| {
            system.detection = Detection { heartbeat_us: 100 * MS, limit: SilenceLimit::Missed { heartbeats } };
        });
        // A network that now and then takes 150 ms longer.
        lab.0.network.between_nodes.hi_us = 150 * MS;
        lab.run(40_000)
    };
    let (tight, wide) = (flap(1), flap(5));
    let alarms = |seen: &Seen| seen.count(|_, note| matches!(note, Note::Suspected { .. }));
    assert!(alarms(&tight) > 100, "{}", alarms(&tight));
    assert!(tight.masters().len() > 2, "{:?}", tight.masters());
    assert_eq!((alarms(&wide), wide.masters().len()), (0, 1));
}

#[test]
fn phi_accrual_learns_what_a_fixed_limit_has_to_be_told() {
    let limit = SilenceLimit::Phi { threshold_milli: 8_000 };
    let mut lab = lab().with(|system| system.detection = Detection { heartbeat_us: 100 * MS, limit });
    lab.0.network.between_nodes.hi_us = 100 * MS;
    let seen = lab.at(20_000, crash(Target::Master)).run(26_000);
    assert_eq!(seen.masters().len(), 2, "no false alarm in twenty seconds, and the real one: {:?}", seen.masters());
}

// ---- planned ------------------------------------------------------------------------------------------

#[test]
fn a_switchover_loses_nothing_and_hardly_anybody_notices() {
    let seen = lab().at(2_000, Action::Switchover { to: Some(Target::Node(2)) }).run(6_000);
    let [(0, A), (took_over, C)] = seen.masters()[..] else { panic!("{:?}", seen.masters()) };
    assert!(took_over < 2_200 * MS, "{took_over}");
    assert!(seen.notes.iter().any(|(_, _, n)| matches!(n, Note::Fenced { by: FencedBy::Handover, .. })));
    assert!(seen.record.lost().is_empty());
    assert_eq!(seen.role(A), Some(Role::Standby));
}

#[test]
fn a_switchover_to_the_dead_is_given_up() {
    let seen = lab().at(2_000, crash(Target::Node(2))).at(3_000, Action::Switchover { to: Some(Target::Node(2)) });
    let seen = seen.run(8_000);
    assert_eq!(seen.masters().len(), 1);
    assert!(seen.first(|_, note| matches!(note, Note::SwitchoverFailed { to: C })).is_some());
    assert!(seen.writes_done(6_000, 8_000) > 20, "the master goes on");
}

#[test]
fn a_switchover_hands_the_lease_over_instead_of_waiting_for_its_end() {
    let lease = Lease { length_us: 2 * S, drift_ppm: 1_000 };
    let seen = lab().with(|system| system.fencing = Fencing { stonith: None, lease: Some(lease), epochs: true });
    let seen = seen.at(3_000, Action::Switchover { to: Some(Target::Node(1)) }).run(6_000);
    assert_eq!(seen.masters().len(), 2);
    assert!(seen.writes_done(3_500, 4_500) > 5, "half a second later it takes writes");
}

#[test]
fn failback_gives_the_role_back_to_the_preferred_master() {
    let seen = lab().with(|system| system.failback_after_us = Some(S));
    let seen = seen.at(2_000, crash(Target::Node(0))).at(5_000, Action::Restart { on: Target::Node(0) }).run(9_000);
    let masters: Vec<MachineId> = seen.masters().into_iter().map(|(_, id)| id).collect();
    assert!(masters.len() == 3 && masters[2] == A, "{masters:?}");
    assert!(seen.record.lost().is_empty());
}

// ---- the old master comes back ---------------------------------------------------------------------------

#[test]
fn an_old_master_throws_away_what_nobody_else_has() {
    // Cut off with a site, it acknowledges writes that its successor never sees.
    let lone = lab().with(|system| system.replication.mode = ReplicationMode::Async).router(Router::Discovery);
    let seen = lone.at(2_000, isolate(&[Target::Node(0), Target::Site(0)])).at(5_000, Action::Heal).run(9_000);
    let thrown = seen.notes.iter().find_map(|(_, machine, note)| match note {
        Note::Rewound { dropped, .. } if *machine == A => Some(*dropped),
        _ => None,
    });
    assert!(thrown.is_some_and(|dropped| dropped > 10), "{thrown:?}");
    assert!(seen.record.lost().len() > 10 && !seen.record.conflicts().is_empty(), "a split brain, and its price");
    assert!(
        seen.first(|m, note| m == A && matches!(note, Note::SteppedDown { why: StepDown::NewerEpoch, .. })).is_some()
    );
    let world = seen.run.world();
    let log = |id: MachineId| {
        world.machine(id).process().and_then(|node| node.data()).map(ha_lab::ha::master_standby::DataNode::log_end)
    };
    assert_eq!(seen.role(A), Some(Role::Standby));
    assert!(log(A).expect("it is up").epoch > 1);
}

#[test]
fn who_was_away_for_too_long_copies_all_the_data() {
    let mut busy = lab().with(|system| system.write_us = 100);
    busy.0.clients.mean_gap_us = Some(MS);
    busy.0.clients.read_permille = 0;
    let seen = busy.at(1_000, crash(Target::Node(2))).at(9_000, Action::Restart { on: Target::Node(2) }).run(12_000);
    assert!(seen.first(|machine, note| machine == C && matches!(note, Note::Copied { .. })).is_some());
    assert!(
        seen.first(|machine, note| machine == C && matches!(note, Note::CaughtUp { .. }))
            .is_some_and(|at| at < 12_000 * MS)
    );
}

#[test]
fn a_wiped_disk_does_not_vote_before_it_has_the_data_again() {
    // Node 1 loses its disk and then nobody else is left to elect the third one.
    let wiped = lab().at(2_000, Action::WipeDisk { on: Target::Node(1) }).at(2_100, crash(Target::Node(0)));
    let seen = wiped.at(2_500, Action::Restart { on: Target::Node(1) }).run(6_000);
    assert_eq!(seen.masters().len(), 1, "one vote of three: who forgot its promises gives none");
    // With a master there to copy from it is a voter again.
    let again = lab().at(2_000, Action::WipeDisk { on: Target::Node(1) });
    let again = again.at(2_500, Action::Restart { on: Target::Node(1) }).at(5_000, crash(Target::Node(0)));
    assert_eq!(again.run(9_000).masters().len(), 2);
}

// ---- frozen --------------------------------------------------------------------------------------------

#[test]
fn a_frozen_master_wakes_up_and_is_fenced() {
    let frozen =
        lab().at(2_000, Action::Freeze { on: Target::Node(0) }).at(5_000, Action::Thaw { on: Target::Node(0) });
    let seen = frozen.run(8_000);
    assert_eq!(seen.masters().len(), 2);
    let refused =
        |note: &Note| matches!(note, Note::StaleRefused { from: A, what: Stale::Append | Stale::Heartbeat, .. });
    assert!(seen.first(|_, note| refused(note)).is_some_and(|at| at >= 5_000 * MS));
    let stepped = seen.first(|m, note| m == A && matches!(note, Note::SteppedDown { why: StepDown::NewerEpoch, .. }));
    assert!(stepped.is_some_and(|at| at < 5_300 * MS));
    assert!(seen.record.lost().is_empty() && seen.record.conflicts().is_empty());
}

/// A master that is frozen in the middle of a write, which it had checked under a valid lease, and wakes up when
/// the lease is long over.
fn write_in_mid_step(route: Route) -> Seen {
    let lease = Lease { length_us: 300 * MS, drift_ppm: 1_000 };
    let mut lab = lab().with(|system| {
        system.replication.mode = ReplicationMode::Async;
        system.replication.durability = Durability::Received;
        system.fencing = Fencing { stonith: None, lease: Some(lease), epochs: true };
        system.write_us = 20 * MS;
    });
    lab.0.clients.timeout_us = 5 * S;
    (lab.0.clients.mean_gap_us, lab.0.clients.read_permille, lab.0.clients.canary_us) = (Some(300 * MS), 0, None);
    if route == Route::Direct {
        lab = lab.router(Router::Vip);
    }
    // Finds a moment in which the master is in the middle of a step.
    let mut run = Run::new(&lab.0, lab.0.seed);
    run.start(&mut ());
    run.run_until(SimTime::from_us(2 * S), &mut ());
    let in_a_write = |run: &Run| {
        let mut later = run.clone();
        later.run_until(run.now().after(15 * MS), &mut ());
        [run, &later].iter().all(|run| run.world().machine(A).is_in_step())
    };
    while !in_a_write(&run) {
        run.advance(&mut ());
    }
    let now_us = run.now().us() + 5 * MS;
    lab.0.faults.scheduled.push(Scheduled::at(now_us, Action::Freeze { on: Target::Node(0) }));
    let lab = lab.at(4_000, Action::Thaw { on: Target::Node(0) });
    lab.run(8_000)
}

#[test]
fn a_write_that_leaves_after_the_lease_ran_out_is_stopped_by_its_epoch() {
    let seen = write_in_mid_step(Route::Proxy);
    assert_eq!(seen.masters().len(), 2);
    let late = |note: &Note| matches!(note, Note::Acknowledged { pos, .. } if pos.epoch == 1);
    let late = seen.notes.iter().find(|(at, _, note)| *at >= 4_000 * MS && late(note)).map(|(at, ..)| *at);
    assert_eq!(late, Some(4_000 * MS), "checked two seconds ago, said now");
    let refused = |note: &Note| matches!(note, Note::StaleRefused { from: A, what: Stale::Response, .. });
    assert!(seen.first(|_, note| refused(note)).is_some(), "the proxy knows better");
    assert!(seen.record.conflicts().is_empty());
}

#[test]
fn where_clients_reach_the_old_master_directly_nothing_stops_that_write() {
    let seen = write_in_mid_step(Route::Direct);
    assert_eq!(seen.record.conflicts().len(), 1, "acknowledged, and superseded before it was");
    assert_eq!(seen.record.lost().len(), 1);
}

// ---- leases --------------------------------------------------------------------------------------------

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
    for seed in 0..runs(300) {
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

// ---- the law of semi-synchronous replication -------------------------------------------------------------

/// Acknowledging standbys + standby logs read at promotion > standbys, with the fewest logs that a majority reads.
fn law_holds(standbys: u8, acknowledging: u8) -> bool {
    let data = standbys + 1;
    let witness = u8::from(data.is_multiple_of(2));
    let majority = u8::midpoint(data, witness) + 1;
    // The master's own copy, and its own vote, count on both sides.
    acknowledging + 1 + (majority - witness) > data
}

fn with_acknowledging(standbys: u8, acknowledging: u8, seed: u64) -> Scenario {
    let cell = Cell { writes: Writes::TooFew, decider: Decider::Majority, fence: Fence::Epochs, route: Route::Direct };
    let mut scenario = stormy(cell, seed, EVERYTHING);
    let Setup::MasterStandby(system) = &mut scenario.system else { unreachable!() };
    system.standbys = standbys;
    system.replication.mode = ReplicationMode::SemiSync { standbys: acknowledging };
    // Actions on nodes that this system does not have fall away.
    let there = |target: &Target| !matches!(target, Target::Node(node) if *node > standbys);
    scenario.faults.scheduled.retain_mut(|scheduled| match &mut scheduled.action {
        Action::Partition { groups } => {
            for group in groups.iter_mut() {
                group.retain(there);
            }
            groups.retain(|group| !group.is_empty());
            groups.len() > 1
        }
        Action::Cut { from, to, .. } | Action::Mend { from, to, .. } => there(from) && there(to),
        Action::Loss { between, .. } | Action::Delay { between, .. } => there(&between.0) && there(&between.1),
        Action::ProcessCrash { on }
        | Action::MachineCrash { on }
        | Action::PowerLoss { on }
        | Action::Restart { on }
        | Action::Freeze { on }
        | Action::Thaw { on }
        | Action::SlowDisk { on, .. }
        | Action::DiskFull { on, .. }
        | Action::ClockRate { on, .. } => there(on),
        _ => true,
    });
    scenario
}

#[test]
fn acknowledging_standbys_plus_logs_read_more_than_standbys_loses_nothing_and_fewer_lose() {
    for standbys in 1..=4 {
        for acknowledging in 1..=standbys {
            let loses = |scenario: &Scenario| !observe(scenario).lost().is_empty();
            let seeds = if law_holds(standbys, acknowledging) { runs(60) } else { 3_000 };
            let found = (0..seeds).map(|seed| with_acknowledging(standbys, acknowledging, seed)).find(|s| loses(s));
            match (law_holds(standbys, acknowledging), found) {
                (true, Some(scenario)) => {
                    report(&format!("{acknowledging} of {standbys}: the law is broken"), &scenario, &loses);
                }
                (false, None) => panic!("{acknowledging} of {standbys}: no schedule with a loss was found"),
                _ => {}
            }
        }
    }
}

// ---- shooting ------------------------------------------------------------------------------------------

/// A pair that decides alone and shoots, and a link between them that is cut for ten seconds.
fn duel(stagger_us: u64, reboot: bool) -> Lab {
    let stonith = Stonith { delay_us: 200 * MS, stagger_us, reboot, ..Stonith::default() };
    let pair = lab().router(Router::Vip).with(|system| {
        system.standbys = 1;
        system.decision = Decision::Alone { canvass_us: 20 * MS };
        system.fencing = Fencing { stonith: Some(stonith), lease: None, epochs: true };
        system.replication.mode = ReplicationMode::Async;
    });
    pair.at(2_000, Action::Cut { from: Target::Node(0), to: Target::Node(1), both_ways: true }).at(12_000, Action::Heal)
}

fn shots(seen: &Seen) -> [usize; 2] {
    [A, B].map(|target| {
        let shot = |event: &Event<Ha>| matches!(event, Event::Fault { fault: Fault::PowerLoss(m), .. } if *m == target);
        seen.events.iter().filter(|(_, event)| shot(event)).count()
    })
}

#[test]
fn two_nodes_that_do_not_hear_each_other_shoot_each_other() {
    let seen = duel(0, false).run(12_000);
    assert_eq!(shots(&seen), [1, 1], "a fence race without a winner");
    assert_eq!(seen.writes_done(3_000, 12_000), 0);
}

#[test]
fn a_stagger_cures_the_fence_race() {
    let seen = duel(600 * MS, false).run(12_000);
    assert_eq!(shots(&seen), [0, 1], "the preferred one shoots first and lives");
    assert!(seen.writes_done(3_000, 12_000) > 100);
}

#[test]
fn whoever_boots_into_silence_shoots_first_and_asks_later() {
    // The fence loop: the loser comes up again, hears nobody, and shoots the winner. Leaving it off is the cure.
    for stagger_us in [0, 600 * MS] {
        let [of_a, of_b] = shots(&duel(stagger_us, true).run(12_000));
        assert!(of_a >= 3 && of_b >= 3, "{of_a} and {of_b}");
    }
}

#[test]
fn nobody_is_promoted_before_the_shot_is_confirmed_and_in_the_end_the_operator_is_called() {
    let stonith = Stonith { delay_us: 100 * MS, success_ppm: 0, tries: 2, operator_us: 3 * S, ..Stonith::default() };
    let broken = lab().with(|system| system.fencing = Fencing { stonith: Some(stonith), lease: None, epochs: true });
    let seen = broken.at(2_000, isolate(&[Target::Node(0), Target::Site(0)])).run(12_000);
    let failed = seen.count(|_, note| matches!(note, Note::FenceFailed { .. }));
    let called = seen.first(|_, note| matches!(note, Note::OperatorCalled { fencing: true, .. })).expect("called");
    let became = seen.masters()[1].0;
    assert!(failed >= 2 && became > called + 2 * S, "{failed} {called} {became}");
    assert_eq!(shots(&seen)[0], 1, "the operator pulls the plug");
    assert!(seen.record.conflicts().is_empty());
}

// ---- what redundancy does not help against ---------------------------------------------------------------

#[test]
fn a_gray_failure_is_missed_by_shallow_checks_and_caught_by_deep_ones() {
    let gray = |deep, hang| {
        let proxy = Proxy { proxies: 1, check_us: 100 * MS, check_timeout_us: 80 * MS, fall: 2, rise: 2, deep };
        lab().router(Router::Proxy(proxy)).at(2_000, Action::Gray { on: Target::Node(0), hang }).run(6_000)
    };
    for hang in [false, true] {
        let out = |seen: &Seen| seen.first(|_, note| matches!(note, Note::Health { node: A, up: false }));
        let shallow = gray(false, hang);
        assert_eq!((out(&shallow), shallow.writes_done(2_500, 6_000)), (None, 0), "everything looks well");
        assert!(out(&gray(true, hang)).is_some_and(|at| at < 2_500 * MS));
    }
}

#[test]
fn a_poison_write_reaches_every_standby_and_only_a_backup_helps_at_its_price() {
    let backup = Backup { every_us: 2 * S, restore_us: 2 * S };
    let poisoned = lab().with(|system| system.backup = Some(backup)).at(3_000, Action::PoisonWrite);
    let seen = poisoned.clone().at(5_000, crash(Target::Node(0))).run(9_000);
    assert_eq!(seen.count(|_, note| matches!(note, Note::Poisoned { .. })), 3);
    assert_eq!(seen.masters().len(), 2);
    assert_eq!(seen.writes_done(4_000, 9_000), 0, "a failover only changes who cannot serve");
    let seen = poisoned.at(5_000, Action::RestoreBackup { on: Target::Master }).run(12_000);
    assert!(seen.writes_done(8_000, 12_000) > 20);
    let lost = seen.record.lost();
    assert!(!lost.is_empty(), "all that was written between the backup and the poison");
    let world = seen.run.world();
    let poisoned = |id: &&MachineId| {
        world
            .machine(**id)
            .process()
            .and_then(|node| node.data())
            .is_some_and(ha_lab::ha::master_standby::DataNode::is_poisoned)
    };
    assert_eq!([A, B, C].iter().filter(poisoned).count(), 0, "the standbys follow the restored one");
}

#[test]
fn a_silent_fall_back_loses_what_strictness_keeps() {
    let pair = |fallback| {
        let pair = lab().with(|system| (system.standbys, system.replication.fallback) = (1, fallback));
        // The standby is away; the master goes on alone, or waits; then it dies and the standby is back.
        let pair = pair.at(2_000, crash(Target::Node(1))).at(5_000, Action::Restart { on: Target::Node(1) });
        pair.at(5_050, crash(Target::Node(0))).at(9_000, Action::Restart { on: Target::Node(0) }).run(14_000)
    };
    let degraded = pair(Fallback::Degrade { after_us: 300 * MS });
    assert!(degraded.first(|_, note| matches!(note, Note::Degraded { on: true, .. })).is_some(), "it says so");
    assert!(degraded.record.lost().len() > 20, "{}", degraded.record.lost().len());
    let strict = pair(Fallback::Strict);
    assert_eq!(strict.writes_done(2_500, 5_000), 0);
    assert!(strict.record.lost().is_empty());
}

#[test]
fn an_agreed_set_makes_degrading_cost_availability_instead_of_writes() {
    let pair = lab().with(|system| {
        system.standbys = 1;
        system.replication.mode = ReplicationMode::Sync;
        system.replication.fallback = Fallback::Degrade { after_us: 300 * MS };
    });
    let pair = pair.at(2_000, crash(Target::Node(1))).at(5_000, Action::Restart { on: Target::Node(1) });
    let seen = pair.at(5_050, crash(Target::Node(0))).at(9_000, Action::Restart { on: Target::Node(0) }).run(14_000);
    assert!(seen.writes_done(3_000, 5_000) > 10, "alone, and on record");
    assert_eq!(seen.writes_done(5_200, 9_000), 0, "who was left out of the set is not promoted");
    assert!(seen.writes_done(11_000, 14_000) > 10);
    assert!(seen.record.lost().is_empty());
}

// ---- routers and clients ---------------------------------------------------------------------------------

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

// ---- each mechanism, switched off -------------------------------------------------------------------------

/// The first of many random schedules in which it goes wrong.
fn first_failure(cell: Cell, change: impl Fn(&mut Scenario), wrong: impl Fn(&Record) -> bool) -> Option<u64> {
    (0..1_500).find(|seed| {
        let mut scenario = stormy(cell, *seed, EVERYTHING);
        change(&mut scenario);
        wrong(&observe(&scenario))
    })
}

fn system(scenario: &mut Scenario) -> &mut MasterStandby {
    match &mut scenario.system {
        Setup::MasterStandby(system) => system,
        Setup::SingleNode(_) => unreachable!("every cell is a pair or more"),
    }
}

const SAFE: Cell =
    Cell { writes: Writes::SemiSync, decider: Decider::Majority, fence: Fence::Epochs, route: Route::Proxy };

fn loses(record: &Record) -> bool {
    !record.ever_missing().is_empty()
}

#[test]
fn with_every_mechanism_on_nothing_is_lost() {
    for seed in 0..runs(150) {
        let scenario = stormy(SAFE, seed, EVERYTHING);
        if loses(&observe(&scenario)) {
            report("an acknowledged write was lost", &scenario, &|scenario| loses(&observe(scenario)));
        }
    }
}

#[test]
fn without_epochs_writes_are_lost() {
    assert!(first_failure(SAFE, |s| system(s).fencing.epochs = false, loses).is_some());
}

#[test]
fn without_a_majority_writes_are_lost() {
    let alone = |s: &mut Scenario| system(s).decision = Decision::Alone { canvass_us: 50 * MS };
    assert!(first_failure(SAFE, alone, loses).is_some());
}

#[test]
fn without_waiting_for_a_standby_writes_are_lost() {
    assert!(first_failure(SAFE, |s| system(s).replication.mode = ReplicationMode::Async, loses).is_some());
}

#[test]
fn without_strictness_writes_are_lost() {
    let degrade = |s: &mut Scenario| system(s).replication.fallback = Fallback::Degrade { after_us: 100 * MS };
    assert!(first_failure(SAFE, degrade, loses).is_some());
}

#[test]
fn without_waiting_for_the_disk_an_outage_of_the_zone_loses_writes() {
    // Both lose power at once, and what both had only in memory is gone.
    let outage = |durability| {
        let mut pair = lab().with(|system| (system.standbys, system.replication.durability) = (1, durability));
        pair.0.network.zones = vec![vec![Target::Node(0), Target::Node(1)]];
        pair.0.machines.sync_us = 100 * MS;
        pair.at(3_000, Action::ZoneDown { zone: 0 }).at(4_000, Action::ZoneUp { zone: 0 }).run(9_000)
    };
    let synced = outage(Durability::Synced);
    assert!(synced.record.lost().is_empty() && synced.writes_done(7_000, 9_000) > 10);
    assert!(!outage(Durability::Received).record.lost().is_empty());
}

#[test]
fn without_a_lease_a_master_that_is_cut_off_goes_on_acknowledging() {
    let leased = Cell { writes: Writes::Async, fence: Fence::LeaseEpochs, ..SAFE };
    let conflicts = |record: &Record| !record.conflicts().is_empty();
    let direct = Cell { route: Route::Direct, ..leased };
    assert!(first_failure(direct, |s| system(s).fencing.lease = None, conflicts).is_some());
}

/// What the master and its standbys are asked by hand outruns every vote.
#[test]
fn the_button_promotes_without_asking_anybody() {
    let seen =
        lab().at(2_000, isolate(&[Target::Node(2)])).at(2_500, Action::Promote { on: Target::Node(2) }).run(5_000);
    assert_eq!(seen.masters().len(), 2);
    assert_eq!(seen.masters()[1].1, C);
}
