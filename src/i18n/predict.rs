//! What theory says of the running scenario, in words: the model, the parts of a failover with their formulas, and what the
//! prediction rests on.

use super::texts::texts;
use super::{Label, Lang, count, duration, length, ppm};
use crate::sim::Micros;
use crate::study::predict::{Assumption, Breach, Model, Part, Phase, Term, Verdict};

texts! {
    /// The fixed texts about predictions.
    PredictTexts;

    tab: "Theory", "理论";
    title: "Predicted beside observed", "预测与实测对照";
    predicted: "Predicted", "预测";
    observed: "Observed", "实测";
    availability: "Availability", "可用性";
    outages_a_year: "Outages a year", "每年中断次数";
    failover: "Failover", "故障切换用时";
    interval: "95 % of such runs cover the true value with the bar.", "横条是 95% 置信区间。";
    model: "Model", "模型";
    parts: "What a failover is made of", "故障切换由哪些部分组成";
    parts_again: "The way back after a repair", "修复之后恢复服务的过程";
    rests_on: "What the prediction rests on", "预测所依据的假设";
    holds: "holds", "成立";
    broken_by_scenario: "broken by the scenario", "场景不满足";
    broken_in_run: "broken in this run", "本次运行中被打破";
    all_hold: "No assumption is known to be broken: then it is chance, or something that the model leaves out.", "没有发现被打破的假设：要么是偶然，要么是模型没有涵盖的因素。";
    compare: "Compare with theory", "与理论对照";
    no_year: "Nothing fails by chance in this scenario, so no year is projected. What can be compared is how long a failover takes.", "本场景没有随机故障，因此不推算全年数字；可以对照的是一次故障切换的用时。";
    once_label: "How often such an outage is assumed to happen", "假定多久发生一次这样的中断";
    once_unit: "Unit", "单位";
    per_hours: "hours", "小时";
    per_days: "days", "天";
    per_months: "months", "个月";
    still: "Still reckoned with the last good value.", "仍按上一个有效值计算。";
}

impl Lang {
    /// The fixed texts about predictions.
    pub fn predict(self) -> &'static PredictTexts {
        match self {
            Self::En => &PredictTexts::EN,
            Self::Zh => &PredictTexts::ZH,
        }
    }
}

/// The model that a scenario is, in a sentence.
pub fn model(lang: Lang, model: &Model) -> String {
    match model {
        Model::Single(_) => {
            words!(lang, "One node: up, or in repair and on its way back.", "单节点：要么正常，要么在修复和恢复途中。")
                .into()
        }
        Model::Failover(one) => {
            let (nodes, choose, write) = (one.nodes, one.choose, one.write);
            say!(
                lang,
                "{nodes} nodes, one of them master: {choose} must be up to choose one, {write} for writes. A failover is an outage.",
                "{nodes} 个节点，其中一个是主节点：至少 {choose} 个正常才能选出主节点，至少 {write} 个正常才能写入。每次故障切换都是一次中断。"
            )
        }
        Model::Quorum(one) => {
            let (nodes, majority) = (one.nodes, one.choose);
            say!(
                lang,
                "{majority} of {nodes} members must be up, and have a leader. Each election is an outage.",
                "{nodes} 个成员中至少 {majority} 个正常，并且选出了领导者。每次选举都是一次中断。"
            )
        }
        Model::KOfN { nodes, needed } => say!(
            lang,
            "{needed} of {nodes} workers must be up to carry the load.",
            "{nodes} 个工作节点中至少 {needed} 个正常，才能承载负载。"
        ),
        Model::Shards { holders, shards } => {
            let copies = holders.nodes;
            say!(
                lang,
                "{shards} shards with {copies} holders each; a shard is down until the manager has given it to another holder.",
                "{shards} 个分片，每个有 {copies} 个持有者；集群管理器把分片交给另一个持有者之前，该分片不可用。"
            )
        }
    }
}

/// What a phase is called.
pub fn phase(lang: Lang, phase: Phase) -> &'static Label {
    let figures = lang.figures();
    match phase {
        Phase::Detect => &figures.detect,
        Phase::Decide => &figures.decide,
        Phase::Fence => &figures.fence,
        Phase::Promote => &figures.promote,
        Phase::Redirect => &figures.redirect,
        Phase::Resume => &figures.resume,
    }
}

/// A number with at most one digit behind the point.
fn permille_as(number: u32, of: u32) -> String {
    let tenths = u64::from(number) * 10 / u64::from(of);
    if tenths.is_multiple_of(10) { count(tenths / 10) } else { format!("{}.{}", count(tenths / 10), tenths % 10) }
}

