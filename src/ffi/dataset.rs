//! Data sets: graphs in memory or in a file, with their classes and other targets.
//!
//! A data set is a list of graphs. The first graph that is added settles what all must have: how many features,
//! categories and attributes, whether labels, targets or a class. Graphs are undirected unless the data set is made with
//! DIFFPOOL_DATASET_DIRECTED; row i of a matrix then lists the nodes that node i reads from. Two nodes may be joined by
//! edges of several labels, each of which is kept; an edge of an undirected graph that is given both ways must have the
//! same labels both ways. A model sees the labels where its configuration says so; any other adds up the weights of
//! edges that join the same nodes.
//!
//! A data set that is larger than memory is written to a file, see diffpool_dataset_writer_new, and opened from there.

use std::ffi::{CString, c_char};
use std::path::Path;
use std::ptr::null;
use std::sync::Arc;

use super::arguments::{optional, optional_text, output, slice, text, try_string, try_vec};
use super::control::DiffpoolControl;
use super::error::DiffpoolError;
use super::graph::DiffpoolGraph;
use super::guard::guard;
use super::handle::{Opaque, free, look};
use super::memory::c_strings;
use super::status::DiffpoolStatus;
use crate::checkpoint::mapped_dataset::{InOrder, Mapping};
use crate::checkpoint::{dataset_file, mapped_dataset};
use crate::data::load::{self, LoadOptions};
use crate::data::statistics::Statistics;
use crate::data::synthetic::{self, SyntheticKind};
use crate::error::{Result, bail, error};
use crate::graph::{Dataset, GraphBuilder, GraphRules};

/// Flag of diffpool_dataset_new and diffpool_dataset_writer_new: edges keep their direction.
pub const DIFFPOOL_DATASET_DIRECTED: u32 = 1;

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
    /// Whether the graphs have classes; unknown as long as there are none.
    classes: Option<bool>,
    name: CString,
    class_names: Vec<CString>,
}

impl DatasetValue {
    pub(super) fn new(data: Dataset) -> Result<Self> {
        Self::mapped(data, None)
    }

    pub(super) fn mapped(data: Dataset, mapping: Option<Mapping>) -> Result<Self> {
        let classes = (!data.is_empty()).then_some(true);
        let name = c_strings([data.name()])?.swap_remove(0);
        let class_names = c_strings(data.description().class_names.iter().map(String::as_str))?;
        Ok(Self { data: Arc::new(data), mapping, builder: GraphBuilder::new(), classes, name, class_names })
    }

    /// Prepares for work that goes through these graphs one after the other, where they are in a file.
    pub(super) fn in_order(&self, graphs: &[usize]) -> Option<InOrder<'_>> {
        self.mapping.as_ref()?.in_order(graphs)
    }

    /// Changes the data, which nobody may share.
    pub(super) fn change<R>(&mut self, work: impl FnOnce(&mut Dataset, &mut GraphBuilder) -> Result<R>) -> Result<R> {
        let Some(data) = Arc::get_mut(&mut self.data) else {
            bail!(InvalidState, "the data set is in use by a trainer and cannot be changed");
        };
        let result = work(data, &mut self.builder);
        let names = &data.description().class_names;
        if names.len() != self.class_names.len()
            || names.iter().zip(&self.class_names).any(|(a, b)| a.as_bytes() != b.to_bytes())
        {
            self.class_names = c_strings(names.iter().map(String::as_str))?;
        }
        result
    }

    /// Refuses a graph with a class among those without, and the other way round.
    fn settle_class(&mut self, class: bool) -> Result<()> {
        match self.classes {
            Some(before) if before != class => {
                let (this, those) = if class { ("has a class", "have none") } else { ("has no class", "have one") };
                bail!(InvalidArgument, "graph {}: it {this}, but the graphs before it {those}", self.data.len())
            }
            _ => Ok(()),
        }
    }

    /// Says what the data set is known to hold once a graph has been added to it.
    fn note_class(&mut self, class: bool) {
        self.classes = Some(class);
    }

    /// Whether graph classes mean anything.
    pub(super) fn has_classes(&self) -> bool {
        self.classes.unwrap_or(true)
    }

    /// Appends the graphs of another data set.
    pub(super) fn append(&mut self, from: &Self) -> Result<()> {
        if !from.data.is_empty() {
            self.settle_class(from.has_classes())?;
        }
        self.change(|data, _| data.append(&from.data))?;
        if !from.data.is_empty() {
            self.note_class(from.has_classes());
        }
        Ok(())
    }

    /// Takes all graphs away; a file that they were in is closed.
    pub(super) fn clear(&mut self) -> Result<()> {
        self.change(|data, _| {
            data.clear();
            Ok(())
        })?;
        (self.mapping, self.classes) = (None, None);
        Ok(())
    }
}

