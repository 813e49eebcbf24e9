//! Makes `include/diffpool.h` and `tests/symbols.txt` from the source and checks that the committed ones are those, and
//! what they say. With `UPDATE_HEADER=1` the files are written first: each by one test, and no other test here reads
//! them, for tests run at the same time.

mod declarations;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;

use declarations::{Declaration, declarations, root};
use diffpool::config::{KEYS, Key, Kind, Scope};

/// The files of `src/ffi` that export functions, in the order in which these appear in the header.
const SECTIONS: [&str; 34] = [
    "version",
    "status",
    "error",
    "memory",
    "graph",
    "graph_nodes",
    "graph_whole",
    "graph_read",
    "model",
    "schema",
    "metadata",
    "session",
    "predictor",
    "evaluation",
    "control",
    "dataset",
    "dataset_source",
    "dataset_read",
    "dataset_parts",
    "dataset_text",
    "targets",
    "graph_weights",
    "dataset_writer",
    "split",
    "split_file",
    "config",
    "trainer",
    "fine_tuning",
    "log",
    "epoch",
    "history",
    "levels",
    "diagnostics",
    "tensors",
];

/// The text of a section's file.
fn source(section: &str) -> String {
    std::fs::read_to_string(source_path(section)).unwrap()
}

fn source_path(section: &str) -> PathBuf {
    root().join("src/ffi").join(section).with_extension("rs")
}

/// Every name that a source text exports, in order.
fn exports(source: &str) -> Vec<String> {
    let after = source.split("#[unsafe(no_mangle)]\npub unsafe extern \"C\" fn ").skip(1);
    after.map(|text| text[..text.find('(').unwrap()].to_owned()).collect()
}

/// What cbindgen makes of the sources, with a banner over every section.
fn generated_header() -> String {
    let config = cbindgen::Config::from_file(root().join("cbindgen.toml")).unwrap();
    let mut builder = cbindgen::Builder::new().with_config(config);
    for section in SECTIONS {
        builder = builder.with_src(source_path(section));
    }
    let mut plain = Vec::new();
    builder.generate().unwrap().write(&mut plain);
    let mut header = shorten_comments(&String::from_utf8(plain).unwrap());
    mark_statuses(&mut header);
    // Neither a comma after the last of a list nor a comment after a directive is C89.
    header = header.replace(",\n} diffpool_", "\n} diffpool_");
    header = header.replace("#endif // __cplusplus", "#endif").replace("#endif  // __cplusplus", "#endif");
    insert_contents(&mut header);
    insert_statuses(&mut header);
    insert_banner(&mut header, "typedef int32_t diffpool_status;", "Types, declared here for all sections.");
    for (section, item) in MOVED {
        let block = take_block(&mut header, item);
        let first = first_declaration(&header, section);
        header.insert_str(first, &block);
    }
    // From the last to the first, for the example of a section may call functions that are declared further down.
    for section in SECTIONS.into_iter().rev() {
        let source = source(section);
        let mut text: Vec<_> = source.lines().map_while(|line| line.strip_prefix("//!")).map(str::to_owned).collect();
        if section == "config" {
            text.push(String::new());
            KEYS.iter().for_each(|key| text.extend(lines_of(key)));
        }
        let first = MOVED.iter().find(|(of, _)| *of == section).map(|(_, item)| (*item).to_owned());
        insert_banner(&mut header, &first.unwrap_or_else(|| format!("{}(", exports(&source)[0])), &text.join("\n"));
    }
    header
}

/// Marks the functions whose status should be looked at: those that can fail, and not those that tell a status.
fn mark_statuses(header: &mut String) {
    let marked = header.split("DIFFPOOL_API").collect::<Vec<_>>();
    let piece = |(at, piece): (usize, &&str)| {
        let declared = piece.split(';').next().unwrap();
        let fails =
            declared.trim_start().starts_with("diffpool_status ") && declared.ends_with("diffpool_error **error)");
        let mark = if at == 0 {
            ""
        } else if fails {
            "DIFFPOOL_API DIFFPOOL_NODISCARD"
        } else {
            "DIFFPOOL_API"
        };
        format!("{mark}{piece}")
    };
    *header = marked.iter().enumerate().map(piece).collect();
}

