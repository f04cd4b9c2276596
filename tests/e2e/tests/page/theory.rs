//! Predicted beside observed, and one outage in a year.

use ha_lab_e2e::{DESKTOP, Lab};

/// Puts a value into a field, as typing or choosing does.
fn set(lab: &Lab, field: &str, value: &str) {
    lab.browser.eval(&format!(
        "const field = document.querySelector('[data-testid=\"{field}\"]');
         if (field.tagName === 'SELECT') {{
           field.selectedIndex = {value:?};
           field.dispatchEvent(new Event('change', {{ bubbles: true }}));
         }} else {{
           field.value = {value:?};
           field.dispatchEvent(new InputEvent('input', {{ bubbles: true }}));
         }}"
    ));
}

#[test]
fn a_failover_is_predicted_before_it_happens_and_stands_beside_the_measured_one() {
    let lab = Lab::open("?lang=en", DESKTOP);
    lab.get("predict-row").wait();
    assert_eq!(lab.get("observed").text(), "–");
    let predicted = lab.get("predicted").text();
    assert!(predicted.ends_with(" s"), "{predicted}");
    let master = lab.master();
    lab.get(&format!("kill-{master}")).click();
    lab.wait_until("the outage is over", || lab.get("observed").text().ends_with(" s"));
    lab.get("predict-row").click();
    lab.get("theory").wait();
    let said = lab.get("conclusion").text();
    assert!(said.contains("no year is projected"), "faults by hand have no rate: {said}");
    lab.close();
}

#[test]
fn what_is_typed_wrongly_leaves_the_last_good_result() {
    let lab = Lab::open("?lang=en", DESKTOP);
    let master = lab.master();
    lab.get(&format!("kill-{master}")).click();
    lab.get("once-every").wait();
    set(&lab, "once-every", "6");
    let good = lab.get("in-a-year").text();
    set(&lab, "once-every", "many");
    lab.get("once-wrong").wait();
    assert_eq!(lab.get("in-a-year").text(), good);
    set(&lab, "once-every", "12");
    set(&lab, "once-unit", "0");
    lab.wait_until("it is reckoned anew", || lab.get("in-a-year").text() != good);
    assert_eq!(lab.browser.eval("return localStorage.getItem('ha-lab.once')"), "0 12", "and remembered");
    lab.close();
}
