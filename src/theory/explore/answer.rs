//! What theory answers: the availability, how often it breaks, and what each cause contributes.

use super::super::decimal;
use super::super::models::{Different, Model, Single};
use super::super::outputs::{Value, YEAR_HOURS};
use super::super::problem::Wrong;
use super::super::share::Share;
use super::super::steady::Steady;
use super::super::{chain::Chain, limits};
use super::architecture::{Architecture, Inputs};
use super::input::Input;

/// What is wrong, and with which input; none: with all of them together.
#[derive(Clone, Debug, PartialEq)]
pub struct Complaint {
    /// The input.
    pub input: Option<Input>,
    /// What is wrong with it.
    pub wrong: Wrong,
}

/// Why the service is down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The only node is in repair.
    NodeDown,
    /// Only this part of a row is down, counted from 0.
    Part(u8),
    /// Several parts of a row are down.
    Parts,
    /// The standby is being promoted.
    Failover,
    /// The failover did not work by itself and waits for a human.
    ByHand,
    /// The standby turned out to be dead.
    InVain,
    /// The service goes back to its preferred master.
    Failback,
    /// Both nodes, or all of them, are down.
    AllDown,
    /// One node too few is up.
    OneTooFew,
    /// More than one node too few is up.
    TooFew,
    /// A leader is being elected.
    Election,
    /// No majority is up.
    NoMajority,
    /// All nodes failed together.
    Common,
}

/// A period for which downtime is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// 365 days.
    Year,
    /// 30 days.
    Month,
    /// Seven days.
    Week,
    /// One day.
    Day,
}

impl Period {
    /// From the longest.
    pub const ALL: [Self; 4] = [Self::Year, Self::Month, Self::Week, Self::Day];

    /// Its length in seconds.
    pub fn seconds(self) -> f64 {
        let days = match self {
            Self::Year => 365.0,
            Self::Month => 30.0,
            Self::Week => 7.0,
            Self::Day => 1.0,
        };
        days * 86_400.0
    }
}

/// What theory says of an architecture.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The share of the time in which the service is up.
    pub availability: Share,
    /// How often it breaks in a year of 365 days.
    pub outages_per_year: f64,
    /// What each cause adds to the unavailability, in the order of the model; none is 0.
    pub causes: Vec<(Cause, f64)>,
    /// For a pool: the share of the time in which the whole load is served.
    pub in_full: Option<Share>,
    /// What stands in the formula.
    pub parts: Parts,
}

/// The pieces of an architecture's formula.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Parts {
    /// Mean up time of a node without the failures that all have in common, in hours.
    pub own_up_hours: f64,
    /// MTTR divided by that: r.
    pub ratio: f64,
    /// Unavailability of a pair whose failover takes no time.
    pub both: Option<f64>,
    /// Unavailability of a majority without elections.
    pub majority: Option<f64>,
    /// The unavailability by the formula for the classroom, where the exact one is a chain; without a common cause.
    pub classroom: Option<f64>,
    /// The unavailability without a common cause, exactly.
    pub own: f64,
    /// The unavailability of what the nodes have in common.
    pub common: f64,
}

impl Parts {
    /// The unavailability by the formula for the classroom, with a common cause.
    pub fn approximation(&self) -> Option<f64> {
        self.classroom.map(|own| Share::but(own).and(Share::but(self.common)).down)
    }
}

impl Answer {
    /// Mean time down within a period, in seconds.
    pub fn downtime_s(&self, period: Period) -> f64 {
        self.availability.down * period.seconds()
    }

    /// Mean length of an outage, in seconds.
    pub fn outage_s(&self) -> f64 {
        self.availability.down * Period::Year.seconds() / self.outages_per_year
    }

    /// Mean time from the end of an outage to the next, in seconds.
    pub fn up_s(&self) -> f64 {
        self.availability.up * Period::Year.seconds() / self.outages_per_year
    }
}

