//! A browser, driven from the outside: the part of the W3C WebDriver protocol that the tests need, over plain HTTP.
//!
//! Written here and not taken from a crate because it is one screen of HTTP, needs no async runtime, compiles in a second,
//! and because the tests lean on what the crates leave out: Chromium's own protocol (throttling, exact viewports, code that runs
//! before the page's) and the browser's log.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, process, thread};

use serde_json::{Value, json};

/// The name under which WebDriver hands out elements.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A key as WebDriver writes it.
pub mod key {
    pub const TAB: &str = "\u{e004}";
    pub const SHIFT: &str = "\u{e008}";
    pub const CONTROL: &str = "\u{e009}";
    pub const ENTER: &str = "\u{e007}";
    pub const ESCAPE: &str = "\u{e00c}";
    pub const SPACE: &str = " ";
    pub const HOME: &str = "\u{e011}";
    pub const END: &str = "\u{e010}";
    pub const LEFT: &str = "\u{e012}";
    pub const UP: &str = "\u{e013}";
    pub const RIGHT: &str = "\u{e014}";
    pub const DOWN: &str = "\u{e015}";
}

/// One chromedriver with one browser and a profile of its own. All three end when the value is dropped.
pub struct Browser {
    driver: Child,
    port: u16,
    session: String,
    profile: PathBuf,
}

/// An element of the page, as the browser knows it. It can go stale when the page redraws.
#[derive(Clone, Debug)]
pub struct Handle(String);

