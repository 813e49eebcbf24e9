//! Every setting of a model and of its training, as one flat object.

mod access;
mod check;
pub(crate) mod feature_source;
mod kinds;
mod padding;
mod preset;
mod task;

use serde::{Deserialize, Serialize};

pub(crate) use access::shorten;

pub use padding::Padding;
pub use preset::PRESETS;
pub use task::{Metric, Task};

pub use crate::ops::activation::Activation;
pub use crate::ops::embedding::Combine;
pub use crate::ops::regression_loss::RegressionLoss;
pub use crate::words::Word;
pub use feature_source::FeatureSource;
pub use kinds::{
    Assignment, ClusterBase, ClusterRounding, Conv, EarlyStopping, FinalAdjacency, FinalLayer, Initialization,
    JumpingKnowledge, LearningRateSchedule, LinkLoss, LinkNormalizer, LossScope, NormPosition, Normalization,
    Optimizer, OutOfVocabulary, PaddedRows, Readout, ReadoutLevels, Relations,
};

/// Largest number of columns, clusters or graphs that a configuration may ask for.
///
/// Products of a few such numbers stay far from overflow, and no model that fits into memory comes near it.
pub const MAX_SIZE: usize = 1_000_000;

/// The settings of a model and of its training. The keys of its JSON object are the names of the fields.
///
/// A value is made from a [`preset`](Self::preset) and changed by [`set`](Self::set), which refuses what no model could
/// use. Fields may also be written directly; [`check`](Self::check) looks at everything again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The preset that the configuration was made from.
    pub preset: String,

    /// Node features, separated by commas, side by side in the order given: `attributes` (the features given with each
    /// graph), `labels` (one-hot), `categories` (integers, through learned tables), `constant:W` (W columns of ones),
    /// `degree`, `one_hot_degree:D` (columns for degrees 0 to D, the last also for larger ones), `clustering` (local
    /// clustering coefficient). `auto` stands for attributes, labels and categories where the data has any, else
    /// degree.
    pub features: String,
    /// Shift and scale every attribute column to mean 0 and deviation 1 over the nodes of the training graphs.
    pub standardize_attributes: bool,
    /// Columns of the learned tables that categories are looked up in.
    pub embedding_width: usize,
    /// How the rows that the categories of a node name become its features: their sum, or side by side.
    pub embedding_combine: Combine,
    /// Rows of every table, one table a column of categories. An empty list is the largest value of the training graphs
    /// and one more, and another one where a row is reserved.
    pub embedding_sizes: Vec<usize>,
    /// What becomes of a category that has no row: it is refused, or takes the last row of its table.
    pub out_of_vocabulary: OutOfVocabulary,

    /// What the kinds of edges are. Every convolution has weights for each, and a pooling pools each by itself.
    pub relations: Relations,

    /// One number a pooling level. From 1 up: that many clusters. Below 1: that share of the nodes; for the first level
    /// of the nodes counted by `cluster_base`, later of the clusters of the level before. An empty list is a flat model
    /// that pools once, by the readout.
    pub clusters: Vec<f64>,
    /// Which node count of the training graphs a share of the first level refers to.
    pub cluster_base: ClusterBase,
    /// How shares become whole numbers.
    pub cluster_rounding: ClusterRounding,

    /// Where the assignment of nodes to clusters comes from. All keys that begin with `assign_` are for a learned one,
    /// and `temperature` for all but `graclus`.
    pub assignment: Assignment,
    /// Whether evaluation and prediction give every node to its largest cluster alone, the first of equal ones. Link
    /// and entropy loss are then those of this assignment. Training is not changed.
    pub hard_assignment: bool,
    /// The adjacency that the convolutions of the last level see.
    pub final_adjacency: FinalAdjacency,

    /// Convolution of the embedding stacks. `sage`: mean of the neighbours, `sage_max`: the largest of them element by
    /// element, `graph_conv`: their weighted sum, each beside a weight for the node itself. `gcn`: symmetric
    /// normalisation with self-loops, `gcn_self`: self-loops alone, `gcn_mean`: row mean, `gcn_raw`: the adjacency as
    /// it is. `gin`: sum and node through an MLP, `gat`: attention, `structure2vec`: the same weights several times.
    pub embed_conv: Conv,
    /// Convolution of the assignment stacks, of the same choice.
    pub assign_conv: Conv,
    /// Whether `sage`, `sage_max` and `graph_conv` have a weight for the node itself.
    pub root_weight: bool,
    /// `eps` of `gin`: the node itself counts `1 + eps` times.
    pub gin_epsilon: f64,
    /// Whether `eps` is learned, from `gin_epsilon`.
    pub gin_learn_epsilon: bool,
    /// Heads of `gat`. Hidden convolutions share their columns among them; the last of a stack takes the mean of heads
    /// of its own width.
    pub gat_heads: usize,
    /// Iterations of `structure2vec` within every convolution.
    pub s2v_iterations: usize,
    /// Convolutions of every embedding stack that is followed by a pooling, and of the only one of a flat model.
    pub embed_layers: usize,
    /// Convolutions of every assignment stack.
    pub assign_layers: usize,
    /// Convolutions of the embedding stack after the last pooling.
    pub final_layers: usize,
    /// Columns of the hidden convolutions of an embedding stack.
    pub embed_hidden: usize,
    /// Columns of the last convolution of an embedding stack, and of its final layer if it has one.
    pub embed_output: usize,
    /// Columns of the hidden convolutions of an assignment stack, which ends in as many columns as there are clusters.
    pub assign_hidden: usize,
    /// Which convolutions make up the output of a stack. With `max` the last convolution is as wide as the hidden ones.
    pub jumping_knowledge: JumpingKnowledge,
    /// What follows the convolutions of an embedding stack.
    pub embed_final: FinalLayer,
    /// What follows the convolutions of an assignment stack. `none` needs `jumping_knowledge` to be `last`, since the
    /// output must have one column a cluster.
    pub assign_final: FinalLayer,
    /// Activation after convolutions, and in the head.
    pub activation: Activation,
    /// Normalisation of what a convolution gives.
    pub normalization: Normalization,
    /// Whether the normalisation stands before or after the activation.
    pub norm_position: NormPosition,
    /// Whether a normalisation has a learned scale and shift.
    pub norm_affine: bool,
    /// Whether activation and normalisation also follow the last convolution of a stack.
    pub activate_last: bool,
    /// Scale every row of a convolution's output to length 1, before the activation.
    pub l2_normalize: bool,
    /// Probability that a value after a convolution is zeroed in training.
    pub dropout: f64,
    /// Divides the logits of the cluster assignment: smaller is harder.
    pub temperature: f64,
    /// Share of a batch's statistics in the update of the running ones.
    pub batch_norm_momentum: f64,
    /// Added to a variance before its root is taken, by batch norm and layer norm.
    pub batch_norm_epsilon: f64,
    /// Nodes that graphs count as at the first level where another implementation pads them: `none`, `batch` (those of
    /// the largest graph of the batch) or a number. The rows that are missing are rows of zeros to the statistics of
    /// batch norm and to the largest values of a readout (with a number only), and count in the means of `loss_scope`
    /// `batch`. For presets that reproduce such implementations.
    pub padding: String,
    /// What these rows are to the batch norms: `zeros`, or `nodes` without edges and with features 0, which is only
    /// for training without dropout.
    pub padded_rows: PaddedRows,

    /// How the nodes of a level become one row.
    pub readout: Readout,
    /// Which levels are read out; the rows of several are put side by side.
    pub readout_levels: ReadoutLevels,
    /// How often the readout `set2set` looks at the nodes.
    pub set2set_steps: usize,
    /// Nodes of a level that the readout `sort_pool` keeps.
    pub sort_pool_nodes: usize,
    /// Columns of the hidden layers between the readout and the logits.
    pub head_hidden: Vec<usize>,
    /// Probability that a value after a hidden layer of the head is zeroed in training.
    pub head_dropout: f64,

    /// What a model predicts.
    pub task: Task,
    /// The loss of a regression.
    pub regression_loss: RegressionLoss,
    /// Size of a difference from which on the Huber loss is no longer a square.
    pub huber_delta: f64,
    /// Which metric of the task the history records.
    pub metric: Metric,

    /// Weight of the link loss of every level.
    pub link_weight: f64,
    /// Form of the link loss. `cross_entropy` is computed at the first level only: later ones have no edges that are or
    /// are not there.
    pub link_loss: LinkLoss,
    /// In the cross-entropy form, nodes are linked by up to this many steps through shared clusters.
    pub adj_hop: usize,
    /// What the link loss of a graph is divided by in the Frobenius form. (The other is a mean over pairs of nodes.)
    pub link_normalizer: LinkNormalizer,
    /// What the link and entropy losses of a batch are means over.
    pub loss_scope: LossScope,
    /// Weight of the assignment's entropy at every level.
    pub entropy_weight: f64,
    /// Weight of each class in the loss of a multiclass task; an empty list is 1 each.
    pub class_weights: Vec<f64>,
    /// Share of every target that training spreads evenly over the classes, labels and words that it could be.
    pub label_smoothing: f64,

    /// How parameters are drawn.
    pub initialization: Initialization,
    /// How those of linear layers outside convolutions are drawn: at the end of stacks and in the head.
    pub linear_initialization: Initialization,
    /// The optimiser.
    pub optimizer: Optimizer,
    /// Step size: the largest one of a schedule.
    pub learning_rate: f64,
    /// How the step size changes from epoch to epoch. [`crate::train::Progress`] has the formulas.
    pub learning_rate_schedule: LearningRateSchedule,
    /// First epochs, in which the step size rises to `learning_rate` by equal amounts; the schedule begins after them.
    pub warmup_epochs: usize,
    /// Epochs between two steps of the schedule `step`.
    pub step_epochs: usize,
    /// What each of them multiplies the step size with.
    pub step_factor: f64,
    /// Share of the step size that the schedule `cosine` ends at.
    pub cosine_min: f64,
    /// Epochs in a row without improvement that the schedule `plateau` lets pass; after one more the step size falls.
    pub plateau_patience: usize,
    /// What the step size is multiplied with then.
    pub plateau_factor: f64,
    /// Step size below which the schedule `plateau` does not go.
    pub plateau_min_rate: f64,
    /// Decay of the mean of gradients.
    pub beta1: f64,
    /// Decay of the mean of squared gradients.
    pub beta2: f64,
    /// Added to the root of the mean of squared gradients.
    pub epsilon: f64,
    /// Weight decay: added to the gradient by `adam`, taken off the parameter by `adamw`.
    pub weight_decay: f64,
    /// Largest norm of the gradient of all parameters together; 0 is no limit.
    pub clip_norm: f64,
    /// Graphs a batch.
    pub batch_size: usize,
    /// Batches a step: their gradients count as that of one larger batch, but for the statistics of batch norms.
    pub accumulate_batches: usize,
    /// Passes over the training graphs.
    pub epochs: usize,
    /// Whether every epoch takes the graphs in another order.
    pub shuffle: bool,
    /// Pieces of a batch that may be worked on at the same time. The result depends on it, but not on `threads`.
    pub chunks: usize,
    /// Epochs without improvement on the validation graphs after which training stops; 0 is never.
    pub patience: usize,
    /// What counts as improvement on the validation graphs.
    pub early_stopping: EarlyStopping,
    /// An improvement counts for `patience` and for the schedule `plateau` only where it is larger than this.
    pub min_delta: f64,
    /// Whether training ends with the weights that were best on the validation graphs.
    pub restore_best: bool,
    /// Share that the moving average of the weights keeps of itself at every step; 0 is no average. With one,
    /// validation and the finished model are of the averaged weights and running statistics.
    pub ema_decay: f64,
    /// Where all random numbers come from.
    pub seed: u64,
    /// Threads of training; 0 is one a core.
    pub threads: usize,
    /// Epochs between two checkpoints; 0 is none.
    pub checkpoint_every: usize,
    /// Whether training and evaluation look at the clusters: how many are in use, how sharp they are, what edges they
    /// hold. No other number depends on it.
    pub diagnostics: bool,
}
