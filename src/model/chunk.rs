//! A chunk: some graphs of a batch, with all the memory that working on them takes.

use super::features::FeatureSchema;
use super::network::Network;
use super::objective::{Target, Targets};
use crate::control;
use crate::error::{Error, Result};
use crate::graph::{GraclusScratch, GraphRef, graclus};
use crate::layers::context::Wanted;
use crate::layers::encoder::Encoder;
use crate::layers::head::HeadWorkspace;
use crate::layers::level::Level;
use crate::layers::level_workspace::LevelWorkspace;
use crate::layers::norm::NormSums;
use crate::memory::{reserve, try_resize};
use crate::ops::batch_norm::Moments;
use crate::ops::runtime::matrix::Mat;
use crate::ops::runtime::real::Real;

/// Sums over the graphs of a chunk, in f64.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Totals {
    pub class_loss: f64,
    pub class_weight: f64,
    pub correct: usize,
    pub judged: usize,
}

/// A graph of a batch, with what is known about it besides.
#[derive(Clone, Copy)]
pub struct BatchGraph<'a> {
    /// The graph.
    pub graph: GraphRef<'a>,
    /// The [structural](super::features::Structural) features of its nodes, where the schema has any.
    pub structural: Option<&'a [f32]>,
    /// The clusters of its nodes, where the network takes them and they have been computed before.
    pub clusters: Option<&'a [u32]>,
    /// What is to be predicted.
    pub target: Target<'a>,
    /// What it counts in the loss of the task.
    pub weight: f32,
    /// The number that dropout masks of the graph depend on.
    pub key: usize,
}

/// The memory of one chunk. It only grows, so that a warm chunk allocates nothing.
pub struct Chunk<T> {
    pub(super) levels: Vec<LevelWorkspace<T>>,
    pub(super) head: HeadWorkspace<T>,
    pub(super) moments: Vec<Moments>,
    pub(super) sums: Vec<NormSums>,
    /// Gradient of the parameters that come before the tables of the encoder, as far as it is not deferred.
    pub(super) gradient: Vec<T>,
    /// The row of every category of the nodes, `[n, categories]`; empty without an encoder.
    pub(super) indices: Vec<u32>,
    pub(super) targets: Targets,
    graphs: usize,
    pub(super) keys: Vec<usize>,
    pub(super) totals: Totals,
    graclus: GraclusScratch,
    clusters: Vec<u32>,
    /// Why the chunk could not be prepared.
    pub(super) failure: Option<Error>,
}

impl<T: Real> Chunk<T> {
    /// Empty memory for `network`.
    pub fn new(network: &Network<T>) -> Result<Self> {
        Ok(Self {
            levels: network.levels.iter().map(Level::workspace).collect(),
            head: HeadWorkspace::default(),
            moments: network.norms.iter().map(|norm| Moments::new(norm.channels)).collect::<Result<_>>()?,
            sums: network.norms.iter().map(|norm| NormSums::new(norm.channels)).collect::<Result<_>>()?,
            gradient: Vec::new(),
            indices: Vec::new(),
            targets: Targets::default(),
            graphs: 0,
            keys: Vec::new(),
            totals: Totals::default(),
            graclus: GraclusScratch::default(),
            clusters: Vec::new(),
            failure: None,
        })
    }

    /// Number of graphs.
    pub fn graphs(&self) -> usize {
        self.graphs
    }

