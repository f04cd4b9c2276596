//! The boxes of the nines, and the bar that takes an outage apart.

use crate::ha::Config;
use crate::ha::cluster::registry;
use crate::ha::config::SystemKind;
use crate::ha::note::Note;
use crate::measure::{Incident, Phases};
use crate::player::Told;
use crate::sim::{Event, Micros, SimTime};

/// How full a box with a 9 in it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NineBox {
    /// From 0 to 1.
    pub fill: f64,
}

/// Five boxes for a number of nines: 1.2 nines fill one box and a fifth of the next.
///
/// Without any failure there is no such number; all boxes are full then.
pub fn nine_boxes(nines: Option<f64>) -> [NineBox; 5] {
    std::array::from_fn(|index| NineBox { fill: nines.map_or(1.0, |nines| (nines - index as f64).clamp(0.0, 1.0)) })
}

/// One phase of an outage, as a part of its bar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Part {
    /// Which phase.
    pub phase: usize,
    /// How long it took.
    pub us: u64,
    /// Its share of the bar.
    pub share: f64,
    /// Whether its number fits on it.
    pub labelled: bool,
}

/// The parts of a bar of `width` for phases of these lengths. Phases of length 0 have no part.
///
/// A short phase still gets a sliver that can be seen; the long ones pay for it.
pub fn parts(phases_us: &[u64], width: f64) -> Vec<Part> {
    let whole: u64 = phases_us.iter().sum();
    let least = 4.0 / width;
    let real = |us: u64| us as f64 / whole as f64;
    let present = || phases_us.iter().enumerate().filter(|(_, us)| **us > 0);
    let slivers = present().filter(|(_, us)| real(**us) < least).count() as f64;
    let rest: f64 = present().map(|(_, us)| real(*us)).filter(|share| *share >= least).sum();
    let scale = (1.0 - slivers * least) / rest.max(f64::EPSILON);
    present()
        .map(|(phase, us)| {
            let share = if real(*us) < least { least } else { real(*us) * scale };
            Part { phase, us: *us, share, labelled: share * width >= 38.0 }
        })
        .collect()
}

/// The phases of an outage that is not over: each ends at its milestone, the present one is still growing.
///
/// The ledger takes an outage apart when it is over and knows which promotion ended it; this is what can be said
/// before.
pub fn phases_so_far(incident: &Incident, now: SimTime, story: &[Told], config: &Config) -> Phases {
    let mut phases = Phases::default();
    let system = &config.system;
    if matches!(system, SystemKind::Pool(_)) {
        // Nobody will be promoted: what comes after the notice is repair.
        let noticed = incident.noticed.map_or(now, |at| at.clamp(incident.started, now));
        (phases.detect_us, phases.repair_us) = (noticed.since(incident.started), now.since(noticed));
        return phases;
    }
    let mut reached = incident.started;
    let begin = incident.fault_at.unwrap_or(incident.started).min(incident.started);
    let mut stage = 0;
    let first = story.partition_point(|told| told.at < begin);
    for told in &story[first..] {
        let Event::Note { machine, lane, note } = told.event else { continue };
        // In a cluster the manager says that the master is missed, and the rest is said by those who hold the shard.
        if config.cluster().is_some() {
            let expired = matches!(note, Note::Registry(registry::Note::Expired { .. }));
            let is_expiry = expired && incident.noticed == Some(told.at);
            let is_of_shard = lane == incident.shard && !config.layout.members.contains(&machine);
            if !is_expiry && (!is_of_shard || matches!(note, Note::Suspected { .. })) {
                continue;
            }
        }
        // Which milestone it is; a new suspicion after a failed attempt does not go back. Nobody is fenced in an ensemble.
        let milestone = match note {
            Note::Suspected { .. } | Note::Registry(registry::Note::Expired { .. }) => 1,
            Note::Decided { .. } if matches!(system, SystemKind::Ensemble(_)) => 3,
            Note::Decided { .. } => 2,
            Note::Fenced { .. } => 3,
            Note::BecameMaster { .. } => 4,
            Note::Routed { .. } if stage >= 4 => 5,
            _ => continue,
        };
        if milestone <= stage {
            continue;
        }
        let at = told.at.max(reached);
        let ends = if matches!(note, Note::Decided { .. }) { 1 } else { milestone - 1 };
        *phase(&mut phases, ends) += at.since(reached);
        reached = at;
        stage = milestone;
    }
    *phase(&mut phases, stage) += now.since(reached);
    phases
}

fn phase(phases: &mut Phases, index: usize) -> &mut Micros {
    match index {
        0 => &mut phases.detect_us,
        1 => &mut phases.decide_us,
        2 => &mut phases.fence_us,
        3 => &mut phases.promote_us,
        4 => &mut phases.redirect_us,
        _ => &mut phases.resume_us,
    }
}

/// The nines of a service with one such outage in every such stretch of time.
pub fn nines_of(outage_us: Micros, every_us: Micros) -> f64 {
    -libm::log10(outage_us.max(1) as f64 / (outage_us + every_us) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::player::{Player, StepBy};
    use crate::scenario::{parse, preset};

    #[test]
    fn the_parts_fill_the_bar() {
        for phases in [[2_710_000, 320_000, 0, 150_000, 400_000, 200_000, 0], [1, 0, 0, 9_999_999, 2, 0, 0]] {
            let parts = parts(&phases, 350.0);
            let sum: f64 = parts.iter().map(|part| part.share).sum();
            assert!((sum - 1.0).abs() < 1e-9);
            assert!(parts.iter().all(|part| part.share * 350.0 >= 3.9), "each can be seen");
            assert_eq!(parts.len(), phases.iter().filter(|us| **us > 0).count());
        }
        assert!(parts(&[0; 7], 350.0).is_empty());
    }

    #[test]
    fn nobody_is_fenced_while_an_elected_leader_takes_over() {
        let mut player = Player::new(parse(preset("leader-crash").unwrap().json).unwrap());
        // B is elected at 15.8 s, and serves a little later.
        let is_elected = |told: &Told| matches!(told.event, Event::Note { note: Note::Decided { .. }, .. });
        while !player.story().iter().any(is_elected) {
            assert!(player.step_forward(StepBy::Story), "somebody is elected");
        }
        player.seek(player.now().after(100_000));
        let incident = player.ledger().incidents().last().unwrap().clone();
        let phases = phases_so_far(&incident, player.now(), player.story(), player.world().config());
        assert!(incident.open() && phases.fence_us == 0 && phases.promote_us >= 100_000, "{phases:?}");
        assert_eq!(phases.sum_us(), incident.outage_us(player.now()));
    }

    #[test]
    fn one_and_a_fifth_nines_fill_as_many_boxes() {
        let fills = nine_boxes(Some(1.2)).map(|nine| nine.fill);
        assert!((fills[0] - 1.0).abs() < 1e-9 && (fills[1] - 0.2).abs() < 1e-9 && fills[2].abs() < 1e-9);
        assert!(nine_boxes(None).iter().all(|nine| (nine.fill - 1.0).abs() < 1e-9));
    }
}
