//! The command line, as a user meets it: the built program with real arguments and files.
#![cfg(not(target_arch = "wasm32"))]

#[path = "support/halab.rs"]
mod program;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use program::{halab, prints, refuses};
use serde_json::Value;

/// A file of this test; `name` has to be unique.
fn file(name: &str, content: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, content).expect("a file for the test");
    path
}

fn json(arguments: &[&str]) -> Value {
    serde_json::from_str(&prints(arguments)).expect("JSON")
}

#[test]
fn list_has_one_scenario_a_line_name_first() {
    let list = prints(&["list"]);
    let names: Vec<_> = list.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(names.contains(&"crash") && names.contains(&"split-brain-prevented"), "{list}");
    assert_eq!(names.len(), ha_lab::scenario::presets().len());
}

#[test]
fn a_run_gives_its_figures_as_json() {
    let run = json(&["run", "crash", "--json"]);
    assert_eq!(run["engine_version"], env!("CARGO_PKG_VERSION"));
    assert_eq!((&run["seed"], &run["until_us"]), (&Value::from(1), &Value::from(60_000_000)));
    let hash = run["trace_hash"].as_str().unwrap();
    assert!(hash.len() == 16 && hash.bytes().all(|digit| digit.is_ascii_hexdigit()), "{hash}");
    for share in ["time", "time_reads", "requests", "reads", "writes"] {
        let share = run["availability"][share].as_f64().unwrap();
        assert!((0.5..1.0).contains(&share), "{share}");
    }
    let [outage] = run["incidents"].as_array().unwrap().as_slice() else { panic!("one outage: {run:#}") };
    assert_eq!(outage["cause"], "fault");
    assert_eq!(outage["faults"][0]["fault"], serde_json::json!({"machine_crash": {"on": "A"}}));
    assert_eq!(outage["fault_at_us"], 10_000_000);
    assert_eq!(outage["open"], false);
    let phases = outage["phases_us"].as_object().unwrap();
    let names: std::collections::BTreeSet<_> = phases.keys().map(String::as_str).collect();
    assert_eq!(names, ["decide", "detect", "fence", "promote", "redirect", "repair", "resume"].into());
    assert_eq!(phases.values().filter_map(Value::as_u64).sum::<u64>(), outage["outage_us"].as_u64().unwrap());
    assert_eq!(run["failovers"][0]["from"], "A");
    assert_eq!(run["split_brains"], serde_json::json!([]));
    for count in ["acked", "unknown", "lost", "conflicting"] {
        assert!(run["writes"][count].is_u64(), "{count}");
    }
    assert!(run["reads"]["served"].is_u64() && run["reads"]["stale"].is_u64());
    assert!(run["mttf_us"].is_u64() && run["mttr_us"].is_u64());
}

#[test]
fn an_outage_that_is_not_over_is_open_and_its_phases_add_up_so_far() {
    let run = json(&["run", "crash", "--until", "13s", "--json"]);
    let outage = &run["incidents"][0];
    assert_eq!(outage["open"], true);
    let phases = outage["phases_us"].as_object().unwrap();
    assert_eq!(phases.values().filter_map(Value::as_u64).sum::<u64>(), outage["outage_us"].as_u64().unwrap());
    assert_eq!(run["mttr_us"], Value::Null, "a mean without a sample");
}

#[test]
fn the_same_seed_gives_the_same_trace_and_another_another() {
    let hash = |seed| json(&["run", "crash", "--seed", seed, "--until", "20s", "--json"])["trace_hash"].clone();
    assert_eq!(hash("7"), hash("7"));
    assert_ne!(hash("7"), hash("8"));
}

#[test]
fn times_are_read_as_people_write_them() {
    let until = |text| json(&["run", "crash", "--until", text, "--json"])["until_us"].as_u64().unwrap();
    assert_eq!([until("500ms"), until("1.5s"), until("1m")], [500_000, 1_500_000, 60_000_000]);
    for wrong in ["", "5", "s", "-5s", "5 s", "5d", "1.2.3s", "0s", "99999999999999h"] {
        assert!(refuses(&["run", "crash", "--until", wrong]).contains("expected a time from 1ms to 1000h"), "{wrong}");
    }
}

