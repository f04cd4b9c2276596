//! How requests are spread over the nodes, in a running system.

use super::{MS, S, Seen, crash, lab};
use ha_lab::ha::note::Note;
use ha_lab::scenario::{Retries, RetryBudget, Service, Strategy};

fn spread(strategy: Strategy, weights: &[u32]) -> Seen {
    let mut lab = lab().with(|pool| {
        pool.balancer.strategy = strategy;
        pool.balancer.weights = weights.to_vec();
    });
    lab.0.clients.mean_gap_us = Some(10 * MS);
    lab.run(20_000)
}

#[test]
fn every_strategy_gives_every_node_its_share() {
    for strategy in [Strategy::RoundRobin, Strategy::Random, Strategy::LeastConnections, Strategy::TwoChoices] {
        let shares = spread(strategy, &[]).shares(0, 20_000);
        let mean = shares.iter().sum::<usize>() / 3;
        // 4000 requests; a standard deviation of a third of them is 30.
        let far = if strategy == Strategy::RoundRobin { 1 } else { 120 };
        assert!(mean > 1_200 && shares.iter().all(|share| share.abs_diff(mean) <= far), "{strategy:?}: {shares:?}");
    }
}

#[test]
fn weights_are_shares() {
    let shares = spread(Strategy::Weighted, &[3, 2, 1]).shares(0, 20_000);
    let sixth = shares.iter().sum::<usize>() / 6;
    let right = shares.iter().zip([3, 2, 1]).all(|(share, weight)| share.abs_diff(weight * sixth) <= 8);
    assert!(right, "{shares:?}");
}

#[test]
fn who_counts_connections_spares_a_slow_node_and_who_takes_turns_does_not() {
    use ha_lab::scenario::Action;
    let with = |strategy| {
        let lab = lab().with(|pool| pool.balancer.strategy = strategy);
        lab.at(0, Action::Slow { on: super::node(0), permille: 10_000 }).run(10_000)
    };
    let turns = with(Strategy::RoundRobin);
    assert!(turns.ended(2_000, 10_000).1 > 20, "{:?}", turns.ended(2_000, 10_000));
    for strategy in [Strategy::LeastConnections, Strategy::TwoChoices] {
        let seen = with(strategy);
        let shares = seen.shares(2_000, 10_000);
        assert!(shares[0] * 2 < shares[1], "{strategy:?}: {shares:?}");
        assert!(seen.ended(2_000, 10_000).1 * 4 < turns.ended(2_000, 10_000).1, "{strategy:?}");
    }
}

#[test]
fn a_key_stays_where_it_is_and_only_the_lost_ones_move() {
    let hashed = |lost: bool| {
        let lab = lab().with(|pool| pool.balancer.strategy = Strategy::ConsistentHash);
        let lab = if lost { lab.at(0, crash(0)) } else { lab };
        lab.run(10_000)
    };
    let (whole, without) = (hashed(false).shares(2_000, 10_000), hashed(true).shares(2_000, 10_000));
    // The same requests at the same times: who is left keeps all of its own, and gets those of the lost one on top.
    assert!(without[0] == 0 && without[1] >= whole[1] && without[2] >= whole[2], "{whole:?} {without:?}");
    assert_eq!(whole.iter().sum::<usize>(), without.iter().sum::<usize>());
}

#[test]
fn the_balancers_retries_stay_within_their_budget() {
    let (share_permille, burst) = (100, 5);
    let lab = lab().with(|pool| {
        let budget = Some(RetryBudget { share_permille, burst });
        pool.balancer.retries = Some(Retries { most: 2, writes: true, budget });
        pool.balancer.check = None;
        (pool.worker.service_us, pool.worker.service) = (20 * MS, Service::Exponential);
    });
    let seen = lab.at(2_000, crash(0)).at(2_000, crash(1)).run(12_000);
    let requests = seen.count(|note| matches!(note, Note::Issued { id, .. } if !id.canary));
    let retries = seen.balancer(0).expect("it runs").retries() as usize;
    assert!(retries > 20, "{retries}");
    assert!(retries <= usize::from(burst) + requests * share_permille as usize / 1_000, "{retries} for {requests}");
    assert!(seen.sent.len() <= requests + retries);
    assert!(seen.first(|note| matches!(note, Note::RetriesStopped { on: true })).is_some_and(|at| at > 2 * S));
}
