//! The line on a node's card: what it is doing, and what it waits for.

use super::ensemble::{Membership, membership};
use super::{Dialect, Lang, Names, duration, nines, percent, ppm};
use crate::sim::{MachineId, Micros};

/// What a node is doing, with the numbers that matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// Takes writes; the next heartbeat leaves in so long, its lease runs for so long.
    Master {
        /// In this epoch.
        epoch: u32,
        /// Until the next heartbeat.
        beat_us: Micros,
        /// Until the lease runs out, if it has one.
        lease_us: Option<Micros>,
    },
    /// Follows a master.
    Follows {
        /// Whom.
        master: MachineId,
        /// Since the last heartbeat.
        silent_us: Micros,
        /// When that is too long.
        limit_us: Micros,
    },
    /// Holds its master for dead.
    Suspects {
        /// Whom.
        master: MachineId,
        /// Since the last heartbeat.
        silent_us: Micros,
    },
    /// Came up, and waits for a master.
    Alone {
        /// Until it looks for one itself.
        left_us: Micros,
    },
    /// Asks the voters.
    Asks {
        /// In this epoch.
        epoch: u32,
        /// Who agreed.
        votes: u32,
        /// How many have to.
        needed: usize,
    },
    /// Waits until the old master cannot write.
    Fences {
        /// In preparation of this epoch.
        epoch: u32,
        /// Until its own timer, if one runs.
        left_us: Micros,
    },
    /// Starts the service and replays its log.
    Replays {
        /// For this epoch.
        epoch: u32,
        /// Until it opens.
        left_us: Micros,
    },
    /// Reads its log from the shared storage, as soon as that answers.
    Reads {
        /// For which epoch.
        epoch: u32,
    },
    /// Gets a backup back.
    Restores {
        /// Until it is done.
        left_us: Micros,
    },
    /// Hands the role over.
    HandsOver {
        /// To whom.
        to: MachineId,
    },
    /// Does not run.
    Gone {
        /// It was master when it went, in this epoch.
        master_in: Option<u32>,
        /// For so long.
        since_us: Micros,
    },
    /// Belongs to an ensemble.
    Member(Membership),
    /// Is on its way up.
    Starts,
    /// Stands still.
    Frozen {
        /// For so long.
        since_us: Micros,
    },
}

/// A length of time that changes while one looks: in tenths of a second, or finer if it is short.
pub(super) fn rough(lang: Lang, us: Micros) -> String {
    if us < 100_000 && us > 0 {
        return duration(lang, us / 1_000 * 1_000);
    }
    if us >= 60_000_000 {
        return duration(lang, us);
    }
    let (whole, tenth) = (us / 1_000_000, us / 100_000 % 10);
    say!(lang, "{whole}.{tenth} s", "{whole}.{tenth} 秒")
}

