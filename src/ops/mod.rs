//! The operations of the engine: free functions over matrix views, each forward and backward in one file.

pub mod activation;
pub mod attention;
pub mod batch_norm;
pub mod binary_cross_entropy;
pub mod buffer;
pub mod coarsen;
pub mod column_max;
pub mod cpu;
pub mod cross_entropy;
pub mod diagnostics;
pub mod dropout;
pub mod elementary;
pub mod embedding;
pub mod entropy_loss;
pub mod executor;
pub mod flops;
pub mod gemm;
#[cfg_attr(not(any(target_arch = "x86_64", target_arch = "aarch64")), path = "kernel_portable.rs")]
pub mod kernel;
pub mod kinds;
pub mod l2_normalize;
pub mod lanes;
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
pub mod products;
pub mod random;
pub mod readout;
pub mod real;
pub mod regression_loss;
pub mod set2set;
pub mod softmax;
pub mod sort_pool;
pub mod spmm;
#[cfg(test)]
pub mod testing;
