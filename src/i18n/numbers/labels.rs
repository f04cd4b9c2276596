//! What the things of the Numbers view are called.

use crate::i18n::{Label, Lang};
use crate::theory::explore::curves::Rule;
use crate::theory::explore::{Architecture, Basis, Cause, Input, Period, Symbol, Time};

/// A name and a sentence in both languages.
macro_rules! label {
    ($lang:expr, $en:literal, $en_explain:literal; $zh:literal, $zh_explain:literal) => {
        match $lang {
            Lang::En => Label { name: $en, explain: $en_explain },
            Lang::Zh => Label { name: $zh, explain: $zh_explain },
        }
    };
}

/// An architecture.
pub fn architecture(lang: Lang, architecture: Architecture) -> Label {
    match architecture {
        Architecture::Single => {
            label!(lang, "Single node", "One node: while it is in repair, the service is down."; "单节点", "只有一个节点：修复期间服务中断。")
        }
        Architecture::Series => {
            label!(lang, "Three parts in series", "Say balancer, application and database: all of them are needed."; "三个部件串联", "例如负载均衡、应用与数据库：缺一不可。")
        }
        Architecture::Pair => {
            label!(lang, "Pair, ideal failover", "Hot, warm or cold standby; the failover takes no time and never fails: the most that a pair can give."; "主备，理想切换", "热备、温备或冷备；切换不耗时也从不失败，这是主备的上限。")
        }
        Architecture::Failover => {
            label!(lang, "Pair, failover takes time", "From the failure of the master until the standby serves, the service is down."; "主备，切换需要时间", "从主节点故障到备节点接管，服务中断。")
        }
        Architecture::Coverage => {
            label!(lang, "Pair, failover may not work", "With some probability the failover works by itself; otherwise it waits for a human."; "主备，切换可能失败", "切换以一定概率自动成功，否则要等人来处理。")
        }
        Architecture::Latent => {
            label!(lang, "Pair, standby dies unseen", "A dead standby is found by the next test, or by the failover that needed it."; "主备，备节点静默失效", "失效的备节点要到下次检测才被发现，或者在需要它切换时才发现。")
        }
        Architecture::Failback => {
            label!(lang, "Pair with failback", "After its repair the service goes back to the preferred master, at the price of a second outage. Two crews."; "主备，自动回切", "首选主节点修复后服务回切到它，代价是第二次中断。两组维修人员。")
        }
        Architecture::KOfN => {
            label!(lang, "k of n nodes", "So many of the nodes must be up; with k = 1 they are in parallel."; "n 取 k", "至少 k 个节点正常；k = 1 即并联。")
        }
        Architecture::Quorum => {
            label!(lang, "Majority with a leader", "A majority must be up, and every lost leader costs an election (Raft, ZooKeeper)."; "多数派与领导者", "须有多数派正常，每次失去领导者都要付出一次选举（Raft、ZooKeeper）。")
        }
        Architecture::Pool => {
            label!(lang, "Load-balanced pool", "Up means that one node is; whether the whole load is served stands beside it."; "负载均衡池", "只要有一个节点正常就算可用；能否承载全部负载另行列出。")
        }
    }
}