    /// Stacks graphs, builds their features and makes room for everything that follows.
    pub(super) fn prepare<'a>(
        &mut self,
        network: &Network<T>,
        schema: &FeatureSchema,
        items: impl Iterator<Item = BatchGraph<'a>> + Clone,
        wanted: Wanted,
    ) -> Result<()> {
        let graphs = items.clone().count();
        self.graphs = graphs;
        self.targets.fill(items.clone().map(|item| (item.target, item.weight)))?;
        self.keys.clear();
        reserve(&mut self.keys, graphs)?;
        self.keys.extend(items.clone().map(|item| item.key));
        self.stack(schema, items.clone())?;
        self.shape(network, graphs)?;
        self.assign_clusters(network, items.clone())?;
        control::go_on()?;
        self.reserve(network, wanted)?;
        let (width, categories) = (schema.width(), network.encoder.as_ref().map_or(0, Encoder::categories));
        let nodes = self.levels[0].adjacency.nodes();
        let count = nodes.checked_mul(categories).ok_or_else(Error::out_of_memory)?;
        try_resize(&mut self.indices, count, 0)?;
        let mut features = self.levels[0].x.slice_mut();
        let mut indices = self.indices.as_mut_slice();
        for item in items {
            let (named, after) = indices.split_at_mut(item.graph.nodes() * categories);
            schema.write_rows(item.graph, named);
            indices = after;
            let (own, rest) = features.split_at_mut(item.graph.nodes() * width);
            schema.write(item.graph, item.structural, own);
            features = rest;
        }
        Ok(())
    }

    /// Makes room for what follows the shapes of all levels.
    pub(super) fn reserve(&mut self, network: &Network<T>, wanted: Wanted) -> Result<()> {
        for (level, work) in network.levels.iter().zip(&mut self.levels) {
            level.reserve(wanted, work)?;
        }
        network.head.reserve(self.graphs, wanted.backward, &mut self.head)?;
        if wanted.backward {
            try_resize(&mut self.gradient, network.dense_len(), T::zero())?;
        }
        Ok(())
    }

    /// Stacks graphs.
    fn stack<'a>(&mut self, schema: &FeatureSchema, items: impl Iterator<Item = BatchGraph<'a>> + Clone) -> Result<()> {
        let first = &mut self.levels[0];
        first.adjacency.set_sparse(items.clone().map(|item| item.graph), None)?;
        if schema.edge_columns().width() > 0 {
            first.adjacency.set_channels(items.clone().map(|item| item.graph), schema.edge_columns())?;
        }
        for (relation, edges) in first.relations.iter_mut().zip(schema.edges_of_relations()) {
            relation.set_sparse(items.clone().map(|item| item.graph), Some(edges))?;
        }
        Ok(())
    }

    /// Gives the adjacencies of all pooled levels their shapes.
    fn shape(&mut self, network: &Network<T>, graphs: usize) -> Result<()> {
        let directed = self.levels[0].adjacency.is_directed();
        for (level, work) in network.levels.iter().zip(1..) {
            let Some(pool) = &level.pool else { continue };
            let LevelWorkspace { adjacency, relations, .. } = &mut self.levels[work];
            for adjacency in std::iter::once(adjacency).chain(relations) {
                adjacency.set_dense(graphs, pool.clusters)?;
                adjacency.set_directed(directed);
            }
        }
        Ok(())
    }

    /// Hands the clusters of every graph to the levels, where the network takes them.
    fn assign_clusters<'a>(&mut self, network: &Network<T>, items: impl Iterator<Item = BatchGraph<'a>>) -> Result<()> {
        let Some(counts) = network.graclus() else { return Ok(()) };
        let Self { levels, graclus: scratch, clusters, .. } = self;
        for work in &mut levels[..counts.len()] {
            let nodes = work.adjacency.nodes();
            try_resize(&mut work.cluster_of, nodes, 0)?;
        }
        for (graph, item) in items.enumerate() {
            let mut rest = match item.clusters {
                Some(known) => known,
                None => {
                    graclus(item.graph, counts, scratch, clusters)?;
                    clusters.as_slice()
                }
            };
            for work in &mut levels[..counts.len()] {
                let nodes = work.adjacency.offsets()[graph]..work.adjacency.offsets()[graph + 1];
                let (own, after) = rest.split_at(nodes.len());
                work.cluster_of[nodes].copy_from_slice(own);
                rest = after;
            }
        }
        Ok(())
    }

    /// What represents each graph: the readouts, as they enter the head, `[graphs, columns]`.
    pub fn embeddings<'a>(&'a self, network: &Network<T>) -> Mat<'a, T> {
        network.head.input(&self.head).view()
    }

    /// The logits of the last forward pass, `[graphs, width]`.
    pub fn logits<'a>(&'a self, network: &Network<T>) -> Mat<'a, T> {
        network.head.logits(&self.head)
    }
}
