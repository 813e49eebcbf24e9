//! Models: the features they read, their parameters, and running them.

mod chunk;
pub mod engine;
pub mod features;
mod gradient;
mod importance;
mod init;
#[allow(clippy::module_inception)]
mod model;
mod network;
mod objective;
mod outputs;
mod padding;
mod passes;
mod session;
mod state;
mod summary;

pub use crate::ops::diagnostics::ClusterDiagnostics;
pub use chunk::{BatchGraph, Chunk};
pub use features::{Embedding, FeatureSchema};
pub use importance::{Explainer, Explanation};
pub use model::Model;
pub use network::{Network, TensorInfo};
pub use objective::Target;
pub use outputs::{Decoding, Outputs, PredictionKind};
pub use session::{Session, input_rules};
pub use state::{Average, Best, EpochRecord, TrainState, ValidationRecord};
