//! Every sentence exists in both languages and is well formed.

mod cluster;
mod ensembles;
mod numbers;
mod predict;
mod problem;
mod registry;

use super::*;
use crate::ha::message::{Brief, Command, InSync, Kind, OpKind, Pos, Refusal, RequestId, Timer};
use crate::ha::note::{FencedBy, Note, Outcome, Stale, StepDown};
use crate::ha::{Ha, Layout};
use crate::measure::{Live, Service};
use crate::scenario::{Action, Run, Scenario, Target, Unable, presets};
use crate::sim::{CloseReason, Event, Fault, Loss, MachineId, Origin, SimTime, Status, Ticket, Tier, Wire};

fn names() -> Names {
    Names::new(&Layout::new(5, true, 2, true, true, true, 2))
}

fn m(index: usize) -> MachineId {
    MachineId::from_index(index)
}

fn is_han(c: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&c)
}

/// What is wrong with a text in a language, if anything.
fn flaw(lang: Lang, text: &str) -> Option<String> {
    let chars: Vec<char> = text.chars().collect();
    if text.contains(['{', '}']) {
        return Some("a brace is left over".into());
    }
    if text.contains("  ") || text.trim() != text {
        return Some("superfluous space".into());
    }
    if chars.windows(3).any(|three| three[1] == ' ' && is_han(three[0]) && is_han(three[2])) {
        return Some("a space between two Han characters".into());
    }
    for pair in chars.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        let ascii = |c: char| ",.;:!?()\"'".contains(c);
        if is_han(a) && ascii(b) || ascii(a) && is_han(b) {
            return Some(format!("ASCII punctuation next to Han: {a}{b}"));
        }
        if is_han(a) && b.is_ascii_alphanumeric() || a.is_ascii_alphanumeric() && is_han(b) {
            return Some(format!("no space between Han and Latin: {a}{b}"));
        }
        let full = |c: char| "，。；：！？（）、“”".contains(c);
        if lang == Lang::Zh && (full(a) && b == ' ' || a == ' ' && full(b)) {
            return Some(format!("a space beside full-width punctuation: {a}{b}"));
        }
    }
    match lang {
        Lang::En if chars.iter().any(|c| is_han(*c)) => Some("Han in English".into()),
        Lang::Zh if !chars.iter().any(|c| is_han(*c)) => Some("no Han in Chinese".into()),
        _ => None,
    }
}

fn check_sentence(what: &str, of: impl Fn(Lang) -> String) {
    for lang in Lang::ALL {
        let text = of(lang);
        let fine = flaw(lang, &text);
        assert_eq!(fine, None, "{what}: {text}");
        let end = words!(lang, '.', '。');
        assert!(text.ends_with(end), "{what} ends without a full stop: {text}");
        assert!(!text.ends_with("..") && !text.ends_with("。。"), "{what}: {text}");
        if lang == Lang::En {
            assert!(!text.starts_with(|c: char| c.is_ascii_lowercase()), "{what} begins small: {text}");
        }
    }
}

