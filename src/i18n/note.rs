//! What the processes say about themselves, as sentences that give the reason.

use super::{Dialect, Lang, Names, duration, ensemble, length, pool, registry};
use crate::ha::message::{OpKind, Refusal, RequestId};
use crate::ha::note::{FencedBy, Note, Outcome, Stale, StepDown};
use crate::sim::MachineId;

/// What `machine` says, in one or two sentences.
pub fn note(lang: Lang, machine: MachineId, note: &Note, names: &Names) -> String {
    if names.dialect != Dialect::Pair
        && let Some(said) = ensemble::note(lang, machine, note, names)
    {
        return said;
    }
    let name = |machine| names.name(lang, machine);
    let who = name(machine);
    let voters = names.voters;
    match *note {
        Note::Issued { id, kind, key } => {
            let (what, op) = (request(lang, id), operation(lang, kind, key));
            say!(lang, "{who} issues {what}: {op}.", "{who} 发出{what}：{op}。")
        }
        Note::Finished { id, kind, key, outcome, version } => {
            let (what, op, at) = (request(lang, id), operation(lang, kind, key), version.index);
            match (outcome, kind) {
                (Outcome::Done, _) if names.stateless => {
                    say!(lang, "{what} of {who} succeeded: {op}.", "{who} 的{what} 成功：{op}。")
                }
                (Outcome::Done, OpKind::Read) => {
                    say!(
                        lang,
                        "{what} of {who} succeeded: {op} gave the version of log {at}.",
                        "{who} 的{what} 成功：{op}，读到日志 {at} 的版本。"
                    )
                }
                (Outcome::Done, _) => {
                    say!(
                        lang,
                        "{what} of {who} succeeded: {op} is log {at}.",
                        "{who} 的{what} 成功：{op}，位于日志 {at}。"
                    )
                }
                (Outcome::Failed, _) => {
                    say!(
                        lang,
                        "{what} of {who} failed: {op}; surely without effect.",
                        "{who} 的{what} 失败：{op}；肯定没有生效。"
                    )
                }
                (Outcome::Unknown, OpKind::Read) => {
                    say!(lang, "{what} of {who} was not answered in time: {op}.", "{who} 的{what} 超时未应答：{op}。")
                }
                (Outcome::Unknown, _) => {
                    say!(
                        lang,
                        "{what} of {who} was not answered in time: {op} may or may not have been done.",
                        "{who} 的{what} 超时未应答：{op} 可能已生效，也可能没有。"
                    )
                }
            }
        }
        Note::Routed { to, epoch } => {
            let to = name(to);
            say!(lang, "{who} now sends writes to {to}, epoch {epoch}.", "{who} 现在把写请求发往 {to}，纪元 {epoch}。")
        }
        Note::StaleRefused { from, epoch, newest, what } => {
            let from = name(from);
            let what = stale(lang, what);
            say!(
                lang,
                "{who} refuses {what} from {from}: its epoch {epoch} is over, the newest is {newest}.",
                "{who} 拒绝来自 {from} 的{what}：纪元 {epoch} 已过时，最新纪元是 {newest}。"
            )
        }
        Note::Failsafe { epoch } => say!(
            lang,
            "{who} has lost its claim at the manager and goes on as master, epoch {epoch}: all other holders of its data \
             hear it (failsafe mode).",
            "{who} 与集群管理器失联，但其他副本都还能听到它，于是继续担任主节点，纪元 {epoch}（故障保护模式）。"
        ),
        Note::Health { node, up: true } => {
            let node = name(node);
            say!(
                lang,
                "{who} takes {node} in again: its health checks succeed.",
                "{who} 重新启用 {node}：健康检查通过。"
            )
        }
        Note::Health { node, up: false } => {
            let node = name(node);
            say!(lang, "{who} takes {node} out: its health checks fail.", "{who} 摘除 {node}：健康检查失败。")
        }

        Note::Suspected { master, silent_us } => {
            let (master, silent) = (name(master), duration(lang, silent_us));
            say!(
                lang,
                "{who} suspects {master}: no heartbeat for {silent}.",
                "{who} 怀疑 {master} 已失效：已有 {silent}没有收到心跳。"
            )
        }
        Note::NoMaster { silent_us } => {
            let silent = duration(lang, silent_us);
            say!(
                lang,
                "{who} has come up and hears no master: none for {silent}.",
                "{who} 启动后一直没有收到主节点的心跳，已等待 {silent}。"
            )
        }
        Note::Trusted { master } => {
            let master = name(master);
            say!(lang, "{who} hears {master} again and trusts it.", "{who} 重新收到 {master} 的心跳，不再怀疑它。")
        }

        Note::Canvassing { epoch, last } => {
            let at = last.index;
            say!(
                lang,
                "{who} asks the voters whether it may be master in epoch {epoch}; its log ends at {at}.",
                "{who} 向投票成员征询能否在纪元 {epoch} 成为主节点；它的日志到 {at} 为止。"
            )
        }
        Note::Voted { candidate, epoch, why: Refusal::None } if candidate == machine => {
            say!(lang, "{who} votes for itself in epoch {epoch}.", "{who} 在纪元 {epoch} 投票给自己。")
        }
        Note::Voted { candidate, epoch, why: Refusal::None } => {
            let candidate = name(candidate);
            say!(lang, "{who} votes for {candidate} in epoch {epoch}.", "{who} 在纪元 {epoch} 投票给 {candidate}。")
        }
        Note::Voted { candidate, epoch, why } => {
            let (candidate, why) = (name(candidate), refusal(lang, why));
            say!(
                lang,
                "{who} refuses {candidate} its vote in epoch {epoch}: {why}.",
                "{who} 在纪元 {epoch} 拒绝投票给 {candidate}：{why}。"
            )
        }
        Note::Decided { epoch, needed: 0, .. } => say!(
            lang,
            "the manager has made {who} the owner, under fencing token {epoch}.",
            "集群管理器指定 {who} 为归属节点，隔离令牌 {epoch}。"
        ),
        Note::Decided { epoch, votes, needed, logs_read } => {
            let logs = logs(lang, logs_read);
            if needed <= 1 {
                say!(
                    lang,
                    "{who} is to be master in epoch {epoch}: it decides without asking for votes; {logs}.",
                    "决定由 {who} 在纪元 {epoch} 成为主节点：无需投票，自行决定；{logs}。"
                )
            } else {
                say!(
                    lang,
                    "{who} is to be master in epoch {epoch}: {votes} of {voters} voters agreed, {needed} were needed; {logs}.",
                    "决定由 {who} 在纪元 {epoch} 成为主节点：{voters} 个投票成员中 {votes} 个同意，需要 {needed} 个；{logs}。"
                )
            }
        }
        Note::CanvassFailed { epoch, votes, needed } => {
            say!(
                lang,
                "{who} may not be master in epoch {epoch}: {votes} of {voters} voters agreed, {needed} were needed.",
                "{who} 未能在纪元 {epoch} 成为主节点：{voters} 个投票成员中只有 {votes} 个同意，需要 {needed} 个。"
            )
        }
        Note::OperatorCalled { by, fencing: false } => {
            let by = name(by);
            say!(
                lang,
                "{by} calls the operator: somebody has to decide who is master.",
                "{by} 呼叫值班人员：需要有人决定谁来当主节点。"
            )
        }
        Note::OperatorCalled { by, fencing: true } => {
            let by = name(by);
            say!(
                lang,
                "{by} calls the operator: somebody has to make sure that the old master is off.",
                "{by} 呼叫值班人员：需要有人确认旧主节点已关机。"
            )
        }
        Note::OperatorActs { node, epoch } => {
            let node = name(node);
            say!(
                lang,
                "the operator orders {node} to become master: the master of epoch {epoch} is lost.",
                "纪元 {epoch} 的主节点已失去联系，值班人员命令 {node} 接任主节点。"
            )
        }

        Note::FenceOrdered { target, order } => {
            let target = name(target);
            say!(
                lang,
                "{who} orders the power of {target} to be cut, try {order}.",
                "{who} 命令切断 {target} 的电源，第 {order} 次。"
            )
        }
        Note::FenceFailed { target, order } => {
            let target = name(target);
            say!(
                lang,
                "{who} has no confirmation that {target} is off, try {order}: it must not be promoted yet.",
                "{who} 没有得到 {target} 已断电的确认，第 {order} 次：还不能提升。"
            )
        }
        Note::Fenced { epoch, by } => fenced(lang, &who, epoch, by),

        Note::Promoting { epoch, takes_us, .. } if names.shared_storage => {
            let takes = length(lang, takes_us);
            say!(
                lang,
                "{who} is being promoted for epoch {epoch}: it starts the service and reads the log from the shared \
                 storage, which takes at least {takes}.",
                "{who} 正在为纪元 {epoch} 提升：启动服务并从共享存储读取日志，至少需要 {takes}。"
            )
        }
        Note::Promoting { epoch, last, takes_us } => {
            let (at, takes) = (last.index, length(lang, takes_us));
            say!(
                lang,
                "{who} is being promoted for epoch {epoch}: it opens its log up to {at}, which takes {takes}.",
                "{who} 正在为纪元 {epoch} 提升：打开到 {at} 为止的日志，需要 {takes}。"
            )
        }
        Note::BecameMaster { epoch, base, .. } if base.index == 0 => {
            say!(
                lang,
                "{who} is master now, epoch {epoch}: it starts with an empty log.",
                "{who} 成为主节点，纪元 {epoch}：从空日志开始。"
            )
        }
        Note::BecameMaster { epoch, base, logs_read } => {
            let (at, logs) = (base.index, logs(lang, logs_read));
            if logs_read > 1 {
                say!(
                    lang,
                    "{who} is master now, epoch {epoch}: it starts from log {at}; {logs}.",
                    "{who} 成为主节点，纪元 {epoch}：从日志 {at} 开始；{logs}。"
                )
            } else {
                say!(
                    lang,
                    "{who} is master now, epoch {epoch}: it starts from log {at}.",
                    "{who} 成为主节点，纪元 {epoch}：从日志 {at} 开始。"
                )
            }
        }
        Note::SteppedDown { epoch, why } => {
            let why = step_down(lang, why);
            say!(
                lang,
                "{who} is master of epoch {epoch} no longer: {why}.",
                "{who} 不再是纪元 {epoch} 的主节点：{why}。"
            )
        }
        Note::Follows { master, epoch } => {
            let master = name(master);
            say!(lang, "{who} follows {master} in epoch {epoch}.", "{who} 在纪元 {epoch} 跟随 {master}。")
        }

        Note::Acknowledged { id, pos, standbys } => {
            let (what, site, at) = (request(lang, id), u32::from(id.site) + 1, pos.index);
            let have = match standbys {
                _ if names.shared_storage => words!(lang, "the shared storage has it", "共享存储已有它").into(),
                0 => words!(lang, "no standby has it yet", "还没有备节点拥有它").into(),
                1 => words!(lang, "one standby has it", "1 个备节点已有它").into(),
                n => say!(lang, "{n} standbys have it", "{n} 个备节点已有它"),
            };
            say!(
                lang,
                "{who} acknowledges {what} of site {site} at log {at}: {have}.",
                "{who} 确认站点 {site} 的{what}，日志 {at}：{have}。"
            )
        }
        Note::InSyncSet { set } => {
            let members = names.members(lang, set.members);
            if members.is_empty() {
                words!(lang, "the in-sync set is empty now.", "同步集现在为空。").into()
            } else {
                say!(
                    lang,
                    "the in-sync set is {members} now: only its members may be promoted.",
                    "同步集现在是 {members}：只有其中的成员可以被提升。"
                )
            }
        }
        Note::Degraded { on: true, .. } if names.alone_is_recorded => say!(
            lang,
            "{who} goes on alone: nobody else may be promoted now, so what it acknowledges is lost only with its disk.",
            "{who} 独自运行：此时其他节点不能被提升，因此它确认的写入只会随它的磁盘一起丢失。"
        ),
        Note::Degraded { on: true, .. } => {
            say!(
                lang,
                "{who} falls back: it acknowledges writes without waiting for standbys, so they can be lost.",
                "{who} 降级运行：不等备节点就确认写入，这些写入可能丢失。"
            )
        }
        Note::Degraded { on: false, .. } => {
            say!(lang, "{who} has enough standbys and waits for them again.", "{who} 的备节点已够，重新等待它们确认。")
        }
        Note::Rewound { to, dropped } => {
            let at = to.index;
            match dropped {
                1 => say!(
                    lang,
                    "{who} throws away one log entry that the master does not have; its log ends at {at} now.",
                    "{who} 丢弃主节点没有的 1 条日志；它的日志现在到 {at} 为止。"
                ),
                n => say!(
                    lang,
                    "{who} throws away {n} log entries that the master does not have; its log ends at {at} now.",
                    "{who} 丢弃主节点没有的 {n} 条日志；它的日志现在到 {at} 为止。"
                ),
            }
        }
        Note::Copied { pos } => {
            let at = pos.index;
            say!(
                lang,
                "{who} has copied all data of the master up to log {at}.",
                "{who} 已从主节点全量复制到日志 {at}。"
            )
        }
        Note::CaughtUp { pos } => {
            let at = pos.index;
            say!(lang, "{who} has caught up with the master at log {at}.", "{who} 已追上主节点，日志 {at}。")
        }
        Note::DiskFailed => say!(lang, "{who} could not write to its disk.", "{who} 写磁盘失败。"),
        Note::Reserved { node, epoch } => {
            let node = name(node);
            say!(
                lang,
                "{who} is reserved for {node} in epoch {epoch}: from now on it refuses writes of older epochs.",
                "{who} 已为 {node} 保留，纪元 {epoch}：从现在起拒绝更旧纪元的写入。"
            )
        }
        Note::Mounted { pos } => {
            let at = pos.index;
            say!(
                lang,
                "{who} has read the shared storage: the log ends at {at}.",
                "{who} 已读取共享存储：日志到 {at} 为止。"
            )
        }
        Note::Overwritten { by, epoch, dropped } => {
            let by = name(by);
            say!(
                lang,
                "{who} takes a write of {by}, epoch {epoch}, over {dropped} entries that another node had written: whoever \
                 reads the log next does not find them.",
                "{who} 接受了 {by}（纪元 {epoch}）的写入，覆盖了另一个节点写下的 {dropped} 条：下一个读取日志的节点找不到它们。"
            )
        }
        Note::Unreadable { from, end } => {
            let (from, at) = (name(from), end.index);
            say!(
                lang,
                "{who} takes writes of {from} behind a gap: its log ends at {at} for whoever reads it next.",
                "{who} 接受了 {from} 在缺口之后的写入：对下一个读取者来说，日志到 {at} 就结束了。"
            )
        }

        Note::Poisoned { pos } => {
            let at = pos.index;
            say!(
                lang,
                "{who} applied the poison write at log {at} and cannot serve any more: replication copies bad data too.",
                "{who} 应用了日志 {at} 的毒丸写入，无法再服务：复制也会复制坏数据。"
            )
        }
        Note::BackedUp { pos } => {
            let at = pos.index;
            say!(lang, "{who} has a backup of everything up to log {at}.", "{who} 完成备份，内容到日志 {at} 为止。")
        }
        Note::Restoring { pos, takes_us } => {
            let (at, takes) = (pos.index, length(lang, takes_us));
            say!(
                lang,
                "{who} restores the backup of log {at}, which takes {takes}; what came later is lost.",
                "{who} 正在恢复日志 {at} 的备份，需要 {takes}；之后的数据会丢失。"
            )
        }

        Note::SwitchoverBegan { to } => {
            let to = name(to);
            say!(
                lang,
                "{who} begins a planned switchover to {to}: it takes no more writes.",
                "{who} 开始计划切换到 {to}：不再接受写入。"
            )
        }
        Note::SwitchoverFailed { to } => {
            let to = name(to);
            say!(
                lang,
                "{who} gives up the switchover to {to} and goes on as master.",
                "{who} 放弃切换到 {to}，继续担任主节点。"
            )
        }
        Note::TurnedGray { hang: true } => {
            say!(
                lang,
                "{who} turns gray: requests hang, though it answers heartbeats.",
                "{who} 出现灰色故障：请求挂起，但仍应答心跳。"
            )
        }
        Note::TurnedGray { hang: false } => {
            say!(
                lang,
                "{who} turns gray: requests fail, though it answers heartbeats.",
                "{who} 出现灰色故障：请求出错，但仍应答心跳。"
            )
        }
        Note::Recovered => say!(lang, "{who} serves well again.", "{who} 恢复正常服务。"),
        Note::Repeated { .. } | Note::Outside | Note::Raft(_) | Note::Zab(_) => {
            ensemble::own_note(lang, machine, note, names)
        }
        Note::Registry(said) => registry::note(lang, &who, &said, names),
        Note::Ejected { .. }
        | Note::Reinstated { .. }
        | Note::Draining { .. }
        | Note::Drained { .. }
        | Note::Ready { .. }
        | Note::NobodyIn
        | Note::RetriesStopped { .. }
        | Note::QueueFull { .. }
        | Note::QueueEased { .. } => pool::note(lang, &who, note, names),
    }
}

