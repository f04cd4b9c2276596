//! Proof that the registry does what it says: lessons of one registry, random orders, and members with their clients in
//! the lab's own simulator.

mod clients;
mod faults;
mod lessons;
mod random;
mod stand;

/// How often a property is tried; `./dev prove` sets `HALAB_RUNS` far higher.
fn seeds(usual: u64) -> std::ops::Range<u64> {
    let number = |name| std::env::var(name).ok().and_then(|text: String| text.parse::<u64>().ok());
    match number("HALAB_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("HALAB_RUNS").unwrap_or(usual),
    }
}
