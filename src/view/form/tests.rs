//! Every option has a field, and what the form offers is valid.

use std::collections::BTreeSet;

use super::*;
use crate::scenario::{
    Action, Distribution, Problem, RandomFaults, Recurring, Scenario, Setup, Target, parse, presets,
};

/// The pointers of all values that are neither objects nor lists, as far as they are for a form.
fn leaves(value: &Value, at: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, inner)| leaves(inner, &format!("{at}/{name}"), found));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, inner)| leaves(inner, &format!("{at}/{index}"), found));
        }
        _ => {
            found.insert(at.to_owned());
        }
    }
}

/// Every page's fields.
fn all_fields(document: &Value) -> Vec<Field> {
    Page::ALL.iter().flat_map(|page| fields(document, *page, Lang::En)).collect()
}

/// Whether a leaf is shown by a field: by one of its own, as a machine of a set, or as part of what is chosen, such as
/// `{"node": 1}`.
fn is_shown(document: &Value, leaf: &str, fields: &[Field]) -> bool {
    let parent = leaf.rsplit_once('/').map_or("", |(parent, _)| parent);
    let is_one_of = |choices: &[Choice], value: &Value| choices.iter().any(|choice| choice.contents == *value);
    fields.iter().any(|field| match &field.control {
        Control::Item(_) => false,
        _ if field.pointer == leaf => true,
        Control::Set(choices, _) => {
            leaf.strip_prefix(&field.pointer).is_some_and(|rest| rest.starts_with('/'))
                && document
                    .pointer(&field.pointer)
                    .and_then(Value::as_array)
                    .is_some_and(|set| set.iter().all(|one| is_one_of(choices, one)))
        }
        Control::Choice(choices) if field.pointer == parent => {
            let value = &document.pointer(parent).unwrap();
            value.as_object().is_some_and(|fields| fields.len() == 1) && is_one_of(choices, value)
        }
        _ => false,
    })
}

/// The leaves that no field shows.
fn hidden(document: &Value) -> Vec<String> {
    let mut wanted = BTreeSet::new();
    leaves(document, "", &mut wanted);
    let fields = all_fields(document);
    wanted.remove("/version");
    if document.pointer("/system/cluster/manager/zookeeper").is_none() {
        // Only ZooKeeper has the nodes on which workers elect.
        wanted.remove("/system/cluster/data/workers/election");
    }
    wanted.into_iter().filter(|leaf| !is_shown(document, leaf, &fields)).collect()
}

/// The documents that hold all that there is, and all ready scenarios.
fn ready() -> impl Iterator<Item = (&'static str, Value)> {
    let everything = [
        ("everything", include_str!("../../../tests/data/everything.json")),
        ("cluster", include_str!("../../../tests/data/cluster.json")),
        ("pool", include_str!("../../../tests/data/pool.json")),
    ];
    let all = everything.into_iter().chain(presets().iter().map(|preset| (preset.name, preset.json)));
    all.map(|(name, text)| (name, to_value(&parse(text).unwrap_or_else(|problems| panic!("{name}: {problems}")))))
}

#[test]
fn every_part_of_every_ready_scenario_can_be_reached() {
    for (name, document) in ready() {
        // A balancer is in the router's place, and only what any holder may answer is spread.
        let mut hidden = hidden(&document);
        let has_balancers = !crate::scenario::mended(&document).layout().balancers.is_empty();
        hidden.retain(|leaf| !(has_balancers && leaf.starts_with("/router")));
        let spread = ["/workers/strategy", "/workers/ejection"];
        let local = document.pointer("/system/cluster/reads") == Some(&json!("local"));
        hidden.retain(|leaf| local || !spread.iter().any(|end| leaf.ends_with(end)));
        let ruled_out = ["/backup", "/fencing/lease", "/fencing/stonith", "/failback_after_us"];
        let managed = document.pointer("/system/master_standby/decision/manager").is_some();
        hidden.retain(|leaf| !(managed && ruled_out.iter().any(|end| leaf.ends_with(end))));
        assert!(hidden.is_empty(), "{name}: {hidden:?}");
    }
}

#[test]
fn what_a_field_shows_is_what_stands_there() {
    for (name, document) in ready() {
        for field in all_fields(&document) {
            let value = document.pointer(&field.pointer).unwrap();
            let fits = match &field.control {
                Control::Number(unit) => unit.read(&unit.show(value)) == *value,
                Control::Flag => value.is_boolean(),
                Control::Text(_) => value.is_string(),
                Control::Choice(choices) => chosen(choices, value).is_some(),
                Control::Set(choices, _) => {
                    let holds = |one: &Value| choices.iter().filter(|choice| choice.contents == *one).count() == 1;
                    value.as_array().unwrap().iter().all(holds)
                }
                Control::Present(_) | Control::List(_) | Control::Item(_) => true,
            };
            assert!(fits, "{name}: {} shows another value than {value}", field.pointer);
            assert!(
                !matches!(&field.control, Control::Item(item) if item.title.is_empty()),
                "{name}: {}",
                field.pointer
            );
        }
    }
}

