//! What is said of an ensemble: its leaders and followers, terms and votes, in the words of Raft and Zab.

mod facts;
mod protocols;

pub use facts::{progress, variables};
use protocols::{raft_note, zab_note};

use super::card::rough;
use super::{Lang, Names, duration, length, refusal};
use crate::ha::cluster::{raft, zab};
use crate::ha::inspect::Role;
use crate::ha::message::{Brief, Kind, Refusal, Timer};
use crate::ha::note::{Note, StepDown};
use crate::sim::{MachineId, Micros};

/// Which words a system has for its master and for the time of one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// Master, standby, epoch.
    #[default]
    Pair,
    /// Leader, follower, term.
    Raft,
    /// Leader, follower, epoch.
    Zab,
}

/// What Raft calls a term and Zab an epoch.
fn era(lang: Lang, names: &Names) -> &'static str {
    match names.dialect {
        Dialect::Raft => words!(lang, "term", "任期"),
        Dialect::Pair | Dialect::Zab => words!(lang, "epoch", "纪元"),
    }
}

/// What Raft calls an epoch, as the heading of a number.
pub fn term_heading(lang: Lang) -> &'static str {
    words!(lang, "Term", "任期")
}

/// What a member says, if an ensemble has words of its own for it.
#[inline(never)]
pub fn note(lang: Lang, machine: MachineId, note: &Note, names: &Names) -> Option<String> {
    let name = |machine| names.name(lang, machine);
    let (who, era, members) = (name(machine), era(lang, names), names.voters);
    Some(match *note {
        Note::Routed { to, epoch } => {
            let to = name(to);
            say!(lang, "{who} now sends writes to {to}, {era} {epoch}.", "{who} 现在把写请求发往 {to}，{era} {epoch}。")
        }
        Note::StaleRefused { from, epoch, newest, .. } => {
            let from = name(from);
            say!(
                lang,
                "{who} refuses what comes from {from}: its {era} {epoch} is over, the newest is {newest}.",
                "{who} 拒绝来自 {from} 的消息：{era} {epoch} 已过时，最新是 {newest}。"
            )
        }
        Note::Suspected { master, silent_us } => {
            let (leader, silent) = (name(master), duration(lang, silent_us));
            say!(
                lang,
                "{who} misses its leader {leader}: nothing heard for {silent}.",
                "{who} 认为领导者 {leader} 已失联：已有 {silent}没有收到它的消息。"
            )
        }
        Note::NoMaster { silent_us } => {
            let silent = duration(lang, silent_us);
            say!(
                lang,
                "{who} knows no leader, and has heard of none for {silent}.",
                "{who} 不知道谁是领导者，已有 {silent}没有听到任何领导者的消息。"
            )
        }
        Note::Trusted { master } => {
            let leader = name(master);
            say!(lang, "{who} hears its leader {leader} again.", "{who} 又收到了领导者 {leader} 的消息。")
        }
        Note::Canvassing { epoch, last } => {
            let at = last.index;
            say!(
                lang,
                "{who} is a candidate: it raises its {era} to {epoch}, votes for itself and asks the others; its log ends \
                 at {at}.",
                "{who} 成为候选者：把{era}升到 {epoch}，投票给自己并向其他成员拉票；它的日志到 {at} 为止。"
            )
        }
        Note::Voted { candidate, epoch, why: Refusal::None } => {
            let candidate = name(candidate);
            say!(
                lang,
                "{who} votes for {candidate} in {era} {epoch}.",
                "{who} 在{era} {epoch} 把选票投给 {candidate}。"
            )
        }
        Note::Voted { candidate, epoch, why } => {
            let (candidate, why) = (name(candidate), vote_refused(lang, why));
            say!(
                lang,
                "{who} refuses {candidate} its vote in {era} {epoch}: {why}.",
                "{who} 在{era} {epoch} 拒绝投票给 {candidate}：{why}。"
            )
        }
        Note::Decided { epoch, votes, .. } if names.dialect == Dialect::Zab => {
            say!(
                lang,
                "{who} has a quorum that follows it, {votes} of {members}: it proposes epoch {epoch}.",
                "已有 {members} 个成员中的 {votes} 个追随 {who}，达到法定人数：它提议纪元 {epoch}。"
            )
        }
        Note::Decided { epoch, votes, .. } => {
            say!(
                lang,
                "{who} is elected in {era} {epoch} with {votes} of {members} votes; it cannot commit before an entry of its \
                 own has a majority.",
                "{who} 在{era} {epoch} 当选，得到 {members} 票中的 {votes} 票；在自己的日志条目获得多数派之前还不能提交。"
            )
        }
        Note::CanvassFailed { epoch, votes, needed } => {
            say!(
                lang,
                "{who} is not elected in {era} {epoch}: {votes} of {members} votes, {needed} were needed.",
                "{who} 在{era} {epoch} 未能当选：{members} 票中得到 {votes} 票，需要 {needed} 票。"
            )
        }
        Note::BecameMaster { epoch, base, .. } => {
            let at = base.index;
            say!(
                lang,
                "{who} is leader of {era} {epoch} and serves: a majority has what it inherited, up to log {at}.",
                "{who} 成为{era} {epoch} 的领导者并开始服务：它继承的日志（到 {at} 为止）已在多数派上。"
            )
        }
        Note::SteppedDown { epoch, why } => {
            let why = step_down(lang, why, names);
            say!(
                lang,
                "{who} is leader of {era} {epoch} no longer: {why}.",
                "{who} 不再是{era} {epoch} 的领导者：{why}。"
            )
        }
        Note::Follows { master, epoch } => {
            let leader = name(master);
            say!(
                lang,
                "{who} follows the leader {leader} in {era} {epoch}.",
                "{who} 在{era} {epoch} 跟随领导者 {leader}。"
            )
        }
        Note::Acknowledged { id, pos, standbys } => {
            let (number, site, at) = (id.ordinal, u32::from(id.site) + 1, pos.index);
            let have = u32::from(standbys) + 1;
            say!(
                lang,
                "{who} acknowledges request {number} of site {site} at log {at}: {have} of {members} members have it.",
                "{who} 确认站点 {site} 的请求 {number}，日志 {at}：{members} 个成员中 {have} 个已有它。"
            )
        }
        Note::Rewound { to, dropped } => {
            let at = to.index;
            say!(
                lang,
                "{who} throws away log entries that its leader does not have, {dropped} in number; its log ends at {at} \
                 now.",
                "{who} 丢弃领导者没有的日志条目，共 {dropped} 条；它的日志现在到 {at} 为止。"
            )
        }
        Note::Copied { pos } => {
            let at = pos.index;
            say!(
                lang,
                "{who} was too far behind: it has taken over its leader's snapshot up to log {at}.",
                "{who} 落后太多：已接收领导者到日志 {at} 为止的快照。"
            )
        }
        Note::SwitchoverBegan { to } => {
            let to = name(to);
            say!(
                lang,
                "{who} hands the leadership over to {to}: it takes no more writes.",
                "{who} 把领导权移交给 {to}：不再接受写入。"
            )
        }
        Note::SwitchoverFailed { to } if names.dialect == Dialect::Zab => {
            let to = name(to);
            say!(
                lang,
                "{who} cannot hand over to {to}: Zab knows no transfer of leadership.",
                "{who} 无法移交给 {to}：Zab 不支持领导权移交。"
            )
        }
        Note::SwitchoverFailed { to } => {
            let to = name(to);
            say!(
                lang,
                "{who} gives up handing over to {to} and goes on as leader.",
                "{who} 放弃移交给 {to}，继续担任领导者。"
            )
        }
        _ => return None,
    })
}

