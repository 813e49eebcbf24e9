//! Named configurations to start from.

use super::keys::Config;
use super::kinds::{
    ClusterBase, ClusterRounding, Conv, EarlyStopping, EdgeFeatures, FinalLayer, Initialization, JumpingKnowledge,
    LearningRateSchedule, LinkLoss, LinkNormalizer, LossScope, NormPosition, Normalization, Optimizer, OutOfVocabulary,
    PaddedRows, PooledAdjacency, Readout, ReadoutLevels,
};
use super::task::Task;
use super::text::shorten;
use crate::error::{Result, bail};

/// The names of all presets.
pub const PRESETS: [&str; 11] = [
    "default",
    "tuned",
    "molecules",
    "paper",
    "authors",
    "pyg",
    "errica",
    "ogb-code2",
    "mincut",
    "dmon",
    "just_balance",
];

impl Config {
    /// The configuration of this name, one of [`PRESETS`].
    ///
    /// `default`: the library's own choice. Three mean-GraphSAGE layers of 64 columns a stack, each with ReLU and batch
    /// norm, concatenated; two poolings to 25 %, first of the mean node count, since large outliers would make most
    /// clusters of a usual graph useless; the largest values of every level go to a head with one hidden layer. The
    /// losses of the assignment are on scales that belong to no size of graph: the link loss relative to the adjacency
    /// and the modularity with its collapse regularisation. `docs/structure.md` has what communities they find, beside
    /// the link loss and the entropy of the paper. Adam with step size 0.002.
    ///
    /// `tuned`: the network of `default` with rows of length 1 after every convolution, trained as the results in
    /// `docs/results.md` are: AdamW with weight decay 0.05, a step size that rises to 0.003 over five epochs and falls
    /// along a cosine, 10 % of every target spread over the classes, and a patience of 20 epochs. What of it was
    /// chosen, it was by validation graphs of ENZYMES, PROTEINS and IMDB-BINARY.
    ///
    /// `molecules`: for graphs of some ten to some hundred atoms whose edges are bonds. Convolutions `gine` that read
    /// whatever the edges have, a virtual node, five of them before the pooling, as the baselines of the Open Graph
    /// Benchmark have them; sums and not rows of length 1, for molecules are told apart by counts; the mean of both
    /// levels; dropout; trained as `tuned` is. Labels and categories that training has not seen count nothing.
    ///
    /// `paper`: Ying et al., *Hierarchical Graph Representation Learning with Differentiable Pooling*, NeurIPS 2018.
    /// From its experiments: mean-GraphSAGE with l2-normalised rows, batch norm after every layer, two poolings to 25 %
    /// of the nodes before them, link and entropy losses, Adam, 3000 epochs; a pooling after every two layers and three
    /// layers after the last one. (It says that three layers follow every pooling; between the two poolings there are
    /// two here.) From the authors' code where the paper is silent: concatenated layers, shares of the largest graph's
    /// nodes, a linear layer at the end of assignment stacks, the maximum over nodes at every level, a head of 50,
    /// Xavier initialisation, batches of 20, step size 0.001, gradient norm clipped at 2, a link loss averaged over
    /// pairs of nodes. Neither settles the 64 columns.
    ///
    /// The preset `paper` differs from both in batch norm (statistics over real nodes, running ones in evaluation), and
    /// from the code in the form of the link loss (Frobenius, as printed in the paper) and in rounding shares up. The
    /// paper stops early by the validation loss and states no patience: here `patience` is 0, and the best weights are
    /// restored.
    ///
    /// `authors`: what the code of the paper's authors (RexYing/diffpool) runs with the settings of its readme: one
    /// pooling to 100 clusters, a tenth of the 1000 nodes that it pads to, `A X W + b` with l2-normalised rows, the
    /// cross-entropy link loss, Xavier initialisation. Its batch norm is made anew in every call and runs over the node
    /// index; on one graph that is a layer norm without scale and shift, which is what this preset has, so that graphs
    /// of a batch do not mix. Its largest values see the zeros of padded rows, and so do those of this preset.
    ///
    /// `pyg`: the example `proteins_diff_pool` of PyTorch Geometric: dense mean-GraphSAGE, two poolings to 38 and 10
    /// clusters (a quarter of the 150 nodes that it pads to), batch norm after every activation with the padded rows in
    /// its statistics, the mean of the last level. It computes link and entropy loss and trains without them.
    ///
    /// `errica`: the model of Errica et al., *A Fair Comparison of Graph Neural Networks for Graph Classification*,
    /// ICLR 2020 (diningphil/gnn-comparison), with the larger sizes of its grid: two poolings to a quarter of the
    /// largest graph, the largest values of the pooled features and of the last embedding, link and entropy loss over
    /// the padded batch. Its convolution is that of PyTorch Geometric 1.4.2, the version it is written for: the mean of
    /// the neighbours without the node itself.
    ///
    /// These three reproduce numbers that depend on padding, so that a batch need not give what its graphs give one
    /// by one; `docs/parity.md` has how close they come to the originals.
    ///
    /// `ogb-code2`: the DiffPool entry for ogbg-code2 of the Open Graph Benchmark; it has 10,095,826 parameters where
    /// it gives five words out of 5002. Learned rows of 256 columns for the type, the attribute and the depth of a
    /// node, the depth cut off at 20, are summed; one pooling to 32 clusters; stacks of three mean-GraphSAGE layers of
    /// which only the last counts, with batch norm before the activation; the sum over the clusters goes to the logits
    /// without a hidden layer; no link and no entropy loss; Adam with step size 0.001, batches of 64. The original pads
    /// to 1500 nodes, and the padded rows take part in its batch norms as nodes without edges, as they do here. It cuts
    /// larger trees off; here no node is lost.
    ///
    /// `mincut`, `dmon` and `just_balance`: the network and the training of `default` with other losses of the
    /// assignment, each of weight 1, and with the pooled adjacency normalised, as users of PyTorch Geometric and of
    /// Torch Geometric Pool know these poolings. `mincut`: cut and orthogonality, those of `dense_mincut_pool`. `dmon`:
    /// modularity, orthogonality and collapse, those of `DMoNPooling`, which also puts the pooled features through a
    /// SELU; that is not done here. `just_balance`: the balance alone, that of `JustBalancePooling`, whose users
    /// replace the adjacency of the first level by one that is normalised and has self-loops; that is left to them.
    pub fn preset(name: &str) -> Result<Self> {
        match name {
            "default" => Ok(Self::default()),
            "tuned" => Ok(tuned()),
            "molecules" => Ok(molecules()),
            "paper" => Ok(paper()),
            "authors" => Ok(authors()),
            "pyg" => Ok(pyg()),
            "errica" => Ok(errica()),
            "ogb-code2" => Ok(ogb_code2()),
            "mincut" => Ok(mincut()),
            "dmon" => Ok(dmon()),
            "just_balance" => Ok(just_balance()),
            _ => {
                let known = PRESETS.map(|known| format!("\"{known}\"")).join(", ");
                bail!(InvalidConfig, "preset is \"{}\", but must be one of {known}", shorten(name))
            }
        }
    }
}