#[test]
fn every_option_has_a_field() {
    let mut scenario = Scenario::default();
    let Setup::MasterStandby(setup) = &mut scenario.system else { panic!("the first visit has standbys") };
    setup.fencing.lease = Some(Lease::default());
    setup.fencing.stonith = Some(Stonith::default());
    setup.backup = Some(Backup::default());
    setup.failback_after_us = Some(1);
    scenario.faults.random.push(RandomFaults::default());
    scenario.faults.recurring.push(comes_and_goes());
    let mut single = Scenario { system: Setup::SingleNode(SingleNode::default()), ..Scenario::default() };
    single.router = Router::Dns(Dns::default());
    let mut pool = Pool::default();
    pool.balancer.ejection = Some(crate::scenario::Ejection::default());
    pool.worker.warm_up = Some(crate::scenario::WarmUp::default());
    let mut pool = Scenario { system: Setup::Pool(pool), ..Scenario::default() };
    pool.clients.retry_budget = Some(RetryBudget::default());
    let mut pool = to_value(&pool);
    pool.as_object_mut().unwrap().remove("router"); // it has a balancer
    let mut weighted = pool.clone();
    weighted["system"]["pool"]["balancer"]["strategy"] = json!("weighted");
    weighted["system"]["pool"]["balancer"]["weights"] = json!([2, 1, 1]);
    let through_the_log = Cluster { data: crate::scenario::DataPath::ThroughTheLog, ..Cluster::default() };
    let mut ensemble = to_value(&Scenario { system: Setup::Cluster(through_the_log), ..Scenario::default() });
    ensemble["system"]["cluster"]["cold_start"] = json!(true);
    ensemble["system"]["cluster"]["logs"] = json!([3, 2, 1]);
    let documents = [to_value(&scenario), to_value(&single), pool, weighted, ensemble];
    for document in documents.into_iter().chain(clusters()) {
        let mut missing = hidden(&document);
        // What a manager's lease rules out is not offered.
        let ruled_out = ["/backup", "/fencing/lease", "/fencing/stonith", "/failback_after_us"];
        let managed = document.pointer("/system/master_standby/decision/manager").is_some();
        missing.retain(|pointer| !(managed && ruled_out.iter().any(|end| pointer.ends_with(end))));
        assert!(missing.is_empty(), "{missing:?}");
    }
}

fn comes_and_goes() -> Recurring {
    let action = Action::Slow { on: Target::Node(1), permille: 3_000 };
    Recurring { action, mttf_us: 1_000_000, mttr_us: 1_000_000, distribution: Distribution::Fixed }
}

#[test]
fn what_is_offered_to_come_and_go_can_be_undone() {
    let mut scenario = Scenario::default();
    scenario.faults.recurring.push(comes_and_goes());
    for field in all_fields(&to_value(&scenario)) {
        let (true, Control::Choice(kinds)) = (field.pointer == "/faults/recurring/0/do", &field.control) else {
            continue;
        };
        let action = |kind: &Choice| serde_json::from_value::<Action>(kind.contents.clone()).expect("an action");
        assert!(kinds.len() > 12 && kinds.iter().all(|kind| action(kind).undo().is_some()));
        return;
    }
    panic!("the action has a field");
}

/// Workers under both kinds of manager, and a pair under a manager's lease.
fn clusters() -> Vec<Value> {
    use crate::scenario::{Decision, Manager, ManagerLease, Zookeeper};
    let etcd = Cluster::default();
    let zookeeper = Cluster { manager: Manager::Zookeeper(Zookeeper::default()), ..Cluster::default() };
    let decision = Decision::Manager(ManagerLease::default());
    let pair = Setup::MasterStandby(MasterStandby { decision, ..MasterStandby::default() });
    let of = |system| to_value(&Scenario { system, ..Scenario::default() });
    let mut all = vec![of(pair), of(Setup::Cluster(etcd)), of(Setup::Cluster(zookeeper))];
    for cluster in &mut all[1..] {
        cluster.as_object_mut().unwrap().remove("router"); // it has balancers
        cluster["system"]["cluster"]["reads"] = json!("local"); // then they are spread
    }
    all
}

/// Problems of a document with other contents at a place.
fn complaints(document: &Value, pointer: &str, contents: Value) -> Vec<Problem> {
    let mut draft = document.clone();
    *draft.pointer_mut(pointer).unwrap() = contents;
    parse(&draft.to_string()).map_or_else(|problems| problems.0, |_| Vec::new())
}