/// Makes an empty data set. `flags` is 0 or DIFFPOOL_DATASET_DIRECTED.
///
/// Ownership: `name` is copied; `*out` is owned by the caller, free with diffpool_dataset_free.
///
/// Fails: INVALID_ARGUMENT if a flag is unknown.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_new(
    name: *const c_char,
    flags: u32,
    out: *mut *mut DiffpoolDataset,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |_| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (name, out) = unsafe { (text(name, "name")?, output(out, "out")?) };
        let rules = read_flags(flags)?;
        out.put_handle(DatasetValue::new(Dataset::new(try_string(name)?, rules))?)
    })
}

/// Reads a data set from a file or a folder in a format of others.
///
/// `format` is "tu", a folder of the TU collection: DS_A.txt, DS_graph_indicator.txt, DS_graph_labels.txt and so on, where
/// DS is the folder's name or the only one there; "ogb", a folder of the Open Graph Benchmark in its raw form, as it is
/// downloaded; or "jsonl", a file of JSON lines, one graph a line. docs/data.md says what is read of each.
///
/// `options_json` is NULL or a JSON object with some of these keys, all but the first for the format "ogb" alone:
///
/// - `directed`: whether edges keep their direction; false
/// - `split`: the folder in split/ whose training graphs the vocabulary is of; the only one there
/// - `vocabulary`: how many of the most frequent words a model tells apart where labels are words, such as 5000 for
///   ogbg-code2; where it is not given, labels are numbers
/// - `length`: how many words a model predicts, with `vocabulary`; 5
/// - `next_token_edges`: whether successive tokens of a syntax tree are joined by an edge; false
/// - `edge_data`: whether labels or attributes of the edges are kept; false
///
/// Ownership: all strings are copied; `*out` is owned by the caller, free with diffpool_dataset_free.
///
/// Fails: IO if a file cannot be read; PARSE with file and line if one is malformed; NOT_FOUND if there is no such format;
/// INVALID_ARGUMENT, naming the key, if an option is unknown, not of its kind or not for the format, or if there are
/// several splits and none is named; CANCELLED, TIMEOUT and LIMIT by `control`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_load(
    path: *const c_char,
    format: *const c_char,
    options_json: *const c_char,
    control: *const DiffpoolControl,
    out: *mut *mut DiffpoolDataset,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (path, format, options, control, out) = unsafe {
            (
                text(path, "path")?,
                text(format, "format")?,
                optional_text(options_json, "options_json")?,
                call.optional(control, "control")?,
                output(out, "out")?,
            )
        };
        let options = LoadOptions::from_json(format, options.unwrap_or("{}"))?;
        out.put_handle(DatasetValue::new(load::load(Path::new(path), &options, control)?)?)
    })
}

/// Opens a data set from a file that diffpool_dataset_save or a diffpool_dataset_writer wrote. Its graphs are not read into
/// memory but mapped: the system brings in what is used and drops it again where memory is scarce. All functions take such
/// a data set as any other, except that no graph can be added to it. Training with it gives the same bits.
///
/// The whole file is read once to check it: its checksum, and every number in it, so that not even a file made with
/// malice can lead a later call astray. Almost no memory is needed for that.
///
/// While it is open, the file must not be changed in place, shortened or written over by any program, nor its disk be taken
/// away: its bytes are used unchecked after opening, and a read of what is no longer there ends the process, on Unix by the
/// signal SIGBUS. Replacing the file as a whole or removing it is harmless, and diffpool_dataset_save and
/// diffpool_dataset_writer_finish only do the former. The file is closed once the data set is freed, and every trainer that
/// was made with it. It is in the safetensors format, for machines of 64 bits whose numbers begin with their lowest byte.
///
/// Ownership: `path` is copied; `*out` is owned by the caller, free with diffpool_dataset_free.
///
/// Fails: IO if the file cannot be read or mapped; INVALID_FILE if it is damaged or no data set; UNSUPPORTED_VERSION if a newer
/// library wrote it; UNSUPPORTED on machines that such files do not work on; CANCELLED, TIMEOUT and LIMIT by `control`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_open(
    path: *const c_char,
    control: *const DiffpoolControl,
    out: *mut *mut DiffpoolDataset,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (path, control, out) =
            unsafe { (text(path, "path")?, call.optional(control, "control")?, output(out, "out")?) };
        let (data, mapping) = mapped_dataset::open(Path::new(path), control)?;
        out.put_handle(DatasetValue::mapped(data, mapping)?)
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
        out.put_handle(DatasetValue::new(synthetic::generate(SyntheticKind::from_name(kind)?, graphs, seed)?)?)
    })
}

