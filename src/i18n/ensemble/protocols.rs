//! What Raft and Zab say of themselves.

use super::super::{Lang, Names};
use crate::ha::cluster::{raft, zab};

pub(super) fn raft_note(lang: Lang, who: &str, said: &raft::Note, names: &Names) -> String {
    let name = |machine| names.name(lang, machine);
    match *said {
        raft::Note::BecameFollower { term, why, .. } => {
            let why = raft_why(lang, why);
            say!(
                lang,
                "{who} is a follower in term {term}, and knows no leader: {why}.",
                "{who} 在任期 {term} 成为跟随者，还不知道领导者：{why}。"
            )
        }
        raft::Note::BecamePreCandidate { term, .. } => {
            let next = term + 1;
            say!(
                lang,
                "{who} is a pre-candidate: it asks whether the others would vote for it in term {next}, and raises nothing \
                 yet.",
                "{who} 成为预候选者：先询问其他成员是否会在任期 {next} 投票给它，暂不提升任期。"
            )
        }
        raft::Note::BecameCandidate { term, .. } => {
            say!(lang, "{who} is a candidate in term {term}.", "{who} 在任期 {term} 成为候选者。")
        }
        raft::Note::BecameLeader { term, last } => {
            let at = last.index;
            say!(
                lang,
                "{who} leads term {term} with a log up to {at}, and adds an entry of its own to it.",
                "{who} 领导任期 {term}，日志到 {at} 为止，并追加一条自己的日志条目。"
            )
        }
        raft::Note::SteppedDown { term, why } => {
            let why = raft_why(lang, why);
            say!(
                lang,
                "{who} leads term {term} no longer, and has never served in it: {why}.",
                "{who} 不再领导任期 {term}，期间从未提供服务：{why}。"
            )
        }
        raft::Note::VoteGranted { candidate, term, .. } => {
            let candidate = name(candidate);
            say!(
                lang,
                "{who} would vote for {candidate} in term {term}.",
                "{who} 愿意在任期 {term} 投票给 {candidate}。"
            )
        }
        raft::Note::VoteRefused { candidate, term, why, .. } => {
            let (candidate, why) = (name(candidate), raft_refusal(lang, why));
            say!(
                lang,
                "{who} would not vote for {candidate} in term {term}: {why}.",
                "{who} 不会在任期 {term} 投票给 {candidate}：{why}。"
            )
        }
        raft::Note::MembersAppended { index, .. } => {
            say!(
                lang,
                "{who} has new members of the ensemble in its log at {index}, and goes by them.",
                "{who} 的日志 {index} 中有新的成员名单，并立即按它行事。"
            )
        }
        raft::Note::MembersCommitted { index, .. } => {
            say!(
                lang,
                "{who} knows that the new members at log {index} are committed.",
                "{who} 得知日志 {index} 的新成员名单已提交。"
            )
        }
        raft::Note::MembersUndone { index, .. } => {
            say!(
                lang,
                "{who} goes back to the members of log {index}: a newer list was thrown away.",
                "{who} 退回到日志 {index} 的成员名单：较新的名单已被丢弃。"
            )
        }
        raft::Note::CatchingUp { server, round, goal } => {
            let server = name(server);
            say!(
                lang,
                "{who} lets the new member {server} catch up to log {goal}, round {round}.",
                "{who} 让新成员 {server} 追到日志 {goal}，第 {round} 轮。"
            )
        }
        raft::Note::CatchUpFailed { server } => {
            let server = name(server);
            say!(
                lang,
                "{who} gives up the new member {server}: it is too slow, or cannot be reached.",
                "{who} 放弃新成员 {server}：它太慢，或者联系不上。"
            )
        }
        raft::Note::SnapshotSent { to, pos } => {
            let (to, at) = (name(to), pos.index);
            say!(
                lang,
                "{who} sends {to} a snapshot of everything up to log {at}: its own log does not reach back far enough.",
                "{who} 向 {to} 发送到日志 {at} 为止的快照：自己的日志已不够往前。"
            )
        }
        raft::Note::Refused { why } => {
            let why = busy(lang, why);
            say!(lang, "{who} does not do what it is asked for: {why}.", "{who} 无法照办：{why}。")
        }
        raft::Note::DiskRecovered => {
            say!(
                lang,
                "{who} has everything on its disk again, and takes part.",
                "{who} 已把一切重新写到磁盘上，恢复参与。"
            )
        }
        raft::Note::CommittedTo { index } | raft::Note::SnapshotTaken { pos: raft::Pos { index, .. } } => {
            say!(lang, "{who} knows that log {index} is committed.", "{who} 得知日志 {index} 已提交。")
        }
        raft::Note::ConflictRepaired { after, dropped } => {
            let at = after.index;
            say!(
                lang,
                "{who} throws away {dropped} entries behind log {at}.",
                "{who} 丢弃日志 {at} 之后的 {dropped} 条。"
            )
        }
        raft::Note::SnapshotInstalled { pos } => {
            let at = pos.index;
            say!(lang, "{who} has taken over a snapshot up to log {at}.", "{who} 已接收到日志 {at} 为止的快照。")
        }
        raft::Note::TransferBegan { to } | raft::Note::TransferDone { to } | raft::Note::TransferFailed { to } => {
            let to = name(to);
            say!(lang, "{who} hands over to {to}.", "{who} 移交给 {to}。")
        }
        raft::Note::ReadRefused { .. } => {
            say!(
                lang,
                "{who} cannot answer a read: it knows no leader who could vouch for it.",
                "{who} 无法应答读请求：没有领导者能为它作保。"
            )
        }
        raft::Note::DiskFailed => say!(lang, "{who} could not write to its disk.", "{who} 写磁盘失败。"),
    }
}

