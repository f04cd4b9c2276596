//! What holds for every model and every chain, whatever its numbers: laws rather than values.
#![cfg(not(target_arch = "wasm32"))]

#[path = "support/often.rs"]
mod often;

use std::iter::zip;

use ha_lab::theory::article::Row;
use ha_lab::theory::models::{
    Alike, Coverage, Delay, Different, Failover, KOfN, Latent, Pair, QuorumLeader, Reliability, Run, Single, Standby,
    System, Theory, Timed,
};
use ha_lab::theory::{Chain, Model, Moment, Outputs, Share, Steady, Value, mean_hours_to_failure, reliability};

/// Numbers that look random and are the same each time (`SplitMix64`).
struct Draw {
    seed: u64,
    state: u64,
}

impl Draw {
    fn new(seed: u64) -> Self {
        Self { seed, state: seed }
    }

    fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.bits() % end
    }

    /// Between two powers of ten, each decade as likely.
    fn decades(&mut self, from: f64, to: f64) -> f64 {
        let share = self.bits() as f64 / u64::MAX as f64;
        libm::pow(10.0, from + share * (to - from))
    }
}

/// Runs a law for many draws. `HALAB_SEED=n` runs one alone.
fn for_each_seed(count: u64, law: impl Fn(&mut Draw)) {
    for seed in often::seeds(count) {
        law(&mut Draw::new(seed));
    }
}

#[track_caller]
fn same(draw: &Draw, what: &str, found: f64, right: f64, relative: f64) {
    assert!(
        (found - right).abs() <= relative * right.abs(),
        "{what}: found {found:e}, expected {right:e}, off by {:e}; HALAB_SEED={} cargo test --test theory_laws",
        (found / right - 1.0).abs(),
        draw.seed
    );
}

fn number(outputs: &Outputs, name: &str) -> f64 {
    match outputs.get(name) {
        Some(Value::Number(number)) => *number,
        Some(Value::Share(share)) => share.down,
        other => panic!("{name}: {other:?}"),
    }
}

fn unavailability(model: Model) -> f64 {
    let mut model = model;
    let outputs = model.solve().unwrap_or_else(|problems| panic!("{model:?}: {problems:?}"));
    number(&outputs, "availability")
}

/// A determinant in whole numbers, by the first row.
fn determinant(rows: &[Vec<i128>]) -> i128 {
    let Some((first, others)) = rows.split_first() else { return 1 };
    let without = |at: usize| others.iter().map(|row| [&row[..at], &row[at + 1..]].concat()).collect::<Vec<_>>();
    let terms = first.iter().enumerate().filter(|(_, entry)| **entry != 0);
    terms.map(|(at, entry)| if at % 2 == 0 { *entry } else { -*entry } * determinant(&without(at))).sum()
}

/// By the Markov chain tree theorem, a state weighs what the determinant of the rates without it is. Whole numbers have no
/// rounding, so this says what is right to the last digit, in chains whose rates are a millionfold apart.
#[test]
fn any_small_chain_is_solved_as_by_exact_arithmetic() {
    for_each_seed(500, |draw| {
        let states = 2 + draw.below(4) as usize;
        let mut rates = vec![vec![0_i128; states]; states];
        for (from, row) in rates.iter_mut().enumerate() {
            for (to, rate) in row.iter_mut().enumerate().filter(|(to, _)| *to != from) {
                // A ring, so that everything leads everywhere, and half of the others.
                if to == (from + 1) % states || draw.below(2) == 0 {
                    *rate = draw.decades(0.0, 6.0) as i128;
                }
            }
        }
        let mut chain = Chain::new();
        for state in 0..states {
            chain.state(state.to_string().into(), state == 0);
        }
        for (from, row) in rates.iter().enumerate() {
            for (to, rate) in row.iter().enumerate().filter(|(_, rate)| **rate > 0) {
                chain.arc(from, to, *rate as f64);
            }
        }
        let weight = |left_out: usize| {
            let kept: Vec<_> = (0..states).filter(|state| *state != left_out).collect();
            let row = |from: usize| -> Vec<i128> {
                let leaving = rates[from].iter().sum::<i128>();
                kept.iter().map(|to| if *to == from { leaving } else { -rates[from][*to] }).collect()
            };
            determinant(&kept.iter().map(|from| row(*from)).collect::<Vec<_>>())
        };
        let weights: Vec<_> = (0..states).map(weight).collect();
        let all: i128 = weights.iter().sum();
        let steady = Steady::of(&chain);
        for (state, weight) in weights.iter().enumerate() {
            same(draw, &format!("state {state}"), steady.probability(state), *weight as f64 / all as f64, 1e-14);
        }
    });
}