/// Frees a data set. NULL is harmless.
///
/// Ownership: `dataset` is gone after the call; a trainer made with it keeps the graphs it needs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_free(dataset: *mut DiffpoolDataset) {
    // SAFETY: by the header's rules it is NULL or came from this library, and this is its last use.
    unsafe { free(dataset) };
}

/// Saves a data set to a file with everything that belongs to it. A file that is there is replaced in one step:
/// whatever happens, it is the old one or the new one. It may be the file that the data set itself was opened from.
///
/// Ownership: `path` is copied.
///
/// Fails: IO if the file cannot be written; UNSUPPORTED on machines that such files do not work on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_save(
    dataset: *const DiffpoolDataset,
    path: *const c_char,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (dataset, path) = unsafe { (call.read(dataset, "dataset")?, text(path, "path")?) };
        dataset_file::save(&dataset.data, Path::new(path))
    })
}

/// Adds a graph with all that it has. The first one settles what the others must have. A graph without a class can be
/// added where no graph has one.
///
/// Ownership: the graph is copied.
///
/// Fails: SHAPE_MISMATCH with both numbers if the graph has other parts than those before it, or a part does not fit its nodes or
/// edges; INVALID_GRAPH or INVALID_ARGUMENT, naming index and value, if it breaks another rule; INVALID_STATE if a trainer
/// uses the data set, or it was opened from a file. The data set is then as it was.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_add(
    dataset: *mut DiffpoolDataset,
    graph: *const DiffpoolGraph,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (dataset, graph) = unsafe { (call.change(dataset, "dataset")?, call.read(graph, "graph")?) };
        let class = graph.class().is_some();
        dataset.settle_class(class)?;
        dataset.change(|data, builder| data.add_arrays(builder, graph))?;
        dataset.note_class(class);
        Ok(())
    })
}

/// Adds many graphs that are given as one, in the layout of a batch of PyTorch Geometric: the nodes of graph g are those
/// from node_offsets[g] to node_offsets[g + 1] - 1 of `batch`, and its edges join these; the edges of a graph come before
/// those of the next. `node_offsets` has `offsets` values, one more than graphs, the first 0 and the last the number of
/// nodes. `classes` has the class of every graph, or is NULL. Targets of `batch` are a row a graph.
///
/// Ownership: all arguments are copied.
///
/// Fails: SHAPE_MISMATCH with both numbers if a graph has other parts than those before it, or a part does not fit its nodes or
/// edges; INVALID_GRAPH or INVALID_ARGUMENT, naming index and value, if it breaks another rule; INVALID_STATE if a trainer
/// uses the data set, or it was opened from a file. The data set is then as it was. None of
/// the graphs is added then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_add_batch(
    dataset: *mut DiffpoolDataset,
    batch: *const DiffpoolGraph,
    node_offsets: *const i64,
    offsets: usize,
    classes: *const i64,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (dataset, batch, offsets, classes) = unsafe {
            (
                call.change(dataset, "dataset")?,
                call.read(batch, "batch")?,
                slice(node_offsets, offsets, "node_offsets")?,
                optional(classes, offsets.saturating_sub(1), "classes")?,
            )
        };
        dataset.settle_class(classes.is_some())?;
        dataset.change(|data, builder| data.add_batch(builder, batch, offsets, classes))?;
        if offsets.len() > 1 {
            dataset.note_class(classes.is_some());
        }
        Ok(())
    })
}

/// Fills `graph` with graph `index` of the data set and all that it has. Its edges come in ascending order of their ends;
/// those without direction are there both ways.
///
/// Fails: NOT_FOUND if there is no such graph.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_get(
    dataset: *const DiffpoolDataset,
    index: usize,
    graph: *mut DiffpoolGraph,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (graph, dataset) = unsafe { (call.change(graph, "graph")?, call.read(dataset, "dataset")?) };
        check_graph(&dataset.data, index)?;
        graph.copy_from(&dataset.data, index, dataset.has_classes())
    })
}

/// Names the classes, from 0 on. Without names they are called "0", "1" and so on. The names are also those of the words of
/// sequences, of which there must then be as many.
///
/// Ownership: `names`, an array of `count` strings, and the strings are copied.
///
/// Fails: INVALID_ARGUMENT if there are fewer names than classes in use, or another number than words; INVALID_STATE if a trainer
/// uses the data set.
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
        dataset.change(|data, _| data.set_class_names(names))
    })
}

/// The number of graphs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_graph_count(dataset: *const DiffpoolDataset) -> usize {
    // SAFETY: by the header's rules it is NULL or a live handle.
    unsafe { look(dataset, 0, |dataset| dataset.data.len()) }
}

