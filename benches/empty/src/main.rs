//! The empty page that HA Lab's loading time is compared with: Yew, Trunk and one heading, ready when the heading stands.

#[cfg(target_arch = "wasm32")]
mod page {
    use yew::{Html, component, html, use_effect};

    #[component]
    pub fn Empty() -> Html {
        use_effect(|| {
            let root = web_sys::window().and_then(|w| w.document()).and_then(|d| d.document_element());
            if let Some(root) = root {
                let _ = root.set_attribute("data-ready", "1");
            }
        });
        html! { <h1>{ "Empty" }</h1> }
    }
}

fn main() {
    #[cfg(target_arch = "wasm32")]
    yew::Renderer::<page::Empty>::new().render();
}