#[test]
fn every_choice_is_a_good_one_by_itself() {
    let pool = Scenario { system: Setup::Pool(Pool::default()), ..Scenario::default() };
    let documents: Vec<_> = [Scenario::default(), pool].iter().map(to_value).chain(clusters()).collect();
    for (document, page) in documents.iter().flat_map(|document| Page::ALL.map(|page| (document.clone(), page))) {
        for field in fields(&document, page, Lang::En) {
            let contents = match field.control {
                Control::Choice(choices) => choices.into_iter().map(|choice| choice.contents).collect(),
                Control::Present(contents) => vec![contents],
                _ => continue,
            };
            for contents in contents {
                let problems = complaints(&document, &field.pointer, contents);
                assert!(problems.is_empty(), "{}: {problems:?}", field.pointer);
            }
        }
    }
}

#[test]
fn whatever_is_chosen_in_a_schedule_can_be_run() {
    for (name, document) in ready() {
        let mut draft = document.clone();
        draft["network"]["zones"] = json!([[{ "node": 0 }]]);
        for field in fields(&draft, Page::Schedule, Lang::En) {
            let Control::Choice(choices) = &field.control else { continue };
            for choice in choices {
                let problems = complaints(&draft, &field.pointer, choice.contents.clone());
                // A link has two ends: who is at the other one already makes none.
                let is_end =
                    ["/from", "/to", "/between/0", "/between/1"].iter().any(|end| field.pointer.ends_with(end));
                let is_fine = problems.iter().all(|one| is_end && one.expected.to_string() == "two different machines");
                assert!(is_fine, "{name}: {} = {}: {problems:?}", field.pointer, choice.contents);
            }
        }
    }
}

#[test]
fn another_action_keeps_whom_the_one_before_was_for() {
    let mut document = to_value(&Scenario::default());
    document["faults"]["scheduled"] = json!([{ "at_us": 1_000_000, "do": { "freeze": { "on": { "node": 1 } } } }]);
    let choose = |document: &Value, tag: &str| {
        let shown = fields(document, Page::Schedule, Lang::En);
        let what = shown.iter().find(|field| field.pointer == "/faults/scheduled/0/do").unwrap();
        let Control::Choice(choices) = &what.control else { panic!("a choice") };
        choices.iter().find(|choice| variant(&choice.contents) == tag).unwrap().contents.clone()
    };
    assert_eq!(choose(&document, "gray"), json!({ "gray": { "on": { "node": 1 }, "hang": false } }));
    assert_eq!(choose(&document, "cut")["cut"]["from"], json!({ "node": 1 }));
    document["faults"]["scheduled"][0]["do"] = json!({ "freeze": { "on": { "site": 0 } } });
    assert_eq!(choose(&document, "gray")["gray"]["on"], json!("master"), "a site has no requests to fail");
}

#[test]
fn lists_grow_and_shrink_one_by_one() {
    for (name, document) in ready() {
        for list in all_fields(&document).iter().filter(|field| matches!(field.control, Control::List(_))) {
            let (at, longer) = change_list(&document, list).expect("no list is full");
            assert_eq!(at, list.pointer);
            assert_eq!(complaints(&document, &at, longer.clone()), [], "{name}: {at}");
            let mut draft = document.clone();
            *draft.pointer_mut(&at).unwrap() = longer;
            let shown = all_fields(&draft);
            let index = document.pointer(&at).unwrap().as_array().unwrap().len();
            let item = format!("{at}/{index}");
            let is_item = |field: &&Field| field.pointer == item && matches!(field.control, Control::Item(_));
            let item = shown.iter().find(is_item).expect("the new item is shown");
            let (_, shorter) = change_list(&draft, item).unwrap();
            assert_eq!(document.pointer(&at).unwrap(), &shorter, "{name}: {at}");
        }
    }
}

#[test]
fn a_full_list_takes_no_more() {
    let mut document = to_value(&Scenario::default());
    document["network"]["zones"] = json!([[], [], [], [], [], [], [], []]);
    let shown = fields(&document, Page::Machines, Lang::En);
    let list = shown.iter().find(|field| field.pointer == "/network/zones").unwrap();
    assert_eq!(list.control, Control::List(None));
    assert_eq!(change_list(&document, list), None);
}