fn fenced(lang: Lang, who: &str, epoch: u32, by: FencedBy) -> String {
    match by {
        FencedBy::Nothing => say!(
            lang,
            "{who} goes on to epoch {epoch} without fencing: nothing keeps the old master from writing.",
            "{who} 未经隔离就进入纪元 {epoch}：没有什么能阻止旧主节点继续写入。"
        ),
        FencedBy::PowerCut => say!(
            lang,
            "the old master is fenced before epoch {epoch}: its power is off, and {who} has the confirmation.",
            "旧主节点在纪元 {epoch} 之前已被隔离：电源已切断，{who} 得到了确认。"
        ),
        FencedBy::Lease => say!(
            lang,
            "the old master is fenced before epoch {epoch}: {who} has waited until its lease has surely run out.",
            "旧主节点在纪元 {epoch} 之前已被隔离：{who} 已等到它的租约必定过期。"
        ),
        FencedBy::Epoch => say!(
            lang,
            "{who} relies on epochs: whoever knows epoch {epoch} refuses the old master.",
            "{who} 依靠纪元隔离：凡知道纪元 {epoch} 的都会拒绝旧主节点。"
        ),
        FencedBy::Operator => say!(
            lang,
            "the operator says that the old master is off; {who} goes on to epoch {epoch}.",
            "值班人员确认旧主节点已关机；{who} 进入纪元 {epoch}。"
        ),
        FencedBy::Handover => say!(
            lang,
            "the old master has handed over and writes no more; {who} goes on to epoch {epoch}.",
            "旧主节点已主动移交，不再写入；{who} 进入纪元 {epoch}。"
        ),
    }
}

