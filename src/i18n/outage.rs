//! Outages, failovers and split brains as a whole: what a card says about them.

use super::names::finish;
use super::{Label, Lang, Names, duration, fault, parts};
use crate::measure::{Cause, Failover, Incident, Live, Phases, SplitBrain, State};
use crate::sim::{Micros, SimTime};

/// The phases of an outage in their order, with their names.
pub fn phases(lang: Lang, phases: &Phases) -> [(&'static Label, Micros); 7] {
    let figures = lang.figures();
    let all = [
        (&figures.detect, phases.detect_us),
        (&figures.decide, phases.decide_us),
        (&figures.fence, phases.fence_us),
        (&figures.promote, phases.promote_us),
        (&figures.redirect, phases.redirect_us),
        (&figures.resume, phases.resume_us),
        (&figures.repair, phases.repair_us),
    ];
    debug_assert_eq!(all.iter().map(|(_, us)| us).sum::<Micros>(), phases.sum_us());
    all
}

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

/// An outage in a few sentences: what broke, how long it hurt, who took over, and where the time went.
pub fn incident(lang: Lang, incident: &Incident, now: SimTime, names: &Names) -> String {
    let mut said = Vec::new();
    let broke = incident.faults.iter().find(|it| Some(it.at) == incident.fault_at).or(incident.faults.first());
    match (incident.cause, broke) {
        (Cause::Planned | Cause::Overload | Cause::FalseAlarm, _) | (_, None) => {
            said.push(cause(lang, incident.cause).explain.into());
        }
        (_, Some(broke)) => said.push(finish(lang, fault(lang, broke.origin, &broke.fault, names))),
    }
    let lasted = duration(lang, incident.outage_us(now));
    said.push(match (incident.open(), incident.notice_us().filter(|us| *us > 0)) {
        (true, _) => say!(lang, "The service has been down for {lasted} so far.", "服务已中断 {lasted}，仍在持续。"),
        (false, None) => say!(lang, "The service was down for {lasted}.", "服务中断了 {lasted}。"),
        (false, Some(notice)) => {
            let notice = duration(lang, notice);
            say!(
                lang,
                "{notice} later the first request failed; the service was down for {lasted}.",
                "{notice}后第一个请求失败；服务中断了 {lasted}。"
            )
        }
    });
    if !incident.open() {
        said.push(match incident.promoted {
            Some((machine, epoch)) => {
                let who = names.name(lang, machine);
                say!(lang, "{who} became master in epoch {epoch}.", "{who} 在纪元 {epoch} 成为主节点。")
            }
            None => words!(lang, "It ended without a change of master.", "中断结束时没有更换主节点。").into(),
        });
        said.extend(where_the_time_went(lang, &incident.phases));
    }
    said.join(words!(lang, " ", ""))
}

/// The longest phase, if it takes more than a third of an outage of several phases.
fn where_the_time_went(lang: Lang, of: &Phases) -> Option<String> {
    let all = phases(lang, of);
    let several = all.iter().filter(|(_, us)| *us > 0).count() > 1;
    let (label, us) = all.into_iter().max_by_key(|(_, us)| *us)?;
    if !several || us * 3 < of.sum_us() {
        return None;
    }
    let amounts: Vec<Micros> = all.iter().map(|(_, us)| *us).collect();
    let shown = parts(lang, &amounts);
    let index = amounts.iter().position(|it| *it == us)?;
    let (took, name) = (&shown[index + 1], label.name);
    let lower = name.to_lowercase();
    Some(say!(lang, "Its longest phase was to {lower}: {took}.", "其中最长的阶段是“{name}”：{took}。"))
}

/// A change of master, as a sentence.
pub fn failover(lang: Lang, failover: &Failover, names: &Names) -> String {
    let (to, epoch) = (names.name(lang, failover.to), failover.epoch);
    let from = failover.from.filter(|from| *from != failover.to).map(|from| names.name(lang, from));
    let text = match (from, failover.planned) {
        (None, _) => say!(lang, "{to} became master in epoch {epoch}", "{to} 在纪元 {epoch} 成为主节点"),
        (Some(from), true) => {
            say!(lang, "{from} handed over to {to} as planned, epoch {epoch}", "{from} 按计划移交给 {to}，纪元 {epoch}")
        }
        (Some(from), false) => {
            say!(lang, "{to} took over from {from}, epoch {epoch}", "{to} 接替了 {from}，纪元 {epoch}")
        }
    };
    match failover.lost {
        0 => say!(lang, "{text}; nothing was lost.", "{text}；没有丢失写入。"),
        1 => say!(lang, "{text}; one acknowledged write was lost.", "{text}；丢失了 1 次已确认的写入。"),
        n => say!(lang, "{text}; {n} acknowledged writes were lost.", "{text}；丢失了 {n} 次已确认的写入。"),
    }
}

/// A split brain, as a sentence.
pub fn split_brain(lang: Lang, split: &SplitBrain, now: SimTime, names: &Names) -> String {
    let [a, b] = split.nodes.map(|node| names.name(lang, node));
    let [older, newer] = split.epochs;
    let lasted = duration(lang, split.until.unwrap_or(now).since(split.from));
    if split.until.is_some() {
        say!(
            lang,
            "Split brain: for {lasted}, {a} (epoch {older}) and {b} (epoch {newer}) could both acknowledge writes.",
            "脑裂：{a}（纪元 {older}）与 {b}（纪元 {newer}）曾在 {lasted}内都能确认写入。"
        )
    } else {
        say!(
            lang,
            "Split brain: {a} (epoch {older}) and {b} (epoch {newer}) can both acknowledge writes, for {lasted} so far.",
            "脑裂：{a}（纪元 {older}）与 {b}（纪元 {newer}）都能确认写入，已持续 {lasted}。"
        )
    }
}

/// How the service looks at this moment, in a word.
pub fn live(lang: Lang, live: Live) -> &'static str {
    let texts = lang.texts();
    match live {
        Live::Up => texts.served,
        Live::Failing => texts.failing,
        Live::Down => texts.down,
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
