//! How well a model does on graphs of a data set.

use super::clusters::Clusters;
use super::metrics;
use super::source::Source;
use crate::error::{Result, bail};
use crate::graph::{Dataset, try_grow};
use crate::model::engine::{BatchLoss, Engine, Pass};
use crate::model::{ClusterDiagnostics, Model};
use crate::ops::executor::Executor;
use crate::ops::real::Real;

/// Chunks worked on at the same time. Not a function of the threads, for losses are summed chunk by chunk.
const CHUNKS: usize = 8;
/// Graphs a chunk is given at a time: enough to fill a matrix product, few enough to stay in cache.
const GRAPHS_PER_CHUNK: usize = 2;

/// Losses, metrics and predictions over graphs, in the order they were named.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// Weighted sum of the losses, as in training but in evaluation mode.
    pub loss: f64,
    /// Share classified rightly.
    pub accuracy: f64,
    /// F1 score, averaged over the classes that occur.
    pub macro_f1: f64,
    /// Area under the ROC curve; `None` unless there are two classes and both occur.
    pub roc_auc: Option<f64>,
    /// Rows are true classes, columns predicted ones, `[classes, classes]`.
    pub confusion: Vec<u64>,
    /// Number of classes.
    pub classes: usize,
    /// Logits, `[graphs, classes]`.
    pub logits: Vec<f32>,
    /// Predicted class of every graph.
    pub predictions: Vec<usize>,
    /// The clusters of every pooling level; empty where the configuration does not ask for them.
    pub clusters: Vec<ClusterDiagnostics>,
}

/// Evaluates `model` on the graphs `indices`, with `threads` threads (0 is one a core). The numbers do not depend on
/// the number of threads.
pub fn evaluate<T: Real>(model: &Model<T>, dataset: &Dataset, indices: &[usize], threads: usize) -> Result<Evaluation> {
    Evaluator::new(model, threads)?.evaluate(dataset, indices)
}

/// Evaluates one model again and again: its threads and its memory stay warm between calls.
pub struct Evaluator<'a, T: 'static> {
    model: &'a Model<T>,
    executor: Executor,
    engine: Engine<T>,
    class_weights: Vec<T>,
}

impl<'a, T: Real> Evaluator<'a, T> {
    /// An evaluator of `model` with `threads` threads; 0 is one a core.
    pub fn new(model: &'a Model<T>, threads: usize) -> Result<Self> {
        let mut engine = Engine::new(model.network(), CHUNKS, model.config().batch_norm_epsilon);
        engine.set_running(model.network(), model.running(), model.parameters());
        Ok(Self { model, executor: Executor::new(threads)?, engine, class_weights: model.class_weights() })
    }

    /// Evaluates the graphs `indices`.
    pub fn evaluate(&mut self, dataset: &Dataset, indices: &[usize]) -> Result<Evaluation> {
        if indices.is_empty() {
            bail!(InvalidArgument, "there are no graphs to evaluate");
        }
        let Self { model, executor, engine, class_weights } = self;
        let classes = model.classes();
        let source = Source::new(model, dataset, indices, executor)?;
        let mut logits = Vec::new();
        try_grow(&mut logits, indices.len() * classes, 0.0)?;
        let (network, schema, parameters) = (model.network(), model.schema(), model.parameters());
        let pass = Pass { network, schema, parameters, class_weights, executor };
        let mut clusters = Clusters::new(model);
        // Inside the pool a batch starts without waking it up anew.
        let total =
            executor.run(|()| (), |_| run(pass, engine, dataset, indices, &source, &mut logits, &mut clusters))?;
        if let Some(at) = logits.iter().position(|v| !v.is_finite()) {
            let (graph, class) = (indices[at / classes], at % classes);
            let value = logits[at];
            bail!(
                InvalidGraph,
                "graph {graph}: the logit of class {class} is {value}: the graph's values are too large"
            );
        }
        let truth: Vec<usize> = indices.iter().map(|&i| dataset.y(i)).collect();
        let clusters = clusters.means()?;
        Ok(Evaluation { clusters, ..summarise(total.loss(model), classes, logits, &truth) })
    }
}

/// Runs all graphs forward and writes their logits.
fn run<T: Real>(
    pass: Pass<'_, T>,
    engine: &mut Engine<T>,
    dataset: &Dataset,
    indices: &[usize],
    source: &Source,
    logits: &mut [f32],
    clusters: &mut Clusters,
) -> Result<Mean> {
    let mut rest = logits;
    let mut total = Mean::default();
    for batch in indices.chunks(CHUNKS * GRAPHS_PER_CHUNK) {
        total.add(engine.evaluate(pass, batch.len(), |i| source.item(dataset, batch[i]), true)?);
        clusters.add(engine);
        for chunk in engine.chunks() {
            let values = chunk.logits(pass.network);
            let (own, after) = rest.split_at_mut(values.len());
            own.iter_mut().zip(values).for_each(|(o, v)| *o = v.f64() as f32);
            rest = after;
        }
    }
    Ok(total)
}

fn summarise(loss: f64, classes: usize, logits: Vec<f32>, truth: &[usize]) -> Evaluation {
    let best = |row: &[f32]| (1..classes).fold(0, |best, class| if row[class] > row[best] { class } else { best });
    let predictions: Vec<usize> = logits.chunks_exact(classes).map(best).collect();
    let confusion = metrics::confusion(classes, truth, &predictions);
    let hits: u64 = (0..classes).map(|c| confusion[c * classes + c]).sum();
    let scores: Vec<f64> = logits.chunks_exact(classes).map(|row| f64::from(row[1]) - f64::from(row[0])).collect();
    Evaluation {
        loss,
        accuracy: hits as f64 / truth.len() as f64,
        macro_f1: metrics::macro_f1(classes, &confusion),
        roc_auc: if classes == 2 { metrics::roc_auc(truth, &scores) } else { None },
        confusion,
        classes,
        logits,
        predictions,
        clusters: Vec::new(),
    }
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
        self.sum.link_loss += batch.link_loss * graphs;
        self.sum.entropy_loss += batch.entropy_loss * graphs;
        self.sum.correct += batch.correct;
        self.sum.graphs += batch.graphs;
        self.sum.class_weight += batch.class_weight;
    }

    /// The means; 0 where nothing was added.
    pub fn parts(&self) -> BatchLoss {
        let graphs = self.sum.graphs.max(1) as f64;
        let class_weight = if self.sum.class_weight > 0.0 { self.sum.class_weight } else { 1.0 };
        BatchLoss {
            class_loss: self.sum.class_loss / class_weight,
            link_loss: self.sum.link_loss / graphs,
            entropy_loss: self.sum.entropy_loss / graphs,
            ..self.sum
        }
    }

    /// Share classified rightly.
    pub fn accuracy(&self) -> f64 {
        self.sum.correct as f64 / self.sum.graphs.max(1) as f64
    }

    /// The weighted sum of the means.
    pub fn loss<T: Real>(&self, model: &Model<T>) -> f64 {
        total_loss(model, self.parts())
    }
}

/// The weighted sum of the parts of a loss.
pub(super) fn total_loss<T: Real>(model: &Model<T>, parts: BatchLoss) -> f64 {
    let config = model.config();
    parts.class_loss + config.link_weight * parts.link_loss + config.entropy_weight * parts.entropy_loss
}