/// The line.
pub fn doing(lang: Lang, doing: Doing, names: &Names) -> String {
    let name = |machine| names.name(lang, machine);
    match doing {
        Doing::Master { epoch, beat_us, lease_us: None } => {
            let beat = rough(lang, beat_us);
            say!(lang, "epoch {epoch} · next heartbeat in {beat}", "纪元 {epoch} · {beat}后发下一次心跳")
        }
        Doing::Master { epoch, lease_us: Some(left), .. } => {
            let left = rough(lang, left);
            say!(lang, "epoch {epoch} · its lease runs for {left} more", "纪元 {epoch} · 租约还剩 {left}")
        }
        Doing::Follows { master, silent_us, limit_us } => {
            let (master, silent, limit) = (name(master), rough(lang, silent_us), rough(lang, limit_us));
            say!(
                lang,
                "follows {master} · heard {silent} ago, limit {limit}",
                "跟随 {master} · {silent}前收到心跳，上限 {limit}"
            )
        }
        Doing::Suspects { master, silent_us } => {
            let (master, silent) = (name(master), rough(lang, silent_us));
            say!(lang, "suspects {master}: silent for {silent}", "怀疑 {master} 失效：已静默 {silent}")
        }
        Doing::Alone { left_us } => {
            let left = rough(lang, left_us);
            say!(lang, "has heard no master; looks for one in {left}", "尚未听到主节点；{left}后自行寻找")
        }
        Doing::Asks { epoch, votes, needed } => {
            say!(
                lang,
                "asks for votes in epoch {epoch}: has {votes} of {needed}",
                "在纪元 {epoch} 拉票：已有 {votes} 票，需 {needed} 票"
            )
        }
        Doing::Fences { epoch, left_us: 0 } => {
            say!(lang, "fences the old master, for epoch {epoch}", "为纪元 {epoch} 隔离旧主节点")
        }
        Doing::Fences { epoch, left_us } => {
            let left = rough(lang, left_us);
            say!(lang, "fences the old master, for epoch {epoch}: {left}", "为纪元 {epoch} 隔离旧主节点：还需 {left}")
        }
        Doing::Replays { epoch, left_us } => {
            let left = rough(lang, left_us);
            say!(lang, "replays its log for epoch {epoch}: {left} to go", "为纪元 {epoch} 重放日志：还需 {left}")
        }
        Doing::Reads { epoch } => {
            say!(lang, "reads the shared storage, for epoch {epoch}", "为纪元 {epoch} 读取共享存储")
        }
        Doing::Restores { left_us } => {
            let left = rough(lang, left_us);
            say!(lang, "restores its backup: {left} to go", "正在恢复备份：还需 {left}")
        }
        Doing::HandsOver { to } => {
            let to = name(to);
            say!(lang, "takes no more writes: hands over to {to}", "不再接受写入：正在移交给 {to}")
        }
        Doing::Gone { master_in: Some(epoch), since_us } if names.dialect == Dialect::Raft => {
            let since = rough(lang, since_us);
            say!(lang, "was leader of term {epoch} · down for {since}", "曾是任期 {epoch} 的领导者 · 已宕机 {since}")
        }
        Doing::Gone { master_in: Some(epoch), since_us } if names.dialect == Dialect::Zab => {
            let since = rough(lang, since_us);
            say!(lang, "was leader of epoch {epoch} · down for {since}", "曾是纪元 {epoch} 的领导者 · 已宕机 {since}")
        }
        Doing::Gone { master_in: Some(epoch), since_us } => {
            let since = rough(lang, since_us);
            say!(lang, "was master of epoch {epoch} · down for {since}", "曾是纪元 {epoch} 的主节点 · 已宕机 {since}")
        }
        Doing::Gone { master_in: None, since_us } => {
            let since = rough(lang, since_us);
            say!(lang, "down for {since}", "已宕机 {since}")
        }
        Doing::Member(what) => membership(lang, what, names, false),
        Doing::Starts => words!(lang, "is starting", "正在启动").into(),
        Doing::Frozen { since_us } => {
            let since = rough(lang, since_us);
            say!(lang, "frozen for {since}; believes what it believed", "已冻结 {since}；仍保持冻结前的认知")
        }
    }
}

