//! Every order of events in small systems, tried one by one with `stateright` on the processes themselves.
#![cfg(not(target_arch = "wasm32"))]

mod local;
mod pair;
mod raft;
mod zab;

use std::fmt::Debug;
use std::hash::{Hash, Hasher};

use stateright::{Checker, HasDiscoveries, Model};

/// A digest that is the same in every run, and quick: each word is folded in with one long multiplication.
#[derive(Default)]
struct Folded(u64);

impl Hasher for Folded {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let word = chunk.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
            self.write_u64(word ^ (chunk.len() as u64) << 56);
        }
    }

    fn write_u64(&mut self, word: u64) {
        let product = u128::from(self.0 ^ word ^ 0x9E37_79B9_7F4A_7C15) * 0xD6E8_FEB8_6659_FD93;
        self.0 = (product as u64 ^ (product >> 64) as u64).rotate_left(23);
    }

    fn write_u8(&mut self, word: u8) {
        self.write_u64(word.into());
    }

    fn write_u32(&mut self, word: u32) {
        self.write_u64(word.into());
    }

    fn write_usize(&mut self, word: usize) {
        self.write_u64(word as u64);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

fn digest(value: &impl Hash) -> u64 {
    let mut hasher = Folded::default();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Explores all states; every property holds, and what has to be possible is.
fn prove<M>(name: &str, model: M)
where
    M: Model + Send + Sync + 'static,
    M::State: Clone + Debug + PartialEq + Hash + Send + Sync,
    M::Action: Clone + Debug + PartialEq,
{
    let checker = model.checker().threads(1).spawn_bfs().join();
    println!(
        "{name}: {} states, {} steps, depth {}",
        checker.unique_state_count(),
        checker.state_count(),
        checker.max_depth(),
    );
    checker.assert_properties();
}

/// Explores until something is found that breaks one of these properties, and tells how it comes about.
fn refute<M>(name: &str, model: M, properties: &[&'static str])
where
    M: Model + Send + Sync + 'static,
    M::State: Clone + Debug + PartialEq + Hash + Send + Sync,
    M::Action: Clone + Debug + PartialEq,
{
    let checker = model.checker().threads(1).finish_when(HasDiscoveries::AnyFailures).spawn_bfs().join();
    let found = properties.iter().find_map(|property| Some((property, checker.discovery(property)?)));
    let Some((property, path)) = found else {
        panic!("{name}: among {} states no failure", checker.unique_state_count());
    };
    println!("{name}: not so among {} states: {property}", checker.unique_state_count());
    for (step, act) in path.into_actions().iter().enumerate() {
        println!("  {step:>3}  {}", checker.model().format_action(act));
    }
}
