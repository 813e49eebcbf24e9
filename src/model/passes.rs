//! The passes through a network, as lists of steps over one chunk of graphs.
//!
//! ```text
//! forward
//!     Encode              X = features, those of categories from learned tables, eigenvectors with random signs
//!     for every level
//!         for every layer of GNN_embed and of GNN_assign, side by side
//!             Convolve    H = act(conv(A, H)), from H = X
//!             Normalize   H = dropout(norm(H))
//!         PoolAndRead     Z = GNN_embed(A, X), S = softmax(GNN_assign(A, X) / temperature)
//!                         X' = S^T Z, A' = S^T A S: the graph of the next level
//!                         readout of Z or X', link and entropy loss of S; the last level has no S
//!     Head                logits = MLP(readouts of all levels), loss of the task
//! backward
//!     the same list reversed: every step turns the gradients of what it wrote into those of what it read
//! ```
//!
//! Chunks go through the steps by themselves, but for the batch norms: in training a norm waits for the statistics of
//! all chunks, and in the backward pass for their sums. There the lists are cut into segments.

use super::chunk::Chunk;
use super::network::{DeferredGradient, Network};
use crate::config::Annealing;
use crate::layers::context::Context;
use crate::layers::losses::{LossScale, LossSums};
use crate::layers::params::NormSpec;
use crate::layers::stack::WeightOf;
use crate::ops::runtime::real::Real;

/// A piece of work on one chunk. Every step has a forward and a backward pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Features of categories, and the signs of eigenvectors in training. The gradient of the tables is gathered over
    /// all chunks.
    Encode,
    /// Convolution and activation of a layer of a level.
    Convolve(usize, usize),
    /// Norm and dropout of a layer of a level. The backward pass of the norm itself is part of that of the convolution.
    Normalize(usize, usize),
    /// Output layers, assignment, pooling and readout of a level.
    PoolAndRead(usize),
    /// The head, and the loss of the task.
    Head,
}

/// The steps of both passes, in segments.
pub(super) struct Passes {
    /// The forward pass: after a segment, the batch norms of its last step need all chunks.
    pub forward: Vec<Vec<Step>>,
    /// The backward pass, likewise; deferred gradients of a layer are formed before its memory is used again.
    pub backward: Vec<Vec<Step>>,
}

/// What a backward pass is the gradient of.
#[derive(Debug, Clone, Copy)]
pub(super) enum Differentiated<'a> {
    /// The loss of a batch.
    Loss(BatchScale<'a>),
    /// A logit of every graph of the chunk.
    Logit(usize),
}

/// What the gradients of a batch are divided by and multiplied with.
#[derive(Debug, Clone, Copy)]
pub(super) struct BatchScale<'a> {
    /// Sum of the weights of the classes of its graphs, or number of their targets that are present. Where several
    /// batches make a step, that of all of them.
    pub class_weight: f64,
    /// Share of its graphs in those of the step.
    pub share: f64,
    /// The shares of the losses' weights.
    pub annealing: &'a Annealing,
    /// Losses of every level.
    pub levels: &'a [LossSums],
}

impl Passes {
    /// The passes of a network.
    pub fn of<T: Real>(network: &Network<T>) -> Self {
        let mut steps = Vec::new();
        if network.encoder.is_some() || network.signs.is_some() {
            steps.push(Step::Encode);
        }
        for (index, level) in network.levels.iter().enumerate() {
            for layer in 0..level.layers() {
                steps.extend([Step::Convolve(index, layer), Step::Normalize(index, layer)]);
            }
            steps.push(Step::PoolAndRead(index));
        }
        steps.push(Step::Head);
        let normed = |step| network.norms_of(step).next().is_some();
        let ends_forward = |step: &Step| matches!(step, Step::Convolve(..)) && normed(*step);
        let forward = steps.split_inclusive(ends_forward).map(<[Step]>::to_vec).collect();
        steps.reverse();
        let ends_backward = |step: &Step| match *step {
            Step::Normalize(..) => normed(*step),
            // The layer before uses the same memory, and there may be no norm in between to wait for.
            Step::Convolve(level, layer) => layer > 0 && !normed(Step::Normalize(level, layer - 1)),
            Step::Encode | Step::PoolAndRead(_) | Step::Head => false,
        };
        let backward = steps.split_inclusive(ends_backward).map(<[Step]>::to_vec).collect();
        Self { forward, backward }
    }
}

impl Step {
    /// The step whose backward pass makes the factors of a deferred gradient.
    pub fn before(deferred: &DeferredGradient) -> Self {
        match deferred.gradient.of {
            WeightOf::Convolution { layer, .. } => Self::Convolve(deferred.level, layer),
            WeightOf::OutputLayer => Self::PoolAndRead(deferred.level),
        }
    }
}

