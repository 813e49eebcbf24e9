//! The task of a network: how logits and targets make a loss, and what is right.

use super::outputs::largest;
use crate::config::RegressionLoss;
use crate::config::{Config, Task};
use crate::graph::Dataset;
use crate::memory::try_extend;
use crate::ops::binary_cross_entropy;
use crate::ops::cross_entropy;
use crate::ops::regression_loss;
use crate::ops::runtime::buffer::{matrix, matrix_mut, rows};
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

    /// What they add to the divisor of the class loss: the weights of their classes, or how many are present.
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
    /// Takes those of other graphs.
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

/// The loss of the task. Logits are `[b, width]`. Labels are smoothed in training alone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Objective {
    /// Cross-entropy over so many classes, for one target or several side by side.
    CrossEntropy { classes: usize, smoothing: f64 },
    /// Binary cross-entropy of every logit.
    BinaryCrossEntropy { smoothing: f64 },
    /// Distance of every logit from its target.
    Regression { loss: RegressionLoss, delta: f64 },
}

impl Objective {
    /// That of a configuration, for a model of so many classes.
    pub fn new(config: &Config, classes: usize) -> Self {
        let smoothing = config.label_smoothing;
        match config.task {
            Task::Multiclass | Task::Sequence => Self::CrossEntropy { classes, smoothing },
            Task::Binary | Task::Multilabel => Self::BinaryCrossEntropy { smoothing },
            Task::Regression => Self::Regression { loss: config.regression_loss, delta: config.huber_delta },
        }
    }

    /// Sum of the losses of all targets that are present.
    pub fn loss<T: Real>(self, logits: Mat<'_, T>, targets: &Targets, class_weights: &[T], training: bool) -> f64 {
        let of_training = |smoothing: f64| if training { smoothing } else { 0.0 };
        match self {
            Self::CrossEntropy { classes, smoothing } => {
                let z = by_target(&logits, classes);
                cross_entropy::forward(z, &targets.classes, class_weights, of_training(smoothing))
            }
            Self::BinaryCrossEntropy { smoothing } => {
                binary_cross_entropy::forward(flat(&logits), &targets.values, of_training(smoothing))
            }
            Self::Regression { loss, delta } => regression_loss::forward(loss, delta, flat(&logits), &targets.values),
        }
    }

    /// What the sum of the losses is divided by: the weights of the classes, or the number of targets present.
    pub fn weight<T: Real>(self, targets: &Targets, class_weights: &[T]) -> f64 {
        match self {
            Self::CrossEntropy { .. } => cross_entropy::weight_sum(&targets.classes, class_weights),
            Self::BinaryCrossEntropy { .. } | Self::Regression { .. } => present(&targets.values) as f64,
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
        let dz = dlogits.as_slice_mut().expect("logits are contiguous");
        match self {
            Self::CrossEntropy { classes, smoothing } => {
                let mut dz = matrix_mut(dz, targets.classes.len(), classes);
                let z = by_target(&logits, classes);
                cross_entropy::backward(scale, z, &targets.classes, class_weights, smoothing, &mut dz);
            }
            Self::BinaryCrossEntropy { smoothing } => {
                binary_cross_entropy::backward(scale, flat(&logits), &targets.values, smoothing, dz);
            }
            Self::Regression { loss, delta } => {
                regression_loss::backward(loss, delta, scale, flat(&logits), &targets.values, dz);
            }
        }
    }

    /// How many targets the logits have right, and how many there are that could be.
    pub fn hits<T: Real>(self, logits: Mat<'_, T>, targets: &Targets) -> (usize, usize) {
        match self {
            Self::CrossEntropy { classes, .. } => {
                let logits = by_target(&logits, classes);
                let right = rows(&logits).zip(&targets.classes).filter(|(z, y)| largest(z.iter()) == **y as usize);
                (right.count(), targets.classes.len())
            }
            Self::BinaryCrossEntropy { .. } => {
                let right = |(z, y): &(&T, &f32)| !y.is_nan() && (**z > T::zero()) == (**y > 0.5);
                (flat(&logits).iter().zip(&targets.values).filter(right).count(), present(&targets.values))
            }
            Self::Regression { .. } => (0, 0),
        }
    }
}

fn present(values: &[f32]) -> usize {
    values.iter().filter(|y| !y.is_nan()).count()
}

fn flat<'a, T: Real>(logits: &'a Mat<'_, T>) -> &'a [T] {
    logits.as_slice().expect("logits are contiguous")
}

/// The logits with a row a target instead of a row a graph.
fn by_target<'a, T: Real>(logits: &'a Mat<'_, T>, classes: usize) -> Mat<'a, T> {
    let all = flat(logits);
    matrix(all, all.len() / classes, classes)
}
