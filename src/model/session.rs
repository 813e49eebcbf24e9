//! Prediction of one graph at a time, by one thread, with memory of its own.

use std::sync::Arc;

use ndarray::ArrayView2;

use super::chunk::Item;
use super::engine::{Engine, Pass};
use super::features::clustering_coefficients;
use super::model::Model;
use super::network::largest;
use crate::error::{Result, bail};
use crate::graph::{GraphBuilder, GraphInput, GraphRef, try_resize};
use crate::ops::buffer::matrix;
use crate::ops::diagnostics::{self, ClusterDiagnostics};
use crate::ops::executor::Executor;
use crate::ops::{entropy_loss, softmax};

/// One thread's scratch for a shared model, and the results of its last prediction.
///
/// A warm session asks for no memory of its own and takes no lock; threads predict in parallel with a session each.
pub struct Session {
    model: Arc<Model<f32>>,
    work: Work,
    builder: GraphBuilder,
}

struct Work {
    engine: Engine<f32>,
    executor: Executor,
    clustering: Vec<f32>,
    probabilities: Vec<f32>,
    class: usize,
    ready: bool,
}

impl Session {
    /// A session of `model`.
    pub fn new(model: Arc<Model<f32>>) -> Result<Self> {
        let mut engine = Engine::new(model.network(), 1, model.config().batch_norm_epsilon);
        engine.set_running(model.network(), model.running(), model.parameters());
        let mut probabilities = Vec::new();
        try_resize(&mut probabilities, model.classes(), 0.0)?;
        let work =
            Work { engine, executor: Executor::new(1)?, clustering: Vec::new(), probabilities, class: 0, ready: false };
        Ok(Self { model, work, builder: GraphBuilder::new() })
    }

    /// The model.
    pub fn model(&self) -> &Arc<Model<f32>> {
        &self.model
    }

    /// Checks a graph given as flat arrays and predicts it. After a failure there is no last prediction.
    pub fn predict(&mut self, input: &GraphInput<'_>) -> Result<()> {
        self.work.ready = false;
        let graph = self.builder.build(input, self.model.schema().rules())?;
        self.work.predict(&self.model, graph)
    }

    /// Predicts a graph that has been checked, such as one of a data set. After a failure there is no last prediction.
    pub fn predict_graph(&mut self, graph: GraphRef<'_>) -> Result<()> {
        self.work.ready = false;
        self.work.predict(&self.model, graph)
    }

    /// Logits of every class.
    pub fn logits(&self) -> Result<&[f32]> {
        Ok(self.chunk()?.logits(self.model.network()).to_slice().expect("logits are contiguous"))
    }

    /// Probabilities of every class: the softmax of the logits.
    pub fn probabilities(&self) -> Result<&[f32]> {
        self.chunk()?;
        Ok(&self.work.probabilities)
    }

    /// The most probable class, the first of equal ones.
    pub fn class(&self) -> Result<usize> {
        self.chunk()?;
        Ok(self.work.class)
    }

    /// The vector that represents the graph: the readouts, as they enter the head.
    pub fn embedding(&self) -> Result<&[f32]> {
        let chunk = self.chunk()?;
        Ok(self.model.network().head.input(&chunk.head).slice())
    }

    /// Number of pooling levels.
    pub fn levels(&self) -> usize {
        self.model.pooling_levels()
    }

    /// Assignment matrix `S` of a level, `[n, k]`: row `i` says how much of node `i` goes to each cluster. Rows sum to
    /// 1, but for those of clusters without nodes where a clustering assigns.
    pub fn assignment(&self, level: usize) -> Result<ArrayView2<'_, f32>> {
        self.check_level(level)?;
        Ok(self.chunk()?.levels[level].s.view())
    }

    /// Features of the clusters of a level, `[k, d]`.
    pub fn pooled_x(&self, level: usize) -> Result<ArrayView2<'_, f32>> {
        self.check_level(level)?;
        Ok(self.chunk()?.levels[level + 1].x.view())
    }

    /// Adjacency of the clusters of a level, `[k, k]`.
    pub fn pooled_adjacency(&self, level: usize) -> Result<ArrayView2<'_, f32>> {
        self.check_level(level)?;
        let adjacency = &self.chunk()?.levels[level + 1].adjacency;
        Ok(matrix(adjacency.dense(), adjacency.k(), adjacency.k()))
    }

    /// Number of relations, at least 1.
    pub fn relations(&self) -> usize {
        self.model.schema().relations()
    }

    /// Adjacency of the clusters of a level in one relation, `[k, k]`; the sum over all of them is
    /// [`pooled_adjacency`](Self::pooled_adjacency).
    pub fn pooled_relation(&self, level: usize, relation: usize) -> Result<ArrayView2<'_, f32>> {
        self.check_level(level)?;
        if relation >= self.relations() {
            bail!(NotFound, "relation is {relation}, but the model has {} relations", self.relations());
        }
        if self.relations() == 1 {
            return self.pooled_adjacency(level);
        }
        let adjacency = &self.chunk()?.levels[level + 1].relations[relation];
        Ok(matrix(adjacency.dense(), adjacency.k(), adjacency.k()))
    }

    /// What the assignment of a level does: clusters in use, entropy, edges inside clusters, modularity.
    pub fn diagnostics(&self, level: usize) -> Result<ClusterDiagnostics> {
        let s = self.assignment(level)?;
        let (nodes, clusters) = s.dim();
        let mut scratch = diagnostics::Scratch::default();
        scratch.reserve(clusters)?;
        let entropy = entropy_loss::forward(s) / nodes as f64;
        let pooled = self.chunk()?.levels[level + 1].adjacency.dense();
        Ok(diagnostics::forward(&[0, nodes], s, pooled, entropy, &mut scratch).means(clusters))
    }

    fn check_level(&self, level: usize) -> Result<()> {
        if level >= self.levels() {
            bail!(NotFound, "level is {level}, but the model has {} pooling levels", self.levels());
        }
        Ok(())
    }

    fn chunk(&self) -> Result<&super::chunk::Chunk<f32>> {
        if !self.work.ready {
            bail!(InvalidState, "the session has no prediction yet, or its last one failed");
        }
        Ok(&self.work.engine.chunks()[0])
    }
}

impl Work {
    fn predict(&mut self, model: &Model<f32>, graph: GraphRef<'_>) -> Result<()> {
        let schema = model.schema();
        schema.check(&graph)?;
        let clustering = if schema.needs_clustering() {
            try_resize(&mut self.clustering, graph.nodes(), 0.0)?;
            clustering_coefficients(graph, &mut self.clustering);
            Some(self.clustering.as_slice())
        } else {
            None
        };
        let pass = Pass {
            network: model.network(),
            schema,
            parameters: model.parameters(),
            class_weights: &[],
            executor: &self.executor,
        };
        self.engine.evaluate(pass, 1, |_| Item { graph, clustering, clusters: None, y: 0, key: 0 }, false)?;
        let logits = self.engine.chunks()[0].logits(model.network());
        let row = logits.row(0);
        if let Some(at) = row.iter().position(|v| !v.is_finite()) {
            bail!(InvalidGraph, "the logit of class {at} is {}: the graph's values are too large", row[at]);
        }
        self.class = largest(row.iter());
        self.probabilities.iter_mut().zip(row).for_each(|(p, &z)| *p = z);
        let columns = self.probabilities.len();
        softmax::forward(1.0, &mut crate::ops::buffer::matrix_mut(&mut self.probabilities, 1, columns));
        self.ready = true;
        Ok(())
    }
}
