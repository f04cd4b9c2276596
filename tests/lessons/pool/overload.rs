//! Capacity, and what happens beyond it.

use super::{Lab, MS, S, Seen, crash, lab, node, restart};
use ha_lab::ha::note::Note;
use ha_lab::ha::pool::inspect::{Pressure, load};
use ha_lab::measure::Cause;
use ha_lab::scenario::{Action, RetryBudget, Service, WarmUp};

/// Four nodes of two servers, 40 ms each: 200 requests a second. 149 come.
fn near_the_limit(budget: Option<RetryBudget>, seed: u64) -> Lab {
    let mut lab = lab().with(|pool| {
        pool.nodes = 4;
        (pool.worker.service_us, pool.worker.service) = (40 * MS, Service::Exponential);
        pool.worker.queue = 40;
        pool.balancer.timeout_us = 5 * S;
    });
    lab.0.seed = seed;
    lab.0.clients.mean_gap_us = Some(13_400);
    lab.0.clients.attempts = 4;
    lab.0.clients.retry_budget = budget;
    lab
}

fn done_at_the_end(seen: &Seen) -> u64 {
    let (done, failed) = seen.ended(35_000, 40_000);
    (done * 100 / (done + failed).max(1)) as u64
}

#[test]
fn losing_one_node_drowns_the_rest_and_its_return_does_not_help_but_a_budget_does() {
    for seed in 1..=5 {
        let storm = |budget| near_the_limit(budget, seed).at(5_000, crash(0)).at(15_000, restart(0)).run(40_000);
        let storm_without = storm(None);
        let one_less = storm_without.ended(0, 5_000);
        assert_eq!(one_less.1, 0, "seed {seed}: all is well before");
        assert!(done_at_the_end(&storm_without) < 60, "seed {seed}: {} %", done_at_the_end(&storm_without));
        let with = storm(Some(RetryBudget { share_permille: 100, burst: 10 }));
        assert!(done_at_the_end(&with) > 98, "seed {seed}: {} %", done_at_the_end(&with));
    }
}

#[test]
fn a_cascade_is_seen_coming() {
    let seen = near_the_limit(None, 1).run(6_000);
    let load = load(seen.run.world()).expect("a balancer runs");
    assert!((640..800).contains(&load.permille), "three quarters busy: {load:?}");
    assert!(load.one_less_permille.is_some_and(|one_less| (850..1_060).contains(&one_less)), "{load:?}");
    assert!(load.pressure() >= Pressure::Tight);
    let calm = lab().run(6_000);
    assert_eq!(self::load(calm.run.world()).map(|load| load.pressure()), Some(Pressure::Calm));
}

#[test]
fn too_many_requests_are_an_overload_not_a_fault() {
    let mut lab = near_the_limit(None, 1).at(5_000, Action::Load { permille: 2_000 });
    lab.0.clients.attempts = 1;
    let seen = lab.at(8_000, Action::Load { permille: 1_000 }).run(16_000);
    let incident = seen.ledger.incidents().first().expect("twice the load is too much");
    assert_eq!(incident.cause, Cause::Overload, "{incident:?}");
    let (done, failed) = seen.ended(12_000, 16_000);
    assert!(failed * 20 < done, "without retries it is over with the load: {done} done, {failed} failed");
}

#[test]
fn a_full_queue_refuses_at_once_instead_of_letting_wait() {
    let lab = lab().with(|pool| {
        (pool.nodes, pool.worker.service_us, pool.worker.queue) = (1, 100 * MS, 4);
        pool.balancer.timeout_us = 5 * S;
    });
    let mut most = 0;
    let seen = lab.run_while(4_000, |seen| {
        let worker = seen.worker(0).expect("it runs");
        assert!(worker.busy() <= 2 && worker.queued() <= 4, "{} {}", worker.busy(), worker.queued());
        assert!(worker.queued() == 0 || worker.busy() == 2, "nobody waits while a server is free");
        most = most.max(worker.queued());
    });
    assert_eq!(most, 4);
    assert!(seen.first(|note| matches!(note, Note::QueueFull { waiting: 4 })).is_some());
    // 20 requests a second can be served, 50 come. Who is served has waited for 4 others at most: 300 ms and the way.
    let (done, failed) = seen.ended(0, 4_000);
    assert!((70..=85).contains(&done) && failed > 60, "{done} done, {failed} failed");
    assert_eq!(
        seen.count(|note| matches!(note, Note::Finished { outcome: ha_lab::ha::note::Outcome::Unknown, .. })),
        0
    );
}

#[test]
fn a_slow_machine_serves_slowly() {
    let slow = lab().with(|pool| pool.balancer.check = None).at(2_000, Action::Slow { on: node(0), permille: 30_000 });
    let seen = slow.run(5_000);
    assert_eq!(seen.ended(0, 2_000).1, 0);
    assert!(seen.ended(3_000, 5_000).1 > 10, "600 ms are longer than anybody waits");
    assert!(seen.worker(0).is_some_and(|worker| worker.busy() == 2 && worker.queued() > 0));
}

#[test]
fn a_cold_node_drowns_in_its_share_unless_it_starts_slowly() {
    let back = |slow_start_us| {
        let mut lab = lab().with(|pool| {
            pool.worker.warm_up = Some(WarmUp { lasts_us: 3 * S, permille: 10_000 });
            pool.balancer.slow_start_us = slow_start_us;
            pool.balancer.timeout_us = 350 * MS;
        });
        lab.0.clients.mean_gap_us = Some(20 * MS);
        lab.at(2_000, crash(0)).at(3_000, restart(0)).run(10_000)
    };
    let (at_once, slowly) = (back(0), back(4 * S));
    assert!(at_once.ended(3_500, 10_000).1 > 10, "{:?}", at_once.ended(3_500, 10_000));
    assert_eq!(slowly.ended(3_500, 10_000).1, 0, "{:?}", slowly.ended(3_500, 10_000));
    let shares = slowly.shares(4_300, 5_300);
    assert!(shares[0] * 2 < shares[1], "few at first: {shares:?}");
    let shares = slowly.shares(8_500, 10_000);
    assert!(shares[0].abs_diff(shares[1]) <= 2, "then its share: {shares:?}");
}

#[test]
fn canaries_wait_like_users_but_take_no_capacity() {
    // One server, no queue, and a canary every 5 ms from each site: far more than one server could serve.
    let mut lone = lab().with(|pool| {
        (pool.nodes, pool.worker.servers, pool.worker.queue) = (1, 1, 0);
        pool.worker.service_us = 10 * MS;
    });
    lone.0.clients.sites = 1;
    lone.0.clients.canary_us = Some(5 * MS);
    lone.0.clients.mean_gap_us = None;
    let idle = lone.run(3_000);
    assert_eq!(idle.ledger.incidents().len(), 0, "{:?}", idle.ledger.incidents());
    assert_eq!(idle.count(|note| matches!(note, Note::QueueFull { .. })), 0);
    assert_eq!(idle.balancer(0).map(ha_lab::ha::pool::Balancer::sent_lately), Some(0), "they are no load");
    // Where users find no place, canaries find none either.
    lone.0.clients.mean_gap_us = Some(2 * MS);
    let busy = lone.run(3_000);
    assert_eq!(busy.ledger.incidents().first().map(|incident| incident.started.us() < S), Some(true));
}