/// An input. Up times say what they are.
pub fn input(lang: Lang, input: Input, basis: Basis) -> Label {
    let mtbf = basis == Basis::Mtbf;
    match input {
        Input::Mttf if mtbf => {
            label!(lang, "MTBF of a node", "Mean time from failure to failure: up time and repair."; "节点的 MTBF", "平均故障间隔：无故障时间加修复时间。")
        }
        Input::Mttf => {
            label!(lang, "MTTF of a node", "Mean up time, from a repair to the next failure."; "节点的 MTTF", "平均无故障时间：从修复到下一次故障。")
        }
        Input::Mttf2 if mtbf => {
            label!(lang, "MTBF of part 2", "Mean time from failure to failure of the second part."; "部件 2 的 MTBF", "第二个部件的平均故障间隔。")
        }
        Input::Mttf2 => {
            label!(lang, "MTTF of part 2", "Mean up time of the second part."; "部件 2 的 MTTF", "第二个部件的平均无故障时间。")
        }
        Input::Mttf3 if mtbf => {
            label!(lang, "MTBF of part 3", "Mean time from failure to failure of the third part."; "部件 3 的 MTBF", "第三个部件的平均故障间隔。")
        }
        Input::Mttf3 => {
            label!(lang, "MTTF of part 3", "Mean up time of the third part."; "部件 3 的 MTTF", "第三个部件的平均无故障时间。")
        }
        Input::Mttr => {
            label!(lang, "MTTR of a node", "Mean down time of a node, from its failure until it is repaired."; "节点的 MTTR", "平均修复时间：从故障到修复完成。")
        }
        Input::Mttr2 => {
            label!(lang, "MTTR of part 2", "Mean down time of the second part."; "部件 2 的 MTTR", "第二个部件的平均修复时间。")
        }
        Input::Mttr3 => {
            label!(lang, "MTTR of part 3", "Mean down time of the third part."; "部件 3 的 MTTR", "第三个部件的平均修复时间。")
        }
        Input::Nodes => label!(lang, "Nodes (n)", "How many nodes there are."; "节点数 (n)", "共有多少个节点。"),
        Input::Needed => {
            label!(lang, "Needed (k)", "How many of them must be up."; "所需节点 (k)", "至少要有多少个节点正常。")
        }
        Input::Failover => {
            label!(lang, "Failover time", "Mean time from the failure of the master until the standby serves."; "切换时间", "从主节点故障到备节点接管的平均时间。")
        }
        Input::Coverage => {
            label!(lang, "Coverage", "Probability that the automatic failover works."; "覆盖率", "自动切换成功的概率。")
        }
        Input::Manual => {
            label!(lang, "Failover by hand", "Mean time until a human has done it when it did not work by itself."; "人工切换时间", "自动切换失败后，人工完成切换的平均时间。")
        }
        Input::Test => {
            label!(lang, "Standby test interval", "Mean time until a test finds a standby that died unseen."; "备节点检测间隔", "静默失效的备节点被检测发现的平均时间。")
        }
        Input::Wait => {
            label!(lang, "Wait before failback", "Mean time from the repair until the service goes back."; "回切前等待", "从修复完成到开始回切的平均时间。")
        }
        Input::Failback => {
            label!(lang, "Failback time", "Mean length of the planned outage of going back."; "回切时间", "回切造成的计划中断的平均时长。")
        }
        Input::Election => {
            label!(lang, "Election time", "Mean time from the loss of the leader until the next one serves."; "选举时间", "从失去领导者到新领导者开始服务的平均时间。")
        }
        Input::Dormancy => {
            label!(lang, "Standby’s failure rate", "Divided by the master’s: 1 is a hot standby, 0 a cold one that cannot fail, warm ones lie between."; "备节点故障率", "与主节点之比：1 为热备，0 为不会故障的冷备，其间为温备。")
        }
        Input::Gamma => {
            label!(lang, "Stress by load (γ)", "Nodes that carry x times as much fail x to the power γ times as often; 0: load does no harm."; "负载压力 (γ)", "负载为 x 倍时，故障率为 x 的 γ 次方倍；0 表示负载无害。")
        }
        Input::Demand => {
            label!(lang, "Load", "In nodes that it keeps busy."; "负载", "以能占满的节点数计。")
        }
        Input::Crews => {
            label!(lang, "Repair crews", "How many nodes can be repaired at once; more than there are nodes have nothing to do."; "维修人员组数", "可同时修复的节点数；多于节点数的部分无事可做。")
        }
        Input::CommonCause => {
            label!(lang, "Common cause (β)", "Share of all failures that take every node down at once: a zone, a release, a certificate."; "共因故障 (β)", "使所有节点同时失效的故障所占比例：可用区、版本发布、证书。")
        }
    }
}

/// A cause of downtime.
pub fn cause(lang: Lang, cause: Cause) -> &'static str {
    match cause {
        Cause::NodeDown => words!(lang, "The node is in repair", "节点在修复"),
        Cause::Part(0) => words!(lang, "Only part 1 is down", "仅部件 1 故障"),
        Cause::Part(1) => words!(lang, "Only part 2 is down", "仅部件 2 故障"),
        Cause::Part(_) => words!(lang, "Only part 3 is down", "仅部件 3 故障"),
        Cause::Parts => words!(lang, "Several parts are down", "多个部件同时故障"),
        Cause::Failover => words!(lang, "Failing over", "正在切换"),
        Cause::ByHand => words!(lang, "Waiting for a human", "等待人工处理"),
        Cause::InVain => words!(lang, "The standby was dead", "备节点早已失效"),
        Cause::Failback => words!(lang, "Failing back", "正在回切"),
        Cause::AllDown => words!(lang, "All nodes are down", "所有节点故障"),
        Cause::OneTooFew => words!(lang, "One node too few", "差一个节点"),
        Cause::TooFew => words!(lang, "More than one too few", "差一个以上节点"),
        Cause::Election => words!(lang, "Electing a leader", "正在选举"),
        Cause::NoMajority => words!(lang, "No majority is up", "没有多数派"),
        Cause::Common => words!(lang, "Common cause", "共因故障"),
    }
}

