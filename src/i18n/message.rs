//! Messages and timers in words.

use super::{Dialect, Lang, Names, ensemble, refusal, registry};
use crate::ha::Part;
use crate::ha::message::{Brief, Kind, Refusal, Timer};
use crate::sim::MachineId;

/// A kind of message, in a word or two: for legends, filters and the log.
pub fn kind(lang: Lang, kind: Kind) -> &'static str {
    match kind {
        Kind::ReadRequest => words!(lang, "read request", "读请求"),
        Kind::WriteRequest => words!(lang, "write request", "写请求"),
        Kind::Done => words!(lang, "answer “done”", "应答“成功”"),
        Kind::NotMaster => words!(lang, "answer “not master”", "应答“不是主节点”"),
        Kind::Failed => words!(lang, "answer “failed”", "应答“失败”"),
        Kind::Check => words!(lang, "health check", "健康检查"),
        Kind::CheckReply => words!(lang, "health report", "健康检查应答"),
        Kind::Announce => words!(lang, "address takeover", "地址接管通告"),
        Kind::WhoHas => words!(lang, "address query", "地址查询"),
        Kind::DnsUpdate => words!(lang, "name update", "域名更新"),
        Kind::DnsQuery => words!(lang, "name query", "域名查询"),
        Kind::DnsAnswer => words!(lang, "name answer", "域名应答"),
        Kind::Heartbeat => words!(lang, "heartbeat", "心跳"),
        Kind::HeartbeatReply => words!(lang, "heartbeat reply", "心跳应答"),
        Kind::Follow => words!(lang, "request to follow", "跟随请求"),
        Kind::Append => words!(lang, "replication", "复制日志"),
        Kind::AppendReply => words!(lang, "replication reply", "复制应答"),
        Kind::AppendRefused => words!(lang, "replication refused", "拒绝复制"),
        Kind::Copy => words!(lang, "full copy", "全量复制"),
        Kind::Canvass => words!(lang, "request for votes", "拉票"),
        Kind::VoteGranted => words!(lang, "vote “yes”", "投票“同意”"),
        Kind::VoteRefused => words!(lang, "vote “no”", "投票“拒绝”"),
        Kind::SetInSync => words!(lang, "new in-sync set", "新的同步集"),
        Kind::InSyncRecorded => words!(lang, "in-sync set recorded", "同步集已记录"),
        Kind::Handover => words!(lang, "handover", "移交主节点"),
        Kind::Fence => words!(lang, "fencing order", "隔离命令"),
        Kind::FenceReply => words!(lang, "fencing report", "隔离结果"),
        Kind::Page => words!(lang, "call to the operator", "呼叫值班人员"),
        Kind::Promote => words!(lang, "promotion order", "提升命令"),
        Kind::Decline => words!(lang, "promotion not needed", "无需提升"),
        Kind::Mount => words!(lang, "storage request", "挂载请求"),
        Kind::Mounted => words!(lang, "storage contents", "存储内容"),
        _ => ensemble::kind(lang, kind),
    }
}

