//! First visits, to see which functions they call.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use ha_lab_e2e::server::{Encoding, Server};
use ha_lab_e2e::webdriver::Browser;
use ha_lab_e2e::{DESKTOP, PHONE, Size};

use crate::watch::MARK;

/// What is needed depends a little on where one looks from, and how fast: on a slow machine, frames and renderings meet that
/// are apart on a fast one. With each visit, how many times slower the processor is made.
const VISITS: [(Size, &str, u32); 3] =
    [(DESKTOP, "?lang=en&theme=light", 1), (PHONE, "?lang=zh&theme=dark", 1), (DESKTOP, "?lang=en&theme=light", 6)];

/// After the page is ready, the second part is on its way for about as long.
const FETCHING: Duration = Duration::from_millis(1500);

/// Which functions were called until the page was ready and a little longer, in any of the visits.
pub fn called(folder: &Path) -> Result<Vec<bool>> {
    let server = Server::start(folder, Encoding::Plain)?;
    let mut called = Vec::new();
    for (size, query, slower) in VISITS {
        let browser = Browser::start();
        browser.resize(size.width, size.height);
        browser.slow_down(slower);
        browser.before_each_page(&format!(
            "const watch = new MutationObserver(() => {{
               if (document.documentElement?.dataset.ready !== '1' || !window.marked) return;
               watch.disconnect();
               setTimeout(() => {{
                 window.called = Object.entries(window.marked).filter(([name]) => /^{MARK}\\d+$/.test(name))
                   .map(([name, mark]) => [+name.slice(1), mark.value]).sort((a, b) => a[0] - b[0]).map((one) => one[1]);
               }}, {});
             }});
             watch.observe(document, {{attributes: true, childList: true, subtree: true}});",
            FETCHING.as_millis()
        ));
        browser.goto(&format!("{}{query}", server.url()));
        let marks = marks(&browser)?;
        called.resize(marks.len(), false);
        for (seen, mark) in called.iter_mut().zip(marks) {
            *seen |= mark;
        }
    }
    Ok(called)
}

fn marks(browser: &Browser) -> Result<Vec<bool>> {
    let start = Instant::now();
    loop {
        let marks = browser.eval("return window.called ?? null");
        if let Some(marks) = marks.as_array() {
            return marks.iter().map(|mark| mark.as_u64().map(|mark| mark == 1).context("marks are numbers")).collect();
        }
        ensure!(start.elapsed() < Duration::from_secs(30), "the page does not get ready: {:?}", browser.complaints());
        thread::sleep(Duration::from_millis(50));
    }
}
