//! The page's entry point. Everything worth testing is in the library.

fn main() {
    #[cfg(target_arch = "wasm32")]
    ha_lab::ui::run();
    #[cfg(not(target_arch = "wasm32"))]
    eprintln!("This binary is the page and runs in a browser: ./dev serve. On the command line take halab.");
}
