//! Names for what is filled in as a list: what happens when, and to whom; zones, clocks, and what a scenario is about.

use super::action::target;
use super::labels::labels;
use super::names::finish;
use super::texts::texts;
use super::{Label, Lang};
use crate::scenario::Target;

labels! {
    /// What is scheduled, whom it is for, and the machines that need a word of their own.
    ScheduleOptions;

    // When.
    when: "When", "At a time that you set, or at a random one."; "时间", "在设定的时间，或在随机的时间。";
    at_fixed: "At a fixed time", "It happens after everything else of that instant."; "固定时间", "在该时刻的其他事情都发生之后执行。";
    at_random: "At a random time", "The seed decides when; every instant of the stretch is equally likely."; "随机时间", "由种子决定；区间内的每个时刻机会均等。";
    at: "Time", "Since the start of the run."; "时刻", "从运行开始算起。";
    earliest: "Earliest", "Not before this time."; "最早", "不早于该时刻。";
    latest: "Latest", "Not after this time."; "最晚", "不晚于该时刻。";

    // What.
    what: "What is done", "A fault, its undoing, or an order."; "操作", "故障、故障的解除，或一道命令。";
    on: "To whom", "A machine, or whoever has a role at that moment."; "对象", "某台机器，或届时担任某个角色的节点。";
    from: "From", "Who sends."; "发送方", "消息从哪里发出。";
    to: "To", "Who receives."; "接收方", "消息发往哪里。";
    both_ways: "Both ways", "The other direction as well."; "双向", "反方向也一样。";
    one_end: "One end", "The link between these two, both ways."; "一端", "这两者之间的链路，双向。";
    other_end: "Other end", "Another machine than the first."; "另一端", "必须与前一台不同。";
    takes: "Takes", "How many times the usual time; 1 is normal again."; "耗时", "是平时的多少倍；1 表示恢复正常。";
    disk: "The disk", "Full, or with room again."; "磁盘", "写满，或重新有空间。";
    is_full: "Is full", "Writes fail."; "已写满", "写入失败。";
    has_room: "Has room again", "Writes work again."; "有空间", "写入恢复正常。";
    groups: "Groups", "Machines of different groups cannot hear each other; who is in none belongs to the first."; "分组数", "不同分组的机器互相听不到；未列出的机器属于第一组。";
    two_groups: "Two", "Two sides."; "两组", "网络分成两侧。";
    three_groups: "Three", "Three sides."; "三组", "网络分成三块。";
    four_groups: "Four", "Four sides."; "四组", "网络分成四块。";
    first_group: "Group 1", "Who is named nowhere belongs here, too."; "第 1 组", "未列出的机器也属于这一组。";
    second_group: "Group 2", "Who hears only each other."; "第 2 组", "只能互相听到的机器。";
    third_group: "Group 3", "Who hears only each other."; "第 3 组", "只能互相听到的机器。";
    fourth_group: "Group 4", "Who hears only each other."; "第 4 组", "只能互相听到的机器。";
    lost: "Lost", "The share of datagrams, on top of the usual; 0 ends it."; "丢包率", "在平时之外丢失的数据报比例；0 表示结束。";
    longer_by: "Longer by", "On top of the usual time; 0 without jitter ends it."; "增加延迟", "在平时延迟之上增加；与抖动都为 0 表示结束。";
    jitter: "Jitter", "A random time up to this comes on top."; "抖动", "再随机增加不超过该值的时间。";
    shard: "Shard", "The one that nobody owns then."; "分片", "届时没有归属的分片。";
    zone: "Zone", "As made on the page for machines and network."; "可用区", "可用区在“机器与网络”页中设置。";
    jumps_by: "Jumps by", "Ahead, or with a minus sign back."; "跳变", "正数向前跳，负数向后跳。";
    gains: "Gains", "Fast by so much in each second; with a minus sign slow, 0 is right again."; "每秒快", "每秒走快的量；负数表示走慢，0 表示恢复准确。";
    requests: "Requests", "What becomes of them at the gray node."; "请求", "灰色节点如何对待请求。";
    requests_fail: "Fail", "They are answered with an error at once."; "失败", "立即返回错误。";
    requests_hang: "Hang", "They are not answered at all."; "挂起", "完全没有应答。";
    load: "Load", "How many times the usual number of requests; 1 is normal, 0 is silence."; "负载", "请求数是平时的多少倍；1 为正常，0 为没有请求。";
    heir: "To whom", "Who becomes master."; "移交给", "由谁接任主节点。";
    most_advanced: "The most advanced standby", "Whoever has most of the log then."; "日志最新的备节点", "届时日志最全的节点。";

    // Roles.
    master: "The master", "Who last became master, alive or not."; "主节点", "最近成为主节点的节点，不论是否存活。";
    standby: "The most advanced standby", "The standby that is up and has most of the log."; "日志最新的备节点", "正在运行、日志最全的备节点。";
    old_master: "The old master", "Who was master before."; "旧主节点", "上一任主节点。";
    leader: "The leader", "Who last became leader, alive or not."; "领导者", "最近成为领导者的成员，不论是否存活。";
    follower: "The most advanced follower", "The follower that is up and has most of the log."; "日志最新的跟随者", "正在运行、日志最全的跟随者。";
    old_leader: "The old leader", "Who was leader before."; "旧领导者", "上一任领导者。";
    owner: "The owner of shard 1", "Who last became its owner, alive or not."; "分片 1 的归属节点", "最近成为其归属节点的工作节点，不论是否存活。";
    holder: "Best other copy of shard 1", "The holder that is up and has most of its log."; "分片 1 最新的副本", "正在运行、日志最全的副本所在节点。";
    old_owner: "The old owner of shard 1", "Who was its owner before."; "分片 1 的旧归属节点", "上一任归属节点。";
    manager_leader: "The manager's leader", "Who leads the manager ensemble."; "集群管理器的领导者", "领导管理器成员的那一个。";
    whom_machine: "A machine", "The same machine, whatever its role then."; "某台机器", "固定的机器，不论届时是什么角色。";

    // Zones, clocks, and who is down.
    zones: "Zones", "Machines that share power: a zone outage takes them down together."; "可用区", "共用电源的机器：可用区断电时一起停机。";
    zone_of: "Machines in it", "A machine belongs to one zone at most."; "包含的机器", "一台机器最多属于一个可用区。";
    clocks: "Clocks", "A machine whose own clock starts ahead or runs wrong; the clocks of all others are right."; "时钟", "自身时钟有偏移或走不准的机器；其余机器的时钟都准确。";
    clock_of: "Machine", "Whose clock it is."; "机器", "是哪台机器的时钟。";
    ahead_by: "Starts ahead by", "What it shows when the run begins."; "起始偏移", "运行开始时时钟显示的时间。";
    down: "Down at the start", "Machines that are off until somebody starts them."; "启动时停机", "一开始处于停机状态、需要有人启动的机器。";

    // What a scenario is about.
    title_en: "Title in English", "What the scenario is called."; "英文标题", "场景的英文名称。";
    title_zh: "Title in Chinese", "What it is called on a Chinese page."; "中文标题", "场景的名称。";
    story_en: "Story in English", "What to look at, in a few sentences."; "英文说明", "用几句话说明看点（英文）。";
    story_zh: "Story in Chinese", "The same for a Chinese page."; "中文说明", "用几句话说明看点。";
    until: "Length of a run", "When a run on the command line ends."; "运行时长", "命令行运行到此结束。";
    speed: "Speed at first", "How many times real time; below 1 is slow motion."; "初始速度", "是真实时间的多少倍；小于 1 为慢动作。";
    eye_times: "Times for the eye", "The page says that its times are far slower than real ones."; "便于观察的时间", "页面会说明这里的时间远慢于真实系统。";
}

