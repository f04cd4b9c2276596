//! Keeps what clippy cannot see: who may know whom, what the engine stays away from, and how files look.
//!
//! Every complaint names the place and the remedy. The rooms and their arrows are drawn in `ARCHITECTURE.md`.
#![cfg(not(target_arch = "wasm32"))]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Each room of `src`, and the rooms that it may use. What those may use, it may use as well.
const ARROWS: [(&str, &[&str]); 12] = [
    ("bin", &["ui", "study"]),
    ("ui", &["share", "view", "study"]),
    ("share", &["player"]),
    ("view", &["player", "measure", "i18n"]),
    ("player", &["scenario", "measure"]),
    ("study", &["scenario", "measure", "theory"]),
    ("i18n", &["ha", "measure", "scenario", "theory", "study"]),
    ("scenario", &["ha"]),
    ("measure", &["ha"]),
    ("ha", &["sim"]),
    ("theory", &[]),
    ("sim", &[]),
];

/// What simulated machines must not touch, and what to take instead.
const NOT_IN_THE_ENGINE: [(&str, &str); 9] = [
    ("HashMap", "take BTreeMap or a Vec: the order of a hash map differs from run to run"),
    ("HashSet", "take BTreeSet or a sorted Vec: the order of a hash set differs from run to run"),
    ("Instant", "take SimTime or LocalTime: the engine has no other clock"),
    ("SystemTime", "take SimTime or LocalTime: the engine has no other clock"),
    ("thread_rng", "take the dice of the step: all chance comes from the scenario's seed"),
    ("f32", "take integers, or f64 with libm: f32 has no place in the engine"),
    ("dyn", "take an enum: a world must be Clone, hashable and comparable"),
    ("println", "note it to the trace: the engine does no I/O"),
    ("eprintln", "note it to the trace: the engine does no I/O"),
];

/// Functions of std's floats whose last bits differ between native and WebAssembly.
const FLOAT_FUNCTIONS: [&str; 17] = [
    "exp", "exp2", "exp_m1", "ln", "ln_1p", "log", "log2", "log10", "powf", "cbrt", "hypot", "sin", "cos", "tan",
    "sinh", "cosh", "tanh",
];

/// Files that may be longer than [`LONGEST_FILE`], and why.
const LONG_FILES: [(&str, &str); 1] = [("tests/sim.rs", "what the simulator guarantees, one short test each")];

const LONGEST_FILE: usize = 600;
const LONGEST_LINE: usize = 140;

#[test]
fn rooms_know_only_the_rooms_they_may() {
    let mut faults = Vec::new();
    for file in files("src", &["rs"]) {
        let Some(room) = room(&file) else { continue };
        if !ARROWS.iter().any(|(known, _)| *known == room) {
            faults.push(format!("{}: '{room}' is no room: add it to ARROWS here and to ARCHITECTURE.md", show(&file)));
            continue;
        }
        let allowed = reachable(&room);
        for (line, used) in rooms_used(&code(&file)) {
            if used != room && !allowed.contains(used.as_str()) {
                faults.push(format!(
                    "{}:{line}: {room} must not use {used} (it may use {}): move the code, or hand the value in",
                    show(&file),
                    if allowed.is_empty() { "nothing".to_owned() } else { join(&allowed) },
                ));
            }
        }
    }
    assert_none(&faults);
}

#[test]
fn the_engine_has_no_clock_no_hash_order_and_no_floats_of_its_own() {
    let mut faults = Vec::new();
    for file in files("src", &["rs"]).filter(|file| matches!(room(file).as_deref(), Some("sim" | "ha"))) {
        for (number, line) in code(&file).lines().enumerate() {
            let place = format!("{}:{}", show(&file), number + 1);
            for (word, remedy) in NOT_IN_THE_ENGINE {
                if has_word(line, word) {
                    faults.push(format!("{place}: {word}: {remedy}"));
                }
            }
            for function in FLOAT_FUNCTIONS {
                // Without an argument, log() is no logarithm: std's takes its base.
                if line.replace(".log()", "").contains(&format!(".{function}(")) {
                    faults
                        .push(format!("{place}: .{function}(): take libm, native and wasm differ in std's last bits"));
                }
            }
        }
    }
    assert_none(&faults);
}

