//! The rules of the source that no compiler checks: who imports whom, where `unsafe`, files and threads may be, sizes.

mod imports;

use std::path::{Path, PathBuf};

use imports::Imports;

/// The layers from the bottom up. A module imports from lower layers only, never from its own neighbours.
const LAYERS: [&[&str]; 10] = [
    &["error", "foreign", "words"],
    &["memory"],
    &["control"],
    &["graph"],
    &["ops"],
    &["config"],
    &["layers"],
    &["model"],
    &["train", "checkpoint", "data"],
    &["ffi"],
];

/// Words of code that only some files may hold.
const KEPT_APART: [(&[&str], &[&str]); 4] = [
    // Beside `ffi`: kernels for which a measurement shows that it pays, the mapping of files into memory, and which
    // signals a thread begins with.
    (
        &["unsafe"],
        &[
            "src/ffi/",
            "src/ops/runtime/kernel/",
            "src/ops/runtime/threads.rs",
            "src/checkpoint/mapped_dataset.rs",
            "cli/src/ignored.rs",
        ],
    ),
    (&["fs", "File", "OpenOptions"], &["src/data/", "src/checkpoint/", PROGRAM]),
    (
        &["rayon", "thread::spawn", "thread::scope", "thread::Builder"],
        &["src/ops/runtime/executor.rs", "src/ops/runtime/threads.rs", PROGRAM],
    ),
    // Predicting takes none: the executor of a session has one thread, the hook of `panics` and the kernels of `cpu`
    // are chosen but once, and the fingerprint of a model is made when somebody asks for it.
    (
        &LOCKS,
        &[
            "src/ops/runtime/executor.rs",
            "src/ops/runtime/cpu.rs",
            "src/ffi/panics.rs",
            "src/ffi/trainer.rs",
            "src/model/remembered.rs",
            PROGRAM,
        ],
    ),
];

/// The program stands outside the layers: it uses what any other user of the crate could.
const PROGRAM: &str = "cli/";

const LOCKS: [&str; 7] = ["Mutex", "RwLock", "Condvar", "Barrier", "Once", "OnceLock", "LazyLock"];

const LONGEST_FUNCTION: usize = 60;
/// Tests may hold tables of cases.
const LONGEST_TEST: usize = 70;
const LONGEST_FILE_WITHOUT_TESTS: usize = 450;
const LONGEST_LINE: usize = 120;

struct File {
    /// Path from the root of the crate, with `/`.
    path: String,
    text: String,
}

impl File {
    /// The text up to the unit tests at the end.
    fn without_tests(&self) -> &str {
        self.text.split("\n#[cfg(test)]\nmod tests").next().unwrap()
    }

    /// Whether the file holds unit tests, or what they share, and nothing else.
    fn is_test(&self) -> bool {
        self.path.ends_with("/tests.rs") || self.path.ends_with("/testing.rs")
    }

