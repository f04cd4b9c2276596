//! Years in Web Workers: the same bytes as the command line, stopped when one wants, and the way from the lab and back.

use std::process::Command;
use std::{env, fs};

use ha_lab_e2e::lab::repository;
use ha_lab_e2e::{DESKTOP, Lab, PHONE};

/// Types into a field.
fn set(lab: &Lab, id: &str, value: &str) {
    lab.get(id).wait();
    lab.browser.eval(&format!(
        "const field = document.querySelector(\"[data-testid='{id}']\");
         field.value = '{value}';
         field.dispatchEvent(new Event('input', {{bubbles: true}}));"
    ));
}

fn click(lab: &Lab, id: &str) {
    lab.get(id).wait();
    lab.browser.eval(&format!("document.querySelector(\"[data-testid='{id}']\").click()"));
}

/// The figures of the study that is shown, as the page gives them away.
fn figures(lab: &Lab) -> String {
    let file = lab.browser.eval(
        "return decodeURIComponent(document.querySelector(\"[data-testid='y-json']\").href.split(',').slice(1).join(','))",
    );
    file.as_str().expect("a file").to_owned()
}

/// What the command line says of the same plant, years and seed.
fn on_the_command_line(figures: &str) -> String {
    let json: serde_json::Value = serde_json::from_str(figures).expect("figures are JSON");
    let plant = env::temp_dir().join(format!("ha-lab-plant-{}.json", std::process::id()));
    fs::write(&plant, json["plant"].to_string()).expect("a file can be written");
    let run = Command::new(env::var("CARGO").unwrap_or_else(|_| "cargo".into()))
        .current_dir(repository())
        .args(["run", "--locked", "--quiet", "--profile", "checked", "--bin", "halab", "--", "years"])
        .arg(&plant)
        .args(["--years", &json["years"].to_string(), "--seed", &json["seed"].to_string(), "--json"])
        .output()
        .expect("cargo runs");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    String::from_utf8(run.stdout).expect("text")
}

#[test]
fn years_in_workers_give_the_bytes_of_the_command_line() {
    let lab = Lab::open("?lang=en#numbers", DESKTOP);
    for cores in [8, 1] {
        lab.browser.eval(&format!(
            "Object.defineProperty(navigator, 'hardwareConcurrency', {{configurable: true, value: {cores}}})"
        ));
        lab.choose("y-amount", 2);
        set(&lab, "y-seed", "7");
        click(&lab, "y-run");
        lab.get("y-stop").wait();
        lab.get("y-done").wait();
        assert_eq!(lab.get("y-done").text(), "100,000 years simulated.");
        let figures = figures(&lab);
        assert_eq!(figures, on_the_command_line(&figures), "{cores} workers");
    }
    assert!(lab.get("y-verdict").text().contains("in the interval"), "99.987 % is known exactly");
    lab.close();
}

#[test]
fn the_workers_program_is_fetched_when_it_is_first_used() {
    let lab = Lab::open("?lang=en#numbers", DESKTOP);
    let fetched = "return performance.getEntriesByType('resource').filter(e => e.name.includes('worker')).length";
    lab.get("y-run").wait();
    assert_eq!(lab.browser.eval(fetched), 0);
    lab.choose("y-amount", 0);
    click(&lab, "y-run");
    lab.get("y-done").wait();
    assert_eq!(lab.get("y-availability").text().chars().next(), Some('9'));
    lab.close();
}

#[test]
fn what_nodes_have_in_common_is_simulated_in_series_with_them() {
    let lab = Lab::open("?lang=en#numbers", DESKTOP);
    set(&lab, "n-common-cause", "10");
    click(&lab, "y-run");
    lab.get("y-done").wait();
    assert!(lab.get("y-verdict").text().contains("in the interval"), "{}", lab.get("y-verdict").text());
    assert!(lab.get("y-blame").text().contains("Common cause"), "{}", lab.get("y-blame").text());
    lab.close();
}

