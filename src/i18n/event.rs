//! Any event of a trace as a sentence.

use super::names::finish;
use super::{Lang, Names, clock, cluster, fault, message_between, note, timer};
use crate::ha::Ha;
use crate::ha::cluster::registry;
use crate::ha::note::{FencedBy, Note, Stale};
use crate::sim::{CloseReason, Event, Loss, Status};

/// What happened, in one sentence that ends with a full stop.
pub fn event(lang: Lang, event: &Event<Ha>, names: &Names) -> String {
    let name = |machine| names.name(lang, machine);
    let text = match event {
        Event::Sent { from, to, brief, .. } => {
            let (from, to, what) = (name(*from), name(*to), message_between(lang, brief, (*from, *to), names));
            say!(lang, "{from} sends to {to}: {what}.", "{from} 向 {to} 发送：{what}。")
        }
        Event::Arrived { from, to, brief, .. } => {
            let (from, to, what) = (name(*from), name(*to), message_between(lang, brief, (*from, *to), names));
            say!(lang, "{to} receives from {from}: {what}.", "{to} 收到 {from} 的：{what}。")
        }
        Event::Lost { from, to, why, .. } => {
            let (from, to, why) = (name(*from), name(*to), loss(lang, *why));
            say!(lang, "a message from {from} to {to} is lost: {why}.", "{from} 发给 {to} 的一条消息丢失：{why}。")
        }
        Event::Held { from, to, .. } => {
            let (from, to) = (name(*from), name(*to));
            say!(
                lang,
                "a message from {from} to {to} cannot pass yet: it waits until the connection carries it.",
                "{from} 发给 {to} 的一条消息暂时无法通过，等待连接恢复后再发。"
            )
        }
        Event::Resent { from, to, arrives, .. } => {
            let (from, to, at) = (name(*from), name(*to), clock(arrives.us()));
            say!(
                lang,
                "a message from {from} to {to} is on its way; it is due at {at}.",
                "{from} 发给 {to} 的一条消息已在途中，预计 {at} 到达。"
            )
        }
        Event::Opened { machine, peer } => {
            let (machine, peer) = (name(*machine), name(*peer));
            say!(lang, "{machine} has a connection with {peer}.", "{machine} 与 {peer} 建立了连接。")
        }
        Event::Closed { machine, peer, reason } => {
            let (machine, peer, why) = (name(*machine), name(*peer), close(lang, *reason));
            say!(lang, "{machine}'s connection with {peer} is gone: {why}.", "{machine} 与 {peer} 的连接断开：{why}。")
        }
        Event::Fired { machine, timer: which } => {
            let (machine, which) = (name(*machine), timer(lang, *which));
            say!(lang, "a timer of {machine} runs out: {which}.", "{machine} 的定时器到期：{which}。")
        }
        Event::Synced { machine, ticket } => {
            let (machine, ticket) = (name(*machine), ticket.number());
            say!(
                lang,
                "{machine}'s disk has everything up to write {ticket}.",
                "{machine} 的磁盘已落盘到第 {ticket} 次写入。"
            )
        }
        Event::Machine { machine, status, lost_writes } => machine_is(lang, &name(*machine), *status, *lost_writes),
        Event::Fault { origin, fault: what } => fault(lang, *origin, what, names),
        Event::Note { machine, note: what, .. } if names.manager.is_none() => note(lang, *machine, what, names),
        Event::Note { machine, lane, note: what } => cluster::note(lang, (*machine, *lane), what, names),
    };
    finish(lang, text)
}

#[inline(never)]
fn machine_is(lang: Lang, who: &str, status: Status, lost_writes: u32) -> String {
    let text = match status {
        Status::Up => say!(lang, "{who} is up.", "{who} 已启动并运行。"),
        Status::Frozen => say!(
            lang,
            "{who} is frozen in mid-step; it keeps everything, also what it believes.",
            "{who} 在运行中被冻结；它保留一切，包括它以为的状态。"
        ),
        Status::Crashed => {
            say!(
                lang,
                "the process on {who} is dead; its operating system still answers.",
                "{who} 上的进程已退出，操作系统仍有响应。"
            )
        }
        Status::Starting => say!(lang, "the process on {who} is starting.", "{who} 上的进程正在启动。"),
        Status::Down => say!(lang, "{who} is down: nothing runs there.", "{who} 宕机：上面什么都不再运行。"),
        Status::Booting => say!(lang, "{who} is booting.", "{who} 正在开机。"),
    };
    match lost_writes {
        0 => text,
        1 => text + words!(lang, " One unsynced write is lost.", "有 1 次未落盘的写入丢失。"),
        n => text + &say!(lang, " {n} unsynced writes are lost.", "有 {n} 次未落盘的写入丢失。"),
    }
}

/// What a machine is doing, in a word.
pub fn status(lang: Lang, status: Status) -> &'static str {
    match status {
        Status::Up => words!(lang, "up", "运行"),
        Status::Frozen => words!(lang, "frozen", "冻结"),
        Status::Crashed => words!(lang, "process down", "进程已退出"),
        Status::Starting => words!(lang, "starting", "启动中"),
        Status::Down => words!(lang, "down", "宕机"),
        Status::Booting => words!(lang, "booting", "开机中"),
    }
}

fn loss(lang: Lang, why: Loss) -> &'static str {
    match why {
        Loss::Random => words!(lang, "the network dropped it", "网络丢包"),
        Loss::Cut => words!(lang, "the link is cut", "链路已断开"),
        Loss::Down => words!(lang, "nobody listens there", "对方没有进程在监听"),
        Loss::Overflow => words!(lang, "the receiver is overloaded", "接收方过载"),
        Loss::Closed => words!(lang, "its connection is gone", "它所在的连接已断开"),
    }
}

fn close(lang: Lang, reason: CloseReason) -> &'static str {
    match reason {
        CloseReason::Reset => words!(lang, "the other end closed it", "对方关闭了连接"),
        CloseReason::Refused => words!(lang, "nobody listens there", "对方没有进程在监听"),
        CloseReason::TimedOut => words!(lang, "no answer for too long", "太久没有应答"),
    }
}

/// What a live region reads out: only the turns of the story, with their time left out.
pub fn announcement(lang: Lang, what: &Event<Ha>, names: &Names) -> Option<String> {
    let is_turn = match what {
        Event::Fault { .. } => true,
        Event::Machine { status, .. } => matches!(status, Status::Up | Status::Down | Status::Crashed),
        Event::Note { note, .. } => matches!(
            note,
            Note::Suspected { .. }
                | Note::Decided { .. }
                | Note::CanvassFailed { .. }
                | Note::OperatorCalled { .. }
                | Note::FenceFailed { .. }
                | Note::Fenced { by: FencedBy::PowerCut | FencedBy::Lease, .. }
                | Note::BecameMaster { .. }
                | Note::SteppedDown { .. }
                | Note::Degraded { .. }
                | Note::Rewound { .. }
                | Note::Overwritten { .. }
                | Note::StaleRefused { what: Stale::Storage, .. }
                | Note::Poisoned { .. }
                | Note::SwitchoverBegan { .. }
                | Note::SwitchoverFailed { .. }
                | Note::Registry(
                    registry::Note::Expired { .. }
                        | registry::Note::ClaimLost { .. }
                        | registry::Note::Vacant { .. }
                        | registry::Note::HandedOver { .. }
                        | registry::Note::Drained { .. }
                        | registry::Note::Coordinates { .. }
                )
        ),
        _ => false,
    };
    is_turn.then(|| event(lang, what, names))
}
