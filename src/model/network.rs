//! The network that a configuration describes, as a program of steps over one chunk of graphs.

use super::chunk::Chunk;
use super::features::{Embedding, FeatureSchema};
use super::objective::Objective;
use super::outputs::Outputs;
use crate::config::{Assignment, Config, FinalAdjacency, PaddedRows, Padding, ReadoutLevels};
use crate::config::{FinalLayer, JumpingKnowledge};
use crate::error::{Result, bail};
use crate::layers::Context;
use crate::layers::conv::ConvOptions;
use crate::layers::encoder::{Encoder, EncoderOptions};
use crate::layers::head::Head;
use crate::layers::level::{CloseBackward, Level, LevelWorkspace};
use crate::layers::losses::{LossScale, LossSums, PoolLosses};
use crate::layers::norm::NormSpec;
use crate::layers::params::Layout;
use crate::layers::pool::{Assigner, Pool};
use crate::layers::readout::{ReadoutLayer, ReadoutOptions};
use crate::layers::stack::{Product, Stack, StackOptions, Tables};
use crate::ops::gemm::gemm;
use crate::ops::runtime::buffer::matrix_mut;
use crate::ops::runtime::real::Real;

/// Largest number of parameters of a model: its gradients and moments are a few times as large.
const MAX_PARAMETERS: usize = 1 << 30;
/// Largest number of tensors: each is described in the header of a file, and takes hundreds of bytes beyond its values.
const MAX_TENSORS: usize = 100_000;

/// One tensor of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorInfo {
    /// Dotted path.
    pub name: String,
    /// One or two sizes.
    pub shape: Vec<usize>,
    /// Whether the optimiser changes it; running statistics are not trained.
    pub trained: bool,
}

/// Layers, tables of parameters and norms, and the order in which chunks go through them. Holds no numbers.
pub struct Network<T: 'static> {
    /// Makes columns of the first level's features from categories.
    pub(super) encoder: Option<Encoder>,
    pub(super) levels: Vec<Level<T>>,
    pub(super) head: Head,
    pub(super) layout: Layout,
    pub(super) norms: Vec<NormSpec>,
    pub(super) objective: Objective,
    pub(super) padding: Padding,
    pub(super) padded_rows: PaddedRows,
    /// Numbers of clusters of every level, where graphs are clustered by their edges.
    graclus: Option<Vec<usize>>,
    /// The forward pass, in segments: between two of them the batch norms of the last step need all chunks.
    forward: Vec<Vec<Step>>,
    /// The backward pass, likewise; products of a layer are asked for before its memory is used again.
    backward: Vec<Vec<Step>>,
}

/// A matrix of weights whose gradient is a product over the rows of all chunks, see [`Product`].
#[derive(Debug, Clone)]
pub(super) struct WeightProduct {
    pub level: usize,
    pub assign: bool,
    pub product: Product,
}

impl WeightProduct {
    /// The step of the backward pass after which it can be formed.
    fn step<T: Real>(&self, network: &Network<T>) -> Step {
        let Self { level, assign, product } = self;
        let own = &network.levels[*level];
        let convolutions = own.assign().filter(|_| *assign).unwrap_or(&own.embed).layers();
        match product.layer < convolutions {
            true => Step::Convolve(*level, product.layer),
            false => Step::Close(*level),
        }
    }
}

/// A piece of work on one chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// The encoder; its backward pass is part of gathering the gradients of all chunks.
    Encode,
    /// First half of a layer of a level: up to the activation.
    Convolve(usize, usize),
    /// Second half: batch norm and dropout.
    Finish(usize, usize),
    /// Readout and pooling of a level.
    Close(usize),
    /// The head.
    Head,
}

impl<T: Real> Network<T> {
    /// Builds the network of a checked configuration whose clusters are counts, for features of `schema`.
    pub fn new(config: &Config, schema: &FeatureSchema, outputs: &Outputs) -> Result<Self> {
        Self::build(config, schema, outputs, schema.embedding().is_some())
    }

