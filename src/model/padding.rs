//! The padding of another implementation, imitated: what its rows of zeros do to the numbers of a batch.
//!
//! Nothing here is padded. A batch is told what its graphs count as ([`PaddedBatch`]), and is asked for it where it
//! matters: by the statistics of batch norms, by readouts and by losses.
//!
//! Where the other implementation does not mask its convolutions, a row that it adds is a node without edges and with
//! features 0. All of them go through the same numbers, so one does for all, and counts for as many in the statistics
//! of the batch norms, in the sums of their backward pass and in the gradient. Nothing else sees it.

use super::network::{DeferredGradient, Network};
use super::passes::Step;
use crate::config::{PaddedRows, Padding};
use crate::error::Result;
use crate::graph::GraphRef;
use crate::layers::context::{Context, PaddedBatch, Wanted};
use crate::layers::edge_columns::EdgeColumns;
use crate::layers::edges_of::EdgesOf;
use crate::layers::level_workspace::LevelWorkspace;
use crate::layers::norm::NormSums;
use crate::layers::params::NormSpec;
use crate::memory::try_resize;
use crate::ops::batch_norm::Moments;
use crate::ops::runtime::real::Real;

/// What imitated padding adds to the batches of a network.
pub(super) struct ImitatedPadding<T: 'static> {
    rule: Padding,
    batch: PaddedBatch,
    /// Rows that are missing in the graphs of the batch.
    rows: f64,
    /// The missing rows as a node, where they are more than zeros.
    node: Option<PaddingNode<T>>,
}

/// The node that stands for all rows which padding adds, with memory like that of a chunk.
struct PaddingNode<T: 'static> {
    level: LevelWorkspace<T>,
    moments: Vec<Moments>,
    sums: Vec<NormSums>,
    gradient: Vec<T>,
}

impl<T: Real> ImitatedPadding<T> {
    /// The padding of a network, where it has any.
    pub fn of(network: &Network<T>) -> Result<Option<Self>> {
        if network.padding == Padding::None {
            return Ok(None);
        }
        let node = match network.padded_rows {
            PaddedRows::Nodes => Some(PaddingNode::new(network)?),
            PaddedRows::Zeros => None,
        };
        let batch = PaddedBatch { nodes: 0, in_readout: matches!(network.padding, Padding::Nodes(_)) };
        Ok(Some(Self { rule: network.padding, batch, rows: 0.0, node }))
    }

    /// Takes the numbers of nodes of the graphs of a batch.
    pub fn set(&mut self, nodes: impl Iterator<Item = usize> + Clone) {
        self.batch.nodes = match self.rule {
            Padding::None => 0,
            Padding::Nodes(nodes) => nodes,
            Padding::Batch => nodes.clone().max().unwrap_or(0),
        };
        self.rows = nodes.map(|nodes| self.batch.missing_rows(nodes)).sum();
    }

    /// What the graphs of the batch count as.
    pub fn batch(&self) -> PaddedBatch {
        self.batch
    }

    /// Makes room for a training pass.
    pub fn prepare(&mut self, network: &Network<T>, wanted: Wanted, directed: bool) -> Result<()> {
        self.node.as_mut().map_or(Ok(()), |node| node.prepare(network, wanted, directed))
    }

    /// Runs a step of the forward pass.
    pub fn run(&mut self, network: &Network<T>, step: Step, context: &Context<'_, T>) {
        let Some(PaddingNode { level: work, moments, .. }) = &mut self.node else { return };
        let level = &network.levels[0];
        match step {
            Step::Convolve(0, layer) => {
                level.convolve(layer, context, &network.norms, work, moments);
                network.norms_of(step).for_each(|norm| moments[norm.index].count = self.rows);
            }
            Step::Normalize(0, layer) => level.normalize(layer, context, &network.norms, work),
            _ => {}
        }
    }

    /// Runs a step of the backward pass. What leaves the stacks is masked, so their outputs have no gradient.
    pub fn run_back(&mut self, network: &Network<T>, step: Step, context: &Context<'_, T>) {
        let Some(PaddingNode { level: work, sums, gradient, .. }) = &mut self.node else { return };
        let level = &network.levels[0];
        match step {
            Step::PoolAndRead(0) => level.clear_gradients(work),
            Step::Normalize(0, layer) => level.normalize_back(layer, context, &network.norms, work, sums),
            Step::Convolve(0, layer) => level.convolve_back(layer, context, &network.norms, work, gradient),
            _ => {}
        }
    }

    /// Adds the rows' part of the statistics of a norm.
    pub fn add_moments(&self, norm: &NormSpec, moments: &mut Moments) {
        match &self.node {
            _ if norm.level > 0 => {}
            Some(node) => moments.merge(&node.moments[norm.index]),
            None => moments.merge_zeros(self.rows),
        }
    }

    /// Adds the rows' part of the sums of the backward pass of a norm.
    pub fn add_sums(&self, norm: &NormSpec, sums: &mut NormSums) {
        let Some(node) = self.node.as_ref().filter(|_| norm.level == 0) else { return };
        let own = &node.sums[norm.index];
        sums.dy.iter_mut().zip(&own.dy).for_each(|(o, v)| *o += self.rows * v);
        sums.dy_centred.iter_mut().zip(&own.dy_centred).for_each(|(o, v)| *o += self.rows * v);
    }

    /// Forms the node's part of a deferred gradient.
    pub fn form(&mut self, network: &Network<T>, of: &DeferredGradient) {
        // The output of the stacks has no gradient, so that the final linear layer has none.
        if let Some(node) = self.node.as_mut().filter(|_| of.level == 0) {
            network.form(of, &node.level, false, &mut node.gradient[of.gradient.range.clone()]);
        }
    }

    /// Adds the rows' part of the gradient.
    pub fn add_gradient(&self, gradient: &mut [T]) {
        let Some(node) = &self.node else { return };
        let rows = T::of(self.rows);
        gradient.iter_mut().zip(&node.gradient).for_each(|(o, &g)| *o += rows * g);
    }
}

impl<T: Real> PaddingNode<T> {
    fn new(network: &Network<T>) -> Result<Self> {
        Ok(Self {
            level: network.levels[0].workspace(),
            moments: network.norms.iter().map(|norm| Moments::new(norm.channels)).collect::<Result<_>>()?,
            sums: network.norms.iter().map(|norm| NormSums::new(norm.channels)).collect::<Result<_>>()?,
            gradient: Vec::new(),
        })
    }

    fn prepare(&mut self, network: &Network<T>, wanted: Wanted, directed: bool) -> Result<()> {
        let node = || std::iter::once(GraphRef::lone_node(directed));
        self.level.adjacency.set_sparse(node(), None)?;
        // The node has no edges to read features of.
        let attributes = self.level.adjacency.channels.width();
        self.level.adjacency.set_channels(node(), EdgeColumns::of_attributes(attributes))?;
        self.level.relations.iter_mut().try_for_each(|relation| relation.set_sparse(node(), Some(EdgesOf::only(0))))?;
        network.levels[0].reserve(Wanted { losses: false, ..wanted }, &mut self.level)?;
        self.level.x.fill(T::zero());
        try_resize(&mut self.gradient, network.layout.len(), T::zero())?;
        self.gradient.fill(T::zero());
        Ok(())
    }
}
