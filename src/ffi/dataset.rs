//! Data sets: graphs from arrays in memory, from files, or made up.
//!
//! A data set is a list of graphs, each with its class; other targets can be given to them once all are there. All its
//! graphs have the same number of features and of categories a node, and all or none have node labels. Graphs are
//! undirected unless the data set is made with DIFFPOOL_DATASET_DIRECTED: an edge may then be given in either direction
//! or in both, which is the same. An edge given twice in one direction is merged: without weights it counts once, with
//! weights they are summed. Self-loops and isolated nodes are kept.
//!
//! With DIFFPOOL_DATASET_EDGE_LABELS every edge carries an integer label, its kind. Two nodes may then be joined by
//! edges of several labels, each of which is kept; what is said above of an edge holds for those of one label. An edge
//! of an undirected graph that is given in both directions must have the same labels in both. A model sees the labels
//! where its configuration says so; any other adds up the weights of edges that join the same nodes.

use std::ffi::c_char;
use std::path::Path;
use std::sync::Arc;

use super::arguments::{optional_text, output, slice, text, try_string, try_vec};
use super::error::DiffpoolError;
use super::graph_input::{Edges, read_graph};
use super::guard::guard;
use super::handle::{Opaque, free};
use super::status::DiffpoolStatus;
use crate::checkpoint::mapped_dataset::{InOrder, Mapping};
use crate::data::ogb::{self, OgbOptions, OgbWords};
use crate::data::synthetic::{self, SyntheticKind};
use crate::data::tu::{self, TuOptions};
use crate::error::{Result, bail, error};
use crate::graph::{Dataset, GraphBuilder, GraphInput, GraphRules};

/// Flag: edges keep their direction. Row i of the matrix lists the nodes that node i reads from.
pub const DIFFPOOL_DATASET_DIRECTED: u32 = 1;

/// Flag: every node carries an integer label, which a model sees one-hot.
pub const DIFFPOOL_DATASET_NODE_LABELS: u32 = 2;

/// Flag: every edge carries an integer label, which a model may see as a relation of its own.
pub const DIFFPOOL_DATASET_EDGE_LABELS: u32 = 16;

/// Flag of diffpool_dataset_load_ogb: successive tokens of a syntax tree are joined by an edge.
pub const DIFFPOOL_DATASET_NEXT_TOKEN_EDGES: u32 = 4;

/// Flag of diffpool_dataset_load_ogb: labels or attributes of the edges are kept.
pub const DIFFPOOL_DATASET_EDGE_DATA: u32 = 8;

/// Graphs with their classes and other targets.
pub struct DiffpoolDataset {
    _opaque: [u8; 0],
}

impl Opaque for DiffpoolDataset {
    type Value = DatasetValue;
}

/// What a data set handle holds. A trainer shares the data, and as long as it does the data cannot be changed.
pub(super) struct DatasetValue {
    pub(super) data: Arc<Dataset>,
    /// The file that it was opened from.
    mapping: Option<Mapping>,
    builder: GraphBuilder,
}

impl DatasetValue {
    pub(super) fn new(data: Dataset) -> Self {
        Self::mapped(data, None)
    }

    pub(super) fn mapped(data: Dataset, mapping: Option<Mapping>) -> Self {
        Self { data: Arc::new(data), mapping, builder: GraphBuilder::new() }
    }

    /// Prepares for work that goes through these graphs one after the other, where they are in a file.
    pub(super) fn in_order(&self, graphs: &[usize]) -> Option<InOrder<'_>> {
        self.mapping.as_ref()?.in_order(graphs)
    }

    pub(super) fn change(&mut self) -> Result<(&mut Dataset, &mut GraphBuilder)> {
        let Self { data, builder, .. } = self;
        match Arc::get_mut(data) {
            Some(data) => Ok((data, builder)),
            None => bail!(InvalidState, "the data set is in use by a trainer and cannot be changed"),
        }
    }

    /// Takes all graphs away; a file that they were in is closed.
    pub(super) fn clear(&mut self) -> Result<()> {
        self.change()?.0.clear();
        self.mapping = None;
        Ok(())
    }

    fn add(&mut self, input: &GraphInput<'_>, y: usize) -> Result<()> {
        let (data, builder) = self.change()?;
        data.add(builder, input, y)
    }
}

