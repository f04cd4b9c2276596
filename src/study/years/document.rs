//! A plant as a document: JSON with the field names of [`Plant`], or a question as `theory` reads it.
//!
//! What is read can be simulated. What cannot is refused with the path of the field, what stands there and what would be
//! right.

use serde::Serialize;
use serde_json::{Value as Json, json};

use super::limits;
use super::plant::{Impossible, NODES, Plant, SHORTEST_US, Serving, Takeover};
use super::question::plant_of;
use super::times::Times;
use crate::scenario::{Expected, Problem, Problems, read_as};
use crate::theory::{self, Request};

/// Why there is no plant in a document.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Unreadable {
    /// It is none, or one that cannot be simulated.
    #[error("{0}")]
    Plant(#[from] Problems),
    /// It is a question to theory, and not in order.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Question(Vec<theory::Problem>),
}

/// Reads a plant, or a question `{"family": …, "params": …}` whose model can be simulated.
///
/// ```
/// use ha_lab::study::years::read_plant;
///
/// let node = r#"{"nodes": 1, "needed": 1, "crews": 1, "serving": "everybody",
///     "up": {"exponential": {"mean_us": 3600000000}}, "repair": {"constant": {"us": 60000000}}}"#;
/// assert_eq!(read_plant(node).unwrap().nodes, 1);
///
/// let said = read_plant(&node.replace("3600000000", "1")).unwrap_err().to_string();
/// assert!(said.starts_with(r#"up: found {"exponential":{"mean_us":1}}; expected a mean of at least a minute"#), "{said}");
/// ```
pub fn read_plant(text: &str) -> Result<Plant, Unreadable> {
    let is_question = || serde_json::from_str::<Json>(text).is_ok_and(|json| json.get("family").is_some());
    if text.len() <= limits::PLANT_BYTES && is_question() {
        let request = Request::parse(text).map_err(Unreadable::Question)?;
        if !request.t_hours.is_empty() {
            let expected =
                Expected::Other("the family of the model: years tell of the long run, not of an hour".to_owned());
            return Err(Problems(vec![problem("family", &"transient", expected)]).into());
        }
        let plant = plant_of(&request.model).map_err(|problem| Problems(vec![problem]))?;
        check(&plant)?;
        return Ok(plant);
    }
    let mut plant: Plant = read_as(text, limits::PLANT_BYTES)?;
    if let Serving::Leader(Takeover { by_hand, automatic, covered_ppm: 1_000_000.., .. }) = &mut plant.serving
        && *by_hand == Times::missing()
    {
        // It is never done by hand.
        *by_hand = automatic.clone();
    }
    check(&plant)?;
    Ok(plant)
}

