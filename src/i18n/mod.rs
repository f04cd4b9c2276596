//! Every sentence of the lab, in English and Chinese.
//!
//! Texts that never change are fields of structs ([`Texts`], [`Options`], [`Actions`], [`Figures`]): one that is
//! missing in a language does not compile. Sentences about what happened are functions of the event: [`event`]
//! turns any [`Event`](crate::sim::Event) of a trace into prose that says what happened *and why*.
//!
//! What always holds:
//!
//! - Terms are those of the design's list of words, the same in interface, log and documents.
//! - Log sentences begin with who did it, end with a full stop, and need no knowledge of the code.
//! - Chinese uses full-width punctuation, and a space between Han characters and Latin letters or digits.
//!
//! ```
//! use ha_lab::ha::{Layout, note::Note};
//! use ha_lab::i18n::{Lang, Names, event};
//! use ha_lab::sim::{Event, MachineId};
//!
//! let names = Names::new(&Layout::new(3, false, 0, false, false, false, 1));
//! let [a, b] = [0, 1].map(MachineId::from_index);
//! let suspicion = Event::Note { machine: b, lane: 0, note: Note::Suspected { master: a, silent_us: 3_000_000 } };
//! assert_eq!(event(Lang::En, &suspicion, &names), "B suspects A: no heartbeat for 3.00 s.");
//! assert_eq!(event(Lang::Zh, &suspicion, &names), "B 怀疑 A 已失效：已有 3.00 秒没有收到心跳。");
//! ```

/// The same sentence in both languages; each can name the variables in scope.
macro_rules! say {
    ($lang:expr, $en:literal, $zh:literal) => {
        match $lang {
            $crate::i18n::Lang::En => format!($en),
            $crate::i18n::Lang::Zh => format!($zh),
        }
    };
}

/// The same words in both languages, without variables.
macro_rules! words {
    ($lang:expr, $en:literal, $zh:literal) => {
        match $lang {
            $crate::i18n::Lang::En => $en,
            $crate::i18n::Lang::Zh => $zh,
        }
    };
}

/// The name of one option. What [`Lang::options`] returns brings every name and explanation along, and the first visit needs a few.
#[cfg(target_arch = "wasm32")]
macro_rules! option_name {
    ($lang:expr, $field:ident) => {
        match $lang {
            $crate::i18n::Lang::En => $crate::i18n::Options::EN.$field.name,
            $crate::i18n::Lang::Zh => $crate::i18n::Options::ZH.$field.name,
        }
    };
}
#[cfg(target_arch = "wasm32")]
pub(crate) use option_name;

/// One fixed text, for the same reason: what [`Lang::texts`] returns brings all of them along.
#[cfg(target_arch = "wasm32")]
macro_rules! text {
    ($lang:expr, $field:ident) => {
        match $lang {
            $crate::i18n::Lang::En => $crate::i18n::Texts::EN.$field,
            $crate::i18n::Lang::Zh => $crate::i18n::Texts::ZH.$field,
        }
    };
}
#[cfg(target_arch = "wasm32")]
pub(crate) use text;

mod action;
mod card;
pub mod cluster;
mod ensemble;
mod event;
mod fault;
mod labels;
mod message;
mod names;
mod note;
mod notice;
mod number;
pub mod numbers;
mod outage;
pub mod pool;
pub mod predict;
mod problem;
mod promise;
mod registry;
mod schedule;
mod texts;
mod tree;
pub mod years;

#[cfg(test)]
mod tests;

pub use action::{action, action_label, target, unable};
pub use card::{Doing, budget, cost, cuts_power, doing, doing_briefly, holds, only, was_called};
pub use ensemble::{Dialect, Membership, progress, role, term_heading, variables};
pub use event::{announcement, event, status};
pub use fault::fault;
pub use labels::{Actions, ClusterOptions, Figures, Label, Options, PoolOptions};
pub use message::{kind, message, message_between, timer};
pub use names::Names;
pub use note::{note, refusal};
pub use notice::{moved_to_redo, redone, undone};
pub use number::{clock, clock_fine, count, duration, length, nines, parts, percent, percent_number, ppm, times};
pub use outage::{cause, live, service_turns, state};
pub use problem::{expected, found, place, unread};
pub use promise::breach;
pub use registry::node_name;
pub use schedule::{
    Cast, ScheduleOptions, ScheduleTexts, about, machine_choice, missing_choice, number_between, role_label,
    short_choice, should_be, within, zone_choice,
};
pub use texts::{ClusterTexts, Texts};
pub use years::YearsTexts;

/// A language of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lang {
    /// English.
    En,
    /// Chinese, simplified.
    Zh,
}

impl Lang {
    /// Both.
    pub const ALL: [Self; 2] = [Self::En, Self::Zh];

    /// Its tag for `<html lang>` (BCP 47).
    pub fn tag(self) -> &'static str {
        words!(self, "en", "zh-CN")
    }

    /// The language for a browser's or a stored tag: Chinese for `zh` in any form, else English.
    pub fn from_tag(tag: &str) -> Self {
        if tag.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("zh")) { Self::Zh } else { Self::En }
    }

    /// The other one: what the switch in the header goes to.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::En => Self::Zh,
            Self::Zh => Self::En,
        }
    }

    /// The fixed texts of the page.
    pub fn texts(self) -> &'static Texts {
        match self {
            Self::En => &Texts::EN,
            Self::Zh => &Texts::ZH,
        }
    }

    /// The fixed texts of a cluster.
    pub fn cluster_texts(self) -> &'static ClusterTexts {
        match self {
            Self::En => &ClusterTexts::EN,
            Self::Zh => &ClusterTexts::ZH,
        }
    }

    /// Every option of a scenario.
    pub fn options(self) -> &'static Options {
        match self {
            Self::En => &Options::EN,
            Self::Zh => &Options::ZH,
        }
    }

    /// Every option of a pool.
    pub fn pool_options(self) -> &'static PoolOptions {
        match self {
            Self::En => &PoolOptions::EN,
            Self::Zh => &PoolOptions::ZH,
        }
    }

    /// Every option of workers under a manager.
    pub fn cluster_options(self) -> &'static ClusterOptions {
        match self {
            Self::En => &ClusterOptions::EN,
            Self::Zh => &ClusterOptions::ZH,
        }
    }

    /// What is filled in as a list.
    pub fn schedule_options(self) -> &'static ScheduleOptions {
        match self {
            Self::En => &ScheduleOptions::EN,
            Self::Zh => &ScheduleOptions::ZH,
        }
    }

    /// The words around lists.
    pub fn schedule_texts(self) -> &'static ScheduleTexts {
        match self {
            Self::En => &ScheduleTexts::EN,
            Self::Zh => &ScheduleTexts::ZH,
        }
    }

    /// Everything that can be done to the system.
    pub fn actions(self) -> &'static Actions {
        match self {
            Self::En => &Actions::EN,
            Self::Zh => &Actions::ZH,
        }
    }

    /// Everything that is measured.
    pub fn figures(self) -> &'static Figures {
        match self {
            Self::En => &Figures::EN,
            Self::Zh => &Figures::ZH,
        }
    }
}
