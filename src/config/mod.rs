//! Every setting of a model and of its training, as one flat object.

mod access;
mod annealing;
mod check;
mod describe;
pub(crate) mod feature_source;
mod key;
mod keys;
mod kinds;
mod limits;
mod loss_parts;
mod padding;
mod per_level;
mod pool_loss;
mod preset;
mod task;
mod text;

pub use annealing::Annealing;
pub use check::CheckedConfig;
pub use feature_source::FeatureSource;
pub use key::{Bounds, Key, Kind, Scope};
pub use keys::{Config, KEYS};
pub use kinds::{
    Assignment, ClusterBase, ClusterRounding, Conv, EarlyStopping, EdgeFeatures, FinalAdjacency, FinalLayer,
    Initialization, JumpingKnowledge, LearningRateSchedule, LinkLoss, LinkNormalizer, LossScope, NormPosition,
    Normalization, Optimizer, OutOfVocabulary, PaddedRows, PooledAdjacency, Readout, ReadoutLevels, Relations,
    SelfLoops,
};
pub use limits::{MAX_CONFIG, MAX_SIZE};
pub use loss_parts::LossParts;
pub use padding::Padding;
pub use per_level::PerLevel;
pub use pool_loss::PoolLoss;
pub use preset::PRESETS;
pub use task::{Metric, Task};

pub use crate::ops::activation::Activation;
pub use crate::ops::embedding::Combine;
pub use crate::ops::regression_loss::RegressionLoss;
pub use crate::words::Word;
