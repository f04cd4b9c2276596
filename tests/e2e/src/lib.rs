//! HA Lab's page in a real browser.
//!
//! ```no_run
//! use ha_lab_e2e::{Lab, DESKTOP};
//!
//! let lab = Lab::open("?lang=en", DESKTOP);
//! let master = lab.master();
//! lab.get(&format!("kill-{master}")).click();
//! lab.wait_until("another machine is master", || lab.master_now().is_some_and(|now| now != master));
//! lab.close();
//! ```
//!
//! - [`server`] hands out the built page, as any static host would.
//! - [`webdriver`] speaks the W3C protocol to chromedriver, and Chromium's own protocol through it.
//! - [`lab`] knows the page: its stable hooks (`data-testid`), and how to wait for them.
//! - [`axe`] looks for barriers.
//!
//! Nothing is shared between two labs: each has its own server, driver, browser and profile, so tests run side by side.
#![allow(missing_docs, reason = "a tool of the tests: what its names say is not said twice")]

pub mod axe;
pub mod lab;
pub mod server;
pub mod webdriver;

pub use lab::{DESKTOP, Lab, PHONE, Size};
