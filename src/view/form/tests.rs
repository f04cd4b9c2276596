//! Every option has a field, and what the form offers is valid.

use std::collections::BTreeSet;

use super::*;
use crate::scenario::{Scenario, Setup, parse};

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

#[test]
fn every_option_has_a_field() {
    // Texts, and lists that are written rather than filled in: the page with the whole document is for them.
    let written = ["/version", "/title", "/story", "/until_us", "/view", "/network/zones", "/machines/clocks"];
    let mut scenario = Scenario::default();
    let Setup::MasterStandby(setup) = &mut scenario.system else { panic!("the first visit has standbys") };
    setup.fencing.lease = Some(Lease::default());
    setup.fencing.stonith = Some(Stonith::default());
    setup.backup = Some(Backup::default());
    setup.failback_after_us = Some(1);
    scenario.faults.random.push(RandomFaults::default());
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
        let mut wanted = BTreeSet::new();
        leaves(&document, "", &mut wanted);
        // What a manager's lease rules out is not offered.
        let ruled_out = ["/backup", "/fencing/lease", "/fencing/stonith", "/failback_after_us"];
        let managed = document.pointer("/system/master_standby/decision/manager").is_some();
        wanted.retain(|pointer| !(managed && ruled_out.iter().any(|end| pointer.ends_with(end))));
        wanted.retain(|pointer| !written.iter().any(|start| pointer.starts_with(start)));
        let all = Page::ALL.iter().flat_map(|page| fields(&document, *page, Lang::En));
        let covered: BTreeSet<String> = all.map(|field| field.pointer).collect();
        let missing: Vec<_> = wanted.iter().filter(|pointer| !covered.contains(*pointer)).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
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

#[test]
fn every_choice_is_a_good_one_by_itself() {
    let pool = Scenario { system: Setup::Pool(Pool::default()), ..Scenario::default() };
    let documents: Vec<_> = [Scenario::default(), pool].iter().map(to_value).chain(clusters()).collect();
    for (document, page) in documents.iter().flat_map(|document| Page::ALL.map(|page| (document.clone(), page))) {
        for field in fields(&document, page, Lang::En) {
            let contents = match field.control {
                Control::Choice(choices) => choices.into_iter().map(|(_, _, contents)| contents).collect(),
                Control::Present(contents) => vec![contents],
                _ => continue,
            };
            for contents in contents {
                let mut draft = document.clone();
                *draft.pointer_mut(&field.pointer).unwrap() = contents;
                let problems = parse(&draft.to_string()).err();
                assert!(problems.is_none(), "{}: {problems:?}", field.pointer);
            }
        }
    }
}

#[test]
fn random_failures_come_and_go_one_by_one() {
    let mut scenario = Scenario::default();
    scenario.faults.random = vec![RandomFaults { mttf_us: 1_000_000, ..RandomFaults::default() }];
    let mut document = to_value(&scenario);
    let shown = |document: &Value| fields(document, Page::Failures, Lang::En);
    let add = shown(&document).into_iter().find(|field| matches!(field.control, Control::Add(_))).unwrap();
    let (at, longer) = change_list(&document, &add).unwrap();
    *document.pointer_mut(&at).unwrap() = longer;
    let both = shown(&document);
    for index in 0..2 {
        assert!(both.iter().any(|field| field.pointer == format!("/faults/random/{index}/mttf_us")), "{index}");
    }
    let remove = both.iter().find(|field| field.control == Control::Remove).unwrap();
    let (at, shorter) = change_list(&document, remove).unwrap();
    *document.pointer_mut(&at).unwrap() = shorter;
    assert_eq!(document.pointer("/faults/random").unwrap(), &json!([to_value(&RandomFaults::default())]));
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
    assert_eq!(pointer("faults.random[0].mttf_us"), "/faults/random/0/mttf_us");
}
