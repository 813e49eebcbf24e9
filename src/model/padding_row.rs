//! The row that stands for all rows which padding adds, where these go through the stacks of the first level as nodes.
//!
//! Where another implementation pads graphs and does not mask its convolutions, a row that it adds is a node without
//! edges and with features 0. All of them go through the same numbers, so one does for all, and counts for as many in
//! the statistics of the batch norms, in the sums of their backward pass and in the gradient. Nothing else sees it.

use super::network::{Network, Step, WeightProduct};
use crate::error::Result;
use crate::graph::GraphRef;
use crate::layers::Context;
use crate::layers::level::LevelWorkspace;
use crate::layers::norm::{NormSpec, NormSums};
use crate::memory::try_resize;
use crate::ops::batch_norm::Moments;
use crate::ops::runtime::real::Real;

/// The row, with memory like that of a chunk.
pub(super) struct PaddingRow<T: 'static> {
    level: LevelWorkspace<T>,
    moments: Vec<Moments>,
    sums: Vec<NormSums>,
    gradient: Vec<T>,
    /// For how many rows it stands.
    count: f64,
}

impl<T: Real> PaddingRow<T> {
    /// Empty memory for `network`.
    pub fn new(network: &Network<T>) -> Result<Self> {
        Ok(Self {
            level: LevelWorkspace::new(&network.levels[0]),
            moments: network.norms.iter().map(|norm| Moments::new(norm.channels)).collect::<Result<_>>()?,
            sums: network.norms.iter().map(|norm| NormSums::new(norm.channels)).collect::<Result<_>>()?,
            gradient: Vec::new(),
            count: 0.0,
        })
    }

    /// Makes room for a training pass in which the row stands for `count`.
    pub fn prepare(&mut self, network: &Network<T>, count: f64, directed: bool) -> Result<()> {
        self.count = count;
        let node = || std::iter::once(GraphRef::lone_node(directed));
        self.level.adjacency.set_sparse(node(), None)?;
        self.level.relations.iter_mut().try_for_each(|relation| relation.set_sparse(node(), Some(0)))?;
        network.levels[0].reserve(true, false, &mut self.level)?;
        self.level.x.fill(T::zero());
        try_resize(&mut self.gradient, network.layout.len(), T::zero())?;
        self.gradient.fill(T::zero());
        Ok(())
    }

    /// Runs a step of the forward pass.
    pub fn run(&mut self, network: &Network<T>, step: Step, context: &Context<'_, T>) {
        match step {
            Step::Convolve(0, layer) => {
                network.levels[0].convolve(layer, context, &network.norms, &mut self.level, &mut self.moments);
                for norm in network.norms_after(step) {
                    self.moments[norm.index].count = self.count;
                }
            }
            Step::Finish(0, layer) => network.levels[0].finish(layer, context, &network.norms, &mut self.level),
            _ => {}
        }
    }

    /// Runs what undoes `step`. What leaves the stacks is masked, so their outputs have no gradient.
    pub fn run_back(&mut self, network: &Network<T>, step: Step, context: &Context<'_, T>) {
        let (level, work) = (&network.levels[0], &mut self.level);
        match step {
            Step::Close(0) => level.begin_back(work),
            Step::Finish(0, layer) => level.finish_back(layer, context, &network.norms, work, &mut self.sums),
            Step::Convolve(0, layer) => {
                level.convolve_back(layer, context, &network.norms, work, &mut self.gradient);
            }
            _ => {}
        }
    }

    /// The rows' part of the statistics of a norm.
    pub fn moments(&self, norm: &NormSpec) -> &Moments {
        &self.moments[norm.index]
    }

    /// Adds the rows' part of the sums of the backward pass of a norm.
    pub fn add_sums(&self, norm: &NormSpec, sums: &mut NormSums) {
        let own = &self.sums[norm.index];
        sums.dy.iter_mut().zip(&own.dy).for_each(|(o, v)| *o += self.count * v);
        sums.dy_centred.iter_mut().zip(&own.dy_centred).for_each(|(o, v)| *o += self.count * v);
    }

    /// Forms the row's part of gradients that are products.
    pub fn multiply(&mut self, network: &Network<T>, of: &WeightProduct) {
        // The output of the stacks has no gradient, so that the final linear layer has none.
        if of.level == 0 {
            network.multiply(of, &self.level, false, &mut self.gradient[of.product.range.clone()]);
        }
    }

    /// Adds the rows' part of the gradient.
    pub fn add_gradient(&self, gradient: &mut [T]) {
        let count = T::of(self.count);
        gradient.iter_mut().zip(&self.gradient).for_each(|(o, &g)| *o += count * g);
    }
}
