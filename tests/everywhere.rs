//! What must be the same everywhere: these tests run natively in a debug build and in an optimised one, and in a browser.
//! Golden hashes belong here. `./dev test` runs all three; the attribute `test` is the browser's own there.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::{wasm_bindgen_test as test, wasm_bindgen_test_configure};

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test_configure!(run_in_browser);

#[test]
fn logarithms_have_the_same_bits() {
    assert_eq!(libm::log(3.0).to_bits(), 0x3ff1_93ea_7aad_030a);
}
