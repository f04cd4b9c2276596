//! A projector and a phone.

use ha_lab_e2e::{DESKTOP, Lab, PHONE};

#[test]
fn a_projector_shows_everything_without_scrolling() {
    for language in ["en", "zh"] {
        let lab = Lab::open(&format!("?lang={language}"), DESKTOP);
        let master = lab.master();
        lab.get(&format!("kill-{master}")).click();
        lab.get("incident-card").wait();
        lab.assert_fits_the_width();
        let outside = lab.browser.eval(
            "const ids = ['stage', 'availability', 'incident-card', 'play', 'clock', 'ribbon', 'undo', 'speed', 'lang', 'theme'];
             return ids.filter(id => {
               const e = document.querySelector(`[data-testid='${id}']`);
               if (!e) return true;
               const r = e.getBoundingClientRect();
               return r.top < 0 || r.left < 0 || r.bottom > innerHeight + 1 || r.right > innerWidth + 1 || r.width === 0;
             }).join(', ');",
        );
        assert_eq!(outside, "", "outside of 1280 × 720");
        lab.close();
    }
}

#[test]
fn a_phone_is_wide_enough() {
    for language in ["en", "zh"] {
        let lab = Lab::open(&format!("?lang={language}"), PHONE);
        let master = lab.master();
        lab.assert_fits_the_width();
        lab.get(&format!("kill-{master}")).click();
        lab.wait_until("a standby is promoted", || lab.master_now().is_some_and(|now| now != master));
        lab.assert_fits_the_width();
        lab.close();
    }
}

#[test]
fn the_theme_can_be_switched_and_is_remembered() {
    let lab = Lab::open("?lang=en&theme=light", DESKTOP);
    let background = || lab.browser.eval("return getComputedStyle(document.body).backgroundColor");
    let light = background();
    lab.get("theme").click();
    lab.wait_until("the page is dark", || background() != light);
    let dark = background();
    lab.visit("");
    lab.wait_until("dark is remembered", || background() == dark);
    lab.close();
}
