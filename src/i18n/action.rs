//! Actions and their targets in words: for buttons, for undo and redo, and for why one cannot be done.

use super::names::finish;
use super::{Label, Lang, Names, length, ppm, problem, times};
use crate::scenario::{Action, Target, Unable};

/// Whom an action is for: "A", "the master".
pub fn target(lang: Lang, target: Target) -> String {
    let numbered = |index: u8| u32::from(index) + 1;
    match target {
        Target::Master => lang.texts().target_master.into(),
        Target::Standby => lang.texts().target_standby.into(),
        Target::OldMaster => lang.texts().target_old_master.into(),
        Target::Node(index) => Names::data(index).into(),
        Target::Witness => "W".into(),
        Target::Proxy(index) => format!("P{}", numbered(index)),
        Target::Dns => words!(lang, "the name server", "域名服务器").into(),
        Target::Fencer => words!(lang, "the fencing device", "隔离设备").into(),
        Target::Operator => words!(lang, "the operator", "值班人员").into(),
        Target::Balancer(index) => format!("L{}", numbered(index)),
        Target::Member(index) => format!("M{}", numbered(index)),
        Target::Leader => words!(lang, "the manager's leader", "集群管理器的领导者").into(),
        Target::Storage => words!(lang, "the shared storage", "共享存储").into(),
        Target::Site(index) => {
            let number = numbered(index);
            say!(lang, "site {number}", "站点 {number}")
        }
    }
}

/// Name and explanation of an action.
pub fn action_label(lang: Lang, action: &Action) -> &'static Label {
    let labels = lang.actions();
    match action {
        Action::ProcessCrash { .. } => &labels.process_crash,
        Action::MachineCrash { .. } => &labels.machine_crash,
        Action::PowerLoss { .. } => &labels.power_loss,
        Action::Restart { .. } => &labels.restart,
        Action::WipeDisk { .. } => &labels.wipe_disk,
        Action::Freeze { .. } => &labels.freeze,
        Action::Thaw { .. } => &labels.thaw,
        Action::Slow { .. } => &labels.slow,
        Action::SlowDisk { .. } => &labels.slow_disk,
        Action::DiskFull { full: true, .. } => &labels.disk_full,
        Action::DiskFull { full: false, .. } => &labels.disk_room,
        Action::Cut { .. } => &labels.cut,
        Action::Mend { .. } => &labels.mend,
        Action::Partition { .. } => &labels.partition,
        Action::Heal => &labels.heal,
        Action::Loss { .. } => &labels.loss,
        Action::Delay { .. } => &labels.delay,
        Action::ZoneDown { .. } => &labels.zone_down,
        Action::ZoneUp { .. } => &labels.zone_up,
        Action::ClockJump { .. } => &labels.clock_jump,
        Action::ClockRate { .. } => &labels.clock_rate,
        Action::Gray { .. } => &labels.gray,
        Action::Recover { .. } => &labels.recover,
        Action::BadRelease => &labels.bad_release,
        Action::RollBack => &labels.roll_back,
        Action::PoisonWrite => &labels.poison_write,
        Action::RestoreBackup { .. } => &labels.restore_backup,
        Action::Load { .. } => &labels.load,
        Action::Promote { .. } => &labels.promote,
        Action::Switchover { .. } => &labels.switchover,
        Action::Drain { .. } => &labels.drain,
        Action::Ready { .. } => &labels.ready,
        Action::Join { .. } => &labels.join,
        Action::Leave { .. } => &labels.leave,
        Action::AcceptLoss { .. } => &labels.accept_loss,
        Action::AddMember { .. } => &labels.add_member,
        Action::RemoveMember { .. } => &labels.remove_member,
    }
}

/// An action with its target and its numbers: "Slow down: A, 10×". No sentence, no full stop.
pub fn action(lang: Lang, action: &Action) -> String {
    let of = |whom: Target| target(lang, whom);
    let signed = |us: i64| format!("{}{}", if us < 0 { "−" } else { "+" }, length(lang, us.unsigned_abs()));
    let details = match action {
        Action::ProcessCrash { on }
        | Action::MachineCrash { on }
        | Action::PowerLoss { on }
        | Action::Restart { on }
        | Action::WipeDisk { on }
        | Action::Freeze { on }
        | Action::Thaw { on }
        | Action::DiskFull { on, .. }
        | Action::Gray { on, .. }
        | Action::Recover { on }
        | Action::RestoreBackup { on }
        | Action::Promote { on }
        | Action::Drain { on }
        | Action::Ready { on }
        | Action::Join { on }
        | Action::Leave { on }
        | Action::AddMember { on }
        | Action::RemoveMember { on }
        | Action::Switchover { to: Some(on) } => of(*on),
        Action::Slow { on, permille } | Action::SlowDisk { on, permille } => {
            let (on, times) = (of(*on), times((*permille).into()));
            say!(lang, "{on}, {times}", "{on}，{times}")
        }
        Action::Cut { from, to, both_ways } | Action::Mend { from, to, both_ways } => {
            format!("{} {} {}", of(*from), if *both_ways { "↔" } else { "→" }, of(*to))
        }
        Action::Partition { groups } => {
            let side = |group: &Vec<Target>| {
                let names: Vec<String> = group.iter().map(|whom| of(*whom)).collect();
                names.join(words!(lang, ", ", "、"))
            };
            let sides: Vec<String> = groups.iter().map(side).collect();
            sides.join(words!(lang, " | ", " ｜ "))
        }
        Action::Loss { between: (a, b), ppm: share } => {
            let (a, b, share) = (of(*a), of(*b), ppm(lang, *share));
            say!(lang, "{a} ↔ {b}, {share}", "{a} ↔ {b}，{share}")
        }
        Action::Delay { between: (a, b), latency_us, jitter_us } => {
            let (a, b) = (of(*a), of(*b));
            let (latency, jitter) = (length(lang, (*latency_us).into()), length(lang, (*jitter_us).into()));
            say!(lang, "{a} ↔ {b}, {latency} ± {jitter}", "{a} ↔ {b}，{latency} ± {jitter}")
        }
        Action::ZoneDown { zone } | Action::ZoneUp { zone } => format!("{}", u32::from(*zone) + 1),
        Action::ClockJump { on, by_us } => {
            let (on, by) = (of(*on), signed(*by_us));
            say!(lang, "{on}, {by}", "{on}，{by}")
        }
        Action::ClockRate { on, ppb } => {
            let (on, by) = (of(*on), ppm(lang, (ppb.unsigned_abs() / 1_000) as u32));
            let sign = if *ppb < 0 { "−" } else { "+" };
            say!(lang, "{on}, {sign}{by}", "{on}，{sign}{by}")
        }
        Action::Load { permille } => times((*permille).into()),
        Action::AcceptLoss { shard } => super::cluster::shard(lang, *shard),
        Action::Heal
        | Action::BadRelease
        | Action::RollBack
        | Action::PoisonWrite
        | Action::Switchover { to: None } => return action_label(lang, action).name.into(),
    };
    let name = action_label(lang, action).name;
    say!(lang, "{name}: {details}", "{name}：{details}")
}

