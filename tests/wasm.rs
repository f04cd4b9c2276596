//! The golden hashes once more, in a browser: what the engine does must not depend on where it runs.
#![cfg(target_arch = "wasm32")]

use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// `libm` is what native and browser share; here is the proof for one value, bit by bit.
#[wasm_bindgen_test]
fn libm_gives_the_same_bits_as_native() {
    assert_eq!(libm::log(3.0).to_bits(), 0x3ff1_93ea_7aad_030b);
}