#[test]
fn a_study_is_stopped_and_keeps_what_it_has() {
    let lab = Lab::open("?lang=en#numbers", DESKTOP);
    lab.choose("y-amount", 3);
    click(&lab, "y-run");
    lab.wait_until("some years are over", || lab.browser.find("[data-testid='y-availability']").is_some());
    click(&lab, "y-stop");
    lab.get("y-done").wait();
    let said = lab.get("y-done").text();
    assert!(said.starts_with("Stopped after ") && said.ends_with(" of 1,000,000 years."), "{said}");
    std::thread::sleep(std::time::Duration::from_millis(800));
    assert_eq!(lab.get("y-done").text(), said, "nobody works on");
    lab.get("y-json").wait();
    lab.close();
}

#[test]
fn what_cannot_be_simulated_is_said_and_so_is_a_program_that_does_not_arrive() {
    for (language, word) in [("en", "at most 16 nodes"), ("zh", "16 个节点")] {
        let lab = Lab::open(&format!("?lang={language}#numbers"), DESKTOP);
        lab.choose("n-architecture", 7);
        set(&lab, "n-nodes", "17");
        lab.wait_until("it is said", || lab.get("y-cannot").text().contains(word));
        lab.close();
    }
    let lab = Lab::open("?lang=en#numbers", DESKTOP);
    lab.browser.eval("document.querySelector(\"meta[name='ha-lab-worker']\").content = 'nowhere.js'");
    click(&lab, "y-run");
    lab.wait_until("it is said", || lab.get("y-trouble").text().contains("in the background"));
}

#[test]
fn from_the_lab_to_years_and_the_worst_outage_opens_in_the_lab() {
    let lab = Lab::open("?lang=en", DESKTOP);
    lab.wait_until("time goes on", || lab.clock() > 3.0);
    lab.pause();
    let before = lab.clock();
    let title = lab.css("h1").text();
    click(&lab, "y-open");
    click(&lab, "y-run");
    lab.wait_until("the crashes are measured and the years are over", || {
        lab.browser.find("[data-testid='y-worst-open']").is_some()
    });
    assert!(lab.get("y-cost").text().contains("measured 200 times"), "{}", lab.get("y-cost").text());
    lab.assert_no_barriers("from the lab to years");
    click(&lab, "y-worst-open");
    lab.wait_until("the worst outage is open", || lab.css("h1").text().contains("worst outage of 1,000 years"));
    assert!(!lab.is_playing(), "and one looks at the moment before it");
    click(&lab, "play");
    lab.wait_until("somebody is down", || !lab.machines("[data-state='down']").is_empty());
    click(&lab, "y-back");
    lab.wait_until("the session is there again", || lab.css("h1").text() == title && lab.clock() >= before);
    assert!(lab.clock() < before + 0.2, "where it was left: {before}, {}", lab.clock());
    lab.close();
}

#[test]
fn a_cluster_of_workers_is_seen_from_one_of_its_shards() {
    let lab = Lab::open("?lang=zh", DESKTOP);
    click(&lab, "scenario-open");
    click(&lab, "preset-worker-crash");
    lab.get("y-open").wait();
    click(&lab, "y-open");
    lab.wait_until("it is said", || lab.get("y-shard").text().contains("一个分片"));
    // Its manager and its balancer fail as well, and failures can be shared.
    assert!(
        lab.browser.find("[data-testid='y-all']").is_some() && lab.browser.find("[data-testid='y-shared']").is_some()
    );
    click(&lab, "y-run");
    lab.get("y-done").wait();
    lab.close();
}

#[test]
fn years_fit_a_phone_without_barriers() {
    for (theme, language) in [("light", "zh"), ("dark", "en")] {
        let lab = Lab::open(&format!("?lang={language}&theme={theme}#numbers"), PHONE);
        lab.choose("y-amount", 2);
        click(&lab, "y-run");
        lab.get("y-done").wait();
        lab.assert_fits_the_width();
        lab.assert_no_barriers(&format!("years on a phone, {theme}, {language}"));
        lab.close();
    }
}
