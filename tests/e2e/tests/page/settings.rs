//! The options of the system, changed by hand.

use ha_lab_e2e::{DESKTOP, Lab, PHONE};

fn set(lab: &Lab, field: &str, value: &str) {
    lab.browser.eval(&format!(
        "const field = document.getElementById('{field}');
         field.value = '{value}';
         for (const kind of ['input', 'change']) field.dispatchEvent(new Event(kind, {{bubbles: true}}));"
    ));
}

fn is_off(lab: &Lab, test: &str) -> bool {
    lab.get(test).attribute("disabled").is_some()
}

#[test]
fn a_changed_option_starts_a_new_run_with_it() {
    let lab = Lab::open("?lang=en", DESKTOP);
    assert_eq!(lab.machines("[data-role='standby']").len(), 2);
    lab.get("settings-open").click();
    lab.get("apply").wait();
    set(&lab, "-system-master_standby-standbys", "4");
    lab.get("apply").click();
    lab.wait_until("there are four standbys", || lab.machines("[data-role='standby']").len() == 4);
    lab.close();
}

#[test]
fn a_wrong_value_is_said_at_its_field_and_the_lab_stays_as_it_is() {
    let lab = Lab::open("?lang=en", DESKTOP);
    lab.get("settings-open").click();
    lab.get("apply").wait();
    for wrong in ["9", "-1", "1.5", "many", ""] {
        set(&lab, "-system-master_standby-standbys", wrong);
        lab.wait_until("it cannot be applied", || is_off(&lab, "apply"));
        let said = lab.css("#-system-master_standby-standbys-wrong").text();
        assert!(!said.is_empty(), "'{wrong}' is wrong, and nothing says so");
    }
    set(&lab, "-system-master_standby-standbys", "1");
    lab.wait_until("it can be applied again", || !is_off(&lab, "apply"));
    lab.get("close").click();
    assert_eq!(lab.machines("[data-role='standby']").len(), 2);
    lab.close();
}

/// Chooses the option of this name.
fn choose(lab: &Lab, field: &str, name: &str) {
    lab.browser.eval(&format!(
        "const field = document.getElementById('{field}');
         field.selectedIndex = [...field.options].findIndex(option => option.text === '{name}');
         field.dispatchEvent(new Event('change', {{bubbles: true}}));"
    ));
}

#[test]
fn what_is_scheduled_by_hand_happens() {
    let lab = Lab::open("?lang=en", DESKTOP);
    lab.get("settings-open").click();
    lab.get("apply").wait();
    lab.get("page-Schedule").click();
    lab.get("add/faults/scheduled").click();
    let entry = lab.get("entry/faults/scheduled/0");
    lab.wait_until("the new entry is open", || entry.attribute("aria-expanded").as_deref() == Some("true"));
    lab.wait_until("the keyboard is at it", || {
        lab.browser.eval("return document.activeElement.id") == "item-faults-scheduled-0"
    });
    lab.assert_no_barriers("an entry of a schedule");
    choose(&lab, "-faults-scheduled-0-do", "Crash the machine");
    choose(&lab, "-faults-scheduled-0-do-machine_crash-on", "Node C");
    set(&lab, "-faults-scheduled-0-at_us", "soon");
    lab.wait_until("it cannot be applied", || is_off(&lab, "apply"));
    assert!(lab.css("#-faults-scheduled-0-at_us-wrong").text().contains("a number from 0 to"));
    set(&lab, "-faults-scheduled-0-at_us", "2");
    lab.wait_until("it can be applied again", || !is_off(&lab, "apply"));
    assert!(entry.text().contains("Crash the machine: Node C"), "{}", entry.text());
    lab.get("apply").click();
    lab.wait_until("the machine crashed by itself", || lab.machines("[data-state='down']").len() == 1);
    assert!(lab.clock() >= 2.0);
    lab.close();
}

#[test]
fn a_zone_is_made_and_goes_again() {
    let lab = Lab::open("?lang=zh", PHONE);
    lab.get("settings-open").click();
    lab.get("apply").wait();
    lab.get("page-Machines and network").click();
    lab.get("add/network/zones").click();
    lab.css("#-network-zones-0 button").wait().click();
    lab.wait_until("the machine is in it", || {
        lab.css("#-network-zones-0 button").attribute("aria-pressed").as_deref() == Some("true")
    });
    lab.assert_fits_the_width();
    assert_eq!(
        lab.browser.eval("const f = document.querySelector('.fields'); return f.scrollWidth - f.clientWidth"),
        0,
        "fields are wider than a phone"
    );
    lab.assert_no_barriers("zones and clocks");
    lab.get("remove/network/zones/0").click();
    lab.get("remove/network/zones/0").wait_gone();
    lab.close();
}

#[test]
fn a_real_systems_timings_are_laid_over_the_settings() {
    let lab = Lab::open("?lang=zh", DESKTOP);
    lab.get("settings-open").click();
    lab.get("apply").wait();
    lab.get("page-Real systems").click();
    lab.get("timing-redis-sentinel").wait();
    lab.css("[data-testid='timing-redis-sentinel'] button").click();
    lab.wait_until("it is marked as in use", || {
        lab.css("[data-testid='timing-redis-sentinel'] button").attribute("aria-pressed").as_deref() == Some("true")
    });
    lab.assert_no_barriers("timings of real systems");
    lab.get("apply").click();
    lab.wait_until("the page says that these are real times", || lab.css(".legend .eye").text().contains("真实时间"));
    lab.close();
}
