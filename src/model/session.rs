//! Prediction of one graph at a time, by one thread, with memory of its own.

use std::sync::Arc;

use ndarray::ArrayView2;

use super::chunk::{BatchGraph, Chunk};
use super::engine::{Engine, Pass};
use super::features::Structural;
use super::importance::{self, Explanation};
use super::model::Model;
use super::objective::Target;
use super::outputs::PredictionKind;
use crate::config::SelfLoops;
use crate::control::{self, Control};
use crate::error::{Result, bail};
use crate::graph::{GraphArrays, GraphBuilder, GraphInput, GraphRef, GraphRules, LoopFree};
use crate::memory::{self, try_resize};
use crate::ops::diagnostics::{self, ClusterDiagnostics};
use crate::ops::entropy_loss;
use crate::ops::runtime::buffer::matrix;
use crate::ops::runtime::executor::Executor;

/// One thread's scratch for a shared model, and the results of its last prediction.
///
/// A warm session asks for no memory of its own and takes no lock; threads predict in parallel with a session each.
pub struct Session {
    model: Arc<Model<f32>>,
    work: Work,
    builder: GraphBuilder,
    /// Bytes that all of it holds.
    memory: usize,
}

struct Work {
    engine: Engine<f32>,
    executor: Executor,
    loop_free: LoopFree,
    structural: Structural,
    probabilities: Vec<f32>,
    predictions: Vec<usize>,
    importance: Vec<f32>,
    ready: bool,
}

impl Session {
    /// A session of `model`.
    pub fn new(model: Arc<Model<f32>>) -> Result<Self> {
        let before = memory::grown();
        let mut engine = Engine::new(model.network(), 1, model.config().batch_norm_epsilon)?;
        engine.set_running(model.network(), model.running(), model.parameters());
        let (mut probabilities, mut predictions) = (Vec::new(), Vec::new());
        if model.outputs().kind() != PredictionKind::Numbers {
            try_resize(&mut probabilities, model.width(), 0.0)?;
            try_resize(&mut predictions, model.targets(), 0)?;
        }
        let executor = Executor::new(1)?;
        let (loop_free, structural, importance) = (LoopFree::default(), Structural::default(), Vec::new());
        let work =
            Work { engine, executor, loop_free, structural, probabilities, predictions, importance, ready: false };
        Ok(Self { model, work, builder: GraphBuilder::new(), memory: memory::grown() - before })
    }

    /// The model.
    pub fn model(&self) -> &Arc<Model<f32>> {
        &self.model
    }

    /// Checks a graph given as flat arrays and predicts it. After a failure there is no last prediction.
    pub fn predict(&mut self, input: &GraphInput<'_>) -> Result<()> {
        self.predict_under(None, input)
    }

    /// Predicts a graph as [`predict`](Self::predict) does, but no longer and no larger than `control` lets it. What is
    /// at hand when it is told to stop is given up within a fraction of a millisecond, but for reserving memory.
    pub fn predict_under(&mut self, control: Option<&Control>, input: &GraphInput<'_>) -> Result<()> {
        self.work.ready = false;
        if let Some(control) = control {
            control.check()?;
            control.check_graph(input.nodes, input.edges.len(), input.bytes())?;
        }
        let before = memory::grown();
        let (builder, rules) = (&mut self.builder, input_rules(self.model.schema().rules(), input));
        let graph = control::under(control, || builder.build(input, rules)).and_then(|graph| graph);
        let result = graph.and_then(|graph| self.work.predict(&self.model, graph, control));
        self.memory += memory::grown() - before;
        result
    }

    /// Predicts a graph that has been checked, such as one of a data set. After a failure there is no last prediction.
    pub fn predict_graph(&mut self, graph: GraphRef<'_>) -> Result<()> {
        self.predict_graph_under(None, graph)
    }

    /// Predicts a graph as [`predict_graph`](Self::predict_graph) does, but no longer and no larger than `control` lets
    /// it.
    pub fn predict_graph_under(&mut self, control: Option<&Control>, graph: GraphRef<'_>) -> Result<()> {
        self.work.ready = false;
        if let Some(control) = control {
            control.check()?;
            graph.check_size(control.limits())?;
        }
        let before = memory::grown();
        let result = self.work.predict(&self.model, graph, control);
        self.memory += memory::grown() - before;
        result
    }

    /// Makes room for graphs of up to so many nodes and edges, as they are given, so that predicting them asks for no
    /// memory.
    pub fn reserve(&mut self, nodes: usize, edges: usize) -> Result<()> {
        self.work.ready = false;
        let before = memory::grown();
        let result = self.reserve_for(nodes, edges);
        self.memory += memory::grown() - before;
        result
    }

    fn reserve_for(&mut self, nodes: usize, edges: usize) -> Result<()> {
        let (schema, executor) = (self.model.schema(), &self.work.executor);
        let mut largest = GraphArrays::new();
        for &label in schema.edge_labels().iter().chain(schema.edge_labels().is_empty().then_some(&0)) {
            largest.set_widest(nodes, edges, schema.rules(), label)?;
            let input = largest.input(schema.rules())?;
            let graph = self.builder.build(&input, input_rules(schema.rules(), &input))?;
            if self.model.config().self_loops == SelfLoops::Drop {
                self.work.loop_free.reserve(graph)?;
            }
            let structural = self.work.structural.reserve(schema, graph)?;
            let graph = BatchGraph { graph, structural, clusters: None, target: Target::None, weight: 1.0, key: 0 };
            self.work.engine.reserve(Pass::of_prediction(&self.model, executor, None), graph)?;
        }
        Ok(())
    }

