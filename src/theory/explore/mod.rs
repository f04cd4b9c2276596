//! One architecture with its inputs, and all that theory says of it: what the page's Numbers view shows.
//!
//! An [`Architecture`] names its [`Input`]s. [`Inputs`] hold their values, times in seconds, and answer: they are checked one
//! by one and then as the [`Model`](super::Model) that they make up, so what is wrong is told of a field. The [`Answer`] has
//! the availability, how often it breaks, and what each [`Cause`] contributes; the parts add up to the whole, because each is
//! a sum over states of the chain. [`curves`] asks the same again for many values of one input.
//!
//! Two things are here and in no model. Up times may be given from failure to failure ([`Basis::Mtbf`]). And a share β of all
//! failures may have a common cause, which takes all nodes down at once for one repair (the β factor of IEC 61508-6): nodes
//! fail by themselves at (1 − β)/MTTF, and a part in series with all of them fails at β/MTTF.
//!
//! ```
//! use ha_lab::theory::explore::{Architecture, Input, Inputs};
//!
//! let mut pair = Inputs::of(Architecture::Failover);
//! let before = pair.answer().unwrap();
//! pair.set(Input::Failover, 3_600.0);
//! assert!(pair.answer().unwrap().availability.down > before.availability.down);
//! pair.set(Input::Mttr, -1.0);
//! assert_eq!(pair.answer().unwrap_err()[0].input, Some(Input::Mttr));
//! ```

mod answer;
mod architecture;
mod budget;
pub mod curves;
mod input;
mod symbol;

pub use answer::{Answer, Cause, Complaint, Parts, Period};
pub use architecture::{Architecture, Basis, Inputs};
pub use budget::Budget;
pub use input::{Amount, Input, Scale, Span, TIMES, Time, read};
pub use symbol::Symbol;