#[test]
fn a_pair_is_what_its_closed_form_says() {
    for_each_seed(300, |draw| {
        let (mttf_hours, mttr_hours) = (draw.decades(0.0, 6.0), draw.decades(-3.0, 3.0));
        let r = mttr_hours / mttf_hours;
        let pair = |standby, crews| Pair { mttf_hours, mttr_hours, crews, ..Pair::with(standby) };
        let alpha = draw.below(1_000) as f64 / 1_000.0;
        let warm = Pair { dormancy_factor: alpha, ..pair(Standby::Warm, 1) };
        let both = (1.0 + alpha) * r * r;
        same(draw, "warm", unavailability(Model::PairWarm(warm)), both / (1.0 + (1.0 + alpha) * r + both), 1e-14);
        let cold = unavailability(Model::PairCold(pair(Standby::Cold, 1)));
        same(draw, "cold", cold, r * r / (1.0 + r + r * r), 1e-14);
        let u = r / (1.0 + r);
        let hot = unavailability(Model::PairHot(pair(Standby::Hot, 2)));
        same(draw, "hot", hot, u * u, 1e-14);
        let one_crew = unavailability(Model::PairHot(pair(Standby::Hot, 1)));
        same(draw, "one crew", one_crew, 2.0 * r * r / (1.0 + 2.0 * r + 2.0 * r * r), 1e-14);
        assert!(cold < one_crew && hot < one_crew);
    });
}

/// The unit of time is nobody's business: everything a thousand times as slow is as available.
#[test]
fn an_availability_has_no_unit() {
    for_each_seed(200, |draw| {
        let (mttf_hours, mttr_hours) = (draw.decades(1.0, 4.0), draw.decades(-2.0, 2.0));
        let (failover_mean_seconds, manual_failover_mean_seconds) = (draw.decades(-2.0, 3.0), draw.decades(2.0, 4.0));
        let coverage = 1.0 - draw.decades(-6.0, -0.5);
        let at = |slow: f64| {
            Model::PairCoverage(Coverage {
                mttf_hours: slow * mttf_hours,
                mttr_hours: slow * mttr_hours,
                failover_mean_seconds: slow * failover_mean_seconds,
                coverage,
                manual_failover_mean_seconds: slow * manual_failover_mean_seconds,
                crews: 2,
            })
        };
        same(draw, "a thousand times as slow", unavailability(at(1_000.0)), unavailability(at(1.0)), 1e-14);
    });
}

#[test]
fn k_of_n_is_the_binomial_and_needing_fewer_helps() {
    for_each_seed(100, |draw| {
        let (mttf_hours, mttr_hours) = (draw.decades(1.0, 4.0), draw.decades(-1.0, 2.0));
        let n = 1 + draw.below(21) as u32;
        let node = Single { mttf_hours, mttr_hours }.availability();
        let mut before = 0.0;
        for k in 1..=n {
            let alike = Alike { n, k, mttf_hours, mttr_hours, crews: n, failures_while_down: true };
            let found = unavailability(Model::KOfN(KOfN::Alike(alike)));
            let different = Different { nodes: vec![node; n as usize], k };
            same(draw, &format!("{k} of {n}"), found, different.availability().down, 1e-13);
            assert!(found > before, "{k} of {n} must be less available than {} of {n}", k - 1);
            before = found;
        }
    });
}

fn majority(n: u32) -> Model {
    let k = n / 2 + 1;
    let nodes = Alike { n, k, mttf_hours: 1000.0, mttr_hours: 10.0, crews: n, failures_while_down: true };
    Model::KOfN(KOfN::Alike(nodes))
}

#[test]
fn four_nodes_are_worse_than_three_and_five_are_better() {
    let [three, four, five] = [3, 4, 5].map(|n| unavailability(majority(n)));
    assert!(four > 1.9 * three, "one node more that can fail, and still only one may");
    assert!(five < three / 20.0);
}

#[test]
fn more_nodes_do_not_make_elections_rarer() {
    let outages = |n: u32| {
        let ensemble = QuorumLeader {
            n,
            k: n / 2 + 1,
            mttf_hours: 1000.0,
            mttr_hours: 10.0,
            election_mean_seconds: 1.5,
            crews: n,
        };
        number(&Model::QuorumLeader(ensemble).solve().unwrap(), "outages_per_year_365d")
    };
    let [five, seven] = [5, 7].map(outages);
    assert!((8.75..8.78).contains(&five) && (8.75..8.78).contains(&seven), "one leader, one MTTF: {five}, {seven}");
}

