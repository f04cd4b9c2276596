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

    b_composite: "Composite: blocks by hand", "组合系统：自己搭建";
    b_composite_explain: "Put series and parallel blocks together: balancer, application, database. A zone is a block in series with its nodes; maintenance is one that is down so long every month.", "用串联与并联的方块搭建系统：负载均衡、应用、数据库。可用区是与其中节点串联的方块，停机维护是每月停这么久的方块。";
    b_balancers: "Load balancers", "负载均衡";
    b_balancer: "Load balancer", "负载均衡器";
    b_applications: "Application", "应用";
    b_application: "App node", "应用节点";
    b_database: "Database", "数据库";
    b_network: "Network", "网络";
    b_zones: "Zones", "可用区";
    b_zone: "Zone", "可用区";
    b_site: "Site", "机房";
    b_node: "Node", "节点";
    b_window: "Maintenance", "停机维护";
    b_new: "Block", "方块";
    b_diagram: "Reliability block diagram", "可靠性框图";
    b_diagram_explain: "The service is up while a way leads from the left to the right. A block drawn twice is two blocks: each fails and is repaired by itself, and ages while the rest is down.", "从左到右存在通路时，服务可用。画两次的方块就是两个独立的部件：各自故障、各自修复，系统停机时也照常老化。";
    b_keys: "Arrow keys go from block to block, Enter edits, Delete removes.", "方向键在方块之间移动，Enter 编辑，Delete 移除。";
    b_in: "in", "入";
    b_out: "out", "出";
    b_weakest: "weakest", "最弱";
    b_check: "check", "有误";
    b_selected: "Selected block", "选中的方块";
    b_none: "Choose a block in the diagram, or add one.", "请在图中选择方块，或添加一个。";
    b_name: "Name", "名称";
    b_kind: "Kind", "类型";
    b_part: "Part with MTTF and MTTR", "部件：给定 MTTF 与 MTTR";
    b_known: "Part with a known availability", "部件：给定可用性";
    b_all: "Series: all are needed", "串联：全部需要";
    b_all_short: "all needed", "全部需要";
    availability_short: "Availability", "可用性";
    b_some: "Parallel: so many are needed", "并联：至少若干个";
    b_known_availability: "Availability of the part", "部件的可用性";
    b_known_explain: "From a contract or from measurements; the MTTR only says how often it breaks.", "来自合同或实测；MTTR 只决定故障频率。";
    b_edit: "Edit", "编辑";
    b_back: "To the diagram", "回到框图";
    b_after: "Add after", "在后面添加";
    b_beside: "Add parallel", "并联一个";
    b_group: "Group with next", "与下一个编组";
    b_ungroup: "Ungroup", "解散编组";
    b_remove: "Remove", "移除";
    b_earlier: "Move back", "前移";
    b_later: "Move on", "后移";
    b_undo: "Undo", "撤销";
    b_redo: "Redo", "重做";
    b_again: "Example: a shop", "示例：网店";
    b_again_zones: "Example: zones, maintenance", "示例：可用区与停机维护";
    b_save: "Save", "保存";
    b_open: "Open", "打开";
    b_save_explain: "A file that halab theory answers too.", "该文件也可交给 halab theory 计算。";
    b_table: "Blocks", "各方块";
    b_table_explain: "Share of downtime: what would vanish if the block never failed; blocks that back each other up are both to blame, so these may add up to more than 100 %. Share of outages: those that begin with its failure. Birnbaum: the chance that everything hangs on it.", "停机占比：若该方块从不故障，会消失的停机；互为备份的方块同担责任，合计可能超过 100%。中断占比：由它的故障引发的中断。Birnbaum：整个系统取决于它的概率。";
    b_block: "Block", "方块";
    b_of_downtime: "Share of downtime", "停机占比";
    b_of_outages: "Share of outages", "中断占比";
    b_importance: "Birnbaum", "Birnbaum 重要度";
    b_without: "Whole if it never failed", "若它从不故障，整体";
    b_help: "What would help most", "改进哪里最有效";
    b_help_explain: "Of all that the service needs, this block costs most: without its failures most downtime would vanish.", "在服务必需的方块中，它的代价最大：若它从不故障，消失的停机最多。";
    b_now: "Now", "现在";
    b_better: "One nine better", "提高一个 9";
    b_better_note: "a tenth of its downtime", "它的停机降为十分之一";
    b_never: "If it never failed", "若它从不故障";
    b_formula_explain: "From the inside to the whole, with the present numbers; U is an unavailability, 1 − A. Blocks that are architectures come from their own Markov chains.", "由内而外，代入当前数值；U 为不可用率，即 1 − A。属于某种架构的方块来自各自的马尔可夫链。";
    b_empty: "The diagram is empty: add a block. The last good result stays.", "框图为空：请添加方块。保留最近一次有效结果。";
    b_too_many: "No more than 100 blocks fit, groups counted too; nothing was changed.", "最多 100 个方块（含编组），未作更改。";
    b_too_deep: "Blocks may lie within each other at most 10 deep; nothing was changed.", "方块最多嵌套 10 层，未作更改。";
    b_file_bad: "This file cannot be used; the diagram stays as it was.", "该文件无法使用，框图保持不变。";
    b_file_unreadable: "The file could not be read.", "无法读取文件。";
}
