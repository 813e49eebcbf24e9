//! The variants that a configuration chooses by name.

use serde::{Deserialize, Serialize};

/// A convolution. [`crate::layers::conv`] has the formulas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Conv {
    /// The mean of the neighbours, beside a weight for the node itself.
    Sage,
    /// The largest of the neighbours element by element, beside a weight for the node itself.
    SageMax,
    /// The weighted sum of the neighbours, beside a weight for the node itself.
    GraphConv,
    /// Neighbours and node by one weight, with self-loops and symmetric normalisation.
    Gcn,
    /// Neighbours and node by one weight, with self-loops.
    GcnSelf,
    /// The mean of the neighbours, by one weight.
    GcnMean,
    /// The weighted sum of the neighbours, by one weight.
    GcnRaw,
    /// The sum of the neighbours and the node, through an MLP.
    Gin,
    /// The neighbours and the node, weighted by attention; edges of weights that are not above 0 do not count.
    Gat,
    /// The same weights several times, each time with the sum of the neighbours.
    Structure2vec,
}

impl Conv {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Sage,
        Self::SageMax,
        Self::GraphConv,
        Self::Gcn,
        Self::GcnSelf,
        Self::GcnMean,
        Self::GcnRaw,
        Self::Gin,
        Self::Gat,
        Self::Structure2vec,
    ];

    /// The name in a configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sage => "sage",
            Self::SageMax => "sage_max",
            Self::GraphConv => "graph_conv",
            Self::Gcn => "gcn",
            Self::GcnSelf => "gcn_self",
            Self::GcnMean => "gcn_mean",
            Self::GcnRaw => "gcn_raw",
            Self::Gin => "gin",
            Self::Gat => "gat",
            Self::Structure2vec => "structure2vec",
        }
    }
}

/// How the rows of a graph become one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Readout {
    /// The largest value of each column.
    Max,
    /// The mean of each column.
    Mean,
    /// The sum of each column.
    Sum,
    /// The mean of the rows, weighted by the softmax of a learned linear score (Li et al., 2016).
    Attention,
    /// An LSTM that looks at all rows several times (Vinyals et al., 2016); twice as many columns.
    Set2set,
    /// The first rows in the order of their last column, side by side (Zhang et al., 2018).
    SortPool,
}

/// What the link loss `||A - S S^T||_F` of one graph is divided by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkNormalizer {
    /// 1.
    None,
    /// The number of nodes.
    Nodes,
    /// The number of pairs of nodes, which is the number of entries of the dense `A`.
    NodesSquared,
    /// The number of stored entries of `A`.
    Edges,
}

/// Which convolutions of a stack make up its output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JumpingKnowledge {
    /// All, side by side.
    Concat,
    /// The last.
    Last,
    /// The largest value of each column over all of them; every convolution then has as many columns.
    Max,
}

/// Normalisation of what a convolution gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Normalization {
    /// Batch norm over the nodes of the batch.
    Batch,
    /// Layer norm: every node by itself.
    Layer,
    /// Nothing.
    None,
}

/// Where a normalisation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NormPosition {
    /// After the activation.
    Post,
    /// Before the activation.
    Pre,
}

/// The form of the link loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkLoss {
    /// `||A - S S^T||_F`.
    Frobenius,
    /// The mean over pairs of nodes of the cross-entropy of an edge, given the overlap of their clusters.
    CrossEntropy,
}

/// What the rows that padding adds are to the first level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaddedRows {
    /// Rows of zeros after every convolution, as in implementations that mask them.
    Zeros,
    /// Nodes without edges and with features 0, as in implementations that mask only what leaves the stacks.
    Nodes,
}

/// What the link and entropy losses of a batch are means over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LossScope {
    /// Graphs: each weighs the same, and a batch gives what its graphs give one by one.
    Graph,
    /// The pairs of nodes (link loss) and the nodes (entropy loss) of the whole batch, as in padded implementations.
    Batch,
}

/// Where the assignment of nodes to clusters comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Assignment {
    /// A stack of convolutions.
    Learned,
    /// The softmax of standard normal numbers that belong to the seed, the level, and the number of the node within its
    /// graph (Mesquita et al., 2020). Other numbers of the nodes give another assignment.
    Random,
    /// A clustering of each graph by its edges alone, in the manner of Graclus (Dhillon et al., 2007).
    Graclus,
}

/// The adjacency of the level after the last pooling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FinalAdjacency {
    /// `S^T A S`.
    Pooled,
    /// All ones: every cluster is joined to every cluster, itself included.
    Full,
}

/// What follows the convolutions of a stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FinalLayer {
    /// Nothing.
    None,
    /// A linear layer with bias.
    Linear,
    /// A linear layer with bias, then the activation.
    LinearActivation,
}

/// What becomes of a category that has no row in its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutOfVocabulary {
    /// The graph is refused.
    Refuse,
    /// It takes the last row, which is reserved for that: a table of 21 rows cuts values off at 20.
    Reserve,
}

/// Which node count of the training graphs a share of clusters refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClusterBase {
    /// That of the largest graph.
    Max,
    /// The mean.
    Mean,
}

/// What the kinds of edges are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relations {
    /// All edges are of one kind.
    None,
    /// Every edge label that occurs in the data set is a kind.
    EdgeLabels,
}

/// How a share of the nodes becomes a number of clusters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClusterRounding {
    /// The next larger whole number.
    Up,
    /// The next smaller whole number, but at least 1.
    Down,
}

/// Which levels are read out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadoutLevels {
    /// The embedding of every level.
    All,
    /// The embedding of the level after the last pooling.
    Last,
    /// The pooled features that enter every level after the first, and the embedding of the last.
    Pooled,
}

/// How parameters are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Initialization {
    /// Weights uniform in `+-gain sqrt(6 / (fan_in + fan_out))` with the activation's gain, biases 0.
    XavierUniform,
    /// Weights and biases uniform in `+-1 / sqrt(fan_in)`, as a linear layer of PyTorch starts.
    FanInUniform,
}

/// The optimiser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Optimizer {
    /// Adam; weight decay is part of the gradient.
    Adam,
    /// Adam with weight decay apart from the gradient.
    Adamw,
}

/// How the step size changes from epoch to epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LearningRateSchedule {
    /// Not at all.
    Constant,
    /// It falls by a factor every so many epochs.
    Step,
    /// It falls along half a wave.
    Cosine,
    /// It falls by a factor where the validation graphs see no improvement.
    Plateau,
}

/// What early stopping watches on the validation graphs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EarlyStopping {
    /// The loss: lower is better.
    Loss,
    /// The accuracy: higher is better.
    Accuracy,
    /// The metric that the history records: higher is better, but for errors of a regression.
    Metric,
}
