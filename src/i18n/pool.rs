//! What balancers and workers of a pool say, as sentences that give the reason, and the lines on their cards.

use super::card::rough;
use super::{Lang, Names, length, ppm};
use crate::ha::note::Note;
use crate::ha::pool::inspect::{Load, Pressure, Standing};

/// What `who` says.
#[inline(never)]
pub fn note(lang: Lang, who: &str, note: &Note, names: &Names) -> String {
    match *note {
        Note::Ejected { node, failures, for_us } => {
            let (node, time) = (names.name(lang, node), length(lang, for_us));
            say!(
                lang,
                "{who} ejects {node} for {time}: {failures} requests in a row failed there.",
                "{who} 摘除 {node}，为期 {time}：它连续失败了 {failures} 个请求。"
            )
        }
        Note::Reinstated { node } => {
            let node = names.name(lang, node);
            say!(
                lang,
                "{who} gives {node} another chance: its ejection is over.",
                "{who} 让 {node} 重新接受请求：摘除期已满。"
            )
        }
        Note::Draining { node } => {
            let node = names.name(lang, node);
            say!(
                lang,
                "{who} drains {node}: no new requests; what is under way may end.",
                "{who} 开始排空 {node}：不再发送新请求，已在处理的请求继续完成。"
            )
        }
        Note::Drained { node } => {
            let node = names.name(lang, node);
            say!(
                lang,
                "{who} has nothing under way at {node} any more: it can be stopped without a failed request.",
                "{who} 在 {node} 上已没有进行中的请求：现在停止它不会让任何请求失败。"
            )
        }
        Note::Ready { node } => {
            let node = names.name(lang, node);
            say!(lang, "{who} sends requests to {node} again.", "{who} 重新把请求发给 {node}。")
        }
        Note::NobodyIn => say!(
            lang,
            "{who} has no node to send requests to: it refuses them at once.",
            "{who} 没有可用的节点：立即拒绝请求。"
        ),
        Note::RetriesStopped { on: true } => {
            say!(lang, "{who} stops retrying: its retry budget is used up.", "{who} 停止重试：重试预算已用完。")
        }
        Note::RetriesStopped { on: false } => say!(
            lang,
            "{who} may retry again: its retry budget is at least half full.",
            "{who} 又可以重试：重试预算已恢复到一半以上。"
        ),
        Note::QueueFull { waiting: 0 } => say!(
            lang,
            "{who} is overloaded: all its servers are busy, and it has no queue; it refuses what comes on top.",
            "{who} 过载：服务线程全忙且没有队列，新请求被立即拒绝。"
        ),
        Note::QueueFull { waiting } => say!(
            lang,
            "{who} is overloaded: its queue is full with {waiting} requests, and it refuses what comes on top.",
            "{who} 过载：队列已满（{waiting} 个请求），新请求被立即拒绝。"
        ),
        Note::QueueEased { waiting } => say!(
            lang,
            "{who} can breathe again: {waiting} requests wait.",
            "{who} 得到缓解：还有 {waiting} 个请求在排队。"
        ),
        // What others say is not said here.
        _ => String::new(),
    }
}

/// What a balancer holds of a worker, in a line.
pub fn standing(lang: Lang, standing: Standing) -> String {
    match standing {
        Standing::In => words!(lang, "gets its share of requests", "接收自己那一份请求").into(),
        Standing::Warming(permille) => {
            let share = ppm(lang, permille / 10 * 10_000);
            say!(lang, "slow start: {share} of its share", "慢启动：得到份额的 {share}")
        }
        Standing::Out => words!(lang, "out: its checks fail", "已摘除：健康检查失败").into(),
        Standing::Ejected(left_us) => {
            let left = rough(lang, left_us);
            say!(lang, "ejected for {left} more: it failed requests", "已被动摘除，还有 {left}：它让请求失败")
        }
        Standing::Draining(0) => words!(lang, "drained: can be stopped", "已排空：可以停止").into(),
        Standing::Draining(active) => {
            say!(lang, "draining: {active} still under way", "排空中：还有 {active} 个请求")
        }
        Standing::Unknown => words!(lang, "no balancer sends requests", "没有负载均衡器发来请求").into(),
    }
}

/// The same where there is no room for it.
pub fn standing_briefly(lang: Lang, what: Standing) -> String {
    match what {
        Standing::In => words!(lang, "in rotation", "使用中").into(),
        Standing::Warming(permille) => {
            let share = ppm(lang, permille / 10 * 10_000);
            say!(lang, "slow start {share}", "慢启动 {share}")
        }
        Standing::Out => words!(lang, "checks fail", "检查失败").into(),
        Standing::Ejected(left_us) => {
            let left = rough(lang, left_us);
            say!(lang, "out for {left}", "还要摘除 {left}")
        }
        Standing::Draining(0) => words!(lang, "drained", "已排空").into(),
        Standing::Draining(active) => say!(lang, "{active} under way", "还有 {active} 个"),
        Standing::Unknown => words!(lang, "no balancer", "没有均衡器").into(),
    }
}

/// How near a pool is to its limit: "68 % busy, one less: 90 %".
pub fn load(lang: Lang, load: Load) -> String {
    // To whole per cent: it is a figure of the last seconds.
    let percent = |permille: u32| ppm(lang, permille.div_ceil(10) * 10_000);
    let now = percent(load.permille);
    match load.one_less_permille {
        Some(one_less) => {
            let one_less = percent(one_less);
            say!(lang, "{now} busy, one less: {one_less}", "利用率 {now}，少一个 {one_less}")
        }
        None if load.workers == 0 => words!(lang, "no node is in", "没有可用的节点").into(),
        None => say!(lang, "{now} busy, no other node", "利用率 {now}，没有其他节点"),
    }
}

/// What that means, in a sentence.
pub fn pressure(lang: Lang, load: Load) -> &'static str {
    match load.pressure() {
        Pressure::Calm => words!(lang, "One node can be lost.", "可以承受失去一个节点。"),
        Pressure::Tight => words!(
            lang,
            "With one node less, little or nothing would be left: the rest may drown.",
            "再少一个节点就几乎没有余量：其余节点可能被压垮。"
        ),
        Pressure::Over => words!(
            lang,
            "More is sent than can be served: queues fill, and requests are refused.",
            "发来的请求多于处理能力：队列变满，请求被拒绝。"
        ),
    }
}

/// Servers at work: "2 of 2 busy".
pub fn busy(lang: Lang, busy: u8, servers: u8) -> String {
    say!(lang, "{busy} of {servers} busy", "忙 {busy}/{servers}")
}

/// Requests that wait: "7 of 10 wait".
pub fn waiting(lang: Lang, queued: u16, queue: u16) -> String {
    say!(lang, "{queued} of {queue} wait", "排队 {queued}/{queue}")
}
