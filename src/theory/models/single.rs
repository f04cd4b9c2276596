//! One node: up for MTTF on average, down for MTTR.

use super::super::chain::Chain;
use super::super::fields::{Fields, HasFields};
use super::super::limits;
use super::super::outputs::Outputs;
use super::super::problem::{Kind, Range, Wrong};
use super::super::share::Share;
use super::{Theory, steady_outputs};

/// One repairable node, exponential times. A = MTTF / (MTTF + MTTR).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Single {
    /// Mean up time, in hours.
    pub mttf_hours: f64,
    /// Mean down time, in hours.
    pub mttr_hours: f64,
}

impl Single {
    /// Its availability.
    pub fn availability(&self) -> Share {
        Share::of_times(self.mttf_hours, self.mttr_hours)
    }
}

impl HasFields for Single {
    fn fields(&mut self, at: &mut Fields) {
        at.hours("mttf_hours", &mut self.mttf_hours);
        at.hours("mttr_hours", &mut self.mttr_hours);
    }
}

impl Theory for Single {
    fn chain(&self) -> Option<Chain> {
        let mut chain = Chain::new();
        let (up, down) = (chain.up("up"), chain.down("down"));
        chain.arc(up, down, 1.0 / self.mttf_hours);
        chain.arc(down, up, 1.0 / self.mttr_hours);
        Some(chain)
    }

    fn outputs(&self) -> Outputs {
        steady_outputs(&self.chain().unwrap_or_default())
    }
}

/// What "MTBF" means changes the figure: the mean up time, or the mean time from failure to failure.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MtbfNaming {
    /// What somebody calls MTBF, in hours.
    pub mtbf_hours: f64,
    /// Mean down time, in hours; less than the MTBF.
    pub mttr_hours: f64,
}

impl MtbfNaming {
    /// If it is the mean up time: MTBF / (MTBF + MTTR).
    pub fn if_uptime(&self) -> Share {
        Share::of_times(self.mtbf_hours, self.mttr_hours)
    }

    /// If it is counted from failure to failure: (MTBF − MTTR) / MTBF.
    pub fn if_cycle(&self) -> Share {
        Share::but(self.mttr_hours / self.mtbf_hours)
    }
}

impl HasFields for MtbfNaming {
    fn fields(&mut self, at: &mut Fields) {
        at.hours("mtbf_hours", &mut self.mtbf_hours);
        at.hours("mttr_hours", &mut self.mttr_hours);
        at.below("mttr_hours", self.mttr_hours, "mtbf_hours", self.mtbf_hours);
    }
}

impl Theory for MtbfNaming {
    fn outputs(&self) -> Outputs {
        Outputs::new()
            .share("availability_if_mtbf_is_uptime", self.if_uptime())
            .share("availability_if_mtbf_is_cycle", self.if_cycle())
    }
}

/// How long something takes.
#[derive(Clone, Debug, PartialEq)]
pub enum Distribution {
    /// As old as it may be, the next hour is as dangerous.
    Exponential(Mean),
    /// Always the same.
    Constant(Constant),
    /// Ages (shape above 1) or survives its childhood (below 1).
    Weibull(Weibull),
    /// Mostly short, now and then very long: as repairs are.
    Lognormal(Lognormal),
}

/// An exponential distribution.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mean {
    /// Mean, in hours.
    pub mean_hours: f64,
}

/// A fixed time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Constant {
    /// The time, in hours.
    pub hours: f64,
}

/// A Weibull distribution.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Weibull {
    /// Shape.
    pub shape: f64,
    /// Scale, in hours: 63 % are shorter.
    pub scale_hours: f64,
}

/// A lognormal distribution.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lognormal {
    /// Mean of the logarithm of the hours; the median is its exponential.
    pub mu_ln_hours: f64,
    /// Standard deviation of that logarithm.
    pub sigma: f64,
}

impl Default for Distribution {
    fn default() -> Self {
        Self::Exponential(Mean::default())
    }
}

impl Distribution {
    /// Mean, in hours.
    pub fn mean_hours(&self) -> f64 {
        match self {
            Self::Exponential(mean) => mean.mean_hours,
            Self::Constant(constant) => constant.hours,
            Self::Weibull(weibull) => weibull.scale_hours * libm::tgamma(1.0 + 1.0 / weibull.shape),
            Self::Lognormal(normal) => libm::exp(normal.mu_ln_hours + normal.sigma * normal.sigma / 2.0),
        }
    }
}

impl HasFields for Mean {
    fn fields(&mut self, at: &mut Fields) {
        at.hours("mean_hours", &mut self.mean_hours);
    }
}

impl HasFields for Constant {
    fn fields(&mut self, at: &mut Fields) {
        at.hours("hours", &mut self.hours);
    }
}

impl HasFields for Weibull {
    fn fields(&mut self, at: &mut Fields) {
        at.number("shape", &mut self.shape, Range::closed("", limits::SHAPE));
        at.hours("scale_hours", &mut self.scale_hours);
    }
}

impl HasFields for Lognormal {
    fn fields(&mut self, at: &mut Fields) {
        at.number("mu_ln_hours", &mut self.mu_ln_hours, Range::closed("", limits::MU));
        at.number("sigma", &mut self.sigma, Range { unit: "", from: 0.0, to: limits::SIGMA, closed: false });
    }
}

impl HasFields for Distribution {
    fn fields(&mut self, at: &mut Fields) {
        let kinds = [
            ("exponential", Self::Exponential(Mean::default())),
            ("constant", Self::Constant(Constant::default())),
            ("weibull", Self::Weibull(Weibull::default())),
            ("lognormal", Self::Lognormal(Lognormal::default())),
        ];
        let mut found = 0;
        for (name, kind) in kinds {
            if at.has(name) {
                (*self, found) = (kind, found + 1);
            }
            if at.is_reading() {
                at.known(name);
            }
        }
        if at.is_reading() && found != 1 {
            let wrong = Wrong::Kind { found: at.quoted(), expected: Kind::Distribution };
            return at.wrong_here(wrong);
        }
        match self {
            Self::Exponential(part) => at.part("exponential", part),
            Self::Constant(part) => at.part("constant", part),
            Self::Weibull(part) => at.part("weibull", part),
            Self::Lognormal(part) => at.part("lognormal", part),
        }
    }
}

/// One node with any distributions. By the renewal-reward theorem only their means count: E(up) / (E(up) + E(down)).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Renewal {
    /// How long it is up.
    pub uptime: Distribution,
    /// How long it is down.
    pub repair: Distribution,
}

impl HasFields for Renewal {
    fn fields(&mut self, at: &mut Fields) {
        at.part("uptime", &mut self.uptime);
        at.part("repair", &mut self.repair);
    }
}

impl Theory for Renewal {
    fn outputs(&self) -> Outputs {
        let (up, down) = (self.uptime.mean_hours(), self.repair.mean_hours());
        Outputs::new()
            .number("mean_uptime_hours", up)
            .number("mean_repair_hours", down)
            .share("availability", Share::of_times(up, down))
    }
}
