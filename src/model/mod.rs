//! Models: the features they read, their parameters, and running them.

mod batch_loss;
mod chunk;
pub mod engine;
mod expected;
pub mod features;
mod fingerprint;
mod gradient;
mod importance;
mod init;
mod metadata;
#[allow(clippy::module_inception)]
mod model;
mod network;
mod objective;
mod outputs;
mod padding;
mod passes;
mod remembered;
mod seen;
mod session;
mod state;
mod summary;

pub use crate::ops::diagnostics::ClusterDiagnostics;
pub use batch_loss::BatchLoss;
pub use chunk::{BatchGraph, Chunk};
pub use expected::expected;
pub use features::{Embedding, FeatureSchema};
pub use importance::{Explainer, Explanation};
pub use metadata::{MAX_BYTES, MAX_KEY, MAX_KEYS, MAX_VALUE, Metadata, OWN_KEYS};
pub use model::Model;
pub use network::{Network, TensorInfo};
pub use objective::Target;
pub use outputs::{Decoding, Outputs, PredictionKind};
pub use seen::{Range, Seen};
pub use session::{Session, input_rules};
pub use state::{Average, Best, EpochRecord, TrainState, ValidationRecord};
