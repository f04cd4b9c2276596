//! The page: Yew components, the frame loop, and what the browser lends them. Only built for the browser.
//!
//! [`App`](app::App) holds the whole state ([`lab::Lab`]) and receives every wish of the visitor as a message. A
//! frame plays the engine for at most 8 ms, paints what moves on a canvas, and asks for a rendering of figures
//! and texts at most ten times a second. Everything is a function of the lab: `stage`, `panel`, `timeline` and
//! `dialogs` only draw.

mod app;
mod browser;
mod cluster;
mod dialogs;
mod icons;
mod inspector;
mod keys;
mod lab;
mod legend;
mod log;
mod numbers;
mod paint;
mod panel;
mod parts;
mod pool;
mod predict;
mod settings;
mod stage;
mod timeline;
mod timings;
mod workers;
mod years;

/// Takes over the shell in `index.html`.
///
/// # Panics
///
/// If the document has no element `#app`.
pub fn run() {
    // Yew's own hook would take the place of one that is set in another way.
    yew::set_custom_panic_hook(Box::new(|info| {
        // Nothing of the program can be relied on any more: the shell's own script writes what is to be said.
        let _ = browser::root().set_attribute("data-panic", &info.to_string());
        browser::announce("ha-lab-panic");
    }));
    let root = browser::by_id("app").expect("index.html has an element #app");
    root.set_inner_html("");
    yew::Renderer::<app::App>::with_root(root).render();
}
