//! What is wrong with a scenario, in both languages.

use super::Lang;
use crate::scenario::{Expected, Problem, Rule};

/// What would be right: the end of "expected …", without a full stop.
pub fn expected(lang: Lang, expected: &Expected) -> String {
    match lang {
        // The command line says the same.
        Lang::En => expected.to_string(),
        Lang::Zh => chinese(expected),
    }
}

/// Where it stands: a field by its path; in what is not even JSON, the line.
pub fn place(lang: Lang, path: &str) -> String {
    let line = || path.strip_prefix("line ")?.split_once(", column ");
    match (lang, line()) {
        (Lang::Zh, Some((line, column))) => format!("第 {line} 行第 {column} 列"),
        _ => path.to_owned(),
    }
}

/// What stands there. JSON is quoted as it is; what is said about it in words has to be in the language.
pub fn found(lang: Lang, problem: &Problem) -> String {
    let found = problem.found.as_str();
    let is_quoted = match &problem.expected {
        Expected::Json(_) => found != "nothing",
        _ => found.starts_with(['"', '{', '[']) && !found.ends_with(" again"),
    };
    if lang == Lang::En || is_quoted {
        return found.to_owned();
    }
    let word = match found {
        "nothing" => "空白",
        "more than one" => "出现多次",
        "neither" => "两者都没有",
        "both" => "两者都有",
        "a router" => "设置了 router",
        "a lease" => "设置了 lease",
        "backups" => "设置了 backup",
        "every data node" => "所有数据节点",
        _ => "",
    };
    if !word.is_empty() {
        return word.to_owned();
    }
    let parts = |infix| found.split_once(infix);
    if let Some((low, high)) = parts(" above ") {
        format!("{low}，大于 {high}")
    } else if let Some((one, other)) = parts(" and ") {
        format!("{one} 与 {other}")
    } else if let Some(sizes) = found.strip_prefix("groups of ") {
        format!("各组大小为 {sizes}")
    } else if let Some(bytes) = found.strip_suffix(" bytes") {
        format!("{bytes} 字节")
    } else if let Some(name) = found.strip_suffix(" again") {
        format!("{name} 再次出现")
    } else {
        found.to_owned()
    }
}

/// What the reader of JSON stumbled over, and where if it says so, in Chinese: it speaks English only.
pub fn unread(said: &str) -> String {
    let known = [
        ("EOF", "内容提前结束"),
        ("trailing comma", "多余的逗号"),
        ("trailing characters", "结尾之后还有内容"),
        ("key must be a string", "字段名须写在双引号中"),
        ("expected `:`", "缺少冒号"),
        ("expected `,`", "缺少逗号或右括号"),
        ("recursion limit", "嵌套过深"),
        ("out of range", "数值超出范围"),
        ("control character", "字符串中含控制字符"),
        ("escape", "转义字符有误"),
        ("surrogate", "转义字符有误"),
        ("invalid number", "数字有误"),
        ("longer than", "文档过长"),
        ("expected", "此处应为一个值"),
    ];
    let (why, at) = said.split_once(" at line ").unwrap_or((said, ""));
    let why = known.iter().find(|(english, _)| why.contains(english)).map_or(why, |(_, chinese)| *chinese);
    match at.split_once(" column ") {
        Some((line, column)) => format!("{}，{why}", place(Lang::Zh, &format!("line {line}, column {column}"))),
        None => why.to_owned(),
    }
}

fn chinese(expected: &Expected) -> String {
    match expected {
        Expected::Json(why) => format!("JSON 文档（{}）", unread(why)),
        Expected::Bytes(most) => format!("不超过 {most} 字节"),
        Expected::Version(version) => format!("{version}，即本引擎读取的版本"),
        Expected::Number { min, max } => format!("从 {min} 到 {max} 的整数"),
        Expected::Bool => "true 或 false".into(),
        Expected::Text => "双引号中的文本".into(),
        Expected::Object => "对象 {…}".into(),
        Expected::List(None) => "列表 […]".into(),
        Expected::List(Some(most)) => format!("不超过 {most} 项"),
        Expected::Characters(most) => format!("不超过 {most} 个字符"),
        Expected::OneOf(options) => format!("以下之一：{}", options.join("、")),
        Expected::Alone(name) => format!("仅写名称：\"{name}\""),
        Expected::WithOptions(name) => format!("连同其选项：{{\"{name}\": {{…}}}}"),
        Expected::Fields(fields) if fields.is_empty() => "此处没有任何字段".into(),
        Expected::Fields(fields) => format!("已知字段：{}", fields.join("、")),
        Expected::Present => "该字段必须存在".into(),
        Expected::Once => "该字段只出现一次".into(),
        Expected::Rule(rule) => chinese_rule(*rule),
        Expected::Other(what) => what.clone(),
    }
}

