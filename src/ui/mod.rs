//! The page: Yew components, the frame loop, and what the browser lends them. Only built for the browser.

use yew::{Html, component, html};

#[component]
fn App() -> Html {
    html! {
        <main class="shell">
            <h1>{ "HA Lab " }<span lang="zh">{ "高可用实验室" }</span></h1>
        </main>
    }
}

/// Takes over the shell in `index.html`.
///
/// # Panics
///
/// If the document has no element `#app`.
pub fn run() {
    let root = shell().expect("index.html has an element #app");
    root.set_inner_html("");
    yew::Renderer::<App>::with_root(root).render();
}

fn shell() -> Option<web_sys::Element> {
    web_sys::window()?.document()?.get_element_by_id("app")
}
