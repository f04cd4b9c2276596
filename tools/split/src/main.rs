//! Cuts the built page in two, so that the first visit waits only for what it needs.
//!
//! Usage: `split FOLDER LINKED`, where `FOLDER` holds the page that Trunk has built, and `LINKED` is the module that cargo gave
//! to Trunk, linked with `--emit-relocs`. The page is changed in place:
//!
//! 1. [`watch`]: every function of the module is given a mark that it was called; [`visit`] opens that page in a browser, as
//!    first visitors do, and reads the marks when the page is ready.
//! 2. [`cut`]: the functions that were called stay in `app…_bg.wasm`. The others go to `app…_more.wasm`, which shares memory and
//!    tables with it. Where the first part calls one of them, it calls through the table. [`data`] finds the constants that
//!    only those functions use; they move, too.
//! 3. [`glue`]: the page's JavaScript fetches the second part as soon as the page is ready, or at once if it is called before.
//!
//! What was called decides about speed only: whatever the list says, every call finds its function. A page that was not cut
//! is the same page, only later ready.

mod cut;
mod data;
mod glue;
mod visit;
mod watch;

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context as _, Result, bail};

/// The files that belong to the program. Their names begin alike and end in what they are.
struct Page {
    folder: PathBuf,
    stem: String,
}

fn main() -> Result<()> {
    let args: Vec<String> = env::args().skip(1).collect();
    let [folder, linked] = args.as_slice() else { bail!("usage: split FOLDER LINKED") };
    let page = Page::find(Path::new(folder))?;
    let module = fs::read(page.file("_bg.wasm"))?;
    let script = fs::read_to_string(page.file(".js"))?;

    let watched = page.folder.with_extension("watched");
    copy(&page.folder, &watched)?;
    fs::write(watched.join(format!("{}_bg.wasm", page.stem)), watch::with_marks(&module)?)?;
    fs::write(watched.join("index.html"), watch::with_hook(&fs::read_to_string(page.folder.join("index.html"))?)?)?;
    let called = visit::called(&watched);
    fs::remove_dir_all(&watched)?;

    let called = called?;
    if let Some(file) = env::var_os("HA_LAB_SPLIT_LIST") {
        fs::write(file, cut::largest(&module, &called)?)?;
    }
    let (first, more) = cut::in_two(&module, &fs::read(linked)?, &called)?;
    let page = page.renamed(&[&first, &more, script.as_bytes()])?;
    fs::write(page.file("_bg.wasm"), first)?;
    fs::write(page.file("_more.wasm"), more)?;
    fs::write(page.file(".js"), glue::with_more(&script, &format!("{}_more.wasm", page.stem))?)?;
    Ok(())
}

impl Page {
    fn find(folder: &Path) -> Result<Self> {
        for entry in fs::read_dir(folder)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            // The workers' program stays as it is.
            if let Some(stem) = name.strip_suffix("_bg.wasm").filter(|stem| stem.starts_with("app")) {
                return Ok(Self { folder: folder.to_owned(), stem: stem.to_owned() });
            }
        }
        bail!("there is no program in {}", folder.display())
    }

    fn file(&self, end: &str) -> PathBuf {
        self.folder.join(format!("{}{end}", self.stem))
    }

    /// The same page under a name that belongs to these contents, fetched early: parts of two builds never meet in a browser's cache.
    fn renamed(self, contents: &[&[u8]]) -> Result<Self> {
        let mut hasher = DefaultHasher::new();
        contents.hash(&mut hasher);
        let renamed = Self { stem: format!("app-{:016x}", hasher.finish()), folder: self.folder.clone() };
        let html = self.folder.join("index.html");
        let text = fs::read_to_string(&html)?.replace(&self.stem, &renamed.stem);
        fs::write(&html, glue::with_early_program(&text, &format!("{}_bg.wasm", renamed.stem))?)?;
        for end in ["_bg.wasm", ".js"] {
            fs::rename(self.file(end), renamed.file(end))?;
        }
        Ok(renamed)
    }
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let file = entry?.path();
        if file.is_file() {
            fs::copy(&file, to.join(file.file_name().context("a file")?))?;
        }
    }
    Ok(())
}
