//! Training and evaluation.

mod callbacks;
mod clusters;
mod evaluate;
mod fingerprint;
mod metrics;
mod optimizer;
mod prepared;
mod progress;
mod provenance;
mod trainer;
mod training_numbers;
mod truth;

pub use callbacks::{BatchRecord, Callbacks, OnBatch, OnCheckpoint, OnEpoch, StopReason};
pub use evaluate::{Evaluation, Evaluator, MetricValue, evaluate};
pub use fingerprint::fingerprint;
pub use progress::Progress;
pub use provenance::DATE_VARIABLE;
pub use trainer::Trainer;