    /// The same network with the same tables, whose backward pass also gives the gradient of the first level's
    /// features.
    pub fn with_input_gradient(config: &Config, schema: &FeatureSchema, outputs: &Outputs) -> Result<Self> {
        Self::build(config, schema, outputs, true)
    }

    fn build(config: &Config, schema: &FeatureSchema, outputs: &Outputs, input_gradient: bool) -> Result<Self> {
        let mut layout = Layout::default();
        let mut norms = Vec::new();
        let mut sites = 0;
        let mut levels: Vec<Level<T>> = Vec::new();
        let mut width = schema.width();
        let relations = schema.relations();
        let mut head_width = 0;
        let depth = config.clusters.len();
        for index in 0..=depth {
            let needs_dx = index > 0 || input_gradient;
            let mut tables =
                Tables { layout: &mut layout, norms: &mut norms, sites: &mut sites, level: index, needs_dx };
            let embed = embed_options(config, relations, depth > 0 && index == depth);
            let embed = Stack::new(&format!("levels.{index}.embed"), width, &embed, &mut tables)?;
            let pool = match config.clusters.get(index) {
                Some(&clusters) => Some(pool(config, index, [width, clusters as usize, relations], &mut tables)?),
                None => None,
            };
            let readout = readout_options(config, index, depth)?.map(|options| {
                let path = format!("levels.{index}.readout");
                ReadoutLayer::new(&path, embed.output_columns(), options, head_width, &mut layout)
            });
            head_width += readout.as_ref().map_or(0, ReadoutLayer::output_columns);
            let full = depth > 0 && index == depth && config.final_adjacency == FinalAdjacency::Full;
            let level = Level { embed, pool, readout, input: width, relations, full, needs_dx };
            width = level.embed.output_columns();
            levels.push(level);
            check_tensors(&layout)?;
        }
        let mut widths = vec![head_width];
        widths.extend(&config.head_hidden);
        widths.push(outputs.width());
        let head = Head::new(widths, config.activation, config.head_dropout, sites + 1, &mut layout);
        // The tables come last: a chunk has gradients of its own for all that comes before.
        let encoder = schema.embedding().map(|(embedding, column)| {
            let Embedding { sizes, width, combine, .. } = embedding;
            Encoder::new(&EncoderOptions { sizes, width: *width, combine: *combine, column }, &mut layout)
        });
        check_tensors(&layout)?;
        if layout.len() > MAX_PARAMETERS {
            bail!(InvalidConfig, "the model would have {} parameters, more than {MAX_PARAMETERS}", layout.len());
        }
        let (forward, backward) = program(&levels, encoder.is_some());
        let objective = Objective::new(config, outputs.class_names.len());
        let padding = Padding::parse(&config.padding)?;
        let counts = || config.clusters.iter().map(|&clusters| clusters as usize).collect();
        let graclus = (config.assignment == Assignment::Graclus).then(counts);
        Ok(Self {
            encoder,
            levels,
            head,
            layout,
            norms,
            objective,
            padding,
            padded_rows: config.padded_rows,
            graclus,
            forward,
            backward,
        })
    }

    /// Numbers of clusters of every level, where graphs are clustered by their edges.
    pub fn graclus(&self) -> Option<&[usize]> {
        self.graclus.as_deref()
    }

    /// Channels of all batch norms together.
    pub fn channels(&self) -> usize {
        self.norms.last().map_or(0, |norm| norm.range().end)
    }

    /// The table of parameters.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Number of parameters that come before the tables of the encoder.
    pub(super) fn dense_len(&self) -> usize {
        self.layout.len() - self.encoder.as_ref().map_or(0, Encoder::len)
    }

    /// All batch norms.
    pub fn norms(&self) -> &[NormSpec] {
        &self.norms
    }

    /// All tensors: the parameters in order, then the running statistics of every batch norm.
    pub fn tensors(&self) -> Vec<TensorInfo> {
        let parameters = self.layout.specs().iter();
        let mut all: Vec<TensorInfo> = parameters
            .map(|spec| TensorInfo { name: spec.name.clone(), shape: spec.shape.clone(), trained: true })
            .collect();
        for norm in &self.norms {
            for kind in ["running_mean", "running_var"] {
                let name = format!("{}.{kind}", norm.name);
                all.push(TensorInfo { name, shape: vec![norm.channels], trained: false });
            }
        }
        all
    }

