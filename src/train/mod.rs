//! Training and evaluation.

mod calibration;
mod callbacks;
mod clusters;
mod continuation;
mod evaluation;
mod fingerprint;
mod graph_lists;
mod metrics;
mod notices;
mod optimizer;
mod predictor;
mod prepared;
mod progress;
mod provenance;
mod snapshot;
mod trainer;
mod training_numbers;
mod truth;
mod validation;

pub use calibration::{BINS, CalibrationBin};
pub use callbacks::{BatchRecord, Callbacks, OnBatch, OnCheckpoint, OnEpoch, OnModel, OnNotice, StopReason};
pub use continuation::continuation;
pub use evaluation::{Evaluation, MetricValue, evaluate};
pub use fingerprint::fingerprint;
pub use notices::{Notice, Severity, is_collapsed};
pub use predictor::{Graphs, Predictions, Predictor};
pub use progress::Progress;
pub use provenance::DATE_VARIABLE;
pub use trainer::Trainer;