fn tuned() -> Config {
    Config {
        preset: "tuned".to_string(),
        l2_normalize: true,
        label_smoothing: 0.1,
        optimizer: Optimizer::Adamw,
        learning_rate: 3e-3,
        learning_rate_schedule: LearningRateSchedule::Cosine,
        warmup_epochs: 5,
        weight_decay: 0.05,
        patience: 20,
        ..Config::default()
    }
}

fn molecules() -> Config {
    Config {
        preset: "molecules".to_string(),
        edge_features: EdgeFeatures::Auto,
        out_of_vocabulary: OutOfVocabulary::Ignore,
        clusters: vec![0.25],
        embed_conv: Conv::Gine,
        assign_conv: Conv::Gine,
        virtual_node: true,
        embed_layers: 5,
        assign_layers: 3,
        final_layers: 2,
        dropout: 0.2,
        head_dropout: 0.2,
        l2_normalize: false,
        readout: Readout::Mean,
        learning_rate: 1e-3,
        ..tuned()
    }
}

/// The preset `default` without a loss of the assignment.
fn without_losses() -> Config {
    Config { link_weight: 0.0.into(), modularity_weight: 0.0.into(), collapse_weight: 0.0.into(), ..Config::default() }
}

/// What presets of other people's code are built on: neither the losses nor the step size of `default` are theirs.
fn published() -> Config {
    Config { link_normalizer: LinkNormalizer::NodesSquared, learning_rate: 1e-3, ..without_losses() }
}

