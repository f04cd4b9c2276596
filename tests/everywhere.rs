//! What must be the same everywhere: these tests run natively in a debug build and in an optimised one, and in a browser.
//! Golden hashes belong here. `./dev test` runs all three; the attribute `test` is the browser's own there.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::{wasm_bindgen_test as test, wasm_bindgen_test_configure};

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test_configure!(run_in_browser);

#[test]
fn logarithms_have_the_same_bits() {
    assert_eq!(libm::log(3.0).to_bits(), 0x3ff1_93ea_7aad_030a);
}

/// Thirty simulated seconds of every ready scenario. `UPDATE_GOLDEN=1 cargo test --test stories` writes the numbers.
#[test]
fn every_ready_scenario_has_the_same_trace() {
    let golden: serde_json::Value = serde_json::from_str(include_str!("golden/hashes.json")).expect("JSON");
    for preset in ha_lab::scenario::presets() {
        let scenario = ha_lab::scenario::parse(preset.json).expect("a valid scenario");
        let until = ha_lab::sim::SimTime::from_us(30_000_000);
        let hash = format!("{:016x}", ha_lab::scenario::trace_hash(&scenario, scenario.seed, until));
        assert_eq!(golden[preset.name].as_str(), Some(hash.as_str()), "{}", preset.name);
    }
}

/// The digits of every reference question: sums and products of floats, and the functions of `libm`.
#[test]
fn theory_answers_with_the_same_digits() {
    let text = ha_lab::theory::answer(include_str!("oracles/availability.json")).expect("answers");
    // FNV-1a.
    let hash = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    assert_eq!(format!("{hash:016x}"), "cc299b0ba5816a30", "{text}");
}

/// Three thousand years of a plant with times of every kind.
#[test]
fn years_come_to_the_same_sums() {
    use ha_lab::study::years::{Plant, Serving, Study, Takeover, Times};
    let hour_us = 3_600_000_000;
    let plant = Plant {
        nodes: 3,
        needed: 1,
        crews: 1,
        up: Times::Weibull { shape: 1.5, scale_us: 2_000 * hour_us },
        repair: Times::Lognormal { median_us: 4 * hour_us, sigma: 1.2 },
        stress: 0.5,
        rest_while_down: false,
        common_cause: Some(Times::Exponential { mean_us: 20_000 * hour_us }),
        each: Vec::new(),
        other_causes: Vec::new(),
        zones: Vec::new(),
        maintenance: None,
        supports: Vec::new(),
        serving: Serving::Leader(Takeover {
            covered_ppm: 950_000,
            by_hand: Times::Uniform { lo_us: hour_us / 4, hi_us: hour_us },
            ..Takeover::lasting(Times::Empirical(vec![9_000_000, 11_000_000, 30_000_000]))
        }),
    };
    let tally = Study { plant: &plant, seed: 11, years: 3_000 }.run(1).expect("a plant that can be simulated");
    let sums = (tally.failures, tally.outages, tally.down_in_all_us(), tally.year_squared);
    assert_eq!(sums, (46_380, 19_235, 44_873_042_059_285, 5_974_984_206_509_404_621_634_831));
}
