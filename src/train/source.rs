//! The graphs of a data set as a model takes them.

use crate::config::Task;
use crate::error::{Result, bail};
use crate::graph::{Dataset, GraclusScratch, graclus};
use crate::memory::try_resize;
use crate::model::features::{FeatureSchema, clustering_coefficients};
use crate::model::{BatchGraph, Model, Target};
use crate::ops::runtime::executor::Executor;
use crate::ops::runtime::real::Real;

/// Features that are too costly to compute for every batch, for all graphs of a data set.
#[derive(Debug)]
pub(super) struct Source {
    /// Clustering coefficient of every node, where the schema asks for them.
    clustering: Vec<f32>,
    task: Task,
    /// Clusters of every graph, where the network takes them; empty for graphs that are not used.
    clusters: Vec<Vec<u32>>,
}

impl Source {
    /// Checks that `model` can take the graphs `indices`, and computes what its features need beforehand.
    pub fn new<T: Real>(model: &Model<T>, dataset: &Dataset, indices: &[usize], executor: &Executor) -> Result<Self> {
        dataset.check_indices(indices)?;
        let task = model.config().task;
        check_shapes(model, dataset)?;
        for &index in indices {
            let in_context = |e: crate::error::Error| e.in_context(format_args!("graph {index}"));
            model.schema().check(&dataset.graph(index)).map_err(in_context)?;
            check_targets(task, dataset, index)?;
            if task == Task::Multiclass && dataset.y(index) >= model.classes() {
                let (y, classes) = (dataset.y(index), model.classes());
                bail!(InvalidArgument, "graph {index}: its class is {y}, but the model has {classes} classes");
            }
        }
        let clustering = clustering(model.schema(), dataset, indices, executor)?;
        let clusters = match model.network().graclus() {
            Some(counts) => clusters(counts, dataset, indices, executor)?,
            None => Vec::new(),
        };
        Ok(Self { clustering, clusters, task })
    }

    /// Graph `index` of the data set.
    pub fn item<'a>(&'a self, dataset: &'a Dataset, index: usize) -> BatchGraph<'a> {
        let begin = dataset.node_offset(index);
        let clustering = self.clustering.get(begin..begin + dataset.nodes(index));
        let clusters = self.clusters.get(index).map(Vec::as_slice);
        let target = Target::of(self.task, dataset, index);
        BatchGraph { graph: dataset.graph(index), clustering, clusters, target, key: index }
    }
}

/// Checks that the graphs have as many targets as the model.
fn check_shapes<T: Real>(model: &Model<T>, dataset: &Dataset) -> Result<()> {
    let (targets, classes) = (model.targets(), model.classes());
    let (found, what) = match model.config().task {
        Task::Multiclass => return Ok(()),
        Task::Binary | Task::Multilabel | Task::Regression => (dataset.target_width(), "targets"),
        Task::Sequence => (dataset.sequence_length(), "words to predict"),
    };
    if found != targets {
        bail!(ShapeMismatch, "the graphs have {found} {what}, but the model has {targets}");
    }
    if model.config().task == Task::Sequence && dataset.vocabulary() != classes {
        let words = dataset.vocabulary();
        bail!(ShapeMismatch, "the vocabulary has {words} words, but that of the model has {classes}");
    }
    Ok(())
}

/// Checks that the targets of a graph are of the kind that the task needs.
fn check_targets(task: Task, dataset: &Dataset, index: usize) -> Result<()> {
    if !matches!(task, Task::Binary | Task::Multilabel) {
        return Ok(());
    }
    let targets = dataset.targets(index);
    if let Some(at) = targets.iter().position(|y| !y.is_nan() && *y != 0.0 && *y != 1.0) {
        let (value, name) = (targets[at], task.name());
        bail!(InvalidArgument, "graph {index}: target {at} is {value}, but \"{name}\" needs 0, 1 or NaN");
    }
    Ok(())
}

fn clustering(schema: &FeatureSchema, dataset: &Dataset, indices: &[usize], executor: &Executor) -> Result<Vec<f32>> {
    let mut all = Vec::new();
    if !schema.needs_clustering() {
        return Ok(all);
    }
    try_resize(&mut all, dataset.total_nodes(), 0.0)?;
    let mut wanted = vec![false; dataset.len()];
    indices.iter().for_each(|&index| wanted[index] = true);
    let mut parts: Vec<(usize, &mut [f32])> = Vec::with_capacity(indices.len());
    let mut rest = all.as_mut_slice();
    for (index, wanted) in wanted.into_iter().enumerate() {
        let (own, after) = rest.split_at_mut(dataset.nodes(index));
        rest = after;
        if wanted {
            parts.push((index, own));
        }
    }
    executor.for_each(&mut parts, |_, (index, out)| clustering_coefficients(dataset.graph(*index), out));
    Ok(all)
}

fn clusters(counts: &[usize], dataset: &Dataset, indices: &[usize], executor: &Executor) -> Result<Vec<Vec<u32>>> {
    let mut all = Vec::new();
    try_resize(&mut all, dataset.len(), Vec::new())?;
    let mut parts: Vec<(usize, Vec<u32>, Result<()>)> = Vec::new();
    parts.try_reserve(indices.len())?;
    parts.extend(indices.iter().map(|&index| (index, Vec::new(), Ok(()))));
    executor.for_each(&mut parts, |_, (index, out, result)| {
        *result = graclus(dataset.graph(*index), counts, &mut GraclusScratch::default(), out);
    });
    for (index, out, result) in parts {
        result?;
        all[index] = out;
    }
    Ok(all)
}