    /// Lines of code with their numbers: no comments, no unit tests.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.without_tests().lines().map(|line| line.split("//").next().unwrap()))
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// Every Rust file in these folders, or these files themselves.
fn files(places: &[&str]) -> Vec<File> {
    let mut paths = Vec::new();
    for place in places {
        let path = root().join(place);
        if path.is_file() { paths.push(path) } else { collect(&path, &mut paths) }
    }
    paths.sort();
    let read = |path: PathBuf| File {
        path: path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/"),
        text: std::fs::read_to_string(&path).unwrap(),
    };
    paths.into_iter().map(read).collect()
}

fn all_files() -> Vec<File> {
    files(&["src", "cli", "tests", "benches", "build.rs"])
}

/// Fails with all complaints at once.
fn check(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Whether `line` holds `word` and no longer word around it.
fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word)
        .any(|(at, _)| !line[..at].ends_with(is_word) && !line[at + word.len()..].starts_with(is_word))
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

/// The top modules that a line of code names after `crate::`, also within braces.
fn named_modules(line: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for (at, prefix) in line.match_indices("crate::") {
        let rest = &line[at + prefix.len()..];
        let list = rest.strip_prefix('{').map_or(rest, |list| list.split('}').next().unwrap());
        let parts = if rest.starts_with('{') { list.split(", ").collect() } else { vec![list] };
        names.extend(parts.into_iter().map(|part| part.split(|c| !is_word(c)).next().unwrap()));
    }
    names
}

#[test]
fn imports_point_down() {
    let mut complaints = Vec::new();
    for file in files(&["src", "cli/src"]) {
        if file.path.starts_with(PROGRAM) {
            continue;
        }
        let module = file.path["src/".len()..].split(['/', '.']).next().unwrap();
        let Some(own) = layer(module) else {
            if module != "lib" {
                complaints.push(format!("{}: {module} has no place among the layers", file.path));
            }
            continue;
        };
        for (number, line) in file.code() {
            for name in named_modules(line) {
                if name != module && layer(name).is_some_and(|other| other >= own) {
                    complaints.push(format!("{}:{number}: {module} imports {name}", file.path));
                }
            }
        }
    }
    check(&complaints);
}

/// The code of a file as one text, without unit tests.
fn code(file: &File) -> String {
    file.code().map(|(_, line)| line.trim()).collect::<Vec<_>>().join("\n")
}

#[test]
fn no_files_import_each_other() {
    let mut complaints = Vec::new();
    for root in ["src/", "cli/src/"] {
        let files: Vec<File> = files(&[root]).into_iter().filter(|file| !file.is_test()).collect();
        complaints.extend(Imports::of(root, files.iter().map(|file| (file.path.as_str(), code(file)))).circles());
    }
    check(&complaints);
}

#[test]
fn circles_are_seen() {
    let arrows = |a: &str, b: &str| {
        let sources = [("src/a/mod.rs", "mod b;\nuse self::b::B;"), ("src/a/b.rs", a), ("src/c.rs", b)];
        Imports::of("src/", sources.into_iter().map(|(path, code)| (path, code.to_owned()))).circles().len()
    };
    assert_eq!(arrows("use crate::c::{C, D};", "use std::fmt;"), 0);
    assert_eq!(arrows("use super::A;", ""), 2);
    assert_eq!(arrows("fn f(c: crate::c::C) {}", "use crate::{\na::b::{B, D},\n};"), 2);
    assert_eq!(arrows("use crate::c;", "use crate::a::A;"), 3);
}

#[test]
fn unsafe_files_and_threads_stay_where_they_belong() {
    let mut complaints = Vec::new();
    for file in files(&["src", "cli/src"]) {
        for (words, places) in KEPT_APART {
            if places.iter().any(|place| file.path.starts_with(place)) {
                continue;
            }
            for (number, line) in file.code() {
                // What a browser is told about a page's styles.
                let line = &line.replace("'unsafe-inline'", "");
                if let Some(word) = words.iter().find(|word| has_word(line, word)) {
                    complaints.push(format!("{}:{number}: {word} belongs to {places:?}", file.path));
                }
            }
        }
    }
    check(&complaints);
}

#[test]
fn version_macros_are_the_crate_version() {
    let header = std::fs::read_to_string(root().join("include/diffpool.h")).unwrap();
    let number = |name: &str| {
        let line = header.lines().find_map(|line| line.strip_prefix(&format!("#define DIFFPOOL_VERSION_{name} ")));
        line.unwrap_or_else(|| panic!("the header defines no DIFFPOOL_VERSION_{name}")).to_owned()
    };
    let version = [number("MAJOR"), number("MINOR"), number("PATCH")].join(".");
    assert_eq!(version, env!("CARGO_PKG_VERSION"));
}

#[test]
fn modules_say_what_they_are_for() {
    let silent = all_files().into_iter().filter(|file| !file.text.starts_with("//! "));
    check(&silent.map(|file| format!("{}: does not begin with a //! line", file.path)).collect::<Vec<_>>());
}

/// Number of the first line and length of every function.
fn functions(text: &str) -> Vec<(usize, usize)> {
    let lines: Vec<_> = text.lines().collect();
    let mut found = Vec::new();
    for (begin, line) in lines.iter().enumerate() {
        let indent = &line[..line.len() - line.trim_start().len()];
        if !has_word(line.split(['(', '<', '"', '/']).next().unwrap(), "fn") || line.ends_with(['}', ';']) {
            continue;
        }
        let closes = |line: &&str| {
            line.strip_prefix(indent).is_some_and(|rest| rest == "}" || (rest.starts_with(')') && rest.ends_with(';')))
        };
        if let Some(length) = lines[begin..].iter().position(closes) {
            found.push((begin + 1, length + 1));
        }
    }
    found
}

#[test]
fn sizes_stay_small() {
    let mut complaints = Vec::new();
    for file in all_files() {
        let length = file.without_tests().lines().count();
        let is_source = file.path.contains("src/") && !file.is_test();
        if is_source && length > LONGEST_FILE_WITHOUT_TESTS {
            complaints.push(format!("{}: {length} lines without tests", file.path));
        }
        let code = if is_source { length } else { 0 };
        for (line, length) in functions(&file.text) {
            let most = if line <= code { LONGEST_FUNCTION } else { LONGEST_TEST };
            if length > most {
                complaints.push(format!("{}:{line}: a function of {length} lines", file.path));
            }
        }
        for (number, line) in (1..).zip(file.text.lines()) {
            if line.chars().count() > LONGEST_LINE {
                complaints.push(format!("{}:{number}: a line of {} characters", file.path, line.chars().count()));
            }
        }
    }
    check(&complaints);
}

#[test]
fn nothing_is_left_for_later() {
    let words = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("to", "do!"), concat!("unimple", "mented!")];
    let mut complaints = Vec::new();
    for file in all_files() {
        for (number, line) in (1..).zip(file.text.lines()) {
            if words.iter().any(|word| line.contains(word)) {
                complaints.push(format!("{}:{number}: {}", file.path, line.trim()));
            }
        }
    }
    check(&complaints);
}

#[test]
fn the_checks_see_what_they_look_for() {
    assert_eq!(named_modules("use crate::{data, graph::Dataset};"), ["data", "graph"]);
    assert_eq!(named_modules("use crate::error::{Error, Result};"), ["error"]);
    assert!(has_word("let x = unsafe { y };", "unsafe") && !has_word("not_unsafe_at_all", "unsafe"));
    assert_eq!(
        functions("fn a() {\n    1\n}\n\nfn b() -> u8 { 1 }\n\n    fn c(\n        x: u8,\n    ) {\n    }"),
        [(1, 3), (7, 4)]
    );
}
