//! Which nodes a logit depends on: its gradient with respect to the features of every node, times these features.
//!
//! ```text
//! contribution_if = x_if dlogit / dx_if        importance_i = sum_f contribution_if
//! ```
//!
//! Where the network is linear in `x` without a constant part, the importances of all nodes add up to the logit. Their
//! sign tells whether a node speaks for the logit or against it.
//!
//! `x` is what the first level sees: standardised attributes, and in place of categories the rows of their tables. The
//! gradient is that of prediction: batch norms are affine maps with their running statistics, and nothing is dropped
//! out. It goes through every level by way of the features and of a learned assignment alike. An assignment that is
//! random, a clustering or hard is a constant: moving the features a little does not move it.

use std::sync::Arc;

use super::chunk::BatchGraph;
use super::engine::{Engine, Pass};
use super::features::Structural;
use super::model::Model;
use super::objective::Target;
use crate::error::{Result, bail};
use crate::graph::GraphRef;
use crate::memory::try_resize;
use crate::ops::runtime::buffer::rows;
use crate::ops::runtime::executor::Executor;
use crate::ops::runtime::matrix::Mat;
use crate::ops::runtime::real::Real;

/// What the nodes of a predicted graph add to a logit.
#[derive(Debug, Clone, Copy)]
pub struct Explanation<'a, T> {
    importance: &'a [T],
    contributions: Mat<'a, T>,
}

impl<'a, T> Explanation<'a, T> {
    /// The importance of every node.
    pub fn importance(&self) -> &'a [T] {
        self.importance
    }

    /// What every feature of every node adds to its importance, `[n, f]`.
    pub fn contributions(&self) -> Mat<'a, T> {
        self.contributions
    }
}

/// Takes the graph of the first chunk of `engine` through a forward and a backward pass from logit `logit`, and writes
/// the importance of every node.
pub(super) fn explain<'a, T: Real>(
    engine: &'a mut Engine<T>,
    pass: Pass<'_, T>,
    logit: usize,
    importance: &'a mut Vec<T>,
) -> Result<Explanation<'a, T>> {
    importance.clear();
    let first = &mut engine.differentiate(pass, logit)?.levels[0];
    first.dx.slice_mut().iter_mut().zip(first.x.slice()).for_each(|(d, &x)| *d *= x);
    try_resize(importance, first.x.rows(), T::zero())?;
    let contributions = first.dx.view();
    importance.iter_mut().zip(rows(&contributions)).for_each(|(o, row)| *o = row.iter().copied().sum());
    if let Some(node) = importance.iter().position(|v| !v.is_finite()) {
        let value = importance[node].f64();
        importance.clear();
        bail!(InvalidGraph, "the importance of node {node} is {value}: the graph's values are too large");
    }
    Ok(Explanation { importance, contributions: first.dx.view() })
}

/// The memory that explaining graphs takes, and what the last of them gave. Warm, it allocates nothing.
pub struct Explainer<T: 'static> {
    model: Arc<Model<T>>,
    engine: Engine<T>,
    executor: Executor,
    structural: Structural,
    importance: Vec<T>,
}

impl<T: Real> Explainer<T> {
    /// An explainer of `model`.
    pub fn new(model: Arc<Model<T>>) -> Result<Self> {
        let mut engine = Engine::new(model.network(), 1, model.config().batch_norm_epsilon)?;
        engine.set_running(model.network(), model.running(), model.parameters());
        Ok(Self {
            model,
            engine,
            executor: Executor::new(1)?,
            structural: Structural::default(),
            importance: Vec::new(),
        })
    }

    /// Explains logit `logit` of a graph that has been checked, such as one of a data set.
    pub fn explain(&mut self, graph: GraphRef<'_>, logit: usize) -> Result<()> {
        let Self { model, engine, executor, structural, importance } = self;
        importance.clear();
        model.check_logit(logit)?;
        model.schema().check(&graph)?;
        let structural = structural.compute(model.schema(), graph)?;
        let pass = Pass::of_prediction(model, executor, None);
        engine
            .stack(pass, BatchGraph { graph, structural, clusters: None, target: Target::None, weight: 1.0, key: 0 })?;
        explain(engine, pass, logit, importance).map(|_| ())
    }

    /// The importance of every node.
    pub fn importance(&self) -> &[T] {
        &self.importance
    }

    /// What every feature of every node adds to its importance, `[n, f]`.
    pub fn contributions(&self) -> Mat<'_, T> {
        self.engine.chunks()[0].levels[0].dx.view()
    }
}
