//! The options of the system, changed by hand.

use ha_lab_e2e::{DESKTOP, Lab};

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
