//! The operations of the engine: free functions over matrix views, each forward and backward in one file.

pub mod activation;
pub mod attention;
pub mod batch_norm;
pub mod binary_cross_entropy;
pub mod coarsen;
pub mod column_max;
pub mod cross_entropy;
pub mod diagnostics;
pub mod dropout;
pub mod embedding;
pub mod entropy_loss;
pub mod gemm;
pub mod l2_normalize;
pub mod layer_norm;
pub mod linear;
pub mod link_cross_entropy;
pub mod link_loss;
pub mod lstm;
pub mod moving_average;
pub mod neighbour_attention;
pub mod neighbour_max;
pub mod neighbours;
pub mod normalize_adjacency;
pub mod readout;
pub mod regression_loss;
pub mod runtime;
pub mod set2set;
pub mod softmax;
pub mod sort_pool;
pub mod spmm;
pub mod target_weights;
#[cfg(test)]
pub mod testing;