fn logs(lang: Lang, read: u8) -> String {
    match read {
        0 => words!(lang, "the log is on the shared storage", "日志在共享存储上").into(),
        1 => words!(lang, "it has read its own log only", "只读过自己的日志").into(),
        n => say!(lang, "{n} standby logs were read, its own included", "共读过 {n} 份备节点日志（含自己的）"),
    }
}

fn request(lang: Lang, id: RequestId) -> String {
    let number = id.ordinal;
    if id.canary {
        say!(lang, "canary {number}", "探测 {number}")
    } else {
        say!(lang, "request {number}", "请求 {number}")
    }
}

fn operation(lang: Lang, kind: OpKind, key: u8) -> String {
    match kind {
        OpKind::Read => say!(lang, "read of key {key}", "读键 {key}"),
        OpKind::Write => say!(lang, "write of key {key}", "写键 {key}"),
        OpKind::Poison => say!(lang, "poison write of key {key}", "写毒丸到键 {key}"),
    }
}

fn stale(lang: Lang, what: Stale) -> &'static str {
    match what {
        Stale::Append => words!(lang, "replication", "复制日志"),
        Stale::Response => words!(lang, "an answer to a client", "客户端应答"),
        Stale::Route => words!(lang, "a claim to be master", "主节点声明"),
        Stale::Heartbeat => words!(lang, "a heartbeat", "心跳"),
        Stale::Storage => words!(lang, "a write", "写入"),
    }
}