    /// All weights whose gradients are products.
    fn products(&self) -> impl Iterator<Item = WeightProduct> {
        self.levels.iter().enumerate().flat_map(|(level, own)| {
            own.products().map(move |(assign, product)| WeightProduct { level, assign, product })
        })
    }

    /// The weights whose gradients are products, for every segment of the backward pass those that it leads to.
    pub(super) fn products_of_segments(&self) -> Vec<Vec<WeightProduct>> {
        let of = |segment: &Vec<Step>| self.products().filter(|p| segment.contains(&p.step(self))).collect();
        self.backward.iter().map(of).collect()
    }

    /// Adds the product over the rows of one chunk to `gradient`, or writes it there.
    pub(super) fn multiply(&self, of: &WeightProduct, work: &LevelWorkspace<T>, add: bool, gradient: &mut [T]) {
        let [rows, columns] = of.product.shape;
        let (a, b) = self.levels[of.level].factors(of.assign, &of.product, work);
        let beta = if add { T::one() } else { T::zero() };
        gemm(T::one(), a.reversed_axes(), b, beta, &mut matrix_mut(gradient, rows, columns));
    }

    pub(super) fn forward_segments(&self) -> &[Vec<Step>] {
        &self.forward
    }

    pub(super) fn backward_segments(&self) -> &[Vec<Step>] {
        &self.backward
    }

    /// The batch norms that need all chunks after this step.
    pub(super) fn norms_after(&self, step: Step) -> impl Iterator<Item = &NormSpec> {
        let (level, layer) = match step {
            Step::Convolve(level, layer) | Step::Finish(level, layer) => (level, layer),
            Step::Encode | Step::Close(_) | Step::Head => (0, usize::MAX),
        };
        norms_of(&self.levels[level], layer).into_iter().flatten().map(|index| &self.norms[index])
    }

    /// Runs one step of the forward pass.
    pub(super) fn run(&self, step: Step, context: &Context<'_, T>, chunk: &mut Chunk<T>) {
        match step {
            Step::Encode => {
                if let Some(encoder) = &self.encoder {
                    encoder.forward(context.parameters, &chunk.indices, &mut chunk.levels[0].x);
                }
            }
            Step::Convolve(level, layer) => {
                let work = &mut chunk.levels[level];
                self.levels[level].convolve(layer, context, &self.norms, work, &mut chunk.moments);
            }
            Step::Finish(level, layer) => {
                self.levels[level].finish(layer, context, &self.norms, &mut chunk.levels[level]);
            }
            Step::Close(level) => {
                let (before, after) = chunk.levels.split_at_mut(level + 1);
                let input = self.head.input_mut(&mut chunk.head);
                self.levels[level].close(context, &mut before[level], after.first_mut(), &mut input.view_mut());
            }
            Step::Head => {
                self.head.forward(context, &mut chunk.head);
                self.count(context, chunk);
            }
        }
    }

    /// Loss and hits of the chunk.
    fn count(&self, context: &Context<'_, T>, chunk: &mut Chunk<T>) {
        if !context.losses {
            return;
        }
        let logits = self.head.logits(&chunk.head);
        let Context { class_weights, training, .. } = *context;
        chunk.totals.class_loss = self.objective.loss(logits, &chunk.targets, class_weights, training);
        chunk.totals.class_weight = self.objective.weight(&chunk.targets, class_weights);
        (chunk.totals.correct, chunk.totals.judged) = self.objective.hits(logits, &chunk.targets);
    }

