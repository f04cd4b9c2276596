//! The words on the cards of a cluster, and which shard a sentence is about.

use super::card::rough;
use super::registry::claim;
use super::{Dialect, Lang, Names, note as say_note};
use crate::ha::Part;
use crate::ha::note::Note;
use crate::sim::{MachineId, Micros};

/// What a machine says, in the words of its tier; a data node or balancer says which shard it is about.
#[inline(never)]
pub fn note(lang: Lang, (machine, lane): (MachineId, u8), note: &Note, names: &Names) -> String {
    let said = say_note(lang, machine, note, &names.spoken_by(machine));
    let of_shard = matches!(names.part(machine), Some(Part::Data(_) | Part::Balancer(_)));
    if names.shards < 2 || !of_shard || matches!(note, Note::Registry(_)) {
        return said;
    }
    let number = u32::from(lane) + 1;
    say!(lang, "shard {number}: {said}", "分片 {number}：{said}")
}

/// Shards are counted from 1.
fn numbers(lang: Lang, shards: &[u8]) -> String {
    let numbers: Vec<String> = shards.iter().map(|shard| (u32::from(*shard) + 1).to_string()).collect();
    numbers.join(words!(lang, ", ", "、"))
}

/// A shard as a heading.
pub fn shard(lang: Lang, shard: u8) -> String {
    let number = u32::from(shard) + 1;
    say!(lang, "Shard {number}", "分片 {number}")
}

/// Several shards, for a tooltip.
pub fn shards(lang: Lang, shards: &[u8]) -> String {
    let numbers = numbers(lang, shards);
    if shards.len() == 1 {
        say!(lang, "shard {numbers}", "分片 {numbers}")
    } else {
        say!(lang, "shards {numbers}", "分片 {numbers}")
    }
}

/// What a worker owns, or holds if it owns nothing.
pub fn owns(lang: Lang, owned: &[u8], held: &[u8]) -> String {
    let (mine, copies) = (numbers(lang, owned), numbers(lang, held));
    match (owned.len(), held.len()) {
        (0, 0) => words!(lang, "holds nothing", "没有分片").into(),
        (0, _) => say!(lang, "copies of {copies}", "持有副本 {copies}"),
        (1, _) => say!(lang, "owns shard {mine}", "归属分片 {mine}"),
        _ => say!(lang, "owns shards {mine}", "归属分片 {mine}"),
    }
}

/// Shards that nobody owns, on the card of a worker that holds them.
pub fn without_owner(lang: Lang, shards: &[u8]) -> String {
    let numbers = numbers(lang, shards);
    say!(lang, "no owner: shard {numbers}", "分片 {numbers} 无归属")
}

/// Why nobody owns a shard, and what an operator can do.
pub fn why_without_owner(lang: Lang, shard: u8, lost: bool) -> String {
    let number = u32::from(shard) + 1;
    if lost {
        say!(
            lang,
            "Nobody owns shard {number}: the last disk that surely had all of its data is lost.",
            "分片 {number} 无归属：最后一块确定拥有全部数据的磁盘已丢失。"
        )
    } else {
        say!(
            lang,
            "Nobody owns shard {number}: no worker lives that surely has all of its data. It waits until one is back.",
            "分片 {number} 无归属：存活的工作节点中，没有一个确定拥有全部数据；要等这样的节点回来。"
        )
    }
}

/// How long a claim lasts.
pub fn claim_left(lang: Lang, left_us: Micros, names: &Names) -> String {
    let (claim, left) = (claim(lang, names), rough(lang, left_us));
    say!(lang, "{claim} {left}", "{claim} {left}")
}

/// The same as a number with its unit, for an inspector.
pub fn time_left(lang: Lang, left_us: Micros) -> String {
    rough(lang, left_us)
}

/// What the manager does about a worker that does not run.
pub fn manager_waits(lang: Lang, left_us: Option<Micros>, held: usize) -> String {
    match left_us {
        Some(left) => {
            let left = rough(lang, left);
            say!(lang, "manager waits {left}", "管理器再等 {left}")
        }
        None if held > 0 => words!(lang, "claim taken from it", "租约已被收回").into(),
        None => words!(lang, "off the list", "已被除名").into(),
    }
}

/// The same where there is little room.
pub fn waits(lang: Lang, left_us: Option<Micros>) -> String {
    left_us.map_or_else(String::new, |left| {
        let left = rough(lang, left);
        say!(lang, "waits {left}", "再等 {left}")
    })
}

/// The member that a worker talks to.
pub fn via(lang: Lang, member: MachineId, names: &Names) -> String {
    let member = names.name(lang, member);
    say!(lang, "via {member}", "经 {member}")
}

/// A member's term and log: what is committed, and where it ends.
pub fn member_line(lang: Lang, (term, committed, last): (u32, u32, u32), names: &Names) -> String {
    match names.dialect {
        Dialect::Raft => say!(lang, "term {term} · {committed}/{last}", "任期 {term} · {committed}/{last}"),
        _ => say!(lang, "epoch {term} · {committed}/{last}", "纪元 {term} · {committed}/{last}"),
    }
}

/// The same where there is little room.
pub fn member_line_briefly(_: Lang, (term, committed, last): (u32, u32, u32), names: &Names) -> String {
    let era = if names.dialect == Dialect::Raft { 'T' } else { 'E' };
    format!("{era}{term} · {committed}/{last}")
}

/// What these numbers are.
pub fn member_numbers(lang: Lang, (term, committed, last): (u32, u32, u32), names: &Names) -> String {
    match names.dialect {
        Dialect::Raft => say!(
            lang,
            "term {term}, log committed up to {committed} of {last}",
            "任期 {term}，日志共 {last} 条，已提交 {committed} 条"
        ),
        _ => say!(
            lang,
            "epoch {term}, log committed up to {committed} of {last}",
            "纪元 {term}，日志共 {last} 条，已提交 {committed} 条"
        ),
    }
}

/// How many losses an ensemble survives, in short.
pub fn survives_briefly(lang: Lang, members: usize, losses: usize) -> String {
    match losses {
        0 => say!(lang, "{members} · survive no loss", "{members} · 不能失去任何一个"),
        _ => say!(lang, "{members} · survive {losses} down", "{members} · 可失去 {losses} 个"),
    }
}

/// How many losses an ensemble survives; an even one no more than one with a member less.
pub fn survives(lang: Lang, members: usize, losses: usize, even: bool) -> String {
    let less = members.saturating_sub(1);
    match (losses, even) {
        (0, true) => say!(
            lang,
            "{members} members survive no loss: a majority of {members} is both. One member alone fails less often.",
            "{members} 个成员不能失去任何一个：两个的多数派就是两个。单独一个成员反而更少出故障。"
        ),
        (0, false) => words!(
            lang,
            "A single member survives no loss: nothing is decided without it.",
            "单个成员不能失去：没有它就什么也决定不了。"
        )
        .into(),
        (_, true) => say!(
            lang,
            "{members} members survive the loss of {losses}, no more than {less} do: the even one only adds what can fail.",
            "{members} 个成员可以承受失去 {losses} 个，并不比 {less} 个更多：多出的一个只是多了会坏的东西。"
        ),
        (_, false) => say!(
            lang,
            "{members} members survive the loss of {losses}: the others are still a majority.",
            "{members} 个成员可以承受失去 {losses} 个：其余的仍是多数派。"
        ),
    }
}

/// What a cluster is cut into: "3 × 2".
pub fn cut(lang: Lang, shards: u8, copies: u8) -> String {
    say!(lang, "{shards} × {copies} copies", "{shards} × {copies} 副本")
}