impl Inputs {
    /// Checks the inputs and answers.
    pub fn answer(&self) -> Result<Answer, Vec<Complaint>> {
        let complaints = self.complaints();
        if !complaints.is_empty() {
            return Err(complaints);
        }
        let beta = self.common_cause();
        if let Err(problems) = self.model(1.0).solve() {
            let told =
                problems.into_iter().map(|problem| Complaint { input: of_field(&problem.field), wrong: problem.wrong });
            return Err(told.collect());
        }
        let model = self.model(1.0 / decimal::complement(beta));
        let mut answer = match &model {
            Model::Series(series) => in_a_row(&series.components),
            _ => of_chain(self.architecture, self.nodes() - needed(self), &model.chain().unwrap_or_default()),
        };
        if let Model::LoadShared(_) = &model
            && let Ok(outputs) = model.answer()
            && let Some(Value::Share(share)) = outputs.get("prob_full_demand_served")
        {
            answer.in_full = Some(*share);
        }
        answer.parts = self.parts(answer.availability.down);
        if beta > 0.0 {
            self.with_common_cause(&mut answer, beta);
        }
        if answer.availability.down < limits::SMALLEST || !answer.outages_per_year.is_finite() {
            return Err(vec![Complaint { input: None, wrong: Wrong::Digits }]);
        }
        answer.causes.retain(|(_, down)| *down > 0.0);
        Ok(answer)
    }

    /// The part in series with all nodes that stands for what they have in common.
    pub(super) fn common_part(&self, beta: f64) -> Single {
        Single { mttf_hours: self.up_hours(Input::Mttf) / beta, mttr_hours: self.hours(Input::Mttr) }
    }

    fn with_common_cause(&self, answer: &mut Answer, beta: f64) {
        let part = self.common_part(beta);
        let common = part.availability();
        let per_year = YEAR_HOURS / (part.mttf_hours + part.mttr_hours);
        answer.outages_per_year = answer.outages_per_year * common.up + per_year * answer.availability.up;
        // While both are down, the nodes are to blame.
        answer.causes.push((Cause::Common, answer.availability.up * common.down));
        answer.parts.common = common.down;
        answer.in_full = answer.in_full.map(|share| share.and(common));
        answer.availability = answer.availability.and(common);
    }

    /// The sums that a classroom can do by hand: failovers, and both nodes down, added up.
    fn parts(&self, own: f64) -> Parts {
        let own_up_hours = self.up_hours(Input::Mttf) / decimal::complement(self.common_cause());
        let ratio = self.hours(Input::Mttr) / own_up_hours;
        let crews = f64::from(self.crews());
        let (alpha, crews) = match self.architecture {
            Architecture::Pair | Architecture::Failover => (self.get(Input::Dormancy), crews),
            // The states of a pair that fails back have a crew for each node.
            Architecture::Failback => (1.0, 2.0),
            _ => (1.0, crews),
        };
        let one = (1.0 + alpha) * ratio;
        let two = one * ratio / crews;
        let mut parts = Parts { own_up_hours, ratio, own, ..Parts::default() };
        let [failover, manual, test, back, election] =
            [Input::Failover, Input::Manual, Input::Test, Input::Failback, Input::Election]
                .map(|input| self.hours(input));
        let cycle = own_up_hours * (1.0 + ratio);
        let outages = match self.architecture {
            Architecture::Failover => failover / cycle,
            Architecture::Coverage => {
                let c = self.get(Input::Coverage);
                (c * failover + decimal::complement(c) * manual) / cycle
            }
            Architecture::Latent => failover / cycle + test / (own_up_hours + 2.0 * test) * ratio / crews,
            Architecture::Failback => (failover + back) / cycle,
            Architecture::Quorum => {
                let mut majority = self.clone();
                majority.architecture = Architecture::KOfN;
                majority.set(Input::Needed, f64::from(self.nodes() / 2 + 1));
                let chain = majority.model(1.0 / decimal::complement(self.common_cause())).chain().unwrap_or_default();
                let majority = Steady::of(&chain).availability().down;
                (parts.majority, parts.classroom) = (Some(majority), Some(election / own_up_hours + majority));
                return parts;
            }
            Architecture::Single | Architecture::Series | Architecture::KOfN | Architecture::Pool => return parts,
            Architecture::Pair => 0.0,
        };
        let both = two / (1.0 + one + two);
        parts.both = Some(both);
        parts.classroom = (self.architecture != Architecture::Pair).then_some(outages + both);
        parts
    }
}