    /// Runs one step of the backward pass: what undoes `step`.
    pub(super) fn run_back(&self, step: Step, context: &Context<'_, T>, scale: BatchScale<'_>, chunk: &mut Chunk<T>) {
        match step {
            Step::Head => {
                let (logits, dlogits) = self.head.logits_gradient(&mut chunk.head);
                // Where every class of the batch weighs 0, or every target is missing, the loss is 0.
                let by = if scale.class_weight > 0.0 { T::of(1.0 / scale.class_weight) } else { T::zero() };
                let mut dlogits = dlogits.view_mut();
                self.objective.backward(by, logits, &chunk.targets, context.class_weights, &mut dlogits);
                self.head.backward(context, &mut chunk.head, &mut chunk.gradient);
            }
            Step::Close(level) => {
                let loss_scale = self.levels[level].pool.as_ref().map(|pool| pool.losses.scale(&scale.levels[level]));
                let loss_scale = loss_scale.map_or_else(LossScale::default, |of_batch| of_batch.times(scale.share));
                self.close_back(level, context, loss_scale, chunk);
            }
            _ => self.step_back(step, context, chunk),
        }
    }

    /// Runs the backward pass from one logit of every graph of the chunk, in place of that of the losses.
    pub(super) fn differentiate(&self, logit: usize, context: &Context<'_, T>, chunk: &mut Chunk<T>) {
        for &step in self.backward.iter().flatten() {
            match step {
                Step::Head => {
                    let (_, dlogits) = self.head.logits_gradient(&mut chunk.head);
                    dlogits.fill(T::zero());
                    dlogits.view_mut().column_mut(logit).fill(T::one());
                    self.head.backward(context, &mut chunk.head, &mut chunk.gradient);
                }
                Step::Close(level) => self.close_back(level, context, LossScale::default(), chunk),
                _ => self.step_back(step, context, chunk),
            }
        }
    }

    fn close_back(&self, level: usize, context: &Context<'_, T>, loss_scale: LossScale, chunk: &mut Chunk<T>) {
        let (before, after) = chunk.levels.split_at_mut(level + 1);
        let dinput = self.head.input_gradient(&chunk.head);
        let pass = CloseBackward { loss_scale, dparameters: &mut chunk.gradient };
        self.levels[level].close_back(context, &mut before[level], after.first_mut(), dinput, pass);
    }

    fn step_back(&self, step: Step, context: &Context<'_, T>, chunk: &mut Chunk<T>) {
        match step {
            Step::Finish(level, layer) => {
                let work = &mut chunk.levels[level];
                self.levels[level].finish_back(layer, context, &self.norms, work, &mut chunk.sums);
            }
            Step::Convolve(level, layer) => {
                let work = &mut chunk.levels[level];
                self.levels[level].convolve_back(layer, context, &self.norms, work, &mut chunk.gradient);
            }
            Step::Encode | Step::Close(_) | Step::Head => {}
        }
    }
}

/// Refuses more tensors than there may be. Looked at level by level, since a small file can ask for millions.
fn check_tensors(layout: &Layout) -> Result<()> {
    if layout.specs().len() > MAX_TENSORS {
        bail!(
            InvalidConfig,
            "the model would have more than {MAX_TENSORS} tensors: fewer layers or relations are needed"
        );
    }
    Ok(())
}

/// What the gradients of a batch are divided by and multiplied with.
#[derive(Debug, Clone, Copy)]
pub(super) struct BatchScale<'a> {
    /// Sum of the weights of the classes of its graphs, or number of their targets that are present. Where several
    /// batches make a step, that of all of them.
    pub class_weight: f64,
    /// Share of its graphs in those of the step.
    pub share: f64,
    /// Losses of every level.
    pub levels: &'a [LossSums],
}

fn conv_options(config: &Config, relations: usize) -> ConvOptions {
    ConvOptions {
        relations,
        activation: config.activation,
        root_weight: config.root_weight,
        gin_epsilon: config.gin_epsilon,
        gin_learn_epsilon: config.gin_learn_epsilon,
        gat_heads: config.gat_heads,
        s2v_iterations: config.s2v_iterations,
    }
}

fn embed_options(config: &Config, relations: usize, after_pooling: bool) -> StackOptions {
    StackOptions {
        conv: config.embed_conv.clone(),
        conv_options: conv_options(config, relations),
        hidden: config.embed_hidden,
        layers: if after_pooling { config.final_layers } else { config.embed_layers },
        output: config.embed_output,
        jumping_knowledge: config.jumping_knowledge,
        final_layer: config.embed_final,
        activation: config.activation,
        normalization: config.normalization,
        norm_position: config.norm_position,
        norm_affine: config.norm_affine,
        norm_epsilon: config.batch_norm_epsilon,
        activate_last: config.activate_last,
        l2_normalize: config.l2_normalize,
        dropout: config.dropout,
    }
}