#[test]
fn a_trace_is_one_json_object_a_line() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("whole.jsonl");
    let path = path.to_str().unwrap();
    let run = json(&["run", "crash", "--until", "15s", "--trace", path, "--json"]);
    let trace = std::fs::read_to_string(path).unwrap();
    let mut last = 0;
    for (number, line) in (0..).zip(trace.lines()) {
        let event: Value = serde_json::from_str(line).unwrap();
        assert_eq!(event["seq"].as_u64(), Some(number), "{line}");
        let at = event["t_us"].as_u64().unwrap();
        assert!(at >= last && event["kind"].is_string(), "{line}");
        last = at;
    }
    assert_eq!(run["events"].as_u64(), Some(trace.lines().count() as u64));
    assert!(trace.contains(r#""fault":{"machine_crash":{"on":"A"}}"#));
    assert!(trace.contains(r#""note":{"suspected":{"master":"A","#));
}

#[test]
fn diff_shows_where_two_traces_part() {
    let trace = |name: &str, seed| {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let path = path.to_str().unwrap().to_owned();
        prints(&["run", "crash", "--seed", seed, "--until", "2s", "--trace", &path]);
        path
    };
    let (a, same, other) = (trace("a.jsonl", "1"), trace("same.jsonl", "1"), trace("other.jsonl", "2"));
    assert!(prints(&["diff", &a, &same]).starts_with("The traces are equal: "));
    let output = halab(&["diff", &a, &other]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.starts_with("The traces differ from event "), "{said}");
    assert!(said.contains(&format!("\n- {a}\n- {{")) && said.contains(&format!("\n+ {other}\n+ {{")), "{said}");
    let scenario = file("no-trace.json", "{\"version\": 1}\n");
    assert!(
        refuses(&["diff", &a, scenario.to_str().unwrap()])
            .contains("line 1: found {\"version\": 1}; expected an event")
    );
}

#[test]
fn a_shorter_trace_ends_where_the_longer_goes_on() {
    let event = |seq| format!("{{\"t_us\":{seq},\"seq\":{seq},\"kind\":\"note\"}}\n");
    let short = file("short.jsonl", &(0..3).map(event).collect::<String>());
    let long = file("long.jsonl", &(0..9).map(event).collect::<String>());
    let output = halab(&["diff", short.to_str().unwrap(), long.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("from event 3 on") && said.contains("- (the trace ends here)"), "{said}");
}

#[test]
fn check_names_every_field_that_is_wrong() {
    let good = file("good.json", r#"{"version": 1}"#);
    assert!(prints(&["check", good.to_str().unwrap()]).ends_with("is a valid scenario.\n"));
    let bad = file("bad.json", r#"{"version": 1, "seed": -1, "clients": {"sites": 9, "atempts": 2}}"#);
    let said = refuses(&["check", bad.to_str().unwrap()]);
    assert!(said.contains("seed: found -1; expected a whole number from 0 to 9007199254740991\n"), "{said}");
    assert!(said.contains("clients.sites: found 9; expected a whole number from 1 to 4\n"), "{said}");
    assert!(said.contains("clients.atempts: found 2; expected no such field; known here: "), "{said}");
    assert_eq!(refuses(&["run", bad.to_str().unwrap(), "--json"]), said, "run refuses it as check does");
}

#[test]
fn every_ready_scenario_can_be_checked_by_name() {
    for preset in ha_lab::scenario::presets() {
        prints(&["check", preset.name]);
    }
}

#[test]
fn bad_arguments_are_refused_with_a_clear_line() {
    for (arguments, clear) in [
        (&[][..], "What shall it be?"),
        (&["fly"], "There is no command 'fly'; take run, study, theory, predict, years, merge, list, check or diff."),
        (&["run"], "This command takes one SCENARIO"),
        (&["run", "crash", "--sead", "1"], "Invalid option '--sead'."),
        (&["run", "crash", "--seed", "9007199254740992"], "--seed: found '9007199254740992'; expected a whole number"),
        (&["run", "no-such"], "no-such: there is no such file, and 'halab list' knows no scenario of that name."),
        (&["diff", "a"], "This command takes two traces, A and B; 1 given."),
        (&["list", "--json"], "Invalid option '--json'."),
    ] {
        let said = refuses(arguments);
        assert!(said.contains(clear), "halab {arguments:?} said: {said}");
    }
    let trace = file("no-folder", "").join("t.jsonl");
    assert!(refuses(&["run", "crash", "--trace", trace.to_str().unwrap()]).contains("t.jsonl: "));
}

#[test]
fn every_command_has_its_help() {
    assert!(prints(&["--help"]).contains("halab run SCENARIO"));
    for command in ["run", "study", "theory", "predict", "years", "merge", "list", "check", "diff"] {
        assert!(prints(&[command, "--help"]).contains(command));
    }
    assert_eq!(prints(&["--version"]), format!("halab {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_study_runs_many_seeds_and_sums_them_up() {
    let study = json(&["study", "crash", "--runs", "3", "--seed", "7", "--json"]);
    let runs = study["runs"].as_array().unwrap();
    assert_eq!(runs.iter().map(|run| run["seed"].as_u64().unwrap()).collect::<Vec<_>>(), [7, 8, 9]);
    for run in runs {
        let seed = run["seed"].to_string();
        let alone = json(&["run", "crash", "--seed", &seed, "--json"]);
        assert_eq!(run["trace_hash"], alone["trace_hash"], "the same run as 'halab run' with that seed");
        assert_eq!(run["writes"], alone["writes"]);
        assert_eq!(run["outages_us"][0], alone["incidents"][0]["outage_us"]);
        assert_eq!(run["phases_us"][0], alone["incidents"][0]["phases_us"]);
        let election = &run["elections"][0];
        assert_eq!(election["started_at_us"], alone["incidents"][0]["fault_at_us"], "since the master crashed");
        assert!(election["elected_at_us"].as_u64() > election["started_at_us"].as_u64());
        assert!(election["terms"].as_u64() >= Some(1));
    }
    let outages = &study["summary"]["outages"];
    assert_eq!(outages["count"], 3);
    let order = ["min_us", "p01_us", "p10_us", "p50_us", "p90_us", "p99_us", "p999_us", "max_us"];
    let values: Vec<f64> = order.iter().map(|name| outages[name].as_f64().unwrap()).collect();
    assert!(values.is_sorted(), "{values:?}");
    assert!((values[0]..=values[7]).contains(&outages["mean_us"].as_f64().unwrap()));
    assert_eq!(study["summary"]["elections"]["count"], 3);
}

#[test]
fn a_study_says_what_it_cannot_do() {
    assert!(
        refuses(&["study", "crash", "--runs", "0"])
            .contains("--runs: found '0'; expected a whole number from 1 to 1000000")
    );
    assert!(refuses(&["study", "crash", "--trace", "x"]).contains("--trace"));
    assert!(refuses(&["study"]).contains("one SCENARIO"));
    assert!(prints(&["study", "--help"]).contains("nearest rank"));
    assert!(prints(&["study", "crash", "--runs", "2"]).contains("elections     2:"));
}

#[test]
fn timings_of_a_real_system_are_laid_over_a_scenario() {
    let usual = json(&["run", "crash", "--until", "3m", "--json"]);
    let sentinel = json(&["run", "crash", "--until", "3m", "--timings", "redis-sentinel", "--json"]);
    let outage = |run: &Value| run["incidents"][0]["outage_us"].as_u64().unwrap();
    assert!(
        outage(&usual) < 10_000_000 && outage(&sentinel) > 25_000_000,
        "it waits 30 s before it believes in a failure"
    );
    assert!(refuses(&["run", "crash", "--timings", "nothing"]).contains("expected one of etcd, zookeeper, patroni"));
}

#[test]
fn theory_answers_in_json_what_it_is_asked_in_json() {
    let question = r#"{"family": "k_of_n",
        "params": {"model": "k-of-n", "n": 7, "k": 4, "mttf_hours": 8760, "mttr_hours": 24, "crews": 7}}"#;
    let path = file("theory.json", question);
    let said = prints(&["theory", path.to_str().unwrap()]);
    assert!(said.contains(r#""availability": 0.999999998062271112575657"#), "more digits than a float has: {said}");
    let answer: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(answer["outputs"]["state_probabilities"].as_object().unwrap().len(), 8);

    let mut asked = Command::new(env!("CARGO_BIN_EXE_halab"));
    let asked = asked.arg("theory").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut asked = asked.expect("halab runs");
    std::io::Write::write_all(&mut asked.stdin.take().unwrap(), format!("[{question}]").as_bytes()).unwrap();
    let output = asked.wait_with_output().unwrap();
    let list: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(list[0], answer, "from standard input, in a list");
}

#[test]
fn theory_names_what_it_cannot_answer() {
    let path = file(
        "absurd.json",
        r#"[{"family": "single", "params": {"model": "single", "mttf_hours": 0, "mttr_hours": 1e300}},
            {"family": "single", "params": {"model": "double", "mttf_hours": 1}}]"#,
    );
    let said = refuses(&["theory", path.to_str().unwrap()]);
    for line in [
        "  [0].params.mttf_hours: found 0; expected from 1e-9 to 1e9 hours",
        "  [0].params.mttr_hours: found 1e300; expected from 1e-9 to 1e9 hours",
        r#"  [1].params.model: found "double"; expected one of single, mtbf-naming, renewal"#,
    ] {
        assert!(said.lines().any(|found| found == line), "{line}\n{said}");
    }
    assert!(refuses(&["theory", "no-such-file.json"]).contains("no-such-file.json: "));
    assert!(refuses(&["theory", "a", "b"]).contains("one FILE, or none for standard input"));
    let help = prints(&["theory", "--help"]);
    for (model, family) in ha_lab::theory::Model::ALL {
        let line = help.lines().find(|line| line.contains(model));
        assert!(line.is_some() && help.contains(family), "the help does not name {model}");
    }
}

/// What is no text in UTF-8 is no JSON, and is not read as something else.
#[test]
fn a_file_that_is_no_utf_8_is_refused() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("latin-1.json");
    std::fs::write(&path, b"{\"version\": 1, \"title\": {\"en\": \"caf\xe9\"}}").expect("a file for the test");
    let path = path.to_str().unwrap();
    for command in ["run", "check", "study", "predict", "theory", "years", "merge"] {
        let said = refuses(&[command, path]);
        assert!(said.contains("latin-1.json: byte 35 is no UTF-8"), "{command}: {said}");
    }
    let marked = file("marked.json", "\u{feff}{\"version\": 1}");
    prints(&["check", marked.to_str().unwrap()]);
    let question = r#"{"family": "single", "params": {"model": "single", "mttf_hours": 99, "mttr_hours": 1}}"#;
    let marked = file("marked-question.json", &format!("\u{feff}{question}"));
    prints(&["theory", marked.to_str().unwrap()]);
}

/// A file can come from anywhere: what it says of itself does not reach the terminal as a command.
#[test]
fn a_title_cannot_speak_to_the_terminal() {
    let path = file("escape.json", r#"{"version": 1, "title": {"en": "\u001b[31mred\u0007", "zh": ""}}"#);
    let said = prints(&["run", path.to_str().unwrap(), "--until", "1s"]);
    assert!(said.starts_with(" [31mred \n") && !said.contains('\u{1b}'), "{said:?}");
    let path = file("escape-in-the-raw.json", "{\"version\": \u{1b}[31m");
    assert!(!refuses(&["check", path.to_str().unwrap()]).contains('\u{1b}'));
}

/// A wrong file must not fill the memory: a line that never ends is given up.
#[test]
fn a_trace_without_line_ends_is_given_up() {
    let event = "{\"t_us\":0,\"seq\":0,\"kind\":\"note\",\"long\":\"";
    let path = file("endless.jsonl", &format!("{event}{}\"}}\n", "x".repeat(2 << 20)));
    let path = path.to_str().unwrap();
    assert!(refuses(&["diff", path, path]).contains("line 1: found {\"t_us\":0,"));
}

/// What a connection that is being opened will carry has no time of arrival yet; no number stands for that.
#[test]
fn a_trace_has_no_number_that_a_reader_would_round() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("small-numbers.jsonl");
    prints(&["run", "crash", "--until", "1s", "--trace", path.to_str().unwrap()]);
    let trace = std::fs::read_to_string(&path).unwrap();
    let arrivals: Vec<Value> = trace
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("an event")["arrives_us"].clone())
        .collect();
    assert!(trace.contains("\"arrives_us\":null"), "it begins with connections being opened");
    assert!(arrivals.iter().filter_map(Value::as_u64).all(|us| us < 1 << 53));
}

/// What could not be done is said in a sentence.
#[test]
fn an_action_that_could_not_be_done_is_told_in_words() {
    let path = file(
        "skipped.json",
        r#"{"version": 1, "faults": {"scheduled": [{"at_us": 1000000, "do": {"process_crash": {"on": "old_master"}}}]}}"#,
    );
    let said = prints(&["run", path.to_str().unwrap(), "--until", "2s"]);
    let line = said.lines().find(|line| line.starts_with("not done ")).expect("nobody is the old master yet");
    assert!(line.ends_with(": the old master. Nobody is the old master now."), "{line}");
}
