//! Runs batches through a network: splits them into chunks, keeps the chunks in step, and gathers what they computed.

use super::batch_loss::BatchLoss;
use super::chunk::{BatchGraph, Chunk, Totals};
use super::features::FeatureSchema;
use super::gradient::Gatherer;
use super::model::Model;
use super::network::Network;
use super::padding::ImitatedPadding;
use super::passes::{BatchScale, Differentiated, Passes, Step};
use crate::config::{Annealing, LossParts};
use crate::control::{self, Control};
use crate::error::Result;
use crate::layers::context::{Context, PaddedBatch, Wanted};
use crate::layers::losses::LossSums;
use crate::layers::norm::{NormState, NormSums, RunningStatistics};
use crate::layers::params::NormSpec;
use crate::memory::reserve;
use crate::ops::batch_norm::Moments;
use crate::ops::diagnostics;
use crate::ops::dropout::Key;
use crate::ops::runtime::cpu;
use crate::ops::runtime::executor::Executor;
use crate::ops::runtime::real::Real;

/// The chunks of a batch and what they share.
pub struct Engine<T: 'static> {
    chunks: Vec<Chunk<T>>,
    active: usize,
    norms: NormState<T>,
    merged_moments: Vec<Moments>,
    merged_sums: Vec<NormSums>,
    level_sums: Vec<LossSums>,
    gatherer: Gatherer<T>,
    bounds: Vec<usize>,
    passes: Passes,
    /// The padding of another implementation, where it is imitated.
    padding: Option<ImitatedPadding<T>>,
}

/// What a pass over a batch reads besides the graphs.
#[derive(Clone, Copy)]
pub struct Pass<'a, T: 'static> {
    /// The network.
    pub network: &'a Network<T>,
    /// How features are made.
    pub schema: &'a FeatureSchema,
    /// All parameters.
    pub parameters: &'a [T],
    /// Weights of the classes, or none.
    pub class_weights: &'a [T],
    /// Where the chunks run.
    pub executor: &'a Executor,
    /// What stops it.
    pub control: Option<&'a Control>,
    /// What training counts the batch as, where it is not all of a step.
    pub share: Option<Share>,
    /// The temperature of assignments and the shares of their losses' weights.
    pub annealing: Annealing,
}

impl<'a, T: Real> Pass<'a, T> {
    /// A pass that predicts.
    pub fn of_prediction(model: &'a Model<T>, executor: &'a Executor, control: Option<&'a Control>) -> Self {
        let (network, schema, parameters) = (model.network(), model.schema(), model.parameters());
        let annealing = Annealing::done(model.config());
        Self { network, schema, parameters, class_weights: &[], executor, control, share: None, annealing }
    }
}

/// What a batch is to a step of several batches.
#[derive(Debug, Clone, Copy)]
pub struct Share {
    /// What the class loss of all the batches together is divided by.
    pub class_weight: f64,
    /// Share of the batch in the graphs of the step.
    pub graphs: f64,
}

impl<T: Real> Engine<T> {
    /// An engine of up to `chunks` chunks.
    pub fn new(network: &Network<T>, chunks: usize, epsilon: f64) -> Result<Self> {
        cpu::check()?;
        Ok(Self {
            chunks: (0..chunks.max(1)).map(|_| Chunk::new(network)).collect::<Result<_>>()?,
            active: 0,
            norms: NormState::new(network.channels(), epsilon)?,
            merged_moments: network.norms().iter().map(|norm| Moments::new(norm.channels)).collect::<Result<_>>()?,
            merged_sums: network.norms().iter().map(|norm| NormSums::new(norm.channels)).collect::<Result<_>>()?,
            level_sums: vec![LossSums::default(); network.levels.len()],
            gatherer: Gatherer::new(),
            bounds: Vec::new(),
            passes: Passes::of(network),
            padding: ImitatedPadding::of(network)?,
        })
    }

