//! Small models for tests, and single passes through them.

use std::sync::Arc;

use diffpool::config::{Annealing, Config, PerLevel, PoolLoss};
use diffpool::graph::Dataset;
use diffpool::layers::norm::RunningStatistics;
use diffpool::model::engine::{Engine, Pass};
use diffpool::model::features::Structural;
use diffpool::model::{BatchGraph, BatchLoss, EpochRecord, Model, Target, TrainState};
use diffpool::ops::runtime::executor::Executor;
use diffpool::ops::runtime::random::{Purpose, stream, uniform};
use diffpool::ops::runtime::real::Real;
use diffpool::train::{Callbacks, StopReason, Trainer};
use serde_json::{Value, json};

/// The preset `default`, changed by the keys of every object in turn.
pub fn config(objects: &[&Value]) -> Config {
    let mut config = Config::preset("default").unwrap();
    for object in objects {
        for (key, value) in object.as_object().unwrap() {
            config.set(key, value.clone()).unwrap();
        }
    }
    config
}

/// A small model of two pooling levels in which everything but dropout takes part, and a short training.
pub fn small() -> Value {
    json!({
        "clusters": [4, 2], "embed_hidden": 5, "embed_output": 4, "assign_hidden": 5, "head_hidden": [6],
        "embed_layers": 2, "assign_layers": 2, "final_layers": 2, "link_weight": 0.7, "entropy_weight": 0.3, "seed": 5,
        "modularity_weight": 0.4, "collapse_weight": 0.2,
        "initialization": "fan_in_uniform", "linear_initialization": "fan_in_uniform",
        "batch_size": 8, "epochs": 6, "threads": 1,
    })
}

/// The keys of both objects; those of the second win.
pub fn with(mut keys: Value, more: &Value) -> Value {
    keys.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    keys
}

/// Keys with which nothing but the loss of the task counts, and more of them.
pub fn without_losses(more: Value) -> Value {
    with(json!({"link_weight": 0, "entropy_weight": 0, "modularity_weight": 0, "collapse_weight": 0}), &more)
}

/// Steps so small that no graph changes its class, though every parameter moves.
pub fn still() -> Value {
    json!({"learning_rate": 1e-6, "batch_norm_momentum": 1e-6, "early_stopping": "accuracy"})
}

/// All indices of a data set.
pub fn all(dataset: &Dataset) -> Vec<usize> {
    (0..dataset.len()).collect()
}

/// An untrained model for all graphs of a data set.
pub fn model<T: Real>(objects: &[&Value], dataset: &Dataset) -> Model<T> {
    Model::new(&config(objects).check().unwrap(), dataset, &all(dataset)).unwrap()
}

/// Moves every parameter and running statistic off its start, so that none is 0 or 1 by chance of initialisation.
pub fn disturb<T: Real>(model: &mut Model<T>, seed: u64) {
    let mut random = stream(seed, Purpose::Init, 1 << 40, 0);
    let mut next = || T::of(uniform(&mut random) - 0.5);
    for tensor in model.tensors() {
        let mut values = model.tensor(&tensor.name).unwrap().1.to_vec();
        // Not negative, for variances start at 1.
        values.iter_mut().for_each(|v| *v += T::of(0.6) * next());
        model.set_tensor(&tensor.name, &values).unwrap();
    }
}

/// What one pass over a batch gave.
pub struct Passed<T> {
    /// One row a graph.
    pub logits: Vec<Vec<T>>,
    pub loss: BatchLoss,
    /// Of a training pass.
    pub gradient: Vec<T>,
    /// After the pass.
    pub running: RunningStatistics<T>,
}

fn rows<T: Real>(engine: &Engine<T>, model: &Model<T>) -> Vec<Vec<T>> {
    let logits = engine.chunks().iter().map(|chunk| chunk.logits(model.network()));
    logits.flat_map(|logits| logits.rows().into_iter().map(|row| row.to_vec()).collect::<Vec<_>>()).collect()
}

/// One evaluation pass over the graphs `indices`.
pub fn evaluate_batch<T: Real>(model: &Model<T>, dataset: &Dataset, indices: &[usize], chunks: usize) -> Passed<T> {
    let mut engine = Engine::new(model.network(), chunks, model.config().batch_norm_epsilon).unwrap();
    engine.set_running(model.network(), model.running(), model.parameters());
    let class_weights = model.class_weights();
    let pass = Pass {
        network: model.network(),
        schema: model.schema(),
        parameters: model.parameters(),
        class_weights: &class_weights,
        executor: &Executor::new(1).unwrap(),
        control: None,
        share: None,
        annealing: Annealing::done(model.config()),
    };
    let structural = structural(model, dataset, indices);
    let item = |i: usize| item(model, dataset, indices[i], &structural[i]);
    let loss = engine.evaluate(pass, indices.len(), item, true).unwrap();
    Passed { logits: rows(&engine, model), loss, gradient: Vec::new(), running: model.running().clone() }
}

