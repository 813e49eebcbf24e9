//! How well a model does on graphs of a data set.

use std::ops::Deref;

use super::calibration::{BINS, CalibrationBin, bins, expected_error, judged};
use super::clusters::Clusters;
use super::metrics::{Outcomes, PredictedTargets};
use super::predictor::{CHUNKS, GRAPHS_PER_CHUNK, Predictor};
use super::prepared::PreparedGraphs;
use crate::config::{Annealing, LossParts, LossScope, Metric, PoolLoss, Task};
use crate::control::{self, Control};
use crate::error::{Result, bail};
use crate::graph::Dataset;
use crate::model::engine::{Engine, Pass};
use crate::model::{BatchLoss, ClusterDiagnostics, Model};
use crate::ops::runtime::real::Real;

/// Logits of a graph from which on a chunk is given more graphs, so that the head's weights are read less often.
const WIDE: usize = 1024;

/// Losses, metrics and predictions over graphs, in the order they were named.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// What the model predicts.
    pub task: Task,
    /// Number of graphs.
    pub graphs: usize,
    /// Weighted sum of the losses, as in training but in evaluation mode and without label smoothing.
    pub loss: f64,
    /// Loss of the task, mean over the targets.
    pub class_loss: f64,
    /// Losses of the assignment.
    pub pooling: LossParts,
    /// Share of the targets that are right; NaN for a regression.
    pub accuracy: f64,
    /// All metrics of the task.
    pub metrics: Vec<MetricValue>,
    /// Rows are true classes, columns predicted ones, `[classes, classes]`; empty unless a graph is of one of them.
    pub confusion: Vec<u64>,
    /// Number of classes that a target is one of.
    pub classes: usize,
    /// Number of targets of a graph.
    pub targets: usize,
    /// Logits, `[graphs, width]`. Those of sequences are not kept, for they would take gigabytes.
    pub logits: Vec<f32>,
    /// Predicted class, label or word of every target, `[graphs, targets]`; none of a regression.
    pub predictions: Vec<usize>,
    /// The clusters of every pooling level; empty where the configuration does not ask for them.
    pub clusters: Vec<ClusterDiagnostics>,
    /// Expected calibration error of the probabilities; `None` for numbers and words, and without targets.
    pub calibration_error: Option<f64>,
    /// The bins of that error, of equal width of the probability of what is predicted, from 0 to 1.
    pub calibration: Option<[CalibrationBin; BINS]>,
    /// The metric that the configuration names.
    recorded: Metric,
}

/// A metric of an evaluation.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricValue {
    /// The measure.
    pub metric: Metric,
    /// Over all targets; `None` where the graphs do not define it.
    pub value: Option<f64>,
    /// The metric of every target by itself, `[targets]`.
    pub by_target: Vec<Option<f64>>,
}

impl Evaluation {
    /// A metric of the task; `auto` is the one that the configuration names.
    pub fn metric(&self, metric: Metric) -> Result<&MetricValue> {
        let metric = if metric == Metric::Auto { self.recorded } else { metric };
        match self.metrics.iter().find(|value| value.metric == metric) {
            Some(value) => Ok(value),
            None => {
                let (metric, task) = (metric.name(), self.task.name());
                bail!(InvalidArgument, "the task \"{task}\" is not measured by \"{metric}\"")
            }
        }
    }
}

impl Evaluation {
    /// A loss or a metric by its name; `None` where there is none, or the graphs do not define it.
    pub fn number(&self, name: &str) -> Option<f64> {
        match name {
            "loss" => Some(self.loss),
            "class_loss" => Some(self.class_loss),
            "calibration_error" => self.calibration_error,
            "metric" => self.metric(Metric::Auto).ok()?.value,
            name => match Metric::from_name(name) {
                Ok(metric) => self.metric(metric).ok()?.value,
                Err(_) => self.pooling.named(name),
            },
        }
    }
}

/// Evaluates `model` on the graphs `indices`, with `threads` threads (0 is one a core). The numbers do not depend on
/// the number of threads.
pub fn evaluate<T: Real>(model: &Model<T>, dataset: &Dataset, indices: &[usize], threads: usize) -> Result<Evaluation> {
    Predictor::new(model, threads)?.evaluate(dataset, indices, None)
}

