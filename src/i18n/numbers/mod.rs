//! The Numbers view in both languages: its texts, what architectures, inputs, causes and symbols are called, figures as
//! people write them, and what is wrong with an input.

mod amounts;
mod blocks;
mod labels;
mod words;

pub use amounts::{axis_number, axis_percent, digits, nines, percent, share, time, verdict, wrong};
pub use blocks::{block, needed, refused, unused, weakest_is};
pub use labels::{architecture, cause, downtime_in, input, rule, symbol, unit};
pub use words::Words;

use super::Lang;

impl Lang {
    /// The end of a sentence.
    pub fn full_stop(self) -> &'static str {
        words!(self, ".", "。")
    }

    /// The fixed texts of the Numbers view.
    pub fn numbers(self) -> &'static Words {
        match self {
            Self::En => &Words::EN,
            Self::Zh => &Words::ZH,
        }
    }
}