/// How many nodes must be up.
fn needed(inputs: &Inputs) -> u32 {
    match inputs.architecture {
        Architecture::KOfN => inputs.get(Input::Needed) as u32,
        Architecture::Quorum => inputs.nodes() / 2 + 1,
        _ => 1,
    }
}

/// Parts in a row: their outages overlap, so what several share is told apart.
fn in_a_row(parts: &[Single]) -> Answer {
    let shares: Vec<_> = parts.iter().map(Single::availability).collect();
    let others_up = |part: usize| -> f64 {
        let others = shares.iter().enumerate().filter(|(other, _)| *other != part);
        others.map(|(_, share)| share.up).product()
    };
    let alone = shares.iter().enumerate().map(|(part, share)| (Cause::Part(part as u8), share.down * others_up(part)));
    let mut causes: Vec<_> = alone.collect();
    let most = Different { nodes: shares.clone(), k: (shares.len() - 1) as u32 };
    causes.push((Cause::Parts, most.availability().down));
    let breaks = parts.iter().enumerate().map(|(index, part)| others_up(index) / (part.mttf_hours + part.mttr_hours));
    Answer {
        availability: Share {
            up: shares.iter().map(|share| share.up).product(),
            down: causes.iter().map(|(_, down)| down).sum(),
        },
        outages_per_year: breaks.sum::<f64>() * YEAR_HOURS,
        causes,
        in_full: None,
        parts: Parts::default(),
    }
}

fn of_chain(architecture: Architecture, spare: u32, chain: &Chain) -> Answer {
    let steady = Steady::of(chain);
    let mut causes: Vec<(Cause, f64)> = Vec::new();
    for state in (0..chain.len()).filter(|state| !chain.is_up(*state)) {
        let cause = cause(architecture, spare, chain.name(state));
        match causes.iter_mut().find(|(known, _)| *known == cause) {
            Some((_, down)) => *down += steady.probability(state),
            None => causes.push((cause, steady.probability(state))),
        }
    }
    Answer {
        availability: steady.availability(),
        outages_per_year: steady.outages_per_hour() * YEAR_HOURS,
        causes,
        in_full: None,
        parts: Parts::default(),
    }
}

/// Why the service is down in a state of this name. `spare`: so many nodes may be down.
fn cause(architecture: Architecture, spare: u32, state: &str) -> Cause {
    match architecture {
        Architecture::Single => Cause::NodeDown,
        Architecture::KOfN if state.parse() == Ok(spare + 1) => Cause::OneTooFew,
        Architecture::KOfN => Cause::TooFew,
        Architecture::Quorum if state.contains('E') => Cause::Election,
        Architecture::Quorum => Cause::NoMajority,
        _ => match state {
            "FO" | "FO2" => Cause::Failover,
            "UC" => Cause::ByHand,
            "DL" => Cause::InVain,
            "FB" => Cause::Failback,
            _ => Cause::AllDown,
        },
    }
}