impl Browser {
    /// # Panics
    ///
    /// If chromedriver or the browser does not start.
    pub fn start() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let profile = env::temp_dir().join(format!("ha-lab-e2e-{}-{number}", process::id()));
        let program = env::var("CHROMEDRIVER").unwrap_or_else(|_| "chromedriver".into());
        let port =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|free| free.local_addr()).expect("a free port").port();
        let driver = Command::new(&program)
            .arg(format!("--port={port}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| {
                panic!("{program} does not start ({error}): ./dev e2e installs it, or says what to install")
            });
        let mut browser = Self { driver, port, session: String::new(), profile };
        browser.wait_for_driver();
        browser.open_session();
        browser
    }

    fn wait_for_driver(&self) {
        let start = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_err() {
            assert!(start.elapsed() < Duration::from_secs(20), "chromedriver does not listen");
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn open_session(&mut self) {
        let mut options = json!({
            "args": [
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--force-color-profile=srgb",
                "--lang=en",
                format!("--user-data-dir={}", self.profile.display()),
            ],
        });
        if let Ok(binary) = env::var("CHROME") {
            options["binary"] = binary.into();
        }
        let wish = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL"},
        }}});
        let answer = self.call("POST", "/session", &wish).expect("the browser starts");
        answer["sessionId"].as_str().expect("a session").clone_into(&mut self.session);
    }

    /// One call of the protocol, below `/session/{id}`.
    ///
    /// # Errors
    ///
    /// What the driver says, when it refuses.
    pub fn command(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        self.call(method, &format!("/session/{}{path}", self.session), body)
    }

    fn call(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        let answer =
            http(self.port, method, path, body).map_err(|error| format!("chromedriver, {method} {path}: {error}"))?;
        let mut answer: Value = serde_json::from_str(&answer).map_err(|error| format!("{error} in {answer}"))?;
        let value = answer["value"].take();
        match value["error"].as_str() {
            None => Ok(value),
            Some(kind) => Err(format!(
                "{kind}: {}",
                value["message"].as_str().unwrap_or_default().lines().next().unwrap_or_default()
            )),
        }
    }

    fn must(&self, method: &str, path: &str, body: &Value) -> Value {
        self.command(method, path, body).unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// Makes the processor this many times slower for the page.
    pub fn slow_down(&self, times: u32) {
        self.chromium("Emulation.setCPUThrottlingRate", &json!({ "rate": times }));
    }

    /// One command of Chromium's own protocol.
    ///
    /// # Panics
    ///
    /// If the browser refuses.
    pub fn chromium(&self, command: &str, params: &Value) -> Value {
        self.must("POST", "/goog/cdp/execute", &json!({"cmd": command, "params": params}))
    }

    pub fn goto(&self, url: &str) {
        self.must("POST", "/url", &json!({"url": url}));
    }

    pub fn url(&self) -> String {
        self.must("GET", "/url", &Value::Null).as_str().unwrap_or_default().to_owned()
    }

    /// The viewport, to the pixel.
    pub fn resize(&self, width: u32, height: u32) {
        self.chromium(
            "Emulation.setDeviceMetricsOverride",
            &json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false}),
        );
    }

    /// A media feature as the page sees it, such as `prefers-color-scheme` or `prefers-reduced-motion`.
    pub fn media(&self, feature: &str, value: &str) {
        self.chromium("Emulation.setEmulatedMedia", &json!({"features": [{"name": feature, "value": value}]}));
    }

    /// Code that runs in every page before the page's own.
    pub fn before_each_page(&self, code: &str) {
        self.chromium("Page.addScriptToEvaluateOnNewDocument", &json!({"source": code}));
    }

    /// The body of a function, run in the page; what it returns.
    pub fn eval(&self, code: &str) -> Value {
        self.must("POST", "/execute/sync", &json!({"script": code, "args": []}))
    }

    /// The body of an async function, run in the page; what its promise gives.
    pub fn eval_async(&self, code: &str) -> Value {
        let script =
            format!("const done = arguments[0]; (async () => {{ {code} }})().then(done, e => done('error: ' + e));");
        self.must("POST", "/execute/async", &json!({"script": script, "args": []}))
    }

    /// The first element that matches, if there is one.
    pub fn find(&self, css: &str) -> Option<Handle> {
        self.find_all(css).into_iter().next()
    }

    pub fn find_all(&self, css: &str) -> Vec<Handle> {
        let found = self.must("POST", "/elements", &json!({"using": "css selector", "value": css}));
        let handle = |element: &Value| element[ELEMENT].as_str().map(|id| Handle(id.to_owned()));
        found.as_array().map(|list| list.iter().filter_map(handle).collect()).unwrap_or_default()
    }

    /// A click as a person does it: refused if something lies on top of the element.
    ///
    /// # Errors
    ///
    /// If the element is gone, hidden or covered.
    pub fn click(&self, element: &Handle) -> Result<(), String> {
        self.command("POST", &format!("/element/{}/click", element.0), &json!({})).map(drop)
    }

    /// What stands in the element, as a person reads it.
    ///
    /// # Errors
    ///
    /// If the element is gone.
    pub fn text(&self, element: &Handle) -> Result<String, String> {
        let text = self.command("GET", &format!("/element/{}/text", element.0), &Value::Null)?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    /// # Errors
    ///
    /// If the element is gone.
    pub fn attribute(&self, element: &Handle, name: &str) -> Result<Option<String>, String> {
        let value = self.command("GET", &format!("/element/{}/attribute/{name}", element.0), &Value::Null)?;
        Ok(value.as_str().map(str::to_owned))
    }

    /// # Errors
    ///
    /// If the element is gone.
    pub fn is_displayed(&self, element: &Handle) -> Result<bool, String> {
        self.command("GET", &format!("/element/{}/displayed", element.0), &Value::Null)
            .map(|shown| shown == json!(true))
    }

    /// Types into an element; for a file input, the path of the file.
    ///
    /// # Errors
    ///
    /// If the element is gone or takes no text.
    pub fn type_into(&self, element: &Handle, text: &str) -> Result<(), String> {
        self.command("POST", &format!("/element/{}/value", element.0), &json!({"text": text})).map(drop)
    }

    /// Presses keys one after the other, wherever the focus is; a chord is several keys in one string, see [`key`].
    pub fn press(&self, chords: &[&str]) {
        let mut actions = Vec::new();
        for chord in chords {
            let keys: Vec<String> = chord.chars().map(String::from).collect();
            actions.extend(keys.iter().map(|key| json!({"type": "keyDown", "value": key})));
            actions.extend(keys.iter().rev().map(|key| json!({"type": "keyUp", "value": key})));
        }
        self.must("POST", "/actions", &json!({"actions": [{"type": "key", "id": "keyboard", "actions": actions}]}));
    }

    /// Drags with the mouse from one place to another inside an element; places are shares of its width, at half its height.
    pub fn drag(&self, element: &Handle, from: f64, to: f64) {
        let rect = self.must("GET", &format!("/element/{}/rect", element.0), &Value::Null);
        let width = rect["width"].as_f64().unwrap_or_default();
        let mv = |share: f64, time_ms: u32| {
            // WebDriver counts from the middle of the element.
            let x = ((share - 0.5) * width).round() as i64;
            json!({"type": "pointerMove", "duration": time_ms, "origin": {ELEMENT: element.0}, "x": x, "y": 0})
        };
        let actions = [
            mv(from, 0),
            json!({"type": "pointerDown", "button": 0}),
            mv(f64::midpoint(from, to), 50),
            mv(to, 50),
            json!({"type": "pointerUp", "button": 0}),
        ];
        self.must("POST", "/actions", &json!({"actions": [{"type": "pointer", "id": "mouse", "actions": actions}]}));
    }

    /// The viewport as PNG.
    ///
    /// # Panics
    ///
    /// If the browser gives no picture.
    pub fn screenshot(&self) -> Vec<u8> {
        let picture = self.must("GET", "/screenshot", &Value::Null);
        base64(picture.as_str().unwrap_or_default()).expect("a picture in base64")
    }

    /// What the page and the browser have complained about since the last call: errors on the console, failed requests.
    pub fn complaints(&self) -> Vec<String> {
        let log = self.must("POST", "/se/log", &json!({"type": "browser"}));
        let entries = log.as_array().map(Vec::as_slice).unwrap_or_default();
        let severe = entries.iter().filter(|entry| entry["level"] == "SEVERE");
        severe.map(|entry| entry["message"].as_str().unwrap_or_default().to_owned()).collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Takes the browser down with it, which a kill would not.
        let asked = http(self.port, "GET", "/shutdown", &Value::Null).is_ok();
        let start = Instant::now();
        while asked && start.elapsed() < Duration::from_secs(5) {
            if matches!(self.driver.try_wait(), Ok(Some(_))) {
                break;
            }
            thread::sleep(Duration::from_millis(20));
        }
        drop(self.driver.kill());
        drop(self.driver.wait());
        drop(fs::remove_dir_all(&self.profile));
    }
}

/// One request, one connection.
fn http(port: u16, method: &str, path: &str, body: &Value) -> std::io::Result<String> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(Duration::from_mins(2)))?;
    let body = if body.is_null() { String::new() } else { body.to_string() };
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    )?;
    let mut reader = BufReader::new(stream);
    let mut length = None;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim();
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().ok();
        }
    }
    let mut answer = Vec::new();
    match length {
        Some(length) => reader.take(length).read_to_end(&mut answer)?,
        None => reader.read_to_end(&mut answer)?,
    };
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

fn base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut buffer, mut bits) = (0_u32, 0);
    for letter in text.bytes().filter(|letter| *letter != b'=') {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        buffer = buffer << 6 | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((buffer >> bits) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn pictures_come_out_of_base64_as_they_went_in() {
        assert_eq!(base64("SEEgTGFi").unwrap(), b"HA Lab");
        assert_eq!(base64("TGFiIQ==").unwrap(), b"Lab!");
        assert_eq!(base64("no picture"), None);
    }
}
