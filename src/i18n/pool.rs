//! What balancers and workers of a pool say, as sentences that give the reason.

use super::{Lang, Names, length};
use crate::ha::note::Note;

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
