//! Years by simulation, in both languages: in the Numbers view, and from the lab.

use super::texts::texts;
use super::{Lang, count, duration};
use crate::sim::Micros;

texts! {
    /// The fixed texts of years.
    YearsTexts;

    title: "Simulate years", "模拟多年";
    explain: "Nodes fail and are repaired at random, year after year, on all cores of this computer. What happens is counted, not computed.", "节点随机故障、随机修复，一年又一年，在本机所有处理器核心上运行。结果是数出来的，不是算出来的。";
    how_many: "Years", "年数";
    seed: "Seed", "种子";
    seed_wrong: "A whole number from 0 to 9007199254740991, please.", "请输入 0 到 9007199254740991 之间的整数。";
    run: "Simulate", "开始模拟";
    stop: "Stop", "停止";

    observed: "Observed availability", "观测到的可用性";
    interval: "95 % interval", "95% 置信区间";
    too_few: "Too few outages to tell how long the service is down.", "中断次数太少，还不能判断停机多久。";
    too_few_short: "too few to tell", "太少，无法判断";
    exactly: "Exactly, from the model", "由模型精确求得";
    no_model: "No model gives this exactly. That is what the simulation is for.", "没有模型能精确求出它，这正是模拟的用处。";
    inside: "The exact value lies in the interval.", "精确值在区间之内。";
    outside: "The exact value lies outside. By chance alone that happens once in twenty studies.", "精确值在区间之外。仅凭偶然，二十次研究中也会有一次如此。";
    outages: "Outages a year", "每年中断次数";
    longest: "Longest outage", "最长一次中断";
    mean_year: "Mean downtime of a year", "平均每年停机";
    median_year: "Median year", "年停机中位数";
    bad_year: "Exceeded 1 year in 100", "百年超过一次";
    worst_year: "Worst year", "最差一年";
    none: "none", "无";
    rare: "Outages are so rare here that failures were made likelier, and each outage weighed down again.", "这里的中断极其罕见，因此模拟时提高了故障的概率，再按比例折算每次中断。";
    old_inputs: "The inputs have changed since. This was simulated before.", "输入已经改变，以下是之前模拟的结果。";

    causes: "What the downtime was spent on", "停机时间花在哪里";
    automatic: "Taking over", "自动接管";
    by_hand: "Waiting for a human", "等待人工处理";
    by_repair: "Nobody took over until the repair", "无人接管，直到修好";
    in_vain: "The standby was dead", "备节点早已失效";
    restart: "Starting the service again", "重新启动服务";
    too_few_nodes: "Too few nodes up", "可用节点不足";
    failback: "Failing back", "正在回切";
    maintenance: "Maintenance", "维护";
    zone: "Zones down", "可用区故障";
    router: "Balancer or proxy down", "负载均衡器或代理故障";
    storage: "Shared storage down", "共享存储故障";
    manager: "Manager away", "集群管理器不可用";
    cause: "Cause", "原因";
    share: "Share", "占比";

    distribution: "Downtime of a year", "每年停机时间";
    distribution_explain: "How many of the years had how much downtime. Years are not alike: the mean hides the bad ones.", "多少年份有多少停机时间。各年并不相同：平均值掩盖了糟糕的年份。";
    downtime: "Downtime", "停机时间";
    years_share: "Share of the years", "年份占比";
    from: "From", "从";
    to: "To", "到";
    years: "Years", "年数";
    without: "none", "无停机";
    mean: "mean", "平均";

    narrowing: "The interval narrows", "区间在收窄";
    narrowing_explain: "Unavailability, observed with its 95 % interval, as years go by.", "不可用率的观测值及其 95% 置信区间，随年数变化。";
    simulated_years: "Years simulated", "已模拟年数";
    seen: "Observed", "观测值";
    lower: "Lower end", "下限";
    upper: "Upper end", "上限";
    exact: "Exact", "精确值";
    blame: "What the downtime hung on", "停机由谁造成";
    blame_explain: "Share of the downtime in which the service would have been up, had only this been up. Where several stand in for each other, each is counted.", "占停机时间的比例：在这段时间里，只要它正常，服务就不会中断。互为备份的各自计入。";
    nodes_alone: "The nodes by themselves", "节点自身";
    figures_file: "Figures (JSON)", "数据（JSON）";
    figures_file_explain: "All figures, the same bytes as from the command line", "全部数据，与命令行输出逐字节相同";

    not_many: "Years can be simulated for at most 16 nodes.", "最多可模拟 16 个节点。";
    not_fine: "A coverage of more than six digits cannot be simulated.", "无法模拟超过六位小数的成功率。";
    not_times: "Years cannot be simulated with these times: nodes must be up for a minute or more on average, and nothing may take ten thousand years.", "这些时间无法模拟多年：节点平均至少要正常运行一分钟，任何过程都不能长达一万年。";

    no_worker: "This browser did not start the simulation in the background. Reload the page, or try another browser.", "浏览器未能在后台启动模拟。请重新加载页面，或换一个浏览器。";
    broke: "The simulation broke off. This is a defect of the lab, not of your inputs.", "模拟中断了。这是实验室自身的缺陷，不是你的输入有误。";
    from_lab: "What does this mean over years?", "放到多年里会怎样？";
    from_lab_explain: "Measure what a failover of this system costs, and simulate years of it.", "测量这个系统一次故障切换的代价，再据此模拟多年。";
    lab_title: "From this system to years", "从这个系统到多年";
    lab_explain: "First the master is crashed 200 times at message level: that is what a failover costs. Then machines fail and are repaired for years, and every failover costs one of those times.", "先在消息级让主节点崩溃 200 次，测出一次故障切换的代价；再让机器年复一年地故障和修复，每次切换都从测得的时间里抽取一个。";
    mttf_hours: "MTTF of a machine, in hours", "单台机器的 MTTF（小时）";
    mttr_hours: "MTTR of a machine, in hours", "单台机器的 MTTR（小时）";
    needed: "Nodes that must be up", "至少要运行的节点";
    mttf_wrong: "From 1 to 10,000,000 hours, please.", "请输入 1 到 10000000 小时。";
    mttr_wrong: "From 0.001 to 100,000 hours, please.", "请输入 0.001 到 100000 小时。";
    worst_open: "Open the worst outage in the lab", "在实验室里打开最严重的一次中断";
    worst_explain: "At message level, just before it begins. Your present session is kept.", "在消息级、停在它开始之前。当前会话会保留。";
    back: "Back to your session", "回到你的会话";
    is_back: "This is your session again.", "已回到你的会话。";
    assumed: "What this rests on", "这些结果的前提";
    will_measure: "What a failover costs is measured first.", "先测量一次故障切换的代价。";
    nobody_takes_over: "There is no master whose place another node would have to take.", "没有需要别的节点来接管的主节点。";
    eye_times: "This scenario’s times are chosen for the eye, far slower than real ones, and so is its failover.", "这个场景的时间是为便于观看而选的，远慢于真实系统，故障切换也是如此。";
    independent: "Machines fail and are repaired independently of each other, at exponentially distributed times.", "各台机器独立地故障和修复，时间服从指数分布。";
    needed_note: "With fewer nodes up than needed the service counts as down, even where a master that is still alive would go on.", "运行的节点少于所需时，即使仍存活的主节点还能继续服务，也计为停机。";
    nodes_only: "Only these nodes fail: router, network, clients and witnesses do not. Failures are crashes.", "只有这些节点会故障，且都是崩溃；路由、网络、客户端和见证节点不会。";
    shared_percent: "Failures that hit all nodes at once, in %", "同时击中全部节点的故障占比（%）";
    shared_wrong: "From 0 to 90 %, please.", "请输入 0 到 90。";
    all_fail: "Routers, storage and manager fail too", "路由、存储和管理器也会故障";
    supports_fail: "Proxies or balancers, a shared storage and the manager’s members fail as often as the nodes. Network, clients and witnesses do not. Failures are crashes.", "代理或负载均衡器、共享存储和管理器成员与节点一样频繁地故障，且都是崩溃；网络、客户端和见证节点不会。";
    static_stability: "Without a majority of the manager nobody takes over, but whoever serves goes on until its claim runs out.", "管理器失去多数派时无人能接管，但正在服务的节点会继续，直到它的租约到期。";
    one_shard: "These are the years of one shard and the workers that hold it. All shards are alike, so on average each is down as long; a worker that fails beside an owner delays writes for a moment, which is left out.", "这里模拟的是一个分片和持有它的工作节点。各分片情况相同，所以平均停机时间也相同；副本所在的工作节点故障时写入会短暂停顿，这一点没有计入。";

    refused: "This cannot be simulated.", "无法模拟这个架构。";
}

