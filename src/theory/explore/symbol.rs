//! The symbols of the formulas, and what they stand for now.

use super::answer::Answer;
use super::architecture::{Architecture, Inputs};
use super::input::Input;

/// A symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Symbol {
    /// Availability.
    A,
    /// Unavailability, 1 − A.
    U,
    /// Unavailability if the failover took no time.
    UPair,
    /// Unavailability of a majority without elections.
    UMajority,
    /// Unavailability without a common cause.
    UOwn,
    /// Mean up time.
    Mttf,
    /// Mean up time without the failures that all nodes have in common.
    MttfOwn,
    /// Mean down time.
    Mttr,
    /// MTTR divided by the mean up time.
    R,
    /// Failure rate of the standby divided by the master's.
    Alpha,
    /// Crews.
    M,
    /// A failover.
    Tf,
    /// A failover by hand.
    Tm,
    /// The interval of the standby's tests.
    Tt,
    /// A failback.
    Tb,
    /// An election.
    Te,
    /// Coverage.
    C,
    /// Nodes.
    N,
    /// Nodes that must be up.
    K,
    /// Probability that j nodes are down.
    P,
    /// How many nodes are down.
    J,
    /// The power of the load.
    Gamma,
    /// Share of failures with a common cause.
    Beta,
}

impl Symbol {
    /// All of them.
    pub const ALL: [Self; 23] = [
        Self::A,
        Self::U,
        Self::UPair,
        Self::UMajority,
        Self::UOwn,
        Self::Mttf,
        Self::MttfOwn,
        Self::Mttr,
        Self::R,
        Self::Alpha,
        Self::M,
        Self::Tf,
        Self::Tm,
        Self::Tt,
        Self::Tb,
        Self::Te,
        Self::C,
        Self::N,
        Self::K,
        Self::P,
        Self::J,
        Self::Gamma,
        Self::Beta,
    ];

    /// What it stands for, times in hours; none: it runs through values.
    pub fn value(self, inputs: &Inputs, answer: &Answer) -> Option<f64> {
        Some(match self {
            Self::A => answer.availability.up,
            Self::U => answer.availability.down,
            Self::UPair => answer.parts.both?,
            Self::UMajority => answer.parts.majority?,
            Self::UOwn => answer.parts.classroom.unwrap_or(answer.parts.own),
            Self::Mttf => inputs.up_hours(Input::Mttf),
            Self::MttfOwn => answer.parts.own_up_hours,
            Self::Mttr => inputs.hours(Input::Mttr),
            Self::R => answer.parts.ratio,
            Self::Alpha => match inputs.architecture {
                Architecture::Pair | Architecture::Failover => inputs.get(Input::Dormancy),
                _ => 1.0,
            },
            Self::M if inputs.architecture == Architecture::Failback => 2.0,
            Self::M => f64::from(inputs.crews()),
            Self::Tf => inputs.hours(Input::Failover),
            Self::Tm => inputs.hours(Input::Manual),
            Self::Tt => inputs.hours(Input::Test),
            Self::Tb => inputs.hours(Input::Failback),
            Self::Te => inputs.hours(Input::Election),
            Self::C => inputs.get(Input::Coverage),
            Self::N => f64::from(inputs.nodes()),
            Self::K if inputs.architecture == Architecture::KOfN => inputs.get(Input::Needed),
            Self::K => f64::from(inputs.nodes() / 2 + 1),
            Self::Gamma => inputs.get(Input::Gamma),
            Self::Beta => inputs.common_cause(),
            Self::P | Self::J => return None,
        })
    }
}
