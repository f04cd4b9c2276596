//! The fixed texts of the page: one field each, in both languages side by side.

macro_rules! texts {
    ($(#[$meta:meta])* $name:ident; $($field:ident: $en:literal, $zh:literal;)*) => {
        $(#[$meta])*
        #[derive(Debug)]
        pub struct $name {
            $(#[doc = $en] pub $field: &'static str,)*
        }

        impl $name {
            /// In English.
            pub const EN: Self = Self { $($field: $en,)* };
            /// In Chinese.
            pub const ZH: Self = Self { $($field: $zh,)* };
            #[cfg(test)]
            pub(super) const ALL: &'static [(&'static str, [&'static str; 2])] =
                &[$((stringify!($field), [$en, $zh]),)*];
        }
    };
}
pub(super) use texts;

texts! {
    /// Every fixed text of the page.
    Texts;

    // Header.
    app: "HA Lab", "高可用实验室";
    page_title: "HA Lab: see high availability at work", "高可用实验室：亲眼看高可用如何工作";
    lab: "Lab", "实验";
    scenario: "Scenario", "场景";
    change: "Change…", "更换…";
    // The name of the *other* language, in that language.
    other_language: "中文", "English";
    switch_language: "Switch to Chinese", "切换到英文";
    to_light: "Switch to the light theme", "切换到浅色主题";
    to_dark: "Switch to the dark theme", "切换到深色主题";
    help: "Help", "帮助";
    close: "Close", "关闭";
    cancel: "Cancel", "取消";
    apply: "Apply", "应用";
    apply_restarts: "Applying restarts the run from the beginning.", "应用后将从头重新运行。";
    none: "None", "无";
    yes: "Yes", "是";
    no: "No", "否";
    more_about: "More actions", "更多操作";
    skip_to_stage: "Skip to the stage", "跳到舞台";

    // First visit.
    hint_kill: "Kill the master and see what happens.", "试试杀死主节点，看看会发生什么。";
    eye_times: "Times here are chosen for the eye: a message takes 150 ms, heartbeats come every second.", "此处的时间为便于观察而设定：消息单程 150 毫秒，每秒一次心跳。";
    eye_times_short: "Times chosen for the eye", "时间已放慢，便于观察";
    real_times: "Real times: shown in slow motion.", "真实时间：以慢动作播放。";

    // Choosing, opening and saving.
    choose_scenario: "Choose a scenario", "选择场景";
    choose_explain: "Each starts with a click. The current run ends.", "点击即可开始，当前运行将结束。";
    open_file: "Open file…", "打开文件…";
    save_file: "Save", "保存";
    save_explain: "Saves this scenario, with its settings and your actions, as a file.", "把当前场景连同设置和你的操作保存为文件。";
    file_bad: "This file is not a scenario that the lab can run:", "该文件不是实验室可以运行的场景：";
    file_bad_kept: "The running lab stays as it is.", "正在运行的实验保持不变。";
    file_unreadable: "The file could not be read.", "无法读取该文件。";
    problem_path: "Where", "位置";
    problem_found: "Found", "实际内容";
    problem_expected: "Expected", "应为";
    opened: "Scenario opened.", "场景已打开。";

    // Settings.
    settings: "Settings", "设置";
    settings_explain: "Every option of the system. A change starts a new run.", "系统的全部选项。更改后将开始新的运行。";
    document_explain: "The whole scenario as it is saved. What is changed here shows on the other pages, and the other way round.", "完整的场景文档，即保存时的内容。此处的修改会反映到其他页面，反之亦然。";
    tab_system: "System", "系统";
    tab_replication: "Replication", "复制";
    tab_failover: "Failover", "故障切换";
    tab_balancer: "Balancer", "负载均衡";
    tab_router: "Router", "路由";
    tab_clients: "Clients", "客户端";
    tab_machines: "Machines and network", "机器与网络";
    tab_failures: "Failures", "故障";
    tab_schedule: "Schedule", "计划";
    tab_about: "Scenario", "场景";
    tab_timings: "Real systems", "真实系统";
    timings_explain: "Defaults of real systems. One is laid over your settings; what it does not mention stays. Nothing runs before you apply.", "真实系统的默认参数。套用后只改它提到的设置，其余不变；应用之前不会运行。";
    timing_use: "Use", "套用";
    timing_complete: "Whole failover", "完整的故障切换";
    timing_partial: "Timings only", "仅时间参数";
    timing_leaves_out: "Left out:", "未包含：";
    timing_source: "Source", "来源";
    timing_verified: "read in the system's own sources", "取自该系统自身的源码或文档";
    timing_secondary: "second-hand", "二手资料";
    timing_unverified: "not verified", "未经核实";
    unit_ms: "ms", "毫秒";
    unit_s: "s", "秒";
    unit_percent: "%", "%";
    unit_times: "×", "倍";
    unit_drift: "ms/s", "毫秒/秒";
    invalid: "Not a valid value.", "取值无效。";

    // Stage.
    story: "Story of the scenario", "场景说明";
    stage: "Stage", "舞台";
    clients: "Clients", "客户端";
    router: "Router", "路由";
    master: "Master", "主节点";
    standby: "Standby", "备节点";
    down_word: "Down", "宕机";
    frozen_word: "Frozen", "冻结";
    degraded_word: "Without standbys", "缺少备节点";
    log_diverged: "differs from the master", "与主节点不一致";
    no_target: "knows no master", "不知道主节点";
    chip_fencing: "Fencing", "隔离";
    state_fencing: "Fencing", "隔离";
    state_promoting: "Promoting", "提升";
    state_stepping_down: "Hand over", "移交";
    state_rejoining: "Rejoining", "重新加入";
    state_restoring: "Restoring", "恢复备份";
    candidate: "Candidate", "候选节点";
    role_suspecting: "Suspects", "怀疑中";
    role_fencing: "Fencing", "隔离中";
    role_promoting: "Promoting", "提升中";
    role_restoring: "Restoring", "恢复备份中";
    role_rejoining: "Rejoining", "重新加入中";
    role_stepping_down: "Handing over", "移交中";
    witness: "Witness", "见证节点";
    proxy: "Proxy", "代理";
    balancer: "Balancer", "负载均衡器";
    worker_in: "In", "使用中";
    worker_out: "Out", "已摘除";
    worker_ejected: "Ejected", "被动摘除";
    worker_draining: "Draining", "排空中";
    worker_warming: "Slow start", "慢启动";
    worker_overloaded: "Overloaded", "过载";
    drain: "Drain", "排空";
    undrain: "Use again", "启用";
    cold: "cold", "未预热";
    utilisation: "Utilisation", "利用率";
    one_node_less: "With one node less", "少一个节点时";
    busy_servers: "Servers at work", "忙碌的服务线程";
    waiting_requests: "Requests that wait", "排队的请求";
    requests_a_second: "Requests sent a second", "每秒发出的请求";
    retries_made: "Retries made", "已重试次数";
    retry_tokens: "Retries left in the budget", "预算中剩余的重试";
    as_balancer_sees_it: "As the balancer sees it", "负载均衡器的看法";
    dns: "Name server", "域名服务器";
    fencer: "Fencing device", "隔离设备";
    operator: "Operator", "值班人员";
    client_site: "Client site", "客户端站点";
    storage: "Shared storage", "共享存储";
    on_storage: "data on the shared storage", "数据在共享存储上";
    gray: "Gray failure", "灰色故障";
    poisoned: "Holds bad data", "含坏数据";
    dual_master: "Two masters", "双主";
    split_brain_now: "Split brain", "脑裂";
    kill: "Kill", "杀死";
    restart_node: "Restart", "重启";
    freeze: "Freeze", "冻结";
    thaw: "Thaw", "解冻";
    epoch: "epoch", "纪元";
    log: "log", "日志";
    acknowledged: "acknowledged", "已确认";
    unacknowledged: "unacknowledged", "未确认";
    lag: "lag", "落后";
    waiting: "waiting", "待确认";
    follows: "follows", "跟随";
    link: "Link", "链路";
    link_cut: "cut", "已断开";
    link_impaired: "impaired", "受损";
    cut_link: "Cut", "断开";
    mend_link: "Mend", "恢复";
    both_ways: "Both ways", "双向";
    from: "From", "从";
    to: "To", "到";
    legend: "Messages", "消息图例";
    legend_request: "Request", "请求";
    legend_answer: "Answer", "应答";
    legend_replication: "Replication", "复制";
    legend_vote: "Vote", "投票";
    legend_heartbeat: "Heartbeat", "心跳";
    legend_lost: "Lost", "丢失";

    // Actions.
    actions: "Actions", "操作";
    actions_more: "Break something…", "制造故障…";
    actions_explain: "Faults and their undoing, by hand. Undo takes the last one back.", "手动制造或解除故障，撤销可收回上一次操作。";
    act_on: "Do to", "作用于";
    actions_network: "Network", "网络";
    actions_system: "Whole system", "整个系统";
    how_much: "How much", "程度";
    do_it: "Do it", "执行";
    amount_normal: "normal again", "恢复正常";
    disk_full: "full", "写满";
    disk_has_room: "has room again", "恢复空间";
    gray_fails: "requests fail", "请求失败";
    gray_hangs: "requests hang", "请求挂起";
    the_rest: "the rest", "其余";
    target_master: "the master", "主节点";
    target_standby: "the most advanced standby", "日志最新的备节点";
    target_old_master: "the old master", "旧主节点";

    // Figures.
    figures: "Figures", "指标";
    since_start: "since the start", "自开始以来";
    writes: "Writes", "写";
    reads: "Reads", "读";
    served: "served", "正常";
    failing: "failing", "出现失败";
    down: "down", "中断";
    percent_sign: " %", "%";
    per_node: "Nodes", "各节点";
    service: "Service", "服务";
    node: "Node", "节点";
    last_outage: "The last outage, taken apart", "最近一次中断的构成";
    this_outage: "The outage so far", "目前为止的中断";
    no_outage: "No outage so far.", "尚无中断。";
    earlier_outage: "Earlier outage", "更早的中断";
    later_outage: "Later outage", "更晚的中断";
    mtbf_note: "MTTF is the mean up time, MTTR the mean down time, and MTBF their sum. The article writes MTBF where it means the mean up time.", "MTTF 是平均无故障时间，MTTR 是平均修复时间，MTBF（平均故障间隔）是两者之和。文章写 MTBF 之处，实际指的是平均无故障时间。";
    cost_assumption: "Every", "若每";

    // Inspector.
    inspector: "Inspector", "检查器";
    variables: "Variables", "变量";
    timers: "Timers", "定时器";
    no_timers: "No timer runs.", "没有运行中的定时器。";
    log_tail: "Log", "日志";
    disk: "Disk", "磁盘";
    clock: "Clock", "时钟";
    last_change: "Last change", "最近一次变化";
    state_machine: "State machine", "状态机";
    messages: "Messages", "消息";
    on_the_way: "On the way", "在途";
    role: "Role", "角色";
    status: "Status", "状态";
    epoch_heading: "Epoch", "纪元";
    entry_opens: "opens the epoch", "开启新纪元";
    entry_canary: "probe of", "探测，来自";
    entry_key: "key", "键";
    arrives_in: "in", "还需";
    arrived_last: "Arrived last", "最近到达";
    never_arrived: "Arrived, or not", "到达或未到达";
    knows_master: "Master it knows", "它认为的主节点";
    log_end: "End of its log", "日志末尾";
    committed: "Acknowledged up to", "已确认到";
    synced_to: "On disk up to", "已落盘到";
    in_sync: "In-sync set", "同步集";
    takes_writes: "Takes writes", "接受写入";
    lease_left: "Lease left", "租约剩余";
    waiting_inputs: "Inputs waiting", "等待处理的输入";
    slowness: "Slowness", "变慢倍数";
    local_clock: "Its own clock", "自身时钟";
    never_arrives: "Waits on its connection", "在连接上等待";

    // Log.
    log_heading: "Log", "日志";
    filter: "Filter", "筛选";
    filter_story: "Story", "要事";
    filter_all: "Everything", "全部";
    filter_faults: "Faults", "故障";
    filter_roles: "Roles", "角色";
    filter_messages: "Messages", "消息";
    filter_requests: "Requests", "请求";
    filter_node: "Only the selected node", "仅所选节点";
    log_empty: "Nothing yet.", "暂无内容。";
    go_to_moment: "Go to this moment", "跳到这一刻";

    // Timeline.
    timeline: "Timeline", "时间轴";
    play: "Play", "播放";
    pause: "Pause", "暂停";
    step_forward: "Step forward", "前进一步";
    step_back: "Step back", "后退一步";
    restart: "Restart", "重新开始";
    restart_same: "Restart with the same seed", "用相同种子重新开始";
    restart_new: "Restart with another seed", "换一个种子重新开始";
    undo: "Undo", "撤销";
    redo: "Redo", "重做";
    speed: "Speed", "速度";
    reaches: "reaches", "实际";
    faster: "Faster", "加快";
    slower: "Slower", "放慢";
    seed: "seed", "种子";
    drag_hint: "drag the ribbon to travel in time", "拖动时间带可回到过去";
    playhead: "Playhead", "播放位置";
    in_the_past: "You are in the past. Acting here starts another course of events.", "你正处于过去。在此操作会开启另一条时间线。";
    back_to_now: "Back to the latest moment", "回到最新时刻";
    slow_at_faults: "Slow down at faults", "故障时自动放慢";
    ribbon_up: "up", "正常";
    ribbon_partly: "partly down", "部分中断";
    ribbon_reads_only: "reads only", "只读";
    ribbon_writes_only: "writes only", "只写";
    ribbon_down: "down", "中断";

    // Help.
    help_title: "How to use the lab", "如何使用实验室";
    help_what: "Real failover protocols run on simulated machines. Break something, and watch how the system reacts and what it costs.", "真实的故障切换协议运行在模拟的机器上。弄坏一点东西，看系统如何反应、代价多大。";
    help_honest: "Nothing is staged: every promotion follows from messages that arrived, or did not.", "没有任何编排：每一次提升都源于到达或未到达的消息。";
    help_time: "Drag the ribbon into the past, act there, and another course of events begins; what you did later waits under redo.", "把时间带拖回过去并在那里操作，就会开启另一条时间线；你之后的操作可用“重做”找回。";
    keys: "Keys", "快捷键";
    key_play: "Play or pause", "播放或暂停";
    key_step: "Step back or forward by one event", "后退或前进一个事件";
    key_story: "Step back or forward by one turn of the story", "后退或前进一件要事";
    key_speed: "Slower or faster", "放慢或加快";
    key_ends: "To the start or to the latest moment", "到开头或最新时刻";
    key_undo: "Undo or redo", "撤销或重做";
    key_restart_run: "Restart, with the same or another seed", "重新开始，用相同或新的种子";
    key_select: "Select a node", "选择节点";
    key_kill: "Kill or restart the selected node", "杀死或重启所选节点";
    key_freeze: "Freeze or thaw the selected node", "冻结或解冻所选节点";
    key_menu: "All actions for the selected node", "所选节点的全部操作";
    key_links: "To the links, to cut them with Enter", "转到链路，可用回车断开";
    key_tabs: "Next tab of the inspector", "检查器的下一个标签页";
    key_scenarios: "Scenarios", "场景";
    key_settings: "Settings", "设置";
    key_language: "English or Chinese", "中文或英文";
    key_theme: "Light or dark", "浅色或深色";
    key_view: "Lab or numbers", "实验或数字";
    key_help: "This help", "打开本帮助";
    key_close: "Close what is open", "关闭当前窗口";
    key_space: "Space", "空格";

    // Notices.
    dismiss: "Dismiss", "知道了";
    undone: "Undone.", "已撤销。";
    restarted: "Restarted from the beginning.", "已从头重新开始。";
    nothing_to_undo: "There is nothing to undo.", "没有可撤销的操作。";
    nothing_to_redo: "There is nothing to redo.", "没有可重做的操作。";
    cannot_store: "This browser does not keep settings; they last until the page is closed.", "此浏览器不保存设置；关闭页面后失效。";

    // When something goes wrong inside.
    panic_title: "The simulator has stopped", "模拟器已停止";

    // Live region.
    live: "What happens", "实时播报";
}

texts! {
    /// The fixed texts that only a cluster needs.
    ClusterTexts;

    worker: "Worker", "工作节点";
    member: "Member", "成员";
    net_label: "Network", "网络";
    standing_owner: "Owner", "归属节点";
    standing_holder: "Copies", "副本";
    standing_idle: "Empty", "空闲";
    standing_claiming: "Registers", "登记中";
    standing_spare: "Spare", "备用";
    hold_owner: "owner: takes its writes", "归属节点：接受它的写入";
    hold_opening: "becomes its owner", "正在接管";
    hold_handing: "hands it over", "正在移交";
    hold_follower: "copy, in sync", "副本，已同步";
    hold_behind: "copy, behind", "副本，落后";
    hold_lost_owner: "still its owner, in the manager's eyes", "管理器仍认为归它所有";
    hold_lost_copy: "its copy does not run", "该副本未运行";
    join: "Join", "加入";
    asks_for_claim: "asks for a claim", "正在申请租约";
    outside_cluster: "not in the cluster", "未加入集群";
    no_route: "no owner", "无归属";
    accept_loss: "Accept loss", "接受丢失";
    sequence_node: "Ephemeral node", "临时顺序节点";
    coordinates: "Coordinates the workers", "工作节点的协调者";
    coordinator: "Election: waits for", "选举：等待";
    znodes: "Znodes", "znode 树";
    znode: "Path", "路径";
    znode_version: "Version", "版本";
    znode_owner: "Session of", "所属会话";
    znode_watches: "Watches here", "此处的监听";
    persistent: "persistent", "持久";
    registry_revision: "Registry revision", "登记表修订号";
    talks_to: "Talks to", "通信的成员";
    claim_left: "Claim lasts", "租约剩余";
    claim_number: "Claim", "租约编号";
    manager_waits: "Manager waits", "管理器还等";
    open_requests: "Open requests", "未完成的请求";
    shards: "Shards", "分片";
    shard: "Shard", "分片";
    workers: "Workers", "工作节点";
    owner: "Owner", "归属";
    token: "Token", "令牌";
    holders: "Held by", "保存于";
    lasts: "Lasts", "剩余";
    draining_word: "draining", "排空中";
    legend_keep_alive: "Keep-alive", "保活";
    legend_registry: "Registry", "登记表";
    failed_requests: "Failed", "失败请求";
    outages_word: "Outages", "中断次数";
}