/// Nodes that do not care for each other are at every moment as likely up together as each alone says: known in closed form,
/// from a millisecond, when an outage of both is all but impossible, to a century.
#[test]
fn at_any_moment_a_chain_of_independent_nodes_is_their_product() {
    for_each_seed(200, |draw| {
        let (mttf_hours, mttr_hours) = (draw.decades(0.0, 5.0), draw.decades(-3.0, 2.0));
        let hours = draw.decades(-6.0, 6.0);
        let rate = 1.0 / mttf_hours + 1.0 / mttr_hours;
        let down = -libm::expm1(-rate * hours) / mttf_hours / rate;
        let n = 1 + draw.below(7) as u32;
        let k = 1 + draw.below(u64::from(n)) as u32;
        let alike = Alike { n, k, mttf_hours, mttr_hours, crews: n, failures_while_down: true };
        let chain = KOfN::Alike(alike).chain().unwrap();
        let moment = Moment::of(&chain, hours);
        let nodes = vec![Share { up: 1.0 - down, down }; n as usize];
        let right = Different { nodes, k }.availability();
        same(draw, &format!("{k} of {n} after {hours} h"), moment.now.down, right.down, 1e-12);
        same(draw, "both together", moment.now.up + moment.now.down, 1.0, 1e-14);
        assert!(moment.so_far.down <= moment.now.down * (1.0 + 1e-12), "it only gets worse, so it was better before");
        same(draw, "all the time", moment.so_far.up + moment.so_far.down, 1.0, 1e-12);
    });
}

#[test]
fn the_interval_of_a_single_node_is_what_the_integral_says() {
    for_each_seed(200, |draw| {
        let node = Single { mttf_hours: draw.decades(0.0, 5.0), mttr_hours: draw.decades(-3.0, 2.0) };
        let x = draw.decades(-0.2, 7.0);
        let hours = x / (1.0 / node.mttf_hours + 1.0 / node.mttr_hours);
        let right = node.availability().down * (1.0 + libm::expm1(-x) / x);
        let moment = Moment::of(&node.chain().unwrap(), hours);
        same(draw, "down so far", moment.so_far.down, right, 1e-13);
    });
}

/// Failovers of a nanosecond beside nodes that live for a century: seventy squarings, and no digit lost.
#[test]
fn after_a_long_time_even_a_stiff_chain_is_where_it_stays() {
    for_each_seed(50, |draw| {
        let pair = Failover {
            mttf_hours: draw.decades(2.0, 6.0),
            mttr_hours: draw.decades(-2.0, 2.0),
            failover_mean_seconds: draw.decades(-9.0, 2.0),
            crews: 2,
            ..Failover::default()
        };
        let chain = pair.chain().unwrap();
        let steady = Steady::of(&chain).availability().down;
        same(draw, "in the end", Moment::of(&chain, 1e7).now.down, steady, 1e-13);
        same(draw, "on average", Moment::of(&chain, 1e9).so_far.down, steady, 1e-6);
    });
}

#[test]
fn mean_times_to_failure_are_those_of_the_books() {
    for_each_seed(300, |draw| {
        let (mttf_hours, mttr_hours) = (draw.decades(0.0, 6.0), draw.decades(-4.0, 2.0));
        let (l, m) = (1.0 / mttf_hours, 1.0 / mttr_hours);
        let c = 1.0 - draw.decades(-4.0, -0.1);
        for (system, right) in [
            (System::Single, 1.0 / l),
            (System::Parallel, (3.0 * l + m) / (2.0 * l * l)),
            (System::Cold, (2.0 * l + m) / (l * l)),
            (System::KOfN { n: 3, k: 2 }, (5.0 * l + m) / (6.0 * l * l)),
            (System::Coverage { coverage: c }, (l * (1.0 + 2.0 * c) + m) / (2.0 * l * (l + m * (1.0 - c)))),
        ] {
            let what = format!("{system:?}");
            let lasts = Reliability { mttf_hours, mttr_hours: Some(mttr_hours), ..Reliability::of(system) };
            // The last formula subtracts, so it is the one that loses digits.
            same(draw, &what, mean_hours_to_failure(&lasts.to_chain()), right, 1e-11);
        }
    });
}

