//! How often a property is tried at random. `HALAB_TIMES=40`, as `./dev prove` sets it, tries each forty times as often as
//! `./dev test` does; `HALAB_SEED=7` tries one seed alone.

#![allow(dead_code, reason = "no test needs all of it")]

use std::ops::Range;

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is a whole number, not {text:?}")))
}

/// `usual`, as many times as was asked for.
pub fn times(usual: u64) -> u64 {
    usual.saturating_mul(number("HALAB_TIMES").unwrap_or(1))
}

/// The seeds to try.
pub fn seeds(usual: u64) -> Range<u64> {
    match number("HALAB_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..times(usual),
    }
}
