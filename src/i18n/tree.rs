//! What is said of ZooKeeper's tree of nodes, and of the election on it.

use super::{Lang, Names};
use crate::ha::cluster::registry::Note;
use crate::ha::cluster::tree::{Change, Event, Path};
use crate::ha::message::{Brief, Kind};

/// What `who` says of a node.
pub(super) fn note(lang: Lang, who: &str, note: &Note) -> String {
    match *note {
        Note::Znode { path: at, change: Change::Created { owner: Some(worker) } } => {
            let worker = Names::data(worker);
            say!(
                lang,
                "{who} creates znode {at}: ephemeral, it goes with the session of {worker}.",
                "{who} 创建 znode {at}：临时节点，随 {worker} 的会话一起消失。"
            )
        }
        Note::Znode { path: at, change: Change::Created { owner: None } } => {
            say!(lang, "{who} creates znode {at}: persistent.", "{who} 创建 znode {at}：持久节点。")
        }
        Note::Znode { path: at, change: Change::Set { version } } => {
            say!(
                lang,
                "{who} sets the data of znode {at}: version {version}.",
                "{who} 更新 znode {at} 的数据：版本 {version}。"
            )
        }
        Note::Znode { path: at, change: Change::Deleted } => {
            say!(lang, "{who} deletes znode {at}.", "{who} 删除 znode {at}。")
        }
        Note::Waits { on } if on.number().is_none() => {
            say!(
                lang,
                "{who} waits for its turn, and watches all children of {on}.",
                "{who} 等待轮到自己，监听 {on} 的全部子节点。"
            )
        }
        Note::Waits { on } => {
            say!(
                lang,
                "{who} waits for its turn, and watches only the node before its own: {on}.",
                "{who} 等待轮到自己，只监听排在它前面的节点 {on}。"
            )
        }
        Note::NodeFired { path: at, event } => {
            let what = happened(lang, event);
            say!(lang, "the watch of {who} on {at} fires: {what}.", "{who} 对 {at} 的监听触发：{what}。")
        }
        Note::Coordinates { node, on: true } => {
            say!(
                lang,
                "{who} coordinates the workers: no number is lower than that of its node {node}.",
                "{who} 成为协调者：没有比它的节点 {node} 更小的序号。"
            )
        }
        Note::Coordinates { node, on: false } => {
            say!(
                lang,
                "{who} coordinates no more: its node {node} goes with its session.",
                "{who} 不再是协调者：它的节点 {node} 随会话一起消失。"
            )
        }
        _ => String::new(),
    }
}

fn happened(lang: Lang, event: Event) -> &'static str {
    match event {
        Event::Created => words!(lang, "it was created", "节点已创建"),
        Event::Changed => words!(lang, "its data have changed", "数据已改变"),
        Event::Deleted => words!(lang, "it is deleted", "节点已删除"),
        Event::Children => words!(lang, "its children have changed", "子节点有变化"),
    }
}

/// What a question, an answer or a watch is about, from its brief.
pub(super) fn details(lang: Lang, brief: &Brief) -> String {
    let Brief { kind, number, count, .. } = *brief;
    let at = number.checked_sub(1).map_or(Path::ELECTION, |number| Path::CANDIDATE.numbered(number));
    match kind {
        Kind::Look if count == 1 => say!(lang, "{at}, with a watch", "{at}，并设置监听"),
        Kind::Look => at.to_string(),
        Kind::Found if count == 0 => words!(lang, "no such node", "没有该节点").into(),
        Kind::Found if number == 0 => words!(lang, "it is there", "节点存在").into(),
        Kind::Found => say!(lang, "{number} children", "{number} 个子节点"),
        _ => {
            let events = [Event::Created, Event::Changed, Event::Deleted, Event::Children];
            let event = events.into_iter().find(|event| *event as u32 == count);
            let what = happened(lang, event.unwrap_or(Event::Children));
            say!(lang, "{at}: {what}", "{at}：{what}")
        }
    }
}
