//! A cluster: workers own shards by the manager's word, and a manager survives its leader.

use std::fs;

use ha_lab_e2e::{DESKTOP, Lab, PHONE, Size};

/// Three members, three workers, three shards, in times for the eye.
const CLUSTER: &str = r#"{ "version": 1, "system": { "cluster": { "data": { "workers": {} } } } }"#;
/// As much as a stage has to hold.
const LARGEST: &str = r#"{ "version": 1, "clients": { "sites": 2 }, "system": { "cluster": { "members": 5,
    "data": { "workers": { "count": 8, "shards": 4 } } } } }"#;

fn open(query: &str, size: Size, scenario: &str) -> Lab {
    let lab = Lab::open(query, size);
    let path = std::env::temp_dir().join(format!("ha-lab-{}-cluster-{}.json", std::process::id(), scenario.len()));
    fs::write(&path, scenario).expect("the file can be written");
    lab.get("scenario-open").click();
    lab.get("file-input").type_text(&path.to_string_lossy());
    lab.wait_until("the workers are there", || !lab.machines("[data-standing='owner']").is_empty());
    lab
}

/// The shards that a worker owns, as its card shows them.
fn owned(lab: &Lab, worker: &str) -> Vec<String> {
    let code = format!(
        "return [...document.querySelectorAll(\"[data-testid='node-{worker}'] .owner:not(.lost)\")].map(e => e.dataset.shard)"
    );
    let shards = lab.browser.eval(&code);
    shards.as_array().into_iter().flatten().filter_map(|shard| shard.as_str().map(str::to_owned)).collect()
}

fn leader(lab: &Lab) -> Option<String> {
    lab.machines("[data-role='leader'][data-state='up']").into_iter().next()
}

#[test]
fn a_workers_shards_move_and_the_manager_survives_its_leader() {
    let lab = open("?lang=en", DESKTOP, CLUSTER);
    assert_eq!(owned(&lab, "0"), ["1"]);
    lab.assert_no_barriers("a cluster");
    lab.get("kill-0").click();
    lab.wait_until("the manager waits for it", || lab.get("node-0").text().contains("manager waits"));
    lab.wait_until("its shard has another owner", || {
        ["1", "2"].iter().any(|worker| owned(&lab, worker).contains(&"1".to_owned()))
    });
    lab.wait_until("the outage is taken apart", || lab.get("incident-shard").text().contains("Shard"));
    lab.wait_until("the log says who owns it", || lab.get("log").text().contains("Shard 1: the manager has made"));
    lab.shot("cluster-worker-down");
    let first = leader(&lab).expect("the manager has a leader");
    lab.get(&format!("kill-{first}")).click();
    lab.wait_until("another member leads", || leader(&lab).is_some_and(|next| next != first));
    lab.wait_until("without its leader the manager's word still holds", || {
        !owned(&lab, "1").is_empty() && !owned(&lab, "2").is_empty()
    });
    lab.get("tab-node").click();
    lab.get("node-0").click();
    lab.get("restart-0").click();
    lab.wait_until("it is back", || lab.get("node-0").attribute("data-standing").as_deref() != Some("gone"));
    lab.assert_no_barriers("a cluster after two crashes");
    lab.close();
}

#[test]
fn the_largest_cluster_fits_a_projector_and_a_phone() {
    for (size, language) in [(DESKTOP, "en"), (DESKTOP, "zh"), (PHONE, "zh")] {
        let lab = open(&format!("?lang={language}"), size, LARGEST);
        lab.assert_fits_the_width();
        lab.get("kill-1").click();
        lab.get("restart-1").wait();
        // What is cut off at the end of its box cannot be read.
        let cut = lab.browser.eval(
            "return [...document.querySelectorAll('.worker .name span, .worker .badge span, .worker .ends span, .worker .acts, .member b, \
               .member .who > span')].filter(e => e.offsetWidth > 0 && e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0)
               .map(e => e.textContent).join(', ');",
        );
        assert_eq!(cut, "", "cut off, {language}, {size:?}");
        if size.width > 1000 {
            let high = lab.browser.eval("return document.documentElement.scrollHeight <= innerHeight");
            assert_eq!(high, true, "everything stands on the projector");
        }
        lab.shot(&format!("cluster-largest-{language}-{}", size.width));
        lab.close();
    }
}

/// The only copy of a shard is wiped two seconds after the start.
const WIPED: &str = r#"{ "version": 1, "system": { "cluster": { "data": { "workers": { "copies": 1 } } } },
    "faults": { "scheduled": [
        { "at_us": 2000000, "do": { "power_loss": { "on": { "node": 0 } } } },
        { "at_us": 2100000, "do": { "wipe_disk": { "on": { "node": 0 } } } },
        { "at_us": 2200000, "do": { "restart": { "on": { "node": 0 } } } } ] } }"#;

#[test]
fn an_operator_accepts_the_loss_of_a_shard_that_nobody_owns() {
    let lab = open("?lang=en", DESKTOP, WIPED);
    lab.wait_until("its card says that nobody owns the shard", || {
        lab.get("node-0").text().contains("no owner: shard 1")
    });
    lab.get("tab-node").click();
    lab.get("node-0").click();
    lab.wait_until("the inspector says why", || lab.get("inspector").text().contains("Nobody owns shard 1"));
    lab.assert_no_barriers("a shard that nobody owns");
    lab.shot("cluster-loss");
    lab.get("accept-0").click();
    lab.get("tab-log").click();
    lab.wait_until("it begins anew", || owned(&lab, "0") == ["1"]);
    lab.wait_until("the log says what it cost", || lab.get("log").text().contains("begin anew with what A has"));
    lab.close();
}
