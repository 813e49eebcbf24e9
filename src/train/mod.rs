//! Training and evaluation.

mod callbacks;
mod clusters;
mod evaluation;
mod fingerprint;
mod metrics;
mod optimizer;
mod predictor;
mod prepared;
mod progress;
mod trainer;
mod training_numbers;

pub use callbacks::{BatchRecord, Callbacks, OnBatch, OnCheckpoint, OnEpoch, StopReason};
pub use evaluation::{Evaluation, MetricValue, evaluate};
pub use fingerprint::fingerprint;
pub use predictor::{Graphs, Predictions, Predictor};
pub use progress::Progress;
pub use trainer::Trainer;