/// Makes an empty data set whose nodes have `features` numbers each, possibly 0, and `categories` whole numbers each,
/// possibly 0, which a model looks up in learned tables.
///
/// `flags` is 0 or a sum of DIFFPOOL_DATASET_DIRECTED, DIFFPOOL_DATASET_NODE_LABELS and DIFFPOOL_DATASET_EDGE_LABELS.
///
/// Ownership: `name` is copied; `*out` is owned by the caller, free with diffpool_dataset_free.
///
/// Fails: INVALID_ARGUMENT if a flag is unknown.
///
/// Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_new(
    name: *const c_char,
    features: usize,
    categories: usize,
    flags: u32,
    out: *mut *mut DiffpoolDataset,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |_| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (name, out) = unsafe { (text(name, "name")?, output(out, "out")?) };
        let rules = read_rules(features, categories, flags)?;
        out.put_handle(DatasetValue::new(Dataset::new(try_string(name)?, rules)))
    })
}

/// Reads a folder in the format of the TU graph data sets: DS_A.txt, DS_graph_indicator.txt, DS_graph_labels.txt, and
/// what there is of DS_node_labels.txt, DS_node_attributes.txt, DS_edge_labels.txt, DS_edge_attributes.txt and
/// DS_graph_attributes.txt, where DS is the folder's name or the only one there. The classes are numbered in ascending
/// order of the labels in the file, which become their names. Where there are graph attributes, DS_graph_labels.txt may
/// be missing; see diffpool_dataset_use_graph_attributes_as_targets. Lines of the same edge are one edge, with the
/// label and the attributes of the first line in its direction, else of the first in the other. No model reads the
/// attributes of edges.
///
/// `flags` is 0 or DIFFPOOL_DATASET_DIRECTED.
///
/// Ownership: `folder` is copied; `*out` is owned by the caller, free with diffpool_dataset_free.
///
/// Fails: IO if a file cannot be read, PARSE with file and line if one is malformed, INVALID_ARGUMENT if a flag is
/// unknown.
///
/// Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_load_tu(
    folder: *const c_char,
    flags: u32,
    out: *mut *mut DiffpoolDataset,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |_| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (folder, out) = unsafe { (text(folder, "folder")?, output(out, "out")?) };
        check_flags(flags, DIFFPOOL_DATASET_DIRECTED)?;
        let options = TuOptions { name: None, directed: flags & DIFFPOOL_DATASET_DIRECTED != 0 };
        out.put_handle(DatasetValue::new(tu::load(Path::new(folder), &options)?))
    })
}