    /// Bytes that the session holds, without those of the model.
    pub fn memory(&self) -> usize {
        self.memory
    }

    /// Gives all memory back.
    pub fn shrink(&mut self) -> Result<()> {
        *self = Self::new(Arc::clone(&self.model))?;
        Ok(())
    }

    /// Forgets the last prediction.
    pub fn forget(&mut self) {
        self.work.ready = false;
    }

    /// The logits, as [`Outputs`](super::Outputs) describes them; a regression predicts these numbers.
    pub fn logits(&self) -> Result<&[f32]> {
        Ok(self.chunk()?.logits(self.model.network()).to_slice().expect("logits are contiguous"))
    }

    /// A probability a logit: their softmax over the classes of a target, or the sigmoid of each where a target has a
    /// single logit. A regression has none.
    pub fn probabilities(&self) -> Result<&[f32]> {
        self.chunk()?;
        self.demand(self.model.outputs().kind() != PredictionKind::Numbers, "probabilities")?;
        Ok(&self.work.probabilities)
    }

    /// The most probable class, the first of equal ones; class 1 of a binary task where its logit is positive.
    pub fn class(&self) -> Result<usize> {
        self.chunk()?;
        self.demand(self.model.outputs().kind() == PredictionKind::Class, "single class")?;
        Ok(self.work.predictions[0])
    }

    /// The prediction of every target: its most probable class or word, the first of equal ones, or 1 where a single
    /// logit is positive and 0 where not. A regression has none but its logits.
    pub fn predictions(&self) -> Result<&[usize]> {
        self.chunk()?;
        self.demand(self.model.outputs().kind() != PredictionKind::Numbers, "predicted classes")?;
        Ok(&self.work.predictions)
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
        let (work, next) = (&self.chunk()?.levels[level], &self.chunk()?.levels[level + 1]);
        let pool = self.model.network().levels[level].pool.as_ref();
        let pooled = pool.map_or(next.adjacency.dense(), |pool| pool.pooled(work, next));
        Ok(diagnostics::forward(&[0, nodes], s, pooled, entropy, &mut scratch).means(clusters))
    }

    /// Number of nodes of the graph that was last predicted.
    pub fn nodes(&self) -> Result<usize> {
        Ok(self.chunk()?.levels[0].adjacency.nodes())
    }

    /// Which nodes of the graph that was last predicted logit `logit` depends on.
    ///
    /// Takes forward and backward pass once more. The first call makes the memory for the backward one.
    pub fn explain(&mut self, logit: usize) -> Result<Explanation<'_, f32>> {
        self.chunk()?;
        self.model.check_logit(logit)?;
        let before = memory::grown();
        let Work { engine, executor, importance, .. } = &mut self.work;
        let result = importance::explain(engine, Pass::of_prediction(&self.model, executor, None), logit, importance);
        self.memory += memory::grown() - before;
        result
    }

    fn check_level(&self, level: usize) -> Result<()> {
        if level >= self.levels() {
            bail!(NotFound, "level is {level}, but the model has {} pooling levels", self.levels());
        }
        Ok(())
    }

    /// Refuses what the task has not.
    fn demand(&self, has: bool, what: &str) -> Result<()> {
        if !has {
            bail!(Unsupported, "the model's task is \"{}\", which has no {what}", self.model.config().task.name());
        }
        Ok(())
    }

    fn chunk(&self) -> Result<&Chunk<f32>> {
        if !self.work.ready {
            bail!(InvalidState, "the session has no prediction yet, or its last one failed");
        }
        Ok(&self.work.engine.chunks()[0])
    }
}

/// The rules that a model of these `rules` has for a graph. Labels keep parallel edges apart, also for a model that
/// does not look at them otherwise.
pub fn input_rules(rules: GraphRules, input: &GraphInput<'_>) -> GraphRules {
    GraphRules { edge_labels: rules.edge_labels || input.edge_labels.is_some(), ..rules }
}

impl Work {
    fn predict(&mut self, model: &Model<f32>, graph: GraphRef<'_>, control: Option<&Control>) -> Result<()> {
        let schema = model.schema();
        let graph = match model.config().self_loops {
            SelfLoops::Keep => graph,
            SelfLoops::Drop => {
                self.loop_free.strip(graph)?;
                self.loop_free.of(graph)
            }
        };
        schema.check(&graph)?;
        let structural = control::under(control, || self.structural.compute(schema, graph))??;
        let pass = Pass::of_prediction(model, &self.executor, control);
        let graph = BatchGraph { graph, structural, clusters: None, target: Target::None, weight: 1.0, key: 0 };
        self.engine.evaluate(pass, 1, |_| graph, false)?;
        let logits = self.engine.chunks()[0].logits(model.network());
        let row = logits.to_slice().expect("logits are contiguous");
        if let Some(at) = row.iter().position(|v| !v.is_finite()) {
            bail!(InvalidGraph, "the logit of class {at} is {}: the graph's values are too large", row[at]);
        }
        model.outputs().decode(row, &mut self.predictions, &mut self.probabilities);
        self.ready = true;
        Ok(())
    }
}
