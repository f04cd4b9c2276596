//! Elections against their closed forms (Ongaro, chapter 9): fixed latency, timers set afresh at one moment, timeouts
//! drawn evenly from a range, disks that take no time, no pre-vote.
//!
//! Of `n` servers `s` are up. The first timeout is expected after `1/(s+1)` of the range. The vote is split when so many
//! time out before the first request arrives that no majority is left for it: when `c = s - ⌊n/2⌋ + 1` servers do within
//! the one-way latency, `l` of the range. The distance from the least to the `c`th of `s` even draws is distributed
//! as the `(c-1)`th of `s`, which gives the sum below.

use ha_lab::ha::cluster::raft::{Note, Timing};

use super::net::{Lost, Net};
use super::plain;

const LO_US: u64 = 150_000;
const RANGE_US: u64 = 150_000;

fn choose(n: u32, k: u32) -> f64 {
    (0..k).map(|i| f64::from(n - i) / f64::from(k - i)).product()
}

/// P = Σ_{k = c-1}^{s} C(s,k) lᵏ (1-l)^{s-k}.
fn split_vote(n: u32, s: u32, l: f64) -> f64 {
    let c = s - n / 2 + 1;
    (c - 1..=s).map(|k| choose(s, k) * l.powi(k.cast_signed()) * (1.0 - l).powi((s - k).cast_signed())).sum()
}

/// When the first server campaigned, and whether the first term got a leader.
fn election(seed: u64, n: usize, s: usize, latency_us: u64) -> (u64, bool) {
    let mut net = Net::new(seed, plain(), n, n);
    assert!(matches!(net.config.timing, Timing::Continuous { election_lo_us: LO_US, election_hi_us: 300_000, .. }));
    (net.latency_us, net.sync_us) = ((latency_us, latency_us), (0, 0));
    (s..n).for_each(|node| net.crash(node, Lost::Nothing));
    net.run(LO_US + RANGE_US + 2 * latency_us + 1);
    let first = net.notes.iter().find(|(.., note)| matches!(note, Note::BecameCandidate { term: 1, .. }));
    let (at_us, ..) = *first.expect("within the range somebody times out");
    let elected = net.notes.iter().any(|(.., note)| matches!(note, Note::BecameLeader { term: 1, .. }));
    assert_eq!(net.checks.wrong, None, "seed {seed}");
    (at_us, elected)
}

/// Within four and a half standard deviations: a correct core misses that once in 150,000 times.
#[test]
fn split_votes_and_first_timeouts_are_as_often_and_as_late_as_computed() {
    const DEVIATIONS: f64 = 4.5;
    let runs = super::often::times(4_000);
    println!("   n  s  latency   split: computed  counted   bound   first: computed  measured   bound");
    for (n, s, latency_us) in
        [(3, 3, 15_000), (3, 2, 15_000), (5, 5, 30_000), (5, 5, 75_000), (5, 4, 15_000), (5, 3, 15_000), (7, 4, 5_000)]
    {
        let outcomes = (0..runs).map(|seed| election(seed, n, s, latency_us));
        let (mut split, mut first_us) = (0_u64, 0_u64);
        for (at_us, elected) in outcomes {
            split += u64::from(!elected);
            first_us += at_us - LO_US;
        }
        let count = runs as f64;
        let p = split_vote(n as u32, s as u32, latency_us as f64 / RANGE_US as f64);
        let counted = split as f64 / count;
        let bound = DEVIATIONS * (p * (1.0 - p) / count).sqrt();
        let s_f = s as f64;
        let (first, measured) = (RANGE_US as f64 / (s_f + 1.0), first_us as f64 / count);
        let deviation = RANGE_US as f64 * (s_f / (s_f + 2.0)).sqrt() / (s_f + 1.0);
        let first_bound = DEVIATIONS * deviation / count.sqrt();
        println!(
            "  {n:>2} {s:>2} {latency_us:>7} µs   {p:>13.4}  {counted:.4}  {bound:.4}  {first:>13.0} µs  {measured:.0} µs  \
             {first_bound:.0} µs"
        );
        let how = format!("n {n}, s {s}, latency {latency_us} µs, seeds 0..{runs}");
        assert!((counted - p).abs() <= bound, "split votes: computed {p:.4}, counted {counted:.4}, {how}");
        assert!((measured - first).abs() <= first_bound, "first timeout: computed {first:.0} µs, {measured:.0}, {how}");
    }
}