#[test]
fn a_machine_belongs_to_one_zone_only() {
    let mut document = to_value(&Scenario::default());
    document["network"]["zones"] = json!([[{ "node": 0 }, { "node": 1 }], []]);
    let toggle = |document: &mut Value, zone: &str, name: &str| {
        let shown = fields(document, Page::Machines, Lang::En);
        let is_it = |field: &&Field| field.pointer == zone && matches!(field.control, Control::Set(..));
        let field = shown.iter().find(is_it).unwrap();
        let Control::Set(choices, _) = &field.control else { unreachable!() };
        let place = choices.iter().position(|choice| choice.name == name).unwrap();
        let (at, value) = toggled(document, field, place).unwrap();
        *document.pointer_mut(&at).unwrap() = value;
    };
    toggle(&mut document, "/network/zones/1", "A");
    assert_eq!(document["network"]["zones"], json!([[{ "node": 1 }], [{ "node": 0 }]]));
    toggle(&mut document, "/network/zones/1", "A");
    assert_eq!(document["network"]["zones"], json!([[{ "node": 1 }], []]));
    toggle(&mut document, "/machines/down", "B");
    assert_eq!(
        document["machines"]["down"],
        json!([{ "node": 1 }]),
        "zones and who is down know nothing of each other"
    );
}

#[test]
fn what_the_system_lost_is_still_shown_and_can_be_removed() {
    let mut document = to_value(&Scenario::default());
    document["system"]["master_standby"]["standbys"] = json!(1);
    document["faults"]["scheduled"] = json!([{ "at_us": 1, "do": { "freeze": { "on": { "node": 2 } } } }]);
    document["network"]["zones"] = json!([[{ "node": 2 }]]);
    let all = all_fields(&document);
    let problems = parse(&document.to_string()).unwrap_err();
    assert_eq!(problems.0.len(), 2);
    for one in &problems.0 {
        let field = &all[field_of(&all, &one.path).unwrap_or_else(|| panic!("{}: at no field", one.path))];
        let (Control::Choice(choices) | Control::Set(choices, _)) = &field.control else { panic!("{field:?}") };
        assert_eq!(choices.last().unwrap().name, "C (not in this system)");
    }
}

#[test]
fn a_problem_is_shown_at_the_field_that_it_is_about() {
    let cases = [
        (json!([{ "at_us": -1, "do": "heal" }]), "/faults/scheduled/0/at_us"),
        (json!([{ "at_us": "soon", "do": "heal" }]), "/faults/scheduled/0/at_us"),
        (json!([{ "between_us": [2, 1], "do": "heal" }]), "/faults/scheduled/0/between_us/0"),
        (json!([{ "between_us": [1, "x"], "do": "heal" }]), "/faults/scheduled/0/between_us/1"),
        (
            json!([{ "at_us": 1, "do": { "slow": { "on": "master", "permille": 0 } } }]),
            "/faults/scheduled/0/do/slow/permille",
        ),
        (
            json!([{ "at_us": 1, "do": { "cut": { "from": "master", "to": "master", "both_ways": true } } }]),
            "/faults/scheduled/0/do/cut/to",
        ),
        (
            json!([{ "at_us": 1, "do": { "partition": { "groups": [["master"], []] } } }]),
            "/faults/scheduled/0/do/partition/groups",
        ),
        (json!([{ "at_us": 1, "do": { "restore_backup": { "on": "master" } } }]), "/faults/scheduled/0/do"),
    ];
    for (scheduled, wanted) in cases {
        let mut document = to_value(&Scenario::default());
        document["faults"]["scheduled"] = scheduled;
        let problems = parse(&document.to_string()).unwrap_err();
        let shown = fields(&document, Page::Schedule, Lang::En);
        let found = field_of(&shown, &problems.0[0].path).map(|place| shown[place].pointer.as_str());
        assert_eq!(found, Some(wanted), "{problems}");
    }
    // What is about something deep inside a choice is for the page that shows it.
    let document = to_value(&Scenario::default());
    assert_eq!(field_of(&fields(&document, Page::System, Lang::En), "system.master_standby.replication.mode"), None);
}

#[test]
fn numbers_are_read_as_they_are_shown() {
    for (unit, shown, stored) in
        [(Unit::Ms, "0.5", 500), (Unit::Seconds, "5", 5_000_000), (Unit::Ppm, "99.9", 999_000), (Unit::Count, "3", 3)]
    {
        assert_eq!(unit.read(shown), json!(stored));
        assert_eq!(unit.show(&json!(stored)), shown);
    }
    assert_eq!(Unit::Ms.read("soon"), json!("soon"));
    assert_eq!(Unit::Drift.show(&json!(-20_000)), "-0.02");
    assert_eq!(Unit::Seconds.between((0, 3_600_000_000), Lang::En), "a number from 0 to 3600 s");
    assert_eq!(Unit::Ppm.between((0, 1_000_000), Lang::Zh), "从 0 到 100% 的数字");
    assert_eq!(pointer("faults.random[0].mttf_us"), "/faults/random/0/mttf_us");
}
