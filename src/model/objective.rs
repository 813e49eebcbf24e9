//! The task of a network: how logits and targets make a loss.

use super::outputs::Decoding;
use crate::config::{Config, RegressionLoss, Task};
use crate::graph::Dataset;
use crate::memory::try_extend;
use crate::ops::binary_cross_entropy;
use crate::ops::cross_entropy;
use crate::ops::regression_loss;
use crate::ops::runtime::buffer::{matrix, matrix_mut};
use crate::ops::runtime::matrix::{Mat, MatMut};
use crate::ops::runtime::real::Real;

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

    /// What the targets add to the divisor of the class loss: the weights of their classes, or how many are present.
    pub fn weight<T: Real>(self, class_weights: &[T]) -> f64 {
        match self {
            Self::None => 0.0,
            Self::Classes(classes) => cross_entropy::weight_sum(classes, class_weights),
            Self::Values(values) => present(values) as f64,
        }
    }
}

/// The targets of the graphs of a chunk. Its memory only grows.
#[derive(Debug, Clone, Default)]
pub(super) struct Targets {
    classes: Vec<u32>,
    values: Vec<f32>,
}

impl Targets {
    /// Takes the targets of other graphs.
    pub fn fill<'a>(&mut self, targets: impl Iterator<Item = Target<'a>>) -> crate::error::Result<()> {
        self.classes.clear();
        self.values.clear();
        for target in targets {
            match target {
                Target::None => {}
                Target::Classes(classes) => try_extend(&mut self.classes, classes)?,
                Target::Values(values) => try_extend(&mut self.values, values)?,
            }
        }
        Ok(())
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
        let z = flat(&logits);
        match self.decoding {
            Decoding::Classes(classes) => {
                cross_entropy::forward(by_target(z, classes), &targets.classes, class_weights, smoothing)
            }
            Decoding::Label => binary_cross_entropy::forward(z, &targets.values, smoothing),
            Decoding::Number => regression_loss::forward(self.regression_loss, self.huber_delta, z, &targets.values),
        }
    }

    /// What the sum of the losses is divided by: the weights of the classes, or the number of targets present.
    pub fn weight<T: Real>(self, targets: &Targets, class_weights: &[T]) -> f64 {
        match self.decoding {
            Decoding::Classes(_) => cross_entropy::weight_sum(&targets.classes, class_weights),
            Decoding::Label | Decoding::Number => present(&targets.values) as f64,
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
        let z = flat(&logits);
        let dz = dlogits.as_slice_mut().expect("logits are contiguous");
        match self.decoding {
            Decoding::Classes(classes) => {
                let mut dz = matrix_mut(dz, targets.classes.len(), classes);
                let z = by_target(z, classes);
                cross_entropy::backward(scale, z, &targets.classes, class_weights, self.smoothing, &mut dz);
            }
            Decoding::Label => binary_cross_entropy::backward(scale, z, &targets.values, self.smoothing, dz),
            Decoding::Number => {
                let (loss, delta) = (self.regression_loss, self.huber_delta);
                regression_loss::backward(loss, delta, scale, z, &targets.values, dz);
            }
        }
    }

    /// How many targets the logits have right, and how many there are that could be.
    pub fn hits<T: Real>(self, logits: Mat<'_, T>, targets: &Targets) -> (usize, usize) {
        self.decoding.hits(flat(&logits), &targets.classes, &targets.values)
    }
}

fn present(values: &[f32]) -> usize {
    values.iter().filter(|y| !y.is_nan()).count()
}

fn flat<'a, T: Real>(logits: &'a Mat<'_, T>) -> &'a [T] {
    logits.as_slice().expect("logits are contiguous")
}

/// The logits with a row a target instead of a row a graph.
fn by_target<T>(logits: &[T], classes: usize) -> Mat<'_, T> {
    matrix(logits, logits.len() / classes, classes)
}