/// The number of nodes of all graphs together.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_node_count(dataset: *const DiffpoolDataset) -> usize {
    // SAFETY: by the header's rules it is NULL or a live handle.
    unsafe { look(dataset, 0, |dataset| dataset.data.total_nodes()) }
}

/// The number of stored edges of all graphs together: one without direction counts twice.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_edge_count(dataset: *const DiffpoolDataset) -> usize {
    // SAFETY: by the header's rules it is NULL or a live handle.
    unsafe { look(dataset, 0, |dataset| dataset.data.total_entries()) }
}

/// The number of features that every node has.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_feature_count(dataset: *const DiffpoolDataset) -> usize {
    // SAFETY: by the header's rules it is NULL or a live handle.
    unsafe { look(dataset, 0, |dataset| dataset.data.rules().features) }
}

/// The number of categories that every node has.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_category_count(dataset: *const DiffpoolDataset) -> usize {
    // SAFETY: by the header's rules it is NULL or a live handle.
    unsafe { look(dataset, 0, |dataset| dataset.data.rules().categories) }
}

/// The number of classes: that of their names, or of the words of sequences, or one more than the largest class in use.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_class_count(dataset: *const DiffpoolDataset) -> usize {
    // SAFETY: by the header's rules it is NULL or a live handle.
    unsafe { look(dataset, 0, |dataset| dataset.data.classes()) }
}

/// The name that the data set was given, or that of its folder; NULL for NULL.
///
/// Ownership: the string is borrowed until the data set is freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_name(dataset: *const DiffpoolDataset) -> *const c_char {
    // SAFETY: by the header's rules it is NULL or a live handle.
    unsafe { look(dataset, null(), |dataset| dataset.name.as_ptr()) }
}

/// The name of class number `class_index`, from 0; NULL if there is no such class, or the classes have no names.
///
/// Ownership: the string is borrowed until the data set is changed or freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_class_name(
    dataset: *const DiffpoolDataset,
    class_index: usize,
) -> *const c_char {
    // SAFETY: by the header's rules it is NULL or a live handle.
    unsafe {
        look(dataset, null(), |dataset| dataset.class_names.get(class_index).map_or(null(), |name| name.as_ptr()))
    }
}

/// What there is in the data set, as a JSON object, the same that `diffpool inspect --json` prints.
///
/// - `name`: the name given at creation
/// - `graphs`: number of graphs
/// - `nodes`, `edges`: of a graph: `min`, `mean`, `max`, and of all `total`; an edge without direction counts once
/// - `degree`: stored entries of a node: `min`, `mean`, `max`, and of all nodes `total`
/// - `directed`, `weighted`: whether edges keep their direction, whether they have weights
/// - `isolated_nodes`: number of nodes that no edge touches
/// - `self_loops`: number of edges from a node to itself
/// - `features`, `categories`: how many a node has
/// - `node_labels`, `edge_labels`: the labels that occur, sorted
/// - `edge_attributes`, `graph_attributes`: how many an edge has, how many a graph has
/// - `targets`, `missing_targets`: how many a graph has, how many are missing in all
/// - `sequence_length`, `vocabulary`: words to predict of a graph, words that exist
/// - `classes`: a list of objects: `name` and number of `graphs`; empty where graphs have sequences
/// - `columns`: a list of objects: `name` and `bytes` of every array that the graphs are stored as
///
/// Every edge is looked at, so the time is linear in their number, and a data set that was opened from a file is read
/// as a whole. The sizes alone are told by diffpool_dataset_graph_count and the functions after it at once.
///
/// Ownership: `*json` is owned by the caller, free with diffpool_string_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_summary_json(
    dataset: *const DiffpoolDataset,
    json: *mut *mut c_char,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (dataset, json) = unsafe { (call.read(dataset, "dataset")?, output(json, "json")?) };
        let statistics = Statistics::of(&dataset.data)?;
        let text = serde_json::to_string_pretty(&statistics).map_err(|e| error!(InvalidArgument, "{e}"))?;
        json.put_string(&text)
    })
}

/// What the flags of a new data set say of its graphs.
pub(super) fn read_flags(flags: u32) -> Result<GraphRules> {
    match flags & !DIFFPOOL_DATASET_DIRECTED {
        0 => Ok(GraphRules::plain(flags & DIFFPOOL_DATASET_DIRECTED != 0)),
        unknown => Err(error!(InvalidArgument, "flags is {flags}, of which {unknown} is unknown here")),
    }
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

pub(super) fn check_graph(data: &Dataset, index: usize) -> Result<()> {
    if index >= data.len() {
        bail!(NotFound, "there is no graph {index}: the data set has {} graphs", data.len());
    }
    Ok(())
}
