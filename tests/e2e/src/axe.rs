//! Looks for barriers with axe-core, by the rules of WCAG 2.2 AA.

use std::fmt::Write;
use std::{env, fs};

use crate::webdriver::Browser;

/// What axe finds wrong on the page as it stands, one line each; empty if nothing.
///
/// # Panics
///
/// If axe-core is not there: `./dev e2e` brings it along and names its place in `HA_LAB_AXE`.
pub fn violations(browser: &Browser) -> String {
    let path = env::var("HA_LAB_AXE").expect("HA_LAB_AXE names axe.min.js: run ./dev e2e");
    let axe = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    browser.eval(&format!("if (!window.axe) {{ {axe} }}"));
    let found = browser.eval_async(
        "const run = await axe.run(document, {
           runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
           resultTypes: ['violations'],
         });
         return run.violations.flatMap(rule => rule.nodes.map(node => [rule.id, node.target.join(' '), node.failureSummary]));",
    );
    let rows = found.as_array().unwrap_or_else(|| panic!("axe did not run: {found}"));
    let mut list = String::new();
    for row in rows {
        let word = |i: usize| row[i].as_str().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
        let _ = writeln!(list, "{} at {}: {}", word(0), word(1), word(2));
    }
    list
}
