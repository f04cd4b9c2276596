//! English and Chinese, at any time, remembered.

use ha_lab_e2e::{DESKTOP, Lab};

fn has_chinese(text: &str) -> bool {
    text.chars().any(|letter| ('\u{4e00}'..='\u{9fff}').contains(&letter))
}

#[test]
fn the_language_changes_everywhere_and_is_remembered() {
    let lab = Lab::open("?lang=en", DESKTOP);
    lab.get("stage").wait();
    let language = || lab.css("html").attribute("lang").unwrap_or_default();
    assert!(language().starts_with("en"));
    // The switch names the other language in its own letters, so it does not count.
    let page = || {
        let code = "const copy = document.body.cloneNode(true);
            copy.querySelectorAll(\"[data-testid='lang'], [lang], script, noscript\").forEach(e => e.remove());
            return copy.textContent;";
        lab.browser.eval(code).as_str().unwrap_or_default().to_owned()
    };
    assert!(!has_chinese(&page()), "no Chinese is left on the English page: {}", page());

    lab.get("lang").click();
    lab.wait_until("the page is Chinese", || language().starts_with("zh"));
    assert!(has_chinese(&lab.get("stage").text()));
    assert!(has_chinese(&lab.get("log").text()), "what has been logged before speaks Chinese too");
    assert!(lab.browser.eval("return document.title").as_str().is_some_and(has_chinese));

    lab.visit("");
    lab.wait_until("Chinese is remembered", || language().starts_with("zh"));
    lab.close();
}

#[test]
fn switching_the_language_does_not_disturb_the_lab() {
    let lab = Lab::open("?lang=en", DESKTOP);
    let master = lab.master();
    lab.get(&format!("kill-{master}")).click();
    lab.wait_until("the master is down", || lab.machines("[data-state='down']") == [master.as_str()]);
    let before = lab.clock();
    lab.get("lang").click();
    lab.wait_until("time goes on", || lab.clock() > before);
    assert_eq!(lab.machines("[data-state='down']"), [master.as_str()]);
    lab.close();
}