impl Lang {
    /// The fixed texts of years.
    pub fn years(self) -> &'static YearsTexts {
        match self {
            Self::En => &YearsTexts::EN,
            Self::Zh => &YearsTexts::ZH,
        }
    }
}

/// So many years.
pub fn years(lang: Lang, years: u64) -> String {
    let number = count(years);
    if years == 1 { say!(lang, "{number} year", "{number} 年") } else { say!(lang, "{number} years", "{number} 年") }
}

/// How far it has come.
pub fn progress(lang: Lang, done: u64, all: u64) -> String {
    let (done, all) = (count(done), count(all));
    say!(lang, "{done} of {all} years", "已模拟 {done} 年，共 {all} 年")
}

/// What is said when it is over, or was stopped.
pub fn finished(lang: Lang, done: u64, all: u64) -> String {
    let (years, wanted) = (self::years(lang, done), self::years(lang, all));
    if done < all {
        say!(lang, "Stopped after {years} of {wanted}.", "已停止：共 {wanted}，模拟了 {years}。")
    } else {
        say!(lang, "{years} simulated.", "已模拟 {years}。")
    }
}

/// An observed availability in percent without the sign, from what is missing, with two of the digits that are in doubt.
///
/// ```
/// use ha_lab::i18n::years::percent;
///
/// assert_eq!(percent(1.080e-3, 2.0e-6), "99.892 00");
/// assert_eq!(percent(0.5, 0.1), "50.0");
/// assert_eq!(percent(0.0, 0.0), "100");
/// ```
pub fn percent(down: f64, error: f64) -> String {
    if down <= 0.0 {
        return "100".into();
    }
    let doubt = if error > 0.0 { error } else { down / 10.0 };
    let decimals = (1.0 - libm::floor(libm::log10(doubt * 100.0))).clamp(1.0, 12.0) as usize;
    let text = format!("{:.*}", decimals, 100.0 * (1.0 - down));
    let Some((whole, behind)) = text.split_once('.') else { return text };
    let groups: Vec<_> = behind.as_bytes().chunks(3).map(|three| String::from_utf8_lossy(three).into_owned()).collect();
    format!("{whole}.{}", groups.join(" "))
}