/// The input that a field of the models is.
fn of_field(field: &str) -> Option<Input> {
    Some(match field {
        "mttf_hours" | "mttf_hours_at_full_strength" | "components[0].mttf_hours" => Input::Mttf,
        "mttr_hours" | "components[0].mttr_hours" => Input::Mttr,
        "components[1].mttf_hours" => Input::Mttf2,
        "components[1].mttr_hours" => Input::Mttr2,
        "components[2].mttf_hours" => Input::Mttf3,
        "components[2].mttr_hours" => Input::Mttr3,
        "n" => Input::Nodes,
        "k" => Input::Needed,
        "crews" => Input::Crews,
        "demand" => Input::Demand,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::explore::Basis;

    fn downtime_min(inputs: &Inputs) -> f64 {
        inputs.answer().expect("good inputs").downtime_s(Period::Year) / 60.0
    }

    #[test]
    fn the_known_figures_come_out() {
        // 55.8 minutes a year: MTTF 1000 h, MTTR 10 h, failover 30 s (docs/models.md).
        let pair = Inputs::of(Architecture::Failover);
        assert!((downtime_min(&pair) - 55.8).abs() < 0.05, "{}", downtime_min(&pair));
        let mut latent = Inputs::of(Architecture::Latent);
        for (test_h, minutes) in [(24.0, 114.0), (720.0, 804.0), (8_760.0, 1_258.0)] {
            latent.set(Input::Test, test_h * 3_600.0);
            assert!((downtime_min(&latent) - minutes).abs() < 1.0, "{test_h} h: {}", downtime_min(&latent));
        }
    }

    #[test]
    fn causes_add_up_to_the_whole() {
        for architecture in Architecture::ALL {
            for beta in [0.0, 0.1] {
                let mut inputs = Inputs::of(architecture);
                inputs.set(Input::CommonCause, beta);
                let answer = inputs.answer().expect("good inputs");
                let sum: f64 = answer.causes.iter().map(|(_, down)| down).sum();
                assert!(
                    (sum / answer.availability.down - 1.0).abs() < 1e-12,
                    "{architecture:?}, β = {beta}: {answer:?}"
                );
                assert!(answer.outages_per_year > 0.0 && answer.outage_s() > 0.0 && answer.up_s() > 0.0);
                let has_common = answer.causes.iter().any(|(cause, _)| *cause == Cause::Common);
                assert_eq!(has_common, inputs.common_cause() > 0.0, "{architecture:?}");
            }
        }
    }

    #[test]
    fn the_classroom_formula_is_near_the_chain() {
        for architecture in Architecture::ALL {
            let answer = Inputs::of(architecture).answer().expect("good inputs");
            if let Some(near) = answer.parts.approximation() {
                let off = near / answer.availability.down - 1.0;
                assert!(off.abs() < 0.05, "{architecture:?} is off by {off}");
            }
        }
    }

    #[test]
    fn a_common_cause_caps_what_redundancy_gives() {
        let mut inputs = Inputs::of(Architecture::KOfN);
        inputs.set(Input::CommonCause, 0.01);
        let three = inputs.answer().expect("good").availability;
        inputs.set(Input::Nodes, 15.0);
        let fifteen = inputs.answer().expect("good").availability;
        assert!(fifteen.down < three.down && fifteen.down > 0.01 * 0.9 * three.down);
        assert!(fifteen.nines() < 4.1, "a hundredth of one node's failures stays: {}", fifteen.nines());
    }

    #[test]
    fn mtbf_counts_the_repair_too() {
        let mut inputs = Inputs::of(Architecture::Single);
        inputs.basis = Basis::Mtbf;
        inputs.set(Input::Mttr, 50.0 * 3_600.0);
        assert!((inputs.answer().expect("good").availability.down - 0.05).abs() < 1e-15);
        inputs.set(Input::Mttr, 1_000.0 * 3_600.0);
        let complaints = inputs.answer().expect_err("no time is left to be up");
        assert!(matches!(complaints[0], Complaint { input: Some(Input::Mttr), wrong: Wrong::Order { .. } }));
    }

    #[test]
    fn what_is_wrong_is_told_of_the_field() {
        let mut inputs = Inputs::of(Architecture::KOfN);
        for (input, value) in [(Input::Needed, 4.0), (Input::Nodes, 102.0), (Input::Mttf, 0.0), (Input::Mttr, -1.0)] {
            let before = inputs.get(input);
            inputs.set(input, value);
            let told = inputs.answer().expect_err("wrong");
            assert!(told.iter().any(|one| one.input == Some(input)), "{input:?}: {told:?}");
            inputs.set(input, before);
        }
        for absurd in [f64::INFINITY, f64::NAN, 1e300] {
            inputs.set(Input::Mttf, absurd);
            assert_eq!(inputs.answer().expect_err("absurd")[0].input, Some(Input::Mttf));
        }
    }
}
