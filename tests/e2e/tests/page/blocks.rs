//! Diagrams of blocks in the Numbers view: built by hand, and what happens when a value makes no sense.

use ha_lab_e2e::{DESKTOP, Lab, PHONE};

/// Sets a field as a person would: its value, then the event.
fn set(lab: &Lab, id: &str, value: &str) {
    lab.get(id).wait();
    lab.browser.eval(&format!(
        "const field = document.querySelector(\"[data-testid='{id}']\");
         field.value = '{value}';
         for (const kind of ['input', 'change']) field.dispatchEvent(new Event(kind, {{bubbles: true}}));"
    ));
}

/// Opens the Numbers view and chooses the last of the architectures.
fn open(query: &str) -> Lab {
    let lab = Lab::open(&format!("{query}#numbers"), DESKTOP);
    compose(&lab);
    lab
}

fn compose(lab: &Lab) {
    lab.get("n-architecture").wait();
    lab.browser.eval(
        "const list = document.querySelector(\"[data-testid='n-architecture']\");
         list.selectedIndex = list.options.length - 1;
         list.dispatchEvent(new Event('change', {bubbles: true}));",
    );
    lab.get("b-diagram").wait();
}

fn text(lab: &Lab, id: &str) -> String {
    lab.get(id).text()
}

fn focused(lab: &Lab) -> String {
    lab.browser.eval("return document.activeElement?.dataset?.testid ?? ''").as_str().unwrap_or_default().to_owned()
}

fn press(lab: &Lab, key: &str, then: &str) {
    lab.browser.press(&[key]);
    lab.wait_until(&format!("the focus is on {then}"), || focused(lab) == then);
}

#[test]
fn a_diagram_is_built_with_the_keyboard_alone() {
    let lab = open("?lang=en");
    // From the application, the weakest, to the network at the end.
    lab.browser.eval("document.querySelector(\"[data-testid='b-1']\").focus()");
    press(&lab, "\u{e014}", "b-2");
    press(&lab, "\u{e014}", "b-3");
    press(&lab, "\u{e012}", "b-2");
    press(&lab, "\u{e014}", "b-3");
    let before = text(&lab, "n-availability");
    press(&lab, "\u{e007}", "b-name");
    set(&lab, "b-name", "WAN");
    set(&lab, "n-mttf", "500");
    lab.wait_until("the figure falls", || text(&lab, "n-availability") < before);
    lab.wait_until("the weakest is another", || text(&lab, "b-verdict").starts_with("WAN is the weakest"));
    press(&lab, "\u{e00c}", "b-3");
    // One beside it: the group has two, of which one is needed.
    lab.browser.eval("document.querySelector(\"[data-testid='b-beside']\").focus()");
    lab.browser.press(&["\u{e007}"]);
    lab.get("b-3-1").wait();
    lab.wait_until("the figure rises above what it was", || text(&lab, "n-availability") > before);
    assert!(text(&lab, "b-table").contains("WAN 2"), "the table tells the same");
    lab.browser.eval("document.querySelector(\"[data-testid='b-3-1']\").focus()");
    lab.browser.press(&["\u{e017}"]);
    lab.get("b-3-1").wait_gone();
    lab.wait_until("the focus stays in the diagram", || focused(&lab) == "b-3");
    lab.browser.press(&["u"]);
    lab.get("b-3-1").wait();
    lab.close();
}

#[test]
fn a_bad_value_is_said_at_its_field_and_the_last_good_result_stays() {
    for (language, word, empty) in [("en", "not possible", "empty"), ("zh", "超出范围", "为空")] {
        let lab = open(&format!("?lang={language}"));
        lab.get("b-3").wait();
        lab.browser.eval(
            "document.querySelector(\"[data-testid='b-3']\").dispatchEvent(new MouseEvent('click', {bubbles: true}))",
        );
        lab.get("n-mttf").wait();
        let before = text(&lab, "n-availability");
        for wrong in ["0", "1e999", "many", "", "-5"] {
            set(&lab, "n-mttf", wrong);
            lab.wait_until("it is said", || lab.get("n-mttf-wrong").is_shown());
            assert_eq!(text(&lab, "n-availability"), before, "'{wrong}'");
            lab.get("n-stays").wait();
        }
        lab.wait_until("in the language of the page", || text(&lab, "n-mttf-wrong").contains(word));
        lab.assert_no_barriers(&format!("a wrong value of a block, {language}"));
        for _ in 0..4 {
            lab.get("b-remove").click();
        }
        lab.wait_until("an empty diagram says so", || text(&lab, "b-told").contains(empty));
        lab.assert_no_barriers(&format!("an empty diagram, {language}"));
        lab.get("b-undo").click();
        lab.get("b-told").wait_gone();
        lab.close();
    }
}