/// What only an ensemble says.
#[inline(never)]
pub fn own_note(lang: Lang, machine: MachineId, note: &Note, names: &Names) -> String {
    let who = names.name(lang, machine);
    match *note {
        Note::Repeated { id, first, pos, twice } => {
            let (number, site) = (id.ordinal, u32::from(id.site) + 1);
            let (first, again) = (first.index, pos.index);
            if twice {
                say!(
                    lang,
                    "{who} applies request {number} of site {site} a second time, at log {again}: it was applied at {first} \
                     already, and without idempotence keys nobody can tell.",
                    "{who} 在日志 {again} 再次执行了站点 {site} 的请求 {number}：它在 {first} 已执行过，没有幂等键就无从分辨。"
                )
            } else {
                say!(
                    lang,
                    "{who} recognises request {number} of site {site} at log {again}: it was applied at {first}, and is not \
                     applied twice.",
                    "{who} 在日志 {again} 认出站点 {site} 的请求 {number}：它在 {first} 已执行过，不会重复执行。"
                )
            }
        }
        Note::Outside => say!(
            lang,
            "{who} has lost its disk and what it promised: it takes no part until it is replaced as a new member.",
            "{who} 丢失了磁盘和做过的承诺：在作为新成员替换之前，它不再参与。"
        ),
        Note::Raft(said) => raft_note(lang, &who, &said, names),
        Note::Zab(said) => zab_note(lang, &who, &said, names),
        _ => who,
    }
}

