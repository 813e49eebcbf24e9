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

use super::chunk::{Chunk, Item};
use super::model::Model;
use super::network::Network;
use super::objective::Target;
use crate::error::{Result, bail};
use crate::graph::GraphRef;
use crate::layers::Context;
use crate::layers::norm::NormState;
use crate::memory::try_resize;
use crate::ops::dropout::Key;
use crate::ops::runtime::buffer::rows;
use crate::ops::runtime::cpu;
use crate::ops::runtime::matrix::Mat;
use crate::ops::runtime::real::Real;

/// The memory that explaining a graph takes, and what it last gave. Warm, it allocates nothing.
pub struct Explainer<T: 'static> {
    model: Arc<Model<T>>,
    network: Network<T>,
    norms: NormState<T>,
    chunk: Chunk<T>,
    clustering: Vec<f32>,
    importance: Vec<T>,
}

impl<T: Real> Explainer<T> {
    /// An explainer of `model`.
    pub fn new(model: Arc<Model<T>>) -> Result<Self> {
        cpu::check()?;
        let network = Network::with_input_gradient(model.config(), model.schema(), model.outputs())?;
        let mut norms = NormState::new(network.channels(), model.config().batch_norm_epsilon)?;
        norms.set_running(network.norms(), model.running(), model.parameters());
        let chunk = Chunk::new(&network)?;
        Ok(Self { model, network, norms, chunk, clustering: Vec::new(), importance: Vec::new() })
    }

    /// Explains logit `logit` of a graph that has been checked, such as one of a data set.
    pub fn explain(&mut self, graph: GraphRef<'_>, logit: usize) -> Result<()> {
        self.importance.clear();
        self.model.check_logit(logit)?;
        let schema = self.model.schema();
        schema.check(&graph)?;
        let clustering = schema.clustering_of(graph, &mut self.clustering)?;
        let item = Item { graph, clustering, clusters: None, target: Target::None, key: 0 };
        self.chunk.prepare(&self.network, schema, std::iter::once(item), true, false)?;
        self.differentiate(logit)
    }

    /// Explains a logit of the only graph of a chunk of the model's own network.
    pub(super) fn explain_chunk(&mut self, chunk: &mut Chunk<T>, logit: usize) -> Result<()> {
        self.importance.clear();
        self.model.check_logit(logit)?;
        self.chunk.exchange(&self.network, chunk)?;
        let done = self.differentiate(logit);
        self.chunk.swap_graphs(chunk);
        done
    }

    /// The importance of every node.
    pub fn importance(&self) -> &[T] {
        &self.importance
    }

    /// What every feature of every node adds to its importance, `[n, f]`.
    pub fn contributions(&self) -> Mat<'_, T> {
        self.chunk.levels[0].dx.view()
    }

    /// Forward and backward pass over the graph of the chunk.
    fn differentiate(&mut self, logit: usize) -> Result<()> {
        let Self { model, network, norms, chunk, importance, .. } = self;
        chunk.gradient.fill(T::zero());
        let context = Context {
            parameters: model.parameters(),
            norms,
            class_weights: &[],
            training: false,
            backward: true,
            losses: false,
            padded_nodes: 0,
            dropout: Key { seed: 0, step: 0, graphs: &[0] },
        };
        network.forward_segments().iter().flatten().for_each(|&step| network.run(step, &context, chunk));
        network.differentiate(logit, &context, chunk);
        let first = &mut chunk.levels[0];
        first.dx.slice_mut().iter_mut().zip(first.x.slice()).for_each(|(d, &x)| *d *= x);
        try_resize(importance, first.x.rows(), T::zero())?;
        let contributions = first.dx.view();
        importance.iter_mut().zip(rows(&contributions)).for_each(|(o, row)| *o = row.iter().copied().sum());
        if let Some(node) = importance.iter().position(|v| !v.is_finite()) {
            let value = importance[node].f64();
            importance.clear();
            bail!(InvalidGraph, "the importance of node {node} is {value}: the graph's values are too large");
        }
        Ok(())
    }
}
