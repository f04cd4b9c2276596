//! The fixed texts of the Numbers view.

macro_rules! table {
    ($($field:ident: $en:literal, $zh:literal;)*) => {
        /// Every fixed text of the Numbers view.
        #[derive(Debug)]
        pub struct Words {
            $(#[doc = $en] pub $field: &'static str,)*
        }

        impl Words {
            /// In English.
            pub const EN: Self = Self { $($field: $en,)* };
            /// In Chinese.
            pub const ZH: Self = Self { $($field: $zh,)* };
            #[cfg(test)]
            pub(in crate::i18n) const ALL: &'static [(&'static str, [&'static str; 2])] =
                &[$((stringify!($field), [$en, $zh]),)*];
        }
    };
}

table! {
    lab: "Lab", "实验";
    numbers: "Numbers", "数字";
    views: "Views", "视图";
    page_title: "HA Lab: availability in numbers", "高可用实验室：用数字看可用性";
    title: "Availability in numbers", "用数字看可用性";
    skip: "Skip to the result", "跳到结果";

    inputs: "Inputs", "输入";
    architecture: "Architecture", "架构";
    basis: "Up times are given as", "正常运行时间按";
    basis_mttf: "MTTF: mean up time", "MTTF：平均无故障时间";
    basis_mtbf: "MTBF: from failure to failure", "MTBF：从故障到下一次故障";
    unit_of: "Unit", "单位";
    slider: "slider", "滑块";
    last_good: "Something is wrong with the inputs. The last good result stays.", "输入有误，保留最近一次有效结果。";

    availability: "Availability in the long run", "长期可用性";
    exact: "exact, from the model", "由模型精确求得";
    outages: "Outages a year", "每年中断次数";
    mean_outage: "Mean outage", "平均每次中断";
    mean_up: "MTTF of the service", "服务的 MTTF";
    in_full: "Whole load served", "承载全部负载";

    causes: "What each cause contributes", "各原因的贡献";
    causes_explain: "Downtime a year by cause; the parts add up to the whole.", "按原因划分的每年停机时间，各部分之和即为总量。";
    cause: "Cause", "原因";
    share: "Share", "占比";
    sweep: "When one input moves", "改变一个输入";
    sweep_of: "Moves", "变化的输入";
    unavailability: "Unavailability", "不可用率";
    nodes: "Nines against the number of nodes", "几个 9 与节点数";
    nodes_explain: "All other inputs stay as they are; where every node has a crew of its own, new ones bring theirs.", "其余输入不变；若每个节点各有维修人员，新增节点也自带。";
    number_of_nodes: "Nodes", "节点数";

    budget: "Error budget", "错误预算";
    budget_explain: "What an objective allows in a window, and how fast this architecture uses it up.", "目标在一个窗口内允许多少停机，以及该架构消耗得多快。";
    objective: "Objective", "目标";
    window: "Window", "窗口";
    allowed: "Allowed", "允许";
    expected: "Expected", "预计";
    burn: "Burn rate", "消耗速率";
    kept: "On average the objective is kept.", "平均而言可以达到目标。";
    missed: "On average the objective is missed.", "平均而言达不到目标。";
    failovers_in_budget: "Mean outages that fit", "可容纳的平均中断";

    formula: "The formula", "公式";
    formula_explain: "First with symbols, then with the present numbers; times are in hours.", "先写符号，再代入当前数值；时间单位为小时。";
    formula_near: "The classroom formula adds up what each cause costs. The figures above come from the Markov chain, which also knows that failures overlap.", "课堂公式把各原因的代价相加。上方数字来自马尔可夫链，它还考虑了故障的重叠。";
    formula_off: "Against the chain the formula is off by", "与马尔可夫链相比，公式的偏差为";
    symbol: "Symbol", "符号";
    meaning: "Meaning", "含义";
    unit: "Unit", "单位";
    now: "Now", "当前值";
    hours: "hours", "小时";
    no_unit: "none", "无量纲";
    runs: "runs", "循环变量";

    article: "The article’s master-standby formula", "文章中的主备公式";
    article_explain: "The article gives MTBF₁ / (MTBF₁ + MTBF₂) as the availability of a pair: 1 is the master, 2 the standby. Improve the standby and watch.", "文章把 MTBF₁ / (MTBF₁ + MTBF₂) 当作主备的可用性，1 为主节点，2 为备节点。改进备节点，看看会怎样。";
    article_master: "Master, “MTBF”", "主节点的“MTBF”";
    article_standby: "Standby, “MTBF”", "备节点的“MTBF”";
    article_repair: "Repair of either (MTTR)", "任一节点的修复 (MTTR)";
    article_reads: "The article writes MTBF and means the mean up time (MTTF); so do these two fields. Its formula does not ask for the repair.", "文章写的是 MTBF，实际指平均无故障时间 (MTTF)，这两个字段也是如此。它的公式不涉及修复时间。";
    article_says: "The article’s figure", "文章的数字";
    article_real: "The pair, really", "主备的真实可用性";
    article_alone: "The master alone", "只有主节点";
    article_real_note: "each repaired by itself, failover takes no time", "各自独立修复，切换不耗时";

    table: "As a table", "以表格查看";
    csv: "CSV", "CSV";
    csv_explain: "Download as CSV", "下载 CSV";
}