impl<T: Real, M: Deref<Target = Model<T>>> Predictor<M, T> {
    /// Evaluates the graphs `indices`.
    pub fn evaluate(&mut self, dataset: &Dataset, indices: &[usize], control: Option<&Control>) -> Result<Evaluation> {
        self.executor.check_process().map_err(|e| e.in_context("the predictor"))?;
        if indices.is_empty() {
            bail!(InvalidArgument, "there are no graphs to evaluate");
        }
        let Self { model, executor, engine, class_weights, .. } = self;
        let model: &Model<T> = model;
        let graphs = control::under(control, || PreparedGraphs::new(model, dataset, indices, executor))??;
        // Losses of a whole batch depend on how large it is: it is as large as in training and validation.
        let batch = match model.config().loss_scope {
            LossScope::Batch => model.config().batch_size,
            LossScope::Graph => CHUNKS * GRAPHS_PER_CHUNK.max((model.width() / WIDE).min(64)),
        };
        let (outcomes, clusters) = (Outcomes::new(model), Clusters::new(model));
        let mut collected = Collected { logits: Vec::new(), keeps_logits: false, outcomes, clusters, batch };
        collected.outcomes.reserve(indices.len())?;
        if model.outputs().vocabulary().is_none() {
            collected.keeps_logits = true;
            collected.logits.try_reserve_exact(indices.len().saturating_mul(model.width()))?;
        }
        let (network, schema, parameters) = (model.network(), model.schema(), model.parameters());
        let annealing = Annealing::done(model.config());
        let pass = Pass { network, schema, parameters, class_weights, executor, control, share: None, annealing };
        // Inside the pool a batch starts without waking it up anew.
        let serve = |done| control.map_or(Ok(()), |control| control.progress(done, indices.len()));
        let total = executor.run(serve, |tell| run(pass, engine, dataset, indices, &graphs, &mut collected, tell))?;
        let Collected { logits, outcomes, clusters, .. } = collected;
        let predicted = PredictedTargets { outcomes: &outcomes, truth: graphs.truth(dataset), indices };
        let (task, parts) = (model.config().task, total.parts());
        let truth = graphs.truth(dataset);
        let rows = logits.chunks_exact(model.width()).zip(indices);
        let judged = rows.flat_map(|(row, &index)| judged(model.outputs(), row, truth.target(task, index)));
        let calibration = bins(&judged.collect::<Vec<_>>());
        let of_metric = |&metric: &Metric| {
            Ok(MetricValue { metric, value: predicted.value(metric)?, by_target: predicted.by_target(metric)? })
        };
        Ok(Evaluation {
            task,
            graphs: indices.len(),
            loss: total.loss(model),
            class_loss: parts.class_loss,
            pooling: parts.pooling,
            accuracy: total.accuracy(),
            metrics: task.metrics().iter().map(of_metric).collect::<Result<_>>()?,
            confusion: predicted.confusion()?,
            classes: model.classes(),
            targets: model.targets(),
            logits,
            predictions: outcomes.predictions()?,
            clusters: clusters.means()?,
            calibration_error: calibration.as_ref().map(|bins| expected_error(bins)),
            calibration,
            recorded: model.config().recorded_metric(),
        })
    }
}

/// What the batches so far have given.
struct Collected {
    logits: Vec<f32>,
    keeps_logits: bool,
    outcomes: Outcomes,
    clusters: Clusters,
    batch: usize,
}

/// Runs all graphs forward and keeps what they predict.
fn run<T: Real>(
    pass: Pass<'_, T>,
    engine: &mut Engine<T>,
    dataset: &Dataset,
    indices: &[usize],
    graphs: &PreparedGraphs,
    collected: &mut Collected,
    tell: &mut dyn FnMut(usize) -> Result<()>,
) -> Result<Mean> {
    let mut total = Mean::default();
    for batch in indices.chunks(collected.batch) {
        total.add(engine.evaluate(pass, batch.len(), |i| graphs.item(dataset, batch[i]), true)?);
        collected.clusters.add(engine);
        let mut rest = batch;
        for chunk in engine.chunks() {
            let logits = chunk.logits(pass.network);
            let (own, after) = rest.split_at(chunk.graphs());
            if let Some(((row, class), value)) = logits.indexed_iter().find(|(_, v)| !(v.f64() as f32).is_finite()) {
                bail!(
                    InvalidGraph,
                    "graph {}: the logit of class {class} is {}: the graph's values are too large",
                    own[row],
                    value.f64() as f32
                );
            }
            if collected.keeps_logits {
                collected.logits.extend(logits.iter().map(|v| v.f64() as f32));
            }
            rest = after;
        }
        collected.outcomes.add(pass.network, engine.chunks())?;
        if pass.control.is_some() {
            tell(total.graphs())?;
        }
    }
    Ok(total)
}

/// Means of batch losses over batches of different sizes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Mean {
    sum: BatchLoss,
}

impl Mean {
    /// Adds a batch.
    pub fn add(&mut self, batch: BatchLoss) {
        let graphs = batch.graphs as f64;
        self.sum.class_loss += batch.class_loss * batch.class_weight;
        for &loss in PoolLoss::ALL {
            self.sum.pooling[loss] += batch.pooling[loss] * graphs;
        }
        self.sum.by_level += batch.by_level * graphs;
        self.sum.correct += batch.correct;
        self.sum.judged += batch.judged;
        self.sum.graphs += batch.graphs;
        self.sum.class_weight += batch.class_weight;
    }

    /// Number of graphs so far.
    fn graphs(&self) -> usize {
        self.sum.graphs
    }

    /// The means; 0 where nothing was added.
    pub fn parts(&self) -> BatchLoss {
        let graphs = self.sum.graphs.max(1) as f64;
        let class_weight = if self.sum.class_weight > 0.0 { self.sum.class_weight } else { 1.0 };
        let mut parts = BatchLoss {
            class_loss: self.sum.class_loss / class_weight,
            by_level: self.sum.by_level / graphs,
            ..self.sum
        };
        PoolLoss::ALL.iter().for_each(|&loss| parts.pooling[loss] /= graphs);
        parts
    }

    /// Share of the targets that are right; NaN where there are none that could be.
    pub fn accuracy(&self) -> f64 {
        self.sum.correct as f64 / self.sum.judged as f64
    }

    /// The weighted sum of the means.
    pub fn loss<T: Real>(&self, model: &Model<T>) -> f64 {
        total_loss(model, &Annealing::done(model.config()), &self.parts())
    }
}

/// The weighted sum of the parts of a loss.
pub(super) fn total_loss<T: Real>(model: &Model<T>, annealing: &Annealing, parts: &BatchLoss) -> f64 {
    let config = model.config();
    let weighted = |&loss: &PoolLoss| {
        // A flat model has none of them.
        let weight = loss.weight(config).of_all().filter(|&weight| weight != 0.0 && !config.clusters.is_empty())?;
        Some(annealing.share(loss) * weight * parts.pooling[loss])
    };
    PoolLoss::ALL.iter().filter_map(weighted).fold(parts.class_loss, |sum, loss| sum + loss) + parts.by_level
}