/// Why an action cannot be done, as a sentence.
pub fn unable(lang: Lang, why: &Unable) -> String {
    let of = |whom: Target| target(lang, whom);
    let text = match why {
        Unable::NoSuchMachine(whom) => {
            let whom = of(*whom);
            say!(lang, "This system has no such machine: {whom}.", "该系统中没有这台机器：{whom}。")
        }
        Unable::NobodyIs(whom) => {
            let whom = of(*whom);
            say!(lang, "Nobody is {whom} now.", "现在没有节点是 {whom}。")
        }
        Unable::NotADataNode(whom) => {
            let whom = of(*whom);
            say!(lang, "Only a data node can do this: {whom} is none.", "只有数据节点能这样做：{whom} 不是数据节点。")
        }
        Unable::NotRunning(whom) => {
            let whom = of(*whom);
            say!(lang, "Nothing runs on {whom}: start it first.", "{whom} 上没有进程在运行：请先启动它。")
        }
        Unable::TooMany(most) => {
            say!(
                lang,
                "{most} actions by hand are the most that one run keeps: undo some, or start again.",
                "一次运行最多保留 {most} 个手动操作：请撤销一些，或重新开始。"
            )
        }
        Unable::Stateless => {
            words!(lang, "In a pool nobody is master, and nothing is stored.", "节点池中没有主节点，也不存储数据。")
                .into()
        }
        Unable::NoBalancer => words!(lang, "This system has no balancer.", "该系统中没有负载均衡器。").into(),
        Unable::ManagerDecides => words!(
            lang,
            "The manager decides who is master: take the master down, or let it hand over.",
            "主节点由集群管理器决定：可以让主节点停机，或让它交出角色。"
        )
        .into(),
        Unable::IsAMember(whom) => {
            let whom = of(*whom);
            say!(
                lang,
                "{whom} belongs to the ensemble already: remove it first.",
                "{whom} 已是集群管理器的成员：请先将其移除。"
            )
        }
        Unable::NotAServer(whom) => {
            let whom = of(*whom);
            say!(lang, "{whom} is no server of the manager.", "{whom} 不是集群管理器的服务器。")
        }
        Unable::FixedMembers => words!(
            lang,
            "The members of a ZooKeeper-like ensemble do not change here.",
            "类 ZooKeeper 管理器的成员在这里不能增减。"
        )
        .into(),
        Unable::NoManager => words!(
            lang,
            "This system has no manager that workers could join.",
            "该系统没有集群管理器，工作节点无处加入。"
        )
        .into(),
        Unable::NoSuchShard(shard) => {
            let number = u32::from(*shard) + 1;
            say!(lang, "This system has no shard {number}.", "该系统中没有分片 {number}。")
        }
        Unable::ShardHasOwner(shard) => {
            let number = u32::from(*shard) + 1;
            say!(
                lang,
                "Shard {number} has an owner: nothing of it has to be given up.",
                "分片 {number} 有归属节点：无需放弃数据。"
            )
        }
        Unable::NobodyToOwn(shard) => {
            let number = u32::from(*shard) + 1;
            say!(
                lang,
                "No worker is registered that could own shard {number}: start one first.",
                "没有已登记的工作节点可以接管分片 {number}：请先启动一个。"
            )
        }
        Unable::NoSuchZone(zone) => {
            let zone = u32::from(*zone) + 1;
            say!(lang, "This system has no zone {zone}.", "该系统中没有可用区 {zone}。")
        }
        Unable::SameMachine => words!(lang, "Both ends are the same machine.", "两端是同一台机器。").into(),
        Unable::OutOfRange(what) => {
            let (path, expected) = (&what.path, problem::expected(lang, &what.expected));
            say!(lang, "{path}: expected {expected}.", "{path}：应为 {expected}。")
        }
        Unable::Groups => words!(lang, "A partition has two to four groups.", "网络分区应有二到四个分组。").into(),
    };
    finish(lang, text)
}