fn step_down(lang: Lang, why: StepDown, names: &Names) -> &'static str {
    match why {
        StepDown::NoQuorum if names.dialect == Dialect::Zab => {
            words!(lang, "a quorum of followers is gone", "失去了法定人数的跟随者")
        }
        StepDown::NoQuorum => {
            words!(lang, "it has heard no majority for an election timeout", "一个选举超时内没有听到多数派")
        }
        StepDown::DiskFailed => words!(lang, "its disk takes no writes", "它的磁盘无法写入"),
        StepDown::Removed => words!(lang, "it belongs to the ensemble no more", "它已不属于该集群"),
        StepDown::Handover => words!(lang, "it hands the role over as planned", "按计划移交角色"),
        _ if names.dialect == Dialect::Raft => words!(lang, "it has met a newer term", "它遇到了更新的任期"),
        _ => words!(lang, "it has met a newer epoch", "它遇到了更新的纪元"),
    }
}

fn vote_refused(lang: Lang, why: Refusal) -> &'static str {
    match why {
        Refusal::HearsMaster => words!(lang, "it hears a leader", "它仍能听到领导者"),
        Refusal::AlreadyVoted => {
            words!(lang, "it has voted in this term or knows a newer one", "它在本任期已投过票，或已知更新的任期")
        }
        Refusal::BehindMe => words!(lang, "its own log is more up to date", "它自己的日志更新"),
        other => refusal(lang, other),
    }
}

/// A kind of message that only an ensemble has, in a word or two.
#[inline(never)]
pub fn kind(lang: Lang, kind: Kind) -> &'static str {
    match kind {
        Kind::ReadIndex => words!(lang, "read index query", "读索引请求"),
        Kind::ReadIndexReply => words!(lang, "read index", "读索引应答"),
        Kind::Notification => words!(lang, "vote notification", "选票通知"),
        Kind::FollowerInfo => words!(lang, "FOLLOWERINFO", "FOLLOWERINFO 登记"),
        Kind::NotLeading => words!(lang, "not leading", "并未领导"),
        Kind::LeaderInfo => words!(lang, "LEADERINFO", "LEADERINFO 新纪元"),
        Kind::AckEpoch => words!(lang, "ACKEPOCH", "ACKEPOCH 承诺"),
        Kind::Diff => words!(lang, "DIFF", "DIFF 差异同步"),
        Kind::Trunc => words!(lang, "TRUNC", "TRUNC 截断"),
        Kind::History => words!(lang, "history", "历史事务"),
        Kind::NewLeader => words!(lang, "NEWLEADER", "NEWLEADER 新领导者"),
        Kind::UpToDate => words!(lang, "UPTODATE", "UPTODATE 可服务"),
        Kind::Propose => words!(lang, "PROPOSAL", "PROPOSAL 提案"),
        Kind::Ack => words!(lang, "ACK", "ACK 确认"),
        Kind::Commit => words!(lang, "COMMIT", "COMMIT 提交"),
        Kind::Forward => words!(lang, "forwarded write", "转发的写请求"),
        Kind::SyncRequest => words!(lang, "SYNC request", "SYNC 请求"),
        Kind::SyncReply => words!(lang, "SYNC", "SYNC 应答"),
        Kind::NotMaster => words!(lang, "answer “not leader”", "应答“不是领导者”"),
        Kind::Handover => words!(lang, "TimeoutNow", "TimeoutNow 移交"),
        Kind::Canvass => words!(lang, "RequestVote", "RequestVote 拉票"),
        Kind::Append => words!(lang, "AppendEntries", "AppendEntries 追加日志"),
        Kind::AppendReply => words!(lang, "entries accepted", "日志已接受"),
        Kind::AppendRefused => words!(lang, "entries refused", "日志被拒绝"),
        Kind::Copy => words!(lang, "snapshot", "快照"),
        Kind::Watch
        | Kind::Map
        | Kind::WatchFired
        | Kind::KeepAlive
        | Kind::Kept
        | Kind::ClaimGone
        | Kind::Order
        | Kind::Ordered
        | Kind::Unavailable
        | Kind::TooNew
        | Kind::Look
        | Kind::Found
        | Kind::NodeFired => super::registry::kind(lang, kind),
        other => super::kind(lang, other),
    }
}

