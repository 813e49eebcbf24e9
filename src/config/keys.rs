//! The table of keys. A new key is a row here: everything that lists keys is made from it.

use super::key::{Bounds, Key, KeyValue, Scope, keys};
use super::kinds::{
    Assignment, ClusterBase, ClusterRounding, Conv, EarlyStopping, EdgeFeatures, FinalAdjacency, FinalLayer,
    Initialization, JumpingKnowledge, LearningRateSchedule, LinkLoss, LinkNormalizer, LossScope, NormPosition,
    Normalization, Optimizer, OutOfVocabulary, PaddedRows, PooledAdjacency, Readout, ReadoutLevels, Relations,
    SelfLoops,
};
use super::limits::{
    CHUNKS, CLUSTERS, EPOCHS, EPOCHS_OR_NONE, LAYERS, NOT_NEGATIVE, NUMBER, PART, POSITIVE, POSITIVE_PART,
    POSITIVE_SHARE, SHARE, SIZE, THREADS,
};
use super::per_level::PerLevel;
use super::task::{Metric, Task};
use crate::ops::activation::Activation;
use crate::ops::embedding::Combine;
use crate::ops::regression_loss::RegressionLoss;

keys! {
    /// The settings of a model and of its training. The keys of its JSON object are the names of the fields.
    ///
    /// A value is made from a [`preset`](Self::preset) and changed by [`set`](Self::set), which refuses what no model
    /// could use. Fields may also be written directly; [`check`](Self::check) looks at everything again.
    pub struct Config;

    /// The preset that the configuration was made from; it cannot be set.
    preset: String = "default".to_string(), Training;

    /// Node features, separated by commas, side by side in the order given: `attributes` (the features given with each
    /// graph), `labels` (one-hot), `categories` (integers, through learned tables), `constant:W` (W columns of ones),
    /// `degree`, `one_hot_degree:D` (columns for degrees 0 to D, the last also for larger ones), `clustering` (local
    /// clustering coefficient), `laplacian:K` (eigenvectors of the K smallest eigenvalues of the normalised Laplacian
    /// after the first one, with random signs in training), `random_walk:K` (probabilities of being back after 1 to K
    /// steps of a random walk). The last three are for undirected graphs and do not look at weights; K is from 1 to 64.
    /// `auto` stands for attributes, labels and categories where the data has any, else degree; it can be one of a
    /// list, as in `auto,laplacian:8`.
    features: String = "auto".to_string(), Settled;
    /// Shift and scale every attribute column to mean 0 and deviation 1 over the nodes of the training graphs.
    standardize_attributes: bool = false, Network;
    /// Columns of the learned tables that categories are looked up in.
    embedding_width: usize = 64, Network, SIZE;
    /// How the rows that the categories of a node name become its features.
    embedding_combine: Combine = Combine::Sum, Network;
    /// Rows of every table, one table a column of categories. An empty list is the largest value of the training graphs
    /// and one more, and another one where `out_of_vocabulary` is `reserve`.
    embedding_sizes: Vec<usize> = Vec::new(), Settled, SIZE;
    /// What becomes of a node label or relation that no training graph has, and of a category that has no row.
    out_of_vocabulary: OutOfVocabulary = OutOfVocabulary::Refuse, Network;

    /// What the kinds of edges are. Every convolution has weights for each, and a pooling pools each by itself.
    relations: Relations = Relations::None, Network;
    /// What becomes of edges from a node to itself, in training and in prediction alike. PyTorch Geometric's reader of
    /// data sets in TU format drops them.
    self_loops: SelfLoops = SelfLoops::Keep, Network;

    /// What of the edges the convolutions read besides their weights: `sage`, `graph_conv`, `gine` and `gat` can. At
    /// pooled levels the features are pooled as the edges are. They are for edges of one relation.
    edge_features: EdgeFeatures = EdgeFeatures::None, Settled;

    /// One number a pooling level, for at most 64 levels. From 1 up: that many clusters. Below 1: that share of the
    /// nodes; for the first level of the nodes counted by `cluster_base`, later of the clusters of the level before. An
    /// empty list is a flat model that pools once, by the readout.
    clusters: Vec<f64> = vec![0.25, 0.25], Settled, CLUSTERS;
    /// Which node count of the training graphs a share of the first level refers to.
    cluster_base: ClusterBase = ClusterBase::Mean, Training;
    /// How shares become whole numbers.
    cluster_rounding: ClusterRounding = ClusterRounding::Up, Training;

    /// Where the assignment of nodes to clusters comes from. All keys that begin with `assign_` are for a learned one,
    /// and `temperature` for all but `graclus`.
    assignment: Assignment = Assignment::Learned, Network;
    /// Whether evaluation and prediction give every node to its largest cluster alone, the first of equal ones. Link
    /// and entropy loss are then those of this assignment. Training is not changed.
    hard_assignment: bool = false, Training;
    /// What every level after the first sees of the edges between its clusters, in convolutions and in losses.
    pooled_adjacency: PooledAdjacency = PooledAdjacency::Plain, Network;
    /// The adjacency that the convolutions of the last level see.
    final_adjacency: FinalAdjacency = FinalAdjacency::Pooled, Network;

    /// Convolution of the embedding stacks; docs/model.md has the formulas.
    embed_conv: Conv = Conv::Sage, Network;
    /// Convolution of the assignment stacks, of the same choice.
    assign_conv: Conv = Conv::Sage, Network;
    /// Whether `sage`, `sage_max` and `graph_conv` have a weight for the node itself.
    root_weight: bool = true, Network;
    /// `eps` of `gin` and `gine`: the node itself counts `1 + eps` times.
    gin_epsilon: f64 = 0.0, Network, NUMBER;
    /// Whether `eps` is learned, from `gin_epsilon`.
    gin_learn_epsilon: bool = false, Network;
    /// Heads of `gat`. Hidden convolutions share their columns among them; the last of a stack takes the mean of heads
    /// of its own width.
    gat_heads: usize = 1, Network, LAYERS;
    /// Iterations of `structure2vec` within every convolution.
    s2v_iterations: usize = 3, Network, LAYERS;
    /// Whether every graph has a virtual node at the first level, which all its nodes are joined to at every
    /// convolution, in either stack by itself.
    virtual_node: bool = false, Network;
    /// Convolutions of every embedding stack that is followed by a pooling, and of the only one of a flat model.
    embed_layers: usize = 3, Network, LAYERS;
    /// Convolutions of every assignment stack.
    assign_layers: usize = 3, Network, LAYERS;
    /// Convolutions of the embedding stack after the last pooling.
    final_layers: usize = 3, Network, LAYERS;
    /// Columns of the hidden convolutions of an embedding stack.
    embed_hidden: usize = 64, Network, SIZE;
    /// Columns of the last convolution of an embedding stack, and of its final layer if it has one.
    embed_output: usize = 64, Network, SIZE;
    /// Columns of the hidden convolutions of an assignment stack, which ends in as many columns as there are clusters.
    assign_hidden: usize = 64, Network, SIZE;
    /// Which convolutions make up the output of a stack. With `max` the last convolution is as wide as the hidden ones.
    jumping_knowledge: JumpingKnowledge = JumpingKnowledge::Concat, Network;
    /// What follows the convolutions of an embedding stack.
    embed_final: FinalLayer = FinalLayer::None, Network;
    /// What follows the convolutions of an assignment stack. `none` needs `jumping_knowledge` to be `last`, since the
    /// output must have one column a cluster.
    assign_final: FinalLayer = FinalLayer::Linear, Network;
    /// Activation after convolutions, and in the head.
    activation: Activation = Activation::Relu, Network;
    /// Normalisation of what a convolution gives.
    normalization: Normalization = Normalization::Batch, Network;
    /// Whether the normalisation stands before or after the activation.
    norm_position: NormPosition = NormPosition::Post, Network;
    /// Whether a normalisation has a learned scale and shift.
    norm_affine: bool = true, Network;
    /// Whether activation and normalisation also follow the last convolution of a stack.
    activate_last: bool = true, Network;
    /// Scale every row of a convolution's output to length 1, before the activation.
    l2_normalize: bool = false, Network;
    /// Probability that a value after a convolution is zeroed in training.
    dropout: f64 = 0.0, Training, SHARE;
    /// Divides the logits of the cluster assignment: smaller is harder.
    temperature: f64 = 1.0, Training, POSITIVE;
    /// What training begins with in place of `temperature`, where `temperature_epochs` is above 0.
    temperature_start: f64 = 1.0, Training, POSITIVE;
    /// First epochs of training, over which the temperature goes from `temperature_start` to `temperature` by equal
    /// steps; 0 is none. Whatever is not training has `temperature`, the validation graphs after every epoch too.
    temperature_epochs: usize = 0, Training, EPOCHS_OR_NONE;
    /// Share of a batch's statistics in the update of the running ones.
    batch_norm_momentum: f64 = 0.1, Training, POSITIVE_PART;
    /// Added to a variance before its root is taken, by batch norm and layer norm.
    batch_norm_epsilon: f64 = 1e-5, Training, POSITIVE;
    /// Nodes that graphs count as at the first level where another implementation pads them: `none`, `batch` (those of
    /// the largest graph of the batch) or a number, as a string. The rows that are missing are rows of zeros to the
    /// statistics of batch norm and to the largest values of a readout (with a number only), and count in the means of
    /// `loss_scope` `batch`. For presets that reproduce such implementations.
    padding: String = "none".to_string(), Network;
    /// What the rows that `padding` adds are to the batch norms.
    padded_rows: PaddedRows = PaddedRows::Zeros, Network;

    /// How the nodes of a level become one row.
    readout: Readout = Readout::Max, Network;
    /// Which levels are read out; the rows of several are put side by side.
    readout_levels: ReadoutLevels = ReadoutLevels::All, Network;
    /// How often the readout `set2set` looks at the nodes.
    set2set_steps: usize = 3, Network, LAYERS;
    /// Nodes of a level that the readout `sort_pool` keeps; where a graph has fewer, zeros follow.
    sort_pool_nodes: usize = 10, Network, SIZE;
    /// Columns of the hidden layers between the readout and the logits, at most 64 layers.
    head_hidden: Vec<usize> = vec![50], Network, SIZE;
    /// Probability that a value after a hidden layer of the head is zeroed in training.
    head_dropout: f64 = 0.0, Training, SHARE;

    /// What a model predicts.
    task: Task = Task::Multiclass, Network;
    /// The loss of a regression.
    regression_loss: RegressionLoss = RegressionLoss::Mse, Training;
    /// Size of a difference from which on the Huber loss is no longer a square.
    huber_delta: f64 = 1.0, Training, POSITIVE;
    /// Which metric the history records; the task must have it.
    metric: Metric = Metric::Auto, Training;

    /// Weight of the link loss of every level. docs/model.md has the formulas of all losses of the assignment, and what
    /// each of them weighs.
    link_weight: PerLevel = PerLevel::All(1.0), Training, NOT_NEGATIVE;
    /// First epochs of training, over which the weight of the link loss rises from 0 by equal steps; 0 is none. The
    /// losses of validation graphs have the weights that all of that ends with.
    link_rise_epochs: usize = 0, Training, EPOCHS_OR_NONE;
    /// Form of the link loss.
    link_loss: LinkLoss = LinkLoss::Frobenius, Training;
    /// In the cross-entropy form, nodes are linked by up to this many steps through shared clusters.
    adj_hop: usize = 1, Training, LAYERS;
    /// What the link loss of a graph is divided by in the Frobenius form. (The other is a mean over pairs of nodes.)
    link_normalizer: LinkNormalizer = LinkNormalizer::Adjacency, Training;
    /// What the link and entropy losses of a batch are means over.
    loss_scope: LossScope = LossScope::Graph, Training;
    /// Weight of the assignment's entropy.
    entropy_weight: PerLevel = PerLevel::All(0.0), Training, NOT_NEGATIVE;
    /// First epochs of training, over which the weight of the entropy rises from 0.
    entropy_rise_epochs: usize = 0, Training, EPOCHS_OR_NONE;
    /// Weight of the cut loss of MinCut pooling: minus the share of the edges that are inside clusters.
    cut_weight: PerLevel = PerLevel::All(0.0), Training, NOT_NEGATIVE;
    /// First epochs of training, over which the weight of the cut loss rises from 0.
    cut_rise_epochs: usize = 0, Training, EPOCHS_OR_NONE;
    /// Weight of the orthogonality loss of MinCut pooling, which clusters of one size that share no node have none of.
    orthogonality_weight: PerLevel = PerLevel::All(0.0), Training, NOT_NEGATIVE;
    /// First epochs of training, over which the weight of the orthogonality loss rises from 0.
    orthogonality_rise_epochs: usize = 0, Training, EPOCHS_OR_NONE;
    /// Weight of the modularity loss of DMoN: minus the modularity of the assignment.
    modularity_weight: PerLevel = PerLevel::All(5.0), Training, NOT_NEGATIVE;
    /// First epochs of training, over which the weight of the modularity loss rises from 0.
    modularity_rise_epochs: usize = 0, Training, EPOCHS_OR_NONE;
    /// Weight of the collapse regularisation of DMoN, which clusters of one size have none of.
    collapse_weight: PerLevel = PerLevel::All(1.0), Training, NOT_NEGATIVE;
    /// First epochs of training, over which the weight of the collapse loss rises from 0.
    collapse_rise_epochs: usize = 0, Training, EPOCHS_OR_NONE;
    /// Weight of the loss of Just Balance pooling, which is least where clusters are sure and of one size.
    balance_weight: PerLevel = PerLevel::All(0.0), Training, NOT_NEGATIVE;
    /// First epochs of training, over which the weight of the balance loss rises from 0.
    balance_rise_epochs: usize = 0, Training, EPOCHS_OR_NONE;
    /// Weight of each class in the loss of a multiclass task; of 0 and of 1 in that of a binary or multilabel one, once
    /// for all labels or for each label in turn. Not all of them are 0; an empty list is 1 each.
    class_weights: Vec<f64> = Vec::new(), Training, NOT_NEGATIVE;
    /// Share of every target that training spreads evenly over the classes, labels and words that it could be; not of a
    /// regression. Validation and evaluation do without.
    label_smoothing: f64 = 0.0, Training, SHARE;

    /// How parameters are drawn.
    initialization: Initialization = Initialization::XavierUniform, Training;
    /// How the parameters of linear layers outside convolutions are drawn: ends of stacks, scores of readouts, head.
    linear_initialization: Initialization = Initialization::XavierUniform, Training;
    /// The optimiser.
    optimizer: Optimizer = Optimizer::Adam, Training;
    /// Step size: the largest one of a schedule.
    learning_rate: f64 = 2e-3, Training, POSITIVE;
    /// How the step size changes from epoch to epoch; docs/training.md has the formulas.
    learning_rate_schedule: LearningRateSchedule = LearningRateSchedule::Constant, Training;
    /// First epochs, in which the step size rises to `learning_rate` by equal amounts; the schedule begins after them.
    warmup_epochs: usize = 0, Training, EPOCHS_OR_NONE;
    /// Epochs between two steps of the schedule `step`.
    step_epochs: usize = 50, Training, EPOCHS;
    /// What every step of the schedule `step` multiplies the step size with.
    step_factor: f64 = 0.5, Training, POSITIVE_PART;
    /// Share of the step size that the schedule `cosine` ends at.
    cosine_min: f64 = 0.0, Training, PART;
    /// Epochs in a row without improvement that the schedule `plateau` lets pass; after one more the step size falls.
    plateau_patience: usize = 10, Training, EPOCHS_OR_NONE;
    /// What the schedule `plateau` multiplies the step size with where it falls.
    plateau_factor: f64 = 0.5, Training, POSITIVE_SHARE;
    /// Step size below which the schedule `plateau` does not go.
    plateau_min_rate: f64 = 0.0, Training, NOT_NEGATIVE;
    /// Decay of the mean of gradients.
    beta1: f64 = 0.9, Training, SHARE;
    /// Decay of the mean of squared gradients.
    beta2: f64 = 0.999, Training, SHARE;
    /// Added to the root of the mean of squared gradients.
    epsilon: f64 = 1e-8, Training, POSITIVE;
    /// Weight decay: added to the gradient by `adam`, taken off the parameter by `adamw`.
    weight_decay: f64 = 0.0, Training, NOT_NEGATIVE;
    /// Largest norm of the gradient of all parameters together; 0 is no limit.
    clip_norm: f64 = 2.0, Training, NOT_NEGATIVE;
    /// Graphs a batch.
    batch_size: usize = 20, Training, SIZE;
    /// Batches a step: their gradients count as that of one larger batch, but for the statistics of batch norms. The
    /// last step of an epoch may have fewer.
    accumulate_batches: usize = 1, Training, SIZE;
    /// Passes over the training graphs.
    epochs: usize = 100, Run, EPOCHS;
    /// Whether every epoch takes the graphs in another order.
    shuffle: bool = true, Training;
    /// Pieces of a batch that may be worked on at the same time. The result depends on it, but not on `threads`.
    chunks: usize = 4, Training, CHUNKS;
    /// Epochs without improvement on the validation graphs after which training stops; 0 is never.
    patience: usize = 0, Training, EPOCHS_OR_NONE;
    /// What counts as improvement on the validation graphs, also for the schedule `plateau`.
    early_stopping: EarlyStopping = EarlyStopping::Loss, Training;
    /// An improvement counts for `patience` and for the schedule `plateau` only where it is larger than this; the best
    /// weights are the best ones in any case.
    min_delta: f64 = 0.0, Training, NOT_NEGATIVE;
    /// Whether training ends with the weights that were best on the validation graphs.
    restore_best: bool = true, Training;
    /// Share that the moving average of the weights keeps of itself at every step, such as 0.99; 0 is no average. With
    /// one, validation, early stopping and the finished model are of the averaged weights and running statistics.
    ema_decay: f64 = 0.0, Training, SHARE;
    /// Where all random numbers come from. Random assignments belong to it: a trained model that has them keeps it.
    seed: u64 = 0, Training;
    /// Threads of training; 0 is one a core.
    threads: usize = 0, Run, THREADS;
    /// Epochs between two checkpoints; 0 is none.
    checkpoint_every: usize = 0, Run, EPOCHS_OR_NONE;
    /// Whether training and evaluation look at the clusters: how many are in use, how sharp they are, what edges they
    /// hold. No other number depends on it.
    diagnostics: bool = true, Training;
}
