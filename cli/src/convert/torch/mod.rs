//! From the state dict of a PyTorch model to the tensors of this library, and back: the Python package's `convert.py`
//! without Python. The two agree in every bit, which `tests/cli_convert.rs` shows.

mod implied;
mod names;
mod pickle;
mod shapes;
pub mod state;
mod tables;
mod zip;

use std::collections::{BTreeMap, BTreeSet};

use clap::ValueEnum;
use serde_json::{Value, json};

use self::names::Names;
use self::shapes::{Claim, Sizes};
use self::state::{Array, State};
use self::tables::{Entry, table};
use crate::failure::{Failure, Result};

/// The models of PyTorch that are known, each named as the preset that computes the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Source {
    /// The example `proteins_diff_pool.py` of PyTorch Geometric
    Pyg,
    /// `DiffPool` of Errica et al., gnn-comparison
    Errica,
    /// `SoftPoolingGcnEncoder` and `GcnEncoderGraph` of RexYing/diffpool
    Authors,
    /// The DiffPool entry for ogbg-code2
    #[value(name = "ogb-code2")]
    OgbCode2,
}

/// Counters of PyTorch's batch norm. They have no counterpart, because the momentum here is a constant.
const COUNTER: &str = "num_batches_tracked";

fn is_counter(name: &str) -> bool {
    name.strip_suffix(COUNTER).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

impl Source {
    /// Its name, which is that of the preset.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pyg => "pyg",
            Self::Errica => "errica",
            Self::Authors => "authors",
            Self::OgbCode2 => "ogb-code2",
        }
    }

    /// The source whose models have such names.
    pub fn guess(state: &State) -> Option<Self> {
        let names: Names = state.keys().cloned().collect();
        let beginnings = [
            (Self::Pyg, "gnn1_embed."),
            (Self::Errica, "final_embed."),
            (Self::Authors, "conv_first."),
            (Self::OgbCode2, "node_encoder."),
        ];
        beginnings.into_iter().find(|(_, beginning)| names.begin(beginning)).map(|(source, _)| source)
    }
}

