//! Where a node is in its graph, told by the edges alone: return probabilities of walks, eigenvectors of the Laplacian.

pub mod laplacian;
pub mod normalized;
pub mod random_walk;
mod subspace;
mod symmetric;

/// Most columns of a positional feature.
pub const MAX_COLUMNS: usize = 64;
/// Most multiply-adds that the positional features of one graph may take: some seconds of one core.
pub const MAX_WORK: u64 = 1 << 33;