/// So many of so many.
pub fn of(lang: Lang, some: u8, all: u8) -> String {
    say!(lang, "{some} of {all}", "{all} 个中的 {some} 个")
}

/// What was observed, and what is exact.
pub fn beside(lang: Lang, seen: &str, exact: &str) -> String {
    say!(lang, "{seen} · exactly {exact}", "{seen} · 精确值 {exact}")
}

/// How many crashes have been measured.
pub fn measuring(lang: Lang, done: u64, all: u64) -> String {
    say!(lang, "{done} of {all} crashes measured", "已测量 {done} 次崩溃，共 {all} 次")
}

/// What the failovers cost that were measured.
pub fn failover_cost(lang: Lang, runs: &str, median: &str, p90: &str, most: &str) -> String {
    say!(
        lang,
        "A failover, measured {runs} times: half of them take {median} or less, nine in ten {p90} or less, the longest {most}.",
        "故障切换测量了 {runs} 次：一半不超过 {median}，九成不超过 {p90}，最长 {most}。"
    )
}

/// How often nobody took over.
pub fn nobody(lang: Lang, open: u64, all: u64) -> String {
    say!(
        lang,
        "In {open} of {all} crashes nobody took over within an hour: there the service waits for a repair.",
        "{all} 次崩溃中有 {open} 次在一小时内无人接管：此时服务要等到修复。"
    )
}

/// Everybody is repaired at once.
pub fn crews(lang: Lang, nodes: u8) -> String {
    if nodes == 1 {
        return words!(lang, "The repair begins at once.", "修复立即开始。").into();
    }
    say!(
        lang,
        "{nodes} nodes, each with a crew of its own: every repair begins at once.",
        "{nodes} 个节点各有维修人员：修复都立即开始。"
    )
}

/// What the scenario of the longest outage is called.
pub fn worst_title(lang: Lang, years: u64) -> String {
    let years = self::years(lang, years);
    say!(lang, "The worst outage of {years}", "{years}里最严重的一次中断")
}

/// Its story.
pub fn worst_story(lang: Lang, years: u64, length_us: Micros, is_measured: bool) -> String {
    let (years, length) = (self::years(lang, years), duration(lang, length_us));
    if is_measured {
        return say!(
            lang,
            "The longest outage of {years} was one failover of {length}. This is that very run, just before the crash.",
            "{years}里最长的中断是一次 {length}的故障切换。这就是那一次运行，停在崩溃之前。"
        );
    }
    say!(
        lang,
        "The longest outage of {years} lasted {length}. The same nodes fail and come back here in the same order; the hours of \
         waiting for repairs in between are shortened.",
        "{years}里最长的中断持续了 {length}。这里同样的节点按同样的顺序故障和恢复，中间等待修复的时间被缩短。"
    )
}
