//! The page as the tests know it: by its stable hooks, never by its looks.
//!
//! The hooks are `data-testid`s, the same in every language and theme: `stage`, `node-<id>` (with `data-role` and `data-state`),
//! `kill-<id>`, `restart-<id>`, `availability`, `incident-card`, `phase-<name>`, `play` (with `aria-pressed`), `step-forward`,
//! `step-back`, `undo`, `redo`, `speed`, `clock`, `ribbon`, `log`, `lang`, `theme`, `scenario-open`, `settings-open`,
//! `file-input`, `error-box`, `help`. `<html data-ready="1">` says that the first event has been seen and that kill works.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use crate::axe;
use crate::server::{Encoding, Server};
use crate::webdriver::{Browser, Handle};

/// A viewport in CSS pixels.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    pub width: u32,
    pub height: u32,
}

/// A projector.
pub const DESKTOP: Size = Size { width: 1280, height: 720 };
/// A small phone.
pub const PHONE: Size = Size { width: 375, height: 812 };

/// Enough for a whole failover at the speed of the first visit, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(25);
/// Enough for the page to load on a busy machine. Shorter, since a page that never gets ready fails every test.
const PATIENCE_TO_LOAD: Duration = Duration::from_secs(10);

/// A visitor with the page open.
pub struct Lab {
    pub browser: Browser,
    server: Server,
}

/// One hook of the page. Looked up anew for each use, since the page redraws.
pub struct Spot<'a> {
    lab: &'a Lab,
    css: String,
}

impl Lab {
    /// A first visit: the page with an empty profile, ready to be used. `query` is empty or starts with `?`.
    ///
    /// # Panics
    ///
    /// If the page is not built or does not get ready.
    pub fn open(query: &str, size: Size) -> Self {
        let lab = Self::start(size);
        lab.visit(query);
        lab
    }

    /// A browser before its first visit, so that it can be told what it prefers.
    ///
    /// # Panics
    ///
    /// If the page is not built.
    pub fn start(size: Size) -> Self {
        let folder = page_folder();
        let server = Server::start(&folder, Encoding::Plain)
            .unwrap_or_else(|error| panic!("no page in {} ({error}): build it with ./dev build", folder.display()));
        let browser = Browser::start();
        browser.resize(size.width, size.height);
        Self { browser, server }
    }

    /// Goes to the page, once more or for the first time, and waits until it is ready.
    pub fn visit(&self, query: &str) {
        self.browser.goto(&format!("{}{query}", self.server.url()));
        self.wait(PATIENCE_TO_LOAD, "the page is ready and whole", || {
            self.browser.find("html[data-ready='1']:not([data-part])").is_some()
        });
    }

    /// Where the page is, with a slash at the end.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// The element with this `data-testid`.
    pub fn get(&self, id: &str) -> Spot<'_> {
        self.css(&format!("[data-testid='{id}']"))
    }

    pub fn css(&self, css: &str) -> Spot<'_> {
        Spot { lab: self, css: css.to_owned() }
    }

    /// Waits for something to become true; says what was awaited, and keeps a picture, if it does not.
    ///
    /// # Panics
    ///
    /// When it takes too long.
    pub fn wait_until(&self, what: &str, is_true: impl FnMut() -> bool) {
        self.wait(PATIENCE, what, is_true);
    }

    fn wait(&self, patience: Duration, what: &str, mut is_true: impl FnMut() -> bool) {
        let start = Instant::now();
        while !is_true() {
            if start.elapsed() > patience {
                let picture = self.shot_of_failure();
                let complaints = self.browser.complaints().join("\n  ");
                panic!("waited {patience:?} in vain until {what}\n  picture: {}\n  {complaints}", picture.display());
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// The id of the only machine that is master and up, if there is exactly one.
    pub fn master_now(&self) -> Option<String> {
        match self.machines("[data-role='master'][data-state='up']").as_slice() {
            [only] => Some(only.clone()),
            _ => None,
        }
    }

    /// The id of the master, awaited.
    pub fn master(&self) -> String {
        self.wait_until("there is one master", || self.master_now().is_some());
        self.master_now().expect("just seen")
    }

    /// The ids of the machines that match, in the order of the page.
    pub fn machines(&self, filter: &str) -> Vec<String> {
        let code = format!(
            "return [...document.querySelectorAll(\"[data-testid^='node-']{filter}\")].map(e => e.dataset.testid.slice(5))"
        );
        let ids = self.browser.eval(&code);
        ids.as_array().into_iter().flatten().filter_map(|id| id.as_str().map(str::to_owned)).collect()
    }

    /// The availability on the panel, in percent.
    ///
    /// # Panics
    ///
    /// If no number stands there.
    pub fn availability(&self) -> f64 {
        let text = self.get("availability").text();
        number(&text).unwrap_or_else(|| panic!("no number in the availability: '{text}'"))
    }

    /// The playhead's place in seconds, read from the clock (`1:02:03.4`, `02:03.4` or `3.4`).
    ///
    /// # Panics
    ///
    /// If no time stands there.
    pub fn clock(&self) -> f64 {
        let text = self.get("clock").text();
        let digits: String = text.chars().filter(|letter| letter.is_ascii_digit() || ".:".contains(*letter)).collect();
        let parts: Result<Vec<f64>, _> = digits.split(':').map(str::parse).collect();
        let Ok(parts) = parts else { panic!("no time on the clock: '{text}'") };
        parts.iter().fold(0.0, |sum, part| sum * 60.0 + part)
    }

    pub fn is_playing(&self) -> bool {
        self.get("play").attribute("aria-pressed").as_deref() == Some("true")
    }

    /// Stops the time, if it runs.
    pub fn pause(&self) {
        if self.is_playing() {
            self.get("play").click();
            self.wait_until("the lab is paused", || !self.is_playing());
        }
    }

    /// Barriers as axe sees them.
    ///
    /// # Panics
    ///
    /// If there are any; the message lists them.
    pub fn assert_no_barriers(&self, where_: &str) {
        let violations = axe::violations(&self.browser);
        assert!(violations.is_empty(), "axe-core, {where_}:\n{violations}");
    }

    /// # Panics
    ///
    /// If the page is wider than its window; the message names the elements that stick out.
    pub fn assert_fits_the_width(&self) {
        let wide = self.browser.eval(
            "const width = document.documentElement.clientWidth;
             if (document.documentElement.scrollWidth <= width) return '';
             return [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > width + 1)
               .slice(0, 8).map(e => `${e.tagName}.${e.className} ${e.dataset.testid ?? ''}`).join('\\n') || 'unknown';",
        );
        assert_eq!(wide, "", "the page scrolls sideways because of");
    }

    /// Chooses one of a list by its place.
    pub fn choose(&self, id: &str, place: usize) {
        self.get(id).wait();
        self.browser.eval(&format!(
            "const list = document.querySelector(\"[data-testid='{id}']\");
             list.selectedIndex = {place};
             list.dispatchEvent(new Event('change', {{bubbles: true}}));"
        ));
    }

    /// # Panics
    ///
    /// If one of these cannot be seen whole without scrolling; the message names it.
    pub fn assert_in_view(&self, ids: &[&str]) {
        let outside = self.browser.eval(&format!(
            "return {ids:?}.filter(id => {{
               const r = document.querySelector(`[data-testid='${{id}}']`)?.getBoundingClientRect();
               return !r || r.top < 0 || r.left < 0 || r.bottom > innerHeight + 1 || r.right > innerWidth + 1;
             }}).join(', ');"
        ));
        assert_eq!(outside, "", "outside of the window");
    }

    /// A picture of the viewport, in `target/shots/NAME.png`.
    ///
    /// # Panics
    ///
    /// If it cannot be written.
    pub fn shot(&self, name: &str) -> PathBuf {
        let folder = repository().join("target/shots");
        fs::create_dir_all(&folder).expect("target/shots can be made");
        let path = folder.join(format!("{name}.png"));
        fs::write(&path, self.browser.screenshot()).expect("the picture can be written");
        path
    }

    /// A picture under the name of the test that runs.
    fn shot_of_failure(&self) -> PathBuf {
        let thread = thread::current();
        self.shot(&format!("failed-{}", thread.name().unwrap_or("main").replace("::", "-")))
    }

    /// Ends the visit. Every test ends with it: a page that complained on the console has failed.
    ///
    /// # Panics
    ///
    /// If the console shows errors.
    pub fn close(self) {
        let complaints = self.browser.complaints();
        assert!(complaints.is_empty(), "the browser complained:\n{}", complaints.join("\n"));
    }
}

