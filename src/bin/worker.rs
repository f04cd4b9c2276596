//! The entry point of a Web Worker: jobs come in as messages, and each is answered by one. Everything worth testing is in
//! the library.

fn main() {
    #[cfg(target_arch = "wasm32")]
    in_browser::run();
    #[cfg(not(target_arch = "wasm32"))]
    eprintln!("This binary runs in a Web Worker of the page: ./dev serve. On the command line take halab.");
}

#[cfg(target_arch = "wasm32")]
mod in_browser {
    use ha_lab::study::Word;
    use wasm_bindgen::{JsCast as _, JsValue, closure::Closure};
    use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

    pub fn run() {
        // Before anything can go wrong, and the only way to say so: a worker that panics stops without a word.
        std::panic::set_hook(Box::new(|info| say(&Word::Broken(info.to_string()))));
        let heard = Closure::<dyn FnMut(MessageEvent)>::new(|message: MessageEvent| {
            let job = message.data().as_string().unwrap_or_default();
            say(&Word::to(&job));
        });
        scope().set_onmessage(Some(heard.as_ref().unchecked_ref()));
        heard.forget();
        say(&Word::Ready);
    }

    fn scope() -> DedicatedWorkerGlobalScope {
        web_sys::js_sys::global().unchecked_into()
    }

    fn say(word: &Word) {
        let _ = scope().post_message(&JsValue::from_str(&word.to_json()));
    }
}