pub(super) fn zab_note(lang: Lang, who: &str, said: &zab::Note, names: &Names) -> String {
    let name = |machine| names.name(lang, machine);
    match *said {
        zab::Note::Looking { round, why } => {
            let why = zab_why(lang, why);
            say!(
                lang,
                "{who} looks for a leader, round {round}: {why}.",
                "{who} 开始寻找领导者，第 {round} 轮：{why}。"
            )
        }
        zab::Note::Voted { leader, zxid, .. } => {
            let (leader, epoch, counter) = (name(leader), zxid.epoch(), zxid.counter());
            say!(
                lang,
                "{who} votes for {leader}, whose history ends at zxid {epoch}.{counter}.",
                "{who} 把选票投给 {leader}，其历史到 zxid {epoch}.{counter} 为止。"
            )
        }
        zab::Note::Elected { leader, round, joined: true } => {
            let leader = name(leader);
            say!(
                lang,
                "{who} finds an ensemble that has its leader already, round {round}: {leader}.",
                "{who} 发现集群已有领导者，第 {round} 轮：{leader}。"
            )
        }
        zab::Note::Elected { leader, round, joined: false } => {
            let leader = name(leader);
            say!(
                lang,
                "{who} is through with its election, round {round}: a quorum votes for {leader}.",
                "{who} 的选举结束，第 {round} 轮：法定人数的成员投给 {leader}。"
            )
        }
        zab::Note::EpochProposed { epoch } => {
            say!(lang, "{who} proposes epoch {epoch}.", "{who} 提议纪元 {epoch}。")
        }
        zab::Note::EpochAccepted { epoch } => {
            say!(
                lang,
                "{who} has promised epoch {epoch}: it follows no older leader any more.",
                "{who} 已承诺纪元 {epoch}：不再跟随更旧的领导者。"
            )
        }
        zab::Note::Synchronising { follower, mode, from } => {
            let (follower, epoch, counter) = (name(follower), from.epoch(), from.counter());
            let how = match mode {
                zab::SyncMode::Diff => words!(lang, "sends what it lacks (DIFF)", "发送缺少的部分（DIFF）"),
                zab::SyncMode::Trunc => {
                    words!(lang, "has it throw away what it has too much (TRUNC)", "让它丢弃多余的部分（TRUNC）")
                }
                zab::SyncMode::Snap => words!(lang, "sends a snapshot (SNAP)", "发送快照（SNAP）"),
            };
            say!(
                lang,
                "{who} brings {follower} from zxid {epoch}.{counter} to its own history: it {how}.",
                "{who} 把 {follower} 从 zxid {epoch}.{counter} 同步到自己的历史：{how}。"
            )
        }
        zab::Note::LostLeader { leader, why } => {
            let (leader, why) = (name(leader), zab_why(lang, why));
            say!(lang, "{who} does not follow {leader}: {why}.", "{who} 不再跟随 {leader}：{why}。")
        }
        zab::Note::FollowerDropped { follower, why } => {
            let follower = name(follower);
            let why = match why {
                zab::Dropped::Closed => words!(lang, "its connection is closed", "它的连接已关闭"),
                zab::Dropped::Silent => words!(lang, "it was silent for too long", "它沉默太久"),
                zab::Dropped::Slow => {
                    words!(lang, "it did not acknowledge a proposal in time", "它没有及时确认提案")
                }
                zab::Dropped::Ahead => {
                    words!(lang, "its history is newer than the leader's", "它的历史比领导者的更新")
                }
            };
            say!(lang, "{who} gives up its follower {follower}: {why}.", "{who} 放弃跟随者 {follower}：{why}。")
        }
        zab::Note::RequestDropped { follower } => {
            let follower = name(follower);
            say!(
                lang,
                "{who} drops a request that {follower} has forwarded: too much is under way.",
                "{who} 丢弃 {follower} 转发的请求：在途的太多。"
            )
        }
        zab::Note::SteppedDown { why, .. } => {
            let why = zab_why(lang, why);
            say!(
                lang,
                "{who} leads no longer, and has never served: {why}.",
                "{who} 不再领导，期间从未提供服务：{why}。"
            )
        }
        zab::Note::Truncated { dropped, .. } => {
            say!(
                lang,
                "{who} throws away {dropped} transactions that its leader does not have.",
                "{who} 丢弃领导者没有的 {dropped} 个事务。"
            )
        }
        zab::Note::Established { epoch, .. } => {
            say!(lang, "{who} serves in epoch {epoch}.", "{who} 在纪元 {epoch} 提供服务。")
        }
        zab::Note::Delivered { upto } => {
            let (epoch, counter) = (upto.epoch(), upto.counter());
            say!(
                lang,
                "{who} has applied everything up to zxid {epoch}.{counter}.",
                "{who} 已执行到 zxid {epoch}.{counter}。"
            )
        }
        zab::Note::Halted => {
            say!(lang, "{who} could not write to its disk, and stops.", "{who} 写磁盘失败，停止运行。")
        }
    }
}

