//! Models: their configuration, the features they read, their parameters.

pub mod config;
pub mod features;

pub use config::Config;
pub use features::{FeatureSchema, FeatureSource};
