//! The past can be visited, changed, and left alone again.

use ha_lab_e2e::{DESKTOP, Lab};

#[test]
fn the_ribbon_leads_back_before_the_fault_and_acting_there_forks() {
    let lab = Lab::open("?lang=en", DESKTOP);
    let first = lab.master();
    lab.wait_until("there is some past", || lab.clock() > 3.0);
    lab.get(&format!("kill-{first}")).click();
    lab.wait_until("a standby is promoted", || lab.master_now().is_some_and(|now| now != first));
    lab.pause();

    lab.get("ribbon").drag(0.9, 0.02);
    lab.wait_until("the master of the beginning is back", || lab.master_now().as_deref() == Some(&*first));
    assert!(lab.clock() < 3.0, "the clock shows the past: {}", lab.clock());

    let other = lab.machines("[data-role='standby']").pop().expect("a standby");
    lab.get(&format!("kill-{other}")).click();
    lab.wait_until("the standby is down", || lab.machines("[data-state='down']") == [other.as_str()]);
    lab.get("play").click();
    let forked = lab.clock();
    lab.wait_until("time goes on in the new past", || lab.clock() > forked + 5.0);
    assert_eq!(lab.master(), first, "the old kill belongs to another branch now");
    lab.close();
}

#[test]
fn undo_takes_the_kill_back_and_redo_repeats_it() {
    let lab = Lab::open("?lang=en", DESKTOP);
    lab.pause();
    let master = lab.master();
    lab.get(&format!("kill-{master}")).click();
    lab.wait_until("the master is down", || lab.machines("[data-state='down']") == [master.as_str()]);
    lab.get("undo").click();
    lab.wait_until("nothing has happened", || lab.machines("[data-state='down']").is_empty());
    assert_eq!(lab.master(), master);
    lab.get("redo").click();
    lab.wait_until("the master is down again", || lab.machines("[data-state='down']") == [master.as_str()]);
    lab.close();
}

#[test]
fn steps_go_forward_and_back_by_one_event() {
    let lab = Lab::open("?lang=en", DESKTOP);
    lab.wait_until("there is some past", || lab.clock() > 1.0);
    lab.pause();
    // Several events can share a millisecond, and the clock shows no less.
    let step_until = |button: &str, what: &str, is_there: &dyn Fn(f64) -> bool| {
        lab.wait_until(what, || {
            lab.get(button).click();
            is_there(lab.clock())
        });
        lab.clock()
    };
    let paused = lab.clock();
    let first = step_until("step-forward", "the next event comes", &|now| now > paused);
    let second = step_until("step-forward", "the event after it comes", &|now| now > first);
    step_until("step-back", "the first of the two is back", &|now| now <= first && now < second);
    step_until("step-back", "the time before both is back", &|now| now < first);
    lab.close();
}
