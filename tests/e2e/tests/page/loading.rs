//! How the page arrives: in two parts, the second when the first already runs; and what it says if something is missing.

use ha_lab_e2e::{DESKTOP, Lab};
use serde_json::json;

/// How the second part was asked for: "fetch" after the first was ready, "xmlhttprequest" when it could not wait.
const ASKED: &str = "return performance.getEntriesByType('resource')
    .filter(e => e.name.endsWith('_more.wasm')).map(e => e.initiatorType)";

/// Keeps the second part from arriving by itself.
const HELD: &str = "
    const real = window.fetch;
    window.fetch = (what, ...more) => String(what).endsWith('_more.wasm') ? new Promise(() => {}) : real(what, ...more);";

/// The second part is nowhere to be had.
const LOST: &str = "
    const open = XMLHttpRequest.prototype.open;
    XMLHttpRequest.prototype.open = function (how, what, ...more) { open.call(this, how, what + '.lost', ...more) };";

#[test]
fn the_first_visit_does_not_wait_for_the_second_part() {
    let lab = Lab::open("?lang=en", DESKTOP);
    lab.wait_until("the second part is asked for", || lab.browser.eval(ASKED) != json!([]));
    assert_eq!(lab.browser.eval(ASKED), json!(["fetch"]), "something in the first part needed it before it was ready");
    lab.close();
}

#[test]
fn who_is_quicker_than_the_second_part_gets_it_at_once() {
    let lab = Lab::start(DESKTOP);
    lab.browser.before_each_page(HELD);
    lab.browser.goto(&format!("{}?lang=en", lab.url()));
    let master = lab.master();
    lab.get(&format!("kill-{master}")).click();
    lab.wait_until("another machine is master", || lab.master_now().is_some_and(|now| now != master));
    lab.get("help").click();
    lab.get("dialog").wait();
    assert_eq!(lab.browser.eval(ASKED), json!(["xmlhttprequest"]));
    lab.close();
}

#[test]
fn a_second_part_that_is_lost_is_said_in_plain_words() {
    let lab = Lab::start(DESKTOP);
    lab.browser.before_each_page(HELD);
    lab.browser.before_each_page(LOST);
    lab.browser.goto(&format!("{}?lang=en", lab.url()));
    let master = lab.master();
    lab.get(&format!("kill-{master}")).click();
    lab.wait_until("the page says so", || lab.browser.find(".failure[role='alert']").is_some());
    let text = lab.css(".failure").text();
    assert!(text.contains("did not arrive"), "{text}");
    assert!(text.contains("Try again"), "{text}");
}

#[test]
fn a_program_that_does_not_arrive_is_said_in_plain_words() {
    let lab = Lab::start(DESKTOP);
    lab.browser.before_each_page(
        "WebAssembly.compileStreaming = WebAssembly.instantiateStreaming = () => Promise.reject(new TypeError('no way'));",
    );
    lab.browser.goto(&format!("{}?lang=zh", lab.url()));
    lab.wait_until("the page says so", || lab.browser.find(".failure[role='alert']").is_some());
    let text = lab.css(".failure").text();
    assert!(text.contains("实验室无法启动") && text.contains("重试"), "{text}");
}

#[test]
fn after_a_panic_the_seed_is_shown_and_a_restart_leads_to_just_before_it() {
    let lab = Lab::open("?lang=en", DESKTOP);
    let master = lab.master();
    lab.get(&format!("kill-{master}")).click();
    lab.wait_until("another machine is master", || lab.master_now().is_some_and(|now| now != master));
    // A browser that refuses to build the page is more than the program can bear: a real panic.
    lab.browser.eval("Node.prototype.insertBefore = () => { throw new Error('a test') }");
    lab.browser.press(&["?"]);
    lab.wait_until("the page says so", || lab.browser.find(".failure[role='alert']").is_some());
    let text = lab.css(".failure").text();
    assert!(text.contains("Seed") && text.contains("saved"), "{text}");
    lab.css(".failure .primary").click();
    lab.wait_until("the page is back", || lab.browser.find("html[data-ready='1'] [data-testid='undo']").is_some());
    lab.wait_until("the master is dead there, too", || {
        lab.machines(&format!("[data-testid='node-{master}'][data-state='down']")).len() == 1
    });
    assert!(lab.clock() > 1.0, "not at the beginning");
}