/// A message with the numbers that matter in it.
pub fn message(lang: Lang, brief: &Brief, names: &Names) -> String {
    if names.dialect != Dialect::Pair
        && let Some(said) = ensemble::message(lang, brief, names)
    {
        return said;
    }
    let name = kind(lang, brief.kind);
    let Brief { epoch, number, count, canary, .. } = *brief;
    let target = |number: u32| names.name(lang, MachineId::from_index(number as usize));
    let details = match brief.kind {
        Kind::ReadRequest | Kind::WriteRequest | Kind::Done | Kind::NotMaster | Kind::Failed => {
            let no = if canary {
                say!(lang, "canary {number}", "探测 {number}")
            } else {
                say!(lang, "no. {number}", "编号 {number}")
            };
            // Attempts are counted from 0; the first is not worth a word.
            match count {
                0 => no,
                again => say!(lang, "{no}, retry {again}", "{no}，第 {again} 次重试"),
            }
        }
        Kind::Check if count == 1 => words!(lang, "deep", "深度").into(),
        Kind::Check => words!(lang, "shallow", "浅层").into(),
        Kind::CheckReply if count == 1 => say!(lang, "well, epoch {epoch}", "正常，纪元 {epoch}"),
        Kind::CheckReply => say!(lang, "not well, epoch {epoch}", "异常，纪元 {epoch}"),
        Kind::WhoHas | Kind::DnsQuery | Kind::Decline => return name.into(),
        Kind::DnsAnswer => {
            let target = target(number);
            say!(lang, "{target}, epoch {epoch}", "{target}，纪元 {epoch}")
        }
        Kind::Heartbeat => {
            say!(lang, "no. {number}, epoch {epoch}, log {count}", "编号 {number}，纪元 {epoch}，日志 {count}")
        }
        Kind::HeartbeatReply => say!(lang, "no. {number}, epoch {epoch}", "编号 {number}，纪元 {epoch}"),
        Kind::Append if count == 0 => {
            say!(lang, "nothing new after log {number}, epoch {epoch}", "日志 {number} 之后无新内容，纪元 {epoch}")
        }
        Kind::Append => {
            let (first, last) = (number + 1, number + count);
            if first == last {
                say!(lang, "log {last}, epoch {epoch}", "日志 {last}，纪元 {epoch}")
            } else {
                say!(lang, "log {first} to {last}, epoch {epoch}", "日志 {first} 至 {last}，纪元 {epoch}")
            }
        }
        Kind::AppendReply => {
            say!(lang, "has {number}, {count} on disk", "已收到 {number}，已落盘 {count}")
        }
        Kind::VoteRefused => {
            let why = refusal(lang, refusal_from(number));
            say!(lang, "epoch {epoch}: {why}", "纪元 {epoch}：{why}")
        }
        Kind::SetInSync | Kind::InSyncRecorded => {
            let members = names.members(lang, count as u8);
            if members.is_empty() {
                say!(lang, "empty, epoch {epoch}", "空，纪元 {epoch}")
            } else {
                say!(lang, "{members}, epoch {epoch}", "{members}，纪元 {epoch}")
            }
        }
        Kind::Fence => target(number),
        Kind::FenceReply => {
            let target = target(number);
            if count == 1 {
                say!(lang, "{target} is off", "{target} 已断电")
            } else {
                say!(lang, "{target} may still be on", "{target} 可能仍在运行")
            }
        }
        Kind::Mounted
        | Kind::Follow
        | Kind::AppendRefused
        | Kind::Copy
        | Kind::Canvass
        | Kind::Handover
        | Kind::Page => {
            say!(lang, "epoch {epoch}, log {number}", "纪元 {epoch}，日志 {number}")
        }
        Kind::Mount | Kind::Announce | Kind::DnsUpdate | Kind::VoteGranted | Kind::Promote => {
            say!(lang, "epoch {epoch}", "纪元 {epoch}")
        }
        _ => return registry::message(lang, brief, names).unwrap_or_else(|| name.into()),
    };
    say!(lang, "{name} ({details})", "{name}（{details}）")
}

/// The same between two machines: members of a manager have the words of its protocol, and workers say which shard a
/// message is about.
pub fn message_between(lang: Lang, brief: &Brief, (from, to): (MachineId, MachineId), names: &Names) -> String {
    if names.manager.is_none() {
        return message(lang, brief, names);
    }
    let is_member = |machine| matches!(names.part(machine), Some(Part::Member(_)));
    if is_member(from) && is_member(to) {
        return message(lang, brief, &names.spoken_by(from));
    }
    let said = message(lang, brief, names);
    match names.shard(brief.lane, from, to) {
        Some(number) => say!(lang, "shard {number}, {said}", "分片 {number}，{said}"),
        None => said,
    }
}

