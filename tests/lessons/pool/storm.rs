//! Whatever goes wrong, in any pool: what always holds, looked at every 10 ms; and when all is mended, all is well.
//!
//! `HALAB_SEED=n cargo test --test lessons pool::storm` replays one seed.

use super::{Lab, MS, S, lab, node};
use crate::often::seeds;
use ha_lab::ha::pool::health::most_ejected;
use ha_lab::ha::pool::inspect;
use ha_lab::scenario::{Action, Ejection, Retries, RetryBudget, Service, Strategy, Target, WarmUp};
use ha_lab::sim::{Dice, Domain};

const HEALED_MS: u64 = 6_000;
/// Ejections, probations and what waits in queues are over by then.
const WELL_MS: u64 = 12_000;
const END_MS: u64 = 14_000;

fn stormy(seed: u64) -> Lab {
    let mut dice = Dice::keyed(seed, Domain::Step, 0, 0);
    let mut draw = |n: u64| dice.below(n);
    let nodes = 1 + draw(8) as u8;
    let mut lab = lab().with(|pool| {
        pool.nodes = nodes;
        let strategies = [
            Strategy::RoundRobin,
            Strategy::Weighted,
            Strategy::Random,
            Strategy::LeastConnections,
            Strategy::TwoChoices,
            Strategy::ConsistentHash,
        ];
        pool.balancer.strategy = strategies[draw(6) as usize];
        if pool.balancer.strategy == Strategy::Weighted {
            pool.balancer.weights = (0..draw(u64::from(nodes) + 1)).map(|index| 1 + index as u32).collect();
        }
        pool.balancer.balancers = 1 + draw(2) as u8;
        if draw(4) == 0 {
            pool.balancer.check = None;
        } else {
            pool.balancer.check.as_mut().unwrap().deep = draw(2) == 0;
        }
        let ejection =
            Ejection { failures: 1 + draw(5) as u8, base_us: 300 * MS, share_permille: 250 * draw(5) as u32 };
        pool.balancer.ejection = (draw(2) == 0).then_some(ejection);
        let budget = RetryBudget { share_permille: 100 * draw(5) as u32, burst: draw(20) as u16 };
        let budget = (draw(2) == 0).then_some(budget);
        let retries = Retries { most: 1 + draw(7) as u8, writes: draw(2) == 0, budget };
        pool.balancer.retries = (draw(3) > 0).then_some(retries);
        pool.balancer.slow_start_us = [0, S][draw(2) as usize];
        pool.worker.service = [Service::Fixed, Service::Exponential][draw(2) as usize];
        pool.worker.servers = 1 + draw(4) as u8;
        pool.worker.queue = draw(30) as u16;
        pool.worker.warm_up = (draw(2) == 0).then_some(WarmUp { lasts_us: S, permille: 4_000 });
    });
    lab.0.seed = seed;
    lab.0.clients.mean_gap_us = Some(100 * MS + 20 * MS * draw(4));
    lab.0.clients.attempts = 1 + draw(2) as u8;
    let balancers = if let ha_lab::scenario::Setup::Pool(pool) = &lab.0.system { pool.balancer.balancers } else { 1 };
    for _ in 0..2 + draw(10) {
        let at = 500 + draw(HEALED_MS - 500);
        let on = if draw(5) == 0 {
            Target::Balancer(draw(u64::from(balancers)) as u8)
        } else {
            node(draw(u64::from(nodes)) as u8)
        };
        let worker = node(draw(u64::from(nodes)) as u8);
        let site = Target::Site(draw(2) as u8);
        lab = lab.at(
            at,
            match draw(14) {
                0 => Action::ProcessCrash { on },
                1 => Action::MachineCrash { on },
                2 => Action::Restart { on },
                3 => Action::Freeze { on },
                4 => Action::Thaw { on },
                5 => Action::Slow { on: worker, permille: 1_000 + 1_000 * draw(30) as u32 },
                6 => Action::Gray { on: worker, hang: draw(2) == 0 },
                7 => Action::Recover { on: worker },
                8 => Action::Drain { on: worker },
                9 => Action::Ready { on: worker },
                10 => Action::Cut { from: on, to: site, both_ways: draw(2) == 0 },
                11 => Action::Partition { groups: vec![vec![site], vec![on]] },
                12 => Action::Load { permille: 500 * draw(12) as u32 },
                _ => Action::BadRelease,
            },
        );
    }
    lab = lab.at(HEALED_MS, Action::Heal).at(HEALED_MS, Action::RollBack);
    lab = lab.at(HEALED_MS, Action::Load { permille: 1_000 });
    for index in 0..nodes {
        let on = node(index);
        lab = lab.at(HEALED_MS, Action::Thaw { on }).at(HEALED_MS, Action::Restart { on });
        lab = lab.at(HEALED_MS, Action::Slow { on, permille: 1_000 });
    }
    for index in 0..balancers {
        let on = Target::Balancer(index);
        lab = lab.at(HEALED_MS, Action::Thaw { on }).at(HEALED_MS, Action::Restart { on });
    }
    for index in 0..nodes {
        // When every balancer runs, so that each hears it.
        lab = lab.at(HEALED_MS + 1_000, Action::Ready { on: node(index) });
    }
    lab
}

fn check(seed: u64) -> Result<(), String> {
    let lab = stormy(seed);
    let mut wrong = None;
    let seen = lab.run_while(END_MS, |seen| {
        let options = inspect::options(seen.run.world()).expect("it is a pool");
        for index in 0..seen.run.layout().data.len() {
            let Some(worker) = seen.worker(index) else { continue };
            let (busy, queued) = (worker.busy(), worker.queued());
            if busy > options.worker.servers || queued > options.worker.queue.max(1) {
                wrong = Some(format!("{busy} servers busy, {queued} wait"));
            }
            if queued > 0 && busy < options.worker.servers {
                wrong = Some(format!("{queued} wait while a server is free"));
            }
        }
        for (_, balancer) in inspect::balancers(seen.run.world()) {
            let out = balancer.backends().iter().filter(|backend| backend.outlier.is_out()).count();
            let most =
                options.balancer.ejection.map_or(0, |ejection| most_ejected(balancer.backends().len(), ejection));
            if out > most {
                wrong = Some(format!("{out} are ejected, {most} may be"));
            }
        }
    });
    if let Some(wrong) = wrong {
        return Err(wrong);
    }
    // 20 requests a second come to servers that serve 50 each; where none may wait, some are refused even so.
    let light = inspect::options(seen.run.world()).is_some_and(|options| options.worker.queue >= 10);
    let (done, failed) = seen.ended(WELL_MS, END_MS);
    if light && (done == 0 || failed > 0) {
        return Err(format!("all was mended, and of {} requests {failed} fail", done + failed));
    }
    for (_, balancer) in inspect::balancers(seen.run.world()) {
        if let Some(stuck) = balancer.backends().iter().find(|backend| backend.active[0] > 60 || !backend.is_in()) {
            return Err(format!("a node is not used, or forgotten requests count: {stuck:?}"));
        }
    }
    Ok(())
}

#[test]
fn what_always_holds_and_all_is_well_when_all_is_mended() {
    for seed in seeds(150) {
        if let Err(wrong) = check(seed) {
            let again = format!("HALAB_SEED={seed} cargo test --test lessons pool::storm");
            panic!("seed {seed}: {wrong}\n{again}\n{}", stormy(seed).0.to_json());
        }
    }
}
