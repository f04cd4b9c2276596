//! Names and one-sentence explanations: of every option, every action, and every figure.

/// A name, and what it means in one sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label {
    /// Short, for a control or a heading.
    pub name: &'static str,
    /// One sentence.
    pub explain: &'static str,
}

macro_rules! labels {
    (
        $(#[$meta:meta])* $name:ident;
        $($field:ident: $en:literal, $en_explain:literal; $zh:literal, $zh_explain:literal;)*
    ) => {
        $(#[$meta])*
        #[derive(Debug)]
        pub struct $name {
            $(#[doc = concat!($en, ": ", $en_explain)] pub $field: Label,)*
        }

        impl $name {
            /// In English.
            pub const EN: Self = Self { $($field: Label { name: $en, explain: $en_explain },)* };
            /// In Chinese.
            pub const ZH: Self = Self { $($field: Label { name: $zh, explain: $zh_explain },)* };
            #[cfg(test)]
            pub(super) const ALL: &'static [(&'static str, [Label; 2])] =
                &[$((stringify!($field), [Self::EN.$field, Self::ZH.$field]),)*];
        }
    };
}

pub(super) use labels;

labels! {
    /// The options of a scenario and their choices.
    Options;

    // The system.
    system: "System", "What is built: a single node, or a master with standbys."; "系统", "要搭建的系统：单节点，或主备。";
    single: "Single node", "No redundancy: a crash is an outage until the repair is done."; "单节点", "没有冗余：一旦崩溃，修好之前服务都不可用。";
    master_standby: "Master-standby", "One master takes the writes; standbys copy its log and one of them takes over."; "主备", "一个主节点接受写入，备节点复制它的日志，并在它失效时接替。";
    data_nodes: "Data nodes", "The master and its standbys together."; "数据节点数", "主节点与备节点的总数。";
    standbys: "Standbys", "How many copies of the data stand by, one to four; an even number of data nodes gets a witness."; "备节点数", "有几个备节点，一到四个；数据节点为偶数时会加一个见证节点。";
    witness: "Witness", "A machine that votes but holds no data, so that an even number of data nodes can still form a majority."; "见证节点", "只投票、不存数据的机器，让偶数个数据节点也能形成多数派。";
    cold_start: "Cold start", "The system begins without a master and has to find one."; "冷启动", "系统启动时没有主节点，需要先选出一个。";

    // The cluster.
    cluster: "Cluster", "Servers agree on one log and hold the data themselves; a majority of them has to be alive."; "集群", "多台服务器就同一份日志达成一致，数据存在它们自己里面；必须有多数派存活。";
    protocol: "Protocol", "How the members agree, and who leads them."; "协议", "成员如何达成一致、由谁领导。";
    etcd: "Raft, as in etcd", "A leader for each term, elected after a random silence; what a majority has on its disks is committed."; "Raft（etcd）", "每个任期一个领导者，静默超过随机时长后选出；多数派已落盘的才算提交。";
    zookeeper: "Zab, as in ZooKeeper", "Members exchange votes until a quorum agrees; the new leader first brings its followers to one history."; "Zab（ZooKeeper）", "成员交换选票直到多数派一致；新领导者先让跟随者与自己的历史对齐，再开始广播。";
    members: "Members", "One to seven. Three survive one loss; four survive no more than three do, and two survive none."; "成员数", "一到七个。三个可以承受失去一个；四个并不比三个更能承受，两个则一个也不能失去。";
    read_level: "Reads", "What a read may miss."; "读", "读请求可能漏掉什么。";
    local_reads: "Local", "Any member answers from what it has: fast, also without a majority, and possibly old."; "本地", "任何成员都用自己的数据应答：快，没有多数派也能答，但可能陈旧。";
    linearizable: "Linearizable", "Nothing that was acknowledged before is missed: the leader makes sure that it still leads."; "线性一致", "不会漏掉此前已确认的写入：领导者先确认自己仍是领导者。";
    idempotence: "Idempotence keys", "A write that comes again because its answer was lost is applied once."; "幂等键", "应答丢失后重发的写入只生效一次。";
    ensemble_timing: "Timeouts", "How long a member waits for its leader."; "超时", "成员等待领导者多久。";
    continuous: "From a range", "Any time between the shortest and the longest, as in Ongaro's dissertation."; "取自区间", "在最短与最长之间任取，如 Ongaro 的博士论文所述。";
    ticks: "In ticks", "As etcd counts: n to 2n − 1 ticks."; "按节拍", "按 etcd 的计法：n 到 2n − 1 个节拍。";
    election_lo: "Shortest election timeout", "After so long without a leader a member may campaign."; "最短选举超时", "没有领导者的时间超过它，成员就可能参选。";
    election_hi: "Longest election timeout", "The wider the range, the fewer votes are split."; "最长选举超时", "区间越宽，选票越不容易分散。";
    tick: "Tick", "The unit of the limits."; "节拍", "各项时限的单位。";
    election_ticks: "Election, in ticks", "Least ticks of an election timeout."; "选举节拍数", "选举超时最少的节拍数。";
    heartbeat_ticks: "Heartbeat, in ticks", "Ticks from one heartbeat to the next."; "心跳节拍数", "两次心跳之间的节拍数。";
    pre_vote: "Pre-vote", "A member first asks whether the others would vote for it, and raises its term only then."; "预投票", "成员先询问其他成员是否愿意投票给它，得到多数同意才提升任期。";
    check_quorum: "Check quorum", "A leader that hears no majority steps down; who hears a leader votes for nobody else."; "多数派检查", "听不到多数派的领导者主动退位；听得到领导者的成员不投票给别人。";
    init_limit: "initLimit", "Ticks that a new leader has for each step on its way."; "initLimit", "新领导者每一步可用的节拍数。";
    sync_limit: "syncLimit", "Ticks that leader and follower may be silent to each other."; "syncLimit", "领导者与跟随者之间可以静默的节拍数。";
    finalize_wait: "Finalise wait", "How long a vote with a quorum waits for a better one."; "结束等待", "已有多数派的选票再等多久，看有没有更好的。";
    notify: "Notification interval", "First pause before a vote is sent again; it doubles."; "通知间隔", "重发选票前的第一次停顿，之后加倍。";
    connect_retry: "Connection retry", "Pause between two tries to reach the elected leader."; "重连间隔", "两次尝试连接当选领导者之间的停顿。";

    // Replication.
    replication: "Replication", "Who must have a write before the client is told that it is done."; "复制", "写入要先复制到哪些节点，才向客户端确认。";
    asynchronous: "Asynchronous", "The master acknowledges alone: fast, but what no standby has yet is lost with it."; "异步", "主节点自己就确认：快，但备节点还没收到的写入会随它一起丢失。";
    semi_sync: "Semi-synchronous", "The master waits until this many standbys have the write."; "半同步", "主节点等到指定数量的备节点拥有该写入才确认。";
    sync: "Synchronous", "The master waits for every member of the agreed in-sync set; only members may be promoted."; "同步", "主节点等待约定的同步集中的每个成员；只有成员可以被提升。";
    shared_storage: "Shared storage", "Nothing is replicated: all data nodes share one storage (SAN or NAS), which must have the write. It is a single point of failure."; "共享存储", "不做复制：所有数据节点共用一份存储（SAN 或 NAS），写入进了存储才确认。它是单点故障。";
    standbys_needed: "Standbys that must have it", "How many standbys a semi-synchronous master waits for."; "需要确认的备节点数", "半同步时主节点要等待的备节点数量。";
    durability: "\"Has it\" means", "Whether a standby answers when the write is in memory, or when it is on disk."; "“拥有”的含义", "备节点在写入进入内存时应答，还是落盘后才应答。";
    received: "Received", "In the standby's memory: lost if it loses power."; "已收到", "写入在备节点内存中：断电会丢失。";
    synced: "On disk", "On the standby's disk: survives a loss of power."; "已落盘", "写入已在备节点磁盘上：断电也不会丢失。";
    fallback: "Too few standbys", "What the master does when not enough standbys answer."; "备节点不足时", "应答的备节点不够时，主节点怎么办。";
    strict: "Wait", "Writes wait until enough standbys are back: safe, but not available."; "等待", "写入一直等到备节点足够：安全，但不可用。";
    degrade: "Go on without them", "After a while the master goes on alone and says so: available; semi-synchronous writes can be lost with it, synchronous ones only with its disk."; "继续运行", "等待一段时间后主节点独自继续并记录此事：仍然可用；半同步时写入可能随它丢失，同步时只会随它的磁盘丢失。";
    degrade_after: "Patience", "How long the master waits for its standbys before it goes on without them."; "等待时限", "主节点在放弃备节点、独自确认之前等待多久。";

    // Standby.
    standby: "Standby", "How ready a standby is when it is needed."; "备节点", "需要接替时，备节点准备到什么程度。";
    hot: "Hot", "The service already runs on it."; "热备", "服务已经在备节点上运行。";
    warm: "Warm", "The data is there; the service has to be started."; "温备", "数据已在，服务需要启动。";
    cold: "Cold", "The service has to be set up from the data before it can start."; "冷备", "需要先用数据把服务部署起来才能启动。";
    start_up: "Start-up time", "How long it takes to start the service on a standby."; "启动时间", "在备节点上启动服务需要多久。";
    serves_reads: "Standbys serve reads", "Standbys answer reads from their own data, which may be behind."; "备节点提供读", "备节点用自己的数据应答读请求，数据可能落后。";

    // Detection.
    detection: "Detection", "How a dead master is noticed."; "故障检测", "如何发现主节点失效。";
    heartbeat: "Heartbeat period", "Pause between two heartbeats of the master."; "心跳周期", "主节点两次心跳之间的间隔。";
    missed: "Missed heartbeats", "So many periods without a heartbeat, and the master is suspected."; "丢失心跳数", "连续这么多个周期没有心跳，就怀疑主节点失效。";
    phi: "Phi-accrual", "Suspicion grows with the silence, measured against the heartbeats seen so far."; "Phi 累积检测", "根据以往心跳的规律，静默越久怀疑度越高。";
    phi_threshold: "Phi threshold", "Suspected from this level on: 8 means that one alarm in 100 million would be false."; "Phi 阈值", "达到该值即怀疑；8 表示约一亿次中有一次误报。";

    // Decision.
    decision: "Decision", "Who decides that a standby becomes master."; "决策", "由谁决定把备节点提升为主节点。";
    alone: "The standby alone", "It cannot tell a dead master from a cut link: two masters are possible."; "备节点自行决定", "它分不清主节点失效与链路断开：可能出现两个主节点。";
    majority: "A majority of voters", "More than half of all voters, dead ones counted, must agree; two majorities always share a voter."; "投票多数派", "需要全部投票成员（含失效的）过半同意；任何两个多数派必有共同成员。";
    by_manager: "The manager's lease", "The master holds a lease at a manager ensemble; when it runs out, the manager names another."; "管理器租约", "主节点在集群管理器处持有租约；租约到期后由管理器另行指定。";
    by_operator: "An operator", "A person looks at it and orders the promotion."; "人工决定", "由值班人员判断并下令提升。";
    canvass: "Time to ask around", "How long a standby that decides alone waits for the others' log positions."; "询问时间", "自行决定的备节点等待其他备节点日志位置的时间。";
    reaction_lo: "Quickest reaction", "The shortest time until the operator acts."; "最快反应", "值班人员采取行动的最短时间。";
    reaction_hi: "Slowest reaction", "The longest time until the operator acts."; "最慢反应", "值班人员采取行动的最长时间。";

    // Fencing.
    fencing: "Fencing", "How the old master is kept from writing any more."; "隔离（围栏）", "如何确保旧主节点不能再写入。";
    no_fencing: "None", "Nothing keeps an old master that still lives from writing."; "无", "没有什么能阻止仍然存活的旧主节点写入。";
    stonith: "Power cut (STONITH)", "A device cuts the old master's power; without confirmation nobody is promoted."; "断电隔离（STONITH）", "用设备切断旧主节点电源；没有确认就不提升。";
    stonith_delay: "Time to cut power", "From the order until the power is off."; "断电耗时", "从下令到电源切断的时间。";
    stonith_success: "Success", "How often an order works."; "成功率", "一次断电命令成功的概率。";
    stonith_tries: "Tries", "Orders before the operator is called."; "尝试次数", "呼叫值班人员之前的断电命令次数。";
    stonith_stagger: "Stagger", "Each data node waits its number times this before it shoots, so that two do not shoot each other."; "错开时间", "每个数据节点按序号等待相应倍数后才动手，避免互相断电。";
    stonith_reboot: "Switch on again", "The device switches the node on again afterwards."; "断电后重新上电", "设备随后让该节点重新上电启动。";
    stonith_operator: "Human reaction", "How long the operator needs who is called when the device fails."; "人工反应时间", "断电设备失效时，被呼叫的值班人员需要多久。";
    lease: "Lease", "The master may write only while a majority renews its lease; who takes over waits until it has run out."; "租约", "主节点只有在多数派为其续约期间才能写入；接替者要等租约过期。";
    lease_length: "Lease length", "The holder counts from sending its renewal, the granter from granting."; "租约时长", "持有者从发出续约时算起，授予者从授出时算起。";
    lease_drift: "Clock drift allowed for", "Clocks are trusted to differ by no more than this; a worse clock breaks the lease."; "容许的时钟漂移", "假定时钟误差不超过该值；时钟更差时租约就不可靠。";
    epochs: "Epochs", "Whoever knows a newer epoch refuses messages of an older one."; "纪元", "知道更新纪元的节点会拒绝旧纪元的消息。";

    // Promotion and afterwards.
    recovery: "Log recovery", "Time to replay the log before a promoted node opens."; "日志恢复", "被提升的节点开放服务之前重放日志的时间。";
    failback: "Failback", "Whether the preferred master gets its role back."; "回切", "首选主节点恢复后是否收回角色。";
    failback_none: "None", "The new master stays master."; "不回切", "新主节点继续担任主节点。";
    failback_automatic: "Automatic", "A planned switchover returns the role once the preferred master has caught up."; "自动", "首选主节点追上后，通过计划切换收回角色。";
    failback_after: "Failback after", "How long the preferred master must have been back."; "回切等待", "首选主节点恢复多久之后才回切。";
    backup: "Backups", "Copies out of reach of replication: the only help against bad data."; "备份", "复制触及不到的副本：对付坏数据的唯一办法。";
    backup_every: "Backup every", "Pause between two backups; what came since the last one is lost by a restore."; "备份间隔", "两次备份之间的时间；恢复时会丢失最近一次备份之后的数据。";
    backup_restore: "Restore time", "How long it takes to restore a backup."; "恢复耗时", "恢复一份备份需要多久。";

    // Router.
    router: "Router", "How clients find the master."; "路由", "客户端如何找到主节点。";
    proxy: "Proxy", "A machine in between checks the nodes and forwards requests; it can fail too."; "代理", "由中间的机器检查节点并转发请求；它自己也会故障。";
    vip: "Virtual address (VIP)", "An address that the master holds; a new master announces that it has moved."; "虚拟地址（VIP）", "由主节点持有的地址；新主节点通告地址已转移。";
    dns: "DNS", "A name that points at the master; clients keep the answer until it expires."; "DNS", "指向主节点的域名；客户端会缓存应答直到过期。";
    discovery: "Client-side discovery", "Clients know all nodes and ask them who is master."; "客户端发现", "客户端知道所有节点，自己询问谁是主节点。";
    proxies: "Proxies", "How many proxies there are; clients use another one when theirs is silent."; "代理数", "代理的数量；客户端在代理无响应时换用另一个。";
    check: "Check every", "Pause between two health checks of a node."; "检查间隔", "对一个节点两次健康检查之间的时间。";
    check_timeout: "Check timeout", "Without an answer in this time a check has failed."; "检查超时", "超过该时间没有应答，即检查失败。";
    fall: "Failed checks to leave", "So many failed checks in a row take a node out."; "摘除所需失败次数", "连续失败这么多次就摘除节点。";
    rise: "Good checks to return", "So many good checks in a row take it in again."; "恢复所需成功次数", "连续成功这么多次就重新启用节点。";
    deep: "Deep checks", "A deep check does what a request does; a shallow one only asks whether somebody is there."; "深度检查", "深度检查像真实请求一样执行；浅层检查只问对方在不在。";
    ttl: "Time to live", "How long clients keep the answer of the name server."; "缓存时间（TTL）", "客户端缓存域名应答的时间。";

    // Clients.
    sites: "Client sites", "Groups of clients; a partition can have clients on both sides."; "客户端站点", "客户端的分组；网络分区时两侧都可能有客户端。";
    requests: "Requests", "Clients send reads and writes; without them only the probe asks."; "请求", "客户端发送读写请求；关闭后只剩探测。";
    probe: "Probe", "Canaries from each site measure availability by time; without them there is no such figure."; "探测", "每个站点用探测请求测量按时间的可用性；关闭后没有这一数字。";
    mean_gap: "Mean gap", "Mean time between two requests of one site, which come at random."; "平均间隔", "一个站点两次请求之间的平均时间，请求随机到达。";
    read_share: "Reads", "The share of reads among the requests."; "读比例", "请求中读请求的占比。";
    reads_anywhere: "Reads from any node", "Clients read from any node that serves reads, not only from the master."; "任意节点读", "客户端可从任何提供读的节点读取，而不仅是主节点。";
    timeout: "Timeout", "When an attempt is given up."; "超时", "一次尝试等待多久后放弃。";
    attempts: "Attempts", "Attempts for each request, the first included."; "尝试次数", "每个请求的尝试次数，包括第一次。";
    backoff: "Back-off", "Pause before the second attempt; it doubles from then on."; "退避", "第二次尝试之前的等待；此后每次加倍。";
    canary: "Canary every", "Pause between two probes of a site, from which availability by time is measured; they take no capacity."; "探测间隔", "站点两次探测之间的时间，按时间的可用性由此测得；探测不占容量。";

    // Machines and wires.
    write_time: "Time for a write", "Service time of a write at a node."; "写处理时间", "节点处理一次写请求的时间。";
    read_time: "Time for a read", "Service time of a read at a node."; "读处理时间", "节点处理一次读请求的时间。";
    sync_time: "Disk sync", "How long it takes until a write is safe on the disk."; "落盘时间", "写入安全落到磁盘需要多久。";
    boot_time: "Boot time", "From power to a running operating system."; "开机时间", "从上电到操作系统运行的时间。";
    process_start: "Process start", "From a running operating system to a started process."; "进程启动时间", "从操作系统运行到进程启动完成的时间。";
    latency_lo: "Shortest latency", "The shortest one-way time of a message."; "最短延迟", "消息单程的最短时间。";
    latency_hi: "Longest latency", "The longest one-way time of a message; uniform in between."; "最长延迟", "消息单程的最长时间；在两者之间均匀分布。";
    between_nodes: "Within the system", "One way between two machines of the system."; "系统内部机器之间", "系统内部两台机器之间的单程。";
    to_clients: "Between clients and system", "One way between a client site and the system."; "客户端与系统之间", "客户端站点与系统之间的单程。";
    packet_loss: "Loss", "The share of datagrams that the network drops; on connections loss becomes delay."; "丢包率", "网络丢弃的数据报比例；在连接上丢包表现为延迟。";
    connection_timeout: "Connection timeout", "A connection without an answer is given up after this long."; "连接超时", "连接超过该时间没有应答即被放弃。";

    // Failures.
    random_failures: "Random failures", "Machines fail and are repaired by themselves, by the dice of the seed."; "随机故障", "机器按种子的随机数自行故障和修复。";
    recurring: "Other random faults", "Links, disks, clocks, gray failures and more: each comes at random, and is undone after a random while."; "其他随机故障", "链路、磁盘、时钟、灰色故障等：随机发生，过一段随机时间后自行解除。";
    comes_after: "Comes after", "On average, from the start or from when it was last undone."; "平均间隔", "从开始或上次解除算起，平均多久发生。";
    lasts: "Lasts", "On average; then it is undone where it was done."; "平均持续", "平均持续的时长，之后在原处解除。";
    mttf: "MTTF", "Mean time to failure: how long a machine is up on average."; "平均无故障时间（MTTF）", "机器平均正常运行的时长。";
    mttr: "MTTR", "Mean time to repair: how long a machine is down on average."; "平均修复时间（MTTR）", "机器平均停机的时长。";
    fails: "Which machines", "Whom random failures hit; each machine has times of its own."; "哪些机器", "随机故障发生在哪些机器上；每台机器的时间各自独立。";
    every_machine: "Every machine", "All but the clients and the operator."; "所有机器", "除客户端和值班人员之外的所有机器。";
    failure_kind: "What happens", "What a random failure does; its repair undoes it."; "故障类型", "随机故障的表现；修复即解除它。";
    distribution: "Distribution", "How the times scatter about their mean."; "分布", "时间如何围绕均值变化。";
    exponential: "Exponential", "Times vary at random around their mean, without memory."; "指数分布", "时间围绕均值随机变化，无记忆。";
    fixed: "Fixed", "Every time is the same."; "固定", "每次时间都相同。";
    schedule: "Schedule", "What is done to the system, and when."; "计划", "在什么时间对系统做什么。";
    seed: "Seed", "The same seed and the same actions give the same run, bit for bit."; "种子", "相同的种子和相同的操作得到逐位相同的运行。";
    objective: "Objective", "The availability that is promised."; "目标", "承诺的可用性。";
    rto: "Recovery time objective (RTO)", "The longest outage that is acceptable."; "恢复时间目标（RTO）", "可接受的最长中断。";
    rpo: "Recovery point objective (RPO)", "The most data that may be lost."; "恢复点目标（RPO）", "可接受的最大数据丢失。";
}

labels! {
    /// The options of a load-balanced pool and their choices.
    PoolOptions;

    pool: "Load-balanced pool", "Stateless nodes behind a balancer: any of them answers any request, and none is master."; "负载均衡节点池", "负载均衡器后面的无状态节点：任何一个都能应答任何请求，没有主节点。";
    nodes: "Nodes", "How many stateless nodes there are, one to eight."; "节点数", "无状态节点的数量，一到八个。";
    balancer: "Balancer", "Spreads the clients' requests over the nodes; it can fail too."; "负载均衡器", "把客户端的请求分给各个节点；它自己也会故障。";
    balancers: "Balancers", "One or two; clients use the other one when theirs is silent."; "负载均衡器数", "一个或两个；客户端在其中一个无响应时换用另一个。";
    strategy: "Strategy", "How the balancer picks a node for a request."; "策略", "负载均衡器如何为请求挑选节点。";
    round_robin: "Round robin", "One after the other, whatever they have to do."; "轮询", "依次轮流，不管各自有多忙。";
    weighted: "Weighted round robin", "In turn, heavier nodes more often, well mixed; the weights are in the document."; "加权轮询", "按权重轮流，权重大的更频繁且均匀穿插；权重写在文档中。";
    random: "Random", "By dice: simple, and uneven for a while."; "随机", "掷骰子决定：简单，但短时间内不均匀。";
    least_connections: "Least connections", "The node with the fewest requests under way."; "最少连接", "选择进行中请求最少的节点。";
    two_choices: "Power of two choices", "Of two nodes drawn by dice, the one with fewer requests under way."; "二选一", "随机抽两个节点，选其中进行中请求较少的。";
    consistent_hash: "Consistent hashing", "By key: a key stays with its node, and when a node goes only its own keys move."; "一致性哈希", "按键选择：同一个键总在同一节点；某个节点离开时，只有它的键会移动。";
    check: "Active checks", "The balancer asks each node at intervals whether it is well."; "主动健康检查", "负载均衡器定期询问每个节点是否正常。";
    deep: "Deep checks", "A deep check waits and is served like a request; a shallow one only asks whether somebody is there."; "深层检查", "深层检查像请求一样排队并得到处理；浅层检查只问有没有人在。";
    ejection: "Passive ejection", "The balancer looks at what comes back: a node that fails requests in a row is out for a while."; "被动摘除", "负载均衡器观察返回的结果：连续让请求失败的节点会被摘除一段时间。";
    ejection_failures: "Failures in a row", "So many failed requests in a row eject a node."; "连续失败次数", "连续这么多个请求失败，就摘除该节点。";
    ejection_base: "Ejected for", "How long an ejection lasts, times the number of the node's ejections."; "摘除时长", "一次摘除持续多久，乘以该节点被摘除的次数。";
    ejection_share: "At most this share", "No more of the pool is ejected at once, but one node in any case."; "摘除比例上限", "同时被摘除的节点不超过该比例，但至少允许一个。";
    retries: "Retries", "A request that failed is tried at another node."; "重试", "失败的请求换一个节点再试。";
    retries_most: "Most retries", "How often, at most, for one request."; "最多重试次数", "一个请求最多重试几次。";
    retry_writes: "Retry writes that may be done", "Also when nobody knows whether the write was done: it may be done twice."; "重试结果未知的写入", "即使不知道写入是否已完成也重试：可能执行两次。";
    budget: "Retry budget", "Retries are at most a share of the requests, so that they cannot become a storm."; "重试预算", "重试最多占请求的一个比例，因此不会形成风暴。";
    budget_share: "Share of the requests", "Retries for so many requests; each request puts a part of a token into the bucket."; "占请求的比例", "按请求量允许的重试比例；每个请求向令牌桶放入一部分令牌。";
    budget_burst: "Saved up at most", "So many retries can be saved up for a bad moment."; "最多积攒", "最多可以积攒这么多次重试，以备不时之需。";
    client_budget: "Retry budget of a site", "What bounds the attempts of a client site beyond the first; without it, trouble makes more requests."; "站点的重试预算", "限制客户端站点首次之外的尝试；没有它，出问题时请求反而更多。";
    upstream_timeout: "Balancer's patience", "A node that has not answered after this long has failed the request."; "均衡器等待时限", "超过该时间节点没有应答，即视为请求失败。";
    slow_start: "Slow start", "A node that has come back gets a tenth of its share at first, and all of it after this time; 0: all at once."; "慢启动", "恢复的节点先只得到十分之一的份额，经过该时间后得到全部；0 表示立即全部。";
    service: "Service time", "Mean time in which one server of a node serves one request."; "服务时间", "节点的一个服务线程处理一个请求的平均时间。";
    scatter: "How it scatters", "Whether all requests take the same time."; "服务时间分布", "所有请求的处理时间是否相同。";
    servers: "Servers", "Requests that a node serves at once."; "并发数", "一个节点同时处理的请求数。";
    queue: "Queue", "Requests that may wait at a node; what comes on top is refused at once."; "队列", "节点上最多可排队的请求数；超出的立即拒绝。";
    warm_up: "Warm-up", "A node that has just been started is slow at first: its caches are empty."; "预热", "刚启动的节点起初很慢：缓存是空的。";
    warm_up_lasts: "Lasts", "Until the node is as fast as it will be."; "持续时间", "直到节点达到正常速度的时间。";
    warm_up_factor: "Slower at first", "How many times longer a request takes right after the start."; "起初变慢倍数", "刚启动时，一个请求的耗时是平时的多少倍。";
}

labels! {
    /// The options of workers under a manager, and of what is set for an ensemble only.
    ClusterOptions;

    data_path: "Data", "Where the clients' data are."; "数据", "客户端的数据存在哪里。";
    through_log: "Through the log", "In the manager itself: everything goes through its log."; "全部经过日志", "存在管理器自身：一切都经过它的日志。";
    on_workers: "On workers", "In shards on workers; the manager says who owns which: coordination and data are apart."; "在工作节点上", "分片存在工作节点上，由管理器决定归属：协调与数据分开。";
    spare_members: "Spare members", "How many more servers stand by, to be added to an etcd-like ensemble."; "备用成员数", "另有几台服务器待命，可加入类似 etcd 的集群。";
    workers: "Workers", "How many workers belong to the cluster from the start; with the spares eight at most."; "工作节点数", "一开始就属于集群的工作节点数量，连同备用的最多八个。";
    spares: "Spares", "How many more stand by until they are told to join."; "备用节点数", "另有几个待命，接到命令才加入。";
    shards: "Shards", "Into how many parts the data are cut, one to four."; "分片数", "数据切成几份，一到四份。";
    copies: "Copies", "How many workers hold each shard, its owner included."; "副本数", "每个分片由几个工作节点保存，包括归属节点。";
    balancers: "Balancers", "One or two; they follow the registry and lead each request to the owner of its shard."; "负载均衡器", "一个或两个；它们跟随登记表，把请求送到所属分片的归属节点。";
    tokens: "Fencing tokens", "What comes under an older token is refused by the other holders and the balancer."; "隔离令牌", "带旧令牌的内容会被其他副本和负载均衡器拒绝。";
    ttl: "Time to live", "After so long without a word from it the manager takes a worker for dead; etcd and ZooKeeper have a minimum."; "有效期", "超过该时间没有消息，管理器就认为它已失效；etcd 与 ZooKeeper 有下限。";
    keep_alive: "Keep-alive", "Pause between two words of a worker to the manager; shorter than the time to live."; "保活间隔", "工作节点两次向管理器报到的间隔，要短于有效期。";
    checked: "Stops by its own clock", "It stops when its own clock says that its claim has run out, instead of when it is told."; "按本机时钟停止", "本机时钟显示租约到期就停止，而不是等到被告知。";
    failsafe: "Failsafe mode", "A master that loses the manager goes on as long as all other holders say that they hear it."; "故障保护模式", "与管理器失联的主节点，只要其他副本都说能听到它就继续运行。";
    election: "Coordinator", "Whether the workers elect one that coordinates them, on nodes of the ZooKeeper-like manager."; "协调者", "工作节点是否在类似 ZooKeeper 的管理器的 znode 上选出一个协调者。";
    no_election: "None", "They elect nobody."; "无", "不选举。";
    watch_predecessor: "Watch the one before", "ZooKeeper's recipe: each watches only the node before its own, so one death wakes one."; "只监听前一个", "ZooKeeper 的标准做法：各自只监听排在前面的节点，一个失效只唤醒一个。";
    watch_all: "Watch all", "The naive way: all watch all candidates, so one death wakes the whole herd."; "监听全部", "简单做法：都监听全部候选节点，一个失效唤醒所有人（惊群）。";
    wire: "Wire", "How the members talk to each other."; "传输方式", "成员之间如何通信。";
    connection: "Connections", "In order; a loss becomes a delay, and a crashed process is noticed at once."; "连接", "按序到达；丢包变成延迟，进程崩溃立即被发现。";
    datagram: "Datagrams", "Each message by itself, as in published simulations: lost, delayed or overtaken."; "数据报", "每条消息各自传送，如论文中的模拟：可能丢失、延迟或乱序。";
    withhold: "Withhold entries", "Leaders send heartbeats but no entries: for measuring elections in which only some can win."; "不发送日志", "领导者只发心跳、不发日志：用于测量只有部分成员能当选的选举。";
    logs: "Different logs", "With how many entries each member's log begins."; "不同的日志", "每个成员的日志从几条开始。";
    weights: "Weights", "How many requests each node gets in comparison with the others."; "权重", "各节点相对得到多少请求。";
    first: "A", "The first one."; "A", "第一个。";
    second: "B", "The second one."; "B", "第二个。";
    third: "C", "The third one."; "C", "第三个。";
    fourth: "D", "The fourth one."; "D", "第四个。";
    fifth: "E", "The fifth one."; "E", "第五个。";
    sixth: "F", "The sixth one."; "F", "第六个。";
    seventh: "G", "The seventh one."; "G", "第七个。";
    eighth: "H", "The eighth one."; "H", "第八个。";
}

labels! {
    /// What can be done to the system, by hand or by schedule.
    Actions;

    process_crash: "Kill the process", "The process dies; its operating system closes the connections at once."; "杀死进程", "进程退出；操作系统立即关闭它的连接。";
    machine_crash: "Crash the machine", "The whole machine stops without a word; nobody is told."; "整机崩溃", "整台机器无声无息地停止；没有人得到通知。";
    power_loss: "Cut the power", "The machine stops, and writes that were not synced are lost."; "断电", "机器停止，未落盘的写入丢失。";
    restart: "Restart", "The machine boots, or its process is started again, from what is on its disk."; "重启", "机器开机，或重新启动进程，从磁盘上的数据恢复。";
    wipe_disk: "Lose the disk", "The disk fails with all that is on it; the machine comes back empty."; "磁盘损坏", "磁盘连同全部数据丢失；机器恢复后是空的。";
    freeze: "Freeze", "The machine stops in mid-step, as in a long pause; it will wake with stale beliefs."; "冻结", "机器中途停顿，如同长时间暂停；醒来时带着过时的认知。";
    thaw: "Thaw", "The frozen machine goes on as if no time had passed."; "解冻", "被冻结的机器继续运行，仿佛时间没有流逝。";
    slow: "Slow down", "Every step of the machine takes longer."; "变慢", "机器的每一步都耗时更久。";
    slow_disk: "Slow disk", "Every sync of its disk takes longer."; "磁盘变慢", "每次落盘都耗时更久。";
    disk_full: "Fill the disk", "Writes to its disk fail until there is room again."; "磁盘写满", "磁盘有空间之前，写入都会失败。";
    disk_room: "Make room on the disk", "Writes to its disk work again."; "清理磁盘", "磁盘重新可以写入。";
    cut: "Cut the link", "Nothing passes between the two, in one direction or in both."; "断开链路", "两者之间无法通信，可以单向或双向。";
    mend: "Mend the link", "Messages pass again."; "恢复链路", "消息重新可以通过。";
    partition: "Partition the network", "Machines of different groups cannot hear each other; each side may think that the other is dead."; "网络分区", "不同分组的机器互相听不到；每一侧都可能以为对方已失效。";
    heal: "Heal the network", "All cuts and partitions are over."; "恢复网络", "所有断开的链路和分区都恢复。";
    loss: "Lose messages", "A share of the datagrams between the two is dropped."; "丢包", "两者之间的一部分数据报被丢弃。";
    delay: "Delay messages", "Messages between the two take longer, with jitter."; "延迟", "两者之间的消息变慢，并带有抖动。";
    zone_down: "Zone outage", "Every machine of the zone loses power at once."; "可用区断电", "该可用区的所有机器同时断电。";
    zone_up: "Zone restored", "Every machine of the zone boots again."; "可用区恢复", "该可用区的所有机器重新开机。";
    clock_jump: "Clock jump", "The machine's own clock jumps ahead or back."; "时钟跳变", "机器自身的时钟向前或向后跳。";
    clock_rate: "Clock drift", "The machine's own clock runs fast or slow; leases rely on it."; "时钟漂移", "机器自身的时钟走快或走慢；租约依赖它。";
    gray: "Gray failure", "It answers heartbeats and shallow checks, but requests fail or hang."; "灰色故障", "它应答心跳和浅层检查，但请求失败或挂起。";
    recover: "End the gray failure", "The node serves requests well again."; "结束灰色故障", "节点重新正常处理请求。";
    bad_release: "Bad release", "A release that fails every request reaches all nodes; no standby helps."; "坏版本发布", "让所有请求失败的版本发布到全部节点；备节点也无济于事。";
    roll_back: "Roll back", "All nodes get the previous release back."; "回滚版本", "所有节点恢复到上一个版本。";
    poison_write: "Poison write", "A write with bad data: it is replicated everywhere, and every node that applies it stops serving."; "毒丸写入", "一次带坏数据的写入：它会复制到各处，应用它的节点都无法再服务。";
    restore_backup: "Restore the backup", "The node takes the last good backup; what was written since then is lost."; "恢复备份", "节点恢复最近的完好备份；此后的写入会丢失。";
    load: "Change the load", "Clients send more or fewer requests than usual."; "改变负载", "客户端发送的请求比平时更多或更少。";
    promote: "Promote", "The operator's button: this node is to become master, whatever the others think."; "提升", "值班人员的按钮：让该节点成为主节点，不论其他节点怎么看。";
    drain: "Drain", "The balancer sends the node no new requests; what is under way there may end."; "排空", "负载均衡器不再把新请求发给该节点；已在处理的请求继续完成。";
    leader_crash: "Crash the manager's leader", "The machine on which the leader of the ensemble runs stops without a word."; "领导者整机崩溃", "集群管理器的领导者所在的机器无声无息地停止。";
    join: "Join the cluster", "The worker claims to be alive at the manager, and gets shards."; "加入集群", "工作节点到集群管理器登记，随后分得分片。";
    accept_loss: "Accept the loss of a shard", "A shard that nobody owns, because no worker lives that surely has all of its data, begins anew with what is left of it. Acknowledged writes are lost."; "接受分片的数据丢失", "没有存活的工作节点确定拥有该分片的全部数据，因此它没有归属；接受丢失后，它以残存的数据重新开始，部分已确认的写入会丢失。";
    add_member: "Add to the ensemble", "A server catches up, and then counts for majorities."; "加入成员", "服务器先追上日志，然后计入多数派。";
    remove_member: "Remove from the ensemble", "From then on majorities are counted without this server."; "移除成员", "此后多数派不再计入这台服务器。";
    leave: "Leave the cluster", "The worker gives its claim back: the manager gives its shards to others at once."; "退出集群", "工作节点交还租约，集群管理器立即把它的分片交给其他工作节点。";
    ready: "Back into rotation", "The balancer sends the drained node requests again."; "重新启用", "负载均衡器重新把请求发给被排空的节点。";
    switchover: "Planned switchover", "The master stops taking writes, lets a standby catch up, and hands over without loss."; "计划切换", "主节点停止写入，等备节点追平后移交，不丢数据。";
}

labels! {
    /// What is measured.
    Figures;

    availability: "Availability of the service", "The share of time in which writes could be done, measured by a probe at every client site."; "服务可用性", "能够完成写入的时间占比，由每个客户端站点的探测测得。";
    availability_reads: "Availability for reads", "The share of time in which reads could be done."; "读可用性", "能够完成读取的时间占比。";
    by_requests: "By requests", "The share of finished requests that succeeded, whatever their retries; a write that timed out is unknown, not failed."; "按请求计", "已结束的请求中成功的占比，不论重试几次；超时的写入算未知，不算失败。";
    by_time: "By time", "1 − outage / time; down from the first of two failed canaries to the first of two good ones."; "按时间计", "1 − 中断时间 / 总时间；从连续两次探测失败的第一次，到连续两次成功的第一次。";
    nines: "Nines", "−log10(1 − availability): each nine more is a tenth of the downtime."; "几个 9", "−log10（1 − 可用性）：每多一个 9，停机时间就减少到十分之一。";
    downtime: "Downtime", "All outages of the service together."; "停机时间", "服务所有中断时间之和。";
    partial: "Partly down", "Time in which fewer than half of the client sites were cut off."; "部分中断", "受影响的客户端站点不到一半的时间。";
    failovers: "Failovers", "How often another node became master without a plan."; "故障切换", "非计划情况下由其他节点成为主节点的次数。";
    split_brains: "Split brain", "How often two nodes were able to acknowledge conflicting writes at one instant."; "脑裂", "同一时刻有两个节点都能确认相互冲突的写入的次数。";
    lost_writes: "Lost writes", "Acknowledged to a client, but absent from the log of the promoted node."; "丢失的写入", "已向客户端确认，却不在被提升节点的日志中。";
    conflicting_writes: "Conflicting writes", "Acknowledged by a superseded master after another had taken over."; "冲突的写入", "别的节点已接替之后，仍由旧主节点确认的写入。";
    unknown_writes: "Unknown writes", "Not answered in time: they may or may not have been done."; "结果未知的写入", "超时未应答：可能已生效，也可能没有。";
    acked_writes: "Acknowledged writes", "The client was told that they are done."; "已确认的写入", "已告知客户端写入完成。";
    failed_writes: "Failed writes", "The client was told that they were not done."; "失败的写入", "已告知客户端写入未完成。";
    stale_reads: "Stale reads", "They missed a write that had been acknowledged before the read was issued."; "陈旧读", "没有读到在读请求发出之前就已确认的写入。";
    served_reads: "Served reads", "Answered in time."; "已应答的读", "及时得到应答的读请求。";
    failed_reads: "Failed reads", "Not answered, or answered with an error."; "失败的读", "没有应答，或应答出错的读请求。";
    mttf: "MTTF", "Mean time to failure: the mean time the service was up before it failed."; "平均无故障时间（MTTF）", "服务在发生故障之前平均正常运行的时长。";
    mttr: "MTTR", "Mean time to repair: the mean length of an outage that is over."; "MTTR", "平均修复时间：已结束的中断的平均时长。";
    mtbf: "MTBF", "Mean time between failures: MTTF + MTTR. The article writes MTBF where it means the mean up time."; "平均故障间隔（MTBF）", "MTTF + MTTR。文章写 MTBF 之处，实际指的是平均无故障时间。";
    mttd: "MTTD", "Mean time to detect: the mean time from the fault to the suspicion."; "平均发现时间（MTTD）", "从故障到被怀疑的平均时长。";
    recovery_time: "Worst outage", "The achieved recovery time; it stands against the objective (RTO)."; "最长中断", "实际达到的恢复时间，与目标（RTO）对照。";
    data_loss: "Lost at worst", "The achieved loss: most writes lost by one failover; it stands against the objective (RPO)."; "最大丢失", "实际丢失：一次故障切换丢失的最多写入，与目标（RPO）对照。";
    budget: "Error budget", "The downtime that the objective still allows."; "错误预算", "目标所允许的剩余停机时间。";
    burn: "Burn rate", "How many times faster than allowed the budget is used up."; "消耗速率", "错误预算的消耗速度是允许速度的多少倍。";
    notice: "Until it hurt", "From the fault to the first request that failed."; "影响显现前", "从故障发生到第一个请求失败。";

    // The phases of an outage, in order.
    detect: "Detect", "Until a standby suspects the master."; "发现", "直到备节点怀疑主节点失效。";
    decide: "Decide", "Until it is decided who becomes master, failed attempts included."; "决策", "直到决定由谁成为主节点，包括失败的尝试。";
    fence: "Fence", "Until the old master cannot write any more."; "隔离", "直到旧主节点不能再写入。";
    promote: "Promote", "Until the new master has opened its log and takes writes."; "提升", "直到新主节点打开日志并接受写入。";
    redirect: "Redirect", "Until the clients' way leads to the new master."; "切换路由", "直到客户端的请求通向新主节点。";
    resume: "Resume", "Until a canary succeeds again."; "恢复服务", "直到探测重新成功。";
    repair: "Repair", "No promotion ended the outage: this is the time until the fault itself was gone."; "修复", "中断并非因提升而结束：这是故障本身消除所用的时间。";

    // Why there was an outage.
    cause_fault: "Fault", "Something broke."; "故障", "有东西坏了。";
    cause_planned: "Planned", "A switchover or other planned work."; "计划内", "计划切换或其他计划内的操作。";
    cause_overload: "Overload", "More requests than the nodes can serve."; "过载", "请求超出了节点的处理能力。";
    cause_false_alarm: "False alarm", "A healthy master was suspected and replaced."; "误报", "健康的主节点被怀疑并被替换。";
    cause_unknown: "Unknown", "No fault was active when it began."; "未知", "开始时没有正在起作用的故障。";
}