texts! {
    /// Words around lists, and headings in long choices.
    ScheduleTexts;

    add: "Add", "添加";
    remove: "Remove", "删除";
    group_roles: "Whoever has the role then", "届时担任该角色者";
    group_machines: "Machines", "机器";
    group_disk: "Disk", "磁盘";
    group_network: "Network", "网络";
    group_clock: "Clock", "时钟";
    group_service: "Service and clients", "服务与客户端";
    group_orders: "Orders", "命令";
    is_wrong: "something is wrong here", "此处有误";
}

/// Which roles a system has, and in whose words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cast {
    /// A master, perhaps with standbys.
    Pair,
    /// Members of an ensemble that hold the data.
    Ensemble,
    /// Workers that own shards.
    Workers,
    /// Nodes without roles.
    Pool,
}

/// What a role is called in a system; none for a place.
pub fn role_label(lang: Lang, role: Target, cast: Cast) -> Option<Label> {
    let o = lang.schedule_options();
    Some(match (role, cast) {
        (Target::Master | Target::Leader, Cast::Ensemble) => o.leader,
        (Target::Standby, Cast::Ensemble) => o.follower,
        (Target::OldMaster, Cast::Ensemble) => o.old_leader,
        (Target::Master, Cast::Workers) => o.owner,
        (Target::Standby, Cast::Workers) => o.holder,
        (Target::OldMaster, Cast::Workers) => o.old_owner,
        (Target::Master, _) => o.master,
        (Target::Standby, _) => o.standby,
        (Target::OldMaster, _) => o.old_master,
        (Target::Leader, _) => o.manager_leader,
        _ => return None,
    })
}