/// Constants and types that stand at the head of a section, in this order.
const MOVED: [(&str, &str); 8] = [
    ("control", "typedef int (*diffpool_progress_callback)"),
    ("dataset", "#define DIFFPOOL_DATASET_DIRECTED"),
    ("log", "typedef enum {\n    /** Nothing needs"),
    ("log", "typedef void (*diffpool_log_callback)"),
    ("trainer", "typedef int (*diffpool_batch_callback)"),
    ("trainer", "typedef int (*diffpool_epoch_callback)"),
    ("trainer", "typedef enum {\n    /** All epochs"),
    ("version", "#define DIFFPOOL_VERSION_MAJOR"),
];

/// Where the comment of an item begins.
fn begin_of(header: &str, item: &str) -> usize {
    let body = header.find("#ifndef DIFFPOOL_H").unwrap();
    let at = header[body..].find(item).unwrap_or_else(|| panic!("the header has no {item}"));
    header[..body + at].rfind("\n/**").unwrap() + 1
}

/// Where the first function of a section begins, with its comment.
fn first_declaration(header: &str, section: &str) -> usize {
    begin_of(header, &format!("{}(", exports(&source(section))[0]))
}

/// Cuts an item with its comment out.
fn take_block(header: &mut String, item: &str) -> String {
    let begin = begin_of(header, item);
    let at = begin + header[begin..].find(item).unwrap();
    let end = at + header[at..].find("\n\n").unwrap() + 2;
    let block = header[begin..end].to_owned();
    header.replace_range(begin..end, "");
    block
}

/// Lists the sections: the words before the colon of each, and what follows it up to the end of the sentence.
fn insert_contents(header: &mut String) {
    let mut list = Vec::new();
    for section in SECTIONS {
        let source = source(section);
        let text: Vec<_> = source.lines().map_while(|line| line.strip_prefix("//! ")).collect();
        let text = text.join(" ");
        let (title, about) = text.split_once(": ").unwrap_or_else(|| panic!("{section} has no title"));
        let about = about.split(['.', ';']).next().unwrap();
        let lines = wrapped(about, 86);
        let begin = |at| if at == 0 { format!(" *     {title:24} ") } else { format!(" *{}", " ".repeat(30)) };
        list.extend(lines.iter().enumerate().map(|(at, line)| begin(at) + line));
    }
    *header = header.replace("@CONTENTS@", &list.join("\n"));
}

/// What the header says of a key: name and type, then sentences, default and bounds, then words.
fn lines_of(key: &Key) -> Vec<String> {
    const COLUMNS: usize = 84;
    let bounds = key.bounds.to_string();
    let bounds = if bounds.is_empty() { bounds } else { format!(", {bounds}") };
    let scope = match key.scope {
        Scope::Network => "; network",
        Scope::Settled => "; network, settled by data",
        Scope::Training | Scope::Run => "",
    };
    let list = if key.kind == Kind::PerLevel { ", or a list of one a pooling level" } else { "" };
    let mut text = wrapped(&format!("{} Default {}{bounds}{list}{scope}.", key.about, key.default()), COLUMNS);
    if let Some(other) = same_words(key) {
        text.push(format!("One of the words of {}.", other.name));
    } else if let Kind::Words(words) = key.kind {
        for word in words {
            let lines = wrapped(&format!("\"{}\": {}", word.name, word.about), COLUMNS - 2);
            text.extend(lines.into_iter().map(|line| format!("  {line}")));
        }
    }
    let begin = |at| if at == 0 { format!("{:22} {:6} ", key.name, key.kind.name()) } else { " ".repeat(30) };
    text.iter().enumerate().map(|(at, line)| begin(at) + line).collect()
}

/// A key before this one that chooses from the same words.
fn same_words(key: &Key) -> Option<&'static Key> {
    let before = KEYS.iter().take_while(|other| other.name != key.name);
    before.into_iter().find(|other| matches!(key.kind, Kind::Words(_)) && other.kind == key.kind)
}

