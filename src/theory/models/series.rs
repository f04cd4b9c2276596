//! Components in series: the service needs all of them.

use super::super::fields::{Fields, HasFields};
use super::super::limits;
use super::super::outputs::Outputs;
use super::super::share::Share;
use super::Theory;
use super::single::Single;

/// Whether parts go on ageing, and failing, while the service is down for another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhileDown {
    /// They do, so that outages overlap: A = ∏ Aᵢ.
    #[default]
    Ageing,
    /// They wait: A = 1 / (1 + Σ MTTRᵢ/MTTFᵢ).
    Frozen,
}

/// Components in series, each repaired by itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// The components.
    pub components: Vec<Single>,
    /// What the others do while one is down.
    pub while_down: WhileDown,
}

impl Series {
    /// Its availability.
    pub fn availability(&self) -> Share {
        match self.while_down {
            WhileDown::Ageing => {
                let shares = self.components.iter().map(Single::availability);
                shares.fold(Share { up: 1.0, down: 0.0 }, Share::and)
            }
            WhileDown::Frozen => {
                Share::of_times(1.0, self.components.iter().map(|part| part.mttr_hours / part.mttf_hours).sum())
            }
        }
    }
}

impl HasFields for Series {
    fn fields(&mut self, at: &mut Fields) {
        at.parts("components", &mut self.components, limits::COMPONENTS);
        let words = [("ageing", WhileDown::Ageing), ("frozen", WhileDown::Frozen)];
        at.word("others_while_down", &mut self.while_down, true, &words);
    }
}

impl Theory for Series {
    fn outputs(&self) -> Outputs {
        Outputs::new().share("availability", self.availability())
    }
}
