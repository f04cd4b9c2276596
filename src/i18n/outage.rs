//! The service and its outages in a few words.

use super::{Label, Lang, clock};
use crate::measure::{Cause, Live, Service, State};

/// Why there was an outage.
pub fn cause(lang: Lang, cause: Cause) -> &'static Label {
    let figures = lang.figures();
    match cause {
        Cause::Fault => &figures.cause_fault,
        Cause::Planned => &figures.cause_planned,
        Cause::Overload => &figures.cause_overload,
        Cause::FalseAlarm => &figures.cause_false_alarm,
        Cause::Unknown => &figures.cause_unknown,
    }
}

/// How the service looks at this moment, in a word or two.
pub fn live(lang: Lang, live: Live) -> String {
    let texts = lang.texts();
    match live {
        Live::Up => texts.served.into(),
        Live::Unanswered { since } => {
            let since = clock(since.us());
            say!(lang, "unanswered since {since}", "{since} 起暂无应答")
        }
        Live::Failing => texts.failing.into(),
        Live::PartlyDown => texts.ribbon_partly.into(),
        Live::Down => texts.down.into(),
    }
}

/// What a live region says when the service begins to look like this; nothing that the story tells anyway.
pub fn service_turns(lang: Lang, service: Service) -> Option<String> {
    match service.writes {
        Live::Unanswered { since } => {
            let since = clock(since.us());
            Some(say!(lang, "Writes have not been answered since {since}.", "写请求自 {since} 起暂无应答。"))
        }
        Live::PartlyDown => Some(words!(lang, "Some writes are not served any more.", "部分写服务已中断。").into()),
        Live::Down => Some(words!(lang, "Writes are not served any more.", "写服务已中断。").into()),
        Live::Up | Live::Failing => None,
    }
}

/// The state of the service in a stretch of the ribbon, in a word or two.
pub fn state(lang: Lang, state: State) -> &'static str {
    let texts = lang.texts();
    match state {
        State::Up => texts.ribbon_up,
        State::PartlyDown => texts.ribbon_partly,
        State::ReadsOnly => texts.ribbon_reads_only,
        State::WritesOnly => texts.ribbon_writes_only,
        State::Down => texts.ribbon_down,
    }
}
