//! What is said of a cluster's registry: claims, owners, watches, as sentences that give the reason.

use super::{Lang, Names, duration, tree};
use crate::ha::cluster::registry::{Note, Timer};
use crate::ha::message::{Brief, Kind};

/// What `who` says.
#[inline(never)]
pub fn note(lang: Lang, who: &str, note: &Note, names: &Names) -> String {
    let (worker, claim) = (Names::data, claim(lang, names));
    match *note {
        Note::Registered { worker: index, lease, sequence: Some(sequence) } => {
            let (worker, node) = (worker(index), node_name(sequence));
            say!(
                lang,
                "{who} registers {worker} as a living worker, under {claim} {lease}: its ephemeral node is {node}.",
                "{who} 登记工作节点 {worker}，{claim} {lease}，临时顺序节点为 {node}。"
            )
        }
        Note::Registered { worker: index, lease, sequence: None } => {
            let worker = worker(index);
            say!(
                lang,
                "{who} registers {worker} as a living worker, under {claim} {lease}.",
                "{who} 登记工作节点 {worker}，{claim} {lease}。"
            )
        }
        Note::Expired { worker: index, lease, silent_us } => {
            let (worker, silent) = (worker(index), duration(lang, silent_us));
            say!(
                lang,
                "{who} has {claim} {lease} of {worker} revoked: nothing heard of it for {silent}.",
                "{who} 发起撤销 {worker} 的{claim} {lease}：已有 {silent}没有收到它的消息。"
            )
        }
        Note::Revoked { worker: index, lease } => {
            let worker = worker(index);
            say!(
                lang,
                "{who} strikes {worker} off the list of living workers: {claim} {lease} is revoked.",
                "{who} 把 {worker} 从存活的工作节点中除名：{claim} {lease} 已撤销。"
            )
        }
        Note::Assigned { .. }
        | Note::Vacant { .. }
        | Note::HandedOver { .. }
        | Note::Moving { .. }
        | Note::Lost { .. }
        | Note::LossAccepted { .. } => owner(lang, who, note),
        Note::Emptied { worker: index } => {
            let worker = worker(index);
            say!(
                lang,
                "{who} counts {worker} no more among those who have all data: its disk was lost.",
                "{who} 不再把 {worker} 算作数据完整的节点：它的磁盘已丢失。"
            )
        }
        Note::Recorded { shard, set } => {
            let (shard, members) = (number(shard), names.members(lang, set.members));
            say!(
                lang,
                "{who} records the in-sync set of shard {shard}: {members}; only these may own it.",
                "{who} 记录分片 {shard} 的同步集：{members}；只有它们可以接管该分片。"
            )
        }
        Note::Placed { shard, holders } => {
            let (shard, holders) = (number(shard), names.members(lang, holders));
            say!(
                lang,
                "{who} has the data of shard {shard} held by {holders}.",
                "{who} 安排由 {holders} 保存分片 {shard} 的数据。"
            )
        }
        Note::Draining { worker: index } => {
            let worker = worker(index);
            say!(
                lang,
                "{who} drains {worker}: its shards go to others, and no new ones come.",
                "{who} 开始排空 {worker}：它的分片移交给其他节点，也不再分给它新的分片。"
            )
        }
        Note::Drained { worker: index } => {
            let worker = worker(index);
            say!(
                lang,
                "{who} finds {worker} empty: it owns and holds nothing any more, and can be removed.",
                "{who} 确认 {worker} 已排空：它不再拥有或保存任何分片，可以移除。"
            )
        }
        Note::Ready { worker: index } => {
            let worker = worker(index);
            say!(lang, "{who} lets {worker} have shards again.", "{who} 允许重新把分片分给 {worker}。")
        }
        Note::WatchFired { .. } | Note::SessionMoved { .. } | Note::TooNew { .. } | Note::ClaimLost { .. } => {
            session(lang, who, note, names)
        }
        Note::Znode { .. } | Note::Waits { .. } | Note::NodeFired { .. } | Note::Coordinates { .. } => {
            tree::note(lang, who, note)
        }
    }
}

