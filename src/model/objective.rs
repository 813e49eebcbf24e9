//! The task of a network: how logits and targets make a loss.

use super::outputs::Decoding;
use crate::config::{Config, RegressionLoss, Task};
use crate::graph::Dataset;
use crate::memory::{try_extend, try_resize};
use crate::ops::binary_cross_entropy;
use crate::ops::cross_entropy;
use crate::ops::regression_loss;
use crate::ops::runtime::buffer::{matrix, matrix_mut};
use crate::ops::runtime::matrix::{Mat, MatMut};
use crate::ops::runtime::real::Real;
use crate::ops::target_weights::TargetWeights;

/// The targets of one graph.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Target<'a> {
    /// None: the graph is only predicted.
    None,
    /// One class a target.
    Classes(&'a [u32]),
    /// One number a target, NaN where it is missing.
    Values(&'a [f32]),
}

impl<'a> Target<'a> {
    /// What a task predicts of a graph of a data set.
    pub fn of(task: Task, dataset: &'a Dataset, index: usize) -> Self {
        match task {
            Task::Multiclass => Self::Classes(dataset.class(index)),
            Task::Binary | Task::Multilabel | Task::Regression => Self::Values(dataset.targets(index)),
            Task::Sequence => Self::Classes(dataset.sequence_heads(index)),
        }
    }

    /// What the targets add to the divisor of the class loss: the weights of their classes or labels, or how many are
    /// present.
    pub fn weight<T: Real>(self, classes: &[T]) -> f64 {
        let weights = TargetWeights { classes, rows: &[] };
        match self {
            Self::None => 0.0,
            Self::Classes(classes) => cross_entropy::weight_sum(classes, weights),
            Self::Values(values) => binary_cross_entropy::weight_sum(values, weights),
        }
    }

    /// Number of targets, missing ones included.
    fn len(self) -> usize {
        match self {
            Self::None => 0,
            Self::Classes(classes) => classes.len(),
            Self::Values(values) => values.len(),
        }
    }
}

/// The targets of the graphs of a chunk. Its memory only grows.
#[derive(Debug, Clone, Default)]
pub(super) struct Targets {
    classes: Vec<u32>,
    values: Vec<f32>,
    /// The weight of every target; empty while all of them weigh 1.
    weights: Vec<f32>,
}

impl Targets {
    /// Takes the targets of other graphs, each with the weight of its graph.
    pub fn fill<'a>(&mut self, targets: impl Iterator<Item = (Target<'a>, f32)>) -> crate::error::Result<()> {
        self.classes.clear();
        self.values.clear();
        self.weights.clear();
        let mut before = 0;
        for (target, weight) in targets {
            if weight != 1.0 || !self.weights.is_empty() {
                try_resize(&mut self.weights, before, 1.0)?;
                try_resize(&mut self.weights, before + target.len(), weight)?;
            }
            before += target.len();
            match target {
                Target::None => {}
                Target::Classes(classes) => try_extend(&mut self.classes, classes)?,
                Target::Values(values) => try_extend(&mut self.values, values)?,
            }
        }
        Ok(())
    }

    /// The weights of these targets, of which the classes have these.
    fn weights<'a, T>(&'a self, classes: &'a [T]) -> TargetWeights<'a, T> {
        TargetWeights { classes, rows: &self.weights }
    }
}

/// The loss of the task. Logits are `[b, width]`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Objective {
    /// How logits are read: by cross-entropy, by binary cross-entropy, or by their distance from the target.
    decoding: Decoding,
    /// Smoothing of classes and labels, in training alone.
    smoothing: f64,
    /// The distance of numbers.
    regression_loss: RegressionLoss,
    huber_delta: f64,
}

impl Objective {
    /// The objective of a configuration, for a model of so many classes.
    pub fn new(config: &Config, classes: usize) -> Self {
        Self {
            decoding: Decoding::of(config.task, classes),
            smoothing: config.label_smoothing,
            regression_loss: config.regression_loss,
            huber_delta: config.huber_delta,
        }
    }

    /// Sum of the losses of all targets that are present.
    pub fn loss<T: Real>(self, logits: Mat<'_, T>, targets: &Targets, class_weights: &[T], training: bool) -> f64 {
        let smoothing = if training { self.smoothing } else { 0.0 };
        let (z, weights) = (flat(&logits), targets.weights(class_weights));
        match self.decoding {
            Decoding::Classes(classes) => {
                cross_entropy::forward(by_target(z, classes), &targets.classes, weights, smoothing)
            }
            Decoding::Label => binary_cross_entropy::forward(z, &targets.values, weights, smoothing),
            Decoding::Number => {
                let (loss, delta) = (self.regression_loss, self.huber_delta);
                regression_loss::forward(loss, delta, z, &targets.values, weights)
            }
        }
    }

    /// What the sum of the losses is divided by: the weights of the targets that are present.
    pub fn weight<T: Real>(self, targets: &Targets, class_weights: &[T]) -> f64 {
        let weights = targets.weights(class_weights);
        match self.decoding {
            Decoding::Classes(_) => cross_entropy::weight_sum(&targets.classes, weights),
            Decoding::Label | Decoding::Number => binary_cross_entropy::weight_sum(&targets.values, weights),
        }
    }

    /// Writes the gradient of `scale` times the sum of the losses.
    pub fn backward<T: Real>(
        self,
        scale: T,
        logits: Mat<'_, T>,
        targets: &Targets,
        class_weights: &[T],
        dlogits: &mut MatMut<'_, T>,
    ) {
        let (z, weights) = (flat(&logits), targets.weights(class_weights));
        let dz = dlogits.as_slice_mut().expect("logits are contiguous");
        match self.decoding {
            Decoding::Classes(classes) => {
                let mut dz = matrix_mut(dz, targets.classes.len(), classes);
                let z = by_target(z, classes);
                cross_entropy::backward(scale, z, &targets.classes, weights, self.smoothing, &mut dz);
            }
            Decoding::Label => binary_cross_entropy::backward(scale, z, &targets.values, weights, self.smoothing, dz),
            Decoding::Number => {
                let (loss, delta) = (self.regression_loss, self.huber_delta);
                regression_loss::backward(loss, delta, scale, z, &targets.values, weights, dz);
            }
        }
    }

    /// How many targets the logits have right, and how many there are that could be.
    pub fn hits<T: Real>(self, logits: Mat<'_, T>, targets: &Targets) -> (usize, usize) {
        self.decoding.hits(flat(&logits), &targets.classes, &targets.values)
    }
}

fn flat<'a, T: Real>(logits: &'a Mat<'_, T>) -> &'a [T] {
    logits.as_slice().expect("logits are contiguous")
}

/// The logits with a row a target instead of a row a graph.
fn by_target<T>(logits: &[T], classes: usize) -> Mat<'_, T> {
    matrix(logits, logits.len() / classes, classes)
}