/// Reads a folder of the Open Graph Benchmark in its raw form, as it is downloaded: raw/num-node-list.csv.gz,
/// raw/num-edge-list.csv.gz, raw/edge.csv.gz, raw/graph-label.csv.gz, and what there is of raw/node-feat.csv.gz,
/// raw/edge-feat.csv.gz, raw/node_depth.csv.gz and mapping/. Whole numbers of nodes become categories, the depth in a
/// syntax tree one more; other numbers become features.
///
/// `vocabulary` is 0 where labels are numbers, such as those of ogbg-molhiv: they are the targets, of which some may be
/// missing, and a single column of whole numbers from 0 without gaps is also the class. Where labels are words, such as
/// those of ogbg-code2, it is how many of the most frequent words of the training graphs a model tells apart, 5000 for
/// that data set, and `length` how many words it predicts, 5 there; the words, the unknown word __UNK__ and the end
/// __EOS__ are then the names of the classes. `split` names the folder in split/ with the training graphs; NULL is the
/// only one there. With a `vocabulary` of 0 neither is looked at.
///
/// `flags` is 0 or a sum of DIFFPOOL_DATASET_DIRECTED, DIFFPOOL_DATASET_NEXT_TOKEN_EDGES, which needs
/// raw/node_is_attributed.csv.gz and gives an edge of the tree that joins two successive tokens the weight 2, and
/// DIFFPOOL_DATASET_EDGE_DATA, which keeps what raw/edge-feat.csv.gz says of the edges, or, with the former flag, the
/// label 0 for edges of the tree and 1 for the others.
///
/// Ownership: `folder` and `split` are copied; `*out` is owned by the caller, free with diffpool_dataset_free.
///
/// Fails: IO if a file cannot be read, PARSE with file and line if one is malformed, INVALID_ARGUMENT if a flag is
/// unknown, a number is out of range, or there are several splits and none is named.
///
/// Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_load_ogb(
    folder: *const c_char,
    split: *const c_char,
    vocabulary: usize,
    length: usize,
    flags: u32,
    out: *mut *mut DiffpoolDataset,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |_| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (folder, split, out) =
            unsafe { (text(folder, "folder")?, optional_text(split, "split")?, output(out, "out")?) };
        let (tokens, edges) = (DIFFPOOL_DATASET_NEXT_TOKEN_EDGES, DIFFPOOL_DATASET_EDGE_DATA);
        check_flags(flags, DIFFPOOL_DATASET_DIRECTED | tokens | edges)?;
        let options = OgbOptions {
            split: split.map(try_string).transpose()?,
            words: (vocabulary > 0).then_some(OgbWords { vocabulary, length }),
            directed: flags & DIFFPOOL_DATASET_DIRECTED != 0,
            next_token_edges: flags & tokens != 0,
            edge_data: flags & edges != 0,
        };
        out.put_handle(DatasetValue::new(ogb::load(Path::new(folder), &options)?))
    })
}

/// Makes up a benchmark of `graphs` graphs from a seed, with which a program can be tried without any file.
///
/// `kind` is "ba", Barabasi-Albert graphs against two such graphs joined, "hierarchy", two groups of communities, by
/// their numbers, against two plain communities, or "syntax_trees", trees of the shape of ogbg-code2 with the words of
/// their names. The same arguments give the same graphs.
///
/// Ownership: `kind` is copied; `*out` is owned by the caller, free with diffpool_dataset_free.
///
/// Fails: NOT_FOUND if there is no such kind; INVALID_ARGUMENT if the number of graphs is 0 or beyond reason.
///
/// Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_synthetic(
    kind: *const c_char,
    graphs: usize,
    seed: u64,
    out: *mut *mut DiffpoolDataset,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |_| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (kind, out) = unsafe { (text(kind, "kind")?, output(out, "out")?) };
        out.put_handle(DatasetValue::new(synthetic::generate(SyntheticKind::from_name(kind)?, graphs, seed)?))
    })
}

/// Frees a data set. NULL is harmless.
///
/// Ownership: `dataset` is gone after the call; a trainer made with it keeps the graphs it needs.
///
/// Threads: any, once no other thread uses it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_free(dataset: *mut DiffpoolDataset) {
    // SAFETY: by the header's rules it is NULL or came from this library, and this is its last use.
    unsafe { free(dataset) };
}

/// Adds a graph given as compressed rows: the neighbours of node i are indices[indptr[i]] to indices[indptr[i+1] - 1].
///
/// `indptr` has `nodes` + 1 values, the first 0 and the last `entries`; `indices` has `entries`, each from 0 to
/// `nodes` - 1. `edge_weight` has `entries` finite values, or is NULL, and every edge weighs 1. `edge_labels` has
/// `entries` values if the data set has edge labels, and is NULL if not. `x` has `nodes` rows of as many finite values
/// as the data set has features, one row after the other, and may be NULL if it has none.
/// `categories` has `nodes` rows of as many values as the data set has categories, and may be NULL if it has none.
/// `node_labels` has `nodes` values if the data set has node labels, and is NULL if not. `y` is the class, from 0.
///
/// Ownership: all arrays are copied.
///
/// Fails: INVALID_GRAPH or SHAPE_MISMATCH, naming graph, index and value, if the graph breaks one of these rules;
/// INVALID_ARGUMENT if the class has no name although classes do; INVALID_STATE if a trainer uses the data set, it has
/// targets or attributes of graphs, or it was opened from a file. The data set is then as it was.
///
/// Threads: one at a time; `dataset` is changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_add_csr(
    dataset: *mut DiffpoolDataset,
    nodes: usize,
    entries: usize,
    indptr: *const i64,
    indices: *const i32,
    edge_weight: *const f32,
    edge_labels: *const i64,
    x: *const f32,
    categories: *const i32,
    node_labels: *const i64,
    y: usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        unsafe {
            let dataset = call.change(dataset, "dataset")?;
            let edges = Edges::Csr { entries, indptr, indices };
            let input =
                read_graph(dataset.data.rules(), nodes, edges, edge_weight, edge_labels, x, categories, node_labels)?;
            dataset.add(&input, y)
        }
    })
}