    /// The level of the first batch norm that saw a single row in the last pass of training, if any did.
    pub fn single_row(&self, network: &Network<T>) -> Option<usize> {
        network.norms().iter().find(|norm| self.merged_moments[norm.index].count == 1.0).map(|norm| norm.level)
    }

    /// Takes the running statistics that [`evaluate`](Self::evaluate) normalises with.
    pub fn set_running(&mut self, network: &Network<T>, running: &RunningStatistics<T>, parameters: &[T]) {
        self.norms.set_running(network.norms(), running, parameters);
    }

    /// Runs `count` graphs forward with running statistics; `graph(i)` gives them. Losses only where `losses`.
    pub fn evaluate<'a>(
        &mut self,
        pass: Pass<'_, T>,
        count: usize,
        graph: impl Fn(usize) -> BatchGraph<'a> + Sync,
        losses: bool,
    ) -> Result<BatchLoss> {
        self.split(count, &graph)?;
        let wanted = Wanted { backward: false, input_gradient: false, losses };
        let (evaluation, bounds, steps) = (self.mode(false, wanted), &self.bounds, &self.passes.forward);
        let norms = &self.norms;
        pass.executor.for_each(&mut self.chunks[..self.active], |i, chunk| {
            let prepared = control::under(pass.control, || prepare(pass, chunk, &bounds[i..], &graph, wanted));
            chunk.failure = prepared.and_then(|result| result).err();
            if chunk.failure.is_none() {
                let key = Key { seed: 0, step: 0, graphs: &[] };
                let work = |context: &Context<'_, T>, chunk: &mut Chunk<T>| {
                    for &step in steps.iter().flatten() {
                        if control::stopped() {
                            break;
                        }
                        pass.network.run(step, context, chunk);
                    }
                };
                let done = control::under(pass.control, || in_chunk(pass, norms, evaluation, key, chunk, work));
                chunk.failure = done.err();
            }
        });
        self.check()?;
        Ok(self.loss(pass.network, &pass.annealing))
    }

    /// Stacks one graph in the first chunk, for [`differentiate`](Self::differentiate).
    pub(super) fn stack(&mut self, pass: Pass<'_, T>, graph: BatchGraph<'_>) -> Result<()> {
        self.split(1, &|_| graph)?;
        prepare(pass, &mut self.chunks[0], &[0, 1], &|_| graph, DIFFERENTIATING)
    }

    /// Stacks one graph in the first chunk and computes nothing, so that predicting one of its size asks for no memory.
    pub(super) fn reserve(&mut self, pass: Pass<'_, T>, graph: BatchGraph<'_>) -> Result<()> {
        self.split(1, &|_| graph)?;
        let wanted = Wanted { backward: false, input_gradient: false, losses: false };
        prepare(pass, &mut self.chunks[0], &[0, 1], &|_| graph, wanted)
    }

    /// Runs the graphs of the first chunk forward and backward from a logit, with running statistics. The gradient of
    /// the first level's features is in the chunk then; the outputs of the forward pass are those of a prediction.
    pub(super) fn differentiate(&mut self, pass: Pass<'_, T>, logit: usize) -> Result<&mut Chunk<T>> {
        let differentiating = self.mode(false, DIFFERENTIATING);
        let chunk = &mut self.chunks[0];
        chunk.reserve(pass.network, DIFFERENTIATING)?;
        chunk.gradient.fill(T::zero());
        let key = Key { seed: 0, step: 0, graphs: &[] };
        let Passes { forward, backward } = &self.passes;
        in_chunk(pass, &self.norms, differentiating, key, chunk, |context, chunk| {
            let of = Differentiated::Logit(logit);
            forward.iter().flatten().for_each(|&step| pass.network.run(step, context, chunk));
            backward.iter().flatten().for_each(|&step| pass.network.run_back(step, of, context, chunk));
        });
        Ok(chunk)
    }

    /// Runs `count` graphs forward and backward with the statistics of the batch, which also move `running`. The
    /// gradient of the mean loss, or the batch's share of a step's, is added to `gradient`.
    #[allow(clippy::too_many_arguments)]
    pub fn train<'a>(
        &mut self,
        pass: Pass<'_, T>,
        running: &mut RunningStatistics<T>,
        momentum: f64,
        (seed, step): (u64, u64),
        count: usize,
        graph: impl Fn(usize) -> BatchGraph<'a> + Sync,
        gradient: &mut [T],
    ) -> Result<BatchLoss> {
        self.begin(pass, count, &graph)?;
        let key = Key { seed, step, graphs: &[0] };
        self.forward(pass, running, momentum, key);
        let loss = self.loss(pass.network, &pass.annealing);
        self.backward(pass, loss.class_weight, key, gradient);
        Ok(loss)
    }

    /// What the passes over the last batch are.
    fn mode(&self, training: bool, wanted: Wanted) -> Mode {
        Mode { training, wanted, padding: self.padding.as_ref().map(ImitatedPadding::batch) }
    }

    /// Stacks the graphs of a training pass.
    fn begin<'a>(
        &mut self,
        pass: Pass<'_, T>,
        count: usize,
        graph: &(impl Fn(usize) -> BatchGraph<'a> + Sync),
    ) -> Result<()> {
        self.split(count, graph)?;
        self.gatherer.reserve(pass.network, &self.passes)?;
        let (bounds, gatherer, wanted) = (&self.bounds, &self.gatherer, training(pass.network));
        pass.executor.for_each(&mut self.chunks[..self.active], |i, chunk| {
            chunk.failure = prepare(pass, chunk, &bounds[i..], graph, wanted).err();
            if chunk.failure.is_none() {
                gatherer.clear(&mut chunk.gradient);
            }
        });
        self.check()?;
        match &mut self.padding {
            Some(padding) => padding.prepare(pass.network, wanted, count > 0 && graph(0).graph.is_directed()),
            None => Ok(()),
        }
    }

    fn forward(&mut self, pass: Pass<'_, T>, running: &mut RunningStatistics<T>, momentum: f64, key: Key<'_>) {
        let mode = self.mode(true, training(pass.network));
        for index in 0..self.passes.forward.len() {
            let (norms, segment) = (&self.norms, &self.passes.forward[index]);
            pass.executor.for_each(&mut self.chunks[..self.active], |_, chunk| {
                in_chunk(pass, norms, mode, key, chunk, |context, chunk| {
                    segment.iter().for_each(|&step| pass.network.run(step, context, chunk));
                });
            });
            if let Some(padding) = &mut self.padding {
                let context = context(pass, norms, mode, key);
                segment.iter().for_each(|&step| padding.run(pass.network, step, &context));
            }
            for norm in segment.last().copied().into_iter().flat_map(|step| pass.network.norms_of(step)) {
                self.merge_moments(norm, pass.parameters);
                running.update(norm, &self.merged_moments[norm.index], momentum);
            }
        }
    }

    fn backward(&mut self, pass: Pass<'_, T>, class_weight: f64, key: Key<'_>, gradient: &mut [T]) {
        let mode = self.mode(true, training(pass.network));
        let level_sums = std::mem::take(&mut self.level_sums);
        let Share { class_weight, graphs: share } = pass.share.unwrap_or(Share { class_weight, graphs: 1.0 });
        let annealing = &pass.annealing;
        let of = Differentiated::Loss(BatchScale { class_weight, share, annealing, levels: &level_sums });
        for index in 0..self.passes.backward.len() {
            let (norms, segment) = (&self.norms, &self.passes.backward[index]);
            pass.executor.for_each(&mut self.chunks[..self.active], |_, chunk| {
                in_chunk(pass, norms, mode, key, chunk, |context, chunk| {
                    segment.iter().for_each(|&step| pass.network.run_back(step, of, context, chunk));
                });
            });
            if let Some(padding) = &mut self.padding {
                let context = context(pass, norms, mode, key);
                segment.iter().for_each(|&step| padding.run_back(pass.network, step, &context));
            }
            let chunks = &self.chunks[..self.active];
            self.gatherer.form(index, pass.network, chunks, self.padding.as_mut(), pass.executor);
            let Some(&step @ Step::Normalize(..)) = segment.last() else { continue };
            for norm in pass.network.norms_of(step) {
                self.merge_sums(norm, pass.parameters, gradient);
            }
        }
        self.level_sums = level_sums;
        self.reduce(pass, gradient);
        if let Some(padding) = &self.padding {
            padding.add_gradient(gradient);
        }
    }

    /// Cuts the batch into contiguous chunks of about equal cost. Depends on the batch alone, never on threads.
    fn split<'a>(&mut self, count: usize, graph: &impl Fn(usize) -> BatchGraph<'a>) -> Result<()> {
        if let Some(padding) = &mut self.padding {
            padding.set((0..count).map(|i| graph(i).graph.nodes()));
        }
        let cost = |i: usize| {
            let graph = graph(i).graph;
            // A node costs dense rows of some hundred values, an entry one sparse row.
            16 * graph.nodes() + graph.entries() + 256
        };
        let total: usize = (0..count).map(cost).sum();
        let parts = self.chunks.len().min(count);
        self.bounds.clear();
        reserve(&mut self.bounds, parts + 1)?;
        self.bounds.push(0);
        let mut spent = 0;
        for i in 0..count {
            let done = self.bounds.len() - 1;
            let left = count - i;
            // A new chunk begins where the share of the ones before is nearer without this graph than with it, or where
            // graphs run out.
            let reached = (2 * spent + cost(i)) * parts > 2 * total * (done + 1) || left < parts - done;
            if done + 1 < parts && reached && i > self.bounds[done] {
                self.bounds.push(i);
            }
            spent += cost(i);
        }
        if count > 0 {
            self.bounds.push(count);
        }
        self.active = self.bounds.len() - 1;
        Ok(())
    }

    /// The first failure of a chunk to prepare itself.
    fn check(&mut self) -> Result<()> {
        match self.chunks[..self.active].iter_mut().find_map(|chunk| chunk.failure.take()) {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    fn merge_moments(&mut self, norm: &NormSpec, parameters: &[T]) {
        let merged = &mut self.merged_moments[norm.index];
        merged.clear();
        for chunk in &self.chunks[..self.active] {
            merged.merge(&chunk.moments[norm.index]);
        }
        if let Some(padding) = &self.padding {
            padding.add_moments(norm, merged);
        }
        self.norms.set_batch(norm, merged, parameters);
    }

    fn merge_sums(&mut self, norm: &NormSpec, parameters: &[T], gradient: &mut [T]) {
        let merged = &mut self.merged_sums[norm.index];
        merged.clear();
        for chunk in &self.chunks[..self.active] {
            merged.add(&chunk.sums[norm.index]);
        }
        if let Some(padding) = &self.padding {
            padding.add_sums(norm, merged);
        }
        let count = self.merged_moments[norm.index].count;
        self.norms.set_backward(norm, merged, count, parameters, gradient);
    }

    /// Adds the gradients of the chunks, in their order, to those already there.
    ///
    /// The tables of the encoder get theirs from the features of the chunks, without a table a chunk: a batch touches
    /// few of their rows.
    fn reduce(&mut self, pass: Pass<'_, T>, gradient: &mut [T]) {
        let chunks = &self.chunks[..self.active];
        let (dense, tables) = gradient.split_at_mut(pass.network.dense_len());
        if let Some(encoder) = &pass.network.encoder {
            pass.executor.for_each_block(tables, encoder.block_len(), |begin, block| {
                for chunk in chunks {
                    encoder.backward(&chunk.indices, &chunk.levels[0].dx, begin, block);
                }
            });
        }
        self.gatherer.gather(chunks, pass.executor, dense);
    }

    fn loss(&mut self, network: &Network<T>, annealing: &Annealing) -> BatchLoss {
        let mut total = Totals::default();
        let mut graphs = 0;
        for chunk in &self.chunks[..self.active] {
            total.class_loss += chunk.totals.class_loss;
            total.class_weight += chunk.totals.class_weight;
            total.correct += chunk.totals.correct;
            total.judged += chunk.totals.judged;
            graphs += chunk.graphs();
        }
        let class_weight = total.class_weight;
        let (mut pooling, mut by_level) = (None, 0.0);
        for (index, (level, sums)) in network.levels.iter().zip(&mut self.level_sums).enumerate() {
            *sums = LossSums::default();
            self.chunks[..self.active].iter().for_each(|chunk| sums.add(&chunk.levels[index].sums));
            if let Some(pool) = &level.pool {
                pooling = Some(pool.losses.values(pooling, sums));
                by_level += pool.losses.by_level(annealing, sums);
            }
        }
        BatchLoss {
            class_loss: if class_weight > 0.0 { total.class_loss / class_weight } else { 0.0 },
            pooling: pooling.unwrap_or(LossParts::WITHOUT_LEVELS),
            by_level,
            correct: total.correct,
            judged: total.judged,
            graphs,
            class_weight,
        }
    }

    /// What the chunks of the last pass with losses saw of the clusters of a pooling level, where the network looks.
    pub fn clusters(&self, level: usize) -> impl Iterator<Item = &diagnostics::Sums> {
        self.chunks().iter().map(move |chunk| &chunk.levels[level].clusters)
    }

    /// The chunks of the last pass, in the order of the batch.
    pub fn chunks(&self) -> &[Chunk<T>] {
        &self.chunks[..self.active]
    }
}

/// What a prediction is differentiated for.
const DIFFERENTIATING: Wanted = Wanted { backward: true, input_gradient: true, losses: false };

/// What training wants. The tables of an encoder get their gradients by way of the features.
fn training<T: Real>(network: &Network<T>) -> Wanted {
    Wanted { backward: true, input_gradient: network.encoder.is_some(), losses: true }
}

/// What the passes over a batch are.
#[derive(Clone, Copy)]
struct Mode {
    training: bool,
    wanted: Wanted,
    padding: Option<PaddedBatch>,
}

/// Stacks the graphs between the first two of `bounds` in `chunk`.
fn prepare<'a, T: Real>(
    pass: Pass<'_, T>,
    chunk: &mut Chunk<T>,
    bounds: &[usize],
    graph: &(impl Fn(usize) -> BatchGraph<'a> + Sync),
    wanted: Wanted,
) -> Result<()> {
    let graphs = (bounds[0]..bounds[1]).map(graph);
    chunk.prepare(pass.network, pass.schema, graphs, wanted)
}

/// Calls `work` with the context of a pass over a chunk.
fn in_chunk<T: Real>(
    pass: Pass<'_, T>,
    norms: &NormState<T>,
    mode: Mode,
    key: Key<'_>,
    chunk: &mut Chunk<T>,
    work: impl FnOnce(&Context<'_, T>, &mut Chunk<T>),
) {
    let keys = std::mem::take(&mut chunk.keys);
    work(&context(pass, norms, mode, Key { graphs: &keys, ..key }), chunk);
    chunk.keys = keys;
}

fn context<'a, T: Real>(pass: Pass<'a, T>, norms: &'a NormState<T>, mode: Mode, dropout: Key<'a>) -> Context<'a, T> {
    let (Pass { parameters, class_weights, annealing, .. }, Mode { training, wanted, padding }) = (pass, mode);
    let temperature = annealing.temperature();
    Context { parameters, norms, class_weights, training, temperature, wanted, padding, dropout }
}