/// A message of an ensemble with the numbers that matter in it, if it is one.
#[inline(never)]
pub fn message(lang: Lang, brief: &Brief, names: &Names) -> Option<String> {
    let Brief { kind: what, epoch, number, count, .. } = *brief;
    let era = era(lang, names);
    let name = kind(lang, what);
    let details = match what {
        Kind::Canvass | Kind::VoteGranted | Kind::VoteRefused if count == 1 => {
            say!(lang, "pre-vote for {era} {epoch}", "预投票，{era} {epoch}")
        }
        Kind::Canvass => say!(lang, "{era} {epoch}, log {number}", "{era} {epoch}，日志 {number}"),
        Kind::VoteGranted | Kind::VoteRefused | Kind::Handover | Kind::ReadIndex => {
            say!(lang, "{era} {epoch}", "{era} {epoch}")
        }
        Kind::Heartbeat | Kind::HeartbeatReply if names.dialect == Dialect::Zab => return Some(name.into()),
        Kind::Heartbeat => {
            say!(lang, "{era} {epoch}, committed {count}", "{era} {epoch}，已提交 {count}")
        }
        Kind::HeartbeatReply => say!(lang, "{era} {epoch}", "{era} {epoch}"),
        Kind::Append if count == 0 => {
            say!(lang, "{era} {epoch}, nothing new after log {number}", "{era} {epoch}，日志 {number} 之后无新内容")
        }
        Kind::Append => {
            let (first, last) = (number + 1, number + count);
            if first == last {
                say!(lang, "{era} {epoch}, log {last}", "{era} {epoch}，日志 {last}")
            } else {
                say!(lang, "{era} {epoch}, log {first} to {last}", "{era} {epoch}，日志 {first} 至 {last}")
            }
        }
        Kind::AppendReply => say!(lang, "{era} {epoch}, has {number} on disk", "{era} {epoch}，{number} 已落盘"),
        Kind::AppendRefused | Kind::Copy => {
            say!(lang, "{era} {epoch}, log {number}", "{era} {epoch}，日志 {number}")
        }
        Kind::ReadIndexReply if count == 0 => words!(lang, "not leader", "不是领导者").into(),
        Kind::ReadIndexReply => say!(lang, "log {number}", "日志 {number}"),
        Kind::Notification => {
            let leader = names.name(lang, MachineId::from_index(number as usize));
            let round = count >> 8;
            let state = match count & 0xff {
                1 => words!(lang, "follows", "正在跟随"),
                2 => words!(lang, "leads", "正在领导"),
                _ => words!(lang, "looks", "正在寻找"),
            };
            say!(lang, "for {leader}, round {round}, {state}", "投给 {leader}，第 {round} 轮，{state}")
        }
        Kind::LeaderInfo | Kind::NewLeader | Kind::FollowerInfo => say!(lang, "epoch {epoch}", "纪元 {epoch}"),
        Kind::History => say!(lang, "{count} transactions", "{count} 个事务"),
        Kind::AckEpoch | Kind::Diff | Kind::Trunc | Kind::Propose | Kind::Ack | Kind::Commit => {
            say!(lang, "zxid {epoch}.{number}", "zxid {epoch}.{number}")
        }
        Kind::NotLeading | Kind::UpToDate | Kind::Forward | Kind::SyncRequest | Kind::SyncReply => {
            return Some(name.into());
        }
        _ => return None,
    };
    Some(say!(lang, "{name} ({details})", "{name}（{details}）"))
}

