//! For `tools/split`, the page is linked with `--emit-relocs`: it needs to know which function uses which constant.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=HA_LAB_SPLIT");
    let is_page = env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|target| target == "wasm32");
    if is_page && env::var("HA_LAB_SPLIT").is_ok_and(|split| !split.is_empty()) {
        println!("cargo::rustc-link-arg-bin=app=--emit-relocs");
    }
}
