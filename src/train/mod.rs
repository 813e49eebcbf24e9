//! Training and evaluation.

mod evaluate;
mod metrics;
mod optimizer;
mod source;
mod trainer;

pub use evaluate::{Evaluation, Evaluator, MetricValue, evaluate};
pub use trainer::{BatchRecord, Callbacks, StopReason, Trainer};
