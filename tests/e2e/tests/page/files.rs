//! Files that a person opens.

use std::fs;

use ha_lab_e2e::{DESKTOP, Lab};

fn open(lab: &Lab, name: &str, content: &str) {
    let path = std::env::temp_dir().join(format!("ha-lab-{}-{name}", std::process::id()));
    fs::write(&path, content).expect("the file can be written");
    lab.get("scenario-open").click();
    lab.get("file-input").type_text(&path.to_string_lossy());
}

#[test]
fn a_broken_file_is_refused_and_the_lab_goes_on() {
    let lab = Lab::open("?lang=en", DESKTOP);
    let master = lab.master();
    open(&lab, "broken.json", "{\"version\": 1, ");
    lab.get("error-box").wait();
    assert!(!lab.get("error-box").text().is_empty());
    assert_eq!(lab.master(), master);
    let before = lab.clock();
    lab.wait_until("the lab goes on", || lab.clock() > before);
    lab.close();
}

#[test]
fn a_wrong_field_is_named_by_its_path() {
    let lab = Lab::open("?lang=en", DESKTOP);
    open(&lab, "wrong.json", "{\"version\": 1, \"seeed\": 42}");
    lab.get("error-box").wait();
    let text = lab.get("error-box").text();
    assert!(text.contains("seeed"), "the message names the field: {text}");
    lab.close();
}

#[test]
fn a_file_that_is_no_text_is_refused() {
    let lab = Lab::open("?lang=en", DESKTOP);
    open(&lab, "noise.json", "\u{0}\u{1}\u{fffd}");
    lab.get("error-box").wait();
    lab.master();
    lab.close();
}
