//! Faults and their undoing as sentences.

use super::{Lang, Names, length, ppm, times};
use crate::ha::Ha;
use crate::ha::message::Command;
use crate::sim::{Fault, MachineId, Origin};

/// What was done to the system, and by whom.
#[inline(never)]
pub fn fault(lang: Lang, origin: Origin, fault: &Fault<Ha>, names: &Names) -> String {
    let what = what(lang, fault, names);
    match origin {
        Origin::Hand => say!(lang, "{what} (by hand).", "{what}（手动）。"),
        Origin::Schedule => say!(lang, "{what} (scheduled).", "{what}（按计划）。"),
        Origin::Random => say!(lang, "{what} (at random).", "{what}（随机）。"),
        Origin::Process => say!(lang, "{what} (by the fencing device).", "{what}（由隔离设备执行）。"),
    }
}

fn what(lang: Lang, fault: &Fault<Ha>, names: &Names) -> String {
    let one = |machine: MachineId| names.name(lang, machine);
    match *fault {
        Fault::ProcessCrash(m) => {
            let m = one(m);
            say!(lang, "the process on {m} crashes", "{m} 上的进程崩溃")
        }
        Fault::MachineCrash(m) => {
            let m = one(m);
            say!(lang, "{m} crashes, the whole machine", "{m} 整机崩溃")
        }
        Fault::PowerLoss(m) => {
            let m = one(m);
            say!(lang, "{m} loses power", "{m} 断电")
        }
        Fault::Restart(m) => {
            let m = one(m);
            say!(lang, "{m} is started again", "重新启动 {m}")
        }
        Fault::WipeDisk(m) => {
            let m = one(m);
            say!(lang, "{m} loses its disk and everything on it", "{m} 的磁盘损坏，数据全部丢失")
        }
        Fault::Freeze(m) => {
            let m = one(m);
            say!(lang, "{m} freezes", "{m} 被冻结")
        }
        Fault::Thaw(m) => {
            let m = one(m);
            say!(lang, "{m} wakes up and goes on as if nothing had happened", "{m} 解冻，若无其事地继续运行")
        }
        Fault::Slow(m, 1000) => {
            let m = one(m);
            say!(lang, "{m} works at its normal speed again", "{m} 恢复正常速度")
        }
        Fault::Slow(m, permille) => {
            let (m, times) = (one(m), times(permille.into()));
            say!(lang, "each step of {m} takes {times} its time", "{m} 变慢：每一步耗时为平时的 {times}")
        }
        Fault::SlowDisk(m, 1000) => {
            let m = one(m);
            say!(lang, "the disk of {m} works at its normal speed again", "{m} 的磁盘恢复正常速度")
        }
        Fault::SlowDisk(m, permille) => {
            let (m, times) = (one(m), times(permille.into()));
            say!(lang, "each sync of {m}'s disk takes {times} its time", "{m} 的磁盘变慢：每次落盘耗时为平时的 {times}")
        }
        Fault::DiskFull(m, true) => {
            let m = one(m);
            say!(lang, "the disk of {m} is full", "{m} 的磁盘已满")
        }
        Fault::DiskFull(m, false) => {
            let m = one(m);
            say!(lang, "the disk of {m} has room again", "{m} 的磁盘重新有了空间")
        }
        Fault::Cut(a, b) => {
            let (a, b) = (one(a), one(b));
            say!(lang, "the link from {a} to {b} is cut", "从 {a} 到 {b} 的链路断开")
        }
        Fault::Mend(a, b) => {
            let (a, b) = (one(a), one(b));
            say!(lang, "the link from {a} to {b} is mended", "从 {a} 到 {b} 的链路恢复")
        }
        Fault::Partition(groups) => {
            let sides = sides(lang, groups, names);
            say!(lang, "the network is split: {sides}", "网络分区：{sides}")
        }
        Fault::Heal => words!(lang, "the network is whole again", "网络恢复连通").into(),
        Fault::Loss(a, b, 0) => {
            let (a, b) = (one(a), one(b));
            say!(lang, "the link between {a} and {b} loses nothing extra any more", "{a} 与 {b} 之间不再额外丢包")
        }
        Fault::Loss(a, b, share) => {
            let (a, b, share) = (one(a), one(b), ppm(lang, share));
            say!(lang, "the link between {a} and {b} loses {share} of all datagrams", "{a} 与 {b} 之间丢包 {share}")
        }
        Fault::Delay(a, b, 0, 0) => {
            let (a, b) = (one(a), one(b));
            say!(lang, "the link between {a} and {b} is as fast as before", "{a} 与 {b} 之间的延迟恢复正常")
        }
        Fault::Delay(a, b, latency, jitter) => {
            let (a, b) = (one(a), one(b));
            let (latency, jitter) = (length(lang, latency.into()), length(lang, jitter.into()));
            say!(
                lang,
                "the link between {a} and {b} takes {latency} longer, with {jitter} of jitter",
                "{a} 与 {b} 之间的延迟增加 {latency}，抖动 {jitter}"
            )
        }
        Fault::ClockJump(m, by_us) => {
            let (m, by) = (one(m), length(lang, by_us.unsigned_abs()));
            if by_us < 0 {
                say!(lang, "the clock of {m} jumps back by {by}", "{m} 的时钟向后跳 {by}")
            } else {
                say!(lang, "the clock of {m} jumps ahead by {by}", "{m} 的时钟向前跳 {by}")
            }
        }
        Fault::ClockRate(m, 0) => {
            let m = one(m);
            say!(lang, "the clock of {m} runs true again", "{m} 的时钟恢复准确")
        }
        Fault::ClockRate(m, ppb) => {
            let (m, by) = (one(m), ppm(lang, (ppb.unsigned_abs() / 1_000) as u32));
            if ppb < 0 {
                say!(lang, "the clock of {m} runs {by} slow", "{m} 的时钟走慢 {by}")
            } else {
                say!(lang, "the clock of {m} runs {by} fast", "{m} 的时钟走快 {by}")
            }
        }
        Fault::Command(m, order) => command(lang, &one(m), order, names),
    }
}

