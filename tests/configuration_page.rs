//! `docs/configuration.md` is made from the table of keys. With `UPDATE_DOCS=1` it is written first.
#![allow(missing_docs)]

use std::fmt::Write;
use std::path::Path;

use diffpool::config::{Config, KEYS, Key, Kind, PRESETS, Scope};

const INTRODUCTION: &str = "\
# Configuration

Every key of a configuration: its type, its default, what it may be and what it means. The same list stands in
`include/diffpool.h`; both are made from the table in `src/config/keys.rs`, and `UPDATE_DOCS=1 cargo test --test
configuration_page` writes this page. [model.md](model.md) has the formulas of the network, [training.md](training.md)
those of the training.

A key that *shapes the network* is fixed once a model is made, because its weights would not fit another value. One that
is *settled by the data* is so, too, but a value that is left open (`auto`, a share of the nodes, an empty list) is
replaced by what the training graphs make of it, and may be left open again where the model is trained on. All others
may change when a trained model is trained on, evaluated or used; those marked *also when resumed* may even change
within a training run.

";

fn scope(key: &Key) -> &'static str {
    match key.scope {
        Scope::Network => ", shapes the network",
        Scope::Settled => ", shapes the network, settled by the data",
        Scope::Training => "",
        Scope::Run => ", also when resumed",
    }
}

/// What a preset has in place of the default.
fn differences(preset: &str) -> Vec<(&'static Key, serde_json::Value)> {
    let config = Config::preset(preset).unwrap();
    let values = KEYS.iter().map(|key| (key, config.get(key.name).unwrap()));
    values.filter(|(key, value)| key.name != "preset" && *value != key.default()).collect()
}

fn section_of_key(page: &mut String, key: &Key) {
    let bounds = key.bounds.to_string();
    let bounds = if bounds.is_empty() { bounds } else { format!(", {bounds}") };
    let list = if key.kind == Kind::PerLevel { ", or a list of one a pooling level" } else { "" };
    let (name, kind, default) = (key.name, key.kind.name(), key.default());
    writeln!(page, "### `{name}`\n\n{kind}, default `{default}`{bounds}{list}{}\n", scope(key)).unwrap();
    writeln!(page, "{}\n", key.about).unwrap();
    if let Kind::Words(words) = key.kind {
        for word in words {
            writeln!(page, "- `{}`: {}", word.name, word.about).unwrap();
        }
        page.push('\n');
    }
    let presets: Vec<String> = PRESETS
        .iter()
        .flat_map(|preset| differences(preset).into_iter().map(move |(key, value)| (preset, key, value)))
        .filter(|(_, other, _)| other.name == name)
        .map(|(preset, _, value)| format!("`{value}` in `{preset}`"))
        .collect();
    if !presets.is_empty() {
        writeln!(page, "Presets: {}.\n", presets.join(", ")).unwrap();
    }
}

fn page() -> String {
    let mut page = INTRODUCTION.to_owned();
    page += "## Keys\n\n";
    KEYS.iter().for_each(|key| section_of_key(&mut page, key));
    page += "## Presets\n\nWhat every preset has in place of the defaults above; `default` has none.\n";
    for preset in &PRESETS[1..] {
        let keys: Vec<String> = differences(preset).iter().map(|(key, v)| format!("`{}`: `{v}`", key.name)).collect();
        write!(page, "\n`{preset}`: {}.\n", keys.join(", ")).unwrap();
    }
    page
}

#[test]
fn the_page_of_the_configuration_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/configuration.md");
    let page = page();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(page == committed, "UPDATE_DOCS=1 cargo test --test configuration_page writes {}", path.display());
}
