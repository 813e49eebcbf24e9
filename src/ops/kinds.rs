//! The variants of operations that a configuration chooses by name.

use serde::{Deserialize, Serialize};

/// An element-wise activation function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// `max(x, 0)`.
    Relu,
    /// `x` where positive, else `0.01 x`.
    LeakyRelu,
    /// `x` where positive, else `exp(x) - 1`.
    Elu,
    /// `x P(N <= x)` with `N` standard normal, by the error function and not by its tanh approximation.
    Gelu,
    /// `x sigmoid(x)`.
    Silu,
    /// Hyperbolic tangent.
    Tanh,
    /// `1 / (1 + exp(-x))`.
    Sigmoid,
    /// `x`.
    Identity,
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

/// How the embeddings of a node's categories become one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Combine {
    /// Their sum.
    Sum,
    /// Side by side.
    Concat,
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

/// What a regression makes of the difference `d` between a prediction and its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegressionLoss {
    /// `d^2`.
    Mse,
    /// `|d|`.
    Mae,
    /// `d^2 / 2` up to a size `delta` of `d`, beyond it `delta (|d| - delta / 2)`.
    Huber,
}