#[test]
fn only_the_interface_knows_the_browser() {
    let mut faults = Vec::new();
    let outside = |file: &PathBuf| {
        let path = show(file);
        !path.starts_with("src/ui") && !matches!(&*path, "src/bin/app.rs" | "src/bin/worker.rs")
    };
    for file in files("src", &["rs"]).filter(outside) {
        for (number, line) in code(&file).lines().enumerate() {
            for library in ["web_sys", "js_sys", "wasm_bindgen", "yew", "gloo"] {
                if has_word(line, library) || line.contains(&format!("{library}_")) {
                    faults.push(format!("{}:{}: {library} belongs into src/ui", show(&file), number + 1));
                }
            }
        }
    }
    assert_none(&faults);
}

#[test]
fn every_source_file_says_what_it_is() {
    let silent = files("src", &["rs"]).chain(files("tests", &["rs"])).chain(files("benches", &["rs"]));
    let silent = silent.filter(|file| !read(file).starts_with("//! "));
    let faults: Vec<_> = silent
        .map(|file| format!("{}:1: open with `//!` and what the file is, and what always holds", show(&file)))
        .collect();
    assert_none(&faults);
}

#[test]
fn files_are_clean() {
    let mut faults = Vec::new();
    // Prose in Markdown has one line for each paragraph; data is as long as it is.
    let text = ["rs", "toml", "css", "html", "json", "md", "txt", "js", "svg", "yml", ""];
    for file in files(".", &text) {
        let content = read(&file);
        // A sentence and its Chinese stand side by side, however long they are; so do the parts of a style rule.
        let is_code = file.extension().is_some_and(|kind| kind == "rs" || kind == "toml")
            && !show(&file).starts_with("src/i18n/");
        let mut complain = |line: usize, what: &str| faults.push(format!("{}:{line}: {what}", show(&file)));
        for (number, line) in content.lines().enumerate() {
            if line.contains('\t') {
                complain(number + 1, "a tab: take spaces");
            }
            if line.ends_with([' ', '\r']) {
                complain(number + 1, "space at the end of the line: remove it");
            }
            if is_code && line.chars().count() > LONGEST_LINE {
                complain(number + 1, "longer than 140 characters: break it");
            }
            // Put together so that this file may say it.
            if ["TODO", "FIXME", "XXX"]
                .iter()
                .any(|note| line.contains(&format!("{note}:")) || line.contains(&format!("{note}(")))
            {
                complain(number + 1, "a note to do it later: do it, or file an issue");
            }
        }
        if !content.is_empty() && (!content.ends_with('\n') || content.ends_with("\n\n")) {
            complain(content.lines().count(), "end the file with one line break");
        }
    }
    assert_none(&faults);
}

#[test]
fn files_are_one_thing_each() {
    let mut faults = Vec::new();
    for file in files("src", &["rs"]).chain(files("tests", &["rs"])) {
        let lines = read(&file).lines().count();
        if lines > LONGEST_FILE && !LONG_FILES.iter().any(|(path, _)| *path == show(&file)) {
            faults.push(format!(
                "{}: {lines} lines: split it by what it does, or say in LONG_FILES why it is one thing",
                show(&file)
            ));
        }
    }
    assert_none(&faults);
}

/// A file that no module names is not built: its tests pass because they do not run.
#[test]
fn every_file_is_part_of_the_build() {
    let mut faults = Vec::new();
    for file in files("src", &["rs"]) {
        let (folder, name) = (file.parent().expect("it is in src"), file.file_stem().expect("it has a name"));
        let name = name.to_string_lossy();
        if matches!(&*name, "lib" | "main" | "mod") || folder.ends_with("bin") {
            continue;
        }
        let parents = ["mod.rs", "lib.rs", "main.rs"].map(|parent| folder.join(parent));
        let parents = parents.into_iter().chain([folder.with_extension("rs")]).filter(|parent| parent.exists());
        let declared = parents.map(|parent| read(&parent)).any(|code| code.contains(&format!("mod {name};")));
        if !declared {
            faults.push(format!("{}: nobody says `mod {name};`", show(&file)));
        }
    }
    assert_none(&faults);
}

#[test]
fn every_dependency_is_justified() {
    let manifest = read(&top().join("Cargo.toml"));
    let reasons = read(&top().join("ARCHITECTURE.md"));
    let mut faults = Vec::new();
    let mut in_dependencies = false;
    for (number, line) in manifest.lines().enumerate() {
        if line.starts_with('[') {
            in_dependencies = line.trim_end_matches(']').ends_with("dependencies");
        } else if let Some((name, _)) = line.split_once([' ', '.']).filter(|_| in_dependencies && line.contains('='))
            && !reasons.contains(&format!("`{name}`"))
        {
            faults.push(format!(
                "Cargo.toml:{}: say in ARCHITECTURE.md, in one line, why `{name}` is needed",
                number + 1
            ));
        }
    }
    assert_none(&faults);
}

