//! The network that a configuration describes: its layers, and the tables of its parameters and batch norms.

use super::features::FeatureSchema;
use super::objective::Objective;
use super::outputs::Outputs;
use crate::config::{Assignment, Config, PaddedRows, Padding};
use crate::error::{Result, bail};
use crate::layers::encoder::Encoder;
use crate::layers::head::Head;
use crate::layers::level::Level;
use crate::layers::level_workspace::LevelWorkspace;
use crate::layers::params::{Layout, NormSpec, Tables};
use crate::layers::readout::ReadoutLayer;
use crate::layers::signs::RandomSigns;
use crate::layers::stack::WeightGradient;
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

/// Layers, and tables of parameters and norms. Holds no numbers; how chunks go through it is in `passes`.
pub struct Network<T: 'static> {
    /// Makes columns of the first level's features from categories.
    pub(super) encoder: Option<Encoder>,
    /// Gives eigenvectors among the features random signs in training.
    pub(super) signs: Option<RandomSigns>,
    pub(super) levels: Vec<Level<T>>,
    pub(super) head: Head,
    pub(super) layout: Layout,
    pub(super) norms: Vec<NormSpec>,
    pub(super) objective: Objective,
    pub(super) padding: Padding,
    pub(super) padded_rows: PaddedRows,
    /// Numbers of clusters of every level, where graphs are clustered by their edges.
    graclus: Option<Vec<usize>>,
}

/// A matrix of weights of the network whose gradient is formed over the rows of all chunks.
#[derive(Debug, Clone)]
pub(super) struct DeferredGradient {
    pub level: usize,
    /// Whether it is of the assignment's stack.
    pub assign: bool,
    pub gradient: WeightGradient,
}

impl<T: Real> Network<T> {
    /// Builds the network of a checked configuration whose clusters are counts, for features of `schema`.
    pub fn new(config: &Config, schema: &FeatureSchema, outputs: &Outputs) -> Result<Self> {
        let mut tables = Tables::default();
        let mut levels: Vec<Level<T>> = Vec::new();
        let (mut width, mut head_width) = (schema.width(), 0);
        for index in 0..=config.clusters.len() {
            let of = [width, schema.relations(), schema.edge_columns().width()];
            let level = Level::new(config, index, of, head_width, &mut tables)?;
            width = level.embed.output_columns();
            head_width += level.readout.as_ref().map_or(0, ReadoutLayer::output_columns);
            levels.push(level);
            check_tensors(&tables.layout)?;
        }
        let head = Head::new(config, head_width, outputs.width(), &mut tables);
        // The tables of the encoder come last: a chunk has gradients of its own for all that comes before.
        let layout = &mut tables.layout;
        let encoder = schema.embedding().map(|(tables, column)| Encoder::new(config, column, &tables.untaken, layout));
        let Tables { layout, norms, .. } = tables;
        check_tensors(&layout)?;
        if layout.len() > MAX_PARAMETERS {
            bail!(InvalidConfig, "the model would have {} parameters, more than {MAX_PARAMETERS}", layout.len());
        }
        let counts = || config.clusters.iter().map(|&clusters| clusters as usize).collect();
        Ok(Self {
            encoder,
            signs: schema.columns_of_any_sign().map(RandomSigns::new),
            levels,
            head,
            layout,
            norms,
            objective: Objective::new(config, outputs.class_names.len()),
            padding: Padding::parse(&config.padding)?,
            padded_rows: config.padded_rows,
            graclus: (config.assignment == Assignment::Graclus).then(counts),
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

    /// Columns of what represents a graph: the readouts, as they enter the head.
    pub fn embedding_width(&self) -> usize {
        self.head.input_width()
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

    /// All weights whose gradients are formed over the rows of all chunks.
    pub(super) fn deferred_gradients(&self) -> impl Iterator<Item = DeferredGradient> {
        self.levels.iter().enumerate().flat_map(|(level, own)| {
            own.deferred_gradients().map(move |(assign, gradient)| DeferredGradient { level, assign, gradient })
        })
    }

    /// Adds what the rows of one chunk give to a deferred gradient, or writes it.
    pub(super) fn form(&self, of: &DeferredGradient, work: &LevelWorkspace<T>, add: bool, gradient: &mut [T]) {
        let [rows, columns] = of.gradient.shape;
        let (a, b) = self.levels[of.level].factors(of.assign, &of.gradient, work);
        let beta = if add { T::one() } else { T::zero() };
        gemm(T::one(), a.reversed_axes(), b, beta, &mut matrix_mut(gradient, rows, columns));
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
