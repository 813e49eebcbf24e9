//! From the state dict of a PyTorch model to the tensors of this library, and back: the Python package's `convert.py`
//! without Python. The two agree in every bit, which `tests/cli_convert.rs` shows.

mod entries;
mod names;
mod pickle;
mod shapes;
pub mod state;
mod tables;
pub mod tensor;
mod zip;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use self::entries::{Entry, entries};
use self::names::{Names, fill};
use self::shapes::{Claim, Sizes};
pub use self::tables::Source;
use self::tables::{OwnStack, TABLES};
use self::tensor::{Array, State, Tensor};
use crate::failure::{Failure, Result};

/// Tensors of this library, and the keys of the configuration that their shapes settle.
pub struct Converted {
    pub tensors: BTreeMap<String, Array>,
    pub keys: Vec<(&'static str, Value)>,
    /// Features of a node that the network reads; `None` where it reads categories.
    pub features: Option<usize>,
}

/// The tensors of this library by their dotted paths, from a state dict.
pub fn from_torch(source: &'static Source, state: &State) -> Result<Converted> {
    let state = &*tables::without_prefix(state);
    let known = |name: &&String| !TABLES.counter.is(name);
    let names = Names::theirs(state.keys().filter(known));
    let entries = entries(source, &names);
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
        let source = &source.name;
        return Err(refused(format!("tensor {name:?} has no place in a model of the source {source:?}")));
    }
    let mut arrays = BTreeMap::new();
    for (name, tensor) in state.iter().filter(|(name, _)| known(name)) {
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
    let mut keys = keys(source, &tensors, &sizes);
    keys.extend(source.convolution(&names).configuration.iter().map(|(key, value)| (key.as_str(), value.clone())));
    Ok(Converted { tensors, keys, features: sizes.get(&TABLES.ours.features).copied() })
}

/// The keys of the configuration that the tensors settle. Named sizes have the names of their keys.
fn keys(source: &Source, tensors: &BTreeMap<String, Array>, sizes: &Sizes) -> Vec<(&'static str, Value)> {
    let names = Names::ours(tensors.keys(), 1);
    let list = |key: &str| (0..).map_while(|i| sizes.get(&format!("{key} {i}")).copied()).collect::<Vec<_>>();
    let own = &TABLES.ours;
    let layers = |stack: &OwnStack, level| {
        let convs = format!("{}.{}", fill(&stack.path, level, 0), own.convs);
        json!(names.count(&convs, "", None))
    };
    let clusters = list("clusters");
    let poolings = clusters.len();
    let mut keys = vec![("head_hidden", json!(list("head_hidden"))), ("embed_layers", layers(&own.embed, 0))];
    if poolings > 0 {
        keys.push(("assign_layers", layers(&own.assign, 0)));
        keys.push(("final_layers", layers(&own.embed, poolings)));
    }
    keys.push(("clusters", json!(clusters)));
    for key in ["embed_hidden", "embed_output", "assign_hidden", "embedding_width"] {
        keys.extend(sizes.get(key).map(|size| (key, json!(size))));
    }
    if !source.tables.is_empty() {
        keys.push(("embedding_sizes", json!(list("embedding_sizes"))));
    }
    keys
}

/// The state dict of the original model from tensors of this library, with counters of 0.
///
/// `like` is a state dict of the model that is to be filled: every name and shape is compared with it, and biases that
/// it does not have must be zero. `heads` is the number of heads of `ogb-code2`.
pub fn to_torch(
    source: &Source,
    tensors: &BTreeMap<String, Array>,
    like: Option<&State>,
    heads: usize,
) -> Result<State> {
    let entries = entries(source, &Names::ours(tensors.keys(), heads));
    let mut left: BTreeSet<&str> = tensors.keys().map(String::as_str).collect();
    if let Some(entry) = entries.iter().find(|entry| !left.remove(entry.ours.as_str())) {
        let (ours, source) = (&entry.ours, &source.name);
        return Err(refused(format!("a model of the source {source:?} needs a tensor {ours:?}, which there is not")));
    }
    if let Some(name) = left.first() {
        let source = &source.name;
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
            state.insert(name.clone(), Tensor::F32(part));
            if let Some(norm) = name.strip_suffix(&TABLES.counter.beside) {
                state.insert(format!("{norm}{}", TABLES.counter.name), Tensor::counter());
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
        let zero = matches!(&dropped, Some(Tensor::F32(array)) if array.values.iter().all(|&value| value == 0.0));
        let needless = TABLES.counter.is(&name) || optional.contains(&name) && zero;
        if !needless {
            return Err(refused(format!("tensor {name:?} has no place in the model")));
        }
    }
    Ok(())
}

fn refused(message: impl Into<String>) -> Failure {
    Failure::data(message)
}
