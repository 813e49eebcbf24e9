//! Training and evaluation.

mod callbacks;
mod clusters;
mod evaluate;
mod fingerprint;
mod metrics;
mod numbers;
mod optimizer;
mod progress;
mod source;
mod trainer;

pub use callbacks::{BatchRecord, Callbacks, OnBatch, OnCheckpoint, OnEpoch, StopReason};
pub use evaluate::{Evaluation, Evaluator, MetricValue, evaluate};
pub use fingerprint::fingerprint;
pub use progress::Progress;
pub use trainer::Trainer;
