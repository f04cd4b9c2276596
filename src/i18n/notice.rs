//! What the page says about itself: notices, roles, and the running configuration in short.

use super::{Lang, duration, length, nines, times};
use crate::ha::inspect::Role;
use crate::scenario::{Decision, ReplicationMode, Router, Scenario, Setup};
use crate::sim::Micros;

/// A role, in a word or two.
pub fn role(lang: Lang, role: Role) -> &'static str {
    let texts = lang.texts();
    match role {
        Role::Master => texts.master,
        Role::SteppingDown => texts.role_stepping_down,
        Role::Standby => texts.standby,
        Role::Suspecting => texts.role_suspecting,
        Role::Candidate => texts.candidate,
        Role::Fencing => texts.role_fencing,
        Role::Promoting => texts.role_promoting,
        Role::Restoring => texts.role_restoring,
        Role::Rejoining => texts.role_rejoining,
        Role::Witness => texts.witness,
        Role::Proxy => texts.proxy,
        Role::Dns => texts.dns,
        Role::Fencer => texts.fencer,
        Role::Operator => texts.operator,
        Role::Client => texts.client_site,
        Role::Storage => texts.storage,
    }
}

/// Acting in the past has moved later actions out of the way.
pub fn moved_to_redo(lang: Lang, actions: usize) -> String {
    match actions {
        1 => words!(
            lang,
            "Another course of events begins here. Your later action waits under redo.",
            "从这里开始另一条时间线。你之后的 1 个操作可用“重做”找回。"
        )
        .into(),
        n => say!(
            lang,
            "Another course of events begins here. Your {n} later actions wait under redo.",
            "从这里开始另一条时间线。你之后的 {n} 个操作可用“重做”找回。"
        ),
    }
}

/// This computer is too slow for the chosen speed.
pub fn cannot_keep_up(lang: Lang, reached_permille: u32) -> String {
    // Two digits are enough for something that changes all the time.
    let mut unit = 1;
    while reached_permille / unit >= 100 {
        unit *= 10;
    }
    let speed = times((reached_permille / unit * unit).into());
    say!(lang, "This computer reaches {speed}.", "本机只能达到 {speed}。")
}

/// What has been undone or redone.
pub fn undone(lang: Lang, action: &str) -> String {
    say!(lang, "Undone: {action}", "已撤销：{action}")
}

/// What has been done again.
pub fn redone(lang: Lang, action: &str) -> String {
    say!(lang, "Redone: {action}", "已重做：{action}")
}

/// What one such outage means over a year; only for faults by hand, with an assumed time between them.
pub fn projection(lang: Lang, outage_us: Micros, every_us: Micros, year_us: Micros, reached: Option<f64>) -> String {
    let (outage, every) = (duration(lang, outage_us), length(lang, every_us));
    let (year, reached) = (duration(lang, year_us), nines(lang, reached));
    say!(
        lang,
        "This outage cost {outage}. At one such failure per {every} that is {year} a year: {reached}.",
        "这次中断代价为 {outage}。若每 {every}发生一次这样的故障，一年共 {year}：{reached}。"
    )
}

/// The running configuration in a few words: pairs of an option and what is chosen.
pub fn summary(lang: Lang, scenario: &Scenario) -> Vec<(&'static str, String)> {
    let options = lang.options();
    let system = match &scenario.system {
        Setup::SingleNode(_) => vec![(options.system.name, options.single.name.to_owned())],
        Setup::MasterStandby(system) => {
            let replication = match system.replication.mode {
                ReplicationMode::Async => options.asynchronous.name.into(),
                ReplicationMode::Sync => options.sync.name.into(),
                ReplicationMode::SharedStorage => options.shared_storage.name.into(),
                ReplicationMode::SemiSync { standbys } => {
                    let name = options.semi_sync.name;
                    say!(lang, "{name}, {standbys}", "{name}，{standbys}")
                }
            };
            let decision = match system.decision {
                Decision::Alone { .. } => options.alone.name,
                Decision::Majority => options.majority.name,
                Decision::Operator { .. } => options.by_operator.name,
            };
            let fencing = &system.fencing;
            let ways = [
                fencing.stonith.is_some().then_some("STONITH"),
                fencing.lease.is_some().then_some(options.lease.name),
                fencing.epochs.then_some(options.epochs.name),
            ];
            let ways: Vec<&str> = ways.into_iter().flatten().collect();
            let fencing = if ways.is_empty() { options.no_fencing.name.into() } else { ways.join(" + ") };
            vec![
                (options.replication.name, replication),
                (options.decision.name, decision.to_owned()),
                (options.fencing.name, fencing),
            ]
        }
    };
    let router = match &scenario.router {
        Router::Proxy(proxy) if proxy.proxies > 1 => format!("{} × {}", options.proxy.name, proxy.proxies),
        Router::Proxy(_) => options.proxy.name.into(),
        Router::Vip => options.vip.name.into(),
        Router::Dns(_) => options.dns.name.into(),
        Router::Discovery => options.discovery.name.into(),
    };
    system.into_iter().chain([(options.router.name, router)]).collect()
}