/// Adds a graph given as a list of edges: edge e is row sources[e], column targets[e] of the matrix.
///
/// `sources` and `targets` have `edges` values, each from 0 to `nodes` - 1, and `edge_weight` has as many finite
/// values, or is NULL, and every edge weighs 1. `edge_labels` has `edges` values if the data set has edge labels, and
/// is NULL if not. The rest is as for diffpool_dataset_add_csr.
///
/// Ownership: all arrays are copied.
///
/// Fails: as diffpool_dataset_add_csr.
///
/// Threads: one at a time; `dataset` is changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_add_edges(
    dataset: *mut DiffpoolDataset,
    nodes: usize,
    edges: usize,
    sources: *const i32,
    targets: *const i32,
    edge_weight: *const f32,
    edge_labels: *const i64,
    x: *const f32,
    categories: *const i32,
    node_labels: *const i64,
    y: usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        unsafe {
            let dataset = call.change(dataset, "dataset")?;
            let edges = Edges::List { edges, sources, targets };
            let input =
                read_graph(dataset.data.rules(), nodes, edges, edge_weight, edge_labels, x, categories, node_labels)?;
            dataset.add(&input, y)
        }
    })
}

/// Names the classes, from 0 on. Without names they are called "0", "1" and so on. The names are also those of
/// the words of sequences, of which there must then be as many.
///
/// Ownership: `names`, an array of `count` strings, and the strings are copied.
///
/// Fails: INVALID_ARGUMENT if there are fewer names than classes in use, or another number than words; INVALID_STATE if
/// a trainer uses the data set.
///
/// Threads: one at a time; `dataset` is changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_set_class_names(
    dataset: *mut DiffpoolDataset,
    names: *const *const c_char,
    count: usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (dataset, names) = unsafe { (call.change(dataset, "dataset")?, read_names(names, count)?) };
        dataset.change()?.0.set_class_names(names)
    })
}

/// What the arguments of a new data set say of its graphs.
pub(super) fn read_rules(features: usize, categories: usize, flags: u32) -> Result<GraphRules> {
    check_flags(flags, DIFFPOOL_DATASET_DIRECTED | DIFFPOOL_DATASET_NODE_LABELS | DIFFPOOL_DATASET_EDGE_LABELS)?;
    Ok(GraphRules {
        features,
        categories,
        node_labels: flags & DIFFPOOL_DATASET_NODE_LABELS != 0,
        edge_labels: flags & DIFFPOOL_DATASET_EDGE_LABELS != 0,
        ..GraphRules::plain(flags & DIFFPOOL_DATASET_DIRECTED != 0)
    })
}

/// Copies an array of names.
///
/// # Safety
///
/// `names` is NULL or points to `count` pointers, each of them NULL or to a string as [`text`] wants it.
pub(super) unsafe fn read_names(names: *const *const c_char, count: usize) -> Result<Vec<String>> {
    // SAFETY: the caller promises it.
    let names = unsafe { slice(names, count, "names")? };
    // SAFETY: as above.
    try_vec(names, |at, &name| try_string(unsafe { text(name, &format!("names[{at}]")) }?))
}

fn check_flags(flags: u32, known: u32) -> Result<()> {
    match flags & !known {
        0 => Ok(()),
        unknown => Err(error!(InvalidArgument, "flags is {flags}, of which {unknown} is unknown here")),
    }
}