/// Downtime in a period.
pub fn downtime_in(lang: Lang, period: Period) -> &'static str {
    match period {
        Period::Year => words!(lang, "Downtime a year", "每年停机"),
        Period::Month => words!(lang, "Downtime a month", "每月停机"),
        Period::Week => words!(lang, "Downtime a week", "每周停机"),
        Period::Day => words!(lang, "Downtime a day", "每天停机"),
    }
}

/// A unit of time in a list.
pub fn unit(lang: Lang, unit: Time) -> &'static str {
    match unit {
        Time::Second => words!(lang, "s", "秒"),
        Time::Minute => words!(lang, "min", "分钟"),
        Time::Hour => words!(lang, "h", "小时"),
        Time::Day => words!(lang, "days", "天"),
        Time::Year => words!(lang, "years", "年"),
    }
}

/// How many nodes a curve asks for.
pub fn rule(lang: Lang, rule: Rule) -> String {
    match rule {
        Rule::Same(k) => say!(lang, "{k} needed", "需要 {k} 个"),
        Rule::Majority => words!(lang, "a majority needed", "需要多数派").into(),
        Rule::One => words!(lang, "one is up", "至少一个正常").into(),
        Rule::Load => words!(lang, "whole load served", "承载全部负载").into(),
    }
}

/// What a symbol means.
pub fn symbol(lang: Lang, symbol: Symbol) -> &'static str {
    match symbol {
        Symbol::A => words!(lang, "availability", "可用性"),
        Symbol::U => words!(lang, "unavailability, 1 − A", "不可用率，1 − A"),
        Symbol::UPair => {
            words!(lang, "unavailability of the pair if its failover took no time", "切换不耗时时主备的不可用率")
        }
        Symbol::UMajority => {
            words!(lang, "unavailability of a majority, without elections", "不计选举时多数派的不可用率")
        }
        Symbol::UOwn => words!(lang, "unavailability without the common cause", "不计共因故障的不可用率"),
        Symbol::Mttf => words!(lang, "mean up time (MTTF, not MTBF)", "平均无故障时间（MTTF，而非 MTBF）"),
        Symbol::MttfOwn => words!(lang, "mean up time without common-cause failures", "不计共因故障的平均无故障时间"),
        Symbol::Mttr => words!(lang, "mean down time of a node", "节点的平均修复时间"),
        Symbol::R => words!(lang, "repair time over up time", "修复时间与无故障时间之比"),
        Symbol::Alpha => words!(lang, "standby’s failure rate over the master’s", "备节点与主节点故障率之比"),
        Symbol::M => words!(lang, "repair crews", "维修人员组数"),
        Symbol::Tf => words!(lang, "mean failover time", "平均切换时间"),
        Symbol::Tm => words!(lang, "mean time of a failover by hand", "平均人工切换时间"),
        Symbol::Tt => words!(lang, "mean interval of the standby’s tests", "备节点平均检测间隔"),
        Symbol::Tb => words!(lang, "mean failback time", "平均回切时间"),
        Symbol::Te => words!(lang, "mean election time", "平均选举时间"),
        Symbol::C => words!(lang, "coverage", "覆盖率"),
        Symbol::N => words!(lang, "nodes", "节点数"),
        Symbol::K => words!(lang, "nodes that must be up", "所需节点数"),
        Symbol::P => {
            words!(lang, "probability that j nodes are down; they add up to 1", "有 j 个节点故障的概率，总和为 1")
        }
        Symbol::J => words!(lang, "nodes that are down", "故障节点数"),
        Symbol::Gamma => words!(lang, "power by which load makes nodes fail", "负载影响故障率的指数"),
        Symbol::Beta => words!(lang, "share of failures with a common cause", "共因故障所占比例"),
    }
}
