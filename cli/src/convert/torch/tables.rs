//! What `torch_names.json` says: how the tensors of each PyTorch model are named, and those of this library.
//!
//! The Python package reads the same file. `docs/python-weights.md` describes its format.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use serde::Deserialize;
use serde_json::Value;

use super::names::{Names, fill};
use super::tensor::State;

/// The tables of the program.
pub static TABLES: LazyLock<Tables> =
    LazyLock::new(|| parse(include_str!("torch_names.json")).expect("a test parses the tables"));

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tables {
    pub ours: Ours,
    pub counter: Counter,
    /// The tensors of each kind of module.
    pub modules: BTreeMap<String, Vec<Part>>,
    pub sources: Vec<Source>,
}

/// Paths and named sizes of this library.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ours {
    pub features: String,
    pub tables: OwnTables,
    pub embed: OwnStack,
    pub assign: OwnStack,
    pub convs: String,
    pub norms: String,
    pub linear: String,
    pub head: OwnStack,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnTables {
    pub path: String,
    pub rows: String,
    pub columns: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnStack {
    pub path: String,
    pub hidden: String,
    pub output: String,
}

/// The counters of PyTorch's batch norm. They have no counterpart, because the momentum here is a constant.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counter {
    pub name: String,
    pub beside: String,
}

impl Counter {
    pub fn is(&self, name: &str) -> bool {
        name.strip_suffix(&self.name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    }
}

/// One tensor of a module.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    pub ours: String,
    pub theirs: String,
    /// In our layout.
    pub shape: Vec<Columns>,
    #[serde(default)]
    pub transposed: bool,
    #[serde(default)]
    pub zero_if_missing: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Columns {
    In,
    Out,
}

/// A model of PyTorch, named as the preset that computes the same.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    pub name: String,
    about: String,
    known_by: String,
    #[serde(default)]
    pub tables: Vec<String>,
    pub poolings: String,
    convolutions: Vec<Convolution>,
    pub stacks: Stacks,
    pub layers_read: Read,
    pub head: Head,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Convolution {
    pub module: String,
    if_begin: Option<Beginnings>,
    #[serde(default)]
    pub configuration: BTreeMap<String, Value>,
}

/// What a name of ours, or of theirs, begins with.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Beginnings {
    ours: String,
    theirs: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stacks {
    pub embed: Stack,
    pub first_embed: Option<Stack>,
    pub last_embed: Option<Stack>,
    pub assign: Stack,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stack {
    pub convs: Vec<String>,
    pub norms: Option<String>,
    pub linear: Option<String>,
    #[serde(default)]
    pub linear_always: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    pub levels_read: Read,
    pub layers: String,
    /// The path of a head of one layer.
    pub only_layer: Option<String>,
    #[serde(default)]
    pub side_by_side: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Read {
    All,
    Last,
}

/// The state dict without what is put before every name: `module.` by DataParallel, `_orig_mod.` by torch.compile, the
/// attribute that holds the network by a module around it, such as `net.`, or several of them.
pub fn without_prefix(state: &State) -> Cow<'_, State> {
    let mut state = Cow::Borrowed(state);
    let is_known = |state: &State| {
        let begin = |source: &Source| state.keys().any(|name| name.starts_with(&source.known_by));
        TABLES.sources.iter().any(begin)
    };
    while !is_known(&state) {
        let first = state.keys().next().and_then(|name| name.split_once('.')).map(|(begin, _)| format!("{begin}."));
        let Some(prefix) = first.filter(|prefix| state.keys().all(|name| name.starts_with(prefix))) else { break };
        let bare = state.iter().map(|(name, tensor)| (name[prefix.len()..].to_string(), tensor.clone())).collect();
        state = Cow::Owned(bare);
    }
    state
}

/// The tables in the text of the file.
pub fn parse(text: &str) -> Result<Tables, String> {
    let content: Value = serde_json::from_str(text).map_err(|e| e.to_string())?;
    check_patterns(&content)?;
    let tables = Tables::deserialize(content).map_err(|e| e.to_string())?;
    for Source { name, convolutions, .. } in &tables.sources {
        let unknown = convolutions.iter().find(|one| !tables.modules.contains_key(&one.module));
        if let Some(Convolution { module, .. }) = unknown {
            return Err(format!("source {name:?} has a convolution {module:?}, which is no module"));
        }
        if convolutions.last().is_none_or(|last| last.if_begin.is_some()) {
            return Err(format!("source {name:?} has no convolution where none of the conditions is met"));
        }
    }
    match ["linear", "batch_norm", "table"].into_iter().find(|&module| !tables.modules.contains_key(module)) {
        Some(module) => Err(format!("there is no module {module:?}")),
        None => Ok(tables),
    }
}

/// Checks that nothing is in braces but what has a number.
fn check_patterns(content: &Value) -> Result<(), String> {
    match content {
        Value::String(text) if fill(text, 1, 1).contains(['{', '}']) => Err(format!("{text:?} is no pattern")),
        Value::Array(parts) => parts.iter().try_for_each(check_patterns),
        Value::Object(parts) => parts.values().try_for_each(check_patterns),
        _ => Ok(()),
    }
}

impl Source {
    /// Reads the name of a source on the command line.
    pub fn parser() -> impl TypedValueParser<Value = &'static Self> {
        let names = TABLES.sources.iter().map(|source| PossibleValue::new(&*source.name).help(&*source.about));
        PossibleValuesParser::new(names).try_map(|name| Self::named(&name).ok_or("no source has this name"))
    }

    pub fn named(name: &str) -> Option<&'static Self> {
        TABLES.sources.iter().find(|source| source.name == name)
    }

    /// The source whose models have such names.
    pub fn guess(state: &State) -> Option<&'static Self> {
        let state = without_prefix(state);
        let names = Names::theirs(state.keys());
        TABLES.sources.iter().find(|source| names.begin("", &source.known_by))
    }

    /// The convolution of a model with these names.
    pub fn convolution(&self, names: &Names) -> &Convolution {
        let fits = |one: &&Convolution| one.if_begin.as_ref().is_none_or(|at| names.begin(&at.ours, &at.theirs));
        self.convolutions.iter().find(fits).expect("the last one has no condition")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = include_str!("torch_names.json");

    #[test]
    fn the_tables_are_well_formed() {
        let tables = parse(TEXT).unwrap();
        let names: Vec<&str> = tables.sources.iter().map(|source| source.name.as_str()).collect();
        assert_eq!(names, ["pyg", "errica", "authors", "ogb-code2"]);
        // A source is named as the preset that computes the same.
        for name in names {
            assert!(diffpool::config::Config::preset(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn malformed_tables_are_refused() {
        let changes = [
            ("\"norms\": \"gnn", "\"norm\": \"gnn"),
            ("{level+1}_embed.lin", "{level+2}_embed.lin"),
            ("{\"module\": \"sage\"}", "{\"module\": \"gat\"}"),
            ("{\"module\": \"one_weight\"}", ""),
            ("\"levels_read\": \"last\"", "\"levels_read\": \"first\""),
            ("\"shape\": [\"out\"]", "\"shape\": [\"width\"]"),
            ("\"linear_always\": true", "\"linear_always\": 1"),
            ("\"batch_norm\": [", "\"layer_norm\": ["),
            ("\"poolings\": \"diffpool_layers.{level}\",", ""),
            ("\"counter\"", "\"count\""),
        ];
        for (text, other) in changes {
            assert!(TEXT.contains(text), "{text}");
            assert!(parse(&TEXT.replace(text, other)).is_err(), "{text}");
        }
    }
}