/// What was typed and makes no sense stays with its block; the block says so, and so does the page.
#[test]
fn a_bad_value_waits_for_its_block_to_be_looked_at_again() {
    let lab = open("?lang=en");
    let look = |block: &str| {
        lab.browser.eval(&format!(
            "document.querySelector(\"[data-testid='{block}']\").dispatchEvent(new MouseEvent('click', {{bubbles: true}}))"
        ));
    };
    let field = || lab.browser.eval("return document.querySelector(\"[data-testid='n-mttf']\").value");
    look("b-3");
    lab.wait_until("the network's fields are there", || field() == "8760");
    set(&lab, "n-mttf", "-5");
    look("b-0-0");
    lab.wait_until("the other block's fields are there", || field() == "4000");
    lab.wait_until("it is said of which block", || text(&lab, "b-told").contains("Network"));
    lab.get("n-stays").wait();
    look("b-3");
    lab.wait_until("it is still there", || field() == "-5");
    set(&lab, "n-mttf", "5000");
    lab.get("n-stays").wait_gone();
    lab.close();
}

/// Years of a diagram stand beside theory: the whole, and on which blocks the downtime hung.
#[test]
fn years_of_a_diagram_are_simulated_beside_theory() {
    let lab = open("?lang=en");
    lab.get("y-run").wait();
    lab.browser.eval("document.querySelector(\"[data-testid='y-run']\").click()");
    lab.get("y-done").wait();
    assert!(text(&lab, "y-verdict").contains("in the interval"), "{}", text(&lab, "y-verdict"));
    assert!(text(&lab, "y-blame").contains("Database"), "{}", text(&lab, "y-blame"));
    lab.assert_no_barriers("years of a diagram");
    set(&lab, "n-mttf", "500");
    lab.get("y-old").wait();
    lab.close();
}

#[test]
fn a_diagram_is_kept_for_the_next_visit_and_speaks_the_page_s_language_until_then() {
    let lab = open("?lang=en");
    lab.get("lang").click();
    lab.wait_until("the example is Chinese", || text(&lab, "b-table").contains("负载均衡器"));
    set(&lab, "b-name", "某物");
    lab.wait_until("it has the name", || text(&lab, "b-table").contains("某物"));
    lab.visit("?lang=en");
    lab.get("view-numbers").click();
    compose(&lab);
    assert!(text(&lab, "b-table").contains("某物"), "what somebody made is there again");
    lab.get("b-again").click();
    lab.wait_until("and the example, if it is wanted", || text(&lab, "b-table").contains("Load balancer"));
    lab.close();
}

#[test]
fn a_diagram_fits_a_projector_and_a_phone_without_barriers() {
    for (theme, language) in [("light", "en"), ("dark", "zh")] {
        let lab = open(&format!("?lang={language}&theme={theme}"));
        lab.assert_in_view(&[
            "n-availability",
            "n-nines",
            "n-downtime",
            "b-0-0",
            "b-1",
            "b-2",
            "b-3",
            "b-after",
            "b-undo",
        ]);
        lab.assert_no_barriers(&format!("a diagram, {theme}, {language}"));
        lab.assert_fits_the_width();
        lab.browser.resize(PHONE.width, PHONE.height);
        lab.assert_fits_the_width();
        lab.assert_no_barriers(&format!("a diagram on a phone, {theme}, {language}"));
        lab.close();
    }
}