/// The words of a text in lines of at most so many columns.
fn wrapped(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.last_mut().unwrap();
        if !last.is_empty() && last.chars().count() + 1 + word.chars().count() > columns {
            lines.push(word.to_owned());
        } else {
            *last = format!("{last} {word}").trim_start().to_owned();
        }
    }
    lines
}

/// Puts comments of a single line on one line.
fn shorten_comments(header: &str) -> String {
    let mut out = String::new();
    let mut lines = header.lines().peekable();
    while let Some(line) = lines.next() {
        let mut ahead = lines.clone();
        let (text, end) = (ahead.next().map(str::trim), ahead.next().map(str::trim));
        if let (Some("/**"), Some(text), Some("*/")) = (Some(line.trim()), text.and_then(|t| t.strip_prefix("* ")), end)
        {
            writeln!(out, "{}/** {text} */", &line[..line.find('/').unwrap()]).unwrap();
            lines = ahead;
        } else {
            writeln!(out, "{line}").unwrap();
        }
    }
    out
}

/// Lists the values of a status below its type.
fn insert_statuses(header: &mut String) {
    let rows = diffpool::ErrorKind::ALL.iter().map(|&kind| (kind as i32, kind.name(), kind.meaning()));
    let rows = std::iter::once((0, "OK", "The call did what it says.")).chain(rows);
    let rows: Vec<String> = rows
        .map(|(number, name, meaning)| format!("    /** {meaning} */\n    DIFFPOOL_STATUS_{name} = {number}"))
        .collect();
    let typedef = "typedef int32_t diffpool_status;\n";
    let at = header.find(typedef).expect("the header defines diffpool_status") + typedef.len();
    header.insert_str(at, &format!("enum {{\n{}\n}};\n", rows.join(",\n")));
}

/// Puts the title and text of a section above the item that begins with `item`, and above its comment.
fn insert_banner(header: &mut String, item: &str, text: &str) {
    let at = begin_of(header, item);
    let rule = "=".repeat(114);
    let mut banner = format!("/* {rule}===\n");
    let mut indent = "";
    for line in text.lines().map(|line| line.strip_prefix(' ').unwrap_or(line)) {
        match line.strip_prefix("```") {
            Some(language) => indent = if language == "c" { "    " } else { "" },
            None if line.is_empty() => banner += " *\n",
            None => writeln!(banner, " * {indent}{line}").unwrap(),
        }
    }
    writeln!(banner, " * {rule} */\n").unwrap();
    header.insert_str(at, &banner);
}

fn generated_symbols() -> String {
    let names: BTreeSet<_> = SECTIONS.iter().flat_map(|section| exports(&source(section))).collect();
    names.into_iter().fold(String::new(), |text, name| text + &name + "\n")
}

/// The functions that `libdiffpool_infer` has.
fn infer_symbols() -> BTreeSet<String> {
    let list = std::fs::read_to_string(root().join("packaging/infer.symbols")).unwrap();
    list.lines().map(str::to_owned).collect()
}

/// The header of what only predicts: that of the library, with a ban on the names of what is missing.
fn generated_infer_header() -> String {
    let infer = infer_symbols();
    let mut header = String::from(
        "/*
 * diffpool_infer.h - diffpool.h for programs that are linked with libdiffpool_infer: graphs, models that are there,
 * sessions, predictors and controls, and nothing that reads data sets or trains. The library is smaller by a third or
 * more, and what it has is the same to the last bit. GCC and Clang refuse what it lacks when they compile it.
 */
#ifndef DIFFPOOL_INFER_H
#define DIFFPOOL_INFER_H

#include \"diffpool.h\"

#if defined(__GNUC__)
",
    );
    for name in generated_symbols().lines().filter(|name| !infer.contains(*name)) {
        writeln!(header, "#pragma GCC poison {name}").unwrap();
    }
    header += "#endif\n\n#endif\n";
    header
}

