//! The years of a diagram agree with what theory says of it.

use super::*;
use crate::study::years::Study;
use crate::theory::explore::{Architecture, Input};

fn built(name: &str, architecture: Architecture, values: &[(Input, f64)]) -> Block {
    let mut inputs = Inputs::of(architecture);
    for (input, value) in values {
        inputs.set(*input, *value);
    }
    Block::built(name, inputs)
}

/// Two zones of a web server and a database each, and a pair with failover and a common cause behind them.
fn two_zones() -> Block {
    let zone = || Block::series("zone", vec![Block::part("web", 300.0, 5.0), Block::part("database", 900.0, 30.0)]);
    let common = [(Input::Mttf, 3.6e6), (Input::Mttr, 36_000.0), (Input::CommonCause, 0.1)];
    let queue = built("queue", Architecture::Failover, &common);
    let disks = Block::parallel("disks", 2, vec![Block::part("disk", 700.0, 20.0); 3]);
    Block::series("", vec![Block::parallel("zones", 1, vec![zone(), zone()]), queue, disks])
}

fn study(diagram: &Diagram, seed: u64, years: u64) -> DiagramStudy<'_> {
    DiagramStudy { diagram, seed, years }
}

/// A diagram of one plant is that plant: the same outages at the same times, year by year.
#[test]
fn a_diagram_of_one_plant_is_that_plant() {
    for architecture in crate::theory::blocks::ARCHITECTURES {
        let block = built("", architecture, &[(Input::Mttf, 3.6e5), (Input::Mttr, 36_000.0)]);
        let diagram = Diagram::of(&Block::series("", vec![block])).unwrap();
        let Diagram::Plant(plant) = &diagram.blocks()[0] else { panic!("a plant") };
        let alone = Study { plant, seed: 7, years: 12_000 }.run(1).unwrap();
        let DiagramTally { whole, hung_us } = study(&diagram, 7, 12_000).run(1).unwrap();
        let mut whole = whole;
        assert_eq!(std::mem::replace(&mut whole.cycles, alone.cycles).count, 0, "a diagram counts no cycles");
        assert_eq!(whole, alone, "{architecture:?}");
        assert_eq!(hung_us, [alone.down_in_all_us(); 2], "{architecture:?}: all of it hung on the only block");
    }
}

/// Over many seeds the intervals hold the exact value as often as they claim, and what hangs on each block is what theory
/// says of it.
#[test]
fn years_of_a_diagram_agree_with_theory() {
    let block = two_zones();
    let answer = block.answer().unwrap();
    let (exact, diagram) = (Exact::from(&answer), Diagram::of(&block).unwrap());
    let (seeds, mut covered, mut all) = (300, 0, DiagramTally::default());
    for seed in 0..seeds {
        let study = study(&diagram, seed, 500);
        let tally = study.run(1).unwrap();
        all.add(&tally);
        let (low, high) = study.report(tally, &exact).unwrap().interval().unwrap();
        covered += u32::from((low..=high).contains(&exact.down));
    }
    // 95 % of 300 within 3.3 standard deviations.
    assert!((273..=297).contains(&covered), "{covered} of {seeds}");
    let report = study(&diagram, 0, 1).report(all, &exact).unwrap();
    let off = |seen: f64, right: f64| (seen / right - 1.0).abs();
    assert!(off(report.estimate.unavailability, exact.down) < 0.005, "{:?} {exact:?}", report.estimate);
    assert!(off(report.estimate.outages_per_year, exact.outages_per_year) < 0.005, "{:?} {exact:?}", report.estimate);
    // The common cause makes two blocks of the pair that theory has as one.
    let mut number = 0;
    for ranked in &answer.blocks {
        let seen = report.of_downtime(number);
        assert!(off(seen, ranked.of_downtime) < 0.02, "{}: {seen} {}", ranked.name, ranked.of_downtime);
        number += if ranked.name == "queue" { 3 } else { 1 };
    }
    assert_eq!(number, diagram.count());
}

/// However many threads, the same bytes; and the way over the wire loses nothing.
#[test]
fn threads_and_wires_change_nothing() {
    let diagram = Diagram::of(&two_zones()).unwrap();
    let tally = study(&diagram, 3, 45_000).run(1).unwrap();
    assert_eq!(tally, study(&diagram, 3, 45_000).run(2).unwrap());
    let wire = serde_json::to_string(&tally).unwrap();
    assert_eq!(serde_json::from_str::<DiagramTally>(&wire).unwrap(), tally);
    let wire = serde_json::to_string(&diagram).unwrap();
    assert_eq!(serde_json::from_str::<Diagram>(&wire).unwrap(), diagram);
}

#[test]
fn what_cannot_be_simulated_is_named() {
    let many = built("", Architecture::KOfN, &[(Input::Nodes, 17.0)]);
    let fine = built("", Architecture::Coverage, &[(Input::Coverage, 0.999_999_9)]);
    let brief = Block::part("", 0.001, 0.001);
    let known = |down| {
        let known = Known { availability: Share::but(down), mttr_hours: 1.0 };
        Block { name: String::new(), kind: Kind::Known(known) }
    };
    let all = [(many, Why::Nodes), (fine, Why::Coverage), (brief, Why::Times), (known(1e-12), Why::Times)];
    for (block, why) in all {
        let part = Block::part("", 100.0, 1.0);
        let around = Block::series("", vec![part.clone(), Block::parallel("", 1, vec![part, block])]);
        assert_eq!(Diagram::of(&around), Err(Unsimulated { spot: vec![1, 1], why }));
    }
    assert!(Diagram::of(&known(0.01)).is_ok());
    assert_eq!(Diagram::Of { needed: 2, blocks: vec![] }.check(), Err(Undrawn::Needed));
    let part = Diagram::of(&Block::part("", 100.0, 1.0)).unwrap();
    assert_eq!(Diagram::Of { needed: 1, blocks: vec![part; 300] }.check(), Err(Undrawn::Blocks));
}