fn notes() -> Vec<Note> {
    let id = RequestId { site: 1, ordinal: 12, canary: false };
    let canary = RequestId { canary: true, ..id };
    let at = Pos { epoch: 2, index: 128 };
    let set = InSync { epoch: 2, version: 3, members: 0b0111 };
    let mut notes = vec![
        Note::Routed { to: m(1), epoch: 2 },
        Note::Health { node: m(1), up: true },
        Note::Health { node: m(1), up: false },
        Note::Suspected { master: m(0), silent_us: 3_000_000 },
        Note::NoMaster { silent_us: 3_000_000 },
        Note::Trusted { master: m(0) },
        Note::Canvassing { epoch: 2, last: at },
        Note::Decided { epoch: 2, votes: 2, needed: 2, logs_read: 2 },
        Note::Decided { epoch: 2, votes: 1, needed: 1, logs_read: 1 },
        Note::CanvassFailed { epoch: 2, votes: 1, needed: 2 },
        Note::OperatorCalled { by: m(1), fencing: true },
        Note::OperatorCalled { by: m(1), fencing: false },
        Note::OperatorActs { node: m(1), epoch: 2 },
        Note::FenceOrdered { target: m(0), order: 1 },
        Note::FenceFailed { target: m(0), order: 1 },
        Note::Promoting { epoch: 2, last: at, takes_us: 400_000 },
        Note::Promoting { epoch: 2, last: at, takes_us: 0 },
        Note::BecameMaster { epoch: 2, base: at, logs_read: 2 },
        Note::BecameMaster { epoch: 1, base: Pos::default(), logs_read: 1 },
        Note::Follows { master: m(1), epoch: 2 },
        Note::InSyncSet { set },
        Note::InSyncSet { set: InSync::default() },
        Note::Degraded { on: true, needed: 1 },
        Note::Degraded { on: false, needed: 1 },
        Note::Rewound { to: at, dropped: 1 },
        Note::Rewound { to: at, dropped: 3 },
        Note::Copied { pos: at },
        Note::CaughtUp { pos: at },
        Note::DiskFailed,
        Note::Reserved { node: m(1), epoch: 2 },
        Note::Mounted { pos: at },
        Note::Overwritten { by: m(0), epoch: 1, dropped: 3 },
        Note::Unreadable { from: m(1), end: at },
        Note::Decided { epoch: 2, votes: 2, needed: 2, logs_read: 0 },
        Note::Poisoned { pos: at },
        Note::BackedUp { pos: at },
        Note::Restoring { pos: at, takes_us: 10_000_000 },
        Note::SwitchoverBegan { to: m(1) },
        Note::SwitchoverFailed { to: m(1) },
        Note::TurnedGray { hang: true },
        Note::TurnedGray { hang: false },
        Note::Recovered,
        Note::Ejected { node: m(1), failures: 5, for_us: 30_000_000 },
        Note::Reinstated { node: m(1) },
        Note::Draining { node: m(1) },
        Note::Drained { node: m(1) },
        Note::Ready { node: m(1) },
        Note::NobodyIn,
        Note::RetriesStopped { on: true },
        Note::RetriesStopped { on: false },
        Note::QueueFull { waiting: 0 },
        Note::QueueFull { waiting: 25 },
        Note::QueueEased { waiting: 12 },
    ];
    for kind in [OpKind::Read, OpKind::Write, OpKind::Poison] {
        for id in [id, canary] {
            notes.push(Note::Issued { id, kind, key: 3 });
            notes.extend([Outcome::Done, Outcome::Failed, Outcome::Unknown].map(|outcome| Note::Finished {
                id,
                kind,
                key: 3,
                outcome,
                version: at,
            }));
        }
    }
    notes.extend([0, 1, 2].map(|standbys| Note::Acknowledged { id, pos: at, standbys }));
    notes.extend(REFUSALS.map(|why| Note::Voted { candidate: m(1), epoch: 2, why }));
    notes.extend(
        [Stale::Append, Stale::Response, Stale::Route, Stale::Heartbeat, Stale::Storage]
            .map(|what| Note::StaleRefused { from: m(0), epoch: 1, newest: 2, what }),
    );
    notes.extend(
        [StepDown::NewerEpoch, StepDown::LeaseLost, StepDown::Handover].map(|why| Note::SteppedDown { epoch: 1, why }),
    );
    notes.extend(
        [
            FencedBy::Nothing,
            FencedBy::PowerCut,
            FencedBy::Lease,
            FencedBy::Epoch,
            FencedBy::Operator,
            FencedBy::Handover,
        ]
        .map(|by| Note::Fenced { epoch: 2, by }),
    );
    notes
}

const REFUSALS: [Refusal; 6] = [
    Refusal::None,
    Refusal::HearsMaster,
    Refusal::AlreadyVoted,
    Refusal::BehindMe,
    Refusal::NotInSync,
    Refusal::Amnesia,
];

#[test]
fn every_note_is_a_sentence_in_both_languages() {
    let names = names();
    for what in notes() {
        // By a data node, by the candidate itself, and by those whose names are words.
        for machine in [0, 1, 9, 10, 11] {
            let told = Event::Note { machine: m(machine), lane: 0, note: what };
            check_sentence(&format!("{told:?}"), |lang| event(lang, &told, &names));
        }
    }
}

