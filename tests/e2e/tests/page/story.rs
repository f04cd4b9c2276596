//! The first visit: one click on the master's kill button, and the page tells the whole story.

use ha_lab_e2e::{DESKTOP, Lab};

#[test]
fn the_first_visit_shows_a_running_pair_with_clients() {
    let lab = Lab::open("?lang=en", DESKTOP);
    lab.get("stage").wait();
    lab.master();
    assert_eq!(lab.machines("[data-role='standby'][data-state='up']").len(), 2);
    assert!(lab.is_playing(), "the lab runs without a click");
    let before = lab.clock();
    lab.wait_until("the clock moves", || lab.clock() > before);
    lab.close();
}

#[test]
fn killing_the_master_tells_the_whole_story() {
    let lab = Lab::open("?lang=en", DESKTOP);
    let master = lab.master();
    lab.get(&format!("kill-{master}")).click();

    lab.wait_until("the master is down", || !lab.machines("[data-state='down']").is_empty());
    assert_eq!(lab.machines("[data-state='down']"), [master.as_str()]);
    lab.wait_until("the figure falls", || lab.availability() < 100.0);
    lab.wait_until("a standby is promoted", || lab.master_now().is_some_and(|now| now != master));

    lab.get("incident-card").wait();
    lab.wait_until("the outage has ended", || {
        let phases = ["detect", "promote"].map(|phase| lab.get(&format!("phase-{phase}")).text());
        phases.iter().all(|text| text.chars().any(|letter| letter.is_ascii_digit()))
    });
    let worst = lab.availability();
    lab.wait_until("the figure recovers", || lab.availability() > worst);
    assert!(lab.get("log").text().lines().count() >= 3, "the log tells what happened");
    lab.close();
}
