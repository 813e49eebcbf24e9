//! Predictions of many graphs in one call, on many threads.

use std::ops::Deref;

use crate::config::SelfLoops;
use crate::control::{self, Control};
use crate::error::{Error, Result, error};
use crate::graph::{Dataset, GraphBuilder, GraphInput, GraphRef, LoopFree};
use crate::memory::try_resize;
use crate::model::engine::{Engine, Pass};
use crate::model::features::Structural;
use crate::model::{BatchGraph, Model, PredictionKind, Target, input_rules};
use crate::ops::runtime::buffer::rows;
use crate::ops::runtime::executor::Executor;
use crate::ops::runtime::real::Real;

/// Chunks worked on at the same time. Not a function of the threads, for losses are summed chunk by chunk.
pub(super) const CHUNKS: usize = 8;
/// Graphs a chunk is given at a time: enough to fill a matrix product and to be even between chunks, few enough to stay
/// in cache.
pub(super) const GRAPHS_PER_CHUNK: usize = 5;
/// Graphs at a time.
const BATCH: usize = CHUNKS * GRAPHS_PER_CHUNK;

/// Predicts and evaluates with one model again and again: its threads and its memory stay warm between calls. `M` is
/// what it holds the model by, such as a reference.
///
/// Every number has the same bits as one that a [`Session`](crate::model::Session) predicts of the graph alone.
pub struct Predictor<M, T: 'static> {
    pub(super) model: M,
    pub(super) executor: Executor,
    pub(super) engine: Engine<T>,
    pub(super) class_weights: Vec<T>,
    slots: Vec<Slot>,
    predictions: Predictions,
}

/// Graphs to be predicted.
#[derive(Clone, Copy)]
pub enum Graphs<'a> {
    /// So many graphs, each as flat arrays that `input` gives.
    Inputs {
        /// Number of graphs.
        count: usize,
        /// The arrays of a graph, or why there are none.
        input: &'a (dyn Fn(usize) -> Result<GraphInput<'a>> + Sync),
    },
    /// Graphs of a data set, by their indices.
    Of(&'a Dataset, &'a [usize]),
}

/// What was predicted of graphs, in their order. A graph that was refused has an error, NaN for every number, and
/// [`usize::MAX`] for every prediction.
#[derive(Debug, Default)]
pub struct Predictions {
    /// Why a graph was refused.
    pub failures: Vec<Option<Error>>,
    /// Logits, `[graphs, width]`.
    pub logits: Vec<f32>,
    /// A probability a logit, `[graphs, width]`; none of a regression.
    pub probabilities: Vec<f32>,
    /// Predicted class, label or word of every target, `[graphs, targets]`; none of a regression.
    pub predictions: Vec<usize>,
    /// What represents every graph: the readouts, as they enter the head, `[graphs, columns]`.
    pub embeddings: Vec<f32>,
    /// Columns of `embeddings`.
    pub embedding_width: usize,
}

/// The memory that one graph of a batch takes before it is stacked.
#[derive(Default)]
struct Slot {
    builder: GraphBuilder,
    loop_free: LoopFree,
    structural: Structural,
    failure: Option<Error>,
}