#[test]
fn every_fault_is_a_sentence_in_both_languages() {
    let names = names();
    let a = m(0);
    let faults: Vec<Fault<Ha>> = vec![
        Fault::ProcessCrash(a),
        Fault::MachineCrash(a),
        Fault::PowerLoss(a),
        Fault::Restart(a),
        Fault::WipeDisk(a),
        Fault::Freeze(a),
        Fault::Thaw(a),
        Fault::Slow(a, 10_000),
        Fault::Slow(a, 1000),
        Fault::SlowDisk(a, 2_500),
        Fault::SlowDisk(a, 1000),
        Fault::DiskFull(a, true),
        Fault::DiskFull(a, false),
        Fault::Cut(a, m(11)),
        Fault::Mend(m(11), a),
        Fault::partition(13, |machine| machine.number() % 3),
        Fault::Heal,
        Fault::Loss(a, m(1), 200_000),
        Fault::Loss(a, m(1), 0),
        Fault::Delay(a, m(1), 150_000, 0),
        Fault::Delay(a, m(1), 0, 0),
        Fault::ClockJump(a, -5_000_000),
        Fault::ClockJump(a, 5_000_000),
        Fault::ClockRate(a, 200_000),
        Fault::ClockRate(a, -200_000),
        Fault::ClockRate(a, 0),
        Fault::Command(a, Command::Promote),
        Fault::Command(a, Command::AcceptLoss(2)),
        Fault::Command(a, Command::Switchover(None)),
        Fault::Command(a, Command::Switchover(Some(m(1)))),
        Fault::Command(a, Command::Gray { hang: true }),
        Fault::Command(a, Command::Gray { hang: false }),
        Fault::Command(a, Command::Recover),
        Fault::Command(a, Command::BadRelease),
        Fault::Command(a, Command::Restore),
        Fault::Command(m(11), Command::SendPoison),
        Fault::Command(m(11), Command::Load(3_000)),
        Fault::Command(m(11), Command::Load(1_000)),
        Fault::Command(m(11), Command::Drain(a)),
        Fault::Command(m(11), Command::Ready(a)),
    ];
    for what in faults {
        for origin in [Origin::Hand, Origin::Schedule, Origin::Random, Origin::Process] {
            let told = Event::Fault { origin, fault: what };
            check_sentence(&format!("{told:?}"), |lang| event(lang, &told, &names));
        }
    }
}

#[test]
fn every_message_and_wire_event_is_a_sentence_in_both_languages() {
    let names = names();
    let (from, to) = (m(0), m(9));
    let mut all: Vec<Event<Ha>> = vec![
        Event::Held { id: 1, from, to },
        Event::Resent { id: 1, from, to, arrives: SimTime::from_us(61_540_000) },
        Event::Opened { machine: from, peer: to },
        Event::Synced { machine: from, ticket: Ticket::FIRST },
    ];
    all.extend([CloseReason::Reset, CloseReason::Refused, CloseReason::TimedOut].map(|reason| Event::Closed {
        machine: from,
        peer: to,
        reason,
    }));
    all.extend([Loss::Random, Loss::Cut, Loss::Down, Loss::Overflow, Loss::Closed].map(|why| Event::Lost {
        id: 1,
        from,
        to,
        why,
    }));
    for status in [Status::Up, Status::Frozen, Status::Crashed, Status::Starting, Status::Down, Status::Booting] {
        all.extend([0, 1, 7].map(|lost_writes| Event::Machine { machine: from, status, lost_writes }));
        assert!(Lang::ALL.map(|lang| super::status(lang, status)).iter().all(|word| !word.is_empty()));
    }
    for kind in KINDS {
        for (canary, number, count) in [(false, 3, 0), (true, 3, 1), (false, 0, 5)] {
            let brief = Brief { kind, canary, epoch: 2, number, count, lane: 0 };
            all.push(Event::Sent { id: 1, from, to, wire: Wire::Datagram, arrives: SimTime::ZERO, brief });
            all.push(Event::Arrived { id: 1, from, to, brief });
        }
    }
    all.extend(TIMERS.map(|timer| Event::Fired { machine: from, timer }));
    for told in all {
        check_sentence(&format!("{told:?}"), |lang| event(lang, &told, &names));
    }
}

