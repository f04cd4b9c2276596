//! The ready scenarios as stories: each trace is a text in `tests/golden`, reviewed as prose.
//!
//! `UPDATE_GOLDEN=1 cargo test --test stories` writes texts and hashes anew.

#[path = "support/tell.rs"]
mod tell;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

use ha_lab::scenario::{Preset, Run, Scenario, parse, presets, trace_hash};
use ha_lab::sim::SimTime;
use tell::Teller;

/// How much of a scenario the hashes cover that every build and the browser have to reproduce.
const HASHED_US: u64 = 30_000_000;

fn golden(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden")).join(name)
}

fn update() -> bool {
    std::env::var_os("UPDATE_GOLDEN").is_some()
}

fn scenario(preset: &Preset) -> Scenario {
    parse(preset.json).unwrap_or_else(|problems| panic!("{}:\n{problems}", preset.name))
}

/// What the scenario says, and what comes of it.
fn story(preset: &Preset) -> String {
    let scenario = scenario(preset);
    let mut run = Run::new(&scenario, scenario.seed);
    let mut teller = Teller::new(run.layout(), scenario.seed);
    run.start(&mut teller);
    run.run_until(SimTime::from_us(scenario.until_us), &mut teller);
    teller.flush();
    let mut text = format!("# {}\n# {}\n#\n", preset.name, scenario.title.en);
    let _ = writeln!(text, "# system: {}", json(&scenario.system));
    if !run.layout().is_pool() {
        let _ = writeln!(text, "# router: {}", json(&scenario.router));
    }
    for scheduled in &scenario.faults.scheduled {
        let (from, to) = scheduled.span_us();
        let _ = writeln!(text, "# at {from}..{to} µs: {}", json(&scheduled.action));
    }
    let _ = writeln!(text, "# seed {}, until {} µs\n", scenario.seed, scenario.until_us);
    text.push_str(&teller.text);
    let _ = writeln!(text, "\nhash {:016x}", teller.hash());
    text
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("plain data")
}

#[test]
fn every_ready_scenario_tells_its_story() {
    let mut changed = Vec::new();
    for preset in presets() {
        let (told, path) = (story(preset), golden(&format!("{}.txt", preset.name)));
        let known = std::fs::read_to_string(&path).unwrap_or_default();
        if told == known {
            continue;
        }
        if update() {
            std::fs::write(&path, told).expect("writable");
            continue;
        }
        let line = told.lines().zip(known.lines()).position(|(told, known)| told != known).unwrap_or(0);
        let at = |text: &str| text.lines().nth(line).unwrap_or("(nothing)").to_owned();
        changed.push(format!("{} line {}:\n  was {}\n  is  {}", preset.name, line + 1, at(&known), at(&told)));
    }
    assert!(changed.is_empty(), "UPDATE_GOLDEN=1 writes them anew\n{}", changed.join("\n"));
}

/// The numbers that `tests/everywhere.rs` asserts in every build and in the browser.
#[test]
fn the_hashes_for_every_build_are_in_step() {
    let hashes: BTreeMap<&str, String> = presets()
        .iter()
        .map(|preset| (preset, scenario(preset)))
        .map(|(preset, scenario)| {
            (preset.name, format!("{:016x}", trace_hash(&scenario, scenario.seed, SimTime::from_us(HASHED_US))))
        })
        .collect();
    let text = serde_json::to_string_pretty(&hashes).expect("plain data") + "\n";
    if update() {
        std::fs::write(golden("hashes.json"), &text).expect("writable");
    }
    assert_eq!(std::fs::read_to_string(golden("hashes.json")).unwrap_or_default(), text, "UPDATE_GOLDEN=1 writes it");
}
