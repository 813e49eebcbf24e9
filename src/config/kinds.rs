//! The variants that a configuration chooses by name.

use crate::words::words;

words! {
    /// A convolution. [`crate::layers::conv`] has the formulas.
    pub enum Conv {
        /// The mean of the neighbours, beside a weight for the node itself.
        Sage = "sage",
        /// The largest of the neighbours element by element, beside a weight for the node itself.
        SageMax = "sage_max",
        /// The weighted sum of the neighbours, beside a weight for the node itself.
        GraphConv = "graph_conv",
        /// Neighbours and node by one weight, with self-loops and symmetric normalisation.
        Gcn = "gcn",
        /// Neighbours and node by one weight, with self-loops.
        GcnSelf = "gcn_self",
        /// The mean of the neighbours, by one weight.
        GcnMean = "gcn_mean",
        /// The weighted sum of the neighbours, by one weight.
        GcnRaw = "gcn_raw",
        /// The sum of the neighbours and the node, through an MLP.
        Gin = "gin",
        /// The sum of the rectified sums of every neighbour and what its edge has, and the node, through an MLP.
        Gine = "gine",
        /// The neighbours and the node, weighted by attention; edges of weights that are not above 0 do not count.
        Gat = "gat",
        /// The same weights several times, each time with the sum of the neighbours.
        Structure2vec = "structure2vec",
    }
}

words! {
    /// How the rows of a graph become one row.
    pub enum Readout {
        /// The largest value of each column.
        Max = "max",
        /// The mean of each column.
        Mean = "mean",
        /// The sum of each column.
        Sum = "sum",
        /// The mean of the rows, weighted by the softmax of a learned linear score (Li et al., 2016).
        Attention = "attention",
        /// An LSTM that looks at all rows several times (Vinyals et al., 2016); twice as many columns.
        Set2set = "set2set",
        /// The first rows in the order of their last column, side by side (Zhang et al., 2018).
        SortPool = "sort_pool",
    }
}

words! {
    /// What the link loss `||A - S S^T||_F` of one graph is divided by.
    pub enum LinkNormalizer {
        /// 1.
        None = "none",
        /// The number of nodes.
        Nodes = "nodes",
        /// The number of pairs of nodes, which is the number of entries of the dense `A`.
        NodesSquared = "nodes_squared",
        /// The number of stored entries of `A`.
        Edges = "edges",
        /// The Frobenius norm of the adjacency, 1 without edges: the distance relative to what there is to explain, the
        /// same for graphs of all sizes.
        Adjacency = "adjacency",
    }
}

words! {
    /// Which convolutions of a stack make up its output.
    pub enum JumpingKnowledge {
        /// All, side by side.
        Concat = "concat",
        /// The last.
        Last = "last",
        /// The largest value of each column over all of them; every convolution then has as many columns.
        Max = "max",
    }
}

words! {
    /// Normalisation of what a convolution gives.
    pub enum Normalization {
        /// Batch norm over the nodes of the batch.
        Batch = "batch",
        /// Layer norm: every node by itself.
        Layer = "layer",
        /// Nothing.
        None = "none",
    }
}

words! {
    /// Where a normalisation stands.
    pub enum NormPosition {
        /// After the activation.
        Post = "post",
        /// Before the activation.
        Pre = "pre",
    }
}

words! {
    /// The form of the link loss.
    pub enum LinkLoss {
        /// `||A - S S^T||_F`, at every level.
        Frobenius = "frobenius",
        /// The mean over pairs of nodes of the cross-entropy of an edge, given the overlap of their clusters. At the
        /// first level only: later ones have no edges that are or are not there. It takes time, not memory, by the
        /// square of the nodes.
        CrossEntropy = "cross_entropy",
    }
}

words! {
    /// What the rows that padding adds are to the first level.
    pub enum PaddedRows {
        /// Rows of zeros after every convolution, as in implementations that mask them.
        Zeros = "zeros",
        /// Nodes without edges and with features 0, as in implementations that mask only what leaves the stacks; only
        /// for training without dropout.
        Nodes = "nodes",
    }
}

words! {
    /// What the link and entropy losses of a batch are means over.
    pub enum LossScope {
        /// Graphs: each weighs the same, and a batch gives what its graphs give one by one.
        Graph = "graph",
        /// The pairs of nodes (link loss) and the nodes (entropy loss) of the whole batch, as in padded
        /// implementations.
        Batch = "batch",
    }
}

words! {
    /// Where the assignment of nodes to clusters comes from.
    pub enum Assignment {
        /// A stack of convolutions.
        Learned = "learned",
        /// The softmax of standard normal numbers that belong to the seed, the level, and the number of the node within
        /// its graph (Mesquita et al., 2020). Other numbers of the nodes give another assignment.
        Random = "random",
        /// A clustering of each graph by its edges alone, in the manner of Graclus (Dhillon et al., 2007).
        Graclus = "graclus",
    }
}

words! {
    /// The adjacency of the level after the last pooling.
    pub enum FinalAdjacency {
        /// `S^T A S`.
        Pooled = "pooled",
        /// All ones: every cluster is joined to every cluster, itself included. It has no relations.
        Full = "full",
    }
}

words! {
    /// What a level sees of the edges that were pooled into it.
    pub enum PooledAdjacency {
        /// `S^T A S`.
        Plain = "plain",
        /// `S^T A S` without its diagonal, the edges from a cluster to itself, and with every entry divided by the
        /// roots of the degrees of both clusters; a relation at a time.
        Normalized = "normalized",
    }
}