/// Tensors of this library, and the keys of the configuration that their shapes settle.
pub struct Converted {
    pub tensors: BTreeMap<String, Array>,
    pub keys: Vec<(&'static str, Value)>,
}

/// The tensors of this library by their dotted paths, from a state dict.
pub fn from_torch(source: Source, state: &State) -> Result<Converted> {
    let known = |name: &&String| !is_counter(name);
    let names: Names = state.keys().filter(known).cloned().collect();
    let entries = table(source, &names);
    let mut left: BTreeSet<&str> = state.keys().filter(known).map(String::as_str).collect();
    for entry in &entries {
        for name in &entry.theirs {
            if !left.remove(name.as_str()) && !entry.zero_if_missing {
                let ours = &entry.ours;
                return Err(refused(format!("the state dict has no tensor {name:?}, which becomes {ours:?}")));
            }
        }
    }
    if let Some(name) = left.first() {
        let source = source.name();
        return Err(refused(format!("tensor {name:?} has no place in a model of the source {source:?}")));
    }
    let mut arrays = BTreeMap::new();
    for (name, tensor) in state.iter().filter(|(name, _)| !is_counter(name)) {
        arrays.insert(name.as_str(), tensor.array(name)?);
    }
    let mut claims = Vec::new();
    for entry in &entries {
        let there = entry.theirs.iter().filter_map(|name| arrays.get_key_value(name.as_str()));
        claims.extend(there.map(|(name, array)| Claim { name, shape: &array.shape, dims: entry.their_shape() }));
    }
    let sizes = shapes::check(&claims).map_err(refused)?;
    let mut tensors = BTreeMap::new();
    for entry in &entries {
        let parts = entry.theirs.iter().filter_map(|name| arrays.get(name.as_str()));
        let parts: Vec<Array> =
            parts.map(|array| if entry.transposed { array.transposed() } else { (*array).clone() }).collect();
        let array = match parts.is_empty() {
            // A bias that was switched off.
            true => {
                Array::zeros(entry.own_shape().iter().map(|dim| dim.iter().map(|name| sizes[name]).sum()).collect())
            }
            false => Array::side_by_side(&parts),
        };
        tensors.insert(entry.ours.clone(), array);
    }
    let keys = keys(source, &tensors, &sizes);
    Ok(Converted { tensors, keys })
}

/// The keys of the configuration that the tensors settle.
fn keys(source: Source, tensors: &BTreeMap<String, Array>, sizes: &Sizes) -> Vec<(&'static str, Value)> {
    let names: Names = tensors.keys().cloned().collect();
    let list = |name: fn(usize) -> String| (0..).map_while(|i| sizes.get(&name(i)).copied()).collect::<Vec<_>>();
    let layers = |stack: String| names.count(|i| format!("{stack}.convs.{i}."));
    let clusters = list(|level| format!("clusters {level}"));
    let poolings = clusters.len();
    let mut keys = vec![
        ("head_hidden", json!(list(|i| format!("head {i}")))),
        ("embed_layers", json!(layers("levels.0.embed".to_string()))),
    ];
    if poolings > 0 {
        keys.push(("assign_layers", json!(layers("levels.0.assign".to_string()))));
        keys.push(("final_layers", json!(layers(format!("levels.{poolings}.embed")))));
    }
    keys.push(("clusters", json!(clusters)));
    for key in ["embed_hidden", "embed_output", "assign_hidden", "embedding_width"] {
        keys.extend(sizes.get(key).map(|size| (key, json!(size))));
    }
    if source == Source::OgbCode2 {
        keys.push(("embedding_sizes", json!(list(|i| format!("embedding_sizes[{i}]")))));
    }
    if source == Source::Errica && names.begin("levels.0.embed.convs.0.weight_") {
        keys.extend([("embed_conv", json!("sage")), ("assign_conv", json!("sage"))]);
    }
    keys
}

/// The state dict of the original model from tensors of this library, with counters of 0.
///
/// `like` is a state dict of the model that is to be filled: every name and shape is compared with it, and biases that
/// it does not have must be zero. `heads` is the number of heads of `ogb-code2`.
pub fn to_torch(
    source: Source,
    tensors: &BTreeMap<String, Array>,
    like: Option<&State>,
    heads: usize,
) -> Result<State> {
    let names: Names = tensors.keys().cloned().collect();
    let entries = table(source, &implied::implied(source, &names, heads));
    let mut left: BTreeSet<&str> = tensors.keys().map(String::as_str).collect();
    if let Some(entry) = entries.iter().find(|entry| !left.remove(entry.ours.as_str())) {
        let (ours, source) = (&entry.ours, source.name());
        return Err(refused(format!("a model of the source {source:?} needs a tensor {ours:?}, which there is not")));
    }
    if let Some(name) = left.first() {
        let source = source.name();
        return Err(refused(format!("tensor {name:?} has no place in a model of the source {source:?}")));
    }
    let claim = |entry: &Entry| entry.own_shape();
    let claims: Vec<Claim<'_>> = entries
        .iter()
        .map(|entry| Claim { name: &entry.ours, shape: &tensors[&entry.ours].shape, dims: claim(entry) })
        .collect();
    shapes::check(&claims).map_err(refused)?;
    let mut state = State::new();
    let mut optional = BTreeSet::new();
    for entry in &entries {
        let parts = tensors[&entry.ours].split(entry.theirs.len());
        for (name, part) in entry.theirs.iter().zip(parts) {
            let part = if entry.transposed { part.transposed() } else { part };
            state.insert(name.clone(), state::Tensor::F32(part));
            if let Some(norm) = name.strip_suffix("running_var") {
                state.insert(format!("{norm}{COUNTER}"), state::Tensor::counter());
            }
            if entry.zero_if_missing {
                optional.insert(name.clone());
            }
        }
    }
    if let Some(like) = like {
        compare(&mut state, like, &optional)?;
    }
    Ok(state)
}

/// Compares with the model to fill, and drops what it has no room for and need not have.
fn compare(state: &mut State, like: &State, optional: &BTreeSet<String>) -> Result<()> {
    for (name, wanted) in like {
        let Some(found) = state.get(name) else {
            return Err(refused(format!("the model has the tensor {name:?}, which the weights do not give")));
        };
        let (found, wanted) = (found.shape(), wanted.shape());
        if found != wanted {
            return Err(refused(format!("tensor {name:?} has shape {found:?}, but the model's has {wanted:?}")));
        }
    }
    let extra: Vec<String> = state.keys().filter(|name| !like.contains_key(*name)).cloned().collect();
    for name in extra {
        let dropped = state.remove(&name);
        let zero =
            matches!(&dropped, Some(state::Tensor::F32(array)) if array.values.iter().all(|&value| value == 0.0));
        let needless = is_counter(&name) || optional.contains(&name) && zero;
        if !needless {
            return Err(refused(format!("tensor {name:?} has no place in the model")));
        }
    }
    Ok(())
}

fn refused(message: impl Into<String>) -> Failure {
    Failure::data(message)
}