/// All that keeps a plant from being simulated, with the fields' paths.
pub(super) fn check(plant: &Plant) -> Result<(), Problems> {
    let mut problems = Vec::new();
    let mut count = |field: &str, found: u8, max: u8| {
        if !(1..=max).contains(&found) {
            problems.push(problem(field, &found, Expected::Number { min: 1, max: max.into() }));
        }
    };
    count("nodes", plant.nodes, NODES);
    let nodes = plant.nodes.clamp(1, NODES);
    count("needed", plant.needed, nodes);
    count("crews", plant.crews, nodes);
    let mut lasting = |field: &str, times: Option<&Times>| {
        let Some(times) = times else { return };
        if *times == Times::missing() {
            let expected =
                Expected::Other("how long a takeover by hand takes, where covered_ppm is below 1000000".to_owned());
            problems.push(Problem { path: field.to_owned(), found: String::new(), expected });
        } else if let Some(right) = wrong_with(times) {
            problems.push(problem(field, times, Expected::Other(right.to_owned())));
        } else if is_long(field) && times.mean_us() < SHORTEST_US {
            let right = "a mean of at least a minute, 60000000 us".to_owned();
            problems.push(problem(field, times, Expected::Other(right)));
        }
    };
    lasting("up", Some(&plant.up));
    lasting("repair", Some(&plant.repair));
    lasting("common_cause", plant.common_cause.as_ref());
    for (place, node) in plant.each.iter().enumerate() {
        lasting(&format!("each[{place}].up"), node.up.as_ref());
        lasting(&format!("each[{place}].repair"), node.repair.as_ref());
    }
    for (place, cause) in plant.other_causes.iter().enumerate() {
        lasting(&format!("other_causes[{place}].up"), Some(&cause.up));
        lasting(&format!("other_causes[{place}].repair"), Some(&cause.repair));
    }
    for (place, zone) in plant.zones.iter().enumerate() {
        lasting(&format!("zones[{place}].up"), Some(&zone.up));
        lasting(&format!("zones[{place}].repair"), Some(&zone.repair));
    }
    for (place, support) in plant.supports.iter().enumerate() {
        lasting(&format!("supports[{place}].up"), Some(&support.up));
        lasting(&format!("supports[{place}].repair"), Some(&support.repair));
        lasting(&format!("supports[{place}].takeover"), Some(&support.takeover));
        lasting(&format!("supports[{place}].common_cause"), support.common_cause.as_ref());
        lasting(&format!("supports[{place}].goes_on"), support.goes_on.as_ref());
    }
    if let Some(maintenance) = &plant.maintenance {
        lasting("maintenance.every", Some(&maintenance.every));
        lasting("maintenance.takes", Some(&maintenance.takes));
        lasting("maintenance.switchover", Some(&maintenance.switchover));
    }
    if let Serving::Leader(takeover) = &plant.serving {
        lasting("serving.leader.automatic", Some(&takeover.automatic));
        lasting("serving.leader.by_hand", Some(&takeover.by_hand));
        lasting("serving.leader.restart", takeover.restart.as_ref());
        lasting("serving.leader.unseen_until", takeover.unseen_until.as_ref());
        lasting("serving.leader.failback.wait", takeover.failback.as_ref().map(|failback| &failback.wait));
        lasting("serving.leader.failback.takes", takeover.failback.as_ref().map(|failback| &failback.takes));
        if takeover.covered_ppm > 1_000_000 {
            let range = Expected::Number { min: 0, max: 1_000_000 };
            problems.push(problem("serving.leader.covered_ppm", &takeover.covered_ppm, range));
        }
    }
    for (place, zone) in plant.zones.iter().enumerate().filter(|(_, zone)| !zone.is_of(nodes)) {
        let right = format!("one or more of the nodes from 0 to {}, each once", nodes - 1);
        problems.push(problem(&format!("zones[{place}].nodes"), &zone.nodes, Expected::Other(right)));
    }
    let mut list = |field: &str, found: usize, max: usize| {
        if found > max {
            let (path, found) = (field.to_owned(), format!("{found} items"));
            problems.push(Problem { path, found, expected: Expected::List(Some(max)) });
        }
    };
    list("each", plant.each.len(), usize::from(nodes));
    list("other_causes", plant.other_causes.len(), limits::OTHER_CAUSES);
    list("zones", plant.zones.len(), limits::ZONES);
    if !(0.0..=10.0).contains(&plant.stress) {
        problems.push(problem("stress", &plant.stress, Expected::Other("a number from 0 to 10".to_owned())));
    }
    if !problems.is_empty() {
        return Err(Problems(problems));
    }
    // What is left ties fields together.
    plant.check().map_err(|wrong| {
        let said = wrong.to_string();
        let (field, right) = said.split_once(": expected ").unwrap_or(("", &said));
        let found = match (&wrong, &plant.serving) {
            (Impossible::OneServes, _) => plant.needed.into(),
            (Impossible::Dormancy, Serving::Leader(takeover)) => takeover.dormancy_factor.into(),
            (Impossible::Supports, _) => json!(plant.supports),
            (Impossible::Unseen, Serving::Leader(takeover)) => json!(takeover.unseen_until),
            _ => Json::from(plant.rest_while_down),
        };
        Problems(vec![problem(field, &found, Expected::Other(right.to_owned()))])
    })
}

/// Whether a field's times run while all is well; those have to last a minute.
fn is_long(field: &str) -> bool {
    matches!(field, "up" | "common_cause" | "maintenance.every")
        || ["].up", "].common_cause"].iter().any(|end| field.ends_with(end))
}

/// What would be right instead of times that cannot be drawn.
fn wrong_with(times: &Times) -> Option<&'static str> {
    if let Times::Empirical(list) = times
        && !(1..=limits::TIMES).contains(&list.len())
    {
        return Some("from 1 to 10000 times");
    }
    if times.is_possible() {
        return None;
    }
    Some(match times {
        Times::Exponential { .. } => "a mean of 1 us or more, and of less than ten thousand years",
        Times::Uniform { .. } => "lo_us not above hi_us, and less than ten thousand years",
        Times::Weibull { .. } => {
            "a shape from 0.1 to 100, and a scale of 1 us or more and less than ten thousand years"
        }
        Times::Lognormal { .. } => "a sigma from 0 to 5, and a median of 1 us or more and less than ten thousand years",
        Times::Constant { .. } | Times::Empirical(_) => "less than ten thousand years",
    })
}

fn problem(path: &str, found: &impl Serialize, expected: Expected) -> Problem {
    let mut found = serde_json::to_string(found).unwrap_or_default();
    if found.chars().count() > 60 {
        found = found.chars().take(60).chain(['…']).collect();
    }
    Problem { path: path.to_owned(), found, expected }
}