/// The sides of a partition: "A, P1 | B, C".
fn sides(lang: Lang, groups: u64, names: &Names) -> String {
    let group = |machine: MachineId| groups >> (2 * machine.index()) & 3;
    let sides: Vec<String> = (0..4)
        .map(|side| names.list(lang, names.machines().filter(|machine| group(*machine) == side)))
        .filter(|side| !side.is_empty())
        .collect();
    sides.join(words!(lang, " | ", " ｜ "))
}

fn command(lang: Lang, m: &str, order: Command, names: &Names) -> String {
    match order {
        Command::Promote => say!(lang, "{m} is ordered to become master", "命令 {m} 成为主节点"),
        Command::Switchover(None) => {
            say!(
                lang,
                "{m} is asked to hand over to the most advanced standby",
                "要求 {m} 把主节点角色交给日志最新的备节点"
            )
        }
        Command::Switchover(Some(to)) => {
            let to = names.name(lang, to);
            say!(lang, "{m} is asked to hand over to {to}", "要求 {m} 把主节点角色交给 {to}")
        }
        Command::Gray { hang: true } => {
            say!(lang, "{m} lets requests hang, but answers heartbeats", "{m} 让请求一直挂起，但仍应答心跳")
        }
        Command::Gray { hang: false } => {
            say!(lang, "{m} fails requests, but answers heartbeats", "{m} 让请求出错，但仍应答心跳")
        }
        Command::Recover => say!(lang, "{m} is put right", "{m} 被修复"),
        Command::BadRelease => {
            say!(lang, "a bad release reaches {m}: it fails every request", "坏版本发布到 {m}：所有请求都会失败")
        }
        Command::Restore => say!(lang, "{m} is told to restore the last good backup", "让 {m} 恢复最近的完好备份"),
        Command::Drain(node) => {
            let node = names.name(lang, node);
            say!(lang, "{m} is told to drain {node}", "要求 {m} 排空 {node}")
        }
        Command::Ready(node) => {
            let node = names.name(lang, node);
            say!(lang, "{m} is told to send requests to {node} again", "要求 {m} 重新把请求发给 {node}")
        }
        Command::AddMember(node) => {
            let node = names.name(lang, node);
            say!(
                lang,
                "{m} is told that {node} is to be a member of the ensemble",
                "通知 {m}：把 {node} 加入集群管理器"
            )
        }
        Command::RemoveMember(node) => {
            let node = names.name(lang, node);
            say!(lang, "{m} is told to remove {node} from the ensemble", "要求 {m} 把 {node} 移出集群管理器")
        }
        Command::AcceptLoss(shard) => {
            let number = u32::from(shard) + 1;
            say!(
                lang,
                "the operator has {m} accept the loss of shard {number}, which nobody owns",
                "运维人员让 {m} 接受无归属分片 {number} 的数据丢失"
            )
        }
        Command::Join => say!(lang, "{m} is told to join the cluster", "让 {m} 加入集群"),
        Command::Leave => say!(lang, "{m} is told to leave the cluster", "让 {m} 退出集群"),
        Command::SendPoison => {
            say!(lang, "{m} sends a write with bad data, a poison write", "{m} 发出一次毒丸写入（坏数据）")
        }
        Command::Load(1000) => say!(lang, "{m} sends its usual number of requests again", "{m} 的请求量恢复正常"),
        Command::Load(permille) => {
            let times = times(permille.into());
            say!(lang, "{m} sends {times} its usual number of requests", "{m} 的请求量变为平时的 {times}")
        }
    }
}