/// A machine's name as a choice, with what it is: "Node A", "Proxy P1", "Site 1".
pub fn machine_choice(lang: Lang, place: Target, cast: Cast) -> String {
    let name = short_choice(lang, place);
    match (place, cast) {
        (Target::Node(_), Cast::Workers) => say!(lang, "Worker {name}", "工作节点 {name}"),
        (Target::Node(_), Cast::Ensemble) | (Target::Member(_), _) => say!(lang, "Member {name}", "成员 {name}"),
        (Target::Node(_), _) => say!(lang, "Node {name}", "节点 {name}"),
        (Target::Witness, _) => say!(lang, "Witness {name}", "见证节点 {name}"),
        (Target::Proxy(_), _) => say!(lang, "Proxy {name}", "代理 {name}"),
        (Target::Balancer(_), _) => say!(lang, "Balancer {name}", "负载均衡器 {name}"),
        _ => name,
    }
}

/// A target's name on a small button: "A", "P1", "Name server".
pub fn short_choice(lang: Lang, place: Target) -> String {
    let name = target(lang, place);
    finish(lang, name.strip_prefix("the ").unwrap_or(&name).to_owned())
}

/// The name of something that this system has not.
pub fn missing_choice(lang: Lang, name: &str) -> String {
    say!(lang, "{name} (not in this system)", "{name}（该系统中没有）")
}

/// A zone by its number and its machines.
pub fn zone_choice(lang: Lang, number: usize, machines: &[String]) -> String {
    let machines = machines.join(words!(lang, ", ", "、"));
    match (machines.is_empty(), lang) {
        (true, _) => say!(lang, "Zone {number}", "可用区 {number}"),
        (false, _) => say!(lang, "Zone {number}: {machines}", "可用区 {number}：{machines}"),
    }
}

/// A heading and what it is about.
pub fn about(lang: Lang, name: &str, details: &str) -> String {
    if details.is_empty() { name.to_owned() } else { say!(lang, "{name}: {details}", "{name}：{details}") }
}

/// A range of numbers with their unit: what would be right in a field.
pub fn number_between(lang: Lang, min: &str, max: &str, unit: &str) -> String {
    let gap = if unit.is_empty() || unit == "%" && lang == Lang::Zh { "" } else { " " };
    match lang {
        Lang::En => format!("a number from {min} to {max}{gap}{unit}"),
        Lang::Zh => finish(lang, format!("从 {min} 到 {max}{gap}{unit} 的数字")),
    }
}

/// A choice's name within a line: "the master".
pub fn within(lang: Lang, name: &str) -> String {
    match (lang, name.strip_prefix("The ")) {
        (Lang::En, Some(rest)) => format!("the {rest}"),
        _ => name.to_owned(),
    }
}

/// A remedy as a sentence at a field.
pub fn should_be(lang: Lang, what: &str) -> String {
    say!(lang, "Should be {what}.", "应为：{what}。")
}