/// The formula of a part, with its numbers.
pub fn part(lang: Lang, part: &Part) -> String {
    let time = |us: Micros| length(lang, us);
    let mean = duration(lang, part.us.max(0.0).round() as Micros);
    match part.term {
        Term::Silence { beats_permille, heartbeat_us } => {
            let (beats, beat) = (permille_as(beats_permille, 1_000), time(heartbeat_us));
            say!(
                lang,
                "silence: ({beats} − ½) heartbeats of {beat}, and one trip",
                "静默：（{beats} − ½）次心跳 × {beat}，加一次单程"
            )
        }
        Term::WholeSilence { limit_us } => {
            let limit = time(limit_us);
            say!(lang, "a whole silence limit of {limit}", "一整个静默上限 {limit}")
        }
        Term::FirstTimeout { lo_us, hi_us, waiting, words_us } => {
            let (lo, hi, words) = (time(lo_us), time(hi_us), duration(lang, words_us / 2));
            say!(
                lang,
                "the first of {waiting} timeouts between {lo} and {hi}, less {words}, and one trip",
                "{lo}到 {hi}之间 {waiting} 个超时中最早的一个，减 {words}，加一次单程"
            )
        }
        Term::NextCampaign => words!(lang, "until somebody asks for votes again", "直到有节点再次拉票").into(),
        Term::Trips { count, one_way_us } => {
            let one = duration(lang, one_way_us);
            say!(lang, "{count} × one way of {one}", "{count} × 单程 {one}")
        }
        Term::Syncs { count, sync_us } => {
            let one = time(sync_us);
            say!(lang, "{count} × disk sync of {one}", "{count} × 落盘 {one}")
        }
        Term::Stagger { heartbeat_us } => {
            let beat = time(heartbeat_us);
            say!(lang, "a pause of up to an eighth of {beat}", "随机停顿，不超过 {beat}的八分之一")
        }
        Term::Canvass { window_us } => {
            let window = time(window_us);
            say!(lang, "the window for other standbys, {window}", "等待其他备节点答复的窗口 {window}")
        }
        Term::AskedTooEarly { permille } => {
            let share = ppm(lang, permille * 1_000);
            say!(lang, "asked too early in {share} of the cases", "有 {share} 的情形问得太早，需要重来")
        }
        Term::SplitVotes { permille } => {
            let share = ppm(lang, permille * 1_000);
            say!(lang, "votes split in {share} of the elections", "有 {share} 的选举选票分散，需要重选")
        }
        Term::VoteLost { permille, notify_us } => {
            let (share, pause) = (ppm(lang, permille * 1_000), time(notify_us));
            say!(
                lang,
                "calls cross: in {share} of the elections the best vote is lost and comes again after {pause}",
                "两边同时建立连接：有 {share} 的选举中最好的选票丢失，{pause}后重发"
            )
        }
        Term::CameTooEarly { retry_us } => {
            let pause = time(retry_us);
            say!(
                lang,
                "every other time the follower comes before the leader knows, and again after {pause}",
                "每两次有一次，跟随者到得比领导者得知当选还早，{pause}后再来"
            )
        }
        Term::Operator { lo_us, hi_us } => {
            let (lo, hi) = (time(lo_us), time(hi_us));
            say!(lang, "the operator's reaction, {lo} to {hi}", "值班人员的反应时间，{lo}到 {hi}")
        }
        Term::Claim { ttl_us, keep_alive_us } => {
            let (ttl, pause) = (time(ttl_us), time(keep_alive_us));
            say!(
                lang,
                "the claim of {ttl} runs out, less half of {pause}",
                "租约 {ttl}到期，减去续约间隔 {pause}的一半"
            )
        }
        Term::LeaseLeft { length_us } => {
            let whole = time(length_us);
            say!(lang, "what is left of the lease of {whole}", "租约 {whole}剩余的部分")
        }
        Term::PowerOff { delay_us, success_ppm: 1_000_000.. } => {
            let delay = time(delay_us);
            say!(lang, "the power is cut: {delay}, and two trips", "断电：{delay}，加来回单程各一次")
        }
        Term::PowerOff { delay_us, success_ppm } => {
            let (delay, share) = (time(delay_us), ppm(lang, success_ppm));
            say!(
                lang,
                "the power is cut: {delay} a try, which works in {share} of the cases",
                "断电：每次 {delay}，成功率 {share}"
            )
        }
        Term::FinalizeWait { wait_us } => {
            let wait = time(wait_us);
            say!(lang, "a better vote is waited for, {wait}", "等待更好的选票 {wait}")
        }
        Term::StartUp { start_up_us } => {
            let takes = time(start_up_us);
            say!(lang, "the service starts, {takes}", "启动服务 {takes}")
        }
        Term::Recovery { recovery_us } => {
            let takes = time(recovery_us);
            say!(lang, "the log is replayed, {takes}", "重放日志 {takes}")
        }
        Term::NextCheck { check_us } => {
            let pause = time(check_us);
            say!(lang, "the next health check: half of {pause}", "下一次健康检查：{pause}的一半")
        }
        Term::Rise { checks, check_us } => {
            let pause = time(check_us);
            say!(lang, "({checks} − ½) good checks, one every {pause}", "（{checks} − ½）次检查通过，每 {pause}一次")
        }
        Term::OldRoute => words!(lang, "until the proxy gives the old master up", "直到代理放弃旧主节点").into(),
        Term::Caches { ttl_us, sites } => {
            let ttl = time(ttl_us);
            say!(
                lang,
                "caches of {ttl} run out, at more than half of the sites ({sites})",
                "缓存 {ttl}到期，直到半数以上站点（共 {sites} 个）"
            )
        }
        Term::AskAround { nodes } => {
            say!(lang, "clients ask {nodes} nodes in turn", "客户端依次询问 {nodes} 个节点")
        }
        Term::Timeout { timeout_us } => {
            let patience = time(timeout_us);
            say!(lang, "clients' requests time out after {patience}", "客户端请求 {patience}后超时")
        }
        Term::NextCanary { canary_us } => {
            let pace = time(canary_us);
            say!(lang, "the next canary: half of {pace}", "下一次探测：{pace}的一半")
        }
        Term::Followers => {
            words!(lang, "until a standby follows, whom writes wait for", "直到写入所等待的备节点跟上").into()
        }
        Term::Write { .. } => say!(lang, "the write itself, {mean}", "写入本身 {mean}"),
    }
}

