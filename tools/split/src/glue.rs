//! The lines of JavaScript that bring the second part.

use anyhow::{Result, ensure};

/// Where the script that wasm-bindgen writes hands over its imports. The version of wasm-bindgen is pinned.
const IMPORTS: &str = "\"./app_bg.js\": import0,";

const MORE: &str = "
// The second part of the program. The first part calls needMore() when it needs it before it is there.
const moreUrl = new URL('./NAME', import.meta.url);
function needMore() {
    try {
        const request = new XMLHttpRequest();
        request.open('GET', moreUrl, false);
        request.overrideMimeType('text/plain; charset=x-user-defined');
        request.send();
        if (request.status !== 200) throw new Error(`${moreUrl}: ${request.status}`);
        const bytes = Uint8Array.from(request.responseText, (letter) => letter.charCodeAt(0));
        new WebAssembly.Instance(new WebAssembly.Module(bytes), { first: wasm });
    } catch (error) {
        dispatchEvent(new CustomEvent('ha-lab-missing', { detail: error }));
        throw error;
    }
}
new MutationObserver(async (_, watch) => {
    if (!document.documentElement.dataset.ready) return;
    watch.disconnect();
    const answer = await fetch(moreUrl).catch(() => ({}));
    if (!answer.ok) return; // It is asked for again when it is needed.
    await WebAssembly.instantiate(await answer.arrayBuffer(), { first: wasm });
    wasm.moreIsHere.value = 1;
}).observe(document.documentElement, { attributeFilter: ['data-ready'] });
";

pub fn with_more(script: &str, name: &str) -> Result<String> {
    ensure!(script.matches(IMPORTS).count() == 1, "the script is not what wasm-bindgen writes: no {IMPORTS}");
    Ok(script.replace(IMPORTS, &format!("{IMPORTS}\n        more: {{ needMore }},")) + &MORE.replace("NAME", name))
}
