//! Data sets: graphs in memory or in a file, with their classes and other targets.
//!
//! A data set is a list of graphs. The first graph that is added settles what all must have: how many features,
//! categories and attributes, whether labels, targets or a class. Graphs are undirected unless the data set is made
//! with DIFFPOOL_DATASET_DIRECTED; row i of a matrix then lists the nodes that node i reads from. Two nodes may be
//! joined by edges of several labels, each of which is kept; an edge of an undirected graph that is given both ways
//! must have the same labels both ways. A model sees the labels where its configuration says so; any other adds up the
//! weights of edges that join the same nodes.
//!
//! A data set that is larger than memory is written to a file, see diffpool_dataset_writer_new, and opened from there.
//!
//! ```c
//! const char *const names[2] = {"path", "ring"};
//! diffpool_dataset *shapes;
//! check(diffpool_dataset_new("shapes", 0, &shapes, &error));
//! check(diffpool_dataset_set_class_names(shapes, names, 2, &error));
//! check(diffpool_graph_set_class(graph, 1, &error));
//! check(diffpool_dataset_add(shapes, graph, &error));
//! diffpool_dataset_free(shapes);
//! ```

use std::ffi::{CString, c_char};
use std::sync::Arc;

use super::arguments::{optional, optional_text, output, slice, text, try_string, try_vec};
use super::error::DiffpoolError;
use super::graph::DiffpoolGraph;
use super::guard::guard;
use super::handle::{Opaque, free};
use super::memory::c_strings;
use super::status::DiffpoolStatus;
use crate::checkpoint::mapped_dataset::{InOrder, Mapping};
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
    pub(super) name: CString,
    pub(super) class_names: Vec<CString>,
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

/// Frees a data set. NULL is harmless.
///
/// Ownership: `dataset` is gone after the call; a trainer made with it keeps the graphs it needs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_free(dataset: *mut DiffpoolDataset) {
    // SAFETY: by the header's rules it is NULL or came from this library, and this is its last use.
    unsafe { free(dataset) };
}

/// Adds a graph with all that it has. The first one settles what the others must have. A graph without a class can be
/// added where no graph has one.
///
/// Ownership: the graph is copied.
///
/// Fails: SHAPE_MISMATCH with both numbers if the graph has other parts than those before it, or a part does not fit
/// its nodes or edges; INVALID_GRAPH or INVALID_ARGUMENT, naming index and value, if it breaks another rule;
/// INVALID_STATE if a trainer uses the data set, or it was opened from a file. The data set is then as it was.
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

/// Adds many graphs that are given as one, in the layout of a batch of PyTorch Geometric: the nodes of graph g are
/// those from node_offsets[g] to node_offsets[g + 1] - 1 of `batch`, and its edges join these; the edges of a graph
/// come before those of the next. `node_offsets` has `offsets` values, one more than graphs, the first 0 and the last
/// the number of nodes. `classes` has the class of every graph, or is NULL. Targets of `batch` are a row a graph.
///
/// Ownership: all arguments are copied.
///
/// Fails: SHAPE_MISMATCH with both numbers if a graph has other parts than those before it, or a part does not fit its
/// nodes or edges; INVALID_GRAPH or INVALID_ARGUMENT, naming index and value, if it breaks another rule; INVALID_STATE
/// if a trainer uses the data set, or it was opened from a file. The data set is then as it was. None of the graphs is
/// added then.
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

/// Fills `graph` with graph `index` of the data set and all that it has. Its edges come in ascending order of their
/// ends; those without direction are there both ways.
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

/// Names the classes, from 0 on. Without names they are called "0", "1" and so on. The names are also those of the
/// words of sequences, of which there must then be as many.
///
/// Ownership: `names`, an array of `count` strings, and the strings are copied.
///
/// Fails: INVALID_ARGUMENT if there are fewer names than classes in use, or another number than words; INVALID_STATE if
/// a trainer uses the data set.
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

/// Gives every graph an id, see diffpool_graph_set_id, in place of those that they have: graph i is called `ids[i]`,
/// and has none where that is NULL.
///
/// Ownership: `ids`, an array of `count` strings, and the strings are copied.
///
/// Fails: SHAPE_MISMATCH if there are not as many ids as graphs; INVALID_ARGUMENT, naming the graph, if an id is empty
/// or too long; INVALID_STATE if a trainer uses the data set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_set_ids(
    dataset: *mut DiffpoolDataset,
    ids: *const *const c_char,
    count: usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (dataset, ids) = unsafe { (call.change(dataset, "dataset")?, slice(ids, count, "ids")?) };
        // SAFETY: as above.
        let ids = try_vec(ids, |at, &id| unsafe { optional_text(id, &format!("ids[{at}]")) })?;
        dataset.change(|data, _| data.set_ids(ids.into_iter()))
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