/// What is assumed, in a few words, and what follows if it does not hold.
pub fn assumption(lang: Lang, what: Assumption) -> Label {
    macro_rules! label {
        ($en:literal, $en_explain:literal, $zh:literal, $zh_explain:literal) => {
            match lang {
                Lang::En => Label { name: $en, explain: $en_explain },
                Lang::Zh => Label { name: $zh, explain: $zh_explain },
            }
        };
    }
    match what {
        Assumption::Chance => label!(
            "Failures come by chance",
            "Faults made by hand or by schedule come when somebody wants them, not at their rate.",
            "故障随机发生",
            "手动或按计划制造的故障，发生与否由人决定，不服从故障率。"
        ),
        Assumption::Memoryless => label!(
            "Times are exponential",
            "With fixed times a machine is due at a known moment.",
            "时间服从指数分布",
            "时间固定时，机器会在已知时刻故障。"
        ),
        Assumption::Independent => label!(
            "Machines fail by themselves",
            "A zone, a bad release or a common clock takes several down together, and then redundancy is worth nothing.",
            "机器各自独立故障",
            "可用区、坏版本或共同的时刻表会让多台机器一起失效，冗余便失去作用。"
        ),
        Assumption::FailSilent => label!(
            "What fails is gone",
            "Gray failures and frozen machines answer heartbeats, or wake up later: nobody takes over, or two do.",
            "故障即停止",
            "灰色故障仍会应答心跳，冻结的机器会再醒来：要么没人接管，要么两个都以为自己是主。"
        ),
        Assumption::WholeNetwork => label!(
            "The network is whole",
            "Cut links look like dead machines, to some and not to others.",
            "网络完好",
            "断开的链路在一部分机器看来就像对方宕机，在另一部分看来却不是。"
        ),
        Assumption::Capacity => label!(
            "There is enough capacity",
            "When the rest cannot carry the load, it goes down too.",
            "容量充足",
            "其余节点扛不住负载时，也会跟着中断。"
        ),
        Assumption::SingleRequests => label!(
            "A dead worker costs single requests",
            "Until its checks have failed, a dead worker gets its share of the requests. Where several canaries in a row go to it, that is an outage, and the model knows none.",
            "失效的工作节点只影响个别请求",
            "健康检查失败之前，失效的工作节点仍会分到请求。如果连续几次探测都落到它上面，就算一次中断，而模型不考虑这种情况。"
        ),
        Assumption::RareFailures => label!(
            "Failures are rare beside a failover",
            "The next failure often comes while the last failover still runs, and the model only knows its mean.",
            "故障间隔远长于切换",
            "上一次切换还没结束，下一次故障就常常到来，而模型只知道切换的平均用时。"
        ),
        Assumption::ShortCaches => label!(
            "Caches are short beside the failover",
            "Most of the outage is old answers in clients' caches, and how that ends depends on which sites ask when.",
            "缓存时间短于切换",
            "中断的大部分来自客户端缓存里的旧地址，何时结束取决于各站点何时重新查询。"
        ),
        Assumption::ClientsMove => label!(
            "Clients leave the dead node in time",
            "Their requests hang until they time out, and that takes longer than the failover.",
            "客户端及时离开失效节点",
            "请求会一直挂到超时，而超时比切换本身还久。"
        ),
        Assumption::Automatic => label!(
            "Somebody takes over by itself",
            "An operator decides: reaction times of people scatter more than any timeout.",
            "自动接管",
            "由值班人员决定：人的反应时间比任何超时都更分散。"
        ),
        Assumption::FineProbe => label!(
            "The probe is fine enough",
            "Canaries are so far apart that short outages fall between them.",
            "探测足够密",
            "两次探测相隔太久，短的中断会落在中间。"
        ),
        Assumption::NoFalseAlarm => label!(
            "Nobody replaces a healthy master",
            "A false alarm or planned work is an outage that no failure explains.",
            "不替换健康的主节点",
            "误报或计划内操作造成的中断，不是由故障引起的。"
        ),
        Assumption::NoLoss => label!(
            "Messages are not lost",
            "Lost heartbeats raise false alarms, and lost votes prolong a decision.",
            "消息不丢失",
            "丢失的心跳会造成误报，丢失的选票会拖长决策。"
        ),
    }
}

