//! A promise of a protocol that did not hold, in words.

use super::{Lang, Names, clock};
use crate::measure::{Assumption, Breach, Promise};

/// What was promised and did not hold, and because of what; two or three sentences.
#[inline(never)]
pub fn breach(lang: Lang, breach: &Breach, seed: u64, names: &Names) -> String {
    let name = |machine| names.name(lang, machine);
    let what = match breach.promise {
        Promise::OneLeader { epoch, first, second } => {
            let (first, second) = (name(first), name(second));
            say!(
                lang,
                "{first} and {second} both led in term {epoch}.",
                "{first} 和 {second} 在同一个任期 {epoch} 里都当上了领导者。"
            )
        }
        Promise::OneOwner { shard, token, first, second } => {
            let (first, second, number) = (name(first), name(second), shard + 1);
            say!(
                lang,
                "{first} and {second} both owned shard {number} under token {token}.",
                "{first} 和 {second} 凭同一个隔离令牌 {token} 都成了分片 {number} 的主节点。"
            )
        }
        Promise::NothingLost { writes } => say!(
            lang,
            "{writes} acknowledged writes are missing from the log that counts.",
            "有效日志中缺少 {writes} 次已确认的写入。"
        ),
        Promise::SameState { first, second, index } => {
            let (first, second) = (name(first), name(second));
            say!(
                lang,
                "{first} and {second} have applied different entries up to index {index}.",
                "{first} 和 {second} 到索引 {index} 为止应用了不同的日志条目。"
            )
        }
    };
    let why = match breach.because {
        Some(Assumption::DiskKeeps(machine)) => {
            let machine = name(machine);
            say!(
                lang,
                " The protocol relies on disks that keep what they have synced; that of {machine} was wiped. The run goes on.",
                "协议的前提是磁盘保住已落盘的数据，而 {machine} 的磁盘被清空过。运行继续。"
            )
        }
        Some(Assumption::ClockRuns(machine)) => {
            let machine = name(machine);
            say!(
                lang,
                " Leases rely on clocks that run alike; that of {machine} does not. The run goes on.",
                "租约的前提是各机器时钟快慢一致，而 {machine} 的时钟并非如此。运行继续。"
            )
        }
        Some(Assumption::NothingGivenUp(shard)) => {
            let number = u32::from(shard) + 1;
            say!(
                lang,
                " That was accepted: an operator had shard {number} begin anew without them. The run goes on.",
                "这是运维人员接受的结果：分片 {number} 在缺少这些数据的情况下重新开始。运行继续。"
            )
        }
        None => {
            let at = clock(breach.at.us());
            say!(
                lang,
                " Nothing that was done explains that: it is a fault of the lab itself. The run stops at {at}; please report it \
                 with seed {seed} and the saved session.",
                "没有任何操作能解释这一点：这是实验室自身的错误。运行停在 {at}；请把种子 {seed} 连同保存的会话一并报告给我们。"
            )
        }
    };
    format!("{what}{why}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ha::Layout;
    use crate::sim::{MachineId, SimTime};

    #[test]
    fn it_says_what_broke_and_what_it_rests_on() {
        let names = Names::new(&Layout::new(3, false, 0, false, false, false, 1));
        let [a, b] = [0, 1].map(MachineId::from_index);
        let promise = Promise::OneLeader { epoch: 4, first: a, second: b };
        let because = Some(Assumption::DiskKeeps(a));
        let told = |because| Breach { at: SimTime::from_us(12_000_000), promise, because };
        let explained = breach(Lang::En, &told(because), 7, &names);
        assert!(explained.starts_with("A and B both led in term 4. The protocol relies"), "{explained}");
        let ours = breach(Lang::En, &told(None), 7, &names);
        assert!(ours.contains("seed 7") && ours.contains("00:12"), "{ours}");
        assert!(!breach(Lang::Zh, &told(None), 7, &names).contains(". "), "full-width punctuation");
    }
}