words! {
    /// What follows the convolutions of a stack.
    pub enum FinalLayer {
        /// Nothing.
        None = "none",
        /// A linear layer with bias.
        Linear = "linear",
        /// A linear layer with bias, then the activation.
        LinearActivation = "linear_activation",
    }
}

words! {
    /// What becomes of edges from a node to itself.
    pub enum SelfLoops {
        /// They are edges like others.
        Keep = "keep",
        /// They are not there, whatever brings them: in training, in evaluation and in predictions.
        Drop = "drop",
    }
}

words! {
    /// What becomes of a node label or a relation that no training graph has, and of a category that has no row in its
    /// table.
    pub enum OutOfVocabulary {
        /// The graph is refused.
        Refuse = "refuse",
        /// It counts nothing: a label or category is a row of zeros, and an edge is in no relation.
        Ignore = "ignore",
        /// It takes a row that training has prepared. A category takes the last row of its table, which is kept for
        /// that: a table of 21 rows cuts values off at 20, and those beyond train the row; where no training graph has
        /// such a value, two of a hundred other values train it, drawn anew at every step. A label takes the mean of
        /// the labels of the training nodes, an edge the relation that most training edges have.
        Reserve = "reserve",
    }
}

words! {
    /// Which node count of the training graphs a share of clusters refers to.
    pub enum ClusterBase {
        /// The node count of the largest graph.
        Max = "max",
        /// The mean.
        Mean = "mean",
    }
}

words! {
    /// What the kinds of edges are.
    pub enum Relations {
        /// All edges are of one kind.
        None = "none",
        /// Every edge label that occurs in the data set is a kind.
        EdgeLabels = "edge_labels",
    }
}

words! {
    /// What of the edges the convolutions read besides their weights.
    pub enum EdgeFeatures {
        /// Nothing.
        None = "none",
        /// What edges have: their attributes, as categories where those of the training graphs are few whole numbers,
        /// and their labels.
        Auto = "auto",
        /// The attributes of every edge, as numbers.
        Attributes = "attributes",
        /// The attributes of every edge, each a category: every convolution learns a row for each value that the
        /// training graphs have, and the rows of an edge are added.
        Categories = "categories",
        /// The label of every edge; every convolution learns a row for each that the training graphs have.
        Labels = "labels",
        /// Attributes as numbers, and labels; what they contribute is added.
        AttributesLabels = "attributes,labels",
        /// Attributes as categories, and labels.
        CategoriesLabels = "categories,labels",
    }
}

impl EdgeFeatures {
    /// Whether attributes are read in any case.
    pub fn attributes(self) -> bool {
        matches!(self, Self::Attributes | Self::AttributesLabels) || self.categories()
    }

    /// Whether attributes are categories.
    pub fn categories(self) -> bool {
        matches!(self, Self::Categories | Self::CategoriesLabels)
    }

    /// Whether labels are read in any case.
    pub fn labels(self) -> bool {
        matches!(self, Self::Labels | Self::AttributesLabels | Self::CategoriesLabels)
    }
}

impl Conv {
    /// Whether the convolution reads the features of edges.
    pub fn reads_edges(self) -> bool {
        matches!(self, Self::Sage | Self::GraphConv | Self::Gine | Self::Gat)
    }
}

words! {
    /// How a share of the nodes becomes a number of clusters.
    pub enum ClusterRounding {
        /// The next larger whole number.
        Up = "up",
        /// The next smaller whole number, but at least 1.
        Down = "down",
    }
}

words! {
    /// Which levels are read out.
    pub enum ReadoutLevels {
        /// The embedding of every level.
        All = "all",
        /// The embedding of the level after the last pooling.
        Last = "last",
        /// The pooled features that enter every level after the first, and the embedding of the last.
        Pooled = "pooled",
    }
}

words! {
    /// How parameters are drawn.
    pub enum Initialization {
        /// Weights uniform in `+-gain sqrt(6 / (fan_in + fan_out))` with the activation's gain, biases 0.
        XavierUniform = "xavier_uniform",
        /// Weights and biases uniform in `+-1 / sqrt(fan_in)`, as a linear layer of PyTorch starts.
        FanInUniform = "fan_in_uniform",
    }
}

words! {
    /// The optimiser.
    pub enum Optimizer {
        /// Adam; weight decay is part of the gradient.
        Adam = "adam",
        /// Adam with weight decay apart from the gradient.
        Adamw = "adamw",
    }
}

words! {
    /// How the step size changes from epoch to epoch.
    pub enum LearningRateSchedule {
        /// Not at all.
        Constant = "constant",
        /// The step size falls by the factor `step_factor` every `step_epochs` epochs.
        Step = "step",
        /// The step size falls along half a wave, down to the last epoch.
        Cosine = "cosine",
        /// The step size falls by the factor `plateau_factor` where the validation graphs see no improvement.
        Plateau = "plateau",
    }
}

words! {
    /// What early stopping watches on the validation graphs.
    pub enum EarlyStopping {
        /// The loss: lower is better.
        Loss = "loss",
        /// The accuracy: higher is better.
        Accuracy = "accuracy",
        /// The metric that the history records: higher is better, but for errors of a regression.
        Metric = "metric",
    }
}