/// What a member waits for.
#[inline(never)]
pub fn timer(lang: Lang, timer: Timer) -> &'static str {
    match timer {
        Timer::Raft(raft::Timer::Election) => words!(lang, "its election timeout", "选举超时"),
        Timer::Raft(raft::Timer::Lease) => {
            words!(lang, "it may vote again: its leader was not heard", "未听到领导者，可以重新投票")
        }
        Timer::Raft(raft::Timer::Heartbeat) => words!(lang, "the next heartbeat", "发送下一次心跳"),
        Timer::Raft(raft::Timer::Quorum) => words!(lang, "the next look for a majority", "下一次检查多数派"),
        Timer::Raft(raft::Timer::Transfer) => words!(lang, "the time for a handover", "移交领导权的时限"),
        Timer::Raft(raft::Timer::CatchUp) => words!(lang, "the time for a new member to catch up", "新成员追赶的时限"),
        Timer::Raft(raft::Timer::Disk) | Timer::DiskRetry => {
            words!(lang, "the next try to write to the disk", "下一次重试写盘")
        }
        Timer::Zab(zab::Timer::Finalize) => words!(lang, "a better vote, before its election is over", "等待更优选票"),
        Timer::Zab(zab::Timer::Notify) => words!(lang, "its next vote notification", "下一次选票通知"),
        Timer::Zab(zab::Timer::Connect) => words!(lang, "the next try to reach its leader", "下一次尝试联系领导者"),
        Timer::Zab(zab::Timer::Silence) => words!(lang, "the silence limit of its leader", "领导者静默上限"),
        Timer::Zab(zab::Timer::Stage) => words!(lang, "a quorum, for so long at most", "等待法定人数的时限"),
        Timer::Zab(zab::Timer::HalfTick) => words!(lang, "its next ping", "下一次心跳"),
        _ => words!(lang, "the supervisor starts it again", "由守护进程重新启动"),
    }
}

/// What a member is doing, with the numbers that matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Membership {
    /// Leads and serves; the next heartbeat leaves in so long.
    Leads {
        /// In this term or epoch.
        term: u32,
        /// Members that it has heard, or that follow, itself included.
        with: u32,
        /// Until its next heartbeat.
        beat_us: Micros,
    },
    /// Was elected, and brings the others to its history.
    Takes {
        /// In this term or epoch.
        term: u32,
    },
    /// Follows a leader.
    Follows {
        /// Whom.
        leader: MachineId,
        /// In this term or epoch.
        term: u32,
        /// Until its patience ends.
        left_us: Micros,
    },
    /// Follows nobody.
    Waits {
        /// In this term.
        term: u32,
        /// Until it campaigns.
        left_us: Micros,
    },
    /// Asks for votes.
    Stands {
        /// In this term.
        term: u32,
        /// Only whether it would get them.
        pre: bool,
        /// Who agreed.
        votes: u32,
        /// How many have to.
        needed: u32,
    },
    /// Looks for a leader.
    Looks {
        /// Votes for this one.
        vote: MachineId,
        /// In this round.
        round: u32,
        /// Who shares its vote.
        votes: u32,
        /// How many have to.
        needed: u32,
    },
    /// Is brought to its leader's history.
    Joins {
        /// Whose.
        leader: MachineId,
    },
    /// Takes no part.
    Outside,
    /// Has given up, and is started again in so long.
    Halted {
        /// Until then.
        left_us: Micros,
    },
}