fn check_committed(path: &str, generated: &str) {
    let path = root().join(path);
    if std::env::var_os("UPDATE_HEADER").is_some() {
        std::fs::write(&path, generated).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    if let Some((line, (new, old))) =
        (1..).zip(generated.lines().zip(committed.lines().chain(std::iter::repeat("")))).find(|(_, (a, b))| a != b)
    {
        let hint = "UPDATE_HEADER=1 cargo test --test header writes it";
        panic!("{} is out of date, {hint}: line {line} should be\n{new}\nbut is\n{old}", path.display());
    }
    assert_eq!(generated, committed);
}

#[test]
fn header_is_up_to_date() {
    check_committed("include/diffpool.h", &generated_header());
}

#[test]
fn symbols_are_up_to_date() {
    check_committed("tests/symbols.txt", &generated_symbols());
}

#[test]
fn infer_header_is_up_to_date() {
    check_committed("include/diffpool_infer.h", &generated_infer_header());
}

#[test]
fn what_only_predicts_is_a_part_of_the_library() {
    let all = generated_symbols();
    let all: BTreeSet<_> = all.lines().map(str::to_owned).collect();
    let infer = infer_symbols();
    assert!(infer.is_subset(&all), "packaging/infer.symbols has {:?}", infer.difference(&all).collect::<Vec<_>>());
    // Whoever can make a handle can free it.
    let makers = ["graph", "model", "session", "predictor", "control"];
    for name in makers.map(|handle| format!("diffpool_{handle}_free")) {
        assert!(infer.contains(&name), "packaging/infer.symbols lacks {name}");
    }
    let training =
        infer.iter().find(|name| ["_trainer_", "_dataset_", "_config_"].iter().any(|part| name.contains(part)));
    assert_eq!(training, None);
}

#[test]
fn every_export_is_in_the_header() {
    let mut exported = BTreeSet::new();
    for entry in std::fs::read_dir(root().join("src/ffi")).unwrap() {
        exported.extend(exports(&std::fs::read_to_string(entry.unwrap().path()).unwrap()));
    }
    let declared: BTreeSet<_> = declarations(&generated_header()).into_iter().map(|d| d.name).collect();
    assert_eq!(exported, declared);
    let listed = generated_symbols();
    assert!(declared.iter().map(String::as_str).eq(listed.lines()));
    assert!(declared.iter().all(|name| name.starts_with("diffpool_")));
}

/// A section begins right above its first function.
#[test]
fn sections_stand_above_their_functions_in_order() {
    let header = generated_header();
    let mut rest = header.as_str();
    for section in SECTIONS {
        let source = source(section);
        let title = format!("===\n *{}\n", source.lines().next().unwrap().strip_prefix("//!").unwrap());
        rest = &rest[rest.find(&title).unwrap_or_else(|| panic!("{section} is not in its place")) + 1..];
        let declared = declarations(&format!("#ifndef DIFFPOOL_H\n\n/* {rest}"));
        assert_eq!(declared[0].name, exports(&source)[0], "the first function of {section}");
    }
}

#[test]
fn every_key_of_the_configuration_is_explained() {
    let header = generated_header();
    for Key { name, .. } in KEYS {
        assert!(header.contains(&format!("\n * {name:22} ")), "the header does not explain {name}");
    }
}

/// What the comment of a function leaves unsaid.
fn unsaid(function: &Declaration) -> Vec<&'static str> {
    let comment = function.comment.split_whitespace().filter(|&word| word != "*").collect::<Vec<_>>().join(" ");
    let pointers = || function.parameters.iter().filter(|(kind, name)| kind.ends_with('*') && name != "error");
    let makes = pointers().any(|(kind, _)| kind.ends_with("**"));
    let frees = function.name.ends_with("_free");
    let is_handle = |kind: &str| kind.trim_start_matches("const ").starts_with("diffpool_");
    let reads = pointers().any(|(kind, _)| kind.starts_with("const ") && !is_handle(kind) && !kind.ends_with("**"));
    let phrase = |text: &str| comment.contains(text) || comment.contains("Ownership: as ");
    let rules = [
        (makes, phrase("owned by the caller, free with") || phrase("borrowed until"), "who owns what it makes"),
        (function.returns == "const char *", phrase("borrowed until"), "how long its string lives"),
        (reads, phrase("copied") || phrase("borrowed until"), "whether it copies"),
        (frees, phrase("is gone after the call") || phrase("are gone after the call"), "that it frees"),
        (frees, comment.contains("NULL is harmless"), "that NULL may be freed"),
    ];
    rules.into_iter().filter(|(needed, said, _)| *needed && !said).map(|(_, _, what)| what).collect()
}