/// How level `index` is read out, if it is.
fn readout_options(config: &Config, index: usize, depth: usize) -> Result<Option<ReadoutOptions>> {
    let pooled = match (config.readout_levels, index < depth) {
        (ReadoutLevels::Last, true) => return Ok(None),
        (ReadoutLevels::Pooled, true) => true,
        _ => false,
    };
    let padded_nodes = match Padding::parse(&config.padding)? {
        Padding::Nodes(nodes) if index == 0 && !pooled => nodes,
        _ => 0,
    };
    let Config { readout: kind, set2set_steps, sort_pool_nodes, .. } = *config;
    Ok(Some(ReadoutOptions { kind, set2set_steps, sort_pool_nodes, pooled, padded_nodes }))
}

fn pool<T: Real>(
    config: &Config,
    index: usize,
    [input, clusters, relations]: [usize; 3],
    tables: &mut Tables<'_>,
) -> Result<Pool<T>> {
    let options = StackOptions {
        conv: config.assign_conv.clone(),
        hidden: config.assign_hidden,
        layers: config.assign_layers,
        output: clusters,
        final_layer: config.assign_final,
        ..embed_options(config, relations, false)
    };
    debug_assert!(options.final_layer != FinalLayer::None || options.jumping_knowledge == JumpingKnowledge::Last);
    let assigner = match config.assignment {
        Assignment::Learned => {
            Assigner::Learned(Stack::new(&format!("levels.{index}.assign"), input, &options, tables)?)
        }
        Assignment::Random => Assigner::Random { seed: config.seed, level: index },
        Assignment::Graclus => Assigner::Graclus,
    };
    Ok(Pool {
        assigner,
        clusters,
        diagnostics: config.diagnostics,
        temperature: config.temperature,
        hard: config.hard_assignment,
        full: config.final_adjacency == FinalAdjacency::Full && index + 1 == config.clusters.len(),
        losses: PoolLosses {
            link_loss: config.link_loss,
            adj_hop: config.adj_hop,
            link_weight: config.link_weight,
            link_normalizer: config.link_normalizer,
            entropy_weight: config.entropy_weight,
            scope: config.loss_scope,
        },
    })
}

fn norms_of<T: Real>(level: &Level<T>, layer: usize) -> [Option<usize>; 2] {
    [level.embed.norm(layer), level.assign().and_then(|assign| assign.norm(layer))]
}

/// The steps forward and backward, cut where batch norms need all chunks.
fn program<T: Real>(levels: &[Level<T>], encoded: bool) -> (Vec<Vec<Step>>, Vec<Vec<Step>>) {
    let mut steps = Vec::new();
    if encoded {
        steps.push(Step::Encode);
    }
    for (index, level) in levels.iter().enumerate() {
        for layer in 0..level.layers() {
            steps.extend([Step::Convolve(index, layer), Step::Finish(index, layer)]);
        }
        steps.push(Step::Close(index));
    }
    steps.push(Step::Head);
    let normed = |level: usize, layer: usize| norms_of(&levels[level], layer).iter().any(Option::is_some);
    let waits = |step: Step, forward: bool| match step {
        Step::Convolve(level, layer) if forward => normed(level, layer),
        // The layer before uses the same memory, and there may be no norm in between to wait for.
        Step::Convolve(level, layer) => layer > 0 && !normed(level, layer - 1),
        Step::Finish(level, layer) => !forward && normed(level, layer),
        Step::Encode | Step::Close(_) | Step::Head => false,
    };
    let forward = steps.split_inclusive(|&step| waits(step, true)).map(<[Step]>::to_vec).collect();
    steps.reverse();
    let backward = steps.split_inclusive(|&step| waits(step, false)).map(<[Step]>::to_vec).collect();
    (forward, backward)
}