/// The reason that a brief carries as a number.
fn refusal_from(number: u32) -> Refusal {
    let all = [Refusal::HearsMaster, Refusal::AlreadyVoted, Refusal::BehindMe, Refusal::NotInSync, Refusal::Amnesia];
    all.into_iter().find(|reason| *reason as u32 == number).unwrap_or(Refusal::None)
}

/// What a machine waits for.
pub fn timer(lang: Lang, timer: Timer) -> String {
    let node = |node: u8| Names::data(node);
    match timer {
        Timer::Heartbeat => words!(lang, "the next heartbeat", "发送下一次心跳").into(),
        Timer::Silence => words!(lang, "the silence limit of the master", "主节点静默上限").into(),
        Timer::Canvass => words!(lang, "the end of a round of votes", "一轮投票结束").into(),
        Timer::Lease => words!(lang, "the end of its lease", "自己的租约到期").into(),
        Timer::LeaseWait => {
            words!(lang, "the old master's lease has surely run out", "旧主节点的租约必定已过期").into()
        }
        Timer::Recovery => words!(lang, "service started and log replayed", "服务启动并重放完日志").into(),
        Timer::Fence => words!(lang, "the next fencing order", "下一次隔离命令").into(),
        Timer::FenceDone(index) => {
            let node = node(index);
            say!(lang, "the power switch of {node}", "{node} 的电源开关动作完成")
        }
        Timer::Operator => words!(lang, "the operator has thought about it", "值班人员完成判断").into(),
        Timer::Degrade => words!(lang, "patience with missing standbys", "等待缺席备节点的时限").into(),
        Timer::Failback => words!(lang, "failback to the preferred master", "回切到首选主节点").into(),
        Timer::Switchover => words!(lang, "the time for a switchover", "计划切换的时限").into(),
        Timer::Backup => words!(lang, "the next backup", "下一次备份").into(),
        Timer::Restore => words!(lang, "the backup is restored", "备份恢复完成").into(),
        Timer::DiskRetry => words!(lang, "the next try to write to the disk", "下一次重试写盘").into(),
        Timer::Check(index) => {
            let node = node(index);
            say!(lang, "the next health check of {node}", "对 {node} 的下一次健康检查")
        }
        Timer::CheckTimeout(index) => {
            let node = node(index);
            say!(lang, "no answer to the health check from {node}", "{node} 未应答健康检查")
        }
        Timer::Arrival => words!(lang, "the next request", "下一个请求").into(),
        Timer::Canary => words!(lang, "the next canary", "下一次探测").into(),
        Timer::Request(slot) => say!(lang, "the time for the request in slot {slot}", "槽位 {slot} 的请求超时"),
        Timer::Retry(slot) => say!(lang, "retry of the request in slot {slot}", "重试槽位 {slot} 的请求"),
        Timer::Work(slot) => say!(lang, "the request in slot {slot} is served", "槽位 {slot} 的请求处理完毕"),
        Timer::Upstream(slot) => {
            say!(lang, "no answer from a worker to the request in slot {slot}", "工作节点未应答槽位 {slot} 的请求")
        }
        Timer::Ejection(index) => {
            let node = node(index);
            say!(lang, "the end of the ejection of {node}", "{node} 的摘除期满")
        }
        Timer::Tally => words!(lang, "the next look at the load", "下一次统计负载").into(),
        Timer::Ttl => words!(lang, "the cached name expires", "缓存的域名过期").into(),
        Timer::Shard(shard, of_node) => {
            let (number, what) = (shard + 1, self::timer(lang, of_node.plain()));
            say!(lang, "shard {number}: {what}", "分片 {number}：{what}")
        }
        Timer::Registry(timer) => registry::timer(lang, timer),
        Timer::Raft(_) | Timer::Zab(_) => ensemble::timer(lang, timer).into(),
    }
}