/// Whether an assumption holds.
pub fn breach(lang: Lang, broken: Option<Breach>) -> &'static str {
    let t = lang.predict();
    match broken {
        None => t.holds,
        Some(Breach::Configured) => t.broken_by_scenario,
        Some(Breach::Happened) => t.broken_in_run,
    }
}

/// What the two come to, in a word or two.
pub fn verdict(lang: Lang, verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::ByHand => words!(lang, "faults by hand", "故障为手动"),
        Verdict::TooFew => words!(lang, "too few outages to tell", "中断太少，无法判断"),
        Verdict::Agrees => words!(lang, "agree", "一致"),
        Verdict::Parts => words!(lang, "part", "不一致"),
    }
}

/// The same as a sentence, with the reason if there is one.
pub fn conclusion(lang: Lang, what: Verdict, outages: u64, reason: Option<Assumption>) -> String {
    match (what, reason) {
        (Verdict::ByHand, _) => lang.predict().no_year.into(),
        (Verdict::TooFew, _) => say!(
            lang,
            "{outages} outages are too few to tell: from 30 that matter on there is an interval.",
            "只有 {outages} 次中断，还无法判断：有效次数达到 30 次才给出区间。"
        ),
        (Verdict::Agrees, _) => {
            words!(lang, "The prediction lies within the interval of what was observed.", "预测值落在实测的区间之内。")
                .into()
        }
        (Verdict::Parts, Some(reason)) => {
            let Label { name, explain } = assumption(lang, reason);
            say!(
                lang,
                "They part. Not so here: “{name}”. {explain}",
                "两者不一致。这里不成立的假设是“{name}”。{explain}"
            )
        }
        (Verdict::Parts, None) => {
            let hold = lang.predict().all_hold;
            say!(lang, "They part. {hold}", "两者不一致。{hold}")
        }
    }
}

/// What is reckoned with where nothing fails by chance.
pub fn reckoned(lang: Lang, mttf_us: Micros, mttr_us: Micros) -> String {
    let (every, repair) = (length(lang, mttf_us), length(lang, mttr_us));
    say!(
        lang,
        "Reckoned with one failure of each node every {every}, repaired in {repair}.",
        "按每个节点每 {every}故障一次、{repair}修复计算。"
    )
}

/// What is wrong with how often outages were said to come.
pub fn once_wrong(lang: Lang) -> &'static str {
    words!(lang, "Take a number from 0.01 to 100,000.", "请输入 0.01 到 100,000 之间的数。")
}

/// How often outages come, between two bounds.
pub fn a_year(lang: Lang, low: f64, high: f64) -> String {
    let (low, high) = (few(low), few(high));
    say!(lang, "{low} to {high}", "{low} 到 {high}")
}

/// A number of outages: whole if there are many.
pub fn few(number: f64) -> String {
    if number >= 10.0 {
        return count(number.round() as u64);
    }
    let hundredths = (number.max(0.0) * 100.0).round() as u64;
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}