const KINDS: [Kind; 29] = [
    Kind::ReadRequest,
    Kind::WriteRequest,
    Kind::Done,
    Kind::NotMaster,
    Kind::Failed,
    Kind::Check,
    Kind::CheckReply,
    Kind::Announce,
    Kind::WhoHas,
    Kind::DnsUpdate,
    Kind::DnsQuery,
    Kind::DnsAnswer,
    Kind::Heartbeat,
    Kind::HeartbeatReply,
    Kind::Follow,
    Kind::Append,
    Kind::AppendReply,
    Kind::AppendRefused,
    Kind::Copy,
    Kind::Canvass,
    Kind::VoteGranted,
    Kind::VoteRefused,
    Kind::SetInSync,
    Kind::InSyncRecorded,
    Kind::Handover,
    Kind::Fence,
    Kind::FenceReply,
    Kind::Page,
    Kind::Promote,
];

const TIMERS: [Timer; 26] = [
    Timer::Heartbeat,
    Timer::Silence,
    Timer::Canvass,
    Timer::Lease,
    Timer::LeaseWait,
    Timer::Recovery,
    Timer::Fence,
    Timer::FenceDone(1),
    Timer::Operator,
    Timer::Degrade,
    Timer::Failback,
    Timer::Switchover,
    Timer::Backup,
    Timer::Restore,
    Timer::DiskRetry,
    Timer::Check(1),
    Timer::CheckTimeout(1),
    Timer::Arrival,
    Timer::Canary,
    Timer::Request(7),
    Timer::Retry(7),
    Timer::Ttl,
    Timer::Work(3),
    Timer::Upstream(3),
    Timer::Ejection(1),
    Timer::Tally,
];

#[test]
fn the_reason_is_in_the_sentence() {
    let names = names();
    let said = |machine, note| {
        let told = Event::Note { machine: m(machine), lane: 0, note };
        Lang::ALL.map(|lang| event(lang, &told, &names))
    };
    assert_eq!(
        said(1, Note::Decided { epoch: 2, votes: 4, needed: 4, logs_read: 3 }),
        [
            "B is to be master in epoch 2: 4 of 6 voters agreed, 4 were needed; 3 standby logs were read, its own included.",
            "决定由 B 在纪元 2 成为主节点：6 个投票成员中 4 个同意，需要 4 个；共读过 3 份备节点日志（含自己的）。",
        ]
    );
    assert_eq!(
        said(5, Note::Voted { candidate: m(1), epoch: 2, why: Refusal::HearsMaster }),
        [
            "W refuses B its vote in epoch 2: it still hears the master.",
            "W 在纪元 2 拒绝投票给 B：它仍能收到主节点的心跳。",
        ]
    );
    assert_eq!(
        said(11, Note::Issued { id: RequestId { site: 0, ordinal: 12, canary: false }, kind: OpKind::Write, key: 3 }),
        ["Site 1 issues request 12: write of key 3.", "站点 1 发出请求 12：写键 3。"]
    );
}