/// The line on its card.
#[inline(never)]
pub fn membership(lang: Lang, what: Membership, names: &Names, brief: bool) -> String {
    let name = |machine| names.name(lang, machine);
    let era = era(lang, names);
    match what {
        Membership::Leads { term, .. } | Membership::Takes { term } if brief => {
            say!(lang, "{era} {term}", "{era} {term}")
        }
        Membership::Follows { term, left_us, .. } | Membership::Waits { term, left_us } if brief => {
            let left = rough(lang, left_us);
            say!(lang, "{era} {term} · {left} left", "{era} {term} · 还剩 {left}")
        }
        Membership::Stands { votes, needed, .. } | Membership::Looks { votes, needed, .. } if brief => {
            say!(lang, "{votes} of {needed} votes", "已得 {votes}/{needed} 票")
        }
        Membership::Leads { term, with, beat_us } => {
            let beat = rough(lang, beat_us);
            let members = names.voters;
            say!(
                lang,
                "{era} {term} · hears {with} of {members} · next heartbeat in {beat}",
                "{era} {term} · 能听到 {members} 个成员中的 {with} 个 · {beat}后发下一次心跳"
            )
        }
        // Zab's new epoch is found only when a quorum has said which ones it has promised.
        Membership::Takes { term: 0 } => {
            words!(lang, "elected; its epoch is not decided yet", "已当选；新纪元尚未确定").to_owned()
        }
        Membership::Takes { term } => {
            say!(lang, "elected in {era} {term}; cannot commit yet", "在{era} {term} 当选；还不能提交")
        }
        Membership::Follows { leader, term, left_us } => {
            let (leader, left) = (name(leader), rough(lang, left_us));
            say!(
                lang,
                "{era} {term} · follows {leader} · patience for {left}",
                "{era} {term} · 跟随 {leader} · 还能等 {left}"
            )
        }
        Membership::Waits { term, left_us } => {
            let left = rough(lang, left_us);
            say!(
                lang,
                "{era} {term} · knows no leader · campaigns in {left}",
                "{era} {term} · 不知道领导者 · {left}后参选"
            )
        }
        Membership::Stands { term, pre: true, votes, needed } => {
            say!(
                lang,
                "asks who would vote for it in {era} {term}: {votes} of {needed}",
                "询问谁会在{era} {term} 投给它：{votes} / {needed}"
            )
        }
        Membership::Stands { term, votes, needed, .. } => {
            say!(
                lang,
                "asks for votes in {era} {term}: has {votes} of {needed}",
                "在{era} {term} 拉票：已有 {votes} 票，需 {needed} 票"
            )
        }
        Membership::Looks { vote, round, votes, needed } => {
            let vote = name(vote);
            say!(
                lang,
                "round {round} · votes for {vote}: {votes} of {needed} agree",
                "第 {round} 轮 · 投给 {vote}：{votes} / {needed} 同意"
            )
        }
        Membership::Joins { leader } => {
            let leader = name(leader);
            say!(lang, "is brought to the history of {leader}", "正在与 {leader} 的历史同步")
        }
        Membership::Outside => words!(lang, "lost its disk; has to be replaced", "丢失了磁盘；需要替换").into(),
        Membership::Halted { left_us } => {
            let left = length(lang, left_us / 100_000 * 100_000);
            say!(lang, "its disk failed; starts again in {left}", "磁盘故障；{left}后重新启动")
        }
    }
}

/// The role of a member in a word or two.
#[inline(never)]
pub fn role(lang: Lang, role: Role) -> &'static str {
    match role {
        Role::Leader => words!(lang, "Leader", "领导者"),
        Role::Elected => words!(lang, "Elected", "已当选"),
        Role::Follower => words!(lang, "Follower", "跟随者"),
        Role::PreCandidate => words!(lang, "Pre-candidate", "预候选者"),
        Role::Candidate => words!(lang, "Candidate", "候选者"),
        Role::Looking => words!(lang, "Looking", "寻找中"),
        Role::Joining => words!(lang, "Joining", "同步中"),
        Role::Outside => words!(lang, "Outside", "已出局"),
        Role::SteppingDown => words!(lang, "Hands over", "移交中"),
        _ => words!(lang, "Stopped", "已停止"),
    }
}
