//! The lines of JavaScript that bring the program: the first part as early as can be, the second as soon as the first is at work.

use anyhow::{Result, ensure};

/// Where the script that wasm-bindgen writes hands over its imports. The version of wasm-bindgen is pinned.
const IMPORTS: &str = "\"./app_bg.js\": import0,";

const MORE: &str = "
// The second part of the program. The first part calls needMore() when it needs it before it is there.
const moreUrl = new URL('./NAME', import.meta.url);
document.documentElement.dataset.part = 'first';
function isWhole() {
    wasm.moreIsHere.value = 1;
    delete document.documentElement.dataset.part;
    dispatchEvent(new Event('ha-lab-whole'));
}
function needMore() {
    try {
        const request = new XMLHttpRequest();
        request.open('GET', moreUrl, false);
        request.overrideMimeType('text/plain; charset=x-user-defined');
        request.send();
        if (request.status !== 200) throw new Error(`${moreUrl}: ${request.status}`);
        const bytes = Uint8Array.from(request.responseText, (letter) => letter.charCodeAt(0));
        new WebAssembly.Instance(new WebAssembly.Module(bytes), { first: wasm });
        setTimeout(isWhole); // The program is in the middle of something.
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
    isWhole();
}).observe(document.documentElement, { attributeFilter: ['data-ready'] });
";

pub fn with_more(script: &str, name: &str) -> Result<String> {
    ensure!(script.matches(IMPORTS).count() == 1, "the script is not what wasm-bindgen writes: no {IMPORTS}");
    Ok(script.replace(IMPORTS, &format!("{IMPORTS}\n        more: {{ needMore }},")) + &MORE.replace("NAME", name))
}

/// Fetches the program before anything else: the browser sees the link before it runs a line. If the script cannot compile
/// it, that is left to wasm-bindgen.
const EARLY: &str = "<head>
PRELOAD
<script>
const program = (async (address) => {
  try { return await WebAssembly.compileStreaming(fetch(address)) } catch { return address }
})('./NAME');
</script>";

pub fn with_early_program(html: &str, name: &str) -> Result<String> {
    let preload = format!(
        "<link rel=\"preload\" href=\"./{name}\" crossorigin=\"anonymous\" as=\"fetch\" type=\"application/wasm\">"
    );
    let address = format!("module_or_path: './{name}'");
    for line in [preload.as_str(), address.as_str(), "<head>"] {
        ensure!(html.matches(line).count() == 1, "index.html is not what Trunk writes: no {line}");
    }
    Ok(html
        .replace(&preload, "")
        .replace(&address, "module_or_path: program")
        .replace("<head>", &EARLY.replace("PRELOAD", &preload).replace("NAME", name)))
}