#[test]
fn a_node_that_is_not_repaired_lasts_exponentially() {
    for_each_seed(100, |draw| {
        let node = Reliability { mttf_hours: draw.decades(-2.0, 5.0), ..Reliability::of(System::Single) };
        let ages = draw.decades(-12.0, 2.0);
        let share = reliability(&node.to_chain(), ages * node.mttf_hours);
        same(draw, "lasts", share.up, libm::exp(-ages), 1e-12);
        same(draw, "fails", share.down, -libm::expm1(-ages), 1e-13);
    });
}

/// In a short run a node fails once or not at all, so what is seen is all chance: a failure somewhere in the run, and down for
/// the rest of it. Where the series for short runs ends, the closed form for long ones must go on.
#[test]
fn a_short_run_is_all_chance_and_a_long_one_forgets_how_it_began() {
    let run = |x: f64| Run { mttf_hours: 100.0, mttr_hours: 10.0, run_hours: x / (1.0 / 100.0 + 1.0 / 10.0) };
    for x in [1e-9, 1e-6] {
        let short = run(x);
        let variance = short.run_hours / short.mttf_hours / 3.0;
        assert!((short.deviation() / variance.sqrt() - 1.0).abs() < x, "{x}: {}", short.deviation());
    }
    assert!((run(1e9).deviation() / run(1e9).deviation_of_long() - 1.0).abs() < 1e-8);
    let [before, after] = [run(1.0), run(1.0 + 1e-14)].map(|run| run.deviation());
    assert!((before / after - 1.0).abs() < 1e-13, "{before} {after}");
}

fn constant(failover_seconds: f64) -> Timed {
    Timed { mttf_hours: 1000.0, mttr_hours: 10.0, delay: Delay::Constant { failover_seconds }, crews: 2 }
}

#[test]
fn only_the_mean_of_a_short_failover_matters() {
    let exponential = |failover_mean_seconds| {
        Model::PairFailover(Failover {
            mttf_hours: 1000.0,
            mttr_hours: 10.0,
            failover_mean_seconds,
            crews: 2,
            ..Failover::default()
        })
    };
    for seconds in [1.0, 30.0] {
        let (fixed, random) =
            (unavailability(Model::PairConstant(constant(seconds))), unavailability(exponential(seconds)));
        assert!((fixed / random - 1.0).abs() < 1e-4, "{seconds} s: {fixed} and {random}");
    }
    // With hours against hours of repair, what varies is interrupted more often.
    let (fixed, random) =
        (unavailability(Model::PairConstant(constant(36_000.0))), unavailability(exponential(36_000.0)));
    assert!(fixed > 1.1 * random);
}

#[test]
fn a_heartbeat_of_no_period_is_noticed_after_its_timeout() {
    let delay = Delay::Heartbeat { heartbeat_seconds: 1e-9, timeout_seconds: 25.0, promote_seconds: 5.0 };
    let fine = unavailability(Model::PairHeartbeat(Timed { delay, ..constant(1.0) }));
    let fixed = unavailability(Model::PairConstant(constant(30.0)));
    assert!((fine / fixed - 1.0).abs() < 1e-11, "{fine} and {fixed}");
}

#[test]
fn a_standby_that_nobody_tests_costs_more_than_every_failover() {
    let minutes = |standby_test_mean_hours| {
        let pair = Latent {
            mttf_hours: 1000.0,
            mttr_hours: 10.0,
            failover_mean_seconds: 30.0,
            standby_test_mean_hours,
            crews: 2,
        };
        number(&Model::PairLatent(pair).solve().unwrap(), "downtime_minutes_per_year_365d").round() as u32
    };
    assert_eq!([minutes(24.0), minutes(720.0), minutes(8_760.0)], [114, 804, 1_258], "daily, monthly, yearly");
}

#[test]
fn a_better_standby_makes_the_articles_figure_fall_and_the_real_one_rise() {
    let rows = [1.0, 10.0, 100.0, 1e3, 1e4, 1e5, 1e6];
    let rows = rows.map(|mtbf_slave_hours| Row { mtbf_master_hours: 1000.0, mtbf_slave_hours, mttr_hours: 1.0 });
    for (worse, better) in zip(&rows, &rows[1..]) {
        assert!(better.article() < worse.article());
        assert!(better.pair().down < worse.pair().down);
        assert!(better.pair().down < better.master_alone().down, "any standby is better than none");
    }
    assert!((rows[3].article() - 0.5).abs() < 1e-15, "two equal nodes: one half, however good they are");
    assert!(rows[3].pair().nines() > 5.9);
}
