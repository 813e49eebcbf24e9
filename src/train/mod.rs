//! Training and evaluation.

mod clusters;
mod evaluate;
mod fingerprint;
mod metrics;
mod optimizer;
mod source;
mod trainer;

pub use evaluate::{Evaluation, Evaluator, MetricValue, evaluate};
pub use trainer::{BatchRecord, Callbacks, StopReason, Trainer};
