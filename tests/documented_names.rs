//! What the documents say of the C ABI is there: every function that they name, and every example program with its
//! lines. With `UPDATE_DOCS=1` the numbers of lines are written first.
#![allow(missing_docs)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Names that begin like those of the library and belong to others.
const OTHERS: [&str; 3] = [
    // A module of the DiffPool of gnn-comparison, in docs/python-weights.md.
    "diffpool_layers",
    // The library that only predicts, and its header, in docs/install.md.
    "diffpool_infer",
    // The tag of a Go build, in README.md.
    "diffpool_system",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The files of a folder with one of these extensions, in order.
fn files(folder: &str, extensions: &[&str]) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root().join(folder)).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|e| extensions.iter().any(|&wanted| e == wanted)));
    paths.sort();
    assert!(!paths.is_empty(), "{folder} is empty");
    paths
}

/// Every word that begins with `diffpool_`, with the character that follows it.
fn names(text: &str) -> impl Iterator<Item = (&str, Option<char>)> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices("diffpool_").filter_map(move |(at, _)| {
        let rest = &text[at..];
        let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        let begins = !text[..at].ends_with(is_word);
        begins.then(|| (&rest[..end], rest[end..].chars().next()))
    })
}

/// The code of the header without its comments.
fn declared() -> String {
    let header = read(&root().join("include/diffpool.h"));
    header
        .split("/*")
        .enumerate()
        .map(|(i, text)| if i == 0 { text } else { text.split_once("*/").unwrap().1 })
        .collect()
}

/// Why the header does not have a name; `diffpool_dataset_writer_*` stands for all that begin so.
fn complaint(code: &str, (name, next): (&str, Option<char>)) -> Option<String> {
    let mut known = names(code).map(|(known, _)| known);
    let is_known = match next {
        Some('*') => known.any(|known| known.starts_with(name)),
        _ => OTHERS.contains(&name) || known.any(|known| known == name),
    };
    (!is_known).then(|| format!("{name}{} is not in include/diffpool.h", if next == Some('*') { "*" } else { "" }))
}

#[test]
fn every_function_that_the_documents_name_is_in_the_header() {
    let code = declared();
    let mut paths = files("docs", &["md"]);
    paths.extend(files("cpp_examples", &["c", "cpp", "hpp"]));
    paths.extend(["README.md", "include/diffpool.h"].map(|name| root().join(name)));
    let mut found = Vec::new();
    for path in paths {
        let complaints = names(&read(&path)).filter_map(|name| complaint(&code, name)).collect::<Vec<_>>();
        found.extend(complaints.into_iter().map(|complaint| format!("{}: {complaint}", path.display())));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_name_that_is_gone_is_noticed() {
    struct Case {
        text: &'static str,
        complaint: Option<&'static str>,
    }
    let cases = [
        Case { text: "`diffpool_model_load` reads", complaint: None },
        Case { text: "a diffpool_model, or two", complaint: None },
        Case { text: "`diffpool_graph_set_*`", complaint: None },
        Case { text: "my_diffpool_thing", complaint: None },
        Case {
            text: "diffpool_model_classes(model)",
            complaint: Some("diffpool_model_classes is not in include/diffpool.h"),
        },
        Case { text: "`diffpool_absent_*`", complaint: Some("diffpool_absent_* is not in include/diffpool.h") },
    ];
    let code = declared();
    for Case { text, complaint: expected } in cases {
        let found = names(text).find_map(|name| complaint(&code, name));
        assert_eq!(found.as_deref(), expected, "{text}");
    }
}

/// The row of a program: what stands before its number of lines, the number, and the rest.
fn row(line: &str) -> Option<(String, &str, &str, &str)> {
    let name = line.strip_prefix("| [`")?.split_once('`')?.0.to_owned();
    let at = line.find(") | ")? + 4;
    let end = at + line[at..].find(' ')?;
    Some((name, &line[..at], &line[at..end], &line[end..]))
}

#[test]
fn every_example_program_is_listed_with_its_lines() {
    let programs = files("cpp_examples", &["c", "cpp", "hpp"]);
    let lines: BTreeMap<String, usize> = programs
        .iter()
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), read(path).lines().count()))
        .collect();
    let path = root().join("docs/examples.md");
    let page = read(&path);
    let mut listed = Vec::new();
    let mut made = String::new();
    for line in page.lines() {
        match row(line) {
            Some((name, before, _, after)) => {
                let count = lines.get(&name).unwrap_or_else(|| panic!("there is no program {name}"));
                made += &format!("{before}{count}{after}\n");
                listed.push(name);
            }
            None => made += &format!("{line}\n"),
        }
    }
    listed.sort();
    assert_eq!(listed, lines.keys().cloned().collect::<Vec<_>>(), "the programs of docs/examples.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let committed = read(&path);
    assert!(made == committed, "UPDATE_DOCS=1 cargo test --test documented_names writes {}", path.display());
}
