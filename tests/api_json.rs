//! Makes `docs/api.json`, which describes every function of the header for programs that write bindings, and checks
//! that the committed one is it. With `UPDATE_HEADER=1` it is written.

mod declarations;

use std::collections::BTreeSet;

use declarations::{Declaration, committed_header, declarations, root};
use serde_json::{Value, json};

/// The words of a comment, without the marks of C.
fn plain(comment: &str) -> String {
    let lines = comment.trim().lines().map(|line| {
        let line = line.trim();
        let line = line.strip_prefix("/**").or_else(|| line.strip_prefix('*')).unwrap_or(line);
        line.strip_suffix("*/").unwrap_or(line).trim()
    });
    let mut paragraphs = vec![String::new()];
    for line in lines {
        let last = paragraphs.last_mut().unwrap();
        if line.is_empty() {
            if !last.is_empty() {
                paragraphs.push(String::new());
            }
        } else {
            *last = format!("{last} {line}").trim_start().to_owned();
        }
    }
    paragraphs.join("\n").trim().to_owned()
}

/// The paragraph of a comment that begins with a word, such as `Fails`, without it.
fn paragraph(comment: &str, word: &str) -> Option<String> {
    comment.lines().find_map(|line| Some(line.strip_prefix(word)?.strip_prefix(": ")?.to_owned()))
}

/// Names of statuses in what a comment says of failures: words of capital letters only.
fn statuses(fails: &str) -> Vec<&str> {
    let words = fails.split(|c: char| !c.is_ascii_uppercase() && c != '_');
    let known: BTreeSet<_> = diffpool::ErrorKind::ALL.iter().map(|kind| kind.name()).collect();
    words.filter(|word| known.contains(word)).collect()
}

/// What a binding does with a parameter.
fn kind(handles: &BTreeSet<&str>, declaration: &Declaration, at: usize) -> &'static str {
    let (type_, name) = &declaration.parameters[at];
    let following = declaration.parameters.get(at + 1).map_or("", |(_, name)| name);
    let pointed = type_.trim_end_matches('*').trim();
    let plain = pointed.trim_start_matches("const ").trim_end_matches(" *const").trim_end_matches(" *").trim();
    match type_.matches('*').count() {
        _ if name == "error" && type_ == "diffpool_error **" => "error",
        0 if type_.ends_with("_callback") => "callback",
        0 => "number",
        1 if type_ == "void *" => "context",
        1 if handles.contains(plain) => "handle",
        1 if type_ == "const char *" => "string",
        1 if type_.starts_with("const ") => "array",
        1 if following == "capacity" => "array to fill",
        1 => "out",
        _ if type_.contains("*const") && handles.contains(plain) => "array of handles",
        _ if type_.starts_with("const char") => "array of strings",
        _ if handles.contains(plain) => "handle out",
        _ if plain == "char" => "string out",
        _ => "array out",
    }
}

/// The part of the header that a function belongs to, from the banner above it.
fn sections(header: &str) -> Vec<(usize, String)> {
    let rule = format!("/* {}\n * ", "=".repeat(117));
    let found = header.match_indices(&rule);
    let title = |at: usize| header[at + rule.len()..].split([':', '\n']).next().unwrap().to_owned();
    found.map(|(at, _)| (at, title(at))).collect()
}

fn function(header: &str, handles: &BTreeSet<&str>, infer: &BTreeSet<&str>, of: &Declaration) -> Value {
    let comment = plain(&of.comment);
    let at = header.rfind(&format!("{}(", of.name)).unwrap();
    let section = sections(header).into_iter().rfind(|&(begin, _)| begin < at).unwrap().1;
    let parameters = of
        .parameters
        .iter()
        .enumerate()
        .map(|(at, (type_, name))| json!({"name": name, "type": type_, "kind": kind(handles, of, at)}));
    let fails = paragraph(&comment, "Fails");
    json!({
        "name": of.name,
        "section": section,
        "returns": of.returns,
        "parameters": parameters.collect::<Vec<_>>(),
        "statuses": fails.as_deref().map(statuses).unwrap_or_default(),
        "ownership": paragraph(&comment, "Ownership"),
        "threads": paragraph(&comment, "Threads"),
        "infer": infer.contains(of.name.as_str()),
        "comment": comment,
    })
}

/// The names of a list of constants with their values and comments: `    /** ... */` above `    NAME = 1,`.
fn values(body: &str) -> Vec<Value> {
    let mut comment = String::new();
    let mut found = Vec::new();
    for line in body.lines().map(str::trim) {
        if line.starts_with("/**") || line.starts_with('*') {
            comment += &format!("{line}\n");
        } else if let Some((name, value)) = line.trim_end_matches(',').split_once(" = ") {
            found.push(json!({"name": name, "value": value.parse::<i64>().unwrap(), "comment": plain(&comment)}));
            comment.clear();
        }
    }
    found
}