fn paper() -> Config {
    Config {
        preset: "paper".to_string(),
        cluster_base: ClusterBase::Max,
        embed_layers: 2,
        assign_layers: 2,
        final_layers: 3,
        l2_normalize: true,
        link_weight: 1.0.into(),
        entropy_weight: 1.0.into(),
        epochs: 3000,
        ..published()
    }
}

fn authors() -> Config {
    Config {
        preset: "authors".to_string(),
        clusters: vec![100.0],
        cluster_base: ClusterBase::Max,
        cluster_rounding: ClusterRounding::Down,
        embed_conv: Conv::GcnRaw,
        assign_conv: Conv::GcnRaw,
        embed_hidden: 30,
        embed_output: 30,
        assign_hidden: 30,
        normalization: Normalization::Layer,
        norm_affine: false,
        activate_last: false,
        l2_normalize: true,
        padding: "1000".to_string(),
        link_weight: 1.0.into(),
        link_loss: LinkLoss::CrossEntropy,
        loss_scope: LossScope::Batch,
        linear_initialization: Initialization::FanInUniform,
        epochs: 1000,
        early_stopping: EarlyStopping::Accuracy,
        ..published()
    }
}

fn pyg() -> Config {
    Config {
        preset: "pyg".to_string(),
        clusters: vec![38.0, 10.0],
        assign_final: FinalLayer::LinearActivation,
        padding: "150".to_string(),
        readout: Readout::Mean,
        readout_levels: ReadoutLevels::Last,
        head_hidden: vec![64],
        loss_scope: LossScope::Batch,
        initialization: Initialization::FanInUniform,
        linear_initialization: Initialization::FanInUniform,
        clip_norm: 0.0,
        epochs: 150,
        early_stopping: EarlyStopping::Accuracy,
        ..published()
    }
}

fn errica() -> Config {
    Config {
        preset: "errica".to_string(),
        cluster_base: ClusterBase::Max,
        embed_conv: Conv::GcnMean,
        assign_conv: Conv::GcnMean,
        embed_output: 128,
        activate_last: false,
        padding: "batch".to_string(),
        readout_levels: ReadoutLevels::Pooled,
        link_weight: 1.0.into(),
        loss_scope: LossScope::Batch,
        entropy_weight: 1.0.into(),
        initialization: Initialization::FanInUniform,
        linear_initialization: Initialization::FanInUniform,
        batch_size: 8,
        epochs: 3000,
        patience: 500,
        ..published()
    }
}

fn ogb_code2() -> Config {
    Config {
        preset: "ogb-code2".to_string(),
        task: Task::Sequence,
        features: "categories".to_string(),
        embedding_width: 256,
        embedding_sizes: vec![98, 10_030, 21],
        out_of_vocabulary: OutOfVocabulary::Reserve,
        clusters: vec![32.0],
        embed_hidden: 256,
        embed_output: 256,
        assign_hidden: 256,
        jumping_knowledge: JumpingKnowledge::Last,
        assign_final: FinalLayer::None,
        norm_position: NormPosition::Pre,
        activate_last: false,
        padding: "1500".to_string(),
        padded_rows: PaddedRows::Nodes,
        readout: Readout::Sum,
        readout_levels: ReadoutLevels::Last,
        head_hidden: Vec::new(),
        loss_scope: LossScope::Batch,
        initialization: Initialization::FanInUniform,
        linear_initialization: Initialization::FanInUniform,
        clip_norm: 0.0,
        batch_size: 64,
        epochs: 30,
        early_stopping: EarlyStopping::Metric,
        ..published()
    }
}

/// The network of `default` for the losses of other poolings, which are left to be named.
fn other_losses(preset: &str) -> Config {
    Config { preset: preset.to_string(), pooled_adjacency: PooledAdjacency::Normalized, ..without_losses() }
}

fn mincut() -> Config {
    Config { cut_weight: 1.0.into(), orthogonality_weight: 1.0.into(), ..other_losses("mincut") }
}

fn dmon() -> Config {
    Config {
        modularity_weight: 1.0.into(),
        orthogonality_weight: 1.0.into(),
        collapse_weight: 1.0.into(),
        ..other_losses("dmon")
    }
}

fn just_balance() -> Config {
    Config { balance_weight: 1.0.into(), ..other_losses("just_balance") }
}