/// The rooms that a room may use, straight or through others.
fn reachable(room: &str) -> BTreeSet<&'static str> {
    let arrows = ARROWS.iter().find(|(name, _)| *name == room);
    let (_, arrows) = arrows.unwrap_or_else(|| panic!("an arrow leads to '{room}', which is no room"));
    let mut found: BTreeSet<_> = arrows.iter().copied().collect();
    for arrow in *arrows {
        found.append(&mut reachable(arrow));
    }
    found
}

/// The room of a file in `src`; the library's own file is in none.
fn room(file: &Path) -> Option<String> {
    let path = show(file);
    let first = path.strip_prefix("src/")?.split('/').next()?;
    (first != "lib.rs").then(|| first.trim_end_matches(".rs").to_owned())
}

/// What stands right after `crate::` or `ha_lab::`, with the line, also inside of braces: `use crate::{ha, sim::World}`.
fn rooms_used(code: &str) -> Vec<(usize, String)> {
    let mut used = Vec::new();
    let names: Vec<_> = ARROWS.iter().map(|(name, _)| *name).collect();
    for prefix in ["crate::", "ha_lab::"] {
        for (start, _) in code.match_indices(prefix) {
            let rest = &code[start + prefix.len()..];
            let heads = match rest.strip_prefix('{') {
                Some(group) => heads_of_group(group),
                None => vec![(0, identifier(rest))],
            };
            for (offset, head) in heads {
                let end = start + prefix.len() + offset;
                if names.contains(&head) {
                    used.push((1 + code[..end].matches('\n').count(), head.to_owned()));
                }
            }
        }
    }
    used
}

/// The first names of the paths in `{…}`, and where they stand; what is nested deeper belongs to them.
fn heads_of_group(group: &str) -> Vec<(usize, &str)> {
    let mut heads = Vec::new();
    let (mut depth, mut at_head) = (0, true);
    for (offset, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => at_head = true,
            _ if depth == 0 && at_head && !letter.is_whitespace() => {
                heads.push((offset, identifier(&group[offset..])));
                at_head = false;
            }
            _ => {}
        }
    }
    heads
}

fn identifier(text: &str) -> &str {
    let end = text.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(text.len());
    &text[..end]
}

fn has_word(line: &str, word: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    line.match_indices(word)
        .any(|(start, _)| !line[..start].ends_with(is_part) && !line[start + word.len()..].starts_with(is_part))
}

/// A file without its comments, line for line.
fn code(file: &Path) -> String {
    let mut code = String::new();
    for line in read(file).lines() {
        let comment = line.match_indices("//").find(|(start, _)| !line[..*start].ends_with(':'));
        code.push_str(comment.map_or(line, |(start, _)| &line[..start]));
        code.push('\n');
    }
    code
}

/// All files below a folder with one of these endings, in order; not what is built or fetched, and nothing hidden but CI's.
fn files(folder: &str, endings: &[&str]) -> impl Iterator<Item = PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![top().join(folder)];
    while let Some(folder) = open.pop() {
        for entry in folder.read_dir().into_iter().flatten().flatten() {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            if path.is_dir() {
                if !matches!(&*name, "target" | "dist" | "node_modules") && (!name.starts_with('.') || name == ".ci") {
                    open.push(path);
                }
            } else {
                let ending = path.extension().map(|kind| kind.to_string_lossy().into_owned()).unwrap_or_default();
                if endings.contains(&&*ending) && !name.starts_with('.') {
                    found.push(path);
                }
            }
        }
    }
    found.sort();
    found.into_iter()
}

fn top() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A path as a person writes it: from the top of the project.
fn show(file: &Path) -> String {
    let path = file.strip_prefix(top()).unwrap_or(file);
    path.components().filter(|part| part.as_os_str() != ".").collect::<PathBuf>().display().to_string()
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", show(file)))
}

fn join(words: &BTreeSet<&str>) -> String {
    words.iter().copied().collect::<Vec<_>>().join(", ")
}

fn assert_none(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn tidy_sees_what_it_should() {
    let code = "use crate::{ha::{client, sim}, player};\nlet x = ha_lab::ui::run();\nuse crate::Limits;\n";
    let used: Vec<_> = rooms_used(code).into_iter().map(|(line, room)| format!("{line} {room}")).collect();
    assert_eq!(used, ["1 ha", "1 player", "2 ui"]);
    assert!(has_word("let x: f32 = 0.0;", "f32") && !has_word("elf32", "f32"));
    assert!(reachable("ui").contains("sim") && !reachable("measure").contains("scenario"));
}