/// Every enumeration by the name of its type; that of statuses stands below its type.
fn enumerations(body: &str) -> Vec<Value> {
    let mut found = Vec::new();
    for piece in body.split("enum {\n").skip(1) {
        let (list, rest) = piece.split_once("\n}").unwrap();
        let name = rest.split(';').next().unwrap().trim();
        let name = if name.is_empty() { "diffpool_status" } else { name };
        found.push(json!({"name": name, "type": "int32_t", "values": values(list)}));
    }
    found
}

fn callbacks(header: &str) -> Vec<Value> {
    let mut found = Vec::new();
    for piece in header.split("\n\n") {
        let Some(code) = piece.rsplit("*/").next().unwrap().trim().strip_prefix("typedef ") else { continue };
        let Some((returns, rest)) = code.split_once(" (*") else { continue };
        let (name, parameters) = rest.split_once(")(").unwrap();
        let parameters = parameters.split_whitespace().collect::<Vec<_>>().join(" ");
        let parameters = parameters.trim_end_matches(");").split(", ").map(|parameter| {
            let at = parameter.rfind([' ', '*']).unwrap() + 1;
            json!({"name": &parameter[at..], "type": parameter[..at].trim()})
        });
        let comment = plain(&piece[piece.find("/**").unwrap()..piece.rfind("*/").unwrap()]);
        let parameters: Vec<_> = parameters.collect();
        found.push(json!({"name": name, "returns": returns, "parameters": parameters, "comment": comment}));
    }
    found
}

fn api() -> Value {
    let header = committed_header();
    let body = &header[header.find("#ifndef DIFFPOOL_H").unwrap()..];
    let declared = declarations(&header);
    let names: BTreeSet<_> = declared.iter().map(|of| of.name.as_str()).collect();
    let handles = body.lines().filter_map(|line| line.strip_prefix("typedef struct ")?.split(' ').next());
    let handles: BTreeSet<_> = handles.collect();
    let infer = std::fs::read_to_string(root().join("packaging/infer.symbols")).unwrap();
    let infer: BTreeSet<_> = infer.lines().collect();
    let functions: Vec<_> = declared.iter().map(|of| function(body, &handles, &infer, of)).collect();
    let handles = handles.iter().map(|handle| {
        let free = format!("{handle}_free");
        json!({"name": handle, "free": names.contains(free.as_str()).then_some(free)})
    });
    json!({
        "library": "diffpool",
        "version": env!("CARGO_PKG_VERSION"),
        "handles": handles.collect::<Vec<_>>(),
        "enumerations": enumerations(body),
        "callbacks": callbacks(body),
        "functions": functions,
    })
}

#[test]
fn api_json_is_up_to_date() {
    let path = root().join("docs/api.json");
    let text = serde_json::to_string_pretty(&api()).unwrap() + "\n";
    if std::env::var_os("UPDATE_HEADER").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == text, "docs/api.json is out of date: UPDATE_HEADER=1 cargo test --test api_json writes it");
}

#[test]
fn every_function_is_described_and_every_parameter_understood() {
    let api = api();
    let functions = api["functions"].as_array().unwrap();
    let names: Vec<_> = functions.iter().map(|of| of["name"].as_str().unwrap()).collect();
    let symbols = std::fs::read_to_string(root().join("tests/symbols.txt")).unwrap();
    assert_eq!(names.iter().copied().collect::<BTreeSet<_>>(), symbols.lines().collect());
    let of = |name: &str| &functions[names.iter().position(|other| *other == name).unwrap()];
    let kinds = |name: &str| {
        let parameters = of(name)["parameters"].as_array().unwrap();
        parameters.iter().map(|parameter| parameter["kind"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(kinds("diffpool_model_load"), ["string", "handle out", "error"]);
    assert_eq!(kinds("diffpool_session_copy_logits"), ["handle", "array to fill", "number", "out", "error"]);
    assert_eq!(kinds("diffpool_predictor_predict"), ["handle", "array of handles", "number", "handle", "error"]);
    assert_eq!(kinds("diffpool_config_to_json"), ["handle", "string out", "error"]);
    assert_eq!(kinds("diffpool_model_to_bytes"), ["handle", "array out", "out", "error"]);
    let fit = ["handle", "callback", "callback", "context", "handle", "out", "error"];
    assert_eq!(kinds("diffpool_trainer_fit"), fit);
    assert_eq!(of("diffpool_model_load")["section"], "Models");
    assert!(of("diffpool_model_load")["statuses"].as_array().unwrap().contains(&json!("INVALID_FILE")));
    assert_eq!(of("diffpool_model_load")["infer"], true);
    assert_eq!(of("diffpool_trainer_new")["infer"], false);
    for enumeration in api["enumerations"].as_array().unwrap() {
        assert!(enumeration["values"].as_array().unwrap().len() > 1, "{enumeration}");
    }
    assert_eq!(api["enumerations"].as_array().unwrap().len(), 3);
    assert!(api["callbacks"].as_array().unwrap().len() >= 4);
    let freed = api["handles"].as_array().unwrap().iter().filter(|handle| !handle["free"].is_null()).count();
    assert!(freed >= 12, "{freed} handles can be freed");
}
