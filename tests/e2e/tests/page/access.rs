//! For everyone: the keyboard alone, screen readers, people who cannot bear motion.

use ha_lab_e2e::webdriver::key;
use ha_lab_e2e::{DESKTOP, Lab, PHONE};

/// Walks with Tab until the focus stands on the element. A hook that Tab cannot reach cannot be used without a mouse.
fn tab_to(lab: &Lab, id: &str) {
    for _ in 0..200 {
        lab.browser.press(&[key::TAB]);
        let here = lab.browser.eval("return document.activeElement?.dataset?.testid ?? ''");
        if here == id {
            return;
        }
    }
    panic!("Tab does not lead to '{id}'");
}

#[test]
fn the_story_can_be_told_with_the_keyboard_alone() {
    let lab = Lab::open("?lang=en", DESKTOP);
    let master = lab.master();
    tab_to(&lab, &format!("kill-{master}"));
    let seen = lab.browser.eval(
        "const e = document.activeElement, style = getComputedStyle(e);
         return e.matches(':focus-visible') && (style.outlineStyle !== 'none' || style.boxShadow !== 'none');",
    );
    assert_eq!(seen, true, "the focus can be seen");
    lab.browser.press(&[key::ENTER]);
    lab.wait_until("a standby is promoted", || lab.master_now().is_some_and(|now| now != master));
    tab_to(&lab, "play");
    lab.browser.press(&[key::SPACE]);
    lab.wait_until("the lab is paused", || !lab.is_playing());
    tab_to(&lab, "ribbon");
    let before = lab.clock();
    lab.browser.press(&[key::LEFT, key::LEFT]);
    lab.wait_until("the arrow leads into the past", || lab.clock() < before);
    tab_to(&lab, &format!("restart-{master}"));
    lab.close();
}

#[test]
fn help_opens_on_a_question_mark_and_closes_on_escape() {
    let lab = Lab::open("?lang=en", DESKTOP);
    lab.browser.press(&["?"]);
    lab.css("[role='dialog'], dialog[open]").wait();
    lab.browser.press(&[key::ESCAPE]);
    lab.css("[role='dialog'], dialog[open]").wait_gone();
    lab.get("help").click();
    lab.css("[role='dialog'], dialog[open]").wait();
    lab.close();
}

#[test]
fn a_live_region_tells_what_happens() {
    let lab = Lab::open("?lang=en", DESKTOP);
    let master = lab.master();
    lab.get(&format!("kill-{master}")).click();
    let live =
        || lab.browser.eval("return [...document.querySelectorAll('[aria-live]')].map(e => e.textContent).join('')");
    lab.wait_until("the live region speaks", || live().as_str().is_some_and(|text| !text.trim().is_empty()));
    lab.close();
}

#[test]
fn reduced_motion_still_tells_the_story() {
    let lab = Lab::start(DESKTOP);
    lab.browser.media("prefers-reduced-motion", "reduce");
    lab.visit("?lang=en");
    let master = lab.master();
    lab.get(&format!("kill-{master}")).click();
    lab.wait_until("a standby is promoted", || lab.master_now().is_some_and(|now| now != master));
    lab.close();
}

/// Before the fault, and with the card that takes the outage apart.
fn look_for_barriers(theme: &str, language: &str) {
    let lab = Lab::open(&format!("?lang={language}&theme={theme}"), DESKTOP);
    let master = lab.master();
    lab.assert_no_barriers(&format!("{theme}, {language}, at rest"));
    lab.get(&format!("kill-{master}")).click();
    lab.get("incident-card").wait();
    lab.wait_until("a standby is promoted", || lab.master_now().is_some_and(|now| now != master));
    lab.pause();
    lab.assert_no_barriers(&format!("{theme}, {language}, after a failover"));
    for dialog in ["scenario-open", "settings-open", "help"] {
        lab.get(dialog).click();
        lab.css("[role='dialog'], dialog[open]").wait();
        lab.assert_no_barriers(&format!("{theme}, {language}, {dialog}"));
        lab.browser.press(&[key::ESCAPE]);
        lab.css("[role='dialog'], dialog[open]").wait_gone();
    }
    lab.browser.resize(PHONE.width, PHONE.height);
    lab.assert_no_barriers(&format!("{theme}, {language}, on a phone"));
    lab.close();
}

#[test]
fn no_barriers_in_light_and_english() {
    look_for_barriers("light", "en");
}

#[test]
fn no_barriers_in_light_and_chinese() {
    look_for_barriers("light", "zh");
}

#[test]
fn no_barriers_in_dark_and_english() {
    look_for_barriers("dark", "en");
}

#[test]
fn no_barriers_in_dark_and_chinese() {
    look_for_barriers("dark", "zh");
}
