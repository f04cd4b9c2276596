//! The variables of a member, for the inspector.

use super::super::{Lang, Names};
use crate::ha::cluster::member::Inside;
use crate::ha::cluster::{Member, raft, zab};
use crate::sim::MachineId;

/// The variables of a member, each with its name.
#[inline(never)]
pub fn variables(lang: Lang, member: &Member, names: &Names) -> Vec<(&'static str, String)> {
    let name = |machine| names.name(lang, machine);
    let none = || words!(lang, "none", "无").to_owned();
    let mut all = vec![(words!(lang, "Leader", "领导者"), member.leader().map_or_else(none, name))];
    match member.inside() {
        Inside::Raft(server) => {
            all.push((words!(lang, "Vote in this term", "本任期的选票"), server.vote().map_or_else(none, name)));
            let votes: Vec<String> = server.votes().map(name).collect();
            if !votes.is_empty() {
                all.push((words!(lang, "Votes received", "得到的选票"), votes.join(words!(lang, ", ", "、"))));
            }
        }
        Inside::Zab(server) => {
            let (last, vote) = (server.last(), server.vote());
            let epochs = server.storage().ahead();
            let (accepted, current) = (epochs.accepted_epoch, epochs.current_epoch);
            all.push((words!(lang, "Last zxid", "最后的 zxid"), format!("{}.{}", last.epoch(), last.counter())));
            all.push((
                words!(lang, "Epoch promised / of its history", "承诺的纪元／历史的纪元"),
                format!("{accepted} / {current}"),
            ));
            all.push((words!(lang, "Election round", "选举轮次"), server.round().to_string()));
            all.push((words!(lang, "Vote", "选票"), name(vote.leader)));
            let agree = server.received().into_iter().flatten().filter(|(_, said)| said.vote.leader == vote.leader);
            let agree: Vec<String> = agree.map(|(who, _)| name(*who)).collect();
            if !agree.is_empty() {
                all.push((words!(lang, "Share its vote", "同样投票的成员"), agree.join(words!(lang, ", ", "、"))));
            }
        }
    }
    all.push((words!(lang, "Last log index", "最后的日志索引"), member.log().last_index().to_string()));
    all.push((words!(lang, "Commit index", "提交索引"), member.committed().to_string()));
    all.push((words!(lang, "On its disk up to", "已落盘到"), member.synced_index().to_string()));
    let waiting = (member.waiting_writes(), member.waiting_reads());
    if waiting != (0, 0) {
        let (writes, reads) = waiting;
        let said = say!(lang, "{writes} writes, {reads} reads", "{writes} 个写，{reads} 个读");
        all.push((words!(lang, "Clients that wait", "等待中的请求"), said));
    }
    all
}

/// How far the others are, as their leader sees it: whom, and what it knows of them. Empty unless it leads.
#[inline(never)]
pub fn progress(lang: Lang, member: &Member, names: &Names) -> Vec<(String, String)> {
    let name = |machine| names.name(lang, machine);
    match member.inside() {
        Inside::Raft(server) => {
            let others = server.as_leader().into_iter().flat_map(|leader| leader.progress.iter());
            let row = |(who, progress): (MachineId, &raft::Progress)| {
                let (matched, next) = (progress.matched, progress.next);
                let flow = match progress.flow {
                    raft::Flow::Probe { .. } => words!(lang, "probing", "探测中"),
                    raft::Flow::Replicate { .. } => words!(lang, "replicating", "复制中"),
                    raft::Flow::Snapshot { .. } => words!(lang, "snapshot under way", "正在发送快照"),
                };
                (name(who), say!(lang, "match {matched}, next {next}, {flow}", "match {matched}，next {next}，{flow}"))
            };
            others.map(row).collect()
        }
        Inside::Zab(server) => {
            let row = |(who, learner): (MachineId, &zab::Learner)| {
                let (epoch, counter) = (learner.acked.epoch(), learner.acked.counter());
                let how = match learner.phase {
                    zab::LearnerPhase::Serving => words!(lang, "serves", "提供服务"),
                    zab::LearnerPhase::Registered | zab::LearnerPhase::EpochSent | zab::LearnerPhase::EpochAcked(_) => {
                        words!(lang, "learns the epoch", "正在获知纪元")
                    }
                    zab::LearnerPhase::Synchronising | zab::LearnerPhase::Synchronised => {
                        words!(lang, "is synchronised", "正在同步")
                    }
                };
                (name(who), say!(lang, "zxid {epoch}.{counter}, {how}", "zxid {epoch}.{counter}，{how}"))
            };
            server.learners().map(row).collect()
        }
    }
}
