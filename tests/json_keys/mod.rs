//! Compares the JSON that is written with the keys in `docs/json.md`.
#![allow(dead_code)]

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// The text of the page.
pub fn page() -> String {
    // The tests of the program run in their own folder.
    let place = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let paths = [place.join("docs/json.md"), place.join("../docs/json.md")];
    std::fs::read_to_string(paths.iter().find(|path| path.exists()).unwrap()).unwrap()
}

/// What stands between backticks.
pub fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The keys of every section of the page. A section that says "all keys of `NAME`" has those, too, or those of an entry
/// where that is a list.
pub fn documented(page: &str) -> BTreeMap<String, BTreeSet<String>> {
    let texts: BTreeMap<&str, &str> =
        page.split("\n## `").skip(1).map(|section| section.split_once('`').unwrap()).collect();
    texts.iter().map(|(name, text)| (name.to_string(), keys_of(text, &texts))).collect()
}

fn keys_of(text: &str, texts: &BTreeMap<&str, &str>) -> BTreeSet<String> {
    let rows = text.lines().filter(|line| line.starts_with("| `"));
    let mut keys: BTreeSet<String> =
        rows.flat_map(|row| quoted(row.split('|').nth(1).unwrap())).map(str::to_string).collect();
    for other in text.split("all keys of `").skip(1) {
        let other = other.split('`').next().unwrap();
        let others = keys_of(texts.get(other).unwrap_or_else(|| panic!("there is no section `{other}`")), texts);
        keys.extend(others.iter().map(|key| key.strip_prefix("[].").unwrap_or(key).to_string()));
    }
    keys
}

/// Adds the paths of all keys of a value; `known` tells where the names are those of a map.
pub fn add_keys(value: &Value, path: &str, known: &BTreeSet<String>, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| add_keys(value, &format!("{path}[]"), known, found)),
        Value::Object(map) => {
            for (key, value) in map {
                let place = |key: &str| if path.is_empty() { key.to_string() } else { format!("{path}.{key}") };
                let any = place("*");
                let key = if known.contains(&any) { any } else { place(key) };
                found.insert(key.clone());
                add_keys(value, &key, known, found);
            }
        }
        _ => {}
    }
}

/// What writers wrote, under the names of their sections.
pub type Written = Vec<(&'static str, Value)>;

/// Every key that is written must be in the section, and every key of the section be written by something. A section
/// whose name begins with `mine` and that has keys must be among those written.
pub fn compare(written: &Written, mine: &str) {
    let documented = documented(&page());
    let mut found: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (name, value) in written {
        let known = documented.get(*name).unwrap_or_else(|| panic!("docs/json.md has no section `{name}`"));
        add_keys(value, "", known, found.entry(name).or_default());
    }
    let mut complaints = Vec::new();
    for (name, found) in &found {
        let known = &documented[*name];
        let missing: Vec<_> = found.difference(known).collect();
        let unused: Vec<_> = known.difference(found).collect();
        if !missing.is_empty() {
            complaints.push(format!("{name} writes {missing:?}, which docs/json.md does not have"));
        }
        if !unused.is_empty() {
            complaints.push(format!("docs/json.md has {unused:?}, which {name} never writes"));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    for (name, keys) in documented.iter().filter(|(name, _)| name.starts_with(mine)) {
        assert!(keys.is_empty() || found.contains_key(name.as_str()), "nothing is written for the section `{name}`");
    }
}
