//! What a person does to machines.

use ha_lab_e2e::{DESKTOP, Lab};

#[test]
fn a_killed_master_is_restarted_and_comes_back_as_a_standby() {
    let lab = Lab::open("?lang=en", DESKTOP);
    let old = lab.master();
    lab.get(&format!("kill-{old}")).click();
    lab.wait_until("a standby is promoted", || lab.master_now().is_some_and(|now| now != old));
    let new = lab.master();
    lab.get(&format!("restart-{old}")).click();
    lab.wait_until("the old master is a standby", || {
        lab.machines("[data-role='standby'][data-state='up']").contains(&old)
    });
    assert_eq!(lab.master(), new, "it does not take its place back");
    lab.close();
}

#[test]
fn killing_a_standby_costs_no_availability() {
    let lab = Lab::open("?lang=en", DESKTOP);
    let master = lab.master();
    let standby = lab.machines("[data-role='standby']").pop().expect("a standby");
    lab.get(&format!("kill-{standby}")).click();
    lab.wait_until("it is down", || lab.machines("[data-state='down']").contains(&standby));
    let killed = lab.clock();
    lab.wait_until("five more seconds are over", || lab.clock() > killed + 5.0);
    assert_eq!(lab.master(), master);
    assert!((lab.availability() - 100.0).abs() < f64::EPSILON);
    lab.close();
}

#[test]
fn a_cut_link_is_cut_and_mended() {
    let lab = Lab::open("?lang=en", DESKTOP);
    let link = lab.css("[data-testid^='link-']");
    let id = link.attribute("data-testid").expect("a link");
    let link = lab.get(&id);
    link.click();
    lab.wait_until("the link is cut", || link.attribute("data-state").as_deref() == Some("cut"));
    link.click();
    lab.wait_until("the link is mended", || link.attribute("data-state").as_deref() == Some("up"));
    lab.close();
}
