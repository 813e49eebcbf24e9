//! The bounds that keys of the configuration share.

use super::key::Bounds;
use crate::ops::runtime::executor::MAX_THREADS;

/// Largest number of columns, clusters or graphs that a configuration may ask for.
///
/// Products of a few such numbers stay far from overflow, and no model that fits into memory comes near it.
pub const MAX_SIZE: usize = 1_000_000;

/// Longest configuration as JSON, in bytes: parsing it may take some thirty times its length in memory.
pub const MAX_CONFIG: usize = 1 << 20;

/// Largest number of convolutions of a stack, of poolings, of steps of a readout, of hidden layers of the head, of
/// heads of attention, and of iterations within a convolution.
pub(super) const MAX_LAYERS: usize = 64;

/// Largest number of epochs.
const MAX_EPOCHS: usize = i32::MAX as usize;

/// Smallest number that counts as positive. The limits leave every number far from 0, 1 and infinity when it is rounded
/// to the model's 32 bits.
pub(super) const ABOVE_ZERO: f64 = 1e-30;
const LARGEST: f64 = 1e30;
/// Largest share that must be less than 1.
const BELOW_ONE: f64 = 0.999_999;

pub(super) const SIZE: Bounds = Bounds::Whole(1, MAX_SIZE);
pub(super) const LAYERS: Bounds = Bounds::Whole(1, MAX_LAYERS);
pub(super) const EPOCHS: Bounds = Bounds::Whole(1, MAX_EPOCHS);
pub(super) const EPOCHS_OR_NONE: Bounds = Bounds::Whole(0, MAX_EPOCHS);
/// Each chunk has its own working memory.
pub(super) const CHUNKS: Bounds = Bounds::Whole(1, 1024);
pub(super) const THREADS: Bounds = Bounds::Whole(0, MAX_THREADS);
pub(super) const CLUSTERS: Bounds = Bounds::ShareOrCount(ABOVE_ZERO, MAX_SIZE);

pub(super) const NUMBER: Bounds = Bounds::Number(-LARGEST, LARGEST);
pub(super) const POSITIVE: Bounds = Bounds::Number(ABOVE_ZERO, LARGEST);
pub(super) const NOT_NEGATIVE: Bounds = Bounds::Number(0.0, LARGEST);
/// From 0 up, less than 1.
pub(super) const SHARE: Bounds = Bounds::Number(0.0, BELOW_ONE);
/// From 0 to 1.
pub(super) const PART: Bounds = Bounds::Number(0.0, 1.0);
/// More than 0, up to 1.
pub(super) const POSITIVE_PART: Bounds = Bounds::Number(ABOVE_ZERO, 1.0);
/// More than 0, less than 1.
pub(super) const POSITIVE_SHARE: Bounds = Bounds::Number(ABOVE_ZERO, BELOW_ONE);