#[test]
fn who_goes_on_alone_says_what_can_be_lost() {
    let said = |mode: &str, decision: &str| {
        let system = format!(
            r#"{{"master_standby": {{"decision": {decision},
                "replication": {{"mode": {mode}, "fallback": {{"degrade": {{}}}}}}}}}}"#
        );
        let scenario =
            crate::scenario::parse(&format!(r#"{{"version": 1, "system": {system}}}"#)).expect("it is valid");
        let names = Names::of(&scenario.config(1));
        let told = Event::Note { machine: m(0), lane: 0, note: Note::Degraded { on: true, needed: 1 } };
        check_sentence("alone", |lang| event(lang, &told, &names));
        event(Lang::En, &told, &names)
    };
    let (semi, alone) = (r#"{"semi_sync": {"standbys": 1}}"#, r#"{"alone": {}}"#);
    // The agreed set costs availability, not data; agreed with nobody, it keeps nothing.
    assert!(said(r#""sync""#, r#""majority""#).ends_with("is lost only with its disk."));
    for (mode, decision) in [(semi, r#""majority""#), (r#""sync""#, alone)] {
        assert!(said(mode, decision).ends_with("so they can be lost."), "{mode} {decision}");
    }
}

#[test]
fn machines_are_called_by_their_part() {
    let names = names();
    let en: Vec<String> = names.machines().map(|machine| names.name(Lang::En, machine)).collect();
    assert_eq!(en[..8], ["A", "B", "C", "D", "E", "W", "P1", "P2"]);
    assert_eq!(en[8..], ["the name server", "the fencing device", "the operator", "site 1", "site 2"]);
    assert_eq!(names.heading(Lang::En, m(10)), "Operator");
    assert_eq!(names.heading(Lang::Zh, m(12)), "站点 2");
    assert_eq!(names.members(Lang::Zh, 0b10101), "A、C、E");
}

#[test]
fn fixed_texts_are_well_formed() {
    // Words that are the same in both languages, or belong to the other one on purpose.
    let foreign = ["other_language", "percent_sign", "unit_percent", "unit_ms", "key_shift"];
    for (field, texts) in Texts::ALL.iter().chain(ClusterTexts::ALL).chain(ScheduleTexts::ALL).chain(YearsTexts::ALL) {
        for (lang, text) in Lang::ALL.into_iter().zip(texts) {
            assert!(!text.is_empty(), "{field} is empty");
            let flaw = flaw(lang, text);
            assert!(flaw.is_none() || foreign.contains(field), "{field}: {}: {text}", flaw.unwrap_or_default());
        }
    }
}

#[test]
fn every_label_has_a_name_and_one_sentence_that_explains_it() {
    for (field, labels) in Options::ALL
        .iter()
        .chain(PoolOptions::ALL)
        .chain(ClusterOptions::ALL)
        .chain(ScheduleOptions::ALL)
        .chain(Actions::ALL)
        .chain(Figures::ALL)
    {
        for (lang, label) in Lang::ALL.into_iter().zip(labels) {
            assert!(label.name.chars().count() <= 32, "{field} is too long for a control: {}", label.name);
            // Abbreviations such as DNS are names in every language.
            let name = flaw(lang, label.name).filter(|flaw| flaw != "no Han in Chinese");
            assert_eq!(name, None, "{field}: {}", label.name);
            assert_eq!(flaw(lang, label.explain), None, "{field}: {}", label.explain);
            assert!(label.explain.ends_with(words!(lang, '.', '。')), "{field}: {}", label.explain);
        }
    }
}

#[test]
fn a_live_region_tells_the_turns_only() {
    let names = names();
    let told = |note| announcement(Lang::En, &Event::Note { machine: m(1), lane: 0, note }, &names);
    assert!(told(Note::Suspected { master: m(0), silent_us: 3_000_000 }).is_some());
    assert!(told(Note::CaughtUp { pos: Pos::default() }).is_none());
}

#[test]
fn tags_of_languages_are_understood() {
    assert_eq!(
        ["zh", "zh-TW", "ZH-hans", "en", "de", ""].map(Lang::from_tag).map(Lang::tag),
        ["zh-CN", "zh-CN", "zh-CN", "en", "en", "en"]
    );
}

#[test]
fn the_story_of_a_failover_can_be_read() {
    let scenario = Scenario::default();
    let mut run = Run::new(&scenario, 1);
    let names = Names::new(run.layout());
    let mut told = Vec::new();

    run.start(&mut told);
    run.run_until(SimTime::from_us(8_000_000), &mut told);
    run.act(&Action::MachineCrash { on: Target::Master }, &mut told).unwrap();
    run.run_until(SimTime::from_us(20_000_000), &mut told);

    // All that was said is well formed, also of messages and timers.
    for (_, what) in &told {
        check_sentence(&format!("{what:?}"), |lang| event(lang, what, &names));
    }
    // The turns come in this order, each with its reason.
    let story = |lang| -> Vec<String> {
        let turns = told.iter().filter(|(_, what)| what.tier() == Tier::Story);
        turns.map(|(_, what)| event(lang, what, &names)).collect()
    };
    let turns = [
        ("A crashes, the whole machine (by hand).", "A 整机崩溃（手动）。"),
        ("suspects A: no heartbeat for ", "怀疑 A 已失效：已有 "),
        ("asks the voters whether it may be master in epoch 2", "向投票成员征询能否在纪元 2 成为主节点"),
        ("is to be master in epoch 2: 2 of 3 voters agreed", "在纪元 2 成为主节点：3 个投票成员中 2 个同意"),
        ("is master now, epoch 2: it starts from log ", "成为主节点，纪元 2：从日志 "),
        ("P1 now sends writes to ", "P1 现在把写请求发往 "),
    ];
    for lang in Lang::ALL {
        let story = story(lang);
        let mut rest = story.iter().skip_while(|said| !said.contains(words!(lang, "(by hand)", "（手动）")));
        for (en, zh) in turns {
            let turn = match lang {
                Lang::En => en,
                Lang::Zh => zh,
            };
            assert!(rest.any(|said| said.contains(turn)), "“{turn}” is not in its place:\n{}", story.join("\n"));
        }
    }
}

#[test]
fn the_stories_of_all_ready_scenarios_can_be_told() {
    for preset in presets() {
        let scenario = crate::scenario::parse(preset.json).unwrap();
        let mut run = Run::new(&scenario, scenario.seed);
        let names = Names::of(run.world().config());
        let mut told = Vec::new();

        run.start(&mut told);
        run.run_until(SimTime::from_us(40_000_000), &mut told);
        for (index, (_, what)) in told.iter().enumerate() {
            if what.tier() == Tier::Story || index % 50 == 0 {
                check_sentence(&format!("{}: {what:?}", preset.name), |lang| event(lang, what, &names));
            }
        }
    }
}

#[test]
fn what_is_told_of_the_whole_is_in_both_languages() {
    for count in [1, 3] {
        check_sentence("moved", |lang| moved_to_redo(lang, count));
    }
    let since = SimTime::from_us(10_050_000);
    for writes in [Live::Unanswered { since }, Live::PartlyDown, Live::Down] {
        let service = Service { writes, reads: Live::Up };
        check_sentence("the service", |lang| service_turns(lang, service).expect("worth saying"));
    }
    assert_eq!(live(Lang::En, Live::Unanswered { since }), "unanswered since 00:10.050");
    assert_eq!(live(Lang::Zh, Live::Unanswered { since }), "00:10.050 起暂无应答");
}

#[test]
fn every_action_can_be_named_and_refused() {
    let on = Target::Node(0);
    let between = (Target::Master, Target::Site(1));
    let actions = [
        Action::MachineCrash { on: Target::Standby },
        Action::Slow { on, permille: 10_000 },
        Action::DiskFull { on, full: false },
        Action::Cut { from: on, to: Target::Site(0), both_ways: false },
        Action::Partition { groups: vec![vec![on, Target::Witness], vec![Target::Proxy(1)]] },
        Action::Heal,
        Action::Loss { between, ppm: 200_000 },
        Action::Delay { between, latency_us: 50_000, jitter_us: 5_000 },
        Action::ZoneDown { zone: 0 },
        Action::ClockJump { on, by_us: -5_000_000 },
        Action::ClockRate { on: Target::Fencer, ppb: 200_000 },
        Action::Load { permille: 3_000 },
        Action::Switchover { to: Some(Target::Node(2)) },
        Action::Switchover { to: None },
        Action::Drain { on },
        Action::Ready { on: Target::Node(1) },
        Action::MachineCrash { on: Target::Balancer(0) },
        Action::AcceptLoss { shard: 1 },
    ];
    for what in &actions {
        for lang in Lang::ALL {
            let text = action(lang, what);
            assert_eq!(flaw(lang, &text), None, "{what:?}: {text}");
            assert!(text.starts_with(action_label(lang, what).name), "{text}");
        }
    }
    assert_eq!(action(Lang::En, &actions[1]), "Slow down: A, 10×");
    assert_eq!(action(Lang::Zh, &actions[3]), "断开链路：A → 站点 1");
    for why in [
        Unable::NoSuchMachine(Target::Dns),
        Unable::NobodyIs(Target::OldMaster),
        Unable::NotADataNode(Target::Site(0)),
        Unable::NotRunning(Target::Master),
        Unable::NotRunning(Target::Node(1)),
        Unable::TooMany(4_096),
        Unable::NoSuchZone(3),
        Unable::NoSuchShard(3),
        Unable::ShardHasOwner(0),
        Unable::NobodyToOwn(1),
        Unable::Stateless,
        Unable::NoBalancer,
        Unable::SameMachine,
        Unable::Groups,
    ] {
        check_sentence(&format!("{why:?}"), |lang| unable(lang, &why));
    }
}
