//! A session as JSON: what the page saves so that a restart can go to just before a defect.

use serde_json::{Value, json};

use super::Player;
use crate::scenario::{self, Action, LENGTHS, Problems, Scenario, Scheduled, to_value};
use crate::sim::SimTime;

/// Everything that decides a session: the rest is run again from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// What is played.
    pub scenario: Scenario,
    /// The seed of the run.
    pub seed: u64,
    /// The user's actions with their times.
    pub actions: Vec<(SimTime, Action)>,
    /// What redo brings back, the next one last.
    pub undone: Vec<(SimTime, Action)>,
    /// The playhead.
    pub now: SimTime,
}

/// Why a saved session cannot be taken up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// It is not JSON.
    #[error("the saved session is not JSON")]
    NotJson,
    /// A field is missing or of the wrong kind.
    #[error("the saved session has no usable {0}")]
    Field(&'static str),
    /// Its scenario or an action cannot be read.
    #[error("the saved session cannot be read: {0}")]
    Scenario(#[from] Problems),
}

/// Most items of a schedule in one document.
fn chunk() -> usize {
    LENGTHS.iter().find(|length| length.path == "faults.scheduled").map_or(1, |length| length.max)
}

fn write(actions: &[(SimTime, Action)]) -> Value {
    actions.iter().map(|(at, action)| json!({ "at_us": at.us(), "do": to_value(action) })).collect()
}

/// Actions are read as the schedule of their scenario: the same reader, the same checks.
fn read(document: &Value, list: &'static str) -> Result<Vec<(SimTime, Action)>, SessionError> {
    let items = document[list].as_array().ok_or(SessionError::Field(list))?;
    let mut scenario = document["scenario"].clone();
    let mut actions = Vec::with_capacity(items.len());
    for chunk in items.chunks(chunk()) {
        scenario["faults"] = json!({ "scheduled": chunk });
        let read = scenario::parse(&scenario.to_string())?.faults.scheduled;
        actions.extend(read.into_iter().map(|it| (SimTime::from_us(it.span_us().0), it.action)));
    }
    Ok(actions)
}

impl Session {
    /// As JSON.
    pub fn to_json(&self) -> String {
        json!({
            "session": 1,
            "scenario": to_value(&self.scenario),
            "seed": self.seed,
            "now_us": self.now.us(),
            "actions": write(&self.actions),
            "undone": write(&self.undone),
        })
        .to_string()
    }

    /// From JSON.
    ///
    /// # Errors
    ///
    /// Says what cannot be read.
    pub fn from_json(text: &str) -> Result<Self, SessionError> {
        let document: Value = serde_json::from_str(text).map_err(|_| SessionError::NotJson)?;
        if !document["scenario"].is_object() {
            return Err(SessionError::Field("scenario"));
        }
        let number = |field: &'static str| document[field].as_u64().ok_or(SessionError::Field(field));
        let session = Self {
            scenario: scenario::parse(&document["scenario"].to_string())?,
            seed: number("seed")?,
            actions: read(&document, "actions")?,
            undone: read(&document, "undone")?,
            now: SimTime::from_us(number("now_us")?),
        };
        let times = || session.actions.iter().chain(session.undone.iter().rev()).map(|(at, _)| *at);
        if times().is_sorted() { Ok(session) } else { Err(SessionError::Field("order of actions")) }
    }

    /// A player at the very start, with all actions still to come, and the moment to play to. That may take a
    /// while after a long session, so the page plays there in slices.
    pub fn resume(self) -> (Player, SimTime) {
        let mut player = Player::with_seed(self.scenario, self.seed);
        player.actions = self.actions;
        player.undone = self.undone;
        (player, self.now)
    }
}

impl Player {
    /// Everything that decides this session.
    pub fn session(&self) -> Session {
        Session {
            scenario: self.scenario.clone(),
            seed: self.seed,
            actions: self.actions.clone(),
            undone: self.undone.clone(),
            now: self.now(),
        }
    }

    /// The scenario with this seed, and with the user's actions in its schedule: what is saved as a file.
    ///
    /// At most as many actions as a schedule holds; the last ones go.
    pub fn as_scenario(&self) -> Scenario {
        let mut scenario = self.scenario.clone();
        scenario.seed = self.seed;
        let scheduled = &mut scenario.faults.scheduled;
        scheduled.extend(self.actions.iter().map(|(at, action)| Scheduled::at(at.us(), action.clone())));
        scheduled.truncate(chunk());
        scenario
    }
}
