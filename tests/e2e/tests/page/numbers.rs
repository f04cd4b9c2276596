//! The Numbers view: theory's figures for an architecture, moved by hand.

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

fn text(lab: &Lab, id: &str) -> String {
    lab.get(id).text()
}

/// Opens the lab and goes to the numbers by the link in the header.
fn open(language: &str) -> Lab {
    let lab = Lab::open(&format!("?lang={language}"), DESKTOP);
    lab.get("view-numbers").click();
    lab.get("n-availability").wait();
    lab
}

#[test]
fn a_slider_moves_the_figures() {
    let lab = open("en");
    let before = text(&lab, "n-availability");
    assert!(before.starts_with("99."), "{before}");
    set(&lab, "n-mttf-slider", "800");
    lab.wait_until("the availability has moved", || text(&lab, "n-availability") != before);
    // A pair whose failover takes 30 s: 55.8 minutes a year (docs/models.md).
    lab.choose("n-architecture", 3);
    set(&lab, "n-mttf", "1000");
    lab.wait_until("the known figure is shown", || text(&lab, "n-downtime") == "55.8 min");
    lab.choose("n-mttf-unit", 3);
    lab.wait_until("the unit is another", || {
        lab.browser.eval("return document.getElementById('n-mttf').value") == "41.6666666667"
    });
    assert_eq!(text(&lab, "n-downtime"), "55.8 min", "and the time the same");
    lab.close();
}

#[test]
fn every_architecture_has_figures_charts_and_a_formula() {
    let lab = open("en");
    for place in 0..10 {
        lab.choose("n-architecture", place);
        lab.wait_until("it is chosen", || {
            lab.browser.eval("return document.getElementById('n-architecture').selectedIndex") == place
        });
        let broken = lab.browser.eval("return /NaN|inf/.test(document.querySelector('.n-out').innerHTML)");
        assert_eq!(broken, false, "architecture {place}");
        let drawn = lab.browser.eval(
            "return [document.querySelectorAll('.n-chart .present').length > 0,
                     document.querySelectorAll('.n-chart .bar').length > 0,
                     document.querySelector('math')?.namespaceURI].join()",
        );
        assert_eq!(drawn, "true,true,http://www.w3.org/1998/Math/MathML", "architecture {place}");
    }
    lab.close();
}

#[test]
fn bad_input_is_said_at_its_field_and_the_last_good_result_stays() {
    for (language, word) in [("en", "not possible"), ("zh", "超出范围")] {
        let lab = open(language);
        let before = text(&lab, "n-availability");
        for wrong in ["0", "-5", "1e999", "many", ""] {
            set(&lab, "n-mttr", wrong);
            lab.wait_until("it is said", || lab.get("n-mttr-wrong").is_shown());
            assert_eq!(text(&lab, "n-availability"), before, "'{wrong}'");
            lab.get("n-stays").wait();
        }
        set(&lab, "n-mttr", "-5");
        lab.wait_until("in the language of the page", || text(&lab, "n-mttr-wrong").contains(word));
        lab.assert_no_barriers(&format!("a wrong number, {language}"));
        set(&lab, "n-mttr", "10");
        lab.get("n-mttr-wrong").wait_gone();
        lab.choose("n-architecture", 7);
        set(&lab, "n-nodes", "500");
        lab.wait_until("there are too many nodes", || text(&lab, "n-nodes-wrong").contains("101"));
        lab.close();
    }
}

#[test]
fn a_better_standby_makes_the_articles_figure_worse() {
    let lab = open("en");
    let figure = |id: &str| ha_lab_e2e::lab::number(&text(&lab, id).replace(' ', "")).unwrap_or(0.0);
    let (wrong, real) = (figure("n-article-says"), figure("n-article-real"));
    set(&lab, "n-article-standby-slider", "900");
    lab.wait_until("the article's figure falls", || figure("n-article-says") < wrong);
    assert!(figure("n-article-real") > real, "while the real one rises");
    assert!(text(&lab, "n-verdict").contains("fails before the master"));
    lab.close();
}

#[test]
fn the_lab_stands_still_meanwhile_and_goes_on_afterwards() {
    let lab = Lab::open("?lang=en#numbers", DESKTOP);
    lab.get("n-availability").wait();
    lab.browser.press(&["v"]);
    lab.get("stage").wait();
    lab.wait_until("time goes on", || lab.clock() > 1.0);
    let before = lab.clock();
    lab.browser.press(&["v"]);
    lab.get("n-availability").wait();
    std::thread::sleep(std::time::Duration::from_secs(3));
    lab.get("view-lab").click();
    lab.get("stage").wait();
    assert!(lab.clock() < before + 2.5, "the lab ran on unseen: {before} to {}", lab.clock());
    lab.close();
}

#[test]
fn the_numbers_fit_a_projector_and_a_phone_without_barriers() {
    for (theme, language) in [("light", "en"), ("dark", "zh")] {
        let lab = Lab::open(&format!("?lang={language}&theme={theme}#numbers"), DESKTOP);
        lab.get("n-availability").wait();
        lab.assert_in_view(&[
            "n-availability",
            "n-nines",
            "n-downtime",
            "n-day",
            "n-outages",
            "n-architecture",
            "n-causes",
        ]);
        lab.assert_no_barriers(&format!("numbers, {theme}, {language}"));
        lab.assert_fits_the_width();
        lab.browser.resize(PHONE.width, PHONE.height);
        for place in [4, 7, 8] {
            lab.choose("n-architecture", place);
            lab.assert_fits_the_width();
        }
        lab.assert_no_barriers(&format!("numbers on a phone, {theme}, {language}"));
        lab.close();
    }
}