fn chinese_rule(rule: Rule) -> String {
    match rule {
        Rule::Ordered => "下限不大于上限".into(),
        Rule::NeedsUndo => {
            "可以解除的故障，例如 slow、cut 或 gray；只发生一次的事情和命令请写在 faults.scheduled 中".into()
        }
        Rule::OneTime => "at_us 与 between_us 二者之一".into(),
        Rule::EnoughStandbys { standbys } => {
            format!("不超过 {standbys}，因为没有更多备节点；或调大 system.master_standby.standbys")
        }
        Rule::LeaseNeedsMajority => {
            "null，或把 system.master_standby.decision 设为 \"majority\"：租约要有人授予，只有投票多数派可以".into()
        }
        Rule::SharedIsReadByTheMaster => {
            "false，或改用其他 system.master_standby.replication.mode：使用共享存储时只有主节点读取数据，备节点没有数据可供应答"
                .into()
        }
        Rule::SharedHasNoBackup => {
            "null，或改用其他 system.master_standby.replication.mode：共享存储的备份不在模拟范围内".into()
        }
        Rule::CheckEndsFirst { check_us } => {
            format!("不超过 {check_us}，即两次检查的间隔：一次检查要在下一次开始之前结束")
        }
        Rule::ReadsNeedServingStandbys => {
            "false，或把 system.master_standby.standby.serves_reads 设为 true：否则备节点会拒绝读请求".into()
        }
        Rule::Exists { count: 0 } => "另一种机器：该系统中没有这一种".into(),
        Rule::Exists { count } => format!("从 0 到 {} 的编号：该系统中没有更多", count - 1),
        Rule::Place => "固定的位置，如 {\"node\": 0}，而不是会易手的角色".into(),
        Rule::DataNode => "数据节点，如 \"master\" 或 {\"node\": 0}".into(),
        Rule::NeedsStandby => "带备节点的系统：在 system 中选择 master_standby 或 cluster".into(),
        Rule::NeedsBackup => "会做备份的系统：在 system 中设置 backup".into(),
        Rule::Different => "两台不同的机器".into(),
        Rule::Groups => "二到四个分组，且都不为空".into(),
        Rule::Once => "每台机器只出现一次".into(),
        Rule::LogsNeedColdStart => {
            "不写，或把 system.cluster.cold_start 设为 true：一开始就有领导者时，各成员的日志都相同".into()
        }
        Rule::AServer => {
            "集群管理器的服务器：{\"member\": 0}；全部经由管理器日志时为 {\"node\": 0}".into()
        }
        Rule::FixedMembers => "0 或不写：类 ZooKeeper 管理器的成员在这里不能增减；请选用 etcd".into(),
        Rule::MostMembers { most } => format!("成员连同备用的不超过 {most} 个"),
        Rule::NeedsManager => {
            "有集群管理器的系统：在 system 中选择 cluster，或把 system.master_standby.decision 设为 {\"manager\": {}}".into()
        }
        Rule::ClusterHasItsBalancer => "不写 router：客户端经由集群自己的负载均衡器访问工作节点，它监视集群管理器".into(),
        Rule::LogsNeedTheLog => {
            "不写，或把 system.cluster.data 设为 \"through_the_log\"：工作节点有自己的日志".into()
        }
        Rule::MostWorkers { most } => format!("工作节点连同备用的不超过 {most} 个"),
        Rule::EnoughWorkers { count } => {
            format!("不超过 {count}，因为没有更多工作节点；或调大 system.cluster.data.workers.count")
        }
        Rule::NotShared => "其他模式：由集群管理器裁决时，每个节点各有一份数据".into(),
        Rule::KeptAliveInTime { ttl_us } => format!("小于 {ttl_us}，即集群管理器放弃无响应节点之前等待的时间"),
        Rule::ManagerHasNoBackup => "null：有集群管理器时不模拟备份".into(),
        Rule::ManagerFences => "null：集群管理器的租约已能阻止旧主节点写入，它也没有首选主节点的概念".into(),
        Rule::OneLogEach { count } => format!("不超过 {count} 个数字，每个成员一个"),
        Rule::SomebodyUp => "启动时至少有一个数据节点在运行".into(),
        Rule::PoolHasItsBalancer => "不写 router：节点池的客户端经由 system.pool.balancer 访问".into(),
        Rule::NoRolesInAPool => "固定的位置，如 {\"node\": 0}：节点池中没有主节点和备节点".into(),
        Rule::PoolStoresNothing => "其他操作，或会存储数据的系统：节点池没有数据，也没有主节点".into(),
        Rule::NeedsPool => "带负载均衡器的系统：在 system 中选择 pool".into(),
        Rule::ElectionNeedsNodes => "none；或把 system.cluster.manager 设为 zookeeper：选举需要 znode".into(),
        Rule::AnyWorkerAnswers => "false：节点池中任何工作节点本来就能应答任何请求".into(),
        Rule::WeightsNeedWeighted => {
            "不写，或把 system.pool.balancer.strategy 设为 \"weighted\"：其他策略不使用权重".into()
        }
        Rule::OneWeightEach { count } => format!("不超过 {count} 个数字，每个工作节点一个"),
    }
}