/// Who owns a shard from now on.
fn owner(lang: Lang, who: &str, note: &Note) -> String {
    match *note {
        Note::Assigned { shard, worker, token } => {
            let (shard, worker) = (number(shard), Names::data(worker));
            say!(
                lang,
                "{who} gives shard {shard} to {worker}, under fencing token {token}.",
                "{who} 把分片 {shard} 分配给 {worker}，隔离令牌 {token}。"
            )
        }
        Note::Vacant { shard, .. } => {
            let shard = number(shard);
            say!(
                lang,
                "{who} has nobody to give shard {shard} to: no worker lives that surely has all of its data.",
                "{who} 找不到可以接管分片 {shard} 的节点：存活的工作节点中，没有一个确定拥有它的全部数据。"
            )
        }
        Note::Lost { shard } => {
            let shard = number(shard);
            say!(
                lang,
                "{who} has nobody left for shard {shard}: the last disk that surely had all of its data is lost, and \
                 acknowledged writes with it. An operator has to decide.",
                "{who} 再也找不到可以接管分片 {shard} 的节点：最后一块确定拥有全部数据的磁盘已丢失，已确认的写入也随之丢失，\
                 只能由运维人员决定。"
            )
        }
        Note::LossAccepted { shard, worker } => {
            let (shard, worker) = (number(shard), Names::data(worker));
            say!(
                lang,
                "{who} has shard {shard} begin anew with what {worker} has of it: the operator has accepted that the rest \
                 is lost.",
                "{who} 让分片 {shard} 以 {worker} 现有的数据重新开始：运维人员已接受其余数据的丢失。"
            )
        }
        Note::HandedOver { shard, from, to, token } => {
            let (shard, from, to) = (number(shard), Names::data(from), Names::data(to));
            say!(
                lang,
                "{who} gives shard {shard} to {to}, under fencing token {token}: {from} has handed it over.",
                "{who} 把分片 {shard} 分配给 {to}，隔离令牌 {token}：{from} 已主动移交。"
            )
        }
        Note::Moving { shard, to } => {
            let (shard, to) = (number(shard), Names::data(to));
            say!(
                lang,
                "{who} asks the owner of shard {shard} to hand it over to {to}.",
                "{who} 要求分片 {shard} 的所有者把它移交给 {to}。"
            )
        }
        _ => String::new(),
    }
}

/// How the sessions of workers and balancers fare.
fn session(lang: Lang, who: &str, note: &Note, names: &Names) -> String {
    let claim = claim(lang, names);
    match *note {
        Note::WatchFired { revision } => say!(
            lang,
            "the watch of {who} fires: the registry has changed, revision {revision}.",
            "{who} 的监听触发：登记表有变化，修订号 {revision}。"
        ),
        Note::SessionMoved { member } => {
            let member = names.name(lang, member);
            say!(
                lang,
                "{who} goes on with {member}: the member that it talked to was silent, or could not help.",
                "{who} 改与 {member} 通信：之前的成员没有响应，或无法服务。"
            )
        }
        Note::TooNew { client, seen, mine } => {
            let client = names.name(lang, client);
            say!(
                lang,
                "{who} refuses {client}, which has seen revision {seen}: its own is {mine}, and nobody shall go back in \
                 time.",
                "{who} 拒绝 {client}：对方已见过修订号 {seen}，而自己只到 {mine}，不能让它看到更旧的状态。"
            )
        }
        Note::ClaimLost { lease, told: true } => say!(
            lang,
            "{who} is told that its {claim} {lease} is revoked: it owns nothing any more, and registers anew.",
            "{who} 得知自己的{claim} {lease} 已被撤销：不再拥有任何分片，并重新登记。"
        ),
        Note::ClaimLost { lease, told: false } => say!(
            lang,
            "{who} gives up its {claim} {lease}: its own clock says that it has run out, and was not renewed.",
            "{who} 放弃自己的{claim} {lease}：按本机时钟它已到期，且未能续期。"
        ),
        _ => String::new(),
    }
}

/// The name of a worker's ephemeral sequence node, as ZooKeeper makes it: the counter of the parent in ten digits.
pub fn node_name(sequence: u32) -> String {
    format!("worker-{sequence:010}")
}

/// What a worker's claim is called.
pub(super) fn claim(lang: Lang, names: &Names) -> &'static str {
    if names.sessions { words!(lang, "session", "会话") } else { words!(lang, "lease", "租约") }
}

/// Shards are counted from 1.
fn number(shard: u8) -> u32 {
    u32::from(shard) + 1
}

