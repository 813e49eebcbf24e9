//! Graph convolutions. A new one is a file of its own, a variant of [`Conv`] and a line in [`build`].
//!
//! A graph may have several relations, each with an adjacency of its own. Every convolution has weights for each of
//! them and adds what they give, as in R-GCN (Schlichtkrull et al., 2018). The weights of the first relation carry the
//! plain name (`weight_rel`), so that a graph of one relation reads like one without; those of relation `r` end in
//! `.r`.

mod association;
mod convolution;
mod gat;
mod gin;
mod gine;
mod linear;
mod propagated;
mod root;
mod sage_max;
mod structure2vec;
#[cfg(test)]
mod tests;

use crate::config::{Config, Conv};
use crate::error::{Result, bail};
use crate::layers::adjacency::Adjacency;
use crate::ops::neighbour_attention::Heads;
use crate::ops::normalize_adjacency::Propagation;
use crate::ops::runtime::real::Real;
pub use convolution::{Backward, ConvMemory, ConvScratch, Convolution, Forward, MemorySize, Weight};
use gat::Gat;
use gin::Gin;
use gine::Gine;
pub use linear::{Factors, LinearConv};
use root::Root;
use sage_max::SageMax;
use structure2vec::Structure2Vec;

/// The widths of one convolution, and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConvShape {
    /// Columns of the input.
    pub f_in: usize,
    /// Columns of the output.
    pub f_out: usize,
    /// Relations of a graph, at least 1.
    pub relations: usize,
    /// Channels of an edge, for graphs of one relation; 0 where edges have no features.
    pub channels: usize,
    /// Whether the convolution is the last of its stack.
    pub last: bool,
}

/// A convolution of any kind.
pub enum AnyConv<T> {
    /// Linear in the features: norm and rectifier may be part of it, and the gradients of its weights can wait.
    Linear(LinearConv),
    /// Every other one.
    Other(Box<dyn Convolution<T>>),
}

impl<T: Real> AnyConv<T> {
    /// The convolution where it is linear.
    pub fn linear(&self) -> Option<&LinearConv> {
        match self {
            Self::Linear(conv) => Some(conv),
            Self::Other(_) => None,
        }
    }

    /// The normalised form of every relation's adjacency that the convolution reads.
    pub fn propagation(&self) -> Propagation {
        match self {
            Self::Linear(conv) => conv.propagation,
            Self::Other(conv) => conv.propagation(),
        }
    }

    /// The tensors, in the order in which they follow each other in the block of weights.
    pub fn weights(&self) -> Vec<Weight> {
        match self {
            Self::Linear(conv) => conv.weights(),
            Self::Other(conv) => conv.weights(),
        }
    }

    /// The memory for a level whose adjacencies have their shape; `input_gradient` tells whether a backward pass gives
    /// the gradient of the input.
    pub fn memory(&self, graph: &[Adjacency<T>], input_gradient: bool) -> MemorySize {
        match self {
            Self::Linear(conv) => conv.memory(graph, input_gradient),
            Self::Other(conv) => conv.memory(graph),
        }
    }
}

/// Makes a convolution of one stack.
pub fn build<T: Real>(conv: Conv, shape: ConvShape, config: &Config) -> Result<AnyConv<T>> {
    let ConvShape { f_in, f_out, relations, channels, last } = shape;
    let Config { activation, root_weight, gin_epsilon: epsilon, gin_learn_epsilon: learned, .. } = *config;
    let root = |weight| Root { f_in, f_out, weight };
    let gcn =
        |propagation| LinearConv { propagation, f_in, f_out, relations, channels: 0, root: false, name: "weight" };
    let sage = |propagation| LinearConv { root: root_weight, name: "weight_rel", channels, ..gcn(propagation) };
    let gin = Gin { f_in, f_out, relations, activation, epsilon, learned };
    Ok(match conv {
        Conv::Sage => AnyConv::Linear(sage(Propagation::Mean)),
        Conv::GraphConv => AnyConv::Linear(sage(Propagation::Raw)),
        Conv::SageMax => AnyConv::Other(Box::new(SageMax { root: root(root_weight), relations })),
        Conv::Gcn => AnyConv::Linear(gcn(Propagation::Symmetric)),
        Conv::GcnSelf => AnyConv::Linear(gcn(Propagation::SelfLoop)),
        Conv::GcnMean => AnyConv::Linear(gcn(Propagation::Mean)),
        Conv::GcnRaw => AnyConv::Linear(gcn(Propagation::Raw)),
        Conv::Gin => AnyConv::Other(Box::new(gin)),
        Conv::Gine => AnyConv::Other(Box::new(Gine { channels, mlp: gin })),
        Conv::Gat => {
            let heads = heads(f_out, last, config.gat_heads)?;
            AnyConv::Other(Box::new(Gat { f_in, f_out, heads, relations, channels }))
        }
        Conv::Structure2vec => {
            let iterations = config.s2v_iterations;
            AnyConv::Other(Box::new(Structure2Vec { root: root(true), relations, activation, iterations }))
        }
    })
}

fn heads(f_out: usize, last: bool, count: usize) -> Result<Heads> {
    if !last && !f_out.is_multiple_of(count) {
        bail!(InvalidConfig, "{count} heads cannot share {f_out} columns equally");
    }
    Ok(Heads { count, width: if last { f_out } else { f_out / count }, concat: !last })
}