fn step_down(lang: Lang, why: StepDown) -> &'static str {
    match why {
        StepDown::NewerEpoch => words!(lang, "it has met a newer epoch", "它遇到了更新的纪元"),
        StepDown::LeaseLost => words!(lang, "its lease ran out before it was renewed", "租约未能及时续约而过期"),
        StepDown::Handover => words!(lang, "it hands the role over as planned", "按计划移交角色"),
        StepDown::Outranked => {
            words!(lang, "it has met another master, and rank decides", "它遇到了另一个主节点，由优先级决定去留")
        }
        StepDown::Restore => words!(lang, "a backup is being restored on it", "它正在恢复备份"),
        StepDown::NoQuorum => words!(lang, "it does not hear a majority", "它听不到多数派"),
        StepDown::DiskFailed => words!(lang, "its disk takes no writes", "它的磁盘无法写入"),
        StepDown::Removed => words!(lang, "it belongs to the system no more", "它已不属于该系统"),
    }
}

/// Why a voter says no.
pub fn refusal(lang: Lang, why: Refusal) -> &'static str {
    match why {
        Refusal::None => words!(lang, "it agrees", "它同意"),
        Refusal::HearsMaster => words!(lang, "it still hears the master", "它仍能收到主节点的心跳"),
        Refusal::AlreadyVoted => {
            words!(lang, "it has voted in this epoch or a newer one", "它在本纪元或更新的纪元已投过票")
        }
        Refusal::BehindMe => words!(lang, "its own log is more advanced", "它自己的日志更新"),
        Refusal::NotInSync => words!(lang, "the candidate is not in the in-sync set", "候选节点不在同步集中"),
        Refusal::Amnesia => {
            words!(lang, "it lost its disk and with it what it had promised", "它丢失了磁盘，不记得承诺过什么")
        }
    }
}