#[test]
fn every_function_states_its_rules() {
    for function in declarations(&generated_header()) {
        let missing = unsaid(&function);
        assert!(missing.is_empty(), "{} does not say {}", function.name, missing.join(", "));
        let last = function.parameters.last().map(|(kind, name)| (kind.as_str(), name.as_str()));
        let can_fail = function.returns == "diffpool_status" && !function.name.ends_with("or_status");
        assert_eq!(last == Some(("diffpool_error **", "error")), can_fail, "{}", function.name);
    }
}

/// Names that the naming rule of the header has another place for.
#[test]
fn names_follow_the_rule() {
    for Declaration { name, returns, parameters, .. } in declarations(&generated_header()) {
        let given: Vec<_> = parameters.iter().map(|(kind, name)| (kind.as_str(), name.as_str())).collect();
        let has = |wanted: &str| given.iter().any(|(_, name)| *name == wanted);
        assert_eq!(
            name.contains("_copy_"),
            has("capacity") || has("k"),
            "{name}: copy_ copies into an array of the caller's"
        );
        assert_eq!(name.ends_with("_count"), returns == "size_t" && name.ends_with("_count"), "{name}: _count counts");
        let makes_string = given.iter().any(|(kind, name)| *kind == "char **" && ["json", "text"].contains(name));
        let ends = name.ends_with("_json") || name.ends_with("_text");
        assert!(!makes_string || ends, "{name}: _json and _text make a string");
        assert!(
            !name.contains("_get_") && !name.ends_with("_length")
                || name == "diffpool_dataset_sequence_length"
                || name.starts_with("diffpool_config_get_"),
            "{name}"
        );
        let besides = parameters.iter().filter(|(_, name)| name != "error").count();
        assert!(besides <= 6, "{name} has {besides} arguments besides the error");
    }
}

/// No name of the source shows, and every constant that a comment speaks of is there.
#[test]
fn names_are_those_of_c() {
    let header = generated_header();
    assert!(!header.contains("Diffpool"), "a type has no name for C in cbindgen.toml");
    let words = header.split(|c: char| c != '_' && !c.is_ascii_alphanumeric());
    let constants: BTreeSet<_> = words.filter(|word| word.starts_with("DIFFPOOL_")).collect();
    for name in constants {
        let defined = [format!("#define {name} "), format!("    {name} = ")];
        let guard = ["DIFFPOOL_H", "DIFFPOOL_API", "DIFFPOOL_NODISCARD", "DIFFPOOL_CPU"].contains(&name);
        assert!(guard || defined.iter().any(|line| header.contains(line)), "{name} is not defined");
    }
}

/// The functions that the header calls the ones to know are there.
#[test]
fn the_functions_you_need_exist() {
    let header = generated_header();
    let begin = header.find("THE FUNCTIONS YOU NEED").unwrap();
    let part = &header[begin..begin + header[begin..].find("A COMPLETE PROGRAM").unwrap()];
    let names: BTreeSet<_> = declarations(&header).into_iter().map(|function| function.name).collect();
    let words = part.split(|c: char| c != '_' && !c.is_ascii_alphanumeric());
    let mentioned: Vec<_> = words.filter(|word| word.starts_with("diffpool_")).collect();
    assert!(mentioned.len() >= 15, "{mentioned:?}");
    assert!(mentioned.iter().all(|name| names.contains(*name)), "{mentioned:?}");
}