/// The same where there is no room for it.
pub fn doing_briefly(lang: Lang, what: Doing, names: &Names) -> String {
    match what {
        Doing::Master { epoch, .. } => say!(lang, "epoch {epoch}", "纪元 {epoch}"),
        Doing::Follows { silent_us, .. } => {
            let silent = rough(lang, silent_us);
            say!(lang, "heard {silent} ago", "{silent}前有心跳")
        }
        Doing::Suspects { silent_us, .. } => {
            let silent = rough(lang, silent_us);
            say!(lang, "silent for {silent}", "已静默 {silent}")
        }
        Doing::Alone { .. } => words!(lang, "hears no master", "没有主节点").into(),
        Doing::Asks { votes, needed, .. } => say!(lang, "{votes} of {needed} votes", "已得 {votes}/{needed} 票"),
        Doing::Fences { epoch, .. } | Doing::Reads { epoch } => say!(lang, "for epoch {epoch}", "为纪元 {epoch}"),
        Doing::Replays { left_us, .. } | Doing::Restores { left_us } => {
            let left = rough(lang, left_us);
            say!(lang, "{left} to go", "还需 {left}")
        }
        Doing::Gone { since_us, .. } => {
            let since = rough(lang, since_us);
            say!(lang, "down for {since}", "已宕机 {since}")
        }
        Doing::Frozen { since_us } => {
            let since = rough(lang, since_us);
            say!(lang, "frozen for {since}", "已冻结 {since}")
        }
        Doing::Member(what) => membership(lang, what, names, true),
        Doing::HandsOver { .. } | Doing::Starts => doing(lang, what, names),
    }
}

/// What an outage comes to in a year: "46 s a year, 5.8 nines".
pub fn cost(lang: Lang, yearly_us: Micros, with_nines: f64) -> String {
    let (time, nines) = (duration(lang, yearly_us), nines(lang, Some(with_nines)));
    say!(lang, "→ {time} a year, {nines}", "一次：每年 {time}，{nines}")
}

/// What the fencing device is doing: whose power it is cutting.
pub fn cuts_power(lang: Lang, targets: impl Iterator<Item = MachineId>, names: &Names) -> String {
    let targets = names.list(lang, targets);
    if targets.is_empty() {
        words!(lang, "waits for an order", "等待命令").into()
    } else {
        say!(lang, "cuts the power of {targets}", "正在切断 {targets} 的电源")
    }
}

/// What the operator is doing: who has called.
pub fn was_called(lang: Lang, callers: impl Iterator<Item = MachineId>, names: &Names) -> String {
    let callers = names.list(lang, callers);
    if callers.is_empty() {
        words!(lang, "has not been called", "未被呼叫").into()
    } else {
        say!(lang, "was called by {callers}", "已被 {callers} 呼叫")
    }
}

/// What the shared storage has, and for which epoch it is reserved, where that counts.
pub fn holds(lang: Lang, last: u32, reserved: Option<u32>) -> String {
    match reserved {
        Some(epoch) => say!(lang, "log {last} · epoch ≥ {epoch}", "日志 {last} · 纪元 ≥ {epoch}"),
        None => say!(lang, "log {last} · any epoch", "日志 {last} · 不限纪元"),
    }
}

/// Only what concerns one machine.
pub fn only(lang: Lang, name: &str) -> String {
    say!(lang, "Only {name}", "只看 {name}")
}

/// What an objective allows in a month, and what of it is used.
pub fn budget(lang: Lang, objective_ppm: u32, used_us: Micros, allowed_us: Micros) -> String {
    let (objective, allowed) = (ppm(lang, objective_ppm), duration(lang, allowed_us));
    let used = percent(lang, used_us.min(allowed_us), allowed_us.max(1));
    if used_us == 0 {
        return say!(
            lang,
            "An objective of {objective} allows {allowed} a month.",
            "{objective} 的目标每月允许中断 {allowed}。"
        );
    }
    say!(
        lang,
        "An objective of {objective} allows {allowed} a month; {used} of it is used.",
        "{objective} 的目标每月允许中断 {allowed}，已用去 {used}。"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ha::Layout;

    #[test]
    fn a_card_says_what_its_node_waits_for() {
        let names = Names::new(&Layout::new(3, false, 0, false, false, false, 1));
        let a = MachineId::from_index(0);
        let follows = Doing::Follows { master: a, silent_us: 640_000, limit_us: 3_000_000 };
        assert_eq!(doing(Lang::En, follows, &names), "follows A · heard 0.6 s ago, limit 3.0 s");
        assert_eq!(doing(Lang::Zh, follows, &names), "跟随 A · 0.6 秒前收到心跳，上限 3.0 秒");
    }
}