fn raft_refusal(lang: Lang, why: raft::Refusal) -> &'static str {
    match why {
        raft::Refusal::OlderTerm => words!(lang, "it knows a newer term", "它已知更新的任期"),
        raft::Refusal::AlreadyVoted => words!(lang, "it has voted for another", "它已投票给别的成员"),
        raft::Refusal::HasLeader => words!(lang, "it knows the leader of this term", "它知道本任期的领导者"),
        raft::Refusal::BehindMe => words!(lang, "its own log is more up to date", "它自己的日志更新"),
        raft::Refusal::HearsLeader => words!(lang, "it hears a leader", "它仍能听到领导者"),
    }
}

fn raft_why(lang: Lang, why: raft::Why) -> &'static str {
    match why {
        raft::Why::Started => words!(lang, "it has just started", "它刚刚启动"),
        raft::Why::Timeout => words!(lang, "it has heard no leader for too long", "太久没有听到领导者"),
        raft::Why::TimeoutNow => words!(lang, "its leader asked it to take over", "领导者请它接任"),
        raft::Why::Told => words!(lang, "the operator told it to", "值班人员的命令"),
        raft::Why::PreVoteWon => words!(lang, "a majority would vote for it", "多数派愿意投票给它"),
        raft::Why::Elected => words!(lang, "a majority voted for it", "多数派投票给它"),
        raft::Why::NewerTerm => words!(lang, "it has met a newer term", "它遇到了更新的任期"),
        raft::Why::HeardLeader => words!(lang, "it has heard a leader", "它听到了领导者"),
        raft::Why::Refused => words!(lang, "a majority refused", "多数派拒绝"),
        raft::Why::NoQuorum => words!(lang, "it has heard no majority", "没有听到多数派"),
        raft::Why::Removed => words!(lang, "it belongs to the ensemble no more", "它已不属于该集群"),
        raft::Why::DiskFailed => words!(lang, "its disk takes no writes", "它的磁盘无法写入"),
    }
}

fn busy(lang: Lang, why: raft::Busy) -> &'static str {
    match why {
        raft::Busy::Transferring => words!(lang, "it hands the leadership over", "它正在移交领导权"),
        raft::Busy::Full => words!(lang, "too much is uncommitted", "未提交的太多"),
        raft::Busy::ChangePending => words!(lang, "another change of members is under way", "另一次成员变更还在进行"),
        raft::Busy::NothingCommitted => {
            words!(lang, "nothing of its own term is committed yet", "本任期还没有提交任何日志")
        }
        raft::Busy::NoSuchChange => words!(lang, "there is nothing to change", "没有可变更的内容"),
        raft::Busy::NoSuchSuccessor => words!(lang, "that one cannot be its successor", "该成员不能接任"),
        raft::Busy::DiskFailed => words!(lang, "its disk takes no writes", "它的磁盘无法写入"),
    }
}

fn zab_why(lang: Lang, why: zab::Why) -> &'static str {
    match why {
        zab::Why::Started => words!(lang, "it has just started", "它刚刚启动"),
        zab::Why::LeaderClosed => words!(lang, "the connection with its leader is closed", "与领导者的连接已关闭"),
        zab::Why::LeaderSilent => words!(lang, "its leader was silent for too long", "领导者沉默太久"),
        zab::Why::LeaderRefused => words!(lang, "the one elected does not lead", "当选者并未领导"),
        zab::Why::OldEpoch => words!(lang, "it has promised a newer epoch", "它已承诺更新的纪元"),
        zab::Why::OutOfOrder => words!(lang, "something came out of order", "消息顺序不对"),
        zab::Why::NoQuorum => words!(lang, "no quorum followed in time", "没有及时得到法定人数的跟随者"),
        zab::Why::QuorumLost => words!(lang, "a quorum of followers is gone", "失去了法定人数的跟随者"),
        zab::Why::Rollover => words!(lang, "the numbers of its epoch are used up", "本纪元的编号已用完"),
        zab::Why::DiskFailed => words!(lang, "its disk takes no writes", "它的磁盘无法写入"),
    }
}
