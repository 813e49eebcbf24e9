//! Training and evaluation.

mod clusters;
mod evaluate;
mod metrics;
mod optimizer;
mod source;
mod trainer;

pub use evaluate::{Evaluation, Evaluator, evaluate};
pub use trainer::{BatchRecord, Callbacks, StopReason, Trainer};