impl<T: Real> Network<T> {
    /// The batch norms of the layer of a step.
    pub(super) fn norms_of(&self, step: Step) -> impl Iterator<Item = &NormSpec> {
        let layer = match step {
            Step::Convolve(level, layer) | Step::Normalize(level, layer) => Some((level, layer)),
            Step::Encode | Step::PoolAndRead(_) | Step::Head => None,
        };
        let indices = layer.into_iter().flat_map(|(level, layer)| self.levels[level].norms(layer));
        indices.map(|index| &self.norms[index])
    }

    /// Runs one step of the forward pass.
    pub(super) fn run(&self, step: Step, context: &Context<'_, T>, chunk: &mut Chunk<T>) {
        match step {
            Step::Encode => {
                let Chunk { indices, levels, .. } = chunk;
                if let Some(signs) = self.signs.as_ref().filter(|_| context.training) {
                    let first = &mut levels[0];
                    signs.draw(context.dropout, first.adjacency.offsets(), &mut first.x);
                }
                if let Some(encoder) = &self.encoder {
                    if context.training {
                        encoder.reserve(context.dropout, levels[0].adjacency.offsets(), indices);
                    }
                    encoder.forward(context.parameters, indices, &mut levels[0].x);
                }
            }
            Step::Convolve(level, layer) => {
                let work = &mut chunk.levels[level];
                self.levels[level].convolve(layer, context, &self.norms, work, &mut chunk.moments);
            }
            Step::Normalize(level, layer) => {
                self.levels[level].normalize(layer, context, &self.norms, &mut chunk.levels[level]);
            }
            Step::PoolAndRead(level) => {
                let (before, after) = chunk.levels.split_at_mut(level + 1);
                let input = self.head.input_mut(&mut chunk.head);
                let next = after.first_mut();
                self.levels[level].pool_and_read(context, &mut before[level], next, &mut input.view_mut());
            }
            Step::Head => {
                self.head.forward(context, &mut chunk.head);
                self.count(context, chunk);
            }
        }
    }

    /// Loss and hits of the chunk.
    fn count(&self, context: &Context<'_, T>, chunk: &mut Chunk<T>) {
        if !context.wanted.losses {
            return;
        }
        let logits = self.head.logits(&chunk.head);
        let Context { class_weights, training, .. } = *context;
        chunk.totals.class_loss = self.objective.loss(logits, &chunk.targets, class_weights, training);
        chunk.totals.class_weight = self.objective.weight(&chunk.targets, class_weights);
        (chunk.totals.correct, chunk.totals.judged) = self.objective.hits(logits, &chunk.targets);
    }

    /// Runs one step of the backward pass.
    pub(super) fn run_back(&self, step: Step, of: Differentiated<'_>, context: &Context<'_, T>, chunk: &mut Chunk<T>) {
        match step {
            Step::Head => {
                self.logits_gradient(of, context, chunk);
                self.head.backward(context, &mut chunk.head, &mut chunk.gradient);
            }
            Step::PoolAndRead(level) => {
                let (before, after) = chunk.levels.split_at_mut(level + 1);
                let dinput = self.head.input_gradient(&chunk.head);
                let by = (self.loss_scale(of, level), chunk.gradient.as_mut_slice());
                self.levels[level].pool_and_read_back(context, &mut before[level], after.first_mut(), dinput, by);
            }
            Step::Normalize(level, layer) => {
                let work = &mut chunk.levels[level];
                self.levels[level].normalize_back(layer, context, &self.norms, work, &mut chunk.sums);
            }
            Step::Convolve(level, layer) => {
                let work = &mut chunk.levels[level];
                self.levels[level].convolve_back(layer, context, &self.norms, work, &mut chunk.gradient);
            }
            Step::Encode => {}
        }
    }

    /// Writes the gradient of the logits.
    fn logits_gradient(&self, of: Differentiated<'_>, context: &Context<'_, T>, chunk: &mut Chunk<T>) {
        let (logits, dlogits) = self.head.logits_gradient(&mut chunk.head);
        match of {
            Differentiated::Loss(BatchScale { class_weight, .. }) => {
                // Where every class of the batch weighs 0, or every target is missing, the loss is 0.
                let by = if class_weight > 0.0 { T::of(1.0 / class_weight) } else { T::zero() };
                let mut dlogits = dlogits.view_mut();
                self.objective.backward(by, logits, &chunk.targets, context.class_weights, &mut dlogits);
            }
            Differentiated::Logit(logit) => {
                dlogits.fill(T::zero());
                dlogits.view_mut().column_mut(logit).fill(T::one());
            }
        }
    }

    /// What the gradients of a level's losses are multiplied with.
    fn loss_scale(&self, of: Differentiated<'_>, level: usize) -> LossScale {
        match (of, &self.levels[level].pool) {
            (Differentiated::Loss(scale), Some(pool)) => {
                pool.losses.scale(scale.annealing, &scale.levels[level]).times(scale.share)
            }
            _ => LossScale::default(),
        }
    }
}