/// One training pass over the graphs `indices`, without a step of the optimiser.
pub fn train_batch<T: Real>(
    model: &Model<T>,
    dataset: &Dataset,
    indices: &[usize],
    chunks: usize,
    threads: usize,
) -> Passed<T> {
    let mut engine = Engine::new(model.network(), chunks, model.config().batch_norm_epsilon).unwrap();
    let mut gradient = vec![T::zero(); model.parameter_count()];
    let class_weights = model.class_weights();
    let momentum = model.config().batch_norm_momentum;
    let executor = Executor::new(threads).unwrap();
    let mut copy = model.clone();
    let (network, schema, parameters, running) = copy.training_parts();
    let pass = Pass {
        network,
        schema,
        parameters,
        class_weights: &class_weights,
        executor: &executor,
        control: None,
        share: None,
        annealing: Annealing::done(model.config()),
    };
    let structural = structural(model, dataset, indices);
    let item = |i: usize| item(model, dataset, indices[i], &structural[i]);
    let loss = engine.train(pass, running, momentum, (7, 3), indices.len(), item, &mut gradient).unwrap();
    Passed { logits: rows(&engine, model), loss, gradient, running: copy.running().clone() }
}

/// The structural features of graphs.
fn structural<T: Real>(model: &Model<T>, dataset: &Dataset, indices: &[usize]) -> Vec<Structural> {
    let of = |&index: &usize| {
        let mut structural = Structural::default();
        structural.compute(model.schema(), dataset.graph(index)).unwrap();
        structural
    };
    indices.iter().map(of).collect()
}

fn item<'a, T: Real>(
    model: &Model<T>,
    dataset: &'a Dataset,
    index: usize,
    structural: &'a Structural,
) -> BatchGraph<'a> {
    let target = Target::of(model.config().task, dataset, index);
    let (graph, weight) = (dataset.graph(index), dataset.graph_weight(index));
    BatchGraph { graph, structural: structural.values(model.schema()), clusters: None, target, weight, key: index }
}

/// The weighted sum of the parts of a loss.
pub fn total<T: Real>(model: &Model<T>, parts: BatchLoss) -> f64 {
    let weighted = |&loss: &PoolLoss| match loss.weight(model.config()) {
        PerLevel::All(weight) if *weight != 0.0 => weight * parts.pooling[loss],
        _ => 0.0,
    };
    parts.class_loss + PoolLoss::ALL.iter().map(weighted).sum::<f64>() + parts.by_level
}

/// A trainer on the split below.
pub fn trainer(objects: &[&Value], dataset: &Arc<Dataset>) -> Trainer<f32> {
    let (train, validation) = split(dataset);
    Trainer::new(&config(objects).check().unwrap(), dataset.clone(), &train, &validation).unwrap()
}

/// Three of four graphs to train on, the fourth to validate.
pub fn split(dataset: &Dataset) -> (Vec<usize>, Vec<usize>) {
    all(dataset).into_iter().partition(|i| i % 8 < 6)
}

/// Fits without callbacks.
pub fn fit<T: Real>(trainer: &mut Trainer<T>) -> StopReason {
    trainer.fit(&mut Callbacks::default()).unwrap()
}

/// Everything that a run determines, in a form that is equal only where every bit is.
#[derive(Debug, Clone, PartialEq)]
pub struct Bits {
    pub epoch: usize,
    step: u64,
    parameters: Vec<u32>,
    running: Vec<u32>,
    moments: Vec<u32>,
    average: Option<Vec<u32>>,
    best: Option<(usize, u64, Vec<u32>)>,
    history: Vec<String>,
}

/// The bits of a run, but for the seconds.
pub fn bits(state: &TrainState<f32>) -> Bits {
    let raw = |values: &[f32]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
    let running = |r: &RunningStatistics<f32>| raw(&[r.mean.as_slice(), &r.variance].concat());
    let record = |record: &EpochRecord| format!("{:?}", EpochRecord { seconds: 0.0, ..record.clone() });
    Bits {
        epoch: state.epoch,
        step: state.step,
        parameters: raw(state.model.parameters()),
        running: running(state.model.running()),
        moments: raw(&[state.first_moment.as_slice(), &state.second_moment].concat()),
        average: state.average.as_ref().map(|a| [raw(&a.parameters), running(&a.running)].concat()),
        best: state.best.as_ref().map(|best| {
            let numbers = [raw(&best.parameters), running(&best.running)].concat();
            (best.epoch, best.metric.to_bits(), numbers)
        }),
        history: state.history.iter().map(record).collect(),
    }
}