/// A kind of message, in a word or two.
#[inline(never)]
pub fn kind(lang: Lang, kind: Kind) -> &'static str {
    match kind {
        Kind::Watch => words!(lang, "watch request", "监听请求"),
        Kind::Map => words!(lang, "registry", "登记表"),
        Kind::WatchFired => words!(lang, "watch event", "监听事件"),
        Kind::KeepAlive => words!(lang, "keep-alive", "保活"),
        Kind::Kept => words!(lang, "keep-alive answered", "保活应答"),
        Kind::ClaimGone => words!(lang, "claim gone", "租约或会话已失效"),
        Kind::Order => words!(lang, "registry order", "登记变更"),
        Kind::Ordered => words!(lang, "order result", "变更结果"),
        Kind::Look => words!(lang, "znode query", "znode 查询"),
        Kind::Found => words!(lang, "znode answer", "znode 应答"),
        Kind::NodeFired => words!(lang, "znode watch event", "znode 监听事件"),
        Kind::Unavailable => words!(lang, "answer “no leader”", "应答“没有领导者”"),
        _ => words!(lang, "answer “you know more”", "应答“你见过更新的状态”"),
    }
}

/// A message about the registry with the numbers that matter in it, if it is one.
#[inline(never)]
pub fn message(lang: Lang, brief: &Brief, names: &Names) -> Option<String> {
    let Brief { kind: what, epoch, number: which, count, .. } = *brief;
    let claim = claim(lang, names);
    let details = match what {
        Kind::Watch => say!(lang, "from revision {which} on", "从修订号 {which} 起"),
        Kind::Map | Kind::WatchFired => say!(lang, "revision {which}", "修订号 {which}"),
        Kind::KeepAlive if count == 0 => say!(lang, "no. {which}, nothing to renew", "编号 {which}，无需续期"),
        Kind::KeepAlive => say!(lang, "no. {which}, {claim} {count}", "编号 {which}，{claim} {count}"),
        Kind::Kept => say!(lang, "no. {which}", "编号 {which}"),
        Kind::ClaimGone => say!(lang, "{claim} {which}", "{claim} {which}"),
        Kind::Order => order(lang, (epoch, which as u8, count), claim),
        Kind::Ordered if count == 1 => say!(lang, "done, revision {which}", "完成，修订号 {which}"),
        Kind::Ordered => words!(lang, "refused", "拒绝").into(),
        Kind::Look | Kind::Found | Kind::NodeFired => tree::details(lang, brief),
        Kind::Unavailable | Kind::TooNew => return Some(kind(lang, what).into()),
        _ => return super::ensemble::message(lang, brief, names),
    };
    let name = kind(lang, what);
    Some(say!(lang, "{name} ({details})", "{name}（{details}）"))
}

/// What an order asks for: its brief has its kind in `count`.
fn order(lang: Lang, (token, which, kind): (u32, u8, u32), claim: &str) -> String {
    let (worker, shard) = (char::from(b'A'.saturating_add(which)), number(which));
    match kind {
        1 => say!(lang, "register {worker}", "登记 {worker}"),
        2 => say!(lang, "revoke {claim} {token} of {worker}", "撤销 {worker} 的{claim} {token}"),
        3 => say!(lang, "in-sync set of shard {shard}, token {token}", "分片 {shard} 的同步集，令牌 {token}"),
        4 => say!(lang, "hand over shard {shard}, token {token}", "移交分片 {shard}，令牌 {token}"),
        5 => say!(lang, "drain {worker}", "排空 {worker}"),
        7 => say!(lang, "accept the loss of shard {shard}", "接受分片 {shard} 的数据丢失"),
        8 => say!(lang, "create a znode for {worker}", "为 {worker} 创建 znode"),
        9 => say!(lang, "set a znode for {worker}", "为 {worker} 更新 znode"),
        10 => say!(lang, "delete a znode of {worker}", "删除 {worker} 的 znode"),
        _ => say!(lang, "let {worker} have shards again", "恢复给 {worker} 分配分片"),
    }
}

/// What a process waits for.
#[inline(never)]
pub fn timer(lang: Lang, timer: Timer) -> String {
    match timer {
        Timer::KeepAlive => words!(lang, "its next keep-alive", "发送下一次保活").into(),
        Timer::Claim => words!(lang, "the end of its claim", "自己的租约或会话到期").into(),
        Timer::Lease(index) => {
            let worker = Names::data(index);
            say!(lang, "the end of the lease of {worker}", "{worker} 的租约到期")
        }
        Timer::Tick => words!(lang, "the next countdown of sessions", "下一次会话倒计时").into(),
    }
}
