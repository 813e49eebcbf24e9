//! The graphs of a data set as a model takes them: checked, with what is too costly to compute for every batch.

use super::truth::{AlignedClasses, Truth};
use crate::config::{SelfLoops, Task};
use crate::control;
use crate::error::{Error, Result};
use crate::graph::{Dataset, GraclusScratch, GraphRef, LoopFree, graclus};
use crate::memory::try_resize;
use crate::model::features::{FeatureSchema, StructuralScratch, write_structural};
use crate::model::{BatchGraph, Model};
use crate::ops::runtime::executor::Executor;
use crate::ops::runtime::real::Real;

/// Graphs of a data set that fit a model, with their features that are too costly to compute for every batch.
#[derive(Debug)]
pub(super) struct PreparedGraphs {
    /// Structural features of every node, row-major; those of graphs that are not used are 0.
    structural: Vec<f32>,
    /// Columns of `structural`.
    columns: usize,
    task: Task,
    loop_free: LoopFreeGraphs,
    /// Clusters of every graph, where the network takes them; empty for graphs that are not used.
    clusters: Vec<Vec<u32>>,
    classes: AlignedClasses,
}

impl PreparedGraphs {
    /// Checks that `model` can take the graphs `indices`, and that none of them is larger than this thread's control
    /// lets it, and computes what its features need beforehand.
    pub fn new<T: Real>(model: &Model<T>, dataset: &Dataset, indices: &[usize], executor: &Executor) -> Result<Self> {
        dataset.check_indices(indices)?;
        let outputs = model.outputs();
        outputs.check_dataset(dataset)?;
        outputs.check_words(dataset)?;
        model.seen().check_names(dataset)?;
        let classes = AlignedClasses::new(outputs, dataset, indices)?;
        let loop_free = LoopFreeGraphs::of(model.config().self_loops, dataset, indices)?;
        let limits = control::limits();
        for &index in indices {
            control::go_on()?;
            let in_context = |e: Error| e.in_context(format_args!("graph {index}"));
            let (given, graph) = (dataset.graph(index), loop_free.graph(dataset, index));
            given.check_size(&limits).and_then(|()| model.schema().check(&graph)).map_err(in_context)?;
            outputs.check_graph(dataset, index)?;
        }
        let columns = model.schema().structural_columns();
        let structural = structural(model.schema(), dataset, &loop_free, indices, executor)?;
        let clusters = match model.network().graclus() {
            Some(counts) => clusters(counts, dataset, &loop_free, indices, executor)?,
            None => Vec::new(),
        };
        Ok(Self { structural, columns, task: outputs.task, loop_free, clusters, classes })
    }

    /// Graph `index` of the data set.
    pub fn item<'a>(&'a self, dataset: &'a Dataset, index: usize) -> BatchGraph<'a> {
        let (begin, nodes) = (dataset.node_offset(index), dataset.nodes(index));
        let own = begin * self.columns..(begin + nodes) * self.columns;
        let structural = (self.columns > 0).then(|| &self.structural[own]);
        let clusters = self.clusters.get(index).map(Vec::as_slice);
        let target = self.truth(dataset).target(self.task, index);
        let (graph, weight) = (self.loop_free.graph(dataset, index), dataset.graph_weight(index));
        BatchGraph { graph, structural, clusters, target, weight, key: index }
    }
}

impl PreparedGraphs {
    /// The targets of the graphs, as the model counts them.
    pub fn truth<'a>(&'a self, dataset: &'a Dataset) -> Truth<'a> {
        self.classes.truth(dataset)
    }

    /// What the class loss of these graphs is divided by.
    pub fn target_weight<T: Real>(&self, dataset: &Dataset, graphs: &[usize], class_weights: &[T]) -> f64 {
        let truth = self.truth(dataset);
        let weight = |index: usize| {
            f64::from(dataset.graph_weight(index)) * truth.target(self.task, index).weight(class_weights)
        };
        graphs.iter().map(|&index| weight(index)).sum()
    }
}

/// The graphs of a data set as a model takes them that drops self-loops; only those that have some take memory.
#[derive(Debug)]
struct LoopFreeGraphs(Vec<LoopFree>);

impl LoopFreeGraphs {
    /// Those of the graphs `indices`; none where self-loops are kept.
    fn of(rule: SelfLoops, dataset: &Dataset, indices: &[usize]) -> Result<Self> {
        let mut all = Vec::new();
        if rule == SelfLoops::Drop {
            all.try_reserve_exact(dataset.len())?;
            all.resize_with(dataset.len(), LoopFree::default);
            for &index in indices {
                control::go_on()?;
                all[index].strip(dataset.graph(index))?;
            }
        }
        Ok(Self(all))
    }

    fn graph<'a>(&'a self, dataset: &'a Dataset, index: usize) -> GraphRef<'a> {
        let graph = dataset.graph(index);
        self.0.get(index).map_or(graph, |loop_free| loop_free.of(graph))
    }
}

/// The structural features of every node of the graphs `indices`, `[nodes of the data set, structural_columns]`.
fn structural(
    schema: &FeatureSchema,
    dataset: &Dataset,
    loop_free: &LoopFreeGraphs,
    indices: &[usize],
    executor: &Executor,
) -> Result<Vec<f32>> {
    let (mut all, columns) = (Vec::new(), schema.structural_columns());
    if columns == 0 {
        return Ok(all);
    }
    let count = dataset.total_nodes().checked_mul(columns).ok_or_else(Error::out_of_memory)?;
    try_resize(&mut all, count, 0.0)?;
    let mut wanted = Vec::new();
    try_resize(&mut wanted, dataset.len(), false)?;
    indices.iter().for_each(|&index| wanted[index] = true);
    let mut parts: Vec<(usize, &mut [f32], Result<()>)> = Vec::new();
    parts.try_reserve_exact(indices.len())?;
    let mut rest = all.as_mut_slice();
    for (index, wanted) in wanted.into_iter().enumerate() {
        let (own, after) = rest.split_at_mut(dataset.nodes(index) * columns);
        rest = after;
        if wanted {
            parts.push((index, own, Ok(())));
        }
    }
    let watched = control::inherit();
    executor.for_each(&mut parts, |_, (index, out, result)| {
        let graph = loop_free.graph(dataset, *index);
        let write = || write_structural(schema, graph, &mut StructuralScratch::default(), out);
        *result = watched.under(write).and_then(|result| result);
    });
    for (index, _, result) in parts {
        result.map_err(|e| e.in_context(format_args!("graph {index}")))?;
    }
    Ok(all)
}

fn clusters(
    counts: &[usize],
    dataset: &Dataset,
    loop_free: &LoopFreeGraphs,
    indices: &[usize],
    executor: &Executor,
) -> Result<Vec<Vec<u32>>> {
    let mut all = Vec::new();
    try_resize(&mut all, dataset.len(), Vec::new())?;
    let mut parts: Vec<(usize, Vec<u32>, Result<()>)> = Vec::new();
    parts.try_reserve(indices.len())?;
    parts.extend(indices.iter().map(|&index| (index, Vec::new(), Ok(()))));
    executor.for_each(&mut parts, |_, (index, out, result)| {
        *result = graclus(loop_free.graph(dataset, *index), counts, &mut GraclusScratch::default(), out);
    });
    for (index, out, result) in parts {
        result?;
        all[index] = out;
    }
    Ok(all)
}
