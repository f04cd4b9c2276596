//! What the page costs: how soon it is ready, beside an empty page, and how long its frames take. `./dev bench page`.
//!
//! Usage: `bench EMPTY_FOLDER PAGE_FOLDER [QUERY]`. Frames are timed of the first visit, and of the largest stage; with a
//! query, of the scenario that it chooses.

use std::path::Path;
use std::time::{Duration, Instant};
use std::{env, thread};

use ha_lab_e2e::lab::{DESKTOP, Lab, repository};
use ha_lab_e2e::server::{Encoding, Server};
use ha_lab_e2e::webdriver::Browser;
use serde_json::{Value, json};

const PAIRS: usize = 5;
const FRAMES_FOR: Duration = Duration::from_secs(30);
const KILL_AFTER: Duration = Duration::from_secs(5);

/// Notes, in milliseconds since the start of the navigation, when the page says that it is ready.
const WATCH_READY: &str = "
    const watch = new MutationObserver(() => {
      if (document.documentElement?.dataset.ready === '1' && !window.readyAt) {
        window.readyAt = performance.now();
        watch.disconnect();
      }
    });
    watch.observe(document, {attributes: true, childList: true, subtree: true, attributeFilter: ['data-ready']});";

/// Notes for each animation frame how long its callbacks took, with the microtasks that they left behind (Yew renders in one).
const WATCH_FRAMES: &str = "
    window.frameTimes = [];
    const ask = window.requestAnimationFrame.bind(window);
    let frame = -1, sum = 0;
    window.requestAnimationFrame = callback => ask(time => {
      if (time !== frame) {
        if (frame >= 0) window.frameTimes.push(sum);
        [frame, sum] = [time, 0];
      }
      const start = performance.now();
      try { callback(time); } finally { queueMicrotask(() => { sum += performance.now() - start; }); }
    });";

fn main() {
    let args: Vec<String> = env::args().skip(1).collect();
    let (empty, page, queries) = match args.as_slice() {
        [empty, page, queries @ ..] if queries.len() < 2 => (empty, page, queries),
        _ => panic!("usage: bench EMPTY_FOLDER PAGE_FOLDER [QUERY]"),
    };
    ready(Path::new(empty), Path::new(page));
    if let [query] = queries {
        frames(query, |_| {});
        return;
    }
    frames("", |_| {});
    frames("", |lab| {
        lab.get("scenario-open").click();
        let file = repository().join("benches/largest-stage.json").canonicalize().expect("it is in the repository");
        lab.get("file-input").type_text(&file.to_string_lossy());
        lab.wait_until("the largest stage stands", || lab.machines("").len() > 13);
    });
}

fn ready(empty: &Path, page: &Path) {
    println!("\nready: processor 4 times slower, 10 Mbit/s, 40 ms, a fresh profile each time");
    println!("{:>10} {:>10} {:>8}", "empty, ms", "page, ms", "ratio");
    let (mut empties, mut pages) = (Vec::new(), Vec::new());
    let mut fetched = Value::Null;
    for _ in 0..PAIRS {
        let (empty_ms, _) = time_until_ready(empty);
        let (page_ms, files) = time_until_ready(page);
        println!("{empty_ms:>10.0} {page_ms:>10.0} {:>8.2}", page_ms / empty_ms);
        empties.push(empty_ms);
        pages.push(page_ms);
        fetched = files;
    }
    let (empty_ms, page_ms) = (quantile(&mut empties, 0.5), quantile(&mut pages, 0.5));
    println!("{empty_ms:>10.0} {page_ms:>10.0} {:>8.2}  median; the bar is 1.5", page_ms / empty_ms);
    println!("\nfetched until ready, gzip -9:");
    let mut total = 0;
    for file in fetched.as_array().into_iter().flatten() {
        let bytes = file[1].as_u64().unwrap_or_default();
        total += bytes;
        println!("{bytes:>10}  {}", file[0].as_str().unwrap_or_default());
    }
    println!("{total:>10}  together; the bar is 204800");
}

fn time_until_ready(folder: &Path) -> (f64, Value) {
    let server = Server::start(folder, Encoding::Gzip).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let browser = Browser::start();
    browser.resize(DESKTOP.width, DESKTOP.height);
    browser.before_each_page(WATCH_READY);
    browser.chromium("Network.enable", &json!({}));
    let bytes_per_second = 10_000_000 / 8;
    browser.chromium(
        "Network.emulateNetworkConditions",
        &json!({"offline": false, "latency": 40, "downloadThroughput": bytes_per_second, "uploadThroughput": bytes_per_second}),
    );
    browser.slow_down(4);
    browser.goto(&server.url());
    let start = Instant::now();
    loop {
        if let Some(ready_ms) = browser.eval("return window.readyAt ?? null").as_f64() {
            let files = browser.eval(
                "return performance.getEntries()
                   .filter(e => e.encodedBodySize > 0 && e.startTime <= window.readyAt)
                   .map(e => [e.name.split('/').pop() || 'index.html', e.encodedBodySize]);",
            );
            return (ready_ms, files);
        }
        assert!(start.elapsed() < Duration::from_secs(30), "{} does not get ready", folder.display());
        thread::sleep(Duration::from_millis(100));
    }
}

fn frames(query: &str, prepare: impl Fn(&Lab)) {
    let lab = Lab::start(DESKTOP);
    lab.browser.before_each_page(WATCH_FRAMES);
    lab.visit(query);
    prepare(&lab);
    let machines = lab.machines("").len();
    println!("\nframes: 1280 × 720, {machines} machines on the stage, {} s with a failover", FRAMES_FOR.as_secs());
    let first = || lab.machines(":is([data-role='master'], [data-role='leader'])[data-state='up']").into_iter().next();
    lab.wait_until("there is a master or a leader", || first().is_some());
    let master = first().expect("just seen");
    lab.browser.eval("window.frameTimes.length = 0");
    thread::sleep(KILL_AFTER);
    lab.get(&format!("kill-{master}")).click();
    thread::sleep(FRAMES_FOR.saturating_sub(KILL_AFTER));
    let times = lab.browser.eval("return window.frameTimes");
    let mut times: Vec<f64> = times.as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
    assert!(!times.is_empty(), "the page draws no frames");
    println!("{:>10} frames", times.len());
    for (name, share, bar) in [("median", 0.5, "the bar is 4"), ("p99", 0.99, "the bar is 8"), ("longest", 1.0, "")] {
        println!("{:>10.2} ms {name:<8} {bar}", quantile(&mut times, share));
    }
}

fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    values[((values.len() - 1) as f64 * share).round() as usize]
}