impl Spot<'_> {
    fn try_handle(&self) -> Option<Handle> {
        self.lab.browser.find(&self.css)
    }

    /// Does something with the element; waits while it is missing, hidden, covered or being redrawn.
    fn with<T>(&self, what: &str, act: impl Fn(&Browser, &Handle) -> Result<T, String>) -> T {
        let mut done = None;
        let mut last = String::from("there is no such element");
        let what = format!("{} can be {what}", self.css);
        let start = Instant::now();
        while done.is_none() && start.elapsed() < PATIENCE {
            if let Some(handle) = self.try_handle() {
                match act(&self.lab.browser, &handle) {
                    Ok(value) => done = Some(value),
                    Err(error) => last = error,
                }
            }
            if done.is_none() {
                thread::sleep(Duration::from_millis(50));
            }
        }
        done.unwrap_or_else(|| {
            panic!("waited in vain until {what}: {last}\n  picture: {}", self.lab.shot_of_failure().display())
        })
    }

    pub fn click(&self) {
        self.with("clicked", Browser::click);
    }

    pub fn text(&self) -> String {
        self.with("read", Browser::text)
    }

    pub fn attribute(&self, name: &str) -> Option<String> {
        self.with("asked", |browser, handle| browser.attribute(handle, name))
    }

    pub fn type_text(&self, text: &str) {
        self.with("typed into", |browser, handle| browser.type_into(handle, text));
    }

    /// Drags inside the element, see [`Browser::drag`].
    pub fn drag(&self, from: f64, to: f64) {
        self.with("dragged in", |browser, handle| {
            browser.drag(handle, from, to);
            Ok(())
        });
    }

    pub fn is_shown(&self) -> bool {
        self.try_handle().is_some_and(|handle| self.lab.browser.is_displayed(&handle) == Ok(true))
    }

    pub fn wait(&self) -> &Self {
        self.lab.wait_until(&format!("{} is shown", self.css), || self.is_shown());
        self
    }

    pub fn wait_gone(&self) {
        self.lab.wait_until(&format!("{} is gone", self.css), || !self.is_shown());
    }
}

/// The first number in a text, whatever stands around it.
pub fn number(text: &str) -> Option<f64> {
    let start = text.find(|letter: char| letter.is_ascii_digit())?;
    let rest = &text[start..];
    let end = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(rest.len());
    rest[..end].trim_end_matches('.').parse().ok()
}

/// Where the checkout is.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Where the built page is: `dist/`, unless `HA_LAB_DIST` names another folder.
pub fn page_folder() -> PathBuf {
    env::var_os("HA_LAB_DIST").map_or_else(|| repository().join("dist"), PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_are_found_among_words() {
        assert_eq!(number("93.86 %"), Some(93.86));
        assert_eq!(number("可用性 99.5%"), Some(99.5));
        assert_eq!(number("–"), None);
    }
}
