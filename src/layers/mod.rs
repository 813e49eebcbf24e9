//! The parts of a DiffPool network: parameters, adjacency, convolutions, stacks, pooling levels and the head.

pub mod adjacency;
pub mod adjacency_gradient;
pub mod channels;
pub mod context;
pub mod conv;
pub mod edge_columns;
pub mod edges_of;
pub mod encoder;
pub mod head;
pub mod level;
pub mod level_workspace;
pub mod losses;
mod moment_losses;
pub mod norm;
pub mod params;
pub mod pool;
mod pool_gradient;
pub mod readout;
pub mod signs;
pub mod stack;
