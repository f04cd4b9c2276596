//! What the browser lends the page: memory between visits, preferences, the size of things.

use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{Document, Element, HtmlElement, Window};

/// The window.
pub fn window() -> Window {
    web_sys::window().expect("the page runs in a window")
}

/// The document.
pub fn document() -> Document {
    window().document().expect("a window shows a document")
}

/// `<html>`.
pub fn root() -> Element {
    document().document_element().expect("a document has a root")
}

/// Says that the first machine can be killed, to whatever waits for it: the second part of the program, and tests.
pub fn say_ready() {
    let _ = root().set_attribute("data-ready", "1");
}

/// The element with this id, if it is there now.
pub fn by_id(id: &str) -> Option<Element> {
    document().get_element_by_id(id)
}

/// Moves the focus to the element with this id.
pub fn focus(id: &str) {
    if let Some(element) = by_id(id).and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        let _ = element.focus();
    }
}

/// What was kept under this name on an earlier visit. Browsers may refuse to keep anything.
pub fn kept(name: &str) -> Option<String> {
    window().local_storage().ok()??.get_item(&key(name)).ok()?
}

/// Keeps something for later visits; false if the browser refuses.
pub fn keep(name: &str, value: &str) -> bool {
    let storage = window().local_storage().ok().flatten();
    storage.is_some_and(|storage| storage.set_item(&key(name), value).is_ok())
}

/// Forgets it.
pub fn forget(name: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = storage.remove_item(&key(name));
    }
}

fn key(name: &str) -> String {
    format!("ha-lab.{name}")
}

/// Whether a media query matches now.
pub fn matches(query: &str) -> bool {
    window().match_media(query).ok().flatten().is_some_and(|list| list.matches())
}

/// Milliseconds on the browser's monotonic clock.
pub fn now_ms() -> f64 {
    window().performance().map_or(0.0, |performance| performance.now())
}

/// Width of an element's inside, and the height that the page would give it if its own style asked for none; zeros if
/// it is not there.
pub fn free_size_of(id: &str) -> (f64, f64) {
    let Some(element) = by_id(id) else { return (0.0, 0.0) };
    let (width, style) = (element.client_width(), element.get_attribute("style"));
    let _ = element.remove_attribute("style");
    let height = element.client_height();
    if let Some(style) = style {
        let _ = element.set_attribute("style", &style);
    }
    (f64::from(width), f64::from(height))
}

/// A custom property of the style sheet as it is in force now.
pub fn style_property(name: &str) -> String {
    let style = window().get_computed_style(&root()).ok().flatten();
    style.and_then(|style| style.get_property_value(name).ok()).unwrap_or_default().trim().to_owned()
}

/// Tells the rest of the page that something happened, by an event on the window.
pub fn announce(name: &str) {
    if let Ok(event) = web_sys::Event::new(name) {
        let _ = window().dispatch_event(&event);
    }
}

/// The part of the address behind `#`, with it.
pub fn hash() -> String {
    window().location().hash().unwrap_or_default()
}

/// Goes to another part of the page, as a link would.
pub fn go_to(hash: &str) {
    let _ = window().location().set_hash(hash);
}

/// A text as a file to be downloaded, as an address; `kind` is its media type.
pub fn data_url(kind: &str, text: &str) -> String {
    let mut url = format!("data:{kind};charset=utf-8,");
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.,:".contains(&byte) {
            url.push(char::from(byte));
        } else {
            const HEX: &[u8; 16] = b"0123456789ABCDEF";
            let digits = [byte >> 4, byte & 15].map(|digit| char::from(HEX[usize::from(digit)]));
            url.push('%');
            url.extend(digits);
        }
    }
    url
}

/// Width and height of what is seen of the page.
pub fn viewport() -> (f64, f64) {
    let number = |value: Result<JsValue, JsValue>| value.ok().and_then(|value| value.as_f64()).unwrap_or_default();
    (number(window().inner_width()), number(window().inner_height()))
}

/// Listens to an event of the window for as long as the page lives.
pub fn listen(name: &str, heard: impl FnMut(web_sys::Event) + 'static) {
    let closure = wasm_bindgen::closure::Closure::<dyn FnMut(web_sys::Event)>::new(heard);
    let _ =
        window().add_event_listener_with_callback(name, closure.as_ref().unchecked_ref::<JsValue>().unchecked_ref());
    closure.forget();
}