impl Graphs<'_> {
    /// Number of graphs.
    pub fn len(&self) -> usize {
        match self {
            Self::Inputs { count, .. } => *count,
            Self::Of(_, indices) => indices.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<T: Real, M: Deref<Target = Model<T>>> Predictor<M, T> {
    /// A predictor of `model` with `threads` threads; 0 is one a core.
    pub fn new(model: M, threads: usize) -> Result<Self> {
        let mut engine = Engine::new(model.network(), CHUNKS, model.config().batch_norm_epsilon)?;
        engine.set_running(model.network(), model.running(), model.parameters());
        let class_weights = model.class_weights();
        let executor = Executor::new(threads)?;
        let (slots, predictions) = (Vec::new(), Predictions::default());
        Ok(Self { model, executor, engine, class_weights, slots, predictions })
    }

    /// The model.
    pub fn model(&self) -> &M {
        &self.model
    }

    /// What was predicted last.
    pub fn predictions(&self) -> &Predictions {
        &self.predictions
    }

    /// Predicts graphs. A graph that is refused does not keep the others from being predicted; only an error that
    /// concerns all of them, such as a cancellation, ends the call, and there are then no predictions.
    pub fn predict(&mut self, graphs: Graphs<'_>, control: Option<&Control>) -> Result<&Predictions> {
        let result = self.predict_all(graphs, control);
        if result.is_err() {
            self.predictions.clear();
        }
        result.map(|()| &self.predictions)
    }

    fn predict_all(&mut self, graphs: Graphs<'_>, control: Option<&Control>) -> Result<()> {
        self.executor.check_process().map_err(|e| e.in_context("the predictor"))?;
        if let Graphs::Of(dataset, indices) = graphs {
            dataset.check_indices(indices)?;
        }
        let Self { model, executor, engine, slots, predictions, .. } = self;
        let model: &Model<T> = model;
        let count = graphs.len();
        predictions.reserve(model, count)?;
        if slots.len() < count.min(BATCH) {
            slots.try_reserve(count.min(BATCH) - slots.len())?;
            slots.resize_with(count.min(BATCH), Slot::default);
        }
        let tell = |done: usize| control.map_or(Ok(()), |control| control.progress(done, count));
        executor.run(tell, |tell| {
            for begin in (0..count).step_by(BATCH) {
                let end = (begin + BATCH).min(count);
                let batch = Batch { model, executor, graphs, begin, control };
                batch.predict(engine, &mut slots[..end - begin], predictions)?;
                if control.is_some() {
                    tell(end)?;
                }
            }
            Ok(())
        })
    }
}

/// Some of the graphs, which are predicted together.
struct Batch<'a, 'g, T: 'static> {
    model: &'a Model<T>,
    executor: &'a Executor,
    graphs: Graphs<'g>,
    begin: usize,
    control: Option<&'a Control>,
}

impl<T: Real> Batch<'_, '_, T> {
    fn predict(&self, engine: &mut Engine<T>, slots: &mut [Slot], predictions: &mut Predictions) -> Result<()> {
        self.executor.for_each(slots, |i, slot| {
            slot.failure = control::under(self.control, || self.prepare(i, slot)).and_then(|result| result).err();
        });
        control::check(self.control)?;
        let sound: Vec<usize> = (0..slots.len()).filter(|&i| slots[i].failure.is_none()).collect();
        let item = |i: usize| self.item(sound[i], &slots[sound[i]]);
        let pass = Pass::of_prediction(self.model, self.executor, self.control);
        if !sound.is_empty() {
            engine.evaluate(pass, sound.len(), item, false)?;
        }
        let mut rest = sound.as_slice();
        for chunk in engine.chunks().iter().filter(|_| !sound.is_empty()) {
            let (own, after) = rest.split_at(chunk.graphs());
            rest = after;
            let (logits, embeddings) = (chunk.logits(self.model.network()), chunk.embeddings(self.model.network()));
            for ((&i, logits), embedding) in own.iter().zip(rows(&logits)).zip(rows(&embeddings)) {
                slots[i].failure = predictions.put(self.model, self.begin + i, logits, embedding).err();
            }
        }
        for (i, slot) in slots.iter_mut().enumerate() {
            predictions.failures[self.begin + i] = slot.failure.take();
        }
        Ok(())
    }

    /// Builds and checks a graph, and computes what is needed of it before it is stacked.
    fn prepare(&self, i: usize, slot: &mut Slot) -> Result<()> {
        let (schema, Slot { builder, loop_free, structural, .. }) = (self.model.schema(), slot);
        let graph = match self.graphs {
            Graphs::Inputs { input, .. } => {
                let input = input(self.begin + i)?;
                if let Some(control) = self.control {
                    control.check_graph(input.nodes, input.edges.len(), input.bytes())?;
                }
                builder.build(&input, input_rules(schema.rules(), &input))?
            }
            Graphs::Of(dataset, indices) => {
                let graph = dataset.graph(indices[self.begin + i]);
                if let Some(control) = self.control {
                    graph.check_size(control.limits())?;
                }
                graph
            }
        };
        if self.model.config().self_loops == SelfLoops::Drop {
            loop_free.strip(graph)?;
        }
        let graph = loop_free.of(graph);
        schema.check(&graph)?;
        structural.compute(schema, graph).map(|_| ())
    }

    fn item<'s>(&'s self, i: usize, slot: &'s Slot) -> BatchGraph<'s> {
        let graph: GraphRef<'s> = match self.graphs {
            Graphs::Inputs { .. } => slot.builder.graph(),
            Graphs::Of(dataset, indices) => dataset.graph(indices[self.begin + i]),
        };
        let (graph, structural) = (slot.loop_free.of(graph), slot.structural.values(self.model.schema()));
        BatchGraph { graph, structural, clusters: None, target: Target::None, weight: 1.0, key: 0 }
    }
}

impl Predictions {
    /// Number of graphs.
    pub fn len(&self) -> usize {
        self.failures.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.failures.is_empty()
    }

    fn clear(&mut self) {
        self.failures.clear();
        [&mut self.logits, &mut self.probabilities, &mut self.embeddings].into_iter().for_each(Vec::clear);
        self.predictions.clear();
    }

    /// Makes room for so many graphs, of which nothing has been predicted.
    fn reserve<T: Real>(&mut self, model: &Model<T>, graphs: usize) -> Result<()> {
        self.clear();
        self.embedding_width = model.network().embedding_width();
        let of = |columns: usize| graphs.checked_mul(columns).ok_or_else(Error::out_of_memory);
        try_resize(&mut self.failures, graphs, None)?;
        try_resize(&mut self.logits, of(model.width())?, f32::NAN)?;
        try_resize(&mut self.embeddings, of(self.embedding_width)?, f32::NAN)?;
        if model.outputs().kind() != PredictionKind::Numbers {
            try_resize(&mut self.probabilities, of(model.width())?, f32::NAN)?;
            try_resize(&mut self.predictions, of(model.targets())?, usize::MAX)?;
        }
        Ok(())
    }

    /// Takes what was predicted of a graph, where it is finite.
    fn put<T: Real>(&mut self, model: &Model<T>, graph: usize, logits: &[T], embedding: &[T]) -> Result<()> {
        let (width, targets) = (model.width(), model.targets());
        if let Some(at) = logits.iter().position(|v| !(v.f64() as f32).is_finite()) {
            let value = logits[at].f64() as f32;
            return Err(error!(InvalidGraph, "the logit of class {at} is {value}: the graph's values are too large"));
        }
        let copy = |to: &mut [f32], from: &[T]| to.iter_mut().zip(from).for_each(|(to, from)| *to = from.f64() as f32);
        copy(&mut self.embeddings[graph * self.embedding_width..][..self.embedding_width], embedding);
        let own = &mut self.logits[graph * width..][..width];
        copy(own, logits);
        if model.outputs().kind() != PredictionKind::Numbers {
            let predictions = &mut self.predictions[graph * targets..][..targets];
            model.outputs().decode(own, predictions, &mut self.probabilities[graph * width..][..width]);
        }
        Ok(())
    }
}
